#include "aws/internal.h"
#include "aws/value.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEADLINE_MS = 15 * 60000,
    CONNECT_MS = 10000,
    CALL_MS = 60000,
    SKEW_MS = 4 * 60000, /* a clock that is further off than this is corrected */
    PAGES_MAX = 10000,
};

/* ---- timers: a heap by time ---- */

static bool sooner(const struct had_aws_timer *a, const struct had_aws_timer *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void swap(struct had_aws_timer *a, struct had_aws_timer *b)
{
    struct had_aws_timer c = *a;
    *a = *b;
    *b = c;
}

static void sift_up(struct had_aws *aws, uint32_t i)
{
    for (; i && sooner(&aws->timers[i], &aws->timers[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&aws->timers[i], &aws->timers[(i - 1) / 2]);
}

static void sift_down(struct had_aws *aws, uint32_t i)
{
    for (;;) {
        uint32_t least = i;
        for (uint32_t child = 2 * i + 1; child <= 2 * i + 2 && child < aws->timer_count; child++)
            if (sooner(&aws->timers[child], &aws->timers[least]))
                least = child;
        if (least == i)
            return;
        swap(&aws->timers[i], &aws->timers[least]);
        i = least;
    }
}

static int64_t now(const struct had_aws *aws)
{
    return aws->transport.now(aws->transport.context);
}

void had_aws_after(struct had_aws *aws, int64_t delay_ms, void (*fire)(void *context),
                   void *context)
{
    if (aws->timer_count == aws->timer_room) {
        aws->timer_room = aws->timer_room ? aws->timer_room * 2 : 64;
        aws->timers = had_xrealloc(aws->timers, aws->timer_room * sizeof *aws->timers);
    }
    aws->timers[aws->timer_count] = (struct had_aws_timer){now(aws) + (delay_ms > 0 ? delay_ms : 0),
                                                           ++aws->timer_order, fire, context};
    sift_up(aws, aws->timer_count++);
}

void had_aws_forget(struct had_aws *aws, const void *context)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < aws->timer_count; i++)
        if (aws->timers[i].context != context)
            aws->timers[kept++] = aws->timers[i];
    if (kept == aws->timer_count)
        return;
    aws->timer_count = kept;
    for (uint32_t i = kept / 2; i-- > 0;)
        sift_down(aws, i);
}

/* What was due when this began; timers set meanwhile wait for the next turn. */
static void fire_due(struct had_aws *aws)
{
    int64_t until = now(aws);
    uint64_t last = aws->timer_order;
    while (aws->timer_count && aws->timers[0].at <= until && aws->timers[0].order <= last) {
        struct had_aws_timer timer = aws->timers[0];
        aws->timers[0] = aws->timers[--aws->timer_count];
        sift_down(aws, 0);
        timer.fire(timer.context);
    }
}

/* ---- a call in flight ---- */

struct had_aws_flight {
    struct had_aws *aws;
    uint64_t number, http; /* http: number of the request under way, or 0 */
    bool counted;          /* a caller's own; not one of the client's */
    const struct had_aws_service *service;
    const struct had_aws_operation *operation;
    json_t *params, *joined; /* joined: the pages so far */
    had_str payload;
    bool has_payload, repeatable, pages, want_raw, unsigned_call;
    bool sent; /* some attempt may have reached the service and its fate is not known */
    bool skew_tried, refresh_tried, bucket_passed, waited;
    uint32_t page_count;
    had_str region, token;
    char uuid[37];
    struct had_aws_identity *identity;
    EVP_PKEY *proof; /* private key; its proof goes with each request */
    struct had_aws_bucket *bucket;
    struct had_aws_retry retry;
    struct had_arena arena;   /* of the call */
    struct had_arena attempt; /* of one attempt */
    struct had_aws_request request;
    struct had_aws_endpoint endpoint;
    void (*done)(void *context, const struct had_aws_result *result);
    void *context;
    struct had_aws_flight *previous, *next;
};

static void flight_free(struct had_aws_flight *f)
{
    struct had_aws *aws = f->aws;
    if (f->previous)
        f->previous->next = f->next;
    else
        aws->flights = f->next;
    if (f->next)
        f->next->previous = f->previous;
    aws->count -= f->counted;
    json_decref(f->params);
    json_decref(f->joined);
    EVP_PKEY_free(f->proof);
    if (f->request.body.len && f->request.body.ptr != f->payload.ptr)
        OPENSSL_cleanse((void *)(uintptr_t)f->request.body.ptr, f->request.body.len);
    had_arena_free(&f->attempt);
    had_arena_free(&f->arena);
    free(f);
}

static void end(struct had_aws_flight *f, struct had_aws_result *result)
{
    result->attempts = f->retry.attempts;
    f->done(f->context, result);
    had_aws_error_free(&result->error);
    flight_free(f);
}

__attribute__((format(printf, 4, 5))) static void fail(struct had_aws_flight *f,
                                                       enum had_aws_outcome outcome,
                                                       const char *code, const char *format, ...)
{
    struct had_aws_result result = {.outcome = outcome};
    va_list args;
    va_start(args, format);
    result.error = (struct had_aws_error){.code = had_str_c(code),
                                          .message = had_str_vprintf(&f->arena, format, args),
                                          .retry_after = -1};
    va_end(args);
    end(f, &result);
}

/* A call of which some attempt has an unknown fate must not be called failed. */
static enum had_aws_outcome given_up(const struct had_aws_flight *f)
{
    return f->sent ? HAD_AWS_UNKNOWN : HAD_AWS_FAILED;
}

static bool may_repeat(const struct had_aws_flight *f)
{
    return f->operation->repeat != HAD_AWS_ONCE || f->repeatable || f->request.has_token;
}

static void start(void *context);
static void send_request(void *context);

static void again(struct had_aws_flight *f, enum had_aws_fault fault, bool timed_out,
                  const struct had_aws_error *error, const char *code, const char *why)
{
    int64_t delay;
    struct had_aws *aws = f->aws;
    int64_t retry_after = error ? error->retry_after : -1;
    if (fault == HAD_AWS_THROTTLE && f->bucket)
        had_aws_bucket_throttled(f->bucket, now(aws));
    if (had_aws_retry_next(&f->retry, &aws->budget, fault, timed_out, retry_after, now(aws),
                           had_aws_chance(), &delay)) {
        f->bucket_passed = false;
        had_aws_after(aws, delay, send_request, f);
        return;
    }
    if (!error) {
        fail(f, given_up(f), code, "%s", why);
        return;
    }
    struct had_aws_result result = {.outcome = given_up(f), .error = *error};
    result.error.detail = json_incref(error->detail);
    end(f, &result);
}

/* ---- answers ---- */

/* Corrects our clock for a host by its answer's date: true if that may have been the fault. */
static bool correct_clock(struct had_aws_flight *f, const struct had_aws_reply *reply)
{
    struct had_aws *aws = f->aws;
    int64_t micros, wall = aws->transport.wall(aws->transport.context);
    if (f->skew_tried || !had_aws_time_parse(had_aws_reply_header(reply, "date"), &micros))
        return false;
    struct had_aws_skew *skew = aws->skews;
    while (skew && !had_str_eq(skew->host, f->endpoint.host))
        skew = skew->next;
    int64_t offset = micros / 1000 - wall, difference = offset - (skew ? skew->offset_ms : 0);
    if (difference > -SKEW_MS && difference < SKEW_MS)
        return false;
    if (!skew) {
        skew = had_new(&aws->arena, struct had_aws_skew);
        skew->host = had_str_dup(&aws->arena, f->endpoint.host);
        skew->next = aws->skews;
        aws->skews = skew;
    }
    skew->offset_ms = offset;
    f->skew_tried = true;
    return true;
}

static void take_error(struct had_aws_flight *f, const struct had_aws_reply *reply)
{
    struct had_aws_error error;
    had_aws_error_read(&f->attempt, reply, &error);
    enum had_aws_fault fault = had_aws_fault_of(f->service, &error);
    if (fault == HAD_AWS_SKEW) {
        if (correct_clock(f, reply)) {
            had_aws_error_free(&error);
            had_aws_after(f->aws, 0, send_request, f);
            return;
        }
        /* RequestExpired is also what EC2 says of a session that ended. */
        fault = had_str_is(error.code, "RequestExpired") ? HAD_AWS_EXPIRED : HAD_AWS_FINAL;
    }
    if (fault == HAD_AWS_EXPIRED && !f->refresh_tried && f->identity &&
        f->identity->source != HAD_AWS_KEYS) {
        f->refresh_tried = true;
        had_aws_error_free(&error);
        had_aws_identity_drop(f->identity);
        had_aws_after(f->aws, 0, start, f);
        return;
    }
    /* An answer of 5xx to a call that must not be repeated leaves its fate open. */
    if (fault == HAD_AWS_TRANSIENT && !may_repeat(f)) {
        f->sent = true;
        fault = HAD_AWS_FINAL;
    }
    if (fault == HAD_AWS_EXPIRED || fault == HAD_AWS_SKEW)
        fault = HAD_AWS_FINAL;
    again(f, fault, false, &error, NULL, NULL);
    had_aws_error_free(&error);
}

static void join_pages(struct had_aws_flight *f, const struct had_aws_page *page, json_t *value)
{
    had_str names = had_str_c(had_aws_text(page->result));
    if (!f->joined) {
        f->joined = json_incref(value);
        return;
    }
    while (names.len) {
        int64_t space = had_str_find(names, ' ');
        had_str name = space < 0 ? names : had_str_slice(names, 0, (uint32_t)space);
        names = space < 0 ? (had_str){0} : had_str_slice(names, (uint32_t)space + 1, names.len);
        const char *key = had_str_cstr(&f->attempt, name);
        json_t *more = json_object_get(value, key), *list = json_object_get(f->joined, key);
        if (list && json_is_array(list))
            json_array_extend(list, more);
        else if (more)
            json_object_set(f->joined, key, more);
    }
}

/* Puts the next page's tokens into the parameters; false if this was the last. */
static bool next_page(struct had_aws_flight *f, const struct had_aws_page *page,
                      const json_t *value, bool *circle)
{
    had_str in = had_str_c(had_aws_text(page->in)), out = had_str_c(had_aws_text(page->out));
    const char *more = had_aws_text(page->more);
    bool any = false, changed = false;
    if (*more && !json_is_true(json_object_get(value, more)))
        return false;
    json_t *params = f->params ? json_copy(f->params) : json_object();
    while (in.len && out.len) {
        int64_t a = had_str_find(in, ' '), b = had_str_find(out, ' ');
        const char *key = had_str_cstr(&f->attempt, a < 0 ? in : had_str_slice(in, 0, (uint32_t)a));
        const char *from =
            had_str_cstr(&f->attempt, b < 0 ? out : had_str_slice(out, 0, (uint32_t)b));
        in = a < 0 ? (had_str){0} : had_str_slice(in, (uint32_t)a + 1, in.len);
        out = b < 0 ? (had_str){0} : had_str_slice(out, (uint32_t)b + 1, out.len);
        json_t *token = json_object_get(value, from);
        if (json_is_string(token) && json_string_length(token)) {
            any = true;
            changed |= !json_equal(token, json_object_get(params, key));
            json_object_set(params, key, token);
        } else {
            json_object_del(params, key);
        }
    }
    *circle = any && !changed;
    json_decref(f->params);
    f->params = params;
    return any && changed;
}

static bool build(struct had_aws_flight *f, had_str *error)
{
    struct had_aws_input input = {f->params, f->has_payload ? &f->payload : NULL,
                                  f->token.len ? f->token : had_str_c(f->uuid)};
    return had_aws_request_build(&f->arena, f->service, f->operation, &input, &f->request, error);
}

static void take_value(struct had_aws_flight *f, const struct had_aws_reply *reply)
{
    had_str error = {0}, raw = {0};
    json_t *value = had_aws_answer_read(&f->attempt, f->service, f->operation, reply,
                                        f->want_raw ? &raw : NULL, &error);
    if (!value) {
        /* The service did it, but what it said is lost. */
        had_str why = had_str_dup(&f->arena, error);
        f->sent |= f->operation->repeat != HAD_AWS_READS;
        again(f, may_repeat(f) ? HAD_AWS_TRANSIENT : HAD_AWS_FINAL, false, NULL, HAD_AWS_NO_ANSWER,
              had_str_cstr(&f->arena, why));
        return;
    }
    had_aws_retry_done(&f->retry, &f->aws->budget);
    f->sent = false; /* a repeat that succeeded settles what came before */
    if (f->pages && f->operation->page != HAD_AWS_NONE) {
        const struct had_aws_page *page = &had_aws_pages[f->operation->page];
        bool circle = false;
        join_pages(f, page, value);
        if (next_page(f, page, value, &circle)) {
            json_decref(value);
            if (++f->page_count >= PAGES_MAX || !build(f, &error)) {
                fail(f, HAD_AWS_FAILED, HAD_AWS_NO_ANSWER, "the answer has no last page");
                return;
            }
            f->bucket_passed = false;
            f->retry.transient = f->retry.throttled = 0;
            had_aws_after(f->aws, 0, send_request, f);
            return;
        }
        json_decref(value);
        if (circle) {
            fail(f, HAD_AWS_FAILED, HAD_AWS_NO_ANSWER, "the pages of the answer go in a circle");
            return;
        }
        value = json_incref(f->joined);
        /* The tokens speak of pages, and there is one answer. */
        had_str out = had_str_c(had_aws_text(page->out));
        while (out.len) {
            int64_t space = had_str_find(out, ' ');
            had_str name = space < 0 ? out : had_str_slice(out, 0, (uint32_t)space);
            json_object_del(value, had_str_cstr(&f->attempt, name));
            out = space < 0 ? (had_str){0} : had_str_slice(out, (uint32_t)space + 1, out.len);
        }
    }
    struct had_aws_result result = {.outcome = HAD_AWS_DONE, .value = value, .raw = raw};
    result.error = (struct had_aws_error){
        .status = reply->status, .request_id = had_aws_reply_request_id(reply), .retry_after = -1};
    end(f, &result);
    json_decref(value);
}

static void answered(void *context, const struct had_http_answer *answer)
{
    struct had_aws_flight *f = context;
    f->http = 0;
    struct had_aws_reply reply = {answer->status, answer->headers, answer->header_count,
                                  answer->body};
    if (answer->outcome == HAD_HTTP_ANSWERED) {
        if (answer->status >= 200 && answer->status < 300)
            take_value(f, &reply);
        else
            take_error(f, &reply);
        return;
    }
    if (answer->outcome == HAD_HTTP_CANCELLED) {
        fail(f, given_up(f), HAD_AWS_CANCELLED, "the call was cancelled");
        return;
    }
    const char *why =
        had_str_cstr(&f->arena, had_str_printf(&f->arena, HAD_FMT ": %s", HAD_ARG(f->endpoint.host),
                                               answer->error));
    if (answer->outcome == HAD_HTTP_NOT_SENT) {
        again(f, HAD_AWS_TRANSIENT, answer->timed_out, NULL, HAD_AWS_NOT_SENT, why);
        return;
    }
    f->sent |= f->operation->repeat != HAD_AWS_READS;
    again(f, may_repeat(f) ? HAD_AWS_TRANSIENT : HAD_AWS_FINAL, answer->timed_out, NULL,
          HAD_AWS_NO_ANSWER, why);
}

/* ---- sending ---- */

static had_str account_of(const struct had_aws_flight *f)
{
    /* arn:aws:iam::123456789012:role/name */
    if (f->identity && f->identity->source == HAD_AWS_ASSUME && f->identity->role_arn.len) {
        had_str rest = f->identity->role_arn;
        for (int i = 0; i < 4; i++) {
            int64_t colon = had_str_find(rest, ':');
            rest = colon < 0 ? rest : had_str_slice(rest, (uint32_t)colon + 1, rest.len);
        }
        int64_t colon = had_str_find(rest, ':');
        return colon < 0 ? rest : had_str_slice(rest, 0, (uint32_t)colon);
    }
    return HAD_STR("own");
}

static struct had_aws_bucket *bucket_of(struct had_aws_flight *f)
{
    struct had_aws *aws = f->aws;
    bool alone;
    struct had_aws_limit limit = had_aws_limit_of(f->service, f->operation, &alone);
    had_str key = had_str_printf(&f->attempt, HAD_FMT " " HAD_FMT " %s %s", HAD_ARG(account_of(f)),
                                 HAD_ARG(f->endpoint.region), had_aws_text(f->service->name),
                                 alone ? had_aws_text(f->operation->name) : "");
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < key.len; i++)
        hash = (hash ^ (unsigned char)key.ptr[i]) * 16777619u;
    struct had_aws_bucket_entry **at = &aws->buckets[(hash ^ hash >> 15) % HAD_AWS_BUCKET_SLOTS];
    for (; *at; at = &(*at)->next)
        if (had_str_eq((*at)->key, key))
            return &(*at)->bucket;
    *at = had_new(&aws->arena, struct had_aws_bucket_entry);
    (*at)->key = had_str_dup(&aws->arena, key);
    had_aws_bucket_init(&(*at)->bucket, limit, now(aws));
    return &(*at)->bucket;
}

static void add_header(struct had_arena *arena, struct had_http_header **headers, uint32_t *count,
                       had_str name, had_str value)
{
    if (*count % 16 == 0)
        *headers = had_arena_grow(arena, *headers, *count * sizeof **headers,
                                  (*count + 16) * sizeof **headers);
    (*headers)[(*count)++] = (struct had_http_header){name, value};
}

static int64_t signing_time(const struct had_aws_flight *f)
{
    const struct had_aws *aws = f->aws;
    int64_t wall = aws->transport.wall(aws->transport.context);
    for (const struct had_aws_skew *s = aws->skews; s; s = s->next)
        if (had_str_eq(s->host, f->endpoint.host))
            return (wall + s->offset_ms) / 1000;
    return wall / 1000;
}

struct wire {
    had_str url;
    struct had_http_header *headers;
    uint32_t count;
};

/* Host, path, headers and signature of one attempt. */
static void make_wire(struct had_aws_flight *f, struct wire *out)
{
    struct had_arena *arena = &f->attempt;
    const struct had_aws_request *r = &f->request;
    had_str host = f->endpoint.host, path = r->path;
    bool s3 = strcmp(had_aws_text(f->service->name), "s3") == 0;
    *out = (struct wire){0};
    /* A bucket stands in front of S3's own host; end points that were given take it in the path. */
    if (s3 && r->bucket.len && had_aws_bucket_is_label(r->bucket) &&
        !had_aws_endpoint_override(f->aws, f->service).len) {
        host = had_str_printf(arena, HAD_FMT "." HAD_FMT, HAD_ARG(r->bucket), HAD_ARG(host));
        path = had_str_slice(path, r->bucket.len + 1, path.len);
    }
    path = had_str_printf(arena, HAD_FMT HAD_FMT, HAD_ARG(f->endpoint.path),
                          HAD_ARG(path.len ? path : HAD_STR("/")));
    add_header(arena, &out->headers, &out->count, HAD_STR("Host"), host);
    for (uint32_t i = 0; i < r->headers.count; i++)
        add_header(arena, &out->headers, &out->count, r->headers.items[i].name,
                   r->headers.items[i].value);
    if (f->operation->flags & HAD_AWS_CHECKSUM) {
        unsigned char hash[SHA256_DIGEST_LENGTH];
        struct had_buffer text = {0};
        SHA256((const unsigned char *)(r->body.ptr ? r->body.ptr : ""), r->body.len, hash);
        had_aws_base64(&text, hash, sizeof hash);
        add_header(arena, &out->headers, &out->count, HAD_STR("x-amz-checksum-sha256"),
                   had_buffer_take(arena, &text));
    }
    add_header(arena, &out->headers, &out->count, HAD_STR("amz-sdk-invocation-id"),
               had_str_c(f->uuid));
    add_header(
        arena, &out->headers, &out->count, HAD_STR("amz-sdk-request"),
        had_str_printf(arena, "attempt=%u; max=%u", f->retry.attempts + 1, f->retry.max_attempts));
    if (f->proof)
        add_header(arena, &out->headers, &out->count, HAD_STR("DPoP"),
                   had_aws_login_proof(arena, f->proof,
                                       had_str_printf(arena, HAD_FMT "://" HAD_FMT HAD_FMT,
                                                      HAD_ARG(f->endpoint.scheme), HAD_ARG(host),
                                                      HAD_ARG(path)),
                                       signing_time(f)));
    if (!f->unsigned_call) {
        struct had_http_header *added;
        uint32_t added_count;
        struct had_sigv4 sign = {
            .method = r->method,
            .path = path,
            .query = r->query,
            .headers = out->headers,
            .header_count = out->count,
            .body = r->body,
            .region = f->endpoint.region,
            .service = had_str_c(had_aws_text(f->service->signing)),
            .keys = {f->identity->id, f->identity->secret, f->identity->token},
            .time = signing_time(f),
            .raw_path = s3,
            .content_header = s3,
        };
        had_sigv4_headers(arena, &sign, &added, &added_count, NULL);
        for (uint32_t i = 0; i < added_count; i++)
            add_header(arena, &out->headers, &out->count, added[i].name, added[i].value);
    }
    out->url = had_str_printf(arena, HAD_FMT "://" HAD_FMT HAD_FMT "%s" HAD_FMT,
                              HAD_ARG(f->endpoint.scheme), HAD_ARG(host), HAD_ARG(path),
                              r->query.len ? "?" : "", HAD_ARG(r->query));
}

/* False if the call waits for keys, and then `next` is called, or if it ended without any. */
static bool have_keys(struct had_aws_flight *f, void (*next)(void *context))
{
    if (f->unsigned_call)
        return true;
    /* Who waited is served with what there is now: asking again would fetch again after a failure.
     */
    if (!f->waited && !had_aws_identity_get(f->identity, next, f)) {
        f->waited = true;
        return false;
    }
    f->waited = false;
    if (f->identity->ready)
        return true;
    fail(f, given_up(f), HAD_AWS_NO_CREDENTIALS, HAD_FMT, HAD_ARG(f->identity->error));
    return false;
}

static void send_request(void *context)
{
    struct had_aws_flight *f = context;
    struct had_aws *aws = f->aws;
    int64_t left = f->retry.deadline - now(aws);
    if (left <= 0) {
        fail(f, given_up(f), HAD_AWS_DEADLINE, "the call did not come through in time");
        return;
    }
    if (!have_keys(f, send_request))
        return;
    had_arena_free(&f->attempt);
    if (!f->bucket_passed) {
        f->bucket = bucket_of(f);
        f->bucket_passed = true;
        int64_t wait = had_aws_bucket_take(f->bucket, now(aws));
        if (wait) {
            had_aws_after(aws, wait, send_request, f);
            return;
        }
    }
    struct wire wire;
    make_wire(f, &wire);
    f->retry.attempts++;
    struct had_http_request request = {
        .method = f->request.method,
        .url = wire.url,
        .headers = wire.headers,
        .header_count = wire.count,
        .body = f->request.body,
        .connect_ms = CONNECT_MS,
        .total_ms = left < CALL_MS ? (uint32_t)left : CALL_MS,
        .done = answered,
        .context = f,
    };
    f->http = aws->transport.submit(aws->transport.context, &request);
}

/* Builds the request once; repeats send the same bytes, and so the same token. */
static void prepare(void *context)
{
    struct had_aws_flight *f = context;
    had_str error = {0};
    if (!build(f, &error)) {
        fail(f, HAD_AWS_FAILED, HAD_AWS_PARAMETERS, HAD_FMT, HAD_ARG(error));
        return;
    }
    start(f);
}

static bool find_endpoint(struct had_aws_flight *f, had_str *error)
{
    struct had_aws *aws = f->aws;
    struct had_aws_endpoint_options options = {
        .region = f->region.len ? f->region : aws->region,
        .fips = aws->fips,
        .dual_stack = aws->dual_stack,
        .override = had_aws_endpoint_override(aws, f->service),
    };
    return had_aws_endpoint_find(&f->arena, f->service, &options, &f->endpoint, error);
}

static void start(void *context)
{
    struct had_aws_flight *f = context;
    had_str error = {0};
    /* Keys first: an instance's metadata also tells the Region. */
    if (!have_keys(f, start))
        return;
    if (!find_endpoint(f, &error)) {
        fail(f, HAD_AWS_FAILED, HAD_AWS_NO_ENDPOINT, HAD_FMT, HAD_ARG(error));
        return;
    }
    send_request(f);
}

static struct had_aws_flight *flight_new(struct had_aws *aws, const struct had_aws_call *call)
{
    struct had_aws_flight *f = had_xmalloc(sizeof *f);
    *f = (struct had_aws_flight){
        .aws = aws,
        .number = ++aws->last,
        .service = call->service,
        .operation = call->operation,
        .params = call->params ? json_deep_copy(call->params) : NULL,
        .has_payload = call->payload != NULL,
        .repeatable = call->repeatable,
        .pages = call->pages,
        .want_raw = call->want_raw,
        .unsigned_call = (call->operation->flags & HAD_AWS_UNSIGNED) != 0,
        .done = call->done,
        .context = call->context,
        .next = aws->flights,
    };
    if (aws->flights)
        aws->flights->previous = f;
    aws->flights = f;
    if (call->payload)
        f->payload = had_str_dup(&f->arena, *call->payload);
    f->region = had_str_dup(&f->arena, call->region);
    f->token = had_str_dup(&f->arena, call->token);
    had_aws_uuid(f->uuid);
    f->retry = (struct had_aws_retry){
        .max_attempts = aws->max_attempts,
        .deadline = now(aws) + (call->deadline_ms ? call->deadline_ms : DEADLINE_MS),
    };
    return f;
}

uint64_t had_aws_submit_as(struct had_aws *aws, const struct had_aws_call *call,
                           struct had_aws_identity *identity)
{
    struct had_aws_flight *f = flight_new(aws, call);
    f->identity = identity;
    f->unsigned_call |= identity == NULL;
    had_aws_after(aws, 0, prepare, f);
    return f->number;
}

uint64_t had_aws_submit_proved(struct had_aws *aws, const struct had_aws_call *call, EVP_PKEY *key)
{
    uint64_t number = had_aws_submit_as(aws, call, NULL);
    aws->flights->proof = key; /* the newest is the first */
    return number;
}

uint64_t had_aws_submit(struct had_aws *aws, const struct had_aws_call *call)
{
    struct had_aws_flight *f = flight_new(aws, call);
    f->counted = true;
    aws->count++;
    f->identity = call->role ? had_aws_identity_role(aws, aws->own, call->role) : aws->own;
    had_aws_after(aws, 0, prepare, f);
    return f->number;
}

static void cancelled(void *context)
{
    struct had_aws_flight *f = context;
    fail(f, given_up(f), HAD_AWS_CANCELLED, "the call was cancelled");
}

bool had_aws_cancel(struct had_aws *aws, uint64_t number)
{
    for (struct had_aws_flight *f = aws->flights; f; f = f->next) {
        if (f->number != number)
            continue;
        if (f->http) {
            /* It is on its way: whether it arrived nobody can tell. */
            f->sent |= f->operation->repeat != HAD_AWS_READS;
            return aws->transport.cancel(aws->transport.context, f->http);
        }
        had_aws_forget(aws, f);
        had_aws_identity_leave(f->identity ? f->identity : aws->own, f);
        had_aws_after(aws, 0, cancelled, f);
        return true;
    }
    return false;
}

uint32_t had_aws_turn(struct had_aws *aws, uint32_t wait_ms)
{
    fire_due(aws);
    if (!aws->count)
        return 0;
    if (aws->timer_count) {
        int64_t until = aws->timers[0].at - now(aws);
        if (until < wait_ms)
            wait_ms = until > 0 ? (uint32_t)until : 0;
    }
    aws->transport.turn(aws->transport.context, wait_ms);
    fire_due(aws);
    return aws->count;
}

/* ---- settings ---- */

had_str had_aws_setting(const struct had_aws *aws, const char *variable, const char *key)
{
    had_str value = had_aws_variable(aws->environment, variable);
    return value.len ? value
                     : had_aws_config_get(&aws->config, HAD_AWS_PROFILE, aws->profile, NULL, key);
}

/* Source: botocore 1.43.67, configprovider.py, ConfiguredEndpointProvider. */
had_str had_aws_endpoint_override(const struct had_aws *aws, const struct had_aws_service *service)
{
    char variable[96] = "AWS_ENDPOINT_URL_", key[64];
    const char *id = had_aws_text(service->id);
    size_t at = strlen(variable), k = 0;
    if (aws->ignore_endpoints)
        return (had_str){0};
    for (; *id && at + 1 < sizeof variable && k + 1 < sizeof key; id++) {
        char c = (char)(*id == ' ' || *id == '-' ? '_' : *id);
        variable[at++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        key[k++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    variable[at] = key[k] = '\0';
    had_str url = had_aws_variable(aws->environment, variable);
    if (!url.len)
        url = had_aws_variable(aws->environment, "AWS_ENDPOINT_URL");
    had_str section =
        had_aws_config_get(&aws->config, HAD_AWS_PROFILE, aws->profile, NULL, "services");
    if (!url.len && section.len)
        url = had_aws_config_get(&aws->config, HAD_AWS_SERVICES, section, key, "endpoint_url");
    if (!url.len)
        url = had_aws_config_get(&aws->config, HAD_AWS_PROFILE, aws->profile, NULL, "endpoint_url");
    return url;
}

static bool read_settings(struct had_aws *aws, const struct had_aws_options *options,
                          had_str *error)
{
    had_str profile = had_aws_variable(aws->environment, "AWS_PROFILE");
    if (!profile.len)
        profile = had_aws_variable(aws->environment, "AWS_DEFAULT_PROFILE");
    aws->profile_given = options->profile.len > 0;
    aws->profile = options->profile.len ? options->profile
                   : profile.len        ? profile
                                        : HAD_STR("default");
    aws->profile = had_str_dup(&aws->arena, aws->profile);
    if (!had_aws_config_load(&aws->config, aws->environment, error))
        return false;
    aws->region =
        options->region.len ? options->region : had_aws_variable(aws->environment, "AWS_REGION");
    if (!aws->region.len)
        aws->region = had_aws_setting(aws, "AWS_DEFAULT_REGION", "region");
    aws->region = had_str_dup(&aws->arena, aws->region);
    aws->fips =
        had_aws_truth(had_aws_setting(aws, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"), false);
    aws->dual_stack = had_aws_truth(
        had_aws_setting(aws, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"), false);
    aws->ignore_endpoints =
        had_aws_truth(had_aws_setting(aws, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                                      "ignore_configured_endpoint_urls"),
                      false);
    int64_t attempts = HAD_AWS_ATTEMPTS;
    had_str text = had_aws_setting(aws, "AWS_MAX_ATTEMPTS", "max_attempts");
    if (text.len && (!had_str_to_int(text, &attempts) || attempts < 1 || attempts > 100)) {
        *error = had_str_printf(
            &aws->arena, "max_attempts `" HAD_FMT "` is no number from 1 to 100", HAD_ARG(text));
        return false;
    }
    aws->max_attempts = (uint32_t)attempts;
    /* Which of them is said makes no difference: there is one way, which holds what each is for. */
    text = had_aws_setting(aws, "AWS_RETRY_MODE", "retry_mode");
    if (text.len && !had_str_is(text, "legacy") && !had_str_is(text, "standard") &&
        !had_str_is(text, "adaptive")) {
        *error = had_str_printf(
            &aws->arena, "retry_mode `" HAD_FMT "` is none of `legacy`, `standard` and `adaptive`",
            HAD_ARG(text));
        return false;
    }
    if (aws->region.len && !had_aws_region_valid(aws->region)) {
        *error = had_str_printf(&aws->arena, "`" HAD_FMT "` is no Region", HAD_ARG(aws->region));
        return false;
    }
    return true;
}

struct had_aws *had_aws_new(const struct had_aws_options *options, struct had_arena *arena,
                            had_str *error)
{
    struct had_aws *aws = had_xmalloc(sizeof *aws);
    *aws = (struct had_aws){
        .transport = options->transport,
        .environment = options->environment ? options->environment : &had_aws_process_environment,
        .ask_mfa = options->ask_mfa,
        .ask_context = options->ask_context,
    };
    aws->config.arena = &aws->arena;
    if (!read_settings(aws, options, error)) {
        *error = had_str_dup(arena, *error);
        had_aws_free(aws);
        return NULL;
    }
    aws->own = had_aws_identity_find(aws);
    return aws;
}

struct had_aws *had_aws_open(const struct had_aws_options *options,
                             const struct had_http_options *http_options, struct had_http **http,
                             struct had_arena *arena, had_str *error)
{
    struct had_http_options with_ca = *http_options;
    struct had_aws_options mine = *options;
    struct had_aws settings = {.environment = options->environment ? options->environment
                                                                   : &had_aws_process_environment};
    const char *why;
    settings.config.arena = &settings.arena;
    *http = NULL;
    if (!read_settings(&settings, options, error)) {
        *error = had_str_dup(arena, *error);
        had_arena_free(&settings.arena);
        return NULL;
    }
    had_str bundle = had_aws_setting(&settings, "AWS_CA_BUNDLE", "ca_bundle");
    bundle = had_aws_home_path(&settings.arena, settings.environment, bundle);
    if (bundle.len)
        with_ca.ca_bundle = had_str_cstr(&settings.arena, bundle);
    *http = had_http_new(&with_ca, &why);
    had_arena_free(&settings.arena);
    if (!*http) {
        *error = had_str_c(why);
        return NULL;
    }
    mine.transport = had_http_transport(*http);
    struct had_aws *aws = had_aws_new(&mine, arena, error);
    if (!aws) {
        had_http_free(*http);
        *http = NULL;
    }
    return aws;
}

void had_aws_free(struct had_aws *aws)
{
    if (!aws)
        return;
    while (aws->flights) {
        struct had_aws_flight *f = aws->flights;
        if (f->http)
            aws->transport.cancel(aws->transport.context, f->http);
        flight_free(f);
    }
    had_aws_waits_free(aws);
    had_aws_identities_free(aws);
    free(aws->timers);
    had_arena_free(&aws->arena);
    free(aws);
}

had_str had_aws_region(const struct had_aws *aws)
{
    return aws->region;
}

had_str had_aws_identity_text(const struct had_aws *aws)
{
    return aws->own->text;
}

/* ---- previews ---- */

static had_str shown_body(struct had_aws_flight *f, struct had_arena *arena)
{
    had_str error = {0};
    struct had_aws_request request;
    if (f->has_payload)
        return f->payload.len ? HAD_STR("(bytes)") : (had_str){0};
    json_t *params = f->params ? json_incref(f->params) : json_object();
    json_t *plain = had_aws_redact(f->operation->input, params);
    json_decref(params);
    struct had_aws_input input = {plain, NULL, f->token.len ? f->token : had_str_c(f->uuid)};
    /* A secret that is no text cannot be written as one: then no body is shown. */
    bool good = had_aws_request_build(arena, f->service, f->operation, &input, &request, &error);
    json_decref(plain);
    return good ? request.body : HAD_STR("(redacted)");
}

bool had_aws_preview(struct had_aws *aws, const struct had_aws_call *call, struct had_arena *arena,
                     struct had_aws_preview *out, had_str *error)
{
    struct had_aws_flight *f = flight_new(aws, call);
    struct wire wire = {0};
    f->identity = call->role ? had_aws_identity_role(aws, aws->own, call->role) : aws->own;
    bool good = build(f, error) && find_endpoint(f, error);
    struct had_aws_identity *identity = f->identity;
    /* Keys that would have to be fetched are not: the place of the signature is shown all the same.
     */
    struct had_aws_identity nobody = {.id = HAD_STR("AKIDNOTFETCHED"), .secret = HAD_STR("none")};
    if (good && identity->source == HAD_AWS_NOBODY && !f->unsigned_call) {
        *error = identity->why;
        good = false;
    }
    if (good) {
        if (!identity->ready)
            f->identity = &nobody;
        make_wire(f, &wire);
        f->identity = NULL;
        struct had_http_header *headers = had_new_n(arena, struct had_http_header, wire.count + 1);
        for (uint32_t i = 0; i < wire.count; i++) {
            had_str value = wire.headers[i].value;
            if (had_str_eq_nocase(wire.headers[i].name, HAD_STR("authorization"))) {
                /* The scope and the list of headers are what one looks for; the signature is left
                 * out. */
                for (uint32_t k = 0; k + 10 < value.len; k++)
                    if (memcmp(value.ptr + k, "Signature=", 10) == 0)
                        value = had_str_printf(arena, HAD_FMT "Signature=REDACTED",
                                               HAD_ARG(had_str_slice(value, 0, k)));
            } else if (had_http_secret_header(wire.headers[i].name)) {
                value = HAD_STR("REDACTED");
            }
            headers[i] = (struct had_http_header){had_str_dup(arena, wire.headers[i].name),
                                                  had_str_dup(arena, value)};
        }
        *out = (struct had_aws_preview){
            .method = f->request.method,
            .url = had_http_redact_url(arena, wire.url),
            .body = had_str_dup(arena, shown_body(f, arena)),
            .headers = headers,
            .header_count = wire.count,
        };
    }
    f->identity = NULL;
    *error = had_str_dup(arena, *error);
    flight_free(f);
    return good;
}
