/* Routes that are written down: to a target, or into nothing. */
#include "schema/kinds/table.h"

static const struct had_clause_spec route_clauses[] = {
    {.preposition = HAD_IN,
     .slot = "in",
     .type = REF("segment", "spoke", "subnet"),
     .required = true,
     .parent = true,
     .doc = "The place: a segment, a spoke (all its subnets but those of the attachment) or one "
            "subnet."},
    {.preposition = HAD_TO,
     .slot = "to",
     .type =
         ANY_OF(ONE_OF("internet", "egress-only"),
                REF("spoke", "link", "peer", "direct-connect-gateway", "hub", "nat", "appliance")),
     .required = true,
     .doc = "The target: in a segment a spoke, link, peer or Direct Connect gateway; elsewhere a "
            "hub, peer, NAT gateway, appliance, `internet` or `egress-only`."},
    END_CLAUSES,
};

const struct had_kind had_kind_route = {
    .name = "route",
    .doc = "A route that is written down. It adds to the derived ones, and replaces the one with "
           "the same range and those that it covers with the same target.",
    .heads = WORDS("route CIDR in segment S to TARGET", "route CIDR in spoke P to TARGET",
                   "route CIDR in subnet T to TARGET"),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type =
        ANY_OF(PLAIN(CIDR), AWS_ID("pl-[0-9a-f]{8,17}",
                                   "the id of a prefix list looks like `pl-0123456789abcdef0`")),
    .clauses = route_clauses,
    .attrs = NO_ATTRS,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "EC2::Route, EC2::TransitGatewayRoute",
    .no_existing = true,
    .multiplies = true,
    .section = "Hub",
};

static const struct had_clause_spec blackhole_clauses[] = {
    {.preposition = HAD_IN,
     .slot = "segment",
     .type = REF("segment"),
     .required = true,
     .parent = true,
     .doc = "The segment whose members shall not reach the range."},
    END_CLAUSES,
};

const struct had_kind had_kind_blackhole = {
    .name = "blackhole",
    .doc = "A range that the members of a segment never reach, whatever wider routes say.",
    .heads = WORDS("blackhole CIDR in segment S"),
    .subject = HAD_SUBJECT_VALUE,
    .subject_type = PLAIN(CIDR),
    .clauses = blackhole_clauses,
    .attrs = NO_ATTRS,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "EC2::TransitGatewayRoute.Blackhole",
    .no_existing = true,
    .multiplies = true,
    .section = "Hub",
};
