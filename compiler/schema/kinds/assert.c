#include "schema/kinds/table.h"

static const struct had_attr attrs[] = {
    {.name = "severity",
     .type = ONE_OF("error", "warning", "info"),
     .fallback = "error",
     .doc = "What a failure counts as."},
    END_ATTRS,
};

const struct had_kind had_kind_assert = {
    .name = "assert",
    .doc = "A rule of your own. Its body holds `require COND else \"MESSAGE\"`, and `for`, `if` "
           "and `let` around it; a failure names the place of the element.",
    .heads = WORDS("assert \"TEXT\""),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = TEXT(1, 256, NULL, "the text of an assert has 1 to 256 characters"),
    .clauses = NO_CLAUSES,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .no_existing = true,
    .rules = true,
    .section = "The team's own rules",
};
