/* Literals: what each type accepts, its canonical form, and the sentence and fix of what it
 * refuses. */
#include "schema/facts.h"
#include "schema/literal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
enum { TEXT = HAD_SPELLED_TEXT, WORD = HAD_SPELLED_WORD, LITERAL = HAD_SPELLED_LITERAL };

static struct had_arena arena;
static struct had_diags diags;

static int fresh(void **state)
{
    (void)state;
    had_arena_free(&arena);
    memset(&diags, 0, sizeof diags);
    diags.arena = &arena;
    return 0;
}

static int gone(void **state)
{
    (void)state;
    had_arena_free(&arena);
    return 0;
}

/* Reads as if the literal stood at the start of the first file. */
static bool read_as(const struct had_type *type, int spelling, had_str text, const char *what,
                    struct had_value *out)
{
    uint32_t length = text.len + (spelling == TEXT ? 2 : 0);
    uint32_t before = diags.items.count;
    bool good = had_literal_read(&arena, type, (enum had_spelling)spelling, text,
                                 (struct had_span){1, 0, length}, had_str_c(what), &diags, out);
    assert_int_equal(diags.items.count - before, good ? 0 : 1);
    assert_int_equal(out->tag == HAD_VALUE_ERROR, !good);
    if (type->base != HAD_TYPE_POLICY)
        assert_int_equal(had_literal_fits(type, (enum had_spelling)spelling, text), good);
    return good;
}

static void accepts_text(const struct had_type *type, int spelling, const char *text,
                         const char *canonical)
{
    struct had_value v;
    if (!read_as(type, spelling, had_str_c(text), "", &v))
        fail_msg("%s refuses %s: %.*s", had_base_name(type->base), text,
                 HAD_ARG(diags.items.items[diags.items.count - 1]->message));
    if (!had_str_is(v.text, canonical))
        fail_msg("%s is %.*s, not %s", text, HAD_ARG(v.text), canonical);
}

static void accepts(enum had_base base, int spelling, const char *text, const char *canonical)
{
    accepts_text(&had_types[base], spelling, text, canonical);
}

/* `fix` NULL: none is offered. */
static struct had_diag *refuses_type(const struct had_type *type, int spelling, had_str text,
                                     const char *what, const char *message, const char *fix)
{
    struct had_value v;
    if (read_as(type, spelling, text, what, &v))
        fail_msg("%s accepts %.*s", had_base_name(type->base), HAD_ARG(text));
    struct had_diag *d = diags.items.items[diags.items.count - 1];
    if (!had_str_is(d->message, message))
        fail_msg("\"%.*s\", expected \"%s\"", HAD_ARG(d->message), message);
    if (!fix && d->fixes.count)
        fail_msg("\"%s\" offers %.*s", message, HAD_ARG(d->fixes.items[0].edits.items[0].text));
    if (fix) {
        if (d->fixes.count != 1 || d->fixes.items[0].edits.count != 1)
            fail_msg("\"%s\" offers no fix", message);
        if (!had_str_is(d->fixes.items[0].edits.items[0].text, fix))
            fail_msg("\"%s\" offers %.*s", message, HAD_ARG(d->fixes.items[0].edits.items[0].text));
    }
    return d;
}

static struct had_diag *refuses(enum had_base base, int spelling, const char *text,
                                const char *message, const char *fix)
{
    return refuses_type(&had_types[base], spelling, had_str_c(text), "", message, fix);
}

/* The type of an attribute or, with an empty name, of the subject of a kind. */
static const struct had_type *row(const char *kind, const char *attr)
{
    const struct had_kind *k = had_kind_find(had_str_c(kind));
    assert_non_null(k);
    if (!attr[0])
        return k->subject_type;
    int32_t at = had_kind_attr_index(k, had_str_c(attr));
    assert_true(at >= 0);
    return had_kind_attr(k, (uint32_t)at)->type;
}

/* ---- text, bool, numbers ---- */

static void text_is_kept_as_written(void **state)
{
    (void)state;
    accepts(HAD_TYPE_TEXT, TEXT, "", "");
    accepts(HAD_TYPE_TEXT, TEXT, "Grüße, ${x} \\ \"", "Grüße, ${x} \\ \"");
    accepts(HAD_TYPE_TEXT, TEXT, "two\nlines\tand a tab", "two\nlines\tand a tab");
    /* Look-alike quotes and bidirectional marks are for the rules of what is written to PowerShell.
     */
    accepts(HAD_TYPE_TEXT, TEXT, "\xe2\x80\x98\xe2\x80\xae", "\xe2\x80\x98\xe2\x80\xae");
    refuses(HAD_TYPE_TEXT, TEXT, "a\x1b[31m",
            "a text holds no control characters; this one has U+001B", NULL);
    refuses(HAD_TYPE_TEXT, TEXT, "a\x7f", "a text holds no control characters; this one has U+007F",
            NULL);
    refuses(HAD_TYPE_TEXT, TEXT, "a\xc2\x9b",
            "a text holds no control characters; this one has U+009B", NULL);
    refuses_type(&had_types[HAD_TYPE_TEXT], TEXT, HAD_STR("a\0b"), "",
                 "a text holds no control characters; this one has U+0000", NULL);
    refuses(HAD_TYPE_TEXT, LITERAL, "443", "this takes text in quotes, not `443`", "\"443\"");
    refuses(HAD_TYPE_TEXT, WORD, "corp", "this takes text in quotes, not `corp`", "\"corp\"");
    /* The rule for texts holds for every type. */
    refuses(HAD_TYPE_INT, TEXT, "1\x01", "a text holds no control characters; this one has U+0001",
            NULL);
}

static void lengths_and_patterns_speak_with_the_sentence_of_their_row(void **state)
{
    (void)state;
    char note[1100];
    memset(note, 'x', sizeof note);
    refuses_type(row("share", "note"), TEXT, (had_str){note, 1025}, "",
                 "the note of a share has at most 1024 characters; this one has 1025", NULL);
    refuses_type(row("directory", "description"), TEXT, (had_str){note, 141}, "",
                 "the description of a directory has at most 128 characters; this one has 141",
                 NULL);
    refuses_type(row("hub", "description"), TEXT, (had_str){note, 1025}, "",
                 "a description has at most 1024 characters; this one has 1025", NULL);
    refuses_type(
        row("security-group", "description"), TEXT, HAD_STR("a\u2013b"), "",
        "the description of a security group has at most 255 letters, digits, spaces and any "
        "of `._-:/()#,@[]+=&;{}!$*`; this is `a\u2013b`",
        NULL);
    accepts_text(row("user", "given-name"), TEXT, "Zoë", "Zoë");
    refuses_type(row("spoke", "id"), TEXT, HAD_STR("vpc-xyz"), "",
                 "the id of a VPC looks like `vpc-0123456789abcdef0`; this is `vpc-xyz`", NULL);
    accepts_text(row("spoke", "id"), TEXT, "vpc-0123456789abcdef0", "vpc-0123456789abcdef0");
    refuses_type(row("spec", "countries"), TEXT, HAD_STR("ie"), "",
                 "a country is its ISO code of two capital letters, such as `IE`; this is `ie`",
                 NULL);
    accepts_text(row("directory", "alias"), TEXT, "example-corp", "example-corp");
    refuses_type(row("directory", "alias"), TEXT, HAD_STR("d-corp"), "",
                 "an alias has letters, digits and hyphens between them, and does not begin with "
                 "`d-`; this is `d-corp`",
                 NULL);
    /* A pattern that could run away on a hostile text ends at its limit. */
    char hostile[700];
    memset(hostile, 'a', sizeof hostile);
    hostile[sizeof hostile - 1] = '!';
    struct had_value v;
    assert_false(read_as(row("directory", "alias"), TEXT, (had_str){hostile, 60}, "", &v) &&
                 read_as(row("permission-set", "boundary"), TEXT,
                         (had_str){hostile, sizeof hostile}, "", &v));
}

static void bools_are_two_words(void **state)
{
    (void)state;
    struct had_value v;
    accepts(HAD_TYPE_BOOL, TEXT, "true", "true");
    assert_true(read_as(&had_types[HAD_TYPE_BOOL], WORD, HAD_STR("false"), "", &v));
    assert_int_equal(v.tag, HAD_VALUE_BOOL);
    assert_false(v.boolean);
    refuses_type(row("controller", "read-only"), TEXT, HAD_STR("yes"), "`read-only`",
                 "`read-only` takes true or false, not `\"yes\"`", "true");
    refuses(HAD_TYPE_BOOL, WORD, "off", "this takes true or false, not `off`", "false");
    refuses(HAD_TYPE_BOOL, LITERAL, "1", "this takes true or false, not `1`", NULL);
}

static void numbers(void **state)
{
    (void)state;
    struct had_value v;
    accepts(HAD_TYPE_INT, LITERAL, "443", "443");
    accepts(HAD_TYPE_INT, TEXT, "0", "0");
    assert_true(read_as(&had_types[HAD_TYPE_INT], LITERAL, HAD_STR("9223372036854775807"), "", &v));
    assert_int_equal(v.tag, HAD_VALUE_INT);
    assert_true(v.number == INT64_MAX);
    refuses(HAD_TYPE_INT, LITERAL, "9223372036854775808", "a number is below 2^63", NULL);
    refuses(HAD_TYPE_INT, LITERAL, "007", "a number has no leading zeros", "7");
    refuses(HAD_TYPE_INT, TEXT, "-1", "a number has no sign", NULL);
    refuses_type(row("site-link", "cost"), LITERAL, HAD_STR("4h"), "`cost` of site-link",
                 "`cost` of site-link takes a number, not `4h`", NULL);
    refuses_type(row("link", "vlan"), LITERAL, HAD_STR("5000"), "",
                 "a VLAN tag is 1 to 4094, not 5000", NULL);
    refuses_type(row("link", "vlan"), LITERAL, HAD_STR("0"), "", "a VLAN tag is 1 to 4094, not 0",
                 NULL);
    accepts_text(row("link", "vlan"), LITERAL, "4094", "4094");
}

/* ---- quantities ---- */

static void durations(void **state)
{
    (void)state;
    struct had_value v;
    accepts(HAD_TYPE_DURATION, LITERAL, "1h30m", "1h30m");
    accepts(HAD_TYPE_DURATION, LITERAL, "90m", "1h30m");
    accepts(HAD_TYPE_DURATION, LITERAL, "90d", "90d");
    accepts(HAD_TYPE_DURATION, LITERAL, "0d", "0s");
    accepts(HAD_TYPE_DURATION, TEXT, "1d2h3m4s", "1d2h3m4s");
    assert_true(read_as(&had_types[HAD_TYPE_DURATION], LITERAL, HAD_STR("1d2h3m4s"), "", &v));
    assert_true(v.number == 93784);
    refuses(HAD_TYPE_DURATION, LITERAL, "30", "a duration has a unit: `30s`, `30m`, `30h` or `30d`",
            NULL);
    refuses(HAD_TYPE_DURATION, LITERAL, "30m1h",
            "the units of a duration stand once each, the largest first: `1h30m`", "1h30m");
    refuses(HAD_TYPE_DURATION, LITERAL, "1h1h",
            "the units of a duration stand once each, the largest first: `2h`", "2h");
    refuses(HAD_TYPE_DURATION, LITERAL, "30min",
            "the units of a duration are `d`, `h`, `m` and `s`, as in `1h30m`", NULL);
    refuses(HAD_TYPE_DURATION, LITERAL, "2w",
            "the units of a duration are `d`, `h`, `m` and `s`, as in `1h30m`", NULL);
    refuses(HAD_TYPE_DURATION, LITERAL, "1h30",
            "the units of a duration are `d`, `h`, `m` and `s`, as in `1h30m`", NULL);
    refuses(HAD_TYPE_DURATION, TEXT, "", "this takes a duration such as `4h`, not `\"\"`", NULL);
    refuses(HAD_TYPE_DURATION, WORD, "long", "this takes a duration such as `4h`, not `long`",
            NULL);
    refuses(HAD_TYPE_DURATION, LITERAL, "9999999999999d",
            "this takes a duration such as `4h`, not `9999999999999d`", NULL);
    refuses_type(row("permission-set", "session"), LITERAL, HAD_STR("13h"), "",
                 "a session lasts 1h to 12h, not 13h", NULL);
    struct had_diag *d = refuses(HAD_TYPE_DURATION, LITERAL, "5s5m",
                                 "the units of a duration stand once each, the "
                                 "largest first: `5m5s`",
                                 "5m5s");
    assert_true(d->fixes.items[0].safe);
    d = refuses(HAD_TYPE_DURATION, LITERAL, "1s1s",
                "the units of a duration stand once each, the largest first: `2s`", "2s");
    assert_false(d->fixes.items[0].safe);
}

static void durations_in_templates_are_iso_8601(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *iso;
    } rows[] = {{0, "PT0S"},           {43200, "PT12H"}, {5400, "PT1H30M"}, {86400, "P1D"},
                {90061, "P1DT1H1M1S"}, {59, "PT59S"},    {604800, "P7D"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        had_str iso = had_duration_iso8601(&arena, rows[i].seconds);
        if (!had_str_is(iso, rows[i].iso))
            fail_msg("%.*s, expected %s", HAD_ARG(iso), rows[i].iso);
    }
}

static void rates_and_sizes(void **state)
{
    (void)state;
    struct had_value v;
    accepts(HAD_TYPE_RATE, LITERAL, "500Mbps", "500Mbps");
    accepts(HAD_TYPE_RATE, LITERAL, "1000Mbps", "1Gbps");
    assert_true(read_as(&had_types[HAD_TYPE_RATE], LITERAL, HAD_STR("1Gbps"), "", &v));
    assert_true(v.number == 1000000000);
    refuses(HAD_TYPE_RATE, LITERAL, "1gbps", "the units of a rate are `Mbps` and `Gbps`", "1Gbps");
    refuses(HAD_TYPE_RATE, LITERAL, "1.5Gbps", "a rate is a whole number of `Mbps` and `Gbps`",
            NULL);
    refuses(HAD_TYPE_RATE, LITERAL, "100", "a rate has a unit: `100Mbps`", "100Mbps");
    refuses(HAD_TYPE_RATE, WORD, "fast", "this takes a rate such as `1Gbps`, not `fast`", NULL);
    accepts(HAD_TYPE_SIZE, LITERAL, "50GiB", "50GiB");
    accepts(HAD_TYPE_SIZE, LITERAL, "1024GiB", "1TiB");
    accepts(HAD_TYPE_SIZE, LITERAL, "1536MiB", "1536MiB");
    assert_true(read_as(&had_types[HAD_TYPE_SIZE], LITERAL, HAD_STR("1TiB"), "", &v));
    assert_true(v.number == INT64_C(1) << 40);
    refuses(HAD_TYPE_SIZE, LITERAL, "100", "a size has a unit: `100GiB`", "100GiB");
    refuses(HAD_TYPE_SIZE, LITERAL, "100GB", "the units of a size are `MiB`, `GiB` and `TiB`",
            "100GiB");
    refuses(HAD_TYPE_SIZE, LITERAL, "0GiB", "a size is more than nothing", NULL);
    refuses(HAD_TYPE_SIZE, LITERAL, "010GiB", "a number has no leading zeros", "10GiB");
    refuses(HAD_TYPE_SIZE, LITERAL, "99999999999TiB", "a size is below 2^63", NULL);
}

static void dates(void **state)
{
    (void)state;
    struct had_value v;
    accepts(HAD_TYPE_DATE, LITERAL, "2027-03-31", "2027-03-31");
    assert_true(read_as(&had_types[HAD_TYPE_DATE], LITERAL, HAD_STR("2000-03-01"), "", &v));
    assert_true(v.number == 11017);
    accepts(HAD_TYPE_DATE, LITERAL, "2028-02-29", "2028-02-29");
    refuses(HAD_TYPE_DATE, LITERAL, "2027-02-29", "2027 has no 29 February", NULL);
    refuses(HAD_TYPE_DATE, LITERAL, "2100-02-29", "2100 has no 29 February", NULL);
    refuses(HAD_TYPE_DATE, LITERAL, "2027-04-31", "2027 has no 31 April", NULL);
    refuses(HAD_TYPE_DATE, LITERAL, "2027-13-01", "the months of a year are 01 to 12", NULL);
    refuses(HAD_TYPE_DATE, LITERAL, "1969-12-31", "a date is 1970-01-01 or later", NULL);
    refuses(HAD_TYPE_DATE, LITERAL, "31-03-2027",
            "this takes a date such as `2027-03-31`, not `31-03-2027`", NULL);
    int64_t days;
    assert_false(had_date_parse(HAD_STR("2027-2-3"), &days));
    assert_false(had_date_parse((had_str){0}, &days));
}

/* ---- networks ---- */

static void addresses(void **state)
{
    (void)state;
    struct had_value v;
    accepts(HAD_TYPE_IP, LITERAL, "10.0.0.1", "10.0.0.1");
    accepts(HAD_TYPE_IP, LITERAL, "FD00:0:0::1", "fd00::1");
    assert_true(read_as(&had_types[HAD_TYPE_IP], TEXT, HAD_STR("10.1.2.3"), "", &v));
    assert_int_equal(v.tag, HAD_VALUE_IP);
    assert_int_equal(v.ip.bytes[3], 3);
    refuses(HAD_TYPE_IP, LITERAL, "10.0.0", "an IPv4 address has four numbers; this one has 3",
            NULL);
    refuses(HAD_TYPE_IP, LITERAL, "10.0.0.256",
            "the numbers of an IPv4 address are 0 to 255, not 256", NULL);
    refuses(HAD_TYPE_IP, LITERAL, "10.0.0.01",
            "the numbers of an IPv4 address have no leading zeros, as `01` has", NULL);
    refuses(HAD_TYPE_IP, LITERAL, "10.0..1", "an IPv4 address has four numbers; one is missing",
            NULL);
    refuses(HAD_TYPE_IP, LITERAL, "fd00:::1", "`fd00:::1` is no IPv6 address", NULL);
    refuses(HAD_TYPE_IP, LITERAL, "10.0.0.0/24",
            "this takes one address, not the range `10.0.0.0/24`", "10.0.0.0");
    refuses(HAD_TYPE_IP, WORD, "dc1", "this takes an address such as `10.0.0.1`, not `dc1`", NULL);
}

static void addresses_with_ports(void **state)
{
    (void)state;
    struct had_value v;
    accepts(HAD_TYPE_IP_PORT, LITERAL, "10.0.0.1:53", "10.0.0.1:53");
    accepts(HAD_TYPE_IP_PORT, TEXT, "[FD00::1]:53", "[fd00::1]:53");
    assert_true(read_as(&had_types[HAD_TYPE_IP_PORT], LITERAL, HAD_STR("10.0.0.1:5353"), "", &v));
    assert_int_equal(v.port, 5353);
    refuses(HAD_TYPE_IP_PORT, LITERAL, "10.0.0.1:0", "the port of an address is 1 to 65535", NULL);
    refuses(HAD_TYPE_IP_PORT, LITERAL, "10.0.0.1:65536", "the port of an address is 1 to 65535",
            NULL);
    refuses(HAD_TYPE_IP_PORT, LITERAL, "10.0.0.1",
            "an address with a port is written `10.0.0.1:53`", NULL);
    refuses(HAD_TYPE_IP_PORT, LITERAL, "fd00::1",
            "an IPv6 address with a port is written `\"[fd00::1]:53\"`", NULL);
    refuses(HAD_TYPE_IP_PORT, TEXT, "[fd00::1]53",
            "an IPv6 address with a port is written `\"[fd00::1]:53\"`", NULL);
    refuses(HAD_TYPE_IP_PORT, LITERAL, "10.0.0.999:53",
            "the numbers of an IPv4 address are 0 to 255, not 999", NULL);
}

static void ranges(void **state)
{
    (void)state;
    accepts(HAD_TYPE_CIDR, LITERAL, "10.0.0.0/16", "10.0.0.0/16");
    accepts(HAD_TYPE_CIDR, LITERAL, "0.0.0.0/0", "0.0.0.0/0");
    accepts(HAD_TYPE_CIDR, LITERAL, "FD00::/8", "fd00::/8");
    refuses(HAD_TYPE_CIDR, LITERAL, "10.0.0.0/33", "the prefix length of an IPv4 range is 0 to 32",
            NULL);
    refuses(HAD_TYPE_CIDR, LITERAL, "10.0.0.0/08", "the prefix length of an IPv4 range is 0 to 32",
            NULL);
    refuses(HAD_TYPE_CIDR, LITERAL, "fd00::/129", "the prefix length of an IPv6 range is 0 to 128",
            NULL);
    struct had_diag *d =
        refuses(HAD_TYPE_CIDR, LITERAL, "10.1.2.3/16",
                "`10.1.2.3/16` has host bits set: the range is `10.1.0.0/16`", "10.1.0.0/16");
    assert_true(d->fixes.items[0].safe);
    assert_string_equal(d->code->code, "HAD0211");
    refuses(HAD_TYPE_CIDR, TEXT, "10.1.2.3/16",
            "`10.1.2.3/16` has host bits set: the range is `10.1.0.0/16`", "\"10.1.0.0/16\"");
    refuses(HAD_TYPE_CIDR, LITERAL, "10.0.0.1",
            "a range has a prefix length, such as `10.0.0.1/32` for this address alone",
            "10.0.0.1/32");
    refuses(HAD_TYPE_CIDR, LITERAL, "10.0.0/16", "an IPv4 address has four numbers; this one has 3",
            NULL);
    refuses_type(row("spoke", "cidr"), LITERAL, HAD_STR("10.0.0.0/8"), "",
                 "the prefix length of a VPC's range is 16 to 28, not 8", NULL);
    refuses_type(row("spoke", "cidr"), LITERAL, HAD_STR("fd00::/24"), "`cidr` of spoke",
                 "`cidr` of spoke takes an IPv4 range, not `fd00::/24`", NULL);
    /* The BGP address of a link is one address, with the length of its subnet. */
    accepts_text(row("link", "peer-address"), LITERAL, "169.254.8.1/30", "169.254.8.1/30");
    refuses_type(row("tunnel", "inside"), LITERAL, HAD_STR("169.254.8.0/29"), "",
                 "the inside range of a tunnel is a /30, not 29", NULL);
}

/* A fix is for what stands in the file, not for what a row or a variable brought there. */
static void fixes_are_offered_where_the_literal_stands(void **state)
{
    (void)state;
    struct had_value v;
    had_literal_read(&arena, &had_types[HAD_TYPE_CIDR], HAD_SPELLED_TEXT, HAD_STR("10.1.2.3/16"),
                     (struct had_span){1, 10, 18}, (had_str){0}, &diags, &v);
    had_literal_read(&arena, &had_types[HAD_TYPE_CIDR], HAD_SPELLED_LITERAL, HAD_STR("10.1.2.3/16"),
                     (struct had_span){0}, (had_str){0}, &diags, &v);
    assert_int_equal(diags.items.count, 2);
    assert_int_equal(diags.items.items[0]->fixes.count, 0);
    assert_int_equal(diags.items.items[1]->fixes.count, 0);
}

static void ports(void **state)
{
    (void)state;
    struct had_value v;
    accepts(HAD_TYPE_PORT_RANGE, LITERAL, "443", "443");
    accepts(HAD_TYPE_PORT_RANGE, LITERAL, "443-443", "443");
    accepts(HAD_TYPE_PORT_RANGE, LITERAL, "1024-65535", "1024-65535");
    assert_true(read_as(&had_types[HAD_TYPE_PORT_RANGE], LITERAL, HAD_STR("0-9"), "", &v));
    assert_int_equal(v.tag, HAD_VALUE_PORTS);
    assert_int_equal(v.ports.last, 9);
    refuses(HAD_TYPE_PORT_RANGE, LITERAL, "65535-1024", "the range 65535-1024 runs backwards",
            "1024-65535");
    refuses(HAD_TYPE_PORT_RANGE, LITERAL, "70000", "a port is 0 to 65535", NULL);
    refuses(HAD_TYPE_PORT_RANGE, WORD, "https",
            "this takes a port such as `443`, or several such as `1024-65535`, not `https`", NULL);
}

static void services(void **state)
{
    (void)state;
    struct had_value v;
    accepts(HAD_TYPE_SERVICE, LITERAL, "443/tcp", "443/tcp");
    accepts(HAD_TYPE_SERVICE, WORD, "https", "443/tcp");
    accepts(HAD_TYPE_SERVICE, TEXT, "https", "443/tcp");
    accepts(HAD_TYPE_SERVICE, LITERAL, "49152-65535/tcp", "49152-65535/tcp");
    accepts(HAD_TYPE_SERVICE, WORD, "all", "all");
    accepts(HAD_TYPE_SERVICE, WORD, "icmp", "icmp");
    accepts(HAD_TYPE_SERVICE, WORD, "dns", "dns");
    assert_true(read_as(&had_types[HAD_TYPE_SERVICE], WORD, HAD_STR("dns"), "", &v));
    assert_int_equal(v.tag, HAD_VALUE_SERVICE);
    assert_int_equal(v.service.count, 2);
    assert_int_equal(v.service.flows[0].protocol, HAD_PROTOCOL_TCP);
    assert_int_equal(v.service.flows[1].protocol, HAD_PROTOCOL_UDP);
    assert_int_equal(v.service.flows[1].ports.first, 53);
    struct had_diag *d =
        refuses(HAD_TYPE_SERVICE, WORD, "ldpas",
                "`ldpas` is no service: it is a word such as `ad-member`, or ports "
                "and protocol such as `443/tcp`",
                "ldaps");
    assert_true(had_str_is(d->help, "did you mean `ldaps`?"));
    assert_false(d->fixes.items[0].safe);
    refuses(HAD_TYPE_SERVICE, LITERAL, "443", "a service has a protocol: `443/tcp` or `443/udp`",
            "443/tcp");
    refuses(HAD_TYPE_SERVICE, LITERAL, "443/TCP",
            "the protocol of a service is `tcp` or `udp`, not `TCP`", "443/tcp");
    refuses(HAD_TYPE_SERVICE, LITERAL, "443/sctp",
            "the protocol of a service is `tcp` or `udp`, not `sctp`", NULL);
    refuses(HAD_TYPE_SERVICE, LITERAL, "99999/tcp",
            "the ports of a service are 0 to 65535, as in `443/tcp` and `1024-65535/tcp`", NULL);
    refuses(HAD_TYPE_SERVICE, LITERAL, "65535-1024/udp", "the range 65535-1024 runs backwards",
            "1024-65535/udp");
}

static bool has_flow(const struct had_service *service, enum had_protocol protocol, int port)
{
    for (uint32_t i = 0; i < service->count; i++)
        if (service->flows[i].protocol == protocol && service->flows[i].ports.first <= port &&
            port <= service->flows[i].ports.last)
            return true;
    return false;
}

static void words_for_active_directory_come_from_the_port_tables(void **state)
{
    (void)state;
    struct had_value member, controller, trust;
    assert_true(read_as(&had_types[HAD_TYPE_SERVICE], WORD, HAD_STR("ad-member"), "", &member));
    assert_true(
        read_as(&had_types[HAD_TYPE_SERVICE], WORD, HAD_STR("ad-controller"), "", &controller));
    assert_true(read_as(&had_types[HAD_TYPE_SERVICE], WORD, HAD_STR("ad-trust"), "", &trust));
    const struct had_value *all[] = {&member, &controller, &trust};
    for (size_t i = 0; i < 3; i++) {
        static const int tcp[] = {53, 88, 135, 389, 445, 464, 636, 3268, 49152, 65535};
        for (size_t p = 0; p < COUNT(tcp); p++)
            if (!has_flow(&all[i]->service, HAD_PROTOCOL_TCP, tcp[p]))
                fail_msg("%.*s lacks %d/tcp", HAD_ARG(all[i]->text), tcp[p]);
        assert_true(has_flow(&all[i]->service, HAD_PROTOCOL_UDP, 389));
        assert_false(has_flow(&all[i]->service, HAD_PROTOCOL_UDP, 138)); /* legacy */
        assert_false(has_flow(&all[i]->service, HAD_PROTOCOL_TCP, 22));
        for (uint32_t a = 0; a < all[i]->service.count; a++)
            assert_int_not_equal(all[i]->service.flows[a].protocol, HAD_PROTOCOL_ALL);
    }
    assert_true(has_flow(&member.service, HAD_PROTOCOL_UDP, 123));
    assert_false(has_flow(&trust.service, HAD_PROTOCOL_UDP, 123));
    assert_true(has_flow(&controller.service, HAD_PROTOCOL_ICMP, 0));
    /* No flow stands twice, whatever rows the tables have. */
    for (size_t i = 0; i < 3; i++)
        for (uint32_t a = 0; a < all[i]->service.count; a++)
            for (uint32_t b = a + 1; b < all[i]->service.count; b++) {
                const struct had_flow *x = &all[i]->service.flows[a],
                                      *y = &all[i]->service.flows[b];
                assert_false(x->protocol == y->protocol && x->ports.first == y->ports.first &&
                             x->ports.last == y->ports.last);
            }
}

static void bgp_numbers(void **state)
{
    (void)state;
    accepts(HAD_TYPE_ASN, LITERAL, "65010", "65010");
    accepts(HAD_TYPE_ASN, LITERAL, "4294967294", "4294967294");
    refuses(HAD_TYPE_ASN, LITERAL, "65535", "65535 is reserved", NULL);
    refuses(HAD_TYPE_ASN, LITERAL, "23456", "23456 is reserved", NULL);
    refuses(HAD_TYPE_ASN, LITERAL, "0", "0 is reserved", NULL);
    refuses(HAD_TYPE_ASN, LITERAL, "4294967296", "an ASN is 1 to 4294967294", NULL);
    refuses(HAD_TYPE_ASN, LITERAL, "1.10", "an ASN is one number without a dot: `65546`", "65546");
    refuses(HAD_TYPE_ASN, WORD, "amazon", "this takes an ASN such as `65010`, not `amazon`", NULL);
    accepts_text(row("hub", "asn"), LITERAL, "64512", "64512");
    accepts_text(row("hub", "asn"), LITERAL, "65534", "65534");
    accepts_text(row("hub", "asn"), LITERAL, "4200000000", "4200000000");
    refuses_type(row("hub", "asn"), LITERAL, HAD_STR("64511"), "",
                 "the ASN of Amazon's side is 64512 to 65534 or 4200000000 to 4294967294; this is "
                 "`64511`",
                 NULL);
}

/* ---- names ---- */

static void account_ids(void **state)
{
    (void)state;
    accepts(HAD_TYPE_ACCOUNT_ID, LITERAL, "111111111111", "111111111111");
    accepts(HAD_TYPE_ACCOUNT_ID, TEXT, "000000000001", "000000000001");
    refuses(HAD_TYPE_ACCOUNT_ID, LITERAL, "11111111111",
            "an account id has 12 digits; this one has 11", NULL);
    refuses(HAD_TYPE_ACCOUNT_ID, TEXT, "1234-5678-9012",
            "an account id is 12 digits and nothing between them", "\"123456789012\"");
    refuses(HAD_TYPE_ACCOUNT_ID, WORD, "network",
            "this takes the 12 digits of an account, not "
            "`network`",
            NULL);
}

static void arns(void **state)
{
    (void)state;
    static const char *const good[] = {
        "arn:aws:sns:eu-west-1:333333333333:DirectoryMonitoring_aws",
        "arn:aws:sso:::instance/ssoins-1234567890abcdef", "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws-us-gov:kms:us-gov-west-1:111111111111:key/1", "arn:aws:s3:::bucket/a:b"};
    for (size_t i = 0; i < COUNT(good); i++)
        accepts(HAD_TYPE_ARN, TEXT, good[i], good[i]);
    refuses(HAD_TYPE_ARN, TEXT, "arn:aws:sns:eu-west-1",
            "an ARN has six parts with `:` between; this one has 4", NULL);
    refuses(HAD_TYPE_ARN, TEXT, "arn:amazon:sns:eu-west-1:333333333333:t",
            "`amazon` is no partition of AWS; the usual one is `aws`", NULL);
    refuses(HAD_TYPE_ARN, TEXT, "arn:aws::eu-west-1:333333333333:t",
            "the third part of an ARN is a service; this one is empty", NULL);
    refuses(HAD_TYPE_ARN, TEXT, "arn:aws:sns:eu-west-9:333333333333:t",
            "this ARN names the Region `eu-west-9`, which AWS has not", NULL);
    refuses(HAD_TYPE_ARN, TEXT, "arn:aws:sns:us-gov-west-1:333333333333:t",
            "`us-gov-west-1` belongs to the partition `aws-us-gov`, not to `aws`", NULL);
    refuses(HAD_TYPE_ARN, TEXT, "arn:aws:sns:eu-west-1:33333:t",
            "the account in this ARN, `33333`, has not 12 digits", NULL);
    refuses(HAD_TYPE_ARN, TEXT, "arn:aws:sns:eu-west-1:333333333333:",
            "the last part of an ARN names a resource; this one is empty", NULL);
    refuses(HAD_TYPE_ARN, TEXT, "arn:aws:sns:eu-west-1:333333333333:a b",
            "an ARN has neither spaces nor characters beyond ASCII", NULL);
    refuses(HAD_TYPE_ARN, TEXT, "topic",
            "this takes an ARN in quotes, such as `\"arn:aws:sns:…\"`, not `\"topic\"`", NULL);
}

static void domains(void **state)
{
    (void)state;
    accepts(HAD_TYPE_DOMAIN, TEXT, "Corp.Example.COM.", "corp.example.com");
    accepts(HAD_TYPE_DOMAIN, TEXT, "10.in-addr.arpa", "10.in-addr.arpa");
    accepts(HAD_TYPE_DOMAIN, TEXT, "xn--bcher-kva.example", "xn--bcher-kva.example");
    refuses(HAD_TYPE_DOMAIN, TEXT, "corp",
            "`corp` has one label: trusts need a full domain name, such as `corp.example.com`",
            NULL);
    refuses(HAD_TYPE_DOMAIN, TEXT, "my_corp.example.com", "a domain name holds no underscore",
            NULL);
    refuses(HAD_TYPE_DOMAIN, TEXT, "corp..com",
            "a domain name has no empty label: two dots stand together, or one at an end", NULL);
    refuses(HAD_TYPE_DOMAIN, TEXT, "-corp.com",
            "a label of a domain name does not begin or end with a hyphen", NULL);
    refuses(HAD_TYPE_DOMAIN, TEXT, "10.0.0.1",
            "`10.0.0.1` is an address or ends in a number: a domain name ends in letters", NULL);
    refuses(HAD_TYPE_DOMAIN, TEXT,
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com",
            "a label of a domain name has at most 63 characters; this one has 64", NULL);
    refuses(HAD_TYPE_DOMAIN, TEXT,
            "b\xc3\xbc"
            "cher.example",
            "a domain name is written in ASCII, others with `xn--`", "\"xn--bcher-kva.example\"");
    refuses(HAD_TYPE_DOMAIN, TEXT, ".",
            "a domain name has no empty label: two dots stand together, or one at an end", NULL);
    accepts_text(row("forward", ""), TEXT, ".", ".");
    refuses_type(
        row("directory", "root"), TEXT,
        HAD_STR("a-very-long-name-of-a-division.of-a-company-with-a-long-name.example.com"), "",
        "the name of an Active Directory domain has at most 64 characters; this one has 72", NULL);
    refuses(HAD_TYPE_DOMAIN, WORD, "corp",
            "this takes a domain name in quotes, such as `\"corp.example.com\"`, not `corp`", NULL);
    refuses(HAD_TYPE_DOMAIN, LITERAL, "3com.example",
            "this takes a domain name in quotes, such as `\"corp.example.com\"`, not "
            "`3com.example`",
            "\"3com.example\"");
}

static void netbios_names(void **state)
{
    (void)state;
    accepts(HAD_TYPE_NETBIOS, TEXT, "Corp", "CORP");
    accepts(HAD_TYPE_NETBIOS, TEXT, "EXAMPLE-CORP-01", "EXAMPLE-CORP-01");
    refuses(HAD_TYPE_NETBIOS, TEXT, "EXAMPLE-CORP-001",
            "a NetBIOS name has at most 15 characters; this one has 16", NULL);
    refuses(HAD_TYPE_NETBIOS, TEXT, "CORP.AWS", "a NetBIOS name holds no dot", NULL);
    refuses(HAD_TYPE_NETBIOS, TEXT, "MY_CORP", "a NetBIOS name holds no underscore", NULL);
    refuses(HAD_TYPE_NETBIOS, TEXT, "B\xc3\x9c", "a NetBIOS name holds no `\xc3\x9c`", NULL);
    refuses(HAD_TYPE_NETBIOS, TEXT, "1234", "a NetBIOS name is not only digits", NULL);
    refuses(HAD_TYPE_NETBIOS, TEXT, "Builtin", "`BUILTIN` is a reserved word of Windows", NULL);
    refuses(HAD_TYPE_NETBIOS, TEXT, "WORLD", "`WORLD` is a reserved word of Windows", NULL);
    refuses(HAD_TYPE_NETBIOS, WORD, "CORP",
            "this takes a NetBIOS name in quotes, such as `\"CORP\"`, not `CORP`", "\"CORP\"");
}

static void site_names(void **state)
{
    (void)state;
    accepts(HAD_TYPE_SITE_NAME, TEXT, "AWS-eu-west-1", "AWS-eu-west-1");
    refuses(HAD_TYPE_SITE_NAME, TEXT, "AWS_Dublin", "an AD site name holds no underscore", NULL);
    refuses(HAD_TYPE_SITE_NAME, TEXT, "Dublin 2", "an AD site name holds no space", NULL);
    refuses(HAD_TYPE_SITE_NAME, TEXT, "a.b", "an AD site name holds no dot", NULL);
}

static void email_addresses(void **state)
{
    (void)state;
    accepts(HAD_TYPE_EMAIL, TEXT, "Team+aws@Example.COM", "Team+aws@example.com");
    refuses(HAD_TYPE_EMAIL, TEXT, "team",
            "this takes an email address in quotes, such as `\"team@example.com\"`, not `\"team\"`",
            NULL);
    refuses(HAD_TYPE_EMAIL, TEXT, "a@b@example.com", "an email address has one `@`", NULL);
    refuses(HAD_TYPE_EMAIL, TEXT, "@example.com",
            "an email address has 1 to 64 characters before its `@`", NULL);
    refuses(HAD_TYPE_EMAIL, TEXT, "a b@example.com", "an email address holds no space", NULL);
    refuses(HAD_TYPE_EMAIL, TEXT, "a@localhost",
            "`localhost` has one label: an email address needs a full domain name, such as "
            "`localhost.example.com`",
            NULL);
}

static void distinguished_names(void **state)
{
    (void)state;
    static const char *const good[] = {"OU=ERP,OU=Computers,OU=AWS,DC=aws,DC=example,DC=com",
                                       "CN=Smith\\, John,DC=a,DC=b",
                                       "CN=Gr\\C3\\BC\\C3\\9Fe,DC=a",
                                       "2.5.4.3=x",
                                       "CN=a+SN=b,DC=c",
                                       "CN=\\#1,DC=a",
                                       "CN=#04024869,DC=a",
                                       "CN=a b,DC=c",
                                       "CN=\\ a\\ ,DC=c",
                                       "OU=\u00dcber,DC=a"};
    for (size_t i = 0; i < COUNT(good); i++)
        accepts(HAD_TYPE_DN, TEXT, good[i], good[i]);
    refuses(HAD_TYPE_DN, TEXT, "OU=ERP,Computers,DC=a",
            "a distinguished name is parts such as `OU=ERP`; `Computers` is none", NULL);
    refuses(HAD_TYPE_DN, TEXT, "OU=ERP, DC=a",
            "no space stands behind the `,` of a distinguished name", NULL);
    refuses(HAD_TYPE_DN, TEXT, "OU=,DC=a",
            "a part of this distinguished name has no value behind its `=`", NULL);
    refuses(HAD_TYPE_DN, TEXT, "OU=a;b", "in a distinguished name `;` is written `\\;`", NULL);
    refuses(
        HAD_TYPE_DN, TEXT, "OU=a\\z",
        "behind a `\\` a distinguished name has one of `\"+,;<>\\ #=` or two hexadecimal digits",
        NULL);
    refuses(
        HAD_TYPE_DN, TEXT, "OU=a\\",
        "behind a `\\` a distinguished name has one of `\"+,;<>\\ #=` or two hexadecimal digits",
        NULL);
    refuses(HAD_TYPE_DN, TEXT, "OU=#1",
            "behind a `#` a distinguished name has pairs of hexadecimal digits; `\\#` is the "
            "character",
            NULL);
    refuses(HAD_TYPE_DN, TEXT, "OU=a ",
            "a value of a distinguished name does not begin or end with a space; `\\ ` is the "
            "character",
            NULL);
    refuses(HAD_TYPE_DN, TEXT, "OU=a,",
            "a distinguished name is parts such as `OU=ERP`; `` is none", NULL);
}

/* ---- what AWS knows ---- */

static void regions_and_zones(void **state)
{
    (void)state;
    accepts(HAD_TYPE_REGION, WORD, "eu-west-1", "eu-west-1");
    accepts(HAD_TYPE_REGION, TEXT, "us-gov-east-1", "us-gov-east-1");
    struct had_diag *d =
        refuses(HAD_TYPE_REGION, WORD, "eu-wset-1", "`eu-wset-1` is no Region of AWS", "eu-west-1");
    assert_true(had_str_is(d->help, "did you mean `eu-west-1`?"));
    refuses(HAD_TYPE_REGION, WORD, "eu-west-1a",
            "`eu-west-1a` is a zone; its Region is `eu-west-1`", "eu-west-1");
    refuses(HAD_TYPE_REGION, WORD, "mars", "`mars` is no Region of AWS", NULL);
    accepts(HAD_TYPE_ZONE, WORD, "a", "a");
    accepts(HAD_TYPE_ZONE, TEXT, "f", "f");
    refuses(HAD_TYPE_ZONE, WORD, "eu-west-1b", "a zone is said by its letter alone: `b`", "b");
    refuses(HAD_TYPE_ZONE, WORD, "B", "the letter of a zone is a small one", "b");
    refuses(HAD_TYPE_ZONE, WORD, "ab", "this takes the letter of a zone, such as `a`, not `ab`",
            NULL);
}

static void images(void **state)
{
    (void)state;
    accepts(HAD_TYPE_IMAGE, WORD, "windows-2022", "windows-2022");
    accepts(HAD_TYPE_IMAGE, TEXT, "amazon-linux-2023", "amazon-linux-2023");
    accepts(HAD_TYPE_IMAGE, TEXT, "ami-0123456789abcdef0", "ami-0123456789abcdef0");
    accepts(HAD_TYPE_IMAGE, TEXT, "/aws/service/ami-windows-latest/X_1.0-y",
            "/aws/service/ami-windows-latest/X_1.0-y");
    refuses(HAD_TYPE_IMAGE, WORD, "windows-2012r2", "`windows-2012r2` is out of support", NULL);
    refuses(HAD_TYPE_IMAGE, TEXT, "ami-123",
            "the id of an image is `ami-` and 17 hexadecimal digits, or 8 of old", NULL);
    refuses(HAD_TYPE_IMAGE, TEXT, "/my/image", "the path of an image begins with `/aws/service/`",
            NULL);
    struct had_diag *d = refuses(HAD_TYPE_IMAGE, WORD, "windows-2023",
                                 "this takes an image: a word such as `windows-2022`, or in quotes "
                                 "an AMI id or a path that begins with `/aws/service/`, not "
                                 "`windows-2023`",
                                 "windows-2025");
    assert_true(had_str_is(d->help, "did you mean `windows-2025`?"));
}

static void paths(void **state)
{
    (void)state;
    accepts(HAD_TYPE_PATH, TEXT, "policies/./x.json", "policies/x.json");
    accepts(HAD_TYPE_PATH, TEXT, "a/../b", "b");
    refuses(HAD_TYPE_PATH, TEXT, "../x.json", "a path may not leave the spec's folder", NULL);
    refuses(HAD_TYPE_PATH, TEXT, "a/../../x", "a path may not leave the spec's folder", NULL);
    refuses(HAD_TYPE_PATH, TEXT, "/etc/passwd",
            "a path is relative to the spec's folder: it does not begin with `/`", NULL);
    struct had_value v;
    assert_false(read_as(&had_types[HAD_TYPE_PATH], TEXT, HAD_STR("a\\b"), "", &v));
    assert_true(had_str_is(diags.items.items[diags.items.count - 1]->message,
                           "the steps of a path have `/` between them, not `\\`"));
}

static void policies(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": "
        "[\"ec2:Describe*\", \"ec2:StartInstances\"], \"Resource\": \"*\"}]}",
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Sid\":\"A\",\"Effect\":\"Deny\","
        "\"NotAction\":\"*\",\"NotResource\":[\"arn:aws:s3:::b\"],\"Condition\":{}}}"};
    for (size_t i = 0; i < COUNT(good); i++)
        accepts(HAD_TYPE_POLICY, TEXT, good[i], good[i]);
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"{\n  \"Version\": \"2012-10-17\",\n  oops\n}",
         "line 3 of this policy is no JSON: string or '}' expected near 'oops'"},
        {"[]", "a policy is an object in braces"},
        {"{\"Statement\": []}", "the `Version` of a policy is `2012-10-17`"},
        {"{\"Version\": \"2012-10-17\"}", "a policy has a `Statement`"},
        {"{\"Version\": \"2012-10-17\", \"Statement\": []}",
         "the `Statement` of a policy is an empty list"},
        {"{\"Version\": \"2012-10-17\", \"Statements\": []}",
         "a policy has no `Statements`; did you mean `Statement`?"},
        {"{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"allow\"}]}",
         "a statement of a policy has the `Effect` `Allow` or `Deny`"},
        {"{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Resource\": "
         "\"*\"}]}",
         "a statement of a policy has either an `Action` or a `NotAction`"},
        {"{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": "
         "\"ec2\", \"Resource\": \"*\"}]}",
         "`ec2` is no action: one is written `ec2:StopInstances`"},
        {"{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": "
         "\"ec2:*\"}]}",
         "a statement of a policy has either a `Resource` or a `NotResource`"},
        {"{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": [1], "
         "\"Resource\": \"*\"}]}",
         "the `Action` of a policy is a text or a list of texts"},
        {"{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Actoin\": \"*\", "
         "\"Resource\": \"*\"}]}",
         "a statement of a policy has no `Actoin`; did you mean `Action`?"},
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        refuses(HAD_TYPE_POLICY, TEXT, bad[i].text, bad[i].message, NULL);
}

/* ---- words and alternatives ---- */

static void words_of_a_closed_set(void **state)
{
    (void)state;
    const struct had_type *edition = row("directory", "edition");
    accepts_text(edition, WORD, "hybrid", "hybrid");
    accepts_text(edition, TEXT, "hybrid", "hybrid");
    struct had_diag *d =
        refuses_type(edition, WORD, HAD_STR("enterprize"), "`edition` of directory",
                     "`edition` of directory is `standard`, `enterprise` or `hybrid`, not "
                     "`enterprize`",
                     "enterprise");
    assert_true(had_str_is(d->help, "did you mean `enterprise`?"));
    refuses_type(edition, WORD, HAD_STR("basic"), "",
                 "this is `standard`, `enterprise` or `hybrid`, not `basic`", NULL);
    accepts_text(row("forest", "level"), LITERAL, "2012r2", "2012r2");
    accepts_text(row("link", "mtu"), LITERAL, "1500", "1500");
    accepts(HAD_TYPE_MFA, WORD, "always", "always");
    refuses(HAD_TYPE_MFA, WORD, "alwys", "this is `always`, `context` or `never`, not `alwys`",
            "always");
    accepts_text(row("waive", ""), WORD, "SSO020", "SSO020");
    refuses_type(row("waive", ""), WORD, HAD_STR("sso20"), "",
                 "the code of a rule looks like `SSO020`, `HAD0301` or `F1`; this is `sso20`",
                 NULL);
    accepts_text(row("endpoint", ""), WORD, "s3", "s3");
    accepts_text(row("endpoint", ""), TEXT, "com.amazonaws.eu-west-1.ssm",
                 "com.amazonaws.eu-west-1.ssm");
    struct had_value v;
    assert_true(read_as(edition, WORD, HAD_STR("hybrid"), "", &v));
    assert_int_equal(v.tag, HAD_VALUE_TEXT);
    assert_int_equal(v.type, HAD_TYPE_WORD);
}

static void alternatives_go_by_what_was_written(void **state)
{
    (void)state;
    struct had_value v;
    const struct had_type *targets = row("forward", "targets")->element;
    assert_true(read_as(targets, LITERAL, HAD_STR("10.0.0.1"), "", &v));
    assert_int_equal(v.tag, HAD_VALUE_IP);
    assert_int_equal(v.type, HAD_TYPE_IP);
    assert_true(read_as(targets, LITERAL, HAD_STR("10.0.0.1:5353"), "", &v));
    assert_int_equal(v.tag, HAD_VALUE_IP_PORT);
    refuses_type(targets, LITERAL, HAD_STR("10.0.0.256"), "",
                 "the numbers of an IPv4 address are 0 to 255, not 256", NULL);
    refuses_type(targets, LITERAL, HAD_STR("10.0.0.1:99999"), "",
                 "the port of an address is 1 to 65535", NULL);
    const struct had_type *range = row("route", "");
    assert_true(read_as(range, LITERAL, HAD_STR("10.0.0.0/8"), "", &v));
    assert_int_equal(v.tag, HAD_VALUE_CIDR);
    assert_true(read_as(range, TEXT, HAD_STR("pl-0123456789abcdef0"), "", &v));
    assert_int_equal(v.tag, HAD_VALUE_TEXT);
    refuses_type(range, LITERAL, HAD_STR("10.0.0.0/40"), "",
                 "the prefix length of an IPv4 range is 0 to 32", NULL);
    /* Only references are left, and a literal is none. */
    refuses_type(targets, WORD, HAD_STR("corp"), "`targets`",
                 "`targets` takes an address such as `10.0.0.1`, an address with a port such as "
                 "`10.0.0.1:53` or a reference such as `forest NAME`, not `corp`",
                 NULL);
    /* One element stands for a list. */
    assert_true(read_as(row("site", "dns"), LITERAL, HAD_STR("10.0.0.1"), "", &v));
    assert_int_equal(v.tag, HAD_VALUE_IP);
}

static void what_is_no_literal_is_refused(void **state)
{
    (void)state;
    refuses(HAD_TYPE_SECRET, TEXT, "hunter2",
            "this takes a secret such as `secret(\"ad/admin\")`, not `\"hunter2\"`", NULL);
    refuses_type(had_kind_find(HAD_STR("account"))->clauses[0].type, TEXT, HAD_STR("x"), "",
                 "this takes a reference such as `ou NAME`, not `\"x\"`", NULL);
    refuses_type(row("spec", "tags"), TEXT, HAD_STR("x"), "`tags`",
                 "`tags` takes a body in braces, not `\"x\"`", NULL);
}

static void long_texts_are_cut_in_messages(void **state)
{
    (void)state;
    char text[400];
    for (size_t i = 0; i + 1 < sizeof text; i += 2) {
        text[i] = '\xc3';
        text[i + 1] = '\xa9';
    }
    struct had_value v;
    assert_false(read_as(&had_types[HAD_TYPE_INT], TEXT, (had_str){text, sizeof text}, "", &v));
    had_str message = diags.items.items[diags.items.count - 1]->message;
    assert_true(message.len < 120);
    assert_true(had_str_ends(message, "\xc3\xa9…\"`"));
}

/* ---- properties ---- */

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void addresses_and_ranges_come_back_from_their_text(void **state)
{
    (void)state;
    uint64_t seed = 20270331;
    for (int i = 0; i < 4000; i++) {
        if (i % 500 == 0)
            fresh(NULL);
        struct had_ip ip = {.family = i % 2 ? 6 : 4};
        int bytes = ip.family == 6 ? 16 : 4;
        for (int b = 0; b < bytes; b++)
            ip.bytes[b] = next(&seed) % 3 ? (uint8_t)next(&seed) : 0; /* runs of zeros */
        struct had_value v;
        had_str text = had_ip_text(&arena, ip);
        assert_true(read_as(&had_types[HAD_TYPE_IP], LITERAL, text, "", &v));
        assert_int_equal(had_ip_cmp(v.ip, ip), 0);
        assert_true(had_str_eq(v.text, text));
        struct had_cidr cidr = {ip, (uint8_t)(next(&seed) % (had_ip_bits(ip) + 1u))};
        bool host_bits = had_cidr_has_host_bits(cidr);
        bool good =
            read_as(&had_types[HAD_TYPE_CIDR], LITERAL, had_cidr_text(&arena, cidr), "", &v);
        assert_int_equal(good, !host_bits);
        if (good) {
            assert_true(had_cidr_eq(v.cidr, cidr));
            continue;
        }
        /* The fix is a range that is accepted and holds the address. */
        struct had_diag *d = diags.items.items[diags.items.count - 1];
        had_str fix = d->fixes.items[0].edits.items[0].text;
        assert_true(read_as(&had_types[HAD_TYPE_CIDR], LITERAL, fix, "", &v));
        assert_true(had_cidr_contains_ip(v.cidr, ip));
        assert_int_equal(v.cidr.length, cidr.length);
    }
}

static void quantities_come_back_from_their_text(void **state)
{
    (void)state;
    uint64_t seed = 7;
    struct had_value v;
    for (int i = 0; i < 3000; i++) {
        if (i % 500 == 0)
            fresh(NULL);
        int64_t number = (int64_t)(next(&seed) >> (16 + next(&seed) % 44));
        assert_true(read_as(&had_types[HAD_TYPE_DURATION], LITERAL,
                            had_duration_text(&arena, number), "", &v));
        assert_true(v.number == number);
        int64_t size = (number % 100000 + 1) << 20;
        assert_true(
            read_as(&had_types[HAD_TYPE_SIZE], LITERAL, had_size_text(&arena, size), "", &v));
        assert_true(v.number == size);
        int64_t rate = (number % 100000 + 1) * 1000000;
        assert_true(
            read_as(&had_types[HAD_TYPE_RATE], LITERAL, had_rate_text(&arena, rate), "", &v));
        assert_true(v.number == rate);
    }
}

static void every_day_comes_back_from_its_text(void **state)
{
    (void)state;
    int64_t days;
    had_str before = HAD_STR("1969-12-31");
    for (int64_t day = 0; day < 365 * 140; day++) {
        if (day % 4000 == 0 && day) {
            char copy[16] = {0};
            memcpy(copy, before.ptr, before.len);
            fresh(NULL);
            before = had_str_dup(&arena, had_str_c(copy));
        }
        had_str text = had_date_text(&arena, day);
        assert_true(had_date_parse(text, &days));
        assert_true(days == day);
        assert_true(had_str_cmp(before, text) < 0);
        before = text;
    }
    assert_true(had_date_parse(HAD_STR("9999-12-31"), &days));
    assert_true(had_str_is(had_date_text(&arena, days), "9999-12-31"));
}

/* Whatever the text, a type either gives a value or says one sentence; a canonical text is its own.
 */
static void no_text_surprises_a_type(void **state)
{
    (void)state;
    static const char pieces[] = "0123456789abcdefhmsMGTpsib.:/-[],=+\\\"'# @_{}$\n\xc3\xbc*;<>";
    uint64_t seed = 99;
    for (int i = 0; i < 20000; i++) {
        if (i % 200 == 0)
            fresh(NULL);
        char text[24];
        uint32_t len = (uint32_t)(next(&seed) % sizeof text);
        for (uint32_t c = 0; c < len; c++)
            text[c] = pieces[next(&seed) % (sizeof pieces - 1)];
        enum had_base base = (enum had_base)(1 + next(&seed) % HAD_TYPE_DATA);
        int spelling = (int)(next(&seed) % 3);
        struct had_value v, again;
        if (!read_as(&had_types[base], spelling, (had_str){text, len}, "`x`", &v))
            continue;
        assert_int_not_equal(v.tag, HAD_VALUE_ABSENT);
        if (!read_as(&had_types[base], TEXT, v.text, "", &again))
            fail_msg("%s refuses its own %.*s", had_base_name(base), HAD_ARG(v.text));
        assert_true(had_str_eq(v.text, again.text));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, gone)
    const struct CMUnitTest tests[] = {
        TEST(text_is_kept_as_written),
        TEST(lengths_and_patterns_speak_with_the_sentence_of_their_row),
        TEST(bools_are_two_words),
        TEST(numbers),
        TEST(durations),
        TEST(durations_in_templates_are_iso_8601),
        TEST(rates_and_sizes),
        TEST(dates),
        TEST(addresses),
        TEST(addresses_with_ports),
        TEST(ranges),
        TEST(fixes_are_offered_where_the_literal_stands),
        TEST(ports),
        TEST(services),
        TEST(words_for_active_directory_come_from_the_port_tables),
        TEST(bgp_numbers),
        TEST(account_ids),
        TEST(arns),
        TEST(domains),
        TEST(netbios_names),
        TEST(site_names),
        TEST(email_addresses),
        TEST(distinguished_names),
        TEST(regions_and_zones),
        TEST(images),
        TEST(paths),
        TEST(policies),
        TEST(words_of_a_closed_set),
        TEST(alternatives_go_by_what_was_written),
        TEST(what_is_no_literal_is_refused),
        TEST(long_texts_are_cut_in_messages),
        TEST(addresses_and_ranges_come_back_from_their_text),
        TEST(quantities_come_back_from_their_text),
        TEST(every_day_comes_back_from_its_text),
        TEST(no_text_surprises_a_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
