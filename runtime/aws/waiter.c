#include "aws/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct had_aws_wait {
    struct had_aws *aws;
    const struct had_aws_waiter *waiter;
    struct had_aws_call call; /* its texts live in the arena */
    struct had_aws_role role;
    struct had_arena arena;
    json_t *params;
    uint32_t delay_ms, max_attempts, attempts;
    void (*done)(void *context, const struct had_aws_result *result);
    void *context;
    struct had_aws_wait *next;
};

static void wait_free(struct had_aws_wait *w)
{
    for (struct had_aws_wait **at = &w->aws->waits; *at; at = &(*at)->next)
        if (*at == w) {
            *at = w->next;
            break;
        }
    json_decref(w->params);
    had_arena_free(&w->arena);
    free(w);
}

/* botocore writes True and 200 as their texts; ours are JSON. */
static bool is(const json_t *value, const char *expected)
{
    char number[32];
    if (json_is_string(value))
        return strcmp(json_string_value(value), expected) == 0;
    if (json_is_boolean(value))
        return strcmp(json_is_true(value) ? "True" : "False", expected) == 0;
    if (!json_is_integer(value))
        return false;
    snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
    return strcmp(number, expected) == 0;
}

static bool matches(const struct had_aws_acceptor *a, const struct had_aws_result *result)
{
    const char *matcher = had_aws_text(a->matcher), *argument = had_aws_text(a->argument);
    const char *expected = had_aws_text(a->expected);
    char status[16];
    if (strcmp(matcher, "status") == 0) {
        snprintf(status, sizeof status, "%d", result->error.status);
        return strcmp(status, expected) == 0;
    }
    if (strcmp(matcher, "error") == 0) {
        /* True and False stand for any error, and for none. */
        if (strcmp(expected, "True") == 0 || strcmp(expected, "False") == 0)
            return (result->outcome != HAD_AWS_DONE) == (strcmp(expected, "True") == 0);
        return result->outcome != HAD_AWS_DONE && had_str_is(result->error.code, expected);
    }
    if (result->outcome != HAD_AWS_DONE)
        return false;
    if (strncmp(argument, "length(", 7) == 0)
        return had_aws_path_true(result->value, argument) == (strcmp(expected, "True") == 0);
    json_t *value = had_aws_path(result->value, argument);
    size_t hits = 0, count = json_array_size(value);
    for (size_t i = 0; i < count; i++)
        hits += is(json_array_get(value, i), expected);
    bool good = strcmp(matcher, "pathAll") == 0   ? count && hits == count
                : strcmp(matcher, "pathAny") == 0 ? hits > 0
                                                  : is(value, expected);
    json_decref(value);
    return good;
}

static void ask(void *context);

static void asked(void *context, const struct had_aws_result *result)
{
    struct had_aws_wait *w = context;
    const struct had_aws_acceptor *hit = NULL;
    for (uint16_t i = 0; i < w->waiter->count && !hit; i++)
        if (matches(&had_aws_acceptors[w->waiter->first + i], result))
            hit = &had_aws_acceptors[w->waiter->first + i];
    const char *state = hit                               ? had_aws_text(hit->state)
                        : result->outcome == HAD_AWS_DONE ? "retry"
                                                          : "error";
    w->attempts++;
    if (strcmp(state, "retry") == 0 && w->attempts < w->max_attempts) {
        had_aws_after(w->aws, w->delay_ms, ask, w);
        return;
    }
    struct had_aws_result last = *result;
    last.attempts = w->attempts;
    if (strcmp(state, "success") == 0) {
        last.outcome = HAD_AWS_DONE;
        if (result->outcome != HAD_AWS_DONE)
            last.value = json_object();
        else
            json_incref(last.value);
    } else {
        json_incref(last.value);
        last.outcome = HAD_AWS_FAILED;
        if (strcmp(state, "error") != 0) {
            last.error.code = HAD_STR(HAD_AWS_WAITER);
            last.error.message = had_str_printf(&w->arena,
                                                strcmp(state, "retry") == 0
                                                    ? "%s did not come true in %u tries"
                                                    : "%s can no longer come true after %u tries",
                                                had_aws_text(w->waiter->name), w->attempts);
        }
    }
    w->aws->count--;
    w->done(w->context, &last);
    json_decref(last.value);
    wait_free(w);
}

static void ask(void *context)
{
    struct had_aws_wait *w = context;
    w->call.params = w->params;
    had_aws_submit(w->aws, &w->call);
}

void had_aws_waits_free(struct had_aws *aws)
{
    while (aws->waits)
        wait_free(aws->waits);
}

void had_aws_wait(struct had_aws *aws, const struct had_aws_waiter *waiter,
                  const struct had_aws_call *call, uint32_t delay_ms, uint32_t max_attempts)
{
    struct had_aws_wait *w = had_xmalloc(sizeof *w);
    *w = (struct had_aws_wait){
        .aws = aws,
        .waiter = waiter,
        .call = *call,
        .params = call->params ? json_deep_copy(call->params) : NULL,
        .delay_ms = delay_ms ? delay_ms : waiter->delay * 1000u,
        .max_attempts = max_attempts ? max_attempts : waiter->max,
        .done = call->done,
        .context = call->context,
        .next = aws->waits,
    };
    w->call.region = had_str_dup(&w->arena, call->region);
    if (call->role) {
        w->role = (struct had_aws_role){had_str_dup(&w->arena, call->role->arn),
                                        had_str_dup(&w->arena, call->role->external_id),
                                        had_str_dup(&w->arena, call->role->session_name),
                                        call->role->duration_seconds};
        w->call.role = &w->role;
    }
    w->call.operation = &had_aws_operations[call->service->first + waiter->operation];
    w->call.done = asked;
    w->call.context = w;
    w->call.payload = NULL;
    aws->count++; /* the wait itself, also between its calls */
    aws->waits = w;
    had_aws_after(aws, 0, ask, w);
}
