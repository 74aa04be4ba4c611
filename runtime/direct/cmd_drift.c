/* had drift: what others changed or removed, for people, for programs, and as findings. */
#include "direct/direct.h"
#include "direct/machines.h"
#include "direct/orphans.h"

#include "diag/render.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_gone(const struct had_plan_step *step)
{
    return (step->action == HAD_PLAN_CREATE && step->record &&
            step->record->status != HAD_RECORD_CREATING) ||
           (step->action == HAD_PLAN_REPLACE && step->leaving);
}

static const char *what_of(const struct had_plan_step *step)
{
    return step->leaving ? "is being removed" : is_gone(step) ? "is gone" : "was changed";
}

static bool is_drift(const struct had_plan_step *step)
{
    if (step->action == HAD_PLAN_CREATE || step->leaving)
        return is_gone(step);
    for (uint32_t i = 0; i < step->changes.count; i++)
        if (step->changes.items[i].outside)
            return true;
    return step->action == HAD_PLAN_VERIFY && step->refused.len > 0;
}

/* "EnableDnsHostnames: applied true, now false" */
static void put_change(struct had_buffer *out, const struct had_change *change)
{
    had_buffer_printf(out, "%s: applied ", change->property);
    had_plan_value(out, change->wanted, UINT32_MAX);
    had_buffer_c(out, ", now ");
    had_plan_value(out, change->old, UINT32_MAX);
}

static void put_text(struct had_buffer *out, const struct had_plan_step *step,
                     const struct had_sources *sources)
{
    had_buffer_safe(out, step->address);
    had_buffer_printf(out, " %s", what_of(step));
    if (step->node && had_span_known(step->node->origin->span)) {
        struct had_place place = had_place_of(sources, step->node->origin->span);
        had_buffer_c(out, "  ");
        had_buffer_safe(out, place.file);
        had_buffer_printf(out, ":%u", place.start.line);
    }
    had_buffer_c(out, "\n");
    had_each(struct had_change, change, &step->changes) {
        if (!change->outside)
            continue;
        had_buffer_c(out, "    ");
        put_change(out, change);
        had_buffer_c(out, "\n");
    }
}

static void report(struct had_diags *diags, const struct had_plan_step *step)
{
    struct had_diag *d =
        had_report(diags, &HAD0781, step->node ? step->node->origin->span : (struct had_span){0},
                   "`" HAD_FMT "` %s%s", HAD_ARG(step->address), what_of(step),
                   is_gone(step) ? "" : " outside the spec");
    had_diag_address(d, step->address);
    struct had_buffer note = {0};
    had_each(struct had_change, change, &step->changes) {
        if (!change->outside)
            continue;
        note.len = 0;
        put_change(&note, change);
        had_diag_note(d, HAD_FMT, HAD_ARG(had_buffer_view(&note)));
    }
    had_buffer_free(&note);
}

static json_t *json_of(const struct had_plan_step *step, const struct had_sources *sources)
{
    static const char *const same[] = {"address", "type", "account", "id", "place"};
    json_t *whole = had_plan_step_json(step, sources), *out = json_object(),
           *changes = json_array();
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        json_object_set(out, same[i], json_object_get(whole, same[i]));
    size_t i;
    json_t *change;
    json_array_foreach(json_object_get(whole, "changes"), i, change)
        if (json_is_true(json_object_get(change, "outside")))
            json_array_append(changes, change);
    json_object_set_new(out, "gone", json_boolean(is_gone(step)));
    json_object_set_new(out, "changes", changes);
    json_decref(whole);
    return out;
}

/* True if there is any. `orphans`: NULL where nobody asked. */
static bool print(struct had_session *s, const struct had_plan *plan,
                  const struct had_machines *machines, const struct had_orphans *orphans)
{
    const struct had_sources *sources = &s->compilation.sources;
    enum had_format format = s->cli->format;
    struct had_diags diags = {.arena = &s->arena};
    struct had_buffer b = {0};
    json_t *objects = json_array();
    bool any = false;
    had_each(struct had_plan_step *, step, &plan->steps) {
        if (!is_drift(*step))
            continue;
        any = true;
        if (format == HAD_FORMAT_SARIF)
            report(&diags, *step);
        else if (format == HAD_FORMAT_JSON)
            json_array_append_new(objects, json_of(*step, sources));
        else
            put_text(&b, *step, sources);
    }
    any |= machines->items.count || (orphans && orphans->items.count);
    if (format == HAD_FORMAT_SARIF) {
        had_machines_report(machines, &diags);
        if (orphans)
            had_orphans_report(orphans, &diags);
        had_diags_sort(&diags);
        had_render_sarif(&b, &diags, sources, had_version());
    } else if (format == HAD_FORMAT_JSON) {
        json_t *document =
            json_pack("{s:i, s:o, s:O, s:o}", "version", 1, "spec", had_json_text(s->state->spec),
                      "objects", objects, "machines", had_machines_json(machines));
        if (orphans)
            json_object_set_new(document, "orphans", had_orphans_json(orphans));
        had_json_write(&b, document);
    } else {
        had_machines_text(&b, machines);
        if (orphans)
            had_orphans_text(&b, orphans);
        if (!any) {
            had_buffer_c(&b, "No drift: ");
            had_buffer_safe(&b, s->state->spec);
            had_buffer_c(&b, " is as it was applied\n");
        }
    }
    json_decref(objects);
    had_cli_print(had_buffer_view(&b));
    had_buffer_free(&b);
    return any;
}

bool had_session_print_drift(struct had_session *s, const struct had_plan *plan)
{
    struct had_machines machines = {0};
    struct had_orphans orphans = {0};
    if (!had_machines_find(s, plan, &machines) ||
        (s->cli->orphans && !had_orphans_find(s, &orphans))) {
        fprintf(stderr, "had %s: interrupted\n", s->cli->command);
        return false;
    }
    return print(s, plan, &machines, s->cli->orphans ? &orphans : NULL);
}

int had_cmd_drift(struct had_cli *cli)
{
    struct had_session s;
    int status = had_session_open(&s, cli, HAD_NEEDS_SPEC | HAD_NEEDS_CLOUD);
    struct had_plan *plan = status == HAD_EXIT_DONE ? had_session_plan(&s) : NULL;
    if (plan) {
        bool any = had_session_print_drift(&s, plan), unreadable = false;
        had_each(struct had_plan_step *, step, &plan->steps)
            unreadable |= (*step)->refused.len > 0 && (*step)->action == HAD_PLAN_KEEP;
        status = had_session_stopped(&s)  ? HAD_EXIT_STOPPED
                 : unreadable             ? HAD_EXIT_FINDINGS
                 : !any                   ? HAD_EXIT_DONE
                 : cli->detailed_exitcode ? 2
                                          : HAD_EXIT_FINDINGS;
        had_plan_free(plan);
    } else if (status == HAD_EXIT_DONE) {
        status = had_session_stopped(&s) ? HAD_EXIT_STOPPED : HAD_EXIT_FINDINGS;
    }
    status = had_session_close(&s, status);
    bool failed = !plan && status != HAD_EXIT_STOPPED;
    return cli->detailed_exitcode && failed ? HAD_EXIT_FINDINGS : status;
}
