#include "emit/cloudformation/glue.h"

#include "emit/cloudformation/logical.h"

#include <stdlib.h>
#include <string.h>

enum { LAMBDA_SECONDS = 900, LOG_DAYS = 90 };

#define REGIONAL ":${AWS::Region}:${AWS::AccountId}:"
#define DIRECTORY "ds" REGIONAL "directory/{DirectoryId}"

const struct had_glue_type had_glue_types[] = {
    {"had::AttachmentAcceptance", "network", 900, "ec2:AcceptTransitGatewayVpcAttachment",
     "ec2" REGIONAL "transit-gateway-attachment/{TransitGatewayAttachmentId}",
     "ec2:DescribeTransitGatewayVpcAttachments"},
    {"had::AttachmentLookup", "lookup", 900, NULL, "*", "ec2:DescribeTransitGatewayAttachments"},
    {"had::ConditionalForwarder", "trust", 900,
     "ds:CreateConditionalForwarder ds:DeleteConditionalForwarder ds:DescribeConditionalForwarders "
     "ds:UpdateConditionalForwarder",
     DIRECTORY, NULL},
    {"had::DelegatedAdministrator", "organization", 600, NULL, "*",
     "organizations:DeregisterDelegatedAdministrator organizations:DescribeOrganization "
     "organizations:EnableAWSServiceAccess organizations:ListDelegatedAdministrators "
     "organizations:RegisterDelegatedAdministrator"},
    {"had::DirectoryAlias", "directory", 600, "ds:CreateAlias", DIRECTORY,
     "ds:DescribeDirectories"},
    /* Each controller takes up to three quarters of an hour. */
    {"had::DirectoryControllers", "servers", 3600,
     "ds:DescribeDomainControllers ds:UpdateNumberOfDomainControllers", DIRECTORY,
     "ds:DescribeDirectories"},
    {"had::DirectoryGroup", "users", 900,
     "ds-data:AddGroupMember ds-data:CreateGroup ds-data:DeleteGroup ds-data:DescribeGroup "
     "ds-data:RemoveGroupMember ds-data:UpdateGroup ds:AccessDSData ds:EnableDirectoryDataAccess",
     DIRECTORY, NULL},
    {"had::DirectoryLdaps", "servers", 1800,
     "ds:DeregisterCertificate ds:DescribeLDAPSSettings ds:DisableLDAPS ds:EnableLDAPS "
     "ds:ListCertificates ds:RegisterCertificate",
     DIRECTORY, NULL},
    {"had::DirectoryLog", "directory", 600,
     "ds:CreateLogSubscription ds:DeleteLogSubscription ds:ListLogSubscriptions", DIRECTORY, NULL},
    {"had::DirectoryRadius", "servers", 1800, "ds:DisableRadius ds:EnableRadius ds:UpdateRadius",
     DIRECTORY, "ds:DescribeDirectories"},
    {"had::DirectoryRoutes", "directory", 1800, "ds:AddIpRoutes ds:ListIpRoutes ds:RemoveIpRoutes",
     DIRECTORY,
     "ec2:AuthorizeSecurityGroupEgress ec2:AuthorizeSecurityGroupIngress "
     "ec2:DescribeSecurityGroups ec2:RevokeSecurityGroupEgress ec2:RevokeSecurityGroupIngress"},
    {"had::DirectorySecurityGroupLookup", "lookup", 600, NULL, "*", "ds:DescribeDirectories"},
    {"had::DirectorySetting", "directory", 3600, "ds:DescribeSettings ds:UpdateSettings", DIRECTORY,
     NULL},
    {"had::DirectoryShare", "trust", 900,
     "ds:DescribeSharedDirectories ds:ShareDirectory ds:UnshareDirectory", DIRECTORY,
     "organizations:DescribeOrganization"},
    {"had::DirectoryShareAcceptance", "trust", 900, "ds:AcceptSharedDirectory",
     "ds" REGIONAL "directory/{SharedDirectoryId}", "ds:DescribeDirectories"},
    {"had::DirectoryTopic", "directory", 600,
     "ds:DeregisterEventTopic ds:DescribeEventTopics ds:RegisterEventTopic", DIRECTORY,
     "sns:GetTopicAttributes"},
    {"had::DirectoryUser", "users", 900,
     "ds-data:AddGroupMember ds-data:CreateUser ds-data:DeleteUser ds-data:DescribeUser "
     "ds-data:RemoveGroupMember ds-data:UpdateUser ds:AccessDSData ds:EnableDirectoryDataAccess "
     "ds:ResetUserPassword",
     DIRECTORY, NULL},
    {"had::ImageLookup", "lookup", 300, "ssm:GetParameter",
     "ssm:${AWS::Region}::parameter{Parameter}", NULL},
    {"had::PeeringAcceptance", "network", 900,
     "ec2:AcceptTransitGatewayPeeringAttachment ec2:AcceptVpcPeeringConnection",
     "ec2" REGIONAL "transit-gateway-attachment/{TransitGatewayAttachmentId} "
     "ec2" REGIONAL "vpc-peering-connection/{VpcPeeringConnectionId} ec2" REGIONAL "vpc/*",
     "ec2:DescribeTransitGatewayPeeringAttachments ec2:DescribeVpcPeeringConnections"},
    {"had::PrincipalLookup", "lookup", 300, "identitystore:GetGroupId identitystore:GetUserId",
     "identitystore::${AWS::AccountId}:identitystore/{IdentityStoreId} identitystore:::group/* "
     "identitystore:::user/*",
     NULL},
    {"had::RegionOptIn", "organization", 3600, NULL, "*",
     "account:EnableRegion account:GetRegionOptStatus"},
    {"had::ResourceSharing", "organization", 600, NULL, "*",
     "iam:CreateServiceLinkedRole organizations:DescribeOrganization "
     "organizations:EnableAWSServiceAccess organizations:ListAWSServiceAccessForOrganization "
     "ram:EnableSharingWithAwsOrganization"},
    {"had::ShareAcceptance", "network", 600, NULL, "*",
     "ram:AcceptResourceShareInvitation ram:GetResourceShareInvitations ram:GetResourceShares"},
    /* The other side may need a while to come. */
    {"had::Trust", "trust", 3600,
     "ds:CreateTrust ds:DeleteTrust ds:DescribeTrusts ds:UpdateTrust ds:VerifyTrust", DIRECTORY,
     NULL},
    {"had::TrustedAccess", "organization", 600, NULL, "*",
     "organizations:DescribeOrganization organizations:DisableAWSServiceAccess "
     "organizations:EnableAWSServiceAccess organizations:ListAWSServiceAccessForOrganization"},
    {"had::ZoneAssociation", "network", 600,
     "route53:AssociateVPCWithHostedZone route53:DisassociateVPCFromHostedZone",
     "route53:::hostedzone/{HostedZoneId} ec2" REGIONAL "vpc/{VPCId}",
     "ec2:DescribeVpcs route53:ListHostedZonesByVPC"},
    {"had::ZoneAuthorization", "network", 600,
     "route53:CreateVPCAssociationAuthorization route53:DeleteVPCAssociationAuthorization "
     "route53:ListVPCAssociationAuthorizations",
     "route53:::hostedzone/{HostedZoneId} ec2:*:*:vpc/{VPCId}", "ec2:DescribeVpcs"},
};
const uint32_t had_glue_type_count = sizeof had_glue_types / sizeof *had_glue_types;

const struct had_glue_type *had_glue_find(had_str type)
{
    for (uint32_t i = 0; i < had_glue_type_count; i++)
        if (had_str_is(type, had_glue_types[i].type))
            return &had_glue_types[i];
    return NULL;
}

had_str had_glue_function(struct had_arena *arena, const struct had_glue_type *type)
{
    return had_str_printf(arena, HAD_FMT "Function",
                          HAD_ARG(had_pascal(arena, had_str_c(type->family))));
}

static int str_cmp(const void *a, const void *b)
{
    return had_str_cmp(*(const had_str *)a, *(const had_str *)b);
}

typedef had_array(had_str) texts;

static void add_text(struct had_arena *arena, texts *list, had_str text)
{
    had_each(had_str, at, list)
        if (had_str_eq(*at, text))
            return;
    *had_push(arena, list) = text;
}

static void add_words(struct had_arena *arena, texts *list, const char *words)
{
    for (had_str rest = had_str_c(words); rest.len;) {
        int64_t space = had_str_find(rest, ' ');
        uint32_t end = space < 0 ? rest.len : (uint32_t)space;
        add_text(arena, list, had_str_slice(rest, 0, end));
        rest = had_str_slice(rest, space < 0 ? end : end + 1, rest.len);
    }
}

static bool is_parameter(const struct had_stack *stack, had_str name)
{
    had_each(struct had_parameter *, at, &stack->parameters)
        if (had_str_eq((*at)->name, name))
            return true;
    return false;
}

/*
 * One ARN with its properties filled in. What another custom resource of this stack gives cannot
 * stand in the role, which must be there first: `*` stands there. False if a property is not set.
 */
static bool fill_arn(const struct had_stack *stack, const struct had_template_resource *resource,
                     struct had_arena *arena, had_str pattern, had_str *out)
{
    struct had_buffer b = {0};
    bool complete = true;
    had_buffer_c(&b, "arn:${AWS::Partition}:");
    for (uint32_t i = 0; i < pattern.len && complete; i++) {
        if (pattern.ptr[i] != '{' || (i && pattern.ptr[i - 1] == '$')) {
            had_buffer_char(&b, pattern.ptr[i]);
            continue;
        }
        uint32_t end = i;
        while (end < pattern.len && pattern.ptr[end] != '}')
            end++;
        char *name = had_str_cstr(arena, had_str_slice(pattern, i + 1, end));
        const struct had_cfn *value = had_cfn_at(resource->properties, name);
        if (!value)
            complete = false;
        else if (value->tag == HAD_CFN_TEXT)
            had_buffer_str(&b, value->text);
        else if (value->tag == HAD_CFN_REF && is_parameter(stack, value->text))
            had_buffer_printf(&b, "${" HAD_FMT "}", HAD_ARG(value->text));
        else
            had_buffer_char(&b, '*');
        i = end;
    }
    *out = had_str_dup(arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return complete;
}

/* Secrets that the properties name, as ARNs for the role. */
static void find_secrets(struct had_arena *arena, const struct had_cfn *value, texts *own,
                         texts *foreign)
{
    const struct had_cfn *secret = value->tag == HAD_CFN_MAP ? had_cfn_at(value, "Secret") : NULL;
    if (secret && secret->tag == HAD_CFN_TEXT) {
        if (had_str_starts(secret->text, "arn:"))
            add_text(arena, foreign,
                     had_str_printf(arena, HAD_FMT "%s", HAD_ARG(secret->text),
                                    had_str_ends(secret->text, "*") ? "" : "*"));
        else /* Secrets Manager adds six characters of its own to a name */
            add_text(arena, own,
                     had_str_printf(arena,
                                    "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:"
                                    "${AWS::AccountId}:secret:" HAD_FMT "-??????",
                                    HAD_ARG(secret->text)));
        return;
    }
    had_each(struct had_cfn *, item, &value->items)
        find_secrets(arena, *item, own, foreign);
    had_each(const struct had_cfn_entry, entry, &value->entries)
        find_secrets(arena, entry->value, own, foreign);
}

static struct had_cfn *text_or_list(struct had_arena *arena, texts *list, bool sub)
{
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, str_cmp);
    struct had_cfn *out = had_cfn_list(arena);
    had_each(had_str, at, list) {
        bool filled = sub && had_str_find(*at, '$') >= 0;
        had_cfn_append(arena, out, had_cfn_new(arena, filled ? HAD_CFN_SUB : HAD_CFN_TEXT, *at));
    }
    return out->items.count == 1 ? out->items.items[0] : out;
}

static void add_statement(struct had_arena *arena, struct had_cfn *statements, had_str sid,
                          texts *actions, texts *resources)
{
    struct had_cfn *statement = had_cfn_map(arena);
    had_cfn_put_c(arena, statement, "Sid", had_cfn_text(arena, sid));
    had_cfn_put_c(arena, statement, "Effect", had_cfn_c(arena, "Allow"));
    had_cfn_put_c(arena, statement, "Action", text_or_list(arena, actions, false));
    had_cfn_put_c(arena, statement, "Resource", text_or_list(arena, resources, true));
    had_cfn_append(arena, statements, statement);
}

static void add_type(struct had_steps *steps, const struct had_stack *stack,
                     const struct had_glue_type *type, struct had_cfn *statements, texts *unscoped,
                     texts *own, texts *foreign)
{
    struct had_arena *arena = steps->arena;
    texts actions = {0}, resources = {0}, patterns = {0};
    if (type->resources)
        add_words(arena, &patterns, type->resources);
    bool used = false;
    had_each(const struct had_template_resource, resource, &stack->template->resources) {
        if (!had_str_is(resource->node->type_name, type->type))
            continue;
        used = true;
        find_secrets(arena, resource->properties, own, foreign);
        had_each(had_str, pattern, &patterns) {
            had_str arn;
            if (had_str_is(*pattern, "*"))
                add_text(arena, &resources, HAD_STR("*"));
            else if (fill_arn(stack, resource, arena, *pattern, &arn))
                add_text(arena, &resources, arn);
        }
    }
    if (!used)
        return;
    if (type->actions) {
        add_words(arena, &actions, type->actions);
        add_statement(arena, statements, had_str_c(type->type + strlen("had::")), &actions,
                      &resources);
    }
    if (type->unscoped)
        add_words(arena, unscoped, type->unscoped);
}

static struct had_cfn *text_list(struct had_arena *arena, const char *text)
{
    struct had_cfn *list = had_cfn_list(arena);
    had_cfn_append(arena, list, had_cfn_c(arena, text));
    return list;
}

static struct had_cfn *policy_document(struct had_arena *arena, struct had_cfn *statements)
{
    struct had_cfn *document = had_cfn_map(arena);
    had_cfn_put_c(arena, document, "Version", had_cfn_c(arena, "2012-10-17"));
    had_cfn_put_c(arena, document, "Statement", statements);
    return document;
}

static struct had_cfn *role_of(struct had_steps *steps, const struct had_stack *stack,
                               const char *family, had_str log_group)
{
    struct had_arena *arena = steps->arena;
    struct had_cfn *trust = had_cfn_map(arena), *principal = had_cfn_map(arena);
    had_cfn_put_c(arena, trust, "Effect", had_cfn_c(arena, "Allow"));
    had_cfn_put_c(arena, principal, "Service", had_cfn_c(arena, "lambda.amazonaws.com"));
    had_cfn_put_c(arena, trust, "Principal", principal);
    had_cfn_put_c(arena, trust, "Action", had_cfn_c(arena, "sts:AssumeRole"));
    struct had_cfn *trusts = had_cfn_list(arena), *statements = had_cfn_list(arena);
    had_cfn_append(arena, trusts, trust);

    texts unscoped = {0}, own = {0}, foreign = {0}, resources = {0};
    for (uint32_t i = 0; i < had_glue_type_count; i++)
        if (!strcmp(had_glue_types[i].family, family))
            add_type(steps, stack, &had_glue_types[i], statements, &unscoped, &own, &foreign);
    if (unscoped.count) {
        add_text(arena, &resources, HAD_STR("*"));
        add_statement(arena, statements, HAD_STR("WithoutResource"), &unscoped, &resources);
    }
    if (own.count || foreign.count) {
        texts secrets = {0}, get = {0};
        had_each(had_str, at, &own)
            add_text(arena, &secrets, *at);
        had_each(had_str, at, &foreign)
            add_text(arena, &secrets, *at);
        add_text(arena, &get, HAD_STR("secretsmanager:GetSecretValue"));
        add_statement(arena, statements, HAD_STR("Secrets"), &get, &secrets);
    }
    if (foreign.count) { /* a secret of another account always has a key of its owner's */
        texts decrypt = {0}, keys = {0};
        add_text(arena, &decrypt, HAD_STR("kms:Decrypt"));
        add_text(arena, &keys, HAD_STR("arn:${AWS::Partition}:kms:*:*:key/*"));
        add_statement(arena, statements, HAD_STR("SecretKeys"), &decrypt, &keys);
        struct had_cfn *condition = had_cfn_map(arena), *like = had_cfn_map(arena);
        had_cfn_put_c(arena, like, "kms:ViaService",
                      had_cfn_c(arena, "secretsmanager.*.amazonaws.com"));
        had_cfn_put_c(arena, condition, "StringLike", like);
        had_cfn_put_c(arena, statements->items.items[statements->items.count - 1], "Condition",
                      condition);
    }
    struct had_cfn *log = had_cfn_map(arena),
                   *log_actions = text_list(arena, "logs:CreateLogStream");
    had_cfn_append(arena, log_actions, had_cfn_c(arena, "logs:PutLogEvents"));
    had_cfn_put_c(arena, log, "Sid", had_cfn_c(arena, "Log"));
    had_cfn_put_c(arena, log, "Effect", had_cfn_c(arena, "Allow"));
    had_cfn_put_c(arena, log, "Action", log_actions);
    had_cfn_put_c(arena, log, "Resource",
                  had_cfn_new(arena, HAD_CFN_GETATT,
                              had_str_printf(arena, HAD_FMT ".Arn", HAD_ARG(log_group))));
    had_cfn_append(arena, statements, log);

    struct had_cfn *policy = had_cfn_map(arena), *policies = had_cfn_list(arena);
    had_cfn_put_c(arena, policy, "PolicyName", had_cfn_c(arena, "operations"));
    had_cfn_put_c(arena, policy, "PolicyDocument", policy_document(arena, statements));
    had_cfn_append(arena, policies, policy);
    struct had_cfn *properties = had_cfn_map(arena), *body = had_cfn_map(arena);
    had_cfn_put_c(
        arena, properties, "Description",
        had_cfn_text(arena, had_str_printf(arena, "Custom resources of %s, stack " HAD_FMT, family,
                                           HAD_ARG(stack->stack_name))));
    had_cfn_put_c(arena, properties, "AssumeRolePolicyDocument", policy_document(arena, trusts));
    had_cfn_put_c(arena, properties, "Policies", policies);
    had_cfn_put_c(arena, body, "Type", had_cfn_c(arena, "AWS::IAM::Role"));
    had_cfn_put_c(arena, body, "Properties", properties);
    return body;
}

static struct had_cfn *get_arn(struct had_arena *arena, had_str logical)
{
    return had_cfn_new(arena, HAD_CFN_GETATT,
                       had_str_printf(arena, HAD_FMT ".Arn", HAD_ARG(logical)));
}

static void put_family(struct had_steps *steps, const struct had_stack *stack,
                       const struct had_glue_source *source, struct had_cfn *resources)
{
    struct had_arena *arena = steps->arena;
    had_str prefix = had_pascal(arena, had_str_c(source->family));
    had_str log_group = had_str_printf(arena, HAD_FMT "LogGroup", HAD_ARG(prefix));
    had_str role = had_str_printf(arena, HAD_FMT "Role", HAD_ARG(prefix));
    had_str function = had_str_printf(arena, HAD_FMT "Function", HAD_ARG(prefix));

    struct had_cfn *properties = had_cfn_map(arena), *body = had_cfn_map(arena);
    had_cfn_put_c(arena, properties, "RetentionInDays", had_cfn_int(arena, LOG_DAYS));
    had_cfn_put_c(arena, body, "Type", had_cfn_c(arena, "AWS::Logs::LogGroup"));
    had_cfn_put_c(arena, body, "DeletionPolicy", had_cfn_c(arena, "Delete"));
    had_cfn_put_c(arena, body, "UpdateReplacePolicy", had_cfn_c(arena, "Delete"));
    had_cfn_put_c(arena, body, "Properties", properties);
    struct had_cfn_entry *entry = had_cfn_add(arena, resources, log_group, body);
    entry->gap = resources->entries.count > 1;
    entry->comment = had_str_printf(arena, "Custom resources of the family `%s`", source->family);

    had_cfn_add(arena, resources, role, role_of(steps, stack, source->family, log_group))->gap =
        true;

    properties = had_cfn_map(arena);
    body = had_cfn_map(arena);
    struct had_cfn *code = had_cfn_map(arena), *logging = had_cfn_map(arena);
    had_cfn_put_c(arena, properties, "Description",
                  had_cfn_text(arena, had_str_printf(arena,
                                                     "Custom resources of %s; fixed code, "
                                                     "the same in every stack",
                                                     source->family)));
    had_cfn_put_c(arena, properties, "Runtime", had_cfn_c(arena, "python3.13"));
    had_cfn_put_c(arena, properties, "Architectures", text_list(arena, "arm64"));
    had_cfn_put_c(arena, properties, "Handler", had_cfn_c(arena, "index.handler"));
    had_cfn_put_c(arena, properties, "Timeout", had_cfn_int(arena, LAMBDA_SECONDS));
    had_cfn_put_c(arena, properties, "MemorySize", had_cfn_int(arena, 256));
    had_cfn_put_c(arena, properties, "Role", get_arn(arena, role));
    had_cfn_put_c(arena, logging, "LogGroup", had_cfn_new(arena, HAD_CFN_REF, log_group));
    had_cfn_put_c(arena, properties, "LoggingConfig", logging);
    had_cfn_put_c(arena, code, "ZipFile", had_cfn_text(arena, source->text));
    had_cfn_put_c(arena, properties, "Code", code);
    had_cfn_put_c(arena, body, "Type", had_cfn_c(arena, "AWS::Lambda::Function"));
    had_cfn_put_c(arena, body, "Properties", properties);
    had_cfn_add(arena, resources, function, body)->gap = true;

    properties = had_cfn_map(arena);
    body = had_cfn_map(arena);
    had_cfn_put_c(arena, properties, "Action", had_cfn_c(arena, "lambda:InvokeFunction"));
    had_cfn_put_c(arena, properties, "FunctionName", had_cfn_new(arena, HAD_CFN_REF, function));
    had_cfn_put_c(arena, properties, "Principal", get_arn(arena, role));
    had_cfn_put_c(arena, body, "Type", had_cfn_c(arena, "AWS::Lambda::Permission"));
    had_cfn_put_c(arena, body, "Properties", properties);
    entry = had_cfn_add(arena, resources,
                        had_str_printf(arena, HAD_FMT "Continuation", HAD_ARG(prefix)), body);
    entry->gap = true;
    entry->comment = HAD_STR("What takes longer than one invocation goes on in the next");
}

void had_glue_put(struct had_steps *steps, const struct had_stack *stack, struct had_cfn *resources)
{
    for (const struct had_glue_source *source = had_glue_sources; source->family; source++) {
        bool used = false;
        had_each(const struct had_template_resource, resource, &stack->template->resources) {
            const struct had_glue_type *type = had_glue_find(resource->node->type_name);
            used = used || (type && !strcmp(type->family, source->family));
        }
        if (used)
            put_family(steps, stack, source, resources);
    }
}
