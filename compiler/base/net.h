/*
 * IPv4 and IPv6 addresses and ranges. Texts are RFC 4291 in and RFC 5952 out; IPv4 has four numbers
 * without leading zeros. Arithmetic is on 128 bits, IPv4 in the last four bytes.
 */
#ifndef HAD_BASE_NET_H
#define HAD_BASE_NET_H

#include "base/buffer.h"

struct had_ip {
    uint8_t family;   /* 4 or 6; 0 is no address */
    uint8_t bytes[16]; /* network order; IPv4 uses bytes[0..4) */
};

struct had_cidr {
    struct had_ip base;
    uint8_t length; /* 0–32 or 0–128 */
};

bool had_ip_parse(had_str text, struct had_ip *out);
int had_ip_cmp(struct had_ip a, struct had_ip b); /* family, then value */
had_str had_ip_text(struct had_arena *arena, struct had_ip ip);
had_str had_cidr_text(struct had_arena *arena, struct had_cidr cidr);

uint8_t had_ip_bits(struct had_ip ip); /* 32 or 128 */
/* The base with host bits cleared. */
struct had_cidr had_cidr_canonical(struct had_cidr cidr);
bool had_cidr_has_host_bits(struct had_cidr cidr);
int had_cidr_cmp(struct had_cidr a, struct had_cidr b); /* base, then shorter prefix first */
bool had_cidr_eq(struct had_cidr a, struct had_cidr b);
bool had_cidr_contains(struct had_cidr outer, struct had_cidr inner);
bool had_cidr_contains_ip(struct had_cidr outer, struct had_ip ip);
bool had_cidr_overlaps(struct had_cidr a, struct had_cidr b);
struct had_ip had_cidr_last(struct had_cidr cidr);
/* The n-th subrange of `length` bits (n from 0); false if it does not fit. */
bool had_cidr_slice(struct had_cidr cidr, uint8_t length, uint64_t n, struct had_cidr *out);
/* The n-th address; false if outside. */
bool had_cidr_host(struct had_cidr cidr, uint64_t n, struct had_ip *out);
/*
 * Sorts and replaces `ranges` by the smallest set of prefixes that covers exactly the same addresses.
 * Returns the new count.
 */
uint32_t had_cidr_aggregate(struct had_cidr *ranges, uint32_t count);

#endif
