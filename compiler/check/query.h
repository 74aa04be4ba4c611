/* What several rules ask of the typed spec. */
#ifndef HAD_CHECK_QUERY_H
#define HAD_CHECK_QUERY_H

#include "check/index.h"

/* Objects in a list, in its order; what is no reference is passed over. */
had_objects had_query_refs(struct had_check *check, const struct had_object *object,
                           const char *name);
/* The same as a set: had_map_get(&set, (uintptr_t)object) is NULL of what is not in it. */
struct had_map had_query_ref_set(struct had_check *check, const struct had_object *object,
                                 const char *name);
/* Ranges in a list or a single value, each with its place. */
void had_query_ranges(struct had_check *check, const struct had_object *object, const char *name,
                      had_ranges *out);
/* All ranges of a spoke. */
void had_query_spoke_ranges(struct had_check *check, const struct had_object *spoke,
                            had_ranges *out);
/*
 * Overlaps between ranges of different objects, each range with the nearest one that holds it, by
 * the holding range. Sorts `ranges`. O(n log n).
 */
struct had_overlap {
    struct had_range outer;
    had_ranges inner;
};
typedef had_array(struct had_overlap) had_overlaps;
had_overlaps had_query_overlaps(struct had_check *check, had_ranges *ranges);

/*
 * Where a value was written: behind a param or `let`, the place that gave it, so that a finding
 * about one use of a module points to that use. Of defaults and derived values the object's head.
 */
struct had_span had_query_span(const struct had_object *object, const char *name);
struct had_span had_value_span(const struct had_value *value);

/* True where an error was reported in the value or anywhere in it: rules pass over it in silence.
 */
bool had_value_broken(const struct had_value *value);
bool had_query_broken(const struct had_object *object, const char *name);
/* True where the spec says it, and did not leave it to a default. */
bool had_query_stated(const struct had_object *object, const char *name);

/* How a spec refers to it from outside: `shared.directory-a`, `erp.main.app[a]`. */
had_str had_query_path(struct had_check *check, const struct had_object *object);
/* "`a`, `b` and 3 more" of paths; at most `shown` are named. */
had_str had_query_names(struct had_check *check, const had_objects *objects, uint32_t shown);
/* Words for a count: "2 accounts", "1 account". */
had_str had_query_count(struct had_check *check, uint32_t count, const char *one, const char *many);

/* Code of the Region that the object stands in; empty if none. */
had_str had_query_region(const struct had_object *object);
/* Letter of the zone of a subnet. */
had_str had_query_zone(const struct had_object *subnet);
const struct had_object *had_query_spoke(const struct had_object *subnet);
/* An address as the range of it alone. */
struct had_cidr had_query_host(struct had_ip ip);
/* The spoke in which it stands, by its subnet or itself; NULL if in none. */
const struct had_object *had_query_network(const struct had_object *object);

/* The forest or domain that a controller belongs to. */
const struct had_object *had_query_domain(const struct had_object *controller);
/* The forest of a forest or domain; a directory is its own. */
const struct had_object *had_query_forest(const struct had_object *object);
/* Numbers forests and directories so that what trusts join, directly or not, has one number. */
struct had_map had_query_trust_groups(struct had_check *check);
uint64_t had_query_trust_group(const struct had_map *groups, const struct had_object *object);

/* The two sides of a trust, as it is written: 0 the subject, 1 the other; NULL where one is not
 * known. */
const struct had_object *had_query_side(const struct had_object *trust, int which);
/* The side of a trust that is not `one`; NULL if `one` is no side of it. */
const struct had_object *had_query_other_side(const struct had_object *trust,
                                              const struct had_object *one);
/* True if `one` trusts the other side: its resources admit the other side's users. */
bool had_query_trusts(const struct had_object *trust, const struct had_object *one);

/* True of the management account of the organization. */
bool had_query_is_management(struct had_check *check, const struct had_object *account);

/*
 * The limit for a resource of the quota tables in an account and Region (NULL: any), -1 if none is
 * known: that of a `quota` of the spec that holds there, which *raised then is, else the table's.
 */
int64_t had_query_limit(struct had_check *check, const char *resource, const char *edition,
                        const struct had_object *account, const struct had_object *region,
                        const struct had_object **raised);

/*
 * Reports for the running rule where `count` passes that limit, as "WHAT has 6 route tables, and
 * the quota is 5"; `fixed` says that AWS raises it for nobody. True if it was reported.
 */
struct had_quota_use {
    const char *resource;
    const char *one, *many; /* "route table", "route tables" */
    const struct had_object *account, *region;
    bool fixed;
};
bool had_query_quota(struct had_check *check, const struct had_quota_use *use,
                     const struct had_object *object, struct had_span span, had_str what,
                     uint64_t count);

/* Objects by two others that each belongs to; equal pairs stand together, in order of addresses. */
struct had_owned {
    const struct had_object *a, *b, *object;
};
typedef had_array(struct had_owned) had_owned_list;
void had_query_sort_owned(had_owned_list *pairs);
/* End of the run of equal pairs that begins at `first`. */
uint32_t had_query_run(const had_owned_list *pairs, uint32_t first);

/* Forests, domains and directories by their DNS names, of which the first by address counts. */
struct had_roots {
    struct had_symbols names;
    struct had_map domains;
};
void had_query_roots(struct had_check *check, struct had_roots *out);
/* The one with this name, or NULL. */
const struct had_object *had_query_root(const struct had_roots *roots, had_str name);

/* Whether a link goes over `direct-connect` or `vpn`, and whether its routes are written down. */
bool had_query_is_via(const struct had_object *link, const char *medium);
bool had_query_is_static(const struct had_object *link);

/* The row of the table of trusts for an ad-service; NULL if its type is not known. */
struct had_fact_service;
const struct had_fact_service *had_query_service_fact(const struct had_object *service);
/* The managed directory of a service that reads users over two-way trusts alone; else NULL. */
const struct had_object *had_query_reads_both_ways(const struct had_object *service);

/* The directory of a Region: itself in its own, else its replica there; NULL if there is none. */
const struct had_object *had_query_directory_at(struct had_check *check,
                                                const struct had_object *directory,
                                                const struct had_object *region);

/* Accounts that an account, ou, organization stands for. */
void had_query_accounts(struct had_check *check, const struct had_object *holder, had_objects *out);
/* True if the account is in the set, or a unit or organization that it is in. */
bool had_query_is_among(const struct had_map *holders, const struct had_object *account);

#endif
