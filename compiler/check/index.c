#include "check/query.h"

#include "schema/facts.h"

#include <stdlib.h>
#include <string.h>

/* ---- what refers to what ---- */

typedef const struct had_object *(*owner_of)(const struct had_object *);

struct users {
    const char *kind, *name;
    owner_of of;        /* in place of a name */
    struct had_map at;  /* object → had_objects */
    struct users *next; /* few: one per question that rules ask */
};

struct facts { /* a list of ranges of the tables */
    const char *list;
    struct had_range_index ranges;
    struct facts *next;
};

struct had_index {
    struct users *users;
    struct had_map numbers; /* object → place in the spec, from 1 */
    struct had_symbols resources;
    struct had_map quotas; /* resource → had_map of account and Region → quota */
    bool has_quotas;
    struct facts *facts;
    struct had_range_index *spokes, *resolvers;
};

static struct had_index *index_of(struct had_check *check)
{
    if (!check->index)
        check->index = had_new(check->lasting, struct had_index);
    return check->index;
}

static void add_user(struct had_check *check, struct users *users, const struct had_object *to,
                     const struct had_object *user)
{
    uint64_t *found = had_map_get(&users->at, (uintptr_t)to);
    had_objects *list =
        found ? (had_objects *)(uintptr_t)*found : had_new(check->lasting, had_objects);
    if (!found)
        had_map_put(check->lasting, &users->at, (uintptr_t)to, (uintptr_t)list);
    if (!list->count || list->items[list->count - 1] != user)
        *had_push(check->lasting, list) = user;
}

static void add_references(struct had_check *check, struct users *users, const char *name,
                           const struct had_object *user)
{
    struct had_value_list list = had_get_list(user, name);
    for (uint32_t i = 0; i < list.count; i++)
        if (list.items[i].tag == HAD_VALUE_REF && list.items[i].object)
            add_user(check, users, list.items[i].object, user);
}

static const struct had_object *parent_of(const struct had_object *object)
{
    return object->parent;
}

static const had_objects *look_up(const struct users *users, const struct had_object *to)
{
    static const had_objects none = {0};
    const uint64_t *found = to ? had_map_get(&users->at, (uintptr_t)to) : NULL;
    return found ? (const had_objects *)(uintptr_t)*found : &none;
}

static struct users *find_users(struct had_check *check, const char *kind, const char *name,
                                owner_of of, bool *known)
{
    struct had_index *index = index_of(check);
    for (struct users *u = index->users; u; u = u->next)
        if (u->of == of && strcmp(u->kind, kind) == 0 && (of || strcmp(u->name, name) == 0)) {
            *known = true;
            return u;
        }
    struct users *made = had_new(check->lasting, struct users);
    *made = (struct users){.kind = kind, .name = name, .of = of, .next = index->users};
    index->users = made;
    *known = false;
    return made;
}

const had_objects *had_index_by(struct had_check *check, const char *kind, owner_of of,
                                const struct had_object *to)
{
    bool known;
    struct users *users = find_users(check, kind, NULL, of, &known);
    if (!known)
        had_each_object(user, had_spec_kind(check->spec, kind))
            if (of(user))
                add_user(check, users, of(user), user);
    return look_up(users, to);
}

const had_objects *had_index_users(struct had_check *check, const char *kind, const char *name,
                                   const struct had_object *to)
{
    bool known;
    if (strcmp(name, "parent") == 0)
        return had_index_by(check, kind, parent_of, to);
    struct users *users = find_users(check, kind, name, NULL, &known);
    if (!known)
        had_each_object(user, had_spec_kind(check->spec, kind))
            add_references(check, users, name, user);
    return look_up(users, to);
}

const had_objects *had_index_trusts(struct had_check *check, const struct had_object *side)
{
    bool known;
    struct users *users = find_users(check, "trust", "either side", NULL, &known);
    if (!known)
        had_each_object(trust, had_spec_kind(check->spec, "trust")) {
            add_references(check, users, "subject", trust);
            add_references(check, users, "with", trust);
        }
    return look_up(users, side);
}

/* ---- pairs ---- */

static uint64_t number_of(struct had_check *check, const struct had_object *object)
{
    struct had_index *index = index_of(check);
    for (uint32_t i = index->numbers.count; i < check->spec->objects.count; i++)
        had_map_put(check->lasting, &index->numbers, (uintptr_t)check->spec->objects.items[i],
                    (uint64_t)i + 1);
    const uint64_t *number = object ? had_map_get(&index->numbers, (uintptr_t)object) : NULL;
    return number ? *number : 0;
}

uint64_t had_index_pair(struct had_check *check, const struct had_object *a,
                        const struct had_object *b)
{
    return number_of(check, a) << 32 | number_of(check, b);
}

/* ---- quotas ---- */

/* Of several, that of the highest limit; of equal ones the first. */
static const struct had_object *better(const struct had_object *one, const struct had_object *other)
{
    if (!one || !other)
        return one ? one : other;
    int64_t x = had_get_int(one, "limit"), y = had_get_int(other, "limit");
    return y > x || (y == x && had_str_cmp(other->address, one->address) < 0) ? other : one;
}

static const struct had_object *stated_quota(const struct had_map *places, uint64_t place)
{
    const uint64_t *found = had_map_get(places, place);
    return found ? (const struct had_object *)(uintptr_t)*found : NULL;
}

static void index_quotas(struct had_check *check, struct had_index *index)
{
    index->has_quotas = true;
    had_symbols_init(&index->resources, check->lasting);
    had_each_object(quota, had_spec_kind(check->spec, "quota")) {
        const struct had_value *until = had_get(quota, "until");
        if (until->tag == HAD_VALUE_INT && until->number < check->spec->as_of)
            continue;
        had_sym resource = had_intern(&index->resources, quota->subject.text);
        const uint64_t *found = had_map_get(&index->quotas, resource);
        struct had_map *places =
            found ? (struct had_map *)(uintptr_t)*found : had_new(check->lasting, struct had_map);
        if (!found)
            had_map_put(check->lasting, &index->quotas, resource, (uintptr_t)places);
        uint64_t place = had_index_pair(check, had_get_object(quota, "account"),
                                        had_get_object(quota, "region"));
        had_map_put(check->lasting, places, place,
                    (uintptr_t)better(stated_quota(places, place), quota));
    }
}

const struct had_object *had_index_quota(struct had_check *check, const char *resource,
                                         const struct had_object *account,
                                         const struct had_object *region)
{
    struct had_index *index = index_of(check);
    if (!index->has_quotas)
        index_quotas(check, index);
    had_sym symbol = had_symbol_find(&index->resources, had_str_c(resource));
    const uint64_t *found = symbol ? had_map_get(&index->quotas, symbol) : NULL;
    if (!found)
        return NULL;
    const struct had_map *places = (const struct had_map *)(uintptr_t)*found;
    const struct had_object *best = stated_quota(places, had_index_pair(check, NULL, NULL));
    if (account)
        best = better(best, stated_quota(places, had_index_pair(check, account, NULL)));
    if (region)
        best = better(best, stated_quota(places, had_index_pair(check, NULL, region)));
    if (account && region)
        best = better(best, stated_quota(places, had_index_pair(check, account, region)));
    return best;
}

/* ---- ranges ---- */

static int by_range(const void *a, const void *b)
{
    const struct had_range *x = a, *y = b;
    int order = had_cidr_cmp(x->cidr, y->cidr);
    if (order || !x->object || !y->object)
        return order;
    if (x->object->order != y->object->order)
        return x->object->order < y->object->order ? -1 : 1;
    return had_str_cmp(x->object->address, y->object->address);
}

struct had_range_index had_index_ranges(had_ranges ranges)
{
    struct had_range_index index = {.sorted = ranges};
    if (ranges.count > 1)
        qsort(ranges.items, ranges.count, sizeof *ranges.items, by_range);
    had_each(const struct had_range, r, &ranges)
        index.lengths[r->cidr.length] = true;
    return index;
}

uint32_t had_range_inside(const struct had_range_index *index, struct had_cidr cidr)
{
    uint32_t low = 0, high = index->sorted.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (had_cidr_cmp(index->sorted.items[middle].cidr, cidr) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct had_range *had_range_holder(const struct had_range_index *index, struct had_cidr cidr)
{
    for (uint32_t length = cidr.length + 1u; length-- > 0;) {
        if (!index->lengths[length])
            continue;
        struct had_cidr wider = had_cidr_canonical((struct had_cidr){cidr.base, (uint8_t)length});
        uint32_t at = had_range_inside(index, wider);
        if (at < index->sorted.count && had_cidr_eq(index->sorted.items[at].cidr, wider))
            return &index->sorted.items[at];
    }
    return NULL;
}

const struct had_range *had_range_overlap(const struct had_range_index *index, struct had_cidr cidr)
{
    uint32_t at = had_range_inside(index, cidr);
    if (at < index->sorted.count && had_cidr_contains(cidr, index->sorted.items[at].cidr))
        return &index->sorted.items[at];
    return had_range_holder(index, cidr);
}

/* "10.0.0.0/8" of a table. */
static bool read_range(const char *text, struct had_cidr *out)
{
    had_str whole = had_str_c(text);
    int64_t slash = had_str_find(whole, '/'), length;
    if (slash < 0 || !had_ip_parse(had_str_slice(whole, 0, (uint32_t)slash), &out->base) ||
        !had_str_to_int(had_str_slice(whole, (uint32_t)slash + 1, whole.len), &length))
        return false;
    out->length = (uint8_t)length;
    return length >= 0 && length <= had_ip_bits(out->base);
}

const struct had_range_index *had_index_facts(struct had_check *check, const char *list)
{
    struct had_index *index = index_of(check);
    for (const struct facts *f = index->facts; f; f = f->next)
        if (strcmp(f->list, list) == 0)
            return &f->ranges;
    had_ranges out = {0};
    uint32_t at = 0;
    for (const char *word = had_fact_word(list, &at); word; word = had_fact_word(list, &at)) {
        struct had_cidr cidr;
        if (read_range(word, &cidr))
            *had_push(check->lasting, &out) = (struct had_range){cidr, {0}, NULL};
    }
    struct facts *made = had_new(check->lasting, struct facts);
    *made = (struct facts){list, had_index_ranges(out), index->facts};
    index->facts = made;
    return &made->ranges;
}

bool had_fact_ranges_hold(struct had_check *check, const char *list, struct had_cidr cidr)
{
    return had_range_holder(had_index_facts(check, list), cidr) != NULL;
}

static const struct had_range_index *keep(struct had_check *check, struct had_range_index **place,
                                          had_ranges ranges)
{
    *place = had_new(check->lasting, struct had_range_index);
    **place = had_index_ranges(ranges);
    return *place;
}

const struct had_range_index *had_index_spokes(struct had_check *check)
{
    struct had_index *index = index_of(check);
    had_ranges out = {0};
    if (index->spokes)
        return index->spokes;
    struct had_arena *of_rule = check->arena;
    check->arena = check->lasting; /* what the query makes is kept */
    had_each_object(spoke, had_spec_kind(check->spec, "spoke"))
        had_query_spoke_ranges(check, spoke, &out);
    check->arena = of_rule;
    return keep(check, &index->spokes, out);
}

const struct had_range_index *had_index_resolvers(struct had_check *check)
{
    struct had_index *index = index_of(check);
    had_ranges out = {0};
    if (index->resolvers)
        return index->resolvers;
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        const struct had_value *cidr = had_get(spoke, "cidr");
        struct had_ip second;
        if (cidr->tag == HAD_VALUE_CIDR && had_cidr_host(cidr->cidr, 2, &second))
            *had_push(check->lasting, &out) =
                (struct had_range){had_query_host(second), had_query_span(spoke, "cidr"), spoke};
    }
    return keep(check, &index->resolvers, out);
}

bool had_prefixes_hold(const struct had_cidr *sorted, uint32_t count, struct had_cidr cidr)
{
    uint32_t low = 0, high = count; /* the last one whose base is not behind */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (had_ip_cmp(sorted[middle].base, cidr.base) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && had_cidr_contains(sorted[low - 1], cidr);
}
