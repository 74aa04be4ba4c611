#include "schema/kinds/table.h"

const struct had_kind had_kind_phase = {
    .name = "phase",
    .doc = "How far the foundation is built. Rules that apply later are silent and counted, and "
           "`build`, `plan` and `apply` stop there; `--phase` overrides it. Without one it is "
           "`workloads`, everything.",
    .heads = WORDS("phase WORD"),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = ONE_OF("foundation", "extended", "resource-forest", "access", "workloads"),
    .clauses = NO_CLAUSES,
    .attrs = NO_ATTRS,
    .children = NONE,
    .derived = NONE,
    .no_existing = true,
    .single = true,
    .rules = true,
    .section = "The team's own rules",
};
