/* Self-managed Active Directory: a forest and the domains below its root. */
#include "schema/kinds/table.h"

/* What forest and domain say alike. */
#define NETBIOS_ATTR                                                                               \
    {                                                                                              \
        .name = "netbios", .type = PLAIN(NETBIOS),                                                 \
        .derived = "the first label of the root, in capitals",                                     \
        .doc = "NetBIOS name, as it stands before the `\\` of an account name.",                   \
        .lowers_to = "ADDomain.DomainNetBiosName"                                                  \
    }
#define SITES_ATTR                                                                                 \
    {                                                                                              \
        .name = "sites", .type = SET_OF(REF("site")), .required = HAD_ONLY_EXISTING,               \
        .doc = "On-premises sites where its own controllers are."                                  \
    }
#define JOIN_AS_ATTR                                                                               \
    {                                                                                              \
        .name = "join-as", .type = PLAIN(SECRET),                                                  \
        .doc = "Account that may promote controllers and create sites. An existing one with "      \
               "controllers of "                                                                   \
               "ours needs it.",                                                                   \
        .lowers_to = "ADDomainController.Credential"                                               \
    }
#define OUS_ATTR                                                                                   \
    {                                                                                              \
        .name = "ous", .type = SET_OF(PLAIN(DN)), .doc = "Organizational units that shall exist.", \
        .lowers_to = "ADOrganizationalUnit"                                                        \
    }

static const struct had_attr forest_attrs[] = {
    {.name = "root",
     .type = AD_DOMAIN,
     .required = HAD_REQUIRED,
     .doc = "Name of the root domain, which is also the name of the forest.",
     .lowers_to = "ADDomain.DomainName"},
    NETBIOS_ATTR,
    {.name = "level",
     .type = ONE_OF("2008r2", "2012", "2012r2", "2016", "2025"),
     .fallback = "2016",
     .doc = "Functional level of the forest; controllers of older systems cannot be in it.",
     .lowers_to = "ADForestFunctionalLevel"},
    SITES_ATTR,
    JOIN_AS_ATTR,
    {.name = "safe-mode",
     .type = PLAIN(SECRET),
     .derived = "a secret `had/FOREST/safe-mode` that Secrets Manager generates and nobody sees",
     .doc = "Password for restoring a controller's directory. It is never that of the promotion.",
     .lowers_to = "SecretsManager::Secret"},
    {.name = "administer-as",
     .type = PLAIN(SECRET),
     .derived = "join-as",
     .doc = "Account that creates sites, subnets and site links.",
     .lowers_to = "ADReplicationSite.PsDscRunAsCredential"},
    {.name = "dns",
     .type = LIST_OF(PLAIN(IP)),
     .derived = "its controllers in AWS, then `dns` of its sites",
     .doc = "DNS servers that answer for it, the preferred first."},
    OUS_ATTR,
    {.name = "suffixes",
     .type = SET_OF(PLAIN(DOMAIN)),
     .doc = "Further suffixes of user principal names.",
     .lowers_to = "ADForestProperties"},
    END_ATTRS,
};

const struct had_kind had_kind_forest = {
    .name = "forest",
    .doc = "A self-managed Active Directory forest, usually `existing` on-premises and extended by "
           "controllers in AWS. Its root domain is the forest itself; child domains are written in "
           "its body.",
    .heads = WORDS("forest NAME"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = NO_CLAUSES,
    .attrs = forest_attrs,
    .children = WORDS("domain", "controller", "password-policy", "group"),
    .derived =
        WORDS("domains: its domains, the root first", "regions: Regions with a controller of it"),
    .lowers_to = "ADDomain",
    .protect = true,
    .resource = true,
    .section = "Directories",
};

static const struct had_clause_spec domain_clauses[] = {
    {.preposition = HAD_IN,
     .slot = "in",
     .type = REF("forest", "domain"),
     .required = true,
     .parent = true,
     .doc = "The forest, or the domain above it."},
    END_CLAUSES,
};

static const struct had_attr domain_attrs[] = {
    {.name = "root",
     .type = AD_DOMAIN,
     .required = HAD_REQUIRED,
     .doc = "Name of the domain, below that of its parent.",
     .lowers_to = "ADDomain.DomainName"},
    NETBIOS_ATTR,
    {.name = "level",
     .type = ONE_OF("2008r2", "2012", "2012r2", "2016", "2025"),
     .fallback = "2016",
     .doc = "Functional level of the domain, at least that of the forest.",
     .lowers_to = "ADDomainFunctionalLevel"},
    SITES_ATTR,
    JOIN_AS_ATTR,
    {.name = "dns",
     .type = LIST_OF(PLAIN(IP)),
     .derived = "its controllers in AWS, then `dns` of its sites",
     .doc = "DNS servers that answer for it, the preferred first."},
    OUS_ATTR,
    END_ATTRS,
};

const struct had_kind had_kind_domain = {
    .name = "domain",
    .doc = "A child domain of a forest.",
    .heads = WORDS("domain NAME in forest F", "domain NAME in domain M"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = domain_clauses,
    .attrs = domain_attrs,
    .children = WORDS("controller", "domain", "password-policy", "group"),
    .derived =
        WORDS("forest: the forest that holds it", "regions: Regions with a controller of it"),
    .lowers_to = "ADDomain",
    .protect = true,
    .resource = true,
    .section = "Directories",
};
