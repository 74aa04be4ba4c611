/* Any bytes as AWS's config file, its credentials file, a command line, an end point and a time. */
#include "aws/endpoint.h"
#include "aws/internal.h"
#include "aws/value.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "failed: %s\n", what);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16)
        return 0;
    struct had_arena arena = {0};
    had_str text = {(const char *)data, (uint32_t)size}, error = {0};
    for (int credentials = 0; credentials < 2; credentials++) {
        struct had_aws_config config = {.arena = &arena};
        had_aws_config_add(&config, text, credentials, &error);
        for (uint32_t i = 0; i < config.entries.count; i++) {
            const struct had_aws_entry *e = &config.entries.items[i];
            require(had_aws_config_has(&config, e->section, e->name), "an entry has a section");
            had_str group = e->group, key = e->key;
            if (had_str_find(group, '\0') < 0 && had_str_find(key, '\0') < 0) {
                const char *g = group.len ? had_str_cstr(&arena, group) : NULL;
                had_str found =
                    had_aws_config_get(&config, e->section, e->name, g, had_str_cstr(&arena, key));
                require(found.ptr || !e->value.ptr, "an entry is found again");
            }
        }
    }
    char **words;
    if (had_aws_process_words(&arena, text, &words, &error))
        require(words[0] != NULL, "a command has a word");
    struct had_aws_endpoint endpoint;
    struct had_aws_endpoint_options options = {HAD_STR("eu-west-1"), false, false, text};
    if (text.len &&
        had_aws_endpoint_find(&arena, &had_aws_services[0], &options, &endpoint, &error))
        for (uint32_t i = 0; i < endpoint.host.len; i++)
            require(endpoint.host.ptr[i] > ' ' && endpoint.host.ptr[i] != '@', "a plain host");
    int64_t micros;
    if (had_aws_time_parse(text, &micros)) {
        struct had_buffer out = {0};
        had_aws_time_iso(&out, micros);
        had_buffer_free(&out);
    }
    had_arena_free(&arena);
    return 0;
}
