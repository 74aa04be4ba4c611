"""Key Management Service: symmetric keys, aliases, policies, rotation, the deletion window."""

import base64
import hashlib
import json

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..registry import operation
from ..world import Failure


def kms(name, does=""):
    return operation("kms", name, does)


def key_of(call, name, usable=True):
    """By id, ARN, alias or alias ARN; also another account's key by its ARN."""
    account = call.account
    if name.startswith("arn:"):
        parts = name.split(":", 5)
        account, name = parts[4], parts[5].removeprefix("key/")
        if parts[3] != call.region:
            raise Failure("NotFoundException", f"Invalid arn {parts[3]}")
    if name.startswith("alias/"):
        alias = call.world.find((account, call.region, "kms.alias", name))
        if alias is None or not call.sees(alias):
            raise Failure("NotFoundException", f"Alias arn:aws:kms:{call.region}:{account}:{name} is not found.")
        name = alias["TargetKeyId"]
    found = call.world.find((account, call.region, "kms.key", name))
    if found is None or not call.sees(found):
        raise Failure("NotFoundException", f"Key 'arn:aws:kms:{call.region}:{account}:key/{name}' does not exist")
    if usable and found["KeyState"] == "PendingDeletion":
        raise Failure("KMSInvalidStateException", f"{found['Arn']} is pending deletion.")
    return found


@kms("CreateKey", "no token: twice makes two; symmetric keys")
def create(call, p):
    if p.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        raise Failure("UnsupportedOperationException", "The stand-in has symmetric keys only.")
    name = call.world.uuid()
    policy = p.get("Policy") or json.dumps({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [
        {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{call.account}:root"}, "Action": "kms:*", "Resource": "*"}]})  # fmt: skip
    _check_policy(policy)
    value = call.put("key", name, {
        "KeyId": name, "Arn": call.arn("kms", f"key/{name}"), "AWSAccountId": call.account, "CreationDate": call.now, "Enabled": True, "KeyState": "Enabled",
        "Description": p.get("Description", ""), "KeyUsage": p.get("KeyUsage", "ENCRYPT_DECRYPT"), "KeyManager": "CUSTOMER", "Origin": "AWS_KMS",
        "KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": p.get("MultiRegion", False), "Tags": list(p.get("Tags", [])), "_policy": policy, "_rotation": False, "_secret": call.world.hex(64)})  # fmt: skip
    return {"KeyMetadata": value}


def _check_policy(text):
    try:
        if "Statement" not in json.loads(text):
            raise ValueError
    except (ValueError, TypeError):
        raise Failure("MalformedPolicyDocumentException", "The policy is not JSON with statements.")


@kms("DescribeKey", "by id, ARN or alias; also while it is pending deletion")
def describe(call, p):
    return {"KeyMetadata": key_of(call, p["KeyId"], usable=False)}


@kms("ListKeys")
def list_keys(call, p):
    """Ids and ARNs."""
    return {"Keys": [{"KeyId": k["KeyId"], "KeyArn": k["Arn"]} for k in call.rows("key")]}


@kms("UpdateKeyDescription")
def update(call, p):
    """The description."""
    key_of(call, p["KeyId"])["Description"] = p["Description"]
    return {}


@kms("ScheduleKeyDeletion", "7 to 30 days; KMSInvalidStateException afterwards")
def schedule(call, p):
    value = key_of(call, p["KeyId"])
    days = p.get("PendingWindowInDays", 30)
    if not 7 <= days <= 30:
        raise Failure("ValidationException", "PendingWindowInDays is from 7 to 30.")
    value.update(KeyState="PendingDeletion", Enabled=False, DeletionDate=call.now + days * 86400)
    call.later("key", value["KeyId"], days * 86400, None)
    return {"KeyId": value["Arn"], "DeletionDate": value["DeletionDate"], "KeyState": "PendingDeletion", "PendingWindowInDays": days}


@kms("CancelKeyDeletion")
def cancel(call, p):
    """The key is disabled then."""
    value = key_of(call, p["KeyId"], usable=False)
    if value["KeyState"] != "PendingDeletion":
        raise Failure("KMSInvalidStateException", f"{value['Arn']} is not pending deletion.")
    call.world.forget(call.place("key", value["KeyId"]))
    value.update(KeyState="Disabled", Enabled=False)
    value.pop("DeletionDate", None)
    return {"KeyId": value["Arn"]}


@kms("GetKeyPolicy")
def get_policy(call, p):
    """The policy named default."""
    return {"Policy": key_of(call, p["KeyId"])["_policy"], "PolicyName": "default"}


@kms("PutKeyPolicy", "JSON with statements")
def put_policy(call, p):
    _check_policy(p["Policy"])
    key_of(call, p["KeyId"])["_policy"] = p["Policy"]
    return {}


@kms("EnableKeyRotation")
def enable_rotation(call, p):
    """On."""
    key_of(call, p["KeyId"])["_rotation"] = True
    return {}


@kms("DisableKeyRotation")
def disable_rotation(call, p):
    """Off."""
    key_of(call, p["KeyId"])["_rotation"] = False
    return {}


@kms("GetKeyRotationStatus")
def rotation(call, p):
    """Off at first."""
    value = key_of(call, p["KeyId"])
    return {"KeyRotationEnabled": value["_rotation"], "KeyId": value["KeyId"]}


# ---- aliases ----
@kms("CreateAlias", "AlreadyExistsException; alias/aws/ is reserved")
def create_alias(call, p):
    name = p["AliasName"]
    if not name.startswith("alias/"):
        raise Failure("ValidationException", 'Alias must start with the prefix "alias/".')
    if name.startswith("alias/aws/"):
        raise Failure("InvalidAliasNameException", "The alias is reserved.")
    if name in call.table("alias"):
        raise Failure("AlreadyExistsException", f"An alias with the name {call.arn('kms', name)} already exists")
    target = key_of(call, p["TargetKeyId"])
    call.put("alias", name, {"AliasName": name, "AliasArn": call.arn("kms", name), "TargetKeyId": target["KeyId"], "CreationDate": call.now, "LastUpdatedDate": call.now})
    return {}


def _alias(call, name):
    found = call.get("alias", name)
    if found is None:
        raise Failure("NotFoundException", f"Alias {call.arn('kms', name)} is not found.")
    return found


@kms("UpdateAlias")
def update_alias(call, p):
    """Another key."""
    _alias(call, p["AliasName"]).update(TargetKeyId=key_of(call, p["TargetKeyId"])["KeyId"], LastUpdatedDate=call.now)
    return {}


@kms("DeleteAlias")
def delete_alias(call, p):
    """NotFoundException."""
    _alias(call, p["AliasName"])
    del call.table("alias")[p["AliasName"]]
    return {}


@kms("ListAliases")
def list_aliases(call, p):
    """Of one key or of all."""
    rows = call.rows("alias")
    if p.get("KeyId"):
        rows = [r for r in rows if r["TargetKeyId"] == key_of(call, p["KeyId"], usable=False)["KeyId"]]
    return {"Aliases": rows}


# ---- use ----
def _bytes(value):
    return value if isinstance(value, bytes) else base64.b64decode(value)


def _context(p):
    return json.dumps(p.get("EncryptionContext", {}), sort_keys=True).encode()


def _seal(call, key, plain, p):
    if not key["Enabled"]:
        raise Failure("DisabledException", f"{key['Arn']} is disabled.")
    nonce = bytes.fromhex(call.world.hex(24))
    return key["KeyId"].encode() + nonce + AESGCM(bytes.fromhex(key["_secret"])).encrypt(nonce, plain, _context(p))


@kms("Encrypt", "AES-GCM under the key, bound to the context")
def encrypt(call, p):
    key = key_of(call, p["KeyId"])
    return {"CiphertextBlob": _seal(call, key, _bytes(p["Plaintext"]), p), "KeyId": key["Arn"], "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}


@kms("Decrypt", "InvalidCiphertextException for another context or key")
def decrypt(call, p):
    blob = _bytes(p["CiphertextBlob"])
    try:
        key = key_of(call, blob[:36].decode())
        plain = AESGCM(bytes.fromhex(key["_secret"])).decrypt(blob[36:48], blob[48:], _context(p))
    except (Failure, InvalidTag, ValueError):
        raise Failure("InvalidCiphertextException", "")
    if p.get("KeyId") and key_of(call, p["KeyId"]) is not key:
        raise Failure("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
    return {"Plaintext": plain, "KeyId": key["Arn"], "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}


@kms("GenerateDataKey")
def data_key(call, p):
    """In clear and encrypted."""
    key = key_of(call, p["KeyId"])
    size = p.get("NumberOfBytes") or {"AES_128": 16}.get(p.get("KeySpec"), 32)
    plain = hashlib.shake_256(call.world.hex(64).encode()).digest(size)
    return {"CiphertextBlob": _seal(call, key, plain, p), "Plaintext": plain, "KeyId": key["Arn"]}


# ---- tags ----
@kms("TagResource", "adds and replaces")
def tag(call, p):
    value = key_of(call, p["KeyId"])
    names = {t["TagKey"] for t in p["Tags"]}
    value["Tags"] = [t for t in value["Tags"] if t["TagKey"] not in names] + list(p["Tags"])
    return {}


@kms("UntagResource", "by key")
def untag(call, p):
    value = key_of(call, p["KeyId"])
    value["Tags"] = [t for t in value["Tags"] if t["TagKey"] not in p["TagKeys"]]
    return {}


@kms("ListResourceTags")
def list_tags(call, p):
    """Of a key."""
    return {"Tags": key_of(call, p["KeyId"], usable=False)["Tags"]}


@kms("EnableKey")
def enable_key(call, p):
    """KMSInvalidStateException while it is pending deletion."""
    key_of(call, p["KeyId"]).update(KeyState="Enabled", Enabled=True)
    return {}


@kms("DisableKey")
def disable_key(call, p):
    """DisabledException when it is used then."""
    key_of(call, p["KeyId"]).update(KeyState="Disabled", Enabled=False)
    return {}
