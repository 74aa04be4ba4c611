"""Requests are checked: signatures, models, pages, dry runs; errors look like AWS's in every protocol."""

from common import MANAGEMENT, NETWORK, OUTSIDE, SHARED, WEB, Case, main
from stand_in import seeds


class Wire(Case):
    def test_keys_act_in_their_account(self):
        for account in (MANAGEMENT, NETWORK, WEB):
            self.assertEqual(self.client("sts", account).get_caller_identity()["Account"], account)
        self.client("ec2", NETWORK).create_vpc(CidrBlock="10.0.0.0/16")
        self.assertEqual(len(self.client("ec2", NETWORK).describe_vpcs()["Vpcs"]), 1)
        self.assertEqual(self.client("ec2", WEB).describe_vpcs()["Vpcs"], [])
        self.assertEqual(self.client("ec2", NETWORK, "eu-central-1").describe_vpcs()["Vpcs"], [])

    def test_roles_must_exist_and_trust(self):
        sts = self.client("sts", MANAGEMENT)
        for role in (f"arn:aws:iam::{NETWORK}:role/nobody", f"arn:aws:iam::{OUTSIDE}:role/OrganizationAccountAccessRole"):
            self.fails("AccessDenied", sts.assume_role, RoleArn=role, RoleSessionName="tests")
        trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"%s"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x1"}}}]}'
        self.client("iam", WEB).create_role(RoleName="outer", AssumeRolePolicyDocument=trust % MANAGEMENT)
        role = f"arn:aws:iam::{WEB}:role/outer"
        self.fails("AccessDenied", sts.assume_role, RoleArn=role, RoleSessionName="tests")
        self.assertTrue(sts.assume_role(RoleArn=role, RoleSessionName="tests", ExternalId="x1")["Credentials"])
        self.fails("AccessDenied", self.client("sts", NETWORK).assume_role, RoleArn=role, RoleSessionName="tests", ExternalId="x1")

    def test_signatures_are_checked(self):
        good = (f"AKIA{NETWORK}", seeds.SECRET, None)
        for service, wrong, unknown in (("ec2", "AuthFailure", "AuthFailure"), ("ds", "InvalidSignatureException", "UnrecognizedClientException"),
                                        ("iam", "SignatureDoesNotMatch", "InvalidClientTokenId"), ("s3", "SignatureDoesNotMatch", "InvalidAccessKeyId"),
                                        ("ram", "InvalidSignatureException", "UnrecognizedClientException")):  # fmt: skip
            call = {"ec2": "describe_vpcs", "ds": "describe_directories", "iam": "list_roles", "s3": "list_buckets", "ram": "get_resource_shares"}[service]
            more = {"resourceOwner": "SELF"} if service == "ram" else {}
            getattr(self.client(service, keys=good), call)(**more)
            self.fails(wrong, getattr(self.client(service, keys=(good[0], "other", None)), call), **more)
            self.fails(unknown, getattr(self.client(service, keys=(f"AKIA{OUTSIDE}", seeds.SECRET, None)), call), **more)
        self.client("sts", WEB)
        key, secret, token = self.keys[WEB]
        self.fails("AuthFailure", self.client("ec2", keys=(key, secret, token + "x")).describe_vpcs)
        self.stand_in.world.identities[key]["expires"] = 1
        self.fails("RequestExpired", self.client("ec2", keys=(key, secret, token)).describe_vpcs)

    def test_skewed_clock(self):
        self.control("POST", "config", {"skew": -1})
        self.fails("RequestExpired", self.client("ec2", MANAGEMENT).describe_vpcs)
        self.control("POST", "config", {"skew": 300})
        self.client("ec2", MANAGEMENT).describe_vpcs()

    def test_models_are_enforced(self):
        self.fails("MissingParameter", self.client("ec2", validate=False).create_subnet)
        self.fails("ValidationException", self.client("ds", validate=False).create_trust, DirectoryId="d-1234567890")
        bad = {"DirectoryId": "d-1234567890", "RemoteDomainName": "corp.example.com", "TrustPassword": "x", "TrustDirection": "Sideways"}
        self.fails("ValidationException", self.client("ds").create_trust, **bad)
        bad |= {"TrustDirection": "Two-Way", "DirectoryId": "directory"}
        self.fails("ValidationException", self.client("ds").create_trust, **bad)
        self.fails("ValidationException", self.client("organizations", MANAGEMENT).describe_account, AccountId="12")
        self.fails("ValidationException", self.client("sso-admin", MANAGEMENT).create_permission_set,
                   InstanceArn="arn:aws:sso:::instance/ssoins-1234567890abcdef", Name="no blanks")  # fmt: skip
        self.fails("ValidationError", self.client("iam", validate=False).create_role, RoleName="x")
        self.fails("InvalidParameterValue", self.client("ec2").describe_vpcs, Filters=[{"Name": "vpcid", "Values": ["x"]}])

    def test_unknown_members_are_refused(self):
        import botocore.auth
        import botocore.awsrequest
        import botocore.credentials
        import urllib3

        keys = botocore.credentials.Credentials(f"AKIA{NETWORK}", seeds.SECRET)

        def send(service, body, headers):
            request = botocore.awsrequest.AWSRequest("POST", self.server.url + "/", data=body, headers=headers)
            botocore.auth.SigV4Auth(keys, service, "eu-west-1").add_auth(request)
            return urllib3.request("POST", self.server.url + "/", body=body, headers=dict(request.headers.items())).data.decode()

        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assertIn("UnknownParameter", send("ec2", "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16&Colour=red", form))
        self.assertIn("InvalidAction", send("ec2", "Action=CreateMoon&Version=2016-11-15", form))
        self.assertIn("InvalidAction", send("ec2", "Action=CreateVpc&Version=2010-01-01&CidrBlock=10.0.0.0%2F16", form))
        target = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "DirectoryService_20150416.DescribeDirectories"}
        self.assertIn("ValidationException", send("ds", '{"Colour":"red"}', target))
        self.assertIn("SerializationException", send("ds", '{"Limit":"5"}', target))
        self.assertIn("SerializationException", send("ds", '{"DirectoryIds":', target))
        self.assertIn("UnknownOperationException", send("ds", "{}", target | {"X-Amz-Target": "DirectoryService_20150416.Fly"}))
        unsigned = urllib3.request("POST", self.server.url + "/", body="Action=GetCallerIdentity&Version=2011-06-15", headers=form)
        self.assertIn("MissingAuthenticationToken", unsigned.data.decode())

    def test_pages(self):
        ec2 = self.client("ec2")
        self.control("POST", "config", {"quotas": {"ec2.vpcs": 50}})
        for n in range(5):
            ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")
        self.control("POST", "config", {"page": 2})
        first = ec2.describe_vpcs()
        self.assertEqual((len(first["Vpcs"]), bool(first["NextToken"])), (2, True))
        seen = [v["CidrBlock"] for page in ec2.get_paginator("describe_vpcs").paginate() for v in page["Vpcs"]]
        self.assertEqual(seen, [f"10.{n}.0.0/16" for n in range(5)])
        self.fails("InvalidNextToken", ec2.describe_vpcs, NextToken="other")
        names = [a["Id"] for page in self.client("organizations", MANAGEMENT).get_paginator("list_accounts").paginate() for a in page["Accounts"]]
        self.assertEqual(sorted(names), [MANAGEMENT, NETWORK, SHARED, WEB])
        for n in range(3):
            self.client("iam").create_policy(PolicyName=f"p{n}", PolicyDocument='{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}')
        pages = list(self.client("iam").get_paginator("list_policies").paginate(Scope="Local"))
        self.assertEqual([len(p["Policies"]) for p in pages], [2, 1])

    def test_dry_run_makes_nothing(self):
        ec2 = self.client("ec2")
        answer = self.fails("DryRunOperation", ec2.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True)
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 412)
        self.assertEqual(ec2.describe_vpcs()["Vpcs"], [])

    def test_regions_must_be_enabled(self):
        self.fails("AuthFailure", self.client("ec2", NETWORK, "eu-south-1").describe_vpcs)

    def test_errors_carry_the_models_members(self):
        answer = self.fails("EntityDoesNotExistException", self.client("ds", SHARED).describe_directories, DirectoryIds=["d-1234567890"])
        self.assertIn("RequestId", answer)
        answer = self.fails("NoSuchEntity", self.client("iam").get_role, RoleName="nobody")
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 404)


if __name__ == "__main__":
    main()
