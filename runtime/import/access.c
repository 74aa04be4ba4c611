/* Identity Center: permission sets, and who has which of them where. */
#include "import/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the instance ---- */

static bool at_domain(const char *name, const char *domain)
{
    const char *at = name ? strrchr(name, '@') : NULL;
    return at && domain && had_str_eq_nocase(had_str_c(at + 1), had_str_c(domain));
}

/* Groups of Active Directory are called NAME@domain: that is all that tells where people come from.
 */
static bool from_directory(const struct had_live *live)
{
    size_t i;
    json_t *object;
    had_live_each(live, "group", i, object)
        had_each(struct had_declared *, at, &live->declared)
            if (at_domain(had_live_text(object, "_name"),
                          json_string_value(json_object_get((*at)->attributes, "root"))))
                return true;
    return false;
}

static const char *source_of(const struct had_live *live, const struct had_declared *center)
{
    const char *any = NULL;
    size_t i;
    json_t *object;
    if (!from_directory(live))
        return "identity-store";
    had_live_each(live, "directory", i, object) {
        const char *id = had_live_text(object, "id");
        if (!had_live_declared(live, id))
            continue;
        any = any ? any : id;
        if (had_str_eq(had_live_str(object, "account"), had_live_str(center->object, "account")) &&
            had_str_eq(had_live_str(object, "region"), had_live_str(center->object, "region")))
            return id;
    }
    return any ? any : "identity-store";
}

static struct had_declared *center(struct had_live *live, json_t *object)
{
    size_t i;
    json_t *administrator;
    if (!had_str_eq(had_live_str(object, "_owner"), live->management)) {
        had_live_leave(live, object,
                       "an instance of one account: the language has the organization's");
        return NULL;
    }
    json_object_set(object, "account", json_object_get(object, "_owner"));
    had_live_each(live, "delegated-administrator", i, administrator)
        if (had_live_declared(live, had_live_text(administrator, "_account")))
            json_object_set(object, "account", json_object_get(administrator, "_account"));
    struct had_declared *declared = had_live_declare(live, object, NULL);
    declared->file = "access";
    declared->label = HAD_STR("people");
    declared->head = had_str_printf(live->arena, "in account " HAD_FMT " at region " HAD_FMT,
                                    HAD_ARG(had_live_owner_label(live, object)),
                                    HAD_ARG(had_live_str(object, "region")));
    had_live_set(declared, "source", json_string(source_of(live, declared)));
    had_live_note(live, declared,
                  "AWS tells neither the identity source (the groups' names do) nor `mfa`, "
                  "`unregistered` and "
                  "`portal-session`: look at them in the console.");
    return declared;
}

/* ---- permission sets ---- */

/* PT8H30M as 8h30m; NULL if it is something else. */
static char *duration(struct had_arena *arena, const char *iso)
{
    struct had_buffer b = {0};
    if (!iso || strncmp(iso, "PT", 2) != 0)
        return NULL;
    for (const char *at = iso + 2; *at; at++)
        had_buffer_char(&b, *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at);
    char *out = had_str_cstr(arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return out;
}

static const char *after(const char *text, const char *mark)
{
    const char *at = text ? strstr(text, mark) : NULL;
    return at ? at + strlen(mark) : NULL;
}

/* "/path/Name", or "Name" in the root. */
static json_t *own_policy(const json_t *reference)
{
    const char *path = had_live_text(reference, "Path"), *name = had_live_text(reference, "Name");
    return path && !had_same(path, "/") ? json_sprintf("%s%s", path, name ? name : "")
                                        : json_string(name ? name : "");
}

static void policies(struct had_live *live, struct had_declared *set)
{
    json_t *managed = json_array(), *own = json_array();
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(set->object, "_policies"), i, one) {
        const char *name = after(json_string_value(one), ":policy/");
        json_array_append_new(managed, json_string(name ? name : ""));
    }
    json_array_foreach(json_object_get(set->object, "_own"), i, one)
        json_array_append_new(own, own_policy(one));
    had_live_set(set, "policies", managed);
    had_live_set(set, "customer-policies", own);
    const json_t *boundary = json_object_get(set->object, "_boundary");
    const char *name = after(had_live_text(boundary, "ManagedPolicyArn"), ":policy/");
    if (name) {
        had_live_set(set, "boundary", json_string(name));
    } else if (boundary) {
        had_live_note(live, set,
                      "Its boundary is a policy of one's own: declare it with `policy`, then say "
                      "`boundary`.");
        had_live_leave(
            live, set->object,
            "its boundary is not in the spec: a policy of one's own has to be declared first");
    }
    had_str inline_policy = had_live_str(set->object, "_inline");
    if (inline_policy.len) {
        had_str path =
            had_str_printf(live->arena, "policies/" HAD_FMT ".json", HAD_ARG(set->label));
        json_t *document = json_loadb(inline_policy.ptr, inline_policy.len, 0, NULL);
        char *text = document ? json_dumps(document, JSON_INDENT(2)) : NULL;
        had_str written = text ? had_str_printf(live->arena, "%s\n", text) : inline_policy;
        free(text);
        json_decref(document);
        *had_push(live->arena, &live->files) = (struct had_live_file){path, written};
        had_live_set(set, "inline", json_pack("{s:s}", "file", had_str_cstr(live->arena, path)));
    }
}

static void permission_set(struct had_live *live, const json_t *object)
{
    if (!had_live_declared(live, had_live_text(object, "_instance"))) {
        had_live_leave(live, object, "its instance of Identity Center is not in the spec");
        return;
    }
    struct had_declared *declared = had_live_declare(live, object, NULL);
    declared->file = "access";
    char *session = duration(live->arena, had_live_text(object, "session"));
    if (session)
        had_live_set(declared, "session", json_string(session));
    policies(live, declared);
}

/* ---- assignments ---- */

static bool ends_below(const char *domain, const char *root)
{
    size_t a = strlen(domain), b = strlen(root);
    return a > b + 1 && domain[a - b - 1] == '.' &&
           had_str_eq_nocase(had_str_c(domain + a - b), had_str_c(root));
}

/* Groups of a domain below a forest's root tell of a child domain, which no call of AWS names. */
static void child_domains(struct had_live *live)
{
    static const char *const kinds[] = {"group", "user"};
    size_t i;
    json_t *object;
    for (size_t k = 0; k < 2; k++)
        had_live_each(live, kinds[k], i, object) {
            const char *name = had_live_text(object, "_name"),
                       *at = name ? strrchr(name, '@') : NULL;
            struct had_declared *above = NULL;
            bool known = !at;
            for (uint32_t d = 0; d < live->declared.count && !known; d++) {
                struct had_declared *forest = live->declared.items[d];
                const char *root = json_string_value(json_object_get(forest->attributes, "root"));
                known = root && at_domain(name, root);
                if (root && had_same(forest->kind->name, "forest") && ends_below(at + 1, root))
                    above = forest;
            }
            if (known || !above)
                continue;
            had_str domain = had_str_c(at + 1);
            struct had_declared *child = had_live_derive(
                live, "domain", had_str_slice(domain, 0, (uint32_t)had_str_find(domain, '.')),
                above);
            child->existing = true;
            had_live_set(child, "root", json_string(at + 1));
            had_live_set(child, "sites", json_incref(json_object_get(above->attributes, "sites")));
            had_live_note(live, child, "Found by a group of it that has access.");
        }
}

/* `group "CORP\\Admins"`: a group of a declared domain by its NetBIOS name, else one of Identity
 * Center's own. */
static had_str principal(struct had_live *live, const json_t *object, bool user)
{
    struct had_buffer b = {0};
    had_str name = had_live_str(object, "_name"), said = name;
    had_each(struct had_declared *, at, &live->declared) {
        const char *root = json_string_value(json_object_get((*at)->attributes, "root"));
        const char *netbios = json_string_value(json_object_get((*at)->attributes, "netbios"));
        if (!root || !at_domain(had_live_text(object, "_name"), root))
            continue;
        had_str short_name = had_str_c(netbios ? netbios : root);
        int64_t dot = had_str_find(short_name, '.');
        if (dot > 0)
            short_name.len = (uint32_t)dot;
        if (short_name.len > 15)
            short_name.len = 15;
        said = had_str_printf(live->arena, HAD_FMT "\\" HAD_FMT,
                              HAD_ARG(had_str_upper(live->arena, short_name)),
                              (int)(name.len - strlen(root) - 1), name.ptr);
    }
    had_buffer_c(&b, user ? "user " : "group ");
    had_live_quote(&b, said);
    had_str out = had_str_dup(live->arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return out;
}

static bool same_statement(const json_t *a, const json_t *b)
{
    return had_str_eq(had_live_str(a, "_set"), had_live_str(b, "_set")) &&
           had_str_eq(had_live_str(a, "_principal"), had_live_str(b, "_principal"));
}

/* One statement for a set and a principal, on all their accounts: those of the list from `begin` to
 * before `end`. */
static void assign(struct had_live *live, const json_t *list, size_t begin, size_t end)
{
    const json_t *one = json_array_get(list, begin);
    const struct had_declared *set = had_live_declared(live, had_live_text(one, "_set"));
    bool user = had_live_is(one, "_type", "USER");
    char key[256];
    snprintf(key, sizeof key, "principal " HAD_FMT, HAD_ARG(had_live_str(one, "_principal")));
    const json_t *who = had_live_object(live, user ? "user" : "group", key);
    struct had_buffer accounts = {0};
    uint32_t count = 0;
    for (size_t i = begin; i < end; i++) {
        const json_t *object = json_array_get(list, i);
        const struct had_declared *on = had_live_declared(live, had_live_text(object, "_account"));
        const char *why = !set ? "its permission set is not in the spec"
                          : !had_live_text(who, "_name")
                              ? "nobody of this id is in the identity store"
                          : !on ? "its account is not in the spec"
                                : NULL;
        if (why)
            had_live_leave(live, object, "%s", why);
        else
            had_buffer_printf(&accounts, "%saccount " HAD_FMT, count++ ? ", " : "",
                              HAD_ARG(on->label));
    }
    if (count)
        had_live_state(live, "assign", "access", HAD_FMT " to " HAD_FMT " on %s%s%s",
                       HAD_ARG(set->label), HAD_ARG(principal(live, who, user)),
                       count > 1 ? "[" : "", accounts.ptr, count > 1 ? "]" : "");
    had_buffer_free(&accounts);
}

/* Objects are sorted by id, and an assignment's begins with its set and its principal: what makes
 * one statement stands together. */
static void assignments(struct had_live *live)
{
    const json_t *list = had_live_kind(live, "assignment");
    size_t begin = 0, count = json_array_size(list);
    for (size_t end = 1; end <= count; end++)
        if (end == count ||
            !same_statement(json_array_get(list, begin), json_array_get(list, end))) {
            assign(live, list, begin, end);
            begin = end;
        }
}

void had_live_access(struct had_live *live)
{
    size_t i;
    json_t *object;
    had_live_each(live, "identity-center", i, object)
        center(live, object);
    had_live_each(live, "permission-set", i, object)
        permission_set(live, object);
    child_domains(live);
    assignments(live);
}
