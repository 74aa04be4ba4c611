/* TRUST and AD: trusts, and the names of what they join. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <stdlib.h>
#include <string.h>

static const struct had_object *side(const struct had_object *trust, int which)
{
    if (which == 0)
        return trust->subject.tag == HAD_VALUE_REF ? trust->subject.object : NULL;
    return had_get_object(trust, "with");
}

static bool two_way(const struct had_object *trust)
{
    return had_str_is(had_get_text(trust, "direction"), "two-way");
}

/* ---- whose users sign in through Identity Center ---- */

/* A use of a forest's or domain's people by IAM Identity Center. */
struct use {
    const struct had_object *domain;
    const struct had_object *object; /* assignment, application or the Identity Center itself */
    struct had_span span;
};
typedef had_array(struct use) uses;

static void add_uses(struct had_check *check, const struct had_object *object, const char *name,
                     uses *out)
{
    struct had_value_list list = had_get_list(object, name);
    for (uint32_t i = 0; i < list.count; i++)
        if (list.items[i].tag == HAD_VALUE_PRINCIPAL && list.items[i].principal->domain)
            *had_push(check->arena, out) =
                (struct use){list.items[i].principal->domain, object, list.items[i].span};
}

static uses identity_uses(struct had_check *check)
{
    uses out = {0};
    had_each_object(assign, had_spec_kind(check->spec, "assign"))
        add_uses(check, assign, "principal", &out);
    had_each_object(application, had_spec_kind(check->spec, "application"))
        add_uses(check, application, "groups", &out);
    had_each_object(center, had_spec_kind(check->spec, "identity-center"))
        if (had_query_stated(center, "sync"))
            add_uses(check, center, "sync", &out);
    return out;
}

/* Trusts of a directory by the forest on their other side. */
static struct had_map trusts_by_forest(struct had_check *check, const struct had_object *directory)
{
    struct had_map out = {0}; /* forest → had_objects */
    had_each_object(trust, had_index_trusts(check, directory)) {
        const struct had_object *other = had_query_other_side(trust, directory),
                                *forest = other ? had_query_forest(other) : NULL;
        if (!forest)
            continue;
        const uint64_t *found = had_map_get(&out, (uintptr_t)forest);
        had_objects *list =
            found ? (had_objects *)(uintptr_t)*found : had_new(check->arena, had_objects);
        if (!found)
            had_map_put(check->arena, &out, (uintptr_t)forest, (uintptr_t)list);
        *had_push(check->arena, list) = trust;
    }
    return out;
}

static const struct had_object *trust_between(const struct had_map *trusts,
                                              const struct had_object *directory,
                                              const struct had_object *domain, bool *covers)
{
    const struct had_object *found = NULL;
    const uint64_t *list = had_map_get(trusts, (uintptr_t)had_query_forest(domain));
    *covers = false;
    if (!list)
        return NULL;
    had_each_object(trust, (const had_objects *)(uintptr_t)*list) {
        const struct had_object *other = had_query_other_side(trust, directory);
        /* A forest trust reaches every domain of the forest, an external one the domain that it
         * names. */
        bool reaches = other == domain || !had_str_is(had_get_text(trust, "type"), "external");
        if (!found || (reaches && two_way(trust)))
            found = trust;
        *covers |= reaches && two_way(trust);
    }
    return found;
}

/* Domains whose people Identity Center cannot see, each once, with the trust that is there if one
 * is. */
struct gap {
    const struct had_object *center, *directory, *domain, *trust;
    struct use first;
    uint32_t uses;
};
typedef had_array(struct gap) gaps;

static void gaps_of(struct had_check *check, const struct had_object *center, const uses *all,
                    gaps *out)
{
    const struct had_object *source = had_get_object(center, "source");
    if (!source || !had_is(source, "directory"))
        return;
    const struct had_map trusts = trusts_by_forest(check, source);
    struct had_map known = {0}; /* domain → its gap and one more, 0 where there is none */
    had_each(const struct use, u, all) {
        bool covers;
        if (u->domain == source)
            continue;
        const uint64_t *at = had_map_get(&known, (uintptr_t)u->domain);
        if (at) {
            if (*at)
                out->items[*at - 1].uses++;
            continue;
        }
        const struct had_object *trust = trust_between(&trusts, source, u->domain, &covers);
        bool told = covers || (trust && had_query_broken(trust, "direction"));
        if (!told)
            *had_push(check->arena, out) = (struct gap){center, source, u->domain, trust, *u, 1};
        had_map_put(check->arena, &known, (uintptr_t)u->domain, told ? 0 : out->count);
    }
}

static gaps identity_gaps(struct had_check *check)
{
    gaps out = {0};
    uses all = identity_uses(check);
    had_each_object(center, had_spec_kind(check->spec, "identity-center"))
        gaps_of(check, center, &all, &out);
    return out;
}

/* The directory of any service that is known. */
static const struct had_object *directory_of_service(const struct had_object *service)
{
    return had_query_service_fact(service) ? had_get_object(service, "directory") : NULL;
}

/* Identity Center needs both ways: TRUST003; another service: TRUST002; members: TRUST012. */
static bool told_as_worse(struct had_check *check, const struct had_object *trust)
{
    for (int i = 0; i < 2; i++) {
        const struct had_object *one = side(trust, i);
        if (had_index_by(check, "ad-service", had_query_reads_both_ways, one)->count)
            return true;
        if (had_is(one, "directory") && !had_query_trusts(trust, one) &&
            (had_index_users(check, "instance", "join", one)->count ||
             had_index_by(check, "ad-service", directory_of_service, one)->count))
            return true;
    }
    return false;
}

static void trust001(struct had_check *check)
{
    gaps all = identity_gaps(check);
    struct had_map told = {0};
    had_each(struct gap, g, &all)
        had_map_put(check->arena, &told, (uintptr_t)g->trust, 1);
    had_each_object(trust, had_spec_kind(check->spec, "trust")) {
        const struct had_object *a = side(trust, 0), *b = side(trust, 1);
        if (!a || !b || had_is(a, "directory") == had_is(b, "directory") ||
            !had_get_text(trust, "direction").len || two_way(trust) ||
            had_map_get(&told, (uintptr_t)trust) || told_as_worse(check, trust))
            continue;
        struct had_diag *d =
            had_rule_report(check, trust, had_query_span(trust, "direction"),
                            "the trust of `" HAD_FMT "` with `" HAD_FMT "` is one-way",
                            HAD_ARG(a->label), HAD_ARG(b->label));
        had_diag_label(d, had_query_span(trust, "direction"), HAD_FMT,
                       HAD_ARG(had_get_text(trust, "direction")));
    }
}

HAD_RULE(TRUST001, HAD_PHASE_RESOURCE_FOREST, "O(n) in trusts, services and principals", trust001,
         "a one-way trust between the resource forest and the users' forest",
         "Many AWS services that use a directory read the users of the other forest, which a "
         "one-way trust does not "
         "let them do.",
         "write `direction = two-way`");

static void trust003(struct had_check *check)
{
    gaps all = identity_gaps(check);
    had_each(struct gap, g, &all) {
        struct had_diag *d;
        if (g->trust) {
            d = had_rule_report(check, g->trust, had_query_span(g->trust, "direction"),
                                "IAM Identity Center cannot read the users of `" HAD_FMT
                                "`: the trust is not two-way",
                                HAD_ARG(g->domain->label));
            if (two_way(g->trust)) { /* an external one with another domain */
                d->span = had_query_span(g->trust, "type");
                d->message = had_str_printf(check->arena,
                                            "IAM Identity Center cannot read the users of `" HAD_FMT
                                            "`: the trust is with another domain only",
                                            HAD_ARG(g->domain->label));
                had_diag_help(d, "write `type = forest`, with the root of the forest");
            } else {
                had_diag_help(d, "write `direction = two-way`");
            }
        } else {
            d = had_rule_report(check, g->first.object, g->first.span,
                                "IAM Identity Center cannot read the users of `" HAD_FMT
                                "`: directory `" HAD_FMT "` has no trust with it",
                                HAD_ARG(g->domain->label), HAD_ARG(g->directory->label));
            had_diag_help(d,
                          "add `trust directory " HAD_FMT " with forest " HAD_FMT
                          "` with `direction = two-way`",
                          HAD_ARG(g->directory->label),
                          HAD_ARG(had_query_forest(g->domain)->label));
        }
        had_diag_label(d, had_query_span(g->center, "source"),
                       "the directory of IAM Identity Center");
        if (g->trust)
            had_diag_label(d, g->first.span,
                           g->uses > 1 ? "used here, and in %u more places" : "used here",
                           (unsigned)(g->uses - 1));
    }
}

HAD_RULE(TRUST003, HAD_PHASE_ACCESS, "O(n) in principals and trusts", trust003,
         "people of a forest that Identity Center does not see",
         "IAM Identity Center reads users and groups of a forest through its directory, and needs "
         "a two-way trust with "
         "every forest whose people sign in.",
         "make a two-way trust between the directory and the forest");

/* ---- names ---- */

struct domain {
    const struct had_object *object;
    had_str root, netbios;
    uint64_t group;
};
typedef had_array(struct domain) domains;

static domains all_domains(struct had_check *check)
{
    static const char *const kinds[] = {"forest", "domain", "directory"};
    struct had_map groups = had_query_trust_groups(check);
    domains out = {0};
    for (size_t k = 0; k < 3; k++)
        had_each_object(object, had_spec_kind(check->spec, kinds[k]))
            *had_push(check->arena, &out) = (struct domain){object, had_get_text(object, "root"),
                                                            had_get_text(object, "netbios"),
                                                            had_query_trust_group(&groups, object)};
    return out;
}

/* Of a clash, one rule speaks: of a derived name AD008, of the two sides of a trust TRUST007, else
 * AD015. */
enum clash { CLASH_DERIVED, CLASH_SIDES, CLASH_GROUP };

/* The later one of the spec is the one to change; existing ones are as they are. */
static int by_standing(const void *a, const void *b)
{
    const struct had_object *x = ((const struct domain *)a)->object,
                            *y = ((const struct domain *)b)->object;
    if (x->existing != y->existing)
        return x->existing ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static uint64_t pair_of(const struct had_object *a, const struct had_object *b)
{
    uint64_t x = a->order, y = b->order;
    return x < y ? x << 32 | y : y << 32 | x;
}

struct clashes {
    struct had_check *check;
    enum clash wanted;
    struct had_symbols names;
    struct had_map first;  /* what is compared → the domain that has it first */
    struct had_map joined; /* pairs that have a trust with each other */
};

/* The domain that has the name already, or NULL: then this one is the first. */
static const struct domain *first_of(struct clashes *c, const struct domain *domain, char what,
                                     had_str name)
{
    if (!domain->group || !name.len)
        return NULL;
    had_str lower = had_str_lower(c->check->arena, name);
    had_sym key =
        had_intern(&c->names, had_str_printf(c->check->arena, "%c%llu " HAD_FMT, what,
                                             (unsigned long long)domain->group, HAD_ARG(lower)));
    const uint64_t *found = had_map_get(&c->first, key);
    if (found)
        return (const struct domain *)(uintptr_t)*found;
    had_map_put(c->check->arena, &c->first, key, (uintptr_t)domain);
    return NULL;
}

static void clash(struct clashes *c, const struct domain *a, const struct domain *b, bool roots)
{
    bool derived = !roots && !had_query_stated(a->object, "netbios");
    enum clash kind = derived                                                  ? CLASH_DERIVED
                      : had_map_get(&c->joined, pair_of(a->object, b->object)) ? CLASH_SIDES
                                                                               : CLASH_GROUP;
    if (kind != c->wanted)
        return;
    struct had_diag *d = had_rule_report(
        c->check, a->object, had_query_span(a->object, roots || derived ? "root" : "netbios"),
        derived ? "the NetBIOS name of %s `" HAD_FMT "` would be `" HAD_FMT "`, which `" HAD_FMT
                  "` has"
                : "%s `" HAD_FMT "` has the name `" HAD_FMT "`, like `" HAD_FMT "`",
        a->object->kind->name, HAD_ARG(a->object->label), HAD_ARG(roots ? a->root : a->netbios),
        HAD_ARG(b->object->label));
    had_diag_label(d,
                   had_query_span(b->object, roots || !had_query_stated(b->object, "netbios")
                                                 ? "root"
                                                 : "netbios"),
                   "%s `" HAD_FMT "`", b->object->kind->name, HAD_ARG(b->object->label));
    if (derived)
        had_diag_help(d, "state another name: `netbios = \"…\"`");
}

static void name_clashes(struct had_check *check, enum clash wanted)
{
    struct clashes c = {.check = check, .wanted = wanted};
    domains all = all_domains(check);
    if (all.count < 2)
        return;
    had_symbols_init(&c.names, check->arena);
    had_each_object(trust, had_spec_kind(check->spec, "trust"))
        if (side(trust, 0) && side(trust, 1))
            had_map_put(check->arena, &c.joined, pair_of(side(trust, 0), side(trust, 1)), 1);
    qsort(all.items, all.count, sizeof *all.items, by_standing);
    for (uint32_t i = 0; i < all.count; i++) {
        const struct domain *a = &all.items[i];
        /* A directory with the name of a forest that is there is told by DIR010. */
        const struct domain *same =
            first_of(&c, a, had_is(a->object, "directory") ? 'd' : 'r', a->root);
        if (same)
            clash(&c, a, same, true);
        const struct domain *like = first_of(&c, a, 'n', a->netbios);
        if (like && !(a->root.len && had_str_eq_nocase(a->root, like->root)))
            clash(&c, a, like, false);
    }
}

static void ad008(struct had_check *check)
{
    name_clashes(check, CLASH_DERIVED);
}

HAD_RULE(AD008, HAD_PHASE_RESOURCE_FOREST, "O(n log n) in domains", ad008,
         "a derived NetBIOS name is taken",
         "Without a stated NetBIOS name the first label of the domain is taken, which must differ "
         "from the NetBIOS names "
         "of all domains that trusts join.",
         "state a NetBIOS name that no other domain has");

static void ad015(struct had_check *check)
{
    name_clashes(check, CLASH_GROUP);
}

HAD_RULE(AD015, HAD_PHASE_RESOURCE_FOREST, "O(n log n) in domains", ad015,
         "two joined domains have one name",
         "Forests that trusts join, directly or over others, tell domains by DNS and NetBIOS "
         "names: with equal names "
         "sign-in goes to the wrong one or fails.",
         "give one of the domains another name");

static void trust007(struct had_check *check)
{
    name_clashes(check, CLASH_SIDES);
}

HAD_RULE(TRUST007, HAD_PHASE_RESOURCE_FOREST, "O(n log n) in domains", trust007,
         "two sides of a trust have one name",
         "A trust is refused where both sides have the same DNS or NetBIOS name.",
         "give one side another name");
