#include "aws/request.h"

#include "aws/value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 64, PATH_SHOWN = 200 };

struct builder {
    struct had_arena *arena;
    const struct had_aws_service *service;
    const struct had_aws_operation *operation;
    had_str error;
    char place[PATH_SHOWN + 1]; /* `Tags[0].Key` */
    size_t place_len;
    unsigned depth;
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct builder *b, const char *format, ...)
{
    if (!b->error.len) {
        va_list args;
        va_start(args, format);
        had_str text = had_str_vprintf(b->arena, format, args);
        va_end(args);
        b->error =
            had_str_printf(b->arena, "`%.*s` " HAD_FMT, (int)b->place_len, b->place, HAD_ARG(text));
    }
    return false;
}

__attribute__((format(printf, 2, 3))) static size_t enter(struct builder *b, const char *format,
                                                          ...)
{
    size_t before = b->place_len;
    va_list args;
    va_start(args, format);
    int len = vsnprintf(b->place + before, sizeof b->place - before, format, args);
    va_end(args);
    b->place_len = len < 0 ? before : before + (size_t)len;
    if (b->place_len > PATH_SHOWN)
        b->place_len = PATH_SHOWN;
    return before;
}

static void leave(struct builder *b, size_t before)
{
    b->place_len = before;
    b->place[before] = '\0';
}

static const struct had_aws_shape *shape_of(const struct had_aws_ref *ref)
{
    return &had_aws_shapes[ref->shape];
}

/* ---- scalars as texts, the same in forms, XML, paths and headers ---- */

static bool time_micros(struct builder *b, const json_t *value, int64_t *micros)
{
    if (json_is_integer(value)) {
        json_int_t seconds = json_integer_value(value);
        if (seconds < -400000000000 || seconds > 400000000000)
            return refuse(b, "is no time");
        *micros = seconds * 1000000;
        return true;
    }
    if (json_is_real(value) && fabs(json_real_value(value)) < 4e11) {
        *micros = (int64_t)llround(json_real_value(value) * 1e6);
        return true;
    }
    if (json_is_string(value) && had_aws_time_parse(had_str_c(json_string_value(value)), micros))
        return true;
    return refuse(b, "is no time such as `2026-11-24T10:00:00Z`");
}

static enum had_aws_time time_form(const struct builder *b, const struct had_aws_ref *ref)
{
    if (ref->time != HAD_AWS_TIME_DEFAULT)
        return (enum had_aws_time)ref->time;
    if (ref->location == HAD_AWS_HEADER)
        return HAD_AWS_TIME_RFC822;
    if (ref->location == HAD_AWS_URI || ref->location == HAD_AWS_QUERYSTRING)
        return HAD_AWS_TIME_ISO;
    return b->service->protocol == HAD_AWS_JSON || b->service->protocol == HAD_AWS_REST_JSON
               ? HAD_AWS_TIME_UNIX
               : HAD_AWS_TIME_ISO;
}

static void add_time(struct had_buffer *out, int64_t micros, enum had_aws_time form)
{
    switch (form) {
    case HAD_AWS_TIME_RFC822:
        had_aws_time_rfc1123(out, micros);
        break;
    case HAD_AWS_TIME_UNIX:
        had_buffer_printf(out, "%lld", (long long)(micros / 1000000));
        break;
    case HAD_AWS_TIME_DEFAULT:
    case HAD_AWS_TIME_ISO:
        had_aws_time_iso(out, micros);
        break;
    }
}

static bool real_of(struct builder *b, const json_t *value, struct had_buffer *out)
{
    if (!json_is_number(value))
        return refuse(b, "is no number");
    had_aws_real(out, json_number_value(value));
    return true;
}

/* Adds the text of a scalar. */
static bool scalar(struct builder *b, const struct had_aws_ref *ref, const json_t *value,
                   struct had_buffer *out)
{
    int64_t micros;
    switch ((enum had_aws_type)ref->type) {
    case HAD_AWS_STRING:
        if (!json_is_string(value))
            return refuse(b, "is no text");
        had_buffer_add(out, json_string_value(value), json_string_length(value));
        return true;
    case HAD_AWS_INTEGER:
    case HAD_AWS_LONG:
        if (!json_is_integer(value))
            return refuse(b, "is no whole number");
        if (ref->type == HAD_AWS_INTEGER &&
            (json_integer_value(value) < INT32_MIN || json_integer_value(value) > INT32_MAX))
            return refuse(b, "is a number of more than 32 bits");
        had_buffer_printf(out, "%lld", (long long)json_integer_value(value));
        return true;
    case HAD_AWS_FLOAT:
    case HAD_AWS_DOUBLE:
        return real_of(b, value, out);
    case HAD_AWS_BOOLEAN:
        if (!json_is_boolean(value))
            return refuse(b, "is neither `true` nor `false`");
        had_buffer_c(out, json_is_true(value) ? "true" : "false");
        return true;
    case HAD_AWS_TIMESTAMP:
        if (!time_micros(b, value, &micros))
            return false;
        add_time(out, micros, time_form(b, ref));
        return true;
    case HAD_AWS_BLOB: {
        struct had_buffer bytes = {0};
        bool good = json_is_string(value) &&
                    had_aws_base64_decode(&bytes, had_str_c(json_string_value(value)));
        if (good)
            had_aws_base64(out, bytes.ptr, bytes.len);
        had_buffer_free(&bytes);
        return good || refuse(b, "is no base64 text");
    }
    case HAD_AWS_DOCUMENT:
    case HAD_AWS_STRUCTURE:
    case HAD_AWS_LIST:
    case HAD_AWS_MAP:
        break;
    }
    return refuse(b, "cannot stand here");
}

/* ---- checks of composites ---- */

static bool check_structure(struct builder *b, const struct had_aws_shape *shape,
                            const json_t *value)
{
    if (!json_is_object(value))
        return refuse(b, "is no object");
    if (b->depth > DEPTH_MAX)
        return refuse(b, "is nested too deeply");
    const char *key;
    json_t *item;
    uint32_t set = 0;
    json_object_foreach((json_t *)(uintptr_t)value, key, item) {
        set += !json_is_null(item);
        if (had_aws_member(shape, had_str_c(key)))
            continue;
        had_str names[256];
        uint32_t count = 0;
        for (; count < shape->count && count < 256; count++)
            names[count] = had_str_c(had_aws_text(had_aws_shape_ref(shape, count)->name));
        had_str near = had_str_nearest(had_str_c(key), names, count);
        enter(b, "%s%s", b->place_len ? "." : "", key);
        return near.len ? refuse(b, "is not known; did you mean `" HAD_FMT "`?", HAD_ARG(near))
                        : refuse(b, "is not known");
    }
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct had_aws_ref *ref = had_aws_shape_ref(shape, i);
        json_t *member = json_object_get(value, had_aws_text(ref->name));
        if ((ref->flags & HAD_AWS_REQUIRED) && (!member || json_is_null(member)) &&
            !(ref->flags & (HAD_AWS_TOKEN | HAD_AWS_PAYLOAD))) {
            enter(b, "%s%s", b->place_len ? "." : "", had_aws_text(ref->name));
            return refuse(b, "is required");
        }
    }
    if (shape->is_union && set != 1)
        return refuse(b, "takes exactly one member");
    return true;
}

static bool check_list(struct builder *b, const json_t *value)
{
    if (b->depth > DEPTH_MAX)
        return refuse(b, "is nested too deeply");
    return json_is_array(value) || refuse(b, "is no list");
}

static bool check_map(struct builder *b, const json_t *value)
{
    if (b->depth > DEPTH_MAX)
        return refuse(b, "is nested too deeply");
    return json_is_object(value) || refuse(b, "is no object");
}

static bool is_body(const struct had_aws_ref *ref)
{
    return ref->location == HAD_AWS_BODY;
}

/* ---- forms: query and ec2 ---- */

struct form {
    struct builder *b;
    struct had_buffer out;
    struct had_buffer prefix;
};

static size_t extend(struct form *f, const char *part)
{
    size_t before = f->prefix.len;
    if (before)
        had_buffer_char(&f->prefix, '.');
    had_buffer_c(&f->prefix, part);
    return before;
}

static void add_pair(struct form *f, had_str value)
{
    if (f->out.len)
        had_buffer_char(&f->out, '&');
    had_aws_percent(&f->out, had_buffer_view(&f->prefix), "");
    had_buffer_char(&f->out, '=');
    had_aws_percent(&f->out, value, "");
}

static bool form_value(struct form *f, const struct had_aws_ref *ref, const json_t *value);

static bool form_list(struct form *f, const struct had_aws_ref *ref, const json_t *value)
{
    struct builder *b = f->b;
    const struct had_aws_ref *item = had_aws_shape_ref(shape_of(ref), 0);
    if (!check_list(b, value))
        return false;
    if (!json_array_size(value)) {
        if (b->service->protocol == HAD_AWS_QUERY)
            add_pair(f, (had_str){0});
        return true;
    }
    size_t outer = f->prefix.len;
    if (b->service->protocol == HAD_AWS_QUERY && !(ref->flags & HAD_AWS_FLAT))
        extend(f, had_aws_text(item->in));
    for (size_t i = 0; i < json_array_size(value); i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i + 1);
        size_t before = extend(f, number), place = enter(b, "[%zu]", i);
        if (!form_value(f, item, json_array_get(value, i)))
            return false;
        leave(b, place);
        f->prefix.len = before;
    }
    f->prefix.len = outer;
    return true;
}

static bool form_map(struct form *f, const struct had_aws_ref *ref, const json_t *value)
{
    struct builder *b = f->b;
    const struct had_aws_ref *key_ref = had_aws_shape_ref(shape_of(ref), 0), *item = key_ref + 1;
    if (!check_map(b, value))
        return false;
    size_t outer = f->prefix.len, i = 0;
    if (!(ref->flags & HAD_AWS_FLAT))
        extend(f, "entry");
    const char *key;
    json_t *entry;
    json_object_foreach((json_t *)(uintptr_t)value, key, entry) {
        char number[24];
        snprintf(number, sizeof number, "%zu", ++i);
        size_t before = extend(f, number), place = enter(b, ".%s", key);
        size_t inner = extend(f, had_aws_text(key_ref->in));
        add_pair(f, had_str_c(key));
        f->prefix.len = inner;
        extend(f, had_aws_text(item->in));
        if (!form_value(f, item, entry))
            return false;
        leave(b, place);
        f->prefix.len = before;
    }
    f->prefix.len = outer;
    return true;
}

static bool form_structure(struct form *f, const struct had_aws_shape *shape, const json_t *value)
{
    struct builder *b = f->b;
    if (!check_structure(b, shape, value))
        return false;
    const char *key;
    json_t *entry;
    json_object_foreach((json_t *)(uintptr_t)value, key, entry) {
        if (json_is_null(entry))
            continue;
        const struct had_aws_ref *member = had_aws_member(shape, had_str_c(key));
        size_t before = extend(f, had_aws_text(member->in));
        size_t place = enter(b, "%s%s", b->place_len ? "." : "", key);
        if (!form_value(f, member, entry))
            return false;
        leave(b, place);
        f->prefix.len = before;
    }
    return true;
}

static bool form_value(struct form *f, const struct had_aws_ref *ref, const json_t *value)
{
    bool good;
    f->b->depth++;
    if (ref->type == HAD_AWS_STRUCTURE) {
        good = form_structure(f, shape_of(ref), value);
    } else if (ref->type == HAD_AWS_LIST) {
        good = form_list(f, ref, value);
    } else if (ref->type == HAD_AWS_MAP) {
        good = form_map(f, ref, value);
    } else {
        struct had_buffer text = {0};
        good = scalar(f->b, ref, value, &text);
        if (good)
            add_pair(f, had_buffer_view(&text));
        had_buffer_free(&text);
    }
    f->b->depth--;
    return good;
}

/* ---- JSON ---- */

/* The value as it goes on the wire, a new reference; NULL if it was refused. */
static json_t *json_value(struct builder *b, const struct had_aws_ref *ref, const json_t *value);

static json_t *json_structure(struct builder *b, const struct had_aws_shape *shape,
                              const json_t *value, bool root)
{
    if (!check_structure(b, shape, value))
        return NULL;
    json_t *out = json_object();
    const char *key;
    json_t *entry;
    json_object_foreach((json_t *)(uintptr_t)value, key, entry) {
        const struct had_aws_ref *member = had_aws_member(shape, had_str_c(key));
        if (json_is_null(entry) ||
            (root && (!is_body(member) || (member->flags & HAD_AWS_PAYLOAD))))
            continue;
        size_t place = enter(b, "%s%s", b->place_len ? "." : "", key);
        json_t *wire = json_value(b, member, entry);
        if (!wire) {
            json_decref(out);
            return NULL;
        }
        json_object_set_new(out, had_aws_text(member->in), wire);
        leave(b, place);
    }
    return out;
}

static json_t *json_list(struct builder *b, const struct had_aws_ref *ref, const json_t *value)
{
    if (!check_list(b, value))
        return NULL;
    json_t *out = json_array();
    const struct had_aws_ref *item = had_aws_shape_ref(shape_of(ref), 0);
    for (size_t i = 0; i < json_array_size(value); i++) {
        size_t place = enter(b, "[%zu]", i);
        json_t *wire = json_value(b, item, json_array_get(value, i));
        if (!wire) {
            json_decref(out);
            return NULL;
        }
        json_array_append_new(out, wire);
        leave(b, place);
    }
    return out;
}

static json_t *json_map(struct builder *b, const struct had_aws_ref *ref, const json_t *value)
{
    if (!check_map(b, value))
        return NULL;
    json_t *out = json_object();
    const struct had_aws_ref *item = had_aws_shape_ref(shape_of(ref), 1);
    const char *key;
    json_t *entry;
    json_object_foreach((json_t *)(uintptr_t)value, key, entry) {
        size_t place = enter(b, ".%s", key);
        json_t *wire = json_value(b, item, entry);
        if (!wire) {
            json_decref(out);
            return NULL;
        }
        json_object_set_new(out, key, wire);
        leave(b, place);
    }
    return out;
}

static json_t *json_scalar(struct builder *b, const struct had_aws_ref *ref, const json_t *value)
{
    int64_t micros;
    struct had_buffer text = {0};
    json_t *out = NULL;
    if (ref->type == HAD_AWS_TIMESTAMP && time_form(b, ref) == HAD_AWS_TIME_UNIX) {
        if (!time_micros(b, value, &micros))
            return NULL;
        /* Whole seconds, as botocore sends them. */
        return json_integer(micros / 1000000);
    }
    if (ref->type == HAD_AWS_DOCUMENT)
        return json_deep_copy(value);
    if (scalar(b, ref, value, &text)) {
        bool is_text = ref->type == HAD_AWS_STRING || ref->type == HAD_AWS_BLOB ||
                       ref->type == HAD_AWS_TIMESTAMP;
        out = is_text ? json_stringn(text.ptr ? text.ptr : "", text.len)
                      : json_copy((json_t *)(uintptr_t)value);
        if (!out)
            refuse(b, "is no valid text");
    }
    had_buffer_free(&text);
    return out;
}

static json_t *json_value(struct builder *b, const struct had_aws_ref *ref, const json_t *value)
{
    json_t *out;
    b->depth++;
    if (ref->type == HAD_AWS_STRUCTURE)
        out = json_structure(b, shape_of(ref), value, false);
    else if (ref->type == HAD_AWS_LIST)
        out = json_list(b, ref, value);
    else if (ref->type == HAD_AWS_MAP)
        out = json_map(b, ref, value);
    else
        out = json_scalar(b, ref, value);
    b->depth--;
    return out;
}

static had_str json_text(struct had_arena *arena, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    had_str copy = had_str_dup(arena, had_str_c(text ? text : "{}"));
    free(text);
    return copy;
}

/* ---- XML ---- */

static void xml_escape(struct had_buffer *out, had_str text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '&')
            had_buffer_c(out, "&amp;");
        else if (c == '<')
            had_buffer_c(out, "&lt;");
        else if (c == '>')
            had_buffer_c(out, "&gt;");
        else if (c == '\r')
            had_buffer_c(out, "&#13;");
        else
            had_buffer_char(out, c);
    }
}

/* Characters that no escape brings through XML 1.0. */
static bool xml_allows(had_str text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
            return false;
    }
    return true;
}

static void xml_open(struct had_buffer *out, const char *name, uint16_t ns)
{
    had_buffer_printf(out, "<%s", name);
    if (ns) {
        const struct had_aws_namespace *n = &had_aws_namespaces[ns - 1];
        const char *prefix = had_aws_text(n->prefix);
        had_buffer_printf(out, " xmlns%s%s=\"%s\"", *prefix ? ":" : "", prefix,
                          had_aws_text(n->uri));
    }
}

static bool xml_value(struct builder *b, struct had_buffer *out, const struct had_aws_ref *ref,
                      const char *name, const json_t *value);

static bool xml_structure(struct builder *b, struct had_buffer *out,
                          const struct had_aws_shape *shape, const char *name, uint16_t ns,
                          const json_t *value, bool root)
{
    if (!check_structure(b, shape, value))
        return false;
    xml_open(out, name, ns);
    had_buffer_char(out, '>');
    const char *key;
    json_t *entry;
    json_object_foreach((json_t *)(uintptr_t)value, key, entry) {
        const struct had_aws_ref *member = had_aws_member(shape, had_str_c(key));
        if (json_is_null(entry) ||
            (root && (!is_body(member) || (member->flags & HAD_AWS_PAYLOAD))))
            continue;
        size_t place = enter(b, "%s%s", b->place_len ? "." : "", key);
        if (!xml_value(b, out, member, had_aws_text(member->in), entry))
            return false;
        leave(b, place);
    }
    had_buffer_printf(out, "</%s>", name);
    return true;
}

static bool xml_list(struct builder *b, struct had_buffer *out, const struct had_aws_ref *ref,
                     const char *name, const json_t *value)
{
    if (!check_list(b, value))
        return false;
    bool flat = (ref->flags & HAD_AWS_FLAT) != 0;
    const struct had_aws_ref *item = had_aws_shape_ref(shape_of(ref), 0);
    if (!flat) {
        xml_open(out, name, ref->ns);
        had_buffer_char(out, '>');
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        size_t place = enter(b, "[%zu]", i);
        if (!xml_value(b, out, item, flat ? name : had_aws_text(item->in),
                       json_array_get(value, i)))
            return false;
        leave(b, place);
    }
    if (!flat)
        had_buffer_printf(out, "</%s>", name);
    return true;
}

static bool xml_map(struct builder *b, struct had_buffer *out, const struct had_aws_ref *ref,
                    const char *name, const json_t *value)
{
    if (!check_map(b, value))
        return false;
    bool flat = (ref->flags & HAD_AWS_FLAT) != 0;
    const struct had_aws_ref *key_ref = had_aws_shape_ref(shape_of(ref), 0), *item = key_ref + 1;
    const char *inner = flat ? name : "entry", *key;
    json_t *entry;
    if (!flat)
        had_buffer_printf(out, "<%s>", name);
    json_object_foreach((json_t *)(uintptr_t)value, key, entry) {
        size_t place = enter(b, ".%s", key);
        had_buffer_printf(out, "<%s><%s>", inner, had_aws_text(key_ref->in));
        xml_escape(out, had_str_c(key));
        had_buffer_printf(out, "</%s>", had_aws_text(key_ref->in));
        if (!xml_value(b, out, item, had_aws_text(item->in), entry))
            return false;
        had_buffer_printf(out, "</%s>", inner);
        leave(b, place);
    }
    if (!flat)
        had_buffer_printf(out, "</%s>", name);
    return true;
}

static bool xml_value(struct builder *b, struct had_buffer *out, const struct had_aws_ref *ref,
                      const char *name, const json_t *value)
{
    bool good;
    b->depth++;
    if (ref->type == HAD_AWS_STRUCTURE) {
        good = xml_structure(b, out, shape_of(ref), name, ref->ns, value, false);
    } else if (ref->type == HAD_AWS_LIST) {
        good = xml_list(b, out, ref, name, value);
    } else if (ref->type == HAD_AWS_MAP) {
        good = xml_map(b, out, ref, name, value);
    } else {
        struct had_buffer text = {0};
        good = scalar(b, ref, value, &text);
        if (good && !xml_allows(had_buffer_view(&text)))
            good = refuse(b, "holds a control character");
        if (good) {
            xml_open(out, name, ref->ns);
            had_buffer_char(out, '>');
            xml_escape(out, had_buffer_view(&text));
            had_buffer_printf(out, "</%s>", name);
        }
        had_buffer_free(&text);
    }
    b->depth--;
    return good;
}

/* ---- REST: path, query and headers ---- */

static void add_header(struct builder *b, struct had_aws_request *out, had_str name, had_str value)
{
    *had_push(b->arena, &out->headers) = (struct had_http_header){name, value};
}

static bool header_safe(struct builder *b, had_str text)
{
    for (uint32_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 && text.ptr[i] != '\t')
            return refuse(b, "holds a line break or control character, which no header may");
    return true;
}

static bool header_list(struct builder *b, const struct had_aws_ref *ref, const json_t *value,
                        struct had_buffer *text)
{
    const struct had_aws_ref *item = had_aws_shape_ref(shape_of(ref), 0);
    if (!check_list(b, value))
        return false;
    for (size_t i = 0; i < json_array_size(value); i++) {
        struct had_buffer one = {0};
        if (!scalar(b, item, json_array_get(value, i), &one)) {
            had_buffer_free(&one);
            return false;
        }
        had_str view = had_buffer_view(&one);
        bool quote = item->type == HAD_AWS_STRING &&
                     (had_str_find(view, ',') >= 0 || had_str_find(view, '"') >= 0);
        if (i)
            had_buffer_char(text, ',');
        if (quote)
            had_buffer_char(text, '"');
        for (uint32_t k = 0; k < view.len; k++) {
            if (quote && view.ptr[k] == '"')
                had_buffer_char(text, '\\');
            had_buffer_char(text, view.ptr[k]);
        }
        if (quote)
            had_buffer_char(text, '"');
        had_buffer_free(&one);
    }
    return true;
}

static bool rest_header(struct builder *b, const struct had_aws_ref *ref, const json_t *value,
                        struct had_aws_request *out)
{
    struct had_buffer text = {0};
    bool good = ref->type == HAD_AWS_LIST ? header_list(b, ref, value, &text)
                                          : scalar(b, ref, value, &text);
    had_str view = had_buffer_take(b->arena, &text);
    if (!good || !header_safe(b, view))
        return false;
    if (ref->type != HAD_AWS_LIST || json_array_size(value))
        add_header(b, out, had_str_c(had_aws_text(ref->in)), view);
    return true;
}

static bool rest_headers(struct builder *b, const struct had_aws_ref *ref, const json_t *value,
                         struct had_aws_request *out)
{
    if (!check_map(b, value))
        return false;
    const struct had_aws_ref *item = had_aws_shape_ref(shape_of(ref), 1);
    const char *key;
    json_t *entry;
    json_object_foreach((json_t *)(uintptr_t)value, key, entry) {
        struct had_buffer text = {0};
        size_t place = enter(b, ".%s", key);
        bool good = scalar(b, item, entry, &text);
        had_str view = had_buffer_take(b->arena, &text);
        for (const char *c = key; *c && good; c++)
            if (*c <= ' ' || *c == 0x7f || strchr("()<>@,;:\\\"/[]?={}", *c))
                good = refuse(b, "is no name for a header");
        if (!good || !header_safe(b, view))
            return false;
        add_header(b, out, had_str_printf(b->arena, "%s%s", had_aws_text(ref->in), key), view);
        leave(b, place);
    }
    return true;
}

static bool query_pair(struct builder *b, struct had_buffer *query, const char *name,
                       const struct had_aws_ref *ref, const json_t *value)
{
    struct had_buffer text = {0};
    if (!scalar(b, ref, value, &text)) {
        had_buffer_free(&text);
        return false;
    }
    if (query->len)
        had_buffer_char(query, '&');
    had_aws_percent(query, had_str_c(name), "");
    had_buffer_char(query, '=');
    had_aws_percent(query, had_buffer_view(&text), "");
    had_buffer_free(&text);
    return true;
}

static bool rest_query(struct builder *b, const struct had_aws_ref *ref, const json_t *value,
                       struct had_buffer *query)
{
    const char *name = had_aws_text(ref->in), *key;
    json_t *entry;
    if (ref->type == HAD_AWS_MAP) {
        if (!check_map(b, value))
            return false;
        const struct had_aws_ref *item = had_aws_shape_ref(shape_of(ref), 1);
        json_object_foreach((json_t *)(uintptr_t)value, key, entry)
            if (!query_pair(b, query, key, item, entry))
                return false;
        return true;
    }
    if (ref->type != HAD_AWS_LIST)
        return query_pair(b, query, name, ref, value);
    if (!check_list(b, value))
        return false;
    const struct had_aws_ref *item = had_aws_shape_ref(shape_of(ref), 0);
    for (size_t i = 0; i < json_array_size(value); i++) {
        size_t place = enter(b, "[%zu]", i);
        if (!query_pair(b, query, name, item, json_array_get(value, i)))
            return false;
        leave(b, place);
    }
    return true;
}

/* Fills `/{Bucket}/{Key+}`; what follows `?` in the template is a fixed part of the query. */
static bool rest_path(struct builder *b, const struct had_aws_shape *shape, const json_t *value,
                      struct had_aws_request *out, struct had_buffer *query)
{
    struct had_buffer path = {0};
    const char *at = had_aws_text(b->operation->uri);
    while (*at && *at != '?') {
        if (*at != '{') {
            had_buffer_char(&path, *at++);
            continue;
        }
        const char *end = strchr(at, '}');
        bool greedy = end && end[-1] == '+';
        had_str name = {at + 1, end ? (uint32_t)(end - at - 1 - greedy) : 0};
        const struct had_aws_ref *ref = NULL;
        for (uint32_t i = 0; shape && i < shape->count; i++) {
            const struct had_aws_ref *member = had_aws_shape_ref(shape, i);
            if (member->location == HAD_AWS_URI && had_str_is(name, had_aws_text(member->in)))
                ref = member;
        }
        json_t *entry = ref ? json_object_get(value, had_aws_text(ref->name)) : NULL;
        struct had_buffer text = {0};
        size_t place = enter(b, HAD_FMT, HAD_ARG(name));
        bool good = end && entry && scalar(b, ref, entry, &text);
        if (good && !text.len)
            good = refuse(b, "is empty but part of the path");
        else if (!good)
            refuse(b, "is required");
        if (good) {
            /* Services know no path with a step such as `..`, and a proxy might resolve it. */
            had_aws_percent(&path, had_buffer_view(&text), greedy ? "/" : "");
            if (b->service->protocol == HAD_AWS_REST_XML && had_str_is(name, "Bucket"))
                out->bucket = had_str_dup(b->arena, had_buffer_view(&text));
        }
        leave(b, place);
        had_buffer_free(&text);
        if (!good) {
            had_buffer_free(&path);
            return false;
        }
        at = end + 1;
    }
    if (*at == '?') {
        /* Parts without `=` get one: both say the same, and this form signs as it is sent. */
        had_str rest = had_str_c(at + 1);
        while (rest.len) {
            int64_t amp = had_str_find(rest, '&');
            had_str part = amp < 0 ? rest : had_str_slice(rest, 0, (uint32_t)amp);
            rest = amp < 0 ? (had_str){0} : had_str_slice(rest, (uint32_t)amp + 1, rest.len);
            if (query->len)
                had_buffer_char(query, '&');
            had_buffer_str(query, part);
            if (had_str_find(part, '=') < 0)
                had_buffer_char(query, '=');
        }
    }
    out->path = had_buffer_take(b->arena, &path);
    return true;
}

static bool has_header(const struct had_aws_request *out, const char *name)
{
    for (uint32_t i = 0; i < out->headers.count; i++)
        if (had_str_eq_nocase(out->headers.items[i].name, had_str_c(name)))
            return true;
    return false;
}

static const struct had_aws_ref *payload_of(const struct had_aws_shape *shape)
{
    for (uint32_t i = 0; shape && i < shape->count; i++)
        if (had_aws_shape_ref(shape, i)->flags & HAD_AWS_PAYLOAD)
            return had_aws_shape_ref(shape, i);
    return NULL;
}

static bool body_members(const struct had_aws_shape *shape, const json_t *value, bool set)
{
    for (uint32_t i = 0; shape && i < shape->count; i++) {
        const struct had_aws_ref *ref = had_aws_shape_ref(shape, i);
        json_t *entry = json_object_get(value, had_aws_text(ref->name));
        if (is_body(ref) && (!set || (entry && !json_is_null(entry))))
            return true;
    }
    return false;
}

static bool rest_payload(struct builder *b, const struct had_aws_ref *payload, const json_t *value,
                         const had_str *given, struct had_aws_request *out)
{
    json_t *entry = json_object_get(value, had_aws_text(payload->name));
    bool json = b->service->protocol == HAD_AWS_REST_JSON;
    enter(b, "%s", had_aws_text(payload->name));
    if (payload->type == HAD_AWS_BLOB || payload->type == HAD_AWS_STRING) {
        if (given) {
            out->body = *given;
        } else if (payload->type == HAD_AWS_STRING && entry) {
            if (!json_is_string(entry))
                return refuse(b, "is no text");
            out->body = had_str_dup(b->arena, had_str_c(json_string_value(entry)));
        } else if (entry) {
            struct had_buffer bytes = {0};
            bool good = json_is_string(entry) &&
                        had_aws_base64_decode(&bytes, had_str_c(json_string_value(entry)));
            out->body = had_buffer_take(b->arena, &bytes);
            if (!good)
                return refuse(b, "is no base64 text");
        }
        return true;
    }
    if (!entry || json_is_null(entry)) {
        if (payload->flags & HAD_AWS_REQUIRED)
            return refuse(b, "is required");
        out->body = json ? had_str_dup(b->arena, HAD_STR("{}")) : (had_str){0};
    } else if (json) {
        json_t *wire = json_value(b, payload, entry);
        if (!wire)
            return false;
        out->body = json_text(b->arena, wire);
    } else {
        struct had_buffer xml = {0};
        bool good = xml_value(b, &xml, payload, had_aws_text(payload->in), entry);
        out->body = had_buffer_take(b->arena, &xml);
        if (!good)
            return false;
    }
    leave(b, 0);
    return true;
}

static bool rest_body(struct builder *b, const struct had_aws_shape *shape, const json_t *value,
                      const had_str *given, struct had_aws_request *out)
{
    bool json = b->service->protocol == HAD_AWS_REST_JSON;
    const struct had_aws_ref *payload = payload_of(shape);
    bool stream = payload && (payload->type == HAD_AWS_BLOB || payload->type == HAD_AWS_STRING);
    if (payload) {
        if (!rest_payload(b, payload, value, given, out))
            return false;
    } else if (json && body_members(shape, value, false)) {
        json_t *wire = json_structure(b, shape, value, true);
        if (!wire)
            return false;
        out->body = json_text(b->arena, wire);
    } else if (!json && body_members(shape, value, true)) {
        struct had_buffer xml = {0};
        bool good = xml_structure(b, &xml, shape, had_aws_text(b->operation->root),
                                  b->operation->ns, value, true);
        out->body = had_buffer_take(b->arena, &xml);
        if (!good)
            return false;
    }
    if (json && !stream && out->body.len && !has_header(out, "Content-Type"))
        add_header(b, out, HAD_STR("Content-Type"), HAD_STR("application/json"));
    if (!json && !stream && out->body.len && !has_header(out, "Content-Type"))
        add_header(b, out, HAD_STR("Content-Type"), HAD_STR("application/xml"));
    return true;
}

static bool rest(struct builder *b, const json_t *value, const had_str *given,
                 struct had_aws_request *out)
{
    const struct had_aws_shape *shape =
        b->operation->input == HAD_AWS_NONE ? NULL : &had_aws_shapes[b->operation->input];
    struct had_buffer query = {0};
    if (shape && !check_structure(b, shape, value))
        return false;
    bool good = rest_path(b, shape, value, out, &query);
    const char *key;
    json_t *entry;
    json_object_foreach((json_t *)(uintptr_t)value, key, entry) {
        const struct had_aws_ref *ref = shape ? had_aws_member(shape, had_str_c(key)) : NULL;
        if (!good || !ref || json_is_null(entry))
            continue;
        size_t place = enter(b, "%s", key);
        if (ref->location == HAD_AWS_HEADER)
            good = rest_header(b, ref, entry, out);
        else if (ref->location == HAD_AWS_HEADERS)
            good = rest_headers(b, ref, entry, out);
        else if (ref->location == HAD_AWS_QUERYSTRING)
            good = rest_query(b, ref, entry, &query);
        if (good)
            leave(b, place);
    }
    out->query = had_buffer_take(b->arena, &query);
    return good && rest_body(b, shape, value, given, out);
}

static bool form_body(struct builder *b, const json_t *value, struct had_aws_request *out)
{
    struct form f = {.b = b};
    had_buffer_printf(&f.out, "Action=%s&Version=%s", had_aws_text(b->operation->name),
                      had_aws_text(b->service->version));
    bool good = b->operation->input == HAD_AWS_NONE ||
                form_structure(&f, &had_aws_shapes[b->operation->input], value);
    had_buffer_free(&f.prefix);
    out->path = HAD_STR("/");
    out->body = had_buffer_take(b->arena, &f.out);
    add_header(b, out, HAD_STR("Content-Type"),
               HAD_STR("application/x-www-form-urlencoded; charset=utf-8"));
    return good;
}

static bool json_body(struct builder *b, const json_t *value, struct had_aws_request *out)
{
    json_t *wire = b->operation->input == HAD_AWS_NONE
                       ? json_object()
                       : json_structure(b, &had_aws_shapes[b->operation->input], value, false);
    if (!wire)
        return false;
    out->path = HAD_STR("/");
    out->body = json_text(b->arena, wire);
    add_header(b, out, HAD_STR("X-Amz-Target"),
               had_str_printf(b->arena, "%s.%s", had_aws_text(b->service->target),
                              had_aws_text(b->operation->name)));
    add_header(
        b, out, HAD_STR("Content-Type"),
        had_str_printf(b->arena, "application/x-amz-json-%s", had_aws_text(b->service->json)));
    return true;
}

bool had_aws_request_build(struct had_arena *arena, const struct had_aws_service *service,
                           const struct had_aws_operation *operation,
                           const struct had_aws_input *input, struct had_aws_request *out,
                           had_str *error)
{
    struct builder b = {.arena = arena, .service = service, .operation = operation};
    *out = (struct had_aws_request){.method = had_str_c(had_aws_text(operation->method))};
    json_t *value = input->value ? json_copy((json_t *)(uintptr_t)input->value) : json_object();
    bool good;
    if (!json_is_object(value)) {
        *error = HAD_STR("the parameters are no JSON object");
        json_decref(value);
        return false;
    }
    const char *token = had_aws_text(operation->token);
    json_t *given = json_object_get(value, token);
    if (*token && (!given || json_is_null(given)) && input->token.len) {
        const struct had_aws_ref *ref =
            had_aws_member(&had_aws_shapes[operation->input], had_str_c(token));
        if (ref && (ref->flags & HAD_AWS_TOKEN)) {
            given = json_stringn(input->token.ptr, input->token.len);
            json_object_set_new(value, token, given);
        }
    }
    out->has_token = json_is_string(given) && json_string_length(given);
    if (operation->input == HAD_AWS_NONE && json_object_size(value)) {
        *error = HAD_STR("the operation takes no parameters");
        json_decref(value);
        return false;
    }
    switch ((enum had_aws_protocol)service->protocol) {
    case HAD_AWS_EC2:
    case HAD_AWS_QUERY:
        good = form_body(&b, value, out);
        break;
    case HAD_AWS_JSON:
        good = json_body(&b, value, out);
        break;
    case HAD_AWS_REST_JSON:
    case HAD_AWS_REST_XML:
    default:
        good = rest(&b, value, input->payload, out);
        break;
    }
    json_decref(value);
    *error = b.error;
    return good;
}

/* ---- redaction ---- */

static json_t *redact(const struct had_aws_ref *ref, const json_t *value, unsigned depth);

static json_t *redact_structure(const struct had_aws_shape *shape, const json_t *value,
                                unsigned depth)
{
    json_t *out = json_object();
    const char *key;
    json_t *entry;
    json_object_foreach((json_t *)(uintptr_t)value, key, entry) {
        const struct had_aws_ref *ref = had_aws_member(shape, had_str_c(key));
        json_object_set_new(out, key, ref ? redact(ref, entry, depth) : json_string("(redacted)"));
    }
    return out;
}

static json_t *redact(const struct had_aws_ref *ref, const json_t *value, unsigned depth)
{
    if ((ref->flags & HAD_AWS_SENSITIVE) || depth > DEPTH_MAX)
        return json_string("(redacted)");
    if (ref->type == HAD_AWS_STRUCTURE && json_is_object(value))
        return redact_structure(shape_of(ref), value, depth + 1);
    if (ref->type == HAD_AWS_LIST && json_is_array(value)) {
        json_t *out = json_array();
        for (size_t i = 0; i < json_array_size(value); i++)
            json_array_append_new(out, redact(had_aws_shape_ref(shape_of(ref), 0),
                                              json_array_get(value, i), depth + 1));
        return out;
    }
    if (ref->type == HAD_AWS_MAP && json_is_object(value)) {
        json_t *out = json_object(), *entry;
        const char *key;
        json_object_foreach((json_t *)(uintptr_t)value, key, entry)
            json_object_set_new(out, key,
                                redact(had_aws_shape_ref(shape_of(ref), 1), entry, depth + 1));
        return out;
    }
    return json_deep_copy(value);
}

json_t *had_aws_redact(uint16_t shape, const json_t *value)
{
    if (shape == HAD_AWS_NONE || !json_is_object(value))
        return json_deep_copy(value);
    return redact_structure(&had_aws_shapes[shape], value, 0);
}
