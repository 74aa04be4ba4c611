"""Writes a foundation of N workload accounts into a folder: make_spec.py N FOLDER [HUBS [access]].

One hub and one directory for each 500 accounts, so that no quota of AWS is passed; everything else is what
examples/acme says, with `for` over a csv of accounts. `access`: two groups are let into each of them, too.
Same N, same bytes.
"""
import ipaddress
import pathlib
import sys

PER_HUB = 500


def main(count, folder, hubs, access=False):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    regions = ["eu-west-1"]
    lines = ["had 1", "", 'import "workload.had"', "",
             'spec scale { owner = "platform@example.com" }', "",
             'existing organization acme { id = "o-a1b2c3d4e5", management = account management }',
             "existing ou infrastructure in organization acme",
             "existing ou workloads in organization acme",
             "existing account management in organization acme { id = 111111111111 }",
             "existing account network in ou infrastructure { id = 222222222222 }",
             "existing account shared-services in ou infrastructure { id = 333333333333 }", "",
             "region eu-west-1 {", "  zones  = [a, b]", "  ranges = [10.16.0.0/12, 10.32.0.0/11, 10.64.0.0/10, 10.128.0.0/9, 100.64.0.0/10]",
             '  site   = "AWS-eu-west-1"', '  zone-ids { a = "euw1-az1", b = "euw1-az2" }', "}", "",
             "site dublin {", "  ranges  = [10.0.0.0/12, 192.168.0.0/16]", "  dns     = [10.1.0.10, 10.1.0.11]",
             '  country = "IE"', "  controllers { dc1 = 10.1.0.10, dc2 = 10.1.0.11 }", "}", ""]
    lines += [f'quota "{name}" because "the scale of this organization" {{ limit = 100 }}'
              for name in ("transit gateways", "vpcs", "resolver endpoints")]
    for h in range(hubs):
        lines += [f"hub core-{h} in account network at region eu-west-1 {{ asn = {64520 + h}, share-with = organization acme }}",
                  f"segment on-premises in hub core-{h} {{ reaches = [segment core-{h}.shared, segment core-{h}.workloads] }}",
                  f"segment shared in hub core-{h} {{ reaches = [segment core-{h}.on-premises, segment core-{h}.shared, segment core-{h}.workloads] }}",
                  f"segment workloads in hub core-{h} {{ reaches = [segment core-{h}.on-premises, segment core-{h}.shared] }}"]
        lines += [f"direct-connect-gateway dx-{h} in account network {{ asn = {4200000000 + h} }}"]
        for link, place in ((1, "EqDB2"), (2, "DGTDub")):
            lines += [f"link dx-{h}-{link} via direct-connect from site dublin to hub core-{h} {{",
                      f'  location = "{place}", connection = "dxcon-fg{h:06x}{link}", segment = segment core-{h}.on-premises',
                      f"  vlan = {300 + h}, speed = 1Gbps, asn = 65010, gateway = direct-connect-gateway dx-{h}", "}"]
        base = ipaddress.ip_address("10.16.0.0") + h * 8192
        e, s = base, base + 4096
        lines += [f"spoke endpoints-{h} in account network on hub core-{h} {{",
                  f"  role = endpoint, segment = segment core-{h}.shared, cidr = {e}/24",
                  f"  subnet resolver-a in zone a {{ cidr = {e}/26 }}",
                  f"  subnet resolver-b in zone b {{ cidr = {e + 64}/26 }}", "}",
                  f"spoke shared-{h} in account shared-services on hub core-{h} {{",
                  f"  role = shared-services, segment = segment core-{h}.shared, cidr = {s}/20",
                  f"  subnet directory-a in zone a {{ cidr = {s}/24 }}",
                  f"  subnet directory-b in zone b {{ cidr = {s + 256}/24 }}",
                  '  for s in ["ssm", "ssmmessages", "ec2messages"] { endpoint "${s}" { subnets = [directory-a, directory-b] } }', "}",
                  f"resolver outbound-{h} in spoke endpoints-{h} {{ direction = outbound, subnets = [resolver-a, resolver-b] }}",
                  f'forward "aws{h}.example.com" via resolver outbound-{h} {{',
                  f"  targets = directory aws-{h}, share-with = organization acme, used-by = every spoke of hub core-{h}", "}",
                  f'forward "corp.example.com" via resolver outbound-{h} {{',
                  f"  targets = site dublin, share-with = organization acme, used-by = every spoke of hub core-{h}", "}",
                  f"directory aws-{h} in spoke shared-{h} {{",
                  f'  root = "aws{h}.example.com", netbios = "AWS{h}", edition = enterprise',
                  f'  subnets = [directory-a, directory-b], admin = secret("ad/aws-{h}/admin")',
                  '  topic = "arn:aws:sns:eu-west-1:333333333333:DirectoryMonitoring_aws"', "}"]
    if access:
        lines += ["", "identity-center sso in account shared-services at region eu-west-1 {",
                  '  instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef", source = directory aws-0, mfa = always', "}",
                  'permission-set administrator { policies = ["AdministratorAccess"], session = 1h }',
                  'permission-set auditor { policies = ["SecurityAudit"], session = 4h }',
                  "assign administrator to group 'AWS0\\Cloud-Admins' on every account except account management",
                  "assign auditor to group 'AWS0\\Auditors' on every account except account management"]
    lines += ["", 'for row in csv("accounts.csv") {',
              '  workload "${row.name}" { id = row.id, cidr = row.cidr, hub = hub "${row.hub}" }', "}", ""]
    (folder / "main.had").write_text("\n".join(lines))
    (folder / "workload.had").write_text("""had 1

module workload {
  param id : account-id
  param cidr : cidr
  param hub : ref of hub

  existing account self in ou workloads {
    id    = id
    owner = "team@example.com"
  }

  spoke main in account self on hub {
    segment = segment hub.workloads
    cidr    = cidr
    for z in hub.region.zones {
      subnet app in zone z { cidr = slice(cidr, 24, z) }
    }
  }
}
""")
    rows = ["name,id,cidr,hub"]
    space = ipaddress.ip_address("10.32.0.0")
    for i in range(count):
        # /22 networks from 10.32.0.0 on, then from 100.64.0.0: 18,432 before they repeat with /23
        address = space + i * 1024 if i < 57344 // 4 else ipaddress.ip_address("100.64.0.0") + (i - 57344 // 4) * 512
        length = 22 if i < 57344 // 4 else 23
        rows.append(f"w{i:05d},{400000000000 + i},{address}/{length},core-{i % hubs}")
    (folder / "accounts.csv").write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    n = int(sys.argv[1])
    main(n, sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else max(1, -(-n // PER_HUB)), "access" in sys.argv[4:])
