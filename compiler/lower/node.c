/* Places, origins, nodes, tags and edges: what every kind's function begins with. */
#include "graph/rtype.h"
#include "lower/internal.h"

#include <string.h>

/* ---- where a node stands ---- */

static had_str partition_of(had_str region)
{
    const struct had_fact_region *fact = had_fact_region_find(region);
    return fact ? had_str_c(fact->partition) : HAD_STR("aws");
}

/* The account's name without its kind: "web-prod" of `account web-prod`. */
had_str had_account_name(const struct had_object *account)
{
    had_str address = account->address;
    return had_str_starts(address, "account ") ? had_str_slice(address, 8, address.len) : address;
}

static struct had_context account_context(struct had_lowering *l, const struct had_object *account,
                                          had_str region)
{
    bool global = had_str_is(region, "global");
    struct had_context context = {
        .partition = partition_of(global ? l->graph->home : region),
        .region = region,
        .actor = HAD_ACTOR_DEPLOY,
    };
    if (account) {
        context.account = had_account_name(account);
        context.account_id = had_get_text(account, "id");
        context.deploy_role = had_get_text(account, "deploy-role");
    }
    return context;
}

const struct had_context *had_context_account(struct had_lowering *l,
                                              const struct had_object *account, had_str region)
{
    struct had_context context = account_context(l, account, region);
    return had_context_get(l->graph, &context);
}

const struct had_context *had_context_global(struct had_lowering *l,
                                             const struct had_object *account)
{
    return had_context_account(l, account, HAD_STR("global"));
}

const struct had_context *had_context_own(struct had_lowering *l, const struct had_object *object)
{
    if (object != l->placed || !object) {
        had_str region = had_region_code(object);
        l->place = had_context_account(l, had_object_account(object),
                                       region.len ? region : HAD_STR("global"));
        l->placed = object;
    }
    return l->place;
}

const struct had_context *had_context_management(struct had_lowering *l)
{
    struct had_context context = account_context(l, l->management, HAD_STR("global"));
    context.actor = HAD_ACTOR_MANAGEMENT;
    return had_context_get(l->graph, &context);
}

const struct had_context *had_context_machine(struct had_lowering *l,
                                              const struct had_node *machine)
{
    struct had_context context = *machine->context;
    context.id = 0;
    context.actor = HAD_ACTOR_MACHINE;
    context.machine = machine;
    return had_context_get(l->graph, &context);
}

const struct had_context *had_context_person(struct had_lowering *l, had_str team)
{
    struct had_context context = {
        .partition = partition_of(l->graph->home),
        .region = HAD_STR("global"),
        .actor = HAD_ACTOR_PERSON,
        .team = team,
    };
    return had_context_get(l->graph, &context);
}

struct had_place had_place_at(const struct had_context *context, enum had_layer layer,
                              enum had_phase phase)
{
    return (struct had_place){context, layer, phase};
}

struct had_place had_place_own(struct had_lowering *l, const struct had_object *object,
                               enum had_layer layer, enum had_phase phase)
{
    return had_place_at(had_context_own(l, object), layer, phase);
}

enum had_layer had_spoke_layer(const struct had_object *spoke)
{
    return had_str_is(had_get_text(spoke, "role"), "endpoint") ? HAD_LAYER_ENDPOINT
                                                               : HAD_LAYER_NETWORK;
}

had_str had_region_code(const struct had_object *object)
{
    const struct had_object *region = object && had_is(object, "region") ? object
                                      : object                           ? had_object_region(object)
                                                                         : NULL;
    return region ? region->name : (had_str){0};
}

const struct had_object *had_organization_of(const struct had_object *object)
{
    for (const struct had_object *at = object; at;) {
        if (had_is(at, "organization"))
            return at;
        const struct had_object *up = at->parent;
        if (!up)
            up = had_get_object(at, "in");
        at = up;
    }
    return NULL;
}

/* ---- origins ---- */

static had_str module_chain(struct had_lowering *l, const struct had_instance *instance)
{
    if (!instance)
        return (had_str){0};
    if (!instance->parent)
        return instance->name;
    return had_str_printf(l->arena, HAD_FMT "." HAD_FMT, HAD_ARG(module_chain(l, instance->parent)),
                          HAD_ARG(instance->name));
}

/* Why an object is there that nobody declared. */
static had_str why_derived(const struct had_object *object)
{
    if (!object->derived)
        return (had_str){0};
    if (had_is(object, "direct-connect-gateway"))
        return HAD_STR("one gateway for each account of a hub with Direct Connect links");
    if (had_is(object, "site-link"))
        return HAD_STR("one site link for each site with a link and each Region");
    return HAD_STR("it follows from the spec");
}

struct had_origin had_origin_of(struct had_lowering *l, const struct had_object *object)
{
    return (struct had_origin){
        .object = object->address,
        .span = object->span,
        .module = module_chain(l, object->instance),
        .derivation = why_derived(object),
        .derivation_span = object->derived ? object->span : (struct had_span){0},
    };
}

struct had_origin had_origin_derived(struct had_lowering *l, const struct had_object *object,
                                     had_str derivation, struct had_span span)
{
    struct had_origin origin = had_origin_of(l, object);
    origin.derivation = derivation;
    origin.derivation_span = had_span_known(span) ? span : object->span;
    return origin;
}

/* ---- nodes ---- */

static enum had_node_class class_of(const char *type)
{
    had_str name = had_str_c(type);
    if (had_str_is(name, "had::Gate"))
        return HAD_GATE;
    if (had_str_is(name, "had::DscConfiguration"))
        return HAD_CONFIGURATION;
    static const char *const facts[] = {"had::Advertisement", "had::Appliance", "had::AssumedRoute",
                                        "had::DomainMember", "had::SegmentPolicy"};
    for (uint32_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (had_str_is(name, facts[i]))
            return HAD_FACT;
    if (had_str_starts(name, "had::OnPremises"))
        return HAD_FACT;
    if (had_str_starts(name, "had::") && had_str_ends(name, "Lookup"))
        return HAD_LOOKUP;
    return HAD_RESOURCE;
}

struct had_node *had_lower_node_from(struct had_lowering *l, had_str object, const char *type,
                                     const char *role, had_str key, struct had_place place,
                                     struct had_origin origin, bool *fresh)
{
    uint32_t before = l->graph->nodes.count;
    struct had_node *node = had_node_have(l->graph, class_of(type), type, object, role, key,
                                          place.context, place.layer, place.phase, origin);
    if (fresh)
        *fresh = l->graph->nodes.count > before;
    return node;
}

struct had_node *had_lower_node(struct had_lowering *l, const struct had_object *object,
                                const char *type, const char *role, had_str key,
                                struct had_place place)
{
    bool fresh;
    struct had_node *node = had_lower_node_from(l, object->address, type, role, key, place,
                                                had_origin_of(l, object), &fresh);
    if (fresh) {
        had_str description = had_get_text(object, "description");
        if (!description.len)
            description = object->doc;
        node->description = had_graph_keep(l->graph, description);
    }
    return node;
}

struct had_node *had_lower_find(const struct had_lowering *l, const struct had_object *object,
                                const char *role, had_str key)
{
    if (!object)
        return NULL;
    return had_graph_find_at(l->graph, object->address, role, key);
}

had_str had_key_pair(struct had_lowering *l, had_str first, had_str second)
{
    return had_str_printf(l->arena, HAD_FMT "," HAD_FMT, HAD_ARG(first), HAD_ARG(second));
}

void had_lower_primary(struct had_lowering *l, struct had_node *node,
                       const struct had_object *object, const char *id_attribute)
{
    if (object->existing) {
        node->lifecycle = HAD_EXISTING;
        had_str id = had_get_text(object, "id");
        if (id_attribute && id.len)
            had_node_know(l->graph, node, id_attribute, id);
    } else if (had_get_bool(object, "protect")) {
        node->protect = HAD_PROTECT_ACKNOWLEDGE;
    }
}

/* ---- names and tags ---- */

bool had_lower_knows_name(const struct had_object *object)
{
    return !object->existing || !had_present(object, "id") || had_present(object, "name");
}

had_str had_lower_name(struct had_lowering *l, const struct had_object *object, const char *allowed,
                       uint32_t max)
{
    had_str name = had_outside_name(l->arena, object);
    if (name.len > max)
        name.len = max;
    char *out = had_arena_alloc(l->arena, name.len + 1);
    for (uint32_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        out[i] = plain || (c && strchr(allowed, c)) ? c : '-';
    }
    return (had_str){out, name.len};
}

static void tag_put(struct had_lowering *l, had_str key, had_str value, struct had_span span)
{
    had_each(struct had_tag, t, &l->tags) {
        if (had_str_eq(t->key, key)) {
            t->value = value;
            t->span = span;
            return;
        }
    }
    *had_push(l->arena, &l->tags) = (struct had_tag){key, value, span};
}

static struct had_prop *tag_new(struct had_lowering *l, const struct had_tag *t)
{
    struct had_prop *entry = had_prop_map(l->graph, t->span);
    had_prop_put(l->graph, entry, "Key", had_prop_text(l->graph, t->key, t->span));
    had_prop_put(l->graph, entry, "Value", had_prop_text(l->graph, t->value, t->span));
    return entry;
}

/* Most nodes have tags of their account and spec: equal ones are one value. Names differ. */
static struct had_prop *tag_entry(struct had_lowering *l, const struct had_tag *t)
{
    if (had_str_is(t->key, "Name"))
        return tag_new(l, t);
    struct had_buffer text = {0};
    had_buffer_printf(&text, HAD_FMT "\x1f" HAD_FMT "\x1f%u\x1f%u\x1f%u", HAD_ARG(t->key),
                      HAD_ARG(t->value), t->span.file, t->span.start, t->span.end);
    had_sym symbol = had_intern(&l->tag_texts, had_buffer_view(&text));
    had_buffer_free(&text);
    const uint64_t *found = had_map_get(&l->tag_entries, symbol);
    if (found)
        return (struct had_prop *)(uintptr_t)*found;
    struct had_prop *entry = tag_new(l, t);
    had_map_put(l->arena, &l->tag_entries, symbol, (uintptr_t)entry);
    return entry;
}

static void tags_put(struct had_lowering *l, const struct had_object *object)
{
    const struct had_value *value = had_get(object, "tags");
    if (value->tag != HAD_VALUE_MAP)
        return;
    for (uint32_t i = 0; i < value->map.count; i++) {
        const struct had_value_entry *entry = &value->map.entries[i];
        tag_put(l, entry->key, entry->value->text, entry->value->span);
    }
}

void had_lower_tags(struct had_lowering *l, struct had_node *node, const struct had_object *object,
                    had_str name)
{
    const struct had_rtype *type = node->type;
    bool existing = node->lifecycle == HAD_EXISTING;
    if (!type || !type->tags || (existing && node->known.count))
        return;
    l->tags.count = 0;
    struct had_span span = object->span;
    if (name.len)
        tag_put(l, HAD_STR("Name"), name, span);
    if (!type->tags_replace && !existing) {
        const struct had_object *account = had_object_account(object);
        const struct had_object *owned =
            account && had_get_text(account, "owner").len ? account : NULL;
        if (owned)
            tag_put(l, HAD_STR("owner"), had_get_text(owned, "owner"),
                    had_get_span(owned, "owner"));
        else if (l->spec->self)
            tag_put(l, HAD_STR("owner"), had_get_text(l->spec->self, "owner"),
                    had_get_span(l->spec->self, "owner"));
        if (l->spec->self)
            tags_put(l, l->spec->self);
        tags_put(l, object);
    }
    if (!l->tags.count)
        return;
    struct had_prop *list =
        type->tags_map ? had_prop_map(l->graph, span) : had_prop_list(l->graph, span);
    had_each(struct had_tag, t, &l->tags) {
        if (type->tags_map) {
            had_prop_put(l->graph, list, had_str_cstr(l->arena, t->key),
                         had_prop_text(l->graph, t->value, t->span));
            continue;
        }
        had_prop_append(l->graph, list, tag_entry(l, t));
    }
    had_node_set(l->graph, node, type->tags, list);
}

/* ---- edges ---- */

void had_lower_edge(struct had_lowering *l, struct had_node *from, const struct had_node *to,
                    enum had_edge_kind kind, enum had_until until, const char *why,
                    struct had_span span)
{
    if (from && to && from != to)
        had_edge_add(l->graph, from, to, kind, until, why, span);
}

void had_lower_need(struct had_lowering *l, struct had_node *from, const struct had_node *to,
                    const char *why, struct had_span span)
{
    had_lower_edge(l, from, to, HAD_NEEDS, HAD_UNTIL_READY, why, span);
}
