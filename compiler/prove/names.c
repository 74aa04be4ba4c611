/*
 * R3: how a name is resolved in a VPC. The most specific rule or private zone wins, a forwarding
 * rule before a zone of the same name (Route 53 developer guide, "Resolver rules"). A target
 * answers for its own zone; another Resolver endpoint asks again in its VPC.
 */
#include "prove/internal.h"

#include <string.h>

enum { MOST_ENDPOINTS = 8 }; /* Resolver endpoints in a row */

struct question {
    struct had_proof *proof;
    struct had_model *m;
    const struct had_scenario *s;
    had_str name;
    uint32_t domain;
    bool strict;
    uint64_t *assumed;
    struct had_counterexample *out;
    uint32_t asked[MOST_ENDPOINTS], count; /* rules on the way */
    uint32_t vpc;                          /* where the question was first asked */
    had_asked *pairs;                      /* who asks whom, or NULL */
};

static bool fail(struct question *q, const char *reason, const struct had_node *at,
                 const struct had_node *matched, had_str to, had_str repair)
{
    if (q->out && !q->out->reason)
        *q->out = (struct had_counterexample){
            .from = q->m->vpcs.items[q->vpc].name,
            .to = to,
            .protocol = "",
            .reason = reason,
            .at = at,
            .matched = matched,
            .span = matched ? matched->origin->span : at->origin->span,
            .repair = repair,
            .count = 1,
        };
    return false;
}

static void suppose(struct question *q, had_str text)
{
    *q->assumed |= had_model_assume(q->m, text);
}

static bool below(had_str name, had_str zone)
{
    if (had_str_eq(name, zone) || !zone.len || had_str_is(zone, "."))
        return true;
    return name.len > zone.len && name.ptr[name.len - zone.len - 1] == '.' &&
           had_str_eq(had_str_slice(name, name.len - zone.len, name.len), zone);
}

static bool ask_vpc(struct question *q, uint32_t vpc);

static bool controls(const struct had_model *m, uint32_t host, uint32_t domain)
{
    had_each(const uint32_t, c, &m->domains.items[domain].controllers)
        if (*c == host)
            return true;
    return false;
}

/* A controller asks on for a domain that it has a conditional forwarder for. */
static bool forwards(const struct had_model *m, uint32_t host, had_str name)
{
    const struct had_mhost *h = &m->hosts.items[host];
    had_each(const struct had_mforwarder, f, &m->forwarders) {
        bool its = f->directory != HAD_NOTHING
                       ? h->kind == HAD_HOST_DIRECTORY && h->owner == f->directory
                       : f->host != HAD_NOTHING && h->controller &&
                             m->hosts.items[f->host].domain == h->domain;
        if (its && below(name, f->domain))
            return true;
    }
    return false;
}

static bool answers(struct question *q, uint32_t host, const struct had_node *rule)
{
    struct had_model *m = q->m;
    const struct had_mhost *h = &m->hosts.items[host];
    if (h->kind == HAD_HOST_RESOLVER) {
        const struct had_mresolver *resolver = &m->resolvers.items[h->owner];
        if (resolver->outbound)
            return fail(q, "TARGET_IS_OUTBOUND_ENDPOINT", rule, NULL, h->name,
                        HAD_STR("name servers of the domain, or an inbound endpoint"));
        return ask_vpc(q, resolver->vpc);
    }
    if (controls(m, host, q->domain)) {
        if (h->answers_dns)
            return true;
        return fail(q, "TARGET_IS_NO_DNS_SERVER", rule, h->node, h->name,
                    HAD_STR("target controllers that run DNS"));
    }
    if (h->kind == HAD_HOST_SERVER && !h->controller) {
        bool known = h->domain == q->domain;
        if (!known)
            suppose(q, had_str_printf(m->arena, "`" HAD_FMT "` answers for " HAD_FMT,
                                      HAD_ARG(h->name), HAD_ARG(q->name)));
        return true;
    }
    if (h->controller && forwards(m, host, q->name))
        return true;
    return fail(
        q, "TARGET_DOES_NOT_ANSWER", rule, h->node, h->name,
        had_str_printf(m->arena, "target servers that answer for " HAD_FMT, HAD_ARG(q->name)));
}

static uint32_t target_host(const struct had_model *m, const struct had_mtarget *t)
{
    if (t->directory != HAD_NOTHING) {
        const struct had_mdirectory *d = &m->directories.items[t->directory];
        return t->number < d->hosts.count ? d->hosts.items[t->number] : HAD_NOTHING;
    }
    if (t->resolver != HAD_NOTHING) {
        const struct had_mresolver *r = &m->resolvers.items[t->resolver];
        return t->number < r->hosts.count ? r->hosts.items[t->number] : HAD_NOTHING;
    }
    return t->address ? had_model_host_at(m, t->address) : HAD_NOTHING;
}

/* Somebody whom the graph does not know stands at the address. */
static bool stranger(struct question *q, const struct had_node *rule, const struct had_mtarget *t)
{
    struct had_model *m = q->m;
    had_str address = t->address ? had_ip4_text(m->arena, t->address) : HAD_STR("a target");
    for (uint32_t v = 0; t->address && v < m->vpcs.count; v++)
        had_each(const struct had_net4, n, &m->vpcs.items[v].ranges)
            if (had_net4_holds(*n, t->address) && m->vpcs.items[v].node->lifecycle != HAD_EXISTING)
                return fail(q, "TARGET_DOES_NOT_ANSWER", rule, NULL, address,
                            had_str_printf(m->arena,
                                           "nothing stands at " HAD_FMT ": correct the "
                                           "target",
                                           HAD_ARG(address)));
    suppose(q, had_str_printf(m->arena,
                              HAD_FMT " is reached by `" HAD_FMT "` and answers for " HAD_FMT,
                              HAD_ARG(address), HAD_ARG(rule->object), HAD_ARG(q->name)));
    return true;
}

/* One address of an endpoint asks one target. */
static bool ask_target(struct question *q, uint32_t from, const struct had_node *rule,
                       const struct had_mtarget *t)
{
    struct had_model *m = q->m;
    uint64_t ports = had_flow_ports(m, "resolver_outbound");
    uint32_t host = target_host(m, t);
    if (host == HAD_NOTHING)
        return stranger(q, rule, t);
    if (had_host_dead(m, q->s, host))
        return false;
    if (t->port != 53) {
        suppose(q, had_str_printf(m->arena, "`" HAD_FMT "` is reached at port %u",
                                  HAD_ARG(m->hosts.items[host].name), t->port));
    } else {
        struct had_pair_result r = had_pair_walk(m, q->s, from, host, ports);
        if (r.ports != ports) {
            struct had_counterexample x;
            if (q->out && !q->out->reason &&
                had_pair_explain(q->proof, q->s, from, host, ports, &x))
                *q->out = x;
            return false;
        }
        *q->assumed |= r.assumed;
        if (q->pairs)
            *had_push(q->proof->arena, q->pairs) = (struct had_partner){from, host, ports, false};
    }
    return answers(q, host, rule);
}

static bool two_zones(const struct question *q, const struct had_mresolver *resolver)
{
    const struct had_model *m = q->m;
    uint32_t zone = HAD_NOTHING;
    had_each(const uint32_t, h, &resolver->hosts) {
        uint32_t here = m->subnets.items[m->hosts.items[*h].subnet].zone;
        if (zone != HAD_NOTHING && here != zone)
            return true;
        zone = here;
    }
    return false;
}

static bool ask_rule(struct question *q, uint32_t number)
{
    struct had_model *m = q->m;
    const struct had_mdns_rule *rule = &m->rules.items[number];
    for (uint32_t i = 0; i < q->count; i++)
        if (q->asked[i] == number)
            return fail(q, "DNS_LOOP", rule->node, NULL, rule->domain,
                        HAD_STR("take the rule away from the VPC of the inbound endpoint that it "
                                "leads to"));
    if (q->count == MOST_ENDPOINTS)
        return fail(q, "DNS_LOOP", rule->node, NULL, rule->domain, HAD_STR("shorten the chain"));
    if (rule->resolver == HAD_NOTHING || !m->resolvers.items[rule->resolver].hosts.count) {
        suppose(q,
                had_str_printf(m->arena, "the endpoint behind `" HAD_FMT "` answers for " HAD_FMT,
                               HAD_ARG(rule->node->object), HAD_ARG(q->name)));
        return true;
    }
    const struct had_mresolver *resolver = &m->resolvers.items[rule->resolver];
    if (q->strict && !two_zones(q, resolver))
        return fail(q, "ONE_ZONE", resolver->node, NULL, rule->domain,
                    HAD_STR("give the endpoint addresses in two zones"));
    had_targets targets = {0};
    had_model_targets(m, rule, &targets);
    q->asked[q->count++] = number;
    bool any = false, all = true;
    had_each(const uint32_t, from, &resolver->hosts) {
        if (had_host_dead(m, q->s, *from))
            continue;
        had_each(const struct had_mtarget, t, &targets) {
            bool good = ask_target(q, *from, rule->node, t);
            any |= good;
            all &= good;
            if (q->strict ? !good : good)
                break;
        }
        if (q->strict ? !all : any)
            break;
    }
    q->count--;
    bool good = q->strict ? all && any : any;
    if (good)
        return true;
    return fail(q, "NO_TARGET_ANSWERS", rule->node, NULL, rule->domain,
                HAD_STR("add a target that does not depend on what is lost"));
}

/* One machine asks the servers; HAD_NOTHING: one that nobody knows, in the same network. */
static bool ask_each(struct question *q, const struct had_mvpc *v, uint32_t from)
{
    struct had_model *m = q->m;
    bool any = false, all = true;
    had_each(const uint32_t, address, &v->dns) {
        struct had_mtarget t = {
            .address = *address, .directory = HAD_NOTHING, .resolver = HAD_NOTHING, .port = 53};
        uint32_t host = had_model_host_at(m, *address);
        bool good;
        if (from != HAD_NOTHING)
            good = ask_target(q, from, v->dhcp, &t);
        else if (host == HAD_NOTHING)
            good = stranger(q, v->dhcp, &t);
        else
            good = !had_host_dead(m, q->s, host) && answers(q, host, v->dhcp);
        any |= good;
        all &= good;
    }
    return q->strict ? all && any : any;
}

/* DHCP hands out servers: they are asked by the machines themselves, by each that is left. */
static bool ask_servers(struct question *q, uint32_t vpc)
{
    struct had_model *m = q->m;
    const struct had_mvpc *v = &m->vpcs.items[vpc];
    bool left = false, good = true;
    had_each(const uint32_t, from, &v->askers) {
        if (had_host_dead(m, q->s, *from))
            continue;
        left = true;
        good = good && ask_each(q, v, *from);
    }
    if (!left) {
        suppose(
            q, had_str_printf(m->arena, "`" HAD_FMT "` reaches its DNS servers", HAD_ARG(v->name)));
        good = ask_each(q, v, HAD_NOTHING);
    }
    if (good)
        return true;
    return fail(q, "NO_TARGET_ANSWERS", v->dhcp, NULL, q->name,
                HAD_STR("name DNS servers that do not depend on what is lost"));
}

static bool ask_vpc(struct question *q, uint32_t vpc)
{
    struct had_model *m = q->m;
    if (vpc == HAD_NOTHING)
        return fail(q, "NO_TARGET_ANSWERS", m->vpcs.items[q->vpc].node, NULL, q->name,
                    HAD_STR("correct the endpoint"));
    const struct had_mvpc *v = &m->vpcs.items[vpc];
    if (v->dns.count && q->count == 0)
        return ask_servers(q, vpc);
    if (!v->resolver_on)
        return fail(q, "RESOLVER_OFF", v->node, NULL, q->name,
                    HAD_STR("switch `dns-support` of the spoke on"));
    uint32_t best = HAD_NOTHING;
    const struct had_mzone *zone = NULL;
    uint32_t length = 0;
    had_each(const uint32_t, a, &v->rules) {
        const struct had_mdns_rule *rule = &m->rules.items[m->associations.items[*a].rule];
        if (below(q->name, rule->domain) && rule->domain.len >= length) {
            best = m->associations.items[*a].rule;
            length = rule->domain.len;
        }
    }
    had_each(const uint32_t, z, &v->zones) {
        const struct had_mzone *here = &m->zones.items[*z];
        if (below(q->name, here->domain) && (here->domain.len > length || best == HAD_NOTHING)) {
            if (zone && zone->domain.len > here->domain.len)
                continue;
            zone = here;
            length = here->domain.len;
        }
    }
    if (zone && (best == HAD_NOTHING || zone->domain.len > m->rules.items[best].domain.len))
        return fail(q, "SHADOWED_BY_PRIVATE_ZONE", v->node, zone->node, q->name,
                    had_str_printf(m->arena, "take the zone " HAD_FMT " away from `" HAD_FMT "`",
                                   HAD_ARG(zone->domain), HAD_ARG(v->name)));
    if (best == HAD_NOTHING)
        return fail(q, "RULE_NOT_ASSOCIATED", v->node, NULL, q->name,
                    had_str_printf(m->arena,
                                   "name `" HAD_FMT "` in `used-by` of a forward of " HAD_FMT,
                                   HAD_ARG(v->name), HAD_ARG(q->name)));
    if (m->rules.items[best].system)
        return fail(q, "SYSTEM_RULE", v->node, m->rules.items[best].node, q->name,
                    HAD_STR("take the system rule away, or make it more specific"));
    return ask_rule(q, best);
}

static bool resolves(struct had_proof *proof, const struct had_scenario *scenario, uint32_t vpc,
                     had_str name, bool strict, uint64_t *assumed, struct had_counterexample *out,
                     had_asked *pairs)
{
    struct had_model *m = proof->model;
    struct question q = {.proof = proof,
                         .m = m,
                         .s = scenario,
                         .name = name,
                         .strict = strict,
                         .assumed = assumed,
                         .out = out,
                         .vpc = vpc,
                         .pairs = pairs};
    q.domain = HAD_NOTHING; /* the most specific that holds the name */
    for (uint32_t d = 0; d < m->domains.count; d++)
        if (below(name, m->domains.items[d].name) &&
            (q.domain == HAD_NOTHING ||
             m->domains.items[d].name.len > m->domains.items[q.domain].name.len))
            q.domain = d;
    if (q.domain == HAD_NOTHING)
        return false;
    return ask_vpc(&q, vpc);
}

bool had_resolves(struct had_proof *proof, const struct had_scenario *scenario, uint32_t vpc,
                  had_str name, bool strict, uint64_t *assumed, struct had_counterexample *out)
{
    return resolves(proof, scenario, vpc, name, strict, assumed, out, NULL);
}

bool had_questions(struct had_proof *proof, uint32_t vpc, had_str name, had_asked *out)
{
    uint64_t assumed = 0;
    return resolves(proof, NULL, vpc, name, true, &assumed, NULL, out) && !assumed;
}

/* ---- who needs which name ---- */

static uint64_t vpc_hash(const struct had_mvpc *v)
{
    uint64_t h = v->resolver_on + 7u;
    had_each(const uint32_t, a, &v->rules)
        h = h * UINT64_C(1099511628211) + *a;
    had_each(const uint32_t, z, &v->zones)
        h = h * UINT64_C(1099511628211) + *z + 1;
    return h;
}

/* Two VPCs with the same rules and zones resolve alike; those with servers of their own are alone.
 */
static bool alike(const struct had_model *m, const struct had_mvpc *a, const struct had_mvpc *b)
{
    if (a->dns.count || b->dns.count || a->resolver_on != b->resolver_on ||
        a->rules.count != b->rules.count || a->zones.count != b->zones.count)
        return false;
    for (uint32_t i = 0; i < a->rules.count; i++)
        if (m->associations.items[a->rules.items[i]].rule !=
            m->associations.items[b->rules.items[i]].rule)
            return false;
    for (uint32_t i = 0; i < a->zones.count; i++)
        if (a->zones.items[i] != b->zones.items[i])
            return false;
    return true;
}

static void add_need(struct had_proof *proof, had_needs *out, const uint32_t *like, uint32_t vpc,
                     uint32_t domain, uint32_t *last)
{
    const struct had_model *m = proof->model;
    if (domain == HAD_NOTHING || last[domain] == vpc + 1)
        return;
    last[domain] = vpc + 1; /* once for each VPC */
    had_each(struct had_need, n, out)
        if (n->domain == domain && like[n->vpc] == like[vpc] &&
            alike(m, &m->vpcs.items[n->vpc], &m->vpcs.items[vpc])) {
            n->count++;
            *had_push(proof->arena, &n->vpcs) = vpc;
            return;
        }
    struct had_need *n = had_push(proof->arena, out);
    *n = (struct had_need){.vpc = vpc, .domain = domain, .count = 1};
    *had_push(proof->arena, &n->vpcs) = vpc;
}

void had_name_needs(struct had_proof *proof, had_needs *out)
{
    struct had_model *m = proof->model;
    uint32_t *last = had_new_n(proof->arena, uint32_t, m->domains.count + 1);
    uint32_t *like = had_new_n(proof->arena, uint32_t, m->vpcs.count + 1);
    had_array(had_indexes) members = {0}, joined = {0};
    struct had_map classes = {0};
    for (uint32_t v = 0; v < m->vpcs.count; v++) {
        /* Associations differ, rules do not: number the sets of rules. */
        struct had_mvpc copy = m->vpcs.items[v];
        had_indexes rules = {0};
        had_each(const uint32_t, a, &copy.rules)
            *had_push(proof->arena, &rules) = m->associations.items[*a].rule;
        copy.rules.items = rules.items;
        copy.rules.count = rules.count;
        uint64_t key = vpc_hash(&copy);
        const uint64_t *known = had_map_get(&classes, key);
        like[v] = known ? (uint32_t)*known : v;
        if (!known)
            had_map_put(proof->arena, &classes, key, v);
        (void)had_push(proof->arena, &members);
        (void)had_push(proof->arena, &joined);
    }
    had_each(const struct had_mhost, h, &m->hosts)
        if ((h->kind == HAD_HOST_MEMBER || h->kind == HAD_HOST_SUBNET) &&
            h->subnet != HAD_NOTHING && h->domain != HAD_NOTHING)
            *had_push(proof->arena, &members.items[m->subnets.items[h->subnet].vpc]) = h->domain;
    had_each(const struct had_mhost, h, &m->hosts)
        if (h->kind == HAD_HOST_MEMBER && h->subnet != HAD_NOTHING && h->domain != HAD_NOTHING)
            *had_push(proof->arena, &joined.items[m->subnets.items[h->subnet].vpc]) = h->domain;
    for (uint32_t v = 0; v < m->vpcs.count; v++) {
        had_each(const uint32_t, a, &m->vpcs.items[v].rules) {
            const struct had_mdns_rule *rule = &m->rules.items[m->associations.items[*a].rule];
            if (!rule->system)
                add_need(proof, out, like, v, had_model_domain_find(m, rule->domain), last);
        }
        had_each(const uint32_t, d, &members.items[v])
            add_need(proof, out, like, v, *d, last);
        /* People of a trusted domain sign in on the machines of the trusting one. */
        had_each(const uint32_t, d, &joined.items[v])
            had_each(const struct had_mtrust, t, &m->trusts) {
                if (t->directory == *d && t->trusts[0])
                    add_need(proof, out, like, v, t->domain, last);
                if (t->domain == *d && t->trusts[1])
                    add_need(proof, out, like, v, t->directory, last);
            }
    }
}

/* ---- R3 ---- */

static void prove_forwarders(struct had_proof *proof)
{
    struct had_model *m = proof->model;
    struct had_query *q = &proof->queries[HAD_R3];
    had_each(const struct had_mforwarder, f, &m->forwarders) {
        had_indexes sources = {0};
        if (f->directory != HAD_NOTHING)
            sources = m->directories.items[f->directory].hosts;
        else if (f->host != HAD_NOTHING)
            *had_push(proof->arena, &sources) = f->host;
        uint32_t domain = had_model_domain_find(m, f->domain);
        if (domain == HAD_NOTHING || !sources.count)
            continue;
        struct had_counterexample x = {.protocol = ""};
        struct question ask = {.proof = proof,
                               .m = m,
                               .name = f->domain,
                               .domain = domain,
                               .strict = true,
                               .assumed = &q->assumed,
                               .out = &x,
                               .vpc =
                                   m->subnets.items[m->hosts.items[sources.items[0]].subnet].vpc};
        q->classes++;
        q->members++;
        bool good = true;
        had_each(const uint32_t, from, &sources)
            had_each(const struct had_mtarget, t, &f->targets)
                good = good && ask_target(&ask, *from, f->node, t);
        if (!good && x.reason)
            had_refute(proof, HAD_R3, x);
    }
}

void had_prove_names(struct had_proof *proof)
{
    struct had_model *m = proof->model;
    struct had_query *q = &proof->queries[HAD_R3];
    uint32_t final = m->revision;
    had_each(const struct had_need, n, &proof->needs) {
        had_str name = m->domains.items[n->domain].name;
        struct had_counterexample x = {.protocol = ""};
        q->classes++;
        q->members += n->count;
        bool good = had_resolves(proof, NULL, n->vpc, name, true, &q->assumed, &x) &&
                    had_resolves(proof, NULL, n->vpc,
                                 had_str_printf(proof->arena, "_msdcs." HAD_FMT, HAD_ARG(name)),
                                 true, &q->assumed, &x);
        /* While the foundation is built, other targets answer: they must, too. */
        for (uint32_t r = 0; good && r + 1 < m->most_revisions; r++) {
            m->revision = r;
            good = had_resolves(proof, NULL, n->vpc, name, false, &q->assumed, &x);
        }
        m->revision = final;
        if (good)
            continue;
        x.count = n->count;
        had_refute(proof, HAD_R3, x);
    }
    prove_forwarders(proof);
}
