/*
 * JSON as it is written, without a tree: large files of many small things. Indented by two, ASCII
 * only, keys in the order of the calls; whoever calls sees to it that no key stands twice.
 *
 *     struct had_json json = {.out = &buffer};
 *     had_json_open(&json, NULL, '{');
 *     had_json_put_text(&json, "spec", name);
 *     had_json_close(&json, '}');
 */
#ifndef HAD_EMIT_JSON_H
#define HAD_EMIT_JSON_H

#include "base/buffer.h"

struct had_json {
    struct had_buffer *out;
    uint32_t depth;
    bool filled; /* what is open has a member already */
};

/* `key` is NULL in arrays and at the top. `bracket` is one of { [ and } ]. */
void had_json_open(struct had_json *json, const char *key, char bracket);
void had_json_close(struct had_json *json, char bracket);
void had_json_put_text(struct had_json *json, const char *key, had_str value);
void had_json_put_number(struct had_json *json, const char *key, uint64_t value);
void had_json_put_bool(struct had_json *json, const char *key, bool value);
/* The same with a key that is not a C string. */
void had_json_open_at(struct had_json *json, had_str key, char bracket);
void had_json_put_text_at(struct had_json *json, had_str key, had_str value);

/*
 * The character at `at` as \u escapes; what is not UTF-8 becomes U+FFFD. Returns how many bytes of
 * the text it stands for.
 */
uint32_t had_json_rune(struct had_buffer *out, had_str text, uint32_t at);

#endif
