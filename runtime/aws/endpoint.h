/*
 * Where a service is called and for which Region the call is signed. The table is cut from
 * botocore's endpoint rules; a service that a Region, FIPS or dual stack lacks is refused.
 */
#ifndef HAD_AWS_ENDPOINT_H
#define HAD_AWS_ENDPOINT_H

#include "aws/model.h"

struct had_aws_endpoint_options {
    had_str region;
    bool fips, dual_stack;
    had_str override; /* a URL in place of the service's own; the signature keeps Region and name */
};

struct had_aws_endpoint {
    had_str scheme; /* "https" */
    had_str host;   /* with the port, if it is not the usual one: the Host header */
    had_str path;   /* in front of the request's, without `/` at its end */
    had_str region; /* to sign for */
};

bool had_aws_endpoint_find(struct had_arena *arena, const struct had_aws_service *service,
                           const struct had_aws_endpoint_options *options,
                           struct had_aws_endpoint *out, had_str *error);
/* By list, else by form; Regions of no known form count as of `aws`. */
const struct had_aws_partition *had_aws_partition_of(had_str region);
/* A Region's name can stand in a host name: letters, digits and hyphens. */
bool had_aws_region_valid(had_str region);
/* A bucket that may stand in front of S3's host. */
bool had_aws_bucket_is_label(had_str bucket);

#endif
