/*
 * DIR/bootstrap: one template for each account with the role that had assumes there, and how to
 * roll them out. The role's rights are those that this spec needs and no more. CloudFormation gets
 * a role of its own, so that whoever may assume the deploy role changes things by reviewed change
 * sets only; a program that calls the services itself gets the same rights directly (parameter
 * Engine).
 *
 * Accounts that hold nothing protected share templates, named by a digest of their content: a new
 * account of a kind that is there already adds a line to accounts.csv and nothing else.
 */
#include "emit/bootstrap/policy.h"
#include "emit/digest.h"

#include "emit/cloudformation/logical.h"

#include <string.h>

enum { READERS_MAX = 10, DIGITS = 8 };

static had_str role_name(struct had_arena *arena, const struct had_grants *grants,
                         const char *suffix)
{
    return had_role_name(arena, grants->role, suffix);
}

static struct had_cfn *call(struct had_arena *arena, const char *name, struct had_cfn *a,
                            struct had_cfn *b, struct had_cfn *c)
{
    struct had_cfn *out = had_cfn_new(arena, HAD_CFN_CALL, had_str_c(name));
    struct had_cfn *items[] = {a, b, c};
    for (size_t i = 0; i < 3; i++)
        if (items[i])
            had_cfn_append(arena, out, items[i]);
    return out;
}

static struct had_cfn *ref(struct had_arena *arena, const char *logical)
{
    return had_cfn_new(arena, HAD_CFN_REF, had_str_c(logical));
}

static struct had_cfn *sub(struct had_arena *arena, had_str text)
{
    return had_cfn_new(arena, HAD_CFN_SUB, text);
}

static struct had_cfn *if_else_nothing(struct had_arena *arena, const char *condition,
                                       struct had_cfn *value)
{
    return call(arena, "If", had_cfn_c(arena, condition), value, ref(arena, "AWS::NoValue"));
}

static struct had_cfn *trust(struct had_arena *arena, const char *kind, struct had_cfn *who,
                             struct had_cfn *condition)
{
    struct had_cfn *statement = had_cfn_map(arena), *principal = had_cfn_map(arena);
    struct had_cfn *list = had_cfn_list(arena), *document = had_cfn_map(arena);
    had_cfn_put_c(arena, principal, kind, who);
    had_cfn_put_c(arena, statement, "Effect", had_cfn_c(arena, "Allow"));
    had_cfn_put_c(arena, statement, "Principal", principal);
    had_cfn_put_c(arena, statement, "Action", had_cfn_c(arena, "sts:AssumeRole"));
    if (condition)
        had_cfn_put_c(arena, statement, "Condition", condition);
    had_cfn_append(arena, list, statement);
    had_cfn_put_c(arena, document, "Version", had_cfn_c(arena, "2012-10-17"));
    had_cfn_put_c(arena, document, "Statement", list);
    return document;
}

static struct had_cfn *resource(struct had_arena *arena, struct had_cfn *resources,
                                const char *logical, const char *type, const char *condition,
                                const char *comment)
{
    struct had_cfn *body = had_cfn_map(arena), *properties = had_cfn_map(arena);
    had_cfn_put_c(arena, body, "Type", had_cfn_c(arena, type));
    if (condition)
        had_cfn_put_c(arena, body, "Condition", had_cfn_c(arena, condition));
    had_cfn_put_c(arena, body, "Properties", properties);
    struct had_cfn_entry *entry = had_cfn_add(arena, resources, had_str_c(logical), body);
    entry->gap = resources->entries.count > 1;
    entry->comment = had_str_c(comment);
    return properties;
}

static struct had_cfn *parameter(struct had_arena *arena, struct had_cfn *parameters,
                                 const char *name, const char *description)
{
    struct had_cfn *body = had_cfn_map(arena);
    had_cfn_put_c(arena, body, "Type", had_cfn_c(arena, "String"));
    had_cfn_put_c(arena, body, "Description", had_cfn_c(arena, description));
    had_cfn_add(arena, parameters, had_str_c(name), body);
    return body;
}

/* ---- the role that people and programs assume ---- */

static had_str stacks_arn(struct had_arena *arena, had_str spec)
{
    return had_str_printf(arena, "cloudformation:*:${AWS::AccountId}:stack/" HAD_FMT "*/*",
                          HAD_ARG(had_grant_prefix(arena, spec, false)));
}

/* Names of these roles may begin as those do that they may change: never each other. */
static void refuse_themselves(struct had_arena *arena, const struct had_grants *grants,
                              had_str spec, had_grant_statements *list)
{
    char *prefix = had_str_cstr(arena, had_grant_prefix(arena, spec, true));
    if (!had_str_starts(role_name(arena, grants, HAD_ROLE_STACKS), prefix))
        return;
    struct had_grant_statement *deny = had_grant_statement(
        arena, list, "NotThemselves",
        "iam:AttachRolePolicy iam:CreateRole iam:DeleteRole iam:DeleteRolePolicy "
        "iam:DetachRolePolicy iam:PassRole iam:PutRolePolicy iam:UpdateAssumeRolePolicy",
        (had_str){0});
    deny->deny = true;
    const char *const suffixes[] = {"", HAD_ROLE_STACKS, HAD_ROLE_OUTPUTS};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        had_texts_add(arena, &deny->resources,
                      had_str_printf(arena, "iam::${AWS::AccountId}:role/" HAD_FMT,
                                     HAD_ARG(role_name(arena, grants, suffixes[i]))));
}

static void deploy_statements(struct had_arena *arena, const struct had_grants *grants,
                              had_str spec, had_grant_statements *stacks,
                              had_grant_statements *always)
{
    had_str own = stacks_arn(arena, spec);
    had_grant_statement(arena, stacks, "ChangeSets",
                        "cloudformation:CreateChangeSet cloudformation:DeleteChangeSet "
                        "cloudformation:DescribeChangeSet cloudformation:DescribeStackEvents "
                        "cloudformation:DescribeStackResources cloudformation:DescribeStacks "
                        "cloudformation:ExecuteChangeSet cloudformation:GetTemplate "
                        "cloudformation:TagResource cloudformation:UntagResource",
                        own);
    if (grants->protects)
        had_grant_statement(
            arena, stacks, "Protection",
            "cloudformation:SetStackPolicy cloudformation:UpdateTerminationProtection", own);
    struct had_grant_statement *pass =
        had_grant_statement(arena, stacks, "HandOver", "iam:PassRole",
                            had_str_printf(arena, "iam::${AWS::AccountId}:role/" HAD_FMT,
                                           HAD_ARG(role_name(arena, grants, HAD_ROLE_STACKS))));
    pass->test = "StringEquals";
    pass->key = "iam:PassedToService";
    had_texts_add(arena, &pass->values, HAD_STR("cloudformation.amazonaws.com"));
    if (grants->bucket)
        had_grant_statement(arena, stacks, "Templates", "s3:GetObject s3:PutObject",
                            HAD_STR("s3:::${TemplateBucket}/*"));
    struct had_grant_statement *lookups = NULL, *global = NULL;
    had_each(had_str, at, &grants->lookups) {
        bool regional = had_service_has_regions(had_action_service(*at));
        struct had_grant_statement **to = regional ? &lookups : &global;
        if (!*to)
            *to = had_grant_statement(arena, always, regional ? "LookUps" : "GlobalLookUps", NULL,
                                      HAD_STR("*"));
        had_texts_add(arena, &(*to)->actions, *at);
    }
    if (lookups) {
        lookups->test = "StringEquals";
        lookups->key = "aws:RequestedRegion";
        lookups->values =
            (had_texts){grants->regions.items, grants->regions.count, grants->regions.count};
    }
    if (!grants->deliveries)
        return;
    had_grant_statement(arena, always, "Runs", "ssm:StartAssociationsOnce",
                        HAD_STR("ssm:*:${AWS::AccountId}:association/*"));
    had_grant_statement(arena, always, "Compliance", "ssm:ListAssociations ssm:ListComplianceItems",
                        HAD_STR("*"));
    struct had_grant_statement *put = NULL;
    had_each(had_str, at, &grants->names[HAD_SCOPE_BUCKETS]) {
        if (!put)
            put = had_grant_statement(arena, always, "Configurations", "s3:GetObject s3:PutObject",
                                      (had_str){0});
        had_texts_add(arena, &put->resources, had_str_printf(arena, HAD_FMT "/*", HAD_ARG(*at)));
    }
}

static struct had_cfn *inline_policy(struct had_arena *arena, const char *name,
                                     const had_grant_statements *statements)
{
    struct had_cfn *policy = had_cfn_map(arena);
    had_cfn_put_c(arena, policy, "PolicyName", had_cfn_c(arena, name));
    had_cfn_put_c(arena, policy, "PolicyDocument", had_grant_document(arena, statements));
    return policy;
}

static void put_deploy_role(struct had_arena *arena, const struct had_grants *grants, had_str spec,
                            struct had_cfn *resources)
{
    had_grant_statements stacks = {0}, always = {0};
    deploy_statements(arena, grants, spec, &stacks, &always);
    struct had_cfn *role =
        resource(arena, resources, "DeployRole", "AWS::IAM::Role", NULL,
                 "Assumed by whoever deploys. By templates it changes stacks of this spec, and\n"
                 "nothing else by itself.");
    had_cfn_put_c(arena, role, "RoleName", had_cfn_text(arena, grants->role));
    had_cfn_put_c(arena, role, "AssumeRolePolicyDocument",
                  trust(arena, "AWS", ref(arena, "DeployerArn"), NULL));
    struct had_cfn *policies = had_cfn_list(arena);
    had_cfn_append(arena, policies,
                   if_else_nothing(arena, "ByTemplates", inline_policy(arena, "stacks", &stacks)));
    had_grant_statements themselves = {0};
    refuse_themselves(arena, grants, spec, &themselves);
    if (themselves.count)
        had_cfn_append(
            arena, policies,
            if_else_nothing(arena, "Directly", inline_policy(arena, "themselves", &themselves)));
    had_grant_statements owners = {0}, handover = {0};
    had_grant_statement(arena, &owners, "Owners", "cloudformation:ListStacks", HAD_STR("*"));
    had_cfn_append(arena, policies,
                   if_else_nothing(arena, "Directly", inline_policy(arena, "owners", &owners)));
    had_grant_statement(arena, &handover, "HandOverLayers",
                        "cloudformation:DeleteStack cloudformation:ListStackResources "
                        "cloudformation:UpdateTerminationProtection",
                        stacks_arn(arena, spec));
    had_cfn_append(arena, policies,
                   if_else_nothing(arena, "Both", inline_policy(arena, "handover", &handover)));
    if (always.count)
        had_cfn_append(arena, policies, inline_policy(arena, "steps", &always));
    had_cfn_put_c(arena, role, "Policies", policies);
}

/* ---- the role of CloudFormation ---- */

static void put_stacks_role(struct had_arena *arena, const struct had_grants *grants, had_str spec,
                            bool cross_output, struct had_cfn *resources)
{
    struct had_cfn *role = resource(arena, resources, "StacksRole", "AWS::IAM::Role", "ByTemplates",
                                    "CloudFormation makes with it what the templates say.");
    had_cfn_put_c(arena, role, "RoleName",
                  had_cfn_text(arena, role_name(arena, grants, HAD_ROLE_STACKS)));
    had_cfn_put_c(arena, role, "AssumeRolePolicyDocument",
                  trust(arena, "Service", had_cfn_c(arena, "cloudformation.amazonaws.com"), NULL));
    had_grant_statements statements = {0}, themselves = {0};
    struct had_cfn *policies = had_cfn_list(arena);
    refuse_themselves(arena, grants, spec, &themselves);
    if (themselves.count) {
        had_cfn_append(arena, policies, inline_policy(arena, "themselves", &themselves));
        had_cfn_put_c(arena, role, "Policies", policies);
    }
    if (!cross_output)
        return;
    had_grant_statement(arena, &statements, "OwnOutputs", "cloudformation:DescribeStacks",
                        stacks_arn(arena, spec));
    if (grants->reads.count) {
        struct had_grant_statement *others =
            had_grant_statement(arena, &statements, "OtherOutputs", "sts:AssumeRole", (had_str){0});
        had_str name = role_name(arena, grants, HAD_ROLE_OUTPUTS);
        bool many = grants->reads.count > READERS_MAX;
        had_each(had_str, at, &grants->reads)
            had_texts_add(arena, &others->resources,
                          had_str_printf(arena, "iam::" HAD_FMT ":role/" HAD_FMT,
                                         HAD_ARG(many ? HAD_STR("*") : *at), HAD_ARG(name)));
    }
    had_cfn_append(arena, policies, inline_policy(arena, "outputs", &statements));
    had_cfn_put_c(arena, role, "Policies", policies);
}

/* Read by the stacks of other accounts (Fn::GetStackOutput). */
static void put_outputs_role(struct had_arena *arena, const struct had_grants *grants, had_str spec,
                             struct had_cfn *resources)
{
    struct had_cfn *role =
        resource(arena, resources, "OutputsRole", "AWS::IAM::Role", "ByTemplates",
                 "Stacks of other accounts read with it what the stacks here give.");
    had_cfn_put_c(arena, role, "RoleName",
                  had_cfn_text(arena, role_name(arena, grants, HAD_ROLE_OUTPUTS)));
    struct had_cfn *condition = had_cfn_map(arena), *like = had_cfn_map(arena);
    struct had_cfn *who = had_cfn_list(arena), *roles = had_cfn_list(arena);
    had_str name = role_name(arena, grants, HAD_ROLE_STACKS);
    bool many = grants->readers.count > READERS_MAX;
    had_each(had_str, at, &grants->readers) {
        if (many)
            break;
        had_cfn_append(
            arena, who,
            sub(arena, had_str_printf(arena, "arn:${AWS::Partition}:iam::" HAD_FMT ":root",
                                      HAD_ARG(*at))));
        had_cfn_append(
            arena, roles,
            sub(arena, had_str_printf(arena, "arn:${AWS::Partition}:iam::" HAD_FMT ":role/" HAD_FMT,
                                      HAD_ARG(*at), HAD_ARG(name))));
    }
    if (many) {
        struct had_cfn *organization = had_cfn_map(arena);
        had_cfn_append(
            arena, roles,
            sub(arena, had_str_printf(arena, "arn:${AWS::Partition}:iam::*:role/" HAD_FMT,
                                      HAD_ARG(name))));
        had_cfn_put_c(arena, organization, "aws:PrincipalOrgID", ref(arena, "OrganizationId"));
        had_cfn_put_c(arena, condition, "StringEquals", organization);
    }
    had_cfn_put_c(arena, like, "aws:PrincipalArn", roles);
    had_cfn_put_c(arena, condition, "ArnLike", like);
    had_cfn_put_c(arena, role, "AssumeRolePolicyDocument",
                  trust(arena, "AWS", many ? had_cfn_c(arena, "*") : who, condition));
    had_grant_statements statements = {0};
    had_grant_statement(arena, &statements, "Outputs", "cloudformation:DescribeStacks",
                        stacks_arn(arena, spec));
    struct had_cfn *policies = had_cfn_list(arena);
    had_cfn_append(arena, policies, inline_policy(arena, "outputs", &statements));
    had_cfn_put_c(arena, role, "Policies", policies);
}

/* ---- the template ---- */

static void put_policy(struct had_arena *arena, const struct had_grant_policy *policy,
                       struct had_cfn *resources)
{
    static const char *const only[HAD_GRANT_PARTS] = {NULL, "ByTemplates", "Directly"};
    struct had_cfn *body =
        resource(arena, resources, had_str_cstr(arena, policy->name), "AWS::IAM::ManagedPolicy",
                 only[policy->part], policy->description);
    struct had_cfn *roles = had_cfn_list(arena);
    if (policy->part == HAD_GRANT_NATIVE) {
        had_cfn_append(arena, roles,
                       if_else_nothing(arena, "ByTemplates", ref(arena, "StacksRole")));
        had_cfn_append(arena, roles, if_else_nothing(arena, "Directly", ref(arena, "DeployRole")));
    } else {
        had_cfn_append(arena, roles,
                       ref(arena, policy->part == HAD_GRANT_CUSTOM ? "StacksRole" : "DeployRole"));
    }
    had_cfn_put_c(arena, body, "Roles", roles);
    had_cfn_put_c(arena, body, "PolicyDocument", had_grant_document(arena, &policy->statements));
}

static struct had_cfn *template_of(struct had_arena *arena, const struct had_steps *steps,
                                   const struct had_grants *grants, had_str of)
{
    had_str spec = steps->graph->spec;
    struct had_cfn *root = had_cfn_map(arena), *parameters = had_cfn_map(arena);
    struct had_cfn *conditions = had_cfn_map(arena), *resources = had_cfn_map(arena);
    had_cfn_put_c(arena, root, "AWSTemplateFormatVersion", had_cfn_c(arena, "2010-09-09"));
    had_cfn_put_c(arena, root, "Description",
                  had_cfn_text(arena, had_str_printf(arena,
                                                     "bootstrap: deploy role of " HAD_FMT
                                                     " (spec " HAD_FMT ")",
                                                     HAD_ARG(of), HAD_ARG(spec))));
    struct had_cfn *body = parameter(
        arena, parameters, "DeployerArn",
        "Who assumes the deploy role: the ARN of a role or user, or of an account's root");
    had_cfn_put_c(arena, body, "AllowedPattern",
                  had_cfn_c(arena, "^arn:[a-z-]+:iam::[0-9]{12}:(root|(role|user)/.+)$"));
    body = parameter(arena, parameters, "Engine",
                     "How things are made: by templates (cloudformation), by calls of had itself "
                     "(direct), or both");
    struct had_cfn *words = had_cfn_list(arena);
    static const char *const engines[] = {"cloudformation", "direct", "both"};
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++)
        had_cfn_append(arena, words, had_cfn_c(arena, engines[i]));
    had_cfn_put_c(arena, body, "Default", had_cfn_c(arena, engines[0]));
    had_cfn_put_c(arena, body, "AllowedValues", words);
    if (grants->bucket) {
        body = parameter(arena, parameters, "TemplateBucket",
                         "Bucket that holds templates larger than a request takes");
        had_cfn_put_c(arena, body, "AllowedPattern", had_cfn_c(arena, "^[a-z0-9.-]{3,63}$"));
    }
    if (grants->readers.count > READERS_MAX) {
        body = parameter(arena, parameters, "OrganizationId",
                         "The organization whose stacks may read outputs here");
        had_cfn_put_c(arena, body, "AllowedPattern", had_cfn_c(arena, "^o-[a-z0-9]{10,32}$"));
    }
    had_cfn_put_c(arena, root, "Parameters", parameters)->gap = true;
    static const struct {
        const char *name, *engine;
    } each[] = {{"ByTemplates", "direct"}, {"Directly", "cloudformation"}};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        had_cfn_put_c(arena, conditions, each[i].name,
                      call(arena, "Not",
                           call(arena, "Equals", ref(arena, "Engine"),
                                had_cfn_c(arena, each[i].engine), NULL),
                           NULL, NULL));
    had_cfn_put_c(arena, conditions, "Both",
                  call(arena, "Equals", ref(arena, "Engine"), had_cfn_c(arena, engines[2]), NULL));
    had_grant_policies_list policies = had_grant_policies(arena, grants);
    had_cfn_put_c(arena, root, "Conditions", conditions)->gap = true;
    put_deploy_role(arena, grants, spec, resources);
    put_stacks_role(arena, grants, spec, steps->options->cross_output, resources);
    if (grants->readers.count)
        put_outputs_role(arena, grants, spec, resources);
    had_each(struct had_grant_policy *, policy, &policies)
        put_policy(arena, *policy, resources);
    had_cfn_put_c(arena, root, "Resources", resources)->gap = true;
    struct had_cfn *outputs = had_cfn_map(arena), *output = had_cfn_map(arena);
    struct had_cfn *arn = had_cfn_new(arena, HAD_CFN_GETATT, HAD_STR("DeployRole.Arn"));
    had_cfn_put_c(arena, output, "Description", had_cfn_c(arena, "The role to assume"));
    had_cfn_put_c(arena, output, "Value", arn);
    had_cfn_put_c(arena, outputs, "DeployRoleArn", output);
    had_cfn_put_c(arena, root, "Outputs", outputs)->gap = true;
    return root;
}

static had_str text_of(struct had_arena *arena, const struct had_steps *steps,
                       const struct had_grants *grants, had_str of)
{
    struct had_buffer out = {0};
    struct had_cfn *root = template_of(arena, steps, grants, of);
    if (steps->options->json)
        had_cfn_json(&out, root);
    else
        had_cfn_yaml(&out, root);
    had_str text = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return text;
}

/* ---- templates that many accounts share ---- */

static void key_texts(struct had_buffer *key, const had_texts *texts)
{
    had_each(had_str, at, texts)
        had_buffer_printf(key, HAD_FMT "\x1f", HAD_ARG(*at));
    had_buffer_char(key, '\x1e');
}

/* Equal for accounts that need the same. */
static had_str key_of(struct had_arena *arena, const struct had_grants *grants)
{
    struct had_buffer key = {0};
    had_buffer_printf(&key, HAD_FMT "\x1f%d%d", HAD_ARG(grants->role), grants->bucket,
                      grants->deliveries);
    for (int part = 0; part < HAD_GRANT_PARTS; part++) {
        for (uint32_t i = 0; i < had_action_row_count; i++)
            had_buffer_char(&key, (char)('0' + grants->rows[part][i]));
        key_texts(&key, &grants->secrets[part]);
    }
    for (uint32_t i = 0; i < had_direct_row_count; i++)
        had_buffer_char(&key, grants->direct[i] ? '1' : '0');
    for (int scope = 0; scope < HAD_SCOPE_COUNT; scope++)
        key_texts(&key, &grants->names[scope]);
    const had_texts *others[] = {&grants->actions, &grants->unscoped, &grants->passed,
                                 &grants->linked,  &grants->managed,  &grants->lookups,
                                 &grants->regions, &grants->readers,  &grants->reads};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        key_texts(&key, others[i]);
    had_str text = had_str_dup(arena, had_buffer_view(&key));
    had_buffer_free(&key);
    return text;
}

static had_str safe_name(struct had_arena *arena, had_str name)
{
    char *text = had_str_cstr(arena, name);
    for (uint32_t i = 0; i < name.len; i++) {
        char c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || (i && (c == '.' || c == '_'))))
            text[i] = '-';
    }
    return (had_str){text, name.len};
}

/* A cell of CSV; one that a spreadsheet would calculate begins with an apostrophe. */
static void add_cell(struct had_buffer *out, had_str text)
{
    bool quote = false, formula = text.len && strchr("=+-@\t\r", text.ptr[0]);
    for (uint32_t i = 0; i < text.len; i++)
        quote = quote || strchr(",\"\r\n", text.ptr[i]);
    if (quote)
        had_buffer_char(out, '"');
    if (formula)
        had_buffer_char(out, '\'');
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            had_buffer_char(out, '"');
        had_buffer_char(out, text.ptr[i]);
    }
    if (quote)
        had_buffer_char(out, '"');
}

static had_str readme(struct had_arena *arena, const struct had_steps *steps, bool shared)
{
    struct had_buffer out = {0};
    had_str home = steps->graph->home;
    had_buffer_c(
        &out,
        "# Deploy roles\n"
        "\n"
        "One role in each account, with the rights that this spec needs there and no more. "
        "`accounts.csv` says which template is for which\naccount. Somebody with administrator's "
        "rights rolls them out once, and again when a build changes them; everything else is then\n"
        "done with the roles.\n"
        "\n"
        "- `DeployerArn` is who deploys: the role of the pipeline, or of a person.\n"
        "- `Engine` is `cloudformation` unless had calls the services itself (`direct`), or does "
        "so for some layers (`both`).\n"
        "\n"
        "With `cloudformation` the deploy role makes and runs change sets of this spec's stacks, "
        "and CloudFormation makes what they say with\na second role, `…-stacks`, that nobody else "
        "may assume. Neither role can delete a stack, nor what the spec protects: who wants\nthat "
        "has other rights, and thinks twice.\n"
        "\n");
    if (steps->options->cross_output)
        had_buffer_c(
            &out, "Stacks read outputs of other accounts with a third role, `…-outputs`, which "
                  "knows the accounts that read there, or, where these are\nmany, asks for the "
                  "organization (`OrganizationId`). Roll out all accounts before the first stack "
                  "is made.\n\n");
    had_buffer_c(&out, "## One account after the other\n"
                       "\n"
                       "```sh\n"
                       "aws cloudformation deploy --profile ACCOUNT --region ");
    had_buffer_str(&out, home);
    had_buffer_c(&out, " --stack-name bootstrap-");
    had_str prefix = had_grant_prefix(arena, steps->graph->spec, false);
    had_str stack = had_str_slice(prefix, 0, prefix.len - 1);
    had_buffer_str(&out, stack);
    had_buffer_c(&out,
                 " \\\n"
                 "  --template-file TEMPLATE --capabilities CAPABILITY_NAMED_IAM \\\n"
                 "  --parameter-overrides DeployerArn=arn:aws:iam::111122223333:role/pipeline\n"
                 "```\n"
                 "\n"
                 "Profiles of the AWS CLI for the runbook and `deploy.sh`, each with the name that "
                 "the spec gives the account:\n"
                 "\n"
                 "```ini\n"
                 "[profile ACCOUNT]\n"
                 "role_arn = arn:aws:iam::ID:role/ROLE\n"
                 "source_profile = pipeline\n"
                 "```\n");
    if (shared) {
        had_buffer_c(
            &out,
            "\n"
            "## Many accounts at once\n"
            "\n"
            "Templates named `member-…` are for accounts that hold nothing protected, and the same "
            "for all that need the same. From the\nmanagement account, or the delegated "
            "administrator of CloudFormation's stack sets, for each of them:\n"
            "\n"
            "```sh\n"
            "aws cloudformation create-stack-set --stack-set-name bootstrap-");
        had_buffer_str(&out, stack);
        had_buffer_c(&out,
                     " \\\n"
                     "  --template-body file://TEMPLATE --capabilities CAPABILITY_NAMED_IAM \\\n"
                     "  --permission-model SERVICE_MANAGED \\\n"
                     "  --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false \\\n"
                     "  --parameters ParameterKey=DeployerArn,ParameterValue="
                     "arn:aws:iam::111122223333:role/pipeline\n"
                     "aws cloudformation create-stack-instances --stack-set-name bootstrap-");
        had_buffer_str(&out, stack);
        had_buffer_c(&out, " \\\n"
                           "  --deployment-targets OrganizationalUnitIds=ou-EXAMPLE --regions ");
        had_buffer_str(&out, home);
        had_buffer_c(
            &out,
            "\n"
            "```\n"
            "\n"
            "Stack sets never reach the management account: that one is always done by itself.\n");
    }
    had_buffer_c(
        &out,
        "\n"
        "## What the rights are made of\n"
        "\n"
        "- Actions are those that AWS's registry states for each resource type of the account, "
        "less what no template of the spec sets.\n"
        "- Names narrow roles, policies, functions, log groups, secrets, parameters and buckets; "
        "roles are handed to the services that use\nthem and get the managed policies of the spec. "
        "Network and directory calls, whose resources often belong to another account, are\nbound "
        "to the spec's Regions.\n"
        "- Roles that the stacks make may have inline policies, and a template could say anything "
        "in them. Review change sets; where that is\nnot enough, let a service control policy ask "
        "for a permissions boundary.\n");
    had_str text = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return text;
}

static void emit(const struct had_emit_input *input, struct had_output *output)
{
    struct had_arena scratch = {0}, *arena = &scratch;
    const struct had_steps *steps = input->steps;
    had_grants_list list = had_grants_gather(arena, steps);
    if (!list.count) {
        had_arena_free(&scratch);
        return;
    }
    struct had_symbols keys;
    had_array(had_str) paths = {0}; /* by number of the key's symbol, less one */
    had_symbols_init(&keys, arena);
    struct had_buffer csv = {0};
    bool shared = false;
    const char *end = steps->options->json ? ".json" : ".yaml";
    had_buffer_c(&csv, "account,id,role,template\n");
    had_each(struct had_grants *, at, &list) {
        const struct had_grants *grants = *at;
        had_str path;
        if (grants->protects) {
            path = had_str_printf(arena, "bootstrap/" HAD_FMT "%s",
                                  HAD_ARG(safe_name(arena, grants->account)), end);
            had_output_add(
                output, path,
                text_of(arena, steps, grants,
                        had_str_printf(arena, "account " HAD_FMT, HAD_ARG(grants->account))));
        } else {
            had_sym key = had_intern(&keys, key_of(arena, grants));
            while (paths.count < key)
                *had_push(arena, &paths) = (had_str){0};
            path = paths.items[key - 1];
            if (!path.len) {
                had_str text = text_of(arena, steps, grants, HAD_STR("member accounts"));
                path =
                    had_str_printf(arena, "bootstrap/member-" HAD_FMT "%s",
                                   HAD_ARG(had_str_slice(had_digest(arena, text), 0, DIGITS)), end);
                paths.items[key - 1] = path;
                had_output_add(output, path, text);
                shared = true;
            }
        }
        add_cell(&csv, grants->account);
        had_buffer_char(&csv, ',');
        add_cell(&csv, grants->account_id);
        had_buffer_char(&csv, ',');
        add_cell(&csv, grants->role);
        had_buffer_char(&csv, ',');
        add_cell(&csv, had_str_slice(path, (uint32_t)strlen("bootstrap/"), path.len));
        had_buffer_char(&csv, '\n');
    }
    had_output_add(output, HAD_STR("bootstrap/accounts.csv"),
                   had_str_dup(arena, had_buffer_view(&csv)));
    had_buffer_free(&csv);
    had_output_add(output, HAD_STR("bootstrap/README.md"), readme(arena, steps, shared));
    had_arena_free(&scratch);
}

const struct had_backend had_backend_bootstrap = {
    .name = "bootstrap",
    .doc = "deploy role of each account, with the rights that the spec needs",
    .by_default = true,
    .emit = emit,
};
