/* SEC: secrets, and who acts where everything can be done. */
#include "check/rules/rule.h"

#include "base/symbol.h"

/*
 * A secret in the clear is found where values are read, before any rule runs: here the finding gets
 * the rule's code, so that the catalog, `had explain` and the severity policy speak of it once.
 */
static void sec001(struct had_check *check)
{
    had_each(struct had_diag *, d, &check->diags->items)
        if ((*d)->code == &HAD0412)
            (*d)->code = &check->rule->code;
}

HAD_RULE(SEC001, HAD_PHASE_FOUNDATION, "O(n) in findings", sec001, "a secret in the clear",
         "A spec is read by many, and kept for ever in the history of its repository: whoever "
         "reads it has the secret.",
         "put the value into Secrets Manager and name it: `secret(\"path\")`; change what was "
         "written here");

/* ---- the management account ---- */

static void sec004(struct had_check *check)
{
    enum { FEW = 4 };
    struct had_map told = {0}, known = {0};
    struct had_symbols names;
    had_objects several = {0};
    had_symbols_init(&names, check->arena);
    had_each_object(assign, had_spec_kind(check->spec, "assign")) {
        const struct had_value *principal = had_get(assign, "principal");
        if (!had_query_is_management(check, had_get_object(assign, "account")) ||
            principal->tag != HAD_VALUE_PRINCIPAL)
            continue;
        had_str name = had_str_printf(check->arena, HAD_FMT "\\" HAD_FMT,
                                      HAD_ARG(principal->principal->netbios),
                                      HAD_ARG(principal->principal->name));
        if (had_map_put(check->arena, &known, had_intern(&names, name), 1))
            *had_push(check->arena, &several) = assign;
    }
    if (several.count <= FEW)
        return;
    const struct had_object *last = several.items[0];
    had_each(const struct had_object *, a, &several)
        last = (*a)->order > last->order ? *a : last;
    struct had_diag *d = had_rule_report(
        check, last, last->span, "%u groups and users have rights in the management account",
        (unsigned)several.count);
    uint32_t labels = 0;
    had_map_put(check->arena, &told, last->order, 1);
    had_each(const struct had_object *, a, &several)
        if (labels < 3 && had_map_put(check->arena, &told, (*a)->order, 1)) {
            had_diag_label(d, (*a)->span, "also in the management account");
            labels++;
        }
}

HAD_RULE(SEC004, HAD_PHASE_ACCESS, "O(n) in assignments", sec004,
         "many people in the management account",
         "Whoever acts in the management account can act in every account, past all that limits "
         "the others.",
         "delegate what they do there to another account");

/* ---- where secrets lie ---- */

/* Accounts and Regions in which something of ours uses secrets. */
struct place {
    const struct had_object *first; /* account */
    struct had_map accounts;
    struct had_symbols ids, regions;
    bool any_id; /* the id of an account is not known yet */
    bool any_region;
};

static void add_place(struct had_check *check, struct place *place, const struct had_object *of)
{
    const struct had_object *account = had_object_account(of), *region = had_object_region(of);
    if (account) {
        had_str id = had_get_text(account, "id");
        place->first = place->first ? place->first : account;
        had_map_put(check->arena, &place->accounts, (uintptr_t)account, 1);
        place->any_id |= !id.len;
        had_intern(&place->ids, id);
    }
    if (region) {
        place->any_region = true;
        had_intern(&place->regions, region->name);
    }
}

static const struct had_object *forest_of_controller(const struct had_object *controller)
{
    const struct had_object *domain = had_query_domain(controller);
    return domain ? had_query_forest(domain) : NULL;
}

/* Where the secrets of an object are used; of a forest and its domains by all their controllers. */
static struct place *place_of(struct had_check *check, struct had_map *known,
                              const struct had_object *of)
{
    if (had_is(of, "user"))
        of = of->parent;
    if (had_is(of, "domain"))
        of = had_query_forest(of);
    const uint64_t *found = had_map_get(known, (uintptr_t)of);
    if (found)
        return (struct place *)(uintptr_t)*found;
    struct place *made = had_new(check->arena, struct place);
    had_map_put(check->arena, known, (uintptr_t)of, (uintptr_t)made);
    had_symbols_init(&made->ids, check->arena);
    had_symbols_init(&made->regions, check->arena);
    if (of && had_is(of, "forest")) {
        had_each_object(controller, had_index_by(check, "controller", forest_of_controller, of))
            add_place(check, made, controller);
    } else if (of) {
        add_place(check, made, of);
        had_each_object(replica, had_index_users(check, "replica", "parent", of))
            add_place(check, made, replica);
    }
    return made;
}

/* Part `n` of an ARN, from 0. */
static had_str arn_part(had_str arn, uint32_t n)
{
    uint32_t start = 0, at = 0;
    for (uint32_t i = 0; i <= arn.len; i++) {
        if (i < arn.len && arn.ptr[i] != ':')
            continue;
        if (at++ == n)
            return had_str_slice(arn, start, i);
        start = i + 1;
    }
    return (had_str){0};
}

static bool account_fits(const struct place *place, const struct had_secret *secret, bool arn)
{
    if (!place->first)
        return true;
    return arn ? place->any_id || had_symbol_find(&place->ids, arn_part(secret->name, 4))
               : had_map_get(&place->accounts, (uintptr_t)secret->account) != NULL;
}

static bool region_fits(const struct place *place, const struct had_secret *secret, bool arn)
{
    return !arn || !place->any_region ||
           had_symbol_find(&place->regions, arn_part(secret->name, 3));
}

static void secret_place(struct had_check *check, struct had_map *known,
                         const struct had_object *object, const struct had_value *v)
{
    const struct had_secret *secret = &v->secret;
    bool arn = v->tag == HAD_VALUE_SECRET && had_str_starts(secret->name, "arn:");
    if (v->tag != HAD_VALUE_SECRET || (!secret->account && !arn))
        return; /* where it is used */
    bool trust = had_is(object, "trust"), account = false, region = false;
    const struct had_object *user = NULL;
    /* A trust is used at both its sides: one of them has the secret near. */
    const struct had_object *const of[] = {trust ? had_query_side(object, 0) : object,
                                           trust ? had_query_side(object, 1) : NULL};
    bool anywhere = true;
    for (int i = 0; i < 2; i++) {
        const struct place *place = of[i] ? place_of(check, known, of[i]) : NULL;
        if (!place || (!place->first && !place->any_region))
            continue;
        anywhere = false;
        account |= account_fits(place, secret, arn);
        region |= region_fits(place, secret, arn);
        user = user ? user : place->first;
    }
    if (anywhere || (account && region))
        return;
    struct had_diag *d = had_rule_report(
        check, object, had_value_span(v),
        account ? "the secret of %s `" HAD_FMT "` lies in another Region than what uses it"
                : "the secret of %s `" HAD_FMT "` lies in another account than what uses it",
        object->kind->name, HAD_ARG(had_query_path(check, object)));
    if (!account && user)
        had_diag_label(d, user->span, "used here");
}

static void sec006(struct had_check *check)
{
    struct had_map known = {0}; /* object → struct place */
    static const char *const secrets[][2] = {
        {"directory", "admin"}, {"trust", "password"},       {"connector", "service-account"},
        {"user", "password"},   {"forest", "join-as"},       {"forest", "safe-mode"},
        {"domain", "join-as"},  {"forest", "administer-as"},
    };
    for (size_t k = 0; k < sizeof secrets / sizeof *secrets; k++)
        had_each_object(object, had_spec_kind(check->spec, secrets[k][0]))
            secret_place(check, &known, object, had_get(object, secrets[k][1]));
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        const struct had_value *radius = had_get(directory, "radius");
        for (uint32_t i = 0; radius->tag == HAD_VALUE_MAP && i < radius->map.count; i++)
            secret_place(check, &known, directory, radius->map.entries[i].value);
    }
}

HAD_RULE(SEC006, HAD_PHASE_EXTENDED, "O(n) in secrets and controllers", sec006,
         "a secret far from what uses it",
         "A secret of another account or Region is read through a key and policies that open it to "
         "more than the one role that needs it.",
         "keep the secret in the account and Region of what uses it");

static void sec007(struct had_check *check)
{
    had_each_object(user, had_spec_kind(check->spec, "user")) {
        if (!user->parent || !had_is(user->parent, "directory") ||
            !had_str_eq_nocase(had_outside_name(check->arena, user), HAD_STR("Admin")))
            continue;
        struct had_diag *d = had_rule_report(check, user, user->span,
                                             "user `" HAD_FMT "` of directory `" HAD_FMT
                                             "` is the account that AWS made first",
                                             HAD_ARG(user->label), HAD_ARG(user->parent->label));
        had_diag_label(d, had_query_span(user->parent, "admin"), "its password");
    }
}

HAD_RULE(SEC007, HAD_PHASE_RESOURCE_FOREST, "O(n) in users", sec007,
         "the administrator of a directory as a user",
         "`Admin` of a managed directory is the only way in for its owner: it is neither renamed "
         "nor deleted, and its password is `admin` of the directory.",
         "declare a user of another name");
