/* PS: what policies say: names of those that AWS manages, and documents of the spec. */
#include "check/rules/rule.h"

#include "check/policy.h"
#include "schema/facts.h"
#include "schema/iam.h"

#include <stdlib.h>
#include <string.h>

/* ---- policies that AWS manages ---- */

/* The policy of another path that has the name, else the nearest one. */
static had_str policy_near(struct had_check *check, had_str name)
{
    had_str *all = had_new_n(check->arena, had_str, had_fact_policy_count + 1);
    for (uint32_t i = 0; i < had_fact_policy_count; i++) {
        had_str path = had_str_c(had_fact_policies[i].path), last = path;
        for (uint32_t k = path.len; k > 0; k--)
            if (path.ptr[k - 1] == '/') {
                last = had_str_slice(path, k, path.len);
                break;
            }
        if (last.len < path.len && had_str_eq_nocase(last, name))
            return path;
        all[i] = path;
    }
    return had_str_nearest(name, all, had_fact_policy_count);
}

static void managed_name(struct had_check *check, const struct had_object *set,
                         const struct had_value *value)
{
    if (value->tag != HAD_VALUE_TEXT || had_fact_policy_find(value->text))
        return;
    struct had_diag *d = had_rule_report(check, set, had_value_span(value),
                                         "AWS manages no policy `" HAD_FMT "` (as of %s)",
                                         HAD_ARG(value->text), had_fact_policy_day);
    had_str near = policy_near(check, value->text);
    if (near.len) {
        had_diag_help(d, "did you mean `" HAD_FMT "`?", HAD_ARG(near));
        had_diag_fix(d, false, value->span,
                     had_str_printf(check->arena, "\"" HAD_FMT "\"", HAD_ARG(near)),
                     "use `" HAD_FMT "`", HAD_ARG(near));
    } else {
        had_diag_help(d, "a policy of your own is named in `customer-policies`");
    }
}

static void ps007(struct had_check *check)
{
    had_each_object(set, had_spec_kind(check->spec, "permission-set")) {
        struct had_value_list list = had_get_list(set, "policies");
        for (uint32_t i = 0; i < list.count; i++)
            managed_name(check, set, &list.items[i]);
        managed_name(check, set, had_get(set, "boundary"));
    }
}

HAD_RULE_ENFORCED(
    PS007, HAD_PHASE_ACCESS, "O(n log n) in policies of sets", ps007,
    "a policy that AWS does not manage",
    "`policies` names policies that AWS manages, by path and name. The list of them is "
    "of a day: what is newer may be waived.",
    "correct the name, or name a policy of your own in `customer-policies`");

/* ---- documents ---- */

static void too_long(struct had_check *check, const struct had_policy_use *use, const char *what,
                     const char *unit, uint32_t count, int64_t most)
{
    struct had_diag *d =
        had_rule_report(check, use->object, had_value_span(use->value),
                        "the %s `" HAD_FMT "` has %u %s, and may have %lld", what,
                        HAD_ARG(use->object->label), (unsigned)count, unit, (long long)most);
    had_diag_help(d, "join statements that differ in their actions alone, or use wildcards");
}

static void ps006(struct had_check *check)
{
    const int64_t characters = had_fact_limit("inline policy characters"),
                  bytes = had_fact_limit("inline policy bytes");
    had_policy_uses uses = had_policies_of(check->arena, check->spec);
    had_each(struct had_policy_use, use, &uses) {
        if (!had_is(use->object, "permission-set"))
            continue;
        if (use->policy.characters > characters)
            too_long(check, use, "inline policy of permission set", "characters without spaces",
                     use->policy.characters, characters);
        else if (use->value->text.len > bytes)
            too_long(check, use, "inline policy of permission set", "bytes", use->value->text.len,
                     bytes);
    }
}

HAD_RULE(PS006, HAD_PHASE_ACCESS, "O(n) in bytes of policies", ps006,
         "an inline policy that is too long",
         "The inline policy of a permission set has at most 10,240 characters, spaces not counted, "
         "and 32,768 bytes.",
         "move a part of it into a policy of your own");

static void ps020(struct had_check *check)
{
    const int64_t most = had_fact_limit("managed policy characters");
    had_policy_uses uses = had_policies_of(check->arena, check->spec);
    had_each(struct had_policy_use, use, &uses)
        if (had_is(use->object, "policy") && use->policy.characters > most)
            too_long(check, use, "policy", "characters without spaces", use->policy.characters,
                     most);
}

HAD_RULE(PS020, HAD_PHASE_ACCESS, "O(n) in bytes of policies", ps020, "a policy that is too long",
         "A managed policy has at most 6,144 characters, spaces not counted.",
         "make two policies of it");

/* ---- actions ---- */

static had_str service_near(struct had_check *check, had_str prefix)
{
    had_str *all = had_new_n(check->arena, had_str, had_fact_iam_service_count + 1);
    for (uint32_t i = 0; i < had_fact_iam_service_count; i++)
        all[i] = had_str_c(had_fact_iam_services[i].prefix);
    return had_str_nearest(prefix, all, had_fact_iam_service_count);
}

static had_str action_near(struct had_check *check, const struct had_fact_iam_service *service,
                           had_str name)
{
    had_str *all = had_new_n(check->arena, had_str, service->count + 1);
    for (uint32_t i = 0; i < service->count; i++)
        all[i] = had_str_c(service->actions[i]);
    return had_str_nearest(name, all, service->count);
}

static bool any_action(const struct had_fact_iam_service *service, had_str pattern)
{
    for (uint32_t i = 0; i < service->count; i++)
        if (had_iam_matches(pattern, had_str_c(service->actions[i])))
            return true;
    return false;
}

static bool has_wildcard(had_str text)
{
    return had_str_find(text, '*') >= 0 || had_str_find(text, '?') >= 0;
}

static void action(struct had_check *check, const struct had_policy_use *use,
                   const struct had_policy_text *text)
{
    had_str prefix, name, near = {0};
    if (!had_action_split(text->text, &prefix, &name) || has_wildcard(prefix))
        return;
    const struct had_fact_iam_service *service = had_fact_iam_service_find(prefix);
    bool wild = has_wildcard(name);
    if (service &&
        (wild ? any_action(service, name) : had_fact_iam_action_find(service, name) != NULL))
        return;
    struct had_span span = had_policy_span(check->spec, use->value, text->start, text->end);
    struct had_diag *d;
    if (!service) {
        d = had_rule_report(check, use->object, span,
                            "IAM knows no service `" HAD_FMT "` (as of %s)", HAD_ARG(prefix),
                            had_fact_iam_action_day);
        near = service_near(check, prefix);
        if (near.len)
            near = had_str_printf(check->arena, HAD_FMT ":" HAD_FMT, HAD_ARG(near), HAD_ARG(name));
    } else {
        d = had_rule_report(check, use->object, span,
                            wild ? "no action is like `" HAD_FMT "` (as of %s)"
                                 : "unknown action `" HAD_FMT "` (as of %s)",
                            HAD_ARG(text->text), had_fact_iam_action_day);
        if (!wild)
            near = action_near(check, service, name);
        if (near.len)
            near = had_str_printf(check->arena, "%s:" HAD_FMT, service->prefix, HAD_ARG(near));
    }
    if (!near.len)
        return;
    had_diag_help(d, "did you mean `" HAD_FMT "`?", HAD_ARG(near));
    if (span.end - span.start == text->end - text->start)
        had_diag_fix(d, false, span, had_str_printf(check->arena, "\"" HAD_FMT "\"", HAD_ARG(near)),
                     "use `" HAD_FMT "`", HAD_ARG(near));
}

static void ps016(struct had_check *check)
{
    had_policy_uses uses = had_policies_of(check->arena, check->spec);
    had_each(struct had_policy_use, use, &uses)
        had_each(struct had_policy_statement, s, &use->policy.statements)
            had_each(struct had_policy_text, text, &s->actions)
                action(check, use, text);
}

HAD_RULE_ENFORCED(
    PS016, HAD_PHASE_ACCESS, "O(n) in actions of policies", ps016,
    "an action that IAM does not know",
    "IAM takes any action and never grants one that does not exist: what people were "
    "meant to do is refused to them. The list of actions is of a day: what is newer may "
    "be waived.",
    "correct the action");

/* ---- form ---- */

static void ps017(struct had_check *check)
{
    had_policy_uses uses = had_policies_of(check->arena, check->spec);
    had_each(struct had_policy_use, use, &uses)
        had_each(struct had_policy_statement, s, &use->policy.statements)
            if (s->principal.end)
                had_rule_report(
                    check, use->object,
                    had_policy_span(check->spec, use->value, s->principal.start, s->principal.end),
                    "a policy of people has no `" HAD_FMT "`", HAD_ARG(s->principal.text));
}

HAD_RULE(PS017, HAD_PHASE_ACCESS, "O(n) in statements", ps017, "a principal in a policy of people",
         "The principal of such a policy is whoever has it: IAM refuses `Principal` and "
         "`NotPrincipal`, which belong to policies of resources.",
         "delete it");

struct sid {
    const struct had_policy_text *text;
};

static int by_sid(const void *a, const void *b)
{
    const struct sid *x = a, *y = b;
    int order = had_str_cmp(x->text->text, y->text->text);
    return order ? order : (x->text->start > y->text->start) - (x->text->start < y->text->start);
}

static bool is_sid(had_str text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            return false;
    }
    return true;
}

static void ps018(struct had_check *check)
{
    had_policy_uses uses = had_policies_of(check->arena, check->spec);
    had_each(struct had_policy_use, use, &uses) {
        had_array(struct sid) sids = {0};
        had_each(struct had_policy_statement, s, &use->policy.statements) {
            if (!s->sid.end || !s->sid.text.len)
                continue;
            if (is_sid(s->sid.text))
                *had_push(check->arena, &sids) = (struct sid){&s->sid};
            else
                had_rule_report(check, use->object,
                                had_policy_span(check->spec, use->value, s->sid.start, s->sid.end),
                                "the Sid `" HAD_FMT "` holds other than letters and digits",
                                HAD_ARG(s->sid.text));
        }
        if (sids.count > 1)
            qsort(sids.items, sids.count, sizeof *sids.items, by_sid);
        for (uint32_t i = 1; i < sids.count; i++) {
            const struct had_policy_text *a = sids.items[i - 1].text, *b = sids.items[i].text;
            if (!had_str_eq(a->text, b->text))
                continue;
            struct had_diag *d = had_rule_report(
                check, use->object, had_policy_span(check->spec, use->value, b->start, b->end),
                "two statements have the Sid `" HAD_FMT "`", HAD_ARG(b->text));
            had_diag_label(d, had_policy_span(check->spec, use->value, a->start, a->end),
                           "the other");
        }
    }
}

HAD_RULE(
    PS018, HAD_PHASE_ACCESS, "O(n log n) in statements", ps018, "a Sid that IAM refuses",
    "The Sid of a statement holds letters and digits, and no other statement of the policy has "
    "it.",
    "choose another Sid, or leave it out");

static void ps019(struct had_check *check)
{
    had_policy_uses uses = had_policies_of(check->arena, check->spec);
    had_each(struct had_policy_use, use, &uses)
        if (had_str_is(use->policy.version.text, "2008-10-17"))
            had_rule_report(check, use->object,
                            had_policy_span(check->spec, use->value, use->policy.version.start,
                                            use->policy.version.end),
                            "this policy is of the old version, in which variables are plain text");
}

HAD_RULE(
    PS019, HAD_PHASE_ACCESS, "O(n) in policies", ps019, "a policy of the old version",
    "Before version 2012-10-17 `${aws:username}` and other variables stand for themselves, and "
    "newer parts of the language do nothing.",
    "write `\"Version\": \"2012-10-17\"`");

/* ---- rights that do not look like what they are ---- */

static bool names_all(const struct had_policy_statement *s)
{
    had_each(struct had_policy_text, text, &s->actions)
        if (had_str_is(text->text, "*") || had_str_is(text->text, "*:*"))
            return true;
    return false;
}

static void ps021(struct had_check *check)
{
    had_policy_uses uses = had_policies_of(check->arena, check->spec);
    had_each(struct had_policy_use, use, &uses) {
        if (had_present(use->object, "boundary"))
            continue;
        had_each(struct had_policy_statement, s, &use->policy.statements) {
            if (!s->allow || !s->everything || s->conditional || !(s->not_action || names_all(s)) ||
                !s->actions.count)
                continue;
            had_rule_report(check, use->object,
                            had_policy_span(check->spec, use->value, s->actions.items[0].start,
                                            s->actions.items[0].end),
                            s->not_action ? "%s `" HAD_FMT "` allows everything but a few actions"
                                          : "%s `" HAD_FMT "` allows everything",
                            use->object->kind->name, HAD_ARG(use->object->label));
        }
    }
}

HAD_RULE(
    PS021, HAD_PHASE_ACCESS, "O(n) in statements", ps021, "every right in a policy of your own",
    "A policy that allows all actions on all resources is AdministratorAccess under another "
    "name: reviews and rules that look for that name pass over it. What `NotAction` leaves out "
    "is little beside what it allows, and AWS adds to that every week.",
    "name the actions, or use AdministratorAccess, which says what it is");

/* An action by which its owner gives himself other rights that the pattern covers, or NULL. */
static const char *raising_in(had_str pattern)
{
    uint32_t at = 0;
    for (const char *action = had_fact_word("actions that raise rights", &at); action;
         action = had_fact_word("actions that raise rights", &at))
        if (had_iam_matches(pattern, had_str_c(action)))
            return action;
    return NULL;
}

static void ps022(struct had_check *check)
{
    had_policy_uses uses = had_policies_of(check->arena, check->spec);
    had_each(struct had_policy_use, use, &uses) {
        if (had_present(use->object, "boundary"))
            continue;
        had_each(struct had_policy_statement, s, &use->policy.statements) {
            const struct had_policy_text *found = NULL;
            const char *what = NULL;
            if (!s->allow || !s->everything || s->conditional || s->not_action || names_all(s))
                continue; /* PS021 */
            had_each(struct had_policy_text, text, &s->actions)
                if (!found && (what = raising_in(text->text)) != NULL)
                    found = text;
            if (!found)
                continue;
            struct had_diag *d =
                had_rule_report(check, use->object,
                                had_policy_span(check->spec, use->value, found->start, found->end),
                                "people with %s `" HAD_FMT "` can give themselves every right",
                                use->object->kind->name, HAD_ARG(use->object->label));
            had_diag_note(d, "`%s` on every resource is enough for that", what);
        }
    }
}

HAD_RULE(PS022, HAD_PHASE_ACCESS, "O(n) in actions of policies", ps022,
         "rights to raise one's own rights",
         "Whoever may write the policies of any role, or keys of any user, has every right an hour "
         "later, whatever the rest of the policy says.",
         "name the resources, set a condition, or give the set a `boundary`");

static void ps023(struct had_check *check)
{
    had_policy_uses uses = had_policies_of(check->arena, check->spec);
    had_each(struct had_policy_use, use, &uses) {
        had_each(struct had_policy_statement, s, &use->policy.statements) {
            const struct had_policy_text *found = NULL;
            if (!s->allow || !s->everything || s->conditional || s->not_action || names_all(s))
                continue; /* PS021 */
            had_each(struct had_policy_text, text, &s->actions)
                if (!found && had_iam_matches(text->text, HAD_STR("iam:PassRole")))
                    found = text;
            /* What writes policies is told by PS022, which weighs more. */
            bool raises = found && raising_in(found->text) && !had_present(use->object, "boundary");
            if (found && !raises)
                had_rule_report(check, use->object,
                                had_policy_span(check->spec, use->value, found->start, found->end),
                                "people with %s `" HAD_FMT "` may pass any role to any service",
                                use->object->kind->name, HAD_ARG(use->object->label));
        }
    }
}

HAD_RULE(
    PS023, HAD_PHASE_ACCESS, "O(n) in actions of policies", ps023, "every role may be passed on",
    "Whoever may pass every role starts a machine or a function with the strongest one and acts "
    "as it.",
    "name the roles, or the service by `iam:PassedToService`");
