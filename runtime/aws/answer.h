/*
 * An HTTP answer as a JSON value with the API's names, or as an error. The same answer of the same
 * service can carry its error in a header, in JSON, in several forms of XML, or in a page of a
 * proxy's; every form gives the same record.
 */
#ifndef HAD_AWS_ANSWER_H
#define HAD_AWS_ANSWER_H

#include "aws/request.h"

enum { HAD_AWS_CODE_MAX = 200, HAD_AWS_MESSAGE_MAX = 4096 };

struct had_aws_reply {
    int status;
    const struct had_http_header *headers;
    uint32_t header_count;
    had_str body;
};

struct had_aws_error {
    int status;      /* of HTTP; 0 if nothing was answered */
    had_str code;    /* without namespace; the status as digits where no code was sent */
    had_str message; /* without control characters */
    had_str request_id;
    int64_t retry_after; /* milliseconds the service asks for, or -1 */
    json_t *detail;      /* further members, or NULL; owned by who holds the error */
};

had_str had_aws_reply_header(const struct had_aws_reply *reply, const char *name);
had_str had_aws_reply_request_id(const struct had_aws_reply *reply);

/*
 * The value of a successful answer, a new reference; NULL and a sentence if it cannot be read. With
 * `raw`, the bytes of a blob that is the whole body go there and not into the value.
 */
json_t *had_aws_answer_read(struct had_arena *arena, const struct had_aws_service *service,
                            const struct had_aws_operation *operation,
                            const struct had_aws_reply *reply, had_str *raw, had_str *error);

/* What a status of 300 and above means. */
void had_aws_error_read(struct had_arena *arena, const struct had_aws_reply *reply,
                        struct had_aws_error *out);
void had_aws_error_free(struct had_aws_error *error);

#endif
