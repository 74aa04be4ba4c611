/* ASG: who is named, and how. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <stdlib.h>

struct named {
    const struct had_object *object;
    const struct had_value *value;
};
typedef had_array(struct named) principals;

static void add(struct had_check *check, const struct had_object *object, const char *attribute,
                principals *out)
{
    struct had_value_list list = had_get_list(object, attribute);
    for (uint32_t i = 0; i < list.count; i++)
        if (list.items[i].tag == HAD_VALUE_PRINCIPAL)
            *had_push(check->arena, out) = (struct named){object, &list.items[i]};
}

static principals all_principals(struct had_check *check)
{
    principals out = {0};
    had_each_object(assign, had_spec_kind(check->spec, "assign"))
        add(check, assign, "principal", &out);
    had_each_object(application, had_spec_kind(check->spec, "application"))
        add(check, application, "groups", &out);
    return out;
}

/* A name that Identity Center does not find in its identity source. */
static void asg003(struct had_check *check)
{
    principals all = all_principals(check);
    struct had_map told = {0};
    struct had_roots roots;
    had_query_roots(check, &roots);
    had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
        const struct had_object *source = had_get_object(center, "source");
        if (had_query_broken(center, "source"))
            continue;
        had_each(struct named, n, &all) {
            const struct had_principal *p = n->value->principal;
            struct had_span span = had_value_span(n->value);
            bool directory = p->netbios.len > 0;
            if (directory == (source != NULL) ||
                !had_map_put(check->arena, &told, (uint64_t)span.file << 32 | span.start, 1))
                continue;
            struct had_diag *d = had_rule_report(
                check, n->object, span,
                directory ? "%s `" HAD_FMT "` is of a directory, and people come from Identity "
                            "Center's own store"
                          : "%s `" HAD_FMT "` names no domain, and people come from a directory",
                p->is_user ? "user" : "group", HAD_ARG(n->value->text));
            had_diag_label(d, had_query_span(center, "source"), "the identity source");
            int64_t at = had_str_find(p->name, '@');
            const struct had_object *domain =
                at > 0
                    ? had_query_root(&roots, had_str_lower(check->arena,
                                                           had_str_slice(p->name, (uint32_t)at + 1,
                                                                         p->name.len)))
                    : NULL;
            if (domain && !directory)
                had_diag_help(d,
                              "write `'" HAD_FMT "\\" HAD_FMT "'`: `had` makes the name under "
                              "which it is looked up",
                              HAD_ARG(had_get_text(domain, "netbios")),
                              HAD_ARG(had_str_slice(p->name, 0, (uint32_t)at)));
            else if (!directory)
                had_diag_help(
                    d, "put the NetBIOS name of its domain before it: `'DOMAIN\\" HAD_FMT "'`",
                    HAD_ARG(p->name));
            else
                had_diag_help(d, "name a group of Identity Center, without the NetBIOS name");
        }
    }
}

HAD_RULE(ASG003, HAD_PHASE_ACCESS, "O(n) in principals and domains", asg003,
         "a principal that the identity source does not have",
         "With Active Directory as source, Identity Center knows people and groups of its domains "
         "alone, as NAME@domain; a spec writes them `DOMAIN\\NAME`, and the other name is derived.",
         "write the name with the NetBIOS name of its domain");

/* ---- twice ---- */

static int by_assignment(const void *a, const void *b)
{
    const struct had_object *x = *(const struct had_object *const *)a,
                            *y = *(const struct had_object *const *)b;
    const struct had_object *x_set = had_query_side(x, 0), *y_set = had_query_side(y, 0);
    int order = had_str_cmp(x_set->address, y_set->address);
    if (!order)
        order = had_str_cmp(had_get_object(x, "account")->address,
                            had_get_object(y, "account")->address);
    if (order)
        return order;
    had_str left = had_get(x, "principal")->text, right = had_get(y, "principal")->text;
    if (!had_str_eq_nocase(left, right)) {
        /* Folded bytewise, so that names that differ in case alone stand together. */
        for (uint32_t i = 0; i < left.len && i < right.len; i++) {
            int l = (unsigned char)left.ptr[i], r = (unsigned char)right.ptr[i];
            l = l >= 'A' && l <= 'Z' ? l + 32 : l;
            r = r >= 'A' && r <= 'Z' ? r + 32 : r;
            if (l != r)
                return l < r ? -1 : 1;
        }
        return left.len < right.len ? -1 : 1;
    }
    return (x->order > y->order) - (x->order < y->order);
}

static void asg004(struct had_check *check)
{
    had_objects all = {0};
    had_each_object(assign, had_spec_kind(check->spec, "assign"))
        if (had_query_side(assign, 0) && had_get_object(assign, "account") &&
            had_get(assign, "principal")->tag == HAD_VALUE_PRINCIPAL)
            *had_push(check->arena, &all) = assign;
    if (all.count > 1)
        qsort(all.items, all.count, sizeof(*all.items), by_assignment);
    struct had_map told = {0};
    for (uint32_t i = 1; i < all.count; i++) {
        const struct had_object *a = all.items[i - 1], *b = all.items[i];
        const struct had_value *x = had_get(a, "principal"), *y = had_get(b, "principal");
        struct had_span span = had_query_span(b, "principal");
        if (had_query_side(a, 0) != had_query_side(b, 0) ||
            had_get_object(a, "account") != had_get_object(b, "account") ||
            x->tag != HAD_VALUE_PRINCIPAL || y->tag != HAD_VALUE_PRINCIPAL ||
            x->principal->is_user != y->principal->is_user ||
            !had_str_eq_nocase(x->text, y->text) ||
            !had_map_put(check->arena, &told, (uint64_t)span.file << 32 | span.start, 1))
            continue;
        struct had_diag *d =
            had_rule_report(check, b, span, "`" HAD_FMT "` and `" HAD_FMT "` are one group",
                            HAD_ARG(y->text), HAD_ARG(x->text));
        had_diag_label(d, had_query_span(a, "principal"), "assigned the same here");
    }
}

HAD_RULE(
    ASG004, HAD_PHASE_ACCESS, "O(n log n) in assignments", asg004, "one assignment under two names",
    "Active Directory does not tell capitals from small letters: the second assignment of a set "
    "to the same group on the same account is refused.",
    "delete one of the two");

static void asg008(struct had_check *check)
{
    const had_objects *accounts = had_spec_kind(check->spec, "account"),
                      *applications = had_spec_kind(check->spec, "application");
    had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
        struct had_quota_use use = {"identity center accounts and applications",
                                    "account or application",
                                    "accounts and applications",
                                    had_object_account(center),
                                    had_object_region(center),
                                    false};
        had_query_quota(check, &use, center, center->span, HAD_STR("IAM Identity Center"),
                        (uint64_t)accounts->count + applications->count);
    }
}

HAD_RULE_QUOTA(ASG008, HAD_PHASE_ACCESS, "O(1)", asg008, "more accounts than Identity Center takes",
               "Accounts and applications together stay below 3,000, a quota that may be raised on "
               "request.",
               "have the quota raised, and state it with `quota`");
