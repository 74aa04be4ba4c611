/* How the model reads nodes: values at its revision, and nodes by type. Of model*.c alone. */
#ifndef HAD_PROVE_READ_H
#define HAD_PROVE_READ_H

#include "base/net.h"
#include "graph/rtype.h"
#include "prove/model.h"

typedef had_array(const struct had_node *) had_nodes;

struct pending { /* a route on its way into a table of a transit gateway */
    struct had_net4 net;
    uint32_t table;
    struct had_mcandidate candidate;
};

struct builder {
    struct had_model *m;
    struct had_arena *a;
    had_array(struct pending) pending;
    struct had_map types; /* type → bucket */
    had_array(had_nodes) buckets;
    struct had_symbols element_names;
    struct had_map elements; /* kind and name → number */
};

/* The choice of the model's revision among staged values. */
static inline const struct had_prop *choice(const struct had_model *m, const struct had_prop *prop)
{
    if (prop && prop->tag == HAD_PROP_STAGED) {
        uint32_t last = prop->stages.count ? prop->stages.count - 1 : 0;
        return had_prop_revision(prop, m->revision < last ? m->revision : last);
    }
    return prop;
}

static inline const struct had_prop *get(const struct had_model *m, const struct had_node *node,
                                         const char *path)
{
    return choice(m, had_node_get(node, path));
}

static inline const struct had_prop *at(const struct had_model *m, const struct had_prop *map,
                                        const char *key)
{
    return map && map->tag == HAD_PROP_MAP ? choice(m, had_prop_at(map, key)) : NULL;
}

static inline had_str text_of(const struct had_prop *p)
{
    return p && p->tag == HAD_PROP_TEXT ? p->text : (had_str){0};
}

static inline had_str text(const struct had_model *m, const struct had_node *node, const char *path)
{
    return text_of(get(m, node, path));
}

static inline int64_t int_of(const struct had_prop *p, int64_t fallback)
{
    int64_t number;
    if (p && p->tag == HAD_PROP_INT)
        return p->number;
    if (p && p->tag == HAD_PROP_TEXT && had_str_to_int(p->text, &number))
        return number;
    return fallback;
}

static inline bool flag(const struct had_model *m, const struct had_node *node, const char *path,
                        bool fallback)
{
    const struct had_prop *p = get(m, node, path);
    return p && p->tag == HAD_PROP_BOOL ? p->boolean : fallback;
}

static inline const struct had_node *read_of(const struct had_prop *p)
{
    return p && p->tag == HAD_PROP_READ ? p->read.node : NULL;
}

static inline const struct had_node *node_of(const struct had_model *m, const struct had_node *node,
                                             const char *path)
{
    return read_of(get(m, node, path));
}

static inline uint32_t number_of(const struct had_model *m, const struct had_node *node)
{
    return node && node->id < m->graph->nodes.count ? m->of_node[node->id] : HAD_NOTHING;
}

static inline uint32_t number_at(const struct had_model *m, const struct had_node *node,
                                 const char *path)
{
    return number_of(m, node_of(m, node, path));
}

static inline void add_index(struct builder *b, had_indexes *list, uint32_t value)
{
    *had_push(b->a, list) = value;
}

/* ADDRESS or ADDRESS/LENGTH of IPv4; false for everything else. */
static inline bool parse_net(had_str text, struct had_net4 *out)
{
    int64_t slash = had_str_find(text, '/'), length = 32;
    had_str address = slash < 0 ? text : had_str_slice(text, 0, (uint32_t)slash);
    struct had_ip ip;
    if (!had_ip_parse(address, &ip) || ip.family != 4)
        return false;
    if (slash >= 0 &&
        (!had_str_to_int(had_str_slice(text, (uint32_t)slash + 1, text.len), &length) ||
         length > 32))
        return false;
    out->base = (uint32_t)ip.bytes[0] << 24 | (uint32_t)ip.bytes[1] << 16 |
                (uint32_t)ip.bytes[2] << 8 | ip.bytes[3];
    out->length = (uint8_t)length;
    if (length < 32)
        out->base &= length ? UINT32_MAX << (32 - length) : 0;
    return true;
}

static inline void add_nets(struct builder *b, had_nets4 *out, const struct had_prop *list)
{
    for (uint32_t i = 0; list && list->tag == HAD_PROP_LIST && i < list->items.count; i++) {
        struct had_net4 net;
        if (parse_net(text_of(choice(b->m, list->items.items[i])), &net))
            *had_push(b->a, out) = net;
    }
}

static inline bool existing(const struct had_node *node)
{
    return node->lifecycle == HAD_EXISTING;
}

/* Nodes by type: buckets[i] holds those of one type, in address order. */
static inline void sort_nodes(struct builder *b)
{
    const struct had_graph *g = b->m->graph;
    for (uint32_t i = 0; i < g->nodes.count; i++) {
        const struct had_node *node = g->nodes.items[i];
        if (!node->type)
            continue;
        uint64_t *bucket = had_map_get(&b->types, (uintptr_t)node->type);
        if (!bucket) {
            had_map_put(b->a, &b->types, (uintptr_t)node->type, b->buckets.count);
            (void)had_push(b->a, &b->buckets);
            bucket = had_map_get(&b->types, (uintptr_t)node->type);
        }
        *had_push(b->a, &b->buckets.items[*bucket]) = node;
    }
}

static inline void each(struct builder *b, const char *type,
                        void (*read)(struct builder *, const struct had_node *))
{
    const struct had_rtype *wanted = had_rtype_find(had_str_c(type));
    const uint64_t *bucket = wanted ? had_map_get(&b->types, (uintptr_t)wanted) : NULL;
    if (bucket)
        had_each(const struct had_node *, node, &b->buckets.items[*bucket])
            read(b, *node);
}

struct reader { /* of all nodes of a type */
    const char *type;
    void (*read)(struct builder *, const struct had_node *);
};

static inline void read_all(struct builder *b, const struct reader *readers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        each(b, readers[i].type, readers[i].read);
}

static inline bool has_reader(const struct reader *readers, size_t count,
                              const struct had_rtype *type)
{
    for (size_t i = 0; i < count; i++)
        if (had_rtype_find(had_str_c(readers[i].type)) == type)
            return true;
    return false;
}

/* hosts, domains, sites, names: model_names.c */
void had_model_names(struct builder *b);
bool had_model_names_reads(const struct had_rtype *type);
/* what may fail: model_names.c */
void had_model_elements(struct builder *b);

#endif
