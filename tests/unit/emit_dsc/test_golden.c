/*
 * What the back ends write for the example graphs, byte for byte: golden/CASE/PATH. HAD_BLESS=1 in
 * the environment writes the files instead.
 */
#include "graphs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char *golden_path(struct fixture *f, const char *name, had_str path)
{
    return had_str_cstr(&f->arena,
                        had_str_printf(&f->arena, "%s/tests/unit/emit_dsc/golden/%s/" HAD_FMT,
                                       HAD_SOURCE_DIR, name, HAD_ARG(path)));
}

static void folders_make(char *path)
{
    for (char *at = path + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            fail_msg("%s cannot be made", path);
        *at = '/';
    }
}

static void golden_bless(char *path, had_str text)
{
    folders_make(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
    fclose(file);
}

static void golden_compare(const char *path, had_str text)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s is missing; HAD_BLESS=1 writes it", path);
    char *expected = malloc((size_t)text.len + 2);
    assert_non_null(expected);
    size_t length = fread(expected, 1, (size_t)text.len + 1, file);
    fclose(file);
    bool equal = length == text.len && memcmp(expected, text.ptr, length) == 0;
    size_t line = 1;
    for (size_t i = 0; !equal && i < length && i < text.len && expected[i] == text.ptr[i]; i++)
        line += expected[i] == '\n';
    free(expected);
    if (!equal)
        fail_msg("%s differs from line %zu on", path, line);
}

static void golden(const char *name, void (*make)(struct fixture *f), bool mof)
{
    struct fixture f;
    fixture_begin(&f);
    make(&f);
    uint32_t errors = emit(&f, &had_backend_dsc);
    if (mof)
        errors += emit(&f, &had_backend_mof);
    if (errors)
        fail_msg("%s", had_str_cstr(&f.arena, f.diags.items.items[0]->message));
    assert_true(f.output.files.count > 0);
    const char *bless = getenv("HAD_BLESS");
    had_each(struct had_output_file, file, &f.output.files) {
        char *path = golden_path(&f, name, file->path);
        if (bless && strcmp(bless, "1") == 0)
            golden_bless(path, file->text);
        golden_compare(path, file->text);
    }
    fixture_end(&f);
}

static void test_forest(void **state)
{
    (void)state;
    golden("forest", graph_forest, true);
}

static void test_domain_controllers(void **state)
{
    (void)state;
    golden("domain-controllers", graph_domain_controllers, true);
}

static void test_trusts(void **state)
{
    (void)state;
    golden("trusts", graph_trusts, true);
}

static void test_new_forest(void **state)
{
    (void)state;
    golden("new-forest", graph_new_forest, true);
}

static void test_directory_admin(void **state)
{
    (void)state;
    golden("directory-admin", graph_directory_admin, true);
}

static void test_later(void **state)
{
    (void)state;
    golden("later", graph_later, true);
}

static void test_scripts(void **state)
{
    (void)state;
    golden("scripts", graph_scripts, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forest),     cmocka_unit_test(test_domain_controllers),
        cmocka_unit_test(test_new_forest), cmocka_unit_test(test_directory_admin),
        cmocka_unit_test(test_later),      cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_trusts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
