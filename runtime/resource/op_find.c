#include "resource/op_inside.h"

void had_op_begin_find(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    in->phase = FINDING;
    in->finders = json_object_get(op->in.driver->spec, "find");
    in->finder = 0;
    in->asking = NOT_ASKING;
    json_decref(in->candidates);
    in->candidates = NULL;
    had_op_advance(op);
}

static void found_none(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    if (op->in.action == HAD_DO_READ) {
        had_op_finish(op, HAD_OP_MISSING);
        return;
    }
    if (had_op_now(op) < in->patience) {
        had_op_doze(op, op->in.driver->every_ms[0], 30000);
        return;
    }
    in->wait_ms = 0;
    if (op->in.action == HAD_DO_AWAIT) {
        op->state = HAD_STR("not there");
        had_op_look_again(op);
    } else if (op->in.action == HAD_DO_REMOVE)
        had_op_finish(op, HAD_OP_DONE);
    else
        had_op_begin_steps(op, STAGE_CREATE);
}

static bool only_looks(const struct had_op *op)
{
    return op->in.action == HAD_DO_READ || op->in.action == HAD_DO_AWAIT;
}

static void found_ours(struct had_op *op, had_str id)
{
    struct had_op_inside *in = op->inside;
    had_op_set_text(op, &op->in.record->id, id);
    in->wait_ms = 0;
    in->unknown = false;
    if (only_looks(op))
        had_op_begin_read(op, op->in.action == HAD_DO_READ ? READ_ONCE : READ_UNTIL_THERE);
    else if (op->in.action == HAD_DO_REMOVE)
        had_op_begin_steps(op, STAGE_DELETE);
    else
        had_op_begin_steps(op, STAGE_CREATE); /* what is left of it */
}

static void found_foreign(struct had_op *op, had_str id, had_str owner, had_str stack)
{
    op->error =
        stack.len
            ? had_str_printf(&op->inside->arena,
                             "`" HAD_FMT "` is there already and belongs to stack `" HAD_FMT "`",
                             HAD_ARG(id), HAD_ARG(stack))
        : owner.len
            ? had_str_printf(&op->inside->arena,
                             "`" HAD_FMT "` is there already and belongs to deployment `" HAD_FMT
                             "`",
                             HAD_ARG(id), HAD_ARG(owner))
            : had_str_printf(&op->inside->arena,
                             "`" HAD_FMT "` is there already and was not made by this deployment",
                             HAD_ARG(id));
    op->in.record->reason = had_str_dup(op->in.arena, op->error);
    had_op_finish(op, HAD_OP_FOREIGN);
}

/* Whose a candidate is, by its tags; an object without ours is somebody else's. */
static void judge(struct had_op *op, const json_t *tags)
{
    struct had_op_inside *in = op->inside;
    had_str token = had_tag_text(tags, "had:token");
    if (only_looks(op) || had_str_eq(token, op->in.record->token))
        found_ours(op, in->found);
    else if (op->in.action == HAD_DO_REMOVE)
        found_none(op);
    else
        found_foreign(op, in->found, had_tag_text(tags, "had:deployment"),
                      had_tag_text(tags, "aws:cloudformation:stack-id"));
}

static bool is_over(const struct had_op *op, const json_t *finder, const json_t *item,
                    const struct had_scope *scope)
{
    const json_t *state = json_object_get(finder, "state");
    if (!state)
        state = json_object_get(json_array_get(json_object_get(op->in.driver->spec, "read"), 0),
                                "state");
    const char *path = json_string_value(json_object_get(state, "at"));
    json_t *value = path ? had_path(item, path, scope) : NULL;
    const char *word = json_string_value(value);
    bool over = word && (had_op_has_word(json_object_get(state, "gone"), word) ||
                         had_op_has_word(json_object_get(state, "deleting"), word));
    json_decref(value);
    return over;
}

static bool matches(const json_t *finder, const json_t *item, const struct had_scope *scope)
{
    const char *key;
    json_t *template;
    json_object_foreach(json_object_get(finder, "match"), key, template) {
        json_t *want = had_template(template, scope), *has = had_path(item, key, scope);
        bool equal = (!want && !has) || (want && has && had_value_equal(want, has, true, false));
        json_decref(want);
        json_decref(has);
        if (!equal)
            return false;
    }
    return true;
}

/* A candidate is one: whose is it? */
static void found_candidate(struct had_op *op, const json_t *finder, const json_t *item)
{
    struct had_op_inside *in = op->inside;
    struct had_scope scope = had_op_scope(op, item, NULL);
    const json_t *confirm = json_object_get(finder, "confirm");
    const char *tags = json_string_value(json_object_get(finder, "tags"));
    if (confirm && !only_looks(op)) {
        in->asking = CONFIRMING;
        had_op_want_call(op, confirm, item, NULL, false);
    } else if (json_is_true(json_object_get(finder, "ours"))) {
        found_ours(op, in->found);
    } else if (tags) {
        json_t *value = had_path(item, tags, &scope);
        judge(op, value);
        json_decref(value);
    } else if (only_looks(op) || op->in.resumed || in->unknown ||
               json_is_true(json_object_get(finder, "adopt"))) {
        found_ours(op, in->found);
    } else {
        found_foreign(op, in->found, (had_str){0}, (had_str){0});
    }
}

/* Goes on with the candidates of one finder; true if something is wanted or over. */
static bool next_candidate(struct had_op *op, const json_t *finder)
{
    struct had_op_inside *in = op->inside;
    while (in->candidate < json_array_size(in->candidates)) {
        json_t *item = json_array_get(in->candidates, in->candidate++);
        struct had_scope scope = had_op_scope(op, item, NULL);
        if (is_over(op, finder, item, &scope) || !matches(finder, item, &scope))
            continue;
        in->found = had_template_text(&in->arena, json_object_get(finder, "id"), &scope);
        if (in->found.len == 0)
            continue;
        const json_t *describe = json_object_get(finder, "describe");
        if (describe) {
            in->asking = DESCRIBING;
            had_op_want_call(op, describe, item, NULL, false);
        } else {
            found_candidate(op, finder, item);
        }
        return true;
    }
    return false;
}

void had_op_find_next(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    if (in->candidates) {
        if (next_candidate(op, json_array_get(in->finders, in->finder)))
            return;
        json_decref(in->candidates);
        in->candidates = NULL;
        in->finder++;
    }
    while (in->finder < json_array_size(in->finders)) {
        const json_t *finder = json_array_get(in->finders, in->finder);
        const json_t *yes = json_object_get(finder, "if");
        struct had_scope scope = had_op_scope(op, NULL, NULL);
        json_t *value = yes ? had_template(yes, &scope) : NULL;
        bool skip = yes && (!value || json_is_false(value));
        /* without a token, who is asked for ours by it would name whatever is there first */
        skip |= op->in.record->token.len == 0 && json_is_true(json_object_get(finder, "ours"));
        json_decref(value);
        if (!skip)
            break;
        in->finder++;
    }
    if (in->finder >= json_array_size(in->finders)) {
        found_none(op);
        return;
    }
    had_op_want_call(op, json_array_get(in->finders, in->finder), NULL, NULL, false);
}

void had_op_find_answered(struct had_op *op, const struct had_aws_result *result)
{
    struct had_op_inside *in = op->inside;
    const json_t *finder = json_array_get(in->finders, in->finder), *unused;
    struct had_scope scope = had_op_scope(op, NULL, NULL);
    if (in->asking == DESCRIBING) {
        const json_t *describe = json_object_get(finder, "describe");
        in->asking = NOT_ASKING;
        if (result->outcome != HAD_AWS_DONE &&
            !had_code_in(json_object_get(describe, "gone"), &result->error)) {
            had_op_fail_by_aws(op, result, had_step_operation(describe, &unused));
        } else if (result->outcome == HAD_AWS_DONE && matches(describe, result->value, &scope)) {
            found_candidate(op, finder, json_array_get(in->candidates, in->candidate - 1));
        } else {
            had_op_find_next(op);
        }
        return;
    }
    if (in->asking == CONFIRMING) {
        const json_t *confirm = json_object_get(finder, "confirm");
        in->asking = NOT_ASKING;
        if (result->outcome != HAD_AWS_DONE &&
            had_code_in(json_object_get(confirm, "ignore"), &result->error)) {
            /* nothing is written on it: a making that ended before its tags were set leaves it so
             */
            if (op->in.resumed || in->unknown)
                found_ours(op, in->found);
            else
                judge(op, NULL);
            return;
        }
        if (result->outcome != HAD_AWS_DONE) {
            had_op_fail_by_aws(op, result, had_step_operation(confirm, &unused));
            return;
        }
        const char *path = json_string_value(json_object_get(confirm, "tags"));
        json_t *tags = had_path(result->value, path ? path : "Tags", &scope);
        judge(op, tags);
        json_decref(tags);
        return;
    }
    if (result->outcome != HAD_AWS_DONE) {
        if (!had_code_in(json_object_get(finder, "gone"), &result->error)) {
            had_op_fail_by_aws(op, result, had_step_operation(finder, &unused));
            return;
        }
        in->finder++;
        had_op_find_next(op);
        return;
    }
    scope.answer = result->value;
    const char *path = json_string_value(json_object_get(finder, "items"));
    json_t *items = path ? had_path(result->value, path, &scope) : json_incref(result->value);
    json_decref(in->candidates);
    in->candidates = json_is_array(items) ? items : items ? json_pack("[o]", items) : json_array();
    in->candidate = 0;
    had_op_find_next(op);
}
