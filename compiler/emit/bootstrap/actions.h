/*
 * IAM actions by resource type: who makes, changes, reads or ends a node of the type needs them, be
 * it CloudFormation or a program. One table, actions.def, which scripts/deploy_facts.py makes from
 * AWS's own statements; operations of custom resources stand with their types in glue.c.
 */
#ifndef HAD_EMIT_BOOTSTRAP_ACTIONS_H
#define HAD_EMIT_BOOTSTRAP_ACTIONS_H

#include "base/str.h"

struct had_action_row {
    const char *type;
    const char *property; /* counts only where a node sets it; NULL: always */
    const char *actions,
        *unscoped;    /* blank-separated, or NULL; `unscoped` know no resource but "*" */
    const char *ends; /* these take a thing away for good */
};

enum { HAD_ACTION_ROWS_MAX = 256 };
extern const struct had_action_row had_action_rows[];
extern const uint32_t had_action_row_count;

/* What direct execution calls besides, for a type of which a driver does more: direct.def. */
struct had_direct_row {
    const char *type, *actions, *unscoped;
};
enum { HAD_DIRECT_ROWS_MAX = 256 };
extern const struct had_direct_row had_direct_rows[];
extern const uint32_t had_direct_row_count;

/* First row of a type, whose rows stand together; the count if it has none. */
uint32_t had_action_row_of(had_str type);

/* Where an action may be done. Kinds above ANY have the names of things (grant.h). */
enum had_scope {
    HAD_SCOPE_ANY, /* "*", in the Regions of the spec where the service has Regions */
    HAD_SCOPE_ROLES,
    HAD_SCOPE_PASS,   /* roles handed to a service */
    HAD_SCOPE_ATTACH, /* roles, with the policies of the spec only */
    HAD_SCOPE_LINKED, /* roles of services */
    HAD_SCOPE_POLICIES,
    HAD_SCOPE_PROFILES,
    HAD_SCOPE_SSO_ROLES, /* what Identity Center keeps in the management account */
    HAD_SCOPE_FUNCTIONS,
    HAD_SCOPE_LOG_GROUPS,
    HAD_SCOPE_SECRETS, /* that the spec makes */
    HAD_SCOPE_PARAMETERS,
    HAD_SCOPE_ASSOCIATIONS,
    HAD_SCOPE_BUCKETS,
    HAD_SCOPE_DIRECTORIES,
    HAD_SCOPE_ASSUMED, /* roles of other accounts that the spec states */
    HAD_SCOPE_COUNT
};

enum had_scope had_action_scope(had_str type, had_str action);
/* "ec2" of "ec2:CreateVpc" */
had_str had_action_service(had_str action);
/* False for services that answer from one place for all Regions: their calls name none of the spec.
 */
bool had_service_has_regions(had_str service);

#endif
