#include "aws/endpoint.h"

#include "base/buffer.h"

#include <string.h>

bool had_aws_region_valid(had_str region)
{
    if (!region.len || region.len > 63 || region.ptr[0] == '-')
        return false;
    for (uint32_t i = 0; i < region.len; i++) {
        char c = region.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '-')
            return false;
    }
    return true;
}

bool had_aws_bucket_is_label(had_str bucket)
{
    if (bucket.len < 3 || bucket.len > 63)
        return false;
    for (uint32_t i = 0; i < bucket.len; i++) {
        char c = bucket.ptr[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!alnum && (c != '-' || i == 0 || i + 1 == bucket.len))
            return false;
    }
    return true;
}

static bool listed(const char *words, had_str word)
{
    for (const char *at = words; *at;) {
        size_t len = strcspn(at, " ");
        if (had_str_eq((had_str){at, (uint32_t)len}, word))
            return true;
        at += len + (at[len] == ' ');
    }
    return false;
}

/* `us-` and one word, a hyphen and digits: the form of the partitions' expressions. */
static bool follows(const char *prefixes, had_str region)
{
    for (const char *at = prefixes; *at;) {
        uint32_t len = (uint32_t)strcspn(at, " ");
        if (region.len > len && memcmp(region.ptr, at, len) == 0) {
            had_str rest = had_str_slice(region, len, region.len);
            int64_t hyphen = had_str_find(rest, '-'), number;
            if (hyphen > 0 &&
                had_str_to_int(had_str_slice(rest, (uint32_t)hyphen + 1, rest.len), &number))
                return true;
        }
        at += len + (at[len] == ' ');
    }
    return false;
}

const struct had_aws_partition *had_aws_partition_of(had_str region)
{
    for (uint32_t i = 0; i < had_aws_partition_count; i++)
        if (listed(had_aws_text(had_aws_partitions[i].regions), region))
            return &had_aws_partitions[i];
    for (uint32_t i = 0; i < had_aws_partition_count; i++)
        if (follows(had_aws_text(had_aws_partitions[i].prefixes), region))
            return &had_aws_partitions[i];
    return &had_aws_partitions[0];
}

static had_str filled(struct had_arena *arena, const char *template, had_str region)
{
    struct had_buffer out = {0};
    for (const char *at = template; *at;) {
        if (strncmp(at, "{region}", 8) == 0) {
            had_buffer_str(&out, region);
            at += 8;
        } else {
            had_buffer_char(&out, *at++);
        }
    }
    had_str text = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return text;
}

/* Scheme, host and path of an override; nothing else may stand in it. */
static bool split(struct had_arena *arena, had_str url, struct had_aws_endpoint *out,
                  had_str *error)
{
    uint32_t start = had_str_starts(url, "https://") ? 8 : had_str_starts(url, "http://") ? 7 : 0;
    had_str rest = had_str_slice(url, start, url.len);
    int64_t slash = had_str_find(rest, '/');
    bool good = start && rest.len && slash != 0;
    for (uint32_t i = 0; i < rest.len; i++)
        good &= rest.ptr[i] > ' ' && rest.ptr[i] < 0x7f && !strchr("?#@\\", rest.ptr[i]);
    if (!good) {
        *error = had_str_printf(
            arena, "the end point `" HAD_FMT "` is no URL such as `https://ec2.example.com`",
            HAD_ARG(url));
        return false;
    }
    out->scheme = had_str_slice(url, 0, start - 3);
    out->host = slash < 0 ? rest : had_str_slice(rest, 0, (uint32_t)slash);
    out->path = slash < 0 ? (had_str){0} : had_str_slice(rest, (uint32_t)slash, rest.len);
    while (out->path.len && out->path.ptr[out->path.len - 1] == '/')
        out->path.len--;
    had_str port = start == 8 ? HAD_STR(":443") : HAD_STR(":80");
    if (had_str_ends(out->host, port.ptr))
        out->host.len -= port.len;
    return true;
}

bool had_aws_endpoint_find(struct had_arena *arena, const struct had_aws_service *service,
                           const struct had_aws_endpoint_options *options,
                           struct had_aws_endpoint *out, had_str *error)
{
    had_str region = options->region;
    *out = (struct had_aws_endpoint){.scheme = HAD_STR("https")};
    if (!had_aws_region_valid(region)) {
        *error = region.len ? had_str_printf(arena, "`" HAD_FMT "` is no Region", HAD_ARG(region))
                            : HAD_STR("no Region is set; say `--region`, or set AWS_REGION");
        return false;
    }
    const struct had_aws_partition *partition = had_aws_partition_of(region);
    uint32_t variant =
        (options->fips ? HAD_AWS_FIPS : 0u) | (options->dual_stack ? HAD_AWS_DUAL_STACK : 0u);
    if (options->override.len)
        variant = 0; /* what is called is given; only the Region to sign for is asked */
    struct had_aws_host host = service->hosts[partition - had_aws_partitions][variant];
    for (uint32_t i = 0; i < service->special_count; i++) {
        const struct had_aws_special *special = &had_aws_specials[service->special + i];
        if (special->variant == variant && had_str_is(region, had_aws_text(special->region)))
            host = special->host;
    }
    const char *template = had_aws_text(host.host), *signing = had_aws_text(host.region);
    out->region = *signing ? filled(arena, signing, region) : region;
    if (options->override.len)
        return split(arena, options->override, out, error);
    if (!*template) {
        *error = had_str_printf(arena, "%s has no%s%s end point in `" HAD_FMT "`",
                                had_aws_text(service->name), options->fips ? " FIPS" : "",
                                options->dual_stack ? " dual-stack" : "", HAD_ARG(region));
        return false;
    }
    out->host = filled(arena, template, region);
    return true;
}
