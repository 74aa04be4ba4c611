"""Secrets Manager: secrets with versions, a deletion window, policies. Values stay in the store in clear: it is a test's."""

import json
import string

from ..registry import operation
from ..world import Failure
from .organizations import put_tags


def secrets(name, does=""):
    return operation("secretsmanager", name, does)


def absent():
    return Failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")


def secret_of(call, name):
    """By name, ARN, or ARN without its suffix."""
    for value in call.world.table(call.account, call.region, "secretsmanager.secret").values():
        if name in (value["Name"], value["ARN"], value["ARN"][:-7]):
            return value
    return None


def one(call, p, deleted=False):
    value = secret_of(call, p["SecretId"])
    if value is None or not call.sees(value):
        raise absent()
    if value.get("DeletedDate") and not deleted:
        raise Failure("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
    return value


def put_version(call, value, p, token):
    """A version under its token; the same token and content again is no change: API_PutSecretValue."""
    content = {k: p[k] for k in ("SecretString", "SecretBinary") if p.get(k) is not None}
    if isinstance(content.get("SecretBinary"), bytes):
        content["SecretBinary"] = content["SecretBinary"].decode("latin-1")
    known = value["_versions"].get(token)
    if known:
        if known["content"] != content:
            raise Failure("ResourceExistsException", f"You can't use ClientRequestToken {token} because that value is already in use for a version of secret {value['ARN']}.")
        return known["stages"]
    stages = list(p.get("VersionStages", ["AWSCURRENT"]))
    for version in value["_versions"].values():
        if "AWSCURRENT" in stages and "AWSCURRENT" in version["stages"]:
            for other in value["_versions"].values():
                if "AWSPREVIOUS" in other["stages"]:
                    other["stages"].remove("AWSPREVIOUS")
            version["stages"][version["stages"].index("AWSCURRENT")] = "AWSPREVIOUS"
        version["stages"] = [s for s in version["stages"] if s not in stages]
    value["_versions"][token] = {"content": content, "stages": stages, "created": call.now}
    value["LastChangedDate"] = call.now
    return stages


@secrets("CreateSecret", "names once: ResourceExistsException; ClientRequestToken is the version's id; InvalidRequestException while the old one is in its deletion window")
def create(call, p):
    token = p.get("ClientRequestToken") or call.world.uuid()
    known = secret_of(call, p["Name"])
    if known is not None:
        if known.get("DeletedDate"):
            raise Failure("InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion.")
        if token in known["_versions"]:
            put_version(call, known, p, token)
            return {"ARN": known["ARN"], "Name": known["Name"], "VersionId": token}
        raise Failure("ResourceExistsException", f"The operation failed because the secret {p['Name']} already exists.")
    arn = call.arn("secretsmanager", f"secret:{p['Name']}-{call.world.letters(6)}")
    value = call.put("secret", arn, {"ARN": arn, "Name": p["Name"], "Description": p.get("Description"), "KmsKeyId": p.get("KmsKeyId"), "CreatedDate": call.now,
                                     "LastChangedDate": call.now, "Tags": list(p.get("Tags", [])), "RotationEnabled": False, "_versions": {}, "_policy": None})  # fmt: skip
    answer = {"ARN": arn, "Name": p["Name"]}
    if "SecretString" in p or "SecretBinary" in p:
        put_version(call, value, p, token)
        answer["VersionId"] = token
    return answer


@secrets("DescribeSecret")
def describe(call, p):
    """With versions and stages; also while deleted."""
    value = one(call, p, deleted=True)
    return {**value, "VersionIdsToStages": {k: v["stages"] for k, v in value["_versions"].items() if v["stages"]}}


@secrets("GetSecretValue", "by version or stage")
def get(call, p):
    value = one(call, p)
    stage = p.get("VersionStage", "AWSCURRENT")
    for token, version in value["_versions"].items():
        if token == p.get("VersionId") or not p.get("VersionId") and stage in version["stages"]:
            content = dict(version["content"])
            if "SecretBinary" in content:
                content["SecretBinary"] = content["SecretBinary"].encode("latin-1")
            return {"ARN": value["ARN"], "Name": value["Name"], "VersionId": token, "VersionStages": version["stages"], "CreatedDate": version["created"], **content}
    raise Failure("ResourceNotFoundException", f"Secrets Manager can't find the specified secret value for staging label: {stage}")


@secrets("PutSecretValue", "ClientRequestToken is the version's id: again with the same content is no change")
def put(call, p):
    value = one(call, p)
    token = p.get("ClientRequestToken") or call.world.uuid()
    stages = put_version(call, value, p, token)
    return {"ARN": value["ARN"], "Name": value["Name"], "VersionId": token, "VersionStages": stages}


@secrets("UpdateSecret")
def update(call, p):
    """Description, key, and a new version if one is given."""
    value = one(call, p)
    value.update({k: p[k] for k in ("Description", "KmsKeyId") if k in p})
    answer = {"ARN": value["ARN"], "Name": value["Name"]}
    if "SecretString" in p or "SecretBinary" in p:
        answer["VersionId"] = p.get("ClientRequestToken") or call.world.uuid()
        put_version(call, value, p, answer["VersionId"])
    return answer


@secrets("DeleteSecret", "a window of 7 to 30 days, or at once")
def delete(call, p):
    value = one(call, p)
    days = p.get("RecoveryWindowInDays", 30)
    if p.get("ForceDeleteWithoutRecovery") and "RecoveryWindowInDays" in p:
        raise Failure("InvalidParameterException", "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
    if not 7 <= days <= 30:
        raise Failure("InvalidParameterException", "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
    if p.get("ForceDeleteWithoutRecovery"):
        del call.table("secret")[value["ARN"]]
        return {"ARN": value["ARN"], "Name": value["Name"], "DeletionDate": call.now}
    value["DeletedDate"] = call.now
    call.later("secret", value["ARN"], days * 86400, None)
    return {"ARN": value["ARN"], "Name": value["Name"], "DeletionDate": call.now + days * 86400}


@secrets("RestoreSecret")
def restore(call, p):
    """Within its window."""
    value = one(call, p, deleted=True)
    value.pop("DeletedDate", None)
    call.world.forget(call.place("secret", value["ARN"]))
    return {"ARN": value["ARN"], "Name": value["Name"]}


@secrets("ListSecrets", "by filters; deleted ones only if asked for")
def list_secrets(call, p):
    rows = [v for v in call.rows("secret") if not v.get("DeletedDate") or p.get("IncludePlannedDeletion")]
    for f in p.get("Filters", []):
        key, values = f.get("Key"), f.get("Values", [])
        texts = {"name": lambda r: [r["Name"]], "description": lambda r: [r.get("Description") or ""], "tag-key": lambda r: [t["Key"] for t in r["Tags"]],
                 "tag-value": lambda r: [t["Value"] for t in r["Tags"]], "all": lambda r: [r["Name"], r.get("Description") or ""]}.get(key)  # fmt: skip
        if texts is None:
            raise Failure("InvalidParameterException", f"The filter {key} is not known.")
        rows = [r for r in rows if any(t.startswith(v.lstrip("!")) != v.startswith("!") for v in values for t in texts(r))]
    return {"SecretList": [{**r, "SecretVersionsToStages": {k: v["stages"] for k, v in r["_versions"].items()}} for r in rows]}


@secrets("ListSecretVersionIds")
def versions(call, p):
    """With their stages."""
    value = one(call, p, deleted=True)
    rows = [{"VersionId": k, "VersionStages": v["stages"], "CreatedDate": v["created"]} for k, v in value["_versions"].items() if v["stages"] or p.get("IncludeDeprecated")]
    return {"ARN": value["ARN"], "Name": value["Name"], "Versions": rows}


@secrets("GetRandomPassword", "of the length and classes that are asked for")
def random_password(call, p):
    classes = [c for c, off in ((string.ascii_lowercase, "ExcludeLowercase"), (string.ascii_uppercase, "ExcludeUppercase"), (string.digits, "ExcludeNumbers"),
                                (string.punctuation, "ExcludePunctuation")) if not p.get(off)]  # fmt: skip
    classes = [[x for x in c if x not in p.get("ExcludeCharacters", "")] for c in classes]
    length = p.get("PasswordLength", 32)
    letters = [call.world.random.choice(c) for c in classes] if p.get("RequireEachIncludedType", True) else []
    pool = [x for c in classes for x in c]
    letters += [call.world.random.choice(pool) for _ in range(length - len(letters))]
    call.world.random.shuffle(letters)
    return {"RandomPassword": "".join(letters)}


@secrets("PutResourcePolicy", "JSON")
def put_policy(call, p):
    try:
        json.loads(p["ResourcePolicy"])
    except ValueError:
        raise Failure("MalformedPolicyDocumentException", "This resource policy contains a syntax error.")
    value = one(call, p)
    value["_policy"] = p["ResourcePolicy"]
    return {"ARN": value["ARN"], "Name": value["Name"]}


@secrets("GetResourcePolicy")
def get_policy(call, p):
    """Without one, the answer has none."""
    value = one(call, p)
    return {"ARN": value["ARN"], "Name": value["Name"], "ResourcePolicy": value["_policy"]}


@secrets("DeleteResourcePolicy")
def delete_policy(call, p):
    """Idempotent."""
    value = one(call, p)
    value["_policy"] = None
    return {"ARN": value["ARN"], "Name": value["Name"]}


@secrets("TagResource", "adds and replaces")
def tag(call, p):
    put_tags(one(call, p)["Tags"], p["Tags"])
    return {}


@secrets("UntagResource", "by key")
def untag(call, p):
    tags = one(call, p)["Tags"]
    tags[:] = [t for t in tags if t["Key"] not in p["TagKeys"]]
    return {}


@secrets("ValidateResourcePolicy")
def validate_policy(call, p):
    """JSON; a principal of everybody is told."""
    try:
        found = json.loads(p["ResourcePolicy"])
    except ValueError:
        raise Failure("MalformedPolicyDocumentException", "This resource policy contains a syntax error.")
    open_to_all = any(s.get("Principal") in ("*", {"AWS": "*"}) and s.get("Effect") == "Allow" for s in found.get("Statement", []))
    errors = [{"CheckName": "PublicAccess", "ErrorMessage": "The policy grants access to everybody."}] if open_to_all else []
    return {"PolicyValidationPassed": not errors, "ValidationErrors": errors}


@secrets("ReplicateSecretToRegions", "InProgress, then InSync; a secret of its own in the Region")
def replicate(call, p):
    value = one(call, p)
    kept = {r["Region"]: r for r in value.get("ReplicationStatus", [])}
    for given in p["AddReplicaRegions"]:
        region = given["Region"]
        if region == call.region or region in kept:
            raise Failure("InvalidParameterException", f"The secret is in {region} already.")
        kept[region] = {"Region": region, "KmsKeyId": given.get("KmsKeyId"), "Status": "InSync"}
        arn = value["ARN"].replace(f":{call.region}:", f":{region}:")
        call.at(region=region).put("secret", arn, {**value, "ARN": arn, "PrimaryRegion": call.region, "ReplicationStatus": []})
    value.update(ReplicationStatus=list(kept.values()), PrimaryRegion=call.region)
    return {"ARN": value["ARN"], "ReplicationStatus": value["ReplicationStatus"]}


@secrets("RemoveRegionsFromReplication")
def unreplicate(call, p):
    """With their secrets."""
    value = one(call, p)
    for region in p["RemoveReplicaRegions"]:
        call.world.table(call.account, region, "secretsmanager.secret").pop(value["ARN"].replace(f":{call.region}:", f":{region}:"), None)
    value["ReplicationStatus"] = [r for r in value.get("ReplicationStatus", []) if r["Region"] not in p["RemoveReplicaRegions"]]
    return {"ARN": value["ARN"], "ReplicationStatus": value["ReplicationStatus"]}
