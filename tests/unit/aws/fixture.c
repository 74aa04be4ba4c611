#define _XOPEN_SOURCE 700 /* nftw */
#include "fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *get(void *context, const char *name)
{
    struct fixture *f = context;
    for (unsigned i = f->count; i-- > 0;)
        if (strcmp(f->variables[i].name, name) == 0)
            return f->variables[i].value;
    return NULL;
}

void fixture_start(struct fixture *f)
{
    *f = (struct fixture){.home = "/tmp/had-test-aws-XXXXXX"};
    if (!mkdtemp(f->home)) {
        perror("mkdtemp");
        exit(1);
    }
    static const char *const folders[] = {".aws", ".aws/sso", ".aws/sso/cache"};
    for (int i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", f->home, folders[i]);
        mkdir(path, 0700);
    }
    f->environment = (struct had_aws_environment){f, get};
    fixture_set(f, "HOME", f->home);
}

static int drop(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

void fixture_stop(struct fixture *f)
{
    nftw(f->home, drop, 8, FTW_DEPTH | FTW_PHYS);
    had_arena_free(&f->arena);
}

void fixture_set(struct fixture *f, const char *name, const char *value)
{
    f->variables[f->count].name = name;
    snprintf(f->variables[f->count++].value, sizeof f->variables[0].value, "%s", value);
}

const char *fixture_file(struct fixture *f, const char *name, const char *text)
{
    had_str path = had_str_printf(&f->arena, "%s/%s", f->home, name);
    const char *c = had_str_cstr(&f->arena, path);
    FILE *out = fopen(c, "w");
    if (!out || fputs(text, out) < 0 || fclose(out) != 0) {
        perror(c);
        exit(1);
    }
    return c;
}

void note(void *context, const struct had_aws_result *result)
{
    struct noted *n = context;
    n->calls++;
    n->outcome = result->outcome;
    n->status = result->error.status;
    n->attempts = result->attempts;
    snprintf(n->code, sizeof n->code, HAD_FMT, HAD_ARG(result->error.code));
    snprintf(n->message, sizeof n->message, HAD_FMT, HAD_ARG(result->error.message));
    n->value = json_incref(result->value);
}

struct had_aws_call fixture_call(const char *service, const char *operation)
{
    struct had_aws_call call = {.service = had_aws_service_find(had_str_c(service)), .done = note};
    if (call.service)
        call.operation = had_aws_operation_find(call.service, had_str_c(operation));
    if (!call.operation) {
        fprintf(stderr, "there is no %s %s\n", service, operation);
        exit(1);
    }
    return call;
}
