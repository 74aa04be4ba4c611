#include "schema/kinds/table.h"

static const struct had_type id = {
    .base = HAD_TYPE_TEXT,
    .pattern = "acl-[0-9a-f]{8,17}",
    .sentence = "the id of a network ACL looks like `acl-0123456789abcdef0`"};

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_ON,
     .slot = "subnets",
     .type = SET_OF(REF("subnet")),
     .required = true,
     .doc = "The subnets whose traffic it filters."},
    {.preposition = HAD_IN,
     .slot = "spoke",
     .type = REF("spoke"),
     .required = true,
     .parent = true,
     .doc = "The spoke of the subnets."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    ID_ATTR(&id, "Id of the network ACL in AWS, `acl-…`."),
    END_ATTRS,
};

const struct had_kind had_kind_acl = {
    .name = "acl",
    .doc = "A network ACL: numbered lines that let traffic of subnets pass or hold it back, "
           "without memory of connections. Without one everything passes; one without lines of a "
           "direction blocks it.",
    .heads = WORDS("acl NAME on SUBNETS"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = WORDS("allow", "deny"),
    .derived = NONE,
    .lowers_to = "EC2::NetworkAcl, EC2::NetworkAclEntry, EC2::SubnetNetworkAclAssociation",
    .id_type = &id,
    .resource = true,
    .section = "Spokes",
};
