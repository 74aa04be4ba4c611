/* The order of steps, and the time that they take. */
#include "plan/internal.h"

#include <string.h>

/*
 * What is made anew is taken away when all that its successor needs is there, not before: that is
 * as short as it can be gone. Not where the successor needs something that some removal comes
 * before.
 */
void had_order_removals(struct had_builder *b)
{
    const struct had_plan *plan = b->plan;
    bool *behind = had_new_n(b->arena, bool, plan->steps.count + 1); /* some removal */
    bool more = true;
    while (more) { /* steps stand behind most of what they wait for: two rounds, as a rule */
        more = false;
        had_each(struct had_plan_step *, at, &plan->steps) {
            const struct had_plan_step *step = *at;
            bool is = step->action == HAD_PLAN_DELETE;
            had_each(const uint32_t, before, &step->after)
                is |= behind[*before];
            more |= is && !behind[step->number];
            behind[step->number] |= is;
        }
    }
    for (uint32_t i = 0; b->d->graph && i < b->d->graph->nodes.count; i++) {
        const struct had_plan_step *making =
            b->removal[i] && !b->first[i]->first ? b->first[i] : NULL;
        for (uint32_t k = 0; making && k < making->after.count; k++)
            if (!behind[making->after.items[k]])
                had_wait_for(b, b->removal[i], plan->steps.items[making->after.items[k]]);
    }
}

/* ---- order, times ---- */

static uint32_t seconds_of(const struct had_builder *b, const struct had_plan_step *step)
{
    if (step->action == HAD_PLAN_KEEP || step->action == HAD_PLAN_NOTHING ||
        step->action == HAD_PLAN_FORGET || step->action == HAD_PLAN_VERIFY)
        return 0;
    had_str type = step->node ? step->node->type_name : step->record->type;
    const struct had_driver *driver = had_driver_find(&b->d->drivers, type);
    bool makes = step->action == HAD_PLAN_CREATE || step->action == HAD_PLAN_REPLACE;
    const char *key = makes ? "usual" : step->action == HAD_PLAN_DELETE ? "removal" : "";
    const json_t *seconds = driver ? json_object_get(driver->spec, key) : NULL;
    return json_is_integer(seconds) ? (uint32_t)json_integer_value(seconds) : 3;
}

struct had_plan_users had_plan_users(const struct had_plan *plan, struct had_arena *arena)
{
    uint32_t count = plan->steps.count;
    uint32_t *start = had_new_n(arena, uint32_t, count + 2);
    for (uint32_t i = 0; i < count; i++)
        had_each(const uint32_t, before, &plan->steps.items[i]->after)
            start[*before + 2]++;
    for (uint32_t i = 0; i < count; i++)
        start[i + 2] += start[i + 1];
    uint32_t *items = had_new_n(arena, uint32_t, start[count + 1] + 1);
    for (uint32_t i = 0; i < count; i++)
        had_each(const uint32_t, before, &plan->steps.items[i]->after)
            items[start[*before + 1]++] = i;
    return (struct had_plan_users){start, items};
}

/* Sorts the steps so that each stands behind what it waits for; false if they wait in a circle. */
bool had_order_steps(struct had_builder *b, had_str *error)
{
    struct had_plan *plan = b->plan;
    uint32_t count = plan->steps.count, placed = 0, begin = 0;
    uint32_t *open = had_new_n(b->arena, uint32_t, count + 1);
    struct had_plan_users users = had_plan_users(plan, b->arena);
    struct had_plan_step **sorted = had_new_n(b->arena, struct had_plan_step *, count + 1);
    for (uint32_t i = 0; i < count; i++)
        open[i] = plan->steps.items[i]->after.count;
    for (uint32_t i = 0; i < count; i++)
        if (open[i] == 0)
            sorted[placed++] = plan->steps.items[i];
    while (begin < placed) {
        uint32_t at = sorted[begin++]->number;
        for (uint32_t k = users.start[at]; k < users.start[at + 1]; k++)
            if (--open[users.items[k]] == 0)
                sorted[placed++] = plan->steps.items[users.items[k]];
    }
    if (placed < count) {
        had_str stuck = {0};
        for (uint32_t i = 0; i < count && !stuck.len; i++)
            if (open[i])
                stuck = plan->steps.items[i]->address;
        *error = had_str_printf(
            b->arena,
            "the changes wait for each other in a circle at `" HAD_FMT
            "`: make the change in two steps, first the new object under another name",
            HAD_ARG(stuck));
        return false;
    }
    for (uint32_t i = count; i-- > 0;) {
        struct had_plan_step *step = sorted[i];
        step->seconds = seconds_of(b, step);
        uint32_t later = 0;
        for (uint32_t k = users.start[step->number]; k < users.start[step->number + 1]; k++) {
            uint32_t longest = plan->steps.items[users.items[k]]->longest;
            later = longest > later ? longest : later;
        }
        step->longest = step->seconds + later;
        plan->seconds = step->longest > plan->seconds ? step->longest : plan->seconds;
    }
    /* numbers follow the order */
    uint32_t *number = had_new_n(b->arena, uint32_t, count + 1);
    for (uint32_t i = 0; i < count; i++)
        number[sorted[i]->number] = i;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < sorted[i]->after.count; k++)
            sorted[i]->after.items[k] = number[sorted[i]->after.items[k]];
        sorted[i]->number = i;
        plan->steps.items[i] = sorted[i];
    }
    return true;
}
