/*
 * Runs while the project is built: reads the rule catalog (schema/facts/rules.tsv: id, group,
 * severity, status, statement, decide, example, source) and writes rule_facts.inc, what the table
 * of rules takes from it.
 *
 *     generate OUT rules.tsv sources.tsv
 *
 * For every rule `DC001`: FACT_GROUP_DC001, FACT_SEVERITY_DC001, FACT_OPT_IN_DC001 (not verified
 * yet), FACT_SOURCE_DC001.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 8, LINE_MAX_BYTES = 8192, SOURCES_MAX = 64 };

static _Noreturn void fail(const char *what, const char *where)
{
    fprintf(stderr, "generate: %s: %s\n", where, what);
    exit(1);
}

static void escaped(FILE *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\')
            fputc('\\', out);
        fputc(text[i], out);
    }
}

/* The short names of sources and what they stand for. */
static struct {
    char *key, *what;
} sources[SOURCES_MAX];
static size_t source_count;

static char *copied(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (!copy)
        fail("memory", "ran out");
    return memcpy(copy, text, size);
}

static void read_sources(const char *path)
{
    static char line[LINE_MAX_BYTES];
    FILE *in = fopen(path, "r");
    if (!in)
        fail("cannot be opened", path);
    for (bool head = true; fgets(line, sizeof line, in); head = false) {
        line[strcspn(line, "\n")] = '\0';
        char *tab = strchr(line, '\t');
        if (!tab || source_count == SOURCES_MAX)
            fail("not a row of two columns, or too many", line);
        if (head)
            continue;
        *tab = '\0';
        sources[source_count].key = copied(line);
        sources[source_count++].what = copied(tab + 1);
    }
    fclose(in);
}

/* "DSG/step2; WP" as people know them: each piece begins with a short name, or is text already. */
static void quoted_source(FILE *out, const char *text)
{
    fputc('"', out);
    while (*text) {
        size_t len = strcspn(text, ";"), key = 0;
        while (key < len && !strchr("/ ", text[key]))
            key++;
        const char *what = NULL;
        for (size_t i = 0; i < source_count && !what; i++)
            if (strlen(sources[i].key) == key && strncmp(sources[i].key, text, key) == 0)
                what = sources[i].what;
        if (what) {
            escaped(out, what, strlen(what));
            if (key < len && text[key] == '/') {
                fputs(", ", out);
                key++;
            }
        } else {
            key = 0;
        }
        escaped(out, text + key, len - key);
        text += len;
        if (*text == ';') {
            fputs("; ", out);
            text += 1 + strspn(text + 1, " ");
        }
    }
    fputc('"', out);
}

static const char *severity_of(const char *word, const char *id)
{
    static const char *const names[][2] = {
        {"error", "HAD_ERROR"}, {"warning", "HAD_WARNING"}, {"info", "HAD_INFO"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(word, names[i][0]) == 0)
            return names[i][1];
    fail("unknown severity", id);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        fail("three files are named", "usage");
    read_sources(argv[3]);
    FILE *in = fopen(argv[2], "r");
    FILE *out = fopen(argv[1], "w");
    if (!in || !out)
        fail("cannot be opened", in ? argv[1] : argv[2]);
    static char line[LINE_MAX_BYTES];
    bool head = true;
    while (fgets(line, sizeof line, in)) {
        char *cells[COLUMNS] = {line};
        size_t len = strcspn(line, "\n");
        if (line[len] != '\n')
            fail("a line is too long or not ended", line);
        line[len] = '\0';
        size_t count = 1;
        for (char *c = line; *c; c++) {
            if (*c != '\t')
                continue;
            *c = '\0';
            if (count == COLUMNS)
                fail("too many columns", cells[0]);
            cells[count++] = c + 1;
        }
        if (count != COLUMNS)
            fail("too few columns", cells[0]);
        if (head) {
            head = false;
            continue;
        }
        fprintf(out, "#define FACT_GROUP_%s \"%s\"\n", cells[0], cells[1]);
        fprintf(out, "#define FACT_SEVERITY_%s %s\n", cells[0], severity_of(cells[2], cells[0]));
        fprintf(out, "#define FACT_OPT_IN_%s %s\n", cells[0],
                strcmp(cells[3], "U") == 0 ? "true" : "false");
        fprintf(out, "#define FACT_SOURCE_%s ", cells[0]);
        quoted_source(out, cells[7]);
        fputc('\n', out);
    }
    bool good = !ferror(in) && fclose(out) == 0;
    fclose(in);
    if (!good)
        fail("cannot be written", argv[1]);
    return 0;
}
