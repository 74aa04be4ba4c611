/* The queries, in their order: members, controllers, sites; names, routes, segments and losses have
 * files of their own. */
#include "prove/internal.h"

#include <string.h>

const char *had_verdict_name(enum had_verdict verdict)
{
    static const char *const names[] = {
        [HAD_PROVED] = "proved",
        [HAD_REFUTED] = "refuted",
        [HAD_ASSUMED] = "assumed",
        [HAD_UNKNOWN] = "unknown",
    };
    return names[verdict];
}

bool had_host_dead(const struct had_model *m, const struct had_scenario *s, uint32_t host)
{
    const struct had_mhost *h = &m->hosts.items[host];
    if (!s)
        return false;
    if (s->hosts && s->hosts[host])
        return true;
    if (h->site != HAD_NOTHING)
        return s->sites && s->sites[h->site];
    if (h->subnet == HAD_NOTHING)
        return false;
    uint32_t zone = m->subnets.items[h->subnet].zone;
    return zone != HAD_NOTHING && s->zones && s->zones[zone];
}

/* Lost for one reason at one place; or packets that one repair lets pass. */
static bool one_cause(const struct had_counterexample *a, const struct had_counterexample *b)
{
    if (a->reason != b->reason || a->reply != b->reply || !had_str_eq(a->ports, b->ports) ||
        !had_str_eq(a->failure, b->failure))
        return false;
    return (a->at == b->at && a->matched == b->matched) ||
           (a->ports.len && a->repair.len && had_str_eq(a->repair, b->repair));
}

/* One cause is one counterexample: the first that has it, and how many are like it. */
struct had_counterexample *had_refute(struct had_proof *proof, enum had_query_id id,
                                      struct had_counterexample example)
{
    struct had_query *q = &proof->queries[id];
    if (!example.count)
        example.count = 1;
    had_each(struct had_counterexample, known, &q->counterexamples)
        if (one_cause(known, &example)) {
            known->count += example.count;
            return known;
        }
    struct had_counterexample *c = had_push(proof->arena, &q->counterexamples);
    *c = example;
    return c;
}

void had_unknown(struct had_proof *proof, enum had_query_id id, had_str why)
{
    struct had_query *q = &proof->queries[id];
    q->unknown = true;
    had_each(const had_str, known, &q->unknowns)
        if (had_str_eq(*known, why))
            return;
    if (q->unknowns.count < 64)
        *had_push(proof->arena, &q->unknowns) = why;
}

/* ---- pairs ---- */

/* Appliances keep state: one that sees one way of a flow alone may drop the rest of it. */
static uint64_t one_way(struct had_model *m, uint64_t there, uint64_t back)
{
    uint64_t assumed = 0;
    for (uint32_t i = 0; i < m->appliances.count && there != back; i++)
        if ((there ^ back) >> i % 64 & 1)
            assumed |= had_model_assume(
                m, had_str_printf(m->arena,
                                  "`" HAD_FMT "` lets flows pass of which it sees one way alone",
                                  HAD_ARG(m->appliances.items[i].node->object)));
    return assumed;
}

/* Windows asks by IPv6 first where both have it. A Resolver endpoint has what its type says: IPv4.
 */
static bool both_ipv6(const struct had_model *m, uint32_t from, uint32_t to)
{
    const struct had_mhost *a = &m->hosts.items[from], *b = &m->hosts.items[to];
    return a->kind != HAD_HOST_RESOLVER && b->kind != HAD_HOST_RESOLVER &&
           a->subnet != HAD_NOTHING && b->subnet != HAD_NOTHING &&
           m->subnets.items[a->subnet].ipv6 && m->subnets.items[b->subnet].ipv6;
}

struct had_pair_result had_pair_walk(struct had_model *m, const struct had_scenario *s,
                                     uint32_t from, uint32_t to, uint64_t ports)
{
    struct had_pair_result result = {.ports = ports};
    if (both_ipv6(m, from, to))
        result.assumed |= had_model_assume(
            m, HAD_STR("hosts whose subnets both have IPv6 reach each other by it as they do by "
                       "IPv4, which alone is followed"));
    had_each(const uint32_t, a, &m->hosts.items[from].places) {
        had_each(const uint32_t, b, &m->hosts.items[to].places) {
            struct had_packet there = {from, to, *a, *b, result.ports, false};
            struct had_trace t = {0};
            had_walk(m, s, &there, &t);
            result.assumed |= t.assumed;
            result.far |= t.far;
            result.ports = t.ports;
            if (!result.ports)
                return result;
            struct had_packet back = {to, from, *b, *a, result.ports, true};
            uint64_t devices = t.devices;
            t = (struct had_trace){0};
            had_walk(m, s, &back, &t);
            result.assumed |= t.assumed;
            if (devices != t.devices && t.ports)
                result.assumed |= one_way(m, devices, t.devices);
            result.far |= t.far;
            result.ports = t.ports;
            if (!result.ports)
                return result;
        }
    }
    return result;
}

/* The table of a hub in which what leaves the subnet ends, if it does not know the address either.
 */
static const struct had_mtgw_table *table_without(const struct had_model *m,
                                                  const struct had_node *subnet, uint32_t address)
{
    uint32_t number = m->of_node[subnet->id];
    if (!had_str_is(subnet->type_name, "AWS::EC2::Subnet") || number == HAD_NOTHING)
        return NULL;
    had_each(const uint32_t, a, &m->vpcs.items[m->subnets.items[number].vpc].attachments) {
        uint32_t table = m->attachments.items[*a].table;
        if (table != HAD_NOTHING &&
            had_tgw_lookup(&m->tgw_tables.items[table], address) == HAD_NOTHING)
            return &m->tgw_tables.items[table];
    }
    return NULL;
}

static had_str repair_text(const struct had_model *m, const struct had_trace *t,
                           const struct had_packet *p, had_str ports, const char *protocol)
{
    struct had_arena *a = m->arena;
    const struct had_mhost *to = &m->hosts.items[p->to];
    const struct had_mhost *from = &m->hosts.items[p->from];
    had_str address = had_ip4_text(a, p->destination), source = had_ip4_text(a, p->source);
    had_str at = t->at ? t->at->object : (had_str){0};
    had_str by = t->matched ? t->matched->object : (had_str){0};
    had_str net = to->subnet != HAD_NOTHING ? m->vpcs.items[m->subnets.items[to->subnet].vpc].name
                  : to->site != HAD_NOTHING ? m->sites.items[to->site].node->object
                                            : to->name;
    if (strcmp(t->reason, "ROUTE_NOT_FOUND") == 0) {
        const struct had_mtgw_table *table = t->at ? table_without(m, t->at, p->destination) : NULL;
        if (table) /* the routes of its subnets follow */
            at = table->node->object;
        return table ||
                       (t->at && had_str_is(t->at->type_name, "AWS::EC2::TransitGatewayRouteTable"))
                   ? had_str_printf(a,
                                    "let `" HAD_FMT "` reach the segment of `" HAD_FMT
                                    "`, or state a route to it there",
                                    HAD_ARG(at), HAD_ARG(net))
                   : had_str_printf(a, "state a route to " HAD_FMT " in `" HAD_FMT "`",
                                    HAD_ARG(address), HAD_ARG(at));
    }
    if (strcmp(t->reason, "BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND") == 0)
        return had_str_printf(a,
                              "take away or narrow the route of `" HAD_FMT
                              "` that leads nowhere, or attach its target",
                              HAD_ARG(by.len ? by : at));
    if (strcmp(t->reason, "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION") == 0)
        return had_str_printf(a, "put `" HAD_FMT "` into a segment", HAD_ARG(at));
    if (strcmp(t->reason, "TGW_ROUTE_AZ_RESTRICTION") == 0)
        return had_str_printf(a, "give the attachment of `" HAD_FMT "` a subnet in each zone",
                              HAD_ARG(at));
    if (strcmp(t->reason, "SUBNET_ACL_RESTRICTION") == 0)
        return p->reply
                   ? had_str_printf(a,
                                    "let replies to ports %u-65535/%s of " HAD_FMT
                                    " pass the network ACL of `" HAD_FMT "`",
                                    to->low_port, protocol, HAD_ARG(address), HAD_ARG(at))
                   : had_str_printf(a, "let " HAD_FMT "/%s pass the network ACL of `" HAD_FMT "`",
                                    HAD_ARG(ports), protocol, HAD_ARG(at));
    if (strcmp(t->reason, "ENI_SG_RULES_MISMATCH") == 0) {
        bool out = t->at == from->node && from->node != to->node;
        return had_str_printf(a, "let " HAD_FMT "/%s %s " HAD_FMT " in a group of `" HAD_FMT "`",
                              HAD_ARG(ports), protocol, out ? "out to" : "in from",
                              HAD_ARG(out ? address : source), HAD_ARG(at));
    }
    if (strcmp(t->reason, "NOT_ADVERTISED") == 0)
        return had_str_printf(a,
                              "announce " HAD_FMT " to `" HAD_FMT
                              "`: `advertises` of the hub, or a link of the site",
                              HAD_ARG(address), HAD_ARG(at));
    if (strcmp(t->reason, "WRONG_DESTINATION") == 0)
        return had_str_printf(a, "correct the route that leads " HAD_FMT " to `" HAD_FMT "`",
                              HAD_ARG(address), HAD_ARG(at));
    if (strcmp(t->reason, "AMBIGUOUS_ROUTE") == 0)
        return had_str_printf(a, "give the networks behind `" HAD_FMT "` ranges of their own",
                              HAD_ARG(at));
    if (strcmp(t->reason, "LEAVES_TO_INTERNET") == 0)
        return had_str_printf(a, "state a route to " HAD_FMT " in `" HAD_FMT "`", HAD_ARG(address),
                              HAD_ARG(at));
    if (strcmp(t->reason, "PEERING_IS_NOT_TRANSITIVE") == 0)
        return had_str_printf(
            a, "join the networks by a hub, or state a route around `" HAD_FMT "`", HAD_ARG(at));
    if (strcmp(t->reason, "DENIED_BY_APPLIANCE") == 0)
        return had_str_printf(a, "let " HAD_FMT "/%s pass `" HAD_FMT "`", HAD_ARG(ports), protocol,
                              HAD_ARG(at));
    if (strcmp(t->reason, "BAD_STATE_ATTACHMENT") == 0)
        return had_str_printf(a, "`" HAD_FMT "` is not accepted or has no subnet left: correct it",
                              HAD_ARG(at));
    return had_str_printf(a, "correct the routes at `" HAD_FMT "`", HAD_ARG(at));
}

struct had_span had_span_of(const struct had_node *node)
{
    if (!node)
        return (struct had_span){0};
    return had_span_known(node->origin->derivation_span) ? node->origin->derivation_span
                                                         : node->origin->span;
}

static had_str range_text(const struct had_model *m, uint32_t first, uint32_t last)
{
    return first == last ? had_str_printf(m->arena, "%u", first)
                         : had_str_printf(m->arena, "%u-%u", first, last);
}

/* Of what is lost one packet, as it is on its way; of a range of ports, one of those at least. */
static had_str packet_text(const struct had_model *m, const struct had_packet *p, uint64_t lost,
                           uint8_t protocol)
{
    uint32_t bit = 0;
    while (bit < m->port_count && (!(lost >> bit & 1) || m->ports[bit].protocol != protocol))
        bit++;
    if (bit == m->port_count)
        return (had_str){0};
    had_str from = had_ip4_text(m->arena, p->source), to = had_ip4_text(m->arena, p->destination);
    had_str port = range_text(m, m->ports[bit].first, m->ports[bit].last);
    const char *name = protocol == 6 ? "tcp" : "udp";
    if (!p->reply)
        return had_str_printf(m->arena, HAD_FMT " to " HAD_FMT ":" HAD_FMT "/%s", HAD_ARG(from),
                              HAD_ARG(to), HAD_ARG(port), name);
    return had_str_printf(m->arena, HAD_FMT ":" HAD_FMT " to " HAD_FMT ":" HAD_FMT "/%s",
                          HAD_ARG(from), HAD_ARG(port), HAD_ARG(to),
                          HAD_ARG(range_text(m, m->hosts.items[p->to].low_port, 65535)), name);
}

static void explain(struct had_proof *proof, const struct had_packet *p, struct had_trace *t,
                    struct had_counterexample *out)
{
    struct had_model *m = proof->model;
    uint64_t lost = t->lost ? t->lost : p->ports & ~t->ports;
    uint8_t protocol = had_ports_of_mask(m, lost, 6).len ? 6 : 17;
    had_str ports = had_ports_of_mask(m, lost, protocol);
    const struct had_mhost *from = &m->hosts.items[p->reply ? p->to : p->from];
    const struct had_mhost *to = &m->hosts.items[p->reply ? p->from : p->to];
    *out = (struct had_counterexample){
        .from = from->name,
        .to = to->name,
        .ports = ports,
        .protocol = protocol == 6 ? "tcp" : "udp",
        .reply = p->reply,
        .packet = packet_text(m, p, lost, protocol),
        .at = t->at,
        .matched = t->matched,
        .reason = t->reason ? t->reason : "UNKNOWN",
        .count = 1,
    };
    out->hops.items = t->hops.items;
    out->hops.count = t->hops.count;
    out->hops.room = t->hops.room;
    out->span = had_span_of(t->matched ? t->matched : t->at);
    if (!had_span_known(out->span))
        out->span = had_span_of(from->node);
    out->repair = t->reason ? repair_text(m, t, p, ports, out->protocol) : (had_str){0};
}

bool had_pair_explain(struct had_proof *proof, const struct had_scenario *s, uint32_t from,
                      uint32_t to, uint64_t ports, struct had_counterexample *out)
{
    struct had_model *m = proof->model;
    had_each(const uint32_t, a, &m->hosts.items[from].places) {
        had_each(const uint32_t, b, &m->hosts.items[to].places) {
            struct had_packet there = {from, to, *a, *b, ports, false};
            struct had_trace t = {.record = true};
            had_walk(m, s, &there, &t);
            if (t.ports != ports) {
                explain(proof, &there, &t, out);
                return true;
            }
            struct had_packet back = {to, from, *b, *a, ports, true};
            t = (struct had_trace){.record = true};
            had_walk(m, s, &back, &t);
            if (t.ports != ports) {
                explain(proof, &back, &t, out);
                return true;
            }
        }
    }
    return false;
}

/* The first controller of the member's domain in its Region, or of one of its sites. */
uint32_t had_near_controller(const struct had_model *m, const struct had_scenario *s,
                             uint32_t member, had_str site)
{
    const struct had_mhost *h = &m->hosts.items[member];
    had_str region = m->vpcs.items[m->subnets.items[h->subnet].vpc].region;
    had_each(const uint32_t, d, &m->domains.items[h->domain].controllers) {
        const struct had_mhost *c = &m->hosts.items[*d];
        if (!had_host_dead(m, s, *d) && c->subnet != HAD_NOTHING &&
            had_str_eq(m->vpcs.items[m->subnets.items[c->subnet].vpc].region, region) &&
            (!site.len || had_str_eq_nocase(site, c->site_name)))
            return *d;
    }
    return HAD_NOTHING;
}

/* ---- R1 and R5 ---- */

/* The controller that serves the member: on all ports, with the fewest assumptions, the nearest. */
uint32_t had_served(struct had_proof *proof, const struct had_scenario *s, uint32_t member,
                    bool near, struct had_pair_result *how)
{
    struct had_model *m = proof->model;
    uint64_t ports = had_member_ports(m, member);
    uint32_t best = HAD_NOTHING;
    had_each(const uint32_t, d, &m->domains.items[m->hosts.items[member].domain].controllers) {
        if (had_host_dead(m, s, *d))
            continue;
        struct had_pair_result r = had_pair_walk(m, s, member, *d, ports);
        if (r.ports != ports || (near && r.far))
            continue;
        if (best == HAD_NOTHING || (how->assumed && !r.assumed) ||
            (!how->assumed == !r.assumed && how->far && !r.far)) {
            best = *d;
            *how = r;
        }
        if (!how->assumed && !how->far)
            break;
    }
    return best;
}

static void prove_members(struct had_proof *proof)
{
    struct had_model *m = proof->model;
    struct had_query *r1 = &proof->queries[HAD_R1], *r5 = &proof->queries[HAD_R5];
    had_each(struct had_class, c, &proof->classes) {
        struct had_pair_result how = {0};
        const struct had_mhost *h = &m->hosts.items[c->first];
        uint64_t ports = had_member_ports(m, c->first);
        r1->classes++;
        r1->members += c->members.count;
        r5->classes++;
        r5->members += c->members.count;
        c->via = had_served(proof, NULL, c->first, false, &how);
        if (c->via == HAD_NOTHING) {
            c->refuted = true;
            had_unknown(proof, HAD_R5,
                        HAD_STR("members for which R1 is refuted reach no controller"));
            struct had_counterexample x = {.count = 0};
            /* The controller that gets farthest is the one to tell about: the first of its kind. */
            uint32_t told = HAD_NOTHING;
            uint64_t most = 0;
            had_each(const uint32_t, d, &m->domains.items[h->domain].controllers) {
                struct had_pair_result r = had_pair_walk(m, NULL, c->first, *d, ports);
                bool ours = m->hosts.items[*d].kind != HAD_HOST_SERVER;
                if (told == HAD_NOTHING || (r.ports > most && ours)) {
                    told = *d;
                    most = r.ports;
                }
            }
            if (told != HAD_NOTHING && had_pair_explain(proof, NULL, c->first, told, ports, &x)) {
                x.count = c->members.count;
                had_refute(proof, HAD_R1, x);
            }
            continue;
        }
        r1->assumed |= how.assumed;
        if (how.far) {
            struct had_pair_result near = {0};
            if (had_served(proof, NULL, c->first, true, &near) != HAD_NOTHING) {
                r5->assumed |= near.assumed;
                continue;
            }
            uint32_t should = had_near_controller(m, NULL, c->first, (had_str){0});
            struct had_counterexample x;
            if (should != HAD_NOTHING &&
                had_pair_explain(proof, NULL, c->first, should, ports, &x)) {
                x.count = c->members.count;
                had_refute(proof, HAD_R5, x);
                continue;
            }
            had_refute(proof, HAD_R5,
                       (struct had_counterexample){
                           .from = h->name,
                           .to = m->hosts.items[c->via].name,
                           .protocol = "",
                           .reason = "LEAVES_REGION",
                           .at = m->hosts.items[c->via].node,
                           .span = had_span_of(h->node),
                           .count = c->members.count,
                           .repair = had_str_printf(
                               proof->arena, "put a controller of " HAD_FMT " into the Region",
                               HAD_ARG(m->domains.items[h->domain].name)),
                       });
        } else {
            r5->assumed |= how.assumed;
        }
    }
}

/* ---- R2 ---- */

static bool part_of(had_str inner, had_str outer)
{
    return inner.len > outer.len && inner.ptr[inner.len - outer.len - 1] == '.' &&
           had_str_eq(had_str_slice(inner, inner.len - outer.len, inner.len), outer);
}

static bool one_forest(const struct had_model *m, uint32_t a, uint32_t b)
{
    const struct had_mdomain *x = &m->domains.items[a], *y = &m->domains.items[b];
    if (a == b)
        return true;
    if (x->directory != HAD_NOTHING || y->directory != HAD_NOTHING)
        return false;
    return part_of(x->name, y->name) || part_of(y->name, x->name);
}

enum { MOST_PAIRS = 1000000 };

static void add_partner(struct had_proof *proof, uint32_t from, uint32_t to, uint64_t ports)
{
    const struct had_mhost *a = &proof->model->hosts.items[from];
    const struct had_mhost *b = &proof->model->hosts.items[to];
    if (from == to || (a->kind == HAD_HOST_SERVER && b->kind == HAD_HOST_SERVER))
        return; /* on-premises, the network is not ours */
    if (proof->partners.count == MOST_PAIRS) {
        had_unknown(proof, HAD_R2,
                    HAD_STR("there are more pairs of controllers than are looked at"));
        return;
    }
    *had_push(proof->arena, &proof->partners) = (struct had_partner){from, to, ports, false};
}

static bool link_holds(const struct had_msite_link *link, had_str site)
{
    had_each(const had_str, s, &link->sites)
        if (had_str_eq_nocase(*s, site))
            return true;
    return false;
}

/*
 * Controllers replicate inside a site and along the site links of their forest. Where nothing is
 * known of a site, or no link holds it, every pair may be partners.
 */
static bool partners_by_site(const struct had_model *m, uint32_t from, uint32_t to)
{
    const struct had_mhost *a = &m->hosts.items[from], *b = &m->hosts.items[to];
    bool first = false, second = false;
    if (!a->site_name.len || !b->site_name.len || had_str_eq_nocase(a->site_name, b->site_name))
        return true;
    had_each(const struct had_msite_link, link, &m->site_links) {
        if (link->domain == HAD_NOTHING || !one_forest(m, link->domain, a->domain))
            continue;
        bool x = link_holds(link, a->site_name), y = link_holds(link, b->site_name);
        if (x && y)
            return true;
        first |= x;
        second |= y;
    }
    return !first || !second;
}

/* Who replicates with whom, and who asks whom over a trust. */
static void list_partners(struct had_proof *proof)
{
    struct had_model *m = proof->model;
    uint64_t replication = had_flow_ports(m, "dc_dc");
    for (uint32_t d = 0; d < m->domains.count; d++) {
        for (uint32_t e = 0; e < m->domains.count; e++) {
            if (m->domains.items[d].directory != HAD_NOTHING || !one_forest(m, d, e))
                continue; /* inside a directory, AWS replicates */
            had_each(const uint32_t, a, &m->domains.items[d].controllers)
                had_each(const uint32_t, b, &m->domains.items[e].controllers)
                    if (partners_by_site(m, *a, *b))
                        add_partner(proof, *a, *b, replication);
        }
    }
    had_each(const struct had_mtrust, t, &m->trusts) {
        had_each(const uint32_t, a, &m->domains.items[t->directory].controllers)
            had_each(const uint32_t, b, &m->domains.items[t->domain].controllers) {
                add_partner(proof, *a, *b, had_trust_ports(m, *a));
                add_partner(proof, *b, *a, had_trust_ports(m, *b));
            }
        if (!m->domains.items[t->domain].controllers.count)
            had_unknown(proof, HAD_R2,
                        had_str_printf(proof->arena,
                                       "nobody knows the controllers of `" HAD_FMT
                                       "`, which `" HAD_FMT "` names",
                                       HAD_ARG(m->domains.items[t->domain].name),
                                       HAD_ARG(t->node->object)));
    }
}

static void prove_controllers(struct had_proof *proof)
{
    struct had_query *q = &proof->queries[HAD_R2];
    had_each(struct had_partner, p, &proof->partners) {
        struct had_pair_result r = had_pair_walk(proof->model, NULL, p->from, p->to, p->ports);
        struct had_counterexample x;
        q->classes++;
        q->members++;
        if (r.ports == p->ports) {
            q->assumed |= r.assumed;
            continue;
        }
        p->refuted = true;
        if (!had_pair_explain(proof, NULL, p->from, p->to, p->ports, &x))
            continue;
        had_refute(proof, HAD_R2, x);
    }
}

/* ---- R4 ---- */

/* The site of a subnet in a domain's forest: the longest range that holds it, as AD does it. */
static const struct had_msite_subnet *site_of(const struct had_model *m, uint32_t domain,
                                              struct had_net4 net, bool *twice)
{
    const struct had_msite_subnet *best = NULL;
    *twice = false;
    had_each(const struct had_msite_subnet, s, &m->site_subnets) {
        if (s->domain == HAD_NOTHING || !one_forest(m, s->domain, domain) ||
            s->net.length > net.length || !had_net4_holds(s->net, net.base))
            continue;
        if (best && best->net.length == s->net.length && !had_str_eq(best->site, s->site))
            *twice = true;
        if (!best || s->net.length > best->net.length)
            best = s;
    }
    return best;
}

static bool forest_has_sites(const struct had_model *m, uint32_t domain)
{
    had_each(const struct had_msite_subnet, s, &m->site_subnets)
        if (s->domain != HAD_NOTHING && one_forest(m, s->domain, domain))
            return true;
    return false;
}

/* Whether a controller of the site answers the member on the member's ports. */
bool had_site_serves(struct had_proof *proof, const struct had_scenario *s, uint32_t member,
                     had_str site, bool *unknown, uint64_t *assumed)
{
    struct had_model *m = proof->model;
    const struct had_mhost *h = &m->hosts.items[member];
    uint64_t ports = had_member_ports(m, member);
    had_str region = m->vpcs.items[m->subnets.items[h->subnet].vpc].region;
    had_each(const uint32_t, d, &m->domains.items[h->domain].controllers) {
        const struct had_mhost *c = &m->hosts.items[*d];
        if (had_host_dead(m, s, *d) || c->subnet == HAD_NOTHING ||
            !had_str_eq(m->vpcs.items[m->subnets.items[c->subnet].vpc].region, region))
            continue;
        if (!c->site_name.len) {
            *unknown = true;
            continue;
        }
        if (!had_str_eq_nocase(c->site_name, site))
            continue;
        struct had_pair_result r = had_pair_walk(m, s, member, *d, ports);
        if (r.ports == ports) {
            *assumed |= r.assumed;
            return true;
        }
    }
    return false;
}

static struct had_counterexample *refute_site(struct had_proof *proof, uint32_t member,
                                              uint32_t count, const char *reason,
                                              const struct had_node *at, struct had_span span,
                                              had_str repair)
{
    struct had_model *m = proof->model;
    const struct had_mhost *h = &m->hosts.items[member];
    return had_refute(
        proof, HAD_R4,
        (struct had_counterexample){.from = h->name,
                                    .to = m->domains.items[h->domain].name,
                                    .protocol = "",
                                    .reason = reason,
                                    .at = at,
                                    .span = had_span_known(span) ? span : had_span_of(h->node),
                                    .repair = repair,
                                    .count = count});
}

/* A directory has no subnets of its own: its clients come by the site's name in their own forest.
 */
static void directory_sites(struct had_proof *proof)
{
    struct had_model *m = proof->model;
    struct had_query *q = &proof->queries[HAD_R4];
    had_each(const struct had_mtrust, t, &m->trusts) {
        uint32_t forest = t->domain, own = t->directory;
        if (m->domains.items[own].directory == HAD_NOTHING)
            continue;
        const struct had_mdirectory *d = &m->directories.items[m->domains.items[own].directory];
        if (!forest_has_sites(m, forest) || d->vpc == HAD_NOTHING)
            continue;
        q->classes++;
        q->members++;
        if (!d->site_name.len) {
            q->assumed |= had_model_assume(
                m,
                had_str_printf(m->arena,
                               "the site of `" HAD_FMT "` has the name that `" HAD_FMT
                               "` has for the same networks",
                               HAD_ARG(d->node->object), HAD_ARG(m->domains.items[forest].name)));
            continue;
        }
        had_each(const uint32_t, h, &d->hosts) {
            bool twice;
            const struct had_msite_subnet *s =
                site_of(m, forest, m->subnets.items[m->hosts.items[*h].subnet].net, &twice);
            if (s && !had_str_eq_nocase(s->site, d->site_name)) {
                had_refute(proof, HAD_R4,
                           (struct had_counterexample){
                               .from = d->node->object,
                               .to = m->domains.items[forest].name,
                               .protocol = "",
                               .reason = "SITE_NAMES_DIFFER",
                               .at = d->site_node,
                               .matched = s->node,
                               .span = had_span_of(d->site_node),
                               .repair = had_str_printf(m->arena,
                                                        "name the site `" HAD_FMT "` on both sides",
                                                        HAD_ARG(s->site))});
                break;
            }
        }
    }
}

static void prove_sites(struct had_proof *proof)
{
    struct had_model *m = proof->model;
    struct had_query *q = &proof->queries[HAD_R4];
    for (uint32_t i = 0; i < proof->classes.count; i++) {
        struct had_class *c = &proof->classes.items[i];
        const struct had_mhost *h = &m->hosts.items[c->first];
        if (m->domains.items[h->domain].directory != HAD_NOTHING)
            continue;
        bool ours = false;
        had_each(const uint32_t, d, &m->domains.items[h->domain].controllers)
            ours |= m->hosts.items[*d].kind == HAD_HOST_CONTROLLER;
        if (!ours)
            continue; /* a forest without controllers in AWS has no site here */
        q->classes++;
        q->members += c->members.count;
        if (!forest_has_sites(m, h->domain)) {
            q->assumed |=
                had_model_assume(m, had_str_printf(m->arena,
                                                   "the forest of " HAD_FMT
                                                   " has a site with the networks of its members",
                                                   HAD_ARG(m->domains.items[h->domain].name)));
            continue;
        }
        /* Sites hold ranges, which classes do not know: each member is looked at. */
        had_array(struct had_placed) sites = {0};
        uint32_t none = HAD_NOTHING, two = HAD_NOTHING; /* told of once, and counted */
        had_each(const uint32_t, member, &c->members) {
            const struct had_msubnet *s = &m->subnets.items[m->hosts.items[*member].subnet];
            bool twice, known = false;
            const struct had_msite_subnet *here = site_of(m, h->domain, s->net, &twice);
            uint32_t *told = !here ? &none : twice ? &two : NULL;
            if (told && *told != HAD_NOTHING) {
                q->counterexamples.items[*told].count++;
                continue;
            }
            struct had_counterexample *x = NULL;
            if (!here)
                x = refute_site(proof, *member, 1, "NO_SITE", s->node, (struct had_span){0},
                                had_str_printf(m->arena,
                                               "put " HAD_FMT " into `ranges` of its Region",
                                               HAD_ARG(had_net4_text(m->arena, s->net))));
            else if (twice)
                x = refute_site(proof, *member, 1, "TWO_SITES", here->node, here->span,
                                HAD_STR("give the range to one site"));
            if (told) {
                *told = (uint32_t)(x - q->counterexamples.items);
                continue;
            }
            had_each(const struct had_placed, p, &sites)
                known |= had_str_eq(p->site, here->site);
            if (!known)
                *had_push(proof->arena, &sites) = (struct had_placed){*member, here->site, here};
        }
        if (c->refuted)
            had_unknown(proof, HAD_R4,
                        HAD_STR("members for which R1 is refuted reach no controller"));
        if (c->refuted)
            continue;
        had_each(const struct had_placed, p, &sites) {
            bool unknown = false;
            uint32_t should;
            struct had_counterexample x;
            if (had_site_serves(proof, NULL, p->member, p->site, &unknown, &q->assumed))
                *had_push(proof->arena, &proof->placed) = *p;
            else if (unknown)
                q->assumed |= had_model_assume(
                    m, had_str_printf(m->arena,
                                      "an existing controller of " HAD_FMT " is in site " HAD_FMT,
                                      HAD_ARG(m->domains.items[h->domain].name), HAD_ARG(p->site)));
            else if ((should = had_near_controller(m, NULL, p->member, p->site)) != HAD_NOTHING &&
                     had_pair_explain(proof, NULL, p->member, should,
                                      had_member_ports(m, p->member), &x)) {
                x.count = c->members.count;
                had_refute(proof, HAD_R4, x);
            } else
                refute_site(proof, p->member, c->members.count, "NO_CONTROLLER_IN_SITE",
                            p->by->node, p->by->span,
                            had_str_printf(m->arena,
                                           "put a controller into site " HAD_FMT " in the Region",
                                           HAD_ARG(p->site)));
        }
    }
    directory_sites(proof);
}

/* ---- all ---- */

/* Steps of people without which no packet goes to or from on-premises. */
static void list_steps(struct had_proof *proof)
{
    const struct had_graph *g = proof->model->graph;
    for (uint32_t i = 0; i < g->nodes.count; i++) {
        const struct had_node *node = g->nodes.items[i];
        if (node->class == HAD_GATE &&
            (had_str_is(node->role, "firewall") || had_str_is(node->role, "router") ||
             had_str_is(node->role, "circuit")))
            *had_push(proof->arena, &proof->steps) = node->address;
    }
}

static void conclude(struct had_proof *proof)
{
    for (int i = 0; i < HAD_QUERY_COUNT; i++) {
        struct had_query *q = &proof->queries[i];
        q->verdict = q->counterexamples.count ? HAD_REFUTED
                     : q->unknown             ? HAD_UNKNOWN
                     : q->assumed             ? HAD_ASSUMED
                                              : HAD_PROVED;
    }
}

struct had_proof *had_prove(struct had_arena *arena, const struct had_graph *graph,
                            const struct had_prove_options *options)
{
    struct had_proof *proof = had_new(arena, struct had_proof);
    proof->arena = arena;
    proof->model = had_model_build(arena, graph, UINT32_MAX);
    for (int i = 0; i < HAD_QUERY_COUNT; i++) {
        proof->queries[i].id = (enum had_query_id)i;
        proof->queries[i].code = had_prove_codes[i];
        proof->queries[i].ran = i < HAD_F1;
    }
    had_each(const struct had_mhost, h, &proof->model->hosts)
        proof->controllers += h->controller;
    proof->scenarios = 1;
    list_steps(proof);
    had_classify(proof, options->no_classes);
    prove_members(proof);
    list_partners(proof);
    prove_controllers(proof);
    had_name_needs(proof, &proof->needs);
    had_prove_names(proof);
    prove_sites(proof);
    had_prove_routes(proof);
    had_prove_isolation(proof);
    if (options->failures > 0) {
        /* What is refuted without losses is told once. */
        uint32_t kept = 0;
        uint64_t unused = 0;
        for (uint32_t i = 0; i < proof->needs.count; i++) {
            const struct had_need *n = &proof->needs.items[i];
            if (had_resolves(proof, NULL, n->vpc, proof->model->domains.items[n->domain].name,
                             false, &unused, NULL))
                proof->needs.items[kept++] = *n;
        }
        proof->needs.count = kept;
        had_prove_losses(proof, options->failures);
    }
    conclude(proof);
    /* What does not hold as it is was not asked again with losses: that is no proof of it. */
    for (int i = HAD_R1; i <= HAD_R4; i++)
        for (int f = HAD_F1; f <= HAD_F2; f++)
            if (proof->queries[f].ran && (proof->queries[i].verdict == HAD_REFUTED ||
                                          proof->queries[i].verdict == HAD_UNKNOWN))
                had_unknown(proof, (enum had_query_id)f,
                            had_str_printf(arena,
                                           "losses are looked at for what holds without: %s is %s",
                                           proof->queries[i].code->code,
                                           had_verdict_name(proof->queries[i].verdict)));
    conclude(proof);
    return proof;
}
