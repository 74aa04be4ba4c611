#include "schema/kinds/table.h"

static const struct had_attr attrs[] = {
    {.name = "zones",
     .type = LIST_OF(PLAIN(ZONE)),
     .required = HAD_REQUIRED,
     .doc = "Letters of the Availability Zones in use. Their order numbers the zones for `slice`, "
            "so new ones are only ever appended."},
    {.name = "zone-ids",
     .type =
         MAP_OF(AWS_ID("[a-z]{2,6}[0-9]-az[0-9]{1,2}", "the id of a zone looks like `euw1-az1`")),
     .doc = "Ids of the zones by letter. A letter may mean another zone in another account, an id "
            "never does: where ids are stated, subnets are placed by them and compared across "
            "accounts."},
    {.name = "ranges",
     .type = SET_OF(PLAIN(CIDR)),
     .derived = "the fewest prefixes that cover exactly the spokes of the Region",
     .doc = "The part of the address plan that belongs to the Region: announcements, routes of "
            "spokes, groups of controllers and Active Directory subnets follow it. Stated, it must "
            "hold every spoke of the Region, and no site may overlap it.",
     .lowers_to = "ADReplicationSubnet"},
    {.name = "site",
     .type = PLAIN(SITE_NAME),
     .derived = "the code of the Region",
     .doc = "Active Directory site of the Region. It has the same name in all forests.",
     .lowers_to = "ADReplicationSite, ADReplicationSubnet"},
    END_ATTRS,
};

const struct had_kind had_kind_region = {
    .name = "region",
    .doc = "An AWS Region that the spec uses, with the zones it builds in. It is a fact of the "
           "world and never created.",
    .heads = WORDS("region CODE"),
    .subject = HAD_SUBJECT_DECLARES,
    .subject_type = PLAIN(REGION),
    .clauses = NO_CLAUSES,
    .attrs = attrs,
    .children = NONE,
    .derived = WORDS("country: ISO code of the country in which it stands",
                     "partition: `aws`, `aws-cn`, `aws-us-gov`, …",
                     "opt-in: true where an account must enable the Region first",
                     "hubs: hubs in the Region", "spokes: spokes in the Region"),
    .no_existing = true,
    .section = "Spec and organization",
};
