#include "check/query.h"

#include "schema/facts.h"

#include <stdlib.h>
#include <string.h>

had_objects had_query_refs(struct had_check *check, const struct had_object *object,
                           const char *name)
{
    had_objects out = {0};
    struct had_value_list list = had_get_list(object, name);
    for (uint32_t i = 0; i < list.count; i++)
        if (list.items[i].tag == HAD_VALUE_REF && list.items[i].object)
            *had_push(check->arena, &out) = list.items[i].object;
    return out;
}

struct had_map had_query_ref_set(struct had_check *check, const struct had_object *object,
                                 const char *name)
{
    struct had_map set = {0};
    had_objects refs = had_query_refs(check, object, name);
    had_each(const struct had_object *, ref, &refs)
        had_map_put(check->arena, &set, (uintptr_t)*ref, 1);
    return set;
}

void had_query_ranges(struct had_check *check, const struct had_object *object, const char *name,
                      had_ranges *out)
{
    struct had_value_list list = had_get_list(object, name);
    for (uint32_t i = 0; i < list.count; i++)
        if (list.items[i].tag == HAD_VALUE_CIDR)
            *had_push(check->arena, out) = (struct had_range){
                had_cidr_canonical(list.items[i].cidr), had_value_span(&list.items[i]), object};
}

void had_query_spoke_ranges(struct had_check *check, const struct had_object *spoke,
                            had_ranges *out)
{
    had_query_ranges(check, spoke, "cidr", out);
    had_query_ranges(check, spoke, "secondary-cidrs", out);
    had_query_ranges(check, spoke, "ipv6-cidr", out);
}

struct had_span had_value_span(const struct had_value *value)
{
    return had_span_known(value->origin) ? value->origin : value->span;
}

struct had_span had_query_span(const struct had_object *object, const char *name)
{
    const struct had_value *value = had_get(object, name);
    if (value->tag != HAD_VALUE_ABSENT && value->provenance == HAD_STATED &&
        had_span_known(value->origin))
        return value->origin;
    return had_get_span(object, name);
}

had_overlaps had_query_overlaps(struct had_check *check, had_ranges *ranges)
{
    had_overlaps out = {0};
    if (ranges->count < 2)
        return out;
    had_index_ranges(*ranges); /* sorts */
    /* Ranges that hold the current one are open, outermost first; `at` is their overlap, if any
     * yet. */
    struct open {
        uint32_t range, at;
    } *open = had_new_n(check->arena, struct open, ranges->count);
    uint32_t depth = 0;
    for (uint32_t i = 0; i < ranges->count; i++) {
        const struct had_range *r = &ranges->items[i];
        while (depth && !had_cidr_contains(ranges->items[open[depth - 1].range].cidr, r->cidr))
            depth--;
        for (uint32_t d = depth; d > 0; d--) {
            const struct had_range *holder = &ranges->items[open[d - 1].range];
            if (holder->object == r->object)
                continue;
            if (!open[d - 1].at) {
                had_push(check->arena, &out)->outer = *holder;
                open[d - 1].at = out.count;
            }
            *had_push(check->arena, &out.items[open[d - 1].at - 1].inner) = *r;
            break;
        }
        open[depth++] = (struct open){i, 0};
    }
    return out;
}

bool had_value_broken(const struct had_value *value)
{
    if (value->tag == HAD_VALUE_ERROR)
        return true;
    if (value->tag == HAD_VALUE_LIST) {
        for (uint32_t i = 0; i < value->list.count; i++)
            if (had_value_broken(&value->list.items[i]))
                return true;
    } else if (value->tag == HAD_VALUE_MAP) {
        for (uint32_t i = 0; i < value->map.count; i++)
            if (had_value_broken(value->map.entries[i].value))
                return true;
    }
    return false;
}

bool had_query_broken(const struct had_object *object, const char *name)
{
    return had_value_broken(had_get(object, name));
}

bool had_query_stated(const struct had_object *object, const char *name)
{
    const struct had_value *value = had_get(object, name);
    return value->tag != HAD_VALUE_ABSENT && value->tag != HAD_VALUE_ERROR &&
           value->provenance == HAD_STATED;
}

had_str had_query_path(struct had_check *check, const struct had_object *object)
{
    had_str own = object->label.len ? object->label : object->address;
    if (!object->parent)
        return own; /* with the instances of modules that it belongs to */
    return had_str_printf(check->arena, HAD_FMT "." HAD_FMT,
                          HAD_ARG(had_query_path(check, object->parent)), HAD_ARG(own));
}

had_str had_query_names(struct had_check *check, const had_objects *objects, uint32_t shown)
{
    struct had_buffer b = {0};
    uint32_t named = objects->count <= shown + 1 ? objects->count : shown;
    for (uint32_t i = 0; i < named; i++) {
        bool last = i + 1 == named && named == objects->count;
        had_buffer_c(&b, i == 0 ? "" : last ? " and " : ", ");
        had_buffer_printf(&b, "`" HAD_FMT "`", HAD_ARG(had_query_path(check, objects->items[i])));
    }
    if (named < objects->count)
        had_buffer_printf(&b, " and %u more", (unsigned)(objects->count - named));
    had_str text = had_str_dup(check->arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return text;
}

had_str had_query_count(struct had_check *check, uint32_t count, const char *one, const char *many)
{
    return had_str_printf(check->arena, "%u %s", (unsigned)count, count == 1 ? one : many);
}

had_str had_query_region(const struct had_object *object)
{
    const struct had_object *region = had_object_region(object);
    return region ? region->name : (had_str){0};
}

had_str had_query_zone(const struct had_object *subnet)
{
    return had_get_text(subnet, "zone");
}

const struct had_object *had_query_spoke(const struct had_object *subnet)
{
    for (const struct had_object *o = subnet; o; o = o->parent)
        if (had_is(o, "spoke"))
            return o;
    return NULL;
}

struct had_cidr had_query_host(struct had_ip ip)
{
    return (struct had_cidr){ip, had_ip_bits(ip)};
}

const struct had_object *had_query_network(const struct had_object *object)
{
    const struct had_object *subnet = had_get_object(object, "subnet"),
                            *spoke = had_get_object(object, "spoke");
    return subnet ? had_query_spoke(subnet) : spoke ? spoke : had_query_spoke(object);
}

const struct had_object *had_query_domain(const struct had_object *controller)
{
    for (const struct had_object *o = controller; o; o = o->parent)
        if (had_is(o, "forest") || had_is(o, "domain"))
            return o;
    return NULL;
}

const struct had_object *had_query_forest(const struct had_object *object)
{
    for (const struct had_object *o = object; o; o = o->parent)
        if (had_is(o, "forest") || had_is(o, "directory"))
            return o;
    return NULL;
}

/* ---- what trusts join: union of sets, the smaller number wins, so that numbers follow the
 * addresses ---- */

static uint64_t root_of(const struct had_map *groups, uint64_t object)
{
    for (uint64_t *up = had_map_get(groups, object); up && *up != object;
         up = had_map_get(groups, object)) {
        const uint64_t *over = had_map_get(groups, *up);
        if (over)
            *up = *over; /* every way gets half as long */
        object = *up;
    }
    return object;
}

struct had_map had_query_trust_groups(struct had_check *check)
{
    struct had_map groups = {0};
    static const char *const kinds[] = {"forest", "directory"};
    for (size_t k = 0; k < 2; k++)
        had_each_object(object, had_spec_kind(check->spec, kinds[k]))
            had_map_put(check->arena, &groups, (uintptr_t)object, (uintptr_t)object);
    had_each_object(trust, had_spec_kind(check->spec, "trust")) {
        const struct had_object *with = had_get_object(trust, "with");
        if (trust->subject.tag != HAD_VALUE_REF || !trust->subject.object || !with)
            continue;
        const struct had_object *a = had_query_forest(trust->subject.object),
                                *b = had_query_forest(with);
        if (!a || !b)
            continue;
        uint64_t x = root_of(&groups, (uintptr_t)a), y = root_of(&groups, (uintptr_t)b);
        if (x != y)
            had_map_put(check->arena, &groups, x, y);
    }
    /* Every object straight to its group. */
    for (uint32_t i = 0; i < groups.count; i++)
        had_map_put(check->arena, &groups, groups.entries[i].key,
                    root_of(&groups, groups.entries[i].key));
    return groups;
}

uint64_t had_query_trust_group(const struct had_map *groups, const struct had_object *object)
{
    const struct had_object *forest = object ? had_query_forest(object) : NULL;
    const uint64_t *group = forest ? had_map_get(groups, (uintptr_t)forest) : NULL;
    return group ? *group : 0;
}

const struct had_object *had_query_side(const struct had_object *trust, int which)
{
    if (which == 0)
        return trust->subject.tag == HAD_VALUE_REF ? trust->subject.object : NULL;
    return had_get_object(trust, "with");
}

const struct had_object *had_query_other_side(const struct had_object *trust,
                                              const struct had_object *one)
{
    const struct had_object *a = had_query_side(trust, 0), *b = had_query_side(trust, 1);
    return a == one ? b : b == one ? a : NULL;
}

bool had_query_trusts(const struct had_object *trust, const struct had_object *one)
{
    had_str direction = had_get_text(trust, "direction");
    return had_str_is(direction, "two-way") ||
           had_str_is(direction, had_query_side(trust, 0) == one ? "outgoing" : "incoming");
}

bool had_query_is_management(struct had_check *check, const struct had_object *account)
{
    return had_index_users(check, "organization", "management", account)->count > 0;
}

int64_t had_query_limit(struct had_check *check, const char *resource, const char *edition,
                        const struct had_object *account, const struct had_object *region,
                        const struct had_object **raised)
{
    *raised = had_index_quota(check, resource, account, region);
    return *raised ? had_get_int(*raised, "limit") : had_fact_quota_value(resource, edition);
}

bool had_query_quota(struct had_check *check, const struct had_quota_use *use,
                     const struct had_object *object, struct had_span span, had_str what,
                     uint64_t count)
{
    const struct had_object *raised = NULL;
    int64_t limit = use->fixed ? had_fact_quota_value(use->resource, NULL)
                               : had_query_limit(check, use->resource, NULL, use->account,
                                                 use->region, &raised);
    if (limit < 0 || count <= (uint64_t)limit)
        return false;
    struct had_diag *d =
        had_rule_report(check, object, span, HAD_FMT " has %llu %s, and %s %lld", HAD_ARG(what),
                        (unsigned long long)count, count == 1 ? use->one : use->many,
                        use->fixed ? "can have" : "the quota is", (long long)limit);
    if (raised)
        had_diag_label(d, had_query_span(raised, "limit"), "the quota that the spec states");
    else if (!use->fixed)
        had_diag_help(d,
                      "have the quota raised, and state it: `quota \"%s\" because \"…\" { limit = "
                      "%llu }`",
                      use->resource, (unsigned long long)count);
    return true;
}

static int by_address(const struct had_object *x, const struct had_object *y)
{
    if (x == y || !x || !y)
        return x == y ? 0 : x ? 1 : -1;
    return had_str_cmp(x->address, y->address);
}

static int by_pair(const void *left, const void *right)
{
    const struct had_owned *x = left, *y = right;
    int order = by_address(x->a, y->a);
    order = order ? order : by_address(x->b, y->b);
    return order ? order : by_address(x->object, y->object);
}

void had_query_sort_owned(had_owned_list *pairs)
{
    if (pairs->count > 1)
        qsort(pairs->items, pairs->count, sizeof *pairs->items, by_pair);
}

uint32_t had_query_run(const had_owned_list *pairs, uint32_t first)
{
    uint32_t end = first;
    while (end < pairs->count && pairs->items[end].a == pairs->items[first].a &&
           pairs->items[end].b == pairs->items[first].b)
        end++;
    return end;
}

void had_query_roots(struct had_check *check, struct had_roots *out)
{
    static const char *const kinds[] = {"forest", "domain", "directory"};
    had_symbols_init(&out->names, check->arena);
    out->domains = (struct had_map){0};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        had_each_object(domain, had_spec_kind(check->spec, kinds[k])) {
            had_str root = had_get_text(domain, "root"); /* in lower case */
            if (root.len && !had_query_root(out, root))
                had_map_put(check->arena, &out->domains, had_intern(&out->names, root),
                            (uintptr_t)domain);
        }
}

const struct had_object *had_query_root(const struct had_roots *roots, had_str name)
{
    const uint64_t *found = had_map_get(&roots->domains, had_symbol_find(&roots->names, name));
    return found ? (const struct had_object *)(uintptr_t)*found : NULL;
}

bool had_query_is_via(const struct had_object *link, const char *medium)
{
    return had_str_is(had_get_text(link, "via"), medium);
}

bool had_query_is_static(const struct had_object *link)
{
    return had_query_is_via(link, "vpn") && had_str_is(had_get_text(link, "routing"), "static");
}

const struct had_object *had_query_directory_at(struct had_check *check,
                                                const struct had_object *directory,
                                                const struct had_object *region)
{
    if (had_object_region(directory) == region)
        return directory;
    had_each_object(replica, had_index_users(check, "replica", "parent", directory))
        if (had_object_region(replica) == region)
            return replica;
    return NULL;
}

enum { DEPTH_MAX = 24 }; /* of units: AWS admits five */

static void add_accounts(struct had_check *check, const struct had_object *holder, uint32_t depth,
                         had_objects *out)
{
    had_each_object(account, had_index_users(check, "account", "in", holder))
        *had_push(check->arena, out) = account;
    if (depth < DEPTH_MAX)
        had_each_object(unit, had_index_users(check, "ou", "in", holder))
            add_accounts(check, unit, depth + 1, out);
}

void had_query_accounts(struct had_check *check, const struct had_object *holder, had_objects *out)
{
    if (holder && had_is(holder, "account"))
        *had_push(check->arena, out) = holder;
    else if (holder)
        add_accounts(check, holder, 0, out);
}

bool had_query_is_among(const struct had_map *holders, const struct had_object *account)
{
    for (uint32_t depth = 0; account && depth < DEPTH_MAX; depth++) {
        if (had_map_get(holders, (uintptr_t)account))
            return true;
        account = had_get_object(account, "in");
    }
    return false;
}

/* The service as the table of trusts lists it. */
const struct had_fact_service *had_query_service_fact(const struct had_object *service)
{
    had_str type = had_get_text(service, "type");
    for (uint32_t i = 0; i < had_fact_service_count; i++)
        if (had_str_is(type, had_fact_services[i].word))
            return &had_fact_services[i];
    return NULL;
}

const struct had_object *had_query_reads_both_ways(const struct had_object *service)
{
    const struct had_object *directory = had_get_object(service, "directory");
    const struct had_fact_service *fact = had_query_service_fact(service);
    return fact && directory && had_is(directory, "directory") &&
                   strcmp(fact->two_way_needed, "yes") == 0
               ? directory
               : NULL;
}
