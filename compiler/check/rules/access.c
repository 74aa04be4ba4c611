/* PS and ASG: permission sets and assignments. */
#include "check/rules/rule.h"

#include "schema/facts.h"

static const struct had_object *set_of(const struct had_object *assign)
{
    return assign->subject.tag == HAD_VALUE_REF ? assign->subject.object : NULL;
}

static void ps010(struct had_check *check)
{
    const int64_t advised = had_fact_limit("administrator session seconds advised");
    had_each_object(set, had_spec_kind(check->spec, "permission-set")) {
        struct had_value_list policies = had_get_list(set, "policies");
        const struct had_value *session = had_get(set, "session"), *admin = NULL;
        for (uint32_t i = 0; i < policies.count; i++)
            if (had_str_is(policies.items[i].text, "AdministratorAccess"))
                admin = &policies.items[i];
        if (!admin || session->tag != HAD_VALUE_INT || session->number <= advised)
            continue;
        struct had_diag *d =
            had_rule_report(check, set, had_query_span(set, "session"),
                            "permission set `" HAD_FMT "` gives full rights for " HAD_FMT,
                            HAD_ARG(set->label), HAD_ARG(session->text));
        had_diag_label(d, had_value_span(admin), "every right");
    }
}

HAD_RULE(PS010, HAD_PHASE_ACCESS, "O(n) in permission sets", ps010,
         "long sessions with every right",
         "A session outlives the removal of its owner: with every right it lasts no longer than "
         "the work needs.",
         "write `session = 1h`, or at most 4h");

static void ps012(struct had_check *check)
{
    struct had_map used = {0};
    had_each_object(assign, had_spec_kind(check->spec, "assign"))
        if (set_of(assign))
            had_map_put(check->arena, &used, (uintptr_t)set_of(assign), 1);
    had_each_object(set, had_spec_kind(check->spec, "permission-set"))
        if (!had_map_get(&used, (uintptr_t)set))
            had_rule_report(check, set, set->span,
                            "permission set `" HAD_FMT "` is not assigned to anyone",
                            HAD_ARG(set->label));
}

HAD_RULE(PS012, HAD_PHASE_ACCESS, "O(n) in permission sets and assignments", ps012,
         "a permission set without use",
         "A set that nobody has is forgotten, and given to someone later without a second look.",
         "assign it, or delete it");

static void asg002(struct had_check *check)
{
    struct had_map told = {0};
    had_each_object(assign, had_spec_kind(check->spec, "assign")) {
        const struct had_value *to = had_get(assign, "principal");
        struct had_span place = had_query_span(assign, "principal");
        if (to->tag != HAD_VALUE_PRINCIPAL || !to->principal->is_user ||
            !had_map_put(check->arena, &told, (uint64_t)place.file << 32 | place.start, 1))
            continue; /* one statement may make many */
        had_rule_report(check, assign, place, "user `" HAD_FMT "` gets access by name",
                        HAD_ARG(to->principal->name));
    }
}

HAD_RULE(ASG002, HAD_PHASE_ACCESS, "O(n) in assignments", asg002, "access for a single user",
         "Access that hangs on groups changes with people's work, in the directory; access by name "
         "stays when they leave "
         "the team.",
         "assign the set to a group");

static void asg006(struct had_check *check)
{
    if (!had_spec_kind(check->spec, "identity-center")->count)
        return;
    struct had_map reached = {0};
    had_each_object(assign, had_spec_kind(check->spec, "assign")) {
        had_objects accounts = {0};
        had_query_accounts(check, had_get_object(assign, "account"), &accounts);
        had_each(const struct had_object *, account, &accounts)
            had_map_put(check->arena, &reached, (uintptr_t)*account, 1);
    }
    had_each_object(account, had_spec_kind(check->spec, "account"))
        if (!had_map_get(&reached, (uintptr_t)account))
            had_rule_report(check, account, account->span,
                            "nobody is given access to account `" HAD_FMT "`",
                            HAD_ARG(had_query_path(check, account)));
}

HAD_RULE(ASG006, HAD_PHASE_ACCESS, "O(n) in assignments and accounts", asg006,
         "an account that nobody may enter",
         "Whoever has to enter an account without an assignment does so with credentials that the "
         "directory does not know.",
         "assign a permission set to its administrators");
