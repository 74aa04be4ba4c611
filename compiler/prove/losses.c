/* F1 and F2: what breaks without one thing, and without two of which neither breaks it alone. */
#include "prove/internal.h"

struct losses {
    uint8_t *zones, *hosts, *links, *sites;
    struct had_scenario scenario;
};

static struct losses no_losses(struct had_proof *proof)
{
    const struct had_model *m = proof->model;
    struct losses l = {
        .zones = had_new_n(proof->arena, uint8_t, m->zone_names.count + 1),
        .hosts = had_new_n(proof->arena, uint8_t, m->hosts.count + 1),
        .links = had_new_n(proof->arena, uint8_t, m->links.count + 1),
        .sites = had_new_n(proof->arena, uint8_t, m->sites.count + 1),
    };
    l.scenario = (struct had_scenario){l.zones, l.hosts, l.links, l.sites};
    return l;
}

/* Takes things away or gives them back; a VPN is gone when both its tunnels are. */
static void lose(struct losses *l, const struct had_element *e, bool gone, bool second_tunnel)
{
    had_each(const uint32_t, number, &e->of) {
        switch (e->kind) {
        case HAD_FAILS_ZONE:
            l->zones[*number] = gone;
            break;
        case HAD_FAILS_CONTROLLER:
        case HAD_FAILS_ADDRESS:
            l->hosts[*number] = gone;
            break;
        case HAD_FAILS_LINK:
        case HAD_FAILS_LOCATION:
        case HAD_FAILS_DEVICE:
            l->links[*number] = gone;
            break;
        case HAD_FAILS_TUNNEL:
            if (second_tunnel)
                l->links[*number] = gone;
            break;
        case HAD_FAILS_SITE:
            l->sites[*number] = gone;
            break;
        }
    }
}

/* Whether any of the networks has a zone left in which somebody could ask. */
static bool anybody_left(const struct had_model *m, const struct had_scenario *s,
                         const had_indexes *vpcs)
{
    had_each(const uint32_t, v, vpcs) {
        if (!m->vpcs.items[*v].subnets.count)
            return true;
        had_each(const uint32_t, subnet, &m->vpcs.items[*v].subnets) {
            uint32_t zone = m->subnets.items[*subnet].zone;
            if (zone == HAD_NOTHING || !s->zones[zone])
                return true;
        }
    }
    return false;
}

/* False, and a counterexample where `out` is given, if something breaks that holds without losses.
 */
static bool survives(struct had_proof *proof, const struct had_scenario *s, uint64_t *assumed,
                     struct had_counterexample *out)
{
    struct had_model *m = proof->model;
    had_each(const struct had_class, c, &proof->classes) {
        struct had_pair_result how = {0};
        if (c->refuted || had_host_dead(m, s, c->first) ||
            had_served(proof, s, c->first, false, &how) != HAD_NOTHING) {
            *assumed |= how.assumed;
            continue;
        }
        if (out) {
            if (had_host_dead(m, s, c->via) ||
                !had_pair_explain(proof, s, c->first, c->via, had_member_ports(m, c->first), out))
                *out = (struct had_counterexample){
                    .from = m->hosts.items[c->first].name,
                    .to = m->hosts.items[c->via].name,
                    .protocol = "",
                    .reason = "NO_CONTROLLER_LEFT",
                    .at = m->hosts.items[c->via].node,
                    .span = had_span_of(m->hosts.items[c->via].node),
                    .repair = HAD_STR("add a controller that does not depend on "
                                      "what is lost")};
            out->count = c->members.count;
        }
        return false;
    }
    had_each(const struct had_partner, p, &proof->partners) {
        if (p->refuted || had_host_dead(m, s, p->from) || had_host_dead(m, s, p->to))
            continue;
        struct had_pair_result r = had_pair_walk(m, s, p->from, p->to, p->ports);
        if (r.ports == p->ports) {
            *assumed |= r.assumed;
            continue;
        }
        if (out)
            had_pair_explain(proof, s, p->from, p->to, p->ports, out);
        return false;
    }
    had_each(const struct had_need, n, &proof->needs) {
        if (anybody_left(m, s, &n->vpcs) &&
            !had_resolves(proof, s, n->vpc, m->domains.items[n->domain].name, false, assumed,
                          out)) {
            if (out)
                out->count = n->count;
            return false;
        }
    }
    had_each(const struct had_placed, p, &proof->placed) {
        bool unknown = false;
        if (had_host_dead(m, s, p->member) ||
            had_site_serves(proof, s, p->member, p->site, &unknown, assumed))
            continue;
        uint32_t should = had_near_controller(m, s, p->member, p->site);
        if (out && should != HAD_NOTHING &&
            had_pair_explain(proof, s, p->member, should, had_member_ports(m, p->member), out))
            return false;
        if (out)
            *out = (struct had_counterexample){
                .from = m->hosts.items[p->member].name,
                .to = p->site,
                .protocol = "",
                .reason = "NO_CONTROLLER_IN_SITE",
                .at = m->hosts.items[p->member].node,
                .span = had_span_of(m->hosts.items[p->member].node),
                .count = 1,
                .repair = had_str_printf(m->arena, "put a second controller into site " HAD_FMT,
                                         HAD_ARG(p->site))};
        return false;
    }
    return true;
}

/* Zones that several accounts name by letter alone: one letter need not be one zone. */
static void letters(struct had_proof *proof, struct had_query *q)
{
    struct had_model *m = proof->model;
    had_each(const struct had_element, e, &m->elements) {
        if (e->kind == HAD_FAILS_ZONE && e->of.count > 1) {
            q->assumed |= had_model_assume(
                m, HAD_STR("a zone letter means the same zone in every account (state `zone-ids` "
                           "of the Region)"));
            return;
        }
    }
}

/* Walks of one scenario: what a spec may ask for is bounded, and what is left out is no proof. */
static bool too_many(struct had_proof *proof, enum had_query_id id, uint64_t scenarios)
{
    enum { MOST_WALKS = 20000000 };
    const struct had_model *m = proof->model;
    uint64_t walks = proof->partners.count;
    had_each(const struct had_class, c, &proof->classes)
        walks += m->domains.items[m->hosts.items[c->first].domain].controllers.count;
    walks += (uint64_t)proof->placed.count * 2 + (uint64_t)proof->needs.count * 16;
    if (walks * scenarios <= MOST_WALKS)
        return false;
    had_unknown(proof, id,
                HAD_STR("there are more members, controllers and things to lose than are "
                        "looked at"));
    return true;
}

void had_prove_losses(struct had_proof *proof, unsigned failures)
{
    struct had_model *m = proof->model;
    struct had_query *f1 = &proof->queries[HAD_F1], *f2 = &proof->queries[HAD_F2];
    struct losses l = no_losses(proof);
    uint8_t *breaks = had_new_n(proof->arena, uint8_t, m->elements.count + 1);
    f1->ran = true;
    letters(proof, f1);
    f1->members = proof->queries[HAD_R1].members;
    if (too_many(proof, HAD_F1, m->elements.count))
        return;
    for (uint32_t i = 0; i < m->elements.count; i++) {
        struct had_counterexample x = {.protocol = ""};
        f1->classes++;
        proof->scenarios++;
        lose(&l, &m->elements.items[i], true, false);
        if (!survives(proof, &l.scenario, &f1->assumed, &x)) {
            breaks[i] = 1;
            x.failure = had_element_text(m, i);
            if (m->elements.items[i].like == i)
                had_refute(proof, HAD_F1, x);
            *had_push(proof->arena, &f1->cut_sets) = (struct had_cut){i, HAD_NOTHING};
        }
        lose(&l, &m->elements.items[i], false, false);
    }
    if (failures < 2)
        return;
    f2->ran = true;
    f2->members = f1->members;
    if (too_many(proof, HAD_F2, (uint64_t)m->elements.count * m->elements.count / 2))
        return;
    for (uint32_t i = 0; i < m->elements.count; i++) {
        for (uint32_t k = i + 1; k < m->elements.count; k++) {
            const struct had_element *a = &m->elements.items[i], *b = &m->elements.items[k];
            if (breaks[i] || breaks[k])
                continue; /* not minimal */
            bool tunnels = a->kind == HAD_FAILS_TUNNEL && b->kind == HAD_FAILS_TUNNEL &&
                           a->of.items[0] == b->of.items[0];
            f2->classes++;
            proof->scenarios++;
            lose(&l, a, true, false);
            lose(&l, b, true, tunnels);
            if (!survives(proof, &l.scenario, &f2->assumed, NULL))
                *had_push(proof->arena, &f2->cut_sets) = (struct had_cut){i, k};
            lose(&l, a, false, false);
            lose(&l, b, false, tunnels);
        }
    }
}
