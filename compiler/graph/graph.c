#include "graph/graph.h"

#include "graph/rtype.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *had_layer_name(enum had_layer layer)
{
    static const char *const names[] = {
        "none",    "organization",       "hub",       "endpoint", "dns",    "network",
        "routing", "domain-controllers", "directory", "trust",    "access", "workload"};
    _Static_assert(sizeof names / sizeof *names == HAD_LAYER_COUNT, "one name per layer");
    return names[layer];
}

static const char *const phase_names[] = {"foundation", "extended", "resource-forest", "access",
                                          "workloads"};
_Static_assert(sizeof phase_names / sizeof *phase_names == HAD_PHASE_COUNT, "one name per phase");

const char *had_phase_name(enum had_phase phase)
{
    return phase_names[phase];
}

bool had_phase_find(had_str name, enum had_phase *out)
{
    for (unsigned i = 0; i < HAD_PHASE_COUNT; i++) {
        if (had_str_is(name, phase_names[i])) {
            *out = (enum had_phase)i;
            return true;
        }
    }
    return false;
}

void had_graph_init(struct had_graph *graph, struct had_arena *arena, had_str spec, had_str home)
{
    *graph = (struct had_graph){.arena = arena};
    had_symbols_init(&graph->symbols, arena);
    graph->spec = had_str_dup(arena, spec);
    graph->home = had_str_dup(arena, home);
}

had_str had_graph_keep(struct had_graph *graph, had_str text)
{
    return had_symbol_text(&graph->symbols, had_intern(&graph->symbols, text));
}

const struct had_context *had_context_get(struct had_graph *graph, const struct had_context *like)
{
    /* Unit separators cannot stand in any of the parts, so the joined text is unique. */
    struct had_buffer text = {0};
    had_buffer_printf(&text,
                      HAD_FMT "\x1f" HAD_FMT "\x1f" HAD_FMT "\x1f" HAD_FMT "\x1f%d\x1f" HAD_FMT
                              "\x1f" HAD_FMT "\x1f" HAD_FMT,
                      HAD_ARG(like->partition), HAD_ARG(like->account), HAD_ARG(like->account_id),
                      HAD_ARG(like->region), (int)like->actor,
                      HAD_ARG(like->machine ? like->machine->address : (had_str){0}),
                      HAD_ARG(like->team), HAD_ARG(like->deploy_role));
    had_sym symbol = had_intern(&graph->symbols, had_buffer_view(&text));
    had_buffer_free(&text);
    const uint64_t *found = had_map_get(&graph->by_context, symbol);
    if (found)
        return (const struct had_context *)(uintptr_t)*found;
    struct had_context *context = had_new(graph->arena, struct had_context);
    *context = *like;
    context->partition = had_graph_keep(graph, like->partition);
    context->account = had_graph_keep(graph, like->account);
    context->account_id = had_graph_keep(graph, like->account_id);
    context->region = had_graph_keep(graph, like->region);
    context->team = had_graph_keep(graph, like->team);
    context->deploy_role = had_graph_keep(graph, like->deploy_role);
    context->id = graph->contexts.count;
    *had_push(graph->arena, &graph->contexts) = context;
    had_map_put(graph->arena, &graph->by_context, symbol, (uintptr_t)context);
    return context;
}

static void address_put(struct had_buffer *out, had_str object, const char *role, had_str key)
{
    had_buffer_str(out, object);
    if (!role || !*role)
        return;
    had_buffer_char(out, ':');
    had_buffer_c(out, role);
    if (key.len) {
        had_buffer_char(out, '[');
        had_buffer_str(out, key);
        had_buffer_char(out, ']');
    }
}

had_str had_node_address(struct had_arena *arena, had_str object, const char *role, had_str key)
{
    struct had_buffer out = {0};
    address_put(&out, object, role, key);
    had_str address = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return address;
}

struct had_node *had_graph_find_at(const struct had_graph *graph, had_str object, const char *role,
                                   had_str key)
{
    struct had_buffer address = {0};
    address_put(&address, object, role, key);
    struct had_node *node = had_graph_find(graph, had_buffer_view(&address));
    had_buffer_free(&address);
    return node;
}

static bool same_span(struct had_span a, struct had_span b)
{
    return a.file == b.file && a.start == b.start && a.end == b.end;
}

/* Nodes of one object are made one after the other: the last node mostly has the same origin. */
static const struct had_origin *origin_of(struct had_graph *graph, struct had_origin origin)
{
    origin.object = had_graph_keep(graph, origin.object);
    origin.module = had_graph_keep(graph, origin.module);
    origin.derivation = had_graph_keep(graph, origin.derivation);
    const struct had_origin *last =
        graph->nodes.count ? graph->nodes.items[graph->nodes.count - 1]->origin : NULL;
    if (last && last->object.ptr == origin.object.ptr && last->module.ptr == origin.module.ptr &&
        last->derivation.ptr == origin.derivation.ptr && same_span(last->span, origin.span) &&
        same_span(last->derivation_span, origin.derivation_span))
        return last;
    struct had_origin *fresh = had_new(graph->arena, struct had_origin);
    *fresh = origin;
    return fresh;
}

static had_sym intern_address(struct had_graph *graph, had_str object, const char *role,
                              had_str key)
{
    struct had_buffer address = {0};
    address_put(&address, object, role, key);
    had_sym symbol = had_intern(&graph->symbols, had_buffer_view(&address));
    had_buffer_free(&address);
    return symbol;
}

/* `address` is OBJECT:ROLE[KEY]; the three are its parts. */
static struct had_node *node_new(struct had_graph *graph, had_sym address, uint32_t object_len,
                                 uint32_t role_len, uint32_t key_len)
{
    struct had_node *node = had_new(graph->arena, struct had_node);
    node->address = had_symbol_text(&graph->symbols, address);
    node->object = had_str_slice(node->address, 0, object_len);
    if (role_len) {
        uint32_t role_at = object_len + 1, key_at = role_at + role_len + 1;
        node->role = had_str_slice(node->address, role_at, role_at + role_len);
        if (key_len)
            node->key = had_str_slice(node->address, key_at, key_at + key_len);
    }
    node->id = graph->nodes.count;
    node->revisions = 1;
    return node;
}

static struct had_node *add(struct had_graph *graph, had_sym address, enum had_node_class class,
                            const char *type, had_str object, const char *role, had_str key,
                            const struct had_context *context, enum had_layer layer,
                            enum had_phase phase, struct had_origin origin)
{
    struct had_node *node =
        node_new(graph, address, object.len, role ? had_str_c(role).len : 0, key.len);
    node->class = class;
    node->type_name = had_graph_keep(graph, had_str_c(type));
    node->type = had_rtype_find(node->type_name);
    node->context = context;
    node->layer = layer;
    node->phase = phase;
    node->origin = origin_of(graph, origin);
    *had_push(graph->arena, &graph->nodes) = node;
    if (!had_map_get(&graph->by_address, address))
        had_map_put(graph->arena, &graph->by_address, address, (uintptr_t)node);
    return node;
}

struct had_node *had_node_add(struct had_graph *graph, enum had_node_class class, const char *type,
                              had_str object, const char *role, had_str key,
                              const struct had_context *context, enum had_layer layer,
                              enum had_phase phase, struct had_origin origin)
{
    return add(graph, intern_address(graph, object, role, key), class, type, object, role, key,
               context, layer, phase, origin);
}

struct had_node *had_node_have(struct had_graph *graph, enum had_node_class class, const char *type,
                               had_str object, const char *role, had_str key,
                               const struct had_context *context, enum had_layer layer,
                               enum had_phase phase, struct had_origin origin)
{
    had_sym address = intern_address(graph, object, role, key);
    const uint64_t *found = had_map_get(&graph->by_address, address);
    return found
               ? (struct had_node *)(uintptr_t)*found
               : add(graph, address, class, type, object, role, key, context, layer, phase, origin);
}

struct had_node *had_graph_find(const struct had_graph *graph, had_str address)
{
    had_sym symbol = had_symbol_find(&graph->symbols, address);
    const uint64_t *found = had_map_get(&graph->by_address, symbol);
    return found ? (struct had_node *)(uintptr_t)*found : NULL;
}

/* The entry of `key`, or NULL. Maps of a node are short, so a look along them is enough. */
static struct had_prop_entry *entry_of(struct had_prop_entry *items, uint32_t count, had_str key)
{
    for (uint32_t i = 0; i < count; i++) {
        if (had_str_eq(items[i].key, key))
            return &items[i];
    }
    return NULL;
}

static void put(struct had_graph *graph, struct had_prop *map, had_str key, struct had_prop *value)
{
    struct had_prop_entry *entry = entry_of(map->entries.items, map->entries.count, key);
    if (!entry) {
        entry = had_push(graph->arena, &map->entries);
        entry->key = had_graph_keep(graph, key);
    }
    entry->value = value;
}

void had_node_set(struct had_graph *graph, struct had_node *node, const char *path,
                  struct had_prop *value)
{
    had_str rest = had_str_c(path);
    int64_t dot = had_str_find(rest, '.');
    had_str head = dot < 0 ? rest : had_str_slice(rest, 0, (uint32_t)dot);
    struct had_prop_entry *entry = entry_of(node->props.items, node->props.count, head);
    if (!entry) {
        entry = had_push(graph->arena, &node->props);
        entry->key = had_graph_keep(graph, head);
    }
    if (dot < 0) {
        entry->value = value;
        return;
    }
    if (!entry->value || entry->value->tag != HAD_PROP_MAP)
        entry->value = had_prop_map(graph, value->span);
    struct had_prop *map = entry->value;
    for (;;) {
        rest = had_str_slice(rest, (uint32_t)dot + 1, rest.len);
        dot = had_str_find(rest, '.');
        if (dot < 0)
            break;
        head = had_str_slice(rest, 0, (uint32_t)dot);
        struct had_prop_entry *inner = entry_of(map->entries.items, map->entries.count, head);
        struct had_prop *next = inner ? inner->value : NULL;
        if (!next || next->tag != HAD_PROP_MAP) {
            next = had_prop_map(graph, value->span);
            put(graph, map, head, next);
        }
        map = next;
    }
    put(graph, map, rest, value);
}

const struct had_prop *had_node_get(const struct had_node *node, const char *path)
{
    had_str rest = had_str_c(path);
    int64_t dot = had_str_find(rest, '.');
    had_str head = dot < 0 ? rest : had_str_slice(rest, 0, (uint32_t)dot);
    const struct had_prop_entry *entry = entry_of(node->props.items, node->props.count, head);
    while (entry && dot >= 0) {
        const struct had_prop *map = entry->value;
        if (map->tag != HAD_PROP_MAP)
            return NULL;
        rest = had_str_slice(rest, (uint32_t)dot + 1, rest.len);
        dot = had_str_find(rest, '.');
        head = dot < 0 ? rest : had_str_slice(rest, 0, (uint32_t)dot);
        entry = entry_of(map->entries.items, map->entries.count, head);
    }
    return entry ? entry->value : NULL;
}

void had_node_know(struct had_graph *graph, struct had_node *node, const char *attribute,
                   had_str text)
{
    had_str name = had_str_c(attribute);
    had_each(struct had_known, known, &node->known) {
        if (had_str_eq(known->attribute, name)) {
            known->text = had_graph_keep(graph, text);
            return;
        }
    }
    *had_push(graph->arena, &node->known) =
        (struct had_known){had_graph_keep(graph, name), had_graph_keep(graph, text)};
}

had_str had_node_known(const struct had_node *node, had_str attribute)
{
    had_each(const struct had_known, known, &node->known) {
        if (had_str_eq(known->attribute, attribute))
            return known->text;
    }
    return (had_str){0};
}

struct had_edge *had_edge_add(struct had_graph *graph, struct had_node *from,
                              const struct had_node *to, enum had_edge_kind kind,
                              enum had_until until, const char *why, struct had_span span)
{
    struct had_edge *edge = had_new(graph->arena, struct had_edge);
    *edge = (struct had_edge){.from = from,
                              .to = (struct had_node *)to, /* all nodes are the graph's own */
                              .kind = kind,
                              .until = until,
                              .all_revisions = true,
                              .why = why,
                              .span = span};
    *had_push(graph->arena, &graph->edges) = edge;
    return edge;
}

static struct had_prop *make(struct had_graph *graph, enum had_prop_tag tag, struct had_span span)
{
    struct had_prop *prop = had_new(graph->arena, struct had_prop);
    prop->tag = tag;
    prop->span = span;
    return prop;
}

struct had_prop *had_prop_text(struct had_graph *graph, had_str text, struct had_span span)
{
    struct had_prop *prop = make(graph, HAD_PROP_TEXT, span);
    prop->text = had_graph_keep(graph, text);
    return prop;
}

struct had_prop *had_prop_c(struct had_graph *graph, const char *text, struct had_span span)
{
    return had_prop_text(graph, had_str_c(text), span);
}

struct had_prop *had_prop_int(struct had_graph *graph, int64_t number, struct had_span span)
{
    struct had_prop *prop = make(graph, HAD_PROP_INT, span);
    prop->number = number;
    return prop;
}

struct had_prop *had_prop_bool(struct had_graph *graph, bool boolean, struct had_span span)
{
    struct had_prop *prop = make(graph, HAD_PROP_BOOL, span);
    prop->boolean = boolean;
    return prop;
}

struct had_prop *had_prop_list(struct had_graph *graph, struct had_span span)
{
    return make(graph, HAD_PROP_LIST, span);
}

struct had_prop *had_prop_map(struct had_graph *graph, struct had_span span)
{
    return make(graph, HAD_PROP_MAP, span);
}

struct had_prop *had_prop_read(struct had_graph *graph, const struct had_node *node,
                               const char *attribute, struct had_span span)
{
    struct had_prop *prop = make(graph, HAD_PROP_READ, span);
    prop->read.node = node;
    prop->read.attribute = had_graph_keep(graph, had_str_c(attribute)).ptr;
    return prop;
}

struct had_prop *had_prop_secret(struct had_graph *graph, had_str name, had_str account_id,
                                 had_str region, const char *json_key, struct had_span span)
{
    struct had_prop *prop = make(graph, HAD_PROP_SECRET, span);
    struct had_prop_secret *secret = had_new(graph->arena, struct had_prop_secret);
    secret->name = had_graph_keep(graph, name);
    secret->account_id = had_graph_keep(graph, account_id);
    secret->region = had_graph_keep(graph, region);
    secret->json_key = had_graph_keep(graph, had_str_c(json_key));
    prop->secret = secret;
    return prop;
}

struct had_prop *had_prop_format(struct had_graph *graph, struct had_span span)
{
    return make(graph, HAD_PROP_FORMAT, span);
}

struct had_prop *had_prop_staged(struct had_graph *graph, struct had_span span)
{
    return make(graph, HAD_PROP_STAGED, span);
}

/* The fewest digits that are this number again. */
static had_str real_text(struct had_arena *arena, double number)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    return had_str_dup(arena, had_str_c(text));
}

static struct had_prop *json_tree(struct had_graph *g, const json_t *value, struct had_span span)
{
    struct had_prop *out = NULL;
    switch (json_typeof(value)) {
    case JSON_OBJECT: {
        const char *key;
        json_t *item;
        out = had_prop_map(g, span);
        json_object_foreach((json_t *)(uintptr_t)value, key, item) {
            struct had_prop *inner = json_tree(g, item, span);
            if (inner)
                had_prop_put(g, out, key, inner);
        }
        break;
    }
    case JSON_ARRAY:
        out = had_prop_list(g, span);
        for (size_t i = 0; i < json_array_size(value); i++) {
            struct had_prop *inner = json_tree(g, json_array_get(value, i), span);
            if (inner)
                had_prop_append(g, out, inner);
        }
        break;
    case JSON_STRING:
        out = had_prop_text(g,
                            had_str_dup(g->arena, (had_str){json_string_value(value),
                                                            (uint32_t)json_string_length(value)}),
                            span);
        break;
    case JSON_INTEGER:
        out = had_prop_int(g, json_integer_value(value), span);
        break;
    case JSON_REAL:
        out = had_prop_text(g, real_text(g->arena, json_real_value(value)), span);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        out = had_prop_bool(g, json_is_true(value), span);
        break;
    case JSON_NULL:
        break;
    }
    return out;
}

struct had_prop *had_prop_json(struct had_graph *graph, had_str text, struct had_span span)
{
    json_t *document = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    struct had_prop *out =
        document ? json_tree(graph, document, span) : had_prop_text(graph, text, span);
    json_decref(document);
    return out;
}

void had_prop_append(struct had_graph *graph, struct had_prop *list_or_format,
                     struct had_prop *item)
{
    *had_push(graph->arena, &list_or_format->items) = item;
}

void had_prop_put(struct had_graph *graph, struct had_prop *map, const char *key,
                  struct had_prop *value)
{
    put(graph, map, had_str_c(key), value);
}

struct had_stage *had_prop_stage(struct had_graph *graph, struct had_prop *staged,
                                 struct had_prop *value)
{
    struct had_stage *stage = had_push(graph->arena, &staged->stages);
    stage->value = value;
    return stage;
}

const struct had_prop *had_prop_at(const struct had_prop *map, const char *key)
{
    if (!map || map->tag != HAD_PROP_MAP)
        return NULL;
    const struct had_prop_entry *entry =
        entry_of(map->entries.items, map->entries.count, had_str_c(key));
    return entry ? entry->value : NULL;
}

const struct had_prop *had_prop_revision(const struct had_prop *prop, uint32_t revision)
{
    if (!prop || prop->tag != HAD_PROP_STAGED || !prop->stages.count)
        return prop;
    uint32_t last = prop->stages.count - 1;
    return prop->stages.items[revision < last ? revision : last].value;
}

struct had_prop *had_prop_because(struct had_graph *graph, struct had_prop *prop,
                                  had_str derivation)
{
    prop->derivation = had_intern(&graph->symbols, derivation);
    return prop;
}

bool had_attribute_split(had_str attribute, had_str *name, uint32_t *index)
{
    *name = attribute;
    int64_t open = had_str_find(attribute, '[');
    if (open <= 0 || !had_str_ends(attribute, "]"))
        return false;
    int64_t number;
    had_str digits = had_str_slice(attribute, (uint32_t)open + 1, attribute.len - 1);
    if (digits.len > 4 || !had_str_to_int(digits, &number))
        return false;
    *name = had_str_slice(attribute, 0, (uint32_t)open);
    *index = (uint32_t)number;
    return true;
}
