/* IAM policy documents: JSON of the form that IAM takes. Which actions there are is for the rules.
 */
#include "schema/literals/reading.h"

#include <jansson.h>
#include <string.h>

static const char *const top_keys[] = {"Version", "Id", "Statement", NULL};
static const char *const statement_keys[] = {"Sid",       "Effect",    "Principal", "NotPrincipal",
                                             "Action",    "NotAction", "Resource",  "NotResource",
                                             "Condition", NULL};

static bool check_keys(struct had_reading *r, json_t *object, const char *const *known,
                       const char *noun)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        had_array(had_str) names = {0};
        bool found = false;
        for (uint32_t i = 0; known[i]; i++) {
            found = found || strcmp(known[i], key) == 0;
            *had_push(r->arena, &names) = had_str_c(known[i]);
        }
        if (found)
            continue;
        had_str near = had_str_nearest(had_str_c(key), names.items, names.count);
        had_str copy = had_str_dup(r->arena, had_str_c(key));
        if (near.len)
            return had_refuse(r, &HAD0226, "%s has no `" HAD_FMT "`; did you mean `" HAD_FMT "`?",
                              noun, HAD_ARG(had_reading_shown(r, copy)), HAD_ARG(near));
        return had_refuse(r, &HAD0226, "%s has no `" HAD_FMT "`", noun,
                          HAD_ARG(had_reading_shown(r, copy)));
    }
    return true;
}

/* `*`, or a service, a colon and the name of an action, in which `*` and `?` stand for others. */
static bool is_action(const char *text)
{
    if (strcmp(text, "*") == 0)
        return true;
    const char *at = text;
    while (had_is_letter(*at) || had_is_digit(*at) || *at == '-' || *at == '*')
        at++;
    if (at == text || *at++ != ':' || !*at)
        return false;
    while (had_is_letter(*at) || had_is_digit(*at) || *at == '*' || *at == '?')
        at++;
    return !*at;
}

/* A text or a list of texts. */
static bool check_texts(struct had_reading *r, const char *key, json_t *value, bool actions)
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
        if (!json_is_string(one))
            return had_refuse(r, &HAD0226, "the `%s` of a policy is a text or a list of texts",
                              key);
        if (actions && !is_action(json_string_value(one)))
            return had_refuse(r, &HAD0226,
                              "`" HAD_FMT "` is no action: one is written `ec2:StopInstances`",
                              HAD_ARG(had_reading_shown(
                                  r, had_str_dup(r->arena, had_str_c(json_string_value(one))))));
    }
    return count > 0 || had_refuse(r, &HAD0226, "the `%s` of a policy is an empty list", key);
}

static bool check_statement(struct had_reading *r, json_t *statement)
{
    if (!json_is_object(statement))
        return had_refuse(r, &HAD0226, "a statement of a policy is an object in braces");
    if (!check_keys(r, statement, statement_keys, "a statement of a policy"))
        return false;
    json_t *effect = json_object_get(statement, "Effect");
    if (!json_is_string(effect) || (strcmp(json_string_value(effect), "Allow") != 0 &&
                                    strcmp(json_string_value(effect), "Deny") != 0))
        return had_refuse(r, &HAD0226,
                          "a statement of a policy has the `Effect` `Allow` or `Deny`");
    json_t *action = json_object_get(statement, "Action");
    json_t *not_action = json_object_get(statement, "NotAction");
    if (!action == !not_action)
        return had_refuse(r, &HAD0226,
                          "a statement of a policy has either an `Action` or a `NotAction`");
    if (!check_texts(r, action ? "Action" : "NotAction", action ? action : not_action, true))
        return false;
    json_t *resource = json_object_get(statement, "Resource");
    json_t *not_resource = json_object_get(statement, "NotResource");
    if (!resource == !not_resource)
        return had_refuse(r, &HAD0226,
                          "a statement of a policy has either a `Resource` or a `NotResource`");
    return check_texts(r, resource ? "Resource" : "NotResource", resource ? resource : not_resource,
                       false);
}

/* The line of the text on which the n-th object of its list of statements begins, from 0. */
static unsigned line_of_statement(had_str text, size_t n)
{
    unsigned line = 1, depth = 0;
    size_t seen = 0;
    bool quoted = false;
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        line += c == '\n';
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            /* In the document's braces and the list's brackets: an entry of the list. */
            if (++depth == 3 && seen++ == n)
                return line;
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
        }
    }
    return 1;
}

/* Says which statement it is that the last finding speaks of. */
static void tell_statement(struct had_reading *r, size_t n)
{
    if (r->diags->items.count)
        had_diag_note(r->diags->items.items[r->diags->items.count - 1],
                      "it is statement %zu, on line %u of the document", n + 1,
                      line_of_statement(r->text, n));
}

static bool check_document(struct had_reading *r, json_t *document)
{
    if (!json_is_object(document))
        return had_refuse(r, &HAD0226, "a policy is an object in braces");
    if (!check_keys(r, document, top_keys, "a policy"))
        return false;
    json_t *version = json_object_get(document, "Version");
    if (!json_is_string(version) || (strcmp(json_string_value(version), "2012-10-17") != 0 &&
                                     strcmp(json_string_value(version), "2008-10-17") != 0))
        return had_refuse(r, &HAD0226, "the `Version` of a policy is `2012-10-17`");
    json_t *statements = json_object_get(document, "Statement");
    if (!json_is_array(statements))
        return statements ? check_statement(r, statements)
                          : had_refuse(r, &HAD0226, "a policy has a `Statement`");
    if (!json_array_size(statements))
        return had_refuse(r, &HAD0226, "the `Statement` of a policy is an empty list");
    size_t i;
    json_t *statement;
    json_array_foreach(statements, i, statement) {
        if (check_statement(r, statement))
            continue;
        tell_statement(r, i);
        return false;
    }
    return true;
}

bool had_read_policy(struct had_reading *r)
{
    if (!r->diags) /* among alternatives any text may be one */
        return had_reading_text(r, r->text);
    json_error_t error;
    json_t *document =
        json_loadb(r->text.ptr ? r->text.ptr : "", r->text.len, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        return had_refuse(
            r, &HAD0226, "line %d of this policy is no JSON: " HAD_FMT, error.line,
            HAD_ARG(had_reading_shown(r, had_str_dup(r->arena, had_str_c(error.text)))));
    bool good = check_document(r, document);
    json_decref(document);
    return good && had_reading_text(r, r->text);
}
