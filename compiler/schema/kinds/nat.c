#include "schema/kinds/table.h"

static const struct had_type id = {
    .base = HAD_TYPE_TEXT,
    .pattern = "nat-[0-9a-f]{8,17}",
    .sentence = "the id of a NAT gateway looks like `nat-0123456789abcdef0`"};

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_IN,
     .slot = "subnet",
     .type = REF("subnet"),
     .required = true,
     .parent = true,
     .doc = "The subnet in which it stands, one with a route to the internet."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "address",
     .type = AWS_ID("eipalloc-[0-9a-f]{8,17}",
                    "the id of an elastic address looks like `eipalloc-0123456789abcdef0`"),
     .derived = "a new one",
     .doc = "Elastic address that it uses.",
     .lowers_to = "EC2::NatGateway.AllocationId, EC2::EIP"},
    ID_ATTR(&id, "Id of the NAT gateway in AWS, `nat-…`."),
    END_ATTRS,
};

const struct had_kind had_kind_nat = {
    .name = "nat",
    .doc = "A NAT gateway: hosts without a public address reach the internet through it.",
    .heads = WORDS("nat NAME in subnet S"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "EC2::NatGateway, EC2::EIP",
    .id_type = &id,
    .resource = true,
    .section = "Spokes",
};
