"""Route 53 Resolver: endpoints with interfaces, rules shared by RAM, associations, query logs, settings."""

import ipaddress
import json

from ..registry import hook, operation
from ..world import Failure
from .ec2_base import SUBNET, VPC
from .ec2_compute import drop_interfaces, interface
from .organizations import put_tags
from .ram_view import shared_with


def r53r(name, does=""):
    return operation("route53resolver", name, does)


def absent(what, name):
    return Failure("ResourceNotFoundException", f"[RSLVR-00701] {what} with the ID \"{name}\" doesn't exist.", ResourceType=what)


def ec2_of(call, kind, name, code="InvalidParameterException"):
    found = call.world.find((call.account, call.region, f"ec2.{kind.name}", name))
    if found is None and kind is VPC:  # rules are associated by the VPC's owner
        raise Failure(code, f"[RSLVR-00402] {name} doesn't exist.")
    if found is None:
        from .ec2_base import reach

        other = call.at()
        other.service = "ec2"
        try:
            return reach(other, kind, name)
        except Failure:
            raise Failure(code, f"[RSLVR-00402] {name} doesn't exist.")
    return found


def own(call, kind, what, name):
    found = call.get(kind, name)
    if found is None:
        raise absent(what, name)
    return found


def stamp(call):
    import datetime

    return datetime.datetime.fromtimestamp(call.now, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def repeated(call, kind, p):
    """A creator request id that was used already: API_CreateResolverEndpoint, ResourceExistsException."""
    for value in call.table(kind).values():
        if value["CreatorRequestId"] == p["CreatorRequestId"]:
            raise Failure("ResourceExistsException", f"[RSLVR-00301] Resource with creator request id \"{p['CreatorRequestId']}\" already exists.", ResourceType=kind)


# ---- endpoints ----
def _ip(call, endpoint, given):
    subnet = ec2_of(call, SUBNET, given["SubnetId"])
    if endpoint.get("HostVPCId") not in (None, subnet["VpcId"]):
        raise Failure("InvalidParameterException", "[RSLVR-00410] All subnets must be in one VPC.")
    endpoint["HostVPCId"] = subnet["VpcId"]
    try:
        eni = interface(call, subnet, endpoint["SecurityGroupIds"], f"Route 53 Resolver: {endpoint['Id']}", "interface", given.get("Ip"))
    except Failure as failure:
        raise Failure("InvalidParameterException", f"[RSLVR-00411] {failure.message}")
    return {"IpId": f"rni-{call.world.hex(17)}", "SubnetId": given["SubnetId"], "Ip": eni["PrivateIpAddress"], "Status": "CREATING",
            "CreationTime": stamp(call), "ModificationTime": stamp(call), "_eni": eni["NetworkInterfaceId"]}  # fmt: skip


@r53r("CreateResolverEndpoint", "CREATING for minutes, then OPERATIONAL; two addresses at least; an interface each; ResourceExistsException for the same CreatorRequestId; quota")
def create_endpoint(call, p):
    repeated(call, "endpoint", p)
    call.limit("resolver.endpoints", len(call.table("endpoint")), "LimitExceededException", ResourceType="ResolverEndpoint")
    if not 2 <= len(p["IpAddresses"]):
        raise Failure("InvalidRequestException", "[RSLVR-00412] An endpoint needs at least two IP addresses.")
    if len(p["IpAddresses"]) > call.world.quota("resolver.addresses"):
        raise Failure("LimitExceededException", "[RSLVR-00413] Too many IP addresses.", ResourceType="IpAddress")
    for name in p["SecurityGroupIds"]:
        if call.world.find((call.account, call.region, "ec2.security-group", name)) is None:
            raise Failure("InvalidParameterException", f"[RSLVR-00408] The security group {name} doesn't exist.")
    prefix = {"INBOUND": "in", "OUTBOUND": "out"}.get(p["Direction"], "in")
    name = f"rslvr-{prefix}-{call.world.hex(17)}"
    value = {
        "Id": name, "CreatorRequestId": p["CreatorRequestId"], "Name": p.get("Name"), "Direction": p["Direction"], "Status": "CREATING",
        "Arn": call.arn("route53resolver", f"resolver-endpoint/{name}"), "SecurityGroupIds": list(p["SecurityGroupIds"]),
        "StatusMessage": "[Trace id] Creating the Resolver Endpoint", "CreationTime": stamp(call), "ModificationTime": stamp(call),
        "ResolverEndpointType": p.get("ResolverEndpointType", "IPV4"), "Protocols": p.get("Protocols", ["Do53"]), "_tags": list(p.get("Tags", [])),
    }  # fmt: skip
    value["_ips"] = []
    try:
        for given in p["IpAddresses"]:
            value["_ips"].append(_ip(call, value, given))
    except Failure:
        drop_interfaces(call.world, call.account, call.region, lambda e: e["Description"] == f"Route 53 Resolver: {name}")
        raise
    value["IpAddressCount"] = len(value["_ips"])
    call.put("endpoint", name, value)
    answer = dict(value)
    call.later("endpoint", name, "resolver.endpoint", {"Status": "OPERATIONAL", "StatusMessage": "This Resolver Endpoint is operational."},
               bad={"Status": "ACTION_NEEDED", "StatusMessage": "half-done"}, hook="ips_attached")  # fmt: skip
    return {"ResolverEndpoint": answer}


@hook
def ips_attached(world, place, value):
    for ip in value["_ips"]:
        if ip["Status"] == "CREATING":
            ip["Status"] = "ATTACHED" if value["Status"] == "OPERATIONAL" else "FAILED_CREATION"
        elif ip["Status"] == "DETACHING":
            account, region, _, _ = place
            drop_interfaces(world, account, region, lambda e, ip=ip: e["NetworkInterfaceId"] == ip["_eni"])
    value["_ips"] = [i for i in value["_ips"] if i["Status"] != "DETACHING"]
    value["IpAddressCount"] = len(value["_ips"])


FILTERS = {
    "creatorrequestid": "CreatorRequestId", "direction": "Direction", "hostvpcid": "HostVPCId", "ipaddresscount": "IpAddressCount",
    "name": "Name", "status": "Status", "type": "RuleType", "domainname": "DomainName", "resolverendpointid": "ResolverEndpointId",
    "resolverruleid": "ResolverRuleId", "vpcid": "VPCId", "ownerid": "OwnerId", "sharestatus": "ShareStatus", "id": "Id",
    "destinationarn": "DestinationArn", "associationcount": "AssociationCount", "resourceid": "ResourceId", "arn": "Arn",
    "resolverquerylogconfigid": "ResolverQueryLogConfigId", "securitygroupids": "SecurityGroupIds",
}  # fmt: skip


def filtered(rows, p):
    for f in p.get("Filters", []):
        member = FILTERS.get(f["Name"].replace("_", "").lower())
        if member is None:
            raise Failure("InvalidParameterException", f"[RSLVR-00109] The filter {f['Name']} is invalid.")
        fits = lambda r: r.get(member) if isinstance(r.get(member), list) else [str(r.get(member))]  # noqa: E731
        rows = [r for r in rows if any(v in f["Values"] for v in fits(r))]
    return rows


@r53r("GetResolverEndpoint")
def get_endpoint(call, p):
    """ResourceNotFoundException."""
    return {"ResolverEndpoint": own(call, "endpoint", "Resolver endpoint", p["ResolverEndpointId"])}


@r53r("ListResolverEndpoints", "by every filter of the reference")
def list_endpoints(call, p):
    return {"ResolverEndpoints": filtered(call.rows("endpoint"), p)}


@r53r("ListResolverEndpointIpAddresses")
def list_ips(call, p):
    """With a state each."""
    return {"IpAddresses": own(call, "endpoint", "Resolver endpoint", p["ResolverEndpointId"])["_ips"]}


def _operational(value):
    if value["Status"] not in ("OPERATIONAL", "ACTION_NEEDED"):
        raise Failure("InvalidRequestException", f"[RSLVR-00421] The endpoint {value['Id']} is {value['Status']}.")
    return value


@r53r("UpdateResolverEndpoint", "name, kind of addresses, protocols")
def update_endpoint(call, p):
    value = _operational(own(call, "endpoint", "Resolver endpoint", p["ResolverEndpointId"]))
    value.update({k: p[k] for k in ("Name", "ResolverEndpointType", "Protocols") if k in p}, ModificationTime=stamp(call))
    return {"ResolverEndpoint": value}


@r53r("AssociateResolverEndpointIpAddress", "UPDATING first; six at most")
def add_ip(call, p):
    value = _operational(own(call, "endpoint", "Resolver endpoint", p["ResolverEndpointId"]))
    call.limit("resolver.addresses", len(value["_ips"]), "LimitExceededException", ResourceType="IpAddress")
    value["_ips"].append(_ip(call, value, p["IpAddress"]))
    value.update(Status="UPDATING", IpAddressCount=len(value["_ips"]))
    answer = dict(value)
    call.later("endpoint", value["Id"], "resolver.endpoint", {"Status": "OPERATIONAL"}, hook="ips_attached")
    return {"ResolverEndpoint": answer}


@r53r("DisassociateResolverEndpointIpAddress", "UPDATING first; two remain at least")
def drop_ip(call, p):
    value = _operational(own(call, "endpoint", "Resolver endpoint", p["ResolverEndpointId"]))
    wanted = p["IpAddress"]
    for ip in value["_ips"]:
        if ip["IpId"] == wanted.get("IpId") or (ip["SubnetId"] == wanted.get("SubnetId") and ip["Ip"] == wanted.get("Ip", ip["Ip"])):
            if len(value["_ips"]) <= 2:
                raise Failure("InvalidRequestException", "[RSLVR-00415] An endpoint needs at least two IP addresses.")
            ip["Status"] = "DETACHING"
            value["Status"] = "UPDATING"
            answer = dict(value)
            call.later("endpoint", value["Id"], "resolver.endpoint", {"Status": "OPERATIONAL"}, hook="ips_attached")
            return {"ResolverEndpoint": answer}
    raise absent("IP address", str(wanted.get("IpId") or wanted.get("Ip")))


@r53r("DeleteResolverEndpoint", "refused while rules name it; DELETING, then gone with its interfaces")
def delete_endpoint(call, p):
    value = own(call, "endpoint", "Resolver endpoint", p["ResolverEndpointId"])
    for rule in call.table("rule").values():
        if rule.get("ResolverEndpointId") == value["Id"]:
            raise Failure("InvalidRequestException", f"[RSLVR-00424] The endpoint {value['Id']} is used by the rule {rule['Id']}.")
    value["Status"] = "DELETING"
    answer = dict(value)
    call.later("endpoint", value["Id"], "resolver.endpoint.delete", {"_over": True}, hook="endpoint_gone")
    return {"ResolverEndpoint": answer}


@hook
def endpoint_gone(world, place, value):
    account, region, kind, name = place
    drop_interfaces(world, account, region, lambda e: e["Description"] == f"Route 53 Resolver: {name}")
    del world.table(account, region, kind)[name]


# ---- rules ----
def _targets(given):
    found = []
    for t in given:
        if not t.get("Ip") and not t.get("Ipv6"):
            raise Failure("InvalidParameterException", "[RSLVR-00416] A target has an address.")
        for text in filter(None, (t.get("Ip"), t.get("Ipv6"))):
            try:
                ipaddress.ip_address(text)
            except ValueError:
                raise Failure("InvalidParameterException", f"[RSLVR-00417] {text} is not an address.")
        found.append({"Port": 53, "Protocol": "Do53", **t})
    return found


def _rule_fits(call, kind, endpoint, targets):
    if kind == "FORWARD":
        if not endpoint or not targets:
            raise Failure("InvalidParameterException", "[RSLVR-00418] A FORWARD rule has an endpoint and targets.")
        if len(targets) > call.world.quota("resolver.addresses"):
            raise Failure("LimitExceededException", "[RSLVR-00419] Too many targets.", ResourceType="TargetAddress")
        found = own(call, "endpoint", "Resolver endpoint", endpoint)
        if found["Direction"] != "OUTBOUND":
            raise Failure("InvalidParameterException", "[RSLVR-00420] Rules use outbound endpoints.")
    elif endpoint or targets:
        raise Failure("InvalidParameterException", "[RSLVR-00422] A SYSTEM rule has neither endpoint nor targets.")


@r53r("CreateResolverRule", "the endpoint must exist and be outbound; port 53 is the default; ResourceExistsException for the same CreatorRequestId; quota")
def create_rule(call, p):
    repeated(call, "rule", p)
    call.limit("resolver.rules", len(call.table("rule")), "LimitExceededException", ResourceType="ResolverRule")
    targets = _targets(p.get("TargetIps", []))
    _rule_fits(call, p["RuleType"], p.get("ResolverEndpointId"), targets)
    domain = p.get("DomainName", ".")
    name = f"rslvr-rr-{call.world.hex(17)}"
    value = call.put("rule", name, {
        "Id": name, "CreatorRequestId": p["CreatorRequestId"], "Arn": call.arn("route53resolver", f"resolver-rule/{name}"),
        "DomainName": domain if domain.endswith(".") else domain + ".", "RuleType": p["RuleType"], "Name": p.get("Name"), "TargetIps": targets,
        "Status": "COMPLETE", "StatusMessage": "[Trace id] Successfully created Resolver Rule.", "ResolverEndpointId": p.get("ResolverEndpointId"),
        "OwnerId": call.account, "ShareStatus": "NOT_SHARED", "CreationTime": stamp(call), "ModificationTime": stamp(call),
        "_tags": list(p.get("Tags", [])), "_policy": None})  # fmt: skip
    return {"ResolverRule": value}


SYSTEM_RULE = "rslvr-autodefined-rr-internet-resolver"


def _system(call):
    return {"Id": SYSTEM_RULE, "Arn": f"arn:aws:route53resolver:{call.region}::autodefined-rule/{SYSTEM_RULE}", "DomainName": ".", "Status": "COMPLETE",
            "RuleType": "RECURSIVE", "Name": "Internet Resolver", "OwnerId": "Route 53 Resolver", "ShareStatus": "NOT_SHARED", "CreatorRequestId": ""}  # fmt: skip


def rules(call):
    """Own rules, shared ones, and the one that every account has."""
    shared = {s["associatedEntity"] for _, _, _, share in call.world.everywhere("ram.share") if share["owningAccountId"] == call.account
              and share["status"] == "ACTIVE" for s in share["_resources"].values() if s["status"] == "ASSOCIATED"}  # fmt: skip
    for value in call.rows("rule"):
        yield {**value, "ShareStatus": "SHARED_BY_ME" if value["Arn"] in shared else "NOT_SHARED"}
    for _, value in shared_with(call, "route53resolver.rule"):
        if call.sees(value):
            yield {**value, "ShareStatus": "SHARED_WITH_ME"}
    yield _system(call)


def rule(call, name):
    for value in rules(call):
        if value["Id"] == name:
            return value
    raise absent("Resolver rule", name)


@r53r("GetResolverRule", "also one that is shared with the account")
def get_rule(call, p):
    return {"ResolverRule": rule(call, p["ResolverRuleId"])}


@r53r("ListResolverRules", "own and shared, with ShareStatus; by every filter of the reference")
def list_rules(call, p):
    return {"ResolverRules": filtered(list(rules(call)), p)}


@r53r("UpdateResolverRule", "UPDATING first; name, targets, endpoint; not the domain")
def update_rule(call, p):
    value = own(call, "rule", "Resolver rule", p["ResolverRuleId"])
    if value["Status"] == "UPDATING":
        raise Failure("ResourceUnavailableException", "[RSLVR-00423] The rule is being updated.", ResourceType="ResolverRule")
    config = p["Config"]
    targets = _targets(config["TargetIps"]) if "TargetIps" in config else value["TargetIps"]
    endpoint = config.get("ResolverEndpointId", value["ResolverEndpointId"])
    _rule_fits(call, value["RuleType"], endpoint, targets)
    value.update(TargetIps=targets, ResolverEndpointId=endpoint, Name=config.get("Name", value["Name"]), Status="UPDATING", ModificationTime=stamp(call))
    answer = dict(value)
    call.later("rule", value["Id"], "resolver.rule.update", {"Status": "COMPLETE"}, bad={"Status": "FAILED"})
    return {"ResolverRule": answer}


@r53r("DeleteResolverRule", "ResourceInUseException while any account has it associated")
def delete_rule(call, p):
    value = own(call, "rule", "Resolver rule", p["ResolverRuleId"])
    for _, _, _, other in call.world.everywhere("route53resolver.association"):
        if other["ResolverRuleId"] == value["Id"]:
            raise Failure("ResourceInUseException", "[RSLVR-00703] Please disassociate this resolver rule from VPC first before deleting", ResourceType="ResolverRule")
    for _, _, _, share in call.world.everywhere("ram.share"):
        if share["status"] == "ACTIVE" and share["_resources"].get(value["Arn"], {}).get("status") == "ASSOCIATED":
            raise Failure("ResourceInUseException", "[RSLVR-00704] The rule is shared.", ResourceType="ResolverRule")
    del call.table("rule")[value["Id"]]
    return {"ResolverRule": {**value, "Status": "DELETING"}}


@r53r("PutResolverRulePolicy")
def put_policy(call, p):
    """JSON."""
    name = p["Arn"].rsplit("/", 1)[-1]
    try:
        json.loads(p["ResolverRulePolicy"])
    except ValueError:
        raise Failure("InvalidPolicyDocument", "The policy is not JSON.")
    _known(call, "rule", "Resolver rule", name)["_policy"] = p["ResolverRulePolicy"]
    return {"ReturnValue": True}


def _known(call, kind, what, name):
    """As the operations say it that read policies."""
    found = call.get(kind, name)
    if found is None:
        raise Failure("UnknownResourceException", f"{what} {name} doesn't exist.")
    return found


@r53r("GetResolverRulePolicy")
def get_policy(call, p):
    """UnknownResourceException for a rule without."""
    found = _known(call, "rule", "Resolver rule", p["Arn"].rsplit("/", 1)[-1])["_policy"]
    if not found:
        raise Failure("UnknownResourceException", "The rule has no policy.")
    return {"ResolverRulePolicy": found}


# ---- associations ----
@r53r("AssociateResolverRule", "own and shared rules; CREATING first; one rule per domain and VPC; quota")
def associate(call, p):
    found = rule(call, p["ResolverRuleId"])
    ec2_of(call, VPC, p["VPCId"])
    for other in call.table("association").values():
        if other["VPCId"] != p["VPCId"] or other["Status"] == "DELETING":
            continue
        if other["ResolverRuleId"] == p["ResolverRuleId"]:
            raise Failure("ResourceExistsException", f"[RSLVR-00302] The rule is already associated with {p['VPCId']}.", ResourceType="ResolverRuleAssociation")
        if other["_domain"] == found["DomainName"]:
            raise Failure("InvalidRequestException", f"[RSLVR-00425] {p['VPCId']} has a rule for {found['DomainName']} already.")
    if found["Status"] not in ("COMPLETE", "UPDATING"):
        raise Failure("ResourceUnavailableException", f"[RSLVR-00426] The rule is {found['Status']}.", ResourceType="ResolverRule")
    call.limit("resolver.associations", len(call.table("association")), "LimitExceededException", ResourceType="ResolverRuleAssociation")
    name = f"rslvr-rrassoc-{call.world.hex(17)}"
    value = call.put("association", name, {"Id": name, "ResolverRuleId": p["ResolverRuleId"], "Name": p.get("Name"), "VPCId": p["VPCId"],
                                           "Status": "CREATING", "StatusMessage": "", "_domain": found["DomainName"]})  # fmt: skip
    answer = dict(value)
    call.later("association", name, "resolver.association", {"Status": "COMPLETE"}, bad={"Status": "FAILED"})
    return {"ResolverRuleAssociation": answer}


@r53r("DisassociateResolverRule", "by rule and VPC; DELETING first")
def disassociate(call, p):
    for value in call.table("association").values():
        if (value["ResolverRuleId"], value["VPCId"]) == (p["ResolverRuleId"], p["VPCId"]) and value["Status"] != "DELETING":
            value["Status"] = "DELETING"
            answer = dict(value)
            call.world.forget(call.place("association", value["Id"]))
            call.later("association", value["Id"], "resolver.association.delete", None)
            return {"ResolverRuleAssociation": answer}
    raise absent("Resolver rule association", p["ResolverRuleId"])


@r53r("GetResolverRuleAssociation")
def get_association(call, p):
    """ResourceNotFoundException."""
    return {"ResolverRuleAssociation": own(call, "association", "Resolver rule association", p["ResolverRuleAssociationId"])}


@r53r("ListResolverRuleAssociations", "by every filter of the reference")
def list_associations(call, p):
    return {"ResolverRuleAssociations": filtered(call.rows("association"), p)}


# ---- query logs ----
@r53r("CreateResolverQueryLogConfig", "CREATING first; ResourceExistsException for the same CreatorRequestId")
def create_log(call, p):
    repeated(call, "log-config", p)
    name = f"rqlc-{call.world.hex(17)}"
    value = call.put("log-config", name, {
        "Id": name, "OwnerId": call.account, "Status": "CREATING", "ShareStatus": "NOT_SHARED", "AssociationCount": 0, "Name": p["Name"],
        "Arn": call.arn("route53resolver", f"resolver-query-log-config/{name}"), "DestinationArn": p["DestinationArn"],
        "CreatorRequestId": p["CreatorRequestId"], "CreationTime": stamp(call), "_tags": list(p.get("Tags", []))})  # fmt: skip
    answer = dict(value)
    call.later("log-config", name, "resolver.log", {"Status": "CREATED"}, bad={"Status": "FAILED"})
    return {"ResolverQueryLogConfig": answer}


def log_configs(call):
    yield from call.rows("log-config")
    for _, value in shared_with(call, "route53resolver.log-config"):
        yield {**value, "ShareStatus": "SHARED_WITH_ME"}


def log_config(call, name):
    for value in log_configs(call):
        if value["Id"] == name:
            return value
    raise absent("Query log config", name)


@r53r("GetResolverQueryLogConfig")
def get_log(call, p):
    """Also a shared one."""
    return {"ResolverQueryLogConfig": log_config(call, p["ResolverQueryLogConfigId"])}


@r53r("ListResolverQueryLogConfigs", "own and shared")
def list_logs(call, p):
    rows = filtered(list(log_configs(call)), p)
    return {"ResolverQueryLogConfigs": rows, "TotalCount": len(rows), "TotalFilteredCount": len(rows)}


@r53r("DeleteResolverQueryLogConfig", "refused while associated")
def delete_log(call, p):
    value = own(call, "log-config", "Query log config", p["ResolverQueryLogConfigId"])
    if value["AssociationCount"]:
        raise Failure("InvalidRequestException", "[RSLVR-00427] The configuration is associated with VPCs.")
    del call.table("log-config")[value["Id"]]
    return {"ResolverQueryLogConfig": {**value, "Status": "DELETING"}}


def _count(call, name, by):
    for _, _, key, value in call.world.everywhere("route53resolver.log-config"):
        if key == name:
            value["AssociationCount"] += by


@r53r("AssociateResolverQueryLogConfig", "CREATING first; one per VPC and configuration")
def associate_log(call, p):
    log_config(call, p["ResolverQueryLogConfigId"])
    ec2_of(call, VPC, p["ResourceId"])
    for other in call.table("log-association").values():
        if (other["ResolverQueryLogConfigId"], other["ResourceId"]) == (p["ResolverQueryLogConfigId"], p["ResourceId"]):
            raise Failure("ResourceExistsException", "[RSLVR-00303] The configuration is already associated.", ResourceType="ResolverQueryLogConfigAssociation")
    name = f"rqlca-{call.world.hex(17)}"
    value = call.put("log-association", name, {"Id": name, "ResolverQueryLogConfigId": p["ResolverQueryLogConfigId"], "ResourceId": p["ResourceId"],
                                               "Status": "CREATING", "Error": "NONE", "ErrorMessage": "", "CreationTime": stamp(call)})  # fmt: skip
    _count(call, p["ResolverQueryLogConfigId"], 1)
    answer = dict(value)
    call.later("log-association", name, "resolver.log", {"Status": "ACTIVE"}, bad={"Status": "FAILED", "Error": "INTERNAL_SERVICE_ERROR"})
    return {"ResolverQueryLogConfigAssociation": answer}


@r53r("DisassociateResolverQueryLogConfig")
def disassociate_log(call, p):
    """By configuration and VPC."""
    for name, value in list(call.table("log-association").items()):
        if (value["ResolverQueryLogConfigId"], value["ResourceId"]) == (p["ResolverQueryLogConfigId"], p["ResourceId"]):
            del call.table("log-association")[name]
            _count(call, p["ResolverQueryLogConfigId"], -1)
            return {"ResolverQueryLogConfigAssociation": {**value, "Status": "DELETING"}}
    raise absent("Query log config association", p["ResourceId"])


@r53r("GetResolverQueryLogConfigAssociation")
def get_log_association(call, p):
    """ResourceNotFoundException."""
    return {"ResolverQueryLogConfigAssociation": own(call, "log-association", "Query log config association", p["ResolverQueryLogConfigAssociationId"])}


@r53r("ListResolverQueryLogConfigAssociations")
def list_log_associations(call, p):
    """By filters."""
    rows = filtered(call.rows("log-association"), p)
    return {"ResolverQueryLogConfigAssociations": rows, "TotalCount": len(rows), "TotalFilteredCount": len(rows)}


# ---- settings of a VPC ----
def _config(call, vpc):
    return call.table("config").setdefault(vpc, {"Id": f"rslvr-rc-{call.world.hex(16)}", "ResourceId": vpc, "OwnerId": call.account, "AutodefinedReverse": "ENABLED"})


@r53r("GetResolverConfig")
def get_config(call, p):
    """The VPC must exist."""
    ec2_of(call, VPC, p["ResourceId"])
    return {"ResolverConfig": _config(call, p["ResourceId"])}


@r53r("UpdateResolverConfig")
def update_config(call, p):
    """Reverse names."""
    ec2_of(call, VPC, p["ResourceId"])
    found = _config(call, p["ResourceId"])
    found["AutodefinedReverse"] = {"ENABLE": "ENABLED", "DISABLE": "DISABLED"}.get(p["AutodefinedReverseFlag"], "USE_LOCAL_RESOURCE_SETTING")
    return {"ResolverConfig": found}


@r53r("ListResolverConfigs")
def list_configs(call, p):
    """Those that were asked for or changed."""
    return {"ResolverConfigs": call.rows("config")}


# ---- tags ----
def _tagged(call, arn):
    name = arn.rsplit("/", 1)[-1]
    for kind in ("endpoint", "rule", "log-config"):
        if name in call.table(kind):
            return call.table(kind)[name]["_tags"]
    raise absent("Resource", arn)


@r53r("TagResource", "adds and replaces")
def tag(call, p):
    put_tags(_tagged(call, p["ResourceArn"]), p["Tags"])
    return {}


@r53r("UntagResource", "by key")
def untag(call, p):
    tags = _tagged(call, p["ResourceArn"])
    tags[:] = [t for t in tags if t["Key"] not in p["TagKeys"]]
    return {}


@r53r("ListTagsForResource")
def list_tags(call, p):
    """Endpoints, rules, query logs."""
    return {"Tags": _tagged(call, p["ResourceArn"])}


@r53r("PutResolverQueryLogConfigPolicy")
def put_log_policy(call, p):
    """JSON."""
    try:
        json.loads(p["ResolverQueryLogConfigPolicy"])
    except ValueError:
        raise Failure("InvalidPolicyDocument", "The policy is not JSON.")
    _known(call, "log-config", "Query log config", p["Arn"].rsplit("/", 1)[-1])["_policy"] = p["ResolverQueryLogConfigPolicy"]
    return {"ReturnValue": True}


@r53r("GetResolverQueryLogConfigPolicy")
def get_log_policy(call, p):
    """UnknownResourceException for one without."""
    found = _known(call, "log-config", "Query log config", p["Arn"].rsplit("/", 1)[-1]).get("_policy")
    if not found:
        raise Failure("UnknownResourceException", "The configuration has no policy.")
    return {"ResolverQueryLogConfigPolicy": found}
