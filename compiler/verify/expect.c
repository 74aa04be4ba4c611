/* What the graph says, as values that can be compared with those of templates. */
#include "verify/internal.h"

static struct had_term *text_term(struct had_arena *arena, had_str text)
{
    return had_term_new(arena, HAD_TERM_TEXT, text);
}

/* "DnsIpAddresses[0]" stays; what is a piece of another attribute is written as the way to it. */
static had_str canonical(struct had_arena *arena, const struct had_node *node, had_str attribute)
{
    had_str name;
    uint32_t index = 0;
    bool element = had_attribute_split(attribute, &name, &index);
    const struct had_rpart *part = node->type ? had_rtype_part(node->type, name) : NULL;
    if (!part)
        return attribute;
    had_str way = had_str_printf(arena, "%s[%u]~split:%s[%u]", part->attribute, part->index,
                                 part->separator, part->piece);
    return element ? had_str_printf(arena, HAD_FMT "[%u]", HAD_ARG(way), index) : way;
}

struct had_term *had_expect_read(struct had_verification *v, struct had_arena *arena,
                                 const struct had_node *node, had_str attribute)
{
    had_str known = had_node_known(node, attribute);
    if (known.len)
        return text_term(arena, known);
    if (v->places[node->id].carrier != HAD_BY_STACK) {
        /* Facts, gates and machines say some of their attributes as properties. */
        const struct had_prop *said = had_node_get(node, had_str_cstr(arena, attribute));
        if (said && said->tag == HAD_PROP_READ && said->read.node != node)
            return had_expect_read(v, arena, said->read.node, had_str_c(said->read.attribute));
        struct had_expecting e = {v, arena, node, 0};
        struct had_term *value = said ? had_expect(&e, said) : NULL;
        if (value && (value->tag == HAD_TERM_TEXT || value->tag == HAD_TERM_NUMBER ||
                      value->tag == HAD_TERM_BOOL))
            return text_term(arena, value->text);
    }
    struct had_term *term =
        had_term_new(arena, HAD_TERM_ATTRIBUTE, canonical(arena, node, attribute));
    term->node = node;
    return term;
}

struct had_term *had_expect(struct had_expecting *e, const struct had_prop *prop)
{
    struct had_arena *arena = e->arena;
    prop = had_prop_revision(prop, e->revision);
    switch (prop->tag) {
    case HAD_PROP_TEXT:
        return text_term(arena, prop->text);
    case HAD_PROP_INT:
        return had_term_new(arena, HAD_TERM_NUMBER,
                            had_str_printf(arena, "%lld", (long long)prop->number));
    case HAD_PROP_BOOL:
        return had_term_new(arena, HAD_TERM_BOOL,
                            prop->boolean ? HAD_STR("true") : HAD_STR("false"));
    case HAD_PROP_LIST:
    case HAD_PROP_FORMAT: {
        struct had_term *list = had_term_new(arena, HAD_TERM_LIST, (had_str){0});
        had_each(struct had_prop *, item, &prop->items)
            *had_push(arena, &list->items) = had_expect(e, *item);
        return prop->tag == HAD_PROP_LIST ? list : had_term_join(arena, list);
    }
    case HAD_PROP_MAP: {
        struct had_term *map = had_term_new(arena, HAD_TERM_MAP, (had_str){0});
        had_each(const struct had_prop_entry, entry, &prop->entries)
            *had_push(arena, &map->entries) =
                (struct had_term_entry){entry->key, had_expect(e, entry->value)};
        return map;
    }
    case HAD_PROP_READ:
        return had_expect_read(e->v, arena, prop->read.node, had_str_c(prop->read.attribute));
    case HAD_PROP_SECRET: {
        struct had_term *secret = had_term_new(arena, HAD_TERM_SECRET, (had_str){0});
        secret->secret = prop;
        return secret;
    }
    case HAD_PROP_STAGED:
        break;
    }
    return had_term_new(arena, HAD_TERM_UNKNOWN, (had_str){0});
}

/* ---- had::DscDelivery: AWS::SSM::Association with the document AWS-ApplyDSCMofs ---- */

static struct had_term *list_of(struct had_arena *arena, struct had_term *item)
{
    struct had_term *list = had_term_new(arena, HAD_TERM_LIST, (had_str){0});
    *had_push(arena, &list->items) = item;
    return list;
}

static void put(struct had_arena *arena, struct had_term *map, had_str key, struct had_term *value)
{
    *had_push(arena, &map->entries) = (struct had_term_entry){key, value};
}

static struct had_term *around(struct had_arena *arena, had_str before, struct had_term *value,
                               had_str after)
{
    struct had_term *pieces = list_of(arena, text_term(arena, before));
    *had_push(arena, &pieces->items) = value;
    *had_push(arena, &pieces->items) = text_term(arena, after);
    return had_term_join(arena, pieces);
}

/* The key under which the step that brings the configuration puts its compiled form. */
static had_str key_of(const struct had_verification *v, had_str file)
{
    const uint64_t *compiled = had_map_get(&v->compiled_by_file, had_symbol_find(&v->names, file));
    return compiled ? had_doc_text((const struct had_doc *)(uintptr_t)*compiled, "key")
                    : (had_str){0};
}

struct had_term *had_expect_delivery(struct had_expecting *e)
{
    static const char *const same[][2] = {{"AssociationName", "AssociationName"},
                                          {"Document", "Name"},
                                          {"ScheduleExpression", "ScheduleExpression"}};
    struct had_arena *arena = e->arena;
    struct had_term *map = had_term_new(arena, HAD_TERM_MAP, (had_str){0});
    const struct had_node *node = e->node;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        const struct had_prop *prop = had_node_get(node, same[i][0]);
        if (prop)
            put(arena, map, had_str_c(same[i][1]), had_expect(e, prop));
    }
    const struct had_prop *machine = had_node_get(node, "InstanceId"),
                          *bucket = had_node_get(node, "Bucket"),
                          *file = had_node_get(node, "Configuration"),
                          *more = had_node_get(node, "Parameters");
    struct had_term *target = had_term_new(arena, HAD_TERM_MAP, (had_str){0});
    put(arena, target, HAD_STR("Key"), text_term(arena, HAD_STR("InstanceIds")));
    if (machine)
        put(arena, target, HAD_STR("Values"), list_of(arena, had_expect(e, machine)));
    put(arena, map, HAD_STR("Targets"), list_of(arena, target));

    struct had_term *parameters = had_term_new(arena, HAD_TERM_MAP, (had_str){0});
    had_str region = node->context->region;
    if (bucket && file && file->tag == HAD_PROP_TEXT) {
        put(arena, parameters, HAD_STR("MofsToApply"),
            list_of(arena,
                    around(arena, had_str_printf(arena, "s3:" HAD_FMT ":", HAD_ARG(region)),
                           had_expect(e, bucket),
                           had_str_printf(arena, ":" HAD_FMT, HAD_ARG(key_of(e->v, file->text))))));
        put(arena, parameters, HAD_STR("ModuleSourceBucketName"),
            list_of(arena, around(arena, had_str_printf(arena, HAD_FMT ":", HAD_ARG(region)),
                                  had_expect(e, bucket), (had_str){0})));
    }
    if (more && more->tag == HAD_PROP_MAP)
        had_each(const struct had_prop_entry, entry, &more->entries)
            put(arena, parameters, entry->key, list_of(arena, had_expect(e, entry->value)));
    put(arena, map, HAD_STR("Parameters"), parameters);
    return map;
}
