"""The operations that the differential plays with: how often, with which parameters, what they make and remove."""

import json

from common import MANAGEMENT, NETWORK, OUTSIDE, REGION, WEB
from pick import PLACES

PEM = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----"
KEY = "arn:aws:kms:eu-west-1:222222222222:key/00000000-0000-4000-a000-000000000000"
OUTSIDERS = (OUTSIDE, "888888888888")  # accounts that are not in the organization
ORGANIZATION = f"arn:aws:organizations::{MANAGEMENT}:organization/<organization>"
STORE = {"IdentityStoreId": "<store>"}

INSTANCE = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
TRUSTED = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
WRITES = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ds.amazonaws.com"},"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}'
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'


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


def entry(p):
    return {"NetworkAclId": p.id("acl"), "RuleNumber": p.one(100, 110), "Egress": p.one(True, False), "Protocol": "6", "RuleAction": p.one("allow", "deny"),
            "CidrBlock": "10.0.0.0/8", "PortRange": {"From": 443, "To": 443}}  # fmt: skip


def network(p):
    return {"VPCId": p.id("vpc"), "VPCRegion": p.region}


def radius(p):
    return {"RadiusServers": ["10.0.0.9"], "RadiusPort": p.one(1812, 1813), "RadiusTimeout": 5, "RadiusRetries": 3, "SharedSecret": "Tr0ub4dor-and-3",
            "AuthenticationProtocol": "PAP", "DisplayLabel": "MFA", "UseSameUsername": True}  # fmt: skip


def assignment(p):
    return {**CENTER, "TargetId": p.one(WEB, NETWORK), "TargetType": "AWS_ACCOUNT", "PermissionSetArn": p.id("set"), "PrincipalType": "GROUP", "PrincipalId": p.sure("store-group")}


def attributes(p):
    return {**CENTER, "InstanceAccessControlAttributeConfiguration": {"AccessControlAttributes": [{"Key": "team", "Value": {"Source": [p.one("x", "y")]}}]}}


def peer(p):
    """A transit gateway here and one anywhere."""
    other = p.there("gateway")
    account, region = p.places[other]
    return {"TransitGatewayId": p.sure("gateway"), "PeerTransitGatewayId": other, "PeerAccountId": account, "PeerRegion": region}


def peer_network(p):
    other = p.chosen([s for s in p.live["vpc"] if not p.is_here(s)])  # those of a place overlap
    account, region = p.places[other]
    return {"VpcId": p.sure("vpc"), "PeerVpcId": other, "PeerOwnerId": account, "PeerRegion": region, "TagSpecifications": tags(p, "vpc-peering-connection")}


def endpoint(p):
    if p.one(True, False):
        return {"VpcEndpointType": "Gateway", "ServiceName": f"com.amazonaws.{p.region}.s3", "VpcId": p.id("vpc"), "RouteTableIds": [p.id("table")]}
    subnets = {"SubnetIds": [p.id("subnet")], "SecurityGroupIds": [p.id("group")], "PrivateDnsEnabled": False}
    return {"VpcEndpointType": "Interface", "ServiceName": f"com.amazonaws.{p.region}.ssm", "VpcId": p.id("vpc"), **subnets}


def endpoint_change(p):
    return p.one({"AddSubnetIds": [p.id("subnet")]}, {"RemoveSubnetIds": [p.id("subnet")]}, {"AddSecurityGroupIds": [p.id("group")]},
                 {"RemoveSecurityGroupIds": [p.id("group")]}, {"AddRouteTableIds": [p.id("table")]}, {"RemoveRouteTableIds": [p.id("table")]})  # fmt: skip


def described(p):
    """A rule and another description for it."""
    return [{"SecurityGroupRuleId": p.id("rule"), "Description": p.one("x", "y")}]


def rule_change(p):
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv4": p.one("10.0.0.0/8", "172.16.0.0/12"), "Description": "some"}
    rule_id = p.sure("rule")
    return {"GroupId": p.of[rule_id]["GroupId"], "SecurityGroupRules": [{"SecurityGroupRuleId": rule_id, "SecurityGroupRule": rule}]}


def revoked(p):
    rule = p.sure("rule")
    return {"GroupId": p.of[rule]["GroupId"], "SecurityGroupRuleIds": [rule]}


def in_region(p):
    """Networks of another Region for a directory of this one."""
    region = p.elsewhere()
    place = (p.account, region)
    network = p.there("vpc", place)
    subnets = [s for s in p.live["subnet"] if p.of[s]["VpcId"] == network]
    if len(subnets) < 2:
        raise LookupError("subnets")
    return {"RegionName": region, "VPCSettings": {"VpcId": network, "SubnetIds": p.chance.sample(subnets, 2)}}


def two_subnets(p):
    network = p.sure("vpc")
    subnets = [s for s in p.live["subnet"] if p.of[s]["VpcId"] == network]
    if len(subnets) < 2:
        raise LookupError("subnets")
    return {"VpcId": network, "SubnetIds": p.chance.sample(subnets, 2)}


def version(p):
    """A version of a policy, whichever policy is asked."""
    found = p.sure("version")
    return {"PolicyArn": p.of[found]["PolicyArn"], "VersionId": found}


def from_outside(p, params):
    """Asked by an account that is not in the organization."""
    symbol = next(iter(params.values()))
    p.go((p.one(*OUTSIDERS), p.places[symbol[0] if isinstance(symbol, list) else symbol][1]))
    return params


def other_side(p, kind):
    """Asked by the account and Region that the parameters of what is there name."""
    found = p.there(kind)
    made = p.of[found]
    p.go((made.get("PeerOwnerId", made.get("PeerAccountId")), made["PeerRegion"]))
    return found


def accepted(p):
    """A directory that is shared, taken on by the account that it is shared with."""
    found = p.there("shared")
    p.go((p.of[found]["ShareTarget"]["Id"], p.places[found][1]))
    return {"SharedDirectoryId": found}


def of_subnet(answer, params):
    """The association of a subnet with its list of rules, and what made it such."""
    subnet = params["Filters"][0]["Values"][0]
    found = [a for acl in answer["NetworkAcls"] for a in acl["Associations"] if a["SubnetId"] == subnet]
    return found[0]["NetworkAclAssociationId"] if found else None


def replica(p):
    """A directory's other Region, asked there."""
    found = p.there("replica")
    p.go((p.places[found][0], p.of[found]["RegionName"]))
    return {"DirectoryId": p.of[found]["DirectoryId"]}


def bucket(p):
    """Mostly one of the account's own."""
    account = p.account if p.chance.random() < 0.9 else p.somebody()
    return {"Bucket": f"acme-{p.one('artifacts', 'logs')}-{account}"}


def line(p, kind):
    names = {"dxgw": f"arn:aws:directconnect::{p.account}:dx-gateway/", "vif": f"arn:aws:directconnect:{p.region}:{p.account}:dxvif/"}
    return names[kind] + p.sure(kind)


def writable(p):
    """Nothing more: that services may write logs."""
    p.sure("log-policy")
    return {}


def shared_gateway(p):
    """One of this account, for the other account of the Region."""
    found = p.sure("gateway")
    p.go(next(place for place in PLACES if place[1] == p.region and place[0] != p.account))
    return found


def waiting(p):
    """An attachment of another account, as the gateway's owner sees it."""
    found = p.chosen([s for s in p.live["attachment"] if p.places[s] != p.places.get(p.of[s]["TransitGatewayId"], p.places[s])])
    p.go(p.places[p.of[found]["TransitGatewayId"]])
    return found


def whole(answer, params):
    """An id for what has none: all that made it."""
    return json.dumps(params, sort_keys=True)


CENTER = {"InstanceArn": INSTANCE}
# service, operation, how often, parameters, kind that it makes and where its id is, parameter of what it removes
ACTIONS = [
    ("ec2", "CreateVpc", 4, lambda p: {"CidrBlock": p.block(), "TagSpecifications": tags(p, "vpc")}, ("vpc", "Vpc.VpcId"), None),
    ("ec2", "DescribeVpcs", 3, lambda p: {"VpcIds": [p.id("vpc")]}, None, None),
    ("ec2", "DescribeVpcs", 1, lambda p: {}, None, None),
    ("ec2", "DescribeVpcs", 1, lambda p: {"Filters": [{"Name": "tag:Name", "Values": [p.one("a", "b", "c")]}]}, None, None),
    ("ec2", "DescribeVpcAttribute", 2, lambda p: {"VpcId": p.id("vpc"), "Attribute": p.one("enableDnsSupport", "enableDnsHostnames")}, None, None),
    ("ec2", "ModifyVpcAttribute", 2, lambda p: {"VpcId": p.id("vpc"), p.one("EnableDnsSupport", "EnableDnsHostnames"): {"Value": p.one(True, False)}}, None, None),
    ("ec2", "DeleteVpc", 1, lambda p: {"VpcId": p.id("vpc")}, None, "VpcId"),
    ("ec2", "CreateTags", 2, lambda p: {"Resources": [p.id(p.one("vpc", "subnet", "gateway"))], "Tags": [{"Key": "Team", "Value": p.one("x", "y")}]}, None, None),
    ("ec2", "DeleteTags", 1, lambda p: {"Resources": [p.id(p.one("vpc", "subnet"))], "Tags": [{"Key": p.one("Team", "Name")}]}, None, None),
    ("ec2", "CreateSubnet", 5, lambda p: {"VpcId": p.id("vpc"), "CidrBlock": p.block(p.one(0, 1, 2)), "AvailabilityZoneId": p.zone(p.one(1, 2)), "TagSpecifications": tags(p, "subnet")}, ("subnet", "Subnet.SubnetId"), None),
    ("ec2", "DescribeSubnets", 3, lambda p: {"SubnetIds": [p.id("subnet")]}, None, None),
    ("ec2", "DescribeSubnets", 1, lambda p: {"Filters": [{"Name": "vpc-id", "Values": [p.id("vpc")]}]}, None, None),
    ("ec2", "ModifySubnetAttribute", 1, lambda p: {"SubnetId": p.id("subnet"), "MapPublicIpOnLaunch": {"Value": p.one(True, False)}}, None, None),
    ("ec2", "DeleteSubnet", 1, lambda p: {"SubnetId": p.id("subnet")}, None, "SubnetId"),
    ("ec2", "CreateRouteTable", 3, lambda p: {"VpcId": p.id("vpc"), "TagSpecifications": tags(p, "route-table")}, ("table", "RouteTable.RouteTableId"), None),
    ("ec2", "DescribeRouteTables", 3, lambda p: {"RouteTableIds": [p.id("table")]}, None, None),
    ("ec2", "DeleteRouteTable", 1, lambda p: {"RouteTableId": p.id("table")}, None, "RouteTableId"),
    ("ec2", "AssociateRouteTable", 3, lambda p: {"RouteTableId": p.id("table"), "SubnetId": p.id("subnet")}, ("in-table", "AssociationId"), None),
    ("ec2", "DisassociateRouteTable", 1, lambda p: {"AssociationId": p.id("in-table")}, None, "AssociationId"),
    ("ec2", "CreateRoute", 3, lambda p: {"RouteTableId": p.id("table"), "DestinationCidrBlock": p.one("0.0.0.0/0", "192.168.0.0/16"), "TransitGatewayId": p.id("gateway")}, ("route", whole), None),
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
    ("ec2", "AssociateTransitGatewayRouteTable", 3, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table"), "TransitGatewayAttachmentId": p.id("attachment")}, ("gateway-association", whole), None),
    ("ec2", "GetTransitGatewayRouteTableAssociations", 2, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table")}, None, None),
    ("ec2", "DisassociateTransitGatewayRouteTable", 1, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table"), "TransitGatewayAttachmentId": p.id("attachment")}, None, None),
    ("ec2", "EnableTransitGatewayRouteTablePropagation", 3, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table"), "TransitGatewayAttachmentId": p.id("attachment")}, ("propagation", whole), None),
    ("ec2", "GetTransitGatewayRouteTablePropagations", 2, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table")}, None, None),
    ("ec2", "DisableTransitGatewayRouteTablePropagation", 1, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table"), "TransitGatewayAttachmentId": p.id("attachment")}, None, None),
    ("ec2", "CreateTransitGatewayRoute", 2, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table"), "DestinationCidrBlock": p.one("10.9.0.0/16", "0.0.0.0/0"), "TransitGatewayAttachmentId": p.id("attachment")}, ("gateway-route", whole), None),
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
    ("ram", "CreateResourceShare", 2, lambda p: {"name": p.name("share"), "allowExternalPrincipals": False, "principals": [p.somebody()]}, ("share", "resourceShare.resourceShareArn"), None),
    ("ram", "GetResourceShares", 2, lambda p: {"resourceOwner": "SELF", "resourceShareArns": [p.id("share")]}, None, None),
    ("ram", "DeleteResourceShare", 1, lambda p: {"resourceShareArn": p.id("share")}, None, "resourceShareArn"),
    ("iam", "CreateRole", 3, lambda p: {"RoleName": p.name("role"), "AssumeRolePolicyDocument": TRUSTED, "Description": "some"}, ("role", "Role.RoleName"), None),
    ("iam", "GetRole", 2, lambda p: {"RoleName": p.one(p.id("role"), p.name("role"))}, None, None),
    ("iam", "AttachRolePolicy", 2, lambda p: {"RoleName": p.id("role"), "PolicyArn": p.one("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore", "arn:aws:iam::aws:policy/AmazonSSMDirectoryServiceAccess")}, ("role-policy", whole), None),
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
    # ---- ways out of a network ----
    ("ec2", "AssociateVpcCidrBlock", 1, lambda p: {"VpcId": p.id("vpc"), "CidrBlock": p.block(more=p.one(20, 30))}, ("cidr", "CidrBlockAssociation.AssociationId"), None),
    ("ec2", "DisassociateVpcCidrBlock", 1, lambda p: {"AssociationId": p.id("cidr")}, None, "AssociationId"),
    ("ec2", "ReplaceRouteTableAssociation", 1, lambda p: {"AssociationId": p.id("in-table"), "RouteTableId": p.id("table")}, ("in-table", "NewAssociationId"), "AssociationId"),
    ("ec2", "CreateInternetGateway", 2, lambda p: {"TagSpecifications": tags(p, "internet-gateway")}, ("igw", "InternetGateway.InternetGatewayId"), None),
    ("ec2", "AttachInternetGateway", 2, lambda p: {"InternetGatewayId": p.id("igw"), "VpcId": p.id("vpc")}, ("igw-attached", whole), None),
    ("ec2", "DescribeInternetGateways", 2, lambda p: {"InternetGatewayIds": [p.id("igw")]}, None, None),
    ("ec2", "DetachInternetGateway", 1, lambda p: {"InternetGatewayId": p.id("igw"), "VpcId": p.id("vpc")}, None, None),
    ("ec2", "DeleteInternetGateway", 1, lambda p: {"InternetGatewayId": p.id("igw")}, None, "InternetGatewayId"),
    ("ec2", "CreateEgressOnlyInternetGateway", 1, lambda p: {"VpcId": p.id("vpc"), "TagSpecifications": tags(p, "egress-only-internet-gateway")}, ("eigw", "EgressOnlyInternetGateway.EgressOnlyInternetGatewayId"), None),
    ("ec2", "DescribeEgressOnlyInternetGateways", 1, lambda p: {"EgressOnlyInternetGatewayIds": [p.id("eigw")]}, None, None),
    ("ec2", "DeleteEgressOnlyInternetGateway", 1, lambda p: {"EgressOnlyInternetGatewayId": p.id("eigw")}, None, "EgressOnlyInternetGatewayId"),
    ("ec2", "AllocateAddress", 2, lambda p: {"Domain": "vpc", "TagSpecifications": tags(p, "elastic-ip")}, ("address", "AllocationId"), None),
    ("ec2", "DescribeAddresses", 1, lambda p: {"AllocationIds": [p.id("address")]}, None, None),
    ("ec2", "ReleaseAddress", 1, lambda p: {"AllocationId": p.id("address")}, None, "AllocationId"),
    ("ec2", "CreateNatGateway", 2, lambda p: {"SubnetId": p.id("subnet"), "AllocationId": p.id("address"), "TagSpecifications": tags(p, "natgateway")}, ("nat", "NatGateway.NatGatewayId"), None),
    ("ec2", "DescribeNatGateways", 2, lambda p: {"NatGatewayIds": [p.id("nat")]}, None, None),
    ("ec2", "DeleteNatGateway", 1, lambda p: {"NatGatewayId": p.id("nat")}, None, "NatGatewayId"),
    ("ec2", "CreateDhcpOptions", 1, lambda p: {"DhcpConfigurations": [{"Key": "domain-name", "Values": ["corp.example.com"]}, {"Key": "domain-name-servers", "Values": [p.one("10.0.0.2", "10.0.0.3")]}], "TagSpecifications": tags(p, "dhcp-options")}, ("dhcp", "DhcpOptions.DhcpOptionsId"), None),
    ("ec2", "DescribeDhcpOptions", 1, lambda p: {"DhcpOptionsIds": [p.id("dhcp")]}, None, None),
    ("ec2", "AssociateDhcpOptions", 1, lambda p: {"VpcId": p.id("vpc"), "DhcpOptionsId": p.one(p.id("dhcp"), "default")}, None, None),
    ("ec2", "DeleteDhcpOptions", 1, lambda p: {"DhcpOptionsId": p.id("dhcp")}, None, "DhcpOptionsId"),
    ("ec2", "CreateNetworkAcl", 1, lambda p: {"VpcId": p.id("vpc"), "TagSpecifications": tags(p, "network-acl")}, ("acl", "NetworkAcl.NetworkAclId"), None),
    ("ec2", "DescribeNetworkAcls", 2, lambda p: {"NetworkAclIds": [p.id("acl")]}, None, None),
    ("ec2", "CreateNetworkAclEntry", 2, lambda p: entry(p), ("acl-entry", whole), None),
    ("ec2", "ReplaceNetworkAclEntry", 1, lambda p: entry(p), None, None),
    ("ec2", "DeleteNetworkAclEntry", 1, lambda p: {"NetworkAclId": p.id("acl"), "RuleNumber": p.one(100, 110), "Egress": p.one(True, False)}, None, None),
    ("ec2", "DeleteNetworkAcl", 1, lambda p: {"NetworkAclId": p.id("acl")}, None, "NetworkAclId"),
    ("ec2", "CreateFlowLogs", 1, lambda p: {"ResourceIds": [p.sure("vpc")], "ResourceType": "VPC", "TrafficType": "ALL", "LogGroupName": p.one("a", "b"), "DeliverLogsPermissionArn": "arn:aws:iam::222222222222:role/flow", "TagSpecifications": tags(p, "vpc-flow-log")}, ("flow", "FlowLogIds.0"), None),
    ("ec2", "DescribeFlowLogs", 1, lambda p: {"FlowLogIds": [p.id("flow")]}, None, None),
    ("ec2", "DeleteFlowLogs", 1, lambda p: {"FlowLogIds": [p.sure("flow")]}, None, None),
    # ---- machines ----
    ("ec2", "RunInstances", 3, lambda p: {"ImageId": p.image(), "InstanceType": "t3.large", "MinCount": 1, "MaxCount": 1, "SubnetId": p.id("subnet"), "SecurityGroupIds": [p.id("group")], "DisableApiTermination": p.one(True, False), "TagSpecifications": tags(p, "instance")}, ("instance", "Instances.0.InstanceId"), None),
    ("ec2", "DescribeInstances", 2, lambda p: {"InstanceIds": [p.id("instance")]}, None, None),
    ("ec2", "DescribeInstanceStatus", 2, lambda p: {"InstanceIds": [p.id("instance")]}, None, None),
    ("ec2", "DescribeInstanceAttribute", 1, lambda p: {"InstanceId": p.id("instance"), "Attribute": "disableApiTermination"}, None, None),
    ("ec2", "ModifyInstanceAttribute", 2, lambda p: {"InstanceId": p.id("instance"), **p.one({"DisableApiTermination": {"Value": False}}, {"InstanceType": {"Value": "m5.large"}}, {"SourceDestCheck": {"Value": False}}, {"EbsOptimized": {"Value": True}})}, None, None),
    ("ec2", "ModifyInstanceMetadataOptions", 1, lambda p: {"InstanceId": p.id("instance"), "HttpTokens": p.one("required", "optional")}, None, None),
    ("ec2", "MonitorInstances", 1, lambda p: {"InstanceIds": [p.id("instance")]}, None, None),
    ("ec2", "StopInstances", 1, lambda p: {"InstanceIds": [p.id("instance")]}, None, None),
    ("ec2", "StartInstances", 1, lambda p: {"InstanceIds": [p.id("instance")]}, None, None),
    ("ec2", "TerminateInstances", 1, lambda p: {"InstanceIds": [p.id("instance")]}, None, "InstanceIds"),
    ("ec2", "CreateVolume", 2, lambda p: {"AvailabilityZone": f"{p.region}a", "Size": p.one(10, 20), "VolumeType": "gp3", "Encrypted": True, "TagSpecifications": tags(p, "volume")}, ("volume", "VolumeId"), None),
    ("ec2", "DescribeVolumes", 2, lambda p: {"VolumeIds": [p.id("volume")]}, None, None),
    ("ec2", "ModifyVolume", 1, lambda p: {"VolumeId": p.id("volume"), "Size": 40}, None, None),
    ("ec2", "AttachVolume", 2, lambda p: {"VolumeId": p.id("volume"), "InstanceId": p.id("instance"), "Device": p.one("/dev/sdf", "/dev/sdg")}, ("volume-attached", whole), None),
    ("ec2", "DetachVolume", 1, lambda p: {"VolumeId": p.id("volume"), "InstanceId": p.id("instance")}, None, None),
    ("ec2", "DeleteVolume", 1, lambda p: {"VolumeId": p.id("volume")}, None, "VolumeId"),
    # ---- lines ----
    ("ec2", "CreateTransitGatewayPeeringAttachment", 1, lambda p: {**peer(p), "TagSpecifications": tags(p, "transit-gateway-attachment")}, ("peering", "TransitGatewayPeeringAttachment.TransitGatewayAttachmentId"), None),
    ("ec2", "DescribeTransitGatewayPeeringAttachments", 1, lambda p: {"TransitGatewayAttachmentIds": [p.id("peering")]}, None, None),
    ("ec2", "AcceptTransitGatewayPeeringAttachment", 1, lambda p: {"TransitGatewayAttachmentId": p.id("peering")}, None, None),
    ("ec2", "AcceptTransitGatewayPeeringAttachment", 1, lambda p: {"TransitGatewayAttachmentId": other_side(p, "peering")}, None, None),
    ("ec2", "DeleteTransitGatewayPeeringAttachment", 1, lambda p: {"TransitGatewayAttachmentId": p.id("peering")}, None, "TransitGatewayAttachmentId"),
    ("ec2", "CreateCustomerGateway", 2, lambda p: {"Type": "ipsec.1", "IpAddress": p.one("192.0.2.1", "192.0.2.2", "192.0.2.3"), "BgpAsn": 65010, "TagSpecifications": tags(p, "customer-gateway")}, ("cgw", "CustomerGateway.CustomerGatewayId"), None),
    ("ec2", "DescribeCustomerGateways", 1, lambda p: {"CustomerGatewayIds": [p.id("cgw")]}, None, None),
    ("ec2", "DeleteCustomerGateway", 1, lambda p: {"CustomerGatewayId": p.id("cgw")}, None, "CustomerGatewayId"),
    ("ec2", "CreateVpnConnection", 2, lambda p: {"CustomerGatewayId": p.id("cgw"), "TransitGatewayId": p.id("gateway"), "Type": "ipsec.1", "TagSpecifications": tags(p, "vpn-connection")}, ("vpn", "VpnConnection.VpnConnectionId"), None),
    ("ec2", "DescribeVpnConnections", 1, lambda p: {"VpnConnectionIds": [p.id("vpn")]}, None, None),
    ("ec2", "ModifyVpnConnectionOptions", 1, lambda p: {"VpnConnectionId": p.id("vpn"), "LocalIpv4NetworkCidr": "10.0.0.0/8"}, None, None),
    ("ec2", "DeleteVpnConnection", 1, lambda p: {"VpnConnectionId": p.id("vpn")}, None, "VpnConnectionId"),
    ("directconnect", "CreateDirectConnectGateway", 2, lambda p: {"directConnectGatewayName": p.name("dx"), "amazonSideAsn": 64600}, ("dxgw", "directConnectGateway.directConnectGatewayId"), None),
    ("directconnect", "DescribeDirectConnectGateways", 2, lambda p: {"directConnectGatewayId": p.id("dxgw")}, None, None),
    ("directconnect", "UpdateDirectConnectGateway", 1, lambda p: {"directConnectGatewayId": p.id("dxgw"), "newDirectConnectGatewayName": p.name("new")}, None, None),
    ("directconnect", "DeleteDirectConnectGateway", 1, lambda p: {"directConnectGatewayId": p.id("dxgw")}, None, "directConnectGatewayId"),
    ("directconnect", "CreateTransitVirtualInterface", 2, lambda p: {"connectionId": p.line(), "newTransitVirtualInterface": {"virtualInterfaceName": "one", "vlan": p.one(301, 302), "asn": 65010, "mtu": 1500, "addressFamily": "ipv4", "directConnectGatewayId": p.id("dxgw")}}, ("vif", "virtualInterface.virtualInterfaceId"), None),
    ("directconnect", "DescribeVirtualInterfaces", 2, lambda p: {"virtualInterfaceId": p.sure("vif")}, None, None),
    ("directconnect", "UpdateVirtualInterfaceAttributes", 1, lambda p: {"virtualInterfaceId": p.sure("vif"), "mtu": p.one(1500, 8500)}, None, None),
    ("directconnect", "DeleteVirtualInterface", 1, lambda p: {"virtualInterfaceId": p.sure("vif")}, None, "virtualInterfaceId"),
    # ---- names ----
    ("route53", "CreateHostedZone", 3, lambda p: {"Name": p.one("corp.example.com", "example.com"), "CallerReference": p.one("one", "two", "three"), "VPC": network(p), "HostedZoneConfig": {"PrivateZone": True}}, ("zone", "HostedZone.Id"), None),
    ("route53", "GetHostedZone", 2, lambda p: {"Id": p.id("zone")}, None, None),
    ("route53", "ListHostedZonesByName", 1, lambda p: {"DNSName": p.one("corp.example.com", "example.com")}, None, None),
    ("route53", "UpdateHostedZoneComment", 1, lambda p: {"Id": p.id("zone"), "Comment": "some"}, None, None),
    ("route53", "ChangeTagsForResource", 1, lambda p: {"ResourceType": "hostedzone", "ResourceId": p.id("zone"), "AddTags": [{"Key": "a", "Value": p.one("x", "y")}]}, None, None),
    ("route53", "ListTagsForResource", 1, lambda p: {"ResourceType": "hostedzone", "ResourceId": p.id("zone")}, None, None),
    ("route53", "ChangeResourceRecordSets", 4, lambda p: {"HostedZoneId": p.id("zone"), "ChangeBatch": {"Changes": [{"Action": p.one("CREATE", "UPSERT", "DELETE"), "ResourceRecordSet": {"Name": p.one("a.corp.example.com", "b.corp.example.com"), "Type": p.one("A", "TXT"), "TTL": p.one(60, 300), "ResourceRecords": [{"Value": "10.0.0.1"}]}}]}}, ("record", whole), None),
    ("route53", "ListResourceRecordSets", 2, lambda p: {"HostedZoneId": p.id("zone"), "StartRecordName": p.one("a.corp.example.com", "b.corp.example.com"), "StartRecordType": "A"}, None, None),
    ("route53", "AssociateVPCWithHostedZone", 2, lambda p: {"HostedZoneId": p.id("zone"), "VPC": network(p)}, ("zone-network", whole), None),
    ("route53", "DisassociateVPCFromHostedZone", 1, lambda p: {"HostedZoneId": p.id("zone"), "VPC": network(p)}, None, None),
    ("route53", "ListHostedZonesByVPC", 1, lambda p: {"VPCId": p.sure("vpc"), "VPCRegion": p.region}, None, None),
    ("route53", "CreateVPCAssociationAuthorization", 1, lambda p: {"HostedZoneId": p.id("zone"), "VPC": network(p)}, ("authorization", whole), None),
    ("route53", "ListVPCAssociationAuthorizations", 1, lambda p: {"HostedZoneId": p.id("zone")}, None, None),
    ("route53", "DeleteVPCAssociationAuthorization", 1, lambda p: {"HostedZoneId": p.id("zone"), "VPC": network(p)}, None, None),
    ("route53", "DeleteHostedZone", 1, lambda p: {"Id": p.id("zone")}, None, "Id"),
    ("route53resolver", "AssociateResolverEndpointIpAddress", 1, lambda p: {"ResolverEndpointId": p.id("outbound"), "IpAddress": {"SubnetId": p.id("subnet")}}, ("more-address", whole), None),
    ("route53resolver", "UpdateResolverEndpoint", 1, lambda p: {"ResolverEndpointId": p.id("outbound"), "Name": p.one("x", "y")}, None, None),
    ("route53resolver", "CreateResolverQueryLogConfig", 1, lambda p: {"Name": "log", "DestinationArn": "arn:aws:s3:::somewhere", "CreatorRequestId": p.one("one", "two")}, ("query-log", "ResolverQueryLogConfig.Id"), None),
    ("route53resolver", "GetResolverQueryLogConfig", 1, lambda p: {"ResolverQueryLogConfigId": p.id("query-log")}, None, None),
    ("route53resolver", "AssociateResolverQueryLogConfig", 1, lambda p: {"ResolverQueryLogConfigId": p.id("query-log"), "ResourceId": p.sure("vpc")}, ("query-association", "ResolverQueryLogConfigAssociation.Id"), None),
    ("route53resolver", "GetResolverQueryLogConfigAssociation", 1, lambda p: {"ResolverQueryLogConfigAssociationId": p.id("query-association")}, None, None),
    ("route53resolver", "DisassociateResolverQueryLogConfig", 1, lambda p: {"ResolverQueryLogConfigId": p.id("query-log"), "ResourceId": p.sure("vpc")}, None, None),
    ("route53resolver", "DeleteResolverQueryLogConfig", 1, lambda p: {"ResolverQueryLogConfigId": p.id("query-log")}, None, "ResolverQueryLogConfigId"),
    # ---- directories ----
    ("ds", "CreateAlias", 1, lambda p: {"DirectoryId": p.id("directory"), "Alias": p.one("one-alias", "two-alias")}, ("aliased", whole), None),
    ("ds", "CreateConditionalForwarder", 2, lambda p: {"DirectoryId": p.id("directory"), "RemoteDomainName": p.one("on.example.com", "prem.example.com"), "DnsIpAddrs": ["192.0.2.10"]}, ("forwarder", whole), None),
    ("ds", "DescribeConditionalForwarders", 2, lambda p: {"DirectoryId": p.id("directory"), "RemoteDomainNames": [p.one("on.example.com", "prem.example.com")]}, None, None),
    ("ds", "UpdateConditionalForwarder", 1, lambda p: {"DirectoryId": p.id("directory"), "RemoteDomainName": p.one("on.example.com", "prem.example.com"), "DnsIpAddrs": ["192.0.2.11"]}, None, None),
    ("ds", "DeleteConditionalForwarder", 1, lambda p: {"DirectoryId": p.id("directory"), "RemoteDomainName": p.one("on.example.com", "prem.example.com")}, None, None),
    ("ds", "CreateTrust", 2, lambda p: {"DirectoryId": p.id("directory"), "RemoteDomainName": p.one("on.example.com", "prem.example.com"), "TrustPassword": "Tr0ub4dor-and-3", "TrustDirection": "Two-Way", "TrustType": "Forest", "ConditionalForwarderIpAddrs": ["192.0.2.10"]}, ("trust", "TrustId"), None),
    ("ds", "DescribeTrusts", 2, lambda p: {"DirectoryId": p.sure("directory"), "TrustIds": [p.id("trust")]}, None, None),
    ("ds", "UpdateTrust", 1, lambda p: {"TrustId": p.id("trust"), "SelectiveAuth": p.one("Enabled", "Disabled")}, None, None),
    ("ds", "DeleteTrust", 1, lambda p: {"TrustId": p.id("trust"), "DeleteAssociatedConditionalForwarder": p.one(True, False)}, None, "TrustId"),
    ("ds", "DescribeDomainControllers", 1, lambda p: {"DirectoryId": p.id("directory")}, None, None),
    ("ds", "UpdateNumberOfDomainControllers", 1, lambda p: {"DirectoryId": p.id("directory"), "DesiredNumber": p.one(2, 3, 4)}, None, None),
    ("ds", "EnableRadius", 1, lambda p: {"DirectoryId": p.id("directory"), "RadiusSettings": radius(p)}, ("radius", whole), None),
    ("ds", "UpdateRadius", 1, lambda p: {"DirectoryId": p.id("directory"), "RadiusSettings": radius(p)}, None, None),
    ("ds", "DisableRadius", 1, lambda p: {"DirectoryId": p.id("directory")}, None, None),
    ("ds", "RegisterCertificate", 2, lambda p: {"DirectoryId": p.id("directory"), "CertificateData": PEM.format(p.one("A", "B")), "Type": "ClientLDAPS"}, ("certificate", "CertificateId"), None),
    ("ds", "EnableLDAPS", 1, lambda p: {"DirectoryId": p.id("directory"), "Type": "Client"}, ("ldaps", whole), None),
    ("ds", "DescribeLDAPSSettings", 1, lambda p: {"DirectoryId": p.id("directory"), "Type": "Client"}, None, None),
    ("ds", "DisableLDAPS", 1, lambda p: {"DirectoryId": p.id("directory"), "Type": "Client"}, None, None),
    ("ds", "DeregisterCertificate", 1, lambda p: {"DirectoryId": p.sure("directory"), "CertificateId": p.sure("certificate")}, None, None),
    ("ds", "AddIpRoutes", 1, lambda p: {"DirectoryId": p.id("directory"), "IpRoutes": [{"CidrIp": p.one("203.0.113.0/24", "198.51.100.0/24"), "Description": "some"}]}, ("ip-route", whole), None),
    ("ds", "ListIpRoutes", 1, lambda p: {"DirectoryId": p.id("directory")}, None, None),
    ("ds", "RemoveIpRoutes", 1, lambda p: {"DirectoryId": p.id("directory"), "CidrIps": [p.one("203.0.113.0/24", "198.51.100.0/24")]}, None, None),
    ("ds", "UpdateSettings", 1, lambda p: {"DirectoryId": p.id("directory"), "Settings": [{"Name": p.one("TLS_1_0", "SSL_3_0"), "Value": p.one("Enable", "Disable")}]}, None, None),
    ("ds", "AddTagsToResource", 1, lambda p: {"ResourceId": p.id("directory"), "Tags": [{"Key": "a", "Value": p.one("x", "y")}]}, None, None),
    ("ds", "ListTagsForResource", 1, lambda p: {"ResourceId": p.id("directory")}, None, None),
    ("ds", "RemoveTagsFromResource", 1, lambda p: {"ResourceId": p.id("directory"), "TagKeys": ["a"]}, None, None),
    ("ds", "EnableDirectoryDataAccess", 2, lambda p: {"DirectoryId": p.id("directory")}, ("data-access", whole), None),
    ("ds-data", "CreateUser", 3, lambda p: {"DirectoryId": p.sure("directory"), "SAMAccountName": p.one("anna", "Bert"), "GivenName": "some"}, ("ds-user", whole), None),
    ("ds-data", "DescribeUser", 2, lambda p: {"DirectoryId": p.sure("directory"), "SAMAccountName": p.one("anna", "bert")}, None, None),
    ("ds-data", "UpdateUser", 1, lambda p: {"DirectoryId": p.sure("directory"), "SAMAccountName": p.one("anna", "bert"), "Surname": p.one("x", "y")}, None, None),
    ("ds-data", "DeleteUser", 1, lambda p: {"DirectoryId": p.sure("directory"), "SAMAccountName": p.one("anna", "bert")}, None, None),
    ("ds-data", "CreateGroup", 3, lambda p: {"DirectoryId": p.sure("directory"), "SAMAccountName": p.one("Admins", "anna")}, ("ds-group", whole), None),
    ("ds-data", "DescribeGroup", 2, lambda p: {"DirectoryId": p.sure("directory"), "SAMAccountName": p.one("admins", "anna")}, None, None),
    ("ds-data", "AddGroupMember", 2, lambda p: {"DirectoryId": p.sure("directory"), "GroupName": "Admins", "MemberName": p.one("anna", "Bert")}, ("ds-member", whole), None),
    ("ds-data", "RemoveGroupMember", 1, lambda p: {"DirectoryId": p.sure("directory"), "GroupName": "Admins", "MemberName": p.one("anna", "Bert")}, None, None),
    ("ds-data", "DeleteGroup", 1, lambda p: {"DirectoryId": p.sure("directory"), "SAMAccountName": "Admins"}, None, None),
    # ---- IAM's other half ----
    ("iam", "UpdateRole", 1, lambda p: {"RoleName": p.id("role"), "Description": p.one("x", "y"), "MaxSessionDuration": 7200}, None, None),
    ("iam", "TagRole", 1, lambda p: {"RoleName": p.id("role"), "Tags": [{"Key": "a", "Value": p.one("x", "y")}]}, None, None),
    ("iam", "UntagRole", 1, lambda p: {"RoleName": p.id("role"), "TagKeys": ["a"]}, None, None),
    ("iam", "UpdateAssumeRolePolicy", 1, lambda p: {"RoleName": p.id("role"), "PolicyDocument": TRUSTED}, None, None),
    ("iam", "CreatePolicy", 2, lambda p: {"PolicyName": p.name("policy"), "PolicyDocument": POLICY, "Description": "some"}, ("policy", "Policy.Arn"), None),
    ("iam", "GetPolicy", 2, lambda p: {"PolicyArn": p.id("policy")}, None, None),
    ("iam", "CreatePolicyVersion", 2, lambda p: {"PolicyArn": p.id("policy"), "PolicyDocument": POLICY, "SetAsDefault": p.one(True, False)}, ("=version", "PolicyVersion.VersionId"), None),
    ("iam", "ListPolicyVersions", 1, lambda p: {"PolicyArn": p.id("policy")}, None, None),
    ("iam", "DeletePolicy", 1, lambda p: {"PolicyArn": p.id("policy")}, None, "PolicyArn"),
    # ---- logs, Systems Manager, secrets ----
    ("logs", "CreateLogGroup", 3, lambda p: {"logGroupName": p.one("/a", "/b", "/a/c"), "tags": {"Name": "some"}}, ("log", whole), None),
    ("logs", "DescribeLogGroups", 2, lambda p: {"logGroupNamePrefix": p.one("/a", "/b")}, None, None),
    ("logs", "PutRetentionPolicy", 1, lambda p: {"logGroupName": p.one("/a", "/b"), "retentionInDays": p.one(30, 90)}, None, None),
    ("logs", "TagResource", 1, lambda p: {"resourceArn": f"arn:aws:logs:{p.region}:{p.account}:log-group:{p.one('/a', '/b')}", "tags": {"Team": p.one("x", "y")}}, None, None),
    ("logs", "ListTagsForResource", 1, lambda p: {"resourceArn": f"arn:aws:logs:{p.region}:{p.account}:log-group:{p.one('/a', '/b')}"}, None, None),
    ("logs", "UntagResource", 1, lambda p: {"resourceArn": f"arn:aws:logs:{p.region}:{p.account}:log-group:{p.one('/a', '/b')}", "tagKeys": ["Team"]}, None, None),
    ("logs", "DeleteLogGroup", 1, lambda p: {"logGroupName": p.one("/a", "/b", "/a/c")}, None, None),
    ("logs", "PutResourcePolicy", 1, lambda p: {"policyName": p.one("x", "y"), "policyDocument": WRITES}, ("log-policy", whole), None),
    ("logs", "DescribeResourcePolicies", 1, lambda p: {}, None, None),
    ("logs", "DeleteResourcePolicy", 1, lambda p: {"policyName": p.one("x", "y")}, None, None),
    ("ssm", "PutParameter", 3, lambda p: {"Name": p.name("parameter"), "Type": "String", "Value": p.one("x", "y"), **p.one({}, {"Overwrite": True}, {"Tags": [{"Key": "a", "Value": "b"}]})}, ("parameter", whole), None),
    ("ssm", "GetParameter", 2, lambda p: {"Name": p.name("parameter")}, None, None),
    ("ssm", "ListTagsForResource", 1, lambda p: {"ResourceType": "Parameter", "ResourceId": p.name("parameter")}, None, None),
    ("ssm", "AddTagsToResource", 1, lambda p: {"ResourceType": "Parameter", "ResourceId": p.name("parameter"), "Tags": [{"Key": "c", "Value": p.one("x", "y")}]}, None, None),
    ("ssm", "RemoveTagsFromResource", 1, lambda p: {"ResourceType": "Parameter", "ResourceId": p.name("parameter"), "TagKeys": ["c"]}, None, None),
    ("ssm", "DeleteParameter", 1, lambda p: {"Name": p.name("parameter")}, None, None),
    ("ssm", "CreateAssociation", 3, lambda p: {"Name": "AWS-UpdateSSMAgent", "AssociationName": p.name("association"), "Targets": [{"Key": "tag:Name", "Values": ["a"]}], "ScheduleExpression": "rate(1 day)", "Tags": [{"Key": "a", "Value": "b"}]}, ("association", "AssociationDescription.AssociationId"), None),
    ("ssm", "DescribeAssociation", 2, lambda p: {"AssociationId": p.id("association")}, None, None),
    ("ssm", "ListAssociations", 1, lambda p: {"AssociationFilterList": [{"key": "AssociationName", "value": p.name("association")}]}, None, None),
    ("ssm", "UpdateAssociation", 1, lambda p: {"AssociationId": p.id("association"), **p.one({}, {"ScheduleExpression": "rate(2 days)"})}, None, None),
    ("ssm", "DeleteAssociation", 1, lambda p: {"AssociationId": p.id("association")}, None, "AssociationId"),
    ("secretsmanager", "CreateSecret", 3, lambda p: {"Name": p.name("secret"), "SecretString": "some", "ClientRequestToken": "0123456789abcdef0123456789abcdef" + p.one("x", "y"), "Tags": [{"Key": "a", "Value": "b"}]}, [("secret", whole), ("secret-arn", "ARN")], None),
    ("secretsmanager", "DescribeSecret", 2, lambda p: {"SecretId": p.name("secret")}, None, None),
    ("secretsmanager", "UpdateSecret", 1, lambda p: {"SecretId": p.name("secret"), "Description": p.one("x", "y")}, None, None),
    ("secretsmanager", "TagResource", 1, lambda p: {"SecretId": p.name("secret"), "Tags": [{"Key": "c", "Value": p.one("x", "y")}]}, None, None),
    ("secretsmanager", "UntagResource", 1, lambda p: {"SecretId": p.name("secret"), "TagKeys": ["c"]}, None, None),
    ("secretsmanager", "DeleteSecret", 1, lambda p: {"SecretId": p.name("secret"), "RecoveryWindowInDays": 30}, None, None),
    # ---- people and organization ----
    ("identitystore", "CreateGroup", 3, lambda p: {**STORE, "DisplayName": p.name("group"), "Description": "some"}, ("store-group", "GroupId"), None),
    ("identitystore", "DescribeGroup", 2, lambda p: {**STORE, "GroupId": p.id("store-group")}, None, None),
    ("identitystore", "GetGroupId", 1, lambda p: {**STORE, "AlternateIdentifier": {"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": p.name("group")}}}, None, None),
    ("identitystore", "UpdateGroup", 1, lambda p: {**STORE, "GroupId": p.id("store-group"), "Operations": [{"AttributePath": "description", "AttributeValue": p.one("x", "y")}]}, None, None),
    ("identitystore", "DeleteGroup", 1, lambda p: {**STORE, "GroupId": p.id("store-group")}, None, "GroupId"),
    ("identitystore", "CreateUser", 2, lambda p: {**STORE, "UserName": p.name("user"), "DisplayName": "Some"}, ("store-user", "UserId"), None),
    ("identitystore", "DescribeUser", 1, lambda p: {**STORE, "UserId": p.id("store-user")}, None, None),
    ("identitystore", "UpdateUser", 1, lambda p: {**STORE, "UserId": p.id("store-user"), "Operations": [{"AttributePath": "displayName", "AttributeValue": p.one("x", "y")}]}, None, None),
    ("identitystore", "DeleteUser", 1, lambda p: {**STORE, "UserId": p.id("store-user")}, None, "UserId"),
    ("identitystore", "CreateGroupMembership", 2, lambda p: {**STORE, "GroupId": p.id("store-group"), "MemberId": {"UserId": p.id("store-user")}}, ("membership", "MembershipId"), None),
    ("identitystore", "DescribeGroupMembership", 1, lambda p: {**STORE, "MembershipId": p.id("membership")}, None, None),
    ("identitystore", "GetGroupMembershipId", 1, lambda p: {**STORE, "GroupId": p.id("store-group"), "MemberId": {"UserId": p.id("store-user")}}, None, None),
    ("identitystore", "DeleteGroupMembership", 1, lambda p: {**STORE, "MembershipId": p.id("membership")}, None, "MembershipId"),
    ("organizations", "CreateOrganizationalUnit", 3, lambda p: {"ParentId": p.one("<root>", p.id("unit")), "Name": p.name("unit")}, ("unit", "OrganizationalUnit.Id"), None),
    ("organizations", "DescribeOrganizationalUnit", 2, lambda p: {"OrganizationalUnitId": p.id("unit")}, None, None),
    ("organizations", "UpdateOrganizationalUnit", 1, lambda p: {"OrganizationalUnitId": p.id("unit"), "Name": p.one("x", "y")}, None, None),
    ("organizations", "ListOrganizationalUnitsForParent", 1, lambda p: {"ParentId": p.id("unit")}, None, None),
    ("organizations", "ListParents", 1, lambda p: {"ChildId": p.id("unit")}, None, None),
    ("organizations", "TagResource", 1, lambda p: {"ResourceId": p.id("unit"), "Tags": [{"Key": "a", "Value": p.one("x", "y")}]}, None, None),
    ("organizations", "ListTagsForResource", 1, lambda p: {"ResourceId": p.id("unit")}, None, None),
    ("organizations", "UntagResource", 1, lambda p: {"ResourceId": p.id("unit"), "TagKeys": ["a"]}, None, None),
    ("organizations", "DeleteOrganizationalUnit", 1, lambda p: {"OrganizationalUnitId": p.id("unit")}, None, "OrganizationalUnitId"),
    ("organizations", "MoveAccount", 1, lambda p: {"AccountId": WEB, "SourceParentId": "<root>", "DestinationParentId": p.one("<root>", p.id("unit"))}, None, None),
    ("organizations", "DescribeAccount", 1, lambda p: {"AccountId": WEB}, None, None),
    ("organizations", "RegisterDelegatedAdministrator", 1, lambda p: {"AccountId": p.one(WEB, NETWORK), "ServicePrincipal": "ram.amazonaws.com"}, None, None),
    ("organizations", "ListDelegatedAdministrators", 1, lambda p: {"ServicePrincipal": "ram.amazonaws.com"}, None, None),
    ("organizations", "DeregisterDelegatedAdministrator", 1, lambda p: {"AccountId": p.one(WEB, NETWORK), "ServicePrincipal": "ram.amazonaws.com"}, None, None),
    ("account", "EnableRegion", 1, lambda p: {"AccountId": WEB, "RegionName": p.one("eu-south-1", "eu-central-2", "eu-west-1")}, None, None),
    ("account", "GetRegionOptStatus", 2, lambda p: {"AccountId": WEB, "RegionName": p.one("eu-south-1", "eu-central-2", "eu-west-1")}, None, None),
    ("sso-admin", "AttachCustomerManagedPolicyReferenceToPermissionSet", 1, lambda p: {**CENTER, "PermissionSetArn": p.id("set"), "CustomerManagedPolicyReference": {"Name": p.one("x", "y")}}, None, None),
    ("sso-admin", "ListCustomerManagedPolicyReferencesInPermissionSet", 1, lambda p: {**CENTER, "PermissionSetArn": p.id("set")}, None, None),
    ("sso-admin", "DetachCustomerManagedPolicyReferenceFromPermissionSet", 1, lambda p: {**CENTER, "PermissionSetArn": p.id("set"), "CustomerManagedPolicyReference": {"Name": p.one("x", "y")}}, None, None),
    ("sso-admin", "PutPermissionsBoundaryToPermissionSet", 1, lambda p: {**CENTER, "PermissionSetArn": p.id("set"), "PermissionsBoundary": {"ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}, None, None),
    ("sso-admin", "GetPermissionsBoundaryForPermissionSet", 1, lambda p: {**CENTER, "PermissionSetArn": p.id("set")}, None, None),
    ("sso-admin", "TagResource", 1, lambda p: {**CENTER, "ResourceArn": p.id("set"), "Tags": [{"Key": "a", "Value": p.one("x", "y")}]}, None, None),
    ("sso-admin", "ListTagsForResource", 1, lambda p: {**CENTER, "ResourceArn": p.id("set")}, None, None),
    ("sso-admin", "UntagResource", 1, lambda p: {**CENTER, "ResourceArn": p.id("set"), "TagKeys": ["a"]}, None, None),
    ("sso-admin", "CreateAccountAssignment", 3, lambda p: assignment(p), ("request", "AccountAssignmentCreationStatus.RequestId"), None),
    ("sso-admin", "DescribeAccountAssignmentCreationStatus", 1, lambda p: {**CENTER, "AccountAssignmentCreationRequestId": p.id("request")}, None, None),
    ("sso-admin", "ListAccountAssignments", 2, lambda p: {**CENTER, "AccountId": p.one(WEB, NETWORK), "PermissionSetArn": p.id("set")}, None, None),
    ("sso-admin", "ListAccountsForProvisionedPermissionSet", 1, lambda p: {**CENTER, "PermissionSetArn": p.id("set")}, None, None),
    ("sso-admin", "DeleteAccountAssignment", 1, lambda p: assignment(p), ("end", "AccountAssignmentDeletionStatus.RequestId"), None),
    ("sso-admin", "DescribeAccountAssignmentDeletionStatus", 1, lambda p: {**CENTER, "AccountAssignmentDeletionRequestId": p.sure("end")}, None, None),
    ("sso-admin", "CreateInstanceAccessControlAttributeConfiguration", 1, lambda p: attributes(p), None, None),
    ("sso-admin", "DescribeInstanceAccessControlAttributeConfiguration", 1, lambda p: {**CENTER}, None, None),
    ("sso-admin", "UpdateInstanceAccessControlAttributeConfiguration", 1, lambda p: attributes(p), None, None),
    ("sso-admin", "DeleteInstanceAccessControlAttributeConfiguration", 1, lambda p: {**CENTER}, None, None),
    ("ram", "UpdateResourceShare", 1, lambda p: {"resourceShareArn": p.id("share"), "name": p.name("other")}, None, None),
    ("ram", "AssociateResourceShare", 1, lambda p: {"resourceShareArn": p.id("share"), "principals": [p.somebody()]}, None, None),
    ("ram", "DisassociateResourceShare", 1, lambda p: {"resourceShareArn": p.id("share"), "principals": [p.somebody()]}, None, None),
    ("ram", "GetResourceShareAssociations", 1, lambda p: {"associationType": "PRINCIPAL", "resourceShareArns": [p.id("share")]}, None, None),
    ("ram", "TagResource", 1, lambda p: {"resourceShareArn": p.id("share"), "tags": [{"key": "a", "value": p.one("x", "y")}]}, None, None),
    ("ram", "UntagResource", 1, lambda p: {"resourceShareArn": p.id("share"), "tagKeys": ["a"]}, None, None),
    # ---- between networks and Regions, and the rest of EC2 ----
    ("ec2", "CreateVpcPeeringConnection", 2, lambda p: peer_network(p), ("pcx", "VpcPeeringConnection.VpcPeeringConnectionId"), None),
    ("ec2", "DescribeVpcPeeringConnections", 2, lambda p: {"VpcPeeringConnectionIds": [p.id("pcx")]}, None, None),
    ("ec2", "AcceptVpcPeeringConnection", 2, lambda p: {"VpcPeeringConnectionId": other_side(p, "pcx")}, None, None),
    ("ec2", "CreateRoute", 1, lambda p: {"RouteTableId": p.id("table"), "DestinationCidrBlock": "172.20.0.0/16", "VpcPeeringConnectionId": p.id("pcx")}, ("route", whole), None),
    ("ec2", "DeleteVpcPeeringConnection", 1, lambda p: {"VpcPeeringConnectionId": p.id("pcx")}, None, "VpcPeeringConnectionId"),
    ("ec2", "CreateVpcEndpoint", 3, lambda p: {**endpoint(p), "TagSpecifications": tags(p, "vpc-endpoint")}, ("endpoint", "VpcEndpoint.VpcEndpointId"), None),
    ("ec2", "DescribeVpcEndpoints", 2, lambda p: {"VpcEndpointIds": [p.id("endpoint")]}, None, None),
    ("ec2", "ModifyVpcEndpoint", 2, lambda p: {"VpcEndpointId": p.id("endpoint"), **endpoint_change(p)}, None, None),
    ("ec2", "DeleteVpcEndpoints", 1, lambda p: {"VpcEndpointIds": [p.sure("endpoint")]}, None, "VpcEndpointIds"),
    ("ec2", "ModifySecurityGroupRules", 1, lambda p: rule_change(p), None, None),
    ("ec2", "UpdateSecurityGroupRuleDescriptionsIngress", 1, lambda p: {"GroupId": p.sure("group"), "SecurityGroupRuleDescriptions": described(p)}, None, None),
    ("ec2", "UpdateSecurityGroupRuleDescriptionsEgress", 1, lambda p: {"GroupId": p.sure("group"), "SecurityGroupRuleDescriptions": described(p)}, None, None),
    ("ec2", "RevokeSecurityGroupIngress", 1, lambda p: revoked(p), None, None),
    ("ec2", "RevokeSecurityGroupEgress", 1, lambda p: revoked(p), None, None),
    ("ec2", "RevokeSecurityGroupEgress", 1, lambda p: {"GroupId": p.sure("group"), "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}, None, None),
    ("ec2", "ModifyTransitGatewayVpcAttachment", 2, lambda p: {"TransitGatewayAttachmentId": p.id("attachment"), **p.one({"AddSubnetIds": [p.id("subnet")]}, {"RemoveSubnetIds": [p.id("subnet")]}, {"Options": {"DnsSupport": p.one("enable", "disable")}})}, None, None),
    ("ec2", "CreateTransitGateway", 1, lambda p: {"Options": {"AmazonSideAsn": 64513, "AutoAcceptSharedAttachments": "disable", "DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable"}}, ("gateway", "TransitGateway.TransitGatewayId"), None),
    ("ec2", "CreateTransitGatewayVpcAttachment", 3, lambda p: {"TransitGatewayId": shared_gateway(p), **two_subnets(p), "TagSpecifications": tags(p, "transit-gateway-attachment")}, ("attachment", "TransitGatewayVpcAttachment.TransitGatewayAttachmentId"), None),
    ("ec2", "AcceptTransitGatewayVpcAttachment", 4, lambda p: {"TransitGatewayAttachmentId": waiting(p)}, None, None),
    ("ram", "CreateResourceShare", 4, lambda p: {"name": p.name("share"), "allowExternalPrincipals": False, "resourceArns": [f"arn:aws:ec2:{p.region}:{p.account}:transit-gateway/{p.sure('gateway')}"], "principals": [p.one(ORGANIZATION, p.somebody())]}, ("share", "resourceShare.resourceShareArn"), None),
    ("ec2", "DescribeTransitGatewayAttachments", 2, lambda p: {"Filters": [{"Name": "resource-type", "Values": ["vpc"]}, {"Name": "resource-id", "Values": [p.sure("vpc")]}, {"Name": "transit-gateway-id", "Values": [p.sure("gateway")]}]}, None, None),
    ("ec2", "DescribeTransitGatewayAttachments", 2, lambda p: {"Filters": [{"Name": "resource-type", "Values": ["vpn"]}, {"Name": "resource-id", "Values": [p.sure("vpn")]}, {"Name": "transit-gateway-id", "Values": [p.sure("gateway")]}]}, ("attached", "?TransitGatewayAttachments.0.TransitGatewayAttachmentId"), None),
    ("ec2", "ReplaceTransitGatewayRoute", 1, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table"), "DestinationCidrBlock": p.one("10.9.0.0/16", "0.0.0.0/0"), "TransitGatewayAttachmentId": p.id("attachment")}, None, None),
    ("ec2", "SearchTransitGatewayRoutes", 2, lambda p: {"TransitGatewayRouteTableId": p.id("gateway-table"), "Filters": [{"Name": "type", "Values": ["static"]}, {"Name": "route-search.exact-match", "Values": [p.one("10.9.0.0/16", "0.0.0.0/0")]}]}, None, None),
    ("ec2", "DescribeNetworkAcls", 2, lambda p: {"Filters": [{"Name": "association.subnet-id", "Values": [p.sure("subnet")]}]}, [("acl", "?NetworkAcls.0.NetworkAclId"), ("in-acl", of_subnet)], None),
    ("ec2", "ReplaceNetworkAclAssociation", 2, lambda p: {"AssociationId": p.id("in-acl"), "NetworkAclId": p.id("acl")}, ("in-acl", "NewAssociationId"), "AssociationId"),
    ("ec2", "RunInstances", 1, lambda p: {"ImageId": p.image(), "InstanceType": "t3.large", "MinCount": 1, "MaxCount": 1, "SubnetId": p.id("subnet"), "SecurityGroupIds": [p.id("group")], "IamInstanceProfile": {"Name": p.sure("profile")}, "TagSpecifications": tags(p, "instance")}, ("instance", "Instances.0.InstanceId"), None),
    ("ec2", "DescribeIamInstanceProfileAssociations", 2, lambda p: {"Filters": [{"Name": "instance-id", "Values": [p.sure("instance")]}]}, ("profiled", "?IamInstanceProfileAssociations.0.AssociationId"), None),
    ("ec2", "ReplaceIamInstanceProfileAssociation", 2, lambda p: {"AssociationId": p.id("profiled"), "IamInstanceProfile": {"Name": p.sure("profile")}}, ("profiled", "IamInstanceProfileAssociation.AssociationId"), "AssociationId"),
    ("ec2", "ModifyVpnConnection", 1, lambda p: {"VpnConnectionId": p.id("vpn"), **p.one({"TransitGatewayId": p.id("gateway")}, {"CustomerGatewayId": p.id("cgw")})}, None, None),
    ("ec2", "DescribeVpnConnections", 1, lambda p: {"VpnConnectionIds": [p.sure("vpn")]}, ("=tunnel", "?VpnConnections.0.Options.TunnelOptions.0.OutsideIpAddress"), None),
    ("ec2", "ModifyVpnTunnelOptions", 2, lambda p: {"VpnConnectionId": p.id("vpn"), "VpnTunnelOutsideIpAddress": p.id("tunnel"), "TunnelOptions": {"StartupAction": p.one("add", "start")}}, None, None),
    ("directconnect", "CreateBGPPeer", 2, lambda p: {"virtualInterfaceId": p.sure("vif"), "newBGPPeer": {"asn": 65011, "addressFamily": p.one("ipv4", "ipv6")}}, None, None),
    ("directconnect", "DeleteBGPPeer", 1, lambda p: {"virtualInterfaceId": p.sure("vif"), "asn": p.one(65010, 65011), "customerAddress": "169.254.255.2/30"}, None, None),
    ("directconnect", "CreateDirectConnectGatewayAssociation", 3, lambda p: {"directConnectGatewayId": p.id("dxgw"), "gatewayId": p.id("gateway"), "addAllowedPrefixesToDirectConnectGateway": [{"cidr": "10.0.0.0/8"}]}, ("dxassoc", "directConnectGatewayAssociation.associationId"), None),
    ("directconnect", "DescribeDirectConnectGatewayAssociations", 2, lambda p: {"associationId": p.sure("dxassoc")}, None, None),
    ("directconnect", "UpdateDirectConnectGatewayAssociation", 2, lambda p: {"associationId": p.sure("dxassoc"), p.one("addAllowedPrefixesToDirectConnectGateway", "removeAllowedPrefixesToDirectConnectGateway"): [{"cidr": "192.168.0.0/16"}]}, None, None),
    ("directconnect", "DeleteDirectConnectGatewayAssociation", 1, lambda p: {"associationId": p.sure("dxassoc")}, None, "associationId"),
    ("directconnect", "TagResource", 2, lambda p: {"resourceArn": line(p, p.one("dxgw", "vif")), "tags": [{"key": "a", "value": p.one("x", "y")}]}, None, None),
    ("directconnect", "DescribeTags", 2, lambda p: {"resourceArns": [line(p, p.one("dxgw", "vif"))]}, None, None),
    ("directconnect", "UntagResource", 1, lambda p: {"resourceArn": line(p, p.one("dxgw", "vif")), "tagKeys": ["a"]}, None, None),
    # ---- names: lists, tags ----
    ("route53resolver", "ListResolverEndpoints", 1, lambda p: {"Filters": [{"Name": "CreatorRequestId", "Values": [p.one("one", "two")]}]}, None, None),
    ("route53resolver", "ListResolverEndpointIpAddresses", 1, lambda p: {"ResolverEndpointId": p.id("outbound")}, None, None),
    ("route53resolver", "DisassociateResolverEndpointIpAddress", 1, lambda p: {"ResolverEndpointId": p.id("outbound"), "IpAddress": {"SubnetId": p.id("subnet")}}, None, None),
    ("route53resolver", "ListResolverRules", 1, lambda p: {"Filters": [{"Name": "CreatorRequestId", "Values": [p.one("one", "two")]}]}, None, None),
    ("route53resolver", "ListResolverRuleAssociations", 1, lambda p: {"Filters": [{"Name": "VPCId", "Values": [p.sure("vpc")]}]}, None, None),
    ("route53resolver", "ListResolverQueryLogConfigs", 1, lambda p: {"Filters": [{"Name": "CreatorRequestId", "Values": [p.one("one", "two")]}]}, None, None),
    ("route53resolver", "ListResolverQueryLogConfigAssociations", 1, lambda p: {"Filters": [{"Name": "ResourceId", "Values": [p.sure("vpc")]}]}, None, None),
    ("route53resolver", "TagResource", 1, lambda p: {"ResourceArn": p.sure("forward-arn"), "Tags": [{"Key": "a", "Value": p.one("x", "y")}]}, None, None),
    ("route53resolver", "ListTagsForResource", 1, lambda p: {"ResourceArn": p.sure("forward-arn")}, None, None),
    ("route53resolver", "UntagResource", 1, lambda p: {"ResourceArn": p.sure("forward-arn"), "TagKeys": ["a"]}, None, None),
    ("route53resolver", "GetResolverRule", 1, lambda p: {"ResolverRuleId": p.sure("forward")}, ("forward-arn", "ResolverRule.Arn"), None),
    # ---- directories: other accounts and Regions, connectors, hybrid ones ----
    ("ds", "ShareDirectory", 3, lambda p: {"DirectoryId": p.id("directory"), "ShareMethod": p.one("HANDSHAKE", "ORGANIZATIONS"), "ShareTarget": {"Id": p.somebody(), "Type": "ACCOUNT"}}, ("shared", "SharedDirectoryId"), None),
    ("ds", "AcceptSharedDirectory", 2, lambda p: accepted(p), None, None),
    ("ds", "DescribeSharedDirectories", 2, lambda p: {"OwnerDirectoryId": p.id("directory")}, None, None),
    ("ds", "UnshareDirectory", 1, lambda p: {"DirectoryId": p.id("directory"), "UnshareTarget": {"Id": p.somebody(), "Type": "ACCOUNT"}}, None, None),
    ("ds", "AddRegion", 2, lambda p: {"DirectoryId": p.id("directory"), **in_region(p)}, ("replica", whole), None),
    ("ds", "DescribeRegions", 2, lambda p: {"DirectoryId": p.id("directory")}, None, None),
    ("ds", "RemoveRegion", 1, lambda p: {"DirectoryId": p.there("directory")}, None, None),
    ("ds", "ConnectDirectory", 1, lambda p: {"Name": "on.example.com", "ShortName": "ON", "Password": "Tr0ub4dor-and-3", "Size": p.one("Small", "Large"), "ConnectSettings": {**two_subnets(p), "CustomerDnsIps": ["192.0.2.10"], "CustomerUserName": "svc-connect"}}, ("directory", "DirectoryId"), None),
    ("ds", "CreateLogSubscription", 2, lambda p: {"DirectoryId": p.id("directory"), "LogGroupName": p.one("/a", "/b")}, ("directory-log", whole), None),
    ("ds", "ListLogSubscriptions", 1, lambda p: {"DirectoryId": p.id("directory")}, None, None),
    ("ds", "DeleteLogSubscription", 1, lambda p: {"DirectoryId": p.id("directory")}, None, None),
    ("ds", "RegisterEventTopic", 1, lambda p: {"DirectoryId": p.id("directory"), "TopicName": p.one("monitoring", "alarms")}, ("directory-topic", whole), None),
    ("ds", "DescribeEventTopics", 1, lambda p: {"DirectoryId": p.id("directory")}, None, None),
    ("ds", "DeregisterEventTopic", 1, lambda p: {"DirectoryId": p.id("directory"), "TopicName": p.one("monitoring", "alarms")}, None, None),
    ("ds", "DescribeSettings", 1, lambda p: {"DirectoryId": p.id("directory")}, None, None),
    ("ds", "EnableSso", 2, lambda p: p.again("aliased", "DirectoryId"), None, None),
    ("ds", "ListCertificates", 1, lambda p: {"DirectoryId": p.id("directory")}, None, None),
    ("ds", "ResetUserPassword", 1, lambda p: {"DirectoryId": p.id("directory"), "UserName": p.one("Admin", "anna"), "NewPassword": "Tr0ub4dor-and-4"}, None, None),
    ("ds", "StartADAssessment", 3, lambda p: {"AssessmentConfiguration": {"CustomerDnsIps": ["192.0.2.10", "192.0.2.11"], "DnsName": "hybrid.example.com", "VpcSettings": two_subnets(p), "InstanceIds": [p.sure("instance"), p.sure("instance")]}}, ("assessment", "AssessmentId"), None),
    ("ds", "DescribeADAssessment", 2, lambda p: {"AssessmentId": p.id("assessment")}, None, None),
    ("ds", "ListADAssessments", 1, lambda p: {}, None, None),
    ("ds", "CreateHybridAD", 3, lambda p: {"AssessmentId": p.id("assessment"), "SecretArn": p.sure("secret-arn")}, ("directory", "DirectoryId"), None),
    ("ds-data", "UpdateGroup", 1, lambda p: {"DirectoryId": p.sure("directory"), "SAMAccountName": "admins", "GroupScope": p.one("Global", "Universal")}, None, None),
    # ---- the rest of the others ----
    ("iam", "PutRolePermissionsBoundary", 1, lambda p: {"RoleName": p.id("role"), "PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, None, None),
    ("iam", "GetPolicyVersion", 2, lambda p: version(p), None, None),
    ("iam", "DeletePolicyVersion", 1, lambda p: version(p), None, None),
    ("logs", "AssociateKmsKey", 1, lambda p: {"logGroupName": p.one("/a", "/b"), "kmsKeyId": KEY}, None, None),
    ("secretsmanager", "GetRandomPassword", 1, lambda p: {"PasswordLength": 20}, None, None),
    ("secretsmanager", "PutSecretValue", 1, lambda p: {"SecretId": p.name("secret"), "SecretString": "other", "ClientRequestToken": "0123456789abcdef0123456789abcdef" + p.one("p", "q")}, None, None),
    ("secretsmanager", "DescribeSecret", 2, lambda p: {"SecretId": p.name("secret")}, ("secret-arn", "ARN"), None),
    ("identitystore", "GetUserId", 1, lambda p: {**STORE, "AlternateIdentifier": {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": p.name("user")}}}, None, None),
    ("sso-admin", "ListInstances", 1, lambda p: {}, None, None),
    ("sso-admin", "ListAccountAssignmentsForPrincipal", 2, lambda p: {**CENTER, "PrincipalType": "GROUP", "PrincipalId": p.sure("store-group")}, None, None),
    ("sso-admin", "ListPermissionSets", 1, lambda p: {**CENTER}, None, None),
    ("sso-admin", "ProvisionPermissionSet", 1, lambda p: {**CENTER, "PermissionSetArn": p.id("set"), "TargetType": "ALL_PROVISIONED_ACCOUNTS"}, ("provision", "PermissionSetProvisioningStatus.RequestId"), None),
    ("sso-admin", "DescribePermissionSetProvisioningStatus", 1, lambda p: {**CENTER, "ProvisionPermissionSetRequestId": p.sure("provision")}, None, None),
    ("organizations", "DescribeOrganization", 1, lambda p: {}, None, None),
    ("organizations", "ListRoots", 1, lambda p: {}, None, None),
    ("organizations", "ListAccountsForParent", 2, lambda p: {"ParentId": p.one("<root>", p.id("unit"))}, None, None),
    ("organizations", "ListAccounts", 1, lambda p: {}, None, None),
    ("organizations", "ListAWSServiceAccessForOrganization", 1, lambda p: {}, None, None),
    ("organizations", "EnableAWSServiceAccess", 1, lambda p: {"ServicePrincipal": p.one("ds.amazonaws.com", "sso.amazonaws.com")}, None, None),
    ("organizations", "DisableAWSServiceAccess", 1, lambda p: {"ServicePrincipal": p.one("ds.amazonaws.com", "sso.amazonaws.com")}, None, None),
    ("organizations", "CreateAccount", 2, lambda p: {"Email": f"{p.name('account')}@example.com", "AccountName": p.name("account")}, ("account-request", "CreateAccountStatus.Id"), None),
    ("organizations", "DescribeCreateAccountStatus", 2, lambda p: {"CreateAccountRequestId": p.sure("account-request")}, ("account", "?CreateAccountStatus.AccountId"), None),
    ("organizations", "DescribeAccount", 1, lambda p: {"AccountId": p.sure("account")}, None, None),
    ("organizations", "CloseAccount", 1, lambda p: {"AccountId": p.sure("account")}, None, "AccountId"),
    ("ram", "CreateResourceShare", 1, lambda p: {"name": p.name("share"), "allowExternalPrincipals": True, "principals": [p.one(*OUTSIDERS)]}, ("share", "resourceShare.resourceShareArn"), None),
    ("ram", "EnableSharingWithAwsOrganization", 1, lambda p: p.go((MANAGEMENT, REGION)) or {}, None, None),
    ("ram", "GetResourceShareInvitations", 2, lambda p: from_outside(p, {"resourceShareArns": [p.there("share")]}), ("invitation", "?resourceShareInvitations.0.resourceShareInvitationArn"), None),
    ("ram", "AcceptResourceShareInvitation", 2, lambda p: from_outside(p, {"resourceShareInvitationArn": p.there("invitation")}), None, None),
    # ---- about what an earlier call has made ----
    ("ec2", "ReplaceRoute", 4, lambda p: {**p.again("route", "RouteTableId", "DestinationCidrBlock"), "TransitGatewayId": p.id("gateway")}, None, None),
    ("ec2", "DeleteRoute", 2, lambda p: p.again("route", "RouteTableId", "DestinationCidrBlock"), None, None),
    ("ec2", "ReplaceTransitGatewayRoute", 2, lambda p: {**p.again("gateway-route", "TransitGatewayRouteTableId", "DestinationCidrBlock"), "TransitGatewayAttachmentId": p.id("attachment")}, None, None),
    ("ec2", "SearchTransitGatewayRoutes", 2, lambda p: {**p.again("gateway-route", "TransitGatewayRouteTableId"), "Filters": [{"Name": "type", "Values": ["static"]}]}, None, None),
    ("ec2", "DeleteTransitGatewayRoute", 2, lambda p: p.again("gateway-route", "TransitGatewayRouteTableId", "DestinationCidrBlock"), None, None),
    ("ec2", "GetTransitGatewayRouteTableAssociations", 2, lambda p: p.again("gateway-association", "TransitGatewayRouteTableId"), None, None),
    ("ec2", "DisassociateTransitGatewayRouteTable", 2, lambda p: p.again("gateway-association"), None, None),
    ("ec2", "GetTransitGatewayRouteTablePropagations", 2, lambda p: p.again("propagation", "TransitGatewayRouteTableId"), None, None),
    ("ec2", "DisableTransitGatewayRouteTablePropagation", 2, lambda p: p.again("propagation"), None, None),
    ("ec2", "DetachInternetGateway", 2, lambda p: p.again("igw-attached"), None, None),
    ("ec2", "DetachVolume", 2, lambda p: p.again("volume-attached", "VolumeId", "InstanceId"), None, None),
    ("ec2", "ReplaceNetworkAclEntry", 1, lambda p: {**p.again("acl-entry"), "RuleAction": p.one("allow", "deny")}, None, None),
    ("ec2", "DeleteNetworkAclEntry", 1, lambda p: p.again("acl-entry", "NetworkAclId", "RuleNumber", "Egress"), None, None),
    ("route53", "DisassociateVPCFromHostedZone", 2, lambda p: p.again("zone-network"), None, None),
    ("route53", "DeleteVPCAssociationAuthorization", 2, lambda p: p.again("authorization"), None, None),
    ("route53", "ListVPCAssociationAuthorizations", 1, lambda p: p.again("authorization", "HostedZoneId"), None, None),
    ("route53", "ListResourceRecordSets", 2, lambda p: {**p.again("record", "HostedZoneId"), "StartRecordName": "a.corp.example.com"}, None, None),
    ("route53resolver", "DisassociateResolverRule", 2, lambda p: p.again("associated", "ResolverRuleId", "VPCId"), None, None),
    ("route53resolver", "DisassociateResolverQueryLogConfig", 2, lambda p: p.again("query-association"), None, None),
    ("route53resolver", "DisassociateResolverEndpointIpAddress", 2, lambda p: p.again("more-address"), None, None),
    ("ds", "DescribeConditionalForwarders", 1, lambda p: p.again("forwarder", "DirectoryId"), None, None),
    ("ds", "UpdateConditionalForwarder", 2, lambda p: {**p.again("forwarder"), "DnsIpAddrs": ["192.0.2.12"]}, None, None),
    ("ds", "DeleteConditionalForwarder", 2, lambda p: p.again("forwarder", "DirectoryId", "RemoteDomainName"), None, None),
    ("ds", "ListIpRoutes", 1, lambda p: p.again("ip-route", "DirectoryId"), None, None),
    ("ds", "RemoveIpRoutes", 2, lambda p: (lambda said: {"DirectoryId": said["DirectoryId"], "CidrIps": [said["IpRoutes"][0]["CidrIp"]]})(p.again("ip-route")), None, None),
    ("ds", "UpdateRadius", 2, lambda p: {**p.again("radius", "DirectoryId"), "RadiusSettings": radius(p)}, None, None),
    ("ds", "EnableLDAPS", 2, lambda p: {**p.again("certificate", "DirectoryId"), "Type": "Client"}, ("ldaps", whole), None),
    ("ds", "DisableLDAPS", 2, lambda p: p.again("ldaps"), None, None),
    ("ds", "ListCertificates", 1, lambda p: p.again("certificate", "DirectoryId"), None, None),
    ("ds", "DeregisterCertificate", 1, lambda p: (lambda found: {"DirectoryId": p.of[found]["DirectoryId"], "CertificateId": found})(p.sure("certificate")), None, None),
    ("ds", "CreateLogSubscription", 2, lambda p: {"DirectoryId": p.sure("directory"), "LogGroupName": p.again("log", "logGroupName")["logGroupName"], **writable(p)}, ("directory-log", whole), None),
    ("ds", "ListLogSubscriptions", 1, lambda p: p.again("directory-log", "DirectoryId"), None, None),
    ("ds", "DeleteLogSubscription", 2, lambda p: p.again("directory-log", "DirectoryId"), None, None),
    ("ds", "DescribeEventTopics", 1, lambda p: p.again("directory-topic", "DirectoryId"), None, None),
    ("ds", "DeregisterEventTopic", 2, lambda p: p.again("directory-topic"), None, None),
    ("ds", "UnshareDirectory", 2, lambda p: (lambda said: {"DirectoryId": said["DirectoryId"], "UnshareTarget": said["ShareTarget"]})(p.again("shared")), None, None),
    ("ds", "RemoveRegion", 3, lambda p: replica(p), None, None),
    ("ds-data", "CreateUser", 3, lambda p: {**p.again("data-access"), "SAMAccountName": p.one("anna", "Bert")}, ("ds-user", whole), None),
    ("ds-data", "DescribeUser", 2, lambda p: p.again("ds-user", "DirectoryId", "SAMAccountName"), None, None),
    ("ds-data", "UpdateUser", 2, lambda p: {**p.again("ds-user", "DirectoryId", "SAMAccountName"), "Surname": p.one("x", "y")}, None, None),
    ("ds-data", "DeleteUser", 1, lambda p: p.again("ds-user", "DirectoryId", "SAMAccountName"), None, None),
    ("ds-data", "CreateGroup", 3, lambda p: {**p.again("data-access"), "SAMAccountName": p.one("Admins", "Others")}, ("ds-group", whole), None),
    ("ds-data", "DescribeGroup", 2, lambda p: p.again("ds-group"), None, None),
    ("ds-data", "UpdateGroup", 2, lambda p: {**p.again("ds-group"), "GroupScope": p.one("Global", "Universal")}, None, None),
    ("ds-data", "AddGroupMember", 3, lambda p: (lambda group, user: {"DirectoryId": group["DirectoryId"], "GroupName": group["SAMAccountName"], "MemberName": user["SAMAccountName"]})(p.again("ds-group"), p.again("ds-user")), ("ds-member", whole), None),
    ("ds-data", "RemoveGroupMember", 2, lambda p: p.again("ds-member"), None, None),
    ("ds-data", "DeleteGroup", 1, lambda p: p.again("ds-group"), None, None),
    ("iam", "DetachRolePolicy", 2, lambda p: p.again("role-policy"), None, None),
    ("logs", "DescribeLogGroups", 1, lambda p: {"logGroupNamePrefix": p.again("log")["logGroupName"]}, None, None),
    ("logs", "PutRetentionPolicy", 1, lambda p: {**p.again("log", "logGroupName"), "retentionInDays": p.one(30, 90)}, None, None),
    ("logs", "AssociateKmsKey", 2, lambda p: {**p.again("log", "logGroupName"), "kmsKeyId": KEY}, None, None),
    ("logs", "DeleteResourcePolicy", 2, lambda p: p.again("log-policy", "policyName"), None, None),
    ("ssm", "DeleteParameter", 1, lambda p: p.again("parameter", "Name"), None, None),
    ("secretsmanager", "PutSecretValue", 1, lambda p: {"SecretId": p.again("secret")["Name"], "SecretString": "other", "ClientRequestToken": "0123456789abcdef0123456789abcdef" + p.one("p", "q")}, None, None),
    # ---- buckets ----
    ("s3", "CreateBucket", 3, lambda p: {**bucket(p), "CreateBucketConfiguration": {"LocationConstraint": p.region}}, None, None),
    ("s3", "HeadBucket", 2, lambda p: bucket(p), None, None),
    ("s3", "PutBucketTagging", 2, lambda p: {**bucket(p), "Tagging": {"TagSet": [{"Key": "a", "Value": p.one("x", "y")}]}}, None, None),
    ("s3", "GetBucketTagging", 2, lambda p: bucket(p), None, None),
    ("s3", "PutBucketVersioning", 1, lambda p: {**bucket(p), "VersioningConfiguration": {"Status": p.one("Enabled", "Suspended")}}, None, None),
    ("s3", "GetBucketVersioning", 1, lambda p: bucket(p), None, None),
    ("s3", "PutPublicAccessBlock", 1, lambda p: {**bucket(p), "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": p.one(True, False), "IgnorePublicAcls": True, "RestrictPublicBuckets": True}}, None, None),
    ("s3", "GetPublicAccessBlock", 1, lambda p: bucket(p), None, None),
    ("s3", "PutBucketEncryption", 1, lambda p: {**bucket(p), "ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}, None, None),
    ("s3", "PutBucketOwnershipControls", 1, lambda p: {**bucket(p), "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}, None, None),
    ("s3", "PutBucketLifecycleConfiguration", 1, lambda p: {**bucket(p), "LifecycleConfiguration": {"Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": {"NoncurrentDays": 90}}]}}, None, None),
    ("s3", "PutBucketPolicy", 1, lambda p: {**bucket(p), "Policy": POLICY}, None, None),
    ("s3", "GetBucketPolicy", 1, lambda p: bucket(p), None, None),
    ("s3", "DeleteBucketPolicy", 1, lambda p: bucket(p), None, None),
    ("s3", "PutObject", 1, lambda p: {"Bucket": f"acme-logs-{p.account}", "Key": p.one("a", "b"), "Body": "text"}, None, None),
    ("s3", "DeleteBucket", 1, lambda p: bucket(p), None, None),
]  # fmt: skip
