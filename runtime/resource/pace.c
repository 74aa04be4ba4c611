#include "resource/pace.h"

#include "aws/model.h"

#include <stdio.h>

struct had_pace {
    had_str key;
    struct had_aws_bucket bucket;
    struct had_pace *next;
};

struct had_aws_bucket *had_pace_of(struct had_paces *paces, const struct had_aws_call *call,
                                   int64_t now)
{
    bool alone = false;
    struct had_aws_limit limit = had_aws_limit_of(call->service, call->operation, &alone);
    char text[512];
    int len = snprintf(text, sizeof text, HAD_FMT "|" HAD_FMT "|%s|%s",
                       HAD_ARG(call->role ? call->role->arn : HAD_STR("")), HAD_ARG(call->region),
                       had_aws_text(call->service->name),
                       alone ? had_aws_text(call->operation->name) : "");
    had_str key = {text, len < (int)sizeof text ? (uint32_t)len : (uint32_t)sizeof text - 1};
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < key.len; i++)
        hash = (hash ^ (unsigned char)key.ptr[i]) * 16777619u;
    struct had_pace **slot = &paces->slots[hash % HAD_PACE_SLOTS];
    for (struct had_pace *pace = *slot; pace; pace = pace->next)
        if (had_str_eq(pace->key, key))
            return &pace->bucket;
    struct had_pace *pace = had_new(&paces->arena, struct had_pace);
    pace->key = had_str_dup(&paces->arena, key);
    pace->next = *slot;
    *slot = pace;
    /* A little below what is allowed: calls do not arrive as evenly as they leave, and one that is
     * throttled costs more than a slower pace. */
    limit.burst = limit.burst > 10  ? limit.burst * 0.9
                  : limit.burst > 1 ? limit.burst - 1
                                    : limit.burst;
    limit.rate *= 0.97;
    had_aws_bucket_init(&pace->bucket, limit, now);
    return &pace->bucket;
}

void had_paces_free(struct had_paces *paces)
{
    had_arena_free(&paces->arena);
    *paces = (struct had_paces){0};
}
