"""The bad days: faults before and after the effect, cuts, throttles, lag, delays, twice, half; the log and drift."""

from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from common import NETWORK, REGION, SHARED, WEB, Case, main


class Faults(Case):
    def fault(self, **rule):
        return self.control("POST", "faults", rule)

    def vpcs(self):
        return len(self.client("ec2").describe_vpcs()["Vpcs"])

    def test_error_before_and_after(self):
        ec2 = self.client("ec2")
        self.fault(operation="CreateVpc", what="error", code="InternalError", status=500)
        self.fails("InternalError", ec2.create_vpc, CidrBlock="10.0.0.0/16")
        self.assertEqual(self.vpcs(), 0)
        self.fault(operation="CreateVpc", what="error", code="InternalError", status=500, when="after")
        self.fails("InternalError", ec2.create_vpc, CidrBlock="10.0.0.0/16")
        self.assertEqual(self.vpcs(), 1)
        ec2.create_vpc(CidrBlock="10.1.0.0/16")
        self.assertEqual(self.vpcs(), 2)

    def test_cut_after_effect_leaves_the_object(self):
        ec2 = self.client("ec2")
        tags = [{"ResourceType": "vpc", "Tags": [{"Key": "had:token", "Value": "t1"}]}]
        self.fault(operation="CreateVpc", what="cut", when="after")
        with self.assertRaises((ConnectionClosedError, HTTPClientError)):
            ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags)
        found = ec2.describe_vpcs(Filters=[{"Name": "tag:had:token", "Values": ["t1"]}])["Vpcs"]
        self.assertEqual(len(found), 1)

    def test_bodies(self):
        for what in ("truncate", "length", "html", "type"):
            self.fault(operation="DescribeVpcs", what=what, when="after")
            try:
                self.client("ec2").describe_vpcs()
            except (ClientError, HTTPClientError, ResponseParserError):
                pass
            else:
                self.assertEqual(what, "type")

    def test_which_calls(self):
        ec2 = self.client("ec2")
        self.control("POST", "config", {"quotas": {"ec2.vpcs": 50}})
        self.fault(service="ec2", operation="Create*", skip=1, every=2, times=2, what="throttle")
        codes = []
        for n in range(6):
            try:
                ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")
                codes.append("")
            except ClientError as problem:
                codes.append(problem.response["Error"]["Code"])
        self.assertEqual(codes, ["", "", "RequestLimitExceeded", "", "RequestLimitExceeded", ""])
        self.fault(account=WEB, what="error", code="Nope")
        self.assertEqual(self.vpcs(), 4)
        with self.assertRaises(ClientError):
            self.client("ec2", WEB).describe_vpcs()

    def test_wrong_rules_are_refused(self):
        import urllib.error

        for rule in ({"what": "explode"}, {"what": "cut", "color": "red"}, {"what": "cut", "when": "never"}):
            with self.assertRaises(urllib.error.HTTPError):
                self.fault(**rule)

    def test_delay_beyond_the_time_out(self):
        from botocore.config import Config

        import common

        self.fault(operation="DescribeVpcs", what="delay", seconds=1.5)
        self.client("sts")
        key, secret, token = self.keys[NETWORK]
        quick = common._session.create_client("ec2", region_name=REGION, endpoint_url=self.server.url, aws_access_key_id=key, aws_secret_access_key=secret,
                                              aws_session_token=token, config=Config(read_timeout=0.4, retries={"max_attempts": 0}))  # fmt: skip
        with self.assertRaises(ReadTimeoutError):
            quick.describe_vpcs()

    def test_delivered_twice(self):
        self.fault(operation="CreateVpc", what="twice")
        self.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
        self.assertEqual(self.vpcs(), 2)
        self.fault(operation="CreateRouteTable", what="twice")
        vpc = self.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
        self.client("ec2").create_route_table(VpcId=vpc, ClientToken="once")
        tables = self.client("ec2").describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
        self.assertEqual(len(tables), 2)  # the main one, and one in spite of two requests

    def test_half_done(self):
        vpc, subnets = self.vpc(SHARED, "10.17.0.0/24")
        self.fault(operation="CreateMicrosoftAD", what="half")
        name = self.client("ds", SHARED).create_microsoft_ad(Name="aws.example.com", Password="Secret-12345", VpcSettings={"VpcId": vpc, "SubnetIds": subnets})["DirectoryId"]
        self.wait()
        found = self.client("ds", SHARED).describe_directories(DirectoryIds=[name])["DirectoryDescriptions"][0]
        self.assertEqual(found["Stage"], "Failed")

    def test_lag(self):
        self.control("POST", "config", {"lag": 2})
        ec2 = self.client("ec2")
        name = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.fails("InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=[name])
        self.assertEqual(ec2.describe_vpcs()["Vpcs"], [])
        self.assertEqual(len(ec2.describe_vpcs()["Vpcs"]), 1)
        iam = self.client("iam")
        iam.create_role(RoleName="r", AssumeRolePolicyDocument='{"Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}')
        self.fails("NoSuchEntity", iam.get_role, RoleName="r")

    def test_stale_reads(self):
        self.control("POST", "config", {"stale": 2})
        ec2 = self.client("ec2")
        self.assertEqual(self.vpcs(), 0)
        name = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.assertEqual([self.vpcs(), self.vpcs(), self.vpcs()], [0, 0, 1])
        ec2.delete_vpc(VpcId=name)
        self.assertEqual([self.vpcs(), self.vpcs(), self.vpcs()], [1, 1, 0])

    def test_clock_and_delays(self):
        ec2 = self.client("ec2")
        gateway = ec2.create_transit_gateway()["TransitGateway"]
        self.assertEqual(gateway["State"], "pending")
        state = lambda: ec2.describe_transit_gateways()["TransitGateways"][0]["State"]  # noqa: E731
        self.control("POST", "clock", {"advance": 60})
        self.assertEqual(state(), "pending")
        self.control("POST", "clock", {"advance": 60})
        self.assertEqual(state(), "available")
        self.control("POST", "config", {"tick": 50.0})
        ec2.delete_transit_gateway(TransitGatewayId=gateway["TransitGatewayId"])
        self.assertEqual([state(), state()], ["deleting", "deleted"])

    def test_rates(self):
        self.control("POST", "config", {"rates": "virtual"})
        resolver = self.client("route53resolver")
        for _ in range(5):
            resolver.list_resolver_rules()
        self.fails("ThrottlingException", resolver.list_resolver_rules)
        self.client("route53resolver", WEB).list_resolver_rules()  # each account has its own
        self.control("POST", "clock", {"advance": 1})
        resolver.list_resolver_rules()

    def test_quota(self):
        ec2 = self.client("ec2")
        for n in range(5):
            ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")
        self.fails("VpcLimitExceeded", ec2.create_vpc, CidrBlock="10.9.0.0/16")

    def test_log_tells_no_secret(self):
        vpc, subnets = self.vpc(SHARED, "10.17.0.0/24")
        self.client("ds", SHARED).create_microsoft_ad(Name="aws.example.com", Password="Secret-12345", VpcSettings={"VpcId": vpc, "SubnetIds": subnets})
        self.client("secretsmanager", SHARED).create_secret(Name="x", SecretString="Secret-67890")
        rows = self.control("GET", "calls?mutating=1&account=" + SHARED)
        self.assertEqual([r["operation"] for r in rows][-2:], ["CreateMicrosoftAD", "CreateSecret"])
        self.assertNotIn("Secret-", str(rows))
        self.assertTrue(all(r["n"] > 3 for r in self.control("GET", "calls?after=3")))

    def test_drift(self):
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        place = {"account": NETWORK, "region": REGION, "kind": "ec2.vpc", "id": vpc}
        self.control("POST", "drift", {**place, "set": {"_attributes.EnableDnsSupport": False}})
        self.assertFalse(ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport")["EnableDnsSupport"]["Value"])
        self.control("POST", "drift", {**place, "delete": True})
        self.assertEqual(ec2.describe_vpcs()["Vpcs"], [])

    def test_objects(self):
        tags = [{"ResourceType": "vpc", "Tags": [{"Key": "had:id", "Value": "a"}]}]
        self.client("ec2").create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags)
        rows = [r for r in self.control("GET", "objects?kind=ec2.vpc")]
        self.assertEqual([(r["account"], r["region"], r["tags"]) for r in rows], [(NETWORK, REGION, {"had:id": "a"})])


if __name__ == "__main__":
    main()
