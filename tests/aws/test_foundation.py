"""What a foundation needs, over several accounts: sharing, hub, Direct Connect, directory, resolver, Identity Center, machines."""

import json

from common import MANAGEMENT, NETWORK, ORGANIZATION, REGION, SHARED, WEB, Case, main

SSO = "sso.amazonaws.com"
PASSWORD = "Secret-12345"


class Foundation(Case):
    # ---- organization and sharing ----
    def test_delegated_administrator(self):
        organizations = self.client("organizations", MANAGEMENT)
        organizations.enable_aws_service_access(ServicePrincipal=SSO)
        self.fails("AccessDeniedException", self.client("organizations", SHARED).register_delegated_administrator, AccountId=SHARED, ServicePrincipal=SSO)
        organizations.register_delegated_administrator(AccountId=SHARED, ServicePrincipal=SSO)
        self.fails("AccountAlreadyRegisteredException", organizations.register_delegated_administrator, AccountId=SHARED, ServicePrincipal=SSO)
        self.fails("ConstraintViolationException", organizations.register_delegated_administrator, AccountId=NETWORK, ServicePrincipal=SSO)
        self.assertEqual([a["Id"] for a in organizations.list_delegated_administrators(ServicePrincipal=SSO)["DelegatedAdministrators"]], [SHARED])
        self.fails("ConstraintViolationException", organizations.disable_aws_service_access, ServicePrincipal=SSO)
        self.fails("AccessDeniedException", self.client("organizations", WEB).list_accounts)

    def test_accounts_take_time(self):
        organizations = self.client("organizations", MANAGEMENT)
        request = organizations.create_account(AccountName="new", Email="new@example.com")["CreateAccountStatus"]
        self.assertEqual(request["State"], "IN_PROGRESS")
        self.wait()
        made = organizations.describe_create_account_status(CreateAccountRequestId=request["Id"])["CreateAccountStatus"]
        self.assertEqual(made["State"], "SUCCEEDED")
        self.assertEqual(self.client("sts", made["AccountId"]).get_caller_identity()["Account"], made["AccountId"])
        again = organizations.create_account(AccountName="other", Email="new@example.com")["CreateAccountStatus"]["Id"]
        self.wait()
        self.assertEqual(organizations.describe_create_account_status(CreateAccountRequestId=again)["CreateAccountStatus"]["FailureReason"], "EMAIL_ALREADY_EXISTS")

    def test_sharing_needs_the_organization(self):
        gateway = self.client("ec2").create_transit_gateway()["TransitGateway"]
        given = {"name": "hub", "resourceArns": [gateway["TransitGatewayArn"]], "principals": [ORGANIZATION], "clientToken": "t1"}
        self.fails("OperationNotPermittedException", self.client("ram").create_resource_share, **given)
        self.fails("OperationNotPermittedException", self.client("ram", WEB).enable_sharing_with_aws_organization)
        self.client("ram", MANAGEMENT).enable_sharing_with_aws_organization()
        first = self.client("ram").create_resource_share(**given)["resourceShare"]
        again = self.client("ram").create_resource_share(**given)["resourceShare"]
        self.assertEqual(first["resourceShareArn"], again["resourceShareArn"])
        self.fails("IdempotentParameterMismatchException", self.client("ram").create_resource_share, **given | {"name": "other"})
        self.fails("InvalidTransitGatewayID.NotFound", self.client("ec2", WEB).describe_transit_gateways, TransitGatewayIds=[gateway["TransitGatewayId"]])
        self.wait()
        found = self.client("ec2", WEB).describe_transit_gateways(TransitGatewayIds=[gateway["TransitGatewayId"]])["TransitGateways"][0]
        self.assertEqual(found["OwnerId"], NETWORK)
        shares = self.client("ram", WEB).get_resource_shares(resourceOwner="OTHER-ACCOUNTS")["resourceShares"]
        self.assertEqual([s["name"] for s in shares], ["hub"])
        self.client("ram").delete_resource_share(resourceShareArn=first["resourceShareArn"])
        self.assertEqual(self.client("ram").get_resource_shares(resourceOwner="SELF")["resourceShares"][0]["status"], "DELETED")
        self.assertEqual(self.client("ec2", WEB).describe_transit_gateways()["TransitGateways"], [])

    # ---- hub ----
    def test_attachments_across_accounts(self):
        hub = self.hub(accept="disable")
        vpc, subnets = self.vpc(WEB, "10.32.0.0/24")
        spoke, network = self.client("ec2", WEB), self.client("ec2")
        tags = [{"ResourceType": "transit-gateway-attachment", "Tags": [{"Key": "had:id", "Value": "a"}]}]
        made = spoke.create_transit_gateway_vpc_attachment(TransitGatewayId=hub, VpcId=vpc, SubnetIds=subnets, TagSpecifications=tags)["TransitGatewayVpcAttachment"]
        name = made["TransitGatewayAttachmentId"]
        self.assertEqual(made["State"], "pendingAcceptance")
        self.fails("DuplicateTransitGatewayAttachment", spoke.create_transit_gateway_vpc_attachment, TransitGatewayId=hub, VpcId=vpc, SubnetIds=subnets)
        self.fails("InvalidTransitGatewayAttachmentID.NotFound", spoke.accept_transit_gateway_vpc_attachment, TransitGatewayAttachmentId=name)
        table = network.create_transit_gateway_route_table(TransitGatewayId=hub)["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"]
        self.wait()
        where = {"TransitGatewayRouteTableId": table, "TransitGatewayAttachmentId": name}
        self.fails("IncorrectState", network.associate_transit_gateway_route_table, **where)
        main_table = spoke.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]["RouteTableId"]
        route = {"RouteTableId": main_table, "DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": hub}
        self.fails("InvalidTransitGatewayID.NotFound", spoke.create_route, **route)
        network.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=name)
        self.wait()
        spoke.create_route(**route)
        self.fails("RouteAlreadyExists", spoke.create_route, **route)
        network.associate_transit_gateway_route_table(**where)
        self.fails("Resource.AlreadyAssociated", network.associate_transit_gateway_route_table, **where)
        network.enable_transit_gateway_route_table_propagation(**where)
        self.fails("TransitGatewayRouteTablePropagation.Duplicate", network.enable_transit_gateway_route_table_propagation, **where)
        network.create_transit_gateway_route(DestinationCidrBlock="0.0.0.0/0", **where)
        self.wait()
        routes = network.search_transit_gateway_routes(TransitGatewayRouteTableId=table, Filters=[{"Name": "state", "Values": ["active"]}])["Routes"]
        self.assertEqual({r["DestinationCidrBlock"]: r["Type"] for r in routes}, {"0.0.0.0/0": "static", "10.32.0.0/24": "propagated"})
        # tags are those of the account that wrote them
        own = spoke.describe_transit_gateway_vpc_attachments(Filters=[{"Name": "tag:had:id", "Values": ["a"]}])["TransitGatewayVpcAttachments"]
        other = network.describe_transit_gateway_vpc_attachments(TransitGatewayAttachmentIds=[name])["TransitGatewayVpcAttachments"]
        self.assertEqual((len(own), other[0]["Tags"]), (1, []))
        # nothing that is used goes away
        self.fails("IncorrectState", network.delete_transit_gateway, TransitGatewayId=hub)
        self.fails("DependencyViolation", spoke.delete_subnet, SubnetId=subnets[0])
        self.fails("IncorrectState", network.delete_transit_gateway_route_table, TransitGatewayRouteTableId=table)
        spoke.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=name)
        self.wait(600)
        gone = spoke.describe_transit_gateway_vpc_attachments(TransitGatewayAttachmentIds=[name])["TransitGatewayVpcAttachments"][0]
        self.assertEqual(gone["State"], "deleted")
        spoke.delete_subnet(SubnetId=subnets[0])
        self.assertEqual(network.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=table)["Associations"], [])

    def test_peering_of_hubs(self):
        here, there = self.client("ec2"), self.client("ec2", NETWORK, "eu-central-1")
        a = here.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
        b = there.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
        self.wait()
        given = {"TransitGatewayId": a, "PeerTransitGatewayId": b, "PeerAccountId": NETWORK, "PeerRegion": "eu-central-1"}
        name = here.create_transit_gateway_peering_attachment(**given)["TransitGatewayPeeringAttachment"]["TransitGatewayAttachmentId"]
        self.wait()
        self.fails("InvalidTransitGatewayAttachmentID.NotFound", here.accept_transit_gateway_peering_attachment, TransitGatewayAttachmentId=name)
        there.accept_transit_gateway_peering_attachment(TransitGatewayAttachmentId=name)
        self.wait()
        for side in (here, there):
            found = side.describe_transit_gateway_peering_attachments()["TransitGatewayPeeringAttachments"][0]
            self.assertEqual((found["State"], found["Status"]["Code"]), ("available", "available"))
            table = side.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"][0]["TransitGatewayRouteTableId"]
            side.associate_transit_gateway_route_table(TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=name)
            self.fails("InvalidParameterValue", side.enable_transit_gateway_route_table_propagation, TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=name)
            side.create_transit_gateway_route(TransitGatewayRouteTableId=table, DestinationCidrBlock="10.64.0.0/10", TransitGatewayAttachmentId=name)
        self.fails("IncorrectState", here.delete_transit_gateway_peering_attachment, TransitGatewayAttachmentId=name)

    def test_direct_connect(self):
        hub = self.hub()
        lines = self.client("directconnect")
        gateway = lines.create_direct_connect_gateway(directConnectGatewayName="dx", amazonSideAsn=64512)["directConnectGateway"]["directConnectGatewayId"]
        self.assertEqual(len(self.client("directconnect", NETWORK, "eu-central-1").describe_direct_connect_gateways()["directConnectGateways"]), 1)
        given = {"directConnectGatewayId": gateway, "gatewayId": hub, "addAllowedPrefixesToDirectConnectGateway": [{"cidr": "10.16.0.0/24"}]}
        self.fails("DirectConnectClientException", lines.create_direct_connect_gateway_association, **given)  # not available yet
        self.wait()
        made = lines.create_direct_connect_gateway_association(**given)["directConnectGatewayAssociation"]
        self.assertEqual(made["associationState"], "associating")
        vif = {"virtualInterfaceName": "dx-1", "vlan": 301, "asn": 65010, "mtu": 8500, "directConnectGatewayId": gateway}
        lines.create_transit_virtual_interface(connectionId="dxcon-fg1a2b3c", newTransitVirtualInterface=vif)
        self.fails("DirectConnectClientException", lines.create_transit_virtual_interface, connectionId="dxcon-fg1a2b3c", newTransitVirtualInterface=vif)
        self.wait()
        found = lines.describe_virtual_interfaces()["virtualInterfaces"][0]
        self.assertEqual((found["virtualInterfaceState"], found["bgpPeers"][0]["bgpStatus"]), ("available", "up"))
        filters = [{"Name": "resource-type", "Values": ["direct-connect-gateway"]}, {"Name": "transit-gateway-id", "Values": [hub]}]
        attachment = self.client("ec2").describe_transit_gateway_attachments(Filters=filters)["TransitGatewayAttachments"][0]
        self.assertEqual((attachment["ResourceId"], attachment["State"]), (gateway, "available"))
        lines.update_direct_connect_gateway_association(associationId=made["associationId"], addAllowedPrefixesToDirectConnectGateway=[{"cidr": "10.17.0.0/20"}])
        self.wait()
        found = lines.describe_direct_connect_gateway_associations(directConnectGatewayId=gateway)["directConnectGatewayAssociations"][0]
        self.assertEqual([x["cidr"] for x in found["allowedPrefixesToDirectConnectGateway"]], ["10.16.0.0/24", "10.17.0.0/20"])
        self.fails("DirectConnectClientException", lines.delete_direct_connect_gateway, directConnectGatewayId=gateway)

    def test_direct_connect_proposal(self):
        lines, owner = self.client("directconnect", WEB), self.client("directconnect")
        gateway = owner.create_direct_connect_gateway(directConnectGatewayName="dx", amazonSideAsn=64512)["directConnectGateway"]["directConnectGatewayId"]
        hub = self.client("ec2", WEB).create_transit_gateway(Options={"AmazonSideAsn": 64601})["TransitGateway"]["TransitGatewayId"]
        self.wait()
        made = lines.create_direct_connect_gateway_association_proposal(directConnectGatewayId=gateway, directConnectGatewayOwnerAccount=NETWORK, gatewayId=hub,
                                                                        addAllowedPrefixesToDirectConnectGateway=[{"cidr": "10.0.0.0/16"}])["directConnectGatewayAssociationProposal"]  # fmt: skip
        owner.accept_direct_connect_gateway_association_proposal(directConnectGatewayId=gateway, proposalId=made["proposalId"], associatedGatewayOwnerAccount=WEB)
        self.wait()
        for side in (lines, owner):
            self.assertEqual(side.describe_direct_connect_gateway_associations(directConnectGatewayId=gateway)["directConnectGatewayAssociations"][0]["associationState"], "associated")

    def test_vpn(self):
        ec2 = self.client("ec2")
        hub = self.hub()
        given = {"Type": "ipsec.1", "PublicIp": "198.51.100.7", "BgpAsn": 65010}
        gateway = ec2.create_customer_gateway(**given)["CustomerGateway"]["CustomerGatewayId"]
        self.assertEqual(ec2.create_customer_gateway(**given)["CustomerGateway"]["CustomerGatewayId"], gateway)
        vpn = ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=gateway, TransitGatewayId=hub)["VpnConnection"]
        self.assertIn("pre_shared_key", vpn["CustomerGatewayConfiguration"])
        self.wait()
        self.assertEqual(ec2.describe_transit_gateway_attachments(Filters=[{"Name": "resource-id", "Values": [vpn["VpnConnectionId"]]}])["TransitGatewayAttachments"][0]["State"], "available")
        self.fails("IncorrectState", ec2.delete_customer_gateway, CustomerGatewayId=gateway)
        # on another transit gateway it is another attachment, and the first gateway is free
        other = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
        self.wait()
        self.fails("IncorrectState", ec2.delete_transit_gateway, TransitGatewayId=hub)
        ec2.modify_vpn_connection(VpnConnectionId=vpn["VpnConnectionId"], TransitGatewayId=other)
        self.wait()
        found = ec2.describe_transit_gateway_attachments(Filters=[{"Name": "resource-id", "Values": [vpn["VpnConnectionId"]]}])["TransitGatewayAttachments"]
        self.assertEqual([(a["TransitGatewayId"], a["State"]) for a in found if a["State"] != "deleted"], [(other, "available")])
        ec2.delete_transit_gateway(TransitGatewayId=hub)

    def test_routes_before_a_peering_is_accepted(self):
        """VPC peering guide, "Update your route tables": blackhole until it is active."""
        here, there = self.client("ec2"), self.client("ec2", WEB)
        vpc, _ = self.vpc(NETWORK, "10.16.0.0/24")
        peer, _ = self.vpc(WEB, "10.32.0.0/24")
        table = here.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        name = here.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer, PeerOwnerId=WEB)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        here.create_route(RouteTableId=table, DestinationCidrBlock="10.32.0.0/24", VpcPeeringConnectionId=name)
        state = lambda: [r["State"] for r in here.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"] if r.get("VpcPeeringConnectionId")]  # noqa: E731
        self.assertEqual(state(), ["blackhole"])
        there.accept_vpc_peering_connection(VpcPeeringConnectionId=name)
        self.wait()
        self.assertEqual(state(), ["active"])

    # ---- directory ----
    def directory(self, **more):
        vpc, subnets = self.vpc(SHARED, "10.17.0.0/24")
        given = {"Name": "aws.example.com", "ShortName": "AWS", "Password": PASSWORD, "Edition": "Enterprise", "VpcSettings": {"VpcId": vpc, "SubnetIds": subnets}}
        name = self.client("ds", SHARED).create_microsoft_ad(**given | more)["DirectoryId"]
        return name, vpc, subnets

    def test_directory_states(self):
        name, vpc, subnets = self.directory()
        ds = self.client("ds", SHARED)
        stage = lambda: ds.describe_directories(DirectoryIds=[name])["DirectoryDescriptions"][0]["Stage"]  # noqa: E731
        self.assertEqual(stage(), "Requested")
        self.control("POST", "clock", {"advance": 120})
        self.assertEqual(stage(), "Creating")
        self.fails("DirectoryUnavailableException", ds.create_conditional_forwarder, DirectoryId=name, RemoteDomainName="corp.example.com", DnsIpAddrs=["10.1.0.10"])
        self.control("POST", "clock", {"advance": 1800})
        self.assertEqual(stage(), "Active")
        found = ds.describe_directories(DirectoryIds=[name])["DirectoryDescriptions"][0]
        group = found["VpcSettings"]["SecurityGroupId"]
        enis = self.client("ec2", SHARED).describe_network_interfaces(Filters=[{"Name": "group-id", "Values": [group]}])["NetworkInterfaces"]
        self.assertEqual(sorted(e["PrivateIpAddress"] for e in enis), sorted(found["DnsIpAddrs"]))
        self.fails("DependencyViolation", self.client("ec2", SHARED).delete_security_group, GroupId=group)
        ds.delete_directory(DirectoryId=name)
        self.wait()
        self.fails("EntityDoesNotExistException", ds.describe_directories, DirectoryIds=[name])
        self.assertEqual(self.client("ec2", SHARED).describe_network_interfaces()["NetworkInterfaces"], [])

    def test_same_create_twice_makes_two(self):
        self.directory()
        vpc = self.client("ec2", SHARED).describe_vpcs()["Vpcs"][0]["VpcId"]
        subnets = [s["SubnetId"] for s in self.client("ec2", SHARED).describe_subnets()["Subnets"]]
        self.client("ds", SHARED).create_microsoft_ad(Name="aws.example.com", Password=PASSWORD, VpcSettings={"VpcId": vpc, "SubnetIds": subnets})
        self.assertEqual(len(self.client("ds", SHARED).describe_directories()["DirectoryDescriptions"]), 2)

    def test_trust(self):
        name, *_ = self.directory()
        self.wait()
        ds = self.client("ds", SHARED)
        given = {"DirectoryId": name, "RemoteDomainName": "corp.example.com", "TrustPassword": "x", "TrustDirection": "Two-Way", "TrustType": "Forest"}
        trust = ds.create_trust(**given)["TrustId"]
        self.fails("EntityAlreadyExistsException", ds.create_trust, **given)
        self.wait()
        state = lambda: ds.describe_trusts(DirectoryId=name)["Trusts"][0]["TrustState"]  # noqa: E731
        self.assertEqual(state(), "VerifyFailed")  # no forwarder: the remote names are not resolved
        ds.create_conditional_forwarder(DirectoryId=name, RemoteDomainName="corp.example.com", DnsIpAddrs=["10.1.0.10"])
        ds.verify_trust(TrustId=trust)
        self.wait()
        self.assertEqual(state(), "Verified")
        self.fails("ClientException", ds.delete_directory, DirectoryId=name)
        ds.delete_trust(TrustId=trust, DeleteAssociatedConditionalForwarder=True)
        self.wait()
        self.assertEqual(ds.describe_trusts(DirectoryId=name)["Trusts"], [])
        self.assertEqual(ds.describe_conditional_forwarders(DirectoryId=name)["ConditionalForwarders"], [])

    def test_directory_share(self):
        name, *_ = self.directory()
        self.wait()
        ds, web = self.client("ds", SHARED), self.client("ds", WEB)
        target = {"Id": WEB, "Type": "ACCOUNT"}
        self.fails("OrganizationsException", ds.share_directory, DirectoryId=name, ShareTarget=target, ShareMethod="ORGANIZATIONS")
        shared = ds.share_directory(DirectoryId=name, ShareTarget=target, ShareMethod="HANDSHAKE")["SharedDirectoryId"]
        self.fails("DirectoryAlreadySharedException", ds.share_directory, DirectoryId=name, ShareTarget=target, ShareMethod="HANDSHAKE")
        self.wait()
        self.assertEqual(ds.describe_shared_directories(OwnerDirectoryId=name)["SharedDirectories"][0]["ShareStatus"], "PendingAcceptance")
        web.accept_shared_directory(SharedDirectoryId=shared)
        self.wait()
        found = web.describe_directories(DirectoryIds=[shared])["DirectoryDescriptions"][0]
        self.assertEqual((found["Type"], found["ShareStatus"]), ("SharedMicrosoftAD", "Shared"))
        self.fails("DirectoryAlreadySharedException", web.accept_shared_directory, SharedDirectoryId=shared)
        self.fails("ClientException", ds.delete_directory, DirectoryId=name)
        self.control("POST", "config", {"quotas": {"ds.shares-enterprise": 1}})
        self.fails("ShareLimitExceededException", ds.share_directory, DirectoryId=name, ShareTarget={"Id": NETWORK, "Type": "ACCOUNT"}, ShareMethod="HANDSHAKE")
        ds.unshare_directory(DirectoryId=name, UnshareTarget=target)
        self.wait()
        self.assertEqual(web.describe_directories()["DirectoryDescriptions"], [])

    def test_directory_regions_and_controllers(self):
        name, *_ = self.directory()
        self.wait()
        ds, there = self.client("ds", SHARED), self.client("ds", SHARED, "eu-central-1")
        ds.update_number_of_domain_controllers(DirectoryId=name, DesiredNumber=3)
        self.fails("DirectoryUnavailableException", ds.update_number_of_domain_controllers, DirectoryId=name, DesiredNumber=4)
        self.wait()
        self.assertEqual([c["Status"] for c in ds.describe_domain_controllers(DirectoryId=name)["DomainControllers"]], ["Active"] * 3)
        ec2 = self.client("ec2", SHARED, "eu-central-1")
        vpc = ec2.create_vpc(CidrBlock="10.18.0.0/24")["Vpc"]["VpcId"]
        subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.18.0.{64 * n}/26", AvailabilityZone=f"eu-central-1{'ab'[n]}")["Subnet"]["SubnetId"] for n in range(2)]
        given = {"DirectoryId": name, "RegionName": "eu-central-1", "VPCSettings": {"VpcId": vpc, "SubnetIds": subnets}}
        ds.add_region(**given)
        self.fails("DirectoryAlreadyInRegionException", ds.add_region, **given)
        self.wait()
        self.assertEqual([(r["RegionName"], r["Status"]) for r in ds.describe_regions(DirectoryId=name)["RegionsDescription"]], [(REGION, "Active"), ("eu-central-1", "Active")])
        self.assertEqual(len(there.describe_directories(DirectoryIds=[name])["DirectoryDescriptions"][0]["DnsIpAddrs"]), 2)
        self.fails("ClientException", ds.delete_directory, DirectoryId=name)
        there.remove_region(DirectoryId=name)
        self.wait()
        self.assertEqual(len(ds.describe_regions(DirectoryId=name)["RegionsDescription"]), 1)

    def test_directory_logs_topics_settings(self):
        name, *_ = self.directory()
        self.wait()
        ds, logs = self.client("ds", SHARED), self.client("logs", SHARED)
        given = {"DirectoryId": name, "LogGroupName": "/aws/directoryservice/aws"}
        self.fails("EntityDoesNotExistException", ds.create_log_subscription, **given)
        logs.create_log_group(logGroupName="/aws/directoryservice/aws")
        self.fails("InsufficientPermissionsException", ds.create_log_subscription, **given)
        statement = {"Effect": "Allow", "Principal": {"Service": "ds.amazonaws.com"}, "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                     "Resource": logs.describe_log_groups()["logGroups"][0]["arn"]}  # fmt: skip
        logs.put_resource_policy(policyName="ds", policyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        ds.create_log_subscription(**given)
        self.fails("EntityDoesNotExistException", ds.register_event_topic, DirectoryId=name, TopicName="nothing")
        ds.register_event_topic(DirectoryId=name, TopicName="monitoring")
        self.fails("UnsupportedSettingsException", ds.update_settings, DirectoryId=name, Settings=[{"Name": "TLS_9", "Value": "Enable"}])
        ds.update_settings(DirectoryId=name, Settings=[{"Name": "TLS_1_0", "Value": "Disable"}])
        self.wait()
        entry = next(e for e in ds.describe_settings(DirectoryId=name)["SettingEntries"] if e["Name"] == "TLS_1_0")
        self.assertEqual((entry["AppliedValue"], entry["RequestStatus"]), ("Disable", "Updated"))
        self.fails("NoAvailableCertificateException", ds.enable_ldaps, DirectoryId=name, Type="Client")

    def test_directory_users(self):
        name, *_ = self.directory()
        self.wait()
        ds, data = self.client("ds", SHARED), self.client("ds-data", SHARED)
        self.fails("DirectoryUnavailableException", data.create_group, DirectoryId=name, SAMAccountName="g1")
        ds.enable_directory_data_access(DirectoryId=name)
        self.wait()
        data.create_group(DirectoryId=name, SAMAccountName="g1", GroupScope="Global")
        data.create_user(DirectoryId=name, SAMAccountName="u1", GivenName="U")
        self.fails("ConflictException", data.create_user, DirectoryId=name, SAMAccountName="U1")
        data.add_group_member(DirectoryId=name, GroupName="g1", MemberName="u1")
        self.assertEqual([m["SAMAccountName"] for m in data.list_group_members(DirectoryId=name, SAMAccountName="g1")["Members"]], ["u1"])

    # ---- resolver ----
    def test_resolver(self):
        self.client("ram", MANAGEMENT).enable_sharing_with_aws_organization()
        vpc, subnets = self.vpc(NETWORK, "10.16.0.0/24")
        spoke, _ = self.vpc(WEB, "10.32.0.0/24")
        resolver, other = self.client("route53resolver"), self.client("route53resolver", WEB)
        group = self.client("ec2").create_security_group(GroupName="dns", Description="dns", VpcId=vpc)["GroupId"]
        given = {"CreatorRequestId": "e1", "Name": "out", "SecurityGroupIds": [group], "Direction": "OUTBOUND", "IpAddresses": [{"SubnetId": s} for s in subnets]}
        endpoint = resolver.create_resolver_endpoint(**given)["ResolverEndpoint"]
        self.assertEqual(endpoint["Status"], "CREATING")
        self.fails("ResourceExistsException", resolver.create_resolver_endpoint, **given)
        self.wait()
        self.assertEqual(resolver.get_resolver_endpoint(ResolverEndpointId=endpoint["Id"])["ResolverEndpoint"]["Status"], "OPERATIONAL")
        self.fails("DependencyViolation", self.client("ec2").delete_security_group, GroupId=group)
        rule = resolver.create_resolver_rule(CreatorRequestId="r1", RuleType="FORWARD", DomainName="corp.example.com", ResolverEndpointId=endpoint["Id"],
                                             TargetIps=[{"Ip": "10.1.0.10"}])["ResolverRule"]  # fmt: skip
        self.assertEqual(rule["TargetIps"][0]["Port"], 53)
        self.fails("ResourceNotFoundException", other.associate_resolver_rule, ResolverRuleId=rule["Id"], VPCId=spoke)
        self.client("ram").create_resource_share(name="rules", resourceArns=[rule["Arn"]], principals=[ORGANIZATION])
        self.wait()
        self.assertEqual(other.get_resolver_rule(ResolverRuleId=rule["Id"])["ResolverRule"]["ShareStatus"], "SHARED_WITH_ME")
        other.associate_resolver_rule(ResolverRuleId=rule["Id"], VPCId=spoke)
        self.fails("ResourceExistsException", other.associate_resolver_rule, ResolverRuleId=rule["Id"], VPCId=spoke)
        self.wait()
        self.assertEqual(other.list_resolver_rule_associations(Filters=[{"Name": "VPCId", "Values": [spoke]}])["ResolverRuleAssociations"][0]["Status"], "COMPLETE")
        self.fails("ResourceInUseException", resolver.delete_resolver_rule, ResolverRuleId=rule["Id"])
        self.fails("InvalidRequestException", resolver.delete_resolver_endpoint, ResolverEndpointId=endpoint["Id"])
        resolver.update_resolver_rule(ResolverRuleId=rule["Id"], Config={"TargetIps": [{"Ip": "10.17.0.4"}]})
        self.wait()
        self.assertEqual(resolver.get_resolver_rule(ResolverRuleId=rule["Id"])["ResolverRule"]["TargetIps"][0]["Ip"], "10.17.0.4")

    # ---- Identity Center ----
    def test_identity_center(self):
        organizations = self.client("organizations", MANAGEMENT)
        organizations.enable_aws_service_access(ServicePrincipal=SSO)
        organizations.register_delegated_administrator(AccountId=SHARED, ServicePrincipal=SSO)
        admin, management = self.client("sso-admin", SHARED), self.client("sso-admin", MANAGEMENT)
        instance = admin.list_instances()["Instances"][0]
        self.assertEqual(management.list_instances()["Instances"][0]["InstanceArn"], instance["InstanceArn"])
        self.fails("ValidationException", management.create_instance)
        arn, store = instance["InstanceArn"], instance["IdentityStoreId"]
        made = admin.create_permission_set(InstanceArn=arn, Name="administrator")["PermissionSet"]
        self.assertEqual(made["SessionDuration"], "PT1H")
        self.fails("ConflictException", admin.create_permission_set, InstanceArn=arn, Name="administrator")
        where = {"InstanceArn": arn, "PermissionSetArn": made["PermissionSetArn"]}
        policy = "arn:aws:iam::aws:policy/AdministratorAccess"
        admin.attach_managed_policy_to_permission_set(ManagedPolicyArn=policy, **where)
        self.fails("ConflictException", admin.attach_managed_policy_to_permission_set, ManagedPolicyArn=policy, **where)
        self.fails("ResourceNotFoundException", admin.attach_managed_policy_to_permission_set, ManagedPolicyArn=policy + "x", **where)
        identities = self.client("identitystore", SHARED)
        by_name = lambda n: {"IdentityStoreId": store, "AlternateIdentifier": {"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": n}}}  # noqa: E731
        group = identities.get_group_id(**by_name("Auditors@corp.example.com"))["GroupId"]
        self.fails("ResourceNotFoundException", identities.get_group_id, **by_name("New@corp.example.com"))
        self.control("POST", "identities", {"groups": ["New@corp.example.com"]})
        identities.get_group_id(**by_name("New@corp.example.com"))
        given = {**where, "TargetType": "AWS_ACCOUNT", "PrincipalType": "GROUP", "PrincipalId": group}
        status = admin.create_account_assignment(TargetId=WEB, **given)["AccountAssignmentCreationStatus"]
        self.assertEqual(status["Status"], "IN_PROGRESS")
        self.fails("ConflictException", admin.create_account_assignment, TargetId=WEB, **given)
        self.fails("AccessDeniedException", admin.create_account_assignment, TargetId=MANAGEMENT, **given)
        self.wait()
        asked = {"InstanceArn": arn, "AccountAssignmentCreationRequestId": status["RequestId"]}
        self.assertEqual(admin.describe_account_assignment_creation_status(**asked)["AccountAssignmentCreationStatus"]["Status"], "SUCCEEDED")
        roles = [r["RoleName"] for r in self.client("iam", WEB).list_roles()["Roles"] if r["Path"].startswith("/aws-reserved/")]
        self.assertEqual(len(roles), 1)
        self.fails("UnmodifiableEntity", self.client("iam", WEB).delete_role, RoleName=roles[0])
        self.fails("ConflictException", admin.delete_permission_set, **where)
        # a change reaches accounts only when it is provisioned
        admin.update_permission_set(SessionDuration="PT4H", **where)
        self.assertEqual(admin.list_accounts_for_provisioned_permission_set(ProvisioningStatus="LATEST_PERMISSION_SET_NOT_PROVISIONED", **where)["AccountIds"], [WEB])
        admin.provision_permission_set(TargetType="ALL_PROVISIONED_ACCOUNTS", **where)
        self.wait()
        self.assertEqual(self.client("iam", WEB).get_role(RoleName=roles[0])["Role"]["MaxSessionDuration"], 14400)
        unknown = given | {"PrincipalId": "1234567890-" + "0" * 8 + "-0000-0000-0000-" + "0" * 12}
        status = admin.create_account_assignment(TargetId=WEB, **unknown)["AccountAssignmentCreationStatus"]
        self.wait()
        asked["AccountAssignmentCreationRequestId"] = status["RequestId"]
        self.assertEqual(admin.describe_account_assignment_creation_status(**asked)["AccountAssignmentCreationStatus"]["Status"], "FAILED")
        admin.delete_account_assignment(TargetId=WEB, **given)
        self.wait()
        self.assertEqual(admin.list_account_assignments(AccountId=WEB, **where)["AccountAssignments"], [])
        admin.delete_permission_set(**where)

    def test_outstanding_assignments(self):
        self.control("POST", "config", {"quotas": {"sso.outstanding-assignments": 2}})
        admin = self.client("sso-admin", MANAGEMENT)
        instance = admin.list_instances()["Instances"][0]
        group = self.client("identitystore", MANAGEMENT).list_groups(IdentityStoreId=instance["IdentityStoreId"])["Groups"][0]["GroupId"]
        made = admin.create_permission_set(InstanceArn=instance["InstanceArn"], Name="reader")["PermissionSet"]["PermissionSetArn"]
        given = {"InstanceArn": instance["InstanceArn"], "PermissionSetArn": made, "TargetType": "AWS_ACCOUNT", "PrincipalType": "GROUP", "PrincipalId": group}
        for account in (WEB, SHARED):
            admin.create_account_assignment(TargetId=account, **given)
        self.fails("ThrottlingException", admin.create_account_assignment, TargetId=NETWORK, **given)

    # ---- machines ----
    def test_machines(self):
        vpc, subnets = self.vpc(SHARED, "10.17.0.0/24")
        ec2, iam, ssm = self.client("ec2", SHARED), self.client("iam", SHARED), self.client("ssm", SHARED)
        image = ssm.get_parameter(Name="/aws/service/ami-windows-latest/Windows_Server-2025-English-Full-Base")["Parameter"]["Value"]
        trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
        group = ec2.create_security_group(GroupName="dc", Description="dc", VpcId=vpc)["GroupId"]
        given = {"ImageId": image, "InstanceType": "m6i.large", "MinCount": 1, "MaxCount": 1, "SubnetId": subnets[0], "PrivateIpAddress": "10.17.0.10",
                 "IamInstanceProfile": {"Name": "dc"}, "SecurityGroupIds": [group], "ClientToken": "t1", "DisableApiTermination": True}  # fmt: skip
        self.fails("InvalidParameterValue", ec2.run_instances, **given)  # no such profile
        iam.create_role(RoleName="dc", AssumeRolePolicyDocument=trust)
        iam.attach_role_policy(RoleName="dc", PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
        iam.create_instance_profile(InstanceProfileName="dc")
        iam.add_role_to_instance_profile(InstanceProfileName="dc", RoleName="dc")
        name = ec2.run_instances(**given)["Instances"][0]["InstanceId"]
        self.assertEqual(ec2.run_instances(**given)["Instances"][0]["InstanceId"], name)
        self.fails("IdempotentParameterMismatch", ec2.run_instances, **given | {"InstanceType": "m6i.xlarge"})
        self.fails("InvalidIPAddress.InUse", ec2.run_instances, **given | {"ClientToken": "t2"})
        self.fails("InvalidInstanceId", ssm.send_command, DocumentName="AWS-RunPowerShellScript", InstanceIds=[name], Parameters={"commands": ["hostname"]})
        self.fails("InvalidParameters", ssm.create_association, Name="AWS-JoinDirectoryServiceDomain", Parameters={"wrong": ["x"]}, Targets=[{"Key": "InstanceIds", "Values": [name]}])
        join = {"Name": "AWS-JoinDirectoryServiceDomain", "AssociationName": "join", "Targets": [{"Key": "InstanceIds", "Values": [name]}], "Parameters": {"directoryId": ["d-1234567890"]}}
        association = ssm.create_association(**join)["AssociationDescription"]["AssociationId"]
        self.fails("AssociationAlreadyExists", ssm.create_association, **join)
        self.assertEqual(ssm.describe_association(AssociationId=association)["AssociationDescription"]["Overview"]["Status"], "Pending")
        self.wait()
        self.assertEqual(ssm.describe_association(AssociationId=association)["AssociationDescription"]["Overview"]["Status"], "Success")
        self.assertEqual(ec2.describe_instance_status(InstanceIds=[name])["InstanceStatuses"][0]["InstanceStatus"]["Status"], "ok")
        volume = ec2.create_volume(AvailabilityZone="eu-west-1b", Size=10)["VolumeId"]
        self.wait()
        self.fails("InvalidVolume.ZoneMismatch", ec2.attach_volume, VolumeId=volume, InstanceId=name, Device="xvdg")
        self.fails("DependencyViolation", ec2.delete_security_group, GroupId=group)
        self.fails("DeleteConflict", iam.delete_role, RoleName="dc")
        self.fails("OperationNotPermitted", ec2.terminate_instances, InstanceIds=[name])
        ec2.modify_instance_attribute(InstanceId=name, DisableApiTermination={"Value": False})
        self.fails("IncorrectInstanceState", ec2.modify_instance_attribute, InstanceId=name, InstanceType={"Value": "m6i.xlarge"})
        ec2.terminate_instances(InstanceIds=[name])
        self.wait(600)
        self.assertEqual(ec2.describe_instances(InstanceIds=[name])["Reservations"][0]["Instances"][0]["State"]["Name"], "terminated")
        ec2.delete_security_group(GroupId=group)

    def test_security_groups(self):
        vpc, _ = self.vpc(SHARED, "10.17.0.0/24")
        ec2 = self.client("ec2", SHARED)
        given = {"GroupName": "a", "Description": "a", "VpcId": vpc}
        a = ec2.create_security_group(**given)["GroupId"]
        self.fails("InvalidGroup.Duplicate", ec2.create_security_group, **given)
        b = ec2.create_security_group(**given | {"GroupName": "b"})["GroupId"]
        dns = {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        made = ec2.authorize_security_group_ingress(GroupId=a, IpPermissions=[dns])["SecurityGroupRules"][0]
        both = [dns, {"IpProtocol": "tcp", "FromPort": 88, "ToPort": 88, "UserIdGroupPairs": [{"GroupId": b}]}]
        self.fails("InvalidPermission.Duplicate", ec2.authorize_security_group_ingress, GroupId=a, IpPermissions=both)
        self.assertEqual(len(ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [a]}])["SecurityGroupRules"]), 2)  # nothing of the batch
        ec2.authorize_security_group_ingress(GroupId=a, IpPermissions=both[1:])
        self.fails("DependencyViolation", ec2.delete_security_group, GroupId=b)
        ec2.revoke_security_group_ingress(GroupId=a, SecurityGroupRuleIds=[made["SecurityGroupRuleId"]])
        self.fails("InvalidPermission.NotFound", ec2.revoke_security_group_ingress, GroupId=a, IpPermissions=[dns])
        everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.revoke_security_group_egress(GroupId=a, IpPermissions=[everything])

    def test_endpoints(self):
        vpc, subnets = self.vpc(SHARED, "10.17.0.0/24")
        ec2 = self.client("ec2", SHARED)
        given = {"VpcId": vpc, "ServiceName": f"com.amazonaws.{REGION}.ssm", "VpcEndpointType": "Interface", "SubnetIds": subnets, "PrivateDnsEnabled": True}
        self.fails("InvalidServiceName", ec2.create_vpc_endpoint, **given | {"ServiceName": f"com.amazonaws.{REGION}.moon"})
        made = ec2.create_vpc_endpoint(**given)["VpcEndpoint"]
        self.assertEqual((made["State"], len(made["NetworkInterfaceIds"])), ("pending", 2))
        self.fails("InvalidParameter", ec2.create_vpc_endpoint, **given)  # the private name is taken
        self.wait()
        self.assertEqual(ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["VpcEndpoints"][0]["State"], "available")
        ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
        self.wait()
        for subnet in subnets:
            ec2.delete_subnet(SubnetId=subnet)
        ec2.delete_vpc(VpcId=vpc)

    def test_gateway_endpoint(self):
        vpc, subnets = self.vpc(SHARED, "10.17.0.0/24")
        ec2 = self.client("ec2", SHARED)
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", RouteTableIds=[table])["VpcEndpoint"]
        routes = lambda: [r.get("GatewayId") for r in ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]]  # noqa: E731
        self.assertEqual(routes(), ["local", made["VpcEndpointId"]])
        ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
        self.assertEqual(routes(), ["local"])

    def test_shared_subnets(self):
        self.client("ram", MANAGEMENT).enable_sharing_with_aws_organization()
        vpc, subnets = self.vpc(NETWORK, "10.16.0.0/24")
        other = self.client("ec2", WEB)
        self.fails("InvalidVpcID.NotFound", other.create_security_group, GroupName="a", Description="a", VpcId=vpc)
        arns = [f"arn:aws:ec2:{REGION}:{NETWORK}:subnet/{s}" for s in subnets]
        self.client("ram").create_resource_share(name="subnets", resourceArns=arns, principals=[WEB])
        self.wait()
        self.assertEqual([v["OwnerId"] for v in other.describe_vpcs()["Vpcs"]], [NETWORK])
        group = other.create_security_group(GroupName="a", Description="a", VpcId=vpc)["GroupId"]
        made = other.create_network_interface(SubnetId=subnets[0], Groups=[group])["NetworkInterface"]
        self.assertEqual(made["OwnerId"], WEB)
        self.fails("DependencyViolation", self.client("ec2").delete_subnet, SubnetId=subnets[0])
        self.fails("InvalidSubnetID.NotFound", other.delete_subnet, SubnetId=subnets[0])
        self.fails("InvalidVpcID.NotFound", other.delete_vpc, VpcId=vpc)

    def test_private_zones_of_others(self):
        own, _ = self.vpc(SHARED, "10.17.0.0/24")
        other, _ = self.vpc(WEB, "10.32.0.0/24")
        zones, theirs = self.client("route53", SHARED), self.client("route53", WEB)
        zone = zones.create_hosted_zone(Name="x.example", CallerReference="1", VPC={"VPCRegion": REGION, "VPCId": own})["HostedZone"]["Id"]
        where = {"HostedZoneId": zone, "VPC": {"VPCRegion": REGION, "VPCId": other}}
        self.fails("NotAuthorizedException", theirs.associate_vpc_with_hosted_zone, **where)
        zones.create_vpc_association_authorization(**where)
        theirs.associate_vpc_with_hosted_zone(**where)
        self.assertEqual(len(zones.get_hosted_zone(Id=zone)["VPCs"]), 2)

    def test_state_in_s3(self):
        s3 = self.client("s3", SHARED)
        s3.create_bucket(Bucket="had-state", CreateBucketConfiguration={"LocationConstraint": REGION})
        tag = s3.put_object(Bucket="had-state", Key="shard/a b.json", Body=b"1", IfNoneMatch="*")["ETag"]
        self.fails("PreconditionFailed", s3.put_object, Bucket="had-state", Key="shard/a b.json", Body=b"2", IfNoneMatch="*")
        s3.put_object(Bucket="had-state", Key="shard/a b.json", Body=b"2", IfMatch=tag)
        self.fails("PreconditionFailed", s3.put_object, Bucket="had-state", Key="shard/a b.json", Body=b"3", IfMatch=tag)
        self.assertEqual(s3.get_object(Bucket="had-state", Key="shard/a b.json")["Body"].read(), b"2")

    def test_find_by_tag(self):
        ec2 = self.client("ec2", SHARED)
        ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "had:deployment", "Value": "d1"}]}])
        self.client("secretsmanager", SHARED).create_secret(Name="x", SecretString="y", Tags=[{"Key": "had:deployment", "Value": "d1"}])
        found = self.client("resourcegroupstaggingapi", SHARED).get_resources(TagFilters=[{"Key": "had:deployment", "Values": ["d1"]}])["ResourceTagMappingList"]
        self.assertEqual(sorted(r["ResourceARN"].split(":")[2] for r in found), ["ec2", "secretsmanager"])


if __name__ == "__main__":
    main()
