/*
 * What a spec says is there before: its organization with units and accounts, the instance of Identity
 * Center with the groups and people that are looked up, interfaces of appliances.
 */
#ifndef HAD_TEST_APPLY_SEED_H
#define HAD_TEST_APPLY_SEED_H

#include "graph/graph.h"
#include "sim/sim.h"

void seed(struct had_sim *cloud, const struct had_graph *graph);

/*
 * All objects as sorted lines, ids and tokens masked: which is which shows in tags and names. A day
 * passes before, so that AWS is at nothing any more. The caller frees it.
 */
char *inventory(struct had_sim *sim);

#endif
