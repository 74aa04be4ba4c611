/*
 * One entry per resource type, sorted bytewise by name. Properties, attributes, tags and what a
 * stack replaces come from the registry facts (FACTS_…, made by generate.c); API behaviour per
 * property stands in facts/api.tsv. Here stands what neither says: how templates realize the type
 * (tier), what finds an object without its id (natural key), and the types of our own, whose
 * properties carry the names of the AWS operations behind them.
 *
 * A natural key "had:address" is the tag of that name: nothing else tells such an object from
 * another.
 */
#include "graph/rtype_table.h"

#include <stddef.h>

/* The common tag of resources that have no tag type of their own. */
static const struct had_rprop p_had__Tag[] = {
    {"Key", HAD_R_STRING, HAD_R_ANY, NULL, true, HAD_IN_PLACE, NULL, NULL, 1, 128, -1, -1, -1, -1,
     NULL, NULL, NULL, false},
    {"Value", HAD_R_STRING, HAD_R_ANY, NULL, true, HAD_IN_PLACE, NULL, NULL, 0, 256, -1, -1, -1, -1,
     NULL, NULL, NULL, false},
};
static const struct had_rdefinition d_had__Tag = {"Tag", p_had__Tag, 2};

#include "rtype_facts.inc"

/* ---- how to write a property of our own types ---- */
#define REQUIRED true
#define OPTIONAL false
#define NONE (-1)
/* What a change does: in a stack, and by the API. */
#define FIXED HAD_REPLACE, "replace"
#define NEVER HAD_REPLACE, "forbidden"
#define UPDATE(operation) HAD_IN_PLACE, "update " operation
#define BY_HAND HAD_IN_PLACE, "forbidden" /* only the console changes it */
#define FREE HAD_IN_PLACE, NULL           /* read or checked anew each time */

#define PROP_(name, value, item, definition, required, replace, api, words, min, max, min_items,   \
              max_items, set_of, secret)                                                           \
    {                                                                                              \
        name, value, item, definition, required, replace, words, NULL, -1, -1, min, max,           \
            min_items, max_items, NULL, set_of, api, secret                                        \
    }
#define PROP(...) PROP_(__VA_ARGS__)
#define TEXT(name, required, change)                                                               \
    PROP(name, HAD_R_STRING, HAD_R_ANY, NULL, required, change, NULL, -1, -1, -1, -1, NULL, false)
#define SECRET(name, required, change)                                                             \
    PROP(name, HAD_R_STRING, HAD_R_ANY, NULL, required, change, NULL, -1, -1, -1, -1, NULL, true)
#define WORDS(name, required, change, ...)                                                         \
    PROP(name, HAD_R_STRING, HAD_R_ANY, NULL, required, change,                                    \
         ((const char *const[]){__VA_ARGS__, NULL}), -1, -1, -1, -1, NULL, false)
#define NUMBER(name, required, change, min, max)                                                   \
    PROP(name, HAD_R_INTEGER, HAD_R_ANY, NULL, required, change, NULL, min, max, -1, -1, NULL,     \
         false)
#define FLAG(name, required, change)                                                               \
    PROP(name, HAD_R_BOOLEAN, HAD_R_ANY, NULL, required, change, NULL, -1, -1, -1, -1, NULL, false)
#define LIST(name, required, change, min, max, set_of)                                             \
    PROP(name, HAD_R_LIST, HAD_R_STRING, NULL, required, change, NULL, -1, -1, min, max, set_of,   \
         false)
#define OBJECT(name, required, change, definition)                                                 \
    PROP(name, HAD_R_OBJECT, HAD_R_ANY, &definition, required, change, NULL, -1, -1, -1, -1, NULL, \
         false)
#define OBJECTS(name, required, change, definition, min, max, set_of)                              \
    PROP(name, HAD_R_LIST, HAD_R_OBJECT, &definition, required, change, NULL, -1, -1, min, max,    \
         set_of, false)
#define TEXTS(name, required, change)                                                              \
    PROP(name, HAD_R_MAP, HAD_R_STRING, NULL, required, change, NULL, -1, -1, -1, -1, NULL, false)
#define ANYTHING(name, required, change)                                                           \
    PROP(name, HAD_R_MAP, HAD_R_ANY, NULL, required, change, NULL, -1, -1, -1, -1, NULL, false)

#define ARRAY(T, ...)                                                                              \
    (const T[])                                                                                    \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define COUNT(T, ...) (uint32_t)(sizeof(ARRAY(T, __VA_ARGS__)) / sizeof(T))
#define PROPS(...)                                                                                 \
    .properties.props = ARRAY(struct had_rprop, __VA_ARGS__),                                      \
    .properties.count = COUNT(struct had_rprop, __VA_ARGS__)
#define ATTRS(...)                                                                                 \
    .attrs = ARRAY(struct had_rattr, __VA_ARGS__),                                                 \
    .attr_count = COUNT(struct had_rattr, __VA_ARGS__)
#define A_TEXT(name)                                                                               \
    {                                                                                              \
        name, HAD_R_STRING, HAD_R_ANY                                                              \
    }
#define A_LIST(name)                                                                               \
    {                                                                                              \
        name, HAD_R_LIST, HAD_R_STRING                                                             \
    }

#define DEFINITION(name, ...)                                                                      \
    static const struct had_rdefinition name = {#name, ARRAY(struct had_rprop, __VA_ARGS__),       \
                                                COUNT(struct had_rprop, __VA_ARGS__)}

DEFINITION(vpc_settings, TEXT("VpcId", REQUIRED, FREE),
           LIST("SubnetIds", REQUIRED, FREE, 2, 2, NULL));
DEFINITION(connect_settings, TEXT("VpcId", REQUIRED, FREE),
           LIST("SubnetIds", REQUIRED, FREE, 2, 2, NULL),
           LIST("CustomerDnsIps", REQUIRED, FREE, 1, NONE, NULL),
           TEXT("CustomerUserName", REQUIRED, FREE));
DEFINITION(setting, TEXT("Name", REQUIRED, FREE), TEXT("Value", REQUIRED, FREE));
DEFINITION(ip_route, TEXT("CidrIp", REQUIRED, FREE), TEXT("Description", OPTIONAL, FREE));
/* A read operation, its arguments, and what its answer must hold. */
DEFINITION(probe, TEXT("Operation", REQUIRED, FREE), ANYTHING("Arguments", OPTIONAL, FREE),
           TEXT("Expect", OPTIONAL, FREE));
/* What a firewall outside AWS must let pass for the step. */
DEFINITION(gate_flow, TEXT("Direction", REQUIRED, FREE), TEXT("Source", REQUIRED, FREE),
           TEXT("Destination", REQUIRED, FREE), TEXT("Protocol", REQUIRED, FREE),
           TEXT("Ports", REQUIRED, FREE), TEXT("Purpose", REQUIRED, FREE));
/* What a device passes or stops; `deny` wins. */
DEFINITION(appliance_rule, WORDS("Action", REQUIRED, FREE, "allow", "deny"),
           TEXT("Protocol", REQUIRED, FREE), NUMBER("FromPort", OPTIONAL, FREE, 0, 65535),
           NUMBER("ToPort", OPTIONAL, FREE, 0, 65535), TEXT("Source", REQUIRED, FREE),
           TEXT("Destination", REQUIRED, FREE));
/*
 * One resource of a configuration: DSC's type, name and properties, and the credential to run as. A
 * Script has the name of a fixed body and its arguments instead of properties (emit/dsc/dsc.h).
 */
DEFINITION(dsc_resource, TEXT("Type", REQUIRED, FREE), TEXT("Name", REQUIRED, FREE),
           TEXT("Module", OPTIONAL, FREE), ANYTHING("Properties", OPTIONAL, FREE),
           TEXT("Constant", OPTIONAL, FREE), ANYTHING("Arguments", OPTIONAL, FREE),
           LIST("DependsOn", OPTIONAL, FREE, NONE, NONE, NULL),
           SECRET("PsDscRunAsCredential", OPTIONAL, FREE));

#define KEY(properties_) .natural_key = properties_
#define PAGE(name) .page = name
#define TYPE(facts, tier_, ...)                                                                    \
    &(const struct had_rtype)                                                                      \
    {                                                                                              \
        facts, .tier = HAD_TIER_##tier_, __VA_ARGS__                                               \
    }
#define OWN(name_, tier_, ...)                                                                     \
    &(const struct had_rtype)                                                                      \
    {                                                                                              \
        .name = name_, .properties.name = name_, .tier = HAD_TIER_##tier_, __VA_ARGS__             \
    }

const struct had_rtype *const had_rtype_table[] = {
    TYPE(FACTS_AWS_CloudFormation_CustomResource, NATIVE, KEY("had:address")),
    TYPE(FACTS_AWS_CloudFormation_StackSet, NATIVE, KEY("StackSetName")),
    TYPE(FACTS_AWS_DirectConnect_DirectConnectGateway, NATIVE,
         KEY("DirectConnectGatewayName,AmazonSideAsn")),
    TYPE(FACTS_AWS_DirectConnect_DirectConnectGatewayAssociation, NATIVE,
         KEY("DirectConnectGatewayId,AssociatedGatewayId")),
    TYPE(FACTS_AWS_DirectConnect_TransitVirtualInterface, NATIVE, KEY("ConnectionId,Vlan")),
    TYPE(FACTS_AWS_DirectoryService_MicrosoftAD, NATIVE, KEY("Name,VpcSettings.VpcId")),
    TYPE(FACTS_AWS_EC2_CustomerGateway, NATIVE, KEY("IpAddress,BgpAsn")),
    TYPE(FACTS_AWS_EC2_DHCPOptions, NATIVE, KEY("had:address")),
    TYPE(FACTS_AWS_EC2_EIP, NATIVE, KEY("had:address")),
    TYPE(FACTS_AWS_EC2_EgressOnlyInternetGateway, NATIVE, KEY("VpcId")),
    TYPE(FACTS_AWS_EC2_FlowLog, NATIVE, KEY("ResourceId,LogDestination")),
    TYPE(FACTS_AWS_EC2_Instance, NATIVE, KEY("had:address")),
    TYPE(FACTS_AWS_EC2_InternetGateway, NATIVE, KEY("had:address")),
    TYPE(FACTS_AWS_EC2_NatGateway, NATIVE, KEY("had:address")),
    TYPE(FACTS_AWS_EC2_NetworkAcl, NATIVE, KEY("had:address")),
    TYPE(FACTS_AWS_EC2_NetworkAclEntry, NATIVE, KEY("NetworkAclId,Egress,RuleNumber")),
    TYPE(FACTS_AWS_EC2_PrefixList, NATIVE, KEY("had:address"), .shared = true),
    TYPE(FACTS_AWS_EC2_Route, NATIVE, KEY("RouteTableId,DestinationCidrBlock")),
    TYPE(FACTS_AWS_EC2_RouteTable, NATIVE, KEY("had:address")),
    TYPE(FACTS_AWS_EC2_SecurityGroup, NATIVE, KEY("had:address")),
    TYPE(FACTS_AWS_EC2_SecurityGroupEgress, NATIVE,
         KEY("GroupId,IpProtocol,FromPort,ToPort,CidrIp,DestinationSecurityGroupId,"
             "DestinationPrefixListId")),
    TYPE(FACTS_AWS_EC2_SecurityGroupIngress, NATIVE,
         KEY("GroupId,IpProtocol,FromPort,ToPort,CidrIp,SourceSecurityGroupId,SourcePrefixListId")),
    TYPE(FACTS_AWS_EC2_Subnet, NATIVE, KEY("VpcId,CidrBlock"), .shared = true),
    TYPE(FACTS_AWS_EC2_SubnetNetworkAclAssociation, NATIVE, KEY("SubnetId")),
    TYPE(FACTS_AWS_EC2_SubnetRouteTableAssociation, NATIVE, KEY("SubnetId")),
    TYPE(FACTS_AWS_EC2_TransitGateway, NATIVE, KEY("had:address"), .shared = true),
    TYPE(FACTS_AWS_EC2_TransitGatewayAttachment, NATIVE, KEY("TransitGatewayId,VpcId")),
    TYPE(FACTS_AWS_EC2_TransitGatewayPeeringAttachment, NATIVE,
         KEY("TransitGatewayId,PeerTransitGatewayId")),
    TYPE(FACTS_AWS_EC2_TransitGatewayRoute, NATIVE,
         KEY("TransitGatewayRouteTableId,DestinationCidrBlock")),
    TYPE(FACTS_AWS_EC2_TransitGatewayRouteTable, NATIVE, KEY("had:address")),
    TYPE(FACTS_AWS_EC2_TransitGatewayRouteTableAssociation, NATIVE,
         KEY("TransitGatewayAttachmentId")),
    TYPE(FACTS_AWS_EC2_TransitGatewayRouteTablePropagation, NATIVE,
         KEY("TransitGatewayRouteTableId,TransitGatewayAttachmentId")),
    TYPE(FACTS_AWS_EC2_VPC, NATIVE, KEY("had:address")),
    TYPE(FACTS_AWS_EC2_VPCCidrBlock, NATIVE, KEY("VpcId,CidrBlock")),
    TYPE(FACTS_AWS_EC2_VPCDHCPOptionsAssociation, NATIVE, KEY("VpcId")),
    TYPE(FACTS_AWS_EC2_VPCEndpoint, NATIVE, KEY("VpcId,ServiceName")),
    TYPE(FACTS_AWS_EC2_VPCGatewayAttachment, NATIVE, KEY("VpcId,InternetGatewayId")),
    TYPE(FACTS_AWS_EC2_VPCPeeringConnection, NATIVE, KEY("VpcId,PeerVpcId")),
    TYPE(FACTS_AWS_EC2_VPNConnection, NATIVE, KEY("CustomerGatewayId,TransitGatewayId")),
    TYPE(FACTS_AWS_EC2_VPNConnectionRoute, NATIVE, KEY("VpnConnectionId,DestinationCidrBlock")),
    TYPE(FACTS_AWS_EC2_Volume, NATIVE, KEY("had:address")),
    TYPE(FACTS_AWS_EC2_VolumeAttachment, NATIVE, KEY("VolumeId,InstanceId")),
    TYPE(FACTS_AWS_IAM_InstanceProfile, NATIVE, KEY("InstanceProfileName")),
    TYPE(FACTS_AWS_IAM_ManagedPolicy, NATIVE, KEY("Path,ManagedPolicyName")),
    TYPE(FACTS_AWS_IAM_Role, NATIVE, KEY("RoleName")),
    TYPE(FACTS_AWS_IAM_RolePolicy, NATIVE, KEY("RoleName,PolicyName")),
    TYPE(FACTS_AWS_IAM_SAMLProvider, NATIVE, KEY("Name")),
    TYPE(FACTS_AWS_IAM_ServiceLinkedRole, NATIVE, KEY("AWSServiceName")),
    TYPE(FACTS_AWS_IdentityStore_Group, NATIVE, KEY("IdentityStoreId,DisplayName")),
    TYPE(FACTS_AWS_IdentityStore_GroupMembership, NATIVE, KEY("GroupId,MemberId")),
    TYPE(FACTS_AWS_IdentityStore_User, NATIVE, KEY("IdentityStoreId,UserName")),
    TYPE(FACTS_AWS_KMS_Alias, NATIVE, KEY("AliasName")),
    TYPE(FACTS_AWS_KMS_Key, NATIVE, KEY("had:address")),
    TYPE(FACTS_AWS_Lambda_Function, NATIVE, KEY("FunctionName")),
    TYPE(FACTS_AWS_Lambda_Permission, NATIVE, KEY("FunctionName,Principal")),
    TYPE(FACTS_AWS_Logs_LogGroup, NATIVE, KEY("LogGroupName")),
    TYPE(FACTS_AWS_Logs_ResourcePolicy, NATIVE, KEY("PolicyName")),
    TYPE(FACTS_AWS_Organizations_Account, NATIVE, KEY("Email")),
    TYPE(FACTS_AWS_Organizations_Organization, NATIVE, KEY(".")),
    TYPE(FACTS_AWS_Organizations_OrganizationalUnit, NATIVE, KEY("ParentId,Name")),
    TYPE(FACTS_AWS_RAM_ResourceShare, NATIVE, KEY("Name")),
    TYPE(FACTS_AWS_Route53_HostedZone, NATIVE, KEY("Name,VPCs")),
    TYPE(FACTS_AWS_Route53_RecordSet, NATIVE, KEY("HostedZoneId,Name,Type")),
    TYPE(FACTS_AWS_Route53Resolver_ResolverEndpoint, NATIVE, KEY("Name")),
    TYPE(FACTS_AWS_Route53Resolver_ResolverQueryLoggingConfig, NATIVE, KEY("Name"), .shared = true),
    TYPE(FACTS_AWS_Route53Resolver_ResolverQueryLoggingConfigAssociation, NATIVE,
         KEY("ResolverQueryLogConfigId,ResourceId")),
    TYPE(FACTS_AWS_Route53Resolver_ResolverRule, NATIVE, KEY("DomainName,Name"), .shared = true),
    TYPE(FACTS_AWS_Route53Resolver_ResolverRuleAssociation, NATIVE, KEY("ResolverRuleId,VPCId")),
    TYPE(FACTS_AWS_S3_Bucket, NATIVE, KEY("BucketName")),
    TYPE(FACTS_AWS_S3_BucketPolicy, NATIVE, KEY("Bucket")),
    TYPE(FACTS_AWS_SNS_Subscription, NATIVE, KEY("TopicArn,Protocol,Endpoint")),
    TYPE(FACTS_AWS_SNS_Topic, NATIVE, KEY("TopicName")),
    TYPE(FACTS_AWS_SNS_TopicPolicy, NATIVE, KEY("Topics")),
    TYPE(FACTS_AWS_SSM_Association, NATIVE, KEY("AssociationName")),
    TYPE(FACTS_AWS_SSM_Document, NATIVE, KEY("Name")),
    TYPE(FACTS_AWS_SSM_Parameter, NATIVE, KEY("Name")),
    TYPE(FACTS_AWS_SSO_Application, NATIVE, KEY("InstanceArn,Name")),
    TYPE(FACTS_AWS_SSO_ApplicationAssignment, NATIVE,
         KEY("ApplicationArn,PrincipalType,PrincipalId")),
    TYPE(FACTS_AWS_SSO_Assignment, NATIVE,
         KEY("InstanceArn,PermissionSetArn,PrincipalType,PrincipalId,TargetId")),
    TYPE(FACTS_AWS_SSO_Instance, NONE, KEY("."), .existing_only = true),
    TYPE(FACTS_AWS_SSO_InstanceAccessControlAttributeConfiguration, NATIVE, KEY("InstanceArn")),
    TYPE(FACTS_AWS_SSO_PermissionSet, NATIVE, KEY("InstanceArn,Name")),
    TYPE(FACTS_AWS_SecretsManager_ResourcePolicy, NATIVE, KEY("SecretId")),
    TYPE(FACTS_AWS_SecretsManager_Secret, NATIVE, KEY("Name")),

    /* ---- what CloudFormation has no type for ---- */
    OWN("had::ADConnector", GATE, KEY("ConnectSettings.VpcId,Name"), PAGE("API_ConnectDirectory"),
        PROPS(TEXT("Name", REQUIRED, NEVER), TEXT("ShortName", OPTIONAL, NEVER),
              WORDS("Size", REQUIRED, NEVER, "Small", "Large"),
              OBJECT("ConnectSettings", REQUIRED, NEVER, connect_settings),
              SECRET("Password", REQUIRED, BY_HAND), TEXT("Description", OPTIONAL, NEVER)),
        ATTRS(A_TEXT("Id"), A_LIST("DnsIpAddresses")), .ref = "Id", .stateful = true),
    OWN("had::Advertisement", NONE, KEY("Link,Direction,Cidr"), PAGE("resource-graph"),
        PROPS(TEXT("Cidr", REQUIRED, FREE),
              WORDS("Direction", REQUIRED, FREE, "learned", "advertised"),
              TEXT("Link", REQUIRED, FREE))),
    OWN("had::Appliance", NONE, KEY("Name"), PAGE("resource-graph"),
        PROPS(TEXT("Name", REQUIRED, FREE), LIST("Subnets", OPTIONAL, FREE, NONE, NONE, NULL),
              LIST("Endpoints", OPTIONAL, FREE, NONE, NONE, NULL),
              OBJECTS("Rules", OPTIONAL, FREE, appliance_rule, NONE, NONE, NULL))),
    /* A route to an appliance whose endpoints nobody states; Table is the address of a node. */
    OWN("had::AssumedRoute", NONE, KEY("Table,Destination"), PAGE("resource-graph"),
        PROPS(TEXT("Table", REQUIRED, FREE), TEXT("Destination", REQUIRED, FREE),
              TEXT("Appliance", REQUIRED, FREE))),
    OWN("had::AttachmentAcceptance", GLUE, KEY("TransitGatewayAttachmentId"),
        PAGE("API_AcceptTransitGatewayVpcAttachment"),
        PROPS(TEXT("TransitGatewayAttachmentId", REQUIRED, FIXED)),
        ATTRS(A_TEXT("TransitGatewayAttachmentId"))),
    OWN("had::AttachmentLookup", GLUE, KEY("TransitGatewayId,ResourceType,ResourceId"),
        PAGE("API_DescribeTransitGatewayAttachments"),
        PROPS(TEXT("TransitGatewayId", REQUIRED, FREE),
              WORDS("ResourceType", REQUIRED, FREE, "vpc", "vpn", "direct-connect-gateway",
                    "peering"),
              TEXT("ResourceId", REQUIRED, FREE)),
        ATTRS(A_TEXT("TransitGatewayAttachmentId"))),
    OWN("had::ConditionalForwarder", GLUE, KEY("DirectoryId,RemoteDomainName"),
        PAGE("API_CreateConditionalForwarder"),
        PROPS(TEXT("DirectoryId", REQUIRED, FIXED), TEXT("RemoteDomainName", REQUIRED, FIXED),
              /* a directory takes one to four addresses per forwarder */
              LIST("DnsIpAddresses", REQUIRED, UPDATE("UpdateConditionalForwarder"), 1, 4, NULL))),
    OWN("had::DelegatedAdministrator", GLUE, KEY("AccountId,ServicePrincipal"),
        PAGE("API_RegisterDelegatedAdministrator"),
        PROPS(TEXT("AccountId", REQUIRED, FIXED), TEXT("ServicePrincipal", REQUIRED, FIXED))),
    OWN("had::DirectoryAlias", GLUE, KEY("DirectoryId"), PAGE("API_CreateAlias"),
        PROPS(TEXT("DirectoryId", REQUIRED, FIXED), TEXT("Alias", REQUIRED, NEVER)),
        ATTRS(A_TEXT("Alias"))),
    OWN("had::DirectoryControllers", GLUE, KEY("DirectoryId"),
        PAGE("API_UpdateNumberOfDomainControllers"),
        PROPS(TEXT("DirectoryId", REQUIRED, FIXED),
              NUMBER("DesiredNumber", REQUIRED, UPDATE("UpdateNumberOfDomainControllers"), 2, 20)),
        ATTRS(A_LIST("DnsIpAddresses"))),
    OWN("had::DirectoryGroup", GLUE, KEY("DirectoryId,SAMAccountName"), PAGE("API_CreateGroup"),
        PROPS(TEXT("DirectoryId", REQUIRED, FIXED), TEXT("SAMAccountName", REQUIRED, FIXED),
              WORDS("GroupScope", OPTIONAL, UPDATE("UpdateGroup"), "DomainLocal", "Global",
                    "Universal"),
              WORDS("GroupType", OPTIONAL, UPDATE("UpdateGroup"), "Security", "Distribution"),
              TEXT("Description", OPTIONAL, UPDATE("UpdateGroup")),
              LIST("Members", OPTIONAL, UPDATE("AddGroupMember"), NONE, NONE, ".")),
        ATTRS(A_TEXT("SID"))),
    OWN("had::DirectoryLdaps", GLUE, KEY("DirectoryId"), PAGE("API_EnableLDAPS"),
        PROPS(TEXT("DirectoryId", REQUIRED, FIXED), WORDS("Type", REQUIRED, FIXED, "Client"),
              /* at most five CA certificates, as PEM text */
              LIST("Certificates", REQUIRED, UPDATE("RegisterCertificate"), 1, 5, "."))),
    OWN("had::DirectoryLog", GLUE, KEY("DirectoryId"), PAGE("API_CreateLogSubscription"),
        PROPS(TEXT("DirectoryId", REQUIRED, FIXED), TEXT("LogGroupName", REQUIRED, FIXED))),
    OWN("had::DirectoryRadius", GLUE, KEY("DirectoryId"), PAGE("API_EnableRadius"),
        PROPS(TEXT("DirectoryId", REQUIRED, FIXED),
              LIST("RadiusServers", REQUIRED, UPDATE("UpdateRadius"), 1, NONE, NULL),
              NUMBER("RadiusPort", REQUIRED, UPDATE("UpdateRadius"), 1025, 65535),
              NUMBER("RadiusTimeout", OPTIONAL, UPDATE("UpdateRadius"), 1, 50),
              NUMBER("RadiusRetries", OPTIONAL, UPDATE("UpdateRadius"), 0, 10),
              SECRET("SharedSecret", REQUIRED, UPDATE("UpdateRadius")),
              WORDS("AuthenticationProtocol", OPTIONAL, UPDATE("UpdateRadius"), "PAP", "CHAP",
                    "MS-CHAPv1", "MS-CHAPv2"),
              TEXT("DisplayLabel", OPTIONAL, UPDATE("UpdateRadius")),
              FLAG("UseSameUsername", OPTIONAL, UPDATE("UpdateRadius")))),
    OWN("had::DirectoryRegion", GATE, KEY("DirectoryId,RegionName"), PAGE("API_AddRegion"),
        PROPS(TEXT("DirectoryId", REQUIRED, FIXED), TEXT("PrimaryRegion", REQUIRED, FIXED),
              TEXT("RegionName", REQUIRED, FIXED),
              OBJECT("VPCSettings", REQUIRED, FIXED, vpc_settings),
              NUMBER("DesiredNumber", OPTIONAL, UPDATE("UpdateNumberOfDomainControllers"), 2, 20)),
        ATTRS(A_LIST("DnsIpAddresses")), .stateful = true),
    OWN("had::DirectoryRoutes", GLUE, KEY("DirectoryId"), PAGE("API_AddIpRoutes"),
        PROPS(TEXT("DirectoryId", REQUIRED, FIXED),
              OBJECTS("IpRoutes", REQUIRED, UPDATE("AddIpRoutes"), ip_route, 1, NONE, "CidrIp"),
              FLAG("UpdateSecurityGroupForDirectoryControllers", OPTIONAL, FREE))),
    OWN("had::DirectorySecurityGroupLookup", GLUE, KEY("DirectoryId"),
        PAGE("API_DescribeDirectories"), PROPS(TEXT("DirectoryId", REQUIRED, FREE)),
        ATTRS(A_TEXT("GroupId"))),
    OWN("had::DirectorySetting", GLUE, KEY("DirectoryId"), PAGE("API_UpdateSettings"),
        PROPS(TEXT("DirectoryId", REQUIRED, FIXED),
              OBJECTS("Settings", REQUIRED, UPDATE("UpdateSettings"), setting, 1, NONE, "Name"))),
    OWN("had::DirectoryShare", GLUE, KEY("DirectoryId,Account"), PAGE("API_ShareDirectory"),
        PROPS(TEXT("DirectoryId", REQUIRED, FIXED), TEXT("Account", REQUIRED, FIXED),
              WORDS("Method", REQUIRED, FIXED, "HANDSHAKE", "ORGANIZATIONS"),
              TEXT("Note", OPTIONAL, FIXED)),
        ATTRS(A_TEXT("SharedDirectoryId"))),
    OWN("had::DirectoryShareAcceptance", GLUE, KEY("SharedDirectoryId"),
        PAGE("API_AcceptSharedDirectory"), PROPS(TEXT("SharedDirectoryId", REQUIRED, FIXED)),
        ATTRS(A_TEXT("SharedDirectoryId"))),
    OWN("had::DirectoryTopic", GLUE, KEY("DirectoryId,TopicName"), PAGE("API_RegisterEventTopic"),
        PROPS(TEXT("DirectoryId", REQUIRED, FIXED), TEXT("TopicName", REQUIRED, FIXED))),
    OWN("had::DirectoryUser", GLUE, KEY("DirectoryId,SAMAccountName"), PAGE("API_CreateUser"),
        PROPS(TEXT("DirectoryId", REQUIRED, FIXED), TEXT("SAMAccountName", REQUIRED, FIXED),
              TEXT("EmailAddress", OPTIONAL, UPDATE("UpdateUser")),
              TEXT("GivenName", OPTIONAL, UPDATE("UpdateUser")),
              TEXT("Surname", OPTIONAL, UPDATE("UpdateUser")),
              TEXT("Description", OPTIONAL, UPDATE("UpdateUser")),
              SECRET("Password", OPTIONAL, UPDATE("ResetUserPassword")),
              LIST("Groups", OPTIONAL, UPDATE("AddGroupMember"), NONE, NONE, ".")),
        ATTRS(A_TEXT("SID"))),
    /* Machine and Subnets are addresses of nodes. */
    OWN("had::DomainMember", NONE, KEY("Domain,Machine"), PAGE("resource-graph"),
        PROPS(TEXT("Domain", REQUIRED, FREE), WORDS("Role", REQUIRED, FREE, "controller", "member"),
              TEXT("Machine", OPTIONAL, FREE), LIST("Subnets", OPTIONAL, FREE, NONE, NONE, NULL))),
    /* Realized in AD by the configuration of a machine, not in AWS. */
    OWN("had::DscConfiguration", NONE, KEY("."), PAGE("resource-graph"),
        PROPS(TEXT("Role", REQUIRED, FREE), TEXT("Forest", OPTIONAL, FREE),
              TEXT("Node", REQUIRED, FREE),
              OBJECTS("Resources", REQUIRED, FREE, dsc_resource, 1, NONE, "Name"))),
    /* In templates an SSM association that applies the machine's configurations. */
    OWN("had::DscDelivery", NATIVE, KEY("AssociationName"), PAGE("API_CreateAssociation"),
        PROPS(TEXT("AssociationName", REQUIRED, FIXED), TEXT("InstanceId", REQUIRED, FIXED),
              TEXT("Document", REQUIRED, FIXED),
              TEXT("Configuration", REQUIRED, UPDATE("UpdateAssociation")),
              TEXT("Bucket", OPTIONAL, UPDATE("UpdateAssociation")),
              TEXT("ScheduleExpression", OPTIONAL, UPDATE("UpdateAssociation")),
              TEXTS("Parameters", OPTIONAL, UPDATE("UpdateAssociation"))),
        ATTRS(A_TEXT("AssociationId")), .ref = "AssociationId"),
    OWN("had::Gate", GATE, KEY("."), PAGE("resource-graph"),
        PROPS(TEXT("Kind", REQUIRED, FREE), TEXT("Instruction", REQUIRED, FREE),
              TEXT("Owner", REQUIRED, FREE), TEXT("Where", OPTIONAL, FREE),
              OBJECT("Probe", OPTIONAL, FREE, probe), TEXT("Undo", OPTIONAL, FREE),
              OBJECTS("Flows", OPTIONAL, FREE, gate_flow, NONE, NONE, NULL))),
    OWN("had::HybridAssessment", GATE, KEY("DnsName,VpcSettings.VpcId"),
        PAGE("API_StartADAssessment"),
        PROPS(TEXT("DnsName", REQUIRED, FIXED),
              LIST("CustomerDnsIps", REQUIRED, FIXED, 1, NONE, NULL),
              LIST("InstanceIds", REQUIRED, FIXED, 2, 2, NULL),
              OBJECT("VpcSettings", REQUIRED, FIXED, vpc_settings),
              LIST("SecurityGroupIds", OPTIONAL, FIXED, NONE, NONE, NULL)),
        ATTRS(A_TEXT("AssessmentId"))),
    OWN("had::HybridDirectory", GATE, KEY("AssessmentId"), PAGE("API_CreateHybridAD"),
        PROPS(
            TEXT("AssessmentId", REQUIRED, NEVER), SECRET("SecretArn", REQUIRED, NEVER),
            OBJECTS("Tags", OPTIONAL, UPDATE("AddTagsToResource"), d_had__Tag, NONE, NONE, "Key")),
        ATTRS(A_TEXT("Alias"), A_LIST("DnsIpAddresses"), A_TEXT("Id")), .ref = "Id", .tags = "Tags",
        .stateful = true),
    OWN("had::ImageLookup", GLUE, KEY("Parameter"), PAGE("API_GetParameter"),
        PROPS(TEXT("Parameter", REQUIRED, FREE)), ATTRS(A_TEXT("ImageId"))),
    OWN("had::OnPremisesLink", NONE, KEY("Link"), PAGE("resource-graph"),
        PROPS(TEXT("Link", REQUIRED, FREE), LIST("Sites", OPTIONAL, FREE, NONE, NONE, NULL),
              TEXT("Location", OPTIONAL, FREE))),
    OWN("had::OnPremisesServer", NONE, KEY("Address"), PAGE("resource-graph"),
        PROPS(TEXT("Address", REQUIRED, FREE),
              WORDS("Role", REQUIRED, FREE, "dns", "domain-controller"),
              TEXT("Site", REQUIRED, FREE), LIST("Domains", OPTIONAL, FREE, NONE, NONE, NULL)),
        ATTRS(A_TEXT("Address"))),
    OWN("had::OnPremisesSite", NONE, KEY("Name"), PAGE("resource-graph"),
        PROPS(TEXT("Name", REQUIRED, FREE), LIST("Ranges", OPTIONAL, FREE, NONE, NONE, NULL),
              TEXT("Country", OPTIONAL, FREE))),
    /* Between hubs the attachment is named, between VPCs the connection. */
    OWN("had::PeeringAcceptance", GLUE, KEY("TransitGatewayAttachmentId,VpcPeeringConnectionId"),
        PAGE("API_AcceptTransitGatewayPeeringAttachment"),
        PROPS(TEXT("TransitGatewayAttachmentId", OPTIONAL, FIXED),
              TEXT("VpcPeeringConnectionId", OPTIONAL, FIXED)),
        ATTRS(A_TEXT("TransitGatewayAttachmentId"), A_TEXT("VpcPeeringConnectionId"))),
    OWN("had::PrincipalLookup", GLUE, KEY("IdentityStoreId,PrincipalType,Name"),
        PAGE("API_GetGroupId"),
        PROPS(TEXT("IdentityStoreId", REQUIRED, FREE),
              WORDS("PrincipalType", REQUIRED, FREE, "USER", "GROUP"),
              TEXT("Name", REQUIRED, FREE)),
        ATTRS(A_TEXT("PrincipalId"))),
    OWN("had::RegionOptIn", GLUE, KEY("AccountId,RegionName"), PAGE("API_EnableRegion"),
        PROPS(TEXT("AccountId", REQUIRED, FIXED), TEXT("RegionName", REQUIRED, FIXED))),
    OWN("had::ResourceSharing", GLUE, KEY("."), PAGE("API_EnableSharingWithAwsOrganization")),
    /* Table and Reaches are addresses of route tables. */
    OWN("had::SegmentPolicy", NONE, KEY("Table"), PAGE("resource-graph"),
        PROPS(TEXT("Table", REQUIRED, FREE), LIST("Reaches", OPTIONAL, FREE, NONE, NONE, NULL))),
    OWN("had::ShareAcceptance", GLUE, KEY("ResourceShareArn"),
        PAGE("API_AcceptResourceShareInvitation"), PROPS(TEXT("ResourceShareArn", REQUIRED, FIXED)),
        ATTRS(A_TEXT("ResourceShareArn"))),
    OWN("had::Trust", GLUE, KEY("DirectoryId,RemoteDomainName"), PAGE("API_CreateTrust"),
        PROPS(TEXT("DirectoryId", REQUIRED, FIXED), TEXT("RemoteDomainName", REQUIRED, FIXED),
              WORDS("Direction", REQUIRED, FIXED, "One-Way: Outgoing", "One-Way: Incoming",
                    "Two-Way"),
              WORDS("Type", REQUIRED, FIXED, "Forest", "External"),
              WORDS("SelectiveAuth", OPTIONAL, UPDATE("UpdateTrust"), "Enabled", "Disabled"),
              SECRET("Password", REQUIRED, FIXED),
              LIST("ConditionalForwarders", OPTIONAL, FIXED, 1, 4, NULL)),
        ATTRS(A_TEXT("TrustId")), .ref = "TrustId"),
    OWN("had::TrustedAccess", GLUE, KEY("ServicePrincipal"), PAGE("API_EnableAWSServiceAccess"),
        PROPS(TEXT("ServicePrincipal", REQUIRED, FIXED))),
    OWN("had::ZoneAssociation", GLUE, KEY("HostedZoneId,VPCId"),
        PAGE("API_AssociateVPCWithHostedZone"),
        PROPS(TEXT("HostedZoneId", REQUIRED, FIXED), TEXT("VPCId", REQUIRED, FIXED),
              TEXT("VPCRegion", REQUIRED, FIXED))),
    OWN("had::ZoneAuthorization", GLUE, KEY("HostedZoneId,VPCId"),
        PAGE("API_CreateVPCAssociationAuthorization"),
        PROPS(TEXT("HostedZoneId", REQUIRED, FIXED), TEXT("VPCId", REQUIRED, FIXED),
              TEXT("VPCRegion", REQUIRED, FIXED))),
};
const uint32_t had_rtype_count = sizeof had_rtype_table / sizeof *had_rtype_table;
