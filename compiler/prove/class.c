/*
 * Classes of members. The key of a member holds every input of its verdicts: what its routes,
 * filters and attachment make of each controller's addresses, and what the tables and filters on
 * the other side make of its own. Two members with equal keys have equal verdicts, also with things
 * failed, so that one walk for each class is enough. Keys are compared as a whole; a hash only
 * finds candidates.
 */
#include "prove/internal.h"

#include <string.h>

enum { MOST_PAIRS_OF_MEMBERS = 20000000 };

struct key {
    had_array(uint32_t) words;
};

struct classifier {
    struct had_proof *proof;
    struct had_model *m;
    struct had_arena *a;
    uint8_t *core; /* per VPC: traffic of others passes there */
    had_indexes core_subnets;
    had_indexes core_tables; /* one subnet for each table of theirs */
    uint8_t *core_zone;      /* per zone name */
    uint32_t *zone_element;
};

static void put(struct classifier *c, struct key *k, uint32_t word)
{
    *had_push(c->a, &k->words) = word;
}

static void put_mask(struct classifier *c, struct key *k, uint64_t mask)
{
    put(c, k, (uint32_t)mask);
    put(c, k, (uint32_t)(mask >> 32));
}

/* A zone that is known by letter alone is only ever compared inside its account. */
static uint32_t zone_word(const struct classifier *c, uint32_t zone)
{
    if (zone == HAD_NOTHING || c->m->zone_names.items[zone].by_id || c->core_zone[zone])
        return zone;
    return UINT32_C(0x80000000) | c->zone_element[zone];
}

static void put_lookup(struct classifier *c, struct key *k, uint32_t subnet, uint32_t address)
{
    bool local;
    const struct had_mroute *r = had_vpc_lookup(c->m, subnet, address, &local);
    put(c, k, local ? 1 : r ? 2 + (uint32_t)r->to : 0);
    put(c, k, r ? r->target : HAD_NOTHING);
    const struct had_msubnet *s = &c->m->subnets.items[subnet];
    if (!local && !r && s->table != HAD_NOTHING)
        put(c, k, c->m->tables.items[s->table].node->lifecycle == HAD_EXISTING);
}

/* What a table of a gateway makes of the member's address; its own attachment is the same for all.
 */
static void put_return(struct classifier *c, struct key *k, const struct had_mtgw_table *table,
                       uint32_t address, uint32_t vpc)
{
    uint32_t at = had_tgw_lookup(table, address);
    for (; at != HAD_NOTHING; at = table->prefixes.items[at].parent) {
        const struct had_mprefix *p = &table->prefixes.items[at];
        bool certain = false;
        put(c, k, p->count);
        for (uint32_t i = 0; i < p->count; i++) {
            const struct had_mcandidate *x = &table->candidates.items[p->first + i];
            uint32_t attachment = x->attachment;
            if (attachment != HAD_NOTHING && c->m->attachments.items[attachment].vpc == vpc)
                attachment = HAD_NOTHING - 1;
            put(c, k, (uint32_t)x->origin << 1 | x->black_hole);
            put(c, k, attachment);
            put(c, k, x->learned ? x->learned->id : HAD_NOTHING);
            certain |= !x->learned;
        }
        if (certain)
            return; /* nothing makes such a route go away */
    }
    put(c, k, HAD_NOTHING);
}

static uint64_t acl_word(struct classifier *c, uint32_t subnet, bool out, uint32_t address,
                         const struct had_packet *packet)
{
    uint64_t assumed = 0;
    const struct had_node *denied;
    uint32_t acl = c->m->subnets.items[subnet].acl;
    if (acl == HAD_NOTHING)
        return UINT64_MAX;
    uint64_t ports =
        had_acl_ports(c->m, acl, out, address, packet, packet->ports, &assumed, &denied);
    return ports ^ assumed << 32;
}

static void put_attachments(struct classifier *c, struct key *k, uint32_t subnet, uint32_t address,
                            const struct had_packet *there, const struct had_packet *back)
{
    const struct had_msubnet *s = &c->m->subnets.items[subnet];
    const struct had_mvpc *vpc = &c->m->vpcs.items[s->vpc];
    put(c, k, vpc->attachments.count);
    had_each(const uint32_t, number, &vpc->attachments) {
        const struct had_mattachment *a = &c->m->attachments.items[*number];
        put(c, k, a->tgw);
        put(c, k, a->table);
        put(c, k, (uint32_t)a->accepted | (uint32_t)a->subnets_unknown << 1);
        had_each(const uint32_t, e, &a->subnets) {
            put(c, k, zone_word(c, c->m->subnets.items[*e].zone));
            put(c, k, *e == subnet);
            put_lookup(c, k, *e, address);
            if (c->m->subnets.items[*e].acl != HAD_NOTHING) {
                put_mask(c, k, acl_word(c, *e, false, address, there));
                put_mask(c, k, acl_word(c, *e, true, address, back));
            }
        }
        put(c, k, HAD_NOTHING);
    }
}

/* Everything about one address of the member and one controller. */
static void put_pair(struct classifier *c, struct key *k, uint32_t member, uint32_t address,
                     uint32_t controller)
{
    struct had_model *m = c->m;
    const struct had_mhost *h = &m->hosts.items[member], *d = &m->hosts.items[controller];
    uint64_t ports = had_member_ports(m, member), assumed = 0;
    struct had_packet there = {.from = member, .to = controller, .source = address, .ports = ports};
    struct had_packet back = {
        .from = controller, .to = member, .destination = address, .ports = ports, .reply = true};
    had_each(const uint32_t, place, &d->places) {
        put_lookup(c, k, h->subnet, *place);
        put_mask(c, k, had_group_ports(m, member, true, *place, controller, ports, &assumed));
        put_mask(c, k, acl_word(c, h->subnet, true, *place, &there));
        put_mask(c, k, acl_word(c, h->subnet, false, *place, &back));
        had_each(const uint32_t, e, &m->vpcs.items[m->subnets.items[h->subnet].vpc].attachments)
            had_each(const uint32_t, s, &m->attachments.items[*e].subnets)
                if (m->subnets.items[*s].acl != HAD_NOTHING) {
                    put_mask(c, k, acl_word(c, *s, false, *place, &back));
                    put_mask(c, k, acl_word(c, *s, true, *place, &there));
                }
        had_each(const struct had_mappliance, x, &m->appliances)
            had_each(const struct had_mfilter, f, &x->rules)
                put(c, k,
                    (uint32_t)had_net4_holds(f->from, address) |
                        (uint32_t)had_net4_holds(f->to, *place) << 1);
    }
    put_mask(c, k, assumed);
}

static void put_filters(struct classifier *c, struct key *k, uint32_t member, uint32_t address,
                        const had_indexes *controllers)
{
    struct had_model *m = c->m;
    uint64_t ports = had_member_ports(m, member), assumed = 0;
    uint32_t seen[32], count = 0;
    had_each(const uint32_t, d, controllers) {
        const struct had_mhost *host = &m->hosts.items[*d];
        bool known = false;
        for (uint32_t i = 0; i < count; i++)
            known |= seen[i] == host->groups_content;
        if (known || host->kind == HAD_HOST_SERVER)
            continue;
        if (count < 32)
            seen[count++] = host->groups_content;
        put_mask(c, k, had_group_ports(m, *d, false, address, member, ports, &assumed));
    }
    put_mask(c, k, assumed);
    struct had_packet there = {.from = member, .to = controllers->items[0], .ports = ports};
    struct had_packet back = {
        .from = controllers->items[0], .to = member, .ports = ports, .reply = true};
    had_each(const uint32_t, s, &c->core_subnets)
        if (m->subnets.items[*s].acl != HAD_NOTHING) {
            put_mask(c, k, acl_word(c, *s, false, address, &there));
            put_mask(c, k, acl_word(c, *s, true, address, &back));
        }
}

static void put_on_premises(struct classifier *c, struct key *k, uint32_t address)
{
    struct had_model *m = c->m;
    had_each(const struct had_mgateway, g, &m->gateways)
        had_each(const struct had_mallowed, hub, &g->hubs) {
            uint32_t longest = 0;
            had_each(const struct had_net4, n, &hub->nets)
                if (had_net4_holds(*n, address) && n->length + 1u > longest)
                    longest = n->length + 1u;
            put(c, k, longest);
        }
    had_each(const struct had_msite, s, &m->sites) {
        uint32_t sum = 0; /* which flows of the firewall name the address */
        had_each(const struct had_mflow, f, &s->flows) {
            bool holds = false;
            had_each(const struct had_net4, n, &f->outside)
                holds |= had_net4_holds(*n, address);
            sum = sum * 3 + holds;
            if ((f - s->flows.items) % 20 == 19) {
                put(c, k, sum);
                sum = 0;
            }
        }
        put(c, k, sum);
    }
}

static void make_key(struct classifier *c, struct key *k, uint32_t member)
{
    struct had_model *m = c->m;
    const struct had_mhost *h = &m->hosts.items[member];
    const struct had_msubnet *s = &m->subnets.items[h->subnet];
    const had_indexes *controllers = &m->domains.items[h->domain].controllers;
    k->words.count = 0;
    put(c, k, h->domain);
    put(c, k, (uint32_t)h->kind << 2 | (uint32_t)h->open << 1 | h->groups_unknown);
    put(c, k, (uint32_t)h->low_port << 1 | h->administers);
    put(c, k, zone_word(c, s->zone));
    put(c, k, (uint32_t)s->ipv6 << 2 | (uint32_t)(s->table == HAD_NOTHING) << 1 | s->table_unknown);
    put(c, k, s->table != HAD_NOTHING && m->tables.items[s->table].prefix_lists);
    put(c, k, c->core[s->vpc] ? h->subnet : HAD_NOTHING);
    put(c, k, h->places.count);
    struct had_packet there = {
        .from = member, .to = controllers->items[0], .ports = had_member_ports(m, member)};
    struct had_packet back = {.from = controllers->items[0],
                              .to = member,
                              .ports = had_member_ports(m, member),
                              .reply = true};
    had_each(const uint32_t, place, &h->places) {
        put(c, k, had_model_subnet_at(m, s->vpc, *place) == h->subnet);
        put_attachments(c, k, h->subnet, *place, &there, &back);
        had_each(const struct had_mtgw_table, t, &m->tgw_tables)
            put_return(c, k, t, *place, s->vpc);
        had_each(const uint32_t, e, &c->core_tables)
            put_lookup(c, k, *e, *place);
        put_filters(c, k, member, *place, controllers);
        if (m->links.count)
            put_on_premises(c, k, *place);
        had_each(const uint32_t, d, controllers)
            put_pair(c, k, member, *place, *d);
    }
}

/* VPCs where traffic of other VPCs passes or ends. */
static void find_core(struct classifier *c)
{
    struct had_model *m = c->m;
    c->core = had_new_n(c->a, uint8_t, m->vpcs.count + 1);
    c->core_zone = had_new_n(c->a, uint8_t, m->zone_names.count + 1);
    c->zone_element = had_new_n(c->a, uint32_t, m->zone_names.count + 1);
    for (uint32_t e = 0; e < m->elements.count; e++)
        if (m->elements.items[e].kind == HAD_FAILS_ZONE)
            had_each(const uint32_t, z, &m->elements.items[e].of)
                c->zone_element[*z] = e;
    had_each(const struct had_mhost, h, &m->hosts)
        if (h->controller && h->subnet != HAD_NOTHING)
            c->core[m->subnets.items[h->subnet].vpc] = 1;
    had_each(const struct had_mappliance, x, &m->appliances)
        had_each(const uint32_t, s, &x->subnets)
            c->core[m->subnets.items[*s].vpc] = 1;
    had_each(const struct had_mtgw_table, t, &m->tgw_tables)
        had_each(const struct had_mcandidate, x, &t->candidates)
            if (x->origin == HAD_STATIC && x->attachment != HAD_NOTHING &&
                m->attachments.items[x->attachment].vpc != HAD_NOTHING)
                c->core[m->attachments.items[x->attachment].vpc] = 1;
    had_each(const struct had_mpeering, p, &m->peerings)
        for (int i = 0; i < 2; i++)
            if (p->vpc[i] != HAD_NOTHING)
                c->core[p->vpc[i]] = 1;
    struct had_map tables = {0};
    for (uint32_t i = 0; i < m->subnets.count; i++) {
        const struct had_msubnet *s = &m->subnets.items[i];
        if (!c->core[s->vpc])
            continue;
        *had_push(c->a, &c->core_subnets) = i;
        if (s->zone != HAD_NOTHING)
            c->core_zone[s->zone] = 1;
        if (s->table == HAD_NOTHING || had_map_put(c->a, &tables, s->table, 1))
            *had_push(c->a, &c->core_tables) = i;
    }
}

static uint64_t hash(const struct key *k)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (uint32_t i = 0; i < k->words.count; i++)
        h = (h ^ k->words.items[i]) * UINT64_C(1099511628211);
    return h ^ h >> 29;
}

void had_classify(struct had_proof *proof, bool each_alone)
{
    struct had_model *m = proof->model;
    struct classifier c = {.proof = proof, .m = m, .a = proof->arena};
    struct had_map by_hash = {0};
    had_array(struct key) keys = {0};
    had_array(uint32_t) next = {0};
    struct key k = {{0}};
    find_core(&c);
    /* What a spec may ask for is bounded, and what is left out is no proof. */
    uint64_t pairs = 0;
    had_each(const struct had_mhost, h, &m->hosts)
        if ((h->kind == HAD_HOST_MEMBER || h->kind == HAD_HOST_SUBNET) && h->domain != HAD_NOTHING)
            pairs += (uint64_t)h->places.count * m->domains.items[h->domain].controllers.count;
    if (pairs > MOST_PAIRS_OF_MEMBERS) {
        static const enum had_query_id asked[] = {HAD_R1, HAD_R4, HAD_R5};
        for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
            had_unknown(proof, asked[i],
                        HAD_STR("there are more members and controllers than are looked at"));
        return;
    }
    for (uint32_t i = 0; i < m->hosts.count; i++) {
        const struct had_mhost *h = &m->hosts.items[i];
        if ((h->kind != HAD_HOST_MEMBER && h->kind != HAD_HOST_SUBNET) ||
            h->domain == HAD_NOTHING || !m->domains.items[h->domain].controllers.count)
            continue;
        uint32_t found = HAD_NOTHING;
        uint64_t code = 0;
        if (!each_alone) {
            make_key(&c, &k, i);
            code = hash(&k);
            const uint64_t *first = had_map_get(&by_hash, code);
            for (uint32_t at = first ? (uint32_t)*first : HAD_NOTHING; at != HAD_NOTHING;
                 at = next.items[at])
                if (keys.items[at].words.count == k.words.count &&
                    memcmp(keys.items[at].words.items, k.words.items,
                           sizeof *k.words.items * k.words.count) == 0) {
                    found = at;
                    break;
                }
        }
        if (found == HAD_NOTHING) {
            found = proof->classes.count;
            *had_push(c.a, &proof->classes) = (struct had_class){.first = i, .via = HAD_NOTHING};
            if (!each_alone) {
                const uint64_t *first = had_map_get(&by_hash, code);
                *had_push(c.a, &next) = first ? (uint32_t)*first : HAD_NOTHING;
                had_map_put(c.a, &by_hash, code, found);
                *had_push(c.a, &keys) = k;
                k = (struct key){{0}};
            }
        }
        *had_push(c.a, &proof->classes.items[found].members) = i;
    }
}
