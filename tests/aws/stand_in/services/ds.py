"""Directory Service: managed directories, AD Connectors, hybrid directories, trusts, forwarders, shares, Regions, settings."""

import ipaddress

from .. import seeds
from ..registry import hook, operation
from ..world import Failure
from .ec2_base import SUBNET, reach
from .ec2_compute import drop_interfaces, interface
from .organizations import put_tags
from .ram_view import members


def ds(name, does=""):
    return operation("ds", name, does)


def failure(call, code, text):
    return Failure(code, text, RequestId=call.request_id)


def client(call, text):
    return failure(call, "ClientException", text)


def directory(call, name, missing="EntityDoesNotExistException", active=True):
    """A directory of the account in the Region; `active`: DirectoryUnavailableException while it is not."""
    found = call.get("directory", name)
    if found is None:
        raise failure(call, missing, f"Directory {name} does not exist" if missing == "EntityDoesNotExistException" else f"Directory {name} is not found")
    if active and not call.read and found["Stage"] != "Active":
        raise failure(call, "DirectoryUnavailableException", f"Directory {name} is in state {found['Stage']}.")
    return found


def managed(call, name, **more):
    found = directory(call, name, **more)
    if found["Type"] != "MicrosoftAD":
        raise failure(call, "UnsupportedOperationException", f"Operation is not supported for directory type {found['Type']}.")
    return found


def _ec2(call):
    other = call.at()
    other.service = "ec2"
    return other


def _vpc(call, settings):
    """Two subnets in two zones of the VPC: API_DirectoryVpcSettings."""
    ec2 = _ec2(call)
    vpc = ec2.world.find((call.account, call.region, "ec2.vpc", settings["VpcId"]))
    names = settings["SubnetIds"]
    found = []
    for name in names:
        subnet = ec2.world.find((call.account, call.region, "ec2.subnet", name))
        if subnet is None:
            try:
                subnet = reach(ec2, SUBNET, name)
            except Failure:
                raise failure(call, "InvalidParameterException", f"Invalid subnet ID: {name}")
        found.append(subnet)
    if vpc is None and not found:
        raise failure(call, "InvalidParameterException", f"Invalid VPC ID: {settings['VpcId']}")
    if len(set(names)) != 2 or any(s["VpcId"] != settings["VpcId"] for s in found):
        raise failure(call, "InvalidParameterException", "Invalid subnet ID(s). They must correspond to two subnets in different Availability Zones of the VPC.")
    if len({s["AvailabilityZone"] for s in found}) != 2:
        raise client(call, "Invalid subnet ID(s). The two subnets must be in different Availability Zones.")
    return found


def _words(text):
    return sum(any(f(c) for c in text) for f in (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum()))


def _password(call, text):
    """8 to 64 characters of three classes, without `admin`: API_CreateMicrosoftAD, Password."""
    if not 8 <= len(text) <= 64 or _words(text) < 3 or "admin" in text.lower():
        raise failure(call, "InvalidParameterException", "The password does not meet the complexity requirements.")


SETTINGS = {  # name: (type, allowed values, default); admin guide, "Editing directory security settings"
    **{n: ("Cipher", ["Enable", "Disable"], "Enable") for n in (
        "AES_128_128", "DES_56_56", "RC2_40_128", "RC2_56_128", "RC2_128_128", "RC4_40_128", "RC4_56_128", "RC4_64_128", "RC4_128_128",
        "TRIPLE_DES_168_168", "PCT_1_0", "SSL_2_0", "SSL_3_0", "TLS_1_0", "TLS_1_1")},
    "CERTIFICATE_STRONG_ENFORCEMENT": ("Certificate-based Authentication", ["Compatibility", "Full_Enforcement"], "Compatibility"),
    "CERTIFICATE_BACKDATING_COMPENSATION": ("Certificate-based Authentication", [], "1800"),
    "TLS_CIPHER_SUITES": ("Cipher", [], ""),
}  # fmt: skip


def _new(call, value, subnets, groups=True):
    """The directory object with its group and one interface per controller."""
    name = f"d-{call.world.hex(10)}"
    value = {
        "DirectoryId": name, "Alias": name, "AccessUrl": f"{name}.awsapps.com", "Stage": "Requested", "LaunchTime": call.now, "SsoEnabled": False,
        "StageLastUpdatedDateTime": call.now, "DnsIpAddrs": [], "_tags": [], "_controllers": {}, "_trusts": {}, "_forwarders": {}, "_shares": {},
        "_certificates": {}, "_ldaps": {}, "_radius": None, "_log": None, "_topics": {}, "_routes": {}, "_settings": {}, "_snapshots": {},
        "_schema": {}, "_ca": None, "_client_auth": {}, "_data": "Disabled", "_computers": {}, "_users": {}, "_groups": {}, "_updates": [], **value,
    }  # fmt: skip
    call.put("directory", name, value)
    from .ec2_network import group

    made = group(_ec2(call), subnets[0]["VpcId"], f"{name}_controllers", f"AWS created security group for {name} directory controllers", {})
    settings = value["VpcSettings"] if "VpcSettings" in value else value["ConnectSettings"]
    settings.update(SecurityGroupId=made["GroupId"], AvailabilityZones=[s["AvailabilityZone"] for s in subnets])
    if "ConnectSettings" in value:
        settings["ConnectIps"] = []
    for subnet in subnets:
        address = _controller(call, value, subnet, made["GroupId"])
        (value["DnsIpAddrs"] if "VpcSettings" in value else settings["ConnectIps"]).append(address)
    return value


def _controller(call, value, subnet, group, status="Creating"):
    eni = interface(call, subnet, [group], f"AWS created network interface for directory {value['DirectoryId']}", "interface")
    key = f"dc-{call.world.hex(10)}"
    value["_controllers"][key] = {
        "DirectoryId": value["DirectoryId"], "DomainControllerId": key, "DnsIpAddr": eni["PrivateIpAddress"], "VpcId": subnet["VpcId"],
        "SubnetId": subnet["SubnetId"], "AvailabilityZone": subnet["AvailabilityZone"], "Status": status, "LaunchTime": call.now,
        "StatusLastUpdatedDateTime": call.now, "_eni": eni["NetworkInterfaceId"]}  # fmt: skip
    return eni["PrivateIpAddress"]


def _start(call, value, delay):
    name = value["DirectoryId"]
    call.later("directory", name, "ds.requested", {"Stage": "Creating"})
    seconds = call.world.delay("ds.requested") + call.world.delay(delay)
    good = {"Stage": "Active"}
    bad = {"Stage": "Failed", "StageReason": "An internal service error has been encountered during the directory creation."}
    call.world.later(call.place("directory", name), seconds, bad if call.half else good, "directory_ready")


@hook
def directory_ready(world, place, value):
    value["StageLastUpdatedDateTime"] = world.now()
    for controller in value["_controllers"].values():
        if value["Stage"] == "Active":
            controller.update(Status="Active", StatusLastUpdatedDateTime=world.now())


def _count(call, *types):
    return sum(d["Type"] in types for d in call.table("directory").values())


@ds("CreateMicrosoftAD", "Requested, Creating, Active after half an hour; no token: twice makes two; two subnets in two zones; makes a group and interfaces; quota")
def create_microsoft(call, p):
    subnets = _vpc(call, p["VpcSettings"])
    _password(call, p["Password"])
    call.limit("ds.directories", _count(call, "MicrosoftAD"), "DirectoryLimitExceededException", RequestId=call.request_id)
    short = p.get("ShortName") or p["Name"].split(".")[0].upper()[:15]
    value = _new(call, {
        "Name": p["Name"], "ShortName": short, "Edition": p.get("Edition", "Enterprise"), "Description": p.get("Description"), "Type": "MicrosoftAD",
        "VpcSettings": {k: p["VpcSettings"][k] for k in ("VpcId", "SubnetIds")}, "DesiredNumberOfDomainControllers": 2, "OsVersion": "SERVER_2019",
        "_tags": list(p.get("Tags", [])), "RegionsInfo": {"PrimaryRegion": call.region, "AdditionalRegions": []}, "_regions": {},
    }, subnets)  # fmt: skip
    _start(call, value, "ds.directory")
    return {"DirectoryId": value["DirectoryId"]}


@ds("ConnectDirectory", "AD Connector: Requested, Creating, Active; quota")
def connect(call, p):
    settings = p["ConnectSettings"]
    subnets = _vpc(call, settings)
    call.limit("ds.connectors", _count(call, "ADConnector"), "DirectoryLimitExceededException", RequestId=call.request_id)
    value = _new(call, {
        "Name": p["Name"], "ShortName": p.get("ShortName"), "Size": p["Size"], "Description": p.get("Description"), "Type": "ADConnector",
        "ConnectSettings": {"VpcId": settings["VpcId"], "SubnetIds": settings["SubnetIds"], "CustomerUserName": settings["CustomerUserName"]},
        "_tags": list(p.get("Tags", [])),
    }, subnets)  # fmt: skip
    value["DnsIpAddrs"] = list(settings.get("CustomerDnsIps", []))
    _start(call, value, "ds.connector")
    return {"DirectoryId": value["DirectoryId"]}


def _shown(value):
    """Shared directories show what their owner's account has."""
    return {**value, "RadiusSettings": {k: v for k, v in (value["_radius"] or {}).items() if k != "SharedSecret"} or None} if "_radius" in value else value


@ds("DescribeDirectories", "those of the account, and those that it was shared; tags are not in the answer")
def describe(call, p):
    rows = call.rows("directory")
    names = p.get("DirectoryIds")
    if names:
        by_id = {r["DirectoryId"]: r for r in rows}
        for name in names:
            if name not in by_id:
                raise failure(call, "EntityDoesNotExistException", f"Directory {name} does not exist")
        rows = [by_id[n] for n in names]
    return {"DirectoryDescriptions": [_shown(r) for r in rows]}


@ds("DeleteDirectory", "refused while shared, trusted, replicated or authorized for Identity Center; Deleting for minutes; takes group and interfaces along")
def delete(call, p):
    value = directory(call, p["DirectoryId"], active=False)
    if value["Type"] == "SharedMicrosoftAD":
        raise failure(call, "UnsupportedOperationException", "A shared directory is removed by its owner.")
    if value["Stage"] in ("Deleting", "Creating", "Requested"):
        raise client(call, f"Cannot delete the directory in state {value['Stage']}.")
    if any(s["ShareStatus"] in ("Shared", "Sharing", "PendingAcceptance") for s in value["_shares"].values()):
        raise client(call, "Cannot delete the directory because it is shared with other accounts.")
    if value.get("_regions"):
        raise client(call, "Cannot delete the directory because it is replicated to additional Regions.")
    if any(t["TrustState"] not in ("Deleted", "Failed") for t in value["_trusts"].values()):
        raise client(call, "Cannot delete the directory because it has trust relationships.")
    for _, _, _, store in call.world.everywhere("identitystore.store"):
        if store["_source"] == p["DirectoryId"]:
            raise client(call, "Cannot delete the directory because it still has authorized applications.")
    value["Stage"] = "Deleting"
    call.later("directory", p["DirectoryId"], "ds.delete", {}, hook="directory_gone")
    return {"DirectoryId": p["DirectoryId"]}


@hook
def directory_gone(world, place, value):
    account, region, kind, name = place
    drop_interfaces(world, account, region, lambda e: e["Description"] == f"AWS created network interface for directory {name}")
    settings = value.get("VpcSettings") or value["ConnectSettings"]
    groups = world.table(account, region, "ec2.security-group")
    groups.pop(settings.get("SecurityGroupId"), None)
    rules = world.table(account, region, "ec2.security-group-rule")
    for key in [k for k, r in rules.items() if r["GroupId"] == settings.get("SecurityGroupId")]:
        del rules[key]
    del world.table(account, region, kind)[name]


@ds("CreateAlias", "once, for ever, unique: EntityAlreadyExistsException")
def create_alias(call, p):
    value = directory(call, p["DirectoryId"])
    if value["Alias"] != value["DirectoryId"]:
        raise client(call, "The directory has an alias.")
    for _, _, _, other in call.world.everywhere("ds.directory"):
        if other["Alias"] == p["Alias"]:
            raise failure(call, "EntityAlreadyExistsException", f"The alias '{p['Alias']}' is in use.")
    value.update(Alias=p["Alias"], AccessUrl=f"{p['Alias']}.awsapps.com")
    return {"DirectoryId": p["DirectoryId"], "Alias": p["Alias"]}


@ds("GetDirectoryLimits")
def limits(call, p):
    """From the quotas."""
    have = {"MicrosoftAD": _count(call, "MicrosoftAD"), "ADConnector": _count(call, "ADConnector")}
    most, connectors = call.world.quota("ds.directories"), call.world.quota("ds.connectors")
    return {"DirectoryLimits": {
        "CloudOnlyMicrosoftADLimit": most, "CloudOnlyMicrosoftADCurrentCount": have["MicrosoftAD"], "CloudOnlyMicrosoftADLimitReached": have["MicrosoftAD"] >= most,
        "ConnectedDirectoriesLimit": connectors, "ConnectedDirectoriesCurrentCount": have["ADConnector"],
        "ConnectedDirectoriesLimitReached": have["ADConnector"] >= connectors, "CloudOnlyDirectoriesLimit": 10, "CloudOnlyDirectoriesCurrentCount": 0,
        "CloudOnlyDirectoriesLimitReached": False}}  # fmt: skip


@ds("EnableSso")
def enable_sso(call, p):
    """AD credentials for the access URL; an alias is needed."""
    value = directory(call, p["DirectoryId"])
    if value["Alias"] == value["DirectoryId"]:
        raise client(call, "The directory has no alias.")
    value["SsoEnabled"] = True
    return {}


@ds("DisableSso")
def disable_sso(call, p):
    """Off."""
    directory(call, p["DirectoryId"])["SsoEnabled"] = False
    return {}


# ---- controllers ----
@ds("UpdateNumberOfDomainControllers", "two to twenty; one request at a time; a new one takes most of an hour")
def controllers(call, p):
    value = managed(call, p["DirectoryId"])
    wanted = p["DesiredNumber"]
    if wanted > call.world.quota("ds.controllers"):
        raise failure(call, "DomainControllerLimitExceededException", "The maximum number of domain controllers has been exceeded.")
    if any(c["Status"] in ("Creating", "Deleting") for c in value["_controllers"].values()):
        raise failure(call, "DirectoryUnavailableException", "The directory is being updated.")
    value["DesiredNumberOfDomainControllers"] = wanted
    live = [c for c in value["_controllers"].values() if c["Status"] == "Active"]
    for controller in live[wanted:]:
        controller["Status"] = "Deleting"
    ec2 = _ec2(call)
    subnets = [reach(ec2, SUBNET, n) for n in value["VpcSettings"]["SubnetIds"]]
    for index in range(len(live), wanted):
        _controller(call, value, subnets[index % 2], value["VpcSettings"]["SecurityGroupId"])
    call.later("directory", p["DirectoryId"], "ds.controller", {}, hook="controllers_changed")
    return {}


@hook
def controllers_changed(world, place, value):
    account, region, _, name = place
    for key, controller in list(value["_controllers"].items()):
        if controller["Status"] == "Creating":
            controller.update(Status="Active", StatusLastUpdatedDateTime=world.now())
        elif controller["Status"] == "Deleting":
            drop_interfaces(world, account, region, lambda e, c=controller: e["NetworkInterfaceId"] == c["_eni"])
            del value["_controllers"][key]
    value["DnsIpAddrs"] = [c["DnsIpAddr"] for c in value["_controllers"].values()]


@ds("DescribeDomainControllers", "with a state each")
def describe_controllers(call, p):
    value = managed(call, p["DirectoryId"])
    names = p.get("DomainControllerIds", list(value["_controllers"]))
    for name in names:
        if name not in value["_controllers"]:
            raise failure(call, "EntityDoesNotExistException", f"Domain controller {name} does not exist.")
    return {"DomainControllers": [value["_controllers"][n] for n in names]}


# ---- trusts ----
@ds("CreateTrust", "Creating, Created, Verifying, Verified; VerifyFailed without a conditional forwarder; EntityAlreadyExistsException per remote domain")
def create_trust(call, p):
    value = managed(call, p["DirectoryId"])
    if any(t["RemoteDomainName"].lower() == p["RemoteDomainName"].lower() for t in value["_trusts"].values()):
        raise failure(call, "EntityAlreadyExistsException", f"A trust relationship with {p['RemoteDomainName']} already exists.")
    if any(t["TrustState"] in ("Creating", "Deleting", "Updating") for t in value["_trusts"].values()):
        raise client(call, "Another trust relationship is being changed.")
    if p["RemoteDomainName"].lower() == value["Name"].lower():
        raise failure(call, "InvalidParameterException", "The remote domain is the directory's own.")
    if p.get("ConditionalForwarderIpAddrs"):
        _put_forwarder(call, value, p["RemoteDomainName"], p["ConditionalForwarderIpAddrs"])
    name = f"t-{call.world.hex(10)}"
    value["_trusts"][name] = {
        "DirectoryId": p["DirectoryId"], "TrustId": name, "RemoteDomainName": p["RemoteDomainName"], "TrustType": p.get("TrustType", "Forest"),
        "TrustDirection": p["TrustDirection"], "TrustState": "Creating", "CreatedDateTime": call.now, "LastUpdatedDateTime": call.now,
        "StateLastUpdatedDateTime": call.now, "SelectiveAuth": p.get("SelectiveAuth", "Disabled"), "_half": call.half}  # fmt: skip
    call.later("directory", p["DirectoryId"], "ds.trust", {}, hook="trust_created")
    return {"TrustId": name}


def _state(world, trust, state, reason=None):
    trust.update(TrustState=state, StateLastUpdatedDateTime=world.now(), TrustStateReason=reason)


@hook
def trust_created(world, place, value):
    for name, trust in list(value["_trusts"].items()):
        if trust["TrustState"] == "Creating":
            if trust.pop("_half", False):
                _state(world, trust, "Failed", "half-done")
                continue
            _state(world, trust, "Verifying")
            world.later(place, world.delay("ds.trust.verify"), {}, "trust_verified")
        elif trust["TrustState"] == "Deleting":
            del value["_trusts"][name]
        elif trust["TrustState"] == "Updating":
            _state(world, trust, "Updated")


@hook
def trust_verified(world, place, value):
    for trust in value["_trusts"].values():
        if trust["TrustState"] == "Verifying":
            names = {f.lower() for f in value["_forwarders"]}
            if trust["RemoteDomainName"].lower() in names and not value.get("_remote_refuses"):
                _state(world, trust, "Verified")
            else:
                _state(world, trust, "VerifyFailed", "The remote domain could not be resolved or does not answer.")


def _trust(call, name):
    for value in call.table("directory").values():
        if name in value.get("_trusts", {}):
            return value, value["_trusts"][name]
    raise failure(call, "EntityDoesNotExistException", f"Trust {name} does not exist.")


@ds("DescribeTrusts", "of one directory or of all")
def describe_trusts(call, p):
    rows = []
    if p.get("DirectoryId"):
        directory(call, p["DirectoryId"])
    for value in call.rows("directory"):
        if value["DirectoryId"] == p.get("DirectoryId", value["DirectoryId"]):
            rows += value.get("_trusts", {}).values()
    for name in p.get("TrustIds", []):
        if name not in [r["TrustId"] for r in rows]:
            raise failure(call, "EntityDoesNotExistException", f"Trust {name} does not exist.")
    return {"Trusts": [r for r in rows if r["TrustId"] in p.get("TrustIds", [r["TrustId"]])]}


@ds("VerifyTrust", "Verifying again, then Verified or VerifyFailed")
def verify_trust(call, p):
    value, trust = _trust(call, p["TrustId"])
    _state(call.world, trust, "Verifying")
    call.later("directory", value["DirectoryId"], "ds.trust.verify", {}, hook="trust_verified")
    return {"TrustId": p["TrustId"]}


@ds("UpdateTrust", "selective authentication only; Updating, then Updated")
def update_trust(call, p):
    value, trust = _trust(call, p["TrustId"])
    trust["SelectiveAuth"] = p.get("SelectiveAuth", trust["SelectiveAuth"])
    _state(call.world, trust, "Updating")
    call.later("directory", value["DirectoryId"], "ds.trust", {}, hook="trust_created")
    return {"TrustId": p["TrustId"], "RequestId": call.request_id}


@ds("DeleteTrust", "Deleting, then gone; the forwarder goes if asked")
def delete_trust(call, p):
    value, trust = _trust(call, p["TrustId"])
    _state(call.world, trust, "Deleting")
    if p.get("DeleteAssociatedConditionalForwarder"):
        value["_forwarders"].pop(trust["RemoteDomainName"], None)
    call.later("directory", value["DirectoryId"], "ds.trust", {}, hook="trust_created")
    return {"TrustId": p["TrustId"]}


# ---- conditional forwarders ----
def _addresses(call, names):
    for name in names:
        try:
            ipaddress.ip_address(name)
        except ValueError:
            raise failure(call, "InvalidParameterException", f"{name} is not an address.")
    if not 1 <= len(names) <= 4:
        raise failure(call, "InvalidParameterException", "A forwarder has one to four addresses.")
    return list(names)


def _put_forwarder(call, value, domain, names):
    value["_forwarders"][domain] = {"RemoteDomainName": domain, "DnsIpAddrs": _addresses(call, names), "ReplicationScope": "Domain"}


@ds("CreateConditionalForwarder", "EntityAlreadyExistsException; one to four addresses")
def create_forwarder(call, p):
    value = managed(call, p["DirectoryId"])
    if p["RemoteDomainName"] in value["_forwarders"]:
        raise failure(call, "EntityAlreadyExistsException", f"A conditional forwarder for {p['RemoteDomainName']} already exists.")
    _put_forwarder(call, value, p["RemoteDomainName"], p.get("DnsIpAddrs", []))
    return {}


def _forwarder(call, p):
    value = managed(call, p["DirectoryId"])
    if p["RemoteDomainName"] not in value["_forwarders"]:
        raise failure(call, "EntityDoesNotExistException", f"There is no conditional forwarder for {p['RemoteDomainName']}.")
    return value


@ds("UpdateConditionalForwarder")
def update_forwarder(call, p):
    """The addresses."""
    _put_forwarder(call, _forwarder(call, p), p["RemoteDomainName"], p.get("DnsIpAddrs", []))
    return {}


@ds("DeleteConditionalForwarder")
def delete_forwarder(call, p):
    """EntityDoesNotExistException."""
    del _forwarder(call, p)["_forwarders"][p["RemoteDomainName"]]
    return {}


@ds("DescribeConditionalForwarders")
def describe_forwarders(call, p):
    """By domain."""
    value = managed(call, p["DirectoryId"])
    for name in p.get("RemoteDomainNames", []):
        if name not in value["_forwarders"]:
            raise failure(call, "EntityDoesNotExistException", f"There is no conditional forwarder for {name}.")
    rows = [value["_forwarders"][n] for n in p.get("RemoteDomainNames") or value["_forwarders"]]
    return {"ConditionalForwarders": rows}


# ---- shares ----
@ds("ShareDirectory", "Sharing, then Shared or PendingAcceptance; Enterprise and Standard quotas; within an organization needs trusted access")
def share(call, p):
    value = managed(call, p["DirectoryId"])
    target = p["ShareTarget"]["Id"]
    live = {k: s for k, s in value["_shares"].items() if s["ShareStatus"] not in ("Rejected", "RejectFailed", "ShareFailed", "Deleted")}
    if any(s["SharedAccountId"] == target for s in live.values()):
        raise failure(call, "DirectoryAlreadySharedException", "The directory has been shared with this account already.")
    if target == call.account or p["ShareTarget"]["Type"] != "ACCOUNT" or target not in call.world.table("", "aws-global", "stand-in.accounts"):
        raise failure(call, "InvalidTargetException", "The target is not valid.")
    quota = "ds.shares-standard" if value["Edition"] == "Standard" else "ds.shares-enterprise"
    call.limit(quota, len(live), "ShareLimitExceededException", RequestId=call.request_id)
    if p["ShareMethod"] == "ORGANIZATIONS":
        organization = members(call.world, call.account)
        if organization is None or target not in organization["_accounts"]:
            raise failure(call, "OrganizationsException", "The account is not in the organization.")
        if "ds.amazonaws.com" not in organization["_trusted"]:
            raise failure(call, "OrganizationsException", "Directory Service has no trusted access to the organization.")
    name = f"d-{call.world.hex(10)}"
    value["_shares"][name] = {
        "OwnerAccountId": call.account, "OwnerDirectoryId": p["DirectoryId"], "ShareMethod": p["ShareMethod"], "SharedAccountId": target,
        "SharedDirectoryId": name, "ShareStatus": "Sharing", "ShareNotes": p.get("ShareNotes"), "CreatedDateTime": call.now,
        "LastUpdatedDateTime": call.now, "_half": call.half}  # fmt: skip
    call.later("directory", p["DirectoryId"], "ds.share", {}, hook="share_moves")
    return {"SharedDirectoryId": name}


@hook
def share_moves(world, place, value):
    account, region, _, _ = place
    for name, entry in list(value["_shares"].items()):
        status = entry["ShareStatus"]
        if status == "Sharing":
            if entry.pop("_half", False):
                entry["ShareStatus"] = "ShareFailed"
                continue
            handshake = entry["ShareMethod"] == "HANDSHAKE" and not entry.get("_accepted")
            entry["ShareStatus"] = "PendingAcceptance" if handshake else "Shared"
            consumer = world.table(entry["SharedAccountId"], region, "ds.directory")
            if name not in consumer:
                consumer[name] = _consumer(world, value, entry)
            consumer[name].update(ShareStatus=entry["ShareStatus"], Stage="Active")
        elif status == "Deleting":
            del value["_shares"][name]
            world.table(entry["SharedAccountId"], region, "ds.directory").pop(name, None)
        entry["LastUpdatedDateTime"] = world.now()


def _consumer(world, value, entry):
    return {"DirectoryId": entry["SharedDirectoryId"], "Name": value["Name"], "ShortName": value["ShortName"], "Type": "SharedMicrosoftAD", "Stage": "Active",
            "Alias": entry["SharedDirectoryId"], "DnsIpAddrs": value["DnsIpAddrs"], "ShareMethod": entry["ShareMethod"], "LaunchTime": world.now(),
            "ShareNotes": entry.get("ShareNotes"), "SsoEnabled": False, "Edition": value["Edition"], "_tags": [], "_trusts": {}, "_owner": entry["OwnerAccountId"],
            "OwnerDirectoryDescription": {"DirectoryId": value["DirectoryId"], "AccountId": entry["OwnerAccountId"], "DnsIpAddrs": value["DnsIpAddrs"],
                                          "VpcSettings": value.get("VpcSettings")}}  # fmt: skip


def _owned_share(call, name):
    """The owner's entry of a directory that is shared with this account."""
    for account, region, _, value in call.world.everywhere("ds.directory"):
        if region == call.region and name in value.get("_shares", {}) and value["_shares"][name]["SharedAccountId"] == call.account:
            return account, value, value["_shares"][name]
    raise failure(call, "EntityDoesNotExistException", f"Directory {name} does not exist")


@ds("AcceptSharedDirectory", "only while PendingAcceptance: DirectoryAlreadySharedException")
def accept(call, p):
    account, value, entry = _owned_share(call, p["SharedDirectoryId"])
    if entry["ShareStatus"] == "Shared":
        raise failure(call, "DirectoryAlreadySharedException", "The directory is shared already.")
    if entry["ShareStatus"] != "PendingAcceptance":
        raise client(call, f"The share is {entry['ShareStatus']}.")
    entry.update(ShareStatus="Sharing", _accepted=True)
    call.table("directory")[p["SharedDirectoryId"]]["ShareStatus"] = "Sharing"
    call.world.later([account, call.region, "ds.directory", value["DirectoryId"]], call.world.delay("ds.share"), {}, "share_moves")
    return {"SharedDirectory": entry}


@ds("RejectSharedDirectory", "only while PendingAcceptance")
def reject(call, p):
    _, _, entry = _owned_share(call, p["SharedDirectoryId"])
    if entry["ShareStatus"] != "PendingAcceptance":
        raise client(call, f"The share is {entry['ShareStatus']}.")
    entry["ShareStatus"] = "Rejected"
    call.table("directory").pop(p["SharedDirectoryId"], None)
    return {"SharedDirectoryId": p["SharedDirectoryId"]}


@ds("UnshareDirectory", "DirectoryNotSharedException; Deleting, then gone in both accounts")
def unshare(call, p):
    value = managed(call, p["DirectoryId"])
    for entry in value["_shares"].values():
        if entry["SharedAccountId"] == p["UnshareTarget"]["Id"] and entry["ShareStatus"] != "Deleting":
            entry["ShareStatus"] = "Deleting"
            call.later("directory", p["DirectoryId"], "ds.share", {}, hook="share_moves")
            return {"SharedDirectoryId": entry["SharedDirectoryId"]}
    raise failure(call, "DirectoryNotSharedException", "The directory is not shared with this account.")


@ds("DescribeSharedDirectories", "by the owner's directory")
def describe_shares(call, p):
    value = directory(call, p["OwnerDirectoryId"])
    rows = value.get("_shares", {}).values()
    return {"SharedDirectories": [r for r in rows if r["SharedDirectoryId"] in p.get("SharedDirectoryIds", [r["SharedDirectoryId"]])]}


# ---- Regions ----
@ds("AddRegion", "Enterprise only; a directory of its own in that Region, Creating for half an hour; ranges must not overlap; quota")
def add_region(call, p):
    value = managed(call, p["DirectoryId"], missing="DirectoryDoesNotExistException")
    region = p["RegionName"]
    if value["Edition"] != "Enterprise":
        raise failure(call, "UnsupportedOperationException", "Only Enterprise Edition is replicated to other Regions.")
    if region == call.region or region in value["_regions"]:
        raise failure(call, "DirectoryAlreadyInRegionException", f"The directory is in {region} already.")
    if not seeds.region_enabled(call.world, call.account, region):
        raise failure(call, "InvalidParameterException", f"The Region {region} is not enabled.")
    if len(value["_regions"]) + 1 >= call.world.quota("ds.regions"):
        raise failure(call, "RegionLimitExceededException", "You have reached the limit for maximum number of simultaneous Region replications per directory.")
    there = call.at(region=region)
    subnets = _vpc(there, p["VPCSettings"])
    own_vpc = call.world.find((call.account, call.region, "ec2.vpc", value["VpcSettings"]["VpcId"]))
    other = call.world.find((call.account, region, "ec2.vpc", p["VPCSettings"]["VpcId"]))
    if own_vpc and other and ipaddress.ip_network(own_vpc["CidrBlock"]).overlaps(ipaddress.ip_network(other["CidrBlock"])):
        raise failure(call, "InvalidParameterException", "The CIDR blocks of the VPCs overlap.")
    replica = {**value, "VpcSettings": {k: p["VPCSettings"][k] for k in ("VpcId", "SubnetIds")}, "_regions": {}, "_shares": {}, "_controllers": {},
               "_replica": True, "_primary": call.region, "DnsIpAddrs": [], "Stage": "Creating", "DesiredNumberOfDomainControllers": 2, "_lag": 0,
               "_certificates": {}, "_ldaps": {}, "_log": None, "_topics": {}}  # fmt: skip
    name = p["DirectoryId"]
    there.put("directory", name, replica)
    from .ec2_network import group

    made = group(_ec2(there), subnets[0]["VpcId"], f"{name}_controllers", f"AWS created security group for {name} directory controllers", {})
    replica["VpcSettings"].update(SecurityGroupId=made["GroupId"], AvailabilityZones=[s["AvailabilityZone"] for s in subnets])
    for subnet in subnets:
        replica["DnsIpAddrs"].append(_controller(there, replica, subnet, made["GroupId"]))
    value["_regions"][region] = {"LaunchTime": call.now}
    value["RegionsInfo"]["AdditionalRegions"] = sorted(value["_regions"])
    there.later("directory", name, "ds.region", {"Stage": "Active"}, bad={"Stage": "Failed"}, hook="directory_ready")
    return {}


@ds("DescribeRegions", "primary and added ones with their stages")
def describe_regions(call, p):
    value = managed(call, p["DirectoryId"], missing="DirectoryDoesNotExistException", active=False)
    primary = value.get("_primary", call.region)
    owner = call.world.find((call.account, primary, "ds.directory", p["DirectoryId"]))
    rows = []
    for region in [primary, *owner.get("_regions", {})]:
        found = call.world.find((call.account, region, "ds.directory", p["DirectoryId"]))
        if found and region == p.get("RegionName", region):
            rows.append({"DirectoryId": p["DirectoryId"], "RegionName": region, "RegionType": "Primary" if region == primary else "Additional",
                         "Status": found["Stage"], "VpcSettings": {k: found["VpcSettings"][k] for k in ("VpcId", "SubnetIds")},
                         "DesiredNumberOfDomainControllers": found["DesiredNumberOfDomainControllers"], "LaunchTime": found["LaunchTime"]})  # fmt: skip
    return {"RegionsDescription": rows}


@ds("RemoveRegion", "sent to the Region that is removed; not the primary one")
def remove_region(call, p):
    value = directory(call, p["DirectoryId"], "DirectoryDoesNotExistException")
    if not value.get("_replica"):
        raise failure(call, "UnsupportedOperationException", "The primary Region cannot be removed.")
    value["Stage"] = "Deleting"
    call.later("directory", p["DirectoryId"], "ds.delete", {}, hook="region_removed")
    return {}


@hook
def region_removed(world, place, value):
    account, region, kind, name = place
    owner = world.find((account, value["_primary"], kind, name))
    owner["_regions"].pop(region, None)
    owner["RegionsInfo"]["AdditionalRegions"] = sorted(owner["_regions"])
    directory_gone(world, place, value)


# ---- certificates, LDAPS, client authentication ----
@ds("RegisterCertificate", "Registering, then Registered; CertificateAlreadyExistsException; five at most")
def register_certificate(call, p):
    value = directory(call, p["DirectoryId"], "DirectoryDoesNotExistException")
    if "-----BEGIN CERTIFICATE-----" not in p["CertificateData"]:
        raise failure(call, "InvalidCertificateException", "The certificate is not PEM.")
    if any(c["_data"] == p["CertificateData"] for c in value["_certificates"].values()):
        raise failure(call, "CertificateAlreadyExistsException", "The certificate is registered already.")
    call.limit("ds.certificates", len(value["_certificates"]), "CertificateLimitExceededException", RequestId=call.request_id)
    name = f"c-{call.world.hex(10)}"
    value["_certificates"][name] = {"CertificateId": name, "State": "Registering", "CommonName": "stand-in", "RegisteredDateTime": call.now,
                                    "ExpiryDateTime": call.now + 365 * 86400, "Type": p.get("Type", "ClientLDAPS"), "_data": p["CertificateData"],
                                    "ClientCertAuthSettings": p.get("ClientCertAuthSettings")}  # fmt: skip
    call.later("directory", p["DirectoryId"], "ds.certificate", {}, hook="certificates_move")
    return {"CertificateId": name}


@hook
def certificates_move(world, place, value):
    for name, certificate in list(value["_certificates"].items()):
        if certificate["State"] == "Registering":
            certificate["State"] = "Registered"
        elif certificate["State"] == "Deregistering":
            del value["_certificates"][name]


def _certificate(call, p):
    value = directory(call, p["DirectoryId"], "DirectoryDoesNotExistException")
    if p["CertificateId"] not in value["_certificates"]:
        raise failure(call, "CertificateDoesNotExistException", "The certificate does not exist.")
    return value, value["_certificates"][p["CertificateId"]]


@ds("DeregisterCertificate", "CertificateInUseException for the last one while LDAPS is on")
def deregister_certificate(call, p):
    value, certificate = _certificate(call, p)
    if value["_ldaps"].get("Client") == "Enabled" and len(value["_certificates"]) == 1:
        raise failure(call, "CertificateInUseException", "The certificate is in use for LDAPS.")
    certificate["State"] = "Deregistering"
    call.later("directory", p["DirectoryId"], "ds.certificate", {}, hook="certificates_move")
    return {}


@ds("DescribeCertificate")
def describe_certificate(call, p):
    """CertificateDoesNotExistException."""
    return {"Certificate": _certificate(call, p)[1]}


@ds("ListCertificates")
def list_certificates(call, p):
    """With their states."""
    return {"CertificatesInfo": list(directory(call, p["DirectoryId"], "DirectoryDoesNotExistException")["_certificates"].values())}


@ds("EnableLDAPS", "NoAvailableCertificateException without a registered one; Enabling, then Enabled")
def enable_ldaps(call, p):
    value = directory(call, p["DirectoryId"], "DirectoryDoesNotExistException")
    if not any(c["State"] == "Registered" for c in value["_certificates"].values()):
        raise failure(call, "NoAvailableCertificateException", "There is no registered certificate.")
    if value["_ldaps"].get(p["Type"]) in ("Enabled", "Enabling"):
        raise failure(call, "InvalidLDAPSStatusException", f"LDAPS is {value['_ldaps'][p['Type']]}.")
    value["_ldaps"][p["Type"]] = "Enabling"
    call.later("directory", p["DirectoryId"], "ds.ldaps", {}, bad={"_ldaps": {p["Type"]: "EnableFailed"}}, hook="ldaps_on")
    return {}


@hook
def ldaps_on(world, place, value):
    for kind, status in value["_ldaps"].items():
        if status == "Enabling":
            value["_ldaps"][kind] = "Enabled"


@ds("DisableLDAPS", "InvalidLDAPSStatusException while it is off")
def disable_ldaps(call, p):
    value = directory(call, p["DirectoryId"], "DirectoryDoesNotExistException")
    if value["_ldaps"].get(p["Type"]) not in ("Enabled", "EnableFailed"):
        raise failure(call, "InvalidLDAPSStatusException", "LDAPS is not enabled.")
    value["_ldaps"][p["Type"]] = "Disabled"
    return {}


@ds("DescribeLDAPSSettings")
def describe_ldaps(call, p):
    """Disabled at first."""
    value = directory(call, p["DirectoryId"], "DirectoryDoesNotExistException")
    return {"LDAPSSettingsInfo": [{"LDAPSStatus": s, "LastUpdatedDateTime": call.now} for s in value["_ldaps"].values()]}


@ds("EnableClientAuthentication")
def enable_client_auth(call, p):
    """InvalidClientAuthStatusException while it is on."""
    value = directory(call, p["DirectoryId"], "DirectoryDoesNotExistException")
    if value["_client_auth"].get(p["Type"]) == "Enabled":
        raise failure(call, "InvalidClientAuthStatusException", "Client authentication is enabled.")
    value["_client_auth"][p["Type"]] = "Enabled"
    return {}


@ds("DisableClientAuthentication")
def disable_client_auth(call, p):
    """InvalidClientAuthStatusException while it is off."""
    value = directory(call, p["DirectoryId"], "DirectoryDoesNotExistException")
    if value["_client_auth"].get(p["Type"]) != "Enabled":
        raise failure(call, "InvalidClientAuthStatusException", "Client authentication is not enabled.")
    value["_client_auth"][p["Type"]] = "Disabled"
    return {}


@ds("DescribeClientAuthenticationSettings")
def describe_client_auth(call, p):
    """By type."""
    value = directory(call, p["DirectoryId"], "DirectoryDoesNotExistException")
    return {"ClientAuthenticationSettingsInfo": [{"Type": t, "Status": s} for t, s in value["_client_auth"].items()]}


@ds("EnableCAEnrollmentPolicy")
def enable_ca(call, p):
    """InProgress, then Success."""
    value = managed(call, p["DirectoryId"], missing="DirectoryDoesNotExistException")
    value["_ca"] = {"status": "InProgress", "arn": p["PcaConnectorArn"]}
    call.later("directory", p["DirectoryId"], "ds.update", {"_ca": {"status": "Success", "arn": p["PcaConnectorArn"]}})
    return {}


@ds("DisableCAEnrollmentPolicy")
def disable_ca(call, p):
    """Off."""
    managed(call, p["DirectoryId"], missing="DirectoryDoesNotExistException")["_ca"] = None
    return {}


@ds("DescribeCAEnrollmentPolicy")
def describe_ca(call, p):
    """Disabled at first."""
    found = managed(call, p["DirectoryId"], missing="DirectoryDoesNotExistException")["_ca"]
    return {"DirectoryId": p["DirectoryId"], "PcaConnectorArn": found and found["arn"], "CaEnrollmentPolicyStatus": found["status"] if found else "Disabled"}


# ---- RADIUS ----
@ds("EnableRadius", "Creating, then Completed; EntityAlreadyExistsException")
def enable_radius(call, p):
    value = directory(call, p["DirectoryId"])
    if value["_radius"]:
        raise failure(call, "EntityAlreadyExistsException", "RADIUS is enabled already.")
    value["_radius"] = dict(p["RadiusSettings"])
    value["RadiusStatus"] = "Creating"
    call.later("directory", p["DirectoryId"], "ds.radius", {"_radius_ends": "Completed"}, bad={"_radius_ends": "Failed"}, hook="radius_ready")
    return {}


@hook
def radius_ready(world, place, value):
    """Unless it was switched off meanwhile."""
    status = value.pop("_radius_ends", None)
    if value["_radius"] and status:
        value["RadiusStatus"] = status


@ds("UpdateRadius", "EntityDoesNotExistException while it is off")
def update_radius(call, p):
    value = directory(call, p["DirectoryId"])
    if not value["_radius"]:
        raise failure(call, "EntityDoesNotExistException", "RADIUS is not enabled.")
    value["_radius"].update(p["RadiusSettings"])
    value["RadiusStatus"] = "Creating"
    call.later("directory", p["DirectoryId"], "ds.radius", {"_radius_ends": "Completed"}, bad={"_radius_ends": "Failed"}, hook="radius_ready")
    return {}


@ds("DisableRadius")
def disable_radius(call, p):
    """Off."""
    value = directory(call, p["DirectoryId"])
    value["_radius"] = None
    value.pop("RadiusStatus", None)
    return {}


# ---- logs, topics, routes, settings ----
@ds("CreateLogSubscription", "EntityAlreadyExistsException; needs the log group and a resource policy for ds.amazonaws.com: InsufficientPermissionsException")
def create_log(call, p):
    from .logs import allows, log_groups

    value = managed(call, p["DirectoryId"])
    if value["_log"]:
        raise failure(call, "EntityAlreadyExistsException", "The directory has a log subscription.")
    if p["LogGroupName"] not in log_groups(call):
        raise failure(call, "EntityDoesNotExistException", f"Log group {p['LogGroupName']} does not exist.")
    if not allows(call, p["LogGroupName"], "ds.amazonaws.com"):
        raise failure(call, "InsufficientPermissionsException", "The resource policy does not allow ds.amazonaws.com to write to the log group.")
    value["_log"] = {"DirectoryId": p["DirectoryId"], "LogGroupName": p["LogGroupName"], "SubscriptionCreatedDateTime": call.now}
    return {}


@ds("DeleteLogSubscription")
def delete_log(call, p):
    """EntityDoesNotExistException."""
    value = managed(call, p["DirectoryId"])
    if not value["_log"]:
        raise failure(call, "EntityDoesNotExistException", "The directory has no log subscription.")
    value["_log"] = None
    return {}


@ds("ListLogSubscriptions")
def list_logs(call, p):
    """Of one directory or of all."""
    rows = [v["_log"] for v in call.rows("directory") if v.get("_log")]
    return {"LogSubscriptions": [r for r in rows if r["DirectoryId"] == p.get("DirectoryId", r["DirectoryId"])]}


@ds("RegisterEventTopic", "the topic must exist; idempotent")
def register_topic(call, p):
    from .sns import topic_exists

    value = directory(call, p["DirectoryId"])
    if not topic_exists(call, p["TopicName"]):
        raise failure(call, "EntityDoesNotExistException", f"Topic {p['TopicName']} does not exist.")
    value["_topics"].setdefault(p["TopicName"], {"DirectoryId": p["DirectoryId"], "TopicName": p["TopicName"], "Status": "Registered",
                                                 "TopicArn": call.arn("sns", p["TopicName"]), "CreatedDateTime": call.now})  # fmt: skip
    return {}


@ds("DeregisterEventTopic")
def deregister_topic(call, p):
    """EntityDoesNotExistException."""
    if directory(call, p["DirectoryId"])["_topics"].pop(p["TopicName"], None) is None:
        raise failure(call, "EntityDoesNotExistException", f"Topic {p['TopicName']} is not registered.")
    return {}


@ds("DescribeEventTopics")
def topics(call, p):
    """Of one directory or of all."""
    rows = [t for v in call.rows("directory") for t in v.get("_topics", {}).values()]
    rows = [r for r in rows if r["DirectoryId"] == p.get("DirectoryId", r["DirectoryId"])]
    return {"EventTopics": [r for r in rows if r["TopicName"] in p.get("TopicNames", [r["TopicName"]])]}


@ds("AddIpRoutes", "Adding, then Added; EntityAlreadyExistsException")
def add_routes(call, p):
    value = directory(call, p["DirectoryId"])
    for route in p["IpRoutes"]:
        key = route.get("CidrIp") or route.get("CidrIpv6")
        if key in value["_routes"]:
            raise failure(call, "EntityAlreadyExistsException", f"The route {key} exists.")
    for route in p["IpRoutes"]:
        key = route.get("CidrIp") or route.get("CidrIpv6")
        value["_routes"][key] = {"DirectoryId": p["DirectoryId"], **route, "IpRouteStatusMsg": "Adding", "AddedDateTime": call.now}
    call.later("directory", p["DirectoryId"], "ds.routes", {}, hook="routes_move")
    return {}


@hook
def routes_move(world, place, value):
    for key, route in list(value["_routes"].items()):
        if route["IpRouteStatusMsg"] == "Adding":
            route["IpRouteStatusMsg"] = "Added"
        elif route["IpRouteStatusMsg"] == "Removing":
            del value["_routes"][key]


@ds("RemoveIpRoutes", "Removing, then gone")
def remove_routes(call, p):
    value = directory(call, p["DirectoryId"])
    for key in (p.get("CidrIps") or []) + (p.get("CidrIpv6s") or []):
        if key not in value["_routes"]:
            raise failure(call, "EntityDoesNotExistException", f"The route {key} does not exist.")
        value["_routes"][key]["IpRouteStatusMsg"] = "Removing"
    call.later("directory", p["DirectoryId"], "ds.routes", {}, hook="routes_move")
    return {}


@ds("ListIpRoutes")
def list_routes(call, p):
    """With their states."""
    return {"IpRoutesInfo": list(directory(call, p["DirectoryId"])["_routes"].values())}


@ds("DescribeSettings", "name, applied and requested value, state")
def describe_settings(call, p):
    value = managed(call, p["DirectoryId"], missing="DirectoryDoesNotExistException")
    rows = []
    for name, (kind, words, default) in SETTINGS.items():
        entry = {"Type": kind, "Name": name, "AllowedValues": str(words), "AppliedValue": default, "RequestedValue": default, "RequestStatus": "Default",
                 "DataType": "Enum" if words else "DurationInSeconds", **value["_settings"].get(name, {})}  # fmt: skip
        rows.append(entry)
    rows = [r for r in rows if r["RequestStatus"] == p.get("Status", r["RequestStatus"])]
    return {"DirectoryId": p["DirectoryId"], "SettingEntries": rows}


@ds("UpdateSettings", "Requested, Updating, Updated; unknown names and values are refused")
def update_settings(call, p):
    value = managed(call, p["DirectoryId"], missing="DirectoryDoesNotExistException")
    for setting in p["Settings"]:
        if setting["Name"] not in SETTINGS:
            raise failure(call, "UnsupportedSettingsException", f"The setting {setting['Name']} is not supported.")
        words = SETTINGS[setting["Name"]][1]
        if words and setting["Value"] not in words:
            raise failure(call, "IncompatibleSettingsException", f"{setting['Name']} takes {', '.join(words)}.")
    for setting in p["Settings"]:
        entry = value["_settings"].setdefault(setting["Name"], {"AppliedValue": SETTINGS[setting["Name"]][2]})
        entry.update(RequestedValue=setting["Value"], RequestStatus="Requested", LastRequestedDateTime=call.now, LastUpdatedDateTime=call.now)
    call.later("directory", p["DirectoryId"], "ds.settings", {}, bad={"_settings_fail": True}, hook="settings_applied")
    return {"DirectoryId": p["DirectoryId"]}


@hook
def settings_applied(world, place, value):
    failed = value.pop("_settings_fail", False)
    for entry in value["_settings"].values():
        if entry["RequestStatus"] == "Requested":
            if failed:
                entry["RequestStatus"] = "Failed"
            else:
                entry.update(AppliedValue=entry["RequestedValue"], RequestStatus="Updated", LastUpdatedDateTime=world.now())


@ds("UpdateDirectorySetup", "one update at a time")
def update_setup(call, p):
    value = directory(call, p["DirectoryId"], "DirectoryDoesNotExistException")
    if any(u["Status"] == "Updating" for u in value["_updates"]):
        raise failure(call, "DirectoryUnavailableException", "An update is in progress.")
    entry = {"Region": call.region, "Status": "Updating", "InitiatedBy": "CUSTOMER", "StartTime": call.now, "LastUpdatedDateTime": call.now, "_type": p["UpdateType"]}
    value["_updates"].append(entry)
    if p.get("OSUpdateSettings"):
        if p["OSUpdateSettings"]["OSVersion"] == value.get("OsVersion"):
            value["_updates"].remove(entry)
            raise failure(call, "DirectoryInDesiredStateException", "The directory has that version.")
        value["_os"] = p["OSUpdateSettings"]["OSVersion"]
    call.later("directory", p["DirectoryId"], "ds.update", {}, hook="setup_updated")
    return {}


@hook
def setup_updated(world, place, value):
    for entry in value["_updates"]:
        if entry["Status"] == "Updating":
            entry.update(Status="Updated", LastUpdatedDateTime=world.now())
    if value.get("_os"):
        value["OsVersion"] = value.pop("_os")


@ds("DescribeUpdateDirectory")
def describe_update(call, p):
    """Of one type."""
    value = directory(call, p["DirectoryId"], "DirectoryDoesNotExistException")
    return {"UpdateActivities": [u for u in value["_updates"] if u["_type"] == p["UpdateType"]]}


# ---- data access, users, computers ----
@ds("EnableDirectoryDataAccess", "Enabling, then Enabled; managed directories only")
def enable_data(call, p):
    value = managed(call, p["DirectoryId"], missing="DirectoryDoesNotExistException")
    if value["_data"] in ("Enabled", "Enabling"):
        raise failure(call, "DirectoryInDesiredStateException", "Data access is enabled.")
    value["_data"] = "Enabling"
    call.later("directory", p["DirectoryId"], "ds.data", {"_data": "Enabled"}, bad={"_data": "Failed"})
    return {}


@ds("DisableDirectoryDataAccess")
def disable_data(call, p):
    """Disabling, then Disabled."""
    value = managed(call, p["DirectoryId"], missing="DirectoryDoesNotExistException")
    value["_data"] = "Disabling"
    call.later("directory", p["DirectoryId"], "ds.data", {"_data": "Disabled"})
    return {}


@ds("DescribeDirectoryDataAccess")
def describe_data(call, p):
    """Disabled at first."""
    return {"DataAccessStatus": managed(call, p["DirectoryId"], missing="DirectoryDoesNotExistException")["_data"]}


@ds("ResetUserPassword", "UserDoesNotExistException; complexity")
def reset_password(call, p):
    value = directory(call, p["DirectoryId"])
    if p["UserName"].lower() != "admin" and p["UserName"] not in value["_users"]:
        raise failure(call, "UserDoesNotExistException", "The user does not exist.")
    if _words(p["NewPassword"]) < 3 or len(p["NewPassword"]) < 8:
        raise failure(call, "InvalidPasswordException", "The password does not meet the complexity requirements.")
    return {}


@ds("CreateComputer", "EntityAlreadyExistsException")
def create_computer(call, p):
    value = directory(call, p["DirectoryId"])
    if p["ComputerName"] in value["_computers"]:
        raise failure(call, "EntityAlreadyExistsException", f"The computer {p['ComputerName']} exists.")
    value["_computers"][p["ComputerName"]] = {"ComputerId": f"S-1-5-21-{call.world.random.randrange(10**9)}-1104", "ComputerName": p["ComputerName"],
                                              "ComputerAttributes": p.get("ComputerAttributes", [])}  # fmt: skip
    return {"Computer": value["_computers"][p["ComputerName"]]}


# ---- snapshots and schema ----
@ds("CreateSnapshot", "Creating, then Completed; quota")
def create_snapshot(call, p):
    value = directory(call, p["DirectoryId"])
    call.limit("ds.snapshots", len(value["_snapshots"]), "SnapshotLimitExceededException", RequestId=call.request_id)
    name = f"s-{call.world.hex(10)}"
    value["_snapshots"][name] = {"DirectoryId": p["DirectoryId"], "SnapshotId": name, "Type": "Manual", "Name": p.get("Name"), "Status": "Creating", "StartTime": call.now}
    call.later("directory", p["DirectoryId"], "ds.snapshot", {}, hook="snapshots_done")
    return {"SnapshotId": name}


@hook
def snapshots_done(world, place, value):
    for entry in value["_snapshots"].values():
        entry["Status"] = "Completed"
    if value["Stage"] == "Restoring":
        value["Stage"] = "Active"


def _snapshot(call, name):
    for value in call.table("directory").values():
        if name in value.get("_snapshots", {}):
            return value, value["_snapshots"][name]
    raise failure(call, "EntityDoesNotExistException", f"Snapshot {name} does not exist.")


@ds("DescribeSnapshots")
def describe_snapshots(call, p):
    """Of one directory or of all."""
    rows = [s for v in call.rows("directory") for s in v.get("_snapshots", {}).values()]
    rows = [r for r in rows if r["DirectoryId"] == p.get("DirectoryId", r["DirectoryId"])]
    return {"Snapshots": [r for r in rows if r["SnapshotId"] in p.get("SnapshotIds", [r["SnapshotId"]])]}


@ds("DeleteSnapshot")
def delete_snapshot(call, p):
    """EntityDoesNotExistException."""
    value, _ = _snapshot(call, p["SnapshotId"])
    del value["_snapshots"][p["SnapshotId"]]
    return {"SnapshotId": p["SnapshotId"]}


@ds("RestoreFromSnapshot")
def restore(call, p):
    """Restoring, then Active."""
    value, _ = _snapshot(call, p["SnapshotId"])
    value["Stage"] = "Restoring"
    call.later("directory", value["DirectoryId"], "ds.snapshot", {}, hook="snapshots_done")
    return {}


@ds("GetSnapshotLimits")
def snapshot_limits(call, p):
    """From the quotas."""
    value = directory(call, p["DirectoryId"])
    most = call.world.quota("ds.snapshots")
    count = len(value["_snapshots"])
    return {"SnapshotLimits": {"ManualSnapshotsLimit": most, "ManualSnapshotsCurrentCount": count, "ManualSnapshotsLimitReached": count >= most}}


@ds("StartSchemaExtension")
def start_schema(call, p):
    """Initializing, then Completed."""
    value = managed(call, p["DirectoryId"])
    name = f"e-{call.world.hex(10)}"
    value["_schema"][name] = {"DirectoryId": p["DirectoryId"], "SchemaExtensionId": name, "Description": p["Description"], "StartDateTime": call.now,
                              "SchemaExtensionStatus": "Initializing"}  # fmt: skip
    call.later("directory", p["DirectoryId"], "ds.update", {}, hook="schema_done")
    return {"SchemaExtensionId": name}


@hook
def schema_done(world, place, value):
    for entry in value["_schema"].values():
        if entry["SchemaExtensionStatus"] == "Initializing":
            entry.update(SchemaExtensionStatus="Completed", EndDateTime=world.now())


@ds("CancelSchemaExtension")
def cancel_schema(call, p):
    """Only while Initializing."""
    value = managed(call, p["DirectoryId"])
    entry = value["_schema"].get(p["SchemaExtensionId"])
    if entry is None:
        raise failure(call, "EntityDoesNotExistException", "The schema extension does not exist.")
    if entry["SchemaExtensionStatus"] != "Initializing":
        raise client(call, f"The extension is {entry['SchemaExtensionStatus']}.")
    entry["SchemaExtensionStatus"] = "Cancelled"
    return {}


@ds("ListSchemaExtensions")
def list_schema(call, p):
    """With their states."""
    return {"SchemaExtensionsInfo": list(managed(call, p["DirectoryId"])["_schema"].values())}


# ---- hybrid directories ----
@ds("StartADAssessment", "IN_PROGRESS, then SUCCESS; the instances must be managed by Systems Manager")
def start_assessment(call, p):
    given = p.get("AssessmentConfiguration")
    if not given and not p.get("DirectoryId"):
        raise failure(call, "InvalidParameterException", "An assessment has a configuration or a directory.")
    name = f"da-{call.world.hex(16)}"
    value = {"AssessmentId": name, "Status": "IN_PROGRESS", "StartTime": call.now, "LastUpdateDateTime": call.now, "DirectoryId": p.get("DirectoryId"),
             "ReportType": "CUSTOMER" if given else "SYSTEM", "Version": "1"}  # fmt: skip
    good = "SUCCESS"
    if given:
        subnets = _vpc(call, given["VpcSettings"])
        for instance in given["InstanceIds"]:
            found = call.world.find((call.account, call.region, "ec2.instance", instance)) or call.world.find((call.account, call.region, "ssm.managed", instance))
            if found is None:
                good = "FAILED"
                value["StatusReason"] = f"{instance} is not a managed instance."
        value.update(DnsName=given["DnsName"], CustomerDnsIps=given["CustomerDnsIps"], VpcId=given["VpcSettings"]["VpcId"], StatusCode=None,
                     SubnetIds=given["VpcSettings"]["SubnetIds"], SecurityGroupIds=given.get("SecurityGroupIds", []), SelfManagedInstanceIds=given["InstanceIds"])  # fmt: skip
        value["_zones"] = [s["AvailabilityZone"] for s in subnets]
    call.put("assessment", name, value)
    call.later("assessment", name, "ds.assessment", {"Status": good}, bad={"Status": "FAILED"})
    return {"AssessmentId": name}


def _assessment(call, name):
    found = call.get("assessment", name)
    if found is None:
        raise failure(call, "EntityDoesNotExistException", f"Assessment {name} does not exist.")
    return found


@ds("DescribeADAssessment")
def describe_assessment(call, p):
    """With its state."""
    return {"Assessment": _assessment(call, p["AssessmentId"]), "AssessmentReports": []}


@ds("ListADAssessments")
def list_assessments(call, p):
    """Of one directory or of all."""
    rows = call.rows("assessment")
    return {"Assessments": [r for r in rows if r.get("DirectoryId") == p.get("DirectoryId", r.get("DirectoryId"))]}


@ds("DeleteADAssessment")
def delete_assessment(call, p):
    """Not while it runs."""
    if _assessment(call, p["AssessmentId"])["Status"] == "IN_PROGRESS":
        raise client(call, "The assessment is in progress.")
    del call.table("assessment")[p["AssessmentId"]]
    return {"AssessmentId": p["AssessmentId"]}


@ds("CreateHybridAD", "needs a successful assessment (ADAssessmentLimitExceeded otherwise is a client error) and the secret; Creating for half an hour")
def create_hybrid(call, p):
    found = _assessment(call, p["AssessmentId"])
    if found["Status"] != "SUCCESS":
        raise client(call, f"The assessment is {found['Status']}.")
    if found["DirectoryId"]:  # it names one directory: API_Assessment
        raise client(call, f"The assessment has made {found['DirectoryId']}.")
    from .secretsmanager import secret_of

    if secret_of(call, p["SecretArn"]) is None:
        raise failure(call, "InvalidParameterException", f"The secret {p['SecretArn']} does not exist.")
    call.limit("ds.directories", _count(call, "MicrosoftAD"), "DirectoryLimitExceededException", RequestId=call.request_id)
    settings = {"VpcId": found["VpcId"], "SubnetIds": found["SubnetIds"]}
    subnets = _vpc(call, settings)
    value = _new(call, {
        "Name": found["DnsName"], "ShortName": found["DnsName"].split(".")[0].upper()[:15], "Edition": "Hybrid", "Type": "MicrosoftAD", "VpcSettings": settings,
        "DesiredNumberOfDomainControllers": 2, "OsVersion": "SERVER_2019", "_tags": list(p.get("Tags", [])), "_regions": {}, "_hybrid": [],
        "RegionsInfo": {"PrimaryRegion": call.region, "AdditionalRegions": []},
        "HybridSettings": {"SelfManagedDnsIpAddrs": found["CustomerDnsIps"], "SelfManagedInstanceIds": found["SelfManagedInstanceIds"]},
    }, subnets)  # fmt: skip
    found["DirectoryId"] = value["DirectoryId"]
    _start(call, value, "ds.directory")
    return {"DirectoryId": value["DirectoryId"]}


@ds("UpdateHybridAD", "Updating, then Updated")
def update_hybrid(call, p):
    value = managed(call, p["DirectoryId"], missing="DirectoryDoesNotExistException")
    if value["Edition"] != "Hybrid":
        raise failure(call, "UnsupportedOperationException", "The directory is not a hybrid one.")
    given = p.get("SelfManagedInstancesSettings") or {}
    if given:
        value["HybridSettings"] = {"SelfManagedDnsIpAddrs": given["CustomerDnsIps"], "SelfManagedInstanceIds": given["InstanceIds"]}
    value["_hybrid"].append({"Status": "Updating", "InitiatedBy": "CUSTOMER", "StartTime": call.now, "LastUpdatedDateTime": call.now,
                             "NewValue": {"InstanceIds": given.get("InstanceIds", []), "DnsIps": given.get("CustomerDnsIps", [])}})  # fmt: skip
    call.later("directory", p["DirectoryId"], "ds.update", {}, hook="hybrid_updated")
    return {"DirectoryId": p["DirectoryId"]}


@hook
def hybrid_updated(world, place, value):
    for entry in value["_hybrid"]:
        entry["Status"] = "Updated"


@ds("DescribeHybridADUpdate")
def describe_hybrid(call, p):
    """The instances' updates."""
    return {"UpdateActivities": {"SelfManagedInstances": managed(call, p["DirectoryId"], missing="DirectoryDoesNotExistException").get("_hybrid", []), "HybridAdministratorAccount": []}}


# ---- tags ----
@ds("AddTagsToResource", "adds and replaces")
def add_tags(call, p):
    put_tags(directory(call, p["ResourceId"], active=False)["_tags"], p["Tags"])
    return {}


@ds("RemoveTagsFromResource", "by key")
def remove_tags(call, p):
    tags = directory(call, p["ResourceId"], active=False)["_tags"]
    tags[:] = [t for t in tags if t["Key"] not in p["TagKeys"]]
    return {}


@ds("ListTagsForResource", "the only place that shows them")
def list_tags(call, p):
    return {"Tags": directory(call, p["ResourceId"])["_tags"]}
