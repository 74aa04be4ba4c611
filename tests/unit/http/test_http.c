/* The event loop against a server in the same thread: outcomes, bounds, keep-alive, TLS, secrets.
 */
#include "http/http.h"
#include "server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct had_arena arena;

struct seen {
    unsigned calls;
    enum had_http_outcome outcome;
    int status;
    bool timed_out;
    char body[256], error[128], header[64];
};

static void note(void *context, const struct had_http_answer *answer)
{
    struct seen *seen = context;
    seen->calls++;
    seen->outcome = answer->outcome;
    seen->status = answer->status;
    seen->timed_out = answer->timed_out;
    snprintf(seen->body, sizeof seen->body, HAD_FMT, HAD_ARG(answer->body));
    snprintf(seen->error, sizeof seen->error, "%s", answer->error);
    for (uint32_t i = 0; i < answer->header_count; i++)
        if (had_str_is(answer->headers[i].name, "X-Seen"))
            snprintf(seen->header, sizeof seen->header, HAD_FMT, HAD_ARG(answer->headers[i].value));
}

static struct had_http *client(const struct had_http_options *options)
{
    const char *error;
    struct had_http *http = had_http_new(options, &error);
    assert_non_null(http);
    return http;
}

static void run(struct had_http *http, struct server *server)
{
    while (had_http_turn(http, 5))
        server_step(server);
}

static struct seen get(struct had_http *http, struct server *server,
                       struct had_http_request request)
{
    struct seen seen = {0};
    request.done = note;
    request.context = &seen;
    if (!request.method.len)
        request.method = HAD_STR("GET");
    had_http_submit(http, &request);
    run(http, server);
    assert_int_equal(seen.calls, 1);
    return seen;
}

static enum server_end echo(struct server *s, const struct server_request *request,
                            struct had_buffer *out)
{
    (void)s;
    struct had_buffer body = {0};
    int64_t end = had_str_find(request->head, '\r');
    had_buffer_printf(&body, HAD_FMT "|" HAD_FMT,
                      HAD_ARG(had_str_slice(request->head, 0, (uint32_t)end)),
                      HAD_ARG(request->body));
    had_buffer_char(&body, '\0');
    server_ok(out, "X-Seen:  spaced \r\n", body.ptr);
    had_buffer_free(&body);
    return SERVER_KEEP;
}

static void answers_are_complete(void **state)
{
    (void)state;
    struct server server = {.handle = echo};
    server_start(&server);
    struct had_http *http = client(&(struct had_http_options){0});
    struct had_http_request request = {.url = server_url(&server, &arena, "http", "/a/../b?x=%20")};
    struct seen seen = get(http, &server, request);
    assert_int_equal(seen.outcome, HAD_HTTP_ANSWERED);
    assert_int_equal(seen.status, 200);
    assert_string_equal(seen.body, "GET /a/../b?x=%20 HTTP/1.1|"); /* the path as it was signed */
    assert_string_equal(seen.header, "spaced");
    request.method = HAD_STR("POST");
    request.body = HAD_STR("Action=X");
    seen = get(http, &server, request);
    assert_string_equal(seen.body, "POST /a/../b?x=%20 HTTP/1.1|Action=X");
    request.method = HAD_STR("PUT");
    seen = get(http, &server, request);
    assert_string_equal(seen.body, "PUT /a/../b?x=%20 HTTP/1.1|Action=X");
    request.method = HAD_STR("DELETE");
    request.body = (had_str){0};
    seen = get(http, &server, request);
    assert_string_equal(seen.body, "DELETE /a/../b?x=%20 HTTP/1.1|");
    had_http_free(http);
    server_stop(&server);
}

static void connections_are_kept(void **state)
{
    (void)state;
    struct server server = {.handle = echo};
    server_start(&server);
    struct had_http *http = client(&(struct had_http_options){.max_per_host = 4});
    struct seen seen[40] = {{0}};
    struct had_http_request request = {.method = HAD_STR("POST"),
                                       .url = server_url(&server, &arena, "http", "/"),
                                       .body = HAD_STR("x"),
                                       .done = note};
    for (int i = 0; i < 40; i++) {
        request.context = &seen[i];
        had_http_submit(http, &request);
    }
    run(http, &server);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(seen[i].calls, 1);
        assert_int_equal(seen[i].outcome, HAD_HTTP_ANSWERED);
    }
    assert_int_equal(server.requests, 40);
    assert_true(server.connections <= 4);
    had_http_free(http);
    server_stop(&server);
}

/* Answers the first request of a connection and drops the second after reading it. */
static enum server_end drop_second(struct server *s, const struct server_request *request,
                                   struct had_buffer *out)
{
    if (s->requests == 1)
        return echo(s, request, out);
    return SERVER_CLOSE;
}

static void a_lost_answer_is_unknown_and_not_repeated(void **state)
{
    (void)state;
    struct server server = {.handle = drop_second};
    server_start(&server);
    struct had_http *http = client(&(struct had_http_options){0});
    struct had_http_request request = {.method = HAD_STR("POST"),
                                       .url = server_url(&server, &arena, "http", "/"),
                                       .body = HAD_STR("Action=CreateVpc")};
    assert_int_equal(get(http, &server, request).outcome, HAD_HTTP_ANSWERED);
    struct seen seen = get(http, &server, request); /* on the kept connection */
    assert_int_equal(seen.outcome, HAD_HTTP_UNKNOWN);
    assert_string_equal(seen.error, "the connection ended without an answer");
    assert_int_equal(server.requests, 2);
    seen = get(http, &server, request); /* on a new one */
    assert_int_equal(seen.outcome, HAD_HTTP_UNKNOWN);
    assert_int_equal(server.requests, 3);
    request.method = HAD_STR("DELETE");
    request.body = (had_str){0};
    seen = get(http, &server, request);
    assert_int_equal(seen.outcome, HAD_HTTP_UNKNOWN);
    assert_int_equal(server.requests, 4);
    had_http_free(http);
    server_stop(&server);
}

static enum server_end cut_short(struct server *s, const struct server_request *request,
                                 struct had_buffer *out)
{
    (void)s;
    (void)request;
    had_buffer_c(out, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    return SERVER_CLOSE;
}

static enum server_end silent(struct server *s, const struct server_request *request,
                              struct had_buffer *out)
{
    (void)s;
    (void)request;
    (void)out;
    return SERVER_SILENT;
}

static enum server_end huge_header(struct server *s, const struct server_request *request,
                                   struct had_buffer *out)
{
    (void)s;
    (void)request;
    had_buffer_c(out, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 40; i++) {
        had_buffer_printf(out, "X-Long-%d: ", i);
        had_buffer_repeat(out, 'x', 8000);
        had_buffer_c(out, "\r\n");
    }
    had_buffer_c(out, "Content-Length: 0\r\n\r\n");
    return SERVER_KEEP;
}

static void incomplete_answers_are_unknown(void **state)
{
    (void)state;
    static const struct {
        enum server_end (*handle)(struct server *, const struct server_request *,
                                  struct had_buffer *);
        const char *error;
        uint32_t total_ms, max_body;
        bool timed_out;
        int status;
    } cases[] = {
        {cut_short, "the answer was cut short", 0, 0, false, 200},
        {silent, "no answer in time", 100, 0, true, 0},
        {echo, "the answer is larger than allowed", 0, 5, false, 200},
        {huge_header, "the answer is larger than allowed", 0, 0, false, 200},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct server server = {.handle = cases[i].handle};
        server_start(&server);
        struct had_http *http = client(&(struct had_http_options){0});
        struct had_http_request request = {.method = HAD_STR("POST"),
                                           .url = server_url(&server, &arena, "http", "/"),
                                           .body = HAD_STR("x"),
                                           .total_ms = cases[i].total_ms,
                                           .max_body = cases[i].max_body};
        struct seen seen = get(http, &server, request);
        assert_int_equal(seen.outcome, HAD_HTTP_UNKNOWN);
        assert_string_equal(seen.error, cases[i].error);
        assert_int_equal(seen.timed_out, cases[i].timed_out);
        assert_int_equal(seen.status, cases[i].status);
        had_http_free(http);
        server_stop(&server);
    }
}

static void what_was_not_sent_is_said(void **state)
{
    (void)state;
    struct server server = {.handle = echo};
    server_start(&server);
    struct had_http *http = client(&(struct had_http_options){0});
    had_str closed = server_url(&server, &arena, "http", "/");
    had_str urls[] = {HAD_STR("http://no-such-host.invalid/"),
                      HAD_STR("ftp://localhost/"),
                      HAD_STR("file:///etc/passwd"),
                      HAD_STR("http://localhost:1/"),
                      server_url(&server, &arena, "https", "/"),
                      closed};
    for (size_t i = 0; i < 6; i++) {
        if (i == 5)
            server_stop(&server);
        struct had_http_request request = {
            .method = HAD_STR("POST"), .url = urls[i], .body = HAD_STR("x"), .connect_ms = 2000};
        struct seen seen = {0};
        request.done = note;
        request.context = &seen;
        had_http_submit(http, &request);
        while (had_http_turn(http, 5))
            if (i < 5)
                server_step(&server);
        assert_int_equal(seen.outcome, HAD_HTTP_NOT_SENT);
        assert_string_not_equal(seen.error, "");
    }
    assert_int_equal(server.requests, 0);
    struct had_http_header bad = {HAD_STR("X-A"), HAD_STR("a\r\nX-B: injected")};
    struct had_http_request request = {
        .method = HAD_STR("GET"), .url = closed, .headers = &bad, .header_count = 1};
    struct seen seen = {0};
    request.done = note;
    request.context = &seen;
    had_http_submit(http, &request);
    assert_int_equal(had_http_turn(http, 0), 0);
    assert_int_equal(seen.outcome, HAD_HTTP_NOT_SENT);
    had_http_free(http);
}

static void requests_can_be_cancelled(void **state)
{
    (void)state;
    struct server server = {.handle = silent};
    server_start(&server);
    struct had_http *http = client(&(struct had_http_options){0});
    struct seen seen = {0};
    struct had_http_request request = {.method = HAD_STR("GET"),
                                       .url = server_url(&server, &arena, "http", "/"),
                                       .done = note,
                                       .context = &seen};
    uint64_t number = had_http_submit(http, &request);
    for (int i = 0; i < 20 && !server.requests; i++) {
        had_http_turn(http, 5);
        server_step(&server);
    }
    assert_true(had_http_cancel(http, number));
    assert_false(had_http_cancel(http, number));
    assert_int_equal(seen.calls, 0);
    assert_int_equal(had_http_turn(http, 0), 0);
    assert_int_equal(seen.outcome, HAD_HTTP_CANCELLED);
    had_http_submit(http, &request); /* and one that ends with the client */
    had_http_turn(http, 0);
    had_http_free(http);
    assert_int_equal(seen.calls, 1);
    server_stop(&server);
}

static void certificates_are_verified(void **state)
{
    (void)state;
    char path[] = "/tmp/had-test-ca-XXXXXX";
    close(mkstemp(path));
    struct server server = {.handle = echo};
    server_start_tls(&server, path);
    struct had_http_request request = {.method = HAD_STR("POST"), .body = HAD_STR("secret")};
    request.url = server_url(&server, &arena, "https", "/");
    struct had_http *http = client(&(struct had_http_options){0});
    struct seen seen = get(http, &server, request); /* nobody vouches for it */
    assert_int_equal(seen.outcome, HAD_HTTP_NOT_SENT);
    assert_int_equal(server.requests, 0);
    had_http_free(http);
    http = client(&(struct had_http_options){.ca_bundle = path});
    seen = get(http, &server, request);
    assert_int_equal(seen.outcome, HAD_HTTP_ANSWERED);
    request.url = had_str_printf(&arena, "https://127.0.0.1:%u/", server.port); /* another name */
    seen = get(http, &server, request);
    assert_int_equal(seen.outcome, HAD_HTTP_NOT_SENT);
    assert_int_equal(server.requests, 1);
    had_http_free(http);
    server_stop(&server);
    unlink(path);
}

static void proxies_come_from_the_environment(void **state)
{
    (void)state;
    struct server proxy = {.handle = echo};
    server_start(&proxy);
    had_str url = server_url(&proxy, &arena, "http", "");
    setenv("http_proxy", had_str_cstr(&arena, url), 1);
    unsetenv("no_proxy");
    struct had_http *http = client(&(struct had_http_options){0});
    struct had_http_request request = {.url = HAD_STR("http://ec2.example.com/")};
    struct seen seen = get(http, &proxy, request);
    assert_string_equal(seen.body, "GET http://ec2.example.com/ HTTP/1.1|");
    request.url = HAD_STR("http://direct.invalid/");
    request.direct = true;
    seen = get(http, &proxy, request);
    assert_int_equal(seen.outcome, HAD_HTTP_NOT_SENT);
    assert_int_equal(proxy.requests, 1);
    unsetenv("http_proxy");
    had_http_free(http);
    server_stop(&proxy);
}

static void keep_line(void *context, had_str line)
{
    had_buffer_str(context, line);
    had_buffer_char(context, '\n');
}

static void logs_hold_no_secret(void **state)
{
    (void)state;
    struct had_buffer log = {0};
    struct server server = {.handle = echo};
    server_start(&server);
    struct had_http *http =
        client(&(struct had_http_options){.log = keep_line, .log_context = &log});
    struct had_http_header headers[] = {{HAD_STR("Authorization"), HAD_STR("SECRET1")},
                                        {HAD_STR("x-amz-security-token"), HAD_STR("SECRET2")},
                                        {HAD_STR("X-Amz-Date"), HAD_STR("20261124T100000Z")}};
    struct had_http_request request = {.method = HAD_STR("POST"),
                                       .headers = headers,
                                       .header_count = 3,
                                       .body = HAD_STR("Password=SECRET3")};
    request.url = server_url(&server, &arena, "http", "/?X-Amz-Signature=SECRET4&a=b");
    get(http, &server, request);
    had_buffer_char(&log, '\0');
    assert_null(strstr(log.ptr, "SECRET"));
    assert_non_null(strstr(log.ptr, "X-Amz-Signature=REDACTED&a=b"));
    assert_non_null(strstr(log.ptr, "20261124T100000Z"));
    had_buffer_free(&log);
    had_http_free(http);
    server_stop(&server);
    had_str url = had_http_redact_url(&arena, HAD_STR("http://user:SECRET@proxy:3128/p"));
    assert_string_equal(had_str_cstr(&arena, url), "http://REDACTED@proxy:3128/p");
}

static int tear_down(void **state)
{
    (void)state;
    had_arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_complete),
        cmocka_unit_test(connections_are_kept),
        cmocka_unit_test(a_lost_answer_is_unknown_and_not_repeated),
        cmocka_unit_test(incomplete_answers_are_unknown),
        cmocka_unit_test(what_was_not_sent_is_said),
        cmocka_unit_test(requests_can_be_cancelled),
        cmocka_unit_test(certificates_are_verified),
        cmocka_unit_test(proxies_come_from_the_environment),
        cmocka_unit_test(logs_hold_no_secret),
    };
    /* What the machine's environment says about proxies is no part of the tests. */
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
