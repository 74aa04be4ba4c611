/*
 * When a failed call is sent again, and how fast calls are sent at all. All functions are pure in
 * time and chance: both are arguments, so tests run on a clock of their own.
 *
 * A throttled call waits and goes again until its deadline. What failed for a moment (5xx, a broken
 * connection) goes again a few times, as long as a budget shared by all calls lasts, so that an
 * outage is not met with a storm. Buckets per account, Region and class of operations keep calls
 * below the known limits from the start; a throttle answer halves a bucket's rate, which then grows
 * back.
 */
#ifndef HAD_AWS_RETRY_H
#define HAD_AWS_RETRY_H

#include "aws/answer.h"

enum had_aws_fault {
    HAD_AWS_FINAL, /* another try would end the same */
    HAD_AWS_THROTTLE,
    HAD_AWS_TRANSIENT,
    HAD_AWS_SKEW,    /* perhaps our clock: the answer's date tells */
    HAD_AWS_EXPIRED, /* the session's token: once with a new one */
};

/* What an error answered by a service is. */
enum had_aws_fault had_aws_fault_of(const struct had_aws_service *service,
                                    const struct had_aws_error *error);

enum {
    HAD_AWS_BUDGET = 500,
    HAD_AWS_COST = 5,          /* of sending again */
    HAD_AWS_COST_TIMEOUT = 10, /* after a time-out */
    HAD_AWS_ATTEMPTS = 3,
    HAD_AWS_DELAY_MAX_MS = 20000,
};

struct had_aws_budget {
    int32_t spent; /* HAD_AWS_BUDGET − spent is left */
};

struct had_aws_retry {
    uint32_t max_attempts; /* for transient faults */
    uint32_t attempts, transient, throttled;
    int32_t cost;     /* taken from the budget by the last try */
    int64_t deadline; /* in the clock of `now` */
};

/*
 * After a fault: true and how long to wait, or false if the call is over. `chance` is in [0, 1);
 * `retry_after` what the service asks for in milliseconds, or -1.
 */
bool had_aws_retry_next(struct had_aws_retry *retry, struct had_aws_budget *budget,
                        enum had_aws_fault fault, bool timed_out, int64_t retry_after, int64_t now,
                        double chance, int64_t *delay_ms);
/* After success: gives back what the last try took, or one more. */
void had_aws_retry_done(struct had_aws_retry *retry, struct had_aws_budget *budget);

/* ---- buckets ---- */

struct had_aws_limit {
    double burst, rate; /* calls, calls a second */
};
/* The known limit of an operation, and whether the operation has it for itself or shares it. */
struct had_aws_limit had_aws_limit_of(const struct had_aws_service *service,
                                      const struct had_aws_operation *operation, bool *alone);

struct had_aws_bucket {
    struct had_aws_limit limit;
    double tokens, rate; /* rate: what is thought to be allowed now */
    int64_t updated;
};

void had_aws_bucket_init(struct had_aws_bucket *bucket, struct had_aws_limit limit, int64_t now);
/* Takes a call's place and says how long to wait for it: calls go in the order in which they asked.
 */
int64_t had_aws_bucket_take(struct had_aws_bucket *bucket, int64_t now);
void had_aws_bucket_throttled(struct had_aws_bucket *bucket, int64_t now);

double had_aws_chance(void); /* from the system's generator */

#endif
