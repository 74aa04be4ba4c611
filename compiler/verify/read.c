/* The output folder: manifest.json, and the templates that it names. */
#include "verify/internal.h"

#include <openssl/evp.h>
#include <string.h>

static void unreadable(struct had_verification *v, had_str path, had_str problem)
{
    had_differs(v, &HAD0835, NULL, (struct had_span){0},
                "`" HAD_FMT "` cannot be read back: " HAD_FMT, HAD_ARG(path), HAD_ARG(problem));
}

/* ---- what is looked up for every step ---- */

void had_index_files(struct had_verification *v)
{
    for (uint32_t i = 0; i < v->input->file_count; i++) {
        had_sym path = had_intern(&v->names, v->input->files[i].path);
        if (!had_map_get(&v->file_by_path, path))
            had_map_put(v->arena, &v->file_by_path, path, i);
    }
}

const struct had_verify_file *had_verify_file_at(const struct had_verification *v, had_str path)
{
    const uint64_t *at = had_map_get(&v->file_by_path, had_symbol_find(&v->names, path));
    return at ? &v->input->files[*at] : NULL;
}

/* Unit separators cannot stand in any of the parts. */
static had_str place_key(struct had_arena *arena, had_str name, had_str account_id, had_str region)
{
    return had_str_printf(arena, "stacks\x1f" HAD_FMT "\x1f" HAD_FMT "\x1f" HAD_FMT,
                          HAD_ARG(account_id), HAD_ARG(region), HAD_ARG(name));
}

struct chain {
    struct had_read_stack *first, *last;
};

static struct chain *chain_of(struct had_verification *v, struct had_map *chains, had_str key)
{
    had_sym symbol = had_intern(&v->names, key);
    const uint64_t *found = had_map_get(chains, symbol);
    if (found)
        return (struct chain *)(uintptr_t)*found;
    struct chain *chain = had_new(v->arena, struct chain);
    had_map_put(v->arena, chains, symbol, (uintptr_t)chain);
    return chain;
}

static void index_stack(struct had_verification *v, struct had_read_stack *stack)
{
    struct had_arena scratch = {0};
    struct chain *like = chain_of(
                     v, &v->stacks_like,
                     place_key(&scratch, stack->stack_name, stack->account_id, stack->region)),
                 *there =
                     chain_of(v, &v->stacks_there,
                              place_key(&scratch, (had_str){0}, stack->account_id, stack->region));
    *(like->last ? &like->last->next_like : &like->first) = stack;
    *(there->last ? &there->last->next_there : &there->first) = stack;
    like->last = there->last = stack;
    had_arena_free(&scratch);
}

struct had_read_stack *had_stacks_at(const struct had_verification *v, had_str name,
                                     had_str account_id, had_str region)
{
    struct had_arena scratch = {0};
    had_sym key = had_symbol_find(&v->names, place_key(&scratch, name, account_id, region));
    const uint64_t *found = had_map_get(name.len ? &v->stacks_like : &v->stacks_there, key);
    had_arena_free(&scratch);
    return found ? ((const struct chain *)(uintptr_t)*found)->first : NULL;
}

had_str had_verify_digest(struct had_arena *arena, had_str bytes)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(bytes.ptr ? bytes.ptr : "", bytes.len, digest, &size, EVP_sha256(), NULL) != 1)
        had_out_of_memory(bytes.len);
    char *hex = had_arena_text(arena, (size_t)size * 2 + 1);
    for (unsigned i = 0; i < size; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    return (had_str){hex, 2 * size};
}

bool had_is_glue_type(had_str type)
{
    return had_str_starts(type, "Custom::Had");
}

/* ---- a template ---- */

struct referring {
    struct had_verification *v;
    struct had_read_template *template;
    uint32_t place;
};

static void refers_to(struct referring *r, had_str logical)
{
    const uint64_t *place =
        had_map_get(&r->template->places, had_symbol_find(&r->template->names, logical));
    if (place)
        *had_push(r->v->arena, &r->template->made.items[r->place].refers) = (uint32_t)*place;
}

static void refers_in_text(struct referring *r, had_str text)
{
    for (uint32_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] != '$' || text.ptr[i + 1] != '{')
            continue;
        uint32_t end = i + 2;
        while (end < text.len && text.ptr[end] != '}' && text.ptr[end] != '.')
            end++;
        refers_to(r, had_str_slice(text, i + 2, end));
    }
}

/* All that CloudFormation orders by: Ref, GetAtt and Sub, in every branch of a condition. */
static void find_references(struct referring *r, const struct had_doc *doc)
{
    had_each(struct had_doc *, item, &doc->items)
        find_references(r, *item);
    had_each(const struct had_doc_entry, entry, &doc->entries) {
        const struct had_doc *value = entry->value;
        if (had_str_is(entry->key, "Ref") && value->tag == HAD_DOC_TEXT)
            refers_to(r, value->text);
        else if (had_str_is(entry->key, "Fn::GetAtt") && value->items.count)
            refers_to(r, value->items.items[0]->text);
        else if (had_str_is(entry->key, "Fn::GetAtt") && had_str_find(value->text, '.') > 0)
            refers_to(r, had_str_slice(value->text, 0, (uint32_t)had_str_find(value->text, '.')));
        else if (had_str_is(entry->key, "Fn::Sub") && value->tag == HAD_DOC_TEXT)
            refers_in_text(r, value->text);
        else if (had_str_is(entry->key, "Fn::Sub") && value->items.count)
            refers_in_text(r, value->items.items[0]->text);
        find_references(r, value);
    }
}

static struct had_read_template *template_of(struct had_verification *v, had_str path, had_str text)
{
    struct had_arena *arena = v->arena;
    had_str problem;
    struct had_read_template *template = had_new(arena, struct had_read_template);
    template->path = path;
    template->root = had_doc_read(arena, path, text, &problem);
    const struct had_doc *resources = had_doc_at(template->root, "Resources");
    if (template->root && (!resources || resources->tag != HAD_DOC_MAP))
        problem = HAD_STR("it has no resources");
    if (problem.len) {
        unreadable(v, path, problem);
        return NULL;
    }
    had_symbols_init(&template->names, arena);
    had_each(const struct had_doc_entry, entry, &resources->entries) {
        had_map_put(arena, &template->places, had_intern(&template->names, entry->key),
                    template->made.count);
        *had_push(arena, &template->made) =
            (struct had_made){.logical = entry->key,
                              .type = had_doc_text(entry->value, "Type"),
                              .body = entry->value};
    }
    for (uint32_t i = 0; i < template->made.count; i++) {
        struct referring r = {v, template, i};
        const struct had_doc *body = template->made.items[i].body;
        const struct had_doc *depends = had_doc_at(body, "DependsOn");
        const struct had_doc *properties = had_doc_at(body, "Properties");
        if (properties)
            find_references(&r, properties);
        if (depends && depends->tag == HAD_DOC_TEXT)
            refers_to(&r, depends->text);
        if (depends)
            had_each(struct had_doc *, item, &depends->items)
                refers_to(&r, (*item)->text);
    }
    return template;
}

/* ---- which resource is which node ---- */

static const struct had_node **no_nodes(struct had_verification *v,
                                        const struct had_read_template *template)
{
    return had_new_n(v->arena, const struct had_node *, template->made.count + 1);
}

/* `ACCOUNT/NAME` of a stack set names an account, too. */
static struct had_member *member_of(struct had_read_stack *stack, had_str *name)
{
    int64_t slash = stack->set ? had_str_find(*name, '/') : -1;
    if (slash < 0)
        return stack->set || !stack->members.count ? NULL : &stack->members.items[0];
    had_str account = had_str_slice(*name, 0, (uint32_t)slash);
    *name = had_str_slice(*name, (uint32_t)slash + 1, name->len);
    had_each(struct had_member, member, &stack->members)
        if (had_str_eq(member->account_id, account))
            return member;
    return NULL;
}

static void name_resources(struct had_verification *v, struct had_read_stack *stack,
                           const struct had_doc *resources)
{
    struct had_read_template *template = stack->template;
    had_each(const struct had_doc_entry, entry, &resources->entries) {
        had_str name = entry->key;
        struct had_member *member = member_of(stack, &name);
        const uint64_t *place =
            had_map_get(&template->places, had_symbol_find(&template->names, name));
        const struct had_node *node = had_graph_find(v->graph, entry->value->text);
        if (!node) {
            had_differs(v, &HAD0832, NULL, (struct had_span){0},
                        "step `" HAD_FMT "` makes `" HAD_FMT "`, which the graph does not have",
                        HAD_ARG(stack->id), HAD_ARG(entry->value->text));
            continue;
        }
        if (!member || !place) {
            had_differs(v, &HAD0831, node, node->origin->span,
                        "`" HAD_FMT "` should be `" HAD_FMT "` of `" HAD_FMT
                        "`, which has no such resource",
                        HAD_ARG(node->address), HAD_ARG(entry->key), HAD_ARG(template->path));
            continue;
        }
        member->nodes[*place] = node;
        if (!template->made.items[*place].node)
            template->made.items[*place].node = node;
    }
}

/* ---- stacks ---- */

static const struct had_doc *set_in(const struct had_read_template *template)
{
    had_each(const struct had_made, made, &template->made)
        if (had_str_is(made->type, "AWS::CloudFormation::StackSet"))
            return had_doc_at(made->body, "Properties");
    return NULL;
}

static const struct had_doc *first_of(const struct had_doc *list)
{
    return list && list->items.count == 1 ? list->items.items[0] : NULL;
}

static bool read_set(struct had_verification *v, struct had_read_stack *stack)
{
    had_str outer = stack->outer->path, body = had_doc_text(stack->set, "TemplateBody");
    uint32_t dot = outer.len;
    while (dot && outer.ptr[dot - 1] != '.')
        dot--;
    had_str path = had_str_printf(v->arena, HAD_FMT ".accounts." HAD_FMT,
                                  HAD_ARG(had_str_slice(outer, 0, dot ? dot - 1 : 0)),
                                  HAD_ARG(had_str_slice(outer, dot, outer.len)));
    const struct had_verify_file *file = had_verify_file_at(v, path);
    if (!file || !had_str_eq(file->text, body)) {
        unreadable(v, path, HAD_STR("it is not the template inside the stack set"));
        return false;
    }
    stack->template = template_of(v, path, body);
    if (!stack->template)
        return false;
    const struct had_doc *groups = had_doc_at(stack->set, "StackInstancesGroup");
    for (uint32_t i = 0; groups && i < groups->items.count; i++) {
        const struct had_doc *group = groups->items.items[i];
        const struct had_doc *account =
            first_of(had_doc_at(had_doc_at(group, "DeploymentTargets"), "Accounts"));
        const struct had_doc *region = first_of(had_doc_at(group, "Regions"));
        if (!account || !region) {
            unreadable(v, outer, HAD_STR("a group of the stack set is not one account and Region"));
            continue;
        }
        *had_push(v->arena, &stack->members) = (struct had_member){
            account->text, region->text, had_doc_at(group, "ParameterOverrides"),
            no_nodes(v, stack->template)};
    }
    return true;
}

static bool new_stack(struct had_verification *v, struct had_read_step *step)
{
    const struct had_doc *doc = step->doc;
    struct had_read_stack *stack = had_new(v->arena, struct had_read_stack);
    const struct had_doc *account = had_doc_at(doc, "account");
    had_str path = had_doc_text(doc, "template");
    const struct had_verify_file *file = had_verify_file_at(v, path);
    stack->id = step->id;
    stack->stack_name = had_doc_text(doc, "stackName");
    stack->account = had_doc_text(account, "name");
    stack->account_id = had_doc_text(account, "id");
    stack->region = had_doc_text(doc, "region");
    stack->deploy_role = had_doc_text(doc, "deployRole");
    if (!file) {
        unreadable(v, path, HAD_STR("it is not there"));
        return false;
    }
    if (!had_str_eq(had_verify_digest(v->arena, file->text), had_doc_text(doc, "sha256")))
        unreadable(v, path, HAD_STR("it is not the text whose SHA-256 the manifest has"));
    stack->outer = stack->template = template_of(v, path, file->text);
    if (!stack->outer)
        return false;
    stack->set = set_in(stack->outer);
    if (stack->set && !read_set(v, stack))
        return false;
    if (!stack->set)
        *had_push(v->arena, &stack->members) = (struct had_member){
            stack->account_id, stack->region, NULL, no_nodes(v, stack->template)};
    name_resources(v, stack, had_doc_at(doc, "resources"));
    had_map_put(v->arena, &v->stack_by_id, had_intern(&v->names, stack->id), v->stacks.count);
    *had_push(v->arena, &v->stacks) = stack;
    index_stack(v, stack);
    step->stack = stack;
    return true;
}

static void add_node(struct had_verification *v, struct had_read_step *step, had_str address)
{
    const struct had_node *node = had_graph_find(v->graph, address);
    if (node)
        *had_push(v->arena, &step->nodes) = node;
    else
        had_differs(v, &HAD0832, NULL, (struct had_span){0},
                    "step `" HAD_FMT "` names `" HAD_FMT "`, which the graph does not have",
                    HAD_ARG(step->id), HAD_ARG(address));
}

static bool read_stack_step(struct had_verification *v, struct had_read_step *step, uint32_t index)
{
    const struct had_doc *changes = had_doc_at(step->doc, "changes");
    if (had_doc_at(step->doc, "resources")) {
        if (!new_stack(v, step))
            return false;
    } else {
        int64_t at = had_str_find(step->id, '@');
        had_str id = had_str_slice(step->id, 0, at < 0 ? step->id.len : (uint32_t)at);
        const uint64_t *stack = had_map_get(&v->stack_by_id, had_symbol_find(&v->names, id));
        if (!stack || !had_str_eq(had_doc_text(step->doc, "template"),
                                  v->stacks.items[*stack]->outer->path)) {
            unreadable(v, step->id, HAD_STR("it changes a stack that no step makes before"));
            return false;
        }
        step->stack = v->stacks.items[*stack];
        for (uint32_t i = 0; changes && i < changes->items.count; i++)
            add_node(v, step, changes->items.items[i]->text);
    }
    *had_push(v->arena, &step->stack->steps) = index;
    return true;
}

/* ---- steps ---- */

static bool read_step(struct had_verification *v, const struct had_doc *doc)
{
    uint32_t index = v->steps.count;
    struct had_read_step *step = had_push(v->arena, &v->steps);
    step->doc = doc;
    step->id = had_doc_text(doc, "id");
    const struct had_doc *waits = had_doc_at(doc, "waitsFor");
    for (uint32_t i = 0; waits && i < waits->items.count; i++) {
        had_str id = waits->items.items[i]->text;
        const uint64_t *earlier = had_map_get(&v->step_by_id, had_symbol_find(&v->names, id));
        if (earlier)
            *had_push(v->arena, &step->waits) = (uint32_t)*earlier;
        else
            unreadable(v, step->id,
                       had_str_printf(v->arena,
                                      "it waits for `" HAD_FMT "`, which is no earlier step",
                                      HAD_ARG(id)));
    }
    if (!step->id.len ||
        !had_map_put(v->arena, &v->step_by_id, had_intern(&v->names, step->id), index)) {
        unreadable(v, HAD_STR("manifest.json"), HAD_STR("a step has no name of its own"));
        return false;
    }
    had_str kind = had_doc_text(doc, "kind");
    const struct had_doc *configurations = had_doc_at(doc, "configurations"),
                         *compiled = had_doc_at(doc, "compiled");
    had_sym file = had_intern(&v->names, had_doc_text(compiled, "file"));
    if (file && !had_map_get(&v->compiled_by_file, file))
        had_map_put(v->arena, &v->compiled_by_file, file, (uintptr_t)compiled);
    if (had_str_is(kind, "stack")) {
        step->kind = HAD_BY_STACK;
        return read_stack_step(v, step, index);
    }
    step->kind = had_str_is(kind, "delivery") ? HAD_BY_DELIVERY : HAD_BY_GATE;
    if (step->kind == HAD_BY_GATE)
        add_node(v, step, had_doc_text(doc, "address"));
    for (uint32_t i = 0; configurations && i < configurations->items.count; i++)
        add_node(v, step, configurations->items.items[i]->text);
    return true;
}

bool had_read_output(struct had_verification *v)
{
    had_str path = HAD_STR("manifest.json"), problem;
    const struct had_verify_file *file = had_verify_file_at(v, path);
    if (!file) {
        unreadable(v, path, HAD_STR("it is not there"));
        return false;
    }
    const struct had_doc *manifest = had_doc_read(v->arena, path, file->text, &problem);
    const struct had_doc *steps = had_doc_at(manifest, "steps");
    if (manifest && (!steps || steps->tag != HAD_DOC_LIST))
        problem = HAD_STR("it has no steps");
    if (problem.len) {
        unreadable(v, path, problem);
        return false;
    }
    bool good = true;
    had_each(struct had_doc *, step, &steps->items)
        good = read_step(v, *step) && good;
    v->result.stacks = v->stacks.count;
    v->result.steps = v->steps.count;
    return good; /* what is not read cannot be compared */
}
