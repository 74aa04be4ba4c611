#include "schema/kinds/table.h"

static const struct had_type id = {
    .base = HAD_TYPE_TEXT,
    .pattern = "tgw-rtb-[0-9a-f]{8,17}",
    .sentence = "the id of a transit gateway's route table looks like `tgw-rtb-0123456789abcdef0`"};

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "hub",
     .type = REF("hub"),
     .required = true,
     .parent = true,
     .doc = "The hub whose route domain it is."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "reaches",
     .type = SET_OF(REF("segment")),
     .doc = "Segments to whose members the members of this one have routes; itself only if it is "
            "named. It is directed, and a pair stated one way only is a finding. A segment of a "
            "peered hub gives static routes over the peer.",
     .lowers_to = "EC2::TransitGatewayRouteTablePropagation, EC2::TransitGatewayRoute"},
    {.name = "isolate",
     .type = PLAIN(BOOL),
     .fallback = "false",
     .doc = "Black holes for the ranges of its members, so that no wider route leads one member to "
            "another.",
     .lowers_to = "EC2::TransitGatewayRoute.Blackhole"},
    ID_ATTR(&id, "Id of the route table in AWS, `tgw-rtb-…`."),
    END_ATTRS,
};

const struct had_kind had_kind_segment = {
    .name = "segment",
    .doc = "A route domain of a hub. Spokes and links are members of one, and its `reaches` says "
           "whom they find.",
    .heads = WORDS("segment NAME in hub H"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = WORDS("route", "blackhole"),
    .derived = WORDS("members: spokes, links and peers that belong to it"),
    .lowers_to = "EC2::TransitGatewayRouteTable",
    .id_type = &id,
    .resource = true,
    .section = "Hub",
};
