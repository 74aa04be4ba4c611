/* Reading nodes by hand: for parties.c and its neighbours alone. */
#ifndef HAD_TESTS_PARTIES_READ_H
#define HAD_TESTS_PARTIES_READ_H

#include "parties.h"

#include <string.h>

static inline const struct had_prop *settled(const struct had_prop *p)
{
    while (p && p->tag == HAD_PROP_STAGED) /* the last choice */
        p = p->stages.items[p->stages.count - 1].value;
    return p;
}

static inline const struct had_prop *get(node_t n, const char *path)
{
    return n ? settled(had_node_get(n, path)) : NULL;
}

static inline const struct had_prop *inside(const struct had_prop *p, const char *key)
{
    return p && p->tag == HAD_PROP_MAP ? settled(had_prop_at(p, key)) : NULL;
}

static inline had_str words(const struct had_prop *p)
{
    return p && p->tag == HAD_PROP_TEXT ? p->text : (had_str){"", 0};
}

static inline had_str word(node_t n, const char *path)
{
    return words(get(n, path));
}

static inline node_t reads(const struct had_prop *p)
{
    return p && p->tag == HAD_PROP_READ ? p->read.node : NULL;
}

static inline node_t end(node_t n, const char *path)
{
    return reads(get(n, path));
}

static inline uint32_t length(const struct had_prop *p)
{
    return p && p->tag == HAD_PROP_LIST ? p->items.count : 0;
}

static inline bool is(node_t n, const char *type)
{
    return n && had_str_is(n->type_name, type);
}

static inline bool below(had_str name, had_str zone)
{
    while (zone.len && zone.ptr[zone.len - 1] == '.')
        zone.len--;
    if (!zone.len || had_str_eq_nocase(name, zone))
        return true;
    return name.len > zone.len && name.ptr[name.len - zone.len - 1] == '.' &&
           had_str_eq_nocase(had_str_slice(name, name.len - zone.len, name.len), zone);
}

#define EACH_RESOURCE(p, n, r, list)                                                               \
    EACH((p)->sim, n, "had::DscConfiguration")                                                     \
    for (const struct had_prop *list = get(n, "Resources"); list; list = NULL)                     \
        for (uint32_t r##_i = 0; r##_i < length(list); r##_i++)                                    \
            for (const struct had_prop *r = settled(list->items.items[r##_i]); r; r = NULL)

static inline had_str field(const struct had_prop *resource, const char *map, const char *name)
{
    return words(inside(inside(resource, map), name));
}

static inline bool resource_is(const struct had_prop *resource, const char *type)
{
    return had_str_is(words(inside(resource, "Type")), type);
}

/* ---- parties.c to party_names.c ---- */
struct party *party_of_machine(struct parties *p, node_t configuration);
bool party_directory(const struct parties *p, had_str domain);
/* Calls `each` for the two sides of every trust, and whether the first trusts the second, and the
 * second the first. */
void party_trusts(struct parties *p, void (*each)(struct parties *, had_str, had_str, bool, bool));

void party_names(struct parties *p);
void party_edges(struct parties *p);
void party_forget(struct parties *p);

#endif
