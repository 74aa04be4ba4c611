/*
 * HTTP by one event loop. A client takes requests and answers each by one call of its `done`: with
 * the answer, or with what is known of the request's fate. But for GET and HEAD nothing is ever
 * sent twice here: where a request may have reached the server and no complete answer came back,
 * the outcome is `unknown`, and only the caller can tell whether to send it again. Redirects are
 * not followed, cookies not kept.
 *
 *     struct had_http *http = had_http_new(&(struct had_http_options){0}, &error);
 *     had_http_submit(http, &request);          // request.done will be called from had_http_turn
 *     while (had_http_turn(http, 1000))
 *         ;
 *     had_http_free(http);
 *
 * libcurl and OpenSSL are initialised when the first client is made. Proxies come from the
 * environment (https_proxy, no_proxy, …); certificates are verified always. A transport (struct
 * had_transport) is what the AWS client needs of all this, so that tests can put a network and a
 * clock of their own there.
 */
#ifndef HAD_HTTP_HTTP_H
#define HAD_HTTP_HTTP_H

#include "base/str.h"

enum had_http_outcome {
    HAD_HTTP_ANSWERED, /* a complete answer, whatever its status */
    HAD_HTTP_NOT_SENT, /* the server never had the request: no address, no connection, no TLS */
    HAD_HTTP_UNKNOWN,  /* it may have had it */
    HAD_HTTP_CANCELLED,
};

struct had_http_header {
    had_str name, value;
};

struct had_http_answer {
    enum had_http_outcome outcome;
    bool timed_out;
    int status; /* 0 if none came; may be set with `unknown`: the headers came, the body did not */
    const struct had_http_header *headers;
    uint32_t header_count;
    had_str body;
    const char *error; /* a sentence's end: "could not connect", or "" */
};

/* Texts need to live until had_http_submit returns; the answer's until `done` returns. */
struct had_http_request {
    had_str method, url;
    const struct had_http_header *headers; /* with Host, if signed */
    uint32_t header_count;
    had_str body;
    uint32_t connect_ms, total_ms; /* 0: 10 s and 60 s */
    uint32_t max_body;             /* bytes of the answer; 0: 32 MiB */
    bool direct;                   /* no proxy: services on the link itself, such as IMDS */
    void (*done)(void *context, const struct had_http_answer *answer);
    void *context;
};

struct had_http_options {
    const char *ca_bundle; /* a PEM file in place of the system's; NULL or "" for that */
    const char *user_agent;
    uint32_t max_connections, max_per_host; /* 0: 256 and 64 */
    /* One line per request and answer, without secrets; for --verbose and tests. */
    void (*log)(void *context, had_str line);
    void *log_context;
};

struct had_http;

/* NULL and a sentence where the library cannot be had. */
struct had_http *had_http_new(const struct had_http_options *options, const char **error);
/* Requests in flight end without a call of `done`. */
void had_http_free(struct had_http *http);

/* The number of the request, for had_http_cancel; never 0. What is wrong with it comes by `done`.
 */
uint64_t had_http_submit(struct had_http *http, const struct had_http_request *request);
/* Ends a request; its `done` is called with `cancelled` in the next turn. False if it has ended. */
bool had_http_cancel(struct had_http *http, uint64_t number);
/* Waits at most so long for the network, calls `done` of what ended, and returns what is in flight.
 */
uint32_t had_http_turn(struct had_http *http, uint32_t wait_ms);

/* What the layer above needs: requests, turns, and both clocks in milliseconds. */
struct had_transport {
    void *context;
    uint64_t (*submit)(void *context, const struct had_http_request *request);
    bool (*cancel)(void *context, uint64_t number);
    uint32_t (*turn)(void *context, uint32_t wait_ms);
    int64_t (*now)(void *context);  /* monotonic */
    int64_t (*wall)(void *context); /* since 1970 */
};
struct had_transport had_http_transport(struct had_http *http);

/* ---- what may be shown ---- */

/* True for headers whose value is a secret: Authorization, tokens, cookies. */
bool had_http_secret_header(had_str name);
/* Percent-encoded query values that are secret (signatures, tokens, credentials) become `REDACTED`.
 */
had_str had_http_redact_url(struct had_arena *arena, had_str url);

#endif
