"""Every operation of the models against botocore's serializers and parsers, with seeded random values.

Usage: test_protocols.py DRIVER [VALUES-PER-OPERATION]
"""
import base64
import collections
import json
import random
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

from common import Failures, b64, drive, need_botocore
from values import Maker, Wire, to_json

SEED = 20261124


def canonical_xml(data):
    def walk(node):
        return (node.tag, sorted(node.attrib.items()), number_text(node.text or ""), [walk(c) for c in node])

    return walk(ElementTree.fromstring(data)) if data else None


def numbers(value):
    """1.0 and 1 are one number; a repr such as 1e+21 and 1e21 too."""
    if isinstance(value, dict):
        return {k: numbers(v) for k, v in value.items()}
    if isinstance(value, list):
        return [numbers(v) for v in value]
    if isinstance(value, float) and value == int(value):
        return int(value)
    return value


def number_text(text):
    """Spellings of one number or time as one: 1e+21 and 1e21, .500000Z and .5Z."""
    if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+\.\d+Z", text):
        return text[:-1].rstrip("0") + "Z"
    if re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text):
        return repr(float(text)) if "." in text or "e" in text or len(text) > 16 else repr(float(int(text)))
    return text


def pairs_of(query):
    return sorted((k, number_text(v)) for k, v in urllib.parse.parse_qsl(query, keep_blank_values=True))


def normal_request(protocol, method, path, query, headers, body):
    if protocol in ("ec2", "query"):
        body = pairs_of(body.decode())
    elif protocol in ("json", "rest-json"):
        try:
            body = numbers(json.loads(body)) if body else None
        except ValueError:
            pass
    elif body.startswith(b"<"):
        body = canonical_xml(body)
    return method, path, pairs_of(query), sorted((n.lower(), v) for n, v in headers), body


def theirs(model, operation, value):
    from botocore.serialize import create_serializer

    made = create_serializer(model.protocol, include_validation=False).serialize_to_request(value, operation)
    url = urllib.parse.urlsplit(made["url_path"])
    query = made["query_string"] or {}
    parts = urllib.parse.parse_qsl(url.query, keep_blank_values=True)
    for key, item in query.items() if isinstance(query, dict) else []:
        parts += [(key, str(i)) for i in (item if isinstance(item, list) else [item])]
    body = made["body"]
    if isinstance(body, dict):
        body = urllib.parse.urlencode(body).encode()
    headers = [(n, str(v)) for n, v in made["headers"].items()]
    if model.protocol == "rest-xml" and body and not streams(operation) and "Content-Type" not in made["headers"]:
        headers.append(("Content-Type", "application/xml"))  # botocore adds it in a handler
    return normal_request(model.protocol, made["method"], url.path, urllib.parse.urlencode(parts), headers, body)


def streams(operation):
    shape = operation.input_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    return payload and shape.members[payload].type_name in ("blob", "string")


def check_requests(driver, models, count, failures):
    cases, requests = [], []
    for service, model, names in models:
        for name in names:
            operation = model.operation_model(name)
            r = random.Random(f"{SEED} {service} {name}")
            for i in range(count):
                maker = Maker(r, sparse=[0.4, 0.0, 0.9][min(i, 2)] if i < 3 else 0.5)
                value = maker.value(operation.input_shape) if operation.input_shape is not None else {}
                if service == "s3" and "Bucket" in value:
                    value["Bucket"] = maker.text(where="host")
                # Fixed here, so that neither side makes one up.
                for member in operation.idempotent_members:
                    value.setdefault(member, "token-" + str(i))
                cases.append((service, model, operation, value))
                requests.append({"do": "request", "service": service, "operation": name, "params": to_json(value)})
    for (service, model, operation, value), answer in zip(cases, drive(driver, requests)):
        wanted = theirs(model, operation, value)
        if "error" in answer:
            failures.add(f"{service} {operation.name}: {answer['error']}", to_json(value))
            continue
        seen = normal_request(model.protocol, answer["method"], answer["path"], answer["query"], answer["headers"],
                              base64.b64decode(answer["body"]))
        if seen != wanted:
            failures.add(f"{service} {operation.name}", f"botocore {wanted}", f"had      {seen}")
    return len(cases)


def wire_answer(model, operation, value, r):
    shape, wire = operation.output_shape, Wire(model.protocol, r)
    headers = [["x-amzn-RequestId", "11111111-2222-3333-4444-555555555555"]]
    if shape is None:
        return headers, b"" if model.protocol.startswith("rest") or model.protocol == "json" else (
            f"<{operation.name}Response><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{operation.name}Response>").encode()
    for name, member in shape.members.items():
        place, wired = member.serialization.get("location"), member.serialization.get("name", name)
        if name not in value or not place:
            continue
        if place == "header":
            item = value[name]
            text = ", ".join(wire.scalar(member.member, v, "rfc822") for v in item) if isinstance(item, list) else wire.scalar(member, item, "rfc822")
            headers.append([wired, text])
        elif place == "headers":
            headers += [[wired + k, v] for k, v in value[name].items()]
    payload = shape.serialization.get("payload")
    body_shape, body_value = (shape.members[payload], value.get(payload)) if payload else (shape, value)
    if payload and body_shape.type_name in ("blob", "string"):
        return headers, (body_value if isinstance(body_value, bytes) else (body_value or "").encode())
    if model.protocol in ("json", "rest-json"):
        return headers, json.dumps(wire.json(body_shape, body_value or {})).encode()
    inner = wire.xml_members(body_shape, body_value or {})
    head = r.choice(["", '<?xml version="1.0" encoding="UTF-8"?>\n'])
    if model.protocol == "ec2":
        text = f'<{operation.name}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>59dbff89</requestId>{inner}</{operation.name}Response>'
    elif model.protocol == "query":
        wrapper = shape.serialization["resultWrapper"]
        text = (f'<{operation.name}Response xmlns="https://x.amazonaws.com/doc/{model.api_version}/"><{wrapper}>{inner}</{wrapper}>'
                f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{operation.name}Response>")
    else:
        text = f'<{body_shape.name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inner}</{body_shape.name}>'
    return headers, (head + text).encode()


def clean(value):
    """Without what the client says apart, and with numbers as one kind."""
    value = dict(value)
    value.pop("ResponseMetadata", None)
    return numbers(to_json(value))


def check_answers(driver, models, count, failures):
    from botocore.parsers import create_parser
    from botocore.awsrequest import HeadersDict

    cases, requests = [], []
    for service, model, names in models:
        for name in names:
            operation = model.operation_model(name)
            r = random.Random(f"{SEED} answer {service} {name}")
            for i in range(count):
                maker = Maker(r, sparse=[0.4, 0.0, 0.9][min(i, 2)] if i < 3 else 0.5)
                value = maker.value(operation.output_shape) if operation.output_shape is not None else {}
                headers, body = wire_answer(model, operation, value, r)
                cases.append((service, model, operation, headers, body))
                requests.append({"do": "answer", "service": service, "operation": name, "status": 200, "headers": headers, "body": b64(body)})
    for (service, model, operation, headers, body), answer in zip(cases, drive(driver, requests)):
        shape = operation.output_shape
        payload = shape.serialization.get("payload") if shape is not None else None
        parser = create_parser(model.protocol)
        wanted = parser.parse({"status_code": 200, "headers": HeadersDict(headers), "body": body if not is_stream(shape, payload) else Stream(body)}, shape)
        wanted = clean({k: (v.data if isinstance(v, Stream) else v) for k, v in wanted.items()})
        seen = numbers(answer.get("value")) if "value" in answer else answer
        if seen != wanted:
            failures.add(f"{service} {operation.name}", f"body     {body!r}", f"headers  {headers}", f"botocore {wanted}", f"had      {seen}")
    return len(cases)


class Stream:
    """The body of a streamed answer, which botocore hands on as it is."""

    def __init__(self, data):
        self.data = data


def is_stream(shape, payload):
    return payload and shape.members[payload].type_name == "blob"


def main(driver, count="20"):
    need_botocore()
    import botocore.session

    session = botocore.session.get_session()
    listed = drive(driver, [{"do": "models"}])[0]
    models = [(s, session.get_service_model(s), names) for s, names in listed["services"].items()]
    failures = Failures()
    requests = check_requests(driver, models, int(count), failures)
    answers = check_answers(driver, models, int(count), failures)
    per = collections.Counter()
    for _, model, names in models:
        per[model.protocol] += len(names)
    print(f"seed {SEED}, {listed['source']}: " + ", ".join(f"{k} {v} operations" for k, v in sorted(per.items())))
    print(f"{requests} requests against botocore's serializers, {answers} answers against its parsers")
    return failures.finish(requests + answers, f"random values of {sum(per.values())} operations")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
