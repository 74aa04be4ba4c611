"""EC2: VPCs, subnets, route tables, gateways, access lists, DHCP options, prefix lists, peering, flow logs."""

import ipaddress

from ..registry import hook
from ..world import Failure
from .ec2_base import (
    ADDRESS, DHCP, EIGW, ENI, FLOW, GROUP, IGW, NACL, NAT, PEERING, PREFIXES, SUBNET, TABLE, TGW, VPC, describes, ec2,
    find, missing, new, once, own, reach, shown, tags_of, visible, INSTANCE, KINDS,
)  # fmt: skip
from ..seeds import OPT_IN, REGIONS, region_enabled, zones


def network(text, code="InvalidParameterValue"):
    try:
        return ipaddress.ip_network(text, strict=True)
    except ValueError:
        raise Failure(code, f"Value ({text}) is invalid. This is not a valid CIDR block.")


def in_use(kind, name, by):
    return Failure("DependencyViolation", f"The {kind} '{name}' has dependencies and cannot be deleted. ({by})")


# ---- Regions and zones ----
@ec2("DescribeRegions", "Regions with the account's opt-in state")
def describe_regions(call, p):
    rows = []
    for region in REGIONS:
        status = "opt-in-not-required"
        if region in OPT_IN:
            status = "opted-in" if region_enabled(call.world, call.account, region) else "not-opted-in"
        if p.get("AllRegions") or status != "not-opted-in":
            rows.append({"RegionName": region, "Endpoint": f"ec2.{region}.amazonaws.com", "OptInStatus": status})
    names = p.get("RegionNames")
    for name in names or []:
        if name not in REGIONS:
            raise Failure("InvalidParameterValue", f"Invalid region: {name}")
    rows = [r for r in rows if not names or r["RegionName"] in names]
    from .ec2_base import select

    return {"Regions": select(call, "", rows, p.get("Filters"))}


@ec2("DescribeAvailabilityZones", "three zones a Region; the letters of an account stand for zone ids of their own")
def describe_zones(call, p):
    from .ec2_base import select

    rows = [
        {"ZoneName": name, "ZoneId": zone, "State": "available", "RegionName": call.region, "OptInStatus": "opt-in-not-required",
         "ZoneType": "availability-zone", "GroupName": call.region, "NetworkBorderGroup": call.region}
        for name, zone in zones(call.account, call.region).items()
    ]  # fmt: skip
    for member, names in (("ZoneName", p.get("ZoneNames")), ("ZoneId", p.get("ZoneIds"))):
        for name in names or []:
            if name not in [r[member] for r in rows]:
                raise Failure("InvalidParameterValue", f"Invalid availability zone: [{name}]")
        rows = [r for r in rows if not names or r[member] in names]
    return {"AvailabilityZones": select(call, "", rows, p.get("Filters"))}


@ec2("DescribeAccountAttributes", "vpc-max-security-groups-per-interface and others from the quotas")
def describe_account_attributes(call, p):
    values = {
        "supported-platforms": "VPC", "default-vpc": "none", "max-instances": "20",
        "vpc-max-security-groups-per-interface": str(call.world.quota("ec2.groups-per-interface")),
        "max-elastic-ips": str(call.world.quota("ec2.addresses")),
        "vpc-max-elastic-ips": str(call.world.quota("ec2.addresses")),
    }  # fmt: skip
    names = p.get("AttributeNames") or list(values)
    return {"AccountAttributes": [
        {"AttributeName": n, "AttributeValues": [{"AttributeValue": values[n]}]} for n in names if n in values]}  # fmt: skip


# ---- VPC ----
@ec2("CreateVpc", "pending first; makes the main route table, the default network ACL and the default group; quota")
def create_vpc(call, p):
    cidr = p.get("CidrBlock")
    if cidr is None:
        raise Failure("MissingParameter", "The request must contain the parameter cidrBlock or an IPAM pool.")
    block = network(cidr)
    if not 16 <= block.prefixlen <= 28:
        raise Failure("InvalidVpc.Range", f"The CIDR '{cidr}' is invalid.")
    call.limit("ec2.vpcs", len(call.table("vpc")), "VpcLimitExceeded", "The maximum number of VPCs has been reached.")
    vpc = new(call, VPC, {
        "State": "pending", "CidrBlock": cidr, "IsDefault": False, "OwnerId": call.account,
        "InstanceTenancy": p.get("InstanceTenancy", "default"), "DhcpOptionsId": "default",
        "CidrBlockAssociationSet": [{"AssociationId": f"vpc-cidr-assoc-0{call.world.hex(16)}", "CidrBlock": cidr,
                                     "CidrBlockState": {"State": "associated"}}],
        "Ipv6CidrBlockAssociationSet": [],
        "_attributes": {"EnableDnsSupport": True, "EnableDnsHostnames": False,
                        "EnableNetworkAddressUsageMetrics": False},
    }, p)  # fmt: skip
    if p.get("AmazonProvidedIpv6CidrBlock"):
        vpc["Ipv6CidrBlockAssociationSet"].append(_ipv6(call))
    name = vpc["VpcId"]
    call.later("vpc", name, "ec2.vpc", {"State": "available"})
    table = _table(call, name)
    table["Associations"].append(_association(call, table, main=True))
    _acl(call, name, default=True)
    group(call, name, "default", "default VPC security group", {}, default=True)
    return {"Vpc": shown(call, vpc)}


def _ipv6(call):
    return {"AssociationId": f"vpc-cidr-assoc-0{call.world.hex(16)}",
            "Ipv6CidrBlock": f"2001:db8:{call.world.hex(4)}:{call.world.hex(2)}00::/56", "Ipv6Pool": "Amazon",
            "Ipv6CidrBlockState": {"State": "associated"}, "NetworkBorderGroup": call.region}  # fmt: skip


describes("DescribeVpcs", VPC)


@ec2("DeleteVpc", "refused while anything but the main table, the default ACL and group is in it")
def delete_vpc(call, p):
    name = p["VpcId"]
    own(call, VPC, name)
    for kind in (SUBNET, NAT, ENI, KINDS["vpc-endpoint"], EIGW):
        for value in call.table(kind.name).values():
            states = {value.get("State"), value.get("Status")}
            if value.get("VpcId") == name and not states & {"deleted", "failed"}:
                raise in_use("vpc", name, value[kind.key])
    for value in call.table("internet-gateway").values():
        if any(a["VpcId"] == name for a in value["Attachments"]):
            raise in_use("vpc", name, value["InternetGatewayId"])
    for _, _, other, value in call.world.everywhere("ec2.tgw-attachment"):
        if value.get("VpcId") == name and value["State"] not in ("deleted", "failed", "rejected"):
            raise in_use("vpc", name, other)
    for _, _, other, value in call.world.everywhere("ec2.vpc-peering"):
        sides = (value["RequesterVpcInfo"].get("VpcId"), value["AccepterVpcInfo"].get("VpcId"))
        if name in sides and value["Status"]["Code"] in ("active", "pending-acceptance"):
            raise in_use("vpc", name, other)
    for value in call.table("security-group").values():
        if value["VpcId"] == name and not value["_default"]:
            raise in_use("vpc", name, value["GroupId"])
    for value in call.table("route-table").values():
        if value["VpcId"] == name and not _is_main(value):
            raise in_use("vpc", name, value["RouteTableId"])
    for value in call.table("network-acl").values():
        if value["VpcId"] == name and not value["IsDefault"]:
            raise in_use("vpc", name, value["NetworkAclId"])
    for kind in ("security-group", "route-table", "network-acl"):
        for key in [k for k, v in call.table(kind).items() if v["VpcId"] == name]:
            if kind == "security-group":
                for rule in [k for k, v in call.table("security-group-rule").items() if v["GroupId"] == key]:
                    del call.table("security-group-rule")[rule]
            del call.table(kind)[key]
    del call.table("vpc")[name]
    return {}


@ec2("ModifyVpcAttribute", "one attribute a call")
def modify_vpc_attribute(call, p):
    vpc = own(call, VPC, p["VpcId"])
    given = [n for n in vpc["_attributes"] if n in p]
    if len(given) != 1:
        raise Failure("InvalidParameterCombination", "Exactly one attribute may be modified at a time")
    value = p[given[0]].get("Value", False)
    if given[0] == "EnableDnsHostnames" and value and not vpc["_attributes"]["EnableDnsSupport"]:
        raise Failure("InvalidParameterValue", "enableDnsHostnames needs enableDnsSupport")
    vpc["_attributes"][given[0]] = value
    return {}


@ec2("DescribeVpcAttribute")
def describe_vpc_attribute(call, p):
    """One attribute a call."""
    vpc = own(call, VPC, p["VpcId"])
    name = p["Attribute"][0].upper() + p["Attribute"][1:]
    return {"VpcId": vpc["VpcId"], name: {"Value": vpc["_attributes"][name]}}


@ec2("AssociateVpcCidrBlock", "associating first; refused where it overlaps a block of the VPC")
def associate_vpc_cidr(call, p):
    vpc = own(call, VPC, p["VpcId"])
    if p.get("AmazonProvidedIpv6CidrBlock"):
        entry = {**_ipv6(call), "Ipv6CidrBlockState": {"State": "associating"}}
        vpc["Ipv6CidrBlockAssociationSet"].append(entry)
        answer = {"VpcId": vpc["VpcId"], "Ipv6CidrBlockAssociation": dict(entry)}
    else:
        block = network(p.get("CidrBlock", ""))
        for known in vpc["CidrBlockAssociationSet"]:
            if known["CidrBlockState"]["State"] != "disassociated" and block.overlaps(network(known["CidrBlock"])):
                raise Failure("InvalidVpc.Range", f"The CIDR '{block}' conflicts with another block of the VPC.")
        if len(vpc["CidrBlockAssociationSet"]) >= 5:
            raise Failure("CidrLimitExceeded", "The maximum number of CIDR blocks of the VPC has been reached.")
        entry = {"AssociationId": f"vpc-cidr-assoc-0{call.world.hex(16)}", "CidrBlock": str(block),
                 "CidrBlockState": {"State": "associating"}}  # fmt: skip
        vpc["CidrBlockAssociationSet"].append(entry)
        answer = {"VpcId": vpc["VpcId"], "CidrBlockAssociation": {**entry, "CidrBlockState": {"State": "associating"}}}
    call.later("vpc", vpc["VpcId"], "ec2.cidr", {}, hook="cidrs_associated")
    return answer


@hook
def cidrs_associated(world, place, vpc):
    for member, state in (("CidrBlockAssociationSet", "CidrBlockState"), ("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlockState")):
        for entry in vpc[member]:
            if entry[state]["State"] == "associating":
                entry[state] = {"State": "associated"}


@ec2("DisassociateVpcCidrBlock", "refused for the primary block and while a subnet is in it")
def disassociate_vpc_cidr(call, p):
    for vpc in call.table("vpc").values():
        for member in ("CidrBlockAssociationSet", "Ipv6CidrBlockAssociationSet"):
            for entry in vpc[member]:
                if entry["AssociationId"] != p["AssociationId"]:
                    continue
                block = entry.get("CidrBlock")
                if block == vpc["CidrBlock"]:
                    raise Failure("OperationNotPermitted", "The primary CIDR block cannot be disassociated.")
                for subnet in call.table("subnet").values():
                    if subnet["VpcId"] == vpc["VpcId"] and block and network(subnet["CidrBlock"]).subnet_of(network(block)):
                        raise in_use("CIDR block", block, subnet["SubnetId"])
                vpc[member].remove(entry)
                state = "CidrBlockState" if block else "Ipv6CidrBlockState"
                key = "CidrBlockAssociation" if block else "Ipv6CidrBlockAssociation"
                return {"VpcId": vpc["VpcId"], key: {**entry, state: {"State": "disassociating"}}}
    raise Failure("InvalidVpcCidrBlockAssociationID.NotFound", f"The association ID '{p['AssociationId']}' does not exist")


# ---- subnets ----
@ec2("CreateSubnet", "pending first; ranges checked against the VPC and its subnets; zone by name or id")
def create_subnet(call, p):
    vpc = reach(call, VPC, p["VpcId"])
    if vpc["OwnerId"] != call.account:
        raise Failure("UnauthorizedOperation", "The VPC belongs to another account.", 403)
    block = network(p.get("CidrBlock") or "")
    blocks = [network(a["CidrBlock"]) for a in vpc["CidrBlockAssociationSet"] if a["CidrBlockState"]["State"] == "associated"]
    if not any(block.subnet_of(b) for b in blocks) or not 16 <= block.prefixlen <= 28:
        raise Failure("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")
    siblings = [s for s in call.table("subnet").values() if s["VpcId"] == vpc["VpcId"]]
    for other in siblings:
        if network(other["CidrBlock"]).overlaps(block):
            raise Failure("InvalidSubnet.Conflict", f"The CIDR '{block}' conflicts with another subnet")
    call.limit("ec2.subnets-per-vpc", len(siblings), "SubnetLimitExceeded")
    known = zones(call.account, call.region)
    name = p.get("AvailabilityZone") or next(iter(known))
    if p.get("AvailabilityZoneId"):
        name = next((n for n, z in known.items() if z == p["AvailabilityZoneId"]), None)
    if name not in known:
        raise Failure("InvalidParameterValue", f"Value ({p.get('AvailabilityZone') or p.get('AvailabilityZoneId')}) for "
                      f"parameter availabilityZone is invalid. Subnets can currently only be created in: {', '.join(known)}.")  # fmt: skip
    subnet = new(call, SUBNET, {
        "State": "pending", "VpcId": vpc["VpcId"], "CidrBlock": str(block), "OwnerId": call.account,
        "AvailabilityZone": name, "AvailabilityZoneId": known[name], "AvailableIpAddressCount": block.num_addresses - 5,
        "DefaultForAz": False, "MapPublicIpOnLaunch": False, "AssignIpv6AddressOnCreation": False, "EnableDns64": False,
        "MapCustomerOwnedIpOnLaunch": False, "Ipv6Native": False, "Ipv6CidrBlockAssociationSet": [],
        "PrivateDnsNameOptionsOnLaunch": {"HostnameType": "ip-name", "EnableResourceNameDnsARecord": False,
                                          "EnableResourceNameDnsAAAARecord": False},
    }, p)  # fmt: skip
    subnet["SubnetArn"] = call.arn("ec2", f"subnet/{subnet['SubnetId']}")
    if p.get("Ipv6CidrBlock"):
        subnet["Ipv6CidrBlockAssociationSet"].append(_subnet_ipv6(call, p["Ipv6CidrBlock"]))
    call.later("subnet", subnet["SubnetId"], "ec2.subnet", {"State": "available"})
    acl = next(a for a in call.table("network-acl").values() if a["VpcId"] == vpc["VpcId"] and a["IsDefault"])
    acl["Associations"].append({"NetworkAclAssociationId": f"aclassoc-0{call.world.hex(16)}",
                                "NetworkAclId": acl["NetworkAclId"], "SubnetId": subnet["SubnetId"]})  # fmt: skip
    return {"Subnet": shown(call, subnet)}


def _subnet_ipv6(call, block):
    return {"AssociationId": f"subnet-cidr-assoc-0{call.world.hex(16)}", "Ipv6CidrBlock": block,
            "Ipv6CidrBlockState": {"State": "associated"}}  # fmt: skip


describes("DescribeSubnets", SUBNET)


@ec2("AssociateSubnetCidrBlock", "an IPv6 block of the subnet")
def associate_subnet_cidr(call, p):
    subnet = own(call, SUBNET, p["SubnetId"])
    entry = _subnet_ipv6(call, p.get("Ipv6CidrBlock", ""))
    subnet["Ipv6CidrBlockAssociationSet"].append(entry)
    return {"SubnetId": subnet["SubnetId"], "Ipv6CidrBlockAssociation": entry}


@ec2("DisassociateSubnetCidrBlock")
def disassociate_subnet_cidr(call, p):
    """Takes the IPv6 block away."""
    for subnet in call.table("subnet").values():
        for entry in list(subnet["Ipv6CidrBlockAssociationSet"]):
            if entry["AssociationId"] == p["AssociationId"]:
                subnet["Ipv6CidrBlockAssociationSet"].remove(entry)
                return {"SubnetId": subnet["SubnetId"], "Ipv6CidrBlockAssociation": entry}
    raise Failure("InvalidSubnetCidrBlockAssociationID.NotFound", f"The association ID '{p['AssociationId']}' does not exist")


@ec2("ModifySubnetAttribute", "one attribute a call")
def modify_subnet_attribute(call, p):
    subnet = own(call, SUBNET, p["SubnetId"])
    given = [n for n in p if n != "SubnetId"]
    if len(given) != 1:
        raise Failure("InvalidParameterCombination", "Exactly one attribute may be modified at a time")
    name, value = given[0], p[given[0]]
    value = value.get("Value") if isinstance(value, dict) else value
    options = subnet["PrivateDnsNameOptionsOnLaunch"]
    if name == "PrivateDnsHostnameTypeOnLaunch":
        options["HostnameType"] = value
    elif name.startswith("EnableResourceNameDns"):
        options[name.removesuffix("OnLaunch")] = value
    else:
        subnet[name] = value
    return {}


@ec2("DeleteSubnet", "refused while interfaces, instances, endpoints or attachments are in it")
def delete_subnet(call, p):
    name = p["SubnetId"]
    own(call, SUBNET, name)
    for account, _, other, value in call.world.everywhere("ec2.network-interface"):
        if value["SubnetId"] == name:
            raise in_use("subnet", name, other)
    for value in call.table("nat-gateway").values():
        if value["SubnetId"] == name and value["State"] not in ("deleted", "failed"):
            raise in_use("subnet", name, value["NatGatewayId"])
    for kind in ("route-table", "network-acl"):
        for value in call.table(kind).values():
            value["Associations"] = [a for a in value["Associations"] if a.get("SubnetId") != name]
    del call.table("subnet")[name]
    return {}


# ---- route tables ----
def _is_main(table):
    return any(a.get("Main") for a in table["Associations"])


def _association(call, table, main=False, **target):
    return {"RouteTableAssociationId": f"rtbassoc-0{call.world.hex(16)}", "RouteTableId": table["RouteTableId"], "Main": main,
            "AssociationState": {"State": "associated"}, **target}  # fmt: skip


def _table(call, vpc, p=None):
    blocks = own(call, VPC, vpc)["CidrBlockAssociationSet"]
    return new(call, TABLE, {
        "VpcId": vpc, "OwnerId": call.account, "Associations": [], "PropagatingVgws": [],
        "Routes": [{"DestinationCidrBlock": b["CidrBlock"], "GatewayId": "local", "State": "active",
                    "Origin": "CreateRouteTable"} for b in blocks],
    }, p)  # fmt: skip


@ec2("CreateRouteTable", "ClientToken gives the same table; quota per VPC")
def create_route_table(call, p):
    def make():
        own(call, VPC, p["VpcId"])
        count = sum(t["VpcId"] == p["VpcId"] for t in call.table("route-table").values())
        call.limit("ec2.route-tables-per-vpc", count, "RouteTableLimitExceeded")
        table = _table(call, p["VpcId"], p)
        return {"RouteTable": shown(call, table), "ClientToken": p.get("ClientToken")}

    return once(call, p, make)


@ec2("DescribeRouteTables", "the state of each route is that of its target: blackhole while that is not there")
def describe_route_tables(call, p):
    for table in call.table("route-table").values():
        for route in table["Routes"]:
            route["State"] = "active" if _target_serves(call, route) else "blackhole"
    return {"RouteTables": find(call, p, TABLE)}


def _target_serves(call, route):
    if route.get("TransitGatewayId"):
        return True  # the attachment was there when the route was made; deletion removes it below
    for member, kind, good in (("NatGatewayId", NAT, "available"), ("VpcPeeringConnectionId", PEERING, None)):
        if route.get(member):
            found = call.table(kind.name).get(route[member])
            if kind is PEERING:
                return any(n == route[member] and v["Status"]["Code"] == "active"
                           for _, _, n, v in call.world.everywhere("ec2.vpc-peering"))  # fmt: skip
            return bool(found) and found["State"] == good
    if str(route.get("GatewayId", "")).startswith("igw-"):
        found = call.table("internet-gateway").get(route["GatewayId"])
        return bool(found and found["Attachments"])
    if route.get("NetworkInterfaceId"):
        return route["NetworkInterfaceId"] in call.table("network-interface")
    return True


@ec2("DeleteRouteTable", "refused for the main table and while it is associated")
def delete_route_table(call, p):
    table = own(call, TABLE, p["RouteTableId"])
    if table["Associations"]:
        raise in_use("routeTable", p["RouteTableId"], table["Associations"][0]["RouteTableAssociationId"])
    del call.table("route-table")[p["RouteTableId"]]
    return {}


@ec2("AssociateRouteTable", "associating first; Resource.AlreadyAssociated for a subnet that has one")
def associate_route_table(call, p):
    table = own(call, TABLE, p["RouteTableId"])
    if p.get("SubnetId"):
        subnet = own(call, SUBNET, p["SubnetId"])
        if subnet["VpcId"] != table["VpcId"]:
            raise Failure("InvalidParameterValue", f"Route table {p['RouteTableId']} and subnet {p['SubnetId']} belong to different networks")
        target = {"SubnetId": p["SubnetId"]}
    elif p.get("GatewayId"):
        own(call, IGW, p["GatewayId"])
        target = {"GatewayId": p["GatewayId"]}
    else:
        raise Failure("MissingParameter", "The request must contain the parameter subnetId or gatewayId")
    _not_associated(call, target)
    entry = _association(call, table, **target)
    entry["AssociationState"] = {"State": "associating"}
    table["Associations"].append(entry)
    call.later("route-table", table["RouteTableId"], "ec2.route-table-association", {}, hook="table_associated")
    return {"AssociationId": entry["RouteTableAssociationId"], "AssociationState": {"State": "associating"}}


def _not_associated(call, target):
    (member, name), = target.items()
    for table in call.table("route-table").values():
        for entry in table["Associations"]:
            if entry.get(member) == name:
                raise Failure("Resource.AlreadyAssociated", f"the specified association for route table {table['RouteTableId']} "
                              "conflicts with an existing association")  # fmt: skip


@hook
def table_associated(world, place, table):
    for entry in table["Associations"]:
        entry["AssociationState"] = {"State": "associated"}


def _find_association(call, name):
    for table in call.table("route-table").values():
        for entry in table["Associations"]:
            if entry["RouteTableAssociationId"] == name:
                return table, entry
    raise Failure("InvalidAssociationID.NotFound", f"The association ID '{name}' does not exist")


@ec2("DisassociateRouteTable", "refused for the main association")
def disassociate_route_table(call, p):
    table, entry = _find_association(call, p["AssociationId"])
    if entry["Main"]:
        raise Failure("InvalidParameterValue", "cannot disassociate the main route table association")
    table["Associations"].remove(entry)
    return {}


@ec2("ReplaceRouteTableAssociation", "gives a new association id")
def replace_route_table_association(call, p):
    table, entry = _find_association(call, p["AssociationId"])
    other = own(call, TABLE, p["RouteTableId"])
    table["Associations"].remove(entry)
    target = {k: entry[k] for k in ("SubnetId", "GatewayId") if k in entry}
    made = _association(call, other, main=entry["Main"], **target)
    other["Associations"].append(made)
    return {"NewAssociationId": made["RouteTableAssociationId"], "AssociationState": {"State": "associated"}}


DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
TARGETS = ("TransitGatewayId", "GatewayId", "NatGatewayId", "NetworkInterfaceId", "VpcPeeringConnectionId",
           "EgressOnlyInternetGatewayId", "VpcEndpointId", "InstanceId", "LocalGatewayId", "CarrierGatewayId",
           "CoreNetworkArn")  # fmt: skip


def _destination(call, p):
    given = [d for d in DESTINATIONS if p.get(d)]
    if len(given) != 1:
        raise Failure("InvalidParameterCombination" if given else "MissingParameter", "A route has exactly one destination.")
    value = p[given[0]]
    if given[0] == "DestinationPrefixListId" and value in SERVICE_LISTS.values():
        raise Failure("InvalidParameterValue", f"Routes to {value} are made by gateway endpoints.")
    if given[0] == "DestinationPrefixListId":
        reach(call, PREFIXES, value)
    else:
        value = str(network(value))
    return given[0], value


def _target(call, p, table):
    given = [t for t in TARGETS if p.get(t)]
    if len(given) != 1:
        raise Failure("InvalidParameterCombination" if given else "MissingParameter", "A route has exactly one target.")
    member, name = given[0], p[given[0]]
    if member == "TransitGatewayId":
        reach(call, TGW, name)
        for _, region, _, a in call.world.everywhere("ec2.tgw-attachment"):
            if region == call.region and a["TransitGatewayId"] == name and a.get("VpcId") == table["VpcId"]:
                if a["State"] in ("available", "modifying"):
                    return {member: name}
        raise Failure("InvalidTransitGatewayID.NotFound", f"The transitGateway ID '{name}' does not exist.")
    if member == "GatewayId" and name.startswith("igw-"):
        gateway = own(call, IGW, name)
        if not any(a["VpcId"] == table["VpcId"] for a in gateway["Attachments"]):
            raise Failure("InvalidParameterValue", f"route table {table['RouteTableId']} and network gateway {name} belong to different networks")
    elif member == "GatewayId" and name.startswith("vpce-"):
        own(call, KINDS["vpc-endpoint"], name)
    elif member == "GatewayId" and name != "local":
        raise Failure("InvalidGatewayID.NotFound", f"The gateway ID '{name}' does not exist")
    elif member == "NatGatewayId":
        own(call, NAT, name)
    elif member == "NetworkInterfaceId":
        own(call, ENI, name)
    elif member == "InstanceId":
        instance = own(call, INSTANCE, name)
        return {"InstanceId": name, "NetworkInterfaceId": instance["NetworkInterfaces"][0]["NetworkInterfaceId"],
                "InstanceOwnerId": call.account}  # fmt: skip
    elif member == "EgressOnlyInternetGatewayId":
        own(call, EIGW, name)
    elif member == "VpcEndpointId":
        own(call, KINDS["vpc-endpoint"], name)
        return {"GatewayId": name}
    elif member == "VpcPeeringConnectionId":
        found = [v for v in _peerings(call) if v["VpcPeeringConnectionId"] == name]
        if not found:
            raise missing(PEERING, name)
        # a route may be made before the peering is accepted: VPC peering guide, "Update your route tables"
        if found[0]["Status"]["Code"] not in ("pending-acceptance", "provisioning", "active"):
            raise Failure("InvalidStateTransition", f"{name} is not active.")
    return {member: name}


def _route(table, member, value):
    return next((r for r in table["Routes"] if r.get(member) == value), None)


@ec2("CreateRoute", "RouteAlreadyExists; a transit gateway needs an available attachment of the VPC; quota per table")
def create_route(call, p):
    table = own(call, TABLE, p["RouteTableId"])
    member, value = _destination(call, p)
    target = _target(call, p, table)
    if _route(table, member, value):
        raise Failure("RouteAlreadyExists", f"The route identified by {value} already exists.")
    call.limit("ec2.routes-per-table", len(table["Routes"]), "RouteLimitExceeded")
    table["Routes"].append({member: value, **target, "State": "active", "Origin": "CreateRoute"})
    return {"Return": True}


@ec2("ReplaceRoute")
def replace_route(call, p):
    """The route must exist."""
    table = own(call, TABLE, p["RouteTableId"])
    member, value = _destination(call, p)
    route = _route(table, member, value)
    if route is None:
        raise Failure("InvalidParameterValue", f"There is no route defined for '{value}' in the route table. Use CreateRoute instead.")
    target = {"GatewayId": "local"} if p.get("LocalTarget") else _target(call, p, table)
    table["Routes"][table["Routes"].index(route)] = {member: value, **target, "State": "active", "Origin": route["Origin"]}
    return {}


@ec2("DeleteRoute", "InvalidRoute.NotFound; the local route stays")
def delete_route(call, p):
    table = own(call, TABLE, p["RouteTableId"])
    member, value = _destination(call, p)
    route = _route(table, member, value)
    if route is None:
        raise Failure("InvalidRoute.NotFound", f"no route with destination-cidr-block {value} in route table {p['RouteTableId']}")
    if route.get("GatewayId") == "local":
        raise Failure("InvalidParameterValue", f"cannot remove local route {value} in route table {p['RouteTableId']}")
    table["Routes"].remove(route)
    return {}


# ---- gateways ----
@ec2("CreateInternetGateway", "quota")
def create_igw(call, p):
    call.limit("ec2.internet-gateways", len(call.table("internet-gateway")), "InternetGatewayLimitExceeded")
    return {"InternetGateway": shown(call, new(call, IGW, {"Attachments": [], "OwnerId": call.account}, p))}


describes("DescribeInternetGateways", IGW)


@ec2("AttachInternetGateway", "one per VPC: Resource.AlreadyAssociated")
def attach_igw(call, p):
    gateway = own(call, IGW, p["InternetGatewayId"])
    own(call, VPC, p["VpcId"])
    if gateway["Attachments"]:
        raise Failure("Resource.AlreadyAssociated", f"resource {p['InternetGatewayId']} is already attached to network {gateway['Attachments'][0]['VpcId']}")
    for other in call.table("internet-gateway").values():
        if any(a["VpcId"] == p["VpcId"] for a in other["Attachments"]):
            raise Failure("InvalidParameterValue", f"Network {p['VpcId']} already has an internet gateway attached")
    gateway["Attachments"].append({"State": "available", "VpcId": p["VpcId"]})
    return {}


@ec2("DetachInternetGateway", "refused while an interface of the VPC has a public address")
def detach_igw(call, p):
    gateway = own(call, IGW, p["InternetGatewayId"])
    if not any(a["VpcId"] == p["VpcId"] for a in gateway["Attachments"]):
        raise Failure("Gateway.NotAttached", f"resource {p['InternetGatewayId']} is not attached to network {p['VpcId']}")
    for address in call.table("address").values():
        eni = call.table("network-interface").get(address.get("NetworkInterfaceId"))
        if eni and eni["VpcId"] == p["VpcId"]:
            raise Failure("DependencyViolation", f"Network {p['VpcId']} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.")
    gateway["Attachments"] = []
    return {}


@ec2("DeleteInternetGateway", "refused while attached")
def delete_igw(call, p):
    gateway = own(call, IGW, p["InternetGatewayId"])
    if gateway["Attachments"]:
        raise in_use("internetGateway", p["InternetGatewayId"], gateway["Attachments"][0]["VpcId"])
    del call.table("internet-gateway")[p["InternetGatewayId"]]
    return {}


@ec2("CreateEgressOnlyInternetGateway")
def create_eigw(call, p):
    """ClientToken gives the same gateway."""

    def make():
        own(call, VPC, p["VpcId"])
        value = {"Attachments": [{"State": "attached", "VpcId": p["VpcId"]}], "VpcId": p["VpcId"]}
        return {"EgressOnlyInternetGateway": shown(call, new(call, EIGW, value, p)), "ClientToken": p.get("ClientToken")}

    return once(call, p, make)


describes("DescribeEgressOnlyInternetGateways", EIGW)


@ec2("DeleteEgressOnlyInternetGateway")
def delete_eigw(call, p):
    """Must exist."""
    own(call, EIGW, p["EgressOnlyInternetGatewayId"])
    del call.table("egress-gateway")[p["EgressOnlyInternetGatewayId"]]
    return {"ReturnCode": True}


@ec2("CreateNatGateway", "pending for minutes, with an interface of its own; ClientToken gives the same gateway")
def create_nat(call, p):
    from .ec2_compute import interface

    def make():
        subnet = own(call, SUBNET, p["SubnetId"])
        addresses = [{"PrivateIp": None}]
        kind = p.get("ConnectivityType", "public")
        if kind == "public":
            if not p.get("AllocationId"):
                raise Failure("MissingParameter", "The request must contain the parameter AllocationId")
            address = own(call, ADDRESS, p["AllocationId"])
            if address.get("AssociationId"):
                raise Failure("Resource.AlreadyAssociated", f"Elastic IP address [{p['AllocationId']}] is already associated")
        value = new(call, NAT, {
            "State": "pending", "SubnetId": p["SubnetId"], "VpcId": subnet["VpcId"], "ConnectivityType": kind,
            "CreateTime": call.now, "NatGatewayAddresses": [],
        }, p)  # fmt: skip
        eni = interface(call, subnet, [], f"Interface for NAT Gateway {value['NatGatewayId']}", "nat_gateway",
                        p.get("PrivateIpAddress"))  # fmt: skip
        value["NatGatewayAddresses"] = [{"NetworkInterfaceId": eni["NetworkInterfaceId"], "PrivateIp": eni["PrivateIpAddress"], "IsPrimary": True, "Status": "succeeded"}]
        if kind == "public":
            address.update(AssociationId=f"eipassoc-0{call.world.hex(16)}", NetworkInterfaceId=eni["NetworkInterfaceId"])
            value["NatGatewayAddresses"][0].update(AllocationId=p["AllocationId"], PublicIp=address["PublicIp"])
        call.later("nat-gateway", value["NatGatewayId"], "ec2.nat-gateway", {"State": "available"},
                   bad={"State": "failed", "FailureCode": "InternalError", "FailureMessage": "half-done"})  # fmt: skip
        return {"NatGateway": shown(call, value), "ClientToken": p.get("ClientToken")}

    return once(call, p, make)


describes("DescribeNatGateways", NAT)


@ec2("DeleteNatGateway", "deleting, then deleted and still seen for an hour; frees its address at the end")
def delete_nat(call, p):
    gateway = own(call, NAT, p["NatGatewayId"])
    gateway["State"] = "deleting"
    call.later("nat-gateway", p["NatGatewayId"], "ec2.nat-gateway.delete", {"State": "deleted"}, hook="nat_deleted")
    call.later("nat-gateway", p["NatGatewayId"], "ec2.instance.gone", None)
    return {"NatGatewayId": p["NatGatewayId"]}


@hook
def nat_deleted(world, place, gateway):
    account, region, _, _ = place
    for address in gateway["NatGatewayAddresses"]:
        world.table(account, region, "ec2.network-interface").pop(address["NetworkInterfaceId"], None)
        for held in world.table(account, region, "ec2.address").values():
            if held.get("NetworkInterfaceId") == address["NetworkInterfaceId"]:
                held.pop("AssociationId"), held.pop("NetworkInterfaceId")


# ---- network ACLs ----
def _acl(call, vpc, p=None, default=False):
    entry = lambda egress, number, action: {"CidrBlock": "0.0.0.0/0", "Egress": egress, "Protocol": "-1",  # noqa: E731
                                            "RuleAction": action, "RuleNumber": number}  # fmt: skip
    entries = [entry(e, 32767, "deny") for e in (True, False)]
    if default:
        entries = [entry(e, 100, "allow") for e in (True, False)] + entries
    return new(call, NACL, {"VpcId": vpc, "OwnerId": call.account, "IsDefault": default, "Associations": [],
                            "Entries": entries}, p)  # fmt: skip


@ec2("CreateNetworkAcl", "denies everything at first; ClientToken gives the same list")
def create_acl(call, p):
    def make():
        own(call, VPC, p["VpcId"])
        count = sum(a["VpcId"] == p["VpcId"] for a in call.table("network-acl").values())
        call.limit("ec2.nacls-per-vpc", count, "NetworkAclLimitExceeded")
        return {"NetworkAcl": shown(call, _acl(call, p["VpcId"], p)), "ClientToken": p.get("ClientToken")}

    return once(call, p, make)


describes("DescribeNetworkAcls", NACL)


@ec2("DeleteNetworkAcl", "refused for the default list and while associated")
def delete_acl(call, p):
    acl = own(call, NACL, p["NetworkAclId"])
    if acl["IsDefault"]:
        raise Failure("InvalidParameterValue", f"cannot delete default network ACL {p['NetworkAclId']}")
    if acl["Associations"]:
        raise in_use("networkAcl", p["NetworkAclId"], acl["Associations"][0]["SubnetId"])
    del call.table("network-acl")[p["NetworkAclId"]]
    return {}


def _entry(p):
    keys = ("CidrBlock", "Ipv6CidrBlock", "Egress", "Protocol", "RuleAction", "RuleNumber", "PortRange", "IcmpTypeCode")
    value = {k: p[k] for k in keys if k in p}
    if "CidrBlock" in value:
        value["CidrBlock"] = str(network(value["CidrBlock"]))
    if not 1 <= p["RuleNumber"] <= 32766:
        raise Failure("InvalidParameterValue", f"Value ({p['RuleNumber']}) for parameter ruleNumber is invalid.")
    return value


def _same(p):
    return lambda e: (e["RuleNumber"], e["Egress"]) == (p["RuleNumber"], p["Egress"])


@ec2("CreateNetworkAclEntry", "NetworkAclEntryAlreadyExists; quota")
def create_acl_entry(call, p):
    acl = own(call, NACL, p["NetworkAclId"])
    if any(map(_same(p), acl["Entries"])):
        raise Failure("NetworkAclEntryAlreadyExists", f"The network acl entry identified by {p['RuleNumber']} already exists.")
    count = sum(e["Egress"] == p["Egress"] and e["RuleNumber"] != 32767 for e in acl["Entries"])
    call.limit("ec2.nacl-rules", count, "NetworkAclEntryLimitExceeded")
    acl["Entries"].append(_entry(p))
    acl["Entries"].sort(key=lambda e: (not e["Egress"], e["RuleNumber"]))
    return {}


@ec2("ReplaceNetworkAclEntry")
def replace_acl_entry(call, p):
    """The entry must exist."""
    acl = own(call, NACL, p["NetworkAclId"])
    for index, entry in enumerate(acl["Entries"]):
        if _same(p)(entry):
            acl["Entries"][index] = _entry(p)
            return {}
    raise Failure("InvalidNetworkAclEntry.NotFound", f"The network acl entry identified by {p['RuleNumber']} does not exist.")


@ec2("DeleteNetworkAclEntry")
def delete_acl_entry(call, p):
    """The entry must exist."""
    acl = own(call, NACL, p["NetworkAclId"])
    for entry in acl["Entries"]:
        if _same(p)(entry):
            acl["Entries"].remove(entry)
            return {}
    raise Failure("InvalidNetworkAclEntry.NotFound", f"The network acl entry identified by {p['RuleNumber']} does not exist.")


@ec2("ReplaceNetworkAclAssociation", "gives a new association id")
def replace_acl_association(call, p):
    target = own(call, NACL, p["NetworkAclId"])
    for acl in call.table("network-acl").values():
        for entry in acl["Associations"]:
            if entry["NetworkAclAssociationId"] == p["AssociationId"]:
                acl["Associations"].remove(entry)
                made = {"NetworkAclAssociationId": f"aclassoc-0{call.world.hex(16)}", "NetworkAclId": p["NetworkAclId"],
                        "SubnetId": entry["SubnetId"]}  # fmt: skip
                target["Associations"].append(made)
                return {"NewAssociationId": made["NetworkAclAssociationId"]}
    raise Failure("InvalidAssociationID.NotFound", f"The association ID '{p['AssociationId']}' does not exist")


# ---- DHCP options ----
@ec2("CreateDhcpOptions", "values checked as the reference says; no token: twice makes two")
def create_dhcp(call, p):
    known = ("domain-name", "domain-name-servers", "ntp-servers", "netbios-name-servers", "netbios-node-type",
             "ipv6-address-preferred-lease-time")  # fmt: skip
    rows = []
    for item in p["DhcpConfigurations"]:
        name, values = item.get("Key", ""), item.get("Values", [])
        if name not in known:
            raise Failure("InvalidParameterValue", f"Value ({name}) for parameter value is invalid. Unknown DHCP option")
        if name.endswith("-servers") and len(values) > 4:
            raise Failure("InvalidParameterValue", f"{name} takes at most four addresses")
        if name == "netbios-node-type" and values not in (["1"], ["2"], ["4"], ["8"]):
            raise Failure("InvalidParameterValue", f"Value ({values}) for parameter value is invalid. Invalid NetBIOS node type")
        rows.append({"Key": name, "Values": [{"Value": v} for v in values]})
    value = new(call, DHCP, {"DhcpConfigurations": rows, "OwnerId": call.account}, p)
    return {"DhcpOptions": shown(call, value)}


describes("DescribeDhcpOptions", DHCP)


@ec2("AssociateDhcpOptions", "`default` takes them away")
def associate_dhcp(call, p):
    vpc = own(call, VPC, p["VpcId"])
    if p["DhcpOptionsId"] != "default":
        own(call, DHCP, p["DhcpOptionsId"])
    vpc["DhcpOptionsId"] = p["DhcpOptionsId"]
    return {}


@ec2("DeleteDhcpOptions", "refused while a VPC has them")
def delete_dhcp(call, p):
    own(call, DHCP, p["DhcpOptionsId"])
    for vpc in call.table("vpc").values():
        if vpc["DhcpOptionsId"] == p["DhcpOptionsId"]:
            raise in_use("dhcpOptions", p["DhcpOptionsId"], vpc["VpcId"])
    del call.table("dhcp-options")[p["DhcpOptionsId"]]
    return {}


# ---- prefix lists ----
@ec2("CreateManagedPrefixList", "create-in-progress first; ClientToken gives the same list; quota")
def create_prefix_list(call, p):
    def make():
        call.limit("ec2.prefix-lists", len(call.table("prefix-list")), "PrefixListLimitExceeded")
        entries = _entries(p.get("Entries", []), p["MaxEntries"])
        value = new(call, PREFIXES, {
            "PrefixListName": p["PrefixListName"], "AddressFamily": p["AddressFamily"], "MaxEntries": p["MaxEntries"],
            "Version": 1, "OwnerId": call.account, "State": "create-in-progress", "_entries": entries,
            "_versions": {"1": list(entries)},
        }, p)  # fmt: skip
        value["PrefixListArn"] = call.arn("ec2", f"prefix-list/{value['PrefixListId']}")
        call.later("prefix-list", value["PrefixListId"], "ec2.prefix-list", {"State": "create-complete"},
                   bad={"State": "create-failed"})  # fmt: skip
        return {"PrefixList": shown(call, value)}

    return once(call, p, make)


def _entries(entries, most):
    found = [{"Cidr": str(network(e["Cidr"])), "Description": e.get("Description")} for e in entries]
    if len({e["Cidr"] for e in found}) != len(found):
        raise Failure("InvalidParameterValue", "A prefix list has each CIDR once.")
    if len(found) > most:
        raise Failure("PrefixListMaxEntriesExceeded", f"The prefix list takes at most {most} entries.")
    return found


describes("DescribeManagedPrefixLists", PREFIXES)


@ec2("GetManagedPrefixListEntries", "of the version that is asked for")
def get_prefix_entries(call, p):
    value = reach(call, PREFIXES, p["PrefixListId"])
    version = str(p.get("TargetVersion", value["Version"]))
    if version not in value["_versions"]:
        raise Failure("PrefixListVersionNotFound", f"There is no version {version}.")
    return {"Entries": value["_versions"][version]}


@ec2("GetManagedPrefixListAssociations", "route tables, groups and gateways that name the list")
def get_prefix_associations(call, p):
    reach(call, PREFIXES, p["PrefixListId"])
    return {"PrefixListAssociations": [{"ResourceId": n, "ResourceOwner": a} for n, a in _users(call, p["PrefixListId"])]}


def _users(call, name):
    for account, _, key, table in call.world.everywhere("ec2.route-table"):
        if any(r.get("DestinationPrefixListId") == name for r in table["Routes"]):
            yield key, account
    for account, _, _, rule in call.world.everywhere("ec2.security-group-rule"):
        if rule.get("PrefixListId") == name:
            yield rule["GroupId"], account
    for account, _, key, table in call.world.everywhere("ec2.tgw-route-table"):
        if name in table["_prefix_lists"]:
            yield key, account


@ec2("ModifyManagedPrefixList", "needs the current version for entries: PrefixListVersionMismatch; modify-in-progress first")
def modify_prefix_list(call, p):
    value = own(call, PREFIXES, p["PrefixListId"])
    if not value["State"].endswith("-complete"):
        raise Failure("IncorrectState", f"Prefix list {p['PrefixListId']} is in state {value['State']}.")
    if p.get("AddEntries") or p.get("RemoveEntries"):
        if p.get("CurrentVersion") != value["Version"]:
            raise Failure("PrefixListVersionMismatch", f"The current version is {value['Version']}.")
        gone = {str(network(e["Cidr"])) for e in p.get("RemoveEntries", [])}
        kept = [e for e in value["_entries"] if e["Cidr"] not in gone]
        added = _entries(p.get("AddEntries", []), value["MaxEntries"])
        fresh = {e["Cidr"] for e in added}
        value["_entries"] = _entries([e for e in kept if e["Cidr"] not in fresh] + added, value["MaxEntries"])
        value["Version"] += 1
        value["_versions"][str(value["Version"])] = list(value["_entries"])
    if p.get("MaxEntries"):
        if p["MaxEntries"] < len(value["_entries"]):
            raise Failure("InvalidParameterValue", "The list has more entries than that.")
        value["MaxEntries"] = p["MaxEntries"]
    value["PrefixListName"] = p.get("PrefixListName", value["PrefixListName"])
    value["State"] = "modify-in-progress"
    call.later("prefix-list", p["PrefixListId"], "ec2.prefix-list", {"State": "modify-complete"}, bad={"State": "modify-failed"})
    return {"PrefixList": shown(call, value)}


@ec2("DeleteManagedPrefixList", "refused while a route or a rule names it")
def delete_prefix_list(call, p):
    value = own(call, PREFIXES, p["PrefixListId"])
    for name, _ in _users(call, p["PrefixListId"]):
        raise Failure("DependencyViolation", f"The prefix list {p['PrefixListId']} is used by {name}.")
    value["State"] = "delete-in-progress"
    answer = shown(call, value)
    call.later("prefix-list", p["PrefixListId"], "ec2.prefix-list", None)
    return {"PrefixList": answer}


# ---- peering of VPCs ----
def _side(account, region, vpc):
    info = {"OwnerId": account, "Region": region, "VpcId": vpc["VpcId"] if vpc else None,
            "PeeringOptions": {"AllowDnsResolutionFromRemoteVpc": False}}  # fmt: skip
    if vpc:
        info["CidrBlock"] = vpc["CidrBlock"]
        info["CidrBlockSet"] = [{"CidrBlock": a["CidrBlock"]} for a in vpc["CidrBlockAssociationSet"]]
    return info


def _peerings(call):
    for account, region, name, value in call.world.everywhere("ec2.vpc-peering"):
        sides = [(value[s]["OwnerId"], value[s]["Region"]) for s in ("RequesterVpcInfo", "AccepterVpcInfo")]
        if (call.account, call.region) in sides:
            yield value


@ec2("CreateVpcPeeringConnection", "pending-acceptance; failed where ranges overlap; expires after seven days")
def create_peering(call, p):
    vpc = own(call, VPC, p["VpcId"])
    account, region = p.get("PeerOwnerId", call.account), p.get("PeerRegion", call.region)
    if not p.get("PeerVpcId"):
        raise Failure("MissingParameter", "The request must contain the parameter peerVpcId")
    peer = call.world.find((account, region, "ec2.vpc", p["PeerVpcId"]))
    value = {"RequesterVpcInfo": _side(call.account, call.region, vpc), "_tags_by": {},
             "AccepterVpcInfo": _side(account, region, peer), "OwnerId": call.account,
             "Status": {"Code": "pending-acceptance", "Message": f"Pending Acceptance by {account}"}}  # fmt: skip
    value["AccepterVpcInfo"]["VpcId"] = p["PeerVpcId"]
    overlap = peer and any(network(a["CidrBlock"]).overlaps(network(b["CidrBlock"]))
                           for a in vpc["CidrBlockAssociationSet"] for b in peer["CidrBlockAssociationSet"])  # fmt: skip
    if peer is None or overlap:
        value["Status"] = {"Code": "failed", "Message": "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"}
    new(call, PEERING, value)
    value["_tags_by"][f"{call.account} {call.region}"] = tags_of(p, PEERING.tag)
    if value["Status"]["Code"] == "pending-acceptance":
        call.later("vpc-peering", value["VpcPeeringConnectionId"], "ec2.pcx.expire", {}, hook="peering_expires")
    return {"VpcPeeringConnection": shown(call, value)}


@hook
def peering_expires(world, place, value):
    if value["Status"]["Code"] == "pending-acceptance":
        value["Status"] = {"Code": "expired", "Message": "Expired"}


@ec2("DescribeVpcPeeringConnections", "seen from both sides")
def describe_peerings(call, p):
    return {PEERING.rows: find(call, p, PEERING, [v for v in _peerings(call) if call.sees(v)])}


def _peering(call, name, side=None):
    for value in _peerings(call):
        if value["VpcPeeringConnectionId"] == name:
            if side and (value[side]["OwnerId"], value[side]["Region"]) != (call.account, call.region):
                raise Failure("OperationNotPermitted", f"User {call.account} cannot do this with peering {name}")
            return value
    raise missing(PEERING, name)


@ec2("AcceptVpcPeeringConnection", "only by the accepter, only while pending")
def accept_peering(call, p):
    value = _peering(call, p["VpcPeeringConnectionId"], "AccepterVpcInfo")
    if value["Status"]["Code"] != "pending-acceptance":
        raise Failure("InvalidStateTransition", f"{p['VpcPeeringConnectionId']} is {value['Status']['Code']}.")
    value["Status"] = {"Code": "provisioning", "Message": "Provisioning"}
    owner = value["RequesterVpcInfo"]
    place = [owner["OwnerId"], owner["Region"], "ec2.vpc-peering", p["VpcPeeringConnectionId"]]
    call.world.later(place, call.world.delay("ec2.pcx"), {"Status": {"Code": "active", "Message": "Active"}})
    return {"VpcPeeringConnection": shown(call, value)}


@ec2("RejectVpcPeeringConnection", "only by the accepter, only while pending")
def reject_peering(call, p):
    value = _peering(call, p["VpcPeeringConnectionId"], "AccepterVpcInfo")
    if value["Status"]["Code"] != "pending-acceptance":
        raise Failure("InvalidStateTransition", f"{p['VpcPeeringConnectionId']} is {value['Status']['Code']}.")
    value["Status"] = {"Code": "rejected", "Message": "Rejected"}
    return {"Return": True}


@ec2("DeleteVpcPeeringConnection", "by either side; stays visible as deleted")
def delete_peering(call, p):
    value = _peering(call, p["VpcPeeringConnectionId"])
    if value["Status"]["Code"] == "deleted":
        raise Failure("InvalidStateTransition", f"{p['VpcPeeringConnectionId']} is deleted.")
    value["Status"] = {"Code": "deleted", "Message": f"Deleted by {call.account}"}
    owner = value["RequesterVpcInfo"]
    place = [owner["OwnerId"], owner["Region"], "ec2.vpc-peering", p["VpcPeeringConnectionId"]]
    call.world.later(place, call.world.delay("ec2.instance.gone"), None)
    return {"Return": True}


@ec2("ModifyVpcPeeringConnectionOptions", "each side its own; only while active")
def modify_peering(call, p):
    value = _peering(call, p["VpcPeeringConnectionId"])
    if value["Status"]["Code"] != "active":
        raise Failure("OperationNotPermitted", f"Peering {p['VpcPeeringConnectionId']} is not active.")
    answer = {}
    for option, side in (("RequesterPeeringConnectionOptions", "RequesterVpcInfo"), ("AccepterPeeringConnectionOptions", "AccepterVpcInfo")):
        if option in p:
            if (value[side]["OwnerId"], value[side]["Region"]) != (call.account, call.region):
                raise Failure("OperationNotPermitted", "Only the owner of a side may modify its options.")
            value[side]["PeeringOptions"].update(p[option])
            answer[option] = value[side]["PeeringOptions"]
    return answer


# ---- flow logs ----
@ec2("CreateFlowLogs", "one log per resource; FlowLogAlreadyExists; ClientToken gives the same logs")
def create_flow_logs(call, p):
    def make():
        ids, failed = [], []
        kinds = {"VPC": VPC, "Subnet": SUBNET, "NetworkInterface": ENI, "TransitGateway": TGW,
                 "TransitGatewayAttachment": KINDS["tgw-attachment"]}  # fmt: skip
        for name in p["ResourceIds"]:
            try:
                if p["ResourceType"] not in kinds:
                    raise Failure("InvalidParameter", f"The stand-in has no flow logs of {p['ResourceType']}.")
                own(call, kinds[p["ResourceType"]], name)
            except Failure as failure:
                failed.append({"ResourceId": name, "Error": {"Code": failure.code, "Message": failure.message}})
                continue
            destination = p.get("LogDestination") or p.get("LogGroupName")
            for other in call.table("flow-log").values():
                if other["ResourceId"] == name and (other.get("LogDestination") or other.get("LogGroupName")) == destination:
                    raise Failure("FlowLogAlreadyExists", f"Error. There is an existing Flow Log with the same configuration and log destination.")
            value = new(call, FLOW, {
                "ResourceId": name, "TrafficType": p.get("TrafficType", "ALL"), "FlowLogStatus": "ACTIVE",
                "LogDestinationType": p.get("LogDestinationType", "cloud-watch-logs"), "CreationTime": call.now,
                "LogGroupName": p.get("LogGroupName"), "LogDestination": p.get("LogDestination"), "DeliverLogsStatus": "SUCCESS",
                "DeliverLogsPermissionArn": p.get("DeliverLogsPermissionArn"),
                "MaxAggregationInterval": p.get("MaxAggregationInterval", 600), "LogFormat": p.get("LogFormat", "default"),
            }, p)  # fmt: skip
            ids.append(value["FlowLogId"])
        return {"FlowLogIds": ids, "Unsuccessful": failed, "ClientToken": p.get("ClientToken")}

    return once(call, p, make)


describes("DescribeFlowLogs", FLOW)


@ec2("DeleteFlowLogs")
def delete_flow_logs(call, p):
    """Says which of them did not exist."""
    failed = []
    for name in p["FlowLogIds"]:
        if call.table("flow-log").pop(name, None) is None:
            failed.append({"ResourceId": name, "Error": {"Code": FLOW.missing, "Message": "does not exist"}})
    return {"Unsuccessful": failed}


# ---- security groups ----
def group(call, vpc, name, text, p, default=False):
    value = new(call, GROUP, {"GroupName": name, "Description": text, "VpcId": vpc, "OwnerId": call.account,
                              "_default": default}, p)  # fmt: skip
    value["SecurityGroupArn"] = call.arn("ec2", f"security-group/{value['GroupId']}")
    _rule(call, value, True, {"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "0.0.0.0/0"})
    if default:
        _rule(call, value, False, {"IpProtocol": "-1", "FromPort": -1, "ToPort": -1,
                                   "ReferencedGroupInfo": {"GroupId": value["GroupId"], "UserId": call.account}})  # fmt: skip
    return value


def _rule(call, value, egress, what, tags=None):
    rule = new(call, KINDS["security-group-rule"], {
        "GroupId": value["GroupId"], "GroupOwnerId": call.account, "OwnerId": call.account, "IsEgress": egress, **what,
        "Tags": tags or [],
    })  # fmt: skip
    rule["SecurityGroupRuleArn"] = call.arn("ec2", f"security-group-rule/{rule['SecurityGroupRuleId']}")
    return rule


@ec2("CreateSecurityGroup", "name once per VPC: InvalidGroup.Duplicate; one rule lets everything out; quota")
def create_group(call, p):
    if not p.get("VpcId"):
        raise Failure("VPCIdNotSpecified", "No default VPC for this user")
    reach(call, VPC, p["VpcId"])
    if p["GroupName"].startswith("sg-") or p["GroupName"] == "default":
        raise Failure("InvalidParameterValue", f"Value ({p['GroupName']}) for parameter GroupName is invalid.")
    for text, member in ((p["GroupName"], "GroupName"), (p["Description"], "GroupDescription")):
        if len(text) > 255 or not all(c.isascii() and (c.isalnum() or c in " ._-:/()#,@[]+=&;{}!$*") for c in text):
            raise Failure("InvalidParameterValue", f"Value ({text}) for parameter {member} is invalid. Character sets beyond ASCII are not supported.")
    if any(g["GroupName"] == p["GroupName"] and g["VpcId"] == p["VpcId"] for g in call.table("security-group").values()):
        raise Failure("InvalidGroup.Duplicate", f"The security group '{p['GroupName']}' already exists for VPC '{p['VpcId']}'")
    call.limit("ec2.security-groups", len(call.table("security-group")), "SecurityGroupLimitExceeded")
    value = group(call, p["VpcId"], p["GroupName"], p["Description"], p)
    return {"GroupId": value["GroupId"], "Tags": value["Tags"], "SecurityGroupArn": value["SecurityGroupArn"]}


def _rules(call, name, egress=None):
    rules = [r for r in call.table("security-group-rule").values() if r["GroupId"] == name]
    return [r for r in rules if egress is None or r["IsEgress"] == egress]


def _permissions(rules):
    """Rules folded into permissions, as DescribeSecurityGroups has them."""
    folded = {}
    for r in rules:
        key = (r["IpProtocol"], r["FromPort"], r["ToPort"])
        item = folded.setdefault(key, {"IpProtocol": r["IpProtocol"], "IpRanges": [], "Ipv6Ranges": [],
                                       "PrefixListIds": [], "UserIdGroupPairs": []})  # fmt: skip
        if r["IpProtocol"] != "-1":
            item["FromPort"], item["ToPort"] = r["FromPort"], r["ToPort"]
        text = {"Description": r["Description"]} if r.get("Description") else {}
        if r.get("CidrIpv4"):
            item["IpRanges"].append({"CidrIp": r["CidrIpv4"], **text})
        elif r.get("CidrIpv6"):
            item["Ipv6Ranges"].append({"CidrIpv6": r["CidrIpv6"], **text})
        elif r.get("PrefixListId"):
            item["PrefixListIds"].append({"PrefixListId": r["PrefixListId"], **text})
        else:
            item["UserIdGroupPairs"].append({**r["ReferencedGroupInfo"], **text})
    return list(folded.values())


@ec2("DescribeSecurityGroups", "rules folded into permissions")
def describe_groups(call, p):
    rows = []
    if p.get("GroupNames"):
        raise Failure("InvalidGroup.NotFound", f"The security group '{p['GroupNames'][0]}' does not exist in default VPC 'null'")
    for value in visible(call, GROUP):
        rows.append({**value, "IpPermissions": _permissions(_rules(call, value["GroupId"], False)),
                     "IpPermissionsEgress": _permissions(_rules(call, value["GroupId"], True))})  # fmt: skip
    return {"SecurityGroups": find(call, p, GROUP, rows)}


describes("DescribeSecurityGroupRules", KINDS["security-group-rule"])


@ec2("DeleteSecurityGroup", "refused while an interface, a rule of another group or a resolver endpoint uses it")
def delete_group(call, p):
    name = p.get("GroupId")
    if not name:
        raise Failure("MissingParameter", "The request must contain the parameter GroupId")
    value = own(call, GROUP, name)
    if value["_default"]:
        raise Failure("CannotDelete", f"the specified group: \"{name}\" name: \"default\" cannot be deleted by a user")
    for eni in call.table("network-interface").values():
        if any(g["GroupId"] == name for g in eni["Groups"]):
            raise Failure("DependencyViolation", f"resource {name} has a dependent object ({eni['NetworkInterfaceId']})")
    for endpoint in call.table("vpc-endpoint").values():  # without a subnet it has no interface, and its groups still
        if any(g["GroupId"] == name for g in endpoint["Groups"]):
            raise Failure("DependencyViolation", f"resource {name} has a dependent object ({endpoint['VpcEndpointId']})")
    for rule in call.table("security-group-rule").values():
        if rule.get("ReferencedGroupInfo", {}).get("GroupId") == name and rule["GroupId"] != name:
            raise Failure("DependencyViolation", f"resource {name} has a dependent object ({rule['GroupId']})")
    for rule in _rules(call, name):
        del call.table("security-group-rule")[rule["SecurityGroupRuleId"]]
    del call.table("security-group")[name]
    return {"Return": True, "GroupId": name}


def _unfold(call, p, value):
    """The single rules of a request."""
    permissions = p.get("IpPermissions")
    if not permissions and p.get("IpProtocol"):
        permissions = [{"IpProtocol": p["IpProtocol"], "FromPort": p.get("FromPort"), "ToPort": p.get("ToPort"),
                        "IpRanges": [{"CidrIp": p["CidrIp"]}] if p.get("CidrIp") else []}]  # fmt: skip
        permissions = [{k: v for k, v in permissions[0].items() if v is not None}]
    if not permissions:
        raise Failure("MissingParameter", "The request must contain the parameter ipPermissions")
    found = []
    for item in permissions:
        protocol = {"6": "tcp", "17": "udp", "1": "icmp"}.get(item.get("IpProtocol"), item.get("IpProtocol"))
        low, high = item.get("FromPort", -1), item.get("ToPort", -1)
        if protocol in ("tcp", "udp"):
            if "FromPort" not in item or "ToPort" not in item:
                raise Failure("InvalidParameterValue", "Invalid value for portRange. Must specify both from and to ports with TCP/UDP.")
            if not 0 <= low <= high <= 65535:
                raise Failure("InvalidParameterValue", f"Invalid value for portRange: {low}-{high}.")
        elif protocol == "-1":
            low = high = -1
        base = {"IpProtocol": protocol, "FromPort": low, "ToPort": high}
        count = len(found)

        def add(more, entry):
            text = entry.get("Description")
            if text and (len(text) > 255 or not all(c.isascii() and (c.isalnum() or c in " ._-:/()#,@[]+=&;{}!$*") for c in text)):
                raise Failure("InvalidParameterValue", "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*")
            found.append({**base, **more, **({"Description": text} if text else {})})

        for entry in item.get("IpRanges", []):
            block = ipaddress.ip_network(entry["CidrIp"], strict=False) if "/" in entry.get("CidrIp", "") else network(entry.get("CidrIp", ""))
            if str(block) != entry["CidrIp"]:
                raise Failure("InvalidParameterValue", f"CIDR block {entry['CidrIp']} is malformed")
            add({"CidrIpv4": str(block)}, entry)
        for entry in item.get("Ipv6Ranges", []):
            add({"CidrIpv6": str(network(entry["CidrIpv6"]))}, entry)
        for entry in item.get("PrefixListIds", []):
            if not entry["PrefixListId"].startswith("pl-"):
                raise missing(PREFIXES, entry["PrefixListId"])
            add({"PrefixListId": entry["PrefixListId"]}, entry)
        for entry in item.get("UserIdGroupPairs", []):
            owner = entry.get("UserId", call.account)
            other = call.world.find((owner, call.region, "ec2.security-group", entry.get("GroupId")))
            if other is None:
                raise Failure("InvalidGroup.NotFound", f"You have specified two resources that belong to different networks or the security group '{entry.get('GroupId')}' does not exist.")
            add({"ReferencedGroupInfo": {"GroupId": entry["GroupId"], "UserId": owner}}, entry)
        if len(found) == count:
            raise Failure("InvalidParameterValue", "A permission names at least one source or destination.")
    return found


def _key(rule):
    return tuple(str(rule.get(k)) for k in ("IpProtocol", "FromPort", "ToPort", "CidrIpv4", "CidrIpv6", "PrefixListId")) + (
        rule.get("ReferencedGroupInfo", {}).get("GroupId"),
    )


def _authorize(call, p, egress):
    value = own(call, GROUP, p.get("GroupId") or "")
    fresh = _unfold(call, p, value)
    known = {_key(r) for r in _rules(call, value["GroupId"], egress)}
    for rule in fresh:  # one duplicate refuses the whole batch
        if _key(rule) in known:
            raise Failure("InvalidPermission.Duplicate", f"the specified rule \"peer: {rule.get('CidrIpv4', '')}, {rule['IpProtocol'].upper()}, "
                          f"from port: {rule['FromPort']}, to port: {rule['ToPort']}, ALLOW\" already exists")  # fmt: skip
        known.add(_key(rule))
    call.limit("ec2.rules-per-group", len(known) - 1, "RulesPerSecurityGroupLimitExceeded",
               "The maximum number of rules per security group has been reached.")  # fmt: skip
    tags = tags_of(p, "security-group-rule")
    made = [_rule(call, value, egress, rule, list(tags)) for rule in fresh]
    return {"Return": True, "SecurityGroupRules": made}


@ec2("AuthorizeSecurityGroupIngress", "one duplicate refuses the whole batch; 60 rules at most")
def authorize_ingress(call, p):
    return _authorize(call, p, False)


@ec2("AuthorizeSecurityGroupEgress", "one duplicate refuses the whole batch; 60 rules at most")
def authorize_egress(call, p):
    return _authorize(call, p, True)


def _revoke(call, p, egress):
    value = own(call, GROUP, p.get("GroupId") or "")
    rules = {r["SecurityGroupRuleId"]: r for r in _rules(call, value["GroupId"], egress)}
    gone = []
    if p.get("SecurityGroupRuleIds"):
        for name in p["SecurityGroupRuleIds"]:
            if name not in rules:
                raise Failure("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{name}' does not exist")
            gone.append(name)
    else:
        for rule in _unfold(call, p, value):
            found = [n for n, r in rules.items() if _key(r) == _key(rule)]
            if not found:
                raise Failure("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
            gone += found
    told = []
    for name in gone:
        rule = call.table("security-group-rule").pop(name)
        told.append({**rule, "ReferencedGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId")})
    return {"Return": True, "RevokedSecurityGroupRules": told}


@ec2("RevokeSecurityGroupIngress", "by rule or by id; InvalidPermission.NotFound")
def revoke_ingress(call, p):
    return _revoke(call, p, False)


@ec2("RevokeSecurityGroupEgress", "by rule or by id; InvalidPermission.NotFound")
def revoke_egress(call, p):
    return _revoke(call, p, True)


@ec2("ModifySecurityGroupRules", "by id; all members are given anew")
def modify_rules(call, p):
    own(call, GROUP, p["GroupId"])
    rules = {r["SecurityGroupRuleId"]: r for r in _rules(call, p["GroupId"])}
    for item in p["SecurityGroupRules"]:
        rule = rules.get(item["SecurityGroupRuleId"])
        if rule is None:
            raise Failure("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{item['SecurityGroupRuleId']}' does not exist")
        what = dict(item["SecurityGroupRule"])
        if what.get("ReferencedGroupId"):
            what["ReferencedGroupInfo"] = {"GroupId": what.pop("ReferencedGroupId"), "UserId": call.account}
        for member in ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupInfo", "Description"):
            rule.pop(member, None)
        rule.update(what)
    return {"Return": True}


def _descriptions(call, p, egress):
    rules = {r["SecurityGroupRuleId"]: r for r in _rules(call, p.get("GroupId"), egress)}
    for item in p.get("SecurityGroupRuleDescriptions", []):
        if item["SecurityGroupRuleId"] not in rules:
            raise Failure("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{item['SecurityGroupRuleId']}' does not exist")
        rules[item["SecurityGroupRuleId"]]["Description"] = item.get("Description", "")
    if p.get("IpPermissions"):
        for wanted in _unfold(call, p, None):
            found = [r for r in rules.values() if _key(r) == _key(wanted)]
            if not found:
                raise Failure("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
            found[0]["Description"] = wanted.get("Description", "")
    return {"Return": True}


@ec2("UpdateSecurityGroupRuleDescriptionsIngress")
def describe_ingress(call, p):
    """By rule or by id."""
    return _descriptions(call, p, False)


@ec2("UpdateSecurityGroupRuleDescriptionsEgress")
def describe_egress(call, p):
    """By rule or by id."""
    return _descriptions(call, p, True)


@ec2("ModifyVpcTenancy", "to default only")
def modify_tenancy(call, p):
    own(call, VPC, p["VpcId"])["InstanceTenancy"] = p["InstanceTenancy"]
    return {"ReturnValue": True}


SERVICE_LISTS = {"s3": "pl-60a54000", "dynamodb": "pl-61a54001"}


def service_list(service):
    return SERVICE_LISTS[service.rsplit(".", 1)[-1]]


@ec2("DescribePrefixLists", "those of gateway endpoints: S3 and DynamoDB")
def describe_service_lists(call, p):
    rows = [{"PrefixListId": p_id, "PrefixListName": f"com.amazonaws.{call.region}.{name}", "Cidrs": [f"52.{218 + n}.0.0/17"]}
            for n, (name, p_id) in enumerate(SERVICE_LISTS.items())]  # fmt: skip
    for name in p.get("PrefixListIds", []):
        if name not in [r["PrefixListId"] for r in rows]:
            raise missing(PREFIXES, name)
    from .ec2_base import select

    rows = [r for r in rows if r["PrefixListId"] in p.get("PrefixListIds", [r["PrefixListId"]])]
    return {"PrefixLists": select(call, "", rows, p.get("Filters"))}


# ---- addresses of a NAT gateway ----
def _nat(call, p):
    gateway = own(call, NAT, p["NatGatewayId"])
    if gateway["State"] != "available":
        raise Failure("InvalidState", f"{p['NatGatewayId']} is {gateway['State']}.")
    return gateway


def _nat_address(call, gateway, address=None):
    from .ec2_compute import interface

    eni = interface(call, own(call, SUBNET, gateway["SubnetId"]), [], f"Interface for NAT Gateway {gateway['NatGatewayId']}", "nat_gateway", address)
    return {"NetworkInterfaceId": eni["NetworkInterfaceId"], "PrivateIp": eni["PrivateIpAddress"], "IsPrimary": False, "Status": "succeeded"}


@ec2("AssociateNatGatewayAddress", "one more public address of a public gateway")
def associate_nat_address(call, p):
    gateway = _nat(call, p)
    for name in p["AllocationIds"]:
        address = own(call, ADDRESS, name)
        if address.get("AssociationId"):
            raise Failure("Resource.AlreadyAssociated", f"Elastic IP address [{name}] is already associated")
        entry = _nat_address(call, gateway)
        address.update(AssociationId=f"eipassoc-0{call.world.hex(16)}", NetworkInterfaceId=entry["NetworkInterfaceId"])
        gateway["NatGatewayAddresses"].append({**entry, "AllocationId": name, "PublicIp": address["PublicIp"], "AssociationId": address["AssociationId"]})
    return {"NatGatewayId": p["NatGatewayId"], "NatGatewayAddresses": gateway["NatGatewayAddresses"]}


def _drop_nat(call, gateway, wanted):
    gone = [a for a in gateway["NatGatewayAddresses"] if wanted(a)]
    if any(a["IsPrimary"] for a in gone):
        raise Failure("InvalidParameter", "The primary address stays.")
    for entry in gone:
        gateway["NatGatewayAddresses"].remove(entry)
        call.table("network-interface").pop(entry["NetworkInterfaceId"], None)
        for address in call.table("address").values():
            if address.get("NetworkInterfaceId") == entry["NetworkInterfaceId"]:
                address.pop("AssociationId"), address.pop("NetworkInterfaceId")
    return {"NatGatewayId": gateway["NatGatewayId"], "NatGatewayAddresses": gone}


@ec2("DisassociateNatGatewayAddress", "not the primary one")
def disassociate_nat_address(call, p):
    return _drop_nat(call, _nat(call, p), lambda a: a.get("AssociationId") in p["AssociationIds"])


@ec2("AssignPrivateNatGatewayAddress", "one more private address")
def assign_nat_address(call, p):
    gateway = _nat(call, p)
    for address in p.get("PrivateIpAddresses") or [None] * p.get("PrivateIpAddressCount", 1):
        gateway["NatGatewayAddresses"].append(_nat_address(call, gateway, address))
    return {"NatGatewayId": p["NatGatewayId"], "NatGatewayAddresses": gateway["NatGatewayAddresses"]}


@ec2("UnassignPrivateNatGatewayAddress", "not the primary one")
def unassign_nat_address(call, p):
    return _drop_nat(call, _nat(call, p), lambda a: a["PrivateIp"] in p["PrivateIpAddresses"])
