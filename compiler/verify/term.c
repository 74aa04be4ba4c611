/* Values and the functions of CloudFormation over them. */
#include "verify/internal.h"

enum { DEPTH_MAX = 64, CONDITIONS_MAX = 10000, SHOW_MAX = 160 };

#define UNKNOWN(arena) had_term_new((arena), HAD_TERM_UNKNOWN, (had_str){0})

struct had_term *had_term_new(struct had_arena *arena, enum had_term_tag tag, had_str text)
{
    struct had_term *term = had_new(arena, struct had_term);
    term->tag = tag;
    term->text = text;
    return term;
}

const struct had_term *had_term_at(const struct had_term *map, had_str key)
{
    if (map && map->tag == HAD_TERM_MAP)
        had_each(const struct had_term_entry, entry, &map->entries)
            if (had_str_eq(entry->key, key))
                return entry->value;
    return NULL;
}

static bool is_scalar(const struct had_term *term)
{
    return term->tag == HAD_TERM_TEXT || term->tag == HAD_TERM_NUMBER || term->tag == HAD_TERM_BOOL;
}

static void add_piece(struct had_arena *arena, struct had_term *join, struct had_term *piece)
{
    if (piece->tag == HAD_TERM_JOIN) {
        had_each(struct had_term *, inner, &piece->items)
            add_piece(arena, join, *inner);
        return;
    }
    uint32_t count = join->items.count;
    struct had_term *last = count ? join->items.items[count - 1] : NULL;
    if (is_scalar(piece)) {
        if (!piece->text.len)
            return;
        if (last && last->tag == HAD_TERM_TEXT) {
            join->items.items[count - 1] = had_term_new(
                arena, HAD_TERM_TEXT,
                had_str_printf(arena, HAD_FMT HAD_FMT, HAD_ARG(last->text), HAD_ARG(piece->text)));
            return;
        }
        piece = had_term_new(arena, HAD_TERM_TEXT, piece->text);
    }
    *had_push(arena, &join->items) = piece;
}

struct had_term *had_term_join(struct had_arena *arena, const struct had_term *pieces)
{
    struct had_term *join = had_term_new(arena, HAD_TERM_JOIN, (had_str){0});
    had_each(struct had_term *, piece, &pieces->items) {
        if ((*piece)->tag == HAD_TERM_UNKNOWN)
            return *piece;
        add_piece(arena, join, *piece);
    }
    if (!join->items.count)
        return had_term_new(arena, HAD_TERM_TEXT, (had_str){0});
    return join->items.count == 1 ? join->items.items[0] : join;
}

/* ---- for people ---- */

static void show(struct had_buffer *out, const struct had_term *term)
{
    const char *before = "";
    if (out->len > SHOW_MAX)
        return;
    switch (term->tag) {
    case HAD_TERM_UNKNOWN:
        had_buffer_c(out, "?");
        return;
    case HAD_TERM_ABSENT:
        had_buffer_c(out, "nothing");
        return;
    case HAD_TERM_TEXT:
    case HAD_TERM_NUMBER:
    case HAD_TERM_BOOL:
    case HAD_TERM_OTHER:
        had_buffer_str(out, term->text);
        return;
    case HAD_TERM_ATTRIBUTE:
        had_buffer_printf(out, "<" HAD_FMT " of " HAD_FMT ">", HAD_ARG(term->text),
                          HAD_ARG(term->node   ? term->node->address
                                  : term->made ? term->made->logical
                                               : HAD_STR("the account")));
        return;
    case HAD_TERM_LOOKUP:
        had_buffer_printf(out, "<what `" HAD_FMT "` prints>",
                          HAD_ARG(had_doc_text(term->lookup, "lookup")));
        return;
    case HAD_TERM_SECRET:
        had_buffer_printf(out, "secret " HAD_FMT, HAD_ARG(term->secret->secret->name));
        if (term->secret->secret->json_key.len)
            had_buffer_printf(out, ", key " HAD_FMT, HAD_ARG(term->secret->secret->json_key));
        return;
    case HAD_TERM_JOIN:
        had_each(struct had_term *, item, &term->items)
            show(out, *item);
        return;
    case HAD_TERM_LIST:
        had_buffer_char(out, '[');
        had_each(struct had_term *, item, &term->items) {
            had_buffer_c(out, before);
            show(out, *item);
            before = ", ";
        }
        had_buffer_char(out, ']');
        return;
    case HAD_TERM_MAP:
        had_buffer_char(out, '{');
        had_each(const struct had_term_entry, entry, &term->entries) {
            had_buffer_printf(out, "%s" HAD_FMT ": ", before, HAD_ARG(entry->key));
            show(out, entry->value);
            before = ", ";
        }
        had_buffer_char(out, '}');
        return;
    }
}

had_str had_term_show(struct had_arena *arena, const struct had_term *term)
{
    struct had_buffer out = {0};
    show(&out, term);
    had_str text = had_buffer_view(&out);
    uint32_t end = text.len < SHOW_MAX ? text.len : SHOW_MAX;
    while (end < text.len && end && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
        end--;
    text = end < text.len ? had_str_printf(arena, "%.*s…", (int)end, text.ptr)
                          : had_str_dup(arena, text);
    had_buffer_free(&out);
    return text;
}

/* ---- functions ---- */

static struct had_term *refuse(const struct had_scene *scene, struct had_arena *arena,
                               const struct had_doc *doc, const char *text, had_str what)
{
    had_differs(scene->v, &HAD0835, NULL, (struct had_span){0},
                "`" HAD_FMT "`, line %u: %s `" HAD_FMT "`", HAD_ARG(scene->template->path),
                doc ? doc->line : 0, text, HAD_ARG(what));
    return UNKNOWN(arena);
}

static struct had_term *attribute(struct had_arena *arena, const struct had_made *made,
                                  const struct had_node *node, had_str text)
{
    struct had_term *term = had_term_new(arena, HAD_TERM_ATTRIBUTE, text);
    term->made = node ? NULL : made;
    term->node = node;
    return term;
}

static struct had_term *with_text(struct had_arena *arena, const struct had_term *of, had_str text)
{
    struct had_term *term = had_new(arena, struct had_term);
    *term = *of;
    term->text = text;
    return term;
}

static bool is_later(const struct had_term *term)
{
    return term->tag == HAD_TERM_ATTRIBUTE || term->tag == HAD_TERM_LOOKUP;
}

/* Split of a text; the pieces of one that is known later are named. */
static struct had_term *split(const struct had_scene *scene, struct had_arena *arena,
                              const struct had_doc *doc, had_str separator, struct had_term *text)
{
    if (is_later(text)) {
        had_str joined = had_str_printf(arena, "~join:" HAD_FMT, HAD_ARG(separator));
        if (had_str_ends(text->text, had_str_cstr(arena, joined)))
            return with_text(arena, text,
                             had_str_slice(text->text, 0, text->text.len - joined.len));
        if (text->tag == HAD_TERM_LOOKUP && !text->text.len)
            return text; /* the command prints elements with commas between */
        return with_text(arena, text,
                         had_str_printf(arena, HAD_FMT "~split:" HAD_FMT, HAD_ARG(text->text),
                                        HAD_ARG(separator)));
    }
    if (text->tag != HAD_TERM_TEXT || !separator.len)
        return text->tag == HAD_TERM_UNKNOWN
                   ? text
                   : refuse(scene, arena, doc, "Split takes a text, and this is",
                            had_term_show(arena, text));
    struct had_term *list = had_term_new(arena, HAD_TERM_LIST, (had_str){0});
    for (uint32_t i = 0, start = 0; i <= text->text.len; i++) {
        bool here = i + separator.len <= text->text.len &&
                    had_str_eq(had_str_slice(text->text, i, i + separator.len), separator);
        if (!here && i < text->text.len)
            continue;
        *had_push(arena, &list->items) =
            had_term_new(arena, HAD_TERM_TEXT, had_str_slice(text->text, start, i));
        start = i + separator.len;
        i = here ? start - 1 : i;
    }
    return list;
}

static struct had_term *call_join(struct had_scene *scene, struct had_arena *arena,
                                  const struct had_doc *doc)
{
    if (doc->tag != HAD_DOC_LIST || doc->items.count != 2 ||
        doc->items.items[0]->tag != HAD_DOC_TEXT)
        return refuse(scene, arena, doc, "it is no call of", HAD_STR("Fn::Join"));
    had_str separator = doc->items.items[0]->text;
    struct had_term *list = had_evaluate(scene, arena, doc->items.items[1]);
    if (is_later(list)) /* a whole list as one text */
        return with_text(arena, list,
                         had_str_printf(arena, HAD_FMT "~join:" HAD_FMT, HAD_ARG(list->text),
                                        HAD_ARG(separator)));
    if (list->tag != HAD_TERM_LIST)
        return list->tag == HAD_TERM_UNKNOWN ? list
                                             : refuse(scene, arena, doc, "Join takes a list, not",
                                                      had_term_show(arena, list));
    struct had_term *pieces = had_term_new(arena, HAD_TERM_LIST, (had_str){0});
    bool first = true;
    had_each(struct had_term *, item, &list->items) {
        if ((*item)->tag == HAD_TERM_ABSENT)
            continue;
        if (!first && separator.len)
            *had_push(arena, &pieces->items) = had_term_new(arena, HAD_TERM_TEXT, separator);
        *had_push(arena, &pieces->items) = *item;
        first = false;
    }
    return had_term_join(arena, pieces);
}

static struct had_term *call_select(struct had_scene *scene, struct had_arena *arena,
                                    const struct had_doc *doc)
{
    int64_t index;
    if (doc->tag != HAD_DOC_LIST || doc->items.count != 2 ||
        !had_str_to_int(doc->items.items[0]->text, &index))
        return refuse(scene, arena, doc, "it is no call of", HAD_STR("Fn::Select"));
    struct had_term *list = had_evaluate(scene, arena, doc->items.items[1]);
    if (is_later(list))
        return with_text(
            arena, list,
            had_str_printf(arena, HAD_FMT "[%lld]", HAD_ARG(list->text), (long long)index));
    if (list->tag == HAD_TERM_UNKNOWN)
        return list;
    if (list->tag != HAD_TERM_LIST || index >= list->items.count)
        return refuse(scene, arena, doc, "Select finds no such element in",
                      had_term_show(arena, list));
    return list->items.items[index];
}

static struct had_term *call_split(struct had_scene *scene, struct had_arena *arena,
                                   const struct had_doc *doc)
{
    if (doc->tag != HAD_DOC_LIST || doc->items.count != 2 ||
        doc->items.items[0]->tag != HAD_DOC_TEXT)
        return refuse(scene, arena, doc, "it is no call of", HAD_STR("Fn::Split"));
    return split(scene, arena, doc, doc->items.items[0]->text,
                 had_evaluate(scene, arena, doc->items.items[1]));
}

static const struct had_made *made_at(const struct had_scene *scene, had_str logical)
{
    const uint64_t *place =
        had_map_get(&scene->template->places, had_symbol_find(&scene->template->names, logical));
    return place ? &scene->template->made.items[*place] : NULL;
}

static const struct had_node *node_of(const struct had_scene *scene, const struct had_made *made)
{
    return scene->member->nodes[made - scene->template->made.items];
}

static struct had_term *get_attribute(struct had_scene *scene, struct had_arena *arena,
                                      const struct had_doc *doc, had_str logical, had_str name)
{
    const struct had_made *made = made_at(scene, logical);
    if (!made)
        return refuse(scene, arena, doc, "there is no resource", logical);
    const struct had_node *node = node_of(scene, made);
    const struct had_rattr *attr = node && node->type ? had_rtype_attr(node->type, name) : NULL;
    if (node && !attr)
        return refuse(scene, arena, doc, "its type gives no attribute", name);
    if (attr && attr->value == HAD_R_LIST && had_is_glue_type(made->type))
        name = had_str_printf(arena, HAD_FMT "~join:,", HAD_ARG(name)); /* texts are all it gives */
    return attribute(arena, made, node, name);
}

static struct had_term *call_get(struct had_scene *scene, struct had_arena *arena,
                                 const struct had_doc *doc)
{
    if (doc->tag == HAD_DOC_TEXT && had_str_find(doc->text, '.') > 0) {
        uint32_t dot = (uint32_t)had_str_find(doc->text, '.');
        return get_attribute(scene, arena, doc, had_str_slice(doc->text, 0, dot),
                             had_str_slice(doc->text, dot + 1, doc->text.len));
    }
    if (doc->tag != HAD_DOC_LIST || doc->items.count != 2)
        return refuse(scene, arena, doc, "it is no call of", HAD_STR("Fn::GetAtt"));
    return get_attribute(scene, arena, doc, doc->items.items[0]->text, doc->items.items[1]->text);
}

static struct had_term *parameter_value(struct had_scene *scene, had_str name);

static struct had_term *reference(struct had_scene *scene, struct had_arena *arena,
                                  const struct had_doc *doc, had_str name)
{
    const struct had_member *member = scene->member;
    if (had_str_starts(name, "AWS::")) {
        had_str partition = had_str_starts(member->region, "cn-")       ? HAD_STR("aws-cn")
                            : had_str_starts(member->region, "us-gov-") ? HAD_STR("aws-us-gov")
                                                                        : HAD_STR("aws");
        if (had_str_is(name, "AWS::NoValue"))
            return had_term_new(arena, HAD_TERM_ABSENT, (had_str){0});
        if (had_str_is(name, "AWS::Region"))
            return had_term_new(arena, HAD_TERM_TEXT, member->region);
        if (had_str_is(name, "AWS::Partition"))
            return had_term_new(arena, HAD_TERM_TEXT, partition);
        if (had_str_is(name, "AWS::StackName") && !scene->outer)
            return had_term_new(arena, HAD_TERM_TEXT, scene->stack->stack_name);
        if (had_str_is(name, "AWS::AccountId"))
            return member->account_id.len ? had_term_new(arena, HAD_TERM_TEXT, member->account_id)
                                          : attribute(arena, NULL, NULL, name);
        return refuse(scene, arena, doc, "no value is known of", name);
    }
    if (had_doc_get(had_doc_at(scene->template->root, "Parameters"), name))
        return parameter_value(scene, name);
    const struct had_made *made = made_at(scene, name);
    if (!made)
        return refuse(scene, arena, doc, "there is neither parameter nor resource", name);
    const struct had_node *node = node_of(scene, made);
    const char *ref = node && node->type ? node->type->ref : NULL;
    return attribute(arena, made, node, ref ? had_str_c(ref) : HAD_STR("Ref"));
}

static struct had_term *call_sub(struct had_scene *scene, struct had_arena *arena,
                                 const struct had_doc *doc)
{
    const struct had_doc *text = doc, *own = NULL;
    if (doc->tag == HAD_DOC_LIST && doc->items.count == 2) {
        text = doc->items.items[0];
        own = doc->items.items[1];
    }
    if (text->tag != HAD_DOC_TEXT)
        return refuse(scene, arena, doc, "it is no call of", HAD_STR("Fn::Sub"));
    struct had_term *pieces = had_term_new(arena, HAD_TERM_LIST, (had_str){0});
    had_str rest = text->text;
    for (uint32_t i = 0; i < rest.len;) {
        if (i + 2 > rest.len || rest.ptr[i] != '$' || rest.ptr[i + 1] != '{') {
            i++;
            continue;
        }
        uint32_t end = i + 2;
        while (end < rest.len && rest.ptr[end] != '}')
            end++;
        if (end == rest.len)
            return refuse(scene, arena, doc, "a brace is not closed in", text->text);
        had_str name = had_str_slice(rest, i + 2, end);
        *had_push(arena, &pieces->items) =
            had_term_new(arena, HAD_TERM_TEXT, had_str_slice(rest, 0, i));
        int64_t dot = had_str_find(name, '.');
        struct had_term *value;
        if (had_str_starts(name, "!"))
            value = had_term_new(
                arena, HAD_TERM_TEXT,
                had_str_printf(arena, "${" HAD_FMT "}", HAD_ARG(had_str_slice(name, 1, name.len))));
        else if (had_doc_get(own, name))
            value = had_evaluate(scene, arena, had_doc_get(own, name));
        else if (dot > 0)
            value = get_attribute(scene, arena, doc, had_str_slice(name, 0, (uint32_t)dot),
                                  had_str_slice(name, (uint32_t)dot + 1, name.len));
        else
            value = reference(scene, arena, doc, name);
        *had_push(arena, &pieces->items) = value;
        rest = had_str_slice(rest, end + 1, rest.len);
        i = 0;
    }
    *had_push(arena, &pieces->items) = had_term_new(arena, HAD_TERM_TEXT, rest);
    return had_term_join(arena, pieces);
}

/* ---- conditions ---- */

enum truth { NO, YES, CANNOT_SAY };

static enum truth equals(const struct had_term *a, const struct had_term *b)
{
    if (is_scalar(a) && is_scalar(b))
        return had_str_eq(a->text, b->text) ? YES : NO;
    if (a->tag != b->tag) { /* ids and addresses are no empty texts */
        const struct had_term *known = is_scalar(a) ? a : b, *other = is_scalar(a) ? b : a;
        return is_scalar(known) && !known->text.len && is_later(other) ? NO : CANNOT_SAY;
    }
    if (a->tag == HAD_TERM_ATTRIBUTE && a->node && a->node == b->node &&
        had_str_eq(a->text, b->text))
        return YES;
    return CANNOT_SAY;
}

static enum truth named_condition(struct had_scene *scene, struct had_arena *arena, had_str name);

static enum truth condition(struct had_scene *scene, struct had_arena *arena,
                            const struct had_doc *doc)
{
    if (!doc || doc->tag != HAD_DOC_MAP || doc->entries.count != 1)
        return CANNOT_SAY;
    had_str name = doc->entries.items[0].key;
    const struct had_doc *arguments = doc->entries.items[0].value;
    if (had_str_is(name, "Condition"))
        return named_condition(scene, arena, arguments->text);
    uint32_t count = arguments->tag == HAD_DOC_LIST ? arguments->items.count : 0;
    if (had_str_is(name, "Fn::Equals") && count == 2)
        return equals(had_evaluate(scene, arena, arguments->items.items[0]),
                      had_evaluate(scene, arena, arguments->items.items[1]));
    if (had_str_is(name, "Fn::Not") && count == 1) {
        enum truth inner = condition(scene, arena, arguments->items.items[0]);
        return inner == CANNOT_SAY ? CANNOT_SAY : inner == YES ? NO : YES;
    }
    bool all = had_str_is(name, "Fn::And");
    if ((!all && !had_str_is(name, "Fn::Or")) || !count)
        return CANNOT_SAY;
    enum truth result = all ? YES : NO;
    for (uint32_t i = 0; i < count; i++) {
        enum truth one = condition(scene, arena, arguments->items.items[i]);
        if (one == (all ? NO : YES))
            return one;
        if (one == CANNOT_SAY)
            result = CANNOT_SAY;
    }
    return result;
}

/*
 * Conditions may name each other in a circle, also by an Fn::If in a value that they compare, and
 * one of another twice, which doubles the work with each.
 */
static enum truth named_condition(struct had_scene *scene, struct had_arena *arena, had_str name)
{
    struct had_verification *v = scene->v;
    if (v->asking == 0)
        v->asked = 0;
    if (v->depth > DEPTH_MAX || v->asked++ > CONDITIONS_MAX)
        return CANNOT_SAY;
    v->depth++;
    v->asking++;
    enum truth result =
        condition(scene, arena, had_doc_get(had_doc_at(scene->template->root, "Conditions"), name));
    v->asking--;
    v->depth--;
    return result;
}

static struct had_term *call_if(struct had_scene *scene, struct had_arena *arena,
                                const struct had_doc *doc)
{
    if (doc->tag != HAD_DOC_LIST || doc->items.count != 3)
        return refuse(scene, arena, doc, "it is no call of", HAD_STR("Fn::If"));
    had_str name = doc->items.items[0]->text;
    switch (named_condition(scene, arena, name)) {
    case YES:
        return had_evaluate(scene, arena, doc->items.items[1]);
    case NO:
        return had_evaluate(scene, arena, doc->items.items[2]);
    case CANNOT_SAY:
        break;
    }
    return refuse(scene, arena, doc, "nothing decides the condition", name);
}

/* ---- other stacks ---- */

static struct had_term *output_of(struct had_verification *v, struct had_read_stack *stack,
                                  had_str name, uint32_t step)
{
    if (step >= v->steps.count)
        return NULL;
    /* The stack as it stands when the step begins. */
    uint32_t at = HAD_NOWHERE;
    had_each(const uint32_t, own, &stack->steps)
        if (*own < step)
            at = *own;
    if (at == HAD_NOWHERE || !had_step_before(v, stack->steps.items[0], step))
        return NULL;
    had_sym key = had_intern(&v->names, had_str_printf(v->arena, "%u." HAD_FMT, at, HAD_ARG(name)));
    const uint64_t *cached = had_map_get(&v->outputs, key);
    if (cached)
        return (struct had_term *)(uintptr_t)*cached;
    const struct had_doc *output = had_doc_get(had_doc_at(stack->outer->root, "Outputs"), name);
    const struct had_doc *value = had_doc_at(output, "Value");
    if (!value || v->depth > DEPTH_MAX)
        return NULL;
    v->depth++;
    struct had_term *term = had_evaluate(had_scene_of_step(v, at), v->arena, value);
    v->depth--;
    had_map_put(v->arena, &v->outputs, key, (uintptr_t)term);
    return term;
}

struct had_term *had_bound_value(struct had_verification *v, const struct had_doc *binding,
                                 uint32_t step)
{
    const struct had_doc *value = had_doc_at(binding, "value");
    had_str from = had_doc_text(binding, "from");
    if (value && value->tag == HAD_DOC_TEXT)
        return had_term_new(v->arena, HAD_TERM_TEXT, value->text);
    if (from.len) {
        uint32_t dot = from.len;
        while (dot && from.ptr[dot - 1] != '.')
            dot--;
        const uint64_t *stack =
            dot ? had_map_get(&v->stack_by_id,
                              had_symbol_find(&v->names, had_str_slice(from, 0, dot - 1)))
                : NULL;
        struct had_term *term =
            stack ? output_of(v, v->stacks.items[*stack], had_str_slice(from, dot, from.len), step)
                  : NULL;
        if (term)
            return term;
        had_differs(v, &HAD0835, NULL, (struct had_span){0},
                    "step `" HAD_FMT "` takes `" HAD_FMT
                    "`, which no stack gives that is deployed before",
                    HAD_ARG(v->steps.items[step].id), HAD_ARG(from));
        return UNKNOWN(v->arena);
    }
    if (had_doc_text(binding, "lookup").len) {
        struct had_term *term = had_term_new(v->arena, HAD_TERM_LOOKUP, (had_str){0});
        term->lookup = binding;
        term->step = step;
        return term;
    }
    return NULL;
}

static struct had_term *call_output(struct had_scene *scene, struct had_arena *arena,
                                    const struct had_doc *doc)
{
    struct had_verification *v = scene->v;
    had_str name = had_doc_text(doc, "StackName"), region = had_doc_text(doc, "Region"),
            role = had_doc_text(doc, "RoleArn"), account = scene->member->account_id;
    if (!region.len)
        region = scene->member->region;
    if (role.len) { /* arn:aws:iam::ACCOUNT:role/NAME */
        uint32_t colons = 0, start = 0;
        for (uint32_t i = 0; i < role.len; i++)
            if (role.ptr[i] == ':' && ++colons == 4)
                start = i + 1;
            else if (role.ptr[i] == ':' && colons == 5)
                account = had_str_slice(role, start, i);
    }
    struct had_read_stack *stack = name.len ? had_stacks_at(v, name, account, region) : NULL;
    for (; stack; stack = stack->next_like) {
        struct had_term *term = output_of(v, stack, had_doc_text(doc, "OutputName"), scene->step);
        if (term)
            return term;
    }
    return refuse(scene, arena, doc, "no stack deployed before gives this output of", name);
}

static struct had_term *call_import(struct had_scene *scene, struct had_arena *arena,
                                    const struct had_doc *doc)
{
    struct had_term *wanted = had_evaluate(scene, arena, doc);
    struct had_read_stack *stack =
        had_stacks_at(scene->v, (had_str){0}, scene->member->account_id, scene->member->region);
    for (; stack; stack = stack->next_there) {
        const struct had_doc *outputs = had_doc_at(stack->outer->root, "Outputs");
        if (!outputs)
            continue;
        had_each(const struct had_doc_entry, output, &outputs->entries) {
            had_str name = had_doc_text(had_doc_at(output->value, "Export"), "Name");
            if (!name.len || wanted->tag != HAD_TERM_TEXT || !had_str_eq(name, wanted->text))
                continue;
            struct had_term *term = output_of(scene->v, stack, output->key, scene->step);
            if (term)
                return term;
        }
    }
    return refuse(scene, arena, doc, "no stack deployed before exports",
                  had_term_show(arena, wanted));
}

/* ---- scenes and parameters ---- */

struct had_scene *had_scene_of_step(struct had_verification *v, uint32_t step)
{
    struct had_read_step *at = &v->steps.items[step];
    if (!at->scene) {
        struct had_scene *scene = had_new(v->arena, struct had_scene);
        struct had_member *member = had_new(v->arena, struct had_member);
        scene->v = v;
        scene->stack = at->stack;
        scene->template = at->stack->outer;
        scene->step = step;
        if (!at->stack->set) {
            *member = at->stack->members.items[0];
        } else { /* the stack around the set makes no node */
            member->account_id = at->stack->account_id;
            member->region = at->stack->region;
            member->nodes =
                had_new_n(v->arena, const struct had_node *, at->stack->outer->made.count + 1);
        }
        scene->member = member;
        at->scene = scene;
    }
    return at->scene;
}

/* ParameterValue of a ParameterKey. */
static const struct had_doc *value_in(const struct had_doc *pairs, had_str name)
{
    if (pairs && pairs->tag == HAD_DOC_LIST)
        had_each(struct had_doc *, pair, &pairs->items)
            if (had_str_eq(had_doc_text(*pair, "ParameterKey"), name))
                return had_doc_at(*pair, "ParameterValue");
    return NULL;
}

static struct had_term *given(struct had_scene *scene, had_str name)
{
    struct had_verification *v = scene->v;
    if (scene->outer) { /* what the set gives, for this account or for all */
        const struct had_doc *doc = value_in(scene->member->overrides, name);
        if (!doc)
            doc = value_in(had_doc_at(scene->stack->set, "Parameters"), name);
        return doc ? had_evaluate((struct had_scene *)(uintptr_t)scene->outer, v->arena, doc)
                   : NULL;
    }
    const struct had_doc *bound =
        had_doc_get(had_doc_at(v->steps.items[scene->step].doc, "parameters"), name);
    return bound ? had_bound_value(v, bound, scene->step) : NULL;
}

static struct had_term *parameter_value(struct had_scene *scene, had_str name)
{
    struct had_verification *v = scene->v;
    had_each(const struct had_term_entry, known, &scene->parameters)
        if (had_str_eq(known->key, name))
            return known->value;
    const struct had_doc *parameter =
        had_doc_get(had_doc_at(scene->template->root, "Parameters"), name);
    struct had_term *value = v->depth > DEPTH_MAX ? NULL : given(scene, name);
    const struct had_doc *fallback = had_doc_at(parameter, "Default");
    if (!value && fallback)
        value = had_evaluate(scene, v->arena, fallback);
    if (!value)
        value = refuse(scene, v->arena, parameter, "nothing gives parameter", name);
    if (had_str_is(had_doc_text(parameter, "Type"), "CommaDelimitedList") ||
        had_str_starts(had_doc_text(parameter, "Type"), "List<"))
        value = split(scene, v->arena, parameter, HAD_STR(","), value);
    *had_push(v->arena, &scene->parameters) = (struct had_term_entry){name, value};
    return value;
}

/* ---- a tree ---- */

static const struct {
    const char *name;
    struct had_term *(*call)(struct had_scene *, struct had_arena *, const struct had_doc *);
} functions[] = {
    {"Fn::GetAtt", call_get},  {"Fn::GetStackOutput", call_output},
    {"Fn::If", call_if},       {"Fn::ImportValue", call_import},
    {"Fn::Join", call_join},   {"Fn::Select", call_select},
    {"Fn::Split", call_split}, {"Fn::Sub", call_sub},
};

struct had_term *had_evaluate(struct had_scene *scene, struct had_arena *arena,
                              const struct had_doc *doc)
{
    static const enum had_term_tag scalars[] = {
        [HAD_DOC_NULL] = HAD_TERM_OTHER,    [HAD_DOC_TEXT] = HAD_TERM_TEXT,
        [HAD_DOC_NUMBER] = HAD_TERM_NUMBER, [HAD_DOC_BOOL] = HAD_TERM_BOOL,
        [HAD_DOC_OTHER] = HAD_TERM_OTHER,
    };
    if (doc->tag == HAD_DOC_LIST) {
        struct had_term *list = had_term_new(arena, HAD_TERM_LIST, (had_str){0});
        had_each(struct had_doc *, item, &doc->items) {
            struct had_term *value = had_evaluate(scene, arena, *item);
            if (value->tag != HAD_TERM_ABSENT)
                *had_push(arena, &list->items) = value;
        }
        return list;
    }
    if (doc->tag != HAD_DOC_MAP)
        return had_term_new(arena, scalars[doc->tag], doc->text);
    if (doc->entries.count == 1) {
        had_str key = doc->entries.items[0].key;
        const struct had_doc *arguments = doc->entries.items[0].value;
        if (had_str_is(key, "Ref") && arguments->tag == HAD_DOC_TEXT)
            return reference(scene, arena, doc, arguments->text);
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
            if (had_str_is(key, functions[i].name))
                return functions[i].call(scene, arena, arguments);
        if (had_str_is(key, "Ref") || had_str_starts(key, "Fn::"))
            return refuse(scene, arena, doc, "the proof knows no function", key);
    }
    struct had_term *map = had_term_new(arena, HAD_TERM_MAP, (had_str){0});
    had_each(const struct had_doc_entry, entry, &doc->entries) {
        struct had_term *value = had_evaluate(scene, arena, entry->value);
        if (value->tag != HAD_TERM_ABSENT)
            *had_push(arena, &map->entries) = (struct had_term_entry){entry->key, value};
    }
    return map;
}
