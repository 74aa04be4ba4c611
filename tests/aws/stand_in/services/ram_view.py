"""What other accounts share with the caller; the network services look here, ram.py fills it."""


def members(world, account):
    """The organization of an account: its dictionary, or None."""
    for _, _, _, organization in world.everywhere("organizations.organization"):
        if account in organization["_accounts"]:
            return organization
    return None


def principal_fits(world, principal, account):
    """Does a principal of a share name this account: as itself, its organization or a unit above it?"""
    if principal == account:
        return True
    organization = members(world, account)
    if organization is None or not principal.startswith("arn:"):
        return False
    if ":organization/" in principal:
        return principal.rsplit("/", 1)[-1] == organization["Id"]
    if ":ou/" in principal:
        wanted = principal.rsplit("/", 1)[-1]
        parent = organization["_accounts"][account]["_parent"]
        while parent in organization["_units"]:
            if parent == wanted:
                return True
            parent = organization["_units"][parent]["_parent"]
    return False


def shares_for(world, account, region):
    """Active shares of others with this account in the Region, through principals that are associated."""
    for owner, at, _, share in world.everywhere("ram.share"):
        if at != region or owner == account or share["status"] != "ACTIVE":
            continue
        for principal in share["_principals"].values():
            if principal["status"] == "ASSOCIATED" and principal_fits(world, principal["associatedEntity"], account):
                yield owner, share
                break


def shared_arns(world, account, region):
    found = {}
    for owner, share in shares_for(world, account, region):
        for resource in share["_resources"].values():
            if resource["status"] == "ASSOCIATED":
                found[resource["associatedEntity"]] = owner
    return found


def shared_with(call, kind):
    """(owner, object) of a kind that is shared with the caller's account in its Region."""
    for arn, owner in shared_arns(call.world, call.account, call.region).items():
        name = arn.rsplit("/", 1)[-1]
        found = call.world.find((owner, call.region, kind, name))
        if found is not None and not found.get("_gone"):
            yield owner, found
