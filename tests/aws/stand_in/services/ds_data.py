"""Directory Service Data: users and groups of a managed directory whose data access is on."""

from ..registry import operation
from ..world import Failure


def data(name, does=""):
    return operation("ds-data", name, does)


def directory(call, name):
    found = call.world.find((call.account, call.region, "ds.directory", name))
    if found is None or found["Type"] != "MicrosoftAD":
        raise Failure("ValidationException", f"Directory {name} does not exist.")
    if found.get("_data") != "Enabled":
        raise Failure("DirectoryUnavailableException", "Directory data access is not enabled.", Reason="DATA_DISABLED")
    if found["Stage"] != "Active":
        raise Failure("DirectoryUnavailableException", f"The directory is {found['Stage']}.", Reason="DIRECTORY_TIMEOUT")
    return found


def one(call, p, table, member="SAMAccountName"):
    value = directory(call, p["DirectoryId"])
    for name, found in value[table].items():
        if name.lower() == p[member].lower():
            return value, found
    raise Failure("ResourceNotFoundException", f"{p[member]} does not exist.")


def _sid(call, value):
    value["_rid"] = value.get("_rid", 1100) + 1
    return f"S-1-5-21-1111111111-2222222222-3333333333-{value['_rid']}"


def _create(call, p, table, more):
    value = directory(call, p["DirectoryId"])
    if any(n.lower() == p["SAMAccountName"].lower() for t in ("_users", "_groups") for n in value[t]):
        raise Failure("ConflictException", f"{p['SAMAccountName']} exists.")
    sid = _sid(call, value)
    value[table][p["SAMAccountName"]] = {"SAMAccountName": p["SAMAccountName"], "SID": sid, "OtherAttributes": p.get("OtherAttributes", {}), **more}
    return {"DirectoryId": p["DirectoryId"], "SAMAccountName": p["SAMAccountName"], "SID": sid}


def _name(value, kind, name):
    return f"CN={name},OU={kind},OU={value['ShortName']},DC=" + ",DC=".join(value["Name"].split("."))


@data("CreateGroup", "ConflictException; a SID of its own")
def create_group(call, p):
    value = directory(call, p["DirectoryId"])
    return _create(call, p, "_groups", {"GroupScope": p.get("GroupScope", "Global"), "GroupType": p.get("GroupType", "Security"), "_members": [],
                                        "DistinguishedName": _name(value, "Users", p["SAMAccountName"])})  # fmt: skip


@data("DescribeGroup")
def describe_group(call, p):
    """ResourceNotFoundException."""
    return {"DirectoryId": p["DirectoryId"], **one(call, p, "_groups")[1]}


@data("UpdateGroup")
def update_group(call, p):
    """Scope, type, other attributes."""
    found = one(call, p, "_groups")[1]
    found.update({k: p[k] for k in ("GroupScope", "GroupType") if k in p})
    if p.get("UpdateType") == "REMOVE":
        for name in p.get("OtherAttributes", {}):
            found["OtherAttributes"].pop(name, None)
    else:
        found["OtherAttributes"].update(p.get("OtherAttributes", {}))
    return {}


@data("DeleteGroup")
def delete_group(call, p):
    """ResourceNotFoundException."""
    value, found = one(call, p, "_groups")
    del value["_groups"][found["SAMAccountName"]]
    return {}


@data("ListGroups")
def list_groups(call, p):
    """All of the directory."""
    value = directory(call, p["DirectoryId"])
    return {"DirectoryId": p["DirectoryId"], "Realm": value["Name"], "Groups": list(value["_groups"].values())}


@data("SearchGroups")
def search_groups(call, p):
    """By the beginning of the names."""
    value = directory(call, p["DirectoryId"])
    text = p["SearchString"].lower()
    return {"DirectoryId": p["DirectoryId"], "Realm": value["Name"], "Groups": [g for n, g in value["_groups"].items() if n.lower().startswith(text)]}


def _member(value, name):
    for table, kind in (("_users", "USER"), ("_groups", "GROUP")):
        for key, found in value[table].items():
            if key.lower() == name.lower():
                return {"SAMAccountName": key, "SID": found["SID"], "MemberType": kind}
    raise Failure("ResourceNotFoundException", f"{name} does not exist.")


@data("AddGroupMember", "ConflictException for one who is in")
def add_member(call, p):
    value, group = one(call, p, "_groups", "GroupName")
    member = _member(value, p["MemberName"])
    if member["SAMAccountName"] in group["_members"]:
        raise Failure("ConflictException", f"{p['MemberName']} is a member.")
    group["_members"].append(member["SAMAccountName"])
    return {}


@data("RemoveGroupMember")
def remove_member(call, p):
    """ResourceNotFoundException for one who is not in."""
    value, group = one(call, p, "_groups", "GroupName")
    member = _member(value, p["MemberName"])
    if member["SAMAccountName"] not in group["_members"]:
        raise Failure("ResourceNotFoundException", f"{p['MemberName']} is not a member.")
    group["_members"].remove(member["SAMAccountName"])
    return {}


@data("ListGroupMembers")
def members(call, p):
    """Users and groups."""
    value, group = one(call, p, "_groups")
    return {"DirectoryId": p["DirectoryId"], "Realm": value["Name"], "MemberRealm": value["Name"], "Members": [_member(value, m) for m in group["_members"]]}


@data("ListGroupsForMember")
def groups_for(call, p):
    """Direct ones."""
    value = directory(call, p["DirectoryId"])
    name = _member(value, p["SAMAccountName"])["SAMAccountName"]
    return {"DirectoryId": p["DirectoryId"], "Realm": value["Name"], "MemberRealm": value["Name"], "Groups": [g for g in value["_groups"].values() if name in g["_members"]]}


@data("CreateUser", "ConflictException; disabled until its password is set")
def create_user(call, p):
    value = directory(call, p["DirectoryId"])
    return _create(call, p, "_users", {
        "EmailAddress": p.get("EmailAddress"), "GivenName": p.get("GivenName"), "Surname": p.get("Surname"), "Enabled": False,
        "UserPrincipalName": f"{p['SAMAccountName']}@{value['Name']}", "DistinguishedName": _name(value, "Users", p["SAMAccountName"])})  # fmt: skip


@data("DescribeUser")
def describe_user(call, p):
    """ResourceNotFoundException."""
    value, found = one(call, p, "_users")
    return {"DirectoryId": p["DirectoryId"], "Realm": value["Name"], **found}


@data("UpdateUser")
def update_user(call, p):
    """Only what is given."""
    found = one(call, p, "_users")[1]
    found.update({k: p[k] for k in ("EmailAddress", "GivenName", "Surname") if k in p})
    if p.get("UpdateType") == "REMOVE":
        for name in p.get("OtherAttributes", {}):
            found["OtherAttributes"].pop(name, None)
    else:
        found["OtherAttributes"].update(p.get("OtherAttributes", {}))
    return {}


@data("DisableUser")
def disable_user(call, p):
    """ResourceNotFoundException."""
    one(call, p, "_users")[1]["Enabled"] = False
    return {}


@data("DeleteUser")
def delete_user(call, p):
    """Leaves its groups."""
    value, found = one(call, p, "_users")
    del value["_users"][found["SAMAccountName"]]
    for group in value["_groups"].values():
        if found["SAMAccountName"] in group["_members"]:
            group["_members"].remove(found["SAMAccountName"])
    return {}


@data("ListUsers")
def list_users(call, p):
    """All of the directory."""
    value = directory(call, p["DirectoryId"])
    return {"DirectoryId": p["DirectoryId"], "Realm": value["Name"], "Users": list(value["_users"].values())}


@data("SearchUsers")
def search_users(call, p):
    """By the beginning of the names."""
    value = directory(call, p["DirectoryId"])
    text = p["SearchString"].lower()
    return {"DirectoryId": p["DirectoryId"], "Realm": value["Name"], "Users": [u for n, u in value["_users"].items() if n.lower().startswith(text)]}
