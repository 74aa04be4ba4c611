/*
 * The prover against the simulator: random foundations, some broken, each pair of hosts, flow and
 * loss decided by both. differential [SPECS [SEED]]; prints counts, and what to run again where
 * they differ.
 */
#include "foundation.h"
#include "prove/internal.h"
#include "simulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct counts {
    uint64_t specs, refused, pairs, flows, packets, open, closed, assumed, lost, disagreements,
        names, resolved, classes, members, placed, addresses;
    uint64_t asked[HAD_QUERY_COUNT], bad[HAD_QUERY_COUNT];
};

struct test {
    struct had_graph *graph;
    struct had_proof *proof;
    struct had_model *m;
    struct sim *sim;
    struct random *r;
    struct counts *n;
    uint64_t number;
};

static struct sim_host host_of(const struct test *t, uint32_t number)
{
    const struct had_mhost *h = &t->m->hosts.items[number];
    struct sim_host out = {.node = h->node};
    if (h->subnet != HAD_NOTHING)
        out.subnet = t->m->subnets.items[h->subnet].node;
    if (h->site != HAD_NOTHING)
        out.site = t->m->sites.items[h->site].name;
    out.lets_all = h->open;
    return out;
}

/* Addresses of the host at which anything of the graph begins or ends, and a few others. */
static uint32_t addresses_of(struct test *t, uint32_t host, uint32_t *out, uint32_t room)
{
    const struct had_mhost *h = &t->m->hosts.items[host];
    const uint32_t *list;
    uint32_t count = sim_addresses(t->sim, &list), n = 0;
    out[n++] = h->at.lo;
    if (h->at.hi != h->at.lo)
        out[n++] = h->at.hi;
    for (uint32_t i = 0; i < count; i++)
        for (int d = -1; d <= 1; d++) {
            uint32_t a = list[i] + (uint32_t)d;
            bool known = false;
            for (uint32_t k = 0; k < n; k++)
                known |= out[k] == a;
            if (!known && a >= h->at.lo && a <= h->at.hi && n < room)
                out[n++] = a;
        }
    if (h->at.hi != h->at.lo && n < room)
        out[n++] = h->at.lo + random_below(t->r, h->at.hi - h->at.lo);
    return n;
}

static uint32_t ports_of(struct test *t, uint32_t first, uint32_t last, uint32_t *out,
                         uint32_t room)
{
    const uint32_t *list;
    uint32_t count = sim_ports(t->sim, &list), n = 0;
    out[n++] = first;
    if (last != first)
        out[n++] = last;
    for (uint32_t i = 0; i < count; i++)
        for (int d = -1; d <= 1; d++) {
            uint32_t p = list[i] + (uint32_t)d;
            bool known = false;
            for (uint32_t k = 0; k < n; k++)
                known |= out[k] == p;
            if (!known && p >= first && p <= last && n < room)
                out[n++] = p;
        }
    return n;
}

/* Whether every packet of the flow passes there and back. */
static bool simulate(struct test *t, uint32_t from, uint32_t to, const struct had_port_class *flow)
{
    enum { ROOM = 64 };
    uint32_t sources[ROOM], targets[ROOM], ports[ROOM], replies[ROOM];
    uint32_t ns = addresses_of(t, from, sources, ROOM), nt = addresses_of(t, to, targets, ROOM);
    uint32_t np = ports_of(t, flow->first, flow->last, ports, ROOM);
    uint32_t nr = ports_of(t, t->m->hosts.items[from].low_port, 65535, replies, ROOM);
    struct sim_packet p = {.from = host_of(t, from), .to = host_of(t, to)};
    struct sim_packet back = {.from = p.to, .to = p.from, .reply = true};
    p.protocol = back.protocol = flow->protocol;
    for (uint32_t s = 0; s < ns; s++)
        for (uint32_t d = 0; d < nt; d++) {
            p.source = back.destination = sources[s];
            p.destination = back.source = targets[d];
            for (uint32_t i = 0; i < np; i++) {
                p.port = ports[i];
                t->n->packets++;
                if (!sim_passes(t->sim, &p))
                    return false;
            }
            for (uint32_t i = 0; i < nr; i++) {
                back.port = replies[i];
                t->n->packets++;
                if (!sim_passes(t->sim, &back))
                    return false;
            }
        }
    return true;
}

struct loss {
    uint8_t *zones, *hosts, *links, *sites;
    struct had_scenario scenario;
    had_str what;
};

/* Takes one thing away from both. */
static void lose(struct test *t, struct loss *l)
{
    struct had_arena *a = t->proof->arena;
    uint64_t gone = 0;
    *l = (struct loss){
        .zones = had_new_n(a, uint8_t, t->m->zone_names.count + 1),
        .hosts = had_new_n(a, uint8_t, t->m->hosts.count + 1),
        .links = had_new_n(a, uint8_t, t->m->links.count + 1),
        .sites = had_new_n(a, uint8_t, t->m->sites.count + 1),
    };
    l->scenario = (struct had_scenario){l->zones, l->hosts, l->links, l->sites};
    uint32_t which = random_below(t->r, 5);
    if (which == 1 && t->m->zone_names.count) {
        uint32_t z = random_below(t->r, t->m->zone_names.count);
        const struct had_mzone_name *name = &t->m->zone_names.items[z];
        /* A letter is lost in every account of the Region. */
        l->what = name->by_id ? name->name : name->letter;
        for (uint32_t i = 0; i < t->m->zone_names.count; i++)
            if (had_str_eq(l->what, t->m->zone_names.items[i].by_id
                                        ? t->m->zone_names.items[i].name
                                        : t->m->zone_names.items[i].letter))
                l->zones[i] = 1;
        gone = sim_bit(t->sim, SIM_ZONE, l->what);
    } else if (which == 2 && t->m->links.count) {
        uint32_t k = random_below(t->r, t->m->links.count);
        l->links[k] = 1;
        l->what = t->m->links.items[k].name;
        gone = sim_bit(t->sim, SIM_LINK, l->what);
    } else if (which == 3 && t->m->sites.count) {
        uint32_t k = random_below(t->r, t->m->sites.count);
        l->sites[k] = 1;
        l->what = t->m->sites.items[k].name;
        gone = sim_bit(t->sim, SIM_SITE, l->what);
    }
    sim_lose(t->sim, gone);
    t->n->lost += l->what.len > 0;
}

static void compare(struct test *t, const struct loss *l, uint32_t from, uint32_t to,
                    const char *flow)
{
    struct had_model *m = t->m;
    uint64_t ports = had_flow_ports(m, flow);
    if (had_host_dead(m, &l->scenario, from) || had_host_dead(m, &l->scenario, to))
        return;
    struct had_pair_result r = had_pair_walk(m, &l->scenario, from, to, ports);
    t->n->pairs++;
    t->n->assumed += r.assumed != 0;
    for (uint32_t bit = 0; bit < m->port_count; bit++) {
        if (!(ports >> bit & 1))
            continue;
        bool proved = r.ports >> bit & 1, passes = simulate(t, from, to, &m->ports[bit]);
        t->n->flows++;
        if (proved)
            t->n->open++;
        else
            t->n->closed++;
        if (proved == passes)
            continue;
        /* What the prover assumes to pass, the simulator may not know. */
        if (proved && r.assumed && !passes)
            continue;
        if (t->n->disagreements++ < 20)
            printf("spec %llu: " HAD_FMT " to " HAD_FMT ", %s %u-%u/%u%s" HAD_FMT
                   ": prover %s, simulator %s\n",
                   (unsigned long long)t->number, HAD_ARG(m->hosts.items[from].name),
                   HAD_ARG(m->hosts.items[to].name), flow, m->ports[bit].first, m->ports[bit].last,
                   m->ports[bit].protocol, l->what.len ? ", without " : "", HAD_ARG(l->what),
                   proved ? "passes" : "stops", passes ? "passes" : "stops");
    }
}

/* One packet each way, at random addresses: the ways by themselves, not only both together. */
static void compare_packets(struct test *t, const struct loss *l, uint32_t from, uint32_t to,
                            const char *flow)
{
    struct had_model *m = t->m;
    const struct had_mhost *a = &m->hosts.items[from], *b = &m->hosts.items[to];
    if (had_host_dead(m, &l->scenario, from) || had_host_dead(m, &l->scenario, to))
        return;
    struct had_packet p = {.from = from,
                           .to = to,
                           .source = a->at.lo + random_below(t->r, a->at.hi - a->at.lo + 1),
                           .destination = b->at.lo + random_below(t->r, b->at.hi - b->at.lo + 1),
                           .ports = had_flow_ports(m, flow),
                           .reply = random_chance(t->r, 40)};
    struct had_trace trace = {0};
    struct sim_packet q = {.from = host_of(t, from),
                           .to = host_of(t, to),
                           .source = p.source,
                           .destination = p.destination,
                           .reply = p.reply};
    had_walk(m, &l->scenario, &p, &trace);
    for (uint32_t bit = 0; bit < m->port_count; bit++) {
        uint32_t ports[64], count;
        bool passes = true;
        if (!(p.ports >> bit & 1))
            continue;
        count = p.reply ? ports_of(t, b->low_port, 65535, ports, 64)
                        : ports_of(t, m->ports[bit].first, m->ports[bit].last, ports, 64);
        q.protocol = m->ports[bit].protocol;
        for (uint32_t i = 0; i < count && passes; i++) {
            q.port = ports[i];
            t->n->packets++;
            passes = sim_passes(t->sim, &q);
        }
        t->n->flows++;
        bool proved = trace.ports >> bit & 1;
        if (proved == passes || (proved && trace.assumed))
            continue;
        if (t->n->disagreements++ < 20)
            printf("spec %llu: %s " HAD_FMT " to " HAD_FMT
                   ", %08x to %08x, %u/%u: prover %s (%s), simulator "
                   "%s\n",
                   (unsigned long long)t->number, p.reply ? "reply" : "request", HAD_ARG(a->name),
                   HAD_ARG(b->name), p.source, p.destination, m->ports[bit].first,
                   m->ports[bit].protocol, proved ? "passes" : "stops",
                   trace.reason ? trace.reason : "", passes ? "passes" : "stops");
    }
}

/* ---- names, by hand from the nodes ---- */

static const struct had_prop *last_choice(const struct had_prop *p)
{
    return p && p->tag == HAD_PROP_STAGED ? p->stages.items[p->stages.count - 1].value : p;
}

static const struct had_node *node_at(const struct had_node *n, const char *path)
{
    const struct had_prop *p = had_node_get(n, path);
    return p && p->tag == HAD_PROP_READ ? p->read.node : NULL;
}

static had_str text_at(const struct had_node *n, const char *path)
{
    const struct had_prop *p = had_node_get(n, path);
    return p && p->tag == HAD_PROP_TEXT ? p->text : (had_str){"", 0};
}

/* Whether a node of the graph says that the machine or server answers for the domain. */
static bool says(const struct test *t, const struct had_node *server, had_str domain)
{
    for (uint32_t i = 0; i < t->graph->nodes.count; i++) {
        const struct had_node *n = t->graph->nodes.items[i];
        if (had_str_is(n->type_name, "had::DomainMember") &&
            had_str_is(text_at(n, "Role"), "controller") &&
            had_str_eq(text_at(n, "Domain"), domain) &&
            had_str_eq(text_at(n, "Machine"), server->address))
            return true;
    }
    const struct had_prop *domains = had_node_get(server, "Domains");
    for (uint32_t i = 0; domains && i < domains->items.count; i++)
        if (had_str_eq(domains->items.items[i]->text, domain))
            return true;
    return false;
}

static bool all_packets(struct test *t, uint32_t from, uint32_t to)
{
    for (uint32_t bit = 0; bit < t->m->port_count; bit++)
        if (t->m->ports[bit].first == 53 && !simulate(t, from, to, &t->m->ports[bit]))
            return false;
    return true;
}

static bool target_answers(struct test *t, uint32_t from, const struct had_prop *ip, had_str domain)
{
    if (!ip || ip->tag != HAD_PROP_TEXT)
        return false;
    for (uint32_t h = 0; h < t->m->hosts.count; h++) {
        const struct had_mhost *host = &t->m->hosts.items[h];
        if (host->at.lo == host->at.hi &&
            had_str_eq(had_ip4_text(t->proof->arena, host->at.lo), ip->text))
            return says(t, host->node, domain) && all_packets(t, from, h);
    }
    return false;
}

static bool resolves(struct test *t, const struct had_node *vpc, had_str domain)
{
    const struct had_node *rule = NULL;
    for (uint32_t i = 0; i < t->graph->nodes.count; i++) {
        const struct had_node *n = t->graph->nodes.items[i];
        if (!had_str_is(n->type_name, "AWS::Route53Resolver::ResolverRuleAssociation") ||
            node_at(n, "VPCId") != vpc)
            continue;
        const struct had_node *r = node_at(n, "ResolverRuleId");
        had_str name = text_at(r, "DomainName");
        bool below = had_str_eq(name, domain) ||
                     (domain.len > name.len && domain.ptr[domain.len - name.len - 1] == '.' &&
                      had_str_eq(had_str_slice(domain, domain.len - name.len, domain.len), name));
        if (below && (!rule || name.len > text_at(rule, "DomainName").len))
            rule = r;
    }
    if (!rule)
        return false;
    const struct had_node *endpoint = node_at(rule, "ResolverEndpointId");
    const struct had_prop *addresses = had_node_get(endpoint, "IpAddresses");
    const struct had_prop *targets = last_choice(had_node_get(rule, "TargetIps"));
    had_str first = {"", 0};
    bool two = false;
    for (uint32_t i = 0; i < addresses->items.count; i++) {
        const struct had_node *subnet =
            had_prop_at(addresses->items.items[i], "SubnetId")->read.node;
        had_str zone = text_at(subnet, "AvailabilityZoneId");
        if (!zone.len)
            zone = text_at(subnet, "AvailabilityZone");
        two |= i && !had_str_eq(zone, first);
        first = zone;
    }
    for (uint32_t h = 0; h < t->m->hosts.count; h++) {
        if (t->m->hosts.items[h].kind != HAD_HOST_RESOLVER || t->m->hosts.items[h].node != endpoint)
            continue;
        for (uint32_t i = 0; i < targets->items.count; i++)
            if (!target_answers(t, h, last_choice(had_prop_at(targets->items.items[i], "Ip")),
                                domain))
                return false;
    }
    return two && targets->items.count > 0;
}

/* ---- sites, by hand from the nodes ---- */

/* Resources of one type in the configurations of machines. */
#define EACH_RESOURCE(t, n, r, type_)                                                              \
    for (uint32_t n##_i = 0; n##_i < (t)->graph->nodes.count; n##_i++)                             \
        for (const struct had_node *n = (t)->graph->nodes.items[n##_i];                            \
             n && had_str_is(n->type_name, "had::DscConfiguration"); n = NULL)                     \
            for (uint32_t r##_i = 0; r##_i < had_node_get(n, "Resources")->items.count; r##_i++)   \
                for (const struct had_prop *r = had_node_get(n, "Resources")->items.items[r##_i];  \
                     r && had_str_is(had_prop_at(r, "Type")->text, type_); r = NULL)

static had_str field(const struct had_prop *resource, const char *name)
{
    const struct had_prop *all = had_prop_at(resource, "Properties");
    const struct had_prop *p = all ? had_prop_at(all, name) : NULL;
    return p && p->tag == HAD_PROP_TEXT ? p->text : (had_str){"", 0};
}

/* Whether a machine is a controller of the domain. */
static bool controls(const struct test *t, const struct had_node *machine, had_str domain)
{
    return machine && says(t, machine, domain);
}

static bool every_port(struct test *t, uint32_t from, uint32_t to)
{
    uint64_t ports = had_flow_ports(t->m, "member_dc");
    for (uint32_t bit = 0; bit < t->m->port_count; bit++)
        if (ports >> bit & 1 && !simulate(t, from, to, &t->m->ports[bit]))
            return false;
    return true;
}

enum site { SITE_GOOD, SITE_BAD, SITE_OPEN, SITE_NOT_ASKED };

/* One member: in one site of its forest, with a controller of the site in its Region that serves
 * it. */
static enum site site_of_member(struct test *t, uint32_t member)
{
    const struct had_mhost *h = &t->m->hosts.items[member];
    had_str domain = t->m->domains.items[h->domain].name, site = {"", 0};
    const struct had_node *subnet = t->m->subnets.items[h->subnet].node;
    struct sim_net own, net;
    int longest = -1;
    bool twice = false, any_site = false, ours = false, reached = false, near = false, open = false;
    if (!sim_net_of(text_at(subnet, "CidrBlock"), &own))
        return SITE_NOT_ASKED;
    EACH_RESOURCE(t, n, r, "ADReplicationSubnet")
    {
        if (!controls(t, n->context->machine, domain))
            continue;
        any_site = true;
        if (!sim_net_of(field(r, "Name"), &net) || net.length > own.length ||
            (own.base & net.mask) != net.base || net.length < longest)
            continue;
        twice = net.length == longest && (twice || !had_str_eq(field(r, "Site"), site));
        longest = net.length;
        site = field(r, "Site");
    }
    for (uint32_t d = 0; d < t->m->hosts.count; d++) {
        const struct had_mhost *c = &t->m->hosts.items[d];
        if (!c->controller || c->domain != h->domain)
            continue;
        ours |= c->subnet != HAD_NOTHING;
        reached |= every_port(t, member, d);
    }
    if (!ours)
        return SITE_NOT_ASKED;
    if (!any_site)
        return SITE_OPEN;
    if (longest < 0 || twice)
        return SITE_BAD;
    if (!reached)
        return SITE_OPEN; /* R1 tells of it */
    for (uint32_t d = 0; d < t->m->hosts.count; d++) {
        const struct had_mhost *c = &t->m->hosts.items[d];
        bool known = false;
        if (!c->controller || c->domain != h->domain || c->subnet == HAD_NOTHING ||
            !had_str_eq(c->node->context->region, subnet->context->region))
            continue;
        EACH_RESOURCE(t, n, r, "ADDomainController")
        if (n->context->machine == c->node) {
            known = true;
            near |= had_str_eq(field(r, "SiteName"), site) && every_port(t, member, d);
        }
        open |= !known;
    }
    return near ? SITE_GOOD : open ? SITE_OPEN : SITE_BAD;
}

static void compare_query(struct test *t, enum had_query_id id, bool bad, bool open)
{
    const struct had_query *q = &t->proof->queries[id];
    bool refuted = q->verdict == HAD_REFUTED;
    t->n->asked[id]++;
    t->n->bad[id] += bad;
    /* What is assumed or unknown may be bad for the simulator, which knows no excuses. */
    if (refuted == bad || (!refuted && q->verdict != HAD_PROVED) || (refuted && open))
        return;
    if (t->n->disagreements++ >= 20)
        return;
    printf("spec %llu: %s: prover %s, simulator %s\n", (unsigned long long)t->number, q->code->code,
           had_verdict_name(q->verdict), bad ? "refutes" : "finds nothing");
    had_each(const struct had_counterexample, x, &q->counterexamples)
        printf("  prover: " HAD_FMT " to " HAD_FMT " %s at " HAD_FMT " by " HAD_FMT "\n",
               HAD_ARG(x->from), HAD_ARG(x->to), x->reason,
               HAD_ARG(x->at ? x->at->address : HAD_STR("-")),
               HAD_ARG(x->matched ? x->matched->address : HAD_STR("-")));
}

static void compare_queries(struct test *t)
{
    bool bad = false, asked = false, open = false;
    struct sim_answer routes = sim_routes(t->sim), apart = sim_isolation(t->sim);
    t->n->addresses += routes.looked + apart.looked;
    uint64_t before = t->n->disagreements;
    compare_query(t, HAD_R6, routes.bad, false);
    compare_query(t, HAD_R7, apart.bad, false);
    if (before != t->n->disagreements)
        printf("  simulator: " HAD_FMT " by " HAD_FMT "; " HAD_FMT " by " HAD_FMT "\n",
               HAD_ARG(routes.at), HAD_ARG(routes.what), HAD_ARG(apart.at), HAD_ARG(apart.what));
    had_each(const struct had_class, c, &t->proof->classes)
        had_each(const uint32_t, h, &c->members) {
            if (t->m->domains.items[t->m->hosts.items[*h].domain].directory != HAD_NOTHING)
                continue;
            enum site site = site_of_member(t, *h);
            asked |= site != SITE_NOT_ASKED;
            bad |= site == SITE_BAD;
            open |= site == SITE_OPEN && !c->refuted; /* reached by what is assumed */
            t->n->placed += site != SITE_NOT_ASKED;
        }
    bool named = false; /* two names for one site: asked by the tables of planted faults */
    had_each(const struct had_counterexample, x, &t->proof->queries[HAD_R4].counterexamples)
        named |= strcmp(x->reason, "SITE_NAMES_DIFFER") == 0;
    if (asked && !named)
        compare_query(t, HAD_R4, bad, open);
}

static void compare_names(struct test *t)
{
    sim_lose(t->sim, 0);
    had_each(const struct had_need, n, &t->proof->needs) {
        uint64_t assumed = 0;
        had_str domain = t->m->domains.items[n->domain].name;
        bool proved = had_resolves(t->proof, NULL, n->vpc, domain, true, &assumed, NULL);
        bool right = resolves(t, t->m->vpcs.items[n->vpc].node, domain);
        t->n->names++;
        t->n->resolved += right;
        if (proved == right || (proved && assumed))
            continue;
        t->n->disagreements++;
        printf("spec %llu: " HAD_FMT " in " HAD_FMT ": prover %s, simulator %s\n",
               (unsigned long long)t->number, HAD_ARG(domain),
               HAD_ARG(t->m->vpcs.items[n->vpc].name), proved ? "resolves" : "does not",
               right ? "resolves" : "does not");
    }
}

/* Classes against every member by itself: the queries must say the same. */
static void compare_classes(struct test *t)
{
    struct had_proof *alone = had_prove(
        t->proof->arena, t->graph, &(struct had_prove_options){.failures = 1, .no_classes = true});
    t->n->classes += t->proof->classes.count;
    t->n->members += alone->classes.count;
    for (int q = 0; q < HAD_QUERY_COUNT; q++) {
        const struct had_query *a = &t->proof->queries[q], *b = &alone->queries[q];
        uint32_t first = 0, second = 0;
        had_each(const struct had_counterexample, x, &a->counterexamples)
            first += x->count;
        had_each(const struct had_counterexample, x, &b->counterexamples)
            second += x->count;
        if (a->verdict == b->verdict && (q != HAD_R1 || first == second) &&
            (q != HAD_F1 || a->counterexamples.count == b->counterexamples.count))
            continue;
        t->n->disagreements++;
        had_each(const struct had_class, c, &t->proof->classes)
            had_each(const uint32_t, h, &c->members)
                had_each(const struct had_class, o, &alone->classes)
                    if (o->first == *h && o->refuted != c->refuted)
                        printf("spec %llu: " HAD_FMT " is in the class of " HAD_FMT "\n",
                               (unsigned long long)t->number, HAD_ARG(t->m->hosts.items[*h].name),
                               HAD_ARG(t->m->hosts.items[c->first].name));
        printf("spec %llu: %s is %s in classes (%u) and %s without (%u)\n",
               (unsigned long long)t->number, a->code->code, had_verdict_name(a->verdict), first,
               had_verdict_name(b->verdict), second);
        had_each(const struct had_counterexample, x, &a->counterexamples)
            printf("  in classes: " HAD_FMT " to " HAD_FMT ", without " HAD_FMT "\n",
                   HAD_ARG(x->from), HAD_ARG(x->to), HAD_ARG(x->failure));
        had_each(const struct had_counterexample, x, &b->counterexamples)
            printf("  alone: " HAD_FMT " to " HAD_FMT ", without " HAD_FMT "\n", HAD_ARG(x->from),
                   HAD_ARG(x->to), HAD_ARG(x->failure));
    }
}

static void run(uint64_t number, const char *path, struct counts *n, bool show)
{
    struct had_compilation c;
    struct random r;
    if (!foundation_make(&c, path, number, false, show, &r)) {
        n->refused++;
        return;
    }
    struct test t = {.graph = c.graph, .r = &r, .n = n, .number = number};
    t.proof = had_prove(&c.arena, c.graph, &(struct had_prove_options){.failures = 1});
    t.m = t.proof->model;
    t.sim = sim_new(c.graph);
    n->specs++;
    for (int scenario = 0; scenario < 3 && t.m->hosts.count; scenario++) {
        struct loss l;
        lose(&t, &l);
        for (int i = 0; i < 8; i++) {
            static const char *const flows[] = {"member_dc", "dc_dc", "trust", "resolver_outbound"};
            uint32_t from = random_below(&r, t.m->hosts.count);
            uint32_t to = random_below(&r, t.m->hosts.count);
            /* Half of the pairs are those that the queries ask about. */
            if (t.m->domains.count && random_chance(&r, 60)) {
                uint32_t d = random_below(&r, t.m->domains.count);
                const had_indexes *controllers = &t.m->domains.items[d].controllers;
                if (controllers->count)
                    to = controllers->items[random_below(&r, controllers->count)];
            }
            if (from != to && !t.m->hosts.items[to].open)
                compare(&t, &l, from, to, flows[random_below(&r, 4)]);
            from = random_below(&r, t.m->hosts.count);
            if (from != to)
                compare_packets(&t, &l, from, to, flows[random_below(&r, 4)]);
            if (from != to)
                compare_packets(&t, &l, to, from, flows[random_below(&r, 4)]);
        }
    }
    compare_names(&t);
    compare_queries(&t);
    compare_classes(&t);
    sim_free(t.sim);
    had_compilation_free(&c);
}

int main(int argc, char **argv)
{
    uint64_t specs = argc > 1 ? strtoull(argv[1], NULL, 10) : 500;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct counts n = {0};
    char folder[] = "/tmp/had-prove-XXXXXX", path[64];
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (!mkdtemp(folder))
        return 2;
    snprintf(path, sizeof path, "%s/random.had", folder);
    for (uint64_t i = 0; specs == 1 ? i < 1 : n.specs < specs && i < specs * 4; i++)
        run(seed + i, path, &n, specs == 1);
    unlink(path);
    rmdir(folder);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%llu specs (%llu more refused by the compiler), %llu pairs, %llu flows, %llu packets, "
           "%llu "
           "scenarios with a loss\n%llu flows pass, %llu stop; %llu pairs rest on assumptions; "
           "%llu members in "
           "%llu classes\n%llu of %llu names resolve\n%llu disagreements; %.1f s\n",
           (unsigned long long)n.specs, (unsigned long long)n.refused, (unsigned long long)n.pairs,
           (unsigned long long)n.flows, (unsigned long long)n.packets, (unsigned long long)n.lost,
           (unsigned long long)n.open, (unsigned long long)n.closed, (unsigned long long)n.assumed,
           (unsigned long long)n.members, (unsigned long long)n.classes,
           (unsigned long long)n.resolved, (unsigned long long)n.names,
           (unsigned long long)n.disagreements,
           (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
    for (int q = HAD_R1; q < HAD_QUERY_COUNT; q++)
        if (n.asked[q])
            printf("%s by hand for %llu specs, %llu of them refuted\n", had_prove_codes[q]->code,
                   (unsigned long long)n.asked[q], (unsigned long long)n.bad[q]);
    printf("%llu addresses led through tables, %llu members looked for in sites\n",
           (unsigned long long)n.addresses, (unsigned long long)n.placed);
    /* A run in which nothing passes, or nothing stops, has shown nothing. */
    bool shown =
        n.specs == specs && n.open > 0 && n.closed > 0 && n.resolved > 0 && n.resolved < n.names;
    for (int q = HAD_R1; q < HAD_QUERY_COUNT; q++)
        shown &= (q != HAD_R4 && q != HAD_R6 && q != HAD_R7) || (n.bad[q] && n.bad[q] < n.asked[q]);
    return n.disagreements || !(shown || specs < 10);
}
