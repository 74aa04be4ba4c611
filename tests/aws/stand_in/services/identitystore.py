"""Identity Store: users and groups of an Identity Center instance; those of a directory come by synchronization."""

from ..registry import operation
from ..world import Failure
from .ram_view import members


def ids(name, does=""):
    return operation("identitystore", name, does)


def absent(what, name):
    return Failure("ResourceNotFoundException", f"{what} not found.", ResourceType=what, ResourceId=str(name))


def store(call, p, writing=False):
    for account, region, name, value in call.world.everywhere("identitystore.store"):
        if name != p["IdentityStoreId"] or region != call.region:
            continue
        organization = members(call.world, account)
        delegated = organization and "sso.amazonaws.com" in organization["_delegated"].get(call.account, {})
        if call.account != account and not delegated:
            raise Failure("AccessDeniedException", f"User: {call.principal} is not authorized to perform: identitystore:{call.operation}")
        if writing and value["_source"] != "directory":
            raise Failure("ValidationException", "The identity source of the instance is Active Directory: its users and groups are read only.")
        return value
    raise absent("IDENTITY_STORE", p["IdentityStoreId"])


def new_id(call):
    return f"{call.world.hex(10)}-{call.world.uuid()}"


def one(call, p, table, what, member, writing=False):
    found = store(call, p, writing)[table].get(p[member])
    if found is None or not call.sees(found):
        raise absent(what, p[member])
    return found


def _filter(rows, p):
    for f in p.get("Filters", []):
        if f["AttributePath"] not in ("DisplayName", "UserName", "ExternalId.Id"):
            raise Failure("ValidationException", f"The attribute {f['AttributePath']} cannot be searched for.")
        rows = [r for r in rows if r.get(f["AttributePath"]) == f["AttributeValue"]]
    return rows


def _by_alternate(rows, p, path_names, what):
    given = p["AlternateIdentifier"]
    if "UniqueAttribute" in given:
        attribute = given["UniqueAttribute"]
        path = attribute["AttributePath"]
        if path.lower() not in path_names:
            raise Failure("ValidationException", f"The attribute {path} is not unique.")
        member = path_names[path.lower()]
        for r in rows:
            value = r.get(member)
            if member == "Emails":
                if any(e.get("Value") == attribute["AttributeValue"] for e in value or []):
                    return r
            elif value == attribute["AttributeValue"]:
                return r
    else:
        for r in rows:
            if given["ExternalId"] in r.get("ExternalIds", []):
                return r
    raise absent(what, "")


def create(call, p, table, what, key, unique, more):
    value = store(call, p, writing=True)
    if unique in p and any(r.get(unique) == p[unique] for r in value[table].values()):
        raise Failure("ConflictException", f"Duplicate {unique}.", Reason="UNIQUENESS_CONSTRAINT_VIOLATION")
    name = new_id(call)
    found = {k: v for k, v in p.items()} | {key: name} | more
    found["_lag"] = call.world.config["lag"]
    value[table][name] = found
    return {key: name, "IdentityStoreId": p["IdentityStoreId"]}


def _update(found, p):
    for change in p["Operations"]:
        name = change["AttributePath"][0].upper() + change["AttributePath"][1:]
        *front, last = name.split(".")
        inner = found
        for part in front:
            inner = inner.setdefault(part[0].upper() + part[1:], {})
        last = last[0].upper() + last[1:]
        if change.get("AttributeValue") is None:
            inner.pop(last, None)
        else:
            inner[last] = change["AttributeValue"]


# ---- groups ----
@ids("CreateGroup", "names once: ConflictException; refused while the source is a directory")
def create_group(call, p):
    return create(call, p, "_groups", "GROUP", "GroupId", "DisplayName", {"ExternalIds": []})


@ids("DescribeGroup")
def describe_group(call, p):
    """ResourceNotFoundException."""
    return {**one(call, p, "_groups", "GROUP", "GroupId"), "IdentityStoreId": p["IdentityStoreId"]}


@ids("ListGroups", "by display name")
def list_groups(call, p):
    rows = [g for g in store(call, p)["_groups"].values() if call.sees(g)]
    return {"Groups": [{**r, "IdentityStoreId": p["IdentityStoreId"]} for r in _filter(rows, p)]}


@ids("GetGroupId", "by display name; ResourceNotFoundException until it has been synchronized")
def get_group_id(call, p):
    rows = [g for g in store(call, p)["_groups"].values() if call.sees(g)]
    found = _by_alternate(rows, p, {"displayname": "DisplayName"}, "GROUP")
    return {"GroupId": found["GroupId"], "IdentityStoreId": p["IdentityStoreId"]}


@ids("UpdateGroup")
def update_group(call, p):
    """By attribute."""
    _update(one(call, p, "_groups", "GROUP", "GroupId", writing=True), p)
    return {}


@ids("DeleteGroup")
def delete_group(call, p):
    """With its memberships."""
    value = store(call, p, writing=True)
    one(call, p, "_groups", "GROUP", "GroupId")
    del value["_groups"][p["GroupId"]]
    for key in [k for k, m in value["_memberships"].items() if m["GroupId"] == p["GroupId"]]:
        del value["_memberships"][key]
    return {}


# ---- users ----
@ids("CreateUser", "user names once: ConflictException; refused while the source is a directory")
def create_user(call, p):
    return create(call, p, "_users", "USER", "UserId", "UserName", {"ExternalIds": []})


@ids("DescribeUser")
def describe_user(call, p):
    """ResourceNotFoundException."""
    return {**one(call, p, "_users", "USER", "UserId"), "IdentityStoreId": p["IdentityStoreId"]}


@ids("ListUsers", "by user name")
def list_users(call, p):
    rows = [u for u in store(call, p)["_users"].values() if call.sees(u)]
    return {"Users": [{**r, "IdentityStoreId": p["IdentityStoreId"]} for r in _filter(rows, p)]}


@ids("GetUserId", "by user name or address")
def get_user_id(call, p):
    rows = [u for u in store(call, p)["_users"].values() if call.sees(u)]
    found = _by_alternate(rows, p, {"username": "UserName", "emails.value": "Emails"}, "USER")
    return {"UserId": found["UserId"], "IdentityStoreId": p["IdentityStoreId"]}


@ids("UpdateUser")
def update_user(call, p):
    """By attribute."""
    _update(one(call, p, "_users", "USER", "UserId", writing=True), p)
    return {}


@ids("DeleteUser")
def delete_user(call, p):
    """With its memberships."""
    value = store(call, p, writing=True)
    one(call, p, "_users", "USER", "UserId")
    del value["_users"][p["UserId"]]
    for key in [k for k, m in value["_memberships"].items() if m["MemberId"]["UserId"] == p["UserId"]]:
        del value["_memberships"][key]
    return {}


# ---- memberships ----
@ids("CreateGroupMembership", "both must exist; ConflictException")
def create_membership(call, p):
    value = store(call, p, writing=True)
    if p["GroupId"] not in value["_groups"]:
        raise absent("GROUP", p["GroupId"])
    if p["MemberId"]["UserId"] not in value["_users"]:
        raise absent("USER", p["MemberId"]["UserId"])
    if any((m["GroupId"], m["MemberId"]) == (p["GroupId"], p["MemberId"]) for m in value["_memberships"].values()):
        raise Failure("ConflictException", "Member and Group relationship already exists.", Reason="UNIQUENESS_CONSTRAINT_VIOLATION")
    name = new_id(call)
    value["_memberships"][name] = {"MembershipId": name, "GroupId": p["GroupId"], "MemberId": p["MemberId"], "IdentityStoreId": p["IdentityStoreId"]}
    return {"MembershipId": name, "IdentityStoreId": p["IdentityStoreId"]}


@ids("DescribeGroupMembership")
def describe_membership(call, p):
    """ResourceNotFoundException."""
    return one(call, p, "_memberships", "GROUP_MEMBERSHIP", "MembershipId")


@ids("GetGroupMembershipId")
def membership_id(call, p):
    """By group and user."""
    for m in store(call, p)["_memberships"].values():
        if (m["GroupId"], m["MemberId"]) == (p["GroupId"], p["MemberId"]):
            return {"MembershipId": m["MembershipId"], "IdentityStoreId": p["IdentityStoreId"]}
    raise absent("GROUP_MEMBERSHIP", "")


@ids("ListGroupMemberships")
def list_memberships(call, p):
    """Of a group."""
    return {"GroupMemberships": [m for m in store(call, p)["_memberships"].values() if m["GroupId"] == p["GroupId"]]}


@ids("ListGroupMembershipsForMember")
def list_for_member(call, p):
    """Of a user."""
    return {"GroupMemberships": [m for m in store(call, p)["_memberships"].values() if m["MemberId"] == p["MemberId"]]}


@ids("IsMemberInGroups")
def is_member(call, p):
    """Of each group."""
    held = {m["GroupId"] for m in store(call, p)["_memberships"].values() if m["MemberId"] == p["MemberId"]}
    return {"Results": [{"GroupId": g, "MemberId": p["MemberId"], "MembershipExists": g in held} for g in p["GroupIds"]]}


@ids("DeleteGroupMembership")
def delete_membership(call, p):
    """ResourceNotFoundException."""
    value = store(call, p, writing=True)
    one(call, p, "_memberships", "GROUP_MEMBERSHIP", "MembershipId")
    del value["_memberships"][p["MembershipId"]]
    return {}
