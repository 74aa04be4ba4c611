/*
 * A JSON value as the request of an operation: method, path, query, headers and body as the
 * service's protocol wants them, without host, date and signature. The value's keys are the API's
 * names; times are texts (aws/value.h), blobs base64. Unknown and missing members and values of a
 * wrong type are refused with a sentence that names the place.
 */
#ifndef HAD_AWS_REQUEST_H
#define HAD_AWS_REQUEST_H

#include "aws/model.h"
#include "base/array.h"
#include "http/http.h"

#include <jansson.h>

struct had_aws_request {
    had_str method;
    had_str path;  /* encoded, begins with `/` */
    had_str query; /* encoded, without `?` */
    had_array(struct had_http_header) headers;
    had_str body;
    had_str bucket; /* of S3, not encoded: may move from the path into the host */
    bool has_token; /* a member makes a repeat harmless */
};

struct had_aws_input {
    const json_t *value;    /* an object, or NULL */
    const had_str *payload; /* bytes of the payload member instead of base64 in `value`, or NULL */
    had_str token;          /* for a member that the model marks as token, where `value` has none */
};

bool had_aws_request_build(struct had_arena *arena, const struct had_aws_service *service,
                           const struct had_aws_operation *operation,
                           const struct had_aws_input *input, struct had_aws_request *out,
                           had_str *error);

/* Replaces the values of members that are secret by `"(redacted)"`, for people. A new reference. */
json_t *had_aws_redact(uint16_t shape, const json_t *value);

#endif
