/* Templates as text: had's own YAML, which is always laid out the same, or JSON. */
#include "direct/stacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char word[] = "HadEngine";

struct line {
    had_str text;   /* without the end of line */
    uint32_t begin; /* in the template */
};

static bool next_line(had_str text, uint32_t *at, struct line *line)
{
    if (*at >= text.len)
        return false;
    uint32_t end = *at;
    while (end < text.len && text.ptr[end] != '\n')
        end++;
    *line = (struct line){had_str_slice(text, *at, end), *at};
    *at = end + 1;
    return true;
}

static bool is_key(had_str line, const char *key)
{
    uint32_t len = (uint32_t)strlen(key);
    return line.len >= len && memcmp(line.ptr, key, len) == 0 &&
           (line.len == len || line.ptr[len] == ' ');
}

/* Where a resource begins and ends, its name's line left out; false if there is none. */
static bool find(had_str template, had_str logical, uint32_t *begin, uint32_t *end)
{
    bool in_resources = false, inside = false;
    uint32_t at = 0;
    struct line line;
    while (next_line(template, &at, &line)) {
        bool outer = line.text.len && line.text.ptr[0] != ' ' && line.text.ptr[0] != '#';
        bool name = line.text.len > 3 && memcmp(line.text.ptr, "  ", 2) == 0 &&
                    line.text.ptr[2] != ' ' && line.text.ptr[2] != '#';
        if (inside && (outer || name)) {
            *end = line.begin;
            return true;
        }
        if (outer)
            in_resources = is_key(line.text, "Resources:");
        if (in_resources && name && line.text.len == logical.len + 3 &&
            had_str_ends(line.text, ":") &&
            memcmp(line.text.ptr + 2, logical.ptr, logical.len) == 0) {
            inside = true;
            *begin = at;
        }
    }
    *end = template.len;
    return inside;
}

static json_t *as_json(had_str template)
{
    had_str trimmed = had_str_trim(template);
    return trimmed.len && trimmed.ptr[0] == '{'
               ? json_loadb(template.ptr, template.len, JSON_REJECT_DUPLICATES, NULL)
               : NULL;
}

static json_t *json_resource(const json_t *template, had_str logical)
{
    char name[256]; /* logical ids have at most 255 */
    snprintf(name, sizeof name, HAD_FMT, HAD_ARG(logical));
    return json_object_get(json_object_get(template, "Resources"), name);
}

bool had_template_retains(had_str template, had_str logical)
{
    json_t *json = as_json(template);
    if (json) {
        const char *policy =
            json_string_value(json_object_get(json_resource(json, logical), "DeletionPolicy"));
        bool kept = policy && strcmp(policy, "Retain") == 0;
        json_decref(json);
        return kept;
    }
    uint32_t at, end;
    if (!find(template, logical, &at, &end))
        return false;
    had_str body = had_str_slice(template, 0, end);
    struct line line;
    while (next_line(body, &at, &line))
        if (had_str_is(line.text, "    DeletionPolicy: Retain"))
            return true;
    return false;
}

static had_str retain_yaml(struct had_arena *arena, had_str template, had_str logical, bool *found)
{
    uint32_t begin, end;
    struct line line;
    struct had_buffer out = {0};
    *found = find(template, logical, &begin, &end);
    if (!*found)
        return template;
    had_str body = had_str_slice(template, 0, end);
    bool metadata = false;
    for (uint32_t at = begin; next_line(body, &at, &line);)
        metadata |= is_key(line.text, "    Metadata:");
    had_buffer_str(&out, had_str_slice(template, 0, begin));
    for (uint32_t at = begin; next_line(body, &at, &line);) {
        if (is_key(line.text, "    DeletionPolicy:") ||
            had_str_is(line.text, "      HadEngine: direct"))
            continue;
        had_buffer_str(&out, line.text);
        had_buffer_c(&out, "\n");
        if (is_key(line.text, "    Type:")) {
            had_buffer_c(&out, "    DeletionPolicy: Retain\n");
            if (!metadata)
                had_buffer_printf(&out, "    Metadata:\n      %s: direct\n", word);
        } else if (is_key(line.text, "    Metadata:")) {
            had_buffer_printf(&out, "      %s: direct\n", word);
        }
    }
    had_buffer_str(&out, had_str_slice(template, end, template.len));
    had_str text = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    *found = had_template_retains(text, logical);
    return text;
}

static bool retain_json(json_t *template, had_str logical)
{
    json_t *resource = json_resource(template, logical);
    if (!resource)
        return false;
    json_object_set_new(resource, "DeletionPolicy", json_string("Retain"));
    if (!json_object_get(resource, "Metadata"))
        json_object_set_new(resource, "Metadata", json_object());
    json_object_set_new(json_object_get(resource, "Metadata"), word, json_string("direct"));
    return true;
}

had_str had_template_retain(struct had_arena *arena, had_str template, const had_str *logical,
                            uint32_t count, had_str *error)
{
    json_t *json = as_json(template);
    had_str text = template;
    for (uint32_t i = 0; i < count; i++) {
        bool found;
        if (json)
            found = retain_json(json, logical[i]);
        else
            text = retain_yaml(arena, text, logical[i], &found);
        if (!found) {
            *error = had_str_printf(arena, "its template has `" HAD_FMT "` not where had writes it",
                                    HAD_ARG(logical[i]));
            text = (had_str){0};
            break;
        }
    }
    if (json && text.len) {
        char *dumped = json_dumps(json, JSON_COMPACT);
        text = had_str_dup(arena, had_str_c(dumped));
        free(dumped);
    }
    json_decref(json);
    return text;
}
