/* Waivers, the severity policy, phases and folding, on small specs from memory. */
#include "check/check.h"
#include "schema/literal.h"
#include "sema/sema.h"
#include "syntax/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Two controllers in one zone (DC002, an error that may be waived) and an overlap of subnets
 * (NET003, hard). */
#define CORE                                                                                       \
    "existing organization acme { id = \"o-a1b2c3d4e5\", management = account management }\n"      \
    "existing account management in organization acme { id = 111111111111 }\n"                     \
    "existing account web in organization acme { id = 222222222222 }\n"                            \
    "region eu-west-1 { zones = [a, b] }\n"
#define FOREST                                                                                     \
    "spoke home in account web at region eu-west-1 {\n"                                            \
    "  role = shared-services\n"                                                                   \
    "  cidr = 10.17.0.0/20\n"                                                                      \
    "  subnet one in zone a { cidr = 10.17.0.0/24 }\n"                                             \
    "  subnet two in zone b { cidr = 10.17.1.0/24 }\n"                                             \
    "}\n"                                                                                          \
    "forest corp {\n"                                                                              \
    "  root = \"corp.example.com\"\n"                                                              \
    "  controller dc-1 in subnet home.one { address = 10.17.0.10 }\n"                              \
    "  controller dc-2 in subnet home.one { address = 10.17.0.11 }\n"                              \
    "}\n"
#define SPEC "spec case { owner = \"platform@example.com\" }\n"

struct run {
    struct had_arena arena;
    struct had_sources sources;
    struct had_diags diags;
    struct had_spec *spec;
    uint32_t silent;
};

static void check_as(struct run *r, const char *text, const char *phase, bool no_waivers)
{
    *r = (struct run){0};
    r->sources.arena = &r->arena;
    r->diags.arena = &r->arena;
    had_str whole = had_str_printf(&r->arena, "had 1\n%s", text);
    uint32_t number = had_sources_add(&r->sources, HAD_STR("case.had"), whole);
    const struct had_file *file = had_parse(&r->arena, &r->sources, number, &r->diags);
    struct had_sema_input input = {.arena = &r->arena,
                                   .sources = &r->sources,
                                   .diags = &r->diags,
                                   .files = &file,
                                   .file_count = 1,
                                   .phase = phase};
    assert_true(had_date_parse(HAD_STR("2026-11-24"), &input.as_of));
    r->spec = had_sema(&input);
    struct had_check_options options = {.no_waivers = no_waivers};
    r->silent = had_check_run(&r->arena, r->spec, NULL, &r->diags, &options);
    had_diags_sort(&r->diags);
}

/* The findings as "CODE@line", with a severity or `waived` where they differ from the code's. */
static void expect(struct run *r, const char *expected)
{
    struct had_buffer out = {0};
    for (uint32_t i = 0; i < r->diags.items.count; i++) {
        const struct had_diag *d = r->diags.items.items[i];
        /* No names in these specs, and no endpoints. */
        if (strcmp(d->code->code, "DNS009") == 0 || strcmp(d->code->code, "JOIN010") == 0)
            continue;
        struct had_position at = had_source_position(&r->sources, d->span.file, d->span.start);
        had_buffer_printf(&out, "%s%s@%u", out.len ? " " : "", d->code->code, at.line);
        if (d->is_waived)
            had_buffer_printf(&out, "(waived: " HAD_FMT ")", HAD_ARG(d->waived));
        else if (d->severity != d->code->severity)
            had_buffer_printf(&out, "(%s)", had_severity_name(d->severity));
        if (d->like_it)
            had_buffer_printf(&out, "+%u", d->like_it);
    }
    had_buffer_char(&out, '\0');
    assert_string_equal(out.ptr, expected);
    had_buffer_free(&out);
    had_arena_free(&r->arena);
}

static void expect_of(const char *text, const char *expected)
{
    struct run r;
    check_as(&r, text, NULL, false);
    expect(&r, expected);
}

static void waived_and_counted(void **state)
{
    (void)state;
    struct run r;
    check_as(&r,
             SPEC CORE FOREST "waive DC002 on forest corp because \"moving\" until 2027-01-01\n",
             NULL, false);
    /* What remains is the missing rule for the names of corp, which stands for any other finding.
     */
    uint32_t errors = r.diags.errors;
    struct had_summary s = had_diags_summary(&r.diags);
    assert_int_equal(s.error, errors);
    assert_int_equal(s.waived, 1);
    expect(&r, "DC002@16(waived: moving)");
}

static void waivers_reach_inside(void **state)
{
    (void)state;
    expect_of(SPEC CORE FOREST "waive DC002 on spec because \"all of it\" until 2027-01-01\n",
              "DC002@16(waived: all of it)");
    expect_of(SPEC CORE FOREST "waive DC002 on corp.dc-2 because \"itself\" until 2027-01-01\n",
              "DC002@16(waived: itself)");
    expect_of(SPEC CORE FOREST
              "waive DC002 on every forest because \"selected\" until 2027-01-01\n",
              "DC002@16(waived: selected)");
    /* Another object, and the object of the other place: nothing is covered. */
    expect_of(SPEC CORE FOREST
              "waive DC002 on account management because \"elsewhere\" until 2027-01-01\n",
              "DC002@16 HAD0602@18");
    expect_of(SPEC CORE FOREST "waive DC002 on corp.dc-1 because \"elsewhere\" until 2027-01-01\n",
              "DC002@16 HAD0602@18");
}

static void waivers_end(void **state)
{
    (void)state;
    expect_of(SPEC CORE FOREST "waive DC002 on forest corp because \"today\" until 2026-11-24\n",
              "DC002@16(waived: today)");
    expect_of(SPEC CORE FOREST "waive DC002 on forest corp because \"gone\" until 2026-11-23\n",
              "DC002@16 HAD0603@18");
    /* Without a date it lasts; ended and not needed is one finding. */
    expect_of(SPEC CORE FOREST "waive DC002 on forest corp because \"always\"\n",
              "DC002@16(waived: always)");
    expect_of(SPEC CORE FOREST "waive DC001 on forest corp because \"gone\" until 2026-11-23\n",
              "DC002@16 HAD0603@18");
}

static void waivers_are_checked(void **state)
{
    (void)state;
    expect_of(SPEC CORE FOREST "waive DC099 on forest corp because \"a typo\" until 2027-01-01\n",
              "DC002@16 HAD0601@18");
    expect_of(SPEC CORE FOREST "waive NET003 on forest corp because \"please\" until 2027-01-01\n",
              "DC002@16 HAD0604@18");
    expect_of(SPEC CORE FOREST "waive HAD0301 on spec because \"please\" until 2027-01-01\n",
              "DC002@16 HAD0604@18");
    /* Unused; but not while a rule is silent for its phase, or is not evaluated. */
    expect_of(SPEC CORE FOREST "waive SSO020 on spec because \"none here\" until 2027-01-01\n",
              "DC002@16 HAD0602@18");
    struct run r;
    check_as(&r, SPEC CORE FOREST "waive SSO020 on spec because \"later\" until 2027-01-01\n",
             "extended", false);
    expect(&r, "DC002@16");
}

static void without_waivers(void **state)
{
    (void)state;
    struct run r;
    check_as(&r,
             SPEC CORE FOREST "waive DC002 on forest corp because \"moving\" until 2027-01-01\n",
             NULL, true);
    expect(&r, "DC002@16");
}

static void phases(void **state)
{
    (void)state;
    struct run r;
    check_as(&r, SPEC CORE FOREST, "foundation", false);
    uint32_t later = r.silent;
    assert_true(later > 10);
    expect(&r, "");
    check_as(&r, SPEC CORE FOREST, "extended", false);
    assert_true(r.silent > 0 && r.silent < later);
    expect(&r, "DC002@16");
    check_as(&r, SPEC CORE FOREST, NULL, false);
    assert_int_equal(r.silent, 0);
    expect(&r, "DC002@16");
}

#define POLICY(line)                                                                               \
    "spec case {\n  owner = \"platform@example.com\"\n  severities {\n" line "  }\n}\n"

static void severities(void **state)
{
    (void)state;
    expect_of(POLICY("    DC002 = warning\n") CORE FOREST, "DC002@21(warning)");
    expect_of(POLICY("    DC002 = info\n") CORE FOREST, "DC002@21(info)");
    expect_of(POLICY("    ## one zone is all there is\n    DC002 = off\n") CORE FOREST, "");
    expect_of(POLICY("    DC002 = off   ## one zone is all there is\n") CORE FOREST, "");
    expect_of(POLICY("    DC002 = off\n") CORE FOREST, "HAD0606@5");
    expect_of(POLICY("    DC099 = warning\n") CORE FOREST, "HAD0601@5 DC002@21");
    expect_of(POLICY("    NET003 = warning\n") CORE FOREST, "HAD0605@5 DC002@21");
    expect_of(POLICY("    SSO020 = error\n") CORE FOREST, "DC002@21");
}

/* One statement, many objects: one finding with a count. The same of two statements stays two. */
static void folding(void **state)
{
    (void)state;
    expect_of(SPEC CORE "module place {\n"
                        "  param cidr : cidr\n"
                        "  spoke self in account web at region eu-west-1 {\n"
                        "    role = endpoint\n"
                        "    cidr = cidr\n"
                        "  }\n"
                        "}\n"
                        "place one { cidr = 10.1.0.0/24 }\n"
                        "place two { cidr = 10.2.0.0/24 }\n"
                        "place three { cidr = 10.3.0.0/24 }\n",
              "NET017@9+2");
    expect_of(
        SPEC CORE
        "spoke one in account web at region eu-west-1 { role = endpoint, cidr = 10.1.0.0/24 }\n"
        "spoke two in account web at region eu-west-1 { role = endpoint, cidr = 10.2.0.0/24 }\n",
        "NET017@7 NET017@8");
}

/* An error value is an error once: rules about it are silent, and waivers that match nothing may
 * need it. */
static void broken_values(void **state)
{
    (void)state;
    expect_of(SPEC CORE "spoke one in account web at region eu-west-1 {\n"
                        "  cidr = 10.1.0.0/24\n"
                        "  subnet a in zone nowhere { cidr = 10.9.0.0/26x }\n"
                        "}\n"
                        "waive NET017 on spoke one because \"it will\" until 2027-01-01\n",
              "HAD0222@9 HAD0210@9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waived_and_counted), cmocka_unit_test(waivers_reach_inside),
        cmocka_unit_test(waivers_end),        cmocka_unit_test(waivers_are_checked),
        cmocka_unit_test(without_waivers),    cmocka_unit_test(phases),
        cmocka_unit_test(severities),         cmocka_unit_test(folding),
        cmocka_unit_test(broken_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
