/*
 * Runs in the build: prints the kinds of kinds.def sorted by their names, so that the compiler
 * finds one by halving. The order of bytes is that of had_str_cmp.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *kinds[] = {
#define KIND(id) #id,
#include "schema/kinds/kinds.def"
#undef KIND
};

/* In the language `-` stands where an identifier has `_`. */
static unsigned char spelled(char c)
{
    return (unsigned char)(c == '_' ? '-' : c);
}

static int compare(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    while (*x && *x == *y) {
        x++;
        y++;
    }
    return (int)spelled(*x) - (int)spelled(*y);
}

int main(int argc, char **argv)
{
    FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (!out) {
        fprintf(stderr, "usage: had_kinds_index OUTPUT\n");
        return 1;
    }
    size_t count = sizeof kinds / sizeof *kinds;
    qsort(kinds, count, sizeof *kinds, compare);
    fprintf(out, "/* Made from schema/kinds/kinds.def. */\n#include \"schema/kinds/kinds.h\"\n\n"
                 "const struct had_kind *const had_kinds_by_name[] = {\n");
    for (size_t i = 0; i < count; i++)
        fprintf(out, "    &had_kind_%s,\n", kinds[i]);
    fprintf(out, "};\nconst uint32_t had_kinds_by_name_count = %zu;\n", count);
    return fclose(out) == 0 ? 0 : 1;
}
