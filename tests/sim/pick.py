"""Random parameters of calls, from a place (account and Region); symbols such as `<vpc.3>` stand for ids."""

import collections

from common import NETWORK, REGION, WEB
from stand_in import seeds
from stand_in.server import GLOBAL_SERVICES
from stand_in.world import GLOBAL

# Where a sequence plays: it is at home in one of them and now and then calls from another.
PLACES = [(account, region) for account in (NETWORK, WEB) for region in (REGION, "eu-central-1")]
LINES = ("dxcon-fg1a2b3c", "dxcon-fg1a2b3d", "dxcon-fg1a2b3e", "dxcon-fg1a2b3f")  # of Direct Connect, one in each
ZONES = {REGION: "euw1-az", "eu-central-1": "euc1-az"}
MISSING = {
    "vpc": "vpc-0123456789abcdef0", "subnet": "subnet-0123456789abcdef0", "table": "rtb-0123456789abcdef0", "group": "sg-0123456789abcdef0",
    "rule": "sgr-0123456789abcdef0", "gateway": "tgw-0123456789abcdef0", "attachment": "tgw-attach-0123456789abcdef0",
    "gateway-table": "tgw-rtb-0123456789abcdef0", "outbound": "rslvr-out-0123456789abcdef0", "forward": "rslvr-rr-0123456789abcdef0",
    "associated": "rslvr-rrassoc-0123456789abcdef0", "directory": "d-0123456789", "trust": "t-0123456789", "role": "nobody", "profile": "nothing",
    "set": "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-0123456789abcdef", "in-table": "rtbassoc-0123456789abcdef0",
    "share": "arn:aws:ram:eu-west-1:222222222222:resource-share/00000000-0000-4000-a000-000000000000",
    "igw": "igw-0123456789abcdef0", "eigw": "eigw-0123456789abcdef0", "address": "eipalloc-0123456789abcdef0", "nat": "nat-0123456789abcdef0",
    "dhcp": "dopt-0123456789abcdef0", "acl": "acl-0123456789abcdef0", "cidr": "vpc-cidr-assoc-0123456789abcdef0", "flow": "fl-0123456789abcdef0",
    "instance": "i-0123456789abcdef0", "volume": "vol-0123456789abcdef0", "cgw": "cgw-0123456789abcdef0", "vpn": "vpn-0123456789abcdef0",
    "peering": "tgw-attach-0123456789abcdef1", "dxgw": "00000000-0000-4000-a000-000000000000", "policy": "arn:aws:iam::222222222222:policy/nothing",
    "log": "/nothing", "parameter": "nothing", "association": "00000000-0000-4000-a000-000000000000", "secret": "nothing", "zone": "Z00000000000000000000",
    "certificate": "c-0123456789", "store-group": "0123456789-00000000-0000-4000-a000-000000000000", "unit": "ou-a1b2-ffffffff",
    "store-user": "0123456789-00000000-0000-4000-a000-000000000001", "membership": "0123456789-00000000-0000-4000-a000-000000000002",
    "pcx": "pcx-0123456789abcdef0", "endpoint": "vpce-0123456789abcdef0", "in-acl": "aclassoc-0123456789abcdef0", "profiled": "iip-assoc-0123456789abcdef0",
    "tunnel": "198.51.100.200", "assessment": "da-0123456789abcdef",
    "query-log": "rqlc-0123456789abcdef0", "query-association": "rqlca-0123456789abcdef0", "request": "00000000-0000-4000-a000-000000000000",
}  # fmt: skip


class Pick:
    """Random parts of parameters, for a call from `account` in `region`."""

    def __init__(self, chance, provide):
        """`provide(kind)` makes one of a kind in the place of the call, if it can."""
        self.chance, self.provide = chance, provide
        self.live, self.ever, self.count = collections.defaultdict(list), collections.defaultdict(list), collections.Counter()
        self.places, self.of = {}, {}
        self.go(PLACES[0])

    def go(self, place):
        self.place = self.account, self.region = place

    def one(self, *values):
        return self.chance.choice(values)

    def some(self, symbols):
        """Mostly one of this place; one of another is not there, or is another account's."""
        here = [s for s in symbols if self.is_here(s)]
        return self.chance.choice(here if here and self.chance.random() < 0.95 else symbols)

    def is_here(self, symbol):
        account, region = self.places[symbol]
        return account == self.account and region in (self.region, GLOBAL)

    def id(self, kind):
        roll = self.chance.random()
        if roll < 0.9 and not any(self.is_here(s) for s in self.live[kind]):
            self.provide(kind)
        if roll < 0.92 and self.live[kind]:
            return self.some(self.live[kind])
        if roll < 0.96 and self.ever[kind]:
            return self.some(self.ever[kind])
        return MISSING[kind]

    def sure(self, kind):
        """One that is there, in this place; without one there is no call."""
        if not any(self.is_here(s) for s in self.live[kind]):
            self.provide(kind)
        return self.chosen([s for s in self.live[kind] if self.is_here(s)])

    def there(self, kind, place=None):
        """One that is there, wherever; self.places has its place, self.of the parameters that made it."""
        found = [s for s in self.live[kind] if place in (None, self.places[s])]
        if not found and place is None:
            self.provide(kind)
            found = self.live[kind]
        return self.chosen(found)

    def chosen(self, symbols):
        if not symbols:
            raise LookupError
        return self.chance.choice(symbols)

    def name(self, kind):
        """Names of this place's own; what is global has them from all."""
        return f"{kind}-{self.account[0]}{self.region[3]}-{self.chance.randrange(3)}"

    def zone(self, number):
        return f"{ZONES[self.region]}{number}"

    def block(self, third=None, more=0):
        """A network of this place, which overlaps with those of no other; a subnet's part of it."""
        second = PLACES.index(self.place) + 1 + more
        return f"10.{second}.0.0/16" if third is None else f"10.{second}.{third}.0/24"

    def image(self):
        return next(iter(seeds.images(self.region).values()))["ImageId"]

    def line(self):
        return LINES[PLACES.index(self.place)]

    def again(self, kind, *members):
        """What made one that is there said: those members, or all."""
        said = self.of[self.sure(kind)]
        return {member: said[member] for member in members or said}

    def elsewhere(self):
        """Another Region."""
        return next(r for r in ZONES if r != self.region)

    def somebody(self):
        """Another account of the organization."""
        return self.chance.choice([a for a in (NETWORK, WEB, "333333333333") if a != self.account])

    def made(self, kind, params, service):
        self.count[kind] += 1
        symbol = f"<{kind}.{self.count[kind]}>"
        self.live[kind].append(symbol)
        self.ever[kind].append(symbol)
        self.places[symbol] = (self.account, GLOBAL) if service in GLOBAL_SERVICES + ("directconnect",) and kind not in ("vif",) else self.place
        self.of[symbol] = params
        return symbol

    def gone(self, symbol):
        for symbols in self.live.values():
            if symbol in symbols:
                symbols.remove(symbol)
