#include "emit/bootstrap/actions.h"

#include <string.h>

const struct had_action_row had_action_rows[] = {
#define ROW(type, property, actions, unscoped, ends) {type, property, actions, unscoped, ends},
#include "emit/bootstrap/actions.def"
#undef ROW
};
const uint32_t had_action_row_count = sizeof had_action_rows / sizeof *had_action_rows;
_Static_assert(sizeof had_action_rows / sizeof *had_action_rows <= HAD_ACTION_ROWS_MAX,
               "HAD_ACTION_ROWS_MAX is too small");

const struct had_direct_row had_direct_rows[] = {
#define DIRECT(type, actions, unscoped) {type, actions, unscoped},
#include "emit/bootstrap/direct.def"
#undef DIRECT
};
const uint32_t had_direct_row_count = sizeof had_direct_rows / sizeof *had_direct_rows;
_Static_assert(sizeof had_direct_rows / sizeof *had_direct_rows <= HAD_DIRECT_ROWS_MAX,
               "HAD_DIRECT_ROWS_MAX is too small");

uint32_t had_action_row_of(had_str type)
{
    for (uint32_t i = 0; i < had_action_row_count; i++)
        if (had_str_is(type, had_action_rows[i].type))
            return i;
    return had_action_row_count;
}

/* First that fits holds; `*` stands for any text. */
static const struct {
    const char *type, *action;
    enum had_scope scope;
} scopes[] = {
    {"AWS::SSO::*", "iam:CreateServiceLinkedRole", HAD_SCOPE_LINKED},
    {"AWS::SSO::*", "iam:*", HAD_SCOPE_SSO_ROLES},
    {"*", "iam:CreateServiceLinkedRole", HAD_SCOPE_LINKED},
    {"*", "iam:PassRole", HAD_SCOPE_PASS},
    {"*", "iam:AttachRolePolicy", HAD_SCOPE_ATTACH},
    {"*", "iam:DetachRolePolicy", HAD_SCOPE_ATTACH},
    {"*", "iam:*InstanceProfile", HAD_SCOPE_PROFILES},
    {"*", "iam:*Role*", HAD_SCOPE_ROLES},
    {"*", "iam:*Polic*", HAD_SCOPE_POLICIES},
    {"*", "iam:ListEntitiesForPolicy", HAD_SCOPE_POLICIES},
    {"*", "lambda:*", HAD_SCOPE_FUNCTIONS},
    {"*", "logs:DeleteResourcePolicy", HAD_SCOPE_ANY},
    {"*", "logs:*", HAD_SCOPE_LOG_GROUPS},
    {"*", "secretsmanager:*", HAD_SCOPE_SECRETS},
    {"AWS::SSM::Association", "ssm:*", HAD_SCOPE_ASSOCIATIONS},
    {"AWS::SSM::Parameter", "ssm:*", HAD_SCOPE_PARAMETERS},
    {"*", "s3:*", HAD_SCOPE_BUCKETS},
    {"*", "ds:*", HAD_SCOPE_DIRECTORIES},
    {"*", "ds-data:*", HAD_SCOPE_DIRECTORIES},
    {"*", "sts:AssumeRole", HAD_SCOPE_ASSUMED},
};

static bool fits(const char *pattern, had_str text)
{
    for (; *pattern; pattern++) {
        if (*pattern == '*') {
            for (uint32_t i = 0; i <= text.len; i++)
                if (fits(pattern + 1, had_str_slice(text, i, text.len)))
                    return true;
            return false;
        }
        if (!text.len || text.ptr[0] != *pattern)
            return false;
        text = had_str_slice(text, 1, text.len);
    }
    return !text.len;
}

enum had_scope had_action_scope(had_str type, had_str action)
{
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
        if (fits(scopes[i].action, action) && fits(scopes[i].type, type))
            return scopes[i].scope;
    return HAD_SCOPE_ANY;
}

had_str had_action_service(had_str action)
{
    int64_t colon = had_str_find(action, ':');
    return colon < 0 ? action : had_str_slice(action, 0, (uint32_t)colon);
}

bool had_service_has_regions(had_str service)
{
    static const char *const global[] = {"account", "iam", "organizations", "route53", "sts"};
    for (size_t i = 0; i < sizeof global / sizeof *global; i++)
        if (had_str_is(service, global[i]))
            return false;
    return true;
}
