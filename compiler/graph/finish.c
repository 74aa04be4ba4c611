/*
 * Completes a graph and proves its invariants, step by step. What the steps find wrong is the
 * compiler's fault unless it says otherwise: loops (order.c) and values out of bounds (validate.c)
 * come from the spec.
 */
#include "graph/internal.h"

#include <stdlib.h>
#include <string.h>

struct had_diag *had_graph_broken(struct had_diags *diags, const struct had_node *node,
                                  struct had_span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    had_str text = had_str_vprintf(diags->arena, format, args);
    va_end(args);
    if (!had_span_known(span) && node)
        span = node->origin->span;
    struct had_diag *d = had_report(diags, &HAD0901, span, HAD_FMT, HAD_ARG(text));
    if (node)
        had_diag_address(d, node->address);
    return d;
}

/* ---- addresses and contexts ---- */

static int by_address(const void *a, const void *b)
{
    const struct had_node *x = *(struct had_node *const *)a, *y = *(struct had_node *const *)b;
    int order = had_str_cmp(x->address, y->address);
    if (order)
        return order;
    order = had_str_cmp(x->type_name, y->type_name);
    return order ? order : (x->id > y->id) - (x->id < y->id);
}

static void number_nodes(struct had_graph *graph, struct had_diags *diags)
{
    if (graph->nodes.count)
        qsort(graph->nodes.items, graph->nodes.count, sizeof(struct had_node *), by_address);
    for (uint32_t i = 0; i < graph->nodes.count; i++) {
        struct had_node *node = graph->nodes.items[i];
        node->id = i;
        const struct had_node *before = i ? graph->nodes.items[i - 1] : NULL;
        if (!before || !had_str_eq(before->address, node->address))
            continue;
        struct had_diag *d =
            had_graph_broken(diags, node, node->origin->span,
                             "two nodes have the address `" HAD_FMT "`", HAD_ARG(node->address));
        had_diag_note(d, "their types are `" HAD_FMT "` and `" HAD_FMT "`",
                      HAD_ARG(before->type_name), HAD_ARG(node->type_name));
    }
}

static int by_content(const void *a, const void *b)
{
    const struct had_context *x = *(struct had_context *const *)a,
                             *y = *(struct had_context *const *)b;
    had_str none = {0};
    const had_str pairs[][2] = {
        {x->partition, y->partition},
        {x->account, y->account},
        {x->account_id, y->account_id},
        {x->region, y->region},
        {x->machine ? x->machine->address : none, y->machine ? y->machine->address : none},
        {x->team, y->team},
        {x->deploy_role, y->deploy_role},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        int order = had_str_cmp(pairs[i][0], pairs[i][1]);
        if (order)
            return order;
    }
    return (x->actor > y->actor) - (x->actor < y->actor);
}

static void number_contexts(struct had_graph *graph)
{
    if (graph->contexts.count)
        qsort(graph->contexts.items, graph->contexts.count, sizeof(struct had_context *),
              by_content);
    for (uint32_t i = 0; i < graph->contexts.count; i++)
        graph->contexts.items[i]->id = i;
}

/* ---- each node by itself ---- */

static bool in_aws(const struct had_context *context)
{
    return context->actor == HAD_ACTOR_DEPLOY || context->actor == HAD_ACTOR_MANAGEMENT;
}

static void check_context(const struct had_node *node, struct had_diags *diags)
{
    const struct had_context *context = node->context;
    const char *lacks = NULL;
    if (!context)
        lacks = "a context";
    else if (in_aws(context) && !context->account.len)
        lacks = "an account";
    else if (in_aws(context) && !context->region.len)
        lacks = "a Region";
    else if (context->actor == HAD_ACTOR_MACHINE && !context->machine)
        lacks = "a machine";
    else if (context->actor == HAD_ACTOR_PERSON && !context->team.len)
        lacks = "a team";
    if (lacks)
        had_graph_broken(diags, node, node->origin->span,
                         "`" HAD_FMT "` stands nowhere: it lacks %s", HAD_ARG(node->address),
                         lacks);
}

static void check_node(const struct had_node *node, struct had_diags *diags)
{
    check_context(node, diags);
    struct had_span span = node->origin->span;
    if (!node->type)
        had_graph_broken(diags, node, span, "`" HAD_FMT "` has the unknown type `" HAD_FMT "`",
                         HAD_ARG(node->address), HAD_ARG(node->type_name));
    else if (node->type->existing_only && node->lifecycle != HAD_EXISTING)
        had_graph_broken(diags, node, span,
                         "`" HAD_FMT "` would be created, but `%s` is only ever found",
                         HAD_ARG(node->address), node->type->name);
    if (node->layer >= HAD_LAYER_COUNT || node->phase >= HAD_PHASE_COUNT)
        had_graph_broken(diags, node, span, "`" HAD_FMT "` has no layer or phase that is known",
                         HAD_ARG(node->address));
    else if (node->layer == HAD_LAYER_NONE && node->context && in_aws(node->context) &&
             node->class == HAD_RESOURCE && node->lifecycle != HAD_EXISTING)
        had_graph_broken(diags, node, span, "`" HAD_FMT "` is created but has no layer",
                         HAD_ARG(node->address));
    if (!node->origin->object.len)
        had_graph_broken(diags, node, span, "`" HAD_FMT "` comes from no object of the spec",
                         HAD_ARG(node->address));
    else if (!had_span_known(span) && !had_span_known(node->origin->derivation_span))
        had_graph_broken(diags, node, span, "`" HAD_FMT "` comes from no place of the spec",
                         HAD_ARG(node->address));
    if (node->lane.len && !node->lane_width)
        had_graph_broken(diags, node, span, "the lane `" HAD_FMT "` of `" HAD_FMT "` has no width",
                         HAD_ARG(node->lane), HAD_ARG(node->address));
}

/* ---- reads and revisions ---- */

/* Where the walk through a node's properties stands. */
struct reader {
    struct had_graph *graph;
    struct had_diags *diags;
    struct had_node *node;
    struct had_buffer path;
    uint32_t revision; /* the choice of a staged value */
    bool staged, last; /* inside a staged value; in its last choice */
    unsigned depth;
};

enum { DEPTH_MAX = 64 }; /* properties never nest so deep; data that does would end the stack */

static void collect(struct reader *reader, const struct had_prop *prop);

static const char *kept_path(struct reader *reader)
{
    struct had_symbols *symbols = &reader->graph->symbols;
    return had_symbol_text(symbols, had_intern(symbols, had_buffer_view(&reader->path))).ptr;
}

static void collect_entries(struct reader *reader, const struct had_prop_entry *entries,
                            uint32_t count)
{
    size_t mark = reader->path.len;
    for (uint32_t i = 0; i < count; i++) {
        if (mark)
            had_buffer_char(&reader->path, '.');
        had_buffer_str(&reader->path, entries[i].key);
        collect(reader, entries[i].value);
        reader->path.len = mark;
    }
}

static void collect_read(struct reader *reader, const struct had_prop *prop)
{
    if (!prop->read.node)
        return; /* told by validate.c */
    struct had_edge *edge =
        had_edge_add(reader->graph, reader->node, prop->read.node, HAD_READS, HAD_UNTIL_READY,
                     "the value is known when that is ready", prop->span);
    edge->attribute = prop->read.attribute;
    edge->property = kept_path(reader);
    edge->revision = reader->revision;
    edge->all_revisions = !reader->staged || reader->last;
}

static void collect_staged(struct reader *reader, const struct had_prop *prop)
{
    const char *wrong = NULL;
    if (reader->staged)
        wrong = "a staged value inside another";
    else if (!prop->stages.count)
        wrong = "a staged value without a choice";
    for (uint32_t i = 0; i < prop->stages.count && !wrong; i++) {
        bool waits = prop->stages.items[i].until.count > 0, last = i + 1 == prop->stages.count;
        if (waits == last)
            wrong = last ? "a last choice that waits for something"
                         : "a choice that never ends, before another";
    }
    if (wrong) {
        had_graph_broken(
            reader->diags, reader->node, prop->span, "`" HAD_FMT "` of `" HAD_FMT "` has %s",
            HAD_ARG(had_buffer_view(&reader->path)), HAD_ARG(reader->node->address), wrong);
        return;
    }
    if (prop->stages.count > reader->node->revisions)
        reader->node->revisions = prop->stages.count;
    reader->staged = true;
    for (uint32_t i = 0; i < prop->stages.count; i++) {
        const struct had_stage *stage = &prop->stages.items[i];
        reader->revision = i;
        reader->last = i + 1 == prop->stages.count;
        collect(reader, stage->value);
        had_each(const struct had_node *const, until, &stage->until) {
            struct had_edge *edge =
                had_edge_add(reader->graph, reader->node, *until, HAD_NEEDS, HAD_UNTIL_VERIFIED,
                             "the later value counts when this answers", prop->span);
            edge->property = kept_path(reader);
            edge->revision = i + 1;
        }
    }
    reader->revision = 0;
    reader->staged = reader->last = false;
}

static void collect(struct reader *reader, const struct had_prop *prop)
{
    if (!prop)
        return;
    if (++reader->depth > DEPTH_MAX) {
        had_graph_broken(reader->diags, reader->node, prop->span,
                         "a property of `" HAD_FMT "` is nested more than %d levels deep",
                         HAD_ARG(reader->node->address), DEPTH_MAX);
    } else {
        switch (prop->tag) {
        case HAD_PROP_TEXT:
        case HAD_PROP_INT:
        case HAD_PROP_BOOL:
        case HAD_PROP_SECRET:
            break;
        case HAD_PROP_LIST: {
            size_t mark = reader->path.len;
            for (uint32_t i = 0; i < prop->items.count; i++) {
                had_buffer_printf(&reader->path, "[%u]", i);
                collect(reader, prop->items.items[i]);
                reader->path.len = mark;
            }
            break;
        }
        case HAD_PROP_FORMAT:
            for (uint32_t i = 0; i < prop->items.count; i++)
                collect(reader, prop->items.items[i]);
            break;
        case HAD_PROP_MAP:
            collect_entries(reader, prop->entries.items, prop->entries.count);
            break;
        case HAD_PROP_READ:
            collect_read(reader, prop);
            break;
        case HAD_PROP_STAGED:
            collect_staged(reader, prop);
            break;
        }
    }
    reader->depth--;
}

static void collect_reads(struct had_graph *graph, struct had_diags *diags)
{
    struct reader reader = {.graph = graph, .diags = diags};
    had_each(struct had_node *, node, &graph->nodes) {
        reader.node = *node;
        reader.path.len = 0;
        collect_entries(&reader, (*node)->props.items, (*node)->props.count);
    }
    had_buffer_free(&reader.path);
}

/* ---- edges ---- */

static int by_number(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

/* Texts that the graph keeps, or NULL: equal ones are mostly one. */
static int text_cmp(const char *a, const char *b)
{
    return a == b ? 0 : had_str_cmp(had_str_c(a), had_str_c(b));
}

/* What makes two edges the same one. */
static int same_edge(const struct had_edge *x, const struct had_edge *y)
{
    int order = by_number(x->from->id, y->from->id);
    if (!order)
        order = by_number(x->to->id, y->to->id);
    if (!order)
        order = by_number(x->kind, y->kind);
    if (!order)
        order = text_cmp(x->property, y->property);
    if (!order)
        order = text_cmp(x->attribute, y->attribute);
    return order ? order : by_number(x->revision, y->revision);
}

/* Of equal edges the one that waits longest comes first, then by what people read. */
static int edge_order(const void *a, const void *b)
{
    const struct had_edge *x = *(struct had_edge *const *)a, *y = *(struct had_edge *const *)b;
    int order = same_edge(x, y);
    if (!order)
        order = by_number(y->until, x->until);
    if (!order)
        order = by_number(x->span.file, y->span.file);
    if (!order)
        order = by_number(x->span.start, y->span.start);
    if (!order)
        order = by_number(x->span.end, y->span.end);
    return order ? order : had_str_cmp(had_str_c(x->why), had_str_c(y->why));
}

/* By their `from`, which are numbers: counted, and only what each node needs is compared. */
static void order_edges(struct had_graph *graph)
{
    struct had_arena scratch = {0};
    struct had_edge **edges = graph->edges.items;
    uint32_t count = graph->edges.count, nodes = graph->nodes.count;
    struct had_edge **by_from = had_new_n(&scratch, struct had_edge *, count + 1);
    uint32_t *first = had_new_n(&scratch, uint32_t, nodes + 2);
    for (uint32_t i = 0; i < count; i++)
        first[edges[i]->from->id + 2]++;
    for (uint32_t node = 0; node < nodes; node++)
        first[node + 2] += first[node + 1];
    for (uint32_t i = 0; i < count; i++)
        by_from[first[edges[i]->from->id + 1]++] = edges[i];
    for (uint32_t node = 0; node < nodes; node++)
        if (first[node + 1] - first[node] > 1)
            qsort(by_from + first[node], first[node + 1] - first[node], sizeof *by_from,
                  edge_order);
    if (count)
        memcpy(edges, by_from, count * sizeof *edges);
    had_arena_free(&scratch);
}

static void sort_edges(struct had_graph *graph, struct had_diags *diags)
{
    struct had_edge **edges = graph->edges.items;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < graph->edges.count; i++) {
        if (edges[i]->from && edges[i]->to)
            edges[kept++] = edges[i];
        else
            had_graph_broken(diags, edges[i]->from ? edges[i]->from : edges[i]->to, edges[i]->span,
                             "an edge has only one end: %s", edges[i]->why ? edges[i]->why : "");
    }
    graph->edges.count = kept;
    kept = 0;
    order_edges(graph);
    for (uint32_t i = 0; i < graph->edges.count; i++) {
        struct had_edge *edge = edges[i];
        if (kept && same_edge(edges[kept - 1], edge) == 0) {
            edges[kept - 1]->all_revisions |= edge->all_revisions;
            continue;
        }
        edges[kept++] = edge;
        if (edge->revision >= edge->from->revisions)
            had_graph_broken(diags, edge->from, edge->span,
                             "an edge of `" HAD_FMT "` belongs to revision %u, which there is not",
                             HAD_ARG(edge->from->address), edge->revision);
        if (!edge->why || !*edge->why)
            had_graph_broken(diags, edge->from, edge->span,
                             "nothing says why `" HAD_FMT "` waits for `" HAD_FMT "`",
                             HAD_ARG(edge->from->address), HAD_ARG(edge->to->address));
    }
    graph->edges.count = kept;
}

/*
 * Edges of each node, in the order of the edges: those from it are a slice of the graph's own list,
 * which is sorted by them, those to it one of a list made here.
 */
static void link_nodes(struct had_graph *graph)
{
    struct had_edge **needs = graph->edges.items;
    struct had_edge **needed_by = had_new_n(graph->arena, struct had_edge *, graph->edges.count);
    had_each(struct had_node *, node, &graph->nodes)
        (*node)->needs.count = (*node)->needed_by.count = 0;
    had_each(struct had_edge *, edge, &graph->edges) {
        (*edge)->from->needs.count++;
        (*edge)->to->needed_by.count++;
    }
    had_each(struct had_node *, node, &graph->nodes) {
        struct had_node *n = *node;
        n->needs.items = needs;
        n->needed_by.items = needed_by;
        needs += n->needs.count;
        needed_by += n->needed_by.count;
        n->needs.room = n->needs.count;
        n->needed_by.room = n->needed_by.count;
        n->needed_by.count = 0;
    }
    had_each(struct had_edge *, edge, &graph->edges) {
        struct had_node *to = (*edge)->to;
        to->needed_by.items[to->needed_by.count++] = *edge;
    }
}

/* ---- layers and phases ---- */

/*
 * A node stands in its own layer, or in the latest of what its first revision waits for. What
 * exists already is there before every layer, and what has no layer hands on what it waits for.
 */
static void move_layers(struct had_graph *graph, const struct had_schedule *schedule)
{
    struct had_arena scratch = {0};
    enum had_layer *reach = had_new_n(&scratch, enum had_layer, graph->nodes.count);
    for (uint32_t i = 0; i < schedule->count; i++) {
        uint32_t pair = schedule->order[i];
        if (schedule->pairs[pair].revision)
            continue;
        struct had_node *node = graph->nodes.items[schedule->pairs[pair].node->id];
        enum had_layer own = node->lifecycle == HAD_EXISTING ? HAD_LAYER_NONE : node->layer;
        enum had_layer latest = own > reach[node->id] ? own : reach[node->id];
        if (node->lifecycle != HAD_EXISTING && node->layer != HAD_LAYER_NONE)
            node->layer = latest;
        for (uint32_t k = schedule->first[pair]; k < schedule->first[pair + 1]; k++) {
            const struct had_pair *after = &schedule->pairs[schedule->after[k]];
            if (!after->revision && reach[after->node->id] < latest)
                reach[after->node->id] = latest;
        }
    }
    had_arena_free(&scratch);
}

/* What an earlier phase needs belongs to that phase. */
static void move_phases(struct had_graph *graph, const struct had_schedule *schedule)
{
    for (uint32_t i = schedule->count; i-- > 0;) {
        uint32_t pair = schedule->order[i];
        if (schedule->pairs[pair].revision)
            continue;
        struct had_node *node = graph->nodes.items[schedule->pairs[pair].node->id];
        for (uint32_t k = schedule->first[pair]; k < schedule->first[pair + 1]; k++) {
            const struct had_pair *after = &schedule->pairs[schedule->after[k]];
            if (!after->revision && after->node->phase < node->phase)
                node->phase = after->node->phase;
        }
    }
}

/* ---- crossings ---- */

static bool same_account(const struct had_context *a, const struct had_context *b)
{
    return had_str_eq(a->account, b->account) && had_str_eq(a->account_id, b->account_id);
}

/* Global things stand in the home Region. */
static had_str region_of(const struct had_graph *graph, const struct had_context *context)
{
    return had_str_is(context->region, "global") ? graph->home : context->region;
}

static enum had_crossing crossing_of(const struct had_graph *graph, const struct had_node *from,
                                     const struct had_node *to)
{
    const struct had_context *a = from->context, *b = to->context;
    if (a == b && from->layer == to->layer)
        return HAD_CROSS_LOCAL;
    if (a == b && a->actor == HAD_ACTOR_MACHINE)
        return HAD_CROSS_LOCAL;
    if (a->actor == HAD_ACTOR_PERSON || b->actor == HAD_ACTOR_PERSON)
        return HAD_CROSS_PERSON;
    if (a->actor == HAD_ACTOR_MACHINE || b->actor == HAD_ACTOR_MACHINE)
        return HAD_CROSS_MACHINE;
    if (!same_account(a, b))
        return HAD_CROSS_ACCOUNT;
    if (!had_str_eq(region_of(graph, a), region_of(graph, b)))
        return HAD_CROSS_REGION;
    return from->layer == to->layer ? HAD_CROSS_LOCAL : HAD_CROSS_STACK;
}

/* A value that is written in the spec needs no carrier. */
static bool known_offline(const struct had_edge *edge)
{
    return edge->to->class == HAD_FACT ||
           had_node_known(edge->to, had_str_c(edge->attribute)).len > 0;
}

/* Values reach a machine as a Systems Manager parameter beside it, and nothing comes out of one. */
static bool has_carrier(const struct had_graph *graph, const struct had_edge *edge)
{
    if (edge->kind != HAD_READS || known_offline(edge))
        return true;
    const struct had_context *reader = edge->from->context, *source = edge->to->context;
    if (edge->crossing == HAD_CROSS_MACHINE)
        return reader->actor == HAD_ACTOR_MACHINE && edge->to->type &&
               had_str_is(edge->to->type_name, "AWS::SSM::Parameter") &&
               same_account(reader, source) &&
               had_str_eq(region_of(graph, reader), region_of(graph, source));
    if (edge->crossing == HAD_CROSS_PERSON)
        return reader->actor == HAD_ACTOR_PERSON;
    return true;
}

static void cross(struct had_graph *graph, struct had_diags *diags)
{
    had_each(struct had_edge *, at, &graph->edges) {
        struct had_edge *edge = *at;
        if (!edge->from->context || !edge->to->context)
            continue;
        edge->crossing = crossing_of(graph, edge->from, edge->to);
        if (has_carrier(graph, edge))
            continue;
        struct had_diag *d = had_graph_broken(
            diags, edge->from, edge->span,
            "nothing carries `" HAD_FMT "` of `" HAD_FMT "` to `" HAD_FMT "` of `" HAD_FMT "`",
            HAD_ARG(had_str_c(edge->attribute)), HAD_ARG(edge->to->address),
            HAD_ARG(had_str_c(edge->property)), HAD_ARG(edge->from->address));
        had_diag_note(d, edge->crossing == HAD_CROSS_MACHINE
                             ? "a machine reads Systems Manager parameters of its own account and "
                               "Region, and gives no values"
                             : "a person gives no values");
    }
}

/* ---- what RAM shares ---- */

static bool is_account_id(had_str text)
{
    int64_t number;
    return text.len == 12 && had_str_to_int(text, &number);
}

/* False only where the principals are account numbers and the reader's is not among them. */
static bool share_covers(const struct had_node *share, const struct had_context *reader)
{
    const struct had_prop *principals = had_node_get(share, "Principals");
    if (!reader->account_id.len || !principals || principals->tag != HAD_PROP_LIST)
        return true;
    had_each(struct had_prop *const, item, &principals->items) {
        if ((*item)->tag != HAD_PROP_TEXT || !is_account_id((*item)->text) ||
            had_str_eq((*item)->text, reader->account_id))
            return true;
    }
    return false;
}

/* A relation of things that are there: the account may see them by a share that the spec does not
 * know. */
static bool joins_existing(const struct had_node *node)
{
    had_each(struct had_edge *, edge, &node->needs)
        if ((*edge)->kind == HAD_READS && (*edge)->to->lifecycle != HAD_EXISTING)
            return false;
    return true;
}

static void check_sees(const struct had_edge *edge, struct had_diags *diags)
{
    const struct had_node *from = edge->from, *to = edge->to;
    if (edge->kind != HAD_READS || !to->type || !to->type->shared || !from->context ||
        !to->context || !in_aws(from->context) || !in_aws(to->context) ||
        from->lifecycle == HAD_EXISTING || same_account(from->context, to->context) ||
        joins_existing(from))
        return;
    /* A peering of hubs names the other one by its id and is accepted there: nothing is shared. */
    if (had_str_is(had_str_c(edge->property), "PeerTransitGatewayId"))
        return;
    bool sees = false;
    had_each(struct had_edge *, other, &from->needs) {
        const struct had_node *share = (*other)->to;
        sees |= share->lifecycle == HAD_EXISTING &&
                had_str_is(share->type_name, "AWS::EC2::TransitGatewayAttachment");
        if ((*other)->kind != HAD_SEES)
            continue;
        if (had_str_is(share->type_name, "had::ShareAcceptance")) {
            sees = true;
        } else if (had_str_is(share->type_name, "AWS::RAM::ResourceShare") && share->context &&
                   same_account(share->context, to->context)) {
            sees = true;
            if (!share_covers(share, from->context))
                had_graph_broken(diags, from, edge->span,
                                 "`" HAD_FMT "` reads `" HAD_FMT "` through `" HAD_FMT
                                 "`, which does not reach the account `" HAD_FMT "`",
                                 HAD_ARG(from->address), HAD_ARG(to->address),
                                 HAD_ARG(share->address), HAD_ARG(from->context->account));
        }
    }
    if (!sees)
        had_graph_broken(diags, from, edge->span,
                         "`" HAD_FMT "` reads `" HAD_FMT "` of the account `" HAD_FMT
                         "` but sees no share of it",
                         HAD_ARG(from->address), HAD_ARG(to->address),
                         HAD_ARG(to->context->account));
}

/* ---- all of it ---- */

bool had_graph_finish(struct had_graph *graph, struct had_diags *diags)
{
    uint32_t errors = diags->errors;
    number_nodes(graph, diags);
    number_contexts(graph);
    had_each(struct had_node *, node, &graph->nodes)
        check_node(*node, diags);
    collect_reads(graph, diags);
    sort_edges(graph, diags);
    link_nodes(graph);
    if (diags->errors == errors) {
        struct had_arena scratch = {0};
        struct had_schedule schedule = {0};
        if (had_schedule_make(graph, &scratch, &schedule, diags)) {
            move_layers(graph, &schedule);
            move_phases(graph, &schedule);
            had_schedule_keep(graph, &schedule);
            had_schedule_undo(graph, &schedule, diags);
        }
        had_arena_free(&scratch);
        cross(graph, diags);
        had_each(struct had_edge *, edge, &graph->edges)
            check_sees(*edge, diags);
    }
    had_graph_validate(graph, diags);
    graph->finished = true;
    return diags->errors == errors;
}
