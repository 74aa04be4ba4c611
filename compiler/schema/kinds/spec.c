#include "schema/kinds/table.h"

static const struct had_attr attrs[] = {
    {.name = "owner",
     .type = PLAIN(EMAIL),
     .required = HAD_REQUIRED,
     .doc = "Who answers for everything that the spec makes.",
     .lowers_to = "tag owner"},
    {.name = "deploy-role",
     .type = TEXT(1, 64, "[\\w+=,.@-]+",
                  "the name of an IAM role is 1 to 64 letters, digits and any of `+=,.@_-`"),
     .fallback = "had-deploy",
     .doc = "Name of the role that is assumed in each account to build there.",
     .lowers_to = "manifest"},
    {.name = "home",
     .type = REF("region"),
     .derived = "the only region of the spec",
     .doc = "Region that holds the stacks and the state of global services."},
    {.name = "countries",
     .type = SET_OF(
         TEXT(2, 2, "[A-Z]{2}", "a country is its ISO code of two capital letters, such as `IE`")),
     .doc = "ISO codes of the countries that identity data may not leave. Rules of residency apply "
            "only where it is stated."},
    {.name = "templates",
     .type = ONE_OF("yaml", "json"),
     .fallback = "yaml",
     .doc = "Format in which `had build` writes its templates."},
    {.name = "severities",
     .type = MAP_OF(ONE_OF("error", "warning", "info", "off")),
     .derived = "the severity of each rule in the catalog",
     .doc = "Severity policy: a code and what it counts as. Switching a rule `off` needs a `##` "
            "comment that says why."},
    {.name = "tags",
     .type = MAP_OF(PLAIN(TEXT)),
     .doc = "Tags of everything that the spec makes. An object's own tags are added to them."},
    END_ATTRS,
};

const struct had_kind had_kind_spec = {
    .name = "spec",
    .doc = "The infrastructure that these files describe together. There is exactly one; its name "
           "may be a string with `${…}`, so that one source gives several environments.",
    .heads = WORDS("spec NAME"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = NO_CLAUSES,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .no_existing = true,
    .single = true,
    .section = "Spec and organization",
};
