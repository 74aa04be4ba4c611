/* Params from outside: --var, --var-file and HAD_VAR_name in the environment. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

extern char **environ;

enum { FILE_MAX = 1024 * 1024 };

/* Takes over what is gathered, and begins another one of the same place. */
static void give(struct had_cli *cli, struct had_variable *v)
{
    *had_push(&cli->arena, &cli->variables) = *v;
    *v = (struct had_variable){.from = v->from};
}

static bool complain(const char *path, const char *text)
{
    fprintf(stderr, "had: %s: %s\n", path, text);
    return false;
}

enum { IN_NOTHING, IN_MAP, IN_LIST };

/* A map of names and values, which may be lists of values; JSON is YAML. */
bool had_variables_file(struct had_cli *cli, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return complain(path, strerror(errno));
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        had_out_of_memory(sizeof parser);
    yaml_parser_set_input_file(&parser, file);
    bool good = true, done = false, have_key = false;
    int in = IN_NOTHING;
    struct had_variable v = {.from = had_str_printf(&cli->arena, "`%s`", path)};
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
            if (in != IN_NOTHING)
                good = complain(path, "a param is one value or a list of values, not a map");
            in = IN_MAP;
            break;
        case YAML_SEQUENCE_START_EVENT:
            if (in != IN_MAP || !have_key)
                good = complain(path, in == IN_LIST ? "a list of lists is no param"
                                                    : "it must be a map of names and values");
            in = IN_LIST;
            v.many = true;
            break;
        case YAML_ALIAS_EVENT:
            good = complain(path, "it must be a map of names and values, without aliases");
            break;
        case YAML_SCALAR_EVENT: {
            had_str text = had_str_dup(&cli->arena, (had_str){(const char *)e.data.scalar.value,
                                                              (uint32_t)e.data.scalar.length});
            if (in == IN_NOTHING)
                good = complain(path, "it must be a map of names and values");
            else if (in == IN_LIST)
                *had_push(&cli->arena, &v.items) = text;
            else if (have_key)
                v.text = text;
            else
                v.name = text;
            if (in != IN_MAP)
                break;
            if (have_key)
                give(cli, &v);
            have_key = !have_key;
            break;
        }
        case YAML_SEQUENCE_END_EVENT:
            give(cli, &v);
            in = IN_MAP;
            have_key = false;
            break;
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

/* "a, 'b, c'" as items; false where a quotation mark stays open. */
static bool split(struct had_cli *cli, had_str text, struct had_variable *v)
{
    uint32_t at = 0;
    while (at < text.len) {
        while (at < text.len && text.ptr[at] == ' ')
            at++;
        char quote =
            at < text.len && (text.ptr[at] == '"' || text.ptr[at] == '\'') ? text.ptr[at] : 0;
        uint32_t start = quote ? ++at : at;
        while (at < text.len && text.ptr[at] != (quote ? quote : ','))
            at++;
        if (quote && at == text.len)
            return false;
        had_str item = had_str_slice(text, start, at);
        *had_push(&cli->arena, &v->items) = quote ? item : had_str_trim(item);
        while (at < text.len && text.ptr[at] != ',')
            at++;
        at++;
    }
    return true;
}

void had_variable_add(struct had_cli *cli, had_str name, had_str value)
{
    struct had_variable v = {.name = name, .text = value, .from = HAD_STR("`--var`")};
    if (value.len >= 2 && value.ptr[0] == '[' && value.ptr[value.len - 1] == ']')
        v.many = split(cli, had_str_slice(value, 1, value.len - 1), &v);
    give(cli, &v);
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
        had_str from =
            had_str_printf(&cli->arena, "`HAD_VAR_" HAD_FMT "` of the environment", HAD_ARG(name));
        *had_push(&cli->arena, &cli->variables) =
            (struct had_variable){.name = name, .text = value, .optional = true, .from = from};
        char *dashed = had_str_cstr(&cli->arena, name);
        for (char *c = dashed; *c; c++)
            *c = *c == '_' ? '-' : *c;
        *had_push(&cli->arena, &cli->variables) = (struct had_variable){
            .name = {dashed, name.len}, .text = value, .optional = true, .from = from};
    }
}
