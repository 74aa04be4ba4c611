#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_TO,
     .slot = "principal",
     .type = PLAIN(PRINCIPAL),
     .required = true,
     .doc = "Groups, or users, of the identity source."},
    {.preposition = HAD_ON,
     .slot = "account",
     .type = REF("account", "ou", "organization"),
     .required = true,
     .doc = "Accounts, or units with all their accounts."},
    END_CLAUSES,
};

const struct had_kind had_kind_assign = {
    .name = "assign",
    .doc = "Gives principals permission sets on accounts. Each part may be a list or a selection; "
           "every combination is one assignment and is stated once. Those on the management "
           "account need its credentials.",
    .heads = WORDS("assign SETS to PRINCIPALS on ACCOUNTS"),
    .subject = HAD_SUBJECT_REFERS,
    .subject_type = REF("permission-set"),
    .clauses = clauses,
    .attrs = NO_ATTRS,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "SSO::Assignment",
    .no_existing = true,
    .multiplies = true,
    .section = "People's access",
};
