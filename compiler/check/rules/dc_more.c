/* DC: size, clock, system, administration and placement of controllers. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <string.h>

static void dc009(struct had_check *check)
{
    had_each_object(controller, had_spec_kind(check->spec, "controller"))
        if (had_query_stated(controller, "protect") && !had_get_bool(controller, "protect"))
            had_rule_report(check, controller, had_query_span(controller, "protect"),
                            "controller `" HAD_FMT "` can be terminated by mistake",
                            HAD_ARG(controller->label));
}

HAD_RULE(DC009, HAD_PHASE_EXTENDED, "O(n) in controllers", dc009,
         "a domain controller without termination protection",
         "A controller that is terminated by mistake leaves the forest with an object that others "
         "still replicate to, and with what only it held.",
         "leave `protect` at its default");

static void dc010(struct had_check *check)
{
    static const char *const small[] = {"nano", "micro", "small"};
    had_each_object(controller, had_spec_kind(check->spec, "controller")) {
        had_str size = had_get_text(controller, "size");
        for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
            if (!had_str_ends(size, small[i]) || size.ptr[size.len - strlen(small[i]) - 1] != '.')
                continue;
            struct had_diag *d =
                had_rule_report(check, controller, had_query_span(controller, "size"),
                                "controller `" HAD_FMT "` is a `" HAD_FMT "`",
                                HAD_ARG(controller->label), HAD_ARG(size));
            had_diag_help(d, "use `m6i.large`, or `t3.medium` at least");
        }
    }
}

HAD_RULE(DC010, HAD_PHASE_EXTENDED, "O(n) in controllers", dc010, "a very small domain controller",
         "Windows with the directory's services and its database wants 4 GiB of memory or more; "
         "reference deployments begin at t3.medium.",
         "choose a larger size");

/* The clock of a forest is that of its root's PDC emulator; all others follow the hierarchy. */
static void dc013(struct had_check *check)
{
    had_each_object(controller, had_spec_kind(check->spec, "controller")) {
        const struct had_object *domain = had_query_domain(controller);
        struct had_value_list roles = had_get_list(controller, "roles");
        bool pdc = false;
        for (uint32_t i = 0; i < roles.count; i++)
            pdc |= had_str_is(roles.items[i].text, "pdc");
        bool root = pdc && domain && had_is(domain, "forest");
        had_str time = had_get_text(controller, "time");
        if (!had_query_stated(controller, "time") || had_query_broken(controller, "roles") ||
            root == had_str_is(time, "amazon"))
            continue;
        struct had_diag *d = had_rule_report(
            check, controller, had_query_span(controller, "time"),
            root ? "controller `" HAD_FMT "` gives the forest its time, and would ask itself"
                 : "controller `" HAD_FMT "` would not take its time from the domain",
            HAD_ARG(controller->label));
        if (root)
            had_diag_label(d, had_query_span(controller, "roles"), "the PDC emulator of the root");
    }
}

HAD_RULE(DC013, HAD_PHASE_EXTENDED, "O(n) in controllers", dc013,
         "a clock outside of the hierarchy",
         "Kerberos wants clocks that agree: the PDC emulator of the root domain asks a reliable "
         "source, which in AWS is the Amazon Time Sync Service, and everyone else follows it.",
         "leave `time` at its default");

/* ---- who may administer them ---- */

static const struct {
    uint16_t port;
    const char *name;
} administration[] = {{3389, "Remote Desktop"}, {5985, "WinRM"}, {5986, "WinRM"}};

/* The first port of administration that an `allow` admits, or NULL. */
static const char *administers(const struct had_object *allow)
{
    const struct had_value *subject = &allow->subject;
    struct had_value_list services = {(struct had_value *)(uintptr_t)subject, 1};
    if (subject->tag == HAD_VALUE_LIST)
        services = subject->list;
    for (uint32_t i = 0; i < services.count; i++) {
        const struct had_value *v = &services.items[i];
        for (uint32_t f = 0; v->tag == HAD_VALUE_SERVICE && f < v->service.count; f++) {
            const struct had_flow *flow = &v->service.flows[f];
            for (size_t k = 0; k < sizeof administration / sizeof *administration; k++)
                if (flow->protocol == HAD_PROTOCOL_ALL ||
                    (flow->protocol == HAD_PROTOCOL_TCP &&
                     flow->ports.first <= administration[k].port &&
                     flow->ports.last >= administration[k].port))
                    return administration[k].name;
        }
    }
    return NULL;
}

static void dc019(struct had_check *check)
{
    struct had_map told = {0};
    had_each_object(controller, had_spec_kind(check->spec, "controller")) {
        had_objects groups = had_query_refs(check, controller, "security-groups");
        had_each(const struct had_object *, group, &groups) {
            if (!had_map_put(check->arena, &told, (uintptr_t)*group, 1))
                continue;
            had_each_object(allow, &(*group)->children) {
                const char *name = had_is(allow, "allow") ? administers(allow) : NULL;
                struct had_value_list from = had_get_list(allow, "from");
                for (uint32_t i = 0; name && i < from.count; i++) {
                    const struct had_value *v = &from.items[i];
                    bool anyone = v->tag == HAD_VALUE_CIDR && v->cidr.length == 0;
                    bool network =
                        v->tag == HAD_VALUE_REF && v->object && had_is(v->object, "spoke");
                    if (!anyone && !network)
                        continue;
                    struct had_diag *d = had_rule_report(
                        check, controller, had_value_span(v),
                        anyone ? "%s to controller `" HAD_FMT "` is open to everyone"
                               : "%s to controller `" HAD_FMT "` is open to a whole network",
                        name, HAD_ARG(controller->label));
                    had_diag_label(d, had_query_span(controller, "security-groups"),
                                   "its groups are stated here");
                }
            }
        }
    }
}

HAD_RULE(
    DC019, HAD_PHASE_EXTENDED, "O(n) in controllers and lines of their groups", dc019,
    "administration of controllers from anywhere",
    "Whoever signs in to a controller can become any account of the forest: Remote Desktop and "
    "WinRM are let in from the subnets of administrators alone.",
    "name the ranges or the subnet from which controllers are administered");

/* ---- where members and controllers are ---- */

static void dc021(struct had_check *check)
{
    struct had_map near = {0}; /* domain and Region that have a controller, or were told */
    had_each_object(controller, had_spec_kind(check->spec, "controller"))
        had_map_put(
            check->arena, &near,
            had_index_pair(check, had_query_domain(controller), had_object_region(controller)), 1);
    had_each_object(instance, had_spec_kind(check->spec, "instance")) {
        const struct had_object *domain = had_get_object(instance, "join"),
                                *region = had_object_region(instance);
        if (!domain || !region || had_is(domain, "directory"))
            continue; /* of a managed directory: JOIN004 */
        if (!had_map_put(check->arena, &near, had_index_pair(check, domain, region), 1))
            continue;
        had_rule_report(check, instance, had_query_span(instance, "join"),
                        "members of `" HAD_FMT "` in " HAD_FMT " have no controller there",
                        HAD_ARG(domain->label), HAD_ARG(region->label));
    }
}

HAD_RULE(
    DC021, HAD_PHASE_WORKLOADS, "O(n) in instances and controllers", dc021,
    "members without a controller in their Region",
    "Members that ask controllers of another place wait longer, and do not sign in at all while "
    "the line is down.",
    "put controllers of the domain into the Region");

/* A controller's Windows cannot be older than the functional level of its forest or domain. */
static void dc022(struct had_check *check)
{
    had_each_object(controller, had_spec_kind(check->spec, "controller")) {
        had_str image = had_get_text(controller, "image");
        int64_t year, level;
        if (!had_str_starts(image, "windows-") ||
            !had_str_to_int(had_str_slice(image, 8, image.len), &year))
            continue;
        for (const struct had_object *at = had_query_domain(controller); at; at = at->parent) {
            had_str stated = had_get_text(at, "level");
            if (!had_str_to_int(stated, &level) || year >= level)
                continue;
            struct had_diag *d =
                had_rule_report(check, controller, had_query_span(controller, "image"),
                                "Windows Server %lld cannot be a controller of `" HAD_FMT
                                "`, whose level is " HAD_FMT,
                                (long long)year, HAD_ARG(at->label), HAD_ARG(stated));
            had_diag_label(d, had_query_span(at, "level"), "the functional level");
            had_diag_help(d, "use `image = windows-" HAD_FMT "`", HAD_ARG(stated));
            break;
        }
    }
}

HAD_RULE_ENFORCED(DC022, HAD_PHASE_EXTENDED, "O(n) in controllers", dc022,
                  "a controller with a Windows that is too old",
                  "Controllers run a current Windows Server; one that is older than the functional "
                  "level of its domain is refused when it is promoted.",
                  "use a newer image");
