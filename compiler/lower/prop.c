/* Values of the typed spec as property values, with the place that said them. */
#include "lower/internal.h"

static struct had_span span_of(const struct had_value *value, struct had_span other)
{
    return had_span_known(value->span) ? value->span : other;
}

static struct had_prop *because(struct had_lowering *l, struct had_prop *prop,
                                const struct had_value *value)
{
    if (prop && value->provenance == HAD_DERIVED && value->reason.len)
        had_prop_because(l->graph, prop, value->reason);
    return prop;
}

struct had_prop *had_prop_of(struct had_lowering *l, const struct had_value *value)
{
    struct had_graph *g = l->graph;
    struct had_span span = value->span;
    struct had_prop *prop = NULL;
    switch (value->tag) {
    case HAD_VALUE_BOOL:
        prop = had_prop_bool(g, value->boolean, span);
        break;
    case HAD_VALUE_INT:
        prop = had_prop_int(g, value->number, span);
        break;
    case HAD_VALUE_TEXT:
        prop = had_prop_text(g, value->text, span);
        break;
    case HAD_VALUE_IP:
    case HAD_VALUE_IP_PORT:
        prop = had_prop_text(g, had_ip_text(l->arena, value->ip), span);
        break;
    case HAD_VALUE_CIDR:
        prop = had_prop_text(g, had_cidr_text(l->arena, value->cidr), span);
        break;
    case HAD_VALUE_LIST:
        prop = had_prop_list(g, span);
        for (uint32_t i = 0; i < value->list.count; i++) {
            struct had_prop *item = had_prop_of(l, &value->list.items[i]);
            if (item)
                had_prop_append(g, prop, item);
        }
        break;
    case HAD_VALUE_MAP:
        prop = had_prop_map(g, span);
        for (uint32_t i = 0; i < value->map.count; i++) {
            struct had_prop *item = had_prop_of(l, value->map.entries[i].value);
            if (item)
                had_prop_put(g, prop, had_str_cstr(l->arena, value->map.entries[i].key), item);
        }
        break;
    case HAD_VALUE_ABSENT:
    case HAD_VALUE_ERROR:
    case HAD_VALUE_PORTS:
    case HAD_VALUE_SERVICE:
    case HAD_VALUE_SECRET:
    case HAD_VALUE_PRINCIPAL:
    case HAD_VALUE_REF:
    case HAD_VALUE_COMPUTED:
        return NULL;
    }
    return because(l, prop, value);
}

/*
 * Attributes of an existing object are statements about the world. A default or a derived value is
 * none: what is not stated about it is unknown.
 */
bool had_lower_states(const struct had_node *node, const struct had_object *object,
                      const char *name)
{
    return node->lifecycle != HAD_EXISTING || had_get(object, name)->provenance == HAD_STATED;
}

bool had_lower_set(struct had_lowering *l, struct had_node *node, const char *path,
                   const struct had_object *object, const char *name)
{
    struct had_prop *prop =
        had_lower_states(node, object, name) ? had_prop_of(l, had_get(object, name)) : NULL;
    if (!prop)
        return false;
    if (!had_span_known(prop->span))
        prop->span = had_get_span(object, name);
    had_node_set(l->graph, node, path, prop);
    return true;
}

void had_lower_text(struct had_lowering *l, struct had_node *node, const char *path, had_str text,
                    struct had_span span)
{
    had_node_set(l->graph, node, path, had_prop_text(l->graph, text, span));
}

void had_lower_c(struct had_lowering *l, struct had_node *node, const char *path, const char *text,
                 struct had_span span)
{
    had_node_set(l->graph, node, path, had_prop_c(l->graph, text, span));
}

void had_lower_int(struct had_lowering *l, struct had_node *node, const char *path, int64_t number,
                   struct had_span span)
{
    had_node_set(l->graph, node, path, had_prop_int(l->graph, number, span));
}

void had_lower_bool(struct had_lowering *l, struct had_node *node, const char *path, bool boolean,
                    struct had_span span)
{
    had_node_set(l->graph, node, path, had_prop_bool(l->graph, boolean, span));
}

void had_lower_read(struct had_lowering *l, struct had_node *node, const char *path,
                    const struct had_node *of, const char *attribute, struct had_span span)
{
    if (of)
        had_node_set(l->graph, node, path, had_prop_read(l->graph, of, attribute, span));
}

void had_lower_switch(struct had_lowering *l, struct had_node *node, const char *path,
                      const struct had_object *object, const char *name)
{
    if (had_lower_states(node, object, name))
        had_lower_c(l, node, path, had_get_bool(object, name) ? "enable" : "disable",
                    had_get_span(object, name));
}

/* Part `n` (from 0) of an ARN: arn:partition:service:region:account:resource. */
had_str had_arn_part(had_str arn, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        int64_t colon = had_str_find(arn, ':');
        if (colon < 0)
            return (had_str){0};
        arn = had_str_slice(arn, (uint32_t)colon + 1, arn.len);
    }
    int64_t colon = had_str_find(arn, ':');
    return colon < 0 ? arn : had_str_slice(arn, 0, (uint32_t)colon);
}

struct had_prop *had_prop_of_secret(struct had_lowering *l, const struct had_value *value,
                                    const struct had_context *context, const char *json_key)
{
    if (value->tag != HAD_VALUE_SECRET)
        return NULL;
    had_str account = {0};
    had_str region = {0};
    if (had_str_starts(value->secret.name, "arn:")) {
        region = had_arn_part(value->secret.name, 3);
        account = had_arn_part(value->secret.name, 4);
    } else if (value->secret.account) {
        account = had_get_text(value->secret.account, "id");
        region = context->region;
    }
    return because(
        l, had_prop_secret(l->graph, value->secret.name, account, region, json_key, value->span),
        value);
}

struct had_prop *had_prop_account_id(struct had_lowering *l, const struct had_object *account,
                                     struct had_span span)
{
    had_str id = had_get_text(account, "id");
    if (id.len)
        return had_prop_text(l->graph, id, span);
    return had_prop_read(l->graph, had_lower_find(l, account, "account", HAD_NO_KEY), "AccountId",
                         span);
}

struct had_prop *had_prop_principal(struct had_lowering *l, const struct had_object *object,
                                    struct had_span span)
{
    if (had_is(object, "account"))
        return had_prop_account_id(l, object, span);
    const char *role = had_is(object, "organization") ? "organization" : "ou";
    return had_prop_read(l->graph, had_lower_find(l, object, role, HAD_NO_KEY), "Arn", span);
}

struct had_prop *had_prop_subnets(struct had_lowering *l, struct had_value_list subnets,
                                  struct had_span span)
{
    struct had_prop *list = had_prop_list(l->graph, span);
    for (uint32_t i = 0; i < subnets.count; i++) {
        const struct had_value *value = &subnets.items[i];
        if (value->tag != HAD_VALUE_REF)
            continue;
        struct had_node *subnet = had_lower_find(l, value->object, "subnet", HAD_NO_KEY);
        if (subnet)
            had_prop_append(l->graph, list,
                            had_prop_read(l->graph, subnet, "SubnetId", span_of(value, span)));
    }
    return list;
}

struct had_prop *had_prop_strings(struct had_lowering *l, const had_str *texts, uint32_t count,
                                  struct had_span span)
{
    struct had_prop *list = had_prop_list(l->graph, span);
    for (uint32_t i = 0; i < count; i++)
        had_prop_append(l->graph, list, had_prop_text(l->graph, texts[i], span));
    return list;
}

struct had_prop *had_prop_joined(struct had_lowering *l, struct had_prop *format)
{
    struct had_prop *out = had_prop_format(l->graph, format->span);
    struct had_buffer text = {0};
    for (uint32_t i = 0; i <= format->items.count; i++) {
        struct had_prop *piece = i < format->items.count ? format->items.items[i] : NULL;
        if (piece && piece->tag == HAD_PROP_TEXT) {
            had_buffer_str(&text, piece->text);
            continue;
        }
        if (text.len) {
            had_str joined = had_str_dup(l->arena, had_buffer_view(&text));
            had_prop_append(l->graph, out, had_prop_text(l->graph, joined, format->span));
            text.len = 0;
        }
        if (piece)
            had_prop_append(l->graph, out, piece);
    }
    had_buffer_free(&text);
    bool plain = out->items.count == 1 && out->items.items[0]->tag == HAD_PROP_TEXT;
    return plain ? out->items.items[0] : out;
}

struct had_prop *had_prop_format_c(struct had_lowering *l, struct had_span span, const char *text)
{
    struct had_prop *format = had_prop_format(l->graph, span);
    had_prop_append(l->graph, format, had_prop_c(l->graph, text, span));
    return format;
}

void had_lower_document(struct had_lowering *l, struct had_node *node, const char *path,
                        const struct had_object *object, const char *attribute)
{
    if (had_get(object, attribute)->tag == HAD_VALUE_TEXT)
        had_node_set(l->graph, node, path,
                     had_prop_json(l->graph, had_get_text(object, attribute),
                                   had_get_span(object, attribute)));
}

/* ---- IAM policies ---- */

static struct had_prop *policy_of(struct had_lowering *l, struct had_span span)
{
    struct had_prop *policy = had_prop_map(l->graph, span);
    had_prop_put(l->graph, policy, "Version", had_prop_c(l->graph, "2012-10-17", span));
    had_prop_put(l->graph, policy, "Statement", had_prop_list(l->graph, span));
    return policy;
}

static void statement_add(struct had_lowering *l, struct had_prop *policy,
                          struct had_prop *statement)
{
    for (uint32_t i = 0; i < policy->entries.count; i++)
        if (had_str_is(policy->entries.items[i].key, "Statement"))
            had_prop_append(l->graph, policy->entries.items[i].value, statement);
}

struct had_prop *had_prop_policy(struct had_lowering *l, struct had_span span)
{
    return policy_of(l, span);
}

void had_policy_allow(struct had_lowering *l, struct had_prop *policy, const char *const *actions,
                      struct had_prop *resources)
{
    struct had_span span = resources->span;
    struct had_prop *statement = had_prop_map(l->graph, span);
    struct had_prop *list = had_prop_list(l->graph, span);
    for (const char *const *action = actions; *action; action++)
        had_prop_append(l->graph, list, had_prop_c(l->graph, *action, span));
    had_prop_put(l->graph, statement, "Effect", had_prop_c(l->graph, "Allow", span));
    had_prop_put(l->graph, statement, "Action", list);
    had_prop_put(l->graph, statement, "Resource", resources);
    statement_add(l, policy, statement);
}

struct had_prop *had_prop_trust_policy(struct had_lowering *l, const char *service,
                                       struct had_span span)
{
    struct had_prop *policy = policy_of(l, span);
    struct had_prop *statement = had_prop_map(l->graph, span);
    struct had_prop *principal = had_prop_map(l->graph, span);
    had_prop_put(l->graph, principal, "Service", had_prop_c(l->graph, service, span));
    had_prop_put(l->graph, statement, "Effect", had_prop_c(l->graph, "Allow", span));
    had_prop_put(l->graph, statement, "Principal", principal);
    had_prop_put(l->graph, statement, "Action", had_prop_c(l->graph, "sts:AssumeRole", span));
    statement_add(l, policy, statement);
    return policy;
}
