/*
 * Runs in the build: reads the tab-separated tables of a folder and prints them as C constants.
 *
 *     had_facts_generate FOLDER OUTPUT
 *
 * A table has one line of column names. Columns are looked up by name; a missing table, column or
 * cell ends the build. `-` stands for nothing where a number or a word is expected and is kept
 * elsewhere.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table {
    const char *name;
    char *text;
    char **cells; /* row by row, the first row holds the column names */
    size_t columns, rows;
};

static _Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("facts: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static void *grow(void *old, size_t size)
{
    void *memory = realloc(old, size);
    if (!memory)
        fail("no memory for %zu bytes", size);
    return memory;
}

static char *read_file(const char *folder, const char *name)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s.tsv", folder, name);
    if (len < 0 || (size_t)len >= sizeof path)
        fail("the path of %s is too long", name);
    FILE *in = fopen(path, "rb");
    if (!in)
        fail("%s cannot be read", path);
    char *text = NULL;
    size_t used = 0, room = 0;
    for (int c; (c = fgetc(in)) != EOF;) {
        if (used + 2 > room)
            text = grow(text, room = room ? room * 2 : 65536);
        if (c != '\r')
            text[used++] = (char)c;
    }
    if (ferror(in) || !text)
        fail("%s cannot be read", path);
    fclose(in);
    text[used] = '\0';
    return text;
}

static struct table load(const char *folder, const char *name)
{
    struct table t = {.name = name, .text = read_file(folder, name)};
    size_t count = 0, line = 1;
    for (char *at = t.text; *at; line++) {
        char *end = strchr(at, '\n');
        if (end)
            *end = '\0';
        size_t columns = 0;
        for (char *cell = at; cell; columns++) {
            char *tab = strchr(cell, '\t');
            if (tab)
                *tab = '\0';
            t.cells = grow(t.cells, (count + 1) * sizeof *t.cells);
            t.cells[count++] = cell;
            cell = tab ? tab + 1 : NULL;
        }
        if (!t.columns)
            t.columns = columns;
        if (columns != t.columns)
            fail("%s.tsv, line %zu: %zu cells where the head has %zu", name, line, columns,
                 t.columns);
        if (!end)
            break;
        at = end + 1;
    }
    if (!t.columns || count / t.columns < 2)
        fail("%s.tsv has no rows", name);
    t.rows = count / t.columns;
    return t;
}

static size_t column(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->columns; i++)
        if (strcmp(t->cells[i], name) == 0)
            return i;
    fail("%s.tsv has no column %s", t->name, name);
}

static const char *cell(const struct table *t, size_t row, const char *name)
{
    return t->cells[row * t->columns + column(t, name)];
}

static void print_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c == '?')
            fputs("\\?", out); /* no trigraphs */
        else if (c < ' ' || c == 127)
            fail("a control character in a table");
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static const char *or_empty(const char *text)
{
    return strcmp(text, "-") == 0 ? "" : text;
}

static const char *yes(const char *text)
{
    return strcmp(text, "yes") == 0 ? "true" : "false";
}

/* `.field = "…",` for each pair of field and column. */
static void print_fields(FILE *out, const struct table *t, size_t row,
                         const char *const (*fields)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fprintf(out, ".%s = ", fields[i][0]);
        print_text(out, cell(t, row, fields[i][1]));
        fputs(", ", out);
    }
}

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* A table whose fields are all texts. */
static void print_table(FILE *out, const char *folder, const char *file, const char *type,
                        const char *array, const char *const (*fields)[2], size_t count)
{
    struct table t = load(folder, file);
    fprintf(out, "\nconst struct %s %ss[] = {\n", type, array);
    for (size_t row = 1; row < t.rows; row++) {
        fputs("    {", out);
        print_fields(out, &t, row, fields, count);
        fputs("},\n", out);
    }
    fprintf(out, "};\nconst uint32_t %s_count = %zu;\n", array, t.rows - 1);
    free(t.cells);
    free(t.text);
}

static void print_regions(FILE *out, const char *folder)
{
    static const char *const texts[][2] = {{"code", "region"},
                                           {"partition", "partition"},
                                           {"name", "name"},
                                           {"country", "country"},
                                           {"opt_in", "opt_in"},
                                           {"zones", "az_letters"},
                                           {"zone_id_prefix", "az_id_prefix"},
                                           {"multi_region", "mad_multi_region"}};
    static const char *const flags[][2] = {{"directory_service", "directory_service"},
                                           {"resolver", "route53resolver"},
                                           {"identity_center", "identity_center"},
                                           {"direct_connect", "directconnect"},
                                           {"ram", "ram"},
                                           {"ssm", "ssm"}};
    struct table t = load(folder, "regions_azs");
    fputs("\nconst struct had_fact_region had_fact_regions[] = {\n", out);
    for (size_t row = 1; row < t.rows; row++) {
        /* had_fact_region_find halves. */
        if (row > 1 && strcmp(cell(&t, row - 1, "region"), cell(&t, row, "region")) >= 0)
            fail("regions_azs.tsv is not sorted at %s", cell(&t, row, "region"));
        fputs("    {", out);
        print_fields(out, &t, row, texts, COUNT(texts));
        for (size_t i = 0; i < COUNT(flags); i++)
            fprintf(out, ".%s = %s, ", flags[i][0], yes(cell(&t, row, flags[i][1])));
        fputs("},\n", out);
    }
    fprintf(out, "};\nconst uint32_t had_fact_region_count = %zu;\n", t.rows - 1);
    free(t.cells);
    free(t.text);
}

/* The number at the start of a cell such as "6 (one per zone)"; false for "-", "20-40", "1.25
 * Gbps". */
static bool leading_number(const char *text, long long *out)
{
    if (!isdigit((unsigned char)*text))
        return false;
    char *end;
    *out = strtoll(text, &end, 10);
    return *end == '\0' || *end == ' ' || *end == ';';
}

static size_t print_quota(FILE *out, const char *words, const char *edition, size_t edition_len,
                          const char *scope, const char *value, const char *adjustable,
                          const char *source)
{
    long long number;
    if (!leading_number(value, &number))
        fail("the quota %s is no number: %s", words, value);
    fputs("    {.resource = ", out);
    print_text(out, words);
    fprintf(out, ", .edition = \"%.*s\", .scope = ", (int)edition_len, edition);
    print_text(out, scope);
    bool raised = strncmp(adjustable, "yes", 3) == 0 || strncmp(adjustable, "adjustable", 10) == 0;
    fprintf(out, ", .value = %lld, .adjustable = %s, .source = ", number,
            raised ? "true" : "false");
    print_text(out, source);
    fputs("},\n", out);
    return 1;
}

/* One row for each edition of "standard+enterprise"; "all" and others than editions are "". */
static size_t print_directory_quota(FILE *out, const char *words, const struct table *t, size_t row)
{
    static const char *const editions[] = {"standard", "enterprise", "hybrid"};
    size_t printed = 0;
    const char *edition = cell(t, row, "edition");
    for (size_t i = 0; i < COUNT(editions); i++)
        if (strstr(edition, editions[i]))
            printed += print_quota(out, words, editions[i], strlen(editions[i]),
                                   cell(t, row, "scope"), cell(t, row, "value"),
                                   cell(t, row, "adjustable"), cell(t, row, "source"));
    if (!printed)
        printed = print_quota(out, words, "", 0, cell(t, row, "scope"), cell(t, row, "value"),
                              cell(t, row, "adjustable"), cell(t, row, "source"));
    return printed;
}

static void print_quotas(FILE *out, const char *folder)
{
    struct table names = load(folder, "quota_names");
    struct table directory = load(folder, "directory_quotas");
    struct table network = load(folder, "tgw_resolver_quotas");
    size_t count = 0;
    fputs("\nconst struct had_fact_quota had_fact_quotas[] = {\n", out);
    for (size_t n = 1; n < names.rows; n++) {
        const char *table = cell(&names, n, "table"), *named = cell(&names, n, "row");
        const char *words = cell(&names, n, "words");
        size_t before = count;
        if (strcmp(table, "directory") == 0) {
            for (size_t row = 1; row < directory.rows; row++)
                if (strcmp(cell(&directory, row, "resource"), named) == 0)
                    count += print_directory_quota(out, words, &directory, row);
        } else {
            for (size_t row = 1; row < network.rows; row++)
                if (strcmp(cell(&network, row, "service"), table) == 0 &&
                    strcmp(cell(&network, row, "name"), named) == 0)
                    count += print_quota(out, words, "", 0, cell(&network, row, "scope"),
                                         cell(&network, row, "default"),
                                         cell(&network, row, "hard_max_or_adjustable"),
                                         cell(&network, row, "source"));
        }
        if (count == before)
            fail("quota_names.tsv names no row: %s, %s", table, named);
    }
    fprintf(out, "};\nconst uint32_t had_fact_quota_count = %zu;\n", count);
    struct table *tables[] = {&names, &directory, &network};
    for (size_t i = 0; i < COUNT(tables); i++) {
        free(tables[i]->cells);
        free(tables[i]->text);
    }
}

static void print_service_words(FILE *out, const char *folder)
{
    static const char *const fields[] = {"word", "protocol", "ports", "purpose",
                                         "flow", "when",     "source"};
    struct table t = load(folder, "services");
    fputs("\nconst struct had_fact_service_word had_fact_service_words[] = {\n", out);
    for (size_t row = 1; row < t.rows; row++) {
        fputs("    {", out);
        for (size_t i = 0; i < COUNT(fields); i++) {
            fprintf(out, ".%s = ", fields[i]);
            print_text(out, or_empty(cell(&t, row, fields[i])));
            fputs(", ", out);
        }
        fputs("},\n", out);
    }
    fprintf(out, "};\nconst uint32_t had_fact_service_word_count = %zu;\n", t.rows - 1);
    free(t.cells);
    free(t.text);
}

static void print_limits(FILE *out, const char *folder)
{
    static const char *const texts[][2] = {{"name", "name"}, {"source", "source"}};
    struct table t = load(folder, "limits");
    fputs("\nconst struct had_fact_limit had_fact_limits[] = {\n", out);
    for (size_t row = 1; row < t.rows; row++) {
        long long number;
        if (!leading_number(cell(&t, row, "value"), &number))
            fail("the limit %s is no number", cell(&t, row, "name"));
        fputs("    {", out);
        print_fields(out, &t, row, texts, COUNT(texts));
        fprintf(out, ".value = %lld},\n", number);
    }
    fprintf(out, "};\nconst uint32_t had_fact_limit_count = %zu;\n", t.rows - 1);
    free(t.cells);
    free(t.text);
}

static void print_images(FILE *out, const char *folder)
{
    static const char *const fields[][2] = {{"word", "word"}, {"os", "os"}, {"source", "source"}};
    struct table t = load(folder, "images");
    fputs("\nconst struct had_fact_image had_fact_images[] = {\n", out);
    for (size_t row = 1; row < t.rows; row++) {
        fputs("    {", out);
        print_fields(out, &t, row, fields, COUNT(fields));
        fprintf(out, ".ended = %s},\n", yes(cell(&t, row, "ended")));
    }
    fprintf(out, "};\nconst uint32_t had_fact_image_count = %zu;\n", t.rows - 1);
    free(t.cells);
    free(t.text);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        fail("usage: had_facts_generate FOLDER OUTPUT");
    static const char *const port[][2] = {{"flow", "flow"},         {"direction", "direction"},
                                          {"protocol", "protocol"}, {"ports", "ports"},
                                          {"purpose", "purpose"},   {"when", "when"},
                                          {"source", "source"},     {"status", "status"}};
    static const char *const name[][2] = {{"object", "object"},
                                          {"min", "min"},
                                          {"max", "max"},
                                          {"pattern", "pattern_or_chars"},
                                          {"reserved", "reserved_or_forbidden"},
                                          {"note", "note"},
                                          {"source", "source"},
                                          {"status", "status"}};
    static const char *const service[][2] = {{"word", "word"},
                                             {"service", "service"},
                                             {"directory_kinds", "directory_kinds"},
                                             {"one_way_ok", "one_way_ok"},
                                             {"two_way_needed", "two_way_needed"},
                                             {"end_of_life", "end_of_life"},
                                             {"notes", "notes"},
                                             {"source", "source"},
                                             {"status", "status"}};
    static const char *const rule[][2] = {
        {"id", "id"},         {"group", "group"},         {"severity", "severity"},
        {"status", "status"}, {"statement", "statement"}, {"decide", "decide"},
        {"source", "source"}};
    static const char *const item[][2] = {{"list", "list"}, {"word", "word"}, {"source", "source"}};
    FILE *out = fopen(argv[2], "w");
    if (!out)
        fail("%s cannot be written", argv[2]);
    fputs("/* Made from schema/facts. */\n#include \"schema/facts.h\"\n", out);
    print_regions(out, argv[1]);
    print_table(out, argv[1], "ad_ports", "had_fact_port", "had_fact_port", port, COUNT(port));
    print_table(out, argv[1], "name_rules", "had_fact_name", "had_fact_name", name, COUNT(name));
    print_quotas(out, argv[1]);
    print_table(out, argv[1], "service_trust", "had_fact_service", "had_fact_service", service,
                COUNT(service));
    print_service_words(out, argv[1]);
    print_images(out, argv[1]);
    print_limits(out, argv[1]);
    print_table(out, argv[1], "lists", "had_fact_item", "had_fact_item", item, COUNT(item));
    print_table(out, argv[1], "rules", "had_fact_rule", "had_fact_rule", rule, COUNT(rule));
    return fclose(out) == 0 ? 0 : 1;
}
