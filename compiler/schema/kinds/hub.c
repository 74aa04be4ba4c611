#include "schema/kinds/table.h"

static const struct had_type id = {
    .base = HAD_TYPE_TEXT,
    .pattern = "tgw-[0-9a-f]{8,17}",
    .sentence = "the id of a transit gateway looks like `tgw-0123456789abcdef0`"};

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "account",
     .type = REF("account"),
     .required = true,
     .doc = "The account that owns the hub, usually one for networks alone."},
    {.preposition = HAD_AT,
     .slot = "region",
     .type = REF("region"),
     .required = true,
     .doc = "The Region in which it stands."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "asn",
     .type = AMAZON_ASN,
     .required = HAD_REQUIRED,
     .doc = "BGP number of Amazon's side, different for each hub and Direct Connect gateway.",
     .lowers_to = "EC2::TransitGateway.AmazonSideAsn"},
    {.name = "share-with",
     .type = SET_OF(SHARE_WITH),
     .derived = "the accounts of its spokes; of an existing hub, of those without an `attachment`",
     .doc = "Who may attach networks to the hub.",
     .lowers_to = "RAM::ResourceShare"},
    {.name = "advertises",
     .type = SET_OF(PLAIN(CIDR)),
     .derived = "the ranges of its Region, and of Regions reached by peering without a Direct "
                "Connect of their own",
     .doc = "Prefixes that Direct Connect announces to on-premises for this hub.",
     .lowers_to =
         "DirectConnect::DirectConnectGatewayAssociation.AllowedPrefixesToDirectConnectGateway"},
    {.name = "auto-accept",
     .type = PLAIN(BOOL),
     .fallback = "true",
     .doc = "Attachments of other accounts are accepted without an act of their own.",
     .lowers_to = "EC2::TransitGateway.AutoAcceptSharedAttachments"},
    {.name = "dns-support",
     .type = PLAIN(BOOL),
     .fallback = "true",
     .doc = "Public names of hosts resolve to private addresses across the hub.",
     .lowers_to = "EC2::TransitGateway.DnsSupport"},
    {.name = "ecmp",
     .type = PLAIN(BOOL),
     .fallback = "true",
     .doc = "Equal VPN routes share the traffic. It works with dynamic routing only.",
     .lowers_to = "EC2::TransitGateway.VpnEcmpSupport"},
    {.name = "security-group-referencing",
     .type = PLAIN(BOOL),
     .fallback = "false",
     .doc = "Groups of one spoke may be named in rules of another.",
     .lowers_to = "EC2::TransitGateway.SecurityGroupReferencingSupport"},
    {.name = "cidr-blocks",
     .type =
         SET_BETWEEN(PLAIN(CIDR), 0, 5, "a transit gateway has at most 5 CIDR blocks of its own"),
     .doc = "Ranges of the hub itself, for private VPNs.",
     .lowers_to = "EC2::TransitGateway.TransitGatewayCidrBlocks"},
    {.name = "flow-logs",
     .type = TEXT(1, 512, NULL, "a log group or bucket ARN has at most 512 characters"),
     .doc = "Log group, or ARN of a bucket, that receives the flow logs.",
     .lowers_to = "EC2::FlowLog"},
    {.name = "default-segment",
     .type = REF("segment"),
     .required = HAD_MAY_EXISTING,
     .doc = "Table of default association and propagation of an existing hub, where these are on. "
            "A new hub has them off."},
    ID_ATTR(&id, "Id of the transit gateway in AWS, `tgw-…`."),
    END_ATTRS,
};

const struct had_kind had_kind_hub = {
    .name = "hub",
    .doc = "A transit gateway: the network that joins spokes, links and other hubs. Who reaches "
           "whom is said by its segments.",
    .heads = WORDS("hub NAME in account A at region R"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = WORDS("segment"),
    .derived = WORDS("spokes: spokes attached to it", "links: links that lead to it",
                     "regions-reached: Regions of its own and of peered hubs"),
    .lowers_to = "EC2::TransitGateway",
    .id_type = &id,
    .protect = true,
    .resource = true,
    .section = "Hub",
};
