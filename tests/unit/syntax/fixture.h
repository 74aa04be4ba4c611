/* Parsing a text in memory, and comparing what comes of it with an expected text. */
#ifndef HAD_TEST_SYNTAX_FIXTURE_H
#define HAD_TEST_SYNTAX_FIXTURE_H

#include "syntax/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct parsed {
    struct had_arena arena;
    struct had_sources sources;
    struct had_diags diags;
    uint32_t number;
    struct had_file *file;
};

/* One text at a time; the memory of the one before is given back. */
struct parsed *parse_text(had_str text);
struct parsed *parse(const char *text);

/* The tree without places. */
void expect_shape(const char *text, const char *shape);
void expect_tokens(const char *text, const char *tokens);
/* `HAD0101@2:5` for each finding, by place, with spaces between; "" for none. */
void expect_findings(const char *text, const char *findings);
/* The message of the only finding. */
void expect_message(const char *text, const char *message);

/* A file of the repository; path from its root. */
had_str read_file(struct had_arena *arena, const char *path);

int drop_parsed(void **state);

#endif
