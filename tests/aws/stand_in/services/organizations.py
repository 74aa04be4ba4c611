"""AWS Organizations: one organization, its units, accounts, policies, trusted services, delegated administrators."""

from .. import seeds
from ..registry import hook, operation
from ..world import GLOBAL, Failure
from .ram_view import members

SERVICE = "organizations"
# Principals that take a delegated administrator: Organizations user guide, "AWS services that you can use with AWS
# Organizations".
DELEGABLE = {
    "sso.amazonaws.com", "ram.amazonaws.com", "guardduty.amazonaws.com", "config.amazonaws.com", "securityhub.amazonaws.com",
    "member.org.stacksets.cloudformation.amazonaws.com", "access-analyzer.amazonaws.com", "ipam.amazonaws.com",
    "reachabilityanalyzer.networkinsights.amazonaws.com", "networkmanager.amazonaws.com", "ssm.amazonaws.com", "backup.amazonaws.com",
    "cloudtrail.amazonaws.com", "detective.amazonaws.com", "fms.amazonaws.com", "inspector2.amazonaws.com", "license-manager.amazonaws.com",
    "macie.amazonaws.com", "storage-lens.s3.amazonaws.com", "account.amazonaws.com", "config-multiaccountsetup.amazonaws.com",
    "health.amazonaws.com", "compute-optimizer.amazonaws.com", "servicecatalog.amazonaws.com", "iam.amazonaws.com",
}  # fmt: skip
TRUSTABLE = DELEGABLE | {"ds.amazonaws.com", "controltower.amazonaws.com", "servicequotas.amazonaws.com", "tagpolicies.tag.amazonaws.com",
                         "artifact.amazonaws.com", "health.amazonaws.com", "wellarchitected.amazonaws.com", "fms.amazonaws.com"}  # fmt: skip


def org(name, does="", management=False, **more):
    """An operation; `management`: only the management account may (others: AccessDeniedException)."""

    def add(run):
        def guarded(call, p):
            o = organization(call)
            if management and call.account != o["MasterAccountId"]:
                raise Failure("AccessDeniedException", "You don't have permissions to access this resource.")
            return run(call, p, o)

        guarded.__doc__ = run.__doc__
        text = does or (run.__doc__ or "").strip()
        operation(SERVICE, name, (text + "; " if text else "") + "only the management account" if management else text, **more)(guarded)
        return run

    return add


def organization(call):
    o = members(call.world, call.account)
    if o is None:
        raise Failure("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    return o


def reader(call, o):
    """Member accounts read only where they are delegated administrators of something."""
    if call.account != o["MasterAccountId"] and not o["_delegated"].get(call.account):
        raise Failure("AccessDeniedException", "You don't have permissions to access this resource.")


def known_account(o, name):
    if name not in o["_accounts"]:
        raise Failure("AccountNotFoundException", "You specified an account that doesn't exist.")
    return o["_accounts"][name]


@operation(SERVICE, "CreateOrganization", "AlreadyInOrganizationException where there is one")
def create_organization(call, p):
    if members(call.world, call.account):
        raise Failure("AlreadyInOrganizationException", "The AWS account is already a member of an organization.")
    raise Failure("AccessDeniedException", "The stand-in's organization is made by its seed.")


@org("DescribeOrganization")
def describe(call, p, o):
    """From every member."""
    return {"Organization": o}


@org("ListRoots")
def roots(call, p, o):
    """Management account and delegated administrators."""
    reader(call, o)
    return {"Roots": [{"Id": o["_root"], "Arn": f"arn:aws:organizations::{o['MasterAccountId']}:root/{o['Id']}/{o['_root']}",
                       "Name": "Root", "PolicyTypes": o["_root_types"]}]}  # fmt: skip


@org("ListAccounts", "State beside the older Status")
def list_accounts(call, p, o):
    reader(call, o)
    return {"Accounts": list(o["_accounts"].values())}


@org("DescribeAccount")
def describe_account(call, p, o):
    """Management account and delegated administrators."""
    reader(call, o)
    return {"Account": known_account(o, p["AccountId"])}


@org("CreateAccount", "in progress for minutes, five at a time; quota", management=True)
def create_account(call, p, o):
    busy = sum(c["State"] == "IN_PROGRESS" for c in o["_creating"].values())
    if busy >= call.world.quota("organizations.creating"):
        raise Failure("ConstraintViolationException", "Too many accounts are being created.", Reason="ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED")
    if len(o["_accounts"]) + busy >= call.world.quota("organizations.accounts"):
        raise Failure("ConstraintViolationException", "You have exceeded the allowed number of AWS accounts.", Reason="ACCOUNT_NUMBER_LIMIT_EXCEEDED")
    name = f"car-{call.world.hex(32)}"
    account = "".join(call.world.random.choice("123456789") for _ in range(12))
    request = {"Id": name, "AccountName": p["AccountName"], "State": "IN_PROGRESS", "RequestedTimestamp": call.now, "_email": p["Email"],
               "_account": account, "_role": p.get("RoleName") or "OrganizationAccountAccessRole", "_tags": p.get("Tags", []),
               "_fails": call.half or any(a["Email"] == p["Email"] for a in o["_accounts"].values())}  # fmt: skip
    o["_creating"][name] = request
    answer = dict(request)
    place = [o["MasterAccountId"], GLOBAL, "organizations.organization", o["Id"]]
    call.world.later(place, call.world.delay("organizations.account"), {"_done": name}, "account_created")
    return {"CreateAccountStatus": answer}


@hook
def account_created(world, place, o):
    request = o["_creating"][o.pop("_done")]
    if request["_fails"]:
        request.update(State="FAILED", FailureReason="EMAIL_ALREADY_EXISTS", CompletedTimestamp=world.now())
        return
    request.update(State="SUCCEEDED", AccountId=request["_account"], CompletedTimestamp=world.now())
    entry = seeds.account_entry(world, o, request["_account"], request["AccountName"], request["_email"], o["_root"])
    entry["_tags"] = request["_tags"]
    o["_accounts"][request["_account"]] = entry
    seeds.add_account(world, request["_account"], request["AccountName"], [request["_role"]])


@org("DescribeCreateAccountStatus", management=True)
def create_status(call, p, o):
    if p["CreateAccountRequestId"] not in o["_creating"]:
        raise Failure("CreateAccountStatusNotFoundException", "We can't find a create account request with that id.")
    return {"CreateAccountStatus": o["_creating"][p["CreateAccountRequestId"]]}


@org("ListCreateAccountStatus", management=True)
def create_statuses(call, p, o):
    return {"CreateAccountStatuses": [c for c in o["_creating"].values() if c["State"] in p.get("States", [c["State"]])]}


@org("CloseAccount", "suspended; not the management account", management=True)
def close_account(call, p, o):
    account = known_account(o, p["AccountId"])
    if p["AccountId"] == o["MasterAccountId"]:
        raise Failure("ConstraintViolationException", "The management account cannot be closed.", Reason="CANNOT_CLOSE_MANAGEMENT_ACCOUNT")
    if account["State"] != "ACTIVE":
        raise Failure("AccountAlreadyClosedException", "The account is closed.")
    account.update(Status="SUSPENDED", State="SUSPENDED")
    return {}


# ---- units ----
def parent_of(o, name):
    if name in o["_accounts"]:
        return o["_accounts"][name]["_parent"]
    if name in o["_units"]:
        return o["_units"][name]["_parent"]
    raise Failure("ChildNotFoundException", "We can't find an organizational unit or account with that id.")


def known_parent(o, name):
    if name != o["_root"] and name not in o["_units"]:
        raise Failure("ParentNotFoundException", "You specified parent that doesn't exist.")
    return name


@org("MoveAccount", "the source parent must be the right one", management=True)
def move_account(call, p, o):
    account = known_account(o, p["AccountId"])
    if p["SourceParentId"] != account["_parent"]:
        raise Failure("SourceParentNotFoundException", "The account is not in the source parent.")
    if p["DestinationParentId"] != o["_root"] and p["DestinationParentId"] not in o["_units"]:
        raise Failure("DestinationParentNotFoundException", "We can't find the destination container.")
    if p["DestinationParentId"] == p["SourceParentId"]:
        raise Failure("DuplicateAccountException", "That account is already present in the specified destination.")
    account["_parent"] = p["DestinationParentId"]
    return {}


def _kind(name):
    return "ROOT" if name.startswith("r-") else "ORGANIZATIONAL_UNIT"


@org("ListParents")
def list_parents(call, p, o):
    """One parent."""
    reader(call, o)
    parent = parent_of(o, p["ChildId"])
    return {"Parents": [{"Id": parent, "Type": _kind(parent)}]}


@org("ListChildren")
def list_children(call, p, o):
    """Accounts or units of a parent."""
    reader(call, o)
    parent = known_parent(o, p["ParentId"])
    table = o["_accounts"] if p["ChildType"] == "ACCOUNT" else o["_units"]
    return {"Children": [{"Id": n, "Type": p["ChildType"]} for n, v in table.items() if v["_parent"] == parent]}


@org("ListAccountsForParent")
def accounts_for_parent(call, p, o):
    """Not those of units below."""
    reader(call, o)
    known_parent(o, p["ParentId"])
    return {"Accounts": [a for a in o["_accounts"].values() if a["_parent"] == p["ParentId"]]}


@org("ListOrganizationalUnitsForParent")
def units_for_parent(call, p, o):
    """Not those below."""
    reader(call, o)
    known_parent(o, p["ParentId"])
    return {"OrganizationalUnits": [u for u in o["_units"].values() if u["_parent"] == p["ParentId"]]}


def known_unit(o, name):
    if name not in o["_units"]:
        raise Failure("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.")
    return o["_units"][name]


@org("DescribeOrganizationalUnit")
def describe_unit(call, p, o):
    """Management account and delegated administrators."""
    reader(call, o)
    return {"OrganizationalUnit": known_unit(o, p["OrganizationalUnitId"])}


@org("CreateOrganizationalUnit", "names once per parent", management=True)
def create_unit(call, p, o):
    known_parent(o, p["ParentId"])
    if any(u["Name"] == p["Name"] and u["_parent"] == p["ParentId"] for u in o["_units"].values()):
        raise Failure("DuplicateOrganizationalUnitException", "An OU with the same name already exists.")
    name = f"ou-{o['_root'][2:]}-{call.world.hex(8)}"
    unit = {"Id": name, "Name": p["Name"], "_parent": p["ParentId"], "_tags": list(p.get("Tags", [])),
            "Arn": f"arn:aws:organizations::{o['MasterAccountId']}:ou/{o['Id']}/{name}"}  # fmt: skip
    o["_units"][name] = unit
    return {"OrganizationalUnit": unit}


@org("UpdateOrganizationalUnit", management=True)
def update_unit(call, p, o):
    unit = known_unit(o, p["OrganizationalUnitId"])
    unit["Name"] = p.get("Name", unit["Name"])
    return {"OrganizationalUnit": unit}


@org("DeleteOrganizationalUnit", "refused while anything is in it", management=True)
def delete_unit(call, p, o):
    name = p["OrganizationalUnitId"]
    known_unit(o, name)
    if any(v["_parent"] == name for t in (o["_accounts"], o["_units"]) for v in t.values()):
        raise Failure("OrganizationalUnitNotEmptyException", "The specified OU is not empty.")
    del o["_units"][name]
    return {}


# ---- services ----
@org("EnableAWSServiceAccess", "idempotent; unknown principals are refused", management=True)
def enable_access(call, p, o):
    if p["ServicePrincipal"] not in TRUSTABLE:
        raise Failure("InvalidInputException", "You specified an unrecognized service principal.", Reason="UNRECOGNIZED_SERVICE_PRINCIPAL")
    o["_trusted"].setdefault(p["ServicePrincipal"], call.now)
    return {}


@org("DisableAWSServiceAccess", "refused while a delegated administrator is registered", management=True)
def disable_access(call, p, o):
    if any(p["ServicePrincipal"] in d for d in o["_delegated"].values()):
        raise Failure("ConstraintViolationException", "Deregister the delegated administrators first.", Reason="DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE")
    o["_trusted"].pop(p["ServicePrincipal"], None)
    if p["ServicePrincipal"] == "ram.amazonaws.com":
        o["_sharing"] = False
    return {}


@org("ListAWSServiceAccessForOrganization")
def list_access(call, p, o):
    """Management account and delegated administrators."""
    reader(call, o)
    return {"EnabledServicePrincipals": [{"ServicePrincipal": s, "DateEnabled": t} for s, t in o["_trusted"].items()]}


@org("RegisterDelegatedAdministrator", "AccountAlreadyRegisteredException; one account for Identity Center; trusted access first", management=True)
def register(call, p, o):
    known_account(o, p["AccountId"])
    service = p["ServicePrincipal"]
    if service not in DELEGABLE:
        raise Failure("InvalidInputException", "You specified an unrecognized service principal.", Reason="UNRECOGNIZED_SERVICE_PRINCIPAL")
    if p["AccountId"] == o["MasterAccountId"]:
        raise Failure("ConstraintViolationException", "You cannot register the management account as a delegated administrator.", Reason="CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR")
    if service in o["_delegated"].get(p["AccountId"], {}):
        raise Failure("AccountAlreadyRegisteredException", "The provided account is already a delegated administrator for your organization.")
    if service == "sso.amazonaws.com" and any(service in d for d in o["_delegated"].values()):
        raise Failure("ConstraintViolationException", "You have exceeded the number of delegated administrators for the service.", Reason="MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED")
    o["_trusted"].setdefault(service, call.now)
    o["_delegated"].setdefault(p["AccountId"], {})[service] = call.now
    return {}


@org("DeregisterDelegatedAdministrator", "AccountNotRegisteredException", management=True)
def deregister(call, p, o):
    known_account(o, p["AccountId"])
    if p["ServicePrincipal"] not in o["_delegated"].get(p["AccountId"], {}):
        raise Failure("AccountNotRegisteredException", "The specified account is not a delegated administrator for this AWS service.")
    del o["_delegated"][p["AccountId"]][p["ServicePrincipal"]]
    if not o["_delegated"][p["AccountId"]]:
        del o["_delegated"][p["AccountId"]]
    return {}


@org("ListDelegatedAdministrators")
def list_delegated(call, p, o):
    """Of one service or of all."""
    reader(call, o)
    rows = []
    for name, services in o["_delegated"].items():
        if p.get("ServicePrincipal") in (None, *services):
            since = services[p["ServicePrincipal"]] if p.get("ServicePrincipal") else min(services.values())
            rows.append({**o["_accounts"][name], "DelegationEnabledDate": since})
    return {"DelegatedAdministrators": rows}


@org("ListDelegatedServicesForAccount")
def delegated_services(call, p, o):
    """AccountNotRegisteredException for one that has none."""
    reader(call, o)
    if p["AccountId"] not in o["_delegated"]:
        raise Failure("AccountNotRegisteredException", "The account is not a delegated administrator.")
    return {"DelegatedServices": [{"ServicePrincipal": s, "DelegationEnabledDate": t} for s, t in o["_delegated"][p["AccountId"]].items()]}


# ---- policies ----
def known_policy(o, name):
    if name not in o["_policies"]:
        raise Failure("PolicyNotFoundException", "We can't find a policy with that id.")
    return o["_policies"][name]


def _target_name(o, name):
    if name in o["_accounts"]:
        return {"TargetId": name, "Arn": o["_accounts"][name]["Arn"], "Name": o["_accounts"][name]["Name"], "Type": "ACCOUNT"}
    if name in o["_units"]:
        return {"TargetId": name, "Arn": o["_units"][name]["Arn"], "Name": o["_units"][name]["Name"], "Type": "ORGANIZATIONAL_UNIT"}
    if name == o["_root"]:
        return {"TargetId": name, "Arn": f"arn:aws:organizations::{o['MasterAccountId']}:root/{o['Id']}/{name}", "Name": "Root", "Type": "ROOT"}
    raise Failure("TargetNotFoundException", "We can't find a root, OU, account, or policy with that id.")


@org("CreatePolicy", "names once", management=True)
def create_policy(call, p, o):
    if any(x["Name"] == p["Name"] for x in o["_policies"].values()):
        raise Failure("DuplicatePolicyException", "A policy with the same name already exists.")
    name = f"p-{call.world.hex(8)}"
    policy = {"Id": name, "Name": p["Name"], "Description": p["Description"], "Type": p["Type"], "AwsManaged": False, "_content": p["Content"],
              "Arn": f"arn:aws:organizations::{o['MasterAccountId']}:policy/{o['Id']}/{p['Type'].lower()}/{name}", "_targets": [],
              "_tags": list(p.get("Tags", []))}  # fmt: skip
    o["_policies"][name] = policy
    return {"Policy": {"PolicySummary": policy, "Content": p["Content"]}}


@org("DescribePolicy")
def describe_policy(call, p, o):
    """With its content."""
    reader(call, o)
    policy = known_policy(o, p["PolicyId"])
    return {"Policy": {"PolicySummary": policy, "Content": policy["_content"]}}


@org("UpdatePolicy", management=True)
def update_policy(call, p, o):
    policy = known_policy(o, p["PolicyId"])
    policy.update({k: p[k] for k in ("Name", "Description") if k in p})
    policy["_content"] = p.get("Content", policy["_content"])
    return {"Policy": {"PolicySummary": policy, "Content": policy["_content"]}}


@org("DeletePolicy", "PolicyInUseException while attached", management=True)
def delete_policy(call, p, o):
    if known_policy(o, p["PolicyId"])["_targets"]:
        raise Failure("PolicyInUseException", "The policy is attached to one or more entities.")
    del o["_policies"][p["PolicyId"]]
    return {}


@org("ListPolicies")
def list_policies(call, p, o):
    """Of one type."""
    reader(call, o)
    return {"Policies": [x for x in o["_policies"].values() if x["Type"] == p["Filter"]]}


@org("AttachPolicy", "the type must be enabled in the root", management=True)
def attach_policy(call, p, o):
    policy = known_policy(o, p["PolicyId"])
    _target_name(o, p["TargetId"])
    if not any(t["Type"] == policy["Type"] for t in o["_root_types"]):
        raise Failure("PolicyTypeNotEnabledException", "The specified policy type isn't currently enabled in this root.")
    if p["TargetId"] in policy["_targets"]:
        raise Failure("DuplicatePolicyAttachmentException", "The selected policy is already attached to the specified target.")
    policy["_targets"].append(p["TargetId"])
    return {}


@org("DetachPolicy", management=True)
def detach_policy(call, p, o):
    policy = known_policy(o, p["PolicyId"])
    if p["TargetId"] not in policy["_targets"]:
        raise Failure("PolicyNotAttachedException", "The policy isn't attached to the specified target in the specified root.")
    policy["_targets"].remove(p["TargetId"])
    return {}


@org("ListPoliciesForTarget")
def policies_for(call, p, o):
    """Of one type."""
    reader(call, o)
    _target_name(o, p["TargetId"])
    return {"Policies": [x for x in o["_policies"].values() if p["TargetId"] in x["_targets"] and x["Type"] == p["Filter"]]}


@org("ListTargetsForPolicy")
def targets_for(call, p, o):
    """Roots, units, accounts."""
    reader(call, o)
    return {"Targets": [_target_name(o, t) for t in known_policy(o, p["PolicyId"])["_targets"]]}


@org("EnablePolicyType", "PolicyTypeAlreadyEnabledException", management=True)
def enable_type(call, p, o):
    if any(t["Type"] == p["PolicyType"] for t in o["_root_types"]):
        raise Failure("PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled in the specified root.")
    o["_root_types"].append({"Type": p["PolicyType"], "Status": "ENABLED"})
    return {"Root": roots(call, p, o)["Roots"][0]}


@org("DisablePolicyType", "PolicyTypeNotEnabledException", management=True)
def disable_type(call, p, o):
    kept = [t for t in o["_root_types"] if t["Type"] != p["PolicyType"]]
    if len(kept) == len(o["_root_types"]):
        raise Failure("PolicyTypeNotEnabledException", "The specified policy type isn't currently enabled in this root.")
    o["_root_types"] = kept
    return {"Root": roots(call, p, o)["Roots"][0]}


@org("PutResourcePolicy", management=True)
def put_resource_policy(call, p, o):
    o["_resource_policy"] = {"Content": p["Content"], "ResourcePolicySummary": {
        "Id": "rp-" + o["Id"][2:], "Arn": f"arn:aws:organizations::{o['MasterAccountId']}:resourcepolicy/{o['Id']}/rp-{o['Id'][2:]}"}}  # fmt: skip
    return {"ResourcePolicy": o["_resource_policy"]}


@org("DescribeResourcePolicy")
def describe_resource_policy(call, p, o):
    """ResourcePolicyNotFoundException."""
    if not o["_resource_policy"]:
        raise Failure("ResourcePolicyNotFoundException", "We can't find a resource policy.")
    return {"ResourcePolicy": o["_resource_policy"]}


@org("DeleteResourcePolicy", management=True)
def delete_resource_policy(call, p, o):
    describe_resource_policy(call, p, o)
    o["_resource_policy"] = None
    return {}


# ---- tags ----
def _tagged(o, name):
    if name == o["_root"]:
        return o["_root_tags"]
    for table in (o["_accounts"], o["_units"], o["_policies"]):
        if name in table:
            return table[name]["_tags"]
    raise Failure("TargetNotFoundException", "We can't find a root, OU, account, or policy with that id.")


@org("TagResource", management=True)
def tag(call, p, o):
    put_tags(_tagged(o, p["ResourceId"]), p["Tags"])
    return {}


def put_tags(tags, given, key="Key"):
    names = {t[key] for t in given}
    tags[:] = [t for t in tags if t[key] not in names] + [dict(t) for t in given]


@org("UntagResource", management=True)
def untag(call, p, o):
    tags = _tagged(o, p["ResourceId"])
    tags[:] = [t for t in tags if t["Key"] not in p["TagKeys"]]
    return {}


@org("ListTagsForResource")
def list_tags(call, p, o):
    """Of accounts, units, policies, the root."""
    reader(call, o)
    return {"Tags": _tagged(o, p["ResourceId"])}


@org("RemoveAccountFromOrganization", "not the management account, not one that is a delegated administrator", management=True)
def remove_account(call, p, o):
    known_account(o, p["AccountId"])
    if p["AccountId"] == o["MasterAccountId"]:
        raise Failure("MasterCannotLeaveOrganizationException", "You can't remove a management account from an organization.")
    if p["AccountId"] in o["_delegated"]:
        raise Failure("ConstraintViolationException", "The account is a delegated administrator.", Reason="CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG")
    del o["_accounts"][p["AccountId"]]
    return {}


@org("DeleteOrganization", "OrganizationNotEmptyException while member accounts are in it", management=True)
def delete_organization(call, p, o):
    if len(o["_accounts"]) > 1 or o["_units"]:
        raise Failure("OrganizationNotEmptyException", "The organization isn't empty.")
    del call.world.table(o["MasterAccountId"], GLOBAL, "organizations.organization")[o["Id"]]
    return {}


@org("EnableAllFeatures", "HandshakeConstraintViolationException: they are on", management=True)
def all_features(call, p, o):
    raise Failure("HandshakeConstraintViolationException", "All features are enabled.", Reason="ORGANIZATION_ALREADY_HAS_ALL_FEATURES")
