/*
 * Any bytes as the body of an error, and as the answer of an operation that speaks JSON, which the
 * first two bytes choose; a first line `!HEADER` is the error type's header.
 */
#include "aws/answer.h"
#include "aws/retry.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "failed: %s\n", what);
        abort();
    }
}

static bool speaks_json(const struct had_aws_service *service)
{
    return service->protocol == HAD_AWS_JSON || service->protocol == HAD_AWS_REST_JSON;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 1 << 20)
        return 0;
    struct had_arena arena = {0};
    const struct had_aws_service *service = &had_aws_services[data[0] % had_aws_service_count];
    while (!speaks_json(service))
        service = service + 1 == had_aws_services + had_aws_service_count ? had_aws_services
                                                                          : service + 1;
    const struct had_aws_operation *operation =
        &had_aws_operations[service->first + data[1] % service->count];
    had_str body = {(const char *)data + 2, (uint32_t)(size - 2)};
    struct had_http_header header = {HAD_STR("x-amzn-errortype"), {0}};
    int64_t end = had_str_find(body, '\n');
    if (had_str_starts(body, "!") && end > 0) {
        header.value = had_str_slice(body, 1, (uint32_t)end);
        body = had_str_slice(body, (uint32_t)end + 1, body.len);
    }
    struct had_aws_reply reply = {400, &header, header.value.len ? 1 : 0, body};
    struct had_aws_error problem;
    had_aws_error_read(&arena, &reply, &problem);
    require(problem.code.len && problem.code.len <= HAD_AWS_CODE_MAX, "a code");
    require(problem.message.len <= HAD_AWS_MESSAGE_MAX, "a bounded message");
    for (uint32_t i = 0; i < problem.code.len; i++)
        require((unsigned char)problem.code.ptr[i] >= 0x20, "no control character");
    for (uint32_t i = 0; i < problem.message.len; i++)
        require((unsigned char)problem.message.ptr[i] >= 0x20, "no control character");
    had_aws_fault_of(service, &problem);
    had_aws_error_free(&problem);
    reply.status = 200;
    had_str error = {0};
    json_t *value = had_aws_answer_read(&arena, service, operation, &reply, NULL, &error);
    require((value != NULL) != (error.len != 0), "a value or an error");
    if (value) {
        /* What was read as an answer is checked as parameters too: both walks end. */
        struct had_aws_input input = {.value = value};
        struct had_aws_request request;
        had_aws_request_build(&arena, service, operation, &input, &request, &error);
        json_decref(had_aws_redact(operation->output, value));
        json_decref(value);
    }
    had_arena_free(&arena);
    return 0;
}
