/*
 * AWS Signature Version 4: what is signed are the bytes that are sent. The path and the query are
 * given as they go on the wire; dates are UTC seconds.
 *
 *     had_sigv4_headers(arena, &input, &headers, &count);        // Authorization and its
 * companions had_str query = had_sigv4_presign(arena, &input, 300);     // a URL's query, valid for
 * 300 s
 *
 * Rules: docs.aws.amazon.com, IAM User Guide, "Create a signed AWS API request"; S3 API Reference,
 * "Authenticating Requests". Tests hold AWS's own suite against it.
 */
#ifndef HAD_AWS_SIGV4_H
#define HAD_AWS_SIGV4_H

#include "aws/request.h"

struct had_aws_keys {
    had_str id, secret, token; /* token is empty for long-term keys */
};

struct had_sigv4 {
    had_str method, path, query;
    const struct had_http_header *headers; /* with Host */
    uint32_t header_count;
    had_str body;
    had_str region, service;
    struct had_aws_keys keys;
    int64_t time;
    bool raw_path;  /* S3: the path is signed as it is sent, neither normalized nor encoded again */
    bool keep_path; /* encoded again, but not normalized */
    bool content_header;   /* X-Amz-Content-SHA256: S3 wants it */
    bool unsigned_payload; /* the body is not part of the signature; over TLS only */
    bool token_after;      /* the token is not signed */
};

/* The stages, for tests. */
struct had_sigv4_stages {
    had_str canonical, to_sign, signed_headers, signature;
};

/*
 * New headers to send beside the input's: X-Amz-Date, X-Amz-Security-Token, X-Amz-Content-SHA256
 * and Authorization, as far as they apply. `stages` may be NULL.
 */
void had_sigv4_headers(struct had_arena *arena, const struct had_sigv4 *input,
                       struct had_http_header **headers, uint32_t *count,
                       struct had_sigv4_stages *stages);
/* The whole query of a presigned URL. */
had_str had_sigv4_presign(struct had_arena *arena, const struct had_sigv4 *input, uint32_t seconds,
                          struct had_sigv4_stages *stages);

#endif
