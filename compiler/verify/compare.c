/* Each resource of each stack, at each step that sets it, against its node. */
#include "verify/internal.h"

#include <string.h>

static had_str place_of(struct had_comparing *c, const struct had_scene *scene,
                        const struct had_doc *doc)
{
    had_str step = scene->v->steps.items[scene->step].id;
    return doc && doc->line
               ? had_str_printf(c->arena, HAD_FMT ":%u, step `" HAD_FMT "`",
                                HAD_ARG(scene->template->path), doc->line, HAD_ARG(step))
               : had_str_printf(c->arena, HAD_FMT ", step `" HAD_FMT "`",
                                HAD_ARG(scene->template->path), HAD_ARG(step));
}

/* ---- tags ---- */

/* Lists of Key and Value, and maps, as one map. */
static struct had_term *tag_map(struct had_arena *arena, const struct had_term *tags)
{
    struct had_term *map = had_term_new(arena, HAD_TERM_MAP, (had_str){0});
    if (!tags)
        return map;
    had_each(const struct had_term_entry, entry, &tags->entries)
        *had_push(arena, &map->entries) = *entry;
    had_each(struct had_term *, item, &tags->items) {
        const struct had_term *key = had_term_at(*item, HAD_STR("Key")),
                              *value = had_term_at(*item, HAD_STR("Value"));
        if (key && value)
            *had_push(arena, &map->entries) =
                (struct had_term_entry){key->text, (struct had_term *)(uintptr_t)value};
    }
    return map;
}

static bool is_in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/*
 * A name that the console shows, where the graph gives none: the words of the address in their
 * order. It is the one property that templates add.
 */
static bool is_title(const struct had_node *node, had_str text)
{
    had_str rest = node->address;
    bool any = false;
    for (uint32_t i = 0, start = 0; i <= text.len; i++) {
        if (i < text.len && is_in_word(text.ptr[i]))
            continue;
        had_str word = had_str_slice(text, start, i);
        start = i + 1;
        if (!word.len)
            continue;
        any = true;
        uint32_t at = 0;
        while (at + word.len <= rest.len &&
               !had_str_eq(had_str_slice(rest, at, at + word.len), word))
            at++;
        if (at + word.len > rest.len)
            return i == text.len && text.len >= 250; /* the last word of a long one is cut */
        rest = had_str_slice(rest, at + word.len, rest.len);
    }
    return any || !text.len;
}

static void compare_tags(struct had_comparing *c, const struct had_rtype *type,
                         const struct had_term *expected, const struct had_term *found)
{
    struct had_term *want = tag_map(c->arena, expected), *have = tag_map(c->arena, found);
    const struct had_term *name = had_term_at(have, HAD_STR("Name"));
    uint32_t listed = found ? found->items.count + found->entries.count : 0;
    if (name && name->tag == HAD_TERM_TEXT && !had_term_at(want, HAD_STR("Name")) &&
        had_str_starts(c->node->type_name, "AWS::") && !type->tags_replace &&
        is_title(c->node, name->text))
        *had_push(c->arena, &want->entries) =
            (struct had_term_entry){HAD_STR("Name"), (struct had_term *)(uintptr_t)name};
    if (found && (listed != have->entries.count ||
                  found->tag != (type->tags_map ? HAD_TERM_MAP : HAD_TERM_LIST))) {
        (void)had_term_same(c, want, found, (struct had_shape){HAD_R_ANY, HAD_R_ANY, NULL},
                            had_str_c(type->tags)); /* not the form that the type takes */
        return;
    }
    struct had_shape texts = {HAD_R_MAP, HAD_R_STRING, NULL};
    (void)had_term_same(c, want, have, texts, had_str_c(type->tags));
}

/* ---- one resource ---- */

struct resource {
    struct had_comparing c;
    const struct had_made *made;
    const struct had_rtype *type;
    const struct had_term *found; /* MAP of properties */
    const struct had_doc *properties;
};

static void compare_property(struct resource *r, had_str name, struct had_span span,
                             const struct had_term *expected)
{
    struct had_comparing *c = &r->c;
    had_str key = name;
    if (c->glue && expected->tag == HAD_TERM_SECRET) /* where it is, not what */
        key = had_str_printf(c->arena, HAD_FMT "From", HAD_ARG(name));
    const struct had_doc *doc = had_doc_get(r->properties, key);
    c->span = had_span_known(span) ? span : c->node->origin->span;
    c->place = place_of(c, c->scene, doc ? doc : r->made->body);
    c->v->result.values++;
    const struct had_term *found = had_term_at(r->found, key);
    if (r->type->tags && had_str_is(name, r->type->tags))
        compare_tags(c, r->type, expected, found);
    else
        (void)had_term_same(c, expected, found, had_shape_of(&r->type->properties, name), name);
}

/* Properties that stand in the template and not in the graph. */
static void compare_rest(struct resource *r, const struct had_term *expected)
{
    static const char *const waiting[] = {"ComplianceSeverity", "WaitForSuccessTimeoutSeconds"};
    struct had_comparing *c = &r->c;
    bool delivery = had_str_is(c->node->type_name, "had::DscDelivery");
    had_each(const struct had_term_entry, entry, &r->found->entries) {
        had_str key = entry->key;
        bool known = had_term_at(expected, key) != NULL;
        if (c->glue && had_str_ends(key, "From")) {
            const struct had_term *plain =
                had_term_at(expected, had_str_slice(key, 0, key.len - (uint32_t)strlen("From")));
            known = known || (plain && plain->tag == HAD_TERM_SECRET);
        }
        if (c->glue) /* who works, and how long it may take: helper.c looks at the first */
            known = known || had_str_is(key, "ServiceToken") || had_str_is(key, "ServiceTimeout");
        for (size_t i = 0; delivery && i < sizeof waiting / sizeof *waiting; i++)
            known = known || had_str_is(key, waiting[i]); /* how the stack waits for it */
        if (known)
            continue;
        c->span = c->node->origin->span;
        c->place = place_of(c, c->scene, had_doc_get(r->properties, key));
        if (r->type->tags && had_str_is(key, r->type->tags))
            compare_tags(c, r->type, NULL, entry->value);
        else
            (void)had_term_same(c, NULL, entry->value, (struct had_shape){0}, key);
    }
}

/* Protected things stay when a stack lets go of them; others go. */
static void compare_protection(struct resource *r)
{
    static const char *const policies[] = {"DeletionPolicy", "UpdateReplacePolicy"};
    struct had_comparing *c = &r->c;
    bool kept = c->node->protect != HAD_PROTECT_NONE || c->node->lifecycle == HAD_ADOPTED;
    c->span = c->node->origin->span;
    c->place = place_of(c, c->scene, r->made->body);
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        had_str policy = had_doc_text(r->made->body, policies[i]);
        bool retains = had_str_is(policy, "Retain");
        if (retains == kept && (kept || !policy.len || had_str_is(policy, "Delete")))
            continue;
        struct had_term *want =
            had_term_new(c->arena, HAD_TERM_TEXT, kept ? HAD_STR("Retain") : HAD_STR("Delete"));
        struct had_term *have = had_term_new(c->arena, HAD_TERM_TEXT, policy);
        (void)had_term_same(c, want, policy.len ? have : NULL,
                            (struct had_shape){HAD_R_STRING, HAD_R_ANY, NULL},
                            had_str_c(policies[i]));
    }
}

static void compare_context(struct resource *r)
{
    struct had_comparing *c = &r->c;
    const struct had_context *context = c->node->context;
    const struct had_read_stack *stack = c->scene->stack;
    c->span = c->node->origin->span;
    c->place = place_of(c, c->scene, r->made->body);
    had_compare_text(c, "account", context->account_id, c->scene->member->account_id);
    had_compare_text(c, "Region", had_node_region(c->v->graph, c->node), c->scene->member->region);
    if (stack->set)
        return; /* the set is made where the organization is managed */
    had_compare_text(c, "name of the account", context->account, stack->account);
    had_compare_text(c, "deploy role", context->deploy_role, stack->deploy_role);
}

static void compare_resource(struct had_scene *scene, struct had_arena *arena, uint32_t place,
                             bool first)
{
    struct had_verification *v = scene->v;
    const struct had_node *node = scene->member->nodes[place];
    const struct had_made *made = &scene->template->made.items[place];
    uint32_t revision = 0;
    had_each(const uint32_t, step, &v->places[node->id].steps)
        revision += *step <= scene->step;
    struct resource r = {
        .c = {.v = v,
              .arena = arena,
              .node = node,
              .scene = scene,
              .glue = had_is_glue_type(made->type)},
        .made = made,
        .type = node->type,
        .properties = had_doc_at(made->body, "Properties"),
    };
    bool delivery = had_str_is(node->type_name, "had::DscDelivery");
    had_str type = node->type_name;
    if (delivery)
        type = HAD_STR("AWS::SSM::Association");
    else if (had_str_starts(type, "had::"))
        type = had_str_printf(arena, "Custom::Had" HAD_FMT,
                              HAD_ARG(had_str_slice(type, (uint32_t)strlen("had::"), type.len)));
    if (delivery)
        r.type = had_rtype_find(type);
    r.found = r.properties ? had_evaluate(scene, arena, r.properties)
                           : had_term_new(arena, HAD_TERM_MAP, (had_str){0});
    if (r.found->tag != HAD_TERM_MAP || !r.type)
        return;
    struct had_expecting e = {v, arena, node, revision ? revision - 1 : 0};
    struct had_term *expected =
        delivery ? had_expect_delivery(&e) : had_term_new(arena, HAD_TERM_MAP, (had_str){0});
    if (!delivery)
        had_each(const struct had_prop_entry, entry, &node->props)
            *had_push(arena, &expected->entries) =
                (struct had_term_entry){entry->key, had_expect(&e, entry->value)};
    for (uint32_t i = 0; i < expected->entries.count; i++)
        compare_property(&r, expected->entries.items[i].key,
                         delivery ? node->origin->span : node->props.items[i].value->span,
                         expected->entries.items[i].value);
    compare_rest(&r, expected);
    if (!first)
        return;
    r.c.place = place_of(&r.c, scene, made->body);
    had_compare_text(&r.c, "type", type, made->type);
    if (had_doc_at(made->body, "Condition"))
        had_differs(v, &HAD0831, node, node->origin->span,
                    "`" HAD_FMT "` is made only where a condition of its template holds",
                    HAD_ARG(node->address));
    compare_protection(&r);
    compare_context(&r);
}

/* ---- what a stack keeps from being lost ---- */

static bool is_denied(const struct had_doc *policy, had_str logical)
{
    static const char prefix[] = "LogicalResourceId/";
    const struct had_doc *statements = had_doc_at(policy, "Statement");
    for (uint32_t i = 0; statements && i < statements->items.count; i++) {
        const struct had_doc *statement = statements->items.items[i];
        const struct had_doc *resources = had_doc_at(statement, "Resource"),
                             *actions = had_doc_at(statement, "Action");
        bool replace = false, removes = false;
        if (!had_str_is(had_doc_text(statement, "Effect"), "Deny") || !resources || !actions)
            continue;
        had_each(struct had_doc *, action, &actions->items) {
            replace = replace || had_str_is((*action)->text, "Update:Replace");
            removes = removes || had_str_is((*action)->text, "Update:Delete");
        }
        had_each(struct had_doc *, one, &resources->items)
            if (replace && removes && had_str_starts((*one)->text, prefix) &&
                had_str_eq(had_str_slice((*one)->text, sizeof prefix - 1, (*one)->text.len),
                           logical))
                return true;
    }
    return false;
}

static void compare_policy(struct had_verification *v, const struct had_read_stack *stack)
{
    const struct had_doc *doc = v->steps.items[stack->steps.items[0]].doc;
    const struct had_doc *protection = had_doc_at(doc, "terminationProtection");
    had_str path = had_doc_text(doc, "stackPolicy"), problem = {0};
    const struct had_verify_file *file = path.len ? had_verify_file_at(v, path) : NULL;
    const struct had_doc *policy = file ? had_doc_read(v->arena, path, file->text, &problem) : NULL;
    for (uint32_t i = 0; i < stack->template->made.count && !stack->set; i++) {
        const struct had_made *made = &stack->template->made.items[i];
        const struct had_node *node = made->node;
        if (!node || node->protect == HAD_PROTECT_NONE)
            continue;
        bool acknowledged = node->protect == HAD_PROTECT_ACKNOWLEDGE;
        if (!protection || !had_str_is(protection->text, "true") ||
            (acknowledged && !is_denied(policy, made->logical)))
            had_differs(v, &HAD0830, node, node->origin->span,
                        acknowledged ? "`" HAD_FMT "` is protected, and stack `" HAD_FMT
                                       "` may be deleted or may replace it"
                                     : "`" HAD_FMT "` is kept, and stack `" HAD_FMT
                                       "` may be deleted",
                        HAD_ARG(node->address), HAD_ARG(stack->id));
    }
}

/* ---- stacks ---- */

static void compare_scene(struct had_scene *scene, bool first)
{
    for (uint32_t i = 0; i < scene->template->made.count; i++) {
        struct had_arena scratch = {0};
        if (scene->member->nodes[i])
            compare_resource(scene, &scratch, i, first);
        had_arena_free(&scratch);
    }
}

static void compare_parameters(struct had_verification *v, const struct had_read_step *step)
{
    const struct had_doc *given = had_doc_at(step->doc, "parameters"),
                         *asked = had_doc_at(step->stack->outer->root, "Parameters");
    static const char *const types[] = {"String", "Number", "CommaDelimitedList",
                                        "AWS::EC2::Image::Id"};
    for (uint32_t i = 0; asked && i < asked->entries.count; i++) {
        had_str type = had_doc_text(asked->entries.items[i].value, "Type");
        bool known =
            false; /* others are looked up in the account of the stack, or read elsewhere */
        for (size_t k = 0; k < sizeof types / sizeof *types; k++)
            known = known || had_str_is(type, types[k]);
        if (!known)
            had_differs(v, &HAD0835, NULL, (struct had_span){0},
                        "parameter `" HAD_FMT "` of `" HAD_FMT "` has type `" HAD_FMT
                        "`, which the proof does not know",
                        HAD_ARG(asked->entries.items[i].key), HAD_ARG(step->stack->outer->path),
                        HAD_ARG(type));
    }
    for (uint32_t i = 0; given && i < given->entries.count; i++)
        if (!had_doc_get(asked, given->entries.items[i].key))
            had_differs(v, &HAD0835, NULL, (struct had_span){0},
                        "step `" HAD_FMT "` gives `" HAD_FMT "`, which its template does not take",
                        HAD_ARG(step->id), HAD_ARG(given->entries.items[i].key));
}

void had_compare_stacks(struct had_verification *v)
{
    for (uint32_t i = 0; i < v->steps.count; i++) {
        struct had_read_step *step = &v->steps.items[i];
        if (step->kind != HAD_BY_STACK)
            continue;
        struct had_read_stack *stack = step->stack;
        struct had_scene *scene = had_scene_of_step(v, i);
        bool first = stack->steps.items[0] == i;
        compare_parameters(v, step);
        if (first)
            compare_policy(v, stack);
        if (!stack->set) {
            compare_scene(scene, first);
            continue;
        }
        for (uint32_t m = 0; m < stack->members.count; m++) {
            struct had_scene member = {.v = v,
                                       .stack = stack,
                                       .template = stack->template,
                                       .step = i,
                                       .member = &stack->members.items[m],
                                       .outer = scene};
            compare_scene(&member, first);
        }
    }
}
