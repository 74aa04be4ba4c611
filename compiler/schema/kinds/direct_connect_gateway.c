#include "schema/kinds/table.h"

static const struct had_type id = {
    .base = HAD_TYPE_TEXT,
    .pattern = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    .sentence = "the id of a Direct Connect gateway is a UUID in small letters"};

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "account",
     .type = REF("account"),
     .required = true,
     .doc = "The account that owns the gateway."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "asn",
     .type = AMAZON_ASN,
     .fallback = "64512",
     .doc =
         "BGP number of Amazon's side. It differs from that of every hub that the gateway serves.",
     .lowers_to = "DirectConnect::DirectConnectGateway.AmazonSideAsn"},
    ID_ATTR(&id, "Id of the gateway in AWS, a UUID."),
    END_ATTRS,
};

const struct had_kind had_kind_direct_connect_gateway = {
    .name = "direct-connect-gateway",
    .doc = "Joins Direct Connect links with hubs, also of several Regions. Where a spec has none, "
           "one is derived for each account of a hub with such links.",
    .heads = WORDS("direct-connect-gateway NAME in account A"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to =
        "DirectConnect::DirectConnectGateway, DirectConnect::DirectConnectGatewayAssociation",
    .id_type = &id,
    .protect = true,
    .resource = true,
    .section = "On-premises and links",
};
