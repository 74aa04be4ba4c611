"""The model of AWS in the process and the stand-in are held to the same answers.

Random sequences of operations go to both: in and out of order, with ids that are not there, twice, with deletes before
their time. Each answer has to agree: done or failed, the code, and every member that a driver reads of it; at the end all
objects. Ids of the one stand for ids of the other. No time passes between calls, or so much that all that is under way has
ended on both sides: how long things take is no matter of agreement.

Usage: check_differential.py PLAY [--sequences N] [--seconds N] [--seed N] [--all]; HAD_LONG=1: 10,000 sequences."""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "aws"))

from common import MANAGEMENT, NETWORK, REGION, SEED, WEB  # noqa: E402  (ends with 77 without the packages)

import yaml  # noqa: E402
from botocore.validate import ParamValidator  # noqa: E402
from stand_in import wire  # noqa: E402
from stand_in.delays import QUOTAS  # noqa: E402
from stand_in.registry import OPERATIONS  # noqa: E402
from stand_in.server import GLOBAL_SERVICES, READS, StandIn  # noqa: E402
from stand_in.world import GLOBAL, Call, Failure  # noqa: E402

INSTANCE = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
TRUSTED = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
GONE = {"deleted", "DELETED", "Deleted", "disassociated", "disabled"}
MISSING = {
    "vpc": "vpc-0123456789abcdef0", "subnet": "subnet-0123456789abcdef0", "table": "rtb-0123456789abcdef0", "group": "sg-0123456789abcdef0",
    "rule": "sgr-0123456789abcdef0", "gateway": "tgw-0123456789abcdef0", "attachment": "tgw-attach-0123456789abcdef0",
    "gateway-table": "tgw-rtb-0123456789abcdef0", "outbound": "rslvr-out-0123456789abcdef0", "forward": "rslvr-rr-0123456789abcdef0",
    "associated": "rslvr-rrassoc-0123456789abcdef0", "directory": "d-0123456789", "trust": "t-0123456789", "role": "nobody", "profile": "nothing",
    "set": "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-0123456789abcdef", "in-table": "rtbassoc-0123456789abcdef0",
    "share": "arn:aws:ram:eu-west-1:222222222222:resource-share/00000000-0000-4000-a000-000000000000",
}  # fmt: skip


class Pick:
    """Random parts of parameters. Symbols stand for ids: `<vpc.3>`."""

    def __init__(self, chance):
        self.chance = chance
        self.live, self.ever, self.count = collections.defaultdict(list), collections.defaultdict(list), collections.Counter()

    def one(self, *values):
        return self.chance.choice(values)

    def id(self, kind):
        roll = self.chance.random()
        if roll < 0.92 and self.live[kind]:
            return self.chance.choice(self.live[kind])
        if roll < 0.96 and self.ever[kind]:
            return self.chance.choice(self.ever[kind])
        return MISSING[kind]

    def name(self, kind):
        return f"{kind}-{self.chance.randrange(3)}"

    def made(self, kind):
        self.count[kind] += 1
        symbol = f"<{kind}.{self.count[kind]}>"
        self.live[kind].append(symbol)
        self.ever[kind].append(symbol)
        return symbol

    def gone(self, symbol):
        for symbols in self.live.values():
            if symbol in symbols:
                symbols.remove(symbol)


def tags(p, what):
    return [{"ResourceType": what, "Tags": [{"Key": "Name", "Value": p.one("a", "b")}]}]


def permission(p):
    port = p.one(53, 88, 389)
    found = {"IpProtocol": p.one("tcp", "udp"), "FromPort": port, "ToPort": port}
    if p.one(True, True, False):
        return [{**found, "IpRanges": [{"CidrIp": p.one("10.0.0.0/8", "192.168.0.0/16"), "Description": "some"}]}]
    return [{**found, "UserIdGroupPairs": [{"GroupId": p.id("group")}]}]


def targets(p):
    return [{"Ip": p.one("192.0.2.10", "192.0.2.11"), "Port": 53}]


CENTER = {"InstanceArn": INSTANCE}
# service, operation, how often, parameters, kind that it makes and where its id is, parameter of what it removes
ACTIONS = [
    ("ec2", "CreateVpc", 4, lambda p: {"CidrBlock": "10.1.0.0/16", "TagSpecifications": tags(p, "vpc")}, ("vpc", "Vpc.VpcId"), None),
    ("ec2", "DescribeVpcs", 3, lambda p: {"VpcIds": [p.id("vpc")]}, None, None),
    ("ec2", "DescribeVpcs", 1, lambda p: {}, None, None),
    ("ec2", "DescribeVpcs", 1, lambda p: {"Filters": [{"Name": "tag:Name", "Values": [p.one("a", "b", "c")]}]}, None, None),
    ("ec2", "DescribeVpcAttribute", 2, lambda p: {"VpcId": p.id("vpc"), "Attribute": p.one("enableDnsSupport", "enableDnsHostnames")}, None, None),
    ("ec2", "ModifyVpcAttribute", 2, lambda p: {"VpcId": p.id("vpc"), p.one("EnableDnsSupport", "EnableDnsHostnames"): {"Value": p.one(True, False)}}, None, None),
    ("ec2", "DeleteVpc", 1, lambda p: {"VpcId": p.id("vpc")}, None, "VpcId"),
    ("ec2", "CreateTags", 2, lambda p: {"Resources": [p.id(p.one("vpc", "subnet", "gateway"))], "Tags": [{"Key": "Team", "Value": p.one("x", "y")}]}, None, None),
    ("ec2", "DeleteTags", 1, lambda p: {"Resources": [p.id(p.one("vpc", "subnet"))], "Tags": [{"Key": p.one("Team", "Name")}]}, None, None),
    ("ec2", "CreateSubnet", 5, lambda p: {"VpcId": p.id("vpc"), "CidrBlock": p.one("10.1.0.0/24", "10.1.1.0/24", "10.1.2.0/24"), "AvailabilityZoneId": p.one("euw1-az1", "euw1-az2"), "TagSpecifications": tags(p, "subnet")}, ("subnet", "Subnet.SubnetId"), None),
    ("ec2", "DescribeSubnets", 3, lambda p: {"SubnetIds": [p.id("subnet")]}, None, None),
    ("ec2", "DescribeSubnets", 1, lambda p: {"Filters": [{"Name": "vpc-id", "Values": [p.id("vpc")]}]}, None, None),
    ("ec2", "ModifySubnetAttribute", 1, lambda p: {"SubnetId": p.id("subnet"), "MapPublicIpOnLaunch": {"Value": p.one(True, False)}}, None, None),
    ("ec2", "DeleteSubnet", 1, lambda p: {"SubnetId": p.id("subnet")}, None, "SubnetId"),
    ("ec2", "CreateRouteTable", 3, lambda p: {"VpcId": p.id("vpc"), "TagSpecifications": tags(p, "route-table")}, ("table", "RouteTable.RouteTableId"), None),
    ("ec2", "DescribeRouteTables", 3, lambda p: {"RouteTableIds": [p.id("table")]}, None, None),
    ("ec2", "DeleteRouteTable", 1, lambda p: {"RouteTableId": p.id("table")}, None, "RouteTableId"),
    ("ec2", "AssociateRouteTable", 3, lambda p: {"RouteTableId": p.id("table"), "SubnetId": p.id("subnet")}, ("in-table", "AssociationId"), None),
    ("ec2", "DisassociateRouteTable", 1, lambda p: {"AssociationId": p.id("in-table")}, None, "AssociationId"),
    ("ec2", "CreateRoute", 3, lambda p: {"RouteTableId": p.id("table"), "DestinationCidrBlock": p.one("0.0.0.0/0", "192.168.0.0/16"), "TransitGatewayId": p.id("gateway")}, None, None),
    ("ec2", "ReplaceRoute", 1, lambda p: {"RouteTableId": p.id("table"), "DestinationCidrBlock": p.one("0.0.0.0/0", "192.168.0.0/16"), "TransitGatewayId": p.id("gateway")}, None, None),
    ("ec2", "DeleteRoute", 1, lambda p: {"RouteTableId": p.id("table"), "DestinationCidrBlock": p.one("0.0.0.0/0", "192.168.0.0/16")}, None, None),
    ("ec2", "CreateSecurityGroup", 3, lambda p: {"VpcId": p.id("vpc"), "GroupName": p.name("group"), "Description": "some", "TagSpecifications": tags(p, "security-group")}, ("group", "GroupId"), None),
    ("ec2", "DescribeSecurityGroups", 2, lambda p: {"GroupIds": [p.id("group")]}, None, None),
    ("ec2", "DeleteSecurityGroup", 1, lambda p: {"GroupId": p.id("group")}, None, "GroupId"),
    ("ec2", "AuthorizeSecurityGroupIngress", 4, lambda p: {"GroupId": p.id("group"), "IpPermissions": permission(p)}, ("rule", "SecurityGroupRules.0.SecurityGroupRuleId"), None),
    ("ec2", "AuthorizeSecurityGroupEgress", 2, lambda p: {"GroupId": p.id("group"), "IpPermissions": permission(p)}, ("rule", "SecurityGroupRules.0.SecurityGroupRuleId"), None),
    ("ec2", "DescribeSecurityGroupRules", 2, lambda p: {"SecurityGroupRuleIds": [p.id("rule")]}, None, None),
    ("ec2", "CreateTransitGateway", 3, lambda p: {"Description": p.one("one", "two"), "Options": {"AmazonSideAsn": 64512, "AutoAcceptSharedAttachments": "enable", "DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable", "DnsSupport": "enable", "VpnEcmpSupport": "enable"}, "TagSpecifications": tags(p, "transit-gateway")}, ("gateway", "TransitGateway.TransitGatewayId"), None),
    ("ec2", "DescribeTransitGateways", 3, lambda p: {"TransitGatewayIds": [p.id("gateway")]}, None, None),
    ("ec2", "ModifyTransitGateway", 1, lambda p: {"TransitGatewayId": p.id("gateway"), "Description": p.one("three", "four"), "Options": {"DnsSupport": p.one("enable", "disable")}}, None, None),
    ("ec2", "DeleteTransitGateway", 1, lambda p: {"TransitGatewayId": p.id("gateway")}, None, "TransitGatewayId"),
    ("ec2", "CreateTransitGatewayVpcAttachment", 4, lambda p: {"TransitGatewayId": p.id("gateway"), "VpcId": p.id("vpc"), "SubnetIds": [p.id("subnet")], "TagSpecifications": tags(p, "transit-gateway-attachment")}, ("attachment", "TransitGatewayVpcAttachment.TransitGatewayAttachmentId"), None),
    ("ec2", "DescribeTransitGatewayVpcAttachments", 3, lambda p: {"TransitGatewayAttachmentIds": [p.id("attachment")]}, None, None),
    ("ec2", "DeleteTransitGatewayVpcAttachment", 1, lambda p: {"TransitGatewayAttachmentId": p.id("attachment")}, None, "TransitGatewayAttachmentId"),
    ("ec2", "CreateTransitGatewayRouteTable", 3, lambda p: {"TransitGatewayId": p.id("gateway"), "TagSpecifications": tags(p, "transit-gateway-route-table")}, ("gateway-table", "TransitGatewayRouteTable.TransitGatewayRouteTableId"), None),
    ("ec2", "DescribeTransitGatewayRouteTables", 3, lambda p: {"TransitGatewayRouteTableIds": [p.id("gateway-table")]}, None, None),
    ("ec2", "DeleteTransitGatewayRouteTable", 1, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table")}, None, "TransitGatewayRouteTableId"),
    ("ec2", "AssociateTransitGatewayRouteTable", 3, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table"), "TransitGatewayAttachmentId": p.id("attachment")}, None, None),
    ("ec2", "GetTransitGatewayRouteTableAssociations", 2, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table")}, None, None),
    ("ec2", "DisassociateTransitGatewayRouteTable", 1, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table"), "TransitGatewayAttachmentId": p.id("attachment")}, None, None),
    ("ec2", "EnableTransitGatewayRouteTablePropagation", 3, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table"), "TransitGatewayAttachmentId": p.id("attachment")}, None, None),
    ("ec2", "GetTransitGatewayRouteTablePropagations", 2, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table")}, None, None),
    ("ec2", "DisableTransitGatewayRouteTablePropagation", 1, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table"), "TransitGatewayAttachmentId": p.id("attachment")}, None, None),
    ("ec2", "CreateTransitGatewayRoute", 2, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table"), "DestinationCidrBlock": p.one("10.9.0.0/16", "0.0.0.0/0"), "TransitGatewayAttachmentId": p.id("attachment")}, None, None),
    ("ec2", "DeleteTransitGatewayRoute", 1, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table"), "DestinationCidrBlock": p.one("10.9.0.0/16", "0.0.0.0/0")}, None, None),
    ("route53resolver", "CreateResolverEndpoint", 3, lambda p: {"CreatorRequestId": p.one("one", "two", "three"), "Name": "out", "Direction": "OUTBOUND", "SecurityGroupIds": [p.id("group")], "IpAddresses": [{"SubnetId": p.id("subnet")}, {"SubnetId": p.id("subnet")}]}, ("outbound", "ResolverEndpoint.Id"), None),
    ("route53resolver", "GetResolverEndpoint", 2, lambda p: {"ResolverEndpointId": p.id("outbound")}, None, None),
    ("route53resolver", "DeleteResolverEndpoint", 1, lambda p: {"ResolverEndpointId": p.id("outbound")}, None, "ResolverEndpointId"),
    ("route53resolver", "CreateResolverRule", 3, lambda p: {"CreatorRequestId": p.one("one", "two", "three"), "Name": "ad", "RuleType": "FORWARD", "DomainName": p.one("corp.example.com", "eu.example.com"), "TargetIps": targets(p), "ResolverEndpointId": p.id("outbound")}, ("forward", "ResolverRule.Id"), None),
    ("route53resolver", "GetResolverRule", 2, lambda p: {"ResolverRuleId": p.id("forward")}, None, None),
    ("route53resolver", "UpdateResolverRule", 1, lambda p: {"ResolverRuleId": p.id("forward"), "Config": {"Name": p.one("ad", "dc"), "TargetIps": targets(p)}}, None, None),
    ("route53resolver", "DeleteResolverRule", 1, lambda p: {"ResolverRuleId": p.id("forward")}, None, "ResolverRuleId"),
    ("route53resolver", "AssociateResolverRule", 3, lambda p: {"ResolverRuleId": p.id("forward"), "VPCId": p.id("vpc"), "Name": "here"}, ("associated", "ResolverRuleAssociation.Id"), None),
    ("route53resolver", "GetResolverRuleAssociation", 2, lambda p: {"ResolverRuleAssociationId": p.id("associated")}, None, None),
    ("route53resolver", "DisassociateResolverRule", 1, lambda p: {"ResolverRuleId": p.id("forward"), "VPCId": p.id("vpc")}, None, None),
    ("ds", "CreateMicrosoftAD", 2, lambda p: {"Name": p.one("corp.example.com", "eu.example.com"), "ShortName": "CORP", "Password": "Tr0ub4dor-and-3", "Edition": p.one("Standard", "Enterprise"), "VpcSettings": {"VpcId": p.id("vpc"), "SubnetIds": [p.id("subnet"), p.id("subnet")]}}, ("directory", "DirectoryId"), None),
    ("ds", "DescribeDirectories", 2, lambda p: {"DirectoryIds": [p.id("directory")]}, None, None),
    ("ds", "DeleteDirectory", 1, lambda p: {"DirectoryId": p.id("directory")}, None, "DirectoryId"),
    ("ram", "CreateResourceShare", 2, lambda p: {"name": p.name("share"), "allowExternalPrincipals": False, "principals": [WEB]}, ("share", "resourceShare.resourceShareArn"), None),
    ("ram", "GetResourceShares", 2, lambda p: {"resourceOwner": "SELF", "resourceShareArns": [p.id("share")]}, None, None),
    ("ram", "DeleteResourceShare", 1, lambda p: {"resourceShareArn": p.id("share")}, None, "resourceShareArn"),
    ("iam", "CreateRole", 3, lambda p: {"RoleName": p.name("role"), "AssumeRolePolicyDocument": TRUSTED, "Description": "some"}, ("role", "Role.RoleName"), None),
    ("iam", "GetRole", 2, lambda p: {"RoleName": p.one(p.id("role"), p.name("role"))}, None, None),
    ("iam", "AttachRolePolicy", 2, lambda p: {"RoleName": p.id("role"), "PolicyArn": p.one("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore", "arn:aws:iam::aws:policy/AmazonSSMDirectoryServiceAccess")}, None, None),
    ("iam", "ListAttachedRolePolicies", 2, lambda p: {"RoleName": p.id("role")}, None, None),
    ("iam", "DetachRolePolicy", 1, lambda p: {"RoleName": p.id("role"), "PolicyArn": p.one("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore", "arn:aws:iam::aws:policy/AmazonSSMDirectoryServiceAccess")}, None, None),
    ("iam", "PutRolePolicy", 2, lambda p: {"RoleName": p.id("role"), "PolicyName": p.one("x", "y"), "PolicyDocument": POLICY}, None, None),
    ("iam", "DeleteRolePolicy", 1, lambda p: {"RoleName": p.id("role"), "PolicyName": p.one("x", "y")}, None, None),
    ("iam", "DeleteRole", 1, lambda p: {"RoleName": p.id("role")}, None, "RoleName"),
    ("iam", "CreateInstanceProfile", 2, lambda p: {"InstanceProfileName": p.name("profile")}, ("profile", "InstanceProfile.InstanceProfileName"), None),
    ("iam", "GetInstanceProfile", 2, lambda p: {"InstanceProfileName": p.id("profile")}, None, None),
    ("iam", "AddRoleToInstanceProfile", 2, lambda p: {"InstanceProfileName": p.id("profile"), "RoleName": p.id("role")}, None, None),
    ("iam", "RemoveRoleFromInstanceProfile", 1, lambda p: {"InstanceProfileName": p.id("profile"), "RoleName": p.id("role")}, None, None),
    ("iam", "DeleteInstanceProfile", 1, lambda p: {"InstanceProfileName": p.id("profile")}, None, "InstanceProfileName"),
    ("sso-admin", "CreatePermissionSet", 3, lambda p: {**CENTER, "Name": p.name("set"), "Description": "some", "SessionDuration": "PT8H"}, ("set", "PermissionSet.PermissionSetArn"), None),
    ("sso-admin", "DescribePermissionSet", 2, lambda p: {**CENTER, "PermissionSetArn": p.id("set")}, None, None),
    ("sso-admin", "UpdatePermissionSet", 1, lambda p: {**CENTER, "PermissionSetArn": p.id("set"), "Description": p.one("else", "more"), "SessionDuration": p.one("PT1H", "PT4H")}, None, None),
    ("sso-admin", "AttachManagedPolicyToPermissionSet", 2, lambda p: {**CENTER, "PermissionSetArn": p.id("set"), "ManagedPolicyArn": p.one("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/SecurityAudit")}, None, None),
    ("sso-admin", "ListManagedPoliciesInPermissionSet", 2, lambda p: {**CENTER, "PermissionSetArn": p.id("set")}, None, None),
    ("sso-admin", "DetachManagedPolicyFromPermissionSet", 1, lambda p: {**CENTER, "PermissionSetArn": p.id("set"), "ManagedPolicyArn": p.one("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/SecurityAudit")}, None, None),
    ("sso-admin", "PutInlinePolicyToPermissionSet", 1, lambda p: {**CENTER, "PermissionSetArn": p.id("set"), "InlinePolicy": POLICY}, None, None),
    ("sso-admin", "GetInlinePolicyForPermissionSet", 1, lambda p: {**CENTER, "PermissionSetArn": p.id("set")}, None, None),
    ("sso-admin", "DeletePermissionSet", 1, lambda p: {**CENTER, "PermissionSetArn": p.id("set")}, None, "PermissionSetArn"),
]  # fmt: skip
# What is read of each kind at the end, with its id.
FINAL = {
    "vpc": ("ec2", "DescribeVpcs", "VpcIds"), "subnet": ("ec2", "DescribeSubnets", "SubnetIds"), "table": ("ec2", "DescribeRouteTables", "RouteTableIds"),
    "group": ("ec2", "DescribeSecurityGroups", "GroupIds"), "rule": ("ec2", "DescribeSecurityGroupRules", "SecurityGroupRuleIds"),
    "gateway": ("ec2", "DescribeTransitGateways", "TransitGatewayIds"), "gateway-table": ("ec2", "DescribeTransitGatewayRouteTables", "TransitGatewayRouteTableIds"),
    "attachment": ("ec2", "DescribeTransitGatewayVpcAttachments", "TransitGatewayAttachmentIds"), "directory": ("ds", "DescribeDirectories", "DirectoryIds"),
    "outbound": ("route53resolver", "GetResolverEndpoint", "ResolverEndpointId"), "forward": ("route53resolver", "GetResolverRule", "ResolverRuleId"),
    "associated": ("route53resolver", "GetResolverRuleAssociation", "ResolverRuleAssociationId"), "role": ("iam", "GetRole", "RoleName"),
    "profile": ("iam", "GetInstanceProfile", "InstanceProfileName"), "set": ("sso-admin", "DescribePermissionSet", "PermissionSetArn"),
}  # fmt: skip
# What the model leaves to the stand-in: it is not asked about calls that the stand-in refuses so.
LEFT_OUT = {
    ("CreateSubnet", "InvalidSubnet.Range"): "it does not calculate with networks",
    ("CreateTransitGatewayVpcAttachment", "InvalidParameterValue"): "subnets of another network",
    ("CreateTransitGatewayVpcAttachment", "DuplicateSubnetsInSameZone"): "zones of subnets",
    ("AssociateRouteTable", "InvalidParameterValue"): "a subnet of another network",
    ("CreateResolverEndpoint", "InvalidParameterException"): "zones of subnets",
    ("CreateMicrosoftAD", "InvalidParameterException"): "zones of subnets",
    ("CreateMicrosoftAD", "ClientException"): "zones of subnets",
    ("AssociateTransitGatewayRouteTable", "InvalidParameterValue"): "a table of another gateway",
    ("EnableTransitGatewayRouteTablePropagation", "InvalidParameterValue"): "a table of another gateway",
    ("CreateTransitGatewayRoute", "InvalidParameterValue"): "a table of another gateway",
    ("ModifyVpcAttribute", "InvalidParameterValue"): "host names need resolution",
    ("CreateResolverRule", "ResourceExistsException"): "whether a second request with a token is the first again",
    ("CreateResolverEndpoint", "ResourceExistsException"): "whether a second request with a token is the first again",
    ("CreateRoute", "InvalidTransitGatewayID.NotFound"): "whether the network of a table is attached",
    ("ReplaceRoute", "InvalidTransitGatewayID.NotFound"): "whether the network of a table is attached",
}  # fmt: skip
# Of a call with two mistakes AWS documents no order: either code will do.
EITHER = {
    ("CreateTransitGatewayRoute", frozenset({"RouteAlreadyExists", "InvalidTransitGatewayAttachmentID.NotFound"})),
    ("CreateTransitGatewayRoute", frozenset({"RouteAlreadyExists", "IncorrectState"})),
}  # fmt: skip
# What the model does at once.
AT_ONCE = ("ModifyTransitGateway", "AssociateRouteTable")
# Members that drivers read but that are chance or a matter of naming on both sides.
CHANCE = {"HostVPCId", "IpAddressCount", "AssociationId", "RoleId", "InstanceProfileId", "CreationTime", "CreateDate", "Arn", "resourceShareArn", "TransitGatewayArn", "DnsIpAddrs", "SecurityGroupId",
          "Alias", "AvailabilityZone", "RouteTableAssociationId", "TransitGatewayRouteTableAnnouncementId"}  # fmt: skip


def read_members():
    """Operation → the members that drivers read of each item of its answer."""
    found = collections.defaultdict(set)
    for path in sorted((ROOT / "runtime/resource/types").glob("*.yaml")):
        for name, driver in yaml.safe_load(path.read_text()).items():
            if not isinstance(driver, dict) or "service" not in driver:
                continue
            for step in driver.get("find", []) + driver.get("read", []):
                operation = next((k for k in step if k[0].isupper()), None)
                where = step.get("item") or step.get("items") or ""
                texts = [*step.get("values", {}).values(), *step.get("attributes", {}).values(), *step.get("match", {})]
                texts += [step["state"]["at"]] if "state" in step else []
                for text in texts if operation else []:
                    if isinstance(text, str) and not text.startswith(("$", "|")):
                        found[driver["service"], operation].update(parts_of(where) + path for path in paths_of(text))
    return found


def parts_of(path):
    """Names of the members on a path; lists are passed over."""
    return tuple(part for part in re.sub(r"\[[^]]*\]|\{.*|\|.*", "", path).split(".") if part)


def paths_of(text):
    """Of `A.B[].C|only D,E`: A.B.C.D and A.B.C.E."""
    only = re.search(r"\|only ([\w,]+)", text)
    return [parts_of(text) + (name,) for name in only.group(1).split(",")] if only else [parts_of(text)]


def at(value, path):
    for index, part in enumerate(path):
        if isinstance(value, list) and not part.isdigit():
            return [at(item, path[index:]) for item in value]
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


class Mismatch(Exception):
    pass


class Model:
    """The model in a process of its own, by lines."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def start(self, seed):
        self.ask({"reset": seed})

    def call(self, service, operation, account, params):
        answer = self.ask({"service": service, "operation": operation, "account": account, "region": REGION, "params": params})
        return (answer["code"], None) if answer["outcome"] == "failed" else (None, answer["value"])

    def settle(self):
        self.ask({"advance": 20000})


class Other:
    """The stand-in in this process, below its wire."""

    def __init__(self):
        self.stand_in = StandIn({"speed": 0.0, "quotas": {name: 100_000 for name in QUOTAS}}, {**SEED})
        self.validator = ParamValidator()

    def start(self, seed):
        self.stand_in.world.config["seed"] = seed
        self.stand_in.reset()
        self.call("ram", "EnableSharingWithAwsOrganization", MANAGEMENT, {})

    def call(self, service, operation, account, params):
        model = wire.operation_model(service, operation)
        report = self.validator.validate(params, model.input_shape) if model.input_shape else None
        if report is not None and report.has_errors():
            raise AssertionError(f"{operation}: {report.generate_report()}")
        world = self.stand_in.world
        region = GLOBAL if service in GLOBAL_SERVICES else REGION
        call = Call(world, service, operation, params, account, region, f"arn:aws:iam::{account}:role/play", read=operation.startswith(READS))
        try:
            answer = OPERATIONS[service, operation].run(call, json.loads(json.dumps(params)))
        except Failure as failure:
            return failure.code, None
        finally:
            call.finish()
        answer = wire.conform(answer or {}, model.output_shape) if model.output_shape else {}
        return None, json.loads(json.dumps(answer, default=str))

    def settle(self):
        world = self.stand_in.world
        horizon = world.now() + 20000
        while world.events and world.events[0][0] <= horizon:
            world.advance(world.events[0][0] - world.now() + 0.001)


def replaced(value, names):
    if isinstance(value, dict):
        return {k: replaced(v, names) for k, v in value.items()}
    if isinstance(value, list):
        return [replaced(v, names) for v in value]
    return names.get(value, value) if isinstance(value, str) else value


def plain(value):
    """Without what is a matter of form: order of lists, empty members, numbers as texts, JSON by its content."""
    if isinstance(value, dict):
        if value.keys() == {"Key", "Value"} and value["Key"].startswith("aws:"):
            return None
        if value.get("Protocol") == "Do53":  # of an address where nothing else is said
            value = {k: v for k, v in value.items() if k != "Protocol"}
        return {k: p for k, v in sorted(value.items()) if k not in CHANCE and (p := plain(v)) not in (None, [], {}, "")}
    if isinstance(value, list):
        return sorted((p for v in value if (p := plain(v)) not in (None, "")), key=lambda v: json.dumps(v, sort_keys=True))
    if isinstance(value, str) and value.startswith(("{", "%7B")):
        return json.dumps(json.loads(urllib.parse.unquote(value)), sort_keys=True)
    return value


def ours(value):
    """Without the routes within a network, which its tables have by themselves and no driver counts."""
    for table in value.get("RouteTables", []) if isinstance(value, dict) else []:
        table["Routes"] = [route for route in table.get("Routes", []) if route.get("GatewayId") != "local"]
    return value


def over(item):
    state = item.get("State", item.get("Status", item.get("status", item.get("Stage")))) if isinstance(item, dict) else None
    return isinstance(state, str) and state in GONE


class Differential:
    def __init__(self, program):
        self.model, self.other, self.members = Model(program), Other(), read_members()
        self.calls, self.failed, self.left_out, self.differences = 0, 0, 0, collections.Counter()
        self.used = collections.Counter()

    def seen(self, service, operation, value):
        """What drivers read of an answer; what has gone counts as not there."""
        paths = self.members.get((service, operation), set())
        out = {}
        for top in {p[0] for p in paths}:
            rest = {p[1:] for p in paths if p[0] == top}
            part = value.get(top)
            items = part if isinstance(part, list) else [part]
            kept = []
            for item in items:
                if item is None or over(item):
                    continue
                if () in rest or not isinstance(item, dict):
                    kept.append(item)
                else:
                    kept.append({".".join(r): at(item, r) for r in rest if r[-1] not in CHANCE})
            out[top] = plain(kept)
        return {k: v for k, v in out.items() if v}

    def both(self, service, operation, params, kind=None, ends=None):
        account = MANAGEMENT if service == "sso-admin" else NETWORK
        self.calls += 1
        self.used[f"{service}.{operation}"] += 1
        codes, values = [], []
        for side, names in ((self.other, self.names[1]), (self.model, self.names[0])):
            back = {v: k for k, v in names.items()}
            code, value = side.call(service, operation, account, replaced(params, names))
            if side is self.other and (operation, code) in LEFT_OUT:
                self.left_out += 1
                return
            codes.insert(0, code)
            values.insert(0, (value, back))
        self.log.append(f"{operation} {json.dumps(params)} → {codes[0]} | {codes[1]}")
        seen = [self.seen(service, operation, ours(replaced(v, back))) if v is not None else None for v, back in values]
        if codes[0] != codes[1]:
            gone = [c is not None and ("NotFound" in c or "NoSuch" in c or "UnknownResource" in c or "DoesNotExist" in c) for c in codes]
            nothing = [c is None and not any(s.values()) for c, s in zip(codes, seen)]
            if (operation, frozenset(codes)) in EITHER:
                self.failed += 1
                return
            if not (operation.startswith(READS) and all(g or n for g, n in zip(gone, nothing))):
                raise Mismatch(f"{service}.{operation}: {codes[0] or 'done'} in the model, {codes[1] or 'done'} in the stand-in")
        elif codes[0] is None and seen[0] != seen[1]:
            raise Mismatch(f"{service}.{operation}: {json.dumps(seen[0], sort_keys=True)} in the model, {json.dumps(seen[1], sort_keys=True)} in the stand-in")
        if codes[0] is not None:
            self.failed += 1
            return
        if kind:
            ids = [at(v, kind[1].split(".")) for v, _ in values]
            if not all(ids):
                raise Mismatch(f"{service}.{operation}: no {kind[1]}: {ids}")
            if ids[0] not in values[0][1]:
                if ids[1] in values[1][1]:
                    raise Mismatch(f"{service}.{operation}: new in the model, the one that was there in the stand-in")
                symbol = self.pick.made(kind[0])
                self.names[0][symbol], self.names[1][symbol] = ids
        if ends:
            self.pick.gone(params[ends])

    def sequence(self, seed, length):
        chance = random.Random(seed)
        self.pick, self.names, self.log = Pick(chance), ({}, {}), []
        self.model.start(seed)
        self.other.start(seed)
        few = chance.sample(ACTIONS, len(ACTIONS))
        services = set(chance.choice([("ec2",), ("ec2",), ("ec2", "route53resolver"), ("ec2", "ds"), ("iam",), ("sso-admin",), ("ram",), ("ec2", "iam", "ram")]))
        few = [a for a in few if a[0] in services]
        start = [a for a in ACTIONS if a[0] in services and a[4] and a[0] == "ec2"] if "ec2" in services else []
        steps = [a for a in start if a[1] in ("CreateVpc", "CreateSubnet", "CreateTransitGateway", "CreateSecurityGroup") for _ in range(2)]
        steps += chance.choices(few, [a[2] for a in few], k=length)
        for service, operation, _, make, kind, ends in steps:
            self.both(service, operation, make(self.pick), kind, ends)
            if chance.random() < 0.6 or operation in AT_ONCE:
                self.settle()
        self.settle()
        for kind, (service, operation, member) in FINAL.items():
            for symbol in self.pick.ever[kind]:
                self.both(service, operation, {member: [symbol] if member.endswith("s") else symbol, **(CENTER if service == "sso-admin" else {})})

    def settle(self):
        self.model.settle()
        self.other.settle()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("play")
    long = bool(os.environ.get("HAD_LONG"))
    parser.add_argument("--sequences", type=int, default=10_000 if long else 300)
    parser.add_argument("--seconds", type=float, default=0 if long else 25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--length", type=int, default=30)
    parser.add_argument("--all", action="store_true", help="go on after a difference; print how often each occurs")
    given = parser.parse_args()
    run, started, done, wrong = Differential(given.play), time.monotonic(), 0, 0
    for seed in range(given.seed, given.seed + given.sequences):
        if given.seconds and time.monotonic() - started > given.seconds:
            break
        done += 1
        try:
            run.sequence(seed, given.length)
        except Mismatch as difference:
            wrong += 1
            run.differences[str(difference)] += 1
            if not given.all:
                print("\n".join(run.log[-40:]), file=sys.stderr)
                print(f"sequence {seed}: {difference}", file=sys.stderr)
                break
    for text, count in run.differences.most_common(40) if given.all else ():
        print(f"{count:6} {text}")
    print(f"sim.differential: {done} sequences, {run.calls} calls of {len(run.used)} operations, {run.left_out} left out, {run.failed} of them refused by both, "
          f"{wrong} sequences with a disagreement, {time.monotonic() - started:.1f} s")  # fmt: skip
    return 1 if wrong or not done or not run.failed else 0


sys.exit(main())
