"""Custom resources of had: what CloudFormation has no type for. Each type says how to find, make, change and
drop one thing; `work` does the rest: nothing is made twice, and dropping what is absent succeeds."""
import json
import time
import urllib.request

import boto3
from botocore.exceptions import ClientError

ABSENT = ("NotFound", "DoesNotExist", "NotExist", "NotShared", "NotRegistered", "NoSuch")
THERE = ("Already", "InDesiredState", "Duplicate")
BUSY = ("Unavailable", "Concurrent", "Throttl", "TooManyRequests", "PriorRequestNotComplete", "ID.NotFound")


class Bad(RuntimeError):
    """A state from which nothing gets better by waiting."""


def client(service):
    return boto3.client(service)


def each(service, operation, key, **args):
    c = client(service)
    if c.can_paginate(operation):
        for page in c.get_paginator(operation).paginate(**args):
            yield from page.get(key) or []
    else:
        yield from getattr(c, operation)(**args).get(key) or []


def pick(items, **want):
    return next((i for i in items if all(i.get(k) == v for k, v in want.items())), None)


def secret(value):
    text = client("secretsmanager").get_secret_value(SecretId=value["Secret"])["SecretString"]
    return json.loads(text)[value["Key"]] if value.get("Key") else text


def ready(state, good, bad=()):
    if state in bad:
        raise Bad(f"state {state}")
    return state in good


class Type:
    def __init__(self, p):
        self.p, self.d = p, p.get("DirectoryId")

    def directory(self, of=None):
        return client("ds").describe_directories(DirectoryIds=[of or self.d])["DirectoryDescriptions"][0]

    def found(self, at, *done, **attributes):
        return at, all(done), attributes

    def make(self):
        pass

    def change(self, old):
        pass

    def drop(self):
        return False  # nothing of ours to remove


def matches(error, codes):
    return any(c in error.response["Error"]["Code"] for c in codes)


def tolerate(call, codes):
    """What the call gives; None where it fails with one of the codes."""
    try:
        return call()
    except ClientError as error:
        if not matches(error, codes):
            raise


def look(thing, deleting):
    try:
        return tolerate(thing.find, ABSENT)
    except Bad:
        if not deleting:
            raise
        return None, False, {}


def work(event, left):
    """Tries until it is done: (id, attributes). None: out of time here, go on in another invocation."""
    p, deleting = dict(event["ResourceProperties"]), event["RequestType"] == "Delete"
    until = event.setdefault("HadUntil", time.time() + int(p.pop("ServiceTimeout", 3600)) - 60)
    p.pop("ServiceToken", None)
    thing = globals()[event["ResourceType"].removeprefix("Custom::Had")](p)
    if deleting and event["PhysicalResourceId"] == "none":
        return "none", {}
    while left() > 45:
        if time.time() > until:
            raise RuntimeError("not done in time")
        try:
            found = look(thing, deleting)
            if deleting:
                if not found or tolerate(thing.drop, ABSENT) is False:
                    return event["PhysicalResourceId"], {}
            elif not found:
                tolerate(thing.make, THERE)
                event["HadMade"] = True
            elif not event.get("HadMade"):  # it was there before: bring it to what is wanted
                event["HadMade"] = True
                thing.change(event.get("OldResourceProperties", {}))
                continue
            elif found[1]:
                return found[0], found[2]
        except ClientError as error:
            if not matches(error, BUSY):
                raise
        time.sleep(10)
    return None


def handler(event, context):
    status, reason, data = "SUCCESS", "", {}
    try:
        done = work(event, lambda: context.get_remaining_time_in_millis() / 1000)
        if done is None:
            client("lambda").invoke(FunctionName=context.function_name, InvocationType="Event",
                                    Payload=json.dumps(event))
            return
        at, data = done
    except Exception as error:  # the stack must hear of everything
        status, reason = "FAILED", f"{type(error).__name__}: {error}"[:1000]
        at = event.get("PhysicalResourceId", "made" if event.get("HadMade") else "none")
    body = json.dumps({"Status": status, "Reason": reason, "PhysicalResourceId": at, "Data": data,
                       **{k: event[k] for k in ("StackId", "RequestId", "LogicalResourceId")}}).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT"))
