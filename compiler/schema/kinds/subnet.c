#include "schema/kinds/table.h"

static const struct had_type id = {.base = HAD_TYPE_TEXT,
                                   .pattern = "subnet-[0-9a-f]{8,17}",
                                   .sentence =
                                       "the id of a subnet looks like `subnet-0123456789abcdef0`"};

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "zone",
     .type = PLAIN(ZONE),
     .required = true,
     .doc = "Letter of the Availability Zone in which it stands, one of its Region's `zones`."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "cidr",
     .type = CIDR_BETWEEN(4, 16, 28, "the prefix length of a subnet is 16 to 28"),
     .required = HAD_REQUIRED,
     .doc =
         "Range of the subnet, inside one of the spoke's ranges. AWS keeps five addresses of it.",
     .lowers_to = "EC2::Subnet.CidrBlock"},
    {.name = "ipv6-cidr",
     .type = CIDR_BETWEEN(6, 44, 64, "the prefix length of an IPv6 subnet is 44 to 64"),
     .doc = "IPv6 range of the subnet, inside that of the spoke.",
     .lowers_to = "EC2::Subnet.Ipv6CidrBlock"},
    {.name = "use",
     .type = ONE_OF("hosts", "attachment", "directory", "resolver", "public"),
     .fallback = "hosts",
     .doc = "What it is for. It has no effect of its own but for `attachment`; rules expect other "
            "things of each use."},
    {.name = "share-with",
     .type = SET_OF(SHARE_WITH),
     .derived = "share-with of the spoke",
     .doc = "Who may put things into it.",
     .lowers_to = "RAM::ResourceShare"},
    {.name = "route-table",
     .type =
         AWS_ID("rtb-[0-9a-f]{8,17}", "the id of a route table looks like `rtb-0123456789abcdef0`"),
     .required = HAD_MAY_EXISTING,
     .doc = "Table of an existing subnet to which our routes are added. Without it they are "
            "assumed to be there.",
     .lowers_to = "EC2::Route.RouteTableId"},
    {.name = "public-ip",
     .type = PLAIN(BOOL),
     .fallback = "false",
     .doc = "New hosts get a public address.",
     .lowers_to = "EC2::Subnet.MapPublicIpOnLaunch"},
    ID_ATTR(&id, "Id of the subnet in AWS, `subnet-…`."),
    END_ATTRS,
};

const struct had_kind had_kind_subnet = {
    .name = "subnet",
    .doc = "A part of a spoke's range in one zone. Each has a route table of its own.",
    .heads = WORDS("subnet NAME in zone Z"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = WORDS("route", "nat"),
    .derived = WORDS("routes: all routes of its table", "free: addresses that are left",
                     "owner: the account of its spoke"),
    .lowers_to = "EC2::Subnet, EC2::RouteTable, EC2::SubnetRouteTableAssociation",
    .body_only = true,
    .id_type = &id,
    .resource = true,
    .section = "Spokes",
};
