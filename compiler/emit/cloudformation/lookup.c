#include "emit/cloudformation/lookup.h"

#include "graph/rtype.h"

#include <string.h>

/*
 * One row per type and attribute. In a command {Property} is the node's property as one shell word,
 * {"Property"} the same as a JMESPath literal inside single quotes, {.Attribute} what is known of
 * the node itself and {title} its name; a property that is not a literal stays visible as
 * <Property>.
 */
struct lookup {
    const char *type, *attribute; /* NULL: any attribute */
    const char *pattern;          /* AllowedPattern, or NULL */
    const char *command;          /* or NULL: the general one */
};

#define BY_NAME "--filters Name=tag:Name,Values={title} "

static const struct lookup lookups[] = {
    {"AWS::Organizations::Organization", "RootId", "^r-[0-9a-z]{4,32}$",
     "aws organizations list-roots --query 'Roots[0].Id' --output text"},
    {"AWS::Organizations::Organization", "Arn",
     "^arn:", "aws organizations describe-organization --query Organization.Arn --output text"},
    {"AWS::Organizations::Organization", "Id", "^o-[a-z0-9]{10,32}$",
     "aws organizations describe-organization --query Organization.Id --output text"},
    {"AWS::Organizations::OrganizationalUnit", "Arn", "^arn:",
     "aws organizations list-organizational-units-for-parent --parent-id {ParentId} --query "
     "'OrganizationalUnits[?Name==`{\"Name\"}`].Arn | [0]' --output text"},
    {"AWS::Organizations::OrganizationalUnit", "Id", "^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$",
     "aws organizations list-organizational-units-for-parent --parent-id {ParentId} --query "
     "'OrganizationalUnits[?Name==`{\"Name\"}`].Id | [0]' --output text"},
    {"AWS::Organizations::Account", "AccountId", "^[0-9]{12}$",
     "aws organizations list-accounts --query 'Accounts[?Name==`{\"AccountName\"}`].Id | [0]' "
     "--output text"},
    {"AWS::Organizations::Account", "Arn", "^arn:",
     "aws organizations list-accounts --query 'Accounts[?Name==`{\"AccountName\"}`].Arn | [0]' "
     "--output text"},
    {"AWS::SSO::Instance", "InstanceArn", "^arn:[a-z-]+:sso:::instance/(sso)?ins-[0-9a-f]{16}$",
     "aws sso-admin list-instances --query 'Instances[0].InstanceArn' --output text"},
    {"AWS::SSO::Instance", "IdentityStoreId", "^(d-[0-9a-f]{10}|[0-9a-f-]{36})$",
     "aws sso-admin list-instances --query 'Instances[0].IdentityStoreId' --output text"},
    {"AWS::SSO::PermissionSet", "PermissionSetArn", "^arn:[a-z-]+:sso:::permissionSet/", NULL},
    {"AWS::EC2::TransitGateway", "Id", "^tgw-[0-9a-f]{8,17}$",
     "aws ec2 describe-transit-gateways " BY_NAME
     "--query 'TransitGateways[0].TransitGatewayId' --output text"},
    {"AWS::EC2::TransitGateway", "TransitGatewayArn", "^arn:",
     "aws ec2 describe-transit-gateways " BY_NAME
     "--query 'TransitGateways[0].TransitGatewayArn' --output text"},
    {"AWS::EC2::TransitGatewayRouteTable", "TransitGatewayRouteTableId", "^tgw-rtb-[0-9a-f]{8,17}$",
     "aws ec2 describe-transit-gateway-route-tables " BY_NAME
     "--query 'TransitGatewayRouteTables[0].TransitGatewayRouteTableId' --output text"},
    {"AWS::EC2::TransitGatewayAttachment", "Id", "^tgw-attach-[0-9a-f]{8,17}$",
     "aws ec2 describe-transit-gateway-attachments " BY_NAME
     "--query 'TransitGatewayAttachments[0].TransitGatewayAttachmentId' --output text"},
    {"AWS::EC2::TransitGatewayPeeringAttachment", "TransitGatewayAttachmentId",
     "^tgw-attach-[0-9a-f]{8,17}$", NULL},
    {"AWS::EC2::VPC", "VpcId", "^vpc-[0-9a-f]{8,17}$",
     "aws ec2 describe-vpcs " BY_NAME "--query 'Vpcs[0].VpcId' --output text"},
    {"AWS::EC2::Subnet", "SubnetId", "^subnet-[0-9a-f]{8,17}$",
     "aws ec2 describe-subnets --filters Name=cidr-block,Values={CidrBlock} "
     "--query 'Subnets[0].SubnetId' --output text"},
    {"AWS::EC2::RouteTable", "RouteTableId", "^rtb-[0-9a-f]{8,17}$",
     "aws ec2 describe-route-tables " BY_NAME
     "--query 'RouteTables[0].RouteTableId' --output text"},
    {"AWS::EC2::SecurityGroup", "GroupId", "^sg-[0-9a-f]{8,17}$",
     "aws ec2 describe-security-groups " BY_NAME
     "--query 'SecurityGroups[0].GroupId' --output text"},
    {"AWS::EC2::SecurityGroup", "Id", "^sg-[0-9a-f]{8,17}$",
     "aws ec2 describe-security-groups " BY_NAME
     "--query 'SecurityGroups[0].GroupId' --output text"},
    {"AWS::EC2::VPCEndpoint", "Id", "^vpce-[0-9a-f]{8,17}$",
     "aws ec2 describe-vpc-endpoints " BY_NAME
     "--query 'VpcEndpoints[0].VpcEndpointId' --output text"},
    {"AWS::EC2::Instance", "InstanceId", "^i-[0-9a-f]{8,17}$",
     "aws ec2 describe-instances " BY_NAME
     "--query 'Reservations[0].Instances[0].InstanceId' --output text"},
    {"AWS::EC2::NatGateway", "NatGatewayId", "^nat-[0-9a-f]{8,17}$",
     "aws ec2 describe-nat-gateways --filter Name=tag:Name,Values={title} "
     "--query 'NatGateways[0].NatGatewayId' --output text"},
    {"AWS::EC2::EIP", "AllocationId", "^eipalloc-[0-9a-f]{8,17}$",
     "aws ec2 describe-addresses " BY_NAME "--query 'Addresses[0].AllocationId' --output text"},
    {"AWS::EC2::VPCPeeringConnection", "Id", "^pcx-[0-9a-f]{8,17}$", NULL},
    {"AWS::EC2::VPNConnection", "VpnConnectionId", "^vpn-[0-9a-f]{8,17}$",
     "aws ec2 describe-vpn-connections " BY_NAME
     "--query 'VpnConnections[0].VpnConnectionId' --output text"},
    {"AWS::EC2::CustomerGateway", "CustomerGatewayId", "^cgw-[0-9a-f]{8,17}$", NULL},
    {"AWS::EC2::Volume", "VolumeId", "^vol-[0-9a-f]{8,17}$", NULL},
    {"AWS::DirectConnect::DirectConnectGateway", "DirectConnectGatewayId", "^[0-9a-f-]{36}$",
     "aws directconnect describe-direct-connect-gateways --query "
     "'directConnectGateways[?directConnectGatewayName==`{\"DirectConnectGatewayName\"}`]."
     "directConnectGatewayId | [0]' --output text"},
    {"AWS::Route53Resolver::ResolverEndpoint", "ResolverEndpointId",
     "^rslvr-(in|out)-[0-9a-f]{8,17}$",
     "aws route53resolver list-resolver-endpoints --filters Name=Name,Values={title} "
     "--query 'ResolverEndpoints[0].Id' --output text"},
    {"AWS::Route53Resolver::ResolverRule", "ResolverRuleId", "^rslvr-rr-[0-9a-f]{8,17}$",
     "aws route53resolver list-resolver-rules --filters Name=DomainName,Values={DomainName} "
     "--query 'ResolverRules[0].Id' --output text"},
    {"AWS::Route53Resolver::ResolverRule", "Arn", "^arn:",
     "aws route53resolver list-resolver-rules --filters Name=DomainName,Values={DomainName} "
     "--query 'ResolverRules[0].Arn' --output text"},
    {"AWS::Route53::HostedZone", "Id", "^Z[A-Z0-9]{1,32}$",
     "aws route53 list-hosted-zones-by-name --dns-name {Name} --query 'HostedZones[0].Id' "
     "--output text"},
    {"AWS::RAM::ResourceShare", "Arn", "^arn:",
     "aws ram get-resource-shares --resource-owner SELF --name {Name} "
     "--query 'resourceShares[0].resourceShareArn' --output text"},
    {"AWS::DirectoryService::MicrosoftAD", "Id", "^d-[0-9a-f]{10}$",
     "aws ds describe-directories --query 'DirectoryDescriptions[?Name==`{\"Name\"}`].DirectoryId "
     "| [0]' --output text"},
    {"AWS::DirectoryService::MicrosoftAD", "DnsIpAddresses", "^[0-9]{1,3}(\\.[0-9]{1,3}){3}$",
     "aws ds describe-directories --query "
     "'DirectoryDescriptions[?Name==`{\"Name\"}`].DnsIpAddrs[] | {join}' --output text"},
    {"AWS::IAM::Role", "Arn",
     "^arn:", "aws iam get-role --role-name {RoleName} --query Role.Arn --output text"},
    {"AWS::SecretsManager::Secret", "Id",
     "^arn:", "aws secretsmanager describe-secret --secret-id {Name} --query ARN --output text"},
    /* What a custom resource would have found. */
    {"had::PrincipalLookup", "PrincipalId", "^([0-9a-f]{10}-)?[0-9a-fA-F-]{36}$",
     "aws identitystore get-group-id --identity-store-id {IdentityStoreId} "
     "--alternate-identifier "
     "'UniqueAttribute={AttributePath=displayName,AttributeValue={\"Name\"}}' "
     "--query GroupId --output text"},
    {"had::AttachmentLookup", NULL, "^tgw-attach-[0-9a-f]{8,17}$",
     "aws ec2 describe-transit-gateway-attachments --filters "
     "Name=transit-gateway-id,Values={TransitGatewayId} "
     "Name=resource-id,Values={ResourceId} --query "
     "'TransitGatewayAttachments[0].TransitGatewayAttachmentId' --output text"},
    {"had::DirectorySecurityGroupLookup", NULL, "^sg-[0-9a-f]{8,17}$",
     "aws ds describe-directories --directory-ids {DirectoryId} --query "
     "'DirectoryDescriptions[0].VpcSettings.SecurityGroupId' --output text"},
    {"had::ImageLookup", NULL, "^ami-[0-9a-f]{8,17}$",
     "aws ssm get-parameter --name {Parameter} --query Parameter.Value --output text"},
    {"had::DirectoryShareAcceptance", NULL, "^d-[0-9a-f]{10}$",
     "aws ds describe-directories --query "
     "'DirectoryDescriptions[?Type==`\"SharedMicrosoftAD\"`].DirectoryId | [0]' --output text"},
    {"had::ADConnector", "Id", "^d-[0-9a-f]{10}$",
     "aws ds describe-directories --query 'DirectoryDescriptions[?Name==`{\"Name\"}`].DirectoryId "
     "| [0]' --output text"},
    {"had::ADConnector", "DnsIpAddresses", "^[0-9]{1,3}(\\.[0-9]{1,3}){3}$",
     "aws ds describe-directories --query "
     "'DirectoryDescriptions[?Name==`{\"Name\"}`].DnsIpAddrs[] | {join}' --output text"},
    {"had::HybridAssessment", "AssessmentId", NULL,
     "aws ds list-ad-assessments --query 'Assessments[?DnsName==`{\"DnsName\"}`].AssessmentId "
     "| [0]' --output text"},
    {"had::HybridDirectory", "Id", "^d-[0-9a-f]{10}$",
     "aws ds describe-directories --query 'DirectoryDescriptions[?Edition==`\"Hybrid\"`]."
     "DirectoryId | [0]' --output text"},
    {"had::HybridDirectory", "DnsIpAddresses", "^[0-9]{1,3}(\\.[0-9]{1,3}){3}$",
     "aws ds describe-directories --query "
     "'DirectoryDescriptions[?Edition==`\"Hybrid\"`].DnsIpAddrs[] | {join}' --output text"},
    {"had::HybridDirectory", "Alias", NULL,
     "aws ds describe-directories --query 'DirectoryDescriptions[?Edition==`\"Hybrid\"`].Alias "
     "| [0]' --output text"},
    {"had::DirectoryControllers", "DnsIpAddresses", "^[0-9]{1,3}(\\.[0-9]{1,3}){3}$",
     "aws ds describe-directories --directory-ids {DirectoryId} --query "
     "'DirectoryDescriptions[].DnsIpAddrs[] | {join}' --output text"},
    {"had::DirectoryRegion", "DnsIpAddresses", "^[0-9]{1,3}(\\.[0-9]{1,3}){3}$",
     "aws ds describe-domain-controllers --directory-id {DirectoryId} --query "
     "'DomainControllers[].DnsIpAddr | {join}' --output text"},
    {"had::DirectoryShare", "SharedDirectoryId", "^d-[0-9a-f]{10}$",
     "aws ds describe-shared-directories --owner-directory-id {DirectoryId} --query "
     "'SharedDirectories[?SharedAccountId==`{\"Account\"}`].SharedDirectoryId | [0]' "
     "--output text"},
    {"had::Trust", "TrustId", "^t-[0-9a-f]{10}$",
     "aws ds describe-trusts --directory-id {DirectoryId} --query "
     "'Trusts[?RemoteDomainName==`{\"RemoteDomainName\"}`].TrustId | [0]' --output text"},
    {"had::DirectoryGroup", "SID", NULL,
     "aws ds-data describe-group --directory-id {DirectoryId} --sam-account-name {SAMAccountName} "
     "--query SID --output text"},
    {"had::DirectoryUser", "SID", NULL,
     "aws ds-data describe-user --directory-id {DirectoryId} --sam-account-name {SAMAccountName} "
     "--query SID --output text"},
};

static const struct lookup *find(const struct had_node *node, had_str attribute)
{
    for (size_t i = 0; i < sizeof lookups / sizeof *lookups; i++)
        if (had_str_is(node->type_name, lookups[i].type) &&
            (!lookups[i].attribute || had_str_is(attribute, lookups[i].attribute)))
            return &lookups[i];
    return NULL;
}

const char *had_lookup_pattern(const struct had_node *node, had_str attribute)
{
    had_str name;
    uint32_t index;
    had_attribute_split(attribute, &name, &index);
    const struct lookup *row = find(node, name);
    if (row)
        return row->pattern;
    return had_str_ends(name, "Arn") ? "^arn:" : NULL;
}

had_str had_shell_word(struct had_arena *arena, had_str text)
{
    bool plain = text.len > 0;
    for (uint32_t i = 0; i < text.len && plain; i++) {
        char c = text.ptr[i];
        plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                (c && strchr("_-./:=@,+%", c));
    }
    if (plain)
        return text;
    struct had_buffer out = {0};
    had_buffer_char(&out, '\'');
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'')
            had_buffer_c(&out, "'\\''");
        else
            had_buffer_char(&out, text.ptr[i]);
    }
    had_buffer_char(&out, '\'');
    had_str word = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return word;
}

/* Inside single quotes of the shell: the quotes themselves stand outside. */
static void add_in_quotes(struct had_buffer *out, had_str text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'')
            had_buffer_c(out, "'\\''");
        else if ((unsigned char)text.ptr[i] >= 0x20)
            had_buffer_char(out, text.ptr[i]);
    }
}

/* A JSON text between backticks of JMESPath, inside single quotes of the shell. */
static void add_jmespath(struct had_buffer *out, had_str text)
{
    struct had_buffer json = {0};
    had_buffer_char(&json, '"');
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"' || c == '\\')
            had_buffer_char(&json, '\\');
        if (c == '`')
            had_buffer_char(&json, '\\');
        had_buffer_char(&json, c);
    }
    had_buffer_char(&json, '"');
    add_in_quotes(out, had_buffer_view(&json));
    had_buffer_free(&json);
}

static bool literal_property(struct had_arena *arena, const struct had_node *node, had_str name,
                             had_str *text)
{
    const struct had_prop *prop = had_node_get(node, had_str_cstr(arena, name));
    *text = had_node_known(node, name);
    if (text->len)
        return true;
    if (prop && prop->tag == HAD_PROP_READ) {
        *text = had_node_known(prop->read.node, had_str_c(prop->read.attribute));
        return text->len > 0;
    }
    if (!prop || prop->tag != HAD_PROP_TEXT)
        return false;
    *text = prop->text;
    return true;
}

static had_str title_of(const struct had_node *node)
{
    /* Names outside stand in the tags or the name of the node, where the graph has them. */
    const struct had_prop *tags = had_node_get(node, "Tags");
    if (tags && tags->tag == HAD_PROP_LIST)
        had_each(struct had_prop *, item, &tags->items) {
            const struct had_prop *key = had_prop_at(*item, "Key");
            const struct had_prop *value = had_prop_at(*item, "Value");
            if (key && value && key->tag == HAD_PROP_TEXT && value->tag == HAD_PROP_TEXT &&
                had_str_is(key->text, "Name"))
                return value->text;
        }
    const struct had_prop *name = had_node_get(node, "Name");
    if (name && name->tag == HAD_PROP_TEXT)
        return name->text;
    had_str object = node->object;
    for (int64_t slash; (slash = had_str_find(object, '/')) >= 0;)
        object = had_str_slice(object, (uint32_t)slash + 1, object.len);
    int64_t space = had_str_find(object, ' ');
    return space < 0 ? object : had_str_slice(object, (uint32_t)space + 1, object.len);
}

bool had_lookup_exact(const struct had_node *node, had_str attribute)
{
    had_str name;
    uint32_t index;
    had_attribute_split(attribute, &name, &index);
    const struct lookup *row = find(node, name);
    if (!row || !row->command)
        return false;
    if (!strstr(row->command, "{title}"))
        return true;
    const struct had_prop *tags = had_node_get(node, "Tags"), *own = had_node_get(node, "Name");
    if (own && own->tag == HAD_PROP_TEXT)
        return true;
    if (tags && tags->tag == HAD_PROP_LIST)
        had_each(struct had_prop *, item, &tags->items) {
            const struct had_prop *key = had_prop_at(*item, "Key");
            if (key && key->tag == HAD_PROP_TEXT && had_str_is(key->text, "Name"))
                return true;
        }
    return false;
}

static void add_filled(struct had_buffer *out, struct had_arena *arena, const char *command,
                       const struct had_node *node, bool element, uint32_t index,
                       had_lookup_inputs *inputs)
{
    for (const char *at = command; *at; at++) {
        const char *close = *at == '{' ? strchr(at, '}') : NULL;
        if (!close || had_str_starts(had_str_c(at), "{AttributePath=")) { /* the service's brace */
            had_buffer_char(out, *at);
            continue;
        }
        had_str name = {at + 1, (uint32_t)(close - at - 1)};
        bool jmespath = name.len > 2 && name.ptr[0] == '"';
        if (jmespath)
            name = had_str_slice(name, 1, name.len - 1);
        had_str text;
        if (had_str_is(name, "title")) {
            had_buffer_str(out, had_shell_word(arena, title_of(node)));
        } else if (had_str_is(name, "join")) {
            if (element)
                had_buffer_printf(out, "[%u]", index);
            else
                had_buffer_c(out, "join(`\",\"`, @)");
        } else if (literal_property(arena, node, name, &text)) {
            if (jmespath)
                add_jmespath(out, text);
            else
                had_buffer_str(out, had_shell_word(arena, text));
        } else {
            had_buffer_printf(out, "<" HAD_FMT ">", HAD_ARG(name));
            const struct had_prop *value = had_node_get(node, had_str_cstr(arena, name));
            if (value && value->tag == HAD_PROP_READ)
                *had_push(arena, inputs) = (struct had_lookup_input){name, value};
        }
        at = close;
    }
}

had_str had_lookup_command(struct had_arena *arena, const struct had_node *node, had_str attribute,
                           had_str home, had_lookup_inputs *inputs)
{
    had_str name;
    uint32_t index = 0;
    bool element = had_attribute_split(attribute, &name, &index);
    const struct lookup *row = find(node, name);
    struct had_buffer out = {0};
    if (row && row->command)
        add_filled(&out, arena, row->command, node, element, index, inputs);
    else if (had_str_starts(node->type_name, "AWS::"))
        had_buffer_printf(&out,
                          "aws cloudcontrol list-resources --type-name " HAD_FMT
                          " --query 'ResourceDescriptions[].Properties' --output text",
                          HAD_ARG(node->type_name));
    else
        had_buffer_printf(&out, "had output " HAD_FMT,
                          HAD_ARG(had_shell_word(arena, had_str_printf(arena, HAD_FMT "." HAD_FMT,
                                                                       HAD_ARG(node->address),
                                                                       HAD_ARG(attribute)))));
    if (had_str_starts(had_buffer_view(&out), "aws ")) {
        had_str region = had_str_is(node->context->region, "global") || !node->context->region.len
                             ? home
                             : node->context->region;
        had_buffer_printf(&out, " --region " HAD_FMT, HAD_ARG(had_shell_word(arena, region)));
    }
    had_str command = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return command;
}
