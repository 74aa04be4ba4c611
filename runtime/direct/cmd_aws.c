#include "direct/direct.h"

#include "base/buffer.h"
#include "diag/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMS_MAX = 4 * 1024 * 1024 };

static int list_services(void)
{
    for (uint32_t i = 0; i < had_aws_service_count; i++)
        printf("%s\n", had_aws_text(had_aws_services[i].name));
    return HAD_EXIT_DONE;
}

static int list_operations(const struct had_aws_service *service)
{
    for (uint32_t i = 0; i < service->count; i++)
        printf("%s\n", had_aws_text(had_aws_operations[service->first + i].name));
    return HAD_EXIT_DONE;
}

static int unknown_name(const char *kind, const char *name, had_str near, const char *hint)
{
    fprintf(stderr, "had aws: there is no %s `%s`", kind, name);
    if (near.len)
        fprintf(stderr, "; did you mean `" HAD_FMT "`?", HAD_ARG(near));
    fprintf(stderr, "\nhad: `had aws%s%s` lists what there is\n", *hint ? " " : "", hint);
    return HAD_EXIT_USAGE;
}

static json_t *read_params(const char *text)
{
    json_error_t error;
    json_t *params = NULL;
    if (strcmp(text, "-") == 0) {
        params = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error);
    } else if (*text == '@') {
        params = json_load_file(text + 1, JSON_REJECT_DUPLICATES, &error);
    } else if (strlen(text) < PARAMS_MAX) {
        params = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    } else {
        fprintf(stderr, "had aws: --params is too long\n");
        return NULL;
    }
    if (!params)
        fprintf(stderr, "had aws: --params is no JSON: line %d, column %d: %s\n", error.line,
                error.column, error.text);
    else if (!json_is_object(params)) {
        fprintf(stderr, "had aws: --params is no JSON object\n");
        json_decref(params);
        params = NULL;
    }
    return params;
}

struct outcome {
    const struct had_aws_call *call;
    int status;
};

static void print_json(json_t *value)
{
    struct had_buffer text = {0};
    had_json_write(&text, json_incref(value));
    had_cli_print(had_buffer_view(&text));
    had_buffer_free(&text);
}

/* What a service says may hold what would drive a terminal. */
static void print_safe(had_str text)
{
    struct had_buffer safe = {0};
    had_buffer_safe(&safe, text);
    fprintf(stderr, HAD_FMT, HAD_ARG(had_buffer_view(&safe)));
    had_buffer_free(&safe);
}

static void done(void *context, const struct had_aws_result *result)
{
    struct outcome *outcome = context;
    const struct had_aws_error *error = &result->error;
    if (result->outcome == HAD_AWS_DONE) {
        print_json(result->value);
        outcome->status = HAD_EXIT_DONE;
        return;
    }
    fprintf(stderr, "had aws: %s %s ", had_aws_text(outcome->call->service->name),
            had_aws_text(outcome->call->operation->name));
    fprintf(stderr, result->outcome == HAD_AWS_UNKNOWN ? "may or may not have had its effect: "
                                                       : "failed: ");
    if (!had_str_starts(error->code, "had.")) {
        print_safe(error->code);
        fprintf(stderr, ": ");
    }
    print_safe(error->message);
    if (error->status) {
        fprintf(stderr, " (HTTP %d%s", error->status, error->request_id.len ? ", request " : "");
        print_safe(error->request_id);
        fprintf(stderr, ")");
    }
    fprintf(stderr, "\n");
    if (result->outcome == HAD_AWS_UNKNOWN)
        fprintf(stderr, "had: look what there is before you call it again\n");
    outcome->status =
        had_str_is(error->code, HAD_AWS_PARAMETERS) ? HAD_EXIT_USAGE : HAD_EXIT_FINDINGS;
}

static int preview(struct had_cli *cli, struct had_aws *aws, const struct had_aws_call *call)
{
    struct had_aws_preview shown;
    had_str error = {0};
    if (!had_aws_preview(aws, call, &cli->arena, &shown, &error)) {
        fprintf(stderr, "had aws: " HAD_FMT "\n", HAD_ARG(error));
        return HAD_EXIT_USAGE;
    }
    printf(HAD_FMT " " HAD_FMT "\n", HAD_ARG(shown.method), HAD_ARG(shown.url));
    for (uint32_t i = 0; i < shown.header_count; i++)
        printf(HAD_FMT ": " HAD_FMT "\n", HAD_ARG(shown.headers[i].name),
               HAD_ARG(shown.headers[i].value));
    printf("\n" HAD_FMT "%s", HAD_ARG(shown.body), shown.body.len ? "\n" : "");
    return HAD_EXIT_DONE;
}

static int run(struct had_cli *cli, struct had_aws_call *call)
{
    struct had_http *http = NULL;
    had_str error = {0};
    had_str agent = had_str_printf(&cli->arena, "had/%s", had_version());
    struct had_aws_options options = {.profile = had_str_c(cli->profile),
                                      .region = had_str_c(cli->region),
                                      .ask_mfa = had_direct_ask_mfa,
                                      .ask_context = cli};
    struct had_http_options http_options = {.user_agent = had_str_cstr(&cli->arena, agent)};
    struct had_aws *aws = had_aws_open(&options, &http_options, &http, &cli->arena, &error);
    if (!aws) {
        fprintf(stderr, "had aws: " HAD_FMT "\n", HAD_ARG(error));
        return HAD_EXIT_USAGE;
    }
    struct outcome outcome = {call, HAD_EXIT_USAGE};
    if (cli->dry_run) {
        outcome.status = preview(cli, aws, call);
    } else {
        call->done = done;
        call->context = &outcome;
        had_aws_submit(aws, call);
        while (had_aws_turn(aws, 1000))
            ;
    }
    had_aws_free(aws);
    had_http_free(http);
    return outcome.status;
}

int had_cmd_aws(struct had_cli *cli)
{
    if (cli->operands.count > 2) {
        fprintf(stderr, "had aws: say one service and one operation\n");
        return HAD_EXIT_USAGE;
    }
    if (!cli->operands.count)
        return list_services();
    const char *service_name = cli->operands.items[0];
    const struct had_aws_service *service = had_aws_service_find(had_str_c(service_name));
    if (!service)
        return unknown_name("service", service_name,
                            had_aws_service_nearest(had_str_c(service_name)), "");
    if (cli->operands.count == 1)
        return list_operations(service);
    const char *name = cli->operands.items[1];
    const struct had_aws_operation *operation = had_aws_operation_find(service, had_str_c(name));
    if (!operation)
        return unknown_name("operation", name, had_aws_operation_nearest(service, had_str_c(name)),
                            service_name);
    json_t *params = cli->params ? read_params(cli->params) : json_object();
    if (!params)
        return HAD_EXIT_USAGE;
    struct had_aws_role role = {.arn = had_str_c(cli->role)};
    struct had_aws_call call = {
        .service = service,
        .operation = operation,
        .params = params,
        .role = cli->role ? &role : NULL,
        .pages = !cli->no_paginate && operation->page != HAD_AWS_NONE,
    };
    int status = run(cli, &call);
    json_decref(params);
    return status;
}
