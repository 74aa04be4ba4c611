/* PS: permission sets, their names, numbers and texts. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <stdlib.h>
#include <string.h>

static bool name_ok(had_str name)
{
    for (uint32_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && (c == '\0' || !strchr("_+=,.@-", c)))
            return false;
    }
    return name.len > 0;
}

struct named {
    const struct had_object *set;
    had_str name;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = had_str_cmp(x->name, y->name);
    return order ? order : (x->set->order > y->set->order) - (x->set->order < y->set->order);
}

static void ps001(struct had_check *check)
{
    const int64_t most = had_fact_name_max("permission_set_name");
    had_array(struct named) all = {0};
    had_each_object(set, had_spec_kind(check->spec, "permission-set")) {
        had_str name = had_outside_name(check->arena, set);
        struct had_span span =
            had_query_stated(set, "name") ? had_query_span(set, "name") : set->name_span;
        *had_push(check->arena, &all) = (struct named){set, name};
        if (name.len > most) {
            struct had_diag *d = had_rule_report(
                check, set, span,
                "the name `" HAD_FMT "` of a permission set has %u characters, and may have %lld",
                HAD_ARG(name), (unsigned)name.len, (long long)most);
            had_diag_help(d, "state a shorter one: `name = \"…\"`");
        } else if (!name_ok(name)) {
            had_rule_report(check, set, span,
                            "the name `" HAD_FMT
                            "` of a permission set holds other than letters, digits and `+=,.@_-`",
                            HAD_ARG(name));
        }
    }
    if (all.count > 1)
        qsort(all.items, all.count, sizeof *all.items, by_name);
    for (uint32_t i = 1; i < all.count; i++) {
        const struct named *a = &all.items[i - 1], *b = &all.items[i];
        if (!had_str_eq(a->name, b->name))
            continue;
        struct had_diag *d = had_rule_report(
            check, b->set,
            had_query_stated(b->set, "name") ? had_query_span(b->set, "name") : b->set->name_span,
            "two permission sets have the name `" HAD_FMT "`", HAD_ARG(a->name));
        had_diag_label(d, a->set->span, "the other");
    }
}

HAD_RULE(
    PS001, HAD_PHASE_ACCESS, "O(n log n) in permission sets", ps001,
    "a name that Identity Center refuses",
    "The name of a permission set has 1 to 32 letters, digits and any of `+=,.@_-`, and no other "
    "set has it.",
    "state another one: `name = \"…\"`");

/* The code points that the API admits: tab, line feed, carriage return, 20 to 7E and A1 to FF. */
static bool description_ok(had_str text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x80) {
            if (c == 0x7f || (c < ' ' && c != '\t' && c != '\n' && c != '\r'))
                return false;
            continue;
        }
        unsigned char next = i + 1 < text.len ? (unsigned char)text.ptr[i + 1] : 0;
        if ((c != 0xc2 || next < 0xa1) && c != 0xc3)
            return false;
        i++;
    }
    return true;
}

static void ps002(struct had_check *check)
{
    had_each_object(set, had_spec_kind(check->spec, "permission-set"))
        if (had_query_stated(set, "description") && !set->existing &&
            !description_ok(had_get_text(set, "description")))
            had_rule_report(check, set, had_query_span(set, "description"),
                            "the description of permission set `" HAD_FMT
                            "` holds characters that Identity Center does not take",
                            HAD_ARG(set->label));
}

HAD_RULE(PS002, HAD_PHASE_ACCESS, "O(n) in permission sets", ps002,
         "a description that Identity Center refuses",
         "The description of a permission set is written in Latin letters, those of Western Europe "
         "included.",
         "leave other characters out");

static bool of_the_console(had_str url)
{
    had_str scheme = HAD_STR("https://");
    if (!had_str_starts(url, scheme.ptr))
        return false;
    uint32_t end = scheme.len;
    while (end < url.len && !strchr("/?#", url.ptr[end]))
        end++;
    had_str host = had_str_slice(url, scheme.len, end);
    uint32_t at = 0;
    for (const char *known = had_fact_word("hosts of the console", &at); known;
         known = had_fact_word("hosts of the console", &at))
        if (had_str_ends(host, known) || had_str_is(host, known + 1))
            return true;
    return false;
}

static void ps004(struct had_check *check)
{
    had_each_object(set, had_spec_kind(check->spec, "permission-set")) {
        had_str url = had_get_text(set, "relay-state");
        if (url.len && !of_the_console(url))
            had_rule_report(check, set, had_query_span(set, "relay-state"),
                            "people of permission set `" HAD_FMT
                            "` would land outside of the console",
                            HAD_ARG(set->label));
    }
}

/* Characters and length are refused by the language. */
HAD_RULE_ADVISED(
    PS004, HAD_PHASE_ACCESS, "O(n) in permission sets", ps004,
    "a relay state outside of the console",
    "The relay state is the page of the AWS console at which a session begins; anything else "
    "leads people away with their session.",
    "write an address like `https://console.aws.amazon.com/ec2/home`");

static void ps005(struct had_check *check)
{
    const struct had_object *raised;
    const int64_t most = had_fact_quota_value("identity center policies of a permission set", NULL);
    int64_t limit = had_query_limit(check, "identity center policies of a permission set", NULL,
                                    NULL, NULL, &raised);
    if (!raised)
        limit = had_fact_limit("permission set policies without a raised iam quota");
    if (limit > most)
        limit = most;
    had_each_object(set, had_spec_kind(check->spec, "permission-set")) {
        uint32_t managed = had_get_list(set, "policies").count,
                 own = had_get_list(set, "customer-policies").count;
        if (managed + own <= limit)
            continue;
        struct had_diag *d = had_rule_report(
            check, set, had_query_span(set, managed ? "policies" : "customer-policies"),
            "permission set `" HAD_FMT "` has %u policies, and may have %lld", HAD_ARG(set->label),
            (unsigned)(managed + own), (long long)limit);
        if (managed && own)
            had_diag_label(d, had_query_span(set, "customer-policies"), "%u of them",
                           (unsigned)own);
        if (raised)
            had_diag_label(d, had_query_span(raised, "limit"), "the quota that the spec states");
        else if (managed + own <= most)
            had_diag_help(d,
                          "have IAM's quota of policies of a role raised in each account and state "
                          "it: `quota \"identity center policies of a permission set\" because "
                          "\"…\" { limit = %u }`",
                          (unsigned)(managed + own));
    }
}

HAD_RULE_QUOTA(
    PS005, HAD_PHASE_ACCESS, "O(n) in permission sets", ps005,
    "a permission set with many policies",
    "A permission set has at most 20 policies; it becomes a role, and IAM lets a role have "
    "10 of them unless that quota is raised in each account.",
    "put several policies into one");

/* ---- customer policies in each account ---- */

/* Policies of the spec by path and name, and where each stands. */
struct own_policies {
    struct had_symbols names;
    struct had_map named;   /* whole name → policy */
    struct had_map holders; /* policy → set of accounts and units */
};

static struct own_policies own_policies(struct had_check *check)
{
    struct own_policies out = {.named = {0}};
    had_symbols_init(&out.names, check->arena);
    had_each_object(policy, had_spec_kind(check->spec, "policy")) {
        had_str name =
            had_str_printf(check->arena, HAD_FMT HAD_FMT, HAD_ARG(had_get_text(policy, "path")),
                           HAD_ARG(had_outside_name(check->arena, policy)));
        struct had_map *holders = had_new(check->arena, struct had_map);
        *holders = had_query_ref_set(check, policy, "accounts");
        had_map_put(check->arena, &out.holders, (uintptr_t)policy, (uintptr_t)holders);
        if (!had_symbol_find(&out.names, name)) /* of two the first */
            had_map_put(check->arena, &out.named, had_intern(&out.names, name), (uintptr_t)policy);
    }
    return out;
}

/* The policy that a text of `customer-policies` names, if the spec declares it. */
static const struct had_object *policy_named(struct had_check *check,
                                             const struct own_policies *own, had_str text)
{
    had_str whole =
        had_str_starts(text, "/") ? text : had_str_printf(check->arena, "/" HAD_FMT, HAD_ARG(text));
    had_sym name = had_symbol_find(&own->names, whole);
    const uint64_t *found = name ? had_map_get(&own->named, name) : NULL;
    return found ? (const struct had_object *)(uintptr_t)*found : NULL;
}

struct lacking {
    had_objects accounts;
    const struct had_object *assign;
};

static struct lacking accounts_without(struct had_check *check, const struct had_object *set,
                                       const struct had_map *holders)
{
    struct lacking out = {0};
    struct had_map seen = {0};
    had_each_object(assign, had_index_users(check, "assign", "subject", set)) {
        had_objects accounts = {0};
        had_query_accounts(check, had_get_object(assign, "account"), &accounts);
        had_each(const struct had_object *, account, &accounts) {
            if (!had_map_put(check->arena, &seen, (uintptr_t)*account, 1) ||
                had_query_is_among(holders, *account))
                continue;
            *had_push(check->arena, &out.accounts) = *account;
            out.assign = assign;
        }
    }
    return out;
}

static void present_everywhere(struct had_check *check, const struct own_policies *own,
                               const struct had_object *set, const struct had_value *value)
{
    const struct had_object *policy = value->tag == HAD_VALUE_REF ? value->object
                                      : value->tag == HAD_VALUE_TEXT
                                          ? policy_named(check, own, value->text)
                                          : NULL;
    if (!policy || !had_is(policy, "policy") || had_query_broken(policy, "accounts"))
        return; /* a policy that the spec does not declare is made elsewhere */
    struct lacking lacking = accounts_without(
        check, set,
        (const struct had_map *)(uintptr_t)*had_map_get(&own->holders, (uintptr_t)policy));
    if (!lacking.accounts.count)
        return;
    struct had_diag *d = had_rule_report(check, set, had_value_span(value),
                                         "policy `" HAD_FMT "` of permission set `" HAD_FMT
                                         "` is not in %s " HAD_FMT,
                                         HAD_ARG(policy->label), HAD_ARG(set->label),
                                         lacking.accounts.count == 1 ? "account" : "accounts",
                                         HAD_ARG(had_query_names(check, &lacking.accounts, 3)));
    had_diag_label(d, had_query_span(policy, "accounts"), "where it stands");
    had_diag_label(d, had_query_span(lacking.assign, "account"), "assigned here");
}

static void ps008(struct had_check *check)
{
    const struct own_policies own = own_policies(check);
    had_each_object(set, had_spec_kind(check->spec, "permission-set")) {
        struct had_value_list list = had_get_list(set, "customer-policies");
        for (uint32_t i = 0; i < list.count; i++)
            present_everywhere(check, &own, set, &list.items[i]);
        const struct had_value *boundary = had_get(set, "boundary");
        if (boundary->tag == HAD_VALUE_REF)
            present_everywhere(check, &own, set, boundary);
    }
}

HAD_RULE(
    PS008, HAD_PHASE_ACCESS, "O(n) in policies of sets and assignments", ps008,
    "a policy that an account does not have",
    "A permission set names policies of your own by name and path: each account to which it is "
    "assigned must have them before, its boundary as well.",
    "declare the policy on these accounts, too");

/* ---- how many ---- */

static void ps011(struct had_check *check)
{
    const had_objects *sets = had_spec_kind(check->spec, "permission-set");
    const struct had_object *raised;
    int64_t limit =
        had_query_limit(check, "identity center permission sets", NULL, NULL, NULL, &raised);
    if (limit >= 0 && sets->count > limit)
        had_rule_report(check, sets->items[limit], sets->items[limit]->span,
                        "there are %u permission sets, and may be %lld", (unsigned)sets->count,
                        (long long)limit);
    struct had_map of_account = {0}, seen = {0};
    had_each_object(assign, had_spec_kind(check->spec, "assign")) {
        const struct had_object *set = had_query_side(assign, 0),
                                *account = had_get_object(assign, "account");
        if (!set || !account)
            continue;
        /* The set and the account by their places in the lists of the spec: one number for both. */
        uint64_t pair = (uint64_t)set->order << 32 | account->order;
        if (!had_map_put(check->arena, &seen, pair, 1))
            continue;
        uint64_t *count = had_map_get(&of_account, (uintptr_t)account);
        uint64_t now = count ? *count + 1 : 1;
        had_map_put(check->arena, &of_account, (uintptr_t)account, now);
        limit = had_query_limit(check, "identity center permission sets of an account", NULL,
                                account, NULL, &raised);
        if (limit < 0 || now != (uint64_t)limit + 1)
            continue;
        had_rule_report(check, account, assign->span,
                        "account `" HAD_FMT "` has more than %lld permission sets",
                        HAD_ARG(had_query_path(check, account)), (long long)limit);
    }
}

HAD_RULE_QUOTA(PS011, HAD_PHASE_ACCESS, "O(n) in assignments and quotas", ps011,
               "more permission sets than their quota",
               "AWS limits the permission sets of Identity Center, and those of one account. The "
               "limits may be raised on request.",
               "state a raised quota, or let several groups share a set");

static void ps015(struct had_check *check)
{
    const int64_t most = had_fact_limit("permission set tags");
    const struct had_value *common = check->spec->self ? had_get(check->spec->self, "tags") : NULL;
    had_each_object(set, had_spec_kind(check->spec, "permission-set")) {
        const struct had_value *own = had_get(set, "tags");
        uint32_t count = own->tag == HAD_VALUE_MAP ? own->map.count : 0;
        for (uint32_t i = 0; common && common->tag == HAD_VALUE_MAP && i < common->map.count; i++) {
            bool replaced = false;
            for (uint32_t k = 0; own->tag == HAD_VALUE_MAP && k < own->map.count; k++)
                replaced |= had_str_eq(own->map.entries[k].key, common->map.entries[i].key);
            count += !replaced;
        }
        if (count > most)
            had_rule_report(check, set, had_query_span(set, "tags"),
                            "permission set `" HAD_FMT "` has %u tags, and may have %lld",
                            HAD_ARG(set->label), (unsigned)count, (long long)most);
    }
}

HAD_RULE(PS015, HAD_PHASE_ACCESS, "O(n) in permission sets and their tags", ps015,
         "a permission set with too many tags",
         "A permission set has at most 75 tags, those of the spec included.",
         "leave some of them out");
