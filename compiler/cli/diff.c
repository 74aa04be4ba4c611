/* Unified diffs of texts, as `diff -u` writes them. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

enum {
    CONTEXT = 3,
    MIDDLE_MAX = 3000
}; /* lines that differ are compared one by one up to so many */

typedef had_array(had_str) lines;

static void split(struct had_arena *arena, had_str text, lines *out)
{
    uint32_t start = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\n' && i + 1 != text.len)
            continue;
        *had_push(arena, out) = had_str_slice(text, start, i + 1);
        start = i + 1;
    }
}

struct step {
    char what; /* ' ', '-' or '+' */
    uint32_t before, after;
    had_str line;
};
typedef had_array(struct step) steps;

/* The lines between a common beginning and end, by the longest common subsequence. */
static void middle(struct had_arena *arena, const lines *a, const lines *b, uint32_t head,
                   uint32_t tail, steps *out)
{
    uint32_t n = a->count - head - tail, m = b->count - head - tail, i = 0, k = 0;
    bool compared = n <= MIDDLE_MAX && m <= MIDDLE_MAX;
    size_t width = (size_t)m + 1;
    uint16_t *length = compared ? had_new_n(arena, uint16_t, (n + 1) * width) : NULL;
    for (uint32_t x = n; length && x-- > 0;)
        for (uint32_t y = m; y-- > 0;) {
            uint16_t below = length[(x + 1) * width + y], right = length[x * width + y + 1];
            length[x * width + y] = had_str_eq(a->items[head + x], b->items[head + y])
                                        ? (uint16_t)(length[(x + 1) * width + y + 1] + 1)
                                    : below > right ? below
                                                    : right;
        }
    while (i < n || k < m) {
        struct step s = {'-', head + i, head + k, {0}};
        if (length && i < n && k < m && had_str_eq(a->items[head + i], b->items[head + k]))
            s.what = ' ';
        else if (i == n ||
                 (length && k < m && length[i * width + k + 1] > length[(i + 1) * width + k]))
            s.what = '+';
        s.line = s.what == '+' ? b->items[s.after] : a->items[s.before];
        i += s.what != '+';
        k += s.what != '-';
        *had_push(arena, out) = s;
    }
}

static void print_line(char what, had_str line)
{
    bool ended = line.len && line.ptr[line.len - 1] == '\n';
    printf("%c" HAD_FMT "%s", what, HAD_ARG(line), ended ? "" : "\n\\ No newline at end of file\n");
}

void had_print_diff(const char *name, had_str before, had_str after)
{
    struct had_arena arena = {0};
    lines a = {0}, b = {0};
    steps all = {0};
    split(&arena, before, &a);
    split(&arena, after, &b);
    uint32_t head = 0, tail = 0, least = a.count < b.count ? a.count : b.count;
    while (head < least && had_str_eq(a.items[head], b.items[head]))
        head++;
    while (tail < least - head &&
           had_str_eq(a.items[a.count - 1 - tail], b.items[b.count - 1 - tail]))
        tail++;
    for (uint32_t i = 0; i < head; i++)
        *had_push(&arena, &all) = (struct step){' ', i, i, a.items[i]};
    middle(&arena, &a, &b, head, tail, &all);
    for (uint32_t i = tail; i > 0; i--)
        *had_push(&arena, &all) =
            (struct step){' ', a.count - i, b.count - i, a.items[a.count - i]};

    printf("--- %s\n+++ %s\n", name, name);
    for (uint32_t i = 0; i < all.count;) {
        if (all.items[i].what == ' ') {
            i++;
            continue;
        }
        uint32_t start = i > CONTEXT ? i - CONTEXT : 0, end = i, quiet = 0;
        while (end < all.count && quiet <= 2 * CONTEXT)
            quiet = all.items[end++].what == ' ' ? quiet + 1 : 0;
        if (quiet > CONTEXT)
            end -= quiet - CONTEXT;
        uint32_t removed = 0, added = 0;
        for (uint32_t k = start; k < end; k++) {
            removed += all.items[k].what != '+';
            added += all.items[k].what != '-';
        }
        /* A side without lines stands behind the line before it. */
        printf("@@ -%u,%u +%u,%u @@\n", all.items[start].before + (removed ? 1 : 0), removed,
               all.items[start].after + (added ? 1 : 0), added);
        for (uint32_t k = start; k < end; k++)
            print_line(all.items[k].what, all.items[k].line);
        i = end;
    }
    had_arena_free(&arena);
}
