/* Markdown: whatever a text holds, none of it is markup. */
#include "diag/render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void expect(void (*add)(struct had_buffer *, had_str), const char *text,
                   const char *expected)
{
    struct had_buffer out = {0};
    add(&out, had_str_c(text));
    had_buffer_char(&out, '\0');
    assert_string_equal(out.ptr, expected);
    had_buffer_free(&out);
}

static void code(void **state)
{
    (void)state;
    expect(had_markdown_code, "hub core", "`hub core`");
    expect(had_markdown_code, "", "`  `");
    expect(had_markdown_code, "a|b", "`a\\|b`");
    expect(had_markdown_code, "a`b", "``a`b``");
    expect(had_markdown_code, "`a", "`` `a ``");
    expect(had_markdown_code, "a``b`c", "```a``b`c```");
    expect(had_markdown_code, "<b>\x1b[1m\n", "`<b>\\u{1b}[1m\\u{a}`");
}

static void sentence(void **state)
{
    (void)state;
    expect(had_markdown_sentence, "directory `aws` is of the standard edition",
           "directory `aws` is of the standard edition");
    expect(had_markdown_sentence, "write `a|b`", "write `a\\|b`");
    /* Anything that could be markup outside of code makes all of it code. */
    expect(had_markdown_sentence, "see <img src=x>", "`see <img src=x>`");
    expect(had_markdown_sentence, "@everyone", "`@everyone`");
    expect(had_markdown_sentence, "a name `x` ![](y) `z`", "`` a name `x` ![](y) `z` ``");
    expect(had_markdown_sentence, "one ` too many", "``one ` too many``");
    expect(had_markdown_sentence, "``x`` is two", "``` ``x`` is two ```");
    expect(had_markdown_sentence, "# heading", "`# heading`");
    expect(had_markdown_sentence, "a\nb", "`a\\u{a}b`");
}

/* In any mix of dangerous characters: no control character, no bar that ends a cell, no line break.
 */
static void any_text(void **state)
{
    (void)state;
    static const char letters[] = "`|<>[]()!@#*_~\\&a \n\r\x1b";
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        char text[16];
        uint32_t len = 0;
        for (; len < 12; len++) {
            seed = seed * 1664525u + 1013904223u;
            text[len] = letters[(seed >> 16) % (sizeof letters - 1)];
        }
        struct had_buffer out = {0};
        had_markdown_sentence(&out, (had_str){text, len});
        for (size_t i = 0; i < out.len; i++) {
            assert_true((unsigned char)out.ptr[i] >= ' ');
            assert_true(out.ptr[i] != '|' || (i && out.ptr[i - 1] == '\\'));
        }
        /* The span that it opens is the one that it ends with, and no run of that length stands
         * between. */
        size_t fence = 0;
        while (fence < out.len && out.ptr[fence] == '`')
            fence++;
        if (fence > 1 && out.len > 2 * fence) {
            size_t run = 0;
            for (size_t i = fence; i < out.len - fence; i++) {
                run = out.ptr[i] == '`' ? run + 1 : 0;
                assert_true(run < fence);
            }
        }
        had_buffer_free(&out);
    }
}

static void report(void **state)
{
    (void)state;
    static const struct had_code rule = {
        .code = "DC002", .severity = HAD_ERROR, .title = "t", .help = "do <this>"};
    struct had_arena arena = {0};
    struct had_sources sources = {.arena = &arena};
    struct had_diags diags = {.arena = &arena};
    struct had_buffer out = {0};
    had_sources_add(&sources, HAD_STR("a|b.had"), HAD_STR("first\n"));
    had_render_markdown(&out, &diags, &sources, HAD_STR("acme"));
    had_buffer_char(&out, '\0');
    assert_string_equal(out.ptr, "### Findings in `acme`\n\n0 errors, 0 warnings, 0 info.\n");
    had_buffer_free(&out);
    out = (struct had_buffer){0};
    for (int i = 0; i < 60; i++)
        had_report(&diags, &rule, (struct had_span){1, 0, 5}, "finding %d", i);
    had_diag_waive(had_report(&diags, &rule, (struct had_span){1, 0, 5}, "waived"), HAD_STR("x"));
    had_render_markdown(&out, &diags, &sources, (had_str){"", 0});
    had_buffer_char(&out, '\0');
    assert_non_null(strstr(out.ptr, "60 errors, 0 warnings, 0 info; 1 waived.\n"));
    assert_non_null(
        strstr(out.ptr, "| error | DC002 | finding 0<br>help: `do <this>` | `a\\|b.had:1` |\n"));
    assert_non_null(strstr(out.ptr, "\n… and 10 more.\n"));
    assert_null(strstr(out.ptr, "waived |"));
    had_buffer_free(&out);
    had_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code),
        cmocka_unit_test(sentence),
        cmocka_unit_test(any_text),
        cmocka_unit_test(report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
