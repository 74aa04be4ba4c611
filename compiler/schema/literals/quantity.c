/* Numbers, durations, rates, sizes and dates. */
#include "schema/literals/reading.h"

bool had_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool had_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool had_all_digits(had_str text)
{
    for (uint32_t i = 0; i < text.len; i++)
        if (!had_is_digit(text.ptr[i]))
            return false;
    return text.len > 0;
}

static had_str without_zeros(had_str digits)
{
    while (digits.len > 1 && digits.ptr[0] == '0')
        digits = had_str_slice(digits, 1, digits.len);
    return digits;
}

bool had_read_int(struct had_reading *r)
{
    if (!had_all_digits(r->text)) {
        if (r->text.len > 1 && (r->text.ptr[0] == '-' || r->text.ptr[0] == '+') &&
            had_all_digits(had_str_slice(r->text, 1, r->text.len)))
            return had_refuse(r, &HAD0203, "a number has no sign");
        had_refuse_type(r, &HAD0203);
        had_refuse_help(r, "write decimal digits alone, such as `3`");
        return false;
    }
    if (r->text.len > 1 && r->text.ptr[0] == '0') {
        had_refuse(r, &HAD0203, "a number has no leading zeros");
        had_refuse_fix(r, true, without_zeros(r->text));
        return false;
    }
    int64_t number;
    if (!had_str_to_int(r->text, &number))
        return had_refuse(r, &HAD0203, "a number is below 2^63");
    return had_reading_in_range(r, number, r->text) && had_reading_number(r, number, r->text);
}

/* ---- durations ---- */

static const struct {
    char unit;
    int64_t seconds;
} units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
enum { UNITS = sizeof units / sizeof *units };

had_str had_duration_text(struct had_arena *arena, int64_t seconds)
{
    if (seconds <= 0)
        return HAD_STR("0s");
    struct had_buffer b = {0};
    for (int i = 0; i < UNITS; i++) {
        if (seconds / units[i].seconds)
            had_buffer_printf(&b, "%lld%c", (long long)(seconds / units[i].seconds), units[i].unit);
        seconds %= units[i].seconds;
    }
    had_str text = had_str_dup(arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return text;
}

had_str had_duration_iso8601(struct had_arena *arena, int64_t seconds)
{
    if (seconds <= 0)
        return HAD_STR("PT0S");
    struct had_buffer b = {0};
    had_buffer_char(&b, 'P');
    if (seconds / 86400)
        had_buffer_printf(&b, "%lldD", (long long)(seconds / 86400));
    seconds %= 86400;
    if (seconds)
        had_buffer_char(&b, 'T');
    for (int i = 1; i < UNITS; i++) {
        if (seconds / units[i].seconds)
            had_buffer_printf(&b, "%lld%c", (long long)(seconds / units[i].seconds),
                              units[i].unit - 'a' + 'A');
        seconds %= units[i].seconds;
    }
    had_str text = had_str_dup(arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return text;
}

bool had_read_duration(struct had_reading *r)
{
    had_str text = r->text;
    if (had_all_digits(text)) {
        had_refuse(r, &HAD0206,
                   "a duration has a unit: `" HAD_FMT "s`, `" HAD_FMT "m`, `" HAD_FMT
                   "h` or `" HAD_FMT "d`",
                   HAD_ARG(had_reading_shown(r, text)), HAD_ARG(had_reading_shown(r, text)),
                   HAD_ARG(had_reading_shown(r, text)), HAD_ARG(had_reading_shown(r, text)));
        return false;
    }
    int64_t seconds = 0;
    int last = -1;
    bool ordered = true, twice = false;
    uint32_t seen = 0;
    for (uint32_t at = 0; at < text.len;) {
        uint32_t start = at;
        while (at < text.len && had_is_digit(text.ptr[at]))
            at++;
        int64_t number;
        if (at == start || at - start > 12)
            return had_refuse_type(r, &HAD0206);
        had_str_to_int(had_str_slice(text, start, at), &number);
        int unit = 0;
        while (unit < UNITS && (at == text.len || text.ptr[at] != units[unit].unit))
            unit++;
        if (unit == UNITS || (at + 1 < text.len && !had_is_digit(text.ptr[at + 1]))) {
            had_refuse(r, &HAD0206,
                       "the units of a duration are `d`, `h`, `m` and `s`, as in `1h30m`");
            return false;
        }
        at++;
        ordered = ordered && unit > last;
        twice = twice || (seen & (1u << unit));
        seen |= 1u << unit;
        last = unit;
        seconds += number * units[unit].seconds; /* 10^12 days still fit */
    }
    if (!text.len)
        return had_refuse_type(r, &HAD0206);
    had_str canonical = had_duration_text(r->arena, seconds);
    if (!ordered) {
        had_refuse(r, &HAD0206,
                   "the units of a duration stand once each, the largest first: `" HAD_FMT "`",
                   HAD_ARG(canonical));
        had_refuse_fix(r, !twice, canonical);
        return false;
    }
    return had_reading_in_range(r, seconds, text) && had_reading_number(r, seconds, canonical);
}

/* ---- rates and sizes ---- */

struct unit {
    const char *name;
    int64_t factor;
};
static const struct unit rate_units[] = {{"Gbps", 1000000000}, {"Mbps", 1000000}};
static const struct unit size_units[] = {
    {"TiB", INT64_C(1) << 40}, {"GiB", INT64_C(1) << 30}, {"MiB", INT64_C(1) << 20}};
/* Units that people write and that mean something else than ours. */
static const struct unit other_units[] = {{"TB", 0}, {"GB", 0}, {"MB", 0}};

static had_str in_units(struct had_arena *arena, int64_t value, const struct unit *table,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (value && value % table[i].factor == 0)
            return had_str_printf(arena, "%lld%s", (long long)(value / table[i].factor),
                                  table[i].name);
    return had_str_printf(arena, "%lld%s", (long long)(value / table[count - 1].factor),
                          table[count - 1].name);
}

had_str had_rate_text(struct had_arena *arena, int64_t bits)
{
    return in_units(arena, bits, rate_units, sizeof rate_units / sizeof *rate_units);
}

had_str had_size_text(struct had_arena *arena, int64_t bytes)
{
    return in_units(arena, bytes, size_units, sizeof size_units / sizeof *size_units);
}

static bool read_unit(struct had_reading *r, const char *noun, const char *names,
                      const struct unit *table, uint32_t count, const char *usual)
{
    uint32_t digits = 0;
    while (digits < r->text.len && had_is_digit(r->text.ptr[digits]))
        digits++;
    had_str number_text = had_str_slice(r->text, 0, digits);
    had_str unit = had_str_slice(r->text, digits, r->text.len);
    int64_t number;
    if (!digits)
        return had_refuse_type(r, &HAD0207);
    if (!unit.len) {
        had_str better = had_str_printf(r->arena, HAD_FMT "%s", HAD_ARG(number_text), usual);
        had_refuse(r, &HAD0207, "a %s has a unit: `" HAD_FMT "`", noun,
                   HAD_ARG(had_reading_shown(r, better)));
        had_refuse_fix(r, false, better);
        return false;
    }
    if (unit.ptr[0] == '.')
        return had_refuse(r, &HAD0207, "a %s is a whole number of %s", noun, names);
    uint32_t at = 0;
    while (at < count && !had_str_is(unit, table[at].name))
        at++;
    if (at == count) {
        had_refuse(r, &HAD0207, "the units of a %s are %s", noun, names);
        for (uint32_t i = 0; i < count; i++)
            if (had_str_eq_nocase(unit, had_str_c(table[i].name)))
                had_refuse_fix(
                    r, true,
                    had_str_printf(r->arena, HAD_FMT "%s", HAD_ARG(number_text), table[i].name));
        for (uint32_t i = 0; i < 3 && table == size_units; i++)
            if (had_str_eq_nocase(unit, had_str_c(other_units[i].name)))
                had_refuse_fix(r, false,
                               had_str_printf(r->arena, HAD_FMT "%s", HAD_ARG(number_text),
                                              size_units[i].name));
        return false;
    }
    if (number_text.len > 1 && number_text.ptr[0] == '0') {
        had_refuse(r, &HAD0207, "a number has no leading zeros");
        had_refuse_fix(r, true,
                       had_str_printf(r->arena, HAD_FMT HAD_FMT,
                                      HAD_ARG(without_zeros(number_text)), HAD_ARG(unit)));
        return false;
    }
    if (!had_str_to_int(number_text, &number) || number > INT64_MAX / table[at].factor)
        return had_refuse(r, &HAD0207, "a %s is below 2^63", noun);
    if (number == 0)
        return had_refuse(r, &HAD0207, "a %s is more than nothing", noun);
    number *= table[at].factor;
    return had_reading_in_range(r, number, r->text) &&
           had_reading_number(r, number, in_units(r->arena, number, table, count));
}

bool had_read_rate(struct had_reading *r)
{
    return read_unit(r, "rate", "`Mbps` and `Gbps`", rate_units,
                     sizeof rate_units / sizeof *rate_units, "Mbps");
}

bool had_read_size(struct had_reading *r)
{
    return read_unit(r, "size", "`MiB`, `GiB` and `TiB`", size_units,
                     sizeof size_units / sizeof *size_units, "GiB");
}

/* ---- dates ---- */

static bool leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
static const char *const month_names[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};

static int days_of(int64_t year, int month)
{
    return month_days[month - 1] + (month == 2 && leap(year));
}

/* Days from 1970-01-01 to the first of January of `year`. */
static int64_t days_before(int64_t year)
{
    int64_t y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 - 719162;
}

struct date {
    int64_t year;
    int month, day;
};

/* Four, two and two digits with hyphens between, whether or not there is such a day. */
static bool date_shape(had_str text, struct date *out)
{
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-')
        return false;
    int64_t year, month, day;
    if (!had_str_to_int(had_str_slice(text, 0, 4), &year) ||
        !had_str_to_int(had_str_slice(text, 5, 7), &month) ||
        !had_str_to_int(had_str_slice(text, 8, 10), &day))
        return false;
    *out = (struct date){year, (int)month, (int)day};
    return true;
}

static int64_t days_since_1970(struct date d)
{
    int64_t days = days_before(d.year) + d.day - 1;
    for (int month = 1; month < d.month; month++)
        days += days_of(d.year, month);
    return days;
}

bool had_date_parse(had_str text, int64_t *days)
{
    struct date d;
    if (!date_shape(text, &d) || d.year < 1970 || d.month < 1 || d.month > 12 || d.day < 1 ||
        d.day > days_of(d.year, d.month))
        return false;
    *days = days_since_1970(d);
    return true;
}

had_str had_date_text(struct had_arena *arena, int64_t days)
{
    int64_t year = 1970 + days / 366; /* never too late; at most a few steps to go */
    while (days_before(year + 1) <= days)
        year++;
    days -= days_before(year);
    int month = 1;
    while (month < 12 && days >= days_of(year, month))
        days -= days_of(year, month++);
    return had_str_printf(arena, "%04lld-%02d-%02d", (long long)year, month, (int)days + 1);
}

bool had_read_date(struct had_reading *r)
{
    struct date d;
    if (!date_shape(r->text, &d))
        return had_refuse_type(r, &HAD0208);
    if (d.year < 1970)
        return had_refuse(r, &HAD0208, "a date is 1970-01-01 or later");
    if (d.month < 1 || d.month > 12)
        return had_refuse(r, &HAD0208, "the months of a year are 01 to 12");
    if (d.day < 1 || d.day > days_of(d.year, d.month))
        return had_refuse(r, &HAD0208, "%lld has no %d %s", (long long)d.year, d.day,
                          month_names[d.month - 1]);
    return had_reading_number(r, days_since_1970(d), r->text);
}
