/*
 * Any bytes, also such as no file may hold: scanner, layout and parser end, and every place they
 * speak of is in the text.
 */
#include "fuzz.h"
#include "syntax/parse.h"

#include <stdio.h>
#include <stdlib.h>

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "failed: %s\n", what);
        abort();
    }
}

static void check_span(struct had_span span, uint32_t size)
{
    require(span.file == 1 && span.start <= span.end && span.end <= size, "a place in the text");
}

static void check_stmts(const had_stmts *stmts, struct had_span outer)
{
    uint32_t at = outer.start;
    for (uint32_t i = 0; i < stmts->count; i++) {
        const struct had_stmt *stmt = stmts->items[i];
        check_span(stmt->span, outer.end);
        require(stmt->span.start >= at, "statements one after the other");
        at = stmt->span.start;
        if (stmt->kind == HAD_STMT_BLOCK && stmt->as.block.body) {
            check_span(stmt->as.block.head, stmt->span.end);
            check_span(stmt->as.block.body->span, stmt->span.end);
            check_stmts(&stmt->as.block.body->stmts, stmt->as.block.body->span);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 20)
        return 0;
    struct had_arena arena = {0};
    struct had_sources sources = {.arena = &arena};
    struct had_diags diags = {.arena = &arena};
    had_str text = {(const char *)data, (uint32_t)size};
    uint32_t number = had_sources_add(&sources, HAD_STR("input.had"), text);
    struct had_buffer out = {0};
    had_dump_tokens(&out, &sources, number);
    const struct had_file *file = had_parse(&arena, &sources, number, &diags);
    had_dump_ast(&out, &sources, file);
    check_stmts(&file->stmts, (struct had_span){number, 0, text.len});
    uint32_t at = 0;
    for (uint32_t i = 0; i < file->trivia.count; i++) {
        check_span(file->trivia.items[i].span, text.len);
        require(file->trivia.items[i].span.start >= at, "trivia in order");
        at = file->trivia.items[i].span.end;
    }
    for (uint32_t i = 0; i < diags.items.count; i++) {
        check_span(diags.items.items[i]->span, text.len);
        for (uint32_t k = 0; k < diags.items.items[i]->labels.count; k++)
            check_span(diags.items.items[i]->labels.items[k].span, text.len);
    }
    require(diags.items.count <= 1000, "a bounded number of findings");
    had_render_text(&out, &diags, &sources, false);
    had_buffer_free(&out);
    had_arena_free(&arena);
    return 0;
}
