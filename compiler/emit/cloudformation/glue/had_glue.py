"""Custom resources of had: what CloudFormation has no type for. A class says how to find, make, change and
drop one thing; `work` does the rest: nothing is made twice, nothing absent is missed."""
import json
import time
import urllib.request

from boto3 import client
from botocore.exceptions import ClientError

ABSENT = ("NotFound", "NotExist", "NotShared", "NotRegistered", "NoSuch")
THERE = ("Already", "InDesiredState")
BUSY = ("Unavailable", "Concurrent", "Throttl", "TooManyRequests", "PriorRequestNotComplete", "ID.NotFound")


class Bad(RuntimeError):
    pass


def each(service, operation, key, **args):
    c = client(service)
    pages = c.get_paginator(operation).paginate if c.can_paginate(operation) else (
        lambda **a: [getattr(c, operation)(**a)])
    for page in pages(**args):
        yield from page.get(key) or []


def pick(items, **want):
    return next((i for i in items if all(i.get(k) == v for k, v in want.items())), None)


def secret(value):
    text = client("secretsmanager").get_secret_value(SecretId=value["Secret"])["SecretString"]
    return json.loads(text)[value["Key"]] if value.get("Key") else text


def ready(state, good, bad=()):
    if state in bad:  # no waiting makes it better
        raise Bad(f"state {state}")
    return state in good


def matches(error, codes):
    return any(c in error.response["Error"]["Code"] for c in codes)


def tolerate(call, codes):
    """What the call gives; None where it fails with one of the codes."""
    try:
        return call()
    except ClientError as error:
        if not matches(error, codes):
            raise


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
        return False


def look(thing, deleting):
    try:
        return tolerate(thing.find, ABSENT)
    except Bad:
        if not deleting:
            raise
        return True


def work(event, left):
    """(id, attributes), or None when there is no time left here."""
    p, deleting, at = dict(event["ResourceProperties"]), event["RequestType"] == "Delete", event.get(
        "PhysicalResourceId")
    until = event.setdefault("HadUntil", time.time() + int(p.pop("ServiceTimeout", 3600)) - 60)
    p.pop("ServiceToken", None)
    thing = globals()[event["ResourceType"].removeprefix("Custom::Had")](p)
    while left() > 45:
        if time.time() > until:
            raise RuntimeError("not done in time")
        try:
            found = at != "none" and look(thing, deleting)
            if deleting:
                if not found or tolerate(thing.drop, ABSENT) is False:
                    return at, {}
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


def handler(event, context):
    answer = {k: event[k] for k in ("StackId", "RequestId", "LogicalResourceId")}
    try:
        done = work(event, lambda: context.get_remaining_time_in_millis() / 1000)
        if done is None:  # go on in another invocation
            client("lambda").invoke(FunctionName=context.function_name, InvocationType="Event",
                                    Payload=json.dumps(event))
            return
        answer |= {"Status": "SUCCESS", "PhysicalResourceId": done[0], "Data": done[1]}
    except Exception as error:  # the stack must hear of it
        at = event.get("PhysicalResourceId", "made" if event.get("HadMade") else "none")
        answer |= {"Status": "FAILED", "PhysicalResourceId": at,
                   "Reason": f"{type(error).__name__}: {error}"[:1000]}
    urllib.request.urlopen(urllib.request.Request(
        event["ResponseURL"], json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT"))
