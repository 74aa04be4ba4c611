/*
 * Machines that are not as their configurations say. Deliveries (associations that apply a
 * configuration, or only watch it) leave the outcome of each run with Systems Manager as
 * compliance; `had drift` reads it there, and asks no machine itself.
 */
#include "direct/machines.h"

#include "aws/model.h"
#include "aws/value.h"
#include "diag/render.h"
#include "emit/delivery.h"

#include <string.h>

struct asked {
    struct had_session *s;
    struct had_machines *out;
    const struct had_plan_step *step;
    had_str instance, kind;
    json_t *params;
    uint32_t *open;
};

static had_str text_at(const json_t *value, const char *first, const char *second)
{
    const json_t *found = json_object_get(value, first);
    return had_str_c(json_string_value(second ? json_object_get(found, second) : found));
}

static void answered(void *context, const struct had_aws_result *result)
{
    struct asked *asked = context;
    struct had_arena *arena = &asked->s->arena;
    --*asked->open;
    if (result->outcome != HAD_AWS_DONE) {
        *had_push(arena, &asked->out->unread) =
            had_str_printf(arena, HAD_FMT ": " HAD_FMT " " HAD_FMT, HAD_ARG(asked->step->address),
                           HAD_ARG(result->error.code), HAD_ARG(result->error.message));
        return;
    }
    struct had_machine machine = {.step = asked->step, .instance = asked->instance};
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(result->value, "ComplianceItems"), i, item) {
        had_str title = text_at(item, "Title", NULL);
        bool own = had_str_eq(text_at(item, "Id", NULL), asked->step->record->id) ||
                   had_str_eq(text_at(item, "ComplianceType", NULL), asked->kind);
        if (!own || !had_str_is(text_at(item, "Status", NULL), "NON_COMPLIANT"))
            continue;
        *had_push(arena, &machine.items) =
            had_str_dup(arena, title.len ? title : text_at(item, "Id", NULL));
    }
    if (machine.items.count)
        *had_push(arena, &asked->out->items) = machine;
}

bool had_machines_find(struct had_session *s, const struct had_plan *plan, struct had_machines *out)
{
    struct had_cloud *cloud = &s->world.cloud;
    const struct had_aws_service *service = had_aws_service_find(HAD_STR("ssm"));
    uint32_t open = 0;
    had_array(struct asked *) all = {0};
    had_array(uint64_t) calls = {0};
    had_each(struct had_plan_step *, at, &plan->steps) {
        const struct had_plan_step *step = *at;
        const struct had_record *record = step->record;
        if (!step->node || !had_is_delivery(step->node) || !record || record->id.len == 0 ||
            step->action == HAD_PLAN_CREATE || step->action == HAD_PLAN_NOTHING)
            continue;
        struct asked *asked = had_new(&s->arena, struct asked);
        *asked = (struct asked){.s = s, .out = out, .step = step, .open = &open};
        asked->instance = text_at(record->applied, "InstanceId", NULL);
        asked->kind = text_at(record->applied, "Parameters", "ComplianceType");
        if (asked->instance.len == 0)
            continue;
        asked->params = json_pack("{s:[s%], s:[s]}", "ResourceIds", asked->instance.ptr,
                                  (size_t)asked->instance.len, "ResourceTypes", "ManagedInstance");
        struct had_aws_call call = {
            .service = service,
            .operation = had_aws_operation_find(service, HAD_STR("ListComplianceItems")),
            .params = asked->params,
            .region = record->region,
            .role = had_deployment_role(&s->deployment, record->account_id),
            .pages = true,
            .done = answered,
            .context = asked,
        };
        *had_push(&s->arena, &all) = asked;
        open++;
        *had_push(&s->arena, &calls) = cloud->submit(cloud->context, &call);
    }
    bool fine = had_session_wait(s, &open, calls.items, calls.count);
    had_each(struct asked *, asked, &all)
        json_decref((*asked)->params);
    return fine;
}

void had_machines_text(struct had_buffer *out, const struct had_machines *machines)
{
    had_each(const struct had_machine, machine, &machines->items) {
        had_buffer_safe(out, machine->step->node->object);
        had_buffer_c(out, " (");
        had_buffer_safe(out, machine->instance);
        had_buffer_c(out, ") is not as its configuration says\n");
        had_each(const had_str, item, &machine->items) {
            had_buffer_c(out, "    ");
            had_buffer_safe(out, *item);
            had_buffer_c(out, "\n");
        }
    }
    had_each(const had_str, text, &machines->unread) {
        had_buffer_c(out, "not asked whether the machine is as its configuration says: ");
        had_buffer_safe(out, *text);
        had_buffer_c(out, "\n");
    }
}

void had_machines_report(const struct had_machines *machines, struct had_diags *diags)
{
    had_each(const struct had_machine, machine, &machines->items) {
        struct had_diag *d = had_report(diags, &HAD0781, machine->step->node->origin->span,
                                        "machine `" HAD_FMT "` is not as its configuration says",
                                        HAD_ARG(machine->instance));
        had_diag_address(d, machine->step->address);
        had_each(const had_str, item, &machine->items)
            had_diag_note(d, HAD_FMT, HAD_ARG(*item));
    }
}

json_t *had_machines_json(const struct had_machines *machines)
{
    json_t *out = json_array();
    had_each(const struct had_machine, machine, &machines->items) {
        json_t *items = json_array();
        had_each(const had_str, item, &machine->items)
            json_array_append_new(items, had_json_text(*item));
        json_array_append_new(out, json_pack("{s:o, s:o, s:o, s:o}", "address",
                                             had_json_text(machine->step->address), "machine",
                                             had_json_text(machine->step->node->object), "id",
                                             had_json_text(machine->instance), "items", items));
    }
    return out;
}
