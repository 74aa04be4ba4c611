/* Every rule has what people read about it, agrees with the catalog of facts, and has cases of both
 * kinds. */
#include "check/check.h"
#include "schema/facts.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Rules that this architecture makes errors, whatever the catalog says, and that may be waived. */
static const char *const enforced[] = {"ASG010",  "DC001",   "DC002",    "DC022",   "JOIN010",
                                       "PS007",   "PS016",   "SHARE002", "SITE001", "SITE002",
                                       "SITE003", "SITE004", "SITE005",  "TRUST012"};
/* Adjustable quotas: errors that may be waived. */
static const char *const quotas[] = {"DNS005", "SHARE001", "HYD008", "PS005"};
/* What remains of an error that the language refuses: advice. */
static const char *const advised[] = {"NET022", "DIR023", "PS004"};

static bool holds(const char *const *list, size_t count, const char *code)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], code) == 0)
            return true;
    return false;
}

static bool ends_well(const char *sentence)
{
    size_t len = strlen(sentence);
    return len && strchr(".!?", sentence[len - 1]);
}

static void texts(void **state)
{
    (void)state;
    for (const struct had_rule *const *r = had_rules; *r; r++) {
        const struct had_rule *rule = *r;
        const char *code = rule->code.code;
        if (!rule->code.title || !rule->code.title[0] || ends_well(rule->code.title))
            fail_msg("%s: the title is a phrase without a final stop", code);
        if (!rule->code.why || !ends_well(rule->code.why))
            fail_msg("%s: the reason is made of whole sentences", code);
        if (!rule->code.help || !rule->code.help[0] || ends_well(rule->code.help))
            fail_msg("%s: the help says what to do, without a final stop", code);
        if (!rule->complexity || strncmp(rule->complexity, "O(", 2) != 0)
            fail_msg("%s: the complexity is not stated", code);
        if (!rule->run)
            fail_msg("%s: there is no function", code);
        if (strncmp(code, rule->group, strlen(rule->group)) != 0)
            fail_msg("%s is not of group %s", code, rule->group);
    }
}

static size_t parts(const char *source)
{
    size_t n = 1;
    for (; *source; source++)
        n += *source == ';';
    return n;
}

static void facts(void **state)
{
    (void)state;
    const struct had_fact_rule *last = NULL;
    for (const struct had_rule *const *r = had_rules; *r; r++) {
        const struct had_code *code = &(*r)->code;
        const struct had_fact_rule *fact = had_fact_rule_find(had_str_c(code->code));
        if (!fact)
            fail_msg("%s is not in the catalog", code->code);
        if (last && fact <= last)
            fail_msg("%s does not stand in the order of the catalog", code->code);
        last = fact;
        /* The same sources, with the names of books in place of the table's short keys. */
        assert_int_equal(parts(code->source), parts(fact->source));
        assert_true(strlen(code->source) >= strlen(fact->source));
        assert_null(strstr(code->source, "SSOG/"));
        assert_string_equal((*r)->group, fact->group);
        bool of_ours = holds(enforced, sizeof enforced / sizeof *enforced, code->code);
        const char *severity = of_ours ? "error"
                               : holds(advised, sizeof advised / sizeof *advised, code->code)
                                   ? "warning"
                                   : fact->severity;
        assert_string_equal(had_severity_name(code->severity), severity);
        bool hard = !of_ours && code->severity == HAD_ERROR &&
                    !holds(quotas, sizeof quotas / sizeof *quotas, code->code);
        if (code->hard != hard)
            fail_msg("%s is%s hard", code->code, code->hard ? "" : " not");
        assert_int_equal((*r)->opt_in, strcmp(fact->status, "U") == 0);
        assert_ptr_equal(had_rule_find(had_str_c(code->code)), *r);
    }
    for (size_t i = 0; i < sizeof enforced / sizeof *enforced; i++)
        assert_non_null(had_rule_find(had_str_c(enforced[i])));
    assert_null(had_rule_find(HAD_STR("DC999")));
}

static void cases(void **state)
{
    (void)state;
    for (const struct had_rule *const *r = had_rules; *r; r++) {
        char path[512];
        snprintf(path, sizeof path, "%s/tests/check/%s", HAD_SOURCE_DIR, (*r)->code.code);
        DIR *folder = opendir(path);
        if (!folder)
            fail_msg("%s has no cases in tests/check", (*r)->code.code);
        int fires = 0, silent = 0;
        for (struct dirent *entry; (entry = readdir(folder));) {
            fires += strncmp(entry->d_name, "fires", 5) == 0;
            silent += strncmp(entry->d_name, "silent", 6) == 0;
        }
        closedir(folder);
        if (!fires || !silent)
            fail_msg("%s has %d cases that fire and %d that stay silent", (*r)->code.code, fires,
                     silent);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(facts),
        cmocka_unit_test(cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
