/* The typed spec: values, names, selections, modules, derivation, and that order never matters. */
#include "sema/sema.h"
#include "syntax/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct compiled {
    struct had_arena arena;
    struct had_sources sources;
    struct had_diags diags;
    had_files files;
    struct had_spec *spec;
};

static const char base[] =
    "had 1\n"
    "spec x { owner = \"a@example.com\" }\n"
    "existing organization acme { id = \"o-a1b2c3d4e5\", management = account m }\n"
    "existing ou work in organization acme\n"
    "existing ou deep in ou work\n"
    "existing account m in organization acme { id = 111111111111 }\n"
    "existing account net in organization acme { id = 222222222222 }\n"
    "existing account app in ou deep { id = 333333333333 }\n"
    "region eu-west-1 { zones = [a, b] }\n"
    "hub core in account net at region eu-west-1 { asn = 64520 }\n"
    "segment all in hub core { reaches = [segment all] }\n";

static void compile_root(struct compiled *c, const char *root, const char *text)
{
    *c = (struct compiled){0};
    c->sources.arena = &c->arena;
    c->sources.root = had_str_c(root);
    c->diags.arena = &c->arena;
    uint32_t file = had_sources_add(&c->sources, HAD_STR("t.had"), had_str_c(text));
    *had_push(&c->arena, &c->files) = had_parse(&c->arena, &c->sources, file, &c->diags);
    had_imports(&c->arena, &c->sources, &c->diags, &c->files);
    const struct had_sema_input input = {
        .arena = &c->arena,
        .sources = &c->sources,
        .diags = &c->diags,
        .files = (const struct had_file *const *)c->files.items,
        .file_count = c->files.count,
    };
    c->spec = had_sema(&input);
    had_diags_sort(&c->diags);
}

static void compile(struct compiled *c, const char *more)
{
    char *text = malloc(sizeof base + strlen(more) + 1);
    assert_non_null(text);
    strcpy(text, base);
    strcat(text, more);
    compile_root(c, ".", text);
    free(text);
}

static void show(const struct compiled *c)
{
    struct had_buffer b = {0};
    had_render_short(&b, &c->diags, &c->sources);
    print_message("%s", b.ptr ? b.ptr : "");
    had_buffer_free(&b);
}

static const struct had_object *find(const struct compiled *c, const char *address)
{
    const struct had_object *o = had_spec_find(c->spec, had_str_c(address));
    if (!o) {
        for (uint32_t i = 0; i < c->spec->objects.count; i++)
            print_message("  " HAD_FMT "\n", HAD_ARG(c->spec->objects.items[i]->address));
        show(c);
        fail_msg("there is no %s", address);
    }
    return o;
}

static void assert_value(struct compiled *c, const char *address, const char *name,
                         const char *expected)
{
    had_str text = had_value_text(&c->arena, had_get(find(c, address), name));
    assert_string_equal(had_str_cstr(&c->arena, text), expected);
}

static void assert_clean(struct compiled *c)
{
    if (c->diags.errors)
        show(c);
    assert_int_equal(c->diags.errors, 0);
}

static void assert_code(struct compiled *c, const char *code)
{
    for (uint32_t i = 0; i < c->diags.items.count; i++)
        if (strcmp(c->diags.items.items[i]->code->code, code) == 0)
            return;
    show(c);
    fail_msg("no finding %s", code);
}

/* ---- one table: what is written, and what an object then says ---- */

static const struct {
    const char *text, *address, *name, *expected;
} values[] = {
    {"spoke s in account app on hub core { cidr = 10.0.0.0/16 }", "spoke s", "region",
     "region eu-west-1"},
    {"spoke s in account app on hub core { cidr = 10.0.0.0/16 }", "spoke s", "segment",
     "[segment core.all]"},
    {"spoke s in account app on hub core { cidr = 10.0.0.0/16 }", "spoke s", "propagates-to",
     "[segment core.all]"},
    {"spoke s in account app on hub core { cidr = 10.0.0.0/16, propagates-to = [] }", "spoke s",
     "propagates-to", "[]"},
    {"spoke s in account app on hub core { cidr = 10.0.0.0/16, secondary-cidrs = 10.9.0.0/16 }",
     "spoke s", "ranges", "[10.0.0.0/16, 10.9.0.0/16]"},
    {"spoke s in account app on hub core { cidr = 10.0.0.0/16 }\n"
     "spoke t in account app on hub core { cidr = 10.1.0.0/16 }",
     "region eu-west-1", "ranges", "[10.0.0.0/15]"},
    {"spoke s in account app on hub core { cidr = 10.0.0.0/16 }\n"
     "spoke t in account app on hub core { cidr = 10.2.0.0/16 }",
     "spoke s", "routes", "[{ range = 10.2.0.0/16, to = hub core }]"},
    {"spoke s in account app on hub core { cidr = 10.0.0.0/16 }", "hub core", "share-with",
     "[account app]"},
    {"spoke s in account app on hub core { cidr = 10.0.0.0/16 }", "hub core", "advertises",
     "[10.0.0.0/16]"},
    {"spoke s in account app on hub core {\n cidr = 10.0.0.0/16\n"
     " for z in core.region.zones { subnet app in zone z { cidr = slice(10.0.0.0/16, 24, z) } }\n}",
     "spoke s/subnet app[b]", "cidr", "10.0.1.0/24"},
    {"spoke s in account app on hub core {\n cidr = 10.0.0.0/16\n"
     " subnet x1 in zone a { cidr = 10.0.0.0/24 }\n subnet x2 in zone a { cidr = 10.0.1.0/24 }\n"
     " subnet x3 in zone b { cidr = 10.0.2.0/24 }\n}",
     "spoke s", "attachment-subnets", "[subnet s.x1, subnet s.x3]"},
    {"spoke s in account app on hub core {\n cidr = 10.0.0.0/16\n"
     " subnet x1 in zone a { cidr = 10.0.0.0/24 }\n"
     " subnet x2 in zone a { cidr = 10.0.1.0/24, use = attachment }\n}",
     "spoke s", "attachment-subnets", "[subnet s.x2]"},
    {"spoke s in account app on hub core { cidr = 10.0.0.0/16, role = inspection }", "spoke s",
     "appliance-mode", "true"},
    {"let net = 10.0.0.0/8\nspoke s in account app on hub core { cidr = slice(net, 16, 3) }",
     "spoke s", "cidr", "10.3.0.0/16"},
    {"site d { ranges = [10.0.0.0/8], dns = host(10.1.0.0/24, 10) }", "site d", "dns",
     "[10.1.0.10]"},
    {"site d { country = if 1 < 2 then \"IE\" else \"GB\" }", "site d", "country", "\"IE\""},
    {"site d { country = if count(every account of ou work) == 1 then \"IE\" else \"GB\" }",
     "site d", "country", "\"IE\""},
    {"let parts = split(\"a, b ,c\", \",\")\nsite d { tags-like = 1 }\n"
     "spoke s in account app on hub core { cidr = 10.0.0.0/16, description = join(parts, \"+\") }",
     "spoke s", "description", "\"a+b+c\""},
    {"spoke s in account app on hub core { cidr = 10.0.0.0/16, description = lower(\"ABC\") }",
     "spoke s", "description", "\"abc\""},
    {"## Spoken for.\nspoke s in account app on hub core { cidr = 10.0.0.0/16 }", "spoke s",
     "description", "\"Spoken for.\""},
    {"site d { ranges = [10.0.0.0/12], dns = [10.1.0.10] }\n"
     "existing forest corp { root = \"corp.example.com\", sites = [site d] }",
     "forest corp", "netbios", "\"CORP\""},
    {"site d { ranges = [10.0.0.0/12], dns = [10.1.0.10] }\n"
     "existing forest corp { root = \"corp.example.com\", sites = [site d] }",
     "forest corp", "dns", "[10.1.0.10]"},
    {"site d { ranges = [10.0.0.0/12] }\n"
     "link l via vpn from site d to hub core { device = 203.0.113.9, asn = 65010 }",
     "link l", "learned", "[10.0.0.0/12]"},
    {"site d { ranges = [10.0.0.0/12] }\n"
     "link l via direct-connect from site d to hub core { connection = \"dxcon-fg1a2b3c\", vlan = "
     "5, asn = 65010 }",
     "direct-connect-gateway direct-connect[net]", "asn", "64512"},
    {"module w {\n param id : account-id\n param n : int = 2\n existing account self in ou work { "
     "id = id }\n"
     " spoke main in account self on hub core { cidr = slice(10.0.0.0/8, 16, n) }\n}\n"
     "w one { id = 444444444444 }",
     "spoke one.main", "account", "account one"},
    {"module w {\n param id : account-id\n param n : int = 2\n existing account self in ou work { "
     "id = id }\n"
     " spoke main in account self on hub core { cidr = slice(10.0.0.0/8, 16, n) }\n}\n"
     "w one { id = 444444444444 }",
     "spoke one.main", "cidr", "10.2.0.0/16"},
    {"module inner { param c : cidr\n spoke s in account app on hub core { cidr = c } }\n"
     "module outer { param c : cidr\n inner i { c = c } }\nouter o { c = 10.7.0.0/16 }",
     "spoke o.i.s", "cidr", "10.7.0.0/16"},
    {"for n in [\"a\", \"b\"] { site s { country = \"IE\", description = \"${n}\" } }", "site s[b]",
     "country", "\"IE\""},
    {"permission-set p { policies = [\"ReadOnlyAccess\"], session = 90m }", "permission-set p",
     "session", "1h30m"},
    {"permission-set p { policies = [\"ReadOnlyAccess\"] }\nassign p to group \"Ops\" on ou work",
     "assign p/group \"Ops\"/account app", "account", "account app"},
    {"secret-holder {}\npermission-set p {}", "permission-set p", "session", "1h"},
    /* A child of a child is the module's own, before equal ones of other instances. */
    {"module w {\n param c : cidr\n spoke s in account app on hub core { cidr = c }\n"
     " resolver out in spoke s { direction = outbound, subnets = [] }\n"
     " forward \"corp.example.com\" via resolver out { targets = [10.0.0.10], used-by = spoke s }\n"
     "}\nw one { c = 10.1.0.0/16 }\nw two { c = 10.2.0.0/16 }",
     "spoke two.s/resolver out/forward \"corp.example.com\"", "used-by", "[spoke two.s]"},
    /* A link with a partner's site is none of the other forest's. */
    {"site d { ranges = [10.0.0.0/12] }\nsite p { ranges = [172.16.0.0/16] }\n"
     "existing forest corp { root = \"corp.example.com\", sites = site d }\n"
     "existing forest partner { root = \"ad.example.net\", sites = site p }\n"
     "link l via vpn from site d to hub core { device = 203.0.113.9, asn = 65010 }\n"
     "link m via vpn from site p to hub core { device = 203.0.113.8, asn = 65011 }",
     "site-link p-eu-west-1", "forests", "[forest partner]"},
    /* What stands behind a kind's word, and clauses whose words are reserved. */
    {"permission-set p { policies = \"ReadOnlyAccess\" }\nassign p to group \"Ops\" on ou work\n"
     "site d { country = if count(every assign where \"ReadOnlyAccess\" within .subject.policies) "
     "== 1"
     " then \"IE\" else \"GB\" }",
     "site d", "country", "\"IE\""},
    {"waive DC002 on hub core because \"a lab\" until 2027-03-31\n"
     "site d { country = if count(every waive where .subject == \"DC002\" and .until < 2027-04-01) "
     "=="
     " 1 then \"IE\" else \"GB\" }",
     "site d", "country", "\"IE\""},
};

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct compiled c;
        compile(&c, values[i].text);
        assert_value(&c, values[i].address, values[i].name, values[i].expected);
        had_arena_free(&c.arena);
    }
}

/* ---- selections ---- */

static uint32_t count_of(struct compiled *c, const char *selection)
{
    char text[512];
    snprintf(text, sizeof text,
             "spoke s in account app on hub core { cidr = 10.0.0.0/16 }\n"
             "spoke t in account net on hub core { cidr = 10.1.0.0/16, role = endpoint }\n"
             "spoke u in account net at region eu-west-1 { cidr = 10.2.0.0/16 }\n"
             "let chosen = %s\nfor x in chosen { site found { country = \"IE\" } }\n",
             selection);
    compile(c, text);
    return had_spec_kind(c->spec, "site")->count;
}

static void test_selections(void **state)
{
    (void)state;
    static const struct {
        const char *selection;
        uint32_t count;
    } cases[] = {
        {"every spoke", 3},
        {"every spoke of hub core", 2},
        {"every spoke of account net", 2},
        {"every spoke of ou work", 1},
        {"every spoke of region eu-west-1", 3},
        {"every spoke of segment all", 2}, /* the only segment of its hub */
        {"every spoke where .segment == all", 2},
        {"every spoke except spoke s", 2},
        {"every spoke except [spoke s, spoke t]", 1},
        {"every spoke where .role == workload", 2},
        {"every spoke where .role != workload", 1},
        {"every spoke where .account == account net", 2},
        {"every spoke where .account.ou == ou deep", 1},
        {"every spoke where .ranges within 10.0.0.0/15", 2},
        {"every spoke where present(.flow-logs)", 0},
        {"every spoke where not (.name == \"s\" or .name == \"t\")", 1},
        {"every account of organization acme", 3},
        {"every account where .management", 1},
        {"every account of ou work", 1},
        {"every segment of hub core", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct compiled c;
        uint32_t n = count_of(&c, cases[i].selection);
        if (n != cases[i].count) {
            show(&c);
            fail_msg("%s: %u, expected %u", cases[i].selection, n, cases[i].count);
        }
        had_arena_free(&c.arena);
    }
}

static void test_multiplied(void **state)
{
    (void)state;
    struct compiled c;
    compile(&c, "permission-set p {}\npermission-set q {}\n"
                "assign [p, q] to [group \"A\", user \"b\"] on every account\n"
                "assign p to group \"A\" on [account m, account m]\n");
    /* 2 sets x 2 principals x 3 accounts; the second statement says one of them again. */
    assert_int_equal(had_spec_kind(c.spec, "assign")->count, 12);
    assert_code(&c, "HAD0303");
    find(&c, "assign q/user \"b\"/account net");
    had_arena_free(&c.arena);
}

static void test_own_account_is_passed_over_in_a_selection(void **state)
{
    (void)state;
    struct compiled c;
    compile(&c, "spoke s in account net on hub core {\n cidr = 10.0.0.0/16\n"
                " subnet a in zone a { cidr = 10.0.0.0/24 }\n subnet b in zone b { cidr = "
                "10.0.1.0/24 }\n}\n"
                "directory d in spoke s { root = \"aws.example.com\", edition = enterprise,"
                " subnets = [a, b], admin = secret(\"x\") }\n"
                "share directory d with organization acme\n");
    assert_clean(&c);
    assert_int_equal(had_spec_kind(c.spec, "share")->count, 2);
    assert_value(&c, "share directory d/account m", "method", "handshake");
    assert_value(&c, "directory d", "dns", "computed directory d.dns");
    assert_value(&c, "directory d", "site", "\"eu-west-1\"");
    had_arena_free(&c.arena);
}

/* ---- waiting ---- */

static void test_loops_wait_for_what_they_read(void **state)
{
    (void)state;
    struct compiled c;
    /* The first loop reads spokes of the second, whose list comes from a let that counts accounts.
     */
    compile(&c,
            "for s in every spoke { site near { country = \"IE\" } }\n"
            "for n in names { spoke made in account app on hub core { cidr = slice(10.0.0.0/8, 16, "
            "1) } }\n"
            "let names = if count(every account) == 3 then [\"one\"] else [\"one\", \"two\"]\n");
    assert_clean(&c);
    find(&c, "spoke made[one]");
    find(&c, "site near[made[one]]");
    had_arena_free(&c.arena);
}

static void test_branches(void **state)
{
    (void)state;
    struct compiled c;
    compile(&c, "if count(every ou) == 2 { site yes { country = \"IE\" } } else { site no {} }\n"
                "spoke s in account app on hub core {\n cidr = 10.0.0.0/16\n"
                " if present(core.asn) { description = \"dialed\" }\n}\n"
                "if s.description == \"dialed\" { site late { country = \"IE\" } }\n");
    assert_clean(&c);
    find(&c, "site yes");
    find(&c, "site late");
    assert_null(had_spec_find(c.spec, HAD_STR("site no")));
    assert_value(&c, "spoke s", "description", "\"dialed\"");
    had_arena_free(&c.arena);
}

static void test_principals(void **state)
{
    (void)state;
    struct compiled c;
    compile(&c,
            "existing forest corp { root = \"corp.example.com\", netbios = \"CORP\", sites = [] }\n"
            "permission-set p {}\nassign p to group 'corp\\Cloud Admins' on account app\n");
    const struct had_object *a = find(&c, "assign p/group \"CORP\\\\Cloud Admins\"/account app");
    const struct had_value *v = had_get(a, "principal");
    assert_int_equal(v->tag, HAD_VALUE_PRINCIPAL);
    assert_true(had_str_is(v->principal->netbios, "CORP"));
    assert_true(had_str_is(v->principal->name, "Cloud Admins"));
    assert_ptr_equal(v->principal->domain, find(&c, "forest corp"));
    had_arena_free(&c.arena);
}

static void test_spans_point_to_what_was_said(void **state)
{
    (void)state;
    struct compiled c;
    compile(&c, "spoke s in account app on hub core { cidr = 10.0.0.0/16 }\n");
    const struct had_value *v = had_get(find(&c, "spoke s"), "cidr");
    assert_true(had_str_is(had_source_text(&c.sources, v->span), "10.0.0.0/16"));
    assert_int_equal(v->provenance, HAD_STATED);
    assert_int_equal(had_get(find(&c, "spoke s"), "dns-support")->provenance, HAD_DEFAULT);
    assert_int_equal(had_get(find(&c, "spoke s"), "segment")->provenance, HAD_DERIVED);
    had_arena_free(&c.arena);
}

static void test_no_secret_value_anywhere(void **state)
{
    (void)state;
    struct compiled c;
    compile(&c, "existing forest corp { root = \"corp.example.com\", sites = [], join-as = "
                "\"hunter2\" }\n");
    assert_code(&c, "HAD0412");
    assert_int_equal(had_get(find(&c, "forest corp"), "join-as")->tag, HAD_VALUE_ERROR);
    struct had_buffer b = {0};
    had_show_json(&b, c.spec, (had_str){0}, true);
    assert_null(strstr(b.ptr, "hunter2"));
    had_buffer_free(&b);
    had_arena_free(&c.arena);
}

/* ---- order never matters ---- */

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state % n);
}

static void dump(struct compiled *c, struct had_buffer *out)
{
    had_dump_spec(out, c->spec, (had_str){0}, true);
}

static void test_order_of_statements(void **state)
{
    (void)state;
    static const char *const names[] = {"identity.had", "network.had",   "directories.had",
                                        "access.had",   "workloads.had", "modules/workload.had"};
    const char *root = HAD_SOURCE_DIR "/examples/acme";
    struct compiled read;
    compile_root(&read, root, "had 1\nimport \"identity.had\"\n");
    assert_clean(&read);
    struct had_buffer expected = {0};
    dump(&read, &expected);

    /* All statements of all files in one, in the given order, then shuffled fifty times. */
    had_array(had_str) statements = {0};
    for (uint32_t f = 0; f < read.files.count; f++) {
        const struct had_file *file = read.files.items[f];
        had_str all = read.sources.files.items[file->file - 1]->text;
        for (uint32_t i = 0; i < file->stmts.count; i++) {
            const struct had_stmt *s = file->stmts.items[i];
            if (s->kind == HAD_STMT_BLOCK && (had_str_is(s->as.block.kind.text, "had") ||
                                              had_str_is(s->as.block.kind.text, "import")))
                continue;
            *had_push(&read.arena, &statements) =
                s->doc.len
                    ? had_str_printf(&read.arena, "## " HAD_FMT "\n" HAD_FMT, HAD_ARG(s->doc),
                                     HAD_ARG(had_str_slice(all, s->span.start, s->span.end)))
                    : had_str_slice(all, s->span.start, s->span.end);
        }
    }
    assert_true(statements.count > 40);
    (void)names;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        random_state = seed * 0x9e3779b97f4a7c15u;
        for (uint32_t i = statements.count - 1; i > 0; i--) {
            uint32_t k = random_below(i + 1);
            had_str swap = statements.items[i];
            statements.items[i] = statements.items[k];
            statements.items[k] = swap;
        }
        struct had_buffer text = {0};
        had_buffer_c(&text, "had 1\n");
        for (uint32_t i = 0; i < statements.count; i++)
            had_buffer_printf(&text, HAD_FMT "\n", HAD_ARG(statements.items[i]));
        struct compiled c;
        compile_root(&c, root, text.ptr);
        assert_clean(&c);
        struct had_buffer got = {0};
        dump(&c, &got);
        assert_string_equal(got.ptr, expected.ptr);
        had_buffer_free(&got);
        had_buffer_free(&text);
        had_arena_free(&c.arena);
    }
    had_buffer_free(&expected);
    had_arena_free(&read.arena);
}

/* ---- hostile ---- */

static void test_deep_and_wide(void **state)
{
    (void)state;
    struct compiled c;
    struct had_buffer b = {0};
    had_buffer_c(&b, base);
    had_buffer_c(&b, "let v0 = 1\n");
    for (int i = 1; i < 3000; i++)
        had_buffer_printf(&b, "let v%d = v%d\n", i, i - 1);
    had_buffer_c(&b, "site s { country = \"${v2999}\" }\n");
    compile_root(&c, ".", b.ptr); /* a chain of lets longer than the depth that is worked out */
    assert_code(&c, "HAD0416");
    had_buffer_free(&b);
    had_arena_free(&c.arena);
    compile(&c, "for a in [\"1\", \"2\"] { for b in [\"1\", \"2\"] { for d in [\"1\", \"2\"] {"
                " site s { country = \"IE\" } } } }\n");
    assert_clean(&c);
    assert_int_equal(had_spec_kind(c.spec, "site")->count, 8);
    find(&c, "site s[1][2][1]");
    had_arena_free(&c.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_selections),
        cmocka_unit_test(test_multiplied),
        cmocka_unit_test(test_own_account_is_passed_over_in_a_selection),
        cmocka_unit_test(test_loops_wait_for_what_they_read),
        cmocka_unit_test(test_branches),
        cmocka_unit_test(test_principals),
        cmocka_unit_test(test_spans_point_to_what_was_said),
        cmocka_unit_test(test_no_secret_value_anywhere),
        cmocka_unit_test(test_order_of_statements),
        cmocka_unit_test(test_deep_and_wide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
