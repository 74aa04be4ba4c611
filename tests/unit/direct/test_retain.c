/* Templates whose stacks are to keep what they made: had's own YAML, JSON, and what is neither. */

/* cmocka needs these before it */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "direct/stacks.h"

static const char yaml[] = "AWSTemplateFormatVersion: '2010-09-09'\n"
                           "Parameters:\n"
                           "  Vpc:\n"
                           "    Type: String\n"
                           "\n"
                           "Resources:\n"
                           "  # spoke main:vpc\n"
                           "  Vpc:\n"
                           "    Type: AWS::EC2::VPC\n"
                           "    Properties:\n"
                           "      CidrBlock: 10.0.0.0/16\n"
                           "\n"
                           "  VpcGroup:\n"
                           "    Type: AWS::Logs::LogGroup\n"
                           "    DeletionPolicy: Delete\n"
                           "    UpdateReplacePolicy: Delete\n"
                           "    Metadata:\n"
                           "      Had:\n"
                           "        Address: x\n"
                           "\n"
                           "Outputs:\n"
                           "  Vpc:\n"
                           "    Value: !Ref Vpc\n";

static const char kept[] = "AWSTemplateFormatVersion: '2010-09-09'\n"
                           "Parameters:\n"
                           "  Vpc:\n"
                           "    Type: String\n"
                           "\n"
                           "Resources:\n"
                           "  # spoke main:vpc\n"
                           "  Vpc:\n"
                           "    Type: AWS::EC2::VPC\n"
                           "    DeletionPolicy: Retain\n"
                           "    Metadata:\n"
                           "      HadEngine: direct\n"
                           "    Properties:\n"
                           "      CidrBlock: 10.0.0.0/16\n"
                           "\n"
                           "  VpcGroup:\n"
                           "    Type: AWS::Logs::LogGroup\n"
                           "    DeletionPolicy: Retain\n"
                           "    UpdateReplacePolicy: Delete\n"
                           "    Metadata:\n"
                           "      HadEngine: direct\n"
                           "      Had:\n"
                           "        Address: x\n"
                           "\n"
                           "Outputs:\n"
                           "  Vpc:\n"
                           "    Value: !Ref Vpc\n";

static const had_str names[] = {{"Vpc", 3}, {"VpcGroup", 8}};

static void had_yaml(void **unused)
{
    (void)unused;
    struct had_arena arena = {0};
    had_str error = {0}, text = had_template_retain(&arena, had_str_c(yaml), names, 2, &error);
    assert_true(had_str_is(text, kept));
    for (int i = 0; i < 2; i++) {
        assert_false(had_template_retains(had_str_c(yaml), names[i]));
        assert_true(had_template_retains(text, names[i]));
    }
    assert_true(had_str_eq(had_template_retain(&arena, text, names, 2, &error), text));
    assert_int_equal(error.len, 0);
    had_arena_free(&arena);
}

static void json(void **unused)
{
    (void)unused;
    struct had_arena arena = {0};
    had_str error = {0};
    had_str from = had_str_c(" {\"Resources\": {\"Vpc\": {\"Type\": \"AWS::EC2::VPC\"},"
                             " \"VpcGroup\": {\"Type\": \"T\", \"Metadata\": {\"A\": 1},"
                             " \"DeletionPolicy\": \"Delete\"}}}");
    had_str text = had_template_retain(&arena, from, names, 2, &error);
    assert_true(had_str_is(
        text, "{\"Resources\":{\"Vpc\":{\"Type\":\"AWS::EC2::VPC\",\"DeletionPolicy\":\"Retain\","
              "\"Metadata\":{\"HadEngine\":\"direct\"}},\"VpcGroup\":{\"Type\":\"T\","
              "\"Metadata\":{\"A\":1,\"HadEngine\":\"direct\"},\"DeletionPolicy\":\"Retain\"}}}"));
    assert_true(had_template_retains(text, names[0]));
    had_arena_free(&arena);
}

/* What is laid out otherwise is not guessed at: the stack is not deleted then. */
static void other_forms(void **unused)
{
    (void)unused;
    struct had_arena arena = {0};
    static const char *const texts[] = {"",
                                        "{",
                                        "Resources:\n  Vpc: {Type: AWS::EC2::VPC}\n",
                                        "Resources:\n    Vpc:\n      Type: T\n",
                                        "Parameters:\n  Vpc:\n    Type: String\n",
                                        "{\"Resources\": {}}",
                                        "Resources:\n  \"Vpc\":\n    Type: T\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        had_str error = {0};
        assert_int_equal(had_template_retain(&arena, had_str_c(texts[i]), names, 1, &error).len, 0);
        assert_true(error.len > 0);
        assert_false(had_template_retains(had_str_c(texts[i]), names[0]));
    }
    /* a word inside of a text is no policy */
    had_str tricky = had_str_c("Resources:\n  Vpc:\n    Type: T\n    Properties:\n      Text: |\n"
                               "            DeletionPolicy: Retain\n");
    assert_false(had_template_retains(tricky, names[0]));
    had_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(had_yaml),
        cmocka_unit_test(json),
        cmocka_unit_test(other_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
