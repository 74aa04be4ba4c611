"""What the tests of the stand-in share: being skipped without its packages, a server in this process, clients."""

import json
import pathlib
import re
import sys
import threading
import unittest
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SKIPPED = 77
sys.path.insert(0, str(HERE))


def need_packages():
    """Ends with 77 where the pinned packages are not installed."""
    from importlib import metadata

    for name, pin in re.findall(r"^([a-z]+)(?:\[\w+\])?==(\S+)", (HERE / "requirements.txt").read_text(), re.M):
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = "none"
        if found != pin:
            print(f"skipped: {name} {pin} of tests/aws/requirements.txt is not installed ({found})")
            sys.exit(SKIPPED)


need_packages()

import botocore.session  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

from stand_in import seeds  # noqa: E402
from stand_in.server import Server, StandIn  # noqa: E402
from stand_in.world import DEFAULTS  # noqa: E402

MANAGEMENT, NETWORK, SHARED, WEB, OUTSIDE = (str(n) * 12 for n in (1, 2, 3, 4, 9))
REGION = "eu-west-1"
SEED = {
    "organization": {
        "id": "o-a1b2c3d4e5", "root": "r-a1b2", "management": MANAGEMENT, "units": [{"name": "infrastructure"}, {"name": "workloads"}],
        "accounts": [{"id": MANAGEMENT, "name": "management"}, {"id": NETWORK, "name": "network", "unit": "infrastructure"},
                     {"id": SHARED, "name": "shared", "unit": "infrastructure"}, {"id": WEB, "name": "web", "unit": "workloads"}]},
    "identity_center": {"region": REGION, "instance": "ssoins-1234567890abcdef", "groups": ["Auditors@corp.example.com", "Admins@corp.example.com"]},
    "connections": [{"account": NETWORK, "region": REGION, "id": "dxcon-fg1a2b3c"}, {"account": NETWORK, "region": REGION, "id": "dxcon-fg4d5e6f"}],
    "topics": [{"account": SHARED, "region": REGION, "name": "monitoring"}],
}  # fmt: skip
ORGANIZATION = f"arn:aws:organizations::{MANAGEMENT}:organization/o-a1b2c3d4e5"
_session = botocore.session.Session()


class Case(unittest.TestCase):
    """One stand-in per class of tests, its clock moved by the tests alone; each test starts from the seed."""

    config = {"speed": 0.0}
    seed = SEED

    @classmethod
    def setUpClass(cls):
        cls.server = Server(StandIn(dict(cls.config), cls.seed))
        cls.stand_in = cls.server.stand_in
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def setUp(self):
        self.stand_in.reset()
        self.stand_in.world.config = {**DEFAULTS, **self.config}
        self.keys = {}

    def tearDown(self):
        mistakes = [c for c in self.stand_in.calls if c.get("code") == "StandInMistake"]
        self.assertEqual(mistakes, [])
        json.dumps(self.stand_in.world.to_json())  # whatever a test made can be kept in a file

    def client(self, service, account=NETWORK, region=REGION, **more):
        """A client with keys of the management account, or of a role in the account."""
        if account not in self.keys:
            if account == MANAGEMENT:
                self.keys[account] = (f"AKIA{account}", seeds.SECRET, None)
            else:
                role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
                found = self.client("sts", MANAGEMENT).assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
                self.keys[account] = (found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
        key, secret, token = more.pop("keys", self.keys[account])
        options = {"retries": {"max_attempts": 0}, "read_timeout": 20, "parameter_validation": more.pop("validate", True)}
        return _session.create_client(
            service, region_name=region, endpoint_url=self.server.url, aws_access_key_id=key, aws_secret_access_key=secret,
            aws_session_token=token, config=Config(**options))  # fmt: skip

    def control(self, method, name, value=None):
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(f"{self.server.url}/_standin/{name}", data=body, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def wait(self, within=7200):
        """Everything that is under way ends."""
        self.control("POST", "clock", {"until": "quiet", "within": within})

    def fails(self, code, call, **parameters):
        with self.assertRaises(ClientError) as caught:
            call(**parameters)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response

    # ---- what many tests need ----
    def vpc(self, account, cidr, zones=2):
        ec2 = self.client("ec2", account)
        name = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            ec2.modify_vpc_attribute(VpcId=name, **{attribute: {"Value": True}})
        start = cidr.rsplit(".", 1)[0]
        subnets = [
            ec2.create_subnet(VpcId=name, CidrBlock=f"{start}.{64 * n}/26", AvailabilityZoneId=f"euw1-az{n + 1}")["Subnet"]["SubnetId"]
            for n in range(zones)
        ]
        self.wait()
        return name, subnets

    def hub(self, accept="enable", **options):
        """A transit gateway that is shared with the organization."""
        self.client("ram", MANAGEMENT).enable_sharing_with_aws_organization()
        given = {"DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable", "AutoAcceptSharedAttachments": accept,
                 "AmazonSideAsn": 64600, **options}  # fmt: skip
        gateway = self.client("ec2").create_transit_gateway(Options=given)["TransitGateway"]
        self.client("ram").create_resource_share(name="hub", resourceArns=[gateway["TransitGatewayArn"]], principals=[ORGANIZATION],
                                                 allowExternalPrincipals=False)  # fmt: skip
        self.wait()
        return gateway["TransitGatewayId"]


def main():
    unittest.main(verbosity=1)
