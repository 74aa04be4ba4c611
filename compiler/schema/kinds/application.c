#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_VIA,
     .slot = "via",
     .type = ONE_OF("saml"),
     .required = true,
     .doc = "The protocol by which it trusts Identity Center."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "acs",
     .type =
         TEXT(1, 2048, "https://[^\\s]+", "an assertion consumer service is a URL with `https://`"),
     .required = HAD_REQUIRED,
     .doc = "URL of the application that receives assertions.",
     .lowers_to = "had::Gate"},
    {.name = "audience",
     .type = TEXT(1, 2048, NULL, "an audience has 1 to 2048 characters"),
     .required = HAD_REQUIRED,
     .doc = "Entity id of the application.",
     .lowers_to = "had::Gate"},
    {.name = "groups",
     .type = SET_OF(ONLY_GROUPS),
     .doc = "Groups whose members may use it.",
     .lowers_to = "had::Gate"},
    {.name = "certificate",
     .type = PLAIN(PATH),
     .doc = "File of the application's certificate.",
     .lowers_to = "had::Gate"},
    {.name = "start-url",
     .type = TEXT(1, 2048, "https?://[^\\s]+", "a start URL begins with `https://`"),
     .doc = "Page at which the application begins, where it is not derived from the assertion.",
     .lowers_to = "had::Gate"},
    {.name = "attributes",
     .type = MAP_OF(PLAIN(TEXT)),
     .doc = "Attributes of the assertion and what they are filled from.",
     .lowers_to = "had::Gate"},
    END_ATTRS,
};

const struct had_kind had_kind_application = {
    .name = "application",
    .doc = "An application that people reach through Identity Center. No API makes one, so it is a "
           "step of a person with all its values.",
    .heads = WORDS("application NAME via saml"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "had::Gate",
    .resource = true,
    .section = "People's access",
};
