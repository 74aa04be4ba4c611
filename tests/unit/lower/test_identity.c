/*
 * The identity half of lowering: names and documents that end up in directories and policies, and
 * what must hold of every forest, directory and trust whatever else a spec says.
 */
#include "lower/ad.h"
#include "lower/desired.h"
#include "sema/sema.h"
#include "syntax/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bed {
    struct had_arena arena;
    struct had_sources sources;
    struct had_diags diags;
    struct had_graph graph, *made;
    struct had_lowering lowering;
};

static struct bed *begin(void)
{
    struct bed *bed = calloc(1, sizeof *bed);
    bed->sources.arena = &bed->arena;
    bed->diags.arena = &bed->arena;
    had_graph_init(&bed->graph, &bed->arena, HAD_STR("test"), HAD_STR("eu-west-1"));
    bed->lowering =
        (struct had_lowering){.arena = &bed->arena, .graph = &bed->graph, .diags = &bed->diags};
    return bed;
}

static void end(struct bed *bed)
{
    had_arena_free(&bed->arena);
    free(bed);
}

static void is(had_str text, const char *wanted)
{
    if (!had_str_is(text, wanted))
        fail_msg("`%.*s` instead of `%s`", HAD_ARG(text), wanted);
}

/* ---- names ---- */

static void test_distinguished_names(void **state)
{
    (void)state;
    struct bed *bed = begin();
    struct had_lowering *l = &bed->lowering;
    had_str name, rest;
    is(had_dn_of_domain(l, HAD_STR("corp.example.com")), "DC=corp,DC=example,DC=com");
    is(had_dn_of_domain(l, HAD_STR("corp")), "DC=corp");
    assert_true(had_dn_split(l, HAD_STR("OU=ERP,OU=AWS,DC=aws,DC=com"), &name, &rest));
    is(name, "ERP");
    is(rest, "OU=AWS,DC=aws,DC=com");
    /* A comma of a value is escaped, and the unit's name is without the escape. */
    assert_true(had_dn_split(l, HAD_STR("OU=Sales\\, North,DC=a"), &name, &rest));
    is(name, "Sales, North");
    is(rest, "DC=a");
    assert_true(had_dn_split(l, HAD_STR("OU = Padded , DC=a"), &name, &rest));
    is(name, "Padded");
    is(rest, "DC=a");
    assert_false(had_dn_split(l, HAD_STR("DC=a"), &name, &rest));
    assert_false(had_dn_split(l, HAD_STR("OU=ends\\"), &name, &rest));
    assert_false(had_dn_split(l, HAD_STR(""), &name, &rest));
    end(bed);
}

static void test_instance_names(void **state)
{
    (void)state;
    struct bed *bed = begin();
    is(had_desired_name(&bed->lowering, HAD_STR("10.16.0.0/12")), "10.16.0.0-12");
    is(had_desired_name(&bed->lowering, HAD_STR("a'b\"c $(d)")), "a-b-c---d-");
    /* U+2019 is a quotation mark for PowerShell: none of its bytes may pass. */
    is(had_desired_name(&bed->lowering, HAD_STR("a\xe2\x80\x99z")), "a---z");
    end(bed);
}

static void test_sizes(void **state)
{
    (void)state;
    const int64_t gibibyte = (int64_t)1 << 30;
    assert_int_equal(had_gibibytes(0), 0);
    assert_int_equal(had_gibibytes(1), 1);
    assert_int_equal(had_gibibytes(100 * gibibyte), 100);
    assert_int_equal(had_gibibytes(100 * gibibyte + 1), 101);
}

/* ---- documents ---- */

static void test_json(void **state)
{
    (void)state;
    struct bed *bed = begin();
    struct had_prop *document = had_prop_json(
        bed->lowering.graph, HAD_STR("{\"Z\": [1, true, \"x\", null], \"A\": {\"B\": \"\\u00e9\"}}"),
        (struct had_span){0});
    assert_int_equal(document->tag, HAD_PROP_MAP);
    is(document->entries.items[0].key, "Z"); /* as written, not by name */
    const struct had_prop *list = had_prop_at(document, "Z");
    assert_int_equal(list->items.count, 3);
    assert_int_equal(list->items.items[0]->number, 1);
    assert_true(list->items.items[1]->boolean);
    is(had_prop_at(had_prop_at(document, "A"), "B")->text, "\xc3\xa9");
    document = had_prop_json(bed->lowering.graph, HAD_STR("[1234567.5, 0.1, 0.30000000000000004]"),
                             (struct had_span){0});
    is(document->items.items[0]->text, "1234567.5"); /* no digit is lost, none is added */
    is(document->items.items[1]->text, "0.1");
    is(document->items.items[2]->text, "0.30000000000000004");
    /* What is no JSON, or says a key twice, stays the text that it was. */
    assert_int_equal(
        had_prop_json(bed->lowering.graph, HAD_STR("{\"a\": 1, \"a\": 2}"), (struct had_span){0})->tag,
        HAD_PROP_TEXT);
    assert_int_equal(had_prop_json(bed->lowering.graph, HAD_STR(""), (struct had_span){0})->tag,
                     HAD_PROP_TEXT);
    struct had_buffer deep = {0};
    had_buffer_repeat(&deep, '[', 100000);
    assert_int_equal(
        had_prop_json(bed->lowering.graph, had_buffer_view(&deep), (struct had_span){0})->tag,
        HAD_PROP_TEXT);
    had_buffer_free(&deep);
    end(bed);
}

static void test_principals(void **state)
{
    (void)state;
    struct bed *bed = begin();
    struct had_context world = {.partition = HAD_STR("aws")};
    struct had_context china = {.partition = HAD_STR("aws-cn")};
    is(had_service_principal(&bed->lowering, &world, "ec2"), "ec2.amazonaws.com");
    is(had_service_principal(&bed->lowering, &china, "ec2"), "ec2.amazonaws.com.cn");
    is(had_service_principal(&bed->lowering, &china, "ds"), "ds.amazonaws.com");
    end(bed);
}

/* ---- whole specs ---- */

#define HEAD                                                                                       \
    "had 1\nspec t { owner = \"a@example.com\" }\n"                                                \
    "existing organization o { id = \"o-a1b2c3d4e5\", management = account management }\n"         \
    "existing account management in organization o { id = 111111111111 }\n"                        \
    "existing account shared in organization o { id = 333333333333 }\n"                            \
    "region eu-west-1 { zones = [a, b] }\n"                                                        \
    "site office { ranges = [192.168.0.0/16], dns = [192.168.1.10] }\n"                            \
    "spoke s in account shared at region eu-west-1 {\n  cidr = 10.17.0.0/20\n"                     \
    "  subnet a in zone a { cidr = 10.17.0.0/24 }\n  subnet b in zone b { cidr = 10.17.1.0/24 }\n" \
    "}\n"
#define CONTROLLERS                                                                                \
    "  controller dc1 in subnet s.a { address = 10.17.0.10 }\n"                                    \
    "  controller dc2 in subnet s.b { address = 10.17.1.10 }\n"
#define DIRECTORY                                                                                  \
    "directory d in spoke s { root = \"d.example.com\", edition = enterprise, "                    \
    "subnets = [a, b], admin = secret(\"d/admin\") }\n"

static struct bed *lower(const char *text)
{
    struct bed *bed = begin();
    uint32_t number = had_sources_add(&bed->sources, HAD_STR("test.had"), had_str_c(text));
    struct had_file *file = had_parse(&bed->arena, &bed->sources, number, &bed->diags);
    const struct had_file *files[] = {file};
    struct had_sema_input input = {.arena = &bed->arena,
                                   .sources = &bed->sources,
                                   .diags = &bed->diags,
                                   .files = files,
                                   .file_count = 1,
                                   .as_of = 20000};
    struct had_spec *spec = had_sema(&input);
    if (!bed->diags.errors)
        bed->made = had_lower(&bed->arena, spec, &bed->diags);
    had_each(struct had_diag *, d, &bed->diags.items) {
        if ((*d)->severity == HAD_ERROR)
            fail_msg("%s: %.*s", (*d)->code->code, HAD_ARG((*d)->message));
    }
    return bed;
}

static const struct had_node *node(const struct bed *bed, const char *address)
{
    const struct had_node *found = had_graph_find(bed->made, had_str_c(address));
    if (!found)
        fail_msg("there is no node %s", address);
    return found;
}

static bool waits(const struct had_node *from, const struct had_node *to)
{
    had_each(struct had_edge *, edge, &from->needs) {
        if ((*edge)->to == to && (*edge)->kind != HAD_OUTLIVES)
            return true;
    }
    return false;
}

/* A resource of a configuration by its type, or NULL. */
static const struct had_prop *resource(const struct had_node *configuration, const char *type)
{
    const struct had_prop *list = had_node_get(configuration, "Resources");
    for (uint32_t i = 0; i < list->items.count; i++) {
        if (had_str_is(had_prop_at(list->items.items[i], "Type")->text, type))
            return list->items.items[i];
    }
    return NULL;
}

static void test_existing_forest(void **state)
{
    (void)state;
    struct bed *bed =
        lower(HEAD "existing forest f { root = \"f.example.com\", sites = site office, join-as = "
                   "secret(\"f/join\")\n" CONTROLLERS "}\n");
    const struct had_node *sites = node(bed, "forest f:sites");
    const struct had_node *first = node(bed, "forest f/controller dc1:configuration");
    const struct had_node *second = node(bed, "forest f/controller dc2:configuration");
    /* Never a rename and never a range that is not ours. */
    const struct had_prop *list = had_node_get(sites, "Resources");
    for (uint32_t i = 0; i < list->items.count; i++) {
        const struct had_prop *properties = had_prop_at(list->items.items[i], "Properties");
        assert_null(had_prop_at(properties, "RenameDefaultFirstSiteName"));
        const struct had_prop *site = had_prop_at(properties, "Site");
        if (site)
            is(site->text, "eu-west-1");
    }
    assert_true(waits(first, sites));
    assert_true(waits(second, sites));
    assert_true(waits(second, first));
    const struct had_prop *promotion =
        had_prop_at(resource(second, "ADDomainController"), "Properties");
    is(had_prop_at(promotion, "Credential")->secret->name, "f/join");
    is(had_prop_at(promotion, "SafemodeAdministratorPassword")->secret->name, "had/f/safe-mode");
    assert_int_equal(node(bed, "forest f:safe-mode")->protect, HAD_PROTECT_KEEP);
    assert_null(had_graph_find(bed->made, HAD_STR("forest f:domain")));
    assert_null(had_graph_find(bed->made, HAD_STR("forest f:administrator")));
    end(bed);
}

static void test_own_forest(void **state)
{
    (void)state;
    struct bed *bed = lower(HEAD "forest f { root = \"f.example.com\"\n" CONTROLLERS "}\n");
    const struct had_node *domain = node(bed, "forest f:domain");
    const struct had_node *sites = node(bed, "forest f:sites");
    const struct had_node *first = node(bed, "forest f/controller dc1:configuration");
    const struct had_node *second = node(bed, "forest f/controller dc2:configuration");
    assert_non_null(resource(domain, "ADDomain"));
    assert_null(resource(first, "ADDomainController"));
    assert_non_null(resource(second, "ADDomainController"));
    assert_true(waits(sites, domain));
    assert_true(waits(second, sites));
    const struct had_prop *rename =
        had_prop_at(had_prop_at(resource(sites, "ADReplicationSite"), "Properties"),
                    "RenameDefaultFirstSiteName");
    assert_non_null(rename);
    assert_true(rename->boolean);
    /* No account is stated, so one is made, and it is not the restore password. */
    is(had_prop_at(had_prop_at(resource(second, "ADDomainController"), "Properties"), "Credential")
           ->secret->name,
       "had/f/administrator");
    assert_true(waits(domain, node(bed, "forest f:administrator")));
    end(bed);
}

static void test_trust_order(void **state)
{
    (void)state;
    struct bed *bed = lower(
        HEAD DIRECTORY
        "existing forest f { root = \"f.example.com\", sites = site office }\n"
        "trust directory d with forest f { direction = outgoing, password = secret(\"t\") }\n");
    const struct had_node *trust = node(bed, "trust directory d/forest f:trust");
    const struct had_node *half = node(bed, "trust directory d/forest f:half[forest f]");
    assert_int_equal(half->class, HAD_GATE); /* nobody's machine is ours there */
    assert_true(waits(trust, half));
    assert_true(waits(trust, node(bed, "trust directory d/forest f:forwarder")));
    assert_true(waits(trust, node(bed, "directory d:out[all 192.168.0.0/16]")));
    is(had_node_get(trust, "Direction")->text, "One-Way: Outgoing");
    is(trust->lane, "directory d");
    assert_int_equal(trust->lane_width, 1);
    end(bed);
    /* The same trust said from the other side. */
    bed = lower(
        HEAD DIRECTORY
        "existing forest f { root = \"f.example.com\", sites = site office }\n"
        "trust forest f with directory d { direction = outgoing, password = secret(\"t\") }\n");
    is(had_node_get(node(bed, "trust directory d/forest f:trust"), "Direction")->text,
       "One-Way: Incoming");
    end(bed);
}

static void test_secrets_stay_names(void **state)
{
    (void)state;
    struct bed *bed = lower(HEAD DIRECTORY);
    const struct had_prop *password = had_node_get(node(bed, "directory d:directory"), "Password");
    assert_int_equal(password->tag, HAD_PROP_SECRET);
    is(password->secret->name, "d/admin");
    is(password->secret->json_key, "Password");
    assert_null(had_node_get(node(bed, "directory d:directory"), "Tags"));
    end(bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distinguished_names),
        cmocka_unit_test(test_instance_names),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_principals),
        cmocka_unit_test(test_existing_forest),
        cmocka_unit_test(test_own_forest),
        cmocka_unit_test(test_trust_order),
        cmocka_unit_test(test_secrets_stay_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
