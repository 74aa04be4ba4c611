/*
 * What the readers of literals share. A reader looks at the text of a reading and either fills its
 * value or refuses it with one finding. With `diags` NULL it is silent: had_literal_fits asks so.
 */
#ifndef HAD_SCHEMA_LITERALS_READING_H
#define HAD_SCHEMA_LITERALS_READING_H

#include "schema/literal.h"

struct had_reading {
    struct had_arena *arena;
    const struct had_type *type;
    enum had_spelling spelling;
    had_str text;
    struct had_span span;
    had_str what; /* subject of a sentence: "`session` of permission-set", or "this" */
    struct had_diags *diags;
    struct had_diag *finding; /* the refusal, NULL while silent or content */
    struct had_value *out;
};

/* Reports the refusal; false, so that a reader can return it. */
bool had_refuse(struct had_reading *r, const struct had_code *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "`cost` takes a number, not `4h`", with the phrase of the type. */
bool had_refuse_type(struct had_reading *r, const struct had_code *code);
void had_refuse_help(struct had_reading *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/*
 * Offers `text` in place of what was written, in quotes where that was. Nothing is offered where
 * the place does not hold the literal itself: a value of a csv row or of a variable.
 */
void had_refuse_fix(struct had_reading *r, bool safe, had_str text);
/* A did-you-mean with its fix, if one of the candidates is near. */
void had_refuse_nearest(struct had_reading *r, const had_str *candidates, uint32_t count);

/* The text for a message: at most 60 characters. */
had_str had_reading_shown(struct had_reading *r, had_str text);
/* Fills the value: a text-like one with its canonical text. True. */
bool had_reading_text(struct had_reading *r, had_str canonical);
bool had_reading_number(struct had_reading *r, int64_t number, had_str canonical);
/* The row's own range and pattern; refuses with the row's sentence. `shown` is the value as it
 * reads. */
bool had_reading_in_range(struct had_reading *r, int64_t value, had_str shown);
bool had_reading_in_length(struct had_reading *r, had_str text);
bool had_reading_in_pattern(struct had_reading *r, had_str text);

bool had_all_digits(had_str text); /* false if empty */
bool had_is_letter(char c);
bool had_is_digit(char c);
uint32_t had_count_characters(had_str text);

/* Readers by type. */
bool had_read_int(struct had_reading *r);
bool had_read_duration(struct had_reading *r);
bool had_read_rate(struct had_reading *r);
bool had_read_size(struct had_reading *r);
bool had_read_date(struct had_reading *r);
bool had_read_ip(struct had_reading *r);
bool had_read_ip_port(struct had_reading *r);
bool had_read_cidr(struct had_reading *r);
bool had_read_port_range(struct had_reading *r);
bool had_read_asn(struct had_reading *r);
bool had_read_service(struct had_reading *r);
bool had_read_account_id(struct had_reading *r);
bool had_read_arn(struct had_reading *r);
bool had_read_domain(struct had_reading *r);
bool had_read_netbios(struct had_reading *r);
bool had_read_site_name(struct had_reading *r);
bool had_read_email(struct had_reading *r);
bool had_read_dn(struct had_reading *r);
bool had_read_zone(struct had_reading *r);
bool had_read_region(struct had_reading *r);
bool had_read_image(struct had_reading *r);
bool had_read_path(struct had_reading *r);
bool had_read_policy(struct had_reading *r);

#endif
