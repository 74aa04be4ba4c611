"""Random values of botocore's shapes, in three spellings: botocore's, the client's JSON, and bytes on the wire."""
import base64
import datetime
import random
import xml.sax.saxutils

TEXTS = ["", "a", "corp.example.com", "x & y < z > \"q\" 'p'", "ä€𝄞", " lead and trail ", "a=b&c;d/e?f", "line\nbreak", "-1", "%20+~", "{}[]#@!"]
NAME = "abcdefghijklmnopqrstuvwxyz0123456789-"


class Maker:
    """Makes values; `depth` ends recursive shapes, `sparse` is the chance that an optional member is absent."""

    def __init__(self, r, sparse=0.4, lists=3, safe_headers=True):
        self.r, self.sparse, self.lists = r, sparse, lists

    def text(self, shape=None, where=None):
        r = self.r
        if shape is not None and getattr(shape, "enum", None) and r.random() < 0.8:
            return r.choice(shape.enum)
        if where == "host":
            return "".join(r.choice(NAME[:36]) for _ in range(r.randint(3, 12)))
        if where == "uri":
            return r.choice([t for t in TEXTS if t.strip("\n") and "\n" not in t]) + r.choice(NAME)
        if where == "header":
            return r.choice(["plain", "with space", "a=b", "ä", "semi;colon", "\"quoted\""])
        return r.choice(TEXTS) + "".join(r.choice(NAME) for _ in range(r.randint(0, 6)))

    def value(self, shape, depth=0, where=None):
        r, kind = self.r, shape.type_name
        if kind == "structure":
            if getattr(shape, "is_document_type", False):
                return {"a": [1, "x", None, True], "b": {"c": 2.5}}
            out = {}
            members = list(shape.members.items())
            if getattr(shape, "is_tagged_union", False):
                members = [r.choice(members)]
            for name, member in members:
                needed = name in shape.required_members or getattr(shape, "is_tagged_union", False)
                if not needed and (depth > 5 or r.random() < self.sparse):
                    continue
                place = member.serialization.get("location")
                out[name] = self.value(member, depth + 1, {"uri": "uri", "header": "header", "headers": "header"}.get(place))
            return out
        if kind == "list":
            most = 0 if depth > 6 else self.lists
            return [self.value(shape.member, depth + 1, where) for _ in range(r.randint(1 if where == "header" else 0, max(most, 1 if where == "header" else 0)))]
        if kind == "map":
            return {self.key(i): self.value(shape.value, depth + 1, where) for i in range(r.randint(0, 3))}
        if kind == "string":
            return self.text(shape, where)
        if kind in ("integer", "long"):
            return r.choice([0, 1, -1, 42, 2**31 - 1, -(2**31), r.randint(0, 10**6)] + ([2**40, -(2**53)] if kind == "long" else []))
        if kind in ("float", "double"):
            return r.choice([0.0, 1.5, -2.25, 1e-07, 12345.678, 1e21, r.random()])
        if kind == "boolean":
            return r.random() < 0.5
        if kind == "timestamp":
            micro = 0 if where == "header" or r.random() < 0.6 else r.choice([500000, 123456, 1])
            return datetime.datetime.fromtimestamp(r.randint(0, 4 * 10**9), datetime.timezone.utc).replace(microsecond=micro)
        if kind == "blob":
            return r.randbytes(r.randint(0, 20))
        raise SystemExit(f"no value for {kind}")

    def key(self, i):
        return "".join(self.r.choice(NAME[:26]) for _ in range(5)) + str(i)


def iso(value):
    text = value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{value.microsecond:06d}".rstrip("0") if value.microsecond else "") + "Z"


def to_json(value):
    """botocore's spelling to the client's: times are ISO texts, bytes base64."""
    if isinstance(value, dict):
        return {k: to_json(v) for k, v in value.items()}
    if isinstance(value, list):
        return [to_json(v) for v in value]
    if isinstance(value, datetime.datetime):
        return iso(value)
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return value


class Wire:
    """Answers as services write them, by the rules of the protocols' specification (Smithy), not by a parser's."""

    def __init__(self, protocol, r):
        self.protocol, self.r = protocol, r

    def time(self, value, form):
        seconds = value.timestamp()
        if form == "rfc822":
            return value.strftime("%a, %d %b %Y %H:%M:%S GMT")
        if form == "unixtimestamp":
            return int(seconds) if value.microsecond == 0 else round(seconds, 6)
        return iso(value)

    def scalar(self, shape, value, default):
        kind = shape.type_name
        if kind == "boolean":
            return "true" if value else "false"
        if kind == "timestamp":
            return str(self.time(value, shape.serialization.get("timestampFormat", default).lower()))
        if kind == "blob":
            return base64.b64encode(value).decode()
        if kind in ("float", "double"):
            return repr(value)
        return str(value)

    # XML
    def element(self, name, inner):
        return f"<{name}>{inner}</{name}>" if inner or self.r.random() < 0.5 else f"<{name}/>"

    def xml(self, name, shape, value):
        kind = shape.type_name
        if kind == "structure":
            return self.element(name, self.xml_members(shape, value))
        if kind == "list":
            flat = shape.serialization.get("flattened")
            item = shape.member.serialization.get("name", name if flat else "member")
            if self.protocol == "ec2" and not flat:
                item = shape.member.serialization.get("name", "item")
            inner = "".join(self.xml(item, shape.member, v) for v in value)
            return inner if flat else self.element(name, inner)
        if kind == "map":
            key, item = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
            entries = [self.xml(key, shape.key, k) + self.xml(item, shape.value, v) for k, v in value.items()]
            if shape.serialization.get("flattened"):
                return "".join(f"<{name}>{e}</{name}>" for e in entries)
            return self.element(name, "".join(f"<entry>{e}</entry>" for e in entries))
        return self.element(name, xml.sax.saxutils.escape(self.scalar(shape, value, "iso8601")))

    def xml_members(self, shape, value):
        parts = []
        for name, member in shape.members.items():
            if name not in value or member.serialization.get("location"):
                continue
            parts.append(self.xml(member.serialization.get("name", name), member, value[name]))
        self.r.shuffle(parts)
        return ("\n  " if parts and self.r.random() < 0.3 else "").join(parts)

    # JSON
    def json(self, shape, value):
        kind = shape.type_name
        if value is None or getattr(shape, "is_document_type", False):
            return value
        if kind == "structure":
            return {m.serialization.get("name", n): self.json(m, value[n]) for n, m in shape.members.items()
                    if n in value and not m.serialization.get("location")}
        if kind == "list":
            return [self.json(shape.member, v) for v in value]
        if kind == "map":
            return {k: self.json(shape.value, v) for k, v in value.items()}
        if kind == "timestamp":
            return self.time(value, shape.serialization.get("timestampFormat", "unixtimestamp").lower())
        if kind == "blob":
            return base64.b64encode(value).decode()
        return value
