/*
 * Runs in the build: prints files as C arrays, so that `had init` needs nothing beside the program.
 *
 *     had_embed OUTPUT NAME=FILE…
 */
#include <stdio.h>
#include <string.h>

static int print_file(FILE *out, const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in) {
        fprintf(stderr, "embed: %s cannot be read\n", path);
        return 1;
    }
    int c;
    for (unsigned n = 0; (c = fgetc(in)) != EOF; n++)
        fprintf(out, "%s%d,", n % 24 ? "" : "\n        ", c);
    int failed = ferror(in);
    fclose(in);
    return failed;
}

int main(int argc, char **argv)
{
    FILE *out = argc > 2 ? fopen(argv[1], "wb") : NULL;
    if (!out) {
        fprintf(stderr, "usage: had_embed OUTPUT NAME=FILE…\n");
        return 1;
    }
    fprintf(out, "#include \"cli/init/init.h\"\n\n");
    for (int i = 2; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        if (!equals)
            return 1;
        fprintf(out, "static const unsigned char file_%d[] = {", i);
        if (print_file(out, equals + 1))
            return 1;
        fprintf(out, "\n};\n\n");
    }
    fprintf(out, "const struct had_init_file had_init_files[] = {\n");
    for (int i = 2; i < argc; i++)
        fprintf(out, "    {\"%.*s\", file_%d, sizeof file_%d},\n",
                (int)(strchr(argv[i], '=') - argv[i]), argv[i], i, i);
    fprintf(out, "    {0, 0, 0},\n};\n");
    return fclose(out) != 0;
}
