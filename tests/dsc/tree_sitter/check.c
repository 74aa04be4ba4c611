/*
 * Second opinion on generated PowerShell: parses files with the tree-sitter grammar and prints every
 * ERROR and MISSING node as FILE:LINE:COLUMN. Exit status 1 if there is one.
 *
 * The grammar refuses one valid form that we write: an attribute line in front of `configuration` in
 * *.lcm.ps1. That line, and only exactly that one, is blanked before parsing.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_powershell(void);

static const char exception[] = "[DscLocalConfigurationManager()]\r\n";

static char *file_read(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    size_t room = 1 << 16, used = 0;
    char *text = malloc(room + 1);
    for (size_t got; text && (got = fread(text + used, 1, room - used, file)) > 0;) {
        used += got;
        if (used == room) {
            room *= 2;
            char *more = realloc(text, room + 1);
            if (!more)
                free(text);
            text = more;
        }
    }
    fclose(file);
    if (text)
        text[used] = '\0';
    *length = used;
    return text;
}

static void exception_blank(const char *path, char *text)
{
    size_t length = strlen(path);
    if (length < 8 || strcmp(path + length - 8, ".lcm.ps1") != 0)
        return;
    char *line = strstr(text, exception);
    if (line && (line == text || line[-1] == '\n'))
        memset(line, ' ', strlen(exception) - 2);
}

static unsigned node_report(const char *path, TSNode node)
{
    unsigned count = 0;
    if (!ts_node_has_error(node) && !ts_node_is_missing(node))
        return 0;
    bool error = strcmp(ts_node_type(node), "ERROR") == 0;
    if (error || ts_node_is_missing(node)) {
        TSPoint at = ts_node_start_point(node);
        printf("%s:%u:%u: %s%s\n", path, at.row + 1, at.column + 1, error ? "ERROR" : "MISSING ",
               error ? "" : ts_node_type(node));
        count++;
    }
    uint32_t children = ts_node_child_count(node);
    for (uint32_t i = 0; i < children; i++)
        count += node_report(path, ts_node_child(node, i));
    return count;
}

int main(int argc, char **argv)
{
    TSParser *parser = ts_parser_new();
    if (!ts_parser_set_language(parser, tree_sitter_powershell())) {
        fprintf(stderr, "the grammar's version does not fit the library\n");
        return 2;
    }
    int status = 0;
    for (int i = 1; i < argc; i++) {
        size_t length;
        char *text = file_read(argv[i], &length);
        if (!text || length > UINT32_MAX) {
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
            free(text);
            status = 2;
            continue;
        }
        exception_blank(argv[i], text);
        TSTree *tree = ts_parser_parse_string(parser, NULL, text, (uint32_t)length);
        if (node_report(argv[i], ts_tree_root_node(tree)) && status == 0)
            status = 1;
        ts_tree_delete(tree);
        free(text);
    }
    ts_parser_delete(parser);
    return status;
}
