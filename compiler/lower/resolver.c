/*
 * resolver: Resolver endpoints, their groups and query logs; and who answers for a domain, which
 * rules, groups and gates all read here.
 */
#include "lower/internal.h"

#define NAME_CHARACTERS " -_"
#define NAME_LENGTH 64

/* ---- servers ---- */

static void add_server(struct had_lowering *l, had_servers *out, struct had_server server)
{
    *had_push(l->arena, out) = server;
}

static void add_controllers(struct had_lowering *l, had_servers *out,
                            const struct had_object *domain, had_str region, struct had_span span)
{
    uint32_t before = out->count;
    for (uint32_t i = 0; i < domain->children.count; i++) {
        const struct had_object *controller = domain->children.items[i];
        if (!had_is(controller, "controller") || !had_get_bool(controller, "dns-server") ||
            (region.len && !had_str_eq(had_region_code(controller), region)))
            continue;
        const struct had_value *address = had_get(controller, "address");
        struct had_node *node = had_lower_find(l, controller, "configuration", HAD_NO_KEY);
        if (!node)
            node = had_lower_find(l, controller, "instance", HAD_NO_KEY);
        if (address->tag == HAD_VALUE_IP)
            add_server(l, out,
                       (struct had_server){
                           .ip = address->ip, .node = node, .object = controller, .span = span});
    }
    if (out->count > before)
        return;
    /* No controller of ours there: whoever the forest says answers for it. */
    had_servers_of(l, out, had_get(domain, "dns"), region);
}

/* The directory's part in a Region: itself, or a replica. */
static const struct had_object *in_region(const struct had_object *directory, had_str region)
{
    for (uint32_t i = 0; region.len && i < directory->children.count; i++) {
        const struct had_object *child = directory->children.items[i];
        if (had_is(child, "replica") && had_str_eq(had_region_code(child), region))
            return child;
    }
    return directory;
}

static void add_directory(struct had_lowering *l, had_servers *out,
                          const struct had_object *directory, had_str region, struct had_span span)
{
    const struct had_object *part = in_region(directory, region);
    uint32_t before = out->count;
    struct had_value_list stated = had_get_list(part, "dns");
    for (uint32_t i = 0; i < stated.count; i++)
        if (stated.items[i].tag == HAD_VALUE_IP)
            add_server(
                l, out,
                (struct had_server){.ip = stated.items[i].ip,
                                    .node = had_lower_find(l, directory, "directory", HAD_NO_KEY),
                                    .object = directory,
                                    .span = span});
    if (out->count > before)
        return;
    struct had_node *node = had_lower_find(l, part, "region", HAD_NO_KEY);
    if (!node)
        node = had_lower_find(l, directory, "directory", HAD_NO_KEY);
    /* A directory is made with two controllers, in two zones. */
    for (uint32_t i = 0; i < 2; i++)
        add_server(l, out,
                   (struct had_server){.node = node,
                                       .attribute = "DnsIpAddresses",
                                       .index = i,
                                       .object = directory,
                                       .span = span});
}

static void add_resolver(struct had_lowering *l, had_servers *out,
                         const struct had_object *resolver, struct had_span span)
{
    const struct had_value *addresses = had_get(resolver, "addresses");
    for (uint32_t i = 0; addresses->tag == HAD_VALUE_MAP && i < addresses->map.count; i++)
        if (addresses->map.entries[i].value->tag == HAD_VALUE_IP)
            add_server(
                l, out,
                (struct had_server){.ip = addresses->map.entries[i].value->ip,
                                    .node = had_lower_find(l, resolver, "endpoint", HAD_NO_KEY),
                                    .object = resolver,
                                    .span = span});
}

void had_servers_of(struct had_lowering *l, had_servers *out, const struct had_value *value,
                    had_str region)
{
    if (value->tag == HAD_VALUE_LIST) {
        for (uint32_t i = 0; i < value->list.count; i++)
            had_servers_of(l, out, &value->list.items[i], region);
    } else if (value->tag == HAD_VALUE_IP || value->tag == HAD_VALUE_IP_PORT) {
        add_server(l, out,
                   (struct had_server){.ip = value->ip,
                                       .port = value->tag == HAD_VALUE_IP_PORT ? value->port : 0,
                                       .span = value->span});
    } else if (value->tag == HAD_VALUE_REF) {
        const struct had_object *object = value->object;
        if (had_is(object, "forest") || had_is(object, "domain"))
            add_controllers(l, out, object, region, value->span);
        else if (had_is(object, "directory"))
            add_directory(l, out, object, region, value->span);
        else if (had_is(object, "resolver"))
            add_resolver(l, out, object, value->span);
        else if (had_is(object, "site")) {
            struct had_value_list dns = had_get_list(object, "dns");
            for (uint32_t i = 0; i < dns.count; i++)
                if (dns.items[i].tag == HAD_VALUE_IP)
                    add_server(l, out,
                               (struct had_server){
                                   .ip = dns.items[i].ip, .object = object, .span = value->span});
        }
    }
}

/* ---- who asks ---- */

static const char *const revisions[] = {"targets", "bootstrap"};

static bool targets(const struct had_value *value, const struct had_object *object, had_str region)
{
    if (value->tag == HAD_VALUE_LIST) {
        for (uint32_t i = 0; i < value->list.count; i++)
            if (targets(&value->list.items[i], object, region))
                return true;
        return false;
    }
    if (value->tag == HAD_VALUE_IP || value->tag == HAD_VALUE_IP_PORT) {
        const struct had_value *address = had_get(object, "address");
        return address->tag == HAD_VALUE_IP && !had_ip_cmp(address->ip, value->ip);
    }
    if (value->tag != HAD_VALUE_REF)
        return false;
    if (value->object == object)
        return true;
    return had_is(object, "controller") && object->parent == value->object &&
           had_str_eq(had_region_code(object), region);
}

static void add_subnets(struct had_lowering *l, const struct had_object *resolver,
                        had_objects *subnets)
{
    struct had_value_list own = had_get_list(resolver, "subnets");
    for (uint32_t i = 0; i < own.count; i++) {
        const struct had_object *subnet =
            own.items[i].tag == HAD_VALUE_REF ? own.items[i].object : NULL;
        bool known = !subnet;
        for (uint32_t k = 0; k < subnets->count && !known; k++)
            known = subnets->items[k] == subnet;
        if (!known)
            *had_push(l->arena, subnets) = subnet;
    }
}

void had_resolver_sources(struct had_lowering *l, const struct had_object *object,
                          had_objects *subnets)
{
    had_each_object(forward, had_spec_kind(l->spec, "forward")) {
        const struct had_object *resolver = forward->parent;
        if (forward->existing && object->existing)
            continue; /* whether one that is there reaches the other is not ours to change */
        for (uint32_t r = 0; resolver && r < 2; r++)
            if (targets(had_get(forward, revisions[r]), object, had_region_code(resolver)))
                add_subnets(l, resolver, subnets);
    }
}

/* ---- groups ---- */

/* Ranges that the forwards of a resolver ask at one port, in any revision. */
static void asked(struct had_lowering *l, const struct had_object *forward, int64_t port,
                  had_cidrs *out)
{
    had_str region = had_region_code(forward->parent);
    for (uint32_t r = 0; r < 2; r++) {
        had_servers servers = {0};
        had_servers_of(l, &servers, had_get(forward, revisions[r]), region);
        had_each(struct had_server, server, &servers) {
            int64_t at = server->port ? server->port : had_get_int(forward, "port");
            if (at != port)
                continue;
            if (server->ip.family)
                *had_push(l->arena, out) = (struct had_cidr){server->ip, had_ip_bits(server->ip)};
            else if (server->object)
                had_cidrs_of_object(l, out, in_region(server->object, region));
        }
    }
}

typedef had_array(int64_t) numbers;

static void ports_of(struct had_lowering *l, const struct had_object *resolver, numbers *ports)
{
    had_each_object(forward, had_spec_kind(l->spec, "forward")) {
        if (forward->parent != resolver)
            continue;
        had_servers servers = {0};
        for (uint32_t r = 0; r < 2; r++)
            had_servers_of(l, &servers, had_get(forward, revisions[r]), had_region_code(resolver));
        had_each(struct had_server, server, &servers) {
            int64_t at = server->port ? server->port : had_get_int(forward, "port");
            bool known = false;
            for (uint32_t i = 0; i < ports->count; i++)
                known |= ports->items[i] == at;
            if (!known)
                *had_push(l->arena, ports) = at;
        }
    }
}

static bool speaks(const struct had_object *object, const char *attribute, const char *protocol)
{
    struct had_value_list list = had_get_list(object, attribute);
    for (uint32_t i = 0; i < list.count; i++)
        if (had_str_is(list.items[i].text, protocol))
            return true;
    return false;
}

static void out_rules(struct had_lowering *l, struct had_group *group,
                      const struct had_object *resolver)
{
    numbers ports = {0};
    ports_of(l, resolver, &ports);
    for (uint32_t p = 0; p < ports.count; p++) {
        int32_t at = (int32_t)ports.items[p];
        had_cidrs plain = {0};
        had_cidrs over_https = {0};
        had_each_object(forward, had_spec_kind(l->spec, "forward")) {
            if (forward->parent == resolver)
                asked(l, forward, at, speaks(forward, "protocol", "doh") ? &over_https : &plain);
        }
        had_cidrs_aggregate(&plain);
        had_cidrs_aggregate(&over_https);
        struct had_peer peer = {.title = HAD_STR("DNS servers of the rules"),
                                .span = resolver->span};
        for (uint32_t i = 0; i < plain.count; i++) {
            peer.cidr = plain.items[i];
            if (at == 53) {
                had_group_flow(l, group, HAD_RULE_OUT, "resolver_outbound", 0, peer);
                continue;
            }
            had_group_rule(l, group, HAD_RULE_OUT, "tcp", at, at, "forwarded queries", peer);
            had_group_rule(l, group, HAD_RULE_OUT, "udp", at, at, "forwarded queries", peer);
        }
        for (uint32_t i = 0; i < over_https.count; i++) {
            /* A rule that says nothing of its port asks a DoH server at 443. */
            int32_t port = at == 53 ? 443 : at;
            peer.cidr = over_https.items[i];
            had_group_rule(l, group, HAD_RULE_OUT, "tcp", port, port,
                           "forwarded queries over HTTPS", peer);
        }
    }
}

static void in_rule(struct had_lowering *l, struct had_group *group,
                    const struct had_object *resolver, const had_cidrs *ranges, had_str title)
{
    for (uint32_t i = 0; i < ranges->count; i++) {
        struct had_peer peer = {.cidr = ranges->items[i], .title = title, .span = resolver->span};
        if (speaks(resolver, "protocols", "do53"))
            had_group_flow(l, group, HAD_RULE_IN, "resolver_inbound", 0, peer);
        if (speaks(resolver, "protocols", "doh") || speaks(resolver, "protocols", "doh-fips"))
            had_group_rule(l, group, HAD_RULE_IN, "tcp", 443, 443, "queries over HTTPS", peer);
    }
}

static void in_rules(struct had_lowering *l, struct had_group *group,
                     const struct had_object *resolver)
{
    /* The DNS servers of each site ask; of a site without any, every address of it may. */
    had_each_object(site, had_spec_kind(l->spec, "site")) {
        had_cidrs ranges = {0};
        had_cidrs_of(l, &ranges, had_get(site, had_present(site, "dns") ? "dns" : "ranges"));
        had_cidrs_aggregate(&ranges);
        in_rule(l, group, resolver, &ranges, site->address);
    }
    had_objects subnets = {0};
    had_resolver_sources(l, resolver, &subnets);
    had_each_object(subnet, &subnets) {
        had_cidrs ranges = {0};
        had_cidrs_of_object(l, &ranges, subnet);
        in_rule(l, group, resolver, &ranges, subnet->address);
    }
}

static struct had_prop *groups_of(struct had_lowering *l, const struct had_object *resolver)
{
    struct had_prop *stated = had_prop_stated_groups(l, resolver);
    if (stated || resolver->existing)
        return stated;
    bool out = had_str_is(had_get_text(resolver, "direction"), "outbound");
    struct had_group *group = had_lower_group(
        l, resolver->parent, NULL,
        had_str_printf(l->arena, "resolver " HAD_FMT, HAD_ARG(resolver->label)),
        out ? "Resolver endpoint: queries to the targets of its rules"
            : "Resolver endpoint: queries from outside",
        had_origin_derived(
            l, resolver,
            out ? HAD_STR("targets of the rules of the resolver")
                : HAD_STR("DNS servers of the sites, and resolvers that forward here"),
            resolver->span),
        HAD_PHASE_FOUNDATION);
    if (out)
        out_rules(l, group, resolver);
    else
        in_rules(l, group, resolver);
    struct had_prop *list = had_prop_list(l->graph, resolver->span);
    had_prop_append(l->graph, list, had_group_id(l, group, resolver->span));
    return list;
}

/* ---- the endpoint ---- */

static const struct had_value *fixed_address(const struct had_object *resolver,
                                             const struct had_object *subnet)
{
    const struct had_value *map = had_get(resolver, "addresses");
    for (uint32_t i = 0; map->tag == HAD_VALUE_MAP && i < map->map.count; i++)
        if (had_str_eq(map->map.entries[i].key, subnet->label) ||
            had_str_eq(map->map.entries[i].key, subnet->name))
            return map->map.entries[i].value;
    return NULL;
}

static void lower_addresses(struct had_lowering *l, const struct had_object *resolver,
                            struct had_node *node)
{
    struct had_value_list subnets = had_get_list(resolver, "subnets");
    struct had_prop *list = had_prop_list(l->graph, had_get_span(resolver, "subnets"));
    bool v4 = false;
    bool v6 = false;
    for (uint32_t i = 0; i < subnets.count; i++) {
        const struct had_object *subnet =
            subnets.items[i].tag == HAD_VALUE_REF ? subnets.items[i].object : NULL;
        if (!subnet)
            continue;
        struct had_prop *entry = had_prop_map(l->graph, list->span);
        had_prop_put(l->graph, entry, "SubnetId",
                     had_prop_read(l->graph, had_lower_find(l, subnet, "subnet", HAD_NO_KEY),
                                   "SubnetId", list->span));
        const struct had_value *address = fixed_address(resolver, subnet);
        bool six = address && address->tag == HAD_VALUE_IP && address->ip.family == 6;
        if (address)
            had_prop_put(l->graph, entry, six ? "Ipv6" : "Ip", had_prop_of(l, address));
        v6 |= six;
        v4 |= !six;
        had_prop_append(l->graph, list, entry);
    }
    had_node_set(l->graph, node, "IpAddresses", list);
    had_lower_c(l, node, "ResolverEndpointType", v6 ? v4 ? "DUALSTACK" : "IPV6" : "IPV4",
                list->span);
}

static void lower_query_log(struct had_lowering *l, const struct had_object *resolver,
                            struct had_place place)
{
    if (!had_present(resolver, "query-logs"))
        return;
    struct had_span span = had_get_span(resolver, "query-logs");
    struct had_node *config =
        had_lower_node(l, resolver, "AWS::Route53Resolver::ResolverQueryLoggingConfig", "query-log",
                       HAD_NO_KEY, place);
    had_lower_text(l, config, "Name", had_lower_name(l, resolver, NAME_CHARACTERS, NAME_LENGTH),
                   span);
    had_str destination = had_get_text(resolver, "query-logs");
    if (had_str_starts(destination, "arn:")) {
        had_lower_text(l, config, "DestinationArn", destination, span);
    } else {
        struct had_prop *arn = had_prop_format_c(l, span, "arn:");
        had_prop_append(l->graph, arn,
                        had_prop_text(l->graph,
                                      had_str_printf(l->arena, HAD_FMT ":logs:" HAD_FMT ":",
                                                     HAD_ARG(place.context->partition),
                                                     HAD_ARG(place.context->region)),
                                      span));
        had_prop_append(l->graph, arn, had_prop_account_id(l, had_object_account(resolver), span));
        had_prop_append(
            l->graph, arn,
            had_prop_text(l->graph,
                          had_str_printf(l->arena, ":log-group:" HAD_FMT, HAD_ARG(destination)),
                          span));
        had_node_set(l->graph, config, "DestinationArn", had_prop_joined(l, arn));
    }
    /* Its own spoke, and those of its account that use its rules: the configuration is not shared.
     */
    had_objects spokes = {0};
    *had_push(l->arena, &spokes) = resolver->parent;
    had_each_object(forward, had_spec_kind(l->spec, "forward")) {
        struct had_value_list used = forward->parent == resolver ? had_get_list(forward, "used-by")
                                                                 : (struct had_value_list){0};
        for (uint32_t i = 0; i < used.count; i++) {
            const struct had_object *spoke =
                used.items[i].tag == HAD_VALUE_REF ? used.items[i].object : NULL;
            bool known = !spoke || had_object_account(spoke) != had_object_account(resolver);
            for (uint32_t k = 0; k < spokes.count && !known; k++)
                known = spokes.items[k] == spoke;
            if (!known)
                *had_push(l->arena, &spokes) = spoke;
        }
    }
    had_each_object(logged, &spokes) {
        struct had_node *association = had_lower_node(
            l, resolver, "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
            "query-log-association", logged->address, place);
        had_lower_read(l, association, "ResolverQueryLogConfigId", config, "Id", span);
        had_lower_read(l, association, "ResourceId", had_lower_find(l, logged, "vpc", HAD_NO_KEY),
                       "VpcId", span);
    }
}

static void lower_protocols(struct had_lowering *l, const struct had_object *resolver,
                            struct had_node *node)
{
    static const struct {
        const char *word, *protocol;
    } protocols[] = {{"do53", "Do53"}, {"doh", "DoH"}, {"doh-fips", "DoH-FIPS"}};
    struct had_span span = had_get_span(resolver, "protocols");
    struct had_prop *list = had_prop_list(l->graph, span);
    for (uint32_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (speaks(resolver, "protocols", protocols[i].word))
            had_prop_append(l->graph, list, had_prop_c(l->graph, protocols[i].protocol, span));
    had_node_set(l->graph, node, "Protocols", list);
}

void had_lower_resolver(struct had_lowering *l)
{
    static const struct {
        const char *word, *direction;
    } directions[] = {{"outbound", "OUTBOUND"},
                      {"inbound", "INBOUND"},
                      {"inbound-delegation", "INBOUND_DELEGATION"}};
    had_each_object(resolver, had_spec_kind(l->spec, "resolver")) {
        struct had_place place =
            had_place_own(l, resolver, HAD_LAYER_ENDPOINT, HAD_PHASE_FOUNDATION);
        struct had_node *node = had_lower_node(
            l, resolver, "AWS::Route53Resolver::ResolverEndpoint", "endpoint", HAD_NO_KEY, place);
        had_lower_primary(l, node, resolver, "ResolverEndpointId");
        for (uint32_t i = 0; i < sizeof directions / sizeof *directions; i++)
            if (had_str_is(had_get_text(resolver, "direction"), directions[i].word))
                had_lower_c(l, node, "Direction", directions[i].direction,
                            had_get_span(resolver, "direction"));
        if (had_lower_knows_name(resolver))
            had_lower_text(l, node, "Name",
                           had_lower_name(l, resolver, NAME_CHARACTERS, NAME_LENGTH),
                           resolver->span);
        lower_addresses(l, resolver, node);
        if (had_lower_states(node, resolver, "protocols"))
            lower_protocols(l, resolver, node);
        struct had_prop *groups = groups_of(l, resolver);
        if (groups)
            had_node_set(l->graph, node, "SecurityGroupIds", groups);
        had_lower_tags(l, node, resolver, had_outside_name(l->arena, resolver));
        lower_query_log(l, resolver, place);
    }
}
