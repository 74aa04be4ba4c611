/*
 * Calls on the model of AWS as lines of JSON. In: {"service", "operation", "account", "region",
 * "params"} is a call, {"advance": seconds} lets time pass, {"put": type, "account", "region",
 * "object"} sets something there, {"objects": true} asks for all, {"reset": seed} begins anew. Out,
 * for each: one line.
 */
#include "aws/model.h"
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 1 << 20 };

static const char *text(const json_t *line, const char *member)
{
    const char *found = json_string_value(json_object_get(line, member));
    return found ? found : "";
}

static void on_done(void *context, const struct had_aws_result *result)
{
    json_t **out = context;
    if (result->outcome == HAD_AWS_DONE)
        *out = json_pack("{s:s, s:O}", "outcome", "done", "value", result->value);
    else
        *out = json_pack("{s:s, s:s%, s:s%}", "outcome", "failed", "code", result->error.code.ptr,
                         (size_t)result->error.code.len, "message", result->error.message.ptr,
                         (size_t)result->error.message.len);
}

static json_t *call(struct had_cloud *cloud, const json_t *line)
{
    const struct had_aws_service *service = had_aws_service_find(had_str_c(text(line, "service")));
    const struct had_aws_operation *operation =
        service ? had_aws_operation_find(service, had_str_c(text(line, "operation"))) : NULL;
    if (!operation)
        return json_pack("{s:s}", "error", "there is no such operation");
    char arn[64];
    int len = snprintf(arn, sizeof arn, "arn:aws:iam::%.12s:role/play", text(line, "account"));
    struct had_aws_role role = {.arn = {arn, (uint32_t)len}};
    const json_t *params = json_object_get(line, "params");
    const char *token = text(params, "ClientToken");
    json_t *answer = NULL;
    struct had_aws_call made = {.service = service,
                                .operation = operation,
                                .params = params,
                                .region = had_str_c(text(line, "region")),
                                .role = &role,
                                .token = had_str_c(*token ? token : text(params, "clientToken")),
                                .done = on_done,
                                .context = &answer};
    cloud->submit(cloud->context, &made);
    while (cloud->turn(cloud->context, 1000))
        continue;
    return answer;
}

static struct had_sim *begin(uint64_t seed)
{
    struct had_sim_options options = {.seed = seed};
    return had_sim_new(&options);
}

int main(void)
{
    struct had_sim *sim = begin(1);
    char *line = malloc(MAX_LINE);
    while (line && fgets(line, MAX_LINE, stdin)) {
        json_t *given = json_loads(line, 0, NULL), *answer = NULL;
        struct had_cloud cloud = had_sim_cloud(sim);
        if (json_object_get(given, "operation")) {
            answer = call(&cloud, given);
        } else if (json_object_get(given, "advance")) {
            json_int_t seconds = json_integer_value(json_object_get(given, "advance"));
            for (; seconds > 0; seconds -= 1000000)
                cloud.turn(cloud.context, (uint32_t)(seconds > 1000000 ? 1000000 : seconds) * 1000);
        } else if (json_object_get(given, "put")) {
            json_t *object = json_object_get(given, "object");
            had_str id = had_sim_put(sim, text(given, "put"), text(given, "account"),
                                     text(given, "region"), json_incref(object));
            answer = json_pack("{s:s%}", "id", id.ptr, (size_t)id.len);
        } else if (json_object_get(given, "objects")) {
            answer = had_sim_objects(sim);
        } else if (json_object_get(given, "reset")) {
            had_sim_free(sim);
            sim = begin((uint64_t)json_integer_value(json_object_get(given, "reset")));
        } else {
            answer = json_pack("{s:s}", "error", "not understood");
        }
        char *out = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
        puts(out ? out : "{}");
        fflush(stdout);
        free(out);
        json_decref(answer);
        json_decref(given);
    }
    free(line);
    had_sim_free(sim);
    return 0;
}
