/*
 * Deliveries of machine configurations: the compiled form of each, and the Systems Manager
 * association that applies or watches it. A compiled form is kept under a name with its digest, so
 * that another content is another name, and the association applies it.
 */
#ifndef HAD_EMIT_DELIVERY_H
#define HAD_EMIT_DELIVERY_H

#include "emit/steps.h"

bool had_is_delivery(const struct had_node *node);
/*
 * Compiles all configurations once; findings go to the steps' diags. Before the steps are made. The
 * compiled forms stay in `out`, which has the steps' arena, unless that is NULL.
 */
void had_deliveries_compile(struct had_steps *steps, struct had_output *out);
/* Where the compiled form lies in the bucket: FOREST.ROLE.NODE.DIGEST.mof */
had_str had_delivery_key(const struct had_steps *steps, const struct had_node *delivery);
/* The first delivery that applies a configuration, or NULL. */
const struct had_node *had_delivery_of(const struct had_node *configuration);
/* Properties of AWS::SSM::Association for a delivery. */
struct had_prop *had_delivery_properties(const struct had_steps *steps,
                                         const struct had_node *delivery);

#endif
