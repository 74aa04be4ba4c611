/* Gates: steps that people do, with what a firewall outside AWS must let pass. */
#include "lower/internal.h"

struct had_node *had_lower_gate(struct had_lowering *l, const struct had_object *object,
                                const char *role, had_str key, had_str team, enum had_phase phase,
                                had_str instruction, const char *where, const char *probe,
                                const char *undo)
{
    struct had_place place = had_place_at(had_context_person(l, team), HAD_LAYER_NONE, phase);
    struct had_node *gate = had_lower_node(l, object, "had::Gate", role, key, place);
    struct had_span span = object->span;
    had_lower_c(l, gate, "Kind", role, span);
    had_lower_text(l, gate, "Instruction", instruction, span);
    had_lower_text(l, gate, "Owner", team, span);
    if (where && *where)
        had_lower_c(l, gate, "Where", where, span);
    if (probe && *probe)
        had_lower_c(l, gate, "Probe.Operation", probe, span);
    if (undo && *undo)
        had_lower_c(l, gate, "Undo", undo, span);
    return gate;
}

void had_gate_probe(struct had_lowering *l, struct had_node *gate, const char *argument,
                    struct had_prop *value, const char *expect)
{
    struct had_prop *arguments = had_prop_map(l->graph, gate->origin->span);
    had_prop_put(l->graph, arguments, argument, value);
    had_node_set(l->graph, gate, "Probe.Arguments", arguments);
    had_lower_c(l, gate, "Probe.Expect", expect, gate->origin->span);
}

static struct had_prop *flows_of(struct had_lowering *l, struct had_node *gate)
{
    for (uint32_t i = 0; i < gate->props.count; i++)
        if (had_str_is(gate->props.items[i].key, "Flows"))
            return gate->props.items[i].value;
    struct had_prop *list = had_prop_list(l->graph, gate->origin->span);
    had_node_set(l->graph, gate, "Flows", list);
    return list;
}

static bool same(const struct had_prop *row, const char *key, had_str text)
{
    const struct had_prop *value = had_prop_at(row, key);
    return value && had_str_eq(value->text, text);
}

void had_gate_rule(struct had_lowering *l, struct had_node *gate, const char *direction,
                   had_str source, had_str destination, const char *protocol, had_str ports,
                   const char *purpose, struct had_span span)
{
    if (!source.len || !destination.len)
        return;
    struct had_prop *list = flows_of(l, gate);
    for (uint32_t i = 0; i < list->items.count; i++) {
        const struct had_prop *known = list->items.items[i];
        if (same(known, "Direction", had_str_c(direction)) && same(known, "Source", source) &&
            same(known, "Destination", destination) &&
            same(known, "Protocol", had_str_c(protocol)) && same(known, "Ports", ports))
            return;
    }
    struct had_prop *row = had_prop_map(l->graph, span);
    had_prop_put(l->graph, row, "Direction", had_prop_c(l->graph, direction, span));
    had_prop_put(l->graph, row, "Source", had_prop_text(l->graph, source, span));
    had_prop_put(l->graph, row, "Destination", had_prop_text(l->graph, destination, span));
    had_prop_put(l->graph, row, "Protocol", had_prop_c(l->graph, protocol, span));
    had_prop_put(l->graph, row, "Ports", had_prop_text(l->graph, ports, span));
    had_prop_put(l->graph, row, "Purpose", had_prop_c(l->graph, purpose, span));
    had_prop_append(l->graph, list, row);
}

void had_gate_flow(struct had_lowering *l, struct had_node *gate, const char *flow, unsigned when,
                   const char *direction, had_str source, had_str destination, struct had_span span)
{
    had_port_rows rows = {0};
    had_port_rows_of(l, &rows, flow, when, HAD_RULE_IN);
    had_each(struct had_port_row, row, &rows) {
        had_str ports;
        if (had_str_is(had_str_c(row->protocol), "icmp"))
            ports = HAD_STR("echo");
        else if (row->first == row->last)
            ports = had_str_printf(l->arena, "%d", (int)row->first);
        else
            ports = had_str_printf(l->arena, "%d-%d", (int)row->first, (int)row->last);
        had_gate_rule(l, gate, direction, source, destination, row->protocol, ports, row->purpose,
                      span);
    }
}
