"""Service Quotas: those that the stand-in enforces, under AWS's codes; a requested increase is granted after a while."""

from ..registry import hook, operation
from ..world import Failure

SERVICE = "service-quotas"
# (service code, quota code) → name, name of delays.py. Codes: the console's list of Amazon VPC and Amazon EC2.
KNOWN = {
    ("vpc", "L-F678F1CE"): ("VPCs per Region", "ec2.vpcs"),
    ("vpc", "L-407747CB"): ("Subnets per VPC", "ec2.subnets-per-vpc"),
    ("vpc", "L-589F43AA"): ("Route tables per VPC", "ec2.route-tables-per-vpc"),
    ("vpc", "L-93826ACB"): ("Routes per route table", "ec2.routes-per-table"),
    ("vpc", "L-E79EC296"): ("VPC security groups per Region", "ec2.security-groups"),
    ("vpc", "L-0EA8095F"): ("Inbound or outbound rules per security group", "ec2.rules-per-group"),
    ("vpc", "L-2AFB9258"): ("Security groups per network interface", "ec2.groups-per-interface"),
    ("vpc", "L-29B6F2EB"): ("Interface VPC endpoints per VPC", "ec2.interface-endpoints-per-vpc"),
    ("vpc", "L-A4707A72"): ("Internet gateways per Region", "ec2.internet-gateways"),
    ("ec2", "L-0263D0A3"): ("EC2-VPC Elastic IPs", "ec2.addresses"),
}


def quota(call, service, code, default=False):
    if (service, code) not in KNOWN:
        raise Failure("NoSuchResourceException", f"The quota {code} of {service} is not known.")
    name, ours = KNOWN[service, code]
    value = call.world.quota(ours)
    if not default:
        value = call.table("applied").get(ours, {}).get("value", value)
    return {"ServiceCode": service, "ServiceName": service, "QuotaCode": code, "QuotaName": name, "Value": float(value), "Adjustable": True, "GlobalQuota": False,
            "Unit": "None", "QuotaArn": call.arn("servicequotas", f"{service}/{code}")}  # fmt: skip


@operation(SERVICE, "GetServiceQuota", "what counts now")
def get(call, p):
    return {"Quota": quota(call, p["ServiceCode"], p["QuotaCode"])}


@operation(SERVICE, "GetAWSDefaultServiceQuota", "AWS's own")
def get_default(call, p):
    return {"Quota": quota(call, p["ServiceCode"], p["QuotaCode"], default=True)}


@operation(SERVICE, "ListServiceQuotas", "those that the stand-in enforces")
def list_quotas(call, p):
    return {"Quotas": [quota(call, s, c) for s, c in KNOWN if s == p["ServiceCode"]]}


@operation(SERVICE, "ListAWSDefaultServiceQuotas", "those that the stand-in enforces")
def list_defaults(call, p):
    return {"Quotas": [quota(call, s, c, default=True) for s, c in KNOWN if s == p["ServiceCode"]]}


@operation(SERVICE, "RequestServiceQuotaIncrease", "PENDING, later APPROVED; ResourceAlreadyExistsException while one is pending")
def request(call, p):
    found = quota(call, p["ServiceCode"], p["QuotaCode"])
    if p["DesiredValue"] <= found["Value"]:
        raise Failure("IllegalArgumentException", "You must provide a quota value greater than the current quota value.")
    key = f"{p['ServiceCode']}/{p['QuotaCode']}"
    if any(r["_key"] == key and r["Status"] == "PENDING" for r in call.table("request").values()):
        raise Failure("ResourceAlreadyExistsException", "Only one open service quota increase request is allowed per quota.")
    name = call.world.hex(32)
    value = call.put("request", name, {"Id": name, "ServiceCode": p["ServiceCode"], "QuotaCode": p["QuotaCode"], "QuotaName": found["QuotaName"], "Status": "PENDING",
                                       "DesiredValue": p["DesiredValue"], "Created": call.now, "Requester": call.principal, "_key": key})  # fmt: skip
    answer = dict(value)
    call.later("request", name, "service-quotas.request", {"Status": "APPROVED"}, bad={"Status": "DENIED"}, hook="quota_granted")
    return {"RequestedQuota": answer}


@hook
def quota_granted(world, place, value):
    if value["Status"] == "APPROVED":
        account, region, _, _ = place
        ours = KNOWN[tuple(value["_key"].split("/"))][1]
        world.table(account, region, "service-quotas.applied")[ours] = {"value": value["DesiredValue"]}
