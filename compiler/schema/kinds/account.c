#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "in",
     .type = REF("ou", "organization"),
     .required = true,
     .doc = "The unit in which the account stands, or the organization for its root."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "email",
     .type = PLAIN(EMAIL),
     .required = HAD_REQUIRED_NEW,
     .doc = "Address of the root user of a new account. AWS admits each address once.",
     .lowers_to = "Organizations::Account.Email"},
    {.name = "owner",
     .type = PLAIN(EMAIL),
     .derived = "the owner of the spec",
     .doc = "Who answers for what the account holds.",
     .lowers_to = "tag owner"},
    {.name = "deploy-role",
     .type = TEXT(1, 64, "[\\w+=,.@-]+",
                  "the name of an IAM role is 1 to 64 letters, digits and any of `+=,.@_-`"),
     .derived = "the deploy-role of the spec",
     .doc = "Role that is assumed in this account, where it is not that of the spec."},
    {.name = "regions",
     .type = SET_OF(REF("region")),
     .derived = "every region of the spec",
     .doc = "Regions that are enabled in the account. Only opt-in Regions need an act of enabling.",
     .lowers_to = "had::RegionOptIn"},
    {.name = "id",
     .type = PLAIN(ACCOUNT_ID),
     .required = HAD_ONLY_EXISTING,
     .doc =
         "The twelve digits of an account that is there; an account cannot be found by its name."},
    END_ATTRS,
};

const struct had_kind had_kind_account = {
    .name = "account",
    .doc = "An AWS account of the organization. Everything that is built stands in one, and its "
           "deploy role is what builds it.",
    .heads = WORDS("account NAME in ou O", "account NAME in organization O"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = WORDS("ou: the unit in which it stands",
                     "path: names from the organization down to the account, with `/` between",
                     "management: true for the management account",
                     "delegated: services that it administers for the organization"),
    .lowers_to = "Organizations::Account",
    .id_type = PLAIN(ACCOUNT_ID),
    .protect = true,
    .resource = true,
    .section = "Spec and organization",
};
