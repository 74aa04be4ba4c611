/*
 * runbook.md: the steps of the manifest for a person. Every name in it comes from a spec, so text
 * is escaped for Markdown and every word of a command for the shell.
 */
#include "emit/runbook/runbook.h"
#include "emit/cloudformation/logical.h"
#include "emit/cloudformation/lookup.h"
#include "emit/delivery.h"
#include "emit/dsc/schema.h"
#include "emit/report/report.h"
#include "graph/rtype.h"

#include <string.h>
#include <utf8proc.h>

enum { REQUEST_BYTES_MAX = 51200 };

/* Characters of one line that a terminal or an editor shows as themselves. */
static void add_line(struct had_buffer *out, had_str text, const char *escape)
{
    for (uint32_t i = 0; i < text.len;) {
        utf8proc_int32_t rune;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + i,
                                              (utf8proc_ssize_t)(text.len - i), &rune);
        if (n <= 0) {
            had_buffer_char(out, '?');
            i++;
            continue;
        }
        utf8proc_category_t category = utf8proc_category(rune);
        if (rune == '\n')
            had_buffer_char(out, ' ');
        else if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
                 category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP)
            had_buffer_char(out, '?');
        else if (rune < 0x80 && rune && strchr(escape, (char)rune))
            had_buffer_printf(out, "\\%c", (char)rune);
        else
            had_buffer_add(out, text.ptr + i, (size_t)n);
        i += (uint32_t)n;
    }
}

had_str had_runbook_line(struct had_arena *arena, had_str text)
{
    struct had_buffer out = {0};
    add_line(&out, text, "");
    had_str line = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return line;
}

static void add_code(struct had_buffer *out, had_str text)
{
    uint32_t run = 0, longest = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        run = text.ptr[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    had_buffer_repeat(out, '`', longest + 1);
    if (longest)
        had_buffer_char(out, ' ');
    add_line(out, text, "");
    if (longest)
        had_buffer_char(out, ' ');
    had_buffer_repeat(out, '`', longest + 1);
}

/* Text of ours and of the spec. What stands in backticks becomes code, all else is escaped. */
static void add_md(struct had_buffer *out, had_str text)
{
    while (text.len) {
        int64_t open = had_str_find(text, '`');
        had_str rest = open < 0 ? (had_str){0} : had_str_slice(text, (uint32_t)open + 1, text.len);
        int64_t close = had_str_find(rest, '`');
        uint32_t plain = close > 0 ? (uint32_t)open : text.len;
        add_line(out, had_str_slice(text, 0, plain), "\\`*_{}[]<>()#+!|~&$");
        if (close <= 0)
            return;
        add_code(out, had_str_slice(rest, 0, (uint32_t)close));
        text = had_str_slice(rest, (uint32_t)close + 1, rest.len);
    }
}

static void add_word(struct had_buffer *out, struct had_arena *arena, had_str text)
{
    add_line(out, had_shell_word(arena, text), "");
}

/* The command with what stands as <NAME> in it given by commands of its own. */
static void add_lookup(struct had_buffer *out, struct had_arena *arena,
                       const struct had_binding *binding)
{
    had_str rest = binding->text;
    while (rest.len) {
        const struct had_bound *input = NULL;
        uint32_t at = rest.len;
        for (uint32_t i = 0; i < binding->input_count; i++) {
            had_str mark = had_str_printf(arena, "<" HAD_FMT ">", HAD_ARG(binding->inputs[i].name));
            for (uint32_t k = 0; k + mark.len <= rest.len && k < at; k++)
                if (memcmp(rest.ptr + k, mark.ptr, mark.len) == 0) {
                    at = k;
                    input = &binding->inputs[i];
                }
        }
        add_line(out, had_str_slice(rest, 0, at), "");
        if (!input)
            break;
        had_runbook_binding(out, arena, input->binding);
        rest = had_str_slice(rest, at + input->name.len + 2, rest.len);
    }
    if (binding->account.len && had_str_starts(binding->text, "aws ")) {
        had_buffer_c(out, " --profile ");
        add_word(out, arena, binding->account);
    }
}

void had_runbook_binding(struct had_buffer *out, struct had_arena *arena,
                         const struct had_binding *binding)
{
    switch (binding->kind) {
    case HAD_BIND_VALUE:
        if (binding->text.len)
            add_word(out, arena, binding->text);
        break;
    case HAD_BIND_OUTPUT:
        had_buffer_c(out, "\"$(out ");
        add_word(out, arena, binding->stack->account);
        had_buffer_printf(out, " " HAD_FMT " " HAD_FMT " " HAD_FMT ")\"",
                          HAD_ARG(binding->stack->region), HAD_ARG(binding->stack->stack_name),
                          HAD_ARG(binding->output));
        break;
    case HAD_BIND_LOOKUP:
        had_buffer_c(out, "\"$(");
        add_lookup(out, arena, binding);
        had_buffer_c(out, ")\"");
        break;
    }
}

/* NAME=VALUE as one shell word. */
static void add_value(struct had_buffer *out, struct had_arena *arena,
                      const struct had_bound *bound)
{
    had_buffer_printf(out, HAD_FMT "=", HAD_ARG(bound->name));
    had_runbook_binding(out, arena, bound->binding);
}

static void add_waits(struct had_buffer *out, const struct had_step *step)
{
    if (!step->waits.count)
        return;
    had_buffer_c(out, step->waits.count > 1 ? "- After steps" : "- After step");
    had_each(const uint32_t, wait, &step->waits)
        had_buffer_printf(out, "%s%u", wait == step->waits.items ? " " : ", ", *wait + 1);
    had_buffer_char(out, '\n');
}

static void add_where(struct had_buffer *out, struct had_arena *arena, const char *command,
                      const struct had_stack *stack)
{
    had_buffer_printf(out, "aws cloudformation %s --profile ", command);
    add_word(out, arena, stack->account);
    had_buffer_printf(out, " --region " HAD_FMT " --stack-name " HAD_FMT, HAD_ARG(stack->region),
                      HAD_ARG(stack->stack_name));
}

static void add_stack(struct had_buffer *out, struct had_arena *arena,
                      const struct had_graph *graph, const struct had_step *step)
{
    const struct had_stack *stack = step->stack;
    had_buffer_c(out, "- Owner: ");
    if (stack->deploy_role.len) {
        had_buffer_c(out, "role ");
        add_code(out, stack->deploy_role);
        had_buffer_c(out, " in ");
    }
    had_buffer_c(out, "account ");
    add_code(out, stack->account);
    if (stack->account_id.len)
        had_buffer_printf(out, " (" HAD_FMT ")", HAD_ARG(stack->account_id));
    had_buffer_char(out, '\n');
    add_waits(out, step);
    if (stack->bytes > REQUEST_BYTES_MAX)
        had_buffer_printf(out,
                          "- The template has %u bytes, more than a request holds: set `BUCKET` to "
                          "a bucket of the account, in the Region, that may keep it.\n",
                          stack->bytes);
    had_buffer_c(out, "\n```sh\n");
    add_where(out, arena, "deploy", stack);
    had_buffer_c(out, " \\\n  --template-file ");
    add_word(out, arena, stack->path);
    if (stack->bytes > REQUEST_BYTES_MAX)
        had_buffer_c(out, " --s3-bucket \"$BUCKET\"");
    if (stack->iam)
        had_buffer_c(out, stack->named_iam ? " --capabilities CAPABILITY_NAMED_IAM"
                                           : " --capabilities CAPABILITY_IAM");
    had_buffer_c(out, " \\\n  --no-fail-on-empty-changeset --tags had:spec=");
    add_word(out, arena, graph->spec);
    had_buffer_printf(out, " had:stack=" HAD_FMT, HAD_ARG(stack->name));
    if (step->values.count) {
        had_buffer_c(out, " \\\n  --parameter-overrides");
        had_each(const struct had_bound, bound, &step->values) {
            had_buffer_c(out, " \\\n    ");
            add_value(out, arena, bound);
        }
    }
    had_buffer_char(out, '\n');
    if (!step->update && stack->protect) {
        add_where(out, arena, "update-termination-protection", stack);
        had_buffer_c(out, " \\\n  --enable-termination-protection\n");
    }
    if (!step->update && stack->policy_path.len) {
        add_where(out, arena, "set-stack-policy", stack);
        had_buffer_c(out, " \\\n  --stack-policy-body ");
        add_word(out, arena, had_str_printf(arena, "file://" HAD_FMT, HAD_ARG(stack->policy_path)));
        had_buffer_char(out, '\n');
    }
    had_buffer_c(out, "```\n\nCheck, it prints `");
    had_buffer_c(out, step->update ? "UPDATE_COMPLETE`" : "CREATE_COMPLETE` or `UPDATE_COMPLETE`");
    had_buffer_c(out, ":\n\n```sh\n");
    add_where(out, arena, "describe-stacks", stack);
    had_buffer_c(out, " \\\n  --query 'Stacks[0].StackStatus' --output text\n```\n\n");
    if (step->update) {
        had_buffer_c(out, "Undo: deploy the stack again with the values of its step before.\n\n");
        return;
    }
    had_buffer_c(out, "Undo, once nothing later stands on it:\n\n```sh\n");
    if (stack->protect) {
        add_where(out, arena, "update-termination-protection", stack);
        had_buffer_c(out, " \\\n  --no-enable-termination-protection\n");
    }
    add_where(out, arena, "delete-stack", stack);
    had_buffer_c(out, "\n```\n\n");
}

static void add_values(struct had_buffer *out, struct had_arena *arena, const struct had_step *step)
{
    if (!step->values.count)
        return;
    had_buffer_c(out, "\nValues:\n\n```sh\n");
    had_each(const struct had_bound, bound, &step->values) {
        add_value(out, arena, bound);
        had_buffer_char(out, '\n');
    }
    had_buffer_c(out, "```\n");
}

static void add_item(struct had_buffer *out, const char *title, had_str text)
{
    if (!text.len)
        return;
    had_buffer_printf(out, "- %s: ", title);
    add_md(out, text);
    had_buffer_char(out, '\n');
}

static void add_account(struct had_buffer *out, struct had_arena *arena,
                        const struct had_step *step)
{
    had_buffer_c(out, " --profile ");
    add_word(out, arena, step->account);
    had_buffer_printf(out, " --region " HAD_FMT, HAD_ARG(step->region));
}

/* ---- deliveries ---- */

had_str had_runbook_bucket(struct had_arena *arena, const struct had_step *step)
{
    return step->kind == HAD_STEP_DELIVERY && step->delivery
               ? had_report_prop(arena, step->delivery, "Bucket")
               : (had_str){0};
}

void had_runbook_modules(const struct had_step *step, bool *used)
{
    had_each(const struct had_node *, node, &step->nodes) {
        const struct had_prop *resources = had_node_get(*node, "Resources");
        for (uint32_t i = 0; resources && i < resources->items.count; i++) {
            const struct had_prop *type = had_prop_at(resources->items.items[i], "Type");
            const struct had_dsc_resource *resource =
                type && type->tag == HAD_PROP_TEXT ? had_dsc_resource_find(type->text) : NULL;
            if (resource)
                used[resource->module - had_dsc_modules] = true;
        }
    }
}

/* The modules of all machines that read from a bucket, at the first step that uses it. */
static void add_modules(struct had_buffer *out, struct had_arena *arena,
                        const struct had_steps *steps, uint32_t index)
{
    const struct had_step *step = &steps->steps.items[index];
    had_str bucket = had_runbook_bucket(arena, step);
    bool *used = had_new_n(arena, bool, had_dsc_module_count);
    for (uint32_t i = 0; i < steps->steps.count; i++) {
        if (!had_str_eq(had_runbook_bucket(arena, &steps->steps.items[i]), bucket))
            continue;
        if (i < index)
            return;
        had_runbook_modules(&steps->steps.items[i], used);
    }
    had_buffer_c(out,
                 "\nOnce for this bucket, the modules; from a machine with PowerShell and a way "
                 "to the PowerShell Gallery:\n\n```sh\nfor module in");
    for (uint32_t i = 0; i < had_dsc_module_count; i++)
        if (used[i])
            had_buffer_printf(out, " \\\n  %s/%s", had_dsc_modules[i].name,
                              had_dsc_modules[i].version);
    had_buffer_c(out, "\ndo\n"
                      "  name=${module%/*} version=${module#*/}\n"
                      "  pwsh -NoProfile -Command \\\n"
                      "    \"Save-Module -Name $name -RequiredVersion $version -Path modules\"\n"
                      "  (cd \"modules/$module\" && zip -qr - .) >\"${name}_$version.zip\"\n"
                      "  aws s3 cp");
    add_account(out, arena, step);
    had_buffer_c(out, " \"${name}_$version.zip\" ");
    add_word(out, arena, had_str_printf(arena, "s3://" HAD_FMT "/", HAD_ARG(bucket)));
    had_buffer_c(out, "\ndone\n```\n");
}

static uint32_t step_of_stack(const struct had_steps *steps, const struct had_stack *stack)
{
    for (uint32_t i = 0; i < steps->steps.count; i++)
        if (steps->steps.items[i].kind == HAD_STEP_STACK && steps->steps.items[i].stack == stack &&
            !steps->steps.items[i].update)
            return i;
    return 0;
}

/* The compiled form goes where the machine reads it; a stack has the association that applies it.
 */
static void add_association(struct had_buffer *out, struct had_arena *arena,
                            const struct had_steps *steps, uint32_t index)
{
    const struct had_step *step = &steps->steps.items[index];
    const struct had_node *delivery = step->delivery;
    const struct had_stack *stack = steps->stack_of[delivery->id];
    had_str association = had_report_prop(arena, delivery, "AssociationName");
    add_modules(out, arena, steps, index);
    had_buffer_c(out, "\nThe compiled configuration, under a name that its content gives it:\n"
                      "\n```sh\naws s3 cp");
    add_account(out, arena, step);
    had_buffer_c(out, " \\\n  ");
    add_word(out, arena, had_report_prop(arena, delivery, "Configuration"));
    had_buffer_c(out, " \\\n  ");
    add_word(out, arena,
             had_str_printf(arena, "s3://" HAD_FMT "/" HAD_FMT,
                            HAD_ARG(had_runbook_bucket(arena, step)),
                            HAD_ARG(had_delivery_key(steps, delivery))));
    had_buffer_c(out, "\n```\n\n");
    if (stack)
        had_buffer_printf(out, "Step %u applies it. ", step_of_stack(steps, stack) + 1);
    had_buffer_c(out, "Check then: every line begins with `COMPLIANT`. A line that does not says "
                      "what is missing; after a restart, run the association once more.\n\n```sh\n"
                      "aws ssm list-compliance-items");
    add_account(out, arena, step);
    had_buffer_c(out, " \\\n  --resource-types ManagedInstance --resource-ids ");
    const struct had_prop *machine = had_node_get(delivery, "InstanceId");
    if (machine && machine->tag == HAD_PROP_READ)
        had_buffer_printf(out, "\"$" HAD_FMT "\"",
                          HAD_ARG(had_logical_value(arena, machine->read.node,
                                                    had_str_c(machine->read.attribute))));
    had_buffer_c(out, " \\\n  --filters ");
    add_word(
        out, arena,
        had_str_printf(arena, "Key=ComplianceType,Type=EQUAL,Values=" HAD_FMT,
                       HAD_ARG(had_report_prop(arena, delivery, "Parameters.ComplianceType"))));
    had_buffer_c(out, " \\\n  --query 'ComplianceItems[].[Status,Title]' --output text\n"
                      "aws ssm start-associations-once");
    add_account(out, arena, step);
    had_buffer_c(out, " --association-ids \\\n  \"$(aws ssm list-associations");
    add_account(out, arena, step);
    had_buffer_printf(out,
                      " \\\n    --association-filter-list key=AssociationName,value=" HAD_FMT
                      " \\\n"
                      "    --query 'Associations[0].AssociationId' --output text)\"\n```\n",
                      HAD_ARG(association));
}

static void add_delivery(struct had_buffer *out, struct had_arena *arena,
                         const struct had_steps *steps, uint32_t index)
{
    const struct had_step *step = &steps->steps.items[index];
    had_str folder = had_report_dsc_folder(arena, step);
    had_buffer_c(out, "- Machine: ");
    add_md(out, step->machine ? step->machine->address : step->nodes.items[0]->object);
    had_buffer_char(out, '\n');
    if (step->account.len) {
        had_buffer_c(out, "- Owner: account ");
        add_code(out, step->account);
        had_buffer_printf(out, ", " HAD_FMT "\n", HAD_ARG(step->region));
    }
    add_waits(out, step);
    add_values(out, arena, step);
    if (step->delivery)
        add_association(out, arena, steps, index);
    had_buffer_c(out, step->delivery ? "\nBy hand instead, on the machine: apply "
                                     : "\nOn the machine: apply ");
    add_code(out, had_str_printf(arena, HAD_FMT "/" HAD_FMT ".lcm.ps1", HAD_ARG(folder),
                                 HAD_ARG(step->role)));
    had_buffer_c(out, ", then ");
    add_code(out, had_str_printf(arena, HAD_FMT "/" HAD_FMT ".ps1", HAD_ARG(folder),
                                 HAD_ARG(step->role)));
    had_buffer_c(out, " with ");
    add_code(out, had_str_printf(arena, HAD_FMT "/" HAD_FMT ".psd1", HAD_ARG(folder),
                                 HAD_ARG(step->role)));
    had_buffer_c(out,
                 ", until `Test-DscConfiguration -Detailed` says that every resource is in the "
                 "desired state.\n\n");
    if (had_str_is(step->role, "domain-controller"))
        had_buffer_c(out,
                     "Undo: demote the controller with `Uninstall-ADDSDomainController` before "
                     "its instance goes.\n\n");
    else
        had_buffer_c(out, "Undo: by hand; what the configuration made stays in the directory.\n\n");
}

/* A Region is added to a directory where the directory was made, whatever Region it is. */
static had_str region_of_call(const struct had_step *step, const struct had_node *node)
{
    const struct had_prop *primary = had_node_get(node, "PrimaryRegion");
    return primary && primary->tag == HAD_PROP_TEXT ? primary->text : step->region;
}

static void add_gate(struct had_buffer *out, struct had_arena *arena, const struct had_step *step)
{
    const struct had_node *node = step->nodes.items[0];
    add_item(out, "Owner", step->owner.len ? step->owner : step->account);
    add_waits(out, step);
    add_item(out, "Where", had_report_prop(arena, node, "Where"));
    had_str instruction = had_report_prop(arena, node, "Instruction");
    if (instruction.len) {
        add_item(out, "Do", instruction);
    } else { /* a node that these templates do not make */
        had_str operation = had_str_c(node->type && node->type->page ? node->type->page : "");
        if (had_str_starts(operation, "API_"))
            operation = had_str_slice(operation, 4, operation.len);
        had_buffer_c(out, "- Do: call ");
        add_code(out, operation.len ? operation : node->type_name);
        had_buffer_c(out, " in account ");
        add_code(out, step->account);
        had_buffer_printf(out, ", " HAD_FMT "%s\n", HAD_ARG(region_of_call(step, node)),
                          node->props.count ? ", with" : "");
        had_each(const struct had_prop_entry, entry, &node->props) {
            had_buffer_printf(out, "  - " HAD_FMT ": ", HAD_ARG(entry->key));
            add_md(out, had_report_text(arena, entry->value));
            had_buffer_char(out, '\n');
        }
    }
    had_str operation = had_report_prop(arena, node, "Probe.Operation");
    had_str expect = had_report_prop(arena, node, "Probe.Expect");
    if (operation.len)
        add_item(out, "Check",
                 had_str_printf(arena, "`" HAD_FMT "`%s" HAD_FMT, HAD_ARG(operation),
                                expect.len ? " answers " : "", HAD_ARG(expect)));
    else
        add_item(out, "Check", HAD_STR("a person confirms"));
    if (had_node_get(node, "Flows"))
        had_buffer_c(out, "- Flows: `firewall.csv`\n");
    add_item(out, "Undo", had_report_prop(arena, node, "Undo"));
    add_values(out, arena, step);
    had_buffer_char(out, '\n');
}

/* Gates that are for the end only (demotion of a controller). */
static void add_before_destroy(struct had_buffer *out, struct had_arena *arena,
                               const struct had_emit_input *input)
{
    bool title = false;
    had_each(struct had_node *, at, &input->graph->nodes) {
        const struct had_node *node = *at;
        const struct had_prop *probe = had_node_get(node, "Probe.Operation");
        if (node->class != HAD_GATE || !probe || probe->tag != HAD_PROP_TEXT ||
            !had_str_is(probe->text, "destroy") || node->phase > input->options->phase)
            continue;
        if (!title)
            had_buffer_c(out, "## Before anything is destroyed\n\n");
        title = true;
        had_buffer_c(out, "- ");
        add_md(out, node->object);
        had_buffer_c(out, " (");
        add_md(out, had_report_prop(arena, node, "Owner"));
        had_buffer_c(out, "): ");
        add_md(out, had_report_prop(arena, node, "Instruction"));
        had_buffer_char(out, '\n');
    }
    if (title)
        had_buffer_char(out, '\n');
}

static void add_residue(struct had_buffer *out, const struct had_steps *steps)
{
    bool title = false;
    had_each(struct had_stack *, stack, &steps->stacks)
        had_each(const struct had_node *, node, &(*stack)->nodes) {
            if ((*node)->protect == HAD_PROTECT_NONE)
                continue;
            if (!title)
                had_buffer_c(out,
                             "## What stays after an undo\n\nDeleting a stack leaves these, so "
                             "that no identity data is lost by accident. Delete them by hand "
                             "once nobody needs them.\n\n");
            title = true;
            had_buffer_c(out, "- ");
            add_md(out, (*node)->address);
            had_buffer_c(out, " in stack ");
            add_code(out, (*stack)->stack_name);
            had_buffer_c(out, ", account ");
            add_code(out, (*stack)->account);
            had_buffer_char(out, '\n');
        }
}

static void emit(const struct had_emit_input *input, struct had_output *output)
{
    struct had_arena *arena = output->arena;
    struct had_buffer out = {0};
    had_buffer_c(&out, "# Runbook of ");
    add_md(&out, input->graph->spec);
    had_buffer_c(&out,
                 "\n\nThe steps of `manifest.json`, for people. Run the commands in this folder, "
                 "in order. Each account "
                 "of the spec is a profile of the AWS CLI with the account's name, allowed to do "
                 "what its stacks do; `bootstrap/README.md` says how to set up roles for that. "
                 "Commands read the values that earlier stacks gave with this function:\n\n"
                 "```sh\n"
                 "out() { # account Region stack output\n"
                 "  aws cloudformation describe-stacks --profile \"$1\" --region \"$2\" "
                 "--stack-name \"$3\" \\\n"
                 "    --query \"Stacks[0].Outputs[?OutputKey=='$4'].OutputValue\" --output text\n"
                 "}\n"
                 "```\n\n");
    for (uint32_t i = 0; i < input->steps->steps.count; i++) {
        const struct had_step *step = &input->steps->steps.items[i];
        had_buffer_printf(&out, "## %u. ", i + 1);
        add_md(&out, step->title);
        had_buffer_c(&out, "\n\n");
        switch (step->kind) {
        case HAD_STEP_STACK:
            add_stack(&out, arena, input->graph, step);
            break;
        case HAD_STEP_DELIVERY:
            add_delivery(&out, arena, input->steps, i);
            break;
        case HAD_STEP_GATE:
            add_gate(&out, arena, step);
            break;
        }
        had_output_piece(output, HAD_STR("runbook.md"), &out, false);
    }
    add_before_destroy(&out, arena, input);
    add_residue(&out, input->steps);
    had_output_piece(output, HAD_STR("runbook.md"), &out, true);
    if (input->options->deploy_script)
        had_deploy_write(input, output);
}

const struct had_backend had_backend_runbook = {
    .name = "runbook",
    .doc = "the steps for a person, as Markdown",
    .by_default = true,
    .emit = emit,
};
