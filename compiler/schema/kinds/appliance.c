#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "spoke",
     .type = REF("spoke"),
     .required = true,
     .parent = true,
     .doc = "The spoke in which its interfaces are."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "subnets",
     .type = SET_OF(REF("subnet")),
     .required = HAD_REQUIRED,
     .doc = "The subnets in which its interfaces are."},
    {.name = "endpoints",
     .type = MAP_OF(AWS_ID("(vpce|eni)-[0-9a-f]{8,17}",
                           "an endpoint of an appliance is a Gateway Load Balancer endpoint, "
                           "`vpce-…`, or a network interface, `eni-…`")),
     .doc = "Targets of routes, by zone: endpoint or interface of the appliance there. Without "
            "them a `route to` it is assumed to exist and not written.",
     .lowers_to = "EC2::Route.VpcEndpointId, EC2::Route.NetworkInterfaceId"},
    END_ATTRS,
};

const struct had_kind had_kind_appliance = {
    .name = "appliance",
    .doc = "A firewall or another device that inspects traffic, made elsewhere. `allow` and `deny` "
           "say what it does: `deny` wins, their order is nothing, and without any of them the "
           "proofs assume that it forwards everything, and say so.",
    .heads = WORDS("existing appliance NAME in spoke S"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = WORDS("allow", "deny"),
    .derived = NONE,
    .only_existing = true,
    .resource = true,
    .section = "On-premises and links",
};
