"""Account Management: which Regions an account has enabled."""

from .. import seeds
from ..registry import operation
from ..world import GLOBAL, Failure
from .ram_view import members

SERVICE = "account"


def _target(call, p):
    """The caller's account, or a member of the organization from its management account."""
    name = p.get("AccountId", call.account)
    if name == call.account:
        return name
    organization = members(call.world, call.account)
    if organization is None or organization["MasterAccountId"] != call.account:
        raise Failure("AccessDeniedException", f"User: {call.principal} is not authorized to perform: account:{call.operation}")
    if name not in organization["_accounts"]:
        raise Failure("ResourceNotFoundException", f"Account {name} is not in the organization.")
    if "account.amazonaws.com" not in organization["_trusted"]:
        raise Failure("AccessDeniedException", "Account Management has no trusted access to the organization.")
    return name


def _regions(call, account):
    return call.world.table(account, GLOBAL, "account.regions")


def _status(call, account, region):
    if region not in seeds.REGIONS:
        raise Failure("ValidationException", f"{region} is not a Region.", reason="invalidRegionOptTarget")
    if region not in seeds.OPT_IN:
        return "ENABLED_BY_DEFAULT"
    return _regions(call, account).get(region, {}).get("status", "DISABLED")


@operation(SERVICE, "GetRegionOptStatus", "ENABLED_BY_DEFAULT, DISABLED, ENABLING, ENABLED, DISABLING")
def get_status(call, p):
    return {"RegionName": p["RegionName"], "RegionOptStatus": _status(call, _target(call, p), p["RegionName"])}


@operation(SERVICE, "ListRegions", "by status")
def list_regions(call, p):
    account = _target(call, p)
    rows = [{"RegionName": r, "RegionOptStatus": _status(call, account, r)} for r in seeds.REGIONS]
    return {"Regions": [r for r in rows if r["RegionOptStatus"] in p.get("RegionOptStatusContains", [r["RegionOptStatus"]])]}


def _change(call, p, going, then):
    account, region = _target(call, p), p["RegionName"]
    status = _status(call, account, region)
    if status == "ENABLED_BY_DEFAULT":
        raise Failure("ValidationException", "The Region is enabled by default.", reason="invalidRegionOptTarget")
    if status in ("ENABLING", "DISABLING"):
        raise Failure("ConflictException", f"The Region is {status}.")
    _regions(call, account)[region] = {"status": going}
    call.world.later([account, GLOBAL, "account.regions", region], call.world.delay("account.region"), {"status": then})
    return {}


@operation(SERVICE, "EnableRegion", "ENABLING for minutes; ConflictException while a change is under way")
def enable(call, p):
    return _change(call, p, "ENABLING", "ENABLED")


@operation(SERVICE, "DisableRegion", "DISABLING for minutes")
def disable(call, p):
    return _change(call, p, "DISABLING", "DISABLED")


@operation(SERVICE, "PutAccountName", "the name in the organization")
def put_name(call, p):
    account = _target(call, p)
    organization = members(call.world, account)
    if organization:
        organization["_accounts"][account]["Name"] = p["AccountName"]
    return {}

