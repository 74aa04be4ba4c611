/*
 * Counts what each rule does: steps FOLDER… prints a line per rule with its code, its stated
 * complexity, and for each folder the basic blocks that it ran through and the findings that it
 * made. The rules, and what they read the spec with, are compiled once more for it with
 * -fsanitize-coverage=trace-pc, so that the same spec always has the same count, with gcc and clang
 * and on a busy machine.
 */
#include "check/check.h"
#include "driver/compile.h"

#include <stdio.h>
#include <stdlib.h>

void __sanitizer_cov_trace_pc(void);

static uint64_t steps;

void __sanitizer_cov_trace_pc(void)
{
    steps++;
}

enum { FOLDERS_MAX = 8, RULES_MAX = 512 };

struct count {
    uint64_t steps;
    uint32_t findings;
};
static struct count counts[RULES_MAX][FOLDERS_MAX];

static void measure(const char *folder, int column)
{
    struct had_compilation c;
    const struct had_compile_options options = {
        .path = had_str_c(folder), .as_of = 20781, .stop_after = "derive"};
    had_compile(&c, &options);
    if (!c.spec || c.diags.errors) {
        struct had_buffer out = {0};
        had_render_short(&out, &c.diags, &c.sources);
        fprintf(stderr, "steps: %s has errors of the language\n%.*s", folder, (int)out.len,
                out.ptr);
        exit(2);
    }
    for (uint32_t i = 0; had_rules[i]; i++) {
        struct had_diags diags = {.arena = &c.arena}; /* of this rule alone */
        struct had_check check = {
            .arena = &c.arena, .lasting = &c.arena, .spec = c.spec, .diags = &diags, .rule = had_rules[i]};
        steps = 0;
        had_rules[i]->run(&check);
        counts[i][column] = (struct count){steps, diags.items.count};
    }
    had_compilation_free(&c);
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 1 + FOLDERS_MAX) {
        fprintf(stderr, "usage: steps FOLDER…\n");
        return 2;
    }
    for (int i = 1; i < argc; i++)
        measure(argv[i], i - 1);
    for (uint32_t i = 0; had_rules[i]; i++) {
        printf("%s\t%s", had_rules[i]->code.code, had_rules[i]->complexity);
        for (int k = 0; k < argc - 1; k++)
            printf("\t%llu\t%u", (unsigned long long)counts[i][k].steps, counts[i][k].findings);
        printf("\n");
    }
    return 0;
}
