#include "schema/kinds/table.h"

static const struct had_type id = {
    .base = HAD_TYPE_TEXT,
    .pattern = "rslvr-(in|out)-[0-9a-z]{1,64}",
    .sentence = "the id of a resolver endpoint is `rslvr-in-…` or `rslvr-out-…`"};

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "spoke",
     .type = REF("spoke"),
     .required = true,
     .parent = true,
     .doc = "The spoke in which its interfaces are."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "direction",
     .type = ONE_OF("outbound", "inbound", "inbound-delegation"),
     .required = HAD_REQUIRED,
     .doc = "Outbound asks other DNS servers for AWS; inbound answers others from AWS.",
     .lowers_to = "Route53Resolver::ResolverEndpoint.Direction"},
    {.name = "subnets",
     .type = SET_BETWEEN(REF("subnet"), 0, 20, "a resolver endpoint has at most 20 addresses"),
     .required = HAD_REQUIRED,
     .doc = "Subnets of its interfaces, of two zones or more.",
     .lowers_to = "Route53Resolver::ResolverEndpoint.IpAddresses"},
    {.name = "addresses",
     .type = MAP_OF(PLAIN(IP)),
     .derived = "AWS chooses them; they are known after creation",
     .doc = "Fixed addresses by subnet. On-premises servers that forward here need them.",
     .lowers_to = "Route53Resolver::ResolverEndpoint.IpAddresses"},
    {.name = "protocols",
     .type = SET_OF(ONE_OF("do53", "doh", "doh-fips")),
     .fallback = "do53",
     .doc = "DNS over port 53, over HTTPS, or over HTTPS with FIPS (inbound only).",
     .lowers_to = "Route53Resolver::ResolverEndpoint.Protocols"},
    {.name = "security-groups",
     .type = SET_OF(REF("security-group")),
     .derived = "port 53 with the targets of its rules, or with its users",
     .doc = "Groups of its interfaces, in place of the derived one.",
     .lowers_to = "Route53Resolver::ResolverEndpoint.SecurityGroupIds"},
    {.name = "query-logs",
     .type = TEXT(1, 512, NULL, "a log group or bucket ARN has at most 512 characters"),
     .doc = "Log group, or ARN of a bucket, that receives the queries.",
     .lowers_to = "Route53Resolver::ResolverQueryLoggingConfig"},
    ID_ATTR(&id, "Id of the endpoint in AWS, `rslvr-in-…` or `rslvr-out-…`."),
    END_ATTRS,
};

const struct had_kind had_kind_resolver = {
    .name = "resolver",
    .doc =
        "An endpoint of Route 53 Resolver: the place at which DNS queries leave AWS or enter it.",
    .heads = WORDS("resolver NAME in spoke S"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = WORDS("forward"),
    .derived = NONE,
    .lowers_to = "Route53Resolver::ResolverEndpoint",
    .id_type = &id,
    .resource = true,
    .section = "Names",
};
