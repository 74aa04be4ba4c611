#!/usr/bin/env python3
"""The templates of acme deployed in their order by moto, with those types that it knows.

    test_moto.py HAD

What moto's CloudFormation does not know is left out, and whoever refers to it gets an id of the right form. The
rest has to be made, in six accounts, with the values that the manifest binds; what stands there then is read back by
the services' own calls and held against the templates. Skipped without the packages of tests/aws/requirements.txt.
"""
import json
import logging
import os
import pathlib
import sys
import tempfile
import unittest
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import templates  # noqa: E402

try:
    import boto3
    from moto import mock_aws
    from moto.cloudformation.parsing import resource_class_from_type
except ImportError:
    print("skipped: no moto; see tests/aws/requirements.txt")
    sys.exit(77)

PROGRAM = sys.argv.pop(1)
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
IDS = (("TransitGatewayAttachment", "tgw-attach-"), ("TransitGatewayRouteTable", "tgw-rtb-"), ("TransitGateway", "tgw-"), ("Endpoint", "rslvr-out-"),
       ("RuleId", "rslvr-rr-"), ("Vpc", "vpc-"), ("Subnet", "subnet-"), ("Group", "sg-"), ("Image", "ami-"), ("Instance", "i-"))


def invented(name):
    """An id for what moto does not make, by what its name ends in."""
    if name.endswith(("Ip", "Address", "Addresses1", "Address1", "Address2")):
        return "10.9.9.9"
    if name.endswith("Arn"):
        return "arn:aws:iam::111111111111:role/made-up"
    return next((prefix for word, prefix in IDS if word in name), "id-") + "0123456789abcdef0"


# Known to moto 5.2.5, and made wrongly.
WRONG = {
    "AWS::EC2::TransitGateway",  # asks for a description, which the type does not require
    "AWS::SSM::Parameter",  # takes its tags for a list, and the type has a map
}


NAMED = ("AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::RouteTable", "AWS::EC2::SecurityGroup", "AWS::EC2::Instance", "AWS::EC2::Volume",
         "AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::S3::Bucket")


def known(kind):
    return kind not in WRONG and resource_class_from_type(kind) is not None


def without(value, gone):
    """The tree with ids in place of references to resources that are left out."""
    if isinstance(value, list):
        return [without(v, gone) for v in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"} and value["Ref"] in gone:
        return invented(value["Ref"])
    if set(value) == {"Fn::GetAtt"}:
        logical, attribute = value["Fn::GetAtt"] if isinstance(value["Fn::GetAtt"], list) else value["Fn::GetAtt"].split(".", 1)
        if logical in gone:
            return invented(logical + attribute)
    if set(value) == {"Fn::Sub"} and any("${" + name in value["Fn::Sub"] for name in gone):
        return "left-out"
    out = {key: without(item, gone) for key, item in value.items()}
    if "DependsOn" in out:
        left = [name for name in templates.listed(out.pop("DependsOn")) if name not in gone]
        if left:
            out["DependsOn"] = left
    return out


def reduced(template):
    gone = {name for name, resource in template["Resources"].items() if not known(resource["Type"])}
    for name, resource in template["Resources"].items():  # on the directory's own group, which nobody made here
        if resource["Type"] == "AWS::EC2::SecurityGroupIngress" and resource["Properties"]["GroupId"].get("Ref") not in template["Resources"]:
            gone.add(name)
    out = dict(template)
    out["Resources"] = {name: without(resource, gone) for name, resource in template["Resources"].items() if name not in gone}
    out["Outputs"] = {name: without(body, gone) for name, body in template.get("Outputs", {}).items()}
    if not out["Outputs"]:
        del out["Outputs"]
    return out


class Moto(unittest.TestCase):
    def client(self, service, account, region):
        if account not in self.sessions:
            role = boto3.client("sts", region_name=region).assume_role(RoleArn=f"arn:aws:iam::{account}:role/had-deploy", RoleSessionName="test")
            keys = role["Credentials"]
            self.sessions[account] = boto3.session.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        return self.sessions[account].client(service, region_name=region)

    def value(self, name, binding):
        if "value" in binding:
            return binding["value"]
        return self.outputs.get(binding.get("from"), invented(name))

    @mock_aws
    def test_acme(self):
        os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="eu-west-1")
        self.sessions, self.outputs, made = {}, {}, 0
        with tempfile.TemporaryDirectory() as folder:
            out = templates.build(PROGRAM, templates.ROOT / "examples/acme", folder, "--json")
            for step in templates.manifest(out):
                if step["kind"] != "stack" or step["id"].split("@")[0].endswith("-glue"):
                    continue
                template = reduced(templates.load(out / step["template"]))
                if not template["Resources"]:
                    continue
                cloudformation = self.client("cloudformation", step["account"]["id"], step["region"])
                arguments = {"StackName": step["stackName"], "TemplateBody": json.dumps(template), "Capabilities": ["CAPABILITY_NAMED_IAM"],
                             "Parameters": [{"ParameterKey": name, "ParameterValue": self.value(name, binding)}
                                            for name, binding in step["parameters"].items()]}
                if "changes" in step:
                    cloudformation.update_stack(**arguments)
                else:
                    cloudformation.create_stack(**arguments)
                stack = cloudformation.describe_stacks(StackName=step["stackName"])["Stacks"][0]
                self.assertRegex(stack["StackStatus"], "^(CREATE|UPDATE)_COMPLETE$", step["id"])
                for output in stack.get("Outputs", []):
                    self.outputs[f'{step["id"].split("@")[0]}.{output["OutputKey"]}'] = output["OutputValue"]
                ids = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in
                       cloudformation.get_paginator("list_stack_resources").paginate(StackName=step["stackName"]).build_full_result()["StackResourceSummaries"]}
                self.assertEqual(set(ids), set(template["Resources"]), step["id"])
                # Rules and routes get no id from moto.
                self.assertEqual([name for name, r in template["Resources"].items() if r["Type"] in NAMED and not ids[name]], [], step["id"])
                made += len(ids)
                self.look(step, template, ids)
        self.assertGreater(made, 120)

    def look(self, step, template, ids):
        """The network as EC2 tells of it."""
        ec2 = self.client("ec2", step["account"]["id"], step["region"])
        of = lambda kind: {name: r["Properties"] for name, r in template["Resources"].items() if r["Type"] == kind}
        for name, properties in of("AWS::EC2::VPC").items():
            vpc = ec2.describe_vpcs(VpcIds=[ids[name]])["Vpcs"][0]
            self.assertEqual(vpc["CidrBlock"], properties["CidrBlock"])
            self.assertEqual({t["Key"]: t["Value"] for t in vpc["Tags"] if not t["Key"].startswith("aws:")},
                             {t["Key"]: t["Value"] for t in properties["Tags"]})
        for name, properties in of("AWS::EC2::Subnet").items():
            subnet = ec2.describe_subnets(SubnetIds=[ids[name]])["Subnets"][0]
            self.assertEqual((subnet["CidrBlock"], subnet["VpcId"]), (properties["CidrBlock"], ids[properties["VpcId"]["Ref"]]))
        for name, properties in of("AWS::EC2::Route").items():
            table = ec2.describe_route_tables(RouteTableIds=[ids[properties["RouteTableId"]["Ref"]]])["RouteTables"][0]
            self.assertIn(properties["DestinationCidrBlock"], [r.get("DestinationCidrBlock") for r in table["Routes"]])
        for name, properties in of("AWS::EC2::SecurityGroupIngress").items():
            group = properties["GroupId"]
            if not isinstance(group, dict) or group.get("Ref") not in ids or "CidrIp" not in properties:
                continue
            rules = ec2.describe_security_groups(GroupIds=[ids[group["Ref"]]])["SecurityGroups"][0]["IpPermissions"]
            ranges = {r["CidrIp"] for rule in rules if rule.get("FromPort") == properties.get("FromPort") for r in rule["IpRanges"]}
            self.assertIn(properties["CidrIp"], ranges, name)


if __name__ == "__main__":
    unittest.main()
