/* Addresses, ranges, ports and BGP numbers. */
#include "schema/literals/reading.h"

#include <string.h>

/* Says what is wrong with the text of an address that had_ip_parse refused. */
static bool refuse_ip(struct had_reading *r, const struct had_code *code, had_str text)
{
    int64_t colon = had_str_find(text, ':');
    had_str host = had_str_slice(text, 0, colon < 0 ? 0 : (uint32_t)colon);
    struct had_ip ip;
    if (had_ip_parse(host, &ip)) {
        had_refuse(r, code, "this takes an address without a port");
        had_refuse_fix(r, false, host);
        return false;
    }
    if (colon >= 0)
        return had_refuse(r, code, "`" HAD_FMT "` is no IPv6 address",
                          HAD_ARG(had_reading_shown(r, text)));
    uint32_t numbers = 1;
    bool shape = text.len > 0;
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '.')
            numbers++;
        else if (!had_is_digit(text.ptr[i]))
            shape = false;
    }
    if (!shape)
        return had_refuse_type(r, code);
    if (numbers != 4)
        return had_refuse(r, code, "an IPv4 address has four numbers; this one has %u", numbers);
    for (uint32_t start = 0; start <= text.len;) {
        uint32_t end = start;
        while (end < text.len && text.ptr[end] != '.')
            end++;
        had_str number = had_str_slice(text, start, end);
        int64_t value;
        if (!number.len)
            return had_refuse(r, code, "an IPv4 address has four numbers; one is missing");
        if (number.len > 1 && number.ptr[0] == '0')
            return had_refuse(r, code,
                              "the numbers of an IPv4 address have no leading zeros, as `" HAD_FMT
                              "` has",
                              HAD_ARG(had_reading_shown(r, number)));
        if (!had_str_to_int(number, &value) || value > 255)
            return had_refuse(r, code, "the numbers of an IPv4 address are 0 to 255, not " HAD_FMT,
                              HAD_ARG(had_reading_shown(r, number)));
        start = end + 1;
    }
    return had_refuse_type(r, code);
}

static bool right_family(struct had_reading *r, const struct had_code *code, struct had_ip ip,
                         const char *noun)
{
    if (!r->type->family || r->type->family == ip.family)
        return true;
    return had_refuse(r, code, HAD_FMT " takes an IPv%d %s, not `" HAD_FMT "`", HAD_ARG(r->what),
                      r->type->family, noun, HAD_ARG(had_reading_shown(r, r->text)));
}

bool had_read_ip(struct had_reading *r)
{
    struct had_ip ip;
    int64_t slash = had_str_find(r->text, '/');
    if (slash > 0 && had_ip_parse(had_str_slice(r->text, 0, (uint32_t)slash), &ip)) {
        had_refuse(r, &HAD0209, HAD_FMT " takes one address, not the range `" HAD_FMT "`",
                   HAD_ARG(r->what), HAD_ARG(had_reading_shown(r, r->text)));
        had_refuse_fix(r, false, had_ip_text(r->arena, ip));
        return false;
    }
    if (!had_ip_parse(r->text, &ip))
        return refuse_ip(r, &HAD0209, r->text);
    if (!right_family(r, &HAD0209, ip, "address"))
        return false;
    r->out->tag = HAD_VALUE_IP;
    r->out->ip = ip;
    r->out->port = 0;
    r->out->text = had_ip_text(r->arena, ip);
    return true;
}

static bool port_of(had_str text, uint16_t *out)
{
    int64_t port;
    if (text.len > 5 || !had_str_to_int(text, &port) || port > 65535 ||
        (text.len > 1 && text.ptr[0] == '0'))
        return false;
    *out = (uint16_t)port;
    return true;
}

bool had_read_ip_port(struct had_reading *r)
{
    had_str text = r->text, host, port_text;
    if (text.len && text.ptr[0] == '[') {
        int64_t close = had_str_find(text, ']');
        if (close < 0 || close + 1 >= (int64_t)text.len || text.ptr[close + 1] != ':')
            return had_refuse(r, &HAD0209,
                              "an IPv6 address with a port is written "
                              "`\"[fd00::1]:53\"`");
        host = had_str_slice(text, 1, (uint32_t)close);
        port_text = had_str_slice(text, (uint32_t)close + 2, text.len);
    } else {
        int64_t colon = had_str_find(text, ':');
        struct had_ip bare;
        if (colon >= 0 && had_ip_parse(text, &bare))
            return had_refuse(r, &HAD0209,
                              "an IPv6 address with a port is written `\"[" HAD_FMT "]:53\"`",
                              HAD_ARG(had_ip_text(r->arena, bare)));
        if (colon < 0 && had_ip_parse(text, &bare))
            return had_refuse(r, &HAD0209, "an address with a port is written `" HAD_FMT ":53`",
                              HAD_ARG(text));
        if (colon < 0)
            return had_refuse_type(r, &HAD0209);
        host = had_str_slice(text, 0, (uint32_t)colon);
        port_text = had_str_slice(text, (uint32_t)colon + 1, text.len);
    }
    struct had_ip ip;
    uint16_t port;
    if (!had_ip_parse(host, &ip))
        return refuse_ip(r, &HAD0209, host);
    if (!right_family(r, &HAD0209, ip, "address"))
        return false;
    if (!port_of(port_text, &port) || port == 0)
        return had_refuse(r, &HAD0212, "the port of an address is 1 to 65535");
    r->out->tag = HAD_VALUE_IP_PORT;
    r->out->ip = ip;
    r->out->port = port;
    had_str canonical = had_ip_text(r->arena, ip);
    r->out->text = ip.family == 6
                       ? had_str_printf(r->arena, "[" HAD_FMT "]:%d", HAD_ARG(canonical), port)
                       : had_str_printf(r->arena, HAD_FMT ":%d", HAD_ARG(canonical), port);
    return true;
}

bool had_read_cidr(struct had_reading *r)
{
    had_str text = r->text;
    int64_t slash = had_str_find(text, '/');
    struct had_cidr cidr = {0};
    if (slash < 0) {
        if (!had_ip_parse(text, &cidr.base))
            return refuse_ip(r, &HAD0210, text);
        had_refuse(r, &HAD0210,
                   "a range has a prefix length, such as `" HAD_FMT "/%d` for this "
                   "address alone",
                   HAD_ARG(had_ip_text(r->arena, cidr.base)), had_ip_bits(cidr.base));
        had_refuse_fix(r, false,
                       had_str_printf(r->arena, HAD_FMT "/%d",
                                      HAD_ARG(had_ip_text(r->arena, cidr.base)),
                                      had_ip_bits(cidr.base)));
        return false;
    }
    had_str length_text = had_str_slice(text, (uint32_t)slash + 1, text.len);
    if (!had_ip_parse(had_str_slice(text, 0, (uint32_t)slash), &cidr.base))
        return refuse_ip(r, &HAD0210, had_str_slice(text, 0, (uint32_t)slash));
    int64_t length;
    if (!had_str_to_int(length_text, &length) || length > had_ip_bits(cidr.base) ||
        (length_text.len > 1 && length_text.ptr[0] == '0'))
        return had_refuse(r, &HAD0210, "the prefix length of an IPv%d range is 0 to %d",
                          cidr.base.family, had_ip_bits(cidr.base));
    cidr.length = (uint8_t)length;
    if (had_cidr_has_host_bits(cidr) && !r->type->host) {
        had_str range = had_cidr_text(r->arena, had_cidr_canonical(cidr));
        had_refuse(r, &HAD0211, "`" HAD_FMT "` has host bits set: the range is `" HAD_FMT "`",
                   HAD_ARG(had_reading_shown(r, text)), HAD_ARG(range));
        had_refuse_fix(r, true, range);
        return false;
    }
    if (!right_family(r, &HAD0210, cidr.base, "range"))
        return false;
    if (!had_reading_in_range(r, cidr.length, had_str_printf(r->arena, "%d", cidr.length)))
        return false;
    r->out->tag = HAD_VALUE_CIDR;
    r->out->cidr = cidr;
    r->out->text = had_cidr_text(r->arena, cidr);
    return true;
}

bool had_read_port_range(struct had_reading *r)
{
    int64_t dash = had_str_find(r->text, '-');
    had_str first_text = dash < 0 ? r->text : had_str_slice(r->text, 0, (uint32_t)dash);
    had_str last_text =
        dash < 0 ? first_text : had_str_slice(r->text, (uint32_t)dash + 1, r->text.len);
    if (!had_all_digits(first_text) || !had_all_digits(last_text))
        return had_refuse_type(r, &HAD0212);
    struct had_ports ports;
    if (!port_of(first_text, &ports.first) || !port_of(last_text, &ports.last))
        return had_refuse(r, &HAD0212, "a port is 0 to 65535");
    if (ports.first > ports.last) {
        had_refuse(r, &HAD0212, "the range " HAD_FMT " runs backwards", HAD_ARG(r->text));
        had_refuse_fix(r, true, had_str_printf(r->arena, "%d-%d", ports.last, ports.first));
        return false;
    }
    r->out->tag = HAD_VALUE_PORTS;
    r->out->ports = ports;
    r->out->text = ports.first == ports.last
                       ? had_str_printf(r->arena, "%d", ports.first)
                       : had_str_printf(r->arena, "%d-%d", ports.first, ports.last);
    return true;
}

/* Numbers that no network may announce: RFC 7607, RFC 6793 (AS_TRANS), RFC 7300. */
static const int64_t reserved_asn[] = {0, 23456, 65535, 4294967295};

bool had_read_asn(struct had_reading *r)
{
    int64_t asn, high, low;
    int64_t dot = had_str_find(r->text, '.');
    if (dot > 0 && had_str_to_int(had_str_slice(r->text, 0, (uint32_t)dot), &high) &&
        had_str_to_int(had_str_slice(r->text, (uint32_t)dot + 1, r->text.len), &low) &&
        high < 65536 && low < 65536) { /* RFC 5396, asdot */
        had_str plain = had_str_printf(r->arena, "%lld", (long long)(high * 65536 + low));
        had_refuse(r, &HAD0214, "an ASN is one number without a dot: `" HAD_FMT "`",
                   HAD_ARG(plain));
        had_refuse_fix(r, true, plain);
        return false;
    }
    if (!had_all_digits(r->text))
        return had_refuse_type(r, &HAD0214);
    if (r->text.len > 1 && r->text.ptr[0] == '0')
        return had_refuse(r, &HAD0214, "a number has no leading zeros");
    if (!had_str_to_int(r->text, &asn) || asn > 4294967295)
        return had_refuse(r, &HAD0214, "an ASN is 1 to 4294967294");
    for (size_t i = 0; i < sizeof reserved_asn / sizeof *reserved_asn; i++)
        if (asn == reserved_asn[i])
            return had_refuse(r, &HAD0214, HAD_FMT " is reserved", HAD_ARG(r->text));
    return had_reading_in_pattern(r, r->text) && had_reading_in_range(r, asn, r->text) &&
           had_reading_number(r, asn, r->text);
}
