/* Templates, paths, values; the machine of one operation with every answer that a cloud can give.
 */

/* cmocka needs these before it */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "resource/op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct had_arena arena;

static json_t *json(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
    if (!value)
        fail_msg("%s: %s", text, error.text);
    return value;
}

static void yields(const char *template, const struct had_scope *scope, const char *expected)
{
    json_t *source = json(template), *value = had_template(source, scope);
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY)
                       : strdup("missing");
    assert_string_equal(text, expected);
    free(text);
    json_decref(value);
    json_decref(source);
}

static void templates(void **state)
{
    (void)state;
    json_t *props = json("{\"Cidr\": \"10.0.0.0/8\", \"On\": true, \"Off\": false, \"Port\": 443,"
                         "\"Deep\": {\"List\": [{\"A\": 1}, {\"A\": 2}]}, \"Tags\": [{\"Key\": "
                         "\"b\", \"Value\": \"2\"}], \"Doc\": {\"x\": [1]}}");
    json_t *tags = json("[{\"Key\": \"a\", \"Value\": \"1\"}]");
    struct had_scope scope = {.props = props,
                              .tags = tags,
                              .id = HAD_STR("one|two|three"),
                              .region = HAD_STR("eu-west-1")};
    yields("\"$Cidr\"", &scope, "\"10.0.0.0/8\"");
    yields("\"plain\"", &scope, "\"plain\"");
    yields("\"$Nothing\"", &scope, "missing");
    yields("{\"a\": \"$Nothing\", \"b\": {\"c\": \"$Nothing\", \"d\": 1}}", &scope, "missing");
    yields("{\"a\": \"$Nothing\", \"b\": 1, \"c\": \"$Port\"}", &scope, "{\"b\":1,\"c\":443}");
    yields("[\"$Nothing\"]", &scope, "missing");
    yields("{\"empty\": {}}", &scope, "{\"empty\":{}}");
    yields("\"$id\"", &scope, "\"one|two|three\"");
    yields("\"$id[0]\"", &scope, "\"one\"");
    yields("\"$id[2]\"", &scope, "\"three\"");
    yields("\"$id[3]\"", &scope, "missing");
    yields("\"x-${region}-${Port}\"", &scope, "\"x-eu-west-1-443\"");
    yields("\"x-${Nothing}\"", &scope, "missing");
    yields("\"$Deep.List[1].A\"", &scope, "2");
    yields("\"$Deep.List[].A\"", &scope, "[1,2]");
    yields("\"$Deep.List{A=2}[0]\"", &scope, "{\"A\":2}");
    yields("\"$Deep.List{A=$Port}\"", &scope, "[]");
    yields("\"$tags|spec vpc\"", &scope,
           "[{\"ResourceType\":\"vpc\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"}]}]");
    yields("\"$tags|lowerkeys\"", &scope, "[{\"key\":\"a\",\"value\":\"1\"}]");
    yields("\"$tags|map Key Value\"", &scope, "{\"a\":\"1\"}");
    yields("\"$tags|rename Key=TagKey,Value=TagValue\"", &scope,
           "[{\"TagKey\":\"a\",\"TagValue\":\"1\"}]");
    yields("\"$Doc|json\"", &scope, "\"{\\\"x\\\":[1]}\"");
    yields("\"$Doc|json|parse\"", &scope, "{\"x\":[1]}");
    yields("\"$Port|string\"", &scope, "\"443\"");
    yields("\"$Port|eq 443\"", &scope, "true");
    yields("\"$On|not\"", &scope, "false");
    yields("\"$Off\"", &scope, "false");
    yields("\"$Cidr|base64|unbase64\"", &scope, "\"10.0.0.0/8\"");
    yields("\"$Cidr|split .|last\"", &scope, "\"0/8\"");
    json_t *names = json_pack("{s:s, s:s}", "Star", "\\052.example.com.", "Plain", "a.example.com");
    struct had_scope zone = {.props = names};
    yields("\"$Star|domain\"", &zone, "\"*.example.com\"");
    yields("\"$Plain|domain\"", &zone, "\"a.example.com\"");
    json_decref(names);
    json_t *sets = json_loads("{\"Sets\":[{\"Name\":\"\\\\052.x.\",\"Type\":\"A\"}]}", 0, NULL);
    json_t *type = had_path(sets, "Sets[]{Name|domain=*.x}{Type=A}[0].Type", &zone);
    assert_string_equal(json_string_value(type), "A");
    json_decref(type);
    json_decref(sets);
    yields("\"$Nothing|or 7\"", &scope, "7");
    yields("\"$Nothing|or no|upper\"", &scope, "\"NO\"");
    yields("\"$Cidr|split /\"", &scope, "[\"10.0.0.0\",\"8\"]");
    yields("\"$Cidr|split /|join -\"", &scope, "\"10.0.0.0-8\"");
    yields("\"$Cidr|list|wrap Ip\"", &scope, "[{\"Ip\":\"10.0.0.0/8\"}]");
    yields("\"$Deep.List|pluck A\"", &scope, "[1,2]");
    yields("\"$Deep.List|sort A|pluck A\"", &scope, "[1,2]");
    yields("\"$Deep.List|only B\"", &scope, "[{},{}]");
    yields("{\"$any\": [\"$Nothing\", \"$Port\"]}", &scope, "443");
    json_decref(props);
    json_decref(tags);
}

static void equal(const char *a, const char *b, bool set, bool partial, bool expected)
{
    json_t *left = json(a), *right = json(b);
    assert_int_equal(had_value_equal(left, right, set, partial), expected);
    json_decref(left);
    json_decref(right);
}

static void values(void **state)
{
    (void)state;
    equal("443", "\"443\"", false, false, true);
    equal("true", "\"true\"", false, false, true);
    equal("[1,2]", "[2,1]", false, false, false);
    equal("[1,2]", "[2,1]", true, false, true);
    equal("[1,1]", "[1,2]", true, false, false);
    equal("{\"a\": 1}", "{\"a\": 1, \"b\": 2}", false, true, true);
    equal("{\"a\": 1}", "{\"a\": 1, \"b\": 2}", false, false, false);
    equal("{\"a\": [1]}", "\"{ \\\"a\\\": [1] }\"", false, false, true);
    equal("\"a\"", "\"b\"", false, false, false);
}

/* In whichever order IAM tells a policy's versions, the oldest that is not in use makes room. */
static void oldest_version(void **state)
{
    static const char *const orders[] = {"54321", "12345", "31524"};
    struct had_arena own = {0};
    struct had_drivers drivers;
    (void)state;
    had_drivers_open(&drivers, &own);
    const struct had_driver *driver = had_driver_find(&drivers, HAD_STR("AWS::IAM::ManagedPolicy"));
    const json_t *note =
        json_object_get(json_array_get(json_object_get(driver->spec, "update"), 0), "note");
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        json_t *versions = json_array();
        for (const char *p = orders[i]; *p; p++) {
            char id[8], date[32];
            snprintf(id, sizeof id, "v1%c", *p); /* v9 came before v10: texts do not tell */
            snprintf(date, sizeof date, "2026-11-0%cT00:00:00Z", *p);
            json_array_append_new(versions,
                                  json_pack("{s:s, s:s, s:b}", "VersionId", *p == '2' ? "v9" : id,
                                            "CreateDate", date, "IsDefaultVersion", *p == '1'));
        }
        json_t *answer = json_pack("{s:o}", "Versions", versions);
        struct had_scope scope = {.answer = answer};
        json_t *oldest = had_template(json_object_get(note, "Oldest"), &scope);
        json_t *fifth = had_template(json_object_get(note, "Fifth"), &scope);
        assert_string_equal(json_string_value(oldest), "v9");
        assert_non_null(fifth);
        json_decref(oldest);
        json_decref(fifth);
        json_decref(answer);
    }
    had_drivers_close(&drivers);
    had_arena_free(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates),
        cmocka_unit_test(values),
        cmocka_unit_test(oldest_version),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    had_arena_free(&arena);
    return failed;
}
