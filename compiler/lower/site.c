/*
 * site: what is on-premises, as facts, and the gate of each site: what its firewall must let pass
 * and its DNS servers must forward. Flows are said from the site's view: `in` comes from AWS, `out`
 * goes there.
 */
#include "lower/internal.h"

/* ---- facts ---- */

static bool holds(struct had_value_list list, const struct had_object *object)
{
    for (uint32_t i = 0; i < list.count; i++)
        if (list.items[i].tag == HAD_VALUE_REF && list.items[i].object == object)
            return true;
    return false;
}

/* Root domains of the forests and domains with controllers on the site. */
static struct had_prop *domains_of(struct had_lowering *l, const struct had_object *site)
{
    static const char *const domain_kinds[] = {"forest", "domain"};
    struct had_prop *list = had_prop_list(l->graph, site->span);
    for (uint32_t k = 0; k < 2; k++) {
        had_each_object(domain, had_spec_kind(l->spec, domain_kinds[k])) {
            if (holds(had_get_list(domain, "sites"), site))
                had_prop_append(l->graph, list,
                                had_prop_text(l->graph, had_get_text(domain, "root"),
                                              had_get_span(domain, "root")));
        }
    }
    return list;
}

static void lower_server(struct had_lowering *l, const struct had_object *site, had_str key,
                         const struct had_value *address, const char *role, struct had_place place)
{
    struct had_span span = had_span_known(address->span) ? address->span : site->span;
    struct had_node *node = had_lower_node(l, site, "had::OnPremisesServer", "server", key, place);
    had_lower_text(l, node, "Address", had_ip_text(l->arena, address->ip), span);
    had_lower_c(l, node, "Role", role, span);
    had_lower_text(l, node, "Site", had_outside_name(l->arena, site), site->span);
    struct had_prop *domains = domains_of(l, site);
    if (domains->items.count)
        had_node_set(l->graph, node, "Domains", domains);
}

static bool is_controller(const struct had_object *site, struct had_ip ip)
{
    const struct had_value *map = had_get(site, "controllers");
    for (uint32_t i = 0; map->tag == HAD_VALUE_MAP && i < map->map.count; i++)
        if (map->map.entries[i].value->tag == HAD_VALUE_IP &&
            !had_ip_cmp(map->map.entries[i].value->ip, ip))
            return true;
    return false;
}

static had_str team_of(struct had_lowering *l, const struct had_object *site)
{
    return had_str_printf(l->arena, "network team of " HAD_FMT, HAD_ARG(site->label));
}

static void lower_facts(struct had_lowering *l, const struct had_object *site)
{
    struct had_place place =
        had_place_at(had_context_person(l, team_of(l, site)), HAD_LAYER_NONE, HAD_PHASE_FOUNDATION);
    struct had_node *node =
        had_lower_node(l, site, "had::OnPremisesSite", "site", HAD_NO_KEY, place);
    had_lower_text(l, node, "Name", had_outside_name(l->arena, site), site->name_span);
    had_lower_set(l, node, "Ranges", site, "ranges");
    had_lower_set(l, node, "Country", site, "country");
    const struct had_value *controllers = had_get(site, "controllers");
    for (uint32_t i = 0; controllers->tag == HAD_VALUE_MAP && i < controllers->map.count; i++)
        if (controllers->map.entries[i].value->tag == HAD_VALUE_IP)
            lower_server(l, site, controllers->map.entries[i].key,
                         controllers->map.entries[i].value, "domain-controller", place);
    struct had_value_list dns = had_get_list(site, "dns");
    for (uint32_t i = 0; i < dns.count; i++)
        if (dns.items[i].tag == HAD_VALUE_IP && !is_controller(site, dns.items[i].ip))
            lower_server(l, site, had_ip_text(l->arena, dns.items[i].ip), &dns.items[i], "dns",
                         place);
}

/* ---- the gate ---- */

struct flows {
    struct had_lowering *l;
    const struct had_object *site;
    struct had_node *gate;    /* made with the first flow */
    had_str controllers, dns; /* addresses on the site */
    enum had_phase phase;
};

static had_str addresses(struct had_lowering *l, const struct had_object *site,
                         const char *attribute)
{
    had_cidrs ranges = {0};
    had_cidrs_of(l, &ranges, had_get(site, attribute));
    if (!ranges.count)
        had_cidrs_of(l, &ranges, had_get(site, "ranges"));
    had_cidrs_aggregate(&ranges);
    return had_cidrs_text(l, &ranges);
}

static had_str ranges_text(struct had_lowering *l, const struct had_object *object)
{
    had_cidrs ranges = {0};
    had_cidrs_of_object(l, &ranges, object);
    had_cidrs_aggregate(&ranges);
    return had_cidrs_text(l, &ranges);
}

static void add(struct flows *f, const char *flow, unsigned when, const char *direction,
                had_str source, had_str destination, enum had_phase phase, struct had_span span)
{
    if (!source.len || !destination.len)
        return;
    if (!f->gate)
        f->gate = had_lower_gate(f->l, f->site, "firewall", HAD_NO_KEY, team_of(f->l, f->site),
                                 phase, HAD_STR("-"), "firewalls and DNS servers of the site", "",
                                 "remove the rules and the forwarders");
    if (phase < f->gate->phase)
        f->gate->phase = phase;
    had_gate_flow(f->l, f->gate, flow, when, direction, source, destination, span);
}

static void collect_controllers(struct had_lowering *l, const struct had_object *domain,
                                had_cidrs *out)
{
    for (uint32_t i = 0; i < domain->children.count; i++) {
        const struct had_object *child = domain->children.items[i];
        if (had_is(child, "controller"))
            had_cidrs_of_object(l, out, child);
        else if (had_is(child, "domain"))
            collect_controllers(l, child, out);
    }
}

static bool in_forest(const struct had_object *object, const struct had_object *forest)
{
    for (; object; object = object->parent)
        if (object == forest)
            return true;
    return false;
}

/* The other side of a trust of the forest or one of its domains, or NULL. */
static const struct had_object *partner(const struct had_object *trust,
                                        const struct had_object *forest)
{
    const struct had_object *a = trust->subject.tag == HAD_VALUE_REF ? trust->subject.object : NULL;
    const struct had_object *b = had_get_object(trust, "with");
    if (!a || !b)
        return NULL;
    if (in_forest(a, forest))
        return b;
    return in_forest(b, forest) ? a : NULL;
}

static void trust_flows(struct flows *f, const struct had_object *forest)
{
    struct had_lowering *l = f->l;
    had_each_object(trust, had_spec_kind(l->spec, "trust")) {
        const struct had_object *other = partner(trust, forest);
        if (!other)
            continue;
        had_cidrs there = {0};
        if (had_is(other, "directory"))
            had_cidrs_of_object(l, &there, other);
        else
            collect_controllers(l, other, &there);
        had_cidrs_aggregate(&there);
        add(f, "trust", HAD_WHEN_CREATION, "both", f->controllers, had_cidrs_text(l, &there),
            HAD_PHASE_RESOURCE_FOREST, trust->span);
    }
}

/* Members and connectors in AWS of a forest without a controller there talk to the site's. */
static void member_flows(struct flows *f, const struct had_object *forest)
{
    struct had_lowering *l = f->l;
    static const struct {
        const char *kind, *attribute, *flow;
        enum had_phase phase;
    } users[] = {
        {"instance", "join", "member_dc", HAD_PHASE_WORKLOADS},
        {"ad-service", "directory", "member_dc", HAD_PHASE_WORKLOADS},
        {"idp-agent", "forest", "member_dc", HAD_PHASE_WORKLOADS},
        {"connector", "domain", "ad_connector", HAD_PHASE_RESOURCE_FOREST},
    };
    for (uint32_t u = 0; u < sizeof users / sizeof *users; u++) {
        had_each_object(user, had_spec_kind(l->spec, users[u].kind)) {
            const struct had_object *of = had_get_object(user, users[u].attribute);
            if (of && in_forest(of, forest))
                add(f, users[u].flow, 0, "in", ranges_text(l, user), f->controllers, users[u].phase,
                    user->span);
        }
    }
}

static void forest_flows(struct flows *f)
{
    struct had_lowering *l = f->l;
    had_each_object(forest, had_spec_kind(l->spec, "forest")) {
        bool here = holds(had_get_list(forest, "sites"), f->site);
        for (uint32_t i = 0; i < forest->children.count && !here; i++)
            here = had_is(forest->children.items[i], "domain") &&
                   holds(had_get_list(forest->children.items[i], "sites"), f->site);
        if (!here)
            continue;
        had_cidrs ours = {0};
        collect_controllers(l, forest, &ours);
        had_cidrs_aggregate(&ours);
        if (ours.count)
            add(f, "dc_dc", HAD_WHEN_RECOMMENDED | HAD_WHEN_MANAGED, "both", f->controllers,
                had_cidrs_text(l, &ours), HAD_PHASE_EXTENDED, forest->span);
        else
            member_flows(f, forest);
        trust_flows(f, forest);
    }
}

static bool asks(const struct had_value *value, const struct had_object *site)
{
    if (value->tag == HAD_VALUE_LIST) {
        for (uint32_t i = 0; i < value->list.count; i++)
            if (asks(&value->list.items[i], site))
                return true;
        return false;
    }
    if (value->tag == HAD_VALUE_REF)
        return value->object == site;
    struct had_value_list dns = had_get_list(site, "dns");
    for (uint32_t i = 0;
         (value->tag == HAD_VALUE_IP || value->tag == HAD_VALUE_IP_PORT) && i < dns.count; i++)
        if (dns.items[i].tag == HAD_VALUE_IP && !had_ip_cmp(dns.items[i].ip, value->ip))
            return true;
    return false;
}

static had_str resolver_addresses(struct had_lowering *l, const struct had_object *resolver)
{
    had_cidrs ranges = {0};
    had_cidrs_of(l, &ranges, had_get(resolver, "addresses"));
    if (!ranges.count)
        had_cidrs_of_object(l, &ranges, resolver);
    had_cidrs_aggregate(&ranges);
    return had_cidrs_text(l, &ranges);
}

static void name_flows(struct flows *f)
{
    struct had_lowering *l = f->l;
    had_each_object(forward, had_spec_kind(l->spec, "forward")) {
        if (!forward->parent || (!asks(had_get(forward, "targets"), f->site) &&
                                 !asks(had_get(forward, "bootstrap"), f->site)))
            continue;
        add(f, "resolver_outbound", 0, "in", resolver_addresses(l, forward->parent), f->dns,
            HAD_PHASE_FOUNDATION, forward->span);
    }
    had_each_object(resolver, had_spec_kind(l->spec, "resolver")) {
        if (!had_str_is(had_get_text(resolver, "direction"), "outbound"))
            add(f, "resolver_inbound", 0, "out", f->dns, resolver_addresses(l, resolver),
                HAD_PHASE_FOUNDATION, resolver->span);
    }
}

/* "aws.internal to 10.16.0.10, 10.16.0.74": what the DNS servers of the site forward to AWS. */
static had_str forwarders(struct had_lowering *l)
{
    struct had_buffer b = {0};
    had_each_object(resolver, had_spec_kind(l->spec, "resolver")) {
        if (had_str_is(had_get_text(resolver, "direction"), "outbound"))
            continue;
        had_each_object(zone, had_spec_kind(l->spec, "hosted-zone")) {
            if (!holds(had_get_list(zone, "used-by"), resolver->parent))
                continue;
            had_buffer_c(&b, b.len ? "; " : "");
            had_buffer_str(&b, zone->subject.text);
            had_buffer_c(&b, " to ");
            had_buffer_str(&b, resolver_addresses(l, resolver));
        }
    }
    had_str text = had_str_dup(l->arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return text;
}

static void lower_firewall(struct had_lowering *l, const struct had_object *site)
{
    struct flows f = {
        .l = l,
        .site = site,
        .controllers = addresses(l, site, "controllers"),
        .dns = addresses(l, site, "dns"),
    };
    name_flows(&f);
    forest_flows(&f);
    if (!f.gate)
        return;
    had_cidrs aws = {0};
    had_each_object(region, had_spec_kind(l->spec, "region"))
        had_cidrs_of_object(l, &aws, region);
    had_cidrs_aggregate(&aws);
    had_str names = forwarders(l);
    had_lower_text(l, f.gate, "Instruction",
                   had_str_printf(l->arena,
                                  "Let the firewalls of `" HAD_FMT
                                  "` pass the flows listed with this step, in both ways as "
                                  "stated, and route " HAD_FMT " to AWS.%s" HAD_FMT "%s",
                                  HAD_ARG(site->label), HAD_ARG(had_cidrs_text(l, &aws)),
                                  names.len ? " Its DNS servers forward " : "", HAD_ARG(names),
                                  names.len ? "." : ""),
                   site->span);
}

void had_lower_site(struct had_lowering *l)
{
    had_each_object(site, had_spec_kind(l->spec, "site")) {
        lower_facts(l, site);
        lower_firewall(l, site);
    }
}

/* ---- what waits for the gates ---- */

/* `node` talks to the site: after its firewall, and the routers of the links that end there. */
static void wait_for_site(struct had_lowering *l, struct had_node *node,
                          const struct had_object *site, struct had_span span)
{
    had_lower_edge(l, node, had_lower_find(l, site, "firewall", HAD_NO_KEY), HAD_AFTER,
                   HAD_UNTIL_READY, "the firewall of the site lets the traffic pass first", span);
    had_each_object(link, had_spec_kind(l->spec, "link")) {
        if (holds(had_get_list(link, "from"), site))
            had_lower_edge(l, node, had_lower_find(l, link, "router", HAD_NO_KEY), HAD_AFTER,
                           HAD_UNTIL_READY, "the line to the site works first", span);
    }
}

static void wait_for_sites(struct had_lowering *l, struct had_node *node,
                           const struct had_object *domain, struct had_span span)
{
    struct had_value_list sites = had_get_list(domain, "sites");
    for (uint32_t i = 0; node && i < sites.count; i++)
        if (sites.items[i].tag == HAD_VALUE_REF)
            wait_for_site(l, node, sites.items[i].object, span);
}

/* Promotions into forests with controllers on-premises, trusts with them, connectors to them. */
void had_lower_site_needs(struct had_lowering *l)
{
    had_each_object(controller, had_spec_kind(l->spec, "controller")) {
        if (controller->parent)
            wait_for_sites(l, had_lower_find(l, controller, "configuration", HAD_NO_KEY),
                           controller->parent, controller->span);
    }
    had_each_object(trust, had_spec_kind(l->spec, "trust")) {
        const struct had_object *sides[2] = {
            trust->subject.tag == HAD_VALUE_REF ? trust->subject.object : NULL,
            had_get_object(trust, "with"),
        };
        for (uint32_t i = 0; i < 2; i++)
            if (sides[i])
                wait_for_sites(l, had_lower_find(l, trust, "trust", HAD_NO_KEY), sides[i],
                               trust->span);
    }
    had_each_object(connector, had_spec_kind(l->spec, "connector")) {
        const struct had_object *domain = had_get_object(connector, "domain");
        if (domain)
            wait_for_sites(l, had_lower_find(l, connector, "connector", HAD_NO_KEY), domain,
                           connector->span);
    }
}
