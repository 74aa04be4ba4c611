#include "emit/steps.h"

#include "emit/cloudformation/logical.h"
#include "emit/cloudformation/template.h"
#include "emit/cloudformation/uniform.h"
#include "emit/delivery.h"
#include "graph/rtype.h"

#include <stdlib.h>
#include <string.h>

enum {
    MERGE_WORK_MAX = 5000000, /* pairs looked at in all tries together */
    REDUCE_WIDTH = 1024,      /* steps whose followers are marked at a time */
    /* A part above one of these is shared out; room is left for growth and for the back end's own.
     */
    SHARE_RESOURCES = 400,
    SHARE_VALUES = 170,
    SHARE_BYTES = 600000,
    NODE_BYTES = 1000, /* of one whose properties are ids, ranges and numbers */
    SHARE_DEPTH = 20,
};

/*
 * Where the work on a node is done. A command finds a value before the step that takes it as a
 * parameter begins: no step of its own, but what it asks for must be deployed by an earlier one.
 */
enum part_kind { PART_NONE, PART_STACK, PART_DELIVERY, PART_GATE, PART_COMMAND };

/* Pairs that are done in one go. Cut in two where that is the only way to an order. */
struct part {
    enum part_kind kind;
    uint32_t family; /* parts of one family were one before they were cut */
    uint32_t revision;
    uint32_t first;              /* place of its first pair in the order */
    const struct had_node *node; /* one of its nodes: says account, Region, layer, machine */
    bool set;                    /* of many accounts: a stack set makes it */
    had_str label; /* of a share of a part that is too large for one template: "a", "ba" */
    struct had_stack *stack;
    uint32_t step;             /* index, once there is one */
    had_array(uint32_t) pairs; /* in the order of the graph */
    had_array(uint32_t) waits; /* parts that it waits for, each once */
};

static int number_cmp(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

typedef had_array(uint32_t) numbers;

static void sort_unique(numbers *list)
{
    if (list->count < 2)
        return;
    qsort(list->items, list->count, sizeof *list->items, number_cmp);
    uint32_t n = 1;
    for (uint32_t i = 1; i < list->count; i++)
        if (list->items[i] != list->items[n - 1])
            list->items[n++] = list->items[i];
    list->count = n;
}

struct planner {
    struct had_steps *steps;
    struct had_arena *arena; /* of the planning: stacks and steps have that of .steps */
    const struct had_pair *order;
    uint32_t count;     /* pairs */
    uint32_t *base;     /* by node id: place of (node, 0) in pair_at; + revision */
    uint32_t *place_of; /* by base + revision: place in the order */
    bool *included;     /* by place */
    uint32_t *part_of;  /* by place */
    numbers *waits;     /* by place: places of the work that it waits for */
    bool *inside;       /* by node id: all false between uses */
    uint64_t *digests;  /* by node id: of its object's address; 0: not asked for yet */
    had_array(struct part) parts;
    uint32_t families;
    struct had_units *units; /* whose networks a stack set makes, or NULL */
    struct had_map updates;  /* stack, or family of a delivery → steps of it so far */
};

/* ---- what a node is to the steps ---- */

bool had_step_is_glue(const struct had_emit_options *options, const struct had_node *node)
{
    return node->type && node->type->tier == HAD_TIER_GLUE && !options->no_custom_resources &&
           node->lifecycle != HAD_EXISTING;
}

had_str had_role_name(struct had_arena *arena, had_str deploy_role, const char *suffix)
{
    enum { ROLE_NAME_MAX = 64 };
    had_str role = deploy_role.len ? deploy_role : HAD_STR("had-deploy");
    return had_str_printf(arena, HAD_FMT "%s",
                          HAD_ARG(had_cut(role, ROLE_NAME_MAX - (uint32_t)strlen(suffix))), suffix);
}

static had_str text_prop(const struct had_node *node, const char *name)
{
    const struct had_prop *prop = had_node_get(node, name);
    return prop && prop->tag == HAD_PROP_TEXT ? prop->text : (had_str){0};
}

/* Gates that are for the end of something only: they order no step of the way there. */
static bool is_for_destroy(const struct had_node *node)
{
    const struct had_prop *probe = had_node_get(node, "Probe.Operation");
    return probe && probe->tag == HAD_PROP_TEXT && had_str_is(probe->text, "destroy");
}

static enum part_kind kind_of(const struct had_steps *steps, const struct had_node *node)
{
    if (node->lifecycle == HAD_EXISTING || !node->type || node->class == HAD_FACT)
        return PART_NONE;
    if (node->class == HAD_GATE)
        return is_for_destroy(node) ? PART_NONE : PART_GATE;
    if (node->class == HAD_CONFIGURATION)
        return PART_DELIVERY;
    switch (node->type->tier) {
    case HAD_TIER_NATIVE:
        return PART_STACK;
    case HAD_TIER_GLUE:
        if (!steps->options->no_custom_resources)
            return PART_STACK;
        /* What only looks something up is the command beside a parameter then. */
        return node->class == HAD_LOOKUP ? PART_COMMAND : PART_GATE;
    case HAD_TIER_GATE:
        return PART_GATE;
    case HAD_TIER_NONE:
        break;
    }
    return PART_NONE;
}

static had_str region_of(const struct had_steps *steps, const struct had_node *node)
{
    had_str region = node->context->region;
    return !region.len || had_str_is(region, "global") ? steps->graph->home : region;
}

static void role_of(const struct had_node *configuration, had_str *forest, had_str *role)
{
    *forest = text_prop(configuration, "Forest");
    *role = text_prop(configuration, "Role");
}

static void family_key(struct had_buffer *out, const struct had_steps *steps, enum part_kind kind,
                       const struct had_node *node, uint32_t revision)
{
    switch (kind) {
    case PART_STACK:
        had_buffer_printf(out, "stack\x1f" HAD_FMT "\x1f" HAD_FMT "\x1f%d\x1f%d\x1f%d\x1f%u",
                          HAD_ARG(node->context->account), HAD_ARG(region_of(steps, node)),
                          (int)node->layer, had_step_is_glue(steps->options, node),
                          had_is_delivery(node), revision);
        return;
    case PART_DELIVERY: {
        const struct had_node *machine = node->context->machine;
        had_str forest, role;
        role_of(node, &forest, &role);
        had_buffer_printf(out, "delivery\x1f" HAD_FMT "\x1f" HAD_FMT "\x1f" HAD_FMT "\x1f%u",
                          HAD_ARG(machine ? machine->address : node->address), HAD_ARG(forest),
                          HAD_ARG(role), revision);
        return;
    }
    case PART_GATE:
    case PART_COMMAND:
    case PART_NONE:
        break;
    }
    had_buffer_printf(out, "own\x1f" HAD_FMT "\x1f%u", HAD_ARG(node->address), revision);
}

/* ---- pairs and what they wait for ---- */

static uint32_t place_of(const struct planner *p, const struct had_node *node, uint32_t revision)
{
    return p->place_of[p->base[node->id] + revision];
}

/* Calls back for every pair that the pair at `place` waits for. */
typedef void (*on_wait)(struct planner *p, uint32_t place, uint32_t waits_for, void *data);

static void each_wait(struct planner *p, uint32_t place, on_wait call, void *data)
{
    const struct had_node *node = p->order[place].node;
    uint32_t revision = p->order[place].revision;
    if (revision)
        call(p, place, place_of(p, node, revision - 1), data);
    had_each(struct had_edge *, at, &node->needs) {
        const struct had_edge *edge = *at;
        if (edge->kind != HAD_OUTLIVES && edge->revision == revision && edge->to != node)
            call(p, place, place_of(p, edge->to, 0), data);
    }
}

static void exclude(struct planner *p, uint32_t place, uint32_t waits_for, void *data)
{
    (void)data;
    if (!p->included[waits_for])
        p->included[place] = false;
}

/* What a later phase brings is left out, and so is every switch that waits for it. */
static void choose_pairs(struct planner *p)
{
    struct had_steps *steps = p->steps;
    for (uint32_t i = 0; i < p->count; i++) {
        const struct had_node *node = p->order[i].node;
        p->included[i] = node->phase <= steps->options->phase || node->lifecycle == HAD_EXISTING;
        if (node->lifecycle != HAD_EXISTING)
            each_wait(p, i, exclude, NULL);
        if (p->included[i])
            steps->revisions_of[node->id]++;
        if (p->order[i].revision == 0)
            steps->position_of[node->id] = i;
    }
}

static uint32_t part_new(struct planner *p, enum part_kind kind, uint32_t family, uint32_t revision,
                         const struct had_node *node)
{
    struct part *part = had_push(p->arena, &p->parts);
    part->kind = kind;
    part->family = family;
    part->revision = revision;
    part->node = node;
    return p->parts.count - 1;
}

static void first_parts(struct planner *p)
{
    struct had_symbols keys;
    struct had_map families = {0};
    struct had_buffer name = {0};
    had_symbols_init(&keys, p->arena);
    for (uint32_t i = 0; i < p->count; i++) {
        const struct had_node *node = p->order[i].node;
        enum part_kind kind = p->included[i] ? kind_of(p->steps, node) : PART_NONE;
        uint32_t revision = p->order[i].revision;
        if ((kind == PART_GATE || kind == PART_COMMAND) && revision)
            kind = PART_NONE; /* a gate is done once; its later words are for the record */
        if (kind == PART_NONE || kind == PART_GATE || kind == PART_COMMAND) {
            p->part_of[i] = part_new(p, kind, p->families++, revision, node);
            continue;
        }
        bool set = kind == PART_STACK && had_units_hold(p->units, node);
        name.len = 0;
        if (set)
            had_buffer_printf(&name, "set\x1f" HAD_FMT "\x1f%u", HAD_ARG(node->context->region),
                              revision);
        else
            family_key(&name, p->steps, kind, node, revision);
        had_sym key = had_intern(&keys, had_buffer_view(&name));
        const uint64_t *found = had_map_get(&families, key);
        if (found) {
            p->part_of[i] = (uint32_t)*found;
            continue;
        }
        p->part_of[i] = part_new(p, kind, p->families++, revision, node);
        p->parts.items[p->part_of[i]].set = set;
        had_map_put(p->arena, &families, key, p->part_of[i]);
    }
    had_buffer_free(&name);
}

static void gather_wait(struct planner *p, uint32_t place, uint32_t waits_for, void *data)
{
    (void)data;
    if (p->parts.items[p->part_of[waits_for]].kind != PART_NONE) {
        *had_push(p->arena, &p->waits[place]) = waits_for;
        return;
    }
    /* Nobody works there: what it waits for itself counts. */
    const numbers *more = &p->waits[waits_for];
    for (uint32_t i = 0; i < more->count; i++)
        *had_push(p->arena, &p->waits[place]) = more->items[i];
}

static void gather_waits(struct planner *p)
{
    p->waits = had_new_n(p->arena, numbers, p->count + 1);
    for (uint32_t i = 0; i < p->count; i++) {
        each_wait(p, i, gather_wait, NULL);
        sort_unique(&p->waits[i]);
    }
}

/* ---- parts without cycles ---- */

static void link_parts(struct planner *p)
{
    struct had_arena scratch = {0};
    uint32_t *seen =
        had_new_n(&scratch, uint32_t, p->parts.count + 1); /* last part that named it */
    had_each(struct part, part, &p->parts) {
        part->waits.count = 0;
        part->pairs.count = 0;
    }
    for (uint32_t i = 0; i < p->count; i++) {
        struct part *part = &p->parts.items[p->part_of[i]];
        if (!part->pairs.count)
            part->first = i;
        *had_push(p->arena, &part->pairs) = i;
    }
    for (uint32_t from = 0; from < p->parts.count; from++) {
        struct part *part = &p->parts.items[from];
        numbers waits = {part->waits.items, 0, part->waits.room};
        for (uint32_t k = 0; part->kind != PART_NONE && k < part->pairs.count; k++) {
            const numbers *theirs = &p->waits[part->pairs.items[k]];
            for (uint32_t w = 0; w < theirs->count; w++) {
                uint32_t to = p->part_of[theirs->items[w]];
                if (to == from || seen[to] == from + 1)
                    continue;
                seen[to] = from + 1;
                *had_push(p->arena, &waits) = to;
            }
        }
        sort_unique(&waits);
        part->waits.items = waits.items;
        part->waits.count = waits.count;
        part->waits.room = waits.room;
    }
    had_arena_free(&scratch);
}

/* Strongly connected parts (Tarjan, without recursion). */
struct tarjan {
    uint32_t *index, *low, *component, *stack, *call, *next;
    bool *on_stack;
    uint32_t counter, components, depth, calls;
};

static void visit(struct planner *p, struct tarjan *t, uint32_t root)
{
    t->call[t->calls++] = root;
    while (t->calls) {
        uint32_t v = t->call[t->calls - 1];
        const struct part *part = &p->parts.items[v];
        if (!t->index[v]) {
            t->index[v] = t->low[v] = ++t->counter;
            t->stack[t->depth++] = v;
            t->on_stack[v] = true;
        }
        bool down = false;
        while (t->next[v] < part->waits.count) {
            uint32_t w = part->waits.items[t->next[v]++];
            if (!t->index[w]) {
                t->call[t->calls++] = w;
                down = true;
                break;
            }
            if (t->on_stack[w] && t->index[w] < t->low[v])
                t->low[v] = t->index[w];
        }
        if (down)
            continue;
        t->calls--;
        if (t->calls) {
            uint32_t parent = t->call[t->calls - 1];
            if (t->low[v] < t->low[parent])
                t->low[parent] = t->low[v];
        }
        if (t->low[v] == t->index[v]) {
            uint32_t w;
            do {
                w = t->stack[--t->depth];
                t->on_stack[w] = false;
                t->component[w] = t->components;
            } while (w != v);
            t->components++;
        }
    }
}

/* Component of each part in *component; true if some component has more than one. */
static bool find_cycles(struct planner *p, struct had_arena *arena, uint32_t **component,
                        uint32_t **sizes)
{
    uint32_t n = p->parts.count;
    struct tarjan t = {.index = had_new_n(arena, uint32_t, n + 1),
                       .low = had_new_n(arena, uint32_t, n + 1),
                       .component = had_new_n(arena, uint32_t, n + 1),
                       .stack = had_new_n(arena, uint32_t, n + 1),
                       .call = had_new_n(arena, uint32_t, n + 1),
                       .next = had_new_n(arena, uint32_t, n + 1),
                       .on_stack = had_new_n(arena, bool, n + 1)};
    for (uint32_t v = 0; v < n; v++)
        if (!t.index[v])
            visit(p, &t, v);
    *component = t.component;
    *sizes = had_new_n(arena, uint32_t, t.components + 1);
    bool cyclic = false;
    for (uint32_t v = 0; v < n; v++)
        cyclic = ++(*sizes)[t.component[v]] > 1 || cyclic;
    return cyclic;
}

/*
 * Cuts every part of a cycle by depth: how often the way to a pair changes the part within the
 * cycle. A step from one part to another always leads deeper, so no cycle is left between the
 * pieces.
 */
static void cut_cycles(struct planner *p, const uint32_t *component, const uint32_t *sizes)
{
    uint32_t *rank = had_new_n(p->arena, uint32_t, p->count + 1);
    struct had_map pieces = {0}; /* (part, rank) → piece */
    uint32_t *next = had_new_n(p->arena, uint32_t, p->count + 1);
    for (uint32_t i = 0; i < p->count; i++) {
        uint32_t part = p->part_of[i];
        next[i] = part;
        if (sizes[component[part]] < 2)
            continue;
        for (uint32_t k = 0; k < p->waits[i].count; k++) {
            uint32_t wait = p->waits[i].items[k], other = p->part_of[wait];
            if (component[other] == component[part] && rank[wait] + (other != part) > rank[i])
                rank[i] = rank[wait] + (other != part);
        }
        uint64_t key = (uint64_t)part << 32 | rank[i];
        const uint64_t *found = had_map_get(&pieces, key);
        if (found) {
            next[i] = (uint32_t)*found;
            continue;
        }
        bool seen = had_map_get(&pieces, (uint64_t)part << 32 | UINT32_MAX) != NULL;
        uint32_t piece = part; /* the first piece keeps the part's place */
        if (seen) {
            struct part old = p->parts.items[part];
            piece = part_new(p, old.kind, old.family, old.revision, p->order[i].node);
            p->parts.items[piece].label = old.label;
            p->parts.items[piece].set = old.set;
        }
        had_map_put(p->arena, &pieces, (uint64_t)part << 32 | UINT32_MAX, 1);
        had_map_put(p->arena, &pieces, key, piece);
        next[i] = piece;
    }
    p->part_of = next;
}

/*
 * Cutting by depth cuts too much: a piece goes back into its neighbour wherever that leaves an
 * order. Pieces are tried in the order of the graph, so the same graph always gives the same
 * pieces.
 */
static int piece_cmp(const void *a, const void *b)
{
    const struct part *x = *(struct part *const *)a, *y = *(struct part *const *)b;
    if (x->family != y->family)
        return x->family < y->family ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* `*spare` is room for another p->part_of. */
static bool try_merge(struct planner *p, uint32_t into, uint32_t piece, uint32_t **spare)
{
    uint32_t *before = p->part_of;
    p->part_of = *spare;
    for (uint32_t i = 0; i < p->count; i++)
        p->part_of[i] = before[i] == piece ? into : before[i];
    link_parts(p);
    struct had_arena scratch = {0};
    uint32_t *component, *sizes;
    bool cyclic = find_cycles(p, &scratch, &component, &sizes);
    had_arena_free(&scratch);
    *spare = cyclic ? p->part_of : before;
    if (!cyclic)
        return true;
    p->part_of = before;
    link_parts(p);
    return false;
}

static void merge_pieces(struct planner *p)
{
    link_parts(p);
    uint32_t count = 0;
    uint64_t work = 0;
    struct part **pieces = had_new_n(p->arena, struct part *, p->parts.count + 1);
    uint32_t *spare = had_new_n(p->arena, uint32_t, p->count + 1);
    had_each(struct part, part, &p->parts)
        if ((part->kind == PART_STACK || part->kind == PART_DELIVERY) && part->pairs.count)
            pieces[count++] = part;
    if (count > 1)
        qsort(pieces, count, sizeof *pieces, piece_cmp);
    for (uint32_t a = 0; a < count; a++) {
        for (uint32_t b = a + 1; b < count && pieces[a] && work < MERGE_WORK_MAX; b++) {
            if (!pieces[b])
                continue;
            if (pieces[b]->family != pieces[a]->family)
                break;
            work += p->count;
            if (try_merge(p, (uint32_t)(pieces[a] - p->parts.items),
                          (uint32_t)(pieces[b] - p->parts.items), &spare))
                pieces[b] = NULL;
        }
    }
}

/* The stack of a later revision is that of the nodes: pairs of different stacks go apart. */
static void follow_stacks(struct planner *p)
{
    struct had_map pieces = {0};
    for (uint32_t i = 0; i < p->count; i++) {
        uint32_t part = p->part_of[i];
        if (p->parts.items[part].kind != PART_STACK || !p->order[i].revision)
            continue;
        uint32_t home = p->part_of[place_of(p, p->order[i].node, 0)];
        uint64_t key = (uint64_t)part << 32 | home, any = (uint64_t)part << 32 | UINT32_MAX;
        const uint64_t *found = had_map_get(&pieces, key);
        if (found) {
            p->part_of[i] = (uint32_t)*found;
            continue;
        }
        uint32_t piece = part;
        if (had_map_get(&pieces, any)) {
            struct part old = p->parts.items[part];
            piece = part_new(p, old.kind, p->families++, old.revision, p->order[i].node);
        }
        had_map_put(p->arena, &pieces, any, 1);
        had_map_put(p->arena, &pieces, key, piece);
        p->part_of[i] = piece;
    }
}

/* ---- parts that are too large for one template ---- */

/*
 * Shared out by a digest of the object's address, one bit after the other until every share fits:
 * the shares are `routing-a` and `routing-b`, or `routing-aa`, `routing-ab` and `routing-b`. A new
 * object goes into the share of its digest and moves nothing; only a share that no longer fits is
 * divided. What one object consists of stays together as long as it fits.
 */
static uint64_t digest_of(had_str text)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (uint32_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 1099511628211u;
    return hash ^ hash >> 32;
}

struct share {
    uint32_t *pairs, count;
};

/* Marks the nodes of a share, or takes the marks away. */
static void mark_inside(struct planner *p, const struct share *share, bool inside)
{
    for (uint32_t i = 0; i < share->count; i++)
        p->inside[p->order[share->pairs[i]].node->id] = inside;
}

/* Values that come in (`out` false) or that others read, each once; the share's nodes are marked.
 */
static uint32_t count_values(struct planner *p, const struct share *share,
                             struct had_symbols *attributes, bool out)
{
    struct had_arena scratch = {0};
    struct had_map seen = {0};
    for (uint32_t i = 0; i < share->count; i++) {
        const struct had_node *node = p->order[share->pairs[i]].node;
        uint32_t edges = out ? node->needed_by.count : node->needs.count;
        for (uint32_t k = 0; k < edges; k++) {
            const struct had_edge *edge = out ? node->needed_by.items[k] : node->needs.items[k];
            const struct had_node *other = out ? edge->from : edge->to;
            if (edge->kind == HAD_READS && !p->inside[other->id])
                had_map_put(&scratch, &seen,
                            (uint64_t)edge->to->id << 32 |
                                had_intern(attributes, had_str_c(edge->attribute)),
                            1);
        }
    }
    had_arena_free(&scratch);
    return seen.count;
}

/* About what a value takes in a template, with its keys and indentation. */
static size_t bytes_of(const struct had_prop *prop)
{
    size_t bytes = 32;
    switch (prop->tag) {
    case HAD_PROP_TEXT: {
        /* A policy as JSON becomes lines of YAML. */
        bool json = prop->text.len && (prop->text.ptr[0] == '{' || prop->text.ptr[0] == '[');
        return bytes + (size_t)prop->text.len * (json ? 3 : 1);
    }
    case HAD_PROP_LIST:
    case HAD_PROP_FORMAT:
        had_each(struct had_prop *, item, &prop->items)
            bytes += bytes_of(*item);
        return bytes;
    case HAD_PROP_MAP:
        had_each(const struct had_prop_entry, entry, &prop->entries)
            bytes += entry->key.len + bytes_of(entry->value);
        return bytes;
    case HAD_PROP_STAGED:
        had_each(const struct had_stage, stage, &prop->stages)
            bytes += stage->value ? bytes_of(stage->value) : 0;
        return bytes;
    case HAD_PROP_READ:
        return bytes + prop->read.node->address.len;
    case HAD_PROP_INT:
    case HAD_PROP_BOOL:
    case HAD_PROP_SECRET:
        break;
    }
    return 2 * bytes;
}

static size_t share_bytes(const struct planner *p, const struct share *share)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < share->count; i++) {
        const struct had_node *node = p->order[share->pairs[i]].node;
        bytes += NODE_BYTES;
        if (!had_str_starts(node->type_name, "AWS::EC2::"))
            had_each(const struct had_prop_entry, entry, &node->props)
                bytes += bytes_of(entry->value);
    }
    return bytes;
}

static bool fits(struct planner *p, const struct share *share, struct had_symbols *attributes)
{
    if (share->count > SHARE_RESOURCES || share_bytes(p, share) > SHARE_BYTES)
        return false;
    if (share->count < SHARE_VALUES / 4) /* too few to have so many values */
        return true;
    mark_inside(p, share, true);
    bool few = count_values(p, share, attributes, false) <= SHARE_VALUES &&
               count_values(p, share, attributes, true) <= SHARE_VALUES;
    mark_inside(p, share, false);
    return few;
}

static void new_part(struct planner *p, const struct share *share, had_str label)
{
    if (!share->count)
        return;
    uint32_t part = part_new(p, PART_STACK, p->families++, 0, p->order[share->pairs[0]].node);
    p->parts.items[part].label = label;
    for (uint32_t i = 0; i < share->count; i++)
        p->part_of[share->pairs[i]] = part;
}

static bool has_two_objects(const struct planner *p, const struct share *share)
{
    for (uint32_t i = 1; i < share->count; i++)
        if (!had_str_eq(p->order[share->pairs[i]].node->object,
                        p->order[share->pairs[0]].node->object))
            return true;
    return false;
}

/* Objects are asked for at each depth. */
static uint64_t digest_of_object(struct planner *p, const struct had_node *node)
{
    if (!p->digests[node->id])
        p->digests[node->id] = digest_of(node->object);
    return p->digests[node->id];
}

/* By a bit of the digest of the object's address, or of the node's own. */
static void halve(struct planner *p, const struct share *share, uint32_t depth, bool by_node,
                  struct share halves[2])
{
    for (uint32_t side = 0; side < 2; side++)
        halves[side] = (struct share){had_new_n(p->arena, uint32_t, share->count + 1), 0};
    for (uint32_t i = 0; i < share->count; i++) {
        const struct had_node *node = p->order[share->pairs[i]].node;
        uint64_t digest = by_node ? digest_of(node->address) : digest_of_object(p, node);
        uint32_t side = digest >> depth & 1;
        halves[side].pairs[halves[side].count++] = share->pairs[i];
    }
}

static void share_leaves(struct planner *p, struct share share, uint32_t depth, had_str label,
                         struct had_symbols *attributes)
{
    if (!share.count)
        return;
    if (depth == SHARE_DEPTH || fits(p, &share, attributes)) {
        new_part(p, &share, label);
        return;
    }
    struct share halves[2];
    halve(p, &share, depth, true, halves);
    for (uint32_t side = 0; side < 2; side++)
        share_leaves(p, halves[side], depth + 1,
                     had_str_printf(p->arena, HAD_FMT "%s%c", HAD_ARG(label),
                                    depth || !label.len ? "" : "-", side ? 'b' : 'a'),
                     attributes);
}

/*
 * One object that is too large alone: what others of it stand on stays, however it grows; what
 * nothing stands on (rules, routes, associations) goes to stacks of its own, by a digest of its
 * address. Where the rest is still too large the part stays whole, and the limits tell of it.
 */
static void share_object(struct planner *p, const struct share *share, had_str label,
                         struct had_symbols *attributes)
{
    struct share core = {had_new_n(p->arena, uint32_t, share->count + 1), 0}, leaves = core;
    leaves.pairs = had_new_n(p->arena, uint32_t, share->count + 1);
    mark_inside(p, share, true);
    for (uint32_t i = 0; i < share->count; i++) {
        const struct had_node *node = p->order[share->pairs[i]].node;
        bool carries = node->protect != HAD_PROTECT_NONE;
        had_each(struct had_edge *, edge, &node->needed_by)
            carries = carries || ((*edge)->kind != HAD_OUTLIVES && p->inside[(*edge)->from->id]);
        struct share *to = carries ? &core : &leaves;
        to->pairs[to->count++] = share->pairs[i];
    }
    mark_inside(p, share, false);
    if (!leaves.count || !fits(p, &core, attributes)) {
        new_part(p, share, label);
        return;
    }
    new_part(p, &core, label);
    if (core.count)
        label =
            label.len ? had_str_printf(p->arena, HAD_FMT "-more", HAD_ARG(label)) : HAD_STR("more");
    share_leaves(p, leaves, 0, label, attributes);
}

static void share_out(struct planner *p, struct share share, uint32_t depth, had_str label,
                      struct had_symbols *attributes)
{
    if (!share.count)
        return;
    if (depth && fits(p, &share, attributes)) {
        new_part(p, &share, label);
        return;
    }
    if (depth == SHARE_DEPTH || !has_two_objects(p, &share)) {
        share_object(p, &share, label, attributes);
        return;
    }
    struct share halves[2];
    halve(p, &share, depth, false, halves);
    for (uint32_t side = 0; side < 2; side++)
        share_out(p, halves[side], depth + 1,
                  had_str_printf(p->arena, HAD_FMT "%c", HAD_ARG(label), side ? 'b' : 'a'),
                  attributes);
}

static void share_large_parts(struct planner *p)
{
    struct had_symbols attributes;
    had_symbols_init(&attributes, p->arena);
    link_parts(p);
    uint32_t count = p->parts.count;
    for (uint32_t i = 0; i < count; i++) {
        const struct part part = p->parts.items[i];
        if (part.kind != PART_STACK || part.revision || part.set)
            continue;
        struct share share = {part.pairs.items, part.pairs.count};
        if (!fits(p, &share, &attributes))
            share_out(p, share, 0, (had_str){0}, &attributes);
    }
}

static void make_parts(struct planner *p)
{
    first_parts(p);
    gather_waits(p);
    share_large_parts(p);
    bool cut = false;
    for (uint32_t round = 0; round < 64; round++) {
        follow_stacks(p);
        link_parts(p);
        uint32_t *component, *sizes;
        if (!find_cycles(p, p->arena, &component, &sizes))
            break;
        cut_cycles(p, component, sizes);
        cut = true;
    }
    if (cut) {
        merge_pieces(p);
        follow_stacks(p);
        link_parts(p);
    }
}

/* ---- stacks ---- */

/* A name as part of a path or of a stack's name. */
static had_str safe_name(struct had_arena *arena, had_str name, bool dots)
{
    char *text = had_arena_alloc(arena, (size_t)name.len + 1);
    for (uint32_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || (dots && i && (c == '.' || c == '_'));
        text[i] = plain ? c : '-';
    }
    return (had_str){text, name.len};
}

static int part_first_cmp(const void *a, const void *b)
{
    const struct part *x = *(struct part *const *)a, *y = *(struct part *const *)b;
    return (x->first > y->first) - (x->first < y->first);
}

static struct had_stack *stack_new(struct planner *p, const struct part *part, uint32_t number)
{
    struct had_steps *steps = p->steps;
    struct had_arena *arena = steps->arena;
    const struct had_context *context = part->node->context;
    struct had_stack *stack = had_new(arena, struct had_stack);
    stack->layer = part->node->layer;
    stack->glue = had_step_is_glue(steps->options, part->node);
    stack->delivery = had_is_delivery(part->node);
    stack->account = context->account;
    stack->account_id = context->account_id;
    stack->partition = context->partition.len ? context->partition : HAD_STR("aws");
    stack->deploy_role = context->deploy_role;
    stack->region = region_of(steps, part->node);
    stack->name = had_str_printf(arena, "%s%s", had_layer_name(stack->layer),
                                 stack->glue       ? "-glue"
                                 : stack->delivery ? "-delivery"
                                                   : "");
    if (part->label.len)
        stack->name =
            had_str_printf(arena, HAD_FMT "-" HAD_FMT, HAD_ARG(stack->name), HAD_ARG(part->label));
    if (number > 1)
        stack->name = had_str_printf(arena, HAD_FMT "-%u", HAD_ARG(stack->name), number);
    if (part->set) { /* the stack with the set stands where the organization is managed */
        stack->name = had_str_printf(arena, HAD_FMT "-set-" HAD_FMT, HAD_ARG(stack->name),
                                     HAD_ARG(safe_name(arena, steps->options->stack_set, false)));
        if (!had_str_eq(stack->region, steps->graph->home))
            stack->name = had_str_printf(arena, HAD_FMT "-" HAD_FMT, HAD_ARG(stack->name),
                                         HAD_ARG(safe_name(arena, stack->region, false)));
        stack->account = p->units->account;
        stack->account_id = p->units->account_id;
        stack->deploy_role = p->units->deploy_role;
        stack->partition = p->units->partition;
        stack->region = steps->graph->home;
    }
    stack->stack_name =
        had_str_printf(arena, "had-" HAD_FMT "-" HAD_FMT,
                       HAD_ARG(safe_name(arena, steps->graph->spec, false)), HAD_ARG(stack->name));
    stack->id = had_str_printf(
        arena, HAD_FMT "/" HAD_FMT "/" HAD_FMT, HAD_ARG(safe_name(arena, stack->account, true)),
        HAD_ARG(safe_name(arena, stack->region, true)), HAD_ARG(stack->name));
    stack->path = had_str_printf(arena, "cloudformation/" HAD_FMT "%s", HAD_ARG(stack->id),
                                 steps->options->json ? ".json" : ".yaml");
    stack->template = had_new(arena, struct had_template);
    return stack;
}

static bool sets(const struct had_node *node, const char *property)
{
    return had_node_get(node, property) != NULL;
}

static void describe_stack(struct had_steps *steps, struct had_stack *stack)
{
    had_each(const struct had_node *, at, &stack->nodes) {
        const struct had_node *node = *at;
        steps->stack_of[node->id] = stack;
        if (node->protect != HAD_PROTECT_NONE)
            stack->protect = true;
        if (node->protect == HAD_PROTECT_ACKNOWLEDGE)
            stack->policy_path = had_str_printf(
                steps->arena, "cloudformation/" HAD_FMT ".policy.json", HAD_ARG(stack->id));
        if (had_str_starts(node->type_name, "AWS::IAM::")) {
            stack->iam = true;
            if (sets(node, "RoleName") || sets(node, "ManagedPolicyName") ||
                sets(node, "InstanceProfileName") || sets(node, "PolicyName"))
                stack->named_iam = true;
        }
    }
    if (stack->glue)
        stack->iam = true; /* the role of its function */
}

static int stack_cmp(const void *a, const void *b)
{
    return had_str_cmp((*(struct had_stack *const *)a)->id, (*(struct had_stack *const *)b)->id);
}

static int node_cmp(const void *a, const void *b)
{
    uint32_t x = (*(const struct had_node *const *)a)->id;
    uint32_t y = (*(const struct had_node *const *)b)->id;
    return (x > y) - (x < y);
}

static void make_stacks(struct planner *p)
{
    struct had_steps *steps = p->steps;
    struct part **sorted = had_new_n(p->arena, struct part *, p->parts.count + 1);
    uint32_t *number = had_new_n(p->arena, uint32_t, p->families + 1);
    uint32_t count = 0;
    had_each(struct part, part, &p->parts) {
        if (part->kind == PART_STACK && part->pairs.count && part->revision == 0)
            sorted[count++] = part;
        /* A part whose nodes all went into another one is no step any more. */
        if (!part->pairs.count)
            part->kind = PART_NONE;
    }
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, part_first_cmp);
    for (uint32_t i = 0; i < count; i++) {
        struct part *part = sorted[i];
        struct had_stack *stack = stack_new(p, part, ++number[part->family]);
        part->stack = stack;
        had_array_reserve(steps->arena, &stack->nodes, part->pairs.count);
        for (uint32_t k = 0; k < part->pairs.count; k++)
            *had_push(steps->arena, &stack->nodes) = p->order[part->pairs.items[k]].node;
        qsort(stack->nodes.items, stack->nodes.count, sizeof *stack->nodes.items, node_cmp);
        describe_stack(steps, stack);
        if (part->set)
            had_uniform_make(steps, p->units, stack, region_of(steps, part->node));
        if (part->set && number[part->family] > 1)
            had_uniform_refuse(steps, part->node,
                               had_str_printf(p->arena,
                                              "networks of ou `" HAD_FMT
                                              "` wait for each other in turns, which one stack set "
                                              "cannot do",
                                              HAD_ARG(steps->options->stack_set)));
        *had_push(steps->arena, &steps->stacks) = stack;
    }
    had_each(struct part, part, &p->parts)
        if (part->kind == PART_STACK && part->pairs.count && part->revision)
            part->stack = steps->stack_of[p->order[part->pairs.items[0]].node->id];
    if (steps->stacks.count > 1)
        qsort(steps->stacks.items, steps->stacks.count, sizeof *steps->stacks.items, stack_cmp);
    for (uint32_t i = 1; i < steps->stacks.count; i++) {
        const struct had_stack *one = steps->stacks.items[i - 1], *two = steps->stacks.items[i];
        if (!had_str_eq(one->id, two->id))
            continue;
        const struct had_node *node = two->nodes.items[0];
        struct had_diag *d = had_report(
            steps->diags, &HAD0805, node->origin->span,
            "accounts `" HAD_FMT "` and `" HAD_FMT "` would write the same file `" HAD_FMT "`",
            HAD_ARG(one->account), HAD_ARG(two->account), HAD_ARG(two->path));
        had_diag_help(d, "give the accounts names that differ in letters or digits");
    }
}

/* ---- steps ---- */

struct sortable {
    struct part *part;
    int kind;
    int layer;
    had_str id;
};

static int sortable_cmp(const void *a, const void *b)
{
    const struct sortable *x = a, *y = b;
    if (x->layer != y->layer)
        return x->layer < y->layer ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    int order = had_str_cmp(x->id, y->id);
    return order ? order : (x->part->first > y->part->first) - (x->part->first < y->part->first);
}

static had_str step_id(struct had_steps *steps, const struct part *part)
{
    struct had_arena *arena = steps->arena;
    switch (part->kind) {
    case PART_STACK:
        return part->stack->id;
    case PART_DELIVERY: {
        const struct had_node *machine = part->node->context->machine;
        had_str forest, role;
        role_of(part->node, &forest, &role);
        return had_str_printf(arena, "dsc/" HAD_FMT "/" HAD_FMT "/" HAD_FMT, HAD_ARG(forest),
                              HAD_ARG(role),
                              HAD_ARG(machine ? machine->object : part->node->object));
    }
    case PART_GATE:
    case PART_COMMAND:
    case PART_NONE:
        break;
    }
    return had_str_printf(arena, "gate/" HAD_FMT, HAD_ARG(part->node->address));
}

/* A heap of ready parts, smallest place in `rank` first. */
struct heap {
    uint32_t *items, count;
};

static void heap_push(struct heap *heap, uint32_t item)
{
    uint32_t i = heap->count++;
    heap->items[i] = item;
    while (i && heap->items[i] < heap->items[(i - 1) / 2]) {
        uint32_t other = (i - 1) / 2, swap = heap->items[i];
        heap->items[i] = heap->items[other];
        heap->items[other] = swap;
        i = other;
    }
}

static uint32_t heap_pop(struct heap *heap)
{
    uint32_t top = heap->items[0];
    heap->items[0] = heap->items[--heap->count];
    for (uint32_t i = 0;;) {
        uint32_t small = i;
        for (uint32_t child = 2 * i + 1; child <= 2 * i + 2; child++)
            if (child < heap->count && heap->items[child] < heap->items[small])
                small = child;
        if (small == i)
            return top;
        uint32_t swap = heap->items[i];
        heap->items[i] = heap->items[small];
        heap->items[small] = swap;
        i = small;
    }
}

/* Parts in an order in which each comes after what it waits for; among those ready by layer and id.
 */
static struct part **order_parts(struct planner *p, uint32_t *count)
{
    uint32_t n = p->parts.count;
    struct sortable *keys = had_new_n(p->arena, struct sortable, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        struct part *part = &p->parts.items[i];
        keys[i] = (struct sortable){.part = part,
                                    .kind = (int)part->kind,
                                    .layer = part->kind == PART_NONE ? -1 : (int)part->node->layer,
                                    .id = part->kind == PART_NONE ? part->node->address
                                                                  : step_id(p->steps, part)};
    }
    if (n > 1)
        qsort(keys, n, sizeof *keys, sortable_cmp);
    uint32_t *rank = had_new_n(p->arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++)
        rank[keys[i].part - p->parts.items] = i;
    uint32_t *left = had_new_n(p->arena, uint32_t, n + 1);
    uint32_t *start = had_new_n(p->arena, uint32_t, n + 2);
    for (uint32_t i = 0; i < n; i++) {
        left[i] = p->parts.items[i].waits.count;
        for (uint32_t k = 0; k < left[i]; k++)
            start[p->parts.items[i].waits.items[k] + 1]++;
    }
    for (uint32_t i = 0; i < n; i++)
        start[i + 1] += start[i];
    uint32_t *after = had_new_n(p->arena, uint32_t, start[n] + 1);
    uint32_t *fill = had_new_n(p->arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < p->parts.items[i].waits.count; k++) {
            uint32_t to = p->parts.items[i].waits.items[k];
            after[start[to] + fill[to]++] = i;
        }
    struct heap heap = {had_new_n(p->arena, uint32_t, n + 1), 0};
    for (uint32_t i = 0; i < n; i++)
        if (!left[i])
            heap_push(&heap, rank[i]);
    struct part **sorted = had_new_n(p->arena, struct part *, n + 1);
    *count = 0;
    while (heap.count) {
        struct part *part = keys[heap_pop(&heap)].part;
        uint32_t i = (uint32_t)(part - p->parts.items);
        sorted[(*count)++] = part;
        for (uint32_t k = start[i]; k < start[i + 1]; k++)
            if (!--left[after[k]])
                heap_push(&heap, rank[after[k]]);
    }
    return sorted;
}

/* Adds READ bindings of a value tree; `revision` is that of the node. */
static void bind_reads(struct had_steps *steps, struct had_step *step, const struct had_prop *prop,
                       uint32_t revision)
{
    prop = had_prop_revision(prop, revision);
    if (!prop)
        return;
    switch (prop->tag) {
    case HAD_PROP_LIST:
    case HAD_PROP_FORMAT:
        had_each(struct had_prop *, item, &prop->items)
            bind_reads(steps, step, *item, revision);
        return;
    case HAD_PROP_MAP:
        had_each(const struct had_prop_entry, entry, &prop->entries)
            bind_reads(steps, step, entry->value, revision);
        return;
    case HAD_PROP_READ: {
        had_str name =
            had_logical_value(steps->arena, prop->read.node, had_str_c(prop->read.attribute));
        had_each(const struct had_bound, at, &step->values)
            if (had_str_eq(at->name, name))
                return;
        struct had_binding *binding = had_new(steps->arena, struct had_binding);
        *binding = had_template_bind(steps, prop->read.node, had_str_c(prop->read.attribute));
        *had_push(steps->arena, &step->values) = (struct had_bound){name, binding};
        return;
    }
    case HAD_PROP_TEXT:
    case HAD_PROP_INT:
    case HAD_PROP_BOOL:
    case HAD_PROP_SECRET:
    case HAD_PROP_STAGED:
        return;
    }
}

static void bind_node(struct had_steps *steps, struct had_step *step, const struct had_node *node,
                      uint32_t revision)
{
    had_each(const struct had_prop_entry, entry, &node->props)
        bind_reads(steps, step, entry->value, revision);
}

static int bound_cmp(const void *a, const void *b)
{
    return had_str_cmp(((const struct had_bound *)a)->name, ((const struct had_bound *)b)->name);
}

static void fill_step(struct planner *p, struct had_step *step, const struct part *part)
{
    struct had_steps *steps = p->steps;
    struct had_arena *arena = steps->arena;
    const struct had_node *node = part->node;
    step->id = step_id(steps, part);
    step->account = node->context->account;
    step->account_id = node->context->account_id;
    step->region = region_of(steps, node);
    step->owner = text_prop(node, "Owner");
    if (!step->owner.len)
        step->owner = node->context->team;
    had_array_reserve(arena, &step->nodes, part->pairs.count);
    for (uint32_t i = 0; i < part->pairs.count; i++)
        *had_push(arena, &step->nodes) = p->order[part->pairs.items[i]].node;
    qsort(step->nodes.items, step->nodes.count, sizeof *step->nodes.items, node_cmp);
    switch (part->kind) {
    case PART_STACK: {
        step->kind = HAD_STEP_STACK;
        step->stack = part->stack;
        step->account = part->stack->account;
        step->account_id = part->stack->account_id;
        step->region = part->stack->region;
        uint64_t *updates = had_map_get(&p->updates, (uintptr_t)part->stack);
        step->update = updates ? (uint32_t)*updates : 0;
        had_map_put(p->arena, &p->updates, (uintptr_t)part->stack, step->update + 1u);
        if (step->update)
            step->id = had_str_printf(arena, HAD_FMT "@%u", HAD_ARG(step->id), step->update);
        step->title =
            had_str_printf(arena, "%s stack " HAD_FMT " in account " HAD_FMT ", " HAD_FMT,
                           step->update ? "Update" : "Deploy", HAD_ARG(part->stack->stack_name),
                           HAD_ARG(step->account), HAD_ARG(step->region));
        return;
    }
    case PART_DELIVERY: {
        step->kind = HAD_STEP_DELIVERY;
        step->machine = node->context->machine;
        role_of(node, &step->forest, &step->role);
        had_each(const struct had_node *, at, &step->nodes) {
            if (!step->delivery)
                step->delivery = had_delivery_of(*at);
            bind_node(steps, step, *at, part->revision);
        }
        if (step->delivery)
            bind_reads(steps, step, had_node_get(step->delivery, "InstanceId"), 0);
        const uint64_t *before = had_map_get(&p->updates, part->family);
        uint32_t number = before ? (uint32_t)*before : 0;
        had_map_put(p->arena, &p->updates, part->family, number + 1u);
        if (number)
            step->id = had_str_printf(arena, HAD_FMT "-%u", HAD_ARG(step->id), number + 1);
        if (part->revision)
            step->id = had_str_printf(arena, HAD_FMT "@%u", HAD_ARG(step->id), part->revision);
        step->title = had_str_printf(arena, "Bring the " HAD_FMT " configuration to " HAD_FMT,
                                     HAD_ARG(step->role),
                                     HAD_ARG(step->machine ? step->machine->object : node->object));
        break;
    }
    case PART_GATE:
        step->kind = HAD_STEP_GATE;
        step->title = had_str_printf(arena, "By hand: " HAD_FMT, HAD_ARG(node->address));
        bind_node(steps, step, node, 0);
        break;
    case PART_COMMAND:
    case PART_NONE:
        break;
    }
    if (step->values.count > 1)
        qsort(step->values.items, step->values.count, sizeof *step->values.items, bound_cmp);
}

/*
 * Of what each step waits for, the steps from `first` on, REDUCE_WIDTH of them: a row of bits for
 * each step says which of these come before it. What comes before a wait is no wait of its own.
 */
static void reduce_block(struct had_steps *steps, uint32_t first, uint64_t *rows)
{
    enum { WORDS = REDUCE_WIDTH / 64 };
    uint32_t n = steps->steps.count;
    memset(rows, 0, (size_t)(n - first) * WORDS * sizeof *rows);
    for (uint32_t i = first; i < n; i++) {
        struct had_step *step = &steps->steps.items[i];
        uint64_t *mine = rows + (size_t)(i - first) * WORDS;
        for (uint32_t k = 0; k < step->waits.count; k++) {
            if (step->waits.items[k] <= first)
                continue;
            const uint64_t *theirs = rows + (size_t)(step->waits.items[k] - first) * WORDS;
            for (uint32_t w = 0; w < WORDS; w++)
                mine[w] |= theirs[w];
        }
        uint32_t left = 0;
        for (uint32_t k = 0; k < step->waits.count; k++) {
            uint32_t wait = step->waits.items[k], bit = wait - first;
            bool inside = wait >= first && bit < REDUCE_WIDTH;
            if (!inside || !(mine[bit / 64] >> (bit % 64) & 1))
                step->waits.items[left++] = wait;
        }
        step->waits.count = left;
        for (uint32_t k = 0; k < left; k++) {
            uint32_t bit = step->waits.items[k] - first;
            if (step->waits.items[k] >= first && bit < REDUCE_WIDTH)
                mine[bit / 64] |= (uint64_t)1 << (bit % 64);
        }
    }
}

/* Leaves only the waits that no other wait implies; long lists hide what matters. */
static void reduce_waits(struct planner *p)
{
    struct had_arena scratch = {0};
    uint32_t n = p->steps->steps.count;
    uint64_t *rows = had_new_n(&scratch, uint64_t, (size_t)n * (REDUCE_WIDTH / 64) + 1);
    for (uint32_t first = 0; first < n; first += REDUCE_WIDTH)
        reduce_block(p->steps, first, rows);
    had_arena_free(&scratch);
}

/* Steps that change one thing which takes one call at a time follow each other. */
static void order_lanes(struct planner *p)
{
    struct had_steps *steps = p->steps;
    struct had_symbols lanes;
    struct had_map last = {0};
    had_symbols_init(&lanes, p->arena);
    for (uint32_t i = 0; i < steps->steps.count; i++) {
        struct had_step *step = &steps->steps.items[i];
        had_each(const struct had_node *, node, &step->nodes) {
            if (!(*node)->lane.len || (*node)->lane_width != 1)
                continue;
            had_sym lane = had_intern(&lanes, (*node)->lane);
            const uint64_t *found = had_map_get(&last, lane);
            if (found && *found != i)
                *had_push(steps->arena, &step->waits) = (uint32_t)*found;
            had_map_put(p->arena, &last, lane, i);
        }
    }
}

static bool is_step(const struct part *part)
{
    return part->kind != PART_NONE && part->kind != PART_COMMAND && part->pairs.count;
}

/* Steps that a part waits for; a command is run when all that it waits for is there. */
static void add_waits(struct planner *p, struct had_step *step, const struct part *part)
{
    for (uint32_t k = 0; k < part->waits.count; k++) {
        const struct part *wait = &p->parts.items[part->waits.items[k]];
        if (is_step(wait))
            *had_push(p->steps->arena, &step->waits) = wait->step;
        else if (wait->kind == PART_COMMAND)
            add_waits(p, step, wait);
    }
}

static void make_steps(struct planner *p)
{
    struct had_steps *steps = p->steps;
    uint32_t count;
    struct part **sorted = order_parts(p, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct part *part = sorted[i];
        if (!is_step(part))
            continue;
        struct had_step *step = had_push(steps->arena, &steps->steps);
        part->step = steps->steps.count - 1;
        fill_step(p, step, part);
        add_waits(p, step, part);
    }
    order_lanes(p);
    had_each(struct had_step, step, &steps->steps) {
        numbers list = {step->waits.items, step->waits.count, step->waits.room};
        sort_unique(&list);
        step->waits.count = list.count;
    }
    reduce_waits(p);
}

/* Values of a stack's parameters at each of its steps. */
static void bind_parameters(struct planner *p)
{
    struct had_steps *steps = p->steps;
    uint32_t *reached = had_new_n(p->arena, uint32_t, steps->graph->nodes.count + 1);
    had_each(struct had_step, step, &steps->steps) {
        if (step->kind != HAD_STEP_STACK)
            continue;
        if (step->update)
            had_each(const struct had_node *, node, &step->nodes)
                reached[(*node)->id]++;
        had_array_reserve(steps->arena, &step->values, step->stack->parameters.count);
        had_each(struct had_parameter *, at, &step->stack->parameters) {
            const struct had_parameter *parameter = *at;
            uint32_t choice = parameter->staged ? reached[parameter->node->id] : 0;
            *had_push(steps->arena, &step->values) =
                (struct had_bound){parameter->name, &parameter->bindings.items[choice]};
        }
    }
}

struct had_steps *had_steps_build(struct had_arena *arena, const struct had_graph *graph,
                                  const struct had_emit_options *options, struct had_diags *diags)
{
    uint32_t nodes = graph->nodes.count;
    struct had_steps *steps = had_new(arena, struct had_steps);
    *steps = (struct had_steps){.arena = arena, .graph = graph, .options = options, .diags = diags};
    steps->stack_of = had_new_n(arena, struct had_stack *, nodes + 1);
    steps->revisions_of = had_new_n(arena, uint32_t, nodes + 1);
    steps->position_of = had_new_n(arena, uint32_t, nodes + 1);
    steps->seen = had_new_n(arena, uint32_t, nodes + 1);

    had_deliveries_compile(steps, NULL);

    struct had_arena scratch = {0};
    struct planner p = {.steps = steps, .arena = &scratch};
    p.count = had_graph_order(graph, &p.order);
    p.base = had_new_n(&scratch, uint32_t, nodes + 1);
    for (uint32_t i = 0, at = 0; i < nodes; i++) {
        p.base[i] = at;
        at += graph->nodes.items[i]->revisions;
    }
    p.place_of = had_new_n(&scratch, uint32_t, p.count + 1);
    p.included = had_new_n(&scratch, bool, p.count + 1);
    p.part_of = had_new_n(&scratch, uint32_t, p.count + 1);
    p.inside = had_new_n(&scratch, bool, nodes + 1);
    p.digests = had_new_n(&scratch, uint64_t, nodes + 1);
    for (uint32_t i = 0; i < p.count; i++)
        p.place_of[p.base[p.order[i].node->id] + p.order[i].revision] = i;

    p.units = had_units_find(steps);
    choose_pairs(&p);
    make_parts(&p);
    make_stacks(&p);
    had_each(struct had_stack *, stack, &steps->stacks)
        had_template_convert(steps, (*stack)->set ? (*stack)->set->inner : *stack);
    make_steps(&p);
    had_each(struct had_stack *, stack, &steps->stacks) {
        if (!(*stack)->set) {
            had_template_sort(steps, *stack);
            continue;
        }
        struct had_stack *inner = (*stack)->set->inner;
        struct had_buffer text = {0};
        had_template_sort(steps, inner);
        had_template_write(steps, inner, &text);
        inner->text = had_str_dup(steps->arena, had_buffer_view(&text));
        had_buffer_free(&text);
        had_uniform_finish(steps, *stack);
    }
    bind_parameters(&p);
    had_arena_free(&scratch);
    return steps;
}

void had_steps_drop(struct had_steps *steps)
{
    had_each(struct had_stack *, stack, &steps->stacks)
        if ((*stack)->template)
            had_buffer_free(&(*stack)->template->bodies);
}

void had_steps_write(struct had_steps *steps, struct had_output *output)
{
    struct had_buffer text = {0};
    had_each(struct had_stack *, at, &steps->stacks) {
        struct had_stack *stack = *at;
        text.len = 0;
        if (!stack->set)
            had_template_write(steps, stack, &text);
        if (!output)
            continue;
        had_output_put(output, stack->path, stack->set ? stack->text : had_buffer_view(&text),
                       stack->digest);
        if (stack->set)
            had_output_add(output, stack->set->inner->path, stack->set->inner->text);
        if (stack->policy_path.len)
            had_output_add(output, stack->policy_path, stack->policy);
    }
    had_buffer_free(&text);
}
