#include "aws/sigv4.h"

#include "aws/value.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum { HASH = SHA256_DIGEST_LENGTH };

static had_str hex_hash(struct had_arena *arena, had_str text)
{
    unsigned char hash[HASH];
    char *out = had_arena_alloc(arena, 2 * HASH + 1);
    SHA256((const unsigned char *)(text.ptr ? text.ptr : ""), text.len, hash);
    had_aws_hex(out, hash, HASH);
    return (had_str){out, 2 * HASH};
}

static void hmac(unsigned char out[HASH], const unsigned char *key, size_t key_len, had_str text)
{
    unsigned len = HASH;
    if (!HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text.ptr, text.len, out,
              &len))
        had_out_of_memory(HASH);
}

/* ---- canonical form ---- */

/* Removes `.` and `..` steps and doubled slashes; as botocore does, a step at the end leaves no
 * slash. */
static had_str normalized(struct had_arena *arena, had_str path)
{
    had_array(had_str) steps = {0};
    had_str rest = path;
    bool slash = path.len && path.ptr[path.len - 1] == '/';
    while (rest.len) {
        int64_t at = had_str_find(rest, '/');
        had_str step = at < 0 ? rest : had_str_slice(rest, 0, (uint32_t)at);
        rest = at < 0 ? (had_str){0} : had_str_slice(rest, (uint32_t)at + 1, rest.len);
        if (had_str_is(step, ".."))
            steps.count -= steps.count > 0;
        else if (step.len && !had_str_is(step, "."))
            *had_push(arena, &steps) = step;
    }
    struct had_buffer out = {0};
    had_each(had_str, step, &steps) {
        had_buffer_char(&out, '/');
        had_buffer_str(&out, *step);
    }
    if (slash || !out.len)
        had_buffer_char(&out, '/');
    return had_buffer_take(arena, &out);
}

static had_str canonical_path(struct had_arena *arena, const struct had_sigv4 *in)
{
    had_str path = in->path.len ? in->path : HAD_STR("/");
    if (in->raw_path)
        return path;
    if (!in->keep_path)
        path = normalized(arena, path);
    struct had_buffer out = {0};
    had_aws_percent(&out, path, "/");
    return had_buffer_take(arena, &out);
}

struct pair {
    had_str name, value;
};

/* Orders by bytes; texts that begin another come first. */
static int by_bytes(had_str a, had_str b)
{
    uint32_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.ptr, b.ptr, shorter) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare(const void *left, const void *right)
{
    const struct pair *a = left, *b = right;
    int order = by_bytes(a->name, b->name);
    return order ? order : by_bytes(a->value, b->value);
}

static had_str encoded(struct had_arena *arena, had_str text)
{
    struct had_buffer out = {0};
    had_aws_percent(&out, had_aws_percent_decode(arena, text), "");
    return had_buffer_take(arena, &out);
}

/* Each name and value encoded once, whether it came encoded or not; sorted as pairs. */
static had_str canonical_query(struct had_arena *arena, had_str query)
{
    had_array(struct pair) pairs = {0};
    while (query.len) {
        int64_t amp = had_str_find(query, '&');
        had_str part = amp < 0 ? query : had_str_slice(query, 0, (uint32_t)amp);
        query = amp < 0 ? (had_str){0} : had_str_slice(query, (uint32_t)amp + 1, query.len);
        int64_t equals = had_str_find(part, '=');
        had_str name = equals < 0 ? part : had_str_slice(part, 0, (uint32_t)equals);
        had_str value =
            equals < 0 ? (had_str){0} : had_str_slice(part, (uint32_t)equals + 1, part.len);
        if (part.len)
            *had_push(arena, &pairs) = (struct pair){encoded(arena, name), encoded(arena, value)};
    }
    if (pairs.count)
        qsort(pairs.items, pairs.count, sizeof *pairs.items, compare);
    struct had_buffer out = {0};
    for (uint32_t i = 0; i < pairs.count; i++)
        had_buffer_printf(&out, "%s" HAD_FMT "=" HAD_FMT, i ? "&" : "",
                          HAD_ARG(pairs.items[i].name), HAD_ARG(pairs.items[i].value));
    return had_buffer_take(arena, &out);
}

/* White space at the ends goes, runs of it inside become one space. */
static had_str squeezed(struct had_arena *arena, had_str value)
{
    char *out = had_arena_alloc(arena, (size_t)value.len + 1);
    uint32_t len = 0;
    for (uint32_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!space)
            out[len++] = c;
        else if (len && out[len - 1] != ' ')
            out[len++] = ' ';
    }
    return (had_str){out, len && out[len - 1] == ' ' ? len - 1 : len};
}

/* Headers that a proxy may change or that libraries add later. Source: botocore 1.43.67, auth.py.
 */
static bool is_signed(had_str name)
{
    static const char *const left_out[] = {"connection",
                                           "expect",
                                           "keep-alive",
                                           "te",
                                           "trailer",
                                           "transfer-encoding",
                                           "upgrade",
                                           "user-agent",
                                           "x-amzn-trace-id",
                                           "proxy-authenticate",
                                           "proxy-authorization",
                                           "authorization"};
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (had_str_is(name, left_out[i]))
            return false;
    return true;
}

struct signing {
    const struct had_sigv4 *in;
    struct had_arena *arena;
    had_array(struct pair) headers;
    char date[17];
    had_str scope, payload;
};

static void add_signed(struct signing *s, had_str name, had_str value)
{
    had_str lower = had_str_lower(s->arena, name);
    if (!is_signed(lower))
        return;
    value = squeezed(s->arena, value);
    had_each(struct pair, at, &s->headers)
        if (had_str_eq(at->name, lower)) {
            at->value =
                had_str_printf(s->arena, HAD_FMT "," HAD_FMT, HAD_ARG(at->value), HAD_ARG(value));
            return;
        }
    *had_push(s->arena, &s->headers) = (struct pair){lower, value};
}

static void begin(struct signing *s)
{
    const struct had_sigv4 *in = s->in;
    had_aws_time_basic(s->date, in->time);
    s->scope = had_str_printf(s->arena, "%.8s/" HAD_FMT "/" HAD_FMT "/aws4_request", s->date,
                              HAD_ARG(in->region), HAD_ARG(in->service));
    s->payload = in->unsigned_payload ? HAD_STR("UNSIGNED-PAYLOAD") : hex_hash(s->arena, in->body);
    for (uint32_t i = 0; i < in->header_count; i++)
        add_signed(s, in->headers[i].name, in->headers[i].value);
}

static had_str signed_headers(struct signing *s)
{
    struct had_buffer out = {0};
    if (s->headers.count)
        qsort(s->headers.items, s->headers.count, sizeof *s->headers.items, compare);
    for (uint32_t i = 0; i < s->headers.count; i++)
        had_buffer_printf(&out, "%s" HAD_FMT, i ? ";" : "", HAD_ARG(s->headers.items[i].name));
    return had_buffer_take(s->arena, &out);
}

static had_str signature_of(struct signing *s, had_str to_sign)
{
    const struct had_sigv4 *in = s->in;
    unsigned char key[HASH], next[HASH];
    size_t len = in->keys.secret.len + 4;
    unsigned char *first = had_xmalloc(len);
    memcpy(first, "AWS4", 4);
    if (in->keys.secret.len)
        memcpy(first + 4, in->keys.secret.ptr, in->keys.secret.len);
    hmac(key, first, len, (had_str){s->date, 8});
    hmac(next, key, HASH, in->region);
    hmac(key, next, HASH, in->service);
    hmac(next, key, HASH, HAD_STR("aws4_request"));
    hmac(key, next, HASH, to_sign);
    char *out = had_arena_alloc(s->arena, 2 * HASH + 1);
    had_aws_hex(out, key, HASH);
    OPENSSL_cleanse(first, len);
    OPENSSL_cleanse(next, HASH);
    free(first);
    return (had_str){out, 2 * HASH};
}

static void finish(struct signing *s, had_str query, struct had_sigv4_stages *out)
{
    struct had_buffer text = {0};
    out->signed_headers = signed_headers(s);
    had_buffer_printf(&text, HAD_FMT "\n" HAD_FMT "\n" HAD_FMT "\n", HAD_ARG(s->in->method),
                      HAD_ARG(canonical_path(s->arena, s->in)),
                      HAD_ARG(canonical_query(s->arena, query)));
    had_each(struct pair, at, &s->headers)
        had_buffer_printf(&text, HAD_FMT ":" HAD_FMT "\n", HAD_ARG(at->name), HAD_ARG(at->value));
    had_buffer_printf(&text, "\n" HAD_FMT "\n" HAD_FMT, HAD_ARG(out->signed_headers),
                      HAD_ARG(s->payload));
    out->canonical = had_buffer_take(s->arena, &text);
    out->to_sign = had_str_printf(s->arena, "AWS4-HMAC-SHA256\n%s\n" HAD_FMT "\n" HAD_FMT, s->date,
                                  HAD_ARG(s->scope), HAD_ARG(hex_hash(s->arena, out->canonical)));
    out->signature = signature_of(s, out->to_sign);
}

static bool has_date(const struct had_sigv4 *in)
{
    for (uint32_t i = 0; i < in->header_count; i++)
        if (had_str_eq_nocase(in->headers[i].name, HAD_STR("x-amz-date")))
            return true;
    return false;
}

void had_sigv4_headers(struct had_arena *arena, const struct had_sigv4 *in,
                       struct had_http_header **headers, uint32_t *count,
                       struct had_sigv4_stages *stages)
{
    struct signing s = {.in = in, .arena = arena};
    struct had_sigv4_stages own;
    struct had_http_header *list = had_new_n(arena, struct had_http_header, 4);
    uint32_t n = 0;
    begin(&s);
    if (!has_date(in))
        list[n++] = (struct had_http_header){HAD_STR("X-Amz-Date"),
                                             had_str_dup(arena, (had_str){s.date, 16})};
    if (in->content_header)
        list[n++] = (struct had_http_header){HAD_STR("X-Amz-Content-SHA256"), s.payload};
    if (in->keys.token.len && !in->token_after)
        list[n++] = (struct had_http_header){HAD_STR("X-Amz-Security-Token"), in->keys.token};
    for (uint32_t i = 0; i < n; i++)
        add_signed(&s, list[i].name, list[i].value);
    if (in->keys.token.len && in->token_after)
        list[n++] = (struct had_http_header){HAD_STR("X-Amz-Security-Token"), in->keys.token};
    finish(&s, in->query, &own);
    list[n++] = (struct had_http_header){
        HAD_STR("Authorization"),
        had_str_printf(arena,
                       "AWS4-HMAC-SHA256 Credential=" HAD_FMT "/" HAD_FMT ", SignedHeaders=" HAD_FMT
                       ", Signature=" HAD_FMT,
                       HAD_ARG(in->keys.id), HAD_ARG(s.scope), HAD_ARG(own.signed_headers),
                       HAD_ARG(own.signature))};
    *headers = list;
    *count = n;
    if (stages)
        *stages = own;
}

static void query_add(struct had_buffer *query, const char *name, had_str value)
{
    if (query->len)
        had_buffer_char(query, '&');
    had_buffer_c(query, name);
    had_buffer_char(query, '=');
    had_aws_percent(query, value, "");
}

had_str had_sigv4_presign(struct had_arena *arena, const struct had_sigv4 *in, uint32_t seconds,
                          struct had_sigv4_stages *stages)
{
    struct signing s = {.in = in, .arena = arena};
    struct had_sigv4_stages own;
    struct had_buffer query = {0};
    begin(&s);
    had_buffer_str(&query, in->query);
    query_add(&query, "X-Amz-Algorithm", HAD_STR("AWS4-HMAC-SHA256"));
    query_add(&query, "X-Amz-Credential",
              had_str_printf(arena, HAD_FMT "/" HAD_FMT, HAD_ARG(in->keys.id), HAD_ARG(s.scope)));
    query_add(&query, "X-Amz-Date", (had_str){s.date, 16});
    query_add(&query, "X-Amz-Expires", had_str_printf(arena, "%u", seconds));
    query_add(&query, "X-Amz-SignedHeaders", signed_headers(&s));
    if (in->keys.token.len && !in->token_after)
        query_add(&query, "X-Amz-Security-Token", in->keys.token);
    finish(&s, had_buffer_view(&query), &own);
    query_add(&query, "X-Amz-Signature", own.signature);
    if (in->keys.token.len && in->token_after)
        query_add(&query, "X-Amz-Security-Token", in->keys.token);
    if (stages)
        *stages = own;
    return had_buffer_take(arena, &query);
}
