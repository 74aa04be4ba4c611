/* Growing byte buffer for output. Memory is malloc's; free it with had_buffer_free. */
#ifndef HAD_BASE_BUFFER_H
#define HAD_BASE_BUFFER_H

#include "base/str.h"

struct had_buffer {
    char *ptr;
    size_t len, room;
};

void had_buffer_reserve(struct had_buffer *b, size_t more); /* and a NUL behind */

static inline void had_buffer_add(struct had_buffer *b, const void *bytes, size_t len)
{
    if (b->room - b->len <= len)
        had_buffer_reserve(b, len);
    if (len)
        memcpy(b->ptr + b->len, bytes, len);
    b->len += len;
    b->ptr[b->len] = '\0';
}
static inline void had_buffer_str(struct had_buffer *b, had_str s)
{
    had_buffer_add(b, s.ptr, s.len);
}
static inline void had_buffer_c(struct had_buffer *b, const char *text)
{
    had_buffer_add(b, text, strlen(text));
}
static inline void had_buffer_char(struct had_buffer *b, char c)
{
    had_buffer_add(b, &c, 1);
}
void had_buffer_repeat(struct had_buffer *b, char c, size_t times);
void had_buffer_printf(struct had_buffer *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Gives back the room that is not used. */
void had_buffer_trim(struct had_buffer *b);
void had_buffer_free(struct had_buffer *b);
had_str had_buffer_view(const struct had_buffer *b); /* valid until the next call */
/* A code point as JSON and JavaScript escape it: one \u of four digits, or two of surrogates. */
void had_buffer_escape(struct had_buffer *b, uint32_t point);

#endif
