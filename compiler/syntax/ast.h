/*
 * The syntax tree of one file, made by the parser and never changed after it. Nodes live in the
 * compilation's arena; texts point into the source. Every node has its byte span. What a kind or a
 * name means is not known here: `had 1`, `import`, `waive` are ordinary blocks.
 */
#ifndef HAD_SYNTAX_AST_H
#define HAD_SYNTAX_AST_H

#include "base/array.h"
#include "base/str.h"
#include "source/span.h"

struct had_expr;
struct had_stmt;
struct had_body;

typedef had_array(struct had_expr *) had_exprs;
typedef had_array(struct had_stmt *) had_stmts;

/* A name as written, with its place. */
struct had_name {
    had_str text; /* empty if absent */
    struct had_span span;
};

enum had_expr_kind {
    HAD_EXPR_ERROR,   /* a syntax error was reported here: later passes stay silent */
    HAD_EXPR_REF,     /* [kind] a.b[key].c   or   kind "outside name" */
    HAD_EXPR_DOT,     /* .a.b: the candidate's value in `where` and in `distinct(set, .x)` */
    HAD_EXPR_LITERAL, /* digit-first word, or an IPv6 address: classified by the expected type */
    HAD_EXPR_STRING,  /* "…", '…' or """…""": pieces of text and values */
    HAD_EXPR_BOOL,
    HAD_EXPR_LIST,
    HAD_EXPR_CALL,   /* name(argument, …) */
    HAD_EXPR_SELECT, /* every KIND [of X] [except Y] [where COND] */
    HAD_EXPR_IF,     /* if C then A else B */
    HAD_EXPR_NOT,
    HAD_EXPR_BINARY,
    HAD_EXPR_GROUP, /* ( value ): kept for the formatter; sema looks through it */
};

enum had_operator { HAD_OR, HAD_AND, HAD_EQ, HAD_NE, HAD_LT, HAD_LE, HAD_GT, HAD_GE, HAD_WITHIN };

/* One step of a path behind its first name: `.name` or `[key]`. */
struct had_path_step {
    struct had_name name; /* of `.name` */
    struct had_expr *key; /* of `[key]`, else NULL */
    struct had_span span;
};

struct had_piece {
    had_str text;           /* escapes already replaced, in the arena; of a text piece */
    struct had_expr *value; /* of `${…}`, else NULL */
    struct had_span span;
};

enum had_quote { HAD_QUOTE_DOUBLE, HAD_QUOTE_SINGLE, HAD_QUOTE_BLOCK };

struct had_expr {
    enum had_expr_kind kind;
    struct had_span span;
    union {
        struct {
            struct had_name kind;  /* word before the path, if any */
            struct had_name first; /* first name; empty where `outside` is set */
            had_array(struct had_path_step) steps;
            struct had_expr *outside; /* kind "text": the string */
        } ref;
        struct {
            had_array(struct had_path_step) steps; /* names only */
        } dot;
        had_str literal;
        struct {
            enum had_quote quote;
            had_array(struct had_piece) pieces; /* none: the empty text */
            bool unterminated;                  /* reported by the lexer */
        } string;
        bool boolean;
        had_exprs list;
        struct {
            struct had_name name;
            had_exprs arguments;
        } call;
        struct {
            struct had_name kind;
            struct had_expr *of, *except, *where; /* each may be NULL */
        } select;
        struct {
            struct had_expr *condition, *then, *otherwise;
        } choice;
        struct had_expr *operand; /* of NOT and GROUP */
        struct {
            enum had_operator op;
            struct had_span op_span;
            struct had_expr *left, *right;
        } binary;
    } as;
};

enum had_preposition {
    HAD_IN,
    HAD_AT,
    HAD_ON,
    HAD_TO,
    HAD_FROM,
    HAD_WITH,
    HAD_VIA,
    HAD_AS,
    HAD_BECAUSE,
    HAD_UNTIL,
    HAD_BY,
    HAD_BETWEEN,
    HAD_PREPOSITIONS
};

struct had_clause {
    enum had_preposition preposition;
    struct had_span word; /* of the preposition */
    struct had_expr
        *value; /* primary or selection. `via direct-connect` is a REF without kind word;
                   `via resolver outbound` is a REF with one. `at region R`: REF with kind */
};

/* text, list of cidr, one of [a, b], optional of T, ref of [site, region], … */
struct had_type_expr {
    struct had_name name;
    struct had_type_expr *of; /* NULL if none */
    struct had_expr *words;   /* the list of `one of [..]` or `ref of [..]`, else NULL */
    struct had_span span;
};

struct had_body {
    struct had_span span; /* with its braces */
    had_stmts stmts;
};

enum had_stmt_kind {
    HAD_STMT_ERROR, /* a syntax error was reported here */
    HAD_STMT_ATTR,
    HAD_STMT_BLOCK,
    HAD_STMT_PARAM,
    HAD_STMT_LET,
    HAD_STMT_FOR,
    HAD_STMT_IF,
    HAD_STMT_REQUIRE,
    HAD_STMT_MODULE,
};

struct had_stmt {
    enum had_stmt_kind kind;
    struct had_span span;
    had_str
        doc; /* text of the `##` comments directly above, without the marks; lines joined by \n */
    union {
        struct {
            struct had_name name; /* text without quotes where it was a string */
            bool quoted;
            struct had_expr *value;
        } attr;
        struct {
            bool existing;
            struct had_name kind;
            struct had_expr *subject; /* NULL if none */
            had_array(struct had_clause) clauses;
            struct had_body *body; /* NULL if none */
            struct had_span head;  /* from the kind (or `existing`) to the last clause */
        } block;
        struct {
            struct had_name name;
            struct had_type_expr *type;
            struct had_expr *value; /* NULL if none */
        } param;
        struct {
            struct had_name name;
            struct had_expr *value;
        } let;
        struct {
            struct had_name variable;
            struct had_expr *source;
            struct had_body *body;
        } loop;
        struct {
            struct had_expr *condition;
            struct had_body *then, *otherwise; /* otherwise may be NULL */
        } branch;
        struct {
            struct had_expr *condition;
            struct had_expr *message; /* string or NULL */
        } require;
        struct {
            struct had_name name;
            struct had_body *body;
        } module;
    } as;
};

enum had_trivia_kind {
    HAD_TRIVIA_COMMENT, /* # … to the end of the line */
    HAD_TRIVIA_DOC,     /* ## … */
    HAD_TRIVIA_BLANK,   /* one or more empty lines */
};

struct had_trivia {
    enum had_trivia_kind kind;
    bool own_line; /* nothing but space before it on its line */
    struct had_span span;
};

struct had_file {
    uint32_t file; /* number for spans */
    had_stmts stmts;
    had_array(struct had_trivia) trivia; /* by offset */
    uint32_t edition;                    /* of `had 1`; 0 if missing */
    uint32_t depth;                      /* deepest nesting */
};

const char *had_preposition_word(enum had_preposition preposition); /* "in" */
const char *had_operator_word(enum had_operator op);                /* "==" */
/* Looks through parentheses. */
const struct had_expr *had_expr_inner(const struct had_expr *expr);
/* The text of a string without `${…}`; false if it has values or is no string. */
bool had_expr_plain_text(const struct had_expr *expr, had_str *out);
/* Bytes of common indent that each line of a """ block with text loses; `source` is the file's
 * text. */
uint32_t had_block_margin(had_str source, const struct had_expr *block);

#endif
