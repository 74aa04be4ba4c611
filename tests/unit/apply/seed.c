#include "seed.h"

#include "resource/driver.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANAGEMENT "111111111111"

static void set_text(json_t *object, const char *key, const struct had_prop *prop)
{
    if (prop && prop->tag == HAD_PROP_TEXT)
        json_object_set_new(object, key, json_stringn(prop->text.ptr, prop->text.len));
}

static void put(struct had_sim *cloud, const char *kind, const struct had_node *node, json_t *value)
{
    char account[32], region[32];
    snprintf(account, sizeof account, HAD_FMT, HAD_ARG(node->context->account_id));
    snprintf(region, sizeof region, HAD_FMT, HAD_ARG(node->context->region));
    had_sim_put(cloud, kind, account, region, value);
}

/* The id that the spec states of a unit, or the number of its node. */
static void unit_id(const struct had_node *node, char out[32])
{
    had_str id = had_node_known(node, HAD_STR("Id"));
    if (id.len)
        snprintf(out, 32, HAD_FMT, HAD_ARG(id));
    else
        snprintf(out, 32, "ou-%u", node->id);
}

/* What an account is in. */
static void parent_of(const struct had_node *node, char out[32])
{
    const struct had_prop *parents = had_node_get(node, "ParentIds");
    const struct had_prop *first =
        parents && parents->tag == HAD_PROP_LIST ? parents->items.items[0] : NULL;
    snprintf(out, 32, "r-sim1");
    if (first && first->tag == HAD_PROP_READ &&
        had_str_is(first->read.node->type_name, "AWS::Organizations::OrganizationalUnit"))
        unit_id(first->read.node, out);
}

static void put_unit(struct had_sim *cloud, const struct had_node *node)
{
    char id[32];
    unit_id(node, id);
    json_t *value = json_pack("{s:s, s:s}", "Id", id, "Parent", "r-sim1");
    set_text(value, "Name", had_node_get(node, "Name"));
    put(cloud, "unit", node, value);
}

static void put_account(struct had_sim *cloud, const struct had_node *node)
{
    char parent[32];
    had_str id = had_node_known(node, HAD_STR("AccountId"));
    parent_of(node, parent);
    json_t *value = json_pack("{s:s%, s:s, s:s}", "Id", id.ptr, (size_t)id.len, "State", "ACTIVE",
                              "Parent", parent);
    set_text(value, "Name", had_node_get(node, "AccountName"));
    set_text(value, "Email", had_node_get(node, "Email"));
    put(cloud, "account", node, value);
}

static void put_instance(struct had_sim *cloud, const struct had_node *node)
{
    had_str arn = had_node_known(node, HAD_STR("InstanceArn"));
    put(cloud, "sso-instance", node,
        json_pack("{s:s%, s:s, s:s, s:s}", "InstanceArn", arn.ptr, (size_t)arn.len,
                  "IdentityStoreId", "d-9990000001", "OwnerAccountId", MANAGEMENT, "Status",
                  "ACTIVE"));
}

/* Groups and people that an organization synchronizes, once each. */
static void put_principal(struct had_sim *cloud, const struct had_graph *graph,
                          const struct had_node *node)
{
    const struct had_prop *name = had_node_get(node, "Name");
    const struct had_prop *type = had_node_get(node, "PrincipalType");
    bool user = type && had_str_is(type->text, "USER");
    for (uint32_t i = 0; i < node->id && i < graph->nodes.count; i++) {
        const struct had_node *other = graph->nodes.items[i];
        const struct had_prop *same = had_node_get(other, "Name");
        if (had_str_eq(other->type_name, node->type_name) && same &&
            had_str_eq(same->text, name->text) && other->context == node->context)
            return;
    }
    json_t *value = json_pack("{s:s}", "IdentityStoreId", "d-9990000001");
    set_text(value, user ? "UserName" : "DisplayName", name);
    put(cloud, user ? "store-user" : "store-group", node, value);
}

static void put_end_points(struct had_sim *cloud, const struct had_node *node)
{
    const struct had_prop *ids = had_node_get(node, "Endpoints");
    for (uint32_t i = 0; ids && ids->tag == HAD_PROP_LIST && i < ids->items.count; i++) {
        const struct had_prop *id = ids->items.items[i];
        if (id->tag == HAD_PROP_TEXT && had_str_starts(id->text, "vpce-"))
            put(cloud, "endpoint", node,
                json_pack("{s:s%}", "VpcEndpointId", id->text.ptr, (size_t)id->text.len));
    }
}

/* With the id that the spec states. */
static void put_organization(struct had_sim *cloud, const struct had_graph *graph)
{
    had_str id = HAD_STR("o-sim");
    had_each(struct had_node *, at, &graph->nodes)
        if (had_str_is((*at)->type_name, "AWS::Organizations::Organization") &&
            had_node_known(*at, HAD_STR("Id")).len)
            id = had_node_known(*at, HAD_STR("Id"));
    char arn[128];
    snprintf(arn, sizeof arn, "arn:aws:organizations::" MANAGEMENT ":organization/" HAD_FMT,
             HAD_ARG(id));
    had_sim_put(cloud, "organization", MANAGEMENT, "global",
                json_pack("{s:s%, s:s, s:s, s:s, s:[]}", "Id", id.ptr, (size_t)id.len, "FeatureSet",
                          "ALL", "Arn", arn, "MasterAccountId", MANAGEMENT, "Services"));
}

void seed(struct had_sim *cloud, const struct had_graph *graph)
{
    put_organization(cloud, graph);
    had_each(struct had_node *, at, &graph->nodes) {
        const struct had_node *node = *at;
        bool existing = node->lifecycle == HAD_EXISTING;
        if (existing && had_str_is(node->type_name, "AWS::Organizations::OrganizationalUnit"))
            put_unit(cloud, node);
        else if (existing && had_str_is(node->type_name, "AWS::Organizations::Account"))
            put_account(cloud, node);
        else if (existing && had_str_is(node->type_name, "AWS::SSO::Instance"))
            put_instance(cloud, node);
        else if (had_str_is(node->type_name, "had::PrincipalLookup"))
            put_principal(cloud, graph, node);
        else if (had_str_is(node->type_name, "had::Appliance"))
            put_end_points(cloud, node);
    }
}

/* ---- what is there ---- */

static bool is_hex(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isxdigit((unsigned char)text[i]))
            return false;
    return true;
}

/* Without tokens and lineages, which are another life's. */
static void plain(char *text)
{
    char *out = text;
    for (const char *p = text; *p;) {
        if (strnlen(p, 32) == 32 && is_hex(p, 32)) {
            *out++ = 'T';
            p += 32;
        } else if (*p == ':' && strnlen(p, 9) == 9 && is_hex(p + 1, 8) && p[9] == '"') {
            *out++ = ':';
            p += 9;
        } else {
            *out++ = *p++;
        }
    }
    *out = 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lists of objects are sets here: in which order a life filled them does not matter. */
static json_t *unordered(const json_t *value)
{
    struct had_scope none = {0};
    const char *key;
    json_t *member, *out;
    if (json_is_object(value)) {
        out = json_object();
        json_object_foreach((json_t *)(uintptr_t)value, key, member)
            json_object_set_new(out, key, unordered(member));
        return out;
    }
    if (!json_is_array(value))
        return json_incref((json_t *)(uintptr_t)value);
    out = json_array();
    for (size_t i = 0; i < json_array_size(value); i++)
        json_array_append_new(out, unordered(json_array_get(value, i)));
    json_t *sorted = had_path(out, "|sort", &none);
    json_decref(out);
    return sorted;
}

static void mask(char *line)
{
    plain(line);
    for (char *p = line; *p; p++) /* ids are a prefix (a zone's is Z) and seventeen digits */
        if ((*p == '-' || *p == 'Z') && strnlen(p + 1, 17) == 17 && is_hex(p + 1, 17))
            memset(p + 1, 'x', 17);
}

char *inventory(struct had_sim *sim)
{
    struct had_cloud cloud = had_sim_cloud(sim);
    cloud.turn(cloud.context, 86400000); /* what AWS is still at comes to its end */
    json_t *objects = had_sim_objects(sim);
    size_t count = json_array_size(objects);
    char **lines = had_xmalloc((count + 1) * sizeof *lines);
    struct had_buffer b = {0};
    for (size_t i = 0; i < count; i++) {
        char *text = json_dumps(json_array_get(objects, i), JSON_COMPACT | JSON_SORT_KEYS);
        mask(text);
        json_t *masked = json_loads(text, 0, NULL), *sorted = unordered(masked);
        lines[i] = json_dumps(sorted, JSON_COMPACT | JSON_SORT_KEYS);
        json_decref(masked);
        json_decref(sorted);
        free(text);
    }
    qsort(lines, count, sizeof *lines, by_text);
    for (size_t i = 0; i < count; i++) {
        had_buffer_c(&b, lines[i]);
        had_buffer_char(&b, '\n');
        free(lines[i]);
    }
    had_buffer_char(&b, '\0');
    free(lines);
    json_decref(objects);
    return b.ptr;
}
