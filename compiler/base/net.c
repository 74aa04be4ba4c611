#include "base/net.h"

#include <stdlib.h>
#include <string.h>

static bool parse4(had_str s, uint8_t out[4])
{
    uint32_t at = 0;
    for (int part = 0; part < 4; part++) {
        if (part && (at >= s.len || s.ptr[at++] != '.'))
            return false;
        uint32_t start = at, value = 0;
        while (at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9' && at - start < 4)
            value = value * 10 + (uint32_t)(s.ptr[at++] - '0');
        uint32_t digits = at - start;
        if (digits == 0 || digits > 3 || value > 255 || (digits > 1 && s.ptr[start] == '0'))
            return false;
        out[part] = (uint8_t)value;
    }
    return at == s.len;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool parse6(had_str s, uint8_t out[16])
{
    uint8_t head[16] = {0}, tail[16] = {0};
    uint32_t head_len = 0, tail_len = 0, at = 0;
    bool gap = false;
    if (s.len >= 2 && s.ptr[0] == ':' && s.ptr[1] == ':') {
        gap = true;
        at = 2;
    }
    while (at < s.len) {
        uint8_t *side = gap ? tail : head;
        uint32_t *len = gap ? &tail_len : &head_len;
        uint32_t start = at, value = 0;
        while (at < s.len && hex(s.ptr[at]) >= 0 && at - start < 5)
            value = value * 16 + (uint32_t)hex(s.ptr[at++]);
        if (at < s.len && s.ptr[at] == '.') { /* an IPv4 tail */
            if (head_len + tail_len + 4 > 16 ||
                !parse4(had_str_slice(s, start, s.len), side + *len))
                return false;
            *len += 4;
            break;
        }
        if (at == start || at - start > 4 || head_len + tail_len + 2 > 16)
            return false;
        side[(*len)++] = (uint8_t)(value >> 8);
        side[(*len)++] = (uint8_t)value;
        if (at == s.len)
            break;
        if (s.ptr[at] != ':')
            return false;
        at++;
        if (at < s.len && s.ptr[at] == ':') {
            if (gap)
                return false;
            gap = true;
            at++;
        } else if (at == s.len) {
            return false;
        }
    }
    uint32_t total = head_len + tail_len;
    if (gap ? total > 14 : total != 16)
        return false;
    memset(out, 0, 16);
    memcpy(out, head, head_len);
    memcpy(out + 16 - tail_len, tail, tail_len);
    return true;
}

bool had_ip_parse(had_str text, struct had_ip *out)
{
    struct had_ip ip = {0};
    if (had_str_find(text, ':') >= 0) {
        ip.family = 6;
        if (!parse6(text, ip.bytes))
            return false;
    } else {
        ip.family = 4;
        if (!parse4(text, ip.bytes))
            return false;
    }
    *out = ip;
    return true;
}

uint8_t had_ip_bits(struct had_ip ip)
{
    return ip.family == 6 ? 128 : 32;
}

int had_ip_cmp(struct had_ip a, struct had_ip b)
{
    if (a.family != b.family)
        return a.family < b.family ? -1 : 1;
    return memcmp(a.bytes, b.bytes, 16);
}

had_str had_ip_text(struct had_arena *arena, struct had_ip ip)
{
    if (ip.family != 6)
        return had_str_printf(arena, "%d.%d.%d.%d", ip.bytes[0], ip.bytes[1], ip.bytes[2],
                              ip.bytes[3]);
    uint32_t groups[8];
    for (int i = 0; i < 8; i++)
        groups[i] = (uint32_t)ip.bytes[2 * i] << 8 | ip.bytes[2 * i + 1];
    int best = -1, best_len = 1; /* RFC 5952: the longest run of two or more, the first of equals */
    for (int i = 0; i < 8; i++) {
        int n = 0;
        while (i + n < 8 && groups[i + n] == 0)
            n++;
        if (n > best_len) {
            best = i;
            best_len = n;
        }
    }
    struct had_buffer b = {0};
    for (int i = 0; i < 8; i++) {
        if (i == best) {
            had_buffer_c(&b, "::");
            i += best_len - 1;
            continue;
        }
        if (i && !(b.len && b.ptr[b.len - 1] == ':'))
            had_buffer_char(&b, ':');
        had_buffer_printf(&b, "%x", groups[i]);
    }
    had_str text = had_str_dup(arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return text;
}

had_str had_cidr_text(struct had_arena *arena, struct had_cidr cidr)
{
    return had_str_printf(arena, HAD_FMT "/%d", HAD_ARG(had_ip_text(arena, cidr.base)),
                          cidr.length);
}

static void mask(uint8_t bytes[16], uint8_t length, bool ones)
{
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t bit = i * 8;
        uint32_t keep = bit + 8 <= length ? 0xff
                        : bit >= length   ? 0
                                          : 0xff00u >> (length - bit) & 0xff;
        bytes[i] = (uint8_t)(ones ? bytes[i] | (~keep & 0xff) : bytes[i] & keep);
    }
}

struct had_cidr had_cidr_canonical(struct had_cidr cidr)
{
    mask(cidr.base.bytes, cidr.length, false);
    return cidr;
}

bool had_cidr_has_host_bits(struct had_cidr cidr)
{
    return had_ip_cmp(had_cidr_canonical(cidr).base, cidr.base) != 0;
}

int had_cidr_cmp(struct had_cidr a, struct had_cidr b)
{
    int order = had_ip_cmp(a.base, b.base);
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

bool had_cidr_eq(struct had_cidr a, struct had_cidr b)
{
    return had_cidr_cmp(a, b) == 0;
}

bool had_cidr_contains_ip(struct had_cidr outer, struct had_ip ip)
{
    if (outer.base.family != ip.family)
        return false;
    struct had_cidr at = {ip, outer.length};
    return had_ip_cmp(had_cidr_canonical(at).base, had_cidr_canonical(outer).base) == 0;
}

bool had_cidr_contains(struct had_cidr outer, struct had_cidr inner)
{
    return inner.length >= outer.length && had_cidr_contains_ip(outer, inner.base);
}

bool had_cidr_overlaps(struct had_cidr a, struct had_cidr b)
{
    return had_cidr_contains(a, b) || had_cidr_contains(b, a);
}

struct had_ip had_cidr_last(struct had_cidr cidr)
{
    struct had_ip last = cidr.base;
    mask(last.bytes, cidr.length, true);
    if (last.family == 4)
        memset(last.bytes + 4, 0, 12);
    return last;
}

/* Adds n << shift, counted from the last bit of the address; false on overflow. */
static bool add(struct had_ip *ip, uint64_t n, uint32_t shift)
{
    int last = ip->family == 6 ? 15 : 3;
    int at = last - (int)(shift / 8);
    /* The number may straddle byte borders: add it bit-shifted in pieces of eight. */
    uint32_t carry = 0, bits = shift % 8;
    uint32_t low = (uint32_t)((n << bits) & 0xff);
    uint64_t rest = bits ? n >> (8 - bits) : n >> 8;
    for (; at >= 0; at--) {
        uint32_t sum = ip->bytes[at] + low + carry;
        ip->bytes[at] = (uint8_t)sum;
        carry = sum >> 8;
        low = (uint32_t)(rest & 0xff);
        rest >>= 8;
    }
    return low == 0 && rest == 0 && carry == 0;
}

bool had_cidr_slice(struct had_cidr cidr, uint8_t length, uint64_t n, struct had_cidr *out)
{
    uint8_t bits = had_ip_bits(cidr.base);
    if (length < cidr.length || length > bits)
        return false;
    uint32_t room = (uint32_t)length - cidr.length;
    if (room < 64 && n >> room)
        return false;
    struct had_cidr piece = {cidr.base, length};
    if (!add(&piece.base, n, (uint32_t)bits - length))
        return false;
    *out = piece;
    return true;
}

bool had_cidr_host(struct had_cidr cidr, uint64_t n, struct had_ip *out)
{
    struct had_cidr piece;
    if (!had_cidr_slice(cidr, had_ip_bits(cidr.base), n, &piece))
        return false;
    *out = piece.base;
    return true;
}

static int compare(const void *a, const void *b)
{
    return had_cidr_cmp(*(const struct had_cidr *)a, *(const struct had_cidr *)b);
}

uint32_t had_cidr_aggregate(struct had_cidr *ranges, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        ranges[i] = had_cidr_canonical(ranges[i]);
    if (count)
        qsort(ranges, count, sizeof *ranges, compare);
    uint32_t n = 0; /* a stack of disjoint ranges, in order */
    for (uint32_t i = 0; i < count; i++) {
        if (n && had_cidr_contains(ranges[n - 1], ranges[i]))
            continue;
        ranges[n++] = ranges[i];
        /* Two halves of one range become that range, again and again. */
        while (n > 1 && ranges[n - 1].length == ranges[n - 2].length && ranges[n - 1].length > 0) {
            struct had_cidr whole = ranges[n - 2];
            whole.length--;
            if (had_cidr_has_host_bits(whole) || !had_cidr_contains(whole, ranges[n - 1]))
                break;
            ranges[n - 2] = whole;
            n--;
        }
    }
    return n;
}
