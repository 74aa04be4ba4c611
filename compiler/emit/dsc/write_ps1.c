/* ROLE.ps1: one configuration, in the style of the DSC Community's own files. */
#include "emit/dsc/quote.h"
#include "emit/dsc/script.h"
#include "emit/dsc/write.h"

#include <string.h>

enum { LINE = 100 }; /* a list that does not fit into it gets a line for each item */

/* ---- help ---- */

static const char *const synopses[HAD_DSC_ROLES] = {
    [HAD_DSC_FOREST] = "Prepares the forest for machines in AWS.",
    [HAD_DSC_DOMAIN_CONTROLLER] = "Makes Windows servers on EC2 domain controllers.",
    [HAD_DSC_FORWARDERS] = "Tells the DNS servers of the forest where other domains answer.",
    [HAD_DSC_TRUST] = "Makes this forest's side of its trusts.",
    [HAD_DSC_ACCOUNTS] = "Makes groups, and the password policies that apply to them.",
    [HAD_DSC_DIRECTORY_ADMIN] = "Administers AWS Managed Microsoft AD from a member server.",
};

static const char *const descriptions[HAD_DSC_ROLES] = {
    [HAD_DSC_FOREST] =
        "    Creates what must be in Active Directory before the first domain controller in AWS\n"
        "    is promoted: a promotion into a site that is not there fails. No site, subnet or\n"
        "    link that was there before is renamed or removed. A machine that is not in the\n"
        "    domain joins it first, and restarts once after that.\n",
    [HAD_DSC_DOMAIN_CONTROLLER] =
        "    Joins and promotes the machines, and sets up what needs a domain controller to run\n"
        "    on. A machine restarts after the join and after the promotion; the configuration is\n"
        "    applied again after each restart, until nothing is left to do.\n",
    [HAD_DSC_FORWARDERS] =
        "    Conditional forwarders are kept in Active Directory, so one controller writes them "
        "for\n"
        "    all. Addresses that exist only once a directory is made are read from parameters of\n"
        "    Systems Manager. A zone that holds names is never replaced: the configuration "
        "stops.\n",
    [HAD_DSC_TRUST] =
        "    Runs on one controller, after the forwarders of both sides. Of a trust with AWS only\n"
        "    this side is made, with a password that both sides are given; AWS makes the other "
        "and\n"
        "    verifies both. A trust in another direction is somebody's decision and stops it.\n",
    [HAD_DSC_ACCOUNTS] = "    Runs on one controller of each domain. A group has exactly the "
                         "members that are given,\n"
                         "    where any are; other groups and their members are left alone.\n",
    [HAD_DSC_DIRECTORY_ADMIN] =
        "    The directory's controllers belong to AWS; only what AWS delegates is set, from a\n"
        "    member server with the remote administration tools. Sites may be renamed, not "
        "added.\n",
};

struct credential_text {
    const char *name, *text;
};
static const struct credential_text credential_texts[] = {
    {"SafeModeCredential",
     "Password of Directory Services Restore Mode; its user name is not used."},
    {"PromotionCredential",
     "Account that promotes the machines, with its domain: without one a promotion hangs."},
    {"SiteAdministrationCredential", "Account that may write sites, subnets and site links."},
    {"AdministrationCredential", "Account that administers the domain or forest."},
    {"DirectoryAdministrationCredential",
     "The directory's administrator, or an account that AWS delegated groups hold."},
    {"TrustedDomainCredential", "Administrator of the domain on the other side of the trust."},
    {"UserPasswordCredential", "First password of a new account."},
    {"JoinCredential", "Account that may join machines to the domain."},
    {"LookupCredential", "Account that may look for the domain's controllers."},
};

static const char *credential_text(had_str name)
{
    for (size_t i = 0; i < sizeof credential_texts / sizeof *credential_texts; i++)
        if (had_str_starts(name, credential_texts[i].name))
            return credential_texts[i].text;
    return "Account of the resources that name it.";
}

static void parameter_help(struct had_buffer *out, const struct had_dsc_parameter *parameter)
{
    had_buffer_printf(out, "\n.PARAMETER " HAD_FMT "\n    ", HAD_ARG(parameter->name));
    switch (parameter->kind) {
    case HAD_DSC_P_CREDENTIAL:
        had_buffer_printf(out, "%s\n    Secret: ", credential_text(parameter->name));
        break;
    case HAD_DSC_P_TEXT:
        had_buffer_c(out, "Known once it is made: ");
        break;
    case HAD_DSC_P_TEXTS:
        had_buffer_c(out, "A list, known once it is made: ");
        break;
    case HAD_DSC_P_TABLE:
        had_buffer_c(out, "A table from NodeName to value, known once the machines are made: ");
        break;
    }
    had_dsc_comment(out, parameter->about);
    had_buffer_char(out, '\n');
}

void had_dsc_write_maker(struct had_buffer *out, const struct had_dsc_model *model)
{
    had_buffer_c(out, "Made by had ");
    had_dsc_comment(out, model->options->version);
    had_buffer_c(out, " from the spec ");
    had_dsc_comment(out, model->graph->spec);
    had_buffer_c(out, "; change the spec, not this file.\n");
}

bool had_dsc_group_has_credentials(const struct had_dsc_group *group)
{
    had_each(struct had_dsc_parameter, parameter, &group->parameters)
        if (parameter->kind == HAD_DSC_P_CREDENTIAL)
            return true;
    return false;
}

static void example_write(struct had_buffer *out, const struct had_dsc_group *group)
{
    const char *role = had_dsc_role_names[group->role];
    uint32_t width = (uint32_t)strlen("ConfigurationData");
    had_each(struct had_dsc_parameter, parameter, &group->parameters)
        if (parameter->name.len > width)
            width = parameter->name.len;
    had_buffer_printf(out,
                      "\n.EXAMPLE\n"
                      "    . .\\%s.ps1\n"
                      "    $data = Import-PowerShellDataFile -Path .\\%s.psd1\n",
                      role, role);
    if (had_dsc_group_has_credentials(group))
        had_buffer_c(out, "    $data.AllNodes[0].CertificateFile = $certificatePath\n"
                          "    $data.AllNodes[0].Thumbprint = $certificate.Thumbprint\n");
    had_buffer_c(out, "    $arguments = @{\n");
    had_each(struct had_dsc_parameter, parameter, &group->parameters) {
        had_buffer_printf(out, "        " HAD_FMT, HAD_ARG(parameter->name));
        had_buffer_repeat(out, ' ', width - parameter->name.len);
        if (parameter->kind == HAD_DSC_P_CREDENTIAL) {
            had_buffer_c(out, " = Get-Credential -Message ");
            had_dsc_quote(out, parameter->about); /* a secret's name: letters, digits, /_+=.@:- */
            had_buffer_char(out, '\n');
            continue;
        }
        had_buffer_printf(out, " = %s\n",
                          parameter->kind == HAD_DSC_P_TEXT    ? "'...'"
                          : parameter->kind == HAD_DSC_P_TEXTS ? "@('...')"
                                                               : "@{ 'MACHINE' = '...' }");
    }
    had_buffer_c(out, "        ConfigurationData");
    had_buffer_repeat(out, ' ', width - (uint32_t)strlen("ConfigurationData"));
    had_buffer_c(out, " = $data\n        OutputPath");
    had_buffer_repeat(out, ' ', width - (uint32_t)strlen("OutputPath"));
    had_buffer_printf(out,
                      " = '.\\%s'\n"
                      "    }\n"
                      "    %s @arguments\n",
                      role, had_dsc_role_configurations[group->role]);
}

static void help_write(struct had_buffer *out, const struct had_dsc_model *model,
                       const struct had_dsc_group *group)
{
    had_buffer_printf(out, "<#\n.SYNOPSIS\n    %s\n\n.DESCRIPTION\n%s", synopses[group->role],
                      descriptions[group->role]);
    had_each(struct had_dsc_parameter, parameter, &group->parameters)
        parameter_help(out, parameter);
    example_write(out, group);
    had_buffer_c(out, "\n.NOTES\n    ");
    had_dsc_write_maker(out, model);
    had_buffer_c(
        out, "    For Windows PowerShell 5.1; the machine needs exactly these module versions:\n");
    for (uint32_t i = 0; i < had_dsc_module_count; i++)
        if (group->modules[i])
            had_buffer_printf(out, "    %s %s\n", had_dsc_modules[i].name,
                              had_dsc_modules[i].version);
    had_buffer_c(out, "#>\n");
}

/* ---- parameters and imports ---- */

static void parameters_write(struct had_buffer *out, const struct had_dsc_group *group)
{
    if (!group->parameters.count)
        return;
    had_buffer_c(out, "    [CmdletBinding()]\n    param\n    (\n");
    for (uint32_t i = 0; i < group->parameters.count; i++) {
        const struct had_dsc_parameter *parameter = &group->parameters.items[i];
        const char *type = parameter->kind == HAD_DSC_P_CREDENTIAL
                               ? "System.Management.Automation.PSCredential"
                           : parameter->kind == HAD_DSC_P_TEXT  ? "System.String"
                           : parameter->kind == HAD_DSC_P_TEXTS ? "System.String[]"
                                                                : "System.Collections.Hashtable";
        had_buffer_printf(out,
                          "        [Parameter(Mandatory = $true)]\n"
                          "        [ValidateNotNullOrEmpty()]\n"
                          "        [%s]\n"
                          "        $" HAD_FMT "%s\n",
                          type, HAD_ARG(parameter->name),
                          i + 1 < group->parameters.count ? ",\n" : "");
    }
    had_buffer_c(out, "    )\n\n");
}

static void imports_write(struct had_buffer *out, const struct had_dsc_group *group)
{
    for (uint32_t i = 0; i < had_dsc_module_count; i++)
        if (group->modules[i])
            had_buffer_printf(out, "    Import-DscResource -ModuleName '%s' -ModuleVersion '%s'\n",
                              had_dsc_modules[i].name, had_dsc_modules[i].version);
}

/* ---- resources ---- */

static void reference_write(struct had_buffer *out, const struct had_dsc_group *group,
                            const struct had_dsc_value *value)
{
    const struct had_dsc_parameter *parameter = had_dsc_parameter_find(group, value);
    had_buffer_printf(out, "$" HAD_FMT, HAD_ARG(parameter->name));
}

static void one_write(struct had_buffer *out, const struct had_dsc_group *group,
                      const struct had_dsc_value *value)
{
    if (value->tag == HAD_DSC_KEPT || value->tag == HAD_DSC_LATER)
        reference_write(out, group, value);
    else
        had_dsc_write_literal(out, value);
}

/* A list on one line, or on one line for each item where it would be too long. */
static void list_write(struct had_buffer *out, const struct had_dsc_group *group,
                       const struct had_dsc_value *list, size_t column)
{
    size_t start = out->len;
    had_buffer_c(out, "@(");
    for (uint32_t i = 0; i < list->items.count; i++) {
        had_buffer_c(out, i ? ", " : "");
        one_write(out, group, list->items.items[i]);
    }
    had_buffer_char(out, ')');
    if (column + (out->len - start) <= LINE || list->items.count < 2)
        return;
    out->len = start;
    had_buffer_c(out, "@(\n");
    for (uint32_t i = 0; i < list->items.count; i++) {
        had_buffer_c(out, "                ");
        one_write(out, group, list->items.items[i]);
        had_buffer_char(out, '\n');
    }
    had_buffer_c(out, "            )");
}

static void waits_write(struct had_buffer *out, const struct had_dsc_item *item, size_t column)
{
    size_t start = out->len;
    had_buffer_c(out, "@(");
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < item->after.count; i++) {
            const struct had_dsc_item *other = item->after.items[i];
            had_buffer_printf(out,
                              pass ? "                '[%s]" HAD_FMT "'\n"
                              : i  ? ", '[%s]" HAD_FMT "'"
                                   : "'[%s]" HAD_FMT "'",
                              other->resource->name, HAD_ARG(other->name));
        }
        if (pass) {
            had_buffer_c(out, "            )");
        } else {
            had_buffer_char(out, ')');
            if (column + (out->len - start) <= LINE || item->after.count < 2)
                return;
            out->len = start;
            had_buffer_c(out, "@(\n");
        }
    }
}

static size_t name_write(struct had_buffer *out, const char *name, size_t width)
{
    had_buffer_printf(out, "            %s", name);
    had_buffer_repeat(out, ' ', width - strlen(name));
    had_buffer_c(out, " = ");
    return 12 + width + 3;
}

static void setting_write(struct had_buffer *out, const struct had_dsc_group *group,
                          const struct had_dsc_setting *setting, size_t width)
{
    size_t column = name_write(out, setting->property->name, width);
    if (setting->table.len)
        had_buffer_printf(out, "$" HAD_FMT "[$Node.NodeName]", HAD_ARG(setting->table));
    else if (setting->node_key.len)
        had_buffer_printf(out, "$Node." HAD_FMT, HAD_ARG(setting->node_key));
    else if (setting->value->tag == HAD_DSC_LIST)
        list_write(out, group, setting->value, column);
    else
        one_write(out, group, setting->value);
    had_buffer_char(out, '\n');
}

static void script_write(struct had_buffer *out, const struct had_dsc_item *item, size_t width)
{
    for (uint32_t body = 0; body < HAD_DSC_BODIES; body++) {
        name_write(out, had_dsc_script_properties[body], width);
        had_buffer_c(out, "{\n");
        for (uint32_t line = 0;; line++) {
            size_t start = out->len;
            had_buffer_c(out, "                ");
            size_t indent = out->len;
            if (!had_dsc_script_line(out, item, body, line)) {
                out->len = start;
                break;
            }
            if (out->len == indent)
                out->len = start; /* an empty line has no blanks */
            had_buffer_char(out, '\n');
        }
        had_buffer_c(out, "            }\n");
    }
}

static void item_write(struct had_buffer *out, const struct had_dsc_group *group,
                       const struct had_dsc_item *item)
{
    size_t width = item->script ? strlen("TestScript") : 0;
    had_each(struct had_dsc_setting, setting, &item->settings)
        if (strlen(setting->property->name) > width)
            width = strlen(setting->property->name);
    if (item->run_as && width < strlen("PsDscRunAsCredential"))
        width = strlen("PsDscRunAsCredential");
    if (item->after.count && width < strlen("DependsOn"))
        width = strlen("DependsOn");

    had_buffer_printf(out, "        %s '" HAD_FMT "'\n        {\n", item->resource->name,
                      HAD_ARG(item->name));
    if (item->script)
        script_write(out, item, width);
    had_each(struct had_dsc_setting, setting, &item->settings)
        setting_write(out, group, setting, width);
    if (item->run_as) {
        name_write(out, "PsDscRunAsCredential", width);
        reference_write(out, group, item->run_as);
        had_buffer_char(out, '\n');
    }
    if (item->after.count) {
        size_t column = name_write(out, "DependsOn", width);
        waits_write(out, item, column);
        had_buffer_char(out, '\n');
    }
    had_buffer_c(out, "        }\n");
}

/* Copies lines, those that are not empty four columns further in. */
static void lines_indent(struct had_buffer *out, had_str lines)
{
    for (uint32_t i = 0; i < lines.len; i++) {
        if (lines.ptr[i] != '\n' && (i == 0 || lines.ptr[i - 1] == '\n'))
            had_buffer_c(out, "    ");
        had_buffer_char(out, lines.ptr[i]);
    }
}

static bool machines_equal(const struct had_dsc_entry *a, const struct had_dsc_entry *b)
{
    if (a->machines.count != b->machines.count)
        return false;
    for (uint32_t i = 0; i < a->machines.count; i++)
        if (a->machines.items[i] != b->machines.items[i])
            return false;
    return true;
}

static void condition_write(struct had_buffer *out, const struct had_dsc_entry *entry)
{
    if (entry->machines.count == 1) {
        had_buffer_printf(out, "        if ($Node.NodeName -eq '" HAD_FMT "')\n        {\n",
                          HAD_ARG(entry->machines.items[0]->name));
        return;
    }
    had_buffer_c(out, "        if ($Node.NodeName -in @(");
    for (uint32_t i = 0; i < entry->machines.count; i++)
        had_buffer_printf(out, "%s'" HAD_FMT "'", i ? ", " : "",
                          HAD_ARG(entry->machines.items[i]->name));
    had_buffer_c(out, "))\n        {\n");
}

static uint32_t machines_with_items(const struct had_dsc_group *group)
{
    uint32_t count = 0;
    had_each(struct had_dsc_machine *, machine, &group->machines)
        count += (*machine)->items.count > 0;
    return count;
}

/* Resources in order; what only some machines have stands in a condition. */
static void entries_write(struct had_buffer *out, const struct had_dsc_group *group)
{
    uint32_t everyone = machines_with_items(group);
    const struct had_dsc_entry *open = NULL;
    const struct had_node *node = NULL;
    for (uint32_t i = 0; i < group->entries.count; i++) {
        const struct had_dsc_entry *entry = group->entries.items[i];
        const struct had_dsc_item *item = entry->items.items[0];
        bool some = entry->machines.count < everyone;
        if (open && (!some || !machines_equal(open, entry))) {
            had_buffer_c(out, "        }\n");
            open = NULL;
        }
        had_buffer_c(out, i ? "\n" : "");
        if (some && !open) {
            condition_write(out, entry);
            open = entry;
        }
        struct had_buffer text = {0};
        if (item->node != node && entry->machines.count == 1) {
            had_buffer_c(&text, "        # ");
            had_dsc_comment(&text, item->node->address);
            had_buffer_char(&text, '\n');
        }
        node = item->node;
        item_write(&text, group, item);
        if (open)
            lines_indent(out, had_buffer_view(&text));
        else
            had_buffer_str(out, had_buffer_view(&text));
        had_buffer_free(&text);
    }
    if (open)
        had_buffer_c(out, "        }\n");
}

void had_dsc_write_ps1(struct had_buffer *out, const struct had_dsc_model *model,
                       const struct had_dsc_group *group)
{
    help_write(out, model, group);
    had_buffer_printf(out, "configuration %s\n{\n", had_dsc_role_configurations[group->role]);
    parameters_write(out, group);
    imports_write(out, group);
    had_buffer_c(out, "\n    node $AllNodes.NodeName\n    {\n");
    entries_write(out, group);
    had_buffer_c(out, "    }\n}\n");
}
