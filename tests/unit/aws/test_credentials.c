/* Every source of keys, each against a real peer on this machine. */
#include "aws/internal.h"
#include "aws/value.h"
#include "fixture.h"
#include "server.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the peer: STS, IAM Identity Center, a container's agent, an instance's metadata ---- */

struct peer {
    struct server server;
    char log[4096]; /* one word per request */
    unsigned assume_count;
    int life_seconds; /* of sessions */
    unsigned fail_container, fail_metadata;
    bool deny_role;
    char body[2048]; /* of the last AssumeRole, of the last renewal of a sign-in */
    char proof[1024];
    const char *login_error;
};

static void iso_after(char *out, size_t room, int seconds)
{
    time_t at = time(NULL) + seconds;
    struct tm parts;
    gmtime_r(&at, &parts);
    strftime(out, room, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static bool contains(had_str text, const char *part)
{
    size_t len = strlen(part);
    for (uint32_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.ptr + i, part, len) == 0)
            return true;
    return false;
}

/* The text between `before` and the next of `ends`. */
static void between(had_str text, const char *before, const char *ends, char *out, size_t room)
{
    size_t len = strlen(before), n = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.ptr + i, before, len) != 0)
            continue;
        for (i += (uint32_t)len; i < text.len && !strchr(ends, text.ptr[i]) && n + 1 < room; i++)
            out[n++] = text.ptr[i];
        break;
    }
    out[n] = '\0';
}

static void logged(struct peer *peer, const char *word)
{
    size_t len = strlen(peer->log);
    snprintf(peer->log + len, sizeof peer->log - len, "%s%s", len ? " " : "", word);
}

static void answer_sts(struct peer *peer, const struct server_request *r, struct had_buffer *out)
{
    char role[256], key[64], expires[32], body[2048];
    iso_after(expires, sizeof expires, peer->life_seconds);
    between(r->head, "Credential=", "/", key, sizeof key);
    between(r->body, "RoleArn=", "&", role, sizeof role);
    if (contains(r->body, "Action=GetCallerIdentity")) {
        logged(peer, "who");
        snprintf(
            body, sizeof body,
            "<GetCallerIdentityResponse><GetCallerIdentityResult><UserId>%s</UserId><Arn>%s</Arn>"
            "</GetCallerIdentityResult></GetCallerIdentityResponse>",
            key, contains(r->head, "oken: ") ? "session" : "long-term");
        server_ok(out, "", body);
        return;
    }
    bool web = contains(r->body, "Action=AssumeRoleWithWebIdentity");
    peer->assume_count++;
    snprintf(peer->body, sizeof peer->body, HAD_FMT, HAD_ARG(r->body));
    logged(peer, web ? "web" : key);
    if (peer->deny_role || (web && !contains(r->body, "WebIdentityToken=jwt.of.the.pod&") &&
                            !contains(r->body, "WebIdentityToken=jwt.of.the.pod"))) {
        const char *error =
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not allowed to "
            "assume</Message></Error></ErrorResponse>";
        had_buffer_printf(out, "HTTP/1.1 403 Forbidden\r\nContent-Length: %zu\r\n\r\n%s",
                          strlen(error), error);
        return;
    }
    snprintf(body, sizeof body,
             "<R><AssumeRole%sResult><Credentials><AccessKeyId>KEY-%s%s</AccessKeyId>"
             "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
             "<Expiration>%s</Expiration></Credentials></AssumeRole%sResult></R>",
             web ? "WithWebIdentity" : "", strrchr(role, 'F') ? strrchr(role, 'F') + 1 : role,
             contains(r->body, "ExternalId=ext-1") ? "-ext" : "", expires,
             web ? "WithWebIdentity" : "");
    server_ok(out, "", body);
}

static enum server_end handle(struct server *s, const struct server_request *r,
                              struct had_buffer *out)
{
    struct peer *peer = s->context;
    char expires[32], body[1024];
    iso_after(expires, sizeof expires, peer->life_seconds);
    if (had_str_starts(r->head, "POST / ")) {
        answer_sts(peer, r, out);
    } else if (had_str_starts(r->head, "POST /token ")) {
        logged(peer, "renew");
        if (!contains(r->body, "\"refreshToken\":\"refresh-1\"") ||
            contains(r->head, "Authorization"))
            return SERVER_CLOSE;
        server_ok(
            out, "",
            "{\"accessToken\":\"access-2\",\"expiresIn\":28800,\"refreshToken\":\"refresh-2\"}");
    } else if (had_str_starts(r->head, "POST /v1/token ")) {
        logged(peer, "renew");
        snprintf(peer->body, sizeof peer->body, HAD_FMT, HAD_ARG(r->body));
        between(r->head, "DPoP: ", "\r", peer->proof, sizeof peer->proof);
        if (peer->login_error)
            had_buffer_printf(out,
                              "HTTP/1.1 400 no\r\nx-amzn-ErrorType: AccessDeniedException\r\n"
                              "Content-Length: %zu\r\n\r\n%s",
                              strlen(peer->login_error), peer->login_error);
        else
            server_ok(out, "",
                      "{\"accessToken\":{\"accessKeyId\":\"KEY-new\",\"secretAccessKey\":\"s\","
                      "\"sessionToken\":\"t\"},\"tokenType\":\"aws_sigv4\",\"expiresIn\":900,"
                      "\"refreshToken\":\"refresh-2\"}");
    } else if (had_str_starts(r->head, "GET /federation/credentials?")) {
        char token[64];
        between(r->head, "x-amz-sso_bearer_token: ", "\r", token, sizeof token);
        logged(peer, token);
        if (!contains(r->head, "role_name=Admin") || !contains(r->head, "account_id=123456789012"))
            return SERVER_CLOSE;
        snprintf(body, sizeof body,
                 "{\"roleCredentials\":{\"accessKeyId\":\"KEY-sso\",\"secretAccessKey\":\"s\","
                 "\"sessionToken\":\"t\",\"expiration\":%lld}}",
                 ((long long)time(NULL) + 3600) * 1000);
        server_ok(out, "", body);
    } else if (had_str_starts(r->head, "GET /agent ") ||
               had_str_starts(r->head, "GET /v2/credentials/task-1 ")) {
        char token[64];
        between(r->head, "Authorization: ", "\r", token, sizeof token);
        logged(peer, *token ? token : "agent");
        if (peer->fail_container) {
            peer->fail_container--;
            had_buffer_c(out, "HTTP/1.1 500 no\r\nContent-Length: 0\r\n\r\n");
            return SERVER_KEEP;
        }
        snprintf(body, sizeof body,
                 "{\"AccessKeyId\":\"KEY-agent\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
                 "\"Expiration\":\"%s\"}",
                 expires);
        server_ok(out, "", body);
    } else if (had_str_starts(r->head, "PUT /latest/api/token ")) {
        logged(peer, "token");
        if (peer->fail_metadata) {
            peer->fail_metadata--;
            return SERVER_CLOSE;
        }
        if (!contains(r->head, "x-aws-ec2-metadata-token-ttl-seconds: 21600"))
            return SERVER_CLOSE;
        server_ok(out, "", "imds-token");
    } else if (!contains(r->head, "x-aws-ec2-metadata-token: imds-token")) {
        had_buffer_c(out, "HTTP/1.1 401 no\r\nContent-Length: 0\r\n\r\n");
    } else if (had_str_starts(r->head, "GET /latest/meta-data/placement/region ")) {
        logged(peer, "region");
        server_ok(out, "", "eu-north-1");
    } else if (had_str_starts(r->head, "GET /latest/meta-data/iam/security-credentials/ ")) {
        logged(peer, "role");
        server_ok(out, "", "my role\n");
    } else if (had_str_starts(r->head,
                              "GET /latest/meta-data/iam/security-credentials/my%20role ")) {
        logged(peer, "keys");
        snprintf(body, sizeof body,
                 "{\"Code\":\"Success\",\"AccessKeyId\":\"KEY-imds\",\"SecretAccessKey\":\"s\","
                 "\"Token\":\"t\","
                 "\"Expiration\":\"%s\"}",
                 expires);
        server_ok(out, "", body);
    } else {
        had_buffer_c(out, "HTTP/1.1 404 no\r\nContent-Length: 0\r\n\r\n");
    }
    return SERVER_KEEP;
}

struct world {
    struct fixture f;
    struct peer peer;
    struct had_http *http;
    struct had_aws *aws;
    struct had_transport real;
    char url[64];
    char code[HAD_AWS_MFA_ROOM]; /* what the person answers */
    char asked[128];
};

/* Addresses of the link that this machine does not have lead to the peer. */
static uint64_t redirected(void *context, const struct had_http_request *request)
{
    static const char *const hosts[] = {"http://169.254.170.2", "http://169.254.169.254",
                                        "http://[fd00:ec2::254]"};
    struct world *w = context;
    struct had_http_request r = *request;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (had_str_starts(r.url, hosts[i])) {
            logged(&w->peer, hosts[i] + strlen("http://"));
            r.url = had_str_printf(
                &w->f.arena, "%s" HAD_FMT, w->url,
                HAD_ARG(had_str_slice(r.url, (uint32_t)strlen(hosts[i]), r.url.len)));
        }
    return w->real.submit(w->real.context, &r);
}

static bool cancel(void *context, uint64_t number)
{
    const struct world *w = context;
    return w->real.cancel(w->real.context, number);
}

static uint32_t turn(void *context, uint32_t wait_ms)
{
    const struct world *w = context;
    return w->real.turn(w->real.context, wait_ms);
}

static int64_t now(void *context)
{
    const struct world *w = context;
    return w->real.now(w->real.context);
}

static int64_t wall(void *context)
{
    const struct world *w = context;
    return w->real.wall(w->real.context);
}

static bool ask_mfa(void *context, had_str device, char code[HAD_AWS_MFA_ROOM])
{
    struct world *w = context;
    snprintf(w->asked, sizeof w->asked, HAD_FMT, HAD_ARG(device));
    snprintf(code, HAD_AWS_MFA_ROOM, "%s", w->code);
    return w->code[0] != '\0';
}

static void world_start(struct world *w)
{
    memset(w, 0, sizeof *w);
    fixture_start(&w->f);
    w->peer.life_seconds = 3600;
    w->peer.server.handle = handle;
    w->peer.server.context = &w->peer;
    server_start(&w->peer.server);
    snprintf(w->url, sizeof w->url, "http://127.0.0.1:%u", w->peer.server.port);
    fixture_set(&w->f, "AWS_ENDPOINT_URL", w->url);
    fixture_set(&w->f, "AWS_REGION", "eu-west-1");
    fixture_set(&w->f, "AWS_EC2_METADATA_DISABLED", "true");
}

static void world_open(struct world *w, const char *profile)
{
    const char *why;
    had_str error = {0};
    w->http = had_http_new(&(struct had_http_options){0}, &why);
    w->real = had_http_transport(w->http);
    struct had_aws_options options = {.transport = {w, redirected, cancel, turn, now, wall},
                                      .environment = &w->f.environment,
                                      .profile = had_str_c(profile)};
    if (w->asked[0] || w->code[0]) {
        options.ask_mfa = ask_mfa;
        options.ask_context = w;
    }
    w->aws = had_aws_new(&options, &w->f.arena, &error);
    if (!w->aws)
        fail_msg("" HAD_FMT, HAD_ARG(error));
}

static void world_again(struct world *w, const char *profile)
{
    had_aws_free(w->aws);
    had_http_free(w->http);
    w->peer.log[0] = '\0';
    world_open(w, profile);
}

static void world_stop(struct world *w)
{
    had_aws_free(w->aws);
    had_http_free(w->http);
    server_stop(&w->peer.server);
    fixture_stop(&w->f);
}

static struct noted call(struct world *w, const struct had_aws_role *role)
{
    struct noted noted = {0};
    struct had_aws_call c = fixture_call("sts", "GetCallerIdentity");
    c.role = role;
    c.context = &noted;
    had_aws_submit(w->aws, &c);
    while (had_aws_turn(w->aws, 5))
        server_step(&w->peer.server);
    assert_int_equal(noted.calls, 1);
    return noted;
}

static void expect_key(struct world *w, const struct had_aws_role *role, const char *key)
{
    struct noted noted = call(w, role);
    if (noted.outcome != HAD_AWS_DONE)
        fail_msg("%s: %s", noted.code, noted.message);
    assert_string_equal(json_string_value(json_object_get(noted.value, "UserId")), key);
    json_decref(noted.value);
}

static void expect_failure(struct world *w, const char *part)
{
    struct noted noted = call(w, NULL);
    assert_int_equal(noted.outcome, HAD_AWS_FAILED);
    assert_string_equal(noted.code, HAD_AWS_NO_CREDENTIALS);
    if (!strstr(noted.message, part))
        fail_msg("\"%s\" is not in: %s", part, noted.message);
}

/* ---- tests ---- */

static void environment_comes_first(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    fixture_file(&w.f, ".aws/credentials",
                 "[default]\naws_access_key_id = KEY-file\naws_secret_access_key = s\n");
    fixture_set(&w.f, "AWS_ACCESS_KEY_ID", "KEY-env");
    fixture_set(&w.f, "AWS_SECRET_ACCESS_KEY", "s");
    fixture_set(&w.f, "AWS_SESSION_TOKEN", "t");
    world_open(&w, NULL);
    struct noted noted = call(&w, NULL);
    assert_string_equal(json_string_value(json_object_get(noted.value, "UserId")), "KEY-env");
    assert_string_equal(json_string_value(json_object_get(noted.value, "Arn")), "session");
    json_decref(noted.value);
    had_aws_free(w.aws);
    had_http_free(w.http);
    world_open(&w, "default"); /* but not before a profile that was asked for */
    expect_key(&w, NULL, "KEY-file");
    world_stop(&w);
}

static void profiles_and_files(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    fixture_file(
        &w.f, ".aws/config",
        "[default]\naws_access_key_id=KEY-config\naws_secret_access_key=s\n"
        "[profile two]\nregion=us-east-1\naws_access_key_id=KEY-two\naws_secret_access_key=s\n");
    fixture_file(
        &w.f, ".aws/credentials",
        "# comment\n[default]\naws_access_key_id = KEY-creds\naws_secret_access_key = s\n");
    world_open(&w, NULL);
    expect_key(&w, NULL, "KEY-creds");
    had_aws_free(w.aws);
    had_http_free(w.http);
    fixture_set(&w.f, "AWS_PROFILE", "two");
    world_open(&w, NULL);
    expect_key(&w, NULL, "KEY-two");
    had_aws_free(w.aws);
    had_http_free(w.http);
    world_open(&w, "three");
    expect_failure(&w, "there is no profile `three`");
    world_stop(&w);
}

static void roles_chain(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    fixture_file(
        &w.f, ".aws/config",
        "[profile base]\naws_access_key_id=KEY-base\naws_secret_access_key=s\n"
        "[profile hub]\nrole_arn=arn:aws:iam::111111111111:role/hub\nsource_profile=base\n"
        "[profile spoke]\nrole_arn=arn:aws:iam::222222222222:role/spoke\nsource_profile=hub\n"
        "external_id=ext-1\n"
        "[profile self]\nrole_arn=arn:aws:iam::111111111111:role/self\nsource_profile=self\n"
        "aws_access_key_id=KEY-own\naws_secret_access_key=s\n");
    world_open(&w, "spoke");
    expect_key(&w, NULL, "KEY-spoke-ext");
    expect_key(&w, NULL, "KEY-spoke-ext");
    assert_string_equal(w.peer.log, "KEY-base KEY-hub who who");
    /* One session per account and role, whatever the number of calls. */
    struct had_aws_role role = {.arn = HAD_STR("arn:aws:iam::333333333333:role/deploy")};
    expect_key(&w, &role, "KEY-deploy");
    expect_key(&w, &role, "KEY-deploy");
    assert_int_equal(w.peer.assume_count, 3);
    had_aws_free(w.aws);
    had_http_free(w.http);
    w.peer.log[0] = '\0';
    world_open(&w, "self");
    expect_key(&w, NULL, "KEY-self");
    assert_string_equal(w.peer.log, "KEY-own who");
    world_stop(&w);
}

static void many_calls_share_one_session(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    fixture_set(&w.f, "AWS_ACCESS_KEY_ID", "KEY-env");
    fixture_set(&w.f, "AWS_SECRET_ACCESS_KEY", "s");
    world_open(&w, NULL);
    struct noted noted[20] = {{0}};
    struct had_aws_role roles[2] = {{.arn = HAD_STR("arn:aws:iam::111111111111:role/one")},
                                    {.arn = HAD_STR("arn:aws:iam::222222222222:role/two")}};
    for (int i = 0; i < 20; i++) {
        struct had_aws_call c = fixture_call("sts", "GetCallerIdentity");
        c.role = &roles[i % 2];
        c.context = &noted[i];
        had_aws_submit(w.aws, &c);
    }
    while (had_aws_turn(w.aws, 5))
        server_step(&w.peer.server);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(noted[i].outcome, HAD_AWS_DONE);
        assert_string_equal(json_string_value(json_object_get(noted[i].value, "UserId")),
                            i % 2 ? "KEY-two" : "KEY-one");
        json_decref(noted[i].value);
    }
    assert_int_equal(w.peer.assume_count, 2);
    w.peer.deny_role = true;
    struct had_aws_role other = {.arn = HAD_STR("arn:aws:iam::444444444444:role/no")};
    struct noted denied = call(&w, &other);
    assert_string_equal(denied.code, HAD_AWS_NO_CREDENTIALS);
    assert_non_null(strstr(denied.message, "AccessDenied: not allowed to assume"));
    world_stop(&w);
}

static void wrong_settings_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *config, *message;
    } cases[] = {
        {"a",
         "[profile a]\nrole_arn=arn:aws:iam::111111111111:role/x\nsource_profile=b\n[profile b]\n"
         "role_arn=arn:aws:iam::111111111111:role/y\nsource_profile=a\n",
         "in a circle"},
        {"a", "[profile a]\nrole_arn=arn:aws:iam::111111111111:role/x\nsource_profile=a\n",
         "holds no keys"},
        {"a", "[profile a]\nrole_arn=arn:aws:iam::111111111111:role/x\n",
         "either source_profile or"},
        {"a", "[profile a]\nrole_arn=arn:aws:iam::111111111111:role/x\nsource_profile=z\n",
         "does not exist"},
        {"a", "[profile a]\nrole_arn=role\ncredential_source=Environment\n",
         "where there are none"},
        {"a", "[profile a]\nrole_arn=arn:aws:iam::111111111111:role/x\ncredential_source=Cloud\n",
         "is no credential_source"},
        {"a",
         "[profile a]\nrole_arn=arn:aws:iam::111111111111:role/x\nmfa_serial=m\nsource_profile=a\n",
         "MFA"},
        {"a", "[profile a]\naws_access_key_id=K\n", "no aws_secret_access_key"},
        {"a", "[profile a]\nsso_session=s\nsso_account_id=1\nsso_role_name=r\n", "does not have"},
        {"a", "[profile a]\nsso_start_url=https://x\nsso_region=eu-west-1\nsso_role_name=r\n",
         "no `sso_account_id`"},
        {"a", "[profile a]\nlogin_session=x\n", "aws login --profile a"},
        {"a", "[profile a]\nregion=eu-west-1\n", "no credentials"},
        {"a", "[profile a]\nweb_identity_token_file=/t\n", "is no ARN"},
        {"a", "[profile a]\ncredential_process=/no/such/program x\n", "cannot be run"},
        {"a", "[profile a]\ncredential_process=false\n", "failed"},
        {"a", "[profile a]\ncredential_process=echo {}\n", "JSON of version 1"},
        {"a", "[profile a]\ncredential_process=echo \"unclosed\n", "not closed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w;
        world_start(&w);
        fixture_file(&w.f, ".aws/config", cases[i].config);
        world_open(&w, cases[i].profile);
        expect_failure(&w, cases[i].message);
        assert_string_equal(w.peer.log, ""); /* nobody was asked */
        world_stop(&w);
    }
}

static void web_identities(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    fixture_set(&w.f, "AWS_ROLE_ARN", "arn:aws:iam::111111111111:role/pod");
    fixture_set(&w.f, "AWS_WEB_IDENTITY_TOKEN_FILE",
                fixture_file(&w.f, "token", "jwt.of.the.pod\n"));
    world_open(&w, NULL);
    expect_key(&w, NULL, "KEY-pod");
    assert_string_equal(w.peer.log, "web who");
    world_stop(&w);
}

static const char *sso_config =
    "[profile s]\nsso_session = corp\nsso_account_id = 123456789012\n"
    "sso_role_name = Admin\n[sso-session corp]\nsso_region = eu-west-1\n"
    "sso_start_url = https://corp.awsapps.com/start\n";

static void sign_in_is_renewed(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    char expires[32], later[32], past[32];
    iso_after(expires, sizeof expires, 7200);
    iso_after(later, sizeof later, 86400);
    iso_after(past, sizeof past, -10);
    fixture_file(&w.f, ".aws/config", sso_config);
    world_open(&w, "s");
    expect_failure(&w, "aws sso login --profile s");
    /* `printf corp | sha1sum` */
    const char *name = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
    char text[1024];
    snprintf(text, sizeof text, "{\"accessToken\":\"access-1\",\"expiresAt\":\"%s\"}", expires);
    fixture_file(&w.f, name, text);
    expect_key(&w, NULL, "KEY-sso");
    assert_string_equal(w.peer.log, "access-1 who");
    had_aws_free(w.aws);
    had_http_free(w.http);
    w.peer.log[0] = '\0';
    snprintf(text, sizeof text,
             "{\"accessToken\":\"access-1\",\"expiresAt\":\"%s\",\"refreshToken\":\"refresh-1\","
             "\"clientId\":\"c\","
             "\"clientSecret\":\"cs\",\"registrationExpiresAt\":\"%s\"}",
             past, later);
    const char *path = fixture_file(&w.f, name, text);
    world_open(&w, "s");
    expect_key(&w, NULL, "KEY-sso");
    assert_string_equal(w.peer.log, "renew access-2 who");
    json_t *kept = json_load_file(path, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(kept, "accessToken")), "access-2");
    assert_string_equal(json_string_value(json_object_get(kept, "refreshToken")), "refresh-2");
    json_decref(kept);
    had_aws_free(w.aws);
    had_http_free(w.http);
    snprintf(text, sizeof text, "{\"accessToken\":\"access-1\",\"expiresAt\":\"%s\"}", past);
    fixture_file(&w.f, name, text);
    world_open(&w, "s");
    expect_failure(&w, "has run out");
    world_stop(&w);
}

static void processes(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    char config[1024];
    const char *json =
        fixture_file(&w.f, "keys with space.json",
                     "{\"Version\":1,\"AccessKeyId\":\"KEY-process\",\"SecretAccessKey\":\"s\"}");
    snprintf(config, sizeof config, "[profile p]\ncredential_process = cat \"%s\"\n", json);
    fixture_file(&w.f, ".aws/config", config);
    world_open(&w, "p");
    expect_key(&w, NULL, "KEY-process");
    world_stop(&w);
}

static void containers(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    char url[96];
    snprintf(url, sizeof url, "%s/agent", w.url);
    fixture_set(&w.f, "AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    fixture_set(&w.f, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                fixture_file(&w.f, "token", "pod-token\n"));
    w.peer.fail_container = 1;
    world_open(&w, NULL);
    expect_key(&w, NULL, "KEY-agent");
    assert_string_equal(w.peer.log, "pod-token pod-token who");
    had_aws_free(w.aws);
    had_http_free(w.http);
    fixture_set(&w.f, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/keys");
    world_open(&w, NULL);
    expect_failure(&w, "neither https nor an address of this machine");
    world_stop(&w);
}

static void what_a_role_is_given(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    fixture_file(&w.f, ".aws/config",
                 "[profile r]\nrole_arn=arn:aws:iam::111111111111:role/r\n"
                 "credential_source=Environment\nrole_session_name=jane\nduration_seconds=1800\n"
                 "external_id=ext-1\n"
                 "[profile long]\nrole_arn=arn:aws:iam::111111111111:role/long\n"
                 "credential_source=Environment\nduration_seconds=99999999\n"
                 "[profile m]\nrole_arn=arn:aws:iam::111111111111:role/m\n"
                 "credential_source=Environment\n"
                 "mfa_serial=arn:aws:iam::111111111111:mfa/jane\n");
    fixture_set(&w.f, "AWS_ACCESS_KEY_ID", "KEY-env");
    fixture_set(&w.f, "AWS_SECRET_ACCESS_KEY", "s");
    world_open(&w, "r");
    expect_key(&w, NULL, "KEY-r-ext");
    assert_string_equal(w.peer.log, "KEY-env who");
    assert_non_null(strstr(w.peer.body, "RoleSessionName=jane"));
    assert_non_null(strstr(w.peer.body, "DurationSeconds=1800"));
    assert_non_null(strstr(w.peer.body, "ExternalId=ext-1"));
    assert_null(strstr(w.peer.body, "TokenCode"));
    world_again(&w, "long"); /* what no role can be given is an hour */
    expect_key(&w, NULL, "KEY-long");
    assert_non_null(strstr(w.peer.body, "DurationSeconds=3600"));
    world_again(&w, "m");
    expect_failure(&w, "there is nobody to ask");
    snprintf(w.code, sizeof w.code, "123456");
    world_again(&w, "m");
    expect_key(&w, NULL, "KEY-m");
    assert_string_equal(w.asked, "arn:aws:iam::111111111111:mfa/jane");
    assert_non_null(strstr(w.peer.body, "TokenCode=123456"));
    assert_non_null(
        strstr(w.peer.body, "SerialNumber=arn%3Aaws%3Aiam%3A%3A111111111111%3Amfa%2Fjane"));
    w.code[0] = '\0';
    world_again(&w, "m");
    expect_failure(&w, "no code of the MFA device was given");
    assert_string_equal(w.peer.log, "");
    world_stop(&w);
}

static void roles_from_every_named_source(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    fixture_file(&w.f, ".aws/config",
                 "[profile c]\nrole_arn=arn:aws:iam::111111111111:role/c\n"
                 "credential_source=EcsContainer\n"
                 "[profile i]\nrole_arn=arn:aws:iam::111111111111:role/i\n"
                 "credential_source=Ec2InstanceMetadata\n"
                 "[profile over-sso]\nrole_arn=arn:aws:iam::111111111111:role/over\n"
                 "source_profile=process\n"
                 "[profile process]\n"
                 "credential_process=echo '{\"Version\":1,\"AccessKeyId\":\"KEY-p\","
                 "\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\"}'\n");
    fixture_set(&w.f, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/task-1");
    fixture_set(&w.f, "AWS_EC2_METADATA_DISABLED", "false");
    world_open(&w, "c");
    expect_key(&w, NULL, "KEY-c");
    assert_string_equal(w.peer.log, "169.254.170.2 agent KEY-agent who");
    world_again(&w, "i");
    expect_key(&w, NULL, "KEY-i");
    assert_string_equal(w.peer.log, "169.254.169.254 token 169.254.169.254 role 169.254.169.254 "
                                    "keys KEY-imds who");
    world_again(&w, "over-sso");
    expect_key(&w, NULL, "KEY-over");
    assert_string_equal(w.peer.log, "KEY-p who");
    world_again(&w, NULL); /* the container before the instance */
    expect_key(&w, NULL, "KEY-agent");
    fixture_set(&w.f, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "task-token");
    world_again(&w, NULL);
    expect_key(&w, NULL, "KEY-agent");
    assert_string_equal(w.peer.log, "169.254.170.2 task-token who");
    world_stop(&w);
}

static void web_identity_of_a_profile(void **state)
{
    (void)state;
    struct world w;
    char config[512];
    world_start(&w);
    const char *token = fixture_file(&w.f, "token", "jwt.of.the.pod");
    snprintf(config, sizeof config,
             "[profile w]\nrole_arn=arn:aws:iam::111111111111:role/w\n"
             "web_identity_token_file=%s\nrole_session_name=runner\n",
             token);
    fixture_file(&w.f, ".aws/config", config);
    world_open(&w, "w");
    expect_key(&w, NULL, "KEY-w");
    assert_string_equal(w.peer.log, "web who");
    assert_non_null(strstr(w.peer.body, "RoleSessionName=runner"));
    /* The file is read at each fetch, since whoever writes it renews it. */
    struct had_aws_identity *own = w.aws->own;
    fixture_file(&w.f, "token", "jwt.of.another");
    own->expires = 1;
    expect_failure(&w, "not allowed to assume");
    unlink(token);
    world_again(&w, "w");
    expect_failure(&w, "does not exist");
    world_stop(&w);
}

static void sign_in_without_a_session(void **state)
{
    (void)state;
    struct world w;
    char expires[32], text[256];
    world_start(&w);
    iso_after(expires, sizeof expires, 7200);
    fixture_file(&w.f, ".aws/config",
                 "[profile old]\nsso_start_url = https://corp.awsapps.com/start\n"
                 "sso_region = eu-west-1\nsso_account_id = 123456789012\nsso_role_name = Admin\n");
    snprintf(text, sizeof text, "{\"accessToken\":\"access-1\",\"expiresAt\":\"%s\"}", expires);
    /* `printf https://corp.awsapps.com/start | sha1sum` */
    fixture_file(&w.f, ".aws/sso/cache/a51746d4aa793ae07b25e90c3a5db96fc7832bd7.json", text);
    world_open(&w, "old");
    expect_key(&w, NULL, "KEY-sso");
    assert_string_equal(w.peer.log, "access-1 who");
    world_stop(&w);
}

/* Writes the cache of a sign-in; `key` is PEM. */
static const char *sign_in_file(struct world *w, int seconds, const char *key)
{
    char expires[32];
    iso_after(expires, sizeof expires, seconds);
    json_t *cache =
        json_pack("{s:{s:s,s:s,s:s,s:s,s:s},s:s,s:s,s:s,s:s}", "accessToken", "accessKeyId",
                  "KEY-old", "secretAccessKey", "s", "sessionToken", "t", "accountId",
                  "111111111111", "expiresAt", expires, "tokenType", "aws_sigv4", "clientId",
                  "client-1", "refreshToken", "refresh-1", "dpopKey", key);
    char *text = json_dumps(cache, 0);
    /* `printf arn:aws:iam::111111111111:user/jane | sha256sum` */
    const char *path = fixture_file(
        &w->f, "cache/3bebfee7196046c12544ed65efb9ffb486fb3842ab270e7b3e79632e6ad1852c.json", text);
    free(text);
    json_decref(cache);
    return path;
}

static void from_url64(const char *text, size_t len, struct had_buffer *out)
{
    struct had_buffer plain = {0};
    for (size_t i = 0; i < len; i++)
        had_buffer_char(&plain, (char)(text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]));
    while (plain.len % 4)
        had_buffer_char(&plain, '=');
    assert_true(had_aws_base64_decode(out, had_buffer_view(&plain)));
    had_buffer_free(&plain);
}

/* The proof is a token of three parts, signed by the key whose public half it shows. */
static void expect_proof(const char *proof, const char *url, EVP_PKEY *key)
{
    const char *dot = strchr(proof, '.'), *second = dot ? strchr(dot + 1, '.') : NULL;
    struct had_buffer parts[3] = {{0}};
    assert_non_null(second);
    from_url64(proof, (size_t)(dot - proof), &parts[0]);
    from_url64(dot + 1, (size_t)(second - dot - 1), &parts[1]);
    from_url64(second + 1, strlen(second + 1), &parts[2]);
    json_t *head = json_loadb(parts[0].ptr, parts[0].len, 0, NULL);
    json_t *claims = json_loadb(parts[1].ptr, parts[1].len, 0, NULL);
    json_t *jwk = json_object_get(head, "jwk");
    assert_string_equal(json_string_value(json_object_get(head, "typ")), "dpop+jwt");
    assert_string_equal(json_string_value(json_object_get(head, "alg")), "ES256");
    assert_string_equal(json_string_value(json_object_get(jwk, "kty")), "EC");
    assert_string_equal(json_string_value(json_object_get(jwk, "crv")), "P-256");
    assert_string_equal(json_string_value(json_object_get(claims, "htm")), "POST");
    assert_string_equal(json_string_value(json_object_get(claims, "htu")), url);
    assert_int_equal(json_string_length(json_object_get(claims, "jti")), 36);
    assert_true(llabs(json_integer_value(json_object_get(claims, "iat")) - time(NULL)) < 60);
    /* The public key of the token is the file's. */
    unsigned char point[65];
    size_t len = 0;
    struct had_buffer x = {0};
    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &len);
    const char *text = json_string_value(json_object_get(jwk, "x"));
    from_url64(text, strlen(text), &x);
    assert_int_equal(x.len, 32);
    assert_memory_equal(x.ptr, point + 1, 32);
    had_buffer_free(&x);
    assert_int_equal(parts[2].len, 64);
    ECDSA_SIG *signature = ECDSA_SIG_new();
    ECDSA_SIG_set0(signature, BN_bin2bn((unsigned char *)parts[2].ptr, 32, NULL),
                   BN_bin2bn((unsigned char *)parts[2].ptr + 32, 32, NULL));
    unsigned char *der = NULL;
    int der_len = i2d_ECDSA_SIG(signature, &der);
    EVP_MD_CTX *verify = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(verify, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestVerify(verify, der, (size_t)der_len, (const unsigned char *)proof,
                                      (size_t)(second - proof)),
                     1);
    EVP_MD_CTX_free(verify);
    ECDSA_SIG_free(signature);
    OPENSSL_free(der);
    for (int i = 0; i < 3; i++)
        had_buffer_free(&parts[i]);
    json_decref(head);
    json_decref(claims);
}

static void sign_in_of_the_console(void **state)
{
    (void)state;
    struct world w;
    char folder[96], url[96], pem[1024] = "", wrong_pem[2048] = "";
    world_start(&w);
    snprintf(folder, sizeof folder, "%s/cache", w.f.home);
    mkdir(folder, 0700);
    fixture_set(&w.f, "AWS_LOGIN_CACHE_DIRECTORY", folder);
    fixture_file(&w.f, ".aws/config",
                 "[profile l]\nlogin_session = arn:aws:iam::111111111111:user/jane\n"
                 "aws_access_key_id = KEY-config\naws_secret_access_key = s\n"
                 "[profile over]\nrole_arn = arn:aws:iam::111111111111:role/over\n"
                 "source_profile = base\n"
                 "[profile base]\nlogin_session = arn:aws:iam::111111111111:user/jane\n");
    EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-384");
    BIO *out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey_traditional(out, key, NULL, NULL, 0, NULL, NULL);
    BIO_read(out, pem, sizeof pem - 1);
    PEM_write_bio_PrivateKey(out, other, NULL, NULL, 0, NULL, NULL);
    BIO_read(out, wrong_pem, sizeof wrong_pem - 1);
    BIO_free(out);
    /* While it lasts it is used as it is; what the config file holds besides comes after it. */
    const char *path = sign_in_file(&w, 700, pem);
    world_open(&w, "l");
    expect_key(&w, NULL, "KEY-old");
    assert_string_equal(w.peer.log, "who");
    world_again(&w, "over");
    expect_key(&w, NULL, "KEY-over");
    assert_string_equal(w.peer.log, "KEY-old who");
    /* Near its end it is renewed, with a proof, and the file says so to the next program. */
    sign_in_file(&w, 100, pem);
    world_again(&w, "l");
    expect_key(&w, NULL, "KEY-new");
    assert_string_equal(w.peer.log, "renew who");
    json_t *sent = json_loads(w.peer.body, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(sent, "grantType")), "refresh_token");
    assert_string_equal(json_string_value(json_object_get(sent, "refreshToken")), "refresh-1");
    assert_string_equal(json_string_value(json_object_get(sent, "clientId")), "client-1");
    json_decref(sent);
    snprintf(url, sizeof url, "%s/v1/token", w.url);
    expect_proof(w.peer.proof, url, key);
    json_t *kept = json_load_file(path, 0, NULL), *session = json_object_get(kept, "accessToken");
    assert_string_equal(json_string_value(json_object_get(kept, "refreshToken")), "refresh-2");
    assert_string_equal(json_string_value(json_object_get(kept, "dpopKey")), pem);
    assert_string_equal(json_string_value(json_object_get(session, "accessKeyId")), "KEY-new");
    assert_string_equal(json_string_value(json_object_get(session, "accountId")), "111111111111");
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    json_decref(kept);
    world_again(&w, "l");
    expect_key(&w, NULL, "KEY-new");
    assert_string_equal(w.peer.log, "who");
    /* It cannot be renewed: the old one serves to its end, and then a person has to sign in. */
    w.peer.login_error = "{\"error\":\"TOKEN_EXPIRED\",\"message\":\"m\"}";
    sign_in_file(&w, 100, pem);
    world_again(&w, "l");
    expect_key(&w, NULL, "KEY-old");
    sign_in_file(&w, -10, pem);
    world_again(&w, "l");
    expect_failure(&w, "has run out; sign in again with `aws login --profile l`");
    w.peer.login_error = "{\"error\":\"INSUFFICIENT_PERMISSIONS\",\"message\":\"not yours\"}";
    world_again(&w, "l");
    expect_failure(&w, "cannot be renewed: AccessDeniedException: not yours");
    sign_in_file(&w, -10, wrong_pem);
    world_again(&w, "l");
    expect_failure(&w, "the private key of the sign-in cannot be read");
    sign_in_file(&w, -10, "no key");
    world_again(&w, "l");
    expect_failure(&w, "the private key of the sign-in cannot be read");
    unlink(path);
    world_again(&w, "l");
    expect_failure(&w, "there is no sign-in");
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
    world_stop(&w);
}

/* Botocore's order of what one profile may hold: keys of the credentials file, process, own keys.
 */
static void order_within_a_profile(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    fixture_file(&w.f, ".aws/config",
                 "[default]\naws_access_key_id=KEY-config\naws_secret_access_key=s\n"
                 "credential_process=echo '{\"Version\":1,\"AccessKeyId\":\"KEY-p\","
                 "\"SecretAccessKey\":\"s\"}'\n");
    world_open(&w, NULL);
    expect_key(&w, NULL, "KEY-p");
    fixture_file(&w.f, ".aws/credentials",
                 "[default]\naws_access_key_id=KEY-creds\naws_secret_access_key=s\n");
    world_again(&w, NULL);
    expect_key(&w, NULL, "KEY-creds");
    world_stop(&w);
}

static void processes_that_go_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *command, *error;
        uint32_t timeout_ms;
    } cases[] = {
        {"sleep 60", "did not end in time", 300},
        {"sh -c \"exec sleep 60 >&-\"", "did not end in time",
         300}, /* closed its output and goes on */
        {"sh -c \"yes 2>&1 | head -c 100000 2>&1\"", "wrote too much", 20000},
        {"sh -c \"kill -9 $$\"", "failed", 20000},
    };
    struct had_arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        had_str output = {0}, error = {0};
        time_t before = time(NULL);
        assert_false(had_aws_process_run(&arena, had_str_c(cases[i].command), cases[i].timeout_ms,
                                         &output, &error));
        if (!strstr(had_str_cstr(&arena, error), cases[i].error))
            fail_msg("%s: " HAD_FMT, cases[i].command, HAD_ARG(error));
        assert_true(time(NULL) - before < 30);
    }
    had_arena_free(&arena);
}

/* Each key of the files that is not about credentials, and what it does to a request. */
static void every_other_key(void **state)
{
    (void)state;
    static const struct {
        const char *config, *variable, *value, *url, *header;
    } cases[] = {
        {"region=eu-west-3", NULL, NULL, "https://ds.eu-west-3.amazonaws.com/", "/eu-west-3/ds/"},
        {"region=eu-west-3", "AWS_DEFAULT_REGION", "eu-west-2",
         "https://ds.eu-west-2.amazonaws.com/", NULL},
        {"region=eu-west-3", "AWS_REGION", "eu-west-1", "https://ds.eu-west-1.amazonaws.com/",
         NULL},
        {"region=us-east-1\nuse_fips_endpoint=true", NULL, NULL,
         "https://ds-fips.us-east-1.amazonaws.com/", "/us-east-1/ds/"},
        {"region=us-east-1\nuse_fips_endpoint=true", "AWS_USE_FIPS_ENDPOINT", "false",
         "https://ds.us-east-1.amazonaws.com/", NULL},
        {"region=us-east-1\nuse_dualstack_endpoint = TRUE", NULL, NULL,
         "https://ds.us-east-1.api.aws/", NULL},
        {"region=us-east-1", "AWS_USE_DUALSTACK_ENDPOINT", "true", "https://ds.us-east-1.api.aws/",
         NULL},
        {"region=us-east-1\nuse_fips_endpoint=true", "AWS_USE_DUALSTACK_ENDPOINT", "true",
         "https://ds-fips.us-east-1.api.aws/", NULL},
        {"region=us-east-1\nendpoint_url=http://127.0.0.1:9", NULL, NULL, "http://127.0.0.1:9/",
         "/us-east-1/ds/"},
        {"region=us-east-1\nendpoint_url=http://127.0.0.1:9\n"
         "ignore_configured_endpoint_urls=true",
         NULL, NULL, "https://ds.us-east-1.amazonaws.com/", NULL},
        {"region=us-east-1\nendpoint_url=http://127.0.0.1:9", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
         "true", "https://ds.us-east-1.amazonaws.com/", NULL},
        {"region=us-east-1\nendpoint_url=http://127.0.0.1:9\nservices=dev", NULL, NULL,
         "http://127.0.0.1:10/", NULL},
        {"region=us-east-1\nservices=dev", "AWS_ENDPOINT_URL", "http://127.0.0.1:11",
         "http://127.0.0.1:11/", NULL},
        {"region=us-east-1\nservices=dev", "AWS_ENDPOINT_URL_DIRECTORY_SERVICE",
         "http://127.0.0.1:12/x/", "http://127.0.0.1:12/x/", NULL},
        {"region=us-east-1\nmax_attempts=7", NULL, NULL, "https://ds.us-east-1.amazonaws.com/",
         "attempt=1; max=7"},
        {"region=us-east-1\nmax_attempts=7", "AWS_MAX_ATTEMPTS", "2",
         "https://ds.us-east-1.amazonaws.com/", "attempt=1; max=2"},
        {"region=us-east-1\nretry_mode=adaptive", NULL, NULL, "https://ds.us-east-1.amazonaws.com/",
         "attempt=1; max=3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture f;
        char config[512];
        had_str error = {0};
        fixture_start(&f);
        snprintf(config, sizeof config,
                 "[default]\naws_access_key_id=K\naws_secret_access_key=s\n%s\n"
                 "[services dev]\ndirectory_service =\n  endpoint_url = http://127.0.0.1:10\n",
                 cases[i].config);
        fixture_file(&f, ".aws/config", config);
        if (cases[i].variable)
            fixture_set(&f, cases[i].variable, cases[i].value);
        struct had_aws_options options = {.environment = &f.environment};
        const char *why;
        struct had_http *http = had_http_new(&(struct had_http_options){0}, &why);
        options.transport = had_http_transport(http);
        struct had_aws *aws = had_aws_new(&options, &f.arena, &error);
        if (!aws)
            fail_msg("%s: " HAD_FMT, cases[i].config, HAD_ARG(error));
        struct had_aws_call c = fixture_call("ds", "DescribeDirectories");
        struct had_aws_preview shown;
        if (!had_aws_preview(aws, &c, &f.arena, &shown, &error))
            fail_msg("%s: " HAD_FMT, cases[i].config, HAD_ARG(error));
        if (!had_str_is(shown.url, cases[i].url))
            fail_msg("%s, %s: " HAD_FMT, cases[i].config,
                     cases[i].variable ? cases[i].variable : "-", HAD_ARG(shown.url));
        bool found = !cases[i].header;
        for (uint32_t k = 0; k < shown.header_count; k++)
            found |= !found && contains(shown.headers[k].value, cases[i].header);
        if (!found)
            fail_msg("%s: no header holds %s", cases[i].config, cases[i].header);
        had_aws_free(aws);
        had_http_free(http);
        fixture_stop(&f);
    }
    static const struct {
        const char *config, *error;
    } wrong[] = {
        {"max_attempts=none", "is no number from 1 to 100"},
        {"retry_mode=often", "is none of `legacy`, `standard` and `adaptive`"},
        {"region=a/b", "is no Region"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct fixture f;
        char config[128];
        had_str error = {0};
        fixture_start(&f);
        snprintf(config, sizeof config, "[default]\n%s\n", wrong[i].config);
        fixture_file(&f, ".aws/config", config);
        struct had_aws_options options = {.environment = &f.environment};
        assert_null(had_aws_new(&options, &f.arena, &error));
        if (!strstr(had_str_cstr(&f.arena, error), wrong[i].error))
            fail_msg("%s: " HAD_FMT, wrong[i].config, HAD_ARG(error));
        fixture_stop(&f);
    }
}

/* Each service has a variable of its own, made from its id as AWS's tools make it. */
static void end_points_of_single_services(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"ec2", "EC2"},
        {"ds", "DIRECTORY_SERVICE"},
        {"ds-data", "DIRECTORY_SERVICE_DATA"},
        {"sso-admin", "SSO_ADMIN"},
        {"route53resolver", "ROUTE53RESOLVER"},
        {"route53", "ROUTE_53"},
        {"directconnect", "DIRECT_CONNECT"},
        {"secretsmanager", "SECRETS_MANAGER"},
        {"logs", "CLOUDWATCH_LOGS"},
        {"ram", "RAM"},
        {"identitystore", "IDENTITYSTORE"},
        {"organizations", "ORGANIZATIONS"},
        {"sts", "STS"},
        {"iam", "IAM"},
        {"kms", "KMS"},
        {"s3", "S3"},
        {"ssm", "SSM"},
        {"sns", "SNS"},
        {"cloudformation", "CLOUDFORMATION"},
        {"resourcegroupstaggingapi", "RESOURCE_GROUPS_TAGGING_API"},
        {"service-quotas", "SERVICE_QUOTAS"},
    };
    struct world w;
    world_start(&w);
    world_open(&w, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[96];
        const struct had_aws_service *service = had_aws_service_find(had_str_c(cases[i][0]));
        assert_non_null(service);
        assert_true(had_str_is(had_aws_endpoint_override(w.aws, service), w.url));
        snprintf(name, sizeof name, "AWS_ENDPOINT_URL_%s", cases[i][1]);
        w.f.count = 4;
        fixture_set(&w.f, name, "http://127.0.0.1:7");
        had_str url = had_aws_endpoint_override(w.aws, service);
        if (!had_str_is(url, "http://127.0.0.1:7"))
            fail_msg("%s: " HAD_FMT, name, HAD_ARG(url));
        w.f.variables[4].value[0] = '\0';
    }
    world_stop(&w);
}

/* The certificates of ca_bundle are believed, and no others. */
static void certificates_of_a_profile(void **state)
{
    (void)state;
    struct world w;
    char config[512], url[64];
    world_start(&w);
    struct server tls = {.handle = handle, .context = &w.peer};
    const char *ca = fixture_file(&w.f, "ca.pem", "");
    server_start_tls(&tls, ca);
    snprintf(url, sizeof url, "https://localhost:%u", tls.port);
    fixture_set(&w.f, "AWS_ENDPOINT_URL", url);
    fixture_set(&w.f, "AWS_MAX_ATTEMPTS", "1");
    snprintf(config, sizeof config,
             "[profile ca]\nca_bundle=%s\naws_access_key_id=KEY-ca\naws_secret_access_key=s\n"
             "[profile none]\naws_access_key_id=KEY-none\naws_secret_access_key=s\n",
             ca);
    fixture_file(&w.f, ".aws/config", config);
    for (int i = 0; i < 3; i++) {
        had_str error = {0};
        struct noted noted = {0};
        struct had_http *http;
        if (i == 2)
            fixture_set(&w.f, "AWS_CA_BUNDLE", ca);
        struct had_aws_options options = {.environment = &w.f.environment,
                                          .profile = i ? HAD_STR("none") : HAD_STR("ca")};
        struct had_aws *aws =
            had_aws_open(&options, &(struct had_http_options){0}, &http, &w.f.arena, &error);
        assert_non_null(aws);
        struct had_aws_call c = fixture_call("sts", "GetCallerIdentity");
        c.context = &noted;
        c.deadline_ms = 20000;
        had_aws_submit(aws, &c);
        while (had_aws_turn(aws, 5))
            server_step(&tls);
        assert_int_equal(noted.outcome, i == 1 ? HAD_AWS_FAILED : HAD_AWS_DONE);
        if (i == 1)
            assert_string_equal(noted.code, HAD_AWS_NOT_SENT);
        json_decref(noted.value);
        had_aws_free(aws);
        had_http_free(http);
    }
    server_stop(&tls);
    world_open(&w, "ca");
    world_stop(&w);
}

static void metadata_settings(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    fixture_set(&w.f, "AWS_EC2_METADATA_DISABLED", "false");
    fixture_file(&w.f, ".aws/config",
                 "[default]\nec2_metadata_service_endpoint_mode = IPv6\n"
                 "metadata_service_num_attempts = 2\nmetadata_service_timeout = 5\n");
    w.peer.fail_metadata = 1;
    world_open(&w, NULL);
    expect_key(&w, NULL, "KEY-imds");
    assert_string_equal(w.peer.log,
                        "[fd00:ec2::254] token [fd00:ec2::254] token [fd00:ec2::254] role "
                        "[fd00:ec2::254] keys who");
    fixture_set(&w.f, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "1");
    w.peer.fail_metadata = 1;
    world_again(&w, NULL);
    expect_failure(&w, "the instance's metadata service did not answer");
    world_stop(&w);
}

static void instances(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    fixture_set(&w.f, "AWS_EC2_METADATA_DISABLED", "false");
    fixture_set(&w.f, "AWS_EC2_METADATA_SERVICE_ENDPOINT", w.url);
    fixture_set(&w.f, "AWS_REGION", "");
    world_open(&w, NULL);
    expect_key(&w, NULL, "KEY-imds");
    assert_string_equal(w.peer.log, "token region role keys who");
    assert_true(had_str_is(had_aws_region(w.aws), "eu-north-1"));
    world_stop(&w);
}

/* Sessions of which less than the margin is left are renewed: beside the calls first, before them
 * then. */
static void sessions_are_renewed_before_their_end(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    fixture_set(&w.f, "AWS_ACCESS_KEY_ID", "KEY-env");
    fixture_set(&w.f, "AWS_SECRET_ACCESS_KEY", "s");
    world_open(&w, NULL);
    struct had_aws_role role = {.arn = HAD_STR("arn:aws:iam::111111111111:role/x")};
    expect_key(&w, &role, "KEY-x");
    assert_int_equal(w.peer.assume_count, 1);
    struct had_aws_identity *identity = had_aws_identity_role(w.aws, w.aws->own, &role);
    int64_t wall = w.aws->transport.wall(w.aws->transport.context);
    identity->expires = wall + 14 * 60000; /* within the margin: renewed beside the call */
    expect_key(&w, &role, "KEY-x");
    expect_key(&w, &role, "KEY-x");
    assert_int_equal(w.peer.assume_count, 2);
    identity->expires = wall + 9 * 60000; /* too late to go on with it */
    w.peer.log[0] = '\0';
    expect_key(&w, &role, "KEY-x");
    assert_string_equal(w.peer.log, "KEY-env who");
    assert_int_equal(w.peer.assume_count, 3);
    /* While it still serves, a renewal that fails is no failure. */
    identity->expires = wall + 9 * 60000;
    w.peer.deny_role = true;
    expect_key(&w, &role, "KEY-x");
    identity->expires = wall - 1;
    struct noted noted = call(&w, &role);
    assert_string_equal(noted.code, HAD_AWS_NO_CREDENTIALS);
    /* A short session is not asked for again at every call. */
    w.peer.deny_role = false;
    w.peer.life_seconds = 120;
    w.peer.assume_count = 0;
    identity->ready = false;
    for (int i = 0; i < 3; i++)
        expect_key(&w, &role, "KEY-x");
    assert_int_equal(w.peer.assume_count, 1);
    world_stop(&w);
}

static void command_lines_are_split_as_by_a_shell(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    char **words;
    had_str error = {0};
    assert_true(had_aws_process_words(
        &arena, HAD_STR("/opt/a\\ b 'one two' \"x \\\"y\\\"\" pre'mid'post $HOME ; \"\""), &words,
        &error));
    const char *expected[] = {"/opt/a b", "one two", "x \"y\"", "premidpost",
                              "$HOME",    ";",       "",        NULL};
    for (int i = 0; expected[i]; i++)
        assert_string_equal(words[i], expected[i]);
    assert_null(words[7]);
    assert_false(had_aws_process_words(&arena, HAD_STR("  "), &words, &error));
    had_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(environment_comes_first),
        cmocka_unit_test(profiles_and_files),
        cmocka_unit_test(roles_chain),
        cmocka_unit_test(many_calls_share_one_session),
        cmocka_unit_test(wrong_settings_are_told),
        cmocka_unit_test(web_identities),
        cmocka_unit_test(sign_in_is_renewed),
        cmocka_unit_test(processes),
        cmocka_unit_test(containers),
        cmocka_unit_test(what_a_role_is_given),
        cmocka_unit_test(roles_from_every_named_source),
        cmocka_unit_test(web_identity_of_a_profile),
        cmocka_unit_test(sign_in_without_a_session),
        cmocka_unit_test(sign_in_of_the_console),
        cmocka_unit_test(order_within_a_profile),
        cmocka_unit_test(processes_that_go_wrong),
        cmocka_unit_test(every_other_key),
        cmocka_unit_test(end_points_of_single_services),
        cmocka_unit_test(certificates_of_a_profile),
        cmocka_unit_test(metadata_settings),
        cmocka_unit_test(instances),
        cmocka_unit_test(sessions_are_renewed_before_their_end),
        cmocka_unit_test(command_lines_are_split_as_by_a_shell),
    };
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
