/* Policies with places, and what IAM's tables and patterns say. */
#include "check/policy.h"
#include "schema/iam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void test_every_part_knows_its_place(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    had_str text = HAD_STR(
        "{ \"Version\": \"2012-10-17\",\n"
        "  \"Id\": [1, {\"a\": null}, \"x\\\"}\"],\n"
        "  \"Statement\": [ { \"Sid\": \"One\", \"Effect\": \"Allow\",\n"
        "    \"Action\": [\"ec2:Stop\\u0049nstances\", \"s3:Get*\"], \"Resource\": \"*\",\n"
        "    \"Condition\": {\"Bool\": {\"aws:SecureTransport\": \"true\"}} },\n"
        "  {\"Effect\": \"Deny\", \"NotAction\": \"iam:*\", \"Resource\": [\"a\", \"b\"]} ] }");
    struct had_policy p;
    assert_true(had_policy_read(&arena, text, &p));
    assert_int_equal(p.statements.count, 2);
    const struct had_policy_statement *s = &p.statements.items[0];
    assert_true(s->allow && s->everything && s->conditional && !s->not_action);
    assert_true(had_str_is(s->sid.text, "One"));
    assert_memory_equal(text.ptr + s->sid.start, "\"One\"", 5);
    assert_int_equal(s->sid.end - s->sid.start, 5);
    assert_int_equal(s->actions.count, 2);
    assert_memory_equal(text.ptr + s->actions.items[1].start, "\"s3:Get*\"", 9);
    assert_int_equal(s->condition_keys.count, 1);
    assert_true(had_str_is(s->condition_keys.items[0].text, "aws:SecureTransport"));
    assert_int_equal(text.ptr[s->start], '{');
    assert_int_equal(text.ptr[s->end - 1], '}');
    s = &p.statements.items[1];
    assert_true(!s->allow && s->not_action && !s->everything && !s->conditional);
    had_arena_free(&arena);
}

/* Every beginning of a policy is refused, and nothing behind its end is read. */
static void test_what_is_cut_off_is_refused(void **state)
{
    (void)state;
    static const char whole[] =
        "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": "
        "[\"ec2:*\"], \"Resource\": \"*\", \"Condition\": {\"Bool\": {\"a\": [true, 1]}}}]}";
    struct had_arena arena = {0};
    struct had_policy p;
    for (uint32_t len = 0; len < sizeof whole - 1; len++) {
        char *copy = had_arena_alloc(&arena, len ? len : 1);
        memcpy(copy, whole, len);
        assert_false(had_policy_read(&arena, (had_str){copy, len}, &p));
    }
    assert_true(had_policy_read(&arena, had_str_c(whole), &p));
    had_arena_free(&arena);
}

static void test_characters_are_counted_as_aws_does(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    struct had_policy p;
    assert_false(had_policy_read(&arena, HAD_STR("{ }\n"), &p));
    assert_int_equal(p.characters, 2);
    had_policy_read(&arena, HAD_STR("{\"a b\t\": \"\xc3\xa9\"}"), &p);
    assert_int_equal(p.characters, 10);
    had_arena_free(&arena);
}

/* The plain definition, for comparison. */
static bool matches(const char *p, const char *t)
{
    if (!*p)
        return !*t;
    if (*p == '*')
        return matches(p + 1, t) || (*t && matches(p, t + 1));
    return *t && (*p == '?' || *p == *t) && matches(p + 1, t + 1);
}

static void test_patterns_match_as_defined(void **state)
{
    (void)state;
    static const char letters[] = "ab*?";
    /* Every pattern of up to five of these, against every text of up to five. */
    for (unsigned i = 0; i < 4 * 4 * 4 * 4 * 4; i++) {
        for (uint32_t plen = 0; plen <= 5; plen++) {
            char pattern[6] = {0};
            for (uint32_t k = 0, rest = i; k < plen; k++, rest /= 4)
                pattern[k] = letters[rest % 4];
            for (unsigned j = 0; j < 32; j++)
                for (uint32_t tlen = 0; tlen <= 5; tlen++) {
                    char text[6] = {0};
                    for (uint32_t k = 0; k < tlen; k++)
                        text[k] = j >> k & 1 ? 'a' : 'b';
                    assert_int_equal(had_iam_matches(had_str_c(pattern), had_str_c(text)),
                                     matches(pattern, text));
                }
        }
    }
    assert_true(had_iam_matches(HAD_STR("EC2:stop*"), HAD_STR("ec2:StopInstances")));
}

static void test_tables_are_found_in(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < had_fact_iam_service_count; i++) {
        const struct had_fact_iam_service *s = &had_fact_iam_services[i];
        assert_ptr_equal(had_fact_iam_service_find(had_str_c(s->prefix)), s);
        for (uint32_t k = 0; k < s->count; k++)
            assert_ptr_equal(had_fact_iam_action_find(s, had_str_c(s->actions[k])), s->actions[k]);
    }
    for (uint32_t i = 0; i < had_fact_policy_count; i++) {
        const struct had_fact_policy *p = &had_fact_policies[i];
        assert_ptr_equal(had_fact_policy_find(had_str_c(p->path)), p);
        for (const char *const *s = p->statements; s && *s; s++)
            assert_true((**s == '+' || **s == '-') && strlen(*s) > 1);
    }
    const struct had_fact_iam_service *ec2 = had_fact_iam_service_find(HAD_STR("EC2"));
    assert_non_null(ec2);
    assert_string_equal(had_fact_iam_action_find(ec2, HAD_STR("stopinstances")), "StopInstances");
    assert_null(had_fact_iam_action_find(ec2, HAD_STR("StopInstance")));
    assert_non_null(had_fact_policy_find(HAD_STR("/AdministratorAccess")));
    assert_null(had_fact_policy_find(HAD_STR("Administratoraccess")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_part_knows_its_place),
        cmocka_unit_test(test_what_is_cut_off_is_refused),
        cmocka_unit_test(test_characters_are_counted_as_aws_does),
        cmocka_unit_test(test_patterns_match_as_defined),
        cmocka_unit_test(test_tables_are_found_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
