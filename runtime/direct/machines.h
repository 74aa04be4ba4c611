/* Machines that their deliveries found other than their configurations say. */
#ifndef HAD_DIRECT_MACHINES_H
#define HAD_DIRECT_MACHINES_H

#include "direct/session.h"

struct had_machine {
    const struct had_plan_step *step; /* of the delivery */
    had_str instance;
    had_array(had_str) items; /* what is not as it should be, as Systems Manager has it */
};
struct had_machines {
    had_array(struct had_machine) items;
    had_array(had_str) unread; /* deliveries whose outcome could not be read, and why */
};

/* Asks Systems Manager about every delivery of the plan; false where a signal came meanwhile. Texts
 * are in the session's arena. */
bool had_machines_find(struct had_session *session, const struct had_plan *plan,
                       struct had_machines *out);
void had_machines_text(struct had_buffer *out, const struct had_machines *machines);
void had_machines_report(const struct had_machines *machines, struct had_diags *diags);
json_t *had_machines_json(const struct had_machines *machines); /* a new reference */

#endif
