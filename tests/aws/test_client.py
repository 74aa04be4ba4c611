"""`had aws` against the stand-in: every protocol, several accounts and Regions, pages, errors, faults."""

import json
import os
import subprocess
import sys

from common import MANAGEMENT, NETWORK, REGION, SHARED, SKIPPED, WEB, Case, main
from stand_in import seeds


class Client(Case):
    def had(self, service, operation, parameters=None, account=MANAGEMENT, region=REGION, fails=False):
        command = [os.environ["HAD"], "aws", service, operation, "--region", region]
        if parameters is not None:
            command += ["--params", json.dumps(parameters)]
        if account != MANAGEMENT:
            command += ["--role", f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"]
        settings = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        settings |= {"AWS_ENDPOINT_URL": self.server.url, "AWS_ACCESS_KEY_ID": f"AKIA{MANAGEMENT}", "AWS_SECRET_ACCESS_KEY": seeds.SECRET,
                     "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent", "AWS_CONFIG_FILE": "/nonexistent/config", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials"}  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, env=settings, timeout=60, check=False)
        if fails:
            self.assertNotEqual(done.returncode, 0)
            return done.stderr
        self.assertEqual(done.returncode, 0, f"{command}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def test_protocols(self):
        calls = [  # ec2, query, json 1.1, json 1.0, rest-json, rest-xml
            ("ec2", "DescribeVpcs", {}, "Vpcs"), ("iam", "ListRoles", {}, "Roles"), ("sts", "GetCallerIdentity", {}, "Account"),
            ("organizations", "ListRoots", {}, "Roots"), ("ds", "DescribeDirectories", {}, "DirectoryDescriptions"), ("sso-admin", "ListInstances", {}, "Instances"),
            ("route53resolver", "ListResolverRules", {}, "ResolverRules"), ("directconnect", "DescribeConnections", {}, "connections"),
            ("ssm", "DescribeParameters", {}, "Parameters"), ("secretsmanager", "ListSecrets", {}, "SecretList"), ("kms", "ListKeys", {}, "Keys"),
            ("logs", "DescribeLogGroups", {}, "logGroups"), ("ram", "GetResourceShares", {"resourceOwner": "SELF"}, "resourceShares"),
            ("route53", "ListHostedZones", {}, "HostedZones"), ("s3", "ListBuckets", {}, "Buckets"), ("sns", "ListTopics", {}, "Topics"),
            ("resourcegroupstaggingapi", "GetResources", {}, "ResourceTagMappingList"), ("service-quotas", "ListServiceQuotas", {"ServiceCode": "vpc"}, "Quotas"),
        ]  # fmt: skip
        for service, operation, parameters, member in calls:
            with self.subTest(service):
                self.assertIn(member, self.had(service, operation, parameters))

    def test_accounts_and_regions(self):
        made = self.had("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16", "TagSpecifications": [
            {"ResourceType": "vpc", "Tags": [{"Key": "had:id", "Value": "spoke x:vpc"}]}]}, NETWORK, "eu-central-1")["Vpc"]  # fmt: skip
        asked = {"Filters": [{"Name": "tag:had:id", "Values": ["spoke x:vpc"]}]}
        self.assertEqual(self.had("ec2", "DescribeVpcs", asked, NETWORK, "eu-central-1")["Vpcs"][0]["VpcId"], made["VpcId"])
        self.assertEqual(self.had("ec2", "DescribeVpcs", asked, NETWORK, REGION)["Vpcs"], [])
        self.assertEqual(self.had("ec2", "DescribeVpcs", asked, WEB, "eu-central-1")["Vpcs"], [])

    def test_pages(self):
        self.control("POST", "config", {"page": 1})
        self.assertEqual(sorted(a["Id"] for a in self.had("organizations", "ListAccounts")["Accounts"]), [MANAGEMENT, NETWORK, SHARED, WEB])

    def test_errors(self):
        self.assertIn("InvalidVpcID.NotFound", self.had("ec2", "DescribeVpcs", {"VpcIds": ["vpc-1"]}, fails=True))
        self.assertIn("EntityDoesNotExistException", self.had("ds", "DescribeDirectories", {"DirectoryIds": ["d-1234567890"]}, fails=True))
        self.assertIn("NoSuchEntity", self.had("iam", "GetRole", {"RoleName": "nobody"}, fails=True))
        self.assertIn("UnknownResourceException", self.had("ram", "GetResourceShares", {"resourceOwner": "SELF", "resourceShareArns": ["arn:x"]}, fails=True))

    def test_throttled_reads_are_repeated(self):
        self.control("POST", "faults", {"operation": "DescribeVpcs", "what": "throttle"})
        self.assertEqual(self.had("ec2", "DescribeVpcs")["Vpcs"], [])

    def test_lost_create_is_not_repeated(self):
        self.control("POST", "faults", {"operation": "CreateVpc", "what": "cut", "when": "after"})
        self.had("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"}, fails=True)
        self.assertEqual(len(self.had("ec2", "DescribeVpcs")["Vpcs"]), 1)
        self.control("POST", "faults", {"operation": "CreateRouteTable", "what": "cut", "when": "after"})
        vpc = self.had("ec2", "DescribeVpcs")["Vpcs"][0]["VpcId"]
        self.had("ec2", "CreateRouteTable", {"VpcId": vpc})  # its token makes a repeat safe
        self.assertEqual(len(self.had("ec2", "DescribeRouteTables")["RouteTables"]), 2)

    def test_secret_parameters_stay_out_of_urls(self):
        self.had("secretsmanager", "CreateSecret", {"Name": "x", "SecretString": "Secret-67890"}, SHARED)
        for row in self.control("GET", "calls"):
            self.assertNotIn("Secret-67890", json.dumps(row))


if __name__ == "__main__":
    if not os.environ.get("HAD"):
        print("skipped: HAD does not name the compiler")
        sys.exit(SKIPPED)
    main()
