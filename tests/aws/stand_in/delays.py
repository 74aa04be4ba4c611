"""How long AWS takes, how much it allows, how often it may be asked. Seconds, counts, calls per second.

Where AWS says a figure its page is named; the others are the middle of what deployments see."""

# name: seconds
DELAYS = {
    "ec2.vpc": 2,
    "ec2.subnet": 2,
    "ec2.route-table-association": 2,
    "ec2.cidr": 3,
    "ec2.nat-gateway": 90,
    "ec2.nat-gateway.delete": 60,
    "ec2.instance": 30,
    "ec2.instance.status": 120,
    "ec2.instance.stop": 40,
    "ec2.instance.terminate": 40,
    "ec2.instance.gone": 3600,  # stays visible about an hour: EC2 user guide, "Terminate instances"
    "ec2.volume": 5,
    "ec2.volume.attach": 5,
    "ec2.volume.modify": 60,
    "ec2.endpoint": 60,
    "ec2.endpoint.delete": 30,
    "ec2.prefix-list": 5,
    "ec2.tgw": 90,
    "ec2.tgw.delete": 60,
    "ec2.tgw.gone": 3600,
    "ec2.tgw-attachment": 90,
    "ec2.tgw-attachment.delete": 60,
    "ec2.tgw-attachment.gone": 3600,
    "ec2.tgw-route-table": 10,
    "ec2.tgw-association": 10,
    "ec2.tgw-propagation": 5,
    "ec2.tgw-route": 5,
    "ec2.tgw-peering": 60,
    "ec2.pcx": 5,
    "ec2.pcx.expire": 7 * 86400,  # API_CreateVpcPeeringConnection: a request expires after 7 days
    "ec2.customer-gateway": 5,
    "ec2.vpn": 300,
    "ec2.vpn.delete": 120,
    "ec2.iam-profile": 5,
    "directconnect.gateway": 30,
    "directconnect.association": 600,
    "directconnect.vif": 60,
    "ds.requested": 60,
    "ds.directory": 1740,  # 20 to 45 minutes: admin guide, "Create your AWS Managed Microsoft AD"
    "ds.connector": 300,
    "ds.delete": 300,
    "ds.controller": 1500,
    "ds.trust": 60,
    "ds.trust.verify": 60,
    "ds.share": 30,
    "ds.region": 1740,
    "ds.radius": 30,
    "ds.ldaps": 60,
    "ds.certificate": 30,
    "ds.routes": 30,
    "ds.settings": 60,
    "ds.data": 60,
    "ds.snapshot": 120,
    "ds.update": 300,
    "ds.assessment": 1200,
    "ram.share": 1,
    "ram.association": 15,
    "ram.disassociation": 10,
    "ram.gone": 3600,  # deleted shares stay listed for a while: API_DeleteResourceShare
    "ram.invitation": 7 * 86400,  # expires after 7 days: API_ResourceShareInvitation
    "resolver.endpoint": 120,
    "resolver.endpoint.delete": 60,
    "resolver.rule": 1,
    "resolver.rule.update": 5,
    "resolver.association": 20,
    "resolver.association.delete": 10,
    "resolver.log": 5,
    "sso.instance": 60,
    "sso.assignment": 20,
    "sso.provision": 30,
    "sso.region": 600,
    "organizations.account": 120,
    "account.region": 600,  # minutes to hours: account reference guide, "Enable or disable AWS Regions"
    "lambda.function": 5,
    "service-quotas.request": 3600,
    "iam.slr.delete": 10,
    "ssm.association": 30,
    "ssm.document": 5,
    "ssm.register": 120,
    "ssm.command": 20,
    "secretsmanager.delete": 86400,
    "route53.change": 30,
}

# name: most there may be, by account and Region where nothing else is said
QUOTAS = {
    "ec2.vpcs": 5,  # VPC user guide, "Amazon VPC quotas"
    "ec2.subnets-per-vpc": 200,
    "ec2.route-tables-per-vpc": 200,
    "ec2.routes-per-table": 50,
    "ec2.security-groups": 2500,
    "ec2.rules-per-group": 60,
    "ec2.groups-per-interface": 5,
    "ec2.interface-endpoints-per-vpc": 50,
    "ec2.gateway-endpoints": 20,
    "ec2.nacls-per-vpc": 200,
    "ec2.nacl-rules": 20,
    "ec2.internet-gateways": 5,
    "ec2.addresses": 5,
    "ec2.prefix-lists": 100,
    "ec2.tgws": 5,  # Transit Gateway guide, "Quotas for your transit gateways"
    "ec2.tgw-attachments": 5000,
    "ec2.tgw-route-tables": 20,
    "ec2.tgw-routes": 10000,
    "ec2.customer-gateways": 50,  # Site-to-Site VPN user guide, "Quotas"
    "ec2.vpns": 50,
    "directconnect.gateways": 200,  # Direct Connect user guide, "Quotas"
    "directconnect.tgws-per-gateway": 6,
    "directconnect.prefixes-per-association": 200,
    "ds.directories": 10,  # Directory Service admin guide, "AWS Managed Microsoft AD quotas"
    "ds.connectors": 10,
    "ds.controllers": 20,
    "ds.shares-standard": 5,
    "ds.shares-enterprise": 125,
    "ds.regions": 5,
    "ds.certificates": 5,
    "ds.snapshots": 5,
    "resolver.endpoints": 4,  # Route 53 developer guide, "Quotas on Route 53 Resolver"
    "resolver.rules": 1000,
    "resolver.associations": 2000,
    "resolver.addresses": 6,
    "sso.permission-sets": 2000,  # Identity Center user guide, "Quotas"
    "sso.permission-sets-per-account": 50,
    "sso.outstanding-assignments": 10,
    "iam.roles": 1000,
    "iam.policies-per-role": 10,
    "iam.policy-versions": 5,
    "iam.profiles": 1000,
    "organizations.accounts": 10,
    "organizations.creating": 5,
    "ram.shares": 5000,
}

# (service, operation prefix): (bucket, refill per second); the first that fits counts. One bucket per account,
# Region and operation; with "*" as third member, one for all operations of the service.
RATES = [
    (("ec2", "RunInstances"), (5, 2, "")),
    (("ec2", "CreateVpcEndpoint"), (4, 0.3, "")),
    (("ec2", "DeleteVpcEndpoint"), (4, 0.3, "")),
    (("ec2", "ModifyVpcEndpoint"), (4, 0.3, "")),
    (("ec2", "Describe"), (100, 20, "")),
    (("ec2", "Get"), (100, 20, "")),
    (("ec2", "Search"), (100, 20, "")),
    (("ec2", ""), (50, 5, "")),
    (("route53resolver", ""), (5, 5, "*")),  # Route 53 developer guide: five a second
    (("sso-admin", ""), (20, 20, "*")),  # Identity Center user guide: 20 a second together
    (("identitystore", ""), (20, 20, "*")),
    (("ds", ""), (5, 5, "*")),
    (("ram", ""), (5, 5, "*")),
    (("directconnect", ""), (5, 5, "*")),
    (("iam", ""), (15, 5, "*")),
    (("organizations", ""), (8, 4, "*")),
]

# service: (code, status) of a throttled call
THROTTLES = {
    "ec2": ("RequestLimitExceeded", 503),
    "route53resolver": ("ThrottlingException", 400),
    "organizations": ("TooManyRequestsException", 400),
    "ram": ("ThrottlingException", 429),
    "iam": ("Throttling", 400),
    "s3": ("SlowDown", 503),
}
