#include "aws/internal.h"

#include <string.h>

/*
 * The part of JMESPath that botocore's waiters use for our operations: names joined by dots, `[]`
 * after a list, and `length(PATH) > `0``. A test evaluates every expression of the models.
 */
static json_t *step(json_t *value, const char *name, bool flatten, bool projected)
{
    json_t *out;
    if (projected) {
        out = json_array();
        for (size_t i = 0; i < json_array_size(value); i++) {
            json_t *item = json_object_get(json_array_get(value, i), name);
            if (flatten && json_is_array(item))
                json_array_extend(out, item);
            else if (!flatten && item && !json_is_null(item))
                json_array_append(out, item);
        }
    } else {
        out = json_incref(json_object_get(value, name));
        if (flatten && !json_is_array(out)) {
            json_decref(out);
            out = NULL;
        }
    }
    return out;
}

json_t *had_aws_path(const json_t *value, const char *path)
{
    json_t *at = json_incref((json_t *)(uintptr_t)value);
    bool projected = false;
    char name[128];
    while (*path && at) {
        size_t len = strcspn(path, ".[");
        if (len >= sizeof name) {
            json_decref(at);
            return NULL;
        }
        memcpy(name, path, len);
        name[len] = '\0';
        bool flatten = path[len] == '[' && path[len + 1] == ']';
        json_t *next = step(at, name, flatten, projected);
        json_decref(at);
        at = next;
        projected |= flatten;
        path += len + (flatten ? 2 : 0);
        path += *path == '.';
    }
    return at;
}

bool had_aws_path_true(const json_t *value, const char *expression)
{
    static const char head[] = "length(", tail[] = ") > `0`";
    size_t len = strlen(expression), around = sizeof head - 1 + sizeof tail - 1;
    char path[256];
    if (strncmp(expression, head, sizeof head - 1) != 0 || len <= around ||
        len - around >= sizeof path || strcmp(expression + len - (sizeof tail - 1), tail) != 0)
        return false;
    memcpy(path, expression + sizeof head - 1, len - around);
    path[len - around] = '\0';
    json_t *list = had_aws_path(value, path);
    bool truth = json_array_size(list) > 0;
    json_decref(list);
    return truth;
}
