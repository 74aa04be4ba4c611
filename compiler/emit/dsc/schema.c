#include "emit/dsc/schema.h"

#include <stdlib.h>
#include <string.h>

const char *const had_dsc_role_names[HAD_DSC_ROLES] = {
    [HAD_DSC_FOREST] = "forest",         [HAD_DSC_DOMAIN_CONTROLLER] = "domain-controller",
    [HAD_DSC_FORWARDERS] = "forwarders", [HAD_DSC_TRUST] = "trust",
    [HAD_DSC_ACCOUNTS] = "accounts",     [HAD_DSC_DIRECTORY_ADMIN] = "directory-admin",
};
const char *const had_dsc_role_configurations[HAD_DSC_ROLES] = {
    [HAD_DSC_FOREST] = "HadForest",         [HAD_DSC_DOMAIN_CONTROLLER] = "HadDomainController",
    [HAD_DSC_FORWARDERS] = "HadForwarders", [HAD_DSC_TRUST] = "HadTrust",
    [HAD_DSC_ACCOUNTS] = "HadAccounts",     [HAD_DSC_DIRECTORY_ADMIN] = "HadDirectoryAdmin",
};

static int resource_cmp(const void *key, const void *entry)
{
    return had_str_cmp(*(const had_str *)key,
                       had_str_c(((const struct had_dsc_resource *)entry)->name));
}

const struct had_dsc_resource *had_dsc_resource_find(had_str name)
{
    return bsearch(&name, had_dsc_resources, had_dsc_resource_count, sizeof *had_dsc_resources,
                   resource_cmp);
}

const struct had_dsc_property *had_dsc_property_find(const struct had_dsc_resource *resource,
                                                     had_str name)
{
    for (uint32_t i = 0; i < resource->property_count; i++)
        if (had_str_is(name, resource->properties[i].name))
            return &resource->properties[i];
    return NULL;
}

const struct had_dsc_script *had_dsc_script_find(had_str name)
{
    for (uint32_t i = 0; i < had_dsc_script_count; i++)
        if (had_str_is(name, had_dsc_scripts[i].name))
            return &had_dsc_scripts[i];
    return NULL;
}

bool had_dsc_role_find(had_str name, enum had_dsc_role *out)
{
    for (uint32_t role = 0; role < HAD_DSC_ROLES; role++) {
        if (had_str_is(name, had_dsc_role_names[role])) {
            *out = (enum had_dsc_role)role;
            return true;
        }
    }
    return false;
}
