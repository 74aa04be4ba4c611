/*
 * Types of the catalog (catalog page, part 1). A type is data: a base, and where it applies the words of
 * an enumeration, the kinds a reference admits, the element type, a narrowed range and a pattern with
 * the sentence that a finding says.
 */
#ifndef HAD_SCHEMA_TYPE_H
#define HAD_SCHEMA_TYPE_H

#include "base/str.h"

enum had_base {
    HAD_TYPE_NONE, /* not known */
    HAD_TYPE_TEXT, HAD_TYPE_BOOL, HAD_TYPE_INT, HAD_TYPE_DURATION, HAD_TYPE_RATE, HAD_TYPE_SIZE,
    HAD_TYPE_DATE, HAD_TYPE_IP, HAD_TYPE_IP_PORT, HAD_TYPE_CIDR, HAD_TYPE_PORT_RANGE,
    HAD_TYPE_SERVICE, HAD_TYPE_ASN, HAD_TYPE_ACCOUNT_ID, HAD_TYPE_ARN, HAD_TYPE_DOMAIN,
    HAD_TYPE_NETBIOS, HAD_TYPE_SITE_NAME, HAD_TYPE_EMAIL, HAD_TYPE_DN, HAD_TYPE_ZONE,
    HAD_TYPE_REGION, HAD_TYPE_IMAGE, HAD_TYPE_PATH, HAD_TYPE_POLICY, HAD_TYPE_MFA,
    HAD_TYPE_PRINCIPAL,
    HAD_TYPE_WORD,     /* one of [words]: `words` */
    HAD_TYPE_REF,      /* ref of KIND or kinds: `kinds` */
    HAD_TYPE_SECRET,
    HAD_TYPE_DATA,     /* what csv, json, yaml give; in bodies: any literal */
    HAD_TYPE_LIST, HAD_TYPE_SET, HAD_TYPE_MAP, /* of `element` */
    HAD_TYPE_BODY,     /* a body of `entries`: named attributes with types of their own (radius, dhcp) */
    HAD_TYPE_ANY_OF,   /* one of `alternatives`, tried in order by the spelling of the value */
    HAD_TYPE_COUNT
};

struct had_attr;

struct had_type {
    enum had_base base;
    const char *const *words;        /* WORD: NULL-terminated, in the catalog's order; NULL: any word
                                        of `pattern` */
    const char *const *kinds;        /* REF: NULL-terminated kind names; {"*"} any kind. PRINCIPAL:
                                        {"group"} where only groups are admitted, else NULL */
    const struct had_type *element;  /* LIST, SET, MAP */
    const struct had_type *const *alternatives; /* ANY_OF: NULL-terminated */
    const struct had_attr *entries;  /* BODY: ends with an entry without name */
    const char *pattern;             /* PCRE2, anchored by the checker; texts only; never from a spec */
    const char *sentence;            /* what a finding says where range or pattern fails */
    int64_t min, max;                /* INT, DURATION (s), SIZE (bytes), RATE (bit/s), ASN; TEXT and
                                        DOMAIN: length in characters (a DOMAIN with min 1 admits the
                                        root "."); CIDR: prefix length; LIST, SET: number of elements.
                                        max 0: no upper bound */
    uint8_t family;                  /* IP, CIDR: 4 or 6 only; 0 either */
    bool host;                       /* CIDR: one address with the prefix length of its subnet,
                                        169.254.8.1/30: host bits are kept */
};

/* The type of a base and nothing else: what `param x : cidr` says. */
extern const struct had_type had_types[HAD_TYPE_COUNT];

/* "list of cidr", "subnet", "one of [a, b]": as people write it. */
had_str had_type_text(struct had_arena *arena, const struct had_type *type);
const char *had_base_name(enum had_base base); /* "account-id" */
/* The base of a type name of the language ("cidr"), or HAD_TYPE_NONE. */
enum had_base had_base_find(had_str name);

#endif
