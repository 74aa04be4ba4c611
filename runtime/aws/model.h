/*
 * The operations of AWS that had can call, as tables made from the JSON files of models/ when the
 * project is built. Texts are offsets into one pool (had_aws_text), so that the tables need no
 * relocation; a shape is an index into had_aws_shapes, a reference names a shape in its place: a
 * member, an element, a key.
 *
 *     const struct had_aws_service *ec2 = had_aws_service_find(HAD_STR("ec2"));
 *     const struct had_aws_operation *op = had_aws_operation_find(ec2, HAD_STR("CreateVpc"));
 */
#ifndef HAD_AWS_MODEL_H
#define HAD_AWS_MODEL_H

#include "base/str.h"

enum had_aws_protocol {
    HAD_AWS_EC2,
    HAD_AWS_QUERY,
    HAD_AWS_JSON,
    HAD_AWS_REST_JSON,
    HAD_AWS_REST_XML,
};

enum had_aws_type {
    HAD_AWS_STRUCTURE,
    HAD_AWS_LIST,
    HAD_AWS_MAP,
    HAD_AWS_STRING,
    HAD_AWS_INTEGER,
    HAD_AWS_LONG,
    HAD_AWS_FLOAT,
    HAD_AWS_DOUBLE,
    HAD_AWS_BOOLEAN,
    HAD_AWS_TIMESTAMP,
    HAD_AWS_BLOB,
    HAD_AWS_DOCUMENT,
};

enum had_aws_location {
    HAD_AWS_BODY,
    HAD_AWS_HEADER,
    HAD_AWS_HEADERS, /* a map: the wire name is the prefix of the headers' names */
    HAD_AWS_URI,
    HAD_AWS_QUERYSTRING,
    HAD_AWS_STATUS,
};

enum had_aws_time {
    HAD_AWS_TIME_DEFAULT,
    HAD_AWS_TIME_ISO,
    HAD_AWS_TIME_UNIX,
    HAD_AWS_TIME_RFC822
};

enum { /* flags of a reference */
       HAD_AWS_REQUIRED = 1,
       HAD_AWS_TOKEN = 2,
       HAD_AWS_SENSITIVE = 4,
       HAD_AWS_FLAT = 8,
       HAD_AWS_PAYLOAD = 16,
};

struct had_aws_ref {
    uint32_t name;    /* the key in a JSON value */
    uint32_t in, out; /* on the wire of a request, of an answer */
    uint16_t shape;   /* of structures, lists and maps */
    uint8_t type, location, time, flags;
    uint16_t ns; /* index + 1 into had_aws_namespaces */
};

struct had_aws_shape {
    uint32_t name;
    uint32_t first; /* into had_aws_refs */
    uint16_t count; /* members; 1 element of a list; 2, key and value, of a map */
    uint8_t type;
    uint8_t is_union;
};

struct had_aws_namespace {
    uint32_t prefix, uri;
};

/* How often a call may be sent when nobody knows whether it arrived. */
enum had_aws_repeat { HAD_AWS_READS, HAD_AWS_REPEATABLE, HAD_AWS_ONCE };

enum { HAD_AWS_NONE = 0xffff };

enum { /* flags of an operation */
       HAD_AWS_UNSIGNED = 1,
       HAD_AWS_CHECKSUM = 2, /* S3 wants a digest of the body */
};

struct had_aws_operation {
    uint32_t name, method, uri;
    uint32_t wrapper;       /* of the query protocol's answer */
    uint32_t root;          /* element of a rest-xml body without payload member */
    uint32_t token;         /* member that makes a repeat harmless; empty if none */
    uint32_t errors;        /* into had_aws_errors */
    uint16_t input, output; /* shapes, or HAD_AWS_NONE */
    uint16_t ns;
    uint16_t page; /* into had_aws_pages, or HAD_AWS_NONE */
    uint16_t error_count;
    uint8_t repeat, flags;
};

/* Names in lists are separated by spaces. */
struct had_aws_page {
    uint32_t in, out, result, more, limit;
};

struct had_aws_acceptor {
    uint32_t state, matcher, argument, expected;
};

struct had_aws_waiter {
    uint32_t name;
    uint16_t operation; /* index within the service */
    uint16_t first, count;
    uint16_t delay, max;
};

enum { HAD_AWS_FIPS = 1, HAD_AWS_DUAL_STACK = 2 }; /* a variant is a sum of these */

struct had_aws_host {
    uint32_t host, region; /* `{region}` stands for the caller's; empty host: there is none */
};

struct had_aws_special {
    uint32_t region;
    uint32_t variant;
    struct had_aws_host host;
};

struct had_aws_partition {
    uint32_t id, suffix, dual, implicit; /* implicit: the Region of global services */
    uint32_t prefixes, regions;          /* separated by spaces */
};

enum { HAD_AWS_PARTITIONS_MAX = 12 };

struct had_aws_service {
    uint32_t name, id, version, target, json, signing;
    uint16_t first, count;           /* operations */
    uint16_t waiter, waiter_count;   /* waiters */
    uint16_t special, special_count; /* Regions whose host does not follow their partition's form */
    uint8_t protocol;
    struct had_aws_host hosts[HAD_AWS_PARTITIONS_MAX][4];
};

extern const struct had_aws_service had_aws_services[];
extern const uint32_t had_aws_service_count;
extern const struct had_aws_operation had_aws_operations[];
extern const struct had_aws_shape had_aws_shapes[];
extern const uint32_t had_aws_shape_count;
extern const struct had_aws_ref had_aws_refs[];
extern const struct had_aws_page had_aws_pages[];
extern const struct had_aws_waiter had_aws_waiters[];
extern const struct had_aws_acceptor had_aws_acceptors[];
extern const struct had_aws_special had_aws_specials[];
extern const struct had_aws_partition had_aws_partitions[];
extern const uint32_t had_aws_partition_count;
extern const struct had_aws_namespace had_aws_namespaces[];
extern const uint32_t had_aws_errors[];
extern const char had_aws_pool[];
extern const char had_aws_models_source[]; /* "botocore 1.2.3" */

static inline const char *had_aws_text(uint32_t offset)
{
    return had_aws_pool + offset;
}

const struct had_aws_service *had_aws_service_find(had_str name);
const struct had_aws_operation *had_aws_operation_find(const struct had_aws_service *service,
                                                       had_str name);
const struct had_aws_waiter *had_aws_waiter_find(const struct had_aws_service *service,
                                                 had_str name);
/* The nearest name, for messages; empty if none is near. */
had_str had_aws_service_nearest(had_str name);
had_str had_aws_operation_nearest(const struct had_aws_service *service, had_str name);

static inline const struct had_aws_ref *had_aws_shape_ref(const struct had_aws_shape *shape,
                                                          uint32_t i)
{
    return &had_aws_refs[shape->first + i];
}
/* The member of a structure called so, or NULL. */
const struct had_aws_ref *had_aws_member(const struct had_aws_shape *shape, had_str name);

#endif
