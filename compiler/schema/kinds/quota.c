#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "account",
     .type = REF("account"),
     .doc = "The account in which it was raised; without it, in all."},
    {.preposition = HAD_AT,
     .slot = "region",
     .type = REF("region"),
     .doc = "The Region in which it was raised; without it, in all."},
    {.preposition = HAD_BECAUSE,
     .slot = "because",
     .type = TEXT(1, 1024, NULL, "a reason has 1 to 1024 characters"),
     .required = true,
     .doc = "How it is known, such as the case in which AWS raised it."},
    {.preposition = HAD_UNTIL,
     .slot = "until",
     .type = PLAIN(DATE),
     .doc = "The last day on which it holds."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "limit",
     .type = INT(0, 0, "a limit is a number"),
     .required = HAD_REQUIRED,
     .doc = "The raised number."},
    END_ATTRS,
};

const struct had_kind had_kind_quota = {
    .name = "quota",
    .doc = "A quota that AWS has raised. Its name is service and resource as the tables of quotas "
           "list them below, such as `\"directory shares\"` or `\"resolver rules\"`.",
    .heads = WORDS("quota \"NAME\" in account A at region R because \"REASON\" until DATE"),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = TEXT(1, 128, "[A-Za-z0-9][A-Za-z0-9 -]*",
                         "the name of a quota is words such as `directory shares`"),
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .no_existing = true,
    .rules = true,
    .section = "The team's own rules",
};
