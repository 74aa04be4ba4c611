/* Trees: every production, documentation, spans, and the examples of the grammar's page. */
#include "fixture.h"

#include <string.h>

static void attributes(void **state)
{
    (void)state;
    expect_shape("a = 1\n\"b c\" = true, 'd' = false\n", "attr a\n  literal 1\n"
                                                         "attr quoted b c\n  true\n"
                                                         "attr quoted d\n  false\n");
}

static void subjects(void **state)
{
    (void)state;
    expect_shape("dhcp", "block dhcp\n");
    expect_shape("spoke a", "block spoke\n  subject: ref a\n");
    expect_shape("moved spoke a to spoke b", "block moved\n  subject: ref kind=spoke a\n"
                                             "  to: ref kind=spoke b\n");
    expect_shape("state s3 \"x\"", "block state\n  subject: ref kind=s3\n    outside: string\n"
                                   "      text: x\n");
    expect_shape("endpoint \"${s}\" {}",
                 "block endpoint\n  subject: string\n    value: ref s\n  body\n");
    expect_shape("had 1", "block had\n  subject: literal 1\n");
    expect_shape("route 10.0.0.0/8 to internet",
                 "block route\n  subject: literal 10.0.0.0/8\n  to: ref internet\n");
    expect_shape("assign [a, b] to x",
                 "block assign\n  subject: list\n    ref a\n    ref b\n  to: ref x\n");
    expect_shape("attach every spoke to hub core",
                 "block attach\n  subject: every spoke\n  to: ref kind=hub core\n");
    expect_shape("region eu-west-1", "block region\n  subject: ref eu-west-1\n");
    expect_shape("group 'CORP\\x'", "block group\n  subject: raw\n    text: CORP\\\\x\n");
    expect_shape("x (a)", "block x\n  subject: group\n    ref a\n");
    expect_shape("x f(a)", "block x\n  subject: call f\n    ref a\n");
}

static void clauses(void **state)
{
    (void)state;
    expect_shape(
        "k in a at b on c to d from e with f via g as h because \"i\" until 2027-03-31 by j "
        "between [k]",
        "block k\n  in: ref a\n  at: ref b\n  on: ref c\n  to: ref d\n  from: ref e\n"
        "  with: ref f\n  via: ref g\n  as: ref h\n  because: string\n    text: i\n"
        "  until: literal 2027-03-31\n  by: ref j\n  between: list\n    ref k\n");
    expect_shape(
        "link a via direct-connect from site b on every c where .d == e because \"f\" {}",
        "block link\n  subject: ref a\n  via: ref direct-connect\n  from: ref kind=site b\n"
        "  on: every c\n    where: ==\n      dot\n        step: d\n      ref e\n"
        "  because: string\n    text: f\n  body\n");
    expect_shape("existing forest corp { a = 1 }", "existing block forest\n  subject: ref corp\n"
                                                   "  body\n    attr a\n      literal 1\n");
}

static void bodies(void **state)
{
    (void)state;
    const char *shape =
        "block a\n  body\n    attr b\n      literal 1\n    attr c\n      literal 2\n";
    expect_shape("a { b = 1, c = 2 }", shape);
    expect_shape("a { b = 1, c = 2, }", shape);
    expect_shape("a {\n  b = 1\n\n  # x\n  c = 2\n}\n", shape);
    expect_shape("a {\n  b = 1,\n  c = 2 }", shape);
    expect_shape("a { b { c {} } }", "block a\n  body\n    block b\n      body\n        block c\n"
                                     "          body\n");
}

static void params_and_types(void **state)
{
    (void)state;
    expect_shape("param a : text", "param a\n  type: text\n");
    expect_shape("param a : one of [2008r2, x] = x",
                 "param a\n  type: one\n    of: list\n      literal 2008r2\n      ref x\n"
                 "  default: ref x\n");
    expect_shape("param a : map of list of cidr",
                 "param a\n  type: map\n    type: list\n      type: cidr\n");
    expect_shape("param a : ref of [site, region]",
                 "param a\n  type: ref\n    of: list\n      ref site\n      ref region\n");
    expect_shape("param a : optional of ref of site",
                 "param a\n  type: optional\n    type: ref\n      type: site\n");
}

static void other_statements(void **state)
{
    (void)state;
    expect_shape("let a = every b", "let a\n  every b\n");
    expect_shape("for z in core.region.zones { a }",
                 "for z\n  in: ref core\n    step: region\n    step: zones\n  body\n    block a\n");
    expect_shape(
        "for s in [\"a\", \"b\"] {}",
        "for s\n  in: list\n    string\n      text: a\n    string\n      text: b\n  body\n");
    expect_shape("for s in every spoke where .role == workload {}",
                 "for s\n  in: every spoke\n    where: ==\n      dot\n        step: role\n"
                 "      ref workload\n  body\n");
    expect_shape("if a { b } else { c }",
                 "if\n  if: ref a\n  then\n    block b\n  else\n    block c\n");
    expect_shape("if a {\n} else {\n}\nb", "if\n  if: ref a\n  then\n  else\nblock b\n");
    expect_shape("require a else \"b\"", "require\n  ref a\n  else: string\n    text: b\n");
    expect_shape("require if a then b else c else \"d\"",
                 "require\n  choice\n    if: ref a\n    then: ref b\n    else: ref c\n"
                 "  else: string\n    text: d\n");
    expect_shape("module m { param a : text }",
                 "module m\n  body\n    param a\n      type: text\n");
}

static void selections(void **state)
{
    (void)state;
    expect_shape("a = every b of c d except e where .f",
                 "attr a\n  every b\n    of: ref kind=c d\n    except: ref e\n    where: dot\n"
                 "      step: f\n");
    expect_shape(
        "a = count(every b where .c, d)",
        "attr a\n  call count\n    every b\n      where: dot\n        step: c\n    ref d\n");
    expect_shape("a = (every b) == c", "attr a\n  ==\n    group\n      every b\n    ref c\n");
    expect_shape("a = [every b, c]", "attr a\n  list\n    every b\n    ref c\n");
}

static void precedence(void **state)
{
    (void)state;
    expect_shape("x = a or b and not c == d or e",
                 "attr x\n  or\n    or\n      ref a\n      and\n        ref b\n        not\n"
                 "          ==\n            ref c\n            ref d\n    ref e\n");
    expect_shape("x = a < b and c <= d and e > f and g >= h and i != j and k within l",
                 "attr x\n  and\n    and\n      and\n        and\n          and\n            <\n"
                 "              ref a\n              ref b\n            <=\n              ref c\n"
                 "              ref d\n          >\n            ref e\n            ref f\n"
                 "        >=\n          ref g\n          ref h\n      !=\n        ref i\n"
                 "        ref j\n    within\n      ref k\n      ref l\n");
    expect_shape("x = if a then b else if c then d else e",
                 "attr x\n  choice\n    if: ref a\n    then: ref b\n    else: choice\n"
                 "      if: ref c\n      then: ref d\n      else: ref e\n");
}

static void references(void **state)
{
    (void)state;
    expect_shape("x = subnet erp.main.app[a].b[\"c\"]",
                 "attr x\n  ref kind=subnet erp\n    step: main\n    step: app\n    key: ref a\n"
                 "    step: b\n    key: string\n      text: c\n");
    expect_shape("x = a[\n  b\n]", "attr x\n  ref a\n    key: ref b\n");
    expect_shape("x = .tags.team", "attr x\n  dot\n    step: tags\n    step: team\n");
    expect_shape("x = [account a, group 'B']",
                 "attr x\n  list\n    ref kind=account a\n    ref kind=group\n      outside: raw\n"
                 "        text: B\n");
}

static void lists_and_calls(void **state)
{
    (void)state;
    const char *shape = "attr x\n  list\n    ref a\n    ref b\n";
    expect_shape("x = [a, b]", shape);
    expect_shape("x = [a, b,]", shape);
    expect_shape("x = [\n  a\n  b\n]", shape);
    expect_shape("x = [\n  a,\n  b,\n]", shape);
    expect_shape("x = [a\n  b]", shape);
    expect_shape("x = []", "attr x\n  list\n");
    expect_shape("x = f()", "attr x\n  call f\n");
    expect_shape("x = f(a,\n  b,\n)", "attr x\n  call f\n    ref a\n    ref b\n");
}

static void strings(void **state)
{
    (void)state;
    expect_shape("x = \"a\\\\b\\\"c\\$d\\n\\t\\u{e9}\\u{1F600}\"",
                 "attr x\n  string\n    text: a\\\\b\"c$d\\n\\x09\xc3\xa9\xf0\x9f\x98\x80\n");
    expect_shape("x = 'a\\nb${c}'", "attr x\n  raw\n    text: a\\\\nb${c}\n");
    expect_shape("x = \"a${b}c${d[e]}\"",
                 "attr x\n  string\n    text: a\n    value: ref b\n    text: c\n    value: ref d\n"
                 "      key: ref e\n");
    expect_shape("x = \"$ $5 \\${a}\"", "attr x\n  string\n    text: $ $5 ${a}\n");
    expect_shape("x = \"${if a then \"b\" else \"c\"}\"",
                 "attr x\n  string\n    value: choice\n      if: ref a\n      then: string\n"
                 "        text: b\n      else: string\n        text: c\n");
}

static void blocks_of_text(void **state)
{
    (void)state;
    expect_shape("x = \"\"\"\n    a\n      b\n\n    c\n    \"\"\"",
                 "attr x\n  block\n    text: a\\n  b\\n\\nc\n");
    expect_shape("x = \"\"\"\n    a\n  \"\"\"", "attr x\n  block\n    text:   a\n");
    expect_shape("x = \"\"\"\n\ta\n\t b\n\t\"\"\"", "attr x\n  block\n    text: a\\n b\n");
    expect_shape("x = \"\"\"\r\n  a\r\n\r\n  b\r\n  \"\"\"\r\n",
                 "attr x\n  block\n    text: a\\n\\nb\n");
    expect_shape("x = \"\"\"\n  ${a}b\n    ${c}\n  \"\"\"",
                 "attr x\n  block\n    value: ref a\n    text: b\\n  \n    value: ref c\n");
    expect_shape("x = \"\"\"\n\"\"\"", "attr x\n  block\n");
    expect_shape("x = \"\"\"\n\n  \"\"\"", "attr x\n  block\n");
    expect_shape("x = \"\"\"\n  a \"quoted\" \\\\ \\${b}\n  \"\"\"",
                 "attr x\n  block\n    text: a \"quoted\" \\\\ ${b}\n");
}

static void documentation(void **state)
{
    (void)state;
    expect_shape("## one\n##  two\n##\nspec a",
                 "block spec\n  doc: one\\n two\\n\n  subject: ref a\n");
    expect_shape("## one\nexisting forest a",
                 "existing block forest\n  doc: one\n  subject: ref a\n");
    expect_shape("a {\n  ## of b\n  b = 1\n  c = 2\n}",
                 "block a\n  body\n    attr b\n      doc: of b\n      literal 1\n    attr c\n"
                 "      literal 2\n");
    /* Neither across an empty line or a comment, nor behind code, nor with three marks. */
    expect_shape("## x\n\nspec a", "block spec\n  subject: ref a\n");
    expect_shape("## x\n# y\nspec a", "block spec\n  subject: ref a\n");
    expect_shape("b = 1 ## x\nspec a", "attr b\n  literal 1\nblock spec\n  subject: ref a\n");
    expect_shape("### x\nspec a", "block spec\n  subject: ref a\n");
}

static void trivia(void **state)
{
    (void)state;
    struct parsed *p = parse("# a\n\n\nx = 1 # b\r\n  ## c\ny = 2\n");
    static const struct {
        enum had_trivia_kind kind;
        bool own_line;
        uint32_t start, end;
    } expected[] = {{HAD_TRIVIA_COMMENT, true, 0, 3},
                    {HAD_TRIVIA_BLANK, true, 4, 6},
                    {HAD_TRIVIA_COMMENT, false, 12, 15},
                    {HAD_TRIVIA_DOC, true, 19, 23}};
    assert_int_equal(p->file->trivia.count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        const struct had_trivia *t = &p->file->trivia.items[i];
        assert_int_equal(t->kind, expected[i].kind);
        assert_int_equal(t->own_line, expected[i].own_line);
        assert_int_equal(t->span.start, expected[i].start);
        assert_int_equal(t->span.end, expected[i].end);
    }
}

static void spans(void **state)
{
    (void)state;
    struct parsed *p = parse("existing account a in ou b { c = \"x${d}\" }");
    struct had_buffer out = {0};
    had_dump_ast(&out, &p->sources, p->file);
    had_str got = had_buffer_view(&out);
    const char *expected = "existing block account [1:1-1:43]\n"
                           "  subject: ref a [1:18-1:19]\n"
                           "  in: ref kind=ou b [1:23-1:27]\n"
                           "  body [1:28-1:43]\n"
                           "    attr c [1:30-1:41]\n"
                           "      string [1:34-1:41]\n"
                           "        text: x [1:35-1:36]\n"
                           "        value: ref d [1:38-1:39]\n";
    if (!had_str_eq(got, had_str_c(expected)))
        fail_msg("got\n%.*s", HAD_ARG(got));
    had_buffer_free(&out);
    const struct had_stmt *block = p->file->stmts.items[0];
    assert_int_equal(block->as.block.head.start, 0);
    assert_int_equal(block->as.block.head.end, 26);
    assert_int_equal(block->as.block.clauses.items[0].word.start, 19);
    assert_int_equal(block->as.block.clauses.items[0].word.end, 21);
}

static void edition_and_depth(void **state)
{
    (void)state;
    assert_int_equal(parse("had 1\n")->file->edition, 1);
    assert_int_equal(parse("had 12\n")->file->edition, 12);
    assert_int_equal(parse("spec a\nhad 1\n")->file->edition, 0);
    assert_int_equal(parse("had 99999999999\n")->file->edition, 0);
    assert_int_equal(parse("had one\n")->file->edition, 0);
    assert_int_equal(parse("a { b = [f(c)] }")->file->depth, 3);
    assert_int_equal(parse("")->file->stmts.count, 0);
}

static void plain_text(void **state)
{
    (void)state;
    had_str text;
    struct parsed *p = parse("a = \"\"\nb = \"x\\ny\"\nc = \"x${d}\"\ne = f\ng = ((h))");
#define VALUE(i) (p->file->stmts.items[i]->as.attr.value)
    assert_true(had_expr_plain_text(VALUE(0), &text) && text.len == 0);
    assert_true(had_expr_plain_text(VALUE(1), &text) && had_str_is(text, "x\ny"));
    assert_false(had_expr_plain_text(VALUE(2), &text));
    assert_false(had_expr_plain_text(VALUE(3), &text));
    assert_int_equal(had_expr_inner(VALUE(4))->kind, HAD_EXPR_REF);
#undef VALUE
}

static void words_of_enums(void **state)
{
    (void)state;
    for (enum had_preposition w = HAD_IN; w < HAD_PREPOSITIONS; w++) {
        struct had_arena arena = {0};
        had_str text = had_str_printf(&arena, "k %s x", had_preposition_word(w));
        struct parsed *p = parse_text(text);
        assert_int_equal(p->diags.items.count, 0);
        assert_int_equal(p->file->stmts.items[0]->as.block.clauses.items[0].preposition, w);
        had_arena_free(&arena);
    }
    for (enum had_operator op = HAD_OR; op <= HAD_WITHIN; op++) {
        struct had_arena arena = {0};
        had_str text = had_str_printf(&arena, "k = a %s b", had_operator_word(op));
        struct parsed *p = parse_text(text);
        assert_int_equal(p->diags.items.count, 0);
        assert_int_equal(p->file->stmts.items[0]->as.attr.value->as.binary.op, op);
        had_arena_free(&arena);
    }
}

/* Each ```had block of the grammar's page. */
static void examples_of_the_page(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    had_str page = read_file(&arena, "grammar/README.md");
    const char *at = page.ptr, *end = page.ptr + page.len;
    uint32_t examples = 0;
    while ((at = strstr(at, "\n```had\n")) != NULL && at < end) {
        const char *start = at + strlen("\n```had\n");
        const char *close = strstr(start, "\n```");
        assert_non_null(close);
        had_str text = {start, (uint32_t)(close + 1 - start)};
        struct parsed *p = parse_text(text);
        if (p->diags.items.count)
            fail_msg("%.*s\n%.*s", HAD_ARG(text), HAD_ARG(p->diags.items.items[0]->message));
        assert_true(p->file->stmts.count > 0);
        examples++;
        at = close;
    }
    assert_in_range(examples, 15, 100);
    had_arena_free(&arena);
}

static void acme(void **state)
{
    (void)state;
    static const char *const files[] = {"access",  "directories", "identity",
                                        "network", "workloads",   "modules/workload"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct had_arena arena = {0};
        had_str path = had_str_printf(&arena, "examples/acme/%s.had", files[i]);
        struct parsed *p = parse_text(read_file(&arena, had_str_cstr(&arena, path)));
        assert_int_equal(p->diags.items.count, 0);
        assert_int_equal(p->file->edition, 1);
        had_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes),
        cmocka_unit_test(subjects),
        cmocka_unit_test(clauses),
        cmocka_unit_test(bodies),
        cmocka_unit_test(params_and_types),
        cmocka_unit_test(other_statements),
        cmocka_unit_test(selections),
        cmocka_unit_test(precedence),
        cmocka_unit_test(references),
        cmocka_unit_test(lists_and_calls),
        cmocka_unit_test(strings),
        cmocka_unit_test(blocks_of_text),
        cmocka_unit_test(documentation),
        cmocka_unit_test(trivia),
        cmocka_unit_test(spans),
        cmocka_unit_test(edition_and_depth),
        cmocka_unit_test(plain_text),
        cmocka_unit_test(words_of_enums),
        cmocka_unit_test(examples_of_the_page),
        cmocka_unit_test(acme),
    };
    return cmocka_run_group_tests_name("parse", tests, NULL, drop_parsed);
}
