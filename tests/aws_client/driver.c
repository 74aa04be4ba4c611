/*
 * Reads one JSON object a line and answers each with one, so that tests in another language can
 * hold the client's parts against other implementations, many thousand cases a run. `do` names the
 * part.
 */
#include "aws/answer.h"
#include "aws/endpoint.h"
#include "aws/sigv4.h"
#include "aws/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct had_arena arena;

static had_str member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value)
               ? (had_str){json_string_value(value), (uint32_t)json_string_length(value)}
               : (had_str){0};
}

static bool flag(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

static json_t *text(had_str s)
{
    json_t *out = json_stringn(s.ptr ? s.ptr : "", s.len);
    return out ? out : json_null();
}

static json_t *bytes(had_str s)
{
    struct had_buffer out = {0};
    had_aws_base64(&out, s.ptr, s.len);
    return text(had_buffer_take(&arena, &out));
}

static had_str from_base64(had_str s)
{
    struct had_buffer out = {0};
    if (!had_aws_base64_decode(&out, s))
        fprintf(stderr, "driver: no base64\n");
    return had_buffer_take(&arena, &out);
}

static struct had_http_header *headers_of(const json_t *list, uint32_t *count)
{
    *count = (uint32_t)json_array_size(list);
    struct had_http_header *out = had_new_n(&arena, struct had_http_header, *count + 1);
    for (uint32_t i = 0; i < *count; i++) {
        const json_t *pair = json_array_get(list, i);
        out[i].name = had_str_c(json_string_value(json_array_get(pair, 0)));
        out[i].value = had_str_c(json_string_value(json_array_get(pair, 1)));
    }
    return out;
}

static json_t *headers_json(const struct had_http_header *headers, uint32_t count)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(out,
                              json_pack("[o,o]", text(headers[i].name), text(headers[i].value)));
    return out;
}

static json_t *failed(had_str why)
{
    return json_pack("{s:o}", "error", text(why));
}

struct target {
    const struct had_aws_service *service;
    const struct had_aws_operation *operation;
};

static bool find(const json_t *in, struct target *out)
{
    out->service = had_aws_service_find(member(in, "service"));
    out->operation =
        out->service ? had_aws_operation_find(out->service, member(in, "operation")) : NULL;
    return out->operation != NULL;
}

static json_t *do_request(const json_t *in)
{
    struct target t;
    struct had_aws_request request;
    had_str error = {0};
    if (!find(in, &t))
        return failed(HAD_STR("no such operation"));
    struct had_aws_input input = {json_object_get(in, "params"), NULL, member(in, "token")};
    if (!had_aws_request_build(&arena, t.service, t.operation, &input, &request, &error))
        return failed(error);
    return json_pack("{s:o,s:o,s:o,s:o,s:o}", "method", text(request.method), "path",
                     text(request.path), "query", text(request.query), "headers",
                     headers_json(request.headers.items, request.headers.count), "body",
                     bytes(request.body));
}

static json_t *do_answer(const json_t *in)
{
    struct target t;
    had_str error = {0};
    if (!find(in, &t))
        return failed(HAD_STR("no such operation"));
    struct had_aws_reply reply = {
        .status = (int)json_integer_value(json_object_get(in, "status")),
        .body = from_base64(member(in, "body")),
    };
    reply.headers = headers_of(json_object_get(in, "headers"), &reply.header_count);
    if (reply.status >= 300) {
        struct had_aws_error problem;
        had_aws_error_read(&arena, &reply, &problem);
        json_t *out = json_pack("{s:o,s:o,s:o,s:O?}", "code", text(problem.code), "message",
                                text(problem.message), "request_id", text(problem.request_id),
                                "detail", problem.detail);
        had_aws_error_free(&problem);
        return out;
    }
    json_t *value = had_aws_answer_read(&arena, t.service, t.operation, &reply, NULL, &error);
    return value ? json_pack("{s:o}", "value", value) : failed(error);
}

static json_t *do_sign(const json_t *in)
{
    struct had_sigv4_stages stages;
    struct had_sigv4 sign = {
        .method = member(in, "method"),
        .path = member(in, "path"),
        .query = member(in, "query"),
        .body = from_base64(member(in, "body")),
        .region = member(in, "region"),
        .service = member(in, "service"),
        .keys = {member(in, "id"), member(in, "secret"), member(in, "token")},
        .time = json_integer_value(json_object_get(in, "time")),
        .raw_path = flag(in, "raw_path"),
        .keep_path = flag(in, "keep_path"),
        .content_header = flag(in, "content_header"),
        .unsigned_payload = flag(in, "unsigned_payload"),
        .token_after = flag(in, "token_after"),
    };
    sign.headers = headers_of(json_object_get(in, "headers"), &sign.header_count);
    json_t *out = json_object();
    if (json_object_get(in, "expires")) {
        had_str query = had_sigv4_presign(
            &arena, &sign, (uint32_t)json_integer_value(json_object_get(in, "expires")), &stages);
        json_object_set_new(out, "query", text(query));
    } else {
        struct had_http_header *added;
        uint32_t count;
        had_sigv4_headers(&arena, &sign, &added, &count, &stages);
        json_object_set_new(out, "headers", headers_json(added, count));
    }
    json_object_set_new(out, "canonical", text(stages.canonical));
    json_object_set_new(out, "to_sign", text(stages.to_sign));
    json_object_set_new(out, "signature", text(stages.signature));
    return out;
}

static json_t *do_endpoint(const json_t *in)
{
    struct had_aws_endpoint endpoint;
    had_str error = {0};
    const struct had_aws_service *service = had_aws_service_find(member(in, "service"));
    struct had_aws_endpoint_options options = {member(in, "region"), flag(in, "fips"),
                                               flag(in, "dual"), member(in, "override")};
    if (!service || !had_aws_endpoint_find(&arena, service, &options, &endpoint, &error))
        return failed(error);
    return json_pack("{s:o,s:o,s:o}", "host", text(endpoint.host), "region", text(endpoint.region),
                     "partition",
                     json_string(had_aws_text(had_aws_partition_of(options.region)->id)));
}

static json_t *do_models(const json_t *in)
{
    (void)in;
    json_t *out = json_object();
    for (uint32_t i = 0; i < had_aws_service_count; i++) {
        const struct had_aws_service *service = &had_aws_services[i];
        json_t *names = json_array();
        for (uint32_t k = 0; k < service->count; k++)
            json_array_append_new(
                names, json_string(had_aws_text(had_aws_operations[service->first + k].name)));
        json_object_set_new(out, had_aws_text(service->name), names);
    }
    return json_pack("{s:s,s:o}", "source", had_aws_models_source, "services", out);
}

static const struct {
    const char *name;
    json_t *(*run)(const json_t *in);
} parts[] = {
    {"request", do_request},   {"answer", do_answer}, {"sign", do_sign},
    {"endpoint", do_endpoint}, {"models", do_models},
};

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    while ((len = getline(&line, &room, stdin)) > 0) {
        json_error_t problem;
        json_t *in = json_loadb(line, (size_t)len, 0, &problem), *out = NULL;
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            if (had_str_is(member(in, "do"), parts[i].name))
                out = parts[i].run(in);
        if (!out)
            out = json_pack("{s:s}", "error", in ? "there is no such part" : problem.text);
        json_dumpf(out, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(in);
        json_decref(out);
        had_arena_free(&arena);
    }
    free(line);
    return fflush(stdout) == 0 ? 0 : 1;
}
