/* What the queries share. */
#ifndef HAD_PROVE_INTERNAL_H
#define HAD_PROVE_INTERNAL_H

#include "prove/prove.h"

/* What one pair of hosts can do: ports that work there and back, for all their addresses. */
struct had_pair_result {
    uint64_t ports, assumed;
    bool far;
};

struct had_pair_result had_pair_walk(struct had_model *model, const struct had_scenario *scenario,
                                     uint32_t from, uint32_t to, uint64_t ports);
/* Fills where and why the first port of the pair is lost; false if none is. */
bool had_pair_explain(struct had_proof *proof, const struct had_scenario *scenario, uint32_t from,
                      uint32_t to, uint64_t ports, struct had_counterexample *out);
bool had_host_dead(const struct had_model *model, const struct had_scenario *scenario,
                   uint32_t host);
struct had_counterexample *had_refute(struct had_proof *proof, enum had_query_id id,
                                      struct had_counterexample example);
void had_unknown(struct had_proof *proof, enum had_query_id id, had_str why);

/* Where a finding about the node stands: what derived it, else what stated it. */
struct had_span had_span_of(const struct had_node *node);
/* The controller that serves the member on all ports, with the fewest assumptions and the nearest,
 * and how; `near`: in the Region. HAD_NOTHING for none. */
uint32_t had_served(struct had_proof *proof, const struct had_scenario *scenario, uint32_t member,
                    bool near, struct had_pair_result *how);
/* The first controller of the member's domain in its Region, or of one of its sites. */
uint32_t had_near_controller(const struct had_model *model, const struct had_scenario *scenario,
                             uint32_t member, had_str site);
/* Whether a controller of the site in the Region serves the member; `unknown` where one has a site
 * that nobody states. */
bool had_site_serves(struct had_proof *proof, const struct had_scenario *scenario, uint32_t member,
                     had_str site, bool *unknown, uint64_t *assumed);

/* class.c */
void had_classify(struct had_proof *proof, bool each_alone);

/* names.c */
void had_prove_names(struct had_proof *proof);
/*
 * Whether the domain's name is answered for a VPC under a scenario. `strict`: every target from
 * every address, as R3 wants it; else one of each is enough. `out` may be NULL.
 */
bool had_resolves(struct had_proof *proof, const struct had_scenario *scenario, uint32_t vpc,
                  had_str name, bool strict, uint64_t *assumed, struct had_counterexample *out);
/* Of a name that resolves without an assumption: which address asked whom. */
typedef had_array(struct had_partner) had_asked;
bool had_questions(struct had_proof *proof, uint32_t vpc, had_str name, had_asked *out);
/* (VPC, domain) pairs that must resolve, once for each class of VPC. */
void had_name_needs(struct had_proof *proof, had_needs *out);

/* losses.c: F1, and F2 where two failures are asked for */
void had_prove_losses(struct had_proof *proof, unsigned failures);

/* routes.c */
void had_prove_routes(struct had_proof *proof);
void had_prove_isolation(struct had_proof *proof);

#endif
