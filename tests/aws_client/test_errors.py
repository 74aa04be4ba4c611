"""Errors in every form in which services and proxies send them, against botocore's parsers where these can read
the form, and against the expected code where they cannot. Usage: test_errors.py DRIVER"""
import json
import random
import sys

from common import Failures, b64, drive, need_botocore

SEED = 20261124
CODES = ["ThrottlingException", "InvalidVpcID.NotFound", "EntityAlreadyExists", "AccessDenied", "DependencyViolation", "RequestTimeTooSkewed"]
MESSAGES = ["plain", "with & and <tag>", "ä€", "two  spaces", ""]


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def forms(r):
    """(service, status, headers, body, code, message, request id, whether botocore's answer is the same)"""
    code, message, request = r.choice(CODES), r.choice(MESSAGES), "%08x-%04x" % (r.getrandbits(32), r.getrandbits(16))
    xml_code, xml_message = escape(code), escape(message)
    head = r.choice(["", '<?xml version="1.0" encoding="UTF-8"?>\n'])
    status = r.choice([400, 403, 404, 409, 429, 500, 503])
    ids = [["x-amzn-RequestId", request]]
    where = r.choice(["", "com.amazonaws.ds.v20150416#", "ns.a#b#"])
    uri = r.choice(["", ":http://internal.amazon.com/coral/com.amazon.coral.validate/"])
    yield "ec2", status, [], f"{head}<Response><Errors><Error><Code>{xml_code}</Code><Message>{xml_message}</Message></Error></Errors><RequestID>{request}</RequestID></Response>", code, message, request, True
    yield "iam", status, [], f'{head}<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>{xml_code}</Code><Message>{xml_message}</Message></Error><RequestId>{request}</RequestId></ErrorResponse>', code, message, request, True
    yield "route53", status, [], f'{head}<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>{xml_code}</Code><Message>{xml_message}</Message></Error><RequestId>{request}</RequestId></ErrorResponse>', code, message, request, True
    yield "s3", status, [["x-amz-request-id", request]], f"{head}<Error><Code>{xml_code}</Code><Message>{xml_message}</Message><BucketName>b</BucketName></Error>", code, message, request, True
    yield "s3", 404, [["x-amz-request-id", request]], "", "404", "Not Found", request, True
    for service in ("ds", "ram", "dynamodb"):
        key = r.choice(["message", "Message"])
        yield service, status, ids, json.dumps({"__type": where + code + uri, key: message}), code, message, request, True
    yield "ram", status, ids + [["X-Amzn-ErrorType", where + code + uri]], json.dumps({"message": message}), code, message, request, True
    yield "ram", status, ids, json.dumps({r.choice(["code", "Code"]): where + code, "message": message}), code, message, request, True
    yield "ds", status, ids + [["x-amzn-query-error", f"{code};Sender"]], json.dumps({"__type": "Other", "message": message}), code, message, request, True
    # A proxy's page, an empty answer, a body cut short, the other protocol's form.
    page = "<html><head><title>503</title></head><body><b>Http/1.1 Service Unavailable</b></body></html>"
    for service in ("ec2", "s3", "ds"):
        yield service, 503, [], page, "503", None, "", True
        yield service, 502, [], "", "502", "Bad Gateway", "", True
        yield service, 403, [], "<!DOCTYPE html><html><body>blocked</body></html>", "403", None, "", False
        yield service, 400, [], f"<Response><Errors><Error><Code>{xml_code}</Co", "400", None, "", False
        yield service, 400, [], '{"__type": "Thr', "400", None, "", False
        yield service, 407, [], "proxy authentication required", "407", None, "", False
    yield "ds", 401, [], f"<Response><Errors><Error><Code>{xml_code}</Code><Message>{xml_message}</Message></Error></Errors></Response>", code, message, "", False
    yield "sso-oidc", 400, ids, json.dumps({"error": "invalid_grant", "error_description": message}), "invalid_grant", message, request, False


def main(driver, count="200"):
    need_botocore()
    import botocore.session
    from botocore.awsrequest import HeadersDict
    from botocore.parsers import create_parser

    session, r = botocore.session.get_session(), random.Random(SEED)
    cases = [f for _ in range(int(count)) for f in forms(r)]
    models = {s: session.get_service_model(s) for s in {c[0] for c in cases}}
    listed = drive(driver, [{"do": "models"}])[0]["services"]
    requests = [{"do": "answer", "service": s, "operation": listed[s][0], "status": status, "headers": headers, "body": b64(body.encode())}
                for s, status, headers, body, *_ in cases]
    failures, compared = Failures(), 0
    for (service, status, headers, body, code, message, request, same), seen in zip(cases, drive(driver, requests)):
        wanted = (code, " ".join(message.split()) if message is not None else None, request)
        got = (seen["code"], " ".join(seen["message"].split()) if message is not None else None, seen["request_id"])
        if got != wanted:
            failures.add(f"{service} {status} {headers} {body}", f"expected {wanted}", f"had      {got}")
        if same:
            compared += 1
            parser = create_parser(models[service].protocol)
            parsed = parser.parse({"status_code": status, "headers": HeadersDict(headers), "body": body.encode()}, None)
            theirs = parsed["Error"]["Code"], parsed["Error"].get("Message") or ""
            if theirs[0] != seen["code"] or (message and theirs[1].split() != seen["message"].split()):
                failures.add(f"{service} {status} {body}", f"botocore {theirs}", f"had      {seen}")
    print(f"{compared} of them against botocore's parsers")
    return failures.finish(len(cases), "errors")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
