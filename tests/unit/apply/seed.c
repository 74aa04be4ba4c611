#include "seed.h"

#include <stdio.h>
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

void seed(struct had_sim *cloud, const struct had_graph *graph)
{
    had_sim_put(cloud, "organization", MANAGEMENT, "global",
                json_pack("{s:s, s:s, s:s, s:s, s:[]}", "Id", "o-sim", "FeatureSet", "ALL", "Arn",
                          "arn:aws:organizations::" MANAGEMENT ":organization/o-sim",
                          "MasterAccountId", MANAGEMENT, "Services"));
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
