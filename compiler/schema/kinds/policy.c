#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_ON,
     .slot = "accounts",
     .type = SET_OF(REF("account", "ou", "organization")),
     .required = true,
     .doc = "The accounts in which it stands, the same in each."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "document",
     .type = PLAIN(POLICY),
     .required = HAD_REQUIRED_NEW,
     .doc = "The policy document.",
     .lowers_to = "IAM::ManagedPolicy.PolicyDocument"},
    {.name = "path",
     .type =
         TEXT(1, 512, "(/[A-Za-z0-9.,+@=_-]+)*/", "the path of a policy begins and ends with `/`"),
     .fallback = "/",
     .doc = "Path of the policy in IAM.",
     .lowers_to = "IAM::ManagedPolicy.Path"},
    END_ATTRS,
};

const struct had_kind had_kind_policy = {
    .name = "policy",
    .doc =
        "An IAM policy of your own, the same in several accounts, for permission sets to refer to.",
    .heads = WORDS("policy NAME on ACCOUNTS"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "IAM::ManagedPolicy",
    .resource = true,
    .section = "People's access",
};
