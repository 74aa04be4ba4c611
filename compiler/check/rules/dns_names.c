/* DNS: rules for names that AWS itself answers, and names of addresses. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <stdlib.h>
#include <string.h>

/* Equal, or below: `a.example.com` of `example.com`, everything of `.`. */
static bool is_at_or_below(had_str name, had_str domain)
{
    if (had_str_is(domain, ".") || had_str_eq_nocase(name, domain))
        return true;
    return name.len > domain.len && name.ptr[name.len - domain.len - 1] == '.' &&
           had_str_eq_nocase(had_str_slice(name, name.len - domain.len, name.len), domain);
}

static bool is_system(const struct had_object *forward)
{
    return had_get_text(forward, "to").len > 0;
}

static void dns023(struct had_check *check)
{
    const had_str services = HAD_STR("amazonaws.com");
    struct had_map kept = {0}; /* networks in which AWS answers for its services */
    had_each_object(other, had_spec_kind(check->spec, "forward")) {
        if (!is_system(other) || !had_str_eq_nocase(other->name, services))
            continue;
        had_objects users = had_query_refs(check, other, "used-by");
        had_each(const struct had_object *, spoke, &users)
            had_map_put(check->arena, &kept, (uintptr_t)*spoke, 1);
    }
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        if (is_system(forward) || had_str_eq_nocase(forward->name, services) ||
            !is_at_or_below(services, forward->name) || had_query_broken(forward, "used-by"))
            continue;
        had_objects users = had_query_refs(check, forward, "used-by"), without = {0};
        had_each(const struct had_object *, spoke, &users)
            if (!had_map_get(&kept, (uintptr_t)*spoke))
                *had_push(check->arena, &without) = *spoke;
        if (!without.count)
            continue;
        struct had_diag *d =
            had_rule_report(check, forward, forward->span,
                            "the rule for `" HAD_FMT
                            "` also forwards the names of AWS services, of spoke%s " HAD_FMT,
                            HAD_ARG(forward->name), without.count > 1 ? "s" : "",
                            HAD_ARG(had_query_names(check, &without, 3)));
        had_diag_help(d,
                      "add `forward \"amazonaws.com\" to system at region " HAD_FMT
                      " by account …`, used by the same spokes",
                      HAD_ARG(had_query_region(forward)));
    }
}

HAD_RULE(DNS023, HAD_PHASE_FOUNDATION, "O(n) in associations", dns023,
         "a rule that swallows the names of AWS",
         "Under a rule for everything also names such as `ssm.eu-west-1.amazonaws.com` "
         "are asked for on-premises, and interface endpoints are never found.",
         "let AWS answer for `amazonaws.com` by a rule `to system`");

/* ---- names that AWS defines ---- */

/* The reverse zone that a name is, as a range: `1.10.in-addr.arpa` is 10.1.0.0/16. */
static bool reverse_zone(had_str name, struct had_cidr *out)
{
    const had_str end = HAD_STR(".in-addr.arpa");
    if (name.len <= end.len ||
        !had_str_eq_nocase(had_str_slice(name, name.len - end.len, name.len), end))
        return false;
    uint8_t bytes[4] = {0};
    uint8_t count = 0;
    uint32_t number = 0, digits = 0;
    for (uint32_t i = 0; i <= name.len - end.len; i++) {
        char c = name.ptr[i];
        if (c == '.') {
            if (!digits || number > UINT8_MAX || count == 4)
                return false;
            bytes[count++] = (uint8_t)number;
            number = digits = 0;
        } else if (c >= '0' && c <= '9' && digits < 3) {
            number = number * 10 + (uint32_t)(c - '0');
            digits++;
        } else {
            return false;
        }
    }
    *out = (struct had_cidr){{4, {0}}, (uint8_t)(8 * count)};
    for (uint8_t i = 0; i < count; i++)
        out->base.bytes[i] = bytes[count - 1 - i];
    return count > 0;
}

static bool is_defined(struct had_check *check, had_str name)
{
    struct had_cidr zone;
    uint32_t at = 0;
    for (const char *domain = had_fact_word("names that the vpc resolver defines", &at); domain;
         domain = had_fact_word("names that the vpc resolver defines", &at))
        if (is_at_or_below(name, had_str_c(domain)))
            return true;
    if (!reverse_zone(name, &zone))
        return false;
    const struct had_range_index *zones =
        had_index_facts(check, "reverse zones that the vpc resolver defines");
    const struct had_range *holder = had_range_holder(zones, zone);
    return holder && had_cidr_eq(holder->cidr, zone);
}

static void dns024(struct had_check *check)
{
    had_each_object(forward, had_spec_kind(check->spec, "forward"))
        if (!is_system(forward) && is_defined(check, forward->name))
            had_rule_report(check, forward, forward->span,
                            "the rule for `" HAD_FMT "` takes the place of one that AWS defines",
                            HAD_ARG(forward->name));
}

HAD_RULE(DNS024, HAD_PHASE_FOUNDATION, "O(n) in forwards", dns024,
         "a rule over names that AWS defines",
         "The VPC Resolver answers by itself for names of instances, of services and of private "
         "addresses: a rule of the same name hides those answers.",
         "forward a narrower name; if it is meant, waive this rule on the forward");

/* ---- reverse zones of a range ---- */

static void dns029(struct had_check *check)
{
    had_ranges all = {0};
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        struct had_cidr zone;
        if (!is_system(forward) && reverse_zone(forward->name, &zone))
            *had_push(check->arena, &all) = (struct had_range){zone, forward->span, forward};
    }
    if (!all.count)
        return;
    const struct had_range_index zones = had_index_ranges(all);
    struct had_cidr *sum = had_new_n(check->arena, struct had_cidr, all.count);
    had_each_object(site, had_spec_kind(check->spec, "site")) {
        had_ranges ranges = {0};
        had_query_ranges(check, site, "ranges", &ranges);
        had_each(struct had_range, r, &ranges) {
            const struct had_object *inside = NULL;
            uint32_t count = 0;
            if (had_range_holder(&zones, r->cidr))
                continue;
            for (uint32_t i = had_range_inside(&zones, r->cidr);
                 i < all.count && had_cidr_contains(r->cidr, zones.sorted.items[i].cidr); i++) {
                inside = zones.sorted.items[i].object;
                sum[count++] = zones.sorted.items[i].cidr;
            }
            count = had_cidr_aggregate(sum, count);
            if (!inside || had_prefixes_hold(sum, count, r->cidr))
                continue;
            struct had_diag *d = had_rule_report(
                check, inside, inside->span,
                "names of addresses in " HAD_FMT " of site `" HAD_FMT "` are forwarded in part",
                HAD_ARG(had_cidr_text(check->arena, r->cidr)), HAD_ARG(site->label));
            had_diag_label(d, r->span, "the range");
        }
    }
}

HAD_RULE(DNS029, HAD_PHASE_FOUNDATION, "O(n log n) in reverse rules and ranges of sites", dns029,
         "a range with part of its reverse zones",
         "A reverse zone has whole bytes of an address: a range of another length needs several "
         "rules, a /23 two.",
         "add the rules that are missing, if those addresses have names");

/* ---- forwarders on-premises ---- */

static void dns031(struct had_check *check)
{
    had_each_object(trust, had_spec_kind(check->spec, "trust")) {
        const struct had_object *side = had_query_side(trust, 0);
        struct had_value_list forwarders = had_get_list(trust, "forwarders");
        if (!side || had_is(side, "directory") || !had_query_stated(trust, "forwarders"))
            continue;
        for (uint32_t i = 0; i < forwarders.count; i++) {
            const struct had_value *v = &forwarders.items[i];
            if (v->tag != HAD_VALUE_IP)
                continue;
            const struct had_range *of =
                had_range_holder(had_index_resolvers(check), had_query_host(v->ip));
            if (!of && !had_fact_ranges_hold(check, "vpc resolver address", had_query_host(v->ip)))
                continue;
            struct had_diag *d =
                had_rule_report(check, trust, had_value_span(v),
                                "%s `" HAD_FMT "` would forward to " HAD_FMT ", a VPC Resolver",
                                side->kind->name, HAD_ARG(side->label), HAD_ARG(v->text));
            if (of)
                had_diag_label(d, of->span, "its second address");
        }
    }
}

HAD_RULE(DNS031, HAD_PHASE_RESOURCE_FOREST, "O(n log n) in forwarders of trusts and spokes", dns031,
         "a forwarder to a VPC Resolver",
         "The VPC Resolver answers hosts of its own VPC alone: servers elsewhere are heard by an "
         "inbound endpoint, or ask the servers of the domain.",
         "name the servers of the domain, or the addresses of an inbound resolver");
