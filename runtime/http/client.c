#include "http/http.h"

#include "base/array.h"
#include "base/buffer.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    CONNECT_MS = 10000,
    TOTAL_MS = 60000,
    MAX_BODY = 32 * 1024 * 1024,
    MAX_HEADERS = 256 * 1024, /* bytes of all headers of an answer */
    MAX_CONNECTIONS = 256,
    MAX_PER_HOST = 64,
    /* Load balancers drop what idles for a minute; a connection that just died costs an unknown
       outcome. */
    IDLE_SECONDS = 20,
    ERROR_MAX = 200,
};

struct transfer {
    struct had_http *http;
    uint64_t number;
    CURL *easy;
    struct curl_slist *sent_headers;
    struct had_arena arena;
    had_str method, url, body;
    size_t read; /* bytes of the body that went out */
    struct had_buffer answer;
    had_array(struct had_http_header) headers;
    size_t header_bytes;
    uint32_t max_body;
    bool refused; /* the answer is too large */
    bool cancelled;
    bool not_sent; /* it could not even be started */
    const char *why;
    void (*done)(void *context, const struct had_http_answer *answer);
    void *context;
    struct transfer *next;
};

struct had_http {
    CURLM *multi;
    struct had_http_options options;
    char *ca_bundle, *user_agent;
    struct transfer *transfers; /* in flight */
    struct transfer *ended;     /* `done` is due: never started, or cancelled */
    uint64_t last;
    uint32_t count;
    CURL **idle; /* handles to use again: making one costs more than a request */
    uint32_t idle_count, idle_room;
};

static char *copy(const char *text)
{
    size_t len = text ? strlen(text) : 0;
    char *out = len ? had_xmalloc(len + 1) : NULL;
    if (out)
        memcpy(out, text, len + 1);
    return out;
}

struct had_http *had_http_new(const struct had_http_options *options, const char **error)
{
    *error = "the HTTP library cannot be initialised";
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) /* counted; undone by had_http_free */
        return NULL;
    CURLM *multi = curl_multi_init();
    if (!multi) {
        curl_global_cleanup();
        return NULL;
    }
    *error = NULL;
    struct had_http *http = had_xmalloc(sizeof *http);
    *http = (struct had_http){.multi = multi, .options = *options};
    http->ca_bundle = copy(options->ca_bundle);
    http->user_agent = copy(options->user_agent);
    uint32_t connections = options->max_connections ? options->max_connections : MAX_CONNECTIONS;
    uint32_t per_host = options->max_per_host ? options->max_per_host : MAX_PER_HOST;
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)connections);
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)per_host);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)connections);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    return http;
}

static void log_line(struct had_http *http, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void log_line(struct had_http *http, const char *format, ...)
{
    if (!http->options.log)
        return;
    struct had_arena arena = {0};
    va_list args;
    va_start(args, format);
    http->options.log(http->options.log_context, had_str_vprintf(&arena, format, args));
    va_end(args);
    had_arena_free(&arena);
}

/* ---- callbacks of one transfer ---- */

static size_t read_body(char *to, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    size_t room = size * count, rest = t->body.len - t->read;
    size_t len = rest < room ? rest : room;
    if (len)
        memcpy(to, t->body.ptr + t->read, len);
    t->read += len;
    return len;
}

/*
 * The library sends a request again by itself when a kept connection ends without an answer. It
 * asks for the body from its start first; refusing that once bytes went out turns the repeat into
 * an error.
 */
static int seek_body(void *context, curl_off_t offset, int origin)
{
    struct transfer *t = context;
    if (origin == SEEK_SET && offset == 0 && t->read == 0)
        return CURL_SEEKFUNC_OK;
    return CURL_SEEKFUNC_FAIL;
}

static size_t write_body(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    size_t len = size * count;
    if (len > t->max_body - t->answer.len) {
        t->refused = true;
        return 0;
    }
    had_buffer_add(&t->answer, bytes, len);
    return len;
}

static size_t write_header(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    size_t len = size * count;
    t->header_bytes += len;
    if (t->header_bytes > MAX_HEADERS) {
        t->refused = true;
        return 0;
    }
    had_str line = {bytes, (uint32_t)len};
    while (line.len && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
        line.len--;
    if (had_str_starts(line, "HTTP/")) {
        t->headers.count = 0; /* a new answer: what came was a 100, or a proxy's to CONNECT */
        return len;
    }
    int64_t colon = had_str_find(line, ':');
    if (colon > 0)
        *had_push(&t->arena, &t->headers) = (struct had_http_header){
            had_str_dup(&t->arena, had_str_slice(line, 0, (uint32_t)colon)),
            had_str_dup(&t->arena,
                        had_str_trim(had_str_slice(line, (uint32_t)colon + 1, line.len)))};
    return len;
}

/* ---- starting and ending ---- */

static CURL *take_easy(struct had_http *http)
{
    if (http->idle_count)
        return http->idle[--http->idle_count];
    return curl_easy_init();
}

static void give_easy(struct had_http *http, CURL *easy)
{
    if (http->idle_count == http->idle_room) {
        http->idle_room = http->idle_room ? http->idle_room * 2 : 16;
        http->idle = had_xrealloc(http->idle, http->idle_room * sizeof *http->idle);
    }
    curl_easy_reset(easy); /* keeps nothing of the request; connections live in the multi handle */
    http->idle[http->idle_count++] = easy;
}

static void transfer_free(struct transfer *t)
{
    curl_slist_free_all(t->sent_headers);
    if (t->easy)
        give_easy(t->http, t->easy);
    if (t->body.len)
        OPENSSL_cleanse((void *)(uintptr_t)t->body.ptr, t->body.len); /* bodies hold passwords */
    if (t->answer.len)
        OPENSSL_cleanse(t->answer.ptr, t->answer.len);
    had_buffer_free(&t->answer);
    had_arena_free(&t->arena);
    free(t);
}

static bool line_safe(had_str text)
{
    for (uint32_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '\r' || text.ptr[i] == '\n' || text.ptr[i] == '\0')
            return false;
    return true;
}

static void add_header(struct transfer *t, const char *line)
{
    struct curl_slist *list = curl_slist_append(t->sent_headers, line);
    if (!list)
        had_out_of_memory(strlen(line));
    t->sent_headers = list;
}

static bool set_headers(struct transfer *t, const struct had_http_request *request)
{
    for (uint32_t i = 0; i < request->header_count; i++) {
        had_str name = request->headers[i].name, value = request->headers[i].value;
        if (!name.len || !line_safe(name) || !line_safe(value) || had_str_find(name, ':') >= 0)
            return false;
        had_str line = value.len ? had_str_printf(&t->arena, HAD_FMT ": " HAD_FMT, HAD_ARG(name),
                                                  HAD_ARG(value))
                                 : had_str_printf(&t->arena, HAD_FMT ";", HAD_ARG(name));
        add_header(t, had_str_cstr(&t->arena, line));
    }
    add_header(t, "Expect:"); /* no waiting for a 100 */
    add_header(t, "Accept:");
    return true;
}

static void set_method(struct transfer *t)
{
    CURL *easy = t->easy;
    if (had_str_is(t->method, "GET") && !t->body.len) {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        return;
    }
    if (had_str_is(t->method, "HEAD")) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (t->body.len || had_str_is(t->method, "POST") || had_str_is(t->method, "PUT")) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body.len);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
        curl_easy_setopt(easy, CURLOPT_READDATA, t);
        curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_body);
        curl_easy_setopt(easy, CURLOPT_SEEKDATA, t);
        bool typed = false;
        for (struct curl_slist *h = t->sent_headers; h; h = h->next)
            typed |= had_str_eq_nocase((had_str){h->data, 13}, HAD_STR("content-type:")) &&
                     strlen(h->data) > 13;
        if (!typed)
            add_header(t, "Content-Type:"); /* the library would say it is a form */
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->sent_headers);
    }
    /* Without a body nothing would stop the library's repeat; on a new connection it makes none. */
    if (!t->body.len && !had_str_is(t->method, "GET"))
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, had_str_cstr(&t->arena, t->method));
}

static void configure(struct transfer *t, const struct had_http_request *request)
{
    const struct had_http *http = t->http;
    CURL *easy = t->easy;
    curl_easy_setopt(easy, CURLOPT_URL, had_str_cstr(&t->arena, t->url));
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* what is signed is what is sent */
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (http->ca_bundle)
        curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_bundle);
    if (http->user_agent)
        curl_easy_setopt(easy, CURLOPT_USERAGENT, http->user_agent);
    if (request->direct)
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(request->connect_ms ? request->connect_ms : CONNECT_MS));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     (long)(request->total_ms ? request->total_ms : TOTAL_MS));
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)IDLE_SECONDS);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, write_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->sent_headers);
    set_method(t);
}

uint64_t had_http_submit(struct had_http *http, const struct had_http_request *request)
{
    struct transfer *t = had_xmalloc(sizeof *t);
    *t = (struct transfer){
        .http = http,
        .number = ++http->last,
        .max_body = request->max_body ? request->max_body : MAX_BODY,
        .done = request->done,
        .context = request->context,
        .why = "",
    };
    t->method = had_str_dup(&t->arena, request->method);
    t->url = had_str_dup(&t->arena, request->url);
    t->body = had_str_dup(&t->arena, request->body);
    t->easy = take_easy(http);
    bool good = t->easy && set_headers(t, request) && line_safe(request->url);
    if (good) {
        configure(t, request);
        good = curl_multi_add_handle(http->multi, t->easy) == CURLM_OK;
    } else {
        t->why = t->easy ? "the request holds a line break in a header" : "no room for a request";
    }
    http->count++;
    if (!good) {
        t->not_sent = true;
        t->why = *t->why ? t->why : "the request could not be started";
        t->next = http->ended;
        http->ended = t;
    } else {
        t->next = http->transfers;
        http->transfers = t;
    }
    if (http->options.log) {
        had_str shown = had_http_redact_url(&t->arena, t->url);
        log_line(http, "> %llu " HAD_FMT " " HAD_FMT, (unsigned long long)t->number,
                 HAD_ARG(t->method), HAD_ARG(shown));
        for (uint32_t i = 0; i < request->header_count; i++)
            log_line(http, "> %llu " HAD_FMT ": " HAD_FMT, (unsigned long long)t->number,
                     HAD_ARG(request->headers[i].name),
                     HAD_ARG(had_http_secret_header(request->headers[i].name)
                                 ? HAD_STR("REDACTED")
                                 : request->headers[i].value));
    }
    return t->number;
}

static struct transfer **find(struct transfer **list, uint64_t number)
{
    for (; *list; list = &(*list)->next)
        if ((*list)->number == number)
            return list;
    return NULL;
}

bool had_http_cancel(struct had_http *http, uint64_t number)
{
    struct transfer **at = find(&http->transfers, number);
    if (!at)
        return false;
    struct transfer *t = *at;
    *at = t->next;
    curl_multi_remove_handle(http->multi, t->easy);
    t->cancelled = true;
    t->next = http->ended;
    http->ended = t;
    return true;
}

/*
 * Errors before the request could be written. A time-out or a broken connection counts here only
 * while the connection was never ready (pre-transfer time 0); else the server may have read
 * everything.
 */
static bool never_sent(CURL *easy, CURLcode code, const struct transfer *t)
{
    switch ((int)code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_PROXY:
        return true;
    default:
        break;
    }
    curl_off_t ready = 0;
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
    return ready == 0 && t->read == 0 && t->header_bytes == 0;
}

static const char *short_error(CURLcode code, const struct transfer *t)
{
    if (t->refused)
        return "the answer is larger than allowed";
    switch ((int)code) {
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_GOT_NOTHING:
        return "the connection ended without an answer";
    case CURLE_PARTIAL_FILE:
        return "the answer was cut short";
    case CURLE_OPERATION_TIMEDOUT:
        return "no answer in time";
    default:
        return curl_easy_strerror(code);
    }
}

static void finish(struct transfer *t, CURLcode code)
{
    struct had_http *http = t->http;
    struct had_http_answer answer = {.headers = t->headers.items,
                                     .header_count = t->headers.count,
                                     .body = had_buffer_view(&t->answer),
                                     .error = t->why};
    long status = 0;
    if (t->cancelled) {
        answer.outcome = HAD_HTTP_CANCELLED;
        answer.error = "cancelled";
    } else if (t->not_sent) {
        answer.outcome = HAD_HTTP_NOT_SENT;
    } else {
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
        answer.status = (int)status;
        answer.outcome = code == CURLE_OK && status     ? HAD_HTTP_ANSWERED
                         : never_sent(t->easy, code, t) ? HAD_HTTP_NOT_SENT
                                                        : HAD_HTTP_UNKNOWN;
        answer.timed_out = code == CURLE_OPERATION_TIMEDOUT;
        if (answer.outcome != HAD_HTTP_ANSWERED)
            answer.error = short_error(code, t);
    }
    log_line(http, "< %llu %d %u bytes%s%s", (unsigned long long)t->number, answer.status,
             answer.body.len, *answer.error ? ": " : "", answer.error);
    if (t->easy && !t->cancelled && !t->not_sent)
        curl_multi_remove_handle(http->multi, t->easy);
    http->count--;
    t->done(t->context, &answer);
    transfer_free(t);
}

static void finish_ended(struct had_http *http)
{
    struct transfer *list = http->ended;
    http->ended = NULL;
    while (list) {
        struct transfer *t = list;
        list = t->next;
        finish(t, CURLE_OK);
    }
}

uint32_t had_http_turn(struct had_http *http, uint32_t wait_ms)
{
    int running = 0, left = 0;
    if (http->ended)
        wait_ms = 0;
    curl_multi_perform(http->multi, &running);
    CURLMsg *message = curl_multi_info_read(http->multi, &left);
    if (!message && wait_ms) {
        /* Sleeps even without a socket, so that a caller's timers need no clock of their own. */
        curl_multi_poll(http->multi, NULL, 0, (int)(wait_ms < 3600000 ? wait_ms : 3600000), NULL);
        curl_multi_perform(http->multi, &running);
        message = curl_multi_info_read(http->multi, &left);
    }
    for (; message; message = curl_multi_info_read(http->multi, &left)) {
        struct transfer *t = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
        struct transfer **at = find(&http->transfers, t->number);
        if (at)
            *at = t->next;
        finish(t, code);
    }
    finish_ended(http);
    return http->count;
}

void had_http_free(struct had_http *http)
{
    if (!http)
        return;
    struct transfer *lists[] = {http->transfers, http->ended};
    for (int i = 0; i < 2; i++) {
        while (lists[i]) {
            struct transfer *t = lists[i];
            lists[i] = t->next;
            if (t->easy)
                curl_multi_remove_handle(http->multi, t->easy);
            transfer_free(t);
        }
    }
    for (uint32_t i = 0; i < http->idle_count; i++)
        curl_easy_cleanup(http->idle[i]);
    curl_multi_cleanup(http->multi);
    curl_global_cleanup();
    free(http->idle);
    free(http->ca_bundle);
    free(http->user_agent);
    free(http);
}

/* ---- as a transport ---- */

static int64_t clock_ms(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t transport_submit(void *context, const struct had_http_request *request)
{
    return had_http_submit(context, request);
}

static bool transport_cancel(void *context, uint64_t number)
{
    return had_http_cancel(context, number);
}

static uint32_t transport_turn(void *context, uint32_t wait_ms)
{
    return had_http_turn(context, wait_ms);
}

static int64_t transport_now(void *context)
{
    (void)context;
    return clock_ms(CLOCK_MONOTONIC);
}

static int64_t transport_wall(void *context)
{
    (void)context;
    return clock_ms(CLOCK_REALTIME);
}

struct had_transport had_http_transport(struct had_http *http)
{
    return (struct had_transport){http,           transport_submit, transport_cancel,
                                  transport_turn, transport_now,    transport_wall};
}
