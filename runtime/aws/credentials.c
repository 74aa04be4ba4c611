/*
 * Which source gives the keys. The order is botocore's (1.43.67, credentials.py,
 * create_credential_resolver): environment, role of the profile, web identity, SSO, credentials
 * file, `aws login`, process, config file, container, instance metadata. A source that the settings
 * name and that then fails is an error: no other one is tried, since that would act as somebody
 * else.
 */
#include "aws/internal.h"
#include "aws/value.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROLES_MAX = 16, /* a chain of source_profile */
    /* Source: botocore 1.43.67, credentials.py. Sessions shorter than an hour are given less. */
    ADVISE_MS = 15 * 60000,  /* before the end a new session is fetched beside the calls */
    MANDATE_MS = 10 * 60000, /* calls wait for it */
    LONG_MS = 50 * 60000,
    ADVISE_AGAIN_MS = 30000,
};

static had_str variable(const struct had_aws *aws, const char *name)
{
    return had_aws_variable(aws->environment, name);
}

static had_str profile_key(const struct had_aws *aws, had_str profile, const char *key)
{
    return had_aws_config_get(&aws->config, HAD_AWS_PROFILE, profile, NULL, key);
}

static struct had_aws_identity *identity_new(struct had_aws *aws, enum had_aws_source source,
                                             had_str text)
{
    struct had_aws_identity *identity = had_new(&aws->arena, struct had_aws_identity);
    identity->aws = aws;
    identity->source = source;
    identity->text = text;
    identity->next = aws->identities;
    aws->identities = identity;
    return identity;
}

__attribute__((format(printf, 2, 3))) static struct had_aws_identity *wrong(struct had_aws *aws,
                                                                            const char *format, ...)
{
    struct had_aws_identity *identity = identity_new(aws, HAD_AWS_NOBODY, HAD_STR("nobody"));
    va_list args;
    va_start(args, format);
    identity->why = had_str_vprintf(&aws->arena, format, args);
    va_end(args);
    return identity;
}

static had_str wiped_copy(had_str text)
{
    char *copy = had_xmalloc((size_t)text.len + 1);
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return (had_str){copy, text.len};
}

static void wipe(had_str *text)
{
    if (text->ptr) {
        OPENSSL_cleanse((void *)(uintptr_t)text->ptr, text->len);
        free((void *)(uintptr_t)text->ptr);
    }
    *text = (had_str){0};
}

static struct had_aws_identity *fixed(struct had_aws *aws, had_str text, had_str id, had_str secret,
                                      had_str token)
{
    struct had_aws_identity *identity = identity_new(aws, HAD_AWS_KEYS, text);
    identity->id = wiped_copy(id);
    identity->secret = wiped_copy(secret);
    identity->token = wiped_copy(token);
    identity->ready = true;
    return identity;
}

/* ---- sources that stand in a profile ---- */

static struct had_aws_identity *profile_keys(struct had_aws *aws, had_str profile)
{
    had_str id = profile_key(aws, profile, "aws_access_key_id");
    had_str secret = profile_key(aws, profile, "aws_secret_access_key");
    had_str token = profile_key(aws, profile, "aws_session_token");
    if (!token.len)
        token = profile_key(aws, profile, "aws_security_token");
    if (!id.len && !secret.len)
        return NULL;
    if (!id.len || !secret.len)
        return wrong(aws, "profile `" HAD_FMT "` has %s but no %s", HAD_ARG(profile),
                     id.len ? "aws_access_key_id" : "aws_secret_access_key",
                     id.len ? "aws_secret_access_key" : "aws_access_key_id");
    return fixed(aws,
                 had_str_printf(&aws->arena, "keys of profile `" HAD_FMT "`", HAD_ARG(profile)), id,
                 secret, token);
}

static bool role_arn_valid(had_str arn)
{
    bool good = had_str_starts(arn, "arn:") && arn.len >= 20 && arn.len <= 2048;
    for (uint32_t i = 0; i < arn.len; i++)
        good &= arn.ptr[i] > ' ' && arn.ptr[i] < 0x7f;
    return good;
}

static uint32_t duration_of(had_str text)
{
    int64_t seconds;
    return had_str_to_int(text, &seconds) && seconds >= 900 && seconds <= 43200 ? (uint32_t)seconds
                                                                                : 3600;
}

static struct had_aws_identity *web_identity(struct had_aws *aws, had_str file, had_str arn,
                                             had_str session, had_str where)
{
    if (!role_arn_valid(arn))
        return wrong(aws, HAD_FMT " names a token file, but its role `" HAD_FMT "` is no ARN",
                     HAD_ARG(where), HAD_ARG(arn));
    struct had_aws_identity *identity = identity_new(
        aws, HAD_AWS_WEB_IDENTITY,
        had_str_printf(&aws->arena, "role `" HAD_FMT "` by the web identity of " HAD_FMT,
                       HAD_ARG(arn), HAD_ARG(where)));
    identity->role_arn = arn;
    identity->token_file = had_aws_home_path(&aws->arena, aws->environment, file);
    identity->session_name = session.len ? session : HAD_STR("had");
    return identity;
}

static struct had_aws_identity *sso(struct had_aws *aws, had_str profile)
{
    had_str session = profile_key(aws, profile, "sso_session");
    had_str account = profile_key(aws, profile, "sso_account_id");
    had_str role = profile_key(aws, profile, "sso_role_name");
    had_str url = profile_key(aws, profile, "sso_start_url");
    had_str region = profile_key(aws, profile, "sso_region");
    if (!session.len && !url.len)
        return NULL;
    if (session.len) {
        if (!had_aws_config_has(&aws->config, HAD_AWS_SSO_SESSION, session))
            return wrong(aws,
                         "profile `" HAD_FMT "` names the sso-session `" HAD_FMT
                         "`, which the config file does not have",
                         HAD_ARG(profile), HAD_ARG(session));
        region = had_aws_config_get(&aws->config, HAD_AWS_SSO_SESSION, session, NULL, "sso_region");
        url = had_aws_config_get(&aws->config, HAD_AWS_SSO_SESSION, session, NULL, "sso_start_url");
    }
    static const char *const names[] = {"sso_account_id", "sso_role_name", "sso_start_url",
                                        "sso_region"};
    had_str values[] = {account, role, url, region};
    for (int i = 0; i < 4; i++)
        if (!values[i].len)
            return wrong(aws,
                         "profile `" HAD_FMT "` signs in by IAM Identity Center but has no `%s`",
                         HAD_ARG(profile), names[i]);
    /* Source: botocore 1.43.67, utils.py, SSOTokenLoader: SHA-1 of the session's name, else of the
     * URL. */
    unsigned char hash[SHA_DIGEST_LENGTH];
    char hex[2 * SHA_DIGEST_LENGTH + 1];
    had_str key = session.len ? session : url;
    SHA1((const unsigned char *)key.ptr, key.len, hash);
    had_aws_hex(hex, hash, sizeof hash);
    struct had_aws_identity *identity =
        identity_new(aws, HAD_AWS_SSO,
                     had_str_printf(&aws->arena,
                                    "permission set `" HAD_FMT "` in account " HAD_FMT
                                    " by profile `" HAD_FMT "`",
                                    HAD_ARG(role), HAD_ARG(account), HAD_ARG(profile)));
    identity->profile = profile;
    identity->sso_account = account;
    identity->sso_role = role;
    identity->sso_region = region;
    identity->sso_cache =
        had_aws_home_path(&aws->arena, aws->environment,
                          had_str_printf(&aws->arena, "~/.aws/sso/cache/%s.json", hex));
    return identity;
}

static struct had_aws_identity *login(struct had_aws *aws, had_str profile)
{
    had_str session = profile_key(aws, profile, "login_session");
    if (!session.len)
        return NULL;
    unsigned char hash[SHA256_DIGEST_LENGTH];
    char hex[2 * SHA256_DIGEST_LENGTH + 1];
    SHA256((const unsigned char *)session.ptr, session.len, hash);
    had_aws_hex(hex, hash, sizeof hash);
    had_str folder = variable(aws, "AWS_LOGIN_CACHE_DIRECTORY");
    folder = folder.len ? folder : HAD_STR("~/.aws/login/cache");
    struct had_aws_identity *identity = identity_new(
        aws, HAD_AWS_LOGIN,
        had_str_printf(&aws->arena, "sign-in of profile `" HAD_FMT "`", HAD_ARG(profile)));
    identity->profile = profile;
    identity->login_cache =
        had_aws_home_path(&aws->arena, aws->environment,
                          had_str_printf(&aws->arena, HAD_FMT "/%s.json", HAD_ARG(folder), hex));
    return identity;
}

static struct had_aws_identity *process(struct had_aws *aws, had_str profile)
{
    had_str command = profile_key(aws, profile, "credential_process");
    if (!command.len)
        return NULL;
    struct had_aws_identity *identity =
        identity_new(aws, HAD_AWS_PROCESS,
                     had_str_printf(&aws->arena, "credential_process of profile `" HAD_FMT "`",
                                    HAD_ARG(profile)));
    identity->command = command;
    return identity;
}

/* ---- sources that stand in the environment ---- */

static struct had_aws_identity *environment_keys(struct had_aws *aws)
{
    had_str id = variable(aws, "AWS_ACCESS_KEY_ID");
    had_str secret = variable(aws, "AWS_SECRET_ACCESS_KEY");
    had_str token = variable(aws, "AWS_SESSION_TOKEN");
    if (!token.len)
        token = variable(aws, "AWS_SECURITY_TOKEN");
    if (!id.len)
        return NULL;
    if (!secret.len)
        return wrong(aws, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
    return fixed(aws, HAD_STR("keys of the environment"), id, secret, token);
}

/* Keys may only be asked of https, of this machine, or of the addresses that containers use. */
static bool container_url_allowed(had_str url)
{
    static const char *const hosts[] = {
        "localhost",      "127.0.0.1",      "[::1]", "169.254.170.2",
        "169.254.170.23", "[fd00:ec2::23]", NULL};
    if (had_str_starts(url, "https://"))
        return true;
    if (!had_str_starts(url, "http://"))
        return false;
    had_str rest = had_str_slice(url, 7, url.len);
    uint32_t end = 0;
    bool bracket = rest.len && rest.ptr[0] == '[';
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?' &&
           (rest.ptr[end] != ':' || bracket)) {
        bracket &= rest.ptr[end] != ']';
        end++;
    }
    for (int i = 0; hosts[i]; i++)
        if (had_str_is(had_str_slice(rest, 0, end), hosts[i]))
            return true;
    return false;
}

static struct had_aws_identity *container(struct had_aws *aws)
{
    had_str relative = variable(aws, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    had_str full = variable(aws, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (!relative.len && !full.len)
        return NULL;
    had_str url = full;
    if (relative.len)
        url = had_str_printf(&aws->arena, "http://169.254.170.2%s" HAD_FMT,
                             relative.ptr[0] == '/' ? "" : "/", HAD_ARG(relative));
    if (!container_url_allowed(url))
        return wrong(aws, "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of "
                          "this machine or of a container's agent");
    struct had_aws_identity *identity =
        identity_new(aws, HAD_AWS_CONTAINER, HAD_STR("role of the container"));
    identity->url = url;
    identity->auth_token = variable(aws, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    identity->auth_token_file = variable(aws, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    return identity;
}

static struct had_aws_identity *metadata(struct had_aws *aws)
{
    if (had_aws_truth(variable(aws, "AWS_EC2_METADATA_DISABLED"), false))
        return NULL;
    struct had_aws_identity *identity =
        identity_new(aws, HAD_AWS_METADATA, HAD_STR("role of the instance"));
    had_str url =
        had_aws_setting(aws, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    had_str mode = had_aws_setting(aws, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                   "ec2_metadata_service_endpoint_mode");
    if (!url.len)
        url = had_str_eq_nocase(mode, HAD_STR("ipv6")) ? HAD_STR("http://[fd00:ec2::254]")
                                                       : HAD_STR("http://169.254.169.254");
    if (url.ptr[url.len - 1] == '/')
        url.len--;
    identity->url = url;
    /* One second, one try. Source: botocore 1.43.67, configprovider.py. */
    int64_t seconds, tries;
    had_str timeout =
        had_aws_setting(aws, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout");
    had_str attempts =
        had_aws_setting(aws, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts");
    identity->timeout_ms = 1000;
    identity->max_tries = 1;
    if (had_str_to_int(timeout, &seconds) && seconds > 0 && seconds <= 60)
        identity->timeout_ms = (uint32_t)seconds * 1000;
    if (had_str_to_int(attempts, &tries) && tries > 0 && tries <= 20)
        identity->max_tries = (uint32_t)tries;
    return identity;
}

/* ---- profiles and roles ---- */

struct visit {
    had_str names[ROLES_MAX];
    uint32_t count;
};

static struct had_aws_identity *by_profile(struct had_aws *aws, had_str profile,
                                           struct visit *visited);

static struct had_aws_identity *assume(struct had_aws *aws, struct had_aws_identity *base,
                                       had_str arn, had_str external_id, had_str session,
                                       uint32_t duration, had_str mfa)
{
    if (base->source == HAD_AWS_NOBODY && base->why.len)
        return base;
    if (!role_arn_valid(arn))
        return wrong(
            aws, "the role `" HAD_FMT "` is no ARN such as `arn:aws:iam::123456789012:role/name`",
            HAD_ARG(arn));
    had_str text = had_str_printf(&aws->arena, "role `" HAD_FMT "` from " HAD_FMT, HAD_ARG(arn),
                                  HAD_ARG(base->text));
    for (struct had_aws_identity *known = aws->identities; known; known = known->next)
        if (known->source == HAD_AWS_ASSUME && known->base == base &&
            had_str_eq(known->role_arn, arn) && had_str_eq(known->external_id, external_id) &&
            had_str_eq(known->session_name, session) && known->duration == duration &&
            had_str_eq(known->mfa_serial, mfa))
            return known;
    struct had_aws_identity *identity = identity_new(aws, HAD_AWS_ASSUME, text);
    identity->base = base;
    identity->role_arn = had_str_dup(&aws->arena, arn);
    identity->external_id = had_str_dup(&aws->arena, external_id);
    identity->session_name = had_str_dup(&aws->arena, session);
    identity->duration = duration;
    identity->mfa_serial = mfa;
    return identity;
}

static struct had_aws_identity *named_source(struct had_aws *aws, had_str profile, had_str source)
{
    struct had_aws_identity *found = NULL;
    if (had_str_is(source, "Environment"))
        found = environment_keys(aws);
    else if (had_str_is(source, "EcsContainer"))
        found = container(aws);
    else if (had_str_is(source, "Ec2InstanceMetadata"))
        found = metadata(aws);
    else
        return wrong(aws,
                     "profile `" HAD_FMT "`: `" HAD_FMT
                     "` is no credential_source; there are Environment, EcsContainer and "
                     "Ec2InstanceMetadata",
                     HAD_ARG(profile), HAD_ARG(source));
    return found ? found
                 : wrong(aws,
                         "profile `" HAD_FMT "` takes its keys from `" HAD_FMT
                         "`, where there are none",
                         HAD_ARG(profile), HAD_ARG(source));
}

static struct had_aws_identity *profile_role(struct had_aws *aws, had_str profile,
                                             struct visit *visited)
{
    had_str arn = profile_key(aws, profile, "role_arn");
    had_str source = profile_key(aws, profile, "source_profile");
    had_str named = profile_key(aws, profile, "credential_source");
    had_str session = profile_key(aws, profile, "role_session_name");
    struct had_aws_identity *base;
    if (!arn.len || profile_key(aws, profile, "web_identity_token_file").len)
        return NULL;
    had_str mfa = profile_key(aws, profile, "mfa_serial");
    if (mfa.len && !aws->ask_mfa)
        return wrong(aws,
                     "profile `" HAD_FMT
                     "` needs the code of an MFA device, and there is nobody to "
                     "ask: use a session that was made with one",
                     HAD_ARG(profile));
    if (!source.len == !named.len)
        return wrong(aws,
                     "profile `" HAD_FMT
                     "` needs either source_profile or credential_source beside role_arn",
                     HAD_ARG(profile));
    if (named.len) {
        base = named_source(aws, profile, named);
    } else if (!had_aws_config_has(&aws->config, HAD_AWS_PROFILE, source)) {
        return wrong(aws,
                     "profile `" HAD_FMT "` names the source_profile `" HAD_FMT
                     "`, which does not exist",
                     HAD_ARG(profile), HAD_ARG(source));
    } else if (had_str_eq(source, profile)) {
        base = profile_keys(aws, profile); /* a profile may be its own source if it holds keys */
        if (!base)
            return wrong(aws, "profile `" HAD_FMT "` is its own source_profile but holds no keys",
                         HAD_ARG(profile));
    } else {
        for (uint32_t i = 0; i < visited->count; i++)
            if (had_str_eq(visited->names[i], source))
                return wrong(aws, "source_profile goes in a circle at `" HAD_FMT "`",
                             HAD_ARG(source));
        if (visited->count == ROLES_MAX)
            return wrong(aws, "source_profile makes a chain of more than %d profiles", ROLES_MAX);
        visited->names[visited->count++] = source;
        /* Keys of a source are used before its role. Source: botocore 1.43.67, AssumeRoleProvider.
         */
        base = profile_keys(aws, source);
        if (!base)
            base = by_profile(aws, source, visited);
        if (!base)
            return wrong(aws, "the source_profile `" HAD_FMT "` has no credentials",
                         HAD_ARG(source));
    }
    return assume(aws, base, arn, profile_key(aws, profile, "external_id"),
                  session.len ? session : HAD_STR("had"),
                  duration_of(profile_key(aws, profile, "duration_seconds")), mfa);
}

static struct had_aws_identity *profile_web_identity(struct had_aws *aws, had_str profile)
{
    had_str file = profile_key(aws, profile, "web_identity_token_file");
    if (!file.len)
        return NULL;
    return web_identity(aws, file, profile_key(aws, profile, "role_arn"),
                        profile_key(aws, profile, "role_session_name"),
                        had_str_printf(&aws->arena, "profile `" HAD_FMT "`", HAD_ARG(profile)));
}

static struct had_aws_identity *by_profile(struct had_aws *aws, had_str profile,
                                           struct visit *visited)
{
    struct had_aws_identity *found = profile_role(aws, profile, visited);
    found = found ? found : profile_web_identity(aws, profile);
    found = found ? found : sso(aws, profile);
    /* Keys of the credentials file go before what the config file says; those of the latter come
     * last. */
    if (!found && had_aws_config_from(&aws->config, profile, "aws_access_key_id", true))
        found = profile_keys(aws, profile);
    found = found ? found : login(aws, profile);
    found = found ? found : process(aws, profile);
    return found ? found : profile_keys(aws, profile);
}

struct had_aws_identity *had_aws_identity_find(struct had_aws *aws)
{
    struct had_aws_identity *found = NULL;
    struct visit visited = {.names = {aws->profile}, .count = 1};
    bool exists = had_aws_config_has(&aws->config, HAD_AWS_PROFILE, aws->profile);
    if (!aws->profile_given)
        found = environment_keys(aws);
    if (!found && !exists && (aws->profile_given || variable(aws, "AWS_PROFILE").len))
        return wrong(aws, "there is no profile `" HAD_FMT "` in AWS's config and credentials files",
                     HAD_ARG(aws->profile));
    found = found ? found : profile_role(aws, aws->profile, &visited);
    if (!found && variable(aws, "AWS_WEB_IDENTITY_TOKEN_FILE").len)
        found = web_identity(aws, variable(aws, "AWS_WEB_IDENTITY_TOKEN_FILE"),
                             variable(aws, "AWS_ROLE_ARN"), variable(aws, "AWS_ROLE_SESSION_NAME"),
                             HAD_STR("the environment"));
    found = found ? found : by_profile(aws, aws->profile, &visited);
    found = found ? found : container(aws);
    found = found ? found : metadata(aws);
    return found ? found
                 : wrong(aws, "no credentials: neither the environment, nor AWS's files, nor a "
                              "container or instance has any");
}

struct had_aws_identity *had_aws_identity_role(struct had_aws *aws, struct had_aws_identity *base,
                                               const struct had_aws_role *role)
{
    return assume(aws, base, role->arn, role->external_id,
                  role->session_name.len ? role->session_name : HAD_STR("had"),
                  role->duration_seconds ? role->duration_seconds : 3600, (had_str){0});
}

/* ---- the state of keys ---- */

/* One at a time off the list: what wakes may cancel others. */
static void wake(struct had_aws_identity *identity)
{
    identity->fetching = false;
    struct had_aws_waiting *last = identity->waiting;
    while (last && last->next)
        last = last->next;
    while (last) {
        struct had_aws_waiting *one = identity->waiting;
        if (!one)
            break;
        bool end = one == last;
        identity->waiting = one->next;
        one->ready(one->context);
        free(one);
        if (end)
            break;
    }
}

void had_aws_identity_set(struct had_aws_identity *identity, had_str id, had_str secret,
                          had_str token, int64_t expires_ms)
{
    had_str copies[] = {wiped_copy(id), wiped_copy(secret), wiped_copy(token)};
    wipe(&identity->id);
    wipe(&identity->secret);
    wipe(&identity->token);
    identity->id = copies[0];
    identity->secret = copies[1];
    identity->token = copies[2];
    identity->expires = expires_ms;
    int64_t life = expires_ms - identity->aws->transport.wall(identity->aws->transport.context);
    identity->advise_ms = life >= LONG_MS ? ADVISE_MS : life / 4;
    identity->mandate_ms = life >= LONG_MS ? MANDATE_MS : life / 10;
    identity->retry_at = 0;
    identity->ready = true;
    identity->error = (had_str){0};
    wipe(&identity->scratch);
    wake(identity);
}

void had_aws_identity_fail(struct had_aws_identity *identity, const char *format, ...)
{
    struct had_aws *aws = identity->aws;
    va_list args;
    va_start(args, format);
    had_str error = had_str_vprintf(&aws->arena, format, args);
    va_end(args);
    int64_t wall = aws->transport.wall(aws->transport.context);
    wipe(&identity->scratch);
    /* Keys that still serve are kept, and the fetch is tried again later. */
    if (identity->ready && wall < identity->expires)
        identity->retry_at = wall + ADVISE_AGAIN_MS;
    else
        identity->ready = false;
    identity->error = error;
    wake(identity);
}

static void begin(void *context)
{
    struct had_aws_identity *identity = context;
    had_arena_free(&identity->fetch);
    had_aws_provider_fetch(identity);
}

static void fetch(struct had_aws_identity *identity)
{
    if (identity->fetching)
        return;
    identity->fetching = true;
    identity->tries = 0;
    had_aws_after(identity->aws, 0, begin, identity);
}

bool had_aws_identity_get(struct had_aws_identity *identity, void (*ready)(void *context),
                          void *context)
{
    const struct had_transport *t = &identity->aws->transport;
    int64_t left = identity->expires ? identity->expires - t->wall(t->context) : INT64_MAX;
    if (identity->source == HAD_AWS_NOBODY) {
        identity->error = identity->why;
        identity->ready = false;
        return true;
    }
    if (identity->ready && left > identity->mandate_ms) {
        if (left < identity->advise_ms && t->wall(t->context) >= identity->retry_at) {
            identity->retry_at = t->wall(t->context) + ADVISE_AGAIN_MS;
            fetch(identity);
        }
        return true;
    }
    struct had_aws_waiting *waiting = had_xmalloc(sizeof *waiting);
    *waiting = (struct had_aws_waiting){ready, context, NULL};
    struct had_aws_waiting **end = &identity->waiting;
    while (*end)
        end = &(*end)->next;
    *end = waiting;
    fetch(identity);
    return false;
}

void had_aws_identity_drop(struct had_aws_identity *identity)
{
    if (identity->source != HAD_AWS_KEYS)
        identity->ready = false;
}

void had_aws_identity_leave(struct had_aws_identity *identity, const void *context)
{
    for (struct had_aws_waiting **at = &identity->waiting; *at;) {
        struct had_aws_waiting *one = *at;
        if (one->context == context) {
            *at = one->next;
            free(one);
        } else {
            at = &one->next;
        }
    }
}

void had_aws_identities_free(struct had_aws *aws)
{
    for (struct had_aws_identity *at = aws->identities; at; at = at->next) {
        had_str *secrets[] = {&at->id, &at->secret, &at->token, &at->scratch};
        for (int i = 0; i < 4; i++)
            wipe(secrets[i]);
        while (at->waiting) {
            struct had_aws_waiting *one = at->waiting;
            at->waiting = one->next;
            free(one);
        }
        had_arena_free(&at->fetch);
    }
}
