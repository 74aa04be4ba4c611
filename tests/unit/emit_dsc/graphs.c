#include "graphs.h"

#include "emit/dsc/schema.h"

#include <stdlib.h>
#include <string.h>

/* One place for everything; no source stands behind it. */
static const struct had_span here = {.file = 1, .start = 0, .end = 1};

void fixture_begin(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    f->diags.arena = &f->arena;
    f->output.arena = &f->arena;
    f->options =
        (struct had_emit_options){.version = HAD_STR("1.0.0"), .phase = HAD_PHASE_WORKLOADS};
    f->phase = HAD_PHASE_EXTENDED;
    had_graph_init(&f->graph, &f->arena, HAD_STR("acme-identity"), HAD_STR("eu-west-1"));
}

void fixture_end(struct fixture *f)
{
    had_arena_free(&f->arena);
}

static struct had_context account_context(void)
{
    return (struct had_context){.partition = HAD_STR("aws"),
                                .account = HAD_STR("shared-services"),
                                .account_id = HAD_STR("333333333333"),
                                .region = HAD_STR("eu-west-1"),
                                .actor = HAD_ACTOR_DEPLOY,
                                .deploy_role = HAD_STR("had-deploy")};
}

static struct had_origin origin(had_str object)
{
    return (struct had_origin){.object = object, .span = here};
}

static const had_str no_key = {0};

struct had_node *machine_add(struct fixture *f, const char *name)
{
    struct had_context context = account_context();
    had_str object = had_str_printf(&f->arena, "forest corp/controller %s", name);
    struct had_node *node =
        had_node_add(&f->graph, HAD_RESOURCE, "AWS::EC2::Instance", object, "instance", no_key,
                     had_context_get(&f->graph, &context), HAD_LAYER_DOMAIN_CONTROLLERS,
                     HAD_PHASE_EXTENDED, origin(object));
    return node;
}

struct had_node *configuration_add(struct fixture *f, const char *object, const char *role_of_node,
                                   const char *forest, const char *role, struct had_node *machine,
                                   const char *node)
{
    struct had_context context = account_context();
    context.actor = HAD_ACTOR_MACHINE;
    context.machine = machine;
    f->configuration =
        had_node_add(&f->graph, HAD_CONFIGURATION, "had::DscConfiguration", had_str_c(object),
                     role_of_node, no_key, had_context_get(&f->graph, &context),
                     HAD_LAYER_DOMAIN_CONTROLLERS, f->phase, origin(had_str_c(object)));
    had_node_set(&f->graph, f->configuration, "Forest", had_prop_c(&f->graph, forest, here));
    had_node_set(&f->graph, f->configuration, "Role", had_prop_c(&f->graph, role, here));
    had_node_set(&f->graph, f->configuration, "Node", had_prop_c(&f->graph, node, here));
    f->resources = had_prop_list(&f->graph, here);
    had_node_set(&f->graph, f->configuration, "Resources", f->resources);
    had_edge_add(&f->graph, f->configuration, machine, HAD_NEEDS, HAD_UNTIL_READY,
                 "a configuration is applied by its machine", here);
    return f->configuration;
}

static void item_add(struct fixture *f, const char *type, const char *name, const char *values)
{
    f->resource = had_prop_map(&f->graph, here);
    f->values = had_prop_map(&f->graph, here);
    had_prop_put(&f->graph, f->resource, "Type", had_prop_c(&f->graph, type, here));
    had_prop_put(&f->graph, f->resource, "Name", had_prop_c(&f->graph, name, here));
    had_prop_put(&f->graph, f->resource, values, f->values);
    had_prop_append(&f->graph, f->resources, f->resource);
}

void resource_add(struct fixture *f, const char *type, const char *name)
{
    item_add(f, type, name, "Properties");
}

void script_add(struct fixture *f, const char *constant, const char *name)
{
    item_add(f, "Script", name, "Arguments");
    had_prop_put(&f->graph, f->resource, "Constant", had_prop_c(&f->graph, constant, here));
}

void put(struct fixture *f, const char *property, struct had_prop *value)
{
    had_prop_put(&f->graph, f->values, property, value);
}

void put_text(struct fixture *f, const char *property, const char *text)
{
    put(f, property, had_prop_c(&f->graph, text, here));
}

void put_str(struct fixture *f, const char *property, had_str text)
{
    put(f, property, had_prop_text(&f->graph, text, here));
}

void put_int(struct fixture *f, const char *property, int64_t number)
{
    put(f, property, had_prop_int(&f->graph, number, here));
}

void put_bool(struct fixture *f, const char *property, bool boolean)
{
    put(f, property, had_prop_bool(&f->graph, boolean, here));
}

struct had_prop *secret_prop(struct fixture *f, const char *name, const char *key)
{
    return had_prop_secret(&f->graph, had_str_c(name), HAD_STR("333333333333"),
                           HAD_STR("eu-west-1"), key, here);
}

void put_secret(struct fixture *f, const char *property, const char *name)
{
    put(f, property, secret_prop(f, name, ""));
}

static struct had_prop *list_of_words(struct fixture *f, const char *words)
{
    struct had_prop *list = had_prop_list(&f->graph, here);
    while (*words) {
        size_t length = strcspn(words, " ");
        had_prop_append(&f->graph, list,
                        had_prop_text(&f->graph, (had_str){words, (uint32_t)length}, here));
        words += length;
        words += strspn(words, " ");
    }
    return list;
}

void put_list(struct fixture *f, const char *property, const char *words)
{
    put(f, property, list_of_words(f, words));
}

void run_as(struct fixture *f, const char *secret)
{
    had_prop_put(&f->graph, f->resource, "PsDscRunAsCredential", secret_prop(f, secret, ""));
}

void after(struct fixture *f, const char *waits)
{
    had_prop_put(&f->graph, f->resource, "DependsOn", list_of_words(f, waits));
}

void need(struct fixture *f, struct had_node *from, struct had_node *to)
{
    had_edge_add(&f->graph, from, to, HAD_NEEDS, HAD_UNTIL_READY, "the first comes before", here);
}

uint32_t emit(struct fixture *f, const struct had_backend *backend)
{
    if (!f->graph.finished)
        had_graph_finish(&f->graph, &f->diags);
    if (f->diags.errors)
        return f->diags.errors;
    struct had_emit_input input = {.graph = &f->graph, .options = &f->options, .diags = &f->diags};
    backend->emit(&input, &f->output);
    had_output_sort(&f->output);
    return f->diags.errors;
}

had_str output_text(const struct fixture *f, const char *path)
{
    had_each(struct had_output_file, file, &f->output.files)
        if (had_str_is(file->path, path))
            return file->text;
    return (had_str){0};
}

uint32_t findings(const struct fixture *f, const char *code)
{
    uint32_t count = 0;
    had_each(struct had_diag *, d, &f->diags.items)
        count += strcmp((*d)->code->code, code) == 0;
    return count;
}

struct had_node *parameter_add(struct fixture *f, const char *object, const char *role,
                               const char *name)
{
    struct had_context context = account_context();
    struct had_node *node =
        had_node_add(&f->graph, HAD_RESOURCE, "AWS::SSM::Parameter", had_str_c(object), role,
                     no_key, had_context_get(&f->graph, &context), HAD_LAYER_TRUST,
                     HAD_PHASE_RESOURCE_FOREST, origin(had_str_c(object)));
    had_node_set(&f->graph, node, "Name", had_prop_c(&f->graph, name, here));
    had_node_set(&f->graph, node, "Type", had_prop_c(&f->graph, "String", here));
    had_node_set(&f->graph, node, "Value", had_prop_c(&f->graph, "10.17.0.20", here));
    return node;
}

/* ---- examples ---- */

/* A join, behind what stops where the name is taken. */
void join_add(struct fixture *f, const char *name, const char *secret, const char *waits)
{
    script_add(f, "computer-name", "free");
    put_text(f, "ComputerName", name);
    put_text(f, "Domain", "corp.example.com");
    put_secret(f, "Account", secret);
    after(f, waits);
    resource_add(f, "Computer", "join");
    put_text(f, "Name", name);
    put_text(f, "DomainName", "corp.example.com");
    put_secret(f, "Credential", secret);
    after(f, "[Script]free");
}

static void feature(struct fixture *f, const char *name)
{
    resource_add(f, "WindowsFeature", name);
    put_text(f, "Name", name);
    put_text(f, "Ensure", "Present");
}

static void subnet(struct fixture *f, const char *name, const char *range, const char *site)
{
    resource_add(f, "ADReplicationSubnet", name);
    put_text(f, "Name", range);
    put_text(f, "Site", site);
    put_text(f, "Location", "");
    put_text(f, "Description", "AWS eu-west-1");
    put_text(f, "Ensure", "Present");
    run_as(f, "ad/corp/administration");
    after(f, "[ADReplicationSite]AWS-eu-west-1");
}

void graph_forest(struct fixture *f)
{
    struct had_node *machine = machine_add(f, "dc-aws-1");
    struct had_node *sites =
        configuration_add(f, "forest corp", "sites", "corp", "forest", machine, "dc-aws-1");
    feature(f, "RSAT-AD-PowerShell");
    resource_add(f, "WaitForADDomain", "corp.example.com");
    put_text(f, "DomainName", "corp.example.com");
    put_secret(f, "Credential", "ad/corp/administration");
    after(f, "[WindowsFeature]RSAT-AD-PowerShell");
    join_add(f, "dc-aws-1", "ad/corp/administration", "[WaitForADDomain]corp.example.com");
    resource_add(f, "ADReplicationSite", "AWS-eu-west-1");
    put_text(f, "Name", "AWS-eu-west-1");
    put_text(f, "Description", "AWS Region eu-west-1, Ireland's");
    put_text(f, "Ensure", "Present");
    put_bool(f, "RenameDefaultFirstSiteName", false);
    run_as(f, "ad/corp/administration");
    after(f, "[WaitForADDomain]corp.example.com");
    subnet(f, "10.16.0.0/16", "10.16.0.0/16", "AWS-eu-west-1");
    subnet(f, "10.17.0.0/16", "10.17.0.0/16", "AWS-eu-west-1");
    subnet(f, "10.32.0.0/12", "10.32.0.0/12", "AWS-eu-west-1");

    struct had_node *link = configuration_add(f, "site-link dublin with eu-west-1", "link", "corp",
                                              "forest", machine, "dc-aws-1");
    resource_add(f, "ADReplicationSiteLink", "DUBLIN-AWS-eu-west-1");
    put_text(f, "Name", "DUBLIN-AWS-eu-west-1");
    put_list(f, "SitesIncluded", "DUBLIN AWS-eu-west-1");
    put_int(f, "Cost", 100);
    put_int(f, "ReplicationFrequencyInMinutes", 15);
    put_bool(f, "OptionChangeNotification", true);
    put_bool(f, "OptionTwoWaySync", false);
    put_bool(f, "OptionDisableCompression", false);
    put_text(f, "Ensure", "Present");
    run_as(f, "ad/corp/administration");
    need(f, link, sites);
}

static void disk(struct fixture *f, const char *id)
{
    resource_add(f, "WaitForDisk", "ntds");
    put_text(f, "DiskId", id);
    put_text(f, "DiskIdType", "SerialNumber");
    put_int(f, "RetryIntervalSec", 30);
    put_int(f, "RetryCount", 20);
    resource_add(f, "Disk", "ntds");
    put_text(f, "DriveLetter", "D");
    put_text(f, "DiskId", id);
    put_text(f, "DiskIdType", "SerialNumber");
    put_text(f, "PartitionStyle", "GPT");
    put_text(f, "FSFormat", "NTFS");
    put_text(f, "FSLabel", "NTDS");
    after(f, "[WaitForDisk]ntds");
}

static struct had_node *controller(struct fixture *f, struct had_node *machine, const char *name,
                                   const char *disk_id, const char *dns)
{
    const char *object =
        name[7] == '1' ? "forest corp/controller dc-aws-1" : "forest corp/controller dc-aws-2";
    struct had_node *node =
        configuration_add(f, object, "configuration", "corp", "domain-controller", machine, name);
    resource_add(f, "DnsServerAddress", "primary");
    put_text(f, "InterfaceAlias", "Ethernet");
    put_text(f, "AddressFamily", "IPv4");
    put_list(f, "Address", dns);
    put_bool(f, "Validate", false);
    disk(f, disk_id);
    feature(f, "AD-Domain-Services");
    feature(f, "DNS");
    feature(f, "RSAT-AD-PowerShell");
    resource_add(f, "WaitForADDomain", "corp.example.com");
    put_text(f, "DomainName", "corp.example.com");
    put_int(f, "WaitTimeout", 900);
    put_secret(f, "Credential", "ad/corp/promotion");
    after(f, "[WindowsFeature]RSAT-AD-PowerShell [DnsServerAddress]primary");
    join_add(f, name, "ad/corp/promotion", "[WaitForADDomain]corp.example.com");
    resource_add(f, "PendingReboot", "join");
    put_text(f, "Name", "join");
    put_bool(f, "SkipWindowsUpdate", true);
    after(f, "[Computer]join");
    resource_add(f, "ADDomainController", "promotion");
    put_text(f, "DomainName", "corp.example.com");
    put_text(f, "SiteName", "AWS-eu-west-1");
    put_text(f, "DatabasePath", "D:\\NTDS");
    put_text(f, "LogPath", "D:\\NTDS");
    put_text(f, "SysvolPath", "D:\\SYSVOL");
    put_bool(f, "InstallDns", true);
    put_bool(f, "IsGlobalCatalog", true);
    put_secret(f, "Credential", "ad/corp/promotion");
    put_secret(f, "SafemodeAdministratorPassword", "had/corp/safe-mode");
    after(f,
          "[WindowsFeature]AD-Domain-Services [WindowsFeature]DNS [Disk]ntds [PendingReboot]join");
    resource_add(f, "DnsServerForwarder", "resolver");
    put_text(f, "IsSingleInstance", "Yes");
    put_list(f, "IPAddresses", "169.254.169.253");
    put_bool(f, "UseRootHint", false);
    after(f, "[ADDomainController]promotion");
    resource_add(f, "Service", "ADWS");
    put_text(f, "Name", "ADWS");
    put_text(f, "State", "Running");
    put_text(f, "StartupType", "Automatic");
    after(f, "[ADDomainController]promotion");
    return node;
}

void graph_domain_controllers(struct fixture *f)
{
    struct had_node *one = machine_add(f, "dc-aws-1"), *two = machine_add(f, "dc-aws-2");
    struct had_node *first =
        controller(f, one, "dc-aws-1", "vol0123456789abcdef0", "10.17.1.10 10.1.0.10 127.0.0.1");
    struct had_node *second =
        controller(f, two, "dc-aws-2", "vol0fedcba9876543210", "10.17.0.10 10.1.0.10 127.0.0.1");
    need(f, second, first);

    struct had_node *policy = configuration_add(f, "forest corp/password-policy", "policy", "corp",
                                                "domain-controller", one, "dc-aws-1");
    resource_add(f, "ADDomainDefaultPasswordPolicy", "DefaultPolicy");
    put_text(f, "DomainName", "corp.example.com");
    put_int(f, "MinPasswordLength", 14);
    put_secret(f, "Credential", "ad/corp/promotion");
    need(f, policy, first);
}

/* This side of a trust with a directory of AWS, and a trust between two forests of ours. */
void graph_trusts(struct fixture *f)
{
    struct had_node *one = machine_add(f, "dc-aws-1");
    struct had_node *forwarder =
        configuration_add(f, "trust directory aws with forest corp", "forwarder", "corp",
                          "forwarders", one, "dc-aws-1");
    script_add(f, "conditional-forwarder", "aws.example.com");
    put_text(f, "Domain", "aws.example.com");
    struct had_prop *targets = had_prop_list(&f->graph, here);
    for (int i = 1; i <= 2; i++) {
        char object[] = "directory aws 0", name[] = "/had/corp/dns/aws.example.com/0";
        object[sizeof object - 2] = name[sizeof name - 2] = (char)('0' + i);
        struct had_node *parameter = parameter_add(f, had_str_cstr(&f->arena, had_str_c(object)),
                                                   "dns", had_str_cstr(&f->arena, had_str_c(name)));
        had_prop_append(&f->graph, targets, had_prop_read(&f->graph, parameter, "Value", here));
    }
    f->phase = HAD_PHASE_RESOURCE_FOREST;
    f->configuration->phase = f->phase;
    put(f, "MasterServers", targets);
    put_text(f, "ReplicationScope", "Forest");
    configuration_add(f, "trust forest shop with forest corp", "forwarder", "corp", "forwarders",
                      one, "dc-aws-1");
    script_add(f, "conditional-forwarder", "shop.example.com");
    put_text(f, "Domain", "shop.example.com");
    put_list(f, "MasterServers", "10.18.0.10 10.18.1.10");
    put_text(f, "ReplicationScope", "Domain");

    configuration_add(f, "trust forest shop with forest corp", "half", "corp", "trust", one,
                      "dc-aws-1");
    resource_add(f, "ADDomainTrust", "shop.example.com");
    put_text(f, "SourceDomainName", "corp.example.com");
    put_text(f, "TargetDomainName", "shop.example.com");
    put_secret(f, "TargetCredential", "ad/shop/administration");
    put_text(f, "TrustType", "Forest");
    put_text(f, "TrustDirection", "Outbound");
    put_bool(f, "AllowTrustRecreation", false);
    put_text(f, "Ensure", "Present");
    run_as(f, "ad/corp/administration");
    script_add(f, "trust-authentication", "Authentication-shop.example.com");
    put_text(f, "TargetDomainName", "shop.example.com");
    put_text(f, "TrustType", "Forest");
    put_bool(f, "SelectiveAuthentication", true);
    run_as(f, "ad/corp/administration");
    after(f, "[ADDomainTrust]shop.example.com");

    struct had_node *half = configuration_add(f, "trust directory aws with forest corp", "half",
                                              "corp", "trust", one, "dc-aws-1");
    script_add(f, "trust-local-side", "aws.example.com");
    put_text(f, "TargetDomainName", "aws.example.com");
    put_text(f, "TrustDirection", "Bidirectional");
    put_text(f, "TrustType", "Forest");
    put_bool(f, "SelectiveAuthentication", false);
    put(f, "Password", secret_prop(f, "ad/trust/aws-corp", "Password"));
    run_as(f, "ad/corp/administration");
    need(f, half, forwarder);
}

void graph_new_forest(struct fixture *f)
{
    struct had_node *one = machine_add(f, "dc-aws-1"), *two = machine_add(f, "dc-aws-2");
    struct had_node *domain = configuration_add(f, "forest shop", "domain", "shop",
                                                "domain-controller", one, "shop-dc-1");
    feature(f, "AD-Domain-Services");
    resource_add(f, "ADDomain", "shop.example.com");
    put_text(f, "DomainName", "shop.example.com");
    put_text(f, "DomainNetBiosName", "SHOP");
    put_text(f, "ForestMode", "WinThreshold");
    put_secret(f, "Credential", "ad/shop/promotion");
    put_secret(f, "SafeModeAdministratorPassword", "had/shop/safe-mode");
    after(f, "[WindowsFeature]AD-Domain-Services");
    resource_add(f, "ADForestProperties", "suffixes");
    put_text(f, "ForestName", "shop.example.com");
    put_list(f, "UserPrincipalNameSuffixToAdd", "example.com shop.example");
    after(f, "[ADDomain]shop.example.com");
    resource_add(f, "ADDomainDefaultPasswordPolicy", "default");
    put_text(f, "DomainName", "shop.example.com");
    put_int(f, "MinPasswordLength", 14);
    put_int(f, "PasswordHistoryCount", 24);
    put_bool(f, "ComplexityEnabled", true);
    after(f, "[ADDomain]shop.example.com");

    struct had_node *second = configuration_add(f, "forest shop/controller dc-2", "configuration",
                                                "shop", "domain-controller", two, "shop-dc-2");
    feature(f, "AD-Domain-Services");
    resource_add(f, "ADDomainController", "promotion");
    put_text(f, "DomainName", "shop.example.com");
    put_text(f, "SiteName", "AWS-eu-west-1");
    put_bool(f, "IsGlobalCatalog", true);
    put_bool(f, "InstallDns", true);
    put_secret(f, "Credential", "ad/shop/promotion");
    put_secret(f, "SafemodeAdministratorPassword", "had/shop/safe-mode");
    after(f, "[WindowsFeature]AD-Domain-Services");
    need(f, second, domain);
}

void graph_directory_admin(struct fixture *f)
{
    struct had_node *machine = machine_add(f, "aws-admin-1");
    f->phase = HAD_PHASE_WORKLOADS;
    configuration_add(f, "directory aws", "site", "aws", "directory-admin", machine, "aws-admin-1");
    feature(f, "RSAT-AD-PowerShell");
    resource_add(f, "ADReplicationSite", "AWS-eu-west-1");
    put_text(f, "Name", "AWS-eu-west-1");
    put_bool(f, "RenameDefaultFirstSiteName", true);
    run_as(f, "ad/aws/admin");
    after(f, "[WindowsFeature]RSAT-AD-PowerShell");

    configuration_add(f, "directory aws", "ous", "aws", "directory-admin", machine, "aws-admin-1");
    feature(f, "RSAT-AD-PowerShell");
    resource_add(f, "ADOrganizationalUnit", "OU=ERP,OU=Computers,OU=AWS,DC=aws,DC=example,DC=com");
    put_text(f, "Name", "ERP");
    put_text(f, "Path", "OU=Computers,OU=AWS,DC=aws,DC=example,DC=com");
    put_bool(f, "ProtectedFromAccidentalDeletion", true);
    put_text(f, "Description", "Z\303\274rich's ERP servers");
    put_text(f, "Ensure", "Present");
    put_secret(f, "Credential", "ad/aws/admin");
    after(f, "[WindowsFeature]RSAT-AD-PowerShell");
    resource_add(f, "ADGroup", "delegated-fine-grained");
    put_text(f, "GroupName", "AWS Delegated Fine Grained Password Policy Administrators");
    put_list(f, "MembersToInclude", "svc-policy svc-audit");
    put_secret(f, "Credential", "ad/aws/admin");
    after(f, "[WindowsFeature]RSAT-AD-PowerShell");
}

void graph_later(struct fixture *f)
{
    struct had_node *one = machine_add(f, "dc-aws-1"), *two = machine_add(f, "dc-aws-2");
    struct had_node *suffix = parameter_add(f, "directory aws", "suffix", "/had/aws/suffix");
    struct had_node *volumes[2] = {
        parameter_add(f, "forest corp/controller dc-aws-1", "volume", "/had/dc-aws-1/volume"),
        parameter_add(f, "forest corp/controller dc-aws-2", "volume", "/had/dc-aws-2/volume")};
    f->phase = HAD_PHASE_RESOURCE_FOREST;
    for (uint32_t i = 0; i < 2; i++) {
        configuration_add(f,
                          i ? "forest corp/controller dc-aws-2" : "forest corp/controller dc-aws-1",
                          "configuration", "corp", "domain-controller", i ? two : one,
                          i ? "dc-aws-2" : "dc-aws-1");
        resource_add(f, "WaitForDisk", "ntds");
        struct had_prop *id = had_prop_format(&f->graph, here);
        had_prop_append(&f->graph, id, had_prop_c(&f->graph, "vol", here));
        had_prop_append(&f->graph, id, had_prop_read(&f->graph, volumes[i], "Value", here));
        put(f, "DiskId", id);
        put_text(f, "DiskIdType", "SerialNumber");
        resource_add(f, "DnsConnectionSuffix", "suffix");
        put_text(f, "InterfaceAlias", "Primary");
        put(f, "ConnectionSpecificSuffix", had_prop_read(&f->graph, suffix, "Value", here));
    }
}

/* Every fixed script with every word of its arguments: a new one is in the golden by itself. */
void graph_scripts(struct fixture *f)
{
    configuration_add(f, "forest corp", "scripts", "corp", "domain-controller",
                      machine_add(f, "dc-aws-1"), "dc-aws-1");
    for (uint32_t i = 0; i < had_dsc_script_count; i++) {
        const struct had_dsc_script *script = &had_dsc_scripts[i];
        for (uint32_t turn = 0, more = 1; more; turn++) {
            char *name =
                had_str_cstr(&f->arena, had_str_printf(&f->arena, "%s-%u", script->name, turn));
            script_add(f, script->name, name);
            more = 0;
            if (script->run_as)
                run_as(f, "ad/corp/administration");
            for (uint32_t k = 0; k < script->argument_count; k++) {
                const struct had_dsc_argument *argument = &script->arguments[k];
                uint32_t words = 0;
                while (argument->words && argument->words[words][0])
                    words++;
                if (turn + 1 < words)
                    more = 1;
                if (argument->kind == HAD_DSC_DOMAIN)
                    put_text(f, argument->name, turn ? "xn--bcher-kva.example" : "aws.example.com");
                else if (argument->kind == HAD_DSC_COMPUTER)
                    put_text(f, argument->name, "dc-aws-1");
                else if (argument->kind == HAD_DSC_ADDRESSES)
                    put_list(f, argument->name, "10.17.0.20 2001:db8::53");
                else if (argument->kind == HAD_DSC_WORD)
                    put_text(f, argument->name, argument->words[turn % words][0]);
                else if (argument->kind == HAD_DSC_TRUTH)
                    put_bool(f, argument->name, turn % 2);
                else
                    put(f, argument->name,
                        secret_prop(f, "ad/trust/aws-corp", turn ? "" : "Password"));
            }
        }
    }
}
