#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "account",
     .type = REF("account"),
     .doc = "The account of the bucket."},
    {.preposition = HAD_AT,
     .slot = "region",
     .type = REF("region"),
     .doc = "The Region of the bucket."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "prefix",
     .type = TEXT(1, 512, "[A-Za-z0-9!_.*'()/-]+",
                  "the prefix of a bucket's keys has letters, digits and any of `!_.*'()/-`"),
     .derived = "the name of the spec and `/`",
     .doc = "What the keys in the bucket begin with."},
    {.name = "kms-key",
     .type = PLAIN(ARN),
     .derived = "the key that AWS manages",
     .doc = "Key that encrypts the state."},
    END_ATTRS,
};

const struct had_kind had_kind_state = {
    .name = "state",
    .doc = "Where `plan` and `apply` keep what they know: a bucket that exists already and keeps "
           "versions, or a folder. Without one it is the folder `.had`; `--state` overrides it.",
    .heads = WORDS("state s3 \"BUCKET\" in account A at region R", "state local \"FOLDER\""),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = TEXT(1, 255, NULL, "the bucket or folder of a state has 1 to 255 characters"),
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .no_existing = true,
    .single = true,
    .rules = true,
    .section = "The team's own rules",
};
