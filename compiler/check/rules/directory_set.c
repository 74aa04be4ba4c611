/* DIR and HYD: what is set on a directory, how many there are, hybrid directories. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <string.h>

static const had_objects *replicas_of(struct had_check *check, const struct had_object *directory)
{
    return had_index_users(check, "replica", "parent", directory);
}

static bool is_hybrid(const struct had_object *directory)
{
    return had_str_is(had_get_text(directory, "edition"), "hybrid");
}

static void dir004(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        const had_objects *replicas = replicas_of(check, directory);
        int64_t limit = had_fact_quota_value("directory regions", "enterprise");
        if (limit < 0 || replicas->count < limit)
            continue;
        had_rule_report(
            check, replicas->items[replicas->count - 1], replicas->items[replicas->count - 1]->span,
            "directory `" HAD_FMT "` would be in %u Regions, and may be in %lld",
            HAD_ARG(directory->label), (unsigned)(replicas->count + 1), (long long)limit);
    }
}

HAD_RULE(DIR004, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories and replicas", dir004,
         "a directory in too many Regions",
         "A managed directory has its first Region and at most four further ones.",
         "leave a replica out: members of that Region use a near one");

/* Two controllers because nobody thought about it, under people's sign-in or several accounts. */
static void dir008(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        if (directory->existing || had_query_stated(directory, "controllers") ||
            had_query_broken(directory, "controllers") || replicas_of(check, directory)->count)
            continue;
        const struct had_object *user =
            had_objects_first(had_index_users(check, "ad-service", "directory", directory));
        if (!user)
            continue;
        struct had_diag *d =
            had_rule_report(check, directory, directory->span,
                            "directory `" HAD_FMT "` has two controllers for all who use it",
                            HAD_ARG(directory->label));
        had_diag_label(d, user->span, "an AWS service signs people in with it");
        had_diag_help(d, "state `controllers = 3` or more, or `controllers = 2` if that is enough");
    }
}

HAD_RULE(
    DIR008, HAD_PHASE_WORKLOADS, "O(n) in directories and services", dir008,
    "a directory with two controllers",
    "While one of two controllers is replaced, the other carries everything. More than two keep "
    "sign-in quick and on two legs.",
    "state how many controllers the directory has");

/* ---- how many ---- */

static void too_many(struct had_check *check, const char *kind, bool hybrid, const char *resource,
                     const char *edition, const char *words)
{
    struct had_map counts = {0}; /* of account and Region */
    had_each_object(one, had_spec_kind(check->spec, kind)) {
        const struct had_object *account = had_object_account(one),
                                *region = had_object_region(one), *raised;
        if (is_hybrid(one) != hybrid || !account || !region)
            continue;
        uint64_t key = had_index_pair(check, account, region);
        const uint64_t *found = had_map_get(&counts, key);
        uint64_t before = found ? *found : 0;
        had_map_put(check->arena, &counts, key, before + 1);
        int64_t limit = had_query_limit(check, resource, edition, account, region, &raised);
        if (limit < 0 || before != (uint64_t)limit)
            continue; /* the first beyond it speaks for all */
        struct had_diag *d = had_rule_report(
            check, one, one->span, "account `" HAD_FMT "` has more than %lld %s in " HAD_FMT,
            HAD_ARG(had_query_path(check, account)), (long long)limit, words,
            HAD_ARG(region->label));
        if (raised)
            had_diag_label(d, had_query_span(raised, "limit"), "the quota that the spec states");
        had_diag_help(d,
                      "have the quota raised and state it: `quota \"%s\" because \"…\" { limit = "
                      "… }`",
                      resource);
    }
}

static void dir013(struct had_check *check)
{
    too_many(check, "directory", false, "directories", "enterprise", "directories");
    too_many(check, "connector", false, "directory connectors", "ad_connector", "AD Connectors");
}

HAD_RULE_QUOTA(DIR013, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories and connectors", dir013,
               "more directories than their quota",
               "AWS limits the directories and AD Connectors of an account in a Region; the limits "
               "may be raised on request.",
               "state a raised quota, or share one directory");

static void hyd008(struct had_check *check)
{
    too_many(check, "directory", true, "directories", "hybrid", "hybrid directories");
}

HAD_RULE_QUOTA(
    HYD008, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories", hyd008,
    "more hybrid directories than their quota",
    "AWS limits the hybrid directories of an account in a Region; the limit may be raised "
    "on request.",
    "state a raised quota");

/* ---- connectors ---- */

static void dir016(struct had_check *check)
{
    had_each_object(connector, had_spec_kind(check->spec, "connector")) {
        const struct had_value *dns = had_get(connector, "dns");
        struct had_value_list list = had_get_list(connector, "dns");
        if (had_value_broken(dns) || dns->tag == HAD_VALUE_COMPUTED || list.count >= 2)
            continue;
        bool stated = had_query_stated(connector, "dns");
        const struct had_object *domain = had_get_object(connector, "domain");
        if (!stated && !domain)
            continue;
        struct had_diag *d = had_rule_report(
            check, connector, had_query_span(connector, stated ? "dns" : "domain"),
            "connector `" HAD_FMT "` asks %s", HAD_ARG(connector->label),
            list.count ? "one DNS server" : "no DNS server: none is known of its domain");
        if (!stated)
            had_diag_label(d, domain->span, "the domain");
        had_diag_help(d, "state two servers that hold the records of the domain: `dns = […]`");
    }
}

HAD_RULE(
    DIR016, HAD_PHASE_RESOURCE_FOREST, "O(n) in connectors", dir016,
    "an AD Connector with one DNS server",
    "An AD Connector finds controllers through DNS servers of the domain that hold its LDAP and "
    "Kerberos records. With one of them every sign-in waits for that one.",
    "name two DNS servers");

/* ---- RADIUS ---- */

static const struct had_value *entry(const struct had_value *map, const char *key)
{
    for (uint32_t i = 0; map->tag == HAD_VALUE_MAP && i < map->map.count; i++)
        if (had_str_is(map->map.entries[i].key, key))
            return map->map.entries[i].value;
    return NULL;
}

static void dir023(struct had_check *check)
{
    const int64_t advised = had_fact_limit("radius seconds advised");
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        const struct had_value *radius = had_get(directory, "radius");
        const struct had_value *protocol = entry(radius, "protocol"),
                               *timeout = entry(radius, "timeout");
        if (protocol && protocol->tag == HAD_VALUE_TEXT && !had_str_is(protocol->text, "ms-chapv2"))
            had_rule_report(check, directory, had_value_span(protocol),
                            "passwords for RADIUS of directory `" HAD_FMT "` go by " HAD_FMT,
                            HAD_ARG(directory->label), HAD_ARG(protocol->text));
        if (timeout && timeout->tag == HAD_VALUE_INT && timeout->number > advised)
            had_rule_report(check, directory, had_value_span(timeout),
                            "sign-in waits " HAD_FMT " for a RADIUS server, and gives up before",
                            HAD_ARG(timeout->text));
    }
}

/* Values outside of what the service takes are refused by the language; this is what it takes and
 * should not be given. */
HAD_RULE_(
    DIR023, HAD_WARNING, false, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories", dir023,
    "RADIUS that is weak or slow",
    "MS-CHAPv2 is the strongest protocol that the service speaks; and the service's users wait "
    "no longer than 20 seconds.",
    "write `protocol = ms-chapv2`, and a timeout of 20s or less");

/* ---- protection, settings, routes, descriptions ---- */

static void dir026(struct had_check *check)
{
    static const char *const kinds[] = {"directory", "connector"};
    for (size_t k = 0; k < 2; k++)
        had_each_object(object, had_spec_kind(check->spec, kinds[k]))
            if (had_query_stated(object, "protect") && !had_get_bool(object, "protect"))
                had_rule_report(check, object, had_query_span(object, "protect"),
                                "%s `" HAD_FMT "` may be destroyed without a question", kinds[k],
                                HAD_ARG(object->label));
}

HAD_RULE(
    DIR026, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories", dir026,
    "a directory without protection",
    "With a directory its users, groups, computers, trusts and snapshots are gone, and nothing "
    "brings them back.",
    "leave `protect` at its default: an acknowledgement that names the directory destroys it");

/* Settings of channels that switch on what is broken. */
static bool is_legacy(had_str name)
{
    uint32_t at = 0;
    for (const char *prefix = had_fact_word("legacy directory settings", &at); prefix;
         prefix = had_fact_word("legacy directory settings", &at))
        if (had_str_starts(name, prefix))
            return true;
    return false;
}

static void dir032(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        const struct had_value *settings = had_get(directory, "settings");
        if (settings->tag != HAD_VALUE_MAP || !had_query_stated(directory, "settings") ||
            had_value_broken(settings) || is_hybrid(directory))
            continue;
        uint32_t off = 0;
        for (uint32_t i = 0; i < settings->map.count; i++) {
            const struct had_value_entry *e = &settings->map.entries[i];
            if (!is_legacy(e->key))
                continue;
            if (had_str_eq_nocase(e->value->text, HAD_STR("Disable"))) {
                off++;
                continue;
            }
            had_rule_report(check, directory, had_value_span(e->value),
                            "directory `" HAD_FMT "` would speak " HAD_FMT,
                            HAD_ARG(directory->label), HAD_ARG(e->key));
            off++;
        }
        if (!off) {
            struct had_diag *d = had_rule_report(
                check, directory, had_query_span(directory, "settings"),
                "stated settings take the place of those that switch old ciphers off");
            had_diag_help(d,
                          "add `RC4_128_128 = \"Disable\"`, `TLS_1_0 = \"Disable\"` and the like");
        }
    }
}

HAD_RULE(DIR032, HAD_PHASE_RESOURCE_FOREST, "O(n) in settings", dir032,
         "a directory with old ciphers or protocols",
         "RC4, DES, SSL and the first versions of TLS are broken; no current member needs them.",
         "disable them, or leave `settings` out");

static bool is_private(struct had_check *check, struct had_ip ip)
{
    return ip.family != 4 || had_fact_ranges_hold(check, "private ranges", had_query_host(ip)) ||
           had_fact_ranges_hold(check, "shared ranges", had_query_host(ip));
}

static void dir033(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        if (!had_query_stated(directory, "routes") || had_query_broken(directory, "routes"))
            continue;
        had_ranges routes = {0};
        had_query_ranges(check, directory, "routes", &routes);
        int64_t limit = had_fact_quota_value("directory routes", NULL);
        if (limit >= 0 && routes.count > limit) {
            had_rule_report(check, directory, had_query_span(directory, "routes"),
                            "directory `" HAD_FMT "` has %u routes, and may have %lld",
                            HAD_ARG(directory->label), (unsigned)routes.count, (long long)limit);
            continue;
        }
        const struct had_range_index index = had_index_ranges(routes);
        had_each_object(trust, had_index_users(check, "trust", "subject", directory)) {
            struct had_value_list forwarders = had_get_list(trust, "forwarders");
            for (uint32_t i = 0; i < forwarders.count; i++) {
                const struct had_value *v = &forwarders.items[i];
                if (v->tag != HAD_VALUE_IP || is_private(check, v->ip) ||
                    had_range_holder(&index, had_query_host(v->ip)))
                    continue;
                struct had_diag *d = had_rule_report(
                    check, directory, had_query_span(directory, "routes"),
                    "directory `" HAD_FMT "` has no route to DNS server " HAD_FMT,
                    HAD_ARG(directory->label), HAD_ARG(had_ip_text(check->arena, v->ip)));
                had_diag_label(d, had_value_span(v), "asked over this trust");
                had_diag_help(d, "add " HAD_FMT "/32, or leave `routes` out to have it derived",
                              HAD_ARG(had_ip_text(check->arena, v->ip)));
            }
        }
    }
}

HAD_RULE(
    DIR033, HAD_PHASE_RESOURCE_FOREST, "O(n log n) in routes and forwarders", dir033,
    "a public address without an IP route",
    "A directory sends to private addresses alone; others need an IP route, of which it has at "
    "most 100.",
    "add the address to `routes`, or leave `routes` out");

static bool description_ok(had_str text)
{
    /* ds Description: ^([a-zA-Z0-9_])[\\a-zA-Z0-9_@#%*+=:?./!\s-]*$ */
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool word =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        bool other = c != '\0' && strchr("\\@#%*+=:?./! \t\r\n-", c);
        if (!word && (i == 0 || !other))
            return false;
    }
    return true;
}

static void dir037(struct had_check *check)
{
    static const char *const kinds[] = {"directory", "connector"};
    for (size_t k = 0; k < 2; k++) {
        had_each_object(object, had_spec_kind(check->spec, kinds[k])) {
            had_str text = had_get_text(object, "description");
            if (object->existing || !had_query_stated(object, "description") ||
                description_ok(text))
                continue;
            had_rule_report(check, object, had_query_span(object, "description"),
                            "the description of %s `" HAD_FMT
                            "` holds characters that the service does not take",
                            kinds[k], HAD_ARG(object->label));
        }
    }
}

HAD_RULE(DIR037, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories", dir037,
         "a description that Directory Service refuses",
         "The description of a directory begins with a letter, a digit or `_` and holds letters, "
         "digits, spaces and any of `\\_@#%*+=:?./!-`, at most 128 characters.",
         "leave other characters out");

/* ---- hybrid directories ---- */

static void hyd002(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        const struct had_object *forest =
            is_hybrid(directory) ? had_get_object(directory, "forest") : NULL;
        had_str level = forest ? had_get_text(forest, "level") : (had_str){0};
        if (!level.len || had_str_is(level, "2012r2") || had_str_is(level, "2016"))
            continue;
        struct had_diag *d = had_rule_report(
            check, directory, had_query_span(directory, "forest"),
            "directory `" HAD_FMT "` cannot extend %s `" HAD_FMT "`, whose level is " HAD_FMT,
            HAD_ARG(directory->label), forest->kind->name, HAD_ARG(forest->label), HAD_ARG(level));
        had_diag_label(d, had_query_span(forest, "level"), "the functional level");
    }
}

HAD_RULE(HYD002, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories", hyd002,
         "a hybrid directory and the functional level",
         "A hybrid directory extends domains of the functional level 2012 R2 or 2016.",
         "raise the level first, or use another edition");

static void hyd003(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        const struct had_object *forest =
            is_hybrid(directory) ? had_get_object(directory, "forest") : NULL;
        if (!forest || directory->existing || had_query_broken(forest, "dns") ||
            had_query_broken(directory, "assess"))
            continue;
        struct had_value_list dns = had_get_list(forest, "dns"),
                              hosts = had_get_list(directory, "assess");
        if (dns.count != 2) {
            struct had_diag *d = had_rule_report(
                check, directory, had_query_span(directory, "forest"),
                "an assessment takes the DNS addresses of two controllers, and `" HAD_FMT
                "` has %u",
                HAD_ARG(forest->label), (unsigned)dns.count);
            had_diag_label(d, had_query_span(forest, "dns"), "its DNS servers");
            had_diag_help(d, "state those of the assessed controllers in their order: `dns = […, "
                             "…]` of the forest");
            continue;
        }
        for (uint32_t i = 0; i < hosts.count && i < 2; i++) {
            const struct had_object *host =
                hosts.items[i].tag == HAD_VALUE_REF ? hosts.items[i].object : NULL;
            const struct had_value *address = host ? had_get(host, "address") : NULL;
            if (!address || address->tag != HAD_VALUE_IP || dns.items[i].tag != HAD_VALUE_IP ||
                had_ip_cmp(address->ip, dns.items[i].ip) == 0)
                continue;
            struct had_diag *d = had_rule_report(
                check, directory, had_value_span(&hosts.items[i]),
                "controller `" HAD_FMT "` is assessed beside the DNS address " HAD_FMT,
                HAD_ARG(host->label), HAD_ARG(had_ip_text(check->arena, dns.items[i].ip)));
            had_diag_label(d, had_query_span(host, "address"), "its address");
            had_diag_label(d, had_query_span(forest, "dns"), "the order of the DNS servers");
            break;
        }
    }
}

HAD_RULE(HYD003, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories", hyd003,
         "an assessment that is not in pairs",
         "The assessment before a hybrid directory takes two DNS addresses and two machines, the "
         "first of one with the first of the other.",
         "let `dns` of the forest hold the addresses of the two controllers in their order");

static void hyd004(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        struct had_value_list hosts = had_get_list(directory, "assess");
        for (uint32_t i = 0; i < hosts.count; i++) {
            const struct had_object *host =
                hosts.items[i].tag == HAD_VALUE_REF ? hosts.items[i].object : NULL;
            if (!host || !had_get_bool(host, "read-only"))
                continue;
            struct had_diag *d =
                had_rule_report(check, directory, had_value_span(&hosts.items[i]),
                                "controller `" HAD_FMT "` is read-only and cannot be assessed",
                                HAD_ARG(host->label));
            had_diag_label(d, had_query_span(host, "read-only"), "takes no changes");
        }
    }
}

HAD_RULE(HYD004, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories", hyd004,
         "an assessment on a read-only controller",
         "The assessment makes and removes objects, which a read-only controller does not do.",
         "name two writable controllers");

/* What AWS's controllers have to reach: the masters of the forest, where the spec knows them. */
static void hyd005(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        const struct had_object *forest =
            is_hybrid(directory) ? had_get_object(directory, "forest") : NULL;
        struct had_value_list dns = had_get_list(forest, "dns");
        had_ranges near = {0};
        if (had_get_object(directory, "spoke"))
            had_query_spoke_ranges(check, had_get_object(directory, "spoke"), &near);
        for (uint32_t i = 0; i < dns.count; i++)
            if (dns.items[i].tag == HAD_VALUE_IP)
                *had_push(check->arena, &near) =
                    (struct had_range){had_query_host(dns.items[i].ip), {0}, NULL};
        const struct had_range_index index = had_index_ranges(near);
        had_each_object(master, had_index_users(check, "controller", "parent", forest)) {
            const struct had_value *address = had_get(master, "address");
            struct had_value_list roles = had_get_list(master, "roles");
            const struct had_value *role = NULL;
            for (uint32_t i = 0; i < roles.count && !role; i++)
                if (had_str_is(roles.items[i].text, "pdc") ||
                    had_str_is(roles.items[i].text, "rid"))
                    role = &roles.items[i];
            if (!role || address->tag != HAD_VALUE_IP ||
                had_fact_ranges_hold(check, "private ranges", had_query_host(address->ip)) ||
                had_range_holder(&index, had_query_host(address->ip)))
                continue;
            struct had_diag *d = had_rule_report(
                check, directory, had_query_span(directory, "forest"),
                "directory `" HAD_FMT "` does not reach controller `" HAD_FMT
                "`, a master of the forest, at " HAD_FMT,
                HAD_ARG(directory->label), HAD_ARG(master->label), HAD_ARG(address->text));
            had_diag_label(d, had_value_span(address), "neither private, nor of its network");
            had_diag_label(d, had_value_span(role), "master of " HAD_FMT, HAD_ARG(role->text));
        }
    }
}

HAD_RULE(HYD005, HAD_PHASE_RESOURCE_FOREST, "O(n log n) in directories and controllers", hyd005,
         "a hybrid directory far from a master of its forest",
         "AWS's controllers ask the PDC emulator and the RID master: their addresses are private "
         "ones of RFC 1918, of the directory's network, or those of the stated DNS servers.",
         "move the role to a controller that is reached");

static void hyd006(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        const struct had_value *admin = had_get(directory, "admin");
        const struct had_object *owner = had_object_account(directory);
        if (!is_hybrid(directory) || admin->tag != HAD_VALUE_SECRET || !admin->secret.account ||
            !owner || admin->secret.account == owner)
            continue;
        struct had_diag *d = had_rule_report(
            check, directory, had_query_span(directory, "admin"),
            "the secret of directory `" HAD_FMT "` is in account `" HAD_FMT "`",
            HAD_ARG(directory->label), HAD_ARG(had_query_path(check, admin->secret.account)));
        had_diag_label(d, directory->span, "the directory is in account `" HAD_FMT "`",
                       HAD_ARG(had_query_path(check, owner)));
    }
}

HAD_RULE(HYD006, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories", hyd006,
         "the secret of a hybrid directory in another account",
         "A hybrid directory reads the account of the forest's administrator from a secret of its "
         "own account, with the keys `customerAdAdminDomainUsername` and "
         "`customerAdAdminDomainPassword`.",
         "put the secret into the account of the directory");
