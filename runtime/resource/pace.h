/*
 * The pace of calls: a bucket per role, Region and service, and per operation where that has a
 * limit of its own. Who has paces asks before each call how long to wait:
 *
 *     wait = had_aws_bucket_take(had_pace_of(&paces, &call, now), now);
 */
#ifndef HAD_RESOURCE_PACE_H
#define HAD_RESOURCE_PACE_H

#include "aws/aws.h"
#include "aws/retry.h"

#include "base/arena.h"

enum { HAD_PACE_SLOTS = 4096 };

struct had_paces { /* {0} is empty */
    struct had_arena arena;
    struct had_pace *slots[HAD_PACE_SLOTS];
};

struct had_aws_bucket *had_pace_of(struct had_paces *paces, const struct had_aws_call *call,
                                   int64_t now);
void had_paces_free(struct had_paces *paces);

#endif
