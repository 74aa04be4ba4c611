/*
 * A file that parses is formatted: the result parses to the same tree, holds every comment, and is
 * its own formatted form.
 */
#include "format/format.h"
#include "fuzz.h"
#include "syntax/parse.h"

#include <stdio.h>
#include <stdlib.h>

static void require(bool condition, const char *what, const struct had_buffer *text)
{
    if (condition)
        return;
    fprintf(stderr, "failed: %s\n----\n%.*s----\n", what, (int)text->len,
            text->ptr ? text->ptr : "");
    abort();
}

static uint32_t comments_of(const struct had_file *file)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < file->trivia.count; i++)
        count += file->trivia.items[i].kind != HAD_TRIVIA_BLANK;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 20)
        return 0;
    had_str text = {(const char *)data, (uint32_t)size};
    if (had_source_check(&text).status != HAD_SOURCE_OK)
        return 0;
    struct had_arena arena = {0};
    struct had_sources sources = {.arena = &arena};
    struct had_diags diags = {.arena = &arena};
    uint32_t first = had_sources_add(&sources, HAD_STR("first.had"), text);
    const struct had_file *file = had_parse(&arena, &sources, first, &diags);
    if (diags.items.count == 0) {
        struct had_buffer once = {0}, twice = {0}, shape = {0}, again = {0};
        had_format(&once, &sources, file);
        had_dump_shape(&shape, file);
        uint32_t second = had_sources_add(&sources, HAD_STR("second.had"), had_buffer_view(&once));
        const struct had_file *formatted = had_parse(&arena, &sources, second, &diags);
        require(diags.items.count == 0, "formatted text parses", &once);
        had_dump_shape(&again, formatted);
        require(had_str_eq(had_buffer_view(&shape), had_buffer_view(&again)), "the same tree",
                &once);
        require(comments_of(file) == comments_of(formatted), "every comment", &once);
        had_format(&twice, &sources, formatted);
        require(had_str_eq(had_buffer_view(&once), had_buffer_view(&twice)), "its own form", &once);
        had_buffer_free(&once);
        had_buffer_free(&twice);
        had_buffer_free(&shape);
        had_buffer_free(&again);
    }
    had_arena_free(&arena);
    return 0;
}
