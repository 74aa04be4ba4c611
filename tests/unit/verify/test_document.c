/* Templates as trees: what YAML 1.1 makes of a scalar, short forms, and what is refused. */
#include "verify/document.h"

#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct had_doc *read_text(struct had_arena *arena, const char *path, const char *text,
                                 had_str *problem)
{
    return had_doc_read(arena, had_str_c(path), had_str_c(text), problem);
}

static void scalars(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum had_doc_tag tag;
    } rows[] = {
        {"word", HAD_DOC_TEXT},        {"'4711'", HAD_DOC_TEXT},
        {"\"off\"", HAD_DOC_TEXT},     {"4711", HAD_DOC_NUMBER},
        {"-5", HAD_DOC_NUMBER},        {"1.5", HAD_DOC_NUMBER},
        {"0", HAD_DOC_NUMBER},         {"off", HAD_DOC_BOOL},
        {"Yes", HAD_DOC_BOOL},         {"n", HAD_DOC_BOOL},
        {"~", HAD_DOC_NULL},           {"012345678901", HAD_DOC_OTHER},
        {"0x1f", HAD_DOC_OTHER},       {"12:30:45", HAD_DOC_OTHER},
        {"1_000", HAD_DOC_OTHER},      {"1e3", HAD_DOC_OTHER},
        {"2010-09-09", HAD_DOC_OTHER}, {"2010-09-09T01:02:03Z", HAD_DOC_OTHER},
        {".inf", HAD_DOC_OTHER},       {"10.0.0.0/16", HAD_DOC_TEXT},
        {"10.0.0.1", HAD_DOC_TEXT},    {"arn:aws:s3:::a", HAD_DOC_TEXT},
        {"0abc", HAD_DOC_TEXT},        {"python3.13", HAD_DOC_TEXT},
        {"eu-west-1", HAD_DOC_TEXT},   {"tgw-0123", HAD_DOC_TEXT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct had_arena arena = {0};
        had_str problem, text = had_str_printf(&arena, "a: %s\n", rows[i].text);
        const struct had_doc *doc = had_doc_read(&arena, HAD_STR("t.yaml"), text, &problem);
        assert_non_null(doc);
        if (had_doc_at(doc, "a")->tag != rows[i].tag)
            fail_msg("%s is read as %d", rows[i].text, (int)had_doc_at(doc, "a")->tag);
        had_arena_free(&arena);
    }
}

static void forms(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    had_str problem;
    const struct had_doc *yaml =
        read_text(&arena, "t.yaml",
                  "a: !Ref Vpc\nb: !GetAtt Vpc.Arn.x\nc: !If [Given, !Sub 'x${y}', no]\n"
                  "d: |\n  one\n  two\n",
                  &problem);
    assert_non_null(yaml);
    assert_true(had_str_is(had_doc_text(had_doc_at(yaml, "a"), "Ref"), "Vpc"));
    const struct had_doc *get = had_doc_at(had_doc_at(yaml, "b"), "Fn::GetAtt");
    assert_int_equal(get->items.count, 2);
    assert_true(had_str_is(get->items.items[1]->text, "Arn.x"));
    const struct had_doc *choice = had_doc_at(had_doc_at(yaml, "c"), "Fn::If");
    assert_true(had_str_is(had_doc_text(choice->items.items[1], "Fn::Sub"), "x${y}"));
    assert_int_equal(choice->items.items[2]->tag, HAD_DOC_BOOL);
    assert_true(had_str_is(had_doc_text(yaml, "d"), "one\ntwo\n"));
    assert_int_equal(had_doc_at(yaml, "b")->line, 2);

    const struct had_doc *json =
        read_text(&arena, "t.json",
                  "{\"a\": {\"Ref\": \"Vpc\"}, \"n\": 5, \"r\": 1.5, \"z\": null}", &problem);
    assert_non_null(json);
    assert_true(had_str_is(had_doc_text(had_doc_at(json, "a"), "Ref"), "Vpc"));
    assert_true(had_str_is(had_doc_at(json, "n")->text, "5"));
    assert_int_equal(had_doc_at(json, "z")->tag, HAD_DOC_NULL);
    assert_null(had_doc_at(json, "absent"));
    assert_null(had_doc_at(NULL, "absent"));
    had_arena_free(&arena);
}

static void refused(void **state)
{
    (void)state;
    static const char *const yaml[] = {
        "",
        "a: [",
        "a: &x 1\nb: *x\n",
        "a: *x\n",
        "a: 1\na: 2\n",
        "? [a]\n: 1\n",
        "a: !!str 1\n",
        "a: !GetAtt NoDot\n",
        "a: 1\n---\nb: 2\n",
    };
    static const char *const json[] = {"", "{", "{\"a\": 1, \"a\": 2}", "{\"a\": 1} x"};
    struct had_arena arena = {0};
    had_str problem;
    for (size_t i = 0; i < sizeof yaml / sizeof *yaml; i++) {
        if (read_text(&arena, "t.yaml", yaml[i], &problem))
            fail_msg("`%s` is read", yaml[i]);
        assert_true(problem.len > 0);
    }
    for (size_t i = 0; i < sizeof json / sizeof *json; i++)
        assert_null(read_text(&arena, "t.json", json[i], &problem));

    struct had_buffer deep = {0};
    had_buffer_repeat(&deep, '[', 5000);
    assert_null(had_doc_read(&arena, HAD_STR("t.json"), had_buffer_view(&deep), &problem));
    assert_null(had_doc_read(&arena, HAD_STR("t.yaml"), had_buffer_view(&deep), &problem));
    had_buffer_free(&deep);
    had_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars),
        cmocka_unit_test(forms),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
