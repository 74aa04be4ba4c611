/* Facts: the tables arrive whole from their files, and the names by which code asks for them are
 * there. */
#include "schema/facts.h"
#include "schema/kind.h"
#include "schema/literal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Lines of a table behind its head. */
static uint32_t rows_of(const char *table)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/compiler/schema/facts/%s.tsv", HAD_SOURCE_DIR, table);
    FILE *in = fopen(path, "r");
    if (!in)
        fail_msg("%s is missing", path);
    uint32_t lines = 0;
    int last = '\n';
    for (int c; (c = fgetc(in)) != EOF; last = c)
        lines += c == '\n';
    fclose(in);
    return lines + (last != '\n') - 1;
}

static void every_row_arrives(void **state)
{
    (void)state;
    assert_int_equal(had_fact_region_count, rows_of("regions_azs"));
    assert_int_equal(had_fact_port_count, rows_of("ad_ports"));
    assert_int_equal(had_fact_name_count, rows_of("name_rules"));
    assert_int_equal(had_fact_service_count, rows_of("service_trust"));
    assert_int_equal(had_fact_service_word_count, rows_of("services"));
    assert_int_equal(had_fact_image_count, rows_of("images"));
    assert_int_equal(had_fact_rule_count, rows_of("rules"));
    assert_true(had_fact_quota_count >= rows_of("quota_names"));
}

static void regions(void **state)
{
    (void)state;
    const struct had_fact_region *ireland = had_fact_region_find(HAD_STR("eu-west-1"));
    assert_non_null(ireland);
    assert_string_equal(ireland->partition, "aws");
    assert_string_equal(ireland->name, "Europe (Ireland)");
    assert_string_equal(ireland->country, "IE");
    assert_string_equal(ireland->opt_in, "default");
    assert_string_equal(ireland->zones, "a,b,c");
    assert_string_equal(ireland->zone_id_prefix, "euw1");
    assert_true(ireland->directory_service && ireland->resolver && ireland->identity_center);
    assert_false(had_fact_region_find(HAD_STR("ap-east-2"))->directory_service);
    assert_false(had_fact_region_find(HAD_STR("us-iso-east-1"))->identity_center);
    assert_string_equal(had_fact_region_find(HAD_STR("us-west-1"))->zones, "a,c");
    for (uint32_t i = 0; i < had_fact_region_count; i++)
        assert_ptr_equal(had_fact_region_find(had_str_c(had_fact_regions[i].code)),
                         &had_fact_regions[i]);
    assert_null(had_fact_region_find(HAD_STR("eu-west-9")));
    assert_null(had_fact_region_find(HAD_STR("eu-west-11")));
    assert_null(had_fact_region_find((had_str){0}));
}

static void quotas(void **state)
{
    (void)state;
    assert_int_equal(had_fact_quota_value("directory shares", "standard"), 25);
    assert_int_equal(had_fact_quota_value("directory shares", "enterprise"), 500);
    assert_int_equal(had_fact_quota_value("directory shares", "hybrid"), 125);
    assert_int_equal(had_fact_quota_value("directories", "enterprise"), 20);
    assert_int_equal(had_fact_quota_value("resolver rules", NULL), 1000);
    assert_int_equal(had_fact_quota_value("resolver rules", "standard"), 1000); /* no editions */
    assert_int_equal(had_fact_quota_value("transit gateway route tables", NULL), 20);
    assert_int_equal(had_fact_quota_value("direct connect allowed prefixes", NULL), 200);
    assert_int_equal(had_fact_quota_value("security group rules", NULL), 60);
    assert_int_equal(had_fact_quota_value("directory shares", "free"), -1);
    assert_int_equal(had_fact_quota_value("wishes", NULL), -1);
    assert_true(had_fact_quota_find(HAD_STR("resolver rules"), NULL)->adjustable);
    assert_false(
        had_fact_quota_find(HAD_STR("vpc propagated routes of a table"), NULL)->adjustable);
    const struct had_kind *quota = had_kind_find(HAD_STR("quota"));
    for (uint32_t i = 0; i < had_fact_quota_count; i++) {
        const struct had_fact_quota *q = &had_fact_quotas[i];
        assert_true(q->value > 0);
        assert_true(strlen(q->source) > 3);
        /* A `quota` can name it. */
        if (!had_literal_fits(quota->subject_type, HAD_SPELLED_TEXT, had_str_c(q->resource)))
            fail_msg("%s is no name of a quota", q->resource);
        for (uint32_t j = i + 1; j < had_fact_quota_count; j++)
            if (!strcmp(q->resource, had_fact_quotas[j].resource) &&
                !strcmp(q->edition, had_fact_quotas[j].edition))
                fail_msg("%s stands twice", q->resource);
    }
}

static void rules(void **state)
{
    (void)state;
    const struct had_fact_rule *rule = had_fact_rule_find(HAD_STR("ORG001"));
    assert_non_null(rule);
    assert_string_equal(rule->group, "ORG");
    assert_string_equal(rule->severity, "error");
    assert_string_equal(rule->status, "V");
    assert_string_equal(rule->statement,
                        "The AWS Organization has the \"all features\" set enabled.");
    assert_null(had_fact_rule_find(HAD_STR("ORG999")));
    const struct had_kind *waive = had_kind_find(HAD_STR("waive"));
    for (uint32_t i = 0; i < had_fact_rule_count; i++) {
        const struct had_fact_rule *r = &had_fact_rules[i];
        assert_ptr_equal(had_fact_rule_find(had_str_c(r->id)), r); /* no id twice */
        assert_true(!strcmp(r->severity, "error") || !strcmp(r->severity, "warning") ||
                    !strcmp(r->severity, "info"));
        assert_true(had_str_starts(had_str_c(r->id), r->group));
        assert_true(strlen(r->source) > 1);
        if (!had_literal_fits(waive->subject_type, HAD_SPELLED_WORD, had_str_c(r->id)))
            fail_msg("%s cannot be waived", r->id);
    }
}

static void names_ports_and_images(void **state)
{
    (void)state;
    assert_string_equal(had_fact_name_find("directory_id")->pattern, "^d-[0-9a-f]{10}$");
    assert_string_equal(had_fact_name_find("netbios_domain")->max, "15");
    assert_null(had_fact_name_find("no_such_object"));
    static const char *const flows[] = {"dc_dc", "member_dc", "trust", "resolver_outbound"};
    for (size_t f = 0; f < COUNT(flows); f++) {
        bool found = false;
        for (uint32_t i = 0; i < had_fact_port_count; i++)
            found = found || !strcmp(had_fact_ports[i].flow, flows[f]);
        assert_true(found);
    }
    for (uint32_t i = 0; i < had_fact_image_count; i++) {
        had_str word = had_str_c(had_fact_images[i].word);
        assert_int_equal(had_literal_fits(&had_types[HAD_TYPE_IMAGE], HAD_SPELLED_WORD, word),
                         !had_fact_images[i].ended);
        assert_true(!strcmp(had_fact_images[i].os, "windows") ||
                    !strcmp(had_fact_images[i].os, "linux"));
    }
}

/* Every word of the type page is a service, and every row of the table belongs to a flow or has
 * ports. */
static void words_of_services(void **state)
{
    (void)state;
    static const char *const words[] = {"http", "https", "ssh",       "rdp",           "winrm",
                                        "smb",  "dns",   "kerberos",  "ldap",          "ldaps",
                                        "ntp",  "rpc",   "ad-member", "ad-controller", "ad-trust"};
    for (size_t i = 0; i < COUNT(words); i++)
        if (!had_literal_fits(&had_types[HAD_TYPE_SERVICE], HAD_SPELLED_WORD, had_str_c(words[i])))
            fail_msg("%s is no service", words[i]);
    for (uint32_t i = 0; i < had_fact_service_word_count; i++) {
        const struct had_fact_service_word *w = &had_fact_service_words[i];
        assert_true(w->flow[0] ? w->when[0] && !w->ports[0] : w->ports[0] && w->protocol[0]);
        assert_true(
            had_literal_fits(&had_types[HAD_TYPE_SERVICE], HAD_SPELLED_WORD, had_str_c(w->word)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_arrives),
        cmocka_unit_test(regions),
        cmocka_unit_test(quotas),
        cmocka_unit_test(rules),
        cmocka_unit_test(names_ports_and_images),
        cmocka_unit_test(words_of_services),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
