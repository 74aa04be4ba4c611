"""What is there before the first call: an organization with its accounts, roles to assume, and what a person
would have made by hand. A seed is JSON; every member has a default."""

import hashlib
import re
from functools import lru_cache

from botocore.loaders import Loader

from .world import GLOBAL, partition_of

SECRET = "standin"  # of the ordinary keys AKIA + account id
DEFAULT = {
    "organization": {
        "id": "o-a1b2c3d4e5",
        "root": "r-a1b2",
        "management": "111111111111",
        "units": [],
        "accounts": [{"id": "111111111111", "name": "management", "email": "aws@example.com"}],
        "trusted": [],
    },
    "roles": ["OrganizationAccountAccessRole"],
    "identity_center": None,
}
# Regions that an account must enable first: account management reference guide, "Enable or disable AWS Regions".
OPT_IN = {
    "af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6",
    "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "me-south-1",
    "mx-central-1",
}  # fmt: skip


def _regions():
    found = Loader().load_data("partitions")
    return sorted(r for p in found["partitions"] if p["id"] in ("aws", "aws-cn", "aws-us-gov") for r in p["regions"] if "global" not in r)


REGIONS = _regions()


def region_enabled(world, account, region):
    if region not in REGIONS:
        return False
    enabled = world.table(account, GLOBAL, "account.regions")
    return region not in OPT_IN or enabled.get(region, {}).get("status") == "ENABLED"


def short(region):
    """`euw1` of `eu-west-1`, as zone ids have it."""
    *area, direction, number = region.split("-")
    letters = {"northeast": "ne", "southeast": "se", "northwest": "nw", "southwest": "sw"}.get(direction, direction[0])
    return "".join(area[:1] + [a[0] for a in area[1:]]) + letters + number


@lru_cache(maxsize=None)
def zones(account, region):
    return {f"{region}{letter}": f"{short(region)}-az{n}" for n, letter in enumerate("abc", 1)}


# Public parameters of Systems Manager with images: user guide, "Calling AMI public parameters".
FAMILIES = {
    **{f"/aws/service/ami-windows-latest/Windows_Server-{y}-English-{f}-Base": ("windows", "/dev/sda1", 30)
       for y in (2016, 2019, 2022, 2025) for f in ("Full", "Core")},
    **{f"/aws/service/ami-amazon-linux-latest/{n}": ("", "/dev/xvda", 8)
       for n in ("al2023-ami-kernel-default-x86_64", "al2023-ami-kernel-default-arm64", "al2023-ami-minimal-kernel-default-x86_64",
                 "amzn2-ami-hvm-x86_64-gp2", "al2023-ami-kernel-6.1-x86_64", "amzn2-ami-kernel-5.10-hvm-x86_64-gp2")},
    **{f"/aws/service/canonical/ubuntu/server/{v}/stable/current/amd64/hvm/ebs-{t}/ami-id": ("", "/dev/sda1", 8)
       for v in ("20.04", "22.04", "24.04") for t in ("gp2", "gp3")},
}  # fmt: skip


@lru_cache(maxsize=None)
def images(region):
    found = {}
    for name, (platform, device, size) in FAMILIES.items():
        digest = hashlib.sha256(f"{region} {name}".encode()).hexdigest()
        found[name] = {
            "ImageId": f"ami-0{digest[:16]}", "Name": name.split("/", 4)[-1].replace("/", "-"), "State": "available", "Public": True,
            "OwnerId": "801119661308", "ImageOwnerAlias": "amazon", "RootDeviceName": device, "RootDeviceType": "ebs", "ImageType": "machine",
            "Architecture": "arm64" if "arm64" in name else "x86_64", "Hypervisor": "xen", "VirtualizationType": "hvm", "EnaSupport": True,
            "CreationDate": "2026-09-10T00:00:00.000Z", "_devices": {device: {"VolumeSize": size, "VolumeType": "gp3"}},
            "BlockDeviceMappings": [{"DeviceName": device, "Ebs": {"VolumeSize": size, "VolumeType": "gp3", "DeleteOnTermination": True, "Encrypted": False}}],
        }  # fmt: skip
        if platform:
            found[name]["Platform"] = platform
    return found


# ---- identities ----
def identity(world, key):
    """Who owns an access key: one that the stand-in gave, or AKIA + account id of a known account."""
    if key in world.identities:
        return world.identities[key]
    match = re.fullmatch(r"AKIA(\d{12})", key)
    if match and match.group(1) in world.table("", GLOBAL, "stand-in.accounts"):
        account = match.group(1)
        return {"account": account, "secret": SECRET, "arn": f"arn:aws:iam::{account}:user/standin"}
    return None


def add_account(world, account, name, roles):
    world.table("", GLOBAL, "stand-in.accounts")[account] = {"name": name}
    management = organization_of(world)
    trusted = f"arn:aws:iam::{management['MasterAccountId']}:root" if management else f"arn:aws:iam::{account}:root"
    for role in roles:
        world.table(account, GLOBAL, "iam.role")[role] = {
            "RoleName": role, "Path": "/", "RoleId": "AROA" + world.letters(17), "Arn": f"arn:aws:iam::{account}:role/{role}",
            "CreateDate": world.now(), "MaxSessionDuration": 3600, "Tags": [], "_policies": {}, "_seeded": True,
            "_attached": ["arn:aws:iam::aws:policy/AdministratorAccess"],
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}]},
        }  # fmt: skip


def organization_of(world):
    for _, _, _, found in world.everywhere("organizations.organization"):
        return found
    return None


def account_entry(world, organization, account, name, email, parent, state="ACTIVE"):
    management = organization["MasterAccountId"]
    return {
        "Id": account, "Name": name, "Email": email, "Status": "ACTIVE" if state == "ACTIVE" else state, "State": state,
        "Arn": f"arn:aws:organizations::{management}:account/{organization['Id']}/{account}", "JoinedMethod": "CREATED",
        "JoinedTimestamp": world.now(), "_parent": parent, "_tags": [],
    }  # fmt: skip


def plant(world, seed):
    seed = {**DEFAULT, **seed}
    o = {**DEFAULT["organization"], **seed["organization"]}
    management = o["management"]
    email = next((a.get("email") for a in o["accounts"] if a["id"] == management), None) or "aws@example.com"
    organization = {
        "Id": o["id"], "Arn": f"arn:aws:organizations::{management}:organization/{o['id']}", "FeatureSet": "ALL",
        "MasterAccountArn": f"arn:aws:organizations::{management}:account/{o['id']}/{management}",
        "MasterAccountId": management, "MasterAccountEmail": email, "AvailablePolicyTypes": [],
        "_root": o["root"], "_root_types": [], "_root_tags": [], "_accounts": {}, "_units": {}, "_trusted": {}, "_delegated": {},
        "_policies": {"p-FullAWSAccess": {
            "Id": "p-FullAWSAccess", "Arn": "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
            "Name": "FullAWSAccess", "Description": "Allows access to every operation", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": True,
            "_content": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}', "_targets": [], "_tags": []}},
        "_creating": {}, "_sharing": False, "_resource_policy": None,
    }  # fmt: skip
    world.table(management, GLOBAL, "organizations.organization")[o["id"]] = organization
    paths = {"": o["root"], "root": o["root"]}
    for index, unit in enumerate(o["units"]):
        name = unit.get("id") or f"ou-{o['root'][2:]}-{index:08d}"
        parent = paths[unit.get("parent", "")]
        organization["_units"][name] = {
            "Id": name, "Name": unit["name"], "_parent": parent, "_tags": [],
            "Arn": f"arn:aws:organizations::{management}:ou/{o['id']}/{name}"}  # fmt: skip
        paths[unit["name"]] = paths[name] = name
    for account in o["accounts"]:
        organization["_accounts"][account["id"]] = account_entry(
            world, organization, account["id"], account["name"], account.get("email", f"{account['name']}@example.com"),
            paths[account.get("unit", "")])  # fmt: skip
        add_account(world, account["id"], account["name"], seed["roles"])
    for principal in o["trusted"]:
        organization["_trusted"][principal] = world.now()
    for account, services in o.get("delegated", {}).items():
        organization["_delegated"][account] = {service: world.now() for service in services}
        for service in services:
            organization["_trusted"].setdefault(service, world.now())
    for quota in seed.get("quotas", []):
        world.table(quota["account"], quota["region"], "service-quotas.applied")[quota["name"]] = {"value": quota["value"]}
    for account, regions in seed.get("regions", {}).items():
        for region in regions:
            world.table(account, GLOBAL, "account.regions")[region] = {"status": "ENABLED"}
    if seed.get("identity_center"):
        enable_identity_center(world, seed["identity_center"])
    for connection in seed.get("connections", []):
        add_connection(world, connection)
    for secret in seed.get("secrets", []):
        add_secret(world, secret)
    for topic in seed.get("topics", []):
        add_topic(world, topic)
    if seed.get("existing", {}).get("nodes"):
        from .existing import Planter

        Planter(world, seed["existing"]["nodes"], seed["existing"]["stated"]).plant()
    for place in seed.get("objects", []):
        world.table(place["account"], place["region"], place["kind"])[place["id"]] = place["object"]


def enable_identity_center(world, given):
    """What a person does in the console: there is no API for the instance of an organization."""
    organization = organization_of(world)
    management, region = organization["MasterAccountId"], given["region"]
    name = given.get("instance", f"ssoins-{world.hex(16)}")
    store = given.get("identity_store", f"d-{world.hex(10)}")
    arn = name if name.startswith("arn:") else f"arn:{partition_of(region)}:sso:::instance/{name}"
    world.table(management, region, "sso-admin.instance")[arn] = {
        "InstanceArn": arn, "IdentityStoreId": store, "OwnerAccountId": management, "Status": "ACTIVE", "CreatedDate": world.now(),
        "Name": given.get("name"), "_organization": True, "_sets": {}, "_assignments": {}, "_requests": {}, "_provisioned": {},
        "_attributes": None, "_applications": {}, "_regions": {}, "_tags": [], "_outstanding": {},
    }  # fmt: skip
    world.table(management, region, "identitystore.store")[store] = {"_users": {}, "_groups": {}, "_memberships": {}, "_source": given.get("source", "directory")}
    organization["_trusted"].setdefault("sso.amazonaws.com", world.now())
    sync_identities(world, given)
    return arn, store


def sync_identities(world, given):
    """Users and groups that a directory synchronization brings."""
    for _, _, _, store in world.everywhere("identitystore.store"):
        for name in given.get("groups", []):
            if not any(g["DisplayName"] == name for g in store["_groups"].values()):
                key = f"{world.hex(10)}-{world.uuid()}"
                store["_groups"][key] = {"GroupId": key, "DisplayName": name, "ExternalIds": []}
        for name in given.get("users", []):
            if not any(u["UserName"] == name for u in store["_users"].values()):
                key = f"{world.hex(10)}-{world.uuid()}"
                store["_users"][key] = {"UserId": key, "UserName": name, "DisplayName": name}


def add_connection(world, given):
    world.table(given["account"], given["region"], "directconnect.connection")[given["id"]] = {
        "connectionId": given["id"], "ownerAccount": given["account"], "connectionName": given.get("name", given["id"]),
        "connectionState": given.get("state", "available"), "region": given["region"], "location": given.get("location", "EqDB2"),
        "bandwidth": given.get("bandwidth", "1Gbps"), "tags": [], "jumboFrameCapable": True, "macSecCapable": False,
    }  # fmt: skip


def add_secret(world, given):
    arn = f"arn:{partition_of(given['region'])}:secretsmanager:{given['region']}:{given['account']}:secret:{given['name']}-{world.letters(6)}"
    world.table(given["account"], given["region"], "secretsmanager.secret")[arn] = {
        "ARN": arn, "Name": given["name"], "CreatedDate": world.now(), "LastChangedDate": world.now(), "Tags": [], "RotationEnabled": False, "_policy": None,
        "_versions": {world.uuid(): {"content": {"SecretString": given.get("value", world.letters(24))}, "stages": ["AWSCURRENT"], "created": world.now()}},
    }  # fmt: skip


def add_topic(world, given):
    arn = f"arn:{partition_of(given['region'])}:sns:{given['region']}:{given['account']}:{given['name']}"
    world.table(given["account"], given["region"], "sns.topic")[arn] = {"TopicArn": arn, "Tags": [], "_attributes": {"Policy": "{}", "DisplayName": ""}}

