"""What the stand-in remembers: a clock, plain dictionaries per account and Region, what happens later.

The store is account → Region → "service.kind" → id → object; objects have the members of AWS's
answers, and members of our own that start with an underscore and never leave the stand-in."""

import heapq
import json
import os
import random
import time

from .delays import DELAYS, QUOTAS

GLOBAL = "aws-global"  # the Region of services that have none


class Failure(Exception):
    """An answer of AWS that is an error."""

    def __init__(self, code, message, status=None, **members):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status, self.members = code, message, status, members


DEFAULTS = {
    "speed": 600.0,  # virtual seconds per second; 0: only `advance` and `tick` move the clock
    "tick": 0.0,  # virtual seconds that each call takes
    "delay": 1.0,  # factor of every delay; 0: everything is ready at once
    "delays": {},  # seconds by name, instead of delays.py
    "quotas": {},  # counts by name, instead of delays.py
    "lag": 0,  # reads for which a new object is not seen
    "stale": 0,  # reads that still see what was before a change, where they were made before, too
    "page": 0,  # most rows of a page; 0: as AWS has it
    "rates": "off",  # off, virtual, real: clock of the published rate limits
    "signatures": True,  # check them
    "skew": 300,  # seconds that a signature may be old
    "seed": 1,
}


class World:
    """Made once by the server; every request runs under its lock."""

    def __init__(self, config=None):
        self.config = {**DEFAULTS, **(config or {})}
        self.reset()

    def reset(self):
        self.store = {}
        self.events = []  # heap of (time, sequence, place, changes, hook)
        self.sequence = 0
        self.base, self.base_real = 1_790_000_000.0, time.monotonic()
        self.random = random.Random(self.config["seed"])
        self.identities = {}  # access key id → secret, token, account, arn, expires

    # ---- clock ----
    def now(self):
        return self.base + (time.monotonic() - self.base_real) * self.config["speed"]

    def advance(self, seconds):
        self.base, self.base_real = self.now() + seconds, time.monotonic()
        self.settle()

    def set_speed(self, speed):
        self.advance(0)
        self.config["speed"] = speed

    def delay(self, name):
        """Seconds until a thing of this name is ready; delays.py has them with their sources."""
        return self.config["delays"].get(name, DELAYS[name]) * self.config["delay"]

    def quota(self, name):
        return self.config["quotas"].get(name, QUOTAS[name])

    # ---- store ----
    def table(self, account, region, kind):
        return self.store.setdefault(account, {}).setdefault(region, {}).setdefault(kind, {})

    def find(self, place):
        account, region, kind, name = place
        return self.store.get(account, {}).get(region, {}).get(kind, {}).get(name)

    def everywhere(self, kind):
        """All (account, region, id, object) of a kind, over accounts and Regions."""
        for account, regions in list(self.store.items()):
            for region, kinds in list(regions.items()):
                for name, found in list(kinds.get(kind, {}).items()):
                    yield account, region, name, found

    # ---- what happens later ----
    def later(self, place, seconds, changes, hook=None):
        """After `seconds`, `changes` are made to the object; None instead of changes removes it. `hook`
        names a function of hooks.py, called with the world and the place afterwards."""
        self.sequence += 1
        event = (self.now() + seconds, self.sequence, list(place), changes, hook)
        if seconds <= 0:
            self._apply(event)
        else:
            heapq.heappush(self.events, event)

    def forget(self, place):
        """Drops what was to happen to an object."""
        self.events = [e for e in self.events if e[2] != list(place)]
        heapq.heapify(self.events)

    def settle(self):
        now = self.now()
        while self.events and self.events[0][0] <= now:
            self._apply(heapq.heappop(self.events))

    def _apply(self, event):
        _, _, place, changes, hook = event
        found = self.find(place)
        if found is None:
            return
        if changes is None:
            account, region, kind, name = place
            del self.store[account][region][kind][name]
        else:
            found.update(changes)
        if hook:
            from .registry import HOOKS

            HOOKS[hook](self, place, found)

    # ---- names ----
    def hex(self, digits):
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"

    def uuid(self):
        h = self.hex(32)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"

    def letters(self, count, alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"):
        return "".join(self.random.choice(alphabet) for _ in range(count))

    # ---- files ----
    def to_json(self):
        return {
            "version": 1,
            "now": self.now(),
            "sequence": self.sequence,
            "config": self.config,
            "store": self.store,
            "events": [list(e) for e in sorted(self.events)],
            "identities": self.identities,
            "random": self.random.getstate(),
        }

    def from_json(self, data):
        self.config.update(data["config"])
        self.store, self.identities = data["store"], data["identities"]
        self.events = [tuple(e) for e in data["events"]]
        heapq.heapify(self.events)
        self.sequence = data["sequence"]
        self.base, self.base_real = data["now"], time.monotonic()
        state = data["random"]
        self.random.setstate((state[0], tuple(state[1]), state[2]))

    def save(self, path):
        temporary = f"{path}.{os.getpid()}.tmp"
        with open(temporary, "w", encoding="utf-8") as out:
            json.dump(self.to_json(), out, sort_keys=True)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, path)


class Call:
    """One request: who, where, which operation, with which parameters; what handlers use."""

    def __init__(self, world, service, operation, params, account, region, principal, **more):
        self.world, self.service, self.operation, self.params = world, service, operation, params
        self.account, self.region, self.principal = account, region, principal
        self.read = more.get("read", False)
        self.half = more.get("half", False)  # what this call starts ends badly
        self.request_id = more.get("request_id", "")
        self.unseen = {}

    @property
    def now(self):
        return self.world.now()

    def at(self, account=None, region=None):
        """The same call as seen by another account or Region."""
        other = Call.__new__(Call)
        other.__dict__.update(self.__dict__)
        other.account, other.region = account or self.account, region or self.region
        return other

    def kind(self, kind):
        return kind if "." in kind else f"{self.service}.{kind}"

    def table(self, kind):
        return self.world.table(self.account, self.region, self.kind(kind))

    def place(self, kind, name):
        return [self.account, self.region, self.kind(kind), name]

    def put(self, kind, name, value):
        """A new object, not seen for as many reads as the lag says."""
        value["_created"] = self.now
        if self.world.config["lag"]:
            value["_lag"] = self.world.config["lag"]
        self.table(kind)[name] = value
        return value

    def get(self, kind, name):
        found = self.table(kind).get(name)
        return found if found is not None and self.sees(found) else None

    def rows(self, kind):
        return [v for v in self.table(kind).values() if self.sees(v)]

    def sees(self, value):
        """False while the object is younger than the lag; each read that misses it counts once."""
        if not value.get("_lag") or not self.read:
            return True
        self.unseen[id(value)] = value
        return False

    def finish(self):
        for value in self.unseen.values():
            value["_lag"] -= 1

    def later(self, kind, name, delay, changes, bad=None, hook=None):
        """`delay` is a name of delays.py or seconds; `bad` is what comes instead after the fault `half`."""
        seconds = self.world.delay(delay) if isinstance(delay, str) else delay
        self.world.later(self.place(kind, name), seconds, bad if self.half and bad else changes, hook)

    def limit(self, name, count, code, message=None, status=None, **members):
        """Refuses one more of what there are already `count` of."""
        most = self.world.quota(name)
        most = self.world.table(self.account, self.region, "service-quotas.applied").get(name, {}).get("value", most)
        if count >= most:
            raise Failure(code, message or f"The quota {name} of {most} has been reached.", status, **members)

    def arn(self, service, resource, account=None, region=None):
        partition = partition_of(self.region)
        region = self.region if region is None else region
        return f"arn:{partition}:{service}:{region}:{self.account if account is None else account}:{resource}"

    def once(self, token, fingerprint, make, mismatch):
        """A create with an idempotency token: the same token and parameters give the first answer."""
        if not token:
            return make()
        tokens = self.world.table(self.account, self.region, "tokens")
        key = f"{self.service}.{self.operation}.{token}"
        digest = json.dumps(fingerprint, sort_keys=True, default=str)
        if key in tokens:
            if tokens[key]["digest"] != digest:
                raise mismatch
            return tokens[key]["answer"]
        answer = make()
        tokens[key] = {"digest": digest, "answer": answer}
        return answer


def partition_of(region):
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(
        "us-gov" if region.startswith("us-gov") else region.split("-")[0], "aws"
    )
