/* Groups and users: in a directory, in a forest by a controller of ours, in Identity Center's own
 * store. */
#include "lower/ad.h"
#include "lower/desired.h"

static const struct {
    const char *word, *ad;
} scopes[] = {
    {"global", "Global"},
    {"domain-local", "DomainLocal"},
    {"universal", "Universal"},
};

static const char *scope_of(const struct had_object *group)
{
    for (uint32_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        if (had_str_is(had_get_text(group, "scope"), scopes[i].word))
            return scopes[i].ad;
    }
    return "Global";
}

/* A principal as Active Directory names it: its own name, with the domain where that is another. */
static had_str member_name(struct had_lowering *l, const struct had_value *member,
                           const struct had_object *home)
{
    had_str name = member->principal->object ? had_outside_name(l->arena, member->principal->object)
                                             : member->principal->name;
    if (!member->principal->netbios.len || member->principal->domain == home)
        return name;
    return had_str_printf(l->arena, HAD_FMT "\\" HAD_FMT, HAD_ARG(member->principal->netbios),
                          HAD_ARG(name));
}

/* ---- in a directory ---- */

static void directory_group(struct had_lowering *l, const struct had_object *group,
                            const struct had_object *directory)
{
    struct had_node *on = had_lower_find(l, directory, "directory", HAD_NO_KEY);
    if (!on || group->existing)
        return;
    struct had_place place =
        had_place_own(l, directory, HAD_LAYER_ACCESS, HAD_PHASE_RESOURCE_FOREST);
    struct had_node *node =
        had_lower_node(l, group, "had::DirectoryGroup", "group", HAD_NO_KEY, place);
    had_lower_primary(l, node, group, NULL);
    had_lower_read(l, node, "DirectoryId", on, "Id", group->span);
    had_lower_text(l, node, "SAMAccountName", had_outside_name(l->arena, group), group->name_span);
    had_lower_c(l, node, "GroupScope", scope_of(group), had_get_span(group, "scope"));
    had_lower_c(l, node, "GroupType", "Security", group->span);
    if (node->description.len)
        had_lower_text(l, node, "Description", node->description, group->span);
    struct had_value_list members = had_get_list(group, "members");
    struct had_prop *list = had_prop_list(l->graph, had_get_span(group, "members"));
    for (uint32_t i = 0; i < members.count; i++) {
        if (members.items[i].tag == HAD_VALUE_PRINCIPAL)
            had_prop_append(l->graph, list,
                            had_prop_text(l->graph, member_name(l, &members.items[i], directory),
                                          members.items[i].span));
    }
    if (list->items.count)
        had_node_set(l->graph, node, "Members", list);
}

static bool group_names(const struct had_object *group, const struct had_object *user)
{
    struct had_value_list members = had_get_list(group, "members");
    for (uint32_t i = 0; i < members.count; i++) {
        if (members.items[i].tag == HAD_VALUE_PRINCIPAL &&
            members.items[i].principal->object == user)
            return true;
    }
    return false;
}

static void directory_user(struct had_lowering *l, const struct had_object *user,
                           const struct had_object *directory)
{
    struct had_node *on = had_lower_find(l, directory, "directory", HAD_NO_KEY);
    if (!on || user->existing)
        return;
    struct had_place place =
        had_place_own(l, directory, HAD_LAYER_ACCESS, HAD_PHASE_RESOURCE_FOREST);
    struct had_node *node =
        had_lower_node(l, user, "had::DirectoryUser", "user", HAD_NO_KEY, place);
    had_lower_primary(l, node, user, NULL);
    had_lower_read(l, node, "DirectoryId", on, "Id", user->span);
    had_lower_text(l, node, "SAMAccountName", had_outside_name(l->arena, user), user->name_span);
    had_lower_set(l, node, "EmailAddress", user, "email");
    had_lower_set(l, node, "GivenName", user, "given-name");
    had_lower_set(l, node, "Surname", user, "family-name");
    if (node->description.len)
        had_lower_text(l, node, "Description", node->description, user->span);
    struct had_prop *password =
        had_prop_of_secret(l, had_get(user, "password"), place.context, "Password");
    if (password)
        had_node_set(l->graph, node, "Password", password);
    struct had_value_list groups = had_get_list(user, "groups");
    struct had_prop *list = had_prop_list(l->graph, had_get_span(user, "groups"));
    for (uint32_t i = 0; i < groups.count; i++) {
        if (groups.items[i].tag != HAD_VALUE_REF)
            continue;
        const struct had_object *group = groups.items[i].object;
        if (group_names(group, user))
            continue; /* the group says so itself */
        had_prop_append(
            l->graph, list,
            had_prop_text(l->graph, had_outside_name(l->arena, group), groups.items[i].span));
        had_lower_need(l, node, had_lower_find(l, group, "group", HAD_NO_KEY),
                       "a group is there before it gets members", groups.items[i].span);
    }
    if (list->items.count)
        had_node_set(l->graph, node, "Groups", list);
}

/* Members of a group of the directory that are declared come before it. */
static void directory_members(struct had_lowering *l, const struct had_object *group)
{
    struct had_node *node = had_lower_find(l, group, "group", HAD_NO_KEY);
    struct had_value_list members = had_get_list(group, "members");
    for (uint32_t i = 0; node && i < members.count; i++) {
        const struct had_value *member = &members.items[i];
        if (member->tag != HAD_VALUE_PRINCIPAL || !member->principal->object)
            continue;
        const char *role = member->principal->is_user ? "user" : "group";
        had_lower_need(l, node, had_lower_find(l, member->principal->object, role, HAD_NO_KEY),
                       "members are there before the group gets them", member->span);
    }
}

/* ---- in a forest ---- */

/* A member of another forest or a directory is known once there is a trust with it. */
static void member_known(struct had_lowering *l, struct had_node *node,
                         const struct had_value *member, const struct had_object *domain)
{
    const struct had_object *forest = had_forest_of(domain);
    const struct had_object *home =
        member->tag == HAD_VALUE_PRINCIPAL ? member->principal->domain : NULL;
    if (!home || (!had_is(home, "directory") && had_forest_of(home) == forest))
        return;
    had_each_object(trust, had_spec_kind(l->spec, "trust")) {
        const struct had_object *other = had_trust_other(trust, forest);
        if (!other || (other != home && (had_is(home, "directory") || had_is(other, "directory") ||
                                         had_forest_of(other) != had_forest_of(home))))
            continue;
        const struct had_object *sides[2] = {forest, domain};
        for (uint32_t i = 0; i < 2; i++)
            had_lower_edge(l, node, had_lower_find(l, trust, "half", sides[i]->address), HAD_AFTER,
                           HAD_UNTIL_READY, "members of another forest are known by a trust",
                           member->span);
        had_lower_edge(l, node, had_lower_find(l, trust, "trust", HAD_NO_KEY), HAD_AFTER,
                       HAD_UNTIL_READY, "members of another forest are known by a trust",
                       member->span);
    }
}

static void forest_group(struct had_lowering *l, const struct had_object *group,
                         const struct had_object *domain)
{
    const struct had_object *first = had_first_controller(l, domain, false);
    const struct had_object *forest = had_forest_of(domain);
    struct had_value_list members = had_get_list(group, "members");
    struct had_span span = group->span;
    had_str name = had_outside_name(l->arena, group);
    if (group->existing)
        return; /* known by name: look-ups find it, nothing is written */
    if (!first) {
        had_str names = {0};
        for (uint32_t i = 0; i < members.count; i++) {
            if (members.items[i].tag == HAD_VALUE_PRINCIPAL)
                names = had_str_printf(l->arena, HAD_FMT "%s " HAD_FMT, HAD_ARG(names),
                                       names.len ? "," : "",
                                       HAD_ARG(member_name(l, &members.items[i], domain)));
        }
        had_lower_gate(
            l, group, "group", HAD_NO_KEY,
            had_str_printf(l->arena, "directory team of " HAD_FMT, HAD_ARG(forest->label)),
            HAD_PHASE_ACCESS,
            had_str_printf(l->arena,
                           "In " HAD_FMT ", make the %s security group " HAD_FMT "%s" HAD_FMT ".",
                           HAD_ARG(had_domain_name(domain)), scope_of(group), HAD_ARG(name),
                           names.len ? ", with the members" : "", HAD_ARG(names)),
            "Active Directory Users and Computers", "", "delete the group");
        return;
    }
    struct had_desired desired =
        had_desired_begin(l, group, "group", HAD_NO_KEY, forest, HAD_DESIRED_ACCOUNTS, first,
                          HAD_LAYER_ACCESS, HAD_PHASE_ACCESS);
    had_desired_add(&desired, "ADGroup", name, span);
    had_desired_text(&desired, "GroupName", name, group->name_span);
    had_desired_c(&desired, "GroupScope", scope_of(group), had_get_span(group, "scope"));
    had_desired_c(&desired, "Category", "Security", span);
    if (had_get_text(group, "ou").len)
        had_desired_text(&desired, "Path", had_get_text(group, "ou"), had_get_span(group, "ou"));
    had_desired_c(&desired, "Ensure", "Present", span);
    if (desired.node->description.len)
        had_desired_text(&desired, "Description", desired.node->description, span);
    for (uint32_t i = 0; i < members.count; i++) {
        if (members.items[i].tag == HAD_VALUE_PRINCIPAL)
            had_desired_item(&desired, "Members", member_name(l, &members.items[i], domain),
                             members.items[i].span);
    }
    struct had_prop *credential = had_promotion_secret(l, domain, desired.node->context);
    had_desired_put(&desired, "Credential", credential);
    had_machine_secret(l, first, credential);
    had_lower_need(l, desired.node, had_lower_find(l, first, "configuration", HAD_NO_KEY),
                   "a group is made on a controller", span);
    had_lower_need(l, desired.node, had_lower_find(l, domain, "domain", HAD_NO_KEY),
                   "a group stands in units that are there", span);
    for (uint32_t i = 0; i < members.count; i++) {
        const struct had_object *member =
            members.items[i].tag == HAD_VALUE_PRINCIPAL ? members.items[i].principal->object : NULL;
        member_known(l, desired.node, &members.items[i], domain);
        if (member && had_is(member, "group") && member->parent == domain && !member->existing)
            had_desired_after(&desired, "ADGroup", had_outside_name(l->arena, member));
    }
    had_desired_deliver(&desired, first, HAD_DESIRED_ACCOUNTS, forest);
}

/* ---- in Identity Center's own store ---- */

/* What is there already is only looked up. */
static void found(struct had_lowering *l, const struct had_object *object,
                  const struct had_object *center, bool user, struct had_place place)
{
    struct had_node *node =
        had_lower_node(l, object, "had::PrincipalLookup", "principal", HAD_NO_KEY, place);
    had_lower_read(l, node, "IdentityStoreId", had_center_instance(l, center), "IdentityStoreId",
                   object->span);
    had_lower_c(l, node, "PrincipalType", user ? "USER" : "GROUP", object->span);
    had_lower_text(l, node, "Name", had_outside_name(l->arena, object), object->name_span);
}

/* Id of a group or user of the store: of its node, or of the look-up. */
static void read_id(struct had_lowering *l, struct had_node *node, const char *path,
                    const struct had_object *object, const char *role, const char *attribute,
                    struct had_span span)
{
    struct had_node *known = had_lower_find(l, object, "principal", HAD_NO_KEY);
    if (known)
        had_lower_read(l, node, path, known, "PrincipalId", span);
    else
        had_lower_read(l, node, path, had_lower_find(l, object, role, HAD_NO_KEY), attribute, span);
}

static void store_group(struct had_lowering *l, const struct had_object *group,
                        const struct had_object *center)
{
    struct had_place place = had_place_own(l, center, HAD_LAYER_ACCESS, HAD_PHASE_ACCESS);
    if (group->existing) {
        found(l, group, center, false, place);
        return;
    }
    struct had_node *node =
        had_lower_node(l, group, "AWS::IdentityStore::Group", "group", HAD_NO_KEY, place);
    had_lower_primary(l, node, group, NULL);
    had_lower_read(l, node, "IdentityStoreId", had_center_instance(l, center), "IdentityStoreId",
                   group->span);
    had_lower_text(l, node, "DisplayName", had_outside_name(l->arena, group), group->name_span);
    if (node->description.len)
        had_lower_text(l, node, "Description", node->description, group->span);
}

static void store_user(struct had_lowering *l, const struct had_object *user,
                       const struct had_object *center)
{
    struct had_graph *g = l->graph;
    struct had_place place = had_place_own(l, center, HAD_LAYER_ACCESS, HAD_PHASE_ACCESS);
    if (user->existing) {
        found(l, user, center, true, place);
        return;
    }
    struct had_node *node =
        had_lower_node(l, user, "AWS::IdentityStore::User", "user", HAD_NO_KEY, place);
    had_str name = had_outside_name(l->arena, user);
    had_str given = had_get_text(user, "given-name");
    had_str family = had_get_text(user, "family-name");
    had_lower_primary(l, node, user, NULL);
    had_lower_read(l, node, "IdentityStoreId", had_center_instance(l, center), "IdentityStoreId",
                   user->span);
    had_lower_text(l, node, "UserName", name, user->name_span);
    had_str display = name;
    if (given.len && family.len)
        display = had_str_printf(l->arena, HAD_FMT " " HAD_FMT, HAD_ARG(given), HAD_ARG(family));
    had_lower_text(l, node, "DisplayName", display, user->span);
    /* The store wants both names of everybody. */
    had_lower_text(l, node, "Name.GivenName", given.len ? given : name,
                   had_get_span(user, "given-name"));
    had_lower_text(l, node, "Name.FamilyName", family.len ? family : name,
                   had_get_span(user, "family-name"));
    if (had_get_text(user, "email").len) {
        struct had_span span = had_get_span(user, "email");
        struct had_prop *mail = had_prop_map(g, span);
        struct had_prop *mails = had_prop_list(g, span);
        had_prop_put(g, mail, "Value", had_prop_text(g, had_get_text(user, "email"), span));
        had_prop_put(g, mail, "Type", had_prop_c(g, "work", span));
        had_prop_put(g, mail, "Primary", had_prop_bool(g, true, span));
        had_prop_append(g, mails, mail);
        had_node_set(g, node, "Emails", mails);
    }
}

static void membership(struct had_lowering *l, const struct had_object *said,
                       const struct had_object *center, const struct had_object *group,
                       const struct had_object *user, struct had_span span)
{
    if (!had_is(user, "user") || group->parent != center || user->parent != center)
        return;
    struct had_place place = had_place_own(l, center, HAD_LAYER_ACCESS, HAD_PHASE_ACCESS);
    bool fresh;
    struct had_node *node =
        had_lower_node_from(l, group->address, "AWS::IdentityStore::GroupMembership", "membership",
                            user->address, place, had_origin_of(l, said), &fresh);
    if (!fresh)
        return;
    had_lower_read(l, node, "IdentityStoreId", had_center_instance(l, center), "IdentityStoreId",
                   span);
    read_id(l, node, "GroupId", group, "group", "GroupId", span);
    read_id(l, node, "MemberId.UserId", user, "user", "UserId", span);
}

static void memberships(struct had_lowering *l, const struct had_object *object)
{
    const struct had_object *center = object->parent;
    if (had_is(object, "user")) {
        struct had_value_list groups = had_get_list(object, "groups");
        for (uint32_t i = 0; i < groups.count; i++) {
            if (groups.items[i].tag == HAD_VALUE_REF)
                membership(l, object, center, groups.items[i].object, object, groups.items[i].span);
        }
        return;
    }
    struct had_value_list members = had_get_list(object, "members");
    for (uint32_t i = 0; i < members.count; i++) {
        const struct had_value *member = &members.items[i];
        if (member->tag == HAD_VALUE_PRINCIPAL && member->principal->object)
            membership(l, object, center, object, member->principal->object, member->span);
    }
}

void had_lower_group_kind(struct had_lowering *l)
{
    had_each_object(group, had_spec_kind(l->spec, "group")) {
        if (!group->parent)
            continue;
        if (had_is(group->parent, "directory"))
            directory_group(l, group, group->parent);
        else if (had_is(group->parent, "identity-center"))
            store_group(l, group, group->parent);
        else
            forest_group(l, group, group->parent);
    }
    had_each_object(user, had_spec_kind(l->spec, "user")) {
        if (user->parent && had_is(user->parent, "directory"))
            directory_user(l, user, user->parent);
        else if (user->parent)
            store_user(l, user, user->parent);
    }
    static const char *const kinds[] = {"group", "user"};
    for (uint32_t k = 0; k < 2; k++) {
        had_each_object(object, had_spec_kind(l->spec, kinds[k])) {
            if (!object->parent)
                continue;
            if (had_is(object->parent, "identity-center"))
                memberships(l, object);
            else if (k == 0 && had_is(object->parent, "directory"))
                directory_members(l, object);
        }
    }
}
