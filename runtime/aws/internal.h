/* Parts of the client that its files share. */
#ifndef HAD_AWS_INTERNAL_H
#define HAD_AWS_INTERNAL_H

#include "aws/aws.h"
#include "aws/endpoint.h"
#include "aws/retry.h"
#include "aws/sigv4.h"

#include <openssl/types.h>

struct had_aws_timer {
    int64_t at;
    uint64_t order; /* of equal times the earlier set */
    void (*fire)(void *context);
    void *context;
};

/* Something that acts under keys which can run out. One per profile, role or other source. */
enum had_aws_source {
    HAD_AWS_NOBODY, /* no source was found: `why` says where was looked */
    HAD_AWS_KEYS,   /* environment or a profile's own keys */
    HAD_AWS_ASSUME,
    HAD_AWS_WEB_IDENTITY,
    HAD_AWS_SSO,
    HAD_AWS_LOGIN,
    HAD_AWS_PROCESS,
    HAD_AWS_CONTAINER,
    HAD_AWS_METADATA, /* IMDS */
};

struct had_aws_waiting {
    void (*ready)(void *context);
    void *context;
    struct had_aws_waiting *next;
};

struct had_aws_identity {
    struct had_aws *aws;
    enum had_aws_source source;
    had_str text;                  /* in words, for people and as key of the cache */
    had_str why;                   /* what is wrong with the settings; then every use fails */
    struct had_aws_identity *base; /* of a role */
    had_str profile;
    /* settings, as far as the source has them */
    had_str role_arn, external_id, session_name, token_file;
    had_str mfa_serial;
    uint32_t duration;
    had_str sso_region, sso_account, sso_role, sso_cache;
    had_str login_cache;
    had_str command;
    had_str url, auth_token, auth_token_file;
    uint32_t timeout_ms, max_tries; /* of IMDS */
    /* state */
    had_str id, secret, token; /* malloc'd, wiped */
    bool ready, fetching;
    int64_t expires;               /* wall milliseconds; 0: never */
    int64_t advise_ms, mandate_ms; /* before the end: fetch beside the calls; calls wait */
    int64_t retry_at;              /* no refresh in advance before this */
    uint32_t tries;
    had_str scratch;        /* between steps of a fetch: IMDS's token; malloc'd, wiped */
    struct had_arena fetch; /* of one fetch */
    had_str error;          /* of the last fetch that failed; in the client's arena */
    struct had_aws_waiting *waiting;
    struct had_aws_identity *next;
};

struct had_aws_bucket_entry {
    had_str key;
    struct had_aws_bucket bucket;
    struct had_aws_bucket_entry *next;
};

struct had_aws_skew {
    had_str host;
    int64_t offset_ms;
    struct had_aws_skew *next;
};

enum { HAD_AWS_BUCKET_SLOTS = 1024 };

struct had_aws {
    struct had_arena arena; /* as long as the client: settings, names */
    struct had_transport transport;
    const struct had_aws_environment *environment;
    struct had_aws_config config;
    had_str profile;
    bool profile_given;
    had_str region;
    bool fips, dual_stack, ignore_endpoints;
    bool (*ask_mfa)(void *context, had_str device, char code[HAD_AWS_MFA_ROOM]);
    void *ask_context;
    uint32_t max_attempts;
    struct had_aws_identity *identities; /* all that were asked for */
    struct had_aws_identity *own;
    struct had_aws_flight *flights;
    uint64_t last;
    uint32_t count;
    struct had_aws_timer *timers; /* a heap */
    uint32_t timer_count, timer_room;
    uint64_t timer_order;
    struct had_aws_bucket_entry *buckets[HAD_AWS_BUCKET_SLOTS];
    struct had_aws_budget budget;
    struct had_aws_skew *skews;
    struct had_aws_wait *waits;
};

/* client.c */
void had_aws_after(struct had_aws *aws, int64_t delay_ms, void (*fire)(void *context),
                   void *context);
void had_aws_forget(struct had_aws *aws, const void *context); /* drops its timers */
/* A call of the client itself, with another identity or none; not counted by had_aws_turn. */
uint64_t had_aws_submit_as(struct had_aws *aws, const struct had_aws_call *call,
                           struct had_aws_identity *identity);
/* The same without an identity, with a proof that the key is held in each request; takes the key.
 */
uint64_t had_aws_submit_proved(struct had_aws *aws, const struct had_aws_call *call, EVP_PKEY *key);
had_str had_aws_setting(const struct had_aws *aws, const char *variable, const char *key);
had_str had_aws_endpoint_override(const struct had_aws *aws, const struct had_aws_service *service);

/* credentials.c */
struct had_aws_identity *had_aws_identity_find(struct had_aws *aws); /* by the chain */
struct had_aws_identity *had_aws_identity_role(struct had_aws *aws, struct had_aws_identity *base,
                                               const struct had_aws_role *role);
/*
 * True if the keys can be used now (a refresh may begin beside); else `ready` is called later,
 * once, and the identity is then `ready` or has an error.
 */
bool had_aws_identity_get(struct had_aws_identity *identity, void (*ready)(void *context),
                          void *context);
void had_aws_identity_drop(
    struct had_aws_identity *identity); /* the keys turned out to be of no use */
void had_aws_identity_leave(struct had_aws_identity *identity, const void *context);
void had_aws_identities_free(struct had_aws *aws);

/* provider.c: begins a fetch; it ends in had_aws_identity_set or had_aws_identity_fail. */
void had_aws_provider_fetch(struct had_aws_identity *identity);
void had_aws_identity_set(struct had_aws_identity *identity, had_str id, had_str secret,
                          had_str token, int64_t expires_ms);
__attribute__((format(printf, 2, 3))) void had_aws_identity_fail(struct had_aws_identity *identity,
                                                                 const char *format, ...);

/* Replaces a cache file, which other tools read too, by one that only the user may read. */
void had_aws_cache_store(struct had_arena *arena, had_str path, const json_t *cache);

/* login.c */
void had_aws_login_fetch(struct had_aws_identity *identity);
EVP_PKEY *had_aws_login_key(had_str pem); /* a private key on P-256, or NULL */
/* The header `DPoP` of a POST to a URL; empty where the key cannot sign. */
had_str had_aws_login_proof(struct had_arena *arena, EVP_PKEY *key, had_str url, int64_t seconds);

/* process.c: runs a command without a shell and reads its standard output. */
bool had_aws_process_run(struct had_arena *arena, had_str command, uint32_t timeout_ms,
                         had_str *output, had_str *error);
/* Words of a command line: quotes and backslashes as a POSIX shell has them, nothing else. */
bool had_aws_process_words(struct had_arena *arena, had_str command, char ***words, had_str *error);

/* waiter.c */
void had_aws_waits_free(struct had_aws *aws);

/* path.c */
json_t *had_aws_path(const json_t *value, const char *path);
bool had_aws_path_true(const json_t *value, const char *expression);

#endif
