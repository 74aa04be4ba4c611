"""The model of AWS in the process and the stand-in are held to the same answers.

Random sequences of operations go to both: in and out of order, with ids that are not there, twice, with deletes before
their time. Each answer has to agree: done or failed, the code, and every member that a driver reads of it; at the end all
objects. Ids of the one stand for ids of the other. No time passes between calls, or so much that all that is under way has
ended on both sides: how long things take is no matter of agreement.

Usage: check_differential.py PLAY [--sequences N] [--seconds N] [--seed N] [--all]; HAD_LONG=1: 10,000 sequences."""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "aws"))

from common import MANAGEMENT, NETWORK, REGION, SEED, WEB  # noqa: E402  (ends with 77 without the packages)

import yaml  # noqa: E402
from botocore.validate import ParamValidator  # noqa: E402
from stand_in import wire  # noqa: E402
from stand_in.delays import QUOTAS  # noqa: E402
from stand_in.registry import OPERATIONS  # noqa: E402
from stand_in.server import GLOBAL_SERVICES, READS, StandIn  # noqa: E402
from stand_in.world import GLOBAL, Call, Failure  # noqa: E402


from actions import ACTIONS, ALWAYS, AT_ONCE, CENTER, CHANCE, EITHER, FINAL, GONE, KEPT, LEFT_OUT, TOGETHER, Pick  # noqa: E402


def read_members():
    """Operation → the members that drivers read of each item of its answer."""
    found = collections.defaultdict(set)
    for path in sorted((ROOT / "runtime/resource/types").glob("*.yaml")):
        for name, driver in yaml.safe_load(path.read_text()).items():
            if not isinstance(driver, dict) or "service" not in driver:
                continue
            for step in driver.get("find", []) + driver.get("read", []):
                operation = next((k for k in step if k[0].isupper()), None)
                where = step.get("item") or step.get("items") or ""
                texts = [*step.get("values", {}).values(), *step.get("attributes", {}).values(), *step.get("match", {})]
                texts += [step["state"]["at"]] if "state" in step else []
                for text in texts if operation else []:
                    if isinstance(text, str) and not text.startswith(("$", "|")):
                        found[driver["service"], operation].update(parts_of(where) + path for path in paths_of(text))
    return found


def parts_of(path):
    """Names of the members on a path; lists are passed over."""
    return tuple(part for part in re.sub(r"\[[^]]*\]|\{.*|\|.*", "", path).split(".") if part)


def paths_of(text):
    """Of `A.B[].C|only D,E`: A.B.C.D and A.B.C.E."""
    only = re.search(r"\|only ([\w,]+)", text)
    return [parts_of(text) + (name,) for name in only.group(1).split(",")] if only else [parts_of(text)]


def at(value, path):
    for index, part in enumerate(path):
        if isinstance(value, list) and not part.isdigit():
            return [at(item, path[index:]) for item in value]
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


class Mismatch(Exception):
    pass


class Model:
    """The model in a process of its own, by lines."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def start(self, seed):
        """With the organization that the stand-in has; what the ids of both are."""
        self.ask({"reset": seed})
        services = [{"ServicePrincipal": "ram.amazonaws.com"}, {"ServicePrincipal": "account.amazonaws.com"}]
        self.put("organization", {"Id": "o-sim", "FeatureSet": "ALL", "Services": services})
        for found in SEED["organization"]["accounts"]:
            account = {"Id": found["id"], "Name": found["name"], "Email": f"{found['name']}@example.com", "JoinedMethod": "CREATED"}
            self.put("account", {**account, "State": "ACTIVE", "Status": "ACTIVE", "Parent": "r-sim1"})
        return {"<root>": "r-sim1", "<store>": "d-9990000001"}

    def put(self, kind, value):
        self.ask({"put": kind, "account": MANAGEMENT, "region": "global", "object": value})

    def call(self, service, operation, account, params):
        answer = self.ask({"service": service, "operation": operation, "account": account, "region": REGION, "params": params})
        return (answer["code"], None) if answer["outcome"] == "failed" else (None, answer["value"])

    def settle(self):
        self.ask({"advance": 20000})


class Other:
    """The stand-in in this process, below its wire."""

    def __init__(self):
        self.stand_in = StandIn({"speed": 0.0, "quotas": {name: 100_000 for name in QUOTAS} | KEPT}, {**SEED})
        self.validator = ParamValidator()

    def start(self, seed):
        self.stand_in.world.config["seed"] = seed
        self.stand_in.reset()
        self.call("ram", "EnableSharingWithAwsOrganization", MANAGEMENT, {})
        self.call("organizations", "EnableAWSServiceAccess", MANAGEMENT, {"ServicePrincipal": "account.amazonaws.com"})
        root = SEED["organization"]["root"]
        for found in SEED["organization"]["accounts"]:
            parents = self.call("organizations", "ListParents", MANAGEMENT, {"ChildId": found["id"]})[1]["Parents"]
            if parents[0]["Id"] != root:
                self.call("organizations", "MoveAccount", MANAGEMENT, {"AccountId": found["id"], "SourceParentId": parents[0]["Id"], "DestinationParentId": root})
        store = self.call("sso-admin", "ListInstances", MANAGEMENT, {})[1]["Instances"][0]["IdentityStoreId"]
        return {"<root>": root, "<store>": store}

    def call(self, service, operation, account, params):
        model = wire.operation_model(service, operation)
        report = self.validator.validate(params, model.input_shape) if model.input_shape else None
        if report is not None and report.has_errors():
            raise AssertionError(f"{operation}: {report.generate_report()}")
        world = self.stand_in.world
        region = GLOBAL if service in GLOBAL_SERVICES else REGION
        call = Call(world, service, operation, params, account, region, f"arn:aws:iam::{account}:role/play", read=operation.startswith(READS))
        try:
            answer = OPERATIONS[service, operation].run(call, json.loads(json.dumps(params)))
        except Failure as failure:
            return failure.code, None
        finally:
            call.finish()
        answer = wire.conform(answer or {}, model.output_shape) if model.output_shape else {}
        return None, json.loads(json.dumps(answer, default=str))

    def settle(self):
        world = self.stand_in.world
        horizon = world.now() + 20000
        while world.events and world.events[0][0] <= horizon:
            world.advance(world.events[0][0] - world.now() + 0.001)


def replaced(value, names):
    if isinstance(value, dict):
        return {k: replaced(v, names) for k, v in value.items()}
    if isinstance(value, list):
        return [replaced(v, names) for v in value]
    return names.get(value, value) if isinstance(value, str) else value


def plain(value):
    """Without what is a matter of form: order of lists, empty members, numbers as texts, JSON by its content."""
    if isinstance(value, dict):
        if value.keys() == {"Key", "Value"} and value["Key"].startswith("aws:"):
            return None
        if value.get("Protocol") == "Do53":  # of an address where nothing else is said
            value = {k: v for k, v in value.items() if k != "Protocol"}
        return {k: p for k, v in sorted(value.items()) if k not in CHANCE and (p := plain(v)) not in (None, [], {}, "")}
    if isinstance(value, list):
        return sorted((p for v in value if (p := plain(v)) not in (None, "")), key=lambda v: json.dumps(v, sort_keys=True))
    if isinstance(value, str) and value.startswith(("{", "%7B")):
        return json.dumps(json.loads(urllib.parse.unquote(value)), sort_keys=True)
    return value


def ours(value):
    """Without the routes within a network, which its tables have by themselves and no driver counts."""
    for table in value.get("RouteTables", []) if isinstance(value, dict) else []:
        table["Routes"] = [route for route in table.get("Routes", []) if route.get("GatewayId") != "local"]
    return value


def over(item):
    state = item.get("State", item.get("Status", item.get("status", item.get("Stage")))) if isinstance(item, dict) else None
    return isinstance(state, str) and state in GONE


class Differential:
    def __init__(self, program):
        self.model, self.other, self.members = Model(program), Other(), read_members()
        self.calls, self.failed, self.left_out, self.differences = 0, 0, 0, collections.Counter()
        self.used = collections.Counter()

    def seen(self, service, operation, value):
        """What drivers read of an answer; what has gone counts as not there."""
        paths = self.members.get((service, operation), set())
        out = {}
        for top in {p[0] for p in paths} - CHANCE:
            rest = {p[1:] for p in paths if p[0] == top}
            part = value.get(top)
            items = part if isinstance(part, list) else [part]
            kept = []
            for item in items:
                if item is None or over(item):
                    continue
                if () in rest or not isinstance(item, dict):
                    kept.append(item)
                else:
                    kept.append({".".join(r): at(item, r) for r in rest if r[-1] not in CHANCE})
            out[top] = plain(kept)
        return {k: v for k, v in out.items() if v}

    def both(self, service, operation, params, kind=None, ends=None):
        account = MANAGEMENT if service in ("sso-admin", "identitystore", "organizations", "account") else NETWORK
        self.calls += 1
        self.used[f"{service}.{operation}"] += 1
        codes, values = [], []
        for side, names in ((self.other, self.names[1]), (self.model, self.names[0])):
            back = {v: k for k, v in names.items()}
            code, value = side.call(service, operation, account, replaced(params, names))
            if side is self.other and (operation, code) in LEFT_OUT:
                self.left_out += 1
                return
            codes.insert(0, code)
            values.insert(0, (value, back))
        self.log.append(f"{operation} {json.dumps(params)} → {codes[0]} | {codes[1]}")
        seen = [self.seen(service, operation, ours(replaced(v, back))) if v is not None else None for v, back in values]
        if codes[0] != codes[1]:
            gone = [c is not None and ("NotFound" in c or "NoSuch" in c or "UnknownResource" in c or "DoesNotExist" in c) for c in codes]
            nothing = [c is None and not any(s.values()) for c, s in zip(codes, seen)]
            if (operation, frozenset(codes)) in EITHER:
                self.failed += 1
                return
            if not (operation.startswith(READS) and all(g or n for g, n in zip(gone, nothing))):
                raise Mismatch(f"{service}.{operation}: {codes[0] or 'done'} in the model, {codes[1] or 'done'} in the stand-in")
        elif codes[0] is None and seen[0] != seen[1]:
            raise Mismatch(f"{service}.{operation}: {json.dumps(seen[0], sort_keys=True)} in the model, {json.dumps(seen[1], sort_keys=True)} in the stand-in")
        if codes[0] is not None:
            self.failed += 1
            return
        if kind:
            ids = [at(v, kind[1].split(".")) for v, _ in values]
            ids = [i.removeprefix("/hostedzone/") if i else i for i in ids]
            if not all(ids):
                raise Mismatch(f"{service}.{operation}: no {kind[1]}: {ids}")
            if ids[0] not in values[0][1]:
                if ids[1] in values[1][1]:
                    raise Mismatch(f"{service}.{operation}: new in the model, the one that was there in the stand-in")
                symbol = self.pick.made(kind[0])
                self.names[0][symbol], self.names[1][symbol] = ids
        if ends:
            self.pick.gone(params[ends])

    def sequence(self, seed, length):
        chance = random.Random(seed)
        self.pick, self.log = Pick(chance), []
        self.names = (self.model.start(seed), self.other.start(seed))
        services = set(chance.choice(TOGETHER))
        few = [a for a in ACTIONS if a[0] in services]
        if "ec2" in services:  # what networks have, and half of the rest
            subjects = {a[1] for a in few}
            kept = set(chance.sample(sorted(subjects), len(subjects) // 2))
            few = [a for a in few if a[0] != "ec2" or a[1] in kept or any(word in a[1] for word in ALWAYS)]
        self.prepare(services)
        for service, operation, _, make, kind, ends in chance.choices(few, [a[2] for a in few], k=length):
            try:
                params = make(self.pick)
            except LookupError:
                continue
            self.both(service, operation, params, kind, ends)
            if chance.random() < 0.6 or operation in AT_ONCE:
                self.settle()
        self.settle()
        for kind, (service, operation, member) in FINAL.items():
            for symbol in self.pick.ever[kind]:
                self.both(service, operation, {member: [symbol] if member.endswith("s") else symbol, **(CENTER if service == "sso-admin" else {})})

    def prepare(self, services):
        """What the services stand on, so that not every call is refused."""
        by_name = {(a[0], a[1]): a for a in ACTIONS}
        if "ec2" in services:
            for name, more in (("CreateVpc", {}), ("CreateVpc", {}), ("CreateTransitGateway", {}), ("CreateTransitGateway", {}), ("CreateSecurityGroup", {"VpcId": "<vpc.1>"}),
                               ("CreateSubnet", {"VpcId": "<vpc.1>", "CidrBlock": "10.1.0.0/24", "AvailabilityZoneId": "euw1-az1"}),
                               ("CreateSubnet", {"VpcId": "<vpc.1>", "CidrBlock": "10.1.1.0/24", "AvailabilityZoneId": "euw1-az2"})):  # fmt: skip
                _, _, _, make, kind, ends = by_name["ec2", name]
                self.both("ec2", name, {**make(self.pick), **more}, kind, ends)
            self.settle()
        if "ds" in services:
            _, _, _, make, kind, ends = by_name["ds", "CreateMicrosoftAD"]
            network = {"VpcId": "<vpc.1>", "SubnetIds": ["<subnet.1>", "<subnet.2>"]}
            self.both("ds", "CreateMicrosoftAD", {**make(self.pick), "Edition": "Enterprise", "VpcSettings": network}, kind, ends)
            self.settle()

    def settle(self):
        self.model.settle()
        self.other.settle()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("play")
    long = bool(os.environ.get("HAD_LONG"))
    parser.add_argument("--sequences", type=int, default=10_000 if long else 300)
    parser.add_argument("--seconds", type=float, default=0 if long else 25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--length", type=int, default=30)
    parser.add_argument("--all", action="store_true", help="go on after a difference; print how often each occurs")
    given = parser.parse_args()
    run, started, done, wrong = Differential(given.play), time.monotonic(), 0, 0
    for seed in range(given.seed, given.seed + given.sequences):
        if given.seconds and time.monotonic() - started > given.seconds:
            break
        done += 1
        try:
            run.sequence(seed, given.length)
        except Mismatch as difference:
            wrong += 1
            run.differences[str(difference)] += 1
            if not given.all:
                print("\n".join(run.log[-40:]), file=sys.stderr)
                print(f"sequence {seed}: {difference}", file=sys.stderr)
                break
    for text, count in run.differences.most_common(40) if given.all else ():
        print(f"{count:6} {text}")
    print(f"sim.differential: {done} sequences, {run.calls} calls of {len(run.used)} operations, {run.left_out} left out, {run.failed} of them refused by both, "
          f"{wrong} sequences with a disagreement, {time.monotonic() - started:.1f} s")  # fmt: skip
    return 1 if wrong or not done or not run.failed else 0


sys.exit(main())
