"""Resource Groups Tagging: what has tags in the account and Region. Directories, Identity Center and users are not in it."""

from ..registry import operation
from ..world import Failure
from .ec2_base import ATTACHMENT, KINDS, tags_seen
from .ec2_transit import attachments

SERVICE = "resourcegroupstaggingapi"
# kind → (resource type, ARN of an object)
OTHERS = {
    "secretsmanager.secret": ("secretsmanager:secret", lambda v: v["ARN"]), "sns.topic": ("sns:topic", lambda v: v["TopicArn"]),
    "ssm.parameter": ("ssm:parameter", lambda v: v["ARN"]), "ram.share": ("ram:resource-share", lambda v: v["resourceShareArn"]),
    "route53resolver.endpoint": ("route53resolver:resolver-endpoint", lambda v: v["Arn"]),
    "route53resolver.rule": ("route53resolver:resolver-rule", lambda v: v["Arn"]),
    "route53resolver.log-config": ("route53resolver:resolver-query-log-config", lambda v: v["Arn"]),
    "logs.group": ("logs:log-group", lambda v: v["logGroupArn"]),
}  # fmt: skip


def _plain(tags):
    if isinstance(tags, dict):
        return tags
    return {t.get("Key", t.get("key")): t.get("Value", t.get("value", "")) for t in tags}


def _table(call, kind):
    """Attachments are kept with the gateway's owner and tagged by both accounts."""
    if kind is ATTACHMENT:
        return {a[kind.key]: a for a in attachments(call)}
    return call.world.table(call.account, call.region, f"ec2.{kind.name}")


def rows(call):
    for kind in KINDS.values():
        if kind.tag:
            for name, value in _table(call, kind).items():
                tags = _plain(tags_seen(call, value))
                if tags and call.sees(value):
                    yield f"ec2:{kind.tag}", call.arn("ec2", f"{kind.tag}/{name}"), tags, value
    for kind, (resource, arn) in OTHERS.items():
        for value in call.world.table(call.account, call.region, kind).values():
            tags = _plain(value.get("Tags") or value.get("tags") or value.get("_tags") or [])
            if tags and call.sees(value):
                yield resource, arn(value), tags, value


@operation(SERVICE, "GetResources", "by tags, types and ARNs; what has no tags is not seen; directories and Identity Center are not covered")
def get_resources(call, p):
    found = []
    for kind, arn, tags, _ in rows(call):
        if p.get("ResourceARNList") and arn not in p["ResourceARNList"]:
            continue
        if p.get("ResourceTypeFilters") and not any(kind == t or kind.split(":")[0] == t for t in p["ResourceTypeFilters"]):
            continue
        if all(f["Key"] in tags and (not f.get("Values") or tags[f["Key"]] in f["Values"]) for f in p.get("TagFilters", [])):
            found.append({"ResourceARN": arn, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]})
    return {"ResourceTagMappingList": found}


def _change(call, p, make):
    known = {}
    for kind in KINDS.values():
        for name, value in _table(call, kind).items():
            known[call.arn("ec2", f"{kind.tag}/{name}")] = value
    for kind, (_, arn) in OTHERS.items():
        for value in call.world.table(call.account, call.region, kind).values():
            known[arn(value)] = value
    failed = {}
    for arn in p["ResourceARNList"]:
        value = known.get(arn)
        if value is None:
            failed[arn] = {"StatusCode": 400, "ErrorCode": "InvalidParameterException", "ErrorMessage": "The resource does not exist."}
            continue
        by = value.get("_tags_by")
        tags = by.setdefault(call.account, []) if by is not None else value.get("Tags", value.get("tags", value.get("_tags")))
        if isinstance(tags, dict):
            make(tags)
        else:
            lower = bool(tags) and "key" in tags[0] or "resourceShareArn" in value
            k, v = ("key", "value") if lower else ("Key", "Value")
            plain = _plain(tags)
            make(plain)
            tags[:] = [{k: a, v: b} for a, b in plain.items()]
    return {"FailedResourcesMap": failed}


@operation(SERVICE, "TagResources", "tells which failed")
def tag(call, p):
    if not p["Tags"]:
        raise Failure("InvalidParameterException", "No tags.")
    return _change(call, p, lambda tags: tags.update(p["Tags"]))


@operation(SERVICE, "UntagResources", "tells which failed")
def untag(call, p):
    return _change(call, p, lambda tags: [tags.pop(k, None) for k in p["TagKeys"]])
