#include "schema/explain.h"

#include "schema/facts.h"
#include "schema/literal.h"
#include "schema/literals/reading.h"

#include <string.h>

/* ---- lines ---- */

/* Words of `text` from column `indent` on; the first line goes on where the buffer is. */
void had_explain_wrapped(struct had_buffer *out, had_str text, uint32_t column, uint32_t indent)
{
    uint32_t at = 0;
    bool first = true;
    while (at < text.len) {
        uint32_t end = at;
        while (end < text.len && text.ptr[end] != ' ')
            end++;
        had_str word = had_str_slice(text, at, end);
        uint32_t width = had_count_characters(word);
        if (!first && column + 1 + width > HAD_EXPLAIN_WIDTH) {
            had_buffer_char(out, '\n');
            had_buffer_repeat(out, ' ', indent);
            column = indent;
        } else if (!first) {
            had_buffer_char(out, ' ');
            column++;
        }
        had_buffer_str(out, word);
        column += width;
        first = false;
        at = end;
        while (at < text.len && text.ptr[at] == ' ')
            at++;
    }
}

static void add_paragraph(struct had_buffer *out, had_str text, uint32_t indent)
{
    had_buffer_repeat(out, ' ', indent);
    had_explain_wrapped(out, text, indent, indent);
    had_buffer_char(out, '\n');
}

static void add_heading(struct had_buffer *out, const char *heading)
{
    had_buffer_printf(out, "\n%s\n", heading);
}

/* ---- types ---- */

static void add_bounds(struct had_buffer *out, had_str low, had_str high, const char *before,
                       const char *after)
{
    if (low.len && high.len && had_str_eq(low, high))
        had_buffer_printf(out, "%s" HAD_FMT "%s", before, HAD_ARG(low), after);
    else if (low.len && high.len)
        had_buffer_printf(out, "%s" HAD_FMT "–" HAD_FMT "%s", before, HAD_ARG(low), HAD_ARG(high),
                          after);
    else if (low.len)
        had_buffer_printf(out, "%s" HAD_FMT " or more%s", before, HAD_ARG(low), after);
    else
        had_buffer_printf(out, "%sat most " HAD_FMT "%s", before, HAD_ARG(high), after);
}

/* The bound as people write it; empty if there is none. */
static had_str bound(struct had_arena *arena, const struct had_type *type, int64_t value)
{
    if (value == 0 && (type->base != HAD_TYPE_INT || type->max == 0))
        return (had_str){0};
    if (type->base == HAD_TYPE_DURATION)
        return had_duration_text(arena, value);
    if (type->base == HAD_TYPE_SIZE)
        return had_size_text(arena, value);
    if (type->base == HAD_TYPE_RATE)
        return had_rate_text(arena, value);
    return had_str_printf(arena, type->base == HAD_TYPE_CIDR ? "/%lld" : "%lld", (long long)value);
}

static void add_range(struct had_buffer *out, struct had_arena *arena, const struct had_type *type,
                      int steps)
{
    had_str low = bound(arena, type, type->min), high = bound(arena, type, type->max);
    bool bounded = low.len || high.len;
    if ((type->base == HAD_TYPE_LIST || type->base == HAD_TYPE_SET || type->base == HAD_TYPE_MAP) &&
        type->element && steps > 0) {
        had_buffer_printf(out, "%s of ", had_base_name(type->base));
        if (bounded)
            add_bounds(out, low, high, "", " ");
        add_range(out, arena, type->element, steps - 1);
        return;
    }
    if (type->base == HAD_TYPE_ANY_OF && steps > 0) {
        for (uint32_t i = 0; type->alternatives[i]; i++) {
            if (i)
                had_buffer_c(out, type->alternatives[i + 1] ? ", " : " or ");
            add_range(out, arena, type->alternatives[i], steps - 1);
        }
        return;
    }
    if (type->family)
        had_buffer_printf(out, "IPv%d ", type->family);
    had_buffer_str(out, had_type_text(arena, type));
    if (!bounded)
        return;
    if (type->base == HAD_TYPE_TEXT || type->base == HAD_TYPE_DOMAIN)
        add_bounds(out, low, high, " of ", " characters");
    else
        add_bounds(out, low, high, " ", "");
}

enum { TYPE_STEPS = 8 };

void had_explain_range(struct had_buffer *out, const struct had_type *type)
{
    struct had_arena scratch = {0};
    add_range(out, &scratch, type, TYPE_STEPS);
    had_arena_free(&scratch);
}

/* Catalog, part 1: how each type is written, what it takes, and the form in which it is kept. */
static const struct had_type_says types[HAD_TYPE_COUNT] = {
    [HAD_TYPE_TEXT] = {"\"…\" with ${…}, '…' as it stands, \"\"\"…\"\"\" for several lines",
                       "Text without control characters, in the length and form of its row.",
                       "as written"},
    [HAD_TYPE_BOOL] = {"true, false", "One of the two words.", NULL},
    [HAD_TYPE_INT] = {"443", "Decimal digits without sign or leading zeros, below 2^63.",
                      "decimal"},
    [HAD_TYPE_DURATION] = {"30s, 1h30m, 90d",
                           "Numbers with the units d, h, m and s, each once and in this order.",
                           "the largest units first; ISO 8601 in templates"},
    [HAD_TYPE_RATE] = {"500Mbps, 1Gbps", "A whole number of Mbps or Gbps.",
                       "the largest whole unit"},
    [HAD_TYPE_SIZE] = {"50GiB, 1TiB", "A whole number of MiB, GiB or TiB.",
                       "the largest whole unit"},
    [HAD_TYPE_DATE] = {"2027-03-31", "A day of the calendar; it lasts until its end in UTC.",
                       "as written"},
    [HAD_TYPE_IP] = {"10.0.0.1, fd00::1",
                     "Four numbers from 0 to 255 without leading zeros, or an IPv6 address.",
                     "RFC 5952"},
    [HAD_TYPE_IP_PORT] = {"10.0.0.1:53, \"[fd00::1]:53\"", "An address and a port from 1 to 65535.",
                          "RFC 5952 and the port"},
    [HAD_TYPE_CIDR] = {"10.0.0.0/16, fd00::/8", "A range whose host bits are zero.",
                       "RFC 5952 and the length"},
    [HAD_TYPE_PORT_RANGE] = {"443, 1024-65535",
                             "Ports from 0 to 65535, the first not above the last.",
                             "one number where both are equal"},
    [HAD_TYPE_SERVICE] =
        {"443/tcp, 49152-65535/tcp, icmp, all, ldaps, ad-member",
         "Ports with a protocol, or one of the words http, https, ssh, rdp, winrm, "
         "smb, dns, kerberos, ldap, ldaps, ntp, rpc, ad-member, ad-controller and "
         "ad-trust, which stand for what the port tables list.",
         "ports and protocols"},
    [HAD_TYPE_ASN] = {"65010", "A number from 1 to 4294967294 that is not reserved.",
                      "decimal, without dots"},
    [HAD_TYPE_ACCOUNT_ID] = {"111111111111", "Twelve digits; zeros in front count.",
                             "twelve digits"},
    [HAD_TYPE_ARN] = {"\"arn:aws:sns:…\"",
                      "Six parts; partition, service, Region and account are looked at.",
                      "as written"},
    [HAD_TYPE_DOMAIN] = {"\"corp.example.com\"",
                         "Two labels or more of letters, digits and hyphens. Names of Active "
                         "Directory have at most 64 characters.",
                         "small letters, no final dot"},
    [HAD_TYPE_NETBIOS] = {"\"CORP\"",
                          "One to fifteen characters that both Active Directory and AWS admit, no "
                          "reserved word, not only digits.",
                          "capitals"},
    [HAD_TYPE_SITE_NAME] = {"\"AWS-eu-west-1\"", "One label of letters, digits and hyphens.",
                            "as written, compared without case"},
    [HAD_TYPE_EMAIL] = {"\"team@example.com\"", "One `@` and a domain behind it.",
                        "the domain in small letters"},
    [HAD_TYPE_DN] = {"'OU=ERP,DC=aws,DC=example,DC=com'",
                     "A distinguished name as RFC 4514 writes it; its `DC=` parts are the domain.",
                     "as written, compared without case"},
    [HAD_TYPE_ZONE] = {"a", "The letter of one of the Region's zones.", "the letter"},
    [HAD_TYPE_REGION] = {"eu-west-1", "The code of a Region of AWS.", "the code"},
    [HAD_TYPE_IMAGE] = {"windows-2022, windows-2025, amazon-linux-2023, \"ami-…\", "
                        "\"/aws/service/…\"",
                        "A word, the id of an AMI, or the path of a public parameter.",
                        "as written"},
    [HAD_TYPE_PATH] = {"\"policies/x.json\"",
                       "A path inside the spec's folder, with `/` between its steps.",
                       "without `.` and `..`"},
    [HAD_TYPE_POLICY] = {"file(\"x.json\"), or text", "An IAM policy document as JSON.", "as read"},
    [HAD_TYPE_MFA] = {"always, context, never", "One of the three words.", NULL},
    [HAD_TYPE_PRINCIPAL] = {"group \"CORP\\\\Admins\", user \"…\", or a reference",
                            "A group or user by its name outside, or a declared one. Where only "
                            "groups are admitted, text is a group.",
                            "NETBIOS\\NAME"},
    [HAD_TYPE_WORD] = {"a word", "One of the words, written as it stands.", NULL},
    [HAD_TYPE_REF] = {"NAME, KIND NAME, a.b[key]",
                      "A declared object. Its bare name is enough where one kind is admitted.",
                      NULL},
    [HAD_TYPE_SECRET] = {"secret(\"ad/admin\"), secret(\"ad/admin\", account A), secret(\"arn:…\")",
                         "The name of a secret in Secrets Manager, never its value.", NULL},
    [HAD_TYPE_DATA] = {"csv(\"x.csv\"), json(\"x.json\"), yaml(\"x.yaml\")",
                       "What a data file holds: maps, lists, text, bool and int.", NULL},
    [HAD_TYPE_LIST] = {"[a, b]", "Elements in their order; one element stands for a list of it.",
                       NULL},
    [HAD_TYPE_SET] = {"[a, b], every KIND",
                      "Elements without doubles; one element stands for a set of it.", NULL},
    [HAD_TYPE_MAP] = {"NAME { key = value }", "A body of keys and values.", NULL},
    [HAD_TYPE_BODY] = {"NAME { attribute = value }", "A body of attributes of its own.", NULL},
};

const struct had_type_says *had_explain_says(enum had_base base)
{
    return base < HAD_TYPE_COUNT && types[base].accepts ? &types[base] : NULL;
}

static void add_entries(struct had_buffer *out, const struct had_attr *entries);

void had_explain_type(struct had_buffer *out, const struct had_type *type)
{
    struct had_buffer name = {0};
    had_explain_range(&name, type);
    add_paragraph(out, had_buffer_view(&name), 0);
    had_buffer_free(&name);
    if (type->base == HAD_TYPE_ANY_OF) {
        for (uint32_t i = 0; type->alternatives[i]; i++) {
            had_buffer_char(out, '\n');
            had_explain_type(out, type->alternatives[i]);
        }
        return;
    }
    if (type->base >= HAD_TYPE_COUNT)
        return;
    if (types[type->base].accepts) {
        add_heading(out, "Accepts");
        add_paragraph(out, had_str_c(types[type->base].accepts), 2);
    }
    if (type->sentence)
        add_paragraph(out, had_str_c(type->sentence), 2);
    if (types[type->base].written) {
        add_heading(out, "Written");
        add_paragraph(out, had_str_c(types[type->base].written), 2);
    }
    if (types[type->base].canonical) {
        add_heading(out, "Canonical form");
        add_paragraph(out, had_str_c(types[type->base].canonical), 2);
    }
    if (type->entries) {
        add_heading(out, "Attributes");
        add_entries(out, type->entries);
    }
}

/* ---- attributes ---- */

static const char *required_text(enum had_required required)
{
    switch (required) {
    case HAD_REQUIRED:
        return "required";
    case HAD_REQUIRED_NEW:
        return "required unless existing";
    case HAD_ONLY_EXISTING:
        return "only of an existing object, and required there";
    case HAD_MAY_EXISTING:
        return "only of an existing object";
    case HAD_OPTIONAL:
        break;
    }
    return NULL;
}

static bool in_quotes(const struct had_type *type)
{
    while (type->element)
        type = type->element;
    return type->base == HAD_TYPE_TEXT;
}

/* "required; where via is vpn; default `8h`" */
void had_explain_conditions(struct had_buffer *out, const struct had_attr *attr)
{
    const char *between = "";
    if (required_text(attr->required)) {
        had_buffer_c(out, required_text(attr->required));
        between = "; ";
    }
    if (attr->when) {
        had_buffer_printf(out, "%sonly where `%s` is ", between, attr->when);
        for (uint32_t i = 0; attr->when_words[i]; i++)
            had_buffer_printf(out, "%s`%s`", i ? " or " : "", attr->when_words[i]);
        between = "; ";
    }
    if (attr->fallback) {
        const char *quote = in_quotes(attr->type) ? "\"" : "";
        bool several = attr->type->base == HAD_TYPE_LIST || attr->type->base == HAD_TYPE_SET;
        had_buffer_printf(out, "%sdefault ", between);
        if (several)
            had_buffer_printf(out, "`[%s]`", attr->fallback);
        else
            had_buffer_printf(out, "`%s%s%s`", quote, attr->fallback, quote);
        between = "; ";
    }
    if (attr->derived)
        had_buffer_printf(out, "%sdefault: %s", between, attr->derived);
}

static void add_attr(struct had_buffer *out, const struct had_attr *attr, uint32_t indent)
{
    struct had_buffer line = {0};
    had_buffer_printf(&line, "%s : ", attr->name);
    had_explain_range(&line, attr->type);
    add_paragraph(out, had_buffer_view(&line), indent);
    line.len = 0;
    had_explain_conditions(&line, attr);
    if (line.len)
        add_paragraph(out, had_buffer_view(&line), indent + 4);
    add_paragraph(out, had_str_c(attr->doc), indent + 4);
    if (attr->lowers_to) {
        line.len = 0;
        had_buffer_printf(&line, "→ %s", attr->lowers_to);
        add_paragraph(out, had_buffer_view(&line), indent + 4);
    }
    had_buffer_free(&line);
}

static void add_entries(struct had_buffer *out, const struct had_attr *entries)
{
    for (; entries->name; entries++)
        add_attr(out, entries, 2);
}

void had_explain_attr(struct had_buffer *out, const struct had_kind *kind,
                      const struct had_attr *attr)
{
    had_buffer_printf(out, "%s of %s\n\n", attr->name, kind->name);
    add_attr(out, attr, 0);
    const struct had_type *type = attr->type;
    while (type->element)
        type = type->element;
    if (type->entries) {
        add_heading(out, "Attributes");
        add_entries(out, type->entries);
    } else if (type->base < HAD_TYPE_COUNT && types[type->base].written &&
               type->base != HAD_TYPE_WORD) {
        add_heading(out, "Written");
        add_paragraph(out, had_str_c(types[type->base].written), 2);
    }
    if (type->sentence) {
        add_heading(out, "Accepts");
        add_paragraph(out, had_str_c(type->sentence), 2);
    }
}

/* ---- kinds ---- */

static void add_clause(struct had_buffer *out, const struct had_clause_spec *clause)
{
    struct had_buffer line = {0};
    had_buffer_printf(&line, "%s : ", had_preposition_word(clause->preposition));
    had_explain_range(&line, clause->type);
    add_paragraph(out, had_buffer_view(&line), 2);
    line.len = 0;
    if (clause->required)
        had_buffer_c(&line,
                     clause->parent ? "required; left out inside the parent's body" : "required");
    else if (clause->parent)
        had_buffer_c(&line, "left out inside the parent's body");
    if (line.len)
        add_paragraph(out, had_buffer_view(&line), 6);
    line.len = 0;
    had_buffer_printf(&line, "%s Read as `.%s`.", clause->doc, clause->slot);
    add_paragraph(out, had_buffer_view(&line), 6);
    had_buffer_free(&line);
}

static void add_list(struct had_buffer *out, const char *heading, const char *const *names)
{
    if (!names[0])
        return;
    add_heading(out, heading);
    struct had_buffer line = {0};
    for (uint32_t i = 0; names[i]; i++)
        had_buffer_printf(&line, "%s%s", i ? ", " : "", names[i]);
    add_paragraph(out, had_buffer_view(&line), 2);
    had_buffer_free(&line);
}

static void add_quotas(struct had_buffer *out)
{
    add_heading(out, "Names, and what AWS gives at first");
    for (uint32_t i = 0; i < had_fact_quota_count; i++)
        if (had_fact_quotas[i].adjustable)
            had_buffer_printf(out, "  %-46s %lld%s%s\n", had_fact_quotas[i].resource,
                              (long long)had_fact_quotas[i].value,
                              had_fact_quotas[i].edition[0] ? ", edition " : "",
                              had_fact_quotas[i].edition);
}

void had_explain_kind(struct had_buffer *out, const struct had_kind *kind)
{
    had_buffer_printf(out, "%s (%s)\n\n", kind->name, kind->section);
    add_paragraph(out, had_str_c(kind->doc), 0);
    add_heading(out, "Written");
    for (uint32_t i = 0; kind->heads[i]; i++)
        had_buffer_printf(out, "  %s\n", kind->heads[i]);
    if (kind->body_only)
        add_paragraph(out, HAD_STR("It stands in its parent's body only."), 2);
    if (kind->only_existing)
        add_paragraph(out, HAD_STR("It is always `existing`."), 2);
    else if (!kind->no_existing)
        add_paragraph(out, HAD_STR("`existing` before it says that it is there already."), 2);
    if (kind->single)
        add_paragraph(out, HAD_STR("A spec has at most one."), 2);
    if (kind->multiplies)
        add_paragraph(
            out, HAD_STR("Lists and selections in its head make one object of each element."), 2);
    if (kind->clauses[0].slot) {
        add_heading(out, "Clauses");
        for (uint32_t i = 0; kind->clauses[i].slot; i++)
            add_clause(out, &kind->clauses[i]);
    }
    uint32_t count = had_kind_attr_count(kind);
    if (count) {
        add_heading(out, "Attributes");
        for (uint32_t i = 0; i < count; i++)
            add_attr(out, had_kind_attr(kind, i), 2);
    }
    add_list(out, "Its body may hold", kind->children);
    if (kind->derived[0]) {
        add_heading(out, "Derived values");
        for (uint32_t i = 0; kind->derived[i]; i++) {
            struct had_buffer line = {0};
            had_buffer_printf(&line, ".%s", kind->derived[i]);
            add_paragraph(out, had_buffer_view(&line), 2);
            had_buffer_free(&line);
        }
    }
    if (kind->lowers_to) {
        add_heading(out, "Becomes");
        add_paragraph(out, had_str_c(kind->lowers_to), 2);
    }
    if (strcmp(kind->name, "quota") == 0)
        add_quotas(out);
}
