#include "base/buffer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void had_buffer_reserve(struct had_buffer *b, size_t more)
{
    if (b->room - b->len > more)
        return;
    size_t room = b->room ? b->room * 2 : 256;
    while (room - b->len <= more)
        room *= 2;
    b->ptr = had_xrealloc(b->ptr, room);
    b->room = room;
}

void had_buffer_repeat(struct had_buffer *b, char c, size_t times)
{
    had_buffer_reserve(b, times);
    memset(b->ptr + b->len, c, times);
    b->len += times;
    b->ptr[b->len] = '\0';
}

void had_buffer_printf(struct had_buffer *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    had_buffer_reserve(b, 1);
    int len = had_str_format(b->ptr + b->len, b->room - b->len, format, again);
    va_end(again);
    if (len > 0 && (size_t)len >= b->room - b->len) {
        had_buffer_reserve(b, (size_t)len + 1);
        had_str_format(b->ptr + b->len, (size_t)len + 1, format, args);
    }
    if (len > 0)
        b->len += (size_t)len;
    b->ptr[b->len] = '\0';
    va_end(args);
}

void had_buffer_trim(struct had_buffer *b)
{
    if (!b->len) {
        had_buffer_free(b);
        return;
    }
    b->ptr = had_xrealloc(b->ptr, b->len + 1);
    b->room = b->len + 1;
}

void had_buffer_free(struct had_buffer *b)
{
    free(b->ptr);
    *b = (struct had_buffer){0};
}

had_str had_buffer_view(const struct had_buffer *b)
{
    return (had_str){b->ptr ? b->ptr : "", (uint32_t)b->len};
}

void had_buffer_escape(struct had_buffer *b, uint32_t point)
{
    if (point > 0xffff) {
        uint32_t rest = point - 0x10000;
        had_buffer_printf(b, "\\u%04" PRIx32, 0xd800 + (rest >> 10));
        point = 0xdc00 + (rest & 0x3ff);
    }
    had_buffer_printf(b, "\\u%04" PRIx32, point);
}
