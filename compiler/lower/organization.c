/* organization, ou, account, region: made with the management account's credentials. */
#include "lower/internal.h"

/* Word of `trusted-services` → service principal. */
static const struct {
    const char *word, *principal;
} services[] = {
    {"ds", "ds.amazonaws.com"},
    {"ram", "ram.amazonaws.com"},
    {"sso", "sso.amazonaws.com"},
};

static had_str service_principal(struct had_lowering *l, had_str word)
{
    for (uint32_t i = 0; i < sizeof services / sizeof *services; i++)
        if (had_str_is(word, services[i].word))
            return had_str_c(services[i].principal);
    if (had_str_find(word, '.') >= 0)
        return word;
    return had_str_printf(l->arena, HAD_FMT ".amazonaws.com", HAD_ARG(word));
}

static struct had_place management(struct had_lowering *l)
{
    return had_place_at(had_context_management(l), HAD_LAYER_ORGANIZATION, HAD_PHASE_FOUNDATION);
}

static void lower_services(struct had_lowering *l, const struct had_object *organization,
                           struct had_node *node)
{
    struct had_value_list words = had_get_list(organization, "trusted-services");
    struct had_span span = had_get_span(organization, "trusted-services");
    for (uint32_t i = 0; i < words.count; i++) {
        const struct had_value *value = &words.items[i];
        bool ram = had_str_is(value->text, "ram");
        struct had_node *access = had_lower_node(
            l, organization, ram ? "had::ResourceSharing" : "had::TrustedAccess",
            ram ? "sharing" : "access", ram ? HAD_NO_KEY : value->text, management(l));
        access->protect = HAD_PROTECT_KEEP;
        if (!ram)
            had_lower_text(l, access, "ServicePrincipal", service_principal(l, value->text), span);
        had_lower_need(l, access, node, "trusted access is a setting of the organization", span);
    }
}

static void lower_organization(struct had_lowering *l, const struct had_object *organization)
{
    struct had_node *node = had_lower_node(l, organization, "AWS::Organizations::Organization",
                                           "organization", HAD_NO_KEY, management(l));
    had_lower_primary(l, node, organization, "Id");
    if (!organization->existing)
        node->protect = HAD_PROTECT_KEEP;
    const struct had_object *account = had_get_object(organization, "management");
    had_str id = had_get_text(organization, "id");
    had_str management_id = account ? had_get_text(account, "id") : (had_str){0};
    if (organization->existing && id.len && management_id.len)
        had_node_know(
            l->graph, node, "Arn",
            had_str_printf(l->arena,
                           "arn:" HAD_FMT ":organizations::" HAD_FMT ":organization/" HAD_FMT,
                           HAD_ARG(node->context->partition), HAD_ARG(management_id), HAD_ARG(id)));
    if (had_lower_states(node, organization, "features"))
        had_lower_c(l, node, "FeatureSet",
                    had_str_is(had_get_text(organization, "features"), "billing")
                        ? "CONSOLIDATED_BILLING"
                        : "ALL",
                    had_get_span(organization, "features"));
    lower_services(l, organization, node);
}

/* The root of the organization, or the OU: where an OU or account hangs. */
static struct had_prop *parent_id(struct had_lowering *l, const struct had_object *object)
{
    const struct had_object *up = object->parent;
    if (!up)
        up = had_get_object(object, "in");
    if (!up)
        return NULL;
    if (had_is(up, "organization"))
        return had_prop_read(l->graph, had_lower_find(l, up, "organization", HAD_NO_KEY), "RootId",
                             object->span);
    return had_prop_read(l->graph, had_lower_find(l, up, "ou", HAD_NO_KEY), "Id", object->span);
}

static void lower_ou(struct had_lowering *l, const struct had_object *ou)
{
    if (had_lower_find(l, ou, "ou", HAD_NO_KEY))
        return;
    if (ou->parent && had_is(ou->parent, "ou"))
        lower_ou(l, ou->parent);
    struct had_node *node = had_lower_node(l, ou, "AWS::Organizations::OrganizationalUnit", "ou",
                                           HAD_NO_KEY, management(l));
    had_lower_primary(l, node, ou, "Id");
    if (had_lower_knows_name(ou))
        had_lower_text(l, node, "Name", had_outside_name(l->arena, ou), ou->span);
    struct had_prop *parent = parent_id(l, ou);
    if (parent)
        had_node_set(l->graph, node, "ParentId", parent);
    had_lower_tags(l, node, ou, HAD_NO_KEY);
    const struct had_object *organization = had_organization_of(ou);
    had_str id = had_get_text(ou, "id");
    had_str root = organization ? had_get_text(organization, "id") : (had_str){0};
    had_str account = l->management ? had_get_text(l->management, "id") : (had_str){0};
    if (ou->existing && id.len && root.len && account.len)
        had_node_know(
            l->graph, node, "Arn",
            had_str_printf(
                l->arena, "arn:" HAD_FMT ":organizations::" HAD_FMT ":ou/" HAD_FMT "/" HAD_FMT,
                HAD_ARG(node->context->partition), HAD_ARG(account), HAD_ARG(root), HAD_ARG(id)));
}

static void lower_account(struct had_lowering *l, const struct had_object *account)
{
    struct had_node *node = had_lower_node(l, account, "AWS::Organizations::Account", "account",
                                           HAD_NO_KEY, management(l));
    had_lower_primary(l, node, account, "AccountId");
    if (had_lower_knows_name(account))
        had_lower_text(l, node, "AccountName", had_outside_name(l->arena, account), account->span);
    had_lower_set(l, node, "Email", account, "email");
    struct had_prop *parent = parent_id(l, account);
    if (parent) {
        struct had_prop *parents = had_prop_list(l->graph, account->span);
        had_prop_append(l->graph, parents, parent);
        had_node_set(l->graph, node, "ParentIds", parents);
    }
    had_lower_tags(l, node, account, HAD_NO_KEY);
    struct had_value_list regions = had_get_list(account, "regions");
    for (uint32_t i = 0; i < regions.count; i++) {
        if (regions.items[i].tag != HAD_VALUE_REF)
            continue;
        had_str code = regions.items[i].object->name;
        const struct had_fact_region *fact = had_fact_region_find(code);
        if (!fact || !had_str_is(had_str_c(fact->opt_in), "opt-in"))
            continue;
        struct had_span span = had_get_span(account, "regions");
        struct had_node *region =
            had_lower_node(l, account, "had::RegionOptIn", "region", code, management(l));
        had_node_set(l->graph, region, "AccountId", had_prop_account_id(l, account, span));
        had_lower_text(l, region, "RegionName", code, span);
    }
}

void had_lower_organization(struct had_lowering *l)
{
    had_each_object(organization, had_spec_kind(l->spec, "organization"))
        lower_organization(l, organization);
    had_each_object(ou, had_spec_kind(l->spec, "ou"))
        lower_ou(l, ou);
    had_each_object(account, had_spec_kind(l->spec, "account"))
        lower_account(l, account);
}

/* ---- what needs its account ---- */

/* What the nodes of one account wait for. */
struct account {
    struct had_node *made; /* NULL: it is there */
    had_nodes regions;     /* opt-ins */
    struct had_span span;
};

static struct account *account_needs(struct had_lowering *l, const struct had_object *object)
{
    struct account *account = had_new(l->arena, struct account);
    struct had_node *node = had_lower_find(l, object, "account", HAD_NO_KEY);
    account->made = node->lifecycle == HAD_MANAGED ? node : NULL;
    account->span = object->span;
    struct had_value_list regions = had_get_list(object, "regions");
    for (uint32_t i = 0; i < regions.count; i++) {
        struct had_node *region =
            regions.items[i].tag == HAD_VALUE_REF
                ? had_lower_find(l, object, "region", regions.items[i].object->name)
                : NULL;
        if (region)
            *had_push(l->arena, &account->regions) = region;
    }
    return account;
}

/*
 * Everything in an account that we make waits for it, and for the opt-in of its Region. Of existing
 * accounts there is nothing to wait for but the opt-in.
 */
void had_lower_account_needs(struct had_lowering *l)
{
    struct had_map by_name = {0};
    had_each_object(object, had_spec_kind(l->spec, "account")) {
        struct account *account = account_needs(l, object);
        if (account->made || account->regions.count)
            had_map_put(l->arena, &by_name,
                        had_intern(&l->graph->symbols, had_account_name(object)),
                        (uintptr_t)account);
    }
    for (uint32_t i = 0; by_name.count && i < l->graph->nodes.count; i++) {
        struct had_node *node = l->graph->nodes.items[i];
        if (node->context->actor != HAD_ACTOR_DEPLOY || node->class == HAD_FACT)
            continue;
        const uint64_t *found =
            had_map_get(&by_name, had_intern(&l->graph->symbols, node->context->account));
        if (!found)
            continue;
        const struct account *account = (const struct account *)(uintptr_t)*found;
        had_lower_need(l, node, account->made, "the account comes before what it holds",
                       account->span);
        for (uint32_t r = 0; r < account->regions.count; r++)
            if (had_str_eq(account->regions.items[r]->key, node->context->region))
                had_lower_need(l, node, account->regions.items[r],
                               "the account enables the Region before it is used", account->span);
    }
}
