"""The HTTP side: one request at a time reaches the world; faults strike before or after."""

import collections
import json
import os
import signal
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import control, seeds, signatures, wire
from .base import Moto
from .faults import Buckets, Faults, failure_of
from .registry import OPERATIONS
from .services import load
from .world import GLOBAL, Call, Failure, World

MAX_BODY = 64 << 20
# Reads by their names; the others change something.
READS = ("Describe", "List", "Get", "Search", "Head", "Lookup", "IsMember", "Verify", "Decode", "Validate", "Filter")
NOT_READS = {("ds", "VerifyTrust"), ("sts", "GetSessionToken")}
# Services whose reads are consistent: S3 and DynamoDB since 2020, tokens always.
CONSISTENT = ("s3", "dynamodb", "sts")
GLOBAL_SERVICES = ("iam", "organizations", "route53", "sts")


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.cut = None  # "all": no byte is sent; "body": half of the body is
        self.length = None  # Content-Length, if not the body's


class StandIn:
    def __init__(self, config=None, seed=None):
        load()
        self.world = World(config)
        self.moto = Moto()
        self.faults, self.buckets = Faults(), Buckets()
        self.calls = collections.deque(maxlen=200_000)
        self.earlier, self.behind = {}, {}  # answers of reads; (account, Region, service) → reads that are still stale
        self.lock = threading.RLock()
        self.number = 0
        self.log = self.state_file = None
        seeds.plant(self.world, seed or seeds.DEFAULT)
        self.seed = seed or seeds.DEFAULT

    def save(self):
        """moto's objects stand beside ours: FILE and FILE.moto."""
        if self.state_file is None:
            return
        with self.lock:
            with open(self.state_file + ".moto", "wb") as out:
                out.write(self.moto.save())
            self.world.save(self.state_file)

    def load(self):
        with open(self.state_file, encoding="utf-8") as source:
            self.world.from_json(json.load(source))
        if os.path.exists(self.state_file + ".moto"):
            with open(self.state_file + ".moto", "rb") as source:
                self.moto.load(source.read())

    def reset(self, seed=None):
        self.seed = seed or self.seed
        self.world.reset()
        self.moto.reset()
        self.faults, self.buckets = Faults(), Buckets()
        self.calls.clear()
        self.earlier, self.behind = {}, {}
        seeds.plant(self.world, self.seed)

    # ---- one request ----
    def answer(self, request):
        """Reply and seconds to wait before it is sent."""
        with self.lock:
            self.number += 1
            self.world.advance(self.world.config["tick"])
            request_id = self.world.uuid()
            entry = {"n": self.number, "method": request.method, "url": request.target, "time": self.world.now()}
            try:
                return self._answer(request, request_id, entry)
            except Failure as failure:
                entry["code"] = failure.code
                return Reply(*wire.write_failure(request.service, request.protocol, failure, request_id)), 0
            except Exception as problem:  # a mistake of the stand-in must look like one
                import traceback

                traceback.print_exc()
                entry["code"] = "StandInMistake"
                failure = Failure("StandInMistake", f"{type(problem).__name__}: {problem}", 500)
                return Reply(*wire.write_failure(request.service, request.protocol, failure, request_id)), 0
            finally:
                self.calls.append(entry)
                if self.log:
                    self.log.write(json.dumps(entry, sort_keys=True, default=str) + "\n")
                    self.log.flush()

    def _answer(self, request, request_id, entry):
        signed = signatures.parse(request.header("authorization"))
        uri_parameters = wire.locate(request, signed["service"] if signed else "")
        entry.update(service=request.service, operation=request.operation)
        call = self._call(request, signed, request_id)
        entry.update(account=call.account, region=call.region, read=call.read, principal=call.principal)
        call.params = wire.read(request, uri_parameters)
        entry["params"] = _told(request.service, call.params)
        struck = self.faults.pick(call)
        if struck:
            entry["faults"] = [f"{r['what']} {r['when']}" for r in struck]
        delay = sum(r.get("seconds", 0) for r in struck if r["what"] == "delay")
        for rule in struck:
            if rule["when"] == "before":
                reply = self._strike(rule, call, request, request_id, None)
                if reply:
                    entry["code"] = rule.get("code") or rule["what"]
                    return reply, delay
        rates = self.world.config["rates"]
        if rates != "off":
            self.buckets.take(call, self.world.now() if rates == "virtual" else time.monotonic())
        call.half = any(r["what"] == "half" for r in struck)
        try:
            reply = self._run(call, request, request_id)
        except Failure as failure:
            entry["code"] = failure.code
            reply = Reply(*wire.write_failure(request.service, request.protocol, failure, request_id))
        entry["status"] = reply.status
        if any(r["what"] == "twice" for r in struck):  # the network delivered the request a second time
            try:
                self._run(call, request, request_id)
            except Failure as failure:
                entry["second"] = failure.code
        for rule in struck:
            if rule["when"] == "after":
                entry["code"] = rule.get("code") or rule["what"]
                reply = self._strike(rule, call, request, request_id, reply) or reply
        return reply, delay

    def _call(self, request, signed, request_id):
        service = request.service
        if signed is None:
            if (service, request.operation) != ("sts", "AssumeRoleWithWebIdentity"):
                unknown = "MissingAuthenticationToken" + ("" if request.protocol in wire.QUERY else "Exception")
                raise Failure(unknown, "Request is missing Authentication Token", 403)
            account, principal, region = "", "anonymous", GLOBAL
        else:
            identity = seeds.identity(self.world, signed["key"])
            signatures.check(self.world, request, signed, identity, time.time())
            account, principal, region = identity["account"], identity["arn"], signed["region"]
            if signed["service"] != wire.model(service).signing_name:
                raise Failure(signatures.codes(request.protocol, service)[1], "Credential should be scoped to correct "
                              f"service: '{wire.model(service).signing_name}'.", 403)  # fmt: skip
        if service in GLOBAL_SERVICES:
            region = GLOBAL
        elif service != "s3" and not seeds.region_enabled(self.world, account, region):
            raise Failure(
                "AuthFailure" if service == "ec2" else "UnrecognizedClientException",
                f"The Region {region} does not exist or is not enabled in account {account}.", 401)  # fmt: skip
        read = request.operation.startswith(READS) and (service, request.operation) not in NOT_READS
        return Call(self.world, service, request.operation, {}, account, region, principal, read=read,
                    request_id=request_id)  # fmt: skip

    def _run(self, call, request, request_id):
        stale = self.world.config["stale"] if call.service not in CONSISTENT else 0
        if not stale:
            return self._fresh(call, request, request_id)
        where = (call.account, call.region, call.service)
        key = (*where, call.operation, json.dumps(call.params, sort_keys=True, default=str))
        if call.read and self.behind.get(where) and key in self.earlier:
            self.behind[where] -= 1
            status, headers, body = self.earlier[key]
            return Reply(status, dict(headers), body)
        reply = self._fresh(call, request, request_id)
        if len(self.earlier) > 10_000:
            self.earlier.clear()
        if call.read:
            self.earlier[key] = (reply.status, reply.headers, reply.body)
        else:
            self.behind[where] = stale
        return reply

    def _fresh(self, call, request, request_id):
        entry = OPERATIONS.get((call.service, call.operation))
        if call.service == "ec2" and call.params.get("DryRun"):
            raise Failure("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
        if entry is None and call.service == "s3":
            return Reply(*self.moto.s3(request, call.operation, call.params, call.account))
        call.moto = lambda: self.moto.ask(request, call.account)
        try:
            answer = entry.run(call, call.params) if entry else call.moto()
        finally:
            call.finish()
        if call.read:
            answer = wire.page(call, answer, self.world.config["page"])
        return Reply(*wire.write(call.service, call.operation, answer, request_id))

    def _strike(self, rule, call, request, request_id, reply):
        what = rule["what"]
        if what in ("error", "throttle"):
            return Reply(*wire.write_failure(request.service, request.protocol, failure_of(rule, call), request_id))
        if what == "html":
            status = rule.get("status", 503)
            return Reply(status, {"Content-Type": "text/html"}, b"<html><body><h1>Service Unavailable</h1></body></html>")
        if what not in ("cut", "truncate", "length", "type"):
            return None
        if reply is None:
            reply = Reply(500, {"Content-Type": "text/plain"}, b"the connection was cut before the effect")
        if what == "cut":
            reply.cut = "all"
        elif what == "truncate":
            reply.cut = "body"
        elif what == "length":
            reply.length = max(0, len(reply.body) - 7)
        else:
            reply.headers["Content-Type"] = "application/octet-stream"
        return reply


SECRETS = {"Password", "TrustPassword", "SharedSecret", "SecretString", "SecretBinary", "NewPassword", "Plaintext",
           "ConnectSettings", "RadiusSettings", "UserData", "WebIdentityToken", "PreSharedKey", "Value",
           "CertificateData", "Body", "authKey", "bgpPeer", "CustomerPassword"}  # fmt: skip


def _told(service, parameters):
    """Parameters for the log, without what may be secret."""
    return {k: "…" if k in SECRETS else _told(service, v) if isinstance(v, dict) else
            str(v)[:400] if not isinstance(v, (int, bool, list)) else v for k, v in parameters.items()}  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version, sys_version = "stand-in", ""
    timeout = 120
    wbufsize = -1

    def log_message(self, *_):
        pass

    def _body(self):
        if self.headers.get("Expect", "").lower() == "100-continue":
            pass  # BaseHTTPRequestHandler has answered it
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            body = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                if len(body) + size > MAX_BODY:
                    raise ValueError("too large")
                body += self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    return body
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MAX_BODY:
            raise ValueError("too large")
        return self.rfile.read(length)

    def handle_any(self):
        try:
            body = self._body()
        except ValueError:
            self.close_connection = True
            return
        stand_in = self.server.stand_in
        if self.path.startswith("/_standin/"):
            status, found = control.serve(stand_in, self.command, self.path, body)
            text = json.dumps(found, sort_keys=True, indent=1, default=str).encode() + b"\n"
            self._send(Reply(status, {"Content-Type": "application/json"}, text))
            return
        reply, delay = stand_in.answer(wire.Inbound(self.command, self.path, self.headers, body))
        if delay:
            time.sleep(delay)
        self._send(reply)

    def _send(self, reply):
        if reply.cut == "all":
            self._cut()
            return
        body = reply.body
        if self.command == "HEAD":
            body = b""
        self.send_response(reply.status)
        length = len(body) if reply.length is None else reply.length
        for name, value in reply.headers.items():
            if name.lower() == "content-length" and self.command == "HEAD":
                length = value
            elif name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        if reply.status not in (204, 304):
            self.send_header("Content-Length", str(length))
        self.end_headers()
        try:
            if reply.cut == "body":
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                self._cut()
                return
            self.wfile.write(body)
            if reply.length is not None:
                self.close_connection = True
        except OSError:
            self.close_connection = True

    def _cut(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_any


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, stand_in, host="127.0.0.1", port=0):
        self.stand_in = stand_in
        super().__init__((host, port), Handler)

    @property
    def url(self):
        return f"http://{self.server_address[0]}:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        pass  # a client that went away


def serve(server, at_end):
    """Until a signal; `at_end` runs once afterwards."""

    def stop(*_):
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        at_end()
