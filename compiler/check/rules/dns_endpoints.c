/* DNS and RAM: what resolver endpoints are made of, and how many there are. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <stdlib.h>

static bool has_word(const struct had_object *object, const char *name, const char *word)
{
    struct had_value_list list = had_get_list(object, name);
    for (uint32_t i = 0; i < list.count; i++)
        if (had_str_is(list.items[i].text, word))
            return true;
    return false;
}

static bool is_outbound(const struct had_object *resolver)
{
    return had_str_is(had_get_text(resolver, "direction"), "outbound");
}

static void foreign_subnets(struct had_check *check, const struct had_object *resolver,
                            const had_objects *subnets)
{
    const struct had_object *spoke = had_query_spoke(resolver);
    had_each(const struct had_object *, subnet, subnets) {
        if (!spoke || had_query_spoke(*subnet) == spoke)
            continue;
        struct had_diag *d = had_rule_report(
            check, resolver, had_query_span(resolver, "subnets"),
            "resolver `" HAD_FMT "` is of spoke `" HAD_FMT "`, and subnet `" HAD_FMT "` is not",
            HAD_ARG(resolver->label), HAD_ARG(had_query_path(check, spoke)),
            HAD_ARG(had_query_path(check, *subnet)));
        had_diag_label(d, (*subnet)->span, "in another network");
        return;
    }
}

static void dns004(struct had_check *check)
{
    enum { FIRST_OF_HOSTS = 4 };
    had_each_object(resolver, had_spec_kind(check->spec, "resolver")) {
        had_objects subnets = had_query_refs(check, resolver, "subnets");
        const struct had_value *fixed = had_get(resolver, "addresses");
        if (had_query_broken(resolver, "subnets"))
            continue;
        foreign_subnets(check, resolver, &subnets);
        for (uint32_t i = 0; fixed->tag == HAD_VALUE_MAP && i < fixed->map.count; i++) {
            const struct had_value_entry *e = &fixed->map.entries[i];
            const struct had_object *of = NULL;
            had_each(const struct had_object *, subnet, &subnets)
                if (had_str_eq(e->key, (*subnet)->label) || had_str_eq(e->key, (*subnet)->name))
                    of = *subnet;
            if (!of) {
                struct had_diag *d =
                    had_rule_report(check, resolver, e->key_span,
                                    "`" HAD_FMT "` is no subnet of resolver `" HAD_FMT "`",
                                    HAD_ARG(e->key), HAD_ARG(resolver->label));
                had_diag_label(d, had_query_span(resolver, "subnets"), "its subnets");
                continue;
            }
            bool six = e->value->tag == HAD_VALUE_IP && e->value->ip.family == 6;
            const struct had_value *range = had_get(of, six ? "ipv6-cidr" : "cidr");
            if (e->value->tag != HAD_VALUE_IP || range->tag == HAD_VALUE_ERROR)
                continue;
            struct had_ip kept = {0};
            bool inside = range->tag == HAD_VALUE_CIDR &&
                          had_cidr_contains_ip(range->cidr, e->value->ip),
                 reserved =
                     inside && had_ip_cmp(had_cidr_last(range->cidr), e->value->ip) == 0 && !six;
            for (uint64_t n = 0; inside && n < FIRST_OF_HOSTS; n++)
                reserved |=
                    had_cidr_host(range->cidr, n, &kept) && had_ip_cmp(kept, e->value->ip) == 0;
            if (inside && !reserved)
                continue;
            struct had_diag *d = had_rule_report(
                check, resolver, had_value_span(e->value),
                reserved ? "AWS keeps address " HAD_FMT " of subnet `" HAD_FMT "` itself"
                         : "address " HAD_FMT " is not in subnet `" HAD_FMT "`",
                HAD_ARG(e->value->text), HAD_ARG(had_query_path(check, of)));
            had_diag_label(d, range->tag == HAD_VALUE_CIDR ? had_value_span(range) : of->span,
                           "range of the subnet");
        }
    }
}

HAD_RULE(DNS004, HAD_PHASE_FOUNDATION, "O(n) in addresses of resolvers", dns004,
         "a resolver that does not fit its network",
         "The addresses of a resolver endpoint are in subnets of one VPC, and a fixed one is a "
         "free address of its subnet.",
         "name subnets of the resolver's spoke, and addresses in them");

static void dns005(struct had_check *check)
{
    had_each_object(resolver, had_spec_kind(check->spec, "resolver")) {
        uint32_t count = had_query_refs(check, resolver, "subnets").count;
        struct had_quota_use use = {"resolver addresses of an endpoint",
                                    "address",
                                    "addresses",
                                    had_object_account(resolver),
                                    had_object_region(resolver),
                                    false};
        had_str what =
            had_str_printf(check->arena, "resolver `" HAD_FMT "`", HAD_ARG(resolver->label));
        had_query_quota(check, &use, resolver, had_query_span(resolver, "subnets"), what, count);
    }
}

HAD_RULE_QUOTA(DNS005, HAD_PHASE_FOUNDATION, "O(n) in resolvers", dns005,
               "a resolver with too many addresses",
               "A resolver endpoint has at most six addresses, until the quota is raised.",
               "name six subnets, or have the quota raised and state it with `quota`");

static void dns008(struct had_check *check)
{
    had_each_object(resolver, had_spec_kind(check->spec, "resolver")) {
        if (!is_outbound(resolver) || !has_word(resolver, "protocols", "doh-fips"))
            continue;
        struct had_diag *d = had_rule_report(
            check, resolver, had_query_span(resolver, "protocols"),
            "outbound resolver `" HAD_FMT "` cannot ask by `doh-fips`", HAD_ARG(resolver->label));
        had_diag_help(d, "use `do53`, `doh` or both; `doh-fips` is for inbound resolvers");
    }
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        const struct had_object *via = had_get_object(forward, "resolver");
        had_str protocol = had_get_text(forward, "protocol");
        if (!via || !protocol.len || had_query_broken(via, "protocols") ||
            has_word(via, "protocols", had_str_is(protocol, "doh") ? "doh" : "do53"))
            continue;
        struct had_diag *d = had_rule_report(
            check, forward,
            had_query_stated(forward, "protocol") ? had_query_span(forward, "protocol")
                                                  : forward->span,
            "the rule for `" HAD_FMT "` asks by `" HAD_FMT "`, which resolver `" HAD_FMT
            "` does not speak",
            HAD_ARG(forward->name), HAD_ARG(protocol), HAD_ARG(via->label));
        had_diag_label(
            d, had_query_stated(via, "protocols") ? had_query_span(via, "protocols") : via->span,
            "protocols of the resolver");
        had_diag_help(d, "add `" HAD_FMT "` to `protocols` of the resolver", HAD_ARG(protocol));
    }
}

HAD_RULE(DNS008, HAD_PHASE_FOUNDATION, "O(n) in forwards", dns008,
         "a protocol that the resolver does not speak",
         "A target is asked by a protocol that its outbound endpoint has enabled: DNS over port "
         "53, over HTTPS, or both.",
         "enable the protocol at the resolver");

static void circle(struct had_check *check, const struct had_object *forward,
                   const struct had_value *target, const struct had_object *inbound)
{
    const struct had_object *spoke = had_query_spoke(inbound);
    struct had_diag *d = had_rule_report(check, forward, had_value_span(target),
                                         "the rule for `" HAD_FMT "` asks resolver `" HAD_FMT
                                         "`, whose network follows the same rule",
                                         HAD_ARG(forward->name), HAD_ARG(inbound->label));
    had_diag_label(d, had_query_span(forward, "used-by"), "used by spoke `" HAD_FMT "`",
                   HAD_ARG(had_query_path(check, spoke)));
    had_diag_label(d, inbound->span, "the inbound resolver");
    had_diag_help(d, "take spoke `" HAD_FMT "` out of `used-by`",
                  HAD_ARG(had_query_path(check, spoke)));
}

/* Addresses of inbound resolvers, each with its resolver. */
static struct had_range_index inbound_addresses(struct had_check *check)
{
    had_ranges out = {0};
    had_each_object(inbound, had_spec_kind(check->spec, "resolver")) {
        const struct had_value *fixed = had_get(inbound, "addresses");
        if (is_outbound(inbound))
            continue;
        for (uint32_t n = 0; fixed->tag == HAD_VALUE_MAP && n < fixed->map.count; n++) {
            const struct had_value *a = fixed->map.entries[n].value;
            if (a->tag == HAD_VALUE_IP)
                *had_push(check->arena, &out) =
                    (struct had_range){had_query_host(a->ip), had_value_span(a), inbound};
        }
    }
    return had_index_ranges(out);
}

/* Through servers on-premises a circle cannot be seen: the spec does not say where they forward. */
static void dns014(struct had_check *check)
{
    const struct had_range_index inbound = inbound_addresses(check);
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        struct had_map users = had_query_ref_set(check, forward, "used-by");
        struct had_value_list targets = had_get_list(forward, "targets");
        for (uint32_t i = 0; i < targets.count; i++) {
            const struct had_value *t = &targets.items[i];
            if (t->tag == HAD_VALUE_REF && had_is(t->object, "resolver") &&
                !is_outbound(t->object) &&
                had_map_get(&users, (uintptr_t)had_query_spoke(t->object)))
                circle(check, forward, t, t->object);
            if (t->tag != HAD_VALUE_IP && t->tag != HAD_VALUE_IP_PORT)
                continue;
            /* Two networks that do not meet may have one address. */
            const struct had_cidr host = had_query_host(t->ip);
            for (uint32_t n = had_range_inside(&inbound, host);
                 n < inbound.sorted.count && had_cidr_eq(host, inbound.sorted.items[n].cidr); n++) {
                const struct had_object *resolver = inbound.sorted.items[n].object;
                if (had_map_get(&users, (uintptr_t)had_query_spoke(resolver)))
                    circle(check, forward, t, resolver);
            }
        }
    }
}

HAD_RULE(DNS014, HAD_PHASE_FOUNDATION, "O(n log n) in targets and addresses of inbound resolvers",
         dns014, "a question that is asked in a circle",
         "An inbound endpoint answers by the rules of its own VPC: one that leads back to it is "
         "followed for ever.",
         "do not use the rule in the network of the inbound resolver");

static void dns034(struct had_check *check)
{
    had_each_object(resolver, had_spec_kind(check->spec, "resolver"))
        if (had_str_is(had_get_text(resolver, "direction"), "inbound-delegation") &&
            (has_word(resolver, "protocols", "doh") || has_word(resolver, "protocols", "doh-fips")))
            had_rule_report(check, resolver, had_query_span(resolver, "protocols"),
                            "resolver `" HAD_FMT "` answers delegations, which come over port 53",
                            HAD_ARG(resolver->label));
}

HAD_RULE(DNS034, HAD_PHASE_FOUNDATION, "O(n) in resolvers", dns034, "delegations over HTTPS",
         "An endpoint for delegations speaks DNS over port 53 alone.",
         "write `protocols = do53`, or leave it out");

/* ---- counts ---- */

/* Tells of each account and Region with more than its quota, at the last object of the run. */
static void count_places(struct had_check *check, had_owned_list *all, const char *resource,
                         const char *one, const char *many)
{
    had_query_sort_owned(all);
    for (uint32_t i = 0, end; i < all->count; i = end) {
        end = had_query_run(all, i);
        const struct had_object *account = all->items[i].a, *region = all->items[i].b,
                                *last = all->items[end - 1].object;
        struct had_quota_use use = {resource, one, many, account, region, false};
        had_query_quota(check, &use, last, last->span,
                        had_str_printf(check->arena, "account `" HAD_FMT "` in " HAD_FMT,
                                       HAD_ARG(had_query_path(check, account)),
                                       HAD_ARG(region->label)),
                        end - i);
    }
}

static void add_place(struct had_check *check, had_owned_list *all, const struct had_object *of,
                      const struct had_object *object)
{
    const struct had_object *account = had_object_account(of), *region = had_object_region(of);
    if (account && region)
        *had_push(check->arena, all) = (struct had_owned){account, region, object};
}

static void dns027(struct had_check *check)
{
    had_owned_list endpoints = {0}, rules = {0}, associations = {0};
    had_each_object(resolver, had_spec_kind(check->spec, "resolver"))
        add_place(check, &endpoints, resolver, resolver);
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        add_place(check, &rules, forward, forward);
        had_objects users = had_query_refs(check, forward, "used-by");
        had_each(const struct had_object *, spoke, &users)
            add_place(check, &associations, *spoke, forward);
    }
    count_places(check, &endpoints, "resolver endpoints", "resolver", "resolvers");
    count_places(check, &rules, "resolver rules", "forwarding rule", "forwarding rules");
    count_places(check, &associations, "resolver rule associations", "use of forwarding rules",
                 "uses of forwarding rules");
}

HAD_RULE(DNS027, HAD_PHASE_FOUNDATION, "O(n log n) in resolvers, forwards and their users", dns027,
         "a quota of Resolver",
         "AWS admits four endpoints, 1,000 rules and 2,000 associations in an account and Region, "
         "until the quota is raised.",
         "have the quota raised and state it with `quota`, or share what there is");

static void dns036(struct had_check *check)
{
    struct had_map logged = {0}, told = {0};
    had_each_object(resolver, had_spec_kind(check->spec, "resolver"))
        if (had_object_region(resolver) && had_present(resolver, "query-logs"))
            had_map_put(check->arena, &logged, (uintptr_t)had_object_region(resolver), 1);
    had_each_object(resolver, had_spec_kind(check->spec, "resolver")) {
        const struct had_object *region = had_object_region(resolver);
        if (!region || !is_outbound(resolver) || had_map_get(&logged, (uintptr_t)region) ||
            had_query_broken(resolver, "query-logs") ||
            !had_map_put(check->arena, &told, (uintptr_t)region, 1))
            continue;
        struct had_diag *d =
            had_rule_report(check, resolver, resolver->span,
                            "no resolver in " HAD_FMT " logs its queries", HAD_ARG(region->label));
        had_diag_help(d, "state `query-logs` with the name of a log group, or the ARN of a bucket");
    }
}

HAD_RULE(DNS036, HAD_PHASE_FOUNDATION, "O(n) in resolvers", dns036, "queries that nobody logs",
         "Logs of queries show who asks for which domain: what tells a wrong rule from a dead "
         "server, and malware from people.",
         "state `query-logs` of the resolver");

/* ---- endpoints for the same names ---- */

static int by_name(const void *left, const void *right)
{
    const struct had_object *x = *(const struct had_object *const *)left,
                            *y = *(const struct had_object *const *)right;
    const struct had_object *p = had_object_region(x), *q = had_object_region(y);
    int order = p == q ? 0 : had_str_cmp(p->address, q->address);
    order = order ? order : had_str_cmp(x->name, y->name);
    if (order)
        return order;
    return x->order != y->order ? (x->order < y->order ? -1 : 1)
                                : had_str_cmp(x->address, y->address);
}

static void ram008(struct had_check *check)
{
    had_objects rules = {0};
    struct had_map told = {0};
    had_each_object(forward, had_spec_kind(check->spec, "forward"))
        if (had_get_object(forward, "resolver") && had_object_region(forward))
            *had_push(check->arena, &rules) = forward;
    if (rules.count > 1)
        qsort(rules.items, rules.count, sizeof *rules.items, by_name);
    for (uint32_t i = 1; i < rules.count; i++) {
        const struct had_object *a = rules.items[i - 1], *b = rules.items[i],
                                *via = had_get_object(b, "resolver");
        if (had_object_region(a) != had_object_region(b) || !had_str_eq(a->name, b->name) ||
            had_get_object(a, "resolver") == via ||
            !had_map_put(check->arena, &told, (uintptr_t)via, 1))
            continue;
        struct had_diag *d =
            had_rule_report(check, via, via->span,
                            "resolver `" HAD_FMT "` asks for `" HAD_FMT "`, as resolver `" HAD_FMT
                            "` in " HAD_FMT " does",
                            HAD_ARG(had_query_path(check, via)), HAD_ARG(b->name),
                            HAD_ARG(had_query_path(check, had_get_object(a, "resolver"))),
                            HAD_ARG(had_object_region(b)->label));
        had_diag_label(d, a->span, "a rule for the same domain");
    }
}

HAD_RULE(RAM008, HAD_PHASE_FOUNDATION, "O(n log n) in forwards", ram008,
         "two endpoints for one domain in a Region",
         "Whoever is given a rule uses its endpoint: one endpoint in a Region serves all accounts, "
         "and each more costs by the hour.",
         "share the rules of one resolver");
