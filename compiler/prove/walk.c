#include "prove/walk.h"

enum {
    MOST_STEPS = 64, /* as AWS's Route Analyzer */
    MOST_MATCHED = 256,
    MOST_TURNS = 20000, /* of all ways that one packet may take */
};

struct walk {
    struct had_model *m;
    const struct had_scenario *s;
    const struct had_packet *p;
    struct had_trace *t;
    uint32_t entered[MOST_STEPS]; /* attachments on the way, to see a circle */
    uint32_t depth, turns;
    bool lost; /* hops behind a loss are not recorded */
};

static bool dead(const uint8_t *list, uint32_t number)
{
    return list && number != HAD_NOTHING && list[number];
}

bool had_link_alive(const struct had_scenario *s, const struct had_model *m, uint32_t link)
{
    const struct had_mlink *l = &m->links.items[link];
    if (dead(s->links, link))
        return false;
    bool any = !l->sites.count;
    had_each(const uint32_t, site, &l->sites)
        any |= !dead(s->sites, *site);
    return any;
}

/* `kept` of `ports` go on; the first loss is the one that is told. */
static uint64_t keep(struct walk *w, uint64_t ports, uint64_t kept, const char *reason,
                     const struct had_node *at, const struct had_node *matched)
{
    kept &= ports;
    if (kept != ports && !w->t->reason) {
        w->t->reason = reason;
        w->t->at = at;
        w->t->matched = matched;
        w->t->lost = ports & ~kept;
        w->lost = true;
    }
    return kept;
}

static void hop(struct walk *w, const struct had_node *at, const struct had_node *matched)
{
    if (w->t->record && !w->lost)
        *had_push(w->m->arena, &w->t->hops) = (struct had_hop){at, matched};
}

static void assume(struct walk *w, const char *before, const struct had_node *node,
                   const char *after)
{
    w->t->assumed |= had_model_assume(w->m, had_str_printf(w->m->arena, "%s`" HAD_FMT "`%s", before,
                                                           HAD_ARG(node->object), after));
}

static bool any_holds(const had_nets4 *nets, uint32_t address)
{
    had_each(const struct had_net4, n, nets)
        if (had_net4_holds(*n, address))
            return true;
    return false;
}

/* ---- filters ---- */

/* A set of ports of one protocol that is still open, as a few ranges. */
struct open_ports {
    uint32_t first[16], last[16];
    uint32_t count;
    bool overflow;
};

static bool touches(const struct open_ports *o, uint32_t first, uint32_t last)
{
    for (uint32_t i = 0; i < o->count; i++)
        if (first <= o->last[i] && last >= o->first[i])
            return true;
    return false;
}

static void take(struct open_ports *o, uint32_t first, uint32_t last)
{
    if (!touches(o, first, last))
        return; /* most rules take nothing of what is asked */
    if (o->count == 1 && first <= o->first[0] && last >= o->last[0]) {
        o->count = 0;
        return;
    }
    struct open_ports out = {.overflow = o->overflow};
    for (uint32_t i = 0; i < o->count; i++) {
        uint32_t low = o->first[i], high = o->last[i];
        if (first > high || last < low) {
            out.first[out.count] = low;
            out.last[out.count++] = high;
            continue;
        }
        if (low < first) {
            out.first[out.count] = low;
            out.last[out.count++] = first - 1;
        }
        if (high > last && out.count < 16) {
            out.first[out.count] = last + 1;
            out.last[out.count++] = high;
        } else if (high > last) {
            out.overflow = true;
        }
        if (out.count == 16 && i + 1 < o->count) {
            out.overflow = true;
            break;
        }
    }
    *o = out;
}

static struct open_ports asked(const struct had_model *m, const struct had_packet *p, uint32_t bit,
                               uint8_t *protocol)
{
    struct had_port_class row = m->ports[bit];
    *protocol = row.protocol;
    if (!p->reply)
        return (struct open_ports){{row.first}, {row.last}, 1, false};
    return (struct open_ports){{m->hosts.items[p->to].low_port}, {65535}, 1, false};
}

uint64_t had_acl_ports(struct had_model *m, uint32_t number, bool out, uint32_t address,
                       const struct had_packet *p, uint64_t ports, uint64_t *assumed,
                       const struct had_node **denied)
{
    if (number == HAD_NOTHING)
        return ports;
    const struct had_macl *acl = &m->acls.items[number];
    const struct had_mentry *entries = out ? acl->out.items : acl->in.items;
    uint32_t count = out ? acl->out.count : acl->in.count;
    uint64_t kept = 0;
    *denied = acl->node;
    for (uint32_t bit = 0; bit < m->port_count; bit++) {
        if (!(ports >> bit & 1))
            continue;
        uint8_t protocol;
        struct open_ports open = asked(m, p, bit, &protocol);
        bool stopped = false;
        for (uint32_t i = 0; i < count && open.count && !stopped; i++) {
            const struct had_mentry *e = &entries[i];
            if ((e->protocol != -1 && e->protocol != protocol) || !had_net4_holds(e->net, address))
                continue;
            uint32_t first = e->protocol == -1 ? 0 : e->first;
            uint32_t last = e->protocol == -1 ? 65535 : e->last;
            if (!e->allow && touches(&open, first, last)) {
                stopped = true;
                *denied = e->node;
            } else {
                take(&open, first, last);
            }
        }
        if (!stopped && (open.count || open.overflow) && acl->unknown) {
            *assumed |= had_model_assume(m, had_str_printf(m->arena,
                                                           "the lines of `" HAD_FMT
                                                           "` that the spec does not say "
                                                           "let the traffic pass",
                                                           HAD_ARG(acl->node->object)));
            open.count = 0;
            open.overflow = false;
        }
        if (!stopped && !open.count && !open.overflow)
            kept |= UINT64_C(1) << bit;
    }
    return kept;
}

static uint64_t acl(struct walk *w, uint32_t subnet, bool out, uint32_t address, uint64_t ports)
{
    const struct had_msubnet *s = &w->m->subnets.items[subnet];
    const struct had_node *denied = NULL;
    uint64_t kept = had_acl_ports(w->m, s->acl, out, address, w->p, ports, &w->t->assumed, &denied);
    return keep(w, ports, kept, "SUBNET_ACL_RESTRICTION", s->node, denied);
}

static bool carries_group(const struct had_model *m, uint32_t group, uint32_t host)
{
    if (host == HAD_NOTHING)
        return false;
    had_each(const uint32_t, g, &m->hosts.items[host].groups)
        if (*g == group)
            return true;
    return false;
}

/*
 * AWS opens a directory's group to its VPC and, both ways, to itself (Directory Service guide,
 * "What gets created with your AWS Managed Microsoft AD").
 */
static bool aws_opens(const struct had_model *m, uint32_t number, bool out, uint32_t address,
                      uint32_t peer)
{
    const struct had_mgroup *group = &m->groups.items[number];
    if (carries_group(m, number, peer))
        return true;
    if (out || group->vpc == HAD_NOTHING)
        return false;
    had_each(const struct had_net4, n, &m->vpcs.items[group->vpc].ranges)
        if (had_net4_holds(*n, address))
            return true;
    return false;
}

uint64_t had_group_ports(struct had_model *m, uint32_t number, bool out, uint32_t address,
                         uint32_t peer, uint64_t ports, uint64_t *assumed)
{
    const struct had_mhost *host = &m->hosts.items[number];
    if (host->open)
        return ports;
    if (host->groups_unknown) {
        *assumed |= had_model_assume(
            m, had_str_printf(m->arena, "the security groups of `" HAD_FMT "` let the traffic pass",
                              HAD_ARG(host->node->object)));
        return ports;
    }
    if (!host->groups.count)
        return out ? ports : 0; /* the default group of the VPC: all out, in from itself */
    /* What single rules cover, then the rows that several may cover together. */
    const struct had_mrule *matched[MOST_MATCHED];
    uint32_t count = 0;
    uint64_t kept = 0, part = 0;
    bool unknown = false, more = false;
    had_each(const uint32_t, g, &host->groups) {
        const struct had_mgroup *group = &m->groups.items[*g];
        uint32_t rules = out ? group->out.count : group->in.count;
        unknown |= group->unknown;
        if (group->of_directory && aws_opens(m, *g, out, address, peer))
            return ports;
        for (uint32_t i = 0; i < rules; i++) {
            const struct had_mrule *r = out ? &group->out.items[i] : &group->in.items[i];
            if (!((r->whole | r->part) & ports & ~kept))
                continue;
            if (r->by_group ? !carries_group(m, r->group, peer) : !had_net4_holds(r->net, address))
                continue;
            kept |= r->whole & ports;
            if (!r->part)
                continue;
            part |= r->part;
            if (count < MOST_MATCHED)
                matched[count++] = r;
            else
                more = true;
        }
    }
    uint64_t open_still = ports & ~kept;
    if (!unknown && !more)
        open_still &= part;
    for (uint32_t bit = 0; open_still && bit < m->port_count; bit++) {
        if (!(open_still >> bit & 1))
            continue;
        const struct had_port_class *row = &m->ports[bit];
        struct open_ports open = {{row->first}, {row->last}, 1, false};
        for (uint32_t i = 0; i < count && open.count; i++) {
            const struct had_mrule *r = matched[i];
            if (r->part >> bit & 1)
                take(&open, r->first, r->last);
        }
        if (!open.count && !open.overflow) {
            kept |= UINT64_C(1) << bit;
        } else if (unknown || more) {
            *assumed |= had_model_assume(
                m, had_str_printf(m->arena,
                                  "the rules of the security groups of `" HAD_FMT
                                  "` that the spec does not say let the traffic pass",
                                  HAD_ARG(host->node->object)));
            kept |= UINT64_C(1) << bit;
        }
    }
    return kept;
}

/* The group in which a rule is missing: the first that names its rules itself. */
static const struct had_node *first_group(const struct had_model *m, const struct had_mhost *host)
{
    return host->groups.count ? m->groups.items[host->groups.items[0]].node : host->node;
}

static uint64_t groups(struct walk *w, uint32_t number, bool out, uint32_t address, uint32_t peer,
                       uint64_t ports)
{
    const struct had_mhost *host = &w->m->hosts.items[number];
    uint64_t kept = had_group_ports(w->m, number, out, address, peer, ports, &w->t->assumed);
    return keep(w, ports, kept, "ENI_SG_RULES_MISMATCH", host->node, first_group(w->m, host));
}

/* ---- looking routes up ---- */

uint32_t had_tgw_lookup(const struct had_mtgw_table *table, uint32_t address)
{
    uint32_t low = 0, high = table->prefixes.count;
    while (low < high) { /* the last that begins at or before the address */
        uint32_t middle = low + (high - low) / 2;
        if (table->prefixes.items[middle].net.base <= address)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t at = low ? low - 1 : HAD_NOTHING;
    while (at != HAD_NOTHING && !had_net4_holds(table->prefixes.items[at].net, address))
        at = table->prefixes.items[at].parent;
    return at;
}

const struct had_mroute *had_vpc_lookup(const struct had_model *m, uint32_t subnet,
                                        uint32_t address, bool *local)
{
    const struct had_msubnet *s = &m->subnets.items[subnet];
    const struct had_mroute *best = NULL;
    int length = -1;
    *local = false;
    had_each(const struct had_net4, n, &m->vpcs.items[s->vpc].ranges)
        if (had_net4_holds(*n, address) && n->length > length) {
            length = n->length;
            *local = true;
        }
    if (s->table == HAD_NOTHING)
        return NULL;
    had_each(const struct had_mroute, r, &m->tables.items[s->table].routes)
        if (r->net.length > length && had_net4_holds(r->net, address)) {
            length = r->net.length;
            best = r;
            *local = false;
        }
    return best;
}

/* ---- arriving ---- */

static uint64_t to_site(struct walk *w, uint64_t ports);

static uint64_t at_host(struct walk *w, uint64_t ports)
{
    if (w->p->reply || !ports)
        return ports;
    /* Assumed routes may lead to a site: its firewall counts there, no group. */
    if (w->m->hosts.items[w->p->to].kind == HAD_HOST_SERVER)
        return to_site(w, ports);
    return groups(w, w->p->to, false, w->p->source, w->p->from, ports);
}

static uint64_t in_vpc(struct walk *w, uint32_t vpc, uint32_t from_subnet, uint64_t ports)
{
    uint32_t subnet = had_model_subnet_at(w->m, vpc, w->p->destination);
    if (subnet == HAD_NOTHING || w->m->hosts.items[w->p->to].subnet != subnet)
        return keep(w, ports, 0, "WRONG_DESTINATION", w->m->vpcs.items[vpc].node, NULL);
    hop(w, w->m->subnets.items[subnet].node, NULL);
    if (subnet != from_subnet)
        ports = acl(w, subnet, false, w->p->source, ports);
    return at_host(w, ports);
}

/* ---- on-premises ---- */

static bool passes(const struct had_mflow *f, bool out, uint32_t inside, uint32_t outside)
{
    return (out ? f->out : f->in) && any_holds(&f->inside, inside) &&
           any_holds(&f->outside, outside);
}

/* Requests need a flow that the site's firewall is asked to pass; replies come back by its state.
 */
static uint64_t firewall(struct walk *w, uint32_t number, bool out, uint64_t ports)
{
    const struct had_model *m = w->m;
    if (w->p->reply)
        return ports;
    const struct had_msite *site = &m->sites.items[number];
    uint32_t inside = out ? w->p->source : w->p->destination;
    uint32_t outside = out ? w->p->destination : w->p->source;
    /* What single flows cover, then the rows that several may cover together. */
    uint64_t open_still = ports;
    had_each(const struct had_mflow, f, &site->flows)
        if (f->whole & open_still && passes(f, out, inside, outside))
            open_still &= ~f->whole;
    for (uint32_t bit = 0; open_still && bit < m->port_count; bit++) {
        if (!(open_still >> bit & 1))
            continue;
        struct had_port_class row = m->ports[bit];
        struct open_ports open = {{row.first}, {row.last}, 1, false};
        had_each(const struct had_mflow, f, &site->flows)
            if (f->part >> bit & 1 && passes(f, out, inside, outside))
                take(&open, f->first, f->last);
        if (open.count || open.overflow) {
            assume(w, "the firewall of ", site->node,
                   " lets flows pass that its step does not list");
            break;
        }
    }
    return ports;
}

static uint64_t to_site(struct walk *w, uint64_t ports)
{
    const struct had_mhost *host = &w->m->hosts.items[w->p->to];
    if (host->kind != HAD_HOST_SERVER)
        return keep(w, ports, 0, "WRONG_DESTINATION", host->node, NULL);
    w->t->far = true;
    if (host->site == HAD_NOTHING)
        return ports;
    hop(w, w->m->sites.items[host->site].node, NULL);
    return firewall(w, host->site, false, ports);
}

/* ---- transit gateways ---- */

static uint64_t enter_tgw(struct walk *w, uint32_t attachment, uint32_t zone, uint64_t ports);
static uint64_t leave(struct walk *w, uint32_t subnet, uint64_t ports);

static bool has_zone(const struct walk *w, const struct had_mattachment *a, uint32_t zone)
{
    had_each(const uint32_t, s, &a->subnets)
        if (w->m->subnets.items[*s].zone == zone && !dead(w->s->zones, zone))
            return true;
    return false;
}

/* Two accounts name a zone by one letter alone: perhaps it is one. */
static bool same_letter(const struct had_model *m, uint32_t a, uint32_t b)
{
    if (a == b || a == HAD_NOTHING || b == HAD_NOTHING)
        return false;
    const struct had_mzone_name *x = &m->zone_names.items[a], *y = &m->zone_names.items[b];
    return !x->by_id && !y->by_id && had_str_eq(x->letter, y->letter);
}

enum into { INTO_ZONE, INTO_LETTER, INTO_OTHERS, INTO_ALL };

/* Through those subnets of the attachment that are meant; `any` says whether there was one. */
static uint64_t through(struct walk *w, const struct had_mattachment *a, uint32_t zone,
                        enum into which, uint64_t ports, bool *any)
{
    struct had_model *m = w->m;
    uint64_t kept = ports;
    had_each(const uint32_t, s, &a->subnets) {
        const struct had_msubnet *e = &m->subnets.items[*s];
        bool letter = same_letter(m, e->zone, zone);
        if (dead(w->s->zones, e->zone) || (which == INTO_ZONE && e->zone != zone) ||
            (which == INTO_LETTER && !letter) || (which == INTO_OTHERS && letter))
            continue;
        *any = true;
        hop(w, a->node, e->node);
        bool local;
        uint32_t target = had_model_subnet_at(m, a->vpc, w->p->destination);
        const struct had_mroute *r = had_vpc_lookup(m, *s, w->p->destination, &local);
        uint64_t here = kept;
        if (!local || target != *s)
            here = acl(w, *s, true, w->p->destination, here);
        if (r && r->to == HAD_TO_TGW)
            assume(w, "what enters ", a->node, " and has a route back to a hub is sent there");
        kept &= local ? in_vpc(w, a->vpc, *s, here) : leave(w, *s, here);
    }
    return kept;
}

/*
 * Out of a gateway into a VPC: through the subnet of the same zone, or else any that is left. Where
 * two accounts name zones by letters alone, the subnet of the letter is the one if another would
 * lose the packet, and that is assumed.
 */
static uint64_t enter_vpc(struct walk *w, uint32_t number, uint32_t zone, uint64_t ports)
{
    struct had_model *m = w->m;
    const struct had_mattachment *a = &m->attachments.items[number];
    bool any = false;
    if (!a->accepted)
        return keep(w, ports, 0, "BAD_STATE_ATTACHMENT", a->node, NULL);
    if (a->subnets_unknown) {
        assume(w, "the existing attachment of ", a->node, " has subnets where they are needed");
        return in_vpc(w, a->vpc, HAD_NOTHING, ports);
    }
    bool same = zone != HAD_NOTHING && has_zone(w, a, zone), letter = false;
    had_each(const uint32_t, s, &a->subnets)
        letter |= !same && same_letter(m, m->subnets.items[*s].zone, zone) &&
                  !dead(w->s->zones, m->subnets.items[*s].zone);
    if (!letter) {
        uint64_t kept = through(w, a, zone, same ? INTO_ZONE : INTO_ALL, ports, &any);
        return any ? kept : keep(w, ports, 0, "BAD_STATE_ATTACHMENT", a->node, NULL);
    }
    uint64_t kept = through(w, a, zone, INTO_LETTER, ports, &any);
    struct had_trace before = *w->t;
    bool lost = w->lost;
    if (through(w, a, zone, INTO_OTHERS, kept, &any) == kept)
        return kept;
    uint32_t hops = before.hops.count;
    before.hops = w->t->hops; /* it may have grown, and its old memory been given back */
    before.hops.count = hops;
    *w->t = before;
    w->lost = lost;
    w->t->assumed |= had_model_assume(
        m, HAD_STR("a zone letter means the same zone in every account (state `zone-ids` of the "
                   "Region)"));
    return kept;
}

static bool candidate_alive(const struct walk *w, const struct had_mcandidate *c)
{
    if (!c->learned)
        return true;
    const struct had_mattachment *a = &w->m->attachments.items[c->attachment];
    if (a->kind == HAD_ATTACHED_VPN)
        return had_link_alive(w->s, w->m, a->link);
    had_each(const uint32_t, l, &w->m->gateways.items[a->gateway].links) {
        const struct had_mlink *link = &w->m->links.items[*l];
        had_each(const struct had_mlearned, p, &link->learned)
            if (p->node == c->learned)
                return had_link_alive(w->s, w->m, *l);
    }
    return false;
}

/* A static route to a line: one of its links must carry the address. */
static bool carries(const struct walk *w, const struct had_mattachment *a)
{
    if (a->kind == HAD_ATTACHED_VPN)
        return a->link != HAD_NOTHING && had_link_alive(w->s, w->m, a->link);
    if (a->gateway == HAD_NOTHING)
        return false;
    had_each(const uint32_t, l, &w->m->gateways.items[a->gateway].links) {
        if (!had_link_alive(w->s, w->m, *l))
            continue;
        had_each(const struct had_mlearned, p, &w->m->links.items[*l].learned)
            if (had_net4_holds(p->net, w->p->destination))
                return true;
    }
    return false;
}

static uint64_t out_of_tgw(struct walk *w, const struct had_mtgw_table *table,
                           const struct had_mcandidate *c, uint32_t zone, uint64_t ports)
{
    struct had_model *m = w->m;
    if (c->attachment == HAD_NOTHING)
        return keep(w, ports, 0, "BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND", table->node, c->node);
    const struct had_mattachment *a = &m->attachments.items[c->attachment];
    hop(w, table->node, c->node);
    if (a->kind == HAD_ATTACHED_VPC)
        return enter_vpc(w, c->attachment, zone, ports);
    if (a->kind == HAD_ATTACHED_PEER) {
        if (!a->accepted)
            return keep(w, ports, 0, "BAD_STATE_ATTACHMENT", a->node, NULL);
        uint32_t far = m->attachments.items[a->other].tgw;
        if (far == HAD_NOTHING) {
            assume(w, "the far hub of ", a->node, " delivers");
            return ports;
        }
        if (!had_str_eq(m->tgws.items[far].region, m->tgws.items[a->tgw].region))
            w->t->far = true;
        return enter_tgw(w, a->other, HAD_NOTHING, ports);
    }
    if (!c->learned && !carries(w, a))
        return keep(w, ports, 0, "BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND", table->node, c->node);
    hop(w, a->node, c->learned);
    return to_site(w, ports);
}

static uint64_t route(struct walk *w, const struct had_mtgw_table *table, uint32_t zone,
                      uint64_t ports)
{
    for (uint32_t at = had_tgw_lookup(table, w->p->destination); at != HAD_NOTHING;
         at = table->prefixes.items[at].parent) {
        const struct had_mprefix *prefix = &table->prefixes.items[at];
        const struct had_mcandidate *best = NULL;
        uint64_t kept = ports;
        for (uint32_t i = 0; i < prefix->count; i++) {
            const struct had_mcandidate *c = &table->candidates.items[prefix->first + i];
            if (!candidate_alive(w, c) || (best && c->origin != best->origin))
                continue;
            if (best && c->attachment == best->attachment)
                continue; /* another link of the same gateway */
            if (best && c->origin <= HAD_FROM_VPC)
                return keep(w, ports, 0, "AMBIGUOUS_ROUTE", table->node, c->node);
            best = c;
            if (c->black_hole)
                return keep(w, ports, 0, "BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND", table->node,
                            c->node);
        }
        if (!best)
            continue;
        const struct had_mcandidate *last = NULL;
        for (uint32_t i = 0; i < prefix->count; i++) {
            const struct had_mcandidate *c = &table->candidates.items[prefix->first + i];
            if (c->origin != best->origin || !candidate_alive(w, c) ||
                (last && c->attachment == last->attachment))
                continue;
            last = c;
            kept &= out_of_tgw(w, table, c, zone, kept);
        }
        return kept;
    }
    return keep(w, ports, 0, "ROUTE_NOT_FOUND", table->node, NULL);
}

static uint64_t enter_tgw(struct walk *w, uint32_t number, uint32_t zone, uint64_t ports)
{
    const struct had_mattachment *a = &w->m->attachments.items[number];
    if (!ports)
        return 0;
    for (uint32_t i = 0; i < w->depth; i++)
        if (w->entered[i] == number)
            return keep(w, ports, 0, "CYCLIC_PATH_DETECTED", a->node, NULL);
    if (w->depth == MOST_STEPS || ++w->turns > MOST_TURNS)
        return keep(w, ports, 0, "MAX_HOPS_EXCEEDED", a->node, NULL);
    if (!a->accepted)
        return keep(w, ports, 0, "BAD_STATE_ATTACHMENT", a->node, NULL);
    if (a->table == HAD_NOTHING)
        return keep(w, ports, 0, "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION", a->node, NULL);
    hop(w, a->node, a->association);
    w->entered[w->depth++] = number;
    uint64_t kept = route(w, &w->m->tgw_tables.items[a->table], zone, ports);
    w->depth--;
    return kept;
}

static uint64_t to_tgw(struct walk *w, uint32_t subnet, const struct had_mroute *r, uint64_t ports)
{
    struct had_model *m = w->m;
    const struct had_msubnet *s = &m->subnets.items[subnet];
    had_each(const uint32_t, number, &m->vpcs.items[s->vpc].attachments) {
        const struct had_mattachment *a = &m->attachments.items[*number];
        if (a->tgw != r->target)
            continue;
        if (a->subnets_unknown)
            assume(w, "the existing attachment of ", a->node, " has subnets where they are needed");
        else if (!has_zone(w, a, s->zone))
            return keep(w, ports, 0, "TGW_ROUTE_AZ_RESTRICTION", a->node, r->node);
        /* In one subnet with the attachment its ACL meets the packet twice (Transit Gateway guide,
         * "Network ACLs for transit gateways"). */
        had_each(const uint32_t, e, &a->subnets)
            if (m->subnets.items[*e].zone == s->zone)
                ports = acl(w, *e, false, w->p->source, ports);
        return enter_tgw(w, *number, s->zone, ports);
    }
    return keep(w, ports, 0, "BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND", s->node, r->node);
}

/* ---- VPC peering and appliances ---- */

static uint64_t to_peer(struct walk *w, uint32_t vpc, const struct had_mroute *r, uint64_t ports)
{
    struct had_model *m = w->m;
    const struct had_mpeering *p = &m->peerings.items[r->target];
    uint32_t other = p->vpc[0] == vpc ? p->vpc[1] : p->vpc[0];
    if (!p->accepted)
        return keep(w, ports, 0, "BAD_STATE_ATTACHMENT", p->node, r->node);
    if (other == HAD_NOTHING || (p->vpc[0] != vpc && p->vpc[1] != vpc))
        return keep(w, ports, 0, "BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND", p->node, r->node);
    /* Neither end sends on what came into it (VPC peering guide, "Edge to edge routing"). */
    if (!any_holds(&m->vpcs.items[vpc].ranges, w->p->source))
        return keep(w, ports, 0, "PEERING_IS_NOT_TRANSITIVE", p->node, r->node);
    if (!had_str_eq(m->vpcs.items[other].region, m->vpcs.items[vpc].region))
        w->t->far = true;
    return in_vpc(w, other, HAD_NOTHING, ports); /* a peering leads no further */
}

static uint64_t filter(struct walk *w, const struct had_mappliance *device, uint64_t ports)
{
    const struct had_model *m = w->m;
    if (w->p->reply)
        return ports; /* it keeps state */
    if (!device->rules.count) {
        assume(w, "", device->node, " forwards everything");
        return ports;
    }
    uint64_t kept = 0;
    for (uint32_t bit = 0; bit < m->port_count; bit++) {
        if (!(ports >> bit & 1))
            continue;
        struct had_port_class row = m->ports[bit];
        struct open_ports open = {{row.first}, {row.last}, 1, false};
        bool denied = false;
        had_each(const struct had_mfilter, f, &device->rules) {
            if ((f->protocol != -1 && f->protocol != row.protocol) ||
                !had_net4_holds(f->from, w->p->source) || !had_net4_holds(f->to, w->p->destination))
                continue;
            if (f->deny)
                denied |= f->first <= row.last && f->last >= row.first;
            else
                take(&open, f->first, f->last);
        }
        if (!denied && !open.count && !open.overflow)
            kept |= UINT64_C(1) << bit;
    }
    return keep(w, ports, kept, "DENIED_BY_APPLIANCE", device->node, NULL);
}

static uint64_t to_appliance(struct walk *w, uint32_t subnet, const struct had_mroute *r,
                             uint64_t ports)
{
    struct had_model *m = w->m;
    const struct had_mappliance *device = &m->appliances.items[r->target];
    uint32_t own = m->subnets.items[subnet].vpc;
    if (w->depth + 1 >= MOST_STEPS || ++w->turns > MOST_TURNS)
        return keep(w, ports, 0, "MAX_HOPS_EXCEEDED", device->node, r->node);
    ports = filter(w, device, ports);
    if (!ports)
        return 0;
    hop(w, device->node, r->node);
    w->t->devices |= UINT64_C(1) << r->target % 64;
    if (r->assumed)
        assume(w, "the routes to ", device->node, ", whose `endpoints` are not stated, lead to it");
    /* A device sees both ways of a flow only where one zone carries both. */
    bool mode = false, attached = m->vpcs.items[own].attachments.count > 0;
    had_each(const uint32_t, a, &m->vpcs.items[own].attachments)
        mode |= m->attachments.items[*a].appliance_mode;
    if (attached && !mode && device->subnets.count > 1)
        assume(w, "both ways of a flow pass ", device->node,
               " in one zone, without appliance mode");
    if (!device->subnets.count) {
        assume(w, "", device->node, " sends on what it gets");
        return at_host(w, ports);
    }
    uint64_t kept = ports;
    bool left = false;
    w->entered[w->depth++] = HAD_NOTHING; /* counts as a step */
    had_each(const uint32_t, s, &device->subnets) {
        uint64_t here = kept;
        if (dead(w->s->zones, m->subnets.items[*s].zone))
            continue;
        left = true;
        if (*s != subnet)
            here = acl(w, *s, false, w->p->source, here);
        here = acl(w, *s, true, w->p->destination, here);
        /* A subnet whose route leads to the device itself is the device's own: it goes on locally.
         */
        bool local;
        const struct had_mroute *next = had_vpc_lookup(m, *s, w->p->destination, &local);
        if (next && next->to == HAD_TO_APPLIANCE && next->target == r->target)
            kept &= keep(w, here, 0, "CYCLIC_PATH_DETECTED", device->node, next->node);
        else
            kept &= leave(w, *s, here);
    }
    w->depth--;
    return left ? kept : keep(w, ports, 0, "BAD_STATE", device->node, r->node);
}

/* ---- out of a subnet ---- */

static uint64_t leave(struct walk *w, uint32_t number, uint64_t ports)
{
    struct had_model *m = w->m;
    const struct had_msubnet *s = &m->subnets.items[number];
    if (!ports)
        return 0;
    if (s->table == HAD_NOTHING && s->table_unknown) {
        assume(w, "the routes of the existing ", s->node, " lead where they must");
        return at_host(w, ports);
    }
    bool local;
    const struct had_mroute *r = had_vpc_lookup(m, number, w->p->destination, &local);
    const struct had_node *table =
        s->table == HAD_NOTHING ? s->node : m->tables.items[s->table].node;
    if (local) {
        hop(w, s->node, table);
        return in_vpc(w, s->vpc, number, ports);
    }
    if (s->table != HAD_NOTHING && m->tables.items[s->table].node->lifecycle == HAD_EXISTING &&
        !r) {
        assume(w, "the route table of the existing ", s->node, " has the routes that it needs");
        return at_host(w, ports);
    }
    if (s->table != HAD_NOTHING && m->tables.items[s->table].prefix_lists)
        assume(w, "no prefix list in the routes of ", s->node, " takes the traffic away");
    if (!r)
        return keep(w, ports, 0, "ROUTE_NOT_FOUND", s->node, table);
    hop(w, s->node, r->node);
    switch (r->to) {
    case HAD_TO_TGW:
        return to_tgw(w, number, r, ports);
    case HAD_TO_PEER:
        return to_peer(w, s->vpc, r, ports);
    case HAD_TO_APPLIANCE:
        return to_appliance(w, number, r, ports);
    case HAD_TO_NAT:
    case HAD_TO_INTERNET:
        return keep(w, ports, 0, "LEAVES_TO_INTERNET", s->node, r->node);
    case HAD_TO_LOCAL:
    case HAD_TO_UNKNOWN:
        break;
    }
    assume(w, "the target of a route of ", s->node, " delivers");
    return at_host(w, ports);
}

/* ---- out of a site ---- */

/* The hub to which a link brings the address: where AWS announces it. */
static uint32_t announced(struct walk *w, const struct had_mlink *link, const struct had_node **by)
{
    struct had_model *m = w->m;
    *by = NULL;
    if (link->vpn) {
        if (link->attachment == HAD_NOTHING)
            return HAD_NOTHING;
        const struct had_mattachment *a = &m->attachments.items[link->attachment];
        /* With BGP, AWS announces the routes of the table that the attachment is associated with.
         */
        if (!link->is_static &&
            (a->table == HAD_NOTHING ||
             had_tgw_lookup(&m->tgw_tables.items[a->table], w->p->destination) == HAD_NOTHING))
            return HAD_NOTHING;
        return link->attachment;
    }
    uint32_t best = HAD_NOTHING;
    int length = -1;
    if (link->gateway == HAD_NOTHING)
        return HAD_NOTHING;
    had_each(const struct had_mallowed, hub, &m->gateways.items[link->gateway].hubs) {
        if (!hub->known) {
            assume(w, "the existing association of ", hub->node, " announces the ranges");
            if (length < 0)
                best = hub->attachment;
            continue;
        }
        had_each(const struct had_net4, n, &hub->nets)
            if (n->length > length && had_net4_holds(*n, w->p->destination)) {
                length = n->length;
                best = hub->attachment;
                *by = hub->node;
            }
    }
    return best;
}

static uint64_t from_site(struct walk *w, uint32_t site, uint64_t ports)
{
    struct had_model *m = w->m;
    uint64_t kept = ports;
    bool any = false;
    w->t->far = true;
    if (site == HAD_NOTHING)
        return keep(w, ports, 0, "NOT_ADVERTISED", m->hosts.items[w->p->from].node, NULL);
    ports = kept = firewall(w, site, true, ports);
    for (uint32_t l = 0; l < m->links.count; l++) {
        const struct had_mlink *link = &m->links.items[l];
        bool serves = !link->sites.count;
        const struct had_node *by;
        had_each(const uint32_t, s, &link->sites)
            serves |= *s == site;
        if (!serves || !had_link_alive(w->s, m, l))
            continue;
        uint32_t attachment = announced(w, link, &by);
        if (attachment == HAD_NOTHING)
            continue;
        any = true;
        hop(w, link->node, by);
        kept &= enter_tgw(w, attachment, HAD_NOTHING, kept);
    }
    return any ? kept : keep(w, ports, 0, "NOT_ADVERTISED", m->sites.items[site].node, NULL);
}

/* ---- the whole way ---- */

void had_walk(struct had_model *m, const struct had_scenario *scenario,
              const struct had_packet *packet, struct had_trace *t)
{
    static const struct had_scenario nothing = {0};
    struct walk w = {.m = m, .s = scenario ? scenario : &nothing, .p = packet, .t = t};
    const struct had_mhost *from = &m->hosts.items[packet->from];
    const struct had_mhost *to = &m->hosts.items[packet->to];
    uint64_t ports = packet->ports;
    t->ports = 0;
    t->reason = NULL;
    if (from->kind == HAD_HOST_SERVER) {
        if (to->kind == HAD_HOST_SERVER)
            t->ports = ports; /* between sites the network is not ours */
        else
            t->ports = from_site(&w, from->site, ports);
        return;
    }
    if (from->subnet == HAD_NOTHING)
        return;
    if (!packet->reply)
        ports = groups(&w, packet->from, true, packet->destination, packet->to, ports);
    const struct had_msubnet *s = &m->subnets.items[from->subnet];
    /* An address of another subnet than the host's own is never found there. */
    if (to->subnet == from->subnet && had_net4_holds(s->net, packet->destination) &&
        had_net4_holds(s->net, packet->source)) {
        hop(&w, s->node, NULL);
        t->ports = at_host(&w, ports);
        return;
    }
    ports = acl(&w, from->subnet, true, packet->destination, ports);
    t->ports = leave(&w, from->subnet, ports);
}
