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
        had_prop_because(list, value->reason);
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
