"""The operations that AWS's own resource handlers need for the types of the graph are in the models.

The registry's schemas, as cfn-lint carries them, state for each type which actions its handlers call to create, read,
update, delete and list. What stands below is left out on purpose. Usage: test_types.py DRIVER ROOT
"""
import collections
import fnmatch
import json
import pathlib
import sys

from common import Failures, drive, need

# Actions that are no operation: permissions, other spellings of an operation, steps inside a service.
NO_OPERATION = (
    "iam:PassRole", "ds:CheckStabilization*", "directconnect:AssociateVirtualInterface", "vpce:*", "logs:*LogDeliver*",
    "resolverquerylogging:*", "identitystore:*IdentityStore", "sso:TagInstance", "sso:UpdateApplicationProfile*", "s3:REST*",
    "s3:ListBucket", "s3:ListAllMyBuckets", "s3:*BucketObjectLock*", "s3:*BucketPublicAccessBlock", "s3:*EncryptionConfiguration",
    "s3:*LifecycleConfiguration", "s3:*BucketNotification", "lambda:AssociateRuntimeAlias", "lambda:PassCapacityProvider",
    "ec2:ModifyTransitGatewayOptions", "ec2:ModifyTransitGatewayPeeringAttachment", "kms:ReEncrypt*",
)
# Of properties and values that no kind of the language leads to.
NOT_WRITTEN = (
    "ec2:AcceptAddressTransfer", "ec2:DescribeKeyPairs", "ec2:DescribeLaunchTemplate*", "ec2:*VpcEncryptionControl*",
    "ec2:AllocateIpamPoolCidr", "ec2:*VpnGateway*", "ec2:CopyVolumes", "ec2:*ssignIpv6Addresses", "vpc-lattice:*", "kms:CreateGrant",
    "kms:GenerateDataKeyWithoutPlaintext", "iam:*GroupPolicy", "iam:*UserPolicy", "elasticfilesystem:*", "s3files:*", "s3tables:*",
    "lambda:*CodeSigning*", "lambda:*Recursion*", "lambda:*Scaling*", "lambda:GetLayerVersion", "lambda:*RuntimeManagement*",
    "lambda:PublishVersion", "s3:GetObjectVersion", "firehose:*", "logs:*Index*", "logs:PutBearerToken*", "route53:*QueryLoggingConfig*",
    "route53:UpdateHostedZoneFeatures", "resource-groups:*", "ssm:GetCalendarState", "s3:*Metadata*", "s3:*Analytics*", "s3:*C[Oo][Rr][Ss]",
    "s3:*Metrics*", "s3:*Replication*", "s3:*Website", "s3:*Accelerate*", "s3:*Abac", "s3:*Acl", "s3:*Logging", "s3:*Tiering*",
    "s3:*Inventory*",
)


def main(driver, root):
    need("cfnlint", "cfn-lint", "validators/requirements.txt")
    import cfnlint

    names = collections.Counter(n.lower() for ns in drive(driver, [{"do": "models"}])[0]["services"].values() for n in ns)
    types = {p.stem.replace("-", "::") for p in (pathlib.Path(root) / "compiler/graph/facts/cloudformation").glob("AWS-*.json")}
    types.remove("AWS::CloudFormation::CustomResource")
    handlers = {}
    for path in (pathlib.Path(cfnlint.__file__).parent / "data/schemas/resources").glob("*.json"):
        schema = json.loads(path.read_text())
        if schema.get("typeName") in types:
            handlers[schema["typeName"]] = schema.get("handlers", {})
    failures, actions, used = Failures(), set(), set()
    for name in sorted(types):
        if not {"create", "delete"} <= set(handlers.get(name, {})):
            failures.add(f"{name} has no handlers but {sorted(handlers.get(name, {}))}")
        for handler in handlers.get(name, {}).values():
            for action in handler.get("permissions", []):
                actions.add(action)
                left_out = [p for p in NO_OPERATION + NOT_WRITTEN if fnmatch.fnmatchcase(action, p)]
                used.update(left_out)
                if not left_out and "*" not in action and action.split(":")[1].lower() not in names:
                    failures.add(f"{name} needs {action}, which is not in runtime/aws/models/operations.txt")
    for pattern in set(NO_OPERATION + NOT_WRITTEN) - used:
        failures.add(f"nothing is called {pattern}")
    return failures.finish(len(actions), f"actions of the handlers of {len(types)} types")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
