#include "schema/kinds/table.h"

static const struct had_type id = {.base = HAD_TYPE_TEXT,
                                   .pattern = "d-[0-9a-f]{10}",
                                   .sentence =
                                       "the id of a directory is `d-` and 10 hexadecimal digits"};

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "spoke",
     .type = REF("spoke"),
     .required = true,
     .doc = "The spoke in which it stands."},
    {.preposition = HAD_BY,
     .slot = "account",
     .type = REF("account"),
     .doc = "The account that owns it, where the subnets are shared from another."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "domain",
     .type = REF("forest", "domain", "directory"),
     .required = HAD_REQUIRED,
     .doc = "The domain to which it passes requests.",
     .lowers_to = "had::ADConnector.Name"},
    {.name = "subnets",
     .type = SET_BETWEEN(REF("subnet"), 2, 2, "an AD Connector stands in exactly two subnets"),
     .required = HAD_REQUIRED,
     .doc = "The two subnets in which it stands, of two zones.",
     .lowers_to = "had::ADConnector.VpcSettings"},
    {.name = "size",
     .type = ONE_OF("small", "large"),
     .fallback = "small",
     .doc = "How much it can carry.",
     .lowers_to = "had::ADConnector.Size"},
    {.name = "service-account",
     .type = PLAIN(SECRET),
     .required = HAD_REQUIRED,
     .doc = "Account of the domain with which it reads and joins computers.",
     .lowers_to = "had::ADConnector.CustomerUserName"},
    {.name = "dns",
     .type = LIST_OF(PLAIN(IP)),
     .derived = "`dns` of the domain",
     .doc = "Servers that it asks, the preferred first.",
     .lowers_to = "had::ADConnector.CustomerDnsIps"},
    ID_ATTR(&id, "Id of the connector in AWS, `d-…`."),
    END_ATTRS,
};

const struct had_kind had_kind_connector = {
    .name = "connector",
    .doc = "An AD Connector: passes sign-ins and joins of AWS services on to a domain and stores "
           "nothing.",
    .heads = WORDS("connector NAME in spoke S", "connector NAME in spoke S by account A"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "had::ADConnector",
    .id_type = &id,
    .protect = true,
    .resource = true,
    .description =
        DESCRIPTION(0, 128, NULL, "the description of a directory has at most 128 characters"),
    .section = "Directories",
};
