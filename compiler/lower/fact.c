/*
 * Facts that only the proofs read: which machines and subnets belong to which domain, at which
 * sites a line ends, what an appliance lets pass, which segments may reach each other. They name
 * other nodes by address, as text: a fact waits for nothing and nothing waits for it.
 */
#include "lower/ad.h"

static struct had_place at_account(struct had_lowering *l, const struct had_object *object,
                                   enum had_phase phase)
{
    return had_place_own(l, object, HAD_LAYER_NONE, phase);
}

/* ---- members of domains ---- */

/* The domain behind a reference: of a connector, the one that it asks. */
static const struct had_object *domain_behind(const struct had_object *object)
{
    return object && had_is(object, "connector") ? had_get_object(object, "domain") : object;
}

static struct had_node *member(struct had_lowering *l, const struct had_object *object, had_str key,
                               const char *role, const struct had_object *domain,
                               struct had_place place, struct had_span span)
{
    struct had_node *fact =
        had_lower_node(l, object, "had::DomainMember", "membership", key, place);
    had_lower_text(l, fact, "Domain", had_domain_name(domain), span);
    had_lower_c(l, fact, "Role", role, span);
    return fact;
}

static void set_subnets(struct had_lowering *l, struct had_node *fact,
                        const struct had_object *object)
{
    struct had_value_list subnets = had_get_list(object, "subnets");
    struct had_span span = had_get_span(object, "subnets");
    struct had_prop *list = had_prop_list(l->graph, span);
    for (uint32_t i = 0; i < subnets.count; i++) {
        const struct had_object *subnet =
            subnets.items[i].tag == HAD_VALUE_REF ? subnets.items[i].object : NULL;
        struct had_node *node = subnet ? had_lower_find(l, subnet, "subnet", HAD_NO_KEY) : NULL;
        if (node)
            had_prop_append(l->graph, list, had_prop_text(l->graph, node->address, span));
    }
    if (list->items.count)
        had_node_set(l->graph, fact, "Subnets", list);
}

static void machines(struct had_lowering *l)
{
    had_each_object(controller, had_spec_kind(l->spec, "controller")) {
        struct had_node *node = had_lower_find(l, controller, "instance", HAD_NO_KEY);
        if (!node || !controller->parent)
            continue;
        struct had_node *fact =
            member(l, controller, HAD_NO_KEY, "controller", controller->parent,
                   at_account(l, controller, HAD_PHASE_EXTENDED), controller->span);
        had_lower_text(l, fact, "Machine", node->address, controller->span);
    }
    had_each_object(instance, had_spec_kind(l->spec, "instance")) {
        const struct had_object *domain = domain_behind(had_get_object(instance, "join"));
        struct had_node *node = had_lower_find(l, instance, "instance", HAD_NO_KEY);
        if (!domain || !node)
            continue;
        struct had_span span = had_get_span(instance, "join");
        struct had_node *fact = member(l, instance, HAD_NO_KEY, "member", domain,
                                       at_account(l, instance, HAD_PHASE_WORKLOADS), span);
        had_lower_text(l, fact, "Machine", node->address, span);
    }
}

static void services(struct had_lowering *l)
{
    had_each_object(service, had_spec_kind(l->spec, "ad-service")) {
        const struct had_object *domain = domain_behind(had_get_object(service, "directory"));
        const struct had_object *spoke = had_get_object(service, "spoke");
        if (!domain || !spoke)
            continue;
        struct had_node *fact =
            member(l, service, HAD_NO_KEY, "member", domain,
                   at_account(l, spoke, HAD_PHASE_WORKLOADS), had_get_span(service, "directory"));
        set_subnets(l, fact, service);
    }
    had_each_object(agent, had_spec_kind(l->spec, "idp-agent")) {
        const struct had_object *domain = had_get_object(agent, "forest");
        struct had_value_list hosts = had_get_list(agent, "hosts");
        for (uint32_t i = 0; domain && i < hosts.count; i++) {
            const struct had_value *host = &hosts.items[i];
            const struct had_object *instance = host->tag == HAD_VALUE_REF ? host->object : NULL;
            struct had_node *node =
                instance ? had_lower_find(l, instance, "instance", HAD_NO_KEY) : NULL;
            if (!node || had_get_object(instance, "join"))
                continue; /* on-premises, or a member in its own right */
            struct had_node *fact =
                member(l, agent, instance->address, "member", domain,
                       at_account(l, instance, HAD_PHASE_WORKLOADS), host->span);
            had_lower_text(l, fact, "Machine", node->address, host->span);
        }
    }
}

/* ---- lines ---- */

static void lines(struct had_lowering *l)
{
    had_each_object(link, had_spec_kind(l->spec, "link")) {
        struct had_value_list hubs = had_get_list(link, "to");
        const struct had_object *hub =
            hubs.count && hubs.items[0].tag == HAD_VALUE_REF ? hubs.items[0].object : NULL;
        if (!hub)
            continue;
        struct had_node *fact = had_lower_node(l, link, "had::OnPremisesLink", "line", HAD_NO_KEY,
                                               at_account(l, hub, HAD_PHASE_FOUNDATION));
        struct had_span span = had_get_span(link, "from");
        had_lower_text(l, fact, "Link", link->address, link->span);
        struct had_value_list from = had_get_list(link, "from");
        struct had_prop *sites = had_prop_list(l->graph, span);
        for (uint32_t i = 0; i < from.count; i++)
            if (from.items[i].tag == HAD_VALUE_REF && had_is(from.items[i].object, "site"))
                had_prop_append(l->graph, sites,
                                had_prop_text(l->graph,
                                              had_outside_name(l->arena, from.items[i].object),
                                              span));
        if (sites->items.count)
            had_node_set(l->graph, fact, "Sites", sites);
        had_lower_set(l, fact, "Location", link, "location");
    }
}

/* ---- appliances ---- */

static const char *const protocols[] = {
    [HAD_PROTOCOL_ALL] = "-1",
    [HAD_PROTOCOL_TCP] = "tcp",
    [HAD_PROTOCOL_UDP] = "udp",
    [HAD_PROTOCOL_ICMP] = "icmp",
};

static void put_text(struct had_lowering *l, struct had_prop *map, const char *key, had_str text)
{
    had_prop_put(l->graph, map, key, had_prop_text(l->graph, text, map->span));
}

/* One row for each flow of the service, source and destination. */
static void add_rule(struct had_lowering *l, struct had_prop *rules, const struct had_object *line,
                     const struct had_value *service)
{
    if (service->tag == HAD_VALUE_LIST) {
        for (uint32_t i = 0; i < service->list.count; i++)
            add_rule(l, rules, line, &service->list.items[i]);
        return;
    }
    if (service->tag != HAD_VALUE_SERVICE)
        return;
    had_cidrs from = {0};
    had_cidrs to = {0};
    had_cidrs_of(l, &from, had_get(line, "from"));
    had_cidrs_of(l, &to, had_get(line, "to"));
    struct had_cidr all = {.base = {.family = 4}};
    if (!had_present(line, "from"))
        *had_push(l->arena, &from) = all;
    if (!had_present(line, "to"))
        *had_push(l->arena, &to) = all;
    for (uint32_t i = 0; i < service->service.count; i++) {
        const struct had_flow *flow = &service->service.flows[i];
        bool ports = flow->protocol == HAD_PROTOCOL_TCP || flow->protocol == HAD_PROTOCOL_UDP;
        for (uint32_t f = 0; f < from.count; f++) {
            for (uint32_t t = 0; t < to.count; t++) {
                struct had_prop *row = had_prop_map(l->graph, line->span);
                put_text(l, row, "Action",
                         had_is(line, "deny") ? HAD_STR("deny") : HAD_STR("allow"));
                put_text(l, row, "Protocol", had_str_c(protocols[flow->protocol]));
                if (ports) {
                    had_prop_put(l->graph, row, "FromPort",
                                 had_prop_int(l->graph, flow->ports.first, line->span));
                    had_prop_put(l->graph, row, "ToPort",
                                 had_prop_int(l->graph, flow->ports.last, line->span));
                }
                put_text(l, row, "Source", had_cidr_text(l->arena, from.items[f]));
                put_text(l, row, "Destination", had_cidr_text(l->arena, to.items[t]));
                had_prop_append(l->graph, rules, row);
            }
        }
    }
}

static void appliances(struct had_lowering *l)
{
    had_each_object(appliance, had_spec_kind(l->spec, "appliance")) {
        if (!appliance->parent)
            continue;
        struct had_node *fact =
            had_lower_node(l, appliance, "had::Appliance", "device", HAD_NO_KEY,
                           at_account(l, appliance->parent, HAD_PHASE_FOUNDATION));
        had_lower_text(l, fact, "Name", appliance->address, appliance->span);
        set_subnets(l, fact, appliance);
        const struct had_value *endpoints = had_get(appliance, "endpoints");
        struct had_prop *ids = had_prop_list(l->graph, had_get_span(appliance, "endpoints"));
        for (uint32_t i = 0; endpoints->tag == HAD_VALUE_MAP && i < endpoints->map.count; i++)
            had_prop_append(l->graph, ids,
                            had_prop_text(l->graph, endpoints->map.entries[i].value->text,
                                          endpoints->map.entries[i].value->span));
        if (ids->items.count)
            had_node_set(l->graph, fact, "Endpoints", ids);
        struct had_prop *rules = had_prop_list(l->graph, appliance->span);
        for (uint32_t i = 0; i < appliance->children.count; i++) {
            const struct had_object *line = appliance->children.items[i];
            if (had_is(line, "allow") || had_is(line, "deny"))
                add_rule(l, rules, line, &line->subject);
        }
        if (rules->items.count)
            had_node_set(l->graph, fact, "Rules", rules);
    }
}

/* ---- segments ---- */

static void segments(struct had_lowering *l)
{
    had_each_object(segment, had_spec_kind(l->spec, "segment")) {
        struct had_node *table = had_lower_find(l, segment, "table", HAD_NO_KEY);
        if (!table || !segment->parent)
            continue;
        struct had_node *fact =
            had_lower_node(l, segment, "had::SegmentPolicy", "policy", HAD_NO_KEY,
                           at_account(l, segment->parent, HAD_PHASE_FOUNDATION));
        struct had_span span = had_get_span(segment, "reaches");
        had_lower_text(l, fact, "Table", table->address, segment->span);
        struct had_value_list reaches = had_get_list(segment, "reaches");
        struct had_prop *list = had_prop_list(l->graph, span);
        for (uint32_t i = 0; i < reaches.count; i++) {
            struct had_node *far =
                reaches.items[i].tag == HAD_VALUE_REF
                    ? had_lower_find(l, reaches.items[i].object, "table", HAD_NO_KEY)
                    : NULL;
            if (far)
                had_prop_append(l->graph, list, had_prop_text(l->graph, far->address, span));
        }
        if (list->items.count)
            had_node_set(l->graph, fact, "Reaches", list);
    }
}

void had_lower_fact(struct had_lowering *l)
{
    machines(l);
    services(l);
    lines(l);
    appliances(l);
    segments(l);
}
