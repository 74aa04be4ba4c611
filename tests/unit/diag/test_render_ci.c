/* Golden tests of the forms that continuous integration reads. */
#include "diag/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static const struct had_code rule = {.code = "DC002",
                                     .severity = HAD_ERROR,
                                     .title = "one zone, for all",
                                     .why = "why it is so",
                                     .help = "use another zone",
                                     .source = "SEED"};
static const struct had_code language = {
    .code = "HAD9998", .severity = HAD_WARNING, .title = "a test", .why = "of forms", .help = ""};

struct fixture {
    struct had_arena arena;
    struct had_sources sources;
    struct had_diags diags;
};

/* One finding of each sort: folded with a label and a fix, hostile, without a place, waived. */
static void set(struct fixture *f)
{
    *f = (struct fixture){0};
    f->sources.arena = &f->arena;
    f->diags.arena = &f->arena;
    had_sources_add(&f->sources, HAD_STR("a b,c.had"), HAD_STR("first\nsecond 100%\n"));
    struct had_span first = {1, 0, 5}, second = {1, 6, 12};
    struct had_diag *d = had_report(&f->diags, &rule, second, "bad\n::error::<&\"\x1b> 100%%");
    had_diag_address(d, HAD_STR("forest corp"));
    had_diag_label(d, first, "also <here>");
    had_diag_fix(d, true, first, HAD_STR("x"), "write x");
    d->like_it = 2;
    had_report(&f->diags, &language, (struct had_span){0}, "nowhere");
    had_diag_severity(had_report(&f->diags, &language, (struct had_span){1, 0, 12}, "two lines"),
                      HAD_INFO);
    had_diag_waive(had_report(&f->diags, &rule, first, "agreed"), HAD_STR("until \"then\""));
}

static void expect(struct fixture *f, struct had_buffer *out, const char *expected)
{
    had_buffer_char(out, '\0');
    assert_string_equal(out->ptr, expected);
    had_buffer_free(out);
    had_arena_free(&f->arena);
}

static void github(void **state)
{
    (void)state;
    struct fixture f;
    set(&f);
    struct had_buffer out = {0};
    had_render_github(&out, &f.diags, &f.sources);
    expect(&f, &out,
           "::error file=a b%2Cc.had,line=2,endLine=2,col=1,endColumn=7,title=DC002%3A one zone%2C "
           "for all::"
           "bad\\u{a}::error::<&\"\\u{1b}> 100%25 (and 2 like it)%0Ahelp: use another zone\n"
           "::warning title=HAD9998%3A a test::nowhere\n"
           "::notice file=a b%2Cc.had,line=1,endLine=2,title=HAD9998%3A a test::two lines\n");
}

static void gitlab(void **state)
{
    (void)state;
    struct fixture f;
    set(&f);
    struct had_buffer out = {0};
    had_render_gitlab(&out, &f.diags, &f.sources);
    json_t *report = json_loadb(out.ptr, out.len, 0, NULL);
    assert_int_equal(json_array_size(report), 3);
    json_t *issue = json_array_get(report, 0);
    assert_string_equal(json_string_value(json_object_get(issue, "check_name")), "DC002");
    assert_string_equal(json_string_value(json_object_get(issue, "severity")), "critical");
    assert_string_equal(json_string_value(json_object_get(issue, "description")),
                        "bad\\u{a}::error::<&\"\\u{1b}> 100% (and 2 like it)");
    json_t *location = json_object_get(issue, "location");
    assert_string_equal(json_string_value(json_object_get(location, "path")), "a b,c.had");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(location, "lines"), "begin")), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(report, 1), "severity")),
                        "minor");
    assert_string_equal(json_string_value(json_object_get(json_array_get(report, 2), "severity")),
                        "info");
    /* Fingerprints differ, and stay when the finding moves to another line. */
    const char *print = json_string_value(json_object_get(issue, "fingerprint"));
    assert_int_equal(strlen(print), 16);
    assert_string_not_equal(
        print, json_string_value(json_object_get(json_array_get(report, 1), "fingerprint")));
    struct had_buffer moved = {0};
    f.diags.items.items[0]->span = (struct had_span){1, 0, 5};
    had_render_gitlab(&moved, &f.diags, &f.sources);
    json_t *again = json_loadb(moved.ptr, moved.len, 0, NULL);
    assert_string_equal(
        print, json_string_value(json_object_get(json_array_get(again, 0), "fingerprint")));
    json_decref(report);
    json_decref(again);
    had_buffer_free(&out);
    had_buffer_free(&moved);
    had_arena_free(&f.arena);
}

static void junit(void **state)
{
    (void)state;
    struct fixture f;
    set(&f);
    struct had_buffer out = {0};
    had_render_junit(&out, &f.diags, &f.sources);
    expect(
        &f, &out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites>\n"
        "  <testsuite name=\"had check\" tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"1\">\n"
        "    <testcase classname=\"a b,c.had\" name=\"DC002: "
        "bad\\u{a}::error::&lt;&amp;&quot;\\u{1b}&gt; 100% "
        "(and 2 like it)\" file=\"a b,c.had\" line=\"2\">\n"
        "      <failure type=\"DC002\" message=\"bad\\u{a}::error::&lt;&amp;&quot;\\u{1b}&gt; 100% "
        "(and 2 like it)\">"
        "a b,c.had:2:1: bad\\u{a}::error::&lt;&amp;&quot;\\u{1b}&gt; 100% (and 2 like it)\n"
        "help: use another zone</failure>\n"
        "    </testcase>\n"
        "    <testcase classname=\"spec\" name=\"HAD9998: nowhere\">\n"
        "      <system-out>warning: nowhere</system-out>\n"
        "    </testcase>\n"
        "    <testcase classname=\"a b,c.had\" name=\"HAD9998: two lines\" file=\"a b,c.had\" "
        "line=\"1\">\n"
        "      <system-out>info: a b,c.had:1:1: two lines</system-out>\n"
        "    </testcase>\n"
        "    <testcase classname=\"a b,c.had\" name=\"DC002: agreed\" file=\"a b,c.had\" "
        "line=\"1\">\n"
        "      <skipped message=\"waived: until &quot;then&quot;\"/>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
}

static void junit_without_findings(void **state)
{
    (void)state;
    struct fixture f = {0};
    f.sources.arena = &f.arena;
    f.diags.arena = &f.arena;
    struct had_buffer out = {0};
    had_render_junit(&out, &f.diags, &f.sources);
    expect(
        &f, &out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites>\n"
        "  <testsuite name=\"had check\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">\n"
        "    <testcase classname=\"spec\" name=\"no findings\"/>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
}

static const char *at(const json_t *json, const char *key)
{
    return json_string_value(json_object_get(json, key));
}

static void sarif(void **state)
{
    (void)state;
    struct fixture f;
    set(&f);
    struct had_buffer out = {0};
    had_render_sarif(&out, &f.diags, &f.sources, "1.2.3");
    json_t *document = json_loadb(out.ptr, out.len, 0, NULL);
    assert_string_equal(at(document, "version"), "2.1.0");
    json_t *run = json_array_get(json_object_get(document, "runs"), 0);
    json_t *driver = json_object_get(json_object_get(run, "tool"), "driver");
    assert_string_equal(at(driver, "name"), "had");
    assert_string_equal(at(driver, "version"), "1.2.3");
    json_t *rules = json_object_get(driver, "rules"), *results = json_object_get(run, "results");
    assert_int_equal(json_array_size(rules), 2);
    assert_int_equal(json_array_size(results), 4);
    static const struct {
        const char *id, *level;
        int rule, suppressions, locations;
    } expected[] = {{"DC002", "error", 0, 0, 1},
                    {"HAD9998", "warning", 1, 0, 1},
                    {"HAD9998", "note", 1, 0, 1},
                    {"DC002", "error", 0, 1, 1}};
    for (size_t i = 0; i < 4; i++) {
        json_t *result = json_array_get(results, i);
        assert_string_equal(at(result, "ruleId"), expected[i].id);
        assert_string_equal(at(result, "level"), expected[i].level);
        assert_int_equal(json_integer_value(json_object_get(result, "ruleIndex")),
                         expected[i].rule);
        assert_string_equal(at(json_array_get(rules, (size_t)expected[i].rule), "id"),
                            expected[i].id);
        assert_int_equal(json_array_size(json_object_get(result, "suppressions")),
                         expected[i].suppressions);
        assert_int_equal(json_array_size(json_object_get(result, "locations")),
                         expected[i].locations);
    }
    json_t *first = json_array_get(results, 0);
    for (size_t i = 0; i < 2; i++) { /* what code scanning asks of a rule, and refuses if empty */
        json_t *r = json_array_get(rules, i);
        static const char *const texts[] = {"shortDescription", "fullDescription", "help"};
        for (size_t k = 0; k < 3; k++)
            assert_true(strlen(at(json_object_get(r, texts[k]), "text")) > 0);
        assert_true(strlen(at(json_object_get(r, "help"), "markdown")) > 0);
    }
    assert_string_not_equal(
        at(json_object_get(first, "partialFingerprints"), "primaryLocationLineHash"),
        at(json_object_get(json_array_get(results, 1), "partialFingerprints"),
           "primaryLocationLineHash"));
    assert_null(json_object_get(first, "baselineState"));
    json_t *place = json_array_get(json_object_get(first, "locations"), 0);
    json_t *physical = json_object_get(place, "physicalLocation");
    assert_string_equal(at(json_object_get(physical, "artifactLocation"), "uri"), "a%20b%2Cc.had");
    json_t *region = json_object_get(physical, "region");
    assert_int_equal(json_integer_value(json_object_get(region, "startLine")), 2);
    assert_int_equal(json_integer_value(json_object_get(region, "startColumn")), 1);
    assert_int_equal(json_integer_value(json_object_get(region, "endColumn")), 7);
    assert_string_equal(
        at(json_array_get(json_object_get(place, "logicalLocations"), 0), "fullyQualifiedName"),
        "forest corp");
    assert_int_equal(json_integer_value(json_object_get(first, "occurrenceCount")), 3);
    json_t *change = json_array_get(
        json_object_get(json_array_get(json_object_get(first, "fixes"), 0), "artifactChanges"), 0);
    json_t *replacement = json_array_get(json_object_get(change, "replacements"), 0);
    assert_string_equal(at(json_object_get(replacement, "insertedContent"), "text"), "x");
    assert_string_equal(
        at(json_array_get(json_object_get(json_array_get(results, 3), "suppressions"), 0),
           "justification"),
        "until \"then\"");
    json_decref(document);
    had_buffer_free(&out);
    had_arena_free(&f.arena);
}

/* What an earlier check has is known, wherever it stands now; one more of it is new. */
static void baseline(void **state)
{
    (void)state;
    struct fixture f;
    set(&f);
    struct had_buffer before = {0};
    had_render_json(&before, &f.diags, &f.sources, HAD_STR("x"));
    uint32_t known = f.diags.items.count;
    struct had_diag *first = f.diags.items.items[0];
    first->span = (struct had_span){1, 0, 5};
    had_report(&f.diags, first->code, first->span, HAD_FMT, HAD_ARG(first->message))->address =
        first->address;
    had_report(&f.diags, &language, (struct had_span){1, 0, 1}, "a new one");
    assert_null(had_diags_baseline(&f.diags, &f.sources, had_buffer_view(&before)));
    for (uint32_t i = 0; i < f.diags.items.count; i++)
        assert_int_equal(f.diags.items.items[i]->is_known, i < known);
    struct had_summary s = had_diags_summary(&f.diags);
    assert_int_equal(s.known, known - 1); /* the waived one counts as waived */
    assert_int_equal(s.error, 1);
    assert_int_equal(s.warning, 1);
    first->like_it++; /* an equal finding has joined the folded ones */
    assert_null(had_diags_baseline(&f.diags, &f.sources, had_buffer_view(&before)));
    assert_false(first->is_known);

    struct had_buffer out = {0};
    had_render_sarif(&out, &f.diags, &f.sources, "1.2.3");
    json_t *document = json_loadb(out.ptr, out.len, 0, NULL);
    json_t *results =
        json_object_get(json_array_get(json_object_get(document, "runs"), 0), "results");
    assert_string_equal(at(json_array_get(results, 0), "baselineState"), "new");
    assert_string_equal(at(json_array_get(results, 1), "baselineState"), "unchanged");
    json_decref(document);
    had_buffer_free(&out);
    static const char *const wrong[] = {
        "",
        "[",
        "[]",
        "{}",
        "{\"version\":2,\"findings\":[]}",
        "{\"version\":1,\"findings\":[{}]}",
        "{\"version\":1,\"findings\":[{\"fingerprint\":\"xyz\"}]}",
        "{\"version\":1,\"findings\":[{\"fingerprint\":\"0123456789abcdef\",\"like_it\":-2}]}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_non_null(had_diags_baseline(&f.diags, &f.sources, had_str_c(wrong[i])));
    had_buffer_free(&before);
    had_arena_free(&f.arena);
}

/* Files are named as seen from where the user stands; those of `std:` keep their names. */
static void shown_paths(void **state)
{
    (void)state;
    struct fixture f = {0};
    f.sources.arena = &f.arena;
    f.diags.arena = &f.arena;
    had_sources_add(&f.sources, HAD_STR("a.had"), HAD_STR("abc"));
    had_sources_add(&f.sources, HAD_STR("std:b.had"), HAD_STR("abc"));
    had_report(&f.diags, &rule, (struct had_span){1, 0, 1}, "one");
    had_report(&f.diags, &rule, (struct had_span){2, 0, 1}, "two");
    had_sources_show(&f.sources, HAD_STR("infra/x"));
    struct had_buffer out = {0};
    had_render_short(&out, &f.diags, &f.sources);
    expect(&f, &out,
           "infra/x/a.had:1:1: error DC002: one\n"
           "std:b.had:1:1: error DC002: two\n");
}

static void unreadable_files(void **state)
{
    (void)state;
    struct fixture f = {0};
    f.sources.arena = &f.arena;
    f.diags.arena = &f.arena;
    uint32_t named = had_sources_add(&f.sources, HAD_STR("a.had"), HAD_STR("import \"x.had\"\n"));
    uint32_t bad = had_sources_add(&f.sources, HAD_STR("x.had"), HAD_STR("ab\n\xff"));
    struct had_span here = {named, 7, 14};
    struct had_source_error error = {HAD_SOURCE_NOT_UTF8, 3, 0};
    had_report_source(&f.diags, here, bad, HAD_STR("x.had"), error);
    error = (struct had_source_error){HAD_SOURCE_LINK, 0, 0};
    had_report_source(&f.diags, here, 0, HAD_STR("x.had"), error);
    error = (struct had_source_error){HAD_SOURCE_MISSING, 0, 0};
    had_report_source(&f.diags, (struct had_span){0}, 0, HAD_STR("y"), error);
    error = (struct had_source_error){HAD_SOURCE_OUTSIDE, 0, 0};
    had_report_source(&f.diags, here, 0, HAD_STR("../y"), error);
    error = (struct had_source_error){HAD_SOURCE_UNREADABLE, 0, 13 /* EACCES */};
    had_report_source(&f.diags, here, 0, HAD_STR("z"), error);
    const struct had_diag *last = f.diags.items.items[f.diags.items.count - 1];
    assert_int_equal(last->notes.count, 1);
    assert_string_equal(last->notes.items[0].ptr, "the system says: Permission denied");
    struct had_buffer out = {0};
    had_render_short(&out, &f.diags, &f.sources);
    expect(&f, &out,
           "x.had:2:1: error HAD0008: `x.had` is not valid UTF-8\n"
           "a.had:1:8: error HAD0003: `x.had` is a symbolic link, or is reached through one\n"
           "error HAD0001: `y` does not exist\n"
           "a.had:1:8: error HAD0004: `../y` is outside the spec's folder\n"
           "a.had:1:8: error HAD0009: `z` cannot be read\n");
}

/* Sorting drops doubles and keeps the count of errors right; waiving and severities, too. */
static void counting(void **state)
{
    (void)state;
    struct fixture f = {0};
    f.sources.arena = &f.arena;
    f.diags.arena = &f.arena;
    had_sources_add(&f.sources, HAD_STR("a.had"), HAD_STR("abc"));
    had_report(&f.diags, &language, (struct had_span){1, 2, 3}, "last");
    had_report(&f.diags, &rule, (struct had_span){1, 1, 2}, "double");
    had_report(&f.diags, &rule, (struct had_span){1, 1, 2}, "double");
    struct had_diag *down = had_report(&f.diags, &rule, (struct had_span){1, 0, 1}, "first");
    struct had_diag *gone = had_report(&f.diags, &rule, (struct had_span){1, 1, 2}, "other");
    assert_int_equal(f.diags.errors, 4);
    had_diag_severity(down, HAD_INFO);
    had_diag_waive(gone, HAD_STR("why"));
    had_diag_waive(gone, HAD_STR("why"));
    had_diags_sort(&f.diags);
    assert_int_equal(f.diags.errors, 1);
    assert_int_equal(f.diags.items.count, 4);
    struct had_summary s = had_diags_summary(&f.diags);
    assert_int_equal(s.error, 1);
    assert_int_equal(s.warning, 1);
    assert_int_equal(s.info, 1);
    assert_int_equal(s.waived, 1);
    struct had_buffer out = {0};
    had_render_short(&out, &f.diags, &f.sources);
    expect(&f, &out,
           "a.had:1:1: info DC002: first\n"
           "a.had:1:2: error DC002: double\n"
           "a.had:1:3: warning HAD9998: last\n");
}

/* Every language code has what `had explain` shows, and a number of its own. */
static void catalog(void **state)
{
    (void)state;
    for (const struct had_code *const *c = had_language_codes; *c; c++) {
        assert_int_equal(strlen((*c)->code), 7);
        for (const struct had_code *const *other = had_language_codes; other < c; other++)
            if (strcmp((*other)->code, (*c)->code) == 0)
                fail_msg("%s is given twice", (*c)->code);
        if (!(*c)->title[0] || !(*c)->why || !(*c)->why[0])
            fail_msg("%s says nothing", (*c)->code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(github),   cmocka_unit_test(gitlab),
        cmocka_unit_test(junit),    cmocka_unit_test(junit_without_findings),
        cmocka_unit_test(sarif),    cmocka_unit_test(unreadable_files),
        cmocka_unit_test(baseline), cmocka_unit_test(shown_paths),
        cmocka_unit_test(counting), cmocka_unit_test(catalog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
