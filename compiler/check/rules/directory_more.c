/* DIR, SHARE, TRUST, SSO, DC and AD: replicas, connectors, methods, scopes, backups, names. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <string.h>

/* A directory has one replica in a Region: its networks are few. */
static void dir005(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        had_objects spokes = {0};
        if (had_get_object(directory, "spoke")) {
            *had_push(check->arena, &spokes) = had_get_object(directory, "spoke");
        }
        had_each_object(replica, had_index_users(check, "replica", "parent", directory)) {
            const struct had_object *spoke = had_get_object(replica, "spoke");
            if (!spoke)
                continue;
            had_ranges mine = {0};
            had_query_spoke_ranges(check, spoke, &mine);
            const struct had_range *hit = NULL;
            for (uint32_t i = 0; i < spokes.count && !hit; i++) {
                had_ranges other = {0};
                had_query_spoke_ranges(check, spokes.items[i], &other);
                had_each(struct had_range, a, &mine)
                    had_each(struct had_range, b, &other)
                        if (!hit && spokes.items[i] != spoke && had_cidr_overlaps(a->cidr, b->cidr))
                            hit = b;
            }
            if (hit) {
                struct had_diag *d =
                    had_rule_report(check, replica, had_query_span(replica, "spoke"),
                                    "the network of the replica overlaps spoke `" HAD_FMT "`",
                                    HAD_ARG(had_query_path(check, hit->object)));
                had_diag_label(d, hit->span, "where the directory stands, too");
                had_diag_label(d, mine.items[0].span, "range of the replica's network");
            }
            *had_push(check->arena, &spokes) = spoke;
        }
    }
}

HAD_RULE(DIR005, HAD_PHASE_RESOURCE_FOREST, "O(n) in replicas", dir005,
         "a replica in an overlapping network",
         "The networks of a directory in its Regions must not overlap: its controllers could not "
         "reach each other.",
         "choose a network with another range");

static void dir006(struct had_check *check)
{
    had_each_object(replica, had_spec_kind(check->spec, "replica")) {
        const struct had_object *region = had_object_region(replica);
        const struct had_fact_region *fact = region ? had_fact_region_find(region->name) : NULL;
        if (fact && strcmp(fact->multi_region, "no") == 0)
            had_rule_report(check, replica, replica->span,
                            "directories are not replicated to " HAD_FMT, HAD_ARG(region->label));
    }
}

HAD_RULE(DIR006, HAD_PHASE_RESOURCE_FOREST, "O(n) in replicas", dir006,
         "a replica where there are none",
         "AWS does not offer the replication of directories in some Regions that have to be opted "
         "in to.",
         "choose another Region, or make sure that AWS offers it there by now, and waive the rule");

/* The network of an endpoint that AD Connectors do not work beside. */
static const struct had_object *network_of_refused(const struct had_object *endpoint)
{
    uint32_t at = 0;
    for (const char *name = had_fact_word("endpoints refused beside a connector", &at); name;
         name = had_fact_word("endpoints refused beside a connector", &at))
        if (had_str_is(endpoint->name, name))
            return endpoint->parent;
    return NULL;
}

static void dir017(struct had_check *check)
{
    had_each_object(connector, had_spec_kind(check->spec, "connector")) {
        const struct had_object *endpoint = had_objects_first(had_index_by(
            check, "endpoint", network_of_refused, had_get_object(connector, "spoke")));
        if (!endpoint)
            continue;
        struct had_diag *d = had_rule_report(
            check, connector, had_query_span(connector, "spoke"),
            "connector `" HAD_FMT "` does not work beside the endpoint for `" HAD_FMT "`",
            HAD_ARG(connector->label), HAD_ARG(endpoint->name));
        had_diag_label(d, endpoint->span, "the endpoint");
    }
}

HAD_RULE(DIR017, HAD_PHASE_RESOURCE_FOREST, "O(n) in connectors and endpoints", dir017,
         "an AD Connector beside endpoints that break it",
         "An AD Connector cannot be made in a VPC with interface endpoints of CloudWatch, Systems "
         "Manager or STS.",
         "put the connector into another spoke");

static void dir022(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory"))
        if (!directory->existing && !had_query_broken(directory, "topic") &&
            !had_present(directory, "topic"))
            had_rule_report(check, directory, directory->span,
                            "nobody is told when the state of directory `" HAD_FMT "` changes",
                            HAD_ARG(directory->label));
}

HAD_RULE(DIR022, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories", dir022,
         "a directory without notifications",
         "Directory Service tells a topic when a directory becomes impaired or inoperable; without "
         "one, users tell first.",
         "state `topic` with a topic of the directory's Region");

static void share003(struct had_check *check)
{
    struct had_map told = {0};
    had_each_object(share, had_spec_kind(check->spec, "share")) {
        const struct had_object *directory =
            share->subject.tag == HAD_VALUE_REF ? share->subject.object : NULL;
        const struct had_object *owner = directory ? had_object_account(directory) : NULL;
        struct had_span span = had_query_span(share, "method");
        if (!had_str_is(had_get_text(share, "method"), "organization") || !owner ||
            had_query_is_management(check, owner) ||
            !had_map_put(check->arena, &told, (uint64_t)span.file << 32 | span.start, 1))
            continue;
        struct had_diag *d = had_rule_report(
            check, share, span,
            "directory `" HAD_FMT "` is not in the management account, and is shared by handshake",
            HAD_ARG(directory->label));
        had_diag_label(d, directory->span, "account `" HAD_FMT "`",
                       HAD_ARG(had_query_path(check, owner)));
    }
}

HAD_RULE(
    SHARE003, HAD_PHASE_RESOURCE_FOREST, "O(n) in shares", share003,
    "a share by organization from a member account",
    "Sharing without handshake works only from the management account, where no directory belongs.",
    "leave `method` out");

static void trust013(struct had_check *check)
{
    had_each_object(trust, had_spec_kind(check->spec, "trust")) {
        if (!had_str_is(had_get_text(trust, "type"), "external"))
            continue;
        const struct had_object *sides[2] = {
            trust->subject.tag == HAD_VALUE_REF ? trust->subject.object : NULL,
            had_get_object(trust, "with")};
        const struct had_object *child = NULL;
        for (int i = 0; i < 2 && !child; i++)
            child = had_objects_first(had_index_by(check, "domain", had_query_forest, sides[i]));
        if (!child)
            continue;
        struct had_diag *d =
            had_rule_report(check, trust, had_query_span(trust, "type"),
                            "the external trust leaves out domain `" HAD_FMT "` of the forest",
                            HAD_ARG(child->label));
        had_diag_label(d, child->span, "not reached");
    }
}

HAD_RULE(TRUST013, HAD_PHASE_RESOURCE_FOREST, "O(n) in trusts and domains", trust013,
         "an external trust with a forest of several domains",
         "An external trust joins two domains and nothing below them; people of the forest's other "
         "domains are not known.",
         "write `type = forest`");

/* A principal of another domain than the connector's, once for a domain. */
static void unseen(struct had_check *check, const struct had_object *connector,
                   const struct had_object *user, const struct had_value *to, struct had_map *told)
{
    const struct had_object *domain = to->tag == HAD_VALUE_PRINCIPAL ? to->principal->domain : NULL;
    if (!domain || domain == had_get_object(connector, "domain") ||
        !had_map_put(check->arena, told, (uintptr_t)domain, 1))
        return;
    struct had_diag *d =
        had_rule_report(check, user, had_value_span(to),
                        "connector `" HAD_FMT "` does not see the people of `" HAD_FMT "`",
                        HAD_ARG(connector->label), HAD_ARG(domain->label));
    had_diag_label(d, had_query_span(connector, "domain"), "the one domain that it serves");
}

static void sso009(struct had_check *check)
{
    static const char *const users[][2] = {{"assign", "principal"}, {"application", "groups"}};
    had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
        const struct had_object *connector = had_get_object(center, "source");
        const struct had_object *domain = connector && had_is(connector, "connector")
                                              ? had_get_object(connector, "domain")
                                              : NULL;
        struct had_map told = {0};
        if (!domain)
            continue;
        for (size_t k = 0; k < 2; k++)
            had_each_object(user, had_spec_kind(check->spec, users[k][0])) {
                struct had_value_list list = had_get_list(user, users[k][1]);
                for (uint32_t i = 0; i < list.count; i++)
                    unseen(check, connector, user, &list.items[i], &told);
            }
    }
}

HAD_RULE(SSO009, HAD_PHASE_ACCESS, "O(n) in assignments and applications", sso009,
         "people of a domain behind no connector",
         "An AD Connector serves Identity Center with the people of one domain only.",
         "use a managed directory with trusts as source");

/* What is one person or group to Active Directory. */
static had_str principal_key(struct had_check *check, const struct had_principal *p)
{
    return had_str_lower(check->arena,
                         had_str_printf(check->arena, "%d " HAD_FMT "\\" HAD_FMT, p->is_user,
                                        HAD_ARG(p->netbios), HAD_ARG(p->name)));
}

static void sso016(struct had_check *check)
{
    had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
        struct had_value_list scope = had_get_list(center, "sync");
        struct had_map told = {0};
        if (!had_query_stated(center, "sync") || had_query_broken(center, "sync"))
            continue;
        struct had_symbols synced;
        had_symbols_init(&synced, check->arena);
        for (uint32_t i = 0; i < scope.count; i++)
            if (scope.items[i].tag == HAD_VALUE_PRINCIPAL)
                had_intern(&synced, principal_key(check, scope.items[i].principal));
        had_each_object(assign, had_spec_kind(check->spec, "assign")) {
            const struct had_value *to = had_get(assign, "principal");
            struct had_span span = had_query_span(assign, "principal");
            if (to->tag != HAD_VALUE_PRINCIPAL || !to->principal->netbios.len ||
                had_symbol_find(&synced, principal_key(check, to->principal)) ||
                !had_map_put(check->arena, &told, (uint64_t)span.file << 32 | span.start, 1))
                continue;
            struct had_diag *d =
                had_rule_report(check, assign, span,
                                "`" HAD_FMT "\\" HAD_FMT "` is not in the scope of the AD sync",
                                HAD_ARG(to->principal->netbios), HAD_ARG(to->principal->name));
            had_diag_label(d, had_query_span(center, "sync"), "the stated scope");
            had_diag_help(d, "add it, or leave `sync` out: it then follows the assignments");
        }
    }
}

HAD_RULE(SSO016, HAD_PHASE_ACCESS, "O(n) in assignments and scope", sso016,
         "an assignment to someone who is not synced",
         "Identity Center knows only the groups and users in the scope of its AD sync; an "
         "assignment to another one is "
         "refused.",
         "add the group to `sync`");

static void dc014(struct had_check *check)
{
    had_each_object(controller, had_spec_kind(check->spec, "controller")) {
        const struct had_value *backup = had_get(controller, "backup");
        if (controller->existing || backup->tag != HAD_VALUE_INT || backup->number != 0)
            continue;
        had_rule_report(check, controller, had_query_span(controller, "backup"),
                        "controller `" HAD_FMT "` keeps no backup of its system state",
                        HAD_ARG(controller->label));
    }
}

HAD_RULE(DC014, HAD_PHASE_EXTENDED, "O(n) in controllers", dc014,
         "a domain controller without backup",
         "A forest is restored from system-state backups, which must be younger than 180 days; "
         "copies of disks are none.",
         "leave `backup` at its default, or state how long backups are kept");

static void ad005(struct had_check *check)
{
    static const char *const kinds[] = {"forest", "domain", "directory"};
    for (size_t k = 0; k < 3; k++) {
        had_each_object(object, had_spec_kind(check->spec, kinds[k])) {
            had_str root = had_get_text(object, "root");
            uint32_t dot = root.len;
            while (dot > 0 && root.ptr[dot - 1] != '.')
                dot--;
            had_str last = had_str_slice(root, dot, root.len);
            uint32_t at = 0;
            for (const char *name = had_fact_word("reserved top-level names", &at); name;
                 name = had_fact_word("reserved top-level names", &at))
                if (had_str_eq_nocase(last, had_str_c(name)) && !object->existing)
                    had_rule_report(check, object, had_query_span(object, "root"),
                                    "the name of %s `" HAD_FMT "` ends in `.%s`, which is reserved",
                                    kinds[k], HAD_ARG(object->label), name);
        }
    }
}

HAD_RULE(AD005, HAD_PHASE_FOUNDATION, "O(n) in domains", ad005, "a domain under a reserved suffix",
         "Names under reserved suffixes such as `.local` clash with other protocols, and no public "
         "certificate is ever "
         "issued for them.",
         "name the domain below one that your organization has registered");

static void ad012(struct had_check *check)
{
    had_each_object(service, had_spec_kind(check->spec, "ad-service")) {
        const struct had_object *directory = had_get_object(service, "directory");
        const struct had_fact_name *fact = had_fact_name_find("directory_dns_name_rds_sqlserver");
        int64_t most = 0;
        if (!had_str_is(had_get_text(service, "type"), "rds-sqlserver") || !directory || !fact ||
            !had_str_to_int(had_str_c(fact->max), &most) ||
            had_get_text(directory, "root").len <= most)
            continue;
        struct had_diag *d = had_rule_report(
            check, directory, had_query_span(directory, "root"),
            "the name of directory `" HAD_FMT "` is too long for SQL Server on RDS: it has "
            "%u characters, and may have %lld",
            HAD_ARG(directory->label), (unsigned)had_get_text(directory, "root").len,
            (long long)most);
        had_diag_label(d, service->span, "uses it");
    }
}

HAD_RULE(AD012, HAD_PHASE_WORKLOADS, "O(n) in services", ad012,
         "a directory name that is too long for RDS",
         "RDS for SQL Server joins only directories whose name has at most 47 characters.",
         "choose a shorter name before the directory is made");
