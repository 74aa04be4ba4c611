/* What YAML and JSON make of texts: nothing may be read back as something else. */
#include "fixture.h"

#include "emit/cloudformation/model.h"

#include <jansson.h>
#include <string.h>
#include <yaml.h>

/* Plain, each of these would be a boolean, a number, a date, null, a comment, an alias or an error.
 */
static const char *const traps[] = {
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "N",
    "true",
    "False",
    "null",
    "Null",
    "NULL",
    "~",
    "",
    " ",
    "0",
    "010",
    "0o17",
    "0x1F",
    "0b11",
    "1_000",
    "+1",
    "-1",
    "1.5",
    "1e3",
    ".5",
    "1.",
    ".inf",
    "-.INF",
    ".nan",
    "1:30",
    "190:20:30.15",
    "2010-09-09",
    "2001-12-14t21:59:43.10-05:00",
    "033333333333",
    "123456789012",
    "=",
    "<<",
    "- a",
    "-",
    "? a",
    ": a",
    "a: b",
    "a:",
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "!!str",
    "|",
    ">",
    "'a'",
    "\"a\"",
    "%a",
    "@a",
    "`a`",
    "[a]",
    "{a}",
    ", a",
    "{{resolve:x}}",
    "a\tb",
    "a\nb",
    " a",
    "a ",
    "\xc2\x85",
    "\xe2\x80\xa8",
    "\xe2\x80\xae",
    "\x01",
    "\x7f",
    ("\xef\xbb\xbf"
     "a"),
};

static const char *const others[] = {
    "core",
    "AWS::EC2::VPC",
    "10.0.0.0/16",
    "10.1.0.10",
    "platform@example.com",
    "arn:aws:iam::aws:policy/X",
    "/aws/directoryservice/aws",
    "Windows time from region eu-west-1",
    "it's",
    "say \"hi\"",
    "gr\xc3\xbc\xc3\x9f",
    "a\nb\n",
    "line one\n  indented\nlast",
    "\nleads",
    "ends\n\n",
    "trailing \nblank",
    "a\\b",
    "50%",
    "\xf0\x9f\x98\x80",
    "  leading\nblock",
    "tab\there\nand there",
    "a,",
};

static void assert_round_trip(const char *value, bool plain_allowed)
{
    struct had_arena arena = {0};
    struct had_cfn *root = had_cfn_map(&arena), *list = had_cfn_list(&arena);
    struct had_cfn *inner = had_cfn_map(&arena);
    had_cfn_append(&arena, list, had_cfn_c(&arena, value));
    had_cfn_put_c(&arena, inner, "K", had_cfn_c(&arena, value));
    had_cfn_append(&arena, list, inner);
    had_cfn_put_c(&arena, root, "A", had_cfn_c(&arena, value));
    had_cfn_put_c(&arena, root, "B", list);
    struct had_buffer out = {0};
    had_cfn_yaml(&out, root);

    yaml_parser_t parser;
    yaml_event_t event;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (unsigned char *)out.ptr, out.len);
    int found = 0;
    for (bool done = false; !done;) {
        if (!yaml_parser_parse(&parser, &event))
            fail_msg("%s\n%.*s", parser.problem, (int)out.len, out.ptr);
        if (event.type == YAML_SCALAR_EVENT) {
            had_str read = {(char *)event.data.scalar.value, (uint32_t)event.data.scalar.length};
            if (!had_str_is(read, "A") && !had_str_is(read, "B") && !had_str_is(read, "K")) {
                if (!had_str_is(read, value))
                    fail_msg("wrote %.*s", (int)out.len, out.ptr);
                if (!plain_allowed)
                    assert_int_not_equal(event.data.scalar.style, YAML_PLAIN_SCALAR_STYLE);
                found++;
            }
        }
        done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    assert_int_equal(found, 3);

    out.len = 0;
    had_cfn_json(&out, root);
    json_error_t error;
    json_t *json = json_loadb(out.ptr, out.len, 0, &error);
    if (!json)
        fail_msg("%s\n%.*s", error.text, (int)out.len, out.ptr);
    assert_string_equal(json_string_value(json_object_get(json, "A")), value);
    json_decref(json);
    had_buffer_free(&out);
    had_arena_free(&arena);
}

static void traps_are_quoted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof traps / sizeof *traps; i++)
        assert_round_trip(traps[i], false);
}

static void texts_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_round_trip(others[i], true);
}

static void every_short_text_comes_back(void **state)
{
    (void)state;
    static const char alphabet[] = "a0 :#-?!&*'\"{},\n.~%";
    char word[4] = "";
    for (const char *a = alphabet; *a; a++)
        for (const char *b = alphabet; *b; b++)
            for (const char *c = alphabet; *c; c++) {
                word[0] = *a;
                word[1] = *b;
                word[2] = *c;
                assert_round_trip(word, true);
            }
}

static void plain_words_stay_plain(void **state)
{
    (void)state;
    static const char *const words[] = {"core", "AWS::EC2::VPC", "10.0.0.0/16", "a@b.c", "it's"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_true(had_yaml_plain(had_str_c(words[i])));
    assert_false(had_yaml_plain(HAD_STR("1.2.3.4.5")));
    assert_false(had_yaml_plain(HAD_STR("1.2.3")));
}

static void comments_stay_comments(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    struct had_cfn *root = had_cfn_map(&arena);
    struct had_cfn_entry *entry = had_cfn_put_c(&arena, root, "A", had_cfn_c(&arena, "b"));
    entry->comment = HAD_STR("one\ntwo: x\r\xe2\x80\xa8three\x1b[31m");
    struct had_buffer out = {0};
    had_cfn_yaml(&out, root);
    had_buffer_char(&out, '\0');
    assert_string_equal(out.ptr, "# one\n# two: x??three?[31m\nA: b\n");
    had_buffer_free(&out);
    had_arena_free(&arena);
}

static void functions_have_short_and_long_forms(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    struct had_cfn *root = had_cfn_map(&arena);
    struct had_cfn *join = had_cfn_new(&arena, HAD_CFN_CALL, HAD_STR("Join"));
    struct had_cfn *parts = had_cfn_list(&arena);
    had_cfn_append(&arena, parts, had_cfn_new(&arena, HAD_CFN_GETATT, HAD_STR("X.Y.Z")));
    had_cfn_append(&arena, join, had_cfn_c(&arena, ","));
    had_cfn_append(&arena, join, parts);
    had_cfn_put_c(&arena, root, "R", had_cfn_new(&arena, HAD_CFN_REF, HAD_STR("X")));
    had_cfn_put_c(&arena, root, "J", join);
    had_cfn_put_c(&arena, root, "S", had_cfn_new(&arena, HAD_CFN_SUB, HAD_STR("a-${X}")));
    struct had_buffer out = {0};
    had_cfn_yaml(&out, root);
    had_buffer_char(&out, '\0');
    assert_string_equal(
        out.ptr, "R: !Ref X\nJ: !Join\n  - ','\n  -\n    - !GetAtt X.Y.Z\nS: !Sub 'a-${X}'\n");
    out.len = 0;
    had_cfn_json(&out, root);
    had_buffer_char(&out, '\0');
    assert_has(out.ptr, "\"R\": { \"Ref\": \"X\" }");
    assert_has(out.ptr, "{ \"Fn::GetAtt\": [\"X\", \"Y.Z\"] }");
    assert_has(out.ptr, "\"S\": { \"Fn::Sub\": \"a-${X}\" }");
    had_buffer_free(&out);
    had_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traps_are_quoted),
        cmocka_unit_test(texts_come_back),
        cmocka_unit_test(every_short_text_comes_back),
        cmocka_unit_test(plain_words_stay_plain),
        cmocka_unit_test(comments_stay_comments),
        cmocka_unit_test(functions_have_short_and_long_forms),
    };
    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
