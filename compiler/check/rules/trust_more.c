/* TRUST: which way users go, names behind a trust, and what services make of it. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <stdlib.h>
#include <string.h>

static bool is_external(const struct had_object *trust)
{
    return had_str_is(had_get_text(trust, "type"), "external");
}

static bool is_one_way(const struct had_object *trust)
{
    had_str direction = had_get_text(trust, "direction");
    return direction.len && !had_str_is(direction, "two-way");
}

static void trust008(struct had_check *check)
{
    had_each_object(trust, had_spec_kind(check->spec, "trust")) {
        const struct had_object *a = had_query_side(trust, 0), *b = had_query_side(trust, 1);
        const struct had_value *forwarders = had_get(trust, "forwarders");
        if (trust->existing || !a || !b || had_is(b, "directory") || had_value_broken(forwarders) ||
            had_query_broken(b, "dns") || had_get_list(trust, "forwarders").count)
            continue;
        struct had_diag *d = had_rule_report(
            check, trust, trust->span, "`" HAD_FMT "` would know no DNS server of %s `" HAD_FMT "`",
            HAD_ARG(a->label), b->kind->name, HAD_ARG(b->label));
        had_diag_label(d, b->span, "neither `dns` nor a site with DNS servers");
        had_diag_help(d, "state `dns` of its sites, or `forwarders` of the trust");
    }
}

HAD_RULE(TRUST008, HAD_PHASE_RESOURCE_FOREST, "O(n) in trusts", trust008,
         "a trust without a DNS server of the other side",
         "Before a trust is made, its first side gets a conditional forwarder with one to four DNS "
         "servers of the other.",
         "say which DNS servers answer for the other side");

/* Pairs of the directory of Identity Center and a forest whose people sign in through it. */
static struct had_map sign_ins(struct had_check *check)
{
    struct had_map out = {0};
    had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
        const struct had_object *source = had_get_object(center, "source");
        struct had_value_list scope = had_get_list(center, "sync");
        for (uint32_t i = 0; source && i < scope.count; i++)
            if (scope.items[i].tag == HAD_VALUE_PRINCIPAL && scope.items[i].principal->domain)
                had_map_put(check->arena, &out,
                            had_index_pair(check, source,
                                           had_query_forest(scope.items[i].principal->domain)),
                            1);
    }
    return out;
}

/* Resources in AWS and users on-premises: the directory is the side that trusts. */
static void trust012(struct had_check *check)
{
    const struct had_map signed_in = sign_ins(check);
    had_each_object(trust, had_spec_kind(check->spec, "trust")) {
        const struct had_object *a = had_query_side(trust, 0), *b = had_query_side(trust, 1);
        const struct had_object *directory = a && had_is(a, "directory")   ? a
                                             : b && had_is(b, "directory") ? b
                                                                           : NULL;
        if (!a || !b || !directory || (had_is(a, "directory") && had_is(b, "directory")) ||
            !is_one_way(trust) || had_query_trusts(trust, directory))
            continue;
        const struct had_object *other = directory == a ? b : a, *user;
        if (had_map_get(&signed_in, had_index_pair(check, directory, had_query_forest(other))))
            continue; /* Identity Center needs both directions: TRUST003 */
        user = had_objects_first(had_index_users(check, "instance", "join", directory));
        if (!user)
            user = had_objects_first(had_index_users(check, "ad-service", "directory", directory));
        if (!user)
            continue;
        struct had_diag *d = had_rule_report(check, trust, had_query_span(trust, "direction"),
                                             "the users of `" HAD_FMT
                                             "` cannot use what joins directory `" HAD_FMT "`",
                                             HAD_ARG(other->label), HAD_ARG(directory->label));
        had_diag_label(d, user->span, "joins the directory");
        had_diag_help(d, "write `direction = two-way`, or `direction = %s`",
                      directory == a ? "outgoing" : "incoming");
    }
}

HAD_RULE_ENFORCED(TRUST012, HAD_PHASE_RESOURCE_FOREST, "O(n) in trusts and members", trust012,
                  "a one-way trust in the wrong direction",
                  "The side with the resources trusts the side with the users: on the directory's "
                  "side a trust that lets users of another forest in is outgoing.",
                  "turn the direction round");

static void trust014(struct had_check *check)
{
    had_each_object(trust, had_spec_kind(check->spec, "trust")) {
        for (int i = 0; i < 2 && !is_external(trust); i++) {
            const struct had_object *one = had_query_side(trust, i);
            if (!one || !had_is(one, "domain"))
                continue;
            const struct had_object *forest = had_query_forest(one);
            struct had_diag *d = had_rule_report(
                check, trust, trust->span,
                "a forest trust is made with the root of a forest; `" HAD_FMT "` is a domain in it",
                HAD_ARG(one->label));
            had_diag_label(d, one->span, "a child domain");
            if (forest)
                had_diag_help(d, "name forest `" HAD_FMT "`, or write `type = external`",
                              HAD_ARG(forest->label));
            break;
        }
    }
}

HAD_RULE(TRUST014, HAD_PHASE_RESOURCE_FOREST, "O(n) in trusts", trust014,
         "a forest trust with a child domain",
         "Forest trusts join the root domains of two forests and reach every domain below them.",
         "name the forest itself, or make an external trust");

/* ---- names behind a trust ---- */

struct suffix {
    const struct had_object *forest;
    had_str name;
    struct had_span span;
    uint64_t group;
};

static int by_suffix(const void *a, const void *b)
{
    const struct suffix *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    int order = had_str_cmp(x->name, y->name);
    return order ? order : had_str_cmp(x->forest->address, y->forest->address);
}

static void trust015(struct had_check *check)
{
    struct had_map groups = had_query_trust_groups(check);
    had_array(struct suffix) all = {0};
    had_each_object(forest, had_spec_kind(check->spec, "forest")) {
        uint64_t group = had_query_trust_group(&groups, forest);
        struct had_value_list suffixes = had_get_list(forest, "suffixes");
        for (uint32_t i = 0; i < suffixes.count; i++)
            if (suffixes.items[i].tag == HAD_VALUE_TEXT)
                *had_push(check->arena, &all) =
                    (struct suffix){forest, had_str_lower(check->arena, suffixes.items[i].text),
                                    had_value_span(&suffixes.items[i]), group};
    }
    uint32_t stated = all.count;
    static const char *const kinds[] = {"forest", "domain", "directory"};
    for (size_t k = 0; k < 3; k++)
        had_each_object(domain, had_spec_kind(check->spec, kinds[k]))
            if (had_query_forest(domain) && had_get_text(domain, "root").len)
                *had_push(check->arena, &all) = (struct suffix){
                    had_query_forest(domain),
                    had_str_lower(check->arena, had_get_text(domain, "root")),
                    had_query_span(domain, "root"), had_query_trust_group(&groups, domain)};
    if (!stated)
        return;
    qsort(all.items, all.count, sizeof *all.items, by_suffix);
    for (uint32_t i = 1; i < all.count; i++) {
        const struct suffix *a = &all.items[i - 1], *b = &all.items[i];
        if (a->group != b->group || !a->group || a->forest == b->forest ||
            !had_str_eq(a->name, b->name))
            continue;
        /* Two equal roots are told by AD015, TRUST007 and DIR010. */
        bool a_root = had_str_eq_nocase(a->name, had_get_text(a->forest, "root")),
             b_root = had_str_eq_nocase(b->name, had_get_text(b->forest, "root"));
        if (a_root && b_root)
            continue;
        const struct suffix *own = b_root ? a : b, *other = b_root ? b : a;
        struct had_diag *d = had_rule_report(
            check, own->forest, own->span,
            "the suffix `" HAD_FMT "` is of two forests that trusts join", HAD_ARG(own->name));
        had_diag_label(d, other->span, "forest or directory `" HAD_FMT "`",
                       HAD_ARG(other->forest->label));
    }
}

HAD_RULE(TRUST015, HAD_PHASE_RESOURCE_FOREST, "O(n log n) in suffixes and domains", trust015,
         "one suffix in two trusting forests",
         "A forest sends a sign-in across a trust by the suffix of the user's name. A suffix that "
         "both sides have is switched off for one of them, and its users do not get in.",
         "keep the suffix in one of the forests");

/* ---- options of a trust ---- */

static void trust019(struct had_check *check)
{
    had_each_object(trust, had_spec_kind(check->spec, "trust")) {
        static const char *const users[][2] = {{"identity-center", "source"},
                                               {"ad-service", "directory"}};
        const struct had_object *user = NULL;
        if (!had_get_bool(trust, "selective"))
            continue;
        for (size_t k = 0; k < 2; k++)
            for (int i = 0; i < 2 && !user; i++)
                user = had_objects_first(
                    had_index_users(check, users[k][0], users[k][1], had_query_side(trust, i)));
        if (!user)
            continue;
        struct had_diag *d = had_rule_report(
            check, trust, had_query_span(trust, "selective"),
            "people need leave on each computer to get to `" HAD_FMT "`", HAD_ARG(user->label));
        had_diag_label(d, user->span, "reads the users of the other side");
    }
}

HAD_RULE(TRUST019, HAD_PHASE_RESOURCE_FOREST, "O(n) in trusts and services", trust019,
         "selective authentication under a service",
         "With selective authentication users of the other side need `Allowed to authenticate` on "
         "each computer, the directory's controllers included; services may not see them before.",
         "grant it where it is needed, or leave `selective` out");

static bool rc4_is_off(const struct had_object *directory)
{
    const struct had_value *settings = had_get(directory, "settings");
    if (settings->tag != HAD_VALUE_MAP)
        return settings->tag == HAD_VALUE_ABSENT; /* the default switches it off */
    for (uint32_t i = 0; i < settings->map.count; i++)
        if (had_str_starts(settings->map.entries[i].key, "RC4_") &&
            had_str_eq_nocase(settings->map.entries[i].value->text, HAD_STR("Disable")))
            return true;
    return false;
}

static void trust021(struct had_check *check)
{
    had_each_object(trust, had_spec_kind(check->spec, "trust")) {
        if (!had_query_stated(trust, "aes") || had_get_bool(trust, "aes"))
            continue;
        for (int i = 0; i < 2; i++) {
            const struct had_object *one = had_query_side(trust, i);
            if (!one || !had_is(one, "directory") || !rc4_is_off(one))
                continue;
            struct had_diag *d = had_rule_report(
                check, trust, had_query_span(trust, "aes"),
                "the trust would use RC4, which directory `" HAD_FMT "` switches off",
                HAD_ARG(one->label));
            had_diag_label(d, had_query_span(one, "settings"), "its settings");
            break;
        }
    }
}

HAD_RULE(
    TRUST021, HAD_PHASE_RESOURCE_FOREST, "O(n) in trusts", trust021, "a trust without AES",
    "Without AES on the trust its tickets are encrypted by RC4, and where that is switched off "
    "nobody crosses the trust.",
    "leave `aes` at its default");

/* ---- how many, and which services ---- */

static void trust022(struct had_check *check)
{
    const int64_t many = had_fact_limit("identity center user domains before DOMAIN\\user");
    had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
        struct had_value_list scope = had_get_list(center, "sync");
        struct had_map domains = {0};
        for (uint32_t i = 0; i < scope.count; i++)
            if (scope.items[i].tag == HAD_VALUE_PRINCIPAL && scope.items[i].principal->domain)
                had_map_put(check->arena, &domains, (uintptr_t)scope.items[i].principal->domain, 1);
        if (domains.count >= many)
            had_rule_report(check, center, center->span,
                            "people of %u domains sign in as `DOMAIN\\user`",
                            (unsigned)domains.count);
    }
}

HAD_RULE(TRUST022, HAD_PHASE_ACCESS, "O(n) in principals", trust022, "people of many domains",
         "Where people of several domains sign in, the portal cannot tell from a name alone which "
         "domain is meant.",
         "tell people to write their domain before their name");

/* The directory of a service that crosses a one-way trust with the root domain of a forest only. */
static const struct had_object *sees_root_only(const struct had_object *service)
{
    const struct had_fact_service *fact = had_query_service_fact(service);
    return fact && had_str_starts(had_str_c(fact->one_way_ok), "root domain only")
               ? had_get_object(service, "directory")
               : NULL;
}

static void trust023(struct had_check *check)
{
    had_each_object(trust, had_spec_kind(check->spec, "trust")) {
        for (int i = 0; i < 2 && is_one_way(trust) && !is_external(trust); i++) {
            const struct had_object *other = had_query_side(trust, !i),
                                    *service = had_objects_first(
                                        had_index_by(check, "ad-service", sees_root_only,
                                                     had_query_side(trust, i))),
                                    *child = had_objects_first(
                                        had_index_by(check, "domain", had_query_forest, other));
            if (!service || !child)
                continue;
            struct had_diag *d = had_rule_report(
                check, trust, had_query_span(trust, "direction"),
                "%s does not see the users of domain `" HAD_FMT "` over a one-way trust",
                had_query_service_fact(service)->service, HAD_ARG(child->label));
            had_diag_label(d, child->span, "below the root");
            had_diag_label(d, service->span, "reads users");
        }
    }
}

HAD_RULE(TRUST023, HAD_PHASE_WORKLOADS, "O(n) in services, trusts and domains", trust023,
         "a one-way trust under a service, and child domains",
         "Over a one-way forest trust the service sees the users of the root domain alone.",
         "write `direction = two-way`, or make an external trust with each child domain");
