/* The formatter: its own form, the same tree, every comment; and the form itself, case by case. */
#include "format/format.h"
#include "syntax/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct formatted {
    struct had_arena arena;
    struct had_sources sources;
    struct had_diags diags;
    struct had_file *file;
    struct had_buffer text, shape;
};

static void format_text(struct formatted *f, const char *name, had_str text)
{
    *f = (struct formatted){0};
    f->sources.arena = &f->arena;
    f->diags.arena = &f->arena;
    uint32_t number = had_sources_add(&f->sources, had_str_c(name), text);
    f->file = had_parse(&f->arena, &f->sources, number, &f->diags);
    if (f->diags.items.count)
        fail_msg("%s: %.*s\n%.*s", name, HAD_ARG(f->diags.items.items[0]->message), HAD_ARG(text));
    had_format(&f->text, &f->sources, f->file);
    had_dump_shape(&f->shape, f->file);
}

static void drop(struct formatted *f)
{
    had_buffer_free(&f->text);
    had_buffer_free(&f->shape);
    had_arena_free(&f->arena);
}

static int by_text(const void *a, const void *b)
{
    return had_str_cmp(*(const had_str *)a, *(const had_str *)b);
}

/* The comments of a file, sorted, each with one `#`: those from the middle of a statement move. */
static had_str comments_of(struct formatted *f)
{
    had_array(had_str) all = {0};
    for (uint32_t i = 0; i < f->file->trivia.count; i++) {
        const struct had_trivia *t = &f->file->trivia.items[i];
        if (t->kind == HAD_TRIVIA_BLANK)
            continue;
        had_str text = had_source_text(&f->sources, t->span);
        *had_push(&f->arena, &all) =
            t->kind == HAD_TRIVIA_DOC ? had_str_slice(text, 1, text.len) : text;
    }
    if (all.count)
        qsort(all.items, all.count, sizeof *all.items, by_text);
    struct had_buffer out = {0};
    had_each(had_str, comment, &all)
        had_buffer_printf(&out, "%.*s\n", HAD_ARG(*comment));
    had_str joined = had_str_dup(&f->arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return joined;
}

/* What holds for every file. */
static void check_laws(const char *name, had_str text)
{
    struct formatted once, twice;
    format_text(&once, name, text);
    format_text(&twice, name, had_buffer_view(&once.text));
    if (!had_str_eq(had_buffer_view(&once.text), had_buffer_view(&twice.text)))
        fail_msg("%s: not its own form\n%.*s\n----\n%.*s", name,
                 HAD_ARG(had_buffer_view(&once.text)), HAD_ARG(had_buffer_view(&twice.text)));
    if (!had_str_eq(had_buffer_view(&once.shape), had_buffer_view(&twice.shape)))
        fail_msg("%s: another tree\n%.*s", name, HAD_ARG(had_buffer_view(&once.text)));
    had_str before = comments_of(&once), after = comments_of(&twice);
    if (!had_str_eq(before, after))
        fail_msg("%s: comments\n%.*s----\n%.*s", name, HAD_ARG(before), HAD_ARG(after));
    had_str result = had_buffer_view(&once.text);
    for (uint32_t i = 1; i < result.len; i++) {
        bool ends = result.ptr[i] == '\n';
        if (ends && (result.ptr[i - 1] == '\r'))
            fail_msg("%s: a carriage return", name);
    }
    assert_true(result.len == 0 || result.ptr[result.len - 1] == '\n');
    drop(&once);
    drop(&twice);
}

static void expect(const char *text, const char *form)
{
    struct formatted f;
    format_text(&f, "test.had", had_str_c(text));
    if (!had_str_eq(had_buffer_view(&f.text), had_str_c(form)))
        fail_msg("of\n%s\ngot\n%.*s\nexpected\n%s", text, HAD_ARG(had_buffer_view(&f.text)), form);
    drop(&f);
    check_laws("test.had", had_str_c(text));
}

/* ---- files ---- */

static had_str read_file(struct had_arena *arena, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s cannot be read", path);
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

/* Calls `each` for the files of a folder with this ending, by name; gives their number. */
static uint32_t each_file(const char *folder, const char *ending,
                          void (*each)(const char *path, had_str text))
{
    struct had_arena arena = {0};
    char *root = had_str_cstr(&arena, had_str_printf(&arena, "%s/%s", HAD_SOURCE_DIR, folder));
    struct dirent **entries;
    int count = scandir(root, &entries, NULL, alphasort);
    assert_true(count > 0);
    uint32_t found = 0;
    for (int i = 0; i < count; i++) {
        had_str name = had_str_c(entries[i]->d_name);
        if (had_str_ends(name, ending)) {
            char *path =
                had_str_cstr(&arena, had_str_printf(&arena, "%s/%.*s", root, HAD_ARG(name)));
            each(path, read_file(&arena, path));
            found++;
        }
        free(entries[i]);
    }
    free(entries);
    had_arena_free(&arena);
    return found;
}

static void unchanged(const char *path, had_str text)
{
    struct formatted f;
    format_text(&f, path, text);
    if (!had_str_eq(had_buffer_view(&f.text), text))
        fail_msg("%s changes to\n%.*s", path, HAD_ARG(had_buffer_view(&f.text)));
    drop(&f);
    check_laws(path, text);
}

static void acme_is_formatted(void **state)
{
    (void)state;
    assert_int_equal(each_file("examples/acme", ".had", unchanged), 5);
    assert_int_equal(each_file("examples/acme/modules", ".had", unchanged), 1);
}

static void corpus(void **state)
{
    (void)state;
    assert_in_range(each_file("tests/golden/format", ".had", check_laws), 5, 1000);
    assert_in_range(each_file("tests/golden/format", ".out", unchanged), 5, 1000);
}

/* ---- the form ---- */

static void files(void **state)
{
    (void)state;
    expect("", "");
    expect("\n\n", "");
    expect("# only", "# only\n");
    expect("\n\n# a\n\n\n\n# b\n\n", "# a\n\n# b\n");
    expect("a = 1", "a = 1\n");
    expect("a = 1\r\n\r\n\r\nb = 2\r\n", "a = 1\n\nb = 2\n");
    expect("a = 1, b = 2", "a = 1\nb = 2\n");
}

static void alignment(void **state)
{
    (void)state;
    expect("a=1\nlong=2\n", "a    = 1\nlong = 2\n");
    expect("a=1\n\nlong=2\n", "a = 1\n\nlong = 2\n");
    expect("a=1\n# x\nlong=2\n", "a = 1\n# x\nlong = 2\n");
    expect("a=1 # x\nlong=2\n", "a    = 1  # x\nlong = 2\n");
    expect("a=1\nb {}\nlong=2\n", "a = 1\nb {}\nlong = 2\n");
    expect("a=1\nlet b=1\nlong=2\n", "a = 1\nlet b = 1\nlong = 2\n");
    expect("a=1\nb = [\n1\n]\nlong=2\n", "a = 1\nb = [\n  1\n]\nlong = 2\n");
    expect("a { b=1, long=2 }\n", "a { b = 1, long = 2 }\n");
    expect("a {\nb=1, long=2 }\n", "a {\n  b    = 1\n  long = 2\n}\n");
    expect("\"q q\"=1\nb=2\n", "\"q q\" = 1\nb     = 2\n");
    expect("'\xc3\xa9'=1\nb=2\n", "'\xc3\xa9' = 1\nb   = 2\n");
}

static void one_line_or_several(void **state)
{
    (void)state;
    expect("a {b=1}\n", "a { b = 1 }\n");
    expect("a {\n}\n", "a {}\n");
    expect("a { # x\n}\n", "a {  # x\n}\n");
    expect("x=[ ]\ny=[\n]\n", "x = []\ny = []\n");
    expect("x=[a,b\n]\n", "x = [\n  a\n  b\n]\n");
    expect("x=[a,b,]\n", "x = [a, b]\n");
    expect("if a {b} else {c}\n", "if a { b } else { c }\n");
    expect("if a {b} else {\nc}\n", "if a {\n  b\n} else {\n  c\n}\n");
    /* At 120 columns it stays, at 121 it breaks; nothing is joined. */
    char text[400], wide[400];
    memset(wide, 'w', sizeof wide);
    snprintf(text, sizeof text, "a { b = 1, c = %.*s }\n", 120 - 17, wide);
    expect(text, text);
    char broken[400];
    snprintf(text, sizeof text, "a { b = 1, c = %.*s }\n", 121 - 17, wide);
    snprintf(broken, sizeof broken, "a {\n  b = 1\n  c = %.*s\n}\n", 121 - 17, wide);
    expect(text, broken);
    snprintf(text, sizeof text, "x = [a, %.*s]\n", 120 - 9, wide);
    expect(text, text);
    snprintf(text, sizeof text, "x = [a, %.*s]\n", 121 - 9, wide);
    snprintf(broken, sizeof broken, "x = [\n  a\n  %.*s\n]\n", 121 - 9, wide);
    expect(text, broken);
    snprintf(text, sizeof text, "x = f(a, %.*s)\n", 121 - 10, wide);
    snprintf(broken, sizeof broken, "x = f(\n  a,\n  %.*s\n)\n", 121 - 10, wide);
    expect(text, broken);
    snprintf(text, sizeof text, "x = a and %.*s\n", 121 - 10, wide);
    snprintf(broken, sizeof broken, "x = a and\n    %.*s\n", 121 - 10, wide);
    expect(text, broken);
    /* A string never breaks, nor what is inside it. */
    snprintf(text, sizeof text, "x = \"${f([a, b], %.*s)}\"\n", 150, wide);
    expect(text, text);
}

static void comments_behind_code(void **state)
{
    (void)state;
    expect("a = 1 # x\n", "a = 1  # x\n");
    expect("a = 1          # x\n", "a = 1          # x\n");
    expect("a = 1     # x\nb = 2 # y\n", "a = 1     # x\nb = 2     # y\n");
    expect("a = 1 # x\nb = 22222 # y\n", "a = 1      # x\nb = 22222  # y\n");
    expect("a = 1 # x\n\nb = 22222 # y\n", "a = 1  # x\n\nb = 22222  # y\n");
    expect("a { # x\nb = 1 # y\n} # z\n", "a {  # x\n  b = 1  # y\n}  # z\n");
    expect("a = 1, b = 2 # x\n", "a = 1\nb = 2        # x\n");
}

static void comments_between_words(void **state)
{
    (void)state;
    expect("a = # x\n1\n", "# x\na = 1\n");
    expect("## d\na = ## x\n1\n", "# x\n## d\na = 1\n");
    expect("x = f(a, # b\nc)\n", "# b\nx = f(a, c)\n");
    expect("x = [\n(a and # b\nc)\n]\n", "x = [\n  # b\n  (a and\n      c)\n]\n");
    expect("x = f([ # a\nb])\n", "x = f([  # a\n  b\n])\n");
    expect("k a in # x\nb { # y\n}\n", "# x\nk a in b {  # y\n}\n");
    expect("if a {} else # x\n{}\n", "# x\nif a {} else {}\n");
    expect("param a : one of [ # x\nb]\n", "param a : one of [  # x\n  b\n]\n");
}

static void documentation_stays(void **state)
{
    (void)state;
    expect("## a\n## b\nspec x\n", "## a\n## b\nspec x\n");
    expect("## a\n\n\nspec x\n", "## a\n\nspec x\n");
    expect("x {\n\n## a\n\n## b\ny = 1\n\n}\n", "x {\n  ## a\n\n  ## b\n  y = 1\n}\n");
}

static void kind_words_stay(void **state)
{
    (void)state;
    expect("x = [subnet a, b]\n", "x = [subnet a, b]\n");
    expect("subnet a in zone a\nsubnet b in c\n", "subnet a in zone a\nsubnet b in c\n");
}

static void blocks_of_text(void **state)
{
    (void)state;
    expect("a {\nb = \"\"\"\nx\n  y\n\nz\n\"\"\"\n}\n",
           "a {\n  b = \"\"\"\n    x\n      y\n\n    z\n    \"\"\"\n}\n");
    expect("b = \"\"\"\r\n      x\r\n      \"\"\"\r\n", "b = \"\"\"\n  x\n  \"\"\"\n");
    expect("b = \"\"\"\n    x\n  \"\"\"\n", "b = \"\"\"\n    x\n  \"\"\"\n");
    expect("b = \"\"\"\n  ${ a }\n   ${b}  \n  \"\"\"\n",
           "b = \"\"\"\n  ${a}\n   ${b}  \n  \"\"\"\n");
    expect("b = \"\"\"\n\"\"\"\n", "b = \"\"\"\n  \"\"\"\n");
}

static void deep_and_long(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    struct had_buffer text = {0};
    for (int i = 0; i < HAD_NESTING_MAX; i++)
        had_buffer_c(&text, i % 2 ? "[" : i ? "f(a, " : "x = f(a, ");
    had_buffer_c(&text, "b");
    for (int i = HAD_NESTING_MAX; i-- > 0;)
        had_buffer_c(&text, i % 2 ? "]" : ")");
    had_buffer_char(&text, '\n');
    check_laws("deep", had_buffer_view(&text));
    had_buffer_free(&text);
    had_buffer_c(&text, "x = a");
    for (int i = 0; i < 500; i++)
        had_buffer_c(&text, i % 3 ? " and b == c" : " or d");
    had_buffer_char(&text, '\n');
    check_laws("long", had_buffer_view(&text));
    had_buffer_free(&text);
    had_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acme_is_formatted),
        cmocka_unit_test(corpus),
        cmocka_unit_test(files),
        cmocka_unit_test(alignment),
        cmocka_unit_test(one_line_or_several),
        cmocka_unit_test(comments_behind_code),
        cmocka_unit_test(comments_between_words),
        cmocka_unit_test(documentation_stays),
        cmocka_unit_test(kind_words_stay),
        cmocka_unit_test(blocks_of_text),
        cmocka_unit_test(deep_and_long),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
