#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct server_peer {
    int fd;
    unsigned number;
    SSL *tls;
    struct had_buffer in;
    struct server_peer *next;
};

void server_start(struct server *s)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&address, len) != 0 ||
        listen(s->listener, 128) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&address, &len) != 0) {
        perror("server");
        exit(1);
    }
    fcntl(s->listener, F_SETFL, O_NONBLOCK);
    s->port = ntohs(address.sin_port);
    signal(SIGPIPE, SIG_IGN);
}

static X509 *certificate(EVP_PKEY *key)
{
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1,
                               0);
    X509_set_issuer_name(x, name);
    X509_set_pubkey(x, key);
    X509V3_CTX context;
    X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
    X509_EXTENSION *names =
        X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, "DNS:localhost");
    X509_add_ext(x, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(x, key, EVP_sha256());
    return x;
}

void server_start_tls(struct server *s, const char *ca_path)
{
    server_start(s);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = certificate(key);
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(tls, x);
    SSL_CTX_use_PrivateKey(tls, key);
    FILE *out = fopen(ca_path, "w");
    if (!out || !PEM_write_X509(out, x) || fclose(out) != 0) {
        perror(ca_path);
        exit(1);
    }
    X509_free(x);
    EVP_PKEY_free(key);
    s->tls = tls;
}

static void drop(struct server *s, struct server_peer *peer)
{
    for (struct server_peer **at = &s->peers; *at; at = &(*at)->next)
        if (*at == peer) {
            *at = peer->next;
            break;
        }
    SSL_free(peer->tls);
    close(peer->fd);
    had_buffer_free(&peer->in);
    free(peer);
}

static bool send_all(struct server_peer *peer, had_str text)
{
    size_t sent = 0;
    for (int tries = 0; sent < text.len && tries < 10000; tries++) {
        ssize_t n = peer->tls ? SSL_write(peer->tls, text.ptr + sent, (int)(text.len - sent))
                              : write(peer->fd, text.ptr + sent, text.len - sent);
        if (n > 0)
            sent += (size_t)n;
        else if (!peer->tls && errno != EAGAIN)
            return false;
    }
    return sent == text.len;
}

static bool expects_continue(had_str head)
{
    for (uint32_t i = 0; i + 8 < head.len; i++)
        if (had_str_eq_nocase(had_str_slice(head, i, i + 8), HAD_STR("\nexpect:")))
            return true;
    return false;
}

/* Handles the requests that are complete in the buffer; false if the connection is gone. */
static bool serve(struct server *s, struct server_peer *peer)
{
    for (;;) {
        had_str in = had_buffer_view(&peer->in);
        char *end = NULL;
        for (uint32_t i = 0; i + 3 < in.len && !end; i++)
            if (memcmp(in.ptr + i, "\r\n\r\n", 4) == 0)
                end = peer->in.ptr + i;
        if (!end)
            return true;
        had_str head = {in.ptr, (uint32_t)(end - in.ptr)};
        uint32_t length = 0;
        for (uint32_t i = 0; i + 16 < head.len; i++)
            if (had_str_eq_nocase(had_str_slice(head, i, i + 15), HAD_STR("content-length:")))
                length = (uint32_t)strtoul(head.ptr + i + 15, NULL, 10);
        uint32_t total = head.len + 4 + length;
        if (in.len < total) {
            /* Who asks before sending a body is told to go on. */
            if (in.len == head.len + 4 && expects_continue(head))
                return send_all(peer, HAD_STR("HTTP/1.1 100 Continue\r\n\r\n"));
            return true;
        }
        struct server_request request = {
            .head = head,
            .body = {in.ptr + head.len + 4, length},
            .connection = peer->number,
            .number = ++s->requests,
        };
        struct had_buffer out = {0};
        enum server_end after = s->handle(s, &request, &out);
        bool sent = out.len == 0 || send_all(peer, had_buffer_view(&out));
        had_buffer_free(&out);
        memmove(peer->in.ptr, peer->in.ptr + total, peer->in.len - total);
        peer->in.len -= total;
        if (after == SERVER_CLOSE || !sent) {
            drop(s, peer);
            return false;
        }
        if (after == SERVER_SILENT)
            return true;
    }
}

void server_step(struct server *s)
{
    int fd;
    while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
        struct server_peer *peer = calloc(1, sizeof *peer);
        fcntl(fd, F_SETFL, O_NONBLOCK);
        *peer = (struct server_peer){.fd = fd, .number = ++s->connections, .next = s->peers};
        if (s->tls) {
            peer->tls = SSL_new(s->tls);
            SSL_set_fd(peer->tls, fd);
            SSL_set_accept_state(peer->tls);
        }
        s->peers = peer;
    }
    for (struct server_peer *peer = s->peers, *next; peer; peer = next) {
        char bytes[16384];
        next = peer->next;
        for (;;) {
            ssize_t n = peer->tls ? SSL_read(peer->tls, bytes, sizeof bytes)
                                  : read(peer->fd, bytes, sizeof bytes);
            if (n > 0) {
                had_buffer_add(&peer->in, bytes, (size_t)n);
                if (!serve(s, peer))
                    break;
                continue;
            }
            bool waiting = peer->tls ? SSL_get_error(peer->tls, (int)n) == SSL_ERROR_WANT_READ
                                     : n < 0 && errno == EAGAIN;
            if (!waiting)
                drop(s, peer);
            break;
        }
    }
}

void server_wait(struct server *s, int wait_ms)
{
    enum { MOST = 512 };
    struct pollfd all[MOST] = {{.fd = s->listener, .events = POLLIN}};
    nfds_t count = 1;
    for (struct server_peer *peer = s->peers; peer && count < MOST; peer = peer->next)
        all[count++] = (struct pollfd){.fd = peer->fd, .events = POLLIN};
    poll(all, count, wait_ms);
}

void server_stop(struct server *s)
{
    while (s->peers)
        drop(s, s->peers);
    close(s->listener);
    SSL_CTX_free(s->tls);
}

void server_ok(struct had_buffer *out, const char *headers, const char *body)
{
    had_buffer_printf(out, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n%s", strlen(body),
                      headers, body);
}

had_str server_url(struct server *s, struct had_arena *arena, const char *scheme, const char *path)
{
    return had_str_printf(arena, "%s://localhost:%u%s", scheme, s->port, path);
}
