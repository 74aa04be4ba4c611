#include "cli/cli.h"

#include "diag/render.h"
#include "diagram/diagram.h"
#include "graph/rtype.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * A property: texts, numbers, lists and maps as themselves; what is read, joined, named or staged
 * as an object with one key that no map of CloudFormation has.
 */
static json_t *property(const struct had_prop *p)
{
    json_t *o = NULL, *list = NULL;
    switch (p->tag) {
    case HAD_PROP_TEXT:
        return had_json_text(p->text);
    case HAD_PROP_INT:
        return json_integer(p->number);
    case HAD_PROP_BOOL:
        return json_boolean(p->boolean);
    case HAD_PROP_LIST:
    case HAD_PROP_FORMAT:
        list = json_array();
        for (uint32_t i = 0; i < p->items.count; i++)
            json_array_append_new(list, property(p->items.items[i]));
        return p->tag == HAD_PROP_LIST ? list : json_pack("{so}", "had:format", list);
    case HAD_PROP_MAP:
        o = json_object();
        for (uint32_t i = 0; i < p->entries.count; i++)
            json_object_setn_new(o, p->entries.items[i].key.ptr, p->entries.items[i].key.len,
                                 property(p->entries.items[i].value));
        return o;
    case HAD_PROP_READ:
        o = json_object();
        json_object_set_new(o, "had:read", had_json_text(p->read.node->address));
        json_object_set_new(o, "attribute", had_json_text(had_str_c(p->read.attribute)));
        return o;
    case HAD_PROP_SECRET:
        return json_pack("{so}", "had:secret", had_json_text(p->secret->name));
    case HAD_PROP_STAGED:
        list = json_array();
        for (uint32_t i = 0; i < p->stages.count; i++)
            json_array_append_new(list, property(p->stages.items[i].value));
        return json_pack("{so}", "had:staged", list);
    }
    return json_null();
}

static void resources_json(const struct had_graph *graph)
{
    static const char *const kinds[] = {"reads", "needs", "sees", "after", "outlives"};
    json_t *root = json_object(), *nodes = json_array(), *edges = json_array();
    for (uint32_t i = 0; i < graph->nodes.count; i++) {
        const struct had_node *n = graph->nodes.items[i];
        json_t *o = json_object();
        json_object_set_new(o, "address", had_json_text(n->address));
        json_object_set_new(o, "type", json_string(n->type->name));
        json_object_set_new(o, "account", had_json_text(n->context->account));
        json_object_set_new(o, "region", had_json_text(n->context->region));
        json_object_set_new(o, "layer", json_string(had_layer_name(n->layer)));
        json_object_set_new(o, "phase", json_string(had_phase_name(n->phase)));
        json_object_set_new(o, "existing", json_boolean(n->lifecycle == HAD_EXISTING));
        if (n->context->machine)
            json_object_set_new(o, "machine", had_json_text(n->context->machine->address));
        json_t *properties = json_object();
        for (uint32_t k = 0; k < n->props.count; k++)
            json_object_setn_new(properties, n->props.items[k].key.ptr, n->props.items[k].key.len,
                                 property(n->props.items[k].value));
        json_object_set_new(o, "properties", properties);
        json_array_append_new(nodes, o);
    }
    for (uint32_t i = 0; i < graph->edges.count; i++) {
        const struct had_edge *e = graph->edges.items[i];
        json_t *o = json_object();
        json_object_set_new(o, "from", had_json_text(e->from->address));
        json_object_set_new(o, "to", had_json_text(e->to->address));
        json_object_set_new(o, "kind", json_string(kinds[e->kind]));
        if (e->attribute)
            json_object_set_new(o, "attribute", had_json_text(had_str_c(e->attribute)));
        if (e->property && *e->property)
            json_object_set_new(o, "property", had_json_text(had_str_c(e->property)));
        if (e->why)
            json_object_set_new(o, "why", json_string(e->why));
        json_array_append_new(edges, o);
    }
    json_object_set_new(root, "version", json_integer(1));
    json_object_set_new(root, "spec", had_json_text(graph->spec));
    json_object_set_new(root, "nodes", nodes);
    json_object_set_new(root, "edges", edges);
    char *dump = json_dumps(root, JSON_INDENT(1));
    printf("%s\n", dump ? dump : "{}");
    free(dump);
    json_decref(root);
}

int had_cmd_graph(struct had_cli *cli)
{
    struct had_compilation c;
    had_cli_compile(cli, &c, cli->resources ? "lower" : "derive");
    int status = HAD_EXIT_DONE;
    if (c.diags.errors || c.unreadable) {
        cli->format = HAD_FORMAT_TEXT;
        status = had_cli_findings(cli, &c, true);
    } else if (cli->resources) {
        resources_json(c.graph);
    } else {
        struct had_diagram diagram;
        struct had_buffer b = {0};
        had_diagram_build(&c.arena, c.spec, &diagram);
        if (cli->format == HAD_FORMAT_MERMAID)
            had_diagram_mermaid(&b, &diagram);
        else if (cli->format == HAD_FORMAT_JSON)
            had_diagram_json(&b, &diagram);
        else
            had_diagram_dot(&b, &diagram);
        if (cli->format == HAD_FORMAT_SVG) {
            struct had_buffer svg = {0};
            if (had_dot_svg(had_buffer_view(&b), &svg))
                had_cli_print(had_buffer_view(&svg));
            else
                status = HAD_EXIT_USAGE;
            had_buffer_free(&svg);
        } else {
            had_cli_print(had_buffer_view(&b));
        }
        had_buffer_free(&b);
    }
    had_compilation_free(&c);
    return status;
}
