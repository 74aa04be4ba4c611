/* DNS: the targets of forwarding rules, and what else has their names. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <stdlib.h>

static bool is_forward(const struct had_object *forward)
{
    return had_get_object(forward, "resolver") != NULL;
}

static void dns006(struct had_check *check)
{
    const int64_t most = had_fact_quota_value("resolver targets of a rule", NULL);
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        struct had_value_list targets = had_get_list(forward, "targets");
        uint32_t addresses = 0;
        for (uint32_t i = 0; i < targets.count; i++)
            addresses +=
                targets.items[i].tag == HAD_VALUE_IP || targets.items[i].tag == HAD_VALUE_IP_PORT;
        if (!is_forward(forward) || addresses <= most)
            continue;
        had_rule_report(check, forward, had_query_span(forward, "targets"),
                        "the rule for `" HAD_FMT "` has %u targets, and may have %lld",
                        HAD_ARG(forward->name), (unsigned)addresses, (long long)most);
    }
}

HAD_RULE(DNS006, HAD_PHASE_FOUNDATION, "O(n) in targets", dns006, "a rule with too many targets",
         "A forwarding rule has at most six targets.", "name the six nearest servers");

static void dns007(struct had_check *check)
{
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        struct had_value_list targets = had_get_list(forward, "targets");
        const struct had_value *first = NULL;
        for (uint32_t i = 0; i < targets.count; i++) {
            const struct had_value *t = &targets.items[i];
            if (t->tag != HAD_VALUE_IP && t->tag != HAD_VALUE_IP_PORT)
                continue;
            if (!first) {
                first = t;
            } else if (first->ip.family != t->ip.family) {
                struct had_diag *d =
                    had_rule_report(check, forward, had_value_span(t),
                                    "the rule for `" HAD_FMT "` mixes IPv4 and IPv6 targets",
                                    HAD_ARG(forward->name));
                had_diag_label(d, had_value_span(first), "of the other family");
                break;
            }
        }
    }
}

HAD_RULE(DNS007, HAD_PHASE_FOUNDATION, "O(n) in targets", dns007, "targets of two families",
         "All targets of one forwarding rule are IPv4, or all are IPv6.",
         "name targets of one family");

static int by_name(const void *left, const void *right)
{
    const struct had_object *x = *(const struct had_object *const *)left,
                            *y = *(const struct had_object *const *)right;
    int order = had_str_cmp(x->name, y->name);
    if (order)
        return order;
    return x->order != y->order ? (x->order < y->order ? -1 : 1)
                                : had_str_cmp(x->address, y->address);
}

static void dns013(struct had_check *check)
{
    had_objects forwards = {0};
    had_each_object(forward, had_spec_kind(check->spec, "forward"))
        *had_push(check->arena, &forwards) = forward;
    if (forwards.count > 1)
        qsort(forwards.items, forwards.count, sizeof *forwards.items, by_name);
    struct had_map user = {0}; /* of this name: spoke → rule that it uses */
    for (uint32_t i = 0; i < forwards.count; i++) {
        const struct had_object *rule = forwards.items[i], *other = NULL;
        if (i == 0 || !had_str_eq(rule->name, forwards.items[i - 1]->name))
            user = (struct had_map){0};
        had_objects users = had_query_refs(check, rule, "used-by"), both = {0};
        had_each(const struct had_object *, spoke, &users) {
            const uint64_t *before = had_map_get(&user, (uintptr_t)*spoke);
            if (!before) {
                had_map_put(check->arena, &user, (uintptr_t)*spoke, (uintptr_t)rule);
                continue;
            }
            other = other ? other : (const struct had_object *)(uintptr_t)*before;
            *had_push(check->arena, &both) = *spoke;
        }
        if (!other)
            continue;
        struct had_diag *d =
            had_rule_report(check, rule, had_query_span(rule, "used-by"),
                            "two rules for `" HAD_FMT "` are used by " HAD_FMT, HAD_ARG(rule->name),
                            HAD_ARG(had_query_names(check, &both, 3)));
        had_diag_label(d, had_query_span(other, "used-by"), "the other rule");
    }
}

HAD_RULE(DNS013, HAD_PHASE_FOUNDATION, "O(n log n) in forwards and their users", dns013,
         "two rules of one name in a network",
         "A VPC is associated with at most one rule for a domain: it could not know which of two "
         "to follow.",
         "let each spoke use one of them");

/* The address at which the VPC Resolver itself answers: second of the range, or link-local. */
static void dns015(struct had_check *check)
{
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        struct had_value_list targets = had_get_list(forward, "targets");
        for (uint32_t i = 0; i < targets.count; i++) {
            const struct had_value *t = &targets.items[i];
            if (t->tag != HAD_VALUE_IP && t->tag != HAD_VALUE_IP_PORT)
                continue;
            const struct had_range *of =
                had_range_holder(had_index_resolvers(check), had_query_host(t->ip));
            if (!of && !had_fact_ranges_hold(check, "vpc resolver address", had_query_host(t->ip)))
                continue;
            struct had_diag *d = had_rule_report(check, forward, had_value_span(t),
                                                 "target " HAD_FMT " of the rule for `" HAD_FMT
                                                 "` is a VPC Resolver itself",
                                                 HAD_ARG(t->text), HAD_ARG(forward->name));
            if (of)
                had_diag_label(d, of->span, "its second address");
        }
    }
}

HAD_RULE(DNS015, HAD_PHASE_FOUNDATION, "O(n log n) in targets and spokes", dns015,
         "a rule that forwards to a VPC Resolver",
         "The address of a VPC Resolver answers only inside its VPC: from an outbound endpoint it "
         "is never reached, or is "
         "asked in a circle.",
         "name the servers that answer for the domain");

/* The domain that a target answers for; NULL where the spec does not say. */
static const struct had_object *answers_for(const struct had_value *target)
{
    if (target->tag != HAD_VALUE_REF || !target->object)
        return NULL;
    const struct had_object *o = target->object;
    return had_is(o, "forest") || had_is(o, "domain") || had_is(o, "directory") ? o : NULL;
}

static bool is_at_or_below(had_str name, had_str domain)
{
    if (had_str_eq_nocase(name, domain))
        return true;
    return name.len > domain.len && name.ptr[name.len - domain.len - 1] == '.' &&
           had_str_eq_nocase(had_str_slice(name, name.len - domain.len, name.len), domain);
}

static void dns016(struct had_check *check)
{
    struct had_roots roots;
    had_query_roots(check, &roots);
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        const struct had_object *owner = had_query_root(&roots, forward->name);
        struct had_value_list targets = had_get_list(forward, "targets");
        for (uint32_t i = 0; owner && i < targets.count; i++) {
            const struct had_object *domain = answers_for(&targets.items[i]);
            /* Servers of a domain answer for it; those of the forest's root also find what is
             * below. */
            if (!domain || had_query_forest(domain) == had_query_forest(owner) ||
                is_at_or_below(forward->name, had_get_text(domain, "root")))
                continue;
            struct had_diag *d =
                had_rule_report(check, forward, had_value_span(&targets.items[i]),
                                "%s `" HAD_FMT "` does not answer for `" HAD_FMT "`",
                                domain->kind->name, HAD_ARG(domain->label), HAD_ARG(forward->name));
            had_diag_label(d, had_query_span(owner, "root"), "%s `" HAD_FMT "` does",
                           owner->kind->name, HAD_ARG(owner->label));
            had_diag_help(d, "write `targets = %s " HAD_FMT "`", owner->kind->name,
                          HAD_ARG(owner->label));
        }
    }
}

HAD_RULE(DNS016, HAD_PHASE_FOUNDATION, "O(n) in targets and domains", dns016,
         "a target that does not know the domain",
         "A forwarding rule sends every question about its domain to its targets, which must hold "
         "that domain.",
         "name the servers of the domain");

static void dns018(struct had_check *check)
{
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        struct had_value_list targets = had_get_list(forward, "targets");
        if (!is_forward(forward) || had_query_broken(forward, "targets") || targets.count != 1 ||
            (targets.items[0].tag != HAD_VALUE_IP && targets.items[0].tag != HAD_VALUE_IP_PORT))
            continue;
        had_rule_report(check, forward, had_query_span(forward, "targets"),
                        "the rule for `" HAD_FMT "` has one target", HAD_ARG(forward->name));
    }
}

HAD_RULE(DNS018, HAD_PHASE_FOUNDATION, "O(n) in forwards", dns018, "a rule with one target",
         "While its only target is down, the names of the domain are not found.",
         "name a second server, in another zone or site");

/* A name in a network. */
static had_str name_in(struct had_check *check, had_str name, const struct had_object *spoke)
{
    return had_str_printf(check->arena, HAD_FMT " %llu", HAD_ARG(had_str_lower(check->arena, name)),
                          (unsigned long long)had_index_pair(check, NULL, spoke));
}

static void dns025(struct had_check *check)
{
    struct had_symbols names;
    struct had_map rules = {0}; /* name in a network → the rule that is followed there */
    had_symbols_init(&names, check->arena);
    if (!had_spec_kind(check->spec, "hosted-zone")->count)
        return;
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        had_objects users = had_query_refs(check, forward, "used-by");
        had_each(const struct had_object *, spoke, &users)
            had_map_put(check->arena, &rules,
                        had_intern(&names, name_in(check, forward->name, *spoke)),
                        (uintptr_t)forward);
    }
    had_each_object(zone, had_spec_kind(check->spec, "hosted-zone")) {
        had_objects users = had_query_refs(check, zone, "used-by");
        had_owned_list hidden = {0}; /* by rule */
        had_each(const struct had_object *, spoke, &users) {
            had_sym name = had_symbol_find(&names, name_in(check, zone->name, *spoke));
            if (name)
                *had_push(check->arena, &hidden) = (struct had_owned){
                    (const struct had_object *)(uintptr_t)*had_map_get(&rules, name), NULL, *spoke};
        }
        had_query_sort_owned(&hidden);
        for (uint32_t i = 0, end; i < hidden.count; i = end) {
            const struct had_object *forward = hidden.items[i].a;
            had_objects both = {0};
            for (end = i; end < hidden.count && hidden.items[end].a == forward; end++)
                *had_push(check->arena, &both) = hidden.items[end].object;
            struct had_diag *d =
                had_rule_report(check, zone, zone->span,
                                "the rule for `" HAD_FMT "` hides this hosted zone from " HAD_FMT,
                                HAD_ARG(zone->name), HAD_ARG(had_query_names(check, &both, 3)));
            had_diag_label(d, forward->span, "the rule wins");
        }
    }
}

HAD_RULE(DNS025, HAD_PHASE_FOUNDATION, "O(n log n) in associations", dns025,
         "a hosted zone behind a rule",
         "Where a VPC has a hosted zone and a forwarding rule of one name, the rule is followed "
         "and the zone is dead.",
         "give the zone another name, or let other spokes use it");

static void dns026(struct had_check *check)
{
    static const char *const kinds[] = {"forest", "directory"};
    struct had_symbols names;
    struct had_map named = {0}, asked = {0}; /* name → a rule; one through a resolver */
    had_symbols_init(&names, check->arena);
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        had_sym name = had_intern(&names, forward->name);
        had_map_put(check->arena, &named, name, 1);
        if (is_forward(forward) && !had_map_get(&asked, name))
            had_map_put(check->arena, &asked, name, (uintptr_t)forward);
    }
    for (size_t k = 0; k < 2; k++) {
        had_each_object(domain, had_spec_kind(check->spec, kinds[k])) {
            had_str root = had_get_text(domain, "root");
            const struct had_object *above = NULL;
            bool own = root.len && had_map_get(&named, had_symbol_find(&names, root));
            for (uint32_t i = 1; i < root.len && !above; i++) {
                if (root.ptr[i - 1] != '.')
                    continue;
                const uint64_t *found =
                    had_map_get(&asked, had_symbol_find(&names, had_str_slice(root, i, root.len)));
                above = found ? (const struct had_object *)(uintptr_t)*found : NULL;
            }
            if (own || !above)
                continue;
            bool same = false; /* the rule asks the domain's own servers */
            struct had_value_list targets = had_get_list(above, "targets");
            for (uint32_t i = 0; i < targets.count; i++)
                same |= answers_for(&targets.items[i]) &&
                        had_query_forest(answers_for(&targets.items[i])) == domain;
            if (same)
                continue;
            struct had_diag *d =
                had_rule_report(check, domain, had_query_span(domain, "root"),
                                "questions about `" HAD_FMT "` go to the servers of `" HAD_FMT "`",
                                HAD_ARG(root), HAD_ARG(above->name));
            had_diag_label(d, above->span, "the rule for the domain above it");
            had_diag_help(
                d, "add `forward \"" HAD_FMT "\" via resolver …` with `targets = %s " HAD_FMT "`",
                HAD_ARG(root), domain->kind->name, HAD_ARG(domain->label));
        }
    }
}

HAD_RULE(DNS026, HAD_PHASE_FOUNDATION, "O(n) in domains and forwards", dns026,
         "a domain under another one's rule",
         "The longest matching rule decides: without a rule of its own, a domain below another is "
         "asked for at the other's "
         "servers, which do not know it.",
         "add a forwarding rule for the domain");
