/* Growing byte buffer for output. Memory is malloc's; free it with had_buffer_free. */
#ifndef HAD_BASE_BUFFER_H
#define HAD_BASE_BUFFER_H

#include "base/str.h"

struct had_buffer {
    char *ptr;
    size_t len, room;
};

void had_buffer_add(struct had_buffer *b, const void *bytes, size_t len);
void had_buffer_str(struct had_buffer *b, had_str s);
void had_buffer_c(struct had_buffer *b, const char *text);
void had_buffer_char(struct had_buffer *b, char c);
void had_buffer_repeat(struct had_buffer *b, char c, size_t times);
void had_buffer_printf(struct had_buffer *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void had_buffer_free(struct had_buffer *b);
had_str had_buffer_view(const struct had_buffer *b); /* valid until the next call */

#endif
