/*
 * A cloud between a runner and the real one that makes few calls of many looks: those that ask for
 * the same are one, and looks at objects by their ids are one for up to a hundred. What an answer
 * tells is handed to each that asked, with its own object alone. Where AWS refuses a call for many,
 * as one of the ids is not there, each asks for itself. Calls go at the services' pace here, so that
 * what waits for its turn can still be joined; the runner above is unpaced.
 *
 *     had_batch_open(&batch, &world->cloud, parallel);
 *     world.cloud = had_batch_cloud(&batch);       … the runner submits and turns …
 *     had_batch_close(&batch);                     as the runner: no turn may follow
 */
#ifndef HAD_PLAN_BATCH_H
#define HAD_PLAN_BATCH_H

#include "resource/pace.h"
#include "world/world.h"

struct had_batch_group;

struct had_batch {
    struct had_cloud below;
    struct had_paces paces;
    uint32_t parallel, in_flight; /* at most, and now */
    struct had_batch_group *waiting, **last; /* not sent yet */
    struct had_batch_group *sent;            /* not answered yet */
    uint64_t calls;                          /* sent */
    uint32_t kept;                           /* asked for and not answered */
};

/* `parallel`: calls in flight at most. */
void had_batch_open(struct had_batch *batch, const struct had_cloud *below, uint32_t parallel);
struct had_cloud had_batch_cloud(struct had_batch *batch);
void had_batch_close(struct had_batch *batch);

#endif
