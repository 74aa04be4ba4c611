/*
 * deploy.sh: the steps of the manifest as a script. Its functions are deploy.sh of this folder;
 * here each step becomes one function of calls with words of the shell, so nothing of the spec is
 * ever anything else than data.
 */
#include "emit/cloudformation/lookup.h"
#include "emit/delivery.h"
#include "emit/digest.h"
#include "emit/dsc/schema.h"
#include "emit/report/report.h"
#include "emit/runbook/runbook.h"
#include "graph/rtype.h"

#include <string.h>

enum { DIGEST_DIGITS = 16 };

/* A word of the shell; what a terminal would act on is written as a number. */
static void add_word(struct had_buffer *out, struct had_arena *arena, had_str text)
{
    bool odd = false;
    for (uint32_t i = 0; i < text.len; i++)
        odd = odd || (unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f;
    if (!odd) {
        had_buffer_str(out, had_shell_word(arena, text));
        return;
    }
    had_buffer_c(out, "$'");
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c == 0x7f)
            had_buffer_printf(out, "\\x%02x", c);
        else if (c == '\'' || c == '\\')
            had_buffer_printf(out, "\\%c", c);
        else
            had_buffer_char(out, (char)c);
    }
    had_buffer_char(out, '\'');
}

static void add_line(struct had_buffer *out, struct had_arena *arena, const char *title,
                     had_str text)
{
    if (!text.len)
        return;
    had_buffer_printf(out, "  line '%s:' ", title);
    add_word(out, arena, had_runbook_line(arena, text));
    had_buffer_char(out, '\n');
}

static void add_account(struct had_buffer *out, struct had_arena *arena,
                        const struct had_step *step)
{
    had_buffer_c(out, "  account ");
    add_word(out, arena, step->account);
    had_buffer_char(out, ' ');
    add_word(out, arena, step->account_id.len ? step->account_id : HAD_STR(""));
    had_buffer_char(out, ' ');
    add_word(out, arena, step->region);
    had_buffer_char(out, '\n');
}

/* ---- stacks ---- */

static bool is_staged(const struct had_stack *stack, had_str name)
{
    had_each(struct had_parameter *, at, &stack->parameters)
        if (had_str_eq((*at)->name, name))
            return (*at)->staged;
    return false;
}

static void add_parameters(struct had_buffer *out, struct had_arena *arena,
                           const struct had_step *step)
{
    had_each(const struct had_bound, bound, &step->values) {
        const struct had_binding *binding = bound->binding;
        bool keeps = !step->update && is_staged(step->stack, bound->name);
        had_buffer_c(out, keeps                             ? "  staged "
                          : binding->kind == HAD_BIND_VALUE ? "  literal "
                                                            : "  value ");
        had_buffer_str(out, bound->name);
        had_buffer_char(out, ' ');
        if (binding->kind == HAD_BIND_VALUE)
            add_word(out, arena, binding->text);
        else
            had_runbook_binding(out, arena, binding);
        had_buffer_char(out, '\n');
    }
}

static had_str role_of(struct had_arena *arena, const struct had_stack *stack)
{
    if (!stack->deploy_role.len || !stack->account_id.len)
        return HAD_STR("-");
    return had_str_printf(arena, "arn:" HAD_FMT ":iam::" HAD_FMT ":role/" HAD_FMT,
                          HAD_ARG(stack->partition), HAD_ARG(stack->account_id),
                          HAD_ARG(had_role_name(arena, stack->deploy_role, HAD_ROLE_STACKS)));
}

static void add_tag(struct had_buffer *out, const char *key, had_str value)
{
    had_buffer_printf(out, "{\"Key\":\"%s\",\"Value\":\"", key);
    for (uint32_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '"' || value.ptr[i] == '\\')
            had_buffer_char(out, '\\');
        had_buffer_char(out, value.ptr[i]);
    }
    had_buffer_c(out, "\"}");
}

static void add_stack(struct had_buffer *out, struct had_arena *arena,
                      const struct had_graph *graph, const struct had_step *step)
{
    const struct had_stack *stack = step->stack;
    add_account(out, arena, step);
    had_buffer_printf(out, "  stack " HAD_FMT "\n", HAD_ARG(stack->stack_name));
    add_parameters(out, arena, step);
    had_buffer_printf(out, "  deploy " HAD_FMT " ", HAD_ARG(stack->stack_name));
    add_word(out, arena, stack->path);
    had_buffer_c(out, !stack->iam        ? " - "
                      : stack->named_iam ? " CAPABILITY_NAMED_IAM "
                                         : " CAPABILITY_IAM ");
    add_word(out, arena, stack->policy_path.len ? stack->policy_path : HAD_STR("-"));
    had_buffer_printf(out, " %s ", stack->protect ? "yes" : "no");
    add_word(out, arena, role_of(arena, stack));
    struct had_buffer tags = {0};
    add_tag(&tags, "had:spec", had_runbook_line(arena, graph->spec));
    had_buffer_char(&tags, ',');
    add_tag(&tags, "had:stack", stack->name);
    had_buffer_c(out, " \\\n    ");
    add_word(out, arena, had_buffer_view(&tags));
    had_buffer_free(&tags);
    had_buffer_char(out, '\n');
}

/* ---- what people do ---- */

static void add_values(struct had_buffer *out, struct had_arena *arena, const struct had_step *step)
{
    had_each(const struct had_bound, bound, &step->values) {
        had_buffer_printf(out, "  line '" HAD_FMT ":' ", HAD_ARG(bound->name));
        if (bound->binding->kind == HAD_BIND_VALUE)
            add_word(out, arena, had_runbook_line(arena, bound->binding->text));
        else
            had_runbook_binding(out, arena, bound->binding);
        had_buffer_char(out, '\n');
    }
}

static void add_gate(struct had_buffer *out, struct had_arena *arena, const struct had_step *step)
{
    const struct had_node *node = step->nodes.items[0];
    add_line(out, arena, "Owner", step->owner.len ? step->owner : step->account);
    add_line(out, arena, "Where", had_report_prop(arena, node, "Where"));
    had_str instruction = had_report_prop(arena, node, "Instruction");
    add_line(out, arena, "Do", instruction);
    if (!instruction.len) { /* a node that these templates do not make */
        had_str operation = had_str_c(node->type && node->type->page ? node->type->page : "");
        if (had_str_starts(operation, "API_"))
            operation = had_str_slice(operation, 4, operation.len);
        add_line(out, arena, "Do",
                 had_str_printf(arena, "call " HAD_FMT " in account " HAD_FMT ", " HAD_FMT,
                                HAD_ARG(operation.len ? operation : node->type_name),
                                HAD_ARG(step->account), HAD_ARG(step->region)));
        had_each(const struct had_prop_entry, entry, &node->props)
            add_line(out, arena, "  with",
                     had_str_printf(arena, HAD_FMT " = " HAD_FMT, HAD_ARG(entry->key),
                                    HAD_ARG(had_report_text(arena, entry->value))));
    }
    add_values(out, arena, step);
    if (had_node_get(node, "Flows"))
        had_buffer_c(out, "  line 'Flows:' firewall.csv\n");
    had_str operation = had_report_prop(arena, node, "Probe.Operation");
    had_str arguments = had_report_prop(arena, node, "Probe.Arguments");
    had_str expect = had_report_prop(arena, node, "Probe.Expect");
    add_line(out, arena, "Check",
             operation.len
                 ? had_str_printf(arena, HAD_FMT "%s" HAD_FMT "%s" HAD_FMT, HAD_ARG(operation),
                                  arguments.len ? " with " : "", HAD_ARG(arguments),
                                  expect.len ? " answers " : "", HAD_ARG(expect))
                 : HAD_STR("a person confirms"));
    had_buffer_c(out, "  gate\n");
}

static void add_by_hand(struct had_buffer *out, struct had_arena *arena,
                        const struct had_step *step, uint32_t number)
{
    add_line(out, arena, "Machine",
             step->machine ? step->machine->address : step->nodes.items[0]->object);
    add_values(out, arena, step);
    had_buffer_printf(out,
                      "  line 'Do:' 'apply the configuration on the machine: runbook.md, step "
                      "%u'\n  gate\n",
                      number);
}

/* ---- configurations ---- */

static void add_delivery(struct had_buffer *out, struct had_arena *arena,
                         const struct had_steps *steps, uint32_t index)
{
    const struct had_step *step = &steps->steps.items[index];
    had_str bucket = had_runbook_bucket(arena, step);
    if (!step->delivery || !bucket.len || had_str_find(bucket, '<') >= 0) {
        add_by_hand(out, arena, step, index + 1);
        return;
    }
    add_account(out, arena, step);
    bool *used = had_new_n(arena, bool, had_dsc_module_count);
    had_runbook_modules(step, used);
    for (uint32_t i = 0; i < had_dsc_module_count; i++) {
        if (!used[i])
            continue;
        had_buffer_c(out, "  module ");
        add_word(out, arena, bucket);
        had_buffer_printf(out, " %s_%s.zip\n", had_dsc_modules[i].name, had_dsc_modules[i].version);
    }
    had_buffer_c(out, "  bring ");
    add_word(out, arena, had_report_prop(arena, step->delivery, "Configuration"));
    had_buffer_char(out, ' ');
    add_word(out, arena, bucket);
    had_buffer_char(out, ' ');
    add_word(out, arena, had_delivery_key(steps, step->delivery));
    had_buffer_char(out, '\n');
}

/* ---- the script ---- */

/* Changes where doing the step again would do something else. */
static had_str digest_of(struct had_arena *arena, const struct had_step *step, had_str calls)
{
    struct had_buffer all = {0};
    had_buffer_str(&all, calls);
    if (step->kind == HAD_STEP_STACK)
        had_buffer_str(&all, step->stack->digest);
    had_str digest = had_digest(arena, had_buffer_view(&all));
    had_buffer_free(&all);
    return had_str_slice(digest, 0, DIGEST_DIGITS);
}

void had_deploy_write(const struct had_emit_input *input, struct had_output *output)
{
    struct had_arena *arena = output->arena;
    const struct had_steps *steps = input->steps;
    struct had_buffer out = {0}, list = {0};
    had_buffer_c(&out, "#!/usr/bin/env bash\n# Deploys ");
    had_buffer_str(&out, had_runbook_line(arena, input->graph->spec));
    had_buffer_c(&out, ": the steps of manifest.json. Written by had, and written anew by the next "
                       "build.\n");
    had_buffer_str(&out, had_deploy_script);
    bool china = false;
    had_each(struct had_stack *, stack, &steps->stacks)
        china = china || had_str_is((*stack)->partition, "aws-cn");
    if (china)
        had_buffer_c(&out, "\nsuffix=amazonaws.com.cn\n");
    had_buffer_c(&list, "\nall_steps() {\n");
    for (uint32_t i = 0; i < steps->steps.count; i++) {
        const struct had_step *step = &steps->steps.items[i];
        struct had_buffer calls = {0};
        switch (step->kind) {
        case HAD_STEP_STACK:
            add_stack(&calls, arena, input->graph, step);
            break;
        case HAD_STEP_DELIVERY:
            add_delivery(&calls, arena, steps, i);
            break;
        case HAD_STEP_GATE:
            add_gate(&calls, arena, step);
            break;
        }
        had_str text = had_buffer_view(&calls);
        had_buffer_printf(&list, "  step %u ", i + 1);
        add_word(&list, arena, had_runbook_line(arena, step->id));
        had_buffer_char(&list, ' ');
        add_word(&list, arena, had_runbook_line(arena, step->title));
        had_buffer_printf(&list, " " HAD_FMT " step_%u\n", HAD_ARG(digest_of(arena, step, text)),
                          i + 1);
        had_buffer_printf(&out, "\nstep_%u() {\n" HAD_FMT "}\n", i + 1, HAD_ARG(text));
        had_buffer_free(&calls);
    }
    if (!steps->steps.count)
        had_buffer_c(&list, "  :\n");
    had_buffer_c(&list, "}\n\nmain \"$@\"\n");
    had_buffer_str(&out, had_buffer_view(&list));
    had_buffer_free(&list);
    had_output_add(output, HAD_STR("deploy.sh"), had_buffer_view(&out));
    had_buffer_free(&out);
}
