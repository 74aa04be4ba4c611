/*
 * Names for what is not a literal. Machines with the same resources share a `node` block; where
 * their values differ, the value moves to the data file under a key of $Node. Secrets and values
 * that are known later become parameters. Keys and parameters are called after what they are for,
 * so that they stay the same when a spec grows.
 */
#include "emit/dsc/model.h"

#include <string.h>

/* ---- entries ---- */

static bool setting_later(const struct had_dsc_setting *setting)
{
    return had_dsc_value_has_later(setting->value);
}

/* What the items of one entry have in common: everything but plain values. */
static void item_sign(struct had_buffer *out, const struct had_dsc_item *item)
{
    had_buffer_printf(out, "[%s]" HAD_FMT "\n", item->resource->name, HAD_ARG(item->name));
    had_each(struct had_dsc_setting, setting, &item->settings) {
        had_buffer_printf(out, "%s%s", setting->property->name,
                          setting_later(setting) ? " later" : "");
        if (setting->value->tag == HAD_DSC_KEPT)
            had_dsc_value_sign(out, setting->value);
        had_buffer_char(out, '\n');
    }
    had_each(had_str, argument, &item->arguments)
        had_buffer_printf(out, HAD_FMT "\n", HAD_ARG(*argument));
    if (item->run_as)
        had_dsc_value_sign(out, item->run_as);
    had_each(struct had_dsc_item *, wait, &item->after)
        had_buffer_printf(out, "after [%s]" HAD_FMT "\n", (*wait)->resource->name,
                          HAD_ARG((*wait)->name));
}

/* Puts a new entry at a place of the group's list. */
static void entry_insert(struct had_dsc_model *model, struct had_dsc_group *group, uint32_t at,
                         struct had_dsc_entry *entry)
{
    had_push(model->arena, &group->entries);
    for (uint32_t i = group->entries.count - 1; i > at; i--)
        group->entries.items[i] = group->entries.items[i - 1];
    group->entries.items[at] = entry;
}

static had_sym item_sign_symbol(struct had_dsc_model *model, const struct had_dsc_item *item)
{
    struct had_buffer sign = {0};
    item_sign(&sign, item);
    had_sym symbol = had_intern(&model->symbols, had_buffer_view(&sign));
    had_buffer_free(&sign);
    return symbol;
}

/*
 * Merges the resources of a machine into the list of all: an item joins the entry that is equal to
 * it, and a new one stands behind what stood before it on its machine and what only earlier
 * machines have there.
 */
static void machine_merge(struct had_dsc_model *model, struct had_dsc_group *group,
                          struct had_map *by_sign, struct had_dsc_machine *machine)
{
    struct had_dsc_entry **found =
        had_new_n(model->arena, struct had_dsc_entry *, machine->items.count);
    for (uint32_t i = 0; i < machine->items.count; i++) {
        const uint64_t *known =
            had_map_get(by_sign, item_sign_symbol(model, machine->items.items[i]));
        if (known) {
            found[i] = (struct had_dsc_entry *)(uintptr_t)*known;
            found[i]->mark = machine;
        }
    }
    uint32_t next = 0;
    for (uint32_t i = 0; i < machine->items.count; i++) {
        struct had_dsc_item *item = machine->items.items[i];
        uint32_t place = next;
        if (found[i]) {
            while (place < group->entries.count && group->entries.items[place] != found[i])
                place++;
        } else {
            while (place < group->entries.count && group->entries.items[place]->mark != machine)
                place++;
            found[i] = had_new(model->arena, struct had_dsc_entry);
            found[i]->mark = machine;
            had_map_put(model->arena, by_sign, item_sign_symbol(model, item), (uintptr_t)found[i]);
            entry_insert(model, group, place, found[i]);
        }
        if (place < group->entries.count)
            next = place + 1;
        *had_push(model->arena, &found[i]->machines) = machine;
        *had_push(model->arena, &found[i]->items) = item;
        group->modules[item->resource->module - had_dsc_modules] = true;
    }
}

static void entries_make(struct had_dsc_model *model, struct had_dsc_group *group)
{
    struct had_map by_sign = {0};
    had_each(struct had_dsc_machine *, machine, &group->machines)
        machine_merge(model, group, &by_sign, *machine);
}

/* ---- names ---- */

struct naming {
    struct had_dsc_model *model;
    struct had_dsc_group *group;
    struct had_map taken; /* symbol of a name */
    struct had_map keys;  /* symbol of what has the key → symbol of the key */
};

static const char *const short_names[][3] = {
    {"DnsServerAddress", "Address", "DnsServers"},
    {"ADDomainController", "SiteName", "SiteName"},
    {"DnsServerConditionalForwarder", "MasterServers", "ForwarderTargets"},
    {"DnsServerForwarder", "IPAddresses", "DnsForwarders"},
    {"WaitForDisk", "DiskId", "DiskId"},
    {"Disk", "DiskId", "DiskId"},
    {"Computer", "Description", "Description"},
    {"TimeZone", "TimeZone", "TimeZone"},
    {"WaitForADDomain", "DomainName", "AwaitedDomain"},
    {"Computer", "DomainName", "JoinedDomain"},
    {"ScheduledTask", "ActionArguments", "TaskArguments"},
};

static had_str base_name(struct naming *naming, const struct had_dsc_item *item,
                         const struct had_dsc_property *property)
{
    const char *type = item->resource->name;
    for (size_t i = 0; i < sizeof short_names / sizeof *short_names; i++)
        if (strcmp(short_names[i][0], type) == 0 && strcmp(short_names[i][1], property->name) == 0)
            return had_str_c(short_names[i][2]);
    return had_str_printf(naming->model->arena, "%s%s", type, property->name);
}

/* The first of NAME, NAME2, NAME3, … that is free, ignoring case as PowerShell does. */
static had_str name_take(struct naming *naming, had_str base)
{
    struct had_arena *arena = naming->model->arena;
    had_str name = base;
    for (unsigned n = 2;; n++) {
        had_sym symbol = had_intern(&naming->model->symbols, had_str_lower(arena, name));
        if (had_map_put(arena, &naming->taken, symbol, 1))
            return name;
        name = had_str_printf(arena, HAD_FMT "%u", HAD_ARG(base), n);
    }
}

/* ---- parameters ---- */

static had_str identity_of(struct had_dsc_model *model, const struct had_dsc_value *value)
{
    if (value->tag == HAD_DSC_KEPT)
        return had_str_printf(model->arena, "secret " HAD_FMT " " HAD_FMT, HAD_ARG(value->text),
                              HAD_ARG(value->region));
    return had_str_printf(model->arena, "%s " HAD_FMT, value->many ? "list" : "text",
                          HAD_ARG(value->text));
}

static struct had_dsc_parameter *parameter_of(const struct had_dsc_group *group, had_str identity)
{
    had_each(struct had_dsc_parameter, parameter, &group->parameters)
        if (had_str_eq(parameter->identity, identity))
            return parameter;
    return NULL;
}

const struct had_dsc_parameter *had_dsc_parameter_find(const struct had_dsc_group *group,
                                                       const struct had_dsc_value *value)
{
    had_each(struct had_dsc_parameter, parameter, &group->parameters) {
        bool secret = parameter->kind == HAD_DSC_P_CREDENTIAL;
        if (parameter->kind == HAD_DSC_P_TABLE || secret != (value->tag == HAD_DSC_KEPT))
            continue;
        /* "secret NAME REGION" or "text WHAT": compared without making the text again */
        had_str rest = had_str_slice(parameter->identity, secret ? 7 : 5, parameter->identity.len);
        if (!secret && (parameter->kind == HAD_DSC_P_TEXTS) != value->many)
            continue;
        if (secret
                ? rest.len == value->text.len + 1 + value->region.len &&
                      had_str_eq(had_str_slice(rest, 0, value->text.len), value->text) &&
                      had_str_eq(had_str_slice(rest, value->text.len + 1, rest.len), value->region)
                : had_str_eq(rest, value->text))
            return parameter;
    }
    return NULL;
}

/* What a credential is for. Of several uses of one secret the first of this list names it. */
struct use {
    const char *type, *property, *name;
};
static const struct use uses[] = {
    {NULL, "SafemodeAdministratorPassword", "SafeModeCredential"},
    {NULL, "SafeModeAdministratorPassword", "SafeModeCredential"},
    {"ADDomainController", "Credential", "PromotionCredential"},
    {"ADDomain", "Credential", "PromotionCredential"},
    {"ADReplicationSite", "PsDscRunAsCredential", "SiteAdministrationCredential"},
    {"ADReplicationSubnet", "PsDscRunAsCredential", "SiteAdministrationCredential"},
    {"ADReplicationSiteLink", "PsDscRunAsCredential", "SiteAdministrationCredential"},
    {NULL, "PsDscRunAsCredential", "AdministrationCredential"},
    {"ADDomainTrust", "TargetCredential", "TrustedDomainCredential"},
    {"ADUser", "Password", "UserPasswordCredential"},
    {"Computer", "Credential", "JoinCredential"},
    {"WaitForADDomain", "Credential", "LookupCredential"},
    {NULL, "Credential", "AdministrationCredential"},
};
enum { USES = sizeof uses / sizeof *uses };

static uint32_t use_of(const struct had_dsc_item *item, const char *property)
{
    for (uint32_t i = 0; i < USES; i++)
        if (strcmp(uses[i].property, property) == 0 &&
            (!uses[i].type || strcmp(uses[i].type, item->resource->name) == 0))
            return i;
    return USES;
}

struct credential {
    had_str identity, about, fallback;
    uint32_t use;
};

typedef had_array(struct credential) credentials;

static void credential_use(struct naming *naming, credentials *all, const struct had_dsc_item *item,
                           const struct had_dsc_value *value, const char *property)
{
    had_str identity = identity_of(naming->model, value);
    uint32_t use = use_of(item, property);
    had_each(struct credential, c, all)
        if (had_str_eq(c->identity, identity)) {
            if (use < c->use)
                c->use = use;
            return;
        }
    *had_push(naming->model->arena, all) = (struct credential){
        .identity = identity,
        .about = value->text,
        .fallback = had_str_printf(naming->model->arena, "%s%s", item->resource->name, property),
        .use = use,
    };
}

/* In AWS Managed Microsoft AD there is one administrator, whatever the resource. */
static had_str credential_name(struct naming *naming, const struct credential *credential)
{
    if (credential->use == USES)
        return credential->fallback;
    const char *name = uses[credential->use].name;
    if (naming->group->role == HAD_DSC_DIRECTORY_ADMIN &&
        (strcmp(name, "SiteAdministrationCredential") == 0 ||
         strcmp(name, "AdministrationCredential") == 0))
        return HAD_STR("DirectoryAdministrationCredential");
    return had_str_c(name);
}

static void credentials_name(struct naming *naming)
{
    credentials all = {0};
    had_each(struct had_dsc_machine *, machine, &naming->group->machines)
        had_each(struct had_dsc_item *, item, &(*machine)->items) {
            had_each(struct had_dsc_setting, setting, &(*item)->settings)
                if (setting->value->tag == HAD_DSC_KEPT)
                    credential_use(naming, &all, *item, setting->value, setting->property->name);
            if ((*item)->run_as)
                credential_use(naming, &all, *item, (*item)->run_as, "PsDscRunAsCredential");
        }
    had_each(struct credential, credential, &all)
        *had_push(naming->model->arena, &naming->group->parameters) = (struct had_dsc_parameter){
            .name = name_take(naming, credential_name(naming, credential)),
            .kind = HAD_DSC_P_CREDENTIAL,
            .identity = credential->identity,
            .about = credential->about,
        };
}

static void later_name(struct naming *naming, const struct had_dsc_item *item,
                       const struct had_dsc_setting *setting, const struct had_dsc_value *value)
{
    had_each(struct had_dsc_value *, one, &value->items)
        later_name(naming, item, setting, *one);
    if (value->tag != HAD_DSC_LATER)
        return;
    had_str identity = identity_of(naming->model, value);
    if (parameter_of(naming->group, identity))
        return;
    *had_push(naming->model->arena, &naming->group->parameters) = (struct had_dsc_parameter){
        .name = name_take(naming, base_name(naming, item, setting->property)),
        .kind = value->many ? HAD_DSC_P_TEXTS : HAD_DSC_P_TEXT,
        .identity = identity,
        .about = value->text,
    };
}

/* ---- values that differ between the machines of an entry ---- */

static bool values_equal(const struct had_dsc_value *a, const struct had_dsc_value *b)
{
    struct had_buffer x = {0}, y = {0};
    had_dsc_value_sign(&x, a);
    had_dsc_value_sign(&y, b);
    bool equal = had_str_eq(had_buffer_view(&x), had_buffer_view(&y));
    had_buffer_free(&x);
    had_buffer_free(&y);
    return equal;
}

static bool entry_differs(const struct had_dsc_entry *entry, uint32_t setting)
{
    const struct had_dsc_value *first = entry->items.items[0]->settings.items[setting].value;
    for (uint32_t i = 1; i < entry->items.count; i++)
        if (!values_equal(first, entry->items.items[i]->settings.items[setting].value))
            return true;
    return false;
}

/* Computer names are said once, as NodeName. */
static bool entry_says_node_name(const struct had_dsc_entry *entry, uint32_t setting)
{
    for (uint32_t i = 0; i < entry->items.count; i++) {
        const struct had_dsc_item *item = entry->items.items[i];
        const struct had_dsc_setting *name = &item->settings.items[setting];
        if (strcmp(item->resource->name, "Computer") != 0 ||
            strcmp(name->property->name, "Name") != 0 || name->value->tag != HAD_DSC_TEXT ||
            !had_str_eq(name->value->text, entry->machines.items[i]->name))
            return false;
    }
    return true;
}

/*
 * The key of a setting. What has the same values on the same machines shares a key (the disk that
 * is waited for and the one that is formatted), and so does one property of one resource in several
 * entries.
 */
static had_str key_of(struct naming *naming, const struct had_dsc_entry *entry, uint32_t setting)
{
    struct had_dsc_model *model = naming->model;
    const struct had_dsc_item *item = entry->items.items[0];
    const struct had_dsc_property *property = item->settings.items[setting].property;
    had_str base = base_name(naming, item, property);
    struct had_buffer values = {0};
    had_buffer_printf(&values, "values of " HAD_FMT "\n", HAD_ARG(base));
    for (uint32_t i = 0; i < entry->items.count; i++) {
        had_buffer_printf(&values, HAD_FMT "=", HAD_ARG(entry->machines.items[i]->name));
        had_dsc_value_sign(&values, entry->items.items[i]->settings.items[setting].value);
    }
    had_sym same = had_intern(&model->symbols, had_buffer_view(&values));
    had_buffer_free(&values);
    had_sym place = had_intern(
        &model->symbols, had_str_printf(model->arena, "key of [%s]" HAD_FMT ".%s",
                                        item->resource->name, HAD_ARG(item->name), property->name));
    const uint64_t *known = had_map_get(&naming->keys, same);
    if (known)
        return had_symbol_text(&model->symbols, (had_sym)*known);
    /* Only who made a key has it by place: who shares it may differ on other machines. */
    known = had_map_get(&naming->keys, place);
    had_sym key = known ? (had_sym)*known : had_intern(&model->symbols, name_take(naming, base));
    had_map_put(model->arena, &naming->keys, same, key);
    had_map_put(model->arena, &naming->keys, place, key);
    return had_symbol_text(&model->symbols, key);
}

static void table_name(struct naming *naming, const struct had_dsc_entry *entry, uint32_t number)
{
    struct had_dsc_setting *setting = &entry->items.items[0]->settings.items[number];
    setting->table = key_of(naming, entry, number);
    had_str identity =
        had_str_printf(naming->model->arena, "table " HAD_FMT, HAD_ARG(setting->table));
    if (parameter_of(naming->group, identity))
        return;
    *had_push(naming->model->arena, &naming->group->parameters) = (struct had_dsc_parameter){
        .name = setting->table,
        .kind = HAD_DSC_P_TABLE,
        .identity = identity,
        .about =
            had_str_printf(naming->model->arena, "%s of each machine", setting->property->name),
    };
}

void had_dsc_name_group(struct had_dsc_model *model, struct had_dsc_group *group)
{
    struct naming naming = {.model = model, .group = group};
    name_take(&naming, HAD_STR("NodeName"));
    name_take(&naming, HAD_STR("PSDscAllowDomainUser"));
    entries_make(model, group);
    credentials_name(&naming);
    had_each(struct had_dsc_entry *, entry, &group->entries) {
        struct had_dsc_item *item = (*entry)->items.items[0];
        for (uint32_t i = 0; i < item->settings.count; i++) {
            struct had_dsc_setting *setting = &item->settings.items[i];
            if (entry_says_node_name(*entry, i))
                setting->node_key = HAD_STR("NodeName");
            else if (setting->value->tag == HAD_DSC_KEPT || !entry_differs(*entry, i))
                later_name(&naming, item, setting, setting->value);
            else if (setting_later(setting))
                table_name(&naming, *entry, i);
            else
                setting->node_key = key_of(&naming, *entry, i);
        }
    }
}
