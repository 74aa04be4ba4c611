/*
 * Facts of the field, generated from schema/facts/ (tab-separated tables, each row with its source) when
 * the project is built. Rules, types and lowering read them here and never state them in code.
 */
#ifndef HAD_SCHEMA_FACTS_H
#define HAD_SCHEMA_FACTS_H

#include "base/str.h"

struct had_fact_region {
    const char *code, *partition, *name, *country, *opt_in; /* opt_in: "default", "opt-in" or "-" */
    const char *zones;          /* "a,b,c" */
    const char *zone_id_prefix; /* "euw1", or "-" */
    bool directory_service, resolver, identity_center, direct_connect, ram, ssm;
    const char *multi_region;   /* "yes", "no", "unlisted", "unverified" */
};
extern const struct had_fact_region had_fact_regions[];
extern const uint32_t had_fact_region_count;
const struct had_fact_region *had_fact_region_find(had_str code);

struct had_fact_port {
    const char *flow;      /* "member_dc", "dc_dc", "trust", "resolver_outbound", … */
    const char *direction, *protocol, *ports, *purpose, *when, *source, *status;
};
extern const struct had_fact_port had_fact_ports[];
extern const uint32_t had_fact_port_count;

struct had_fact_name {
    const char *object, *min, *max, *pattern, *reserved, *note, *source, *status;
};
extern const struct had_fact_name had_fact_names[];
extern const uint32_t had_fact_name_count;
const struct had_fact_name *had_fact_name_find(const char *object);

struct had_fact_quota { /* directory_quotas.tsv and tgw_resolver_quotas.tsv in one shape */
    const char *resource; /* "directory shares", "resolver rules": words as `quota` takes them */
    const char *edition;  /* "standard", …; "" if none */
    const char *scope;
    int64_t value;
    bool adjustable;
    const char *source;
};
/* The words stand in facts/quota_names.tsv beside the row of the table that each names. */
extern const struct had_fact_quota had_fact_quotas[];
extern const uint32_t had_fact_quota_count;
/* The value for a resource and edition (NULL: any), or -1. */
int64_t had_fact_quota_value(const char *resource, const char *edition);
const struct had_fact_quota *had_fact_quota_find(had_str resource, const char *edition);

/* Numbers of the field that are no quotas of a resource. */
struct had_fact_limit {
    const char *name, *source;
    int64_t value;
};
extern const struct had_fact_limit had_fact_limits[];
extern const uint32_t had_fact_limit_count;
/* The number with this name, which must be in the table: a test sees to it. */
int64_t had_fact_limit(const char *name);
/* The most characters that a name of name_rules.tsv has; -1 if it has no bound. */
int64_t had_fact_name_max(const char *object);

/* Words of the field that belong together: ranges of addresses, actions, groups, suffixes. */
struct had_fact_item {
    const char *list, *word, *source;
};
extern const struct had_fact_item had_fact_items[];
extern const uint32_t had_fact_item_count;
/* Goes over the words of a list, from *at = 0 on; NULL at its end. */
const char *had_fact_word(const char *list, uint32_t *at);

struct had_fact_service { /* service_trust.tsv */
    const char *word; /* of `type` of an ad-service; "-" if it is none */
    const char *service, *directory_kinds, *one_way_ok, *two_way_needed, *end_of_life, *notes, *source,
        *status;
};
extern const struct had_fact_service had_fact_services[];
extern const uint32_t had_fact_service_count;

/*
 * Words of the type `service`: one row per protocol and ports, or a flow of had_fact_ports with the
 * values of `when` that count. What does not apply is empty.
 */
struct had_fact_service_word {
    const char *word; /* "https", "ad-member" */
    const char *protocol, *ports, *purpose;
    const char *flow;
    const char *when; /* "always|ldaps" */
    const char *source;
};
extern const struct had_fact_service_word had_fact_service_words[];
extern const uint32_t had_fact_service_word_count;

/* Words of the type `image`. */
struct had_fact_image {
    const char *word; /* "windows-2022" */
    const char *os;   /* "windows", "linux" */
    bool ended;       /* out of support: refused with a sentence of its own */
    const char *source;
};
extern const struct had_fact_image had_fact_images[];
extern const uint32_t had_fact_image_count;

/* The catalog of rules, as it was researched; what a rule does is in check/. */
struct had_fact_rule {
    const char *id, *group, *severity, *status, *statement, *decide, *source;
};
extern const struct had_fact_rule had_fact_rules[];
extern const uint32_t had_fact_rule_count;
const struct had_fact_rule *had_fact_rule_find(had_str id);

#endif
