/*
 * A packet simulator over the resource graph that shares no code with the prover: one packet at a
 * time, by hand, from the nodes. It is slow and plain on purpose. Where the network may take
 * several ways, a packet passes only if it passes on each.
 */
#ifndef HAD_TESTS_SIMULATOR_H
#define HAD_TESTS_SIMULATOR_H

#include "graph/graph.h"

struct sim;

struct sim_host {                  /* one end of a flow */
    const struct had_node *node;   /* instance, directory, endpoint, server, subnet */
    const struct had_node *subnet; /* NULL on-premises */
    had_str site;
    bool lets_all; /* a host of a subnet, with a group that lets everything out */
};

struct sim_packet {
    struct sim_host from, to;
    uint32_t source, destination;
    int protocol; /* 6, 17 */
    uint32_t port;
    bool reply;
};

struct sim *sim_new(const struct had_graph *graph);
void sim_free(struct sim *sim);
/* What is gone: a zone by its name, a link by its address, a site by its name; NULL for nothing. */
void sim_lose(struct sim *sim, const char *zone, const char *link, const char *site);
bool sim_passes(struct sim *sim, const struct sim_packet *packet);

/* Every address and port that a rule, route or range of the graph begins or ends with. */
uint32_t sim_addresses(const struct sim *sim, const uint32_t **list);
uint32_t sim_ports(const struct sim *sim, const uint32_t **list);

#endif
