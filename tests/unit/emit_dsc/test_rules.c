/* What breaks a rule is a finding with its code and no file; a good example beside each bad one. */
#include "graphs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct had_span here = {.file = 1, .start = 0, .end = 1};

static struct fixture f;

static struct had_node *begin_role(const char *role)
{
    fixture_begin(&f);
    struct had_node *machine = machine_add(&f, "dc-aws-1");
    return configuration_add(&f, "forest corp", "sites", "corp", role, machine, "dc-aws-1");
}

static struct had_node *begin(void)
{
    return begin_role("forest");
}

/* Ends a case: exactly this code fires, once or more, and nothing is written. */
static void expect(const char *code)
{
    uint32_t errors = emit(&f, &had_backend_dsc);
    if (!errors)
        fail_msg("no finding, %s is expected", code);
    had_each(struct had_diag *, d, &f.diags.items) {
        if (strcmp((*d)->code->code, code) != 0)
            fail_msg("%s instead of %s: %s", (*d)->code->code, code,
                     had_str_cstr(&f.arena, (*d)->message));
        assert_true((*d)->help.len > 0);
        assert_true(had_span_known((*d)->span));
        assert_true((*d)->address.len > 0);
    }
    assert_int_equal(f.output.files.count, 0);
    fixture_end(&f);
}

static void expect_nothing(void)
{
    if (emit(&f, &had_backend_dsc))
        fail_msg("%s", had_str_cstr(&f.arena, f.diags.items.items[0]->message));
    assert_true(f.output.files.count > 0);
    fixture_end(&f);
}

static void good_site(const char *name)
{
    resource_add(&f, "ADReplicationSite", name);
    put_text(&f, "Name", name);
    run_as(&f, "ad/corp/administration");
}

static void good_link(void)
{
    resource_add(&f, "ADReplicationSiteLink", "link");
    put_text(&f, "Name", "link");
    put_bool(&f, "OptionChangeNotification", true);
    put_bool(&f, "OptionTwoWaySync", false);
    put_bool(&f, "OptionDisableCompression", false);
    run_as(&f, "ad/corp/administration");
}

static void good_script(const char *domain, const char *secret, const char *key)
{
    script_add(&f, "trust-local-side", "trust");
    put_text(&f, "TargetDomainName", domain);
    put_text(&f, "TrustDirection", "Inbound");
    put_text(&f, "TrustType", "External");
    put_bool(&f, "SelectiveAuthentication", true);
    put(&f, "Password", secret_prop(&f, secret, key));
    run_as(&f, "ad/corp/administration");
}

static void test_good(void **state)
{
    (void)state;
    begin();
    good_site("AWS");
    good_link();
    good_script("aws.example.com", "ad/trust", "");
    expect_nothing();
}

static void test_unknown(void **state)
{
    (void)state;
    begin();
    resource_add(&f, "ADReplicationSites", "x");
    expect("HAD0812");
    begin();
    good_site("AWS");
    put_text(&f, "Nmae", "x");
    expect("HAD0812");
    begin(); /* read only */
    resource_add(&f, "WindowsFeature", "x");
    put_text(&f, "Name", "DNS");
    put_text(&f, "DisplayName", "DNS");
    expect("HAD0812");
    begin_role("domain-controller"); /* exists, and loses data */
    resource_add(&f, "Disk", "x");
    put_text(&f, "DriveLetter", "D");
    put_text(&f, "DiskId", "1");
    put_bool(&f, "ClearDisk", true);
    expect("HAD0812");
    begin_role("directory-admin"); /* not delegated by AWS */
    good_link();
    expect("HAD0812");
}

static void test_types(void **state)
{
    (void)state;
    begin();
    good_site("AWS");
    put_int(&f, "Description", 1);
    expect("HAD0812");
    begin();
    good_site("AWS");
    put_text(&f, "RenameDefaultFirstSiteName", "no");
    expect("HAD0812");
    begin();
    good_link();
    put_text(&f, "Cost", "100");
    expect("HAD0812");
    begin();
    good_link();
    put_text(&f, "SitesIncluded", "AWS");
    expect("HAD0812");
    begin(); /* a password is never a text */
    resource_add(&f, "WaitForADDomain", "x");
    put_text(&f, "DomainName", "corp.example.com");
    put_text(&f, "Credential", "P@ssw0rd");
    expect("HAD0812");
    begin(); /* and a secret never a text of a resource */
    good_site("AWS");
    put_secret(&f, "Description", "ad/corp");
    expect("HAD0812");
}

static void test_missing(void **state)
{
    (void)state;
    begin();
    resource_add(&f, "ADReplicationSite", "AWS");
    put_text(&f, "Ensure", "Present");
    run_as(&f, "ad/corp/administration");
    expect("HAD0813");
    begin();
    resource_add(&f, "ADReplicationSubnet", "x");
    put_text(&f, "Name", "10.0.0.0/8");
    put_text(&f, "Location", "");
    put_text(&f, "Description", "");
    expect("HAD0813");
    begin(); /* together */
    resource_add(&f, "ADReplicationSubnet", "x");
    put_text(&f, "Name", "10.0.0.0/8");
    put_text(&f, "Site", "AWS");
    put_text(&f, "Location", "");
    expect("HAD0813");
    begin();
    resource_add(&f, "DnsServerADZone", "x");
    put_text(&f, "Name", "aws.example.com");
    put_text(&f, "ReplicationScope", "Custom");
    expect("HAD0813");
    begin();
    resource_add(&f, "DnsServerADZone", "x");
    put_text(&f, "Name", "aws.example.com");
    put_text(&f, "ReplicationScope", "Domain");
    expect_nothing();
    begin_role("domain-controller");
    resource_add(&f, "ADDomainController", "x");
    put_text(&f, "DomainName", "corp.example.com");
    put_secret(&f, "Credential", "ad/corp/promotion");
    put_secret(&f, "SafemodeAdministratorPassword", "had/corp/safe-mode");
    put_bool(&f, "ReadOnlyReplica", true);
    put_bool(&f, "IsGlobalCatalog", true);
    put_bool(&f, "InstallDns", true);
    expect("HAD0813");
}

static void test_values(void **state)
{
    (void)state;
    static const int64_t costs[] = {0, 100000, -1, INT64_MAX};
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        begin();
        good_link();
        put_int(&f, "Cost", costs[i]);
        expect("HAD0814");
    }
    begin();
    good_link();
    put_int(&f, "Cost", 99999);
    put_int(&f, "ReplicationFrequencyInMinutes", 10080);
    expect_nothing();
    begin();
    good_link();
    put_int(&f, "ReplicationFrequencyInMinutes", 20);
    expect("HAD0814");
    begin();
    good_site("AWS");
    put_text(&f, "Ensure", "present");
    expect("HAD0814");
    begin();
    resource_add(&f, "Computer", "x");
    put_text(&f, "Name", "a-name-of-16-chr");
    expect("HAD0814");
    begin();
    resource_add(&f, "WindowsFeature", "x");
    put_text(&f, "Name", "");
    expect("HAD0814");
    begin();
    resource_add(&f, "ADGroup", "x");
    put_text(&f, "GroupName", "x");
    put_list(&f, "Members", "a");
    put_list(&f, "MembersToInclude", "b");
    expect("HAD0814");
    begin_role("domain-controller");
    resource_add(&f, "DnsServerForwarder", "x");
    put_text(&f, "IsSingleInstance", "Yes");
    put_int(&f, "Timeout", 16);
    expect("HAD0814");
}

static void test_doubles(void **state)
{
    (void)state;
    begin(); /* the same key under two names; names are compared without case */
    good_site("AWS");
    resource_add(&f, "ADReplicationSite", "other");
    put_text(&f, "Name", "aws");
    run_as(&f, "ad/corp/administration");
    expect("HAD0815");

    struct had_node *first = begin(); /* two nodes describe one resource alike: one resource */
    good_site("AWS");
    struct had_node *second =
        configuration_add(&f, "forest corp", "more", "corp", "forest",
                          (struct had_node *)first->context->machine, "dc-aws-1");
    good_site("AWS");
    need(&f, second, first);
    expect_nothing();

    first = begin(); /* and differently: a finding */
    good_site("AWS");
    second = configuration_add(&f, "forest corp", "more", "corp", "forest",
                               (struct had_node *)first->context->machine, "dc-aws-1");
    good_site("AWS");
    put_text(&f, "Description", "x");
    need(&f, second, first);
    expect("HAD0815");
}

static void test_order(void **state)
{
    (void)state;
    begin();
    good_site("AWS");
    after(&f, "[ADReplicationSite]AWS-2");
    expect("HAD0816");
    begin();
    good_site("AWS");
    after(&f, "[ADReplicationSite]AWS");
    expect("HAD0816");
    begin();
    good_site("AWS");
    after(&f, "[ADReplicationSite]AWS-2");
    good_site("AWS-2");
    after(&f, "[ADReplicationSite]AWS-3");
    good_site("AWS-3");
    after(&f, "[ADReplicationSite]AWS");
    expect("HAD0816");
    begin();
    good_site("AWS");
    after(&f, "[adreplicationsite]aws-2 [ADReplicationSite]AWS-3");
    good_site("AWS-2");
    after(&f, "[ADReplicationSite]AWS-3");
    good_site("AWS-3");
    expect_nothing();
}

static void test_scripts(void **state)
{
    (void)state;
    static const char *const domains[] = {
        "",
        "aws",
        "aws.example.com'",
        "aws.example.com'; calc; '",
        "aws..com",
        ".aws.example",
        "aws.example.com.",
        "-aws.example.com",
        "aws-.com",
        "aws example.c",
        "aws.ex\303\244mple.com",
        "aws.example.com\n",
        "$(calc).example.com",
    };
    for (size_t i = 0; i < sizeof domains / sizeof *domains; i++) {
        begin();
        good_script(domains[i], "ad/trust", "Password");
        expect("HAD0817");
    }
    static const char *const secrets[] = {"ad/trust'", "ad trust", "ad/tr\303\274st",
                                          "$(calc)",   "{ssm:/x}", "ad/trust;calc"};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        begin();
        good_script("aws.example.com", secrets[i], "Password");
        expect("HAD0817");
    }
    begin();
    good_script("aws.example.com", "ad/trust", "Password; calc");
    expect("HAD0817");
    begin();
    good_script("aws.example.com", "ad/trust", "Password");
    put_text(&f, "TrustDirection", "Both");
    expect("HAD0817");
    begin();
    script_add(&f, "no-such-script", "x");
    expect("HAD0817");
    begin(); /* lacks an argument */
    script_add(&f, "trust-local-side", "x");
    put_text(&f, "TargetDomainName", "aws.example.com");
    expect("HAD0817");
    begin(); /* and has one too many */
    good_script("aws.example.com", "ad/trust", "Password");
    put_text(&f, "Command", "calc");
    expect("HAD0817");
}

static void machine_named(const char *forest, const char *role, const char *node)
{
    fixture_begin(&f);
    configuration_add(&f, "forest corp", "sites", forest, role, machine_add(&f, "dc-aws-1"), node);
    good_site("AWS");
}

static void test_places(void **state)
{
    (void)state;
    static const char *const nodes[] = {
        "a-name-of-16-chr", "dc aws", "dc/aws",   "..", "-dc", "dc-",
        "dc'aws",           "dc.aws", "d\303\274"};
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        machine_named("corp", "forest", nodes[i]);
        expect("HAD0818");
    }
    static const char *const forests[] = {"..", ".corp", "../corp", "a/b",  "a\\b", "corp ",
                                          "c:", "corp.", "NUL",     "com1", "aux"};
    for (size_t i = 0; i < sizeof forests / sizeof *forests; i++) {
        machine_named(forests[i], "forest", "dc-aws-1");
        expect("HAD0818");
    }
    machine_named("corp", "member", "dc-aws-1");
    expect("HAD0818");
    machine_named("corp-1.eu_west", "forest", "DC-AWS-1");
    expect_nothing();

    begin(); /* two machines with one name */
    good_site("AWS");
    configuration_add(&f, "forest corp", "more", "corp", "forest", machine_add(&f, "dc-aws-2"),
                      "DC-AWS-1");
    good_site("AWS");
    expect("HAD0818");
}

static void test_mof(void **state)
{
    (void)state;
    char name[300];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    begin();
    resource_add(&f, "WaitForADDomain", "x");
    put_text(&f, "DomainName", "corp.example.com");
    put_secret(&f, "Credential", name);
    assert_int_equal(emit(&f, &had_backend_dsc), 0); /* the script takes it */
    assert_int_equal(f.output.files.count, 4);
    emit(&f, &had_backend_mof);
    assert_int_equal(findings(&f, "HAD0819"), 1);
    assert_int_equal(f.output.files.count, 4);
    fixture_end(&f);

    begin();
    good_site("AWS");
    /* A list that is known later is one parameter of the script, and has no form in MOF. */
    struct had_node *parameter = parameter_add(&f, "directory aws", "dns", "/had/aws/dns");
    f.phase = HAD_PHASE_RESOURCE_FOREST;
    configuration_add(&f, "trust a with b", "client", "corp", "forest",
                      (struct had_node *)f.configuration->context->machine, "dc-aws-1");
    resource_add(&f, "DnsServerAddress", "client");
    put_text(&f, "InterfaceAlias", "Primary");
    put_text(&f, "AddressFamily", "IPv4");
    put(&f, "Address", had_prop_read(&f.graph, parameter, "Value", here));
    if (emit(&f, &had_backend_dsc))
        fail_msg("%s", had_str_cstr(&f.arena, f.diags.items.items[0]->message));
    char *script = had_str_cstr(&f.arena, output_text(&f, "dsc/corp/forest.ps1"));
    assert_non_null(strstr(script, "[System.String[]]\r\n        $DnsServers\r\n"));
    assert_non_null(strstr(script, "= $DnsServers\r\n"));
    f.output.files.count = 0;
    assert_int_equal(emit(&f, &had_backend_mof), 1);
    assert_int_equal(findings(&f, "HAD0819"), 1);
    assert_int_equal(f.output.files.count, 0);
    fixture_end(&f);

    begin(); /* nor has one item of a list: AWS-ApplyDSCMofs expands texts only */
    parameter = parameter_add(&f, "directory aws", "dns", "/had/aws/dns");
    f.configuration->phase = HAD_PHASE_RESOURCE_FOREST;
    resource_add(&f, "DnsServerAddress", "client");
    put_text(&f, "InterfaceAlias", "Primary");
    put_text(&f, "AddressFamily", "IPv4");
    struct had_prop *list = had_prop_list(&f.graph, here);
    had_prop_append(&f.graph, list, had_prop_c(&f.graph, "10.0.0.2", here));
    had_prop_append(&f.graph, list, had_prop_read(&f.graph, parameter, "Value", here));
    put(&f, "Address", list);
    assert_int_equal(emit(&f, &had_backend_dsc), 0);
    f.output.files.count = 0;
    assert_int_equal(emit(&f, &had_backend_mof), 1);
    assert_int_equal(findings(&f, "HAD0819"), 1);
    assert_int_equal(f.output.files.count, 0);
    fixture_end(&f);
}

static void test_phase(void **state)
{
    (void)state;
    fixture_begin(&f);
    graph_directory_admin(&f);
    f.options.phase = HAD_PHASE_RESOURCE_FOREST;
    assert_int_equal(emit(&f, &had_backend_dsc), 0);
    assert_int_equal(f.output.files.count, 0);
    fixture_end(&f);
}

/* Who waits for a configuration with nothing but local things waits for the machine's promotion. */
static void test_derived_waits(void **state)
{
    (void)state;
    struct had_node *promotion = begin_role("domain-controller");
    struct had_node *machine = (struct had_node *)promotion->context->machine;
    resource_add(&f, "ADDomain", "Promotion");
    put_text(&f, "DomainName", "corp.example.com");
    put_secret(&f, "Credential", "ad/corp/promotion");
    put_secret(&f, "SafeModeAdministratorPassword", "had/corp/safe-mode");
    struct had_node *local = configuration_add(&f, "forest corp", "local", "corp",
                                               "domain-controller", machine, "dc-aws-1");
    resource_add(&f, "Service", "ADWS");
    put_text(&f, "Name", "ADWS");
    need(&f, local, promotion);
    struct had_node *half = configuration_add(&f, "forest corp", "half", "corp",
                                              "domain-controller", machine, "dc-aws-1");
    good_script("aws.example.com", "ad/trust", "Password");
    need(&f, half, local);
    if (emit(&f, &had_backend_mof))
        fail_msg("%s", had_str_cstr(&f.arena, f.diags.items.items[0]->message));
    char *text = had_str_cstr(&f.arena, output_text(&f, "dsc/corp/domain-controller/dc-aws-1.mof"));
    char *service = strstr(text, "instance of MSFT_ServiceResource");
    char *script = strstr(text, "instance of MSFT_ScriptResource");
    assert_non_null(service);
    assert_non_null(script);
    assert_non_null(strstr(service, " DependsOn = {\"[ADDomain]Promotion\"};\r\n"));
    assert_non_null(strstr(script, " DependsOn = {\"[ADDomain]Promotion\"};\r\n"));
    assert_null(strstr(text, "[Service]ADWS\"}"));
    fixture_end(&f);
}

/* A secret of another account or Region is named by its ARN. */
static void test_secret_elsewhere(void **state)
{
    (void)state;
    begin();
    good_script("aws.example.com", "ad/trust", "");
    put(&f, "Password",
        had_prop_secret(&f.graph, HAD_STR("ad/trust"), HAD_STR("444444444444"),
                        HAD_STR("eu-central-1"), "", here));
    assert_int_equal(emit(&f, &had_backend_dsc), 0);
    char *text = had_str_cstr(&f.arena, output_text(&f, "dsc/corp/forest.ps1"));
    assert_non_null(strstr(text,
                           "-SecretId 'arn:aws:secretsmanager:eu-central-1:444444444444:secret:"
                           "ad/trust' -Region 'eu-central-1'"));
    assert_non_null(strstr(text, "$password = $secret.SecretString\r\n"));
    fixture_end(&f);
}

/* The order in which nodes are added does not show. */
static void test_deterministic(void **state)
{
    (void)state;
    had_str texts[2];
    struct fixture both[2];
    for (int turn = 0; turn < 2; turn++) {
        struct fixture *g = &both[turn];
        fixture_begin(g);
        struct had_node *machines[2];
        for (int i = 0; i < 2; i++)
            machines[i ^ turn] = machine_add(g, i ^ turn ? "dc-aws-2" : "dc-aws-1");
        for (int i = 0; i < 2; i++) {
            int k = i ^ turn;
            configuration_add(
                g, k ? "forest corp/controller dc-aws-2" : "forest corp/controller dc-aws-1",
                "configuration", "corp", "domain-controller", machines[k],
                k ? "dc-aws-2" : "dc-aws-1");
            resource_add(g, "DnsServerAddress", "primary");
            put_text(g, "InterfaceAlias", "Ethernet");
            put_text(g, "AddressFamily", "IPv4");
            put_list(g, "Address", k ? "10.0.0.1 10.0.0.2" : "10.0.0.2 10.0.0.1");
        }
        assert_int_equal(emit(g, &had_backend_dsc), 0);
        texts[turn] = output_text(g, "dsc/corp/domain-controller.psd1");
        assert_true(texts[turn].len > 0);
    }
    assert_true(had_str_eq(texts[0], texts[1]));
    fixture_end(&both[0]);
    fixture_end(&both[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),          cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_types),         cmocka_unit_test(test_missing),
        cmocka_unit_test(test_values),        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_order),         cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_places),        cmocka_unit_test(test_mof),
        cmocka_unit_test(test_phase),         cmocka_unit_test(test_secret_elsewhere),
        cmocka_unit_test(test_deterministic), cmocka_unit_test(test_derived_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
