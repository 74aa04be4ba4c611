/* What an execution tells to programs. */
#include "apply/apply.h"

#include "diag/render.h"

const char *had_step_end_name(enum had_step_end end)
{
    static const char *const names[] = {"begin", "done", "failed", "blocked", "waiting", "stopped"};
    return names[end];
}

static json_t *text(had_str value, bool there)
{
    return there && value.len ? had_json_text(value) : json_null();
}

/* What every line about a step has: `error` is AWS's or ours, `why` says what is waited for. */
static json_t *step_json(const struct had_plan_step *step, enum had_step_end end, had_str error,
                         const struct had_sources *sources)
{
    struct had_span span = step->node ? step->node->origin->span : (struct had_span){0};
    bool failed = end == HAD_END_FAILED;
    return json_pack("{s:o, s:s, s:i, s:o, s:o, s:o}", "address", had_json_text(step->address),
                     "action", had_step_action_name(step->action), "step", (int)step->number,
                     "error", text(error, failed), "why", text(error, !failed), "place",
                     had_place_json(sources, span));
}

json_t *had_event_json(const struct had_event *event, const struct had_sources *sources)
{
    json_t *line = json_pack("{s:s, s:I, s:I, s:i, s:i}", "event", had_step_end_name(event->end),
                             "at", (json_int_t)event->wall, "took_ms", (json_int_t)event->took_ms,
                             "done", (int)event->done, "all", (int)event->all);
    json_t *step = step_json(event->step, event->end, event->error, sources);
    json_object_update(line, step);
    json_decref(step);
    return line;
}

json_t *had_apply_json(const struct had_apply *apply, const struct had_sources *sources)
{
    json_t *steps = json_array();
    had_each(struct had_plan_step *, at, &apply->plan->steps) {
        const struct had_plan_step *step = *at;
        if (!had_step_does(step))
            continue;
        enum had_step_end end = apply->ends[step->number];
        json_t *line = step_json(step, end, apply->errors[step->number], sources);
        json_object_set_new(line, "end", json_string(had_step_end_name(end)));
        json_array_append_new(steps, line);
    }
    return json_pack("{s:i, s:{s:i, s:i, s:i, s:i, s:i}, s:I, s:o}", "version", 1, "summary",
                     "done", (int)apply->done, "failed", (int)apply->failed, "blocked",
                     (int)apply->blocked, "waiting", (int)apply->waiting, "stopped",
                     (int)apply->stopped, "calls", (json_int_t)apply->calls, "steps", steps);
}
