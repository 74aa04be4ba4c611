#include "aws/value.h"
#include "resource/driver.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static json_t *text_json(const char *text, size_t len)
{
    return json_stringn(text, len);
}

static json_t *str_json(had_str text)
{
    return text.len ? text_json(text.ptr, text.len) : NULL;
}

/* ---- functions ---- */

static json_t *buffer_json(struct had_buffer *b)
{
    json_t *out = text_json(b->ptr ? b->ptr : "", b->len);
    had_buffer_free(b);
    return out;
}

/* Scalars as text; NULL for others. */
static json_t *to_text(const json_t *value)
{
    char digits[32];
    if (json_is_string(value))
        return json_incref((json_t *)value);
    if (json_is_boolean(value))
        return json_string(json_is_true(value) ? "true" : "false");
    if (json_is_integer(value)) {
        snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return json_string(digits);
    }
    if (json_is_real(value)) {
        struct had_buffer b = {0};
        had_aws_real(&b, json_real_value(value));
        return buffer_json(&b);
    }
    return NULL;
}

static json_t *to_number(const json_t *value)
{
    if (!json_is_string(value))
        return json_incref((json_t *)value);
    const char *text = json_string_value(value);
    char *end;
    long long whole = strtoll(text, &end, 10);
    if (*text && !*end)
        return json_integer(whole);
    double real = strtod(text, &end);
    return *text && !*end ? json_real(real) : json_incref((json_t *)value);
}

static json_t *fold(const json_t *value, int (*change)(int))
{
    if (!json_is_string(value))
        return json_incref((json_t *)value);
    json_t *out = json_copy((json_t *)value);
    char *text = (char *)json_string_value(out);
    for (; *text; text++)
        *text = (char)change((unsigned char)*text);
    return out;
}

struct sort_item {
    json_t *value, *by; /* what it is compared by */
};

static int compare_dumped(const void *a, const void *b)
{
    const struct sort_item *x = a, *y = b;
    char *left = json_dumps(x->by, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *right = json_dumps(y->by, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    int order = strcmp(left ? left : "", right ? right : "");
    free(left);
    free(right);
    return order;
}

/* By the elements' member `by` where they have it; NULL: by all of them. */
static json_t *sorted(const json_t *list, const char *by, bool unique)
{
    size_t count = json_array_size(list);
    struct sort_item *items = had_xmalloc((count + 1) * sizeof *items);
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_array_get(list, i), *member = by ? json_object_get(value, by) : NULL;
        items[i] = (struct sort_item){value, member ? member : value};
    }
    qsort(items, count, sizeof *items, compare_dumped);
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++)
        if (!unique || i == 0 || !json_equal(items[i].value, items[i - 1].value))
            json_array_append(out, items[i].value);
    free(items);
    return out;
}

static bool in_words(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = words; *p;) {
        size_t n = strcspn(p, ",");
        if (n == len && strncmp(p, word, n) == 0)
            return true;
        p += n + (p[n] != 0);
    }
    return false;
}

/*
 * Objects at every depth with their members under other names, or in `flat` lists and objects only:
 * `name_of` writes the name of a member, or says that it is left out.
 */
static json_t *with_names(const json_t *value, bool flat,
                          bool (*name_of)(const char *key, const char *words, char out[128]),
                          const char *words)
{
    const char *key;
    json_t *member;
    if (json_is_array(value)) {
        json_t *out = json_array();
        for (size_t i = 0; i < json_array_size(value); i++)
            json_array_append_new(out, with_names(json_array_get(value, i), flat, name_of, words));
        return out;
    }
    if (!json_is_object(value))
        return json_incref((json_t *)value);
    json_t *out = json_object();
    json_object_foreach((json_t *)value, key, member) {
        char name[128];
        if (name_of(key, words, name))
            json_object_set_new(
                out, name, flat ? json_incref(member) : with_names(member, flat, name_of, words));
    }
    return out;
}

/* By pairs OLD=NEW,… */
static bool renamed(const char *key, const char *pairs, char out[128])
{
    snprintf(out, 128, "%s", key);
    for (const char *p = pairs; *p;) {
        const char *equal = strchr(p, '='), *end = p + strcspn(p, ",");
        if (equal && equal < end && strlen(key) == (size_t)(equal - p) &&
            strncmp(key, p, (size_t)(equal - p)) == 0)
            snprintf(out, 128, "%.*s", (int)(end - equal - 1), equal + 1);
        p = *end ? end + 1 : end;
    }
    return true;
}

static bool lowered(const char *key, const char *unused, char out[128])
{
    (void)unused;
    snprintf(out, 128, "%s", key);
    out[0] = (char)tolower((unsigned char)out[0]);
    return true;
}

static bool chosen(const char *key, const char *words, char out[128])
{
    snprintf(out, 128, "%s", key);
    return in_words(words, key);
}

static void add_plain_tag(json_t *out, const char *name, const json_t *value)
{
    if (name && strncmp(name, "had:", 4) != 0 && strncmp(name, "aws:", 4) != 0)
        json_array_append_new(out,
                              json_pack("{s:s, s:o}", "Key", name, "Value",
                                        value ? json_incref((json_t *)value) : json_string("")));
}

/* Tags of any spelling as a sorted [{Key, Value}], without those of AWS and of this program. */
static json_t *plain_tags(const json_t *value)
{
    json_t *out = json_array();
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member)
        add_plain_tag(out, key, member);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *text;
        key = had_tag_name(json_array_get(value, i), &text);
        add_plain_tag(out, key, text);
    }
    json_t *result = sorted(out, NULL, false);
    json_decref(out);
    return result;
}

static json_t *pluck(const json_t *list, const char *path, const struct had_scope *scope)
{
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *item = had_path(json_array_get(list, i), path, scope);
        if (item)
            json_array_append_new(out, item);
    }
    return out;
}

/*
 * A name as Route 53 writes it, as people do: without the dot of the root, and `*` instead of \052
 * (docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html).
 */
static json_t *domain_name(const char *text)
{
    struct had_buffer b = {0};
    for (const char *p = text; *p; p++) {
        bool octal = p[0] == '\\' && strspn(p + 1, "01234567") >= 3;
        char c = octal ? (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0')) : *p;
        if (octal)
            p += 3;
        if (c == '.' && !p[1])
            break;
        had_buffer_char(&b, c);
    }
    return buffer_json(&b);
}

static json_t *apply(json_t *value, const char *name, const char *a, const char *b,
                     const struct had_scope *scope)
{
    struct had_buffer buffer = {0};
    const char *text = json_string_value(value);
    json_t *out = NULL;
    if (strcmp(name, "json") == 0) {
        char *dumped = json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT);
        out = dumped ? json_string(dumped) : json_incref(value);
        free(dumped);
    } else if (strcmp(name, "parse") == 0) {
        out = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
        if (!out)
            out = json_incref(value);
    } else if (strcmp(name, "urldecode") == 0 && text) {
        struct had_arena arena = {0};
        had_str plain = had_aws_percent_decode(&arena, had_str_c(text));
        out = text_json(plain.ptr, plain.len);
        had_arena_free(&arena);
    } else if (strcmp(name, "base64") == 0 && text) {
        had_aws_base64(&buffer, text, json_string_length(value));
        out = buffer_json(&buffer);
    } else if (strcmp(name, "unbase64") == 0 && text) {
        if (had_aws_base64_decode(&buffer, had_str_c(text)))
            out = buffer_json(&buffer);
        else
            had_buffer_free(&buffer);
    } else if (strcmp(name, "string") == 0) {
        out = to_text(value);
    } else if (strcmp(name, "number") == 0) {
        out = to_number(value);
    } else if (strcmp(name, "lower") == 0) {
        out = fold(value, tolower);
    } else if (strcmp(name, "upper") == 0) {
        out = fold(value, toupper);
    } else if (strcmp(name, "list") == 0) {
        out = json_is_array(value) ? json_incref(value) : json_pack("[O]", value);
    } else if (strcmp(name, "first") == 0) {
        out = json_is_array(value) ? json_incref(json_array_get(value, 0)) : json_incref(value);
    } else if (strcmp(name, "last") == 0) {
        out = json_is_array(value) ? json_incref(json_array_get(value, json_array_size(value) - 1))
                                   : json_incref(value);
    } else if (strcmp(name, "domain") == 0 && text) {
        out = domain_name(text);
    } else if (strcmp(name, "not") == 0) {
        out = json_boolean(!json_is_true(value));
    } else if (strcmp(name, "there") == 0) {
        out = json_true();
    } else if (strcmp(name, "eq") == 0) {
        json_t *as_text = to_text(value);
        out = json_boolean(as_text && strcmp(json_string_value(as_text), a) == 0);
        json_decref(as_text);
    } else if (strcmp(name, "sort") == 0 || strcmp(name, "unique") == 0) {
        out = json_is_array(value) ? sorted(value, *a ? a : NULL, name[0] == 'u')
                                   : json_incref(value);
    } else if (strcmp(name, "lowerkeys") == 0) {
        out = with_names(value, false, lowered, NULL);
    } else if (strcmp(name, "rename") == 0) {
        out = with_names(value, false, renamed, a);
    } else if (strcmp(name, "only") == 0) {
        out = with_names(value, true, chosen, a);
    } else if (strcmp(name, "or") == 0) {
        out = json_incref(value);
    } else if (strcmp(name, "join") == 0) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            json_t *item = to_text(json_array_get(value, i));
            if (i)
                had_buffer_c(&buffer, a);
            had_buffer_c(&buffer, item ? json_string_value(item) : "");
            json_decref(item);
        }
        out = buffer_json(&buffer);
    } else if (strcmp(name, "split") == 0 && text) {
        out = json_array();
        for (const char *p = text, *end; p; p = end ? end + strlen(a) : NULL) {
            end = *a ? strstr(p, a) : NULL;
            json_array_append_new(out, text_json(p, end ? (size_t)(end - p) : strlen(p)));
        }
    } else if (strcmp(name, "pluck") == 0) {
        out = pluck(value, a, scope);
    } else if (strcmp(name, "wrap") == 0) {
        out = json_array();
        for (size_t i = 0; i < json_array_size(value); i++)
            json_array_append_new(out, json_pack("{s:O}", a, json_array_get(value, i)));
    } else if (strcmp(name, "map") == 0) {
        out = json_object();
        for (size_t i = 0; i < json_array_size(value); i++) {
            const json_t *pair = json_array_get(value, i);
            const char *key = json_string_value(json_object_get(pair, a));
            json_t *member = json_object_get(pair, b);
            if (key && member)
                json_object_set(out, key, member);
        }
    } else if (strcmp(name, "pairs") == 0) {
        const char *key;
        json_t *member;
        out = json_array();
        json_object_foreach(value, key, member)
            json_array_append_new(out, json_pack("{s:s, s:O}", a, key, b, member));
    } else if (strcmp(name, "spec") == 0) {
        out = json_pack("[{s:s, s:O}]", "ResourceType", a, "Tags", value);
    } else if (strcmp(name, "numbers") == 0) {
        /* a member of each element as a number */
        out = json_array();
        for (size_t i = 0; i < json_array_size(value); i++) {
            json_t *item = json_copy(json_array_get(value, i));
            const json_t *member = json_object_get(item, a);
            if (member)
                json_object_set_new(item, a, to_number(member));
            json_array_append_new(out, item);
        }
    } else if (strcmp(name, "with") == 0) {
        /* each element with a member of its own form, NAME=JSON */
        const char *equal = strchr(a, '=');
        char key[128];
        snprintf(key, sizeof key, "%.*s", equal ? (int)(equal - a) : 0, a);
        json_t *member = equal ? json_loads(equal + 1, JSON_DECODE_ANY, NULL) : NULL;
        out = json_array();
        for (size_t i = 0; i < json_array_size(value); i++) {
            json_t *item = json_copy(json_array_get(value, i));
            if (member && !json_object_get(item, key))
                json_object_set(item, key, member);
            json_array_append_new(out, item);
        }
        json_decref(member);
    } else if (strcmp(name, "like") == 0) {
        /* elements whose member NAME is that of an element of another list */
        json_t *source = json_string(a), *others = had_template(source, scope);
        out = json_array();
        for (size_t i = 0; i < json_array_size(value); i++) {
            json_t *item = json_array_get(value, i);
            for (size_t k = 0; k < json_array_size(others); k++)
                if (json_equal(json_object_get(item, b),
                               json_object_get(json_array_get(others, k), b))) {
                    json_array_append(out, item);
                    break;
                }
        }
        json_decref(source);
        json_decref(others);
    } else if (strcmp(name, "strip") == 0 && text) {
        size_t len = json_string_length(value);
        while (len && strchr(a, text[len - 1]))
            len--;
        out = text_json(text, len);
    } else if (strcmp(name, "without") == 0) {
        /* elements whose member is not that word */
        const char *equal = strchr(a, '=');
        char key[128];
        snprintf(key, sizeof key, "%.*s", equal ? (int)(equal - a) : 0, a);
        out = json_array();
        for (size_t i = 0; equal && i < json_array_size(value); i++) {
            json_t *item = json_array_get(value, i);
            const char *has = json_string_value(json_object_get(item, key));
            if (!has || strcmp(has, equal + 1) != 0)
                json_array_append(out, item);
        }
    } else if (strcmp(name, "form") == 0) {
        out = json_array();
        for (size_t i = 0; i < json_array_size(value); i++) {
            json_t *template = json_string(a);
            struct had_scope members = {.props = json_array_get(value, i)};
            json_t *item = had_template(template, &members);
            if (item)
                json_array_append_new(out, item);
            json_decref(template);
        }
    } else if (strcmp(name, "tags") == 0) {
        out = plain_tags(value);
    }
    json_decref(value);
    return out;
}

/* ---- paths ---- */

/* One segment on a value: a new reference or NULL. Lists made by `[]` or `{}` are walked through.
 */
static json_t *step_into(json_t *value, const char **path, bool *many,
                         const struct had_scope *scope)
{
    const char *p = *path;
    json_t *out = NULL;
    if (*p == '[') {
        char *end;
        if (p[1] == ']') {
            *path = p + 2;
            if (*many && json_is_array(value)) { /* flatten */
                out = json_array();
                for (size_t i = 0; i < json_array_size(value); i++)
                    if (json_is_array(json_array_get(value, i)))
                        json_array_extend(out, json_array_get(value, i));
                json_decref(value);
                return out;
            }
            *many = true;
            return value;
        }
        long index = strtol(p + 1, &end, 10);
        *path = *end == ']' ? end + 1 : end;
        size_t count = json_array_size(value);
        if (index < 0)
            index += (long)count;
        if (index >= 0 && (size_t)index < count)
            out = json_incref(json_array_get(value, (size_t)index));
        *many = false;
        json_decref(value);
        return out;
    }
    if (*p == '{') {
        const char *equal = strchr(p, '='), *end = strchr(p, '}');
        if (!equal || !end || end < equal) {
            json_decref(value);
            return NULL;
        }
        char key[128], text[512];
        snprintf(key, sizeof key, "%.*s", (int)(equal - p - 1), p + 1);
        snprintf(text, sizeof text, "%.*s", (int)(end - equal - 1), equal + 1);
        *path = end + 1;
        json_t *want = json_string(text), *wanted = had_template(want, scope);
        out = json_array();
        for (size_t i = 0; wanted && i < json_array_size(value); i++) {
            json_t *item = json_array_get(value, i);
            json_t *has = had_path(item, key, scope);
            if (has && had_value_equal(wanted, has, false, false))
                json_array_append(out, item);
            json_decref(has);
        }
        json_decref(want);
        json_decref(wanted);
        json_decref(value);
        *many = true;
        return out;
    }
    size_t len = strcspn(p, ".[{|");
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)len, p);
    *path = p + len;
    if (*many && json_is_array(value)) {
        out = json_array();
        for (size_t i = 0; i < json_array_size(value); i++) {
            json_t *member = json_object_get(json_array_get(value, i), name);
            if (member)
                json_array_append(out, member);
        }
    } else {
        out = json_incref(json_object_get(value, name));
    }
    json_decref(value);
    return out;
}

/* A literal of `or`. */
static json_t *word(const char *text)
{
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return json_boolean(text[0] == 't');
    json_t *string = json_string(text), *out = to_number(string);
    json_decref(string);
    return out;
}

/* Functions after `|` on an owned value, which may be NULL. */
static json_t *pipe(json_t *value, const char *functions, const struct had_scope *scope)
{
    while (*functions == '|') {
        size_t len = strcspn(functions + 1, "|");
        char text[256];
        const char *parts[3] = {text, "", ""};
        snprintf(text, sizeof text, "%.*s", (int)len, functions + 1);
        for (int i = 1; i < 3; i++) {
            char *space = strchr(text + (parts[i - 1] - text), ' ');
            if (!space)
                break;
            *space = 0;
            parts[i] = space + 1;
        }
        if (value)
            value = apply(value, parts[0], parts[1], parts[2], scope);
        else if (strcmp(parts[0], "or") == 0)
            value = word(parts[1]);
        functions += 1 + len;
    }
    return value;
}

json_t *had_path(const json_t *value, const char *path, const struct had_scope *scope)
{
    json_t *at = json_incref((json_t *)value);
    bool many = false;
    while (at && *path && *path != '|') {
        if (*path == '.')
            path++;
        at = step_into(at, &path, &many, scope);
    }
    while (*path && *path != '|')
        path++;
    return pipe(at, path, scope);
}

/* ---- templates ---- */

/* The value that a name without its path stands for; a new reference. */
static json_t *named(const char *name, size_t len, const struct had_scope *scope)
{
    static const struct {
        const char *name;
        size_t offset;
        bool text;
    } names[] = {
#define JSON(n) {#n, offsetof(struct had_scope, n), false}
#define TEXT(n)                                                                                    \
    {                                                                                              \
#n, offsetof(struct had_scope, n), true                                                    \
    }
        JSON(attributes), JSON(note),       JSON(item),   JSON(old),       JSON(answer),
        JSON(tags),       TEXT(id),         TEXT(token),  TEXT(address),   TEXT(deployment),
        TEXT(account),    TEXT(management), TEXT(region), TEXT(partition), TEXT(found),
#undef JSON
#undef TEXT
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i].name) != len || strncmp(names[i].name, name, len) != 0)
            continue;
        const char *at = (const char *)scope + names[i].offset;
        if (names[i].text)
            return str_json(*(const had_str *)(const void *)at);
        return json_incref((json_t *)*(const json_t *const *)(const void *)at);
    }
    char key[256];
    snprintf(key, sizeof key, "%.*s", (int)len, name);
    return json_incref(json_object_get(scope->props, key));
}

/* A part of an id whose parts stand between `|`. */
static json_t *id_part(had_str id, long index)
{
    while (index > 0) {
        int64_t bar = had_str_find(id, '|');
        if (bar < 0)
            return NULL;
        id = had_str_slice(id, (uint32_t)bar + 1, id.len);
        index--;
    }
    int64_t bar = had_str_find(id, '|');
    return str_json(bar < 0 ? id : had_str_slice(id, 0, (uint32_t)bar));
}

/* `Name.Path|function` without the `$`. */
static json_t *expression(const char *text, const struct had_scope *scope)
{
    size_t len = strcspn(text, ".[{|");
    if (len == 2 && strncmp(text, "id", 2) == 0 && text[2] == '[')
        return pipe(id_part(scope->id, strtol(text + 3, NULL, 10)), text + strcspn(text, "|"),
                    scope);
    json_t *value = named(text, len, scope);
    if (!value)
        return pipe(NULL, text + strcspn(text, "|"), scope);
    json_t *out = had_path(value, text + len, scope);
    json_decref(value);
    return out;
}

/* Text with `${…}` in it; missing if one of them is. */
static json_t *interpolated(const char *text, const struct had_scope *scope)
{
    struct had_buffer b = {0};
    const char *open;
    while ((open = strstr(text, "${"))) {
        const char *close = strchr(open, '}');
        if (!close)
            break;
        had_buffer_add(&b, text, (size_t)(open - text));
        char inner[256];
        snprintf(inner, sizeof inner, "%.*s", (int)(close - open - 2), open + 2);
        json_t *value = expression(inner, scope), *as_text = value ? to_text(value) : NULL;
        json_decref(value);
        if (!as_text) {
            had_buffer_free(&b);
            return NULL;
        }
        had_buffer_add(&b, json_string_value(as_text), json_string_length(as_text));
        json_decref(as_text);
        text = close + 1;
    }
    had_buffer_c(&b, text);
    return buffer_json(&b);
}

/* True if something in the template depends on a value. */
static bool depends(const json_t *template)
{
    if (json_is_string(template)) {
        const char *text = json_string_value(template);
        return text[0] == '$' || strstr(text, "${");
    }
    const char *key;
    json_t *member;
    if (json_is_object(template))
        json_object_foreach((json_t *)template, key, member)
            if (depends(member))
                return true;
    for (size_t i = 0; i < json_array_size(template); i++)
        if (depends(json_array_get(template, i)))
            return true;
    return false;
}

/* Objects, and members given as {$key, $value}, as the text of one; missing if a part is. */
static json_t *merged(const json_t *parts, const struct had_scope *scope)
{
    json_t *all = json_object(), *out = NULL;
    bool missing = false;
    for (size_t i = 0; i < json_array_size(parts); i++) {
        const json_t *part = json_array_get(parts, i), *key = json_object_get(part, "$key");
        json_t *value = had_template(key ? json_object_get(part, "$value") : part, scope);
        json_t *name = key ? had_template(key, scope) : NULL;
        missing |= !value || (key && !name);
        if (value && name)
            json_object_set(all, json_string_value(name), value);
        else if (value)
            json_object_update(all, value);
        json_decref(value);
        json_decref(name);
    }
    char *text = missing ? NULL : json_dumps(all, JSON_COMPACT);
    if (text)
        out = json_string(text);
    free(text);
    json_decref(all);
    return out;
}

json_t *had_template(const json_t *template, const struct had_scope *scope)
{
    if (json_is_string(template)) {
        const char *text = json_string_value(template);
        if (text[0] == '$' && text[1] != '{')
            return expression(text + 1, scope);
        return strstr(text, "${") ? interpolated(text, scope) : json_incref((json_t *)template);
    }
    if (!json_is_object(template) && !json_is_array(template))
        return json_incref((json_t *)template);
    const json_t *condition = json_object_get(template, "$if");
    if (condition) {
        json_t *value = had_template(condition, scope);
        bool there = value && !json_is_false(value);
        json_decref(value);
        if (!there)
            return NULL;
    }
    const json_t *parts = json_object_get(template, "$merge");
    if (parts)
        return merged(parts, scope);
    const json_t *choices = json_object_get(template, "$any");
    if (choices) {
        json_t *value = NULL;
        for (size_t i = 0; i < json_array_size(choices) && !value; i++)
            value = had_template(json_array_get(choices, i), scope);
        return value;
    }
    bool wanted = false, found = false; /* placeholders there, and with a value */
    json_t *out;
    if (json_is_array(template)) {
        out = json_array();
        for (size_t i = 0; i < json_array_size(template); i++) {
            const json_t *part = json_array_get(template, i);
            json_t *value = had_template(part, scope);
            if (depends(part)) {
                wanted = true;
                found |= value != NULL;
            }
            if (value)
                json_array_append_new(out, value);
        }
    } else {
        const char *key;
        json_t *part;
        out = json_object();
        json_object_foreach((json_t *)template, key, part) {
            if (strcmp(key, "$if") == 0)
                continue;
            json_t *value = had_template(part, scope);
            if (depends(part)) {
                wanted = true;
                found |= value != NULL;
            }
            if (value)
                json_object_set_new(out, key, value);
        }
    }
    if (wanted && !found) {
        json_decref(out);
        return NULL;
    }
    return out;
}

had_str had_template_text(struct had_arena *arena, const json_t *template,
                          const struct had_scope *scope)
{
    json_t *value = template ? had_template(template, scope) : NULL;
    json_t *text = value ? to_text(value) : NULL;
    had_str out = {0};
    if (text)
        out = had_str_dup(arena,
                          (had_str){json_string_value(text), (uint32_t)json_string_length(text)});
    json_decref(text);
    json_decref(value);
    return out;
}
