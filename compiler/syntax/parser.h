/*
 * What scanner, token layout, grammar and error messages share; nobody outside syntax/ and grammar/
 * includes it. One struct had_parser lives for one call of had_parse:
 *
 *     text --had.l--> raw tokens, trivia --layout--> tokens --had.y--> tree
 *
 * Layout decides which newlines count, pairs brackets and mends what can be mended with certainty
 * (closing brackets, a comma between attributes of one line), so that one mistake gives one
 * finding.
 */
#ifndef HAD_SYNTAX_PARSER_H
#define HAD_SYNTAX_PARSER_H

#include "syntax/parse.h"

#include <stdlib.h>
#include <string.h>

enum {
    HAD_TOKENS_MAX = 4 * 1024 * 1024, /* tokens of one file */
    HAD_OPERATORS_MAX = 1000,    /* operators of one statement: bounds the depth of expressions */
    HAD_SYNTAX_ERRORS_MAX = 100, /* findings of the grammar for one file */
};

#define HAD_NO_TOKEN UINT32_MAX

enum had_token_flag {
    HAD_TOKEN_UNTERMINATED = 1, /* a string whose end is missing (reported) */
    HAD_TOKEN_ODD_NAME = 2,     /* a name with foreign characters or `-` at its end */
    HAD_TOKEN_INSERTED = 4,     /* not in the text: put there by layout */
    HAD_TOKEN_UNCLOSED = 8,     /* an opening bracket without its closing one (reported) */
    HAD_TOKEN_CUT = 16,         /* the end of a statement that stops too early: stands as UNKNOWN */
};

struct had_token {
    uint32_t start, end;
    uint32_t link; /* bracket: its partner; NEWLINE and COMMA: the bracket around, or none;
                      NEWLINE before layout: width of the next line's indent */
    uint8_t kind;  /* HAD_T_… of had.tab.h */
    uint8_t flags;
};

struct had_tokens {
    struct had_token *items; /* malloc */
    uint32_t count, room;
};

/* The scanner's states; had.l has a start condition for each. */
enum had_lex_state { HAD_LEX_CODE, HAD_LEX_TEXT, HAD_LEX_LINES };

/* A string or a `${` that is open while scanning. */
struct had_lex_frame {
    enum had_lex_state state;
    uint32_t token;  /* its first token */
    uint32_t start;  /* its offset */
    uint32_t braces; /* plain braces open inside a `${` */
    uint32_t notes;  /* findings before it */
};

enum had_lex_note_kind {
    HAD_NOTE_UNTERMINATED,
    HAD_NOTE_UNTERMINATED_RAW,
    HAD_NOTE_INTERPOLATION,
    HAD_NOTE_CONTROL,
    /* Scanning ends with these. */
    HAD_NOTE_UNTERMINATED_BLOCK,
    HAD_NOTE_TOO_DEEP,
    HAD_NOTE_TOO_MANY,
};

struct had_lex_note {
    enum had_lex_note_kind kind;
    struct had_span span;
};

/* `##` lines directly above the token at `start`. */
struct had_doc {
    uint32_t start;        /* offset of the token */
    uint32_t first, count; /* in the file's trivia */
};

struct had_keyword_slot {
    uint64_t word; /* its bytes, zero behind them */
    uint8_t token;
};

struct had_lexer {
    struct had_arena *arena; /* of the trivia */
    struct had_arena *scratch;
    struct had_file *file;
    had_str text;
    uint32_t at, next; /* offsets of the token at hand and of what follows */
    struct had_tokens tokens;
    struct had_keyword_slot keywords[128];
    had_array(struct had_lex_frame) frames;
    had_array(struct had_lex_note) notes;
    had_array(struct had_doc) docs;
    uint32_t doc_first, doc_count; /* pending `##` lines */
    bool own_line;                 /* only space so far on this line */
    bool truncated;                /* the rest of the file was not scanned (reported) */
    bool done;
};

struct had_parser {
    struct had_arena *arena;
    struct had_arena scratch;
    const struct had_sources *sources;
    struct had_diags *diags;
    struct had_file *file;
    uint32_t number; /* of the file */
    had_str text;
    struct had_lexer lexer;
    struct had_tokens tokens; /* after layout */
    uint32_t next;            /* the token that the grammar reads next */
    uint32_t current;         /* the one that it read last */
    uint32_t errors;          /* findings of the grammar */
    uint32_t brackets;        /* findings about brackets */
};

/* ---- had.l ---- */
void had_lexer_scan(struct had_lexer *lexer, char *copy, size_t size);

/* ---- lexer_support.c: called by had.l ---- */
enum had_lex_state had_lexer_state(const struct had_lexer *lexer);
void had_lexer_step(struct had_lexer *lexer, uint32_t length);
void had_lexer_push(struct had_lexer *lexer, int kind);
void had_lexer_word(struct had_lexer *lexer, const char *text, uint32_t length);
void had_lexer_comment(struct had_lexer *lexer, const char *text, uint32_t length);
void had_lexer_newline(struct had_lexer *lexer, const char *text, uint32_t length);
void had_lexer_control(struct had_lexer *lexer, const char *text, uint32_t length);
/* Length of an unterminated raw string without the brackets at the line's end. */
uint32_t had_lexer_raw_end(struct had_lexer *lexer, const char *text, uint32_t length);
void had_lexer_open(struct had_lexer *lexer, enum had_lex_state state);
void had_lexer_close(struct had_lexer *lexer, int kind);
void had_lexer_brace_open(struct had_lexer *lexer);
bool had_lexer_brace_close(struct had_lexer *lexer);  /* true if it ended a `${` */
bool had_lexer_inside(const struct had_lexer *lexer); /* where a line must not end */
void had_lexer_line_end(struct had_lexer *lexer, uint32_t end);
void had_lexer_block_end(struct had_lexer *lexer);
void had_lexer_finish(struct had_lexer *lexer);

/* ---- lexer_support.c: called by parse.c ---- */
void had_lexer_init(struct had_lexer *lexer, struct had_arena *arena, struct had_arena *scratch,
                    struct had_file *file, had_str text);
/* The keyword's token, or 0. */
int had_keyword_token(const struct had_lexer *lexer, had_str word);

/* ---- layout.c ---- */
void had_layout(struct had_parser *p);

/* ---- messages.c ---- */
const char *had_token_name(int kind); /* "NAME", "LBRACE": for dumps */
void had_report_notes(struct had_parser *p);
void had_report_unclosed(struct had_parser *p, const struct had_token *open, const char *help);
void had_report_stray(struct had_parser *p, const struct had_token *close);
void had_report_too_deep(struct had_parser *p, struct had_span span, const char *what);
void had_report_hidden(struct had_parser *p);
/* A token that the grammar is given with a finding: an inserted comma, an odd name, an unknown one.
 */
void had_report_token(struct had_parser *p, uint32_t index);
void had_report_syntax(struct had_parser *p, uint32_t index, const uint64_t expected[2]);

/* ---- parse.c ---- */
/* Scans and lays out; what had_parse and the dump of tokens have in common. */
void had_parser_read(struct had_parser *p, struct had_arena *arena,
                     const struct had_sources *sources, uint32_t number, struct had_diags *diags);
void had_parser_release(struct had_parser *p);

/* ---- parse.c: called by had.y ---- */
int had_parser_next(struct had_parser *p, struct had_span *span);
void had_parser_unexpected(struct had_parser *p, const uint64_t expected[2]);
void had_parser_too_deep(struct had_parser *p, struct had_span span);
struct had_span had_parser_skipped(const struct had_parser *p, struct had_span span);
had_str had_parser_text(const struct had_parser *p, struct had_span span);

/* ---- build.c: called by had.y ---- */
struct had_expr *had_make_expr(struct had_parser *p, enum had_expr_kind kind, struct had_span span);
struct had_stmt *had_make_stmt(struct had_parser *p, enum had_stmt_kind kind, struct had_span span);
struct had_name had_make_name(struct had_parser *p, struct had_span span);
struct had_name had_make_quoted_name(struct had_parser *p, const struct had_expr *string);
struct had_stmt *had_make_existing(struct had_parser *p, struct had_stmt *block,
                                   struct had_span word);
struct had_stmt *had_make_head(struct had_parser *p, struct had_span kind, struct had_expr *subject,
                               struct had_span span);
struct had_stmt *had_make_block(struct had_parser *p, struct had_stmt *block, struct had_body *body,
                                struct had_span head);
struct had_type_expr *had_make_type(struct had_parser *p, struct had_span name,
                                    struct had_type_expr *of, struct had_expr *words,
                                    struct had_span span);
struct had_expr *had_make_binary(struct had_parser *p, enum had_operator op, struct had_expr *left,
                                 struct had_span op_span, struct had_expr *right);
struct had_expr *had_make_kind(struct had_parser *p, struct had_expr *path, struct had_span kind);
struct had_expr *had_make_outside(struct had_parser *p, struct had_span kind,
                                  struct had_expr *string);
/* `.name` where `key` is NULL, else `[key]`; the step spans from `first` to `last`. */
struct had_expr *had_make_step(struct had_parser *p, struct had_expr *path, struct had_expr *key,
                               struct had_span first, struct had_span last);
struct had_expr *had_make_string(struct had_parser *p, enum had_quote quote, struct had_span span);
struct had_expr *had_make_piece(struct had_parser *p, struct had_expr *string,
                                struct had_expr *value, struct had_span span);
struct had_expr *had_make_pieces(struct had_parser *p, struct had_expr *string,
                                 enum had_quote quote, struct had_span span);

#endif
