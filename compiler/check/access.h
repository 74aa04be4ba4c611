/*
 * Who reaches which account with what: assignments of the spec, and what the permission sets allow.
 * The answer about an action is no, maybe or yes, and never a guess: conditions, statements about
 * some resources only, and policies whose text is not known make it maybe. Service control
 * policies, policies of resources and what was granted elsewhere are not in a spec, and not in the
 * answer.
 *
 *     struct had_access *access = had_access_make(arena, spec);
 *     enum had_answer may = had_access_may(access, set, HAD_STR("ssm:SendCommand"), &why);
 */
#ifndef HAD_CHECK_ACCESS_H
#define HAD_CHECK_ACCESS_H

#include "check/policy.h"
#include "schema/iam.h"

enum had_answer { HAD_NO, HAD_MAYBE, HAD_YES };
const char *had_answer_name(enum had_answer answer); /* "no" */

/* One assignment: a principal, an account, a permission set. */
struct had_grant {
    const struct had_object *assign, *set, *account;
    const struct had_principal *principal;
    had_str name; /* `CORP\Cloud-Admins` */
};

struct had_access {
    struct had_arena *arena;
    const struct had_spec *spec;
    had_array(struct had_grant) grants; /* by account, principal and set */
    had_policy_uses documents;
    struct had_map by_object; /* permission-set or policy → index in documents + 1 */
};

struct had_access *had_access_make(struct had_arena *arena, const struct had_spec *spec);

/* What made the answer, for people: a policy, and why it is maybe. */
struct had_reason {
    enum had_answer answer;
    had_str policy;                               /* `AdministratorAccess`, `inline`, `Operators` */
    const char *doubt;                            /* "with conditions"; NULL if there is none */
    const struct had_policy_statement *statement; /* of a document of the spec, or NULL */
    const struct had_value *document;
};
enum had_answer had_access_may(const struct had_access *access, const struct had_object *set,
                               had_str action, struct had_reason *why);

/* Every right: the action `*` on every resource. */
enum had_answer had_access_everything(const struct had_access *access, const struct had_object *set,
                                      struct had_reason *why);
/* True if the set has the policy of AWS that says so in its name: AdministratorAccess. */
bool had_access_is_administrator(const struct had_object *set);

#endif
