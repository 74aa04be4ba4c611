#!/usr/bin/env python3
"""Makes the table of IAM actions that direct execution needs beyond what templates need.

    scripts/direct_facts.py            writes compiler/emit/bootstrap/direct.def
    scripts/direct_facts.py --check    writes nothing; fails if a driver makes a call that no table grants

Read are the drivers (runtime/resource/types/*.yaml): every operation that a type's driver names, and what drift asks besides. What the type's rows
of actions.def and of glue.c hold already is left out; a row remains for each type with more:

    DIRECT(type, actions, unscoped)

Needs PyYAML, which scripts/test_tools.sh installs.
"""
import glob
import os
import re
import sys

import yaml

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
OUT = os.path.join(ROOT, "compiler/emit/bootstrap/direct.def")
OPERATION = re.compile(r"^[A-Z]\w+$")
SERVICES = {"sso-admin": "sso"}  # whose IAM prefix is another than the endpoint's
# IAM's names of what the API calls otherwise (Service Authorization Reference, Amazon S3).
ACTIONS = {
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration", "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket", "s3:ListObjectVersions": "s3:ListBucketVersions", "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration", "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
}
# Know no resource, of services whose actions are otherwise bound to names (Service Authorization Reference).
UNSCOPED = re.compile(r"^(ds:Describe(Directories|ADAssessment)|ds:Create(MicrosoftAD|HybridAD)|ds:ConnectDirectory|ds:ListADAssessments|ds:StartADAssessment|"
                      r"iam:List(Policies|Roles|InstanceProfiles|SAMLProviders)|logs:Describe(LogGroups|ResourcePolicies)|logs:PutResourcePolicy|"
                      r"secretsmanager:(ListSecrets|GetRandomPassword)|ssm:Describe(Parameters|InstanceInformation)|"
                      r"ssm:List(Associations|Commands|CommandInvocations|ComplianceItems|Documents)|ssm:GetCommandInvocation|s3:ListAllMyBuckets)$")


# What `had drift` asks beside the drivers: machines about their configuration, accounts about what has our tag.
SWEPT = ("AWS::EC2::CustomerGateway", "AWS::EC2::Instance", "AWS::EC2::TransitGateway", "AWS::EC2::VPC", "AWS::RAM::ResourceShare",
         "AWS::Route53Resolver::ResolverEndpoint", "AWS::Route53Resolver::ResolverRule")
BESIDE = {"had::DscDelivery": {"ssm:ListComplianceItems"}, **{name: {"tag:GetResources"} for name in SWEPT}}


def known_actions():
    with open(os.path.join(ROOT, "compiler/schema/facts/iam/actions.tsv"), encoding="ascii") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    return {f"{service}:{name}" for service, names in rows for name in names.split()}


def calls(value, service):
    """Operations below a value; a mapping may name another service for its own."""
    if isinstance(value, dict):
        service = value.get("service", service)
        for key, item in value.items():
            if key in ("values", "attributes", "note", "match", "state"):
                continue  # properties and members, not calls
            if isinstance(key, str) and OPERATION.match(key) and isinstance(item, dict):
                yield f"{SERVICES.get(service, service)}:{key}"
                continue
            yield from calls(item, service)
    elif isinstance(value, list):
        for item in value:
            yield from calls(item, service)


def drivers():
    """{type: IAM actions}"""
    out = {}
    for path in sorted(glob.glob(os.path.join(ROOT, "runtime/resource/types/*.yaml"))):
        with open(path, encoding="utf-8") as file:
            for name, body in yaml.safe_load(file).items():
                if not name.startswith("_"):
                    out[name] = {ACTIONS.get(call, call) for call in calls(body, body.get("service"))} | BESIDE.get(name, set())
    return out


def texts(code):
    return " ".join(re.findall(r'"([^"]*)"', code))


def granted():
    """{type: actions} of the tables of templates and of custom resources."""
    out = {}
    with open(os.path.join(ROOT, "compiler/emit/bootstrap/actions.def"), encoding="ascii") as file:
        for line in file:
            row = re.match(r'ROW\("([^"]+)", (?:NULL|"[^"]*"), (.*)\)$', line)
            if row:
                out.setdefault(row[1], set()).update(texts(row[2]).split())
    with open(os.path.join(ROOT, "compiler/emit/cloudformation/glue.c"), encoding="utf-8") as file:
        table = re.search(r"had_glue_types\[\] = \{(.*?)\n\};", file.read(), re.S)[1]
    for row in re.finditer(r'\{"(had::\w+)", "\w+", \d+,(.*?)\},\n', table, re.S):
        out.setdefault(row[1], set()).update(word for word in texts(row[2]).split() if re.fullmatch(r"[a-z0-9-]+:\w+", word))
    # What it is in templates; the role brings configurations to the bucket itself (bootstrap.c).
    out["had::DscDelivery"] = out["AWS::SSM::Association"] | {"s3:PutObject"}
    return out


def main():
    known, have = known_actions(), granted()
    wanted = {name: actions - have.get(name, set()) for name, actions in drivers().items()}
    strange = sorted({action for actions in wanted.values() for action in actions} - known)
    if strange:
        print("IAM knows no", *strange, file=sys.stderr)
        return 1
    rows = []
    for name, actions in sorted(wanted.items()):
        if actions:
            parts = [sorted(a for a in actions if bool(UNSCOPED.match(a)) == unscoped) for unscoped in (False, True)]
            rows.append(f'DIRECT("{name}", ' + ", ".join(f'"{" ".join(p)}"' if p else "NULL" for p in parts) + ")\n")
    text = ("/*\n * Made by scripts/direct_facts.py from the drivers; not edited by hand. What a type's driver calls beyond the\n"
            " * actions of its template.\n */\n" + "".join(rows))
    if "--check" not in sys.argv[1:]:
        with open(OUT, "w", encoding="ascii", newline="\n") as file:
            file.write(text)
        return 0
    with open(OUT, encoding="ascii") as file:
        table = dict(re.findall(r'^DIRECT\("([^"]+)", (.*)\)$', file.read(), re.M))
    missing = [f"{name}: {' '.join(sorted(actions - set(texts(table.get(name, '')).split())))}" for name, actions in sorted(wanted.items())
               if actions - set(texts(table.get(name, "")).split())]
    print("\n".join(missing and ["The deploy role lacks calls of drivers; run scripts/direct_facts.py:", *missing])
          or f"{len(wanted)} drivers call nothing that the tables do not grant")
    return 1 if missing else 0


sys.exit(main())
