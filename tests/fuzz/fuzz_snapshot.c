/*
 * Any bytes as a snapshot: it is read or refused. What was read is written and read again as the
 * same, differs in nothing from itself, and its differences from nothing are all additions.
 */
#include "fuzz.h"
#include "snapshot/snapshot.h"

#include <stdio.h>
#include <stdlib.h>

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "failed: %s\n", what);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 20)
        return 0;
    struct had_arena arena = {0};
    struct had_snapshot first = {0}, again = {0}, nothing = {0};
    struct had_buffer one = {0}, two = {0}, markdown = {0};
    if (!had_snapshot_read(&arena, (had_str){(const char *)data, (uint32_t)size}, &first)) {
        had_snapshot_write(&one, &first);
        require(!had_snapshot_read(&arena, had_buffer_view(&one), &again),
                "what was written is read");
        had_snapshot_write(&two, &again);
        require(had_str_eq(had_buffer_view(&one), had_buffer_view(&two)), "and written the same");
        struct had_snapshot_counts n =
            had_snapshot_diff(&markdown, &first, &again, HAD_SNAPSHOT_TEXT_MAX);
        require(n.same == first.resources.count && !n.added && !n.removed && !n.changed &&
                    !n.replaced,
                "no difference from itself");
        n = had_snapshot_diff(&markdown, &nothing, &first, HAD_SNAPSHOT_TEXT_MAX);
        require(n.added == first.resources.count && !n.removed && !n.same,
                "only additions to nothing");
        n = had_snapshot_diff(&markdown, &first, &nothing, HAD_SNAPSHOT_TEXT_MAX);
        require(n.removed == first.resources.count && !n.added, "only removals down to nothing");
    }
    had_buffer_free(&one);
    had_buffer_free(&two);
    had_buffer_free(&markdown);
    had_arena_free(&arena);
    return 0;
}
