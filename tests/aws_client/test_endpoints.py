"""Every service in every Region, plain, FIPS, dual stack and both, against botocore's endpoint rules; also Regions
that nobody knows yet. Usage: test_endpoints.py DRIVER"""
import sys

from common import Failures, drive, need_botocore

UNKNOWN = ["eu-moon-1", "us-gov-north-7", "cn-south-12", "us-iso-south-3", "us-isob-moon-2", "eusc-de-south-5", "mars-1", "xx"]


def main(driver):
    need_botocore()
    import botocore.session
    from botocore.endpoint_provider import EndpointProvider
    from botocore.exceptions import EndpointProviderError

    session = botocore.session.get_session()
    loader = session.get_component("data_loader")
    partitions = loader.load_data("partitions")
    regions = {r: p["id"] for p in partitions["partitions"] for r in p["regions"] if not r.endswith("-global")}
    cases = []
    for service in drive(driver, [{"do": "models"}])[0]["services"]:
        provider = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)
        for region in list(regions) + UNKNOWN:
            for fips in (False, True):
                for dual in (False, True):
                    cases.append((provider, {"do": "endpoint", "service": service, "region": region, "fips": fips, "dual": dual}))
    failures = Failures()
    for (provider, case), seen in zip(cases, drive(driver, [c for _, c in cases])):
        extra = {"UseGlobalEndpoint": False} if case["service"] in ("sts", "s3") else {}
        try:
            answer = provider.resolve_endpoint(Region=case["region"], UseFIPS=case["fips"], UseDualStack=case["dual"], **extra)
            scheme = (answer.properties.get("authSchemes") or [{}])[0]
            wanted = {"host": answer.url.removeprefix("https://"), "region": scheme.get("signingRegion", case["region"])}
        except EndpointProviderError:
            wanted = None
        got = None if "error" in seen else {"host": seen["host"], "region": seen["region"]}
        if got != wanted:
            failures.add(case, f"botocore {wanted}", f"had      {seen}")
        if case["region"] in regions and got and seen["partition"] != regions[case["region"]]:
            failures.add(case, f"partition {seen['partition']}")
    return failures.finish(len(cases), f"end points of {len(regions)} Regions and {len(UNKNOWN)} unknown ones")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
