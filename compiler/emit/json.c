#include "emit/json.h"

#include <utf8proc.h>

uint32_t had_json_rune(struct had_buffer *out, had_str text, uint32_t at)
{
    utf8proc_int32_t rune;
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at,
                                          (utf8proc_ssize_t)(text.len - at), &rune);
    had_buffer_escape(out, n > 0 ? (uint32_t)rune : 0xfffd);
    return n > 0 ? (uint32_t)n : 1;
}

static void quoted(struct had_buffer *out, had_str text)
{
    had_buffer_char(out, '"');
    for (uint32_t i = 0; i < text.len;) {
        uint32_t plain = i;
        while (plain < text.len && text.ptr[plain] >= 0x20 && text.ptr[plain] != '"' &&
               text.ptr[plain] != '\\')
            plain++;
        had_buffer_add(out, text.ptr + i, plain - i);
        i = plain;
        if (i == text.len)
            break;
        static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
        const char *special = text.ptr[i] ? strchr(from, text.ptr[i]) : NULL;
        if (special) {
            had_buffer_char(out, '\\');
            had_buffer_char(out, to[special - from]);
            i++;
            continue;
        }
        i += had_json_rune(out, text, i);
    }
    had_buffer_char(out, '"');
}

static void line(struct had_json *json)
{
    had_buffer_char(json->out, '\n');
    had_buffer_repeat(json->out, ' ', (size_t)json->depth * 2);
}

static void begin(struct had_json *json, const had_str *key)
{
    if (json->filled)
        had_buffer_char(json->out, ',');
    if (json->depth)
        line(json);
    json->filled = true;
    if (!key)
        return;
    quoted(json->out, *key);
    had_buffer_add(json->out, ": ", 2);
}

static void begin_c(struct had_json *json, const char *key)
{
    had_str name = had_str_c(key);
    begin(json, key ? &name : NULL);
}

static void open_bracket(struct had_json *json, char bracket)
{
    had_buffer_char(json->out, bracket);
    json->depth++;
    json->filled = false;
}

void had_json_open(struct had_json *json, const char *key, char bracket)
{
    begin_c(json, key);
    open_bracket(json, bracket);
}

void had_json_open_at(struct had_json *json, had_str key, char bracket)
{
    begin(json, &key);
    open_bracket(json, bracket);
}

void had_json_close(struct had_json *json, char bracket)
{
    json->depth--;
    if (json->filled)
        line(json);
    had_buffer_char(json->out, bracket);
    json->filled = true;
}

void had_json_put_text(struct had_json *json, const char *key, had_str value)
{
    begin_c(json, key);
    quoted(json->out, value);
}

void had_json_put_text_at(struct had_json *json, had_str key, had_str value)
{
    begin(json, &key);
    quoted(json->out, value);
}

void had_json_put_number(struct had_json *json, const char *key, uint64_t value)
{
    begin_c(json, key);
    had_buffer_printf(json->out, "%llu", (unsigned long long)value);
}

void had_json_put_bool(struct had_json *json, const char *key, bool value)
{
    begin_c(json, key);
    had_buffer_c(json->out, value ? "true" : "false");
}
