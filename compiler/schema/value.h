/*
 * Values of the typed spec: what an attribute, clause, param or variable holds after evaluation.
 * A value knows its type, where it was said (or what it was derived from) and, if it is of a literal
 * type, its canonical text.
 */
#ifndef HAD_SCHEMA_VALUE_H
#define HAD_SCHEMA_VALUE_H

#include "base/net.h"
#include "base/str.h"
#include "schema/type.h"
#include "source/span.h"

struct had_object;

enum had_value_tag {
    HAD_VALUE_ABSENT,    /* not stated, no default */
    HAD_VALUE_ERROR,     /* a finding was reported: stay silent about it */
    HAD_VALUE_BOOL,      /* .boolean */
    HAD_VALUE_INT,       /* .number: int, asn, duration (s), rate (bit/s), size (bytes), date (days since
                            1970-01-01, UTC) */
    HAD_VALUE_TEXT,      /* .text alone: text, word, arn, domain, netbios, email, dn, account-id, zone,
                            image, path, mfa, site-name, policy (the document's text) */
    HAD_VALUE_IP,        /* .ip */
    HAD_VALUE_IP_PORT,   /* .ip, .port */
    HAD_VALUE_CIDR,      /* .cidr */
    HAD_VALUE_PORTS,     /* .ports */
    HAD_VALUE_SERVICE,   /* .service */
    HAD_VALUE_SECRET,    /* .secret */
    HAD_VALUE_PRINCIPAL, /* .principal */
    HAD_VALUE_REF,       /* .object */
    HAD_VALUE_LIST,      /* .list: lists and sets, in their order */
    HAD_VALUE_MAP,       /* .map: bodies, rows of csv, yaml and json maps, in written order */
    HAD_VALUE_COMPUTED,  /* known only after creation: .computed says of what */
};

struct had_ports {
    uint16_t first, last;
};

/* A service is a list of protocol and ports: `dns` is 53/tcp and 53/udp. */
enum had_protocol { HAD_PROTOCOL_ALL, HAD_PROTOCOL_TCP, HAD_PROTOCOL_UDP, HAD_PROTOCOL_ICMP };
struct had_flow {
    enum had_protocol protocol;
    struct had_ports ports; /* of tcp and udp */
    had_str purpose;        /* "Kerberos"; may be empty */
};
struct had_service {
    const struct had_flow *flows;
    uint32_t count;
};

struct had_secret {
    had_str name;                     /* path or whole ARN */
    const struct had_object *account; /* stated account, or NULL */
};

struct had_principal {
    bool is_user;
    had_str netbios;                 /* upper case; empty: Identity Center's own store */
    had_str name;                    /* without the NetBIOS part */
    const struct had_object *domain; /* forest, domain or directory with that NetBIOS name, or NULL */
    const struct had_object *object; /* declared group or user, or NULL */
};

/* How a value came to be. */
enum had_provenance {
    HAD_STATED,
    HAD_DEFAULT, /* a literal of the catalog */
    HAD_DERIVED, /* computed from the spec; .reason says how */
};

struct had_value_list {
    struct had_value *items;
    uint32_t count;
};
struct had_value_entry {
    had_str key;
    struct had_span key_span;
    struct had_value *value;
};
struct had_value_map {
    struct had_value_entry *entries;
    uint32_t count;
};

struct had_value { /* there are some for each object: what is rare stands behind a pointer */
    enum had_value_tag tag : 8;
    enum had_base type : 8; /* of a literal: HAD_TYPE_CIDR, HAD_TYPE_DURATION, …; HAD_TYPE_WORD for words */
    enum had_provenance provenance : 8;
    struct had_span span; /* the stating expression, or what it was derived from */
    struct had_span origin; /* where a variable, `let` or param behind `span` got it; unknown if `span` says it */
    had_str text;         /* canonical text of a literal; of TEXT its content */
    had_str reason;       /* of a derived value: "ranges of the spokes in eu-west-1" */
    union {
        bool boolean;
        int64_t number;
        struct {
            struct had_ip ip;
            uint16_t port; /* 0: none stated */
        };
        struct had_cidr cidr;
        struct had_ports ports;
        struct had_service service;
        struct had_secret secret;
        const struct had_principal *principal;
        const struct had_object *object;
        struct had_value_list list;
        struct had_value_map map;
        struct {
            const struct had_object *of; /* `computed`: attribute .text of this object */
        } computed;
    };
};

#endif
