/* csv(), json() and yaml(): data files as values. Sizes are bounded when the file is read. */
#include "sema/internal.h"

#include <jansson.h>
#include <string.h>
#include <yaml.h>

enum { DATA_DEPTH_MAX = 64, ROWS_MAX = 200000 };

static struct had_value bad(struct sema *s, struct had_span where, uint32_t file, uint32_t offset,
                            const char *text)
{
    struct had_diag *d = sema_report(s, &HAD0510, where, "`" HAD_FMT "` cannot be read: %s",
                                     HAD_ARG(s->sources->files.items[file - 1]->path), text);
    if (d)
        had_diag_label(d, (struct had_span){file, offset, offset + 1}, "here");
    return had_error_value(where);
}

static struct had_span at(uint32_t file, uint32_t start, uint32_t end)
{
    return (struct had_span){file, start, end};
}

/* ---- csv: RFC 4180 with a header row ---- */

static bool field(struct sema *s, had_str text, uint32_t *pos, had_str *out, struct had_span *span,
                  uint32_t file)
{
    uint32_t i = *pos;
    struct had_buffer b = {0};
    if (i < text.len && text.ptr[i] == '"') {
        i++;
        for (;;) {
            if (i >= text.len) {
                had_buffer_free(&b);
                return false;
            }
            if (text.ptr[i] == '"') {
                if (i + 1 < text.len && text.ptr[i + 1] == '"') {
                    had_buffer_char(&b, '"');
                    i += 2;
                    continue;
                }
                i++;
                break;
            }
            had_buffer_char(&b, text.ptr[i++]);
        }
        if (i < text.len && text.ptr[i] != ',' && text.ptr[i] != '\n' && text.ptr[i] != '\r') {
            had_buffer_free(&b);
            return false;
        }
    } else {
        while (i < text.len && text.ptr[i] != ',' && text.ptr[i] != '\n' && text.ptr[i] != '\r')
            had_buffer_char(&b, text.ptr[i++]);
    }
    *span = at(file, *pos, i);
    *out = had_str_trim(had_str_dup(s->arena, had_buffer_view(&b)));
    had_buffer_free(&b);
    *pos = i;
    return true;
}

static struct had_value read_csv(struct sema *s, struct had_span where, uint32_t file)
{
    had_str text = s->sources->files.items[file - 1]->text;
    had_array(had_str) header = {0};
    values rows = {0};
    uint32_t pos = 0;
    bool first = true;
    while (pos < text.len) {
        if (text.ptr[pos] == '\n' || text.ptr[pos] == '\r') { /* an empty line */
            pos++;
            continue;
        }
        uint32_t start = pos, column = 0;
        struct had_value_entry *entries =
            first ? NULL : had_new_n(s->arena, struct had_value_entry, header.count + 1);
        uint32_t present = 0;
        for (;;) {
            had_str cell;
            struct had_span span;
            if (!field(s, text, &pos, &cell, &span, file))
                return bad(s, where, file, pos, "a quoted field does not end properly");
            if (first) {
                for (uint32_t i = 0; i < header.count; i++)
                    if (had_str_eq(header.items[i], cell))
                        return bad(s, where, file, span.start, "two columns have one name");
                *had_push(s->arena, &header) = cell;
            } else if (column >= header.count) {
                return bad(s, where, file, span.start, "this row has more fields than the header");
            } else if (cell.len) { /* an empty field is absent */
                struct had_value *v = had_new(s->arena, struct had_value);
                *v = had_text_value(cell, HAD_TYPE_TEXT, span);
                entries[present++] = (struct had_value_entry){header.items[column], span, v};
            } else {
                struct had_value *v = had_new(s->arena, struct had_value);
                *v = (struct had_value){.tag = HAD_VALUE_ABSENT, .span = span};
                entries[present++] = (struct had_value_entry){header.items[column], span, v};
            }
            column++;
            if (pos < text.len && text.ptr[pos] == ',') {
                pos++;
                continue;
            }
            break;
        }
        if (pos < text.len && text.ptr[pos] == '\r')
            pos++;
        if (pos < text.len && text.ptr[pos] == '\n')
            pos++;
        if (first) {
            first = false;
            continue;
        }
        if (column < header.count)
            return bad(s, where, file, start, "this row has fewer fields than the header");
        if (rows.count >= ROWS_MAX)
            return bad(s, where, file, start, "there are more than 200,000 rows");
        *had_push(s->arena, &rows) = (struct had_value){.tag = HAD_VALUE_MAP,
                                                        .type = HAD_TYPE_DATA,
                                                        .span = at(file, start, pos),
                                                        .map = {entries, present}};
    }
    if (first)
        return bad(s, where, file, 0, "it has no header row");
    struct had_value v = had_list_value(s, rows.items, rows.count, where);
    v.type = HAD_TYPE_DATA;
    return v;
}

/* ---- json ---- */

/* Where the text holds its first number with a fraction or an exponent; valid JSON. */
static uint32_t fraction_at(had_str text)
{
    bool string = false;
    uint32_t start = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool number = !string && c && strchr("0123456789+-.eE", c);
        if (string && c == '\\')
            i++;
        else if (c == '"')
            string = !string;
        else if (number && (c == '.' || (c != '-' && i > start && (c == 'e' || c == 'E'))))
            return start;
        if (!number)
            start = i + 1;
    }
    return 0;
}

static struct had_value of_json(struct sema *s, const json_t *json, struct had_span where,
                                uint32_t file)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT: {
        struct had_value v = {.tag = HAD_VALUE_MAP, .type = HAD_TYPE_DATA, .span = where};
        v.map.entries = had_new_n(s->arena, struct had_value_entry, json_object_size(json) + 1);
        const char *key;
        json_t *item;
        json_object_foreach((json_t *)(uintptr_t)json, key, item) {
            struct had_value *e = had_new(s->arena, struct had_value);
            *e = of_json(s, item, where, file);
            v.map.entries[v.map.count++] =
                (struct had_value_entry){had_str_dup(s->arena, had_str_c(key)), where, e};
        }
        return v;
    }
    case JSON_ARRAY: {
        struct had_value *items = had_new_n(s->arena, struct had_value, json_array_size(json) + 1);
        for (size_t i = 0; i < json_array_size(json); i++)
            items[i] = of_json(s, json_array_get(json, i), where, file);
        struct had_value v = had_list_value(s, items, (uint32_t)json_array_size(json), where);
        v.type = HAD_TYPE_DATA;
        return v;
    }
    case JSON_STRING:
        return had_text_value(had_str_dup(s->arena, (had_str){json_string_value(json),
                                                              (uint32_t)json_string_length(json)}),
                              HAD_TYPE_TEXT, where);
    case JSON_INTEGER: {
        int64_t n = json_integer_value(json);
        return (struct had_value){.tag = HAD_VALUE_INT,
                                  .type = HAD_TYPE_INT,
                                  .span = where,
                                  .text = had_str_printf(s->arena, "%lld", (long long)n),
                                  .number = n};
    }
    case JSON_TRUE:
    case JSON_FALSE:
        return had_bool_value(json_is_true(json), where);
    case JSON_NULL:
        return (struct had_value){.tag = HAD_VALUE_ABSENT, .span = where};
    case JSON_REAL:
        break;
    }
    return bad(s, where, file, fraction_at(s->sources->files.items[file - 1]->text),
               "data holds whole numbers only; write this one in quotes");
}

static struct had_value read_json(struct sema *s, struct had_span where, uint32_t file)
{
    had_str text = s->sources->files.items[file - 1]->text;
    json_error_t error;
    json_t *json = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!json)
        return bad(s, where, file, (uint32_t)(error.position > 0 ? error.position - 1 : 0),
                   error.text);
    struct had_value v = of_json(s, json, where, file);
    json_decref(json);
    return v;
}

/* ---- yaml: no anchors, no tags, plain scalars by the JSON schema ---- */

struct yaml {
    struct sema *s;
    yaml_parser_t parser;
    uint32_t file;
    struct had_span where;
    bool failed;
    uint32_t byte, character; /* of the last mark: marks count characters */
};

static struct had_value yaml_node(struct yaml *y, const yaml_event_t *event, uint32_t depth);

/* The byte where a mark stands. */
static uint32_t yaml_byte(struct yaml *y, yaml_mark_t mark)
{
    had_str text = y->s->sources->files.items[y->file - 1]->text;
    for (; y->character < mark.index && y->byte < text.len; y->character++)
        do
            y->byte++;
        while (y->byte < text.len && ((unsigned char)text.ptr[y->byte] & 0xc0) == 0x80);
    for (; y->character > mark.index; y->character--)
        do
            y->byte--;
        while (((unsigned char)text.ptr[y->byte] & 0xc0) == 0x80);
    return y->byte;
}

static struct had_span yaml_span(struct yaml *y, const yaml_event_t *event)
{
    uint32_t start = yaml_byte(y, event->start_mark);
    return at(y->file, start, yaml_byte(y, event->end_mark));
}

static bool yaml_next(struct yaml *y, yaml_event_t *event)
{
    if (y->failed)
        return false;
    if (!yaml_parser_parse(&y->parser, event)) {
        if (y->parser.error == YAML_MEMORY_ERROR)
            had_out_of_memory(sizeof y->parser);
        bool unreadable = y->parser.error == YAML_READER_ERROR; /* has no mark */
        bad(y->s, y->where, y->file,
            unreadable ? (uint32_t)y->parser.problem_offset : yaml_byte(y, y->parser.problem_mark),
            y->parser.problem);
        y->failed = true;
        return false;
    }
    return true;
}

static struct had_value yaml_fail(struct yaml *y, const yaml_event_t *event, const char *text)
{
    if (!y->failed)
        bad(y->s, y->where, y->file, yaml_byte(y, event->start_mark), text);
    y->failed = true;
    return had_error_value(y->where);
}

static struct had_value yaml_scalar(struct yaml *y, const yaml_event_t *event)
{
    had_str text = had_str_dup(y->s->arena, (had_str){(const char *)event->data.scalar.value,
                                                      (uint32_t)event->data.scalar.length});
    struct had_span span = yaml_span(y, event);
    if (event->data.scalar.tag || event->data.scalar.anchor)
        return yaml_fail(y, event, "tags and anchors are not read");
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        if (had_str_is(text, "true") || had_str_is(text, "false"))
            return had_bool_value(had_str_is(text, "true"), span);
        if (!text.len || had_str_is(text, "null") || had_str_is(text, "~"))
            return (struct had_value){.tag = HAD_VALUE_ABSENT, .span = span};
        int64_t n;
        /* Leading zeros are an account id, not a number. */
        if (had_str_to_int(text, &n) && (text.len == 1 || text.ptr[0] != '0'))
            return (struct had_value){.tag = HAD_VALUE_INT,
                                      .type = HAD_TYPE_INT,
                                      .span = span,
                                      .text = text,
                                      .number = n};
    }
    return had_text_value(text, HAD_TYPE_TEXT, span);
}

static struct had_value yaml_node(struct yaml *y, const yaml_event_t *event, uint32_t depth)
{
    if (depth > DATA_DEPTH_MAX)
        return yaml_fail(y, event, "it is nested too deeply");
    struct had_span span = yaml_span(y, event);
    if (event->type == YAML_SCALAR_EVENT)
        return yaml_scalar(y, event);
    if (event->type == YAML_SEQUENCE_START_EVENT) {
        values items = {0};
        for (;;) {
            yaml_event_t next;
            if (!yaml_next(y, &next))
                return had_error_value(y->where);
            bool end = next.type == YAML_SEQUENCE_END_EVENT;
            if (!end)
                *had_push(y->s->arena, &items) = yaml_node(y, &next, depth + 1);
            yaml_event_delete(&next);
            if (end || y->failed)
                break;
        }
        struct had_value v = had_list_value(y->s, items.items, items.count, span);
        v.type = HAD_TYPE_DATA;
        return v;
    }
    if (event->type == YAML_MAPPING_START_EVENT) {
        had_array(struct had_value_entry) entries = {0};
        for (;;) {
            yaml_event_t key, value;
            if (!yaml_next(y, &key))
                return had_error_value(y->where);
            if (key.type == YAML_MAPPING_END_EVENT) {
                yaml_event_delete(&key);
                break;
            }
            if (key.type != YAML_SCALAR_EVENT) {
                struct had_value v = yaml_fail(y, &key, "a key is a plain text");
                yaml_event_delete(&key);
                return v;
            }
            had_str name = had_str_dup(y->s->arena, (had_str){(const char *)key.data.scalar.value,
                                                              (uint32_t)key.data.scalar.length});
            struct had_span key_span = yaml_span(y, &key);
            bool twice = false;
            for (uint32_t i = 0; i < entries.count && entries.count < 4096; i++)
                twice |= had_str_eq(entries.items[i].key, name);
            if (twice)
                yaml_fail(y, &key, "a key stands twice in one map");
            yaml_event_delete(&key);
            if (!yaml_next(y, &value))
                return had_error_value(y->where);
            struct had_value *v = had_new(y->s->arena, struct had_value);
            *v = yaml_node(y, &value, depth + 1);
            yaml_event_delete(&value);
            *had_push(y->s->arena, &entries) = (struct had_value_entry){name, key_span, v};
            if (y->failed)
                return had_error_value(y->where);
        }
        return (struct had_value){.tag = HAD_VALUE_MAP,
                                  .type = HAD_TYPE_DATA,
                                  .span = span,
                                  .map = {entries.items, entries.count}};
    }
    return yaml_fail(y, event, "aliases are not read");
}

static struct had_value read_yaml(struct sema *s, struct had_span where, uint32_t file)
{
    had_str text = s->sources->files.items[file - 1]->text;
    struct yaml y = {.s = s, .file = file, .where = where};
    if (!yaml_parser_initialize(&y.parser))
        had_out_of_memory(sizeof y.parser);
    yaml_parser_set_input_string(&y.parser, (const unsigned char *)text.ptr, text.len);
    struct had_value v = {.tag = HAD_VALUE_ABSENT, .span = where};
    bool done = false;
    uint32_t documents = 0;
    while (!done) {
        yaml_event_t event;
        if (!yaml_next(&y, &event)) {
            v = had_error_value(where);
            break;
        }
        if (event.type == YAML_DOCUMENT_START_EVENT && ++documents > 1) {
            v = yaml_fail(&y, &event, "one document is read, and here begins another");
            done = true;
        }
        switch (event.type) {
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
        case YAML_NO_EVENT:
            break;
        case YAML_STREAM_END_EVENT:
            done = true;
            break;
        case YAML_SCALAR_EVENT:
        case YAML_SEQUENCE_START_EVENT:
        case YAML_MAPPING_START_EVENT:
        case YAML_ALIAS_EVENT:
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT:
            v = yaml_node(&y, &event, 0);
            break;
        }
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&y.parser);
    return y.failed ? had_error_value(where) : v;
}

struct had_value sema_data(struct sema *s, had_str function, struct had_span where, uint32_t file)
{
    if (had_str_is(function, "csv"))
        return read_csv(s, where, file);
    if (had_str_is(function, "json"))
        return read_json(s, where, file);
    return read_yaml(s, where, file);
}
