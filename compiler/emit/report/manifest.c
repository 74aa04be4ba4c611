/*
 * manifest.json: the steps for a program. Keys stand in the order of this file; a reader may rely
 * on their names and skip those it does not know.
 */
#include "emit/cloudformation/logical.h"
#include "emit/report/report.h"

#include "emit/delivery.h"
#include "emit/digest.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { REQUEST_BYTES_MAX = 51200 };

static json_t *text(had_str value)
{
    json_t *json = json_stringn(value.ptr ? value.ptr : "", value.len);
    return json ? json : json_string("");
}

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static void set_text(json_t *object, const char *key, had_str value)
{
    if (value.len)
        set(object, key, text(value));
}

static json_t *binding_json(struct had_arena *arena, const struct had_binding *binding)
{
    json_t *json = json_object();
    switch (binding->kind) {
    case HAD_BIND_VALUE:
        set(json, "value", text(binding->text));
        break;
    case HAD_BIND_OUTPUT:
        set(json, "from",
            text(had_str_printf(arena, HAD_FMT "." HAD_FMT, HAD_ARG(binding->stack->id),
                                HAD_ARG(binding->output))));
        break;
    case HAD_BIND_LOOKUP:
        set(json, "lookup", text(binding->text));
        set_text(json, "account", binding->account);
        set_text(json, "region", binding->region);
        if (binding->input_count) {
            json_t *with = json_object();
            for (uint32_t i = 0; i < binding->input_count; i++)
                json_object_setn_new(with, binding->inputs[i].name.ptr, binding->inputs[i].name.len,
                                     binding_json(arena, binding->inputs[i].binding));
            set(json, "with", with);
        }
        break;
    }
    return json;
}

static void set_values(struct had_arena *arena, json_t *json, const char *key,
                       const struct had_step *step)
{
    json_t *values = json_object();
    had_each(const struct had_bound, bound, &step->values)
        json_object_setn_new(values, bound->name.ptr, bound->name.len,
                             binding_json(arena, bound->binding));
    set(json, key, values);
}

static void set_account(json_t *json, const struct had_step *step)
{
    if (!step->account.len)
        return;
    json_t *account = json_object();
    set(account, "name", text(step->account));
    set_text(account, "id", step->account_id);
    set(json, "account", account);
    set_text(json, "region", step->region);
}

static json_t *addresses(const struct had_step *step)
{
    json_t *list = json_array();
    had_each(const struct had_node *, node, &step->nodes)
        json_array_append_new(list, text((*node)->address));
    return list;
}

static void set_stack(struct had_arena *arena, json_t *json, const struct had_graph *graph,
                      const struct had_step *step)
{
    const struct had_stack *stack = step->stack;
    set_account(json, step);
    set_text(json, "deployRole", stack->deploy_role);
    set(json, "stackName", text(stack->stack_name));
    set(json, "template", text(stack->path));
    set(json, "sha256", text(had_digest(arena, stack->text)));
    set(json, "bytes", json_integer(stack->text.len));
    set(json, "needsBucket", json_boolean(stack->text.len > REQUEST_BYTES_MAX));
    set_values(arena, json, "parameters", step);
    json_t *capabilities = json_array();
    if (stack->iam)
        json_array_append_new(capabilities, json_string(stack->named_iam ? "CAPABILITY_NAMED_IAM"
                                                                         : "CAPABILITY_IAM"));
    set(json, "capabilities", capabilities);
    json_t *tags = json_object();
    set(tags, "had:spec", text(graph->spec));
    set(tags, "had:stack", text(stack->name));
    set(json, "tags", tags);
    set(json, "terminationProtection", json_boolean(stack->protect));
    set_text(json, "stackPolicy", stack->policy_path);
    if (step->update) {
        set(json, "changes", addresses(step));
        return;
    }
    json_t *resources = json_object();
    had_each(const struct had_node *, node, &step->nodes) {
        had_str logical = had_logical_id(arena, *node);
        json_object_setn_new(resources, logical.ptr, logical.len, text((*node)->address));
    }
    set(json, "resources", resources);
}

/* The compiled form, where it goes, and the stack whose association applies it. */
static void set_compiled(const struct had_steps *steps, json_t *json, const struct had_step *step)
{
    struct had_arena *arena = steps->arena;
    const struct had_node *delivery = step->delivery;
    if (!delivery)
        return;
    json_t *compiled = json_object();
    had_str path = had_report_prop(arena, delivery, "Configuration");
    set(compiled, "file", text(path));
    had_each(const struct had_mof, mof, &steps->mofs)
        if (had_str_eq(mof->path, path))
            set(compiled, "sha256", text(mof->digest));
    set(compiled, "bucket", text(had_report_prop(arena, delivery, "Bucket")));
    set(compiled, "key", text(had_delivery_key(steps, delivery)));
    set(json, "compiled", compiled);
    json_t *association = json_object(), *parameters = json_object();
    set_text(association, "name", had_report_prop(arena, delivery, "AssociationName"));
    set_text(association, "document", had_report_prop(arena, delivery, "Document"));
    if (steps->stack_of[delivery->id])
        set(association, "stack", text(steps->stack_of[delivery->id]->id));
    const struct had_prop *more = had_node_get(delivery, "Parameters");
    if (more && more->tag == HAD_PROP_MAP)
        had_each(const struct had_prop_entry, entry, &more->entries)
            json_object_setn_new(parameters, entry->key.ptr, entry->key.len,
                                 text(had_report_text(arena, entry->value)));
    set(association, "parameters", parameters);
    set(json, "association", association);
}

static void set_delivery(const struct had_steps *steps, json_t *json, const struct had_step *step)
{
    struct had_arena *arena = steps->arena;
    set_account(json, step);
    if (step->machine)
        set(json, "machine", text(step->machine->address));
    set_text(json, "forest", step->forest);
    set_text(json, "role", step->role);
    json_t *files = json_array();
    static const char *const ends[] = {".lcm.ps1", ".ps1", ".psd1"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        json_array_append_new(files,
                              text(had_str_printf(arena, HAD_FMT "/" HAD_FMT "%s",
                                                  HAD_ARG(had_report_dsc_folder(arena, step)),
                                                  HAD_ARG(step->role), ends[i])));
    set(json, "files", files);
    set_compiled(steps, json, step);
    set_values(arena, json, "values", step);
    set(json, "configurations", addresses(step));
}

static void set_gate(struct had_arena *arena, json_t *json, const struct had_step *step)
{
    const struct had_node *node = step->nodes.items[0];
    set_account(json, step);
    set(json, "address", text(node->address));
    set_text(json, "owner", step->owner);
    set_text(json, "type", node->type_name);
    static const struct {
        const char *key, *property;
    } parts[] = {
        {"instruction", "Instruction"}, {"where", "Where"}, {"probe", "Probe"}, {"undo", "Undo"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        set_text(json, parts[i].key, had_report_prop(arena, node, parts[i].property));
    if (!had_node_get(node, "Instruction")) { /* a node that these templates do not make */
        json_t *properties = json_object();
        had_each(const struct had_prop_entry, entry, &node->props)
            json_object_setn_new(properties, entry->key.ptr, entry->key.len,
                                 text(had_report_text(arena, entry->value)));
        set(json, "properties", properties);
    }
    set_values(arena, json, "values", step);
}

static json_t *step_json(const struct had_emit_input *input, struct had_arena *arena,
                         uint32_t index)
{
    static const char *const kinds[] = {"stack", "delivery", "gate"};
    const struct had_steps *steps = input->steps;
    const struct had_step *step = &steps->steps.items[index];
    json_t *json = json_object();
    set(json, "number", json_integer(index + 1));
    set(json, "id", text(step->id));
    set(json, "kind", json_string(kinds[step->kind]));
    set(json, "title", text(step->title));
    json_t *waits = json_array();
    had_each(const uint32_t, wait, &step->waits)
        json_array_append_new(waits, text(steps->steps.items[*wait].id));
    set(json, "waitsFor", waits);
    switch (step->kind) {
    case HAD_STEP_STACK:
        set_stack(arena, json, input->graph, step);
        break;
    case HAD_STEP_DELIVERY:
        set_delivery(steps, json, step);
        break;
    case HAD_STEP_GATE:
        set_gate(arena, json, step);
        break;
    }
    return json;
}

void had_manifest_write(const struct had_emit_input *input, struct had_output *output)
{
    json_t *root = json_object(), *steps = json_array();
    set(root, "spec", text(input->graph->spec));
    set(root, "version", json_integer(1));
    set(root, "had", text(input->options->version));
    set(root, "phase", json_string(had_phase_name(input->options->phase)));
    for (uint32_t i = 0; i < input->steps->steps.count; i++)
        json_array_append_new(steps, step_json(input, output->arena, i));
    set(root, "steps", steps);
    char *dump = json_dumps(root, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER);
    json_decref(root);
    if (!dump)
        had_out_of_memory(0);
    had_output_add(output, HAD_STR("manifest.json"), had_str_printf(output->arena, "%s\n", dump));
    free(dump);
}
