"""EC2: interfaces, addresses, instances, volumes, profiles, endpoints, images and types."""

import ipaddress

from .. import seeds
from ..registry import hook
from ..world import GLOBAL, Failure
from .ec2_base import (
    ADDRESS, ENDPOINT, ENI, GROUP, INSTANCE, PROFILE, SUBNET, TABLE, VOLUME, VPC, describes, ec2, find, missing, new,
    once, own, reach, select, shown, tags_of,
)  # fmt: skip
from .ec2_network import network


# ---- interfaces ----
def interface(call, subnet, groups, description, kind="interface", address=None, tags=None, managed=True):
    """An interface in a subnet, with the given or the next free address."""
    block = network(subnet["CidrBlock"])
    everywhere = call.world.everywhere("ec2.network-interface")
    taken = {a["PrivateIpAddress"] for _, _, _, e in everywhere if e["SubnetId"] == subnet["SubnetId"] for a in e["PrivateIpAddresses"]}
    hosts = [str(block[i]) for i in range(4, min(block.num_addresses - 1, 4096))]
    if address:
        if address not in hosts and not (ipaddress.ip_address(address) in block and address in hosts):
            raise Failure("InvalidParameterValue", f"Address {address} does not fall within the subnet's address range")
        if address in taken:
            raise Failure("InvalidIPAddress.InUse", f"Address {address} is in use.")
    else:
        # AWS says nothing about which it takes: from above, away from the addresses that people state
        address = next((h for h in reversed(hosts) if h not in taken), None)
        if address is None:
            raise Failure("InsufficientFreeAddressesInSubnet", f"Insufficient free addresses in subnet '{subnet['SubnetId']}'.")
    found = []
    for name in groups:
        value = call.world.find((call.account, call.region, "ec2.security-group", name))
        if value is None:
            raise missing(GROUP, name)
        if value["VpcId"] != subnet["VpcId"]:
            raise Failure("InvalidParameter", f"Security group {name} and subnet {subnet['SubnetId']} belong to different networks.")
        found.append({"GroupId": name, "GroupName": value["GroupName"]})
    if len(found) > call.world.quota("ec2.groups-per-interface"):
        raise Failure("SecurityGroupsPerInterfaceLimitExceeded", "The maximum number of security groups per interface has been reached.")
    local = call if call.service == "ec2" else _as_ec2(call)
    dashed = address.replace(".", "-")
    eni = new(local, ENI, {
        "SubnetId": subnet["SubnetId"], "VpcId": subnet["VpcId"], "AvailabilityZone": subnet["AvailabilityZone"],
        "Description": description, "InterfaceType": kind, "OwnerId": call.account, "RequesterManaged": managed,
        "Status": "in-use" if managed else "available", "Groups": found, "SourceDestCheck": True, "MacAddress": "02:" + ":".join(
            call.world.hex(2) for _ in range(5)), "PrivateIpAddress": address, "PrivateDnsName": f"ip-{dashed}.{call.region}.compute.internal",
        "PrivateIpAddresses": [{"PrivateIpAddress": address, "Primary": True}], "Ipv6Addresses": [], "Tags": tags or [],
    })  # fmt: skip
    return eni


def _as_ec2(call):
    other = call.at()
    other.service = "ec2"
    return other


def drop_interfaces(world, account, region, wanted):
    """Removes the interfaces for which `wanted` holds."""
    table = world.table(account, region, "ec2.network-interface")
    for name in [n for n, e in table.items() if wanted(e)]:
        del table[name]


def default_group(call, vpc):
    for name, value in call.world.table(call.account, call.region, "ec2.security-group").items():
        if value["VpcId"] == vpc and value["_default"]:
            return name
    return None


@ec2("CreateNetworkInterface", "ClientToken gives the same interface; addresses and groups checked")
def create_interface(call, p):
    def make():
        subnet = reach(call, SUBNET, p["SubnetId"])
        groups = p.get("Groups") or [default_group(call, subnet["VpcId"])]
        value = interface(call, subnet, groups, p.get("Description", ""), p.get("InterfaceType", "interface"),
                          p.get("PrivateIpAddress"), tags_of(p, ENI.tag), managed=False)  # fmt: skip
        return {"NetworkInterface": {**shown(call, value), "TagSet": value["Tags"]}, "ClientToken": p.get("ClientToken")}

    return once(call, p, make)


@ec2("DescribeNetworkInterfaces", "also those that services make: directories, endpoints, attachments, resolvers")
def describe_interfaces(call, p):
    rows = find(call, p, ENI)
    return {"NetworkInterfaces": [{**r, "TagSet": r["Tags"]} for r in rows]}


@ec2("ModifyNetworkInterfaceAttribute")
def modify_interface(call, p):
    """Description, groups, source and destination check, deletion with the instance."""
    value = own(call, ENI, p["NetworkInterfaceId"])
    if "Description" in p:
        value["Description"] = p["Description"].get("Value", "")
    if "SourceDestCheck" in p:
        value["SourceDestCheck"] = p["SourceDestCheck"]["Value"]
    if "Groups" in p:
        value["Groups"] = _groups(call, p["Groups"], value["VpcId"])
        for instance in call.table("instance").values():
            for own_eni in instance["NetworkInterfaces"]:
                if own_eni["NetworkInterfaceId"] == p["NetworkInterfaceId"]:
                    instance["SecurityGroups"] = own_eni["Groups"] = value["Groups"]
    if "Attachment" in p:
        value.setdefault("Attachment", {})["DeleteOnTermination"] = p["Attachment"]["DeleteOnTermination"]
    return {}


def _groups(call, names, vpc):
    found = []
    for name in names:
        value = own(call, GROUP, name)
        if value["VpcId"] != vpc:
            raise Failure("InvalidGroup.NotFound", f"Security group {name} is not in {vpc}.")
        found.append({"GroupId": name, "GroupName": value["GroupName"]})
    if len(found) > call.world.quota("ec2.groups-per-interface"):
        raise Failure("SecurityGroupsPerInterfaceLimitExceeded", "The maximum number of security groups per interface has been reached.")
    return found


@ec2("DeleteNetworkInterface", "refused while attached or made by a service")
def delete_interface(call, p):
    value = own(call, ENI, p["NetworkInterfaceId"])
    if value["RequesterManaged"] or value["Status"] == "in-use":
        raise Failure("InvalidParameterValue", f"Network interface '{p['NetworkInterfaceId']}' is currently in use.")
    del call.table("network-interface")[p["NetworkInterfaceId"]]
    return {}


# ---- addresses ----
@ec2("AllocateAddress", "quota")
def allocate_address(call, p):
    call.limit("ec2.addresses", len(call.table("address")), "AddressLimitExceeded", "The maximum number of addresses has been reached.")
    value = new(call, ADDRESS, {"PublicIp": f"198.51.100.{1 + len(list(call.world.everywhere('ec2.address'))) % 254}", "Domain": "vpc",
                                "NetworkBorderGroup": call.region, "PublicIpv4Pool": "amazon"}, p)  # fmt: skip
    return value


describes("DescribeAddresses", ADDRESS)


@ec2("AssociateAddress", "with an interface or an instance; Resource.AlreadyAssociated")
def associate_address(call, p):
    value = own(call, ADDRESS, p.get("AllocationId", ""))
    if value.get("AssociationId") and not p.get("AllowReassociation"):
        raise Failure("Resource.AlreadyAssociated", f"resource {p['AllocationId']} is already associated with associate-id {value['AssociationId']}")
    name = p.get("NetworkInterfaceId")
    if p.get("InstanceId"):
        instance = own(call, INSTANCE, p["InstanceId"])
        name = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
        value["InstanceId"] = p["InstanceId"]
    eni = own(call, ENI, name or "")
    value.update(AssociationId=f"eipassoc-0{call.world.hex(16)}", NetworkInterfaceId=name, NetworkInterfaceOwnerId=call.account,
                 PrivateIpAddress=eni["PrivateIpAddress"])  # fmt: skip
    return {"AssociationId": value["AssociationId"]}


@ec2("DisassociateAddress")
def disassociate_address(call, p):
    """InvalidAssociationID.NotFound."""
    for value in call.table("address").values():
        if value.get("AssociationId") == p.get("AssociationId"):
            for member in ("AssociationId", "NetworkInterfaceId", "InstanceId", "PrivateIpAddress", "NetworkInterfaceOwnerId"):
                value.pop(member, None)
            return {}
    raise Failure("InvalidAssociationID.NotFound", f"The association ID '{p.get('AssociationId')}' does not exist")


@ec2("ReleaseAddress", "InvalidIPAddress.InUse while associated")
def release_address(call, p):
    value = own(call, ADDRESS, p.get("AllocationId", ""))
    if value.get("AssociationId"):
        raise Failure("InvalidIPAddress.InUse", f"Address {value['PublicIp']} is in use.")
    del call.table("address")[p["AllocationId"]]
    return {}


# ---- images and types ----
def image(call, name):
    """Every image that a public parameter of Systems Manager names exists in each Region, and no other."""
    for family, parameter in seeds.images(call.region).items():
        if name == parameter["ImageId"]:
            return parameter
    raise Failure("InvalidAMIID.NotFound", f"The image id '[{name}]' does not exist")


@ec2("DescribeImages", "those that public Systems Manager parameters name")
def describe_images(call, p):
    rows = list(seeds.images(call.region).values())
    if p.get("ImageIds"):
        rows = [image(call, n) for n in p["ImageIds"]]
    return {"Images": select(call, "", rows, p.get("Filters"))}


TYPES = [f"{family}.{size}" for family in ("t3", "t3a", "m5", "m6i", "m6a", "m7i", "c6i", "r6i") for size in
         ("nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge")
         if not (family not in ("t3", "t3a") and size in ("nano", "micro", "small", "medium"))]  # fmt: skip


@ec2("DescribeInstanceTypes", "a list of common ones")
def describe_instance_types(call, p):
    names = p.get("InstanceTypes") or TYPES
    for name in names:
        if name not in TYPES:
            raise Failure("InvalidInstanceType", f"The following supplied instance types do not exist: [{name}]")
    rows = [{"InstanceType": n, "CurrentGeneration": True, "Hypervisor": "nitro", "BareMetal": False,
             "EbsInfo": {"EbsOptimizedSupport": "default"}, "NetworkInfo": {"MaximumNetworkInterfaces": 3}} for n in names]  # fmt: skip
    return {"InstanceTypes": select(call, "", rows, p.get("Filters"))}


@ec2("DescribeInstanceTypeOfferings", "every type in every zone of the Region")
def describe_offerings(call, p):
    kind = p.get("LocationType", "region")
    zones = seeds.zones(call.account, call.region)
    places = {"region": [call.region], "availability-zone": list(zones), "availability-zone-id": list(zones.values())}.get(kind, [])
    rows = [{"InstanceType": t, "LocationType": kind, "Location": place} for t in TYPES for place in places]
    return {"InstanceTypeOfferings": select(call, "", rows, p.get("Filters"))}


# ---- instances ----
STATES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}


def _state(name):
    return {"Name": name, "Code": STATES[name]}


def _profile(call, p):
    given = p.get("IamInstanceProfile")
    if not given:
        return None
    for value in call.world.table(call.account, GLOBAL, "iam.instance-profile").values():
        if given.get("Name") == value["InstanceProfileName"] or given.get("Arn") == value["Arn"]:
            if value.get("_lag", 0) <= 0 or not call.world.config["lag"]:
                return {"Arn": value["Arn"], "Id": value["InstanceProfileId"]}
            value["_lag"] -= 1
    raise Failure("InvalidParameterValue", f"Value ({given.get('Name') or given.get('Arn')}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name")


@ec2("RunInstances", "ClientToken gives the same instances; image, type, profile, groups and addresses checked; pending first")
def run_instances(call, p):
    def make():
        if p["MinCount"] > p["MaxCount"] or p["MinCount"] < 1:
            raise Failure("InvalidParameterValue", "MinCount is from 1 to MaxCount.")
        found = image(call, p.get("ImageId", ""))
        kind = p.get("InstanceType", "m1.small")
        if kind not in TYPES:
            raise Failure("InvalidParameterValue", f"Invalid value '{kind}' for InstanceType.")
        nics = p.get("NetworkInterfaces") or []
        first = nics[0] if nics else {}
        if nics and (p.get("SubnetId") or p.get("SecurityGroupIds")):
            raise Failure("InvalidParameterCombination", "Network interfaces and an instance-level subnet ID or security groups may not be specified on the same request")
        name = first.get("SubnetId") or p.get("SubnetId")
        if not name and not first.get("NetworkInterfaceId"):
            raise Failure("MissingInput", "No subnets found for the default VPC. Please specify a subnet.")
        profile = _profile(call, p)
        tags = tags_of(p, "instance", "volume", "network-interface")
        volume_tags = tags_of(p, "volume", "instance", "network-interface")
        made = [_instance(call, p, found, kind, name, first, profile, tags, volume_tags) for _ in range(p["MinCount"])]
        return {"ReservationId": f"r-0{call.world.hex(16)}", "OwnerId": call.account, "Groups": [],
                "Instances": [shown(call, i) for i in made]}  # fmt: skip

    return once(call, p, make)


def _instance(call, p, found, kind, subnet_name, first, profile, tags, volume_tags):
    name = INSTANCE.new_id(call)
    if first.get("NetworkInterfaceId"):
        eni = own(call, ENI, first["NetworkInterfaceId"])
        if eni["Status"] == "in-use":
            raise Failure("InvalidNetworkInterface.InUse", f"Interface: [{first['NetworkInterfaceId']}] in use.")
        subnet = reach(call, SUBNET, eni["SubnetId"])
    else:
        subnet = reach(call, SUBNET, subnet_name)
        groups = first.get("Groups") or p.get("SecurityGroupIds") or [default_group(call, subnet["VpcId"])]
        address = first.get("PrivateIpAddress") or p.get("PrivateIpAddress")
        eni = interface(call, subnet, groups, first.get("Description", ""), address=address, managed=False)
    eni.update(Status="in-use", Attachment={
        "AttachmentId": f"eni-attach-0{call.world.hex(16)}", "DeviceIndex": 0, "InstanceId": name, "Status": "attached",
        "InstanceOwnerId": call.account, "AttachTime": call.now, "DeleteOnTermination": first.get("DeleteOnTermination", not first.get("NetworkInterfaceId"))})  # fmt: skip
    mappings = {m["DeviceName"]: m.get("Ebs", {}) for m in p.get("BlockDeviceMappings", [])}
    for device, ebs in found["_devices"].items():
        mappings[device] = {**ebs, **mappings.get(device, {})}
    devices = []
    for device, ebs in mappings.items():
        volume = _volume(call, subnet["AvailabilityZone"], ebs.get("VolumeSize", 30), ebs, list(volume_tags))
        volume.update(State="in-use", Attachments=[{
            "VolumeId": volume["VolumeId"], "InstanceId": name, "Device": device, "State": "attached", "AttachTime": call.now,
            "DeleteOnTermination": ebs.get("DeleteOnTermination", True)}])  # fmt: skip
        devices.append({"DeviceName": device, "Ebs": {"VolumeId": volume["VolumeId"], "Status": "attached", "AttachTime": call.now,
                                                      "DeleteOnTermination": ebs.get("DeleteOnTermination", True)}})  # fmt: skip
    metadata = {"State": "applied", "HttpTokens": "optional", "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled",
                "HttpProtocolIpv6": "disabled", "InstanceMetadataTags": "disabled", **p.get("MetadataOptions", {})}  # fmt: skip
    value = {
        "InstanceId": name, "ImageId": found["ImageId"], "InstanceType": kind, "State": _state("pending"), "LaunchTime": call.now,
        "SubnetId": subnet["SubnetId"], "VpcId": subnet["VpcId"], "PrivateIpAddress": eni["PrivateIpAddress"], "OwnerId": call.account,
        "PrivateDnsName": eni["PrivateDnsName"], "SecurityGroups": eni["Groups"], "SourceDestCheck": True, "KeyName": p.get("KeyName"),
        "Placement": {"AvailabilityZone": subnet["AvailabilityZone"], "GroupName": "", "Tenancy": p.get("Placement", {}).get("Tenancy", "default")},
        "Monitoring": {"State": "enabled" if p.get("Monitoring", {}).get("Enabled") else "disabled"}, "EbsOptimized": p.get("EbsOptimized", False),
        "RootDeviceName": found["RootDeviceName"], "RootDeviceType": "ebs", "BlockDeviceMappings": devices, "Architecture": "x86_64",
        "Hypervisor": "xen", "VirtualizationType": "hvm", "Platform": found.get("Platform"), "MetadataOptions": metadata,
        "ClientToken": p.get("ClientToken", ""), "IamInstanceProfile": profile, "AmiLaunchIndex": 0, "Tags": [*tags],
        "NetworkInterfaces": [{k: eni.get(k) for k in ("NetworkInterfaceId", "SubnetId", "VpcId", "Description", "OwnerId", "Groups",
                                                       "PrivateIpAddress", "PrivateIpAddresses", "Status", "SourceDestCheck", "Attachment")}],
        "_protected": p.get("DisableApiTermination", False), "_stop_protected": p.get("DisableApiStop", False),
        "_user_data": p.get("UserData", ""), "_shutdown": p.get("InstanceInitiatedShutdownBehavior", "stop"),
    }  # fmt: skip
    call.put("instance", name, value)
    if profile:
        _associate(call, name, profile, tags=None)
    failed = {"State": _state("terminated"), "StateReason": {"Code": "Server.InternalError", "Message": "half-done"}}
    call.later("instance", name, "ec2.instance", {"State": _state("running"), "_running": True}, bad=failed, hook="instance_runs")
    call.later("instance", name, "ec2.instance.status", {"_status_ok": True})
    return value


@hook
def instance_runs(world, place, value):
    """The agent of an instance with a profile registers a while later (Systems Manager)."""
    if value["State"]["Name"] == "running" and value.get("IamInstanceProfile"):
        world.later(place, world.delay("ssm.register"), {"_managed": True})


@ec2("DescribeInstances", "one reservation each; terminated ones are seen for an hour")
def describe_instances(call, p):
    rows = find(call, p, INSTANCE)
    return {"Reservations": [{"ReservationId": "r-0" + r["InstanceId"][3:], "OwnerId": call.account, "Groups": [], "Instances": [r]} for r in rows]}


@ec2("DescribeInstanceStatus", "initializing, then ok; running ones unless all are asked for")
def describe_status(call, p):
    rows = []
    wanted = p.get("InstanceIds")
    for name in wanted or []:
        own(call, INSTANCE, name)
    for value in call.rows("instance"):
        if wanted and value["InstanceId"] not in wanted:
            continue
        if value["State"]["Name"] != "running" and not p.get("IncludeAllInstances"):
            continue
        ok = "ok" if value.get("_status_ok") and value["State"]["Name"] == "running" else "initializing"
        ok = ok if value["State"]["Name"] == "running" else "not-applicable"
        status = {"Status": ok, "Details": [{"Name": "reachability", "Status": {"ok": "passed"}.get(ok, "initializing")}]}
        rows.append({"InstanceId": value["InstanceId"], "InstanceState": value["State"], "AvailabilityZone": value["Placement"]["AvailabilityZone"],
                     "InstanceStatus": status, "SystemStatus": status, "Events": []})  # fmt: skip
    return {"InstanceStatuses": select(call, "", rows, p.get("Filters"))}


def _all(call, names):
    found = [own(call, INSTANCE, n) for n in names]
    return found


@ec2("TerminateInstances", "OperationNotPermitted while protected; shutting-down, then terminated; volumes and interfaces as they say")
def terminate(call, p):
    rows = []
    for value in _all(call, p["InstanceIds"]):
        if value["_protected"]:
            raise Failure("OperationNotPermitted", f"The instance '{value['InstanceId']}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.")
    for value in _all(call, p["InstanceIds"]):
        before = value["State"]
        if before["Name"] != "terminated":
            value["State"] = _state("shutting-down")
            call.world.forget(call.place("instance", value["InstanceId"]))
            call.later("instance", value["InstanceId"], "ec2.instance.terminate", {"State": _state("terminated")}, hook="instance_terminated")
            call.later("instance", value["InstanceId"], "ec2.instance.gone", None)
        rows.append({"InstanceId": value["InstanceId"], "PreviousState": before, "CurrentState": _state("shutting-down")})
    return {"TerminatingInstances": rows}


@hook
def instance_terminated(world, place, value):
    account, region, _, name = place
    enis = world.table(account, region, "ec2.network-interface")
    for key, eni in list(enis.items()):
        attachment = eni.get("Attachment", {})
        if attachment.get("InstanceId") == name:
            if attachment.get("DeleteOnTermination"):
                del enis[key]
            else:
                eni.update(Status="available")
                eni.pop("Attachment")
    volumes = world.table(account, region, "ec2.volume")
    for key, volume in list(volumes.items()):
        for held in volume["Attachments"]:
            if held["InstanceId"] == name:
                if held["DeleteOnTermination"]:
                    del volumes[key]
                else:
                    volume.update(State="available", Attachments=[])
    associations = world.table(account, region, "ec2.profile-association")
    for key in [k for k, a in associations.items() if a["InstanceId"] == name]:
        del associations[key]
    value.update(NetworkInterfaces=[], BlockDeviceMappings=[], SecurityGroups=[], _managed=False)
    value.pop("PrivateIpAddress", None)
    value.pop("SubnetId", None)
    value.pop("VpcId", None)


@ec2("StopInstances", "stopping, then stopped; OperationNotPermitted while protected")
def stop(call, p):
    rows = []
    for value in _all(call, p["InstanceIds"]):
        if value["_stop_protected"]:
            raise Failure("OperationNotPermitted", f"The instance '{value['InstanceId']}' may not be stopped.")
        before = value["State"]
        if before["Name"] in ("shutting-down", "terminated", "pending"):
            raise Failure("IncorrectInstanceState", f"The instance '{value['InstanceId']}' is not in a state from which it can be stopped.")
        if before["Name"] == "running":
            value["State"] = _state("stopping")
            call.later("instance", value["InstanceId"], "ec2.instance.stop", {"State": _state("stopped")})
        rows.append({"InstanceId": value["InstanceId"], "PreviousState": before, "CurrentState": value["State"]})
    return {"StoppingInstances": rows}


@ec2("StartInstances", "pending, then running")
def start(call, p):
    rows = []
    for value in _all(call, p["InstanceIds"]):
        before = value["State"]
        if before["Name"] not in ("stopped", "running"):
            raise Failure("IncorrectInstanceState", f"The instance '{value['InstanceId']}' is not in a state from which it can be started.")
        if before["Name"] == "stopped":
            value["State"] = _state("pending")
            call.later("instance", value["InstanceId"], "ec2.instance", {"State": _state("running")}, hook="instance_runs")
        rows.append({"InstanceId": value["InstanceId"], "PreviousState": before, "CurrentState": value["State"]})
    return {"StartingInstances": rows}


@ec2("RebootInstances")
def reboot(call, p):
    """The instances must exist."""
    _all(call, p["InstanceIds"])
    return {}


def _monitor(call, p, state):
    rows = []
    for value in _all(call, p["InstanceIds"]):
        value["Monitoring"] = {"State": state}
        rows.append({"InstanceId": value["InstanceId"], "Monitoring": {"State": state}})
    return {"InstanceMonitorings": rows}


@ec2("MonitorInstances")
def monitor(call, p):
    """Detailed monitoring on."""
    return _monitor(call, p, "enabled")


@ec2("UnmonitorInstances")
def unmonitor(call, p):
    """Detailed monitoring off."""
    return _monitor(call, p, "disabled")


STOPPED_ONLY = {"InstanceType": "InstanceType", "UserData": "_user_data", "EbsOptimized": "EbsOptimized"}


@ec2("ModifyInstanceAttribute", "one attribute a call; IncorrectInstanceState where the instance must be stopped")
def modify_instance(call, p):
    value = own(call, INSTANCE, p["InstanceId"])
    given = [n for n in p if n not in ("InstanceId", "Attribute", "Value")]
    if len(given) != 1:
        raise Failure("InvalidParameterCombination", "Exactly one attribute may be modified at a time")
    name = given[0]
    wanted = p[name].get("Value") if isinstance(p[name], dict) else p[name]
    if name in STOPPED_ONLY:
        if value["State"]["Name"] != "stopped":
            raise Failure("IncorrectInstanceState", f"The instance '{p['InstanceId']}' is not in the 'stopped' state.")
        if name == "InstanceType" and wanted not in TYPES:
            raise Failure("InvalidParameterValue", f"Invalid value '{wanted}' for InstanceType.")
        value[STOPPED_ONLY[name]] = wanted
    elif name == "Groups":
        value["SecurityGroups"] = _groups(call, wanted, value["VpcId"])
        value["NetworkInterfaces"][0]["Groups"] = value["SecurityGroups"]
        call.table("network-interface")[value["NetworkInterfaces"][0]["NetworkInterfaceId"]]["Groups"] = value["SecurityGroups"]
    elif name == "DisableApiTermination":
        value["_protected"] = wanted
    elif name == "DisableApiStop":
        value["_stop_protected"] = wanted
    elif name == "SourceDestCheck":
        value["SourceDestCheck"] = wanted
    elif name == "InstanceInitiatedShutdownBehavior":
        value["_shutdown"] = wanted
    elif name == "BlockDeviceMappings":
        for item in wanted:
            for device in value["BlockDeviceMappings"]:
                if device["DeviceName"] == item["DeviceName"]:
                    device["Ebs"]["DeleteOnTermination"] = item["Ebs"]["DeleteOnTermination"]
                    for held in call.table("volume")[device["Ebs"]["VolumeId"]]["Attachments"]:
                        held["DeleteOnTermination"] = item["Ebs"]["DeleteOnTermination"]
    else:
        raise Failure("InvalidParameterValue", f"The stand-in does not modify {name}.")
    return {}


@ec2("DescribeInstanceAttribute")
def describe_instance_attribute(call, p):
    """One attribute a call."""
    value = own(call, INSTANCE, p["InstanceId"])
    known = {
        "disableApiTermination": {"DisableApiTermination": {"Value": value["_protected"]}},
        "disableApiStop": {"DisableApiStop": {"Value": value["_stop_protected"]}},
        "userData": {"UserData": {"Value": value["_user_data"]}},
        "instanceType": {"InstanceType": {"Value": value["InstanceType"]}},
        "instanceInitiatedShutdownBehavior": {"InstanceInitiatedShutdownBehavior": {"Value": value["_shutdown"]}},
        "ebsOptimized": {"EbsOptimized": {"Value": value["EbsOptimized"]}},
        "sourceDestCheck": {"SourceDestCheck": {"Value": value["SourceDestCheck"]}},
        "groupSet": {"Groups": value["SecurityGroups"]},
        "rootDeviceName": {"RootDeviceName": {"Value": value["RootDeviceName"]}},
        "blockDeviceMapping": {"BlockDeviceMappings": value["BlockDeviceMappings"]},
    }  # fmt: skip
    if p["Attribute"] not in known:
        raise Failure("InvalidParameterValue", f"The stand-in does not tell {p['Attribute']}.")
    return {"InstanceId": p["InstanceId"], **known[p["Attribute"]]}


@ec2("ModifyInstanceMetadataOptions")
def modify_metadata(call, p):
    """Only what is given changes."""
    value = own(call, INSTANCE, p["InstanceId"])
    value["MetadataOptions"].update({k: v for k, v in p.items() if k != "InstanceId"})
    return {"InstanceId": p["InstanceId"], "InstanceMetadataOptions": value["MetadataOptions"]}


@ec2("GetConsoleOutput")
def console(call, p):
    """Empty until the instance has run."""
    own(call, INSTANCE, p["InstanceId"])
    return {"InstanceId": p["InstanceId"], "Output": "", "Timestamp": call.now}


# ---- instance profiles ----
def _associate(call, instance, profile, tags=None):
    return new(call, PROFILE, {"InstanceId": instance, "IamInstanceProfile": profile, "State": "associated"})


@ec2("AssociateIamInstanceProfile", "associating first; IncorrectState while the instance has one")
def associate_profile(call, p):
    value = own(call, INSTANCE, p["InstanceId"])
    if value.get("IamInstanceProfile"):
        raise Failure("IncorrectState", f"There is an existing association for instance {p['InstanceId']}")
    profile = _profile(call, p)
    value["IamInstanceProfile"] = profile
    made = _associate(call, p["InstanceId"], profile)
    made["State"] = "associating"
    answer = dict(made)
    call.later("profile-association", made["AssociationId"], "ec2.iam-profile", {"State": "associated"})
    if value["State"]["Name"] == "running":
        call.later("instance", p["InstanceId"], "ssm.register", {"_managed": True})
    return {"IamInstanceProfileAssociation": answer}


describes("DescribeIamInstanceProfileAssociations", PROFILE, "by ids, instance and state")


@ec2("DisassociateIamInstanceProfile")
def disassociate_profile(call, p):
    """NoSuchAssociation."""
    made = own(call, PROFILE, p["AssociationId"])
    del call.table("profile-association")[p["AssociationId"]]
    call.table("instance")[made["InstanceId"]]["IamInstanceProfile"] = None
    return {"IamInstanceProfileAssociation": {**made, "State": "disassociating"}}


@ec2("ReplaceIamInstanceProfileAssociation", "gives a new association id")
def replace_profile(call, p):
    made = own(call, PROFILE, p["AssociationId"])
    profile = _profile(call, p)
    del call.table("profile-association")[p["AssociationId"]]
    call.table("instance")[made["InstanceId"]]["IamInstanceProfile"] = profile
    return {"IamInstanceProfileAssociation": _associate(call, made["InstanceId"], profile)}


# ---- volumes ----
def _volume(call, zone, size, ebs, tags):
    kind = ebs.get("VolumeType", "gp2")
    iops = ebs.get("Iops") or {"gp3": 3000, "gp2": max(100, 3 * size)}.get(kind)
    if kind in ("io1", "io2") and not iops:
        raise Failure("MissingParameter", "The parameter iops must be specified for this volume type.")
    value = {
        "AvailabilityZone": zone, "Size": size, "VolumeType": kind, "Encrypted": ebs.get("Encrypted", False) or bool(ebs.get("KmsKeyId")),
        "KmsKeyId": ebs.get("KmsKeyId"), "Iops": iops, "State": "creating", "CreateTime": call.now, "Attachments": [],
        "MultiAttachEnabled": ebs.get("MultiAttachEnabled", False), "SnapshotId": ebs.get("SnapshotId", ""), "Tags": tags,
        "Throughput": ebs.get("Throughput", 125) if kind == "gp3" else None,
    }  # fmt: skip
    return new(call, VOLUME, value)


@ec2("CreateVolume", "creating first; ClientToken gives the same volume")
def create_volume(call, p):
    def make():
        zone = p.get("AvailabilityZone") or next((n for n, z in seeds.zones(call.account, call.region).items() if z == p.get("AvailabilityZoneId")), "")
        if zone not in seeds.zones(call.account, call.region):
            raise Failure("InvalidZone.NotFound", f"The zone '{zone}' does not exist.")
        if not p.get("Size"):
            raise Failure("MissingParameter", "The request must contain the parameter size/snapshot")
        value = _volume(call, zone, p["Size"], p, tags_of(p, VOLUME.tag))
        answer = shown(call, value)
        call.later("volume", value["VolumeId"], "ec2.volume", {"State": "available"}, bad={"State": "error"})
        return answer

    return once(call, p, make)


describes("DescribeVolumes", VOLUME)


@ec2("AttachVolume", "attaching first; same zone; VolumeInUse, device names once per instance")
def attach_volume(call, p):
    volume, instance = own(call, VOLUME, p["VolumeId"]), own(call, INSTANCE, p["InstanceId"])
    if volume["State"] == "in-use":
        raise Failure("VolumeInUse", f"{p['VolumeId']} is already attached to an instance")
    if volume["State"] != "available":
        raise Failure("IncorrectState", f"Volume '{p['VolumeId']}' is not 'available'.")
    if instance["State"]["Name"] not in ("running", "stopped"):
        raise Failure("IncorrectState", f"Instance '{p['InstanceId']}' is not 'running'.")
    if volume["AvailabilityZone"] != instance["Placement"]["AvailabilityZone"]:
        raise Failure("InvalidVolume.ZoneMismatch", f"The volume '{p['VolumeId']}' is not in the same availability zone as instance '{p['InstanceId']}'")
    if any(d["DeviceName"] == p["Device"] for d in instance["BlockDeviceMappings"]):
        raise Failure("InvalidParameterValue", f"Invalid value '{p['Device']}' for unixDevice. Attachment point {p['Device']} is already in use")
    held = {"VolumeId": p["VolumeId"], "InstanceId": p["InstanceId"], "Device": p["Device"], "State": "attaching", "AttachTime": call.now,
            "DeleteOnTermination": False}  # fmt: skip
    volume.update(State="in-use", Attachments=[held])
    instance["BlockDeviceMappings"].append({"DeviceName": p["Device"], "Ebs": {
        "VolumeId": p["VolumeId"], "Status": "attached", "AttachTime": call.now, "DeleteOnTermination": False}})  # fmt: skip
    call.later("volume", p["VolumeId"], "ec2.volume.attach", {"Attachments": [{**held, "State": "attached"}]})
    return {**held, "State": "attaching"}


@ec2("DetachVolume", "detaching first; IncorrectState for one that is not attached or the root of a running instance")
def detach_volume(call, p):
    volume = own(call, VOLUME, p["VolumeId"])
    if not volume["Attachments"]:
        raise Failure("IncorrectState", f"Volume '{p['VolumeId']}' is in the 'available' state.")
    held = volume["Attachments"][0]
    if p.get("InstanceId", held["InstanceId"]) != held["InstanceId"]:
        raise Failure("InvalidAttachment.NotFound", f"Volume '{p['VolumeId']}' is not attached to instance '{p['InstanceId']}'.")
    instance = call.table("instance")[held["InstanceId"]]
    if held["Device"] == instance["RootDeviceName"] and instance["State"]["Name"] == "running":
        raise Failure("OperationNotPermitted", f"Unable to detach root volume '{p['VolumeId']}' from instance '{held['InstanceId']}'")
    instance["BlockDeviceMappings"] = [d for d in instance["BlockDeviceMappings"] if d["Ebs"]["VolumeId"] != p["VolumeId"]]
    held["State"] = "detaching"
    answer = dict(held)
    call.later("volume", p["VolumeId"], "ec2.volume.attach", {"State": "available", "Attachments": []})
    return answer


@ec2("ModifyVolume", "optimizing for a while; never smaller; once in six hours")
def modify_volume(call, p):
    volume = own(call, VOLUME, p["VolumeId"])
    last = call.table("volume-modification").get(p["VolumeId"])
    if last and call.now - last["StartTime"] < 6 * 3600:
        raise Failure("VolumeModificationRateExceeded", "You've reached the maximum modification rate per volume limit. Wait at least 6 hours between modifications per EBS volume.")
    if p.get("Size", volume["Size"]) < volume["Size"]:
        raise Failure("InvalidParameterValue", "New size cannot be smaller than existing size")
    target = {"TargetSize": p.get("Size", volume["Size"]), "TargetVolumeType": p.get("VolumeType", volume["VolumeType"]),
              "TargetIops": p.get("Iops", volume["Iops"]), "TargetThroughput": p.get("Throughput", volume["Throughput"])}  # fmt: skip
    row = {"VolumeId": p["VolumeId"], "ModificationState": "modifying", "OriginalSize": volume["Size"], "OriginalIops": volume["Iops"],
           "OriginalVolumeType": volume["VolumeType"], "Progress": 0, "StartTime": call.now, **target}  # fmt: skip
    call.table("volume-modification")[p["VolumeId"]] = row
    volume.update(Size=target["TargetSize"], VolumeType=target["TargetVolumeType"], Iops=target["TargetIops"], Throughput=target["TargetThroughput"])
    answer = dict(row)
    call.later("volume-modification", p["VolumeId"], "ec2.volume.modify", {"ModificationState": "completed", "Progress": 100})
    return {"VolumeModification": answer}


@ec2("DescribeVolumesModifications")
def describe_modifications(call, p):
    """The last of each volume."""
    rows = [r for n, r in call.table("volume-modification").items() if n in p.get("VolumeIds", [n])]
    return {"VolumesModifications": select(call, "", rows, p.get("Filters"))}


@ec2("DeleteVolume", "VolumeInUse while attached")
def delete_volume(call, p):
    volume = own(call, VOLUME, p["VolumeId"])
    if volume["Attachments"]:
        raise Failure("VolumeInUse", f"Volume {p['VolumeId']} is currently attached to {volume['Attachments'][0]['InstanceId']}")
    del call.table("volume")[p["VolumeId"]]
    return {}


# ---- endpoints ----
GATEWAYS = ("s3", "dynamodb")
INTERFACES = ("ssm", "ssmmessages", "ec2messages", "ec2", "ds", "ds-data", "secretsmanager", "logs", "kms", "sts", "s3", "monitoring",
              "events", "sns", "ram", "route53resolver", "sso", "identitystore", "organizations", "lambda", "elasticloadbalancing",
              "autoscaling", "ecr.api", "ecr.dkr", "ssm-contacts", "cloudformation", "dynamodb", "fsx", "directconnect", "ebs",
              "backup", "config", "cloudtrail", "guardduty-data", "inspector2", "securityhub", "acm-pca", "git-codecommit")  # fmt: skip


def _services(call):
    for name in INTERFACES:
        yield f"com.amazonaws.{call.region}.{name}", "Interface"
    for name in GATEWAYS:
        yield f"com.amazonaws.{call.region}.{name}", "Gateway"


@ec2("DescribeVpcEndpointServices", "the common ones of the Region, in every zone")
def describe_endpoint_services(call, p):
    rows = {}
    for name, kind in _services(call):
        rows.setdefault(name, []).append({"ServiceType": kind})
    for name in p.get("ServiceNames", []):
        if name not in rows:
            raise Failure("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")
    details = [{"ServiceName": n, "ServiceType": k, "AvailabilityZones": list(seeds.zones(call.account, call.region)), "Owner": "amazon",
                "AcceptanceRequired": False, "ManagesVpcEndpoints": False, "VpcEndpointPolicySupported": True,
                "ServiceId": f"vpce-svc-{n.rsplit('.', 1)[1]}"}
               for n, k in rows.items() if n in p.get("ServiceNames", [n])]  # fmt: skip
    details = select(call, "", details, p.get("Filters")) if p.get("Filters") else details
    return {"ServiceDetails": details, "ServiceNames": [d["ServiceName"] for d in details]}


def _fits_kind(kind, p):
    """The reference says of each parameter which kinds of endpoints it is for."""
    gateway, interface = ("AddRouteTableIds", "RouteTableIds"), ("AddSubnetIds", "SubnetIds", "AddSecurityGroupIds", "SecurityGroupIds")
    for name in interface if kind == "Gateway" else gateway if kind == "Interface" else ():
        if p.get(name):
            raise Failure("InvalidParameter", f"{name} is not supported for {kind} type VPC endpoints.")


@ec2("CreateVpcEndpoint", "pending for a minute, with an interface per subnet; ClientToken gives the same; one private name per VPC; quota")
def create_endpoint(call, p):
    def make():
        vpc = own(call, VPC, p["VpcId"])
        kind = p.get("VpcEndpointType", "Gateway")
        if (p.get("ServiceName"), kind) not in list(_services(call)):
            raise Failure("InvalidServiceName", f"The Vpc Endpoint Service '{p.get('ServiceName')}' does not exist")
        _fits_kind(kind, p)
        others = [e for e in call.table("vpc-endpoint").values() if e["VpcId"] == p["VpcId"] and e["State"] not in ("deleted", "failed")]
        private = p.get("PrivateDnsEnabled", True) if kind == "Interface" else False
        if private and not (vpc["_attributes"]["EnableDnsSupport"] and vpc["_attributes"]["EnableDnsHostnames"]):
            raise Failure("InvalidParameter", "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true.")
        if private and any(e["ServiceName"] == p["ServiceName"] and e["PrivateDnsEnabled"] for e in others):
            raise Failure("InvalidParameter", f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {p['ServiceName']} in the VPC {p['VpcId']}")
        if kind == "Interface":
            call.limit("ec2.interface-endpoints-per-vpc", sum(e["VpcEndpointType"] == "Interface" for e in others), "VpcEndpointLimitExceeded")
        for name in p.get("RouteTableIds", []):
            if own(call, TABLE, name)["VpcId"] != p["VpcId"]:
                raise Failure("InvalidRouteTableId.NotFound", f"The route table '{name}' is not in {p['VpcId']}.")
            if any(name in e.get("RouteTableIds", []) and e["ServiceName"] == p["ServiceName"] for e in others):
                raise Failure("RouteAlreadyExists", f"route table {name} already has a route with destination-prefix-list-id")
        groups = p.get("SecurityGroupIds") or ([default_group(call, p["VpcId"])] if kind == "Interface" else [])
        found, zones = [], set()
        for name in p.get("SubnetIds", []):
            subnet = reach(call, SUBNET, name)
            if subnet["VpcId"] != p["VpcId"]:
                raise Failure("InvalidSubnetId.NotFound", f"The subnet '{name}' is not in {p['VpcId']}.")
            if subnet["AvailabilityZone"] in zones:
                raise Failure("DuplicateSubnetsInSameZone", f"Found another VPC endpoint subnet in the availability zone of {name}.")
            zones.add(subnet["AvailabilityZone"])
            found.append(subnet)
        value = new(call, ENDPOINT, {
            "VpcEndpointType": kind, "VpcId": p["VpcId"], "ServiceName": p["ServiceName"], "State": "pending" if kind == "Interface" else "available",
            "PolicyDocument": p.get("PolicyDocument") or '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}',
            "RouteTableIds": list(p.get("RouteTableIds", [])), "SubnetIds": [s["SubnetId"] for s in found], "Groups": [],
            "PrivateDnsEnabled": private, "RequesterManaged": False, "NetworkInterfaceIds": [], "DnsEntries": [],
            "CreationTimestamp": call.now, "OwnerId": call.account, "IpAddressType": p.get("IpAddressType", "ipv4"),
        }, p)  # fmt: skip
        _gateway_routes(call, value, add=value["RouteTableIds"])
        for subnet in found:
            eni = interface(call, subnet, groups, f"VPC Endpoint Interface {value['VpcEndpointId']}", "vpc_endpoint")
            value["NetworkInterfaceIds"].append(eni["NetworkInterfaceId"])
            value["Groups"] = eni["Groups"]
        if kind == "Interface":
            if not found:
                value["Groups"] = [{"GroupId": g, "GroupName": own(call, GROUP, g)["GroupName"]} for g in groups]
            short = p["ServiceName"].rsplit(".", 1)[1]
            value["DnsEntries"] = [{"DnsName": f"{value['VpcEndpointId']}-{call.world.hex(8)}.{short}.{call.region}.vpce.amazonaws.com", "HostedZoneId": "Z7HUB22UULQXV"}]
            call.later("vpc-endpoint", value["VpcEndpointId"], "ec2.endpoint", {"State": "available"}, bad={"State": "failed"})
        return {"VpcEndpoint": shown(call, value), "ClientToken": p.get("ClientToken")}

    return once(call, p, make)


def _gateway_routes(call, value, add=(), drop=()):
    """A gateway endpoint has a route to its prefix list in each of its tables: VPC guide, "Gateway endpoints"."""
    from .ec2_network import service_list

    for name in drop:
        table = call.table("route-table").get(name)
        if table:  # it may have gone meanwhile
            table["Routes"] = [r for r in table["Routes"] if r.get("GatewayId") != value["VpcEndpointId"]]
    for name in add:
        call.table("route-table")[name]["Routes"].append({
            "DestinationPrefixListId": service_list(value["ServiceName"]), "GatewayId": value["VpcEndpointId"], "State": "active", "Origin": "CreateRoute"})  # fmt: skip


describes("DescribeVpcEndpoints", ENDPOINT)


@ec2("ModifyVpcEndpoint", "tables, subnets, groups, policy, private names")
def modify_endpoint(call, p):
    value = own(call, ENDPOINT, p["VpcEndpointId"])
    if value["State"] not in ("available", "pending"):
        raise Failure("IncorrectState", f"{p['VpcEndpointId']} is {value['State']}.")
    _fits_kind(value["VpcEndpointType"], p)
    if p.get("ResetPolicy"):
        value["PolicyDocument"] = '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}'
    if p.get("PolicyDocument"):
        value["PolicyDocument"] = p["PolicyDocument"]
    _gateway_routes(call, value, [own(call, TABLE, t)["RouteTableId"] for t in p.get("AddRouteTableIds", []) if t not in value["RouteTableIds"]],
                    [t for t in p.get("RemoveRouteTableIds", []) if t in value["RouteTableIds"]])  # fmt: skip
    kept = [t for t in value["RouteTableIds"] if t not in p.get("RemoveRouteTableIds", [])]
    value["RouteTableIds"] = kept + [t for t in p.get("AddRouteTableIds", []) if t not in kept]
    names = [g["GroupId"] for g in value["Groups"] if g["GroupId"] not in p.get("RemoveSecurityGroupIds", [])]
    value["Groups"] = _groups(call, names + [g for g in p.get("AddSecurityGroupIds", []) if g not in names], value["VpcId"])
    enis = call.table("network-interface")
    for name in p.get("RemoveSubnetIds", []):
        value["SubnetIds"] = [s for s in value["SubnetIds"] if s != name]
        for key in [k for k in value["NetworkInterfaceIds"] if enis[k]["SubnetId"] == name]:
            value["NetworkInterfaceIds"].remove(key)
            del enis[key]
    for name in p.get("AddSubnetIds", []):
        if name not in value["SubnetIds"]:
            eni = interface(call, reach(call, SUBNET, name), [g["GroupId"] for g in value["Groups"]], f"VPC Endpoint Interface {p['VpcEndpointId']}", "vpc_endpoint")
            value["SubnetIds"].append(name)
            value["NetworkInterfaceIds"].append(eni["NetworkInterfaceId"])
    for key in value["NetworkInterfaceIds"]:
        enis[key]["Groups"] = value["Groups"]
    if "PrivateDnsEnabled" in p:
        value["PrivateDnsEnabled"] = p["PrivateDnsEnabled"]
    return {"Return": True}


@ec2("DeleteVpcEndpoints", "deleting, then gone with its interfaces; says which did not exist")
def delete_endpoints(call, p):
    failed = []
    for name in p["VpcEndpointIds"]:
        value = call.table("vpc-endpoint").get(name)
        if value is None:
            failed.append({"ResourceId": name, "Error": {"Code": "InvalidVpcEndpoint.NotFound", "Message": f"The Vpc Endpoint Id '{name}' does not exist"}})
            continue
        value["State"] = "deleting"
        _gateway_routes(call, value, drop=value["RouteTableIds"])
        seconds = "ec2.endpoint.delete" if value["VpcEndpointType"] == "Interface" else 0
        call.later("vpc-endpoint", name, seconds, {"State": "deleted"}, hook="endpoint_deleted")
    return {"Unsuccessful": failed}


@hook
def endpoint_deleted(world, place, value):
    account, region, _, name = place
    drop_interfaces(world, account, region, lambda e: e["NetworkInterfaceId"] in value["NetworkInterfaceIds"])
    del world.table(account, region, "ec2.vpc-endpoint")[name]


# ---- smaller settings ----
@ec2("ModifyInstancePlacement", "IncorrectInstanceState unless stopped")
def modify_placement(call, p):
    value = own(call, INSTANCE, p["InstanceId"])
    if value["State"]["Name"] != "stopped":
        raise Failure("IncorrectInstanceState", f"The instance '{p['InstanceId']}' is not in the 'stopped' state.")
    value["Placement"].update({k: p[k] for k in ("Affinity", "GroupName", "HostId", "Tenancy", "PartitionNumber") if k in p})
    return {"Return": True}


@ec2("ModifyPrivateDnsNameOptions", "IncorrectInstanceState unless stopped where the kind of names changes")
def modify_names(call, p):
    value = own(call, INSTANCE, p["InstanceId"])
    if p.get("PrivateDnsHostnameType") and value["State"]["Name"] != "stopped":
        raise Failure("IncorrectInstanceState", f"The instance '{p['InstanceId']}' is not in the 'stopped' state.")
    options = value.setdefault("PrivateDnsNameOptions", {"HostnameType": "ip-name", "EnableResourceNameDnsARecord": False, "EnableResourceNameDnsAAAARecord": False})
    options["HostnameType"] = p.get("PrivateDnsHostnameType", options["HostnameType"])
    options.update({k: p[k] for k in ("EnableResourceNameDnsARecord", "EnableResourceNameDnsAAAARecord") if k in p})
    return {"Return": True}


@ec2("ModifyInstanceMaintenanceOptions")
def modify_maintenance(call, p):
    """Automatic recovery."""
    value = own(call, INSTANCE, p["InstanceId"])
    value.setdefault("MaintenanceOptions", {"AutoRecovery": "default"}).update({k: p[k] for k in ("AutoRecovery", "RebootMigration") if k in p})
    return {"InstanceId": p["InstanceId"], **value["MaintenanceOptions"]}


def _bursts(value):
    return value["InstanceType"].startswith("t")


@ec2("DescribeInstanceCreditSpecifications", "of types that burst")
def credits_of(call, p):
    rows = [own(call, INSTANCE, n) for n in p["InstanceIds"]] if p.get("InstanceIds") else call.rows("instance")
    return {"InstanceCreditSpecifications": [{"InstanceId": r["InstanceId"], "CpuCredits": r.get("_credits", "unlimited")} for r in rows if _bursts(r)]}


@ec2("ModifyInstanceCreditSpecification", "tells which do not burst")
def modify_credits(call, p):
    done, failed = [], []
    for item in p["InstanceCreditSpecifications"]:
        value = call.get("instance", item["InstanceId"])
        if value is None:
            failed.append({"InstanceId": item["InstanceId"], "Error": {"Code": "InvalidInstanceID.NotFound", "Message": "does not exist"}})
        elif not _bursts(value):
            failed.append({"InstanceId": item["InstanceId"], "Error": {"Code": "InstanceCreditSpecification.NotSupported", "Message": "does not burst"}})
        else:
            value["_credits"] = item["CpuCredits"]
            done.append({"InstanceId": item["InstanceId"]})
    return {"SuccessfulInstanceCreditSpecifications": done, "UnsuccessfulInstanceCreditSpecifications": failed}


@ec2("GetPasswordData", "empty: the stand-in's Windows has no password")
def password_data(call, p):
    own(call, INSTANCE, p["InstanceId"])
    return {"InstanceId": p["InstanceId"], "PasswordData": "", "Timestamp": call.now}


@ec2("DescribeVolumeAttribute")
def describe_volume_attribute(call, p):
    """Automatic input and output."""
    value = own(call, VOLUME, p["VolumeId"])
    if p["Attribute"] == "productCodes":
        return {"VolumeId": p["VolumeId"], "ProductCodes": []}
    return {"VolumeId": p["VolumeId"], "AutoEnableIO": {"Value": value.get("_auto", False)}}


@ec2("ModifyVolumeAttribute")
def modify_volume_attribute(call, p):
    """Automatic input and output."""
    own(call, VOLUME, p["VolumeId"])["_auto"] = p.get("AutoEnableIO", {}).get("Value", False)
    return {}
