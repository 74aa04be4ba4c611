/* R6: no route leads in a circle or into nothing. R7: segments reach what they state, and no more.
 */
#include "prove/internal.h"

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
    struct had_query *q = &proof->queries[id];
    had_each(struct had_counterexample, other, &q->counterexamples)
        if (other->reason == reason && other->matched == matched && other->at == at) {
            other->count++;
            return;
        }
    const struct had_node *place = matched ? matched : at;
    had_refute(proof, id,
               (struct had_counterexample){.from = from,
                                           .to = to,
                                           .protocol = "",
                                           .reason = reason,
                                           .at = at,
                                           .matched = matched,
                                           .span = place->origin.span,
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
    if (r->to == HAD_TO_UNKNOWN) {
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

enum end { DELIVERED, CIRCLE, NOWHERE, WRONG, PERHAPS };

/* Follows one address through static routes, to see a circle or a wrong end. */
static enum end follow(const struct had_model *m, uint32_t table, uint32_t address,
                       const struct had_node **at)
{
    for (int steps = 0; steps < 64; steps++) {
        const struct had_mtgw_table *t = &m->tgw_tables.items[table];
        uint32_t p = had_tgw_lookup(t, address);
        *at = t->node;
        if (p == HAD_NOTHING)
            return NOWHERE;
        const struct had_mcandidate *c = &t->candidates.items[t->prefixes.items[p].first];
        if (c->black_hole)
            return steps ? NOWHERE : DELIVERED; /* stated: what is meant */
        if (c->attachment == HAD_NOTHING)
            return NOWHERE;
        const struct had_mattachment *a = &m->attachments.items[c->attachment];
        *at = a->node;
        if (a->kind == HAD_ATTACHED_DX || a->kind == HAD_ATTACHED_VPN)
            return DELIVERED;
        if (a->kind == HAD_ATTACHED_PEER) {
            uint32_t other = a->other;
            if (other == HAD_NOTHING || m->attachments.items[other].tgw == HAD_NOTHING)
                return PERHAPS;
            if (m->attachments.items[other].table == HAD_NOTHING)
                return NOWHERE;
            table = m->attachments.items[other].table;
            continue;
        }
        if (a->vpc == HAD_NOTHING || m->vpcs.items[a->vpc].unknown || !a->subnets.count)
            return PERHAPS;
        bool local;
        const struct had_mroute *r = had_vpc_lookup(m, a->subnets.items[0], address, &local);
        if (local)
            return DELIVERED;
        if (m->subnets.items[a->subnets.items[0]].table_unknown)
            return PERHAPS;
        if (!r)
            return WRONG;
        if (r->to == HAD_TO_APPLIANCE) {
            const struct had_mappliance *x = &m->appliances.items[r->target];
            if (!x->subnets.count)
                return PERHAPS;
            r = had_vpc_lookup(m, x->subnets.items[0], address, &local);
            if (local)
                return DELIVERED;
            if (!r)
                return WRONG;
        }
        if (r->to != HAD_TO_TGW)
            return r->to == HAD_TO_UNKNOWN ? PERHAPS : DELIVERED;
        uint32_t next = HAD_NOTHING;
        had_each(const uint32_t, n, &m->vpcs.items[a->vpc].attachments)
            if (m->attachments.items[*n].tgw == r->target)
                next = m->attachments.items[*n].table;
        if (next == HAD_NOTHING)
            return NOWHERE;
        table = next;
    }
    return CIRCLE;
}

/* A black hole over a network that the same table is told about. */
static const struct had_mvpc *hidden(const struct had_model *m, const struct had_mtgw_table *t,
                                     uint32_t prefix)
{
    struct had_net4 net = t->prefixes.items[prefix].net;
    for (uint32_t p = prefix; p != HAD_NOTHING; p = t->prefixes.items[p].parent)
        for (uint32_t i = 0; i < t->prefixes.items[p].count; i++) {
            const struct had_mcandidate *c = &t->candidates.items[t->prefixes.items[p].first + i];
            if (c->origin != HAD_FROM_VPC || c->black_hole || c->attachment == HAD_NOTHING)
                continue;
            const struct had_mvpc *v = &m->vpcs.items[m->attachments.items[c->attachment].vpc];
            had_each(const uint32_t, s, &v->subnets)
                if (meets(m->subnets.items[*s].net, net))
                    return v;
        }
    return NULL;
}

static void check_table(struct had_proof *proof, uint32_t number)
{
    struct had_model *m = proof->model;
    struct had_query *q = &proof->queries[HAD_R6];
    const struct had_mtgw_table *t = &m->tgw_tables.items[number];
    for (uint32_t p = 0; p < t->prefixes.count; p++) {
        const struct had_mprefix *prefix = &t->prefixes.items[p];
        const struct had_mcandidate *c = &t->candidates.items[prefix->first];
        const struct had_node *at;
        had_str net = had_net4_text(proof->arena, prefix->net);
        q->members++;
        if (c->origin != HAD_STATIC)
            continue; /* leads to whom it came from */
        if (c->black_hole) {
            const struct had_mvpc *v = hidden(m, t, p);
            if (v)
                refute(proof, HAD_R6, t->node->object, v->name,
                       "BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND", t->node, c->node,
                       had_str_printf(m->arena,
                                      "narrow the black hole " HAD_FMT ": `" HAD_FMT "` is in it",
                                      HAD_ARG(net), HAD_ARG(v->name)));
            continue;
        }
        enum end end = follow(m, number, prefix->net.base, &at);
        if (end == CIRCLE)
            refute(proof, HAD_R6, t->node->object, net, "CYCLIC_PATH_DETECTED", at, c->node,
                   HAD_STR("lead the route to where the network stands"));
        else if (end == NOWHERE)
            refute(proof, HAD_R6, t->node->object, net, "ROUTE_NOT_FOUND", at, c->node,
                   had_str_printf(m->arena, "let `" HAD_FMT "` know the way to " HAD_FMT,
                                  HAD_ARG(at->object), HAD_ARG(net)));
        else if (end == WRONG)
            refute(proof, HAD_R6, t->node->object, net, "WRONG_DESTINATION", at, c->node,
                   had_str_printf(m->arena, "`" HAD_FMT "` has no such address and no way on",
                                  HAD_ARG(at->object)));
        else if (end == PERHAPS)
            q->assumed |=
                had_model_assume(m, had_str_printf(m->arena, "`" HAD_FMT "` delivers " HAD_FMT,
                                                   HAD_ARG(at->object), HAD_ARG(net)));
    }
}

void had_prove_routes(struct had_proof *proof)
{
    struct had_model *m = proof->model;
    struct had_query *q = &proof->queries[HAD_R6];
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
        check_table(proof, i);
    }
}

/* ---- R7 ---- */

static bool reaches(const struct had_mtgw_table *t, uint32_t table)
{
    had_each(const uint32_t, r, &t->reaches)
        if (*r == table)
            return true;
    return false;
}

/* What `table` lets members of `segment` reach; over a peering, what the far table does. */
static void check_reach(struct had_proof *proof, uint32_t segment, uint32_t table, int depth)
{
    struct had_model *m = proof->model;
    struct had_query *q = &proof->queries[HAD_R7];
    const struct had_mtgw_table *own = &m->tgw_tables.items[segment];
    const struct had_mtgw_table *t = &m->tgw_tables.items[table];
    for (uint32_t p = 0; p < t->prefixes.count; p++) {
        const struct had_mprefix *prefix = &t->prefixes.items[p];
        const struct had_mcandidate *c = &t->candidates.items[prefix->first];
        if (c->black_hole || c->attachment == HAD_NOTHING)
            continue;
        const struct had_mattachment *a = &m->attachments.items[c->attachment];
        q->members++;
        if (a->kind == HAD_ATTACHED_PEER) {
            /* The peering's routes are those that the far segment's members gave. */
            uint32_t far =
                a->other != HAD_NOTHING ? m->attachments.items[a->other].table : HAD_NOTHING;
            if (far == HAD_NOTHING || depth)
                continue;
            const struct had_mtgw_table *f = &m->tgw_tables.items[far];
            uint32_t k = had_tgw_lookup(f, prefix->net.base);
            const struct had_mcandidate *x =
                k == HAD_NOTHING ? NULL : &f->candidates.items[f->prefixes.items[k].first];
            if (!x || x->black_hole || x->attachment == HAD_NOTHING ||
                m->attachments.items[x->attachment].table == HAD_NOTHING ||
                reaches(own, m->attachments.items[x->attachment].table))
                continue;
            refute(proof, HAD_R7, own->node->object,
                   m->attachments.items[x->attachment].node->object, "UNDECLARED_PATH", t->node,
                   c->node,
                   had_str_printf(
                       m->arena, "state `" HAD_FMT "` in `reaches`, or take it away",
                       HAD_ARG(m->tgw_tables.items[m->attachments.items[x->attachment].table]
                                   .node->object)));
            continue;
        }
        if (a->table == HAD_NOTHING || reaches(own, a->table))
            continue;
        if (a->kind == HAD_ATTACHED_VPC && c->origin == HAD_STATIC && a->vpc != HAD_NOTHING &&
            !meets_any(&m->vpcs.items[a->vpc].ranges, prefix->net)) {
            q->assumed |= had_model_assume(
                m, had_str_printf(m->arena, "what stands in `" HAD_FMT "` keeps segments apart",
                                  HAD_ARG(a->node->object)));
            continue;
        }
        refute(proof, HAD_R7, own->node->object, a->node->object, "UNDECLARED_PATH", t->node,
               c->node,
               had_str_printf(m->arena, "state `" HAD_FMT "` in `reaches`, or take it away",
                              HAD_ARG(m->tgw_tables.items[a->table].node->object)));
    }
}

void had_prove_isolation(struct had_proof *proof)
{
    struct had_model *m = proof->model;
    struct had_query *q = &proof->queries[HAD_R7];
    uint8_t *used = had_new_n(proof->arena, uint8_t, m->tgw_tables.count + 1);
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
        check_reach(proof, i, i, 0);
    }
}
