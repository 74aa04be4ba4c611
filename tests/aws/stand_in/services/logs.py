"""CloudWatch Logs: groups with retention and keys, resource policies that services ask."""

import fnmatch
import json

from ..registry import operation
from ..world import Failure


def logs(name, does=""):
    return operation("logs", name, does)


RETENTION = {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}


def log_groups(call):
    return call.world.table(call.account, call.region, "logs.group")


def policies(call):
    return call.world.table(call.account, call.region, "logs.policy")


def allows(call, group, service):
    """Does a resource policy let a service write to a group? Wildcards only in resources."""
    arn = f"arn:aws:logs:{call.region}:{call.account}:log-group:{group}"
    for policy in policies(call).values():
        found = json.loads(policy["policyDocument"]).get("Statement", [])
        for statement in found if isinstance(found, list) else [found]:
            services = statement.get("Principal", {})
            services = services.get("Service", []) if isinstance(services, dict) else []
            actions, resources = ([x] if isinstance(x, str) else x for x in (statement.get("Action", []), statement.get("Resource", [])))
            if statement.get("Effect") != "Allow" or service not in ([services] if isinstance(services, str) else services):
                continue
            writes = all(any(fnmatch.fnmatchcase(a, b) for b in actions) for a in ("logs:CreateLogStream", "logs:PutLogEvents"))
            if writes and any(fnmatch.fnmatchcase(f"{arn}:log-stream:x", r) or fnmatch.fnmatchcase(arn + ":*", r) or r == arn for r in resources):
                return True
    return False


def one(call, name):
    found = log_groups(call).get(name)
    if found is None or not call.sees(found):
        raise Failure("ResourceNotFoundException", "The specified log group does not exist.")
    return found


@logs("CreateLogGroup", "ResourceAlreadyExistsException")
def create(call, p):
    name = p["logGroupName"]
    if name in log_groups(call):
        raise Failure("ResourceAlreadyExistsException", "The specified log group already exists")
    arn = call.arn("logs", f"log-group:{name}")
    call.put("group", name, {"logGroupName": name, "creationTime": int(call.now * 1000), "metricFilterCount": 0, "arn": arn + ":*", "logGroupArn": arn,
                             "storedBytes": 0, "kmsKeyId": p.get("kmsKeyId"), "logGroupClass": p.get("logGroupClass", "STANDARD"),
                             "tags": dict(p.get("tags", {}))})  # fmt: skip
    return {}


@logs("DescribeLogGroups", "by prefix or pattern")
def describe(call, p):
    if p.get("logGroupNamePrefix") and p.get("logGroupNamePattern"):
        raise Failure("InvalidParameterException", "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    rows = [g for n, g in sorted(log_groups(call).items()) if call.sees(g) and n.startswith(p.get("logGroupNamePrefix", ""))]
    return {"logGroups": [g for g in rows if p.get("logGroupNamePattern", "") in g["logGroupName"]]}


@logs("DeleteLogGroup")
def delete(call, p):
    """ResourceNotFoundException."""
    if one(call, p["logGroupName"]).get("deletionProtectionEnabled"):
        raise Failure("ValidationException", "The log group is protected from deletion.")
    del log_groups(call)[p["logGroupName"]]
    return {}


@logs("PutRetentionPolicy", "days of AWS's list only")
def put_retention(call, p):
    if p["retentionInDays"] not in RETENTION:
        raise Failure("InvalidParameterException", f"1 validation error detected: Value '{p['retentionInDays']}' at 'retentionInDays' failed to satisfy constraint")
    one(call, p["logGroupName"])["retentionInDays"] = p["retentionInDays"]
    return {}


@logs("DeleteRetentionPolicy")
def delete_retention(call, p):
    """Never expires then."""
    one(call, p["logGroupName"]).pop("retentionInDays", None)
    return {}


@logs("AssociateKmsKey")
def associate_key(call, p):
    """The key of a group."""
    one(call, p.get("logGroupName", ""))["kmsKeyId"] = p["kmsKeyId"]
    return {}


@logs("DisassociateKmsKey")
def disassociate_key(call, p):
    """None then."""
    one(call, p.get("logGroupName", ""))["kmsKeyId"] = None
    return {}


@logs("DescribeLogStreams")
def streams(call, p):
    """None: nothing writes here."""
    one(call, p.get("logGroupName") or p.get("logGroupIdentifier", ""))
    return {"logStreams": []}


@logs("FilterLogEvents")
def events(call, p):
    """None: nothing writes here."""
    one(call, p.get("logGroupName") or p.get("logGroupIdentifier", ""))
    return {"events": [], "searchedLogStreams": []}


@logs("PutResourcePolicy", "ten at most; JSON")
def put_policy(call, p):
    try:
        json.loads(p["policyDocument"])
    except (ValueError, KeyError):
        raise Failure("InvalidParameterException", "The policy document is not JSON.")
    name = p.get("policyName", "")
    if name not in policies(call) and len(policies(call)) >= 10:
        raise Failure("LimitExceededException", "Resource limit exceeded.")
    policies(call)[name] = {"policyName": name, "policyDocument": p["policyDocument"], "lastUpdatedTime": int(call.now * 1000)}
    return {"resourcePolicy": policies(call)[name]}


@logs("DescribeResourcePolicies")
def describe_policies(call, p):
    """All of the Region."""
    return {"resourcePolicies": list(policies(call).values())}


@logs("DeleteResourcePolicy")
def delete_policy(call, p):
    """ResourceNotFoundException."""
    if policies(call).pop(p.get("policyName"), None) is None:
        raise Failure("ResourceNotFoundException", f"Policy with name [{p.get('policyName')}] does not exist.")
    return {}


def _tagged(call, arn):
    return one(call, arn.split(":log-group:", 1)[-1].removesuffix(":*"))["tags"]


@logs("TagResource", "adds and replaces")
def tag(call, p):
    _tagged(call, p["resourceArn"]).update(p["tags"])
    return {}


@logs("UntagResource", "by key")
def untag(call, p):
    for key in p["tagKeys"]:
        _tagged(call, p["resourceArn"]).pop(key, None)
    return {}


@logs("ListTagsForResource")
def list_tags(call, p):
    """By ARN."""
    return {"tags": _tagged(call, p["resourceArn"])}


@logs("PutLogGroupDeletionProtection")
def protect(call, p):
    """Deletion is refused while it is on."""
    one(call, _name(p["logGroupIdentifier"]))["deletionProtectionEnabled"] = p["deletionProtectionEnabled"]
    return {}


def _name(text):
    return text.split(":log-group:", 1)[-1].removesuffix(":*")


@logs("PutDataProtectionPolicy", "JSON")
def put_protection(call, p):
    try:
        json.loads(p["policyDocument"])
    except ValueError:
        raise Failure("InvalidParameterException", "The policy document is not JSON.")
    found = one(call, _name(p["logGroupIdentifier"]))
    found["_protection"] = {"policyDocument": p["policyDocument"], "lastUpdatedTime": int(call.now * 1000)}
    found["dataProtectionStatus"] = "ACTIVATED"
    return {"logGroupIdentifier": p["logGroupIdentifier"], **found["_protection"]}


@logs("GetDataProtectionPolicy")
def get_protection(call, p):
    """Empty where there is none."""
    return {"logGroupIdentifier": p["logGroupIdentifier"], **(one(call, _name(p["logGroupIdentifier"])).get("_protection") or {})}


@logs("DeleteDataProtectionPolicy")
def delete_protection(call, p):
    """Idempotent."""
    found = one(call, _name(p["logGroupIdentifier"]))
    found.pop("_protection", None)
    found.pop("dataProtectionStatus", None)
    return {}
