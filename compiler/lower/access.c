/*
 * IAM Identity Center: delegated administration, the steps that have no API, permission sets,
 * policies in accounts, assignments and applications.
 */
#include "lower/ad.h"

#include "schema/literal.h"

#include <string.h>

#define OPEN_ASSIGNMENTS 10 /* of an instance at a time (Identity Center user guide, quotas) */
#define TEAM "identity team"

/* ---- contexts ---- */

static const struct had_object *the_center(const struct had_lowering *l)
{
    const had_objects *centers = had_spec_kind(l->spec, "identity-center");
    return centers->count ? centers->items[0] : NULL;
}

/* The management account in the Region of Identity Center. */
static const struct had_context *management(struct had_lowering *l, const struct had_object *center)
{
    struct had_context context = *had_context_management(l);
    context.region = had_region_code(center);
    return had_context_get(l->graph, &context);
}

static bool delegated(const struct had_lowering *l, const struct had_object *center)
{
    return l->management && had_object_account(center) != l->management;
}

struct had_node *had_center_instance(struct had_lowering *l, const struct had_object *center)
{
    struct had_node *known = had_lower_find(l, center, "instance", HAD_NO_KEY);
    if (known)
        return known;
    struct had_node *node =
        had_lower_node(l, center, "AWS::SSO::Instance", "instance", HAD_NO_KEY,
                       had_place_own(l, center, HAD_LAYER_ACCESS, HAD_PHASE_ACCESS));
    node->lifecycle = HAD_EXISTING;
    had_node_know(l->graph, node, "InstanceArn", had_get_text(center, "instance"));
    return node;
}

/* What is done with the delegated administrator's credentials waits until it is one. */
static void as_administrator(struct had_lowering *l, struct had_node *node,
                             const struct had_object *center, struct had_span span)
{
    if (node->context->actor == HAD_ACTOR_DEPLOY)
        had_lower_need(l, node, had_lower_find(l, center, "administrator", HAD_NO_KEY),
                       "the account administers Identity Center by delegation", span);
}

/* ---- the center ---- */

static struct had_node *gate(struct had_lowering *l, const struct had_object *object,
                             const char *role, had_str instruction, const char *where,
                             const char *probe, const char *undo)
{
    return had_lower_gate(l, object, role, HAD_NO_KEY, HAD_STR(TEAM), HAD_PHASE_ACCESS, instruction,
                          where, probe, undo);
}

static struct had_node *enable(struct had_lowering *l, const struct had_object *center)
{
    had_str account = l->management ? l->management->label : HAD_STR("management");
    had_str arn = had_get_text(center, "instance");
    struct had_node *node =
        gate(l, center, "enable",
             had_str_printf(l->arena,
                            "Enable IAM Identity Center for the organization in account " HAD_FMT
                            ", Region " HAD_FMT ". Its instance is " HAD_FMT ".",
                            HAD_ARG(account), HAD_ARG(had_region_code(center)), HAD_ARG(arn)),
             "IAM Identity Center, Enable", "sso:ListInstances",
             "delete the instance's configuration in its settings");
    had_lower_text(
        l, node, "Probe.Expect",
        had_str_printf(l->arena, "InstanceArn = " HAD_FMT ", Status = ACTIVE", HAD_ARG(arn)),
        had_get_span(center, "instance"));
    return node;
}

static void administrator(struct had_lowering *l, const struct had_object *center,
                          struct had_node *enabled)
{
    const struct had_object *account = had_object_account(center);
    struct had_span span = had_get_span(center, "account");
    if (!delegated(l, center))
        return;
    struct had_node *node = had_lower_node(
        l, center, "had::DelegatedAdministrator", "administrator", HAD_NO_KEY,
        had_place_at(had_context_management(l), HAD_LAYER_ORGANIZATION, HAD_PHASE_ACCESS));
    node->protect = HAD_PROTECT_KEEP;
    had_node_set(l->graph, node, "AccountId", had_prop_account_id(l, account, span));
    had_lower_c(l, node, "ServicePrincipal", "sso.amazonaws.com", span);
    had_lower_edge(l, node, enabled, HAD_AFTER, HAD_UNTIL_READY,
                   "an administrator is named once Identity Center is enabled", span);
    had_lower_need(l, node, had_lower_find(l, l->organization, "access", HAD_STR("sso")),
                   "delegation needs trusted access", span);
}

/* Changing the identity source is a step in the console: no API does it. */
static struct had_node *source(struct had_lowering *l, const struct had_object *center)
{
    const struct had_object *from = had_get_object(center, "source");
    struct had_span span = had_get_span(center, "source");
    if (!from)
        return NULL;
    bool directory = had_is(from, "directory");
    struct had_node *on =
        had_lower_find(l, from, directory ? "directory" : "connector", HAD_NO_KEY);
    had_str before =
        had_str_printf(l->arena,
                       "In account " HAD_FMT ", Region " HAD_FMT
                       ", choose Settings, Identity source, Change identity "
                       "source, Active Directory, and the %s " HAD_FMT ", ",
                       HAD_ARG(had_object_account(center)->label), HAD_ARG(had_region_code(center)),
                       directory ? "directory" : "connector", HAD_ARG(from->label));
    struct had_node *node = gate(l, center, "source", before, "IAM Identity Center, Settings", "",
                                 "change the identity source back; assignments are lost");
    node->protect = HAD_PROTECT_ACKNOWLEDGE; /* another source: all assignments are removed */
    if (on) {
        struct had_prop *text = had_prop_format(l->graph, span);
        had_prop_append(l->graph, text, had_prop_text(l->graph, before, span));
        had_prop_append(l->graph, text, had_prop_read(l->graph, on, "Id", span));
        had_prop_append(
            l->graph, text,
            had_prop_c(l->graph, ". Existing assignments are removed by the change.", span));
        had_node_set(l->graph, node, "Instruction", text);
    }
    had_lower_need(l, node, had_lower_find(l, center, "administrator", HAD_NO_KEY),
                   "the source belongs to the account that administers Identity Center", span);
    had_each_object(trust, had_spec_kind(l->spec, "trust")) {
        if (!directory || !had_trust_other(trust, from))
            continue;
        struct had_node *side = had_lower_find(l, trust, "trust", HAD_NO_KEY);
        if (!side)
            side = had_lower_find(l, trust, "trust", from->address);
        had_lower_edge(l, node, side, HAD_NEEDS, HAD_UNTIL_VERIFIED,
                       "people of trusted forests are found through a verified trust", span);
    }
    return node;
}

/* Principals as a list, with a space before the first. */
static had_str names_of(struct had_lowering *l, struct had_value_list principals)
{
    struct had_buffer names = {0};
    for (uint32_t i = 0; i < principals.count; i++) {
        const struct had_value *value = &principals.items[i];
        if (value->tag != HAD_VALUE_PRINCIPAL)
            continue;
        had_buffer_c(&names, names.len ? ", " : " ");
        had_buffer_c(&names, value->principal->is_user ? "user " : "group ");
        if (value->principal->netbios.len) {
            had_buffer_str(&names, value->principal->netbios);
            had_buffer_char(&names, '\\');
        }
        had_buffer_str(&names, value->principal->name);
    }
    had_str text = had_str_dup(l->arena, had_buffer_view(&names));
    had_buffer_free(&names);
    return text;
}

static void steps(struct had_lowering *l, const struct had_object *center)
{
    struct had_node *from = source(l, center);
    struct had_value_list sync = had_get_list(center, "sync");
    struct had_span span = center->span;
    if (from && sync.count) {
        struct had_node *scope =
            gate(l, center, "sync",
                 had_str_printf(
                     l->arena,
                     "Choose Settings, Identity source, Manage sync, and add to the scope:" HAD_FMT,
                     HAD_ARG(names_of(l, sync))),
                 "IAM Identity Center, Settings, Manage sync", "", "remove them from the scope");
        had_lower_edge(l, scope, from, HAD_AFTER, HAD_UNTIL_READY,
                       "a scope belongs to the identity source", had_get_span(center, "sync"));
    }
    static const struct {
        const char *word, *label;
    } modes[] = {
        {"always", "every time they sign in (always-on)"},
        {"context", "only when their sign-in context changes (context-aware)"},
        {"never", "never (disabled)"},
    };
    static const struct {
        const char *word, *label;
    } devices[] = {
        {"enroll", "require them to register an MFA device at sign-in"},
        {"block", "block their sign-in"},
        {"allow", "allow them to sign in"},
    };
    const char *mode = "";
    const char *device = "";
    for (uint32_t i = 0; i < 3; i++) {
        if (had_str_is(had_get_text(center, "mfa"), modes[i].word))
            mode = modes[i].label;
        if (had_str_is(had_get_text(center, "unregistered"), devices[i].word))
            device = devices[i].label;
    }
    struct had_node *mfa = gate(
        l, center, "mfa",
        had_str_printf(l->arena,
                       "Choose Settings, Authentication. Prompt users for MFA: %s. If a user has "
                       "no registered "
                       "device: %s. Set the session duration of the access portal to " HAD_FMT ".",
                       mode, device,
                       HAD_ARG(had_duration_text(l->arena, had_get_int(center, "portal-session")))),
        "IAM Identity Center, Settings, Authentication", "", "set the former values again");
    had_lower_edge(l, mfa, from, HAD_AFTER, HAD_UNTIL_READY,
                   "a change of the identity source may reset MFA", had_get_span(center, "mfa"));
    had_lower_need(l, mfa, had_lower_find(l, center, "administrator", HAD_NO_KEY),
                   "the account administers Identity Center by delegation", span);
}

static void attributes(struct had_lowering *l, const struct had_object *center)
{
    struct had_graph *g = l->graph;
    const struct had_value *map = had_get(center, "attributes");
    struct had_span span = had_get_span(center, "attributes");
    if (map->tag != HAD_VALUE_MAP || !map->map.count)
        return;
    struct had_node *node = had_lower_node(
        l, center, "AWS::SSO::InstanceAccessControlAttributeConfiguration", "attributes",
        HAD_NO_KEY, had_place_own(l, center, HAD_LAYER_ACCESS, HAD_PHASE_ACCESS));
    had_lower_text(l, node, "InstanceArn", had_get_text(center, "instance"),
                   had_get_span(center, "instance"));
    struct had_prop *list = had_prop_list(g, span);
    for (uint32_t i = 0; i < map->map.count; i++) {
        const struct had_value_entry *entry = &map->map.entries[i];
        struct had_prop *attribute = had_prop_map(g, entry->key_span);
        struct had_prop *value = had_prop_map(g, entry->value->span);
        struct had_prop *from = had_prop_list(g, entry->value->span);
        had_prop_append(g, from, had_prop_text(g, entry->value->text, entry->value->span));
        had_prop_put(g, value, "Source", from);
        had_prop_put(g, attribute, "Key", had_prop_text(g, entry->key, entry->key_span));
        had_prop_put(g, attribute, "Value", value);
        had_prop_append(g, list, attribute);
    }
    had_node_set(g, node, "AccessControlAttributes", list);
    as_administrator(l, node, center, span);
    had_lower_edge(l, node, had_lower_find(l, center, "source", HAD_NO_KEY), HAD_AFTER,
                   HAD_UNTIL_READY, "attributes are read from the identity source", span);
}

/* ---- permission sets ---- */

static bool on_management(const struct had_lowering *l, const struct had_object *set)
{
    had_each_object(assign, had_spec_kind(l->spec, "assign")) {
        if (assign->subject.tag == HAD_VALUE_REF && assign->subject.object == set &&
            l->management && had_get_object(assign, "account") == l->management)
            return true;
    }
    return false;
}

/* ARN of a policy that AWS manages, by name or by path and name. */
static had_str managed_arn(struct had_lowering *l, const struct had_context *context, had_str name)
{
    if (had_str_starts(name, "/"))
        name = had_str_slice(name, 1, name.len);
    return had_str_printf(l->arena, "arn:" HAD_FMT ":iam::aws:policy/" HAD_FMT,
                          HAD_ARG(context->partition), HAD_ARG(name));
}

/* Name and path of a policy of one's own: of a declared one, or of "/path/Name". */
static struct had_prop *customer_policy(struct had_lowering *l, const struct had_value *value)
{
    struct had_graph *g = l->graph;
    struct had_prop *reference = had_prop_map(g, value->span);
    had_str name = value->text;
    had_str path = HAD_STR("/");
    if (value->tag == HAD_VALUE_REF) {
        name = had_lower_name(l, value->object, "_+=,.@-", 128);
        path = had_get_text(value->object, "path");
    } else {
        uint32_t slash = name.len;
        while (slash > 0 && name.ptr[slash - 1] != '/')
            slash--;
        if (slash) {
            path = had_str_slice(name, 0, slash);
            name = had_str_slice(name, slash, name.len);
            if (!had_str_starts(path, "/"))
                path = had_str_printf(l->arena, "/" HAD_FMT, HAD_ARG(path));
        }
    }
    had_prop_put(g, reference, "Name", had_prop_text(g, name, value->span));
    had_prop_put(g, reference, "Path",
                 had_prop_text(g, path.len ? path : HAD_STR("/"), value->span));
    return reference;
}

/* Every node of a declared policy: it must stand in an account before the set is provisioned there.
 */
static void need_policy(struct had_lowering *l, struct had_node *set, const struct had_value *value)
{
    if (value->tag != HAD_VALUE_REF)
        return;
    had_each_object(account, had_spec_kind(l->spec, "account"))
        had_lower_need(l, set, had_lower_find(l, value->object, "policy", account->address),
                       "a set refers to policies that are in the account", value->span);
}

static void permission_set(struct had_lowering *l, const struct had_object *set,
                           const struct had_object *center)
{
    struct had_graph *g = l->graph;
    bool management_only = on_management(l, set);
    const struct had_context *context =
        management_only ? management(l, center) : had_context_own(l, center);
    struct had_node *node =
        had_lower_node(l, set, "AWS::SSO::PermissionSet", "set", HAD_NO_KEY,
                       had_place_at(context, HAD_LAYER_ACCESS, HAD_PHASE_ACCESS));
    had_lower_primary(l, node, set, "PermissionSetArn");
    had_lower_text(l, node, "InstanceArn", had_get_text(center, "instance"),
                   had_get_span(center, "instance"));
    had_lower_text(l, node, "Name", had_lower_name(l, set, "_+=,.@-", 32), set->name_span);
    if (node->description.len)
        had_lower_text(l, node, "Description", node->description, set->span);
    had_lower_text(l, node, "SessionDuration",
                   had_duration_iso8601(l->arena, had_get_int(set, "session")),
                   had_get_span(set, "session"));
    struct had_value_list policies = had_get_list(set, "policies");
    if (policies.count) {
        struct had_prop *list = had_prop_list(g, had_get_span(set, "policies"));
        for (uint32_t i = 0; i < policies.count; i++)
            had_prop_append(g, list,
                            had_prop_text(g, managed_arn(l, context, policies.items[i].text),
                                          policies.items[i].span));
        had_node_set(g, node, "ManagedPolicies", list);
    }
    struct had_value_list own = had_get_list(set, "customer-policies");
    if (own.count) {
        struct had_prop *list = had_prop_list(g, had_get_span(set, "customer-policies"));
        for (uint32_t i = 0; i < own.count; i++) {
            had_prop_append(g, list, customer_policy(l, &own.items[i]));
            need_policy(l, node, &own.items[i]);
        }
        had_node_set(g, node, "CustomerManagedPolicyReferences", list);
    }
    had_lower_document(l, node, "InlinePolicy", set, "inline");
    const struct had_value *boundary = had_get(set, "boundary");
    if (boundary->tag == HAD_VALUE_REF) {
        had_node_set(g, node, "PermissionsBoundary.CustomerManagedPolicyReference",
                     customer_policy(l, boundary));
        need_policy(l, node, boundary);
    } else if (boundary->tag == HAD_VALUE_TEXT) {
        had_lower_text(l, node, "PermissionsBoundary.ManagedPolicyArn",
                       managed_arn(l, context, boundary->text), boundary->span);
    }
    had_lower_set(l, node, "RelayStateType", set, "relay-state");
    had_lower_tags(l, node, set, (had_str){0});
    as_administrator(l, node, center, set->span);
    had_lower_edge(l, node, had_lower_find(l, center, "enable", HAD_NO_KEY), HAD_AFTER,
                   HAD_UNTIL_READY, "permission sets belong to an instance that is enabled",
                   set->span);
}

static void policy(struct had_lowering *l, const struct had_object *policy)
{
    struct had_value_list places = had_get_list(policy, "accounts");
    had_each_object(account, had_spec_kind(l->spec, "account")) {
        const struct had_value *said = NULL;
        for (uint32_t i = 0; i < places.count && !said; i++) {
            if (places.items[i].tag == HAD_VALUE_REF &&
                had_object_within(account, places.items[i].object))
                said = &places.items[i];
        }
        if (!said)
            continue;
        struct had_node *node = had_lower_node(
            l, policy, "AWS::IAM::ManagedPolicy", "policy", account->address,
            had_place_at(had_context_global(l, account), HAD_LAYER_ACCESS, HAD_PHASE_ACCESS));
        had_lower_primary(l, node, policy, NULL);
        had_str name = had_lower_name(l, policy, "_+=,.@-", 128);
        had_str path = had_get_text(policy, "path");
        had_lower_text(l, node, "ManagedPolicyName", name, policy->name_span);
        had_lower_text(l, node, "Path", path, had_get_span(policy, "path"));
        if (policy->existing && node->context->account_id.len)
            had_node_know(
                l->graph, node, "PolicyArn",
                had_str_printf(l->arena, "arn:" HAD_FMT ":iam::" HAD_FMT ":policy" HAD_FMT HAD_FMT,
                               HAD_ARG(node->context->partition),
                               HAD_ARG(node->context->account_id), HAD_ARG(path), HAD_ARG(name)));
        had_lower_document(l, node, "PolicyDocument", policy, "document");
        if (node->description.len)
            had_lower_text(l, node, "Description", node->description, policy->span);
    }
}

/* ---- assignments ---- */

/* Identity Center finds people of Active Directory by NAME@domain. */
static had_str lookup_name(struct had_lowering *l, const struct had_principal *principal)
{
    had_str name =
        principal->object ? had_outside_name(l->arena, principal->object) : principal->name;
    if (!principal->domain)
        return name;
    return had_str_printf(l->arena, HAD_FMT "@" HAD_FMT, HAD_ARG(name),
                          HAD_ARG(had_domain_name(principal->domain)));
}

static struct had_prop *principal_id(struct had_lowering *l, const struct had_object *center,
                                     const struct had_value *value,
                                     const struct had_context *context)
{
    const struct had_principal *principal = value->principal;
    bool own = principal->object && principal->object->parent &&
               had_is(principal->object->parent, "identity-center");
    const char *role = principal->is_user ? "user" : "group";
    struct had_node *declared =
        principal->object ? had_lower_find(l, principal->object, role, HAD_NO_KEY) : NULL;
    if (own && declared)
        return had_prop_read(l->graph, declared, principal->is_user ? "UserId" : "GroupId",
                             value->span);
    if (own) {
        struct had_node *known = had_lower_find(l, principal->object, "principal", HAD_NO_KEY);
        if (known)
            return had_prop_read(l->graph, known, "PrincipalId", value->span);
    }
    had_str name = lookup_name(l, principal);
    had_str key = had_str_printf(l->arena, "%s " HAD_FMT "%s", role, HAD_ARG(name),
                                 context->actor == HAD_ACTOR_MANAGEMENT ? ",management" : "");
    bool fresh;
    struct had_node *node = had_lower_node_from(
        l, center->address, "had::PrincipalLookup", "principal", key,
        had_place_at(context, HAD_LAYER_ACCESS, HAD_PHASE_ACCESS),
        had_origin_derived(l, center, HAD_STR("principals of assignments"), value->span), &fresh);
    if (fresh) {
        had_lower_read(l, node, "IdentityStoreId", had_center_instance(l, center),
                       "IdentityStoreId", value->span);
        had_lower_c(l, node, "PrincipalType", principal->is_user ? "USER" : "GROUP", value->span);
        had_lower_text(l, node, "Name", name, value->span);
        as_administrator(l, node, center, value->span);
        had_lower_edge(l, node, had_lower_find(l, center, "sync", HAD_NO_KEY), HAD_AFTER,
                       HAD_UNTIL_READY, "people are found once they are synchronized", value->span);
        had_lower_need(l, node, declared, "a group is found once it is made", value->span);
    }
    return had_prop_read(l->graph, node, "PrincipalId", value->span);
}

static void assign(struct had_lowering *l, const struct had_object *assign,
                   const struct had_object *center)
{
    const struct had_object *set =
        assign->subject.tag == HAD_VALUE_REF ? assign->subject.object : NULL;
    const struct had_object *account = had_get_object(assign, "account");
    const struct had_value *principal = had_get(assign, "principal");
    struct had_node *of = had_lower_find(l, set, "set", HAD_NO_KEY);
    if (principal->tag == HAD_VALUE_LIST && principal->list.count == 1)
        principal = &principal->list.items[0];
    if (!of || !account || principal->tag != HAD_VALUE_PRINCIPAL)
        return;
    /* The delegated administrator cannot touch what the management account uses. */
    const struct had_context *context = of->context->actor == HAD_ACTOR_MANAGEMENT
                                            ? management(l, center)
                                            : had_context_own(l, center);
    struct had_node *node =
        had_lower_node(l, assign, "AWS::SSO::Assignment", "assignment", HAD_NO_KEY,
                       had_place_at(context, HAD_LAYER_ACCESS, HAD_PHASE_ACCESS));
    struct had_span span = assign->span;
    had_lower_text(l, node, "InstanceArn", had_get_text(center, "instance"),
                   had_get_span(center, "instance"));
    had_lower_read(l, node, "PermissionSetArn", of, "PermissionSetArn", assign->subject.span);
    had_node_set(l->graph, node, "PrincipalId", principal_id(l, center, principal, context));
    had_lower_c(l, node, "PrincipalType", principal->principal->is_user ? "USER" : "GROUP",
                principal->span);
    had_node_set(l->graph, node, "TargetId",
                 had_prop_account_id(l, account, had_get_span(assign, "account")));
    had_lower_c(l, node, "TargetType", "AWS_ACCOUNT", had_get_span(assign, "account"));
    node->lane = had_graph_keep(l->graph, center->address);
    node->lane_width = OPEN_ASSIGNMENTS;
    had_lower_edge(l, node, had_lower_find(l, center, "sync", HAD_NO_KEY), HAD_AFTER,
                   HAD_UNTIL_READY, "people are assigned once they are synchronized", span);
    as_administrator(l, node, center, span);
}

/* ---- applications ---- */

static void application(struct had_lowering *l, const struct had_object *application,
                        const struct had_object *center)
{
    struct had_buffer text = {0};
    had_buffer_printf(&text,
                      "Add a customer managed SAML 2.0 application " HAD_FMT ": ACS URL " HAD_FMT
                      ", audience " HAD_FMT,
                      HAD_ARG(had_outside_name(l->arena, application)),
                      HAD_ARG(had_get_text(application, "acs")),
                      HAD_ARG(had_get_text(application, "audience")));
    if (had_get_text(application, "start-url").len)
        had_buffer_printf(&text, ", start URL " HAD_FMT,
                          HAD_ARG(had_get_text(application, "start-url")));
    const struct had_value *map = had_get(application, "attributes");
    for (uint32_t i = 0; map->tag == HAD_VALUE_MAP && i < map->map.count; i++)
        had_buffer_printf(&text, ", attribute " HAD_FMT " from " HAD_FMT,
                          HAD_ARG(map->map.entries[i].key),
                          HAD_ARG(map->map.entries[i].value->text));
    if (had_get_text(application, "certificate").len)
        had_buffer_printf(&text, ", certificate " HAD_FMT,
                          HAD_ARG(had_get_text(application, "certificate")));
    struct had_value_list groups = had_get_list(application, "groups");
    if (groups.count) {
        had_buffer_c(&text, ". Assign to it:");
        had_buffer_str(&text, names_of(l, groups));
    }
    struct had_node *node =
        gate(l, application, "gate", had_str_dup(l->arena, had_buffer_view(&text)),
             "IAM Identity Center, Applications", "", "remove the application");
    had_buffer_free(&text);
    if (!center)
        return;
    const char *const before[] = {"source", "sync", "enable"};
    for (uint32_t i = 0; i < 3; i++)
        had_lower_edge(l, node, had_lower_find(l, center, before[i], HAD_NO_KEY), HAD_AFTER,
                       HAD_UNTIL_READY, "an application takes people of the identity source",
                       application->span);
}

void had_lower_access(struct had_lowering *l)
{
    const struct had_object *center = the_center(l);
    if (center) {
        struct had_node *enabled = enable(l, center);
        had_lower_edge(l, had_center_instance(l, center), enabled, HAD_AFTER, HAD_UNTIL_READY,
                       "the instance is there once Identity Center is enabled", center->span);
        administrator(l, center, enabled);
        steps(l, center);
        attributes(l, center);
    }
    had_each_object(one, had_spec_kind(l->spec, "policy"))
        policy(l, one);
    had_each_object(set, had_spec_kind(l->spec, "permission-set")) {
        if (center)
            permission_set(l, set, center);
    }
    had_each_object(each, had_spec_kind(l->spec, "assign")) {
        if (center)
            assign(l, each, center);
    }
    had_each_object(app, had_spec_kind(l->spec, "application"))
        application(l, app, center);
}
