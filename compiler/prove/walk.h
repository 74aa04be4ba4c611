/*
 * A packet's way through the model. It is walked for one source and one destination address and a
 * set of ports at once; where the network may take several ways, all of them must deliver.
 */
#ifndef HAD_PROVE_WALK_H
#define HAD_PROVE_WALK_H

#include "prove/model.h"

/* Which things are gone: one byte each, or NULL for none. */
struct had_scenario {
    const uint8_t *zones, *hosts, *links, *sites;
};

struct had_packet {
    uint32_t from, to; /* hosts */
    uint32_t source, destination;
    uint64_t ports; /* rows of the port facts that are asked for */
    bool reply;     /* comes back to a port that the far end has chosen */
};

struct had_hop {
    const struct had_node *at, *matched;
};

struct had_trace {
    uint64_t ports;     /* those that arrive */
    uint64_t assumed;   /* bits of assumptions that the way rests on */
    uint64_t devices;   /* bits of appliances on the way, by number modulo 64 */
    bool far;           /* leaves the Region */
    const char *reason; /* why the first of the others do not; NULL if all arrive */
    const struct had_node *at, *matched; /* where, and by which route or rule */
    uint64_t lost;                       /* the ports that are lost there */
    bool record;
    had_array(struct had_hop) hops; /* with `record`: of the first way, up to the loss */
};

void had_walk(struct had_model *model, const struct had_scenario *scenario,
              const struct had_packet *packet, struct had_trace *trace);

/* Ports of a mask that a network ACL lets pass. */
uint64_t had_acl_ports(struct had_model *model, uint32_t acl, bool out, uint32_t address,
                       const struct had_packet *packet, uint64_t ports, uint64_t *assumed,
                       const struct had_node **denied);
/* Ports of a mask that the groups of a host let pass: in from `peer`, or out to it. */
uint64_t had_group_ports(struct had_model *model, uint32_t host, bool out, uint32_t address,
                         uint32_t peer, uint64_t ports, uint64_t *assumed);

/* Longest prefix in a table of a transit gateway that holds the address; HAD_NOTHING if none. */
uint32_t had_tgw_lookup(const struct had_mtgw_table *table, uint32_t address);
/* Longest route of a subnet's table; NULL and *local for the VPC's own ranges; NULL: none. */
const struct had_mroute *had_vpc_lookup(const struct had_model *model, uint32_t subnet,
                                        uint32_t address, bool *local);
bool had_link_alive(const struct had_scenario *scenario, const struct had_model *model,
                    uint32_t link);

#endif
