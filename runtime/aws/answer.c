#include "aws/answer.h"

#include "aws/value.h"
#include "aws/xml.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64, MAX_NAME = 512 };

struct reader {
    struct had_arena *arena;
    const struct had_aws_service *service;
    had_str error;
    unsigned depth;
};

static json_t *refuse(struct reader *r, const struct had_aws_ref *ref, const char *what)
{
    if (!r->error.len)
        r->error = had_str_printf(r->arena, "the answer cannot be read: `%s` %s",
                                  had_aws_text(ref->name), what);
    return NULL;
}

static const struct had_aws_shape *shape_of(const struct had_aws_ref *ref)
{
    return &had_aws_shapes[ref->shape];
}

had_str had_aws_reply_header(const struct had_aws_reply *reply, const char *name)
{
    for (uint32_t i = 0; i < reply->header_count; i++)
        if (had_str_eq_nocase(reply->headers[i].name, had_str_c(name)))
            return reply->headers[i].value;
    return (had_str){0};
}

/* Texts that are no UTF-8 keep their other characters. */
static json_t *text_value(had_str text)
{
    json_t *out = json_stringn(text.ptr ? text.ptr : "", text.len);
    if (out)
        return out;
    char *copy = had_xmalloc((size_t)text.len + 1);
    for (uint32_t i = 0; i < text.len; i++)
        copy[i] = (char)((unsigned char)text.ptr[i] < 0x80 ? text.ptr[i] : '?');
    out = json_stringn(copy, text.len);
    free(copy);
    return out;
}

static json_t *time_value(int64_t micros)
{
    struct had_buffer text = {0};
    had_aws_time_iso(&text, micros);
    json_t *out = json_stringn(text.ptr, text.len);
    had_buffer_free(&text);
    return out;
}

static bool to_int(had_str text, json_int_t *out)
{
    char copy[32], *end;
    text = had_str_trim(text);
    if (!text.len || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    errno = 0;
    *out = strtoll(copy, &end, 10);
    return !*end && errno == 0;
}

static bool to_real(had_str text, double *out)
{
    char copy[64], *end;
    text = had_str_trim(text);
    if (!text.len || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    *out = strtod(copy, &end);
    return !*end;
}

/* A scalar from a text: of an element, of a header. */
static json_t *scalar_text(struct reader *r, const struct had_aws_ref *ref, had_str text)
{
    json_int_t number;
    double real;
    int64_t micros;
    switch ((enum had_aws_type)ref->type) {
    case HAD_AWS_STRING:
    case HAD_AWS_BLOB: /* stays base64 */
    case HAD_AWS_DOCUMENT:
        return text_value(text);
    case HAD_AWS_INTEGER:
    case HAD_AWS_LONG:
        return to_int(text, &number) ? json_integer(number) : refuse(r, ref, "is no whole number");
    case HAD_AWS_FLOAT:
    case HAD_AWS_DOUBLE:
        if (!to_real(text, &real))
            return refuse(r, ref, "is no number");
        return isfinite(real) ? json_real(real) : text_value(text); /* NaN, Infinity */
    case HAD_AWS_BOOLEAN:
        return json_boolean(had_str_is(text, "true"));
    case HAD_AWS_TIMESTAMP:
        return had_aws_time_parse(text, &micros) ? time_value(micros)
                                                 : refuse(r, ref, "is no time");
    case HAD_AWS_STRUCTURE:
    case HAD_AWS_LIST:
    case HAD_AWS_MAP:
        break;
    }
    return refuse(r, ref, "is not of its type");
}

/* ---- XML ---- */

static json_t *xml_value(struct reader *r, const struct had_aws_ref *ref,
                         const struct had_xml *node);

/* Repeated elements are a flattened list or map; `node` is the first of them. */
static json_t *xml_list(struct reader *r, const struct had_aws_ref *ref, const struct had_xml *node)
{
    const struct had_aws_ref *item = had_aws_shape_ref(shape_of(ref), 0);
    bool flat = (ref->flags & HAD_AWS_FLAT) != 0;
    json_t *out = json_array();
    for (const struct had_xml *at = flat ? node : node->first; at; at = at->next) {
        if (flat && !had_str_eq(at->name, node->name))
            continue;
        json_t *value = xml_value(r, item, at);
        if (!value) {
            json_decref(out);
            return NULL;
        }
        json_array_append_new(out, value);
    }
    return out;
}

static json_t *xml_map(struct reader *r, const struct had_aws_ref *ref, const struct had_xml *node)
{
    const struct had_aws_ref *key_ref = had_aws_shape_ref(shape_of(ref), 0), *item = key_ref + 1;
    bool flat = (ref->flags & HAD_AWS_FLAT) != 0;
    json_t *out = json_object();
    for (const struct had_xml *at = flat ? node : node->first; at; at = at->next) {
        if (flat && !had_str_eq(at->name, node->name))
            continue;
        const struct had_xml *key = had_xml_child(at, had_aws_text(key_ref->out));
        const struct had_xml *entry = had_xml_child(at, had_aws_text(item->out));
        json_t *value = key && entry ? xml_value(r, item, entry)
                                     : refuse(r, ref, "has an entry without key or value");
        if (!value) {
            json_decref(out);
            return NULL;
        }
        if (json_object_set_new(out, had_str_cstr(r->arena, key->text), value)) {
            json_decref(out);
            return refuse(r, ref, "has a key that is no text");
        }
    }
    return out;
}

static json_t *xml_structure(struct reader *r, const struct had_aws_shape *shape,
                             const struct had_xml *node)
{
    json_t *out = json_object();
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct had_aws_ref *ref = had_aws_shape_ref(shape, i);
        const struct had_xml *child =
            ref->location == HAD_AWS_BODY ? had_xml_child(node, had_aws_text(ref->out)) : NULL;
        if (!child)
            continue;
        bool number = ref->type == HAD_AWS_INTEGER || ref->type == HAD_AWS_LONG ||
                      ref->type == HAD_AWS_FLOAT || ref->type == HAD_AWS_DOUBLE ||
                      ref->type == HAD_AWS_TIMESTAMP;
        if (number && !child->text.len)
            continue; /* an empty element says nothing */
        json_t *value = xml_value(r, ref, child);
        if (!value) {
            json_decref(out);
            return NULL;
        }
        json_object_set_new(out, had_aws_text(ref->name), value);
    }
    return out;
}

static json_t *xml_value(struct reader *r, const struct had_aws_ref *ref,
                         const struct had_xml *node)
{
    /* The tree is bounded already: depth of types follows depth of elements. */
    if (ref->type == HAD_AWS_STRUCTURE)
        return xml_structure(r, shape_of(ref), node);
    if (ref->type == HAD_AWS_LIST)
        return xml_list(r, ref, node);
    if (ref->type == HAD_AWS_MAP)
        return xml_map(r, ref, node);
    return scalar_text(r, ref, node->text);
}

/* ---- JSON ---- */

static json_t *json_value(struct reader *r, const struct had_aws_ref *ref, const json_t *value);

static json_t *json_structure(struct reader *r, const struct had_aws_shape *shape,
                              const json_t *value)
{
    json_t *out = json_object();
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct had_aws_ref *ref = had_aws_shape_ref(shape, i);
        json_t *wire =
            ref->location == HAD_AWS_BODY ? json_object_get(value, had_aws_text(ref->out)) : NULL;
        if (!wire || json_is_null(wire))
            continue;
        json_t *member = json_value(r, ref, wire);
        if (!member) {
            json_decref(out);
            return NULL;
        }
        json_object_set_new(out, had_aws_text(ref->name), member);
    }
    return out;
}

static json_t *json_list(struct reader *r, const struct had_aws_ref *ref, const json_t *value)
{
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *member =
            json_value(r, had_aws_shape_ref(shape_of(ref), 0), json_array_get(value, i));
        if (!member) {
            json_decref(out);
            return NULL;
        }
        json_array_append_new(out, member);
    }
    return out;
}

static json_t *json_map(struct reader *r, const struct had_aws_ref *ref, const json_t *value)
{
    json_t *out = json_object(), *entry;
    const char *key;
    json_object_foreach((json_t *)(uintptr_t)value, key, entry) {
        json_t *member = json_value(r, had_aws_shape_ref(shape_of(ref), 1), entry);
        if (!member) {
            json_decref(out);
            return NULL;
        }
        json_object_set_new(out, key, member);
    }
    return out;
}

/* A scalar of another JSON type than the model says is handed on: services add such things. */
static json_t *json_scalar(struct reader *r, const struct had_aws_ref *ref, const json_t *value)
{
    int64_t micros;
    bool number = ref->type == HAD_AWS_INTEGER || ref->type == HAD_AWS_LONG ||
                  ref->type == HAD_AWS_FLOAT || ref->type == HAD_AWS_DOUBLE;
    if (ref->type == HAD_AWS_TIMESTAMP) {
        if (json_is_string(value))
            return scalar_text(r, ref, had_str_c(json_string_value(value)));
        if (!json_is_number(value) || !(fabs(json_number_value(value)) < 4e11))
            return refuse(r, ref, "is no time");
        micros = json_is_integer(value) ? json_integer_value(value) * 1000000
                                        : (int64_t)llround(json_real_value(value) * 1e6);
        return time_value(micros);
    }
    if (number && json_is_string(value)) {
        json_t *out = scalar_text(r, ref, had_str_c(json_string_value(value)));
        if (out)
            return out;
        r->error = (had_str){0};
    }
    return json_deep_copy(value);
}

static json_t *json_value(struct reader *r, const struct had_aws_ref *ref, const json_t *value)
{
    json_t *out;
    if (json_is_null(value))
        return json_null();
    if (r->depth > DEPTH_MAX)
        return refuse(r, ref, "is nested too deeply");
    r->depth++;
    if (ref->type == HAD_AWS_STRUCTURE)
        out = json_is_object(value) ? json_structure(r, shape_of(ref), value)
                                    : refuse(r, ref, "is no object");
    else if (ref->type == HAD_AWS_LIST)
        out = json_is_array(value) ? json_list(r, ref, value) : refuse(r, ref, "is no list");
    else if (ref->type == HAD_AWS_MAP)
        out = json_is_object(value) ? json_map(r, ref, value) : refuse(r, ref, "is no object");
    else
        out = json_scalar(r, ref, value);
    r->depth--;
    return out;
}

static json_t *load_json(struct had_arena *arena, had_str body, had_str *error)
{
    json_error_t problem;
    json_t *json = json_loadb(body.ptr ? body.ptr : "", body.len, JSON_ALLOW_NUL, &problem);
    if (!json)
        *error = had_str_printf(arena, "the answer is no JSON that can be read: %s", problem.text);
    return json;
}

/* ---- where the parts of an answer stand ---- */

static bool read_headers(struct reader *r, const struct had_aws_shape *shape,
                         const struct had_aws_reply *reply, json_t *out)
{
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct had_aws_ref *ref = had_aws_shape_ref(shape, i);
        const char *name = had_aws_text(ref->name), *wire = had_aws_text(ref->out);
        if (ref->location == HAD_AWS_STATUS) {
            json_object_set_new(out, name, json_integer(reply->status));
        } else if (ref->location == HAD_AWS_HEADERS) {
            json_t *map = json_object();
            for (uint32_t k = 0; k < reply->header_count; k++) {
                had_str header = reply->headers[k].name;
                uint32_t len = (uint32_t)strlen(wire);
                if (header.len > len && header.len < MAX_NAME &&
                    had_str_eq_nocase(had_str_slice(header, 0, len), had_str_c(wire)))
                    json_object_set_new(
                        map, had_str_cstr(r->arena, had_str_slice(header, len, header.len)),
                        text_value(reply->headers[k].value));
            }
            json_object_set_new(out, name, map);
        } else if (ref->location == HAD_AWS_HEADER) {
            had_str text = had_aws_reply_header(reply, wire);
            if (!text.ptr)
                continue;
            json_t *value;
            if (ref->type == HAD_AWS_LIST) {
                value = json_array();
                while (text.ptr) {
                    int64_t comma = had_str_find(text, ',');
                    had_str part = comma < 0 ? text : had_str_slice(text, 0, (uint32_t)comma);
                    text = comma < 0 ? (had_str){0}
                                     : had_str_slice(text, (uint32_t)comma + 1, text.len);
                    json_t *item =
                        scalar_text(r, had_aws_shape_ref(shape_of(ref), 0), had_str_trim(part));
                    json_array_append_new(value, item ? item : json_null());
                }
            } else if (!(value = scalar_text(r, ref, text))) {
                return false;
            }
            json_object_set_new(out, name, value);
        }
    }
    return true;
}

static json_t *read_xml(struct reader *r, const struct had_aws_operation *operation,
                        const struct had_aws_ref *payload, had_str body)
{
    had_str error = {0};
    if (!body.len && r->service->protocol == HAD_AWS_REST_XML)
        return json_object();
    const struct had_xml *root = had_xml_parse(r->arena, body, &error);
    if (root && *had_aws_text(operation->wrapper)) {
        root = had_xml_child(root, had_aws_text(operation->wrapper));
        if (!root)
            error = had_str_printf(r->arena, "the answer has no element `%s`",
                                   had_aws_text(operation->wrapper));
    }
    if (!root) {
        r->error = error;
        return NULL;
    }
    if (!payload)
        return xml_structure(r, &had_aws_shapes[operation->output], root);
    json_t *value = xml_value(r, payload, root), *out = value ? json_object() : NULL;
    if (out)
        json_object_set_new(out, had_aws_text(payload->name), value);
    return out;
}

static json_t *read_json(struct reader *r, const struct had_aws_operation *operation,
                         const struct had_aws_ref *payload, had_str body)
{
    if (!had_str_trim(body).len)
        return json_object();
    json_t *json = load_json(r->arena, body, &r->error), *out = NULL;
    if (json && !json_is_object(json))
        r->error = HAD_STR("the answer is no JSON object");
    else if (json && payload) {
        json_t *value = json_value(r, payload, json);
        if (value && (out = json_object()))
            json_object_set_new(out, had_aws_text(payload->name), value);
    } else if (json) {
        out = json_structure(r, &had_aws_shapes[operation->output], json);
    }
    json_decref(json);
    return out;
}

json_t *had_aws_answer_read(struct had_arena *arena, const struct had_aws_service *service,
                            const struct had_aws_operation *operation,
                            const struct had_aws_reply *reply, had_str *raw, had_str *error)
{
    struct reader r = {.arena = arena, .service = service};
    if (operation->output == HAD_AWS_NONE)
        return json_object();
    const struct had_aws_shape *shape = &had_aws_shapes[operation->output];
    const struct had_aws_ref *payload = NULL;
    bool in_body = false;
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct had_aws_ref *ref = had_aws_shape_ref(shape, i);
        if (ref->flags & HAD_AWS_PAYLOAD)
            payload = ref;
        in_body |= ref->location == HAD_AWS_BODY;
    }
    json_t *out;
    if (payload && (payload->type == HAD_AWS_BLOB || payload->type == HAD_AWS_STRING)) {
        out = json_object();
        if (payload->type == HAD_AWS_STRING) {
            json_object_set_new(out, had_aws_text(payload->name), text_value(reply->body));
        } else if (raw) {
            *raw = reply->body;
        } else {
            struct had_buffer text = {0};
            had_aws_base64(&text, reply->body.ptr, reply->body.len);
            json_object_set_new(out, had_aws_text(payload->name),
                                json_stringn(text.ptr ? text.ptr : "", text.len));
            had_buffer_free(&text);
        }
    } else if (!in_body && service->protocol >= HAD_AWS_REST_JSON) {
        out = json_object();
    } else if (service->protocol == HAD_AWS_JSON || service->protocol == HAD_AWS_REST_JSON) {
        out = read_json(&r, operation, payload, reply->body);
    } else {
        out = read_xml(&r, operation, payload, reply->body);
    }
    if (out && service->protocol >= HAD_AWS_REST_JSON && !read_headers(&r, shape, reply, out)) {
        json_decref(out);
        out = NULL;
    }
    *error = r.error;
    return out;
}

/* ---- errors ---- */

/* Bounded, and without what a terminal would obey. */
static had_str plain(struct had_arena *arena, had_str text, uint32_t max)
{
    text = had_str_trim(text);
    if (text.len > max)
        text.len = max;
    char *copy = had_arena_alloc(arena, (size_t)text.len + 1);
    for (uint32_t i = 0; i < text.len; i++)
        copy[i] =
            (char)((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f ? ' ' : text.ptr[i]);
    return had_str_trim((had_str){copy, text.len});
}

/* `aws.protocoltests#FooError:http://…` is FooError. */
static had_str bare_code(had_str code)
{
    int64_t colon = had_str_find(code, ':');
    if (colon >= 0)
        code = had_str_slice(code, 0, (uint32_t)colon);
    for (int64_t hash; (hash = had_str_find(code, '#')) >= 0;)
        code = had_str_slice(code, (uint32_t)hash + 1, code.len);
    return had_str_trim(code);
}

static void read_json_error(struct had_arena *arena, had_str body, struct had_aws_error *out)
{
    had_str ignored = {0};
    json_t *json = load_json(arena, body, &ignored);
    if (!json_is_object(json)) {
        json_decref(json);
        return;
    }
    static const char *const codes[] = {"__type", "code", "Code"};
    static const char *const messages[] = {"message", "Message", "errorMessage",
                                           "error_description"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes && !out->code.len; i++)
        out->code = plain(arena, bare_code(had_aws_json_text(json, codes[i])), HAD_AWS_CODE_MAX);
    /* The authorization service speaks OAuth: `{"error":"invalid_grant"}`. Only if no code was
     * found. */
    if (!out->code.len)
        out->code = plain(arena, had_aws_json_text(json, "error"), HAD_AWS_CODE_MAX);
    for (size_t i = 0; i < sizeof messages / sizeof *messages && !out->message.len; i++)
        out->message = plain(arena, had_aws_json_text(json, messages[i]), HAD_AWS_MESSAGE_MAX);
    out->detail = json;
}

static void read_xml_error(struct had_arena *arena, had_str body, struct had_aws_error *out)
{
    had_str ignored = {0};
    const struct had_xml *root = had_xml_parse(arena, body, &ignored);
    if (!root || had_str_eq_nocase(root->name, HAD_STR("html")))
        return;
    const struct had_xml *at =
        had_str_is(root->name, "Error") ? root : had_xml_child(root, "Error");
    if (!at)
        at = had_xml_child(had_xml_child(root, "Errors"), "Error");
    static const char *const ids[] = {"RequestId", "RequestID", "requestId"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids && !out->request_id.len; i++) {
        const struct had_xml *id = had_xml_child(root, ids[i]);
        if (id)
            out->request_id = plain(arena, id->text, HAD_AWS_CODE_MAX);
    }
    if (!at)
        return;
    const struct had_xml *code = had_xml_child(at, "Code"), *message = had_xml_child(at, "Message");
    if (code)
        out->code = plain(arena, code->text, HAD_AWS_CODE_MAX);
    if (message)
        out->message = plain(arena, message->text, HAD_AWS_MESSAGE_MAX);
    out->detail = json_object();
    for (const struct had_xml *child = at->first; child; child = child->next)
        if (child != code && child != message && !child->first && child->name.len < MAX_NAME)
            json_object_set_new(out->detail, had_str_cstr(arena, child->name),
                                text_value(child->text));
}

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } reasons[] = {
        {301, "Moved Permanently"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {407, "Proxy Authentication Required"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return "";
}

had_str had_aws_reply_request_id(const struct had_aws_reply *reply)
{
    had_str id = had_aws_reply_header(reply, "x-amzn-requestid");
    return id.len ? id : had_aws_reply_header(reply, "x-amz-request-id");
}

void had_aws_error_read(struct had_arena *arena, const struct had_aws_reply *reply,
                        struct had_aws_error *out)
{
    *out = (struct had_aws_error){.status = reply->status, .retry_after = -1};
    had_str body = reply->body;
    while (body.len && strchr(" \t\r\n\xef\xbb\xbf", body.ptr[0]) && body.ptr[0])
        body = had_str_slice(body, 1, body.len);
    if (body.len && body.ptr[0] == '{')
        read_json_error(arena, body, out);
    else if (body.len && body.ptr[0] == '<')
        read_xml_error(arena, body, out);
    had_str header = had_aws_reply_header(reply, "x-amzn-errortype");
    if (header.len)
        out->code = plain(arena, bare_code(header), HAD_AWS_CODE_MAX);
    header = had_aws_reply_header(reply, "x-amzn-query-error");
    int64_t semicolon = had_str_find(header, ';');
    if (semicolon > 0)
        out->code = plain(arena, had_str_slice(header, 0, (uint32_t)semicolon), HAD_AWS_CODE_MAX);
    had_str id = had_aws_reply_request_id(reply);
    if (id.len)
        out->request_id = plain(arena, id, HAD_AWS_CODE_MAX);
    if (!out->code.len) {
        out->code = had_str_printf(arena, "%d", reply->status);
        if (!out->message.len && body.len && !out->detail)
            out->message =
                had_str_printf(arena, "%s%sthe body is no answer of AWS's, perhaps a proxy's",
                               reason(reply->status), *reason(reply->status) ? ": " : "");
        else if (!out->message.len)
            out->message = had_str_c(reason(reply->status));
    }
    int64_t number;
    if (had_str_to_int(had_aws_reply_header(reply, "x-amz-retry-after"), &number) &&
        number < 3600000)
        out->retry_after = number;
    else if (had_str_to_int(had_aws_reply_header(reply, "retry-after"), &number) && number < 3600)
        out->retry_after = number * 1000;
}

void had_aws_error_free(struct had_aws_error *error)
{
    json_decref(error->detail);
    error->detail = NULL;
}
