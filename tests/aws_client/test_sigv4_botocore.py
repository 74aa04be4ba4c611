"""Seeded random requests signed by the client and by botocore. Usage: test_sigv4_botocore.py DRIVER [COUNT]"""
import calendar
import random
import sys
import urllib.parse

from common import Failures, b64, drive, need_botocore

PRINTABLE = "".join(chr(c) for c in range(33, 127))
WILD = PRINTABLE + " äß€𝄞/%+&=;?#~"
SEED = 20261124


def word(r, alphabet, low, high):
    return "".join(r.choice(alphabet) for _ in range(r.randint(low, high)))


def random_case(r):
    s3 = r.random() < 0.4
    steps = [word(r, WILD, 1, 8) for _ in range(r.randint(0, 5))]
    if r.random() < 0.3:
        steps.insert(r.randint(0, len(steps)), r.choice([".", "..", ""]))
    path = "/" + "/".join(urllib.parse.quote(s, safe="-_.~") for s in steps)
    if steps and r.random() < 0.3:
        path += "/"
    pairs = [(word(r, WILD, 1, 6), word(r, WILD, 0, 10)) for _ in range(r.randint(0, 6))]
    if pairs and r.random() < 0.5:
        pairs.append((pairs[0][0], word(r, WILD, 0, 10)))
    if r.random() < 0.2:
        pairs += [("Param", "b"), ("Param-3", "a")]
    headers = [["Host", r.choice(["ec2.eu-west-1.amazonaws.com", "bucket.s3.amazonaws.com", "127.0.0.1:4566", "example.com:8443"])]]
    for _ in range(r.randint(0, 4)):
        value = word(r, PRINTABLE + "   ", 1, 20).strip() or "x"
        headers.append(["X-Amz-" + word(r, "abcdefgHIJK-", 3, 9).strip("-") + word(r, "xyz", 1, 2), value])
    # botocore joins values of one name in another order of headers than theirs; one value each here.
    seen, unique = set(), []
    for name, value in headers:
        if name.lower() not in seen:
            seen.add(name.lower())
            unique.append([name, value])
    if r.random() < 0.5:
        unique.append(["User-Agent", "had"])
    body = r.randbytes(r.randint(0, 200)) if r.random() < 0.7 else b""
    presigned = r.random() < 0.35
    if presigned:  # botocore keeps one value of a name there, and moves the body into the query
        body, pairs = b"", list(dict(pairs).items())
    return {
        "s3": s3, "method": r.choice(["GET", "POST", "PUT", "DELETE", "HEAD"]), "path": path, "pairs": pairs,
        "headers": unique, "body": body, "region": r.choice(["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"]),
        "service": "s3" if s3 else r.choice(["ec2", "ds", "sts", "route53resolver"]),
        "id": "AKIA" + word(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16, 16), "secret": word(r, PRINTABLE, 40, 40),
        "token": word(r, PRINTABLE.replace(",", ""), 50, 300) if r.random() < 0.5 else "",
        "time": r.randint(0, 4000000000), "presigned": presigned, "expires": r.randint(1, 604800),
        "unsigned": s3 and r.random() < 0.3,
    }


def query_of(pairs):
    return "&".join(f"{urllib.parse.quote(k, safe='-_.~')}={urllib.parse.quote(v, safe='-_.~')}" for k, v in pairs)


def ours(case):
    request = {
        "do": "sign", "method": case["method"], "path": case["path"], "query": query_of(case["pairs"]),
        "headers": case["headers"], "body": b64(case["body"]), "region": case["region"], "service": case["service"],
        "id": case["id"], "secret": case["secret"], "token": case["token"], "time": case["time"],
        "raw_path": case["s3"], "content_header": case["s3"] and not case["presigned"],
        "unsigned_payload": case["unsigned"] or (case["s3"] and case["presigned"]),
    }
    if case["presigned"]:
        request["expires"] = case["expires"]
    return request


def theirs(case):
    """(signature, what is sent in addition) by botocore, its clock set to the case's."""
    import datetime
    import unittest.mock

    from botocore import auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    keys = Credentials(case["id"], case["secret"], case["token"] or None)
    if case["presigned"]:
        kind = auth.S3SigV4QueryAuth if case["s3"] else auth.SigV4QueryAuth
        signer = kind(keys, case["service"], case["region"], expires=case["expires"])
    else:
        kind = auth.S3SigV4Auth if case["s3"] else auth.SigV4Auth
        signer = kind(keys, case["service"], case["region"])
    host = dict((n.lower(), v) for n, v in case["headers"])["host"]
    query = query_of(case["pairs"])
    url = f"https://{host}{case['path']}" + (f"?{query}" if query else "")
    request = AWSRequest(method=case["method"], url=url, data=case["body"], headers=dict(case["headers"]))
    if case["unsigned"] and not case["presigned"]:
        request.context["payload_signing_enabled"] = False
        request.context["client_config"] = unittest.mock.Mock(s3={"payload_signing_enabled": False})
    now = datetime.datetime.fromtimestamp(case["time"], datetime.timezone.utc)
    with unittest.mock.patch("botocore.auth.get_current_datetime", lambda *a, **k: now.replace(tzinfo=None)):
        signer.add_auth(request)
    if case["presigned"]:
        query = urllib.parse.urlsplit(request.url).query
        sent = sorted(query.split("&"))
        return next(p.split("=")[1] for p in sent if p.startswith("X-Amz-Signature=")), sent
    authorization = request.headers["Authorization"]
    return authorization.rsplit("Signature=", 1)[1], authorization


def main(driver, count="6000"):
    need_botocore()
    r = random.Random(SEED)
    cases = [random_case(r) for _ in range(int(count))]
    answers = drive(driver, [ours(c) for c in cases])
    failures = Failures()
    for number, (case, answer) in enumerate(zip(cases, answers)):
        signature, sent = theirs(case)
        if case["presigned"]:
            seen = sorted(answer["query"].split("&"))
        else:
            seen = dict(answer["headers"])["Authorization"]
        if answer["signature"] != signature or seen != sent:
            failures.add(f"case {number}: {case}", f"botocore {sent}", f"had      {seen}", answer["canonical"])
    kinds = (sum(c["s3"] for c in cases), sum(c["presigned"] for c in cases), sum(bool(c["token"]) for c in cases))
    print("seed %d: %d for s3, %d presigned, %d with a session token" % (SEED, *kinds))
    return failures.finish(len(cases), "random requests signed twice")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
