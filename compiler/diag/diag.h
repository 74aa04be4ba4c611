/*
 * Findings. One record feeds the terminal, JSON and every other form: a permanent code, a severity, a
 * primary place, labelled further places, notes, help, machine-applicable fixes, the object's address
 * and the rule's source. Passes append; the driver sorts once at the end.
 *
 *     struct had_diag *d = had_report(diags, &HAD0301, span, "`%.*s` is not a kind", HAD_ARG(name));
 *     had_diag_label(d, other, "the other one");
 *     had_diag_help(d, "write `forest corp`");
 *
 * Messages are whole sentences without a final stop, words of the user stand in backticks, and the help
 * says what to do. A value that is the error node of an earlier finding is passed over in silence.
 */
#ifndef HAD_DIAG_DIAG_H
#define HAD_DIAG_DIAG_H

#include "base/array.h"
#include "base/buffer.h"
#include "source/source.h"

enum had_severity { HAD_INFO, HAD_WARNING, HAD_ERROR };

/* What is known of a code before anything fires. Language codes: diag/catalog.def; rules: check/. */
struct had_code {
    const char *code;           /* "HAD0301", "DC002": permanent, never reused */
    enum had_severity severity; /* by default */
    const char *title;          /* names the class of problem, without user names */
    const char *why;            /* one or more sentences */
    const char *help;           /* how to put it right, in general */
    const char *source;         /* where the fact comes from; NULL for language codes */
    bool hard;                  /* AWS or AD rejects it, or it is a language error: cannot be waived */
};

struct had_label {
    struct had_span span;
    had_str text;
};

struct had_edit {
    struct had_span span; /* empty span inserts */
    had_str text;
};

struct had_fix {
    had_str title;
    had_array(struct had_edit) edits;
    bool safe; /* keeps the meaning that was plainly intended: `check --fix` applies it */
};

struct had_diag {
    struct had_diags *owner;
    const struct had_code *code;
    enum had_severity severity;
    struct had_span span;
    had_str message;
    had_str address; /* of the object or node; may be empty */
    had_array(struct had_label) labels;
    had_array(struct had_label) flow; /* the way of what is lost, step by step: for SARIF */
    had_array(had_str) notes;
    had_str help;
    had_array(struct had_fix) fixes;
    uint32_t like_it; /* equal findings folded into this one: "and N like it" */
    had_str waived;   /* reason of the waiver that covers it; empty if none */
    bool is_waived;
    bool is_known; /* an earlier check, the baseline, has it: it is not counted */
};

struct had_diags {
    struct had_arena *arena;
    had_array(struct had_diag *) items;
    uint32_t errors;   /* unwaived findings of severity error so far */
    bool has_baseline; /* had_diags_baseline has compared them */
    struct had_diag *spare; /* what findings beyond HAD_DIAGS_MAX are written to and lost in */
};

enum { HAD_DIAGS_MAX = 200000 }; /* of one compilation: a flood must not take all memory */

struct had_diag *had_report(struct had_diags *diags, const struct had_code *code,
                            struct had_span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void had_diag_label(struct had_diag *d, struct had_span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void had_diag_step(struct had_diag *d, struct had_span span, had_str text); /* of .flow */
void had_diag_note(struct had_diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void had_diag_help(struct had_diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One edit; further edits of the same fix by had_diag_edit. Safe fixes are applied by `--fix`. */
void had_diag_fix(struct had_diag *d, bool safe, struct had_span span, had_str replacement,
                  const char *title, ...) __attribute__((format(printf, 5, 6)));
/* "did you mean …?" of the name that is nearest to `word`, with the fix that puts it at `span`; false
 * if none is near. */
bool had_diag_nearest(struct had_diag *d, struct had_span span, had_str word, const had_str *names,
                      uint32_t count);
void had_diag_edit(struct had_diag *d, struct had_span span, had_str replacement);
void had_diag_address(struct had_diag *d, had_str address);
/* Changes the severity of a finding and the owner's count with it. */
void had_diag_severity(struct had_diag *d, enum had_severity severity);
void had_diag_waive(struct had_diag *d, had_str reason);

/*
 * By file (in the order of loading), place, severity and code; drops doubles (same code, place, text). Of
 * one code HAD_CODE_MAX are kept, the last with the number of those left out: nobody reads more.
 */
enum { HAD_CODE_MAX = 1000 };
void had_diags_sort(struct had_diags *diags);

const char *had_severity_name(enum had_severity severity); /* "error" */

struct had_summary {
    uint32_t error, warning, info, waived, known;
};
struct had_summary had_diags_summary(const struct had_diags *diags);

/* ---- language codes ---- */
#define D(number, severity, title, why, help) extern const struct had_code HAD##number;
#include "diag/catalog.def"
#undef D
/* All language codes in order, NULL at the end. */
extern const struct had_code *const had_language_codes[];

/*
 * A file that could not be read, HAD0001 to HAD0009. `named` is the place that names it, if any; `file`
 * is its number where bytes of it were read (0 otherwise), so that a bad byte is shown where it stands.
 */
struct had_diag *had_report_source(struct had_diags *diags, struct had_span named, uint32_t file,
                                   had_str path, struct had_source_error error);

/*
 * Marks the findings that an earlier check has, told by their fingerprints: equal in code, object (or
 * file) and message, wherever they stand now. `text` is that check's JSON. NULL, or what is wrong with it.
 */
const char *had_diags_baseline(struct had_diags *diags, const struct had_sources *sources,
                               had_str text);

/* ---- forms ---- */
/* Adds a text that came from a spec or a file name as a terminal may get it: every character that would
 * drive it as `\u{…}`; newlines too. */
void had_buffer_safe(struct had_buffer *out, had_str text);
/*
 * Text for people; `colour` adds ANSI escapes. Waived and known findings are left out. Control characters and
 * bidirectional overrides from a spec are shown as escapes, never sent to a terminal.
 */
void had_render_text(struct had_buffer *out, const struct had_diags *diags,
                     const struct had_sources *sources, bool colour);
/* `path:line:column: severity code: message`, one a line. */
void had_render_short(struct had_buffer *out, const struct had_diags *diags,
                      const struct had_sources *sources);
/* The JSON document of the product page, pretty-printed, with a final newline. */
void had_render_json(struct had_buffer *out, const struct had_diags *diags,
                     const struct had_sources *sources, had_str spec_name);
/*
 * SARIF 2.1.0 with what code scanning on GitHub reads; `version` is that of the program. Waived findings
 * are suppressed results, known ones are unchanged.
 */
void had_render_sarif(struct had_buffer *out, const struct had_diags *diags,
                      const struct had_sources *sources, const char *version);
/* Workflow commands of GitHub Actions, one a line, which become annotations; errors first, as only a few are
 * shown. Without waived and known findings. */
void had_render_github(struct had_buffer *out, const struct had_diags *diags,
                       const struct had_sources *sources);
/* GitLab's code quality report. Without waived and known findings. */
void had_render_gitlab(struct had_buffer *out, const struct had_diags *diags,
                       const struct had_sources *sources);
/* A table for a comment of a pull request, worst first, cut where it gets long. Without waived and known findings. */
void had_render_markdown(struct had_buffer *out, const struct had_diags *diags,
                         const struct had_sources *sources, had_str spec_name);
/* JUnit's XML: an error is a failed test, a waived or known finding a skipped one, any other a passed one. */
void had_render_junit(struct had_buffer *out, const struct had_diags *diags,
                      const struct had_sources *sources);

#endif
