/* From a graph to a snapshot: properties as lines of path and value. */
#include "snapshot/snapshot.h"

#include "emit/digest.h"

#include <inttypes.h>

enum { VALUE_MAX = 200, VALUE_HEAD = 80, DIGEST_LEN = 16, DEPTH_MAX = 32, COMPARED_MAX = 256 };

struct taking {
    struct had_arena *arena;
    struct had_snapshot_resource *resource;
    struct had_buffer whole; /* everything that the digest is of */
};

static void add_scalar(struct had_buffer *out, const struct had_prop *p, int depth);

static void add_read(struct had_buffer *out, const struct had_prop *p)
{
    had_buffer_c(out, "${");
    if (p->read.node)
        had_buffer_str(out, p->read.node->address);
    had_buffer_printf(out, "." HAD_FMT "}", HAD_ARG(had_str_c(p->read.attribute)));
}

static void add_secret(struct had_buffer *out, const struct had_prop *p)
{
    had_buffer_printf(out, "secret " HAD_FMT, HAD_ARG(p->secret->name));
    if (p->secret->json_key.len)
        had_buffer_printf(out, " key " HAD_FMT, HAD_ARG(p->secret->json_key));
    if (p->secret->account_id.len)
        had_buffer_printf(out, " account " HAD_FMT, HAD_ARG(p->secret->account_id));
    if (p->secret->region.len)
        had_buffer_printf(out, " Region " HAD_FMT, HAD_ARG(p->secret->region));
}

/* Any value on one line; lists and maps inside others too. */
static void add_scalar(struct had_buffer *out, const struct had_prop *p, int depth)
{
    if (!p || depth > DEPTH_MAX)
        return;
    switch (p->tag) {
    case HAD_PROP_TEXT:
        had_buffer_str(out, p->text);
        break;
    case HAD_PROP_INT:
        had_buffer_printf(out, "%" PRId64, p->number);
        break;
    case HAD_PROP_BOOL:
        had_buffer_c(out, p->boolean ? "true" : "false");
        break;
    case HAD_PROP_READ:
        add_read(out, p);
        break;
    case HAD_PROP_SECRET:
        add_secret(out, p);
        break;
    case HAD_PROP_FORMAT:
        for (uint32_t i = 0; i < p->items.count; i++)
            add_scalar(out, p->items.items[i], depth + 1);
        break;
    case HAD_PROP_STAGED:
        for (uint32_t i = 0; i < p->stages.count; i++) {
            had_buffer_c(out, i ? ", then " : "");
            add_scalar(out, p->stages.items[i].value, depth + 1);
        }
        break;
    case HAD_PROP_LIST:
        had_buffer_char(out, '[');
        for (uint32_t i = 0; i < p->items.count; i++) {
            had_buffer_c(out, i ? ", " : "");
            add_scalar(out, p->items.items[i], depth + 1);
        }
        had_buffer_char(out, ']');
        break;
    case HAD_PROP_MAP:
        had_buffer_char(out, '{');
        for (uint32_t i = 0; i < p->entries.count; i++) {
            had_buffer_printf(out, "%s" HAD_FMT ": ", i ? ", " : "",
                              HAD_ARG(p->entries.items[i].key));
            add_scalar(out, p->entries.items[i].value, depth + 1);
        }
        had_buffer_char(out, '}');
        break;
    }
}

/* The beginning of a long value, on a border of characters, and a digest of all of it. */
static had_str shortened(struct had_arena *arena, had_str value)
{
    if (value.len <= VALUE_MAX)
        return had_str_dup(arena, value);
    uint32_t head = VALUE_HEAD;
    while (head && ((unsigned char)value.ptr[head] & 0xc0) == 0x80)
        head--;
    return had_str_printf(arena, HAD_FMT "… (%u bytes, %.*s)", (int)head, value.ptr, value.len,
                          DIGEST_LEN, had_digest(arena, value).ptr);
}

static void add_property(struct taking *t, had_str path, had_str value)
{
    *had_push(t->arena, &t->resource->properties) =
        (struct had_snapshot_property){path, shortened(t->arena, value)};
    had_buffer_printf(&t->whole, HAD_FMT "\n%u\n", HAD_ARG(path), value.len);
    had_buffer_str(&t->whole, value);
}

/* What tells the elements of a list of maps apart, so that one more in front moves no other line.
 */
static had_str own_key(const struct had_prop *item)
{
    static const char *const keys[] = {"Key", "Sid", "Name", "DeviceName", "Id"};
    for (size_t i = 0; item->tag == HAD_PROP_MAP && i < sizeof keys / sizeof *keys; i++) {
        const struct had_prop *key = had_prop_at(item, keys[i]);
        if (key && key->tag == HAD_PROP_TEXT && key->text.len)
            return key->text;
    }
    return (had_str){0};
}

static had_str element_key(struct had_arena *arena, const struct had_prop *list, uint32_t index)
{
    had_str key = own_key(list->items.items[index]);
    bool alone = key.len && list->items.count <= COMPARED_MAX;
    for (uint32_t i = 0; alone && i < list->items.count; i++)
        alone = i == index || !had_str_eq(key, own_key(list->items.items[i]));
    return alone ? key : had_str_printf(arena, "%u", index);
}

static void flatten(struct taking *t, had_str path, const struct had_prop *p, int depth)
{
    bool nested = p && depth < DEPTH_MAX &&
                  ((p->tag == HAD_PROP_MAP && p->entries.count) ||
                   (p->tag == HAD_PROP_LIST && p->items.count && p->items.items[0] &&
                    p->items.items[0]->tag == HAD_PROP_MAP));
    if (!nested) {
        struct had_buffer value = {0};
        add_scalar(&value, p, 0);
        add_property(t, path, had_buffer_view(&value));
        had_buffer_free(&value);
    } else if (p->tag == HAD_PROP_MAP) {
        for (uint32_t i = 0; i < p->entries.count; i++)
            flatten(t,
                    had_str_printf(t->arena, HAD_FMT "." HAD_FMT, HAD_ARG(path),
                                   HAD_ARG(p->entries.items[i].key)),
                    p->entries.items[i].value, depth + 1);
    } else {
        for (uint32_t i = 0; i < p->items.count; i++)
            flatten(t,
                    had_str_printf(t->arena, HAD_FMT "[" HAD_FMT "]", HAD_ARG(path),
                                   HAD_ARG(element_key(t->arena, p, i))),
                    p->items.items[i], depth + 1);
    }
}

static void take(struct had_arena *arena, const struct had_node *n, struct had_snapshot_resource *r)
{
    static const char *const classes[] = {"resource", "lookup", "configuration", "gate", "fact"};
    static const char *const states[] = {"managed", "existing", "adopted"};
    struct taking t = {.arena = arena, .resource = r};
    r->address = n->address;
    r->type = n->type_name;
    r->class = had_str_c(classes[n->class]);
    r->state = had_str_c(states[n->lifecycle]);
    r->account = n->context->actor == HAD_ACTOR_PERSON ? n->context->team : n->context->account;
    r->region = n->context->region;
    r->protected = n->protect != HAD_PROTECT_NONE;
    for (uint32_t i = 0; i < n->former.count; i++)
        *had_push(arena, &r->former) = n->former.items[i];
    had_buffer_printf(&t.whole, HAD_FMT "\n" HAD_FMT "\n" HAD_FMT "\n" HAD_FMT "\n",
                      HAD_ARG(r->type), HAD_ARG(r->state), HAD_ARG(n->context->account_id),
                      HAD_ARG(r->region));
    for (uint32_t i = 0; i < n->known.count; i++)
        add_property(&t,
                     had_str_printf(arena, "known " HAD_FMT, HAD_ARG(n->known.items[i].attribute)),
                     n->known.items[i].text);
    for (uint32_t i = 0; i < n->props.count; i++)
        flatten(&t, n->props.items[i].key, n->props.items[i].value, 0);
    r->digest = had_str_slice(had_digest(arena, had_buffer_view(&t.whole)), 0, DIGEST_LEN);
    had_buffer_free(&t.whole);
}

void had_snapshot_take(struct had_arena *arena, const struct had_graph *graph, enum had_phase phase,
                       struct had_snapshot *out)
{
    out->spec = graph->spec;
    for (uint32_t i = 0; i < graph->nodes.count; i++) {
        const struct had_node *n = graph->nodes.items[i];
        if (n->class != HAD_FACT && n->phase <= phase)
            take(arena, n, had_push(arena, &out->resources));
    }
}
