/* DNS: resolver endpoints and forwarding rules. */
#include "check/rules/rule.h"

#include <stdlib.h>

static bool is_outbound(const struct had_object *resolver)
{
    return had_str_is(had_get_text(resolver, "direction"), "outbound");
}

static void dns001(struct had_check *check)
{
    had_each_object(resolver, had_spec_kind(check->spec, "resolver")) {
        had_objects subnets = had_query_refs(check, resolver, "subnets");
        if (had_query_broken(resolver, "subnets") || subnets.count >= 2)
            continue;
        struct had_diag *d =
            had_rule_report(check, resolver, had_query_span(resolver, "subnets"),
                            "resolver `" HAD_FMT "` has " HAD_FMT, HAD_ARG(resolver->label),
                            HAD_ARG(had_query_count(check, subnets.count, "address", "addresses")));
        had_diag_help(d, "name a second subnet, in another zone");
    }
}

HAD_RULE(DNS001, HAD_PHASE_FOUNDATION, "O(n) in resolvers", dns001, "a resolver with one address",
         "Route 53 refuses a resolver endpoint with fewer than two addresses.",
         "name two subnets, in different zones");

static void dns002(struct had_check *check)
{
    had_each_object(resolver, had_spec_kind(check->spec, "resolver")) {
        had_objects subnets = had_query_refs(check, resolver, "subnets");
        bool apart = subnets.count < 2 || had_query_broken(resolver, "subnets");
        had_each(const struct had_object *, subnet, &subnets)
            apart |= !had_query_zone(*subnet).len ||
                     !had_str_eq(had_query_zone(*subnet), had_query_zone(subnets.items[0]));
        if (apart)
            continue;
        struct had_diag *d =
            had_rule_report(check, resolver, had_query_span(resolver, "subnets"),
                            "all addresses of resolver `" HAD_FMT "` are in zone " HAD_FMT,
                            HAD_ARG(resolver->label), HAD_ARG(had_query_zone(subnets.items[0])));
        had_each(const struct had_object *, subnet, &subnets)
            had_diag_label(d, had_query_span(*subnet, "zone"), "zone " HAD_FMT,
                           HAD_ARG(had_query_zone(*subnet)));
        had_diag_note(d, "losing zone " HAD_FMT " would end the resolution of every forwarded name",
                      HAD_ARG(had_query_zone(subnets.items[0])));
    }
}

HAD_RULE(DNS002, HAD_PHASE_FOUNDATION, "O(n) in resolvers", dns002, "a resolver in one zone",
         "The addresses of a resolver endpoint are spread over two zones, so that names are found "
         "when one is lost.",
         "name a subnet of another zone");

static void dns003(struct had_check *check)
{
    had_each_object(resolver, had_spec_kind(check->spec, "resolver")) {
        const struct had_object *spoke = had_query_spoke(resolver);
        if (!is_outbound(resolver) || !spoke || had_query_broken(spoke, "role") ||
            had_str_is(had_get_text(spoke, "role"), "endpoint"))
            continue;
        struct had_diag *d = had_rule_report(
            check, resolver, resolver->span,
            "resolver `" HAD_FMT "` stands in spoke `" HAD_FMT "`, which is no endpoint network",
            HAD_ARG(resolver->label), HAD_ARG(had_query_path(check, spoke)));
        had_diag_label(d, had_query_span(spoke, "role"), "role " HAD_FMT,
                       HAD_ARG(had_get_text(spoke, "role")));
    }
}

HAD_RULE(DNS003, HAD_PHASE_FOUNDATION, "O(n) in resolvers", dns003,
         "an outbound resolver outside the endpoint network",
         "Outbound endpoints stand in the endpoint network of the network account: one place from "
         "which the names of the "
         "directories are asked for all accounts.",
         "move the resolver to the endpoint spoke, or state `role = endpoint` there");

/* ---- which networks need which domains ---- */

/* An object whose host is a member of a domain, or serves or uses one. */
struct member {
    const struct had_object *object, *domain, *spoke;
};
typedef had_array(struct member) members;

static void add_member(struct had_check *check, members *out, const struct had_object *object,
                       const struct had_object *domain, const struct had_object *spoke)
{
    if (domain && spoke)
        *had_push(check->arena, out) = (struct member){object, domain, spoke};
}

/* A connector speaks for the domain that it connects to. */
static const struct had_object *served_domain(const struct had_object *directory)
{
    return directory && had_is(directory, "connector") ? had_get_object(directory, "domain")
                                                       : directory;
}

static members all_members(struct had_check *check)
{
    members out = {0};
    had_each_object(o, had_spec_kind(check->spec, "controller"))
        add_member(check, &out, o, had_query_domain(o),
                   had_get_object(o, "subnet") ? had_query_spoke(had_get_object(o, "subnet"))
                                               : NULL);
    had_each_object(o, had_spec_kind(check->spec, "instance"))
        add_member(check, &out, o, had_get_object(o, "join"),
                   had_get_object(o, "subnet") ? had_query_spoke(had_get_object(o, "subnet"))
                                               : NULL);
    had_each_object(o, had_spec_kind(check->spec, "ad-service"))
        add_member(check, &out, o, served_domain(had_get_object(o, "directory")),
                   had_get_object(o, "spoke"));
    return out;
}

/* Hosts that DHCP sends to the directory's own servers need no rule. */
static bool asks_others(const struct had_object *spoke)
{
    const struct had_value *dhcp = had_get(spoke, "dhcp");
    for (uint32_t i = 0; dhcp->tag == HAD_VALUE_MAP && i < dhcp->map.count; i++)
        if (had_str_is(dhcp->map.entries[i].key, "dns"))
            return true;
    return false;
}

/* Names of rules with the Regions that they are in. */
struct rules_by_name {
    struct had_symbols names;
    struct had_map pairs; /* of a name and a Region */
    struct had_map regions;
};

static uint64_t pair(const struct rules_by_name *rules, had_sym name,
                     const struct had_object *region)
{
    const uint64_t *number = had_map_get(&rules->regions, (uintptr_t)region);
    return name && number ? (uint64_t)name << 32 | *number : 0;
}

static void all_rules(struct had_check *check, struct rules_by_name *out)
{
    had_symbols_init(&out->names, check->arena);
    out->pairs = out->regions = (struct had_map){0};
    uint64_t regions = 0;
    had_each_object(region, had_spec_kind(check->spec, "region"))
        had_map_put(check->arena, &out->regions, (uintptr_t)region, ++regions);
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        const struct had_object *via = had_get_object(forward, "resolver");
        uint64_t key =
            via ? pair(out, had_intern(&out->names, forward->name), had_object_region(via)) : 0;
        if (key)
            had_map_put(check->arena, &out->pairs, key, 1);
    }
}

/* True if a rule in the Region has the domain's name, or one above it. */
static bool has_rule(const struct rules_by_name *rules, had_str root,
                     const struct had_object *region)
{
    for (uint32_t i = 0; i < root.len; i++) {
        if (i > 0 && root.ptr[i - 1] != '.')
            continue;
        uint64_t key =
            pair(rules, had_symbol_find(&rules->names, had_str_slice(root, i, root.len)), region);
        if (key && had_map_get(&rules->pairs, key))
            return true;
    }
    return false;
}

static int by_member(const void *left, const void *right)
{
    const struct member *x = left, *y = right;
    int order = had_str_cmp(x->domain->address, y->domain->address);
    order = order ? order
                  : had_str_cmp(had_object_region(x->spoke)->address,
                                had_object_region(y->spoke)->address);
    if (order)
        return order;
    return x->object->order != y->object->order
               ? (x->object->order < y->object->order ? -1 : 1)
               : had_str_cmp(x->object->address, y->object->address);
}

static void dns009(struct had_check *check)
{
    members all = all_members(check), without = {0};
    struct rules_by_name rules;
    all_rules(check, &rules);
    had_each(struct member, m, &all) {
        const struct had_object *region = had_object_region(m->spoke);
        had_str root = had_get_text(m->domain, "root");
        if (region && root.len && !asks_others(m->spoke) && !has_rule(&rules, root, region))
            *had_push(check->arena, &without) = *m;
    }
    if (without.count > 1)
        qsort(without.items, without.count, sizeof *without.items, by_member);
    for (uint32_t i = 0; i < without.count; i++) {
        const struct member *m = &without.items[i];
        if (i > 0 && without.items[i - 1].domain == m->domain &&
            had_object_region(without.items[i - 1].spoke) == had_object_region(m->spoke))
            continue; /* once for a domain and a Region */
        had_str root = had_get_text(m->domain, "root"), region = had_query_region(m->spoke);
        struct had_diag *d =
            had_rule_report(check, m->domain, had_query_span(m->domain, "root"),
                            "no forwarding rule in " HAD_FMT " finds the names of `" HAD_FMT "`",
                            HAD_ARG(region), HAD_ARG(root));
        had_diag_label(d, m->object->span, "%s `" HAD_FMT "` needs them", m->object->kind->name,
                       HAD_ARG(m->object->label));
        had_diag_help(
            d, "add `forward \"" HAD_FMT "\" via resolver …` with `targets = %s " HAD_FMT "`",
            HAD_ARG(root), m->domain->kind->name, HAD_ARG(m->domain->label));
    }
}

HAD_RULE(DNS009, HAD_PHASE_FOUNDATION, "O(n log n) in members and forwards", dns009,
         "a domain that no rule resolves",
         "Members and trusts find a domain by its DNS names: every domain has a forwarding rule in "
         "every Region with networks that use it.",
         "add a forwarding rule for the domain");

/* The networks that hold members of one group of trusts in one Region, each with the first of them.
 */
struct asking {
    members members;
    struct had_map spokes;
};

static uint64_t asking_key(struct had_check *check, uint64_t group, const struct had_object *region)
{
    return had_index_pair(check, (const struct had_object *)(uintptr_t)group, region);
}

static int by_host(const void *left, const void *right)
{
    const struct member *x = left, *y = right;
    return had_str_cmp(x->object->address, y->object->address);
}

static struct had_map who_asks(struct had_check *check, const struct had_map *groups)
{
    struct had_map out = {0};
    members all = all_members(check);
    if (all.count > 1)
        qsort(all.items, all.count, sizeof *all.items, by_host);
    had_each(struct member, m, &all) {
        uint64_t group = had_query_trust_group(groups, m->domain);
        const struct had_object *region = had_object_region(m->spoke);
        if (!group || !region || asks_others(m->spoke))
            continue;
        uint64_t key = asking_key(check, group, region);
        const uint64_t *found = had_map_get(&out, key);
        struct asking *asking =
            found ? (struct asking *)(uintptr_t)*found : had_new(check->arena, struct asking);
        if (!found)
            had_map_put(check->arena, &out, key, (uintptr_t)asking);
        if (had_map_put(check->arena, &asking->spokes, (uintptr_t)m->spoke, 1))
            *had_push(check->arena, &asking->members) = *m;
    }
    return out;
}

enum { SHOWN = 3 };

/* Networks that need a rule and do not use it: the first ones, and how many there are. */
static members without_rule(struct had_check *check, const struct asking *asking,
                            const had_objects *users, uint32_t *count)
{
    struct had_map using = {0};
    members out = {0};
    *count = asking->members.count;
    had_each(const struct had_object *const, user, users)
        if (had_map_put(check->arena, &using, (uintptr_t)*user, 1) &&
            had_map_get(&asking->spokes, (uintptr_t)*user))
            (*count)--;
    for (uint32_t i = 0; i < asking->members.count && out.count < *count && out.count <= SHOWN; i++)
        if (!had_map_get(&using, (uintptr_t)asking->members.items[i].spoke))
            *had_push(check->arena, &out) = asking->members.items[i];
    return out;
}

static void dns010(struct had_check *check)
{
    const struct had_map groups = had_query_trust_groups(check), all = who_asks(check, &groups);
    struct had_roots roots;
    had_query_roots(check, &roots);
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        const struct had_object *domain = had_query_root(&roots, forward->name),
                                *via = had_get_object(forward, "resolver");
        if (!domain || !via || had_query_broken(forward, "used-by"))
            continue;
        const uint64_t *asking =
            had_map_get(&all, asking_key(check, had_query_trust_group(&groups, domain),
                                         had_object_region(via)));
        if (!asking)
            continue;
        uint32_t count;
        had_objects users = had_query_refs(check, forward, "used-by"), spokes = {0};
        members first =
            without_rule(check, (const struct asking *)(uintptr_t)*asking, &users, &count);
        if (!count)
            continue;
        had_each(const struct member, m, &first)
            *had_push(check->arena, &spokes) = m->spoke;
        spokes.count = count; /* more than are named are only counted */
        struct had_diag *d = had_rule_report(
            check, forward, had_query_span(forward, "used-by"),
            "the rule for `" HAD_FMT "` is not used by spoke%s " HAD_FMT ", which need%s it",
            HAD_ARG(forward->name), count > 1 ? "s" : "",
            HAD_ARG(had_query_names(check, &spokes, SHOWN)), count > 1 ? "" : "s");
        for (uint32_t i = 0; i < first.count && i < SHOWN; i++)
            had_diag_label(d, first.items[i].object->span, "%s `" HAD_FMT "` in `" HAD_FMT "`",
                           first.items[i].object->kind->name, HAD_ARG(first.items[i].object->label),
                           HAD_ARG(had_query_path(check, first.items[i].spoke)));
        had_diag_help(d, "add %s to `used-by`, or select: `used-by = every spoke`",
                      count > 1 ? "the spokes" : "the spoke");
    }
}

HAD_RULE(DNS010, HAD_PHASE_FOUNDATION, "O(n log n) in members, forwards and associations", dns010,
         "a network that cannot resolve a domain",
         "A member finds controllers by DNS. The rule of each domain that it deals with, also over "
         "trusts, is associated "
         "with its VPC.",
         "add the spoke to `used-by` of the rule");

static void dns011(struct had_check *check)
{
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        const struct had_object *owner = had_object_account(forward);
        if (!had_query_stated(forward, "share-with") || had_query_broken(forward, "share-with") ||
            !owner)
            continue;
        struct had_map shared = had_query_ref_set(check, forward, "share-with"), told = {0};
        had_objects users = had_query_refs(check, forward, "used-by"), missing = {0};
        had_each(const struct had_object *, user, &users) {
            const struct had_object *account = had_object_account(*user);
            if (account && account != owner && !had_query_is_among(&shared, account) &&
                had_map_put(check->arena, &told, (uintptr_t)account, 1))
                *had_push(check->arena, &missing) = account;
        }
        if (!missing.count)
            continue;
        struct had_diag *d =
            had_rule_report(check, forward, had_query_span(forward, "share-with"),
                            "the rule for `" HAD_FMT "` is used in account%s " HAD_FMT
                            ", with which it is not shared",
                            HAD_ARG(forward->name), missing.count > 1 ? "s" : "",
                            HAD_ARG(had_query_names(check, &missing, 3)));
        had_diag_label(d, had_query_span(forward, "used-by"), "used by spokes of other accounts");
        had_diag_help(
            d,
            "share it with the organization, or leave `share-with` out: it then follows `used-by`");
    }
}

HAD_RULE(DNS011, HAD_PHASE_FOUNDATION, "O(n) in associations and shares", dns011,
         "a rule that is not shared with its users",
         "A forwarding rule is associated with the VPCs of another account only after it was "
         "shared with that account.",
         "share the rule with the organization or the account");

static void dns012(struct had_check *check)
{
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        const struct had_object *region = had_object_region(forward);
        had_objects users = had_query_refs(check, forward, "used-by"), foreign = {0};
        had_each(const struct had_object *, user, &users)
            if (region && had_object_region(*user) && had_object_region(*user) != region)
                *had_push(check->arena, &foreign) = *user;
        if (!foreign.count)
            continue;
        struct had_diag *d = had_rule_report(
            check, forward, had_query_span(forward, "used-by"),
            "the rule for `" HAD_FMT "` is of " HAD_FMT ", spoke%s " HAD_FMT " %s not",
            HAD_ARG(forward->name), HAD_ARG(region->label), foreign.count > 1 ? "s" : "",
            HAD_ARG(had_query_names(check, &foreign, 3)), foreign.count > 1 ? "are" : "is");
        had_diag_help(
            d, "name spokes of " HAD_FMT " here, and add a resolver and a rule in the other Region",
            HAD_ARG(region->label));
    }
}

HAD_RULE(DNS012, HAD_PHASE_FOUNDATION, "O(n) in associations", dns012,
         "a rule used in another Region",
         "Resolver endpoints, rules and their associations belong to one Region.",
         "make a resolver and a rule in each Region");

/* Rules that still ask on-premises servers for a domain with controllers in the Region. */
static void dns017(struct had_check *check)
{
    struct had_roots roots;
    had_query_roots(check, &roots);
    struct had_map first = {0}; /* domain and Region → a controller */
    had_each_object(c, had_spec_kind(check->spec, "controller")) {
        uint64_t key = had_index_pair(check, had_query_domain(c), had_object_region(c));
        if (had_query_domain(c) && had_object_region(c) && !had_map_get(&first, key))
            had_map_put(check->arena, &first, key, (uintptr_t)c);
    }
    had_ranges ranges = {0};
    had_each_object(site, had_spec_kind(check->spec, "site"))
        had_query_ranges(check, site, "ranges", &ranges);
    const struct had_range_index sites = had_index_ranges(ranges);
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        const struct had_object *domain = had_query_root(&roots, forward->name),
                                *via = had_get_object(forward, "resolver");
        if (!domain || !via || had_is(domain, "directory") || had_query_broken(forward, "targets"))
            continue;
        const uint64_t *found =
            had_map_get(&first, had_index_pair(check, domain, had_object_region(via)));
        if (!found)
            continue;
        const struct had_object *controller = (const struct had_object *)(uintptr_t)*found;
        struct had_value_list targets = had_get_list(forward, "targets");
        bool on_premises = targets.count > 0;
        for (uint32_t i = 0; i < targets.count; i++) {
            const struct had_value *t = &targets.items[i];
            bool outside = t->tag == HAD_VALUE_REF && had_is(t->object, "site");
            if (t->tag == HAD_VALUE_IP || t->tag == HAD_VALUE_IP_PORT)
                outside |= had_range_holder(&sites, had_query_host(t->ip)) != NULL;
            on_premises &= outside;
        }
        if (!on_premises)
            continue;
        struct had_diag *d = had_rule_report(
            check, forward, had_query_span(forward, "targets"),
            "the rule for `" HAD_FMT "` asks on-premises servers, though controllers in " HAD_FMT
            " answer for it",
            HAD_ARG(forward->name), HAD_ARG(had_query_region(via)));
        had_diag_label(d, controller->span, "a controller in AWS");
        had_diag_help(
            d, "write `targets = %s " HAD_FMT "`, and the on-premises servers as `bootstrap`",
            domain->kind->name, HAD_ARG(domain->label));
    }
}

HAD_RULE(DNS017, HAD_PHASE_EXTENDED, "O(n log n) in targets, controllers and ranges of sites",
         dns017, "a rule that still asks on-premises servers",
         "Once controllers in AWS answer for a domain, its rules point to them: names are then "
         "found without the link to "
         "the site.",
         "point the rule to the controllers");
