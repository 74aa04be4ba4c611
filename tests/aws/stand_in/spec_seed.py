"""A seed from a spec: its organization and accounts, and what its graph looks up, names or takes for given."""

import json
import subprocess

# As the templates read secrets: JSON with a member Password.
SECRET_VALUE = json.dumps({"Username": "Admin", "Password": "Stand-in-Secret-1"})


def _attribute(found, name):
    value = found["attributes"].get(name, {}).get("value")
    return value["ref"] if isinstance(value, dict) and "ref" in value else value


def _ask(had, *arguments):
    done = subprocess.run([had, *arguments], capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        raise ValueError(f"{had} {' '.join(arguments)} printed nothing: {done.stderr.strip()[:400]}")
    return json.loads(done.stdout)


def read(had, folder, gates="done"):
    return seed_of(_ask(had, "show", folder, "--format", "json"), _ask(had, "graph", folder, "--resources", "--format", "json"), gates)


def _secrets(value):
    """Names of secrets below a value of the graph."""
    if isinstance(value, dict):
        if isinstance(value.get("had:secret"), str):
            yield value["had:secret"]
        for inner in value.values():
            yield from _secrets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner)


# Words of `quota` in a spec → names of delays.py.
QUOTAS = {
    "vpcs": "ec2.vpcs", "vpc subnets": "ec2.subnets-per-vpc", "vpc route tables": "ec2.route-tables-per-vpc", "vpc routes of a table": "ec2.routes-per-table",
    "vpc security groups": "ec2.security-groups", "security group rules": "ec2.rules-per-group", "vpc security groups of an interface": "ec2.groups-per-interface",
    "vpc rules of an acl": "ec2.nacl-rules", "vpc interface endpoints": "ec2.interface-endpoints-per-vpc", "transit gateways": "ec2.tgws",
    "transit gateway route tables": "ec2.tgw-route-tables", "transit gateway static routes": "ec2.tgw-routes", "transit gateway attachments": "ec2.tgw-attachments",
    "vpn customer gateways": "ec2.customer-gateways", "vpn connections": "ec2.vpns", "direct connect gateways": "directconnect.gateways",
    "direct connect hubs of a gateway": "directconnect.tgws-per-gateway", "direct connect allowed prefixes": "directconnect.prefixes-per-association",
    "directories": "ds.directories", "directory connectors": "ds.connectors", "directory controllers": "ds.controllers", "directory regions": "ds.regions",
    "directory certificates": "ds.certificates", "directory snapshots": "ds.snapshots", "directory shares": "ds.shares-enterprise",
    "resolver endpoints": "resolver.endpoints", "resolver rules": "resolver.rules", "resolver rule associations": "resolver.associations",
    "identity center permission sets": "sso.permission-sets", "identity center permission sets of an account": "sso.permission-sets-per-account",
    "resource shares": "ram.shares",
}  # fmt: skip


def granted(show, ids):
    """The quotas that a spec says were raised, by account and Region."""
    objects = {o["address"]: o for o in show["objects"]}
    regions = [o["name"] for o in show["objects"] if o["kind"] == "region"]
    for found in show["objects"]:
        if found["kind"] != "quota" or found["name"] not in QUOTAS:
            continue
        clauses = {k: objects[v["ref"]]["name"] for k, v in found["clauses"].items() if isinstance(v, dict) and "ref" in v}
        accounts = [ids[clauses["account"]]] if clauses.get("account") in ids else list(ids.values())
        for account in accounts:
            for region in [clauses["region"]] if "region" in clauses else regions:
                yield {"account": account, "region": region, "name": QUOTAS[found["name"]], "value": _attribute(found, "limit")}


# What of an object in the spec is the identifier of a node: suffix of the node's address → attribute.
STATED = {"vpc": "id", "subnet": "id", "table": "id", "gateway": "id", "interface": "id", "directory": "id", "endpoint": "id", "rule": "id"}


def stated_ids(objects, nodes):
    """Address of a node → the identifier that the spec states for it."""
    found = {}
    for node in nodes:
        owner, _, what = node["address"].rpartition(":")
        if owner not in objects or not node["existing"]:
            continue
        what = what.split("[")[0]
        name = "attachment" if what == "attachment" else STATED.get(what)
        if node["type"] == "AWS::EC2::RouteTable":
            name = "route-table"
        value = _attribute(objects[owner], name) if name else None
        if isinstance(value, str):
            found[node["address"]] = value
    return found


def remote_servers(nodes, domain):
    """Addresses of the servers on premises that answer for a domain."""
    return [n["properties"]["Address"] for n in nodes if n["type"] == "had::OnPremisesServer" and domain in n["properties"].get("Domains", [domain])]


def seed_of(show, graph, gates="done"):
    """`gates`: done, what people do by hand has been done; open, nothing of it."""
    objects = {o["address"]: o for o in show["objects"]}
    accounts, units, roles = [], [], ["OrganizationAccountAccessRole"]
    organization = {"root": "r-a1b2"}
    for found in show["objects"]:
        if found["kind"] == "organization":
            organization["id"] = _attribute(found, "id") or "o-a1b2c3d4e5"
            management = objects[_attribute(found, "management")]
            organization["management"] = _attribute(management, "id")
        elif found["kind"] == "ou" and found["existing"]:
            parent = found["clauses"].get("in", {}).get("ref", "")
            parent = objects[parent]["name"] if parent in objects and objects[parent]["kind"] == "ou" else ""
            unit = {"name": found["name"], "parent": parent}
            if _attribute(found, "id"):
                unit["id"] = _attribute(found, "id")
            units.append(unit)
        elif found["kind"] == "account" and found["existing"]:
            parent = found["clauses"].get("in", {}).get("ref", "")
            unit = objects[parent]["name"] if parent in objects and objects[parent]["kind"] == "ou" else ""
            accounts.append({"id": str(_attribute(found, "id")), "name": found["name"], "unit": unit})
            role = _attribute(found, "deploy-role")
            if role and role not in roles:
                roles.append(role)
    organization.update(accounts=accounts, units=units)
    if units and units[0].get("id"):
        organization["root"] = "r-" + units[0]["id"].split("-")[1]
    ids = {a["name"]: a["id"] for a in accounts}
    seed = {"organization": organization, "roles": roles, "connections": [], "secrets": [], "topics": [], "regions": {}}
    center = next((o for o in show["objects"] if o["kind"] == "identity-center"), None)
    groups, users = set(), set()
    known_secrets, known_topics = set(), set()
    for node in graph["nodes"]:
        account, region, properties = ids.get(node["account"]), node["region"], node["properties"]
        if node["type"] == "AWS::SecretsManager::Secret" and account:
            known_secrets.add((account, region, properties.get("Name")))
        if node["type"] == "AWS::SNS::Topic" and account:
            known_topics.add((account, region, properties.get("TopicName")))
    for node in graph["nodes"]:
        account, region, properties = ids.get(node["account"]), node["region"], node["properties"]
        if account is None:
            continue
        if node["type"] == "had::PrincipalLookup":
            (users if properties.get("PrincipalType") == "USER" else groups).add(properties["Name"])
        elif node["type"] == "AWS::DirectConnect::TransitVirtualInterface" and properties.get("ConnectionId"):
            seed["connections"].append({"account": account, "region": region, "id": properties["ConnectionId"],
                                        "state": "available" if gates == "done" else "ordering"})  # fmt: skip
        elif node["type"] == "had::DirectoryTopic" and (account, region, properties["TopicName"]) not in known_topics:
            seed["topics"].append({"account": account, "region": region, "name": properties["TopicName"]})
        if region == "global":
            continue
        for name in _secrets(properties):
            if (account, region, name) not in known_secrets:
                known_secrets.add((account, region, name))
                value = {"account": account, "region": region, "name": name, "value": SECRET_VALUE}
                seed["secrets"].append(value)
    seed["quotas"] = list(granted(show, ids))
    seed["existing"] = {"nodes": [], "stated": stated_ids(objects, graph["nodes"])}
    kept = {"had::OnPremisesServer", "had::ConditionalForwarder", "had::Appliance"}
    management = organization["management"]
    for node in graph["nodes"]:
        if node.get("existing") or node["type"] in kept:
            account = management if node["type"].startswith("AWS::SSO::") else ids.get(node["account"])
            dns = _attribute(objects.get(node["address"].rpartition(":")[0], {"attributes": {}}), "dns")
            seed["existing"]["nodes"].append({**{k: node[k] for k in ("address", "type", "region", "properties")}, "existing": bool(node.get("existing")),
                                              "account_id": account, "dns": dns if isinstance(dns, list) else []})  # fmt: skip
    if center is not None and gates == "done":
        region = objects[center["clauses"]["region"]["ref"]]["name"] if "region" in center["clauses"] else "eu-west-1"
        seed["identity_center"] = {"region": region, "groups": sorted(groups), "users": sorted(users)}
        if _attribute(center, "instance"):
            seed["identity_center"]["instance"] = _attribute(center, "instance")
    # Who keeps sets of a delegated administrator has registered it.
    delegated = {ids.get(n["account"]) for n in graph["nodes"] if n["type"] == "AWS::SSO::PermissionSet" and n.get("existing")} - {management, None}
    organization["delegated"] = {account: ["sso.amazonaws.com"] for account in sorted(delegated)}
    return seed
