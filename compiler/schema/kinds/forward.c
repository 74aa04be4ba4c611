#include "schema/kinds/table.h"

static const struct had_type id = {
    .base = HAD_TYPE_TEXT,
    .pattern = "rslvr-rr-[0-9a-z]{1,64}",
    .sentence = "the id of a resolver rule looks like `rslvr-rr-0123456789abcdef0`"};

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_VIA,
     .slot = "resolver",
     .type = REF("resolver"),
     .parent = true,
     .doc = "The outbound resolver through which the queries leave."},
    {.preposition = HAD_TO,
     .slot = "to",
     .type = ONE_OF("system"),
     .doc = "With `system`, AWS answers itself for this domain below a forwarded one."},
    {.preposition = HAD_AT,
     .slot = "region",
     .type = REF("region"),
     .doc = "The Region of a rule `to system`."},
    {.preposition = HAD_BY,
     .slot = "account",
     .type = REF("account"),
     .doc = "The account that owns a rule `to system`."},
    END_CLAUSES,
};

#define TARGETS                                                                                    \
    LIST_OF(ANY_OF(PLAIN(IP), PLAIN(IP_PORT),                                                      \
                   REF("forest", "domain", "directory", "site", "resolver")))

static const struct had_attr attrs[] = {
    {.name = "targets",
     .type = TARGETS,
     .doc = "Who answers. A forest or domain gives its controllers in the resolver's Region, a "
            "site its `dns`, a directory its DNS addresses. Required for a rule via a resolver.",
     .lowers_to = "Route53Resolver::ResolverRule.TargetIps"},
    {.name = "bootstrap",
     .type = TARGETS,
     .doc = "Who answers until the targets do. A gate of the runbook switches over.",
     .lowers_to = "Route53Resolver::ResolverRule.TargetIps"},
    {.name = "port",
     .type = INT(1, 65535, "a port is 1 to 65535"),
     .fallback = "53",
     .doc = "Port of targets that state none.",
     .lowers_to = "Route53Resolver::ResolverRule.TargetIps"},
    {.name = "protocol",
     .type = ONE_OF("do53", "doh"),
     .fallback = "do53",
     .doc = "DNS over port 53, or over HTTPS.",
     .lowers_to = "Route53Resolver::ResolverRule.TargetIps"},
    {.name = "share-with",
     .type = SET_OF(SHARE_WITH),
     .derived = "the accounts of the spokes that use it; of an existing rule, of new ones",
     .doc = "Who may use the rule.",
     .lowers_to = "RAM::ResourceShare"},
    {.name = "used-by",
     .type = SET_OF(REF("spoke")),
     .doc = "Spokes in which the rule takes effect, all of the resolver's Region.",
     .lowers_to = "Route53Resolver::ResolverRuleAssociation"},
    ID_ATTR(&id, "Id of the rule in AWS, `rslvr-rr-…`."),
    END_ATTRS,
};

const struct had_kind had_kind_forward = {
    .name = "forward",
    .doc = "A rule that sends queries for a domain to those who answer for it, and so lets spokes "
           "find Active Directory.",
    .heads = WORDS("forward \"DOMAIN\" via resolver R",
                   "forward \"DOMAIN\" to system at region R by account A"),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = TYPE(.base = HAD_TYPE_DOMAIN, .min = 1, .max = 256,
                         .sentence = "the domain of a resolver rule has 1 to 256 characters"),
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "Route53Resolver::ResolverRule",
    .id_type = &id,
    .resource = true,
    .multiplies = true,
    .section = "Names",
};
