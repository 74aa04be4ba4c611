#include "schema/kinds/table.h"

static const struct had_type id = {
    .base = HAD_TYPE_TEXT,
    .pattern = "Z[0-9A-Z]{1,31}",
    .sentence = "the id of a hosted zone is `Z` and capital letters and digits"};

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "account",
     .type = REF("account"),
     .required = true,
     .doc = "The account that owns the zone."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "used-by",
     .type = SET_BETWEEN(REF("spoke"), 1, 0, "a private hosted zone is used by one spoke or more"),
     .required = HAD_REQUIRED,
     .doc = "Spokes in which the zone answers. Spokes of other accounts are authorized first.",
     .lowers_to = "Route53::HostedZone.VPCs, had::ZoneAuthorization, had::ZoneAssociation"},
    ID_ATTR(&id, "Id of the zone in AWS, `Z…`."),
    END_ATTRS,
};

const struct had_kind had_kind_hosted_zone = {
    .name = "hosted-zone",
    .doc =
        "A private hosted zone of Route 53. Its records belong to the applications that need them.",
    .heads = WORDS("hosted-zone \"DOMAIN\" in account A"),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = PLAIN(DOMAIN),
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "Route53::HostedZone",
    .id_type = &id,
    .protect = true,
    .resource = true,
    .multiplies = true,
    .section = "Names",
};
