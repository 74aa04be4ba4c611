"""Resource Access Manager: shares, their resources and principals, invitations across organizations."""

import json

from ..registry import hook, operation
from ..world import Failure
from .organizations import put_tags
from .ram_view import members, shares_for

# What may be shared, by the service and resource in its ARN: RAM user guide, "Shareable AWS resources".
SHAREABLE = {
    ("ec2", "transit-gateway"): "ec2:TransitGateway", ("ec2", "subnet"): "ec2:Subnet", ("ec2", "prefix-list"): "ec2:PrefixList",
    ("route53resolver", "resolver-rule"): "route53resolver:ResolverRule", ("ec2", "security-group"): "ec2:SecurityGroup",
    ("route53resolver", "resolver-query-log-config"): "route53resolver:ResolverQueryLogConfig",
    ("ssm", "parameter"): "ssm:Parameter", ("network-firewall", "firewall-policy"): "network-firewall:FirewallPolicy",
}  # fmt: skip
INTERNAL_ONLY = {"ec2:Subnet", "ec2:SecurityGroup"}  # shared within an organization only: same page
TABLES = {"transit-gateway": "ec2.tgw", "subnet": "ec2.subnet", "prefix-list": "ec2.prefix-list", "security-group": "ec2.security-group",
          "resolver-rule": "route53resolver.rule", "resolver-query-log-config": "route53resolver.log-config"}  # fmt: skip


def ram(name, does=""):
    return operation("ram", name, does)


def unknown(arn):
    return Failure("UnknownResourceException", f"ResourceShare {arn} could not be found.")


def type_of(arn):
    parts = arn.split(":", 5)
    if len(parts) != 6:
        raise Failure("MalformedArnException", f"The specified resource ARN {arn} is not valid.")
    name = parts[5].split("/")[0].split(":")[0]
    return SHAREABLE.get((parts[2], name)), name


def _share(call, arn, own=True):
    found = call.table("share").get(arn)
    if found is None or not call.sees(found):
        raise unknown(arn)
    if found["status"] in ("DELETING", "DELETED") and own and not call.read:
        raise Failure("UnknownResourceException", f"ResourceShare {arn} is {found['status']}.")
    return found


def _entry(share, entity, kind, external=False):
    return {"resourceShareArn": share["resourceShareArn"], "resourceShareName": share["name"], "associatedEntity": entity,
            "associationType": kind, "status": "ASSOCIATING", "creationTime": share["lastUpdatedTime"], "lastUpdatedTime": share["lastUpdatedTime"],
            "external": external}  # fmt: skip


def _add_resource(call, share, arn):
    kind, name = type_of(arn)
    if kind is None:
        raise Failure("MalformedArnException", f"Resource type of {arn} cannot be shared.")
    parts = arn.split(":", 5)
    if parts[4] != call.account or (parts[3] and parts[3] != call.region):
        raise Failure("OperationNotPermittedException", f"The resource you are attempting to share can only be shared by its owner, in its Region: {arn}.")
    table = TABLES.get(name)
    if table and arn.rsplit("/", 1)[-1] not in call.world.table(call.account, call.region, table):
        raise Failure("UnknownResourceException", f"The resource {arn} could not be found.")
    known = share["_resources"].get(arn)
    if known and known["status"] in ("ASSOCIATING", "ASSOCIATED"):
        return known
    share["_resources"][arn] = {**_entry(share, arn, "RESOURCE"), "_type": kind}
    return share["_resources"][arn]


def _external(call, principal):
    organization = members(call.world, call.account)
    if principal.startswith("arn:") and (":organization/" in principal or ":ou/" in principal):
        if organization is None or organization["Id"] not in principal:
            raise Failure("UnknownResourceException", f"Organization {principal.rsplit('/', 1)[1]} could not be found.")
        if ":ou/" in principal and principal.rsplit("/", 1)[-1] not in organization["_units"]:
            raise Failure("UnknownResourceException", f"OrganizationalUnit {principal.rsplit('/', 1)[1]} could not be found.")
        if not organization["_sharing"]:
            # EnableSharingWithAwsOrganization, not EnableAWSServiceAccess, must have run: API_EnableSharingWithAwsOrganization
            raise Failure("OperationNotPermittedException", "Sharing within the organization is not enabled.")
        return False
    if organization is None or principal not in organization["_accounts"]:
        return True
    return not organization["_sharing"]


def _add_principal(call, share, principal):
    if not (principal.isdigit() and len(principal) == 12 or principal.startswith("arn:")):
        raise Failure("InvalidParameterException", f"Principal ID {principal} is malformed. Verify the ID and try again.")
    external = _external(call, principal)
    if external and not share["allowExternalPrincipals"]:
        raise Failure("OperationNotPermittedException", f"Principal {principal} is not in your AWS organization. You do not have permission to add external AWS accounts to a resource share.")
    if external and any(r["_type"] in INTERNAL_ONLY for r in share["_resources"].values()):
        raise Failure("OperationNotPermittedException", "The resource cannot be shared with accounts outside of the organization.")
    known = share["_principals"].get(principal)
    if known and known["status"] in ("ASSOCIATING", "ASSOCIATED"):
        return known
    value = _entry(share, principal, "PRINCIPAL", external)
    share["_principals"][principal] = value
    if external and principal.isdigit():
        name = call.arn("ram", f"resource-share-invitation/{call.world.uuid()}")
        call.at(principal).put("invitation", name, {
            "resourceShareInvitationArn": name, "resourceShareName": share["name"], "resourceShareArn": share["resourceShareArn"],
            "senderAccountId": call.account, "receiverAccountId": principal, "invitationTimestamp": call.now, "status": "PENDING"})  # fmt: skip
        call.at(principal).later("invitation", name, "ram.invitation", {}, hook="invitation_expires")
        value["_invited"] = True
    return value


@hook
def invitation_expires(world, place, value):
    if value["status"] == "PENDING":
        value["status"] = "EXPIRED"


def _settle(call, share):
    name = share["resourceShareArn"]
    call.later("share", name, "ram.association", {}, bad={"_fails": True}, hook="associations_ready")


@hook
def associations_ready(world, place, share):
    failed = share.pop("_fails", False)
    for entry in list(share["_resources"].values()) + list(share["_principals"].values()):
        if entry["status"] == "ASSOCIATING" and not entry.get("_invited"):
            entry.update(status="FAILED" if failed else "ASSOCIATED", lastUpdatedTime=world.now())
            if failed:
                entry["statusMessage"] = "half-done"


@hook
def associations_gone(world, place, share):
    for table in (share["_resources"], share["_principals"]):
        for entry in table.values():
            if entry["status"] == "DISASSOCIATING":
                entry.update(status="DISASSOCIATED", lastUpdatedTime=world.now())


MISMATCH = Failure("IdempotentParameterMismatchException", "The client token was used with other parameters.")


@ram("CreateResourceShare", "PENDING first; clientToken gives the same share; associations take a while")
def create_share(call, p):
    def make():
        if not p.get("name", "").strip():
            raise Failure("InvalidParameterException", "The name is empty.")
        live = sum(s["status"] == "ACTIVE" for s in call.table("share").values())
        call.limit("ram.shares", live, "ResourceShareLimitExceededException")
        arn = call.arn("ram", f"resource-share/{call.world.uuid()}")
        share = {"resourceShareArn": arn, "name": p["name"], "owningAccountId": call.account, "status": "PENDING", "creationTime": call.now,
                 "allowExternalPrincipals": p.get("allowExternalPrincipals", True), "lastUpdatedTime": call.now, "tags": list(p.get("tags", [])),
                 "featureSet": "STANDARD", "_resources": {}, "_principals": {}, "_permissions": {}}  # fmt: skip
        for resource in p.get("resourceArns", []):
            _add_resource(call, share, resource)
        for principal in p.get("principals", []):
            _add_principal(call, share, principal)
        for permission in p.get("permissionArns", []):
            _permission(call, permission)
            share["_permissions"][permission] = {"status": "ASSOCIATED"}
        call.put("share", arn, share)
        call.later("share", arn, "ram.share", {"status": "ACTIVE"}, bad={"status": "FAILED"})
        _settle(call, share)
        return {"resourceShare": dict(share), "clientToken": p.get("clientToken")}

    return call.once(p.get("clientToken"), p, make, MISMATCH)


@ram("UpdateResourceShare")
def update_share(call, p):
    """Name and whether others may be in."""
    share = _share(call, p["resourceShareArn"])
    share.update({k: p[k] for k in ("name", "allowExternalPrincipals") if k in p}, lastUpdatedTime=call.now)
    return {"resourceShare": share}


@ram("DeleteResourceShare", "DELETED shares are still listed for a while")
def delete_share(call, p):
    share = _share(call, p["resourceShareArn"])
    share.update(status="DELETED", lastUpdatedTime=call.now)
    for table in (share["_resources"], share["_principals"]):
        for entry in table.values():
            entry["status"] = "DISASSOCIATED"
    call.world.forget(call.place("share", p["resourceShareArn"]))
    call.later("share", p["resourceShareArn"], "ram.gone", None)
    return {"returnValue": True}


@ram("GetResourceShares", "own and others', by name, tags, status, ARNs")
def get_shares(call, p):
    if p["resourceOwner"] == "SELF":
        rows = call.rows("share")
    else:
        rows = [s for _, s in shares_for(call.world, call.account, call.region)]
    if p.get("resourceShareArns"):
        known = {r["resourceShareArn"] for r in rows}
        for arn in p["resourceShareArns"]:
            if arn not in known:
                raise unknown(arn)
        rows = [r for r in rows if r["resourceShareArn"] in p["resourceShareArns"]]
    if p.get("name"):
        rows = [r for r in rows if r["name"] == p["name"]]
    if p.get("resourceShareStatus"):
        rows = [r for r in rows if r["status"] == p["resourceShareStatus"]]
    for f in p.get("tagFilters", []):
        rows = [r for r in rows if any(t["key"] == f.get("tagKey") and (not f.get("tagValues") or t["value"] in f["tagValues"]) for t in r["tags"])]
    if p.get("permissionArn"):
        rows = [r for r in rows if p["permissionArn"] in r["_permissions"]]
    return {"resourceShares": rows}


@ram("AssociateResourceShare", "ASSOCIATING first; clientToken; needs sharing with the organization")
def associate(call, p):
    def make():
        share = _share(call, p["resourceShareArn"])
        made = [_add_resource(call, share, r) for r in p.get("resourceArns", [])]
        made += [_add_principal(call, share, x) for x in p.get("principals", [])]
        share["lastUpdatedTime"] = call.now
        _settle(call, share)
        return {"resourceShareAssociations": [dict(m) for m in made], "clientToken": p.get("clientToken")}

    return call.once(p.get("clientToken"), p, make, MISMATCH)


@ram("DisassociateResourceShare", "DISASSOCIATING first")
def disassociate(call, p):
    share = _share(call, p["resourceShareArn"])
    gone = []
    for table, names in ((share["_resources"], p.get("resourceArns", [])), (share["_principals"], p.get("principals", []))):
        for name in names:
            entry = table.get(name)
            if entry is None or entry["status"] in ("DISASSOCIATED", "DISASSOCIATING"):
                raise Failure("UnknownResourceException", f"{name} is not associated with the resource share.")
            entry.update(status="DISASSOCIATING", lastUpdatedTime=call.now)
            gone.append(dict(entry))
    call.later("share", p["resourceShareArn"], "ram.disassociation", {}, hook="associations_gone")
    return {"resourceShareAssociations": gone, "clientToken": p.get("clientToken")}


@ram("GetResourceShareAssociations", "of resources or of principals, with their states")
def get_associations(call, p):
    table = "_resources" if p["associationType"] == "RESOURCE" else "_principals"
    if p["associationType"] == "PRINCIPAL" and p.get("resourceArn") or p["associationType"] == "RESOURCE" and p.get("principal"):
        raise Failure("InvalidParameterException", "The parameter does not fit the association type.")
    rows = []
    for arn in p.get("resourceShareArns", []):
        _share(call, arn)
    for share in call.rows("share"):
        if share["resourceShareArn"] in p.get("resourceShareArns", [share["resourceShareArn"]]):
            rows += share[table].values()
    wanted = p.get("resourceArn") or p.get("principal")
    rows = [r for r in rows if not wanted or r["associatedEntity"] == wanted]
    rows = [r for r in rows if not p.get("associationStatus") or r["status"] == p["associationStatus"]]
    return {"resourceShareAssociations": rows}


@ram("ListResources", "own, or what others share with the account")
def list_resources(call, p):
    rows = []
    if p["resourceOwner"] == "SELF":
        for share in call.rows("share"):
            rows += [{"arn": e["associatedEntity"], "type": e["_type"], "resourceShareArn": share["resourceShareArn"], "status": "AVAILABLE",
                      "creationTime": e["creationTime"]} for e in share["_resources"].values() if e["status"] == "ASSOCIATED"]  # fmt: skip
    else:
        for _, share in shares_for(call.world, call.account, call.region):
            rows += [{"arn": e["associatedEntity"], "type": e["_type"], "resourceShareArn": share["resourceShareArn"], "status": "AVAILABLE",
                      "creationTime": e["creationTime"]} for e in share["_resources"].values() if e["status"] == "ASSOCIATED"]  # fmt: skip
    rows = [r for r in rows if r["arn"] in p.get("resourceArns", [r["arn"]]) and r["type"] == p.get("resourceType", r["type"])]
    rows = [r for r in rows if r["resourceShareArn"] in p.get("resourceShareArns", [r["resourceShareArn"]])]
    return {"resources": rows}


@ram("ListPrincipals", "of own shares, or owners of shares with the account")
def list_principals(call, p):
    rows = []
    if p["resourceOwner"] == "SELF":
        for share in call.rows("share"):
            rows += [{"id": e["associatedEntity"], "resourceShareArn": share["resourceShareArn"], "external": e["external"],
                      "creationTime": e["creationTime"], "lastUpdatedTime": e["lastUpdatedTime"]}
                     for e in share["_principals"].values() if e["status"] == "ASSOCIATED"]  # fmt: skip
    else:
        rows = [{"id": o, "resourceShareArn": s["resourceShareArn"], "external": False, "creationTime": s["creationTime"]}
                for o, s in shares_for(call.world, call.account, call.region)]  # fmt: skip
    rows = [r for r in rows if r["id"] in p.get("principals", [r["id"]])]
    rows = [r for r in rows if r["resourceShareArn"] in p.get("resourceShareArns", [r["resourceShareArn"]])]
    return {"principals": rows}


# ---- invitations ----
def _invitation(call, arn):
    found = call.table("invitation").get(arn)
    if found is None:
        raise Failure("ResourceShareInvitationArnNotFoundException", f"ResourceShareInvitation {arn} could not be found.")
    if found["status"] != "PENDING":
        code = {"ACCEPTED": "AlreadyAccepted", "REJECTED": "AlreadyRejected", "EXPIRED": "Expired"}[found["status"]]
        raise Failure(f"ResourceShareInvitation{code}Exception", f"The invitation is {found['status']}.")
    return found


@ram("GetResourceShareInvitations", "for accounts outside of the organization, or while sharing with it is off")
def invitations(call, p):
    rows = call.rows("invitation")
    rows = [r for r in rows if r["resourceShareInvitationArn"] in p.get("resourceShareInvitationArns", [r["resourceShareInvitationArn"]])]
    return {"resourceShareInvitations": [r for r in rows if r["resourceShareArn"] in p.get("resourceShareArns", [r["resourceShareArn"]])]}


def _answer(call, p, status):
    invitation = _invitation(call, p["resourceShareInvitationArn"])
    invitation["status"] = status
    share = call.world.find((invitation["senderAccountId"], call.region, "ram.share", invitation["resourceShareArn"]))
    if share:
        share["_principals"][call.account].update(status="ASSOCIATED" if status == "ACCEPTED" else "FAILED", _invited=False)
    return {"resourceShareInvitation": invitation}


@ram("AcceptResourceShareInvitation", "once: ResourceShareInvitationAlreadyAcceptedException")
def accept(call, p):
    return _answer(call, p, "ACCEPTED")


@ram("RejectResourceShareInvitation", "once")
def reject(call, p):
    return _answer(call, p, "REJECTED")


@ram("ListPendingInvitationResources")
def pending(call, p):
    """What an invitation would share."""
    invitation = _invitation(call, p["resourceShareInvitationArn"])
    share = call.world.find((invitation["senderAccountId"], call.region, "ram.share", invitation["resourceShareArn"]))
    return {"resources": [{"arn": e["associatedEntity"], "type": e["_type"], "resourceShareArn": e["resourceShareArn"]} for e in share["_resources"].values()]}


# ---- organization ----
@ram("EnableSharingWithAwsOrganization", "only the management account; makes the service-linked role and trusts RAM; idempotent")
def enable_sharing(call, p):
    organization = members(call.world, call.account)
    if organization is None or organization["MasterAccountId"] != call.account:
        raise Failure("OperationNotPermittedException", "Only the management account of an organization may do this.")
    from ..world import GLOBAL
    from .iam import linked_role

    organization["_sharing"] = True
    organization["_trusted"].setdefault("ram.amazonaws.com", call.now)
    other = call.at(region=GLOBAL)
    other.service = "iam"
    if "AWSServiceRoleForResourceAccessManager" not in other.table("role"):
        linked_role(other, "ram.amazonaws.com", "AWSServiceRoleForResourceAccessManager")
    return {"returnValue": True}


# ---- permissions ----
PERMISSIONS = {
    "ec2:TransitGateway": "AWSRAMDefaultPermissionTransitGateway", "ec2:Subnet": "AWSRAMDefaultPermissionSubnet",
    "ec2:PrefixList": "AWSRAMDefaultPermissionPrefixList", "route53resolver:ResolverRule": "AWSRAMDefaultPermissionResolverRule",
    "route53resolver:ResolverQueryLogConfig": "AWSRAMDefaultPermissionResolverQueryLogConfig", "ec2:SecurityGroup": "AWSRAMDefaultPermissionSecurityGroup",
}  # fmt: skip


def _permission(call, arn):
    for kind, name in PERMISSIONS.items():
        if arn == f"arn:aws:ram::aws:permission/{name}":
            return {"arn": arn, "name": name, "resourceType": kind, "version": "1", "defaultVersion": True, "isResourceTypeDefault": True,
                    "status": "ATTACHABLE", "permissionType": "AWS_MANAGED", "creationTime": 1_600_000_000, "lastUpdatedTime": 1_600_000_000}  # fmt: skip
    raise Failure("UnknownResourceException", f"Permission {arn} could not be found.")


@ram("ListPermissions")
def permissions(call, p):
    """AWS's defaults for what the stand-in shares."""
    rows = [_permission(call, f"arn:aws:ram::aws:permission/{n}") for n in PERMISSIONS.values()]
    return {"permissions": [r for r in rows if r["resourceType"].lower() == p.get("resourceType", r["resourceType"]).lower()]}


@ram("GetPermission")
def permission(call, p):
    """UnknownResourceException."""
    return {"permission": {**_permission(call, p["permissionArn"]), "permission": json.dumps({"Effect": "Allow", "Action": []})}}


@ram("ListResourceSharePermissions", "each type of a share's resources has its default unless one was given")
def share_permissions(call, p):
    share = _share(call, p["resourceShareArn"])
    names = set(share["_permissions"])
    given = {_permission(call, n)["resourceType"] for n in names}
    for entry in share["_resources"].values():
        if entry["_type"] not in given and entry["_type"] in PERMISSIONS:
            names.add(f"arn:aws:ram::aws:permission/{PERMISSIONS[entry['_type']]}")
    return {"permissions": [{**_permission(call, n), "status": "ASSOCIATED"} for n in sorted(names)]}


@ram("AssociateResourceSharePermission")
def associate_permission(call, p):
    """UnknownResourceException."""
    _permission(call, p["permissionArn"])
    _share(call, p["resourceShareArn"])["_permissions"][p["permissionArn"]] = {"status": "ASSOCIATED"}
    return {"returnValue": True}


@ram("DisassociateResourceSharePermission")
def disassociate_permission(call, p):
    """UnknownResourceException."""
    if _share(call, p["resourceShareArn"])["_permissions"].pop(p["permissionArn"], None) is None:
        raise Failure("UnknownResourceException", f"Permission {p['permissionArn']} is not associated.")
    return {"returnValue": True}


@ram("TagResource", "adds and replaces")
def tag(call, p):
    put_tags(_share(call, p.get("resourceShareArn") or p.get("resourceArn") or "")["tags"], p["tags"], "key")
    return {}


@ram("UntagResource", "by key")
def untag(call, p):
    share = _share(call, p.get("resourceShareArn") or p.get("resourceArn") or "")
    share["tags"] = [t for t in share["tags"] if t["key"] not in p["tagKeys"]]
    return {}
