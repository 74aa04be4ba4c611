/* Tokens: spelling, the newline rule, strings, and what layout puts in. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static void words_and_literals(void **state)
{
    (void)state;
    expect_tokens("a shared-services _x TLS_1_0 a-1", "1:1 NAME a\n"
                                                      "1:3 NAME shared-services\n"
                                                      "1:19 NAME _x\n"
                                                      "1:22 NAME TLS_1_0\n"
                                                      "1:30 NAME a-1\n"
                                                      "1:33 END\n");
    expect_tokens("10.0.0.0/16 4h 1024-65535 10.0.0.1:53 2008r2 443/tcp 2027-03-31 000000000001",
                  "1:1 LITERAL 10.0.0.0/16\n"
                  "1:13 LITERAL 4h\n"
                  "1:16 LITERAL 1024-65535\n"
                  "1:27 LITERAL 10.0.0.1:53\n"
                  "1:39 LITERAL 2008r2\n"
                  "1:46 LITERAL 443/tcp\n"
                  "1:54 LITERAL 2027-03-31\n"
                  "1:65 LITERAL 000000000001\n"
                  "1:77 END\n");
}

static void ipv6_needs_two_colons(void **state)
{
    (void)state;
    expect_tokens("fd00::/8 ::1 ::/0 fe80:1:2::3 2001:db8::1 ::ffff:10.0.0.1",
                  "1:1 LITERAL fd00::/8\n"
                  "1:10 LITERAL ::1\n"
                  "1:14 LITERAL ::/0\n"
                  "1:19 LITERAL fe80:1:2::3\n"
                  "1:31 LITERAL 2001:db8::1\n"
                  "1:43 LITERAL ::ffff:10.0.0.1\n"
                  "1:58 END\n");
    expect_tokens("param ab:cd",
                  "1:1 PARAM param\n1:7 NAME ab\n1:9 COLON :\n1:10 NAME cd\n1:12 END\n");
}

static void reserved_words_are_whole_words(void **state)
{
    (void)state;
    expect_tokens("in within between existing inside existings For",
                  "1:1 IN in\n1:4 WITHIN within\n1:11 BETWEEN between\n1:19 EXISTING existing\n"
                  "1:28 NAME inside\n1:35 NAME existings\n1:45 NAME For\n1:48 END\n");
}

static void every_keyword(void **state)
{
    (void)state;
    static const char *const words[] = {
#define HAD_KEYWORD(word, token, role, instead) word,
#include "keywords.def"
#undef HAD_KEYWORD
    };
    static const char *const tokens[] = {
#define HAD_KEYWORD(word, token, role, instead) #token,
#include "keywords.def"
#undef HAD_KEYWORD
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char expected[64];
        snprintf(expected, sizeof expected, "1:1 %s %s\n1:%zu END\n", tokens[i], words[i],
                 strlen(words[i]) + 1);
        expect_tokens(words[i], expected);
    }
}

static void words_offered_instead_are_free(void **state)
{
    (void)state;
    static const char *const offers[] = {
#define HAD_KEYWORD(word, token, role, instead) instead,
#include "keywords.def"
#undef HAD_KEYWORD
    };
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
        char text[64];
        snprintf(text, sizeof text, "let %s = 1\n", offers[i]);
        expect_findings(text, "");
    }
}

static void signs(void **state)
{
    (void)state;
    expect_tokens(
        "a == b != c <= d >= e < f > g = h . : ,",
        "1:1 NAME a\n1:3 EQ ==\n1:6 NAME b\n1:8 NE !=\n1:11 NAME c\n1:13 LE <=\n1:16 NAME d\n"
        "1:18 GE >=\n1:21 NAME e\n1:23 LT <\n1:25 NAME f\n1:27 GT >\n1:29 NAME g\n"
        "1:31 EQUALS =\n1:33 NAME h\n1:35 DOT .\n1:37 COLON :\n1:39 COMMA ,\n1:40 END\n");
}

static void newlines_end_what_can_end(void **state)
{
    (void)state;
    expect_tokens("a\n\n\nb", "1:1 NAME a\n1:2 NEWLINE\n4:1 NAME b\n4:2 END\n");
    expect_tokens("a =\n1", "1:1 NAME a\n1:3 EQUALS =\n2:1 LITERAL 1\n2:2 END\n");
    expect_tokens("a and\nb", "1:1 NAME a\n1:3 AND and\n2:1 NAME b\n2:2 END\n");
    expect_tokens("true\n'x'\n\"y\"\n", "1:1 TRUE true\n1:5 NEWLINE\n2:1 RAW 'x'\n2:4 NEWLINE\n"
                                        "3:1 STRING \"y\"\n3:4 NEWLINE\n4:1 END\n");
    expect_tokens("(a\nb)", "1:1 LPAREN (\n1:2 NAME a\n2:1 NAME b\n2:2 RPAREN )\n2:3 END\n");
    expect_tokens("[\na\nb\n]", "1:1 LBRACKET [\n2:1 NAME a\n2:2 NEWLINE\n3:1 NAME b\n3:2 NEWLINE\n"
                                "4:1 RBRACKET ]\n4:2 END\n");
    expect_tokens("([a\nb])", "1:1 LPAREN (\n1:2 LBRACKET [\n1:3 NAME a\n1:4 NEWLINE\n2:1 NAME b\n"
                              "2:2 RBRACKET ]\n2:3 RPAREN )\n2:4 END\n");
    expect_tokens("a # x\r\nb\r\n", "1:1 NAME a\n1:7 NEWLINE\n2:1 NAME b\n2:3 NEWLINE\n3:1 END\n");
}

static void strings(void **state)
{
    (void)state;
    expect_tokens("\"\" ''", "1:1 STRING \"\"\n1:4 RAW ''\n1:6 END\n");
    expect_tokens("'C:\\x'", "1:1 RAW 'C:\\\\x'\n1:7 END\n");
    expect_tokens("\"a$b\\\"c${d}e\"",
                  "1:1 STRING_OPEN \"\n1:2 TEXT a$b\\\\\"c\n1:8 INTERP_OPEN ${\n1:10 NAME d\n"
                  "1:11 INTERP_CLOSE }\n1:12 TEXT e\n1:13 STRING_CLOSE \"\n1:14 END\n");
    expect_tokens("\"${\"x\"}\"", "1:1 STRING_OPEN \"\n1:2 INTERP_OPEN ${\n1:4 STRING \"x\"\n"
                                  "1:7 INTERP_CLOSE }\n1:8 STRING_CLOSE \"\n1:9 END\n");
    expect_tokens(
        "\"\"\"\n a \"b\"\n \"\"\"",
        "1:1 BLOCK_OPEN \"\"\"\n1:4 TEXT \\n a \"b\"\\n \n3:2 BLOCK_CLOSE \"\"\"\n3:5 END\n");
}

static void columns_count_characters(void **state)
{
    (void)state;
    expect_tokens("'\xc3\xa9' x", "1:1 RAW '\xc3\xa9'\n1:5 NAME x\n1:6 END\n");
}

static void layout_mends(void **state)
{
    (void)state;
    expect_tokens("x = [a\ny = 1\n",
                  "1:1 NAME x\n1:3 EQUALS =\n1:5 LBRACKET [\n1:6 NAME a\n1:7 RBRACKET (inserted)\n"
                  "1:7 NEWLINE\n2:1 NAME y\n2:3 EQUALS =\n2:5 LITERAL 1\n2:6 NEWLINE\n3:1 END\n");
    expect_tokens("{ a = 1 b = 2 }",
                  "1:1 LBRACE {\n1:3 NAME a\n1:5 EQUALS =\n1:7 LITERAL 1\n1:8 COMMA (inserted)\n"
                  "1:9 NAME b\n1:11 EQUALS =\n1:13 LITERAL 2\n1:15 RBRACE }\n1:16 END\n");
    expect_tokens("a }", "1:1 NAME a\n1:4 END\n");
}

static void bytes_that_no_file_holds(void **state)
{
    (void)state;
    /* Files are checked when they are read; the scanner must live with anything all the same. */
    struct parsed *p = parse_text((had_str){"a\0b \xff\xc3 \"\0\x01\" # \0", 15});
    struct had_buffer out = {0};
    had_dump_tokens(&out, &p->sources, p->number);
    assert_true(out.len > 0);
    assert_true(p->diags.errors > 0);
    had_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_literals),
        cmocka_unit_test(ipv6_needs_two_colons),
        cmocka_unit_test(reserved_words_are_whole_words),
        cmocka_unit_test(every_keyword),
        cmocka_unit_test(words_offered_instead_are_free),
        cmocka_unit_test(signs),
        cmocka_unit_test(newlines_end_what_can_end),
        cmocka_unit_test(strings),
        cmocka_unit_test(columns_count_characters),
        cmocka_unit_test(layout_mends),
        cmocka_unit_test(bytes_that_no_file_holds),
    };
    return cmocka_run_group_tests_name("lex", tests, NULL, drop_parsed);
}
