#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct parsed current;

int drop_parsed(void **state)
{
    (void)state;
    had_arena_free(&current.arena);
    current = (struct parsed){0};
    return 0;
}

struct parsed *parse_text(had_str text)
{
    drop_parsed(NULL);
    current.sources.arena = &current.arena;
    current.diags.arena = &current.arena;
    current.number = had_sources_add(&current.sources, HAD_STR("test.had"), text);
    current.file = had_parse(&current.arena, &current.sources, current.number, &current.diags);
    had_diags_sort(&current.diags);
    return &current;
}

struct parsed *parse(const char *text)
{
    return parse_text(had_str_c(text));
}

static void same(const char *text, had_str got, const char *expected)
{
    if (!had_str_eq(got, had_str_c(expected)))
        fail_msg("of\n%s\ngot\n%.*s\nexpected\n%s", text, HAD_ARG(got), expected);
}

void expect_shape(const char *text, const char *shape)
{
    struct parsed *p = parse(text);
    if (p->diags.items.count)
        fail_msg("%s: %.*s", text, HAD_ARG(p->diags.items.items[0]->message));
    struct had_buffer out = {0};
    had_dump_shape(&out, p->file);
    same(text, had_buffer_view(&out), shape);
    had_buffer_free(&out);
}

void expect_tokens(const char *text, const char *tokens)
{
    struct parsed *p = parse(text);
    struct had_buffer out = {0};
    had_dump_tokens(&out, &p->sources, p->number);
    same(text, had_buffer_view(&out), tokens);
    had_buffer_free(&out);
}

void expect_findings(const char *text, const char *findings)
{
    struct parsed *p = parse(text);
    struct had_buffer out = {0};
    for (uint32_t i = 0; i < p->diags.items.count; i++) {
        const struct had_diag *d = p->diags.items.items[i];
        struct had_position at = had_source_position(&p->sources, d->span.file, d->span.start);
        had_buffer_printf(&out, "%s%s@%u:%u", i ? " " : "", d->code->code, at.line, at.column);
    }
    same(text, had_buffer_view(&out), findings);
    had_buffer_free(&out);
}

void expect_message(const char *text, const char *message)
{
    struct parsed *p = parse(text);
    if (p->diags.items.count != 1)
        fail_msg("%s\n%u findings", text, p->diags.items.count);
    same(text, p->diags.items.items[0]->message, message);
}

had_str read_file(struct had_arena *arena, const char *path)
{
    char name[1024];
    int length = snprintf(name, sizeof name, "%s/%s", HAD_SOURCE_DIR, path);
    assert_in_range(length, 1, sizeof name - 1);
    FILE *f = fopen(name, "rb");
    if (!f)
        fail_msg("%s cannot be read", name);
    struct had_buffer text = {0};
    char part[4096];
    size_t got;
    while ((got = fread(part, 1, sizeof part, f)) > 0)
        had_buffer_add(&text, part, got);
    fclose(f);
    had_str copy = had_str_dup(arena, had_buffer_view(&text));
    had_buffer_free(&text);
    return copy;
}
