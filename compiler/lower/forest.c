/*
 * What makes a forest: its secrets, sites and links, domains, promotions, organizational units and
 * password policies, as configurations of its controllers in AWS. A forest without a controller of
 * ours gets a step for the team that runs it instead.
 */
#include "lower/ad.h"
#include "lower/desired.h"

#include <string.h>

#define NTDS_LETTER "D"
#define BACKUP_LETTER "E"
#define ADAPTER "Primary"

/* ---- words of the language and of DSC ---- */

static const struct {
    const char *word, *create, *forest, *domain;
} levels[] = {
    {"2008r2", "Win2008R2", "Windows2008R2Forest", "Windows2008R2Domain"},
    {"2012", "Win2012", "Windows2012Forest", "Windows2012Domain"},
    {"2012r2", "Win2012R2", "Windows2012R2Forest", "Windows2012R2Domain"},
    {"2016", "WinThreshold", "Windows2016Forest", "Windows2016Domain"},
    {"2025", "Win2025", "Windows2025Forest", "Windows2025Domain"},
};

static uint32_t level_of(const struct had_object *domain)
{
    had_str level = had_get_text(domain, "level");
    for (uint32_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (had_str_is(level, levels[i].word))
            return i;
    }
    return 3;
}

static const struct {
    const char *word, *master;
} masters[] = {
    {"pdc", "PDCEmulator"},
    {"rid", "RIDMaster"},
    {"infrastructure", "InfrastructureMaster"},
    {"schema", "SchemaMaster"},
    {"naming", "DomainNamingMaster"},
};

/* ---- secrets ---- */

/*
 * A password that Secrets Manager makes and nobody sees. Its user name stands beside it, because
 * AWS-ApplyDSCMofs wants both keys. One is made for each account and Region with a controller; the
 * first controller's has no key.
 */
static struct had_node *secret(struct had_lowering *l, const struct had_object *forest,
                               const struct had_object *controller, const char *role, had_str user,
                               const char *description)
{
    const struct had_object *first = had_first_controller(l, forest, true);
    const struct had_context *context = had_context_own(l, controller);
    had_str key = HAD_NO_KEY;
    if (first && context != had_context_own(l, first))
        key = had_str_printf(l->arena, HAD_FMT " " HAD_FMT, HAD_ARG(context->account),
                             HAD_ARG(context->region));
    struct had_node *known = had_lower_find(l, forest, role, key);
    if (known)
        return known;
    struct had_span span = forest->span;
    struct had_node *node =
        had_lower_node(l, forest, "AWS::SecretsManager::Secret", role, key,
                       had_place_at(context, HAD_LAYER_DOMAIN_CONTROLLERS, HAD_PHASE_EXTENDED));
    node->protect = HAD_PROTECT_KEEP;
    had_str name = had_str_printf(l->arena, "had/" HAD_FMT "/%s", HAD_ARG(forest->label), role);
    had_lower_text(l, node, "Name", name, span);
    had_lower_text(
        l, node, "Description",
        had_str_printf(l->arena, "%s of forest " HAD_FMT, description, HAD_ARG(forest->label)),
        span);
    struct had_buffer json = {0};
    had_buffer_c(&json, "{\"Username\":\"");
    for (uint32_t i = 0; i < user.len; i++) {
        if (user.ptr[i] == '\\' || user.ptr[i] == '"')
            had_buffer_char(&json, '\\');
        had_buffer_char(&json, user.ptr[i]);
    }
    had_buffer_c(&json, "\"}");
    had_lower_text(l, node, "GenerateSecretString.SecretStringTemplate",
                   had_str_dup(l->arena, had_buffer_view(&json)), span);
    had_buffer_free(&json);
    had_lower_c(l, node, "GenerateSecretString.GenerateStringKey", "Password", span);
    had_lower_int(l, node, "GenerateSecretString.PasswordLength", 32, span);
    /* Characters that are hard to type at a recovery console, or quoted somewhere on the way. */
    had_lower_c(l, node, "GenerateSecretString.ExcludeCharacters", "\"'`\\/@$&<>", span);
    had_lower_bool(l, node, "GenerateSecretString.RequireEachIncludedType", true, span);
    had_lower_tags(l, node, forest, name);
    return node;
}

static struct had_node *safe_mode(struct had_lowering *l, const struct had_object *controller)
{
    const struct had_object *forest = had_forest_of(controller);
    if (had_get(forest, "safe-mode")->tag == HAD_VALUE_SECRET)
        return NULL;
    return secret(l, forest, controller, "safe-mode", HAD_STR("Administrator"),
                  "Password of directory services restore mode");
}

/* Another Region of the secret's account reads a copy of it there, under the same name. */
static void replicate(struct had_lowering *l, struct had_node *node, had_str region,
                      struct had_span span)
{
    struct had_prop *list = NULL;
    for (uint32_t i = 0; i < node->props.count; i++) {
        if (had_str_is(node->props.items[i].key, "ReplicaRegions"))
            list = node->props.items[i].value;
    }
    if (!list) {
        list = had_prop_list(l->graph, span);
        had_node_set(l->graph, node, "ReplicaRegions", list);
    }
    for (uint32_t i = 0; i < list->items.count; i++) {
        if (had_str_eq(had_prop_at(list->items.items[i], "Region")->text, region))
            return;
    }
    struct had_prop *replica = had_prop_map(l->graph, span);
    had_prop_put(l->graph, replica, "Region", had_prop_text(l->graph, region, span));
    had_prop_append(l->graph, list, replica);
}

/*
 * The first administrator of a forest of ours, where the spec names no account. There is one such
 * account and so one password, unlike that of the restore mode: it is made where the first
 * controller stands.
 */
static struct had_node *administrator(struct had_lowering *l, const struct had_object *controller)
{
    const struct had_object *forest = had_forest_of(controller);
    for (const struct had_object *at = controller->parent; at; at = at->parent) {
        if (had_get(at, "join-as")->tag == HAD_VALUE_SECRET)
            return NULL;
    }
    const struct had_object *first = had_first_controller(l, forest, true);
    if (forest->existing || !first)
        return NULL;
    had_str user = had_str_printf(l->arena, HAD_FMT "\\Administrator",
                                  HAD_ARG(had_get_text(forest, "netbios")));
    struct had_node *node = secret(l, forest, first, "administrator", user, "First administrator");
    if (had_object_account(controller) != had_object_account(first)) {
        struct had_diag *d =
            had_report(l->diags, &HAD0762, controller->span,
                       "`" HAD_FMT "` cannot read the account that `" HAD_FMT "` is made with",
                       HAD_ARG(controller->address), HAD_ARG(forest->address));
        had_diag_address(d, controller->address);
        had_diag_label(d, first->span, "its secret is made here, in `" HAD_FMT "`",
                       HAD_ARG(had_object_account(first)->address));
        had_diag_help(d,
                      "state `join-as = secret(\"…\")` for `" HAD_FMT
                      "`, with a secret in each account that has controllers",
                      HAD_ARG(forest->address));
    } else if (!had_str_eq(had_region_code(controller), had_region_code(first))) {
        replicate(l, node, had_region_code(controller), controller->span);
    }
    return node;
}

/* ---- the base of a controller ---- */

static void data_volume(struct had_desired *desired, const char *name, const char *device,
                        const char *letter, const char *label, struct had_span span)
{
    had_desired_script(desired, "data-volume", had_str_c(name), span);
    had_desired_c(desired, "DeviceName", device, span);
    had_desired_c(desired, "DriveLetter", letter, span);
    had_desired_c(desired, "Label", label, span);
}

/* Features and the volume of the database: before any promotion. */
static void base(struct had_desired *desired, const struct had_object *controller)
{
    struct had_span span = controller->span;
    had_desired_feature(desired, "AD-Domain-Services", span);
    had_desired_feature(desired, "RSAT-AD-PowerShell", span);
    if (had_get_bool(controller, "dns-server")) {
        had_desired_feature(desired, "DNS", had_get_span(controller, "dns-server"));
        had_desired_feature(desired, "RSAT-DNS-Server", had_get_span(controller, "dns-server"));
    }
    data_volume(desired, "Ntds", "xvdf", NTDS_LETTER, "NTDS",
                had_get_span(controller, "ntds-disk"));
}

static void after_base(struct had_desired *desired, const struct had_object *controller)
{
    had_desired_after(desired, "WindowsFeature", HAD_STR("AD-Domain-Services"));
    if (had_get_bool(controller, "dns-server"))
        had_desired_after(desired, "WindowsFeature", HAD_STR("DNS"));
    had_desired_after(desired, "Script", HAD_STR("Ntds"));
}

static void paths(struct had_desired *desired, struct had_span span)
{
    had_desired_c(desired, "DatabasePath", NTDS_LETTER ":\\NTDS", span);
    had_desired_c(desired, "LogPath", NTDS_LETTER ":\\NTDS", span);
    had_desired_c(desired, "SysvolPath", NTDS_LETTER ":\\SYSVOL", span);
}

/* As SYSTEM it works only on a controller of the domain, so the credential is always there. */
static void wait_for_domain(struct had_desired *desired, had_str domain,
                            struct had_prop *credential, struct had_span span)
{
    had_desired_add(desired, "WaitForADDomain", HAD_STR("Domain"), span);
    had_desired_text(desired, "DomainName", domain, span);
    had_desired_put(desired, "Credential", credential);
    had_desired_int(desired, "WaitTimeout", 900, span);
}

/* ---- after the promotion ---- */

/* Images of AWS ask Amazon Time Sync; a controller follows its domain unless it is to lead it. */
static void clock_source(struct had_desired *desired, const struct had_object *controller,
                         const char *promoted, had_str promotion)
{
    struct had_span span = had_get_span(controller, "time");
    bool amazon = had_str_is(had_get_text(controller, "time"), "amazon");
    had_desired_script(desired, "time-source", HAD_STR("TimeSource"), span);
    had_desired_c(desired, "Source", amazon ? "amazon" : "domain", span);
    had_desired_after(desired, promoted, promotion);
}

/*
 * DNS of the machine itself: near controllers first, itself last. Before the promotion it keeps
 * what DHCP gave, so that it finds both the domain (by the forwarding rules) and Systems Manager.
 */
static void name_service(struct had_desired *desired, const struct had_object *controller,
                         const char *promoted, had_str promotion)
{
    struct had_span span = had_get_span(controller, "dns-server");
    had_desired_add(desired, "NetAdapterName", HAD_STR(ADAPTER), span);
    had_desired_c(desired, "NewName", ADAPTER, span);
    had_desired_c(desired, "Status", "Up", span);
    had_desired_bool(desired, "IgnoreMultipleMatchingAdapters", true, span);

    had_desired_add(desired, "DnsServerAddress", HAD_STR("DnsClient"), span);
    had_desired_c(desired, "InterfaceAlias", ADAPTER, span);
    had_desired_c(desired, "AddressFamily", "IPv4", span);
    const struct had_object *domain = controller->parent;
    uint32_t count = 0;
    for (uint32_t i = 0; i < domain->children.count && count < 2; i++) {
        const struct had_object *peer = domain->children.items[i];
        if (peer == controller || !had_is(peer, "controller") ||
            !had_get_bool(peer, "dns-server") ||
            had_object_region(peer) != had_object_region(controller))
            continue;
        had_desired_item(desired, "Address", had_get(peer, "address")->text, peer->span);
        count++;
    }
    /* While its peers are still to come, and where they fail, one on-premises answers. */
    uint32_t most = count ? count + 1 : 2;
    struct had_value_list sites = had_get_list(domain, "sites");
    for (uint32_t i = 0; i < sites.count && count < most; i++) {
        if (sites.items[i].tag != HAD_VALUE_REF)
            continue;
        struct had_value_list dns = had_get_list(sites.items[i].object, "dns");
        for (uint32_t k = 0; k < dns.count && count < most; k++, count++)
            had_desired_item(desired, "Address", dns.items[k].text, dns.items[k].span);
    }
    had_desired_item(desired, "Address", HAD_STR("127.0.0.1"), span);
    had_desired_bool(desired, "Validate", false, span);
    had_desired_after(desired, "NetAdapterName", HAD_STR(ADAPTER));
    had_desired_after(desired, promoted, promotion);

    /* The VPC Resolver is reached at this address from inside an instance only. */
    had_desired_add(desired, "DnsServerForwarder", HAD_STR("VpcResolver"), span);
    had_desired_c(desired, "IsSingleInstance", "Yes", span);
    had_desired_item(desired, "IPAddresses", HAD_STR("169.254.169.253"), span);
    had_desired_bool(desired, "UseRootHint", false, span);
    had_desired_after(desired, promoted, promotion);
}

/* Daily backups of the system state, and a second task that removes those beyond their time. */
static void backups(struct had_desired *desired, const struct had_object *controller,
                    const char *promoted, had_str promotion)
{
    struct had_lowering *l = desired->l;
    struct had_span span = had_get_span(controller, "backup");
    int64_t days = had_get_int(controller, "backup") / 86400;
    if (days < 1)
        return;
    had_desired_feature(desired, "Windows-Server-Backup", span);
    data_volume(desired, "Backup", "xvdg", BACKUP_LETTER, "BACKUP",
                had_get_span(controller, "backup-disk"));
    const struct {
        const char *name, *start;
        had_str arguments;
    } tasks[] = {
        {"SystemStateBackup", "2020-01-01T02:00:00",
         HAD_STR("start systemstatebackup -backupTarget:" BACKUP_LETTER ": -quiet")},
        {"SystemStateRetention", "2020-01-01T06:00:00",
         had_str_printf(l->arena, "delete systemstatebackup -keepVersions:%lld -quiet",
                        (long long)days)},
    };
    for (uint32_t i = 0; i < 2; i++) {
        had_desired_add(desired, "ScheduledTask", had_str_c(tasks[i].name), span);
        had_desired_c(desired, "TaskName", tasks[i].name, span);
        had_desired_c(desired, "TaskPath", "\\had\\", span);
        had_desired_c(desired, "ActionExecutable", "C:\\Windows\\System32\\wbadmin.exe", span);
        had_desired_text(desired, "ActionArguments", tasks[i].arguments, span);
        had_desired_c(desired, "ScheduleType", "Daily", span);
        had_desired_int(desired, "DaysInterval", 1, span);
        had_desired_c(desired, "StartTime", tasks[i].start, span);
        had_desired_c(desired, "BuiltInAccount", "SYSTEM", span);
        had_desired_c(desired, "RunLevel", "Highest", span);
        had_desired_bool(desired, "StartWhenAvailable", true, span);
        had_desired_c(desired, "Ensure", "Present", span);
        had_desired_after(desired, "WindowsFeature", HAD_STR("Windows-Server-Backup"));
        had_desired_after(desired, "Script", HAD_STR("Backup"));
        had_desired_after(desired, promoted, promotion);
    }
}

/* ---- sites ---- */

static bool has_spokes(struct had_lowering *l, const struct had_object *region)
{
    had_each_object(spoke, had_spec_kind(l->spec, "spoke")) {
        if (had_object_region(spoke) == region)
            return true;
    }
    return false;
}

static void site_subnet(struct had_desired *desired, struct had_cidr range, had_str site,
                        had_str description, struct had_span span)
{
    had_str text = had_cidr_text(desired->l->arena, range);
    had_desired_add(desired, "ADReplicationSubnet", text, span);
    had_desired_text(desired, "Name", text, span);
    had_desired_text(desired, "Site", site, span);
    /* Both always: the module compares an absent one as empty and never sets it. */
    had_desired_c(desired, "Location", "", span);
    had_desired_text(desired, "Description", description, span);
    had_desired_c(desired, "Ensure", "Present", span);
}

static void site(struct had_desired *desired, had_str name, const struct had_value *ranges,
                 had_str description, bool rename, const struct had_prop *run_as,
                 struct had_span span)
{
    struct had_lowering *l = desired->l;
    had_desired_add(desired, "ADReplicationSite", name, span);
    had_desired_text(desired, "Name", name, span);
    had_desired_text(desired, "Description", description, span);
    if (rename)
        had_desired_bool(desired, "RenameDefaultFirstSiteName", true, span);
    had_desired_c(desired, "Ensure", "Present", span);
    had_desired_after(desired, "WindowsFeature", HAD_STR("RSAT-AD-PowerShell"));
    had_desired_run_as(desired, run_as);
    had_cidrs cidrs = {0};
    had_cidrs_of(l, &cidrs, ranges);
    had_cidrs_aggregate(&cidrs);
    had_each(struct had_cidr, range, &cidrs) {
        site_subnet(desired, *range, name, description, span);
        had_desired_after(desired, "ADReplicationSite", name);
        had_desired_run_as(desired, run_as);
    }
}

/*
 * Sites of a forest. An existing one gets our Regions and nothing else: its default site stays as
 * it is, and on-premises ranges are its own. One of ours gets both, and its default site becomes
 * the first Region's.
 */
static void sites(struct had_lowering *l, const struct had_object *forest,
                  const struct had_object *first)
{
    struct had_desired desired =
        had_desired_begin(l, forest, "sites", HAD_NO_KEY, forest, HAD_DESIRED_FOREST, first,
                          HAD_LAYER_DOMAIN_CONTROLLERS, HAD_PHASE_EXTENDED);
    const struct had_context *context = desired.node->context;
    struct had_prop *run_as = had_administration_secret(l, forest, context);
    had_machine_secret(l, first, run_as);
    had_desired_feature(&desired, "RSAT-AD-PowerShell", forest->span);
    if (forest->existing) {
        /* A controller that is to make a new child domain is a member of the one above before that.
         */
        const struct had_object *home = first->parent;
        while (!home->existing && home->parent)
            home = home->parent;
        struct had_prop *join = had_promotion_secret(l, home, context);
        had_machine_secret(l, first, join);
        wait_for_domain(&desired, had_domain_name(home), join, forest->span);
        had_desired_join(&desired, had_lower_name(l, first, "-", 15), had_domain_name(home), join,
                         first->name_span);
    }
    had_each_object(region, had_spec_kind(l->spec, "region")) {
        if (!has_spokes(l, region))
            continue;
        bool rename = !forest->existing && region == had_object_region(first);
        site(&desired, had_get_text(region, "site"), had_get(region, "ranges"),
             had_str_printf(l->arena, "AWS Region " HAD_FMT, HAD_ARG(region->name)), rename, run_as,
             had_get_span(region, "site"));
    }
    if (!forest->existing) {
        had_each_object(place, had_spec_kind(l->spec, "site")) {
            site(&desired, had_outside_name(l->arena, place), had_get(place, "ranges"),
                 had_str_printf(l->arena, "Site " HAD_FMT, HAD_ARG(place->label)), false, run_as,
                 place->span);
        }
    }
    had_desired_deliver(&desired, first, HAD_DESIRED_FOREST, forest);
    had_lower_need(l, desired.node, had_lower_find(l, forest, "domain", HAD_NO_KEY),
                   "sites belong to a forest that is there", forest->span);
}

static bool link_in(const struct had_object *link, const struct had_object *forest)
{
    struct had_value_list forests = had_get_list(link, "forests");
    for (uint32_t i = 0; i < forests.count; i++) {
        if (forests.items[i].tag == HAD_VALUE_REF && forests.items[i].object == forest)
            return true;
    }
    return false;
}

/* The same as a step for the team of a forest in which no machine is ours. */
static void sites_gate(struct had_lowering *l, const struct had_object *forest)
{
    struct had_buffer text = {0};
    had_buffer_printf(&text,
                      "In forest " HAD_FMT ", in Active Directory Sites and Services, create:",
                      HAD_ARG(had_domain_name(forest)));
    uint32_t count = 0;
    had_each_object(region, had_spec_kind(l->spec, "region")) {
        if (!has_spokes(l, region))
            continue;
        had_cidrs ranges = {0};
        had_cidrs_of(l, &ranges, had_get(region, "ranges"));
        had_cidrs_aggregate(&ranges);
        had_buffer_printf(&text, "%s site " HAD_FMT " with the subnets " HAD_FMT, count ? ";" : "",
                          HAD_ARG(had_get_text(region, "site")),
                          HAD_ARG(had_cidrs_text(l, &ranges)));
        count++;
    }
    had_each_object(link, had_spec_kind(l->spec, "site-link")) {
        if (!link_in(link, forest))
            continue;
        had_buffer_printf(&text, "; site link " HAD_FMT " of cost %lld, every %lld minutes%s, with",
                          HAD_ARG(had_outside_name(l->arena, link)),
                          (long long)had_get_int(link, "cost"),
                          (long long)(had_get_int(link, "interval") / 60),
                          had_get_bool(link, "notify") ? ", with change notification" : "");
        struct had_value_list ends = had_get_list(link, "ends");
        for (uint32_t i = 0; i < ends.count; i++) {
            const struct had_object *end =
                ends.items[i].tag == HAD_VALUE_REF ? ends.items[i].object : NULL;
            if (!end)
                continue;
            had_str name =
                had_is(end, "region") ? had_get_text(end, "site") : had_outside_name(l->arena, end);
            had_buffer_printf(&text, "%s " HAD_FMT, i ? " and" : "", HAD_ARG(name));
        }
    }
    if (count)
        had_lower_gate(
            l, forest, "sites", HAD_NO_KEY,
            had_str_printf(l->arena, "directory team of " HAD_FMT, HAD_ARG(forest->label)),
            HAD_PHASE_RESOURCE_FOREST, had_str_dup(l->arena, had_buffer_view(&text)),
            "Active Directory Sites and Services", "",
            "remove the site links, subnets and sites again");
    had_buffer_free(&text);
}

static void site_link(struct had_lowering *l, const struct had_object *link,
                      const struct had_object *forest, const struct had_object *first)
{
    struct had_desired desired =
        had_desired_begin(l, link, "link", forest->address, forest, HAD_DESIRED_FOREST, first,
                          HAD_LAYER_DOMAIN_CONTROLLERS, HAD_PHASE_EXTENDED);
    had_str name = had_outside_name(l->arena, link);
    had_desired_add(&desired, "ADReplicationSiteLink", name, link->span);
    had_desired_text(&desired, "Name", name, link->name_span);
    had_desired_int(&desired, "Cost", had_get_int(link, "cost"), had_get_span(link, "cost"));
    had_desired_int(&desired, "ReplicationFrequencyInMinutes", had_get_int(link, "interval") / 60,
                    had_get_span(link, "interval"));
    struct had_value_list ends = had_get_list(link, "ends");
    had_str described = {0};
    for (uint32_t i = 0; i < ends.count; i++) {
        if (ends.items[i].tag != HAD_VALUE_REF)
            continue;
        const struct had_object *end = ends.items[i].object;
        bool region = had_is(end, "region");
        had_str site_name = region ? had_get_text(end, "site") : had_outside_name(l->arena, end);
        had_desired_item(&desired, "SitesIncluded", site_name, ends.items[i].span);
        described = had_str_printf(l->arena, HAD_FMT "%s" HAD_FMT, HAD_ARG(described),
                                   described.len ? " - " : "", HAD_ARG(site_name));
        /* Only what `:sites` makes can be waited for inside the machine. */
        if (region ? has_spokes(l, end) : !forest->existing)
            had_desired_after(&desired, "ADReplicationSite", site_name);
    }
    had_desired_text(&desired, "Description", described, link->span);
    /* All three always: the module compares an absent one as false and never sets it. */
    had_desired_bool(&desired, "OptionChangeNotification", had_get_bool(link, "notify"),
                     had_get_span(link, "notify"));
    had_desired_bool(&desired, "OptionTwoWaySync", false, link->span);
    had_desired_bool(&desired, "OptionDisableCompression", false, link->span);
    had_desired_c(&desired, "Ensure", "Present", link->span);
    struct had_prop *run_as = had_administration_secret(l, forest, desired.node->context);
    had_desired_run_as(&desired, run_as);
    had_machine_secret(l, first, run_as);
    had_lower_need(l, desired.node, had_lower_find(l, forest, "sites", HAD_NO_KEY),
                   "a site link joins sites that are there", link->span);
    had_desired_deliver(&desired, first, HAD_DESIRED_FOREST, forest);
}

/* ---- domains of ours ---- */

static had_str promotion_name(void)
{
    return HAD_STR("Promotion");
}

/* Name of a child domain without its parent's: `emea` of emea.corp.example.com. */
static had_str relative_name(const struct had_object *domain)
{
    had_str name = had_domain_name(domain);
    had_str above = had_domain_name(domain->parent);
    if (name.len > above.len + 1 && name.ptr[name.len - above.len - 1] == '.')
        return had_str_slice(name, 0, name.len - above.len - 1);
    return name;
}

/* Levels of a domain, and of the forest where it is the root, behind its promotion. */
static void functional_levels(struct had_desired *desired, const struct had_object *domain,
                              uint32_t level, const struct had_prop *run_as)
{
    struct had_span span = domain->span;
    had_desired_add(desired, "ADDomainFunctionalLevel", HAD_STR("DomainLevel"), span);
    had_desired_text(desired, "DomainIdentity", had_domain_name(domain),
                     had_get_span(domain, "root"));
    had_desired_c(desired, "DomainMode", levels[level].domain, had_get_span(domain, "level"));
    had_desired_after(desired, "ADDomain", promotion_name());
    had_desired_run_as(desired, run_as);
    if (domain == had_forest_of(domain)) {
        had_desired_add(desired, "ADForestFunctionalLevel", HAD_STR("ForestLevel"), span);
        had_desired_text(desired, "ForestIdentity", had_domain_name(domain),
                         had_get_span(domain, "root"));
        had_desired_c(desired, "ForestMode", levels[level].forest, had_get_span(domain, "level"));
        had_desired_after(desired, "ADDomainFunctionalLevel", HAD_STR("DomainLevel"));
        had_desired_run_as(desired, run_as);
    }
}

/* The first controller of a domain of ours makes the domain. */
static void domain(struct had_lowering *l, const struct had_object *domain,
                   const struct had_object *first)
{
    const struct had_object *forest = had_forest_of(domain);
    bool root = domain == forest;
    struct had_span span = domain->span;
    struct had_desired desired =
        had_desired_begin(l, domain, "domain", HAD_NO_KEY, forest, HAD_DESIRED_CONTROLLER, first,
                          HAD_LAYER_DOMAIN_CONTROLLERS, HAD_PHASE_EXTENDED);
    const struct had_context *context = desired.node->context;
    struct had_node *made = administrator(l, first);
    struct had_node *restore = safe_mode(l, first);
    const struct had_object *authority = root ? forest : domain->parent;
    base(&desired, first);
    had_desired_add(&desired, "Computer", HAD_STR("Computer"), first->name_span);
    had_desired_text(&desired, "Name", had_lower_name(l, first, "-", 15), first->name_span);
    if (root) {
        /* The machine's own Administrator becomes the domain's, with this password. */
        had_desired_script(&desired, "first-administrator", HAD_STR("FirstAdministrator"), span);
        had_desired_put(&desired, "Account", had_promotion_secret(l, forest, context));
    } else {
        wait_for_domain(&desired, had_domain_name(authority),
                        had_promotion_secret(l, authority, context), span);
    }
    uint32_t level = level_of(domain);
    had_desired_add(&desired, "ADDomain", promotion_name(), span);
    had_desired_text(&desired, "DomainName", root ? had_domain_name(domain) : relative_name(domain),
                     had_get_span(domain, "root"));
    had_desired_put(&desired, "Credential", had_promotion_secret(l, authority, context));
    had_desired_put(&desired, "SafeModeAdministratorPassword",
                    had_safe_mode_secret(l, domain, context));
    had_desired_text(&desired, "DomainNetBiosName", had_get_text(domain, "netbios"),
                     had_get_span(domain, "netbios"));
    if (!root) {
        had_desired_text(&desired, "ParentDomainName", had_domain_name(authority), span);
        had_desired_c(&desired, "DomainType", "ChildDomain", span);
    } else {
        had_desired_c(&desired, "ForestMode", levels[level].create, had_get_span(domain, "level"));
    }
    had_desired_c(&desired, "DomainMode", levels[level].create, had_get_span(domain, "level"));
    paths(&desired, had_get_span(first, "ntds-disk"));
    after_base(&desired, first);
    had_desired_after(&desired, "Computer", HAD_STR("Computer"));
    if (root)
        had_desired_after(&desired, "Script", HAD_STR("FirstAdministrator"));
    else
        had_desired_after(&desired, "WaitForADDomain", HAD_STR("Domain"));

    struct had_prop *run_as = had_promotion_secret(l, authority, context);
    /* A level is raised and never lowered: only what is stated is kept as it is. */
    if (had_get(domain, "level")->provenance == HAD_STATED)
        functional_levels(&desired, domain, level, run_as);
    struct had_value_list suffixes = had_get_list(domain, "suffixes");
    if (root && suffixes.count) {
        had_desired_add(&desired, "ADForestProperties", HAD_STR("Suffixes"),
                        had_get_span(domain, "suffixes"));
        had_desired_text(&desired, "ForestName", had_domain_name(domain), span);
        for (uint32_t i = 0; i < suffixes.count; i++)
            had_desired_item(&desired, "UserPrincipalNameSuffixToAdd", suffixes.items[i].text,
                             suffixes.items[i].span);
        had_desired_put(&desired, "Credential", had_promotion_secret(l, authority, context));
        had_desired_after(&desired, "ADDomain", promotion_name());
    }
    had_desired_units(&desired, domain, "ous", NULL, "ADDomain", promotion_name());

    had_machine_secret(l, first, run_as);
    had_machine_secret(l, first, had_safe_mode_secret(l, domain, context));
    had_lower_need(l, desired.node, made, "the promotion reads its secret", span);
    had_lower_need(l, desired.node, restore, "the promotion reads its secret", span);
    had_lower_need(l, desired.node, had_lower_find(l, first, "ntds-attachment", HAD_NO_KEY),
                   "the database stands on its own volume", span);
    if (!root) {
        const struct had_object *above = had_first_controller(l, domain->parent, false);
        had_lower_edge(
            l, desired.node, above ? had_lower_find(l, above, "configuration", HAD_NO_KEY) : NULL,
            HAD_AFTER, HAD_UNTIL_READY, "a child domain is made once its parent answers", span);
        had_lower_need(l, desired.node, had_lower_find(l, forest, "sites", HAD_NO_KEY),
                       "the site is there before a controller is promoted into it", span);
    }
    had_desired_deliver(&desired, first, HAD_DESIRED_CONTROLLER, forest);
}

/* ---- promotion ---- */

static void promote(struct had_lowering *l, const struct had_object *controller,
                    struct had_desired *desired)
{
    const struct had_object *domain = controller->parent;
    const struct had_context *context = desired->node->context;
    struct had_span span = controller->span;
    base(desired, controller);
    wait_for_domain(desired, had_domain_name(domain), had_promotion_secret(l, domain, context),
                    span);
    had_desired_join(desired, had_lower_name(l, controller, "-", 15), had_domain_name(domain),
                     had_promotion_secret(l, domain, context), controller->name_span);
    had_desired_add(desired, "ADDomainController", promotion_name(), span);
    had_desired_text(desired, "DomainName", had_domain_name(domain), had_get_span(domain, "root"));
    had_desired_put(desired, "Credential", had_promotion_secret(l, domain, context));
    had_desired_put(desired, "SafemodeAdministratorPassword",
                    had_safe_mode_secret(l, domain, context));
    had_desired_text(desired, "SiteName", had_get_text(controller, "site"), span);
    had_desired_bool(desired, "IsGlobalCatalog", had_get_bool(controller, "global-catalog"),
                     had_get_span(controller, "global-catalog"));
    had_desired_bool(desired, "InstallDns", had_get_bool(controller, "dns-server"),
                     had_get_span(controller, "dns-server"));
    if (had_get_bool(controller, "read-only"))
        had_desired_bool(desired, "ReadOnlyReplica", true, had_get_span(controller, "read-only"));
    struct had_value_list roles = had_get_list(controller, "roles");
    for (uint32_t i = 0; i < roles.count; i++) {
        for (uint32_t k = 0; k < sizeof masters / sizeof *masters; k++) {
            if (had_str_is(roles.items[i].text, masters[k].word))
                had_desired_item(desired, "FlexibleSingleMasterOperationRole",
                                 had_str_c(masters[k].master), roles.items[i].span);
        }
    }
    paths(desired, had_get_span(controller, "ntds-disk"));
    after_base(desired, controller);
    had_desired_after(desired, "Computer", HAD_STR("Computer"));
}

static void configuration(struct had_lowering *l, const struct had_object *controller)
{
    const struct had_object *domain = controller->parent;
    const struct had_object *forest = had_forest_of(domain);
    const struct had_object *first = had_first_controller(l, domain, false);
    struct had_span span = controller->span;
    struct had_desired desired = had_desired_begin(
        l, controller, "configuration", HAD_NO_KEY, forest, HAD_DESIRED_CONTROLLER, controller,
        HAD_LAYER_DOMAIN_CONTROLLERS, HAD_PHASE_EXTENDED);
    const struct had_context *context = desired.node->context;
    bool makes = !domain->existing && controller == first;
    const char *promoted = makes ? "ADDomain" : "ADDomainController";
    struct had_node *own = had_lower_find(l, domain, "domain", HAD_NO_KEY);
    if (makes) {
        had_lower_need(l, desired.node, own, "the controller is promoted with its domain", span);
    } else {
        struct had_node *made = administrator(l, controller);
        struct had_node *restore = safe_mode(l, controller);
        promote(l, controller, &desired);
        had_machine_secret(l, controller, had_promotion_secret(l, domain, context));
        had_machine_secret(l, controller, had_safe_mode_secret(l, domain, context));
        had_lower_need(l, desired.node, made, "the promotion reads its secret", span);
        had_lower_need(l, desired.node, restore, "the promotion reads its secret", span);
        had_lower_need(l, desired.node, had_lower_find(l, forest, "sites", HAD_NO_KEY),
                       "the site is there before a controller is promoted into it", span);
        had_lower_need(l, desired.node,
                       had_lower_find(l, controller, "ntds-attachment", HAD_NO_KEY),
                       "the database stands on its own volume", span);
        if (first && first != controller)
            had_lower_edge(
                l, desired.node, had_lower_find(l, first, "configuration", HAD_NO_KEY), HAD_AFTER,
                HAD_UNTIL_READY,
                "one controller after the other: the first answers before the next joins", span);
    }
    if (had_get_bool(controller, "dns-server"))
        name_service(&desired, controller, promoted, promotion_name());
    clock_source(&desired, controller, promoted, promotion_name());
    backups(&desired, controller, promoted, promotion_name());
    had_lower_need(l, desired.node, had_lower_find(l, controller, "backup-attachment", HAD_NO_KEY),
                   "backups have a volume of their own", span);
    had_desired_deliver(&desired, controller, HAD_DESIRED_CONTROLLER, forest);
}

/* ---- password policies ---- */

static void policy_int(struct had_desired *desired, const struct had_object *policy,
                       const char *attribute, const char *property, int64_t unit)
{
    if (had_present(policy, attribute))
        had_desired_int(desired, property, had_get_int(policy, attribute) / unit,
                        had_get_span(policy, attribute));
}

/* A time span as the module reads it: days.hours:minutes:seconds. */
static void policy_span(struct had_desired *desired, const struct had_object *policy,
                        const char *attribute, const char *property)
{
    if (!had_present(policy, attribute))
        return;
    long long s = had_get_int(policy, attribute);
    had_desired_text(desired, property,
                     had_str_printf(desired->l->arena, "%lld.%02lld:%02lld:%02lld", s / 86400,
                                    s / 3600 % 24, s / 60 % 60, s % 60),
                     had_get_span(policy, attribute));
}

static void policy_bool(struct had_desired *desired, const struct had_object *policy,
                        const char *attribute, const char *property)
{
    if (had_present(policy, attribute))
        had_desired_bool(desired, property, had_get_bool(policy, attribute),
                         had_get_span(policy, attribute));
}

static void policy_common(struct had_desired *desired, const struct had_object *policy)
{
    policy_int(desired, policy, "history", "PasswordHistoryCount", 1);
    policy_int(desired, policy, "minimum-length", "MinPasswordLength", 1);
    policy_int(desired, policy, "lockout-threshold", "LockoutThreshold", 1);
    policy_bool(desired, policy, "complexity", "ComplexityEnabled");
    policy_bool(desired, policy, "reversible", "ReversibleEncryptionEnabled");
}

void had_password_policy(struct had_desired *desired, const struct had_object *policy,
                         struct had_prop *credential)
{
    struct had_lowering *l = desired->l;
    struct had_span span = policy->span;
    struct had_value_list groups = had_get_list(policy, "groups");
    if (!policy->name.len && !groups.count) {
        had_desired_add(desired, "ADDomainDefaultPasswordPolicy", HAD_STR("DefaultPolicy"), span);
        had_desired_text(desired, "DomainName", had_domain_name(policy->parent), span);
        policy_common(desired, policy);
        /* The module counts in minutes, where the fine-grained one takes time spans. */
        policy_int(desired, policy, "lockout-duration", "LockoutDuration", 60);
        policy_int(desired, policy, "lockout-window", "LockoutObservationWindow", 60);
        policy_int(desired, policy, "minimum-age", "MinPasswordAge", 60);
        policy_int(desired, policy, "maximum-age", "MaxPasswordAge", 60);
        had_desired_put(desired, "Credential", credential);
        return;
    }
    had_str name = had_outside_name(l->arena, policy);
    had_desired_add(desired, "ADFineGrainedPasswordPolicy", name, span);
    had_desired_text(desired, "Name", name, policy->name_span);
    had_desired_int(desired, "Precedence",
                    had_present(policy, "precedence") ? had_get_int(policy, "precedence") : 10,
                    had_get_span(policy, "precedence"));
    for (uint32_t i = 0; i < groups.count; i++) {
        if (groups.items[i].tag == HAD_VALUE_PRINCIPAL)
            had_desired_item(desired, "Subjects", groups.items[i].principal->name,
                             groups.items[i].span);
    }
    policy_common(desired, policy);
    policy_span(desired, policy, "lockout-duration", "LockoutDuration");
    policy_span(desired, policy, "lockout-window", "LockoutObservationWindow");
    policy_span(desired, policy, "minimum-age", "MinPasswordAge");
    policy_span(desired, policy, "maximum-age", "MaxPasswordAge");
    had_desired_c(desired, "Ensure", "Present", span);
    had_desired_put(desired, "Credential", credential);
}

/* The group of the domain that a principal names and that we make, or NULL. */
static const struct had_object *declared_group(struct had_lowering *l,
                                               const struct had_object *domain,
                                               const struct had_value *principal)
{
    if (principal->tag != HAD_VALUE_PRINCIPAL || principal->principal->is_user)
        return NULL;
    for (uint32_t i = 0; i < domain->children.count; i++) {
        const struct had_object *group = domain->children.items[i];
        if (had_is(group, "group") && !group->existing &&
            (principal->principal->object == group ||
             (principal->principal->domain == domain &&
              had_str_eq_nocase(principal->principal->name, had_outside_name(l->arena, group)))))
            return group;
    }
    return NULL;
}

static void password_policy(struct had_lowering *l, const struct had_object *policy)
{
    const struct had_object *domain = policy->parent;
    const struct had_object *first = had_first_controller(l, domain, false);
    const struct had_object *forest = had_forest_of(domain);
    if (!first) {
        had_lower_gate(
            l, policy, "policy", HAD_NO_KEY,
            had_str_printf(l->arena, "directory team of " HAD_FMT, HAD_ARG(forest->label)),
            HAD_PHASE_EXTENDED,
            had_str_printf(l->arena,
                           "Set the password policy of " HAD_FMT " as the spec says under "
                           "`" HAD_FMT "`.",
                           HAD_ARG(had_domain_name(domain)), HAD_ARG(policy->address)),
            "Active Directory Administrative Center", "", "set the former values again");
        return;
    }
    /* A policy for groups waits until they are there. */
    struct had_value_list groups = had_get_list(policy, "groups");
    enum had_desired_role role = groups.count ? HAD_DESIRED_ACCOUNTS : HAD_DESIRED_CONTROLLER;
    struct had_desired desired =
        had_desired_begin(l, policy, "policy", HAD_NO_KEY, forest, role, first,
                          groups.count ? HAD_LAYER_ACCESS : HAD_LAYER_DOMAIN_CONTROLLERS,
                          groups.count ? HAD_PHASE_ACCESS : HAD_PHASE_EXTENDED);
    struct had_prop *credential = had_promotion_secret(l, domain, desired.node->context);
    had_password_policy(&desired, policy, credential);
    for (uint32_t i = 0; i < groups.count; i++) {
        const struct had_object *group = declared_group(l, domain, &groups.items[i]);
        if (group)
            had_desired_after(&desired, "ADGroup", had_outside_name(l->arena, group));
    }
    had_machine_secret(l, first, credential);
    had_lower_need(l, desired.node, had_lower_find(l, first, "configuration", HAD_NO_KEY),
                   "a password policy is set on a controller", policy->span);
    had_desired_deliver(&desired, first, role, forest);
}

/* ---- the forest ---- */

/* Domains of ours from the root down, each made by its first controller, then the other
 * controllers. */
static void domains(struct had_lowering *l, const struct had_object *at)
{
    const struct had_object *first = had_first_controller(l, at, false);
    const struct had_object *forest = had_forest_of(at);
    if (!at->existing && first)
        domain(l, at, first);
    if (at == forest && !forest->existing && first)
        sites(l, forest, first);
    if (first)
        configuration(l, first);
    had_objects all = {0};
    had_controllers_of(l, at, false, &all);
    had_each_object(controller, &all) {
        if (controller != first)
            configuration(l, controller);
    }
    for (uint32_t i = 0; i < at->children.count; i++) {
        if (had_is(at->children.items[i], "domain"))
            domains(l, at->children.items[i]);
    }
}

void had_lower_forest(struct had_lowering *l)
{
    had_each_object(forest, had_spec_kind(l->spec, "forest")) {
        const struct had_object *first = had_first_controller(l, forest, true);
        if (forest->existing && first)
            sites(l, forest, first);
        if (!first)
            sites_gate(l, forest);
        domains(l, forest);
    }
    had_each_object(link, had_spec_kind(l->spec, "site-link")) {
        had_each_object(owner, had_spec_kind(l->spec, "forest")) {
            const struct had_object *first = had_first_controller(l, owner, true);
            if (first && link_in(link, owner))
                site_link(l, link, owner, first);
        }
    }
    had_each_object(policy, had_spec_kind(l->spec, "password-policy")) {
        if (policy->parent && !had_is(policy->parent, "directory"))
            password_policy(l, policy);
    }
}

/* A machine joins and promotes itself into a domain that it finds by the rules of its network. */
void had_lower_forest_names(struct had_lowering *l)
{
    had_each_object(controller, had_spec_kind(l->spec, "controller")) {
        const struct had_object *domain = controller->parent;
        const struct had_object *forest = had_forest_of(domain);
        const struct had_object *spoke = had_get_object(controller, "spoke");
        bool makes = !domain->existing && controller == had_first_controller(l, domain, false);
        if (controller->existing)
            continue;
        if (!makes)
            had_lower_finds(l, had_lower_find(l, controller, "configuration", HAD_NO_KEY), spoke,
                            had_domain_name(domain), controller->span);
        else if (domain != forest)
            had_lower_finds(l, had_lower_find(l, domain, "domain", HAD_NO_KEY), spoke,
                            had_domain_name(domain->parent), controller->span);
        if (forest->existing && controller == had_first_controller(l, forest, true))
            had_lower_finds(l, had_lower_find(l, forest, "sites", HAD_NO_KEY), spoke,
                            had_domain_name(forest), controller->span);
    }
}
