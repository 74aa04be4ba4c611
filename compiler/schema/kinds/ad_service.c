#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "spoke",
     .type = REF("spoke"),
     .required = true,
     .doc = "The spoke in which the service stands."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "type",
     .type = ONE_OF("workspaces", "connect", "quicksight", "workmail", "transfer-family",
                    "rds-sqlserver", "rds-oracle", "rds-mysql", "rds-postgresql", "rds-mariadb",
                    "aurora", "fsx-windows", "client-vpn", "appstream", "chime", "workdocs"),
     .required = HAD_REQUIRED,
     .doc = "Which service it is. Each wants other directories and other directions of trust; the "
            "last two have ended."},
    {.name = "directory",
     .type = REF("directory", "connector", "forest"),
     .required = HAD_REQUIRED,
     .doc = "What it joins or reads."},
    {.name = "subnets",
     .type = SET_OF(REF("subnet")),
     .derived = "all subnets of the spoke",
     .doc = "Where it stands: ports and proofs treat these subnets as members of the domain."},
    END_ATTRS,
};

const struct had_kind had_kind_ad_service = {
    .name = "ad-service",
    .doc = "A service of AWS that uses a directory and is made elsewhere. It makes nothing; rules, "
           "ports and proofs read it.",
    .heads = WORDS("ad-service NAME in spoke S"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .no_existing = true,
    .section = "Facts for rules",
};
