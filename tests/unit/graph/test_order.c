/* The order of making and of undoing, loops, and what holds for random graphs. */
#include "fixture.h"

#include <stdio.h>

/* Position of each pair: positions[node id][revision]. */
struct places {
    uint32_t *first, *at;
    uint32_t count;
};

static struct places places_of(struct fixture *f, bool destroy)
{
    struct places places = {0};
    const struct had_pair *pairs;
    places.count = destroy ? had_graph_destroy_order(&f->graph, &f->arena, &pairs)
                           : had_graph_order(&f->graph, &pairs);
    places.first = had_new_n(&f->arena, uint32_t, f->graph.nodes.count + 1);
    for (uint32_t i = 0; i < f->graph.nodes.count; i++)
        places.first[i + 1] = places.first[i] + f->graph.nodes.items[i]->revisions;
    assert_int_equal(places.count, places.first[f->graph.nodes.count]); /* every pair, … */
    places.at = had_new_n(&f->arena, uint32_t, places.count);
    for (uint32_t i = 0; i < places.count; i++) {
        uint32_t *at = &places.at[places.first[pairs[i].node->id] + pairs[i].revision];
        assert_int_equal(*at, 0); /* … once */
        *at = i + 1;
    }
    return places;
}

static uint32_t place(const struct places *places, const struct had_node *node, uint32_t revision)
{
    return places->at[places->first[node->id] + revision];
}

/* "a b' c": objects in order, a prime for each revision after the first. */
static had_str order_text(struct fixture *f, bool destroy)
{
    const struct had_pair *pairs;
    uint32_t count = destroy ? had_graph_destroy_order(&f->graph, &f->arena, &pairs)
                             : had_graph_order(&f->graph, &pairs);
    struct had_buffer out = {0};
    for (uint32_t i = 0; i < count; i++) {
        had_buffer_printf(&out, "%s" HAD_FMT, i ? " " : "", HAD_ARG(pairs[i].node->object));
        had_buffer_repeat(&out, '\'', pairs[i].revision);
    }
    had_str text = had_str_dup(&f->arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return text;
}

static void outlive(struct fixture *f, struct had_node *from, const struct had_node *to)
{
    had_edge_add(&f->graph, from, to, HAD_OUTLIVES, HAD_UNTIL_EXISTS, "it stays until then",
                 f->span);
}

static struct had_prop *switched(struct fixture *f, const struct had_node *until)
{
    struct had_prop *staged = had_prop_staged(&f->graph, f->span);
    struct had_stage *stage = had_prop_stage(&f->graph, staged, text(f, "bootstrap"));
    *had_push(&f->arena, &stage->until) = until;
    had_prop_stage(&f->graph, staged, text(f, "controllers"));
    return staged;
}

static void an_empty_graph_has_an_order(void **state)
{
    struct fixture *f = *state;
    expect_clean(f);
    assert_int_equal(order_text(f, false).len, 0);
    assert_int_equal(order_text(f, true).len, 0);
    assert_true(had_str_is(dump_of(f), "graph acme, home eu-west-1, 0 nodes, 0 edges\n"));
}

static void ties_go_by_address(void **state)
{
    struct fixture *f = *state;
    struct had_node *d = add_vpc(f, "d"), *b = add_vpc(f, "b"), *c = add_vpc(f, "c");
    struct had_node *a = add_vpc(f, "a");
    need(f, a, c);
    need(f, b, d);
    expect_clean(f);
    assert_true(had_str_is(order_text(f, false), "c a d b"));
    assert_true(had_str_is(order_text(f, true), "b d a c"));
}

/* Rules forward to the old servers, instances join through them, controllers then take their place.
 */
static void staged_values_break_circles(void **state)
{
    struct fixture *f = *state;
    struct had_node *association = add_vpc(f, "association"), *rule = add_vpc(f, "rule");
    struct had_node *controller = add_vpc(f, "controller"), *after = add_vpc(f, "after");
    need(f, association, rule);
    need(f, controller, association);
    need(f, after, controller);
    had_node_set(&f->graph, rule, "CidrBlock", switched(f, controller));
    expect_clean(f);
    assert_true(had_str_is(order_text(f, false), "rule association controller after rule'"));
    /* Undone in reverse: the rule forwards to the old servers again before the controllers go. */
    assert_true(had_str_is(order_text(f, true), "rule' after controller association rule"));
}

static void without_stages_it_is_a_circle(void **state)
{
    struct fixture *f = *state;
    struct had_node *association = add_vpc(f, "association"), *rule = add_vpc(f, "rule");
    struct had_node *controller = add_vpc(f, "controller");
    struct had_node *outside = add_vpc(f, "a"), *behind = add_vpc(f, "z");
    had_edge_add(&f->graph, association, rule, HAD_NEEDS, HAD_UNTIL_READY,
                 "an association is made of a rule", (struct had_span){1, 100, 101});
    had_edge_add(&f->graph, controller, association, HAD_NEEDS, HAD_UNTIL_READY,
                 "a controller resolves names", (struct had_span){1, 200, 201});
    set_read(f, rule, "CidrBlock", controller, "CidrBlock");
    need(f, association, outside); /* beside the circle, not of it */
    need(f, behind, rule);
    const struct had_diag *d = expect_one(f, "HAD0790", "`association:vpc` waits for itself", "");
    assert_int_equal(d->span.start, 100);
    assert_int_equal(d->notes.count, 3);
    assert_true(had_str_is(d->notes.items[0], "`association:vpc` waits for `rule:vpc`: "
                                              "an association is made of a rule"));
    assert_true(had_str_is(d->notes.items[1], "`rule:vpc` reads `CidrBlock` of `controller:vpc` "
                                              "for its `CidrBlock`"));
    assert_true(had_str_is(d->notes.items[2], "`controller:vpc` waits for `association:vpc`: "
                                              "a controller resolves names"));
    assert_int_equal(d->labels.count, 3);
    assert_int_equal(d->labels.items[2].span.start, 200);
}

static void a_node_may_not_wait_for_itself(void **state)
{
    struct fixture *f = *state;
    struct had_node *a = add_vpc(f, "a");
    need(f, a, a);
    expect_one(f, "HAD0790", "`a:vpc` waits for itself", "");
    fixture_free(state);
    fixture_make(state);
    f = *state;
    a = add_vpc(f, "a"); /* its later value may come of itself */
    had_node_set(&f->graph, a, "CidrBlock", switched(f, a));
    expect_clean(f);
    assert_true(had_str_is(order_text(f, false), "a a'"));
}

static void the_shortest_circle_is_told(void **state)
{
    struct fixture *f = *state;
    struct had_node *nodes[6];
    for (int i = 0; i < 6; i++) {
        char name[] = {(char)('a' + i), 0};
        nodes[i] = add_vpc(f, name);
    }
    for (int i = 0; i < 6; i++)
        need(f, nodes[i], nodes[(i + 1) % 6]);
    need(f, nodes[2], nodes[0]); /* a → b → c → a is enough */
    const struct had_diag *d = expect_one(f, "HAD0790", "`a:vpc`", "");
    assert_int_equal(d->notes.count, 3);
}

static void every_circle_is_told_once(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        char one[] = {(char)('a' + i), '1', 0}, two[] = {(char)('a' + i), '2', 0};
        struct had_node *x = add_vpc(f, one), *y = add_vpc(f, two);
        need(f, x, y);
        need(f, y, x);
    }
    assert_false(had_graph_finish(&f->graph, &f->diags));
    assert_int_equal(f->diags.items.count, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_string_equal(f->diags.items.items[i]->code->code, "HAD0790");
}

static void a_circle_may_run_through_a_later_value(void **state)
{
    struct fixture *f = *state;
    struct had_node *a = add_vpc(f, "a"), *b = add_vpc(f, "b");
    had_node_set(&f->graph, a, "CidrBlock", switched(f, b));
    /* b's first choice waits for a, and an edge of a's second revision for b: no circle. */
    need(f, b, a);
    expect_clean(f);
    assert_true(had_str_is(order_text(f, false), "a b a'"));
}

static void what_outlives_goes_last(void **state)
{
    struct fixture *f = *state;
    struct had_node *share = add_vpc(f, "share"), *hub = add_vpc(f, "hub");
    struct had_node *attachment = add_vpc(f, "attachment"), *vpc = add_vpc(f, "vpc");
    need(f, share, hub);
    need(f, attachment, vpc);
    outlive(f, share, attachment);
    expect_clean(f);
    assert_true(had_str_is(order_text(f, false), "hub share vpc attachment"));
    assert_true(had_str_is(order_text(f, true), "attachment vpc share hub"));
    fixture_free(state);
    fixture_make(state);
    f = *state;
    share = add_vpc(f, "z share"); /* made after the attachment, yet it goes after it */
    attachment = add_vpc(f, "attachment");
    outlive(f, share, attachment);
    expect_clean(f);
    assert_true(had_str_is(order_text(f, false), "attachment z share"));
    assert_true(had_str_is(order_text(f, true), "attachment z share"));
}

static void outliving_what_one_needs_is_refused(void **state)
{
    struct fixture *f = *state;
    struct had_node *a = add_vpc(f, "a"), *b = add_vpc(f, "b");
    need(f, a, b);
    outlive(f, a, b);
    expect_one(f, "HAD0901", "can be destroyed neither before nor after", "a:vpc");
}

/* ---- random graphs ---- */

struct random {
    uint64_t state;
};

static uint32_t below(struct random *r, uint32_t bound)
{
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(r->state >> 33) % bound;
}

static void shuffle(struct random *r, uint32_t *order, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t i = count; i > 1; i--) {
        uint32_t j = below(r, i), swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}

enum { NODES = 60, EDGES = 150, OUTLIVES = 12, LEAVES = 6 };

struct plan {              /* what a random graph has, in no order */
    uint32_t rank[NODES];  /* hidden order: edges run from higher to lower rank */
    uint32_t reads[NODES]; /* whose VpcId each node reads; NODES: none */
    uint32_t until[NODES]; /* what its later value waits for; NODES: not staged */
    uint32_t from[EDGES], to[EDGES], kind[EDGES];
    uint32_t outliving[OUTLIVES], outlived[OUTLIVES];
    uint32_t layer[NODES], phase[NODES];
};

static void plan_make(struct plan *plan, uint64_t seed)
{
    struct random r = {seed};
    shuffle(&r, plan->rank, NODES);
    uint32_t by_rank[NODES];
    for (uint32_t i = 0; i < NODES; i++)
        by_rank[plan->rank[i]] = i;
    for (uint32_t i = 0; i < NODES; i++) {
        /* The first ranks need nothing, so that anything may be outlived by them. */
        bool reads = plan->rank[i] >= LEAVES && below(&r, 3) == 0;
        plan->reads[i] = reads ? by_rank[below(&r, plan->rank[i])] : NODES;
        plan->until[i] = plan->rank[i] >= LEAVES && below(&r, 6) == 0 ? below(&r, NODES) : NODES;
        plan->layer[i] = 1 + below(&r, HAD_LAYER_COUNT - 1);
        plan->phase[i] = below(&r, HAD_PHASE_COUNT);
    }
    for (uint32_t i = 0; i < EDGES; i++) {
        uint32_t high = LEAVES + below(&r, NODES - LEAVES);
        plan->from[i] = by_rank[high];
        plan->to[i] = by_rank[below(&r, high)];
        plan->kind[i] = below(&r, 3);
    }
    for (uint32_t i = 0; i < OUTLIVES; i++) {
        plan->outliving[i] = by_rank[below(&r, LEAVES)];
        plan->outlived[i] = by_rank[LEAVES + below(&r, NODES - LEAVES)];
    }
}

/* The same graph, whatever the seed of the insertion. */
static void plan_build(struct fixture *f, const struct plan *plan, uint64_t seed,
                       struct had_node **nodes)
{
    static const enum had_edge_kind kinds[] = {HAD_NEEDS, HAD_SEES, HAD_AFTER};
    struct random r = {seed};
    uint32_t order[EDGES];
    shuffle(&r, order, NODES);
    for (uint32_t i = 0; i < NODES; i++) {
        char object[16];
        snprintf(object, sizeof object, "spoke n%u", order[i]);
        const struct had_context *context = order[i] % 3 ? f->hub : f->spoke;
        nodes[order[i]] =
            add_at(f, HAD_RESOURCE, order[i] % 2 ? "AWS::SSM::Parameter" : "AWS::EC2::VPC", object,
                   "node", "", context, (enum had_layer)plan->layer[order[i]],
                   (enum had_phase)plan->phase[order[i]]);
    }
    shuffle(&r, order, NODES);
    for (uint32_t i = 0; i < NODES; i++) {
        uint32_t n = order[i], source = plan->reads[n], until = plan->until[n];
        const char *path = n % 2 ? "Value" : "CidrBlock";
        if (n % 2)
            set_text(f, nodes[n], "Type", "String");
        if (n % 2 || source < NODES)
            set_text(f, nodes[n], path, "10.0.0.0/16");
        if (source < NODES)
            set_read(f, nodes[n], path, nodes[source], source % 2 ? "Value" : "VpcId");
        if (until < NODES)
            had_node_set(&f->graph, nodes[n], path, switched(f, nodes[until]));
    }
    shuffle(&r, order, EDGES);
    for (uint32_t i = 0; i < EDGES; i++) {
        uint32_t e = order[i];
        had_edge_add(&f->graph, nodes[plan->from[e]], nodes[plan->to[e]], kinds[plan->kind[e]],
                     e % 2 ? HAD_UNTIL_READY : HAD_UNTIL_EXISTS, e % 3 ? "why" : "because",
                     f->span);
    }
    shuffle(&r, order, OUTLIVES);
    for (uint32_t i = 0; i < OUTLIVES; i++)
        outlive(f, nodes[plan->outliving[order[i]]], nodes[plan->outlived[order[i]]]);
}

static void orders_respect_edges(struct fixture *f)
{
    struct places make = places_of(f, false), undo = places_of(f, true);
    for (uint32_t i = 0; i < f->graph.edges.count; i++) {
        const struct had_edge *edge = f->graph.edges.items[i];
        if (edge->kind == HAD_OUTLIVES) {
            assert_true(place(&undo, edge->to, 0) < place(&undo, edge->from, 0));
            continue;
        }
        assert_true(place(&make, edge->to, 0) < place(&make, edge->from, edge->revision));
        assert_true(place(&undo, edge->to, 0) > place(&undo, edge->from, edge->revision));
        if (edge->revision == 0) {
            assert_true(edge->to->layer <= edge->from->layer);
            assert_true(edge->to->phase <= edge->from->phase);
        }
    }
    for (uint32_t i = 0; i < f->graph.nodes.count; i++) {
        const struct had_node *node = f->graph.nodes.items[i];
        for (uint32_t r = 1; r < node->revisions; r++) {
            assert_true(place(&make, node, r - 1) < place(&make, node, r));
            assert_true(place(&undo, node, r - 1) > place(&undo, node, r));
        }
    }
}

static void random_graphs_keep_their_order_and_bytes(void **state)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct plan plan;
        plan_make(&plan, seed);
        struct had_node *nodes[NODES];
        had_str dump = {0};
        struct fixture *f = *state;
        for (uint64_t way = 0; way < 3; way++) {
            struct fixture *other = NULL;
            assert_int_equal(fixture_make((void **)&other), 0);
            plan_build(other, &plan, seed * 1000 + way, nodes);
            expect_clean(other);
            orders_respect_edges(other);
            had_str again = dump_of(other);
            if (way && !had_str_eq(again, dump))
                fail_msg("seed %u: the dump depends on the order of building", (unsigned)seed);
            dump = had_str_dup(&f->arena, again);
            fixture_free((void **)&other);
        }
    }
}

static void undoing_is_the_reverse_where_nothing_outlives(void **state)
{
    for (uint64_t seed = 100; seed < 120; seed++) {
        struct plan plan;
        plan_make(&plan, seed);
        struct fixture *f = NULL;
        assert_int_equal(fixture_make((void **)&f), 0);
        struct had_node *nodes[NODES];
        plan_build(f, &plan, seed, nodes);
        uint32_t kept = 0; /* take the `outlives` edges away */
        for (uint32_t i = 0; i < f->graph.edges.count; i++) {
            if (f->graph.edges.items[i]->kind != HAD_OUTLIVES)
                f->graph.edges.items[kept++] = f->graph.edges.items[i];
        }
        f->graph.edges.count = kept;
        expect_clean(f);
        const struct had_pair *make, *undo;
        uint32_t count = had_graph_order(&f->graph, &make);
        assert_int_equal(had_graph_destroy_order(&f->graph, &f->arena, &undo), count);
        for (uint32_t i = 0; i < count; i++) {
            assert_ptr_equal(make[i].node, undo[count - 1 - i].node);
            assert_int_equal(make[i].revision, undo[count - 1 - i].revision);
        }
        fixture_free((void **)&f);
    }
    (void)state;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_make, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_graph_has_an_order),
        TEST(ties_go_by_address),
        TEST(staged_values_break_circles),
        TEST(without_stages_it_is_a_circle),
        TEST(a_node_may_not_wait_for_itself),
        TEST(the_shortest_circle_is_told),
        TEST(every_circle_is_told_once),
        TEST(a_circle_may_run_through_a_later_value),
        TEST(what_outlives_goes_last),
        TEST(outliving_what_one_needs_is_refused),
        TEST(random_graphs_keep_their_order_and_bytes),
        TEST(undoing_is_the_reverse_where_nothing_outlives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
