"""Direct Connect: gateways, associations and proposals across accounts, virtual interfaces on given connections."""

from ..registry import hook, operation
from ..world import Failure
from .ec2_network import network
from .organizations import put_tags

GATEWAYS = "global"  # Direct Connect gateways are seen in every Region


def dx(name, does=""):
    return operation("directconnect", name, does)


def refused(text):
    return Failure("DirectConnectClientException", text)


def gateways(call, account=None):
    return call.world.table(account or call.account, GATEWAYS, "directconnect.gateway")


def gateway(call, name, account=None):
    found = gateways(call, account).get(name)
    if found is None or not call.sees(found):
        raise refused(f"Direct Connect Gateway {name} does not exist.")
    return found


def at_home(call):
    return call.at(region=GATEWAYS)


# ---- gateways ----
@dx("CreateDirectConnectGateway", "pending first; no token, names may repeat: twice makes two; quota")
def create_gateway(call, p):
    call.limit("directconnect.gateways", len(gateways(call)), "DirectConnectClientException")
    asn = p.get("amazonSideAsn", 64512)
    if not (64512 <= asn <= 65534 or 4200000000 <= asn <= 4294967294):
        raise refused(f"ASN {asn} is not private.")
    name = call.world.uuid()
    value = at_home(call).put("gateway", name, {
        "directConnectGatewayId": name, "directConnectGatewayName": p["directConnectGatewayName"], "amazonSideAsn": asn,
        "ownerAccount": call.account, "directConnectGatewayState": "pending", "tags": list(p.get("tags", []))})  # fmt: skip
    answer = dict(value)
    at_home(call).later("gateway", name, "directconnect.gateway", {"directConnectGatewayState": "available"},
                        bad={"directConnectGatewayState": "deleted", "stateChangeError": "half-done"})  # fmt: skip
    return {"directConnectGateway": answer}


@dx("DescribeDirectConnectGateways", "from every Region; no filter but the id")
def describe_gateways(call, p):
    rows = [g for g in gateways(call).values() if call.sees(g) and g["directConnectGatewayId"] == p.get("directConnectGatewayId", g["directConnectGatewayId"])]
    return {"directConnectGateways": rows}


@dx("UpdateDirectConnectGateway")
def update_gateway(call, p):
    """The name."""
    value = gateway(call, p["directConnectGatewayId"])
    value["directConnectGatewayName"] = p["newDirectConnectGatewayName"]
    return {"directConnectGateway": value}


def live(value):
    return value["associationState"] != "disassociated"


@dx("DeleteDirectConnectGateway", "refused while associations or virtual interfaces are there")
def delete_gateway(call, p):
    value = gateway(call, p["directConnectGatewayId"])
    for _, _, _, other in call.world.everywhere("directconnect.association"):
        if other["directConnectGatewayId"] == p["directConnectGatewayId"] and live(other):
            raise refused("Direct Connect Gateway has associations and cannot be deleted.")
    for _, _, _, other in call.world.everywhere("directconnect.vif"):
        if other["directConnectGatewayId"] == p["directConnectGatewayId"] and other["virtualInterfaceState"] != "deleted":
            raise refused("Direct Connect Gateway has virtual interfaces and cannot be deleted.")
    value["directConnectGatewayState"] = "deleting"
    answer = dict(value)
    at_home(call).later("gateway", p["directConnectGatewayId"], "directconnect.gateway", None)
    return {"directConnectGateway": answer}


# ---- associations ----
def _associated(call, name):
    """The transit gateway that a request names; in the caller's account and Region."""
    found = call.world.find((call.account, call.region, "ec2.tgw", name))
    if found is None or found.get("_gone"):
        raise refused(f"Gateway {name} does not exist.")
    if found["State"] != "available":
        raise refused(f"Gateway {name} is not available.")
    return found


def _prefixes(call, given, known=()):
    found = list(dict.fromkeys([*known, *(str(network(x["cidr"], "DirectConnectClientException")) for x in given)]))
    if len(found) > call.world.quota("directconnect.prefixes-per-association"):
        raise refused("Too many allowed prefixes.")
    return found


def _prefix_rows(names):
    return [{"cidr": n} for n in names]


def _make(call, dx_gateway, tgw, prefixes):
    for _, _, _, other in call.world.everywhere("directconnect.association"):
        if other["associatedGateway"]["id"] == tgw["TransitGatewayId"] and other["directConnectGatewayId"] == dx_gateway["directConnectGatewayId"] and live(other):
            raise refused("Direct Connect Gateway is already associated with the gateway.")
    count = sum(o["directConnectGatewayId"] == dx_gateway["directConnectGatewayId"] and live(o) for _, _, _, o in call.world.everywhere("directconnect.association"))
    call.limit("directconnect.tgws-per-gateway", count, "DirectConnectClientException")
    if tgw["Options"]["AmazonSideAsn"] == dx_gateway["amazonSideAsn"]:
        raise refused("The ASN of the Direct Connect gateway and that of the transit gateway must differ.")
    if not prefixes:
        raise refused("At least one allowed prefix must be specified for a transit gateway.")
    name = call.world.uuid()
    region = call.region
    value = {"associationId": name, "associationState": "associating", "directConnectGatewayId": dx_gateway["directConnectGatewayId"],
             "directConnectGatewayOwnerAccount": dx_gateway["ownerAccount"], "_prefixes": prefixes,
             "allowedPrefixesToDirectConnectGateway": _prefix_rows(prefixes),
             "associatedGateway": {"id": tgw["TransitGatewayId"], "type": "transitGateway", "ownerAccount": tgw["OwnerId"], "region": region}}  # fmt: skip
    at_home(call).at(dx_gateway["ownerAccount"]).put("association", name, value)
    at_home(call).at(dx_gateway["ownerAccount"]).later("association", name, "directconnect.association", {"associationState": "associated"},
        bad={"associationState": "disassociated", "stateChangeError": "half-done"}, hook="dx_associated")  # fmt: skip
    return value


@hook
def dx_associated(world, place, value):
    """The association is an attachment of the transit gateway, too."""
    if value["associationState"] != "associated" or value.get("_attachment"):
        return
    from ..world import Call
    from .ec2_transit import attach, attachment_ready

    side = value["associatedGateway"]
    tgw = world.find((side["ownerAccount"], side["region"], "ec2.tgw", side["id"]))
    call = Call(world, "ec2", "", {}, side["ownerAccount"], side["region"], "")
    made = attach(call, tgw, {"ResourceType": "direct-connect-gateway", "ResourceId": value["directConnectGatewayId"],
                              "ResourceOwnerId": value["directConnectGatewayOwnerAccount"], "_announced": []}, "available", None)  # fmt: skip
    value["_attachment"] = made["TransitGatewayAttachmentId"]
    attachment_ready(world, [side["ownerAccount"], side["region"], "ec2.tgw-attachment", made["TransitGatewayAttachmentId"]], made)


@dx("CreateDirectConnectGatewayAssociation", "associating for minutes, then an attachment of the transit gateway; ASNs must differ; a prefix is needed")
def create_association(call, p):
    dx_gateway = gateway(call, p["directConnectGatewayId"])
    if dx_gateway["directConnectGatewayState"] != "available":
        raise refused("Direct Connect Gateway is not available.")
    tgw = _associated(call, p.get("gatewayId") or p.get("virtualGatewayId") or "")
    value = _make(call, dx_gateway, tgw, _prefixes(call, p.get("addAllowedPrefixesToDirectConnectGateway", [])))
    return {"directConnectGatewayAssociation": dict(value)}


def _associations(call):
    for _, _, _, value in call.world.everywhere("directconnect.association"):
        if call.account in (value["directConnectGatewayOwnerAccount"], value["associatedGateway"]["ownerAccount"]) and call.sees(value):
            yield value


@dx("DescribeDirectConnectGatewayAssociations", "from both accounts, by association, gateway or associated gateway")
def describe_associations(call, p):
    rows = list(_associations(call))
    for member, value in (("associationId", lambda r: r["associationId"]), ("directConnectGatewayId", lambda r: r["directConnectGatewayId"]),
                          ("associatedGatewayId", lambda r: r["associatedGateway"]["id"])):  # fmt: skip
        rows = [r for r in rows if not p.get(member) or value(r) == p[member]]
    return {"directConnectGatewayAssociations": rows}


def _association(call, p):
    for value in _associations(call):
        if value["associationId"] == p.get("associationId") or (p.get("directConnectGatewayId") and value["directConnectGatewayId"] == p["directConnectGatewayId"]
                                                              and value["associatedGateway"]["id"] == p.get("virtualGatewayId")):  # fmt: skip
            return value
    raise refused("Direct Connect Gateway association does not exist.")


def _place(value):
    return [value["directConnectGatewayOwnerAccount"], GATEWAYS, "directconnect.association", value["associationId"]]


@dx("UpdateDirectConnectGatewayAssociation", "prefixes; updating for minutes; only the gateway's owner")
def update_association(call, p):
    value = _association(call, p)
    if value["directConnectGatewayOwnerAccount"] != call.account and value["associatedGateway"]["ownerAccount"] != call.account:
        raise refused("The association belongs to another account.")
    if value["associationState"] != "associated":
        raise refused(f"The association is {value['associationState']}.")
    gone = {str(network(x["cidr"], "DirectConnectClientException")) for x in p.get("removeAllowedPrefixesToDirectConnectGateway", [])}
    kept = [x for x in value["_prefixes"] if x not in gone]
    value["_prefixes"] = _prefixes(call, p.get("addAllowedPrefixesToDirectConnectGateway", []), kept)
    value.update(associationState="updating", allowedPrefixesToDirectConnectGateway=_prefix_rows(value["_prefixes"]))
    answer = dict(value)
    call.world.later(_place(value), call.world.delay("directconnect.association"), {"associationState": "associated"})
    return {"directConnectGatewayAssociation": answer}


@dx("DeleteDirectConnectGatewayAssociation", "disassociating for minutes; its attachment goes with it")
def delete_association(call, p):
    value = _association(call, p)
    if value["associationState"] not in ("associated", "associating"):
        raise refused(f"The association is {value['associationState']}.")
    call.world.forget(_place(value))
    value["associationState"] = "disassociating"
    answer = dict(value)
    call.world.later(_place(value), call.world.delay("directconnect.association"), {"associationState": "disassociated"}, "dx_disassociated")
    if value.get("_attachment"):
        from .ec2_transit import begin_deletion

        for _, _, name, made in call.world.everywhere("ec2.tgw-attachment"):
            if name == value["_attachment"]:
                begin_deletion(call.world, made)
    return {"directConnectGatewayAssociation": answer}


@hook
def dx_disassociated(world, place, value):
    world.later(place, world.delay("ec2.tgw-attachment.gone"), None)


@dx("DescribeDirectConnectGatewayAttachments", "virtual interfaces of a gateway")
def attachments(call, p):
    rows = [{"directConnectGatewayId": v["directConnectGatewayId"], "virtualInterfaceId": n, "virtualInterfaceRegion": region,
             "virtualInterfaceOwnerAccount": account, "attachmentState": "attached", "attachmentType": "TransitVirtualInterface"}
            for account, region, n, v in call.world.everywhere("directconnect.vif") if account == call.account]  # fmt: skip
    rows = [r for r in rows if r["directConnectGatewayId"] == p.get("directConnectGatewayId", r["directConnectGatewayId"])]
    return {"directConnectGatewayAttachments": [r for r in rows if r["virtualInterfaceId"] == p.get("virtualInterfaceId", r["virtualInterfaceId"])]}


# ---- proposals across accounts ----
@dx("CreateDirectConnectGatewayAssociationProposal", "by the transit gateway's owner, to the owner of the Direct Connect gateway")
def propose(call, p):
    tgw = _associated(call, p["gatewayId"])
    name = call.world.uuid()
    value = {"proposalId": name, "directConnectGatewayId": p["directConnectGatewayId"], "proposalState": "requested",
             "directConnectGatewayOwnerAccount": p["directConnectGatewayOwnerAccount"],
             "associatedGateway": {"id": p["gatewayId"], "type": "transitGateway", "ownerAccount": tgw["OwnerId"], "region": call.region},
             "existingAllowedPrefixesToDirectConnectGateway": [],
             "requestedAllowedPrefixesToDirectConnectGateway": _prefix_rows(_prefixes(call, p.get("addAllowedPrefixesToDirectConnectGateway", [])))}  # fmt: skip
    at_home(call).put("proposal", name, value)
    return {"directConnectGatewayAssociationProposal": value}


@dx("DescribeDirectConnectGatewayAssociationProposals", "from both accounts")
def proposals(call, p):
    rows = [v for _, _, _, v in call.world.everywhere("directconnect.proposal")
            if call.account in (v["directConnectGatewayOwnerAccount"], v["associatedGateway"]["ownerAccount"]) and call.sees(v)]  # fmt: skip
    rows = [r for r in rows if r["proposalId"] == p.get("proposalId", r["proposalId"])]
    rows = [r for r in rows if r["associatedGateway"]["id"] == p.get("associatedGatewayId", r["associatedGateway"]["id"])]
    return {"directConnectGatewayAssociationProposals": [r for r in rows if r["directConnectGatewayId"] == p.get("directConnectGatewayId", r["directConnectGatewayId"])]}


@dx("AcceptDirectConnectGatewayAssociationProposal", "by the gateway's owner; its prefixes override the proposed ones")
def accept_proposal(call, p):
    dx_gateway = gateway(call, p["directConnectGatewayId"])
    for owner, region, name, value in call.world.everywhere("directconnect.proposal"):
        if name != p["proposalId"] or value["directConnectGatewayId"] != p["directConnectGatewayId"]:
            continue
        if value["proposalState"] != "requested" or p["associatedGatewayOwnerAccount"] != owner:
            raise refused(f"The proposal is {value['proposalState']}.")
        side = value["associatedGateway"]
        tgw = call.world.find((owner, side["region"], "ec2.tgw", side["id"]))
        if tgw is None:
            raise refused(f"Gateway {side['id']} does not exist.")
        given = p.get("overrideAllowedPrefixesToDirectConnectGateway") or value["requestedAllowedPrefixesToDirectConnectGateway"]
        made = _make(call.at(region=side["region"]), dx_gateway, tgw, _prefixes(call, given))
        value["proposalState"] = "accepted"
        return {"directConnectGatewayAssociation": dict(made)}
    raise refused("The proposal does not exist.")


@dx("DeleteDirectConnectGatewayAssociationProposal", "by the one who proposed")
def delete_proposal(call, p):
    value = at_home(call).table("proposal").get(p["proposalId"])
    if value is None:
        raise refused("The proposal does not exist.")
    value["proposalState"] = "deleted"
    answer = dict(value)
    del at_home(call).table("proposal")[p["proposalId"]]
    return {"directConnectGatewayAssociationProposal": answer}


# ---- connections and virtual interfaces ----
@dx("DescribeConnections", "those of the seed and of the control end point: a provider makes them")
def connections(call, p):
    rows = call.rows("connection")
    if p.get("connectionId"):
        rows = [r for r in rows if r["connectionId"] == p["connectionId"]]
        if not rows:
            raise refused(f"Could not find Connection with ID {p['connectionId']}")
    return {"connections": rows}


@dx("DescribeLags", "none")
def lags(call, p):
    return {"lags": []}


LOCATIONS = {"EqDB2": "Equinix DB2, Dublin, IRL", "DGTDub": "Digital Realty DUB2, Dublin, IRL", "EqLD5": "Equinix LD5, London, GBR",
             "EqFA5": "Equinix FR5, Frankfurt, DEU", "EqDC2": "Equinix DC2, Ashburn, VA, USA"}  # fmt: skip


@dx("DescribeLocations")
def locations(call, p):
    """A few."""
    return {"locations": [{"locationCode": c, "locationName": n, "region": call.region, "availablePortSpeeds": ["1G", "10G", "100G"]} for c, n in LOCATIONS.items()]}


def _vif(call, name, given, owner, state):
    connection = call.world.find((call.account, call.region, "directconnect.connection", name))
    if connection is None:
        raise refused(f"Could not find Connection with ID {name}")
    vlan = given["vlan"]
    if not 1 <= vlan <= 4094:
        raise refused(f"VLAN {vlan} is not valid.")
    for _, _, _, other in call.world.everywhere("directconnect.vif"):
        if other["connectionId"] == name and other["vlan"] == vlan and other["virtualInterfaceState"] != "deleted":
            raise refused(f"VLAN {vlan} is already in use on {name}.")
    if given.get("mtu", 1500) not in (1500, 8500):
        raise refused("MTU must be 1500 or 8500.")
    key = f"dxvif-{call.world.hex(8)}"
    asn = given.get("asn") or int(given.get("asnLong", 65000))
    peer = {"bgpPeerId": f"dxpeer-{call.world.hex(8)}", "asn": asn, "authKey": given.get("authKey") or call.world.letters(24),
            "addressFamily": given.get("addressFamily", "ipv4"), "amazonAddress": given.get("amazonAddress") or "169.254.255.1/30",
            "customerAddress": given.get("customerAddress") or "169.254.255.2/30", "bgpPeerState": "pending", "bgpStatus": "down"}  # fmt: skip
    value = {"virtualInterfaceId": key, "virtualInterfaceName": given["virtualInterfaceName"], "virtualInterfaceType": "transit",
             "virtualInterfaceState": state, "connectionId": name, "location": connection["location"], "ownerAccount": owner,
             "vlan": vlan, "asn": asn, "mtu": given.get("mtu", 1500), "jumboFrameCapable": True, "addressFamily": peer["addressFamily"],
             "amazonSideAsn": None, "authKey": peer["authKey"], "amazonAddress": peer["amazonAddress"], "customerAddress": peer["customerAddress"],
             "directConnectGatewayId": given.get("directConnectGatewayId", ""), "region": call.region, "bgpPeers": [peer],
             "siteLinkEnabled": given.get("enableSiteLink", False), "tags": list(given.get("tags", [])), "routeFilterPrefixes": []}  # fmt: skip
    call.at(owner).put("vif", key, value)
    return value


@hook
def vif_up(world, place, value):
    """The router at the other end speaks BGP as soon as the interface is there, unless told otherwise."""
    for peer in value["bgpPeers"]:
        peer.update(bgpPeerState="available", bgpStatus="up")


@dx("CreateTransitVirtualInterface", "pending, then available and its BGP up; VLAN once per connection")
def create_vif(call, p):
    given = p["newTransitVirtualInterface"]
    dx_gateway = gateway(call, given.get("directConnectGatewayId", ""))
    value = _vif(call, p["connectionId"], given, call.account, "pending")
    value["amazonSideAsn"] = dx_gateway["amazonSideAsn"]
    answer = dict(value)
    call.later("vif", value["virtualInterfaceId"], "directconnect.vif", {"virtualInterfaceState": "available"},
               bad={"virtualInterfaceState": "down"}, hook="vif_up")  # fmt: skip
    return {"virtualInterface": answer}


@dx("AllocateTransitVirtualInterface", "confirming, until the other account confirms")
def allocate_vif(call, p):
    given = p["newTransitVirtualInterfaceAllocation"]
    return {"virtualInterface": dict(_vif(call, p["connectionId"], given, p["ownerAccount"], "confirming"))}


def vif(call, name):
    found = call.get("vif", name)
    if found is None:
        raise refused(f"Virtual Interface with ID {name} does not exist.")
    return found


@dx("ConfirmTransitVirtualInterface", "only while confirming")
def confirm_vif(call, p):
    value = vif(call, p["virtualInterfaceId"])
    if value["virtualInterfaceState"] != "confirming":
        raise refused(f"The virtual interface is {value['virtualInterfaceState']}.")
    dx_gateway = gateway(call, p["directConnectGatewayId"])
    value.update(virtualInterfaceState="pending", directConnectGatewayId=p["directConnectGatewayId"], amazonSideAsn=dx_gateway["amazonSideAsn"])
    call.later("vif", p["virtualInterfaceId"], "directconnect.vif", {"virtualInterfaceState": "available"}, hook="vif_up")
    return {"virtualInterfaceState": "pending"}


@dx("DescribeVirtualInterfaces", "by id or connection")
def vifs(call, p):
    rows = [r for r in call.rows("vif") if r["connectionId"] == p.get("connectionId", r["connectionId"])]
    if p.get("virtualInterfaceId"):
        rows = [r for r in rows if r["virtualInterfaceId"] == p["virtualInterfaceId"]]
    return {"virtualInterfaces": rows}


@dx("UpdateVirtualInterfaceAttributes")
def update_vif(call, p):
    """MTU, SiteLink, name."""
    value = vif(call, p["virtualInterfaceId"])
    if p.get("mtu", 1500) not in (1500, 8500):
        raise refused("MTU must be 1500 or 8500.")
    value.update({k: p[n] for n, k in (("mtu", "mtu"), ("enableSiteLink", "siteLinkEnabled"), ("virtualInterfaceName", "virtualInterfaceName")) if n in p})
    return value


@dx("DeleteVirtualInterface", "deleting, then gone")
def delete_vif(call, p):
    value = vif(call, p["virtualInterfaceId"])
    value["virtualInterfaceState"] = "deleting"
    call.later("vif", p["virtualInterfaceId"], "directconnect.vif", None)
    return {"virtualInterfaceState": "deleting"}


@dx("CreateBGPPeer", "one per address family")
def create_peer(call, p):
    value = vif(call, p.get("virtualInterfaceId", ""))
    given = p.get("newBGPPeer", {})
    if any(b["addressFamily"] == given.get("addressFamily", "ipv4") for b in value["bgpPeers"]):
        raise refused("The virtual interface has a peer of that address family.")
    value["bgpPeers"].append({"bgpPeerId": f"dxpeer-{call.world.hex(8)}", "bgpPeerState": "pending", "bgpStatus": "down", "addressFamily": "ipv4", **given})
    answer = {**value, "bgpPeers": [dict(b) for b in value["bgpPeers"]]}
    call.later("vif", p["virtualInterfaceId"], "directconnect.vif", {}, hook="vif_up")
    return {"virtualInterface": answer}


@dx("DeleteBGPPeer")
def delete_peer(call, p):
    """By id, or by number and address."""
    value = vif(call, p.get("virtualInterfaceId", ""))
    known = (p.get("asn"), p.get("customerAddress"))
    value["bgpPeers"] = [b for b in value["bgpPeers"] if b["bgpPeerId"] != p.get("bgpPeerId") and (b.get("asn"), b.get("customerAddress")) != known]
    return {"virtualInterface": value}


# ---- tags ----
def _tagged(call, arn):
    name = arn.rsplit("/", 1)[-1]
    for table in (gateways(call), call.table("vif"), call.table("connection")):
        if name in table:
            return table[name]["tags"]
    raise Failure("DirectConnectClientException", f"The resource {arn} does not exist.")


@dx("TagResource", "gateways, virtual interfaces, connections")
def tag(call, p):
    put_tags(_tagged(call, p["resourceArn"]), [{"key": t["key"], "value": t.get("value", "")} for t in p["tags"]], "key")
    return {}


@dx("UntagResource", "by key")
def untag(call, p):
    tags = _tagged(call, p["resourceArn"])
    tags[:] = [t for t in tags if t["key"] not in p["tagKeys"]]
    return {}


@dx("DescribeTags", "by ARN")
def tags(call, p):
    return {"resourceTags": [{"resourceArn": a, "tags": _tagged(call, a)} for a in p["resourceArns"]]}


@dx("CreateConnection", "requested, then ordering until a provider delivers it (control end point)")
def create_connection(call, p):
    name = f"dxcon-{call.world.hex(8)}"
    value = call.put("connection", name, {
        "connectionId": name, "ownerAccount": call.account, "connectionName": p["connectionName"], "connectionState": "requested", "region": call.region,
        "location": p["location"], "bandwidth": p["bandwidth"], "tags": list(p.get("tags", [])), "jumboFrameCapable": True, "macSecCapable": False})  # fmt: skip
    answer = dict(value)
    call.later("connection", name, "directconnect.gateway", {"connectionState": "ordering"})
    return answer


def _connection(call, p):
    found = call.get("connection", p["connectionId"])
    if found is None:
        raise refused(f"Could not find Connection with ID {p['connectionId']}")
    return found


@dx("UpdateConnection")
def update_connection(call, p):
    """The name."""
    value = _connection(call, p)
    value["connectionName"] = p.get("connectionName", value["connectionName"])
    return value


@dx("DeleteConnection", "refused while virtual interfaces are on it")
def delete_connection(call, p):
    value = _connection(call, p)
    for _, _, _, other in call.world.everywhere("directconnect.vif"):
        if other["connectionId"] == p["connectionId"] and other["virtualInterfaceState"] != "deleted":
            raise refused("The connection has virtual interfaces.")
    value["connectionState"] = "deleting"
    answer = dict(value)
    call.later("connection", p["connectionId"], "directconnect.gateway", None)
    return answer
