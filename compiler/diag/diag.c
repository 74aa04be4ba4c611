#include "diag/diag.h"

#include "base/map.h"

#include <stdlib.h>

#define D(number, severity_, title_, why_, help_)                                                  \
    const struct had_code HAD##number = {.code = "HAD" #number,                                    \
                                         .severity = HAD_##severity_,                              \
                                         .title = title_,                                          \
                                         .why = why_,                                              \
                                         .help = help_,                                            \
                                         .hard = HAD_##severity_ == HAD_ERROR};
#include "diag/catalog.def"
#undef D

const struct had_code *const had_language_codes[] = {
#define D(number, severity, title, why, help) &HAD##number,
#include "diag/catalog.def"
#undef D
    NULL};

struct had_diag *had_report(struct had_diags *diags, const struct had_code *code,
                            struct had_span span, const char *format, ...)
{
    if (diags->items.count >= HAD_DIAGS_MAX && !diags->spare)
        diags->spare = had_new(diags->arena, struct had_diag);
    bool lost = diags->items.count >= HAD_DIAGS_MAX;
    struct had_diag *d = lost ? diags->spare : had_new(diags->arena, struct had_diag);
    *d = (struct had_diag){0};
    d->owner = diags;
    d->code = code;
    d->severity = code->severity;
    d->span = span;
    if (d->severity == HAD_ERROR)
        diags->errors++;
    if (lost)
        return d;
    va_list args;
    va_start(args, format);
    d->message = had_str_vprintf(diags->arena, format, args);
    va_end(args);
    *had_push(diags->arena, &diags->items) = d;
    return d;
}

void had_diag_label(struct had_diag *d, struct had_span span, const char *format, ...)
{
    if (!had_span_known(span))
        return;
    va_list args;
    va_start(args, format);
    had_str text = had_str_vprintf(d->owner->arena, format, args);
    va_end(args);
    *had_push(d->owner->arena, &d->labels) = (struct had_label){span, text};
}

void had_diag_step(struct had_diag *d, struct had_span span, had_str text)
{
    *had_push(d->owner->arena, &d->flow) = (struct had_label){span, text};
}

void had_diag_note(struct had_diag *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    *had_push(d->owner->arena, &d->notes) = had_str_vprintf(d->owner->arena, format, args);
    va_end(args);
}

void had_diag_help(struct had_diag *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    d->help = had_str_vprintf(d->owner->arena, format, args);
    va_end(args);
}

void had_diag_fix(struct had_diag *d, bool safe, struct had_span span, had_str replacement,
                  const char *title, ...)
{
    struct had_fix *fix = had_push(d->owner->arena, &d->fixes);
    fix->safe = safe;
    va_list args;
    va_start(args, title);
    fix->title = had_str_vprintf(d->owner->arena, title, args);
    va_end(args);
    had_diag_edit(d, span, replacement);
}

bool had_diag_nearest(struct had_diag *d, struct had_span span, had_str word, const had_str *names,
                      uint32_t count)
{
    had_str near = had_str_nearest(word, names, count);
    if (!near.len)
        return false;
    had_diag_help(d, "did you mean `" HAD_FMT "`?", HAD_ARG(near));
    had_diag_fix(d, false, span, near, "use `" HAD_FMT "`", HAD_ARG(near));
    return true;
}

void had_diag_edit(struct had_diag *d, struct had_span span, had_str replacement)
{
    struct had_fix *fix = &d->fixes.items[d->fixes.count - 1];
    *had_push(d->owner->arena, &fix->edits) =
        (struct had_edit){span, had_str_dup(d->owner->arena, replacement)};
}

void had_diag_address(struct had_diag *d, had_str address)
{
    d->address = had_str_dup(d->owner->arena, address);
}

void had_diag_severity(struct had_diag *d, enum had_severity severity)
{
    if (!d->is_waived) {
        if (d->severity == HAD_ERROR)
            d->owner->errors--;
        if (severity == HAD_ERROR)
            d->owner->errors++;
    }
    d->severity = severity;
}

void had_diag_waive(struct had_diag *d, had_str reason)
{
    if (!d->is_waived && d->severity == HAD_ERROR)
        d->owner->errors--;
    d->is_waived = true;
    d->waived = had_str_dup(d->owner->arena, reason);
}

static int order(const struct had_diag *a, const struct had_diag *b)
{
    if (a->span.file != b->span.file)
        return a->span.file < b->span.file ? -1 : 1;
    if (a->span.start != b->span.start)
        return a->span.start < b->span.start ? -1 : 1;
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    int by = had_str_cmp(had_str_c(a->code->code), had_str_c(b->code->code));
    if (by)
        return by;
    return had_str_cmp(a->message, b->message);
}

static int compare(const void *a, const void *b)
{
    return order(*(struct had_diag *const *)a, *(struct had_diag *const *)b);
}

static void bound(struct had_diags *diags)
{
    struct had_map counts = {0}, last = {0};
    struct had_arena scratch = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; diags->items.count > HAD_CODE_MAX && i < diags->items.count; i++) {
        struct had_diag *d = diags->items.items[i];
        uint64_t *seen = had_map_get(&counts, (uintptr_t)d->code);
        uint64_t count = seen ? *seen : 0;
        had_map_put(&scratch, &counts, (uintptr_t)d->code, count + 1);
        if (count < HAD_CODE_MAX || d->is_waived) {
            had_map_put(&scratch, &last, (uintptr_t)d->code, (uintptr_t)d);
            diags->items.items[n++] = d;
        } else {
            struct had_diag *kept =
                (struct had_diag *)(uintptr_t)*had_map_get(&last, (uintptr_t)d->code);
            kept->like_it += d->like_it + 1;
        }
    }
    if (diags->items.count > HAD_CODE_MAX)
        diags->items.count = n;
    had_arena_free(&scratch);
}

void had_diags_sort(struct had_diags *diags)
{
    if (!diags->items.count)
        return;
    qsort(diags->items.items, diags->items.count, sizeof *diags->items.items, compare);
    uint32_t n = 1;
    for (uint32_t i = 1; i < diags->items.count; i++) {
        struct had_diag *d = diags->items.items[i];
        if (order(diags->items.items[n - 1], d) != 0)
            diags->items.items[n++] = d;
        else if (d->severity == HAD_ERROR && !d->is_waived)
            diags->errors--;
    }
    diags->items.count = n;
    bound(diags);
}

const char *had_severity_name(enum had_severity severity)
{
    static const char *const names[] = {"info", "warning", "error"};
    return names[severity];
}

struct had_summary had_diags_summary(const struct had_diags *diags)
{
    struct had_summary s = {0};
    for (uint32_t i = 0; i < diags->items.count; i++) {
        const struct had_diag *d = diags->items.items[i];
        if (d->is_waived)
            s.waived++;
        else if (d->is_known)
            s.known++;
        else if (d->severity == HAD_ERROR)
            s.error++;
        else if (d->severity == HAD_WARNING)
            s.warning++;
        else
            s.info++;
    }
    return s;
}
