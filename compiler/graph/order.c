/*
 * The schedule over (node, revision). A pair waits for the revision before it and for what the
 * edges of its revision point to; the order takes, of all pairs that wait for nothing more, the one
 * with the first address. Undoing turns every wait round and adds the `outlives` edges.
 */
#include "graph/internal.h"

struct walk {
    const struct had_graph *graph;
    bool destroy;
    uint32_t *base;         /* number of a node's first pair */
    struct had_pair *pairs; /* by number */
    uint32_t total;
};

static struct walk walk_make(const struct had_graph *graph, struct had_arena *arena, bool destroy)
{
    struct walk walk = {.graph = graph, .destroy = destroy};
    walk.base = had_new_n(arena, uint32_t, graph->nodes.count + 1);
    for (uint32_t i = 0; i < graph->nodes.count; i++)
        walk.base[i + 1] = walk.base[i] + graph->nodes.items[i]->revisions;
    walk.total = walk.base[graph->nodes.count];
    walk.pairs = had_new_n(arena, struct had_pair, walk.total);
    for (uint32_t i = 0; i < graph->nodes.count; i++) {
        for (uint32_t r = 0; r < graph->nodes.items[i]->revisions; r++)
            walk.pairs[walk.base[i] + r] = (struct had_pair){graph->nodes.items[i], r};
    }
    return walk;
}

/* One pair that another waits for, and the edge that says so (NULL: the revision beside it). */
struct wait {
    uint32_t pair;
    const struct had_edge *edge;
};

/* The next thing that `pair` waits for; *cursor starts at 0. */
static bool wait_next(const struct walk *walk, uint32_t pair, uint32_t *cursor, struct wait *out)
{
    const struct had_node *node = walk->pairs[pair].node;
    uint32_t revision = walk->pairs[pair].revision;
    if (*cursor == 0) {
        *cursor = 1;
        if (walk->destroy ? revision + 1 < node->revisions : revision > 0) {
            *out = (struct wait){walk->destroy ? pair + 1 : pair - 1, NULL};
            return true;
        }
    }
    while (*cursor <= node->needs.count) {
        const struct had_edge *edge = node->needs.items[*cursor - 1];
        (*cursor)++;
        bool holds = walk->destroy ? edge->kind == HAD_OUTLIVES && revision == 0
                                   : edge->kind != HAD_OUTLIVES && edge->revision == revision;
        if (holds) {
            *out = (struct wait){walk->base[edge->to->id], edge};
            return true;
        }
    }
    if (!walk->destroy || revision > 0)
        return false;
    while (*cursor <= node->needs.count + node->needed_by.count) {
        const struct had_edge *edge = node->needed_by.items[*cursor - 1 - node->needs.count];
        (*cursor)++;
        if (edge->kind != HAD_OUTLIVES) {
            *out = (struct wait){walk->base[edge->from->id] + edge->revision, edge};
            return true;
        }
    }
    return false;
}

/* ---- a heap of numbers, the smallest on top ---- */

static void heap_push(uint32_t *heap, uint32_t *count, uint32_t key)
{
    uint32_t at = (*count)++;
    while (at > 0 && heap[(at - 1) / 2] > key) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = key;
}

static uint32_t heap_pop(uint32_t *heap, uint32_t *count)
{
    uint32_t top = heap[0], key = heap[--(*count)], at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= *count)
            break;
        if (child + 1 < *count && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= key)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = key;
    return top;
}

/*
 * Who waits for whom as numbers of pairs: `after` has, from first[pair] to first[pair + 1], the
 * pairs that wait for `pair`. Everything behind looks at these numbers only; edges and nodes are
 * spread over all of the memory.
 */
static void gather_after(const struct walk *walk, struct had_arena *scratch, uint32_t **first,
                         uint32_t **after, uint32_t *waiting)
{
    const struct had_graph *graph = walk->graph;
    struct ends {
        uint32_t from, to; /* `from` waits for `to` */
    } *ends = had_new_n(scratch, struct ends, (size_t)graph->edges.count + walk->total + 1);
    uint32_t count = 0;
    had_each(struct had_edge *, at, &graph->edges) {
        const struct had_edge *edge = *at;
        uint32_t from = walk->base[edge->from->id], to = walk->base[edge->to->id];
        if (edge->kind != HAD_OUTLIVES)
            ends[count++] = walk->destroy ? (struct ends){to, from + edge->revision}
                                          : (struct ends){from + edge->revision, to};
        else if (walk->destroy)
            ends[count++] = (struct ends){from, to};
    }
    for (uint32_t node = 0; node < graph->nodes.count; node++)
        for (uint32_t pair = walk->base[node] + 1; pair < walk->base[node + 1]; pair++)
            ends[count++] =
                walk->destroy ? (struct ends){pair - 1, pair} : (struct ends){pair, pair - 1};

    *first = had_new_n(scratch, uint32_t, walk->total + 2);
    *after = had_new_n(scratch, uint32_t, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        waiting[ends[i].from]++;
        (*first)[ends[i].to + 2]++;
    }
    for (uint32_t pair = 0; pair < walk->total; pair++)
        (*first)[pair + 2] += (*first)[pair + 1];
    for (uint32_t i = 0; i < count; i++)
        (*after)[(*first)[ends[i].to + 1]++] = ends[i].from;
}

/*
 * Kahn's algorithm. `key` gives each pair's rank among the free ones and `by_key` is its inverse;
 * NULL is the number itself. Writes pair numbers to `order`, returns how many; `waiting` keeps what
 * is left.
 */
static uint32_t place(const struct walk *walk, struct had_arena *scratch, const uint32_t *key,
                      const uint32_t *by_key, uint32_t *waiting, struct had_schedule *out)
{
    gather_after(walk, scratch, &out->first, &out->after, waiting);
    out->order = had_new_n(scratch, uint32_t, walk->total);
    uint32_t *heap = had_new_n(scratch, uint32_t, walk->total + 1);
    uint32_t free_count = 0, placed = 0;
    for (uint32_t pair = 0; pair < walk->total; pair++) {
        if (!waiting[pair])
            heap_push(heap, &free_count, key ? key[pair] : pair);
    }
    while (free_count) {
        uint32_t pair = heap_pop(heap, &free_count);
        if (by_key)
            pair = by_key[pair];
        out->order[placed++] = pair;
        for (uint32_t i = out->first[pair]; i < out->first[pair + 1]; i++) {
            uint32_t dependent = out->after[i];
            if (--waiting[dependent] == 0)
                heap_push(heap, &free_count, key ? key[dependent] : dependent);
        }
    }
    return placed;
}

/* ---- loops ---- */

/* Strongly connected parts among the pairs that were not placed, by Tarjan's algorithm on a stack.
 */
struct parts {
    uint32_t *part; /* number of each pair's part, from 1; 0: placed */
    uint32_t count;
};

struct frame {
    uint32_t pair, cursor;
};

static struct parts parts_find(const struct walk *walk, struct had_arena *scratch,
                               const uint32_t *waiting)
{
    struct parts parts = {.part = had_new_n(scratch, uint32_t, walk->total)};
    uint32_t *number = had_new_n(scratch, uint32_t, walk->total);
    uint32_t *low = had_new_n(scratch, uint32_t, walk->total);
    uint32_t *open = had_new_n(scratch, uint32_t, walk->total);
    struct frame *stack = had_new_n(scratch, struct frame, walk->total + 1);
    uint32_t open_count = 0, next = 0;
    for (uint32_t root = 0; root < walk->total; root++) {
        if (!waiting[root] || number[root])
            continue;
        uint32_t depth = 0;
        stack[depth++] = (struct frame){root, 0};
        number[root] = low[root] = ++next;
        open[open_count++] = root;
        while (depth) {
            struct frame *top = &stack[depth - 1];
            struct wait wait;
            if (wait_next(walk, top->pair, &top->cursor, &wait)) {
                if (!waiting[wait.pair])
                    continue;
                if (!number[wait.pair]) {
                    number[wait.pair] = low[wait.pair] = ++next;
                    open[open_count++] = wait.pair;
                    stack[depth++] = (struct frame){wait.pair, 0};
                } else if (!parts.part[wait.pair] && number[wait.pair] < low[top->pair]) {
                    low[top->pair] = number[wait.pair];
                }
                continue;
            }
            uint32_t pair = top->pair;
            depth--;
            if (depth && low[pair] < low[stack[depth - 1].pair])
                low[stack[depth - 1].pair] = low[pair];
            if (low[pair] == number[pair]) {
                parts.count++;
                uint32_t member;
                do {
                    member = open[--open_count];
                    parts.part[member] = parts.count;
                } while (member != pair);
            }
        }
    }
    return parts;
}

/* A shortest way from `start` back to itself inside its part, as the waits in order; 0 if none. */
static uint32_t loop_through(const struct walk *walk, struct had_arena *scratch,
                             const struct parts *parts, uint32_t start, struct wait **chain)
{
    struct wait *by = had_new_n(scratch, struct wait, walk->total); /* .pair: who waits */
    bool *seen = had_new_n(scratch, bool, walk->total);
    uint32_t *queue = had_new_n(scratch, uint32_t, walk->total);
    uint32_t head = 0, tail = 0;
    queue[tail++] = start;
    while (head < tail) {
        uint32_t pair = queue[head++];
        struct wait wait;
        for (uint32_t cursor = 0; wait_next(walk, pair, &cursor, &wait);) {
            if (parts->part[wait.pair] != parts->part[start] || seen[wait.pair])
                continue;
            seen[wait.pair] = true;
            by[wait.pair] = (struct wait){pair, wait.edge};
            if (wait.pair != start) {
                queue[tail++] = wait.pair;
                continue;
            }
            uint32_t length = 0;
            for (uint32_t at = start; !length || at != start; at = by[at].pair)
                length++;
            *chain = had_new_n(scratch, struct wait, length);
            uint32_t at = start;
            for (uint32_t i = length; i-- > 0;) {
                (*chain)[i] = (struct wait){at, by[at].edge};
                at = by[at].pair;
            }
            return length;
        }
    }
    return 0;
}

static void tell_step(struct had_diag *d, const struct had_node *from, const struct wait *wait,
                      const struct had_node *to)
{
    const struct had_edge *edge = wait->edge;
    if (!edge) {
        had_diag_note(d, "`" HAD_FMT "` takes its later value after its first",
                      HAD_ARG(from->address));
        return;
    }
    if (edge->kind == HAD_READS)
        had_diag_note(d, "`" HAD_FMT "` reads `" HAD_FMT "` of `" HAD_FMT "` for its `" HAD_FMT "`",
                      HAD_ARG(from->address), HAD_ARG(had_str_c(edge->attribute)),
                      HAD_ARG(to->address), HAD_ARG(had_str_c(edge->property)));
    else
        had_diag_note(d, "`" HAD_FMT "` waits for `" HAD_FMT "`%s%s", HAD_ARG(from->address),
                      HAD_ARG(to->address), edge->why ? ": " : "", edge->why ? edge->why : "");
    had_diag_label(d, edge->span, "`" HAD_FMT "` waits for `" HAD_FMT "`", HAD_ARG(from->address),
                   HAD_ARG(to->address));
}

static void report_loop(const struct walk *walk, const struct wait *chain, uint32_t length,
                        uint32_t start, struct had_diags *diags)
{
    const struct had_node *node = walk->pairs[start].node;
    struct had_span span = node->origin->span;
    for (uint32_t i = 0; i < length; i++) {
        if (chain[i].edge && had_span_known(chain[i].edge->span)) {
            span = chain[i].edge->span;
            break;
        }
    }
    struct had_diag *d;
    if (walk->destroy) {
        d = had_graph_broken(diags, node, span,
                             "`" HAD_FMT "` can be destroyed neither before nor after what it "
                             "outlives",
                             HAD_ARG(node->address));
    } else {
        d = had_report(diags, &HAD0790, span, "`" HAD_FMT "` waits for itself",
                       HAD_ARG(node->address));
        had_diag_address(d, node->origin->object);
        had_diag_help(d, "take one of these references away, or state the value that it asks for");
    }
    const struct had_node *from = node;
    for (uint32_t i = 0; i < length; i++) {
        const struct had_node *to = walk->pairs[chain[i].pair].node;
        tell_step(d, from, &chain[i], to);
        from = to;
    }
}

enum { LOOPS_TOLD = 8 };

static void report_loops(const struct walk *walk, const uint32_t *waiting, struct had_diags *diags)
{
    struct had_arena scratch = {0};
    struct parts parts = parts_find(walk, &scratch, waiting);
    bool *told = had_new_n(&scratch, bool, parts.count + 1);
    uint32_t count = 0;
    for (uint32_t pair = 0; pair < walk->total && count < LOOPS_TOLD; pair++) {
        if (!parts.part[pair] || told[parts.part[pair]])
            continue;
        told[parts.part[pair]] = true;
        struct wait *chain = NULL;
        uint32_t length = loop_through(walk, &scratch, &parts, pair, &chain);
        if (length) {
            report_loop(walk, chain, length, pair, diags);
            count++;
        }
    }
    had_arena_free(&scratch);
}

/* ---- the two orders ---- */

bool had_schedule_make(const struct had_graph *graph, struct had_arena *arena,
                       struct had_schedule *out, struct had_diags *diags)
{
    struct walk walk = walk_make(graph, arena, false);
    uint32_t *waiting = had_new_n(arena, uint32_t, walk.total);
    out->count = place(&walk, arena, NULL, NULL, waiting, out);
    out->pairs = walk.pairs;
    bool complete = out->count == walk.total;
    if (!complete)
        report_loops(&walk, waiting, diags);
    return complete;
}

/* What was made last goes first, unless something outlives it. */
static bool undo(const struct had_graph *graph, struct had_arena *arena,
                 const struct had_schedule *make, struct had_schedule *out, struct had_diags *diags)
{
    struct walk walk = walk_make(graph, arena, true);
    uint32_t *key = had_new_n(arena, uint32_t, walk.total);
    uint32_t *by_key = had_new_n(arena, uint32_t, walk.total);
    for (uint32_t i = 0; i < make->count; i++) {
        key[make->order[i]] = walk.total - 1 - i;
        by_key[walk.total - 1 - i] = make->order[i];
    }
    uint32_t *waiting = had_new_n(arena, uint32_t, walk.total);
    out->count = place(&walk, arena, key, by_key, waiting, out);
    out->pairs = walk.pairs;
    bool complete = out->count == walk.total;
    if (!complete && diags)
        report_loops(&walk, waiting, diags);
    return complete;
}

static bool has_outlives(const struct had_graph *graph)
{
    had_each(struct had_edge *, edge, &graph->edges)
        if ((*edge)->kind == HAD_OUTLIVES)
            return true;
    return false;
}

bool had_schedule_undo(const struct had_graph *graph, const struct had_schedule *make,
                       struct had_diags *diags)
{
    if (!has_outlives(graph))
        return true; /* it is the order of making, backwards */
    struct had_arena scratch = {0};
    struct had_schedule back = {0};
    bool complete = undo(graph, &scratch, make, &back, diags);
    had_arena_free(&scratch);
    return complete;
}

static const struct had_pair *pairs_of(struct had_arena *arena, const struct had_schedule *schedule)
{
    struct had_pair *pairs = had_new_n(arena, struct had_pair, schedule->count);
    for (uint32_t i = 0; i < schedule->count; i++)
        pairs[i] = schedule->pairs[schedule->order[i]];
    return pairs;
}

void had_schedule_keep(struct had_graph *graph, const struct had_schedule *schedule)
{
    graph->order = pairs_of(graph->arena, schedule);
    graph->order_count = schedule->count;
}

uint32_t had_graph_order(const struct had_graph *graph, const struct had_pair **pairs)
{
    *pairs = graph->order;
    return graph->order_count;
}

uint32_t had_graph_destroy_order(const struct had_graph *graph, struct had_arena *arena,
                                 const struct had_pair **pairs)
{
    struct had_arena scratch = {0};
    struct walk walk = walk_make(graph, &scratch, false);
    struct had_schedule make = {.order = had_new_n(&scratch, uint32_t, walk.total),
                                .count = graph->order_count};
    for (uint32_t i = 0; i < make.count; i++)
        make.order[i] = walk.base[graph->order[i].node->id] + graph->order[i].revision;
    struct had_schedule back = {0};
    undo(graph, &scratch, &make, &back, NULL);
    *pairs = pairs_of(arena, &back);
    had_arena_free(&scratch);
    return back.count;
}
