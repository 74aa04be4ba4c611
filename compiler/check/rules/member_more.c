/* JOIN and APP: the Region of a member, its way to Systems Manager, and AWS services that join. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <string.h>

static void other_region(struct had_check *check, const struct had_object *member,
                         const char *attribute)
{
    const struct had_object *directory = had_get_object(member, attribute),
                            *region = had_object_region(member);
    const struct had_object *home =
        directory && (had_is(directory, "directory") || had_is(directory, "connector"))
            ? had_object_region(directory)
            : NULL;
    if (!home || !region || had_query_directory_at(check, directory, region))
        return;
    struct had_diag *d = had_rule_report(
        check, member, had_query_span(member, attribute),
        "%s `" HAD_FMT "` is in " HAD_FMT ", where %s `" HAD_FMT "` has no controllers",
        member->kind->name, HAD_ARG(member->label), HAD_ARG(region->label), directory->kind->name,
        HAD_ARG(directory->label));
    had_diag_label(d, directory->span, "in " HAD_FMT, HAD_ARG(home->label));
    if (had_is(directory, "directory"))
        had_diag_help(d,
                      "add a replica there, in the body of the directory: `replica " HAD_FMT
                      " in spoke … { … }`",
                      HAD_ARG(region->label));
}

static void join004(struct had_check *check)
{
    had_each_object(instance, had_spec_kind(check->spec, "instance"))
        other_region(check, instance, "join");
}

HAD_RULE(
    JOIN004, HAD_PHASE_WORKLOADS, "O(n) in instances and replicas", join004,
    "a member in a Region without its directory",
    "An instance joins a directory seamlessly in the Region of the directory, or in one to which "
    "it is replicated.",
    "add a replica of the directory, or move the instance");

static void app007(struct had_check *check)
{
    had_each_object(service, had_spec_kind(check->spec, "ad-service"))
        other_region(check, service, "directory");
}

HAD_RULE(
    APP007, HAD_PHASE_WORKLOADS, "O(n) in services and replicas", app007,
    "a service in a Region without its directory",
    "AWS services connect to a directory of their own Region, which is the directory's first or "
    "one to which it is replicated.",
    "add a replica of the directory in the Region of the service");

/* ---- Linux ---- */

static void join007(struct had_check *check)
{
    had_each_object(instance, had_spec_kind(check->spec, "instance")) {
        const struct had_object *directory = had_get_object(instance, "join");
        const struct had_value *secret = had_get(instance, "join-as");
        if (!directory || !had_is(directory, "directory") ||
            !had_str_is(had_get_text(instance, "os"), "linux") || secret->tag != HAD_VALUE_SECRET ||
            !had_query_stated(instance, "join-as"))
            continue;
        had_str name = secret->secret.name;
        /* A whole ARN has the name behind `:secret:`, and six characters of Secrets Manager's. */
        static const char prefix[] = "aws/directory-services/d-";
        static const char suffix[] = "/seamless-domain-join";
        int64_t at = -1;
        for (uint32_t i = 0; i + sizeof prefix - 1 <= name.len && at < 0; i++)
            if (memcmp(name.ptr + i, prefix, sizeof prefix - 1) == 0 &&
                (i == 0 || name.ptr[i - 1] == ':'))
                at = i;
        bool good = false;
        if (at >= 0) {
            had_str rest = had_str_slice(name, (uint32_t)at, name.len);
            for (uint32_t i = sizeof prefix - 1; i + sizeof suffix - 1 <= rest.len; i++)
                good |= memcmp(rest.ptr + i, suffix, sizeof suffix - 1) == 0;
        }
        if (good)
            continue;
        struct had_diag *d =
            had_rule_report(check, instance, had_query_span(instance, "join-as"),
                            "instance `" HAD_FMT "` would not find the secret `" HAD_FMT "`",
                            HAD_ARG(instance->label), HAD_ARG(name));
        had_diag_help(d,
                      "name it `aws/directory-services/D-ID/seamless-domain-join`, with the keys "
                      "`awsSeamlessDomainUsername` and `awsSeamlessDomainPassword`");
    }
}

HAD_RULE(JOIN007, HAD_PHASE_WORKLOADS, "O(n) in instances", join007,
         "a secret for joins of Linux with another name",
         "The seamless join of Linux reads its account from a secret whose name and keys AWS "
         "prescribes.",
         "give the secret the name that AWS prescribes");

/* ---- the way to Systems Manager ---- */

enum need { NEED_SSM, NEED_MESSAGES, NEED_DS, NEED_SECRETS, NEEDS };
static const char *const services[NEEDS] = {"ssm", "ssmmessages", "ds", "secretsmanager"};

static bool is_default(const struct had_value *value)
{
    return value->tag == HAD_VALUE_CIDR && value->cidr.length == 0;
}

static const struct had_object *place_of_default(const struct had_object *route)
{
    return is_default(&route->subject) ? route->parent : NULL;
}

/* A default route of the subnet, to anywhere: what is behind it is not for this rule to know. */
static bool leads_out(struct had_check *check, const struct had_object *subnet,
                      const struct had_object *spoke)
{
    const struct had_value *derived = had_get(subnet, "routes");
    for (uint32_t i = 0; derived->tag == HAD_VALUE_LIST && i < derived->list.count; i++) {
        const struct had_value *route = &derived->list.items[i];
        for (uint32_t k = 0; route->tag == HAD_VALUE_MAP && k < route->map.count; k++)
            if (had_str_is(route->map.entries[k].key, "range") &&
                is_default(route->map.entries[k].value))
                return true;
    }
    return had_index_by(check, "route", place_of_default, subnet)->count ||
           had_index_by(check, "route", place_of_default, spoke)->count;
}

static had_str service_of(const struct had_object *endpoint)
{
    had_str name = endpoint->name;
    for (uint32_t i = name.len; i > 0; i--)
        if (name.ptr[i - 1] == '.')
            return had_str_slice(name, i, name.len);
    return name;
}

struct place {
    const struct had_object *spoke, *first; /* a host without a way */
    uint32_t hosts;
    bool has[NEEDS], needs[NEEDS];
};

static void join010(struct had_check *check)
{
    static const char *const kinds[] = {"controller", "instance"};
    had_array(struct place) places = {0};
    struct had_map index = {0}, ways = {0}; /* subnet → it has a default route */
    for (size_t k = 0; k < 2; k++) {
        had_each_object(host, had_spec_kind(check->spec, kinds[k])) {
            const struct had_object *subnet = had_get_object(host, "subnet");
            const struct had_object *spoke = subnet ? had_query_spoke(subnet) : NULL;
            const struct had_object *join = k ? had_get_object(host, "join") : NULL;
            /* Of what is there already the spec knows neither routes nor endpoints. */
            if (!spoke || host->existing || spoke->existing || subnet->existing || (k && !join) ||
                had_get_bool(subnet, "public-ip"))
                continue;
            const uint64_t *way = had_map_get(&ways, (uintptr_t)subnet);
            bool out = way ? *way : leads_out(check, subnet, spoke);
            had_map_put(check->arena, &ways, (uintptr_t)subnet, out);
            if (out)
                continue;
            uint64_t *at = had_map_get(&index, (uintptr_t)spoke);
            if (!at) {
                *had_push(check->arena, &places) = (struct place){.spoke = spoke, .first = host};
                had_map_put(check->arena, &index, (uintptr_t)spoke, places.count - 1);
                at = had_map_get(&index, (uintptr_t)spoke);
            }
            struct place *p = &places.items[*at];
            p->hosts++;
            if (host->order < p->first->order)
                p->first = host;
            p->needs[NEED_SSM] = p->needs[NEED_MESSAGES] = true;
            p->needs[NEED_DS] |= join && had_is(join, "directory");
            p->needs[NEED_SECRETS] |= !k || had_str_is(had_get_text(host, "os"), "linux");
        }
    }
    if (!places.count)
        return;
    had_each_object(endpoint, had_spec_kind(check->spec, "endpoint")) {
        had_str service = service_of(endpoint);
        had_objects users = had_query_refs(check, endpoint, "used-by");
        had_each(const struct had_object *, user, &users) {
            uint64_t *at = had_map_get(&index, (uintptr_t)*user);
            for (int n = 0; at && n < NEEDS; n++)
                places.items[*at].has[n] |= had_str_is(service, services[n]);
        }
    }
    had_each(struct place, p, &places) {
        struct had_buffer missing = {0};
        uint32_t count = 0;
        for (int n = 0; n < NEEDS; n++)
            if (p->needs[n] && !p->has[n]) {
                had_buffer_printf(&missing, "%s`%s`", count ? ", " : "", services[n]);
                count++;
            }
        if (count) {
            had_str names = had_str_dup(check->arena, had_buffer_view(&missing));
            had_str more = p->hosts > 1 ? had_str_printf(check->arena, " and %u more",
                                                         (unsigned)(p->hosts - 1))
                                        : (had_str){0};
            struct had_diag *d = had_rule_report(
                check, p->first, p->first->span,
                "%s `" HAD_FMT "`" HAD_FMT " of spoke `" HAD_FMT "` cannot reach " HAD_FMT,
                p->first->kind->name, HAD_ARG(p->first->label), HAD_ARG(more),
                HAD_ARG(had_query_path(check, p->spoke)), HAD_ARG(names));
            had_diag_label(d, p->spoke->span, "no endpoint for " HAD_FMT ", and no default route",
                           HAD_ARG(names));
            had_diag_help(d,
                          "add `endpoint` for " HAD_FMT " to the spoke, or let those of another "
                          "be `used-by` it; module `systems-manager` of `std:endpoints` has them",
                          HAD_ARG(names));
        }
        had_buffer_free(&missing);
    }
}

HAD_RULE_ENFORCED(
    JOIN010, HAD_PHASE_EXTENDED, "O(n) in hosts, routes and endpoints", join010,
    "a member without a way to Systems Manager",
    "Hosts are joined and configured by Systems Manager, whose agent calls out: without a way to "
    "the internet it needs interface endpoints for `ssm` and `ssmmessages`, for `ds` to join a "
    "directory, and for `secretsmanager` where it reads secrets.",
    "add the endpoints to the spoke, or waive the rule where a proxy leads out");

/* ---- databases ---- */

/* The directory of SQL Server on RDS. */
static const struct had_object *directory_of_sql_server(const struct had_object *service)
{
    return had_str_is(had_get_text(service, "type"), "rds-sqlserver")
               ? had_get_object(service, "directory")
               : NULL;
}

static void app004(struct had_check *check)
{
    had_each_object(trust, had_spec_kind(check->spec, "trust")) {
        for (int i = 0; i < 2 && had_str_is(had_get_text(trust, "type"), "external"); i++) {
            const struct had_object *directory = had_query_side(trust, i),
                                    *other = had_query_side(trust, !i),
                                    *service = had_objects_first(had_index_by(
                                        check, "ad-service", directory_of_sql_server, directory));
            if (!service || !other)
                continue;
            struct had_diag *d = had_rule_report(
                check, trust, had_query_span(trust, "type"),
                "SQL Server on RDS does not admit users of `" HAD_FMT "` over an external trust",
                HAD_ARG(other->label));
            had_diag_label(d, service->span, "uses directory `" HAD_FMT "`",
                           HAD_ARG(directory->label));
        }
    }
}

HAD_RULE(
    APP004, HAD_PHASE_WORKLOADS, "O(n) in services and trusts", app004,
    "SQL Server on RDS and an external trust",
    "Windows authentication of SQL Server on RDS works over forest trusts, one-way or two-way.",
    "write `type = forest`");
