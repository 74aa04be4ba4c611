#include "schema/literal.h"

#include "schema/literals/reading.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

enum { SHOWN = 60 };

/* How a value of a base is spoken of, and which spellings it admits beside text in quotes. */
struct manner {
    const char *phrase; /* NULL: made from words, kinds or alternatives */
    bool word, literal;
};

static const struct manner manners[HAD_TYPE_COUNT] = {
    [HAD_TYPE_NONE] = {"a value", true, true},
    [HAD_TYPE_TEXT] = {"text in quotes", false, false},
    [HAD_TYPE_BOOL] = {"true or false", true, false},
    [HAD_TYPE_INT] = {"a number", false, true},
    [HAD_TYPE_DURATION] = {"a duration such as `4h`", false, true},
    [HAD_TYPE_RATE] = {"a rate such as `1Gbps`", false, true},
    [HAD_TYPE_SIZE] = {"a size such as `100GiB`", false, true},
    [HAD_TYPE_DATE] = {"a date such as `2027-03-31`", false, true},
    [HAD_TYPE_IP] = {"an address such as `10.0.0.1`", false, true},
    [HAD_TYPE_IP_PORT] = {"an address with a port such as `10.0.0.1:53`", false, true},
    [HAD_TYPE_CIDR] = {"a range such as `10.0.0.0/16`", false, true},
    [HAD_TYPE_PORT_RANGE] = {"a port such as `443`, or several such as `1024-65535`", false, true},
    [HAD_TYPE_SERVICE] = {NULL, true, true}, /* its reader has a sentence for each slip */
    [HAD_TYPE_ASN] = {"an ASN such as `65010`", false, true},
    [HAD_TYPE_ACCOUNT_ID] = {"the 12 digits of an account", false, true},
    [HAD_TYPE_ARN] = {"an ARN in quotes, such as `\"arn:aws:sns:…\"`", false, false},
    [HAD_TYPE_DOMAIN] = {"a domain name in quotes, such as `\"corp.example.com\"`", false, false},
    [HAD_TYPE_NETBIOS] = {"a NetBIOS name in quotes, such as `\"CORP\"`", false, false},
    [HAD_TYPE_SITE_NAME] = {"the name of an AD site in quotes, such as `\"Dublin\"`", false, false},
    [HAD_TYPE_EMAIL] = {"an email address in quotes, such as `\"team@example.com\"`", false, false},
    [HAD_TYPE_DN] = {"a distinguished name in quotes, such as `'OU=ERP,DC=example,DC=com'`", false,
                     false},
    [HAD_TYPE_ZONE] = {"the letter of a zone, such as `a`", true, false},
    [HAD_TYPE_REGION] = {"a Region such as `eu-west-1`", true, false},
    [HAD_TYPE_IMAGE] = {"an image: a word such as `windows-2022`, or in quotes an AMI id or a path "
                        "that begins with `/aws/service/`",
                        true, false},
    [HAD_TYPE_PATH] = {"a path in quotes, such as `\"policies/x.json\"`", false, false},
    [HAD_TYPE_POLICY] = {"a policy document: `file(\"x.json\")` or text", false, false},
    [HAD_TYPE_MFA] = {"`always`, `context` or `never`", true, false},
    [HAD_TYPE_PRINCIPAL] = {"a principal such as `group \"…\"`", false, false},
    [HAD_TYPE_WORD] = {NULL, true, true},
    [HAD_TYPE_REF] = {NULL, false, false},
    [HAD_TYPE_SECRET] = {"a secret such as `secret(\"ad/admin\")`", false, false},
    [HAD_TYPE_DATA] = {"a value", true, true},
    [HAD_TYPE_LIST] = {NULL, false, false},
    [HAD_TYPE_SET] = {NULL, false, false},
    [HAD_TYPE_MAP] = {"a body in braces", false, false},
    [HAD_TYPE_BODY] = {"a body in braces", false, false},
    [HAD_TYPE_ANY_OF] = {NULL, true, true},
};

static const char *const mfa_words[] = {"always", "context", "never", NULL};

/* ---- refusing ---- */

had_str had_reading_shown(struct had_reading *r, had_str text)
{
    if (text.len <= SHOWN)
        return text;
    uint32_t end = SHOWN;
    while (end > 0 && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
        end--;
    return had_str_printf(r->arena, HAD_FMT "…", HAD_ARG(had_str_slice(text, 0, end)));
}

bool had_refuse(struct had_reading *r, const struct had_code *code, const char *format, ...)
{
    if (!r->diags)
        return false;
    va_list args;
    va_start(args, format);
    had_str message = had_str_vprintf(r->diags->arena, format, args);
    va_end(args);
    r->finding = had_report(r->diags, code, r->span, HAD_FMT, HAD_ARG(message));
    return false;
}

void had_refuse_help(struct had_reading *r, const char *format, ...)
{
    if (!r->finding)
        return;
    va_list args;
    va_start(args, format);
    had_str help = had_str_vprintf(r->diags->arena, format, args);
    va_end(args);
    had_diag_help(r->finding, HAD_FMT, HAD_ARG(help));
}

/* In quotes that need no escapes; the empty text if there are none such. */
static had_str quoted(struct had_arena *arena, had_str text)
{
    bool plain = true, single = true;
    for (uint32_t i = 0; i < text.len; i++) {
        plain = plain && text.ptr[i] != '"' && text.ptr[i] != '\\' && text.ptr[i] != '$';
        single = single && text.ptr[i] != '\'';
    }
    if (!plain && !single)
        return (had_str){0};
    return had_str_printf(arena, plain ? "\"" HAD_FMT "\"" : "'" HAD_FMT "'", HAD_ARG(text));
}

/* True if the place of the finding holds the literal itself, as long as its text. */
static bool stands_there(const struct had_reading *r)
{
    uint32_t length = r->span.end - r->span.start;
    return had_span_known(r->span) &&
           length == r->text.len + (r->spelling == HAD_SPELLED_TEXT ? 2 : 0);
}

static void offer(struct had_reading *r, bool safe, had_str replacement)
{
    if (r->finding && replacement.len && stands_there(r))
        had_diag_fix(r->finding, safe, r->span, replacement, "write `" HAD_FMT "`",
                     HAD_ARG(had_reading_shown(r, replacement)));
}

void had_refuse_fix(struct had_reading *r, bool safe, had_str text)
{
    offer(r, safe, r->spelling == HAD_SPELLED_TEXT ? quoted(r->arena, text) : text);
}

void had_refuse_nearest(struct had_reading *r, const had_str *candidates, uint32_t count)
{
    if (!r->finding)
        return;
    had_str near = had_str_nearest(r->text, candidates, count);
    if (!near.len)
        return;
    had_refuse_help(r, "did you mean `" HAD_FMT "`?", HAD_ARG(near));
    had_refuse_fix(r, false, near);
}

/* "`a`, `b` or `c`" */
static void add_words(struct had_buffer *b, const char *const *words)
{
    for (uint32_t i = 0; words[i]; i++)
        had_buffer_printf(b, "%s`%s`", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

static void add_phrase(struct had_buffer *b, const struct had_type *type)
{
    const char *phrase = manners[type->base < HAD_TYPE_COUNT ? type->base : HAD_TYPE_NONE].phrase;
    if (type->base == HAD_TYPE_CIDR && type->family == 6) {
        had_buffer_c(b, "an IPv6 range such as `fd00::/56`");
    } else if (phrase) {
        had_buffer_c(b, phrase);
    } else if (type->base == HAD_TYPE_WORD) {
        if (type->words)
            add_words(b, type->words);
        else
            had_buffer_c(b, "a word");
    } else if (type->base == HAD_TYPE_REF) {
        had_buffer_printf(b, "a reference such as `%s NAME`",
                          type->kinds && type->kinds[0][0] != '*' ? type->kinds[0] : "KIND");
    } else if (type->base == HAD_TYPE_ANY_OF) {
        for (uint32_t i = 0; type->alternatives[i]; i++) {
            if (i)
                had_buffer_c(b, type->alternatives[i + 1] ? ", " : " or ");
            add_phrase(b, type->alternatives[i]);
        }
    } else if (type->element) {
        add_phrase(b, type->element);
    }
}

bool had_refuse_type(struct had_reading *r, const struct had_code *code)
{
    if (!r->diags)
        return false;
    struct had_buffer phrase = {0};
    add_phrase(&phrase, r->type);
    had_str shown = had_reading_shown(r, r->text);
    const char *quote = r->spelling == HAD_SPELLED_TEXT ? "\"" : "";
    had_refuse(r, code, HAD_FMT " takes " HAD_FMT ", not `%s" HAD_FMT "%s`", HAD_ARG(r->what),
               HAD_ARG(had_buffer_view(&phrase)), quote, HAD_ARG(shown), quote);
    had_buffer_free(&phrase);
    return false;
}

/* ---- what the row of the catalog says ---- */

bool had_reading_in_range(struct had_reading *r, int64_t value, had_str shown)
{
    const struct had_type *type = r->type;
    if (value >= type->min && (type->max == 0 || value <= type->max))
        return true;
    return had_refuse(r, &HAD0204, "%s, not " HAD_FMT, type->sentence,
                      HAD_ARG(had_reading_shown(r, shown)));
}

uint32_t had_count_characters(had_str text)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return count;
}

bool had_reading_in_length(struct had_reading *r, had_str text)
{
    const struct had_type *type = r->type;
    int64_t length = had_count_characters(text);
    if (length >= type->min && (type->max == 0 || length <= type->max))
        return true;
    return had_refuse(r, &HAD0204, "%s; this one has %lld", type->sentence, (long long)length);
}

/* Patterns come from the catalog alone, texts from anywhere: the match is bounded. */
static bool matches(const char *pattern, had_str text)
{
    enum { MATCH_LIMIT = 100000 };
    int error;
    PCRE2_SIZE offset;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                      PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED, &error, &offset, NULL);
    pcre2_match_data *data = code ? pcre2_match_data_create_from_pattern(code, NULL) : NULL;
    pcre2_match_context *context = code ? pcre2_match_context_create(NULL) : NULL;
    bool found = false;
    if (data && context) {
        pcre2_set_match_limit(context, MATCH_LIMIT);
        found = pcre2_match(code, (PCRE2_SPTR)(text.ptr ? text.ptr : ""), text.len, 0, 0, data,
                            context) >= 0;
    }
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return found;
}

bool had_reading_in_pattern(struct had_reading *r, had_str text)
{
    if (!r->type->pattern || matches(r->type->pattern, text))
        return true;
    return had_refuse(r, &HAD0205, "%s; this is `" HAD_FMT "`", r->type->sentence,
                      HAD_ARG(had_reading_shown(r, text)));
}

bool had_reading_text(struct had_reading *r, had_str canonical)
{
    r->out->tag = HAD_VALUE_TEXT;
    r->out->text = canonical;
    return true;
}

bool had_reading_number(struct had_reading *r, int64_t number, had_str canonical)
{
    r->out->tag = HAD_VALUE_INT;
    r->out->number = number;
    r->out->text = canonical;
    return true;
}

/* ---- text, bool, words ---- */

/* C0 but line feed and tab, DEL and C1: nothing that a terminal or a file would act on. */
static bool is_control(had_str text, uint32_t at)
{
    unsigned char c = (unsigned char)text.ptr[at];
    if (c < ' ')
        return c != '\n' && c != '\t';
    if (c == 0x7f)
        return true;
    return c == 0xc2 && at + 1 < text.len && (unsigned char)text.ptr[at + 1] < 0xa0;
}

static bool without_controls(struct had_reading *r)
{
    for (uint32_t i = 0; i < r->text.len; i++) {
        if (!is_control(r->text, i))
            continue;
        unsigned char c = (unsigned char)r->text.ptr[i];
        unsigned point = c == 0xc2 ? (unsigned char)r->text.ptr[i + 1] : c;
        return had_refuse(r, &HAD0202, "a text holds no control characters; this one has U+%04X",
                          point);
    }
    return true;
}

static bool read_text(struct had_reading *r)
{
    return had_reading_in_length(r, r->text) && had_reading_in_pattern(r, r->text) &&
           had_reading_text(r, r->text);
}

static bool read_bool(struct had_reading *r)
{
    bool truth = had_str_is(r->text, "true");
    if (truth || had_str_is(r->text, "false")) {
        r->out->tag = HAD_VALUE_BOOL;
        r->out->boolean = truth;
        r->out->text = r->text;
        return true;
    }
    had_refuse_type(r, &HAD0201);
    static const char *const others[] = {"yes", "on", "no", "off"};
    for (uint32_t i = 0; i < 4; i++)
        if (had_str_eq_nocase(r->text, had_str_c(others[i])))
            offer(r, true, i < 2 ? HAD_STR("true") : HAD_STR("false"));
    return false;
}

static bool read_word(struct had_reading *r, const char *const *words)
{
    if (!words)
        return had_reading_in_pattern(r, r->text) && had_reading_text(r, r->text);
    uint32_t count = 0;
    for (; words[count]; count++)
        if (had_str_is(r->text, words[count]))
            return had_reading_text(r, r->text);
    if (!r->diags)
        return false;
    struct had_buffer list = {0};
    add_words(&list, words);
    had_refuse(r, &HAD0203, HAD_FMT " is " HAD_FMT ", not `" HAD_FMT "`", HAD_ARG(r->what),
               HAD_ARG(had_buffer_view(&list)), HAD_ARG(had_reading_shown(r, r->text)));
    had_buffer_free(&list);
    had_str *candidates = had_new_n(r->arena, had_str, count ? count : 1);
    for (uint32_t i = 0; i < count; i++)
        candidates[i] = had_str_c(words[i]);
    had_refuse_nearest(r, candidates, count);
    return false;
}

/* ---- choosing a reader ---- */

static bool read(struct had_reading *r);

/* The reading with another type and no finding, into a value of its own. */
static bool fits(const struct had_reading *r, const struct had_type *type)
{
    struct had_value ignored = {0};
    struct had_reading inner = *r;
    inner.type = type;
    inner.out = &ignored;
    inner.diags = NULL;
    inner.finding = NULL;
    return read(&inner);
}

static bool admits(const struct had_type *type, enum had_spelling spelling)
{
    const struct manner *manner = &manners[type->base < HAD_TYPE_COUNT ? type->base : 0];
    switch (spelling) {
    case HAD_SPELLED_WORD:
        return manner->word;
    case HAD_SPELLED_LITERAL:
        return manner->literal;
    case HAD_SPELLED_TEXT:
        break;
    }
    return type->base != HAD_TYPE_REF && type->base != HAD_TYPE_SECRET &&
           type->base != HAD_TYPE_PRINCIPAL && type->base != HAD_TYPE_MAP &&
           type->base != HAD_TYPE_BODY;
}

/* Whether a text that fits none was plainly meant as this one, so that its sentence is the right
 * one. */
static bool resembles(const struct had_type *type, had_str text)
{
    bool digit = text.len && had_is_digit(text.ptr[0]);
    bool dot = had_str_find(text, '.') >= 0, colon = had_str_find(text, ':') >= 0;
    if (type->base == HAD_TYPE_IP)
        return (digit && dot && !colon) || (colon && !dot && text.ptr[0] != '[');
    if (type->base == HAD_TYPE_IP_PORT)
        return (digit && dot && colon) || (text.len && text.ptr[0] == '[');
    if (type->base == HAD_TYPE_CIDR)
        return (digit && dot) || had_str_find(text, '/') >= 0;
    return false;
}

static bool read_any(struct had_reading *r)
{
    const struct had_type *const *all = r->type->alternatives;
    const struct had_type *chosen = NULL;
    uint32_t possible = 0;
    for (uint32_t i = 0; all[i] && !chosen; i++)
        if (admits(all[i], r->spelling) && fits(r, all[i]))
            chosen = all[i];
    for (uint32_t i = 0; all[i] && !chosen; i++)
        if (admits(all[i], r->spelling) && resembles(all[i], r->text))
            chosen = all[i];
    const struct had_type *only = NULL;
    for (uint32_t i = 0; all[i] && !chosen; i++)
        if (admits(all[i], r->spelling)) {
            only = all[i];
            possible++;
        }
    /* A text that does not even look like an address is no mistake in one. */
    if (!chosen && possible == 1 && only->base != HAD_TYPE_IP && only->base != HAD_TYPE_IP_PORT &&
        only->base != HAD_TYPE_CIDR)
        chosen = only;
    if (!chosen)
        return had_refuse_type(r, &HAD0201);
    r->type = chosen;
    return read(r);
}

static bool read(struct had_reading *r)
{
    enum had_base base = r->type->base;
    r->out->type = base;
    if (base == HAD_TYPE_ANY_OF)
        return read_any(r);
    if ((base == HAD_TYPE_LIST || base == HAD_TYPE_SET) && r->type->element) {
        r->type = r->type->element; /* one element stands for a list of it */
        return read(r);
    }
    if (!admits(r->type, r->spelling)) {
        had_refuse_type(r, &HAD0201);
        struct had_reading in_quotes = *r;
        in_quotes.spelling = HAD_SPELLED_TEXT;
        if (admits(r->type, HAD_SPELLED_TEXT) && fits(&in_quotes, r->type))
            offer(r, r->spelling == HAD_SPELLED_LITERAL, quoted(r->arena, r->text));
        return false;
    }
    if (base != HAD_TYPE_POLICY && !without_controls(r))
        return false;
    switch (base) {
    case HAD_TYPE_TEXT:
        return read_text(r);
    case HAD_TYPE_BOOL:
        return read_bool(r);
    case HAD_TYPE_INT:
        return had_read_int(r);
    case HAD_TYPE_DURATION:
        return had_read_duration(r);
    case HAD_TYPE_RATE:
        return had_read_rate(r);
    case HAD_TYPE_SIZE:
        return had_read_size(r);
    case HAD_TYPE_DATE:
        return had_read_date(r);
    case HAD_TYPE_IP:
        return had_read_ip(r);
    case HAD_TYPE_IP_PORT:
        return had_read_ip_port(r);
    case HAD_TYPE_CIDR:
        return had_read_cidr(r);
    case HAD_TYPE_PORT_RANGE:
        return had_read_port_range(r);
    case HAD_TYPE_SERVICE:
        return had_read_service(r);
    case HAD_TYPE_ASN:
        return had_read_asn(r);
    case HAD_TYPE_ACCOUNT_ID:
        return had_read_account_id(r);
    case HAD_TYPE_ARN:
        return had_read_arn(r);
    case HAD_TYPE_DOMAIN:
        return had_read_domain(r);
    case HAD_TYPE_NETBIOS:
        return had_read_netbios(r);
    case HAD_TYPE_SITE_NAME:
        return had_read_site_name(r);
    case HAD_TYPE_EMAIL:
        return had_read_email(r);
    case HAD_TYPE_DN:
        return had_read_dn(r);
    case HAD_TYPE_ZONE:
        return had_read_zone(r);
    case HAD_TYPE_REGION:
        return had_read_region(r);
    case HAD_TYPE_IMAGE:
        return had_read_image(r);
    case HAD_TYPE_PATH:
        return had_read_path(r);
    case HAD_TYPE_POLICY:
        return had_read_policy(r);
    case HAD_TYPE_MFA:
        return read_word(r, mfa_words);
    case HAD_TYPE_WORD:
        return read_word(r, r->type->words);
    case HAD_TYPE_NONE:
    case HAD_TYPE_DATA:
    case HAD_TYPE_PRINCIPAL:
    case HAD_TYPE_REF:
    case HAD_TYPE_SECRET:
    case HAD_TYPE_LIST:
    case HAD_TYPE_SET:
    case HAD_TYPE_MAP:
    case HAD_TYPE_BODY:
    case HAD_TYPE_ANY_OF:
    case HAD_TYPE_COUNT:
        break;
    }
    return had_refuse_type(r, &HAD0201);
}

bool had_literal_read(struct had_arena *arena, const struct had_type *type,
                      enum had_spelling spelling, had_str text, struct had_span span, had_str what,
                      struct had_diags *diags, struct had_value *out)
{
    *out = (struct had_value){.span = span};
    struct had_reading r = {.arena = arena,
                            .type = type,
                            .spelling = spelling,
                            .text = text,
                            .span = span,
                            .what = what.len ? what : HAD_STR("this"),
                            .diags = diags,
                            .out = out};
    if (read(&r))
        return true;
    *out = (struct had_value){.tag = HAD_VALUE_ERROR, .type = r.type->base, .span = span};
    return false;
}

bool had_literal_fits(const struct had_type *type, enum had_spelling spelling, had_str text)
{
    struct had_arena scratch = {0};
    struct had_value ignored;
    bool good = had_literal_read(&scratch, type, spelling, text, (struct had_span){0}, (had_str){0},
                                 NULL, &ignored);
    had_arena_free(&scratch);
    return good;
}

struct had_value had_fallback_read(struct had_arena *arena, const struct had_attr *attr)
{
    struct had_value value = {.tag = HAD_VALUE_ABSENT, .provenance = HAD_DEFAULT};
    if (!attr->fallback)
        return value;
    had_str rest = had_str_c(attr->fallback);
    bool several = attr->type->base == HAD_TYPE_LIST || attr->type->base == HAD_TYPE_SET;
    had_array(struct had_value) items = {0};
    do {
        const char *comma = several && rest.len ? strstr(rest.ptr, ", ") : NULL;
        uint32_t end = comma ? (uint32_t)(comma - rest.ptr) : rest.len;
        struct had_value *item = had_push(arena, &items);
        had_literal_read(arena, attr->type, HAD_SPELLED_TEXT, had_str_slice(rest, 0, end),
                         (struct had_span){0}, (had_str){0}, NULL, item);
        item->provenance = HAD_DEFAULT;
        rest = comma ? had_str_slice(rest, end + 2, rest.len) : (had_str){0};
    } while (rest.len);
    if (!several)
        return items.items[0];
    value.tag = HAD_VALUE_LIST;
    value.type = attr->type->base;
    value.list = (struct had_value_list){items.items, items.count};
    return value;
}
