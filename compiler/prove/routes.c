/* R6: no route leads in a circle or into nothing. R7: segments reach what they state, and no more.
 */
#include "prove/internal.h"

#include <stdlib.h>
#include <string.h>

static uint32_t end_of(struct had_net4 net)
{
    return net.length >= 32 ? net.base : net.base | (UINT32_MAX >> net.length);
}

static bool meets(struct had_net4 a, struct had_net4 b)
{
    return had_net4_holds(a, b.base) || had_net4_holds(b, a.base);
}

static bool meets_any(const had_nets4 *nets, struct had_net4 net)
{
    had_each(const struct had_net4, n, nets)
        if (meets(*n, net))
            return true;
    return false;
}

/* Whether a table has any way for some address of the range. */
static bool leads(const struct had_mtgw_table *table, struct had_net4 net)
{
    uint32_t at = had_tgw_lookup(table, net.base);
    if (at != HAD_NOTHING)
        return true;
    uint32_t low = 0, high = table->prefixes.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table->prefixes.items[middle].net.base < net.base)
            low = middle + 1;
        else
            high = middle;
    }
    return low < table->prefixes.count && table->prefixes.items[low].net.base <= end_of(net);
}

static void refute(struct had_proof *proof, enum had_query_id id, had_str from, had_str to,
                   const char *reason, const struct had_node *at, const struct had_node *matched,
                   had_str repair)
{
    const struct had_node *place = matched ? matched : at;
    had_refute(proof, id,
               (struct had_counterexample){.from = from,
                                           .to = to,
                                           .protocol = "",
                                           .reason = reason,
                                           .at = at,
                                           .matched = matched,
                                           .span = place->origin->span,
                                           .repair = repair});
}

/* ---- R6: routes of subnets ---- */

/*
 * Whether somebody of the range is meant to be reached from the table: a network whose segment the
 * policy names. A Region's whole range is routed to the hub, and what the segment does not reach
 * ends there as it should.
 */
static bool meant(struct had_proof *proof, uint32_t table, struct had_net4 net)
{
    const struct had_model *m = proof->model;
    const struct had_mtgw_table *t = &m->tgw_tables.items[table];
    had_each(const struct had_mattachment, a, &m->attachments) {
        bool there = false;
        if (a->tgw != t->tgw || a->table == HAD_NOTHING)
            continue;
        if (a->kind == HAD_ATTACHED_VPC && a->vpc != HAD_NOTHING)
            there = meets_any(&m->vpcs.items[a->vpc].ranges, net);
        for (uint32_t l = 0; l < m->links.count && !there; l++) {
            const struct had_mlink *link = &m->links.items[l];
            if (a->kind == HAD_ATTACHED_DX ? link->gateway != a->gateway || link->vpn
                                           : a->kind != HAD_ATTACHED_VPN || a->link != l)
                continue;
            had_each(const struct had_mlearned, p, &link->learned)
                there |= meets(p->net, net);
        }
        if (!there)
            continue;
        if (!t->policy)
            return true;
        had_each(const uint32_t, r, &t->reaches)
            if (*r == a->table)
                return true;
    }
    return false;
}

static bool lost(struct had_proof *proof, uint32_t table, struct had_net4 net)
{
    const struct had_mtgw_table *t = &proof->model->tgw_tables.items[table];
    if (leads(t, net))
        return false;
    uint64_t key = (uint64_t)table << 40 | (uint64_t)net.length << 32 | net.base;
    const uint64_t *known = had_map_get(&proof->lost, key);
    if (!known) {
        had_map_put(proof->arena, &proof->lost, key, meant(proof, table, net));
        known = had_map_get(&proof->lost, key);
    }
    return *known;
}

static void check_route(struct had_proof *proof, uint32_t subnet, const struct had_mroute *r)
{
    struct had_model *m = proof->model;
    struct had_query *q = &proof->queries[HAD_R6];
    const struct had_msubnet *s = &m->subnets.items[subnet];
    had_str name = s->node->object, to = had_net4_text(proof->arena, r->net);
    if (r->to == HAD_TO_UNKNOWN || r->assumed) {
        q->assumed |= had_model_assume(
            m, had_str_printf(m->arena, "the target of a route of `" HAD_FMT "` delivers",
                              HAD_ARG(name)));
        return;
    }
    if (r->to == HAD_TO_PEER) {
        const struct had_mpeering *p = &m->peerings.items[r->target];
        uint32_t other = p->vpc[0] == s->vpc ? p->vpc[1] : p->vpc[0];
        bool own = p->vpc[0] == s->vpc || p->vpc[1] == s->vpc;
        if (!p->accepted || !own)
            refute(proof, HAD_R6, name, to, "BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND", s->node,
                   r->node, HAD_STR("accept the peering, or correct the route"));
        else if (other != HAD_NOTHING && !m->vpcs.items[other].unknown &&
                 !meets_any(&m->vpcs.items[other].ranges, r->net))
            refute(proof, HAD_R6, name, to, "WRONG_DESTINATION", s->node, r->node,
                   had_str_printf(m->arena, "`" HAD_FMT "` has no such address",
                                  HAD_ARG(m->vpcs.items[other].name)));
        return;
    }
    if (r->to != HAD_TO_TGW)
        return;
    had_each(const uint32_t, number, &m->vpcs.items[s->vpc].attachments) {
        const struct had_mattachment *a = &m->attachments.items[*number];
        if (a->tgw != r->target)
            continue;
        if (a->table == HAD_NOTHING)
            refute(proof, HAD_R6, name, to, "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION", a->node,
                   r->node, HAD_STR("put the spoke into a segment"));
        else if (lost(proof, a->table, r->net))
            refute(proof, HAD_R6, name, to, "ROUTE_NOT_FOUND", m->tgw_tables.items[a->table].node,
                   r->node,
                   had_str_printf(m->arena,
                                  "nothing of " HAD_FMT " is in `" HAD_FMT
                                  "`: let it reach the segment there, or take the route away",
                                  HAD_ARG(to),
                                  HAD_ARG(m->tgw_tables.items[a->table].node->object)));
        return;
    }
    refute(proof, HAD_R6, name, to, "BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND", s->node, r->node,
           HAD_STR("attach the spoke to the hub, or take the route away"));
}

/* ---- R6: routes of gateways ---- */

/* From harmless to bad: where ways part, the worst of them counts. */
enum end { DELIVERED, PERHAPS, WRONG, NOWHERE, CIRCLE };

enum { MOST_ENTERED = 64, MOST_FOLLOWED = 4096 };

struct trail { /* one address on all its ways */
    const struct had_model *m;
    uint32_t address, entered[MOST_ENTERED], depth, turns;
    enum end end;
    const struct had_node *at;
};

static void note(struct trail *t, enum end end, const struct had_node *at)
{
    if (end <= t->end)
        return;
    t->end = end;
    t->at = at;
}

static void follow(struct trail *t, uint32_t table);

static void enter(struct trail *t, uint32_t number)
{
    const struct had_mattachment *a = &t->m->attachments.items[number];
    if (a->table == HAD_NOTHING || !a->accepted) {
        note(t, NOWHERE, a->node);
        return;
    }
    for (uint32_t i = 0; i < t->depth; i++)
        if (t->entered[i] == number) {
            note(t, CIRCLE, a->node);
            return;
        }
    if (t->depth == MOST_ENTERED || ++t->turns > MOST_FOLLOWED) {
        note(t, PERHAPS, a->node);
        return;
    }
    t->entered[t->depth++] = number;
    follow(t, a->table);
    t->depth--;
}

/* On from a subnet that the address came into; `through` is the appliance that it left, if any. */
static void follow_subnet(struct trail *t, uint32_t number, uint32_t through,
                          const struct had_node *at)
{
    const struct had_model *m = t->m;
    const struct had_msubnet *s = &m->subnets.items[number];
    bool local;
    const struct had_mroute *r = had_vpc_lookup(m, number, t->address, &local);
    if (local)
        return;
    if (s->table_unknown) {
        note(t, PERHAPS, at);
    } else if (!r) {
        note(t, WRONG, at);
    } else if (r->to == HAD_TO_UNKNOWN) {
        note(t, PERHAPS, at);
    } else if (r->to == HAD_TO_APPLIANCE) {
        const struct had_mappliance *device = &m->appliances.items[r->target];
        if (r->assumed)
            note(t, PERHAPS, device->node);
        if (through != HAD_NOTHING)
            note(t, r->target == through ? CIRCLE : PERHAPS, device->node);
        else if (!device->subnets.count)
            note(t, PERHAPS, device->node);
        else
            had_each(const uint32_t, e, &device->subnets)
                follow_subnet(t, *e, r->target, at);
    } else if (r->to == HAD_TO_TGW) {
        had_each(const uint32_t, n, &m->vpcs.items[s->vpc].attachments)
            if (m->attachments.items[*n].tgw == r->target) {
                enter(t, *n);
                return;
            }
        note(t, NOWHERE, at);
    }
}

static void follow(struct trail *t, uint32_t table)
{
    const struct had_model *m = t->m;
    const struct had_mtgw_table *own = &m->tgw_tables.items[table];
    uint32_t p = had_tgw_lookup(own, t->address);
    if (p == HAD_NOTHING) {
        note(t, NOWHERE, own->node);
        return;
    }
    const struct had_mprefix *prefix = &own->prefixes.items[p];
    const struct had_mcandidate *first = &own->candidates.items[prefix->first];
    for (uint32_t i = 0; i < prefix->count && first[i].origin == first->origin; i++) {
        if (first[i].black_hole) {
            if (t->depth) /* stated here, it is what is meant */
                note(t, NOWHERE, own->node);
            continue;
        }
        if (first[i].attachment == HAD_NOTHING) {
            note(t, NOWHERE, own->node);
            continue;
        }
        const struct had_mattachment *a = &m->attachments.items[first[i].attachment];
        if (a->kind == HAD_ATTACHED_PEER) {
            if (!a->accepted)
                note(t, NOWHERE, a->node);
            else if (a->other == HAD_NOTHING || m->attachments.items[a->other].tgw == HAD_NOTHING)
                note(t, PERHAPS, a->node);
            else
                enter(t, a->other);
        } else if (a->kind == HAD_ATTACHED_VPC) {
            if (!a->accepted)
                note(t, NOWHERE, a->node);
            else if (a->vpc == HAD_NOTHING || m->vpcs.items[a->vpc].unknown || !a->subnets.count)
                note(t, PERHAPS, a->node);
            else
                had_each(const uint32_t, s, &a->subnets)
                    follow_subnet(t, *s, HAD_NOTHING, a->node);
        }
    }
}

/* ---- R6: what is there to be reached ---- */

struct network { /* a range of somebody attached, and the segment that it is in */
    uint32_t lo, hi, table;
    uint32_t reach; /* highest `hi` of this and all before it */
};
typedef had_array(struct network) networks;

static int by_first(const void *x, const void *y)
{
    const struct network *a = x, *b = y;
    if (a->lo != b->lo)
        return a->lo < b->lo ? -1 : 1;
    return a->hi != b->hi ? (a->hi < b->hi ? -1 : 1)
                          : (a->table > b->table) - (a->table < b->table);
}

static void add_network(struct had_arena *arena, networks *out, struct had_net4 net, uint32_t table)
{
    *had_push(arena, out) = (struct network){net.base, end_of(net), table, 0};
}

static networks list_networks(struct had_proof *proof)
{
    const struct had_model *m = proof->model;
    networks out = {0};
    had_each(const struct had_mattachment, a, &m->attachments) {
        if (a->table == HAD_NOTHING)
            continue;
        if (a->kind == HAD_ATTACHED_VPC && a->vpc != HAD_NOTHING)
            had_each(const struct had_net4, n, &m->vpcs.items[a->vpc].ranges)
                add_network(proof->arena, &out, *n, a->table);
        for (uint32_t l = 0; l < m->links.count; l++) {
            const struct had_mlink *link = &m->links.items[l];
            if (a->kind == HAD_ATTACHED_DX ? link->vpn || link->gateway != a->gateway
                                           : a->kind != HAD_ATTACHED_VPN || a->link != l)
                continue;
            had_each(const struct had_mlearned, p, &link->learned)
                add_network(proof->arena, &out, p->net, a->table);
        }
    }
    if (out.count)
        qsort(out.items, out.count, sizeof *out.items, by_first);
    for (uint32_t i = 0; i < out.count; i++)
        out.items[i].reach = i && out.items[i - 1].reach > out.items[i].hi ? out.items[i - 1].reach
                                                                           : out.items[i].hi;
    return out;
}

static bool reaches(const struct had_mtgw_table *t, uint32_t table)
{
    had_each(const uint32_t, r, &t->reaches)
        if (*r == table)
            return true;
    return false;
}

/* Whether a network has the address that members of the table are meant to reach. */
static bool declared(const networks *all, const struct had_mtgw_table *t, uint32_t address)
{
    uint32_t low = 0, high = all->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (all->items[middle].lo <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low && all->items[low - 1].reach >= address; low--)
        if (all->items[low - 1].hi >= address &&
            (!t->policy || reaches(t, all->items[low - 1].table)))
            return true;
    return false;
}

/* The first bound of the model behind an address. */
static uint32_t next_bound(const struct had_model *m, uint32_t address)
{
    uint32_t low = 0, high = m->bounds.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (m->bounds.items[middle] <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A network that the same table is told about, and that has the address in a subnet. */
static const struct had_mvpc *hidden(const struct had_model *m, const struct had_mtgw_table *t,
                                     uint32_t prefix, uint32_t address)
{
    for (uint32_t p = prefix; p != HAD_NOTHING; p = t->prefixes.items[p].parent)
        for (uint32_t i = 0; i < t->prefixes.items[p].count; i++) {
            const struct had_mcandidate *c = &t->candidates.items[t->prefixes.items[p].first + i];
            if (c->origin != HAD_FROM_VPC || c->black_hole || c->attachment == HAD_NOTHING)
                continue;
            const struct had_mvpc *v = &m->vpcs.items[m->attachments.items[c->attachment].vpc];
            had_each(const uint32_t, s, &v->subnets)
                if (had_net4_holds(m->subnets.items[*s].net, address))
                    return v;
        }
    return NULL;
}

/* One address of a stated route: where it ends. */
static void check_address(struct had_proof *proof, uint32_t number,
                          const struct had_mprefix *prefix, const struct had_mcandidate *c,
                          uint32_t address)
{
    struct had_model *m = proof->model;
    const struct had_mtgw_table *t = &m->tgw_tables.items[number];
    struct trail trail = {.m = m, .address = address};
    had_str net = had_net4_text(proof->arena, prefix->net);
    had_str to = address == prefix->net.base
                     ? net
                     : had_str_printf(proof->arena, HAD_FMT " of " HAD_FMT,
                                      HAD_ARG(had_ip4_text(proof->arena, address)), HAD_ARG(net));
    follow(&trail, number);
    if (trail.end == CIRCLE)
        refute(proof, HAD_R6, t->node->object, to, "CYCLIC_PATH_DETECTED", trail.at, c->node,
               HAD_STR("lead the route to where the network stands"));
    else if (trail.end == NOWHERE)
        refute(proof, HAD_R6, t->node->object, to, "ROUTE_NOT_FOUND", trail.at, c->node,
               had_str_printf(m->arena, "let `" HAD_FMT "` know the way to " HAD_FMT,
                              HAD_ARG(trail.at->object), HAD_ARG(to)));
    else if (trail.end == WRONG)
        refute(proof, HAD_R6, t->node->object, to, "WRONG_DESTINATION", trail.at, c->node,
               had_str_printf(m->arena, "`" HAD_FMT "` has no such address and no way on",
                              HAD_ARG(trail.at->object)));
    else if (trail.end == PERHAPS)
        proof->queries[HAD_R6].assumed |=
            had_model_assume(m, had_str_printf(m->arena, "`" HAD_FMT "` delivers " HAD_FMT,
                                               HAD_ARG(trail.at->object), HAD_ARG(net)));
}

/*
 * A stated route is followed at its first address, and at one address of each class that a network
 * has which members of the table are meant to reach.
 */
static void check_table(struct had_proof *proof, const networks *all, uint32_t number)
{
    struct had_model *m = proof->model;
    struct had_query *q = &proof->queries[HAD_R6];
    const struct had_mtgw_table *t = &m->tgw_tables.items[number];
    for (uint32_t p = 0; p < t->prefixes.count; p++) {
        const struct had_mprefix *prefix = &t->prefixes.items[p];
        const struct had_mcandidate *c = &t->candidates.items[prefix->first];
        q->members++;
        if (c->origin != HAD_STATIC)
            continue; /* leads to whom it came from */
        uint32_t last = end_of(prefix->net), address = prefix->net.base;
        const struct had_mcandidate *hole = NULL, *way = NULL;
        for (uint32_t i = 0; i < prefix->count && c[i].origin == HAD_STATIC; i++) {
            hole = c[i].black_hole ? &c[i] : hole;
            way = c[i].black_hole ? way : &c[i];
        }
        for (uint32_t b = next_bound(m, address);; b++) {
            if (had_tgw_lookup(t, address) == p) {
                const struct had_mvpc *v;
                if (way && (address == prefix->net.base || declared(all, t, address)))
                    check_address(proof, number, prefix, way, address);
                if (hole && (v = hidden(m, t, p, address)) != NULL) {
                    refute(
                        proof, HAD_R6, t->node->object, v->name,
                        "BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND", t->node, hole->node,
                        had_str_printf(
                            m->arena, "narrow the black hole " HAD_FMT ": `" HAD_FMT "` is in it",
                            HAD_ARG(had_net4_text(proof->arena, prefix->net)), HAD_ARG(v->name)));
                    break;
                }
            }
            if (b >= m->bounds.count || m->bounds.items[b] > last)
                break;
            address = m->bounds.items[b];
        }
    }
}

void had_prove_routes(struct had_proof *proof)
{
    struct had_model *m = proof->model;
    struct had_query *q = &proof->queries[HAD_R6];
    networks all = list_networks(proof);
    if (m->ipv6)
        q->assumed |= had_model_assume(
            m, HAD_STR("routes of IPv6 lead where those of IPv4 lead, which alone are followed"));
    for (uint32_t i = 0; i < m->subnets.count; i++) {
        const struct had_msubnet *s = &m->subnets.items[i];
        if (s->table == HAD_NOTHING)
            continue;
        had_each(const struct had_mroute, r, &m->tables.items[s->table].routes) {
            q->members++;
            check_route(proof, i, r);
        }
    }
    for (uint32_t i = 0; i < m->tgw_tables.count; i++) {
        q->classes++;
        check_table(proof, &all, i);
    }
}

/* ---- R7 ---- */

/* One way out of a segment, to somebody of another. */
static void check_way(struct had_proof *proof, uint32_t segment, struct had_net4 net,
                      const struct had_mcandidate *c, const struct had_node *route)
{
    struct had_model *m = proof->model;
    const struct had_mtgw_table *own = &m->tgw_tables.items[segment];
    const struct had_mattachment *a = &m->attachments.items[c->attachment];
    if (a->table == HAD_NOTHING || reaches(own, a->table))
        return;
    if (a->kind == HAD_ATTACHED_VPC && c->origin == HAD_STATIC && a->vpc != HAD_NOTHING &&
        !meets_any(&m->vpcs.items[a->vpc].ranges, net)) {
        proof->queries[HAD_R7].assumed |= had_model_assume(
            m, had_str_printf(m->arena, "what stands in `" HAD_FMT "` keeps segments apart",
                              HAD_ARG(a->node->object)));
        return;
    }
    refute(proof, HAD_R7, own->node->object, a->node->object, "UNDECLARED_PATH", own->node, route,
           had_str_printf(m->arena, "state `" HAD_FMT "` in `reaches`, or take it away",
                          HAD_ARG(m->tgw_tables.items[a->table].node->object)));
}

/* The ways of one class of addresses; over a peering, those of the table at its far end. */
static void check_class(struct had_proof *proof, uint32_t segment, uint32_t p, uint32_t address)
{
    struct had_model *m = proof->model;
    const struct had_mtgw_table *t = &m->tgw_tables.items[segment];
    const struct had_mprefix *prefix = &t->prefixes.items[p];
    const struct had_mcandidate *first = &t->candidates.items[prefix->first];
    for (uint32_t i = 0; i < prefix->count && first[i].origin == first->origin; i++) {
        if (first[i].black_hole || first[i].attachment == HAD_NOTHING)
            continue;
        const struct had_mattachment *a = &m->attachments.items[first[i].attachment];
        if (a->kind != HAD_ATTACHED_PEER) {
            check_way(proof, segment, prefix->net, &first[i], first[i].node);
            continue;
        }
        uint32_t far = a->other != HAD_NOTHING ? m->attachments.items[a->other].table : HAD_NOTHING;
        uint32_t k =
            far != HAD_NOTHING ? had_tgw_lookup(&m->tgw_tables.items[far], address) : HAD_NOTHING;
        if (k == HAD_NOTHING)
            continue;
        const struct had_mtgw_table *f = &m->tgw_tables.items[far];
        const struct had_mprefix *beyond = &f->prefixes.items[k];
        const struct had_mcandidate *x = &f->candidates.items[beyond->first];
        for (uint32_t j = 0; j < beyond->count && x[j].origin == x->origin; j++)
            if (!x[j].black_hole && x[j].attachment != HAD_NOTHING)
                check_way(proof, segment, beyond->net, &x[j], first[i].node);
    }
}

/* What the table of a segment lets its members reach. */
static void check_reach(struct had_proof *proof, uint32_t segment)
{
    const struct had_model *m = proof->model;
    const struct had_mtgw_table *t = &m->tgw_tables.items[segment];
    for (uint32_t p = 0; p < t->prefixes.count; p++) {
        const struct had_mprefix *prefix = &t->prefixes.items[p];
        const struct had_mcandidate *c = &t->candidates.items[prefix->first];
        bool peer = c->attachment != HAD_NOTHING &&
                    m->attachments.items[c->attachment].kind == HAD_ATTACHED_PEER;
        uint32_t last = end_of(prefix->net), address = prefix->net.base;
        proof->queries[HAD_R7].members++;
        for (uint32_t b = next_bound(m, address);; b++) {
            if (had_tgw_lookup(t, address) == p) { /* else a longer prefix takes it */
                check_class(proof, segment, p, address);
                if (!peer)
                    break;
            }
            if (b >= m->bounds.count || m->bounds.items[b] > last)
                break;
            address = m->bounds.items[b];
        }
    }
}

void had_prove_isolation(struct had_proof *proof)
{
    struct had_model *m = proof->model;
    struct had_query *q = &proof->queries[HAD_R7];
    uint8_t *used = had_new_n(proof->arena, uint8_t, m->tgw_tables.count + 1);
    if (m->ipv6)
        q->assumed |= had_model_assume(
            m, HAD_STR("segments are as far apart by IPv6 as they are by IPv4, which alone is "
                       "followed"));
    had_each(const struct had_mattachment, a, &m->attachments)
        if (a->table != HAD_NOTHING)
            used[a->table] = 1;
    for (uint32_t i = 0; i < m->tgw_tables.count; i++) {
        if (!used[i])
            continue;
        q->classes++;
        if (!m->tgw_tables.items[i].policy) {
            had_unknown(proof, HAD_R7,
                        had_str_printf(proof->arena, "nothing says what `" HAD_FMT "` may reach",
                                       HAD_ARG(m->tgw_tables.items[i].node->object)));
            continue;
        }
        check_reach(proof, i);
    }
}
