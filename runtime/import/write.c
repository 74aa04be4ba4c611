/* Declarations as text of the language: catalog's order, the formatter's form, every text in
 * quotes. */
#include "import/internal.h"

#include "diag/render.h"
#include "format/format.h"
#include "schema/literal.h"
#include "syntax/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT = 100 }; /* columns of a declaration on one line */

struct writer {
    struct had_live *live;
    struct had_arena scratch;
    struct had_buffer out;
};

/* ---- texts ---- */

/* Bytes of the control character at `i`: C0, DEL, or C1 in UTF-8; 0 where there is none. */
static uint32_t control(had_str text, uint32_t i)
{
    unsigned char c = (unsigned char)text.ptr[i];
    if (c == 0xc2 && i + 1 < text.len && (unsigned char)text.ptr[i + 1] < 0xa0)
        return 2;
    return c < 0x20 || c == 0x7f;
}

static bool has_control(had_str text)
{
    for (uint32_t i = 0; i < text.len; i++)
        if (control(text, i))
            return true;
    return false;
}

void had_live_quote(struct had_buffer *out, had_str text)
{
    had_buffer_char(out, '"');
    for (uint32_t i = 0, from = 0; i <= text.len; i++) {
        bool code =
            i < text.len && (text.ptr[i] == '"' || text.ptr[i] == '\\' || text.ptr[i] == '$');
        uint32_t odd = i < text.len ? control(text, i) : 0;
        if (i < text.len && !code && !odd)
            continue;
        had_buffer_safe(out, had_str_slice(text, from, i)); /* its `\u{…}` is the language's, too */
        if (code)
            had_buffer_printf(out, "\\%c", text.ptr[i]);
        else if (odd)
            had_buffer_char(out, '?');
        i += odd ? odd - 1 : 0;
        from = i + 1;
    }
    had_buffer_char(out, '"');
}

/* A comment: nothing of the text can end its line or drive a terminal. */
static void comment(struct had_buffer *out, had_str text)
{
    had_buffer_c(out, "# ");
    had_buffer_safe(out, text);
    had_buffer_char(out, '\n');
}

static bool is_word(had_str text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '-')))
            return false;
    }
    return text.len && text.ptr[text.len - 1] != '-';
}

/* ---- values ---- */

static bool names_kind(const struct had_type *type, const struct had_kind *kind)
{
    for (const char *const *at = type->kinds; at && *at; at++)
        if (strcmp(*at, "*") == 0 || strcmp(*at, kind->name) == 0)
            return true;
    return false;
}

static bool holds(struct writer *w, const struct had_type *type, enum had_spelling spelling,
                  had_str text)
{
    struct had_diags diags = {.arena = &w->scratch};
    struct had_value value;
    return had_literal_fits(type, spelling, text) &&
           had_literal_read(&w->scratch, type, spelling, text, (struct had_span){0}, (had_str){0},
                            &diags, &value);
}

/* How literals of a type are written where they do not stand in quotes. */
static const enum had_spelling spelled[HAD_TYPE_COUNT] = {
    [HAD_TYPE_TEXT] = HAD_SPELLED_TEXT,          [HAD_TYPE_SERVICE] = HAD_SPELLED_TEXT,
    [HAD_TYPE_ARN] = HAD_SPELLED_TEXT,           [HAD_TYPE_DOMAIN] = HAD_SPELLED_TEXT,
    [HAD_TYPE_NETBIOS] = HAD_SPELLED_TEXT,       [HAD_TYPE_SITE_NAME] = HAD_SPELLED_TEXT,
    [HAD_TYPE_EMAIL] = HAD_SPELLED_TEXT,         [HAD_TYPE_DN] = HAD_SPELLED_TEXT,
    [HAD_TYPE_REGION] = HAD_SPELLED_TEXT,        [HAD_TYPE_IMAGE] = HAD_SPELLED_TEXT,
    [HAD_TYPE_PATH] = HAD_SPELLED_TEXT,          [HAD_TYPE_WORD] = HAD_SPELLED_WORD,
    [HAD_TYPE_ZONE] = HAD_SPELLED_WORD,          [HAD_TYPE_MFA] = HAD_SPELLED_WORD,
    [HAD_TYPE_INT] = HAD_SPELLED_LITERAL,        [HAD_TYPE_DURATION] = HAD_SPELLED_LITERAL,
    [HAD_TYPE_RATE] = HAD_SPELLED_LITERAL,       [HAD_TYPE_SIZE] = HAD_SPELLED_LITERAL,
    [HAD_TYPE_DATE] = HAD_SPELLED_LITERAL,       [HAD_TYPE_IP] = HAD_SPELLED_LITERAL,
    [HAD_TYPE_IP_PORT] = HAD_SPELLED_LITERAL,    [HAD_TYPE_CIDR] = HAD_SPELLED_LITERAL,
    [HAD_TYPE_PORT_RANGE] = HAD_SPELLED_LITERAL, [HAD_TYPE_ASN] = HAD_SPELLED_LITERAL,
    [HAD_TYPE_ACCOUNT_ID] = HAD_SPELLED_LITERAL,
};

/* What stands bare is what the type itself accepts, in characters that are no code. */
static bool bare(had_str text)
{
    for (uint32_t i = 0; i < text.len; i++)
        if (!strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.:/",
                    text.ptr[i]))
            return false;
    return text.len > 0;
}

static bool literal(struct writer *w, const struct had_type *type, const json_t *value)
{
    char number[32] = "";
    if (json_is_integer(value))
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
    else if (!json_is_string(value))
        return false;
    had_str text = number[0]
                       ? had_str_c(number)
                       : (had_str){json_string_value(value), (uint32_t)json_string_length(value)};
    if (has_control(text))
        return false; /* no text of the language: what was written would be another one */
    enum had_spelling spelling = spelled[type->base];
    if (spelling == HAD_SPELLED_WORD && text.len && text.ptr[0] >= '0' && text.ptr[0] <= '9')
        spelling = HAD_SPELLED_LITERAL; /* `8500` of a closed set */
    if (spelling != HAD_SPELLED_TEXT && bare(text) && holds(w, type, spelling, text)) {
        had_buffer_str(&w->out, text);
        return true;
    }
    had_live_quote(&w->out, text);
    return type->base != HAD_TYPE_WORD && holds(w, type, HAD_SPELLED_TEXT, text);
}

static bool reference(struct writer *w, const struct had_type *type, const json_t *value,
                      const struct had_declared *in)
{
    const struct had_declared *to = had_live_declared(w->live, json_string_value(value));
    if (!to || !names_kind(type, to->kind))
        return false;
    had_str path = had_live_path(w->live, to, in);
    bool near = to->parent && had_str_eq(path, to->label) && !type->kinds[1] &&
                strcmp(to->kind->name, "subnet") == 0;
    had_buffer_printf(&w->out, "%s%s" HAD_FMT, near ? "" : to->kind->name, near ? "" : " ",
                      HAD_ARG(path));
    return true;
}

/* One literal, reference or word; false if the type takes no such thing. */
static bool scalar(struct writer *w, const struct had_type *type, const json_t *value,
                   const struct had_declared *in)
{
    if (type->base == HAD_TYPE_ANY_OF) {
        for (const struct had_type *const *at = type->alternatives; *at; at++) {
            size_t before = w->out.len;
            if (scalar(w, *at, value, in))
                return true;
            w->out.len = before;
        }
        return false;
    }
    if (type->base == HAD_TYPE_BOOL) {
        had_buffer_c(&w->out, json_is_true(value) ? "true" : "false");
        return json_is_boolean(value);
    }
    if (type->base == HAD_TYPE_POLICY) {
        had_buffer_c(&w->out, "file(");
        had_live_quote(&w->out, had_live_str(value, "file"));
        had_buffer_c(&w->out, ")");
        return json_is_object(value);
    }
    return type->base == HAD_TYPE_REF ? reference(w, type, value, in) : literal(w, type, value);
}

/* References of a set by name: ids say nothing to a reader. */
static void sort_references(const struct had_live *live, json_t *list)
{
    for (size_t i = 1; i < json_array_size(list); i++)
        for (size_t k = i; k > 0; k--) {
            json_t *a = json_array_get(list, k - 1), *b = json_array_get(list, k);
            const struct had_declared *x = had_live_declared(live, json_string_value(a)),
                                      *y = had_live_declared(live, json_string_value(b));
            if (!x || !y || had_str_cmp(x->label, y->label) <= 0)
                break;
            json_incref(a);
            json_array_set(list, k - 1, b);
            json_array_set_new(list, k, a);
        }
}

static bool list(struct writer *w, const struct had_type *type, json_t *value,
                 const struct had_declared *in)
{
    if (!json_is_array(value))
        return scalar(w, type->element, value, in);
    if (type->base == HAD_TYPE_SET)
        sort_references(w->live, value);
    had_buffer_char(&w->out, '[');
    for (size_t i = 0; i < json_array_size(value); i++) {
        had_buffer_c(&w->out, i ? ", " : "");
        if (!scalar(w, type->element, json_array_get(value, i), in))
            return false;
    }
    had_buffer_char(&w->out, ']');
    return true;
}

static bool map(struct writer *w, const struct had_type *type, const json_t *value,
                const struct had_declared *in)
{
    const char *key;
    json_t *item;
    bool first = true;
    had_buffer_c(&w->out, " { ");
    json_object_foreach((json_t *)(uintptr_t)value, key, item) {
        had_buffer_c(&w->out, first ? "" : ", ");
        first = false;
        if (is_word(had_str_c(key)))
            had_buffer_c(&w->out, key);
        else
            had_live_quote(&w->out, had_str_c(key));
        had_buffer_c(&w->out, " = ");
        if (!scalar(w, type->element, item, in))
            return false;
    }
    had_buffer_c(&w->out, " }");
    return !first;
}

static bool value(struct writer *w, const struct had_attr *attr, json_t *of,
                  const struct had_declared *in)
{
    enum had_base base = attr->type->base;
    if (base == HAD_TYPE_MAP)
        return json_is_object(of) && map(w, attr->type, of, in);
    had_buffer_c(&w->out, " = ");
    return base == HAD_TYPE_LIST || base == HAD_TYPE_SET ? list(w, attr->type, of, in)
                                                         : scalar(w, attr->type, of, in);
}

/* What the catalog says by itself need not be said; but what is there is said of what it requires.
 */
static bool by_itself(struct writer *w, const struct had_attr *attr, const json_t *of)
{
    if (!attr->fallback || attr->required == HAD_REQUIRED)
        return false;
    if (json_is_boolean(of))
        return strcmp(attr->fallback, json_is_true(of) ? "true" : "false") == 0;
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)json_integer_value(of));
    if (json_is_integer(of))
        return strcmp(attr->fallback, number) == 0;
    const json_t *one = json_is_array(of) && json_array_size(of) == 1 ? json_array_get(of, 0) : of;
    had_str text = {json_string_value(one), (uint32_t)json_string_length(one)};
    if (attr->type->base == HAD_TYPE_DURATION) { /* PT1H */
        struct had_value fallback = had_fallback_read(&w->scratch, attr);
        return had_str_eq(text, had_duration_text(&w->scratch, fallback.number));
    }
    return had_str_is(text, attr->fallback);
}

static void attribute(struct writer *w, struct had_declared *declared, const struct had_attr *attr)
{
    json_t *of = json_object_get(declared->attributes, attr->name);
    if (!of ||
        (json_is_array(of) && json_array_size(of) == 0 && attr->required != HAD_REQUIRED &&
         strcmp(attr->name, "propagates-to") != 0 && strcmp(attr->name, "trusted-services") != 0))
        return;
    if (by_itself(w, attr, of))
        return;
    size_t before = w->out.len;
    had_buffer_c(&w->out, attr->name);
    if (value(w, attr, of, declared)) {
        had_buffer_char(&w->out, '\n');
        return;
    }
    w->out.len = before;
    char *said = json_dumps(of, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    had_buffer_c(&w->out, "# ");
    had_buffer_printf(&w->out, "`%s` is %.200s in AWS, which the language has no word for\n",
                      attr->name, said ? said : "something");
    had_live_leave(w->live, declared->object,
                   "its `%s` is %.200s, which the language has no word for", attr->name,
                   said ? said : "something");
    free(said);
}

/* ---- declarations ---- */

static void declaration(struct writer *w, struct had_declared *declared);

static void body(struct writer *w, struct had_declared *declared)
{
    const struct had_kind *kind = declared->kind;
    int32_t id = had_kind_attr_index(kind, HAD_STR("id"));
    if (id >= 0)
        attribute(w, declared, had_kind_attr(kind, (uint32_t)id));
    for (uint32_t i = 0; i < had_kind_attr_count(kind); i++)
        if ((int32_t)i != id)
            attribute(w, declared, had_kind_attr(kind, i));
    for (const struct had_kind *const *each = had_kinds; *each && declared->children.count; each++)
        had_each(struct had_declared *, child, &declared->children)
            if (!(*child)->file && (*child)->kind == *each)
                declaration(w, *child);
}

/* A body of one or two attributes stands on its head's line. */
static void shorten(struct writer *w, size_t head, size_t begin)
{
    uint32_t lines = 0;
    for (size_t i = begin; i < w->out.len; i++) {
        lines += w->out.ptr[i] == '\n';
        if (strchr("{#", w->out.ptr[i]) || (w->out.ptr[i] == '"' && w->out.len - head > SHORT))
            return;
    }
    if (lines > 2 || w->out.len - head > SHORT)
        return;
    for (size_t i = begin; i < w->out.len; i++)
        if (w->out.ptr[i] == '\n')
            w->out.ptr[i] = i + 1 < w->out.len ? ',' : ' ';
    w->out.ptr[begin - 1] = ' ';
}

static bool names_other(const struct had_kind *kind)
{
    return kind->subject == HAD_SUBJECT_VALUE && kind->subject_type &&
           kind->subject_type->base == HAD_TYPE_REF;
}

/* A subject that is a value must be one of its kind's, or name what is declared. */
static bool sayable(struct writer *w, const struct had_declared *declared)
{
    const struct had_kind *kind = declared->kind;
    if (kind->subject != HAD_SUBJECT_VALUE)
        return true;
    if (names_other(kind)) {
        had_each(struct had_declared *, at, &w->live->declared)
            if (names_kind(kind->subject_type, (*at)->kind) &&
                had_str_eq((*at)->label, declared->label))
                return true;
        return false;
    }
    return !has_control(declared->label) &&
           (!kind->subject_type || holds(w, kind->subject_type, HAD_SPELLED_TEXT, declared->label));
}

static void declaration(struct writer *w, struct had_declared *declared)
{
    if (!sayable(w, declared)) {
        had_live_leave(w->live, declared->object,
                       "what it is called is no value that the language knows for a `%s`",
                       declared->kind->name);
        return;
    }
    size_t i;
    json_t *note;
    json_array_foreach(declared->notes, i, note)
        comment(&w->out, (had_str){json_string_value(note), (uint32_t)json_string_length(note)});
    size_t head = w->out.len;
    had_buffer_printf(&w->out, "%s%s", declared->existing ? "existing " : "", declared->kind->name);
    if (declared->label.len &&
        (declared->kind->subject == HAD_SUBJECT_DECLARES || names_other(declared->kind)))
        had_buffer_printf(&w->out, " " HAD_FMT, HAD_ARG(declared->label));
    else if (declared->label.len && declared->kind->subject == HAD_SUBJECT_VALUE) {
        had_buffer_char(&w->out, ' ');
        had_live_quote(&w->out, declared->label);
    }
    if (declared->head.len)
        had_buffer_printf(&w->out, " " HAD_FMT, HAD_ARG(declared->head));
    size_t before = w->out.len;
    had_buffer_c(&w->out, " {\n");
    size_t empty = w->out.len;
    body(w, declared);
    if (w->out.len == empty) {
        w->out.len = before;
    } else {
        shorten(w, head, empty);
        had_buffer_c(&w->out, "}");
    }
    had_buffer_c(&w->out, "\n");
}

had_str had_live_format(struct had_arena *into, had_str path, had_str text)
{
    struct had_arena arena = {0};
    struct had_sources sources = {.arena = &arena};
    struct had_diags diags = {.arena = &arena};
    uint32_t number = had_sources_add(&sources, path, text);
    struct had_file *file = had_parse(&arena, &sources, number, &diags);
    struct had_buffer out = {0};
    if (diags.errors)
        had_buffer_str(&out, text);
    else
        had_format(&out, &sources, file);
    had_str done = had_str_dup(into, had_buffer_view(&out));
    had_buffer_free(&out);
    had_arena_free(&arena);
    return done;
}

static void file(struct writer *w, const char *name, const char *title)
{
    w->out.len = 0;
    had_buffer_printf(&w->out, "had 1\n\n# %s\n", title);
    size_t empty = w->out.len;
    const struct had_kind *last = NULL;
    for (const struct had_kind *const *kind = had_kinds; *kind; kind++)
        had_each(struct had_declared *, at, &w->live->declared) {
            if ((*at)->kind != *kind || !(*at)->file || strcmp((*at)->file, name) != 0)
                continue;
            if (last != *kind || (*at)->children.count || json_array_size((*at)->notes))
                had_buffer_char(&w->out, '\n');
            last = *kind;
            declaration(w, *at);
        }
    if (w->out.len == empty)
        return;
    had_str path = had_str_printf(w->live->arena, "%s.had", name);
    *had_push(w->live->arena, &w->live->files) = (struct had_live_file){
        path, had_live_format(w->live->arena, path, had_buffer_view(&w->out))};
}

static int by_label(const void *a, const void *b)
{
    const struct had_declared *x = *(struct had_declared *const *)a,
                              *y = *(struct had_declared *const *)b;
    int order = had_str_cmp(x->label, y->label);
    return order ? order : had_str_cmp(x->head, y->head);
}

/* Within a kind by name, whatever ids AWS gave; statements without a name keep the order of what
 * they name. */
static void sort(struct had_declared **items, uint32_t count)
{
    struct had_declared **sorted = had_xmalloc((count + 1) * sizeof *sorted);
    uint32_t placed = 0;
    for (const struct had_kind *const *kind = had_kinds; *kind; kind++) {
        uint32_t begin = placed;
        for (uint32_t i = 0; i < count; i++)
            if (items[i]->kind == *kind)
                sorted[placed++] = items[i];
        qsort(sorted + begin, placed - begin, sizeof *sorted, by_label);
    }
    memcpy(items, sorted, placed * sizeof *sorted);
    free(sorted);
}

void had_live_write(struct had_live *live)
{
    if (live->declared.count)
        sort(live->declared.items, live->declared.count);
    had_each(struct had_declared *, at, &live->declared)
        if ((*at)->children.count)
            sort((*at)->children.items, (*at)->children.count);
    struct writer w = {.live = live};
    static const char *const files[][2] = {
        {"main", "What stands in these files was read from AWS. It is all `existing`: read and "
                 "compared, never changed."},
        {"organization", "Organization, units and accounts."},
        {"network", "Hubs, their segments, lines to on-premises, and networks."},
        {"names", "Resolvers, forwarding rules and private zones."},
        {"directories", "Forests, directories, trusts and shares."},
        {"access", "Identity Center, permission sets and who has which where."},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        file(&w, files[i][0], files[i][1]);
    had_buffer_free(&w.out);
    had_arena_free(&w.scratch);
}
