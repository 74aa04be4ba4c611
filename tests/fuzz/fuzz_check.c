/*
 * The whole check from memory: scanner to rules. Whatever the text, it ends within its bound of
 * work, every finding has a code and stands in a text, and the same input gives the same findings
 * twice.
 *
 * A line `==> PATH` begins another file of the spec, so that imports and data are reached, too.
 * Nothing is read from disk: the root does not exist.
 */
#include "check/check.h"
#include "fuzz.h"
#include "lower/lower.h"
#include "sema/sema.h"
#include "syntax/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORK = 300000, FILES = 8 };

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "failed: %s\n", what);
        abort();
    }
}

static uint32_t line_end(had_str text, uint32_t at)
{
    while (at < text.len && text.ptr[at] != '\n')
        at++;
    return at;
}

/* Adds the files of one input; false if one of them holds bytes that no file may hold. */
static bool add_files(struct had_sources *sources, had_str input)
{
    had_str path = HAD_STR("main.had");
    uint32_t start = 0, at = 0;
    for (uint32_t files = 0; files < FILES; at = line_end(input, at) + 1) {
        bool end = at >= input.len;
        if (!end && !had_str_starts(had_str_slice(input, at, input.len), "==> "))
            continue;
        had_str text = had_str_slice(input, start, end ? input.len : at);
        if (had_source_check(&text).status != HAD_SOURCE_OK)
            return false;
        had_sources_add(sources, path, text);
        files++;
        if (end)
            break;
        path = had_str_slice(input, at + 4, line_end(input, at));
        start = line_end(input, at) + 1;
        if (start > input.len)
            start = input.len;
    }
    return true;
}

static void check_place(const struct had_sources *sources, struct had_span span)
{
    const struct had_source *source = had_source_of(sources, span);
    require(!span.file || source, "a file of the spec");
    require(!source || (span.start <= span.end && span.end <= source->text.len),
            "a place in the text");
}

static bool run(had_str input, struct had_buffer *out)
{
    struct had_arena arena = {0};
    struct had_sources sources = {.arena = &arena, .root = HAD_STR("/nonexistent/fuzz")};
    struct had_diags diags = {.arena = &arena};
    had_files files = {0};
    if (!add_files(&sources, input)) {
        had_arena_free(&arena);
        return false;
    }
    *had_push(&arena, &files) = had_parse(&arena, &sources, 1, &diags);
    had_imports(&arena, &sources, &diags, &files);
    struct had_sema_input in = {.arena = &arena,
                                .sources = &sources,
                                .diags = &diags,
                                .files = (const struct had_file *const *)files.items,
                                .file_count = files.count,
                                .as_of = 20781, /* 2026-11-24 */
                                .work_max = WORK};
    struct had_spec *spec = had_sema(&in);
    struct had_graph *graph = diags.errors ? NULL : had_lower(&arena, spec, &diags);
    const struct had_check_options options = {0};
    if (!spec->incomplete) /* as the driver does */
        had_check_run(&arena, spec, graph && graph->finished ? graph : NULL, &diags, &options);
    had_diags_sort(&diags);
    for (uint32_t i = 0; i < diags.items.count; i++) {
        const struct had_diag *d = diags.items.items[i];
        require(d->code && d->message.len, "a finding says something");
        require(d->code != &HAD0901, "a graph that keeps its rules");
        check_place(&sources, d->span);
        had_each(const struct had_label, label, &d->labels)
            check_place(&sources, label->span);
        had_each(const struct had_fix, fix, &d->fixes)
            had_each(const struct had_edit, edit, &fix->edits)
                check_place(&sources, edit->span);
    }
    had_dump_spec(out, spec, (had_str){0}, true);
    had_render_text(out, &diags, &sources, false);
    had_render_sarif(out, &diags, &sources, "fuzz");
    had_arena_free(&arena);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 18)
        return 0;
    had_str input = {(const char *)data, (uint32_t)size};
    struct had_buffer once = {0}, twice = {0};
    if (run(input, &once) && run(input, &twice))
        require(once.len == twice.len && memcmp(once.ptr, twice.ptr, once.len) == 0,
                "the same findings for the same text");
    had_buffer_free(&once);
    had_buffer_free(&twice);
    return 0;
}
