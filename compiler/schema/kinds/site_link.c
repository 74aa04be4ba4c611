#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_BETWEEN,
     .slot = "ends",
     .type = SET_BETWEEN(REF("site", "region"), 2, 0, "a site link joins two places or more"),
     .required = true,
     .doc = "The sites and Regions that it joins, two or more."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "forests",
     .type = SET_OF(REF("forest")),
     .derived = "forests of ours, and existing ones that have the sites",
     .doc = "Forests in which the link exists.",
     .lowers_to = "ADReplicationSiteLink"},
    {.name = "cost",
     .type = INT(1, 99999, "the cost of a site link is 1 to 99999"),
     .fallback = "100",
     .doc = "Cost of the link; replication and clients prefer the cheaper way.",
     .lowers_to = "ADReplicationSiteLink.Cost"},
    {.name = "interval",
     .type = SECONDS(900, 604800, "sites replicate every 15m to 7d"),
     .fallback = "15m",
     .doc = "How often controllers at the two ends replicate. Fifteen minutes is the shortest.",
     .lowers_to = "ADReplicationSiteLink.ReplicationFrequencyInMinutes"},
    {.name = "notify",
     .type = PLAIN(BOOL),
     .fallback = "true",
     .doc = "Change notification: changes travel at once and do not wait for the interval.",
     .lowers_to = "ADReplicationSiteLink.OptionChangeNotification"},
    END_ATTRS,
};

const struct had_kind had_kind_site_link = {
    .name = "site-link",
    .doc = "The way by which Active Directory replicates between places. Where a spec has none, "
           "one is derived for each site with a link and each Region.",
    .heads = WORDS("site-link NAME between [site A, region R]"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "ADReplicationSiteLink",
    .no_existing = true,
    .resource = true,
    .section = "On-premises and links",
};
