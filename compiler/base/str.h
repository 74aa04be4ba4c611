/*
 * Strings: pointer and length, not NUL-terminated, never owned. Texts live in a source, in an arena
 * or in the program. Convert to C strings only at the edge of a library that wants them.
 */
#ifndef HAD_BASE_STR_H
#define HAD_BASE_STR_H

#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

typedef struct {
    const char *ptr;
    uint32_t len;
} had_str;

/* A literal's text, also in static initialisers. */
#define HAD_STR(s) ((had_str){(s), (uint32_t)(sizeof(s) - 1)})
#define HAD_STR_INIT(s)                                                                            \
    {                                                                                              \
        (s), (uint32_t)(sizeof(s) - 1)                                                             \
    }
/* printf: "%.*s" with HAD_ARG(text). */
#define HAD_FMT "%.*s"
#define HAD_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : ""

/* Here and not in str.c: the length of a literal is then known when the program is made. */
static inline had_str had_str_c(const char *text) /* of a C string; NULL gives the empty string */
{
    return text ? (had_str){text, (uint32_t)strlen(text)} : (had_str){0};
}
static inline bool had_str_eq(had_str a, had_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
static inline bool had_str_is(had_str a, const char *b)
{
    return had_str_eq(a, had_str_c(b));
}
bool had_str_eq_nocase(had_str a, had_str b); /* ASCII case folded */
int had_str_cmp(had_str a, had_str b);        /* bytewise, shorter first */
static inline bool had_str_starts(had_str s, const char *prefix)
{
    had_str p = had_str_c(prefix);
    return s.len >= p.len && (p.len == 0 || memcmp(s.ptr, p.ptr, p.len) == 0);
}
bool had_str_ends(had_str s, const char *suffix);
/* Index of the first `c`, or -1. */
int64_t had_str_find(had_str s, char c);
static inline had_str had_str_slice(had_str s, uint32_t start, uint32_t end)
{
    if (end > s.len)
        end = s.len;
    if (start > end)
        start = end;
    return (had_str){s.ptr ? s.ptr + start : NULL, end - start};
}
had_str had_str_trim(had_str s); /* spaces and tabs at both ends */

/* Copies into the arena. */
had_str had_str_dup(struct had_arena *arena, had_str s);
char *had_str_cstr(struct had_arena *arena, had_str s); /* NUL-terminated copy */
had_str had_str_lower(struct had_arena *arena, had_str s);
had_str had_str_upper(struct had_arena *arena, had_str s);
had_str had_str_printf(struct had_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
had_str had_str_vprintf(struct had_arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/*
 * vsnprintf, but quick for what stands in nearly all formats: %s %.*s %c %d %u %lld %llu %zu
 * without flags or widths. Everything else is left to vsnprintf.
 */
int had_str_format(char *out, size_t room, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/* Decimal digits only, no sign; false if empty, not digits or above 2^63-1. */
bool had_str_to_int(had_str s, int64_t *out);

/* Edit distance with adjacent transpositions (optimal string alignment), at most `limit` + 1. */
uint32_t had_str_distance(had_str a, had_str b, uint32_t limit);
/* The candidate nearest to `word` within a third of its length, or an empty string. */
had_str had_str_nearest(had_str word, const had_str *candidates, uint32_t count);

#endif
