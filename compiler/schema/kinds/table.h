/*
 * The words in which the tables of kinds are written. Only files of this folder include it: every
 * macro makes a constant with static storage, so it stands at file scope alone.
 */
#ifndef HAD_SCHEMA_KINDS_TABLE_H
#define HAD_SCHEMA_KINDS_TABLE_H

#include "schema/kind.h"

/* "a", "b" → a NULL-terminated array. */
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TYPE(...) (&(const struct had_type){__VA_ARGS__})

#define PLAIN(BASE) (&had_types[HAD_TYPE_##BASE])
#define ONE_OF(...) TYPE(.base = HAD_TYPE_WORD, .words = WORDS(__VA_ARGS__))
/* Any word or text of a pattern: codes of rules, names of AWS services. */
#define WORD_LIKE(regex, why) TYPE(.base = HAD_TYPE_WORD, .pattern = (regex), .sentence = (why))
#define REF(...) TYPE(.base = HAD_TYPE_REF, .kinds = WORDS(__VA_ARGS__))
#define ANY_KIND REF("*")
#define ANY_OF(...)                                                                                \
    TYPE(.base = HAD_TYPE_ANY_OF,                                                                  \
         .alternatives = (const struct had_type *const[]){__VA_ARGS__, NULL})
#define LIST_OF(T) TYPE(.base = HAD_TYPE_LIST, .element = (T))
#define SET_OF(T) TYPE(.base = HAD_TYPE_SET, .element = (T))
#define LIST_BETWEEN(T, low, high, why)                                                            \
    TYPE(.base = HAD_TYPE_LIST, .element = (T), .min = (low), .max = (high), .sentence = (why))
#define SET_BETWEEN(T, low, high, why)                                                             \
    TYPE(.base = HAD_TYPE_SET, .element = (T), .min = (low), .max = (high), .sentence = (why))
#define MAP_OF(T) TYPE(.base = HAD_TYPE_MAP, .element = (T))
#define BODY_OF(table) TYPE(.base = HAD_TYPE_BODY, .entries = (table))
#define INT(low, high, why)                                                                        \
    TYPE(.base = HAD_TYPE_INT, .min = (low), .max = (high), .sentence = (why))
#define TEXT(low, high, regex, why)                                                                \
    TYPE(.base = HAD_TYPE_TEXT, .min = (low), .max = (high), .pattern = (regex), .sentence = (why))
#define SECONDS(low, high, why)                                                                    \
    TYPE(.base = HAD_TYPE_DURATION, .min = (low), .max = (high), .sentence = (why))
#define CIDR_BETWEEN(fam, low, high, why)                                                          \
    TYPE(.base = HAD_TYPE_CIDR, .family = (fam), .min = (low), .max = (high), .sentence = (why))
#define ONLY_GROUPS TYPE(.base = HAD_TYPE_PRINCIPAL, .kinds = WORDS("group"))
/* A domain name of Active Directory (64 characters: name_rules, ad_domain_fqdn). */
#define AD_DOMAIN                                                                                  \
    TYPE(.base = HAD_TYPE_DOMAIN, .max = 64,                                                       \
         .sentence = "the name of an Active Directory domain has at most 64 characters")

/* BGP number of Amazon's side: EC2 and Direct Connect, AmazonSideAsn. */
#define AMAZON_ASN                                                                                 \
    TYPE(.base = HAD_TYPE_ASN,                                                                     \
         .pattern = "6451[2-9]|645[2-9][0-9]|64[6-9][0-9]{2}|65[0-4][0-9]{2}|655[0-2][0-9]"        \
                    "|6553[0-4]|42[0-9]{8}",                                                       \
         .sentence = "the ASN of Amazon's side is 64512 to 65534 or 4200000000 to 4294967294")

/* An id that AWS gave: a prefix and digits or letters behind it. */
#define AWS_ID(regex, why) TYPE(.base = HAD_TYPE_TEXT, .pattern = (regex), .sentence = (why))

#define NO_CLAUSES ((const struct had_clause_spec[]){{.slot = NULL}})
#define NO_ATTRS ((const struct had_attr[]){{.name = NULL}})
#define NONE ((const char *const[]){NULL})
#define END_CLAUSES                                                                                \
    {                                                                                              \
        .slot = NULL                                                                               \
    }
#define END_ATTRS                                                                                  \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* Of an existing object: `id`, the last of the own attributes. */
#define ID_ATTR(T, means)                                                                          \
    {                                                                                              \
        .name = "id", .type = (T), .required = HAD_MAY_EXISTING, .doc = (means)                    \
    }

/* `description` of a kind whose service takes less than others; facts: name_rules. */
#define DESCRIPTION(low, high, regex, why)                                                         \
    (&(const struct had_attr){.name = "description",                                               \
                              .type = TEXT(low, high, regex, why),                                 \
                              .derived = "the `##` comment above the declaration",                 \
                              .doc = "Text that AWS shows with the object.",                       \
                              .lowers_to = "Description"})

/* Who may use it, by AWS Resource Access Manager. */
#define SHARE_WITH REF("organization", "ou", "account")

#endif
