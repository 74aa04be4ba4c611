/* The rows of aws/ as the build has put them into a table: read once, and for as long as the
 * program runs. */
#include "internal.h"

#include "aws/model.h"
#include "resource/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct had_driver_text had_sim_texts[];
extern const unsigned had_sim_text_count;

static struct {
    struct kind *kinds; /* by name */
    uint32_t kind_count;
    json_t **rows; /* by the order of the texts, which is that of names */
} table;

static const char type_prefix[] = "type.";

static bool is_kind(const char *name)
{
    return strncmp(name, type_prefix, sizeof type_prefix - 1) == 0;
}

static struct kind kind_of(const char *name, const json_t *row, uint32_t number)
{
    const json_t *state = json_object_get(row, "state");
    const char *missing = had_sim_text(row, "missing");
    return (struct kind){.name = name,
                         .number = number,
                         .row = row,
                         .dated = had_sim_text(row, "dated"),
                         .id_at = had_sim_text(row, "id"),
                         .prefix = had_sim_text(row, "prefix"),
                         .missing = missing ? missing : "ResourceNotFoundException",
                         .unready = had_sim_text(row, "unready"),
                         .state_at = had_sim_text(state, "at"),
                         .first = had_sim_text(state, "first"),
                         .ready = had_sim_text(state, "ready"),
                         .leaving = had_sim_text(state, "leaving"),
                         .gone = had_sim_text(state, "gone"),
                         .failed = had_sim_text(state, "failed"),
                         .seconds = json_integer_value(json_object_get(state, "seconds")),
                         .leave_seconds = json_integer_value(json_object_get(state, "leave")),
                         .global = json_is_true(json_object_get(row, "global")),
                         .shared = json_object_get(row, "shared"),
                         .passing = json_is_true(json_object_get(row, "passing")),
                         .vanishes = json_is_true(json_object_get(row, "vanishes"))};
}

static void read_table(void)
{
    if (table.rows)
        return;
    table.rows = had_xmalloc((had_sim_text_count + 1) * sizeof *table.rows);
    table.kinds = had_xmalloc((had_sim_text_count + 1) * sizeof *table.kinds);
    for (unsigned i = 0; i < had_sim_text_count; i++) {
        const char *name = had_sim_texts[i].type;
        json_error_t error;
        table.rows[i] = json_loads(had_sim_texts[i].text, 0, &error);
        if (is_kind(name)) {
            table.kinds[table.kind_count] =
                kind_of(name + sizeof type_prefix - 1, table.rows[i], table.kind_count);
            table.kind_count++;
        }
    }
}

const struct kind *had_sim_kinds(uint32_t *count)
{
    read_table();
    *count = table.kind_count;
    return table.kinds;
}

static int by_kind(const void *name, const void *kind)
{
    return strcmp(name, ((const struct kind *)kind)->name);
}

const struct kind *had_sim_kind(const char *name)
{
    read_table();
    return name ? bsearch(name, table.kinds, table.kind_count, sizeof *table.kinds, by_kind) : NULL;
}

static int by_type(const void *name, const void *text)
{
    return strcmp(name, ((const struct had_driver_text *)text)->type);
}

const json_t *had_sim_row(const char *service, const char *operation)
{
    char name[160];
    read_table();
    snprintf(name, sizeof name, "%s.%s", service, operation);
    const struct had_driver_text *found =
        bsearch(name, had_sim_texts, had_sim_text_count, sizeof *had_sim_texts, by_type);
    return found ? table.rows[found - had_sim_texts] : NULL;
}

bool had_sim_knows(const char *service, const char *operation)
{
    return had_sim_row(service, operation) != NULL;
}

/* ---- what a row may say ---- */

struct check {
    const char *name;
    void (*told)(void *context, const char *fault);
    void *context;
};

static void report(const struct check *check, const char *what, const char *key)
{
    char text[256];
    snprintf(text, sizeof text, "%s: %s `%s`", check->name, what, key);
    check->told(check->context, text);
}

static void check_kind(const struct check *check, const json_t *name)
{
    const char *kind =
        json_string_value(json_is_object(name) ? json_object_get(name, "type") : name);
    if (!had_sim_kind(kind))
        report(check, "there is no kind", kind ? kind : "");
}

static void check_kinds_of(const struct check *check, const json_t *map, bool by_key)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)map, key, value) {
        if (by_key && !had_sim_kind(key))
            report(check, "there is no kind", key);
        else if (!by_key)
            check_kind(check, value);
    }
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

/* Acts, and what stands beside them: aws/README.md. */
static const char *const act_keys[] = {"make",   "list",     "get",    "drop",
                                       "change", "elements", "amount", NULL};
static const char *const tag_keys[] = {"tags", "tag", "untag", NULL};
static const char *const row_keys[] = {
    "answer",   "refs",   "refs_first", "let",     "unknown", "refuse", "limit",      "for",
    "if",       "object", "unique",     "token",   "also",    "again",  "seen",       "ids",
    "filters",  "where",  "prefixes",   "from",    "only",    "each",   "under",      "flatten",
    "distinct", "ready",  "lenient",    "by",      "match",   "region", "everywhere", "others",
    "over",     "as",     "missing",    "none",    "users",   "bare",   "blocked",    "takes",
    "leaves",   "leave",  "optional",   "unready", "set",     "then",   "unset",      "all",
    "into",     "key",    "add",        "put",     "remove",  "exists", "absent",     "most",
    "alone",    "wanted", NULL};
static const char *const type_keys[] = {
    "id",    "prefix", "named",  "digits", "missing", "unready", "state",   "stages",   "parts",
    "shows", "there",  "global", "shared", "grants",  "dated",   "passing", "vanishes", NULL};

/* A name that a row gives must not be one that templates have already. */
static void check_name(const struct check *check, const char *name)
{
    static const char *const taken[] = {"id",      "token",      "address",   "deployment",
                                        "account", "region",     "partition", "management",
                                        "tags",    "attributes", "note",      "item",
                                        "old",     "answer",     "found",     NULL};
    if (name && is_one_of(name, taken))
        report(check, "templates mean something else by", name);
}

static void check_names(const struct check *check, const json_t *row)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(row, "let"), name, value)
        check_name(check, name);
    check_name(check, had_sim_text(row, "as"));
}

/* Kinds that say who else sees an object. */
static void check_sharing(const struct check *check, const json_t *row)
{
    static const char *const members[] = {"type", "member", "unit", "root"};
    const json_t *shared = json_object_get(row, "shared"), *grants = json_object_get(row, "grants");
    const char *name = json_string_value(shared);
    if (json_is_object(shared) || (name && *name != '$'))
        check_kind(check, shared);
    for (size_t i = 0; grants && i < sizeof members / sizeof *members; i++)
        check_kind(check, json_object_get(grants, members[i]));
}

static void check_row(const struct check *check, const json_t *row)
{
    static const char *const inner[] = {"steps", "first", "cases", NULL};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)row, key, value) {
        if (is_one_of(key, act_keys)) {
            check_kind(check, value);
        } else if (is_one_of(key, tag_keys)) {
            if (json_string_value(value) && json_string_value(value)[0] != '$')
                check_kind(check, value);
        } else if (is_one_of(key, inner)) {
            for (size_t i = 0; i < json_array_size(value); i++)
                check_row(check, json_array_get(value, i));
        } else if (!is_one_of(key, row_keys)) {
            report(check, "nothing understands", key);
        }
    }
    check_names(check, row);
    check_kinds_of(check, json_object_get(row, "refs"), false);
    check_kinds_of(check, json_object_get(row, "let"), false);
    check_kinds_of(check, json_object_get(row, "users"), true);
    check_kinds_of(check, json_object_get(row, "takes"), true);
    check_kinds_of(check, json_object_get(row, "leaves"), true);
    const json_t *also = json_object_get(row, "also"), *limit = json_object_get(row, "limit");
    if (json_is_object(also))
        check_kind(check, also);
    for (size_t i = 0; i < json_array_size(also); i++)
        check_kind(check, json_array_get(also, i));
    if (limit)
        check_kind(check, limit);
}

static void check_operation(const struct check *check)
{
    const char *dot = strchr(check->name, '.');
    had_str service = {check->name, dot ? (uint32_t)(dot - check->name) : 0};
    const struct had_aws_service *found = had_aws_service_find(service);
    if (!found || !had_aws_operation_find(found, had_str_c(dot + 1)))
        report(check, "the client has no such operation", check->name);
}

void had_sim_check(void (*told)(void *context, const char *fault), void *context)
{
    read_table();
    for (unsigned i = 0; i < had_sim_text_count; i++) {
        struct check check = {had_sim_texts[i].type, told, context};
        const char *key;
        json_t *value;
        if (!is_kind(check.name)) {
            check_operation(&check);
            check_row(&check, table.rows[i]);
            continue;
        }
        json_object_foreach(table.rows[i], key, value)
            if (!is_one_of(key, type_keys))
                report(&check, "nothing understands", key);
        check_kinds_of(&check, json_object_get(table.rows[i], "parts"), false);
        check_sharing(&check, table.rows[i]);
    }
}
