/* Calls in flight, the rates of the services, faults; the model as its users see it. */
#include "internal.h"

#include "aws/retry.h"

#include <stdlib.h>
#include <string.h>

struct flight {
    uint64_t number;
    struct had_aws_call call;
    json_t *params;
    int64_t due;
    enum had_sim_fault fault;
    bool executed;
    struct had_aws_result result;
    struct flight *next;
};

/* ---- calls ---- */

static bool is_change(const struct had_aws_call *call)
{
    return call->operation->repeat != HAD_AWS_READS;
}

static had_str account_of(const struct had_aws_call *call)
{
    if (!call->role)
        return HAD_STR("111111111111");
    had_str arn = call->role->arn;
    for (int colons = 0; colons < 4; colons++) {
        int64_t at = had_str_find(arn, ':');
        if (at < 0)
            return HAD_STR("111111111111");
        arn = had_str_slice(arn, (uint32_t)at + 1, arn.len);
    }
    int64_t end = had_str_find(arn, ':');
    return had_str_slice(arn, 0, end < 0 ? arn.len : (uint32_t)end);
}

static bool within_rate(struct had_sim *sim, const struct had_aws_call *call)
{
    bool alone = false;
    if (!sim->options.rates)
        return true;
    struct had_aws_limit limit = had_aws_limit_of(call->service, call->operation, &alone);
    uint64_t key = had_sim_hash(7, had_str_c(had_aws_text(call->service->name)));
    key = had_sim_hash(had_sim_hash(key, account_of(call)), call->region);
    if (alone)
        key = had_sim_hash(key, had_str_c(had_aws_text(call->operation->name)));
    uint64_t *at = had_map_get(&sim->buckets, key);
    struct had_aws_bucket *bucket = at ? (struct had_aws_bucket *)(uintptr_t)*at : NULL;
    if (!bucket) {
        bucket = had_new(&sim->arena, struct had_aws_bucket);
        had_aws_bucket_init(bucket, limit, sim->now);
        had_map_put(&sim->arena, &sim->buckets, key, (uintptr_t)bucket);
    }
    double tokens = bucket->tokens + (double)(sim->now - bucket->updated) * limit.rate / 1000;
    if (tokens > limit.burst)
        tokens = limit.burst;
    bucket->updated = sim->now;
    bucket->tokens = tokens >= 1 ? tokens - 1 : tokens;
    return tokens >= 1;
}

static void fail_with(struct flight *flight, const char *code, const char *message, int status)
{
    flight->result.outcome = HAD_AWS_FAILED;
    flight->result.error.code = had_str_c(code);
    flight->result.error.message = had_str_c(message);
    flight->result.error.status = status;
    flight->result.error.retry_after = -1;
}

static void execute(struct had_sim *sim, struct flight *flight)
{
    const struct had_aws_call *call = &flight->call;
    const char *service = had_aws_text(call->service->name);
    const char *operation = had_aws_text(call->operation->name);
    struct scene s = {.sim = sim,
                      .row = had_sim_row(service, operation),
                      .params = flight->params,
                      .account = account_of(call),
                      .region = call->region,
                      .half = flight->fault == HAD_SIM_HALF};
    s.scope = (struct had_scope){.props = s.params,
                                 .account = s.account,
                                 .region = s.region,
                                 .partition = HAD_STR("aws"),
                                 .tags = json_object_get(s.params, "tags"),
                                 .token = call->token};
    if (!s.row) {
        had_str text = had_str_printf(&sim->arena, "%s.%s", service, operation);
        fail_with(flight, "had.NotModelled", text.ptr, 400);
        return;
    }
    json_t *value = had_sim_act(&s);
    if (value) {
        flight->result.outcome = HAD_AWS_DONE;
        flight->result.value = value;
    } else {
        fail_with(flight, had_str_cstr(&sim->arena, had_str_c(s.failure.code)),
                  had_str_cstr(&sim->arena, had_str_c(s.failure.message)), 400);
    }
}

static uint64_t submit(void *context, const struct had_aws_call *call)
{
    struct had_sim *sim = context;
    struct flight *flight = had_xmalloc(sizeof *flight);
    *flight = (struct flight){.number = ++sim->number, .call = *call};
    flight->params = call->params ? json_incref((json_t *)(uintptr_t)call->params) : json_object();
    flight->result.attempts = 1;
    struct had_sim_call seen = {had_aws_text(call->service->name),
                                had_aws_text(call->operation->name),
                                flight->params,
                                account_of(call),
                                call->region,
                                is_change(call),
                                flight->number};
    sim->counts.calls++;
    sim->counts.changes += seen.changes;
    if (sim->options.fault)
        flight->fault = sim->options.fault(sim->options.context, &seen);
    flight->due =
        sim->now + 20 + had_sim_chance(sim, 80) + (flight->fault == HAD_SIM_SLOW ? 60000 : 0);
    *sim->last = flight;
    sim->last = &flight->next;
    sim->flying++;
    return flight->number;
}

static void finish(struct had_sim *sim, struct flight *flight)
{
    enum had_sim_fault fault = flight->fault;
    if (fault == HAD_SIM_THROTTLE || !within_rate(sim, &flight->call)) {
        sim->counts.throttled++;
        fail_with(flight, "ThrottlingException", "Rate exceeded", 400);
    } else if (fault == HAD_SIM_UNAVAILABLE) {
        fail_with(flight, "ServiceUnavailable", "Service is unavailable", 503);
    } else if (fault == HAD_SIM_NOT_SENT) {
        fail_with(flight, HAD_AWS_NOT_SENT, "could not connect", 0);
    } else if (fault == HAD_SIM_LOST_BEFORE) {
        fail_with(flight, HAD_AWS_NO_ANSWER, "the connection was cut", 0);
        flight->result.outcome = HAD_AWS_UNKNOWN;
    } else {
        execute(sim, flight);
        if (fault == HAD_SIM_TWICE) {
            struct had_aws_result first = flight->result;
            execute(sim, flight);
            if (flight->result.outcome == HAD_AWS_DONE)
                json_decref(flight->result.value);
            flight->result = first;
        }
        if (fault == HAD_SIM_LOST_AFTER) {
            if (flight->result.outcome == HAD_AWS_DONE)
                json_decref(flight->result.value);
            flight->result.value = NULL;
            fail_with(flight, HAD_AWS_NO_ANSWER, "the connection was cut", 0);
            flight->result.outcome = HAD_AWS_UNKNOWN;
        }
    }
    if (fault != HAD_SIM_DEAD && flight->call.done)
        flight->call.done(flight->call.context, &flight->result);
    if (flight->result.outcome == HAD_AWS_DONE)
        json_decref(flight->result.value);
    json_decref(flight->params);
    free(flight);
}

static uint32_t turn(void *context, uint32_t wait_ms)
{
    struct had_sim *sim = context;
    int64_t until = sim->now + wait_ms, next = until;
    for (struct flight *flight = sim->flights; flight; flight = flight->next)
        if (flight->due < next)
            next = flight->due > sim->now ? flight->due : sim->now;
    sim->wall += next - sim->now;
    sim->now = next;
    for (struct flight **at = &sim->flights; *at;) {
        struct flight *flight = *at;
        if (flight->due > sim->now) {
            at = &flight->next;
            continue;
        }
        *at = flight->next;
        if (sim->last == &flight->next)
            sim->last = at;
        sim->flying--;
        finish(sim, flight); /* may submit: new ones stand at the end */
    }
    return sim->flying;
}

static bool cancel(void *context, uint64_t number)
{
    (void)context;
    (void)number;
    return false;
}

static int64_t now_of(void *context)
{
    return ((struct had_sim *)context)->now;
}

static int64_t wall_of(void *context)
{
    return ((struct had_sim *)context)->wall;
}

struct had_cloud had_sim_cloud(struct had_sim *sim)
{
    return (struct had_cloud){sim, submit, cancel, turn, now_of, wall_of};
}

void had_sim_drop_calls(struct had_sim *sim)
{
    for (struct flight *flight = sim->flights, *next; flight; flight = next) {
        next = flight->next;
        json_decref(flight->params);
        free(flight);
    }
    sim->flights = NULL;
    sim->last = &sim->flights;
    sim->flying = 0;
}

int64_t had_sim_now(const struct had_sim *sim)
{
    return sim->now;
}

/* ---- the model itself ---- */

/* What is there from the start, in every account and Region: the row's kind is a shared one. */
static void put_first(struct had_sim *sim, const struct kind *kind)
{
    const json_t *there = json_object_get(kind->row, "there");
    for (size_t i = 0; i < json_array_size(there); i++) {
        json_t *value = json_deep_copy(json_array_get(there, i));
        had_str id = had_str_dup(&sim->arena, had_str_c(had_sim_text(value, kind->id_at)));
        struct object *object =
            had_sim_add(sim, kind, HAD_STR("aws"), HAD_STR("global"), id, value);
        object->ready_at = object->seen_at = 0;
        had_sim_age(sim, object);
    }
}

struct had_sim *had_sim_new(const struct had_sim_options *options)
{
    struct had_sim *sim = had_xmalloc(sizeof *sim);
    uint32_t count;
    const struct kind *kinds = had_sim_kinds(&count);
    *sim = (struct had_sim){.options = *options, .chance = options->seed, .now = 1000};
    sim->wall = 1795000000000;
    sim->last = &sim->flights;
    sim->by_kind = had_new_n(&sim->arena, struct objects, count);
    for (uint32_t i = 0; i < count; i++)
        put_first(sim, &kinds[i]);
    return sim;
}

void had_sim_free(struct had_sim *sim)
{
    had_sim_drop_calls(sim);
    had_each(struct object *, object, &sim->all.items) {
        json_decref((*object)->value);
        json_decref((*object)->then);
    }
    had_arena_free(&sim->arena);
    free(sim);
}

had_str had_sim_put(struct had_sim *sim, const char *type, const char *account, const char *region,
                    json_t *object)
{
    const struct kind *kind = had_sim_kind(type);
    had_str id = kind->id_at ? had_str_c(had_sim_text(object, kind->id_at)) : (had_str){0};
    id = id.len ? had_str_dup(&sim->arena, id) : had_sim_new_id(sim, kind);
    struct object *put = had_sim_add(sim, kind, had_str_c(account), had_str_c(region), id, object);
    put->ready_at = put->seen_at = 0;
    had_sim_age(sim, put);
    return put->id;
}

bool had_sim_meddle(struct had_sim *sim, const char *type, had_str id, const char *member,
                    json_t *value)
{
    had_each(struct object *, at, &sim->all.items) {
        struct object *object = *at;
        if (strcmp(object->kind->name, type) != 0 || !had_str_eq(object->id, id) ||
            !had_sim_alive(sim, object))
            continue;
        if (value)
            had_sim_set_path(object->value, member, value);
        else
            object->removed = true;
        return true;
    }
    json_decref(value);
    return false;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

json_t *had_sim_objects(const struct had_sim *sim)
{
    char **lines = had_xmalloc((sim->all.items.count + 1) * sizeof *lines);
    uint32_t count = 0;
    for (uint32_t i = 0; i < sim->all.items.count; i++) {
        struct object *object = sim->all.items.items[i];
        if (object->kind->passing || had_str_is(object->account, "aws") ||
            !had_sim_alive(sim, object) || (object->gone_at && object->gone_at <= sim->now))
            continue;
        had_sim_age(sim, object);
        json_t *line =
            json_pack("{s:s, s:s%, s:s%, s:O}", "type", object->kind->name, "account",
                      object->account.ptr, (size_t)object->account.len, "region",
                      object->region.ptr, (size_t)object->region.len, "object", object->value);
        lines[count++] = json_dumps(line, JSON_COMPACT | JSON_SORT_KEYS);
        json_decref(line);
    }
    qsort(lines, count, sizeof *lines, by_text);
    json_t *out = json_array();
    for (uint32_t i = 0; i < count; i++) {
        json_array_append_new(out, json_loads(lines[i], 0, NULL));
        free(lines[i]);
    }
    free(lines);
    return out;
}

struct had_sim_counts had_sim_count(const struct had_sim *sim)
{
    return sim->counts;
}
