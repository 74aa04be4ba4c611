/* SHARE: the directory in other accounts. */
#include "check/rules/rule.h"

#include "schema/facts.h"

/* Shares of a directory, in the order of their accounts. */
static had_objects shares_of(struct had_check *check, const struct had_object *directory)
{
    return *had_index_users(check, "share", "subject", directory);
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
        const struct had_object *raised;
        char *key = had_str_cstr(check->arena, edition);
        int64_t limit =
            had_query_limit(check, "directory shares", key, had_object_account(directory),
                            had_object_region(directory), &raised);
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

HAD_RULE_QUOTA(SHARE001, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories and shares", share001,
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
    SHARE002, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories and shares", share002,
    "a shared directory of the standard edition",
    "A directory that serves the accounts of an organization is of the enterprise edition: the "
    "standard "
    "one has few shares, one Region and room for few objects, and the way up takes hours.",
    "use the enterprise edition");

/* The accounts that one directory is shared with, worked out once. */
struct shared {
    had_objects shares;
    struct had_map accounts;
};

static bool joins(const struct had_object *service)
{
    had_str type = had_get_text(service, "type");
    return had_str_starts(type, "rds-") || had_str_is(type, "aurora") ||
           had_str_is(type, "fsx-windows");
}

static void unshared(struct had_check *check, const struct had_object *member,
                     const char *attribute, const struct had_map *all)
{
    const struct had_object *directory = had_get_object(member, attribute);
    const struct had_object *account = had_object_account(member);
    if (!directory || !had_is(directory, "directory") || !account ||
        account == had_object_account(directory))
        return;
    const struct shared *s =
        (const struct shared *)(uintptr_t)*had_map_get(all, (uintptr_t)directory);
    if (had_map_get(&s->accounts, (uintptr_t)account))
        return;
    struct had_diag *d =
        had_rule_report(check, member, had_query_span(member, attribute),
                        "%s `" HAD_FMT "` joins directory `" HAD_FMT
                        "`, which is not shared with account `" HAD_FMT "`",
                        member->kind->name, HAD_ARG(member->label), HAD_ARG(directory->label),
                        HAD_ARG(had_query_path(check, account)));
    had_diag_label(d, directory->span, "the directory");
    if (s->shares.count)
        had_diag_label(d, s->shares.items[0]->span, "its shares");
    had_diag_help(d, "share it: `share directory " HAD_FMT " with account " HAD_FMT "`",
                  HAD_ARG(directory->label), HAD_ARG(had_query_path(check, account)));
}

/* Instances and databases joined to the directory, in accounts that it is not shared with. */
static void share006(struct had_check *check)
{
    struct had_map all = {0}; /* directory → struct shared */
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        struct shared *s = had_new(check->arena, struct shared);
        had_map_put(check->arena, &all, (uintptr_t)directory, (uintptr_t)s);
        s->shares = shares_of(check, directory);
        had_objects accounts = {0};
        had_each(const struct had_object *, share, &s->shares)
            had_query_accounts(check, had_get_object(*share, "with"), &accounts);
        had_each(const struct had_object *, account, &accounts)
            had_map_put(check->arena, &s->accounts, (uintptr_t)*account, 1);
    }
    had_each_object(instance, had_spec_kind(check->spec, "instance"))
        unshared(check, instance, "join", &all);
    had_each_object(service, had_spec_kind(check->spec, "ad-service"))
        if (joins(service))
            unshared(check, service, "directory", &all);
}

HAD_RULE(SHARE006, HAD_PHASE_WORKLOADS, "O(n) in members and shares", share006,
         "a member in an account without share",
         "Instances join a managed directory seamlessly only in the account that owns it and in "
         "accounts that it is "
         "shared with.",
         "share the directory with the account");
