#include "schema/kinds/table.h"

static const struct had_attr attrs[] = {
    {.name = "name",
     .type = PLAIN(SITE_NAME),
     .derived = "the declared name",
     .doc = "Name of the site in Active Directory. Forests that we make get it; in existing "
            "forests it is there already.",
     .lowers_to = "ADReplicationSite, ADReplicationSubnet"},
    {.name = "ranges",
     .type = SET_OF(PLAIN(CIDR)),
     .doc = "Addresses on this site: routes, Active Directory subnets and security groups follow "
            "them. A site without ranges is a finding."},
    {.name = "dns",
     .type = LIST_OF(PLAIN(IP)),
     .doc = "DNS servers on the site. Each of them answers for all forests of the site."},
    {.name = "controllers",
     .type = MAP_OF(PLAIN(IP)),
     .doc = "Domain controllers on the site, name and address. Firewall ports, trusts and "
            "replication partners follow them."},
    {.name = "country",
     .type =
         TEXT(2, 2, "[A-Z]{2}", "a country is its ISO code of two capital letters, such as `IE`"),
     .doc = "ISO code of the country in which the site stands, for rules of residency."},
    END_ATTRS,
};

const struct had_kind had_kind_site = {
    .name = "site",
    .doc = "An on-premises place with its network and its domain controllers, as Active Directory "
           "knows it. Nothing of it is created in AWS.",
    .heads = WORDS("site NAME"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = NO_CLAUSES,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "had::OnPremisesSite, had::OnPremisesServer",
    .no_existing = true,
    .section = "On-premises and links",
};
