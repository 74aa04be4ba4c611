/*
 * ASG: assignments that reach further than they look. Of AdministratorAccess, which says what it
 * is, they are notes; where the same right is hidden in another policy, warnings.
 */
#include "check/rules/rule.h"

#include "check/access.h"
#include "schema/facts.h"

/* Groups with everyone in them, as Windows names them. */
static bool is_broad(const struct had_principal *p)
{
    uint32_t at = 0;
    for (const char *name = had_fact_word("groups of everyone", &at); name;
         name = had_fact_word("groups of everyone", &at))
        if (!p->is_user && had_str_eq_nocase(p->name, had_str_c(name)))
            return true;
    return false;
}

static void asg010(struct had_check *check)
{
    struct had_access *access = had_access_make(check->arena, check->spec);
    struct had_map told = {0};
    had_each(struct had_grant, g, &access->grants) {
        struct had_span span = had_query_span(g->assign, "principal");
        if (!is_broad(g->principal) || had_access_everything(access, g->set, NULL) != HAD_YES ||
            !had_map_put(check->arena, &told, (uint64_t)span.file << 32 | span.start, 1))
            continue;
        struct had_diag *d =
            had_rule_report(check, g->assign, span,
                            "everyone in `" HAD_FMT "` gets full rights to account "
                            "`" HAD_FMT "`",
                            HAD_ARG(g->name), HAD_ARG(had_query_path(check, g->account)));
        had_diag_label(d, g->set->span, "the set with full rights");
    }
}

HAD_RULE_ENFORCED(
    ASG010, HAD_PHASE_ACCESS, "O(n) in assignments", asg010, "full rights for everyone",
    "Groups such as `Domain Users` hold every account of a domain, those of services and "
    "of people who just joined as well.",
    "assign the set to a group of administrators");

/* ---- into the account of the controllers ---- */

static const struct had_object *account_of_manager(const struct had_object *directory)
{
    const struct had_object *host = had_get_object(directory, "manage-from");
    return host ? had_object_account(host) : NULL;
}

static const struct had_object *machine_in(struct had_check *check,
                                           const struct had_object *account)
{
    const struct had_object *controller =
        had_objects_first(had_index_by(check, "controller", had_object_account, account));
    if (controller)
        return controller;
    const struct had_object *managed =
        had_objects_first(had_index_by(check, "directory", account_of_manager, account));
    return managed ? had_get_object(managed, "manage-from") : NULL;
}

static void asg011(struct had_check *check)
{
    struct had_access *access = had_access_make(check->arena, check->spec);
    struct had_map told = {0};
    had_each(struct had_grant, g, &access->grants) {
        const struct had_object *machine = machine_in(check, g->account);
        struct had_span span = had_query_span(g->assign, "principal");
        /* The cause is the set in that account, however many people have it. */
        if (!machine ||
            !had_map_put(check->arena, &told, (uint64_t)g->set->order << 32 | g->account->order, 1))
            continue;
        struct had_reason why = {0}, best = {0};
        const char *action = NULL;
        /* What lets its owner act on a machine as its system. */
        uint32_t at = 0;
        for (const char *one = had_fact_word("actions that command a machine", &at);
             one && best.answer != HAD_YES;
             one = had_fact_word("actions that command a machine", &at))
            if (had_access_may(access, g->set, had_str_c(one), &why) > best.answer) {
                best = why;
                action = one;
            }
        if (best.answer != HAD_YES)
            continue;
        bool says_so = had_access_is_administrator(g->set);
        if (best.statement)
            span = had_policy_span(check->spec, best.document, best.statement->start,
                                   best.statement->end);
        bool controller = had_is(machine, "controller");
        struct had_diag *d = had_rule_report(
            check, g->set, span,
            controller ? "`" HAD_FMT "` can act as administrators of the domain controllers in "
                         "account `" HAD_FMT "`"
                       : "`" HAD_FMT "` can act as administrators of the host in account `" HAD_FMT
                         "` from which a directory is managed",
            HAD_ARG(g->name), HAD_ARG(had_query_path(check, g->account)));
        had_diag_label(d, machine->span, "runs what Systems Manager sends to it");
        had_diag_label(d, best.statement ? had_query_span(g->assign, "principal") : g->set->span,
                       best.statement ? "assigned here" : "the set");
        had_diag_note(d, "policy `" HAD_FMT "` allows `%s` on every machine of the account",
                      HAD_ARG(best.policy), action);
        if (says_so)
            had_diag_severity(d, HAD_INFO);
    }
}

HAD_RULE(
    ASG011, HAD_PHASE_ACCESS, "O(n) in assignments, controllers and directories", asg011,
    "commands on domain controllers",
    "Systems Manager runs commands as the system of a machine: whoever may send them to a "
    "domain controller, or to the host from which a directory is managed, owns the domain.",
    "leave these actions out of the set in the account of the controllers, or restrict them to "
    "machines by their tags");

/* ---- from the delegated administrator to the management account ---- */

static void asg012(struct had_check *check)
{
    struct had_access *access = had_access_make(check->arena, check->spec);
    had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
        const struct had_object *delegate = had_get_object(center, "account"),
                                *source = had_get_object(center, "source");
        if (!delegate || had_query_is_management(check, delegate) || !source)
            continue;
        /* Who has rights in the management account: only groups of the directory itself can be
         * changed through it. */
        struct had_symbols inside;
        const struct had_grant *target = NULL;
        had_symbols_init(&inside, check->arena);
        had_each(struct had_grant, g, &access->grants) {
            if (!had_query_is_management(check, g->account))
                continue;
            had_intern(&inside, had_str_lower(check->arena, g->name));
            if (!target && g->principal->domain == source && !g->principal->is_user)
                target = g;
        }
        struct had_map told = {0};
        had_each(struct had_grant, g, &access->grants) {
            struct had_reason why;
            /* Who is there already gains nothing. */
            if (!target || g->account != delegate ||
                had_symbol_find(&inside, had_str_lower(check->arena, g->name)) ||
                had_access_may(access, g->set, HAD_STR("ds-data:AddGroupMember"), &why) !=
                    HAD_YES ||
                !had_map_put(check->arena, &told, (uintptr_t)g->set, 1))
                continue;
            struct had_diag *d =
                had_rule_report(check, g->set, had_query_span(g->assign, "principal"),
                                "`" HAD_FMT "` can put themselves into `" HAD_FMT
                                "`, which has rights in the management account",
                                HAD_ARG(g->name), HAD_ARG(target->name));
            had_diag_label(d, had_query_span(target->assign, "principal"),
                           "rights in the management account");
            had_diag_label(d, source->span, "the directory, in account `" HAD_FMT "`",
                           HAD_ARG(had_query_path(check, delegate)));
            if (had_access_is_administrator(g->set))
                had_diag_severity(d, HAD_INFO);
        }
    }
}

HAD_RULE(
    ASG012, HAD_PHASE_ACCESS, "O(n) in assignments", asg012,
    "a way from the delegated administrator to the management account",
    "Whoever may change groups of the directory in the account that administers Identity Center "
    "decides who is in the groups that have rights in the management account.",
    "give rights in the management account to groups of a domain that this account does not "
    "administer, or to the same people");
