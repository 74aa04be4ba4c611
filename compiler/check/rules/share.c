/* SHARE: the directory in other accounts. */
#include "check/rules/rule.h"

#include "schema/facts.h"

/* Shares of a directory, in the order of their accounts. */
static had_objects shares_of(struct had_check *check, const struct had_object *directory)
{
    had_objects out = {0};
    had_each_object(share, had_spec_kind(check->spec, "share"))
        if (share->subject.tag == HAD_VALUE_REF && share->subject.object == directory)
            *had_push(check->arena, &out) = share;
    return out;
}

/* A quota that the spec states: of the account and Region if it says them, and not ended. */
static const struct had_object *raised_quota(struct had_check *check, const char *name,
                                             const struct had_object *account,
                                             const struct had_object *region)
{
    const struct had_object *best = NULL;
    had_each_object(quota, had_spec_kind(check->spec, "quota")) {
        const struct had_object *in = had_get_object(quota, "account"),
                                *at = had_get_object(quota, "region");
        const struct had_value *until = had_get(quota, "until");
        if (!had_str_is(quota->subject.text, name) || (in && in != account) ||
            (at && at != region) ||
            (until->tag == HAD_VALUE_INT && until->number < check->spec->as_of))
            continue;
        if (!best || had_get_int(quota, "limit") > had_get_int(best, "limit"))
            best = quota;
    }
    return best;
}

static void share001(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        had_str edition = had_get_text(directory, "edition");
        had_objects shares = shares_of(check, directory), accounts = {0};
        if (!edition.len || !shares.count)
            continue;
        had_each(const struct had_object *, share, &shares)
            had_query_accounts(check, had_get_object(*share, "with"), &accounts);
        const struct had_object *raised = raised_quota(
            check, "directory shares", had_object_account(directory), had_object_region(directory));
        char *key = had_str_cstr(check->arena, edition);
        int64_t limit =
            raised ? had_get_int(raised, "limit") : had_fact_quota_value("directory shares", key);
        if (limit < 0 || accounts.count <= limit)
            continue;
        const struct had_object *last = shares.items[shares.count - 1];
        struct had_diag *d = had_rule_report(
            check, directory, last->span,
            "directory `" HAD_FMT "` is shared with %u accounts; %s %lld for the " HAD_FMT
            " edition",
            HAD_ARG(directory->label), (unsigned)accounts.count,
            raised ? "the stated quota is" : "the quota is", (long long)limit, HAD_ARG(edition));
        had_diag_label(d, had_query_span(directory, "edition"), "edition " HAD_FMT,
                       HAD_ARG(edition));
        if (raised)
            had_diag_label(d, had_query_span(raised, "limit"), "the quota that the spec states");
        int64_t enterprise = had_fact_quota_value("directory shares", "enterprise");
        if (!raised && !had_str_is(edition, "enterprise") && accounts.count <= enterprise)
            had_diag_help(d,
                          "use `edition = enterprise`, which has %lld, or state the raised quota: "
                          "`quota \"directory "
                          "shares\" because \"…\" { limit = %u }`",
                          (long long)enterprise, (unsigned)accounts.count);
        else
            had_diag_help(d,
                          "have the quota raised and state it: `quota \"directory shares\" because "
                          "\"…\" { limit = %u }`",
                          (unsigned)accounts.count);
    }
}

HAD_RULE_QUOTA(SHARE001, HAD_PHASE_RESOURCE_FOREST, "O(n · m) in directories and shares", share001,
               "more shares than the directory's quota",
               "AWS limits the accounts that a directory is shared with, by its edition. The limit "
               "may be raised on "
               "request.",
               "state a raised quota, or choose an edition with more");

static void share002(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        had_objects shares = shares_of(check, directory);
        if (!had_str_is(had_get_text(directory, "edition"), "standard") || !shares.count)
            continue;
        had_objects accounts = {0};
        had_each(const struct had_object *, share, &shares)
            had_query_accounts(check, had_get_object(*share, "with"), &accounts);
        struct had_diag *d = had_rule_report(
            check, directory, had_query_span(directory, "edition"),
            "directory `" HAD_FMT "` is of the standard edition and shared with " HAD_FMT,
            HAD_ARG(directory->label),
            HAD_ARG(had_query_count(check, accounts.count, "account", "accounts")));
        had_diag_label(d, shares.items[0]->span, "shared here");
        had_diag_help(d, "write `edition = enterprise`");
        had_diag_fix(d, false, had_query_span(directory, "edition"), HAD_STR("enterprise"),
                     "use the enterprise edition");
    }
}

HAD_RULE_ENFORCED(
    SHARE002, HAD_PHASE_RESOURCE_FOREST, "O(n · m) in directories and shares", share002,
    "a shared directory of the standard edition",
    "A directory that serves the accounts of an organization is of the enterprise edition: the "
    "standard "
    "one has few shares, one Region and room for few objects, and the way up takes hours.",
    "use the enterprise edition");

/* The accounts that one directory is shared with, worked out once. */
struct shared {
    const struct had_object *directory;
    had_objects shares;
    struct had_map accounts;
};

/* Instances joined to the directory, in accounts that it is not shared with. */
static void share006(struct had_check *check)
{
    had_array(struct shared) all = {0};
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        struct shared *s = had_push(check->arena, &all);
        *s = (struct shared){.directory = directory, .shares = shares_of(check, directory)};
        had_objects accounts = {0};
        had_each(const struct had_object *, share, &s->shares)
            had_query_accounts(check, had_get_object(*share, "with"), &accounts);
        had_each(const struct had_object *, account, &accounts)
            had_map_put(check->arena, &s->accounts, (uintptr_t)*account, 1);
    }
    had_each_object(instance, had_spec_kind(check->spec, "instance")) {
        const struct had_object *directory = had_get_object(instance, "join");
        const struct had_object *account = had_object_account(instance);
        if (!directory || !had_is(directory, "directory") || !account ||
            account == had_object_account(directory))
            continue;
        const struct shared *s = all.items;
        while (s->directory != directory)
            s++;
        if (had_map_get(&s->accounts, (uintptr_t)account))
            continue;
        struct had_diag *d = had_rule_report(check, instance, had_query_span(instance, "join"),
                                             "instance `" HAD_FMT "` joins directory `" HAD_FMT
                                             "`, which is not shared with account `" HAD_FMT "`",
                                             HAD_ARG(instance->label), HAD_ARG(directory->label),
                                             HAD_ARG(had_query_path(check, account)));
        had_diag_label(d, directory->span, "the directory");
        if (s->shares.count)
            had_diag_label(d, s->shares.items[0]->span, "its shares");
        had_diag_help(d, "share it: `share directory " HAD_FMT " with account " HAD_FMT "`",
                      HAD_ARG(directory->label), HAD_ARG(had_query_path(check, account)));
    }
}

HAD_RULE(SHARE006, HAD_PHASE_WORKLOADS, "O(n) in instances and shares", share006,
         "a member in an account without share",
         "Instances join a managed directory seamlessly only in the account that owns it and in "
         "accounts that it is "
         "shared with.",
         "share the directory with the account");
