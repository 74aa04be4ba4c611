#include "base/str.h"

#include <stdio.h>
#include <string.h>

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool had_str_eq_nocase(had_str a, had_str b)
{
    if (a.len != b.len)
        return false;
    for (uint32_t i = 0; i < a.len; i++)
        if (fold(a.ptr[i]) != fold(b.ptr[i]))
            return false;
    return true;
}

int had_str_cmp(had_str a, had_str b)
{
    uint32_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    if (order)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool had_str_ends(had_str s, const char *suffix)
{
    had_str p = had_str_c(suffix);
    return s.len >= p.len && memcmp(s.ptr + (s.len - p.len), p.ptr, p.len) == 0;
}

int64_t had_str_find(had_str s, char c)
{
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return at ? at - s.ptr : -1;
}

had_str had_str_trim(had_str s)
{
    while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
        s = had_str_slice(s, 1, s.len);
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s.len--;
    return s;
}

char *had_str_cstr(struct had_arena *arena, had_str s)
{
    char *copy = had_arena_text(arena, (size_t)s.len + 1);
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    return copy;
}

had_str had_str_dup(struct had_arena *arena, had_str s)
{
    return (had_str){had_str_cstr(arena, s), s.len};
}

had_str had_str_lower(struct had_arena *arena, had_str s)
{
    char *copy = had_str_cstr(arena, s);
    for (uint32_t i = 0; i < s.len; i++)
        copy[i] = fold(copy[i]);
    return (had_str){copy, s.len};
}

had_str had_str_upper(struct had_arena *arena, had_str s)
{
    char *copy = had_str_cstr(arena, s);
    for (uint32_t i = 0; i < s.len; i++)
        if (copy[i] >= 'a' && copy[i] <= 'z')
            copy[i] = (char)(copy[i] - 'a' + 'A');
    return (had_str){copy, s.len};
}

/* ---- formats ---- */

struct written {
    char *out;
    size_t room, len; /* len goes on where room has ended */
};

static void put(struct written *w, const char *bytes, size_t len)
{
    if (w->len < w->room) {
        size_t fits = w->room - w->len;
        memcpy(w->out + w->len, bytes, len < fits ? len : fits);
    }
    w->len += len;
}

static void put_number(struct written *w, uint64_t number, bool minus)
{
    char digits[24];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    if (minus)
        digits[--at] = '-';
    put(w, digits + at, sizeof digits - at);
}

static void put_signed(struct written *w, int64_t number)
{
    put_number(w, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, number < 0);
}

/* False where the format has what only vsnprintf knows. */
static bool format_quick(struct written *w, const char *format, va_list args)
{
    for (const char *at = format; *at;) {
        const char *percent = strchr(at, '%');
        if (!percent) {
            put(w, at, strlen(at));
            return true;
        }
        put(w, at, (size_t)(percent - at));
        at = percent + 1;
        if (at[0] == 's') {
            const char *text = va_arg(args, const char *);
            if (!text)
                return false;
            put(w, text, strlen(text));
            at += 1;
        } else if (at[0] == '.' && at[1] == '*' && at[2] == 's') {
            int most = va_arg(args, int);
            const char *text = va_arg(args, const char *);
            if (most < 0 || !text)
                return false;
            const char *end = most ? memchr(text, 0, (size_t)most) : NULL;
            put(w, text, end ? (size_t)(end - text) : (size_t)most);
            at += 3;
        } else if (at[0] == 'u') {
            put_number(w, va_arg(args, unsigned), false);
            at += 1;
        } else if (at[0] == 'd') {
            put_signed(w, va_arg(args, int));
            at += 1;
        } else if (at[0] == 'c') {
            char c = (char)va_arg(args, int);
            put(w, &c, 1);
            at += 1;
        } else if (at[0] == 'z' && at[1] == 'u') {
            put_number(w, va_arg(args, size_t), false);
            at += 2;
        } else if (at[0] == 'l' && at[1] == 'l' && at[2] == 'd') {
            put_signed(w, va_arg(args, long long));
            at += 3;
        } else if (at[0] == 'l' && at[1] == 'l' && at[2] == 'u') {
            put_number(w, va_arg(args, unsigned long long), false);
            at += 3;
        } else if (at[0] == '%') {
            put(w, at, 1);
            at += 1;
        } else {
            return false;
        }
    }
    return true;
}

int had_str_format(char *out, size_t room, const char *format, va_list args)
{
    struct written w = {.out = out, .room = room ? room - 1 : 0};
    va_list again;
    va_copy(again, args);
    bool done = format_quick(&w, format, again) && w.len < INT32_MAX;
    va_end(again);
    if (!done)
        return vsnprintf(out, room, format, args);
    if (room)
        out[w.len < room ? w.len : room - 1] = 0;
    return (int)w.len;
}

had_str had_str_vprintf(struct had_arena *arena, const char *format, va_list args)
{
    char small[512]; /* most texts fit and are formatted once */
    va_list again;
    va_copy(again, args);
    int len = had_str_format(small, sizeof small, format, again);
    va_end(again);
    if (len < 0)
        return (had_str){0};
    char *text = had_arena_text(arena, (size_t)len + 1);
    if ((size_t)len < sizeof small)
        memcpy(text, small, (size_t)len);
    else
        had_str_format(text, (size_t)len + 1, format, args);
    return (had_str){text, (uint32_t)len};
}

had_str had_str_printf(struct had_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    had_str text = had_str_vprintf(arena, format, args);
    va_end(args);
    return text;
}

bool had_str_to_int(had_str s, int64_t *out)
{
    if (s.len == 0 || s.len > 19)
        return false;
    uint64_t value = 0;
    for (uint32_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(s.ptr[i] - '0');
    }
    if (value > INT64_MAX)
        return false;
    *out = (int64_t)value;
    return true;
}

uint32_t had_str_distance(had_str a, had_str b, uint32_t limit)
{
    enum { MAX = 64 };
    uint32_t longer = a.len > b.len ? a.len : b.len;
    uint32_t shorter = a.len > b.len ? b.len : a.len;
    if (longer > MAX || longer - shorter > limit)
        return limit + 1;
    uint32_t rows[3][MAX + 1];
    uint32_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (uint32_t j = 0; j <= b.len; j++)
        last[j] = j;
    for (uint32_t i = 1; i <= a.len; i++) {
        row[0] = i;
        for (uint32_t j = 1; j <= b.len; j++) {
            char x = fold(a.ptr[i - 1]), y = fold(b.ptr[j - 1]);
            uint32_t best = last[j - 1] + (x != y);
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && x == fold(b.ptr[j - 2]) && y == fold(a.ptr[i - 2]) &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        uint32_t *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[b.len] > limit ? limit + 1 : last[b.len];
}

had_str had_str_nearest(had_str word, const had_str *candidates, uint32_t count)
{
    /* One slip in three letters; a shorter word is near to every other. */
    uint32_t limit = word.len / 3;
    uint32_t best = limit + 1;
    had_str found = {0};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t d = had_str_distance(word, candidates[i], limit);
        if (d < best) {
            best = d;
            found = candidates[i];
        }
    }
    return found;
}
