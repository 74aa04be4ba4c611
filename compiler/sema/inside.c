/*
 * What stands inside what, turned round: `every spoke of hub core` is a look-up and not a look at
 * every spoke for every hub. It says what sema_within says, from clauses that are worked out; where
 * one is not yet, or an attribute decides, sema_within is asked for each object.
 */
#include "sema/internal.h"

#include <string.h>

enum { DEPTH_MAX = 24 };

typedef had_array(struct decl *) decls;

static bool is_kind(const struct decl *d, const char *kind)
{
    return strcmp(d->object.kind->name, kind) == 0;
}

/* False if it is known already, and then so is all around it. */
static bool add(struct sema *s, decls *out, struct decl *holder)
{
    had_each(struct decl *, known, out)
        if (*known == holder)
            return false;
    *had_push(&s->scratch, out) = holder;
    return true;
}

/* All that `d` stands in; false if a clause is not worked out. */
static bool gather(struct sema *s, struct decl *d, uint32_t depth, decls *out)
{
    if (!d || depth > DEPTH_MAX)
        return true;
    if (d->parent && add(s, out, d->parent) && !gather(s, d->parent, depth + 1, out))
        return false;
    for (uint32_t i = 0; i < had_kind_clause_count(d->object.kind); i++) {
        enum had_preposition p = d->object.kind->clauses[i].preposition;
        if (p != HAD_IN && p != HAD_AT && p != HAD_ON && p != HAD_BY &&
            !(p == HAD_TO && is_kind(d, "link")))
            continue;
        if (d->clause_state[i] != DONE)
            return false;
        const struct had_value *v = &d->object.clauses[i];
        bool many = v->tag == HAD_VALUE_LIST;
        for (uint32_t k = 0; k < (many ? v->list.count : 1); k++) {
            const struct had_value *item = many ? &v->list.items[k] : v;
            if (item->tag != HAD_VALUE_REF)
                continue;
            struct decl *holder = decl_of(item->object);
            /* What is attached to a hub is not inside the hub's account. */
            if (add(s, out, holder) && !is_kind(holder, "hub") &&
                !gather(s, holder, depth + 1, out))
                return false;
        }
    }
    return true;
}

static uint64_t key_of(uint32_t kind, const struct decl *holder)
{
    return (uint64_t)kind << 32 | holder->id;
}

static void put(struct sema *s, uint64_t key, struct decl *d)
{
    const uint64_t *found = had_map_get(&s->inside, key);
    struct decls_of *list =
        found ? (struct decls_of *)(uintptr_t)*found : had_new(&s->scratch, struct decls_of);
    if (!found)
        had_map_put(&s->scratch, &s->inside, key, (uintptr_t)list);
    *had_push(&s->scratch, &list->items) = d;
}

static bool index_kind(struct sema *s, uint32_t kind)
{
    const struct decls_of *all = &s->of_kind[kind];
    for (uint32_t i = 0; i < s->inside.count; i++)
        if (s->inside.entries[i].key >> 32 == kind)
            ((struct decls_of *)(uintptr_t)s->inside.entries[i].value)->items.count = 0;
    s->inside_of[kind] = 0;
    decls holders = {0};
    had_each(struct decl *const, d, &all->items) {
        holders.count = 0;
        if ((*d)->dead)
            continue;
        if (!gather(s, *d, 0, &holders))
            return false;
        had_each(struct decl *, holder, &holders)
            put(s, key_of(kind, *holder), *d);
    }
    s->inside_of[kind] = all->items.count;
    return true;
}

const struct decls_of *sema_inside(struct sema *s, const struct had_kind *kind,
                                   const struct decl *holder)
{
    static const struct decls_of none = {0};
    int32_t n = sema_kind_number(kind);
    if (!s->declared || n < 0 || n >= KINDS_MAX || is_kind(holder, "segment") ||
        is_kind(holder, "region"))
        return NULL;
    if (s->inside_of[n] != s->of_kind[n].items.count && !index_kind(s, (uint32_t)n))
        return NULL;
    const uint64_t *found = had_map_get(&s->inside, key_of((uint32_t)n, holder));
    return found ? (const struct decls_of *)(uintptr_t)*found : &none;
}
