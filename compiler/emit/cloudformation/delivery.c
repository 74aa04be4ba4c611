/* had::DscDelivery as AWS::SSM::Association with the document AWS-ApplyDSCMofs. */
#include "emit/delivery.h"

#include "emit/digest.h"
#include "emit/dsc/dsc.h"

#include <string.h>

/*
 * How long a stack waits for an association: a promotion copies the directory over the line to the
 * other controllers.
 */
enum { WAIT_PROMOTION = 4 * 3600, WAIT_OTHERS = 3600 };

bool had_is_delivery(const struct had_node *node)
{
    return had_str_is(node->type_name, "had::DscDelivery");
}

static bool any_delivery(const struct had_steps *steps)
{
    had_each(struct had_node *, node, &steps->graph->nodes)
        if (had_is_delivery(*node) && (*node)->phase <= steps->options->phase)
            return true;
    return false;
}

void had_deliveries_compile(struct had_steps *steps, struct had_output *out)
{
    if (!any_delivery(steps))
        return;
    struct had_emit_input input = {
        .graph = steps->graph, .options = steps->options, .diags = steps->diags};
    struct had_output output = {.arena = steps->arena};
    if (!out)
        out = &output;
    had_backend_mof.emit(&input, out);
    had_each(const struct had_output_file, file, &out->files)
        if (had_str_ends(file->path, ".mof"))
            *had_push(steps->arena, &steps->mofs) =
                (struct had_mof){file->path, had_digest(steps->arena, file->text)};
}

static had_str text_of(const struct had_node *node, const char *name)
{
    const struct had_prop *prop = had_node_get(node, name);
    return prop && prop->tag == HAD_PROP_TEXT ? prop->text : (had_str){0};
}

had_str had_delivery_key(const struct had_steps *steps, const struct had_node *delivery)
{
    had_str path = text_of(delivery, "Configuration"), digest = {0};
    had_each(const struct had_mof, mof, &steps->mofs)
        if (had_str_eq(mof->path, path))
            digest = mof->digest;
    /* All files of AWS-ApplyDSCMofs lie at the top of a bucket; folders become dots. */
    char *key = had_arena_alloc(steps->arena, (size_t)path.len + 1);
    uint32_t start = had_str_starts(path, "dsc/") ? 4 : 0, length = 0;
    uint32_t end = had_str_ends(path, ".mof") ? path.len - 4 : path.len;
    for (uint32_t i = start; i < end; i++)
        key[length++] = path.ptr[i] == '/' ? '.' : path.ptr[i];
    return had_str_printf(steps->arena, "%.*s%s" HAD_FMT ".mof", (int)length, key,
                          digest.len ? "." : "", HAD_ARG(digest));
}

const struct had_node *had_delivery_of(const struct had_node *configuration)
{
    had_each(struct had_edge *, edge, &configuration->needed_by) {
        const struct had_node *from = (*edge)->from;
        if ((*edge)->kind == HAD_NEEDS && had_is_delivery(from) &&
            had_str_is(from->role, "delivery"))
            return from;
    }
    return NULL;
}

/* ---- the association's properties ---- */

static struct had_prop *prop_new(struct had_arena *arena, enum had_prop_tag tag,
                                 struct had_span span)
{
    struct had_prop *prop = had_new(arena, struct had_prop);
    prop->tag = tag;
    prop->span = span;
    return prop;
}

static struct had_prop *text(struct had_arena *arena, had_str value, struct had_span span)
{
    struct had_prop *prop = prop_new(arena, HAD_PROP_TEXT, span);
    prop->text = value;
    return prop;
}

static void append(struct had_arena *arena, struct had_prop *list, struct had_prop *item)
{
    *had_push(arena, &list->items) = item;
}

static struct had_prop *list_with(struct had_arena *arena, struct had_prop *item)
{
    struct had_prop *list = prop_new(arena, HAD_PROP_LIST, item->span);
    append(arena, list, item);
    return list;
}

static void put(struct had_arena *arena, struct had_prop *map, const char *key,
                struct had_prop *value)
{
    *had_push(arena, &map->entries) = (struct had_prop_entry){had_str_c(key), value};
}

/* `before`, the bucket's name and `after` as one text; parts of the name may be known later. */
static struct had_prop *around_bucket(struct had_arena *arena, const struct had_node *delivery,
                                      had_str before, had_str after)
{
    const struct had_prop *bucket = had_node_get(delivery, "Bucket");
    struct had_span span = delivery->origin->span;
    struct had_prop *format = prop_new(arena, HAD_PROP_FORMAT, span);
    append(arena, format, text(arena, before, span));
    if (bucket && bucket->tag == HAD_PROP_FORMAT)
        had_each(struct had_prop *, item, &bucket->items)
            append(arena, format, *item);
    else if (bucket) {
        struct had_prop *copy = had_new(arena, struct had_prop);
        *copy = *bucket;
        append(arena, format, copy);
    }
    append(arena, format, text(arena, after, span));
    return format;
}

static struct had_prop *targets(struct had_arena *arena, const struct had_node *delivery)
{
    struct had_span span = delivery->origin->span;
    struct had_prop *target = prop_new(arena, HAD_PROP_MAP, span);
    struct had_prop *machine = had_new(arena, struct had_prop);
    *machine = *had_node_get(delivery, "InstanceId");
    put(arena, target, "Key", text(arena, HAD_STR("InstanceIds"), span));
    put(arena, target, "Values", list_with(arena, machine));
    return list_with(arena, target);
}

static struct had_prop *parameters(const struct had_steps *steps, const struct had_node *delivery)
{
    struct had_arena *arena = steps->arena;
    struct had_prop *map = prop_new(arena, HAD_PROP_MAP, delivery->origin->span);
    had_str region = delivery->context->region;
    /* With the Region in front nothing is asked of us-east-1, which a network may not reach. */
    put(arena, map, "MofsToApply",
        list_with(arena,
                  around_bucket(arena, delivery,
                                had_str_printf(arena, "s3:" HAD_FMT ":", HAD_ARG(region)),
                                had_str_printf(arena, ":" HAD_FMT,
                                               HAD_ARG(had_delivery_key(steps, delivery))))));
    put(arena, map, "ModuleSourceBucketName",
        list_with(arena, around_bucket(arena, delivery,
                                       had_str_printf(arena, HAD_FMT ":", HAD_ARG(region)),
                                       (had_str){0})));
    const struct had_prop *more = had_node_get(delivery, "Parameters");
    if (more && more->tag == HAD_PROP_MAP)
        had_each(const struct had_prop_entry, entry, &more->entries)
            put(arena, map, had_str_cstr(arena, entry->key), list_with(arena, entry->value));
    return map;
}

struct had_prop *had_delivery_properties(const struct had_steps *steps,
                                         const struct had_node *delivery)
{
    struct had_arena *arena = steps->arena;
    struct had_span span = delivery->origin->span;
    struct had_prop *map = prop_new(arena, HAD_PROP_MAP, span);
    bool watch = had_node_get(delivery, "ScheduleExpression") != NULL;
    put(arena, map, "AssociationName", text(arena, text_of(delivery, "AssociationName"), span));
    put(arena, map, "Name", text(arena, text_of(delivery, "Document"), span));
    put(arena, map, "Targets", targets(arena, delivery));
    put(arena, map, "Parameters", parameters(steps, delivery));
    put(arena, map, "ComplianceSeverity", text(arena, HAD_STR("HIGH"), span));
    if (watch) {
        put(arena, map, "ScheduleExpression",
            text(arena, text_of(delivery, "ScheduleExpression"), span));
        return map;
    }
    bool promotion =
        had_str_starts(text_of(delivery, "Configuration"), "dsc/") && !delivery->key.len;
    struct had_prop *wait = prop_new(arena, HAD_PROP_INT, span);
    wait->number = promotion ? WAIT_PROMOTION : WAIT_OTHERS;
    put(arena, map, "WaitForSuccessTimeoutSeconds", wait);
    return map;
}
