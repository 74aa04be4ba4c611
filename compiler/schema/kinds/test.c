/* Checks of the spec itself. */
#include "schema/kinds/table.h"

static const struct had_attr test_attrs[] = {
    {.name = "params", .type = MAP_OF(PLAIN(DATA)), .doc = "Values of params for this test."},
    END_ATTRS,
};

const struct had_kind had_kind_test = {
    .name = "test",
    .doc = "Compiles the spec once more, with other params if need be, and looks at the result: by "
           "`require` at what it holds, by `expect` at the findings. It has at least one of them.",
    .heads = WORDS("test \"TEXT\""),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = TEXT(1, 256, NULL, "the text of a test has 1 to 256 characters"),
    .clauses = NO_CLAUSES,
    .attrs = test_attrs,
    .children = WORDS("expect"),
    .derived = NONE,
    .no_existing = true,
    .rules = true,
    .section = "The team's own rules",
};

static const struct had_clause_spec expect_clauses[] = {
    {.preposition = HAD_ON,
     .slot = "on",
     .type = LIST_OF(ANY_OF(ONE_OF("spec"), ANY_KIND)),
     .doc = "The objects on which the finding must be."},
    END_CLAUSES,
};

static const struct had_attr expect_attrs[] = {
    {.name = "count",
     .type = INT(0, 100000, "a count is 0 to 100000"),
     .doc = "Exactly so many findings; without it, one or more."},
    END_ATTRS,
};

const struct had_kind had_kind_expect = {
    .name = "expect",
    .doc = "In a test: a finding of this code is there; or with `nothing`, no error and no warning "
           "is.",
    .heads = WORDS("expect CODE on OBJECTS", "expect nothing"),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = WORD_LIKE("[A-Z]{2,10}[0-9]{3,4}|[FR][1-9]|nothing",
                              "a test expects a code such as `DC002`, or `nothing`"),
    .clauses = expect_clauses,
    .attrs = expect_attrs,
    .children = NONE,
    .derived = NONE,
    .no_existing = true,
    .body_only = true,
    .rules = true,
    .section = "The team's own rules",
};
