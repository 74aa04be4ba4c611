"""AWS's own suite for Signature Version 4, both forms, every stage. Usage: test_sigv4_suite.py DRIVER FOLDER

HAD_SIGV4_SUITE names another folder, such as a newer copy of the suite.
"""
import calendar
import json
import os
import pathlib
import sys
import time

from common import Failures, b64, drive

STAGES = (("canonical-request", "canonical"), ("string-to-sign", "to_sign"), ("signature", "signature"))


def read_request(data):
    head, _, body = data.partition(b"\n\n")
    lines = head.decode().rstrip("\n").split("\n")
    method, rest = lines[0].split(" ", 1)
    target = rest.rsplit(" HTTP/1.1", 1)[0]
    headers = []
    for line in lines[1:]:
        if line[:1] in " \t":
            headers[-1][1] += "\n" + line
        elif line:
            headers.append(line.split(":", 1))
    path, _, query = target.partition("?")
    return method, path, query, headers, body


def case(folder, presigned):
    context = json.loads((folder / "context.json").read_text())
    method, path, query, headers, body = read_request((folder / "request.txt").read_bytes())
    keys = context["credentials"]
    request = {
        "do": "sign", "method": method, "path": path, "query": query, "headers": headers, "body": b64(body),
        "region": context["region"], "service": context["service"], "id": keys["access_key_id"],
        "secret": keys["secret_access_key"], "token": keys.get("token", ""),
        "time": calendar.timegm(time.strptime(context["timestamp"], "%Y-%m-%dT%H:%M:%SZ")),
        "keep_path": not context["normalize"], "token_after": context.get("omit_session_token", False),
        "content_header": context["sign_body"] and not presigned,
    }
    if presigned:
        request["expires"] = context["expiration_in_seconds"]
    return request


def signed_request(folder, kind):
    """Headers, or parts of the query, that the signed request holds: lower-case names, sorted."""
    method, path, query, headers, body = read_request((folder / f"{kind}-signed-request.txt").read_bytes())
    if kind == "query":
        return sorted(query.split("&"))
    return sorted([n.lower(), v] for n, v in headers)


def main(driver, root):
    root = os.environ.get("HAD_SIGV4_SUITE", root)
    folders = sorted(p for p in (pathlib.Path(root) / "v4").iterdir() if p.is_dir())
    cases = [(f, k) for f in folders for k in ("header", "query")]
    answers = drive(driver, [case(f, k == "query") for f, k in cases])
    failures = Failures()
    for (folder, kind), answer in zip(cases, answers):
        for stage, key in STAGES:
            wanted = (folder / f"{kind}-{stage}.txt").read_bytes().decode()
            if answer[key] != wanted:
                failures.add(f"{folder.name} {kind} {stage}", repr(wanted), repr(answer[key]))
        wanted = signed_request(folder, kind)
        if kind == "query":
            seen = sorted(answer["query"].split("&"))
            if not {p for p in wanted if p.startswith("X-Amz-")} <= set(seen):
                failures.add(f"{folder.name} signed query", wanted, seen)
        else:
            request = case(folder, False)
            seen = sorted([n.lower(), v] for n, v in request["headers"] + answer["headers"])
            if seen != wanted:
                failures.add(f"{folder.name} signed headers", wanted, seen)
    return failures.finish(len(cases), f"signatures of {len(folders)} cases of the suite")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
