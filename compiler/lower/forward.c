/*
 * forward: Resolver rules, their share and associations. The targets are staged where `bootstrap`
 * is stated: until every server of `targets` answers for the domain, the bootstrap servers do.
 */
#include "lower/internal.h"

static struct had_prop *target_list(struct had_lowering *l, const struct had_object *forward,
                                    const had_servers *servers, struct had_span span)
{
    bool https = had_str_is(had_get_text(forward, "protocol"), "doh");
    struct had_prop *list = had_prop_list(l->graph, span);
    had_each(const struct had_server, server, servers) {
        struct had_prop *entry = had_prop_map(l->graph, span);
        int64_t port = server->port ? server->port : had_get_int(forward, "port");
        if (https && port == 53 && !server->port)
            port = 443;
        struct had_prop *ip =
            server->ip.family
                ? had_prop_text(l->graph, had_ip_text(l->arena, server->ip), server->span)
                : had_prop_read(
                      l->graph, server->node,
                      had_str_cstr(l->arena, had_str_printf(l->arena, "%s[%u]", server->attribute,
                                                            (unsigned)server->index)),
                      server->span);
        had_prop_put(l->graph, entry, server->ip.family == 6 ? "Ipv6" : "Ip", ip);
        had_prop_put(l->graph, entry, "Port",
                     had_prop_text(l->graph, had_str_printf(l->arena, "%lld", (long long)port),
                                   had_get_span(forward, "port")));
        had_prop_put(
            l->graph, entry, "Protocol",
            had_prop_c(l->graph, https ? "DoH" : "Do53", had_get_span(forward, "protocol")));
        had_prop_append(l->graph, list, entry);
    }
    return list;
}

/* Reports resolvers among the targets whose addresses no rule can know; false if there is one. */
static bool check_resolvers(struct had_lowering *l, const struct had_object *forward,
                            const struct had_value *value)
{
    if (value->tag == HAD_VALUE_LIST) {
        bool good = true;
        for (uint32_t i = 0; i < value->list.count; i++)
            good &= check_resolvers(l, forward, &value->list.items[i]);
        return good;
    }
    if (value->tag != HAD_VALUE_REF || !had_is(value->object, "resolver") ||
        had_get(value->object, "addresses")->tag == HAD_VALUE_MAP)
        return true;
    struct had_diag *d =
        had_report(l->diags, &HAD0751, had_span_known(value->span) ? value->span : forward->span,
                   "`" HAD_FMT "` forwards to `" HAD_FMT "`, whose addresses AWS chooses",
                   HAD_ARG(forward->address), HAD_ARG(value->object->address));
    had_diag_label(d, value->object->span, "state `addresses` here, one for each subnet");
    had_diag_address(d, forward->address);
    had_diag_help(d, "give `" HAD_FMT "` fixed `addresses`", HAD_ARG(value->object->address));
    return false;
}

static enum had_phase latest(const had_servers *servers, enum had_phase phase)
{
    had_each(const struct had_server, server, servers)
        if (!server->ip.family && server->node && server->node->phase > phase)
            phase = server->node->phase;
    return phase;
}

static bool waits_for(const struct had_stage *stage, const struct had_node *node)
{
    for (uint32_t i = 0; i < stage->until.count; i++)
        if (stage->until.items[i] == node)
            return true;
    return false;
}

/* Sets TargetIps; the phase in which the rule can first stand. */
static enum had_phase lower_targets(struct had_lowering *l, const struct had_object *forward,
                                    struct had_node *rule)
{
    had_str region = had_region_code(forward->parent);
    had_servers final = {0};
    had_servers first = {0};
    had_servers_of(l, &final, had_get(forward, "targets"), region);
    had_servers_of(l, &first, had_get(forward, "bootstrap"), region);
    bool good = check_resolvers(l, forward, had_get(forward, "targets"));
    good &= check_resolvers(l, forward, had_get(forward, "bootstrap"));
    struct had_span span = had_get_span(forward, "targets");
    if (!final.count && good) {
        struct had_diag *d =
            had_report(l->diags, &HAD0756, span, "the targets of `" HAD_FMT "` have no address",
                       HAD_ARG(forward->address));
        had_diag_address(d, forward->address);
    }
    struct had_prop *last = target_list(l, forward, &final, span);
    if (!first.count) {
        had_node_set(l->graph, rule, "TargetIps", last);
        return latest(&final, HAD_PHASE_FOUNDATION);
    }
    struct had_span early = had_get_span(forward, "bootstrap");
    struct had_prop *staged = had_prop_staged(l->graph, span);
    struct had_stage *stage =
        had_prop_stage(l->graph, staged, target_list(l, forward, &first, early));
    had_each(struct had_server, server, &final)
        if (server->node && server->node->lifecycle != HAD_EXISTING &&
            !waits_for(stage, server->node)) {
            *had_push(l->graph->arena, &stage->until) = server->node;
            /* A configuration is in force once it was delivered. */
            struct had_node *delivery =
                server->node->class == HAD_CONFIGURATION
                    ? had_lower_find(l, server->object, "delivery", HAD_NO_KEY)
                    : NULL;
            if (delivery)
                *had_push(l->graph->arena, &stage->until) = delivery;
        }
    if (!stage->until.count) {
        /* Nothing of ours answers there: a person sees that the servers do. */
        struct had_node *gate = had_lower_gate(
            l, forward, "answers", HAD_NO_KEY, HAD_STR("directory team"), HAD_PHASE_EXTENDED,
            had_str_printf(
                l->arena,
                "Query every server of the targets for the SOA record of " HAD_FMT
                " over UDP and TCP. The rule leaves its bootstrap servers when all answer.",
                HAD_ARG(forward->subject.text)),
            "nslookup -type=SOA, from a host in the spoke of the resolver", "",
            "the rule keeps its bootstrap servers");
        *had_push(l->graph->arena, &stage->until) = gate;
    }
    had_prop_stage(l->graph, staged, last);
    had_node_set(l->graph, rule, "TargetIps", staged);
    return latest(&first, HAD_PHASE_FOUNDATION);
}

/* Names of rules: letters, digits, spaces, `-` and `_`, not digits alone. */
static had_str rule_name(struct had_lowering *l, const struct had_object *forward)
{
    if (had_str_is(forward->subject.text, "."))
        return HAD_STR("everything");
    had_str name = had_str_dup(l->arena, forward->subject.text);
    char *text = had_str_cstr(l->arena, name);
    bool digits = true;
    for (uint32_t i = 0; i < name.len; i++) {
        bool plain = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
                     text[i] == '_' || (text[i] >= '0' && text[i] <= '9');
        digits &= text[i] >= '0' && text[i] <= '9';
        if (!plain)
            text[i] = '-';
    }
    if (digits)
        return had_str_printf(l->arena, "rule-%s", text);
    return (had_str){text, name.len > 64 ? 64 : name.len};
}

static void lower_associations(struct had_lowering *l, const struct had_object *forward,
                               struct had_node *rule, struct had_node *share)
{
    struct had_value_list used = had_get_list(forward, "used-by");
    struct had_span span = had_get_span(forward, "used-by");
    const struct had_value *value = had_get(forward, "used-by");
    for (uint32_t i = 0; i < used.count; i++) {
        const struct had_object *spoke =
            used.items[i].tag == HAD_VALUE_REF ? used.items[i].object : NULL;
        if (!spoke)
            continue;
        struct had_node *vpc = had_lower_find(l, spoke, "vpc", HAD_NO_KEY);
        /* A spoke that the share does not reach cannot have the rule: rule DNS011 says so. */
        const struct had_object *owner = had_object_account(forward);
        const struct had_object *user = had_object_account(spoke);
        bool there = forward->existing && spoke->existing; /* seen by a share of somebody else's */
        if (!vpc || (user != owner && !there && !had_share_covers(forward, user)))
            continue;
        struct had_origin origin = had_origin_of(l, forward);
        if (used.count > 1 || value->provenance == HAD_DERIVED) {
            origin.derivation =
                had_str_printf(l->arena, "used-by of `" HAD_FMT "`", HAD_ARG(forward->address));
            origin.derivation_span = span;
        }
        struct had_node *association = had_lower_node_from(
            l, forward->address, "AWS::Route53Resolver::ResolverRuleAssociation", "association",
            spoke->address, had_place_own(l, spoke, had_spoke_layer(spoke), rule->phase), origin,
            NULL);
        had_lower_read(l, association, "ResolverRuleId", rule, "ResolverRuleId", span);
        had_lower_read(l, association, "VPCId", vpc, "VpcId", span);
        had_lower_sees(l, association, share,
                       "a rule of another account is visible through its share", span);
        *had_push(l->arena, &had_network_of(l, spoke)->names) = association;
    }
}

void had_lower_forward(struct had_lowering *l)
{
    had_each_object(forward, had_spec_kind(l->spec, "forward")) {
        const struct had_object *resolver = forward->parent;
        const struct had_object *account =
            resolver ? had_object_account(resolver) : had_get_object(forward, "account");
        had_str region = had_region_code(resolver ? resolver : had_get_object(forward, "region"));
        struct had_place place = had_place_at(had_context_account(l, account, region),
                                              HAD_LAYER_DNS, HAD_PHASE_FOUNDATION);
        had_str name = rule_name(l, forward);
        struct had_node *rule = had_lower_node(l, forward, "AWS::Route53Resolver::ResolverRule",
                                               "rule", HAD_NO_KEY, place);
        had_lower_primary(l, rule, forward, "ResolverRuleId");
        had_lower_text(l, rule, "DomainName", forward->subject.text, forward->name_span);
        if (had_lower_knows_name(forward))
            had_lower_text(l, rule, "Name", name, forward->name_span);
        had_lower_c(l, rule, "RuleType", resolver ? "FORWARD" : "SYSTEM", forward->span);
        if (resolver) {
            had_lower_read(l, rule, "ResolverEndpointId",
                           had_lower_find(l, resolver, "endpoint", HAD_NO_KEY),
                           "ResolverEndpointId", forward->span);
            rule->phase = lower_targets(l, forward, rule);
            place.phase = rule->phase;
        }
        had_lower_tags(l, rule, forward, name);
        struct had_node *share = had_lower_share(
            l, forward, had_prop_read(l->graph, rule, "Arn", forward->span), "share-with", place,
            had_str_printf(
                l->arena, "forward-" HAD_FMT "%s" HAD_FMT, HAD_ARG(name),
                resolver ? "-" : "-system",
                HAD_ARG(resolver ? had_outside_name(l->arena, resolver) : (had_str){0})));
        lower_associations(l, forward, rule, share);
    }
}
