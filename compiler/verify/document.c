#include "verify/document.h"

#include <jansson.h>
#include <string.h>
#include <yaml.h>

enum { DEPTH_MAX = 100 };

const struct had_doc *had_doc_get(const struct had_doc *map, had_str key)
{
    if (map && map->tag == HAD_DOC_MAP)
        had_each(const struct had_doc_entry, entry, &map->entries)
            if (had_str_eq(entry->key, key))
                return entry->value;
    return NULL;
}

const struct had_doc *had_doc_at(const struct had_doc *map, const char *key)
{
    return had_doc_get(map, had_str_c(key));
}

had_str had_doc_text(const struct had_doc *map, const char *key)
{
    const struct had_doc *value = had_doc_at(map, key);
    return value && value->tag == HAD_DOC_TEXT ? value->text : (had_str){0};
}

static struct had_doc *doc_new(struct had_arena *arena, enum had_doc_tag tag, uint32_t line)
{
    struct had_doc *doc = had_new(arena, struct had_doc);
    doc->tag = tag;
    doc->line = line;
    return doc;
}

static void put(struct had_arena *arena, struct had_doc *map, had_str key, struct had_doc *value)
{
    *had_push(arena, &map->entries) = (struct had_doc_entry){key, value};
}

/* ---- JSON ---- */

static struct had_doc *from_json(struct had_arena *arena, json_t *json, uint32_t depth,
                                 had_str *problem)
{
    struct had_doc *doc = doc_new(arena, HAD_DOC_NULL, 0);
    if (depth > DEPTH_MAX) {
        *problem = HAD_STR("it is nested too deeply");
        return doc;
    }
    switch (json_typeof(json)) {
    case JSON_OBJECT: {
        const char *key;
        json_t *value;
        doc->tag = HAD_DOC_MAP;
        json_object_foreach(json, key, value)
            put(arena, doc, had_str_dup(arena, had_str_c(key)),
                from_json(arena, value, depth + 1, problem));
        break;
    }
    case JSON_ARRAY:
        doc->tag = HAD_DOC_LIST;
        for (size_t i = 0; i < json_array_size(json); i++)
            *had_push(arena, &doc->items) =
                from_json(arena, json_array_get(json, i), depth + 1, problem);
        break;
    case JSON_STRING:
        doc->tag = HAD_DOC_TEXT;
        doc->text = had_str_dup(
            arena, (had_str){json_string_value(json), (uint32_t)json_string_length(json)});
        break;
    case JSON_INTEGER:
        doc->tag = HAD_DOC_NUMBER;
        doc->text = had_str_printf(arena, "%lld", (long long)json_integer_value(json));
        break;
    case JSON_REAL:
        doc->tag = HAD_DOC_NUMBER;
        doc->text = had_str_printf(arena, "%.17g", json_real_value(json));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        doc->tag = HAD_DOC_BOOL;
        doc->text = json_is_true(json) ? HAD_STR("true") : HAD_STR("false");
        break;
    case JSON_NULL:
        break;
    }
    return doc;
}

static struct had_doc *read_json(struct had_arena *arena, had_str text, had_str *problem)
{
    json_error_t error;
    json_t *json = json_loadb(text.ptr ? text.ptr : "", text.len,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!json) {
        *problem = had_str_printf(arena, "line %d: %s", error.line, error.text);
        return NULL;
    }
    struct had_doc *doc = from_json(arena, json, 0, problem);
    json_decref(json);
    return problem->len ? NULL : doc;
}

/* ---- YAML ---- */

struct yaml {
    struct had_arena *arena;
    yaml_parser_t parser;
    had_str *problem;
};

static bool is_one_of(had_str text, const char *words)
{
    for (had_str rest = had_str_c(words); rest.len;) {
        int64_t space = had_str_find(rest, ' ');
        uint32_t end = space < 0 ? rest.len : (uint32_t)space;
        if (had_str_eq(text, had_str_slice(rest, 0, end)))
            return true;
        rest = had_str_slice(rest, end + 1, rest.len);
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What the types of YAML 1.1 (yaml.org/type) make of a plain scalar. */
static enum had_doc_tag plain_tag(had_str text)
{
    if (!text.len || is_one_of(text, "~ null Null NULL"))
        return HAD_DOC_NULL;
    if (is_one_of(text, "true True TRUE false False FALSE yes Yes YES no No NO on On ON off Off "
                        "OFF y Y n N"))
        return HAD_DOC_BOOL;
    if (is_one_of(text, ".inf .Inf .INF -.inf +.inf .nan .NaN .NAN = <<"))
        return HAD_DOC_OTHER;
    uint32_t i = text.ptr[0] == '-' || text.ptr[0] == '+', digits = 0, dots = 0, odd = 0,
             colons = 0;
    bool sign = i, exponent = false;
    for (uint32_t k = i; k < text.len; k++) {
        char c = text.ptr[k];
        if (is_digit(c))
            digits++;
        else if (c == '.')
            dots++;
        else if (c == ':')
            colons++;
        else if ((c == 'e' || c == 'E') && digits && !exponent && !colons) {
            exponent = true;
            k += k + 1 < text.len && (text.ptr[k + 1] == '+' || text.ptr[k + 1] == '-');
        } else
            odd++;
    }
    if (!digits)
        return HAD_DOC_TEXT;
    bool zero = text.ptr[i] == '0' && i + 1 < text.len && text.ptr[i + 1] != '.';
    if (!odd && !colons && dots <= 1 && !exponent && !zero && !(sign && text.ptr[0] == '+'))
        return HAD_DOC_NUMBER;
    if (!odd && dots <= 1)
        return HAD_DOC_OTHER; /* octal, base 60, exponents, signs */
    bool based = zero && i + 2 < text.len && strchr("xXoObB", text.ptr[i + 1]);
    for (uint32_t k = i + 2; based && k < text.len; k++)
        based = is_digit(text.ptr[k]) || (strchr("abcdefABCDEF_", text.ptr[k]) != NULL);
    if (based)
        return HAD_DOC_OTHER;
    bool grouped = is_digit(text.ptr[i]);
    for (uint32_t k = i; grouped && k < text.len; k++)
        grouped = is_digit(text.ptr[k]) || text.ptr[k] == '_' || text.ptr[k] == '.';
    if (grouped && dots <= 1)
        return HAD_DOC_OTHER;
    /* 2010-09-09, with or without a time behind it */
    bool date = text.len >= 8 && is_digit(text.ptr[0]) && is_digit(text.ptr[3]) &&
                text.ptr[4] == '-' && is_digit(text.ptr[5]);
    for (uint32_t k = 0; date && k < text.len; k++)
        date = is_digit(text.ptr[k]) || strchr("-:.TtZz+ ", text.ptr[k]);
    return date ? HAD_DOC_OTHER : HAD_DOC_TEXT;
}

static bool next(struct yaml *y, yaml_event_t *event)
{
    if (y->problem->len)
        return false;
    if (!yaml_parser_parse(&y->parser, event)) {
        *y->problem =
            had_str_printf(y->arena, "line %u: %s", (unsigned)y->parser.problem_mark.line + 1,
                           y->parser.problem ? y->parser.problem : "it is not YAML");
        return false;
    }
    return true;
}

static struct had_doc *fail(struct yaml *y, const yaml_event_t *event, const char *text)
{
    if (!y->problem->len)
        *y->problem =
            had_str_printf(y->arena, "line %u: %s", (unsigned)event->start_mark.line + 1, text);
    return doc_new(y->arena, HAD_DOC_NULL, 0);
}

static struct had_doc *node_of(struct yaml *y, const yaml_event_t *event, uint32_t depth);

static struct had_doc *sequence_of(struct yaml *y, uint32_t line, uint32_t depth)
{
    struct had_doc *list = doc_new(y->arena, HAD_DOC_LIST, line);
    yaml_event_t event;
    while (next(y, &event)) {
        bool end = event.type == YAML_SEQUENCE_END_EVENT;
        if (!end)
            *had_push(y->arena, &list->items) = node_of(y, &event, depth + 1);
        yaml_event_delete(&event);
        if (end)
            break;
    }
    return list;
}

static struct had_doc *mapping_of(struct yaml *y, uint32_t line, uint32_t depth)
{
    struct had_doc *map = doc_new(y->arena, HAD_DOC_MAP, line);
    yaml_event_t event;
    while (next(y, &event)) {
        bool end = event.type == YAML_MAPPING_END_EVENT;
        if (!end) {
            struct had_doc *key = node_of(y, &event, depth + 1);
            if (key->tag == HAD_DOC_LIST || key->tag == HAD_DOC_MAP)
                (void)fail(y, &event, "a key is no scalar");
            else if (had_doc_get(map, key->text))
                (void)fail(y, &event, "a key stands twice");
            yaml_event_t value;
            if (next(y, &value)) {
                put(y->arena, map, key->text, node_of(y, &value, depth + 1));
                yaml_event_delete(&value);
            }
        }
        yaml_event_delete(&event);
        if (end)
            break;
    }
    return map;
}

static struct had_doc *scalar_of(struct yaml *y, const yaml_event_t *event, bool tagged)
{
    had_str text = {(const char *)event->data.scalar.value, (uint32_t)event->data.scalar.length};
    struct had_doc *doc = doc_new(y->arena, HAD_DOC_TEXT, (uint32_t)event->start_mark.line + 1);
    doc->text = had_str_dup(y->arena, text);
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !tagged)
        doc->tag = plain_tag(text);
    if (doc->tag == HAD_DOC_BOOL)
        doc->text = is_one_of(text, "true True TRUE yes Yes YES on On ON y Y") ? HAD_STR("true")
                                                                               : HAD_STR("false");
    return doc;
}

/* `!GetAtt A.B` is {Fn::GetAtt: [A, B]}, `!Sub x` is {Fn::Sub: x}. */
static struct had_doc *long_form(struct yaml *y, const yaml_event_t *event, had_str tag,
                                 struct had_doc *value)
{
    if (!had_str_starts(tag, "!") || had_str_starts(tag, "!!") || tag.len < 2)
        return fail(y, event, "a tag that CloudFormation does not know");
    had_str name = had_str_slice(tag, 1, tag.len);
    bool bare = had_str_is(name, "Ref") || had_str_is(name, "Condition");
    if (had_str_is(name, "GetAtt") && value->tag == HAD_DOC_TEXT) {
        int64_t dot = had_str_find(value->text, '.');
        if (dot < 0)
            return fail(y, event, "GetAtt without an attribute");
        struct had_doc *list = doc_new(y->arena, HAD_DOC_LIST, value->line);
        for (int i = 0; i < 2; i++) {
            struct had_doc *part = doc_new(y->arena, HAD_DOC_TEXT, value->line);
            part->text = i ? had_str_slice(value->text, (uint32_t)dot + 1, value->text.len)
                           : had_str_slice(value->text, 0, (uint32_t)dot);
            *had_push(y->arena, &list->items) = part;
        }
        value = list;
    }
    struct had_doc *map = doc_new(y->arena, HAD_DOC_MAP, value->line);
    put(y->arena, map,
        bare ? had_str_dup(y->arena, name)
             : had_str_printf(y->arena, "Fn::" HAD_FMT, HAD_ARG(name)),
        value);
    return map;
}

static struct had_doc *node_of(struct yaml *y, const yaml_event_t *event, uint32_t depth)
{
    if (depth > DEPTH_MAX)
        return fail(y, event, "it is nested too deeply");
    uint32_t line = (uint32_t)event->start_mark.line + 1;
    const yaml_char_t *tag = NULL, *anchor = NULL;
    struct had_doc *value;
    if (event->type == YAML_SCALAR_EVENT) {
        tag = event->data.scalar.tag;
        anchor = event->data.scalar.anchor;
        value = scalar_of(y, event, tag != NULL);
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        tag = event->data.sequence_start.tag;
        anchor = event->data.sequence_start.anchor;
        value = sequence_of(y, line, depth);
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        tag = event->data.mapping_start.tag;
        anchor = event->data.mapping_start.anchor;
        value = mapping_of(y, line, depth);
    } else {
        return fail(y, event, "anchors and aliases are not read");
    }
    if (anchor)
        return fail(y, event, "anchors and aliases are not read");
    return tag ? long_form(y, event, had_str_c((const char *)tag), value) : value;
}

static struct had_doc *read_yaml(struct had_arena *arena, had_str text, had_str *problem)
{
    struct yaml y = {.arena = arena, .problem = problem};
    struct had_doc *doc = NULL;
    if (!yaml_parser_initialize(&y.parser))
        had_out_of_memory(sizeof y.parser);
    yaml_parser_set_input_string(&y.parser, (const unsigned char *)(text.ptr ? text.ptr : ""),
                                 text.len);
    yaml_event_t event;
    for (bool end = false; !end && next(&y, &event);) {
        end = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT && doc)
            (void)fail(&y, &event, "there is a second document");
        else if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_STREAM_END_EVENT &&
                 event.type != YAML_DOCUMENT_START_EVENT && event.type != YAML_DOCUMENT_END_EVENT)
            doc = node_of(&y, &event, 0);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&y.parser);
    if (!doc && !problem->len)
        *problem = HAD_STR("it is empty");
    return problem->len ? NULL : doc;
}

struct had_doc *had_doc_read(struct had_arena *arena, had_str path, had_str text, had_str *problem)
{
    *problem = (had_str){0};
    return had_str_ends(path, ".json") ? read_json(arena, text, problem)
                                       : read_yaml(arena, text, problem);
}
