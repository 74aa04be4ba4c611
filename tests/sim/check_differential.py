"""The model of AWS in the process and the stand-in are held to the same answers.

Random sequences of operations go to both: in and out of order, with ids that are not there, twice, with deletes before
their time. Each answer has to agree: done or failed, the code, and every member that a driver reads of it; at the end all
objects. Ids of the one stand for ids of the other. No time passes between calls, or so much that all that is under way has
ended on both sides: how long things take is no matter of agreement.

Every operation that a driver calls has to be among them; after enough sequences each has been done on both sides, after ten
thousand in several accounts and in several Regions.

Usage: check_differential.py PLAY [--sequences N] [--seconds N] [--seed N] [--jobs N] [--all]; HAD_LONG=1: 10,000 sequences."""

import argparse
import collections
import json
import multiprocessing
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

from common import MANAGEMENT, REGION, SEED  # noqa: E402  (ends with 77 without the packages)

import yaml  # noqa: E402
from botocore.parsers import create_parser  # noqa: E402
from botocore.serialize import create_serializer  # noqa: E402
from botocore.validate import ParamValidator  # noqa: E402
from stand_in import wire  # noqa: E402
from stand_in.delays import QUOTAS  # noqa: E402
from stand_in.registry import OPERATIONS  # noqa: E402
from stand_in.server import GLOBAL_SERVICES, READS, StandIn  # noqa: E402
from stand_in.world import GLOBAL, Call, Failure  # noqa: E402


from actions import ACTIONS, CENTER, ORGANIZATION  # noqa: E402
from agreement import ALWAYS, AT_ONCE, CHANCE, EITHER, FINAL, GONE, KEPT, LEFT_OUT, TOGETHER  # noqa: E402
from pick import LINES, PLACES, Pick  # noqa: E402

ENOUGH, ENOUGH_PLACES = 1500, 10_000  # sequences that come to every operation; to each in several accounts and Regions
MANAGED = ("sso-admin", "identitystore", "organizations", "account")  # asked in the management account
PREPARED = {"connections": [{"account": a, "region": r, "id": line} for line, (a, r) in zip(LINES, PLACES)],
            "topics": [{"account": a, "region": r, "name": "monitoring"} for a, r in PLACES]}  # fmt: skip


def driver_tables():
    for path in sorted((ROOT / "runtime/resource/types").glob("*.yaml")):
        for driver in yaml.safe_load(path.read_text()).values():
            if isinstance(driver, dict) and "service" in driver:
                yield driver


def operations_of(step, service):
    """(service, operation) of a step and of the steps within it; not of what is sent, matched and told."""
    if isinstance(step, list):
        for part in step:
            yield from operations_of(part, service)
    elif isinstance(step, dict):
        service = step.get("service", service)
        for key, value in step.items():
            if key[0].isupper():
                yield service, key
            elif key not in ("values", "attributes", "note", "match", "state"):
                yield from operations_of(value, service)


def called_by_drivers():
    lists = ("find", "read", "create", "update", "delete")
    return {found for driver in driver_tables() for name in lists for found in operations_of(driver.get(name, []), driver["service"])}


def read_members():
    """Operation → the members that drivers read of each item of its answer."""
    found = collections.defaultdict(set)
    for driver in driver_tables():
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
        services = [{"ServicePrincipal": f"{name}.amazonaws.com"} for name in ("ram", "account", "ds", "sso")]
        owner = {"MasterAccountId": MANAGEMENT, "MasterAccountEmail": "aws@example.com"}
        self.put("organization", {"Id": "o-sim", "FeatureSet": "ALL", **owner, "Services": services})
        self.put("sso-instance", {**CENTER, "IdentityStoreId": "d-9990000001", "OwnerAccountId": MANAGEMENT, "Status": "ACTIVE"})
        for found in SEED["organization"]["accounts"]:
            account = {"Id": found["id"], "Name": found["name"], "Email": f"{found['name']}@example.com", "JoinedMethod": "CREATED"}
            self.put("account", {**account, "State": "ACTIVE", "Status": "ACTIVE", "Parent": "r-sim1"})
        return {"<root>": "r-sim1", "<store>": "d-9990000001", "<organization>": "o-sim"}

    def put(self, kind, value):
        self.ask({"put": kind, "account": MANAGEMENT, "region": "global", "object": value})

    def call(self, service, operation, place, params):
        account, region = place
        answer = self.ask({"service": service, "operation": operation, "account": account, "region": region, "params": params})
        return (answer["code"], None) if answer["outcome"] == "failed" else (None, answer["value"])

    def settle(self):
        self.ask({"advance": 20000})


class Other:
    """The stand-in in this process, below its wire."""

    def __init__(self):
        self.stand_in = StandIn({"speed": 0.0, "quotas": {name: 100_000 for name in QUOTAS} | KEPT}, {**SEED, **PREPARED})
        self.validator = ParamValidator()
        os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "false"  # its IAM is not asked, and would read them for each sequence

    def start(self, seed):
        self.stand_in.world.config["seed"] = seed
        self.stand_in.reset()
        home = (MANAGEMENT, REGION)
        self.call("ram", "EnableSharingWithAwsOrganization", home, {})
        for name in ("account", "ds"):
            self.call("organizations", "EnableAWSServiceAccess", home, {"ServicePrincipal": f"{name}.amazonaws.com"})
        root = SEED["organization"]["root"]
        for found in SEED["organization"]["accounts"]:
            parents = self.call("organizations", "ListParents", home, {"ChildId": found["id"]})[1]["Parents"]
            if parents[0]["Id"] != root:
                self.call("organizations", "MoveAccount", home, {"AccountId": found["id"], "SourceParentId": parents[0]["Id"], "DestinationParentId": root})
        store = self.call("sso-admin", "ListInstances", home, {})[1]["Instances"][0]["IdentityStoreId"]
        return {"<root>": root, "<store>": store, "<organization>": SEED["organization"]["id"]}

    def call(self, service, operation, place, params):
        account, region = place
        model = wire.operation_model(service, operation)
        report = self.validator.validate(params, model.input_shape) if model.input_shape else None
        if report is not None and report.has_errors():
            raise AssertionError(f"{operation}: {report.generate_report()}")
        world = self.stand_in.world
        region = GLOBAL if service in GLOBAL_SERVICES else region
        if (service, operation) not in OPERATIONS:
            return self.moto(service, model, place, params)
        call = Call(world, service, operation, params, account, region, f"arn:aws:iam::{account}:role/play", read=operation.startswith(READS))
        try:
            answer = OPERATIONS[service, operation].run(call, json.loads(json.dumps(params)))
        except Failure as failure:
            return failure.code, None
        finally:
            call.finish()
        answer = wire.conform(answer or {}, model.output_shape) if model.output_shape else {}
        return None, json.loads(json.dumps(answer, default=str))

    def moto(self, service, model, place, params):
        """What the stand-in leaves to moto, as a request of HTTP."""
        made = create_serializer("rest-xml").serialize_to_request(params, model)
        account, region = place
        target = made["url_path"] + ("?" + urllib.parse.urlencode(made["query_string"]) if made["query_string"] else "")
        scope = f"Credential=AKIA{account}/20261124/{region}/{service}/aws4_request"
        signed = {"Host": "127.0.0.1:5000", "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
        body = made["body"].encode() if isinstance(made["body"], str) else made["body"]
        request = wire.Inbound(made["method"], target, {**made["headers"], **signed}, body)
        try:
            status, headers, body = self.stand_in.moto.s3(request, model.name, params, account)
        except Failure as failure:
            return "403" if model.name.startswith("Head") else failure.code, None
        lowered = {k.lower(): v for k, v in headers.items()}
        found = create_parser("rest-xml").parse({"status_code": status, "headers": lowered, "body": body}, model.output_shape)
        if status >= 300:
            return found.get("Error", {}).get("Code") or str(status), None
        found.pop("ResponseMetadata", None)
        return None, json.loads(json.dumps(found, default=str))

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
    if not isinstance(value, str) or value in names or "<" not in value:
        return names.get(value, value) if isinstance(value, str) else value
    return re.sub(r"<[a-z-]+(\.\d+)?>", lambda found: names.get(found[0], found[0]), value)  # within an ARN


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
    """Without the routes within a network and to gateway endpoints, which its tables have by themselves and no driver counts; without what
    black holes led to; of what a group lets out, the ranges by protocol, which AWS folds into permissions."""
    for route in value.get("Routes") or [] if isinstance(value, dict) else []:
        if route.get("State") == "blackhole":
            route.pop("TransitGatewayAttachments", None)
    for group in value.get("SecurityGroups") or [] if isinstance(value, dict) else []:
        permissions = group.get("IpPermissionsEgress") or []
        group["IpPermissionsEgress"] = [{"IpProtocol": p["IpProtocol"], **text} for p in permissions for text in p.get("IpRanges") or []]
    for table in value.get("RouteTables", []) if isinstance(value, dict) else []:
        table["Routes"] = [route for route in table.get("Routes", []) if not route.get("GatewayId", "").startswith(("local", "<endpoint"))]
    return value


def apart(a, b):
    """What two values do not have in common."""
    if isinstance(a, dict) and isinstance(b, dict):
        parts = {k: apart(a.get(k), b.get(k)) for k in sorted(a.keys() | b.keys()) if a.get(k) != b.get(k)}
        return {k: p[0] for k, p in parts.items()}, {k: p[1] for k, p in parts.items()}
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        parts = [apart(x, y) for x, y in zip(a, b) if x != y]
        return [p[0] for p in parts], [p[1] for p in parts]
    return a, b


def over(item):
    state = item.get("State", item.get("Status", item.get("status", item.get("Stage")))) if isinstance(item, dict) else None
    return isinstance(state, str) and state in GONE


def made_by(action):
    return [action[4]] if isinstance(action[4], tuple) else action[4] or []


class Differential:
    def __init__(self, program):
        self.model, self.other, self.members = Model(program), Other(), read_members()
        self.calls, self.failed, self.left_out, self.done = 0, 0, 0, collections.defaultdict(set)

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
                    kept.append({".".join(r): at(item, r) for r in rest if r[-1] not in CHANCE and (operation, r[-1]) not in CHANCE})
            out[top] = plain(kept)
        return {k: v for k, v in out.items() if v}

    def both(self, service, operation, params, kind=None, ends=None):
        place = self.pick.place
        self.calls += 1
        codes, values = [], []
        for side, n in ((self.other, 1), (self.model, 0)):
            code, value = side.call(service, operation, place, replaced(params, {**self.own[n], **self.names[n]}))
            if side is self.other and (operation, code) in LEFT_OUT:
                self.left_out += 1
                return
            codes.insert(0, code)
            values.insert(0, value)
        self.log.append(f"{place[0][0]} {place[1]} {operation} {json.dumps(params)} → {codes[0]} | {codes[1]}")
        if codes == [None, None]:
            for made in [kind] if isinstance(kind, tuple) else kind or []:
                self.remember(service, operation, params, made, values)
        seen = [self.seen(service, operation, ours(replaced(v, back))) if v is not None else None for v, back in zip(values, self.backs())]
        if codes[0] != codes[1]:
            gone = [c is not None and ("NotFound" in c or "NoSuch" in c or "UnknownResource" in c or "DoesNotExist" in c) for c in codes]
            nothing = [c is None and not any(s.values()) for c, s in zip(codes, seen)]
            if (operation, frozenset(codes)) in EITHER:
                self.failed += 1
                return
            if not (operation.startswith(READS) and all(g or n for g, n in zip(gone, nothing))):
                raise Mismatch(f"{service}.{operation}: {codes[0] or 'done'} in the model, {codes[1] or 'done'} in the stand-in")
        elif codes[0] is None and seen[0] != seen[1]:
            told = [json.dumps(part, sort_keys=True) for part in apart(*seen)]
            raise Mismatch(f"{service}.{operation}: {told[0]} in the model, {told[1]} in the stand-in")
        if codes[0] is not None:
            self.failed += 1
            return
        self.done[service, operation].add(place)
        for symbol in params[ends] if isinstance(params.get(ends), list) else [params[ends]] if ends else []:
            self.pick.gone(symbol)

    def backs(self):
        """Ids to symbols, of both sides."""
        return [{v: k for k, v in names.items()} for names in self.names]

    def remember(self, service, operation, params, kind, values):
        """A symbol for what the call has made. `?`: the id need not be in the answer, `=`: it is one among others of its kind only."""
        name, where = kind[0].removeprefix("="), kind[1]
        may = not isinstance(where, str) or where.startswith("?")
        ids = []
        for value, names in zip(values, self.names):
            found = at(value, where.removeprefix("?").split(".")) if isinstance(where, str) else where(value, replaced(params, names))
            ids.append(found.removeprefix("/hostedzone/") if found else None)
        if may and not any(ids):
            return
        if not all(ids):
            raise Mismatch(f"{service}.{operation}: no {where}: {ids}")
        backs = self.backs()
        if kind[0] != name:
            symbol = self.pick.made(name, params, service)
            self.own[0][symbol], self.own[1][symbol] = ids
        elif ids[0] not in backs[0]:
            if ids[1] in backs[1]:
                raise Mismatch(f"{service}.{operation}: new in the model, the one that was there in the stand-in")
            symbol = self.pick.made(name, params, service)
            self.names[0][symbol], self.names[1][symbol] = ids

    def sequence(self, seed, length):
        chance = random.Random(seed)
        self.pick, self.log, self.depth = Pick(chance, self.provide), [], 0
        self.names, self.own = (self.model.start(seed), self.other.start(seed)), ({}, {})
        home = chance.choice(PLACES)
        services = set(chance.choice(TOGETHER))
        few = [a for a in ACTIONS if a[0] in services]
        if "ec2" in services:  # what networks have, and half of the rest
            subjects = {a[1] for a in few}
            kept = set(chance.sample(sorted(subjects), len(subjects) // 2))
            few = [a for a in few if a[0] != "ec2" or a[1] in kept or any(word in a[1] for word in ALWAYS)]
        for place in (p for p in PLACES if p != home):
            self.pick.go(place)
            self.prepare(services & {"ec2"})
        self.pick.go(home)
        self.prepare(services)
        for service, operation, _, make, kind, ends in chance.choices(few, [a[2] for a in few], k=length):
            usual = home if chance.random() < 0.85 else chance.choice(PLACES)
            self.pick.go((MANAGEMENT, REGION) if service in MANAGED else usual)
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
                account, region = self.pick.places[symbol]
                self.pick.go((account, REGION if region == GLOBAL else region))
                self.both(service, operation, {member: [symbol] if member.endswith("s") else symbol, **(CENTER if service == "sso-admin" else {})})

    def provide(self, kind):
        """One of a kind that a call is to be about, and what that needs."""
        makers = [a for a in ACTIONS if a[4] and any(made[0].removeprefix("=") == kind for made in made_by(a))]
        if self.depth >= 4 or not makers:
            return
        self.depth += 1
        place = self.pick.place
        try:
            service, operation, _, make, made, ends = self.pick.one(*makers)
            if (service in MANAGED) == (place == (MANAGEMENT, REGION)):
                self.both(service, operation, make(self.pick), made, ends)
                self.settle()
        except LookupError:
            pass
        finally:
            self.depth -= 1
            self.pick.go(place)

    def prepare(self, services):
        """What the services stand on, so that not every call is refused."""
        by_name = {(a[0], a[1]): a for a in ACTIONS}
        if "ec2" in services:
            for name, more in (("CreateVpc", {}), ("CreateVpc", {}), ("CreateTransitGateway", {}), ("CreateTransitGateway", {}),
                               ("CreateSecurityGroup", {}),
                               ("CreateSubnet", {"CidrBlock": self.pick.block(0), "AvailabilityZoneId": self.pick.zone(1)}),
                               ("CreateSubnet", {"CidrBlock": self.pick.block(1), "AvailabilityZoneId": self.pick.zone(2)})):  # fmt: skip
                _, _, _, make, kind, ends = by_name["ec2", name]
                if name in ("CreateSecurityGroup", "CreateSubnet"):
                    more["VpcId"] = next(s for s in self.pick.live["vpc"] if self.pick.is_here(s))
                self.both("ec2", name, {**make(self.pick), **more}, kind, ends)
            self.settle()
        if services >= {"ec2", "ram"}:  # a transit gateway that others attach networks to
            gateway = next(s for s in self.pick.live["gateway"] if self.pick.is_here(s))
            arn = f"arn:aws:ec2:{self.pick.region}:{self.pick.account}:transit-gateway/{gateway}"
            _, _, _, make, kind, ends = by_name["ram", "CreateResourceShare"]
            self.both("ram", "CreateResourceShare", {**make(self.pick), "resourceArns": [arn], "principals": [ORGANIZATION]}, kind, ends)
            self.settle()
        if "ds" in services:
            _, _, _, make, kind, ends = by_name["ds", "CreateMicrosoftAD"]
            network = {kind: [s for s in self.pick.live[kind] if self.pick.is_here(s)] for kind in ("vpc", "subnet")}
            network = {"VpcId": network["vpc"][0], "SubnetIds": network["subnet"][:2]}
            self.both("ds", "CreateMicrosoftAD", {**make(self.pick), "Edition": "Enterprise", "VpcSettings": network}, kind, ends)
            self.settle()

    def settle(self):
        self.model.settle()
        self.other.settle()


ONE_REGION = {"iam", "route53", "directconnect", "s3"}  # what is made is in no Region, or in one whoever asks
ONE_ACCOUNT = {("ram", "EnableSharingWithAwsOrganization")}  # the management account's


def unplayed():
    """Operations that drivers call and no sequence ever plays with."""
    return called_by_drivers() - {(a[0], a[1]) for a in ACTIONS}


def gaps(done, several):
    """Operations that drivers call and the sequences did not get done: on both sides; `several`: accounts and Regions."""
    for service, operation in sorted(called_by_drivers()):
        places = done.get((service, operation), set())
        accounts, regions = ({place[i] for place in places} for i in (0, 1))
        if not places:
            yield f"{service}.{operation} was never done"
        elif not several or service in MANAGED or (service, operation) in ONE_ACCOUNT:
            continue
        elif len(accounts) < 2:
            yield f"{service}.{operation} was done in one account alone"
        elif service not in ONE_REGION and len(regions) < 2:
            yield f"{service}.{operation} was done in one Region alone"


def play(task):
    """Sequences of these seeds, in a process of their own perhaps: what came of them."""
    given, seeds = task
    run, started, wrong, played = Differential(given.play), time.monotonic(), {}, 0
    for seed in seeds:
        if given.seconds and time.monotonic() - started > given.seconds:
            break
        played += 1
        try:
            run.sequence(seed, given.length)
        except Mismatch as difference:
            wrong[seed] = str(difference), run.log[-100:]
            if not given.all:
                break
    counts = collections.Counter(sequences=played, calls=run.calls, left_out=run.left_out, failed=run.failed)
    return counts, run.done, wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("play")
    long = bool(os.environ.get("HAD_LONG"))
    parser.add_argument("--sequences", type=int, default=10_000 if long else ENOUGH)
    parser.add_argument("--seconds", type=float, default=0 if long else 60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--length", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=2, help="processes that share the sequences")
    parser.add_argument("--all", action="store_true", help="go on after a difference; tell each with its sequence")
    given = parser.parse_args()
    for service, operation in sorted(unplayed()):
        print(f"drivers call {service}.{operation}, with which no sequence plays: actions.py")
    started, seeds = time.monotonic(), range(given.seed, given.seed + given.sequences)
    with multiprocessing.Pool(given.jobs) as pool:
        parts = pool.map(play, [(given, seeds[n :: given.jobs]) for n in range(given.jobs)])
    counts, done, wrong = sum((p[0] for p in parts), collections.Counter()), collections.defaultdict(set), {}
    for part in parts:
        wrong |= part[2]
        for operation, places in part[1].items():
            done[operation] |= places
    for seed, (text, log) in sorted(wrong.items()):
        print(f"sequence {seed}: {text}", *([] if given.all else ["", *log]), sep="\n")
    # short runs do not come to everything
    missing = list(gaps(done, counts["sequences"] >= ENOUGH_PLACES)) if counts["sequences"] >= ENOUGH else []
    print(*missing, sep="\n", end="\n" if missing else "")
    called = called_by_drivers()
    print(f"sim.differential: {counts['sequences']} sequences, {counts['calls']} calls, {len(called & done.keys())} of the {len(called)} operations of the drivers done on both sides, "
          f"{counts['failed']} calls refused by both, {counts['left_out']} left out, {len(wrong)} sequences with a disagreement, {time.monotonic() - started:.1f} s")  # fmt: skip
    return 1 if wrong or missing or unplayed() or not counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
