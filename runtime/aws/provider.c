/* How each source is asked for keys. A fetch is a chain of callbacks that ends in set or fail. */
#include "aws/internal.h"
#include "aws/value.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PROCESS_MS = 60000,
    RENEW_MS = 15 * 60000, /* what is left of a sign-in. Source: botocore 1.43.67, tokens.py */
    CONTAINER_MS = 2000,
    CONTAINER_TRIES = 3, /* source: botocore 1.43.67, utils.py, ContainerMetadataFetcher */
    KEYS_MAX = 64 * 1024,
};

/* Keys and their end from one of the spellings; what is missing fails the fetch. */
static void set_from(struct had_aws_identity *identity, const json_t *keys,
                     const char *const names[4])
{
    had_str id = had_aws_json_text(keys, names[0]), secret = had_aws_json_text(keys, names[1]);
    const json_t *end = json_object_get(keys, names[3]);
    int64_t micros = 0;
    bool dated = false;
    if (json_is_integer(end)) { /* SSO: milliseconds since 1970 */
        micros = json_integer_value(end) * 1000;
        dated = true;
    } else if (json_is_string(end)) {
        dated = had_aws_time_parse(had_aws_json_text(keys, names[3]), &micros);
    }
    if (!id.len || !secret.len || (end && !json_is_null(end) && !dated))
        had_aws_identity_fail(identity, HAD_FMT " gave an answer without usable keys",
                              HAD_ARG(identity->text));
    else
        had_aws_identity_set(identity, id, secret, had_aws_json_text(keys, names[2]),
                             dated ? micros / 1000 : 0);
}

static const char *const metadata_names[4] = {"AccessKeyId", "SecretAccessKey", "Token",
                                              "Expiration"};
static const char *const session_names[4] = {"AccessKeyId", "SecretAccessKey", "SessionToken",
                                             "Expiration"};
static const char *const sso_names[4] = {"accessKeyId", "secretAccessKey", "sessionToken",
                                         "expiration"};

/* ---- STS ---- */

static had_str sts_region(const struct had_aws_identity *identity)
{
    const struct had_aws *aws = identity->aws;
    if (aws->region.len)
        return aws->region;
    had_str rest = had_str_slice(identity->role_arn, 4, identity->role_arn.len);
    int64_t colon = had_str_find(rest, ':');
    for (uint32_t i = 0; i < had_aws_partition_count; i++)
        if (colon > 0 && had_str_is(had_str_slice(rest, 0, (uint32_t)colon),
                                    had_aws_text(had_aws_partitions[i].id)))
            return had_str_c(had_aws_text(had_aws_partitions[i].implicit));
    return HAD_STR("us-east-1");
}

static void sts_done(void *context, const struct had_aws_result *result)
{
    struct had_aws_identity *identity = context;
    if (result->outcome == HAD_AWS_DONE)
        set_from(identity, json_object_get(result->value, "Credentials"), session_names);
    else
        had_aws_identity_fail(identity, HAD_FMT ": " HAD_FMT ": " HAD_FMT, HAD_ARG(identity->text),
                              HAD_ARG(result->error.code), HAD_ARG(result->error.message));
}

static void call_sts(struct had_aws_identity *identity, const char *operation, json_t *params,
                     struct had_aws_identity *base)
{
    const struct had_aws_service *sts = had_aws_service_find(HAD_STR("sts"));
    struct had_aws_call call = {
        .service = sts,
        .operation = had_aws_operation_find(sts, had_str_c(operation)),
        .params = params,
        .region = sts_region(identity),
        .repeatable = true, /* a second session harms nobody */
        .deadline_ms = 120000,
        .done = sts_done,
        .context = identity,
    };
    had_aws_submit_as(identity->aws, &call, base);
    json_decref(params);
}

static json_t *role_params(const struct had_aws_identity *identity)
{
    struct had_arena *arena = &identity->aws->arena;
    json_t *params = json_object();
    json_object_set_new(params, "RoleArn", json_string(had_str_cstr(arena, identity->role_arn)));
    json_object_set_new(params, "RoleSessionName",
                        json_string(had_str_cstr(arena, identity->session_name)));
    return params;
}

static void assume(struct had_aws_identity *identity)
{
    json_t *params = role_params(identity);
    json_object_set_new(params, "DurationSeconds", json_integer((json_int_t)identity->duration));
    if (identity->external_id.len)
        json_object_set_new(params, "ExternalId",
                            json_string(had_str_cstr(&identity->fetch, identity->external_id)));
    if (identity->mfa_serial.len) {
        const struct had_aws *aws = identity->aws;
        char code[HAD_AWS_MFA_ROOM] = "";
        if (!aws->ask_mfa(aws->ask_context, identity->mfa_serial, code)) {
            json_decref(params);
            had_aws_identity_fail(identity, HAD_FMT ": no code of the MFA device was given",
                                  HAD_ARG(identity->text));
            return;
        }
        json_object_set_new(params, "SerialNumber",
                            json_string(had_str_cstr(&identity->fetch, identity->mfa_serial)));
        json_object_set_new(params, "TokenCode", json_string(code));
        OPENSSL_cleanse(code, sizeof code);
    }
    call_sts(identity, "AssumeRole", params, identity->base);
}

static void web_identity(struct had_aws_identity *identity)
{
    had_str token, error = {0};
    bool missing;
    if (!had_aws_file_read(&identity->fetch, identity->token_file, &token, &missing, &error)) {
        had_aws_identity_fail(identity, HAD_FMT, HAD_ARG(error));
        return;
    }
    if (missing) {
        had_aws_identity_fail(identity, "the web identity token `" HAD_FMT "` does not exist",
                              HAD_ARG(identity->token_file));
        return;
    }
    while (token.len && strchr(" \t\r\n", token.ptr[token.len - 1]))
        token.len--;
    json_t *params = role_params(identity);
    json_object_set_new(params, "WebIdentityToken", json_stringn(token.ptr, token.len));
    call_sts(identity, "AssumeRoleWithWebIdentity", params, NULL);
}

/* ---- IAM Identity Center ---- */

static void sso_failed(struct had_aws_identity *identity, const char *what)
{
    had_aws_identity_fail(identity,
                          HAD_FMT ": %s; sign in again with `aws sso login --profile " HAD_FMT "`",
                          HAD_ARG(identity->text), what, HAD_ARG(identity->profile));
}

static void sso_keys_done(void *context, const struct had_aws_result *result)
{
    struct had_aws_identity *identity = context;
    if (result->outcome == HAD_AWS_DONE)
        set_from(identity, json_object_get(result->value, "roleCredentials"), sso_names);
    else if (result->error.status == 401)
        sso_failed(identity, "the session has ended");
    else
        had_aws_identity_fail(identity, HAD_FMT ": " HAD_FMT ": " HAD_FMT, HAD_ARG(identity->text),
                              HAD_ARG(result->error.code), HAD_ARG(result->error.message));
}

static void sso_keys(struct had_aws_identity *identity, had_str access_token)
{
    const struct had_aws_service *sso = had_aws_service_find(HAD_STR("sso"));
    struct had_arena *arena = &identity->fetch;
    json_t *params = json_pack("{s:s,s:s,s:s}", "roleName", had_str_cstr(arena, identity->sso_role),
                               "accountId", had_str_cstr(arena, identity->sso_account),
                               "accessToken", had_str_cstr(arena, access_token));
    struct had_aws_call call = {
        .service = sso,
        .operation = had_aws_operation_find(sso, HAD_STR("GetRoleCredentials")),
        .params = params,
        .region = identity->sso_region,
        .deadline_ms = 120000,
        .done = sso_keys_done,
        .context = identity,
    };
    if (!params) {
        sso_failed(identity, "the cached token is no text");
        return;
    }
    had_aws_submit_as(identity->aws, &call, NULL);
    json_decref(params);
}

void had_aws_cache_store(struct had_arena *arena, had_str where, const json_t *cache)
{
    char *path = had_str_cstr(arena, where);
    char *temporary = had_str_cstr(arena, had_str_printf(arena, HAD_FMT ".XXXXXX", HAD_ARG(where)));
    int fd = mkstemp(temporary); /* mode 0600 */
    if (fd < 0)
        return; /* the token serves this run all the same */
    bool good = json_dumpfd(cache, fd, JSON_COMPACT) == 0;
    good = close(fd) == 0 && good;
    if (!good || rename(temporary, path) != 0)
        unlink(temporary);
}

static json_t *sso_cached(struct had_aws_identity *identity)
{
    had_str text, error = {0};
    bool missing;
    json_error_t problem;
    if (!had_aws_file_read(&identity->fetch, identity->sso_cache, &text, &missing, &error) ||
        missing)
        return NULL;
    json_t *cache = json_loadb(text.ptr ? text.ptr : "", text.len, 0, &problem);
    if (!had_aws_json_text(cache, "accessToken").len) {
        json_decref(cache);
        return NULL;
    }
    return cache;
}

static int64_t wall_ms(const struct had_aws_identity *identity)
{
    return identity->aws->transport.wall(identity->aws->transport.context);
}

static int64_t sso_left(const struct had_aws_identity *identity, const json_t *cache,
                        const char *key)
{
    int64_t micros;
    if (!had_aws_time_parse(had_aws_json_text(cache, key), &micros))
        return -1;
    return micros / 1000 - wall_ms(identity);
}

static void sso_refreshed(void *context, const struct had_aws_result *result)
{
    struct had_aws_identity *identity = context;
    json_t *cache = sso_cached(identity);
    if (result->outcome == HAD_AWS_DONE && cache) {
        struct had_buffer end = {0};
        int64_t seconds = json_integer_value(json_object_get(result->value, "expiresIn"));
        had_aws_time_iso(&end, (wall_ms(identity) / 1000 + seconds) * 1000000);
        had_buffer_char(&end, '\0');
        json_object_set(cache, "accessToken", json_object_get(result->value, "accessToken"));
        json_object_set_new(cache, "expiresAt", json_string(end.ptr));
        if (had_aws_json_text(result->value, "refreshToken").len)
            json_object_set(cache, "refreshToken", json_object_get(result->value, "refreshToken"));
        had_buffer_free(&end);
        had_aws_cache_store(&identity->fetch, identity->sso_cache, cache);
        sso_keys(identity, had_aws_json_text(cache, "accessToken"));
    } else if (cache && sso_left(identity, cache, "expiresAt") > 0) {
        sso_keys(identity, had_aws_json_text(cache, "accessToken")); /* the old one still serves */
    } else {
        sso_failed(identity, "the sign-in cannot be renewed");
    }
    json_decref(cache);
}

static void sso(struct had_aws_identity *identity)
{
    json_t *cache = sso_cached(identity);
    if (!cache) {
        sso_failed(identity, "there is no sign-in");
        return;
    }
    int64_t left = sso_left(identity, cache, "expiresAt");
    had_str refresh = had_aws_json_text(cache, "refreshToken"),
            id = had_aws_json_text(cache, "clientId");
    had_str secret = had_aws_json_text(cache, "clientSecret");
    bool can = refresh.len && id.len && secret.len &&
               sso_left(identity, cache, "registrationExpiresAt") > 0;
    if (left > RENEW_MS || (left > 0 && !can)) {
        sso_keys(identity, had_aws_json_text(cache, "accessToken"));
    } else if (!can) {
        sso_failed(identity, "the sign-in has run out");
    } else {
        const struct had_aws_service *oidc = had_aws_service_find(HAD_STR("sso-oidc"));
        json_t *params = json_pack("{s:s,s:s,s:s,s:s}", "grantType", "refresh_token", "clientId",
                                   id.ptr, "clientSecret", secret.ptr, "refreshToken", refresh.ptr);
        struct had_aws_call call = {
            .service = oidc,
            .operation = had_aws_operation_find(oidc, HAD_STR("CreateToken")),
            .params = params,
            .region = identity->sso_region,
            .deadline_ms = 60000,
            .done = sso_refreshed,
            .context = identity,
        };
        had_aws_submit_as(identity->aws, &call, NULL);
        json_decref(params);
    }
    json_decref(cache);
}

/* ---- a process ---- */

static void process(struct had_aws_identity *identity)
{
    had_str output = {0}, error = {0};
    json_error_t problem;
    if (!had_aws_process_run(&identity->fetch, identity->command, PROCESS_MS, &output, &error)) {
        had_aws_identity_fail(identity, HAD_FMT, HAD_ARG(error));
        return;
    }
    json_t *keys = json_loadb(output.ptr ? output.ptr : "", output.len, 0, &problem);
    if (!json_is_object(keys) || json_integer_value(json_object_get(keys, "Version")) != 1)
        had_aws_identity_fail(identity, HAD_FMT " did not print JSON of version 1",
                              HAD_ARG(identity->text));
    else
        set_from(identity, keys, session_names);
    json_decref(keys);
    if (output.len)
        OPENSSL_cleanse((void *)(uintptr_t)output.ptr, output.len);
}

/* ---- containers ---- */

static void ask(struct had_aws_identity *identity, const char *method, had_str url,
                const struct had_http_header *header, uint32_t timeout_ms,
                void (*done)(void *context, const struct had_http_answer *answer))
{
    struct had_http_request request = {
        .method = had_str_c(method),
        .url = url,
        .headers = header,
        .header_count = header && header->name.len ? 1 : 0,
        .connect_ms = timeout_ms,
        .total_ms = timeout_ms,
        .max_body = KEYS_MAX,
        .direct = true,
        .done = done,
        .context = identity,
    };
    identity->aws->transport.submit(identity->aws->transport.context, &request);
}

static void container(struct had_aws_identity *identity);

static void container_again(void *context)
{
    container(context);
}

static void container_done(void *context, const struct had_http_answer *answer)
{
    struct had_aws_identity *identity = context;
    json_error_t problem;
    bool good = answer->outcome == HAD_HTTP_ANSWERED && answer->status == 200;
    if (!good && ++identity->tries < CONTAINER_TRIES) {
        had_aws_after(identity->aws, 1000, container_again, identity);
        return;
    }
    if (!good) {
        had_aws_identity_fail(identity, "the container's agent gave no keys: %s%d",
                              answer->outcome == HAD_HTTP_ANSWERED ? "status " : answer->error,
                              answer->status);
        return;
    }
    json_t *keys =
        json_loadb(answer->body.ptr ? answer->body.ptr : "", answer->body.len, 0, &problem);
    set_from(identity, keys, metadata_names);
    json_decref(keys);
}

static void container(struct had_aws_identity *identity)
{
    struct had_http_header header = {{0}, {0}};
    had_str token = identity->auth_token, error = {0};
    if (identity->auth_token_file.len) { /* it changes: read at each fetch */
        bool missing;
        if (!had_aws_file_read(&identity->fetch, identity->auth_token_file, &token, &missing,
                               &error) ||
            missing) {
            had_aws_identity_fail(identity,
                                  "the token of the container `" HAD_FMT "` cannot be read",
                                  HAD_ARG(identity->auth_token_file));
            return;
        }
        while (token.len && strchr(" \t\r\n", token.ptr[token.len - 1]))
            token.len--;
    }
    if (token.len)
        header = (struct had_http_header){HAD_STR("Authorization"), token};
    ask(identity, "GET", identity->url, &header, CONTAINER_MS, container_done);
}

/* ---- instance metadata, version 2 ---- */

#define ROLE_PATH "/latest/meta-data/iam/security-credentials/"

static void metadata_failed(struct had_aws_identity *identity, const char *what,
                            const struct had_http_answer *answer)
{
    had_aws_identity_fail(identity,
                          "no credentials: the environment and AWS's files have none, and the "
                          "instance's metadata service %s (%s%d)",
                          what, answer->outcome == HAD_HTTP_ANSWERED ? "status " : answer->error,
                          answer->status);
}

static void metadata_get(struct had_aws_identity *identity, const char *path,
                         void (*done)(void *context, const struct had_http_answer *answer))
{
    struct had_http_header header = {HAD_STR("x-aws-ec2-metadata-token"), identity->scratch};
    ask(identity, "GET",
        had_str_printf(&identity->fetch, HAD_FMT "%s", HAD_ARG(identity->url), path), &header,
        identity->timeout_ms, done);
}

static bool answered(const struct had_http_answer *answer)
{
    return answer->outcome == HAD_HTTP_ANSWERED && answer->status == 200;
}

static void metadata_keys(void *context, const struct had_http_answer *answer)
{
    struct had_aws_identity *identity = context;
    json_error_t problem;
    if (!answered(answer)) {
        metadata_failed(identity, "gave no keys", answer);
        return;
    }
    json_t *keys =
        json_loadb(answer->body.ptr ? answer->body.ptr : "", answer->body.len, 0, &problem);
    set_from(identity, keys, metadata_names);
    json_decref(keys);
}

static void metadata_role(void *context, const struct had_http_answer *answer)
{
    struct had_aws_identity *identity = context;
    had_str name = had_str_trim(answer->body);
    int64_t end = had_str_find(name, '\n');
    if (end >= 0)
        name = had_str_slice(name, 0, (uint32_t)end);
    if (!answered(answer) || !name.len || name.len > 128) {
        metadata_failed(identity, "knows no role", answer);
        return;
    }
    struct had_buffer path = {0};
    had_buffer_c(&path, ROLE_PATH);
    had_aws_percent(&path, name, "");
    had_str whole = had_buffer_take(&identity->fetch, &path);
    metadata_get(identity, had_str_cstr(&identity->fetch, whole), metadata_keys);
}

static void metadata_region(void *context, const struct had_http_answer *answer)
{
    struct had_aws_identity *identity = context;
    struct had_aws *aws = identity->aws;
    had_str region = had_str_trim(answer->body);
    if (answered(answer) && had_aws_region_valid(region) && !aws->region.len)
        aws->region = had_str_dup(&aws->arena, region);
    metadata_get(identity, ROLE_PATH,
                 metadata_role); /* without a Region the calls say what is missing */
}

static void metadata(struct had_aws_identity *identity);

static void metadata_again(void *context)
{
    metadata(context);
}

static void metadata_token(void *context, const struct had_http_answer *answer)
{
    struct had_aws_identity *identity = context;
    had_str token = had_str_trim(answer->body);
    if (!answered(answer) || !token.len) {
        if (++identity->tries < identity->max_tries)
            had_aws_after(identity->aws, 1000, metadata_again, identity);
        else
            metadata_failed(identity, "did not answer", answer);
        return;
    }
    char *copy = had_xmalloc((size_t)token.len + 1);
    memcpy(copy, token.ptr, token.len);
    copy[token.len] = '\0';
    identity->scratch = (had_str){copy, token.len};
    if (identity->aws->region.len)
        metadata_get(identity, ROLE_PATH, metadata_role);
    else
        metadata_get(identity, "/latest/meta-data/placement/region", metadata_region);
}

static void metadata(struct had_aws_identity *identity)
{
    struct had_http_header header = {HAD_STR("x-aws-ec2-metadata-token-ttl-seconds"),
                                     HAD_STR("21600")};
    ask(identity, "PUT",
        had_str_printf(&identity->fetch, HAD_FMT "/latest/api/token", HAD_ARG(identity->url)),
        &header, identity->timeout_ms, metadata_token);
}

void had_aws_provider_fetch(struct had_aws_identity *identity)
{
    switch (identity->source) {
    case HAD_AWS_ASSUME:
        assume(identity);
        return;
    case HAD_AWS_WEB_IDENTITY:
        web_identity(identity);
        return;
    case HAD_AWS_SSO:
        sso(identity);
        return;
    case HAD_AWS_LOGIN:
        had_aws_login_fetch(identity);
        return;
    case HAD_AWS_PROCESS:
        process(identity);
        return;
    case HAD_AWS_CONTAINER:
        container(identity);
        return;
    case HAD_AWS_METADATA:
        metadata(identity);
        return;
    case HAD_AWS_NOBODY:
    case HAD_AWS_KEYS:
        break;
    }
    had_aws_identity_fail(identity, "%s", "there is nothing to fetch");
}
