"""Systems Manager: parameters (public ones, too), documents, associations with runs, commands, managed instances."""

import hashlib
import json

from .. import seeds
from ..registry import hook, operation
from ..world import Failure
from .organizations import put_tags


def ssm(name, does=""):
    return operation("ssm", name, does)


# ---- parameters ----
def _public(call, name):
    found = seeds.images(call.region).get(name)
    if found is None:
        return None
    return {"Name": name, "Type": "String", "Value": found["ImageId"], "Version": 1, "DataType": "aws:ec2:image", "LastModifiedDate": 1_780_000_000,
            "ARN": f"arn:aws:ssm:{call.region}::parameter{name}"}  # fmt: skip


def parameter(call, name):
    plain, _, version = name.partition(":") if not name.startswith("arn:") else (name, "", "")
    if plain.startswith("arn:"):
        plain = "/" + plain.split(":parameter", 1)[1].lstrip("/")
    found = _public(call, plain) or call.get("parameter", plain) or call.get("parameter", plain.lstrip("/"))
    if found is None:
        raise Failure("ParameterNotFound", "")
    if version and str(found["Version"]) != version:
        raise Failure("ParameterVersionNotFound", f"Systems Manager could not find version {version} of {plain}.")
    return found


def _value(found, decrypt):
    if found["Type"] == "SecureString" and not decrypt:
        return {**found, "Value": "kms:" + hashlib.sha256(found["Value"].encode()).hexdigest()}
    return found


@ssm("PutParameter", "ParameterAlreadyExists without Overwrite; versions; types")
def put(call, p):
    name = p["Name"]
    if name.lower().lstrip("/").startswith(("aws", "ssm")):
        raise Failure("ValidationException" if "/" in name else "AccessDeniedException", "No access to reserved parameter name: " + name)
    known = call.table("parameter").get(name)
    if known and not p.get("Overwrite"):
        raise Failure("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
    if known and p.get("Tags"):
        raise Failure("ValidationException", "Invalid request: tags and overwrite can't be used together.")
    kind = p.get("Type") or (known and known["Type"])
    if not kind:
        raise Failure("ValidationException", "A parameter type is required when you create a parameter.")
    if len(p["Value"]) > (8192 if p.get("Tier") == "Advanced" else 4096):
        raise Failure("ValidationException", "Standard tier parameters support a maximum parameter value of 4096 characters.")
    value = {"Name": name, "Type": kind, "Value": p["Value"], "Version": (known["Version"] if known else 0) + 1, "DataType": p.get("DataType", "text"),
             "LastModifiedDate": call.now, "ARN": call.arn("ssm", f"parameter{name if name.startswith('/') else '/' + name}"), "Tier": p.get("Tier", "Standard"),
             "Description": p.get("Description", known and known.get("Description")), "KeyId": p.get("KeyId"), "AllowedPattern": p.get("AllowedPattern"),
             "LastModifiedUser": call.principal, "Tags": known["Tags"] if known else list(p.get("Tags", []))}  # fmt: skip
    if known:
        known.clear()
        known.update(value)
    else:
        call.put("parameter", name, value)
    return {"Version": value["Version"], "Tier": value["Tier"]}


@ssm("GetParameter", "also AWS's public ones with images; ParameterNotFound")
def get(call, p):
    return {"Parameter": _value(parameter(call, p["Name"]), p.get("WithDecryption"))}


@ssm("GetParameters", "tells which are invalid")
def get_many(call, p):
    found, invalid = [], []
    for name in p["Names"]:
        try:
            found.append(_value(parameter(call, name), p.get("WithDecryption")))
        except Failure:
            invalid.append(name)
    return {"Parameters": found, "InvalidParameters": invalid}


@ssm("GetParametersByPath", "recursive or not; public paths, too")
def by_path(call, p):
    path = p["Path"].rstrip("/") + "/"
    rows = [r for r in call.rows("parameter")]
    rows += [_public(call, n) for n in seeds.images(call.region)] if path.startswith("/aws/") else []
    rows = [r for r in rows if r["Name"].startswith(path) and (p.get("Recursive") or "/" not in r["Name"][len(path):])]
    return {"Parameters": [_value(r, p.get("WithDecryption")) for r in rows]}


@ssm("DescribeParameters", "by name, type, path, tag")
def describe_parameters(call, p):
    rows = call.rows("parameter")
    for f in p.get("ParameterFilters", []):
        key, values, option = f["Key"], f.get("Values", []), f.get("Option", "Equals")
        if key.startswith("tag:"):
            rows = [r for r in rows if any(t["Key"] == key[4:] and (not values or t["Value"] in values) for t in r["Tags"])]
        elif key in ("Name", "Type", "Tier", "KeyId", "DataType"):
            test = {"Equals": lambda a, b: a == b, "BeginsWith": lambda a, b: a.startswith(b), "Contains": lambda a, b: b in a}[option]
            rows = [r for r in rows if any(test(r.get(key) or "", v) for v in values)]
        elif key == "Path":
            rows = [r for r in rows if any(r["Name"].startswith(v.rstrip("/") + "/") for v in values)]
        else:
            raise Failure("InvalidFilterKey", f"The filter {key} is not valid.")
    return {"Parameters": rows}


@ssm("DeleteParameter")
def delete_parameter(call, p):
    """ParameterNotFound."""
    if call.table("parameter").pop(p["Name"], None) is None:
        raise Failure("ParameterNotFound", "")
    return {}


# ---- documents ----
# Documents of AWS that the graph uses: user guide, "AWS-JoinDirectoryServiceDomain" and "AWS-ApplyDSCMofs".
AWS_DOCUMENTS = {
    "AWS-JoinDirectoryServiceDomain": ["directoryId", "directoryName", "directoryOU", "dnsIpAddresses", "hostname", "keepHostName"],
    "AWS-ApplyDSCMofs": ["MofsToApply", "ServicePath", "MofOperationMode", "ReportBucketName", "StatusBucketName", "ModuleSourceBucketName",
                         "AllowPSGallerySource", "ProxyUri", "RebootBehavior", "UseComputerNameForReporting", "EnableVerboseLogging",
                         "EnableDebugLogging", "ComplianceType", "PreRebootScript", "AllowPSGalleryModuleSource"],
    "AWS-RunPowerShellScript": ["commands", "workingDirectory", "executionTimeout"],
    "AWS-RunShellScript": ["commands", "workingDirectory", "executionTimeout"],
    "AWS-UpdateSSMAgent": ["version", "allowDowngrade"],
    "AWS-GatherSoftwareInventory": ["applications", "awsComponents", "networkConfig", "windowsUpdates", "instanceDetailedInformation", "services"],
    "AWS-RunPatchBaseline": ["Operation", "SnapshotId", "RebootOption", "InstallOverrideList", "BaselineOverride"],
    "AWS-ConfigureAWSPackage": ["action", "name", "version", "installationType", "additionalArguments"],
}  # fmt: skip


def document(call, name):
    plain = name.rsplit("/", 1)[-1] if name.startswith("arn:") else name
    if plain in AWS_DOCUMENTS:
        content = {"schemaVersion": "2.2", "parameters": {n: {"type": "String"} for n in AWS_DOCUMENTS[plain]}, "mainSteps": []}
        return {"Name": plain, "Owner": "Amazon", "Status": "Active", "DocumentVersion": "1", "DefaultVersion": "1", "LatestVersion": "1", "DocumentType": "Command",
                "DocumentFormat": "JSON", "SchemaVersion": "2.2", "PlatformTypes": ["Windows", "Linux"], "CreatedDate": 1_500_000_000, "Tags": [],
                "_versions": {"1": json.dumps(content)}, "_aws": True, "_shared": []}  # fmt: skip
    found = call.get("document", plain)
    if found is None:
        for account, region, key, value in call.world.everywhere("ssm.document"):
            if key == plain and region == call.region and (call.account in value["_shared"] or "all" in value["_shared"]):
                return value
        raise Failure("InvalidDocument", f"Document with name {name} does not exist.")
    return found


def _parse(p, text):
    import yaml

    try:
        parsed = json.loads(text) if p.get("DocumentFormat", "JSON") == "JSON" else yaml.safe_load(text)
        if not isinstance(parsed, dict) or "schemaVersion" not in parsed:
            raise ValueError
        return parsed
    except (ValueError, yaml.YAMLError):
        raise Failure("InvalidDocumentContent", "The content for the document is not valid.")


def _hash(value):
    return hashlib.sha256(value["_versions"][value["DefaultVersion"]].encode()).hexdigest()


def _shown(value):
    return {**value, "Hash": _hash(value), "HashType": "Sha256"}


@ssm("CreateDocument", "Creating first; DocumentAlreadyExists; content is read")
def create_document(call, p):
    if p["Name"].lower().startswith(("aws", "amazon", "amzn")):
        raise Failure("ValidationException", f"The name {p['Name']} is reserved.")
    if p["Name"] in call.table("document"):
        raise Failure("DocumentAlreadyExists", "The specified document already exists.")
    parsed = _parse(p, p["Content"])
    value = call.put("document", p["Name"], {
        "Name": p["Name"], "Owner": call.account, "Status": "Creating", "DocumentVersion": "1", "DefaultVersion": "1", "LatestVersion": "1", "CreatedDate": call.now,
        "DocumentType": p.get("DocumentType", "Command"), "DocumentFormat": p.get("DocumentFormat", "JSON"), "SchemaVersion": str(parsed["schemaVersion"]),
        "PlatformTypes": ["Windows", "Linux", "MacOS"], "Tags": list(p.get("Tags", [])), "TargetType": p.get("TargetType"), "VersionName": p.get("VersionName"),
        "_versions": {"1": p["Content"]}, "_shared": []})  # fmt: skip
    answer = _shown(value)
    call.later("document", p["Name"], "ssm.document", {"Status": "Active"}, bad={"Status": "Failed"})
    return {"DocumentDescription": answer}


def _version(value, name):
    wanted = {None: value["DefaultVersion"], "$DEFAULT": value["DefaultVersion"], "$LATEST": value["LatestVersion"]}.get(name, name)
    if wanted not in value["_versions"]:
        raise Failure("InvalidDocumentVersion", "The document version is not valid or does not exist.")
    return wanted


@ssm("DescribeDocument", "own, shared and AWS's")
def describe_document(call, p):
    value = document(call, p["Name"])
    return {"Document": {**_shown(value), "DocumentVersion": _version(value, p.get("DocumentVersion"))}}


@ssm("GetDocument", "own, shared and AWS's")
def get_document(call, p):
    value = document(call, p["Name"])
    version = _version(value, p.get("DocumentVersion"))
    return {**value, "DocumentVersion": version, "Content": value["_versions"][version]}


def own_document(call, name):
    value = document(call, name)
    if value["Owner"] != call.account:
        raise Failure("InvalidDocument", f"Document {name} belongs to {value['Owner']}.")
    return value


@ssm("UpdateDocument", "a new version; DuplicateDocumentContent where nothing changes")
def update_document(call, p):
    value = own_document(call, p["Name"])
    _parse({"DocumentFormat": p.get("DocumentFormat", value["DocumentFormat"])}, p["Content"])
    if p.get("DocumentVersion") not in (None, "$LATEST", value["LatestVersion"]):
        raise Failure("InvalidDocumentVersion", "The document version is not the latest.")
    if p["Content"] in value["_versions"].values():
        raise Failure("DuplicateDocumentContent", "The content of the association document matches another document. Change the content of the document and try again.")
    version = str(int(value["LatestVersion"]) + 1)
    value["_versions"][version] = p["Content"]
    value["LatestVersion"] = version
    return {"DocumentDescription": {**_shown(value), "DocumentVersion": version}}


@ssm("UpdateDocumentDefaultVersion")
def default_version(call, p):
    """The version must exist."""
    value = own_document(call, p["Name"])
    value["DefaultVersion"] = value["DocumentVersion"] = _version(value, p["DocumentVersion"])
    return {"Description": {"Name": p["Name"], "DefaultVersion": value["DefaultVersion"]}}


@ssm("DeleteDocument", "AssociatedInstances while associations use it; refused while shared")
def delete_document(call, p):
    value = own_document(call, p["Name"])
    if any(a["Name"] == p["Name"] for a in call.table("association").values()):
        raise Failure("AssociatedInstances", "You must disassociate a document from all managed nodes before you can delete it.")
    if value["_shared"] and not p.get("Force"):
        raise Failure("InvalidDocumentOperation", "You attempted to delete a document while it is still shared. You must stop sharing the document before you can delete it.")
    del call.table("document")[p["Name"]]
    return {}


@ssm("ListDocuments", "by owner and name")
def list_documents(call, p):
    rows = call.rows("document")
    for f in p.get("Filters", []):
        if f["Key"] == "Owner" and f["Values"] == ["Amazon"]:
            rows = [document(call, n) for n in AWS_DOCUMENTS]
        elif f["Key"] == "Name":
            rows = [r for r in rows if any(r["Name"].startswith(v) for v in f["Values"])]
        elif f["Key"].startswith("tag:"):
            rows = [r for r in rows if any(t["Key"] == f["Key"][4:] and t["Value"] in f["Values"] for t in r["Tags"])]
    return {"DocumentIdentifiers": rows}


@ssm("ListDocumentVersions")
def document_versions(call, p):
    """With the default."""
    value = document(call, p["Name"])
    return {"DocumentVersions": [{"Name": p["Name"], "DocumentVersion": v, "IsDefaultVersion": v == value["DefaultVersion"], "Status": "Active",
                                  "CreatedDate": value["CreatedDate"], "DocumentFormat": value["DocumentFormat"]} for v in value["_versions"]]}  # fmt: skip


@ssm("ModifyDocumentPermission")
def share_document(call, p):
    """Accounts, or all."""
    value = own_document(call, p["Name"])
    shared = (set(value["_shared"]) | set(p.get("AccountIdsToAdd", []))) - set(p.get("AccountIdsToRemove", []))
    value["_shared"] = sorted(shared)
    return {}


@ssm("DescribeDocumentPermission")
def document_permission(call, p):
    """Accounts."""
    names = own_document(call, p["Name"])["_shared"]
    return {"AccountIds": names, "AccountSharingInfoList": [{"AccountId": n, "SharedDocumentVersion": "$DEFAULT"} for n in names]}


# ---- managed instances ----
def managed(call):
    """Instances whose agent has registered: a profile is needed and a while."""
    rows = {}
    for name, value in call.world.table(call.account, call.region, "ec2.instance").items():
        if value.get("_managed") and value["State"]["Name"] == "running":
            rows[name] = {"InstanceId": name, "PingStatus": "Online", "LastPingDateTime": call.now, "AgentVersion": "3.3.3270.0", "IsLatestVersion": True,
                          "PlatformType": "Windows" if value.get("Platform") == "windows" else "Linux", "PlatformName": "Microsoft Windows Server 2025 Datacenter",
                          "PlatformVersion": "10.0.26100", "ResourceType": "EC2Instance", "IPAddress": value.get("PrivateIpAddress"),
                          "ComputerName": value.get("PrivateDnsName"), "IamRole": "", "AssociationStatus": "Success"}  # fmt: skip
    for name, value in call.world.table(call.account, call.region, "ssm.managed").items():
        rows[name] = {"InstanceId": name, "PingStatus": "Online", "LastPingDateTime": call.now, "ResourceType": "ManagedInstance", **value}
    return rows


@ssm("DescribeInstanceInformation", "instances with a profile, some time after they run")
def instance_information(call, p):
    rows = list(managed(call).values())
    for f in [*p.get("Filters", []), *({"Key": x["key"], "Values": x["valueSet"]} for x in p.get("InstanceInformationFilterList", []))]:
        member = {"InstanceIds": "InstanceId", "PingStatus": "PingStatus", "PlatformTypes": "PlatformType", "ResourceType": "ResourceType"}.get(f["Key"])
        if member is None:
            raise Failure("InvalidInstanceInformationFilterValue", f"The filter {f['Key']} is not valid.")
        rows = [r for r in rows if r.get(member) in f["Values"]]
    return {"InstanceInformationList": rows}


# ---- associations ----
def _targets(call, value):
    """The managed instances that an association means."""
    names = []
    for target in value["Targets"]:
        key, values = target.get("Key", ""), target.get("Values", [])
        if key in ("InstanceIds", "ParameterValues"):
            names += managed(call) if values == ["*"] else values
        elif key.startswith("tag:"):
            for name, instance in call.world.table(call.account, call.region, "ec2.instance").items():
                if any(t["Key"] == key[4:] and t["Value"] in values for t in instance["Tags"]):
                    names.append(name)
    return list(dict.fromkeys(names))


def _check_parameters(call, name, parameters):
    found = document(call, name)
    content = json.loads(found["_versions"][found["DefaultVersion"]]) if found["DocumentFormat"] == "JSON" else None
    if content is not None:
        for key in parameters or {}:
            if key not in content.get("parameters", {}):
                raise Failure("InvalidParameters", f"The parameter {key} is not one of document {name}.")


def _run(call, value):
    name = call.world.uuid()
    value["_executions"][name] = {"AssociationId": value["AssociationId"], "ExecutionId": name, "Status": "Pending", "DetailedStatus": "Pending", "CreatedTime": call.now,
                                  "AssociationVersion": value["AssociationVersion"], "_half": call.half}  # fmt: skip
    value["Overview"] = {"Status": "Pending", "DetailedStatus": "Creating"}
    call.later("association", value["AssociationId"], "ssm.association", {}, hook="association_ran")


@hook
def association_ran(world, place, value):
    """Each instance succeeds if it is managed by then; an association without instances stays Pending."""
    from ..world import Call

    account, region, _, _ = place
    call = Call(world, "ssm", "", {}, account, region, "")
    known = managed(call)
    for execution in value["_executions"].values():
        if execution["Status"] != "Pending":
            continue
        names = _targets(call, value)
        waiting = [n for n in names if n not in known]
        if waiting:
            world.later(place, world.delay("ssm.association"), {}, "association_ran")
            continue
        status = "Failed" if execution.pop("_half", False) else "Success"
        execution.update(Status=status, DetailedStatus=status, LastExecutionDate=world.now(), _targets={n: status for n in names})
        value["Overview"] = {"Status": status, "DetailedStatus": status, "AssociationStatusAggregatedCount": {status: len(names)}}
        value["LastExecutionDate"] = world.now()
        if status == "Success":
            value["LastSuccessfulExecutionDate"] = world.now()


ASSOCIATION = ("DocumentVersion", "Targets", "ScheduleExpression", "Parameters", "OutputLocation", "MaxErrors", "MaxConcurrency", "ComplianceSeverity", "SyncCompliance",
               "ApplyOnlyAtCronInterval", "AutomationTargetParameterName", "AssociationName")  # fmt: skip


@ssm("CreateAssociation", "AssociationAlreadyExists for the same name or the same instance; parameters checked against the document; runs Pending, then Success or Failed")
def create_association(call, p):
    _check_parameters(call, p["Name"], p.get("Parameters"))
    for other in call.table("association").values():
        if p.get("AssociationName") and other.get("AssociationName") == p["AssociationName"]:
            raise Failure("AssociationAlreadyExists", "The specified association already exists.")
        if p.get("InstanceId") and (other.get("InstanceId"), other["Name"]) == (p["InstanceId"], p["Name"]):
            raise Failure("AssociationAlreadyExists", "The specified association already exists.")
    if p.get("InstanceId") and p["InstanceId"] not in managed(call):
        raise Failure("InvalidInstanceId", f"{p['InstanceId']} is not a managed node.")
    targets = p.get("Targets") or [{"Key": "InstanceIds", "Values": [p["InstanceId"]]}] if p.get("Targets") or p.get("InstanceId") else []
    if not targets:
        raise Failure("InvalidTarget", "The target is not valid or does not exist.")
    name = call.world.uuid()
    value = {"AssociationId": name, "Name": p["Name"], "InstanceId": p.get("InstanceId"), "AssociationVersion": "1", "Date": call.now, "LastUpdateAssociationDate": call.now,
             "Overview": {"Status": "Pending", "DetailedStatus": "Creating"}, "_executions": {}, "_versions": {}, "Tags": list(p.get("Tags", [])),
             **{k: p[k] for k in ASSOCIATION if k in p}, "Targets": targets}  # fmt: skip
    value["_versions"]["1"] = {k: value.get(k) for k in ASSOCIATION}
    call.put("association", name, value)
    _run(call, value)
    return {"AssociationDescription": value}


def association(call, p):
    for name, value in call.table("association").items():
        if not call.sees(value):
            continue
        if name == p.get("AssociationId") or p.get("InstanceId") and (value.get("InstanceId"), value["Name"]) == (p["InstanceId"], p.get("Name")):
            return value
    raise Failure("AssociationDoesNotExist", "The specified association does not exist.")


@ssm("DescribeAssociation", "with its state")
def describe_association(call, p):
    return {"AssociationDescription": association(call, p)}


@ssm("UpdateAssociation", "a new version; what is not given is reset; runs again")
def update_association(call, p):
    value = association(call, p)
    if p.get("AssociationVersion") not in (None, "$LATEST", value["AssociationVersion"]):
        raise Failure("InvalidAssociationVersion", "The version you specified is not valid.")
    _check_parameters(call, p.get("Name", value["Name"]), p.get("Parameters"))
    for member in ASSOCIATION:
        if member in p:
            value[member] = p[member]
        elif member not in ("Targets", "AssociationName"):
            value.pop(member, None)
    value["AssociationVersion"] = str(int(value["AssociationVersion"]) + 1)
    value["LastUpdateAssociationDate"] = call.now
    value["_versions"][value["AssociationVersion"]] = {k: value.get(k) for k in ASSOCIATION}
    _run(call, value)
    return {"AssociationDescription": value}


@ssm("DeleteAssociation", "AssociationDoesNotExist; does not undo what it did")
def delete_association(call, p):
    value = association(call, p)
    del call.table("association")[value["AssociationId"]]
    return {}


@ssm("ListAssociations", "by name, instance, association name, state")
def list_associations(call, p):
    rows = call.rows("association")
    for f in p.get("AssociationFilterList", []):
        member = {"Name": "Name", "AssociationId": "AssociationId", "AssociationName": "AssociationName", "InstanceId": "InstanceId"}.get(f["key"])
        if f["key"] == "AssociationStatusName":
            rows = [r for r in rows if r["Overview"]["Status"] == f["value"]]
        elif member:
            rows = [r for r in rows if r.get(member) == f["value"]]
        else:
            raise Failure("InvalidNextToken", f"The filter {f['key']} is not known here.")
    return {"Associations": rows}


@ssm("ListAssociationVersions")
def association_versions(call, p):
    """All of them."""
    value = association(call, p)
    return {"AssociationVersions": [{"AssociationId": p["AssociationId"], "AssociationVersion": n, "Name": value["Name"], **v} for n, v in value["_versions"].items()]}


@ssm("StartAssociationsOnce")
def start_once(call, p):
    """Runs again."""
    for name in p["AssociationIds"]:
        _run(call, association(call, {"AssociationId": name}))
    return {}


@ssm("DescribeAssociationExecutions", "the newest first")
def executions(call, p):
    return {"AssociationExecutions": list(association(call, p)["_executions"].values())[::-1]}


@ssm("DescribeAssociationExecutionTargets")
def execution_targets(call, p):
    """By instance, with a state each."""
    execution = association(call, p)["_executions"].get(p["ExecutionId"])
    if execution is None:
        raise Failure("AssociationExecutionDoesNotExist", "The specified execution ID does not exist.")
    return {"AssociationExecutionTargets": [{"AssociationId": p["AssociationId"], "ExecutionId": p["ExecutionId"], "ResourceId": n, "ResourceType": "ManagedInstance",
                                             "Status": s, "DetailedStatus": s} for n, s in execution.get("_targets", {}).items()]}  # fmt: skip


# ---- commands ----
@ssm("SendCommand", "managed instances only: InvalidInstanceId; Pending, then Success or Failed")
def send(call, p):
    _check_parameters(call, p["DocumentName"], p.get("Parameters"))
    names = p.get("InstanceIds") or _targets(call, {"Targets": p.get("Targets", [])})
    for name in names:
        if name not in managed(call):
            raise Failure("InvalidInstanceId", f"Instances [[{name}]] not in a valid state for account {call.account}")
    key = call.world.uuid()
    value = call.put("command", key, {"CommandId": key, "DocumentName": p["DocumentName"], "DocumentVersion": p.get("DocumentVersion", "1"), "Comment": p.get("Comment", ""),
                                      "Parameters": p.get("Parameters", {}), "InstanceIds": names, "Targets": p.get("Targets", []), "Status": "Pending",
                                      "StatusDetails": "Pending", "RequestedDateTime": call.now, "ExpiresAfter": call.now + p.get("TimeoutSeconds", 3600),
                                      "TargetCount": len(names), "CompletedCount": 0, "ErrorCount": 0})  # fmt: skip
    answer = dict(value)
    good, bad = ({"Status": s, "StatusDetails": s, "CompletedCount": len(names), "ErrorCount": len(names) if s == "Failed" else 0} for s in ("Success", "Failed"))
    call.later("command", key, "ssm.command", good, bad=bad)
    return {"Command": answer}


@ssm("ListCommands", "by id and instance")
def list_commands(call, p):
    rows = [r for r in call.rows("command") if r["CommandId"] == p.get("CommandId", r["CommandId"])]
    return {"Commands": [r for r in rows if not p.get("InstanceId") or p["InstanceId"] in r["InstanceIds"]]}


def _invocation(value, name):
    code = {"Success": 0, "Failed": 1}.get(value["Status"], -1)
    return {"CommandId": value["CommandId"], "InstanceId": name, "Comment": value["Comment"], "DocumentName": value["DocumentName"], "Status": value["Status"],
            "StatusDetails": value["StatusDetails"], "RequestedDateTime": value["RequestedDateTime"], "ResponseCode": code, "StandardOutputContent": "",
            "StandardErrorContent": "", "PluginName": "aws:runPowerShellScript", "DocumentVersion": value["DocumentVersion"]}  # fmt: skip


@ssm("GetCommandInvocation", "InvocationDoesNotExist")
def get_invocation(call, p):
    value = call.get("command", p["CommandId"])
    if value is None or p["InstanceId"] not in value["InstanceIds"]:
        raise Failure("InvocationDoesNotExist", "The command ID and managed node ID you specified didn't match any invocations.")
    return _invocation(value, p["InstanceId"])


@ssm("ListCommandInvocations")
def list_invocations(call, p):
    """By command and instance."""
    rows = [_invocation(c, n) for c in call.rows("command") if c["CommandId"] == p.get("CommandId", c["CommandId"]) for n in c["InstanceIds"]]
    return {"CommandInvocations": [r for r in rows if r["InstanceId"] == p.get("InstanceId", r["InstanceId"])]}


@ssm("CancelCommand")
def cancel(call, p):
    """While it is Pending."""
    value = call.get("command", p["CommandId"])
    if value is None:
        raise Failure("InvalidCommandId", "The specified command ID isn't valid.")
    if value["Status"] == "Pending":
        call.world.forget(call.place("command", p["CommandId"]))
        value.update(Status="Cancelled", StatusDetails="Cancelled")
    return {}


# ---- tags ----
def _tagged(call, p):
    table = {"Parameter": "parameter", "Document": "document", "Association": "association"}.get(p["ResourceType"])
    found = call.get(table, p["ResourceId"]) if table else None
    if found is None:
        raise Failure("InvalidResourceId", "The resource ID isn't valid. Verify that you entered the correct ID and try again.")
    return found["Tags"]


@ssm("AddTagsToResource", "parameters, documents, associations")
def add_tags(call, p):
    put_tags(_tagged(call, p), p["Tags"])
    return {}


@ssm("RemoveTagsFromResource", "by key")
def remove_tags(call, p):
    tags = _tagged(call, p)
    tags[:] = [t for t in tags if t["Key"] not in p["TagKeys"]]
    return {}


@ssm("ListTagsForResource")
def list_tags(call, p):
    """By type and id."""
    return {"TagList": _tagged(call, p)}


# ---- compliance and state by instance ----
def _for_instance(call, name):
    if name not in managed(call):
        raise Failure("InvalidInstanceId", f"{name} is not a managed node.")
    return [a for a in call.rows("association") if name in _targets(call, a)]


@ssm("DescribeInstanceAssociationsStatus", "the state of each association on an instance")
def instance_status(call, p):
    rows = []
    for value in _for_instance(call, p["InstanceId"]):
        last = list(value["_executions"].values())[-1]
        rows.append({"AssociationId": value["AssociationId"], "Name": value["Name"], "AssociationVersion": value["AssociationVersion"],
                     "InstanceId": p["InstanceId"], "Status": last.get("_targets", {}).get(p["InstanceId"], "Pending"), "DetailedStatus": last["DetailedStatus"],
                     "AssociationName": value.get("AssociationName"), "ExecutionDate": last.get("LastExecutionDate")})  # fmt: skip
    return {"InstanceAssociationStatusInfos": rows}


@ssm("DescribeEffectiveInstanceAssociations")
def effective(call, p):
    """Those that mean the instance."""
    return {"Associations": [{"AssociationId": a["AssociationId"], "InstanceId": p["InstanceId"], "AssociationVersion": a["AssociationVersion"]}
                             for a in _for_instance(call, p["InstanceId"])]}  # fmt: skip


def _compliance(call):
    """Associations are compliant where they succeeded: user guide, "About association compliance"."""
    for value in call.rows("association"):
        last = list(value["_executions"].values())[-1]
        kind = (value.get("Parameters") or {}).get("ComplianceType", ["Association"])[0]
        for name, status in last.get("_targets", {}).items():
            yield {"ComplianceType": kind, "ResourceType": "ManagedInstance", "ResourceId": name, "Id": value["AssociationId"], "Title": value.get("AssociationName"),
                   "Status": "COMPLIANT" if status == "Success" else "NON_COMPLIANT", "Severity": value.get("ComplianceSeverity", "UNSPECIFIED"),
                   "ExecutionSummary": {"ExecutionTime": last.get("LastExecutionDate", call.now), "ExecutionId": last["ExecutionId"], "ExecutionType": "Command"}}  # fmt: skip


def _fits(row, filters):
    for f in filters or []:
        member = {"ComplianceType": "ComplianceType", "Status": "Status", "Severity": "Severity", "Id": "Id", "ResourceId": "ResourceId"}.get(f["Key"])
        if member and (row[member] in f["Values"]) == (f.get("Type", "EQUAL") == "NOT_EQUAL"):
            return False
    return True


@ssm("ListComplianceItems", "of associations, by resource and filters")
def compliance_items(call, p):
    return {"ComplianceItems": [r for r in _compliance(call) if r["ResourceId"] in p.get("ResourceIds", [r["ResourceId"]]) and _fits(r, p.get("Filters"))]}


def _counts(rows):
    good = sum(r["Status"] == "COMPLIANT" for r in rows)
    return {"CompliantSummary": {"CompliantCount": good}, "NonCompliantSummary": {"NonCompliantCount": len(rows) - good}}


@ssm("ListComplianceSummaries", "counts by type")
def compliance_summaries(call, p):
    by_type = {}
    for row in _compliance(call):
        if _fits(row, p.get("Filters")):
            by_type.setdefault(row["ComplianceType"], []).append(row)
    return {"ComplianceSummaryItems": [{"ComplianceType": t, **_counts(rows)} for t, rows in by_type.items()]}


@ssm("ListResourceComplianceSummaries", "counts by resource")
def resource_summaries(call, p):
    by_resource = {}
    for row in _compliance(call):
        if _fits(row, p.get("Filters")):
            by_resource.setdefault((row["ComplianceType"], row["ResourceId"]), []).append(row)
    return {"ResourceComplianceSummaryItems": [
        {"ComplianceType": t, "ResourceType": "ManagedInstance", "ResourceId": n, "OverallSeverity": "UNSPECIFIED", "ExecutionSummary": rows[0]["ExecutionSummary"],
         "Status": "COMPLIANT" if all(r["Status"] == "COMPLIANT" for r in rows) else "NON_COMPLIANT", **_counts(rows)} for (t, n), rows in by_resource.items()]}  # fmt: skip
