/* What a network ACL, a security group or an appliance lets pass, and what it holds back. */
#include "schema/kinds/table.h"

#define PEER                                                                                       \
    LIST_OF(ANY_OF(PLAIN(CIDR),                                                                    \
                   REF("subnet", "spoke", "site", "security-group", "directory", "forest")))

static const struct had_type services = {.base = HAD_TYPE_LIST, .element = PLAIN(SERVICE)};

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_FROM,
     .slot = "from",
     .type = PEER,
     .doc = "Where the traffic comes from: ranges or what has them. In groups and ACLs it makes "
            "the line one of arriving traffic."},
    {.preposition = HAD_TO,
     .slot = "to",
     .type = PEER,
     .doc = "Where the traffic goes: ranges or what has them. In groups and ACLs it makes the line "
            "one of leaving traffic."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "number",
     .type = INT(1, 32766, "the number of an ACL's line is 1 to 32766"),
     .doc = "Place of the line in a network ACL, required there and unique in its direction. "
            "Several ranges take consecutive numbers from it.",
     .lowers_to = "EC2::NetworkAclEntry.RuleNumber"},
    END_ATTRS,
};

const struct had_kind had_kind_allow = {
    .name = "allow",
    .doc = "Lets services pass. A security group takes `from` or `to`, an ACL too and a number, an "
           "appliance both ends.",
    .heads = WORDS("allow SERVICE from X", "allow SERVICE to X", "allow SERVICE from X to Y"),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = &services,
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "EC2::SecurityGroupIngress, EC2::SecurityGroupEgress, EC2::NetworkAclEntry",
    .no_existing = true,
    .body_only = true,
    .section = "Spokes",
};

const struct had_kind had_kind_deny = {
    .name = "deny",
    .doc = "Holds services back: in a network ACL by its number, in an appliance whatever else is "
           "allowed.",
    .heads = WORDS("deny SERVICE from X", "deny SERVICE to X", "deny SERVICE from X to Y"),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = &services,
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "EC2::NetworkAclEntry",
    .no_existing = true,
    .body_only = true,
    .section = "Spokes",
};
