"""What goes wrong on demand: rules that name a call and what happens to it, and the published rate limits.

A rule, as the control end point takes it:
  {"service": "ec2", "operation": "CreateVpc", "account": …, "region": …, "params": {"Name": …},   which calls; `*` fits any
   "skip": 2, "times": 1, "every": 3, "chance": 0.1,                                               which of them
   "when": "before" | "after",                                                                    of the effect
   "what": "error" | "throttle" | "cut" | "truncate" | "length" | "html" | "type" | "delay" | "twice" | "half",
   "code": …, "status": …, "message": …, "seconds": …}
"""

import fnmatch
import itertools

from .delays import RATES, THROTTLES
from .world import Failure

WHAT = ("error", "throttle", "cut", "truncate", "length", "html", "type", "delay", "twice", "half")
KEYS = {"service", "operation", "account", "region", "params", "skip", "times", "every", "chance", "when", "what",
        "code", "status", "message", "seconds", "id", "read"}  # fmt: skip


class Faults:
    def __init__(self):
        self.rules = []
        self.ids = itertools.count(1)

    def add(self, rule):
        unknown = set(rule) - KEYS
        if unknown:
            raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
        if rule.get("what") not in WHAT:
            raise ValueError(f"`what` is one of {', '.join(WHAT)}")
        if rule.get("when", "before") not in ("before", "after"):
            raise ValueError("`when` is before or after")
        rule = {"when": "before", "times": 1, "skip": 0, **rule, "id": next(self.ids), "seen": 0, "fired": 0}
        self.rules.append(rule)
        return rule["id"]

    def pick(self, call):
        """The rules that strike this call; each counts the calls that it fits."""
        struck = []
        for rule in self.rules:
            if not self._fits(rule, call):
                continue
            rule["seen"] += 1
            turn = rule["seen"] - rule["skip"]
            if turn <= 0 or (rule["times"] and rule["fired"] >= rule["times"]):
                continue
            if rule.get("every") and turn % rule["every"]:
                continue
            if "chance" in rule and call.world.random.random() >= rule["chance"]:
                continue
            rule["fired"] += 1
            struck.append(rule)
        return struck

    @staticmethod
    def _fits(rule, call):
        if "read" in rule and rule["read"] != call.read:
            return False
        for name in ("service", "operation", "account", "region"):
            if name in rule and not fnmatch.fnmatchcase(getattr(call, name), rule[name]):
                return False
        return all(
            name in call.params and fnmatch.fnmatchcase(str(call.params[name]), str(value))
            for name, value in rule.get("params", {}).items()
        )


def failure_of(rule, call):
    if rule["what"] == "throttle" or rule.get("code") is None and rule["what"] == "error":
        code, status = throttle_of(call) if rule["what"] == "throttle" else ("InternalError", 500)
        if rule["what"] == "error" and call.service not in ("ec2", "iam", "sts", "s3"):
            code = "InternalServerException" if call.service not in ("ds", "directconnect") else {
                "ds": "ServiceException", "directconnect": "DirectConnectServerException"}[call.service]
        return Failure(rule.get("code") or code, rule.get("message", "Rate exceeded"), rule.get("status") or status)
    return Failure(rule["code"], rule.get("message", "A fault of the stand-in."), rule.get("status"))


def throttle_of(call):
    return THROTTLES.get(call.service, ("ThrottlingException", 400))


class Buckets:
    """Token buckets per account, Region and operation, with the figures of delays.py."""

    def __init__(self):
        self.levels = {}

    def take(self, call, now):
        for (service, prefix), (size, rate, scope) in RATES:
            if call.service == service and call.operation.startswith(prefix):
                break
        else:
            return
        key = (call.account, call.region, service, scope or call.operation)
        level, then = self.levels.get(key, (size, now))
        level = min(size, level + (now - then) * rate)
        if level < 1:
            self.levels[key] = (level, now)
            code, status = throttle_of(call)
            raise Failure(code, "Rate exceeded", status)
        self.levels[key] = (level - 1, now)
