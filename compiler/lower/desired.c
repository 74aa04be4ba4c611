/* DSC configurations of machines: had::DscConfiguration and its delivery. */
#include "lower/desired.h"

#include "lower/ad.h"

#include <string.h>

struct had_node *had_host_node(struct had_lowering *l, const struct had_object *host)
{
    return had_lower_find(l, host, "instance", HAD_NO_KEY);
}

struct had_desired had_desired_find(struct had_lowering *l, const struct had_object *object,
                                    const char *role, had_str key)
{
    struct had_desired desired = {.l = l, .node = had_lower_find(l, object, role, key)};
    if (!desired.node)
        return desired;
    for (uint32_t i = 0; i < desired.node->props.count; i++) {
        if (had_str_is(desired.node->props.items[i].key, "Resources"))
            desired.resources = desired.node->props.items[i].value;
    }
    return desired;
}

struct had_desired had_desired_begin(struct had_lowering *l, const struct had_object *object,
                                     const char *role, had_str key, const struct had_object *forest,
                                     enum had_desired_role desired_role,
                                     const struct had_object *host, enum had_layer layer,
                                     enum had_phase phase)
{
    const struct had_node *machine = had_host_node(l, host);
    struct had_place place = had_place_at(had_context_machine(l, machine), layer, phase);
    struct had_desired desired = {.l = l};
    desired.node = had_lower_node(l, object, "had::DscConfiguration", role, key, place);
    had_lower_text(l, desired.node, "Forest", forest->label, forest->name_span);
    had_lower_c(l, desired.node, "Role", had_desired_role_word(desired_role), object->span);
    had_lower_text(l, desired.node, "Node", had_lower_name(l, host, "-", 15), host->name_span);
    desired.resources = had_prop_list(l->graph, object->span);
    had_node_set(l->graph, desired.node, "Resources", desired.resources);
    had_lower_need(l, desired.node, machine, "a configuration is applied by its machine",
                   host->span);
    had_lower_need(l, desired.node, had_artifact_policy(l, host, phase),
                   "a configuration is kept where its machine reads it", host->span);
    return desired;
}

static void resource(struct had_desired *desired, const char *type, had_str name,
                     const char *values, struct had_span span)
{
    struct had_graph *g = desired->l->graph;
    desired->resource = had_prop_map(g, span);
    desired->properties = had_prop_map(g, span);
    had_prop_put(g, desired->resource, "Type", had_prop_c(g, type, span));
    had_prop_put(g, desired->resource, "Name",
                 had_prop_text(g, had_desired_name(desired->l, name), span));
    had_prop_put(g, desired->resource, values, desired->properties);
    had_prop_append(g, desired->resources, desired->resource);
}

void had_desired_add(struct had_desired *desired, const char *type, had_str name,
                     struct had_span span)
{
    resource(desired, type, name, "Properties", span);
}

void had_desired_script(struct had_desired *desired, const char *constant, had_str name,
                        struct had_span span)
{
    resource(desired, "Script", name, "Arguments", span);
    had_prop_put(desired->l->graph, desired->resource, "Constant",
                 had_prop_c(desired->l->graph, constant, span));
}

void had_desired_put(struct had_desired *desired, const char *property, struct had_prop *value)
{
    if (value)
        had_prop_put(desired->l->graph, desired->properties, property, value);
}

void had_desired_text(struct had_desired *desired, const char *property, had_str text,
                      struct had_span span)
{
    had_desired_put(desired, property, had_prop_text(desired->l->graph, text, span));
}

void had_desired_c(struct had_desired *desired, const char *property, const char *text,
                   struct had_span span)
{
    had_desired_put(desired, property, had_prop_c(desired->l->graph, text, span));
}

void had_desired_int(struct had_desired *desired, const char *property, int64_t number,
                     struct had_span span)
{
    had_desired_put(desired, property, had_prop_int(desired->l->graph, number, span));
}

void had_desired_bool(struct had_desired *desired, const char *property, bool boolean,
                      struct had_span span)
{
    had_desired_put(desired, property, had_prop_bool(desired->l->graph, boolean, span));
}

/* The list under `key` of a map, made when it is not there. */
static struct had_prop *list_of(struct had_desired *desired, struct had_prop *map, const char *key,
                                struct had_span span)
{
    for (uint32_t i = 0; i < map->entries.count; i++) {
        if (had_str_is(map->entries.items[i].key, key))
            return map->entries.items[i].value;
    }
    struct had_prop *list = had_prop_list(desired->l->graph, span);
    had_prop_put(desired->l->graph, map, key, list);
    return list;
}

void had_desired_item(struct had_desired *desired, const char *property, had_str text,
                      struct had_span span)
{
    had_prop_append(desired->l->graph, list_of(desired, desired->properties, property, span),
                    had_prop_text(desired->l->graph, text, span));
}

/* A copy: had_prop values may be shared, but not changed by two owners. */
static struct had_prop *secret_copy(struct had_desired *desired, const struct had_prop *secret)
{
    struct had_prop *copy = had_new(desired->l->graph->arena, struct had_prop);
    *copy = *secret;
    return copy;
}

void had_desired_run_as(struct had_desired *desired, const struct had_prop *secret)
{
    if (secret)
        had_prop_put(desired->l->graph, desired->resource, "PsDscRunAsCredential",
                     secret_copy(desired, secret));
}

void had_desired_after(struct had_desired *desired, const char *type, had_str name)
{
    struct had_lowering *l = desired->l;
    had_str clean = had_desired_name(l, name);
    struct had_span span = desired->resource->span;
    had_prop_append(l->graph, list_of(desired, desired->resource, "DependsOn", span),
                    had_prop_text(l->graph,
                                  had_str_printf(l->arena, "[%s]" HAD_FMT, type, HAD_ARG(clean)),
                                  span));
}

void had_desired_feature(struct had_desired *desired, const char *feature, struct had_span span)
{
    had_desired_add(desired, "WindowsFeature", had_str_c(feature), span);
    had_desired_c(desired, "Name", feature, span);
    had_desired_c(desired, "Ensure", "Present", span);
}

void had_desired_join(struct had_desired *desired, had_str name, had_str domain,
                      struct had_prop *credential, struct had_span span)
{
    if (credential) {
        had_desired_script(desired, "computer-name", HAD_STR("ComputerName"), span);
        had_desired_text(desired, "ComputerName", name, span);
        had_desired_text(desired, "Domain", domain, span);
        had_desired_put(desired, "Account", secret_copy(desired, credential));
        had_desired_after(desired, "WaitForADDomain", HAD_STR("Domain"));
    }
    had_desired_add(desired, "Computer", HAD_STR("Computer"), span);
    had_desired_text(desired, "Name", name, span);
    had_desired_text(desired, "DomainName", domain, span);
    had_desired_put(desired, "Credential", credential);
    had_desired_after(desired, "WaitForADDomain", HAD_STR("Domain"));
    if (credential)
        had_desired_after(desired, "Script", HAD_STR("ComputerName"));
}

had_str had_desired_name(struct had_lowering *l, had_str text)
{
    char *out = had_arena_alloc(l->arena, (size_t)text.len + 1);
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        out[i] = plain || (c && strchr("-_.", c)) ? c : '-';
    }
    return (had_str){out, text.len};
}

/* ---- distinguished names ---- */

had_str had_dn_of_domain(struct had_lowering *l, had_str domain)
{
    had_str dn = {0};
    for (;;) {
        int64_t dot = had_str_find(domain, '.');
        had_str label = dot < 0 ? domain : had_str_slice(domain, 0, (uint32_t)dot);
        dn = had_str_printf(l->arena, HAD_FMT "%sDC=" HAD_FMT, HAD_ARG(dn), dn.len ? "," : "",
                            HAD_ARG(label));
        if (dot < 0)
            return dn;
        domain = had_str_slice(domain, (uint32_t)dot + 1, domain.len);
    }
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool hex_pair(const char *text, int64_t *byte)
{
    int high = hex_digit(text[0]), low = hex_digit(text[1]);
    *byte = high * 16 + low;
    return high >= 0 && low >= 0;
}

bool had_dn_split(struct had_lowering *l, had_str dn, had_str *name, had_str *rest)
{
    uint32_t comma = 0;
    while (comma < dn.len && dn.ptr[comma] != ',')
        comma += dn.ptr[comma] == '\\' ? 2 : 1; /* RFC 4514: a comma of a value is escaped */
    if (comma >= dn.len)
        return false;
    had_str first = had_str_slice(dn, 0, comma);
    int64_t equals = had_str_find(first, '=');
    first = had_str_trim(had_str_slice(first, (uint32_t)(equals + 1), first.len));
    char *plain = had_arena_alloc(l->arena, (size_t)first.len + 1);
    uint32_t len = 0;
    for (uint32_t i = 0; i < first.len; i++) {
        int64_t byte;
        if (first.ptr[i] == '\\' && i + 2 < first.len && hex_pair(first.ptr + i + 1, &byte)) {
            plain[len++] = (char)byte; /* RFC 4514: two digits stand for one byte */
            i += 2;
            continue;
        }
        if (first.ptr[i] == '\\' && i + 1 < first.len)
            i++;
        plain[len++] = first.ptr[i];
    }
    *name = (had_str){plain, len};
    *rest = had_str_trim(had_str_slice(dn, comma + 1, dn.len));
    return true;
}

void had_desired_units(struct had_desired *desired, const struct had_object *object,
                       const char *attribute, const struct had_prop *credential,
                       const char *after_type, had_str after_name)
{
    struct had_lowering *l = desired->l;
    struct had_value_list units = had_get_list(object, attribute);
    for (uint32_t i = 0; i < units.count; i++) {
        const struct had_value *unit = &units.items[i];
        had_str name, path;
        if (unit->tag != HAD_VALUE_TEXT || !had_dn_split(l, unit->text, &name, &path))
            continue;
        had_desired_add(desired, "ADOrganizationalUnit", unit->text, unit->span);
        had_desired_text(desired, "Name", name, unit->span);
        had_desired_text(desired, "Path", path, unit->span);
        had_desired_c(desired, "Ensure", "Present", unit->span);
        had_desired_bool(desired, "ProtectedFromAccidentalDeletion", true, unit->span);
        if (credential)
            had_desired_put(desired, "Credential", secret_copy(desired, credential));
        bool parent = false;
        for (uint32_t k = 0; k < units.count; k++) {
            if (k == i || !had_str_eq_nocase(units.items[k].text, path))
                continue;
            had_desired_after(desired, "ADOrganizationalUnit", units.items[k].text);
            parent = true;
        }
        if (!parent && after_type)
            had_desired_after(desired, after_type, after_name);
    }
}
