"""EC2: transit gateways, their attachments of every kind, tables, routes; customer gateways and VPNs."""

import ipaddress

from ..registry import hook
from ..world import Failure
from .ec2_base import (
    ATTACHMENT, CGW, PREFIXES, SUBNET, TGW, TGW_TABLE, VPC, VPN, describes, ec2, find, missing, new, own, reach, select,
    shown, tags_of,
)  # fmt: skip
from .ec2_network import network

LIVE = ("available", "modifying", "pending", "pendingAcceptance", "initiating", "initiatingRequest")


# ---- gateways ----
@ec2("CreateTransitGateway", "pending for a minute or two; makes its default table; no token: twice makes two; quota")
def create_tgw(call, p):
    call.limit("ec2.tgws", sum(not t.get("_gone") and t["State"] != "deleted" for t in call.table("tgw").values()),
               "TransitGatewayLimitExceeded")  # fmt: skip
    o = p.get("Options", {})
    asn = o.get("AmazonSideAsn", 64512)
    if not (64512 <= asn <= 65534 or 4200000000 <= asn <= 4294967294):
        raise Failure("InvalidParameterValue", f"The ASN {asn} is not a private one.")
    options = {"AmazonSideAsn": asn, "AutoAcceptSharedAttachments": o.get("AutoAcceptSharedAttachments", "disable"),
               "DefaultRouteTableAssociation": o.get("DefaultRouteTableAssociation", "enable"),
               "DefaultRouteTablePropagation": o.get("DefaultRouteTablePropagation", "enable"),
               "VpnEcmpSupport": o.get("VpnEcmpSupport", "enable"), "DnsSupport": o.get("DnsSupport", "enable"),
               "SecurityGroupReferencingSupport": o.get("SecurityGroupReferencingSupport", "disable"),
               "MulticastSupport": o.get("MulticastSupport", "disable")}  # fmt: skip
    if o.get("TransitGatewayCidrBlocks"):
        options["TransitGatewayCidrBlocks"] = [str(network(b)) for b in o["TransitGatewayCidrBlocks"]]
    value = new(call, TGW, {"State": "pending", "OwnerId": call.account, "Description": p.get("Description", ""),
                            "CreationTime": call.now, "Options": options, "_tags_by": {}})  # fmt: skip
    name = value["TransitGatewayId"]
    value["_tags_by"][f"{call.account} {call.region}"] = tags_of(p, TGW.tag)
    value["TransitGatewayArn"] = call.arn("ec2", f"transit-gateway/{name}")
    if "enable" in (options["DefaultRouteTableAssociation"], options["DefaultRouteTablePropagation"]):
        table = _table(call, name, default=True)["TransitGatewayRouteTableId"]
        if options["DefaultRouteTableAssociation"] == "enable":
            options["AssociationDefaultRouteTableId"] = table
        if options["DefaultRouteTablePropagation"] == "enable":
            options["PropagationDefaultRouteTableId"] = table
    call.later("tgw", name, "ec2.tgw", {"State": "available"}, bad={"State": "deleted"})
    return {"TransitGateway": shown(call, value)}


describes("DescribeTransitGateways", TGW, "own ones and those shared by RAM; a deleted one is seen for an hour")


def ready(value, kind):
    if value["State"] != "available":
        raise Failure("IncorrectState", f"{value[kind.key]} is in invalid state {value['State']}.")
    return value


@ec2("ModifyTransitGateway", "options, not the ASN while attachments are there")
def modify_tgw(call, p):
    value = ready(own(call, TGW, p["TransitGatewayId"]), TGW)
    o = dict(p.get("Options", {}))
    if "AmazonSideAsn" in o and any(True for _ in _of_gateway(call, p["TransitGatewayId"])):
        raise Failure("IncorrectState", "The ASN cannot be changed while the gateway has attachments.")
    blocks = set(value["Options"].get("TransitGatewayCidrBlocks", []))
    blocks |= set(o.pop("AddTransitGatewayCidrBlocks", []))
    blocks -= set(o.pop("RemoveTransitGatewayCidrBlocks", []))
    if blocks:
        value["Options"]["TransitGatewayCidrBlocks"] = sorted(blocks)
    for side in ("Association", "Propagation"):
        name = o.get(f"{side}DefaultRouteTableId")
        if name:
            own(call, TGW_TABLE, name)
            value["Options"][f"DefaultRouteTable{side}"] = "enable"
    if "EncryptionSupport" in o:
        o["EncryptionSupport"] = {"EncryptionState": "enabled" if o["EncryptionSupport"] == "enable" else "disabled"}
    value["Options"].update(o)
    for side in ("Association", "Propagation"):
        if value["Options"][f"DefaultRouteTable{side}"] == "disable":
            value["Options"].pop(f"{side}DefaultRouteTableId", None)
    value["Description"] = p.get("Description", value["Description"])
    value["State"] = "modifying"
    answer = shown(call, value)
    call.later("tgw", p["TransitGatewayId"], "ec2.tgw-route", {"State": "available"})
    return {"TransitGateway": answer}


@ec2("DeleteTransitGateway", "IncorrectState while anything is attached; deleting, then deleted")
def delete_tgw(call, p):
    name = p["TransitGatewayId"]
    value = own(call, TGW, name)
    if value["State"] not in ("available", "modifying"):
        raise Failure("IncorrectState", f"{name} is in invalid state {value['State']}.")
    for other in _of_gateway(call, name):
        raise Failure("IncorrectState", f"{name} has non-deleted Transit Gateway Attachments: {other['TransitGatewayAttachmentId']}.")
    for table in call.table("tgw-route-table").values():
        if table["TransitGatewayId"] == name and not table["DefaultAssociationRouteTable"] and not table["DefaultPropagationRouteTable"]:
            if table["State"] != "deleted":
                raise Failure("IncorrectState", f"{name} has non-deleted route tables.")
    value["State"] = "deleting"
    call.later("tgw", name, "ec2.tgw.delete", {"State": "deleted"}, hook="tgw_deleted")
    call.later("tgw", name, "ec2.tgw.gone", None)
    return {"TransitGateway": shown(call, value)}


@hook
def tgw_deleted(world, place, value):
    account, region, _, name = place
    tables = world.table(account, region, "ec2.tgw-route-table")
    for key in [k for k, t in tables.items() if t["TransitGatewayId"] == name]:
        del tables[key]


# ---- attachments ----
# One object for both sides, in the store of the gateway's owner; a peering has one object for both gateways.
def _mine(call, value):
    return [call.account, call.region] in value["_sides"]


def attachments(call):
    for _, _, _, value in call.world.everywhere("ec2.tgw-attachment"):
        if _mine(call, value) and call.sees(value):
            yield value


def attachment(call, name):
    for value in attachments(call):
        if value["TransitGatewayAttachmentId"] == name:
            return value
    raise missing(ATTACHMENT, name)


def _of_gateway(call, name):
    """Attachments that keep a gateway from being deleted."""
    for _, _, _, value in call.world.everywhere("ec2.tgw-attachment"):
        gateways = (value["TransitGatewayId"], value.get("AccepterTgwInfo", {}).get("TransitGatewayId"))
        if name in gateways and value["State"] in LIVE + ("deleting",):
            yield value


def place_of(value):
    return [*value["_home"], "ec2.tgw-attachment", value["TransitGatewayAttachmentId"]]


def attach(call, gateway, what, state, delay, tags=None, good="available", sides=()):
    """An attachment of any kind; `gateway` is the transit gateway."""
    home = (gateway["OwnerId"], call.region)
    name = ATTACHMENT.new_id(call)
    value = {
        "TransitGatewayAttachmentId": name, "TransitGatewayId": gateway["TransitGatewayId"], "State": state,
        "TransitGatewayOwnerId": gateway["OwnerId"], "CreationTime": call.now, "_home": list(home),
        "_sides": [list(home), *map(list, sides)], "_tags_by": {f"{call.account} {call.region}": tags or []}, **what,
    }  # fmt: skip
    call.at(*home).put("tgw-attachment", name, value)
    if delay:
        changes = {"State": good}
        bad = {"State": "failed"}
        call.world.later(place_of(value), call.world.delay(delay), bad if call.half else changes, "attachment_ready")
    return value


@hook
def attachment_ready(world, place, value):
    """The default table of the gateway takes a new attachment, if it is set so."""
    if value["State"] != "available" or value.get("_defaults_done") or value["ResourceType"] == "peering":
        return
    value["_defaults_done"] = True
    account, region, _, _ = place
    gateway = world.find((account, region, "ec2.tgw", value["TransitGatewayId"]))
    options = gateway["Options"]
    tables = world.table(account, region, "ec2.tgw-route-table")
    name = value["TransitGatewayAttachmentId"]
    if options.get("AssociationDefaultRouteTableId") in tables:
        tables[options["AssociationDefaultRouteTableId"]]["_associations"][name] = "associated"
        value["Association"] = {"TransitGatewayRouteTableId": options["AssociationDefaultRouteTableId"], "State": "associated"}
    if options.get("PropagationDefaultRouteTableId") in tables:
        tables[options["PropagationDefaultRouteTableId"]]["_propagations"][name] = "enabled"


def vpc_options(o, known=None):
    names = {"DnsSupport": "enable", "SecurityGroupReferencingSupport": "enable", "Ipv6Support": "disable",
             "ApplianceModeSupport": "disable"}  # fmt: skip
    return {k: o.get(k, (known or {}).get(k, d)) for k, d in names.items()}


def _subnets(call, vpc, names):
    zones = {}
    for name in names:
        subnet = reach(call, SUBNET, name)
        if subnet["VpcId"] != vpc:
            raise Failure("InvalidParameterValue", f"Subnet {name} is not in {vpc}.")
        if subnet["AvailabilityZone"] in zones:
            raise Failure("DuplicateSubnetsInSameZone", f"Duplicate Subnets for same AZ: {name}, {zones[subnet['AvailabilityZone']]}")
        zones[subnet["AvailabilityZone"]] = name
    return zones


@ec2("CreateTransitGatewayVpcAttachment", "pending, or pendingAcceptance across accounts; one per VPC and gateway; interfaces in the subnets")
def create_vpc_attachment(call, p):
    gateway = ready(reach(call, TGW, p["TransitGatewayId"]), TGW)
    vpc = own(call, VPC, p["VpcId"])
    if vpc["State"] != "available":
        raise Failure("IncorrectState", f"{p['VpcId']} is in invalid state {vpc['State']}.")
    _subnets(call, p["VpcId"], p["SubnetIds"])
    for _, _, _, other in call.world.everywhere("ec2.tgw-attachment"):
        if (other["TransitGatewayId"], other.get("VpcId")) == (p["TransitGatewayId"], p["VpcId"]) and other["State"] in LIVE + ("deleting",):
            raise Failure("DuplicateTransitGatewayAttachment", f"{p['TransitGatewayId']} has non-deleted Transit Gateway Attachments with same VPC ID.")
    call.limit("ec2.tgw-attachments", sum(1 for _ in _of_gateway(call, p["TransitGatewayId"])), "TransitGatewayAttachmentLimitExceeded")
    accept = gateway["OwnerId"] != call.account and gateway["Options"]["AutoAcceptSharedAttachments"] != "enable"
    value = attach(call, gateway, {
        "ResourceType": "vpc", "ResourceId": p["VpcId"], "ResourceOwnerId": call.account, "VpcId": p["VpcId"],
        "VpcOwnerId": call.account, "SubnetIds": list(p["SubnetIds"]), "Options": vpc_options(p.get("Options", {})),
    }, "pendingAcceptance" if accept else "pending", None if accept else "ec2.tgw-attachment",
        tags_of(p, ATTACHMENT.tag), sides=[(call.account, call.region)])  # fmt: skip
    interfaces(call, value, p["SubnetIds"])
    return {"TransitGatewayVpcAttachment": shown(call, value)}


def interfaces(call, value, subnets):
    from .ec2_compute import interface

    for name in subnets:
        interface(call, reach(call, SUBNET, name), [], f"Network Interface for Transit Gateway Attachment {value['TransitGatewayAttachmentId']}",
                  "transit_gateway")  # fmt: skip


def _drop_interfaces(world, value, subnets=None):
    text = f"Network Interface for Transit Gateway Attachment {value['TransitGatewayAttachmentId']}"
    for account, region, name, eni in list(world.everywhere("ec2.network-interface")):
        if eni["Description"] == text and (subnets is None or eni["SubnetId"] in subnets):
            del world.table(account, region, "ec2.network-interface")[name]


@ec2("AcceptTransitGatewayVpcAttachment", "only by the gateway's owner, only while pendingAcceptance")
def accept_vpc_attachment(call, p):
    value = _vpc_attachment(call, p, hub=True)
    if value["State"] != "pendingAcceptance":
        raise Failure("IncorrectState", f"{p['TransitGatewayAttachmentId']} is in invalid state {value['State']}.")
    value["State"] = "pending"
    call.world.later(place_of(value), call.world.delay("ec2.tgw-attachment"), {"State": "available"}, "attachment_ready")
    return {"TransitGatewayVpcAttachment": shown(call, value)}


@ec2("RejectTransitGatewayVpcAttachment", "only by the gateway's owner, only while pendingAcceptance")
def reject_vpc_attachment(call, p):
    value = _vpc_attachment(call, p, hub=True)
    if value["State"] != "pendingAcceptance":
        raise Failure("IncorrectState", f"{p['TransitGatewayAttachmentId']} is in invalid state {value['State']}.")
    value["State"] = "rejected"
    _drop_interfaces(call.world, value)
    return {"TransitGatewayVpcAttachment": shown(call, value)}


def _vpc_attachment(call, p, hub=False):
    value = attachment(call, p["TransitGatewayAttachmentId"])
    if value["ResourceType"] != "vpc" or hub and value["TransitGatewayOwnerId"] != call.account:
        raise missing(ATTACHMENT, p["TransitGatewayAttachmentId"])
    return value


@ec2("ModifyTransitGatewayVpcAttachment", "only by the VPC's owner, only while available; modifying first")
def modify_vpc_attachment(call, p):
    value = _vpc_attachment(call, p)
    if value["VpcOwnerId"] != call.account:
        raise Failure("UnauthorizedOperation", "The VPC belongs to another account.", 403)
    ready(value, ATTACHMENT)
    kept = [s for s in value["SubnetIds"] if s not in p.get("RemoveSubnetIds", [])] + p.get("AddSubnetIds", [])
    if not kept:
        raise Failure("InvalidParameterValue", "An attachment has at least one subnet.")
    _subnets(call, value["VpcId"], kept)
    _drop_interfaces(call.world, value, p.get("RemoveSubnetIds", []))
    interfaces(call, value, p.get("AddSubnetIds", []))
    value.update(SubnetIds=kept, Options=vpc_options(p.get("Options", {}), value["Options"]), State="modifying")
    answer = shown(call, value)
    call.world.later(place_of(value), call.world.delay("ec2.tgw-association"), {"State": "available"})
    return {"TransitGatewayVpcAttachment": answer}


def begin_deletion(world, value):
    value["State"] = "deleting"
    for _, _, _, table in world.everywhere("ec2.tgw-route-table"):
        table["_propagations"].pop(value["TransitGatewayAttachmentId"], None)
        table["_associations"].pop(value["TransitGatewayAttachmentId"], None)
    value.pop("Association", None)
    world.forget(place_of(value))
    world.later(place_of(value), world.delay("ec2.tgw-attachment.delete"), {"State": "deleted"}, "attachment_deleted")
    world.later(place_of(value), world.delay("ec2.tgw-attachment.gone"), None)


@hook
def attachment_deleted(world, place, value):
    _drop_interfaces(world, value)
    for _, _, _, table in world.everywhere("ec2.route-table"):
        if table["VpcId"] == value.get("VpcId"):
            for route in table["Routes"]:
                if route.get("TransitGatewayId") == value["TransitGatewayId"]:
                    route["State"] = "blackhole"


@ec2("DeleteTransitGatewayVpcAttachment", "deleting, then deleted and still seen for an hour")
def delete_vpc_attachment(call, p):
    value = _vpc_attachment(call, p)
    if value["State"] not in ("available", "pendingAcceptance", "rejected", "failed", "modifying"):
        raise Failure("IncorrectState", f"{p['TransitGatewayAttachmentId']} is in invalid state {value['State']}.")
    begin_deletion(call.world, value)
    return {"TransitGatewayVpcAttachment": shown(call, value)}


@ec2("DescribeTransitGatewayVpcAttachments", "of gateways and of VPCs of this account")
def describe_vpc_attachments(call, p):
    return {"TransitGatewayVpcAttachments": find(call, p, ATTACHMENT, [a for a in attachments(call) if a["ResourceType"] == "vpc"])}


@ec2("DescribeTransitGatewayAttachments", "VPC, VPN, peering and Direct Connect together, with the association")
def describe_attachments(call, p):
    return {"TransitGatewayAttachments": find(call, p, ATTACHMENT, list(attachments(call)))}


# ---- peering of gateways ----
def _peer(call, value):
    """A peering as one side sees it."""
    return {**shown(call, value), "RequesterTgwInfo": value["RequesterTgwInfo"], "AccepterTgwInfo": value["AccepterTgwInfo"],
            "Status": {"Code": value["State"], "Message": value.get("_why", value["State"])}}  # fmt: skip


@ec2("CreateTransitGatewayPeeringAttachment", "initiatingRequest, then pendingAcceptance on the other side; failed where that gateway does not exist")
def create_peering(call, p):
    gateway = ready(own(call, TGW, p["TransitGatewayId"]), TGW)
    if p["PeerRegion"] == call.region and p["PeerTransitGatewayId"] == p["TransitGatewayId"]:
        raise Failure("InvalidParameterValue", "A gateway is not peered with itself.")
    side = lambda account, region, name: {"OwnerId": account, "Region": region, "TransitGatewayId": name}  # noqa: E731
    peer = call.world.find((p["PeerAccountId"], p["PeerRegion"], "ec2.tgw", p["PeerTransitGatewayId"]))
    for other in _of_gateway(call, p["TransitGatewayId"]):
        if other["ResourceType"] == "peering" and other["ResourceId"] == p["PeerTransitGatewayId"]:
            raise Failure("DuplicateTransitGatewayAttachment", f"{p['TransitGatewayId']} has a non-deleted peering with {p['PeerTransitGatewayId']}.")
    value = attach(call, gateway, {
        "ResourceType": "peering", "ResourceId": p["PeerTransitGatewayId"], "ResourceOwnerId": p["PeerAccountId"],
        "RequesterTgwInfo": side(call.account, call.region, p["TransitGatewayId"]),
        "AccepterTgwInfo": side(p["PeerAccountId"], p["PeerRegion"], p["PeerTransitGatewayId"]),
        "Options": {"DynamicRouting": p.get("Options", {}).get("DynamicRouting", "disable")},
    }, "initiatingRequest", None, tags_of(p, ATTACHMENT.tag),
        sides=[(p["PeerAccountId"], p["PeerRegion"])] if peer else [])  # fmt: skip
    good = {"State": "pendingAcceptance"} if peer else {"State": "failed", "_why": "The peer gateway does not exist."}
    call.world.later(place_of(value), call.world.delay("ec2.tgw-route"), {"State": "failed"} if call.half else good)
    return {"TransitGatewayPeeringAttachment": _peer(call, value)}


def _waiting_peering(call, name):
    """A peering that this account and Region may accept or reject now."""
    value = attachment(call, name)
    info = value.get("AccepterTgwInfo")
    if not info or (info["OwnerId"], info["Region"]) != (call.account, call.region):
        raise missing(ATTACHMENT, name)
    if value["State"] != "pendingAcceptance":
        raise Failure("IncorrectState", f"{name} is in invalid state {value['State']}.")
    return value


@ec2("AcceptTransitGatewayPeeringAttachment", "only in the accepter's account and Region, only while pendingAcceptance")
def accept_peering(call, p):
    value = _waiting_peering(call, p["TransitGatewayAttachmentId"])
    value["State"] = "pending"
    answer = _peer(call, value)
    call.world.later(place_of(value), call.world.delay("ec2.tgw-peering"), {"State": "available"})
    return {"TransitGatewayPeeringAttachment": answer}


@ec2("DescribeTransitGatewayPeeringAttachments", "seen from both sides")
def describe_peerings(call, p):
    rows = [_peer(call, a) for a in attachments(call) if a["ResourceType"] == "peering"]
    found = find(call, p, ATTACHMENT, rows)
    return {"TransitGatewayPeeringAttachments": found}


@ec2("DeleteTransitGatewayPeeringAttachment", "by either side; refused while static routes use it")
def delete_peering(call, p):
    value = attachment(call, p["TransitGatewayAttachmentId"])
    if value["ResourceType"] != "peering":
        raise missing(ATTACHMENT, p["TransitGatewayAttachmentId"])
    if value["State"] not in ("available", "pendingAcceptance", "rejected", "failed"):
        raise Failure("IncorrectState", f"{p['TransitGatewayAttachmentId']} is in invalid state {value['State']}.")
    for _, _, name, table in call.world.everywhere("ec2.tgw-route-table"):
        for cidr, route in table["_static"].items():
            if route.get("attachment") == p["TransitGatewayAttachmentId"]:
                raise Failure("IncorrectState", f"{p['TransitGatewayAttachmentId']} is used by the route {cidr} of {name}.")
    begin_deletion(call.world, value)
    return {"TransitGatewayPeeringAttachment": _peer(call, value)}


# ---- tables ----
def _table(call, gateway, p=None, default=False):
    return new(call, TGW_TABLE, {
        "TransitGatewayId": gateway, "State": "available" if default else "pending", "CreationTime": call.now,
        "DefaultAssociationRouteTable": default, "DefaultPropagationRouteTable": default,
        "_associations": {}, "_propagations": {}, "_static": {}, "_prefix_lists": {},
    }, p)  # fmt: skip


@ec2("CreateTransitGatewayRouteTable", "pending first; no token: twice makes two; quota")
def create_table(call, p):
    ready(own(call, TGW, p["TransitGatewayId"]), TGW)
    count = sum(t["TransitGatewayId"] == p["TransitGatewayId"] for t in call.table("tgw-route-table").values())
    call.limit("ec2.tgw-route-tables", count, "TransitGatewayRouteTableLimitExceeded")
    specs = {"TagSpecifications": p.get("TagSpecifications", [])}
    value = _table(call, p["TransitGatewayId"], specs)
    call.later("tgw-route-table", value["TransitGatewayRouteTableId"], "ec2.tgw-route-table", {"State": "available"},
               bad={"State": "deleted"})  # fmt: skip
    return {"TransitGatewayRouteTable": shown(call, value)}


describes("DescribeTransitGatewayRouteTables", TGW_TABLE)


@ec2("DeleteTransitGatewayRouteTable", "IncorrectState while attachments are associated with it or it is a default")
def delete_table(call, p):
    name = p["TransitGatewayRouteTableId"]
    value = _own_table(call, p)
    if value["_associations"]:
        raise Failure("IncorrectState", f"{name} has non-deleted associations.")
    if value["DefaultAssociationRouteTable"] or value["DefaultPropagationRouteTable"]:
        raise Failure("IncorrectState", f"{name} is the default table of its gateway.")
    value["State"] = "deleting"
    answer = shown(call, value)
    call.later("tgw-route-table", name, "ec2.tgw-route-table", None)
    return {"TransitGatewayRouteTable": answer}


def _own_table(call, p):
    table = own(call, TGW_TABLE, p["TransitGatewayRouteTableId"])
    if table["State"] != "available" and not call.read:
        raise Failure("IncorrectState", f"{p['TransitGatewayRouteTableId']} is in invalid state {table['State']}.")
    return table


def _attached(call, table, name):
    """An attachment of the table's gateway that is available."""
    value = attachment(call, name)
    gateways = (value["TransitGatewayId"], value.get("AccepterTgwInfo", {}).get("TransitGatewayId"))
    if table["TransitGatewayId"] not in gateways:
        raise Failure("InvalidParameterValue", f"{name} and {table['TransitGatewayRouteTableId']} belong to different gateways.")
    if value["State"] not in ("available", "modifying"):
        raise Failure("IncorrectState", f"{name} is in invalid state {value['State']}.")
    return value


def _entry(value, state, **more):
    return {"TransitGatewayAttachmentId": value["TransitGatewayAttachmentId"], "ResourceId": value["ResourceId"],
            "ResourceType": value["ResourceType"], "State": state, **more}  # fmt: skip


@ec2("AssociateTransitGatewayRouteTable", "associating first; one table per attachment: Resource.AlreadyAssociated")
def associate(call, p):
    table = _own_table(call, p)
    value = _attached(call, table, p["TransitGatewayAttachmentId"])
    for other in call.table("tgw-route-table").values():
        if p["TransitGatewayAttachmentId"] in other["_associations"]:
            raise Failure("Resource.AlreadyAssociated", f"Transit Gateway Attachment {p['TransitGatewayAttachmentId']} is already associated to a route table.")
    table["_associations"][p["TransitGatewayAttachmentId"]] = "associating"
    if value["ResourceType"] != "peering":
        value["Association"] = {"TransitGatewayRouteTableId": p["TransitGatewayRouteTableId"], "State": "associating"}
    call.later("tgw-route-table", p["TransitGatewayRouteTableId"], "ec2.tgw-association", {}, hook="tgw_associated")
    return {"Association": _entry(value, "associating", TransitGatewayRouteTableId=p["TransitGatewayRouteTableId"])}


@hook
def tgw_associated(world, place, table):
    for name, state in list(table["_associations"].items()):
        if state == "associating":
            table["_associations"][name] = "associated"
            for _, _, key, value in world.everywhere("ec2.tgw-attachment"):
                if key == name and value.get("Association"):
                    value["Association"] = {**value["Association"], "State": "associated"}


@ec2("DisassociateTransitGatewayRouteTable", "disassociating first; InvalidAssociation.NotFound")
def disassociate(call, p):
    table = _own_table(call, p)
    name = p["TransitGatewayAttachmentId"]
    if name not in table["_associations"]:
        raise Failure("InvalidAssociation.NotFound", f"Transit Gateway Attachment {name} is not associated to {p['TransitGatewayRouteTableId']}.")
    value = attachment(call, name)
    table["_associations"][name] = "disassociating"
    call.later("tgw-route-table", p["TransitGatewayRouteTableId"], "ec2.tgw-association", {}, hook="tgw_disassociated")
    return {"Association": _entry(value, "disassociating", TransitGatewayRouteTableId=p["TransitGatewayRouteTableId"])}


@hook
def tgw_disassociated(world, place, table):
    for name, state in list(table["_associations"].items()):
        if state == "disassociating":
            del table["_associations"][name]
            for _, _, key, value in world.everywhere("ec2.tgw-attachment"):
                if key == name:
                    value.pop("Association", None)


@ec2("EnableTransitGatewayRouteTablePropagation", "enabling first; TransitGatewayRouteTablePropagation.Duplicate; not for a peering")
def enable_propagation(call, p):
    table = _own_table(call, p)
    value = _attached(call, table, p.get("TransitGatewayAttachmentId", ""))
    name = value["TransitGatewayAttachmentId"]
    if value["ResourceType"] == "peering":
        raise Failure("InvalidParameterValue", "Routes are not propagated over a peering.")
    if name in table["_propagations"]:
        raise Failure("TransitGatewayRouteTablePropagation.Duplicate", f"Propagation of {name} to {p['TransitGatewayRouteTableId']} already exists.")
    table["_propagations"][name] = "enabling"
    call.later("tgw-route-table", p["TransitGatewayRouteTableId"], "ec2.tgw-propagation", {}, hook="tgw_propagates")
    return {"Propagation": _entry(value, "enabling", TransitGatewayRouteTableId=p["TransitGatewayRouteTableId"])}


@hook
def tgw_propagates(world, place, table):
    for name, state in list(table["_propagations"].items()):
        if state == "enabling":
            table["_propagations"][name] = "enabled"
        elif state == "disabling":
            del table["_propagations"][name]


@ec2("DisableTransitGatewayRouteTablePropagation", "disabling first; TransitGatewayRouteTablePropagation.NotFound")
def disable_propagation(call, p):
    table = _own_table(call, p)
    name = p.get("TransitGatewayAttachmentId", "")
    if name not in table["_propagations"]:
        raise Failure("TransitGatewayRouteTablePropagation.NotFound", f"Propagation of {name} to {p['TransitGatewayRouteTableId']} does not exist.")
    table["_propagations"][name] = "disabling"
    call.later("tgw-route-table", p["TransitGatewayRouteTableId"], "ec2.tgw-propagation", {}, hook="tgw_propagates")
    return {"Propagation": _entry(attachment(call, name), "disabling", TransitGatewayRouteTableId=p["TransitGatewayRouteTableId"])}


def _listed(call, p, what):
    table = _own_table(call, p)
    rows = []
    for name, state in table[what].items():
        value = call.world.find(place_of(attachment(call, name)))
        rows.append(_entry(value, state))
    return select(call, "", rows, p.get("Filters"))


@ec2("GetTransitGatewayRouteTableAssociations")
def get_associations(call, p):
    """With their states."""
    return {"Associations": _listed(call, p, "_associations")}


@ec2("GetTransitGatewayRouteTablePropagations")
def get_propagations(call, p):
    """With their states."""
    return {"TransitGatewayRouteTablePropagations": _listed(call, p, "_propagations")}


@ec2("GetTransitGatewayAttachmentPropagations")
def get_attachment_propagations(call, p):
    """The tables of this account that an attachment propagates to."""
    attachment(call, p["TransitGatewayAttachmentId"])
    rows = [{"TransitGatewayRouteTableId": n, "State": t["_propagations"][p["TransitGatewayAttachmentId"]]}
            for n, t in call.table("tgw-route-table").items() if p["TransitGatewayAttachmentId"] in t["_propagations"]]  # fmt: skip
    return {"TransitGatewayAttachmentPropagations": select(call, "", rows, p.get("Filters"))}


# ---- routes ----
def _cidr(p):
    return str(network(p["DestinationCidrBlock"]))


def _shown_route(call, table, cidr, route):
    name = route.get("attachment")
    found = {"DestinationCidrBlock": cidr, "Type": route["type"], "State": route["state"], "TransitGatewayAttachments": []}
    if name:
        for _, _, key, value in call.world.everywhere("ec2.tgw-attachment"):
            if key == name:
                found["TransitGatewayAttachments"] = [{k: value[k] for k in ("ResourceId", "TransitGatewayAttachmentId", "ResourceType")}]
                if value["State"] not in ("available", "modifying") and route["state"] == "active":
                    found["State"] = "blackhole"
        if not found["TransitGatewayAttachments"]:
            found["State"] = "blackhole"
    return found


def _set_route(call, p, table):
    if p.get("Blackhole"):
        return {"type": "static", "state": "blackhole"}
    if not p.get("TransitGatewayAttachmentId"):
        raise Failure("MissingParameter", "The request must contain the parameter TransitGatewayAttachmentId or Blackhole")
    value = _attached(call, table, p["TransitGatewayAttachmentId"])
    return {"type": "static", "state": "pending", "attachment": value["TransitGatewayAttachmentId"]}


@ec2("CreateTransitGatewayRoute", "pending first; RouteAlreadyExists; quota")
def create_route(call, p):
    table = _own_table(call, p)
    cidr = _cidr(p)
    if cidr in table["_static"]:
        raise Failure("RouteAlreadyExists", f"Route {cidr} already exists in Transit Gateway Route Table {p['TransitGatewayRouteTableId']}.")
    call.limit("ec2.tgw-routes", len(table["_static"]), "RouteLimitExceeded")
    table["_static"][cidr] = _set_route(call, p, table)
    answer = _shown_route(call, table, cidr, table["_static"][cidr])
    call.later("tgw-route-table", p["TransitGatewayRouteTableId"], "ec2.tgw-route", {}, hook="tgw_routes_active")
    return {"Route": answer}


@hook
def tgw_routes_active(world, place, table):
    for route in list(table["_static"].values()) + list(table["_prefix_lists"].values()):
        if route["state"] == "pending":
            route["state"] = "active"


@ec2("ReplaceTransitGatewayRoute")
def replace_route(call, p):
    """The route must exist."""
    table = _own_table(call, p)
    cidr = _cidr(p)
    if cidr not in table["_static"]:
        raise Failure("InvalidRoute.NotFound", f"Route {cidr} not found in Transit Gateway Route Table {p['TransitGatewayRouteTableId']}.")
    table["_static"][cidr] = _set_route(call, p, table)
    answer = _shown_route(call, table, cidr, table["_static"][cidr])
    call.later("tgw-route-table", p["TransitGatewayRouteTableId"], "ec2.tgw-route", {}, hook="tgw_routes_active")
    return {"Route": answer}


@ec2("DeleteTransitGatewayRoute")
def delete_route(call, p):
    """InvalidRoute.NotFound for one that is not static."""
    table = _own_table(call, p)
    cidr = _cidr(p)
    route = table["_static"].pop(cidr, None)
    if route is None:
        raise Failure("InvalidRoute.NotFound", f"Route {cidr} not found in Transit Gateway Route Table {p['TransitGatewayRouteTableId']}.")
    return {"Route": {**_shown_route(call, table, cidr, route), "State": "deleted"}}


def _propagated(call, table):
    """Routes that attachments announce: the blocks of VPCs, what VPNs and Direct Connect bring."""
    for name, state in table["_propagations"].items():
        if state != "enabled":
            continue
        for account, region, key, value in call.world.everywhere("ec2.tgw-attachment"):
            if key != name or value["State"] not in ("available", "modifying"):
                continue
            if value["ResourceType"] == "vpc":
                vpc = call.world.find((value["VpcOwnerId"], region, "ec2.vpc", value["VpcId"]))
                blocks = [a["CidrBlock"] for a in vpc["CidrBlockAssociationSet"]] if vpc else []
            else:
                blocks = value.get("_announced", [])
            for block in blocks:
                yield block, {"type": "propagated", "state": "active", "attachment": name}


@ec2("SearchTransitGatewayRoutes", "static and propagated ones, by all of its filters; a static one hides a propagated one")
def search_routes(call, p):
    table = _own_table(call, p)
    found = dict(_propagated(call, table))
    found.update(table["_static"])
    rows = [_shown_route(call, table, c, r) for c, r in sorted(found.items())]
    for name, route in table["_prefix_lists"].items():
        rows.append({**_shown_route(call, table, None, route), "PrefixListId": name, "DestinationCidrBlock": None})
    for f in p["Filters"]:
        name, wanted = f["Name"], f["Values"]
        if name.startswith("route-search."):
            how = name.split(".", 1)[1]
            asked = [ipaddress.ip_network(w) for w in wanted]
            test = {
                "exact-match": lambda n, a: n == a, "longest-prefix-match": lambda n, a: a.subnet_of(n),
                "subnet-of-match": lambda n, a: n.subnet_of(a), "supernet-of-match": lambda n, a: n.supernet_of(a),
            }.get(how)  # fmt: skip
            if test is None:
                raise Failure("InvalidParameterValue", f"The filter '{name}' is invalid")
            rows = [r for r in rows if r["DestinationCidrBlock"] and any(test(ipaddress.ip_network(r["DestinationCidrBlock"]), a) for a in asked)]
            if how == "longest-prefix-match" and rows:
                rows = [max(rows, key=lambda r: ipaddress.ip_network(r["DestinationCidrBlock"]).prefixlen)]
        elif name in ("state", "type"):
            rows = [r for r in rows if r[name.capitalize()] in wanted]
        elif name in ("attachment.transit-gateway-attachment-id", "attachment.resource-id", "attachment.resource-type"):
            member = {"id": "TransitGatewayAttachmentId"}.get(name.rsplit("-", 1)[1]) if "attachment-id" in name else None
            member = member or {"attachment.resource-id": "ResourceId", "attachment.resource-type": "ResourceType"}[name]
            rows = [r for r in rows if any(a[member] in wanted for a in r["TransitGatewayAttachments"])]
        elif name == "prefix-list-id":
            rows = [r for r in rows if r.get("PrefixListId") in wanted]
        else:
            raise Failure("InvalidParameterValue", f"The filter '{name}' is invalid")
    most = p.get("MaxResults", 1000)
    return {"Routes": rows[:most], "AdditionalRoutesAvailable": len(rows) > most}


def _reference(call, table, name, route):
    answer = {"TransitGatewayRouteTableId": table["TransitGatewayRouteTableId"], "PrefixListId": name, "State": "available",
              "PrefixListOwnerId": route["owner"], "Blackhole": route["state"] == "blackhole"}  # fmt: skip
    if route.get("attachment"):
        value = attachment(call, route["attachment"])
        answer["TransitGatewayAttachment"] = {k: value[k] for k in ("TransitGatewayAttachmentId", "ResourceType", "ResourceId")}
    return answer


@ec2("CreateTransitGatewayPrefixListReference")
def create_reference(call, p):
    """RouteAlreadyExists for one that is there."""
    table = _own_table(call, p)
    prefixes = reach(call, PREFIXES, p["PrefixListId"])
    if p["PrefixListId"] in table["_prefix_lists"]:
        raise Failure("RouteAlreadyExists", f"{p['PrefixListId']} is already in {p['TransitGatewayRouteTableId']}.")
    route = {**_set_route(call, p, table), "owner": prefixes["OwnerId"]}
    route["state"] = "blackhole" if p.get("Blackhole") else "active"
    table["_prefix_lists"][p["PrefixListId"]] = route
    return {"TransitGatewayPrefixListReference": _reference(call, table, p["PrefixListId"], route)}


def _known_reference(table, p):
    if p["PrefixListId"] not in table["_prefix_lists"]:
        raise Failure("InvalidPrefixListID.NotFound", f"{p['PrefixListId']} is not in {p['TransitGatewayRouteTableId']}.")
    return table["_prefix_lists"][p["PrefixListId"]]


@ec2("ModifyTransitGatewayPrefixListReference")
def modify_reference(call, p):
    """The reference must exist."""
    table = _own_table(call, p)
    known = _known_reference(table, p)
    route = {**_set_route(call, p, table), "owner": known["owner"]}
    route["state"] = "blackhole" if p.get("Blackhole") else "active"
    table["_prefix_lists"][p["PrefixListId"]] = route
    return {"TransitGatewayPrefixListReference": _reference(call, table, p["PrefixListId"], route)}


@ec2("DeleteTransitGatewayPrefixListReference")
def delete_reference(call, p):
    """The reference must exist."""
    table = _own_table(call, p)
    answer = _reference(call, table, p["PrefixListId"], _known_reference(table, p))
    del table["_prefix_lists"][p["PrefixListId"]]
    return {"TransitGatewayPrefixListReference": {**answer, "State": "deleting"}}


@ec2("GetTransitGatewayPrefixListReferences")
def get_references(call, p):
    """All of a table."""
    table = _own_table(call, p)
    rows = [_reference(call, table, n, r) for n, r in table["_prefix_lists"].items()]
    return {"TransitGatewayPrefixListReferences": select(call, "", rows, p.get("Filters"))}


# ---- customer gateways and VPNs ----
@ec2("CreateCustomerGateway", "an identical request gives the gateway that is there; pending first; quota")
def create_cgw(call, p):
    asn = p.get("BgpAsnExtended") or p.get("BgpAsn") or 65000
    if not p.get("IpAddress") and not p.get("CertificateArn") and not p.get("PublicIp"):
        raise Failure("MissingParameter", "The request must contain the parameter ipAddress")
    address = p.get("IpAddress") or p.get("PublicIp")
    key = (p["Type"], address, str(asn), p.get("DeviceName"), p.get("CertificateArn"))
    for other in call.table("customer-gateway").values():
        if tuple(other["_key"]) == key and other["State"] not in ("deleting", "deleted"):
            return {"CustomerGateway": shown(call, other)}
    call.limit("ec2.customer-gateways", len(call.table("customer-gateway")), "CustomerGatewayLimitExceeded")
    value = new(call, CGW, {"Type": p["Type"], "IpAddress": address, "BgpAsn": str(asn), "State": "pending", "_key": list(key),
                            "DeviceName": p.get("DeviceName"), "CertificateArn": p.get("CertificateArn")}, p)  # fmt: skip
    call.later("customer-gateway", value["CustomerGatewayId"], "ec2.customer-gateway", {"State": "available"})
    return {"CustomerGateway": shown(call, value)}


describes("DescribeCustomerGateways", CGW)


@ec2("DeleteCustomerGateway", "IncorrectState while a VPN uses it; deleted ones are still seen")
def delete_cgw(call, p):
    value = own(call, CGW, p["CustomerGatewayId"])
    for vpn in call.table("vpn-connection").values():
        if vpn["CustomerGatewayId"] == p["CustomerGatewayId"] and vpn["State"] != "deleted":
            raise Failure("IncorrectState", "The customer gateway is in use.")
    value["State"] = "deleted"
    call.later("customer-gateway", p["CustomerGatewayId"], "ec2.instance.gone", None)
    return {}


def _configuration(call, name, tunnels):
    keys = "".join(f"<ipsec_tunnel><ike><pre_shared_key>{t['PreSharedKey']}</pre_shared_key></ike></ipsec_tunnel>" for t in tunnels)
    return f'<?xml version="1.0" encoding="UTF-8"?><vpn_connection id="{name}">{keys}</vpn_connection>'


@ec2("CreateVpnConnection", "pending for minutes; on a transit gateway it is an attachment, too; the answer holds the keys")
def create_vpn(call, p):
    own(call, CGW, p["CustomerGatewayId"])
    call.limit("ec2.vpns", sum(v["State"] != "deleted" for v in call.table("vpn-connection").values()), "VpnConnectionLimitExceeded")
    gateway = ready(reach(call, TGW, p["TransitGatewayId"]), TGW) if p.get("TransitGatewayId") else None
    if gateway is None:
        raise Failure("MissingParameter", "The stand-in has VPNs on transit gateways only.")
    o = p.get("Options", {})
    given = o.get("TunnelOptions", [])
    tunnels = []
    for index in range(2):
        t = dict(given[index]) if index < len(given) else {}
        t.setdefault("OutsideIpAddress", f"203.0.113.{call.world.random.randrange(1, 255)}")
        t.setdefault("TunnelInsideCidr", f"169.254.{call.world.random.randrange(8, 255)}.{4 * call.world.random.randrange(64)}/30")
        t.setdefault("PreSharedKey", call.world.letters(32))
        tunnels.append({k: v for k, v in t.items() if k not in ("Phase1EncryptionAlgorithms",)})
    telemetry = [{"OutsideIpAddress": t["OutsideIpAddress"], "Status": "DOWN", "AcceptedRouteCount": 0, "LastStatusChange": call.now,
                  "StatusMessage": "IPSEC IS DOWN"} for t in tunnels]  # fmt: skip
    value = new(call, VPN, {
        "State": "pending", "Type": p["Type"], "CustomerGatewayId": p["CustomerGatewayId"], "Category": "VPN",
        "TransitGatewayId": p["TransitGatewayId"], "VgwTelemetry": telemetry, "Routes": [], "GatewayAssociationState": "associated",
        "Options": {"EnableAcceleration": o.get("EnableAcceleration", False), "StaticRoutesOnly": o.get("StaticRoutesOnly", False),
                    "LocalIpv4NetworkCidr": o.get("LocalIpv4NetworkCidr", "0.0.0.0/0"),
                    "RemoteIpv4NetworkCidr": o.get("RemoteIpv4NetworkCidr", "0.0.0.0/0"),
                    "OutsideIpAddressType": o.get("OutsideIpAddressType", "PublicIpv4"),
                    "TunnelInsideIpVersion": o.get("TunnelInsideIpVersion", "ipv4"), "TunnelOptions": tunnels},
    }, p)  # fmt: skip
    name = value["VpnConnectionId"]
    value["CustomerGatewayConfiguration"] = _configuration(call, name, tunnels)
    _attach_vpn(call, value, gateway)
    call.later("vpn-connection", name, "ec2.vpn", {"State": "available"}, bad={"State": "deleted"})
    return {"VpnConnection": shown(call, value)}


def _attach_vpn(call, value, gateway):
    what = {"ResourceType": "vpn", "ResourceId": value["VpnConnectionId"], "ResourceOwnerId": call.account}
    announced = [r["DestinationCidrBlock"] for r in value["Routes"]]
    made = attach(call, gateway, {**what, "_announced": announced}, "pending", "ec2.vpn", sides=[(call.account, call.region)])
    value["_attachment"] = made["TransitGatewayAttachmentId"]


describes("DescribeVpnConnections", VPN)


@ec2("DeleteVpnConnection", "deleting, then deleted; its attachment goes with it")
def delete_vpn(call, p):
    value = own(call, VPN, p["VpnConnectionId"])
    if value["State"] in ("deleting", "deleted"):
        return {}
    value["State"] = "deleting"
    call.later("vpn-connection", p["VpnConnectionId"], "ec2.vpn.delete", {"State": "deleted"})
    call.later("vpn-connection", p["VpnConnectionId"], "ec2.tgw-attachment.gone", None)
    begin_deletion(call.world, attachment(call, value["_attachment"]))
    return {}


@ec2("CreateVpnConnectionRoute", "only where the VPN is static")
def create_vpn_route(call, p):
    value = own(call, VPN, p["VpnConnectionId"])
    cidr = str(network(p["DestinationCidrBlock"]))
    if not value["Options"]["StaticRoutesOnly"]:
        raise Failure("InvalidParameterValue", "The VPN connection takes its routes from BGP.")
    if cidr not in [r["DestinationCidrBlock"] for r in value["Routes"]]:
        value["Routes"].append({"DestinationCidrBlock": cidr, "Source": "Static", "State": "available"})
        attachment(call, value["_attachment"])["_announced"].append(cidr)
    return {}


@ec2("DeleteVpnConnectionRoute")
def delete_vpn_route(call, p):
    """InvalidRoute.NotFound."""
    value = own(call, VPN, p["VpnConnectionId"])
    for route in value["Routes"]:
        if route["DestinationCidrBlock"] == p["DestinationCidrBlock"]:
            value["Routes"].remove(route)
            attachment(call, value["_attachment"])["_announced"].remove(p["DestinationCidrBlock"])
            return {}
    raise Failure("InvalidRoute.NotFound", f"The route {p['DestinationCidrBlock']} does not exist.")


def _modifying(call, value):
    if value["State"] != "available":
        raise Failure("IncorrectState", f"{value['VpnConnectionId']} is in invalid state {value['State']}.")
    value["State"] = "modifying"
    answer = shown(call, value)
    call.later("vpn-connection", value["VpnConnectionId"], "ec2.vpn", {"State": "available"})
    return {"VpnConnection": answer}


@ec2("ModifyVpnConnection", "another gateway, with another attachment where it is a transit gateway; modifying for minutes")
def modify_vpn(call, p):
    value = own(call, VPN, p["VpnConnectionId"])
    gateway = ready(reach(call, TGW, p["TransitGatewayId"]), TGW) if p.get("TransitGatewayId") else None
    if p.get("CustomerGatewayId"):
        own(call, CGW, p["CustomerGatewayId"])
    answer = _modifying(call, value)
    if p.get("CustomerGatewayId"):
        value["CustomerGatewayId"] = p["CustomerGatewayId"]
    if gateway:
        begin_deletion(call.world, attachment(call, value["_attachment"]))
        value["TransitGatewayId"] = p["TransitGatewayId"]
        _attach_vpn(call, value, gateway)
    return answer


@ec2("ModifyVpnConnectionOptions", "modifying for minutes")
def modify_vpn_options(call, p):
    value = own(call, VPN, p["VpnConnectionId"])
    for member in ("LocalIpv4NetworkCidr", "RemoteIpv4NetworkCidr", "LocalIpv6NetworkCidr", "RemoteIpv6NetworkCidr"):
        if member in p:
            value["Options"][member] = p[member]
    return _modifying(call, value)


@ec2("ModifyVpnTunnelOptions", "one tunnel a call, named by its outside address; modifying for minutes")
def modify_vpn_tunnel(call, p):
    value = own(call, VPN, p["VpnConnectionId"])
    for tunnel in value["Options"]["TunnelOptions"]:
        if tunnel["OutsideIpAddress"] == p["VpnTunnelOutsideIpAddress"]:
            tunnel.update({k: v for k, v in p["TunnelOptions"].items() if v is not None})
            value["CustomerGatewayConfiguration"] = _configuration(call, value["VpnConnectionId"], value["Options"]["TunnelOptions"])
            return _modifying(call, value)
    raise Failure("InvalidParameterValue", f"The VPN has no tunnel {p['VpnTunnelOutsideIpAddress']}.")


@ec2("RejectTransitGatewayPeeringAttachment", "only in the accepter's account and Region, only while pendingAcceptance")
def reject_peering(call, p):
    value = _waiting_peering(call, p["TransitGatewayAttachmentId"])
    value["State"] = "rejected"
    return {"TransitGatewayPeeringAttachment": _peer(call, value)}
