#include "resource/op_inside.h"

void had_op_begin_steps(struct had_op *op, enum had_op_stage stage)
{
    static const char *const names[] = {"create", "update", "update", "delete"};
    struct had_op_inside *in = op->inside;
    in->phase = STEPPING;
    in->stage = stage;
    in->steps = json_object_get(op->in.driver->spec, names[stage]);
    in->step = 0;
    in->open = false;
    in->ran = false;
    in->create_only_rest = stage == STAGE_CREATE && op->in.record->id.len > 0;
    had_op_advance(op);
}

static bool stated(const struct had_op *op, const json_t *when)
{
    for (size_t i = 0; i < json_array_size(when); i++)
        if (json_object_get(op->in.desired, json_string_value(json_array_get(when, i))))
            return true;
    return false;
}

static bool changed(const struct had_op *op, const json_t *when)
{
    for (size_t i = 0; i < json_array_size(when); i++)
        if (had_op_has_word(op->in.changed, json_string_value(json_array_get(when, i))))
            return true;
    return false;
}

static bool wanted(const struct had_op *op, const json_t *step)
{
    const struct had_op_inside *in = op->inside;
    struct had_scope scope = had_op_scope(op, NULL, NULL);
    json_t *yes = json_object_get(step, "if"), *no = json_object_get(step, "unless");
    json_t *when = json_incref(json_object_get(step, "when"));
    bool is_wanted = true;
    if (!when && json_object_get(step, "each"))
        when = json_pack("[O]", json_object_get(step, "each"));
    if (in->stage == STAGE_AFTER)
        is_wanted = json_is_true(json_object_get(step, "after")) && (!when || stated(op, when));
    else if (in->stage == STAGE_UPDATE)
        is_wanted = when && changed(op, when);
    else if (in->stage == STAGE_CREATE && in->create_only_rest)
        is_wanted = !json_object_get(step, "id");
    json_decref(when);
    json_t *value = is_wanted && yes ? had_template(yes, &scope) : NULL;
    if (yes && is_wanted)
        is_wanted = value && !json_is_false(value);
    json_decref(value);
    value = is_wanted && no ? had_template(no, &scope) : NULL;
    if (no && is_wanted)
        is_wanted = !value || json_is_false(value);
    json_decref(value);
    return is_wanted;
}

static const json_t *same_key(const json_t *list, const json_t *item, const char *key)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *other = json_array_get(list, i);
        const json_t *a = key ? json_object_get(item, key) : item;
        const json_t *b = key ? json_object_get(other, key) : other;
        if (a && b && had_value_equal(a, b, true, false))
            return other;
    }
    return NULL;
}

static void work_add(json_t *work, const json_t *step, const json_t *item, const json_t *old)
{
    if (step)
        json_array_append_new(
            work, json_pack("{s:O, s:O?, s:O?}", "step", step, "item", item, "old", old));
}

/* A step as the calls that it takes now: adds, then replacements, then removals. */
static json_t *lay_out(struct had_op *op, const json_t *step)
{
    json_t *work = json_array();
    struct had_scope scope = had_op_scope(op, NULL, NULL);
    const char *each = json_string_value(json_object_get(step, "each"));
    const char *key = json_string_value(json_object_get(step, "key"));
    json_t *for_each = json_object_get(step, "for");
    if (each) {
        const json_t *want = json_object_get(op->in.desired, each);
        const json_t *source = op->in.live ? op->in.live : op->live;
        json_t *of = json_object_get(step, "of"), *have = of ? had_template(of, &scope) : NULL;
        if (!have)
            have = json_incref(json_object_get(source, each));
        if (!have && op->in.record->applied && op->inside->stage == STAGE_UPDATE)
            have = json_incref(json_object_get(op->in.record->applied, each));
        const json_t *replace = json_object_get(step, "replace");
        if (!replace)
            replace = json_object_get(step, "add");
        for (size_t i = 0; i < json_array_size(want); i++) {
            const json_t *item = json_array_get(want, i), *old = same_key(have, item, key);
            if (!old)
                work_add(work, json_object_get(step, "add"), item, NULL);
            else if (!had_value_equal(item, old, true, true))
                work_add(work, replace, item, old);
        }
        for (size_t i = 0; i < json_array_size(have); i++) {
            const json_t *item = json_array_get(have, i);
            if (!same_key(want, item, key))
                work_add(work, json_object_get(step, "remove"), item, NULL);
        }
        json_decref(have);
    } else if (for_each) {
        json_t *items = had_template(for_each, &scope);
        for (size_t i = 0; i < json_array_size(items); i++)
            work_add(work, step, json_array_get(items, i), NULL);
        json_decref(items);
    } else {
        work_add(work, step, NULL, NULL);
    }
    return work;
}

static void steps_through(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    in->since = had_op_now(op);
    in->wait_ms = 0;
    switch (in->stage) {
    case STAGE_CREATE:
        if (op->in.record->id.len == 0) {
            had_op_fail(op, "its making told no id");
            return;
        }
        had_op_begin_read(op, READ_UNTIL_THERE);
        return;
    case STAGE_AFTER:
        if (in->ran)
            had_op_begin_read(op, READ_UNTIL_THERE);
        else
            had_op_settle(op);
        return;
    case STAGE_UPDATE:
        had_op_begin_read(op, READ_UNTIL_THERE);
        return;
    case STAGE_DELETE:
        if (json_array_size(in->steps) == 0) /* it goes with something else */
            had_op_finish(op, HAD_OP_DONE);
        else
            had_op_begin_read(op, READ_UNTIL_GONE);
        return;
    }
}

static const json_t *current(const struct had_op *op, const json_t **item, const json_t **old)
{
    const json_t *work = json_array_get(op->inside->work, op->inside->at);
    *item = json_object_get(work, "item");
    *old = json_object_get(work, "old");
    return json_object_get(work, "step");
}

void had_op_step_next(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    const json_t *item, *old;
    if (in->waiting) {
        current(op, &item, &old);
        had_op_want_call(op, in->waiting, item, old, false);
        return;
    }
    for (;;) {
        if (in->open && in->at < json_array_size(in->work)) {
            const json_t *step = current(op, &item, &old);
            in->ran = true;
            had_op_want_call(op, step, item, old, true);
            return;
        }
        if (in->open) {
            in->open = false;
            in->step++;
            if (json_is_true(json_object_get(json_array_get(in->steps, in->step - 1), "ready"))) {
                in->back_to_steps = true;
                in->since = had_op_now(op);
                had_op_begin_read(op, READ_UNTIL_THERE);
                return;
            }
        }
        if (in->step >= json_array_size(in->steps)) {
            steps_through(op);
            return;
        }
        const json_t *step = json_array_get(in->steps, in->step);
        if (!wanted(op, step)) {
            in->step++;
            continue;
        }
        json_decref(in->work);
        in->work = lay_out(op, step);
        in->at = 0;
        in->open = true;
        in->retry_since = 0;
        in->blind = 0;
        in->wait_ms = 0;
    }
}

/* The current call is through. */
static void step_passed(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    in->waiting = NULL;
    in->at++;
    in->retry_since = 0;
    in->blind = 0;
    in->wait_ms = 0;
    had_op_advance(op);
}

void had_op_wait_answered(struct had_op *op, const struct had_aws_result *result)
{
    struct had_op_inside *in = op->inside;
    const json_t *unused;
    if (result->outcome != HAD_AWS_DONE) {
        if (had_code_in(json_object_get(in->waiting, "gone"), &result->error))
            step_passed(op);
        else
            had_op_fail_by_aws(op, result, had_step_operation(in->waiting, &unused));
        return;
    }
    struct had_scope scope = had_op_scope(op, NULL, NULL);
    const json_t *state = json_object_get(in->waiting, "state");
    enum had_op_standing standing = had_op_standing_of(op, state, result->value, &scope);
    const json_t *within = json_object_get(in->waiting, "within");
    int64_t limit = json_is_number(within) ? (int64_t)json_number_value(within) * 1000
                                           : op->in.driver->within_ms;
    if (standing == STANDING_READY || standing == STANDING_MISSING) {
        step_passed(op);
    } else if (standing == STANDING_FAILED) {
        had_op_unmade(op);
        had_op_fail(op, "%s says `" HAD_FMT "`", had_step_operation(in->waiting, &unused),
                    HAD_ARG(op->state));
    } else if (had_op_now(op) - in->since > limit) {
        had_op_fail(op, "%s still says `" HAD_FMT "`", had_step_operation(in->waiting, &unused),
                    HAD_ARG(op->state));
    } else {
        had_op_doze(op, op->in.driver->every_ms[0], op->in.driver->every_ms[1]);
    }
}

/* AWS may not show everywhere what this run has just made, though it has been seen. */
static bool unseen_yet(const struct had_op *op, const struct had_aws_error *error)
{
    const struct had_op_inside *in = op->inside;
    const json_t *reads = json_object_get(op->in.driver->spec, "read");
    bool just_made =
        in->stage == STAGE_AFTER || (in->stage == STAGE_CREATE && op->in.record->id.len > 0);
    return just_made && had_code_in(json_object_get(json_array_get(reads, 0), "gone"), error);
}

/* True where the step is as good as done; else something is wanted or it is over. */
static bool step_refused(struct had_op *op, const json_t *step, const struct had_aws_result *result)
{
    struct had_op_inside *in = op->inside;
    const json_t *unused;
    bool gives_id = json_object_get(step, "id") != NULL;
    /* before `retry`, which may name the same code for other reasons */
    if (had_code_in(json_object_get(step, "exists"), &result->error)) {
        if (gives_id && in->rounds++ > 1) {
            had_op_fail(op, "%s says that it is there, and nothing finds it: " HAD_FMT,
                        had_step_operation(step, &unused), HAD_ARG(result->error.message));
            return false;
        }
        if (gives_id && json_object_get(op->in.driver->spec, "find")) {
            in->unknown |= json_is_true(json_object_get(step, "adopt"));
            in->patience = had_op_now(op) + LAG_MS;
            had_op_begin_find(op);
            return false;
        }
        return true;
    }
    if (had_code_in(json_object_get(step, "gone"), &result->error) ||
        had_code_in(json_object_get(step, "ignore"), &result->error))
        return true;
    bool retry = had_code_in(json_object_get(step, "retry"), &result->error);
    if (retry || unseen_yet(op, &result->error)) {
        if (in->retry_since == 0)
            in->retry_since = had_op_now(op);
        if (had_op_now(op) - in->retry_since < (retry ? STEP_RETRY_MS : LAG_MS)) {
            had_op_doze(op, op->in.driver->every_ms[0], 30000);
            return false;
        }
    }
    had_op_fail_by_aws(op, result, had_step_operation(step, &unused));
    return false;
}

void had_op_step_answered(struct had_op *op, const struct had_aws_result *result)
{
    struct had_op_inside *in = op->inside;
    const json_t *item, *old, *unused;
    const json_t *step = current(op, &item, &old);
    bool gives_id = json_object_get(step, "id") != NULL;
    struct had_record *record = op->in.record;
    if (result->outcome == HAD_AWS_UNKNOWN) {
        if (in->stage == STAGE_CREATE && (gives_id || record->id.len == 0)) {
            /* it may exist: only a look can tell, and AWS may show it late */
            in->unknown = true;
            in->patience = had_op_now(op) + LAG_MS;
            in->wait_ms = 0;
            had_op_begin_find(op);
        } else if (in->blind++ < BLIND_MAX) {
            had_op_doze(op, 1000, 10000);
        } else {
            had_op_fail_by_aws(op, result, had_step_operation(step, &unused));
        }
        return;
    }
    if (result->outcome == HAD_AWS_FAILED && !step_refused(op, step, result))
        return;
    had_op_drop_answer(op);
    in->answer = result->outcome == HAD_AWS_DONE ? json_incref(result->value) : NULL;
    struct had_scope scope = had_op_scope(op, item, old);
    had_op_collect(&scope, json_object_get(step, "note"), NULL, &record->extra);
    had_op_collect(&scope, json_object_get(step, "attributes"), NULL, &record->attributes);
    const json_t *wait = json_object_get(step, "wait");
    if (wait && in->answer) {
        in->waiting = wait;
        in->since = had_op_now(op);
        in->wait_ms = 0;
    }
    if (gives_id && in->stage == STAGE_CREATE) {
        had_str id = had_template_text(&in->arena, json_object_get(step, "id"), &scope);
        if (id.len == 0) {
            had_op_fail(op, "the answer of %s tells no id", had_step_operation(step, &unused));
            return;
        }
        had_op_set_text(op, &record->id, id);
        in->unknown = false;
        if (!in->waiting)
            in->at++;
        had_op_sync(op);
        return;
    }
    if (in->waiting)
        had_op_advance(op);
    else
        step_passed(op);
}
