#!/usr/bin/env python3
"""Cuts the operations of runtime/aws/models/operations.txt out of botocore's service models.

    scripts/aws_models.py            writes runtime/aws/models/*.json and the table of operations in docs/aws-client.md
    scripts/aws_models.py --table    that table alone, from the models that are there
    … --check                        writes nothing; fails if a file is not what this would write

Only --table works without botocore. The version comes from tests/requirements.txt and stands in each file.

A reference to a shape is [name, type or shape, traits]: scalar types are written small, shapes that have an entry
of their own in `shapes` large. Traits: in, out (names on the wire of a request and of an answer, where they are
not the member's name), loc (header, headers, uri, querystring, statusCode), req, token, sens, flat, payload, ns
([prefix, uri]), ts (timestamp format), doc. What the protocols make of botocore's traits is decided here, so
that the program needs one rule per protocol and no exception.
"""
import argparse
import collections
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODELS = ROOT / "runtime/aws/models"
PAGE = ROOT / "docs/aws-client.md"
VARIANTS = ("plain", "fips", "dual", "fipsdual")

# Sending such a call twice leaves the world as one would: it reads, or it names the state it wants.
READS = ("BatchGet", "Decode", "Decrypt", "Describe", "Filter", "Get", "Head", "Is", "List", "Lookup", "Search", "Validate", "Verify")
REPEATABLE = (
    "AddTags", "Attach", "Cancel", "Change", "Close", "Delete", "Deregister", "Detach", "Disable", "Disassociate", "Enable",
    "Encrypt", "GenerateDataKey", "Logout", "Modify", "Monitor", "Move", "Put", "Reject", "Release", "Remove", "Replace", "Reset",
    "Revoke", "Schedule", "Set", "Stop", "Tag", "Terminate", "Unmonitor", "Unshare", "Unsubscribe", "Untag", "Update",
)
# These hold a member that makes a repeat harmless though botocore does not mark it. Source: the members' documentation.
TOKENS = {
    "ds-data": {}, "ram": {"*": "clientToken"}, "ec2": {"*": "ClientToken"}, "route53resolver": {"*": "CreatorRequestId"},
    "route53": {"CreateHostedZone": "CallerReference"}, "secretsmanager": {"*": "ClientRequestToken"},
    "cloudformation": {"*": "ClientRequestToken"}, "sso-admin": {"*": "ClientToken"},
}


def read_list(path):
    operations, service = {}, None
    for line in path.read_text().splitlines():
        if line.startswith("#"):
            continue
        if not line.startswith(" "):
            service, _, line = line.partition(":")
            operations[service] = []
        operations[service] += line.split()
    return operations


class Cut:
    """One service: the shapes that its operations reach, with the names that its protocol puts on the wire."""

    def __init__(self, model):
        self.model = model
        self.protocol = model.protocol
        self.shapes = {}

    def names(self, shape, default):
        """The names of a reference in a request and in an answer."""
        name = shape.serialization.get("name")
        flat = shape.type_name == "list" and shape.serialization.get("flattened")
        item = shape.member.serialization.get("name") if flat else None
        if self.protocol == "ec2":
            request = shape.serialization.get("queryName") or (name[0].upper() + name[1:] if name else default)
            return request, item or name or default
        if self.protocol == "query":
            return item or name or default, item or name or default
        if self.protocol == "rest-xml":
            return name or default, item or name or default
        return name or default, name or default

    def reference(self, name, shape, owner=None, default=None):
        kind = shape.type_name
        composite = kind in ("structure", "list", "map") and not getattr(shape, "is_document_type", False)
        traits = {}
        request, answer = self.names(shape, default if default is not None else name)
        if request != name:
            traits["in"] = request
        if answer != name:
            traits["out"] = answer
        serialization = shape.serialization
        if serialization.get("location"):
            traits["loc"] = serialization["location"]
        if serialization.get("flattened"):
            traits["flat"] = 1
        if "xmlNamespace" in serialization:
            traits["ns"] = namespace(serialization["xmlNamespace"])
        if serialization.get("timestampFormat"):
            traits["ts"] = serialization["timestampFormat"].lower()
        if shape.metadata.get("sensitive"):
            traits["sens"] = 1
        if getattr(shape, "is_document_type", False):
            traits["doc"] = 1
            kind = "document"
        if any(serialization.get(t) for t in ("jsonvalue", "hostLabel", "eventstream", "xmlAttribute")):
            raise SystemExit(f"{self.model.service_name}: {name} has a trait that the client does not know")
        if owner is not None:
            if name in owner.required_members:
                traits["req"] = 1
            if shape.metadata.get("idempotencyToken"):
                traits["token"] = 1
            if owner.serialization.get("payload") == name:
                traits["payload"] = 1
        if composite:
            self.add(shape)
            kind = shape.name
        return [name, kind, traits] if traits else [name, kind]

    def add(self, shape):
        # The same name may carry other names for its parts on each side; botocore keeps them on references only.
        if shape.name in self.shapes:
            return
        entry = self.shapes[shape.name] = {"type": shape.type_name}
        if shape.type_name == "structure":
            if getattr(shape, "is_tagged_union", False):
                entry["union"] = 1
            entry["members"] = [self.reference(n, s, shape) for n, s in shape.members.items()]
        elif shape.type_name == "list":
            entry["members"] = [self.reference("member", shape.member)]
        else:
            entry["members"] = [self.reference("key", shape.key), self.reference("value", shape.value)]


def namespace(value):
    return [value.get("prefix", ""), value["uri"]] if isinstance(value, dict) else ["", value]


def repeat(service, operation, model):
    shape = operation.input_shape
    members = shape.members if shape is not None else {}
    token = next((n for n, s in members.items() if s.metadata.get("idempotencyToken")), None)
    if not token:
        named = TOKENS.get(service, {})
        token = named.get(operation.name, named.get("*"))
        token = token if token in members else None
    name = operation.name
    method = operation.http.get("method", "POST")
    if name.startswith(READS) and name != "GetRandomPassword" or method in ("GET", "HEAD"):
        return "read", token
    if service == "s3" or name.startswith(REPEATABLE):
        return "repeatable", token
    return "once", token


def pages(config):
    many = lambda v: v if isinstance(v, list) else [v]  # noqa: E731
    out = {"in": many(config["input_token"]), "out": many(config["output_token"]), "result": many(config["result_key"])}
    if "more_results" in config:
        out["more"] = config["more_results"]
    if "limit_key" in config:
        out["limit"] = config["limit_key"]
    return out


def endpoints(session, service, prefix_region):
    """Host and signing Region of each partition and variant, found by asking botocore's rules for every Region."""
    from botocore.endpoint_provider import EndpointProvider
    from botocore.exceptions import EndpointProviderError

    loader = session.get_component("data_loader")
    partitions = loader.load_data("partitions")
    provider = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)

    def ask(region, variant):
        try:
            answer = provider.resolve_endpoint(
                Region=region, UseFIPS="fips" in variant, UseDualStack="dual" in variant,
                **({"UseGlobalEndpoint": False} if service in ("sts", "s3") else {}))
        except EndpointProviderError:
            return None
        scheme = (answer.properties.get("authSchemes") or [{}])[0]
        assert answer.url.startswith("https://"), answer.url
        signing = scheme.get("signingRegion", region)
        return answer.url[len("https://"):].replace(region, "{region}"), "{region}" if signing == region else signing

    table, special = {}, {}
    for partition in partitions["partitions"]:
        regions = [r for r in partition["regions"] if not r.endswith("-global")]
        for variant in VARIANTS:
            found = {r: ask(r, variant) for r in regions + [prefix_region[partition["id"]]]}
            usual = found[prefix_region[partition["id"]]]
            table.setdefault(partition["id"], {})[variant] = list(usual) if usual else None
            for region, answer in found.items():
                literal = [usual[0].replace("{region}", region), usual[1].replace("{region}", region)] if usual else None
                seen = [answer[0].replace("{region}", region), answer[1].replace("{region}", region)] if answer else None
                if seen != literal:
                    special.setdefault(region, {})[variant] = seen
    return table, special


def invented(partition):
    """A Region that is not on the list and that the partition's expression matches: how unknown Regions are treated."""
    regex = partition["regionRegex"]
    for lead in ("us", "cn", "us-gov", "us-iso", "us-isob", "eu-isoe", "us-isof", "eusc-de"):
        region = f"{lead}-unknown-99"
        if re.match(regex, region):
            return region
    raise SystemExit(f"no Region for {regex}")


def prefixes(regex):
    """The beginnings that a partition's expression allows: `^(us|eu)\\-\\w+\\-\\d+$` gives us-, eu-."""
    match = re.fullmatch(r"\^(.*)\\-\\w\+\\-\\d\+\$", regex)
    if not match:
        raise SystemExit(f"a partition's expression has a new form: {regex}")
    head = match.group(1).replace("\\-", "-")
    group = re.fullmatch(r"(.*)\(([^()]*)\)(.*)", head)
    heads = [group.group(1) + w + group.group(3) for w in group.group(2).split("|")] if group else [head]
    return [h + "-" for h in heads]


def cut_service(session, service, names, source, prefix_region):
    model = session.get_service_model(service)
    cut = Cut(model)
    meta = model.metadata
    paginators = waiters = {}
    try:
        paginators = session.get_component("data_loader").load_service_model(service, "paginators-1")["pagination"]
    except Exception:
        pass
    try:
        waiters = session.get_component("data_loader").load_service_model(service, "waiters-2")["waiters"]
    except Exception:
        pass
    operations = {}
    for name in sorted(names):
        operation = model.operation_model(name)
        kind, token = repeat(service, operation, model)
        entry = {"method": operation.http.get("method", "POST"), "uri": operation.http.get("requestUri", "/"), "repeat": kind}
        if token:
            entry["token"] = token
        if operation.auth_type == "none":
            entry["unsigned"] = 1
        if operation.http_checksum.get("requestChecksumRequired") or operation.http_checksum_required:
            entry["checksum"] = 1
        for side, shape in (("input", operation.input_shape), ("output", operation.output_shape)):
            if shape is None:
                continue
            cut.add(shape)
            entry[side] = shape.name
            if side == "output" and shape.serialization.get("resultWrapper"):
                entry["wrapper"] = shape.serialization["resultWrapper"]
            if side == "input" and cut.protocol == "rest-xml" and "name" in shape.serialization:
                entry["root"] = shape.serialization["name"]
                if "xmlNamespace" in shape.serialization:
                    entry["ns"] = namespace(shape.serialization["xmlNamespace"])
        errors = []
        for error in operation.error_shapes:
            trait = error.metadata.get("error", {})
            errors.append(trait.get("code") or error.name)
        if errors:
            entry["errors"] = sorted(set(errors))
        if name in paginators:
            entry["page"] = pages(paginators[name])
        operations[name] = entry
    kept = {}
    for name, waiter in sorted(waiters.items()):
        if waiter["operation"] in operations:
            kept[name] = {"operation": waiter["operation"], "delay": waiter["delay"], "max": waiter["maxAttempts"],
                          "accept": [[a["state"], a["matcher"], a.get("argument", ""), str(a["expected"])] for a in waiter["acceptors"]]}
    table, special = endpoints(session, service, prefix_region)
    return {
        "source": source, "service": service, "id": model.service_id, "protocol": model.protocol, "version": meta["apiVersion"],
        "target": meta.get("targetPrefix", ""), "json": meta.get("jsonVersion", "") if model.protocol == "json" else "",
        "signing": model.signing_name, "endpoints": table, "special": special,
        "operations": operations, "waiters": kept, "shapes": dict(sorted(cut.shapes.items())),
    }


def text_of(model):
    """JSON with one operation, shape or endpoint a line, so that a change can be read."""
    compact = lambda v: json.dumps(v, separators=(",", ":"), ensure_ascii=False)  # noqa: E731
    lines = []
    for key, value in model.items():
        if isinstance(value, dict) and value:
            rows = ",\n".join(f"  {compact(k)}: {compact(v)}" for k, v in value.items())
            lines.append(f' {compact(key)}: {{\n{rows}\n }}')
        else:
            lines.append(f" {compact(key)}: {compact(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def produce():
    import botocore
    import botocore.session

    pinned = re.search(r"^botocore==(\S+)", (ROOT / "tests/requirements.txt").read_text(), re.M)
    if not pinned or pinned.group(1) != botocore.__version__:
        raise SystemExit(f"botocore {botocore.__version__} is not the version of tests/requirements.txt")
    source = f"botocore {botocore.__version__}"
    session = botocore.session.get_session()
    partitions = session.get_component("data_loader").load_data("partitions")["partitions"]
    prefix_region = {p["id"]: invented(p) for p in partitions}
    files = {}
    for service, names in read_list(MODELS / "operations.txt").items():
        files[f"{service}.json"] = text_of(cut_service(session, service, names, source, prefix_region))
    files["partitions.json"] = text_of({"source": source, "partitions": {
        p["id"]: {"suffix": p["outputs"]["dnsSuffix"], "dual": p["outputs"]["dualStackDnsSuffix"],
                  "global": p["outputs"]["implicitGlobalRegion"], "prefixes": prefixes(p["regionRegex"]),
                  "regions": sorted(p["regions"])} for p in partitions}})
    return files


def table():
    out = ["| service | protocol | version | number | operations |", "| --- | --- | --- | --- | --- |"]
    total, rows, protocols = 0, [], collections.Counter()
    for service in sorted(read_list(MODELS / "operations.txt")):
        model = json.loads((MODELS / f"{service}.json").read_text())
        marks = {"read": "", "repeatable": "", "once": "¹"}
        names = ", ".join(f"`{n}`" + (marks[o["repeat"]] if not o.get("token") else "²") for n, o in model["operations"].items())
        total += len(model["operations"])
        protocol = model["protocol"] + (" " + model["json"] if model["json"] else "")
        protocols[protocol] += len(model["operations"])
        rows.append(f"| {service} | {protocol} | {model['version']} | {len(model['operations'])} | {names} |")
    per = ", ".join(f"{k} {v}" for k, v in sorted(protocols.items()))
    head = f"{total} operations of {len(rows)} services ({per}), from {model['source']}."
    note = "¹ not repeated after an unknown outcome. ² has a token: a repeat with the same token is harmless."
    return "\n".join([head, "", *out, *rows, "", note]) + "\n"


def write_table(check):
    """Puts the table between its marks; 1 if it was not what it should be."""
    text = PAGE.read_text()
    head, rest = text.split("<!-- operations -->\n", 1)
    _, tail = rest.split("<!-- end of operations -->\n", 1)
    new = f"{head}<!-- operations -->\n\n{table()}\n<!-- end of operations -->\n{tail}"
    if new == text:
        return 0
    if check:
        print(f"{PAGE.relative_to(ROOT)} is not what scripts/aws_models.py --table writes")
    else:
        PAGE.write_text(new)
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    if arguments.table:
        stale = write_table(arguments.check)
        return 1 if arguments.check and stale else 0
    stale = 0
    files = produce()
    for name, text in files.items():
        path = MODELS / name
        if path.exists() and path.read_text() == text:
            continue
        stale += 1
        if arguments.check:
            print(f"{path.relative_to(ROOT)} is not what scripts/aws_models.py writes")
        else:
            path.write_text(text)
    for path in sorted(MODELS.glob("*.json")):
        if path.name not in files:
            stale += 1
            print(f"{path.relative_to(ROOT)} has no entry in operations.txt")
    stale += write_table(arguments.check)
    print(f"{len(files) + 1} files, {stale} {'stale' if arguments.check else 'written'}")
    return 1 if arguments.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
