#include "plan/batch.h"

#include "aws/model.h"

#include <stdlib.h>
#include <string.h>

enum { IDS_MAX = 100 };

/* One that asked. */
struct asker {
    struct had_aws_call call;
    json_t *id; /* what it looks at in a call for many; owned */
    struct asker *next;
};

/* One call to be, of all that ask for the same or for more of the same. */
struct had_batch_group {
    struct had_batch *batch;
    struct had_aws_call call;
    json_t *params;     /* as sent; owned */
    const char *ids_at; /* the member with the ids; NULL: all ask for the same */
    bool alone;         /* nobody joins: it has been refused for many */
    bool placed;        /* its bucket gave its place, */
    int64_t wake;       /* and it may be sent from then on */
    struct asker *askers, **last;
    struct had_batch_group *next;
};

static bool is_look(const struct had_aws_call *call)
{
    return call->operation->repeat == HAD_AWS_READS && !call->payload && !call->want_raw;
}

/*
 * The member with the one id of a look that may take many: EC2's and Directory Service's operations
 * that describe take a list of ids and answer with those objects (API_DescribeVpcs and its like;
 * API_DescribeDirectories).
 */
static const char *ids_of(const struct had_aws_call *call)
{
    const char *service = had_aws_text(call->service->name), *key;
    json_t *value;
    if ((strcmp(service, "ec2") != 0 && strcmp(service, "ds") != 0) || call->pages ||
        strncmp(had_aws_text(call->operation->name), "Describe", 8) != 0 ||
        json_object_size(call->params) != 1)
        return NULL;
    json_object_foreach((json_t *)(uintptr_t)call->params, key, value) {
        size_t len = strlen(key);
        if (len > 3 && strcmp(key + len - 3, "Ids") == 0 && json_array_size(value) == 1 &&
            json_is_string(json_array_get(value, 0)))
            return key;
    }
    return NULL;
}

static bool same_place(const struct had_aws_call *a, const struct had_aws_call *b)
{
    return a->operation == b->operation && a->service == b->service && a->role == b->role &&
           a->pages == b->pages && had_str_eq(a->region, b->region);
}

static bool joins(const struct had_batch_group *group, const struct had_aws_call *call,
                  const char *ids_at)
{
    if (group->alone || !same_place(&group->call, call))
        return false;
    if (ids_at && group->ids_at && strcmp(ids_at, group->ids_at) == 0)
        return json_array_size(json_object_get(group->params, ids_at)) < IDS_MAX;
    return json_equal(group->params, call->params);
}

static void add_asker(struct had_batch_group *group, const struct had_aws_call *call)
{
    struct asker *asker = had_xmalloc(sizeof *asker);
    *asker = (struct asker){.call = *call};
    json_incref((json_t *)(uintptr_t)call->params); /* who asks may let go of it */
    *group->last = asker;
    group->last = &asker->next;
    if (!group->ids_at)
        return;
    json_t *ids = json_object_get(group->params, group->ids_at);
    asker->id = json_incref(json_array_get(json_object_get(call->params, group->ids_at), 0));
    for (size_t i = 0; i < json_array_size(ids); i++)
        if (json_equal(json_array_get(ids, i), asker->id))
            return;
    json_array_append(ids, asker->id);
}

static struct had_batch_group *group_new(struct had_batch *batch, const struct had_aws_call *call,
                                         const char *ids_at)
{
    struct had_batch_group *group = had_xmalloc(sizeof *group);
    *group = (struct had_batch_group){.batch = batch, .call = *call};
    group->last = &group->askers;
    group->params = call->params ? json_deep_copy(call->params) : json_object();
    json_t *value;
    const char *key;
    json_object_foreach(group->params, key, value)
        if (ids_at && strcmp(key, ids_at) == 0)
            group->ids_at = key; /* the copy's, as the call's may go before */
    *batch->last = group;
    batch->last = &group->next;
    return group;
}

static void group_free(struct had_batch_group *group)
{
    for (struct asker *asker = group->askers, *next; asker; asker = next) {
        next = asker->next;
        json_decref(asker->id);
        json_decref((json_t *)(uintptr_t)asker->call.params);
        free(asker);
    }
    json_decref(group->params);
    free(group);
}

static uint64_t submit(void *context, const struct had_aws_call *call)
{
    struct had_batch *batch = context;
    if (!is_look(call)) {
        batch->calls++;
        return batch->below.submit(batch->below.context, call);
    }
    const char *ids_at = ids_of(call);
    struct had_batch_group *group = batch->waiting;
    while (group && !joins(group, call, ids_at))
        group = group->next;
    add_asker(group ? group : group_new(batch, call, ids_at), call);
    batch->kept++;
    return 0; /* a look cannot be cancelled */
}

/* Whether a part of an answer is the object: it, or one of a list in it, has the id. */
static bool has_id(const json_t *part, const json_t *id, bool deeper)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)part, key, value) {
        if (json_equal(value, id))
            return true;
        for (size_t i = 0; deeper && i < json_array_size(value); i++)
            if (has_id(json_array_get(value, i), id, false))
                return true;
    }
    return false;
}

/* An answer for many with what it tells of one. */
static json_t *own_part(const json_t *answer, const json_t *id)
{
    json_t *own = json_copy((json_t *)(uintptr_t)answer), *value;
    const char *key;
    json_object_foreach((json_t *)(uintptr_t)answer, key, value) {
        if (!json_is_array(value))
            continue;
        json_t *list = json_array();
        for (size_t i = 0; i < json_array_size(value); i++)
            if (has_id(json_array_get(value, i), id, true))
                json_array_append(list, json_array_get(value, i));
        json_object_set_new(own, key, list);
    }
    return own;
}

static bool is_for_many(const struct had_batch_group *group)
{
    return group->ids_at && json_array_size(json_object_get(group->params, group->ids_at)) > 1;
}

/* One id of many is wrong, perhaps: each asks for itself. */
static void split(struct had_batch_group *group)
{
    for (struct asker *asker = group->askers; asker; asker = asker->next) {
        struct had_batch_group *single = group_new(group->batch, &asker->call, NULL);
        add_asker(single, &asker->call);
        single->alone = true;
    }
}

static void leave(struct had_batch_group *group)
{
    struct had_batch_group **at = &group->batch->sent;
    while (*at != group)
        at = &(*at)->next;
    *at = group->next;
}

static void answered(void *context, const struct had_aws_result *result)
{
    struct had_batch_group *group = context;
    struct had_batch *batch = group->batch;
    leave(group);
    batch->in_flight--;
    if (result->outcome == HAD_AWS_FAILED &&
        had_aws_fault_of(group->call.service, &result->error) == HAD_AWS_THROTTLE) {
        int64_t at = batch->below.now(batch->below.context);
        had_aws_bucket_throttled(had_pace_of(&batch->paces, &group->call, at), at);
    }
    bool many = is_for_many(group);
    if (many && result->outcome == HAD_AWS_FAILED &&
        had_aws_fault_of(group->call.service, &result->error) == HAD_AWS_FINAL) {
        split(group);
        group_free(group);
        return;
    }
    for (struct asker *asker = group->askers; asker; asker = asker->next) {
        struct had_aws_result own = *result;
        if (many && result->outcome == HAD_AWS_DONE)
            own.value = own_part(result->value, asker->id);
        batch->kept--;
        asker->call.done(asker->call.context, &own);
        if (own.value != result->value)
            json_decref(own.value);
    }
    group_free(group);
}

static void send(struct had_batch *batch, struct had_batch_group *group)
{
    group->next = batch->sent;
    batch->sent = group;
    group->call.params = group->params;
    group->call.done = answered;
    group->call.context = group;
    batch->calls++;
    batch->in_flight++;
    batch->below.submit(batch->below.context, &group->call);
}

static uint32_t turn(void *context, uint32_t wait_ms)
{
    struct had_batch *batch = context;
    int64_t at = batch->below.now(batch->below.context);
    for (struct had_batch_group **next = &batch->waiting; *next;) {
        struct had_batch_group *group = *next;
        if (!group->placed) {
            struct had_aws_bucket *bucket = had_pace_of(&batch->paces, &group->call, at);
            group->wake = at + had_aws_bucket_take(bucket, at);
            group->placed = true;
        }
        if (group->wake <= at && batch->in_flight < batch->parallel) {
            *next = group->next;
            if (batch->last == &group->next)
                batch->last = next;
            send(batch, group);
            continue;
        }
        if (group->wake > at && group->wake - at < wait_ms)
            wait_ms = (uint32_t)(group->wake - at);
        next = &group->next;
    }
    batch->below.turn(batch->below.context, wait_ms);
    return batch->kept;
}

static bool cancel(void *context, uint64_t number)
{
    struct had_batch *batch = context;
    return number && batch->below.cancel(batch->below.context, number);
}

static int64_t now_of(void *context)
{
    struct had_batch *batch = context;
    return batch->below.now(batch->below.context);
}

static int64_t wall_of(void *context)
{
    struct had_batch *batch = context;
    return batch->below.wall(batch->below.context);
}

void had_batch_open(struct had_batch *batch, const struct had_cloud *below, uint32_t parallel)
{
    *batch = (struct had_batch){.below = *below, .parallel = parallel};
    batch->last = &batch->waiting;
}

struct had_cloud had_batch_cloud(struct had_batch *batch)
{
    return (struct had_cloud){batch, submit, cancel, turn, now_of, wall_of};
}

static void free_all(struct had_batch_group **list)
{
    for (struct had_batch_group *group = *list, *next; group; group = next) {
        next = group->next;
        group_free(group);
    }
    *list = NULL;
}

void had_batch_close(struct had_batch *batch)
{
    free_all(&batch->waiting);
    free_all(&batch->sent);
    had_paces_free(&batch->paces);
}
