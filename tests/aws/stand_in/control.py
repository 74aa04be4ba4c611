"""The JSON control end point below /_standin/: faults, clock, calls, state, seeds, changes behind the tool's back."""

import json
import urllib.parse

from . import seeds
from .registry import OPERATIONS


def serve(stand_in, method, target, body):
    path, _, query = target.partition("?")
    name = path[len("/_standin/"):].strip("/")
    try:
        given = json.loads(body) if body else None
        options = dict(urllib.parse.parse_qsl(query))
        handler = ROUTES.get((method, name))
        if handler is None:
            known = sorted(f"{m} /_standin/{n}" for m, n in ROUTES)
            return 404, {"error": f"there is no {method} {path}", "known": known}
        with stand_in.lock:
            stand_in.world.settle()
            return 200, handler(stand_in, given, options)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        return 400, {"error": f"{type(problem).__name__}: {problem}"}


ROUTES = {}


def route(method, name):
    def add(run):
        ROUTES[method, name] = run
        return run

    return add


@route("GET", "health")
def health(s, given, options):
    return {"status": "ok", "calls": s.number, "operations": len(OPERATIONS)}


@route("GET", "config")
def config(s, given, options):
    return s.world.config


@route("POST", "config")
def configure(s, given, options):
    """Members of World.config that are to change."""
    unknown = set(given) - set(s.world.config)
    if unknown:
        raise ValueError(f"there is no setting {', '.join(sorted(unknown))}")
    if "speed" in given:
        s.world.set_speed(float(given["speed"]))
    s.world.config.update(given)
    return s.world.config


@route("GET", "clock")
def clock(s, given, options):
    return {"now": s.world.now(), "pending": len(s.world.events), "next": s.world.events[0][0] if s.world.events else None}


@route("POST", "clock")
def move_clock(s, given, options):
    """{"advance": seconds} or {"until": "quiet"}: all that is under way has ended."""
    if given.get("until") == "quiet":
        # what takes hours is not waited for: deleted things that are still seen, windows of days
        horizon = s.world.now() + given.get("within", 7200)
        while s.world.events and s.world.events[0][0] <= horizon:
            s.world.advance(s.world.events[0][0] - s.world.now() + 0.001)
    else:
        s.world.advance(float(given["advance"]))
    return clock(s, None, None)


@route("GET", "faults")
def faults(s, given, options):
    return s.faults.rules


@route("POST", "faults")
def add_faults(s, given, options):
    rules = given if isinstance(given, list) else [given]
    return {"ids": [s.faults.add(rule) for rule in rules]}


@route("DELETE", "faults")
def drop_faults(s, given, options):
    wanted = options.get("id")
    s.faults.rules = [r for r in s.faults.rules if wanted and r["id"] != int(wanted)]
    return s.faults.rules


@route("GET", "calls")
def calls(s, given, options):
    """The call log; ?after=N, ?service=, ?operation=, ?mutating=1."""
    rows = list(s.calls)
    if "after" in options:
        rows = [r for r in rows if r["n"] > int(options["after"])]
    for member in ("service", "operation", "account", "region"):
        if member in options:
            rows = [r for r in rows if r.get(member) == options[member]]
    if options.get("mutating"):
        rows = [r for r in rows if r.get("read") is False]
    return rows


@route("DELETE", "calls")
def drop_calls(s, given, options):
    s.calls.clear()
    return {}


@route("GET", "state")
def state(s, given, options):
    return s.world.to_json()


@route("PUT", "state")
def load_state(s, given, options):
    s.world.from_json(given)
    return {}


@route("POST", "save")
def save(s, given, options):
    if s.state_file is None:
        raise ValueError("the stand-in was started without --state")
    s.save()
    return {"file": s.state_file}


@route("POST", "reset")
def reset(s, given, options):
    """Everything as at the start, or as a new seed says."""
    s.reset(given)
    return {}


@route("GET", "objects")
def objects(s, given, options):
    """All objects in one list, for comparing what two runs made: kind, place, id, tags, name."""
    rows = []
    for account, regions in sorted(s.world.store.items()):
        for region, kinds in sorted(regions.items()):
            for kind, values in sorted(kinds.items()):
                if kind == "tokens" or kind.startswith("stand-in."):
                    continue
                if options.get("kind") and options["kind"] != kind:
                    continue
                for name, value in values.items():
                    if _over(value) and not options.get("all"):
                        continue
                    rows.append({"account": account, "region": region, "kind": kind, "id": name, "tags": _tags(value, account)})
    return rows


OVER = {"deleted", "terminated", "DELETED", "Deleted", "failed", "rejected"}


def _over(value):
    state = value.get("State", value.get("status", value.get("Stage")))
    state = state.get("Name") if isinstance(state, dict) else state
    return value.get("_gone") or (isinstance(state, str) and state in OVER)


def _tags(value, account):
    tags = value.get("_tags_by", {}).get(account) or value.get("Tags") or value.get("tags") or value.get("_tags") or []
    if isinstance(tags, dict):
        return tags
    return {t.get("Key", t.get("key", t.get("TagKey"))): t.get("Value", t.get("value", t.get("TagValue"))) for t in tags}


@route("POST", "drift")
def drift(s, given, options):
    """Changes an object behind the tool's back: {"account", "region", "kind", "id", "set": {path: value}} or "delete"."""
    place = (given["account"], given["region"], given["kind"], given["id"])
    found = s.world.find(place)
    if found is None:
        raise ValueError("there is no such object")
    if given.get("delete"):
        del s.world.table(*place[:3])[given["id"]]
        return {}
    for path, value in given.get("set", {}).items():
        *front, last = path.split(".")
        inner = found
        for part in front:
            inner = inner[int(part)] if isinstance(inner, list) else inner.setdefault(part, {})
        if isinstance(inner, list):
            inner[int(last)] = value
        elif value is None:
            inner.pop(last, None)
        else:
            inner[last] = value
    return found


@route("POST", "identity-center")
def identity_center(s, given, options):
    """What people do in the console: enable Identity Center {"region", "instance", "identity_store"}."""
    arn, store = seeds.enable_identity_center(s.world, given)
    return {"instance": arn, "identity_store": store}


@route("POST", "identities")
def identities(s, given, options):
    """Users and groups that a synchronization brings: {"groups": […], "users": […]}."""
    seeds.sync_identities(s.world, given)
    return {}


@route("POST", "accounts")
def accounts(s, given, options):
    """One more account of the organization: {"id", "name", "email", "unit", "roles"}."""
    organization = seeds.organization_of(s.world)
    parent = next((u["Id"] for u in organization["_units"].values() if given.get("unit") in (u["Name"], u["Id"])), organization["_root"])
    organization["_accounts"][given["id"]] = seeds.account_entry(
        s.world, organization, given["id"], given["name"], given.get("email", f"{given['name']}@example.com"), parent)  # fmt: skip
    seeds.add_account(s.world, given["id"], given["name"], given.get("roles", s.seed.get("roles", seeds.DEFAULT["roles"])))
    return {}


@route("GET", "accounts")
def list_accounts(s, given, options):
    return s.world.table("", "aws-global", "stand-in.accounts")


@route("POST", "connections")
def connections(s, given, options):
    """A Direct Connect connection that a provider has made: {"account", "region", "id", "location", "state"}."""
    seeds.add_connection(s.world, given)
    return {}


@route("GET", "operations")
def operations(s, given, options):
    return [{"service": o.service, "operation": o.name, "does": o.does, "source": o.source} for o in OPERATIONS.values()]
