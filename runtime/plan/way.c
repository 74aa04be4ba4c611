/*
 * What holds on the way from what is there to what the spec says. A step may begin as soon as what
 * it needs is done, so what a step leaves behind in the worst case is the state with it, with what
 * it needs, and with nothing else. These states are proved without failures; what held before the
 * plan and holds after it, and does not hold there, is broken by the step. A step that breaks
 * something waits for the steps that make the new way, where that helps and they do not need it
 * themselves.
 *
 * The graph is changed in place for the time of a proof: nodes that are not there have no type, and
 * those that are still to be changed have their old values. What the spec no longer names is a node
 * made from its record. Facts (servers, sites, memberships) are always those of the spec as it is.
 */
#include "plan/internal.h"

#include "prove/prove.h"

#include <string.h>

enum {
    MOST_PROOFS = 64,
    MOST_WORK = 400000, /* nodes times proofs: a plan waits no minute for this */
    MOST_WAITS = 2000,
    MOST_MEMBERS = 4000 /* above that, members that are alike are looked at once */
};

struct props {
    struct had_prop_entry *items;
    uint32_t count, room;
};

struct touched { /* a node that the plan makes, changes or removes, or leaves unmade */
    struct had_node *node;
    const struct had_rtype *type;
    struct props now, old;
    struct had_plan_step *making, *change, *removal;
    bool unmade; /* it is not there, and not in this plan */
};

struct loss { /* one counterexample */
    const char *query, *reason;
    had_str from, to, at;
    had_sym key;
};
typedef had_array(struct loss) losses;

struct broken {
    struct had_plan_step *step;
    losses lost;
};

struct source { /* of an id */
    const struct had_node *node;
    had_str attribute;
};

struct had_way {
    struct had_builder *b;
    struct had_arena *arena;
    struct had_graph view;
    had_array(struct touched) touched;
    struct had_map of_node;              /* node id → number in touched + 1 */
    had_array(struct had_node *) hidden; /* beside those, for the time of a proof */
    had_array(const struct had_rtype *) hidden_types;
    struct had_symbols texts;
    had_array(struct source) sources; /* by symbol of the id */
    struct had_map known;             /* keys of losses that are there before or after the plan */
    struct had_map fresh;             /* names of hosts and networks that the plan makes */
    bool *done;
    had_array(struct broken) broken;
    uint32_t proofs, most, unproved;
    bool classes;
};

/* ---- old values: JSON as properties, ids as reads of what has them ---- */

static struct had_prop *prop_of(struct had_way *w, const json_t *value, struct had_span span)
{
    struct had_prop *prop = had_new(w->arena, struct had_prop);
    const char *key;
    json_t *member;
    size_t i;
    prop->span = span;
    if (json_is_string(value)) {
        had_str text = had_str_c(json_string_value(value));
        had_sym symbol = text.len ? had_symbol_find(&w->texts, text) : 0;
        const struct source *source =
            symbol && symbol < w->sources.count ? &w->sources.items[symbol] : NULL;
        if (source && source->node) {
            prop->tag = HAD_PROP_READ;
            prop->read.node = source->node;
            prop->read.attribute = had_str_cstr(w->arena, source->attribute);
        } else {
            prop->tag = HAD_PROP_TEXT;
            prop->text = had_str_dup(w->arena, text);
        }
    } else if (json_is_boolean(value)) {
        prop->tag = HAD_PROP_BOOL;
        prop->boolean = json_is_true(value);
    } else if (json_is_number(value)) {
        prop->tag = HAD_PROP_INT;
        prop->number = (int64_t)json_number_value(value);
    } else if (json_is_array(value)) {
        prop->tag = HAD_PROP_LIST;
        json_array_foreach((json_t *)(uintptr_t)value, i, member)
            *had_push(w->arena, &prop->items) = prop_of(w, member, span);
    } else {
        prop->tag = HAD_PROP_MAP;
        json_object_foreach((json_t *)(uintptr_t)value, key, member)
            *had_push(w->arena, &prop->entries) = (struct had_prop_entry){
                had_str_dup(w->arena, had_str_c(key)), prop_of(w, member, span)};
    }
    return prop;
}

static void source_add(struct had_way *w, const struct had_node *node, had_str attribute,
                       const char *id)
{
    if (!id || !*id)
        return;
    had_sym symbol = had_intern(&w->texts, had_str_c(id));
    while (w->sources.count <= symbol)
        (void)had_push(w->arena, &w->sources);
    struct source *source = &w->sources.items[symbol];
    if (!source->node)
        *source = (struct source){node, attribute};
}

/* `own`: the attributes by which the object itself is named; else those that it shares with others.
 */
static void sources_of(struct had_way *w, const struct had_node *node, const json_t *attributes,
                       bool own)
{
    const char *ref = node->type ? node->type->ref : NULL, *key;
    json_t *value, *item;
    size_t i;
    json_object_foreach((json_t *)(uintptr_t)attributes, key, value) {
        const char *found = ref ? strstr(ref, key) : NULL;
        size_t len = strlen(key);
        bool names =
            found && (found == ref || found[-1] == '|') && (found[len] == 0 || found[len] == '|');
        if (names != own)
            continue;
        had_str name = had_str_dup(w->arena, had_str_c(key));
        source_add(w, node, name, json_string_value(value));
        json_array_foreach(value, i, item)
            source_add(w, node, had_str_printf(w->arena, HAD_FMT "[%zu]", HAD_ARG(name), i),
                       json_string_value(item));
    }
}

/* ---- what the plan touches ---- */

/* The object's part of an address: up to the last colon that stands in no brackets or quotes. */
static uint32_t object_end(had_str address)
{
    uint32_t end = address.len, depth = 0;
    bool quoted = false;
    for (uint32_t i = 0; i < address.len; i++) {
        char c = address.ptr[i];
        quoted ^= c == '"';
        depth += !quoted && c == '[';
        depth -= !quoted && c == ']' && depth > 0;
        if (c == ':' && !quoted && depth == 0)
            end = i;
    }
    return end;
}

static const struct had_context *context_of(struct had_way *w, const struct had_record *record)
{
    had_each(struct had_context *, context, &w->view.contexts)
        if (had_str_eq((*context)->account, record->account) &&
            had_str_eq((*context)->region, record->region))
            return *context;
    struct had_context *context = had_new(w->arena, struct had_context);
    context->account = record->account;
    context->account_id = record->account_id;
    context->region = record->region;
    return context;
}

static struct had_node *node_of_record(struct had_way *w, const struct had_record *record)
{
    static const struct had_origin nowhere = {0}; /* the spec does not say it any more */
    struct had_node *node = had_new(w->arena, struct had_node);
    uint32_t end = object_end(record->address);
    node->origin = &nowhere;
    node->id = w->view.nodes.count;
    node->address = record->address;
    node->object = had_str_slice(record->address, 0, end);
    had_str rest = had_str_slice(record->address, end < record->address.len ? end + 1 : end,
                                 record->address.len);
    int64_t bracket = had_str_find(rest, '[');
    node->role = bracket < 0 ? rest : had_str_slice(rest, 0, (uint32_t)bracket);
    node->type_name = record->type;
    node->type = had_rtype_find(record->type);
    node->context = context_of(w, record);
    node->revisions = 1;
    *had_push(w->arena, &w->view.nodes) = node;
    return node;
}

static struct touched *touch(struct had_way *w, struct had_node *node)
{
    const uint64_t *found = had_map_get(&w->of_node, node->id);
    if (found)
        return &w->touched.items[*found - 1];
    struct touched *t = had_push(w->arena, &w->touched);
    had_map_put(w->arena, &w->of_node, node->id, w->touched.count);
    t->node = node;
    t->type = node->type;
    t->now = (struct props){node->props.items, node->props.count, node->props.room};
    t->old = t->now;
    return t;
}

static void set_props(struct had_node *node, const struct props *props)
{
    node->props.items = props->items;
    node->props.count = props->count;
    node->props.room = props->room;
}

/* The node's properties with the old values of what changes. */
static void old_props(struct had_way *w, struct touched *t, const struct had_plan_step *step)
{
    struct props old = {
        had_new_n(w->arena, struct had_prop_entry, t->now.count + step->changes.count), 0,
        t->now.count + step->changes.count};
    for (uint32_t i = 0; i < t->now.count; i++) {
        bool changes = false;
        had_each(struct had_change, change, &step->changes)
            changes |= had_str_is(t->now.items[i].key, change->property);
        if (!changes)
            old.items[old.count++] = t->now.items[i];
    }
    had_each(struct had_change, change, &step->changes)
        if (change->old)
            old.items[old.count++] = (struct had_prop_entry){had_str_c(change->property),
                                                             prop_of(w, change->old, change->span)};
    t->old = old;
}

static bool concerns(const struct had_plan_step *step)
{
    const struct had_rtype *type =
        step->node ? step->node->type : had_rtype_find(step->record->type);
    return type && had_model_reads(type);
}

/* What somebody else is removing is not there any more. */
static bool removes(const struct had_plan_step *step)
{
    return step->action == HAD_PLAN_DELETE && !step->leaving;
}

static bool changes(const struct had_plan_step *step)
{
    return step->action == HAD_PLAN_UPDATE && step->changes.count > 0 && step->node;
}

static bool makes(const struct had_plan_step *step)
{
    return step->action == HAD_PLAN_CREATE || step->action == HAD_PLAN_REPLACE;
}

static void read_steps(struct had_way *w)
{
    struct had_plan *plan = w->b->plan;
    had_array(struct had_node *) gone = {0};
    had_each(struct had_plan_step *, at, &plan->steps) {
        struct had_plan_step *step = *at;
        if (removes(step) && !step->node) {
            struct had_node *node = node_of_record(w, step->record);
            touch(w, node)->removal = step;
            *had_push(w->arena, &gone) = node;
        }
    }
    for (int own = 1; own >= 0; own--) {
        for (uint32_t i = 0; i < w->b->d->graph->nodes.count; i++)
            if (w->b->records[i])
                sources_of(w, w->view.nodes.items[i], w->b->records[i]->attributes, own);
        had_each(struct had_node *, node, &gone)
            sources_of(w, *node,
                       w->touched.items[*had_map_get(&w->of_node, (*node)->id) - 1]
                           .removal->record->attributes,
                       own);
    }
    had_each(struct had_node *, node, &gone) {
        struct touched *t = touch(w, *node);
        const char *key;
        json_t *value;
        json_object_foreach(t->removal->record->applied, key, value)
            *had_push(w->arena, &(*node)->props) = (struct had_prop_entry){
                had_str_dup(w->arena, had_str_c(key)), prop_of(w, value, (struct had_span){0})};
        t->now = t->old =
            (struct props){(*node)->props.items, (*node)->props.count, (*node)->props.room};
    }
    had_each(struct had_plan_step *, at, &plan->steps) {
        struct had_plan_step *step = *at;
        if (!step->node || !(removes(step) || changes(step) || makes(step)))
            continue;
        struct touched *t = touch(w, w->view.nodes.items[step->node->id]);
        if (removes(step))
            t->removal = step;
        else if (makes(step))
            t->making = step;
        else
            t->change = step;
        if (changes(step) || step->action == HAD_PLAN_REPLACE)
            old_props(w, t, step);
    }
    for (uint32_t i = 0; i < w->b->d->graph->nodes.count; i++) {
        struct had_node *node = w->view.nodes.items[i];
        if (!w->b->wanted[i] && !w->b->records[i] && node->class == HAD_RESOURCE &&
            node->lifecycle != HAD_EXISTING)
            touch(w, node)->unmade = true;
    }
}

/* ---- a state, and what is lost in it ---- */

static bool is_done(const bool *done, const struct had_plan_step *step)
{
    return step && done[step->number];
}

static bool there(const struct touched *t, const bool *done)
{
    if (t->unmade)
        return false;
    if (is_done(done, t->making))
        return true;
    if (is_done(done, t->removal))
        return false;
    return !t->making || t->removal;
}

static void hide(struct had_way *w, struct had_node *node)
{
    *had_push(w->arena, &w->hidden) = node;
    *had_push(w->arena, &w->hidden_types) = node->type;
    node->type = NULL;
}

/* What is made of something that is not there is not there either. */
static void hide_readers(struct had_way *w, const struct had_node *node)
{
    had_each(struct had_edge *, edge, &node->needed_by) {
        struct had_node *reader = (*edge)->from;
        if ((*edge)->kind != HAD_READS || !reader->type || reader->class == HAD_GATE ||
            had_map_get(&w->of_node, reader->id))
            continue;
        hide(w, reader);
    }
}

static void enter(struct had_way *w, const bool *done)
{
    w->hidden.count = w->hidden_types.count = 0;
    had_each(struct touched, t, &w->touched) {
        bool new = is_done(done, t->making) || is_done(done, t->change);
        set_props(t->node, new ? &t->now : &t->old);
        if (!there(t, done))
            t->node->type = NULL;
    }
    had_each(struct touched, t, &w->touched)
        if (!there(t, done))
            hide_readers(w, t->node);
    for (uint32_t i = 0; i < w->hidden.count; i++)
        hide_readers(w, w->hidden.items[i]);
}

static void leave(struct had_way *w)
{
    had_each(struct touched, t, &w->touched) {
        t->node->type = t->type;
        set_props(t->node, &t->now);
    }
    for (uint32_t i = w->hidden.count; i-- > 0;)
        w->hidden.items[i]->type = w->hidden_types.items[i];
}

static had_sym key_of(struct had_way *w, const char *query, had_str from, had_str to)
{
    struct had_buffer b = {0};
    had_buffer_printf(&b, "%s|" HAD_FMT "|" HAD_FMT, query, HAD_ARG(from), HAD_ARG(to));
    had_sym key = had_intern(&w->texts, had_buffer_view(&b));
    had_buffer_free(&b);
    return key;
}

static bool is_fresh(const struct had_way *w, had_str name)
{
    had_sym symbol = had_symbol_find(&w->texts, name);
    return symbol && had_map_get(&w->fresh, symbol);
}

static void take_losses(struct had_way *w, const struct had_proof *proof, losses *out)
{
    for (int q = HAD_R1; q <= HAD_R6; q++) { /* R7 is of segments as the spec says now */
        const struct had_query *query = &proof->queries[q];
        had_each(const struct had_counterexample, x, &query->counterexamples) {
            if (is_fresh(w, x->from) || is_fresh(w, x->to))
                continue;
            had_sym key = key_of(w, query->code->code, x->from, x->to);
            if (had_map_get(&w->known, key))
                continue;
            *had_push(w->arena, out) = (struct loss){
                .query = query->code->code,
                .reason = x->reason,
                .from = had_str_dup(w->arena, x->from),
                .to = had_str_dup(w->arena, x->to),
                .at = x->at ? x->at->object : (had_str){0},
                .key = key,
            };
        }
    }
}

static void names_of(struct had_way *w, const struct had_model *model, struct had_map *out)
{
    had_each(const struct had_mhost, host, &model->hosts)
        had_map_put(w->arena, out, had_intern(&w->texts, host->name), 1);
    had_each(const struct had_mvpc, vpc, &model->vpcs)
        had_map_put(w->arena, out, had_intern(&w->texts, vpc->name), 1);
    had_each(const struct had_msubnet, subnet, &model->subnets)
        had_map_put(w->arena, out, had_intern(&w->texts, subnet->node->object), 1);
}

/* Proves a state; what is lost goes to `out`, names to `names` where that is given. */
static void look(struct had_way *w, const bool *done, losses *out, struct had_map *names)
{
    struct had_arena arena = {0};
    enter(w, done);
    struct had_prove_options options = {.failures = 0, .no_classes = !w->classes};
    const struct had_proof *proof = had_prove(&arena, &w->view, &options);
    if (names) {
        names_of(w, proof->model, names);
        w->classes |= proof->model->hosts.count > MOST_MEMBERS;
    }
    take_losses(w, proof, out);
    leave(w);
    had_arena_free(&arena);
    w->proofs++;
}

/* ---- order ---- */

/* Marks a step and all that it needs, or with `users` all that needs it. */
static void mark(struct had_way *w, uint32_t number, const struct had_plan_users *users,
                 bool *marked)
{
    had_array(uint32_t) todo = {0};
    *had_push(w->arena, &todo) = number;
    while (todo.count) {
        uint32_t at = todo.items[--todo.count];
        if (marked[at])
            continue;
        marked[at] = true;
        const struct had_plan_step *step = w->b->plan->steps.items[at];
        const uint32_t *next = users ? users->items + users->start[at] : step->after.items;
        uint32_t count = users ? users->start[at + 1] - users->start[at] : step->after.count;
        for (uint32_t i = 0; i < count; i++)
            *had_push(w->arena, &todo) = next[i];
    }
}

static bool *marks(struct had_way *w)
{
    return had_new_n(w->arena, bool, w->b->plan->steps.count + 1);
}

/* What is lost in the worst case once a step is done. */
static losses after_step(struct had_way *w, const struct had_plan_step *step)
{
    losses lost = {0};
    memset(w->done, 0, w->b->plan->steps.count * sizeof *w->done);
    mark(w, step->number, NULL, w->done);
    look(w, w->done, &lost, NULL);
    return lost;
}

/* Lets the step wait for others that add to the network, and wait neither for it nor for `people`.
 */
static void wait_for_way(struct had_way *w, struct had_plan_step *step, const bool *people,
                         bool only_new)
{
    bool *needing = marks(w);
    struct had_plan_users users = had_plan_users(w->b->plan, w->arena);
    mark(w, step->number, &users, needing);
    had_each(struct had_plan_step *, at, &w->b->plan->steps) {
        struct had_plan_step *other = *at;
        if (step->after.count >= MOST_WAITS)
            break;
        bool adds = only_new ? other->action == HAD_PLAN_CREATE : makes(other) || changes(other);
        if (adds && concerns(other) && !needing[other->number] &&
            !(people && people[other->number]))
            had_wait_for(w->b, step, other);
    }
}

/* True if nothing is lost then. */
static bool wait_helps(struct had_way *w, struct had_plan_step *step, const bool *people)
{
    uint32_t before = step->after.count;
    wait_for_way(w, step, people, false);
    if (step->after.count > before && w->proofs < w->most && after_step(w, step).count == 0)
        return true;
    step->after.count = before;
    return false;
}

static void settle(struct had_way *w, struct had_plan_step *step)
{
    losses lost = after_step(w, step);
    if (lost.count == 0)
        return;
    bool *people = marks(w);
    struct had_plan_users users = had_plan_users(w->b->plan, w->arena);
    had_each(struct had_plan_step *, gate, &w->b->plan->steps)
        if ((*gate)->action == HAD_PLAN_GATE)
            mark(w, (*gate)->number, &users, people);
    if (wait_helps(w, step, people) || wait_helps(w, step, NULL)) {
        step->order = had_str_printf(
            w->arena,
            "the new way is there first: before, %s would not hold from `" HAD_FMT "` to `" HAD_FMT
            "`",
            lost.items[0].query, HAD_ARG(lost.items[0].from), HAD_ARG(lost.items[0].to));
        return;
    }
    /* what is made anew is gone for a while: not before everything else is there */
    if (removes(step) && step->node) {
        wait_for_way(w, step, people, true);
        if (w->proofs < w->most)
            lost = after_step(w, step);
    }
    *had_push(w->arena, &w->broken) = (struct broken){step, lost};
}

/* The steps that may break something, those that take away or change before those that add. */
static void settle_all(struct had_way *w)
{
    struct had_plan *plan = w->b->plan;
    losses lost = {0};
    memset(w->done, 0, plan->steps.count * sizeof *w->done);
    had_each(struct had_plan_step *, step, &plan->steps)
        if (removes(*step) && concerns(*step))
            mark(w, (*step)->number, NULL, w->done);
    look(w, w->done, &lost, NULL);
    /* what is only taken away, all of it at once, is the worst that there can be */
    bool clean = lost.count == 0;
    for (int adding = 0; adding < 2; adding++)
        had_each(struct had_plan_step *, at, &plan->steps) {
            struct had_plan_step *step = *at;
            bool meant = adding ? makes(step) : (removes(step) && !clean) || changes(step);
            if (!meant || !concerns(step))
                continue;
            if (w->proofs < w->most)
                settle(w, step);
            else
                w->unproved++;
        }
}

struct had_way *had_way_order(struct had_builder *b)
{
    const struct had_graph *graph = b->d->graph;
    struct had_plan *plan = b->plan;
    bool any = false;
    if (!graph || b->d->destroy)
        return NULL;
    had_each(struct had_plan_step *, step, &plan->steps)
        any |= (removes(*step) || changes(*step) || (makes(*step) && (*step)->record)) &&
               concerns(*step);
    if (!any)
        return NULL; /* what is only made anew is in nobody's way */
    struct had_way *w = had_new(b->arena, struct had_way);
    w->b = b;
    w->arena = b->arena;
    w->view = *graph;
    w->view.nodes.items = had_new_n(w->arena, struct had_node *, graph->nodes.count + 1);
    w->view.nodes.room = graph->nodes.count + 1;
    memcpy(w->view.nodes.items, graph->nodes.items,
           graph->nodes.count * sizeof *graph->nodes.items);
    had_symbols_init(&w->texts, w->arena);
    w->done = marks(w);
    read_steps(w);
    w->most = MOST_WORK / (w->view.nodes.count + 1);
    w->most = w->most < 8 ? 8 : w->most > MOST_PROOFS ? MOST_PROOFS : w->most;
    /* what is not there before, or not after, is not this plan's to keep */
    losses first = {0}, last = {0};
    struct had_map names_before = {0}, names_after = {0};
    memset(w->done, 1, plan->steps.count * sizeof *w->done);
    look(w, w->done, &last, &names_after);
    memset(w->done, 0, plan->steps.count * sizeof *w->done);
    look(w, w->done, &first, &names_before);
    for (uint32_t i = 0; i < names_after.count; i++)
        if (!had_map_get(&names_before, names_after.entries[i].key))
            had_map_put(w->arena, &w->fresh, names_after.entries[i].key, 1);
    had_each(const struct loss, loss, &first)
        had_map_put(w->arena, &w->known, loss->key, 1);
    had_each(const struct loss, loss, &last)
        had_map_put(w->arena, &w->known, loss->key, 1);
    if (names_before.count)
        settle_all(w);
    return w;
}

/* ---- how long it is broken ---- */

static bool holds_after(struct had_way *w, const struct broken *broken, uint32_t steps)
{
    losses lost = {0};
    memset(w->done, 0, w->b->plan->steps.count * sizeof *w->done);
    mark(w, broken->step->number, NULL, w->done);
    memset(w->done, 1, steps * sizeof *w->done);
    look(w, w->done, &lost, NULL);
    had_each(const struct loss, loss, &lost)
        had_each(const struct loss, was, &broken->lost)
            if (loss->key == was->key)
                return false;
    return true;
}

/* The step with whose end all of it holds again; NULL where that is too much to look for. */
static struct had_plan_step *end_of(struct had_way *w, const struct broken *broken)
{
    struct had_plan *plan = w->b->plan;
    uint32_t low = 0, high = plan->steps.count;
    if (w->proofs > 4 * w->most)
        return NULL;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (holds_after(w, broken, middle))
            high = middle;
        else
            low = middle + 1;
    }
    return low ? plan->steps.items[low - 1] : broken->step;
}

/* "R1, R3" */
static had_str queries_of(struct had_way *w, const losses *lost)
{
    struct had_buffer b = {0};
    had_each(const struct loss, loss, lost) {
        bool told = false;
        for (const struct loss *other = lost->items; other != loss && !told; other++)
            told = strcmp(other->query, loss->query) == 0;
        if (!told)
            had_buffer_printf(&b, "%s%s", b.len ? ", " : "", loss->query);
    }
    had_str text = had_str_dup(w->arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return text;
}

void had_way_tell(struct had_way *w)
{
    if (!w)
        return;
    struct had_plan *plan = w->b->plan;
    uint32_t count = plan->steps.count;
    uint32_t *end = had_new_n(w->arena, uint32_t, count + 1); /* seconds from the beginning */
    for (uint32_t i = 0; i < count; i++) {
        had_each(const uint32_t, before, &plan->steps.items[i]->after)
            end[i] = end[*before] > end[i] ? end[*before] : end[i];
        end[i] += plan->steps.items[i]->seconds;
    }
    plan->unproved = w->unproved;
    had_each(const struct broken, broken, &w->broken) {
        struct had_plan_step *until = end_of(w, broken);
        uint32_t begun = end[broken->step->number] - broken->step->seconds;
        uint32_t ended = until ? end[until->number] : plan->seconds;
        const struct loss *loss = &broken->lost.items[0];
        *had_push(w->arena, &plan->breaks) = (struct had_break){
            .queries = queries_of(w, &broken->lost),
            .begin = broken->step,
            .until = until,
            .seconds = ended > begun ? ended - begun
                       : until       ? until->seconds
                                     : 0,
            .from = loss->from,
            .to = loss->to,
            .at = loss->at,
            .reason = loss->reason,
            .count = broken->lost.count,
        };
    }
}
