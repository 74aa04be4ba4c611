/* Grants as statements of IAM, and these as policies that IAM takes in size. */
#ifndef HAD_EMIT_BOOTSTRAP_POLICY_H
#define HAD_EMIT_BOOTSTRAP_POLICY_H

#include "emit/bootstrap/grant.h"
#include "emit/cloudformation/model.h"

struct had_grant_statement {
    had_str sid;
    bool deny;
    had_texts actions, resources; /* resources without `arn:PARTITION:`, or "*" */
    const char *test, *key; /* of a condition: "StringEquals", "aws:RequestedRegion"; or NULL */
    had_texts values;
};
typedef had_array(struct had_grant_statement *) had_grant_statements;

struct had_grant_policy {
    had_str name; /* logical id */
    const char *description;
    enum had_grant_part part;
    had_grant_statements statements;
};
typedef had_array(struct had_grant_policy *) had_grant_policies_list;

/* Of managed policies, in the order of the template. */
had_grant_policies_list had_grant_policies(struct had_arena *arena,
                                           const struct had_grants *grants);
struct had_cfn *had_grant_document(struct had_arena *arena, const had_grant_statements *statements);
struct had_grant_statement *had_grant_statement(struct had_arena *arena, had_grant_statements *list,
                                                const char *sid, const char *actions,
                                                had_str resource);

#endif
