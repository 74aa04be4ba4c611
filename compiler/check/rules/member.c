/* JOIN, AD and DIR: members of a domain, their names and organizational units. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <stdlib.h>

/* ---- computer names ---- */

static const struct had_object *domain_of(const struct had_object *host)
{
    return had_is(host, "controller") ? had_query_domain(host) : had_get_object(host, "join");
}

static bool only_digits(had_str name)
{
    for (uint32_t i = 0; i < name.len; i++)
        if (name.ptr[i] < '0' || name.ptr[i] > '9')
            return false;
    return true;
}

struct named {
    const struct had_object *host, *domain;
    had_str name;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    if (x->domain != y->domain)
        return had_str_cmp(x->domain->address, y->domain->address);
    int order = had_str_cmp(x->name, y->name);
    return order ? order : (x->host->order > y->host->order) - (x->host->order < y->host->order);
}

/* Controllers speak through AD009, instances through JOIN009. */
static void computer_names(struct had_check *check, const char *kind)
{
    const int64_t most = had_fact_name_max("netbios_computer");
    static const char *const kinds[] = {"controller", "instance"};
    had_array(struct named) all = {0};
    for (size_t k = 0; k < 2; k++)
        had_each_object(host, had_spec_kind(check->spec, kinds[k]))
            if (domain_of(host))
                *had_push(check->arena, &all) = (struct named){
                    host, domain_of(host),
                    had_str_lower(check->arena, had_outside_name(check->arena, host))};
    had_each(struct named, n, &all) {
        if (!had_is(n->host, kind))
            continue;
        struct had_span span = had_query_stated(n->host, "name") ? had_query_span(n->host, "name")
                                                                 : n->host->name_span;
        if (n->name.len > most) {
            struct had_diag *d =
                had_rule_report(check, n->host, span,
                                "computer name `" HAD_FMT "` has %u characters, and may have %lld",
                                HAD_ARG(n->name), (unsigned)n->name.len, (long long)most);
            had_diag_help(d, "state a shorter one: `name = \"…\"`");
        } else if (only_digits(n->name)) {
            had_rule_report(check, n->host, span, "computer name `" HAD_FMT "` has digits only",
                            HAD_ARG(n->name));
        }
    }
    if (all.count)
        qsort(all.items, all.count, sizeof *all.items, by_name);
    for (uint32_t i = 1; i < all.count; i++) {
        struct named *a = &all.items[i - 1], *b = &all.items[i];
        if (a->domain != b->domain || !had_str_eq(a->name, b->name) || !had_is(b->host, kind))
            continue;
        struct had_diag *d =
            had_rule_report(check, b->host, b->host->span,
                            "two computers of `" HAD_FMT "` have the name `" HAD_FMT "`",
                            HAD_ARG(a->domain->label), HAD_ARG(a->name));
        had_diag_label(d, a->host->span, "%s `" HAD_FMT "`", a->host->kind->name,
                       HAD_ARG(a->host->label));
    }
}

static void ad009(struct had_check *check)
{
    computer_names(check, "controller");
}

HAD_RULE(AD009, HAD_PHASE_EXTENDED, "O(n log n) in members", ad009,
         "a controller with a computer name that AD refuses",
         "A computer name has 1 to 15 characters, not only digits, and is unique in its domain.",
         "choose another name");

static void join009(struct had_check *check)
{
    computer_names(check, "instance");
}

HAD_RULE(JOIN009, HAD_PHASE_WORKLOADS, "O(n log n) in members", join009,
         "a member with a computer name that AD refuses",
         "A computer name has 1 to 15 characters, not only digits, and is unique in its domain.",
         "choose another name");

/* ---- organizational units of a managed directory ---- */

/* Equal without case, and without spaces behind commas. */
static bool dn_ends(had_str dn, had_str end)
{
    uint32_t i = dn.len, j = end.len;
    while (j > 0) {
        if (i == 0)
            return false;
        if (dn.ptr[i - 1] == ' ' && (i < 2 || dn.ptr[i - 2] == ',')) {
            i--;
            continue;
        }
        if (!had_str_eq_nocase(had_str_slice(dn, i - 1, i), had_str_slice(end, j - 1, j)))
            return false;
        i--;
        j--;
    }
    return i == 0 || dn.ptr[i - 1] == ',' ||
           (dn.ptr[i - 1] == ' ' && i > 1 && dn.ptr[i - 2] == ',');
}

/* The unit that AWS makes for the customer's objects: `OU=AWS,DC=aws,DC=example,DC=com`. */
static had_str customer_unit(struct had_check *check, const struct had_object *directory)
{
    had_str root = had_get_text(directory, "root"), netbios = had_get_text(directory, "netbios");
    struct had_buffer b = {0};
    had_buffer_printf(&b, "OU=" HAD_FMT, HAD_ARG(netbios));
    for (uint32_t start = 0, i = 0; i <= root.len; i++) {
        if (i < root.len && root.ptr[i] != '.')
            continue;
        had_buffer_printf(&b, ",DC=" HAD_FMT, HAD_ARG(had_str_slice(root, start, i)));
        start = i + 1;
    }
    had_str text = had_str_dup(check->arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return text;
}

static void join008(struct had_check *check)
{
    had_each_object(instance, had_spec_kind(check->spec, "instance")) {
        const struct had_object *directory = had_get_object(instance, "join");
        had_str ou = had_get_text(instance, "ou");
        if (!directory || !had_is(directory, "directory") || !ou.len ||
            !had_query_stated(instance, "ou") || !had_get_text(directory, "root").len ||
            !had_get_text(directory, "netbios").len)
            continue;
        had_str unit = customer_unit(check, directory);
        if (dn_ends(ou, unit))
            continue;
        struct had_diag *d =
            had_rule_report(check, instance, had_query_span(instance, "ou"),
                            "the unit of instance `" HAD_FMT "` is not below `" HAD_FMT "`",
                            HAD_ARG(instance->label), HAD_ARG(unit));
        had_diag_label(d, directory->span, "directory `" HAD_FMT "`", HAD_ARG(directory->label));
        had_diag_help(d, "use a unit below it, such as `'OU=Computers," HAD_FMT "'`",
                      HAD_ARG(unit));
    }
}

HAD_RULE(JOIN008, HAD_PHASE_WORKLOADS, "O(n) in instances", join008,
         "a member outside the customer's unit",
         "In a managed directory customers may write only below the unit that has the directory's "
         "NetBIOS name: a join "
         "elsewhere is refused.",
         "use a unit below the customer's");

static void dir038(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        struct had_value_list units = had_get_list(directory, "ous");
        if (!had_get_text(directory, "root").len || !had_get_text(directory, "netbios").len)
            continue;
        had_str unit = customer_unit(check, directory);
        for (uint32_t i = 0; i < units.count; i++) {
            if (units.items[i].tag != HAD_VALUE_TEXT || dn_ends(units.items[i].text, unit))
                continue;
            struct had_diag *d = had_rule_report(check, directory, had_value_span(&units.items[i]),
                                                 "unit `" HAD_FMT "` is not below `" HAD_FMT "`",
                                                 HAD_ARG(units.items[i].text), HAD_ARG(unit));
            had_diag_help(d, "make it below the customer's unit, such as `'OU=ERP," HAD_FMT "'`",
                          HAD_ARG(unit));
        }
    }
}

HAD_RULE(DIR038, HAD_PHASE_RESOURCE_FOREST, "O(n) in units", dir038,
         "a unit outside the customer's",
         "AWS keeps the rest of a managed directory to itself: customers make units only below the "
         "one with the "
         "directory's NetBIOS name.",
         "make the unit below the customer's");

static void join011(struct had_check *check)
{
    had_each_object(instance, had_spec_kind(check->spec, "instance")) {
        const struct had_object *domain = had_get_object(instance, "join");
        if (!domain || had_is(domain, "directory"))
            continue;
        struct had_diag *d = had_rule_report(
            check, instance, had_query_span(instance, "join"),
            "instance `" HAD_FMT "` joins %s `" HAD_FMT "`, not a managed directory",
            HAD_ARG(instance->label), domain->kind->name, HAD_ARG(domain->label));
        had_diag_label(d, domain->span, "joined by hand, or over an AD Connector");
        const had_objects *directories = had_spec_kind(check->spec, "directory");
        if (directories->count)
            had_diag_help(d,
                          "write `join = directory " HAD_FMT "`: its trust lets the same people in",
                          HAD_ARG(directories->items[0]->label));
    }
}

HAD_RULE(JOIN011, HAD_PHASE_WORKLOADS, "O(n) in instances", join011,
         "a member of the users' forest",
         "Servers in AWS belong to the resource forest: they join it seamlessly, and the forest of "
         "the users stays free of "
         "computers that come and go.",
         "join the managed directory");

static void sec005(struct had_check *check)
{
    had_each_object(agent, had_spec_kind(check->spec, "idp-agent")) {
        struct had_value_list hosts = had_get_list(agent, "hosts");
        if (had_query_broken(agent, "hosts") || hosts.count >= 2)
            continue;
        had_rule_report(check, agent, had_query_span(agent, "hosts"),
                        "agent `" HAD_FMT "` runs on one host", HAD_ARG(agent->label));
    }
}

HAD_RULE(SEC005, HAD_PHASE_WORKLOADS, "O(n) in agents", sec005,
         "an agent of an identity provider on one host",
         "While the only agent is down, changes of people and passwords do not reach the other "
         "identity provider.",
         "run the agent on two hosts, as its vendor describes");
