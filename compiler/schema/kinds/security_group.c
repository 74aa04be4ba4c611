#include "schema/kinds/table.h"

static const struct had_type id = {
    .base = HAD_TYPE_TEXT,
    .pattern = "sg-[0-9a-f]{8,17}",
    .sentence = "the id of a security group looks like `sg-0123456789abcdef0`"};

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "spoke",
     .type = REF("spoke"),
     .required = true,
     .parent = true,
     .doc = "The spoke in which it may be used."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    ID_ATTR(&id, "Id of the group in AWS, `sg-…`."),
    END_ATTRS,
};

const struct had_kind had_kind_security_group = {
    .name = "security-group",
    .doc = "A group of firewall rules for interfaces in a spoke. Without a line of leaving traffic "
           "all of it may leave. Controllers, members, resolvers and endpoints have derived groups "
           "that need no declaration.",
    .heads = WORDS("security-group NAME in spoke S"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = WORDS("allow"),
    .derived = NONE,
    .lowers_to = "EC2::SecurityGroup, EC2::SecurityGroupIngress, EC2::SecurityGroupEgress",
    .id_type = &id,
    .resource = true,
    .description =
        DESCRIPTION(0, 255, "[a-zA-Z0-9 ._:/()#,@\\[\\]+=&;{}!$*-]*",
                    "the description of a security group has at most 255 letters, digits, "
                    "spaces and any of `._-:/()#,@[]+=&;{}!$*`"),
    .section = "Spokes",
};
