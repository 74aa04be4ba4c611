/*
 * What rules look up, so that none goes through all objects for each object. Each index is worked
 * out once in a check, when the first rule asks for it, in O(n log n) of what it holds; an answer
 * then costs O(log n) and its own length. Indexes live as long as the check.
 */
#ifndef HAD_CHECK_INDEX_H
#define HAD_CHECK_INDEX_H

#include "check/check.h"

/* The first, or NULL. */
static inline const struct had_object *had_objects_first(const had_objects *objects)
{
    return objects->count ? objects->items[0] : NULL;
}

/*
 * Objects of `kind` that refer to `to` by a clause, an attribute or a list of them, each once, in
 * order of addresses. `name` may be "subject", or "parent" for what stands inside `to`. Never NULL.
 *
 *     had_each_object(share, had_index_users(check, "share", "subject", directory))
 */
const had_objects *had_index_users(struct had_check *check, const char *kind, const char *name,
                                   const struct had_object *to);
/* The same by what the caller says an object of the kind belongs to (NULL: to nothing). */
const had_objects *had_index_by(struct had_check *check, const char *kind,
                                const struct had_object *(*of)(const struct had_object *),
                                const struct had_object *to);
/* Trusts of which it is a side, in order of addresses. */
const had_objects *had_index_trusts(struct had_check *check, const struct had_object *side);

/* A number for two objects of the spec, of which one may be NULL: a key of a map. */
uint64_t had_index_pair(struct had_check *check, const struct had_object *a,
                        const struct had_object *b);

/* The quota of the spec that counts for a resource in an account and Region, NULL if there is none.
 */
const struct had_object *had_index_quota(struct had_check *check, const char *resource,
                                         const struct had_object *account,
                                         const struct had_object *region);

/* Ranges each with its place, and an object that has it. */
struct had_range {
    struct had_cidr cidr;
    struct had_span span;
    const struct had_object *object;
};
typedef had_array(struct had_range) had_ranges;

/* Ranges by address, the wider first. */
struct had_range_index {
    had_ranges sorted;
    bool lengths[129]; /* prefix lengths that occur */
};
/* Takes the list over and sorts it. */
struct had_range_index had_index_ranges(had_ranges ranges);
/* The narrowest range that holds all of `cidr`, or NULL. */
const struct had_range *had_range_holder(const struct had_range_index *index, struct had_cidr cidr);
/*
 * Place of the first range inside `cidr` (equal or narrower); the others follow it as long as they
 * are inside:
 *
 *     for (uint32_t i = had_range_inside(&index, cidr);
 *          i < index.sorted.count && had_cidr_contains(cidr, index.sorted.items[i].cidr); i++)
 */
uint32_t had_range_inside(const struct had_range_index *index, struct had_cidr cidr);
/* A range that holds `cidr` or lies inside it, or NULL. */
const struct had_range *had_range_overlap(const struct had_range_index *index,
                                          struct had_cidr cidr);

/* A list of ranges of the tables (schema/facts/lists.tsv). */
const struct had_range_index *had_index_facts(struct had_check *check, const char *list);
/* True if all of `cidr` is in one of them. */
bool had_fact_ranges_hold(struct had_check *check, const char *list, struct had_cidr cidr);

/* The ranges of all spokes; the addresses at which their VPC Resolvers answer, each with its spoke
 * and the place of the spoke's range. */
const struct had_range_index *had_index_spokes(struct had_check *check);
const struct had_range_index *had_index_resolvers(struct had_check *check);

/* True if one of the aggregated prefixes (had_cidr_aggregate) holds `cidr`. */
bool had_prefixes_hold(const struct had_cidr *sorted, uint32_t count, struct had_cidr cidr);

#endif
