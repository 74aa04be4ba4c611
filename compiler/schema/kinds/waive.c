#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_ON,
     .slot = "on",
     .type = LIST_OF(ANY_OF(ONE_OF("spec"), ANY_KIND)),
     .required = true,
     .doc = "The objects it speaks of: references, a list, a selection, or `spec`."},
    {.preposition = HAD_BECAUSE,
     .slot = "because",
     .type = TEXT(1, 1024, NULL, "a reason has 1 to 1024 characters"),
     .required = true,
     .doc = "The reason, which reports repeat."},
    {.preposition = HAD_UNTIL,
     .slot = "until",
     .type = PLAIN(DATE),
     .doc = "The last day on which it holds."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "approver", .type = PLAIN(EMAIL), .doc = "Who agreed to the exception."},
    END_ATTRS,
};

const struct had_kind had_kind_waive = {
    .name = "waive",
    .doc = "An exception from a rule, with its reason and its end. One that is expired, unused or "
           "of an unknown rule is a finding itself.",
    .heads = WORDS("waive CODE on OBJECTS because \"REASON\" until DATE"),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = WORD_LIKE("[A-Z]{2,10}[0-9]{3,4}|[FR][1-9]",
                              "the code of a rule looks like `SSO020`, `HAD0301` or `F1`"),
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .no_existing = true,
    .rules = true,
    .section = "The team's own rules",
};
