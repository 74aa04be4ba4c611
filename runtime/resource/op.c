#include "resource/op_inside.h"

#include <stdlib.h>
#include <string.h>

int64_t had_op_now(const struct had_op *op)
{
    return op->in.now(op->in.context);
}

struct had_scope had_op_scope(const struct had_op *op, const json_t *item, const json_t *old)
{
    const struct had_op_inside *in = op->inside;
    const struct had_record *record = op->in.record;
    return (struct had_scope){
        .props = in->known_props,
        .attributes = op->attributes ? op->attributes : record->attributes,
        .note = record->extra,
        .item = item,
        .old = old,
        .answer = in->answer,
        .tags = op->in.tags,
        .id = record->id,
        .token = record->token,
        .address = record->address,
        .deployment = op->in.deployment,
        .account = record->account_id,
        .management = op->in.management_id,
        .region = record->region,
        .partition = op->in.partition,
        .found = in->found,
    };
}

void had_op_finish(struct had_op *op, enum had_op_end end)
{
    op->inside->phase = OVER;
    op->want = HAD_WANT_NOTHING;
    op->end = end;
}

void had_op_fail(struct had_op *op, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    op->error = had_str_vprintf(&op->inside->arena, format, args);
    va_end(args);
    if (op->in.action != HAD_DO_READ && op->in.action != HAD_DO_AWAIT)
        op->in.record->reason = had_str_dup(op->in.arena, op->error);
    had_op_finish(op, HAD_OP_FAILED);
}

void had_op_fail_by_aws(struct had_op *op, const struct had_aws_result *result,
                        const char *operation)
{
    struct had_arena *arena = &op->inside->arena;
    op->aws = result->error;
    op->aws.detail = NULL;
    op->aws.code = had_str_dup(arena, result->error.code);
    op->aws.message = had_str_dup(arena, result->error.message);
    op->aws.request_id = had_str_dup(arena, result->error.request_id);
    had_op_fail(op, "%s was refused: " HAD_FMT ": " HAD_FMT, operation, HAD_ARG(op->aws.code),
                HAD_ARG(op->aws.message));
}

void had_op_sync(struct had_op *op)
{
    op->in.record->changed = op->in.wall(op->in.context);
    op->want = HAD_WANT_SYNC;
}

void had_op_doze(struct had_op *op, uint32_t first_ms, uint32_t most_ms)
{
    struct had_op_inside *in = op->inside;
    in->wait_ms = in->wait_ms == 0 ? first_ms : in->wait_ms + in->wait_ms / 2;
    if (in->wait_ms > most_ms)
        in->wait_ms = most_ms;
    /* a little chance keeps many waiting operations from asking in step */
    op->sleep_ms = in->wait_ms + (int64_t)(op->in.chance(op->in.context) * in->wait_ms / 4);
    op->want = HAD_WANT_SLEEP;
}

void had_op_unmade(struct had_op *op)
{
    if (op->in.action == HAD_DO_MAKE && op->inside->stage == STAGE_CREATE)
        op->in.record->id = (had_str){0};
}

void had_op_set_text(struct had_op *op, had_str *field, had_str text)
{
    if (!had_str_eq(*field, text))
        *field = had_str_dup(op->in.arena, text);
}

static void merge(json_t **into, const char *key, json_t *value)
{
    if (!*into)
        *into = json_object();
    json_object_set_new(*into, key, value);
}

/* A path; what its functions are given (`|form ${A}`) does not make it a template. */
static bool is_path(const char *text)
{
    const char *filled = strstr(text, "${"), *functions = strchr(text, '|');
    return text[0] != '$' && (!filled || (functions && functions < filled));
}

/* Adds what a map of names to templates or paths yields; `item` NULL: templates over the scope. */
void had_op_collect(const struct had_scope *scope, const json_t *map, const json_t *item,
                    json_t **into)
{
    const char *key;
    json_t *source;
    json_object_foreach((json_t *)map, key, source) {
        json_t *value = NULL;
        const char *text = json_string_value(source);
        if (text && item && is_path(text))
            value = had_path(item, text, scope);
        else
            value = had_template(source, scope);
        if (value)
            merge(into, key, value);
    }
}

/* ---- the machine ---- */

void had_op_advance(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    switch (in->phase) {
    case ANNOUNCED:
        if (op->in.action == HAD_DO_MAKE)
            op->in.record->id.len ? had_op_begin_steps(op, STAGE_CREATE) : had_op_begin_find(op);
        else if (op->in.action == HAD_DO_CHANGE)
            had_op_begin_steps(op, STAGE_UPDATE);
        else if (op->in.leaving && op->in.record->id.len)
            had_op_begin_read(op, READ_UNTIL_GONE);
        else
            op->in.record->id.len ? had_op_begin_steps(op, STAGE_DELETE) : had_op_begin_find(op);
        return;
    case FINDING:
        had_op_find_next(op);
        return;
    case STEPPING:
        had_op_step_next(op);
        return;
    case READING:
        had_op_read_next(op);
        return;
    case OVER:
        op->want = HAD_WANT_NOTHING;
        return;
    }
}

void had_op_begin(struct had_op *op, const struct had_op_input *input)
{
    *op = (struct had_op){.in = *input};
    struct had_op_inside *in = had_xmalloc(sizeof *in);
    *in = (struct had_op_inside){0};
    op->inside = in;
    struct had_record *record = op->in.record;
    in->known_props =
        json_incref((json_t *)(uintptr_t)(input->desired ? input->desired : record->applied));
    in->since = had_op_now(op);
    bool find = record->id.len == 0 && json_object_get(input->driver->spec, "find");
    switch (input->action) {
    case HAD_DO_READ:
    case HAD_DO_AWAIT:
        if (find)
            had_op_begin_find(op);
        else
            had_op_begin_read(op, input->action == HAD_DO_READ ? READ_ONCE : READ_UNTIL_THERE);
        return;
    case HAD_DO_MAKE:
        /* The announced call may have been sent long after its announcement, by repeats and queues,
         * and just before the end: only time from now on is sure to be enough. */
        if (input->resumed && input->wall(input->context) - record->changed < STALE_MS)
            in->patience = had_op_now(op) + LAG_MS;
        record->status = HAD_RECORD_CREATING;
        json_decref(record->applied);
        record->applied = had_op_without_secrets(op, input->desired);
        break;
    case HAD_DO_CHANGE:
        record->status = HAD_RECORD_UPDATING;
        break;
    case HAD_DO_REMOVE:
        record->status = HAD_RECORD_DELETING;
        break;
    }
    in->phase = ANNOUNCED;
    had_op_sync(op);
}

void had_op_answer(struct had_op *op, const struct had_aws_result *result)
{
    struct had_op_inside *in = op->inside;
    had_op_drop_params(op);
    if (in->for_secret) {
        in->for_secret = false;
        had_op_secret_answered(op, result);
        return;
    }
    /* reads are harmless to repeat: what came of one does not matter if it is unknown */
    if (result->outcome == HAD_AWS_UNKNOWN && !op->call_changes) {
        if (in->blind++ < BLIND_MAX)
            had_op_doze(op, 1000, 10000);
        else
            had_op_fail_by_aws(op, result, "a look");
        return;
    }
    switch (in->phase) {
    case FINDING:
        had_op_find_answered(op, result);
        return;
    case READING:
        had_op_read_answered(op, result);
        return;
    case STEPPING:
        if (in->waiting)
            had_op_wait_answered(op, result);
        else
            had_op_step_answered(op, result);
        return;
    case ANNOUNCED:
    case OVER:
        return;
    }
}

void had_op_resume(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    if (op->want == HAD_WANT_SLEEP && in->phase == READING &&
        in->read >= json_array_size(in->reads)) {
        had_op_begin_read(op, in->why);
        return;
    }
    if (op->want == HAD_WANT_SLEEP && in->phase == FINDING && !in->candidates &&
        in->finder >= json_array_size(in->finders)) {
        had_op_begin_find(op);
        return;
    }
    had_op_advance(op);
}

void had_op_stop(struct had_op *op)
{
    op->error = HAD_STR("it was stopped here; the next run goes on");
    had_op_finish(op, HAD_OP_STOPPED);
}

void had_op_free(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    if (!in)
        return;
    had_op_drop_params(op);
    had_op_drop_secrets(op);
    json_decref(in->candidates);
    json_decref(in->work);
    had_op_drop_answer(op);
    json_decref(in->known_props);
    json_decref(op->live);
    json_decref(op->attributes);
    had_arena_free(&in->arena);
    free(in);
    op->inside = NULL;
    op->live = op->attributes = NULL;
}
