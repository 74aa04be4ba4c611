/*
 * What the prover says of pairs of hosts, for a lab with real packets: prove_pairs random SEED FILE
 * [sound] writes a random foundation; prove_pairs PAIRS SEED SPEC [LOSSES] prints, as JSON, hosts
 * with one address each, and for pairs of them which rows of the ports pass there and back, at
 * those addresses: as all stands, and without some of the things that may fail.
 */
#include "driver/compile.h"
#include "prove/internal.h"
#include "random_spec.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_HOSTS = 512, MOST_PAIRS = 256 };

struct pair {
    uint32_t from, to;
    const char *flow;
};

struct lab {
    struct had_proof *proof;
    struct had_model *m;
    struct random r;
    uint32_t address[MOST_HOSTS];
    bool used[MOST_HOSTS];
    struct pair pairs[MOST_PAIRS];
    uint32_t count;
};

static json_t *text(had_str s)
{
    return json_stringn(s.ptr ? s.ptr : "", s.len);
}

/* An address of the host that no other has. */
static void place(struct lab *lab, uint32_t host)
{
    const struct had_mhost *h = &lab->m->hosts.items[host];
    for (uint32_t tries = 0;; tries++) {
        uint32_t room = h->at.hi - h->at.lo;
        uint32_t a =
            room ? h->at.lo + 4 + random_below(&lab->r, room > 8 ? room - 8 : 1) : h->at.lo;
        bool taken = false;
        for (uint32_t i = 0; i < lab->m->hosts.count; i++)
            taken |= i != host && (lab->used[i] ? lab->address[i] == a
                                                : lab->m->hosts.items[i].at.lo == a &&
                                                      lab->m->hosts.items[i].at.hi == a);
        if (!taken || !room || tries > 100) {
            lab->address[host] = a;
            lab->used[host] = true;
            return;
        }
    }
}

static json_t *host_json(const struct lab *lab, uint32_t number)
{
    const struct had_mhost *h = &lab->m->hosts.items[number];
    json_t *o = json_object();
    json_object_set_new(o, "number", json_integer(number));
    json_object_set_new(o, "name", text(h->name));
    json_object_set_new(o, "node", text(h->node->address));
    json_object_set_new(o, "address", text(had_ip4_text(lab->m->arena, lab->address[number])));
    json_object_set_new(o, "subnet",
                        h->subnet == HAD_NOTHING
                            ? json_null()
                            : text(lab->m->subnets.items[h->subnet].node->address));
    json_object_set_new(
        o, "site", h->site == HAD_NOTHING ? json_null() : text(lab->m->sites.items[h->site].name));
    json_object_set_new(o, "low_port", json_integer(h->low_port));
    json_object_set_new(o, "open", json_boolean(h->open));
    return o;
}

static json_t *pair_json(struct lab *lab, const struct had_scenario *s, const struct pair *pair)
{
    uint32_t from = pair->from, to = pair->to;
    struct had_model *m = lab->m;
    struct had_packet p = {.from = from,
                           .to = to,
                           .source = lab->address[from],
                           .destination = lab->address[to],
                           .ports = had_flow_ports(m, pair->flow)};
    struct had_packet q = {.from = to,
                           .to = from,
                           .source = p.destination,
                           .destination = p.source,
                           .ports = p.ports,
                           .reply = true};
    struct had_trace there = {0}, back = {0};
    bool dead = had_host_dead(m, s, from) || had_host_dead(m, s, to);
    if (!dead)
        had_walk(m, s, &p, &there);
    if (!dead)
        had_walk(m, s, &q, &back);
    json_t *o = json_object(), *rows = json_array();
    for (uint32_t bit = 0; bit < m->port_count; bit++) {
        if (!(p.ports >> bit & 1))
            continue;
        bool passes = there.ports >> bit & back.ports >> bit & 1;
        json_array_append_new(rows, json_pack("{s:i, s:i, s:i, s:b}", "protocol",
                                              (int)m->ports[bit].protocol, "first",
                                              (int)m->ports[bit].first, "last",
                                              (int)m->ports[bit].last, "passes", (int)passes));
    }
    json_object_set_new(o, "from", json_integer(from));
    json_object_set_new(o, "to", json_integer(to));
    json_object_set_new(o, "assumed", json_boolean((there.assumed | back.assumed) != 0));
    json_object_set_new(o, "reason",
                        json_string(dead           ? "HOST_IS_GONE"
                                    : there.reason ? there.reason
                                    : back.reason  ? back.reason
                                                   : ""));
    json_object_set_new(o, "rows", rows);
    return o;
}

static json_t *pairs_json(struct lab *lab, const struct had_scenario *s)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < lab->count; i++)
        json_array_append_new(list, pair_json(lab, s, &lab->pairs[i]));
    return list;
}

/* Whether one endpoint asks another. */
static bool by_chain(struct lab *lab, const struct had_need *n)
{
    had_each(const uint32_t, a, &lab->m->vpcs.items[n->vpc].rules) {
        const struct had_mdns_rule *rule =
            &lab->m->rules.items[lab->m->associations.items[*a].rule];
        had_targets targets = {0};
        had_model_targets(lab->m, rule, &targets);
        had_each(const struct had_mtarget, t, &targets)
            if (t->resolver != HAD_NOTHING ||
                (t->address && had_model_host_at(lab->m, t->address) != HAD_NOTHING &&
                 lab->m->hosts.items[had_model_host_at(lab->m, t->address)].kind ==
                     HAD_HOST_RESOLVER))
                return true;
    }
    return false;
}

/* Without a loss every target must answer every address that asks; with one, one of each. */
static json_t *names_json(struct lab *lab, const struct had_scenario *s)
{
    json_t *names = json_array();
    had_each(const struct had_need, n, &lab->proof->needs) {
        uint64_t assumed = 0;
        had_str domain = lab->m->domains.items[n->domain].name;
        bool good = had_resolves(lab->proof, s, n->vpc, domain, !s, &assumed, NULL);
        json_t *o = json_object();
        json_object_set_new(o, "vpc", text(lab->m->vpcs.items[n->vpc].node->address));
        json_object_set_new(o, "domain", text(domain));
        json_object_set_new(o, "resolves", json_boolean(good));
        json_object_set_new(o, "assumed", json_boolean(assumed != 0));
        json_object_set_new(o, "by_servers",
                            json_boolean(lab->m->vpcs.items[n->vpc].dns.count != 0));
        json_object_set_new(o, "by_chain", json_boolean(by_chain(lab, n)));
        json_array_append_new(names, o);
    }
    return names;
}

/* One thing that may fail: what it takes away, and what is left. */
static json_t *loss_json(struct lab *lab, const struct had_element *e)
{
    const struct had_model *m = lab->m;
    struct had_arena *a = lab->proof->arena;
    uint8_t *zones = had_new_n(a, uint8_t, m->zone_names.count + 1);
    uint8_t *hosts = had_new_n(a, uint8_t, m->hosts.count + 1);
    uint8_t *links = had_new_n(a, uint8_t, m->links.count + 1);
    uint8_t *sites = had_new_n(a, uint8_t, m->sites.count + 1);
    struct had_scenario s = {zones, hosts, links, sites};
    json_t *o = json_object(), *lists[4];
    static const char *const names[] = {"zones", "hosts", "links", "sites"};
    for (int i = 0; i < 4; i++)
        json_object_set_new(o, names[i], lists[i] = json_array());
    had_each(const uint32_t, n, &e->of) {
        switch (e->kind) {
        case HAD_FAILS_ZONE:
            zones[*n] = 1;
            json_array_append_new(lists[0], text(m->zone_names.items[*n].by_id
                                                     ? m->zone_names.items[*n].name
                                                     : m->zone_names.items[*n].letter));
            break;
        case HAD_FAILS_CONTROLLER:
        case HAD_FAILS_ADDRESS:
            hosts[*n] = 1;
            json_array_append_new(lists[1], json_integer(*n));
            break;
        case HAD_FAILS_LINK:
        case HAD_FAILS_LOCATION:
        case HAD_FAILS_DEVICE:
            links[*n] = 1;
            json_array_append_new(lists[2], text(m->links.items[*n].name));
            break;
        case HAD_FAILS_SITE:
            sites[*n] = 1;
            json_array_append_new(lists[3], text(m->sites.items[*n].name));
            break;
        case HAD_FAILS_TUNNEL: /* the other one carries all */
            break;
        }
    }
    json_object_set_new(o, "what", text(e->name));
    json_object_set_new(o, "pairs", pairs_json(lab, &s));
    json_object_set_new(o, "names", names_json(lab, &s));
    return o;
}

static int pairs(uint32_t count, uint64_t seed, const char *path, uint32_t losses)
{
    static const char *const flows[] = {"member_dc", "dc_dc", "trust", "resolver_outbound"};
    struct had_compilation c;
    had_compile(&c, &(struct had_compile_options){.path = had_str_c(path), .stop_after = "lower"});
    if (!c.graph || !c.graph->finished || c.diags.errors) {
        had_compilation_free(&c);
        return 3; /* refused */
    }
    struct lab *lab = calloc(1, sizeof *lab);
    if (!lab)
        return 2;
    lab->r.state = seed;
    lab->proof = had_prove(&c.arena, c.graph, &(struct had_prove_options){.failures = 0});
    struct had_model *m = lab->m = lab->proof->model;
    json_t *root = json_object(), *hosts = json_array(), *gone = json_array();
    if (m->hosts.count > 1 && m->hosts.count <= MOST_HOSTS) {
        /* Resolver addresses first: names are asked from all of them. */
        for (uint32_t h = 0; h < m->hosts.count; h++)
            if (m->hosts.items[h].kind == HAD_HOST_RESOLVER || m->hosts.items[h].controller)
                place(lab, h);
        for (uint32_t i = 0; i < count && lab->count < MOST_PAIRS; i++) {
            uint32_t from = random_below(&lab->r, m->hosts.count);
            uint32_t to = random_below(&lab->r, m->hosts.count);
            if (m->domains.count && random_chance(&lab->r, 60)) {
                const had_indexes *dcs =
                    &m->domains.items[random_below(&lab->r, m->domains.count)].controllers;
                if (dcs->count)
                    to = dcs->items[random_below(&lab->r, dcs->count)];
            }
            if (from == to || m->hosts.items[to].open)
                continue;
            if (!lab->used[from])
                place(lab, from);
            if (!lab->used[to])
                place(lab, to);
            lab->pairs[lab->count++] = (struct pair){from, to, flows[random_below(&lab->r, 4)]};
        }
        for (uint32_t h = 0; h < m->hosts.count; h++)
            if (lab->used[h])
                json_array_append_new(hosts, host_json(lab, h));
    }
    json_object_set_new(root, "hosts", hosts);
    json_object_set_new(root, "pairs", pairs_json(lab, NULL));
    json_object_set_new(root, "names", names_json(lab, NULL));
    for (uint32_t i = 0; i < losses && m->elements.count; i++) {
        const struct had_element *e = &m->elements.items[random_below(&lab->r, m->elements.count)];
        if (e->kind != HAD_FAILS_TUNNEL && lab->count)
            json_array_append_new(gone, loss_json(lab, e));
    }
    json_object_set_new(root, "losses", gone);
    char *plain = json_dumps(root, JSON_INDENT(1));
    puts(plain ? plain : "{}");
    free(plain);
    json_decref(root);
    free(lab);
    had_compilation_free(&c);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 4 && argc != 5)
        return 2;
    uint64_t seed = strtoull(argv[2], NULL, 10);
    if (strcmp(argv[1], "random") != 0)
        return pairs((uint32_t)strtoul(argv[1], NULL, 10), seed, argv[3],
                     argc == 5 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0);
    struct had_buffer b = {0};
    random_spec(&b, &(struct random){seed}, argc == 5 && strcmp(argv[4], "sound") == 0);
    FILE *file = fopen(argv[3], "wb");
    bool good = file && fwrite(b.ptr, 1, b.len, file) == b.len && fclose(file) == 0;
    had_buffer_free(&b);
    return good ? 0 : 2;
}
