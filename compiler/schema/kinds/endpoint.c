#include "schema/kinds/table.h"

static const struct had_type id = {
    .base = HAD_TYPE_TEXT,
    .pattern = "vpce-[0-9a-f]{8,17}",
    .sentence = "the id of a VPC endpoint looks like `vpce-0123456789abcdef0`"};

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "spoke",
     .type = REF("spoke"),
     .required = true,
     .parent = true,
     .doc = "The spoke in which it stands."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "type",
     .type = ONE_OF("interface", "gateway"),
     .derived = "`gateway` for s3 and dynamodb, else `interface`",
     .doc = "Interfaces in subnets, or a target of routes.",
     .lowers_to = "EC2::VPCEndpoint.VpcEndpointType"},
    {.name = "subnets",
     .type = SET_OF(REF("subnet")),
     .doc = "Subnets of its interfaces, one in each zone. Required for an interface endpoint.",
     .lowers_to = "EC2::VPCEndpoint.SubnetIds"},
    {.name = "used-by",
     .type = SET_OF(REF("spoke")),
     .derived = "its own spoke",
     .doc =
         "Spokes that reach the service through it. Others than its own get a private hosted zone.",
     .lowers_to = "Route53::HostedZone"},
    {.name = "policy",
     .type = PLAIN(POLICY),
     .derived = "full access",
     .doc = "What may be done through the endpoint.",
     .lowers_to = "EC2::VPCEndpoint.PolicyDocument"},
    {.name = "security-groups",
     .type = SET_OF(REF("security-group")),
     .derived = "a group that admits 443/tcp from its users",
     .doc = "Groups of its interfaces, in place of the derived one.",
     .lowers_to = "EC2::VPCEndpoint.SecurityGroupIds"},
    ID_ATTR(&id, "Id of the endpoint in AWS, `vpce-…`."),
    END_ATTRS,
};

const struct had_kind had_kind_endpoint = {
    .name = "endpoint",
    .doc = "Brings a service of AWS into a spoke, so that hosts need no way to the internet for "
           "it. The service is a short name such as `s3` or `\"ssm\"`, or a full one.",
    .heads = WORDS("endpoint SERVICE in spoke S"),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = WORD_LIKE(
        "[a-z0-9][a-z0-9_-]*(\\.[a-z0-9_-]+)*",
        "a service of AWS is written like `s3`, `\"ssm\"` or `\"com.amazonaws.eu-west-1.ssm\"`"),
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "EC2::VPCEndpoint",
    .id_type = &id,
    .resource = true,
    .multiplies = true,
    .section = "Spokes",
};
