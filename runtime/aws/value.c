#include "aws/value.h"

#include <math.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back. */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct date {
    int64_t year;
    int month, day, weekday, hour, minute, second, micro;
};

static struct date date_of(int64_t micros)
{
    int64_t seconds = micros / 1000000, rest = micros % 1000000;
    if (rest < 0) {
        rest += 1000000;
        seconds--;
    }
    int64_t days = seconds / 86400, of_day = seconds % 86400;
    if (of_day < 0) {
        of_day += 86400;
        days--;
    }
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    int month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    int64_t weekday = (days + 4) % 7;
    return (struct date){
        .year = year_of_era + era * 400 + (month <= 2),
        .month = month,
        .day = (int)(of_year - (153 * shifted + 2) / 5 + 1),
        .weekday = (int)(weekday < 0 ? weekday + 7 : weekday),
        .hour = (int)(of_day / 3600),
        .minute = (int)(of_day / 60 % 60),
        .second = (int)(of_day % 60),
        .micro = (int)rest,
    };
}

static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct cursor {
    const char *at, *end;
};

static bool take(struct cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

static bool digits(struct cursor *c, int count, int *out)
{
    *out = 0;
    for (int i = 0; i < count; i++, c->at++) {
        if (c->at == c->end || *c->at < '0' || *c->at > '9')
            return false;
        *out = *out * 10 + (*c->at - '0');
    }
    return true;
}

static bool clock_of(struct cursor *c, int *hour, int *minute, int *second)
{
    return digits(c, 2, hour) && take(c, ':') && digits(c, 2, minute) && take(c, ':') &&
           digits(c, 2, second) && *hour < 24 && *minute < 60 && *second <= 60;
}

static bool parse_iso(had_str text, int64_t *micros)
{
    struct cursor c = {text.ptr, text.ptr + text.len};
    int year, month, day, hour = 0, minute = 0, second = 0;
    int64_t fraction = 0, offset = 0;
    if (!digits(&c, 4, &year) || !take(&c, '-') || !digits(&c, 2, &month) || !take(&c, '-') ||
        !digits(&c, 2, &day) || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    if (c.at != c.end) {
        if (!(take(&c, 'T') || take(&c, 't') || take(&c, ' ')) ||
            !clock_of(&c, &hour, &minute, &second))
            return false;
        if (take(&c, '.')) {
            int64_t unit = 100000;
            int d;
            if (!digits(&c, 1, &d))
                return false;
            do {
                fraction += d * unit;
                unit /= 10;
            } while (digits(&c, 1, &d));
        }
        if (!take(&c, 'Z') && !take(&c, 'z') && c.at != c.end) {
            int sign = *c.at == '-' ? -1 : 1, h, m;
            if (*c.at != '+' && *c.at != '-')
                return false;
            c.at++;
            if (!digits(&c, 2, &h))
                return false;
            take(&c, ':');
            if (!digits(&c, 2, &m))
                return false;
            offset = sign * (h * INT64_C(3600) + m * INT64_C(60));
        }
        if (c.at != c.end)
            return false;
    }
    int64_t seconds =
        days_of(year, month, day) * 86400 + hour * INT64_C(3600) + minute * INT64_C(60) + second;
    *micros = (seconds - offset) * 1000000 + fraction;
    return true;
}

static bool parse_rfc1123(had_str text, int64_t *micros)
{
    struct cursor c = {text.ptr, text.ptr + text.len};
    int64_t comma = had_str_find(text, ',');
    if (comma >= 0)
        c.at += comma + 1;
    while (take(&c, ' '))
        ;
    int day, year, hour, minute, second, month = 0;
    const char *start = c.at;
    if (!digits(&c, 2, &day)) {
        c.at = start; /* one digit */
        if (!digits(&c, 1, &day))
            return false;
    }
    if (!take(&c, ' ') && !take(&c, '-'))
        return false;
    for (int i = 0; i < 12 && c.end - c.at > 3; i++)
        if (memcmp(c.at, months[i], 3) == 0)
            month = i + 1;
    if (!month)
        return false;
    c.at += 3;
    if ((!take(&c, ' ') && !take(&c, '-')) || !digits(&c, 4, &year) || !take(&c, ' ') ||
        !clock_of(&c, &hour, &minute, &second) || day < 1 || day > 31)
        return false;
    *micros =
        (days_of(year, month, day) * 86400 + hour * INT64_C(3600) + minute * INT64_C(60) + second) *
        1000000;
    return true;
}

static bool parse_seconds(had_str text, int64_t *micros)
{
    char copy[64];
    if (!text.len || text.len >= sizeof copy)
        return false;
    for (uint32_t i = 0; i < text.len; i++)
        if (!strchr("0123456789+-.eE", text.ptr[i]))
            return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    char *end;
    double seconds = strtod(copy, &end);
    if (*end || !isfinite(seconds) || fabs(seconds) > 4e11)
        return false;
    *micros = (int64_t)llround(seconds * 1e6);
    return true;
}

bool had_aws_time_parse(had_str text, int64_t *micros)
{
    text = had_str_trim(text);
    return text.len &&
           (parse_iso(text, micros) || parse_seconds(text, micros) || parse_rfc1123(text, micros));
}

void had_aws_time_iso(struct had_buffer *out, int64_t micros)
{
    struct date d = date_of(micros);
    had_buffer_printf(out, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)d.year, d.month, d.day,
                      d.hour, d.minute, d.second);
    if (d.micro) {
        char fraction[16];
        int len = snprintf(fraction, sizeof fraction, ".%06d", d.micro);
        while (len > 1 && fraction[len - 1] == '0')
            len--;
        had_buffer_add(out, fraction, (size_t)len);
    }
    had_buffer_char(out, 'Z');
}

void had_aws_time_rfc1123(struct had_buffer *out, int64_t micros)
{
    struct date d = date_of(micros);
    had_buffer_printf(out, "%s, %02d %s %04lld %02d:%02d:%02d GMT", days[d.weekday], d.day,
                      months[d.month - 1], (long long)d.year, d.hour, d.minute, d.second);
}

void had_aws_time_basic(char out[17], int64_t seconds)
{
    struct date d = date_of(seconds * 1000000);
    struct had_buffer text = {0};
    had_buffer_printf(&text, "%04lld%02d%02dT%02d%02d%02dZ", (long long)d.year % 10000, d.month,
                      d.day, d.hour, d.minute, d.second);
    memcpy(out, text.ptr, 16);
    out[16] = '\0';
    had_buffer_free(&text);
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void had_aws_base64(struct had_buffer *out, const void *bytes, size_t len)
{
    const unsigned char *in = bytes;
    for (size_t i = 0; i < len; i += 3) {
        unsigned n = (unsigned)in[i] << 16;
        n |= i + 1 < len ? (unsigned)in[i + 1] << 8 : 0;
        n |= i + 2 < len ? in[i + 2] : 0;
        char four[4] = {alphabet[n >> 18 & 63], alphabet[n >> 12 & 63],
                        (char)(i + 1 < len ? alphabet[n >> 6 & 63] : '='),
                        (char)(i + 2 < len ? alphabet[n & 63] : '=')};
        had_buffer_add(out, four, 4);
    }
}

bool had_aws_base64_decode(struct had_buffer *out, had_str text)
{
    unsigned n = 0, have = 0, padding = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t')
            continue;
        const char *found = c ? strchr(alphabet, c) : NULL;
        if (c == '=')
            padding++;
        else if (!found || padding)
            return false;
        n = n << 6 | (found ? (unsigned)(found - alphabet) : 0);
        if (++have == 4) {
            char three[3] = {(char)(n >> 16 & 255), (char)(n >> 8 & 255), (char)(n & 255)};
            if (padding > 2)
                return false;
            had_buffer_add(out, three, 3 - padding);
            n = have = 0;
        }
    }
    return have == 0;
}

static bool unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void had_aws_percent(struct had_buffer *out, had_str text, const char *keep)
{
    static const char hex[] = "0123456789ABCDEF";
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        unsigned char byte = (unsigned char)c;
        if (unreserved(c) || (c && strchr(keep, c))) {
            had_buffer_char(out, c);
        } else {
            char three[3] = {'%', hex[byte >> 4], hex[byte & 15]};
            had_buffer_add(out, three, 3);
        }
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

had_str had_aws_percent_decode(struct had_arena *arena, had_str text)
{
    char *out = had_arena_alloc(arena, text.len + 1);
    uint32_t len = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '%' && i + 2 < text.len && hex_digit(text.ptr[i + 1]) >= 0 &&
            hex_digit(text.ptr[i + 2]) >= 0) {
            out[len++] = (char)(hex_digit(text.ptr[i + 1]) * 16 + hex_digit(text.ptr[i + 2]));
            i += 2;
        } else {
            out[len++] = text.ptr[i];
        }
    }
    return (had_str){out, len};
}

void had_aws_hex(char *out, const unsigned char *bytes, size_t len)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = hex[bytes[i] >> 4];
        out[2 * i + 1] = hex[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

void had_aws_real(struct had_buffer *out, double number)
{
    char text[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, number);
        if (strtod(text, NULL) >= number && strtod(text, NULL) <= number)
            break;
    }
    had_buffer_c(out, text);
}

void had_aws_uuid(char out[37])
{
    unsigned char bytes[16];
    char hex[33];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        had_out_of_memory(sizeof bytes); /* the generator has no entropy: nothing can go on */
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    had_aws_hex(hex, bytes, sizeof bytes);
    snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

had_str had_buffer_take(struct had_arena *arena, struct had_buffer *b)
{
    had_str copy = had_str_dup(arena, had_buffer_view(b));
    had_buffer_free(b);
    return copy;
}

had_str had_aws_json_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value)
               ? (had_str){json_string_value(value), (uint32_t)json_string_length(value)}
               : (had_str){0};
}
