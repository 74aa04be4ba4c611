"""Lambda: functions with their configuration, policies and tags. Nothing runs: an invocation answers null."""

import base64
import hashlib
import json

from ..registry import operation
from ..world import GLOBAL, Failure


def lam(name, does=""):
    return operation("lambda", name, does)


def one(call, p):
    name = p["FunctionName"].split(":function:")[-1].split(":")[0]
    found = call.get("function", name)
    if found is None:
        raise Failure("ResourceNotFoundException", f"Function not found: {call.arn('lambda', 'function:' + name)}", Type="User")
    return found


def busy(value):
    if value["LastUpdateStatus"] == "InProgress" or value["State"] == "Pending":
        raise Failure("ResourceConflictException", f"The operation cannot be performed at this time. An update is in progress for resource: {value['FunctionArn']}", Type="User")


def _code(value, p):
    data = p.get("ZipFile") or json.dumps({k: p[k] for k in ("S3Bucket", "S3Key", "S3ObjectVersion") if k in p}).encode()
    value.update(CodeSha256=base64.b64encode(hashlib.sha256(data).digest()).decode(), CodeSize=len(data))


CONFIGURATION = ("Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "KMSKeyArn")


@lam("CreateFunction", "Pending first; the role must exist and trust Lambda; ResourceConflictException")
def create(call, p):
    if p["FunctionName"] in call.table("function"):
        raise Failure("ResourceConflictException", f"Function already exist: {p['FunctionName']}", Type="User")
    parts = p["Role"].split(":")
    role = call.world.find((parts[4], GLOBAL, "iam.role", p["Role"].rsplit("/", 1)[-1])) if len(parts) > 5 else None
    if role is None or "lambda.amazonaws.com" not in json.dumps(role["AssumeRolePolicyDocument"]):
        raise Failure("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.", Type="User")
    value = {"FunctionName": p["FunctionName"], "FunctionArn": call.arn("lambda", f"function:{p['FunctionName']}"), "Timeout": 3, "MemorySize": 128, "Version": "$LATEST",
             "Description": "", **{k: p[k] for k in CONFIGURATION if k in p}, "State": "Pending", "LastUpdateStatus": "Successful", "PackageType": "Zip",
             "Architectures": p.get("Architectures", ["x86_64"]), "TracingConfig": p.get("TracingConfig", {"Mode": "PassThrough"}), "RevisionId": call.world.uuid(),
             "Environment": p.get("Environment"), "_tags": dict(p.get("Tags", {})), "_policy": [], "_concurrency": None}  # fmt: skip
    _code(value, p["Code"])
    call.put("function", p["FunctionName"], value)
    answer = dict(value)
    call.later("function", p["FunctionName"], "lambda.function", {"State": "Active"}, bad={"State": "Failed", "StateReason": "half-done"})
    return answer


@lam("GetFunction", "configuration, tags, concurrency")
def get(call, p):
    value = one(call, p)
    return {"Configuration": value, "Tags": value["_tags"], "Concurrency": value["_concurrency"], "Code": {"RepositoryType": "S3", "Location": "https://stand-in.example/code"}}


@lam("GetFunctionConfiguration")
def get_configuration(call, p):
    """ResourceNotFoundException."""
    return one(call, p)


@lam("ListFunctions")
def list_functions(call, p):
    """Of the Region."""
    return {"Functions": call.rows("function")}


def _updated(call, value):
    value.update(LastUpdateStatus="InProgress", RevisionId=call.world.uuid())
    answer = dict(value)
    call.later("function", value["FunctionName"], "lambda.function", {"LastUpdateStatus": "Successful"}, bad={"LastUpdateStatus": "Failed"})
    return answer


@lam("UpdateFunctionCode", "InProgress first; ResourceConflictException while one is under way")
def update_code(call, p):
    value = one(call, p)
    busy(value)
    _code(value, p)
    return _updated(call, value)


@lam("UpdateFunctionConfiguration", "InProgress first; ResourceConflictException while one is under way")
def update_configuration(call, p):
    value = one(call, p)
    busy(value)
    value.update({k: p[k] for k in (*CONFIGURATION, "Environment", "TracingConfig") if k in p})
    return _updated(call, value)


@lam("DeleteFunction")
def delete(call, p):
    """ResourceNotFoundException."""
    del call.table("function")[one(call, p)["FunctionName"]]
    return {}


@lam("Invoke", "answers null; ResourceConflictException while Pending")
def invoke(call, p):
    value = one(call, p)
    if value["State"] != "Active":
        raise Failure("ResourceConflictException", "The function is not active.", Type="User")
    return {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": b"null"}


@lam("AddPermission", "statement ids once: ResourceConflictException")
def add_permission(call, p):
    value = one(call, p)
    if any(s["Sid"] == p["StatementId"] for s in value["_policy"]):
        raise Failure("ResourceConflictException", f"The statement id ({p['StatementId']}) provided already exists.", Type="User")
    principal = {"Service": p["Principal"]} if "." in p["Principal"] else {"AWS": p["Principal"]}
    statement = {"Sid": p["StatementId"], "Effect": "Allow", "Principal": principal, "Action": p["Action"], "Resource": value["FunctionArn"]}
    value["_policy"].append(statement)
    return {"Statement": json.dumps(statement)}


@lam("RemovePermission")
def remove_permission(call, p):
    """ResourceNotFoundException."""
    value = one(call, p)
    kept = [s for s in value["_policy"] if s["Sid"] != p["StatementId"]]
    if len(kept) == len(value["_policy"]):
        raise Failure("ResourceNotFoundException", f"Statement {p['StatementId']} is not found in resource policy.", Type="User")
    value["_policy"] = kept
    return {}


@lam("GetPolicy")
def get_policy(call, p):
    """ResourceNotFoundException for a function without."""
    value = one(call, p)
    if not value["_policy"]:
        raise Failure("ResourceNotFoundException", "The resource you requested does not exist.", Type="User")
    return {"Policy": json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": value["_policy"]}), "RevisionId": value["RevisionId"]}


@lam("PutFunctionConcurrency")
def put_concurrency(call, p):
    """Reserved."""
    one(call, p)["_concurrency"] = {"ReservedConcurrentExecutions": p["ReservedConcurrentExecutions"]}
    return {"ReservedConcurrentExecutions": p["ReservedConcurrentExecutions"]}


@lam("DeleteFunctionConcurrency")
def delete_concurrency(call, p):
    """Idempotent."""
    one(call, p)["_concurrency"] = None
    return {}


def _tagged(call, p):
    return one(call, {"FunctionName": p["Resource"]})["_tags"]


@lam("TagResource", "adds and replaces")
def tag(call, p):
    _tagged(call, p).update(p["Tags"])
    return {}


@lam("UntagResource", "by key")
def untag(call, p):
    for key in p["TagKeys"]:
        _tagged(call, p).pop(key, None)
    return {}


@lam("ListTags")
def list_tags(call, p):
    """By ARN."""
    return {"Tags": _tagged(call, p)}
