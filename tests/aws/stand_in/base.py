"""moto below the stand-in: what no entry of our own answers goes to moto in this process, in the account and
Region of the caller; its answers come back as values or, for S3, as they are."""

import importlib
import io
import json
import os
import pickle

from botocore import xform_name
from botocore.parsers import create_parser

# moto looks these up when it is loaded: a local cluster needs no credentials of anybody.
os.environ.setdefault("AWS_ACCESS_KEY_ID", "stand-in")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "stand-in")
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

from moto import backends  # noqa: E402
from moto.core.base_backend import BackendDict  # noqa: E402
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from moto.s3.models import FakeBucket, s3_backends  # noqa: E402

from . import wire  # noqa: E402
from .world import Failure  # noqa: E402

MODULES = ("cloudformation", "dynamodb", "s3")


def has(service, operation):
    """Does moto answer an operation of a service that is left to it?"""
    if service == "s3":
        return True  # moto routes S3 by method and path; test_storage.py calls each
    module = importlib.import_module(f"moto.{service}.responses")
    name = xform_name(operation)
    return any(hasattr(c, name) for n, c in vars(module).items() if n.endswith(("Response", "Handler")) and c.__module__ == module.__name__)


def _without_conditions(policy):
    """moto takes a statement as if its condition held. That of a missing TLS never does: callers here count as using it."""
    kept = [s for s in policy["Statement"] if s.get("Condition") != {"Bool": {"aws:SecureTransport": "false"}}]
    return {**policy, "Statement": kept}


def _permission(bucket, action, resource):
    from moto.iam.access_control import IAMPolicy, PermissionResult

    policy = _without_conditions(json.loads(bucket.policy)) if bucket.policy else {"Statement": []}
    return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource) if policy["Statement"] else PermissionResult.NEUTRAL


FakeBucket.get_permission = _permission


class Moto:
    def __init__(self):
        self.application = DomainDispatcherApplication(create_backend_app)

    def send(self, request, account):
        """Status, headers and body."""
        environ = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": _decoded(request.path),
            "RAW_URI": request.target,
            "REQUEST_URI": request.target,
            "QUERY_STRING": request.query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "5000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "SCRIPT_NAME": "",
            "CONTENT_LENGTH": str(len(request.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(request.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in request.headers.items():
            key = name.upper().replace("-", "_")
            if key == "CONTENT_TYPE":
                environ[key] = value
            elif key not in ("CONTENT_LENGTH", "X_MOTO_ACCOUNT_ID", "TRANSFER_ENCODING"):
                environ["HTTP_" + key] = value
        environ["HTTP_HOST"] = "127.0.0.1:5000"
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
        started = {}

        def start(status, headers, problem=None):
            started["status"], started["headers"] = int(status.split()[0]), headers

        body = b"".join(self.application(environ, start))
        return started["status"], dict(started["headers"]), body

    def s3(self, request, operation, parameters, account):
        """moto lets every account do everything to a bucket. It is its owner's: S3 user guide, "Access control in Amazon S3";
        objects are left to the bucket's policy, which moto reads."""
        name = parameters.get("Bucket")
        owner = s3_backends.bucket_accounts.get(name, (None, account))[1]
        if owner != account and not operation.endswith(("Object", "Objects", "ObjectsV2", "ObjectVersions")) and operation != "CreateBucket":
            raise Failure("AccessDenied", "Access Denied", 403)
        reply = self.send(request, account)
        if operation == "DeleteBucket" and reply[0] < 300:  # moto keeps its tags for the next of that name
            s3_backends[account]["aws"].tagger.delete_all_tags_for_resource(f"arn:aws:s3:::{name}")
        return reply

    def ask(self, request, account):
        """The answer as a value; an error as Failure."""
        status, headers, body = self.send(request, account)
        described = wire.operation_model(request.service, request.operation)
        if status >= 500 and b"<html" in body[:200].lower() or status in (404, 500, 501) and not body.strip():
            raise Failure("NotImplemented", f"The stand-in has no {request.service} {request.operation}.", 501)
        lowered = {k.lower(): v for k, v in headers.items()}
        parser = create_parser("query" if request.protocol == "query" else request.protocol)
        found = parser.parse({"status_code": status, "headers": lowered, "body": body}, described.output_shape)
        if status >= 300:
            error = found.get("Error", {})
            raise Failure(error.get("Code") or "InternalError", error.get("Message") or "", status)
        found.pop("ResponseMetadata", None)
        return found

    @staticmethod
    def reset():
        for module in MODULES:
            backends.get_backend(module).reset()

    @staticmethod
    def save():
        """moto's own objects, as bytes."""
        kept = {}
        for module in sorted(MODULES):
            found: BackendDict = backends.get_backend(module)
            kept[module] = {
                account: {region: backend.__dict__ for region, backend in regions.items()}
                for account, regions in found.items()
            }
        return pickle.dumps(kept)

    @staticmethod
    def load(data):
        """Only what `save` wrote: pickles of strangers are programs."""
        for module, accounts in pickle.loads(data).items():
            found = backends.get_backend(module)
            for account, regions in accounts.items():
                for region, kept in regions.items():
                    found[account][region].__dict__.update(kept)
                    if module == "s3":
                        s3_backends.bucket_accounts.update({name: (region, account) for name in kept["buckets"]})


def _decoded(path):
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(path).decode("latin-1")
