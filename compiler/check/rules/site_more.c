/* SITE: subnets of several sites, names of added Regions, links of the Region in every forest. */
#include "check/rules/rule.h"

static void site007(struct had_check *check)
{
    had_ranges ranges = {0};
    had_each_object(site, had_spec_kind(check->spec, "site"))
        had_query_ranges(check, site, "ranges", &ranges);
    had_overlaps overlaps = had_query_overlaps(check, &ranges);
    had_each(struct had_overlap, o, &overlaps) {
        had_each(struct had_range, inner, &o->inner) {
            if (had_cidr_eq(inner->cidr, o->outer.cidr))
                continue; /* one prefix in two sites: SITE006 */
            struct had_diag *d = had_rule_report(
                check, inner->object, inner->span,
                "machines in " HAD_FMT " belong to site `" HAD_FMT "`, not to `" HAD_FMT "`",
                HAD_ARG(had_cidr_text(check->arena, inner->cidr)), HAD_ARG(inner->object->label),
                HAD_ARG(o->outer.object->label));
            had_diag_label(d, o->outer.span, "around it");
        }
    }
}

HAD_RULE(SITE007, HAD_PHASE_FOUNDATION, "O(n log n) in ranges of sites", site007,
         "a subnet inside another site's",
         "Where the ranges of two sites overlap, the longer prefix decides to which a machine "
         "belongs.",
         "nothing to do if that is meant; else narrow the wider range");

/* The default site of an added Region has the Region's code; nothing renames it. */
static void site017(struct had_check *check)
{
    had_each_object(replica, had_spec_kind(check->spec, "replica")) {
        const struct had_object *region = had_object_region(replica);
        had_str site = region ? had_get_text(region, "site") : (had_str){0};
        if (!site.len || !had_index_trusts(check, replica->parent)->count ||
            had_str_eq_nocase(site, region->name))
            continue;
        struct had_diag *d = had_rule_report(
            check, replica, replica->span,
            "AWS names the site of this replica `" HAD_FMT "`, while " HAD_FMT " is `" HAD_FMT "`",
            HAD_ARG(region->name), HAD_ARG(region->name), HAD_ARG(site));
        had_diag_label(d, had_query_span(region, "site"), "site of the Region in trusted forests");
        had_diag_help(
            d,
            "rename the site in the directory once the Region is added, or leave `site` of "
            "region " HAD_FMT " out",
            HAD_ARG(region->name));
    }
}

HAD_RULE(
    SITE017, HAD_PHASE_RESOURCE_FOREST, "O(n) in replicas and trusts", site017,
    "the site of a directory's added Region",
    "When a Region is added to a directory, AWS makes a site with the Region's code. Users of a "
    "trusted forest find the near controllers only if its site has that name, too.",
    "let the site of the Region have the Region's code, which is the default");

static void site018(struct had_check *check)
{
    had_each_object(link, had_spec_kind(check->spec, "site-link")) {
        if (!had_query_stated(link, "notify") || had_get_bool(link, "notify"))
            continue;
        had_objects ends = had_query_refs(check, link, "ends");
        bool region = false, site = false;
        had_each(const struct had_object *, end, &ends) {
            region |= had_is(*end, "region");
            site |= had_is(*end, "site");
        }
        if (region && site) /* between Regions waiting is a choice of traffic */
            had_rule_report(check, link, had_query_span(link, "notify"),
                            "new passwords and lockouts wait for the interval of link `" HAD_FMT
                            "`",
                            HAD_ARG(link->label));
    }
}

HAD_RULE(SITE018, HAD_PHASE_FOUNDATION, "O(n) in site links", site018,
         "a site link without change notification",
         "With change notification a new password, a lockout and a removed membership reach the "
         "other place within seconds.",
         "leave `notify` at its default");

/* The links of Regions: for which forests they are, and one that states its forests. */
struct links {
    struct had_map linked; /* Region and forest; of a link that cannot be read Region alone */
    struct had_map stated; /* Region → link */
};

static struct links links_of_regions(struct had_check *check)
{
    struct links out = {{0}, {0}};
    had_each_object(link, had_spec_kind(check->spec, "site-link")) {
        had_objects ends = had_query_refs(check, link, "ends"),
                    forests = had_query_refs(check, link, "forests");
        had_each(const struct had_object *, end, &ends) {
            if (!had_is(*end, "region"))
                continue;
            if (had_query_broken(link, "forests"))
                had_map_put(check->arena, &out.linked, had_index_pair(check, *end, NULL), 1);
            else if (had_query_stated(link, "forests"))
                had_map_put(check->arena, &out.stated, (uintptr_t)*end, (uintptr_t)link);
            had_each(const struct had_object *, forest, &forests)
                had_map_put(check->arena, &out.linked, had_index_pair(check, *end, *forest), 1);
        }
    }
    return out;
}

/* Links that the spec states for some forests, and none for one of which a trust is made. */
static void site020(struct had_check *check)
{
    const struct links links = links_of_regions(check);
    had_each_object(forest, had_spec_kind(check->spec, "forest")) {
        const struct had_object *trust = NULL, *directory = NULL;
        had_each_object(t, had_index_trusts(check, forest)) {
            const struct had_object *other = had_query_other_side(t, forest);
            if (other && had_is(other, "directory")) {
                trust = t;
                directory = other;
            }
        }
        const struct had_object *region = directory ? had_object_region(directory) : NULL;
        const uint64_t *stated = region ? had_map_get(&links.stated, (uintptr_t)region) : NULL;
        if (!stated || had_map_get(&links.linked, had_index_pair(check, region, forest)) ||
            had_map_get(&links.linked, had_index_pair(check, region, NULL)))
            continue;
        const struct had_object *left = (const struct had_object *)(uintptr_t)*stated;
        struct had_diag *d = had_rule_report(
            check, left, had_query_span(left, "forests"),
            "no link joins site `" HAD_FMT "` to the others in forest `" HAD_FMT "`",
            HAD_ARG(had_get_text(region, "site")), HAD_ARG(forest->label));
        had_diag_label(d, trust->span, "its users come to " HAD_FMT " by this trust",
                       HAD_ARG(region->label));
        had_diag_help(d, "add forest `" HAD_FMT "`, or leave `forests` out",
                      HAD_ARG(forest->label));
    }
}

HAD_RULE(
    SITE020, HAD_PHASE_RESOURCE_FOREST, "O(n) in trusts and the forests of site links", site020,
    "a forest without the Region's site",
    "Both forests of a trust need the site of the Region, with its subnets and a link: without "
    "them the users' forest sends people of that Region to any controller.",
    "let the link exist in that forest, too");
