#include "parties_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- parties ---- */

__attribute__((format(printf, 3, 4))) static struct party *add(struct parties *p, node_t node,
                                                               const char *format, ...)
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

bool party_directory(const struct parties *p, had_str domain)
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

struct party *party_of_machine(struct parties *p, node_t n)
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
        struct party *c = party_of_machine(p, n);
        if (c && resource_is(r, "ADDomainController")) {
            const struct had_prop *dns = inside(inside(r, "Properties"), "InstallDns");
            c->site = field(r, "Properties", "SiteName");
            c->answers_dns &= !dns || dns->tag != HAD_PROP_BOOL || dns->boolean;
        }
    }
    EACH_RESOURCE(p, n, r, list)
    {
        struct party *c = party_of_machine(p, n);
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
    return !party_directory(p, a) && !party_directory(p, b) && (below(a, b) || below(b, a));
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
        const struct party *of = party_of_machine(p, n);
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

void party_trusts(struct parties *p, void (*each)(struct parties *, had_str, had_str, bool, bool))
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
        const struct party *on = party_of_machine(p, n);
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
                party_directory(p, x->domain) || !one_forest(p, x->domain, y->domain))
                continue;
            if (may_replicate(p, x, y))
                must(p, a, b, FLOW_REPLICATION);
        }
    party_trusts(p, trust_partners);
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
    if (!on_ec2(p, m->domain) || party_directory(p, m->domain) ||
        !sim_net_of(word(m->end.subnet, "CidrBlock"), &own))
        return SITE_NOT_ASKED;
    *site = (had_str){"", 0};
    EACH_RESOURCE(p, n, r, list)
    {
        const struct party *on = party_of_machine(p, n);
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
    add_machines(p);
    add_servers(p);
    add_directories(p);
    add_endpoints(p);
    add_subnets(p);
    place_controllers(p);
    add_partners(p);
    party_names(p);
    party_edges(p);
    return p;
}

void parties_free(struct parties *p)
{
    party_forget(p);
    free(p->partners);
    free(p);
}
