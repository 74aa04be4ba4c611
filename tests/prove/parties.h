/*
 * Who talks to whom in a graph, read by hand from its nodes: members, controllers, servers,
 * addresses of endpoints; who must reach whom at which ports, which names must resolve where, and
 * in which site each member is. It shares no code with the prover; packets are the simulator's.
 */
#ifndef HAD_TESTS_PARTIES_H
#define HAD_TESTS_PARTIES_H

#include "simulator.h"

enum { MOST_PARTIES = 320, MOST_EDGES = 64, MOST_TARGETS = 16 };

enum flow { /* rows of the port facts, by flow and condition */
            FLOW_MEMBER,
            FLOW_MEMBER_TLS,
            FLOW_ADMIN,
            FLOW_ADMIN_TLS,
            FLOW_REPLICATION,
            FLOW_TRUST,
            FLOW_TRUST_TLS,
            FLOW_NAMES,
            FLOW_COUNT
};

struct party {
    struct sim_host end;
    char name[160];
    had_str domain, site; /* joined or served; site of the directory, of a controller */
    uint32_t lo, hi, low_port;
    bool member, controller, server, answers_dns, administers;
    const struct had_node *owner; /* directory, endpoint; else NULL */
    uint32_t edges[MOST_EDGES], edge_count;
};

struct must_reach { /* R2 */
    uint32_t from, to;
    enum flow flow;
};

enum fate { FATE_ASKS, FATE_HOLDS, FATE_FAILS };

struct target {
    enum fate fate;
    uint32_t party;
    int again; /* an inbound endpoint asks on: question; else -1 */
};
struct question { /* R3: a name in a VPC */
    const struct had_node *vpc;
    had_str name;
    enum fate fate;
    bool needed;  /* else only asked on the way of another */
    bool by_each; /* by every machine itself, not by an endpoint for all */
    uint32_t from[MOST_TARGETS], from_count;
    struct target targets[MOST_TARGETS];
    uint32_t target_count;
};

enum site_fate { SITE_GOOD, SITE_BAD, SITE_OPEN, SITE_NOT_ASKED };

struct parties {
    struct sim *sim;
    struct party list[MOST_PARTIES];
    uint32_t count;
    struct must_reach *partners;
    uint32_t partner_count, partner_room;
    struct question questions[128];
    uint32_t question_count;
    bool gone[MOST_PARTIES]; /* by itself, or with its zone or site */
    uint64_t packets, walked, reused;
    bool forget;        /* walk each flow anew with every loss */
    struct memo **memo; /* answers to flows, by pair */
};

struct parties *parties_new(struct sim *sim);
void parties_free(struct parties *p);

/* Every packet of the flow, there and back, between any two addresses of the two. */
bool parties_pass(struct parties *p, uint32_t from, uint32_t to, enum flow flow);
/* Serves the domain, or is a member of it. */
bool party_of(const struct party *party, had_str domain);
enum flow party_flow(const struct parties *p, uint32_t member);
/* A controller that is there and reaches the member on each port; or MOST_PARTIES. */
uint32_t parties_served(struct parties *p, uint32_t member);
bool parties_resolve(struct parties *p, const struct question *q, int depth);
/* The site of a member, empty if none or two; and whether one of its controllers in the Region
 * serves it. */
enum site_fate parties_site(struct parties *p, uint32_t member, had_str *site);
bool parties_near(struct parties *p, uint32_t member, had_str site, bool *open);

#endif
