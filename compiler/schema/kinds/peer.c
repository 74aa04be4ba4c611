#include "schema/kinds/table.h"

static const struct had_type id = {
    .base = HAD_TYPE_TEXT,
    .pattern = "(tgw-attach|pcx)-[0-9a-f]{8,17}",
    .sentence = "the id of a peering is `tgw-attach-…` between hubs and `pcx-…` between spokes"};

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_BETWEEN,
     .slot = "ends",
     .type = LIST_BETWEEN(REF("hub", "spoke"), 2, 2, "a peering joins exactly two ends"),
     .required = true,
     .doc = "Two hubs, or two spokes."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "segments",
     .type = SET_BETWEEN(REF("segment"), 0, 2, "a peering has one segment of each of its two hubs"),
     .derived = "the only segment of each hub",
     .doc = "Route domain of each end, of hubs only: traffic from the peer enters it.",
     .lowers_to = "EC2::TransitGatewayRouteTableAssociation"},
    {.name = "dns-support",
     .type = PLAIN(BOOL),
     .fallback = "true",
     .doc = "Between spokes only: names of hosts resolve to private addresses over the peering.",
     .lowers_to = "EC2::VPCPeeringConnection"},
    ID_ATTR(&id, "Id of the peering in AWS: `tgw-attach-…` between hubs, `pcx-…` between spokes."),
    END_ATTRS,
};

const struct had_kind had_kind_peer = {
    .name = "peer",
    .doc = "Joins two hubs, usually of two Regions, or two spokes directly. Routes over it are "
           "static and follow from `reaches`.",
    .heads = WORDS("peer NAME between [hub A, hub B]", "peer NAME between [spoke A, spoke B]"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to =
        "EC2::TransitGatewayPeeringAttachment, EC2::VPCPeeringConnection, had::PeeringAcceptance",
    .id_type = &id,
    .resource = true,
    .section = "Hub",
};
