#include "aws/retry.h"

#include <math.h>
#include <openssl/rand.h>
#include <string.h>

static bool in(had_str code, const char *const *list)
{
    for (; *list; list++)
        if (had_str_is(code, *list))
            return true;
    return false;
}

/* Source: botocore 1.43.67, retries/throttling.py and retries/standard.py, and the notes below. */
static const char *const throttles[] = {"Throttling",
                                        "ThrottlingException",
                                        "ThrottledException",
                                        "RequestThrottledException",
                                        "RequestThrottled",
                                        "TooManyRequestsException",
                                        "ProvisionedThroughputExceededException",
                                        "TransactionInProgressException",
                                        "RequestLimitExceeded",
                                        "BandwidthLimitExceeded",
                                        "LimitExceededException",
                                        "SlowDown",
                                        "PriorRequestNotComplete",
                                        "EC2ThrottledException",
                                        NULL};
static const char *const transients[] = {"RequestTimeout",
                                         "RequestTimeoutException",
                                         "InternalFailure",
                                         "InternalError",
                                         "ServiceUnavailable",
                                         "Unavailable",
                                         NULL};
static const char *const skews[] = {"RequestTimeTooSkewed",
                                    "RequestExpired",
                                    "InvalidSignatureException",
                                    "SignatureDoesNotMatch",
                                    "AuthFailure",
                                    "RequestInTheFuture",
                                    NULL};
static const char *const expired[] = {"ExpiredToken", "ExpiredTokenException", NULL};
/* There LimitExceededException is a quota, which no waiting changes. Source: their API references.
 */
static const char *const quotas[] = {"kms",
                                     "logs",
                                     "iam",
                                     "route53resolver",
                                     "ds",
                                     "ds-data",
                                     "secretsmanager",
                                     "organizations",
                                     "ram",
                                     "sso-admin",
                                     "identitystore",
                                     "cloudformation",
                                     "ssm",
                                     "sns",
                                     NULL};

enum had_aws_fault had_aws_fault_of(const struct had_aws_service *service,
                                    const struct had_aws_error *error)
{
    if (had_str_is(error->code, "LimitExceededException") &&
        in(had_str_c(had_aws_text(service->name)), quotas))
        return HAD_AWS_FINAL;
    if (in(error->code, throttles) || error->status == 429)
        return HAD_AWS_THROTTLE;
    if (in(error->code, expired))
        return HAD_AWS_EXPIRED;
    if (in(error->code, skews))
        return HAD_AWS_SKEW;
    if (in(error->code, transients) || error->status == 500 || error->status == 502 ||
        error->status == 503 || error->status == 504)
        return HAD_AWS_TRANSIENT;
    return HAD_AWS_FINAL;
}

/* Full jitter: any time up to a doubling bound. */
static int64_t backoff(uint32_t nth, double chance)
{
    double seconds = nth > 5 ? HAD_AWS_DELAY_MAX_MS / 1000.0 : ldexp(1.0, (int)nth - 1);
    double bound = fmin(seconds * 1000.0, HAD_AWS_DELAY_MAX_MS);
    return (int64_t)(chance * bound);
}

bool had_aws_retry_next(struct had_aws_retry *retry, struct had_aws_budget *budget,
                        enum had_aws_fault fault, bool timed_out, int64_t retry_after, int64_t now,
                        double chance, int64_t *delay_ms)
{
    uint32_t nth;
    int32_t cost = timed_out ? HAD_AWS_COST_TIMEOUT : HAD_AWS_COST;
    if (fault == HAD_AWS_TRANSIENT) {
        if (++retry->transient >= retry->max_attempts || budget->spent + cost > HAD_AWS_BUDGET)
            return false;
        budget->spent += cost;
        retry->cost = cost;
        nth = retry->transient;
    } else if (fault == HAD_AWS_THROTTLE) {
        nth = ++retry->throttled;
        retry->cost = 0;
    } else {
        return false;
    }
    *delay_ms = backoff(nth, chance);
    /* The service's wish, within bounds: never sooner than we would, never much later. */
    if (retry_after > *delay_ms)
        *delay_ms = retry_after < *delay_ms + 5000 ? retry_after : *delay_ms + 5000;
    return now + *delay_ms < retry->deadline;
}

void had_aws_retry_done(struct had_aws_retry *retry, struct had_aws_budget *budget)
{
    budget->spent -= retry->cost ? retry->cost : 1;
    if (budget->spent < 0)
        budget->spent = 0;
    retry->cost = 0;
}

/*
 * Sources: EC2 developer guide, "Request throttling for the Amazon EC2 API" (per API; the figures
 * of mutating calls from memory of it); Route 53 developer guide, "Quotas", for Route 53 and
 * Resolver; IAM Identity Center user guide, "Quotas", for its 20 calls a second. The services
 * without a row publish none: 5 a second, and a throttle answer lowers that.
 */
static const struct {
    const char *service, *operation; /* an operation's whole name or its beginning; NULL: any */
    double burst, rate;
    bool alone;
} limits[] = {
    {"ec2", "RunInstances", 5, 2, true},
    {"ec2", "CreateVpcEndpoint", 4, 0.3, true},
    {"ec2", "ModifyVpcEndpoint", 4, 0.3, true},
    {"ec2", "DeleteVpcEndpoints", 4, 0.3, true},
    {"ec2", "Describe", 100, 20, true},
    {"ec2", "Get", 100, 20, true},
    {"ec2", "Search", 100, 20, true},
    {"ec2", NULL, 50, 5, true},
    {"route53", NULL, 5, 5, false},
    {"route53resolver", NULL, 5, 5, false},
    {"sso-admin", NULL, 20, 20, false},
    {"s3", NULL, 1000, 1000, false},
    {"sts", NULL, 100, 50, false},
    {"kms", NULL, 100, 50, false},
    {"logs", NULL, 50, 10, false},
    {"ssm", NULL, 40, 10, false},
    {"secretsmanager", NULL, 50, 10, false},
    {"cloudformation", NULL, 20, 5, false},
    {"identitystore", NULL, 20, 10, false},
    {"organizations", NULL, 10, 3, false},
};

struct had_aws_limit had_aws_limit_of(const struct had_aws_service *service,
                                      const struct had_aws_operation *operation, bool *alone)
{
    had_str name = had_str_c(had_aws_text(operation->name));
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (strcmp(limits[i].service, had_aws_text(service->name)) != 0 ||
            (limits[i].operation && !had_str_starts(name, limits[i].operation)))
            continue;
        *alone = limits[i].alone;
        return (struct had_aws_limit){limits[i].burst, limits[i].rate};
    }
    *alone = false;
    return (struct had_aws_limit){10, 5};
}

void had_aws_bucket_init(struct had_aws_bucket *bucket, struct had_aws_limit limit, int64_t now)
{
    *bucket = (struct had_aws_bucket){limit, limit.burst, limit.rate, now};
}

static void advance(struct had_aws_bucket *b, int64_t now)
{
    double seconds = now > b->updated ? (double)(now - b->updated) / 1000.0 : 0;
    b->updated = now;
    b->tokens = fmin(b->limit.burst, b->tokens + seconds * b->rate);
    /* Back to the known rate within ten seconds without a throttle answer. */
    b->rate = fmin(b->limit.rate, b->rate + seconds * b->limit.rate / 10);
}

int64_t had_aws_bucket_take(struct had_aws_bucket *bucket, int64_t now)
{
    advance(bucket, now);
    bucket->tokens -= 1;
    return bucket->tokens >= 0 ? 0 : (int64_t)ceil(-bucket->tokens * 1000 / bucket->rate);
}

void had_aws_bucket_throttled(struct had_aws_bucket *bucket, int64_t now)
{
    advance(bucket, now);
    bucket->rate = fmax(bucket->rate / 2, bucket->limit.rate / 64);
    bucket->tokens = fmin(bucket->tokens, 0);
}

double had_aws_chance(void)
{
    unsigned char bytes[4];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        had_out_of_memory(sizeof bytes);
    uint32_t n =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    return n / 4294967296.0;
}
