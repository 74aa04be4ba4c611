/* Which objects of others a caller sees: all of a kind, those that a rule of the kind says, or
 * those that a share names. */
#include "internal.h"

#include <string.h>

/* The last part of a path or ARN. */
static had_str last_part(const char *text)
{
    const char *slash = text ? strrchr(text, '/') : NULL;
    return had_str_c(slash ? slash + 1 : text ? text : "");
}

static bool is_in_force(const struct had_sim *sim, struct object *entry)
{
    const struct kind *kind = entry->kind;
    if (!had_sim_alive(sim, entry))
        return false;
    had_sim_age(sim, entry);
    const char *state = had_sim_text(entry->value, kind->state_at);
    return state && strcmp(state, kind->ready) == 0;
}

/* What a share's entry names: the caller's account, a unit above it, or its organization. */
static bool names_caller(struct had_sim *sim, const json_t *grants, const char *entity,
                         had_str account)
{
    const struct kind *member = had_sim_kind(had_sim_text(grants, "member"));
    const struct kind *unit = had_sim_kind(had_sim_text(grants, "unit"));
    const struct kind *root = had_sim_kind(had_sim_text(grants, "root"));
    const char *within = had_sim_text(grants, "within");
    had_str named = last_part(entity);
    if (had_str_eq(named, account))
        return true;
    struct object *at = had_sim_find_all(sim, member, account);
    if (at && had_sim_find_all(sim, root, named))
        return true;
    while (at) {
        had_str above = had_str_c(had_sim_text(at->value, within));
        if (above.len && had_str_eq(above, named))
            return true;
        at = above.len ? had_sim_find_all(sim, unit, above) : NULL;
    }
    return false;
}

/* Of a share, named by its entries' group: one that names the caller. */
static bool share_names(struct had_sim *sim, const json_t *grants, const struct objects *entries,
                        const char *group, had_str account)
{
    const char *in = had_sim_text(grants, "group"), *names = had_sim_text(grants, "names");
    for (uint32_t i = 0; i < entries->items.count; i++) {
        struct object *entry = entries->items.items[i];
        const char *of = had_sim_text(entry->value, in);
        if (is_in_force(sim, entry) && of && strcmp(of, group) == 0 &&
            names_caller(sim, grants, had_sim_text(entry->value, names), account))
            return true;
    }
    return false;
}

/* A share of the object's owner, in its Region, names the object and the caller. */
static bool is_granted(struct had_sim *sim, const struct kind *share, const struct object *object,
                       had_str account)
{
    const json_t *grants = json_object_get(share->row, "grants");
    const struct kind *kind = had_sim_kind(had_sim_text(grants, "type"));
    const char *names = had_sim_text(grants, "names"), *in = had_sim_text(grants, "group");
    struct objects *entries = had_sim_place(sim, kind, object->account, object->region);
    if (object->kind == share)
        return share_names(sim, grants, entries, object->id.ptr, account);
    for (uint32_t i = 0; i < entries->items.count; i++) {
        struct object *entry = entries->items.items[i];
        const char *group = had_sim_text(entry->value, in);
        if (is_in_force(sim, entry) && group &&
            had_str_eq(last_part(had_sim_text(entry->value, names)), object->id) &&
            share_names(sim, grants, entries, group, account))
            return true;
    }
    return false;
}

/* What it holds is seen: `{type, own, its}`. */
static bool holds_seen(struct had_sim *sim, const json_t *rule, const struct object *object,
                       had_str account, had_str region)
{
    const struct kind *kind = had_sim_kind(had_sim_text(rule, "type"));
    struct objects *all = had_sim_place(sim, kind, object->account, object->region);
    const char *own = had_sim_text(object->value, had_sim_text(rule, "own"));
    for (uint32_t i = 0; own && i < all->items.count; i++) {
        struct object *held = all->items.items[i];
        const char *its = had_sim_text(held->value, had_sim_text(rule, "its"));
        if (its && strcmp(own, its) == 0 && had_sim_alive(sim, held) &&
            had_sim_sees(sim, held, account, region))
            return true;
    }
    return false;
}

bool had_sim_owns(const struct object *object, had_str account, had_str region)
{
    return had_str_eq(object->account, account) &&
           (object->kind->global || had_str_eq(object->region, region));
}

bool had_sim_sees(struct had_sim *sim, const struct object *object, had_str account, had_str region)
{
    const struct kind *kind = object->kind;
    const char *word = json_string_value(kind->shared);
    if (had_sim_owns(object, account, region))
        return true;
    if (!kind->shared || json_is_boolean(kind->shared))
        return json_is_true(kind->shared);
    if (word && *word == '$') {
        struct had_scope scope = {.item = object->value, .account = account, .region = region};
        json_t *seen = had_template(kind->shared, &scope);
        bool yes = seen && !json_is_false(seen);
        json_decref(seen);
        return yes;
    }
    if (!kind->global && !had_str_eq(object->region, region))
        return false;
    return word ? is_granted(sim, had_sim_kind(word), object, account)
                : holds_seen(sim, kind->shared, object, account, region);
}

struct object *had_sim_find_seen(struct had_sim *sim, const struct kind *kind, had_str account,
                                 had_str region, had_str id)
{
    struct object *object = had_sim_find(sim, kind, account, region, id);
    if (object || !kind->shared)
        return object;
    object = had_sim_find_all(sim, kind, id);
    return object && had_sim_sees(sim, object, account, region) ? object : NULL;
}
