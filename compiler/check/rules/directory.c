/* DIR: AWS Managed Microsoft AD. */
#include "check/rules/rule.h"

static void two_subnets(struct had_check *check, const struct had_object *object, const char *what)
{
    if (had_query_broken(object, "subnets"))
        return;
    had_objects subnets = had_query_refs(check, object, "subnets");
    struct had_span span = had_query_span(object, "subnets");
    if (subnets.count != 2) {
        struct had_diag *d = had_rule_report(
            check, object, span, "%s `" HAD_FMT "` stands in " HAD_FMT ", not in two", what,
            HAD_ARG(object->label),
            HAD_ARG(had_query_count(check, subnets.count, "subnet", "subnets")));
        had_diag_help(d, "name two subnets of one spoke in different zones");
        return;
    }
    const struct had_object *a = subnets.items[0], *b = subnets.items[1];
    if (had_query_spoke(a) != had_query_spoke(b)) {
        struct had_diag *d = had_rule_report(check, object, span,
                                             "the subnets of %s `" HAD_FMT "` are of two spokes",
                                             what, HAD_ARG(object->label));
        had_diag_label(d, a->span, "spoke `" HAD_FMT "`",
                       HAD_ARG(had_query_path(check, had_query_spoke(a))));
        had_diag_label(d, b->span, "spoke `" HAD_FMT "`",
                       HAD_ARG(had_query_path(check, had_query_spoke(b))));
    } else if (had_query_zone(a).len && had_str_eq(had_query_zone(a), had_query_zone(b))) {
        struct had_diag *d = had_rule_report(
            check, object, span, "the subnets of %s `" HAD_FMT "` are both in zone " HAD_FMT, what,
            HAD_ARG(object->label), HAD_ARG(had_query_zone(a)));
        had_diag_label(d, a->span, "zone " HAD_FMT, HAD_ARG(had_query_zone(a)));
        had_diag_label(d, b->span, "also zone " HAD_FMT, HAD_ARG(had_query_zone(b)));
    }
}

static void dir001(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory"))
        two_subnets(check, directory, "directory");
    had_each_object(replica, had_spec_kind(check->spec, "replica"))
        two_subnets(check, replica, "replica");
}

HAD_RULE(DIR001, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories", dir001,
         "the subnets of a directory",
         "A managed directory has its two controllers in two subnets of one VPC, in different "
         "Availability Zones; "
         "Directory Service refuses anything else.",
         "name two subnets of one spoke in different zones");

/* A shared directory of the standard edition is told by SHARE002, one with replicas by DIR003. */
static void dir002(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        if (!had_str_is(had_get_text(directory, "edition"), "standard"))
            continue;
        const struct had_object *trust = had_objects_first(had_index_trusts(check, directory));
        if (!trust || had_index_users(check, "share", "subject", directory)->count ||
            had_index_users(check, "replica", "parent", directory)->count)
            continue;
        struct had_diag *d = had_rule_report(check, directory, had_query_span(directory, "edition"),
                                             "directory `" HAD_FMT "` is of the standard edition",
                                             HAD_ARG(directory->label));
        had_diag_label(d, trust->span, "it serves the users of another forest");
    }
}

HAD_RULE(DIR002, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories and trusts", dir002,
         "a resource forest of the standard edition",
         "The enterprise edition is for all but the smallest environments: it has room for more "
         "objects, shares and "
         "Regions, and a standard one needs hours to become one.",
         "use `edition = enterprise`");

static void dir003(struct had_check *check)
{
    had_each_object(replica, had_spec_kind(check->spec, "replica")) {
        had_str edition = replica->parent ? had_get_text(replica->parent, "edition") : (had_str){0};
        if (!edition.len || had_str_is(edition, "enterprise"))
            continue;
        struct had_diag *d = had_rule_report(check, replica, replica->span,
                                             "directory `" HAD_FMT
                                             "` has a replica and is of the " HAD_FMT " edition",
                                             HAD_ARG(replica->parent->label), HAD_ARG(edition));
        had_diag_label(d, had_query_span(replica->parent, "edition"), HAD_FMT, HAD_ARG(edition));
    }
}

HAD_RULE(DIR003, HAD_PHASE_RESOURCE_FOREST, "O(n) in replicas", dir003,
         "several Regions without the enterprise edition",
         "Only the enterprise edition of a managed directory is replicated to further Regions.",
         "use `edition = enterprise`, or leave the replica out");

static void dir011(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        const struct had_object *spoke = had_get_object(directory, "spoke");
        if (!spoke || had_query_broken(spoke, "role") ||
            had_str_is(had_get_text(spoke, "role"), "shared-services"))
            continue;
        struct had_diag *d =
            had_rule_report(check, directory, had_query_span(directory, "spoke"),
                            "directory `" HAD_FMT "` stands in spoke `" HAD_FMT
                            "`, which is no shared-services network",
                            HAD_ARG(directory->label), HAD_ARG(had_query_path(check, spoke)));
        had_diag_label(d, had_query_span(spoke, "role"), "role " HAD_FMT,
                       HAD_ARG(had_get_text(spoke, "role")));
    }
}

HAD_RULE(
    DIR011, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories", dir011,
    "a directory outside the shared-services network",
    "The resource forest serves every account: it belongs into the network of the shared-services "
    "account.",
    "move the directory to the shared-services spoke, or state `role = shared-services` there");

/* The name of a new directory, and whether a declared forest or domain has it already. */
static void dir010(struct had_check *check)
{
    static const char *const kinds[] = {"forest", "domain"};
    struct had_symbols names;
    struct had_map there = {0}; /* name → forest or domain */
    had_symbols_init(&names, check->arena);
    for (size_t k = 0; k < 2; k++)
        had_each_object(other, had_spec_kind(check->spec, kinds[k])) {
            had_str root = had_str_lower(check->arena, had_get_text(other, "root"));
            had_sym name = had_intern(&names, root);
            if (root.len && !had_map_get(&there, name))
                had_map_put(check->arena, &there, name, (uintptr_t)other);
        }
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        had_str root = had_get_text(directory, "root");
        if (!root.len || had_str_is(had_get_text(directory, "edition"), "hybrid"))
            continue;
        had_sym name = had_symbol_find(&names, had_str_lower(check->arena, root));
        const uint64_t *found = name ? had_map_get(&there, name) : NULL;
        if (!found)
            continue;
        const struct had_object *other = (const struct had_object *)(uintptr_t)*found;
        struct had_diag *d = had_rule_report(check, directory, had_query_span(directory, "root"),
                                             "directory `" HAD_FMT "` would be the domain `" HAD_FMT
                                             "`, which is there already",
                                             HAD_ARG(directory->label), HAD_ARG(root));
        had_diag_label(d, had_query_span(other, "root"), "%s `" HAD_FMT "`", other->kind->name,
                       HAD_ARG(other->label));
    }
}

HAD_RULE(DIR010, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories and domains", dir010,
         "a directory with the name of a domain that is there",
         "A managed directory of the standard or enterprise edition is a new forest: it cannot be "
         "a part of one that is "
         "there, nor have its name.",
         "give the directory a name of its own, such as `aws.example.com`");
