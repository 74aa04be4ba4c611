"""The table of operations: one entry each, with what answers it and where AWS says how."""

from dataclasses import dataclass
from typing import Callable

PAGES = {  # where AWS documents the operations of a service
    "account": "https://docs.aws.amazon.com/accounts/latest/reference/API_{}.html",
    "cloudformation": "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_{}.html",
    "dynamodb": "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_{}.html",
    "lambda": "https://docs.aws.amazon.com/lambda/latest/api/API_{}.html",
    "directconnect": "https://docs.aws.amazon.com/directconnect/latest/APIReference/API_{}.html",
    "ds": "https://docs.aws.amazon.com/directoryservice/latest/devguide/API_{}.html",
    "ds-data": "https://docs.aws.amazon.com/directoryservicedata/latest/DirectoryServiceDataAPIReference/API_{}.html",
    "ec2": "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_{}.html",
    "iam": "https://docs.aws.amazon.com/IAM/latest/APIReference/API_{}.html",
    "identitystore": "https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_{}.html",
    "kms": "https://docs.aws.amazon.com/kms/latest/APIReference/API_{}.html",
    "logs": "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_{}.html",
    "organizations": "https://docs.aws.amazon.com/organizations/latest/APIReference/API_{}.html",
    "ram": "https://docs.aws.amazon.com/ram/latest/APIReference/API_{}.html",
    "resourcegroupstaggingapi": "https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_{}.html",
    "route53": "https://docs.aws.amazon.com/Route53/latest/APIReference/API_{}.html",
    "route53resolver": "https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_{}.html",
    "s3": "https://docs.aws.amazon.com/AmazonS3/latest/API/API_{}.html",
    "secretsmanager": "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_{}.html",
    "service-quotas": "https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_{}.html",
    "sns": "https://docs.aws.amazon.com/sns/latest/api/API_{}.html",
    "ssm": "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_{}.html",
    "sso-admin": "https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_{}.html",
    "sts": "https://docs.aws.amazon.com/STS/latest/APIReference/API_{}.html",
}


@dataclass(frozen=True)
class Operation:
    service: str
    name: str
    run: Callable  # (call, parameters) → answer, without paging
    does: str  # what is there beyond keeping the object
    over_moto: bool  # asks moto itself and adds to its answer

    @property
    def source(self):
        return PAGES[self.service].format(self.name)


OPERATIONS = {}  # (service, name) → Operation
HOOKS = {}  # name → function(world, place, object) after something that was to happen later


def operation(service, name, does="", over_moto=False):
    """Decorator: this function answers the operation."""

    def add(run):
        assert (service, name) not in OPERATIONS, (service, name)
        text = does or (run.__doc__ or "").strip().split("\n\n")[0]
        OPERATIONS[service, name] = Operation(service, name, run, " ".join(text.split()), over_moto)
        return run

    return add


def hook(run):
    HOOKS[run.__name__] = run
    return run
