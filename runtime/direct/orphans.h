/* Objects of this deployment, by their tags, that the state has no record of. */
#ifndef HAD_DIRECT_ORPHANS_H
#define HAD_DIRECT_ORPHANS_H

#include "direct/session.h"

struct had_orphan {
    had_str arn, address,
        token; /* address: as the tag has it, other characters than AWS takes are `_` */
    had_str account_id, region;
    const char *type; /* NULL: not removed by its ARN */
    had_str id;
};
struct had_orphans {
    had_array(struct had_orphan) items; /* by ARN */
    had_array(had_str) unread;          /* accounts and Regions that did not answer, and why */
};

/* Asks all accounts and Regions; had_deployment_prepare comes before it. False where a signal came
 * meanwhile. Texts are in the session's arena. */
bool had_orphans_find(struct had_session *session, struct had_orphans *out);
void had_orphans_text(struct had_buffer *out, const struct had_orphans *orphans);
void had_orphans_report(const struct had_orphans *orphans, struct had_diags *diags);
json_t *had_orphans_json(const struct had_orphans *orphans); /* a new reference */
/* Removes those of the ARNs, after a question; an exit status. Refuses what is not found as above.
 */
int had_orphans_remove(struct had_session *session, const char *const *arns, uint32_t count);

#endif
