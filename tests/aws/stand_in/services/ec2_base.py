"""EC2: kinds of objects, how they are found, filtered, tagged and refused."""

import fnmatch
import re
from dataclasses import dataclass, field
from functools import lru_cache

from .. import wire
from ..registry import operation
from ..world import Failure
from . import ram_view


@dataclass(frozen=True)
class Kind:
    name: str  # of the table in the store
    prefix: str  # of ids
    key: str  # member with the id
    ids: str  # parameter of the describing operation with the ids
    rows: str  # member of its answer
    missing: str  # code when there is none of that id
    noun: str
    tag: str = ""  # resource type in TagSpecifications
    filters: dict = field(default_factory=dict)  # filter → path, where the name does not tell it

    def new_id(self, call):
        return f"{self.prefix}-0{call.world.hex(16)}"


KINDS = {}


def kind(name, *more, **named):
    KINDS[name] = Kind(name, *more, **named)
    return KINDS[name]


VPC = kind("vpc", "vpc", "VpcId", "VpcIds", "Vpcs", "InvalidVpcID.NotFound", "vpc ID", "vpc",
           {"cidr": "CidrBlock", "cidr-block-association.cidr-block": "CidrBlockAssociationSet.CidrBlock"})  # fmt: skip
SUBNET = kind("subnet", "subnet", "SubnetId", "SubnetIds", "Subnets", "InvalidSubnetID.NotFound", "subnet ID", "subnet",
              {"cidr": "CidrBlock", "cidrBlock": "CidrBlock", "availabilityZone": "AvailabilityZone",
               "defaultForAz": "DefaultForAz"})  # fmt: skip
TABLE = kind("route-table", "rtb", "RouteTableId", "RouteTableIds", "RouteTables", "InvalidRouteTableID.NotFound",
             "routeTable ID", "route-table",
             {"association.main": "Associations.Main", "association.subnet-id": "Associations.SubnetId",
              "association.gateway-id": "Associations.GatewayId",
              "association.route-table-association-id": "Associations.RouteTableAssociationId",
              "association.route-table-id": "Associations.RouteTableId",
              "route.transit-gateway-id": "Routes.TransitGatewayId", "route.gateway-id": "Routes.GatewayId",
              "route.destination-cidr-block": "Routes.DestinationCidrBlock", "route.state": "Routes.State"})  # fmt: skip
IGW = kind("internet-gateway", "igw", "InternetGatewayId", "InternetGatewayIds", "InternetGateways",
           "InvalidInternetGatewayID.NotFound", "internetGateway ID", "internet-gateway",
           {"attachment.vpc-id": "Attachments.VpcId", "attachment.state": "Attachments.State"})  # fmt: skip
EIGW = kind("egress-gateway", "eigw", "EgressOnlyInternetGatewayId", "EgressOnlyInternetGatewayIds",
            "EgressOnlyInternetGateways", "InvalidGatewayID.NotFound", "egress-only internet gateway ID",
            "egress-only-internet-gateway")  # fmt: skip
NAT = kind("nat-gateway", "nat", "NatGatewayId", "NatGatewayIds", "NatGateways", "NatGatewayNotFound",
           "NAT gateway ID", "natgateway")  # fmt: skip
ADDRESS = kind("address", "eipalloc", "AllocationId", "AllocationIds", "Addresses", "InvalidAllocationID.NotFound",
               "allocation ID", "elastic-ip")  # fmt: skip
NACL = kind("network-acl", "acl", "NetworkAclId", "NetworkAclIds", "NetworkAcls", "InvalidNetworkAclID.NotFound",
            "networkAcl ID", "network-acl",
            {"association.association-id": "Associations.NetworkAclAssociationId",
             "association.network-acl-id": "Associations.NetworkAclId", "default": "IsDefault",
             "association.subnet-id": "Associations.SubnetId"})  # fmt: skip
GROUP = kind("security-group", "sg", "GroupId", "GroupIds", "SecurityGroups", "InvalidGroup.NotFound",
             "security group", "security-group")  # fmt: skip
RULE = kind("security-group-rule", "sgr", "SecurityGroupRuleId", "SecurityGroupRuleIds", "SecurityGroupRules",
            "InvalidSecurityGroupRuleId.NotFound", "security group rule ID", "security-group-rule")  # fmt: skip
DHCP = kind("dhcp-options", "dopt", "DhcpOptionsId", "DhcpOptionsIds", "DhcpOptions", "InvalidDhcpOptionID.NotFound",
            "dhcpOption ID", "dhcp-options",
            {"key": "DhcpConfigurations.Key", "value": "DhcpConfigurations.Values.Value"})  # fmt: skip
CGW = kind("customer-gateway", "cgw", "CustomerGatewayId", "CustomerGatewayIds", "CustomerGateways",
           "InvalidCustomerGatewayID.NotFound", "customerGateway ID", "customer-gateway")  # fmt: skip
VPN = kind("vpn-connection", "vpn", "VpnConnectionId", "VpnConnectionIds", "VpnConnections",
           "InvalidVpnConnectionID.NotFound", "vpnConnection ID", "vpn-connection",
           {"route.destination-cidr-block": "Routes.DestinationCidrBlock"})  # fmt: skip
TGW = kind("tgw", "tgw", "TransitGatewayId", "TransitGatewayIds", "TransitGateways",
           "InvalidTransitGatewayID.NotFound", "transit gateway", "transit-gateway",
           {f"options.{k}": "Options." + v for k, v in {
               "propagation-default-route-table-id": "PropagationDefaultRouteTableId",
               "amazon-side-asn": "AmazonSideAsn"}.items()})  # fmt: skip
ATTACHMENT = kind("tgw-attachment", "tgw-attach", "TransitGatewayAttachmentId", "TransitGatewayAttachmentIds",
                  "TransitGatewayVpcAttachments", "InvalidTransitGatewayAttachmentID.NotFound",
                  "transit gateway attachment", "transit-gateway-attachment",
                  {"association.state": "Association.State",
                   "association.transit-gateway-route-table-id": "Association.TransitGatewayRouteTableId"})  # fmt: skip
TGW_TABLE = kind("tgw-route-table", "tgw-rtb", "TransitGatewayRouteTableId", "TransitGatewayRouteTableIds",
                 "TransitGatewayRouteTables", "InvalidRouteTableID.NotFound", "transit gateway route table",
                 "transit-gateway-route-table")  # fmt: skip
PREFIXES = kind("prefix-list", "pl", "PrefixListId", "PrefixListIds", "PrefixLists", "InvalidPrefixListID.NotFound",
                "prefix list ID", "prefix-list")  # fmt: skip
ENI = kind("network-interface", "eni", "NetworkInterfaceId", "NetworkInterfaceIds", "NetworkInterfaces",
           "InvalidNetworkInterfaceID.NotFound", "networkInterface ID", "network-interface",
           {"group-id": "Groups.GroupId", "group-name": "Groups.GroupName",
            "addresses.private-ip-address": "PrivateIpAddresses.PrivateIpAddress",
            "attachment.instance-owner-id": "Attachment.InstanceOwnerId"})  # fmt: skip
INSTANCE = kind("instance", "i", "InstanceId", "InstanceIds", "Instances", "InvalidInstanceID.NotFound",
                "instance ID", "instance",
                {"instance-state-name": "State.Name", "instance-state-code": "State.Code",
                 "availability-zone": "Placement.AvailabilityZone", "instance.group-id": "SecurityGroups.GroupId",
                 "iam-instance-profile.arn": "IamInstanceProfile.Arn"})  # fmt: skip
VOLUME = kind("volume", "vol", "VolumeId", "VolumeIds", "Volumes", "InvalidVolume.NotFound", "volume", "volume",
              {"status": "State", "attachment.instance-id": "Attachments.InstanceId",
               "attachment.device": "Attachments.Device", "attachment.status": "Attachments.State"})  # fmt: skip
PROFILE = kind("profile-association", "iip-assoc", "AssociationId", "AssociationIds",
               "IamInstanceProfileAssociations", "NoSuchAssociation", "association ID")  # fmt: skip
FLOW = kind("flow-log", "fl", "FlowLogId", "FlowLogIds", "FlowLogs", "InvalidFlowLogId.NotFound", "flow log ID",
            "vpc-flow-log")  # fmt: skip
ENDPOINT = kind("vpc-endpoint", "vpce", "VpcEndpointId", "VpcEndpointIds", "VpcEndpoints",
                "InvalidVpcEndpointId.NotFound", "Vpc Endpoint Id", "vpc-endpoint",
                {"vpc-endpoint-state": "State"})  # fmt: skip
PEERING = kind("vpc-peering", "pcx", "VpcPeeringConnectionId", "VpcPeeringConnectionIds", "VpcPeeringConnections",
               "InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection ID", "vpc-peering-connection",
               {"status-code": "Status.Code"})  # fmt: skip

BY_PREFIX = {k.prefix: k for k in KINDS.values()}
SHARED = {"tgw", "subnet", "prefix-list", "vpc", "route-table", "network-acl"}


def ec2(name, does="", **more):
    return operation("ec2", name, does, **more)


def missing(kind, name):
    return Failure(kind.missing, f"The {kind.noun} '{name}' does not exist")


def own(call, kind, name):
    """An object of this account; the error of AWS if there is none."""
    found = call.get(kind.name, name)
    if found is None or found.get("_gone"):
        raise missing(kind, name)
    return found


def shared(call, kind):
    """What others share with this account; the VPCs of shared subnets, too, and their tables and lists: VPC user guide,
    "Share your VPC subnets with other accounts"."""
    if kind.name in ("vpc", "route-table", "network-acl"):
        subnets = [(o, s) for o, s in ram_view.shared_with(call, "ec2.subnet")]
        vpcs = {(o, s["VpcId"]) for o, s in subnets}
        names = {s["SubnetId"] for _, s in subnets}
        for owner in {o for o, _ in vpcs}:
            for value in call.world.table(owner, call.region, f"ec2.{kind.name}").values():
                if kind.name == "vpc" and (owner, value["VpcId"]) in vpcs:
                    yield value
                elif kind.name != "vpc" and any(a.get("SubnetId") in names for a in value["Associations"]):
                    yield value
        return
    for _, value in ram_view.shared_with(call, f"ec2.{kind.name}"):
        yield value


def reach(call, kind, name):
    """An object of this account or one that is shared with it."""
    found = call.get(kind.name, name)
    if found is not None and not found.get("_gone"):
        return found
    for found in shared(call, kind):
        if found[kind.key] == name and call.sees(found):
            return found
    raise missing(kind, name)


def visible(call, kind):
    rows = [r for r in call.rows(kind.name) if not r.get("_gone")]
    if kind.name in SHARED:
        rows += [f for f in shared(call, kind) if call.sees(f)]
    return rows


def tags_of(p, *types):
    """Tags of TagSpecifications for the first of the types; a type that is not made by the call is refused."""
    tags = []
    for spec in p.get("TagSpecifications", p.get("TagSpecification", [])) or []:
        if spec.get("ResourceType") not in types:
            raise Failure("InvalidParameterValue", f"'{spec.get('ResourceType')}' is not a valid taggable resource "
                          f"type for this operation.")  # fmt: skip
        if spec.get("ResourceType") == types[0]:
            tags += spec.get("Tags", [])
    check_tags(tags)
    return [{"Key": t["Key"], "Value": t.get("Value", "")} for t in tags]


def check_tags(tags):
    names = [t.get("Key", "") for t in tags]
    if len(set(names)) != len(names):
        raise Failure("InvalidParameterValue", "Duplicate tag keys found.")
    if len(tags) > 50:
        raise Failure("TagLimitExceeded", "More than 50 tags are specified.")
    for tag in tags:
        if tag.get("Key", "").lower().startswith("aws:"):
            raise Failure("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
        if not 1 <= len(tag.get("Key", "")) <= 127 or len(tag.get("Value") or "") > 256:
            raise Failure("InvalidParameterValue", "Tag keys have 1 to 127 characters, values at most 256.")


def new(call, kind, value, p=None, *types):
    """Stores a new object with its id and tags."""
    name = kind.new_id(call)
    value[kind.key] = name
    if p is not None:
        value["Tags"] = tags_of(p, *(types or (kind.tag,)))
    call.put(kind.name, name, value)
    return value


MISMATCH = Failure("IdempotentParameterMismatch", "The request uses the same client token as a previous, but non-identical "
                   "request. Do not reuse a client token with different requests, unless the requests are identical")  # fmt: skip


def once(call, p, make):
    """EC2's ClientToken: developer guide, "Ensuring idempotency in Amazon EC2 API requests"."""
    return call.once(p.get("ClientToken"), p, make, MISMATCH)


# ---- filters ----
@lru_cache(maxsize=None)
def _known_filters(operation_name):
    """The names that the model's documentation of `Filters` lists."""
    members = wire.operation_model("ec2", operation_name).input_shape.members
    member = members.get("Filters") or members.get("Filter")
    return frozenset(re.findall(r"<code>([a-z][\w.:<>-]*)</code>\s*(?:-|:|–)", member.documentation or ""))


@lru_cache(maxsize=None)
def _path(operation_name, kind_name, filter_name):
    kind = KINDS.get(kind_name)
    text = kind.filters.get(filter_name) if kind else None
    if text:
        return tuple(text.split("."))
    shape = wire.operation_model("ec2", operation_name).output_shape
    shape = next(m for n, m in shape.members.items() if m.type_name == "list").member
    if "Instances" in shape.members:
        shape = shape.members["Instances"].member
    path = []
    for part in filter_name.split("."):
        while shape.type_name == "list":
            shape = shape.member
        if shape.type_name != "structure":
            return None
        plain = part.replace("-", "").lower()
        for name in shape.members:
            if name.lower() in (plain, plain + "s", plain + "set"):
                break
        else:
            return None
        path.append(name)
        shape = shape.members[name]
    return tuple(path)


def values_at(value, path):
    if isinstance(value, list):
        for item in value:
            yield from values_at(item, path)
    elif not path:
        if value is not None and not isinstance(value, dict):
            yield str(value).lower() if isinstance(value, bool) else str(value)
    elif isinstance(value, dict) and value.get(path[0]) is not None:
        yield from values_at(value[path[0]], path[1:])


def matches(pattern, texts):
    escaped = pattern.replace("[", "[[]")
    return any(fnmatch.fnmatchcase(t, escaped) for t in texts)


def tags_seen(call, value):
    """Tags are those of the account and Region that read: what one writes on a shared object is not seen by others."""
    by = value.get("_tags_by")
    if by is not None:
        return by.get(f"{call.account} {call.region}", [])
    owner = value.get("OwnerId")
    return value.get("Tags", []) if owner in (None, call.account) else []


def select(call, kind_name, rows, filters):
    for f in filters or []:
        name, wanted = f.get("Name", ""), f.get("Values") or []
        known = _known_filters(call.operation)
        is_tag = name.startswith("tag:") or name in ("tag-key", "tag-value")
        if not is_tag and name not in known:
            raise Failure("InvalidParameterValue", f"The filter '{name}' is invalid")
        if not wanted:
            raise Failure("InvalidParameterValue", f"The filter '{name}' has no values")
        if name.startswith("tag:"):
            texts = lambda r: [t["Value"] for t in tags_seen(call, r) if t["Key"] == name[4:]]  # noqa: E731
        elif name == "tag-key":
            texts = lambda r: [t["Key"] for t in tags_seen(call, r)]  # noqa: E731
        else:
            path = _path(call.operation, kind_name, name)
            if path is None:
                raise Failure("NotImplemented", f"The stand-in has no filter {name} of {call.operation}.", 501)
            texts = lambda r: list(values_at(r, path))  # noqa: E731
        rows = [r for r in rows if any(matches(w, texts(r)) for w in wanted)]
    return rows


def shown(call, value):
    """An object as an answer has it: with the tags that this account sees."""
    return {**value, "Tags": tags_seen(call, value)}


def find(call, p, kind, rows=None, known=None):
    """Rows of a describing operation: by ids (each must exist), by filters."""
    rows = visible(call, kind) if rows is None else rows
    ids = p.get(kind.ids) or p.get(kind.key + "s") or []
    if ids:
        by_id = {r[kind.key]: r for r in rows}
        for name in ids:
            if name not in by_id:
                raise missing(kind, name)
        rows = [by_id[name] for name in dict.fromkeys(ids)]
    return [shown(call, r) for r in select(call, kind.name, rows, p.get("Filters") or p.get("Filter"))]


def describes(name, kind, does="by ids and by every filter that the model documents; shared objects, too"):
    """A describing operation as a row."""

    @ec2(name, does)
    def run(call, p):
        return {kind.rows: find(call, p, kind)}

    return run


# ---- tags ----
def taggable(call, name):
    prefix = name.rsplit("-", 1)[0]
    kind = BY_PREFIX.get(prefix)
    if kind is None:
        raise Failure("InvalidID", f"The ID '{name}' is not valid")
    if kind is ATTACHMENT:
        from .ec2_transit import attachment

        return kind, attachment(call, name)
    return kind, reach(call, kind, name)


def _written(call, value):
    if value.get("_tags_by") is not None:
        return value["_tags_by"].setdefault(f"{call.account} {call.region}", [])
    if value.get("OwnerId") not in (None, call.account):
        raise Failure("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)
    return value.setdefault("Tags", [])


@ec2("CreateTags", "adds and replaces; 50 tags at most; on a shared object they are this account's own")
def create_tags(call, p):
    check_tags(p["Tags"])
    found = [taggable(call, name)[1] for name in p["Resources"]]
    for value in found:
        tags = _written(call, value)
        wanted = {t["Key"]: t.get("Value", "") for t in p["Tags"]}
        if len({t["Key"] for t in tags} | set(wanted)) > 50:
            raise Failure("TagLimitExceeded", "A resource has at most 50 tags.")
        kept = [t for t in tags if t["Key"] not in wanted]
        tags[:] = kept + [{"Key": k, "Value": v} for k, v in wanted.items()]
    return {}


@ec2("DeleteTags", "by key, or by key and value")
def delete_tags(call, p):
    for name in p["Resources"]:
        tags = _written(call, taggable(call, name)[1])
        if not p.get("Tags"):
            tags.clear()
        for tag in p.get("Tags", []):
            tags[:] = [t for t in tags if t["Key"] != tag["Key"] or ("Value" in tag and t["Value"] != tag["Value"])]
    return {}


@ec2("DescribeTags", "of this account's objects of every kind")
def describe_tags(call, p):
    rows = []
    for kind in KINDS.values():
        if not kind.tag:
            continue
        for value in call.rows(kind.name):
            for tag in tags_seen(call, value):
                rows.append({"Key": tag["Key"], "Value": tag["Value"], "ResourceId": value[kind.key],
                             "ResourceType": kind.tag})  # fmt: skip
    for f in p.get("Filters", []):
        member = {"key": "Key", "value": "Value", "resource-id": "ResourceId", "resource-type": "ResourceType"}.get(f["Name"])
        if f["Name"].startswith("tag:"):
            rows = [r for r in rows if r["Key"] == f["Name"][4:] and matches_any(f["Values"], r["Value"])]
        elif member:
            rows = [r for r in rows if matches_any(f["Values"], r[member])]
        else:
            raise Failure("InvalidParameterValue", f"The filter '{f['Name']}' is invalid")
    return {"Tags": rows}


def matches_any(patterns, text):
    return any(matches(p, [text]) for p in patterns)
