/* Mistakes: what is said, where, and that each is said once. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void eight_planted_errors(void **state)
{
    (void)state;
    expect_findings("had 1\n"
                    "spoke a in account b {\n"
                    "  cidr =\n" /* no value */
                    "  role = workload\n"
                    "  segment = segment shared cidr = 1\n" /* no comma */
                    "  subnet x in { cidr = 1 }\n"          /* no value of a clause */
                    "}\n"
                    "site dublin {\n"
                    "  ranges = [10.0.0.0/12, 192.168.0.0/16\n" /* no bracket */
                    "  dns = [10.1.0.10, , 10.1.0.11]\n"        /* no item */
                    "}\n"
                    "let at = 5\n" /* reserved */
                    "assert \"x\" {\n"
                    "  require a = b\n" /* = for == */
                    "}\n"
                    "tags = { a = 1 }\n" /* = { */
                    "spoke z in account y\n",
                    "HAD0101@3:8 HAD0111@5:28 HAD0101@6:15 HAD0105@9:12 HAD0101@10:21 HAD0109@12:5 "
                    "HAD0110@14:13 HAD0117@16:6");
}

static void recovery_keeps_the_rest(void **state)
{
    (void)state;
    struct parsed *p = parse("a = = 1\nb = 2\nc { d = ), e = 3 }\nf = 4\n");
    assert_int_equal(p->file->stmts.count, 4);
    assert_int_equal(p->file->stmts.items[0]->kind, HAD_STMT_ERROR);
    assert_int_equal(p->file->stmts.items[1]->kind, HAD_STMT_ATTR);
    assert_int_equal(p->file->stmts.items[2]->as.block.body->stmts.count, 2);
    assert_int_equal(p->file->stmts.items[2]->as.block.body->stmts.items[1]->kind, HAD_STMT_ATTR);
    assert_int_equal(p->file->stmts.items[3]->kind, HAD_STMT_ATTR);
}

static void a_bad_head_costs_its_body(void **state)
{
    (void)state;
    expect_findings("spoke a in in b {\n  c = = 1\n  d {\n  }\n}\ne = = 2\n",
                    "HAD0101@1:12 HAD0101@6:5");
    expect_findings("if = 1 { a } else { b }\nc = = 1\n", "HAD0109@1:1 HAD0101@2:5");
    expect_findings("x = [a == == b, c\n  d\n]\ny = = 1\n", "HAD0101@1:11 HAD0101@4:5");
}

static void what_was_expected(void **state)
{
    (void)state;
    expect_message("a { b = }\n", "expected a value after `=`, found `}`");
    expect_message("a = 1 2\n", "expected an operator or the end of the statement, found `2`");
    expect_message("x = [a b c]\n", "expected an operator, a comma or `]`, found `c`");
    expect_message("x = f(a b c)\n", "expected an operator, a comma or `)`, found `c`");
    expect_message("x = [a, , b]\n", "expected a value or `]` after `,`, found `,`");
    expect_message("for x y {}\n", "expected `in`, found `y`");
    expect_message("for x in y\n", "expected `{`, found the end of the line");
    expect_message("module {}\n", "expected a name after `module`, found `{`");
    expect_message("param a = 1\n", "expected `:`, found `=`");
    expect_message("param a : [b]\n", "expected a name after `:`, found `[`");
    expect_message("param a : list of 5\n", "expected a name or a list after `of`, found `5`");
    expect_message("x = if a then b\n",
                   "expected `else` or an operator, found the end of the line");
    expect_message("require a else b\n", "expected a string after `else`, found `b`");
    expect_message("existing param a : text\n", "expected a name after `existing`, found `param`");
    expect_message("5 = a\n", "expected a statement, found `5`");
    expect_message("k in", "expected a value after `in`, found the end of the file");
}

static void special_sentences(void **state)
{
    (void)state;
    expect_message("for s in every spoke where .role = workload {\n}\n",
                   "a comparison is written `==`");
    expect_message("require a = b\n", "a comparison is written `==`");
    expect_message("a == 1\n", "a value is set by `=`, not by `==`");
    expect_message("a: 1\n", "a value is set by `=`, not by `:`");
    expect_message("a { b = 1 c = 2 }\n", "a comma is missing before `c`");
    expect_message("a { b {} c = 2 }\n", "a comma is missing before `c`");
    expect_message("a { b {} spoke c {} }\n", "a comma is missing before `spoke`");
    expect_message("let for = 1\n", "`for` is a reserved word and cannot be a name");
    expect_message("zones { in = 1 }\n", "`in` is a reserved word and cannot be a name");
    expect_message("x = in.a\n", "`in` is a reserved word and cannot be a name");
    expect_message("if a {\n}\nelse {\n}\n", "`else` stands on the line of the `}` before it");
    expect_message("a b\n{\n  c = 1\n}\n", "`{` stands at the end of the line that it belongs to");
    expect_message("for a in b\n{\n}\n", "`{` stands at the end of the line that it belongs to");
    expect_message("tags = { a = 1 }\n", "a body stands behind its name without `=`");
    expect_message("x = a == b == c\n", "comparisons do not follow each other");
    expect_message("a =\nb = 1\n", "the statement stops after `=`");
    expect_message("require a and\nb = 1\n", "the statement stops after `and`");
    expect_message("x = a + b\n", "`+` is no operator: there is no arithmetic");
    expect_message("a = 1;\n", "`;` does not end a statement");
    expect_message("// a\n", "`//` does not start a comment");
    expect_message("a = b && c\n", "`&` is no operator");
    expect_message("a = !b\n", "`!` is no operator");
    expect_message("a = CORP\\x\n", "`\\` stands only in a string");
    expect_message("spoke \xc3\xa9\n", "the name `\xc3\xa9` holds U+00E9");
    expect_message("spoke a-\n", "the name `a-` ends with `-`");
    expect_message("a = \xe2\x80\x9cx\xe2\x80\x9d\n",
                   "U+201C is not a quotation mark of the language");
    expect_message("a\xc2\xa0= 1\n", "U+00A0 looks like a space but is not one");
    expect_message("\"a${b}\" = 1\n",
                   "the name of an attribute is fixed text, without `${\xe2\x80\xa6}`");
}

static void helps(void **state)
{
    (void)state;
    struct parsed *p = parse("if a {} else if b {}\n");
    assert_true(
        had_str_is(p->diags.items.items[0]->help,
                   "there is no `else if`: write `else { if \xe2\x80\xa6 { \xe2\x80\xa6 } }`"));
    p = parse("x = a == every b\n");
    assert_true(had_str_starts(p->diags.items.items[0]->help, "inside an expression a selection"));
    p = parse("a.b = 1\n");
    assert_true(had_str_starts(p->diags.items.items[0]->help, "an attribute is one name"));
    p = parse("let at = 1\n");
    assert_true(had_str_is(p->diags.items.items[0]->help, "take another name, such as `region`"));
    /* The bracket in which it happened is shown. */
    p = parse("x = f(a\n  b c d)\n");
    assert_int_equal(p->diags.items.items[0]->labels.count, 1);
    assert_int_equal(p->diags.items.items[0]->labels.items[0].span.start, 5);
}

/* Fixes marked safe give a text without this finding. */
static void safe_fixes(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"a { b = 1 c = 2 }\n", "a { b = 1, c = 2 }\n"},
        {"a == 1\n", "a = 1\n"},
        {"a: 1\n", "a= 1\n"},
        {"tags = { a = 1 }\n", "tags  { a = 1 }\n"},
        {"if a {\n}\n  else {\n}\n", "if a {\n} else {\n}\n"},
        {"a b\n{\n}\n", "a b {\n}\n"},
        {"for a in b\n\n{\n}\n", "for a in b {\n}\n"},
        {"// a\n", "# a\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct parsed *p = parse(cases[i].before);
        assert_int_equal(p->diags.items.count, 1);
        const struct had_diag *d = p->diags.items.items[0];
        assert_int_equal(d->fixes.count, 1);
        assert_true(d->fixes.items[0].safe);
        const struct had_edit *edit = &d->fixes.items[0].edits.items[0];
        char fixed[256];
        snprintf(fixed, sizeof fixed, "%.*s%.*s%s", (int)edit->span.start, cases[i].before,
                 HAD_ARG(edit->text), cases[i].before + edit->span.end);
        assert_string_equal(fixed, cases[i].after);
        expect_findings(fixed, "");
    }
    /* A comment in between is not joined away. */
    struct parsed *p = parse("if a {\n} # why\nelse {\n}\n");
    assert_int_equal(p->diags.items.items[0]->fixes.count, 0);
}

static void strings_without_end(void **state)
{
    (void)state;
    expect_findings("a = \"x\nb = 1\n", "HAD0103@1:5");
    expect_findings("a = 'x\nb = 1\n", "HAD0103@1:5");
    expect_findings("a { b = \"x }\nc = 1\n", "HAD0103@1:9");
    expect_findings("a { b = 'x }\nc = 1\n", "HAD0103@1:9");
    expect_findings("a \"x {\n  b = 1\n}\n", "HAD0103@1:3");
    expect_findings("a = \"x}\nb = 1\n", "HAD0103@1:5");
    expect_findings("a = [\"x, \"y\"]\nb = 1\n", "HAD0101@1:11 HAD0103@1:12");
    expect_findings("a = \"${b\nc = 1\n", "HAD0104@1:6");
    expect_findings("a = \"x${b\"\nc = 1\n", "HAD0104@1:7");
    expect_findings("a = \"x${b \"y\" }\nc = 1\n", "HAD0103@1:5");
    expect_findings("a = \"${\"${b\"}\"\nc = 1\n", "HAD0104@1:6");
    expect_findings("a = \"x", "HAD0103@1:5");
    expect_findings("a = \"${", "HAD0104@1:6");
    expect_findings("b = 1\na = \"\"\"\n  x {\n", "HAD0103@2:5");
    expect_findings("a = \"\"\"\n  x ${b\n  \"\"\"\nc = = 1\n", "HAD0104@2:5 HAD0101@4:5");
}

static void escapes(void **state)
{
    (void)state;
    expect_findings("a = \"CORP\\Admins\"\n", "HAD0113@1:10");
    expect_findings(
        "a = \"\\u{}\"\nb = \"\\u{d800}\"\nc = \"\\u{110000}\"\nd = \"\\u{7}\"\ne = \"\\u12\"\n",
        "HAD0113@1:6 HAD0113@2:6 HAD0113@3:6 HAD0113@4:6 HAD0113@5:6");
    expect_message("a = \"\\\xc3\xa9\"\n", "`\\\xc3\xa9` is not an escape");
    expect_findings("a = \"\"\"\n  x\\\n  \"\"\"\n", "HAD0113@2:4");
}

static void blocks_of_text(void **state)
{
    (void)state;
    expect_findings("a = \"\"\"x\n  \"\"\"\n", "HAD0114@1:5");
    expect_findings("a = \"\"\"\n  x\"\"\"\n", "HAD0114@2:4");
    expect_findings("a = \"\"\"x\"\"\"\nb = 1\n", "HAD0114@1:5");
}

static void brackets(void **state)
{
    (void)state;
    expect_findings("a {\n  b = 1\n", "HAD0105@1:3");
    /* The one that the indent tells of, not the outermost. */
    expect_findings("a {\n  b {\n    c = 1\n\n  d = 2\n}\ne {\n}\n", "HAD0105@2:5");
    expect_findings("a {\n  b = 1\n\nc {\n  d = 1\n}\n", "HAD0105@1:3");
    expect_findings("}\na = 1\n", "HAD0106@1:1");
    expect_findings("a = 1)\nb = [1}]\n", "HAD0106@1:6 HAD0106@2:7");
    expect_findings("a { b = [1, 2 }\nc = 1\n", "HAD0105@1:9");
    expect_findings("a { b = f(1, [2 }\nc = 1\n", "HAD0105@1:10 HAD0105@1:14");
    expect_findings("a = (b and\nc = 1\n", "HAD0105@1:5");
    expect_findings("a = [b,\nlet c = 1\n", "HAD0105@1:5");
    expect_findings("a = \"${f(b}\"\n", "HAD0105@1:9");
    expect_findings("a = [\n  b\n  spoke c in d {\n    e = 1\n  }\n", "HAD0105@1:5");
}

static void hidden_characters(void **state)
{
    (void)state;
    expect_findings("a = 1 # x\xe2\x80\xaey\n", "HAD0116@1:10");
    expect_findings("a = \"x\xe2\x81\xa6y\"\n", "HAD0116@1:7");
    expect_findings("a = \"x\x1b[1m\"\nb = 'x\x07'\n# \x1b\n",
                    "HAD0116@1:7 HAD0116@2:7 HAD0116@3:3");
    expect_findings("a = 1 # x\ry\n", "HAD0116@1:10");
    expect_findings("a = 1\x01\n", "HAD0102@1:6");
    expect_findings("a = \"tab\t\"\r\n", "");
}

static had_str repeat(struct had_arena *arena, const char *part, uint32_t times)
{
    size_t length = strlen(part);
    char *text = had_arena_alloc(arena, length * times + 1);
    for (uint32_t i = 0; i < times; i++)
        memcpy(text + i * length, part, length);
    return (had_str){text, (uint32_t)(length * times)};
}

static void limits(void **state)
{
    (void)state;
    static const struct {
        const char *first, *part, *last;
        uint32_t times;
        const char *code; /* NULL: none */
    } cases[] = {
        {"", "a {", "", 10000, "HAD0107"},
        {"", "a {\n", "", 10000, "HAD0107"},
        {"x = ", "[", "", 10000, "HAD0107"},
        {"x = ", "(", "", 10000, "HAD0107"},
        {"x = ", "f(", "", 10000, "HAD0107"},
        {"x = ", "a[", "", 10000, "HAD0107"},
        {"x = ", "\"${", "", 10000, "HAD0107"},
        {"x = ", "not ", "a", 10000, "HAD0107"},
        {"x = a", " and a", "", 10000, "HAD0107"},
        {"x = ", "if a then b else ", "c", 10000, "HAD0107"},
        {"param x : ", "list of ", "text", 10000, "HAD0107"},
        {"x = a", " and a", "", 900, NULL},
        {"param x : ", "list of ", "text", 900, NULL},
        {"x = [", "a, ", "]", 100000, NULL},
        {"x = \"", "abcdefghij", "\"", 100000, NULL},
        {"# ", "abcdefghij", "", 100000, NULL},
        {"", "a = 1, ", "b = 2", 10000, NULL},
        {"", "a in b", "", 1, NULL},
        {"x = a", ".b", "", 10000, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct had_arena arena = {0};
        had_str middle = repeat(&arena, cases[i].part, cases[i].times);
        had_str text =
            had_str_printf(&arena, "%s%.*s%s\n", cases[i].first, HAD_ARG(middle), cases[i].last);
        struct parsed *p = parse_text(text);
        if (p->diags.items.count != (cases[i].code != NULL))
            fail_msg("%s%s…: %u findings", cases[i].first, cases[i].part, p->diags.items.count);
        if (cases[i].code)
            assert_string_equal(p->diags.items.items[0]->code->code, cases[i].code);
        struct had_buffer out = {0};
        had_dump_ast(&out, &p->sources, p->file);
        had_buffer_free(&out);
        had_arena_free(&arena);
    }
}

static void depth_just_allowed(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    had_str open = repeat(&arena, "a {", HAD_NESTING_MAX);
    had_str close = repeat(&arena, "}", HAD_NESTING_MAX);
    struct parsed *p =
        parse_text(had_str_printf(&arena, "%.*s%.*s", HAD_ARG(open), HAD_ARG(close)));
    assert_int_equal(p->diags.items.count, 0);
    assert_int_equal(p->file->depth, HAD_NESTING_MAX);
    had_arena_free(&arena);
}

static void many_errors_are_bounded(void **state)
{
    (void)state;
    static const char *const lines[] = {"a = = 1\n", "}\n",           "x = \"y\n",
                                        "b = ;\n",   "a = f(b = 1\n", "c = '\x01'\n"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct had_arena arena = {0};
        struct parsed *p = parse_text(repeat(&arena, lines[i], 2000));
        assert_in_range(p->diags.items.count, 100, 201);
        had_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_planted_errors),
        cmocka_unit_test(recovery_keeps_the_rest),
        cmocka_unit_test(a_bad_head_costs_its_body),
        cmocka_unit_test(what_was_expected),
        cmocka_unit_test(special_sentences),
        cmocka_unit_test(helps),
        cmocka_unit_test(safe_fixes),
        cmocka_unit_test(strings_without_end),
        cmocka_unit_test(escapes),
        cmocka_unit_test(blocks_of_text),
        cmocka_unit_test(brackets),
        cmocka_unit_test(hidden_characters),
        cmocka_unit_test(limits),
        cmocka_unit_test(depth_just_allowed),
        cmocka_unit_test(many_errors_are_bounded),
    };
    return cmocka_run_group_tests_name("errors", tests, NULL, drop_parsed);
}
