"""Every operation with random parameters: it answers by its model or refuses with an error that its model has.

Identifiers come from earlier answers, so that calls reach objects of each other."""

import collections
import json
import os
import random

import regex
from botocore import xform_name
from botocore.exceptions import ClientError

from common import MANAGEMENT, NETWORK, Case, main
from stand_in import wire
from stand_in.registry import OPERATIONS

# Codes that a service may give beside those that an operation lists: each service's page "Common Errors".
COMMON = {"AccessDeniedException", "AccessDenied", "ThrottlingException", "Throttling", "ValidationException", "ValidationError", "SerializationException"}
# Services whose models list no errors, or not all of them (EC2: "Error codes for the Amazon EC2 API").
UNLISTED = {"ec2", "sns", "route53", "iam", "cloudformation"}
TEXTS = [
    "d-1234567890", "abc", "arn:aws:sso:::instance/ssoins-1234567890abcdef", "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef",
    "222222222222", "o-a1b2c3d4e5", "r-a1b2", "ou-a1b2-00000000", "p-12345678", "t-1234567890", "s-1234567890", "c-1234567890", "e-1234567890",
    "corp.example.com", "1.2.3.4", "10.0.0.0/8", "/a/b", "eu-west-1", "abcdefgh-12", "A" * 32, "1234567890-11111111-1111-4111-a111-111111111111",
    "11111111-1111-4111-a111-111111111111", "arn:aws:sso::123456789012:application/ssoins-1234567890abcdef/apl-1234567890abcdef", "da-1234567890abcdef",
    "car-" + "1" * 32, "1", "a@example.com", "PT1H", "https://x.example", "arn:aws:secretsmanager:eu-west-1:222222222222:secret:x-AbCdEf",
    "arn:aws:iam::222222222222:role/x", "arn:aws:lambda:eu-west-1:222222222222:function:abc",
]  # fmt: skip
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
SKIPPED = {"DryRun", "NextToken", "nextToken", "Marker"}


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.pool = collections.defaultdict(list)  # member name in small letters → values of earlier answers

    def harvest(self, value, name=""):
        if isinstance(value, dict):
            for key, inner in value.items():
                self.harvest(inner, key)
        elif isinstance(value, list):
            for inner in value:
                self.harvest(inner, name[:-1] if name.endswith("s") else name)
        elif isinstance(value, str) and value and len(value) < 200 and len(self.pool[name.lower()]) < 40:
            self.pool[name.lower()].append(value)

    def value(self, shape, name="", depth=0):
        r, kind = self.random, shape.type_name
        if getattr(shape, "is_document_type", False):
            return "abc"
        if kind == "structure":
            members = {k: m for k, m in shape.members.items() if k not in SKIPPED}
            needed = set(shape.required_members)
            if shape.is_tagged_union:
                needed = {r.choice(list(members))}
                members = {k: members[k] for k in needed}
            return {k: self.value(m, k, depth + 1) for k, m in members.items() if k in needed or depth < 5 and r.random() < 0.3}
        if kind == "list":
            return [self.value(shape.member, name[:-1] if name.endswith("s") else name, depth + 1) for _ in range(max(shape.metadata.get("min", 1), 1))]
        if kind == "map":
            return {str(self.value(shape.key, name, depth + 1)): self.value(shape.value, name, depth + 1)}
        if kind == "string":
            return self.text(shape, name)
        if kind in ("integer", "long"):
            return min(max(shape.metadata.get("min", 1), r.choice([1, 2, 16, 100, 64512])), shape.metadata.get("max", 1 << 31))
        return {"float": 1.5, "double": 1.5, "boolean": r.random() < 0.5, "blob": b"{}", "timestamp": 1_700_000_000}[kind]

    def text(self, shape, name):
        r, low = self.random, name.lower()
        if getattr(shape, "enum", None):
            return r.choice(shape.enum)
        known = self.pool.get(low) or self.pool.get(low.removeprefix("target").removeprefix("resource").removeprefix("source"))
        if known and r.random() < 0.75:
            return r.choice(known)
        guess = "a" * max(shape.metadata.get("min", 3), 1)
        for part, text in (("cidr", r.choice(["10.0.0.0/16", "10.0.0.0/26", "10.0.0.128/26"])), ("policy", POLICY), ("content", POLICY), ("account", NETWORK),
                           ("zone", "eu-west-1a"), ("domain", "corp.example.com"), ("region", "eu-central-1")):  # fmt: skip
            if part in low:
                guess = text
                break
        else:
            if low.endswith("ip") or "ipaddress" in low or "dnsip" in low:
                guess = "10.0.0.9"
        pattern = shape.metadata.get("pattern")
        if pattern:
            try:
                compiled = regex.compile(pattern)
            except regex.error:
                return guess
            if not compiled.fullmatch(guess):
                fits = [t for t in TEXTS if compiled.fullmatch(t)]
                return r.choice(fits) if fits else guess
        return guess


class Models(Case):
    def test_every_operation(self):
        maker = Maker(int(os.environ.get("SEED", "1")))
        self.control("POST", "config", {"quotas": {"ec2.vpcs": 1000, "ec2.tgws": 1000}, "tick": 30.0})
        clients, done, unlisted, mistakes = {}, set(), collections.Counter(), []
        for _ in range(int(os.environ.get("ROUNDS", "2"))):
            order = sorted(OPERATIONS, key=lambda k: (not k[1].startswith(("Create", "Put", "Register", "Allocate", "Run")), maker.random.random()))
            for service, name in order:
                if service == "sts" or name in ("DeleteOrganization", "RemoveAccountFromOrganization", "CloseAccount"):
                    continue
                account = MANAGEMENT if service in ("organizations", "sso-admin", "identitystore", "account") else NETWORK
                if service not in clients:
                    clients[service] = self.client(service, account, validate=False)
                described = wire.operation_model(service, name)
                given = maker.value(described.input_shape) if described.input_shape else {}
                try:
                    maker.harvest(getattr(clients[service], xform_name(name))(**given))
                    done.add((service, name))
                except ClientError as problem:
                    code = problem.response["Error"]["Code"]
                    if code == "StandInMistake":
                        mistakes.append(f"{service} {name} {given}: {problem}")
                        continue
                    listed = COMMON | {c for s in described.error_shapes for c in (s.error_code, s.name)}
                    if service not in UNLISTED and code not in listed:
                        unlisted[f"{service} {name} {code}"] += 1
            # what was made outlives the process
            self.stand_in.world.from_json(json.loads(json.dumps(self.stand_in.world.to_json())))
        self.assertEqual(mistakes, [])
        self.assertEqual(dict(unlisted), {})
        print(f"{len(OPERATIONS)} operations, {len(done)} of them succeeded with random parameters")


if __name__ == "__main__":
    main()
