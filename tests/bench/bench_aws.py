"""The calls of bench_aws.c by botocore; prints microseconds of CPU time a call. Usage: bench_aws.py URL [CALLS]"""
import sys
import time

CALLS = [
    ("ec2", "describe_vpcs", {"Filters": [{"Name": "tag:had:id", "Values": ["vpc shared"]}], "MaxResults": 100}),
    ("ds", "describe_trusts", {"DirectoryId": "d-1234567890"}),
    ("iam", "get_role", {"RoleName": "had-deploy"}),
    ("ram", "get_resource_shares", {"resourceOwner": "SELF", "name": "hub"}),
    ("s3", "put_object", {"Bucket": "state-bucket", "Key": "a/b c.json", "Body": b'{"version":1}', "IfNoneMatch": "*"}),
]


def main(url, calls="2000"):
    try:
        import botocore.session
    except ImportError:
        return 1
    session = botocore.session.get_session()
    clients = {s: session.create_client(s, region_name="eu-west-1", endpoint_url=url) for s, _, _ in CALLS}
    methods = [(getattr(clients[s], m), p) for s, m, p in CALLS]
    for method, params in methods * 10:  # models are loaded, connections open
        method(**params)
    before = time.process_time()
    for i in range(int(calls)):
        method, params = methods[i % len(methods)]
        method(**params)
    print((time.process_time() - before) / int(calls) * 1e6)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
