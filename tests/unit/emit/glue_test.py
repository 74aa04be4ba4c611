#!/usr/bin/env python3
"""The functions of the custom resources against a small stand-in for the services.

    glue_test.py FOLDER      (compiler/emit/cloudformation/glue)

Every family is put together as in the build. With botocore installed, each call and each answer of the stand-in is
held against the service's model; without it those checks are left out.
"""
import json
import pathlib
import sys
import types
import unittest

try:
    import botocore.exceptions
    import botocore.session
    import botocore.validate
    SESSION = botocore.session.get_session()
except ImportError:  # logic only
    SESSION = None

FOLDER = pathlib.Path(sys.argv.pop(1)).resolve()
FAMILIES = sorted(p.stem for p in FOLDER.glob("*.py") if p.stem != "had_glue")


class ClientError(Exception):
    def __init__(self, code):
        super().__init__(f"An error occurred ({code})")
        self.response = {"Error": {"Code": code}}


def camel(name):
    return "".join(word.capitalize() for word in name.split("_"))


class Service:
    """One client: looks answers up in the world and checks both directions against the model."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.model = SESSION.get_service_model(name) if SESSION else None
        self.exceptions = types.SimpleNamespace(ResourceNotFoundException=NotFound)

    def can_paginate(self, operation):
        return SESSION is not None and self.name in ("ds", "ec2") and operation.startswith("describe")

    def get_paginator(self, operation):
        return types.SimpleNamespace(paginate=lambda **args: [getattr(self, operation)(**args)])

    def operation_of(self, name):
        if not self.model:
            return None
        wanted = camel(name).lower()
        found = [o for o in self.model.operation_names if o.lower() == wanted]
        assert found, f"{self.name} has no operation {name}"
        return self.model.operation_model(found[0])

    def __getattr__(self, name):
        def call(**args):
            operation = self.operation_of(name)
            if operation and operation.input_shape:
                report = botocore.validate.ParamValidator().validate(args, operation.input_shape)
                assert not report.has_errors(), f"{self.name}.{name}: {report.generate_report()}"
            self.world.calls.append((self.name, name, args))
            answer = self.world.answer(self.name, name, args)
            if operation and operation.output_shape:
                report = botocore.validate.ParamValidator().validate(answer, operation.output_shape)
                wrong = [e for e in report._errors if e[0] in ("unknown field", "invalid type", "invalid enum")]
                assert not wrong, f"{self.name}.{name} answers {wrong}"  # the rest may be left out here
            return answer
        return call


class NotFound(ClientError):
    def __init__(self):
        super().__init__("ResourceNotFoundException")


class World:
    def __init__(self, state, answers, switches=()):
        self.state, self.answers, self.switches = state, answers, dict(switches)
        self.calls, self.sent, self.now = [], [], 1000.0

    def answer(self, service, name, args):
        if name == "get_secret_value":
            return {"SecretString": json.dumps({"Password": "hunter2-hunter2", "Username": "u"})}
        if (service, name) in self.switches:
            self.state = self.switches[service, name]
            if isinstance(self.state, Exception):
                raise self.state
            return {}
        given = self.answers.get(self.state, {}).get(name, self.answers.get("always", {}).get(name, {}))
        if callable(given):
            given = given(args)
        if isinstance(given, Exception):
            raise given
        return given

    def did(self, name):
        return [args for _, called, args in self.calls if called == name]


def load(family, world):
    boto3 = types.ModuleType("boto3")
    boto3.client = lambda name: Service(world, name)
    exceptions = types.ModuleType("botocore.exceptions")
    exceptions.ClientError = ClientError
    before = {k: sys.modules.get(k) for k in ("boto3", "botocore.exceptions")}
    sys.modules.update({"boto3": boto3, "botocore.exceptions": exceptions})
    if SESSION is None:
        sys.modules["botocore"] = types.ModuleType("botocore")
    module = types.ModuleType("index")
    try:
        source = (FOLDER / "had_glue.py").read_text() + "\n\n" + (FOLDER / f"{family}.py").read_text()
        exec(compile(source, f"{family}.py", "exec"), module.__dict__)
    finally:
        for name, old in before.items():
            if old is None:
                del sys.modules[name]
            else:
                sys.modules[name] = old

    def sleep(seconds):
        world.now += seconds
    module.time = types.SimpleNamespace(time=lambda: world.now, sleep=sleep)

    def urlopen(request):
        assert request.get_method() == "PUT"
        world.sent.append(json.loads(request.data))
    module.urllib.request.urlopen = urlopen
    return module


def run(family, kind, properties, world, request="Create", left=900, **more):
    module = load(family, world)
    start = world.now
    context = types.SimpleNamespace(
        function_name="function",
        get_remaining_time_in_millis=lambda: (left - (world.now - start)) * 1000)
    event = {"RequestType": request, "ResponseURL": "https://bucket.example/answer", "StackId": "s", "RequestId": "r",
             "LogicalResourceId": "L", "ResourceType": f"Custom::Had{kind}",
             "ResourceProperties": {"ServiceToken": "t", "ServiceTimeout": "3600", **properties}, **more}
    if request == "Delete":
        event.setdefault("PhysicalResourceId", "something")
    module.handler(event, context)
    return event


D = "d-0123456789"


def described(**more):
    return {"DirectoryDescriptions": [{"DirectoryId": D, "Stage": "Active", **more}]}


# Of each type: family, properties, what the services answer while it is absent and while it is there, the
# operation that makes it with what it must be given, the one that drops it, the id and the attributes.
CASES = {
    "TrustedAccess": dict(
        family="organization", p={"ServicePrincipal": "sso.amazonaws.com"},
        absent={"list_aws_service_access_for_organization": {"EnabledServicePrincipals": []}},
        there={"list_aws_service_access_for_organization": {
            "EnabledServicePrincipals": [{"ServicePrincipal": "sso.amazonaws.com"}]}},
        make=("organizations", "enable_aws_service_access", {"ServicePrincipal": "sso.amazonaws.com"}),
        drop=("organizations", "disable_aws_service_access"), id="sso.amazonaws.com"),
    "ResourceSharing": dict(
        family="organization", p={},
        absent={"list_aws_service_access_for_organization": {"EnabledServicePrincipals": []}},
        there={"list_aws_service_access_for_organization": {
            "EnabledServicePrincipals": [{"ServicePrincipal": "ram.amazonaws.com"}]}},
        make=("ram", "enable_sharing_with_aws_organization", {}), id="ram.amazonaws.com"),
    "DelegatedAdministrator": dict(
        family="organization", p={"AccountId": "333333333333", "ServicePrincipal": "sso.amazonaws.com"},
        absent={"list_delegated_administrators": {"DelegatedAdministrators": [{"Id": "444444444444"}]}},
        there={"list_delegated_administrators": {"DelegatedAdministrators": [{"Id": "333333333333"}]}},
        make=("organizations", "register_delegated_administrator",
              {"AccountId": "333333333333", "ServicePrincipal": "sso.amazonaws.com"}),
        drop=("organizations", "deregister_delegated_administrator"), id="333333333333"),
    "RegionOptIn": dict(
        family="organization", p={"AccountId": "333333333333", "RegionName": "eu-south-1"},
        absent={"get_region_opt_status": {"RegionOptStatus": "DISABLED"}},
        there={"get_region_opt_status": {"RegionOptStatus": "ENABLED"}},
        pending={"get_region_opt_status": {"RegionOptStatus": "ENABLING"}},
        make=("account", "enable_region", {"AccountId": "333333333333", "RegionName": "eu-south-1"}),
        id="eu-south-1"),
    "AttachmentLookup": dict(
        family="lookup", p={"TransitGatewayId": "tgw-1", "ResourceType": "vpn", "ResourceId": "vpn-1"},
        there={"describe_transit_gateway_attachments": {
            "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-1"}]}},
        id="tgw-attach-1", data={"TransitGatewayAttachmentId": "tgw-attach-1"}),
    "PrincipalLookup": dict(
        family="lookup", p={"IdentityStoreId": "d-0123456789", "PrincipalType": "GROUP", "Name": "A@corp.example.com"},
        there={"get_group_id": {"GroupId": "00000000-0000-0000-0000-000000000001", "IdentityStoreId": "d-0123456789"}},
        id="00000000-0000-0000-0000-000000000001",
        data={"PrincipalId": "00000000-0000-0000-0000-000000000001"}),
    "ImageLookup": dict(
        family="lookup", p={"Parameter": "/aws/service/x"},
        there={"get_parameter": {"Parameter": {"Value": "ami-1"}}}, id="ami-1", data={"ImageId": "ami-1"}),
    "DirectorySecurityGroupLookup": dict(
        family="lookup", p={"DirectoryId": D},
        there={"describe_directories": described(VpcSettings={"SecurityGroupId": "sg-01234567"})},
        id="sg-01234567", data={"GroupId": "sg-01234567"}),
    "AttachmentAcceptance": dict(
        family="network", p={"TransitGatewayAttachmentId": "tgw-attach-1"},
        absent={"describe_transit_gateway_vpc_attachments": {
            "TransitGatewayVpcAttachments": [{"State": "pendingAcceptance"}]}},
        there={"describe_transit_gateway_vpc_attachments": {"TransitGatewayVpcAttachments": [{"State": "available"}]}},
        pending={"describe_transit_gateway_vpc_attachments": {"TransitGatewayVpcAttachments": [{"State": "pending"}]}},
        bad={"describe_transit_gateway_vpc_attachments": {"TransitGatewayVpcAttachments": [{"State": "rejected"}]}},
        make=("ec2", "accept_transit_gateway_vpc_attachment", {"TransitGatewayAttachmentId": "tgw-attach-1"}),
        id="tgw-attach-1", data={"TransitGatewayAttachmentId": "tgw-attach-1"}),
    "PeeringAcceptance": dict(
        family="network", p={"TransitGatewayAttachmentId": "tgw-attach-2"},
        absent={"describe_transit_gateway_peering_attachments": {
            "TransitGatewayPeeringAttachments": [{"State": "pendingAcceptance"}]}},
        there={"describe_transit_gateway_peering_attachments": {
            "TransitGatewayPeeringAttachments": [{"State": "available"}]}},
        make=("ec2", "accept_transit_gateway_peering_attachment", {"TransitGatewayAttachmentId": "tgw-attach-2"}),
        id="tgw-attach-2", data={"TransitGatewayAttachmentId": "tgw-attach-2"}),
    "PeeringAcceptance ": dict(
        family="network", p={"VpcPeeringConnectionId": "pcx-1"},
        absent={"describe_vpc_peering_connections": {
            "VpcPeeringConnections": [{"Status": {"Code": "pending-acceptance"}}]}},
        there={"describe_vpc_peering_connections": {"VpcPeeringConnections": [{"Status": {"Code": "active"}}]}},
        bad={"describe_vpc_peering_connections": {"VpcPeeringConnections": [{"Status": {"Code": "expired"}}]}},
        make=("ec2", "accept_vpc_peering_connection", {"VpcPeeringConnectionId": "pcx-1"}),
        id="pcx-1", data={"VpcPeeringConnectionId": "pcx-1"}),
    "ShareAcceptance": dict(
        family="network", p={"ResourceShareArn": "arn:share"},
        absent={"get_resource_shares": {"resourceShares": []},
                "get_resource_share_invitations": {"resourceShareInvitations": [
                    {"status": "EXPIRED", "resourceShareInvitationArn": "arn:old"},
                    {"status": "PENDING", "resourceShareInvitationArn": "arn:invitation"}]}},
        there={"get_resource_shares": {"resourceShares": [{"status": "ACTIVE"}]}},
        make=("ram", "accept_resource_share_invitation", {"resourceShareInvitationArn": "arn:invitation"}),
        id="arn:share", data={"ResourceShareArn": "arn:share"}),
    "ZoneAuthorization": dict(
        family="network", p={"HostedZoneId": "Z1", "VPCId": "vpc-1", "VPCRegion": "eu-west-1"},
        absent={"list_vpc_association_authorizations": {"HostedZoneId": "Z1", "VPCs": []}},
        there={"list_vpc_association_authorizations": {"HostedZoneId": "Z1", "VPCs": [{"VPCId": "vpc-1"}]}},
        make=("route53", "create_vpc_association_authorization",
              {"HostedZoneId": "Z1", "VPC": {"VPCId": "vpc-1", "VPCRegion": "eu-west-1"}}),
        drop=("route53", "delete_vpc_association_authorization"), id="Z1/vpc-1"),
    "ZoneAssociation": dict(
        family="network", p={"HostedZoneId": "Z1", "VPCId": "vpc-1", "VPCRegion": "eu-west-1"},
        absent={"list_hosted_zones_by_vpc": {"HostedZoneSummaries": [], "MaxItems": "100"}},
        there={"list_hosted_zones_by_vpc": {"MaxItems": "100", "HostedZoneSummaries": [
            {"HostedZoneId": "Z1", "Name": "x", "Owner": {}}]}},
        make=("route53", "associate_vpc_with_hosted_zone",
              {"HostedZoneId": "Z1", "VPC": {"VPCId": "vpc-1", "VPCRegion": "eu-west-1"}}),
        drop=("route53", "disassociate_vpc_from_hosted_zone"), id="Z1/vpc-1"),
    "ConditionalForwarder": dict(
        family="trust", p={"DirectoryId": D, "RemoteDomainName": "corp.example.com", "DnsIpAddresses": ["10.1.0.10"]},
        absent={"describe_conditional_forwarders": ClientError("EntityDoesNotExistException")},
        there={"describe_conditional_forwarders": {"ConditionalForwarders": [{"DnsIpAddrs": ["10.1.0.10"]}]}},
        make=("ds", "create_conditional_forwarder",
              {"DirectoryId": D, "RemoteDomainName": "corp.example.com", "DnsIpAddrs": ["10.1.0.10"]}),
        drop=("ds", "delete_conditional_forwarder"), id=f"{D}/corp.example.com"),
    "Trust": dict(
        family="trust", p={"DirectoryId": D, "RemoteDomainName": "corp.example.com", "Direction": "Two-Way",
                           "Type": "Forest", "SelectiveAuth": "Disabled",
                           "PasswordFrom": {"Secret": "ad/trust", "Key": "Password"}},
        absent={"describe_trusts": {"Trusts": [{"TrustId": "t-0000000001", "RemoteDomainName": "corp.example.com",
                                                "TrustState": "Deleted"}]}},
        there={"describe_trusts": {"Trusts": [{"TrustId": "t-0123456789", "RemoteDomainName": "corp.example.com",
                                               "TrustState": "Verified"}]}},
        pending={"describe_trusts": {"Trusts": [{"TrustId": "t-0123456789", "RemoteDomainName": "corp.example.com",
                                                 "TrustState": "VerifyFailed"}]}},
        bad={"describe_trusts": {"Trusts": [{"TrustId": "t-0123456789", "RemoteDomainName": "corp.example.com",
                                             "TrustState": "Failed"}]}},
        make=("ds", "create_trust", {
            "DirectoryId": D, "RemoteDomainName": "corp.example.com", "TrustPassword": "hunter2-hunter2",
            "TrustDirection": "Two-Way", "TrustType": "Forest", "SelectiveAuth": "Disabled"}),
        drop=("ds", "delete_trust"), id="t-0123456789", data={"TrustId": "t-0123456789"}),
    "DirectoryShare": dict(
        family="trust", p={"DirectoryId": D, "Account": "444444444444", "Method": "HANDSHAKE", "Note": "n"},
        absent={"describe_shared_directories": {"SharedDirectories": []}},
        there={"describe_shared_directories": {"SharedDirectories": [
            {"SharedAccountId": "444444444444", "SharedDirectoryId": "d-9999999999", "ShareStatus": "PendingAcceptance"}]}},
        pending={"describe_shared_directories": {"SharedDirectories": [
            {"SharedAccountId": "444444444444", "SharedDirectoryId": "d-9999999999", "ShareStatus": "Sharing"}]}},
        bad={"describe_shared_directories": {"SharedDirectories": [
            {"SharedAccountId": "444444444444", "SharedDirectoryId": "d-9999999999", "ShareStatus": "ShareFailed"}]}},
        make=("ds", "share_directory", {"DirectoryId": D, "ShareMethod": "HANDSHAKE", "ShareNotes": "n",
                                        "ShareTarget": {"Id": "444444444444", "Type": "ACCOUNT"}}),
        drop=("ds", "unshare_directory"), id="d-9999999999", data={"SharedDirectoryId": "d-9999999999"}),
    "DirectoryShareAcceptance": dict(
        family="trust", p={"SharedDirectoryId": "d-9999999999"},
        absent={"describe_directories": described(ShareStatus="PendingAcceptance")},
        there={"describe_directories": described(ShareStatus="Shared")},
        make=("ds", "accept_shared_directory", {"SharedDirectoryId": "d-9999999999"}),
        id="d-9999999999", data={"SharedDirectoryId": "d-9999999999"}),
    "DirectoryAlias": dict(
        family="directory", p={"DirectoryId": D, "Alias": "acme"},
        absent={"describe_directories": described(Alias=D)}, there={"describe_directories": described(Alias="acme")},
        bad={"describe_directories": described(Alias="other")},
        make=("ds", "create_alias", {"DirectoryId": D, "Alias": "acme"}), id=f"{D}/acme", data={"Alias": "acme"}),
    "DirectoryLog": dict(
        family="directory", p={"DirectoryId": D, "LogGroupName": "/x"},
        absent={"list_log_subscriptions": {"LogSubscriptions": []}},
        there={"list_log_subscriptions": {"LogSubscriptions": [{"LogGroupName": "/x"}]}},
        make=("ds", "create_log_subscription", {"DirectoryId": D, "LogGroupName": "/x"}),
        drop=("ds", "delete_log_subscription"), id=f"{D}/log"),
    "DirectoryTopic": dict(
        family="directory", p={"DirectoryId": D, "TopicName": "t"},
        absent={"describe_event_topics": {"EventTopics": []}},
        there={"describe_event_topics": {"EventTopics": [{"TopicName": "t", "Status": "Registered"}]}},
        bad={"describe_event_topics": {"EventTopics": [{"TopicName": "t", "Status": "Failed"}]}},
        make=("ds", "register_event_topic", {"DirectoryId": D, "TopicName": "t"}),
        drop=("ds", "deregister_event_topic"), id=f"{D}/t"),
    "DirectorySetting": dict(
        family="directory", p={"DirectoryId": D, "Settings": [{"Name": "TLS_1_0", "Value": "Disable"}]},
        absent={"describe_settings": {"SettingEntries": [
            {"Name": "TLS_1_0", "AppliedValue": "Enable", "RequestStatus": "Default"}]}},
        there={"describe_settings": {"SettingEntries": [
            {"Name": "TLS_1_0", "AppliedValue": "Disable", "RequestedValue": "Disable", "RequestStatus": "Updated"}]}},
        pending={"describe_settings": {"SettingEntries": [
            {"Name": "TLS_1_0", "AppliedValue": "Enable", "RequestedValue": "Disable", "RequestStatus": "Updating"}]}},
        bad={"describe_settings": {"SettingEntries": []}},
        make=("ds", "update_settings", {"DirectoryId": D, "Settings": [{"Name": "TLS_1_0", "Value": "Disable"}]}),
        id=f"{D}/settings"),
    "DirectoryRoutes": dict(
        family="directory", p={"DirectoryId": D, "IpRoutes": [{"CidrIp": "203.0.113.0/24"}]},
        absent={"list_ip_routes": {"IpRoutesInfo": []}},
        there={"list_ip_routes": {"IpRoutesInfo": [{"CidrIp": "203.0.113.0/24", "IpRouteStatusMsg": "Added"}]}},
        bad={"list_ip_routes": {"IpRoutesInfo": [{"CidrIp": "203.0.113.0/24", "IpRouteStatusMsg": "AddFailed"}]}},
        make=("ds", "add_ip_routes", {"DirectoryId": D, "IpRoutes": [{"CidrIp": "203.0.113.0/24"}],
                                      "UpdateSecurityGroupForDirectoryControllers": False}),
        drop=("ds", "remove_ip_routes"), id=f"{D}/routes"),
    "DirectoryControllers": dict(
        family="servers", p={"DirectoryId": D, "DesiredNumber": "3"},
        absent={"describe_directories": described(DesiredNumberOfDomainControllers=2, DnsIpAddrs=["10.0.0.1"]),
                "describe_domain_controllers": {"DomainControllers": [{"Status": "Active"}] * 2}},
        there={"describe_directories": described(DesiredNumberOfDomainControllers=3,
                                                 DnsIpAddrs=["10.0.0.1", "10.0.0.2"]),
               "describe_domain_controllers": {"DomainControllers": [{"Status": "Deleted"}, *[{"Status": "Active"}] * 3]}},
        pending={"describe_directories": described(DesiredNumberOfDomainControllers=3, DnsIpAddrs=["10.0.0.1"]),
                 "describe_domain_controllers": {"DomainControllers": [{"Status": "Active"}, {"Status": "Creating"}]}},
        make=("ds", "update_number_of_domain_controllers", {"DirectoryId": D, "DesiredNumber": 3}),
        id=f"{D}/controllers", data={"DnsIpAddresses": "10.0.0.1,10.0.0.2"}),
    "DirectoryLdaps": dict(
        family="servers", p={"DirectoryId": D, "Type": "Client", "Certificates": ["PEM"]},
        absent={"describe_ldaps_settings": {"LDAPSSettingsInfo": []}, "list_certificates": {"CertificatesInfo": []}},
        there={"describe_ldaps_settings": {"LDAPSSettingsInfo": [{"LDAPSStatus": "Enabled"}]},
               "list_certificates": {"CertificatesInfo": []}},
        bad={"describe_ldaps_settings": {"LDAPSSettingsInfo": [{"LDAPSStatus": "EnableFailed"}]}},
        always={"register_certificate": ClientError("CertificateAlreadyExistsException")},
        make=("ds", "enable_ldaps", {"DirectoryId": D, "Type": "Client"}),
        drop=("ds", "disable_ldaps"), id=f"{D}/ldaps"),
    "DirectoryRadius": dict(
        family="servers", p={"DirectoryId": D, "RadiusServers": ["10.1.0.5"], "RadiusPort": "1812",
                             "UseSameUsername": "true", "SharedSecretFrom": {"Secret": "radius", "Key": "Password"}},
        absent={"describe_directories": described()},
        there={"describe_directories": described(RadiusStatus="Completed")},
        bad={"describe_directories": described(RadiusStatus="Failed")},
        make=("ds", "enable_radius", {"DirectoryId": D, "RadiusSettings": {
            "RadiusServers": ["10.1.0.5"], "RadiusPort": 1812, "UseSameUsername": True, "SharedSecret": "hunter2-hunter2"}}),
        drop=("ds", "disable_radius"), id=f"{D}/radius"),
    "DirectoryGroup": dict(
        family="users", p={"DirectoryId": D, "SAMAccountName": "Ops", "GroupScope": "Global", "Members": ["amy"]},
        absent={"describe_group": ClientError("ResourceNotFoundException")},
        there={"describe_group": {"DirectoryId": D, "SAMAccountName": "Ops", "SID": "S-1"}},
        always={"enable_directory_data_access": ClientError("DirectoryInDesiredStateException")},
        make=("ds-data", "create_group", {"DirectoryId": D, "SAMAccountName": "Ops", "GroupScope": "Global"}),
        drop=("ds-data", "delete_group"), id=f"{D}/Ops", data={"SID": "S-1"}),
    "DirectoryUser": dict(
        family="users", p={"DirectoryId": D, "SAMAccountName": "amy", "GivenName": "Amy", "Groups": ["Ops"],
                           "PasswordFrom": {"Secret": "amy", "Key": "Password"}},
        absent={"describe_user": ClientError("ResourceNotFoundException")},
        there={"describe_user": {"DirectoryId": D, "SAMAccountName": "amy", "SID": "S-2"}},
        make=("ds-data", "create_user", {"DirectoryId": D, "SAMAccountName": "amy", "GivenName": "Amy"}),
        drop=("ds-data", "delete_user"), id=f"{D}/amy", data={"SID": "S-2"}),
}


def world_of(case, state):
    answers = {k: case[k] for k in ("absent", "there", "pending", "bad", "always") if k in case}
    switches = {}
    if "make" in case:
        switches[case["make"][:2]] = "there"
    if "drop" in case:
        switches[case["drop"][:2]] = "absent"
    return World(state, answers, switches)


def each(*needs):
    """Runs a test for every type that has a case for it."""
    def decorate(test):
        def run_all(self):
            for name, case in CASES.items():
                if all(n in case for n in needs):
                    with self.subTest(type=name):
                        test(self, name.strip(), case)
        return run_all
    return decorate


class EveryType(unittest.TestCase):
    def ends(self, world, status="SUCCESS"):
        self.assertEqual(len(world.sent), 1)
        self.assertEqual(world.sent[0]["Status"], status, world.sent[0].get("Reason"))
        self.assertEqual(world.sent[0]["StackId"], "s")
        text = json.dumps(world.sent[0])
        self.assertLess(len(text), 4096)
        self.assertNotIn("hunter2-hunter2", text)
        return world.sent[0]

    @each("absent", "make")
    def test_what_is_absent_is_made_once(self, name, case):
        world = world_of(case, "absent")
        run(case["family"], name, case["p"], world)
        answer = self.ends(world)
        self.assertEqual(answer["PhysicalResourceId"], case["id"])
        self.assertEqual(answer["Data"], case.get("data", {}))
        self.assertEqual(world.did(case["make"][1]), [case["make"][2]])

    @each("there")
    def test_what_is_there_is_taken(self, name, case):
        world = world_of(case, "there")
        run(case["family"], name, case["p"], world)
        answer = self.ends(world)
        self.assertEqual(answer["PhysicalResourceId"], case["id"])
        self.assertEqual(answer["Data"], case.get("data", {}))
        if "make" in case and case["make"][1] not in ("create_log_subscription",):
            self.assertEqual(world.did(case["make"][1]), [])

    @each("there")
    def test_dropping_waits_until_it_is_gone(self, name, case):
        world = world_of(case, "there")
        run(case["family"], name, case["p"], world, "Delete")
        self.ends(world)
        if "drop" in case:
            self.assertEqual(len(world.did(case["drop"][1])), 1)
            self.assertEqual(world.state, "absent")

    @each("absent")
    def test_dropping_what_is_absent_succeeds(self, name, case):
        world = world_of(case, "absent")
        run(case["family"], name, case["p"], world, "Delete")
        self.ends(world)

    @each("there")
    def test_what_was_never_made_needs_no_dropping(self, name, case):
        world = world_of(case, "there")
        run(case["family"], name, case["p"], world, "Delete", PhysicalResourceId="none")
        self.ends(world)
        self.assertEqual(world.calls, [])

    @each("bad")
    def test_a_bad_state_is_told(self, name, case):
        world = world_of(case, "bad")
        run(case["family"], name, case["p"], world)
        answer = self.ends(world, "FAILED")
        self.assertTrue(answer["Reason"])
        self.assertEqual(answer["PhysicalResourceId"], "none")

    @each("bad", "drop")
    def test_a_bad_state_can_be_dropped(self, name, case):
        world = world_of(case, "bad")
        run(case["family"], name, case["p"], world, "Delete")
        self.ends(world)

    @each("pending")
    def test_what_takes_long_goes_on_in_another_invocation(self, name, case):
        world = world_of(case, "pending")
        event = run(case["family"], name, case["p"], world)
        self.assertEqual(world.sent, [])
        (again,) = world.did("invoke")
        self.assertEqual(again["InvocationType"], "Event")
        self.assertEqual(json.loads(again["Payload"])["HadUntil"], event["HadUntil"])

    @each("pending")
    def test_and_ends_before_the_stack_gives_up(self, name, case):
        world = world_of(case, "pending")
        run(case["family"], name, case["p"], world, HadUntil=world.now + 100)
        self.assertIn("not done in time", self.ends(world, "FAILED")["Reason"])

    def test_a_busy_directory_is_waited_for(self):
        case = CASES["Trust"]
        world = world_of(case, "absent")
        tries = []

        def create(args):
            tries.append(args)
            if len(tries) < 3:
                raise ClientError("DirectoryUnavailableException")
            world.state = "there"
            return {}
        world.switches.clear()
        world.answers["always"] = {"create_trust": create}
        run("trust", "Trust", case["p"], world)
        self.ends(world)
        self.assertEqual(len(tries), 3)

    def test_an_error_is_told(self):
        case = CASES["Trust"]
        world = world_of(case, "absent")
        world.switches["ds", "create_trust"] = ClientError("ClientException")
        run("trust", "Trust", case["p"], world)
        self.assertIn("ClientException", self.ends(world, "FAILED")["Reason"])

    def test_trusts_are_verified_again(self):
        case = CASES["Trust"]
        world = world_of(case, "pending")
        world.switches["ds", "verify_trust"] = "there"
        run("trust", "Trust", case["p"], world)
        self.assertEqual(self.ends(world)["PhysicalResourceId"], "t-0123456789")

    def test_an_incoming_trust_is_never_verified_from_here(self):
        case = CASES["Trust"]
        world = World("there", {"there": {"describe_trusts": {"Trusts": [
            {"TrustId": "t-0123456789", "RemoteDomainName": "corp.example.com", "TrustState": "Created"}]}}})
        run("trust", "Trust", {**case["p"], "Direction": "One-Way: Incoming"}, world)
        self.ends(world)
        self.assertEqual(world.did("verify_trust"), [])

    def test_changes_are_made_in_place(self):
        case = CASES["ConditionalForwarder"]
        world = World("old", {
            "old": {"describe_conditional_forwarders": {"ConditionalForwarders": [{"DnsIpAddrs": ["10.1.0.9"]}]}},
            "there": case["there"]}, {("ds", "update_conditional_forwarder"): "there"})
        run("trust", "ConditionalForwarder", case["p"], world, "Update", PhysicalResourceId=case["id"],
            OldResourceProperties={**case["p"], "DnsIpAddresses": ["10.1.0.9"]})
        self.assertEqual(self.ends(world)["PhysicalResourceId"], case["id"])
        self.assertEqual(len(world.did("update_conditional_forwarder")), 1)

    def test_members_follow_the_list(self):
        case = CASES["DirectoryGroup"]
        world = world_of(case, "there")
        run("users", "DirectoryGroup", case["p"], world, "Update", PhysicalResourceId=case["id"],
            OldResourceProperties={**case["p"], "Members": ["bob"]})
        self.ends(world)
        self.assertEqual([a["MemberName"] for a in world.did("add_group_member")], ["amy"])
        self.assertEqual([a["MemberName"] for a in world.did("remove_group_member")], ["bob"])

    def test_routes_that_are_not_ours_stay(self):
        case = CASES["DirectoryRoutes"]
        world = World("there", {"there": {"list_ip_routes": {"IpRoutesInfo": [
            {"CidrIp": c, "IpRouteStatusMsg": "Added"} for c in ("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24")]}}})
        run("directory", "DirectoryRoutes", case["p"], world, "Update", PhysicalResourceId=case["id"],
            OldResourceProperties={**case["p"], "IpRoutes": [{"CidrIp": "198.51.100.0/24"}]})
        self.ends(world)
        self.assertEqual([a["CidrIps"] for a in world.did("remove_ip_routes")], [["198.51.100.0/24"]])

    def test_a_group_that_is_not_synchronized_is_named(self):
        case = CASES["PrincipalLookup"]
        world = World("x", {"x": {"get_group_id": NotFound()}})
        run("lookup", "PrincipalLookup", case["p"], world)
        self.assertIn("A@corp.example.com is not in the identity store", self.ends(world, "FAILED")["Reason"])

    def test_every_class_has_a_case(self):
        for family in FAMILIES:
            for line in (FOLDER / f"{family}.py").read_text().splitlines():
                if line.startswith("class "):
                    self.assertIn(line[6:line.index("(")], CASES)

    def test_sources_stay_small(self):
        core = len((FOLDER / "had_glue.py").read_bytes())
        for family in FAMILIES:
            self.assertLess(core + 2 + len((FOLDER / f"{family}.py").read_bytes()), 8192, family)


if __name__ == "__main__":
    if SESSION is None:
        print("botocore is not installed: calls are not held against the service models", file=sys.stderr)
    unittest.main()
