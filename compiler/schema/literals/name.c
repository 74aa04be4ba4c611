/* Names of the Domain Name System, of Active Directory and of people. */
#include "schema/facts.h"
#include "schema/literals/reading.h"

#include <idn2.h>
#include <stdlib.h>

static bool is_ascii(had_str text)
{
    for (uint32_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80)
            return false;
    return true;
}

static bool is_alnum(char c)
{
    return had_is_letter(c) || had_is_digit(c);
}

/* What a character is called in a message. */
static had_str character_name(struct had_reading *r, had_str text, uint32_t at)
{
    char c = text.ptr[at];
    if (c == ' ')
        return HAD_STR("space");
    if (c == '_')
        return HAD_STR("underscore");
    if (c == '.')
        return HAD_STR("dot");
    if (c == '\t' || c == '\n' || c == '\r')
        return HAD_STR("line break or tab");
    uint32_t end = at + 1;
    while (end < text.len && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
        end++;
    return had_str_printf(r->arena, "`" HAD_FMT "`", HAD_ARG(had_str_slice(text, at, end)));
}

/* One label of a name: 1 to 63 letters, digits and hyphens, these not at an end (RFC 1123). */
static bool check_label(struct had_reading *r, const struct had_code *code, const char *noun,
                        had_str label)
{
    if (!label.len)
        return had_refuse(r, code,
                          "%s has no empty label: two dots stand together, or one at an end", noun);
    for (uint32_t i = 0; i < label.len; i++)
        if (!is_alnum(label.ptr[i]) && label.ptr[i] != '-')
            return had_refuse(r, code, "%s holds no " HAD_FMT, noun,
                              HAD_ARG(character_name(r, label, i)));
    if (label.len > 63)
        return had_refuse(r, code, "a label of %s has at most 63 characters; this one has %u", noun,
                          label.len);
    if (label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
        return had_refuse(r, code, "a label of %s does not begin or end with a hyphen", noun);
    return true;
}

/* The form of a name that is not ASCII which DNS knows, as a fix. */
static void offer_idn(struct had_reading *r)
{
    char *ascii = NULL;
    if (!r->finding || r->text.len > 255)
        return;
    if (idn2_to_ascii_8z(had_str_cstr(r->arena, r->text), &ascii, IDN2_NFC_INPUT) == IDN2_OK)
        had_refuse_fix(r, false, had_str_dup(r->arena, had_str_c(ascii)));
    idn2_free(ascii);
}

/* `who` needs more than one label: "trusts need". */
static bool check_domain(struct had_reading *r, const struct had_code *code, had_str name,
                         const char *who, had_str *out)
{
    if (!name.len)
        return had_refuse_type(r, code);
    if (!is_ascii(name)) {
        had_refuse(r, code, "a domain name is written in ASCII, others with `xn--`");
        if (had_str_eq(name, r->text))
            offer_idn(r);
        return false;
    }
    if (name.ptr[name.len - 1] == '.' && name.len > 1)
        name.len--; /* the root behind a full name */
    uint32_t labels = 0;
    had_str last = {0};
    for (uint32_t start = 0; start <= name.len; labels++) {
        uint32_t end = start;
        while (end < name.len && name.ptr[end] != '.')
            end++;
        last = had_str_slice(name, start, end);
        if (!check_label(r, code, "a domain name", last))
            return false;
        start = end + 1;
    }
    if (name.len > 253)
        return had_refuse(r, code, "a domain name has at most 253 characters; this one has %u",
                          name.len);
    if (labels < 2)
        return had_refuse(r, code,
                          "`" HAD_FMT "` has one label: %s a full domain name, such as "
                          "`" HAD_FMT ".example.com`",
                          HAD_ARG(name), who, HAD_ARG(name));
    if (had_all_digits(last))
        return had_refuse(r, code,
                          "`" HAD_FMT "` is an address or ends in a number: a domain name "
                          "ends in letters",
                          HAD_ARG(name));
    *out = had_str_lower(r->arena, name);
    return true;
}

bool had_read_domain(struct had_reading *r)
{
    if (r->type->min == 1 && had_str_is(r->text, "."))
        return had_reading_text(r, r->text);
    had_str name;
    if (!check_domain(r, &HAD0217, r->text, "trusts need", &name) ||
        !had_reading_in_length(r, name))
        return false;
    return had_reading_text(r, name);
}

/*
 * Names of NetBIOS domains. Characters: Microsoft's naming conventions, and the looser pattern of
 * Directory Service; both apply (facts, name_rules: netbios_domain). Words: reserved_words_2008
 * there.
 */
static const char netbios_forbidden[] = "\\/:*?\"<>|.,~!@#$%^'(){}_ ";

static bool reserved(had_str upper)
{
    const struct had_fact_name *words = had_fact_name_find("reserved_words_2008");
    had_str rest = had_str_c(words ? words->pattern : "");
    while (rest.len) {
        int64_t end = had_str_find(rest, ';');
        had_str word = end < 0 ? rest : had_str_slice(rest, 0, (uint32_t)end);
        rest = end < 0 ? (had_str){0} : had_str_slice(rest, (uint32_t)end + 1, rest.len);
        if (had_str_eq(word, upper))
            return true;
    }
    return false;
}

bool had_read_netbios(struct had_reading *r)
{
    had_str name = r->text;
    if (!name.len)
        return had_refuse_type(r, &HAD0218);
    had_str forbidden = HAD_STR(netbios_forbidden);
    for (uint32_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c <= ' ' || c >= 0x7f || had_str_find(forbidden, (char)c) >= 0)
            return had_refuse(r, &HAD0218, "a NetBIOS name holds no " HAD_FMT,
                              HAD_ARG(character_name(r, name, i)));
    }
    if (name.len > 15) {
        had_refuse(r, &HAD0218, "a NetBIOS name has at most 15 characters; this one has %u",
                   name.len);
        return false;
    }
    if (had_all_digits(name))
        return had_refuse(r, &HAD0218, "a NetBIOS name is not only digits");
    had_str upper = had_str_upper(r->arena, name);
    if (reserved(upper))
        return had_refuse(r, &HAD0218, "`" HAD_FMT "` is a reserved word of Windows",
                          HAD_ARG(upper));
    return had_reading_text(r, upper);
}

bool had_read_site_name(struct had_reading *r)
{
    if (!r->text.len)
        return had_refuse_type(r, &HAD0219);
    return check_label(r, &HAD0219, "an AD site name", r->text) && had_reading_text(r, r->text);
}

bool had_read_email(struct had_reading *r)
{
    had_str text = r->text;
    int64_t at = had_str_find(text, '@');
    if (at < 0)
        return had_refuse_type(r, &HAD0220);
    had_str local = had_str_slice(text, 0, (uint32_t)at);
    had_str domain = had_str_slice(text, (uint32_t)at + 1, text.len);
    if (had_str_find(domain, '@') >= 0)
        return had_refuse(r, &HAD0220, "an email address has one `@`");
    if (!local.len || local.len > 64)
        return had_refuse(r, &HAD0220, "an email address has 1 to 64 characters before its `@`");
    for (uint32_t i = 0; i < local.len; i++) {
        unsigned char c = (unsigned char)local.ptr[i];
        if (c <= ' ' || c >= 0x7f || had_str_find(HAD_STR("\"(),:;<>[\\]"), (char)c) >= 0)
            return had_refuse(r, &HAD0220, "an email address holds no " HAD_FMT,
                              HAD_ARG(character_name(r, local, i)));
    }
    had_str lower;
    if (!check_domain(r, &HAD0220, domain, "an email address needs", &lower))
        return false;
    if (local.len + 1 + lower.len > 254)
        return had_refuse(r, &HAD0220, "an email address has at most 254 characters");
    return had_reading_text(
        r, had_str_printf(r->arena, HAD_FMT "@" HAD_FMT, HAD_ARG(local), HAD_ARG(lower)));
}

/* ---- distinguished names, RFC 4514 ---- */

enum { DN_MAX = 2048 }; /* bytes; longer ones are none that a person writes */

static int hex_digit(char c)
{
    if (had_is_digit(c))
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The attribute's type: a word, or numbers with dots. Leaves *at behind it. */
static bool skip_attribute_type(had_str text, uint32_t *at)
{
    uint32_t start = *at;
    if (start < text.len && had_is_letter(text.ptr[start])) {
        while (*at < text.len && (is_alnum(text.ptr[*at]) || text.ptr[*at] == '-'))
            (*at)++;
        return true;
    }
    while (*at < text.len && (had_is_digit(text.ptr[*at]) || text.ptr[*at] == '.'))
        (*at)++;
    return *at > start && text.ptr[*at - 1] != '.' && text.ptr[start] != '.';
}

/* The value, to the next `,` or `+` that is not escaped. */
static bool skip_value(struct had_reading *r, had_str text, uint32_t *at)
{
    uint32_t start = *at;
    if (start < text.len && text.ptr[start] == '#') {
        (*at)++;
        while (*at < text.len && hex_digit(text.ptr[*at]) >= 0)
            (*at)++;
        if ((*at - start - 1) % 2 || *at == start + 1)
            return had_refuse(r, &HAD0221,
                              "behind a `#` a distinguished name has pairs of "
                              "hexadecimal digits; `\\#` is the character");
        return true;
    }
    bool space_end = false;
    for (; *at < text.len && text.ptr[*at] != ',' && text.ptr[*at] != '+'; (*at)++) {
        char c = text.ptr[*at];
        space_end = c == ' ';
        if (had_str_find(HAD_STR("\";<>"), c) >= 0)
            return had_refuse(r, &HAD0221, "in a distinguished name `%c` is written `\\%c`", c, c);
        if (c != '\\')
            continue;
        char next = *at + 1 < text.len ? text.ptr[*at + 1] : '\0';
        if (next && had_str_find(HAD_STR("\"+,;<>\\ #="), next) >= 0)
            (*at)++;
        else if (*at + 2 < text.len && hex_digit(next) >= 0 && hex_digit(text.ptr[*at + 2]) >= 0)
            *at += 2;
        else
            return had_refuse(r, &HAD0221,
                              "behind a `\\` a distinguished name has one of "
                              "`\"+,;<>\\ #=` or two hexadecimal digits");
        space_end = false;
    }
    if (*at == start)
        return had_refuse(r, &HAD0221,
                          "a part of this distinguished name has no value behind its "
                          "`=`");
    if (text.ptr[start] == ' ' || space_end)
        return had_refuse(r, &HAD0221,
                          "a value of a distinguished name does not begin or end with a "
                          "space; `\\ ` is the character");
    return true;
}

bool had_read_dn(struct had_reading *r)
{
    had_str text = r->text;
    if (!text.len)
        return had_refuse_type(r, &HAD0221);
    if (text.len > DN_MAX)
        return had_refuse(r, &HAD0221, "a distinguished name has at most %d bytes", DN_MAX);
    for (uint32_t at = 0;;) {
        uint32_t start = at;
        if (at < text.len && text.ptr[at] == ' ') {
            had_refuse(r, &HAD0221, "no space stands behind the `,` of a distinguished name");
            return false;
        }
        if (!skip_attribute_type(text, &at) || at == text.len || text.ptr[at] != '=') {
            had_str part = had_str_slice(text, start, text.len);
            int64_t comma = had_str_find(part, ',');
            if (comma >= 0)
                part = had_str_slice(part, 0, (uint32_t)comma);
            had_refuse(r, &HAD0221,
                       "a distinguished name is parts such as `OU=ERP`; `" HAD_FMT "` is none",
                       HAD_ARG(had_reading_shown(r, part)));
            return false;
        }
        at++;
        if (!skip_value(r, text, &at))
            return false;
        if (at == text.len)
            break;
        at++; /* `,` or `+` */
    }
    return had_reading_text(r, text);
}
