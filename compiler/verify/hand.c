/*
 * Steps for people and machines: gates, glue that a person does, deliveries of configurations.
 * Their words and arguments are compared; `<Name>` in a text is the value of that name of the step.
 */
#include "verify/internal.h"

/* ---- the words of the graph ---- */

static void add(struct had_arena *arena, struct had_term *pieces, struct had_term *piece)
{
    *had_push(arena, &pieces->items) = piece;
}

static void add_text(struct had_arena *arena, struct had_term *pieces, had_str text)
{
    add(arena, pieces, had_term_new(arena, HAD_TERM_TEXT, text));
}

/* Lists with commas, maps as `Key value` with commas: as a person reads them. */
static void spell(struct had_expecting *e, const struct had_prop *prop, struct had_term *pieces)
{
    struct had_arena *arena = e->arena;
    prop = had_prop_revision(prop, 0);
    switch (prop->tag) {
    case HAD_PROP_LIST:
        for (uint32_t i = 0; i < prop->items.count; i++) {
            add_text(arena, pieces, i ? HAD_STR(", ") : (had_str){0});
            spell(e, prop->items.items[i], pieces);
        }
        return;
    case HAD_PROP_MAP:
        for (uint32_t i = 0; i < prop->entries.count; i++) {
            add_text(arena, pieces, i ? HAD_STR(", ") : (had_str){0});
            add_text(arena, pieces, prop->entries.items[i].key);
            add_text(arena, pieces, HAD_STR(" "));
            spell(e, prop->entries.items[i].value, pieces);
        }
        return;
    case HAD_PROP_FORMAT:
        had_each(struct had_prop *, item, &prop->items)
            spell(e, *item, pieces);
        return;
    case HAD_PROP_SECRET:
        add_text(arena, pieces, HAD_STR("secret "));
        add_text(arena, pieces, prop->secret->name);
        return;
    case HAD_PROP_TEXT:
    case HAD_PROP_INT:
    case HAD_PROP_BOOL:
    case HAD_PROP_READ:
    case HAD_PROP_STAGED:
        add(arena, pieces, had_expect(e, prop));
        return;
    }
}

static struct had_term *spelled(struct had_expecting *e, const struct had_prop *prop)
{
    struct had_term *pieces = had_term_new(e->arena, HAD_TERM_LIST, (had_str){0});
    spell(e, prop, pieces);
    return had_term_join(e->arena, pieces);
}

/* ---- the words of the step ---- */

static struct had_term *read_words(struct had_verification *v, struct had_arena *arena,
                                   uint32_t step, had_str text)
{
    const struct had_doc *values = had_doc_at(v->steps.items[step].doc, "values");
    struct had_term *pieces = had_term_new(arena, HAD_TERM_LIST, (had_str){0});
    uint32_t start = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        uint32_t end = i + 1;
        if (text.ptr[i] != '<')
            continue;
        while (end < text.len && text.ptr[end] != '>' && text.ptr[end] != '<')
            end++;
        const struct had_doc *bound =
            end < text.len ? had_doc_get(values, had_str_slice(text, i + 1, end)) : NULL;
        struct had_term *value = bound ? had_bound_value(v, bound, step) : NULL;
        if (!value)
            continue;
        add_text(arena, pieces, had_str_slice(text, start, i));
        add(arena, pieces, value);
        start = end + 1;
        i = end;
    }
    add_text(arena, pieces, had_str_slice(text, start, text.len));
    return had_term_join(arena, pieces);
}

static void compare_words(struct had_comparing *c, uint32_t step, const struct had_prop *prop,
                          const struct had_doc *found, had_str name)
{
    struct had_expecting e = {c->v, c->arena, c->node, 0};
    c->span = prop && had_span_known(prop->span) ? prop->span : c->node->origin->span;
    c->v->result.values++;
    (void)had_term_same(c, prop ? spelled(&e, prop) : NULL,
                        found ? read_words(c->v, c->arena, step, found->text) : NULL,
                        (struct had_shape){HAD_R_STRING, HAD_R_ANY, NULL}, name);
}

static void compare_place(struct had_comparing *c, const struct had_read_step *step)
{
    const struct had_context *context = c->node->context;
    const struct had_doc *account = had_doc_at(step->doc, "account");
    had_str region = context->account.len ? had_node_region(c->v->graph, c->node) : (had_str){0};
    had_str id = context->account.len ? context->account_id : (had_str){0};
    c->span = c->node->origin->span;
    had_compare_text(c, "account", context->account, had_doc_text(account, "name"));
    had_compare_text(c, "id of the account", id, had_doc_text(account, "id"));
    had_compare_text(c, "Region", region, had_doc_text(step->doc, "region"));
}

static void compare_gate(struct had_comparing *c, uint32_t index)
{
    static const struct {
        const char *key, *property;
    } parts[] = {{"instruction", "Instruction"},
                 {"where", "Where"},
                 {"probe", "Probe"},
                 {"undo", "Undo"},
                 {"owner", "Owner"}};
    const struct had_read_step *step = &c->v->steps.items[index];
    const struct had_node *node = c->node;
    compare_place(c, step);
    if (!had_str_eq(had_doc_text(step->doc, "type"), node->type_name))
        had_differs(c->v, &HAD0830, node, node->origin->span,
                    "step `" HAD_FMT "` is work on `" HAD_FMT "`, not on `" HAD_FMT "`",
                    HAD_ARG(step->id), HAD_ARG(had_doc_text(step->doc, "type")),
                    HAD_ARG(node->type_name));
    if (had_node_get(node, "Instruction")) {
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            const struct had_prop *prop = had_node_get(node, parts[i].property);
            const struct had_doc *found = had_doc_at(step->doc, parts[i].key);
            if (prop || (found && !had_str_is(had_str_c(parts[i].key), "owner")))
                compare_words(c, index, prop, found, had_str_c(parts[i].property));
        }
        return;
    }
    const struct had_doc *properties = had_doc_at(step->doc, "properties");
    had_each(const struct had_prop_entry, entry, &node->props)
        compare_words(c, index, entry->value, had_doc_get(properties, entry->key), entry->key);
    for (uint32_t i = 0; properties && i < properties->entries.count; i++) {
        had_str key = properties->entries.items[i].key;
        if (!had_node_get(node, had_str_cstr(c->arena, key)))
            compare_words(c, index, NULL, properties->entries.items[i].value, key);
    }
}

/* ---- deliveries ---- */

/* The digest in the name of a compiled form is that of the file. */
static void compare_file(struct had_verification *v, const struct had_read_step *step)
{
    const struct had_doc *compiled = had_doc_at(step->doc, "compiled");
    had_str path = had_doc_text(compiled, "file"), digest = had_doc_text(compiled, "sha256"),
            key = had_doc_text(compiled, "key");
    const struct had_verify_file *file = compiled ? had_verify_file_at(v, path) : NULL;
    if (!file)
        return; /* templates alone were written */
    had_str hex = had_verify_digest(v->arena, file->text);
    had_str end = had_str_printf(v->arena, "." HAD_FMT ".mof", HAD_ARG(hex));
    if (!had_str_eq(digest, hex) || !had_str_ends(key, had_str_cstr(v->arena, end)))
        had_differs(v, &HAD0835, NULL, (struct had_span){0},
                    "step `" HAD_FMT "`: `" HAD_FMT "` is not the file whose SHA-256 the step has",
                    HAD_ARG(step->id), HAD_ARG(path));
}

static void each_read(struct had_expecting *e, const struct had_prop *prop, struct had_term *out)
{
    prop = had_prop_revision(prop, e->revision);
    if (prop->tag == HAD_PROP_READ)
        add(e->arena, out, had_expect(e, prop));
    if (prop->tag == HAD_PROP_LIST || prop->tag == HAD_PROP_FORMAT)
        had_each(struct had_prop *, item, &prop->items)
            each_read(e, *item, out);
    if (prop->tag == HAD_PROP_MAP)
        had_each(const struct had_prop_entry, entry, &prop->entries)
            each_read(e, entry->value, out);
}

static bool equal(const struct had_term *a, const struct had_term *b)
{
    return a->tag == b->tag && a->node == b->node && had_str_eq(a->text, b->text);
}

/* The values that come with the configurations are those that the configurations read. */
static void compare_values(struct had_verification *v, struct had_arena *arena, uint32_t index)
{
    const struct had_read_step *step = &v->steps.items[index];
    const struct had_doc *values = had_doc_at(step->doc, "values");
    struct had_term *wanted = had_term_new(arena, HAD_TERM_LIST, (had_str){0}),
                    *given = had_term_new(arena, HAD_TERM_LIST, (had_str){0});
    had_each(const struct had_node *, node, &step->nodes) {
        struct had_expecting e = {v, arena, *node, 0};
        had_each(const uint32_t, at, &v->places[(*node)->id].steps)
            e.revision += *at < index;
        had_each(const struct had_prop_entry, entry, &(*node)->props)
            each_read(&e, entry->value, wanted);
    }
    for (uint32_t i = 0; values && i < values->entries.count; i++) {
        struct had_term *value = had_bound_value(v, values->entries.items[i].value, index);
        if (value)
            add(arena, given, value);
    }
    had_each(struct had_term *, want, &wanted->items) {
        bool found = false;
        had_each(struct had_term *, have, &given->items)
            found = found || equal(*want, *have) ||
                    ((*have)->tag == HAD_TERM_LOOKUP && (*want)->tag == HAD_TERM_ATTRIBUTE) ||
                    (*have)->tag == HAD_TERM_UNKNOWN;
        v->result.values++;
        if (found)
            continue;
        const struct had_node *node = step->nodes.items[0];
        had_differs(v, &HAD0830, node, node->origin->span,
                    "step `" HAD_FMT "` does not give `" HAD_FMT
                    "`, which the configurations of the step read",
                    HAD_ARG(step->id), HAD_ARG(had_term_show(arena, *want)));
    }
}

static void compare_delivery(struct had_comparing *c, uint32_t index)
{
    struct had_verification *v = c->v;
    const struct had_read_step *step = &v->steps.items[index];
    const struct had_node *node = c->node, *machine = node->context->machine;
    const struct {
        const char *key, *property;
    } rows[] = {{"forest", "Forest"}, {"role", "Role"}};
    compare_place(c, step);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        compare_words(c, index, had_node_get(node, rows[i].property),
                      had_doc_at(step->doc, rows[i].key), had_str_c(rows[i].property));
    had_str address = machine ? machine->address : (had_str){0};
    if (!had_str_eq(had_doc_text(step->doc, "machine"), address))
        had_differs(v, &HAD0830, node, node->origin->span,
                    "`" HAD_FMT "` is for `" HAD_FMT "`, and step `" HAD_FMT
                    "` brings it to `" HAD_FMT "`",
                    HAD_ARG(node->address), HAD_ARG(address), HAD_ARG(step->id),
                    HAD_ARG(had_doc_text(step->doc, "machine")));
}

void had_check_by_hand(struct had_verification *v)
{
    for (uint32_t i = 0; i < v->steps.count; i++) {
        const struct had_read_step *step = &v->steps.items[i];
        struct had_arena scratch = {0};
        for (uint32_t k = 0; step->kind != HAD_BY_STACK && k < step->nodes.count; k++) {
            struct had_comparing c = {.v = v, .arena = &scratch, .node = step->nodes.items[k]};
            c.place =
                had_str_printf(&scratch, "manifest.json, step `" HAD_FMT "`", HAD_ARG(step->id));
            if (step->kind == HAD_BY_GATE)
                compare_gate(&c, i);
            else
                compare_delivery(&c, i);
        }
        if (step->kind == HAD_BY_DELIVERY) {
            compare_file(v, step);
            compare_values(v, &scratch, i);
        }
        had_arena_free(&scratch);
    }
}
