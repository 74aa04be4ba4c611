/* What opens a file, and what it takes in: `had` and `import`. */
#include "schema/kinds/table.h"

const struct had_kind had_kind_had = {
    .name = "had",
    .doc = "The edition of the language in which the file is written; the first statement of every "
           "file.",
    .heads = WORDS("had 1"),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = INT(1, 1, "the only edition of the language is 1"),
    .clauses = NO_CLAUSES,
    .attrs = NO_ATTRS,
    .children = NONE,
    .derived = NONE,
    .no_existing = true,
    .rules = true,
    .section = "The team's own rules",
};

const struct had_kind had_kind_import = {
    .name = "import",
    .doc = "Takes in another file of the spec's folder, all `.had` files of a folder (not those "
           "below it), or with `std:` a module that comes with the program. It is read once, "
           "however often it is named.",
    .heads = WORDS("import \"PATH\"", "import \"std:NAME\""),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type =
        ANY_OF(TEXT(5, 255, "std:[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*",
                    "a module that comes with the program is named like `std:personas`"),
               PLAIN(PATH)),
    .clauses = NO_CLAUSES,
    .attrs = NO_ATTRS,
    .children = NONE,
    .derived = NONE,
    .no_existing = true,
    .rules = true,
    .section = "The team's own rules",
};
