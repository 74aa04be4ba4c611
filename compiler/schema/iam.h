/*
 * What IAM knows: actions of services, and what the policies that AWS manages say. Both are lists
 * of a day, made from public packages (schema/facts/iam/sources.tsv); AWS adds to them every week,
 * so that what they lack may be there.
 */
#ifndef HAD_SCHEMA_IAM_H
#define HAD_SCHEMA_IAM_H

#include "base/str.h"

struct had_fact_iam_service {
    const char *prefix;         /* "ec2" */
    const char *const *actions; /* "StopInstances", sorted without case */
    uint32_t count;
};
extern const struct had_fact_iam_service had_fact_iam_services[]; /* sorted */
extern const uint32_t had_fact_iam_service_count;
extern const char had_fact_iam_action_day[]; /* "2026-10-27" */

struct had_fact_policy {
    const char *path; /* "AdministratorAccess", "job-function/ViewOnlyAccess" */
    /*
     * NULL-terminated; NULL: not kept. A statement is `+` (allow) or `-` (deny), `!` if it names
     * what it is not about, `~` if it is about some resources only, `?` if it has conditions, then
     * actions with spaces between: `ec2:StopInstances StartInstances s3:Get*`, a service until the
     * next.
     */
    const char *const *statements;
};
extern const struct had_fact_policy had_fact_policies[]; /* sorted */
extern const uint32_t had_fact_policy_count;
extern const char had_fact_policy_day[];

/* By prefix without case; NULL if unknown. */
const struct had_fact_iam_service *had_fact_iam_service_find(had_str prefix);
/* The action as IAM writes it, without case; NULL if unknown. */
const char *had_fact_iam_action_find(const struct had_fact_iam_service *service, had_str name);
/* By path and name, also with a `/` before; NULL if unknown. */
const struct had_fact_policy *had_fact_policy_find(had_str path);

/* True if `text` matches `pattern`, in which `*` is any text and `?` any character, without case.
 */
bool had_iam_matches(had_str pattern, had_str text);

#endif
