/*
 * The shared files of AWS's tools, `~/.aws/config` and `~/.aws/credentials`, and the settings that
 * come from the environment and a profile in them. Sections of the config file are `[profile
 * NAME]`,
 * `[default]`, `[sso-session NAME]` and `[services NAME]`; those of the credentials file bare
 * names. A key without value may be followed by indented keys of its own.
 */
#ifndef HAD_AWS_CONFIG_H
#define HAD_AWS_CONFIG_H

#include "base/array.h"
#include "base/str.h"

enum { HAD_AWS_CONFIG_MAX = 1024 * 1024 };

enum had_aws_section { HAD_AWS_PROFILE, HAD_AWS_SSO_SESSION, HAD_AWS_SERVICES };

struct had_aws_entry {
    enum had_aws_section section;
    had_str name;  /* of the section */
    had_str group; /* the key above an indented one; empty otherwise */
    had_str key, value;
    bool from_credentials;
};

struct had_aws_config {
    struct had_arena *arena;
    had_array(struct had_aws_entry) entries;
    had_array(struct had_aws_entry) sections; /* section and name of each header */
};

/* Adds a file's text; of equal keys the one added last counts. False and a sentence if it is no
 * such file. */
bool had_aws_config_add(struct had_aws_config *config, had_str text, bool credentials,
                        had_str *error);
/* The value, or an empty text with NULL pointer where there is none. */
had_str had_aws_config_get(const struct had_aws_config *config, enum had_aws_section section,
                           had_str name, const char *group, const char *key);
/* Whether the file of that kind has the key in the profile. */
bool had_aws_config_from(const struct had_aws_config *config, had_str profile, const char *key,
                         bool credentials);
bool had_aws_config_has(const struct had_aws_config *config, enum had_aws_section section,
                        had_str name);

/* Where settings come from: the process's environment, or a test's. */
struct had_aws_environment {
    void *context;
    const char *(*get)(void *context, const char *name); /* NULL if it is not set */
};
had_str had_aws_variable(const struct had_aws_environment *environment, const char *name);

/* The process's environment. */
extern const struct had_aws_environment had_aws_process_environment;

/* A file of bounded size; a missing one has no bytes and `missing` set. False and a sentence
 * otherwise. */
bool had_aws_file_read(struct had_arena *arena, had_str path, had_str *text, bool *missing,
                       had_str *error);
/* A path with `~/` in front replaced by the home folder. */
had_str had_aws_home_path(struct had_arena *arena, const struct had_aws_environment *environment,
                          had_str path);

/* Both files, from where the environment says or from the home folder. */
bool had_aws_config_load(struct had_aws_config *config,
                         const struct had_aws_environment *environment, had_str *error);

/* `true`/`false` in any case; `other` if it is empty or something else. */
bool had_aws_truth(had_str text, bool other);

#endif
