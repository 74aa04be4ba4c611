/* A reader of JSON that knows where things stand, for texts that were read once before. */
#include "check/policy.h"
#include "check/query.h"

#include <string.h>

enum { DEPTH_MAX = 64 };

struct reader {
    struct had_arena *arena;
    had_str text;
    uint32_t at;
    unsigned depth;
};

static void skip_space(struct reader *r)
{
    while (r->at < r->text.len && strchr(" \t\r\n", r->text.ptr[r->at]))
        r->at++;
}

static char peek(struct reader *r)
{
    skip_space(r);
    return r->at < r->text.len ? r->text.ptr[r->at] : '\0';
}

static bool take(struct reader *r, char c)
{
    if (peek(r) != c)
        return false;
    r->at++;
    return true;
}

/* The text of a string; `\u` sequences stay as they are, which no name of a policy needs. */
static bool read_string(struct reader *r, struct had_policy_text *out)
{
    if (peek(r) != '"')
        return false;
    struct had_buffer b = {0};
    out->start = r->at++;
    while (r->at < r->text.len && r->text.ptr[r->at] != '"') {
        char c = r->text.ptr[r->at++];
        if (c == '\\' && r->at < r->text.len) {
            static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
            char next = r->text.ptr[r->at++];
            const char *known = strchr(from, next);
            if (next == 'u')
                had_buffer_c(&b, "\\u");
            else
                had_buffer_char(&b, known && next ? to[known - from] : next);
        } else {
            had_buffer_char(&b, c);
        }
    }
    out->text = had_str_dup(r->arena, had_buffer_view(&b));
    had_buffer_free(&b);
    if (r->at >= r->text.len)
        return false;
    out->end = ++r->at;
    return true;
}

static bool skip_value(struct reader *r);

static bool skip_members(struct reader *r, char close, bool keys)
{
    if (take(r, close))
        return true;
    do {
        struct had_policy_text key;
        if (keys && (!read_string(r, &key) || !take(r, ':')))
            return false;
        if (!skip_value(r))
            return false;
    } while (take(r, ','));
    return take(r, close);
}

static bool skip_value(struct reader *r)
{
    struct had_policy_text text;
    char c = peek(r);
    if (c == '"')
        return read_string(r, &text);
    if (c == '{' || c == '[') {
        if (++r->depth > DEPTH_MAX)
            return false;
        r->at++;
        bool good = skip_members(r, c == '{' ? '}' : ']', c == '{');
        r->depth--;
        return good;
    }
    uint32_t start = r->at;
    while (r->at < r->text.len && !strchr(",]} \t\r\n", r->text.ptr[r->at]))
        r->at++;
    return r->at > start;
}

static bool read_texts(struct reader *r, had_policy_texts *out)
{
    if (peek(r) == '"')
        return read_string(r, had_push(r->arena, out));
    if (!take(r, '['))
        return false;
    if (take(r, ']'))
        return true;
    do {
        if (!read_string(r, had_push(r->arena, out)))
            return false;
    } while (take(r, ','));
    return take(r, ']');
}

/* `{ "StringEquals": { "iam:PassedToService": … } }`: the keys of the inner objects. */
static bool read_condition(struct reader *r, struct had_policy_statement *s)
{
    struct had_policy_text word;
    if (peek(r) != '{')
        return skip_value(r);
    r->at++;
    if (take(r, '}'))
        return true;
    do {
        if (!read_string(r, &word) || !take(r, ':') || !take(r, '{'))
            return false;
        s->conditional = true;
        if (take(r, '}'))
            continue;
        do {
            if (!read_string(r, had_push(r->arena, &s->condition_keys)) || !take(r, ':') ||
                !skip_value(r))
                return false;
        } while (take(r, ','));
        if (!take(r, '}'))
            return false;
    } while (take(r, ','));
    return take(r, '}');
}

static bool read_member(struct reader *r, const struct had_policy_text *key,
                        struct had_policy_statement *s)
{
    struct had_policy_text text;
    if (had_str_is(key->text, "Effect")) {
        if (!read_string(r, &text))
            return false;
        s->allow = had_str_is(text.text, "Allow");
        return true;
    }
    if (had_str_is(key->text, "Sid"))
        return read_string(r, &s->sid);
    if (had_str_is(key->text, "Action") || had_str_is(key->text, "NotAction")) {
        s->not_action = key->text.ptr[0] == 'N';
        return read_texts(r, &s->actions);
    }
    if (had_str_is(key->text, "Resource")) {
        had_policy_texts resources = {0};
        if (!read_texts(r, &resources))
            return false;
        had_each(struct had_policy_text, resource, &resources)
            s->everything |= had_str_is(resource->text, "*");
        return true;
    }
    if (had_str_is(key->text, "Condition"))
        return read_condition(r, s);
    if (had_str_is(key->text, "Principal") || had_str_is(key->text, "NotPrincipal"))
        s->principal = *key;
    return skip_value(r);
}

static bool read_statement(struct reader *r, struct had_policy *out)
{
    struct had_policy_statement s = {0};
    if (peek(r) != '{')
        return false;
    s.start = r->at++;
    if (!take(r, '}')) {
        do {
            struct had_policy_text key;
            if (!read_string(r, &key) || !take(r, ':') || !read_member(r, &key, &s))
                return false;
        } while (take(r, ','));
        if (!take(r, '}'))
            return false;
    }
    s.end = r->at;
    *had_push(r->arena, &out->statements) = s;
    return true;
}

bool had_policy_read(struct had_arena *arena, had_str text, struct had_policy *out)
{
    struct reader r = {.arena = arena, .text = text};
    *out = (struct had_policy){0};
    for (uint32_t i = 0; i < text.len; i++)
        /* Bytes behind the first of a character are not counted. */
        out->characters +=
            !strchr(" \t\r\n", text.ptr[i]) && ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    if (!take(&r, '{') || take(&r, '}'))
        return false;
    do {
        struct had_policy_text key;
        if (!read_string(&r, &key) || !take(&r, ':'))
            return false;
        if (had_str_is(key.text, "Version")) {
            if (!read_string(&r, &out->version))
                return false;
        } else if (!had_str_is(key.text, "Statement")) {
            if (!skip_value(&r))
                return false;
        } else if (peek(&r) == '[') {
            r.at++;
            do {
                if (!read_statement(&r, out))
                    return false;
            } while (take(&r, ','));
            if (!take(&r, ']'))
                return false;
        } else if (!read_statement(&r, out)) {
            return false;
        }
    } while (take(&r, ','));
    return take(&r, '}') && peek(&r) == '\0';
}

/* ---- places ---- */

static int64_t find(had_str text, had_str part, uint32_t from)
{
    for (uint32_t i = from; part.len && i + part.len <= text.len; i++)
        if (memcmp(text.ptr + i, part.ptr, part.len) == 0)
            return i;
    return -1;
}

struct had_span had_policy_span(const struct had_spec *spec, const struct had_value *value,
                                uint32_t start, uint32_t end)
{
    struct had_span whole = had_value_span(value);
    had_str text = value->text;
    const struct had_sources *sources = spec->sources;
    if (end > text.len || start >= end)
        return whole;
    for (uint32_t i = 0; i < sources->files.count; i++)
        if (sources->files.items[i]->is_data && had_str_eq(sources->files.items[i]->text, text))
            return (struct had_span){i + 1, start, end};
    /* A string of one piece stands in the spec as it is, a block with more in front of its lines.
     */
    const struct had_source *source = had_source_of(sources, whole);
    had_str written = had_source_text(sources, whole);
    int64_t at = find(written, text, 0);
    if (!source)
        return whole;
    if (at >= 0)
        return (struct had_span){whole.file, whole.start + (uint32_t)at + start,
                                 whole.start + (uint32_t)at + end};
    uint32_t line_start = 0, line = 1; /* the first line of a block is below its quotes */
    for (uint32_t i = 0; i < start; i++)
        if (text.ptr[i] == '\n') {
            line_start = i + 1;
            line++;
        }
    uint32_t line_end = line_start;
    while (line_end < text.len && text.ptr[line_end] != '\n')
        line_end++;
    uint32_t here = 0;
    while (here < written.len && line > 0)
        line -= written.ptr[here++] == '\n';
    at = line ? -1 : find(written, had_str_slice(text, line_start, line_end), here);
    if (at < 0)
        return whole;
    for (uint32_t i = here; i < (uint32_t)at; i++)
        if (written.ptr[i] != ' ' && written.ptr[i] != '\t')
            return whole;
    uint32_t from = whole.start + (uint32_t)at + (start - line_start);
    return (struct had_span){whole.file, from, from + ((end < line_end ? end : line_end) - start)};
}

had_policy_uses had_policies_of(struct had_arena *arena, const struct had_spec *spec)
{
    static const char *const kinds[][2] = {{"permission-set", "inline"}, {"policy", "document"}};
    had_policy_uses out = {0};
    for (size_t k = 0; k < 2; k++)
        had_each_object(object, had_spec_kind(spec, kinds[k][0])) {
            const struct had_value *value = had_get(object, kinds[k][1]);
            struct had_policy policy;
            if (value->tag == HAD_VALUE_TEXT && had_policy_read(arena, value->text, &policy))
                *had_push(arena, &out) = (struct had_policy_use){object, value, policy};
        }
    return out;
}

bool had_action_split(had_str action, had_str *service, had_str *name)
{
    int64_t colon = had_str_find(action, ':');
    if (colon < 0)
        return false;
    *service = had_str_slice(action, 0, (uint32_t)colon);
    *name = had_str_slice(action, (uint32_t)colon + 1, action.len);
    return true;
}
