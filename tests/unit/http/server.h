/*
 * A small HTTP server in the test's own process and thread: the test turns the client and the
 * server in alternation, so every order of events is the test's to choose. It reads requests and
 * hands each to `handle`, which says what to send and whether the connection ends.
 */
#ifndef HAD_TEST_SERVER_H
#define HAD_TEST_SERVER_H

#include "base/buffer.h"

struct server_request {
    had_str head; /* request line and headers */
    had_str body;
    unsigned connection; /* number of the connection, from 1 */
    unsigned number;     /* of the request, from 1 */
};

enum server_end { SERVER_KEEP, SERVER_CLOSE, SERVER_SILENT };

struct server {
    int listener;
    unsigned port;
    unsigned connections, requests;
    enum server_end (*handle)(struct server *s, const struct server_request *request,
                              struct had_buffer *out);
    void *context;
    void *tls; /* SSL_CTX, or NULL */
    struct server_peer *peers;
};

void server_start(struct server *s);
/* Also speaks TLS, with a certificate for `localhost` made now; writes it as PEM to `ca_path`. */
void server_start_tls(struct server *s, const char *ca_path);
void server_step(struct server *s);
/* Waits until there is something to do; for servers with a process of their own. */
void server_wait(struct server *s, int wait_ms);
void server_stop(struct server *s);
/* Adds `HTTP/1.1 200 OK` with Content-Length. */
void server_ok(struct had_buffer *out, const char *headers, const char *body);
had_str server_url(struct server *s, struct had_arena *arena, const char *scheme, const char *path);

#endif
