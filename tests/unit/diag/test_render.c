/* Golden tests of the forms of findings. */
#include "diag/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static const struct had_code rule = {
    .code = "DC002",
    .severity = HAD_ERROR,
    .title = "domain controllers share one zone",
    .why = "losing one zone must not end sign-in",
    .help = "put one controller in another zone",
    .source = "SEED",
};
static const struct had_code language = {.code = "HAD9998",
                                         .severity = HAD_WARNING,
                                         .title = "a test",
                                         .why = "of forms",
                                         .help = "",
                                         .hard = true};

struct fixture {
    struct had_arena arena;
    struct had_sources sources;
    struct had_diags diags;
};

static struct fixture *start(struct fixture *f, const char *path, const char *text)
{
    *f = (struct fixture){0};
    f->sources.arena = &f->arena;
    f->diags.arena = &f->arena;
    had_sources_add(&f->sources, had_str_c(path), had_str_c(text));
    return f;
}

/* The span of the n-th (from 0) occurrence of `part` in the file. */
static struct had_span nth(struct fixture *f, uint32_t file, const char *part, uint32_t n)
{
    had_str text = f->sources.files.items[file - 1]->text;
    size_t len = strlen(part);
    for (uint32_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.ptr + i, part, len) == 0 && n-- == 0)
            return (struct had_span){file, i, i + (uint32_t)len};
    fail_msg("`%s` is not in the text", part);
    return (struct had_span){0};
}

static void expect_text(struct fixture *f, const char *expected)
{
    struct had_buffer out = {0};
    had_render_text(&out, &f->diags, &f->sources, false);
    had_buffer_char(&out, '\0');
    assert_string_equal(out.ptr, expected);
    had_buffer_free(&out);
    had_arena_free(&f->arena);
}

/* The example of the product page, to the letter. */
static void labels_on_two_lines(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, "directories.had",
          "\n\n\n\n\n\n\n\n"
          "  controller dc-aws-1 in subnet shared.directory-a { … }\n"
          "  controller dc-aws-2 in subnet shared.directory-a { … }\n");
    struct had_span first = nth(&f, 1, "shared.directory-a", 0),
                    second = nth(&f, 1, "shared.directory-a", 1);
    struct had_diag *d = had_report(&f.diags, &rule, second, "domain controllers share one zone");
    had_diag_label(d, first, "also zone a");
    had_diag_label(d, second, "zone a");
    had_diag_note(d, "losing zone a would stop sign-in for every user of forest corp in eu-west-1");
    had_diag_help(d, "put one controller in `shared.directory-b`");
    expect_text(
        &f,
        "error[DC002]: domain controllers share one zone\n"
        "  --> directories.had:10:33\n"
        "   |\n"
        " 9 |   controller dc-aws-1 in subnet shared.directory-a { … }\n"
        "   |                                 ------------------ also zone a\n"
        "10 |   controller dc-aws-2 in subnet shared.directory-a { … }\n"
        "   |                                 ^^^^^^^^^^^^^^^^^^ zone a\n"
        "   = why:  losing zone a would stop sign-in for every user of forest corp in eu-west-1\n"
        "   = help: put one controller in `shared.directory-b`\n"
        "   = see:  had explain DC002\n");
}

static void several_labels_on_one_line(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, "a.had", "trust aws with corp {}\n");
    struct had_diag *d = had_report(&f.diags, &rule, nth(&f, 1, "with", 0), "two of one name");
    had_diag_label(d, nth(&f, 1, "aws", 0), "one");
    had_diag_label(d, nth(&f, 1, "with", 0), "between");
    had_diag_label(d, nth(&f, 1, "corp", 0), "other");
    expect_text(&f, "error[DC002]: two of one name\n"
                    " --> a.had:1:11\n"
                    "  |\n"
                    "1 | trust aws with corp {}\n"
                    "  |       --- ^^^^ ---- other\n"
                    "  |       |   |\n"
                    "  |       |   between\n"
                    "  |       one\n"
                    "  = why:  losing one zone must not end sign-in\n"
                    "  = help: put one controller in another zone\n"
                    "  = see:  had explain DC002\n");
}

static void nested_and_equal_spans(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, "a.had", "forest corp { }\n");
    struct had_diag *d = had_report(&f.diags, &language, nth(&f, 1, "corp", 0), "inside");
    had_diag_label(d, nth(&f, 1, "forest corp { }", 0), "all of it");
    had_diag_label(d, nth(&f, 1, "corp", 0), "the name");
    had_diag_note(d, "a note");
    had_diag_note(d, "two\nlines");
    expect_text(&f, "warning[HAD9998]: inside\n"
                    " --> a.had:1:8\n"
                    "  |\n"
                    "1 | forest corp { }\n"
                    "  | -------^^^^----\n"
                    "  | |      |\n"
                    "  | |      the name\n"
                    "  | all of it\n"
                    "  = note: a note\n"
                    "  = note: two\n"
                    "          lines\n"
                    "  = see:  had explain HAD9998\n");
}

static void several_lines(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, "a.had", "forest corp {\n\n  level = 2016\n}\nsite x\n");
    struct had_diag *d =
        had_report(&f.diags, &language, nth(&f, 1, "corp {\n\n  level = 2016\n}", 0), "long");
    had_diag_label(d, d->span, "here");
    expect_text(&f, "warning[HAD9998]: long\n"
                    " --> a.had:1:8\n"
                    "  |\n"
                    "1 | forest corp {\n"
                    "  |        ^^^^^^\n"
                    "2 |\n"
                    "3 |   level = 2016\n"
                    "  |   ^^^^^^^^^^^^\n"
                    "4 | }\n"
                    "  | ^ here\n"
                    "  = see:  had explain HAD9998\n");
    start(&f, "a.had", "a {\n b\n c\n d\n e\n f\n}\n");
    had_report(&f.diags, &language, nth(&f, 1, "a {\n b\n c\n d\n e\n f\n}", 0), "very long");
    expect_text(&f, "warning[HAD9998]: very long\n"
                    " --> a.had:1:1\n"
                    "  |\n"
                    "1 | a {\n"
                    "  | ^^^\n"
                    "…\n"
                    "7 | }\n"
                    "  | ^\n"
                    "  = see:  had explain HAD9998\n");
}

static void other_files_and_counts(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, "a.had", "x\n");
    had_sources_add(&f.sources, HAD_STR("b.had"), HAD_STR("\n\nyy zz\n"));
    struct had_diag *d = had_report(&f.diags, &language, nth(&f, 1, "x", 0), "twice");
    had_diag_label(d, nth(&f, 2, "zz", 0), "also here");
    d->like_it = 1249;
    expect_text(&f, "warning[HAD9998]: twice (and 1,249 like it)\n"
                    " --> a.had:1:1\n"
                    "  |\n"
                    "1 | x\n"
                    "  | ^\n"
                    " ::: b.had:3:4\n"
                    "  |\n"
                    "3 | yy zz\n"
                    "  |    -- also here\n"
                    "  = see:  had explain HAD9998\n");
}

static void without_place(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, "a.had", "x\n");
    had_report(&f.diags, &language, (struct had_span){0}, "nowhere");
    struct had_diag *d = had_report(&f.diags, &language, (struct had_span){0}, "hidden");
    had_diag_waive(d, HAD_STR("because"));
    expect_text(&f, "warning[HAD9998]: nowhere\n"
                    "  = see:  had explain HAD9998\n");
}

/* A tab is four cells, a wide character two, a combining one none: underlines stay below their
 * text. */
static void tabs_and_wide_characters(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, "a.had", "\tname = \"日本e\xcc\x81\" x\n");
    had_report(&f.diags, &language, nth(&f, 1, "x", 0), "after");
    had_report(&f.diags, &language, nth(&f, 1, "日本e\xcc\x81", 0), "on");
    expect_text(&f, "warning[HAD9998]: after\n"
                    " --> a.had:1:16\n"
                    "  |\n"
                    "1 |     name = \"日本e\xcc\x81\" x\n"
                    "  |                    ^\n"
                    "  = see:  had explain HAD9998\n"
                    "\n"
                    "warning[HAD9998]: on\n"
                    " --> a.had:1:10\n"
                    "  |\n"
                    "1 |     name = \"日本e\xcc\x81\" x\n"
                    "  |             ^^^^^\n"
                    "  = see:  had explain HAD9998\n");
}

static void hostile_characters(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, "\x1b]0;title\a.had", "a = \"\x1b[31m\xe2\x80\xae\" # \xff\n");
    struct had_diag *d = had_report(&f.diags, &language, nth(&f, 1, "#", 0), "bad \x1b[2J name\r");
    had_diag_label(d, d->span,
                   "\xc2\x9b"
                   "0m");
    expect_text(&f, "warning[HAD9998]: bad \\u{1b}[2J name\\u{d}\n"
                    " --> \\u{1b}]0;title\\u{7}.had:1:14\n"
                    "  |\n"
                    "1 | a = \"\\u{1b}[31m\\u{202e}\" # \\x{ff}\n"
                    "  |                          ^ \\u{9b}0m\n"
                    "  = see:  had explain HAD9998\n");
}

static void line_ends(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, "a.had", "a =\r\nb");
    struct had_span at = {1, 3, 3};
    had_report(&f.diags, &language, at, "a value is missing");
    had_report(&f.diags, &language, (struct had_span){1, 6, 6}, "end of file");
    expect_text(&f, "warning[HAD9998]: a value is missing\n"
                    " --> a.had:1:4\n"
                    "  |\n"
                    "1 | a =\n"
                    "  |    ^\n"
                    "  = see:  had explain HAD9998\n"
                    "\n"
                    "warning[HAD9998]: end of file\n"
                    " --> a.had:2:2\n"
                    "  |\n"
                    "2 | b\n"
                    "  |  ^\n"
                    "  = see:  had explain HAD9998\n");
}

/* No line of more than 160 columns, the span always inside, and underlined where it stands. */
static void long_lines(void **state)
{
    (void)state;
    static const uint32_t places[] = {0, 10, 120, 155, 158, 160, 170, 1000, 1999};
    static char text[2001];
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        memset(text, '.', 2000);
        text[places[i]] = 'X';
        struct fixture f;
        start(&f, "a.had", text);
        had_report(&f.diags, &language, nth(&f, 1, "X", 0), "far");
        struct had_buffer out = {0};
        had_render_text(&out, &f.diags, &f.sources, false);
        had_buffer_char(&out, '\0');
        const char *line = strstr(out.ptr, "1 | ");
        assert_non_null(line);
        const char *end = strchr(line, '\n'), *below = end + 1;
        uint32_t columns = 0, at = 0, mark = 0;
        for (const char *c = line + 4; c < end; c++) {
            if (((unsigned char)*c & 0xc0) == 0x80)
                continue;
            if (*c == 'X')
                at = columns;
            columns++;
        }
        assert_true(columns <= 160);
        assert_non_null(memchr(line, 'X', (size_t)(end - line)));
        assert_non_null(strstr(line, "…"));
        while (below[4 + mark] == ' ')
            mark++;
        assert_int_equal(below[4 + mark], '^');
        assert_int_equal(mark, at);
        had_buffer_free(&out);
        had_arena_free(&f.arena);
    }
}

static void colours_only_when_asked(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, "a.had", "x\n");
    struct had_diag *d = had_report(&f.diags, &language, nth(&f, 1, "x", 0), "m");
    had_diag_label(d, d->span, "t");
    struct had_buffer out = {0};
    had_render_text(&out, &f.diags, &f.sources, true);
    had_buffer_char(&out, '\0');
    assert_string_equal(out.ptr, "\x1b[1;33mwarning[HAD9998]\x1b[0m\x1b[1m: m\x1b[0m\n"
                                 " \x1b[34m-->\x1b[0m a.had:1:1\n"
                                 "\x1b[34m  |\x1b[0m\n"
                                 "\x1b[34m1 |\x1b[0m x\n"
                                 "\x1b[34m  |\x1b[0m \x1b[1;33m^ t\x1b[0m\n"
                                 "  \x1b[34m=\x1b[0m see:  had explain HAD9998\n");
    had_buffer_free(&out);
    had_arena_free(&f.arena);
}

static void fixes(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, "a.had", "10.0.0.1/8\n");
    struct had_diag *d = had_report(&f.diags, &language, nth(&f, 1, "10.0.0.1/8", 0), "host bits");
    had_diag_fix(d, true, d->span, HAD_STR("10.0.0.0/8"), "write `10.0.0.0/8`");
    had_diag_fix(d, false, d->span, HAD_STR("10.0.0.1/32"), "write `10.0.0.1/32`");
    expect_text(&f, "warning[HAD9998]: host bits\n"
                    " --> a.had:1:1\n"
                    "  |\n"
                    "1 | 10.0.0.1/8\n"
                    "  | ^^^^^^^^^^\n"
                    "  = fix:  write `10.0.0.0/8` (`had check --fix` does it)\n"
                    "  = fix:  write `10.0.0.1/32`\n"
                    "  = see:  had explain HAD9998\n");
}

static void short_form(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, "a.had", "x\ny\n");
    had_report(&f.diags, &rule, nth(&f, 1, "y", 0), "one\nline")->like_it = 2;
    had_report(&f.diags, &language, (struct had_span){0}, "nowhere");
    struct had_diag *d = had_report(&f.diags, &language, (struct had_span){0}, "hidden");
    had_diag_waive(d, HAD_STR("because"));
    struct had_buffer out = {0};
    had_render_short(&out, &f.diags, &f.sources);
    had_buffer_char(&out, '\0');
    assert_string_equal(out.ptr, "a.had:2:1: error DC002: one\\u{a}line (and 2 like it)\n"
                                 "warning HAD9998: nowhere\n");
    had_buffer_free(&out);
    had_arena_free(&f.arena);
}

static void json_form(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, "a.had", "corp\n\tcorp \xe2\x80\xae\n");
    struct had_diag *d =
        had_report(&f.diags, &rule, nth(&f, 1, "corp", 1), "twice \xe2\x80\xae \xff");
    had_diag_address(d, HAD_STR("forest corp"));
    had_diag_label(d, nth(&f, 1, "corp", 0), "first");
    had_diag_label(d, d->span, "second");
    had_diag_note(d, "a note");
    had_diag_fix(d, true, d->span, HAD_STR("lab"), "rename");
    had_diag_edit(d, nth(&f, 1, "corp", 0), HAD_STR(""));
    d->like_it = 3;
    struct had_diag *w = had_report(&f.diags, &language, (struct had_span){0}, "waived");
    had_diag_waive(w, HAD_STR("reason"));
    struct had_buffer out = {0};
    had_render_json(&out, &f.diags, &f.sources, HAD_STR("acme"));
    had_buffer_char(&out, '\0');
    assert_string_equal(out.ptr, "{\n"
                                 "  \"version\": 1,\n"
                                 "  \"spec\": \"acme\",\n"
                                 "  \"summary\": {\n"
                                 "    \"error\": 1,\n"
                                 "    \"warning\": 0,\n"
                                 "    \"info\": 0,\n"
                                 "    \"waived\": 1,\n"
                                 "    \"known\": 0\n"
                                 "  },\n"
                                 "  \"findings\": [\n"
                                 "    {\n"
                                 "      \"code\": \"DC002\",\n"
                                 "      \"severity\": \"error\",\n"
                                 "      \"message\": \"twice \\u202e \xef\xbf\xbd\",\n"
                                 "      \"like_it\": 3,\n"
                                 "      \"address\": \"forest corp\",\n"
                                 "      \"file\": \"a.had\",\n"
                                 "      \"line\": 2,\n"
                                 "      \"column\": 2,\n"
                                 "      \"end_line\": 2,\n"
                                 "      \"end_column\": 6,\n"
                                 "      \"label\": \"second\",\n"
                                 "      \"related\": [\n"
                                 "        {\n"
                                 "          \"file\": \"a.had\",\n"
                                 "          \"line\": 1,\n"
                                 "          \"column\": 1,\n"
                                 "          \"message\": \"first\"\n"
                                 "        }\n"
                                 "      ],\n"
                                 "      \"notes\": [\n"
                                 "        \"a note\"\n"
                                 "      ],\n"
                                 "      \"help\": \"put one controller in another zone\",\n"
                                 "      \"fixes\": [\n"
                                 "        {\n"
                                 "          \"title\": \"rename\",\n"
                                 "          \"safe\": true,\n"
                                 "          \"edits\": [\n"
                                 "            {\n"
                                 "              \"file\": \"a.had\",\n"
                                 "              \"line\": 2,\n"
                                 "              \"column\": 2,\n"
                                 "              \"end_line\": 2,\n"
                                 "              \"end_column\": 6,\n"
                                 "              \"text\": \"lab\"\n"
                                 "            },\n"
                                 "            {\n"
                                 "              \"file\": \"a.had\",\n"
                                 "              \"line\": 1,\n"
                                 "              \"column\": 1,\n"
                                 "              \"end_line\": 1,\n"
                                 "              \"end_column\": 5,\n"
                                 "              \"text\": \"\"\n"
                                 "            }\n"
                                 "          ]\n"
                                 "        }\n"
                                 "      ],\n"
                                 "      \"waived\": null,\n"
                                 "      \"source\": \"SEED\",\n"
                                 "      \"fingerprint\": \"751932b562a632e1\",\n"
                                 "      \"known\": false\n"
                                 "    },\n"
                                 "    {\n"
                                 "      \"code\": \"HAD9998\",\n"
                                 "      \"severity\": \"warning\",\n"
                                 "      \"message\": \"waived\",\n"
                                 "      \"like_it\": 0,\n"
                                 "      \"address\": null,\n"
                                 "      \"file\": null,\n"
                                 "      \"line\": 0,\n"
                                 "      \"column\": 0,\n"
                                 "      \"end_line\": 0,\n"
                                 "      \"end_column\": 0,\n"
                                 "      \"label\": null,\n"
                                 "      \"related\": [],\n"
                                 "      \"notes\": [],\n"
                                 "      \"help\": null,\n"
                                 "      \"fixes\": [],\n"
                                 "      \"waived\": \"reason\",\n"
                                 "      \"source\": null,\n"
                                 "      \"fingerprint\": \"17a6720fba37684a\",\n"
                                 "      \"known\": false\n"
                                 "    }\n"
                                 "  ]\n"
                                 "}\n");
    json_error_t error;
    json_t *again = json_loads(out.ptr, 0, &error);
    assert_non_null(again);
    json_decref(again);
    had_buffer_free(&out);
    had_arena_free(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_on_two_lines),
        cmocka_unit_test(several_labels_on_one_line),
        cmocka_unit_test(nested_and_equal_spans),
        cmocka_unit_test(several_lines),
        cmocka_unit_test(other_files_and_counts),
        cmocka_unit_test(without_place),
        cmocka_unit_test(tabs_and_wide_characters),
        cmocka_unit_test(hostile_characters),
        cmocka_unit_test(line_ends),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(colours_only_when_asked),
        cmocka_unit_test(fixes),
        cmocka_unit_test(short_form),
        cmocka_unit_test(json_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
