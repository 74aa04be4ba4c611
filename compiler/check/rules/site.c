/* SITE: Active Directory sites of Regions. */
#include "check/rules/rule.h"

#include <stdlib.h>

/* A site that is declared for a part of a spoke would be a second site of the Region. */
static void site001(struct had_check *check)
{
    const struct had_range_index *spokes = had_index_spokes(check);
    had_each_object(site, had_spec_kind(check->spec, "site")) {
        had_ranges ranges = {0};
        had_query_ranges(check, site, "ranges", &ranges);
        had_each(struct had_range, r, &ranges) {
            const struct had_range *s = had_range_holder(spokes, r->cidr);
            if (!s)
                continue;
            struct had_diag *d =
                had_rule_report(check, site, r->span,
                                "site `" HAD_FMT "` takes " HAD_FMT " out of " HAD_FMT
                                ", which has a site of its own",
                                HAD_ARG(site->label), HAD_ARG(had_cidr_text(check->arena, r->cidr)),
                                HAD_ARG(had_query_region(s->object)));
            had_diag_label(d, s->span, "spoke `" HAD_FMT "`",
                           HAD_ARG(had_query_path(check, s->object)));
        }
    }
}

HAD_RULE_ENFORCED(SITE001, HAD_PHASE_FOUNDATION, "O(n log n) in ranges of sites and spokes",
                  site001, "two Active Directory sites in one Region",
                  "All networks of a Region belong to one site, so that members find any "
                  "controller of the Region and "
                  "stay within it when one zone is lost.",
                  "delete the range: `had` makes the site of the Region from its spokes");

static void site002(struct had_check *check)
{
    had_each_object(region, had_spec_kind(check->spec, "region")) {
        if (!had_query_stated(region, "ranges") || had_query_broken(region, "ranges"))
            continue;
        had_ranges held = {0};
        had_query_ranges(check, region, "ranges", &held);
        struct had_cidr *sum = had_new_n(check->arena, struct had_cidr, held.count + 1);
        for (uint32_t i = 0; i < held.count; i++)
            sum[i] = held.items[i].cidr;
        uint32_t count = had_cidr_aggregate(sum, held.count);
        had_ranges out = {0};
        had_objects names = {0};
        had_each_object(spoke, had_index_by(check, "spoke", had_object_region, region)) {
            had_ranges ranges = {0};
            had_query_spoke_ranges(check, spoke, &ranges);
            had_each(struct had_range, r, &ranges) {
                if (had_prefixes_hold(sum, count, r->cidr))
                    continue;
                *had_push(check->arena, &out) = *r;
                *had_push(check->arena, &names) = spoke;
            }
        }
        if (!out.count)
            continue;
        /* One network is outside the plan; where several are, the plan is too narrow. */
        bool one = out.count == 1;
        struct had_diag *d = had_rule_report(
            check, one ? names.items[0] : region,
            one ? out.items[0].span : had_query_span(region, "ranges"),
            "the site of " HAD_FMT " has no subnet for spoke%s " HAD_FMT, HAD_ARG(region->label),
            one ? "" : "s", HAD_ARG(had_query_names(check, &names, 3)));
        if (one)
            had_diag_label(d, had_query_span(region, "ranges"), "ranges of the Region");
        for (uint32_t i = 0; i < out.count && i < 3; i++)
            had_diag_label(d, out.items[i].span, "outside of them");
        had_diag_help(d,
                      "add " HAD_FMT " to `ranges` of region " HAD_FMT
                      ", or leave `ranges` out to have it derived",
                      HAD_ARG(had_cidr_text(check->arena, out.items[0].cidr)),
                      HAD_ARG(region->label));
    }
}

HAD_RULE_ENFORCED(
    SITE002, HAD_PHASE_FOUNDATION, "O(n log n) in ranges of spokes and Regions", site002,
    "a network without Active Directory subnet",
    "The site of a Region holds the range of every VPC there, whichever account owns it. Members "
    "elsewhere find no site and may sign in at any controller, also on-premises.",
    "add the range to `ranges` of the Region, or leave `ranges` out to have it derived");

static bool same_site(const struct had_object *a, const struct had_object *b)
{
    const char *left = had_is(a, "region") ? "site" : "name",
               *right = had_is(b, "region") ? "site" : "name";
    had_str x = had_get_text(a, left), y = had_get_text(b, right);
    if (!x.len)
        x = a->name;
    if (!y.len)
        y = b->name;
    return had_str_eq_nocase(x, y);
}

static void site003_names(struct had_check *check, const struct had_object *region)
{
    static const char *const kinds[] = {"site", "region"};
    for (size_t k = 0; k < 2; k++) {
        had_each_object(other, had_spec_kind(check->spec, kinds[k])) {
            if (other == region || (k == 1 && other->order > region->order) ||
                !same_site(region, other))
                continue;
            struct had_diag *d = had_rule_report(
                check, region, had_query_span(region, "site"),
                "region " HAD_FMT " and %s `" HAD_FMT "` would be one Active Directory site",
                HAD_ARG(region->label), other->kind->name, HAD_ARG(other->label));
            had_diag_label(d, had_query_span(other, k ? "site" : "name"), "the same site");
            had_diag_help(d, "give the Region a site of its own: `site = \"AWS-" HAD_FMT "\"`",
                          HAD_ARG(region->label));
        }
    }
}

/* A range on-premises that reaches into `cidr`; one inside a spoke, or around one, is told by
 * SITE001 and NET005. */
static const struct had_range *foreign_site(const struct had_range_index *sites,
                                            const struct had_range_index *spokes,
                                            struct had_cidr cidr)
{
    const struct had_range *holder = had_range_holder(sites, cidr);
    if (holder && !had_range_overlap(spokes, holder->cidr))
        return holder;
    for (uint32_t i = had_range_inside(sites, cidr);
         i < sites->sorted.count && had_cidr_contains(cidr, sites->sorted.items[i].cidr); i++)
        if (!had_range_overlap(spokes, sites->sorted.items[i].cidr))
            return &sites->sorted.items[i];
    return NULL;
}

static bool is_foreign(const struct had_range *spoke, const struct had_object *region)
{
    const struct had_object *own = had_object_region(spoke->object);
    return own && own != region;
}

/* A spoke of another Region whose range reaches into `cidr`. */
static const struct had_range *foreign_spoke(const struct had_range_index *spokes,
                                             const struct had_object *region, struct had_cidr cidr)
{
    const struct had_range *holder = had_range_holder(spokes, cidr);
    if (holder && is_foreign(holder, region))
        return holder;
    for (uint32_t i = had_range_inside(spokes, cidr);
         i < spokes->sorted.count && had_cidr_contains(cidr, spokes->sorted.items[i].cidr); i++)
        if (is_foreign(&spokes->sorted.items[i], region))
            return &spokes->sorted.items[i];
    return NULL;
}

static void site003(struct had_check *check)
{
    had_ranges on_premises = {0};
    had_each_object(site, had_spec_kind(check->spec, "site"))
        had_query_ranges(check, site, "ranges", &on_premises);
    const struct had_range_index sites = had_index_ranges(on_premises),
                                 *spokes = had_index_spokes(check);
    had_each_object(region, had_spec_kind(check->spec, "region")) {
        site003_names(check, region);
        if (!had_query_stated(region, "ranges"))
            continue;
        had_ranges held = {0};
        had_query_ranges(check, region, "ranges", &held);
        had_each(struct had_range, r, &held) {
            const struct had_range *site = foreign_site(&sites, spokes, r->cidr),
                                   *spoke = site ? NULL : foreign_spoke(spokes, region, r->cidr),
                                   *other = site ? site : spoke;
            if (!other)
                continue;
            struct had_diag *d = had_rule_report(
                check, region, r->span, "the ranges of " HAD_FMT " reach into %s `" HAD_FMT "`",
                HAD_ARG(region->label), site ? "site" : "spoke",
                HAD_ARG(had_query_path(check, other->object)));
            had_diag_label(d, other->span, HAD_FMT,
                           HAD_ARG(had_cidr_text(check->arena, other->cidr)));
        }
    }
}

HAD_RULE_ENFORCED(SITE003, HAD_PHASE_FOUNDATION,
                  "O(n log n) in ranges of sites, spokes and Regions", site003,
                  "the site of a Region holds foreign ranges",
                  "The site of a Region holds ranges of that Region alone. With on-premises ranges "
                  "in it, or those of "
                  "another Region, members are sent to controllers far away.",
                  "narrow `ranges` of the Region to what belongs to it");

static bool is_default_site(had_str name)
{
    return had_str_eq_nocase(name, HAD_STR("Default-First-Site-Name")) ||
           had_str_eq_nocase(name, HAD_STR("Default-Site-Name"));
}

/* A trusted side whose site the directory's has to equal; NULL if no trust joins it. */
static const struct had_object *trust_of(struct had_check *check,
                                         const struct had_object *directory)
{
    return had_objects_first(had_index_trusts(check, directory));
}

static void directory_sites(struct had_check *check, bool defaults)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        const struct had_object *region = had_object_region(directory),
                                *trust = trust_of(check, directory);
        had_str site = had_get_text(directory, "site");
        if (!region || !trust || !site.len ||
            had_str_eq_nocase(site, had_get_text(region, "site")) ||
            is_default_site(site) != defaults)
            continue;
        struct had_diag *d =
            had_rule_report(check, directory, had_query_span(directory, "site"),
                            defaults ? "directory `" HAD_FMT "` keeps the default site `" HAD_FMT
                                       "`, while " HAD_FMT " is `" HAD_FMT "`"
                                     : "the site of directory `" HAD_FMT "` is `" HAD_FMT
                                       "`, while that of " HAD_FMT " is `" HAD_FMT "`",
                            HAD_ARG(directory->label), HAD_ARG(site), HAD_ARG(region->label),
                            HAD_ARG(had_get_text(region, "site")));
        had_diag_label(d, had_query_span(region, "site"),
                       "site of the Region in the trusted forests");
        had_diag_label(d, trust->span, "this trust joins them");
        had_diag_help(d, "leave `site` of the directory out: it follows the Region");
    }
}

static void site004(struct had_check *check)
{
    directory_sites(check, false);
}

HAD_RULE_ENFORCED(SITE004, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories and trusts", site004,
                  "one Region, two site names",
                  "Forests that trust each other find the nearest controller of the other forest "
                  "by the name of the "
                  "member's own site: only an equal name keeps sign-in within the Region.",
                  "give the site of the Region one name in all forests");

static void site005(struct had_check *check)
{
    directory_sites(check, true);
}

HAD_RULE_ENFORCED(
    SITE005, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories and trusts", site005,
    "a directory keeps its default site",
    "A new managed directory has one site with the default name. Users of a trusted forest look "
    "for a "
    "site with the Region's name there, and do not find it until the default site is renamed.",
    "leave `site` of the directory out: the default site is then renamed to that of the Region");

/* ---- topology ---- */

static int by_prefix(const void *a, const void *b)
{
    const struct had_range *x = a, *y = b;
    int order = had_cidr_cmp(x->cidr, y->cidr);
    return order ? order
                 : (x->object->order > y->object->order) - (x->object->order < y->object->order);
}

static void site006(struct had_check *check)
{
    had_ranges all = {0};
    had_each_object(site, had_spec_kind(check->spec, "site"))
        had_query_ranges(check, site, "ranges", &all);
    if (all.count)
        qsort(all.items, all.count, sizeof *all.items, by_prefix);
    for (uint32_t i = 1; i < all.count; i++) {
        struct had_range *a = &all.items[i - 1], *b = &all.items[i];
        if (a->object == b->object || !had_cidr_eq(a->cidr, b->cidr))
            continue;
        struct had_diag *d = had_rule_report(
            check, b->object, b->span, "sites `" HAD_FMT "` and `" HAD_FMT "` both have " HAD_FMT,
            HAD_ARG(a->object->label), HAD_ARG(b->object->label),
            HAD_ARG(had_cidr_text(check->arena, b->cidr)));
        had_diag_label(d, a->span, "site `" HAD_FMT "`", HAD_ARG(a->object->label));
    }
}

HAD_RULE(SITE006, HAD_PHASE_FOUNDATION, "O(n log n) in ranges of sites", site006,
         "one range in two sites", "A subnet object of Active Directory belongs to one site.",
         "leave the range to the site that it belongs to");

static uint64_t root_of(const struct had_map *groups, uint64_t node)
{
    for (uint64_t *up = had_map_get(groups, node); up && *up != node;
         up = had_map_get(groups, node)) {
        const uint64_t *over = had_map_get(groups, *up);
        if (over)
            *up = *over; /* every way gets half as long */
        node = *up;
    }
    return node;
}

static void join(struct had_check *check, struct had_map *groups, const struct had_object *a,
                 const struct had_object *b)
{
    const struct had_object *both[2] = {a, b};
    for (int i = 0; i < 2; i++)
        if (!had_map_get(groups, (uintptr_t)both[i]))
            had_map_put(check->arena, groups, (uintptr_t)both[i], (uintptr_t)both[i]);
    uint64_t x = root_of(groups, (uintptr_t)a), y = root_of(groups, (uintptr_t)b);
    if (x != y)
        had_map_put(check->arena, groups, y, x);
}

/* Sites with a link to AWS. */
static struct had_map linked_sites(struct had_check *check)
{
    struct had_map out = {0};
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        had_objects from = had_query_refs(check, link, "from");
        had_each(const struct had_object *, site, &from)
            had_map_put(check->arena, &out, (uintptr_t)*site, 1);
    }
    return out;
}

static bool is_linked(const struct had_map *linked, const had_objects *sites)
{
    had_each(const struct had_object *const, site, sites)
        if (had_map_get(linked, (uintptr_t)*site))
            return true;
    return false;
}

/* Sorts, and notes where the pairs of each first object begin, and one more. */
static void index_owned(struct had_check *check, had_owned_list *pairs, struct had_map *at)
{
    had_query_sort_owned(pairs);
    for (uint32_t i = 0; i < pairs->count; i++)
        if (i == 0 || pairs->items[i].a != pairs->items[i - 1].a)
            had_map_put(check->arena, at, (uintptr_t)pairs->items[i].a, (uint64_t)i + 1);
}

/*
 * Regions with controllers of a forest are joined to its sites. Links among the sites of an
 * existing forest are there already; a forest that nothing connects to AWS is told by HYB001.
 */
static void site008(struct had_check *check)
{
    const struct had_map linked = linked_sites(check);
    had_owned_list controllers = {0}, links = {0}; /* by forest */
    struct had_map first_controller = {0}, first_link = {0};
    had_each_object(controller, had_spec_kind(check->spec, "controller")) {
        const struct had_object *domain = had_query_domain(controller);
        if (domain && had_query_forest(domain) && had_object_region(controller))
            *had_push(check->arena, &controllers) = (struct had_owned){
                had_query_forest(domain), had_object_region(controller), controller};
    }
    had_each_object(link, had_spec_kind(check->spec, "site-link")) {
        had_objects forests = had_query_refs(check, link, "forests");
        had_each(const struct had_object *, forest, &forests)
            *had_push(check->arena, &links) = (struct had_owned){*forest, NULL, link};
        if (!forests.count) /* of every forest */
            *had_push(check->arena, &links) = (struct had_owned){NULL, NULL, link};
    }
    index_owned(check, &controllers, &first_controller);
    index_owned(check, &links, &first_link);
    had_each_object(forest, had_spec_kind(check->spec, "forest")) {
        had_objects sites = had_query_refs(check, forest, "sites"), regions = {0};
        struct had_map groups = {0};
        const uint64_t *at = had_map_get(&first_controller, (uintptr_t)forest);
        if (!at || !sites.count || !is_linked(&linked, &sites))
            continue;
        for (uint64_t i = *at - 1; i < controllers.count && controllers.items[i].a == forest; i++)
            if (!regions.count || regions.items[regions.count - 1] != controllers.items[i].b)
                *had_push(check->arena, &regions) = controllers.items[i].b;
        for (uint32_t i = 0; i < sites.count; i++)
            join(check, &groups, sites.items[0],
                 forest->existing ? sites.items[i] : sites.items[0]);
        const struct had_object *const owners[] = {NULL, forest};
        for (size_t k = 0; k < 2; k++) {
            at = had_map_get(&first_link, (uintptr_t)owners[k]);
            for (uint64_t n = at ? *at - 1 : links.count;
                 n < links.count && links.items[n].a == owners[k]; n++) {
                had_objects ends = had_query_refs(check, links.items[n].object, "ends");
                for (uint32_t i = 1; i < ends.count; i++)
                    join(check, &groups, ends.items[0], ends.items[i]);
            }
        }
        had_each(const struct had_object *, region, &regions) {
            if (root_of(&groups, (uintptr_t)*region) == root_of(&groups, (uintptr_t)sites.items[0]))
                continue;
            struct had_diag *d = had_rule_report(check, *region, (*region)->span,
                                                 "no site link joins region " HAD_FMT
                                                 " to the sites of forest `" HAD_FMT "`",
                                                 HAD_ARG((*region)->label), HAD_ARG(forest->label));
            had_diag_label(d, had_query_span(forest, "sites"), "sites of the forest");
            had_diag_help(d, "add `site-link NAME between [site " HAD_FMT ", region " HAD_FMT "]`",
                          HAD_ARG(sites.items[0]->label), HAD_ARG((*region)->label));
        }
    }
}

HAD_RULE(SITE008, HAD_PHASE_EXTENDED, "O(n log n) in controllers and site links", site008,
         "a site without link",
         "Controllers of different sites replicate over site links: every site is in one, and "
         "together they join all.",
         "add a site link, or leave all of them out to have them derived");
