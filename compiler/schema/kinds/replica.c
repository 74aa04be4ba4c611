#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "spoke",
     .type = REF("spoke"),
     .required = true,
     .doc = "The spoke of that Region in which the controllers stand."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "subnets",
     .type = SET_OF(REF("subnet")),
     .required = HAD_REQUIRED,
     .doc = "The two subnets in which the controllers stand, of two zones.",
     .lowers_to = "had::DirectoryRegion.VpcSettings"},
    {.name = "controllers",
     .type = INT(2, 20, "a directory has 2 to 20 controllers in a Region"),
     .fallback = "2",
     .doc = "Number of controllers in this Region.",
     .lowers_to = "had::DirectoryControllers"},
    {.name = "protect",
     .type = PLAIN(BOOL),
     .fallback = "false",
     .doc = "Destroying or replacing it is refused unless an acknowledgement names it."},
    END_ATTRS,
};

const struct had_kind had_kind_replica = {
    .name = "replica",
    .doc = "Controllers of an enterprise directory in a further Region.",
    .heads = WORDS("replica REGION in spoke S"),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = REF("region"),
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "had::DirectoryRegion",
    .body_only = true,
    .section = "Directories",
};
