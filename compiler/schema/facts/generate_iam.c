/*
 * Runs in the build: reads facts/iam/{actions,policies,sources}.tsv (made by scripts/iam_facts.py)
 * and prints them as C constants.
 *
 *     had_iam_generate FOLDER OUTPUT
 *
 * C promises 4095 characters of a string literal: a longer statement becomes several, which say the
 * same together.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LITERAL_MAX = 4000, LINE_ROOM = 1 << 20 };

static char line[LINE_ROOM];

static _Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("iam: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static FILE *open_table(const char *folder, const char *name)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s.tsv", folder, name);
    FILE *in = len > 0 && (size_t)len < sizeof path ? fopen(path, "rb") : NULL;
    if (!in)
        fail("%s cannot be read", path);
    if (!fgets(line, sizeof line, in)) /* the head */
        fail("%s is empty", path);
    return in;
}

/* The next row's cells; false at the end. */
static bool next_row(FILE *in, char **cells, size_t count)
{
    if (!fgets(line, sizeof line, in))
        return false;
    size_t len = strlen(line);
    if (!len || line[len - 1] != '\n')
        fail("a line is too long or not ended");
    line[len - 1] = '\0';
    char *at = line;
    for (size_t i = 0; i < count; i++) {
        cells[i] = at;
        char *tab = at ? strchr(at, '\t') : NULL;
        if (!at || (i + 1 < count) != (tab != NULL))
            fail("%s: a row has another number of cells than its head", cells[0]);
        if (tab)
            *tab = '\0';
        at = tab ? tab + 1 : NULL;
    }
    for (const char *c = line; c < line + len - 1; c++)
        if (*c == '"' || *c == '\\' || *c < 0 || (*c > 0 && *c < ' '))
            fail("%s: a character that no table holds", cells[0]);
    return true;
}

static void print_actions(FILE *out, const char *folder)
{
    FILE *in = open_table(folder, "actions");
    char *cells[2];
    char before[64] = "";
    size_t services = 0;
    FILE *index = tmpfile();
    if (!index)
        fail("no room for a temporary file");
    while (next_row(in, cells, 2)) {
        if (strlen(cells[0]) >= sizeof before || strcmp(before, cells[0]) >= 0)
            fail("actions.tsv is not sorted at %s", cells[0]);
        strcpy(before, cells[0]);
        size_t count = 0;
        fprintf(out, "\nstatic const char *const actions_%zu[] = {", services);
        for (char *name = strtok(cells[1], " "); name; name = strtok(NULL, " "), count++)
            fprintf(out, "%s\"%s\",", count % 6 ? " " : "\n    ", name);
        fputs("\n};\n", out);
        fprintf(index, "    {\"%s\", actions_%zu, %zu},\n", cells[0], services, count);
        services++;
    }
    fclose(in);
    fputs("\nconst struct had_fact_iam_service had_fact_iam_services[] = {\n", out);
    rewind(index);
    while (fgets(line, sizeof line, index))
        fputs(line, out);
    fclose(index);
    fprintf(out, "};\nconst uint32_t had_fact_iam_service_count = %zu;\n", services);
}

/* One statement, in as many literals as it needs. */
static void print_statement(FILE *out, const char *policy, char *text)
{
    size_t flags = strspn(text, "+-!~?");
    if (!flags || !strchr("+-", text[0]))
        fail("%s: a statement without its effect", policy);
    bool several = strlen(text) > LITERAL_MAX;
    if (several && memchr(text, '!', flags))
        fail("%s: a statement of what it is not about is too long", policy);
    char service[64] = "";
    size_t used = 0;
    for (char *token = strtok(text + flags, " "); token; token = strtok(NULL, " ")) {
        const char *colon = strchr(token, ':');
        if (used + strlen(token) > LITERAL_MAX) {
            fputs("\",\n", out);
            used = 0;
        }
        if (!used) {
            fprintf(out, "    \"%.*s", (int)flags, text);
            used = flags;
            if (!colon && service[0])
                used += (size_t)fprintf(out, "%s:", service);
        } else {
            used += (size_t)fprintf(out, " ");
        }
        used += (size_t)fprintf(out, "%s", token);
        if (colon) {
            if ((size_t)(colon - token) >= sizeof service)
                fail("%s: a service with a very long name", policy);
            memcpy(service, token, (size_t)(colon - token));
            service[colon - token] = '\0';
        }
    }
    if (!used)
        fail("%s: a statement without actions", policy);
    fputs("\",\n", out);
}

static void print_policies(FILE *out, const char *folder)
{
    FILE *in = open_table(folder, "policies");
    char *cells[2];
    char before[256] = "";
    size_t policies = 0;
    FILE *index = tmpfile();
    if (!index)
        fail("no room for a temporary file");
    while (next_row(in, cells, 2)) {
        if (strlen(cells[0]) >= sizeof before || strcmp(before, cells[0]) >= 0)
            fail("policies.tsv is not sorted at %s", cells[0]);
        strcpy(before, cells[0]);
        if (strcmp(cells[1], "-") == 0) {
            fprintf(index, "    {\"%s\", NULL},\n", cells[0]);
            continue;
        }
        fprintf(out, "\nstatic const char *const policy_%zu[] = {\n", policies);
        for (char *at = cells[1]; at;) {
            char *end = strchr(at, ';');
            if (end)
                *end = '\0';
            print_statement(out, before, at);
            at = end ? end + 1 : NULL;
        }
        fputs("    NULL,\n};\n", out);
        fprintf(index, "    {\"%s\", policy_%zu},\n", cells[0], policies);
        policies++;
    }
    fclose(in);
    size_t count = 0;
    fputs("\nconst struct had_fact_policy had_fact_policies[] = {\n", out);
    rewind(index);
    for (; fgets(line, sizeof line, index); count++)
        fputs(line, out);
    fclose(index);
    fprintf(out, "};\nconst uint32_t had_fact_policy_count = %zu;\n", count);
}

static void print_days(FILE *out, const char *folder)
{
    FILE *in = open_table(folder, "sources");
    char *cells[5];
    unsigned found = 0;
    while (next_row(in, cells, 5)) {
        if (strcmp(cells[0], "actions") != 0 && strcmp(cells[0], "policies") != 0)
            fail("sources.tsv names the table %s", cells[0]);
        fprintf(out, "\n/* %s %s, %s licence. */\nconst char had_fact_%s_day[] = \"%s\";\n",
                cells[1], cells[2], cells[3], cells[0][0] == 'a' ? "iam_action" : "policy",
                cells[4]);
        found++;
    }
    fclose(in);
    if (found != 2)
        fail("sources.tsv has %u rows, not two", found);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        fail("usage: had_iam_generate FOLDER OUTPUT");
    FILE *out = fopen(argv[2], "w");
    if (!out)
        fail("%s cannot be written", argv[2]);
    fputs("/* Made from facts/iam/ while the project is built. */\n#include \"schema/iam.h\"\n",
          out);
    print_actions(out, argv[1]);
    print_policies(out, argv[1]);
    print_days(out, argv[1]);
    if (ferror(out) || fclose(out) != 0)
        fail("%s cannot be written", argv[2]);
    return 0;
}
