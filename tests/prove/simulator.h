/*
 * A packet simulator over the resource graph that shares no code with the prover: one packet at a
 * time, by hand, from the nodes. It is slow and plain on purpose. Where the network may take
 * several ways, a packet passes only if it passes on each.
 */
#ifndef HAD_TESTS_SIMULATOR_H
#define HAD_TESTS_SIMULATOR_H

#include "graph/graph.h"

struct sim;
typedef const struct had_node *node_t;

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
const struct had_graph *sim_graph(const struct sim *sim);
void sim_free(struct sim *sim);
bool sim_passes(struct sim *sim, const struct sim_packet *packet);

/*
 * What may be gone: zones by their names, links by their addresses, sites by their names, one bit
 * each; 0 for a name that no packet can depend on. Of two accounts that name zones by letters, a
 * letter is lost in both.
 */
enum sim_thing { SIM_ZONE, SIM_LINK, SIM_SITE };
uint64_t sim_bit(const struct sim *sim, enum sim_thing thing, had_str name);
uint64_t sim_zone_bit(const struct sim *sim, node_t subnet);
void sim_lose(struct sim *sim, uint64_t gone);
uint64_t sim_gone(const struct sim *sim);
/* Which things were looked at since the last call: without them, all went as it would have gone. */
uint64_t sim_asked(struct sim *sim);
/* One letter is one zone in every account: without it, nobody knows, and a packet that would pass
 * by that alone is lost. */
void sim_letters_agree(struct sim *sim, bool agree);

/* Every address and port that a rule, route or range of the graph begins or ends with. */
uint32_t sim_addresses(const struct sim *sim, const uint32_t **list);
uint32_t sim_ports(const struct sim *sim, const uint32_t **list);

/* ---- queries.c: what the proofs ask about routes and segments, address by address ---- */
struct sim_answer {
    bool bad;         /* some address is lost, or gets where it must not */
    bool open;        /* something of it nobody can know */
    uint64_t looked;  /* addresses followed */
    had_str at, what; /* of the first that is bad */
};
struct sim_answer sim_routes(struct sim *sim);
struct sim_answer sim_isolation(struct sim *sim);

/* ---- what queries.c needs of simulator.c ---- */
struct sim_net {
    uint32_t base, mask;
    int length;
};
struct sim_choice { /* one of several equally good ways of a gateway's table */
    node_t attachment;
    bool hole;
};
struct sim_row { /* a node, whom it belongs to, and the range that it is about */
    node_t node, of;
    struct sim_net net;
    bool ranged;
};
struct sim_list {
    const char *type;
    struct sim_row *rows;
    uint32_t count;
};
bool sim_row_has(const struct sim_row *row, uint32_t address);
bool sim_net_of(had_str text, struct sim_net *out);
const struct sim_list *sim_list_of(struct sim *sim, const char *type);
/* The ways of the longest and best destination; at most 16; the rank is 0 for stated routes. */
int sim_look(struct sim *sim, node_t table, uint32_t address, struct sim_choice *list, int *rank);
node_t sim_route_table(struct sim *sim, node_t subnet);
node_t sim_route_of(struct sim *sim, node_t subnet, uint32_t address, bool *local);
node_t sim_table_of(struct sim *sim, node_t attachment, node_t tgw);
node_t sim_attachment_of(struct sim *sim, node_t vpc, node_t tgw);
/* The appliance to which a route leads, as far as anybody says. */
node_t sim_device_behind(struct sim *sim, node_t route);
bool sim_accepted(struct sim *sim, node_t peering, const char *property);

/* Every node of a type as `n`, with its row as `n_row`; or those of one owner. */
#define EACH(s, n, type)                                                                           \
    for (const struct sim_list *n##_l = sim_list_of(s, type); n##_l; n##_l = NULL)                 \
        for (uint32_t n##_i = 0; n##_i < n##_l->count; n##_i++)                                    \
            for (const struct sim_row *n##_row = &n##_l->rows[n##_i]; n##_row; n##_row = NULL)     \
                for (node_t n = n##_row->node; n; n = NULL)
#define EACH_OF(s, n, type, owner)                                                                 \
    for (const struct sim_list *n##_l = sim_list_of(s, type); n##_l; n##_l = NULL)                 \
        for (uint32_t n##_i = 0; n##_i < n##_l->count; n##_i++)                                    \
            for (const struct sim_row *n##_row = &n##_l->rows[n##_i];                              \
                 n##_row && n##_row->of == (owner); n##_row = NULL)                                \
                for (node_t n = n##_row->node; n; n = NULL)

#endif
