/* The packets of a flow, there and back, at each edge of what the graph says. */
#include "parties_read.h"

#include <stdio.h>
#include <stdlib.h>

enum { MEMO_ROOM = 4096 };

struct row {
    enum flow flow;
    int protocol;
    uint32_t first, last, edges[MOST_EDGES], edge_count;
};

static struct row rows[256];
static uint32_t row_count;

/* The rows of the facts that hold, by hand from the table. */
static void read_rows(void)
{
    static const struct {
        const char *flow, *when;
        unsigned flows; /* that need the row */
    } needs[] = {
        {"member_dc", "always",
         1 << FLOW_MEMBER | 1 << FLOW_MEMBER_TLS | 1 << FLOW_ADMIN | 1 << FLOW_ADMIN_TLS},
        {"member_dc", "ldaps", 1 << FLOW_MEMBER_TLS | 1 << FLOW_ADMIN_TLS},
        {"member_dc", "administration hosts", 1 << FLOW_ADMIN | 1 << FLOW_ADMIN_TLS},
        {"dc_dc", "always", 1 << FLOW_REPLICATION},
        {"trust", "always", 1 << FLOW_TRUST | 1 << FLOW_TRUST_TLS},
        {"trust", "ldaps", 1 << FLOW_TRUST_TLS},
        {"resolver_outbound", "always", 1 << FLOW_NAMES},
    };
    FILE *file = fopen(HAD_AD_PORTS, "rb");
    char line[4096];
    if (!file) {
        perror(HAD_AD_PORTS);
        exit(2);
    }
    while (fgets(line, sizeof line, file)) {
        char flow[64], way[128], protocol[16], ports[32], purpose[256], when[64];
        unsigned first, last;
        if (sscanf(line, "%63[^\t]\t%127[^\t]\t%15[^\t]\t%31[^\t]\t%255[^\t]\t%63[^\t]\t", flow,
                   way, protocol, ports, purpose, when) != 6)
            continue;
        int number = strcmp(protocol, "tcp") == 0 ? 6 : strcmp(protocol, "udp") == 0 ? 17 : 0;
        int read = sscanf(ports, "%u-%u", &first, &last);
        if (read == 1)
            last = first;
        if (!number || read < 1)
            continue;
        for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
            for (int f = 0; f < FLOW_COUNT; f++)
                if (strcmp(flow, needs[i].flow) == 0 && strcmp(when, needs[i].when) == 0 &&
                    needs[i].flows >> f & 1)
                    rows[row_count++] = (struct row){
                        .flow = (enum flow)f, .protocol = number, .first = first, .last = last};
    }
    fclose(file);
}

/* What of a list lies between two numbers, with the neighbours and the ends. */
static uint32_t edges_between(const uint32_t *list, uint32_t count, uint32_t first, uint32_t last,
                              uint32_t *out)
{
    uint32_t n = 0;
    out[n++] = first;
    for (uint32_t i = 0; i < count; i++)
        for (int d = -1; d <= 1; d++) {
            uint32_t value = list[i] + (uint32_t)d;
            if (value <= out[n - 1] || value >= last)
                continue;
            if (n == MOST_EDGES - 1)
                abort();
            out[n++] = value;
        }
    if (last != first)
        out[n++] = last;
    return n;
}

void party_edges(struct parties *p)
{
    const uint32_t *list;
    uint32_t count = sim_addresses(p->sim, &list);
    p->memo = calloc(MEMO_ROOM, sizeof(struct memo *));
    if (!p->memo)
        abort();
    for (uint32_t i = 0; i < p->count; i++)
        p->list[i].edge_count =
            edges_between(list, count, p->list[i].lo, p->list[i].hi, p->list[i].edges);
    count = sim_ports(p->sim, &list);
    if (!row_count)
        read_rows();
    for (uint32_t i = 0; i < row_count; i++)
        rows[i].edge_count = edges_between(list, count, rows[i].first, rows[i].last, rows[i].edges);
}

static bool every_packet(struct parties *p, const struct party *from, const struct party *to,
                         enum flow flow)
{
    uint32_t replies[MOST_EDGES], reply_count, count;
    const uint32_t *list;
    count = sim_ports(p->sim, &list);
    reply_count = edges_between(list, count, from->low_port, 65535, replies);
    for (uint32_t s = 0; s < from->edge_count; s++)
        for (uint32_t d = 0; d < to->edge_count; d++) {
            struct sim_packet there = {.from = from->end,
                                       .to = to->end,
                                       .source = from->edges[s],
                                       .destination = to->edges[d]};
            struct sim_packet back = {.from = to->end,
                                      .to = from->end,
                                      .source = to->edges[d],
                                      .destination = from->edges[s],
                                      .reply = true};
            bool answered[2] = {false, false}; /* TCP, UDP */
            for (uint32_t r = 0; r < row_count; r++) {
                if (rows[r].flow != flow)
                    continue;
                there.protocol = back.protocol = rows[r].protocol;
                for (uint32_t i = 0; i < rows[r].edge_count; i++) {
                    there.port = rows[r].edges[i];
                    p->packets++;
                    if (!sim_passes(p->sim, &there))
                        return false;
                }
                /* Replies go to a port of the asker's, whichever port it asked. */
                for (uint32_t i = 0; i < reply_count && !answered[rows[r].protocol == 17]; i++) {
                    back.port = replies[i];
                    p->packets++;
                    if (!sim_passes(p->sim, &back))
                        return false;
                }
                answered[rows[r].protocol == 17] = true;
            }
        }
    return true;
}

/* An answer, the things that were looked at for it, and which of those were gone. */
struct memo {
    uint32_t from, to;
    enum flow flow;
    uint64_t asked, gone;
    bool passes;
    struct memo *next;
};

void party_forget(struct parties *p)
{
    for (uint32_t i = 0; p->memo && i < MEMO_ROOM; i++)
        for (struct memo *m = p->memo[i], *next; m; m = next) {
            next = m->next;
            free(m);
        }
    free(p->memo);
}

bool parties_pass(struct parties *p, uint32_t from, uint32_t to, enum flow flow)
{
    struct memo **slot =
        p->memo + ((from * MOST_PARTIES + to) * FLOW_COUNT + (uint32_t)flow) % MEMO_ROOM;
    uint64_t gone = sim_gone(p->sim);
    for (struct memo *m = *slot; m && !p->forget; m = m->next)
        if (m->from == from && m->to == to && m->flow == flow && (gone & m->asked) == m->gone) {
            p->reused++;
            return m->passes;
        }
    sim_asked(p->sim);
    p->walked++;
    bool passes = every_packet(p, &p->list[from], &p->list[to], flow);
    uint64_t asked = sim_asked(p->sim);
    if (p->forget)
        return passes;
    struct memo *m = malloc(sizeof *m);
    if (!m)
        abort();
    *m = (struct memo){from, to, flow, asked, gone & asked, passes, *slot};
    *slot = m;
    return passes;
}
