#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_ON,
     .slot = "hosts",
     .type = LIST_OF(ANY_OF(PLAIN(IP), REF("instance"))),
     .required = true,
     .doc = "Instances or addresses on which it runs; fewer than two is a finding."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "provider",
     .type = TEXT(1, 128, NULL, "the name of a provider has 1 to 128 characters"),
     .required = HAD_REQUIRED,
     .doc = "The other identity provider."},
    {.name = "forest",
     .type = REF("forest", "domain", "directory"),
     .required = HAD_REQUIRED,
     .doc = "The forest that it reads. Its hosts are members of it."},
    END_ATTRS,
};

const struct had_kind had_kind_idp_agent = {
    .name = "idp-agent",
    .doc = "The agent of another identity provider, such as a synchronization with Microsoft Entra "
           "ID. It makes nothing; rules, ports and proofs read it.",
    .heads = WORDS("idp-agent NAME on [INSTANCES or ADDRESSES]"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .no_existing = true,
    .section = "Facts for rules",
};
