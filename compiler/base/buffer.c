#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct had_buffer *b, size_t more)
{
    if (b->room - b->len > more)
        return;
    size_t room = b->room ? b->room * 2 : 256;
    while (room - b->len <= more)
        room *= 2;
    b->ptr = had_xrealloc(b->ptr, room);
    b->room = room;
}

void had_buffer_add(struct had_buffer *b, const void *bytes, size_t len)
{
    reserve(b, len);
    if (len)
        memcpy(b->ptr + b->len, bytes, len);
    b->len += len;
    b->ptr[b->len] = '\0';
}

void had_buffer_str(struct had_buffer *b, had_str s)
{
    had_buffer_add(b, s.ptr, s.len);
}

void had_buffer_c(struct had_buffer *b, const char *text)
{
    had_buffer_add(b, text, strlen(text));
}

void had_buffer_char(struct had_buffer *b, char c)
{
    had_buffer_add(b, &c, 1);
}

void had_buffer_repeat(struct had_buffer *b, char c, size_t times)
{
    reserve(b, times);
    memset(b->ptr + b->len, c, times);
    b->len += times;
    b->ptr[b->len] = '\0';
}

void had_buffer_printf(struct had_buffer *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len > 0) {
        reserve(b, (size_t)len + 1);
        vsnprintf(b->ptr + b->len, (size_t)len + 1, format, args);
        b->len += (size_t)len;
    }
    va_end(args);
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
