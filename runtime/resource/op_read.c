#include "resource/op_inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool had_op_has_word(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text && strcmp(text, word) == 0)
            return true;
    }
    return false;
}

/* Only what is listed as ready is ready: new words of AWS's count as pending until the deadline. */
enum had_op_standing had_op_standing_of(struct had_op *op, const json_t *state, const json_t *item,
                                        const struct had_scope *scope)
{
    struct had_op_inside *in = op->inside;
    const char *path = json_string_value(json_object_get(state, "at"));
    json_t *value = path ? had_path(item, path, scope) : NULL;
    enum had_op_standing standing = STANDING_PENDING;
    json_t *words = json_is_array(value) ? json_incref(value) : json_pack("[O]", value);
    bool all_ready = json_array_size(words) > 0;
    for (size_t i = 0; i < json_array_size(words); i++) {
        const char *word = json_string_value(json_array_get(words, i));
        if (!word)
            word = json_is_true(json_array_get(words, i)) ? "true" : "false";
        op->state = had_str_dup(&in->arena, had_str_c(word));
        if (had_op_has_word(json_object_get(state, "failed"), word)) {
            standing = STANDING_FAILED;
            all_ready = false;
            break;
        }
        if (had_op_has_word(json_object_get(state, "gone"), word)) {
            standing = STANDING_MISSING;
            all_ready = false;
            break;
        }
        if (had_op_has_word(json_object_get(state, "deleting"), word)) {
            standing = STANDING_DELETING;
            all_ready = false;
            break;
        }
        all_ready &= had_op_has_word(json_object_get(state, "ready"), word);
    }
    if (!value && json_is_true(json_object_get(state, "absent")))
        all_ready = true; /* a state that is only told while something is going on */
    if (all_ready)
        standing = STANDING_READY;
    const char *why = json_string_value(json_object_get(state, "reason"));
    json_t *reason = why && standing == STANDING_FAILED ? had_path(item, why, scope) : NULL;
    if (json_is_string(reason))
        op->state = had_str_printf(&in->arena, HAD_FMT " (%s)", HAD_ARG(op->state),
                                   json_string_value(reason));
    json_decref(reason);
    json_decref(words);
    json_decref(value);
    return standing;
}

/* ---- reading ---- */

void had_op_begin_read(struct had_op *op, enum had_op_reading why)
{
    struct had_op_inside *in = op->inside;
    in->phase = READING;
    in->why = why;
    in->read = 0;
    in->reads = json_object_get(op->in.driver->spec, "read");
    in->standing = STANDING_READY;
    json_decref(op->live);
    json_decref(op->attributes);
    op->live = json_object();
    op->attributes = json_copy(op->in.record->attributes);
    had_op_advance(op);
}

static void read_through(struct had_op *op);

/* Whether a read behind the first tells something that is desired, or that others need. */
static bool tells_enough(const struct had_op *op, const json_t *read)
{
    const char *key;
    json_t *value;
    if (!op->in.sparing || op->inside->read == 0 || json_object_get(read, "attributes") ||
        json_object_get(read, "state"))
        return true;
    json_object_foreach(json_object_get(read, "values"), key, value)
        if (json_object_get(op->in.desired, key))
            return true;
    return false;
}

/* The call that tells of many objects, this one among them; NULL: the step's own is to be made. */
static const json_t *call_for_many(const struct had_op *op, const json_t *read)
{
    const struct had_op_inside *in = op->inside;
    bool wanted = op->in.among_many && in->why == READ_ONCE && !in->apart;
    return wanted ? json_object_get(read, "many") : NULL;
}

had_str had_op_shared(const struct had_op_input *input, struct had_arena *arena)
{
    const json_t *reads = json_object_get(input->driver->spec, "read"), *template;
    const json_t *many = json_object_get(json_array_get(reads, 0), "many");
    const struct had_record *record = input->record;
    struct had_scope scope = {.props = input->desired ? input->desired : record->applied,
                              .attributes = record->attributes,
                              .note = record->extra,
                              .id = record->id};
    const char *name = many && record->id.len ? had_step_operation(many, &template) : NULL;
    json_t *params = name ? had_template(template, &scope) : NULL;
    char *text = params ? json_dumps(params, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    had_str shared = {0};
    if (text)
        shared = had_str_printf(arena, "%s|" HAD_FMT "|" HAD_FMT "|%s", name,
                                HAD_ARG(record->account_id), HAD_ARG(record->region), text);
    free(text);
    json_decref(params);
    return shared;
}

void had_op_read_next(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    while (in->read < json_array_size(in->reads)) {
        const json_t *read = json_array_get(in->reads, in->read);
        struct had_scope scope = had_op_scope(op, NULL, NULL);
        json_t *wanted = json_object_get(read, "if");
        json_t *value = wanted ? had_template(wanted, &scope) : NULL;
        bool skip = (wanted && (!value || json_is_false(value))) || !tells_enough(op, read);
        json_decref(value);
        const json_t *unused;
        if (!skip && had_step_operation(read, &unused)) {
            const json_t *many = call_for_many(op, read);
            had_op_want_call(op, many ? many : read, NULL, NULL, false);
            return;
        }
        if (!skip) { /* values without a call */
            had_op_collect(&scope, json_object_get(read, "values"), NULL, &op->live);
            had_op_collect(&scope, json_object_get(read, "attributes"), NULL, &op->attributes);
        }
        in->read++;
    }
    read_through(op);
}

/* The tags before `|tags` leaves out what is not the spec's. */
static void tell_owner(struct had_op *op, const json_t *path, const struct had_scope *scope)
{
    had_str text = had_str_c(json_string_value(path));
    int64_t end = had_str_find(text, '|');
    if (text.len == 0)
        return;
    text = end < 0 ? text : had_str_slice(text, 0, (uint32_t)end);
    json_t *tags = had_path(scope->item, had_str_cstr(&op->inside->arena, text), scope);
    had_str deployment = had_tag_text(tags, "had:deployment");
    had_str stack = had_tag_text(tags, "aws:cloudformation:stack-id");
    if (deployment.len)
        op->deployment = had_str_dup(&op->inside->arena, deployment);
    if (stack.len)
        op->stack = had_str_dup(&op->inside->arena, stack);
    json_decref(tags);
}

/* What the call for many does not tell, the step's own does. */
static void ask_alone(struct had_op *op)
{
    op->inside->apart = true;
    had_op_read_next(op);
}

void had_op_read_answered(struct had_op *op, const struct had_aws_result *result)
{
    struct had_op_inside *in = op->inside;
    const json_t *read = json_array_get(in->reads, in->read), *unused;
    const json_t *many = call_for_many(op, read);
    if (many && json_object_get(many, "item"))
        read = many;
    if (many && result->outcome != HAD_AWS_DONE) { /* not allowed from here, perhaps */
        ask_alone(op);
        return;
    }
    if (result->outcome != HAD_AWS_DONE) {
        if (had_code_in(json_object_get(read, "gone"), &result->error)) {
            if (!json_is_true(json_object_get(read, "optional")))
                in->standing = STANDING_MISSING;
        } else if (had_code_in(json_object_get(read, "retry"), &result->error)) {
            in->standing = STANDING_PENDING;
        } else if (!had_code_in(json_object_get(read, "ignore"), &result->error)) {
            had_op_fail_by_aws(op, result, had_step_operation(read, &unused));
            return;
        }
        in->read = in->standing == STANDING_READY ? in->read + 1 : json_array_size(in->reads);
        had_op_read_next(op);
        return;
    }
    struct had_scope scope = had_op_scope(op, NULL, NULL);
    scope.answer = result->value;
    const char *path = json_string_value(json_object_get(read, "item"));
    json_t *item = path ? had_path(result->value, path, &scope) : json_incref(result->value);
    if (json_is_array(item) && json_array_size(item) == 0) {
        json_decref(item);
        item = NULL;
    }
    if (!item && many) {
        ask_alone(op);
        return;
    }
    if (!item) {
        if (!json_is_true(json_object_get(read, "optional")))
            in->standing = STANDING_MISSING;
    } else {
        const json_t *state = json_object_get(read, "state");
        scope.item = item;
        if (state) {
            enum had_op_standing standing = had_op_standing_of(op, state, item, &scope);
            /* what was made and has ended will not come: the next one is another, with a new token
             */
            if (standing == STANDING_MISSING && in->why == READ_UNTIL_THERE &&
                op->in.action == HAD_DO_MAKE && in->stage == STAGE_CREATE)
                standing = STANDING_FAILED;
            if (standing != STANDING_READY && in->standing == STANDING_READY)
                in->standing = standing;
        }
        had_op_collect(&scope, json_object_get(read, "values"), item, &op->live);
        had_op_collect(&scope, json_object_get(read, "attributes"), item, &op->attributes);
        tell_owner(op, json_object_get(json_object_get(read, "values"), "Tags"), &scope);
        if (json_object_get(read, "note"))
            had_op_collect(&scope, json_object_get(read, "note"), item, &op->in.record->extra);
        json_decref(item);
    }
    /* what is on its way out, or waited for to be, has nothing more to tell */
    bool enough = in->standing == STANDING_MISSING || in->standing == STANDING_DELETING ||
                  in->why == READ_UNTIL_GONE;
    in->read = enough ? json_array_size(in->reads) : in->read + 1;
    in->apart = false;
    had_op_read_next(op);
}

static void keep_attributes(struct had_op *op)
{
    struct had_record *record = op->in.record;
    if (!op->attributes || json_equal(op->attributes, record->attributes))
        return;
    json_decref(record->attributes);
    record->attributes = json_incref(op->attributes);
}

/* The making or changing is through: the record says so. */
void had_op_settle(struct had_op *op)
{
    struct had_record *record = op->in.record;
    keep_attributes(op);
    if (op->in.desired) {
        json_decref(record->applied);
        record->applied = had_op_without_secrets(op, op->in.desired);
    }
    record->status = HAD_RECORD_READY;
    record->reason = (had_str){0};
    record->changed = op->in.wall(op->in.context);
    had_op_finish(op, HAD_OP_DONE);
}

/* Late: the object is there, but not as it has to be. */
static bool too_late(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    if (had_op_now(op) - in->since < op->in.driver->within_ms)
        return false;
    if (in->phase == READING && in->standing == STANDING_MISSING)
        had_op_unmade(op);
    had_op_fail(op, "it is still `" HAD_FMT "` after %" PRIu32 " minutes", HAD_ARG(op->state),
                op->in.driver->within_ms / 60000);
    return true;
}

void had_op_look_again(struct had_op *op)
{
    if (!too_late(op))
        had_op_doze(op, op->in.driver->every_ms[0], op->in.driver->every_ms[1]);
}

static void begin_removal(struct had_op *op)
{
    op->in.leaving = false;
    op->inside->since = had_op_now(op);
    op->inside->wait_ms = 0;
    had_op_begin_steps(op, STAGE_DELETE);
}

static void read_through(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    enum had_op_standing standing = in->standing;
    op->leaving = standing == STANDING_DELETING;
    if (in->why == READ_ONCE) {
        bool gone = standing == STANDING_MISSING || op->leaving;
        had_op_finish(op, gone ? HAD_OP_MISSING : HAD_OP_DONE);
        return;
    }
    if (in->why == READ_UNTIL_GONE) {
        if (standing == STANDING_MISSING)
            had_op_finish(op, HAD_OP_DONE);
        else if (op->in.leaving && !op->leaving && standing != STANDING_PENDING)
            begin_removal(op); /* who removed it gave up */
        else
            had_op_look_again(op);
        return;
    }
    if (op->leaving && op->in.action != HAD_DO_AWAIT) {
        if (op->in.action == HAD_DO_MAKE)
            op->in.record->status = HAD_RECORD_FAILED;
        had_op_fail(op, "somebody else removes it: it is `" HAD_FMT "`", HAD_ARG(op->state));
        return;
    }
    if (standing == STANDING_FAILED) {
        op->in.record->status = HAD_RECORD_FAILED;
        had_op_fail(op, "it is `" HAD_FMT "`", HAD_ARG(op->state));
        return;
    }
    if (standing != STANDING_READY) {
        if (standing == STANDING_MISSING)
            op->state = HAD_STR("not there");
        had_op_look_again(op);
        return;
    }
    in->wait_ms = 0;
    if (in->back_to_steps) {
        in->back_to_steps = false;
        keep_attributes(op);
        in->phase = STEPPING;
        had_op_advance(op);
        return;
    }
    if (op->in.action == HAD_DO_AWAIT) {
        keep_attributes(op);
        had_op_finish(op, HAD_OP_DONE);
    } else if (op->in.action == HAD_DO_MAKE && in->stage == STAGE_CREATE) {
        keep_attributes(op);
        had_op_begin_steps(op, STAGE_AFTER);
    } else {
        had_op_settle(op);
    }
}
