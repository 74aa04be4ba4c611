/* ORG: organization, accounts, Regions. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <stdlib.h>
#include <string.h>

static int by_id(const void *a, const void *b)
{
    const struct had_object *x = *(const struct had_object *const *)a,
                            *y = *(const struct had_object *const *)b;
    int order = had_str_cmp(had_get_text(x, "id"), had_get_text(y, "id"));
    if (order)
        return order;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return had_str_cmp(x->address, y->address);
}

static void org002(struct had_check *check)
{
    had_objects accounts = {0};
    had_each_object(account, had_spec_kind(check->spec, "account"))
        if (had_get_text(account, "id").len)
            *had_push(check->arena, &accounts) = account;
    if (accounts.count)
        qsort(accounts.items, accounts.count, sizeof *accounts.items, by_id);
    for (uint32_t i = 1; i < accounts.count; i++) {
        const struct had_object *a = accounts.items[i - 1], *b = accounts.items[i];
        if (!had_str_eq(had_get_text(a, "id"), had_get_text(b, "id")))
            continue;
        struct had_diag *d =
            had_rule_report(check, b, had_query_span(b, "id"),
                            "accounts `" HAD_FMT "` and `" HAD_FMT "` have one id",
                            HAD_ARG(had_query_path(check, a)), HAD_ARG(had_query_path(check, b)));
        had_diag_label(d, had_query_span(a, "id"), "account `" HAD_FMT "`",
                       HAD_ARG(had_query_path(check, a)));
    }
}

HAD_RULE(
    ORG002, HAD_PHASE_FOUNDATION, "O(n log n) in accounts", org002, "one account id twice",
    "Each account is declared once: two names for one account would build everything in it twice.",
    "correct one of the ids");

static bool in_management(struct had_check *check, const struct had_object *object)
{
    const struct had_object *account = had_object_account(object);
    had_each_object(organization, had_spec_kind(check->spec, "organization"))
        if (account && had_get_object(organization, "management") == account)
            return true;
    return false;
}

static void org003(struct had_check *check)
{
    static const char *const kinds[] = {"hub",       "spoke",     "controller",
                                        "directory", "connector", "instance"};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        had_each_object(object, had_spec_kind(check->spec, kinds[k])) {
            if (!in_management(check, object))
                continue;
            /* What stands in a spoke of that account is told with the spoke. */
            const struct had_object *subnet = had_get_object(object, "subnet"),
                                    *spoke = had_get_object(object, "spoke");
            if ((subnet && in_management(check, subnet)) || (spoke && in_management(check, spoke)))
                continue;
            struct had_diag *d =
                had_rule_report(check, object, had_query_span(object, "account"),
                                "%s `" HAD_FMT "` stands in the management account",
                                object->kind->name, HAD_ARG(had_query_path(check, object)));
            had_diag_label(d, had_object_account(object)->span, "the management account");
        }
    }
}

HAD_RULE(ORG003, HAD_PHASE_FOUNDATION, "O(n) in hubs, spokes and hosts", org003,
         "resources in the management account",
         "The management account can do everything in every account: nothing runs there, so that "
         "nobody has a reason to "
         "enter it.",
         "move it to another account");

/* True if the comma-separated list of letters holds one. */
static bool holds(const char *zones, had_str letter)
{
    for (const char *z = zones; *z; z++)
        if (letter.len == 1 && *z == letter.ptr[0])
            return true;
    return false;
}

/* "a, b, c" of "a,b,c". */
static had_str spaced(struct had_check *check, const char *zones)
{
    struct had_buffer b = {0};
    for (const char *z = zones; *z; z++) {
        had_buffer_char(&b, *z);
        if (*z == ',')
            had_buffer_char(&b, ' ');
    }
    had_str text = had_str_dup(check->arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return text;
}

/* A subnet in a zone that its Region does not list was told when it was read. */
static void org005(struct had_check *check)
{
    had_each_object(region, had_spec_kind(check->spec, "region")) {
        const struct had_fact_region *fact = had_fact_region_find(region->name);
        if (!fact)
            continue; /* told when it was read */
        struct had_value_list zones = had_get_list(region, "zones");
        for (uint32_t i = 0; i < zones.count; i++) {
            if (zones.items[i].tag != HAD_VALUE_TEXT || holds(fact->zones, zones.items[i].text))
                continue;
            struct had_diag *d = had_rule_report(
                check, region, had_value_span(&zones.items[i]), HAD_FMT " has no zone " HAD_FMT,
                HAD_ARG(region->label), HAD_ARG(zones.items[i].text));
            had_diag_help(d, "use zones of " HAD_FMT ": " HAD_FMT, HAD_ARG(region->label),
                          HAD_ARG(spaced(check, fact->zones)));
        }
        const struct had_value *ids = had_get(region, "zone-ids");
        for (uint32_t i = 0; ids->tag == HAD_VALUE_MAP && i < ids->map.count; i++) {
            const struct had_value *id = ids->map.entries[i].value;
            had_str prefix = had_str_c(fact->zone_id_prefix);
            if (id->tag != HAD_VALUE_TEXT || !prefix.len || had_str_is(prefix, "-"))
                continue;
            if (!had_str_starts(id->text, fact->zone_id_prefix) || id->text.len <= prefix.len ||
                id->text.ptr[prefix.len] != '-') {
                struct had_diag *d = had_rule_report(check, region, had_value_span(id),
                                                     "zone id `" HAD_FMT "` is not one of " HAD_FMT,
                                                     HAD_ARG(id->text), HAD_ARG(region->label));
                had_diag_help(d, "ids of zones there begin with `%s-az`", fact->zone_id_prefix);
                continue;
            }
            for (uint32_t j = 0; j < i; j++) {
                if (!had_str_eq(id->text, ids->map.entries[j].value->text))
                    continue;
                struct had_diag *d =
                    had_rule_report(check, region, had_value_span(id),
                                    "two zones have the id `" HAD_FMT "`", HAD_ARG(id->text));
                had_diag_label(d, ids->map.entries[j].value->span, "zone " HAD_FMT,
                               HAD_ARG(ids->map.entries[j].key));
            }
        }
    }
}

HAD_RULE(ORG005, HAD_PHASE_FOUNDATION, "O(n) in Regions", org005,
         "a zone that the Region does not have",
         "An Availability Zone belongs to one Region; letters and ids of others are refused.",
         "use a zone of the Region");

static void org006(struct had_check *check)
{
    static const char *const kinds[] = {"directory", "connector"};
    for (size_t k = 0; k < 2; k++) {
        had_each_object(directory, had_spec_kind(check->spec, kinds[k])) {
            const struct had_object *region = had_object_region(directory);
            const struct had_fact_region *fact = region ? had_fact_region_find(region->name) : NULL;
            if (fact && !fact->directory_service)
                had_rule_report(check, directory, directory->span,
                                "Directory Service is not offered in " HAD_FMT,
                                HAD_ARG(region->label));
        }
    }
}

HAD_RULE(ORG006, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories", org006,
         "a directory where there are none", "Directory Service has no endpoint in some Regions.",
         "choose another Region for the directory");

static void org001(struct had_check *check)
{
    had_each_object(organization, had_spec_kind(check->spec, "organization"))
        if (had_str_is(had_get_text(organization, "features"), "billing"))
            had_rule_report(check, organization, had_query_span(organization, "features"),
                            "organization `" HAD_FMT "` has the billing features alone",
                            HAD_ARG(organization->label));
}

HAD_RULE(ORG001, HAD_PHASE_FOUNDATION, "O(1)", org001, "an organization without all features",
         "Sharing resources, delegating administration and Identity Center itself need an "
         "organization with all features.",
         "write `features = all`, once every account has agreed to it");

/* True if the stated list of trusted services has one, by its short name or as a principal. */
static bool trusts(struct had_check *check, const struct had_object *organization,
                   const char *service)
{
    struct had_value_list list = had_get_list(organization, "trusted-services");
    had_str principal = had_str_printf(check->arena, "%s.amazonaws.com", service);
    for (uint32_t i = 0; i < list.count; i++)
        if (had_str_is(list.items[i].text, service) || had_str_eq(list.items[i].text, principal))
            return true;
    return false;
}

static void sso003(struct had_check *check)
{
    had_each_object(organization, had_spec_kind(check->spec, "organization")) {
        if (!had_query_stated(organization, "trusted-services") ||
            had_query_broken(organization, "trusted-services") ||
            trusts(check, organization, "sso"))
            continue;
        had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
            const struct had_object *account = had_get_object(center, "account");
            if (!account || account == had_get_object(organization, "management"))
                continue;
            struct had_diag *d = had_rule_report(
                check, center, had_query_span(center, "account"),
                "account `" HAD_FMT "` cannot become the administrator of IAM Identity Center: "
                "the organization does not trust `sso`",
                HAD_ARG(had_query_path(check, account)));
            had_diag_label(d, had_query_span(organization, "trusted-services"),
                           "the services that it trusts");
            had_diag_help(
                d, "add `\"sso\"` to `trusted-services`, or leave it out: it is then derived");
        }
    }
}

HAD_RULE(SSO003, HAD_PHASE_ACCESS, "O(1)", sso003,
         "an administrator of Identity Center that cannot be registered",
         "Identity Center has one delegated administrator, a member account, which the management "
         "account registers once "
         "the organization trusts the service.",
         "let the organization trust `sso`");

static void ram001(struct had_check *check)
{
    static const char *const kinds[] = {"hub", "forward", "spoke", "subnet"};
    had_each_object(organization, had_spec_kind(check->spec, "organization")) {
        if (!had_query_stated(organization, "trusted-services") ||
            had_query_broken(organization, "trusted-services") ||
            trusts(check, organization, "ram"))
            continue;
        const struct had_object *example = NULL;
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            had_each_object(object, had_spec_kind(check->spec, kinds[k])) {
                had_objects with = had_query_refs(check, object, "share-with");
                had_each(const struct had_object *, holder, &with)
                    if (!example && !had_is(*holder, "account") &&
                        had_query_stated(object, "share-with"))
                        example = object;
            }
        }
        if (!example)
            continue;
        struct had_diag *d =
            had_rule_report(check, organization, had_query_span(organization, "trusted-services"),
                            "sharing within organization `" HAD_FMT "` is not enabled",
                            HAD_ARG(organization->label));
        had_diag_label(d, had_query_span(example, "share-with"), "shared with it, or a unit of it");
        had_diag_help(d,
                      "add `\"ram\"` to `trusted-services`, or leave it out: it is then derived");
    }
}

HAD_RULE(RAM001, HAD_PHASE_FOUNDATION, "O(n) in shares", ram001,
         "a share with an organization that does not share",
         "Resources are shared with an organization or a unit of it only after the management "
         "account has enabled sharing "
         "in AWS RAM.",
         "let the organization trust `ram`");

/* ---- Regions that accounts must switch on ---- */

static void org007(struct had_check *check)
{
    had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
        const struct had_object *region = had_object_region(center);
        const struct had_fact_region *fact = region ? had_fact_region_find(region->name) : NULL;
        if (!fact || strcmp(fact->opt_in, "opt-in") != 0)
            continue;
        had_objects without = {0};
        had_each_object(account, had_spec_kind(check->spec, "account")) {
            struct had_map regions = had_query_ref_set(check, account, "regions");
            if (had_query_stated(account, "regions") && !had_query_broken(account, "regions") &&
                !had_map_get(&regions, (uintptr_t)region))
                *had_push(check->arena, &without) = account;
        }
        if (!without.count)
            continue;
        struct had_diag *d = had_rule_report(
            check, center, had_query_span(center, "region"),
            "Identity Center in " HAD_FMT " cannot manage account%s " HAD_FMT
            ", which %s not enable that Region",
            HAD_ARG(region->label), without.count > 1 ? "s" : "",
            HAD_ARG(had_query_names(check, &without, 3)), without.count > 1 ? "do" : "does");
        had_diag_label(d, had_query_span(without.items[0], "regions"),
                       "Regions of account `" HAD_FMT "`",
                       HAD_ARG(had_query_path(check, without.items[0])));
    }
}

HAD_RULE(ORG007, HAD_PHASE_ACCESS, "O(n) in accounts", org007,
         "Identity Center in a Region that accounts lack",
         "From a Region that must be switched on, Identity Center manages only the accounts that "
         "have done so, and whoever switches it off ends every sign-in.",
         "add the Region to `regions` of the accounts, or enable Identity Center in a default "
         "Region");

/* ---- zones of several accounts ---- */

/* Controllers of one domain in one Region, of which no account alone has two zones. */
static void compare_zones(struct had_check *check, const had_owned_list *all, uint32_t first,
                          uint32_t end)
{
    const struct had_object *one = NULL, *two = NULL;
    for (uint32_t i = first; i < end; i++) {
        const struct had_object *subnet = had_get_object(all->items[i].object, "subnet");
        const struct had_object *account = subnet ? had_object_account(subnet) : NULL;
        if (!account || !had_query_zone(subnet).len)
            return;
        for (uint32_t j = first; j < i; j++) {
            const struct had_object *other = had_get_object(all->items[j].object, "subnet");
            if (had_str_eq(had_query_zone(subnet), had_query_zone(other)))
                continue;
            if (had_object_account(other) == account)
                return; /* told apart within one account */
            one = one ? one : all->items[j].object;
            two = two ? two : all->items[i].object;
        }
    }
    if (!two)
        return; /* one letter: DC002 */
    const struct had_object *region = all->items[first].b;
    const struct had_object *a = had_get_object(one, "subnet"), *b = had_get_object(two, "subnet");
    struct had_diag *d = had_rule_report(
        check, two, had_query_span(two, "subnet"),
        "zone " HAD_FMT " of account `" HAD_FMT "` may be zone " HAD_FMT " of account `" HAD_FMT
        "`, and all controllers of `" HAD_FMT "` be in it",
        HAD_ARG(had_query_zone(b)), HAD_ARG(had_query_path(check, had_object_account(b))),
        HAD_ARG(had_query_zone(a)), HAD_ARG(had_query_path(check, had_object_account(a))),
        HAD_ARG(all->items[first].a->label));
    had_diag_label(d, had_query_span(one, "subnet"), "the other controller");
    had_diag_help(d, "state `zone-ids` of region " HAD_FMT, HAD_ARG(region->label));
}

static void org008(struct had_check *check)
{
    had_owned_list all = {0};
    had_each_object(controller, had_spec_kind(check->spec, "controller")) {
        const struct had_object *region = had_object_region(controller);
        const struct had_object *domain = had_query_domain(controller);
        if (region && domain && !had_present(region, "zone-ids"))
            *had_push(check->arena, &all) = (struct had_owned){domain, region, controller};
    }
    had_query_sort_owned(&all);
    for (uint32_t i = 0, end; i < all.count; i = end) {
        end = had_query_run(&all, i);
        compare_zones(check, &all, i, end);
    }
}

HAD_RULE(ORG008, HAD_PHASE_EXTENDED,
         "O(n log n) in controllers, and the square of those of one domain in a Region", org008,
         "zones of two accounts compared by their letters",
         "AWS gives the letters of zones to each account anew: only ids say that two zones of "
         "different accounts are two.",
         "state `zone-ids` of the Region");

/* ---- partitions ---- */

/* Of ARNs in attributes HAD0216 speaks; those of secrets are read without their place. */
static void secret_partition(struct had_check *check, const struct had_object *object,
                             const struct had_value *v, const struct had_fact_region *fact)
{
    uint32_t end = 4;
    if (v->tag != HAD_VALUE_SECRET || !had_str_starts(v->secret.name, "arn:"))
        return;
    had_str arn = v->secret.name;
    while (end < arn.len && arn.ptr[end] != ':')
        end++;
    had_str partition = had_str_slice(arn, 4, end);
    if (had_str_is(partition, fact->partition))
        return;
    struct had_diag *d =
        had_rule_report(check, object, had_value_span(v),
                        "an ARN of partition `" HAD_FMT "` means nothing in %s, which is of `%s`",
                        HAD_ARG(partition), fact->code, fact->partition);
    had_diag_help(d, "ARNs there begin with `arn:%s:`", fact->partition);
}

static void org010(struct had_check *check)
{
    const had_objects *regions = had_spec_kind(check->spec, "region");
    const struct had_object *first = NULL;
    const struct had_fact_region *main = NULL;
    had_each_object(region, regions) {
        const struct had_fact_region *fact = had_fact_region_find(region->name);
        if (fact && (!first || region->order < first->order)) {
            first = region;
            main = fact;
        }
    }
    if (!main)
        return;
    had_each_object(region, regions) {
        const struct had_fact_region *fact = had_fact_region_find(region->name);
        if (!fact || strcmp(fact->partition, main->partition) == 0)
            continue;
        struct had_diag *d = had_rule_report(
            check, region, region->span, HAD_FMT " is of partition `%s`, and " HAD_FMT " of `%s`",
            HAD_ARG(region->label), fact->partition, HAD_ARG(first->label), main->partition);
        had_diag_label(d, first->span, "another partition");
        had_diag_help(d, "partitions share no organization: write a spec for each");
    }
    for (uint32_t i = 0; i < check->spec->objects.count; i++) {
        const struct had_object *object = check->spec->objects.items[i];
        const struct had_object *region = had_object_region(object);
        const struct had_fact_region *fact = region ? had_fact_region_find(region->name) : NULL;
        for (uint32_t k = 0; had_kind_attr(object->kind, k); k++)
            if (object->attrs[k])
                secret_partition(check, object, object->attrs[k], fact ? fact : main);
    }
}

HAD_RULE(ORG010, HAD_PHASE_FOUNDATION, "O(n) in attributes", org010, "two partitions in one spec",
         "An organization, its accounts and its ARNs belong to one partition, such as `aws` or "
         "`aws-us-gov`: nothing is shared or named across.",
         "keep to Regions of one partition");
