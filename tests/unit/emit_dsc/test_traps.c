/*
 * What would drift for ever, destroy something or take it over, each with a name: the table of
 * docs/dsc.md holds the same names. A trap that the back end refuses is sprung here and must give
 * its finding and no file.
 */
#include "graphs.h"

#include "emit/dsc/quote.h"
#include "emit/dsc/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct fixture f;

static void begin(const char *role)
{
    fixture_begin(&f);
    configuration_add(&f, "forest corp", "part", "corp", role, machine_add(&f, "dc-aws-1"),
                      "dc-aws-1");
}

static void refused(const char *code, const char *words)
{
    if (!emit(&f, &had_backend_dsc))
        fail_msg("nothing is refused, %s is expected", code);
    had_each(struct had_diag *, d, &f.diags.items) {
        char *message = had_str_cstr(&f.arena, (*d)->message);
        if (strcmp((*d)->code->code, code) != 0 || !strstr(message, words))
            fail_msg("%s: %s", (*d)->code->code, message);
    }
    assert_int_equal(f.output.files.count, 0);
    fixture_end(&f);
}

static void taken(void)
{
    if (emit(&f, &had_backend_dsc))
        fail_msg("%s", had_str_cstr(&f.arena, f.diags.items.items[0]->message));
    fixture_end(&f);
}

static void site(const char *name)
{
    resource_add(&f, "ADReplicationSite", name);
    put_text(&f, "Name", name);
    run_as(&f, "ad/corp/administration");
}

static void link(void)
{
    resource_add(&f, "ADReplicationSiteLink", "link");
    put_text(&f, "Name", "link");
    run_as(&f, "ad/corp/administration");
}

static void trust(void)
{
    resource_add(&f, "ADDomainTrust", "trust");
    put_text(&f, "SourceDomainName", "corp.example.com");
    put_text(&f, "TargetDomainName", "shop.example.com");
    put_secret(&f, "TargetCredential", "ad/shop");
    put_text(&f, "TrustType", "Forest");
    put_text(&f, "TrustDirection", "Inbound");
}

static void promotion(const char *name, const char *restore)
{
    resource_add(&f, "ADDomainController", name);
    put_text(&f, "DomainName", "corp.example.com");
    put_bool(&f, "IsGlobalCatalog", true);
    put_bool(&f, "InstallDns", true);
    put_secret(&f, "Credential", "ad/corp/promotion");
    put_secret(&f, "SafemodeAdministratorPassword", restore);
}

/* ---- drift for ever ---- */

static void subnet_halves(void **state)
{
    (void)state;
    begin("forest");
    resource_add(&f, "ADReplicationSubnet", "x");
    put_text(&f, "Name", "10.0.0.0/8");
    put_text(&f, "Site", "AWS");
    put_text(&f, "Location", "");
    run_as(&f, "ad/corp/administration");
    refused("HAD0813", "`Description`");
}

static void link_options(void **state)
{
    (void)state;
    begin("forest");
    link();
    put_bool(&f, "OptionChangeNotification", true);
    put_bool(&f, "OptionTwoWaySync", false);
    refused("HAD0813", "`OptionDisableCompression`");
}

static void two_masters(void **state)
{
    (void)state;
    static const char *const claims[][3] = {
        {"PDCEmulator", "PDCEmulator", "HAD0815"},
        {"SchemaMaster", "SchemaMaster", "HAD0815"},
        {"PDCEmulator", "RIDMaster", NULL},
    };
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        fixture_begin(&f);
        for (int machine = 0; machine < 2; machine++) {
            configuration_add(&f, machine ? "forest corp/controller 2" : "forest corp/controller 1",
                              "configuration", "corp", "domain-controller",
                              machine_add(&f, machine ? "dc-aws-2" : "dc-aws-1"),
                              machine ? "dc-aws-2" : "dc-aws-1");
            promotion("Promotion", "had/corp/safe-mode");
            put_text(&f, "SiteName", "AWS");
            put_list(&f, "FlexibleSingleMasterOperationRole", claims[i][machine]);
        }
        if (claims[i][2])
            refused(claims[i][2], claims[i][0]);
        else
            taken();
    }
}

static void one_key_twice(void **state)
{
    (void)state;
    begin("domain-controller");
    for (int i = 0; i < 2; i++) {
        resource_add(&f, "DnsServerAddress", i ? "after" : "before");
        put_text(&f, "InterfaceAlias", i ? "PRIMARY" : "Primary");
        put_text(&f, "AddressFamily", "IPv4");
        put_list(&f, "Address", i ? "10.0.0.2" : "10.0.0.3");
    }
    refused("HAD0815", "are the same thing");
}

static void token_in_a_list(void **state)
{
    (void)state;
    begin("domain-controller");
    struct had_node *parameter = parameter_add(&f, "directory aws", "dns", "/had/aws/dns");
    f.configuration->phase = HAD_PHASE_RESOURCE_FOREST;
    resource_add(&f, "DnsServerForwarder", "x");
    put_text(&f, "IsSingleInstance", "Yes");
    struct had_prop *list = had_prop_list(&f.graph, (struct had_span){1, 0, 1});
    had_prop_append(&f.graph, list,
                    had_prop_read(&f.graph, parameter, "Value", (struct had_span){1, 0, 1}));
    put(&f, "IPAddresses", list);
    assert_int_equal(emit(&f, &had_backend_mof), 1);
    assert_int_equal(findings(&f, "HAD0819"), 1);
    assert_int_equal(f.output.files.count, 0);
    fixture_end(&f);
}

/* ---- things lost or taken over ---- */

static void forest_renamed(void **state)
{
    (void)state;
    for (int joins = 0; joins < 2; joins++) {
        begin("forest");
        resource_add(&f, "WaitForADDomain", "Domain");
        put_text(&f, "DomainName", "corp.example.com");
        put_secret(&f, "Credential", "ad/corp/promotion");
        if (joins)
            join_add(&f, "dc-aws-1", "ad/corp/promotion", "[WaitForADDomain]Domain");
        site("AWS");
        put_bool(&f, "RenameDefaultFirstSiteName", true);
        if (joins)
            refused("HAD0814", "rename the default site");
        else
            taken();
    }
}

static void sites_of_aws(void **state)
{
    (void)state;
    begin("directory-admin");
    site("AWS");
    refused("HAD0814", "AWS delegates the renaming");
    begin("directory-admin");
    site("AWS");
    put_bool(&f, "RenameDefaultFirstSiteName", true);
    taken();
    begin("directory-admin");
    link();
    put_bool(&f, "OptionChangeNotification", true);
    put_bool(&f, "OptionTwoWaySync", false);
    put_bool(&f, "OptionDisableCompression", false);
    refused("HAD0812", "has no place in the role");
}

static void computer_deleted(void **state)
{
    (void)state;
    begin("domain-controller");
    resource_add(&f, "Computer", "join");
    put_text(&f, "Name", "dc-aws-1");
    put_text(&f, "DomainName", "corp.example.com");
    put_secret(&f, "Credential", "ad/corp/promotion");
    refused("HAD0816", "would delete a computer");
    begin("domain-controller"); /* a name alone deletes nothing */
    resource_add(&f, "Computer", "name");
    put_text(&f, "Name", "dc-aws-1");
    taken();
}

static void zone_replaced(void **state)
{
    (void)state;
    for (int role = 0; role < HAD_DSC_ROLES; role++) {
        begin(had_dsc_role_names[role]);
        resource_add(&f, "DnsServerConditionalForwarder", "x");
        put_text(&f, "Name", "aws.example.com");
        refused("HAD0812", "is not a known resource");
    }
}

static void name_taken_from_an_account(void **state)
{
    (void)state;
    for (int role = 0; role < HAD_DSC_ROLES; role++) {
        begin(had_dsc_role_names[role]);
        resource_add(&f, "ADServicePrincipalName", "x");
        put_text(&f, "ServicePrincipalName", "HTTP/x");
        refused("HAD0812", "is not a known resource");
    }
}

static void disk_wiped(void **state)
{
    (void)state;
    static const char *const properties[] = {"AllowDestructive", "ClearDisk"};
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        begin("domain-controller");
        resource_add(&f, "Disk", "x");
        put_text(&f, "DriveLetter", "D");
        put_text(&f, "DiskId", "1");
        put_bool(&f, properties[i], true);
        refused("HAD0812", properties[i]);
    }
    /* The script formats behind its question only, which returns or throws. */
    const struct had_dsc_script *script = had_dsc_script_find(HAD_STR("data-volume"));
    int question = -1, format = -1;
    for (int i = 0; script->bodies[HAD_DSC_SET][i]; i++) {
        if (strstr(script->bodies[HAD_DSC_SET][i], "if ($null -ne $partition)"))
            question = i;
        if (strstr(script->bodies[HAD_DSC_SET][i], "Format-Volume"))
            format = i;
    }
    assert_true(question >= 0 && question < format);
}

static void suffixes_replaced(void **state)
{
    (void)state;
    static const char *const properties[] = {"UserPrincipalNameSuffix",
                                             "ServicePrincipalNameSuffix"};
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        begin("domain-controller");
        resource_add(&f, "ADForestProperties", "x");
        put_text(&f, "ForestName", "corp.example.com");
        put_list(&f, properties[i], "example.com");
        refused("HAD0812", properties[i]);
    }
}

static void trust_recreated(void **state)
{
    (void)state;
    begin("trust");
    trust();
    put_bool(&f, "AllowTrustRecreation", true);
    run_as(&f, "ad/corp/administration");
    refused("HAD0814", "`AllowTrustRecreation`");
}

static void something_removed(void **state)
{
    (void)state;
    static const struct {
        const char *role, *type, *key, *value;
    } cases[] = {
        {"forest", "ADReplicationSite", "Name", "AWS"},
        {"domain-controller", "WindowsFeature", "Name", "DNS"},
        {"accounts", "ADGroup", "GroupName", "people"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(cases[i].role);
        resource_add(&f, cases[i].type, "x");
        put_text(&f, cases[i].key, cases[i].value);
        put_text(&f, "Ensure", "Absent");
        run_as(&f, "ad/corp/administration");
        refused("HAD0814", "does not take `Absent`");
    }
    /* And no resource of any role takes another word there. */
    for (uint32_t i = 0; i < had_dsc_resource_count; i++) {
        const struct had_dsc_property *ensure =
            had_dsc_property_find(&had_dsc_resources[i], HAD_STR("Ensure"));
        if (ensure && ensure->kind != HAD_DSC_READ) {
            assert_string_equal(ensure->allowed[0], "Present");
            assert_null(ensure->allowed[1]);
        }
    }
}

static void members_of_two_lists(void **state)
{
    (void)state;
    begin("accounts");
    resource_add(&f, "ADGroup", "x");
    put_text(&f, "GroupName", "people");
    put_list(&f, "Members", "a");
    put_list(&f, "MembersToExclude", "b");
    refused("HAD0814", "exclude each other");
}

static void firewall_off(void **state)
{
    (void)state;
    begin("domain-controller");
    resource_add(&f, "FirewallProfile", "x");
    put_text(&f, "Name", "Domain");
    put_text(&f, "Enabled", "False");
    refused("HAD0814", "does not take `False`");
}

static void restarts_unasked(void **state)
{
    (void)state;
    begin("domain-controller");
    resource_add(&f, "WaitForADDomain", "x");
    put_text(&f, "DomainName", "corp.example.com");
    put_secret(&f, "Credential", "ad/corp/promotion");
    put_int(&f, "RestartCount", 3);
    refused("HAD0812", "`RestartCount`");
}

/* ---- promotions ---- */

static void wait_without_credential(void **state)
{
    (void)state;
    begin("domain-controller");
    resource_add(&f, "WaitForADDomain", "x");
    put_text(&f, "DomainName", "corp.example.com");
    refused("HAD0813", "`Credential`");
}

static void wait_in_a_new_site(void **state)
{
    (void)state;
    begin("domain-controller");
    resource_add(&f, "WaitForADDomain", "x");
    put_text(&f, "DomainName", "corp.example.com");
    put_secret(&f, "Credential", "ad/corp/promotion");
    put_text(&f, "SiteName", "AWS");
    refused("HAD0812", "`SiteName`");
}

static void promotion_anywhere(void **state)
{
    (void)state;
    begin("domain-controller");
    promotion("Promotion", "had/corp/safe-mode");
    refused("HAD0813", "`SiteName`");
    begin("domain-controller");
    resource_add(&f, "ADDomainController", "Promotion");
    put_text(&f, "DomainName", "corp.example.com");
    put_text(&f, "SiteName", "AWS");
    put_bool(&f, "InstallDns", true);
    put_secret(&f, "Credential", "ad/corp/promotion");
    put_secret(&f, "SafemodeAdministratorPassword", "had/corp/safe-mode");
    refused("HAD0813", "`IsGlobalCatalog`");
}

static void restore_by_who_promotes(void **state)
{
    (void)state;
    begin("domain-controller");
    promotion("Promotion", "ad/corp/promotion");
    put_text(&f, "SiteName", "AWS");
    refused("HAD0814", "is the secret of the account that promotes");
    begin("domain-controller");
    resource_add(&f, "ADDomain", "Promotion");
    put_text(&f, "DomainName", "corp.example.com");
    put_secret(&f, "Credential", "ad/corp/promotion");
    put_secret(&f, "SafeModeAdministratorPassword", "ad/corp/promotion");
    refused("HAD0814", "is the secret of the account that promotes");
}

static void system_may_not(void **state)
{
    (void)state;
    static const char *const types[] = {"ADReplicationSite", "ADReplicationSiteLink"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        begin("forest");
        resource_add(&f, types[i], "x");
        put_text(&f, "Name", "AWS");
        if (i) {
            put_bool(&f, "OptionChangeNotification", true);
            put_bool(&f, "OptionTwoWaySync", false);
            put_bool(&f, "OptionDisableCompression", false);
        }
        refused("HAD0813", "`PsDscRunAsCredential`");
    }
    begin("trust");
    trust();
    refused("HAD0813", "`PsDscRunAsCredential`");
    begin("trust");
    script_add(&f, "trust-encryption", "x");
    put_text(&f, "TargetDomainName", "aws.example.com");
    refused("HAD0813", "`PsDscRunAsCredential`");
}

/* ---- texts ---- */

static void address_of_here(void **state)
{
    (void)state;
    static const char *const addresses[] = {"169.254.169.253", "127.0.0.1", "0.0.0.0",
                                            "fd00:ec2::253",   "::1",       "fe80::1"};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        begin("forwarders");
        script_add(&f, "conditional-forwarder", "aws.example.com");
        put_text(&f, "Domain", "aws.example.com");
        put_list(&f, "MasterServers", addresses[i]);
        put_text(&f, "ReplicationScope", "Domain");
        refused("HAD0817", "other machines reach");
    }
    begin("forest");
    resource_add(&f, "DnsServerForwarder", "x");
    put_text(&f, "IsSingleInstance", "Yes");
    put_list(&f, "IPAddresses", "169.254.169.253");
    refused("HAD0812", "has no place in the role");
}

static void unit_in_a_filter(void **state)
{
    (void)state;
    begin("directory-admin");
    resource_add(&f, "ADOrganizationalUnit", "x");
    put_text(&f, "Name", "x' -or Name -like '*");
    put_text(&f, "Path", "DC=aws,DC=example,DC=com");
    refused("HAD0814", "holds `'`");
}

static void text_in_a_script(void **state)
{
    (void)state;
    static const struct {
        const char *script, *argument, *text;
    } cases[] = {
        {"computer-name", "ComputerName", "dc'; calc; '"},
        {"computer-name", "ComputerName", "dc*)(cn=*"},
        {"computer-name", "Domain", "corp.example.com/DC=x"},
        {"conditional-forwarder", "Domain", "x' -Force; calc #"},
        {"time-source", "Source", "NTP'; calc"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(strcmp(cases[i].script, "conditional-forwarder") == 0 ? "forwarders"
                                                                    : "domain-controller");
        script_add(&f, cases[i].script, "x");
        const struct had_dsc_script *script = had_dsc_script_find(had_str_c(cases[i].script));
        for (uint32_t k = 0; k < script->argument_count; k++) {
            const struct had_dsc_argument *argument = &script->arguments[k];
            if (strcmp(argument->name, cases[i].argument) == 0)
                put_text(&f, argument->name, cases[i].text);
            else if (argument->kind == HAD_DSC_ADDRESSES)
                put_list(&f, argument->name, "10.0.0.2");
            else if (argument->kind == HAD_DSC_SECRET)
                put_secret(&f, argument->name, "ad/corp/promotion");
            else if (argument->kind == HAD_DSC_WORD)
                put_text(&f, argument->name, argument->words[0][0]);
            else
                put_text(&f, argument->name,
                         argument->kind == HAD_DSC_DOMAIN ? "corp.example.com" : "dc-aws-1");
        }
        refused("HAD0817", cases[i].argument);
    }
}

/* Bodies are ours: nothing in them is expanded on the way, and nothing comes in by $using:. */
static void variable_of_the_outside(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < had_dsc_script_count; i++)
        for (int body = 0; body < HAD_DSC_BODIES; body++)
            for (const char *const *line = had_dsc_scripts[i].bodies[body]; *line; line++) {
                assert_null(strstr(*line, "$using:"));
                assert_null(strstr(*line, "Invoke-Expression"));
                assert_null(strstr(*line, "\""));
                /* Placeholders are the only double braces; without them no token is left. */
                char plain[512] = "";
                const char *at = *line;
                while (*at && strlen(plain) < sizeof plain - 2) {
                    const char *end = strncmp(at, "{{", 2) == 0 ? strstr(at, "}}") : NULL;
                    if (end) {
                        at = end + 2;
                        continue;
                    }
                    strncat(plain, at++, 1);
                }
                uint32_t place;
                assert_int_equal(had_dsc_text_check(had_str_c(plain), &place), HAD_DSC_TEXT_PLAIN);
            }
}

/* ---- passwords ---- */

static void password_in_the_open(void **state)
{
    (void)state;
    begin("domain-controller");
    promotion("Promotion", "had/corp/safe-mode");
    put_text(&f, "SiteName", "AWS");
    assert_int_equal(emit(&f, &had_backend_dsc), 0);
    emit(&f, &had_backend_mof);
    had_each(struct had_output_file, file, &f.output.files) {
        char *text = had_str_cstr(&f.arena, file->text);
        assert_null(strstr(text, "PSDscAllowPlainTextPassword"));
        assert_null(strstr(text, "AsPlainText"));
        const char *password = strstr(text, " Password = ");
        if (password)
            assert_non_null(strstr(password, "read from Secrets Manager on the machine"));
    }
    fixture_end(&f);
}

/* ---- by itself ---- */

static void repaired_by_itself(void **state)
{
    (void)state;
    begin("domain-controller");
    promotion("Promotion", "had/corp/safe-mode");
    put_text(&f, "SiteName", "AWS");
    assert_int_equal(emit(&f, &had_backend_dsc), 0);
    char *text = had_str_cstr(&f.arena, output_text(&f, "dsc/corp/domain-controller.lcm.ps1"));
    assert_non_null(strstr(text, "ConfigurationMode  = 'ApplyAndMonitor'\r\n"));
    assert_non_null(strstr(text, "RebootNodeIfNeeded = $false\r\n"));
    assert_non_null(strstr(text, "ActionAfterReboot  = 'StopConfiguration'\r\n"));
    fixture_end(&f);
}

static void other_module(void **state)
{
    (void)state;
    begin("domain-controller");
    promotion("Promotion", "had/corp/safe-mode");
    put_text(&f, "SiteName", "AWS");
    assert_int_equal(emit(&f, &had_backend_dsc), 0);
    emit(&f, &had_backend_mof);
    char *script = had_str_cstr(&f.arena, output_text(&f, "dsc/corp/domain-controller.ps1"));
    assert_non_null(strstr(
        script, "Import-DscResource -ModuleName 'ActiveDirectoryDsc' -ModuleVersion '6.7.0'\r\n"));
    char *mof = had_str_cstr(&f.arena, output_text(&f, "dsc/corp/domain-controller/dc-aws-1.mof"));
    assert_non_null(strstr(mof, " ModuleVersion = \"6.7.0\";\r\n"));
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subnet_halves),
        cmocka_unit_test(link_options),
        cmocka_unit_test(two_masters),
        cmocka_unit_test(one_key_twice),
        cmocka_unit_test(token_in_a_list),
        cmocka_unit_test(forest_renamed),
        cmocka_unit_test(sites_of_aws),
        cmocka_unit_test(computer_deleted),
        cmocka_unit_test(zone_replaced),
        cmocka_unit_test(name_taken_from_an_account),
        cmocka_unit_test(disk_wiped),
        cmocka_unit_test(suffixes_replaced),
        cmocka_unit_test(trust_recreated),
        cmocka_unit_test(something_removed),
        cmocka_unit_test(members_of_two_lists),
        cmocka_unit_test(firewall_off),
        cmocka_unit_test(restarts_unasked),
        cmocka_unit_test(wait_without_credential),
        cmocka_unit_test(wait_in_a_new_site),
        cmocka_unit_test(promotion_anywhere),
        cmocka_unit_test(restore_by_who_promotes),
        cmocka_unit_test(system_may_not),
        cmocka_unit_test(address_of_here),
        cmocka_unit_test(unit_in_a_filter),
        cmocka_unit_test(text_in_a_script),
        cmocka_unit_test(variable_of_the_outside),
        cmocka_unit_test(password_in_the_open),
        cmocka_unit_test(repaired_by_itself),
        cmocka_unit_test(other_module),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
