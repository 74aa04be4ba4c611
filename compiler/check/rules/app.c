/* APP and TRUST002: AWS services that use a directory. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <string.h>

static void app001(struct had_check *check)
{
    static const struct {
        const char *kind, *fact, *words;
    } kinds[] = {{"directory", "managed_ad", "a managed directory"},
                 {"connector", "ad_connector", "an AD Connector"},
                 {"forest", "self_managed", "a self-managed forest"}};
    had_each_object(service, had_spec_kind(check->spec, "ad-service")) {
        const struct had_object *directory = had_get_object(service, "directory");
        const struct had_fact_service *fact = had_query_service_fact(service);
        if (!directory || !fact)
            continue;
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            if (!had_is(directory, kinds[k].kind) || strstr(fact->directory_kinds, kinds[k].fact))
                continue;
            struct had_diag *d =
                had_rule_report(check, service, had_query_span(service, "directory"),
                                "%s does not work with %s", fact->service, kinds[k].words);
            had_diag_label(d, directory->span, "%s `" HAD_FMT "`", kinds[k].kind,
                           HAD_ARG(directory->label));
            const had_objects *managed = had_spec_kind(check->spec, "directory");
            if (strstr(fact->directory_kinds, "managed_ad"))
                had_diag_help(d, "use a managed directory%s" HAD_FMT "%s",
                              managed->count ? ": `directory " : "",
                              HAD_ARG(managed->count ? managed->items[0]->label : (had_str){0}),
                              managed->count ? "`" : "");
        }
    }
}

HAD_RULE(APP001, HAD_PHASE_WORKLOADS, "O(n) in services", app001,
         "a service on the wrong kind of directory",
         "Each AWS service that integrates with Active Directory works with certain kinds of "
         "directories only; most need "
         "AWS Managed Microsoft AD.",
         "use a managed directory");

/* ---- services that have ended ---- */

static bool is_dated(const char *end)
{
    return end[0] >= '0' && end[0] <= '9';
}

static void ended(struct had_check *check, bool dated)
{
    had_each_object(service, had_spec_kind(check->spec, "ad-service")) {
        const struct had_fact_service *fact = had_query_service_fact(service);
        if (!fact || strcmp(fact->end_of_life, "-") == 0 || is_dated(fact->end_of_life) != dated)
            continue;
        had_rule_report(check, service, had_query_span(service, "type"),
                        dated ? "%s has ended on %s" : "%s is %s", fact->service,
                        fact->end_of_life);
    }
}

static void app002(struct had_check *check)
{
    ended(check, true);
}

HAD_RULE(APP002, HAD_PHASE_WORKLOADS, "O(n) in services", app002, "a service that has ended",
         "Amazon Chime has ended; the Chime SDK, which uses no directory, remains.",
         "leave the service out");

static void app005(struct had_check *check)
{
    ended(check, false);
}

HAD_RULE(APP005, HAD_PHASE_WORKLOADS, "O(n) in services", app005, "a service that is retired",
         "WorkDocs and WorkSpaces Application Manager take no new customers, or have ended. No "
         "document with the day was found: the rule runs where it is asked for.",
         "leave the service out");

static void app003(struct had_check *check)
{
    had_each_object(service, had_spec_kind(check->spec, "ad-service")) {
        const struct had_object *directory = had_get_object(service, "directory");
        if (!had_str_is(had_get_text(service, "type"), "transfer-family") || !directory ||
            had_is(directory, "forest") || !had_object_account(service) ||
            !had_object_account(directory) ||
            had_object_account(service) == had_object_account(directory))
            continue;
        struct had_diag *d = had_rule_report(
            check, service, had_query_span(service, "directory"),
            "AWS Transfer Family does not work with a directory of another account");
        had_diag_label(d, directory->span, "account `" HAD_FMT "`",
                       HAD_ARG(had_query_path(check, had_object_account(directory))));
    }
}

HAD_RULE(APP003, HAD_PHASE_WORKLOADS, "O(n) in services", app003,
         "Transfer Family with a shared directory",
         "Transfer Family admits a directory of its own account and Region; shared directories are "
         "not supported.",
         "put the server into the account of the directory");

/* Services that read users over a one-way trust; Identity Center speaks through TRUST003. */
static void trust002(struct had_check *check)
{
    had_each_object(trust, had_spec_kind(check->spec, "trust")) {
        had_str direction = had_get_text(trust, "direction");
        if (!direction.len || had_str_is(direction, "two-way"))
            continue;
        for (int i = 0; i < 2; i++) {
            const struct had_object *directory = had_query_side(trust, i),
                                    *other = had_query_side(trust, !i);
            const had_objects *services =
                had_index_by(check, "ad-service", had_query_reads_both_ways, directory);
            if (!services->count || !other)
                continue;
            const struct had_object *service = services->items[0];
            struct had_diag *d =
                had_rule_report(check, trust, had_query_span(trust, "direction"),
                                "%s does not see the users of `" HAD_FMT "` over a one-way trust",
                                had_query_service_fact(service)->service, HAD_ARG(other->label));
            had_diag_label(d, service->span, "uses directory `" HAD_FMT "`%s",
                           HAD_ARG(directory->label),
                           services->count > 1 ? ", as other services do" : "");
        }
    }
}

HAD_RULE(TRUST002, HAD_PHASE_WORKLOADS, "O(n) in services and trusts", trust002,
         "a one-way trust under a service that reads users",
         "Services such as WorkSpaces and Connect look people up in the other forest, for which it "
         "has to trust the "
         "directory, too.",
         "write `direction = two-way`");
