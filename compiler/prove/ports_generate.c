/*
 * Runs in the build: the rows of schema/facts/ad_ports.tsv that hold always, or under a condition
 * that a graph shows, as a C table, so that the proofs ask for what the facts say without seeing
 * the schema.
 *
 *     had_ports_generate TABLE OUTPUT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 8 };

static char *cut(char **rest, char end)
{
    char *cell = *rest;
    if (!cell)
        return NULL;
    char *at = strchr(cell, end);
    if (at)
        *at = '\0';
    *rest = at ? at + 1 : NULL;
    return cell;
}

int main(int argc, char **argv)
{
    static const char *const names[COLUMNS] = {"flow",    "direction", "protocol", "ports",
                                               "purpose", "when",      "source",   "status"};
    static const char *const conditions[][2] = {
        {"always", "HAD_ALWAYS"},
        {"ldaps", "HAD_FOR_LDAPS"},
        {"administration hosts", "HAD_FOR_ADMINISTRATION"},
    };
    if (argc != 3)
        return 2;
    FILE *in = fopen(argv[1], "rb");
    FILE *out = in ? fopen(argv[2], "wb") : NULL;
    if (!out) {
        fprintf(stderr, "ports: %s cannot be read or %s written\n", argv[1], argv[2]);
        return 1;
    }
    char line[4096];
    unsigned number = 0, rows = 0;
    while (fgets(line, sizeof line, in)) {
        line[strcspn(line, "\r\n")] = '\0';
        char *cells[COLUMNS] = {0}, *rest = line;
        for (int i = 0; i < COLUMNS; i++)
            cells[i] = cut(&rest, '\t');
        for (int i = 0; i < COLUMNS; i++) {
            if (!cells[i] || (!number && strcmp(cells[i], names[i]) != 0)) {
                fprintf(stderr, "ports: line %u of %s has not the columns that it should\n",
                        number + 1, argv[1]);
                return 1;
            }
        }
        const char *when = NULL;
        for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
            if (strcmp(cells[5], conditions[i][0]) == 0)
                when = conditions[i][1];
        if (!number++ || !when)
            continue;
        int protocol = strcmp(cells[2], "tcp") == 0 ? 6 : strcmp(cells[2], "udp") == 0 ? 17 : 0;
        unsigned first, last;
        char end;
        int count = sscanf(cells[3], "%u-%u%c", &first, &last, &end);
        if (count == 1)
            last = first;
        if (!protocol || count < 1 || count > 2)
            continue; /* "all": what leaves, not what is asked for */
        fprintf(out, "{\"%s\", %d, %u, %u, \"%s\", %s},\n", cells[0], protocol, first, last,
                cells[4], when);
        rows++;
    }
    if (!rows || fclose(out) != 0) {
        fprintf(stderr, "ports: nothing written to %s\n", argv[2]);
        return 1;
    }
    fclose(in);
    return 0;
}
