"""Route 53: hosted zones, records, private zones of other accounts' VPCs with authorization."""

from ..registry import operation
from ..world import Failure
from .organizations import put_tags


def r53(name, does=""):
    return operation("route53", name, does)


def zone(call, name):
    found = call.get("zone", name.rsplit("/", 1)[-1])
    if found is None:
        raise Failure("NoSuchHostedZone", f"No hosted zone found with ID: {name}", 404)
    return found


def _vpc_account(call, vpc):
    for account, region, name, _ in call.world.everywhere("ec2.vpc"):
        if name == vpc["VPCId"] and region == vpc["VPCRegion"]:
            return account
    raise Failure("InvalidVPCId", f"The VPC: {vpc['VPCId']} is not found.", 400)


def change(call):
    name = "C" + call.world.letters(20)
    call.put("change", name, {"Id": f"/change/{name}", "Status": "PENDING", "SubmittedAt": call.now})
    answer = dict(call.table("change")[name])
    call.later("change", name, "route53.change", {"Status": "INSYNC"})
    return answer


def dotted(name):
    return (name if name.endswith(".") else name + ".").lower()


def _shown(value):
    return {**value, "Id": f"/hostedzone/{value['Id']}", "ResourceRecordSetCount": len(value["_records"])}


NAMES = ["ns-1.stand-in.example", "ns-2.stand-in.example", "ns-3.stand-in.example", "ns-4.stand-in.example"]


@r53("CreateHostedZone", "CallerReference once: HostedZoneAlreadyExists; private with a VPC; PENDING first")
def create(call, p):
    if any(z["CallerReference"] == p["CallerReference"] for z in call.table("zone").values()):
        raise Failure("HostedZoneAlreadyExists", "A hosted zone has already been created with the specified caller reference.", 409)
    vpc = p.get("VPC")
    if vpc and _vpc_account(call, vpc) != call.account:
        raise Failure("InvalidVPCId", "The VPC does not exist or belongs to another account.", 400)
    if vpc:
        _conflict(call, vpc, dotted(p["Name"]))
    name = "Z" + call.world.letters(20)
    value = {"Id": name, "Name": dotted(p["Name"]), "CallerReference": p["CallerReference"], "Tags": [], "_vpcs": [vpc] if vpc else [], "_authorized": [],
             "Config": {"Comment": p.get("HostedZoneConfig", {}).get("Comment", ""), "PrivateZone": bool(vpc)}, "_records": []}  # fmt: skip
    value["_records"] = [
        {"Name": value["Name"], "Type": "NS", "TTL": 172800, "ResourceRecords": [{"Value": n + "."} for n in NAMES]},
        {"Name": value["Name"], "Type": "SOA", "TTL": 900, "ResourceRecords": [{"Value": f"{NAMES[0]}. hostmaster. 1 7200 900 1209600 86400"}]}]  # fmt: skip
    call.put("zone", name, value)
    return {"HostedZone": _shown(value), "ChangeInfo": change(call), "DelegationSet": {"NameServers": NAMES}, "VPC": vpc,
            "Location": f"https://route53.amazonaws.com/2013-04-01/hostedzone/{name}"}  # fmt: skip


def _conflict(call, vpc, name):
    for _, _, _, other in call.world.everywhere("route53.zone"):
        if other["Name"] == name and any(v["VPCId"] == vpc["VPCId"] for v in other["_vpcs"]):
            raise Failure("ConflictingDomainExists", f"The VPC {vpc['VPCId']} in region {vpc['VPCRegion']} has already been associated with the hosted zone {other['Id']} with the same domain name.", 400)


@r53("GetHostedZone", "with its VPCs")
def get(call, p):
    value = zone(call, p["Id"])
    answer = {"HostedZone": _shown(value)}
    if value["Config"]["PrivateZone"]:
        answer["VPCs"] = value["_vpcs"]
    else:
        answer["DelegationSet"] = {"NameServers": NAMES}
    return answer


@r53("ListHostedZones")
def list_zones(call, p):
    """All of the account."""
    return {"HostedZones": [_shown(z) for z in call.rows("zone")], "IsTruncated": False, "MaxItems": "100", "Marker": ""}


@r53("ListHostedZonesByName", "in the order of names, from one on")
def list_by_name(call, p):
    order = lambda z: (z["Name"].split(".")[::-1], z["Id"])  # noqa: E731
    rows = sorted(call.rows("zone"), key=order)
    if p.get("DNSName"):
        start = dotted(p["DNSName"]).split(".")[::-1]
        rows = [r for r in rows if r["Name"].split(".")[::-1] >= start]
    return {"HostedZones": [_shown(z) for z in rows], "IsTruncated": False, "MaxItems": p.get("MaxItems", "100"), "DNSName": p.get("DNSName")}


@r53("ListHostedZonesByVPC", "private zones of a VPC, also those of other accounts")
def list_by_vpc(call, p):
    rows = [{"HostedZoneId": z["Id"], "Name": z["Name"], "Owner": {"OwningAccount": account}} for account, _, _, z in call.world.everywhere("route53.zone")
            if any(v["VPCId"] == p["VPCId"] for v in z["_vpcs"])]  # fmt: skip
    return {"HostedZoneSummaries": rows, "MaxItems": "100"}


@r53("UpdateHostedZoneComment")
def comment(call, p):
    """The comment."""
    value = zone(call, p["Id"])
    value["Config"]["Comment"] = p.get("Comment", "")
    return {"HostedZone": _shown(value)}


@r53("DeleteHostedZone", "HostedZoneNotEmpty while records of one's own are there")
def delete(call, p):
    value = zone(call, p["Id"])
    if any((r["Name"], r["Type"]) not in ((value["Name"], "NS"), (value["Name"], "SOA")) for r in value["_records"]):
        raise Failure("HostedZoneNotEmpty", "The specified hosted zone contains non-required resource record sets and so cannot be deleted.", 400)
    del call.table("zone")[value["Id"]]
    return {"ChangeInfo": change(call)}


@r53("ChangeResourceRecordSets", "all or nothing: InvalidChangeBatch")
def change_records(call, p):
    value = zone(call, p["HostedZoneId"])
    records = [dict(r) for r in value["_records"]]
    problems = []
    for item in p["ChangeBatch"]["Changes"]:
        record = dict(item["ResourceRecordSet"])
        record["Name"] = dotted(record["Name"])
        key = (record["Name"], record["Type"], record.get("SetIdentifier"))
        if not (record["Name"] == value["Name"] or record["Name"].endswith("." + value["Name"])):
            problems.append(f"RRSet with DNS name {record['Name']} is not permitted in zone {value['Name']}")
            continue
        known = [r for r in records if (r["Name"], r["Type"], r.get("SetIdentifier")) == key]
        if item["Action"] == "CREATE" and known:
            problems.append(f"Tried to create resource record set [name='{record['Name']}', type='{record['Type']}'] but it already exists")
        elif item["Action"] == "DELETE":
            if not known or known[0] != record:
                problems.append(f"Tried to delete resource record set [name='{record['Name']}', type='{record['Type']}'] but it was not found")
            else:
                records.remove(known[0])
        else:
            records = [r for r in records if r not in known] + [record]
    if problems:
        raise Failure("InvalidChangeBatch", "[" + ", ".join(problems) + "]", 400)
    value["_records"] = records
    return {"ChangeInfo": change(call)}


@r53("ListResourceRecordSets", "in the order of reversed names, from one on")
def list_records(call, p):
    order = lambda r: (r["Name"].split(".")[::-1], r["Type"], r.get("SetIdentifier") or "")  # noqa: E731
    rows = sorted(zone(call, p["HostedZoneId"])["_records"], key=order)
    if p.get("StartRecordName"):
        start = (dotted(p["StartRecordName"]).split(".")[::-1], p.get("StartRecordType", ""), p.get("StartRecordIdentifier", ""))
        rows = [r for r in rows if order(r) >= start]
    most = min(int(p.get("MaxItems", 300)), call.world.config["page"] or 300)
    answer = {"ResourceRecordSets": rows[:most], "IsTruncated": len(rows) > most, "MaxItems": str(most)}
    if len(rows) > most:
        answer.update(NextRecordName=rows[most]["Name"], NextRecordType=rows[most]["Type"], NextRecordIdentifier=rows[most].get("SetIdentifier"))
    return answer


@r53("GetChange", "PENDING, then INSYNC")
def get_change(call, p):
    found = call.get("change", p["Id"].rsplit("/", 1)[-1])
    if found is None:
        raise Failure("NoSuchChange", f"Could not find resource with ID: {p['Id']}", 404)
    return {"ChangeInfo": found}


# ---- VPCs of other accounts ----
def _any_zone(call, name):
    for account, _, key, value in call.world.everywhere("route53.zone"):
        if key == name.rsplit("/", 1)[-1]:
            return account, value
    raise Failure("NoSuchHostedZone", f"No hosted zone found with ID: {name}", 404)


@r53("CreateVPCAssociationAuthorization", "by the zone's account; idempotent")
def authorize(call, p):
    value = zone(call, p["HostedZoneId"])
    if p["VPC"] not in value["_authorized"]:
        value["_authorized"].append(p["VPC"])
    return {"HostedZoneId": value["Id"], "VPC": p["VPC"]}


@r53("DeleteVPCAssociationAuthorization")
def revoke(call, p):
    """VPCAssociationAuthorizationNotFound."""
    value = zone(call, p["HostedZoneId"])
    if p["VPC"] not in value["_authorized"]:
        raise Failure("VPCAssociationAuthorizationNotFound", "The VPC association authorization does not exist.", 404)
    value["_authorized"].remove(p["VPC"])
    return {}


@r53("ListVPCAssociationAuthorizations")
def authorizations(call, p):
    """Of a zone."""
    value = zone(call, p["HostedZoneId"])
    return {"HostedZoneId": value["Id"], "VPCs": value["_authorized"]}


@r53("AssociateVPCWithHostedZone", "own zones, or with the zone account's authorization; one zone of a name per VPC")
def associate(call, p):
    account, value = _any_zone(call, p["HostedZoneId"])
    vpc = p["VPC"]
    if _vpc_account(call, vpc) != call.account:
        raise Failure("NotAuthorizedException", "The VPC belongs to another account.", 401)
    if not value["Config"]["PrivateZone"]:
        raise Failure("PublicZoneVPCAssociation", "You're trying to associate a VPC with a public hosted zone.", 400)
    if account != call.account and vpc not in value["_authorized"]:
        raise Failure("NotAuthorizedException", "Associating the specified VPC with the specified hosted zone has not been authorized.", 401)
    if any(v["VPCId"] == vpc["VPCId"] for v in value["_vpcs"]):
        return {"ChangeInfo": change(call)}
    _conflict(call, vpc, value["Name"])
    value["_vpcs"].append(vpc)
    return {"ChangeInfo": change(call)}


@r53("DisassociateVPCFromHostedZone", "not the last one: LastVPCAssociation")
def disassociate(call, p):
    _, value = _any_zone(call, p["HostedZoneId"])
    found = [v for v in value["_vpcs"] if v["VPCId"] == p["VPC"]["VPCId"]]
    if not found:
        raise Failure("VPCAssociationNotFound", "The VPC is not associated with the hosted zone.", 404)
    if len(value["_vpcs"]) == 1:
        raise Failure("LastVPCAssociation", "The VPC is the last one of the private hosted zone.", 400)
    value["_vpcs"].remove(found[0])
    return {"ChangeInfo": change(call)}


# ---- tags ----
@r53("ChangeTagsForResource", "adds, replaces, removes")
def change_tags(call, p):
    tags = zone(call, p["ResourceId"])["Tags"]
    tags[:] = [t for t in tags if t["Key"] not in p.get("RemoveTagKeys", [])]
    put_tags(tags, p.get("AddTags", []))
    return {}


@r53("ListTagsForResource")
def list_tags(call, p):
    """Of a zone."""
    return {"ResourceTagSet": {"ResourceType": p["ResourceType"], "ResourceId": p["ResourceId"], "Tags": zone(call, p["ResourceId"])["Tags"]}}
