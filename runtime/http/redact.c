#include "http/http.h"

#include "base/buffer.h"

static bool listed(had_str name, const char *const *list)
{
    for (; *list; list++)
        if (had_str_eq_nocase(name, had_str_c(*list)))
            return true;
    return false;
}

bool had_http_secret_header(had_str name)
{
    static const char *const names[] = {"authorization",
                                        "cookie",
                                        "dpop",
                                        "proxy-authorization",
                                        "set-cookie",
                                        "x-amz-security-token",
                                        "x-amz-sso_bearer_token",
                                        "x-aws-ec2-metadata-token",
                                        "x-amz-server-side-encryption-customer-key",
                                        NULL};
    return listed(name, names);
}

had_str had_http_redact_url(struct had_arena *arena, had_str url)
{
    static const char *const names[] = {"X-Amz-Credential", "X-Amz-Security-Token",
                                        "X-Amz-Signature",  "access_token",
                                        "SAMLAssertion",    NULL};
    struct had_buffer out = {0};
    int64_t question = had_str_find(url, '?');
    had_str head = question < 0 ? url : had_str_slice(url, 0, (uint32_t)question);
    had_str query =
        question < 0 ? (had_str){0} : had_str_slice(url, (uint32_t)question + 1, url.len);
    /* A user and password before the host, as proxies have them. */
    int64_t at = had_str_find(head, '@'), slash = -1;
    for (uint32_t i = 0; i + 2 < head.len && slash < 0; i++)
        if (head.ptr[i] == ':' && head.ptr[i + 1] == '/' && head.ptr[i + 2] == '/')
            slash = i + 3;
    if (at >= 0 && slash >= 0 && at > slash) {
        had_buffer_str(&out, had_str_slice(head, 0, (uint32_t)slash));
        had_buffer_c(&out, "REDACTED");
        head = had_str_slice(head, (uint32_t)at, head.len);
    }
    had_buffer_str(&out, head);
    for (char before = '?'; query.len; before = '&') {
        int64_t amp = had_str_find(query, '&');
        had_str part = amp < 0 ? query : had_str_slice(query, 0, (uint32_t)amp);
        query = amp < 0 ? (had_str){0} : had_str_slice(query, (uint32_t)amp + 1, query.len);
        int64_t equals = had_str_find(part, '=');
        had_str name = equals < 0 ? part : had_str_slice(part, 0, (uint32_t)equals);
        had_buffer_char(&out, before);
        if (equals >= 0 && listed(name, names)) {
            had_buffer_str(&out, name);
            had_buffer_c(&out, "=REDACTED");
        } else {
            had_buffer_str(&out, part);
        }
    }
    had_str text = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return text;
}
