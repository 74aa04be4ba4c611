"""Simple Notification Service: topics and subscriptions; confirmed at once for what confirms itself."""

import json

from ..registry import operation
from ..world import Failure
from .organizations import put_tags


def sns(name, does=""):
    return operation("sns", name, does)


def topics(call):
    return call.world.table(call.account, call.region, "sns.topic")


def topic_exists(call, name):
    return call.arn("sns", name) in topics(call)


def one(call, arn):
    found = topics(call).get(arn)
    if found is None or not call.sees(found):
        raise Failure("NotFound", "Topic does not exist", 404)
    return found


@sns("CreateTopic", "the same name and attributes give the same topic; other attributes are refused")
def create(call, p):
    arn = call.arn("sns", p["Name"])
    given = dict(p.get("Attributes", {}))
    if arn in topics(call):
        known = topics(call)[arn]
        if any(known["_attributes"].get(k) != v for k, v in given.items()):
            raise Failure("InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different attributes", 400)
        if p.get("Tags") and p["Tags"] != known["Tags"]:
            raise Failure("InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags", 400)
        return {"TopicArn": arn}
    policy = json.dumps({"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["SNS:Publish"], "Resource": arn,
                                                                "Condition": {"StringEquals": {"AWS:SourceOwner": call.account}}}]})  # fmt: skip
    call.put("topic", arn, {"TopicArn": arn, "Tags": list(p.get("Tags", [])), "_attributes": {"Policy": policy, "DisplayName": "", **given}})
    return {"TopicArn": arn}


@sns("DeleteTopic", "idempotent; its subscriptions go with it")
def delete(call, p):
    topics(call).pop(p["TopicArn"], None)
    table = call.table("subscription")
    for key in [k for k, s in table.items() if s["TopicArn"] == p["TopicArn"]]:
        del table[key]
    return {}


@sns("ListTopics")
def list_topics(call, p):
    """ARNs."""
    return {"Topics": call.rows("topic")}


@sns("GetTopicAttributes")
def attributes(call, p):
    """NotFound."""
    found = one(call, p["TopicArn"])
    count = sum(s["TopicArn"] == p["TopicArn"] for s in call.table("subscription").values())
    return {"Attributes": {"TopicArn": p["TopicArn"], "Owner": call.account, "SubscriptionsConfirmed": str(count), "SubscriptionsPending": "0", **found["_attributes"]}}


TOPIC = {"Policy", "DisplayName", "DeliveryPolicy", "KmsMasterKeyId", "SignatureVersion", "TracingConfig", "FifoTopic", "ContentBasedDeduplication"}


@sns("SetTopicAttributes", "known names only")
def set_attributes(call, p):
    if p["AttributeName"] not in TOPIC:
        raise Failure("InvalidParameter", f"Invalid parameter: AttributeName Reason: {p['AttributeName']}", 400)
    one(call, p["TopicArn"])["_attributes"][p["AttributeName"]] = p.get("AttributeValue", "")
    return {}


@sns("Subscribe", "the same endpoint gives the same subscription; addresses stay pending")
def subscribe(call, p):
    one(call, p["TopicArn"])
    for arn, value in call.table("subscription").items():
        if (value["TopicArn"], value["Protocol"], value["Endpoint"]) == (p["TopicArn"], p["Protocol"], p.get("Endpoint")):
            return {"SubscriptionArn": arn if value["_confirmed"] or p.get("ReturnSubscriptionArn") else "pending confirmation"}
    arn = f"{p['TopicArn']}:{call.world.uuid()}"
    confirmed = p["Protocol"] in ("lambda", "sqs", "firehose", "application")
    call.put("subscription", arn, {"SubscriptionArn": arn, "TopicArn": p["TopicArn"], "Protocol": p["Protocol"], "Endpoint": p.get("Endpoint"),
                                   "Owner": call.account, "_confirmed": confirmed, "_attributes": dict(p.get("Attributes", {}))})  # fmt: skip
    return {"SubscriptionArn": arn if confirmed or p.get("ReturnSubscriptionArn") else "pending confirmation"}


@sns("Unsubscribe", "idempotent")
def unsubscribe(call, p):
    call.table("subscription").pop(p["SubscriptionArn"], None)
    return {}


@sns("ListSubscriptionsByTopic")
def subscriptions(call, p):
    """Pending ones without an ARN."""
    one(call, p["TopicArn"])
    rows = [s for s in call.rows("subscription") if s["TopicArn"] == p["TopicArn"]]
    return {"Subscriptions": [{**r, "SubscriptionArn": r["SubscriptionArn"] if r["_confirmed"] else "PendingConfirmation"} for r in rows]}


def _subscription(call, p):
    found = call.get("subscription", p["SubscriptionArn"])
    if found is None:
        raise Failure("NotFound", "Subscription does not exist", 404)
    return found


@sns("GetSubscriptionAttributes")
def subscription_attributes(call, p):
    """NotFound."""
    found = _subscription(call, p)
    return {"Attributes": {"SubscriptionArn": found["SubscriptionArn"], "TopicArn": found["TopicArn"], "Protocol": found["Protocol"], "Owner": call.account,
                           "Endpoint": found["Endpoint"] or "", "PendingConfirmation": str(not found["_confirmed"]).lower(), **found["_attributes"]}}  # fmt: skip


@sns("SetSubscriptionAttributes")
def set_subscription(call, p):
    """NotFound."""
    _subscription(call, p)["_attributes"][p["AttributeName"]] = p.get("AttributeValue", "")
    return {}


@sns("TagResource", "adds and replaces")
def tag(call, p):
    put_tags(one(call, p["ResourceArn"])["Tags"], p["Tags"])
    return {}


@sns("UntagResource", "by key")
def untag(call, p):
    tags = one(call, p["ResourceArn"])["Tags"]
    tags[:] = [t for t in tags if t["Key"] not in p["TagKeys"]]
    return {}


@sns("ListTagsForResource")
def list_tags(call, p):
    """By ARN."""
    return {"Tags": one(call, p["ResourceArn"])["Tags"]}


@sns("ListSubscriptions")
def all_subscriptions(call, p):
    """Pending ones without an ARN."""
    return {"Subscriptions": [{**r, "SubscriptionArn": r["SubscriptionArn"] if r["_confirmed"] else "PendingConfirmation"} for r in call.rows("subscription")]}
