#!/usr/bin/env python3
"""Random specs that are valid: regions, hubs, spokes, sites, forests, child domains, controllers, directories,
trusts, shares, joins and names.

    random_specs.py [--seed N] [--count N] [--traits WORDS] FOLDER     writes FOLDER/SEED.had

The same seed and traits always give the same bytes. Other test suites import `spec(seed, traits)`; what a spec
holds is in the `Spec` beside its text, so that a test can ask for what must follow. Only the standard library
is used.

Traits (all by default): `existing` a forest on-premises, `own` forests of our own, `child` domains below them,
`directory` AWS Managed Microsoft AD, `trust`, `regions` more than one, `accounts` more than one, `people` groups
and policies, `servers` that join, `texts` names and texts with characters that mean something to other
languages.
"""
import argparse
import dataclasses
import pathlib
import random
import sys

TRAITS = ("existing", "own", "child", "directory", "trust", "regions", "accounts", "people", "servers", "texts")

REGIONS = ("eu-west-1", "eu-central-1", "us-east-1", "ap-southeast-2")
SERVICES = ("ssm", "ssmmessages", "ec2messages", "ds", "secretsmanager", "logs")

# Texts that must arrive as they are, whatever language they pass through on the way.
TEXTS = (
    "Ireland's people", "50% of $HOME", "a & b | c > d", "back`tick", "semi;colon", "{braces}", "[brackets]",
    "hash # sign", "\u00dcml\u00e4ut", "\u65e5\u672c", "(parentheses)", "star*", "question?", "tilde~", "50 %PATH%",
    "equals = sign", "comma, and dot.", "plus + minus -", "at @ here", "!bang", "--switch", "x: y", "- item",
    "null", "true", "1e3", "0x10", "~", "&anchor", "*alias", "<tag>", "&amp;",
)
UNITS = ("Servers", "Web", "R&D", "Z\u00fcrich", "Tier 0", "Ops #1", "A+B", "Core; Apps", "100%", "x=y", "<new>", "_under")


@dataclasses.dataclass
class Controller:
    name: str
    address: str
    spoke: str
    region: str
    first: bool


@dataclasses.dataclass
class Domain:
    label: str  # of the forest: its label; of a child: PARENT.LABEL
    root: str
    netbios: str
    existing: bool
    controllers: list = dataclasses.field(default_factory=list)
    children: list = dataclasses.field(default_factory=list)

    def all(self):
        yield self
        for child in self.children:
            yield from child.all()


@dataclasses.dataclass
class Directory:
    label: str
    root: str
    netbios: str
    spoke: str
    account: str
    host: str = ""
    replica: bool = False


@dataclasses.dataclass
class Spec:
    name: str
    text: str = ""
    regions: list = dataclasses.field(default_factory=list)
    accounts: dict = dataclasses.field(default_factory=dict)
    forests: list = dataclasses.field(default_factory=list)
    directories: list = dataclasses.field(default_factory=list)
    trusts: list = dataclasses.field(default_factory=list)  # (kind label, kind label)
    machines: list = dataclasses.field(default_factory=list)  # names of hosts with configurations


def quoted(text):
    """A text of the language, in single or double quotes."""
    if "'" not in text and "\\" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$") + '"'


class Maker:
    def __init__(self, seed, traits):
        self.random = random.Random(f"had {seed}")
        self.traits = set(traits)
        self.spec = Spec(name=f"random-{seed}")
        self.lines = []
        self.children = 0
        self.weight = {}  # end of a trust → hosts whose rules its groups hold
        self.hosts = {}  # (region, spoke, zone) → next host number

    # ---- chance ----
    def has(self, trait, chance=0.6):
        return trait in self.traits and self.random.random() < chance

    def pick(self, values):
        return self.random.choice(list(values))

    def text(self):
        return self.pick(TEXTS) if self.has("texts", 0.5) else "plain text"

    def maybe(self, line, chance=0.3):
        return [line] if self.random.random() < chance else []

    def add(self, *lines):
        self.lines += lines

    def block(self, head, body):
        if len(body) <= 1 and sum(map(len, body)) < 60:
            self.add(f"{head} {{ {body[0]} }}" if body else f"{head} {{}}")
        else:
            self.add(f"{head} {{", *("  " + line for line in body), "}")

    # ---- the ground ----
    def organization(self):
        count = self.random.randint(1, 3) if self.has("accounts", 0.7) else 1
        accounts = ["management", "network"] + ["shared", "second", "third"][:count]
        self.spec.accounts = {name: str(n + 1) * 12 for n, name in enumerate(accounts)}
        spec = [f'owner = "team-{self.random.randint(1, 99)}@example.com"']
        spec += [f"home = region {self.spec.regions[0]}"]
        if self.random.random() < 0.3:
            spec += ['tags { cost-center = "4711" }']
        if self.has("texts", 0.3):
            self.add(f"## {self.text()}")
        self.block(f"spec {self.spec.name}", spec)
        self.add("", "existing organization example {", '  id = "o-a1b2c3d4e5"', "  management = account management", "}")
        for name, number in self.spec.accounts.items():
            self.add(f"existing account {name} in organization example {{ id = {number} }}")
        self.add("")

    def network(self):
        hubs = [f"hub-{n}" for n in range(len(self.spec.regions))]
        for n, region in enumerate(self.spec.regions):
            body = ["zones = [a, b, c]" if self.random.random() < 0.3 else "zones = [a, b]"]
            body += self.maybe(f'site = "AWS-{region}"')
            body.append(f"ranges = [10.{16 * (n + 1)}.0.0/12]")  # few ranges are few rules
            self.block(f"region {region}", body)
        for n, region in enumerate(self.spec.regions):
            self.block(f"hub {hubs[n]} in account network at region {region}", [f"asn = {64520 + n}"])
            others = "".join(f", segment {hub}.all" for hub in hubs if hub != hubs[n])
            self.add(f"segment all in hub {hubs[n]} {{ reaches = [segment all{others}] }}")
        for a in range(len(hubs)):
            for b in range(a + 1, len(hubs)):
                self.add(f"peer {hubs[a]}-{hubs[b]} between [hub {hubs[a]}, hub {hubs[b]}] {{}}")
        self.spokes = []
        for n, region in enumerate(self.spec.regions):
            base = 16 * (n + 1)
            self.block(f"spoke endpoints-{n} in account network on hub {hubs[n]}",
                       ["role = endpoint", f"cidr = 10.{base}.0.0/24",
                        f"subnet a in zone a {{ cidr = 10.{base}.0.0/26 }}",
                        f"subnet b in zone b {{ cidr = 10.{base}.0.64/26 }}"])
            self.block(f"resolver resolver-{n} in spoke endpoints-{n}", ["direction = outbound", "subnets = [a, b]"])
            owners = [name for name in self.spec.accounts if name not in ("management", "network")]
            for k, account in enumerate(owners):
                spoke = f"{account}-{n}"
                third = 16 * (k + 1)
                services = ", ".join(f'"{service}"' for service in SERVICES)
                self.block(f"spoke {spoke} in account {account} on hub {hubs[n]}",
                           ["role = shared-services", f"cidr = 10.{base}.{third}.0/20",
                            f"subnet a in zone a {{ cidr = 10.{base}.{third}.0/24 }}",
                            f"subnet b in zone b {{ cidr = 10.{base}.{third + 1}.0/24 }}",
                            f'for s in [{services}] {{ endpoint "${{s}}" {{ subnets = [a, b] }} }}', "endpoint s3 {}"])
                self.spokes.append((spoke, account, region, n, f"10.{base}.{third}", f"10.{base}.{third + 1}"))
        self.add("")
        self.hubs = hubs

    def address(self, spoke, zone):
        count = self.hosts.get((spoke[0], zone), 10)
        self.hosts[(spoke[0], zone)] = count + self.random.randint(1, 3)
        return f"{spoke[4 if zone == 'a' else 5]}.{count}"

    def sites(self, count):
        names = []
        for n in range(count):
            name = self.pick(("dublin", "office", "plant")) + str(n)
            body = [f"ranges = [192.168.{16 * n}.0/20]", f"dns = [192.168.{16 * n}.10, 192.168.{16 * n}.11]"]
            if self.random.random() < 0.5:
                body.append(f"controllers {{ dc1 = 192.168.{16 * n}.10, dc2 = 192.168.{16 * n}.11 }}")
            self.block(f"site {name}", body)
            for k in range(2):
                self.block(f"link {name}-{k} via vpn from site {name} to hub {self.hubs[0]}",
                           ["segment = segment all", f"device = 198.51.100.{10 + 2 * n + k}", f"asn = {65010 + n}"])
            names.append(name)
        return names

    # ---- directories ----
    def controllers(self, domain, count, roles):
        """Lines of the controllers of a domain: in two zones of each Region, where clients look for them.

        Each controller elsewhere is 17 rules of the 60 that a security group holds, so there are not many.
        """
        lines = []
        near = [s for s in self.spokes if s[1] == self.home[1]]  # one in each Region
        places = [(spoke, zone) for spoke in near for zone in "ab"]
        if len(near) == 1 and count > 2:
            places.append((self.home, "a"))
        count = len(places)
        for n, (spoke, zone) in enumerate(places):
            name = f"{domain.label.split('.')[-1][:8]}-dc{n + 1}"
            body = [f"address = {self.address(spoke, zone)}"]
            if n == 0 and roles:
                body.append(f"roles = [{', '.join(roles)}]")
            last = n == 2 and len(near) == 1
            if last and self.random.random() < 0.5:
                body += ["read-only = true", "dns-server = false", "backup = 0d"]
            else:
                if n:
                    body += self.maybe("global-catalog = false")
                body += self.maybe(self.pick(("backup = 0d", "backup = 90d", "backup-disk = 200GiB")))
            body += self.maybe(self.pick(("ntds-disk = 80GiB", "disk = 120GiB", 'size = "r6i.large"')))
            body += self.maybe(self.pick(("image = windows-2022", 'image = "ami-0123456789abcdef0"')))
            lines.append(f"controller {name} in subnet {spoke[0]}.{zone} {{ {', '.join(body)} }}")
            domain.controllers.append(Controller(name, body[0].split()[-1], spoke[0], spoke[2], n == 0))
            self.spec.machines.append(name)
        return lines

    def units(self, root):
        suffix = ",".join(f"DC={label}" for label in root.split("."))
        names = self.random.sample(UNITS if "texts" in self.traits else UNITS[:2], self.random.randint(1, 2))
        names = [name.replace("+", "\\+").replace(";", "\\;").replace("=", "\\=").replace("<", "\\<")
                 .replace(">", "\\>").replace("#", "\\#") for name in names]
        paths = [f"OU={names[0]},{suffix}"]
        if len(names) > 1:
            paths.append(f"OU={names[1]},{paths[0]}")
        return paths

    def people(self, domain, units):
        lines = []
        if not self.has("people"):
            return lines
        if self.random.random() < 0.5:
            lines += ["password-policy {", "  minimum-length = 14", "  history = 24", "  maximum-age = 90d",
                      "  lockout-threshold = 10", "  lockout-duration = 30m", "  lockout-window = 15m", "}"]
        group = [f"members = [group '{domain.netbios}\\Domain Admins']"]
        if units:
            group.append(f"ou = {quoted(units[0])}")
        if self.has("texts"):
            group.append(f"description = {quoted(self.text())}")
        lines += ["group operators {", *("  " + line for line in group), "}"]
        if self.random.random() < 0.5:
            lines += [f"password-policy strict on group '{domain.netbios}\\operators' "
                      "{ precedence = 5, minimum-length = 20 }"]
        return lines

    def domain_body(self, domain, depth, existing, sites):
        body = [f'root = "{domain.root}"']
        forest = depth == 0
        if self.random.random() < 0.5 or len(domain.netbios) != len(domain.root.split(".")[0]):
            body.append(f'netbios = "{domain.netbios}"')
        if existing:
            body += [f"sites = [{', '.join('site ' + site for site in sites)}]",
                     f'join-as = secret("ad/{domain.label}/join")']
        elif forest and (len(self.spec.accounts) > 3 or self.random.random() < 0.5):
            body.append(f'join-as = secret("ad/{domain.label}/admin")')
        if forest:
            body += self.maybe(f'administer-as = secret("ad/{domain.label}/sites")', 0.5)
            body += self.maybe(f'safe-mode = secret("ad/{domain.label}/restore")')
            if not existing:
                body += self.maybe(f'suffixes = ["{domain.root.split(".")[0]}.example"]')
        units = self.units(domain.root) if not existing and self.random.random() < 0.6 else []
        if units:
            body.append("ous = [" + ", ".join(map(quoted, units)) + "]")
        if self.has("texts", 0.3):
            body.append(f"description = {quoted(self.text())}")
        count = self.random.randint(2, 4)
        roles = [] if existing else ["pdc"]
        body += self.controllers(domain, count, roles)
        body += self.people(domain, units)
        if depth < 2 and len(self.spec.regions) == 1 and self.has("child", 0.4):
            self.children += 1
            label = f"c{self.children}"
            child = Domain(label, f"{label}.{domain.root}", label.upper(), False)
            domain.children.append(child)
            inner = self.domain_body(child, depth + 1, False, [])
            body += [f"domain {label} {{", *("  " + line for line in inner), "}"]
        return body

    def forest(self, label, existing, sites):
        domain = Domain(label, f"{label}.example.com", label.upper()[:15], existing)
        self.home = self.pick(self.spokes)
        body = self.domain_body(domain, 0, existing, sites)
        self.add(f"{'existing ' if existing else ''}forest {label} {{", *("  " + line for line in body), "}")
        self.spec.forests.append(domain)

    def directory(self, label):
        spoke = self.pick(self.spokes)
        directory = Directory(label, f"{label}.example.net", label.upper(), spoke[0], spoke[1])
        replicas = [s for s in self.spokes if s[1] == spoke[1] and s[2] != spoke[2]]
        enterprise = bool(replicas) and self.random.random() < 0.6
        body = [f'root = "{directory.root}"', f"edition = {'enterprise' if enterprise else 'standard'}",
                "subnets = [a, b]", f'admin = secret("ad/{label}/admin")']
        if self.random.random() < 0.5:
            directory.host = f"{label}-host"
            body.append(f"manage-from = instance {directory.host}")
            suffix = ",".join(f"DC={part}" for part in directory.root.split("."))
            unit = self.pick(("ERP", "R&D", "Z\u00fcrich")) if self.has("texts") else "ERP"
            body.append(f"ous = ['OU={unit},OU={directory.netbios},{suffix}']")
        body += self.maybe("controllers = 3")
        if enterprise and self.random.random() < 0.5:
            other = self.pick(replicas)
            directory.replica = True
            body += [f"replica {other[2]} in spoke {other[0]} {{ subnets = [a, b] }}"]
        self.block(f"directory {label} in spoke {spoke[0]}", body)
        if directory.host:
            self.add(f'instance {directory.host} in subnet {spoke[0]}.a '
                     f'{{ image = windows-2022, size = "t3.large", join = directory {label} }}')
            self.spec.machines.append(directory.host)
        others = [name for name in self.spec.accounts if name not in ("management", "network", spoke[1])]
        if others and enterprise and self.random.random() < 0.6:
            self.add(f"share directory {label} with account {others[0]}")
        self.spec.directories.append(directory)

    def servers_of(self, end):
        """How many single addresses stand for an end in the security groups of another."""
        kind, label = end.split()
        if kind == "directory":
            return next(2 + 2 * d.replica for d in self.spec.directories if d.label == label)
        forest = next(f for f in self.spec.forests if f.label == label)
        return sum(len(d.controllers) for d in forest.all()) + 2 * len(self.site_names) * forest.existing

    def fits(self, one, two):
        """A security group holds 60 rules, of which a directory's has some by AWS: few servers fit into it."""
        after = {one: self.weight.get(one, 0) + self.servers_of(two), two: self.weight.get(two, 0) + self.servers_of(one)}
        room = (60 - 14 * len(self.spec.regions)) // 10  # beside the members of each Region
        if any(hosts > (room if end.startswith("directory") else 4) for end, hosts in after.items()):
            return False
        self.weight.update(after)
        return True

    def trust(self, one, two):
        """Said from either side; with a directory or a forest of ours in it."""
        if self.random.random() < 0.5:
            one, two = two, one
        ways = ["two-way", "two-way", "outgoing", "incoming"]
        if one.split()[0] != two.split()[0]:  # people of the forest use what joins the directory
            ways.remove("incoming" if one.startswith("directory") else "outgoing")
        body = [f"direction = {self.pick(ways)}",
                f'password = secret("ad/trust/{one.split()[1]}-{two.split()[1]}")']
        if body[0] != "direction = incoming":
            body += self.maybe("selective = true")
        body += self.maybe("aes = false", 0.2)
        self.block(f"trust {one} with {two}", body)
        self.spec.trusts.append((one, two))

    def site_links(self):
        """One link over everything, where Regions would otherwise stand alone."""
        if len(self.spec.regions) > 1 or self.random.random() < 0.3 and self.site_names:
            ends = [f"site {name}" for name in self.site_names] + [f"region {region}" for region in self.spec.regions]
            self.block(f"site-link everywhere between [{', '.join(ends)}]",
                       self.maybe("cost = 250") + self.maybe("interval = 45m") + self.maybe("notify = false"))

    def names(self):
        places = [(f"forest {d.label}" if d is f else None, d.root, d.existing, f) for f in self.spec.forests
                  for d in (f,)]
        for n, hub in enumerate(self.hubs):
            for place, root, existing, forest in places:
                body = [f"targets = {place}", f"used-by = every spoke of hub {hub}"]
                near = [c for d in forest.all() for c in d.controllers if c.region == self.spec.regions[n]]
                if existing and near and self.random.random() < 0.5:
                    body.insert(1, f"bootstrap = site {self.site_names[0]}")
                self.block(f'forward "{root}" via resolver resolver-{n}', body)
            for directory in self.spec.directories:
                self.block(f'forward "{directory.root}" via resolver resolver-{n}',
                           [f"targets = directory {directory.label}", f"used-by = every spoke of hub {hub}"])

    def servers(self):
        places = [f"forest {forest.label}" for forest in self.spec.forests]
        for n in range(self.random.randint(0, 2) if self.has("servers") else 0):
            if not places:
                break
            spoke = self.pick(self.spokes)
            self.add(f'instance app-{n} in subnet {spoke[0]}.a '
                     f'{{ image = windows-2022, size = "m6i.large", join = {self.pick(places)} }}')
            self.spec.machines.append(f"app-{n}")

    def make(self):
        spec = self.spec
        spec.regions = self.random.sample(REGIONS, 2) if self.has("regions", 0.4) else [self.pick(REGIONS)]
        self.add("had 1", "")
        self.organization()
        self.network()
        # Partners on-premises and in a second Region are more rules than a group holds.
        existing = len(spec.regions) == 1 and self.has("existing", 0.7)
        self.site_names = self.sites(self.random.randint(1, 2)) if existing else []
        if existing:
            self.forest("corp", True, self.site_names)
        own = ["shop", "lab", "people"][:self.random.randint(0, 2)] if self.has("own", 0.8) else []
        if not existing and not own and not ("directory" in self.traits and self.random.random() < 0.2):
            own = ["shop"]
        for label in own:
            self.forest(label, False, [])
        for label in ["aws", "cloud"][:self.random.randint(0, 2)] if self.has("directory", 0.8) else []:
            self.directory(label)
        if not spec.forests and not spec.directories:
            self.directory("aws")
        ends = [f"forest {f.label}" for f in spec.forests] + [f"directory {d.label}" for d in spec.directories]
        for a, one in enumerate(ends):
            for two in ends[a + 1:]:
                if self.fits(one, two) and self.has("trust", 0.7):
                    self.trust(one, two)
        self.names()
        self.site_links()
        self.servers()
        spec.text = "\n".join(self.lines) + "\n"
        return spec


def spec(seed, traits=TRAITS):
    """The spec of a seed: its text in the language, and what is in it."""
    return Maker(seed, traits).make()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="of the first spec")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--traits", default=",".join(TRAITS), help="comma-separated; all by default")
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    traits = [word for word in arguments.traits.split(",") if word]
    unknown = set(traits) - set(TRAITS)
    if unknown:
        parser.error(f"unknown traits: {', '.join(sorted(unknown))}")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for seed in range(arguments.seed, arguments.seed + arguments.count):
        (arguments.folder / f"{seed}.had").write_text(spec(seed, traits).text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
