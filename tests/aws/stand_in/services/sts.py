"""Security Token Service: sessions of roles that exist and trust the caller; keys that work in their account only."""

import fnmatch
import json
import re
import time

from ..registry import operation
from ..world import GLOBAL, Failure


def _session(call, account, arn, user_id, seconds):
    key = "ASIA" + call.world.letters(16)
    secret, token = call.world.letters(40), "FwoGZXIvYXdz" + call.world.letters(120)
    expires = int(time.time()) + seconds
    call.world.identities[key] = {"account": account, "secret": secret, "token": token, "arn": arn, "user": user_id, "expires": expires}
    return {"AccessKeyId": key, "SecretAccessKey": secret, "SessionToken": token, "Expiration": expires}


def principals(statement, kind):
    found = statement.get("Principal", {})
    if found == "*":
        return ["*"]
    found = found.get(kind, [])
    return [found] if isinstance(found, str) else found


def trusts(role, arn, account, external):
    """Does the trust policy of a role let this principal in?"""
    for statement in role["AssumeRolePolicyDocument"].get("Statement", []):
        actions = statement.get("Action", [])
        actions = [actions] if isinstance(actions, str) else actions
        if statement.get("Effect") != "Allow" or not any(fnmatch.fnmatchcase("sts:AssumeRole", a) for a in actions):
            continue
        wanted = statement.get("Condition", {}).get("StringEquals", {}).get("sts:ExternalId")
        if wanted is not None and external not in ([wanted] if isinstance(wanted, str) else wanted):
            continue
        role_arn = re.sub(r":sts::(\d+):assumed-role/([^/]+)/.*", r":iam::\1:role/\2", arn)
        for principal in principals(statement, "AWS"):
            if principal in ("*", account, arn, role_arn) or principal.endswith(f"::{account}:root"):
                return True
    return False


def _role(call, arn):
    match = re.fullmatch(r"arn:[^:]+:iam::(\d{12}):role/(.+)", arn)
    if not match:
        raise Failure("ValidationError", f"{arn} is invalid")
    account, path = match.groups()
    role = call.world.find((account, GLOBAL, "iam.role", path.rsplit("/", 1)[-1]))
    return account, role if role and role["Arn"] == arn else None


def _denied(call, arn, action="sts:AssumeRole"):
    return Failure("AccessDenied", f"User: {call.principal} is not authorized to perform: {action} on resource: {arn}", 403)


@operation("sts", "AssumeRole", "the role must exist and trust the caller; its keys work in its account; one hour at most for a chained session")
def assume_role(call, p):
    account, role = _role(call, p["RoleArn"])
    if role is None or not trusts(role, call.principal, call.account, p.get("ExternalId")):
        raise _denied(call, p["RoleArn"])
    seconds = p.get("DurationSeconds", 3600)
    if seconds > role.get("MaxSessionDuration", 3600):
        raise Failure("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    if ":assumed-role/" in call.principal and seconds > 3600:
        raise Failure("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
    arn = f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/{p['RoleSessionName']}"
    user = f"{role['RoleId']}:{p['RoleSessionName']}"
    return {"Credentials": _session(call, account, arn, user, seconds), "AssumedRoleUser": {"AssumedRoleId": user, "Arn": arn}}


@operation("sts", "AssumeRoleWithWebIdentity", "the role must exist and name the token's provider")
def assume_web(call, p):
    account, role = _role(call, p["RoleArn"])
    allowed = role and any("sts:AssumeRoleWithWebIdentity" in json.dumps(s.get("Action", "")) and s.get("Effect") == "Allow"
                           and principals(s, "Federated") for s in role["AssumeRolePolicyDocument"].get("Statement", []))  # fmt: skip
    if not allowed:
        raise _denied(call, p["RoleArn"], "sts:AssumeRoleWithWebIdentity")
    arn = f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/{p['RoleSessionName']}"
    user = f"{role['RoleId']}:{p['RoleSessionName']}"
    return {"Credentials": _session(call, account, arn, user, p.get("DurationSeconds", 3600)), "SubjectFromWebIdentityToken": "subject",
            "AssumedRoleUser": {"AssumedRoleId": user, "Arn": arn}}  # fmt: skip


@operation("sts", "GetSessionToken")
def session_token(call, p):
    """Keys of the same user that expire."""
    return {"Credentials": _session(call, call.account, call.principal, "AIDASTANDIN", p.get("DurationSeconds", 43200))}


@operation("sts", "GetCallerIdentity")
def identity(call, p):
    """Account and ARN of the keys."""
    held = next((i for i in call.world.identities.values() if i["arn"] == call.principal), {})
    return {"Account": call.account, "Arn": call.principal, "UserId": held.get("user", "AIDASTANDIN" + call.account[:9])}


@operation("sts", "GetAccessKeyInfo")
def key_info(call, p):
    """The account of a key."""
    from ..seeds import identity as found

    known = found(call.world, p["AccessKeyId"])
    if known is None:
        raise Failure("ValidationError", "The access key is not known.")
    return {"Account": known["account"]}


@operation("sts", "DecodeAuthorizationMessage", "no message of the stand-in is encoded: InvalidAuthorizationMessageException")
def decode(call, p):
    raise Failure("InvalidAuthorizationMessageException", "The message is not valid.")
