/* Params from outside: --var, --var-file and HAD_VAR_name in the environment. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

extern char **environ;

enum { FILE_MAX = 1024 * 1024 };

static bool complain(const char *path, const char *text)
{
    fprintf(stderr, "had: %s: %s\n", path, text);
    return false;
}

/* A flat map; JSON is YAML. Lists and maps as values are not params. */
bool had_variables_file(struct had_cli *cli, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return complain(path, strerror(errno));
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        had_out_of_memory(sizeof parser);
    yaml_parser_set_input_file(&parser, file);
    bool good = true, done = false, in_map = false;
    had_str key = {0};
    bool have_key = false;
    uint32_t events = 0;
    while (good && !done) {
        yaml_event_t e;
        if (!yaml_parser_parse(&parser, &e)) {
            good = complain(path, parser.problem ? parser.problem : "it is not YAML");
            break;
        }
        if (++events > FILE_MAX)
            good = complain(path, "it is too large");
        switch (e.type) {
        case YAML_MAPPING_START_EVENT:
            good = good && !in_map ? true : complain(path, "a param is one value, not a map");
            in_map = true;
            break;
        case YAML_SEQUENCE_START_EVENT:
        case YAML_SEQUENCE_END_EVENT:
        case YAML_ALIAS_EVENT:
            good = complain(path, in_map ? "a param is one value, not a list"
                                         : "it must be a map of names and values");
            break;
        case YAML_SCALAR_EVENT: {
            if (!in_map) {
                good = complain(path, "it must be a map of names and values");
                break;
            }
            had_str text = had_str_dup(&cli->arena, (had_str){(const char *)e.data.scalar.value,
                                                              (uint32_t)e.data.scalar.length});
            if (have_key)
                *had_push(&cli->arena, &cli->variables) = (struct had_variable){key, text, false};
            else
                key = text;
            have_key = !have_key;
            break;
        }
        case YAML_STREAM_END_EVENT:
        case YAML_MAPPING_END_EVENT:
            done = true;
            break;
        case YAML_NO_EVENT:
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            break;
        }
        yaml_event_delete(&e);
    }
    yaml_parser_delete(&parser);
    fclose(file);
    return good;
}

/* A name of the environment holds no `-`: HAD_VAR_mfa_mode is param mfa-mode, or mfa_mode. */
void had_variables_environment(struct had_cli *cli)
{
    for (char **e = environ; e && *e; e++) {
        had_str text = had_str_c(*e);
        if (!had_str_starts(text, "HAD_VAR_"))
            continue;
        int64_t at = had_str_find(text, '=');
        if (at < 9)
            continue;
        had_str name = had_str_slice(text, 8, (uint32_t)at);
        had_str value = had_str_slice(text, (uint32_t)at + 1, text.len);
        *had_push(&cli->arena, &cli->variables) = (struct had_variable){name, value, true};
        char *dashed = had_str_cstr(&cli->arena, name);
        for (char *c = dashed; *c; c++)
            *c = *c == '_' ? '-' : *c;
        *had_push(&cli->arena, &cli->variables) =
            (struct had_variable){{dashed, name.len}, value, true};
    }
}
