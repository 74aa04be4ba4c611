/* Makes a C table of the entries of YAML files: had_driver_generate NAME OUT FILE… (had_NAME_texts)
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

static _Noreturn void fail(const char *file, size_t line, const char *what)
{
    fprintf(stderr, "%s:%zu: %s\n", file, line + 1, what);
    exit(1);
}

static json_t *scalar(const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return json_string(text);
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return json_boolean(text[0] == 't');
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (*text && !*end && errno == 0)
        return json_integer(number);
    return json_string(text);
}

static json_t *convert(const char *file, yaml_document_t *document, const yaml_node_t *node)
{
    if (node->type == YAML_SCALAR_NODE)
        return scalar(node);
    if (node->type == YAML_SEQUENCE_NODE) {
        json_t *list = json_array();
        for (yaml_node_item_t *item = node->data.sequence.items.start;
             item < node->data.sequence.items.top; item++)
            json_array_append_new(list,
                                  convert(file, document, yaml_document_get_node(document, *item)));
        return list;
    }
    json_t *map = json_object();
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(document, pair->key);
        if (key->type != YAML_SCALAR_NODE)
            fail(file, key->start_mark.line, "a key must be a text");
        const char *name = (const char *)key->data.scalar.value;
        if (json_object_get(map, name))
            fail(file, key->start_mark.line, "this key is there twice");
        json_object_set_new(map, name,
                            convert(file, document, yaml_document_get_node(document, pair->value)));
    }
    return map;
}

struct entry {
    char *type, *text;
};

static int by_type(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->type, ((const struct entry *)b)->type);
}

/* Bytes one by one: a compiler need not take string literals of more than 4,095. */
static void bytes(FILE *out, const char *text)
{
    for (size_t i = 0; text[i]; i++)
        fprintf(out, "%s%d,", i % 24 ? "" : "\n    ", (signed char)text[i]);
    fputs("0", out);
}

int main(int argc, char **argv)
{
    struct entry entries[1024];
    size_t count = 0;
    for (int i = 3; i < argc; i++) {
        FILE *in = fopen(argv[i], "rb");
        if (!in)
            fail(argv[i], 0, strerror(errno));
        yaml_parser_t parser;
        yaml_document_t document;
        yaml_parser_initialize(&parser);
        yaml_parser_set_input_file(&parser, in);
        if (!yaml_parser_load(&parser, &document))
            fail(argv[i], parser.problem_mark.line, parser.problem);
        json_t *all = convert(argv[i], &document, yaml_document_get_root_node(&document));
        const char *type;
        json_t *value;
        json_object_foreach(all, type, value) {
            if (type[0] == '_') /* parts that entries share by anchors */
                continue;
            if (count == sizeof entries / sizeof *entries)
                fail(argv[i], 0, "too many types");
            entries[count++] = (struct entry){strdup(type), json_dumps(value, JSON_COMPACT)};
        }
        json_decref(all);
        yaml_document_delete(&document);
        yaml_parser_delete(&parser);
        fclose(in);
    }
    qsort(entries, count, sizeof *entries, by_type);
    FILE *out = fopen(argv[2], "wb");
    if (!out)
        fail(argv[2], 0, strerror(errno));
    fputs("#include \"resource/table.h\"\n\n", out);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(entries[i].type, entries[i - 1].type) == 0)
            fail(entries[i].type, 0, "two entries for one type");
        fprintf(out, "static const char text_%zu[] = {", i);
        bytes(out, entries[i].text);
        fputs("};\n", out);
    }
    fprintf(out,
            "\nextern const struct had_driver_text had_%s_texts[];\n"
            "extern const unsigned had_%s_text_count;\n"
            "const struct had_driver_text had_%s_texts[] = {\n",
            argv[1], argv[1], argv[1]);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "    {\"%s\", text_%zu},\n", entries[i].type, i);
    for (size_t i = 0; i < count; i++) {
        free(entries[i].type);
        free(entries[i].text);
    }
    fprintf(out, "};\nconst unsigned had_%s_text_count = %zu;\n", argv[1], count);
    return fclose(out) == 0 ? 0 : 1;
}
