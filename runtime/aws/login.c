/*
 * Keys of `aws login`: short sessions in a file below ~/.aws/login/cache, renewed by the sign-in
 * service with a proof that the file's private key is held (DPoP, RFC 9449: a JSON web token signed
 * with ES256). Source: botocore 1.43.67, credentials.py, LoginCredentialFetcher and
 * _build_dpop_header.
 */
#include "aws/internal.h"
#include "aws/value.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RENEW_MS = 5 * 60000, /* what is left of a session that another program renewed */
    HALF = 32,            /* bytes of a coordinate and of half a signature on P-256 */
};

/* ---- the proof ---- */

/* Base 64 with the letters of URLs and without padding. */
static void add_url64(struct had_buffer *out, const void *bytes, size_t len)
{
    size_t start = out->len;
    had_aws_base64(out, bytes, len);
    while (out->len > start && out->ptr[out->len - 1] == '=')
        out->len--;
    for (size_t i = start; i < out->len; i++)
        out->ptr[i] = (char)(out->ptr[i] == '+' ? '-' : out->ptr[i] == '/' ? '_' : out->ptr[i]);
}

EVP_PKEY *had_aws_login_key(had_str pem)
{
    BIO *in = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, NULL, (void *)(uintptr_t) "") : NULL;
    char group[32] = "";
    BIO_free(in);
    if (key && (!EVP_PKEY_get_group_name(key, group, sizeof group, NULL) ||
                (strcmp(group, "prime256v1") != 0 && strcmp(group, "P-256") != 0))) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

static bool sign(EVP_PKEY *key, had_str text, unsigned char out[2 * HALF])
{
    unsigned char der[128];
    size_t len = sizeof der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestSign(context, der, &len, (const unsigned char *)text.ptr, text.len) == 1;
    EVP_MD_CTX_free(context);
    const unsigned char *at = der;
    ECDSA_SIG *signature = good ? d2i_ECDSA_SIG(NULL, &at, (long)len) : NULL;
    good = signature && BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, HALF) == HALF &&
           BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + HALF, HALF) == HALF;
    ECDSA_SIG_free(signature);
    return good;
}

had_str had_aws_login_proof(struct had_arena *arena, EVP_PKEY *key, had_str url, int64_t seconds)
{
    unsigned char point[1 + 2 * HALF], signature[2 * HALF];
    size_t len = 0;
    char id[37];
    struct had_buffer head = {0}, body = {0}, out = {0};
    if (!EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &len) ||
        len != sizeof point)
        return (had_str){0};
    had_buffer_c(&head, "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\",\"x\":\"");
    add_url64(&head, point + 1, HALF);
    had_buffer_c(&head, "\",\"y\":\"");
    add_url64(&head, point + 1 + HALF, HALF);
    had_buffer_c(&head, "\",\"crv\":\"P-256\"}}");
    had_aws_uuid(id);
    /* The URL is ours: scheme, host and path, in which nothing needs an escape. */
    had_buffer_printf(&body,
                      "{\"htm\":\"POST\",\"htu\":\"" HAD_FMT "\",\"iat\":%lld,\"jti\":\"%s\"}",
                      HAD_ARG(url), (long long)seconds, id);
    add_url64(&out, head.ptr, head.len);
    had_buffer_char(&out, '.');
    add_url64(&out, body.ptr, body.len);
    had_buffer_free(&head);
    had_buffer_free(&body);
    bool good = sign(key, had_buffer_view(&out), signature);
    had_buffer_char(&out, '.');
    add_url64(&out, signature, sizeof signature);
    had_str proof = had_buffer_take(arena, &out);
    return good ? proof : (had_str){0};
}

/* ---- the session ---- */

static void failed(struct had_aws_identity *identity, const char *what)
{
    had_aws_identity_fail(identity,
                          HAD_FMT ": %s; sign in again with `aws login --profile " HAD_FMT "`",
                          HAD_ARG(identity->text), what, HAD_ARG(identity->profile));
}

static json_t *cached(struct had_aws_identity *identity)
{
    static const char *const needed[] = {"refreshToken", "dpopKey", "clientId"};
    had_str text, error = {0};
    bool missing;
    json_error_t problem;
    if (!had_aws_file_read(&identity->fetch, identity->login_cache, &text, &missing, &error) ||
        missing)
        return NULL;
    json_t *cache = json_loadb(text.ptr ? text.ptr : "", text.len, 0, &problem);
    bool good = json_is_object(json_object_get(cache, "accessToken"));
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        good &= had_aws_json_text(cache, needed[i]).len > 0;
    if (good)
        return cache;
    json_decref(cache);
    return NULL;
}

static int64_t wall_ms(const struct had_aws_identity *identity)
{
    return identity->aws->transport.wall(identity->aws->transport.context);
}

static int64_t end_of(const json_t *cache)
{
    int64_t micros;
    const json_t *session = json_object_get(cache, "accessToken");
    return had_aws_time_parse(had_aws_json_text(session, "expiresAt"), &micros) ? micros / 1000 : 0;
}

static void use(struct had_aws_identity *identity, const json_t *cache)
{
    const json_t *session = json_object_get(cache, "accessToken");
    had_str id = had_aws_json_text(session, "accessKeyId"),
            secret = had_aws_json_text(session, "secretAccessKey");
    had_str token = had_aws_json_text(session, "sessionToken");
    if (id.len && secret.len && token.len)
        had_aws_identity_set(identity, id, secret, token, end_of(cache));
    else
        failed(identity, "the sign-in holds no keys");
}

static void renewed(void *context, const struct had_aws_result *result)
{
    struct had_aws_identity *identity = context;
    json_t *cache = cached(identity);
    const json_t *output = json_object_get(result->value, "tokenOutput");
    had_str why = had_aws_json_text(result->error.detail, "error");
    if (result->outcome == HAD_AWS_DONE && cache) {
        struct had_buffer end = {0};
        json_t *session = json_deep_copy(json_object_get(output, "accessToken"));
        json_t *account = json_object_get(json_object_get(cache, "accessToken"), "accountId");
        int64_t seconds = json_integer_value(json_object_get(output, "expiresIn"));
        had_aws_time_iso(&end, (wall_ms(identity) / 1000 + seconds) * 1000000);
        had_buffer_char(&end, '\0');
        json_object_set(session, "accountId", account);
        json_object_set_new(session, "expiresAt", json_string(end.ptr));
        json_object_set_new(cache, "accessToken", session);
        if (had_aws_json_text(output, "refreshToken").len)
            json_object_set(cache, "refreshToken", json_object_get(output, "refreshToken"));
        had_buffer_free(&end);
        had_aws_cache_store(&identity->fetch, identity->login_cache, cache);
        use(identity, cache);
    } else if (cache && end_of(cache) > wall_ms(identity)) {
        use(identity, cache); /* the old one still serves */
    } else if (had_str_is(why, "TOKEN_EXPIRED") || had_str_is(why, "USER_CREDENTIALS_CHANGED")) {
        failed(identity, "the sign-in has run out");
    } else {
        had_aws_identity_fail(identity, HAD_FMT ": it cannot be renewed: " HAD_FMT ": " HAD_FMT,
                              HAD_ARG(identity->text), HAD_ARG(result->error.code),
                              HAD_ARG(result->error.message));
    }
    json_decref(cache);
}

void had_aws_login_fetch(struct had_aws_identity *identity)
{
    struct had_aws *aws = identity->aws;
    const struct had_aws_service *signin = had_aws_service_find(HAD_STR("signin"));
    json_t *cache = cached(identity);
    if (!cache) {
        failed(identity, "there is no sign-in");
        return;
    }
    if (end_of(cache) - wall_ms(identity) > RENEW_MS) {
        use(identity, cache);
        json_decref(cache);
        return;
    }
    EVP_PKEY *key = had_aws_login_key(had_aws_json_text(cache, "dpopKey"));
    json_t *params = json_pack(
        "{s:{s:s,s:s,s:s}}", "tokenInput", "clientId", had_aws_json_text(cache, "clientId").ptr,
        "grantType", "refresh_token", "refreshToken", had_aws_json_text(cache, "refreshToken").ptr);
    json_decref(cache);
    if (!key || !params) {
        EVP_PKEY_free(key);
        json_decref(params);
        failed(identity, "the private key of the sign-in cannot be read");
        return;
    }
    struct had_aws_call call = {
        .service = signin,
        .operation = had_aws_operation_find(signin, HAD_STR("CreateOAuth2Token")),
        .params = params,
        .region = aws->region.len ? aws->region : HAD_STR("us-east-1"),
        .repeatable = true, /* "idempotent within the token's validity", its reference says */
        .deadline_ms = 60000,
        .done = renewed,
        .context = identity,
    };
    had_aws_submit_proved(aws, &call, key);
    json_decref(params);
}
