/*
 * manifest.json: the steps for a program. Keys stand in the order of this file; a reader may rely
 * on their names and skip those it does not know.
 */
#include "emit/cloudformation/logical.h"
#include "emit/cloudformation/uniform.h"
#include "emit/report/report.h"

#include "emit/delivery.h"
#include "emit/digest.h"

#include "emit/json.h"

enum { REQUEST_BYTES_MAX = 51200 };

static void put_text(struct had_json *json, const char *key, had_str value)
{
    if (value.len)
        had_json_put_text(json, key, value);
}

static void put_binding(struct had_json *json, struct had_arena *arena,
                        const struct had_binding *binding)
{
    switch (binding->kind) {
    case HAD_BIND_VALUE:
        had_json_put_text(json, "value", binding->text);
        break;
    case HAD_BIND_OUTPUT:
        had_json_put_text(json, "from",
                          had_str_printf(arena, HAD_FMT "." HAD_FMT, HAD_ARG(binding->stack->id),
                                         HAD_ARG(binding->output)));
        break;
    case HAD_BIND_LOOKUP:
        had_json_put_text(json, "lookup", binding->text);
        put_text(json, "account", binding->account);
        put_text(json, "region", binding->region);
        if (binding->input_count) {
            had_json_open(json, "with", '{');
            for (uint32_t i = 0; i < binding->input_count; i++) {
                had_json_open_at(json, binding->inputs[i].name, '{');
                put_binding(json, arena, binding->inputs[i].binding);
                had_json_close(json, '}');
            }
            had_json_close(json, '}');
        }
        break;
    }
}

static void put_values(struct had_json *json, struct had_arena *arena, const char *key,
                       const struct had_step *step)
{
    had_json_open(json, key, '{');
    had_str before = {0};
    had_each(const struct had_bound, bound, &step->values) { /* sorted by name */
        if (bound != step->values.items && had_str_eq(before, bound->name))
            continue;
        before = bound->name;
        had_json_open_at(json, bound->name, '{');
        put_binding(json, arena, bound->binding);
        had_json_close(json, '}');
    }
    had_json_close(json, '}');
}

static void put_account(struct had_json *json, const struct had_step *step)
{
    if (!step->account.len)
        return;
    had_json_open(json, "account", '{');
    had_json_put_text(json, "name", step->account);
    put_text(json, "id", step->account_id);
    had_json_close(json, '}');
    put_text(json, "region", step->region);
}

static void put_addresses(struct had_json *json, const char *key, const struct had_step *step)
{
    had_json_open(json, key, '[');
    had_each(const struct had_node *, node, &step->nodes)
        had_json_put_text(json, NULL, (*node)->address);
    had_json_close(json, ']');
}

static void put_stack(struct had_json *json, struct had_arena *arena, const struct had_graph *graph,
                      const struct had_step *step)
{
    const struct had_stack *stack = step->stack;
    put_account(json, step);
    put_text(json, "deployRole", stack->deploy_role);
    had_json_put_text(json, "stackName", stack->stack_name);
    had_json_put_text(json, "template", stack->path);
    had_json_put_text(json, "sha256", stack->digest);
    had_json_put_number(json, "bytes", stack->bytes);
    had_json_put_bool(json, "needsBucket", stack->bytes > REQUEST_BYTES_MAX);
    put_values(json, arena, "parameters", step);
    had_json_open(json, "capabilities", '[');
    if (stack->iam)
        had_json_put_text(json, NULL,
                          stack->named_iam ? HAD_STR("CAPABILITY_NAMED_IAM")
                                           : HAD_STR("CAPABILITY_IAM"));
    had_json_close(json, ']');
    had_json_open(json, "tags", '{');
    had_json_put_text(json, "had:spec", graph->spec);
    had_json_put_text(json, "had:stack", stack->name);
    had_json_close(json, '}');
    had_json_put_bool(json, "terminationProtection", stack->protect);
    put_text(json, "stackPolicy", stack->policy_path);
    if (step->update) {
        put_addresses(json, "changes", step);
        return;
    }
    had_json_open(json, "resources", '{');
    if (stack->set) { /* of each account, what the set makes there */
        const struct had_uniform *set = stack->set;
        had_each(const struct had_member, member, &set->members)
            for (uint32_t i = 0; i < set->inner->nodes.count && i < member->nodes.count; i++)
                had_json_put_text_at(
                    json,
                    had_str_printf(arena, HAD_FMT "/" HAD_FMT, HAD_ARG(member->account_id),
                                   HAD_ARG(had_logical_id(arena, set->inner->nodes.items[i]))),
                    member->nodes.items[i]->address);
        had_json_close(json, '}');
        return;
    }
    had_each(const struct had_node *, node, &step->nodes)
        had_json_put_text_at(json, had_logical_id(arena, *node), (*node)->address);
    had_json_close(json, '}');
}

static void put_properties(struct had_json *json, struct had_arena *arena, const char *key,
                           const struct had_prop_entry *entries, uint32_t count)
{
    had_json_open(json, key, '{');
    for (uint32_t i = 0; i < count; i++)
        had_json_put_text_at(json, entries[i].key, had_report_text(arena, entries[i].value));
    had_json_close(json, '}');
}

/* The compiled form, where it goes, and the stack whose association applies it. */
static void put_compiled(struct had_json *json, const struct had_steps *steps,
                         struct had_arena *arena, const struct had_step *step)
{
    const struct had_node *delivery = step->delivery;
    if (!delivery)
        return;
    had_json_open(json, "compiled", '{');
    had_str path = had_report_prop(arena, delivery, "Configuration"), digest = {0};
    had_json_put_text(json, "file", path);
    had_each(const struct had_mof, mof, &steps->mofs)
        if (had_str_eq(mof->path, path))
            digest = mof->digest;
    put_text(json, "sha256", digest);
    had_json_put_text(json, "bucket", had_report_prop(arena, delivery, "Bucket"));
    had_json_put_text(json, "key", had_delivery_key(steps, delivery));
    had_json_close(json, '}');
    had_json_open(json, "association", '{');
    put_text(json, "name", had_report_prop(arena, delivery, "AssociationName"));
    put_text(json, "document", had_report_prop(arena, delivery, "Document"));
    if (steps->stack_of[delivery->id])
        had_json_put_text(json, "stack", steps->stack_of[delivery->id]->id);
    const struct had_prop *more = had_node_get(delivery, "Parameters");
    bool map = more && more->tag == HAD_PROP_MAP;
    put_properties(json, arena, "parameters", map ? more->entries.items : NULL,
                   map ? more->entries.count : 0);
    had_json_close(json, '}');
}

static void put_delivery(struct had_json *json, const struct had_steps *steps,
                         struct had_arena *arena, const struct had_step *step)
{
    put_account(json, step);
    if (step->machine)
        had_json_put_text(json, "machine", step->machine->address);
    put_text(json, "forest", step->forest);
    put_text(json, "role", step->role);
    had_json_open(json, "files", '[');
    static const char *const ends[] = {".lcm.ps1", ".ps1", ".psd1"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        had_json_put_text(json, NULL,
                          had_str_printf(arena, HAD_FMT "/" HAD_FMT "%s",
                                         HAD_ARG(had_report_dsc_folder(arena, step)),
                                         HAD_ARG(step->role), ends[i]));
    had_json_close(json, ']');
    put_compiled(json, steps, arena, step);
    put_values(json, arena, "values", step);
    put_addresses(json, "configurations", step);
}

static void put_gate(struct had_json *json, struct had_arena *arena, const struct had_step *step)
{
    const struct had_node *node = step->nodes.items[0];
    put_account(json, step);
    had_json_put_text(json, "address", node->address);
    put_text(json, "owner", step->owner);
    put_text(json, "type", node->type_name);
    static const struct {
        const char *key, *property;
    } parts[] = {
        {"instruction", "Instruction"}, {"where", "Where"}, {"probe", "Probe"}, {"undo", "Undo"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        put_text(json, parts[i].key, had_report_prop(arena, node, parts[i].property));
    if (!had_node_get(node, "Instruction")) /* a node that these templates do not make */
        put_properties(json, arena, "properties", node->props.items, node->props.count);
    put_values(json, arena, "values", step);
}

static void put_step(struct had_json *json, struct had_arena *arena,
                     const struct had_emit_input *input, uint32_t index)
{
    static const char *const kinds[] = {"stack", "delivery", "gate"};
    const struct had_steps *steps = input->steps;
    const struct had_step *step = &steps->steps.items[index];
    had_json_open(json, NULL, '{');
    had_json_put_number(json, "number", index + 1);
    had_json_put_text(json, "id", step->id);
    had_json_put_text(json, "kind", had_str_c(kinds[step->kind]));
    had_json_put_text(json, "title", step->title);
    had_json_open(json, "waitsFor", '[');
    had_each(const uint32_t, wait, &step->waits)
        had_json_put_text(json, NULL, steps->steps.items[*wait].id);
    had_json_close(json, ']');
    switch (step->kind) {
    case HAD_STEP_STACK:
        put_stack(json, arena, input->graph, step);
        break;
    case HAD_STEP_DELIVERY:
        put_delivery(json, steps, arena, step);
        break;
    case HAD_STEP_GATE:
        put_gate(json, arena, step);
        break;
    }
    had_json_close(json, '}');
}

void had_manifest_write(const struct had_emit_input *input, struct had_output *output)
{
    struct had_buffer out = {0};
    struct had_json json = {.out = &out};
    had_json_open(&json, NULL, '{');
    had_json_put_text(&json, "spec", input->graph->spec);
    had_json_put_number(&json, "version", 1);
    had_json_put_text(&json, "had", input->options->version);
    had_json_put_text(&json, "phase", had_str_c(had_phase_name(input->options->phase)));
    had_json_open(&json, "steps", '[');
    for (uint32_t i = 0; i < input->steps->steps.count; i++) {
        struct had_arena scratch = {0}; /* texts of one step */
        put_step(&json, &scratch, input, i);
        had_arena_free(&scratch);
        had_output_piece(output, HAD_STR("manifest.json"), &out, false);
    }
    had_json_close(&json, ']');
    had_json_close(&json, '}');
    had_buffer_char(&out, '\n');
    had_output_piece(output, HAD_STR("manifest.json"), &out, true);
}
