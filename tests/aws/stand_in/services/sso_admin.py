"""IAM Identity Center: one instance of the organization, permission sets, assignments and provisioning that take time."""

import json
import re

from .. import seeds
from ..registry import hook, operation
from ..world import GLOBAL, Failure, partition_of
from .organizations import put_tags
from .ram_view import members

ADMIN = "sso.amazonaws.com"


def sso(name, does=""):
    return operation("sso-admin", name, does)


def absent(text):
    return Failure("ResourceNotFoundException", text)


def conflict(text):
    return Failure("ConflictException", text)


def invalid(text):
    return Failure("ValidationException", text)


def _sees(call, account, value):
    """Management account and delegated administrator see the organization's instance; members see only their own."""
    if not value["_organization"]:
        return account == call.account
    organization = members(call.world, call.account)
    if organization is None or organization["MasterAccountId"] != account:
        return False
    return True


def _administers(call, account, value):
    organization = members(call.world, call.account)
    return call.account == account or bool(organization) and ADMIN in organization["_delegated"].get(call.account, {})


def instances(call):
    for account, region, name, value in call.world.everywhere("sso-admin.instance"):
        regions = {region, *value["_regions"]}
        if call.region in regions and _sees(call, account, value):
            yield account, region, value


class Instance:
    """The instance that a request names, and where it lives."""

    def __init__(self, call, arn, reading=False):
        for account, region, value in instances(call):
            if value["InstanceArn"] == arn:
                if not _administers(call, account, value):
                    raise Failure("AccessDeniedException", f"User: {call.principal} is not authorized to perform: sso:{call.operation} on resource: {arn}")
                self.account, self.region, self.value, self.call = account, region, value, call
                return
        raise absent(f"Instance {arn} does not exist.")

    def __getitem__(self, name):
        return self.value[name]

    @property
    def place(self):
        return [self.account, self.region, "sso-admin.instance", self.value["InstanceArn"]]

    def later(self, delay, changes, hook):
        self.call.world.later(self.place, self.call.world.delay(delay), changes, hook)

    @property
    def store(self):
        return self.call.world.find((self.account, self.region, "identitystore.store", self.value["IdentityStoreId"]))

    def set(self, arn):
        found = self.value["_sets"].get(arn)
        if found is None or not self.call.sees(found):
            raise absent(f"PermissionSet with arn {arn} does not exist.")
        return found

    def changeable(self, arn):
        """Sets that are provisioned in the management account are changed from there only: Identity Center user guide,
        "Delegated administration"."""
        found = self.set(arn)
        if self.call.account != self.account and self.account in self._accounts(arn):
            raise Failure("AccessDeniedException", "The permission set is provisioned in the management account.")
        return found

    def _accounts(self, arn):
        return {a["AccountId"] for a in self.value["_assignments"].values() if a["PermissionSetArn"] == arn}


def arn_of(call, instance, kind, name):
    return f"arn:{partition_of(call.region)}:sso:::{kind}/{instance.rsplit('/', 1)[1]}/{name}"


# ---- instances ----
@sso("ListInstances", "the organization's one from management account and delegated administrator alike, in its Regions")
def list_instances(call, p):
    rows = [v for a, _, v in instances(call) if not v["_organization"] or _administers(call, a, v) or call.account in members(call.world, call.account)["_accounts"]]
    return {"Instances": rows}


@sso("CreateInstance", "an account's own; ValidationException in the management account: a person enables the organization's")
def create_instance(call, p):
    organization = members(call.world, call.account)
    if organization and organization["MasterAccountId"] == call.account:
        raise invalid("The operation is not supported in the management account of an organization.")
    if any(a == call.account for a, _, _, v in call.world.everywhere("sso-admin.instance")):
        raise conflict("The account has an instance.")
    arn = f"arn:{partition_of(call.region)}:sso:::instance/ssoins-{call.world.hex(16)}"
    store = f"d-{call.world.hex(10)}"
    call.put("instance", arn, {
        "InstanceArn": arn, "IdentityStoreId": store, "OwnerAccountId": call.account, "Status": "CREATE_IN_PROGRESS", "Name": p.get("Name"),
        "CreatedDate": call.now, "_organization": False, "_sets": {}, "_assignments": {}, "_requests": {}, "_provisioned": {}, "_attributes": None,
        "_applications": {}, "_regions": {}, "_tags": list(p.get("Tags", [])), "_outstanding": {}})  # fmt: skip
    call.world.table(call.account, call.region, "identitystore.store")[store] = {"_users": {}, "_groups": {}, "_memberships": {}, "_source": "directory"}
    call.later("instance", arn, "sso.instance", {"Status": "ACTIVE"}, bad={"Status": "CREATE_FAILED"})
    return {"InstanceArn": arn}


@sso("DescribeInstance")
def describe_instance(call, p):
    """With its state."""
    return Instance(call, p["InstanceArn"]).value


@sso("UpdateInstance", "the name")
def update_instance(call, p):
    Instance(call, p["InstanceArn"]).value.update({k: p[k] for k in ("Name",) if k in p})
    return {}


@sso("DeleteInstance", "an account's own; AccessDeniedException for the organization's")
def delete_instance(call, p):
    instance = Instance(call, p["InstanceArn"])
    if instance["_organization"]:
        raise Failure("AccessDeniedException", "The instance of an organization is deleted in the console.")
    del call.table("instance")[p["InstanceArn"]]
    return {}


# ---- Regions ----
@sso("AddRegion", "ADDING, then ACTIVE")
def add_region(call, p):
    instance = Instance(call, p["InstanceArn"])
    if p["RegionName"] in instance["_regions"] or p["RegionName"] == instance.region:
        raise conflict("The Region has been added.")
    if not seeds.region_enabled(call.world, instance.account, p["RegionName"]):
        raise invalid("The Region is not enabled.")
    instance["_regions"][p["RegionName"]] = {"RegionName": p["RegionName"], "Status": "ADDING", "AddedDate": call.now, "IsPrimaryRegion": False}
    instance.later("sso.region", {}, "regions_move")
    return {"Status": "ADDING"}


@hook
def regions_move(world, place, value):
    for name, entry in list(value["_regions"].items()):
        if entry["Status"] == "ADDING":
            entry["Status"] = "ACTIVE"
        elif entry["Status"] == "REMOVING":
            del value["_regions"][name]


def _regions(instance):
    primary = {"RegionName": instance.region, "Status": "ACTIVE", "AddedDate": instance["CreatedDate"], "IsPrimaryRegion": True}
    return [primary, *instance["_regions"].values()]


@sso("DescribeRegion")
def describe_region(call, p):
    """ResourceNotFoundException."""
    for entry in _regions(Instance(call, p["InstanceArn"])):
        if entry["RegionName"] == p["RegionName"]:
            return entry
    raise absent("The Region has not been added.")


@sso("ListRegions")
def list_regions(call, p):
    """Primary one and added ones."""
    return {"Regions": _regions(Instance(call, p["InstanceArn"]))}


@sso("RemoveRegion", "REMOVING, then gone")
def remove_region(call, p):
    instance = Instance(call, p["InstanceArn"])
    if p["RegionName"] not in instance["_regions"]:
        raise absent("The Region has not been added.")
    instance["_regions"][p["RegionName"]]["Status"] = "REMOVING"
    instance.later("sso.region", {}, "regions_move")
    return {"Status": "REMOVING"}


# ---- permission sets ----
@sso("CreatePermissionSet", "names once: ConflictException; one hour's session unless said; no token; quota")
def create_set(call, p):
    instance = Instance(call, p["InstanceArn"])
    if any(s["Name"] == p["Name"] for s in instance["_sets"].values()):
        raise conflict(f"PermissionSet with name {p['Name']} already exists.")
    call.limit("sso.permission-sets", len(instance["_sets"]), "ServiceQuotaExceededException")
    arn = arn_of(call, p["InstanceArn"], "permissionSet", f"ps-{call.world.hex(16)}")
    value = {"PermissionSetArn": arn, "Name": p["Name"], "Description": p.get("Description"), "SessionDuration": p.get("SessionDuration", "PT1H"),
             "RelayState": p.get("RelayState"), "CreatedDate": call.now, "_tags": list(p.get("Tags", [])), "_managed": {}, "_customer": [], "_inline": "",
             "_boundary": None, "_lag": call.world.config["lag"]}  # fmt: skip
    instance["_sets"][arn] = value
    return {"PermissionSet": value}


@sso("DescribePermissionSet")
def describe_set(call, p):
    """ResourceNotFoundException."""
    return {"PermissionSet": Instance(call, p["InstanceArn"]).set(p["PermissionSetArn"])}


@sso("ListPermissionSets")
def list_sets(call, p):
    """ARNs."""
    return {"PermissionSets": [a for a, s in Instance(call, p["InstanceArn"])["_sets"].items() if call.sees(s)]}


@sso("UpdatePermissionSet", "not the name; must be provisioned to reach accounts")
def update_set(call, p):
    value = Instance(call, p["InstanceArn"]).changeable(p["PermissionSetArn"])
    value.update({k: p[k] for k in ("Description", "SessionDuration", "RelayState") if k in p})
    return {}


@sso("DeletePermissionSet", "ConflictException while it is assigned")
def delete_set(call, p):
    instance = Instance(call, p["InstanceArn"])
    instance.changeable(p["PermissionSetArn"])
    if any(a["PermissionSetArn"] == p["PermissionSetArn"] for a in instance["_assignments"].values()):
        raise conflict("PermissionSet has account assignments.")
    del instance["_sets"][p["PermissionSetArn"]]
    instance["_provisioned"].pop(p["PermissionSetArn"], None)
    return {}


@sso("AttachManagedPolicyToPermissionSet", "the policy must be AWS's; ConflictException for one that is attached")
def attach_managed(call, p):
    from .iam import AWS_POLICIES

    value = Instance(call, p["InstanceArn"]).changeable(p["PermissionSetArn"])
    name = p["ManagedPolicyArn"].rsplit("/", 1)[-1]
    if name not in AWS_POLICIES or AWS_POLICIES[name]["Arn"] != p["ManagedPolicyArn"]:
        raise absent(f"Managed policy {p['ManagedPolicyArn']} does not exist.")
    if p["ManagedPolicyArn"] in value["_managed"]:
        raise conflict(f"Permission set with id already has a typed link attachment to a managed policy with {p['ManagedPolicyArn']}")
    value["_managed"][p["ManagedPolicyArn"]] = name
    return {}


@sso("DetachManagedPolicyFromPermissionSet")
def detach_managed(call, p):
    """ResourceNotFoundException."""
    if Instance(call, p["InstanceArn"]).changeable(p["PermissionSetArn"])["_managed"].pop(p["ManagedPolicyArn"], None) is None:
        raise absent("The policy is not attached.")
    return {}


@sso("ListManagedPoliciesInPermissionSet")
def list_managed(call, p):
    """Names and ARNs."""
    found = Instance(call, p["InstanceArn"]).set(p["PermissionSetArn"])["_managed"]
    return {"AttachedManagedPolicies": [{"Name": n, "Arn": a} for a, n in found.items()]}


@sso("AttachCustomerManagedPolicyReferenceToPermissionSet", "ConflictException; the policy is looked for in each account when it is provisioned")
def attach_customer(call, p):
    value = Instance(call, p["InstanceArn"]).changeable(p["PermissionSetArn"])
    reference = {"Path": "/", **p["CustomerManagedPolicyReference"]}
    if reference in value["_customer"]:
        raise conflict("The reference is attached.")
    value["_customer"].append(reference)
    return {}


@sso("DetachCustomerManagedPolicyReferenceFromPermissionSet")
def detach_customer(call, p):
    """ResourceNotFoundException."""
    value = Instance(call, p["InstanceArn"]).changeable(p["PermissionSetArn"])
    reference = {"Path": "/", **p["CustomerManagedPolicyReference"]}
    if reference not in value["_customer"]:
        raise absent("The reference is not attached.")
    value["_customer"].remove(reference)
    return {}


@sso("ListCustomerManagedPolicyReferencesInPermissionSet")
def list_customer(call, p):
    """Names and paths."""
    return {"CustomerManagedPolicyReferences": Instance(call, p["InstanceArn"]).set(p["PermissionSetArn"])["_customer"]}


@sso("PutInlinePolicyToPermissionSet", "JSON; 32,768 characters")
def put_inline(call, p):
    value = Instance(call, p["InstanceArn"]).changeable(p["PermissionSetArn"])
    try:
        json.loads(p["InlinePolicy"])
    except ValueError:
        raise invalid("The inline policy is not JSON.")
    value["_inline"] = p["InlinePolicy"]
    return {}


@sso("GetInlinePolicyForPermissionSet")
def get_inline(call, p):
    """Empty where there is none."""
    return {"InlinePolicy": Instance(call, p["InstanceArn"]).set(p["PermissionSetArn"])["_inline"]}


@sso("DeleteInlinePolicyFromPermissionSet")
def delete_inline(call, p):
    """Idempotent."""
    Instance(call, p["InstanceArn"]).changeable(p["PermissionSetArn"])["_inline"] = ""
    return {}


@sso("PutPermissionsBoundaryToPermissionSet")
def put_boundary(call, p):
    """An AWS policy or a customer's reference."""
    Instance(call, p["InstanceArn"]).changeable(p["PermissionSetArn"])["_boundary"] = p["PermissionsBoundary"]
    return {}


@sso("GetPermissionsBoundaryForPermissionSet")
def get_boundary(call, p):
    """ResourceNotFoundException where there is none."""
    found = Instance(call, p["InstanceArn"]).set(p["PermissionSetArn"])["_boundary"]
    if not found:
        raise absent("The permission set has no boundary.")
    return {"PermissionsBoundary": found}


@sso("DeletePermissionsBoundaryFromPermissionSet")
def delete_boundary(call, p):
    """Idempotent."""
    Instance(call, p["InstanceArn"]).changeable(p["PermissionSetArn"])["_boundary"] = None
    return {}


# ---- roles in the accounts ----
def _role_name(value):
    return f"AWSReservedSSO_{value['Name'][:32]}_{value['PermissionSetArn'][-16:]}"


def provision(world, region, account, value):
    """The role of a permission set in an account; why it could not be made, or None."""
    for reference in value["_customer"]:
        if f"arn:aws:iam::{account}:policy{reference['Path']}{reference['Name']}" not in world.table(account, GLOBAL, "iam.policy"):
            return f"Received a 404 status error: Policy {reference['Name']} does not exist or is not attachable."
    roles = world.table(account, GLOBAL, "iam.role")
    name = _role_name(value)
    path = f"/aws-reserved/sso.amazonaws.com/{region}/"
    role = roles.setdefault(name, {"RoleName": name, "Path": path, "RoleId": "AROA" + world.letters(17), "CreateDate": world.now(), "Tags": [],
                                   "Arn": f"arn:aws:iam::{account}:role{path}{name}"})  # fmt: skip
    role.update(
        MaxSessionDuration=_seconds(value["SessionDuration"]), Description=value.get("Description"),
        _attached=[*value["_managed"], *(f"arn:aws:iam::{account}:policy{r['Path']}{r['Name']}" for r in value["_customer"])],
        _policies={"AwsSSOInlinePolicy": value["_inline"]} if value["_inline"] else {},
        AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Federated": f"arn:aws:iam::{account}:saml-provider/AWSSSO_DO_NOT_DELETE"},
            "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"]}]})  # fmt: skip
    return None


def _seconds(text):
    match = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?", text)
    return max(3600, int(match.group(1) or 0) * 3600 + int(match.group(2) or 0) * 60) if match else 3600


def remove_role(world, account, value):
    world.table(account, GLOBAL, "iam.role").pop(_role_name(value), None)


# ---- assignments ----
def _key(p):
    return "|".join((p["PermissionSetArn"], p["TargetId"], p["PrincipalType"], p["PrincipalId"]))


def _check_target(call, instance, account):
    organization = members(call.world, instance.account)
    if instance["_organization"]:
        if organization is None or account not in organization["_accounts"]:
            raise absent(f"Account {account} is not in the organization.")
        if account == instance.account and call.account != instance.account:
            raise Failure("AccessDeniedException", "Only the management account assigns access to the management account.")
    elif account != instance.account:
        raise absent(f"Account {account} is not the instance's.")


def _request(call, instance, kind, p):
    name = call.world.uuid()
    request = {"Status": "IN_PROGRESS", "RequestId": name, "TargetType": p.get("TargetType"), "TargetId": p.get("TargetId"), "PermissionSetArn": p["PermissionSetArn"],
               "PrincipalType": p.get("PrincipalType"), "PrincipalId": p.get("PrincipalId"), "AccountId": p.get("TargetId"), "CreatedDate": call.now,
               "_kind": kind, "_half": call.half}  # fmt: skip
    instance["_requests"][name] = request
    instance.later("sso.provision" if kind == "provision" else "sso.assignment", {"_due": name}, "request_done")
    return dict(request)


def _busy(call, instance):
    count = sum(r["Status"] == "IN_PROGRESS" and r["_kind"] != "provision" for r in instance["_requests"].values())
    call.limit("sso.outstanding-assignments", count, "ThrottlingException", "Too many outstanding account assignment requests.")


def _collides(instance, p):
    """One role change at a time per account and permission set."""
    for r in instance["_requests"].values():
        if r["Status"] == "IN_PROGRESS" and r["PermissionSetArn"] == p["PermissionSetArn"] and p["TargetId"] in (r["TargetId"], None):
            same = (r["PrincipalId"], r["PrincipalType"]) == (p.get("PrincipalId"), p.get("PrincipalType"))
            if same or "provision" in (r["_kind"], "assign" if p.get("PrincipalId") else "provision"):
                raise conflict("There is a conflicting operation in process. Please try again.")


@sso("CreateAccountAssignment", "IN_PROGRESS, then SUCCEEDED with a role in the account, or FAILED; ten outstanding; the management account only from itself")
def create_assignment(call, p):
    instance = Instance(call, p["InstanceArn"])
    instance.set(p["PermissionSetArn"])
    _check_target(call, instance, p["TargetId"])
    _busy(call, instance)
    _collides(instance, p)
    held = {a["PermissionSetArn"] for a in instance["_assignments"].values() if a["AccountId"] == p["TargetId"]} | {p["PermissionSetArn"]}
    call.limit("sso.permission-sets-per-account", len(held) - 1, "ServiceQuotaExceededException")
    return {"AccountAssignmentCreationStatus": _request(call, instance, "assign", p)}


@sso("DeleteAccountAssignment", "IN_PROGRESS, then SUCCEEDED; the last one of a set takes the role out of the account")
def delete_assignment(call, p):
    instance = Instance(call, p["InstanceArn"])
    instance.set(p["PermissionSetArn"])
    _check_target(call, instance, p["TargetId"])
    _busy(call, instance)
    _collides(instance, p)
    return {"AccountAssignmentDeletionStatus": _request(call, instance, "unassign", p)}


@hook
def request_done(world, place, value):
    request = value["_requests"][value.pop("_due")]
    account, region, _, arn = place
    store = world.find((account, region, "identitystore.store", value["IdentityStoreId"]))
    found = value["_sets"].get(request["PermissionSetArn"])
    reason = None
    if request.pop("_half"):
        reason = "Received an internal error: half-done."
    elif found is None:
        reason = "The permission set does not exist."
    elif request["_kind"] == "assign":
        table = store["_users"] if request["PrincipalType"] == "USER" else store["_groups"]
        if request["PrincipalId"] not in table:
            reason = f"Received a 404 status error: {request['PrincipalType']} with id {request['PrincipalId']} not found."
        else:
            reason = provision(world, region, request["TargetId"], found)
        if reason is None:
            value["_assignments"].setdefault(_key(request), {"AccountId": request["TargetId"], "PermissionSetArn": request["PermissionSetArn"],
                                                             "PrincipalType": request["PrincipalType"], "PrincipalId": request["PrincipalId"]})  # fmt: skip
            value["_provisioned"].setdefault(request["PermissionSetArn"], {})[request["TargetId"]] = _fingerprint(found)
    elif request["_kind"] == "unassign":
        if value["_assignments"].pop(_key(request), None) is None:
            reason = "Received a 404 status error: the account assignment does not exist."
        elif not any((a["AccountId"], a["PermissionSetArn"]) == (request["TargetId"], request["PermissionSetArn"]) for a in value["_assignments"].values()):
            remove_role(world, request["TargetId"], found)
            value["_provisioned"].get(request["PermissionSetArn"], {}).pop(request["TargetId"], None)
    else:
        where = value["_provisioned"].get(request["PermissionSetArn"], {})
        for target in [request["TargetId"]] if request["TargetId"] else list(where):
            problem = provision(world, region, target, found)
            reason = reason or problem
            if problem is None:
                where[target] = _fingerprint(found)
        value["_provisioned"][request["PermissionSetArn"]] = where
    request["Status"] = "FAILED" if reason else "SUCCEEDED"
    if reason:
        request["FailureReason"] = reason


def _fingerprint(found):
    kept = ("SessionDuration", "RelayState", "Description", "_managed", "_customer", "_inline", "_boundary")
    return json.dumps({k: found[k] for k in kept}, sort_keys=True)


def _status(call, p, member, *kinds):
    instance = Instance(call, p["InstanceArn"])
    request = instance["_requests"].get(p[member])
    if request is None or request["_kind"] not in kinds:
        raise absent(f"Request {p[member]} does not exist.")
    return request


def _statuses(call, p, *kinds):
    rows = [r for r in Instance(call, p["InstanceArn"])["_requests"].values() if r["_kind"] in kinds]
    wanted = p.get("Filter", {}).get("Status")
    return [r for r in rows if not wanted or r["Status"] == wanted]


@sso("DescribeAccountAssignmentCreationStatus")
def creation_status(call, p):
    """By request id."""
    return {"AccountAssignmentCreationStatus": _status(call, p, "AccountAssignmentCreationRequestId", "assign")}


@sso("DescribeAccountAssignmentDeletionStatus")
def deletion_status(call, p):
    """By request id."""
    return {"AccountAssignmentDeletionStatus": _status(call, p, "AccountAssignmentDeletionRequestId", "unassign")}


@sso("ListAccountAssignmentCreationStatus")
def creation_statuses(call, p):
    """All requests, or of one state."""
    return {"AccountAssignmentsCreationStatus": _statuses(call, p, "assign")}


@sso("ListAccountAssignmentDeletionStatus")
def deletion_statuses(call, p):
    """All requests, or of one state."""
    return {"AccountAssignmentsDeletionStatus": _statuses(call, p, "unassign")}


@sso("ListAccountAssignments", "of one account and permission set")
def list_assignments(call, p):
    instance = Instance(call, p["InstanceArn"])
    instance.set(p["PermissionSetArn"])
    rows = [a for a in instance["_assignments"].values() if (a["AccountId"], a["PermissionSetArn"]) == (p["AccountId"], p["PermissionSetArn"])]
    return {"AccountAssignments": rows}


@sso("ListAccountAssignmentsForPrincipal", "of a user those of its groups, too; only from the management account")
def list_for_principal(call, p):
    instance = Instance(call, p["InstanceArn"])
    if call.account != instance.account:
        raise Failure("AccessDeniedException", "This action must be called from the management account.")
    principals = {p["PrincipalId"]}
    if p["PrincipalType"] == "USER":
        principals |= {m["GroupId"] for m in instance.store["_memberships"].values() if m["MemberId"]["UserId"] == p["PrincipalId"]}
    rows = [a for a in instance["_assignments"].values() if a["PrincipalId"] in principals]
    wanted = p.get("Filter", {}).get("AccountId")
    return {"AccountAssignments": [r for r in rows if not wanted or r["AccountId"] == wanted]}


# ---- provisioning ----
@sso("ProvisionPermissionSet", "IN_PROGRESS, then the roles of one account or of all are made anew; ConflictException while one is under way")
def provision_set(call, p):
    instance = Instance(call, p["InstanceArn"])
    instance.set(p["PermissionSetArn"])
    if p["TargetType"] == "AWS_ACCOUNT" and not p.get("TargetId"):
        raise invalid("TargetId is required for AWS_ACCOUNT.")
    target = p.get("TargetId") if p["TargetType"] == "AWS_ACCOUNT" else None
    if target:
        _check_target(call, instance, target)
    given = {"PermissionSetArn": p["PermissionSetArn"], "TargetId": target}
    _collides(instance, given)
    return {"PermissionSetProvisioningStatus": _request(call, instance, "provision", given)}


@sso("DescribePermissionSetProvisioningStatus")
def provisioning_status(call, p):
    """By request id."""
    return {"PermissionSetProvisioningStatus": _status(call, p, "ProvisionPermissionSetRequestId", "provision")}


@sso("ListPermissionSetProvisioningStatus")
def provisioning_statuses(call, p):
    """All requests, or of one state."""
    return {"PermissionSetsProvisioningStatus": _statuses(call, p, "provision")}


@sso("ListAccountsForProvisionedPermissionSet", "all, or those with the latest or an older version")
def accounts_for_set(call, p):
    instance = Instance(call, p["InstanceArn"])
    found = instance.set(p["PermissionSetArn"])
    where = instance["_provisioned"].get(p["PermissionSetArn"], {})
    wanted = p.get("ProvisioningStatus")
    latest = _fingerprint(found)
    rows = [a for a, f in where.items() if not wanted or (f == latest) == (wanted == "LATEST_PERMISSION_SET_PROVISIONED")]
    return {"AccountIds": rows}


@sso("ListPermissionSetsProvisionedToAccount", "all, or those with the latest or an older version")
def sets_for_account(call, p):
    instance = Instance(call, p["InstanceArn"])
    wanted = p.get("ProvisioningStatus")
    rows = []
    for arn, where in instance["_provisioned"].items():
        if p["AccountId"] in where and arn in instance["_sets"]:
            latest = where[p["AccountId"]] == _fingerprint(instance["_sets"][arn])
            if not wanted or latest == (wanted == "LATEST_PERMISSION_SET_PROVISIONED"):
                rows.append(arn)
    return {"PermissionSets": rows}


# ---- attributes for access control ----
@sso("CreateInstanceAccessControlAttributeConfiguration", "ConflictException where there is one")
def create_attributes(call, p):
    instance = Instance(call, p["InstanceArn"])
    if instance["_attributes"] is not None:
        raise conflict("The configuration exists.")
    instance.value["_attributes"] = p["InstanceAccessControlAttributeConfiguration"]["AccessControlAttributes"]
    return {}


def _attributes(call, p):
    instance = Instance(call, p["InstanceArn"])
    if instance["_attributes"] is None:
        raise absent("The instance has no access control attributes.")
    return instance


@sso("DescribeInstanceAccessControlAttributeConfiguration")
def describe_attributes(call, p):
    """ResourceNotFoundException."""
    return {"Status": "ENABLED", "InstanceAccessControlAttributeConfiguration": {"AccessControlAttributes": _attributes(call, p)["_attributes"]}}


@sso("UpdateInstanceAccessControlAttributeConfiguration")
def update_attributes(call, p):
    """ResourceNotFoundException."""
    _attributes(call, p).value["_attributes"] = p["InstanceAccessControlAttributeConfiguration"]["AccessControlAttributes"]
    return {}


@sso("DeleteInstanceAccessControlAttributeConfiguration")
def delete_attributes(call, p):
    """ResourceNotFoundException."""
    _attributes(call, p).value["_attributes"] = None
    return {}


# ---- applications ----
def _application(call, arn):
    for _, _, value in instances(call):
        if arn in value["_applications"]:
            Instance(call, value["InstanceArn"])
            return value, value["_applications"][arn]
    raise absent(f"Application {arn} does not exist.")


@sso("CreateApplication", "ClientToken gives the same")
def create_application(call, p):
    instance = Instance(call, p["InstanceArn"])

    def make():
        arn = f"arn:{partition_of(call.region)}:sso::{instance.account}:application/{p['InstanceArn'].rsplit('/', 1)[1]}/apl-{call.world.hex(16)}"
        instance["_applications"][arn] = {
            "ApplicationArn": arn, "ApplicationProviderArn": p["ApplicationProviderArn"], "Name": p["Name"], "ApplicationAccount": call.account,
            "InstanceArn": p["InstanceArn"], "Status": p.get("Status", "ENABLED"), "PortalOptions": p.get("PortalOptions"), "Description": p.get("Description"),
            "CreatedDate": call.now, "_assignments": [], "_required": True, "_tags": list(p.get("Tags", []))}  # fmt: skip
        return {"ApplicationArn": arn}

    return call.once(p.get("ClientToken"), p, make, conflict("The token was used with other parameters."))


@sso("DescribeApplication")
def describe_application(call, p):
    """ResourceNotFoundException."""
    return _application(call, p["ApplicationArn"])[1]


@sso("ListApplications")
def list_applications(call, p):
    """Of an instance."""
    return {"Applications": list(Instance(call, p["InstanceArn"])["_applications"].values())}


@sso("UpdateApplication")
def update_application(call, p):
    """Only what is given."""
    _application(call, p["ApplicationArn"])[1].update({k: p[k] for k in ("Name", "Description", "Status", "PortalOptions") if k in p})
    return {}


@sso("DeleteApplication")
def delete_application(call, p):
    """ResourceNotFoundException."""
    del _application(call, p["ApplicationArn"])[0]["_applications"][p["ApplicationArn"]]
    return {}


def _who(p):
    return {k: p[k] for k in ("PrincipalId", "PrincipalType")}


@sso("CreateApplicationAssignment", "ConflictException; the principal must exist")
def assign_application(call, p):
    value, application = _application(call, p["ApplicationArn"])
    store = next(s for _, _, n, s in call.world.everywhere("identitystore.store") if n == value["IdentityStoreId"])
    if p["PrincipalId"] not in (store["_users"] if p["PrincipalType"] == "USER" else store["_groups"]):
        raise absent(f"{p['PrincipalType']} {p['PrincipalId']} does not exist.")
    if _who(p) in application["_assignments"]:
        raise conflict("The assignment exists.")
    application["_assignments"].append(_who(p))
    return {}


@sso("DescribeApplicationAssignment")
def describe_application_assignment(call, p):
    """ResourceNotFoundException."""
    if _who(p) not in _application(call, p["ApplicationArn"])[1]["_assignments"]:
        raise absent("The assignment does not exist.")
    return {**_who(p), "ApplicationArn": p["ApplicationArn"]}


@sso("ListApplicationAssignments")
def list_application_assignments(call, p):
    """Users and groups."""
    return {"ApplicationAssignments": [{**w, "ApplicationArn": p["ApplicationArn"]} for w in _application(call, p["ApplicationArn"])[1]["_assignments"]]}


@sso("DeleteApplicationAssignment")
def unassign_application(call, p):
    """ResourceNotFoundException."""
    application = _application(call, p["ApplicationArn"])[1]
    if _who(p) not in application["_assignments"]:
        raise absent("The assignment does not exist.")
    application["_assignments"].remove(_who(p))
    return {}


@sso("PutApplicationAssignmentConfiguration")
def put_assignment_configuration(call, p):
    """Whether assignments are required."""
    _application(call, p["ApplicationArn"])[1]["_required"] = p["AssignmentRequired"]
    return {}


@sso("GetApplicationAssignmentConfiguration")
def get_assignment_configuration(call, p):
    """Required at first."""
    return {"AssignmentRequired": _application(call, p["ApplicationArn"])[1]["_required"]}


# ---- tags ----
def _tagged(call, p):
    arn = p["ResourceArn"]
    for _, _, value in instances(call):
        if arn == value["InstanceArn"]:
            return value["_tags"]
        for table in (value["_sets"], value["_applications"]):
            if arn in table:
                return table[arn]["_tags"]
    raise absent(f"{arn} does not exist.")


@sso("TagResource", "permission sets, applications, instances")
def tag(call, p):
    put_tags(_tagged(call, p), p["Tags"])
    return {}


@sso("UntagResource", "by key")
def untag(call, p):
    tags = _tagged(call, p)
    tags[:] = [t for t in tags if t["Key"] not in p["TagKeys"]]
    return {}


@sso("ListTagsForResource")
def list_tags(call, p):
    """By ARN."""
    return {"Tags": _tagged(call, p)}


@sso("ListApplicationAssignmentsForPrincipal")
def applications_for(call, p):
    """Direct ones."""
    instance = Instance(call, p["InstanceArn"])
    return {"ApplicationAssignments": [{"ApplicationArn": a, **_who(p)} for a, v in instance["_applications"].items() if _who(p) in v["_assignments"]]}
