/*
 * Texts of the wire: times, base64, percent encoding, digits. Times are microseconds since 1970 in
 * UTC; in JSON values they are texts such as `2026-11-24T10:00:00Z`, and blobs are base64.
 */
#ifndef HAD_AWS_VALUE_H
#define HAD_AWS_VALUE_H

#include "aws/model.h"
#include "base/buffer.h"

#include <jansson.h>

/* RFC 3339 with `Z` or an offset, RFC 1123 (`Tue, 24 Nov 2026 10:00:00 GMT`), or seconds since
 * 1970. */
bool had_aws_time_parse(had_str text, int64_t *micros);
/* `2026-11-24T10:00:00Z`, with up to six digits of fraction where there is one. */
void had_aws_time_iso(struct had_buffer *out, int64_t micros);
void had_aws_time_rfc1123(struct had_buffer *out, int64_t micros);
/* `20261124T100000Z`, the form of signatures; 16 characters and a NUL. */
void had_aws_time_basic(char out[17], int64_t seconds);

void had_aws_base64(struct had_buffer *out, const void *bytes, size_t len);
/* Standard alphabet with padding; white space is passed over. False if it is something else. */
bool had_aws_base64_decode(struct had_buffer *out, had_str text);

/* Encodes all but A–Z a–z 0–9 `-._~` and the characters of `keep`, with upper-case digits. */
void had_aws_percent(struct had_buffer *out, had_str text, const char *keep);
/* The other way; a stray `%` stands for itself. */
had_str had_aws_percent_decode(struct had_arena *arena, had_str text);

void had_aws_hex(char *out, const unsigned char *bytes, size_t len); /* 2 × len + NUL */
/* The shortest decimal that reads back as the same number. */
void had_aws_real(struct had_buffer *out, double number);

/* A random identifier of 128 bits in the form of RFC 9562 (version 4); 36 characters and a NUL. */
void had_aws_uuid(char out[37]);

/* The text of a member; empty if there is none or it is no text. */
had_str had_aws_json_text(const json_t *object, const char *key);

had_str had_buffer_take(struct had_arena *arena, struct had_buffer *b); /* copies and frees */

#endif
