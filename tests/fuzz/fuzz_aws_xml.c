/*
 * Any bytes as the answer of an operation that speaks XML; the first two bytes choose it. Reading
 * ends, what is read can be written as JSON, and an error has a code and a message that a terminal
 * can show.
 */
#include "aws/answer.h"
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

static bool speaks_xml(const struct had_aws_service *service)
{
    return service->protocol == HAD_AWS_EC2 || service->protocol == HAD_AWS_QUERY ||
           service->protocol == HAD_AWS_REST_XML;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 1 << 20)
        return 0;
    struct had_arena arena = {0};
    const struct had_aws_service *service = &had_aws_services[data[0] % had_aws_service_count];
    while (!speaks_xml(service))
        service = service + 1 == had_aws_services + had_aws_service_count ? had_aws_services
                                                                          : service + 1;
    const struct had_aws_operation *operation =
        &had_aws_operations[service->first + data[1] % service->count];
    struct had_http_header header = {HAD_STR("x-amz-meta-a"), HAD_STR("b")};
    struct had_aws_reply reply = {200, &header, 1, {(const char *)data + 2, (uint32_t)(size - 2)}};
    had_str error = {0};
    json_t *value = had_aws_answer_read(&arena, service, operation, &reply, NULL, &error);
    require((value != NULL) != (error.len != 0), "a value or an error");
    if (value) {
        char *text = json_dumps(value, 0);
        require(text != NULL, "a value that can be written");
        free(text);
        json_decref(value);
    }
    reply.status = 400;
    struct had_aws_error problem;
    had_aws_error_read(&arena, &reply, &problem);
    require(problem.code.len && problem.code.len <= HAD_AWS_CODE_MAX, "a code");
    require(problem.message.len <= HAD_AWS_MESSAGE_MAX, "a bounded message");
    for (uint32_t i = 0; i < problem.message.len; i++)
        require((unsigned char)problem.message.ptr[i] >= 0x20, "no control character");
    had_aws_error_free(&problem);
    had_arena_free(&arena);
    return 0;
}
