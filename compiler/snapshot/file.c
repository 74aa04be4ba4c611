/* The file: JSON with one property a line, so that changes merge and can be read. */
#include "snapshot/snapshot.h"

#include "diag/render.h"

#include <jansson.h>

enum { VERSION = 1 };

void had_snapshot_write(struct had_buffer *out, const struct had_snapshot *snapshot)
{
    json_t *root = json_object(), *list = json_array();
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const struct had_snapshot_resource *r = &snapshot->resources.items[i];
        json_t *o = json_object(), *properties = json_object();
        json_object_set_new(o, "address", had_json_text(r->address));
        json_object_set_new(o, "type", had_json_text(r->type));
        json_object_set_new(o, "class", had_json_text(r->class));
        json_object_set_new(o, "state", had_json_text(r->state));
        json_object_set_new(o, "account", had_json_text(r->account));
        json_object_set_new(o, "region", had_json_text(r->region));
        if (r->protected)
            json_object_set_new(o, "protected", json_true());
        if (r->former.count) {
            json_t *former = json_array();
            for (uint32_t k = 0; k < r->former.count; k++)
                json_array_append_new(former, had_json_text(r->former.items[k]));
            json_object_set_new(o, "former", former);
        }
        struct had_arena scratch = {0};
        for (uint32_t k = 0; k < r->properties.count; k++)
            json_object_set_new(properties, had_str_cstr(&scratch, r->properties.items[k].path),
                                had_json_text(r->properties.items[k].value));
        had_arena_free(&scratch);
        json_object_set_new(o, "properties", properties);
        json_object_set_new(o, "digest", had_json_text(r->digest));
        json_array_append_new(list, o);
    }
    json_object_set_new(root, "version", json_integer(VERSION));
    json_object_set_new(root, "spec", had_json_text(snapshot->spec));
    json_object_set_new(root, "resources", list);
    had_json_write(out, root);
}

/* A text of an object; false if it is there and no text. */
static bool text_of(struct had_arena *arena, const json_t *o, const char *key, had_str *out)
{
    const json_t *value = json_object_get(o, key);
    if (!value)
        return true;
    if (!json_is_string(value))
        return false;
    *out = had_str_dup(arena,
                       (had_str){json_string_value(value), (uint32_t)json_string_length(value)});
    return true;
}

static bool read_resource(struct had_arena *arena, json_t *o, struct had_snapshot_resource *r)
{
    if (!json_is_object(o) || !text_of(arena, o, "address", &r->address) ||
        !text_of(arena, o, "type", &r->type) || !text_of(arena, o, "class", &r->class) ||
        !text_of(arena, o, "state", &r->state) || !text_of(arena, o, "account", &r->account) ||
        !text_of(arena, o, "region", &r->region) || !text_of(arena, o, "digest", &r->digest))
        return false;
    r->protected = json_is_true(json_object_get(o, "protected"));
    json_t *former = json_object_get(o, "former");
    for (size_t i = 0; i < json_array_size(former); i++) {
        const json_t *name = json_array_get(former, i);
        if (!json_is_string(name))
            return false;
        *had_push(arena, &r->former) = had_str_dup(
            arena, (had_str){json_string_value(name), (uint32_t)json_string_length(name)});
    }
    json_t *properties = json_object_get(o, "properties"), *value;
    const char *key;
    json_object_foreach(properties, key, value) {
        if (!json_is_string(value))
            return false;
        *had_push(arena, &r->properties) = (struct had_snapshot_property){
            had_str_dup(arena, had_str_c(key)),
            had_str_dup(arena,
                        (had_str){json_string_value(value), (uint32_t)json_string_length(value)})};
    }
    return r->address.len > 0;
}

const char *had_snapshot_read(struct had_arena *arena, had_str text, struct had_snapshot *out)
{
    text = had_str_trim(text);
    while (text.len && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r'))
        text.len--;
    if (!text.len)
        return NULL;
    json_error_t error;
    json_t *root = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return "it is not JSON";
    const char *problem = NULL;
    json_t *list = json_object_get(root, "resources"), *item;
    size_t i;
    if (json_integer_value(json_object_get(root, "version")) != VERSION || !json_is_array(list))
        problem = "it is no snapshot of this version";
    else if (!text_of(arena, root, "spec", &out->spec))
        problem = "its `spec` is no text";
    json_array_foreach(list, i, item) {
        if (problem)
            break;
        struct had_snapshot_resource *r = had_push(arena, &out->resources);
        if (!read_resource(arena, item, r))
            problem = "a resource lacks its address, or has a field that is no text";
        else if (i && had_str_cmp(out->resources.items[i - 1].address, r->address) >= 0)
            problem = "its resources are not sorted, each once: was it edited or merged by hand?";
    }
    json_decref(root);
    return problem;
}
