"""CloudFormation over objects that are there already: stacks that import them, whose templates change, and that go. What a stack
has to make is moto's work: stacks of its own are asked of it.
"""

import json
import uuid

import yaml
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.utils import get_stack_from_s3_url, yaml_tag_constructor

from .. import base
from ..registry import operation
from ..world import GLOBAL, Failure

SERVICE = "cloudformation"
KIND = "cloudformation.stack"
TAG = "aws:cloudformation:"


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions."""


_Loader.add_multi_constructor("", yaml_tag_constructor)


def _parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return yaml.load(text, Loader=_Loader)  # noqa: S506: a SafeLoader


def _invalid(text):
    return Failure("ValidationError", text)


def _stack(call, name, gone=False):
    """By its ARN, whatever became of it, or by the name of one that is there; None: it may be moto's."""
    for value in call.world.table(call.account, call.region, KIND).values():
        if name == value["StackId"] or name == value["StackName"] and value["StackStatus"] != "DELETE_COMPLETE":
            return value if gone or value["StackStatus"] != "DELETE_COMPLETE" else None
    return None


def _set_of_moto(call, name):
    """moto fails over one that it does not have."""
    sets = cloudformation_backends[call.account][call.region].change_sets
    return name in sets or any(s.change_set_name == name for s in sets.values())


def _ours(run):
    """Stacks that imported something; the others are moto's."""

    def either(call, p):
        found = _stack(call, p.get("StackName", ""), gone=call.operation in ("DescribeStacks", "ListStackResources"))
        if not found and call.operation == "ExecuteChangeSet" and not _set_of_moto(call, p["ChangeSetName"]):
            raise Failure("ChangeSetNotFound", f"ChangeSet [{p['ChangeSetName']}] does not exist", 404)
        if not found and not base.has(SERVICE, call.operation):  # nor does moto know it, which has made no stack that would need it
            raise _invalid(f"Stack [{p.get('StackName')}] does not exist")
        return run(call, p, found) if found else call.moto()

    either.__doc__ = run.__doc__
    return either


# ---- objects ----
def _objects(call, name):
    """Objects with that id, in the Region and among what has none."""
    for region in (call.region, GLOBAL):
        for kind, table in call.world.store.get(call.account, {}).get(region, {}).items():
            if name in table and kind != KIND:
                yield table, table[name]


def _mark(call, stack, logical, name):
    """AWS puts three tags on what a stack has, where the type takes tags; they go when the stack lets go of it."""
    for _, value in _objects(call, name):
        tags = value.get("_tags_by", {}).get(call.account, value.get("Tags", value.get("tags", value.get("_tags"))))
        if not isinstance(tags, list):
            continue
        k, v = ("key", "value") if tags and "key" in tags[0] else ("Key", "Value")
        tags[:] = [t for t in tags if not t.get(k, "").startswith(TAG)]
        if logical:
            tags += [{k: TAG + part, v: text} for part, text in
                     (("stack-name", stack["StackName"]), ("stack-id", stack["StackId"]), ("logical-id", logical))]  # fmt: skip


def _ends(call, stack, seconds, status, **more):
    call.world.later((call.account, call.region, KIND, stack["StackId"]), seconds, {"StackStatus": status, **more})


# ---- change sets ----
def _scopes(before, after):
    """Which parts of a resource differ."""
    return [part for part in ("Properties", "Metadata", "DeletionPolicy", "UpdateReplacePolicy") if before.get(part) != after.get(part)]


def _changes(stack, template):
    before, after = _parsed(stack["_template"])["Resources"] if stack["_template"] else {}, template["Resources"]
    rows = [("Add", name, after[name], []) for name in after.keys() - before.keys()]
    rows += [("Remove", name, before[name], []) for name in before.keys() - after.keys()]
    rows += [("Modify", name, after[name], _scopes(before[name], after[name])) for name in before.keys() & after.keys()]
    return [{"Type": "Resource", "ResourceChange": {"Action": action, "LogicalResourceId": name, "ResourceType": body["Type"], "Scope": scope,
                                                    **({"Replacement": "False"} if action == "Modify" else {})}}
            for action, name, body, scope in sorted(rows, key=lambda r: r[1]) if action != "Modify" or scope]  # fmt: skip


def _without_import(template, wanted):
    for name, body in template["Resources"].items():
        if name not in wanted:
            return f"Resources [{name}] is missing from ResourceToImport list"
        if "DeletionPolicy" not in body:
            return f"Resources [{name}] are missing a DeletionPolicy"
    return "As part of the import operation, you cannot modify or add [Outputs]" if template.get("Outputs") else None


@operation(SERVICE, "CreateChangeSet", "IMPORT of objects that are there, and UPDATE of such a stack; a change of a deletion policy alone is none", over_moto=True)
def create_change_set(call, p):
    stack, kind = _stack(call, p["StackName"]), p.get("ChangeSetType", "UPDATE")
    if not p.get("TemplateBody") and not p.get("TemplateURL"):
        raise _invalid("Either Template URL or Template Body must be specified.")
    if kind != "IMPORT" and stack is None:
        return call.moto()
    if "TemplateURL" in p:
        p["TemplateBody"] = get_stack_from_s3_url(p["TemplateURL"], account_id=call.account, partition="aws")
    elif len(p.get("TemplateBody", "")) > 51200:
        raise _invalid("1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200")
    template, wanted = _parsed(p["TemplateBody"]), {r["LogicalResourceId"]: r for r in p.get("ResourcesToImport", [])}
    if kind == "IMPORT":
        wrong = _without_import(template, wanted)
        if wrong:
            raise _invalid(wrong)
        for row in wanted.values():
            name = "|".join(row["ResourceIdentifier"].values())
            if any(o.get("_stack") for _, o in _objects(call, name)):
                raise _invalid(f"Resource {name} is already managed in stack")
    if stack is None:
        name = f"arn:aws:cloudformation:{call.region}:{call.account}:stack/{p['StackName']}/{uuid.uuid4()}"
        stack = call.world.table(call.account, call.region, KIND)[name] = {
            "StackId": name, "StackName": p["StackName"], "StackStatus": "REVIEW_IN_PROGRESS", "CreationTime": call.now, "Tags": p.get("Tags", []),
            "EnableTerminationProtection": False, "Capabilities": p.get("Capabilities", []), "Parameters": [], "_template": "", "_resources": {},
            "_sets": {}}  # fmt: skip
    known = {row["ParameterKey"]: row for row in stack["Parameters"]}
    values = [known[r["ParameterKey"]] if r.get("UsePreviousValue") else r for r in p.get("Parameters", [])]
    changes = _changes(stack, template) if kind != "IMPORT" else [
        {"Type": "Resource", "ResourceChange": {"Action": "Import", "LogicalResourceId": n, "ResourceType": r["ResourceType"]}} for n, r in wanted.items()]
    alone = all(c["ResourceChange"].get("Scope") in (["DeletionPolicy"], ["UpdateReplacePolicy"]) for c in changes) and kind != "IMPORT"
    made = {"ChangeSetName": p["ChangeSetName"], "ChangeSetId": f"{stack['StackId']}/{p['ChangeSetName']}", "StackName": stack["StackName"],
            "Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "Changes": changes, "Parameters": values, "_body": p["TemplateBody"],
            "_kind": kind, "_wanted": wanted}  # fmt: skip
    if alone:
        made.update(Status="FAILED", ExecutionStatus="UNAVAILABLE", Changes=[],
                    StatusReason="The submitted information didn't contain changes. Submit different information to create a change set.")  # fmt: skip
    stack["_sets"][p["ChangeSetName"]] = made
    return {"Id": made["ChangeSetId"], "StackId": stack["StackId"]}


def _set(stack, name):
    if name not in stack["_sets"]:
        raise Failure("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
    return stack["_sets"][name]


@operation(SERVICE, "DescribeChangeSet", "what it would change, by parts of a resource", over_moto=True)
@_ours
def describe_change_set(call, p, stack):
    return {k: v for k, v in _set(stack, p["ChangeSetName"]).items() if not k.startswith("_")} | {"StackId": stack["StackId"]}


@operation(SERVICE, "DeleteChangeSet", "the stack that it would have made stays, in review", over_moto=True)
def delete_change_set(call, p):
    stack = _stack(call, p["StackName"])
    if stack is None:  # moto's own ends badly where there is none
        raise Failure("ChangeSetNotFound", f"ChangeSet [{p['ChangeSetName']}] does not exist", 404)
    stack["_sets"].pop(p["ChangeSetName"], None)
    return {}


@operation(SERVICE, "ExecuteChangeSet", "the stack takes objects over, or the new template; properties of objects stay as they are", over_moto=True)
@_ours
def execute_change_set(call, p, stack):
    wanted = _set(stack, p["ChangeSetName"])
    if wanted["ExecutionStatus"] != "AVAILABLE":
        raise Failure("InvalidChangeSetStatus", f"ChangeSet [{p['ChangeSetName']}] cannot be executed in its current execution status")
    touched = [c for c in wanted["Changes"] if "Properties" in c["ResourceChange"].get("Scope", []) or c["ResourceChange"]["Action"] in ("Add", "Remove")]
    if touched:
        raise Failure("NotImplemented", "The stand-in changes no properties by stacks.", 501)
    stack["_template"], stack["Parameters"], stack["_sets"] = wanted["_body"], wanted["Parameters"], {}
    for name, row in wanted["_wanted"].items():
        found = "|".join(row["ResourceIdentifier"].values())
        stack["_resources"][name] = {"LogicalResourceId": name, "PhysicalResourceId": found, "ResourceType": row["ResourceType"],
                                     "ResourceStatus": "IMPORT_COMPLETE"}  # fmt: skip
        _mark(call, stack, name, found)
    stack["StackStatus"] = f"{wanted['_kind']}_IN_PROGRESS"
    _ends(call, stack, 30, f"{wanted['_kind']}_COMPLETE")
    return {}


# ---- stacks ----
@operation(SERVICE, "DescribeStacks", "by name while it is there, by ARN afterwards, too", over_moto=True)
@_ours
def describe_stacks(call, p, stack):
    return {"Stacks": [{k: v for k, v in stack.items() if not k.startswith("_")}]}


@operation(SERVICE, "ListStacks", "by status; with those that are gone", over_moto=True)
def list_stacks(call, p):
    rows = call.moto().get("StackSummaries", []) + list(call.world.table(call.account, call.region, KIND).values())
    wanted = p.get("StackStatusFilter")
    return {"StackSummaries": [{k: v for k, v in r.items() if k in ("StackId", "StackName", "StackStatus", "CreationTime")} for r in rows
                               if not wanted or r["StackStatus"] in wanted]}


@operation(SERVICE, "ListStackResources", "with what was left behind, DELETE_SKIPPED", over_moto=True)
@_ours
def list_stack_resources(call, p, stack):
    return {"StackResourceSummaries": [{**row, "LastUpdatedTimestamp": call.now} for row in stack["_resources"].values()]}


@operation(SERVICE, "GetTemplate", "as it was sent", over_moto=True)
@_ours
def get_template(call, p, stack):
    return {"TemplateBody": stack["_template"], "StagesAvailable": ["Original", "Processed"]}


@operation(SERVICE, "UpdateTerminationProtection", "a guarded stack is not deleted", over_moto=True)
@_ours
def guard(call, p, stack):
    stack["EnableTerminationProtection"] = p["EnableTerminationProtection"]
    return {"StackId": stack["StackId"]}


@operation(SERVICE, "DeleteStack", "what has the policy Retain stays, all else goes", over_moto=True)
@_ours
def delete_stack(call, p, stack):
    if stack["EnableTerminationProtection"]:
        raise _invalid(f"Stack [{stack['StackId']}] cannot be deleted while TerminationProtection is enabled")
    policies = {n: b.get("DeletionPolicy") for n, b in _parsed(stack["_template"])["Resources"].items()}
    for name, row in stack["_resources"].items():
        kept = policies[name] == "Retain"
        row["ResourceStatus"] = "DELETE_SKIPPED" if kept else "DELETE_COMPLETE"
        if kept:
            _mark(call, stack, None, row["PhysicalResourceId"])
        else:
            for table, _ in list(_objects(call, row["PhysicalResourceId"])):
                del table[row["PhysicalResourceId"]]
    stack["StackStatus"] = "DELETE_IN_PROGRESS"
    _ends(call, stack, 30, "DELETE_COMPLETE")
    return {}
