#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_TO,
     .slot = "to",
     .type = ANY_KIND,
     .required = true,
     .doc = "The object under its new name."},
    END_CLAUSES,
};

const struct had_kind had_kind_moved = {
    .name = "moved",
    .doc = "Says that an object has another name now, so that state and templates follow and "
           "nothing is replaced. The old name must not exist any more.",
    .heads = WORDS("moved KIND OLD to KIND NEW"),
    .subject = HAD_SUBJECT_REFERS,
    .subject_type = ANY_KIND,
    .clauses = clauses,
    .attrs = NO_ATTRS,
    .children = NONE,
    .derived = NONE,
    .no_existing = true,
    .rules = true,
    .section = "The team's own rules",
};
