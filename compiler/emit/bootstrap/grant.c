#include "emit/bootstrap/grant.h"

#include "emit/cloudformation/glue.h"
#include "emit/cloudformation/logical.h"
#include "emit/delivery.h"
#include "graph/rtype.h"

#include <stdlib.h>
#include <string.h>

enum {
    REQUEST_BYTES_MAX = 51200,
    /* CloudFormation cuts the name of the stack to about this where a name of its own making would
     * be longer than IAM or Lambda take. */
    PREFIX_MAX = 20,
};

#define OWN "${AWS::AccountId}"

void had_texts_add(struct had_arena *arena, had_texts *texts, had_str text)
{
    had_each(had_str, at, texts)
        if (had_str_eq(*at, text))
            return;
    *had_push(arena, texts) = text;
}

void had_texts_words(struct had_arena *arena, had_texts *texts, const char *words)
{
    for (had_str rest = had_str_c(words); rest.len;) {
        int64_t space = had_str_find(rest, ' ');
        uint32_t end = space < 0 ? rest.len : (uint32_t)space;
        if (end)
            had_texts_add(arena, texts, had_str_slice(rest, 0, end));
        rest = had_str_slice(rest, space < 0 ? end : end + 1, rest.len);
    }
}

static int text_cmp(const void *a, const void *b)
{
    return had_str_cmp(*(const had_str *)a, *(const had_str *)b);
}

void had_texts_sort(had_texts *texts)
{
    if (texts->count > 1)
        qsort(texts->items, texts->count, sizeof *texts->items, text_cmp);
}

/* ---- the things that actions may touch ---- */

struct gathering {
    struct had_arena *arena;
    const struct had_steps *steps;
    struct had_symbols accounts;
    had_grants_list list;  /* by number of the account's symbol, less one */
    struct had_map rows;   /* type → first row */
    struct had_map direct; /* type → row of direct.def */
};

had_str had_grant_prefix(struct had_arena *arena, had_str spec, bool cut)
{
    had_str prefix = had_str_printf(arena, "had-" HAD_FMT "-", HAD_ARG(spec));
    char *text = had_arena_alloc(arena, (size_t)prefix.len + 1);
    for (uint32_t i = 0; i < prefix.len; i++) {
        char c = prefix.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        text[i] = plain ? c : '-';
    }
    return (had_str){text, cut && prefix.len > PREFIX_MAX ? PREFIX_MAX : prefix.len};
}

/* Any sign that means something to IAM or CloudFormation stands for itself no longer: `?` is any
 * one. */
static had_str plain_name(struct had_arena *arena, had_str text)
{
    char *out = had_str_cstr(arena, text);
    for (uint32_t i = 0; i < text.len; i++) {
        char c = out[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (c && strchr("/_+=.@:#!,-", c))))
            out[i] = '?';
    }
    return (had_str){out, text.len};
}

static had_str prefix_of(const struct gathering *g, bool cut)
{
    return had_grant_prefix(g->arena, g->steps->graph->spec, cut);
}

/* What the name of a thing will be; parts that are known later are `*`. Empty if it has none. */
static had_str name_of(struct had_arena *arena, const struct had_prop *prop)
{
    if (!prop)
        return (had_str){0};
    switch (prop->tag) {
    case HAD_PROP_TEXT:
        return plain_name(arena, prop->text);
    case HAD_PROP_READ: {
        had_str known = had_node_known(prop->read.node, had_str_c(prop->read.attribute));
        return known.len ? plain_name(arena, known) : HAD_STR("*");
    }
    case HAD_PROP_FORMAT: {
        struct had_buffer joined = {0};
        had_each(struct had_prop *, item, &prop->items)
            had_buffer_str(&joined, name_of(arena, *item));
        had_str text = had_str_dup(arena, had_buffer_view(&joined));
        had_buffer_free(&joined);
        return text;
    }
    case HAD_PROP_STAGED:
        return HAD_STR("*");
    case HAD_PROP_INT:
    case HAD_PROP_BOOL:
    case HAD_PROP_LIST:
    case HAD_PROP_MAP:
    case HAD_PROP_SECRET:
        break;
    }
    return (had_str){0};
}

/* Where the name goes: {} in the pattern. */
static const struct {
    const char *type, *property;
    enum had_scope scope;
    const char *pattern;
} names[] = {
    {"AWS::IAM::Role", "RoleName", HAD_SCOPE_ROLES, "iam::" OWN ":role/{}"},
    {"AWS::IAM::ManagedPolicy", "ManagedPolicyName", HAD_SCOPE_POLICIES, "iam::" OWN ":policy/{}"},
    {"AWS::IAM::InstanceProfile", "InstanceProfileName", HAD_SCOPE_PROFILES,
     "iam::" OWN ":instance-profile/{}"},
    {"AWS::Logs::LogGroup", "LogGroupName", HAD_SCOPE_LOG_GROUPS, "logs:*:" OWN ":log-group:{}"},
    {"AWS::S3::Bucket", "BucketName", HAD_SCOPE_BUCKETS, "s3:::{}"},
    {"AWS::SecretsManager::Secret", "Name", HAD_SCOPE_SECRETS,
     "secretsmanager:*:" OWN ":secret:{}-??????"},
    {"AWS::SSM::Parameter", "Name", HAD_SCOPE_PARAMETERS, "ssm:*:" OWN ":parameter/{}"},
};

static void add_name(struct gathering *g, struct had_grants *to, const struct had_node *node)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!had_str_is(node->type_name, names[i].type))
            continue;
        enum had_scope scope = names[i].scope;
        had_str name = name_of(g->arena, had_node_get(node, names[i].property));
        if (!name.len) /* CloudFormation makes one: secrets begin with the logical id, all else with
                          the stack */
            name = scope == HAD_SCOPE_SECRETS
                       ? had_logical_id(g->arena, node)
                       : had_str_printf(g->arena, HAD_FMT "*", HAD_ARG(prefix_of(g, true)));
        if (scope == HAD_SCOPE_PARAMETERS && name.ptr[0] == '/')
            name = had_str_slice(name, 1, name.len);
        const char *hole = strchr(names[i].pattern, '{');
        hole = hole && hole[1] == '}' ? hole : strstr(names[i].pattern, "{}");
        had_str arn = had_str_printf(g->arena, "%.*s" HAD_FMT "%s", (int)(hole - names[i].pattern),
                                     names[i].pattern, HAD_ARG(name), hole + 2);
        had_texts_add(g->arena, &to->names[scope], arn);
        if (scope == HAD_SCOPE_LOG_GROUPS)
            had_texts_add(g->arena, &to->names[scope],
                          had_str_printf(g->arena, HAD_FMT ":*", HAD_ARG(arn)));
    }
}

/* Services behind a type: whom its role is handed to, whose role must be there. */
static const struct {
    const char *type, *passed, *linked;
} services[] = {
    {"AWS::EC2::FlowLog", "vpc-flow-logs.amazonaws.com", "delivery.logs.amazonaws.com"},
    {"AWS::EC2::Instance", "ec2.amazonaws.com", NULL},
    {"AWS::IAM::InstanceProfile", "ec2.amazonaws.com", NULL},
    {"AWS::Route53Resolver::ResolverQueryLoggingConfig", NULL, "route53resolver.amazonaws.com"},
    {"AWS::SSM::Association", NULL, "ssm.amazonaws.com"},
    {"AWS::SSO::Instance", NULL, "sso.amazonaws.com"},
};

static void add_services(struct gathering *g, struct had_grants *to, had_str type)
{
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        if (!had_str_is(type, services[i].type))
            continue;
        if (services[i].passed)
            had_texts_add(g->arena, &to->passed, had_str_c(services[i].passed));
        if (services[i].linked)
            had_texts_add(g->arena, &to->linked, had_str_c(services[i].linked));
    }
}

/* ---- rows ---- */

static void add_rows(struct gathering *g, struct had_grants *to, enum had_grant_part part,
                     had_str type, const struct had_node *node)
{
    uint32_t i = had_action_row_count;
    const uint64_t *found = node->type ? had_map_get(&g->rows, (uintptr_t)node->type) : NULL;
    if (found && had_str_eq(type, node->type_name)) {
        i = (uint32_t)*found;
    } else {
        i = had_action_row_of(type);
        if (node->type && had_str_eq(type, node->type_name))
            had_map_put(g->arena, &g->rows, (uintptr_t)node->type, i);
    }
    for (; i < had_action_row_count && had_str_is(type, had_action_rows[i].type); i++) {
        if (had_action_rows[i].property && !had_node_get(node, had_action_rows[i].property))
            continue;
        uint8_t bits = node->lifecycle == HAD_EXISTING ? HAD_GRANT_READ : HAD_GRANT_NEED;
        if (node->protect == HAD_PROTECT_NONE && node->lifecycle != HAD_EXISTING)
            bits |= HAD_GRANT_END;
        to->rows[part][i] |= bits;
    }
}

/* What the type's driver calls besides. */
static void add_direct(struct gathering *g, struct had_grants *to, const struct had_node *node)
{
    uint32_t row = had_direct_row_count;
    const uint64_t *found = had_map_get(&g->direct, (uintptr_t)node->type);
    if (found) {
        row = (uint32_t)*found;
    } else {
        for (row = 0; row < had_direct_row_count; row++)
            if (had_str_is(node->type_name, had_direct_rows[row].type))
                break;
        had_map_put(g->arena, &g->direct, (uintptr_t)node->type, row);
    }
    if (row < had_direct_row_count)
        to->direct[row] = true;
}

/* The rows of a type that the back end makes itself, with the properties that it sets. */
static void add_artifact(struct had_grants *to, const char *type, const char *property)
{
    for (uint32_t i = had_action_row_of(had_str_c(type));
         i < had_action_row_count && !strcmp(had_action_rows[i].type, type); i++)
        if (!had_action_rows[i].property ||
            (property && !strcmp(had_action_rows[i].property, property)))
            to->rows[HAD_GRANT_CUSTOM][i] |= HAD_GRANT_NEED | HAD_GRANT_END;
}

static void add_artifacts(struct gathering *g, struct had_grants *to)
{
    had_str prefix = prefix_of(g, true), stack = prefix_of(g, false);
    add_artifact(to, "AWS::IAM::Role", "Policies");
    add_artifact(to, "AWS::Lambda::Function", NULL);
    add_artifact(to, "AWS::Lambda::Permission", NULL);
    add_artifact(to, "AWS::Logs::LogGroup", NULL);
    had_texts_add(g->arena, &to->passed, HAD_STR("lambda.amazonaws.com"));
    had_texts_add(g->arena, &to->names[HAD_SCOPE_ROLES],
                  had_str_printf(g->arena, "iam::" OWN ":role/" HAD_FMT "*", HAD_ARG(prefix)));
    had_texts_add(
        g->arena, &to->names[HAD_SCOPE_FUNCTIONS],
        had_str_printf(g->arena, "lambda:*:" OWN ":function:" HAD_FMT "*", HAD_ARG(prefix)));
    had_texts_add(
        g->arena, &to->names[HAD_SCOPE_LOG_GROUPS],
        had_str_printf(g->arena, "logs:*:" OWN ":log-group:" HAD_FMT "*", HAD_ARG(stack)));
}

/* What custom resources do, done by the role itself. */
static void add_operations(struct gathering *g, struct had_grants *to, const struct had_node *node)
{
    const struct had_glue_type *glue = had_glue_find(node->type_name);
    if (!glue)
        return;
    had_texts_words(g->arena, &to->actions, glue->actions);
    had_texts_words(g->arena, &to->unscoped, glue->unscoped);
    const struct had_prop *parameter = had_node_get(node, "Parameter");
    if (parameter && parameter->tag == HAD_PROP_TEXT) /* a public one, of AWS */
        had_texts_add(g->arena, &to->names[HAD_SCOPE_PARAMETERS],
                      had_str_printf(g->arena, "ssm:*::parameter" HAD_FMT,
                                     HAD_ARG(plain_name(g->arena, parameter->text))));
}

/* ---- values ---- */

static void add_secret(struct gathering *g, struct had_grants *to, enum had_grant_part part,
                       const struct had_prop *prop)
{
    had_str name = plain_name(g->arena, prop->secret->name), account = prop->secret->account_id;
    bool foreign = account.len && !had_str_eq(account, to->account_id);
    had_str arn;
    if (had_str_starts(name, "arn:")) {
        arn = had_str_printf(g->arena, HAD_FMT "*", HAD_ARG(name));
        had_str own = had_str_printf(g->arena, ":" HAD_FMT ":secret:", HAD_ARG(to->account_id));
        foreign = true;
        for (uint32_t i = 0; i + own.len <= name.len && to->account_id.len; i++)
            foreign = foreign && memcmp(name.ptr + i, own.ptr, own.len) != 0;
    } else {
        arn = had_str_printf(g->arena, "secretsmanager:*:" HAD_FMT ":secret:" HAD_FMT "-??????",
                             HAD_ARG(foreign ? account : HAD_STR(OWN)), HAD_ARG(name));
    }
    had_texts_add(g->arena, &to->secrets[part], arn);
    to->foreign_secrets = to->foreign_secrets || foreign;
}

static void add_secrets(struct gathering *g, struct had_grants *to, enum had_grant_part part,
                        const struct had_prop *prop)
{
    switch (prop->tag) {
    case HAD_PROP_SECRET:
        /* The whole secret is only named, to whom reads it later. */
        if (prop->secret->json_key.len || part == HAD_GRANT_DIRECT)
            add_secret(g, to, part, prop);
        return;
    case HAD_PROP_LIST:
    case HAD_PROP_FORMAT:
        had_each(struct had_prop *, item, &prop->items)
            add_secrets(g, to, part, *item);
        return;
    case HAD_PROP_MAP:
        had_each(const struct had_prop_entry, entry, &prop->entries)
            add_secrets(g, to, part, entry->value);
        return;
    case HAD_PROP_STAGED:
        had_each(const struct had_stage, stage, &prop->stages)
            if (stage->value)
                add_secrets(g, to, part, stage->value);
        return;
    case HAD_PROP_TEXT:
    case HAD_PROP_INT:
    case HAD_PROP_BOOL:
    case HAD_PROP_READ:
        return;
    }
}

/* Properties that name a role to assume, a bucket to write to, policies to attach. */
static void add_values(struct gathering *g, struct had_grants *to, const struct had_node *node)
{
    static const char *const assumed[] = {"AcceptDirectConnectGatewayAssociationProposalRoleArn",
                                          "AllocateTransitVirtualInterfaceRoleArn", "PeerRoleArn"};
    for (size_t i = 0; i < sizeof assumed / sizeof *assumed; i++) {
        had_str arn = name_of(g->arena, had_node_get(node, assumed[i]));
        if (arn.len)
            had_texts_add(g->arena, &to->names[HAD_SCOPE_ASSUMED],
                          had_str_is(arn, "*") ? HAD_STR("iam::*:role/*") : arn);
    }
    had_str log = name_of(g->arena, had_node_get(node, "LogDestination"));
    int64_t bucket = had_str_starts(log, "arn:") ? 0 : -1;
    for (uint32_t i = 0; bucket == 0 && i + 6 <= log.len; i++)
        if (memcmp(log.ptr + i, ":s3:::", 6) == 0)
            bucket = i + 6;
    if (bucket > 0) {
        had_str name = had_str_slice(log, (uint32_t)bucket, log.len);
        int64_t slash = had_str_find(name, '/');
        name = slash < 0 ? name : had_str_slice(name, 0, (uint32_t)slash);
        had_texts_add(g->arena, &to->names[HAD_SCOPE_BUCKETS],
                      had_str_printf(g->arena, "s3:::" HAD_FMT, HAD_ARG(name)));
    }
    const struct had_prop *policies = had_node_get(node, "ManagedPolicyArns");
    if (policies && policies->tag == HAD_PROP_LIST)
        had_each(struct had_prop *, item, &policies->items) {
            had_str arn = name_of(g->arena, *item);
            if (!arn.len || had_str_is(arn, "*"))
                arn = had_str_printf(g->arena, "iam::" OWN ":policy/" HAD_FMT "*",
                                     HAD_ARG(prefix_of(g, true)));
            had_texts_add(g->arena, &to->managed, arn);
        }
}

/* ---- commands that find what is there ---- */

/* What the command line calls otherwise than IAM. */
static const struct {
    const char *command, *action;
} spelt[] = {
    {"aws ds list-ad-assessments ", "ds:ListADAssessments"},
    {"aws sso-admin list-instances ", "sso:ListInstances"},
    {"aws cloudcontrol list-resources ", "cloudformation:ListResources"},
};

static had_str action_of(struct had_arena *arena, had_str command)
{
    for (size_t i = 0; i < sizeof spelt / sizeof *spelt; i++)
        if (had_str_starts(command, spelt[i].command))
            return had_str_c(spelt[i].action);
    if (!had_str_starts(command, "aws "))
        return (had_str){0};
    struct had_buffer out = {0};
    uint32_t word = 0;
    bool capital = true;
    for (uint32_t i = 4; i < command.len && word < 2; i++) {
        char c = command.ptr[i];
        if (c == ' ') {
            if (++word == 1)
                had_buffer_char(&out, ':');
            capital = true;
        } else if (word == 0) {
            had_buffer_char(&out, c);
        } else if (c == '-') {
            capital = true;
        } else {
            had_buffer_char(&out, capital && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
            capital = false;
        }
    }
    had_str action = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return action;
}

static struct had_grants *grants_of(struct gathering *g, had_str account)
{
    had_sym symbol = account.len ? had_intern(&g->accounts, account) : 0;
    if (!symbol)
        return NULL;
    while (g->list.count < symbol)
        *had_push(g->arena, &g->list) = NULL;
    if (!g->list.items[symbol - 1]) {
        g->list.items[symbol - 1] = had_new(g->arena, struct had_grants);
        g->list.items[symbol - 1]->account = account;
    }
    return g->list.items[symbol - 1];
}

static void add_binding(struct gathering *g, const struct had_binding *binding)
{
    if (binding->kind == HAD_BIND_LOOKUP) {
        struct had_grants *to = grants_of(g, binding->account);
        had_str action = action_of(g->arena, binding->text);
        if (to && action.len)
            had_texts_add(g->arena, &to->lookups, action);
        for (uint32_t i = 0; i < binding->input_count; i++)
            add_binding(g, binding->inputs[i].binding);
    }
}

/* Outputs that templates read themselves: by whom, in which accounts. */
static void add_reads(struct gathering *g, const struct had_stack *stack)
{
    had_each(const struct had_stack *, at, &stack->reads) {
        const struct had_stack *producer = *at;
        struct had_grants *from = grants_of(g, producer->account);
        struct had_grants *to = grants_of(g, stack->account);
        if (!from || !to || from == to)
            continue;
        had_texts_add(g->arena, &from->readers, stack->account_id);
        had_texts_add(g->arena, &to->reads, producer->account_id);
    }
}

/* The stack with a stack set. */
static void add_set(struct gathering *g, struct had_grants *to, const struct had_stack *stack)
{
    if (!to->role.len) {
        to->account_id = stack->account_id;
        to->role = stack->deploy_role.len ? stack->deploy_role : HAD_STR("had-deploy");
        to->partition = stack->partition;
    }
    had_texts_add(g->arena, &to->regions, stack->region);
    for (uint32_t i = had_action_row_of(HAD_STR("AWS::CloudFormation::StackSet"));
         i < had_action_row_count && !had_action_rows[i].property; i++)
        to->rows[HAD_GRANT_NATIVE][i] |= HAD_GRANT_NEED;
}

/* ---- all of it ---- */

static void add_node(struct gathering *g, const struct had_node *node)
{
    const struct had_steps *steps = g->steps;
    if (node->class == HAD_FACT || !node->type || node->class == HAD_CONFIGURATION ||
        node->phase > steps->options->phase)
        return;
    const struct had_context *context = node->context;
    struct had_grants *to = grants_of(g, context->account);
    if (!to)
        return;
    if (node->lifecycle == HAD_EXISTING) { /* a program reads it and compares */
        add_rows(g, to, HAD_GRANT_DIRECT, node->type_name, node);
        return;
    }
    if (!to->role.len) {
        to->account_id = context->account_id;
        to->role = context->deploy_role.len ? context->deploy_role : HAD_STR("had-deploy");
        to->partition = context->partition.len ? context->partition : HAD_STR("aws");
    }
    had_str region = context->region;
    if (!region.len || had_str_is(region, "global"))
        region = steps->graph->home;
    had_texts_add(g->arena, &to->regions, region);
    enum had_grant_part part = HAD_GRANT_DIRECT;
    had_str type = node->type_name;
    switch (node->type->tier) {
    case HAD_TIER_NATIVE:
        /* What a stack set makes, CloudFormation makes with a role of its own. */
        if (!steps->stack_of[node->id] || !steps->stack_of[node->id]->set)
            part = HAD_GRANT_NATIVE;
        if (had_is_delivery(node)) {
            type = HAD_STR("AWS::SSM::Association");
            to->deliveries = true;
            had_texts_add(
                g->arena, &to->names[HAD_SCOPE_ASSOCIATIONS],
                had_str_printf(g->arena, "ssm:*::document/" HAD_FMT,
                               HAD_ARG(name_of(g->arena, had_node_get(node, "Document")))));
        } else if (had_str_is(type, "AWS::SSM::Association")) {
            had_str document = name_of(g->arena, had_node_get(node, "Name"));
            had_texts_add(g->arena, &to->names[HAD_SCOPE_ASSOCIATIONS],
                          had_str_printf(g->arena, "ssm:*:%s:document/" HAD_FMT,
                                         had_str_starts(document, "AWS-") ? "" : OWN,
                                         HAD_ARG(document)));
        }
        break;
    case HAD_TIER_GLUE:
        if (had_step_is_glue(steps->options, node))
            add_artifacts(g, to);
        add_operations(g, to, node);
        break;
    case HAD_TIER_GATE:
    case HAD_TIER_NONE:
        break;
    }
    add_rows(g, to, part, type, node);
    add_direct(g, to, node);
    add_services(g, to, type);
    add_name(g, to, node);
    add_values(g, to, node);
    had_each(const struct had_prop_entry, entry, &node->props)
        add_secrets(g, to, part, entry->value);
}

static int grants_cmp(const void *a, const void *b)
{
    return had_str_cmp((*(struct had_grants *const *)a)->account,
                       (*(struct had_grants *const *)b)->account);
}

had_grants_list had_grants_gather(struct had_arena *arena, const struct had_steps *steps)
{
    struct gathering g = {.arena = arena, .steps = steps};
    had_symbols_init(&g.accounts, arena);
    had_each(struct had_node *, node, &steps->graph->nodes)
        add_node(&g, *node);
    had_each(const struct had_step, step, &steps->steps)
        had_each(const struct had_bound, bound, &step->values)
            add_binding(&g, bound->binding);
    had_each(struct had_stack *, at, &steps->stacks) {
        struct had_grants *to = grants_of(&g, (*at)->account);
        if (!to)
            continue;
        if ((*at)->set)
            add_set(&g, to, *at);
        to->protects = to->protects || (*at)->protect;
        add_reads(&g, *at);
        to->bucket = to->bucket || (*at)->bytes > REQUEST_BYTES_MAX;
    }
    had_grants_list out = {0};
    had_each(struct had_grants *, at, &g.list) {
        struct had_grants *grants = *at;
        if (!grants || !grants->role.len) /* only asked, with rights that its people have */
            continue;
        for (uint32_t i = 0; i < HAD_SCOPE_COUNT; i++)
            had_texts_sort(&grants->names[i]);
        for (uint32_t i = 0; i < HAD_GRANT_PARTS; i++)
            had_texts_sort(&grants->secrets[i]);
        had_texts *others[] = {&grants->actions, &grants->unscoped, &grants->passed,
                               &grants->linked,  &grants->managed,  &grants->lookups,
                               &grants->regions, &grants->readers,  &grants->reads};
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            had_texts_sort(others[i]);
        *had_push(arena, &out) = grants;
    }
    if (out.count > 1)
        qsort(out.items, out.count, sizeof *out.items, grants_cmp);
    return out;
}
