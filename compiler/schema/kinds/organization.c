#include "schema/kinds/table.h"

/* Patterns of ids: Organizations API, OrganizationId and OrganizationalUnitId. */
static const struct had_type organization_id = {
    .base = HAD_TYPE_TEXT,
    .pattern = "o-[a-z0-9]{10,32}",
    .sentence = "the id of an organization is `o-` and 10 to 32 small letters and digits"};
static const struct had_type ou_id = {
    .base = HAD_TYPE_TEXT,
    .pattern = "ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}",
    .sentence = "the id of an organizational unit looks like `ou-a1b2-c3d4e5f6`"};

static const struct had_attr organization_attrs[] = {
    {.name = "management",
     .type = REF("account"),
     .required = HAD_REQUIRED,
     .doc = "The management account. Steps that only it may take run with its credentials."},
    {.name = "features",
     .type = ONE_OF("all", "billing"),
     .fallback = "all",
     .doc = "Feature set of the organization. Sharing and IAM Identity Center need `all`.",
     .lowers_to = "Organizations::Organization.FeatureSet"},
    {.name = "trusted-services",
     .type = SET_OF(TEXT(
         1, 128, "[a-z0-9][a-z0-9.-]*",
         "a trusted service is its short name or principal, such as `ram` or `sso.amazonaws.com`")),
     .derived = "what the spec needs: `ram`, `sso`, `ds`",
     .doc = "Services of AWS that may act across the accounts. `ram` also lets resources be shared "
            "without invitations.",
     .lowers_to = "had::TrustedAccess, had::ResourceSharing"},
    ID_ATTR(&organization_id, "Id of the organization in AWS, `o-` and letters and digits."),
    END_ATTRS,
};

const struct had_kind had_kind_organization = {
    .name = "organization",
    .doc = "The AWS organization that holds the accounts. It is also its own root unit: accounts "
           "and units may stand directly in it, and things may be shared with all of it.",
    .heads = WORDS("organization NAME"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = NO_CLAUSES,
    .attrs = organization_attrs,
    .children = WORDS("ou"),
    .derived = WORDS("root: the organization as the unit at the top of the tree"),
    .lowers_to = "Organizations::Organization",
    .id_type = &organization_id,
    .protect = true,
    .resource = true,
    .section = "Spec and organization",
};

static const struct had_clause_spec ou_clauses[] = {
    {.preposition = HAD_IN,
     .slot = "in",
     .type = REF("organization", "ou"),
     .required = true,
     .parent = true,
     .doc = "The organization or the unit above it."},
    END_CLAUSES,
};

static const struct had_attr ou_attrs[] = {
    ID_ATTR(&ou_id, "Id of the unit in AWS, `ou-` and two groups of letters and digits."),
    END_ATTRS,
};

const struct had_kind had_kind_ou = {
    .name = "ou",
    .doc = "An organizational unit: a group of accounts that are governed and selected together.",
    .heads = WORDS("ou NAME in organization O", "ou NAME in ou O"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = ou_clauses,
    .attrs = ou_attrs,
    .children = WORDS("ou"),
    .derived = WORDS("path: names from the organization down to this unit, with `/` between",
                     "accounts: accounts in it, at any depth"),
    .lowers_to = "Organizations::OrganizationalUnit",
    .id_type = &ou_id,
    .resource = true,
    .section = "Spec and organization",
};
