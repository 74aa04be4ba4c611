/*
 * AWS Resource Access Manager: what an object shares with other accounts, and who sees it. A share
 * with the organization or with accounts inside it needs sharing to be switched on in the
 * management account and no acceptance; an account outside must accept.
 */
#include "graph/rtype.h"
#include "lower/internal.h"

#include <string.h>

static bool same_organization(const struct had_object *a, const struct had_object *b)
{
    return had_organization_of(a) == had_organization_of(b);
}

bool had_share_covers(const struct had_object *object, const struct had_object *account)
{
    struct had_value_list with = had_get_list(object, "share-with");
    for (uint32_t i = 0; i < with.count; i++)
        if (with.items[i].tag == HAD_VALUE_REF &&
            (with.items[i].object == account || had_object_within(account, with.items[i].object)))
            return true;
    return false;
}

static bool named(const had_objects *all, const struct had_object *object)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (all->items[i] == object)
            return true;
    return false;
}

struct had_node *had_lower_share(struct had_lowering *l, const struct had_object *object,
                                 struct had_prop *resource_arn, const char *attribute,
                                 struct had_place place, had_str name)
{
    const struct had_object *owner = had_object_account(object);
    struct had_value_list stated = had_get_list(object, attribute);
    struct had_span span = had_get_span(object, attribute);
    had_objects principals = {0};
    bool inside = false;
    bool outside = false;
    for (uint32_t i = 0; i < stated.count; i++) {
        const struct had_object *who =
            stated.items[i].tag == HAD_VALUE_REF ? stated.items[i].object : NULL;
        if (!who || who == owner || named(&principals, who))
            continue;
        *had_push(l->arena, &principals) = who;
        bool same = !owner || same_organization(owner, who);
        inside |= same;
        outside |= !same;
    }
    if (!principals.count)
        return NULL;
    struct had_node *share =
        had_lower_node(l, object, "AWS::RAM::ResourceShare", "share", HAD_NO_KEY, place);
    had_lower_text(l, share, "Name", name, object->span);
    had_lower_bool(l, share, "AllowExternalPrincipals", outside, span);
    struct had_prop *list = had_prop_list(l->graph, span);
    const struct had_value *value = had_get(object, attribute);
    if (value->provenance == HAD_DERIVED)
        had_prop_because(l->graph, list, value->reason);
    had_each_object(who, &principals) {
        had_prop_append(l->graph, list, had_prop_principal(l, who, span));
        if (!had_is(who, "account") || same_organization(owner, who))
            continue;
        struct had_place there = had_place_at(had_context_account(l, who, place.context->region),
                                              place.layer, place.phase);
        struct had_node *acceptance =
            had_lower_node(l, object, "had::ShareAcceptance", "acceptance", who->address, there);
        had_lower_read(l, acceptance, "ResourceShareArn", share, "Arn", span);
    }
    had_node_set(l->graph, share, "Principals", list);
    struct had_prop *arns = had_prop_list(l->graph, object->span);
    had_prop_append(l->graph, arns, resource_arn);
    had_node_set(l->graph, share, "ResourceArns", arns);
    had_lower_tags(l, share, object, name);
    if (inside)
        had_lower_need(
            l, share,
            had_lower_find(l, owner ? had_organization_of(owner) : NULL, "sharing", HAD_NO_KEY),
            "a share inside the organization needs sharing with it to be switched on", span);
    return share;
}

void had_lower_sees(struct had_lowering *l, struct had_node *node, struct had_node *share,
                    const char *why, struct had_span span)
{
    if (!node || !share || had_str_eq(node->context->account, share->context->account))
        return;
    had_lower_edge(l, node, share, HAD_SEES, HAD_UNTIL_READY, why, span);
    had_str account = had_str_printf(l->arena, "account " HAD_FMT, HAD_ARG(node->context->account));
    struct had_node *acceptance =
        had_graph_find(l->graph, had_node_address(l->arena, share->object, "acceptance", account));
    had_lower_need(l, node, acceptance,
                   "an account outside the organization accepts the share first", span);
    /* A route goes with its attachment, so that the share need not outlive it by itself. */
    if (!node->type || strcmp(node->type->name, "AWS::EC2::Route") != 0)
        had_lower_edge(l, share, node, HAD_OUTLIVES, HAD_UNTIL_READY,
                       "what uses a shared thing goes before the share", span);
}

/* ---- what is used without being shared ---- */

struct use {
    const struct had_object *object, *account;
};

struct visible {
    struct had_lowering *l;
    had_array(struct use) reported;
};

/* Of a spoke that is attached already: its account sees the hub by a share that the spec does not
 * know. */
static bool attached(const struct had_lowering *l, const struct had_node *node)
{
    const struct had_object *at = had_spec_find(l->spec, node->object);
    while (at && !had_is(at, "spoke"))
        at = at->parent;
    return at && at->existing && had_present(at, "attachment");
}

static void check_read(struct visible *v, const struct had_node *node, const struct had_prop *prop)
{
    struct had_lowering *l = v->l;
    const struct had_node *of = prop->read.node;
    if (!of || !of->type || !of->type->shared || of->context->actor != HAD_ACTOR_DEPLOY ||
        had_str_eq(node->context->account, of->context->account))
        return;
    const struct had_object *object = had_spec_find(l->spec, of->object);
    const struct had_object *account = had_spec_find(
        l->spec, had_str_printf(l->arena, "account " HAD_FMT, HAD_ARG(node->context->account)));
    /* A peering names the other hub by its id and is accepted there. */
    if (!object || !account || had_is(object, "forward") || had_str_starts(node->object, "peer ") ||
        had_share_covers(object, account) || (had_is(object, "hub") && attached(l, node)))
        return;
    for (uint32_t i = 0; i < v->reported.count; i++)
        if (v->reported.items[i].object == object && v->reported.items[i].account == account)
            return;
    *had_push(l->arena, &v->reported) = (struct use){object, account};
    struct had_diag *d = had_report(
        l->diags, &HAD0752, had_span_known(prop->span) ? prop->span : node->origin->span,
        "`" HAD_FMT "` uses `" HAD_FMT "`, which is not shared with `" HAD_FMT "`",
        HAD_ARG(node->origin->object), HAD_ARG(object->address), HAD_ARG(account->address));
    if (had_present(object, "share-with"))
        had_diag_label(d, had_get_span(object, "share-with"), "with whom it is shared");
    else
        had_diag_label(d, object->span, "it has no `share-with`");
    had_diag_address(d, node->origin->object);
    had_diag_help(d,
                  "add `" HAD_FMT "`, its OU or the organization to `share-with` of `" HAD_FMT "`",
                  HAD_ARG(account->address), HAD_ARG(object->address));
}

static void check_prop(struct visible *v, const struct had_node *node, const struct had_prop *prop)
{
    switch (prop->tag) {
    case HAD_PROP_READ:
        check_read(v, node, prop);
        break;
    case HAD_PROP_LIST:
    case HAD_PROP_FORMAT:
        for (uint32_t i = 0; i < prop->items.count; i++)
            check_prop(v, node, prop->items.items[i]);
        break;
    case HAD_PROP_MAP:
        for (uint32_t i = 0; i < prop->entries.count; i++)
            check_prop(v, node, prop->entries.items[i].value);
        break;
    case HAD_PROP_STAGED:
        for (uint32_t i = 0; i < prop->stages.count; i++)
            check_prop(v, node, prop->stages.items[i].value);
        break;
    case HAD_PROP_TEXT:
    case HAD_PROP_INT:
    case HAD_PROP_BOOL:
    case HAD_PROP_SECRET:
        break;
    }
}

void had_lower_visible(struct had_lowering *l)
{
    struct visible v = {.l = l};
    for (uint32_t i = 0; i < l->graph->nodes.count; i++) {
        const struct had_node *node = l->graph->nodes.items[i];
        if (node->context->actor != HAD_ACTOR_DEPLOY || node->lifecycle == HAD_EXISTING)
            continue;
        for (uint32_t p = 0; p < node->props.count; p++)
            check_prop(&v, node, node->props.items[p].value);
    }
}
