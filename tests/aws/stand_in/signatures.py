"""Signature Version 4, checked from the rules of the IAM user guide, "Create a signed AWS API request":
the signature is computed again from the request and the secret of its key."""

import datetime
import hashlib
import hmac
import re
import urllib.parse

from .world import Failure

SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/,\s]+)/(\d{8})/([^/,\s]+)/([^/,\s]+)/aws4_request,\s*"
    r"SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$"
)


def parse(header):
    match = SIGNED.match(header or "")
    if not match:
        return None
    return dict(zip(("key", "date", "region", "service", "headers", "signature"), match.groups()))


def _mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def expected(signed, secret, request, stamp):
    service = signed["service"]
    path = request.path or "/"
    if service == "s3":
        canonical_path = path
    else:
        canonical_path = urllib.parse.quote(path, safe="/-_.~")
    pairs = []
    for part in request.query.split("&") if request.query else []:
        name, _, value = part.partition("=")
        quote = lambda s: urllib.parse.quote(urllib.parse.unquote(s), safe="-_.~")  # noqa: E731
        pairs.append((quote(name), quote(value)))
    query = "&".join(f"{n}={v}" for n, v in sorted(pairs))
    names = signed["headers"].split(";")
    lines = "".join(f"{n}:{' '.join((request.header(n) or '').split())}\n" for n in names)
    body = request.header("x-amz-content-sha256") if service == "s3" else None
    digest = body or hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join([request.method, canonical_path, query, lines, signed["headers"], digest])
    scope = f"{signed['date']}/{signed['region']}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = _mac(("AWS4" + secret).encode(), signed["date"])
    for part in (signed["region"], service, "aws4_request"):
        key = _mac(key, part)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def codes(wire, service):
    """(unknown key, wrong signature, expired token, too old) as the protocols name them."""
    if wire == "ec2":
        return "AuthFailure", "AuthFailure", "RequestExpired", "RequestExpired"
    if service == "s3":
        return "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "RequestTimeTooSkewed"
    if wire in ("query", "rest-xml"):
        return "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "SignatureDoesNotMatch"
    return "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException", "InvalidSignatureException"


def check(world, request, signed, identity, real_now):
    """Raises what AWS says of a request whose signature, token or time is not right."""
    unknown, wrong, expired, skewed = codes(request.protocol, request.service)
    if identity is None:
        raise Failure(unknown, "The security token included in the request is invalid.", 403)
    if identity.get("token") and request.header("x-amz-security-token") != identity["token"]:
        raise Failure(unknown, "The security token included in the request is invalid.", 403)
    if identity.get("expires") and real_now >= identity["expires"]:
        raise Failure(expired, "The security token included in the request is expired", 403)
    if not world.config["signatures"]:
        return
    stamp = request.header("x-amz-date") or ""
    try:
        then = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        raise Failure(wrong, "The request has no x-amz-date.", 403)
    if abs(then.timestamp() - real_now) > world.config["skew"]:
        raise Failure(skewed, f"Signature expired: {stamp} is not within {world.config['skew']} seconds of now.", 403)
    needed = {"host", "x-amz-date"} | ({"x-amz-security-token"} if identity.get("token") else set())
    present = set(signed["headers"].split(";"))
    if not needed <= present:
        raise Failure(wrong, f"These headers must be signed: {', '.join(sorted(needed - present))}.", 403)
    if signed["date"] != stamp[:8] or expected(signed, identity["secret"], request, stamp) != signed["signature"]:
        raise Failure(
            wrong, "The request signature we calculated does not match the signature you provided.", 403
        )
