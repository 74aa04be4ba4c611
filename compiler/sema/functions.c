/* The functions of the language: small, total, and each in one table entry. */
#include "sema/internal.h"

#include "base/path.h"

#include <string.h>

struct call {
    struct sema *s;
    struct scope *scope;
    const struct had_expr *expr;
    const had_exprs *arguments;
};

static struct had_value argument(struct call *c, uint32_t i, const struct had_type *type)
{
    return sema_eval(c->s, c->scope, c->arguments->items[i], type, (had_str){0});
}

static const struct had_type text_type = {.base = HAD_TYPE_TEXT};
static const struct had_type int_type = {.base = HAD_TYPE_INT};
static const struct had_type cidr_type = {.base = HAD_TYPE_CIDR};

static struct had_value int_value(struct sema *s, int64_t n, struct had_span span)
{
    return (struct had_value){.tag = HAD_VALUE_INT,
                              .type = HAD_TYPE_INT,
                              .span = span,
                              .text = had_str_printf(s->arena, "%lld", (long long)n),
                              .number = n};
}

static bool known(struct call *c, const struct had_value *v)
{
    if (v->tag == HAD_VALUE_COMPUTED) {
        sema_report(c->s, &HAD0404, v->span,
                    "`" HAD_FMT "` is known only after it is created: `" HAD_FMT "` cannot take it",
                    HAD_ARG(v->text), HAD_ARG(c->expr->as.call.name.text));
        return false;
    }
    return v->tag != HAD_VALUE_ERROR;
}

static struct had_value f_count(struct call *c)
{
    struct had_value v = argument(c, 0, NULL);
    if (!known(c, &v))
        return had_error_value(c->expr->span);
    int64_t n = v.tag == HAD_VALUE_LIST     ? v.list.count
                : v.tag == HAD_VALUE_MAP    ? v.map.count
                : v.tag == HAD_VALUE_ABSENT ? 0
                                            : 1;
    return int_value(c->s, n, c->expr->span);
}

static struct had_value f_present(struct call *c)
{
    const struct asking asking = {c->s->busy}, *before = c->s->asking;
    c->s->asking = &asking;
    struct had_value v = argument(c, 0, NULL);
    c->s->asking = before;
    if (v.tag == HAD_VALUE_ERROR)
        return v;
    return had_bool_value(v.tag != HAD_VALUE_ABSENT, c->expr->span);
}

static struct had_value f_distinct(struct call *c)
{
    struct had_value v = argument(c, 0, NULL);
    if (!known(c, &v))
        return had_error_value(c->expr->span);
    struct had_value_list list = v.list;
    if (v.tag != HAD_VALUE_LIST)
        list = (struct had_value_list){&v, v.tag != HAD_VALUE_ABSENT};
    struct had_map seen = {0};
    for (uint32_t i = 0; i < list.count; i++) {
        struct had_value item = list.items[i];
        if (c->arguments->count > 1) {
            struct scope inner = {.parent = c->scope,
                                  .instance = c->scope->instance,
                                  .frame = c->scope->frame,
                                  .dot = &list.items[i]};
            item = sema_eval(c->s, &inner, c->arguments->items[1], NULL, (had_str){0});
            if (item.tag == HAD_VALUE_ERROR)
                return item;
        }
        if (item.tag == HAD_VALUE_ABSENT)
            return had_bool_value(false, c->expr->span);
        had_sym key = had_intern(&c->s->names, sema_key(c->s, &item));
        if (!had_map_put(&c->s->scratch, &seen, key, i))
            return had_bool_value(false, c->expr->span);
    }
    return had_bool_value(true, c->expr->span);
}

/* The place of a zone in `region.zones` of the Region around the expression. */
static bool zone_index(struct call *c, had_str zone, struct had_span span, int64_t *out)
{
    struct decl *region = NULL;
    for (struct scope *at = c->scope; at && !region; at = at->parent)
        if (at->object)
            region = sema_region(c->s, at->object);
    if (!region) {
        const struct decls_of *regions = sema_of_kind(c->s, "region");
        for (uint32_t i = 0; i < regions->items.count; i++) {
            struct decl *d = regions->items.items[i];
            if (!d->dead) {
                if (region) {
                    sema_report(c->s, &HAD0417, span,
                                "zone `" HAD_FMT "` of which Region? Give the number of the slice",
                                HAD_ARG(zone));
                    return false;
                }
                region = d;
            }
        }
    }
    if (c->s->blocked || !region)
        return false;
    struct had_value of = had_ref_value(region, span);
    struct had_value zones = sema_member(c->s, &of, HAD_STR("zones"), span);
    if (zones.tag != HAD_VALUE_LIST)
        return false;
    for (uint32_t i = 0; i < zones.list.count; i++) {
        if (had_str_eq(zones.list.items[i].text, zone)) {
            *out = i;
            return true;
        }
    }
    sema_report(c->s, &HAD0417, span, "Region `" HAD_FMT "` does not use zone `" HAD_FMT "`",
                HAD_ARG(region->object.name), HAD_ARG(zone));
    return false;
}

struct had_value had_cidr_value(struct sema *s, struct had_cidr cidr, struct had_span span)
{
    return (struct had_value){.tag = HAD_VALUE_CIDR,
                              .type = HAD_TYPE_CIDR,
                              .span = span,
                              .text = had_cidr_text(s->arena, cidr),
                              .cidr = cidr};
}

static struct had_value f_slice(struct call *c)
{
    struct had_value cidr = argument(c, 0, &cidr_type), length = argument(c, 1, &int_type);
    static const struct had_type zone = {.base = HAD_TYPE_ZONE}, number = {.base = HAD_TYPE_INT};
    static const struct had_type *const zone_or_number[] = {&zone, &number, NULL};
    static const struct had_type either = {.base = HAD_TYPE_ANY_OF, .alternatives = zone_or_number};
    struct had_value which = argument(c, 2, &either);
    if (!known(c, &cidr) || !known(c, &length) || !known(c, &which) || cidr.tag != HAD_VALUE_CIDR ||
        length.tag != HAD_VALUE_INT)
        return had_error_value(c->expr->span);
    int64_t n = 0;
    if (which.tag == HAD_VALUE_TEXT) {
        if (!zone_index(c, which.text, which.span, &n))
            return had_error_value(c->expr->span);
    } else if (which.tag == HAD_VALUE_INT) {
        n = which.number;
    } else {
        return had_error_value(c->expr->span);
    }
    struct had_cidr out;
    if (length.number < cidr.cidr.length || length.number > had_ip_bits(cidr.cidr.base)) {
        sema_report(c->s, &HAD0417, length.span,
                    "a slice of " HAD_FMT " has a length of %d to %d bits, not %lld",
                    HAD_ARG(cidr.text), cidr.cidr.length, had_ip_bits(cidr.cidr.base),
                    (long long)length.number);
        return had_error_value(c->expr->span);
    }
    if (!had_cidr_slice(cidr.cidr, (uint8_t)length.number, (uint64_t)n, &out)) {
        uint32_t room = (uint32_t)length.number - cidr.cidr.length;
        sema_report(c->s, &HAD0417, which.span,
                    HAD_FMT " has %llu slices of /%lld; they count from 0", HAD_ARG(cidr.text),
                    room < 63 ? 1ULL << room : ~0ULL, (long long)length.number);
        return had_error_value(c->expr->span);
    }
    return had_cidr_value(c->s, out, c->expr->span);
}

static struct had_value f_host(struct call *c)
{
    struct had_value cidr = argument(c, 0, &cidr_type), n = argument(c, 1, &int_type);
    if (!known(c, &cidr) || !known(c, &n) || cidr.tag != HAD_VALUE_CIDR || n.tag != HAD_VALUE_INT)
        return had_error_value(c->expr->span);
    struct had_ip ip;
    if (!had_cidr_host(cidr.cidr, (uint64_t)n.number, &ip)) {
        sema_report(c->s, &HAD0417, n.span,
                    HAD_FMT " has no address number %lld; they count from 0", HAD_ARG(cidr.text),
                    (long long)n.number);
        return had_error_value(c->expr->span);
    }
    return (struct had_value){.tag = HAD_VALUE_IP,
                              .type = HAD_TYPE_IP,
                              .span = c->expr->span,
                              .text = had_ip_text(c->s->arena, ip),
                              .ip = ip};
}

static struct had_value f_join(struct call *c)
{
    struct had_value list = argument(c, 0, NULL), separator = argument(c, 1, &text_type);
    if (!known(c, &list) || !known(c, &separator))
        return had_error_value(c->expr->span);
    struct had_buffer b = {0};
    if (list.tag == HAD_VALUE_LIST) {
        for (uint32_t i = 0; i < list.list.count; i++) {
            if (i)
                had_buffer_str(&b, separator.text);
            had_buffer_str(&b, sema_key(c->s, &list.list.items[i]));
        }
    } else if (list.tag != HAD_VALUE_ABSENT) {
        had_buffer_str(&b, sema_key(c->s, &list));
    }
    struct had_value v =
        had_text_value(had_str_dup(c->s->arena, had_buffer_view(&b)), HAD_TYPE_TEXT, c->expr->span);
    had_buffer_free(&b);
    return v;
}

static struct had_value f_split(struct call *c)
{
    struct had_value text = argument(c, 0, &text_type), separator = argument(c, 1, &text_type);
    if (!known(c, &text) || !known(c, &separator))
        return had_error_value(c->expr->span);
    values items = {0};
    if (text.tag == HAD_VALUE_TEXT) {
        if (!separator.text.len) {
            sema_report(c->s, &HAD0417, separator.span, "`split` needs a separator");
            return had_error_value(c->expr->span);
        }
        uint32_t start = 0;
        for (uint32_t i = 0; text.text.len && i <= text.text.len; i++) {
            bool end = i == text.text.len;
            if (!end && (text.text.len - i < separator.text.len ||
                         memcmp(text.text.ptr + i, separator.text.ptr, separator.text.len) != 0))
                continue;
            *had_push(c->s->arena, &items) = had_text_value(
                had_str_trim(had_str_slice(text.text, start, i)), HAD_TYPE_TEXT, text.span);
            start = i + separator.text.len;
            if (!end)
                i = start - 1;
        }
    }
    return had_list_value(c->s, items.items, items.count, c->expr->span);
}

static struct had_value f_lower(struct call *c)
{
    struct had_value text = argument(c, 0, &text_type);
    if (!known(c, &text) || text.tag != HAD_VALUE_TEXT)
        return had_error_value(c->expr->span);
    text.text = had_str_lower(c->s->arena, text.text);
    text.span = c->expr->span;
    return text;
}

static struct had_value f_secret(struct call *c)
{
    struct had_value name = argument(c, 0, &text_type);
    if (!known(c, &name) || name.tag != HAD_VALUE_TEXT)
        return had_error_value(c->expr->span);
    struct had_value v = {
        .tag = HAD_VALUE_SECRET, .type = HAD_TYPE_SECRET, .span = c->expr->span, .text = name.text};
    v.secret.name = name.text;
    /* Secrets Manager: letters, digits and /_+=.@- in a name, at most 512 (CreateSecret, Name). */
    bool good = name.text.len > 0 && name.text.len <= 512;
    for (uint32_t i = 0; i < name.text.len; i++) {
        char ch = name.text.ptr[i];
        good &= (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
                memchr("/_+=.@-", ch, 7) || (ch == ':' && had_str_starts(name.text, "arn:"));
    }
    if (!good) {
        struct had_diag *d =
            sema_report(c->s, &HAD0417, name.span, "`" HAD_FMT "` is not the name of a secret",
                        HAD_ARG(name.text));
        if (d)
            had_diag_help(d, "a name holds letters, digits and / _ + = . @ -, at most 512 of them");
        return had_error_value(c->expr->span);
    }
    if (c->arguments->count > 1) {
        static const char *const kinds[] = {"account", NULL};
        static const struct had_type account = {.base = HAD_TYPE_REF, .kinds = kinds};
        struct had_value a = argument(c, 1, &account);
        if (a.tag != HAD_VALUE_REF)
            return had_error_value(c->expr->span);
        if (had_str_starts(name.text, "arn:")) {
            sema_report(c->s, &HAD0417, a.span, "an ARN already says the account of the secret");
            return had_error_value(c->expr->span);
        }
        v.secret.account = a.object;
    }
    return v;
}

/* file, csv, yaml, json: a file inside the spec's folder, by a path relative to the file that says
 * it. */
static struct had_value f_file(struct call *c)
{
    struct sema *s = c->s;
    had_str function = c->expr->as.call.name.text;
    struct had_value path = argument(c, 0, &text_type);
    if (!known(c, &path) || path.tag != HAD_VALUE_TEXT)
        return had_error_value(c->expr->span);
    const struct had_source *here = had_source_of(s->sources, c->expr->span);
    had_str clean;
    if (!sema_path_beside(s->arena, here ? here->path : HAD_STR(""), path.text, &clean)) {
        struct had_diag *d =
            sema_report(s, &HAD0509, path.span, "a path may not leave the spec's folder");
        if (d)
            had_diag_help(d, "copy the file into the folder and name it from there");
        return had_error_value(c->expr->span);
    }
    uint32_t file = 0;
    struct had_source_error error = had_sources_load(s->sources, clean, true, &file);
    if (error.status) {
        had_report_source(s->diags, path.span, file, clean, error);
        return had_error_value(c->expr->span);
    }
    if (had_str_is(function, "file")) {
        struct had_value v =
            had_text_value(s->sources->files.items[file - 1]->text, HAD_TYPE_TEXT, c->expr->span);
        v.reason = clean;
        return v;
    }
    return sema_data(s, function, c->expr->span, file);
}

static const struct function {
    struct had_function says;
    uint32_t least, most;
    struct had_value (*run)(struct call *call);
} functions[] = {
    {{"count", "count(set)", "int",
      "How many elements a set, list, selection or map has; 0 of what is absent.",
      "require count(every controller of forest corp) >= 2"},
     1,
     1,
     f_count},
    {{"csv", "csv(path)", "list of data",
      "The rows of a CSV file beside the file that says so, keyed by their first column. The first "
      "line names the fields; each field is text, which becomes the literal that its place "
      "expects; an empty field is absent.",
      "for row in csv(\"servers.csv\") { … }"},
     1,
     1,
     f_file},
    {{"distinct", "distinct(set, .x)", "bool",
      "Whether no two elements are equal, or have an equal `.x`; false where one has none.",
      "require distinct(every controller of forest corp, .zone)"},
     1,
     2,
     f_distinct},
    {{"file", "file(path)", "text", "The text of a file beside the file that says so.",
      "inline = file(\"policies/operator.json\")"},
     1,
     1,
     f_file},
    {{"host", "host(cidr, number)", "ip",
      "The address of that number in a range; they count from 0. AWS keeps the first four and the "
      "last of each subnet.",
      "address = host(10.17.0.0/24, 10)"},
     2,
     2,
     f_host},
    {{"join", "join(list, separator)", "text",
      "The elements as one text, with the separator between. An object gives its name.",
      "join([\"eu\", \"west\", \"1\"], \"-\")"},
     2,
     2,
     f_join},
    {{"json", "json(path)", "data", "What a JSON file beside the file that says so holds.",
      "let accounts = json(\"accounts.json\")"},
     1,
     1,
     f_file},
    {{"lower", "lower(text)", "text", "The text in small letters.", "name = lower(row.name)"},
     1,
     1,
     f_lower},
    {{"present", "present(x)", "bool",
      "Whether an attribute, a field of data or an optional param has a value.",
      "if present(row.address) { … }"},
     1,
     1,
     f_present},
    {{"secret", "secret(path, account A)", "secret",
      "A secret of Secrets Manager by its name, never its value: in the account and Region of the "
      "object that uses it, in account A, or where an ARN says.",
      "password = secret(\"ad/trust/aws-corp\")"},
     1,
     2,
     f_secret},
    {{"slice", "slice(cidr, length, number or zone)", "cidr",
      "A part of a range, of the prefix length given, by its number from 0. A zone counts by its "
      "place in the `zones` of the Region.",
      "cidr = slice(10.32.0.0/20, 24, zone a)"},
     3,
     3,
     f_slice},
    {{"split", "split(text, separator)", "list of text",
      "The pieces of a text between separators, without spaces at their ends.",
      "policies = split(row.policies, \";\")"},
     2,
     2,
     f_split},
    {{"yaml", "yaml(path)", "data", "What a YAML file beside the file that says so holds.",
      "let settings = yaml(\"environments/${stage}.yaml\")"},
     1,
     1,
     f_file},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

const struct had_function *had_function_at(uint32_t index)
{
    return index < FUNCTIONS ? &functions[index].says : NULL;
}

const struct had_function *had_function_find(had_str name)
{
    for (uint32_t i = 0; i < FUNCTIONS; i++)
        if (had_str_is(name, functions[i].says.name))
            return &functions[i].says;
    return NULL;
}

struct had_value sema_call(struct sema *s, struct scope *scope, const struct had_expr *expr,
                           const struct had_type *type)
{
    (void)type;
    had_str names[FUNCTIONS];
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        const struct function *f = &functions[i];
        names[i] = had_str_c(f->says.name);
        if (!had_str_is(expr->as.call.name.text, f->says.name))
            continue;
        uint32_t n = expr->as.call.arguments.count;
        if (n < f->least || n > f->most) {
            had_str takes =
                f->most > f->least
                    ? had_str_printf(s->arena, "%u to %u arguments", f->least, f->most)
                    : had_str_printf(s->arena, "%u argument%s", f->least, f->least == 1 ? "" : "s");
            struct had_diag *d =
                sema_report(s, &HAD0418, expr->span, "`%s` takes " HAD_FMT ", not %u", f->says.name,
                            HAD_ARG(takes), n);
            if (d)
                had_diag_help(d, "write `%s`", f->says.usage);
            return had_error_value(expr->span);
        }
        struct call call = {s, scope, expr, &expr->as.call.arguments};
        return f->run(&call);
    }
    struct had_diag *d =
        sema_report(s, &HAD0418, expr->as.call.name.span, "there is no function `" HAD_FMT "`",
                    HAD_ARG(expr->as.call.name.text));
    if (d) {
        had_str near = had_str_nearest(expr->as.call.name.text, names, FUNCTIONS);
        if (near.len)
            had_diag_help(d, "did you mean `" HAD_FMT "`?", HAD_ARG(near));
        else
            had_diag_help(d,
                          "the functions are count, distinct, present, slice, host, join, split, "
                          "lower, file, json, yaml, csv and secret");
    }
    return had_error_value(expr->span);
}
