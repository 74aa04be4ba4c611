"""Identity and Access Management: roles, policies, profiles, providers, service-linked roles."""

import json
import urllib.parse

from ..registry import hook, operation
from ..world import Failure
from .organizations import put_tags

try:
    from moto.iam.aws_managed_policies import aws_managed_policies_data
except ImportError:
    aws_managed_policies_data = "{}"
# name → policy, as moto carries AWS's list
AWS_POLICIES = {
    name: {"Path": "/", "DefaultVersionId": "v1", **p, "Arn": f"arn:aws:iam::aws:policy{p.get('Path', '/')}{name}"}
    for name, p in json.loads(aws_managed_policies_data).items()
}


def iam(name, does=""):
    return operation("iam", name, does)


def absent(what, name):
    return Failure("NoSuchEntity", f"The {what} with name {name} cannot be found.", 404)


def exists(what, name):
    return Failure("EntityAlreadyExists", f"{what} with name {name} already exists.", 409)


def conflict(text):
    return Failure("DeleteConflict", f"Cannot delete entity, must {text} first.", 409)


def known(call, kind, name, what):
    found = call.get(kind, name)
    if found is None:
        raise absent(what, name)
    return found


def document(text):
    try:
        parsed = json.loads(text)
        statements = parsed["Statement"]
        statements = statements if isinstance(statements, list) else [statements]
        if not all(s.get("Effect") in ("Allow", "Deny") and ("Action" in s or "NotAction" in s) for s in statements):
            raise ValueError
        return parsed
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Failure("MalformedPolicyDocument", "Syntax errors in policy.", 400)


def told(value):
    """IAM gives documents percent-encoded (RFC 3986)."""
    return urllib.parse.quote(value if isinstance(value, str) else json.dumps(value))


def shown_role(role):
    return {**role, "AssumeRolePolicyDocument": told(role["AssumeRolePolicyDocument"])}


# ---- roles ----
def add_role(call, name, path, trust, **more):
    role = {"RoleName": name, "Path": path, "RoleId": "AROA" + call.world.letters(17), "Tags": [], "MaxSessionDuration": 3600,
            "Arn": f"arn:aws:iam::{call.account}:role{path}{name}", "CreateDate": call.now, "_policies": {}, "_attached": [],
            "AssumeRolePolicyDocument": trust, **more}  # fmt: skip
    return call.put("role", name, role)


def check_trust(call, trust):
    """Principals of IAM must exist: API_CreateRole, MalformedPolicyDocument."""
    for statement in trust["Statement"] if isinstance(trust["Statement"], list) else [trust["Statement"]]:
        if "Principal" not in statement:
            raise Failure("MalformedPolicyDocument", "Has prohibited field Resource" if "Resource" in statement else "AssumeRole policy may only specify principals.", 400)
        found = statement["Principal"].get("AWS", []) if isinstance(statement["Principal"], dict) else []
        for principal in [found] if isinstance(found, str) else found:
            if ":role/" in principal:
                account, name = principal.split(":")[4], principal.rsplit("/", 1)[-1]
                if call.world.find((account, call.region, "iam.role", name)) is None:
                    raise Failure("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{principal}"', 400)


@iam("CreateRole", "the trust policy is read and its roles must exist; quota")
def create_role(call, p):
    if p["RoleName"].lower() in [n.lower() for n in call.table("role")]:
        raise exists("Role", p["RoleName"])
    trust = document(p["AssumeRolePolicyDocument"])
    check_trust(call, trust)
    call.limit("iam.roles", len(call.table("role")), "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000", status=409)
    more = {"Description": p.get("Description"), "MaxSessionDuration": p.get("MaxSessionDuration", 3600), "Tags": list(p.get("Tags", []))}
    if p.get("PermissionsBoundary"):
        policy_of(call, p["PermissionsBoundary"])
        more["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": p["PermissionsBoundary"]}
    return {"Role": shown_role(add_role(call, p["RoleName"], p.get("Path", "/"), trust, **more))}


def role_of(call, p):
    return known(call, "role", p["RoleName"], "role")


@iam("GetRole")
def get_role(call, p):
    """NoSuchEntity."""
    return {"Role": shown_role(role_of(call, p))}


@iam("ListRoles")
def list_roles(call, p):
    """By path."""
    return {"Roles": [shown_role(r) for r in call.rows("role") if r["Path"].startswith(p.get("PathPrefix", "/"))]}


@iam("UpdateRole")
def update_role(call, p):
    """Description and session length."""
    role = writable(call, role_of(call, p))
    role.update({k: p[k] for k in ("Description", "MaxSessionDuration") if k in p})
    return {}


def writable(call, role):
    """Roles of services are theirs: IAM user guide, "Service-linked roles"."""
    if role["Path"].startswith(("/aws-service-role/", "/aws-reserved/")):
        raise Failure("UnmodifiableEntity", f"Cannot perform the operation on the protected role '{role['RoleName']}'", 400)
    return role


@iam("UpdateAssumeRolePolicy")
def update_trust(call, p):
    """Read like that of CreateRole."""
    trust = document(p["PolicyDocument"])
    check_trust(call, trust)
    writable(call, role_of(call, p))["AssumeRolePolicyDocument"] = trust
    return {}


@iam("DeleteRole", "DeleteConflict while policies or profiles are with it")
def delete_role(call, p):
    role = writable(call, role_of(call, p))
    if role["_attached"]:
        raise conflict("detach all policies")
    if role["_policies"]:
        raise conflict("delete policies")
    for profile in call.table("instance-profile").values():
        if p["RoleName"] in profile["_roles"]:
            raise conflict("remove roles from instance profile")
    del call.table("role")[p["RoleName"]]
    return {}


@iam("PutRolePolicy", "10,240 characters for all of a role")
def put_role_policy(call, p):
    role = writable(call, role_of(call, p))
    document(p["PolicyDocument"])
    size = sum(len("".join(t.split())) for n, t in role["_policies"].items() if n != p["PolicyName"]) + len("".join(p["PolicyDocument"].split()))
    if size > 10240:
        raise Failure("LimitExceeded", f"Maximum policy size of 10240 bytes exceeded for role {p['RoleName']}", 409)
    role["_policies"][p["PolicyName"]] = p["PolicyDocument"]
    return {}


@iam("GetRolePolicy")
def get_role_policy(call, p):
    """NoSuchEntity."""
    role = role_of(call, p)
    if p["PolicyName"] not in role["_policies"]:
        raise absent("role policy", p["PolicyName"])
    return {"RoleName": p["RoleName"], "PolicyName": p["PolicyName"], "PolicyDocument": told(role["_policies"][p["PolicyName"]])}


@iam("DeleteRolePolicy")
def delete_role_policy(call, p):
    """NoSuchEntity."""
    role = writable(call, role_of(call, p))
    if role["_policies"].pop(p["PolicyName"], None) is None:
        raise absent("role policy", p["PolicyName"])
    return {}


@iam("ListRolePolicies")
def list_role_policies(call, p):
    """Names of the inline ones."""
    return {"PolicyNames": sorted(role_of(call, p)["_policies"])}


@iam("AttachRolePolicy", "the policy must exist, AWS's own by their list; ten at most; idempotent")
def attach_role_policy(call, p):
    role = writable(call, role_of(call, p))
    policy_of(call, p["PolicyArn"])
    if p["PolicyArn"] not in role["_attached"]:
        call.limit("iam.policies-per-role", len(role["_attached"]), "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10", status=409)
        role["_attached"].append(p["PolicyArn"])
    return {}


@iam("DetachRolePolicy")
def detach_role_policy(call, p):
    """NoSuchEntity."""
    role = writable(call, role_of(call, p))
    if p["PolicyArn"] not in role["_attached"]:
        raise absent("policy", p["PolicyArn"])
    role["_attached"].remove(p["PolicyArn"])
    return {}


@iam("ListAttachedRolePolicies")
def list_attached(call, p):
    """Names and ARNs."""
    rows = [{"PolicyName": a.rsplit("/", 1)[-1], "PolicyArn": a} for a in role_of(call, p)["_attached"]]
    return {"AttachedPolicies": rows}


@iam("PutRolePermissionsBoundary")
def put_boundary(call, p):
    """The policy must exist."""
    policy_of(call, p["PermissionsBoundary"])
    role_of(call, p)["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": p["PermissionsBoundary"]}
    return {}


@iam("DeleteRolePermissionsBoundary")
def delete_boundary(call, p):
    """NoSuchEntity for a role without."""
    if role_of(call, p).pop("PermissionsBoundary", None) is None:
        raise absent("boundary of role", p["RoleName"])
    return {}


# ---- service-linked roles ----
LINKED = {  # principal → name; IAM user guide, "AWS services that work with IAM"
    "ds.amazonaws.com": "AWSServiceRoleForDirectoryService", "ram.amazonaws.com": "AWSServiceRoleForResourceAccessManager",
    "sso.amazonaws.com": "AWSServiceRoleForSSO", "ssm.amazonaws.com": "AWSServiceRoleForAmazonSSM",
    "transitgateway.amazonaws.com": "AWSServiceRoleForVPCTransitGateway", "route53resolver.amazonaws.com": "AWSServiceRoleForRoute53Resolver",
    "organizations.amazonaws.com": "AWSServiceRoleForOrganizations", "network-firewall.amazonaws.com": "AWSServiceRoleForNetworkFirewall",
    "config.amazonaws.com": "AWSServiceRoleForConfig", "backup.amazonaws.com": "AWSServiceRoleForBackup",
    "spot.amazonaws.com": "AWSServiceRoleForEC2Spot", "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
    "fsx.amazonaws.com": "AWSServiceRoleForAmazonFSx", "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "vpn.amazonaws.com": "AWSServiceRoleForVPCS2SVPN", "s2svpn.amazonaws.com": "AWSServiceRoleForVPCS2SVPN",
    "directconnect.amazonaws.com": "AWSServiceRoleForDirectConnect", "privateDnsForVPCEndpoints.amazonaws.com": "AWSServiceRoleForVPCEndpoints",
}  # fmt: skip


def linked_role(call, service, name):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    return add_role(call, name, f"/aws-service-role/{service}/", trust)


@iam("CreateServiceLinkedRole", "InvalidInput where it has been taken")
def create_linked(call, p):
    name = LINKED.get(p["AWSServiceName"])
    if name is None:
        raise Failure("InvalidInput", f"Service {p['AWSServiceName']} has no service-linked role.")
    if name in call.table("role"):
        raise Failure("InvalidInput", f"Service role name {name} has been taken in this account, please try a different suffix.")
    return {"Role": shown_role(linked_role(call, p["AWSServiceName"], name))}


@iam("DeleteServiceLinkedRole", "a task that ends later")
def delete_linked(call, p):
    role = role_of(call, p)
    if not role["Path"].startswith("/aws-service-role/"):
        raise absent("service-linked role", p["RoleName"])
    task = f"task{role['Path']}{p['RoleName']}/{call.world.uuid()}"
    call.put("linked-task", task, {"Status": "IN_PROGRESS"})
    call.later("linked-task", task, "iam.slr.delete", {"Status": "SUCCEEDED", "_role": p["RoleName"]}, hook="linked_role_deleted")
    return {"DeletionTaskId": task}


@hook
def linked_role_deleted(world, place, task):
    account, region, _, _ = place
    world.table(account, region, "iam.role").pop(task["_role"], None)


@iam("GetServiceLinkedRoleDeletionStatus")
def linked_status(call, p):
    """NoSuchEntity."""
    return {"Status": known(call, "linked-task", p["DeletionTaskId"], "task")["Status"]}


# ---- managed policies ----
def policy_of(call, arn):
    if ":iam::aws:policy/" in arn:
        found = AWS_POLICIES.get(arn.split("policy/", 1)[1].rsplit("/", 1)[-1])
        if found is None or found["Arn"] != arn:
            raise Failure("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
        return {"Arn": arn, "PolicyName": arn.rsplit("/", 1)[-1], "Path": found["Path"], "DefaultVersionId": found["DefaultVersionId"],
                "IsAttachable": True, "PolicyId": "ANPA" + "Z" * 17, "Tags": [], "_aws": True,
                "_versions": {found["DefaultVersionId"]: {"Document": found["Document"], "CreateDate": 1_500_000_000}}}  # fmt: skip
    found = call.get("policy", arn)
    if found is None:
        raise Failure("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
    return found


def shown_policy(call, policy):
    used = sum(policy["Arn"] in r["_attached"] for r in call.table("role").values())
    return {**policy, "AttachmentCount": used, "PermissionsBoundaryUsageCount": 0}


def _version(policy, name):
    if name not in policy["_versions"]:
        raise Failure("NoSuchEntity", f"Policy {policy['Arn']} version {name} does not exist.", 404)
    v = policy["_versions"][name]
    return {"VersionId": name, "IsDefaultVersion": name == policy["DefaultVersionId"], "CreateDate": v["CreateDate"], "Document": told(v["Document"])}


@iam("CreatePolicy", "names once; 6,144 characters")
def create_policy(call, p):
    document(p["PolicyDocument"])
    if len("".join(p["PolicyDocument"].split())) > 6144:
        raise Failure("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", 409)
    arn = f"arn:aws:iam::{call.account}:policy{p.get('Path', '/')}{p['PolicyName']}"
    if any(x["PolicyName"] == p["PolicyName"] for x in call.table("policy").values()):
        raise exists("A policy called", p["PolicyName"])
    value = call.put("policy", arn, {
        "PolicyName": p["PolicyName"], "PolicyId": "ANPA" + call.world.letters(17), "Arn": arn, "Path": p.get("Path", "/"),
        "DefaultVersionId": "v1", "IsAttachable": True, "Description": p.get("Description"), "CreateDate": call.now, "UpdateDate": call.now,
        "Tags": list(p.get("Tags", [])), "_versions": {"v1": {"Document": p["PolicyDocument"], "CreateDate": call.now}}, "_next": 2})  # fmt: skip
    return {"Policy": shown_policy(call, value)}


@iam("GetPolicy")
def get_policy(call, p):
    """Also AWS's own."""
    return {"Policy": shown_policy(call, policy_of(call, p["PolicyArn"]))}


@iam("ListPolicies")
def list_policies(call, p):
    """Local, AWS's or all."""
    rows = []
    if p.get("Scope", "All") in ("All", "Local"):
        rows += call.rows("policy")
    if p.get("Scope", "All") in ("All", "AWS"):
        rows += [policy_of(call, v["Arn"]) for v in AWS_POLICIES.values()]
    rows = [shown_policy(call, r) for r in rows if r["Path"].startswith(p.get("PathPrefix", "/"))]
    return {"Policies": [r for r in rows if not p.get("OnlyAttached") or r["AttachmentCount"]]}


@iam("CreatePolicyVersion", "five at most")
def create_version(call, p):
    policy = own_policy(call, p)
    document(p["PolicyDocument"])
    call.limit("iam.policy-versions", len(policy["_versions"]), "LimitExceeded",
               "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.", status=409)  # fmt: skip
    name = f"v{policy['_next']}"
    policy["_next"] += 1
    policy["_versions"][name] = {"Document": p["PolicyDocument"], "CreateDate": call.now}
    if p.get("SetAsDefault"):
        policy["DefaultVersionId"] = name
    return {"PolicyVersion": {**_version(policy, name), "Document": None}}


def own_policy(call, p):
    policy = policy_of(call, p["PolicyArn"])
    if policy.get("_aws"):
        raise Failure("AccessDenied", f"User: {call.principal} is not authorized to change {p['PolicyArn']}", 403)
    return policy


@iam("GetPolicyVersion")
def get_version(call, p):
    """With its document."""
    return {"PolicyVersion": _version(policy_of(call, p["PolicyArn"]), p["VersionId"])}


@iam("ListPolicyVersions")
def list_versions(call, p):
    """Without documents; in no order, as none is documented."""
    policy = policy_of(call, p["PolicyArn"])
    names = sorted(policy["_versions"], key=lambda name: int(name[1:]) * 3 % 7)
    return {"Versions": [{**_version(policy, n), "Document": None} for n in names]}


@iam("SetDefaultPolicyVersion")
def set_default(call, p):
    """The version must exist."""
    policy = own_policy(call, p)
    _version(policy, p["VersionId"])
    policy["DefaultVersionId"] = p["VersionId"]
    return {}


@iam("DeletePolicyVersion", "DeleteConflict for the default")
def delete_version(call, p):
    policy = own_policy(call, p)
    _version(policy, p["VersionId"])
    if p["VersionId"] == policy["DefaultVersionId"]:
        raise Failure("DeleteConflict", "Cannot delete the default version of a policy.", 409)
    del policy["_versions"][p["VersionId"]]
    return {}


@iam("DeletePolicy", "DeleteConflict while attached or with more than the default version")
def delete_policy(call, p):
    policy = own_policy(call, p)
    if shown_policy(call, policy)["AttachmentCount"]:
        raise Failure("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    if len(policy["_versions"]) > 1:
        raise Failure("DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions.", 409)
    del call.table("policy")[p["PolicyArn"]]
    return {}


@iam("ListEntitiesForPolicy")
def entities(call, p):
    """Roles."""
    policy_of(call, p["PolicyArn"])
    rows = [{"RoleName": r["RoleName"], "RoleId": r["RoleId"]} for r in call.rows("role") if p["PolicyArn"] in r["_attached"]]
    return {"PolicyRoles": rows, "PolicyGroups": [], "PolicyUsers": []}


# ---- profiles ----
def shown_profile(call, profile):
    return {**profile, "Roles": [shown_role(call.table("role")[r]) for r in profile["_roles"] if r in call.table("role")]}


@iam("CreateInstanceProfile", "names once; quota")
def create_profile(call, p):
    name = p["InstanceProfileName"]
    if name in call.table("instance-profile"):
        raise exists("Instance Profile", name)
    call.limit("iam.profiles", len(call.table("instance-profile")), "LimitExceeded", status=409)
    path = p.get("Path", "/")
    value = call.put("instance-profile", name, {
        "InstanceProfileName": name, "Path": path, "InstanceProfileId": "AIPA" + call.world.letters(17), "CreateDate": call.now,
        "Arn": f"arn:aws:iam::{call.account}:instance-profile{path}{name}", "_roles": [], "Tags": list(p.get("Tags", []))})  # fmt: skip
    return {"InstanceProfile": shown_profile(call, value)}


def profile_of(call, p):
    return known(call, "instance-profile", p["InstanceProfileName"], "instance profile")


@iam("GetInstanceProfile")
def get_profile(call, p):
    """NoSuchEntity."""
    return {"InstanceProfile": shown_profile(call, profile_of(call, p))}


@iam("ListInstanceProfiles")
def list_profiles(call, p):
    """By path."""
    return {"InstanceProfiles": [shown_profile(call, x) for x in call.rows("instance-profile") if x["Path"].startswith(p.get("PathPrefix", "/"))]}


@iam("ListInstanceProfilesForRole")
def profiles_for_role(call, p):
    """The role must exist."""
    role_of(call, p)
    return {"InstanceProfiles": [shown_profile(call, x) for x in call.rows("instance-profile") if p["RoleName"] in x["_roles"]]}


@iam("AddRoleToInstanceProfile", "one role at most: LimitExceeded")
def add_to_profile(call, p):
    profile = profile_of(call, p)
    role_of(call, p)
    if profile["_roles"]:
        raise Failure("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1", 409)
    profile["_roles"].append(p["RoleName"])
    return {}


@iam("RemoveRoleFromInstanceProfile")
def remove_from_profile(call, p):
    """NoSuchEntity."""
    profile = profile_of(call, p)
    if p["RoleName"] not in profile["_roles"]:
        raise absent("role", p["RoleName"])
    profile["_roles"].remove(p["RoleName"])
    return {}


@iam("DeleteInstanceProfile", "DeleteConflict while a role is in it")
def delete_profile(call, p):
    if profile_of(call, p)["_roles"]:
        raise conflict("remove roles from instance profile")
    del call.table("instance-profile")[p["InstanceProfileName"]]
    return {}


# ---- SAML providers ----
@iam("CreateSAMLProvider", "names once")
def create_saml(call, p):
    arn = f"arn:aws:iam::{call.account}:saml-provider/{p['Name']}"
    if arn in call.table("saml-provider"):
        raise exists("SAML Provider", p["Name"])
    value = call.put("saml-provider", arn, {
        "Arn": arn, "SAMLMetadataDocument": p["SAMLMetadataDocument"], "CreateDate": call.now, "ValidUntil": call.now + 365 * 86400,
        "SAMLProviderUUID": call.world.hex(32), "Tags": list(p.get("Tags", []))})  # fmt: skip
    return {"SAMLProviderArn": arn, "Tags": value["Tags"]}


def saml_of(call, p):
    return known(call, "saml-provider", p["SAMLProviderArn"], "SAML provider")


@iam("GetSAMLProvider")
def get_saml(call, p):
    """NoSuchEntity."""
    return saml_of(call, p)


@iam("ListSAMLProviders")
def list_saml(call, p):
    """All."""
    return {"SAMLProviderList": call.rows("saml-provider")}


@iam("UpdateSAMLProvider")
def update_saml(call, p):
    """The document."""
    value = saml_of(call, p)
    value.update({k: p[k] for k in ("SAMLMetadataDocument",) if k in p})
    return {"SAMLProviderArn": value["Arn"]}


@iam("DeleteSAMLProvider")
def delete_saml(call, p):
    """NoSuchEntity."""
    saml_of(call, p)
    del call.table("saml-provider")[p["SAMLProviderArn"]]
    return {}


# ---- tags ----
def _tags(kind, find):
    def tag(call, p):
        put_tags(find(call, p)["Tags"], p["Tags"])
        return {}

    def untag(call, p):
        tags = find(call, p)["Tags"]
        tags[:] = [t for t in tags if t["Key"] not in p["TagKeys"]]
        return {}

    iam(f"Tag{kind}", "adds and replaces")(tag)
    iam(f"Untag{kind}", "by key")(untag)


_tags("Role", role_of)
_tags("Policy", own_policy)
_tags("InstanceProfile", profile_of)
_tags("SAMLProvider", saml_of)


@iam("ListAccountAliases", "none")
def aliases(call, p):
    return {"AccountAliases": []}


def _list_tags(kind, find):
    iam(f"List{kind}Tags", "all")(lambda call, p: {"Tags": find(call, p)["Tags"]})


_list_tags("Role", role_of)
_list_tags("Policy", lambda call, p: policy_of(call, p["PolicyArn"]))
_list_tags("InstanceProfile", profile_of)
_list_tags("SAMLProvider", saml_of)


@iam("UpdateRoleDescription", "the description")
def update_role_description(call, p):
    role = writable(call, role_of(call, p))
    role["Description"] = p["Description"]
    return {"Role": shown_role(role)}
