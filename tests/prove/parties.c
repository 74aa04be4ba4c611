#include "parties.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static const struct had_prop *settled(const struct had_prop *p)
{
    while (p && p->tag == HAD_PROP_STAGED) /* the last choice */
        p = p->stages.items[p->stages.count - 1].value;
    return p;
}

static const struct had_prop *get(node_t n, const char *path)
{
    return n ? settled(had_node_get(n, path)) : NULL;
}

static const struct had_prop *inside(const struct had_prop *p, const char *key)
{
    return p && p->tag == HAD_PROP_MAP ? settled(had_prop_at(p, key)) : NULL;
}

static had_str words(const struct had_prop *p)
{
    return p && p->tag == HAD_PROP_TEXT ? p->text : (had_str){"", 0};
}

static had_str word(node_t n, const char *path)
{
    return words(get(n, path));
}

static node_t reads(const struct had_prop *p)
{
    return p && p->tag == HAD_PROP_READ ? p->read.node : NULL;
}

static node_t end(node_t n, const char *path)
{
    return reads(get(n, path));
}

static uint32_t length(const struct had_prop *p)
{
    return p && p->tag == HAD_PROP_LIST ? p->items.count : 0;
}

static bool is(node_t n, const char *type)
{
    return n && had_str_is(n->type_name, type);
}

static bool below(had_str name, had_str zone)
{
    while (zone.len && zone.ptr[zone.len - 1] == '.')
        zone.len--;
    if (!zone.len || had_str_eq_nocase(name, zone))
        return true;
    return name.len > zone.len && name.ptr[name.len - zone.len - 1] == '.' &&
           had_str_eq_nocase(had_str_slice(name, name.len - zone.len, name.len), zone);
}

/* ---- parties ---- */

static struct party *add(struct parties *p, node_t node, const char *format, ...)
{
    va_list list;
    if (p->count == MOST_PARTIES)
        abort();
    struct party *party = &p->list[p->count++];
    *party = (struct party){.end = {.node = node}, .low_port = 49152};
    va_start(list, format);
    vsnprintf(party->name, sizeof party->name, format, list);
    va_end(list);
    return party;
}

/* In a subnet, at an address or anywhere: AWS keeps the first four addresses and the last. */
static void stands(struct party *party, node_t subnet, had_str address)
{
    struct sim_net net;
    party->end.subnet = subnet;
    if (sim_net_of(address, &net)) {
        party->lo = party->hi = net.base;
    } else if (sim_net_of(word(subnet, "CidrBlock"), &net)) {
        party->lo = net.base + 4;
        party->hi = (net.base | ~net.mask) - 1;
    }
}

static bool directory_is(const struct parties *p, had_str domain)
{
    EACH(p->sim, d, "AWS::DirectoryService::MicrosoftAD")
    if (had_str_eq_nocase(word(d, "Name"), domain))
        return true;
    return false;
}

static void add_machines(struct parties *p)
{
    EACH(p->sim, n, "AWS::EC2::Instance")
    {
        struct party *i = add(p, n, HAD_FMT, HAD_ARG(n->object));
        stands(i, end(n, "SubnetId"), word(n, "PrivateIpAddress"));
        if (!had_str_starts(word(end(n, "ImageId"), "Parameter"), "/aws/service/ami-windows"))
            i->low_port = 1024;
        EACH(p->sim, m, "had::DomainMember")
        {
            if (!had_str_eq(word(m, "Machine"), n->address))
                continue;
            i->domain = word(m, "Domain");
            i->controller = i->answers_dns = had_str_is(word(m, "Role"), "controller");
            i->member = !i->controller;
            if (i->controller)
                i->low_port = 49152;
        }
        EACH(p->sim, d, "AWS::DirectoryService::MicrosoftAD")
        EACH(p->sim, c, "had::DscConfiguration")
        i->administers |= c->context->machine == n && had_str_eq(c->object, d->object);
    }
    EACH(p->sim, m, "had::DomainMember")
    {
        const struct had_prop *subnets = get(m, "Subnets");
        for (uint32_t i = 0; i < length(subnets); i++) {
            struct party *service = add(p, m, HAD_FMT, HAD_ARG(m->object));
            stands(service, had_graph_find(sim_graph(p->sim), words(subnets->items.items[i])),
                   (had_str){0});
            service->domain = word(m, "Domain");
            service->member = service->end.lets_all = true;
            service->low_port = 1024;
        }
    }
}

static void add_servers(struct parties *p)
{
    EACH(p->sim, n, "had::OnPremisesServer")
    {
        struct sim_net net;
        const struct had_prop *domains = get(n, "Domains");
        had_str site = word(n, "Site"), key = n->key.len ? n->key : n->object;
        if (!sim_net_of(word(n, "Address"), &net))
            continue;
        struct party *s = add(p, n, HAD_FMT " (" HAD_FMT ")", HAD_ARG(key), HAD_ARG(site));
        s->lo = s->hi = net.base;
        s->end.site = s->site = site;
        s->server = s->answers_dns = true;
        s->controller = had_str_is(word(n, "Role"), "domain-controller");
        if (length(domains))
            s->domain = words(domains->items.items[0]);
    }
}

static void add_directories(struct parties *p)
{
    EACH(p->sim, n, "AWS::DirectoryService::MicrosoftAD")
    {
        const struct had_prop *subnets = inside(get(n, "VpcSettings"), "SubnetIds");
        uint32_t controllers = 2;
        EACH(p->sim, c, "had::DirectoryControllers")
        if (end(c, "DirectoryId") == n)
            controllers = (uint32_t)get(c, "DesiredNumber")->number;
        if (controllers < length(subnets))
            controllers = length(subnets);
        for (uint32_t i = 0; i < controllers && length(subnets); i++) {
            struct party *c = add(p, n, HAD_FMT " controller %u", HAD_ARG(n->object), i + 1);
            stands(c, reads(settled(subnets->items.items[i % length(subnets)])), (had_str){0});
            c->domain = word(n, "Name");
            c->controller = c->answers_dns = true;
            c->owner = n;
        }
    }
}

static void add_endpoints(struct parties *p)
{
    EACH(p->sim, n, "AWS::Route53Resolver::ResolverEndpoint")
    {
        const struct had_prop *list = get(n, "IpAddresses");
        for (uint32_t i = 0; i < length(list); i++) {
            const struct had_prop *row = settled(list->items.items[i]);
            struct party *a = add(p, n, HAD_FMT " address %u", HAD_ARG(n->object), i + 1);
            stands(a, reads(inside(row, "SubnetId")), words(inside(row, "Ip")));
            a->owner = n;
            a->low_port = 1024;
        }
    }
}

/* A subnet of an attachment whose table has nothing in it: no host stands there. */
static bool bare(const struct parties *p, node_t subnet)
{
    struct sim *s = p->sim;
    node_t table = sim_route_table(s, subnet);
    if (!table)
        return false;
    EACH_OF(s, r, "AWS::EC2::Route", table)
    if (r_row->ranged)
        return false;
    EACH(s, r, "had::AssumedRoute")
    if (had_str_eq(word(r, "Table"), table->address))
        return false;
    EACH_OF(s, a, "AWS::EC2::TransitGatewayAttachment", end(subnet, "VpcId"))
    {
        const struct had_prop *list = get(a, "SubnetIds");
        for (uint32_t i = 0; i < length(list); i++)
            if (reads(list->items.items[i]) == subnet)
                return true;
    }
    return false;
}

static bool on_ec2(const struct parties *p, had_str domain)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (p->list[i].controller && is(p->list[i].end.node, "AWS::EC2::Instance") &&
            had_str_eq_nocase(p->list[i].domain, domain))
            return true;
    return false;
}

/* Where the name of a forest on EC2 is forwarded, its members may stand in each subnet. */
static void add_subnets(struct parties *p)
{
    uint32_t before = p->count;
    EACH(p->sim, a, "AWS::Route53Resolver::ResolverRuleAssociation")
    {
        node_t rule = end(a, "ResolverRuleId"), vpc = end(a, "VPCId");
        had_str domain = word(rule, "DomainName");
        if (had_str_is(word(rule, "RuleType"), "SYSTEM") || !on_ec2(p, domain))
            continue;
        EACH_OF(p->sim, n, "AWS::EC2::Subnet", vpc)
        {
            bool known = bare(p, n);
            for (uint32_t i = before; i < p->count; i++)
                known |= p->list[i].end.subnet == n && had_str_eq_nocase(p->list[i].domain, domain);
            if (known)
                continue;
            struct party *s = add(p, n, HAD_FMT, HAD_ARG(n->object));
            stands(s, n, (had_str){0});
            s->domain = domain;
            s->member = s->end.lets_all = true;
        }
    }
}

/* ---- what runs on the machines ---- */

#define EACH_RESOURCE(p, n, r, list)                                                               \
    EACH((p)->sim, n, "had::DscConfiguration")                                                     \
    for (const struct had_prop *list = get(n, "Resources"); list; list = NULL)                     \
        for (uint32_t r##_i = 0; r##_i < length(list); r##_i++)                                    \
            for (const struct had_prop *r = settled(list->items.items[r##_i]); r; r = NULL)

static had_str field(const struct had_prop *resource, const char *map, const char *name)
{
    return words(inside(inside(resource, map), name));
}

static bool resource_is(const struct had_prop *resource, const char *type)
{
    return had_str_is(words(inside(resource, "Type")), type);
}

static struct party *machine(struct parties *p, node_t n)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (n->context->machine && p->list[i].end.node == n->context->machine)
            return &p->list[i];
    return NULL;
}

/* The site that a controller is promoted in; the first of a forest takes the one that is renamed.
 */
static void place_controllers(struct parties *p)
{
    EACH_RESOURCE(p, n, r, list)
    {
        struct party *c = machine(p, n);
        if (c && resource_is(r, "ADDomainController")) {
            const struct had_prop *dns = inside(inside(r, "Properties"), "InstallDns");
            c->site = field(r, "Properties", "SiteName");
            c->answers_dns &= !dns || dns->tag != HAD_PROP_BOOL || dns->boolean;
        }
    }
    EACH_RESOURCE(p, n, r, list)
    {
        struct party *c = machine(p, n);
        const struct had_prop *renames =
            inside(inside(r, "Properties"), "RenameDefaultFirstSiteName");
        if (c && c->controller && !c->site.len && resource_is(r, "ADReplicationSite") && renames &&
            renames->tag == HAD_PROP_BOOL && renames->boolean)
            c->site = field(r, "Properties", "Name");
    }
}

bool party_of(const struct party *party, had_str domain)
{
    const struct had_prop *domains = party->server ? get(party->end.node, "Domains") : NULL;
    for (uint32_t i = 0; i < length(domains); i++)
        if (had_str_eq_nocase(words(domains->items.items[i]), domain))
            return true;
    return had_str_eq_nocase(party->domain, domain) && domain.len;
}

static bool one_forest(const struct parties *p, had_str a, had_str b)
{
    if (had_str_eq_nocase(a, b))
        return true;
    return !directory_is(p, a) && !directory_is(p, b) && (below(a, b) || below(b, a));
}

/* ---- R2: who must reach whom ---- */

static void must(struct parties *p, uint32_t from, uint32_t to, enum flow flow)
{
    if (from == to || (p->list[from].server && p->list[to].server))
        return;
    if (p->partner_count == p->partner_room) {
        p->partner_room = p->partner_room ? p->partner_room * 2 : 64;
        p->partners = realloc(p->partners, p->partner_room * sizeof *p->partners);
        if (!p->partners)
            abort();
    }
    p->partners[p->partner_count++] = (struct must_reach){from, to, flow};
}

/* Whether two controllers of a forest may replicate: in one site, on one link, or unknown. */
static bool may_replicate(struct parties *p, const struct party *a, const struct party *b)
{
    bool on[2] = {false, false};
    if (!a->site.len || !b->site.len || had_str_eq_nocase(a->site, b->site))
        return true;
    EACH_RESOURCE(p, n, r, list)
    {
        const struct party *of = machine(p, n);
        const struct had_prop *sites = inside(inside(r, "Properties"), "SitesIncluded");
        bool x = false, y = false;
        if (!of || !of->domain.len || !resource_is(r, "ADReplicationSiteLink") ||
            !one_forest(p, of->domain, a->domain))
            continue;
        for (uint32_t i = 0; i < length(sites); i++) {
            x |= had_str_eq_nocase(words(settled(sites->items.items[i])), a->site);
            y |= had_str_eq_nocase(words(settled(sites->items.items[i])), b->site);
        }
        if (x && y)
            return true;
        on[0] |= x;
        on[1] |= y;
    }
    return !on[0] || !on[1];
}

static enum flow trust_flow(const struct parties *p, uint32_t from)
{
    EACH(p->sim, l, "had::DirectoryLdaps")
    if (had_str_eq_nocase(word(end(l, "DirectoryId"), "Name"), p->list[from].domain))
        return FLOW_TRUST_TLS;
    return FLOW_TRUST;
}

static void over_trust(struct parties *p, had_str one, had_str other)
{
    for (uint32_t a = 0; a < p->count; a++)
        for (uint32_t b = 0; b < p->count; b++) {
            if (!p->list[a].controller || !p->list[b].controller || !party_of(&p->list[a], one) ||
                !party_of(&p->list[b], other) || had_str_eq_nocase(one, other))
                continue;
            must(p, a, b, trust_flow(p, a));
            must(p, b, a, trust_flow(p, b));
        }
}

/* Calls `each` for the two sides of every trust, and whether the first trusts the second, and the
 * second the first. */
static void each_trust(struct parties *p,
                       void (*each)(struct parties *, had_str, had_str, bool, bool))
{
    EACH(p->sim, t, "had::Trust")
    {
        had_str way = word(t, "Direction");
        bool two = had_str_is(way, "Two-Way"), out = had_str_is(way, "One-Way: Outgoing");
        each(p, word(end(t, "DirectoryId"), "Name"), word(t, "RemoteDomainName"), two || out,
             two || !out);
    }
    EACH_RESOURCE(p, n, r, list)
    {
        const struct party *on = machine(p, n);
        if (on && resource_is(r, "ADDomainTrust")) {
            had_str way = field(r, "Properties", "TrustDirection");
            bool two = had_str_is(way, "Bidirectional"), out = had_str_is(way, "Outbound");
            each(p, field(r, "Properties", "SourceDomainName"),
                 field(r, "Properties", "TargetDomainName"), two || out, two || !out);
        } else if (on && had_str_is(words(inside(r, "Constant")), "trust-local-side")) {
            had_str way = field(r, "Arguments", "TrustDirection");
            bool two = had_str_is(way, "Bidirectional"), out = had_str_is(way, "Outbound");
            each(p, on->domain, field(r, "Arguments", "TargetDomainName"), two || out, two || !out);
        }
    }
}

static void trust_partners(struct parties *p, had_str one, had_str other, bool out, bool in)
{
    (void)out;
    (void)in;
    over_trust(p, one, other);
}

static void add_partners(struct parties *p)
{
    for (uint32_t a = 0; a < p->count; a++)
        for (uint32_t b = 0; b < p->count; b++) {
            const struct party *x = &p->list[a], *y = &p->list[b];
            if (!x->controller || !y->controller || !x->domain.len || !y->domain.len ||
                directory_is(p, x->domain) || !one_forest(p, x->domain, y->domain))
                continue;
            if (may_replicate(p, x, y))
                must(p, a, b, FLOW_REPLICATION);
        }
    each_trust(p, trust_partners);
}

/* ---- packets ---- */

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

static void find_edges(struct parties *p)
{
    const uint32_t *list;
    uint32_t count = sim_addresses(p->sim, &list);
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

enum { MEMO_ROOM = 4096 };

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

/* ---- R1 ---- */

enum flow party_flow(const struct parties *p, uint32_t member)
{
    const struct party *m = &p->list[member];
    bool tls = false;
    EACH(p->sim, g, "had::Gate")
    EACH(p->sim, d, "AWS::DirectoryService::MicrosoftAD")
    tls |= had_str_is(word(g, "Kind"), "ldaps-server") && had_str_eq(g->object, d->object) &&
           had_str_eq_nocase(word(d, "Name"), m->domain);
    return m->administers ? (tls ? FLOW_ADMIN_TLS : FLOW_ADMIN)
                          : (tls ? FLOW_MEMBER_TLS : FLOW_MEMBER);
}

uint32_t parties_served(struct parties *p, uint32_t member)
{
    enum flow flow = party_flow(p, member);
    for (uint32_t c = 0; c < p->count; c++)
        if (p->list[c].controller && !p->gone[c] && party_of(&p->list[c], p->list[member].domain) &&
            parties_pass(p, member, c, flow))
            return c;
    return MOST_PARTIES;
}

/* ---- R3 ---- */

static bool known_domain(const struct parties *p, had_str domain)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (party_of(&p->list[i], domain))
            return true;
    EACH(p->sim, t, "had::Trust")
    if (had_str_eq_nocase(word(t, "RemoteDomainName"), domain))
        return true;
    return directory_is(p, domain);
}

/* A controller sends on what it has a conditional forwarder for. */
static bool sends_on(struct parties *p, const struct party *c, had_str name)
{
    EACH(p->sim, f, "had::ConditionalForwarder")
    if (c->owner && end(f, "DirectoryId") == c->owner && below(name, word(f, "RemoteDomainName")))
        return true;
    EACH_RESOURCE(p, n, r, list)
    {
        const struct party *on = machine(p, n);
        if (!on || c->owner || !had_str_eq_nocase(on->domain, c->domain))
            continue;
        if (resource_is(r, "DnsServerConditionalForwarder") &&
            below(name, field(r, "Properties", "Name")))
            return true;
        if (had_str_is(words(inside(r, "Constant")), "conditional-forwarder") &&
            below(name, field(r, "Arguments", "Domain")))
            return true;
    }
    return false;
}

static int question_of(struct parties *p, node_t vpc, had_str name, int depth);

/* Whoever stands at the end of a target, and whether he knows the name. */
static void judge(struct parties *p, struct target *t, uint32_t party, had_str name, int depth)
{
    const struct party *h = &p->list[party];
    t->party = party;
    if (is(h->end.node, "AWS::Route53Resolver::ResolverEndpoint")) {
        if (had_str_is(word(h->end.node, "Direction"), "OUTBOUND"))
            t->fate = FATE_FAILS;
        else
            t->again = question_of(p, end(h->end.subnet, "VpcId"), name, depth + 1);
    } else if (h->controller && party_of(h, name)) {
        t->fate = h->answers_dns ? FATE_ASKS : FATE_FAILS;
    } else if (h->controller && !sends_on(p, h, name)) {
        t->fate = FATE_FAILS;
    } else if (!h->controller && !h->server) {
        t->fate = FATE_FAILS;
    }
}

static void aim(struct parties *p, struct target *t, const struct had_prop *ip, had_str name,
                int depth)
{
    struct sim_net net;
    *t = (struct target){.fate = FATE_ASKS, .party = MOST_PARTIES, .again = -1};
    node_t n = reads(ip);
    if (n && is(n, "AWS::SSM::Parameter")) {
        aim(p, t, get(n, "Value"), name, depth);
        return;
    }
    if (n) { /* the nth address of a directory or of an endpoint, or of a machine */
        const char *bracket = memchr(ip->read.attribute.ptr, '[', ip->read.attribute.len);
        uint32_t number = bracket ? (uint32_t)strtoul(bracket + 1, NULL, 10) : 0;
        if (is(n, "had::DirectoryControllers"))
            n = end(n, "DirectoryId");
        for (uint32_t i = 0; i < p->count; i++)
            if (p->list[i].end.node == n && number-- == 0) {
                judge(p, t, i, name, depth);
                return;
            }
        t->fate = FATE_HOLDS;
        return;
    }
    if (!sim_net_of(words(ip), &net)) {
        t->fate = FATE_HOLDS;
        return;
    }
    for (uint32_t i = 0; i < p->count; i++)
        if (p->list[i].lo == net.base && p->list[i].hi == net.base) {
            judge(p, t, i, name, depth);
            return;
        }
    t->fate = FATE_HOLDS; /* a stranger, who is believed, unless the place is ours */
    EACH(p->sim, v, "AWS::EC2::VPC")
    {
        struct sim_net range;
        if (sim_net_of(word(v, "CidrBlock"), &range) && (net.base & range.mask) == range.base)
            t->fate = FATE_FAILS;
    }
    EACH(p->sim, c, "AWS::EC2::VPCCidrBlock")
    if (sim_row_has(c_row, net.base))
        t->fate = FATE_FAILS;
}

/* The rule that a VPC has for a name; NULL if none, or a private zone hides it. */
static node_t rule_for(struct parties *p, node_t vpc, had_str name)
{
    node_t best = NULL;
    had_str of = {"", 0};
    EACH(p->sim, a, "AWS::Route53Resolver::ResolverRuleAssociation")
    {
        node_t rule = end(a, "ResolverRuleId");
        had_str domain = word(rule, "DomainName");
        if (end(a, "VPCId") == vpc && below(name, domain) && (!best || domain.len > of.len)) {
            best = rule;
            of = domain;
        }
    }
    EACH(p->sim, z, "AWS::Route53::HostedZone")
    {
        had_str zone = word(z, "Name");
        const struct had_prop *list = get(z, "VPCs");
        bool here = false;
        for (uint32_t i = 0; i < length(list); i++)
            here |= reads(inside(settled(list->items.items[i]), "VPCId")) == vpc;
        EACH(p->sim, a, "had::ZoneAssociation")
        here |= end(a, "HostedZoneId") == z && end(a, "VPCId") == vpc;
        while (zone.len && zone.ptr[zone.len - 1] == '.')
            zone.len--;
        if (here && below(name, zone) && (!best || zone.len > of.len))
            return NULL;
    }
    return best && !had_str_is(word(best, "RuleType"), "SYSTEM") ? best : NULL;
}

/* Each machine asks the servers that DHCP names. */
static void ask_servers(struct parties *p, struct question *q, const struct had_prop *servers)
{
    q->fate = FATE_ASKS;
    q->by_each = true;
    for (uint32_t i = 0; i < p->count; i++)
        if (p->list[i].member && end(p->list[i].end.subnet, "VpcId") == q->vpc) {
            if (q->from_count == MOST_TARGETS)
                abort();
            q->from[q->from_count++] = i;
        }
    for (uint32_t i = 0; i < length(servers) && q->target_count < MOST_TARGETS; i++)
        aim(p, &q->targets[q->target_count++], settled(servers->items.items[i]), q->name, 0);
}

static int question_of(struct parties *p, node_t vpc, had_str name, int depth)
{
    for (uint32_t i = 0; i < p->question_count; i++)
        if (p->questions[i].vpc == vpc && had_str_eq_nocase(p->questions[i].name, name))
            return (int)i;
    if (p->question_count == sizeof p->questions / sizeof *p->questions)
        abort();
    int number = (int)p->question_count++;
    struct question *q = &p->questions[number];
    *q = (struct question){.vpc = vpc, .name = name, .fate = FATE_FAILS};
    struct sim_net net;
    EACH(p->sim, d, "AWS::EC2::VPCDHCPOptionsAssociation")
    {
        const struct had_prop *servers = get(end(d, "DhcpOptionsId"), "DomainNameServers");
        if (end(d, "VpcId") == vpc && !depth && length(servers) &&
            sim_net_of(words(settled(servers->items.items[0])), &net)) {
            ask_servers(p, q, servers);
            return number;
        }
    }
    const struct had_prop *on = get(vpc, "EnableDnsSupport");
    node_t rule = rule_for(p, vpc, name), endpoint = end(rule, "ResolverEndpointId");
    if (!rule || (on && on->tag == HAD_PROP_BOOL && !on->boolean))
        return number;
    q->fate = FATE_ASKS;
    for (uint32_t i = 0; i < p->count; i++)
        if (endpoint && p->list[i].owner == endpoint && q->from_count < MOST_TARGETS)
            q->from[q->from_count++] = i;
    if (!q->from_count) {
        q->fate = FATE_HOLDS; /* an endpoint that nobody knows */
        return number;
    }
    const struct had_prop *targets = get(rule, "TargetIps");
    for (uint32_t i = 0; i < length(targets) && q->target_count < MOST_TARGETS; i++)
        aim(p, &q->targets[q->target_count++], inside(settled(targets->items.items[i]), "Ip"), name,
            depth);
    return number;
}

/* MOST_PARTIES asks from a place that nobody knows. */
static bool somebody_knows(struct parties *p, const struct question *q, uint32_t from, int depth)
{
    for (uint32_t t = 0; t < q->target_count; t++) {
        const struct target *at = &q->targets[t];
        if (at->fate == FATE_HOLDS)
            return true;
        if (at->fate == FATE_ASKS && !p->gone[at->party] &&
            (from == MOST_PARTIES || parties_pass(p, from, at->party, FLOW_NAMES)) &&
            (at->again < 0 || parties_resolve(p, &p->questions[at->again], depth + 1)))
            return true;
    }
    return false;
}

bool parties_resolve(struct parties *p, const struct question *q, int depth)
{
    bool any = false, all = true, left = false;
    if (q->fate != FATE_ASKS || depth == 8)
        return q->fate == FATE_HOLDS;
    for (uint32_t f = 0; f < q->from_count; f++) {
        if (p->gone[q->from[f]])
            continue;
        bool good = somebody_knows(p, q, q->from[f], depth);
        left = true;
        any |= good;
        all &= good;
    }
    if (q->by_each && !left)
        return somebody_knows(p, q, MOST_PARTIES, depth);
    return q->by_each ? all : any;
}

static void need(struct parties *p, node_t vpc, had_str name)
{
    if (name.len && known_domain(p, name))
        p->questions[question_of(p, vpc, name, 0)].needed = true;
}

/* People of a trusted domain sign in on the machines of the trusting one. */
static void trust_names(struct parties *p, had_str one, had_str other, bool out, bool in)
{
    for (uint32_t i = 0; i < p->count; i++) {
        const struct party *m = &p->list[i];
        if (!m->member || is(m->end.node, "AWS::EC2::Subnet"))
            continue;
        if (out && had_str_eq_nocase(m->domain, one))
            need(p, end(m->end.subnet, "VpcId"), other);
        if (in && had_str_eq_nocase(m->domain, other))
            need(p, end(m->end.subnet, "VpcId"), one);
    }
}

static void add_names(struct parties *p)
{
    EACH(p->sim, a, "AWS::Route53Resolver::ResolverRuleAssociation")
    if (!had_str_is(word(end(a, "ResolverRuleId"), "RuleType"), "SYSTEM"))
        need(p, end(a, "VPCId"), word(end(a, "ResolverRuleId"), "DomainName"));
    for (uint32_t i = 0; i < p->count; i++)
        if (p->list[i].member)
            need(p, end(p->list[i].end.subnet, "VpcId"), p->list[i].domain);
    each_trust(p, trust_names);
}

/* ---- R4 ---- */

bool parties_near(struct parties *p, uint32_t member, had_str site, bool *open)
{
    const struct party *m = &p->list[member];
    enum flow flow = party_flow(p, member);
    bool near = false;
    for (uint32_t c = 0; c < p->count && !near; c++) {
        const struct party *d = &p->list[c];
        if (!d->controller || p->gone[c] || d->server || !party_of(d, m->domain) ||
            !had_str_eq(d->end.node->context->region, m->end.subnet->context->region))
            continue;
        *open |= !d->site.len;
        near = had_str_eq_nocase(d->site, site) && parties_pass(p, member, c, flow);
    }
    return near;
}

enum site_fate parties_site(struct parties *p, uint32_t member, had_str *site)
{
    const struct party *m = &p->list[member];
    struct sim_net own, net;
    int longest = -1;
    bool twice = false, any = false, open = false;
    if (!on_ec2(p, m->domain) || directory_is(p, m->domain) ||
        !sim_net_of(word(m->end.subnet, "CidrBlock"), &own))
        return SITE_NOT_ASKED;
    *site = (had_str){"", 0};
    EACH_RESOURCE(p, n, r, list)
    {
        const struct party *on = machine(p, n);
        had_str here = field(r, "Properties", "Site");
        if (!on || !on->domain.len || !resource_is(r, "ADReplicationSubnet") ||
            !one_forest(p, on->domain, m->domain))
            continue;
        any = true;
        if (!sim_net_of(field(r, "Properties", "Name"), &net) || net.length > own.length ||
            (own.base & net.mask) != net.base || net.length < longest)
            continue;
        twice = net.length == longest && (twice || !had_str_eq(here, *site));
        longest = net.length;
        *site = here;
    }
    if (!any)
        return SITE_OPEN;
    if (longest < 0 || twice)
        return SITE_BAD;
    if (parties_served(p, member) == MOST_PARTIES)
        return SITE_OPEN; /* R1 tells of it */
    return parties_near(p, member, *site, &open) ? SITE_GOOD : open ? SITE_OPEN : SITE_BAD;
}

/* ---- all of it ---- */

struct parties *parties_new(struct sim *sim)
{
    struct parties *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->sim = sim;
    p->memo = calloc(MEMO_ROOM, sizeof(struct memo *));
    if (!p->memo)
        abort();
    add_machines(p);
    add_servers(p);
    add_directories(p);
    add_endpoints(p);
    add_subnets(p);
    place_controllers(p);
    add_partners(p);
    add_names(p);
    find_edges(p);
    return p;
}

void parties_free(struct parties *p)
{
    for (uint32_t i = 0; i < MEMO_ROOM; i++)
        for (struct memo *m = p->memo[i], *next; m; m = next) {
            next = m->next;
            free(m);
        }
    free(p->memo);
    free(p->partners);
    free(p);
}
