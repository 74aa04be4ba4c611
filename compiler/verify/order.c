/* Every edge of the graph against the order of steps, and against the order inside a template. */
#include "verify/internal.h"

#include <string.h>

/* ---- between steps ---- */

/* Everything that a step waits for, from late to early; asked for one step after the other. */
static void gather_waits(struct had_verification *v, uint32_t later)
{
    const struct had_read_step *steps = v->steps.items;
    if (!v->waited) {
        v->waited = had_new_n(v->arena, bool, v->steps.count + 1);
        v->waiter = HAD_NOWHERE;
    }
    if (v->waiter == later)
        return;
    memset(v->waited, 0, v->steps.count * sizeof *v->waited);
    v->waiter = later;
    v->waited[later] = true;
    for (uint32_t i = later + 1; i-- > 0;) {
        if (!v->waited[i])
            continue;
        had_each(const uint32_t, wait, &steps[i].waits)
            v->waited[*wait] = true;
        /* A stack is there before it is changed. */
        if (steps[i].stack && steps[i].stack->steps.items[0] < i)
            v->waited[steps[i].stack->steps.items[0]] = true;
    }
}

bool had_step_before(struct had_verification *v, uint32_t earlier, uint32_t later)
{
    if (earlier >= later)
        return false;
    had_each(const uint32_t, wait, &v->steps.items[later].waits)
        if (*wait == earlier)
            return true;
    gather_waits(v, later);
    return v->waited[earlier];
}

/* ---- inside a template ---- */

static bool reaches(struct had_arena *arena, const struct had_read_template *template,
                    uint32_t from, uint32_t to)
{
    bool *seen = had_new_n(arena, bool, template->made.count + 1);
    had_array(uint32_t) next = {0};
    *had_push(arena, &next) = from;
    while (next.count) {
        const struct had_made *made = &template->made.items[next.items[--next.count]];
        had_each(const uint32_t, at, &made->refers) {
            if (*at == to)
                return true;
            if (!seen[*at])
                *had_push(arena, &next) = *at;
            seen[*at] = true;
        }
    }
    return false;
}

/* ---- edges ---- */

struct ordering {
    struct had_verification *v;
    struct had_arena *scratch;
    const struct had_edge *edge; /* as the graph has it */
    const struct had_node *from;
    uint32_t revision;
    struct had_map *told; /* two steps, or step and node → the finding */
    bool by_command;      /* a command finds the value before the step begins */
    uint32_t *seen, stamp;
};

static bool keeps(struct ordering *o, const struct had_node *to)
{
    struct had_verification *v = o->v;
    const struct had_place *mine = &v->places[o->from->id], *other = &v->places[to->id];
    uint32_t step = mine->steps.items[o->revision], first = other->steps.items[0];
    if (step != first)
        return had_step_before(v, first, step);
    const struct had_read_step *at = &v->steps.items[step];
    if (o->by_command)
        return false;
    if (!at->stack)
        return true; /* one machine orders what it does by itself */
    if (mine->member != other->member)
        return false;
    return reaches(o->scratch, at->stack->template, mine->place, other->place);
}

static void check_target(struct ordering *o, const struct had_node *to, uint32_t depth)
{
    struct had_verification *v = o->v;
    const struct had_place *place = &v->places[to->id];
    if (to == o->from || o->seen[to->id] == o->stamp)
        return;
    o->seen[to->id] = o->stamp;
    if (place->carrier == HAD_BY_NOTHING) {
        /* Nobody works there: what it waits for itself counts. */
        bool before = o->by_command;
        o->by_command = before || (to->class == HAD_LOOKUP && to->lifecycle != HAD_EXISTING);
        if (depth < 1000 && place->revisions)
            had_each(struct had_edge *, next, &to->needs)
                if ((*next)->kind != HAD_OUTLIVES && !(*next)->revision)
                    check_target(o, (*next)->to, depth + 1);
        o->by_command = before;
        return;
    }
    if (!place->steps.count)
        return; /* told: nobody makes it */
    v->result.orders++;
    if (keeps(o, to))
        return;
    /* One order between two steps that is lost is lost for all nodes of the two. */
    uint32_t step = v->places[o->from->id].steps.items[o->revision],
             other = v->places[to->id].steps.items[0];
    uint64_t key = (uint64_t)step << 32 | (step == other ? v->steps.count + to->id : other);
    const uint64_t *told = had_map_get(o->told, key);
    if (told) {
        ((struct had_diag *)(uintptr_t)*told)->like_it++;
        return;
    }
    struct had_diag *d = had_differs(v, &HAD0833, o->from, o->edge->span,
                                     "`" HAD_FMT "` waits for `" HAD_FMT
                                     "` in the graph, and may come before it in the output",
                                     HAD_ARG(o->from->address), HAD_ARG(to->address));
    had_diag_note(d, "%s", o->edge->why ? o->edge->why : "it reads a value of it");
    had_diag_note(d, "step `" HAD_FMT "` and step `" HAD_FMT "`", HAD_ARG(v->steps.items[step].id),
                  HAD_ARG(v->steps.items[other].id));
    had_map_put(v->arena, o->told, key, (uintptr_t)d);
}

static void check_edges(struct had_verification *v, uint32_t *seen)
{
    uint32_t stamp = 0;
    struct had_map told = {0};
    had_each(struct had_edge *, at, &v->graph->edges) {
        const struct had_edge *edge = *at;
        const struct had_place *place = &v->places[edge->from->id];
        if (edge->kind == HAD_OUTLIVES || place->carrier == HAD_BY_NOTHING ||
            edge->revision >= place->steps.count)
            continue;
        struct had_arena scratch = {0};
        struct ordering o = {v,     &scratch, edge, edge->from, edge->revision,
                             &told, false,    seen, ++stamp};
        check_target(&o, edge->to, 0);
        had_arena_free(&scratch);
    }
}

/* ---- lanes: what one thing takes at most `width` calls of at a time ---- */

struct lane {
    had_array(const struct had_node *) nodes;
};

static bool one_after_another(struct had_verification *v, struct had_arena *arena,
                              const struct had_node *one, const struct had_node *two)
{
    const struct had_place *a = &v->places[one->id], *b = &v->places[two->id];
    uint32_t x = a->steps.items[0], y = b->steps.items[0];
    if (x != y)
        return had_step_before(v, x < y ? x : y, x < y ? y : x);
    const struct had_read_stack *stack = v->steps.items[x].stack;
    return stack && a->member == b->member &&
           (reaches(arena, stack->template, a->place, b->place) ||
            reaches(arena, stack->template, b->place, a->place));
}

/* A chain through two sorted halves (Kuhn): how many nodes need a chain of their own. */
struct chains {
    const bool *after; /* count × count: whether the second comes after the first */
    uint32_t count, *before;
    bool *tried;
};

static bool extend(struct chains *c, uint32_t from)
{
    for (uint32_t to = 0; to < c->count; to++) {
        if (!c->after[from * c->count + to] || c->tried[to])
            continue;
        c->tried[to] = true;
        if (c->before[to] == HAD_NOWHERE || extend(c, c->before[to])) {
            c->before[to] = from;
            return true;
        }
    }
    return false;
}

/* How many of a template may run side by side: the fewest chains that cover them (Dilworth). */
static uint32_t side_by_side(struct had_verification *v, struct had_arena *arena,
                             const struct lane *lane)
{
    uint32_t n = lane->nodes.count, matched = 0;
    bool *after = had_new_n(arena, bool, (size_t)n *n + 1);
    const struct had_read_stack *stack =
        v->steps.items[v->places[lane->nodes.items[0]->id].steps.items[0]].stack;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < n; k++)
            after[i * n + k] =
                i != k && reaches(arena, stack->template, v->places[lane->nodes.items[k]->id].place,
                                  v->places[lane->nodes.items[i]->id].place);
    struct chains c = {after, n, had_new_n(arena, uint32_t, n + 1), NULL};
    for (uint32_t i = 0; i < n; i++)
        c.before[i] = HAD_NOWHERE;
    for (uint32_t i = 0; i < n; i++) {
        c.tried = had_new_n(arena, bool, n + 1);
        matched += extend(&c, i);
    }
    return n - matched;
}

static void check_lane(struct had_verification *v, const struct lane *lane)
{
    struct had_arena scratch = {0};
    const struct had_node *first = lane->nodes.items[0];
    if (first->lane_width == 1) {
        for (uint32_t i = 0; i < lane->nodes.count; i++)
            for (uint32_t k = 0; k < i; k++)
                if (!one_after_another(v, &scratch, lane->nodes.items[i], lane->nodes.items[k]))
                    had_differs(v, &HAD0833, lane->nodes.items[i],
                                lane->nodes.items[i]->origin->span,
                                "`" HAD_FMT "` and `" HAD_FMT
                                "` change one thing that takes one call at a time, and the output "
                                "may do both at once",
                                HAD_ARG(lane->nodes.items[k]->address),
                                HAD_ARG(lane->nodes.items[i]->address));
    } else {
        uint32_t width = side_by_side(v, &scratch, lane);
        if (width > first->lane_width)
            had_differs(v, &HAD0833, first, first->origin->span,
                        "`" HAD_FMT "` and %u others may run side by side, %u at a time; %u is "
                        "what the service takes",
                        HAD_ARG(first->address), lane->nodes.count - 1, width, first->lane_width);
    }
    had_arena_free(&scratch);
}

/* Lanes of one are held everywhere, wider ones inside each stack. */
static void check_lanes(struct had_verification *v)
{
    struct had_arena scratch = {0};
    struct had_symbols keys;
    struct had_map places = {0};
    had_array(struct lane *) lanes = {0};
    had_symbols_init(&keys, &scratch);
    had_each(struct had_node *, at, &v->graph->nodes) {
        const struct had_node *node = *at;
        const struct had_place *place = &v->places[node->id];
        if (!node->lane.len || !node->lane_width || !place->steps.count ||
            place->carrier == HAD_BY_NOTHING)
            continue;
        uint32_t step = place->steps.items[0];
        if (node->lane_width > 1 && !v->steps.items[step].stack)
            continue; /* people do not hurry so */
        had_sym key =
            had_intern(&keys, node->lane_width == 1 ? node->lane
                                                    : had_str_printf(&scratch, "%u " HAD_FMT, step,
                                                                     HAD_ARG(node->lane)));
        const uint64_t *known = had_map_get(&places, key);
        struct lane *lane =
            known ? (struct lane *)(uintptr_t)*known : had_new(&scratch, struct lane);
        if (!known) {
            had_map_put(&scratch, &places, key, (uintptr_t)lane);
            *had_push(&scratch, &lanes) = lane;
        }
        *had_push(&scratch, &lane->nodes) = node;
    }
    had_each(struct lane *, lane, &lanes)
        check_lane(v, *lane);
    had_arena_free(&scratch);
}

void had_check_order(struct had_verification *v)
{
    check_edges(v, had_new_n(v->arena, uint32_t, v->graph->nodes.count + 1));
    check_lanes(v);
}
