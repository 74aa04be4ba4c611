/*
 * Calls of AWS's APIs, many at a time in one event loop: credentials, Regions, signatures, retries,
 * pages.
 *
 *     struct had_aws *aws = had_aws_new(&options, &arena, &error);
 *     struct had_aws_call call = {.service = ec2, .operation = create_vpc, .params = json, .done =
 * f}; had_aws_submit(aws, &call); while (had_aws_turn(aws, 1000))
 *         ;
 *     had_aws_free(aws);
 *
 * A call ends in one of three ways: done; failed, and then the world is as if it had not been made;
 * or unknown: some attempt may have had its effect, and the caller has to look. Calls that must not
 * be repeated blindly (aws/model.h, had_aws_repeat) end so at once; all others are sent again
 * first, within the deadline.
 */
#ifndef HAD_AWS_AWS_H
#define HAD_AWS_AWS_H

#include "aws/answer.h"
#include "aws/config.h"
#include "http/http.h"

struct had_aws;

enum { HAD_AWS_MFA_ROOM = 16 };

struct had_aws_options {
    struct had_transport transport;
    const struct had_aws_environment *environment; /* NULL: the process's */
    had_str profile, region;                       /* what the command line says; empty: nothing */
    /*
     * Asks a person for the code that an MFA device shows, for profiles with mfa_serial; false if
     * none was given. NULL: nobody is there to ask, and such a profile is an error.
     */
    bool (*ask_mfa)(void *context, had_str device, char code[HAD_AWS_MFA_ROOM]);
    void *ask_context;
};

/* Whom to act as, starting from the client's own identity. */
struct had_aws_role {
    had_str arn, external_id, session_name;
    uint32_t duration_seconds; /* 0: 3600, the longest that one role gives another */
};

enum had_aws_outcome { HAD_AWS_DONE, HAD_AWS_FAILED, HAD_AWS_UNKNOWN };

/* Codes of failures that no service answered. */
#define HAD_AWS_NO_CREDENTIALS "had.NoCredentials"
#define HAD_AWS_NO_ENDPOINT "had.NoEndpoint"
#define HAD_AWS_NOT_SENT "had.NotSent"
#define HAD_AWS_NO_ANSWER "had.NoAnswer"
#define HAD_AWS_DEADLINE "had.Deadline"
#define HAD_AWS_CANCELLED "had.Cancelled"
#define HAD_AWS_PARAMETERS "had.Parameters"

struct had_aws_result {
    enum had_aws_outcome outcome;
    json_t *value; /* of a call that is done; json_incref to keep it */
    had_str raw;   /* bytes of a blob that is the whole answer, if asked for */
    struct had_aws_error error;
    uint32_t attempts;
};

struct had_aws_call {
    const struct had_aws_service *service;
    const struct had_aws_operation *operation;
    const json_t *params;            /* an object, or NULL */
    const had_str *payload;          /* bytes of the payload member, or NULL */
    had_str region;                  /* empty: the client's */
    const struct had_aws_role *role; /* NULL: the client's own identity */
    had_str token;        /* for the member that makes a repeat harmless; empty: a random one */
    uint32_t deadline_ms; /* from now; 0: 15 minutes */
    bool repeatable;      /* the caller knows that a repeat is harmless */
    bool pages;           /* follow to the last page and join the lists */
    bool want_raw;
    void (*done)(void *context, const struct had_aws_result *result);
    void *context;
};

/*
 * A client on libcurl, with the certificates that AWS_CA_BUNDLE or the profile's ca_bundle names;
 * the options' transport is passed over. Free the client first, then `*http`.
 */
struct had_aws *had_aws_open(const struct had_aws_options *options,
                             const struct had_http_options *http_options, struct had_http **http,
                             struct had_arena *arena, had_str *error);
/* NULL and a sentence, in the arena, where files or settings cannot be understood. */
struct had_aws *had_aws_new(const struct had_aws_options *options, struct had_arena *arena,
                            had_str *error);
/*
 * Calls in flight end without a call of `done`; secrets are wiped. The transport must not be turned
 * after this: free it next.
 */
void had_aws_free(struct had_aws *aws);

/* The number of the call, for had_aws_cancel. All that goes wrong comes by `done`, in a later turn.
 */
uint64_t had_aws_submit(struct had_aws *aws, const struct had_aws_call *call);
/* Ends a call: unknown if it was sent and must not be repeated, else failed. */
bool had_aws_cancel(struct had_aws *aws, uint64_t number);
/* Waits at most so long, does what is due, and returns the number of calls that have not ended. */
uint32_t had_aws_turn(struct had_aws *aws, uint32_t wait_ms);

/*
 * Repeats a call until a waiter's condition holds, with the model's pace or the given one: done
 * with the last answer, or failed with code `had.Waiter`.
 */
void had_aws_wait(struct had_aws *aws, const struct had_aws_waiter *waiter,
                  const struct had_aws_call *call, uint32_t delay_ms, uint32_t max_attempts);
#define HAD_AWS_WAITER "had.Waiter"

/* The Region that calls without one go to; empty if none is set. */
had_str had_aws_region(const struct had_aws *aws);
/* Where the client's identity comes from, in words without secrets: "profile `x`, role …". */
had_str had_aws_identity_text(const struct had_aws *aws);

/* The request that a call would send, signed, with secrets redacted: for people. A new reference.
 */
struct had_aws_preview {
    had_str method, url, body; /* body as it is sent, but for secret members */
    const struct had_http_header *headers;
    uint32_t header_count;
};
bool had_aws_preview(struct had_aws *aws, const struct had_aws_call *call, struct had_arena *arena,
                     struct had_aws_preview *out, had_str *error);

#endif
