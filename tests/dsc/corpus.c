/*
 * Writes what the back ends make of hostile texts.
 *
 *     dsc_corpus corpus.json FOLDER
 *
 * Each text stands in every place that takes free text: a literal, an item of a list, the data of
 * one machine, the name of an instance, the address of an object and the name of the spec.
 * FOLDER/N/ gets the files of the N-th text, FOLDER/N.txt the codes of its findings, one a line.
 */
#include "../unit/emit_dsc/graphs.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct had_span here = {.file = 1, .start = 0, .end = 1};

static void stop(const char *what, const char *path)
{
    fprintf(stderr, "dsc_corpus: %s: %s\n", path, what);
    exit(2);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static had_str text_of(struct had_arena *arena, const json_t *entry)
{
    const char *hex = json_string_value(json_object_get(entry, "hex"));
    if (hex) {
        uint32_t length = (uint32_t)strlen(hex) / 2;
        char *bytes = had_arena_alloc(arena, (size_t)length + 1);
        for (uint32_t i = 0; i < length; i++)
            bytes[i] = (char)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
        return (had_str){bytes, length};
    }
    const json_t *text = json_object_get(entry, "text");
    json_int_t times = json_integer_value(json_object_get(entry, "repeat"));
    struct had_buffer out = {0};
    for (json_int_t i = 0; i == 0 || i < times; i++)
        had_buffer_add(&out, json_string_value(text), json_string_length(text));
    had_str whole = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return whole;
}

static void machine_describe(struct fixture *f, had_str text, struct had_node *machine,
                             const char *name, const char *object)
{
    configuration_add(f, object, "sites", "corp", "forest", machine, name);
    resource_add(f, "ADReplicationSite", "literal");
    put_text(f, "Name", "AWS");
    put_str(f, "Description", text);
    run_as(f, "ad/corp/administration");
    resource_add(f, "ADReplicationSite", "data");
    put_text(f, "Name", "AWS-2");
    put_str(f, "Description", had_str_printf(&f->arena, "%c" HAD_FMT, name[7], HAD_ARG(text)));
    run_as(f, "ad/corp/administration");
    resource_add(f, "ADReplicationSiteLink", "list");
    put_text(f, "Name", "link");
    struct had_prop *sites = had_prop_list(&f->graph, here);
    had_prop_append(&f->graph, sites, had_prop_text(&f->graph, text, here));
    had_prop_append(&f->graph, sites, had_prop_c(&f->graph, "AWS", here));
    put(f, "SitesIncluded", sites);
    put_bool(f, "OptionChangeNotification", true);
    put_bool(f, "OptionTwoWaySync", false);
    put_bool(f, "OptionDisableCompression", false);
    run_as(f, "ad/corp/administration");
    resource_add(f, "WindowsFeature", "instance");
    had_prop_put(
        &f->graph, f->resource, "Name",
        had_prop_text(&f->graph, had_str_printf(&f->arena, "x" HAD_FMT, HAD_ARG(text)), here));
    put_text(f, "Name", "DNS");
}

static void file_write(const char *path, had_str text)
{
    char *folder = strdup(path);
    for (char *at = folder + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST)
            stop("cannot be made", folder);
        *at = '/';
    }
    free(folder);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(text.ptr, 1, text.len, file) != text.len || fclose(file) != 0)
        stop("cannot be written", path);
}

static void text_try(const char *folder, size_t number, const json_t *entry)
{
    struct fixture f;
    fixture_begin(&f);
    had_str text = text_of(&f.arena, entry);
    f.graph.spec = text;
    struct had_node *one = machine_add(&f, "dc-aws-1"), *two = machine_add(&f, "dc-aws-2");
    machine_describe(&f, text, one, "dc-aws-1", "forest corp");
    char *object =
        had_str_cstr(&f.arena, had_str_printf(&f.arena, "forest " HAD_FMT, HAD_ARG(text)));
    machine_describe(&f, text, two, "dc-aws-2", object);
    if (!emit(&f, &had_backend_dsc))
        emit(&f, &had_backend_mof);
    struct had_buffer codes = {0};
    had_each (struct had_diag *, d, &f.diags.items)
        had_buffer_printf(&codes, "%s\n", (*d)->code->code);
    file_write(had_str_cstr(&f.arena, had_str_printf(&f.arena, "%s/%zu.txt", folder, number)),
               had_buffer_view(&codes));
    had_buffer_free(&codes);
    had_each (struct had_output_file, file, &f.output.files)
        file_write(had_str_cstr(&f.arena, had_str_printf(&f.arena, "%s/%zu/" HAD_FMT, folder,
                                                         number, HAD_ARG(file->path))),
                   file->text);
    fixture_end(&f);
}

int main(int argc, char **argv)
{
    json_error_t error;
    if (argc != 3)
        stop("usage: dsc_corpus CORPUS FOLDER", "");
    json_t *corpus = json_load_file(argv[1], JSON_ALLOW_NUL, &error);
    if (!corpus)
        stop(error.text, argv[1]);
    size_t number;
    json_t *entry;
    json_array_foreach(corpus, number, entry) text_try(argv[2], number, entry);
    json_decref(corpus);
    return 0;
}
