#include "emit/bootstrap/policy.h"

#include <stdlib.h>
#include <string.h>

/*
 * IAM counts the characters of a managed policy, without white space (IAM User Guide, "IAM and STS
 * quotas": 6,144); room is left for what names become.
 */
enum { POLICY_BYTES_MAX = 5600, ACTIONS_MAX = 80 };

struct had_grant_statement *had_grant_statement(struct had_arena *arena, had_grant_statements *list,
                                                const char *sid, const char *actions,
                                                had_str resource)
{
    struct had_grant_statement *statement = had_new(arena, struct had_grant_statement);
    statement->sid = had_str_c(sid);
    had_texts_words(arena, &statement->actions, actions);
    if (resource.len)
        had_texts_add(arena, &statement->resources, resource);
    *had_push(arena, list) = statement;
    return statement;
}

static struct had_cfn *texts(struct had_arena *arena, const had_texts *list, bool arns)
{
    struct had_cfn *out = had_cfn_list(arena);
    had_each(had_str, at, list) {
        had_str text = *at;
        if (arns && !had_str_is(text, "*") && !had_str_starts(text, "arn:"))
            text = had_str_printf(arena, "arn:${AWS::Partition}:" HAD_FMT, HAD_ARG(text));
        bool filled = had_str_find(text, '$') >= 0;
        had_cfn_append(arena, out, had_cfn_new(arena, filled ? HAD_CFN_SUB : HAD_CFN_TEXT, text));
    }
    return out->items.count == 1 ? out->items.items[0] : out;
}

struct had_cfn *had_grant_document(struct had_arena *arena, const had_grant_statements *statements)
{
    struct had_cfn *list = had_cfn_list(arena), *document = had_cfn_map(arena);
    had_each(struct had_grant_statement *, at, statements) {
        struct had_cfn *statement = had_cfn_map(arena);
        had_cfn_put_c(arena, statement, "Sid", had_cfn_text(arena, (*at)->sid));
        had_cfn_put_c(arena, statement, "Effect", had_cfn_c(arena, (*at)->deny ? "Deny" : "Allow"));
        had_cfn_put_c(arena, statement, "Action", texts(arena, &(*at)->actions, false));
        had_cfn_put_c(arena, statement, "Resource", texts(arena, &(*at)->resources, true));
        if ((*at)->test) {
            struct had_cfn *condition = had_cfn_map(arena), *test = had_cfn_map(arena);
            had_cfn_put_c(
                arena, test, (*at)->key,
                texts(arena, &(*at)->values, had_str_starts(had_str_c((*at)->test), "Arn")));
            had_cfn_put_c(arena, condition, (*at)->test, test);
            had_cfn_put_c(arena, statement, "Condition", condition);
        }
        had_cfn_append(arena, list, statement);
    }
    had_cfn_put_c(arena, document, "Version", had_cfn_c(arena, "2012-10-17"));
    had_cfn_put_c(arena, document, "Statement", list);
    return document;
}

static size_t size_of(struct had_arena *arena, const struct had_grant_statement *statement)
{
    had_grant_statements one = {0};
    *had_push(arena, &one) = (struct had_grant_statement *)(uintptr_t)statement;
    struct had_buffer out = {0};
    had_cfn_json(&out, had_grant_document(arena, &one));
    size_t size = 0;
    for (size_t i = 0; i < out.len; i++)
        size += out.ptr[i] != ' ' && out.ptr[i] != '\n';
    had_buffer_free(&out);
    return size;
}

/* ---- statements ---- */

static const struct {
    const char *service, *word;
    int group;
} services[] = {
    {"account", "Account", 1},
    {"cloudformation", "CloudFormation", 2},
    {"directconnect", "DirectConnect", 0},
    {"ds", "Directory", 1},
    {"ds-data", "DirectoryData", 1},
    {"ec2", "Network", 0},
    {"iam", "Identity", 2},
    {"identitystore", "IdentityStore", 1},
    {"kms", "Keys", 2},
    {"lambda", "Functions", 2},
    {"logs", "Logs", 2},
    {"organizations", "Organization", 1},
    {"ram", "Shares", 0},
    {"route53", "Zones", 0},
    {"route53resolver", "Resolver", 0},
    {"s3", "Buckets", 2},
    {"secretsmanager", "Secrets", 2},
    {"sns", "Topics", 1},
    {"ssm", "Machines", 2},
    {"sso", "IdentityCenter", 1},
    {"sts", "Assume", 0},
    {"vpce", "Endpoints", 0},
    {"vpc-lattice", "Lattice", 0},
};
enum { GROUPS = 3 };

static const struct {
    const char *sid;
    const char *fixed; /* resources that are always the same */
} scopes[HAD_SCOPE_COUNT] = {
    [HAD_SCOPE_ANY] = {"", "*"},
    [HAD_SCOPE_ROLES] = {"Roles", NULL},
    [HAD_SCOPE_PASS] = {"HandOver", NULL},
    [HAD_SCOPE_ATTACH] = {"Attach", NULL},
    [HAD_SCOPE_LINKED] = {"OfServices", "iam::${AWS::AccountId}:role/aws-service-role/*"},
    [HAD_SCOPE_POLICIES] = {"Policies", NULL},
    [HAD_SCOPE_PROFILES] = {"Profiles", NULL},
    [HAD_SCOPE_SSO_ROLES] = {"OfIdentityCenter",
                             "iam::${AWS::AccountId}:role/aws-reserved/sso.amazonaws.com/* "
                             "iam::${AWS::AccountId}:saml-provider/AWSSSO_*"},
    [HAD_SCOPE_FUNCTIONS] = {"Own", NULL},
    [HAD_SCOPE_LOG_GROUPS] = {"Own", NULL},
    [HAD_SCOPE_SECRETS] = {"Own", NULL},
    [HAD_SCOPE_PARAMETERS] = {"Parameters", NULL},
    [HAD_SCOPE_ASSOCIATIONS] = {"Associations", "ssm:*:${AWS::AccountId}:association/* "
                                                "ec2:*:${AWS::AccountId}:instance/*"},
    [HAD_SCOPE_BUCKETS] = {"Own", NULL},
    [HAD_SCOPE_DIRECTORIES] = {"Own", "ds:*:${AWS::AccountId}:directory/*"},
    [HAD_SCOPE_ASSUMED] = {"Roles", NULL},
};

static size_t service_of(had_str action)
{
    had_str service = had_action_service(action);
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (had_str_is(service, services[i].service))
            return i;
    return 0; /* a test holds that every action of the tables has a row */
}

static void fill(struct had_arena *arena, const struct had_grants *grants, enum had_scope scope,
                 struct had_grant_statement *statement, had_str service)
{
    enum had_scope from = scope;
    if (scope == HAD_SCOPE_PASS || scope == HAD_SCOPE_ATTACH)
        from = HAD_SCOPE_ROLES;
    had_texts_words(arena, &statement->resources, scopes[scope].fixed);
    had_each(had_str, at, &grants->names[from])
        had_texts_add(arena, &statement->resources, *at);
    const had_texts *values = NULL;
    statement->test = "StringEquals";
    if (scope == HAD_SCOPE_ANY && had_service_has_regions(service)) {
        statement->key = "aws:RequestedRegion";
        values = &grants->regions;
    } else if (scope == HAD_SCOPE_PASS) {
        statement->key = "iam:PassedToService";
        values = &grants->passed;
    } else if (scope == HAD_SCOPE_LINKED) {
        statement->key = "iam:AWSServiceName";
        values = &grants->linked;
    } else if (scope == HAD_SCOPE_ATTACH) {
        statement->test = "ArnEquals";
        statement->key = "iam:PolicyARN";
        values = &grants->managed;
        had_each(had_str, at, values)
            if (had_str_ends(*at, "*"))
                statement->test = "ArnLike";
    }
    if (values)
        statement->values = (had_texts){values->items, values->count, values->count};
    else
        statement->test = NULL;
}

struct building {
    struct had_arena *arena;
    const struct had_grants *grants;
    struct had_map places; /* (service, scope) → statement */
    had_grant_statements groups[GROUPS];
};

static void add(struct building *b, had_str action, enum had_scope scope)
{
    size_t service = service_of(action);
    uint64_t key = (uint64_t)service << 32 | (uint64_t)scope;
    const uint64_t *found = had_map_get(&b->places, key);
    struct had_grant_statement *statement;
    if (found) {
        statement = (struct had_grant_statement *)(uintptr_t)*found;
    } else {
        statement = had_new(b->arena, struct had_grant_statement);
        statement->sid =
            had_str_printf(b->arena, "%s%s", services[service].word, scopes[scope].sid);
        fill(b->arena, b->grants, scope, statement, had_action_service(action));
        had_map_put(b->arena, &b->places, key, (uintptr_t)statement);
        if (statement->resources.count) /* else the action has nothing to touch */
            *had_push(b->arena, &b->groups[services[service].group]) = statement;
    }
    had_texts_add(b->arena, &statement->actions, action);
}

static void add_words(struct building *b, const char *type, const char *words, bool scoped)
{
    had_texts actions = {0};
    had_texts_words(b->arena, &actions, words);
    had_each(had_str, at, &actions)
        add(b, *at, scoped ? had_action_scope(had_str_c(type), *at) : HAD_SCOPE_ANY);
}

static bool reads(had_str action)
{
    static const char *const verbs[] = {"Describe", "Get", "List", "Search"};
    had_str service = had_action_service(action);
    had_str name = had_str_slice(action, service.len + 1, action.len);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (had_str_starts(name, verbs[i]))
            return !had_str_is(name, "GetSecretValue");
    return false;
}

/* Of a thing that is there and not ours: only what looks at it. */
static void add_reads(struct building *b, const struct had_action_row *row)
{
    const char *const words[] = {row->actions, row->unscoped};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        had_texts actions = {0};
        had_texts_words(b->arena, &actions, words[i]);
        had_each(had_str, at, &actions)
            if (reads(*at))
                add(b, *at, HAD_SCOPE_ANY);
    }
}

static int statement_cmp(const void *a, const void *b)
{
    return had_str_cmp((*(struct had_grant_statement *const *)a)->sid,
                       (*(struct had_grant_statement *const *)b)->sid);
}

/* ---- policies ---- */

static struct had_grant_statement *part_of(struct had_arena *arena,
                                           const struct had_grant_statement *whole, uint32_t start,
                                           uint32_t count)
{
    struct had_grant_statement *part = had_new(arena, struct had_grant_statement);
    *part = *whole;
    part->actions = (had_texts){whole->actions.items + start, count, count};
    if (start)
        part->sid =
            had_str_printf(arena, HAD_FMT "%u", HAD_ARG(whole->sid), start / ACTIONS_MAX + 1);
    return part;
}

static void add_policies(struct building *b, had_grant_policies_list *out, const char *name,
                         const char *description, enum had_grant_part part,
                         had_grant_statements *list)
{
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, statement_cmp);
    struct had_grant_policy *policy = NULL;
    uint32_t number = 0;
    size_t size = 0;
    had_each(struct had_grant_statement *, at, list) {
        had_texts_sort(&(*at)->actions);
        for (uint32_t i = 0; i < (*at)->actions.count; i += ACTIONS_MAX) {
            uint32_t left = (*at)->actions.count - i;
            struct had_grant_statement *statement =
                part_of(b->arena, *at, i, left < ACTIONS_MAX ? left : ACTIONS_MAX);
            size_t more = size_of(b->arena, statement);
            if (!policy || size + more > POLICY_BYTES_MAX) {
                policy = had_new(b->arena, struct had_grant_policy);
                policy->name =
                    ++number > 1 ? had_str_printf(b->arena, "%s%u", name, number) : had_str_c(name);
                policy->description = description;
                policy->part = part;
                *had_push(b->arena, out) = policy;
                size = 0;
            }
            size += more;
            *had_push(b->arena, &policy->statements) = statement;
        }
    }
}

static void add_secrets(struct building *b, enum had_grant_part part, had_grant_statements *to)
{
    const had_texts *secrets = &b->grants->secrets[part];
    if (!secrets->count)
        return;
    struct had_grant_statement *read = had_grant_statement(
        b->arena, to, "SecretsRead", "secretsmanager:GetSecretValue", (had_str){0});
    read->resources = (had_texts){secrets->items, secrets->count, secrets->count};
    if (!b->grants->foreign_secrets)
        return;
    /* A secret of another account always has a key of its owner's. */
    struct had_grant_statement *keys =
        had_grant_statement(b->arena, to, "SecretsKeys", "kms:Decrypt", HAD_STR("kms:*:*:key/*"));
    keys->test = "StringLike";
    keys->key = "kms:ViaService";
    had_texts_add(b->arena, &keys->values, HAD_STR("secretsmanager.*.amazonaws.com"));
}

had_grant_policies_list had_grant_policies(struct had_arena *arena, const struct had_grants *grants)
{
    static const struct {
        const char *name, *description;
    } named[HAD_GRANT_PARTS][GROUPS] = {
        {{"NetworkPolicy", "VPCs, hubs, lines, name resolution and shares"},
         {"IdentityPolicy", "Organization, directories and people's access"},
         {"ServersPolicy", "Servers, their roles, secrets, logs and configurations"}},
        {{"CustomResourcesPolicy", "Functions of custom resources"}, {NULL, NULL}, {NULL, NULL}},
        {{"OperationsPolicy", "What direct execution does besides"}, {NULL, NULL}, {NULL, NULL}},
    };
    had_grant_policies_list out = {0};
    for (int part = 0; part < HAD_GRANT_PARTS; part++) {
        struct building b = {.arena = arena, .grants = grants};
        for (uint32_t i = 0; i < had_action_row_count; i++) {
            const struct had_action_row *row = &had_action_rows[i];
            uint8_t bits = grants->rows[part][i];
            if (bits & HAD_GRANT_NEED) {
                add_words(&b, row->type, row->actions, true);
                add_words(&b, row->type, row->unscoped, false);
            } else if (bits & HAD_GRANT_READ)
                add_reads(&b, row);
            if (bits & HAD_GRANT_END)
                add_words(&b, row->type, row->ends, true);
        }
        if (part == HAD_GRANT_DIRECT) {
            for (uint32_t i = 0; i < had_direct_row_count; i++)
                if (grants->direct[i]) {
                    add_words(&b, had_direct_rows[i].type, had_direct_rows[i].actions, true);
                    add_words(&b, had_direct_rows[i].type, had_direct_rows[i].unscoped, false);
                }
            had_each(had_str, at, &grants->actions) {
                bool parameter = had_str_is(*at, "ssm:GetParameter");
                add(&b, *at,
                    parameter ? HAD_SCOPE_PARAMETERS : had_action_scope(HAD_STR("had::"), *at));
            }
            had_each(had_str, at, &grants->unscoped)
                add(&b, *at,
                    had_str_is(*at, "iam:CreateServiceLinkedRole") ? HAD_SCOPE_LINKED
                                                                   : HAD_SCOPE_ANY);
        }
        add_secrets(&b, (enum had_grant_part)part, &b.groups[part == HAD_GRANT_NATIVE ? 2 : 0]);
        if (part != HAD_GRANT_NATIVE)
            for (int group = 1; group < GROUPS; group++)
                had_each(struct had_grant_statement *, at, &b.groups[group])
                    *had_push(arena, &b.groups[0]) = *at;
        for (int group = 0; group < (part == HAD_GRANT_NATIVE ? GROUPS : 1); group++)
            add_policies(&b, &out, named[part][group].name, named[part][group].description,
                         (enum had_grant_part)part, &b.groups[group]);
    }
    return out;
}
