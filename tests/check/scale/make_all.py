"""Writes a spec with N of every kind of object: make_all.py N FOLDER deep|wide.

`deep`: each of the N units has its own hub, forest, directory and accounts, linked among themselves. `wide`: the same
number of objects hangs on one hub, one forest and one directory. Lists that name others have a bounded length, so that
the length of the spec grows with N. Much of it is against the rules on purpose: rules are measured where they speak.
Same N, same bytes.
"""
import ipaddress
import pathlib
import sys

REGIONS = ["eu-west-1", "eu-west-2", "eu-central-1", "us-east-1", "us-west-2", "ap-southeast-2", "eu-north-1", "ca-central-1"]


def address(base, i, step):
    return ipaddress.ip_address(base) + i * step


def unit(i, own, near, count):
    """One unit: `own` is the unit that its things hang on (itself, or 0), `near` the one before it."""
    region = REGIONS[own % len(REGIONS)]
    cidr = address("10.32.0.0", i, 4096)
    public = address("50.0.0.0", i, 4096)
    spare = address("100.64.0.0", i, 256)
    lines = [
        f"existing ou u{i} in ou all",
        f"existing account a{i} in ou u{i} {{ id = {100000000000 + i} }}",
        f"site s{i} {{",
        f"  ranges = [{public}/24, {public + 256}/24], dns = [{public + 10}, {public + 266}]",
        f'  controllers {{ dc{i} = {public + 10}, dd{i} = {public + 266} }}, country = "IE"', "}",
        f"direct-connect-gateway g{i} in account network {{ asn = {4200000000 + i // 2} }}",
        f"link d{i} via direct-connect from site s{i} to hub h{own} {{",
        f'  location = "EqDB{i % 3}", connection = "dxcon-{i // 2:08x}", segment = segment h{own}.sites, vlan = {1 + i % 4000}, asn = 65010',
        f"  gateway = direct-connect-gateway g{own}", "}",
        f"link v{i} via vpn from site s{i} to hub h{own} {{",
        f"  segment = segment h{own}.sites, device = {address('60.0.0.0', i // 2, 1)}, asn = 65010",
        f"  tunnel one {{ inside = 169.254.{6 + i // 64 % 150}.{i % 64 * 4}/30 }}", "}",
        f"spoke p{i} in account a{i} on hub h{own} {{",
        f"  role = shared-services, segment = segment h{own}.shared, cidr = {cidr}/20, secondary-cidrs = [{spare}/24]",
        f"  subnet a in zone a {{ cidr = {cidr}/25 }}",
        f"  subnet b in zone b {{ cidr = {cidr + 256}/25 }}",
        f"  subnet edge in zone a {{ cidr = {cidr + 512}/24, use = attachment }}",
        '  endpoint "ssm" { subnets = [a, b] }',
        f"  security-group hosts {{ allow [rdp, ad-member] from [spoke p{near}, site s{i}] }}",
        f"  acl edges on [edge] {{ deny smb from site s{near} {{ number = 90 }} }}",
        f"  route {address('70.0.0.0', i, 256)}/24 to hub h{own}", "}",
        f"spoke e{i} in account network on hub h{own} {{",
        f"  role = endpoint, segment = segment h{own}.shared, cidr = {cidr + 2048}/24",
        f"  subnet a in zone a {{ cidr = {cidr + 2048}/26 }}",
        f"  subnet b in zone b {{ cidr = {cidr + 2112}/26 }}", "}",
        f"resolver out{i} in spoke e{i} {{ direction = outbound, subnets = [a, b] }}",
        f"resolver in{i} in spoke e{i} {{ direction = inbound, subnets = [a, b], addresses {{ a = {cidr + 2058}, b = {cidr + 2122} }} }}",
        f'forward "f{i}.example.com" via resolver out{own} {{',
        f"  targets = [{public + 10}, {cidr + 2058}], share-with = [account a{near}], used-by = [spoke p{i}, spoke e{near}]", "}",
        f'forward "m{i}.example.com" via resolver out{own} {{ targets = directory m{i}, used-by = [spoke p{near}] }}',
        f'forward "{i % 250}.{i // 250}.50.in-addr.arpa" via resolver out{own} {{ targets = site s{i}, used-by = [spoke p{i}] }}',
        f'forward "amazonaws.com" to system at region {region} by account a{i} {{ used-by = [spoke p{i}] }}',
        f'forward "." via resolver out{i} {{ targets = site s{i}, used-by = [spoke p{i}] }}',
        f'hosted-zone "f{i}.example.com" in account a{i} {{ used-by = [spoke p{i}] }}',
        f"existing forest f{i} {{",
        f'  root = "f{i}.example.com", sites = [site s{i}], suffixes = ["n{i // 2}.example.net"], join-as = secret("f{i}", account a{near})',
        f"  controller fa{i} in subnet p{i}.a {{ address = {cidr + 10}, security-groups = security-group p{i}.hosts }}",
        f"  controller fb{i} in subnet p{i}.b {{ address = {cidr + 266} }}",
        f'  existing domain sub {{ root = "sub.f{i}.example.com", sites = [site s{i}] }}', "}",
        f"directory m{i} in spoke p{own} {{",
        f'  root = "m{i}.example.com", edition = {["standard", "enterprise"][i % 2]}, subnets = [a, b], admin = secret("m{i}", account a{near})',
        f'  routes = [{address("80.0.0.0", i, 256)}/24], ous = ["OU=x{i},OU=M{i},DC=m{i},DC=example,DC=com"]',
        f"  replica {REGIONS[(own + 1) % len(REGIONS)]} in spoke p{near} {{ subnets = [a, b] }}" if i else "",
        f"  group people {{ members = group 'F{i}\\People' }}",
        f'  user u{i} {{ password = secret("u{i}") }}',
        f'  radius {{ servers = [{cidr + 10}, {public + 20}], protocol = ms-chapv2, secret = secret("r{i}") }}', "}",
        f"trust directory m{own} with forest f{i} {{ direction = outgoing, selective = true, password = secret(\"t{i}\"), forwarders = [{public + 10}, {cidr + 2058}] }}",
        f"trust directory m{i} with forest f{own} {{ direction = two-way, password = secret(\"t{i}\") }}" if i != own else "",
        f"connector c{i} in spoke p{own} {{",
        f'  domain = forest f{own}, subnets = [a, b], service-account = secret("c{i}"), dns = [{cidr + 10}, {cidr + 266}]', "}",
        f"share directory m{own} with account a{i if i != own else near}" if i else "",
        f"share directory m{i} with ou u{i + 1}" if i and i + 1 < count else "",
        f'instance i{i} in subnet p{i}.a {{ image = windows-2022, size = "t3.large", join = directory m{own}, security-groups = security-group p{i}.hosts }}',
        f'instance l{i} in subnet p{i}.b {{ image = amazon-linux-2023, size = "t3.large", join = directory m{near} }}',
        f"ad-service w{i} in spoke p{i} {{ type = workspaces, directory = directory m{own} }}",
        f"ad-service q{i} in spoke p{near} {{ type = rds-sqlserver, directory = directory m{i} }}",
        f"ad-service t{i} in spoke p{i} {{ type = transfer-family, directory = directory m{own} }}",
        f"site-link k{i} between [site s{i}, region {region}] {{ notify = false, forests = [forest f{i}] }}",
        f"site-link j{i} between [site s{i}, site s{near}] {{ forests = [forest f{i}, forest f{near}] }}" if i != near else "",
        f'permission-set set{i} {{ policies = ["AdministratorAccess"], customer-policies = [policy p{i}], inline = file("policy.json"), session = 8h }}',
        f'policy p{i} on account a{i} {{ document = file("policy.json") }}',
        f"assign set{i} to group 'F{i}\\People' on account a{i}",
        f"assign set{own} to group 'F{own}\\Admins{i}' on account a{own}",
        f"assign set{i} to group 'F{i}\\Admins' on account management",
        f'application app{i} via saml {{ acs = "https://a{i}.example.com/", audience = "a{i}", groups = [\'F{i}\\People\'] }}',
        f'idp-agent agent{i} on [instance i{i}] {{ provider = "x", forest = forest f{i} }}',
        f'quota "vpcs" in account a{i} because "x" {{ limit = 10 }}',
        f'quota "directory shares" in account a{i} at region {region} because "x" {{ limit = 10 }}',
        f"peer y{i} between [spoke p{i}, spoke p{near}] {{}}" if i != near else "",
    ]
    return [line for line in lines if line]


def dense(count):
    """One of each that holds many: a network, a site, a forest, a group, an ACL, a route domain, a policy."""
    each = range(count)
    lines = ["spoke big in account network on hub h0 {",
             "  role = shared-services, segment = segment h0.shared, cidr = 10.0.0.0/16",
             f"  secondary-cidrs = [{', '.join(str(address('100.96.0.0', i, 1024)) + '/22' for i in each)}]",
             "  security-group all {", *(f"    allow {i + 1000}/tcp from 10.0.0.0/8" for i in each), "  }",
             "  acl all on [s0] {", *(f"    allow all from {address('10.0.0.0', i, 256)}/24 {{ number = {i + 1} }}" for i in each), "  }"]
    lines += [f"  subnet s{i} in zone {'ab'[i % 2]} {{ cidr = {address('10.0.0.0', i, 256)}/24 }}" for i in each]
    lines += [f"  route {address('70.0.0.0', i, 256)}/24 to hub h0" for i in each]
    lines += [f'  endpoint "svc{i}" {{ subnets = [s{i}] }}' for i in each]
    lines += ["}", "site all {", f"  ranges = [{', '.join(str(address('51.0.0.0', i, 512)) + '/24' for i in each)}]",
              f"  dns = [{', '.join(str(address('51.0.0.10', i, 512)) for i in each)}]",
              f"  controllers {{ {', '.join(f'd{i} = ' + str(address('51.0.0.11', i, 512)) for i in each)} }}", "}",
              "existing forest all {", '  root = "all.example.com", sites = [site all], join-as = secret("all")',
              f"  suffixes = [{', '.join(chr(34) + f'x{i}.example.org' + chr(34) for i in each)}]"]
    lines += [f"  controller c{i} in subnet big.s{i} {{ address = {address('10.0.0.20', i, 256)}, security-groups = security-group big.all }}"
              for i in each]
    lines += [f'  existing domain d{i} {{ root = "d{i}.all.example.com", sites = [site all] }}' for i in each]
    lines += ["}", f"site-link all between [region eu-west-1, {', '.join(f'site s{i}' for i in each)}] {{ forests = [forest all] }}",
              f"segment many in hub h0 {{ reaches = [{', '.join(f'segment h0.many{i}' for i in each)}] }}"]
    lines += [f"segment many{i} in hub h0 {{}}" for i in each]
    lines += [f'instance m{i} in subnet big.s{i} {{ image = windows-2022, size = "t3.large", join = forest all, address = '
              f"{address('10.0.0.21', i, 256)} }}" for i in each]
    lines += [f'ad-service r{i} in spoke big {{ type = fsx-windows, directory = forest all, subnets = [s{i}] }}' for i in each]
    lines += ['permission-set big { inline = file("big.json") }', "assign big to group 'ALL\\People' on account network",
              f'forward "all.example.com" via resolver out0 {{ targets = site all, used-by = [{", ".join(f"spoke p{i}" for i in each)}] }}',
              f"hub wide in account network at region eu-west-1 {{ asn = 4200999999, share-with = [{', '.join(f'account a{i}' for i in each)}] }}"]
    return lines


def big_policy(count):
    statements = [f'{{"Sid": "s{i}", "Effect": "Allow", "Action": ["ec2:Describe*", "s3:GetObject", "iam:PassRole"], "Resource": "*"}}'
                  for i in range(count)]
    return '{"Version": "2012-10-17", "Statement": [\n' + ",\n".join(statements) + "\n]}\n"


def main(count, folder, shape):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["had 1", "", 'spec scale { owner = "platform@example.com" }',
             'existing organization acme { id = "o-a1b2c3d4e5", management = account management }',
             "existing ou all in organization acme",
             "existing account management in organization acme { id = 999999999999 }",
             "existing account network in ou all { id = 888888888888 }",
             "identity-center sso in account a0 at region eu-west-1 {",
             '  instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef", source = directory m0',
             f"  sync = [{', '.join(chr(39) + f'F{i}' + chr(92) + 'People' + chr(39) for i in range(count))}]", "}"]
    lines += [f'region {code} {{ zones = [a, b], site = "AWS-{code}", ranges = [10.0.0.0/8, 100.64.0.0/10] }}' for code in REGIONS]
    for h in range(count if shape == "deep" else 1):
        lines += [f"hub h{h} in account network at region {REGIONS[h % len(REGIONS)]} {{ asn = {4200000000 + h}, share-with = [account a{h}], "
                  f"advertises = [{address('10.32.0.0', h, 4096)}/20], cidr-blocks = [{address('90.0.0.0', h, 256)}/24] }}",
                  f"segment sites in hub h{h} {{ reaches = [segment h{h}.shared] }}",
                  f"segment shared in hub h{h} {{ reaches = [segment h{h}.shared] }}"]
    for i in range(count):
        lines += unit(i, i if shape == "deep" else 0, max(0, i - 1), count)
    if shape == "wide":
        lines += dense(count)
    (folder / "big.json").write_text(big_policy(count), encoding="utf-8")
    (folder / "main.had").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "policy.json").write_text('{"Version": "2012-10-17", "Statement": [{"Sid": "a", "Effect": "Allow", "Action": '
                                        '["ec2:Describe*", "s3:GetObject"], "Resource": "*"}]}\n', encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
