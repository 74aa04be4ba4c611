#include "check/access.h"
#include "check/query.h"

#include <stdlib.h>
#include <string.h>

const char *had_answer_name(enum had_answer answer)
{
    static const char *const names[] = {"no", "maybe", "yes"};
    return names[answer];
}

static int by_grant(const void *a, const void *b)
{
    const struct had_grant *x = a, *y = b;
    int order = had_str_cmp(x->account->address, y->account->address);
    if (!order)
        order = had_str_cmp(x->name, y->name);
    if (!order)
        order = (x->principal->is_user > y->principal->is_user) -
                (x->principal->is_user < y->principal->is_user);
    return order ? order : had_str_cmp(x->set->address, y->set->address);
}

struct had_access *had_access_make(struct had_arena *arena, const struct had_spec *spec)
{
    struct had_access *access = had_new(arena, struct had_access);
    access->arena = arena;
    access->spec = spec;
    had_each_object(assign, had_spec_kind(spec, "assign")) {
        const struct had_object *set = had_query_side(assign, 0),
                                *account = had_get_object(assign, "account");
        const struct had_value *to = had_get(assign, "principal");
        if (set && account && had_is(account, "account") && to->tag == HAD_VALUE_PRINCIPAL)
            *had_push(arena, &access->grants) =
                (struct had_grant){assign, set, account, to->principal, to->text};
    }
    if (access->grants.count)
        qsort(access->grants.items, access->grants.count, sizeof *access->grants.items, by_grant);
    access->documents = had_policies_of(arena, spec);
    for (uint32_t i = 0; i < access->documents.count; i++)
        had_map_put(arena, &access->by_object, (uintptr_t)access->documents.items[i].object, i + 1);
    return access;
}

/* ---- statements ---- */

/*
 * What a set of statements says of an action: the most that allows it, the most that denies it. Of
 * `everything` the question is whether every action is meant.
 */
struct verdict {
    enum had_answer allow, deny;
    struct had_reason why; /* of `allow` */
};

static void weigh(struct verdict *v, bool allow, enum had_answer answer, struct had_reason reason)
{
    if (allow && answer > v->allow) {
        v->allow = answer;
        v->why = reason;
    } else if (!allow && answer > v->deny) {
        v->deny = answer;
    }
}

static const char *doubt_of(bool limited, bool conditional)
{
    if (limited)
        return conditional ? "on some resources, with conditions" : "on some resources";
    return conditional ? "with conditions" : NULL;
}

/* A statement of the tables: flags, then actions. */
static void weigh_text(struct verdict *v, had_str policy, const char *text, had_str action)
{
    bool allow = *text++ == '+', not_action = false, limited = false, conditional = false;
    for (; *text && strchr("!~?", *text); text++) {
        not_action |= *text == '!';
        limited |= *text == '~';
        conditional |= *text == '?';
    }
    bool found = false;
    had_str service = {0};
    for (const char *at = text; *at && !found;) {
        size_t len = strcspn(at, " ");
        had_str token = {at, (uint32_t)len}, prefix, name;
        if (had_action_split(token, &prefix, &name))
            service = prefix;
        else
            name = token;
        had_str asked_service, asked_name;
        if (!service.len) /* `*` */
            found = had_iam_matches(name, action);
        else
            found = had_action_split(action, &asked_service, &asked_name) &&
                    had_iam_matches(service, asked_service) && had_iam_matches(name, asked_name);
        at += len + (at[len] == ' ');
    }
    if (found == not_action)
        return;
    const char *doubt = doubt_of(limited, conditional);
    enum had_answer answer = doubt ? HAD_MAYBE : HAD_YES;
    weigh(v, allow, answer,
          (struct had_reason){.answer = answer, .policy = policy, .doubt = doubt});
}

static void weigh_document(const struct had_policy_use *use, had_str policy, had_str action,
                           struct verdict *v)
{
    had_each(struct had_policy_statement, s, &use->policy.statements) {
        bool found = false;
        had_each(struct had_policy_text, pattern, &s->actions)
            found = found || had_iam_matches(pattern->text, action);
        if (found == s->not_action)
            continue;
        const char *doubt = doubt_of(!s->everything, s->conditional);
        enum had_answer answer = doubt ? HAD_MAYBE : HAD_YES;
        weigh(v, s->allow, answer, (struct had_reason){answer, policy, doubt, s, use->value});
    }
}

static void unknown(struct verdict *v, had_str policy)
{
    weigh(v, true, HAD_MAYBE,
          (struct had_reason){
              .answer = HAD_MAYBE, .policy = policy, .doubt = "its text is not known"});
}

static const struct had_policy_use *document_of(const struct had_access *access,
                                                const struct had_object *object)
{
    const uint64_t *at = had_map_get(&access->by_object, (uintptr_t)object);
    return at ? &access->documents.items[*at - 1] : NULL;
}

static void weigh_managed(struct verdict *v, had_str name, had_str action)
{
    const struct had_fact_policy *fact = had_fact_policy_find(name);
    if (!fact || !fact->statements) {
        unknown(v, name);
        return;
    }
    for (const char *const *s = fact->statements; *s; s++)
        weigh_text(v, name, *s, action);
}

/* A policy of the spec's own, or one that is only named. */
static void weigh_own(const struct had_access *access, struct verdict *v,
                      const struct had_value *value, had_str action)
{
    const struct had_object *policy = value->tag == HAD_VALUE_REF ? value->object : NULL;
    had_str name = policy ? policy->label : value->text;
    if (!policy && value->tag == HAD_VALUE_TEXT)
        had_each_object(declared, had_spec_kind(access->spec, "policy")) {
            had_str whole = had_str_printf(access->arena, HAD_FMT HAD_FMT,
                                           HAD_ARG(had_get_text(declared, "path")),
                                           HAD_ARG(had_outside_name(access->arena, declared)));
            if (had_str_eq(whole, value->text) ||
                had_str_eq(had_str_slice(whole, 1, whole.len), value->text))
                policy = declared;
        }
    const struct had_policy_use *use = policy ? document_of(access, policy) : NULL;
    if (use)
        weigh_document(use, name, action, v);
    else
        unknown(v, name);
}

static struct verdict verdict_of(const struct had_access *access, const struct had_object *set,
                                 had_str action)
{
    struct verdict v = {.allow = HAD_NO, .deny = HAD_NO};
    struct had_value_list managed = had_get_list(set, "policies"),
                          own = had_get_list(set, "customer-policies");
    for (uint32_t i = 0; i < managed.count; i++)
        if (managed.items[i].tag == HAD_VALUE_TEXT)
            weigh_managed(&v, managed.items[i].text, action);
    for (uint32_t i = 0; i < own.count; i++)
        weigh_own(access, &v, &own.items[i], action);
    const struct had_policy_use *inline_policy = document_of(access, set);
    if (inline_policy)
        weigh_document(inline_policy, HAD_STR("inline"), action, &v);
    if (set->existing && !managed.count && !own.count && !inline_policy)
        unknown(&v, set->label);
    return v;
}

/* Nothing goes beyond the boundary: the lesser of the two answers. */
static void bound(const struct had_access *access, const struct had_object *set, had_str action,
                  struct had_reason *why)
{
    const struct had_value *boundary = had_get(set, "boundary");
    struct verdict v = {.allow = HAD_NO, .deny = HAD_NO};
    if (boundary->tag == HAD_VALUE_TEXT)
        weigh_managed(&v, boundary->text, action);
    else if (boundary->tag == HAD_VALUE_REF)
        weigh_own(access, &v, boundary, action);
    else
        return;
    enum had_answer most = v.deny == HAD_YES                           ? HAD_NO
                           : v.deny == HAD_MAYBE && v.allow == HAD_YES ? HAD_MAYBE
                                                                       : v.allow;
    if (most >= why->answer)
        return;
    why->answer = most;
    why->doubt = most == HAD_MAYBE ? "within the boundary" : NULL;
}

static enum had_answer answer_of(const struct had_access *access, const struct had_object *set,
                                 had_str action, struct had_reason *why)
{
    struct verdict v = verdict_of(access, set, action);
    *why = v.why;
    why->answer = v.allow;
    if (v.deny == HAD_YES) {
        why->answer = HAD_NO;
    } else if (v.deny == HAD_MAYBE && why->answer == HAD_YES) {
        why->answer = HAD_MAYBE;
        why->doubt = "denied in part";
    }
    if (why->answer != HAD_NO)
        bound(access, set, action, why);
    return why->answer;
}

enum had_answer had_access_may(const struct had_access *access, const struct had_object *set,
                               had_str action, struct had_reason *why)
{
    struct had_reason own;
    return answer_of(access, set, action, why ? why : &own);
}

/*
 * Full rights are those over identities: whoever may do any action of IAM on everything can give
 * himself the rest. So a set that allows all but a few services of no weight is full, too.
 */
enum had_answer had_access_everything(const struct had_access *access, const struct had_object *set,
                                      struct had_reason *why)
{
    static const char *const probes[] = {"iam:PutRolePolicy", "iam:AttachRolePolicy",
                                         "iam:CreateUser", "ec2:TerminateInstances",
                                         "kms:ScheduleKeyDeletion"};
    struct had_reason own, least = {.answer = HAD_YES};
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
        answer_of(access, set, had_str_c(probes[i]), &own);
        if (i == 0 || own.answer < least.answer)
            least = own;
    }
    if (why)
        *why = least;
    return least.answer;
}

bool had_access_is_administrator(const struct had_object *set)
{
    struct had_value_list managed = had_get_list(set, "policies");
    for (uint32_t i = 0; i < managed.count; i++)
        if (managed.items[i].tag == HAD_VALUE_TEXT &&
            had_str_is(managed.items[i].text, "AdministratorAccess"))
            return true;
    return false;
}
