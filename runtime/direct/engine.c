/*
 * `--engine LAYER=ENGINE`: layers go from stacks to direct execution, or are watched where stacks
 * make them. A plan of its own, in which no object changes but for its tags:
 *
 *     cloudformation   what the layer's stacks made is found by their lists, compared, and noted in
 * the state as existing: read and compared from then on, never changed direct           the same;
 * then the stacks let go of it, keeping all; then it is tagged and its records say that it is ours;
 * then a plan of everything has to be empty there back             what is ours gets stacks that
 * import it: change sets are made and looked at first, then the records let go, then the stacks
 * import, then our tags go
 *
 * Between letting go and taking over nobody owns it; at no moment do two. Whatever ends it in
 * between, the records have the ids, and the next run goes on.
 */
#include "direct/stacks.h"

#include "diag/render.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct handover {
    struct had_session *s;
    bool wanted[HAD_LAYER_COUNT];
    bool direct; /* to direct execution */
    struct had_live_stacks stacks;
    struct had_register found;
    struct had_runner runner;
    uint32_t objects, tagged,
        ours;        /* in the stacks; that take tags; that are this deployment's already */
    uint32_t absent; /* of the spec, and in no stack */
    uint32_t failed; /* objects whose tags could not be changed */
};

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    struct had_buffer safe = {0};
    struct had_arena arena = {0};
    va_list args;
    va_start(args, format);
    for (; *format == '\n'; format++)
        had_buffer_c(&safe, "\n");
    had_buffer_safe(&safe, had_str_vprintf(&arena, format, args));
    va_end(args);
    had_buffer_c(&safe, "\n");
    had_cli_print(had_buffer_view(&safe));
    had_buffer_free(&safe);
    had_arena_free(&arena);
}

/* ---- what is asked for ---- */

static bool choose_layer(struct handover *h, const char *text, had_str *engine)
{
    const char *equals = strchr(text, '=');
    had_str name = {text, (uint32_t)(equals - text)};
    *engine = had_str_c(equals + 1);
    bool any = false;
    for (int layer = HAD_LAYER_NONE + 1; layer < HAD_LAYER_COUNT; layer++) {
        bool is =
            had_str_is(name, "all") || had_str_is(name, had_layer_name((enum had_layer)layer));
        h->wanted[layer] |= is;
        any |= is;
    }
    return any;
}

static int choose(struct handover *h)
{
    const struct had_cli *cli = h->s->cli;
    had_str engine = {0}, first = {0};
    if (cli->targets.count || cli->replace.count || cli->no_refresh || cli->refresh_only ||
        cli->output) {
        fprintf(stderr,
                "had %s: --engine hands whole layers over and does nothing else: leave "
                "--target, --replace, --no-refresh, --refresh-only and --output out\n",
                cli->command);
        return HAD_EXIT_USAGE;
    }
    for (uint32_t i = 0; i < cli->engines.count; i++) {
        if (!choose_layer(h, cli->engines.items[i], &engine)) {
            fprintf(stderr, "had %s: no layer is named so: say one of `all`", cli->command);
            for (int layer = HAD_LAYER_NONE + 1; layer < HAD_LAYER_COUNT; layer++)
                fprintf(stderr, ", `%s`", had_layer_name((enum had_layer)layer));
            fprintf(stderr, "\n");
            return HAD_EXIT_USAGE;
        }
        if (first.len && !had_str_eq(first, engine)) {
            fprintf(stderr,
                    "had %s: one run hands over in one direction: to `direct` or to "
                    "`cloudformation`\n",
                    cli->command);
            return HAD_EXIT_USAGE;
        }
        first = engine;
    }
    h->direct = had_str_is(engine, "direct");
    return HAD_EXIT_DONE;
}

/* Of the layers, made by stacks' resources. */
static bool is_of(void *context, const struct had_node *node)
{
    const struct handover *h = context;
    return h->wanted[node->layer] && node->class == HAD_RESOURCE &&
           node->lifecycle != HAD_EXISTING && node->phase <= h->s->deployment.phase &&
           h->stacks.steps->stack_of[node->id];
}

static bool is_ours(const struct had_record *record)
{
    return record && record->lifecycle != HAD_RECORD_EXISTING;
}

/* ---- finding ---- */

/* What the driver is told of one that a stack has: its id, where it knows no way but a token to
 * find it; what the stack calls it, where that is no id; NULL: nothing, it finds it by what the
 * spec says. */
static const char *told_as(const struct had_driver *driver)
{
    size_t i;
    json_t *finder;
    bool natural = false, physical = false;
    json_array_foreach(json_object_get(driver->spec, "find"), i, finder) {
        char *text = json_dumps(finder, JSON_COMPACT);
        natural |= text && !strstr(text, "token");
        physical |= text && strstr(text, "$note.Physical");
        free(text);
    }
    return physical ? "physical" : natural ? NULL : "id";
}

static had_str objection(void *context, const struct had_node *node, const struct had_op *op)
{
    struct handover *h = context;
    struct had_arena *arena = &h->s->arena;
    const struct had_live_stack *stack = had_stacks_of(&h->stacks, node);
    if (op->deployment.len && !had_str_eq(op->deployment, h->s->deployment.name))
        return had_str_printf(arena, "it belongs to deployment `" HAD_FMT "`",
                              HAD_ARG(op->deployment));
    if (op->stack.len && stack && !had_str_eq(op->stack, stack->id))
        return had_str_printf(arena, "it belongs to stack `" HAD_FMT "`", HAD_ARG(op->stack));
    return (had_str){0};
}

/* What the stacks say of each node. */
static json_t *map_of(struct handover *h)
{
    struct had_session *s = h->s;
    json_t *map = json_object();
    for (uint32_t i = 0; i < s->deployment.graph->nodes.count; i++) {
        const struct had_node *node = s->deployment.graph->nodes.items[i];
        const struct had_driver *driver = had_driver_find(&s->deployment.drivers, node->type_name);
        if (!is_of(h, node) || !driver || had_state_find(s->state, node->address))
            continue;
        had_str id = had_stacks_physical(&h->stacks, node);
        const char *as = told_as(driver);
        if (id.len && as)
            json_object_set_new(map, had_str_cstr(&s->arena, node->address),
                                json_pack("{s:s%}", as, id.ptr, (size_t)id.len));
    }
    return map;
}

/* Only what the stacks say that they have is looked for. */
static bool is_there(void *context, const struct had_node *node)
{
    struct handover *h = context;
    return is_of(h, node) && had_stacks_physical(&h->stacks, node).len > 0;
}

static void count(struct handover *h)
{
    struct had_session *s = h->s;
    h->objects = h->tagged = h->ours = 0;
    for (uint32_t i = 0; i < s->deployment.graph->nodes.count; i++) {
        const struct had_node *node = s->deployment.graph->nodes.items[i];
        if (!is_of(h, node))
            continue;
        const struct had_record *record = had_state_find(s->state, node->address);
        h->ours += is_ours(record);
        h->objects += record && !is_ours(record);
        h->tagged += record && is_ours(record) != h->direct && node->type && node->type->tags;
    }
}

/* Names what is in the way; how many. */
static uint32_t tell_unfit(struct handover *h)
{
    struct had_session *s = h->s;
    uint32_t unfit = 0;
    for (uint32_t i = 0; i < s->deployment.graph->nodes.count; i++) {
        const struct had_node *node = s->deployment.graph->nodes.items[i];
        if (!is_of(h, node) || had_state_find(s->state, node->address))
            continue;
        char *address = had_str_cstr(&s->arena, node->address);
        const char *why = json_string_value(json_object_get(h->found.unfit, address));
        if (had_stacks_physical(&h->stacks, node).len == 0) {
            h->absent++;
            continue;
        }
        say("    × %s: %s", address, why ? why : "nothing here can read it");
        unfit++;
    }
    return unfit;
}

/* ---- telling ---- */

static uint32_t tell_errors(const struct handover *h)
{
    uint32_t errors = 0;
    had_each(const struct had_live_stack, stack, &h->stacks.items) {
        if (stack->error.len == 0)
            continue;
        errors++;
        say("    × stack " HAD_FMT " of account " HAD_FMT ", " HAD_FMT ": " HAD_FMT,
            HAD_ARG(stack->stack->stack_name), HAD_ARG(stack->stack->account),
            HAD_ARG(stack->stack->region), HAD_ARG(stack->error));
    }
    return errors;
}

static void tell_layers(const struct handover *h)
{
    for (int layer = 0; layer < HAD_LAYER_COUNT; layer++) {
        uint32_t stacks = 0;
        had_each(const struct had_live_stack, stack, &h->stacks.items)
            stacks += (int)stack->stack->layer == layer && stack->described != NULL;
        if (h->wanted[layer] && stacks)
            say("layer %s: %u stack%s", had_layer_name((enum had_layer)layer), stacks,
                stacks == 1 ? "" : "s");
    }
}

static uint32_t resources_of(const struct had_live_stack *stack)
{
    return (uint32_t)json_object_size(stack->resources);
}

/* Other stacks' parameters that outputs of these give. */
static void tell_readers(const struct handover *h)
{
    bool any = false;
    had_each(struct had_stack *, at, &h->stacks.steps->stacks) {
        const struct had_stack *reader = *at;
        uint32_t values = 0;
        if (h->wanted[reader->layer])
            continue;
        had_each(struct had_parameter *, parameter, &reader->parameters)
            had_each(const struct had_binding, binding, &(*parameter)->bindings)
                values += binding->kind == HAD_BIND_OUTPUT && h->wanted[binding->stack->layer];
        if (values && !any)
            say("\nStacks of other layers keep what they have read of these, where they are; "
                "`had output` tells it from now on:");
        any |= values > 0;
        if (values)
            say("    stack " HAD_FMT " of account " HAD_FMT ", " HAD_FMT ": %u value%s",
                HAD_ARG(reader->stack_name), HAD_ARG(reader->account), HAD_ARG(reader->region),
                values, values == 1 ? "" : "s");
    }
}

static void tell_direct(const struct handover *h)
{
    say("\n1. The stacks let go; nothing that they made is touched:");
    had_each(const struct had_live_stack, stack, &h->stacks.items)
        if (stack->described)
            say("    account " HAD_FMT ", " HAD_FMT ": stack " HAD_FMT ", %u resources; %s",
                HAD_ARG(stack->stack->account), HAD_ARG(stack->stack->region),
                HAD_ARG(stack->stack->stack_name), resources_of(stack),
                stack->next.len ? "a change set gives them `DeletionPolicy: Retain`, then it is "
                                  "deleted"
                                : "it keeps them already, and is deleted");
    say("2. %u objects become this deployment's: %u get the tags had:deployment, had:address and "
        "had:token; %u without tags have their records.",
        h->objects, h->tagged, h->objects - h->tagged);
    say("3. They are read again, and a plan has to be empty there.");
}

static void tell_plan(const struct handover *h)
{
    tell_layers(h);
    if (h->absent)
        say("%u objects of the spec are in none of the stacks, and not handed over: %s", h->absent,
            h->direct ? "the next `had apply` makes them"
                      : "deploy what `had build` writes, then take note of them");
    if (!h->direct) {
        say("\n%u objects are as the spec says. They are noted as existing: read and compared by "
            "`had plan` and `had drift`, never changed.",
            h->objects);
        return;
    }
    tell_direct(h);
    tell_readers(h);
}

/* ---- doing ---- */

static void set_engines(struct handover *h, bool by_stacks)
{
    struct had_state *state = h->s->state;
    json_t *all =
        state->engines.len ? json_loadb(state->engines.ptr, state->engines.len, 0, NULL) : NULL;
    if (!all)
        all = json_object();
    for (int layer = HAD_LAYER_NONE + 1; layer < HAD_LAYER_COUNT; layer++) {
        if (!h->wanted[layer])
            continue;
        const char *name = had_layer_name((enum had_layer)layer);
        if (by_stacks)
            json_object_set_new(all, name, json_string("cloudformation"));
        else
            json_object_del(all, name);
    }
    char *text = json_object_size(all) ? json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    state->engines = had_str_dup(state->arena, had_str_c(text));
    free(text);
    json_decref(all);
}

struct adoption { /* or the way back */
    struct handover *h;
    const struct had_node *node;
    struct had_record *record;
    bool ours; /* then */
    json_t *desired, *live, *changed, *tags, *applied;
};

static void note_owner(struct adoption *a)
{
    struct had_session *s = a->h->s;
    struct had_record *record = a->record;
    const struct had_live_stack *stack = had_stacks_of(&a->h->stacks, a->node);
    had_str message = {0};
    record->lifecycle = a->ours ? HAD_RECORD_ADOPTED : HAD_RECORD_EXISTING;
    record->status = HAD_RECORD_READY;
    record->changed = s->world.cloud.wall(s->world.cloud.context);
    if (!a->ours)
        record->token = (had_str){0};
    if (a->ours && stack && stack->id.len) { /* its tags may stay on what it let go of */
        if (!record->extra)
            record->extra = json_object();
        json_object_set_new(record->extra, "left", json_stringn(stack->id.ptr, stack->id.len));
    }
    if (had_state_log(s->state, record, &message) != HAD_STATE_OK) {
        say("FAILED: " HAD_FMT "\n    " HAD_FMT, HAD_ARG(record->address), HAD_ARG(message));
        a->h->failed++;
    }
}

static void tagged(void *context, struct had_op *op)
{
    struct adoption *a = context;
    json_decref(a->record->applied); /* as it was noted: our tags are not the spec's */
    a->record->applied = a->applied;
    a->applied = NULL;
    if (op->end == HAD_OP_DONE) {
        note_owner(a);
    } else {
        a->h->failed++;
        say("FAILED: " HAD_FMT "\n    " HAD_FMT, HAD_ARG(a->record->address), HAD_ARG(op->error));
    }
    json_decref(a->desired);
    json_decref(a->live);
    json_decref(a->changed);
    json_decref(a->tags);
}

/* Our tags come beside those that the spec states, or go. */
static void retag(struct handover *h, const struct had_node *node, struct had_record *record,
                  bool ours)
{
    struct had_session *s = h->s;
    struct had_deployment *d = &s->deployment;
    struct adoption *a = had_new(&s->arena, struct adoption);
    const struct had_driver *driver = had_driver_find(&d->drivers, record->type);
    if (record->token.len == 0)
        record->token =
            had_state_token(s->state, s->state->arena, record->address, record->generation);
    *a = (struct adoption){.h = h, .node = node, .record = record, .ours = ours};
    a->desired = had_deployment_desired(d, node, record->revision);
    a->tags = had_desired_tags(node, a->desired, d->name, record->token);
    if (!a->tags) {
        note_owner(a);
        json_decref(a->desired);
        return;
    }
    const json_t *stated = json_object_get(a->desired, node->type->tags);
    json_t *alone = stated ? json_deep_copy(stated) : json_array();
    a->live = json_copy(a->desired);
    json_object_set(a->live, "Tags", ours ? alone : a->tags);
    json_object_set(a->desired, "Tags", ours ? a->tags : alone);
    json_decref(alone);
    a->changed = json_pack("[s]", "Tags");
    a->applied = json_incref(record->applied);
    struct had_op_input input = had_deployment_input(d, driver, HAD_DO_CHANGE, record);
    input.desired = a->desired;
    input.live = a->live;
    input.changed = a->changed;
    input.tags = a->tags;
    had_runner_start(&h->runner, &input, tagged, a);
}

static bool retag_all(struct handover *h, bool ours)
{
    struct had_session *s = h->s;
    struct had_deployment *d = &s->deployment;
    had_str message = {0};
    had_runner_open(&h->runner, &s->world, s->state);
    h->runner.parallel = d->parallel;
    for (uint32_t i = 0; i < d->graph->nodes.count; i++) {
        const struct had_node *node = d->graph->nodes.items[i];
        struct had_record *record = had_state_find(s->state, node->address);
        if (record && is_of(h, node) && !is_ours(record))
            retag(h, node, record, ours);
    }
    while (had_runner_turn(&h->runner))
        continue;
    if (h->runner.error.len)
        say("FAILED: " HAD_FMT, HAD_ARG(h->runner.error));
    bool fine = h->runner.error.len == 0 && h->failed == 0;
    had_runner_close(&h->runner);
    if (had_state_sync(s->state, &message) != HAD_STATE_OK) {
        say("FAILED: " HAD_FMT, HAD_ARG(message));
        return false;
    }
    return fine;
}

static void told(void *context, const struct had_live_stack *stack, const char *what)
{
    (void)context;
    if (!stack->described && stack->id.len == 0)
        return;
    say("stack " HAD_FMT " of account " HAD_FMT ", " HAD_FMT ": %s%s" HAD_FMT,
        HAD_ARG(stack->stack->stack_name), HAD_ARG(stack->stack->account),
        HAD_ARG(stack->stack->region), what, stack->error.len ? ": " : "", HAD_ARG(stack->error));
}

/* Reads all; true if nothing of the layers that has a record differs from the spec. */
static bool is_empty(struct handover *h, uint32_t *read)
{
    struct had_plan *plan = had_session_plan(h->s);
    bool empty = plan != NULL;
    *read = 0;
    if (!plan)
        return false;
    had_each(struct had_plan_step *, at, &plan->steps) {
        const struct had_plan_step *step = *at;
        if (!step->node || !is_of(h, step->node) || !step->record)
            continue;
        ++*read;
        if (step->action == HAD_PLAN_KEEP && step->refused.len == 0)
            continue;
        empty = false;
        say("    × " HAD_FMT ": %s %s" HAD_FMT, HAD_ARG(step->address),
            had_step_action_name(step->action),
            step->changes.count ? step->changes.items[0].property : "", HAD_ARG(step->refused));
    }
    had_plan_free(plan);
    return empty;
}

static bool verify(struct handover *h)
{
    uint32_t read;
    bool empty = is_empty(h, &read);
    if (empty)
        say("Read again: all %u are as the spec says; the plan is empty there.", read);
    return empty;
}

static int carry_out(struct handover *h)
{
    struct had_session *s = h->s;
    had_str message = {0};
    if (!had_session_ask(s, h->direct ? "Hand them over?" : "Note them?"))
        return HAD_EXIT_USAGE;
    h->found.dry = false;
    set_engines(h, true);
    for (uint32_t i = 0; i < s->state->records.count; i++)
        if (had_state_log(s->state, s->state->records.items[i], &message) != HAD_STATE_OK)
            break;
    if (message.len || had_state_checkpoint(s->state, &message) != HAD_STATE_OK) {
        fprintf(stderr, "had apply: " HAD_FMT "\n", HAD_ARG(message));
        return HAD_EXIT_FINDINGS;
    }
    if (!h->direct) {
        say("Noted.");
        return HAD_EXIT_DONE;
    }
    if (!had_stacks_let_go(&h->stacks, told, h))
        return HAD_EXIT_FINDINGS;
    set_engines(h, false);
    if (!retag_all(h, true)) {
        set_engines(h, true);
        return HAD_EXIT_FINDINGS;
    }
    return verify(h) ? HAD_EXIT_DONE : HAD_EXIT_FINDINGS;
}

/* ---- the way back ---- */

static bool gives(void *context, const struct had_node *node)
{
    struct handover *h = context;
    return is_of(h, node) && is_ours(had_state_find(h->s->state, node->address));
}

/* The records let go, or have it again: of one stack, or of all (NULL). */
static bool let_go(struct handover *h, const struct had_live_stack *of, bool ours)
{
    struct had_session *s = h->s;
    had_str message = {0};
    for (uint32_t i = 0; i < s->deployment.graph->nodes.count && message.len == 0; i++) {
        const struct had_node *node = s->deployment.graph->nodes.items[i];
        struct had_record *record = had_state_find(s->state, node->address);
        if (!record || !is_of(h, node) || is_ours(record) == ours ||
            (of && had_stacks_of(&h->stacks, node) != of))
            continue;
        record->lifecycle = ours ? HAD_RECORD_ADOPTED : HAD_RECORD_EXISTING;
        if (had_state_log(s->state, record, &message) != HAD_STATE_OK)
            break;
    }
    if (message.len == 0 && had_state_checkpoint(s->state, &message) == HAD_STATE_OK)
        return true;
    fprintf(stderr, "had apply: " HAD_FMT "\n", HAD_ARG(message));
    return false;
}

static void tell_imports(const struct handover *h, uint32_t imported)
{
    tell_layers(h);
    say("\n1. Stacks import what direct execution has made; nothing of it is touched:");
    had_each(const struct had_live_stack, stack, &h->stacks.items)
        if (json_array_size(stack->import))
            say("    account " HAD_FMT ", " HAD_FMT ": stack " HAD_FMT ", %zu resources",
                HAD_ARG(stack->stack->account), HAD_ARG(stack->stack->region),
                HAD_ARG(stack->stack->stack_name), json_array_size(stack->import));
    say("2. %u objects are let go of: the tags had:deployment, had:address and had:token go from "
        "%u; "
        "their records are read and compared from then on.",
        h->ours, h->tagged);
    say("3. All are read again, and a plan has to be empty there.");
    if (h->ours > imported)
        say("\n%u objects are made by custom resources, which no stack imports: these find them "
            "when "
            "what `had build` writes is deployed, which adds outputs, too.",
            h->ours - imported);
}

static int carry_back(struct handover *h)
{
    if (!had_session_ask(h->s, "Hand them over?"))
        return HAD_EXIT_USAGE;
    if (!had_stacks_import_begin(&h->stacks)) {
        tell_errors(h);
        say("Nothing was done.");
        return HAD_EXIT_FINDINGS;
    }
    set_engines(h, true);
    if (!let_go(h, NULL, false))
        return HAD_EXIT_FINDINGS;
    if (!had_stacks_import_end(&h->stacks)) {
        tell_errors(h);
        had_each(const struct had_live_stack, stack, &h->stacks.items)
            if (stack->error.len)
                let_go(h, stack, true);
        return HAD_EXIT_FINDINGS;
    }
    return retag_all(h, false) && verify(h) ? HAD_EXIT_DONE : HAD_EXIT_FINDINGS;
}

static int hand_back(struct handover *h, bool apply)
{
    uint32_t read;
    if (!is_empty(h, &read)) {
        say("\nNot all is as the spec says: `had apply` first. Nothing was done.");
        return HAD_EXIT_FINDINGS;
    }
    struct had_plan *plan = had_session_plan(h->s); /* what parameters read of other objects */
    uint32_t imported = plan ? had_stacks_import_prepare(&h->stacks, gives, h) : 0;
    if (plan)
        had_plan_free(plan);
    if (!plan || tell_errors(h))
        return HAD_EXIT_FINDINGS;
    tell_imports(h, imported);
    return apply ? carry_back(h) : HAD_EXIT_DONE;
}

static int hand_over(struct handover *h, bool apply)
{
    struct had_session *s = h->s;
    had_deployment_prepare(&s->deployment);
    had_stacks_read(&h->stacks, h->wanted);
    if (h->direct)
        had_stacks_prepare(&h->stacks);
    if (tell_errors(h))
        return HAD_EXIT_FINDINGS;
    count(h);
    if (h->ours && !h->direct)
        return hand_back(h, apply);
    h->found = (struct had_register){.session = s,
                                     .map = map_of(h),
                                     .wants = is_there,
                                     .objection = objection,
                                     .context = h,
                                     .dry = true};
    uint32_t read;
    if (!had_register_run(&h->found)) {
        fprintf(stderr, "had %s: " HAD_FMT "\n", s->cli->command, HAD_ARG(h->found.error));
        return HAD_EXIT_FINDINGS;
    }
    count(h);
    uint32_t unfit = tell_unfit(h);
    if (h->objects == 0 && unfit == 0) {
        say("Nothing to hand over: %s", h->ours ? "what is there is this deployment's already."
                                                : "no stack has anything of these layers.");
        return HAD_EXIT_DONE;
    }
    if (h->direct && !is_empty(h, &read))
        unfit++;
    if (unfit && (h->direct || h->objects == 0)) {
        say("\nNot all is as the spec says: deploy what `had build` writes there, "
            "or let the spec say what is there. Nothing was done.");
        return HAD_EXIT_FINDINGS;
    }
    tell_plan(h);
    return apply ? carry_out(h) : HAD_EXIT_DONE;
}

int had_engine_run(struct had_cli *cli, bool apply)
{
    struct had_session s;
    struct handover h = {.s = &s};
    int status =
        had_session_open(&s, cli, HAD_NEEDS_SPEC | HAD_NEEDS_CLOUD | (apply ? HAD_NEEDS_WRITE : 0));
    h.stacks.s = &s;
    if (status == HAD_EXIT_DONE)
        status = choose(&h);
    if (status == HAD_EXIT_DONE)
        status = hand_over(&h, apply);
    json_decref((json_t *)(uintptr_t)h.found.map);
    had_register_free(&h.found);
    had_stacks_free(&h.stacks);
    return had_session_close(&s, status);
}
