/*
 * The table of what is listed, against the service models and the catalog; and texts of AWS that
 * would be code, if one of them stood bare: whatever member holds them, the spec parses, and says
 * what it said.
 */

/* cmocka needs these before it */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "import/internal.h"

#include "aws/model.h"
#include "resource/driver.h"
#include "syntax/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned faults;

static void report(const char *entry, const char *what, const char *name)
{
    print_error("%s: %s `%s`\n", entry, what, name);
    faults++;
}

/* ---- the table ---- */

static const struct had_aws_shape *shape_of(const struct had_aws_ref *ref)
{
    return ref->type <= HAD_AWS_MAP ? &had_aws_shapes[ref->shape] : NULL;
}

/* Goes along a path; false if a member on it does not exist. The end stays in *shape and *type. */
static bool walk(const struct had_aws_shape **shape, uint8_t *type, const char *path)
{
    while (*path && *path != '|') {
        if (*path == '.' || *path == ']' || *path == '}') {
            path++;
            continue;
        }
        bool many = *path == '[' || *path == '{';
        if (*type == HAD_AWS_LIST && *path != '{') {
            const struct had_aws_ref *item = had_aws_shape_ref(*shape, 0);
            *type = item->type;
            *shape = shape_of(item);
        }
        size_t len = many ? strcspn(path, "]}") : strcspn(path, ".[{|");
        if (!many) {
            const struct had_aws_ref *ref =
                *type == HAD_AWS_STRUCTURE && *shape
                    ? had_aws_member(*shape, (had_str){path, (uint32_t)len})
                    : NULL;
            if (!ref)
                return false;
            *type = ref->type;
            *shape = shape_of(ref);
        }
        path += len;
    }
    return true;
}

static void check_fields(const char *name, const json_t *entry, const struct had_aws_shape *shape,
                         uint8_t type)
{
    static const char *const maps[] = {"keep", "skip"};
    const struct had_kind *kind = had_kind_find(had_live_str(entry, "kind"));
    const char *key;
    json_t *value;
    json_object_foreach (json_object_get(entry, "fields"), key, value) {
        const char *path = json_string_value(value);
        const struct had_aws_shape *at = shape;
        uint8_t is = type;
        if (path[0] != '$' && !walk(&at, &is, path))
            report(name, "the answer has no", path);
        if (kind && key[0] != '_' && had_kind_attr_index(kind, had_str_c(key)) < 0)
            report(name, "the kind has no attribute", key);
    }
    for (size_t i = 0; i < 2; i++)
        json_object_foreach (json_object_get(entry, maps[i]), key, value) {
            const struct had_aws_shape *at = shape;
            uint8_t is = type;
            if (!walk(&at, &is, key + (key[0] == '?')))
                report(name, "the answer has no", key);
        }
}

static void table(void **state)
{
    (void)state;
    json_t *all = had_live_table(), *entry;
    const char *name;
    size_t i;
    json_object_foreach (all, name, entry) {
        const json_t *params, *of = json_object_get(entry, "of");
        const char *operation_name = had_step_operation(json_object_get(entry, "list"), &params);
        const struct had_aws_service *service =
            had_aws_service_find(had_live_str(entry, "service"));
        const struct had_aws_operation *operation =
            service && operation_name ? had_aws_operation_find(service, had_str_c(operation_name))
                                      : NULL;
        const char *items = had_live_text(entry, "items"), *item = had_live_text(entry, "item"),
                   *key;
        json_t *value;
        if (!operation || operation->output == HAD_AWS_NONE) {
            report(name, "no operation", operation_name ? operation_name : "");
            continue;
        }
        json_object_foreach ((json_t *)(uintptr_t)params, key, value)
            if (!had_aws_member(&had_aws_shapes[operation->input], had_str_c(key)))
                report(name, "the call takes no", key);
        const struct had_aws_shape *shape = &had_aws_shapes[operation->output];
        uint8_t type = HAD_AWS_STRUCTURE;
        if (!walk(&shape, &type, items ? items : item ? item : ""))
            report(name, "the answer has no", items ? items : item);
        if (items && type == HAD_AWS_LIST)
            walk(&shape, &type, "[]");
        check_fields(name, entry, shape, type);
        if (had_live_text(entry, "kind") && !had_kind_find(had_live_str(entry, "kind")))
            report(name, "the catalog has no kind", had_live_text(entry, "kind"));
        json_array_foreach (of, i, value)
            if (!json_object_get(all, json_string_value(value)))
                report(name, "no entry", json_string_value(value));
        if (!had_live_text(entry, "id") && !json_object_get(entry, "into"))
            report(name, "an object without", "id");
    }
    assert_true(json_object_size(all) > 40);
    json_decref(all);
    assert_int_equal(faults, 0);
}

/* ---- hostile texts ---- */

static const char *const hostile[] = {
    "\" }\nwaive R1 on spec because \"x\" until 2099-01-01\n#",
    "'\n}\nimport \"std:workload\"\n",
    "${file(\"/etc/passwd\")}",
    "\\",
    "\\\"",
    "\"\"\"",
    "]",
    "} {",
    "#",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202e\u2066",
    "a,b",
    "0x",
    "existing",
    "if",
    "\302\2332J", /* the control sequence introducer of one character */
    "10.0.0.0/8 }",
    "-",
    "",
};

static void set(json_t *object, const char *member, const char *text)
{
    json_object_set_new(object, member, json_string(text));
}

/* One object of every entry, each text of which is `text`; ids and references hold together. */
static void plant(struct had_live *live, const char *text)
{
    static const char *const references[][2] = {
        {"_parent", "ou 1"},
        {"_hub", "hub 1"},
        {"_segment", "segment 1"},
        {"_vpc", "spoke 1"},
        {"_subnet", "subnet 1"},
        {"_resolver", "resolver 1"},
        {"_rule", "forward 1"},
        {"_directory", "directory 1"},
        {"_instance", "identity-center 1"},
        {"_set", "permission-set 1"},
        {"_account", "111111111111"},
        {"_one", "spoke 1"},
        {"_two", "spoke 1"},
        {"_gateway", "direct-connect-gateway 1"},
        {"gateway", "direct-connect-gateway 1"},
        {"_customer", "customer-gateway 1"},
        {"_management", "111111111111"},
        {"_owner", "111111111111"},
        {"_attachment", "vpc-attachment 1"},
        {"_status", "ACTIVE"},
        {"_zone", "eu-west-1a"},
        {"edition", "standard"},
        {"_principal", "group 1"},
    };
    const char *name, *field;
    json_t *entry, *path;
    json_object_foreach (live->table, name, entry) {
        char id[128];
        bool account = strcmp(name, "account") == 0;
        if (json_object_get(entry, "into"))
            continue;
        snprintf(id, sizeof id, account ? "111111111111" : "%s 1", name);
        json_t *object =
            had_live_add(live, name, HAD_STR("111111111111"), HAD_STR("eu-west-1"), had_str_c(id));
        set(object, "name", text);
        json_object_foreach (json_object_get(entry, "fields"), field, path) {
            json_t *list = json_pack("[s, {s:s, s:s, s:s, s:s}]", text, "Ip", text, "Name", text,
                                     "Path", text, "DestinationCidrBlock", text);
            json_object_set_new(object, field, strlen(text) % 2 ? json_string(text) : list);
            if (!(strlen(text) % 2))
                continue;
            json_decref(list);
        }
        for (size_t i = 0; i < sizeof references / sizeof *references; i++)
            if (json_object_get(json_object_get(entry, "fields"), references[i][0]))
                set(object, references[i][0], references[i][1]);
        if (strcmp(name, "directory") == 0)
            set(object, "_type", "MicrosoftAD");
        if (strcmp(name, "forward") == 0)
            set(object, "_type", "FORWARD");
        if (strcmp(name, "assignment") == 0)
            set(object, "_type", "GROUP");
        if (strcmp(name, "trust") == 0 || strcmp(name, "conditional-forwarder") == 0)
            json_object_set_new(object, "_domain", json_sprintf("%s.example.com", text));
    }
}

static void only_declarations(const struct had_file *file)
{
    for (uint32_t i = 0; i < file->stmts.count; i++) {
        const struct had_stmt *stmt = file->stmts.items[i];
        assert_int_not_equal(stmt->kind, HAD_STMT_ERROR);
        if (stmt->kind == HAD_STMT_BLOCK) {
            assert_false(had_str_is(stmt->as.block.kind.text, "waive"));
            assert_false(had_str_is(stmt->as.block.kind.text, "import"));
        }
    }
}

static void texts_stay_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct had_arena arena = {0};
        had_str error = {0};
        struct had_live live = {.arena = &arena,
                                .name = had_str_c(hostile[i]),
                                .role = had_str_c("r"),
                                .home = HAD_STR("eu-west-1")};
        had_live_begin(&live);
        live.management = HAD_STR("111111111111");
        *had_push(&arena, &live.regions) = live.home;
        plant(&live, hostile[i]);
        assert_true(had_live_infer(&live, &error));
        had_live_write(&live);
        assert_true(live.files.count >= 5);
        had_each (struct had_live_file, file, &live.files) {
            struct had_sources sources = {.arena = &arena};
            struct had_diags diags = {.arena = &arena};
            if (!had_str_ends(file->path, ".had"))
                continue;
            struct had_file *tree = had_parse(
                &arena, &sources, had_sources_add(&sources, file->path, file->text), &diags);
            if (diags.errors)
                print_error("%zu " HAD_FMT ":\n" HAD_FMT "\n", i, HAD_ARG(file->path),
                            HAD_ARG(file->text));
            assert_int_equal(diags.errors, 0);
            only_declarations(tree);
            assert_null(memchr(file->text.ptr, '\x1b', file->text.len));
        }
        had_live_free(&live);
        had_arena_free(&arena);
    }
}

/* What the language has no word for is told, with its reason, and stands in no file. */
static void what_is_not_said_is_left(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    had_str error = {0}, account = HAD_STR("111111111111"), region = HAD_STR("eu-west-1");
    struct had_live live = {
        .arena = &arena, .name = HAD_STR("x"), .role = HAD_STR("r"), .home = region};
    had_live_begin(&live);
    live.management = account;
    json_t *rule = had_live_add(&live, "forward", account, region, HAD_STR("rslvr-rr-1"));
    set(rule, "_type", "DELEGATE");
    set(rule, "_domain", "corp.example.com");
    assert_true(had_live_infer(&live, &error));
    had_live_write(&live);
    assert_int_equal(json_array_size(live.left), 1);
    const json_t *row = json_array_get(live.left, 0);
    assert_string_equal(had_live_text(row, "id"), "rslvr-rr-1");
    assert_string_equal(had_live_text(row, "reason"), "the language has no rules that delegate");
    had_each (struct had_live_file, file, &live.files)
        assert_null(strstr(had_str_cstr(&arena, file->text), "corp.example.com"));
    had_live_free(&live);
    had_arena_free(&arena);
}

/* Assignments of one set and one principal are one statement, wherever the list has them. */
static void assignments_are_grouped(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"set 1", "p1", "222222222222"}, {"set 1", "p1", "333333333333"},
        {"set 1", "p2", "222222222222"}, {"set 1", "p2", "444444444444"},
        {"set 1", "p3", "222222222222"},
    };
    struct had_arena arena = {0};
    had_str error = {0}, account = HAD_STR("111111111111"), region = HAD_STR("eu-west-1");
    struct had_live live = {
        .arena = &arena, .name = HAD_STR("x"), .role = HAD_STR("r"), .home = region};
    had_live_begin(&live);
    live.management = account;
    static const char *const accounts[] = {"111111111111", "222222222222", "333333333333"};
    for (size_t i = 0; i < sizeof accounts / sizeof *accounts; i++) {
        json_t *object = had_live_add(&live, "account", account, region, had_str_c(accounts[i]));
        set(object, "name", accounts[i]);
        set(object, "_status", "ACTIVE");
    }
    set(had_live_add(&live, "identity-center", account, region, HAD_STR("center")), "_owner",
        "111111111111");
    json_t *made = had_live_add(&live, "permission-set", account, region, HAD_STR("set 1"));
    set(made, "name", "Reader");
    set(made, "_instance", "center");
    set(had_live_add(&live, "group", account, region, HAD_STR("principal p1")), "_name", "One");
    set(had_live_add(&live, "group", account, region, HAD_STR("principal p2")), "_name", "Two");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        had_str id = had_str_printf(&arena, "%s to %s on %s", rows[i][0], rows[i][1], rows[i][2]);
        json_t *object = had_live_add(&live, "assignment", account, region, id);
        set(object, "_set", rows[i][0]);
        set(object, "_principal", rows[i][1]);
        set(object, "_account", rows[i][2]);
        set(object, "_type", "GROUP");
    }
    assert_true(had_live_infer(&live, &error));
    uint32_t found = 0;
    had_each (struct had_declared *, at, &live.declared)
        if (strcmp((*at)->kind->name, "assign") == 0) {
            static const char *const said[] = {
                "Reader to group \"One\" on [account account-222222222222, account "
                "account-333333333333]",
                "Reader to group \"Two\" on account account-222222222222"};
            assert_true(found < 2);
            assert_string_equal(had_str_cstr(&arena, (*at)->head), said[found++]);
        }
    assert_int_equal(found, 2);
    assert_int_equal(json_array_size(live.left), 2);
    assert_string_equal(had_live_text(json_array_get(live.left, 0), "reason"),
                        "its account is not in the spec");
    assert_string_equal(had_live_text(json_array_get(live.left, 1), "reason"),
                        "nobody of this id is in the identity store");
    had_live_free(&live);
    had_arena_free(&arena);
}

static void quotes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"CORP\\Admins", "\"CORP\\\\Admins\""},
        {"${x}", "\"\\${x}\""},
        {"a\"b", "\"a\\\"b\""},
        {"a\nb", "\"a?b\""},
        {"\x1b[2J\xc2\x9b", "\"?[2J?\""},
        {"\xe2\x80\xae", "\"\\u{202e}\""},
        {"", "\"\""},
        {"\xc3\xa9", "\"\xc3\xa9\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct had_buffer b = {0};
        had_live_quote(&b, had_str_c(cases[i][0]));
        assert_string_equal(b.ptr, cases[i][1]);
        had_buffer_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(table), cmocka_unit_test(quotes),
                                       cmocka_unit_test(texts_stay_texts),
                                       cmocka_unit_test(what_is_not_said_is_left),
                                       cmocka_unit_test(assignments_are_grouped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
