/* Which nodes the output must make, how often, and whether it does. */
#include "verify/internal.h"

had_str had_node_region(const struct had_graph *graph, const struct had_node *node)
{
    had_str region = node->context->region;
    return !region.len || had_str_is(region, "global") ? graph->home : region;
}

/* A gate that is only for the end of something has nothing to do on the way there. */
static bool is_for_the_end(const struct had_node *node)
{
    const struct had_prop *operation = had_node_get(node, "Probe.Operation");
    return operation && operation->tag == HAD_PROP_TEXT && had_str_is(operation->text, "destroy");
}

static enum had_carrier carrier_of(const struct had_verification *v, const struct had_node *node)
{
    if (node->lifecycle == HAD_EXISTING || node->class == HAD_FACT || !node->type)
        return HAD_BY_NOTHING;
    if (node->class == HAD_GATE)
        return is_for_the_end(node) ? HAD_BY_NOTHING : HAD_BY_GATE;
    if (node->class == HAD_CONFIGURATION)
        return HAD_BY_DELIVERY;
    switch (node->type->tier) {
    case HAD_TIER_NATIVE:
        return HAD_BY_STACK;
    case HAD_TIER_GLUE:
        if (!v->input->no_custom_resources)
            return HAD_BY_STACK;
        return node->class == HAD_LOOKUP ? HAD_BY_NOTHING : HAD_BY_GATE;
    case HAD_TIER_GATE:
        return HAD_BY_GATE;
    case HAD_TIER_NONE:
        break;
    }
    return HAD_BY_NOTHING;
}

/* A switch is reached where everything that it waits for is. */
static bool is_reached(const struct had_verification *v, const struct had_node *node,
                       uint32_t revision)
{
    if (node->lifecycle == HAD_EXISTING)
        return true;
    if (node->phase > v->input->phase || v->places[node->id].revisions < revision)
        return false;
    had_each(struct had_edge *, edge, &node->needs)
        if ((*edge)->kind != HAD_OUTLIVES && (*edge)->revision == revision && (*edge)->to != node &&
            !v->places[(*edge)->to->id].revisions)
            return false;
    return true;
}

void had_scope_nodes(struct had_verification *v)
{
    const struct had_pair *pairs;
    uint32_t count = had_graph_order(v->graph, &pairs);
    v->places = had_new_n(v->arena, struct had_place, v->graph->nodes.count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const struct had_node *node = pairs[i].node;
        struct had_place *place = &v->places[node->id];
        place->carrier = carrier_of(v, node);
        if (is_reached(v, node, pairs[i].revision))
            place->revisions++;
    }
    had_each(struct had_node *, node, &v->graph->nodes) {
        struct had_place *place = &v->places[(*node)->id];
        if (!place->revisions)
            place->carrier = HAD_BY_NOTHING;
        if (place->carrier == HAD_BY_GATE) /* done once */
            place->revisions = 1;
    }
}

static void found(struct had_verification *v, const struct had_node *node, uint32_t step)
{
    *had_push(v->arena, &v->places[node->id].steps) = step;
}

static void find_in_stack(struct had_verification *v, struct had_read_stack *stack, uint32_t step)
{
    for (uint32_t m = 0; m < stack->members.count; m++)
        for (uint32_t i = 0; i < stack->template->made.count; i++) {
            const struct had_node *node = stack->members.items[m].nodes[i];
            if (!node)
                continue;
            found(v, node, step);
            v->places[node->id].member = m;
            v->places[node->id].place = i;
        }
}

static const char *const carriers[] = {"nobody", "a template", "a configuration", "a person"};

static void check_node(struct had_verification *v, const struct had_node *node)
{
    const struct had_place *place = &v->places[node->id];
    uint32_t expected = place->carrier == HAD_BY_NOTHING ? 0 : place->revisions;
    enum had_carrier by = place->carrier;
    had_each(const uint32_t, step, &place->steps)
        if (v->steps.items[*step].kind != place->carrier)
            by = v->steps.items[*step].kind;
    if (place->steps.count == expected && by == place->carrier) {
        v->result.nodes += expected > 0;
        return;
    }
    struct had_diag *d;
    if (by != place->carrier)
        d = had_differs(v, &HAD0831, node, node->origin->span,
                        "`" HAD_FMT "` is work for %s, and the output leaves it to %s",
                        HAD_ARG(node->address), carriers[place->carrier], carriers[by]);
    else if (!place->steps.count)
        d = had_differs(v, &HAD0831, node, node->origin->span, "no step makes `" HAD_FMT "`",
                        HAD_ARG(node->address));
    else
        d = had_differs(v, &HAD0831, node, node->origin->span,
                        "`" HAD_FMT "` has %u states while the foundation is built, and the steps "
                        "have %u",
                        HAD_ARG(node->address), expected, place->steps.count);
    had_each(const uint32_t, step, &place->steps)
        had_diag_note(d, "step `" HAD_FMT "`", HAD_ARG(v->steps.items[*step].id));
}

void had_find_nodes(struct had_verification *v)
{
    for (uint32_t i = 0; i < v->steps.count; i++) {
        struct had_read_step *step = &v->steps.items[i];
        if (step->stack && step->stack->steps.items[0] == i)
            find_in_stack(v, step->stack, i);
        had_each(const struct had_node *, node, &step->nodes)
            found(v, *node, i);
    }
    had_each(struct had_node *, node, &v->graph->nodes)
        check_node(v, *node);
}
