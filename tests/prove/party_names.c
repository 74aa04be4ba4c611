/* R3 by hand: which names must resolve where, and who is asked for them. */
#include "parties_read.h"

#include <stdlib.h>

static bool known_domain(const struct parties *p, had_str domain)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (party_of(&p->list[i], domain))
            return true;
    EACH(p->sim, t, "had::Trust")
    if (had_str_eq_nocase(word(t, "RemoteDomainName"), domain))
        return true;
    return party_directory(p, domain);
}

/* A controller sends on what it has a conditional forwarder for. */
static bool sends_on(struct parties *p, const struct party *c, had_str name)
{
    EACH(p->sim, f, "had::ConditionalForwarder")
    if (c->owner && end(f, "DirectoryId") == c->owner && below(name, word(f, "RemoteDomainName")))
        return true;
    EACH_RESOURCE(p, n, r, list)
    {
        const struct party *on = party_of_machine(p, n);
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
        const char *bracket = strchr(ip->read.attribute, '[');
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

void party_names(struct parties *p)
{
    EACH(p->sim, a, "AWS::Route53Resolver::ResolverRuleAssociation")
    if (!had_str_is(word(end(a, "ResolverRuleId"), "RuleType"), "SYSTEM"))
        need(p, end(a, "VPCId"), word(end(a, "ResolverRuleId"), "DomainName"));
    for (uint32_t i = 0; i < p->count; i++)
        if (p->list[i].member)
            need(p, end(p->list[i].end.subnet, "VpcId"), p->list[i].domain);
    party_trusts(p, trust_names);
}
