#include "aws/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- reading ---- */

struct parse {
    struct had_aws_config *config;
    bool credentials, known; /* known: the section is one that counts */
    enum had_aws_section section;
    had_str name, group;
    uint32_t line;
};

/* `profile "my profile"` in two words; quotes as a shell has them. */
static bool section_words(had_str text, had_str *first, had_str *second)
{
    text = had_str_trim(text);
    int64_t space = had_str_find(text, ' '), tab = had_str_find(text, '\t');
    if (space < 0 || (tab >= 0 && tab < space))
        space = tab;
    *first = space < 0 ? text : had_str_slice(text, 0, (uint32_t)space);
    *second =
        space < 0 ? (had_str){0} : had_str_trim(had_str_slice(text, (uint32_t)space + 1, text.len));
    if (second->len > 1 && (second->ptr[0] == '"' || second->ptr[0] == '\'') &&
        second->ptr[second->len - 1] == second->ptr[0])
        *second = had_str_slice(*second, 1, second->len - 1);
    return first->len > 0;
}

static void open_section(struct parse *p, had_str header)
{
    had_str first, second;
    header = had_str_trim(header);
    p->group = (had_str){0};
    p->known = true;
    p->section = HAD_AWS_PROFILE;
    if (p->credentials) {
        p->name = header;
    } else if (!section_words(header, &first, &second)) {
        p->known = false;
    } else if (!second.len) {
        p->name = first;
        p->known = had_str_is(first, "default");
    } else {
        p->name = second;
        if (had_str_is(first, "sso-session"))
            p->section = HAD_AWS_SSO_SESSION;
        else if (had_str_is(first, "services"))
            p->section = HAD_AWS_SERVICES;
        else
            p->known = had_str_is(first, "profile");
    }
    if (p->known)
        *had_push(p->config->arena, &p->config->sections) = (struct had_aws_entry){
            .section = p->section, .name = p->name, .from_credentials = p->credentials};
}

/* False if the line is neither a comment, a section, nor a key. */
static bool read_line(struct parse *p, had_str line)
{
    bool indented = line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
    had_str text = had_str_trim(line);
    if (!text.len || text.ptr[0] == '#' || text.ptr[0] == ';')
        return true;
    if (text.ptr[0] == '[') {
        int64_t end = had_str_find(text, ']');
        if (end < 2)
            return false;
        open_section(p, had_str_slice(text, 1, (uint32_t)end));
        return true;
    }
    int64_t equals = had_str_find(text, '='), colon = had_str_find(text, ':');
    if (equals < 0 || (colon >= 0 && colon < equals && !p->group.len))
        equals = colon;
    if (equals < 1)
        return indented; /* the next line of a value: none of ours has several */
    if (!p->known)
        return true;
    struct had_aws_entry entry = {
        .section = p->section,
        .name = p->name,
        .group = indented ? p->group : (had_str){0},
        .key =
            had_str_lower(p->config->arena, had_str_trim(had_str_slice(text, 0, (uint32_t)equals))),
        .value = had_str_trim(had_str_slice(text, (uint32_t)equals + 1, text.len)),
        .from_credentials = p->credentials,
    };
    if (indented && !p->group.len)
        return true; /* what follows a value is a part of it */
    if (!indented)
        p->group = entry.value.len ? (had_str){0} : entry.key;
    *had_push(p->config->arena, &p->config->entries) = entry;
    return true;
}

bool had_aws_config_add(struct had_aws_config *config, had_str text, bool credentials,
                        had_str *error)
{
    struct parse p = {.config = config, .credentials = credentials};
    text = had_str_dup(config->arena, text);
    if (had_str_starts(text, "\xef\xbb\xbf"))
        text = had_str_slice(text, 3, text.len);
    while (text.len) {
        int64_t end = had_str_find(text, '\n');
        had_str line = end < 0 ? text : had_str_slice(text, 0, (uint32_t)end);
        text = end < 0 ? (had_str){0} : had_str_slice(text, (uint32_t)end + 1, text.len);
        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
        p.line++;
        if (!read_line(&p, line)) {
            *error = had_str_printf(config->arena,
                                    "line %u is neither a section nor a key with `=`", p.line);
            return false;
        }
    }
    return true;
}

had_str had_aws_config_get(const struct had_aws_config *config, enum had_aws_section section,
                           had_str name, const char *group, const char *key)
{
    for (uint32_t i = config->entries.count; i-- > 0;) {
        const struct had_aws_entry *e = &config->entries.items[i];
        if (e->section == section && had_str_is(e->key, key) && had_str_eq(e->name, name) &&
            had_str_is(e->group, group ? group : ""))
            return e->value;
    }
    return (had_str){0};
}

bool had_aws_config_from(const struct had_aws_config *config, had_str profile, const char *key,
                         bool credentials)
{
    for (uint32_t i = 0; i < config->entries.count; i++) {
        const struct had_aws_entry *e = &config->entries.items[i];
        if (e->from_credentials == credentials && e->section == HAD_AWS_PROFILE && !e->group.len &&
            had_str_is(e->key, key) && had_str_eq(e->name, profile))
            return true;
    }
    return false;
}

bool had_aws_config_has(const struct had_aws_config *config, enum had_aws_section section,
                        had_str name)
{
    for (uint32_t i = 0; i < config->sections.count; i++)
        if (config->sections.items[i].section == section &&
            had_str_eq(config->sections.items[i].name, name))
            return true;
    return false;
}

/* ---- files and the environment ---- */

static const char *process_get(void *context, const char *name)
{
    (void)context;
    return getenv(name);
}

const struct had_aws_environment had_aws_process_environment = {NULL, process_get};

had_str had_aws_variable(const struct had_aws_environment *environment, const char *name)
{
    return had_str_c(environment->get(environment->context, name));
}

bool had_aws_file_read(struct had_arena *arena, had_str path, had_str *text, bool *missing,
                       had_str *error)
{
    struct stat info;
    *text = (had_str){0};
    *missing = false;
    int fd = open(had_str_cstr(arena, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        *missing = true;
        return true;
    }
    if (fd < 0 || fstat(fd, &info) != 0) {
        *error = had_str_printf(arena, "`" HAD_FMT "` cannot be read: %s", HAD_ARG(path),
                                strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    if (!S_ISREG(info.st_mode) || info.st_size > HAD_AWS_CONFIG_MAX) {
        *error = had_str_printf(arena, "`" HAD_FMT "` %s", HAD_ARG(path),
                                S_ISREG(info.st_mode) ? "is too large" : "is no regular file");
        close(fd);
        return false;
    }
    char *bytes = had_arena_alloc(arena, (size_t)info.st_size + 1);
    size_t len = 0;
    ssize_t n;
    while (len < (size_t)info.st_size &&
           (n = read(fd, bytes + len, (size_t)info.st_size - len)) > 0)
        len += (size_t)n;
    close(fd);
    *text = (had_str){bytes, (uint32_t)len};
    return true;
}

had_str had_aws_home_path(struct had_arena *arena, const struct had_aws_environment *environment,
                          had_str path)
{
    if (!had_str_starts(path, "~/"))
        return path;
    return had_str_printf(arena, HAD_FMT HAD_FMT, HAD_ARG(had_aws_variable(environment, "HOME")),
                          HAD_ARG(had_str_slice(path, 1, path.len)));
}

bool had_aws_config_load(struct had_aws_config *config,
                         const struct had_aws_environment *environment, had_str *error)
{
    static const struct {
        const char *variable, *path;
        bool credentials;
    } files[] = {{"AWS_CONFIG_FILE", "~/.aws/config", false},
                 {"AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", true}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        had_str path = had_aws_variable(environment, files[i].variable), text, why = {0};
        bool missing;
        path = had_aws_home_path(config->arena, environment,
                                 path.len ? path : had_str_c(files[i].path));
        if (!had_aws_file_read(config->arena, path, &text, &missing, error))
            return false;
        if (!had_aws_config_add(config, text, files[i].credentials, &why)) {
            *error = had_str_printf(config->arena, "`" HAD_FMT "`: " HAD_FMT, HAD_ARG(path),
                                    HAD_ARG(why));
            return false;
        }
    }
    return true;
}

bool had_aws_truth(had_str text, bool other)
{
    if (had_str_eq_nocase(text, HAD_STR("true")))
        return true;
    return had_str_eq_nocase(text, HAD_STR("false")) ? false : other;
}
