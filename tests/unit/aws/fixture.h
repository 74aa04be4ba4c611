/* An environment of a test's own: variables, a home folder with files, and calls that run to their
 * end. */
#ifndef HAD_TEST_AWS_FIXTURE_H
#define HAD_TEST_AWS_FIXTURE_H

#include "aws/aws.h"

enum { FIXTURE_VARIABLES = 32 };

struct fixture {
    struct had_arena arena;
    char home[64];
    struct {
        const char *name;
        char value[512];
    } variables[FIXTURE_VARIABLES];
    unsigned count;
    struct had_aws_environment environment;
};

void fixture_start(struct fixture *f); /* HOME is a new folder with `.aws/sso/cache` */
void fixture_stop(struct fixture *f);
void fixture_set(struct fixture *f, const char *name, const char *value);
/* Writes a file below the home folder; returns its path. */
const char *fixture_file(struct fixture *f, const char *name, const char *text);

struct noted {
    unsigned calls;
    enum had_aws_outcome outcome;
    int status;
    uint32_t attempts;
    char code[128], message[512];
    json_t *value; /* kept; json_decref it */
};
void note(void *context, const struct had_aws_result *result);
struct had_aws_call fixture_call(const char *service, const char *operation);

#endif
