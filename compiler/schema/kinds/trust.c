#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_WITH,
     .slot = "with",
     .type = REF("directory", "forest", "domain"),
     .required = true,
     .doc = "The other side."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "direction",
     .type = ONE_OF("two-way", "outgoing", "incoming"),
     .required = HAD_REQUIRED,
     .doc = "Said from the side named first: outgoing means that it trusts the other, whose users "
            "then "
            "come in.",
     .lowers_to = "had::Trust.TrustDirection"},
    {.name = "type",
     .type = ONE_OF("forest", "external"),
     .fallback = "forest",
     .doc = "Between whole forests, or between two domains alone.",
     .lowers_to = "had::Trust.TrustType"},
    {.name = "selective",
     .type = PLAIN(BOOL),
     .fallback = "false",
     .doc = "Selective authentication: users of the other side reach only what they are let into.",
     .lowers_to = "had::Trust.SelectiveAuth"},
    {.name = "password",
     .type = PLAIN(SECRET),
     .required = HAD_REQUIRED_NEW,
     .doc = "Password of the trust, one secret for both sides.",
     .lowers_to = "had::Trust.TrustPassword"},
    {.name = "forwarders",
     .type = LIST_BETWEEN(PLAIN(IP), 1, 4, "a conditional forwarder has 1 to 4 addresses"),
     .derived = "`dns` of the other side",
     .doc = "Addresses of the conditional forwarder on the side named first, at most four.",
     .lowers_to = "had::ConditionalForwarder.DnsIpAddrs"},
    {.name = "aes",
     .type = PLAIN(BOOL),
     .fallback = "true",
     .doc = "Tickets across the trust are encrypted by AES.",
     .lowers_to = "had::Trust"},
    {.name = "protect",
     .type = PLAIN(BOOL),
     .fallback = "false",
     .doc = "Destroying or replacing it is refused unless an acknowledgement names it."},
    END_ATTRS,
};

const struct had_kind had_kind_trust = {
    .name = "trust",
    .doc = "Lets users of one domain or forest be recognized in another. An existing one is there, "
           "and "
           "only what depends on it is checked.",
    .heads = WORDS("trust directory A with forest B", "trust forest A with forest B"),
    .subject = HAD_SUBJECT_REFERS,
    .subject_type = REF("directory", "forest", "domain"),
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "had::Trust, had::ConditionalForwarder",
    .multiplies = true,
    .section = "Directories",
};
