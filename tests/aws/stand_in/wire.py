"""HTTP requests to calls and answers to HTTP, by AWS's published models as botocore carries them.

Everything that the models can say against a request is said here, before any operation sees it."""

import datetime
import json
import re
import urllib.parse
from functools import lru_cache
from xml.sax.saxutils import escape

import regex
from botocore.loaders import Loader
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator
from moto.core.model import ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request
from moto.core.routing import ServiceOperationRouter
from moto.core.serialize import SerializationContext, get_serializer_class
from werkzeug.datastructures import Headers, MultiDict

from .world import Failure

# botocore's own loader, without the models that an SDK user may have added at home
LOADER = Loader(include_default_search_paths=True)

SERVICES = (
    "account cloudformation directconnect ds ds-data dynamodb ec2 iam identitystore kms lambda logs organizations ram"
    " resourcegroupstaggingapi route53 route53resolver s3 secretsmanager service-quotas sns ssm sso-admin sts"
).split()
SIGNED_AS = {"tagging": "resourcegroupstaggingapi", "servicequotas": "service-quotas", "sso": "sso-admin"}
QUERY = ("ec2", "query")
JSON = ("json", "rest-json")


@lru_cache(maxsize=None)
def model(service):
    loaded = LOADER.load_service_model(service, "service-2")
    return ServiceModel(loaded, service)


@lru_cache(maxsize=None)
def paginators(service):
    try:
        return LOADER.load_service_model(service, "paginators-1")["pagination"]
    except Exception:
        return {}


@lru_cache(maxsize=None)
def protocol(service):
    """The first protocol of a model is not always the one that clients of today speak."""
    return {"sns": "query"}.get(service, model(service).metadata["protocol"])


@lru_cache(maxsize=None)
def targets():
    found = {}
    for service in SERVICES:
        prefix = model(service).metadata.get("targetPrefix")
        if prefix:
            found[prefix] = service
    return found


@lru_cache(maxsize=None)
def router(service):
    return ServiceOperationRouter(model(service))


@lru_cache(maxsize=None)
def operation_model(service, name):
    return model(service).operation_model(name)


class Inbound:
    """A request as it came."""

    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path, _, self.query = target.partition("?")
        self.service = self.operation = None
        self.protocol = "json"

    def header(self, name):
        return self.headers.get(name)


class Given(dict):
    """Parameters of a request: a member that the model leaves open and the operation needs is missing, not a mistake."""

    def __init__(self, values, request):
        super().__init__(values)
        self.request = request

    def __missing__(self, name):
        raise Failure(_code(self.request, "missing"), f"The request must contain the parameter {name}")


def _given(value, request):
    if isinstance(value, dict):
        return Given({k: _given(v, request) for k, v in value.items()}, request)
    return [_given(v, request) for v in value] if isinstance(value, list) else value


def locate(request, signed_as):
    """Which operation of which service: from the target header, the action, or method and path."""
    target = request.header("x-amz-target")
    if target and "." in target:
        prefix, _, name = target.rpartition(".")
        service = targets().get(prefix)
        if service is None:
            raise Failure("UnknownOperationException", "")
        request.service, request.protocol = service, protocol(service)
        if name not in model(service).operation_names:
            raise Failure("UnknownOperationException", "")
        request.operation = name
        return {}
    service = SIGNED_AS.get(signed_as, signed_as)
    if service not in SERVICES and (request.header("content-type") or "").startswith("application/x-www-form"):
        service = "sts"  # calls that nobody signs: AssumeRoleWithWebIdentity
    if service not in SERVICES:
        raise Failure("UnknownService", f"The stand-in has no service that is signed as {signed_as}.", 404)
    request.service, request.protocol = service, protocol(service)
    if request.protocol in QUERY:
        form = form_of(request)
        name = form.get("Action")
        if name not in model(service).operation_names:
            raise Failure("InvalidAction", f"The action {name} is not valid for this web service.")
        if form.get("Version") != model(service).api_version:
            raise Failure("InvalidAction", f"Version {form.get('Version')} is not {model(service).api_version}.")
        request.operation = name
        return {}
    if request.protocol == "json":
        raise Failure("UnknownOperationException", "")
    incoming = Request.from_primitives(
        request.method, "http://127.0.0.1" + request.target, Headers(request.headers.items()), request.body
    )
    try:
        found, parameters = router(service).match(incoming)
    except Exception:
        raise Failure("UnknownOperationException", "No operation has this method and path.", 404)
    request.operation = found.name
    return parameters


def form_of(request):
    text = request.body.decode("utf-8", "strict") if request.method == "POST" else request.query
    return MultiDict(urllib.parse.parse_qsl(text, keep_blank_values=True))


def read(request, uri_parameters):
    """The parameters of a request, checked."""
    described = operation_model(request.service, request.operation)
    shape = described.input_shape
    if shape is None:
        return Given({}, request)
    values = form_of(request) if request.protocol in QUERY else MultiDict(
        urllib.parse.parse_qsl(request.query, keep_blank_values=True)
    )
    if request.protocol in JSON and "payload" not in shape.serialization:
        raw = _json_body(request)
        _check_json(raw, shape, "", described.http if request.protocol == "rest-json" else None)
    try:
        parameters = PROTOCOL_PARSERS[request.protocol](described).parse(
            {
                "method": request.method,
                "headers": Headers(request.headers.items()),
                "body": request.body,
                "values": values,
                "url_path": request.path,
                "url_params": uri_parameters,
            }
        )
    except Failure:
        raise
    except Exception as problem:
        raise Failure(_code(request, "malformed"), f"The request cannot be read: {problem}.")
    if request.protocol.startswith("rest"):
        unset = lambda n, v: v is None or v == {} and shape.members[n].serialization.get("location") == "headers"  # noqa: E731
        parameters = {n: v for n, v in parameters.items() if n in uri_parameters or not unset(n, v)}
    report = ParamValidator().validate(parameters, shape)
    if report.has_errors():
        missing = "Missing required" in report.generate_report()
        raise Failure(_code(request, "missing" if missing else "invalid"), report.generate_report())
    if request.protocol in QUERY:
        sent = set(values) - {"Action", "Version"}
        serializer = create_serializer(request.protocol, include_validation=False)
        understood = set(serializer.serialize_to_request(parameters, described)["body"])
        # AWS numbers the members of a list from 1; one that starts at 0 is read, too, by moto's parser only.
        for name in sorted(sent - understood):
            raise Failure(_code(request, "unknown"), f"The parameter {name} is not recognized.")
    elif request.protocol == "rest-json":
        known = {
            m.serialization.get("name", n)
            for n, m in shape.members.items()
            if m.serialization.get("location") == "querystring"
        }
        for name in values:
            if name not in known:
                raise Failure("ValidationException", f"The query parameter {name} is not recognized.")
    if request.service != "s3":
        _check_values(request, parameters, shape, "")
    return _given(parameters, request)


def _json_body(request):
    if not request.body:
        return {}
    try:
        raw = json.loads(request.body)
    except ValueError as problem:
        raise Failure("SerializationException", f"The body is not JSON: {problem}.")
    if not isinstance(raw, dict):
        raise Failure("SerializationException", "The body is not an object.")
    return raw


JSON_TYPES = {
    "string": str, "character": str, "blob": str, "boolean": bool, "integer": int, "long": int,
    "float": (int, float), "double": (int, float), "timestamp": (int, float, str),
    "list": list, "map": dict, "structure": dict,
}  # fmt: skip


def _check_json(raw, shape, path, http=None):
    """Types and unknown members of a JSON body; the models' required members come later."""
    expected = JSON_TYPES.get(shape.type_name)
    if raw is None or getattr(shape, "is_document_type", False):
        return
    if expected and (not isinstance(raw, expected) or (isinstance(raw, bool) and shape.type_name != "boolean")):
        raise Failure("SerializationException", f"{path or 'The body'} is not of type {shape.type_name}.")
    if shape.type_name == "structure":
        names = {
            member.serialization.get("name", name): member
            for name, member in shape.members.items()
            if http is None or "location" not in member.serialization
        }
        for name, value in raw.items():
            if name not in names:
                raise Failure("ValidationException", f"{path}{'.' if path else ''}{name} is not a member of {shape.name}.")
            _check_json(value, names[name], f"{path}.{name}" if path else name)
        if shape.is_tagged_union and sum(v is not None for v in raw.values()) != 1:
            raise Failure("ValidationException", f"{path or shape.name} takes exactly one of its members.")
    elif shape.type_name == "list":
        for index, value in enumerate(raw):
            _check_json(value, shape.member, f"{path}[{index}]")
    elif shape.type_name == "map":
        for key, value in raw.items():
            _check_json(value, shape.value, f"{path}.{key}")


@lru_cache(maxsize=None)
def _pattern(text):
    try:
        return regex.compile(text)
    except regex.error:
        return None  # Java's expressions that regex does not know


def _check_values(request, value, shape, path):
    """Enumerations, patterns and upper bounds, which botocore's own validator leaves to the service."""
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return
    if kind == "structure":
        if shape.name == "Tag" and "Key" in shape.members and not value.get("Key"):  # some models leave it open, no service does
            raise Failure(_code(request, "missing"), f"{path} has no key.")
        for name, inner in value.items():
            if name in shape.members and inner is not None:
                _check_values(request, inner, shape.members[name], f"{path}.{name}" if path else name)
        return
    if kind == "list":
        for index, inner in enumerate(value):
            _check_values(request, inner, shape.member, f"{path}[{index}]")
    elif kind == "map":
        for key, inner in value.items():
            _check_values(request, key, shape.key, f"{path}.{key}")
            _check_values(request, inner, shape.value, f"{path}.{key}")
    most = shape.metadata.get("max")
    if most is not None and kind in ("string", "list", "map", "blob") and len(value) > most:
        raise Failure(_code(request, "invalid"), f"{path} has more than {most} characters or members.")
    if most is not None and kind in ("integer", "long") and value > most:
        raise Failure(_code(request, "invalid"), f"{path} is more than {most}.")
    if kind != "string":
        return
    words = getattr(shape, "enum", None)
    if words and value not in words:
        raise Failure(_code(request, "invalid"), f"Value {value!r} at {path} is not one of {', '.join(words)}.")
    pattern = shape.metadata.get("pattern")
    if pattern:
        compiled = _pattern(pattern)
        if compiled and not compiled.search(value) if pattern[:1] == "^" else compiled and not compiled.fullmatch(value):
            raise Failure(_code(request, "invalid"), f"Value at {path} does not match {pattern}.")


def _code(request, what):
    """How a service says that a request is not what its model wants."""
    if request.service == "ec2":
        return {
            "missing": "MissingParameter", "unknown": "UnknownParameter",
            "malformed": "InvalidParameterValue", "invalid": "InvalidParameterValue",
        }[what]  # fmt: skip
    if request.protocol == "query":
        return {"malformed": "MalformedInput"}.get(what, "ValidationError")
    if request.protocol == "rest-xml":
        return {"s3": "InvalidRequest"}.get(request.service, "InvalidInput")
    if request.service == "ds":
        return {"invalid": "ValidationException"}.get(what, "ValidationException")
    return "SerializationException" if what == "malformed" else "ValidationException"


# ---- answers ----
def conform(value, shape, path="answer"):
    """The part of a value that the model knows; members of our own (they start with an underscore, or belong to
    another view of the object) fall away, numbers become times. A wrong type is our own mistake and told."""
    kind = shape.type_name
    if value is None:
        return None
    if kind == "structure":
        if not isinstance(value, dict):
            raise TypeError(f"{path}: {value!r} is not a structure")
        return {
            name: conform(value[name], member, f"{path}.{name}")
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if kind == "list":
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"{path}: {value!r} is not a list")
        return [conform(v, shape.member, f"{path}[{i}]") for i, v in enumerate(value)]
    if kind == "map":
        return {k: conform(v, shape.value, f"{path}.{k}") for k, v in value.items()}
    if kind == "timestamp" and isinstance(value, (int, float)):
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    if kind == "boolean" and not isinstance(value, bool) or kind in ("integer", "long") and not isinstance(value, int):
        raise TypeError(f"{path}: {value!r} is not of type {kind}")
    if kind == "string" and not isinstance(value, str):
        raise TypeError(f"{path}: {value!r} is not a string")
    return value


def write(service, name, answer, request_id):
    """HTTP status, headers and body of an answer."""
    described = operation_model(service, name)
    if described.output_shape is not None:
        answer = conform(answer or {}, described.output_shape, name)
    wire = protocol(service)
    serializer = get_serializer_class(service, wire)(described, context=SerializationContext(request_id))
    found = serializer.serialize(answer or {})
    body = found["body"]
    headers = dict(found["headers"])
    headers.setdefault("Content-Type", _content_type(service))
    headers["x-amzn-RequestId"] = request_id
    return found["status_code"], headers, body.encode("utf-8") if isinstance(body, str) else body


def _content_type(service):
    wire = protocol(service)
    if wire == "json":
        return f"application/x-amz-json-{model(service).metadata.get('jsonVersion', '1.1')}"
    return "application/json" if wire == "rest-json" else "text/xml;charset=UTF-8"


def write_failure(service, wire, failure, request_id):
    status = failure.status
    shape = None
    if service:
        known = model(service)
        for name in known.shape_names:
            candidate = name == failure.code or name == f"{failure.code}Exception"
            if candidate and known.shape_for(name).metadata.get("exception"):
                shape = known.shape_for(name)
                break
    if shape is None and service:
        shape = _shape_by_code(service, failure.code)
    if status is None and shape is not None:
        status = shape.metadata.get("error", {}).get("httpStatusCode")
    status = status or 400
    fault = "Receiver" if status >= 500 else "Sender"
    headers = {"x-amzn-RequestId": request_id}
    if wire in JSON:
        member = "message"
        if shape is not None and "Message" in shape.members:
            member = "Message"
        body = {member: failure.message, **failure.members}
        if wire == "json":
            body["__type"] = failure.code
        headers["x-amzn-ErrorType"] = failure.code
        headers["Content-Type"] = _content_type(service) if service else "application/x-amz-json-1.1"
        return status, headers, json.dumps(body).encode()
    headers["Content-Type"] = "text/xml;charset=UTF-8"
    code, message = escape(failure.code), escape(failure.message)
    if wire == "ec2":
        text = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
    elif service == "s3":
        text = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
    else:
        text = (
            f"<ErrorResponse><Error><Type>{fault}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    return status, headers, ('<?xml version="1.0" encoding="UTF-8"?>\n' + text).encode()


@lru_cache(maxsize=None)
def _shape_by_code(service, code):
    for shape in model(service).error_shapes:
        if shape.error_code == code:
            return shape
    return None


# ---- pages ----
def page(call, answer, force):
    """Cuts the list of an answer to what one page holds, as the service's published paginators say."""
    rule = paginators(call.service).get(call.operation)
    if not rule or not isinstance(answer, dict):
        return answer
    keys = rule["result_key"] if isinstance(rule["result_key"], list) else [rule["result_key"]]
    inputs = rule["input_token"] if isinstance(rule["input_token"], list) else [rule["input_token"]]
    outputs = rule["output_token"] if isinstance(rule["output_token"], list) else [rule["output_token"]]
    if len(inputs) != 1 or "." in keys[0] or len(outputs) != 1 or not re.fullmatch(r"\w+", outputs[0]):
        return answer
    if answer.get(outputs[0]):
        return answer  # paged already
    rows = answer.get(keys[0])
    if not isinstance(rows, list):
        return answer
    asked = call.params.get(rule.get("limit_key", ""))
    if asked and not str(asked).isdigit():
        raise Failure("InvalidInput" if call.service == "route53" else "ValidationError", f"{asked} is not a number of items.")
    size = int(asked) if asked else DEFAULT_PAGE.get(call.service, 1000)
    if force:
        size = min(size, force)
    start = 0
    token = call.params.get(inputs[0])
    if token:
        match = re.fullmatch(r"page-(\d+)-" + re.escape(call.operation), str(token))
        if not match:
            raise Failure(
                {"ec2": "InvalidNextToken", "ds": "InvalidNextTokenException"}.get(call.service, "InvalidNextToken")
                if protocol(call.service) in ("ec2",) or call.service in ("ds", "route53resolver", "ram")
                else "ValidationException" if protocol(call.service) != "query" else "ValidationError",
                "The token for the next page is not one that this operation gave.",
            )
        start = int(match.group(1))
    answer = dict(answer)
    answer[keys[0]] = rows[start : start + size]
    more = start + size < len(rows)
    if more:
        answer[outputs[0]] = f"page-{start + size}-{call.operation}"
    flag = rule.get("more_results")
    if flag:
        answer[flag] = more
    return answer


DEFAULT_PAGE = {"route53resolver": 100, "sso-admin": 100, "organizations": 20, "identitystore": 100, "iam": 100,
                "ds": 1000, "ram": 500, "directconnect": 100, "kms": 100, "ssm": 50, "logs": 50}  # fmt: skip
