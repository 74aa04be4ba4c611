"""What of the answers has to agree, what is read at the end, and what the model leaves to the stand-in, with reasons."""

GONE = {"deleted", "DELETED", "Deleted", "disassociated", "disabled", "DISASSOCIATED", "terminated"}
# What is read of each kind at the end, with its id.
FINAL = {
    "vpc": ("ec2", "DescribeVpcs", "VpcIds"), "subnet": ("ec2", "DescribeSubnets", "SubnetIds"), "table": ("ec2", "DescribeRouteTables", "RouteTableIds"),
    "group": ("ec2", "DescribeSecurityGroups", "GroupIds"), "rule": ("ec2", "DescribeSecurityGroupRules", "SecurityGroupRuleIds"),
    "gateway": ("ec2", "DescribeTransitGateways", "TransitGatewayIds"), "gateway-table": ("ec2", "DescribeTransitGatewayRouteTables", "TransitGatewayRouteTableIds"),
    "attachment": ("ec2", "DescribeTransitGatewayVpcAttachments", "TransitGatewayAttachmentIds"), "directory": ("ds", "DescribeDirectories", "DirectoryIds"),
    "outbound": ("route53resolver", "GetResolverEndpoint", "ResolverEndpointId"), "forward": ("route53resolver", "GetResolverRule", "ResolverRuleId"),
    "associated": ("route53resolver", "GetResolverRuleAssociation", "ResolverRuleAssociationId"), "role": ("iam", "GetRole", "RoleName"),
    "profile": ("iam", "GetInstanceProfile", "InstanceProfileName"), "set": ("sso-admin", "DescribePermissionSet", "PermissionSetArn"),
    "igw": ("ec2", "DescribeInternetGateways", "InternetGatewayIds"), "nat": ("ec2", "DescribeNatGateways", "NatGatewayIds"),
    "acl": ("ec2", "DescribeNetworkAcls", "NetworkAclIds"), "dhcp": ("ec2", "DescribeDhcpOptions", "DhcpOptionsIds"),
    "instance": ("ec2", "DescribeInstances", "InstanceIds"), "volume": ("ec2", "DescribeVolumes", "VolumeIds"), "vpn": ("ec2", "DescribeVpnConnections", "VpnConnectionIds"),
    "peering": ("ec2", "DescribeTransitGatewayPeeringAttachments", "TransitGatewayAttachmentIds"), "dxgw": ("directconnect", "DescribeDirectConnectGateways", "directConnectGatewayId"),
    "vif": ("directconnect", "DescribeVirtualInterfaces", "virtualInterfaceId"), "zone": ("route53", "GetHostedZone", "Id"), "policy": ("iam", "GetPolicy", "PolicyArn"),
    "association": ("ssm", "DescribeAssociation", "AssociationId"), "unit": ("organizations", "DescribeOrganizationalUnit", "OrganizationalUnitId"),
    "query-log": ("route53resolver", "GetResolverQueryLogConfig", "ResolverQueryLogConfigId"),
}  # fmt: skip
# Quotas that both know.
KEPT = {"iam.policy-versions": 5, "ds.certificates": 5, "resolver.addresses": 6, "sso.outstanding-assignments": 10}
# Services that a sequence plays with, and how often.
TOGETHER = [("ec2",), ("ec2",), ("ec2",), ("ec2",), ("ec2", "route53resolver"), ("ec2", "ds"), ("ec2", "ds", "ds-data"), ("ec2", "ds", "logs", "secretsmanager"),
            ("ec2", "directconnect"), ("ec2", "route53"), ("iam",), ("ec2", "iam"), ("sso-admin", "identitystore"), ("sso-admin",), ("identitystore",), ("ram",),
            ("ec2", "ram"), ("logs", "ssm", "secretsmanager"), ("organizations", "account"), ("s3",)]  # fmt: skip
# Of the calls of EC2 a sequence plays with some: those about these, and those of all networks.
ALWAYS = ("Vpc", "Subnet", "SecurityGroup", "CreateTransitGateway")
DIRECTORIES = ("DescribeRegions", "CreateConditionalForwarder", "UpdateConditionalForwarder", "DeleteConditionalForwarder", "DescribeConditionalForwarders", "CreateTrust", "ShareDirectory",
               "UnshareDirectory", "AddRegion", "RegisterCertificate", "EnableLDAPS", "DisableLDAPS", "CreateLogSubscription", "DeleteLogSubscription", "UpdateSettings", "DescribeSettings",
               "EnableDirectoryDataAccess", "UpdateNumberOfDomainControllers", "AddIpRoutes", "RemoveIpRoutes", "ListIpRoutes", "EnableRadius", "UpdateRadius", "DisableRadius",
               "ListCertificates", "DescribeLDAPSSettings", "DeregisterCertificate", "DescribeDomainControllers", "ResetUserPassword")  # fmt: skip
USERS = ("CreateUser", "DescribeUser", "UpdateUser", "DeleteUser", "CreateGroup", "DescribeGroup", "UpdateGroup", "DeleteGroup", "AddGroupMember", "RemoveGroupMember")
# What the model leaves to the stand-in: it is not asked about calls that the stand-in refuses so.
LEFT_OUT = {
    ("ModifyVpcEndpoint", "InvalidParameter"): "a group of another network",
    ("ConnectDirectory", "ClientException"): "zones of subnets",
    ("ConnectDirectory", "InvalidParameterException"): "zones of subnets",
    ("ModifyVpcEndpoint", "InvalidGroup.NotFound"): "a group of another network",
    ("EnableTransitGatewayRouteTablePropagation", "IncorrectState"): "whether an attachment is accepted",
    ("ReplaceTransitGatewayRoute", "IncorrectState"): "whether an attachment is accepted",
    ("ModifyVpnTunnelOptions", "InvalidParameterValue"): "it keeps no addresses",
    ("ReplaceTransitGatewayRoute", "InvalidParameterValue"): "a table of another gateway",
    ("DetachInternetGateway", "DependencyViolation"): "it has no public addresses of interfaces",
    **{(name, "ValidationException"): "which kinds of directories can do what" for name in USERS},
    ("StartADAssessment", "ClientException"): "zones of subnets",
    ("StartADAssessment", "InvalidParameterException"): "zones of subnets",
    **{(name, "UnsupportedOperationException"): "which kinds of directories can do what" for name in DIRECTORIES},
    ("RegisterEventTopic", "EntityDoesNotExistException"): "it has no topics",
    ("CreateVpcEndpoint", "InvalidSubnetId.NotFound"): "a subnet of another network",
    ("CreateVpcEndpoint", "InvalidRouteTableId.NotFound"): "a table of another network",
    ("CreateVpcEndpoint", "InvalidParameter"): "a group of another network",
    ("CreateVpcEndpoint", "RouteAlreadyExists"): "it has no lists of prefixes",
    ("ModifyTransitGatewayVpcAttachment", "InvalidParameterValue"): "subnets of another network",
    ("ModifyTransitGatewayVpcAttachment", "DuplicateSubnetsInSameZone"): "zones of subnets",
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
    ("AssociateVpcCidrBlock", "InvalidVpc.Range"): "it does not calculate with networks",
    ("DisassociateVpcCidrBlock", "DependencyViolation"): "it does not calculate with networks",
    ("CreateNatGateway", "InsufficientFreeAddressesInSubnet"): "it has no interfaces",
    ("RunInstances", "InvalidParameter"): "a group of another network",
    ("AttachVolume", "InvalidVolume.ZoneMismatch"): "zones of subnets",
    ("AttachVolume", "InvalidParameterValue"): "names of devices",
    ("AssociateResolverEndpointIpAddress", "InvalidParameterException"): "a subnet of another network",
    ("ModifyVolume", "VolumeModificationRateExceeded"): "how often a volume is changed",
    ("CreateTransitGatewayPeeringAttachment", "InvalidParameterValue"): "a gateway and itself",
    ("CreateTransitGatewayRoute", "IncorrectState"): "whether an attachment is accepted",
    ("AssociateTransitGatewayRouteTable", "IncorrectState"): "whether an attachment is accepted",
    ("UpdateNumberOfDomainControllers", "DirectoryUnavailableException"): "which controllers are on their way",
    ("DeleteSubnet", "DependencyViolation"): "interfaces that services keep in a subnet",
    ("DeleteSecurityGroup", "DependencyViolation"): "interfaces that services keep in a group",
    ("DeleteSecurityGroup", "CannotDelete"): "the group of a network itself",
}  # fmt: skip
# Of a call with two mistakes AWS documents no order: either code will do.
EITHER = {
    ("ReplaceTransitGatewayRoute", frozenset({"InvalidRoute.NotFound", "IncorrectState"})),
    ("ModifyTransitGatewayVpcAttachment", frozenset({"InvalidTransitGatewayAttachmentID.NotFound", "UnauthorizedOperation"})),  # nor which of the two
    ("AcceptTransitGatewayPeeringAttachment", frozenset({"IncorrectState", "InvalidTransitGatewayAttachmentID.NotFound"})),
    ("CreateLogSubscription", frozenset({"EntityDoesNotExistException", "EntityAlreadyExistsException"})),
    ("ModifyVpnTunnelOptions", frozenset({"IncorrectState", "InvalidParameterValue"})),
    ("RemoveRegion", frozenset({"DirectoryDoesNotExistException", "UnsupportedOperationException"})),
    ("AssociateVPCWithHostedZone", frozenset({"InvalidVPCId", "NotAuthorizedException"})),
    ("ReplaceTransitGatewayRoute", frozenset({"InvalidRoute.NotFound", "InvalidTransitGatewayAttachmentID.NotFound"})),
    ("CreateTransitGatewayRoute", frozenset({"RouteAlreadyExists", "InvalidTransitGatewayAttachmentID.NotFound"})),
    ("CreateTransitGatewayRoute", frozenset({"RouteAlreadyExists", "IncorrectState"})),
    ("CreateHostedZone", frozenset({"HostedZoneAlreadyExists", "InvalidVPCId"})),
    ("AttachVolume", frozenset({"IncorrectState", "InvalidInstanceID.NotFound"})),
    ("AttachVolume", frozenset({"VolumeInUse", "InvalidInstanceID.NotFound"})),
    ("ReplaceRoute", frozenset({"InvalidTransitGatewayID.NotFound", "InvalidParameterValue"})),
    ("ReplaceRoute", frozenset({"IncorrectState", "InvalidParameterValue"})),
    ("CreateHostedZone", frozenset({"HostedZoneAlreadyExists", "ConflictingDomainExists"})),
}  # fmt: skip
# What the model does at once.
AT_ONCE = ("ReplaceTransitGatewayRoute", "CreateTransitGatewayRoute", "ProvisionPermissionSet", "ModifyTransitGatewayVpcAttachment", "DeleteTransitGatewayRoute", "DisableTransitGatewayRouteTablePropagation", "DisassociateTransitGatewayRouteTable", "ModifyTransitGateway", "AssociateRouteTable", "ReplaceRouteTableAssociation", "AssociateVpcCidrBlock", "CreateMicrosoftAD", "CreateTrust", "DeleteTrust",
           "UpdateTrust", "StopInstances", "StartInstances", "CreateAccountAssignment", "DeleteAccountAssignment", "DeleteNatGateway", "CreateTransitGatewayPeeringAttachment",
           "DeleteCustomerGateway", "CreateVpcPeeringConnection", "AcceptVpcPeeringConnection", "CreateVpcEndpoint", "DeleteVpcEndpoints", "CreateResourceShare", "AssociateResourceShare", "DeleteVpnConnection", "DeleteDirectConnectGateway", "DeleteVirtualInterface", "ModifyVolume", "DetachVolume", "AttachVolume",
           "TerminateInstances", "DisassociateResourceShare", "CreateInternetGateway")
# Members that drivers read but that are chance or a matter of naming on both sides.
CHANCE = {"HostVPCId", "IpAddressCount", "AssociationId", "RoleId", "InstanceProfileId", "CreationTime", "CreateDate", "Arn", "resourceShareArn", "TransitGatewayArn", "DnsIpAddrs", "SecurityGroupId",
          "Alias", "AvailabilityZone", "RouteTableAssociationId", "SID", "DeletedDate", "DefaultVersionId", "PolicyId", "PrivateIpAddress", "PrivateDnsName", "PublicIp", "LaunchTime",
          "OutsideIpAddress", "NetworkInterfaceId", "NetworkAclAssociationId", "RequestId", "StatusReason", "DirectoryId", "ARN", "DnsIpAddr", "JoinedTimestamp", "TransitGatewayRouteTableAnnouncementId", "MasterAccountArn", "ConnectIps", ("ListResolverEndpointIpAddresses", "Ip"), "DnsEntries", "NetworkInterfaceIds"}  # fmt: skip
