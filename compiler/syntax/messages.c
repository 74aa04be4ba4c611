/* What the front end says about mistakes: expected things in groups, and the mistakes people make
 * often. */
#include "syntax/parser.h"

#include "had.tab.h"

#include "base/buffer.h"

#include <assert.h>
#include <stdio.h>

/* ---- names of tokens ---- */

static const struct {
    const char *name; /* in dumps */
    const char *word; /* as written; NULL where the text differs each time */
} tokens[] = {
    [HAD_T_END] = {"END", NULL},
    [HAD_T_NEWLINE] = {"NEWLINE", NULL},
    [HAD_T_UNKNOWN] = {"UNKNOWN", NULL},
    [HAD_T_NAME] = {"NAME", NULL},
    [HAD_T_LITERAL] = {"LITERAL", NULL},
    [HAD_T_STRING] = {"STRING", NULL},
    [HAD_T_RAW] = {"RAW", NULL},
    [HAD_T_STRING_OPEN] = {"STRING_OPEN", NULL},
    [HAD_T_TEXT] = {"TEXT", NULL},
    [HAD_T_STRING_CLOSE] = {"STRING_CLOSE", "\""},
    [HAD_T_BLOCK_OPEN] = {"BLOCK_OPEN", NULL},
    [HAD_T_BLOCK_CLOSE] = {"BLOCK_CLOSE", "\"\"\""},
    [HAD_T_INTERP_OPEN] = {"INTERP_OPEN", "${"},
    [HAD_T_INTERP_CLOSE] = {"INTERP_CLOSE", "}"},
    [HAD_T_LBRACE] = {"LBRACE", "{"},
    [HAD_T_RBRACE] = {"RBRACE", "}"},
    [HAD_T_LBRACKET] = {"LBRACKET", "["},
    [HAD_T_RBRACKET] = {"RBRACKET", "]"},
    [HAD_T_LPAREN] = {"LPAREN", "("},
    [HAD_T_RPAREN] = {"RPAREN", ")"},
    [HAD_T_COMMA] = {"COMMA", ","},
    [HAD_T_DOT] = {"DOT", "."},
    [HAD_T_COLON] = {"COLON", ":"},
    [HAD_T_EQUALS] = {"EQUALS", "="},
    [HAD_T_EQ] = {"EQ", "=="},
    [HAD_T_NE] = {"NE", "!="},
    [HAD_T_LT] = {"LT", "<"},
    [HAD_T_LE] = {"LE", "<="},
    [HAD_T_GT] = {"GT", ">"},
    [HAD_T_GE] = {"GE", ">="},
#define HAD_KEYWORD(word, token, role, instead) [HAD_T_##token] = {#token, word},
#include "keywords.def"
#undef HAD_KEYWORD
};

/* What a message offers to whoever wanted a reserved word as a name. */
static const char *const instead_of[sizeof tokens / sizeof *tokens] = {
#define HAD_KEYWORD(word, token, role, instead) [HAD_T_##token] = instead,
#include "keywords.def"
#undef HAD_KEYWORD
};

const char *had_token_name(int kind)
{
    return tokens[kind].name;
}

static bool is_keyword(uint8_t kind)
{
    return instead_of[kind] != NULL;
}

static struct had_span span_of(const struct had_parser *p, const struct had_token *token)
{
    return (struct had_span){p->number, token->start, token->end};
}

static struct had_span between(const struct had_parser *p, uint32_t start, uint32_t end)
{
    return (struct had_span){p->number, start, end};
}

/* Nothing but space from `start` to `end`: no comment would be lost by a fix. */
static bool only_space(const struct had_parser *p, uint32_t start, uint32_t end)
{
    for (uint32_t i = start; i < end; i++)
        if (!strchr(" \t\r\n", p->text.ptr[i]))
            return false;
    return true;
}

/* ---- the scanner's findings ---- */

static void report_note(struct had_parser *p, const struct had_lex_note *note)
{
    struct had_diag *d;
    switch (note->kind) {
    case HAD_NOTE_UNTERMINATED:
        d = had_report(p->diags, &HAD0103, note->span, "this string has no end on its line");
        had_diag_help(d, "close it with `\"`; a text of several lines stands between `\"\"\"`");
        return;
    case HAD_NOTE_UNTERMINATED_RAW:
        d = had_report(p->diags, &HAD0103, note->span, "this string has no end on its line");
        had_diag_help(d, "close it with `'`; a text that holds `'` stands between `\"`");
        return;
    case HAD_NOTE_UNTERMINATED_BLOCK:
        d = had_report(p->diags, &HAD0103, note->span, "this block of text has no end");
        had_diag_help(d, "close it with `\"\"\"` on a line of its own");
        return;
    case HAD_NOTE_INTERPOLATION:
        d = had_report(p->diags, &HAD0104, note->span, "`${` is not closed on its line");
        had_diag_help(d, "close it with `}`; write `\\$` for a dollar sign before a brace");
        return;
    case HAD_NOTE_CONTROL:
        d = had_report(p->diags, &HAD0116, note->span,
                       "the text holds the control character U+%04X",
                       (unsigned)(unsigned char)p->text.ptr[note->span.start]);
        had_diag_help(d, "delete it");
        return;
    case HAD_NOTE_TOO_DEEP:
        had_report_too_deep(p, note->span, "strings and `${…}`");
        return;
    case HAD_NOTE_TOO_MANY:
        d = had_report(p->diags, &HAD0108, note->span,
                       "this file has more than %d words and signs; what follows was not read",
                       HAD_TOKENS_MAX);
        had_diag_help(d, "split the file, and import its parts");
        return;
    }
}

void had_report_notes(struct had_parser *p)
{
    uint32_t count = p->lexer.notes.count;
    for (uint32_t i = 0; i < count && i < HAD_SYNTAX_ERRORS_MAX; i++)
        report_note(p, &p->lexer.notes.items[i]);
    /* The last one says that nothing follows: it is never left out. */
    if (count > HAD_SYNTAX_ERRORS_MAX)
        report_note(p, &p->lexer.notes.items[count - 1]);
}

/* Characters that show text in another order than it is read by a compiler. */
static void report_directions(struct had_parser *p)
{
    const char *at = p->text.ptr, *end = at + p->text.len;
    uint32_t found = 0;
    while (end - at >= 3 && found < HAD_SYNTAX_ERRORS_MAX) {
        at = memchr(at, 0xe2, (size_t)(end - at) - 2);
        if (!at)
            return;
        unsigned char second = (unsigned char)at[1], third = (unsigned char)at[2];
        bool embeds = second == 0x80 && third >= 0xaa && third <= 0xae;
        bool isolates = second == 0x81 && third >= 0xa6 && third <= 0xa9;
        if (embeds || isolates) {
            uint32_t start = (uint32_t)(at - p->text.ptr);
            struct had_diag *d =
                had_report(p->diags, &HAD0116, between(p, start, start + 3),
                           "the hidden character U+%04X turns the direction of text",
                           (unsigned)(0x2000 | ((second & 0x3fu) << 6) | (third & 0x3fu)));
            had_diag_help(d, "delete it; in a string write `\\u{…}` where it is really meant");
            had_diag_fix(d, false, d->span, (had_str){0}, "delete the hidden character");
            found++;
        }
        at++;
    }
}

/* A terminal shows what stands behind it over what stands before it. All of a file are one finding.
 */
static void report_returns(struct had_parser *p)
{
    const char *at = p->text.ptr, *end = at + p->text.len;
    struct had_diag *d = NULL;
    while (at < end && (at = memchr(at, '\r', (size_t)(end - at)))) {
        if (at + 1 == end || at[1] != '\n') {
            uint32_t start = (uint32_t)(at - p->text.ptr);
            if (d)
                d->like_it++;
            else
                d = had_report(p->diags, &HAD0116, between(p, start, start + 1),
                               "a carriage return stands without a line feed");
        }
        at++;
    }
    if (d)
        had_diag_help(d, "end lines with a line feed, alone or behind a carriage return");
}

void had_report_hidden(struct had_parser *p)
{
    if (!p->text.len)
        return;
    report_directions(p);
    report_returns(p);
}

/* ---- brackets ---- */

void had_report_unclosed(struct had_parser *p, const struct had_token *open, const char *help)
{
    if (++p->brackets > HAD_SYNTAX_ERRORS_MAX)
        return;
    struct had_diag *d = had_report(p->diags, &HAD0105, span_of(p, open), "`%s` is never closed",
                                    tokens[open->kind].word);
    const char *close = open->kind == HAD_T_LBRACE     ? "}"
                        : open->kind == HAD_T_LBRACKET ? "]"
                        : open->kind == HAD_T_LPAREN   ? ")"
                                                       : "}";
    if (help)
        had_diag_help(d, "write `%s`: %s", close, help);
    else
        had_diag_help(d, "write `%s` where it ends", close);
}

void had_report_stray(struct had_parser *p, const struct had_token *close)
{
    /* A bracket behind a string without its end was most likely text. */
    const struct had_tokens *before = &p->tokens;
    if (before->count && before->items[before->count - 1].flags & HAD_TOKEN_UNTERMINATED)
        return;
    if (++p->brackets > HAD_SYNTAX_ERRORS_MAX)
        return;
    struct had_diag *d = had_report(p->diags, &HAD0106, span_of(p, close), "`%s` closes nothing",
                                    tokens[close->kind].word);
    had_diag_help(d, "delete it, or write what it should close");
    had_diag_fix(d, false, d->span, (had_str){0}, "delete it");
}

void had_report_too_deep(struct had_parser *p, struct had_span span, const char *what)
{
    struct had_diag *d = had_report(p->diags, &HAD0107, span,
                                    "%s are nested too deeply; what follows was not read", what);
    had_diag_help(d,
                  "at most %d brackets stand inside each other, and at most %d operators in one "
                  "statement; name a part by `let`",
                  HAD_NESTING_MAX, HAD_OPERATORS_MAX);
}

/* ---- the grammar's findings ---- */

/* NULL once a file has had enough of them. */
static struct had_diag *report(struct had_parser *p, const struct had_code *code,
                               struct had_span span, had_str message)
{
    if (p->errors >= HAD_SYNTAX_ERRORS_MAX)
        return NULL;
    struct had_diag *d = had_report(p->diags, code, span, HAD_FMT, HAD_ARG(message));
    if (++p->errors == HAD_SYNTAX_ERRORS_MAX)
        had_diag_note(d, "further syntax errors of this file are not shown");
    return d;
}

#define REPORT(code, span, ...)                                                                    \
    report(p, &HAD##code, span, had_str_printf(p->diags->arena, __VA_ARGS__))

/* What is written instead of a character that the language lacks. */
static const struct {
    const char *written, *message, *help, *fix;
} unknown[] = {
    {"//", "`//` does not start a comment", "a comment starts with `#`", "#"},
    {"/", "`/` is no operator: there is no arithmetic", "`slice` and `host` divide ranges", NULL},
    {";", "`;` does not end a statement", "the end of the line does, and a comma on one line",
     NULL},
    {"+", "`+` is no operator: there is no arithmetic",
     "texts are joined by `\"${a}${b}\"`, lists by naming one inside the other: `[a, b]`", NULL},
    {"-", "`-` is no operator: there is no arithmetic",
     "a name may hold `-` but not begin with it, and there are no negative numbers", NULL},
    {"*", "`*` is no operator: there is no arithmetic", "every object of a kind is `every KIND`",
     NULL},
    {"%", "`%` is no operator: there is no arithmetic", "delete it", NULL},
    {"&", "`&` is no operator", "both of two conditions is `and`", NULL},
    {"|", "`|` is no operator", "one of two conditions is `or`", NULL},
    {"!", "`!` is no operator", "the opposite of a condition is `not`", NULL},
    {"?", "`?` is no operator", "a choice is `if … then … else …`", NULL},
    {"$", "`$` stands only in a string, as `${…}`", "outside a string the bare name is enough",
     NULL},
    {"`", "a backtick does not quote", "text stands between `\"` or `'`", NULL},
    {"\\", "`\\` stands only in a string",
     "Windows names stand between single quotes: `'CORP\\Admins'`", NULL},
    {"@", "`@` stands only in a string", "quote it: `\"team@example.com\"`", NULL},
};

static void report_unknown(struct had_parser *p, const struct had_token *token)
{
    had_str text = had_parser_text(p, span_of(p, token));
    for (uint32_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        if (!had_str_starts(text, unknown[i].written))
            continue;
        struct had_diag *d = REPORT(0102, span_of(p, token), "%s", unknown[i].message);
        if (!d)
            return;
        had_diag_help(d, "%s", unknown[i].help);
        if (unknown[i].fix)
            had_diag_fix(
                d, true,
                between(p, token->start, token->start + (uint32_t)strlen(unknown[i].written)),
                had_str_c(unknown[i].fix), "write `%s`", unknown[i].fix);
        return;
    }
    unsigned char c = text.len ? (unsigned char)text.ptr[0] : 0;
    struct had_diag *d;
    if (c < 0x20 || c == 0x7f)
        d = REPORT(0102, span_of(p, token), "the control character U+%04X is not text",
                   (unsigned)c);
    else
        d = REPORT(0102, span_of(p, token), "`" HAD_FMT "` means nothing here", HAD_ARG(text));
    if (d)
        had_diag_help(d, "delete it, or put it into quotes");
}

/* The character at `at`; the text is valid UTF-8, or any byte stands for itself. */
static uint32_t character(had_str text, uint32_t at)
{
    unsigned char c = (unsigned char)text.ptr[at];
    uint32_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
    uint32_t point = more == 3 ? c & 7u : more == 2 ? c & 15u : more == 1 ? c & 31u : c;
    for (uint32_t i = 1; i <= more && at + i < text.len; i++)
        point = point << 6 | ((unsigned char)text.ptr[at + i] & 63u);
    return point;
}

static void report_odd_name(struct had_parser *p, const struct had_token *token)
{
    had_str text = had_parser_text(p, span_of(p, token));
    uint32_t at = 0;
    while (at < text.len && (unsigned char)text.ptr[at] < 0x80)
        at++;
    struct had_diag *d;
    if (at == text.len) {
        d = REPORT(0118, span_of(p, token), "the name `" HAD_FMT "` ends with `-`", HAD_ARG(text));
        if (d)
            had_diag_help(d, "a `-` stands between the parts of a name");
        return;
    }
    uint32_t point = character(text, at);
    bool quote = point >= 0x2018 && point <= 0x201f;
    bool space = point == 0xa0 || (point >= 0x2000 && point <= 0x200b) || point == 0x202f ||
                 point == 0x3000 || point == 0xfeff;
    if (quote)
        d = REPORT(0118, span_of(p, token), "U+%04X is not a quotation mark of the language",
                   (unsigned)point);
    else if (space)
        d = REPORT(0118, span_of(p, token), "U+%04X looks like a space but is not one",
                   (unsigned)point);
    else
        d = REPORT(0118, span_of(p, token), "the name `" HAD_FMT "` holds U+%04X", HAD_ARG(text),
                   (unsigned)point);
    if (!d)
        return;
    if (quote)
        had_diag_help(d, "type `\"` or `'`");
    else if (space)
        had_diag_help(d, "type a plain space");
    else
        had_diag_help(d,
                      "names are made of the letters a to z, digits, `-` and `_`; put a name from "
                      "outside into quotes");
}

void had_report_token(struct had_parser *p, uint32_t index)
{
    const struct had_token *token = &p->tokens.items[index];
    if (token->flags & HAD_TOKEN_ODD_NAME) {
        report_odd_name(p, token);
        return;
    }
    if (token->flags & HAD_TOKEN_CUT) {
        const struct had_token *before = token - 1;
        struct had_diag *d =
            REPORT(0101, span_of(p, before), "the statement stops after `" HAD_FMT "`",
                   HAD_ARG(had_parser_text(p, span_of(p, before))));
        if (d)
            had_diag_help(d, "a value or name is missing there");
        return;
    }
    if (token->kind == HAD_T_UNKNOWN) {
        report_unknown(p, token);
        return;
    }
    if (token->kind == HAD_T_COMMA) {
        const struct had_token *after = token + 1;
        struct had_diag *d =
            REPORT(0111, span_of(p, after), "a comma is missing before `" HAD_FMT "`",
                   HAD_ARG(had_parser_text(p, span_of(p, after))));
        if (!d)
            return;
        had_diag_help(d, "statements on one line are separated by a comma");
        had_diag_fix(d, true, between(p, token->start, token->start), HAD_STR(","),
                     "add the comma");
    }
}

/* ---- the message of an unexpected token ---- */

struct unexpected {
    struct had_parser *p;
    const uint64_t *expected;
    const struct had_token *token, *before, *next; /* before is NULL at the start */
};

static bool may(const struct unexpected *u, int kind)
{
    return (u->expected[kind / 64] >> (kind % 64)) & 1;
}

static uint8_t kind_of(const struct had_token *token)
{
    return token ? token->kind : HAD_T_NEWLINE;
}

static bool is_comparison(uint8_t kind)
{
    return (kind >= HAD_T_EQ && kind <= HAD_T_GE) || kind == HAD_T_WITHIN;
}

static had_str words_of(const struct unexpected *u, const struct had_token *token)
{
    struct had_arena *arena = u->p->diags->arena;
    switch (token->kind) {
    case HAD_T_END:
        return HAD_STR("the end of the file");
    case HAD_T_NEWLINE:
        return HAD_STR("the end of the line");
    case HAD_T_STRING_OPEN:
    case HAD_T_STRING:
    case HAD_T_RAW:
        return HAD_STR("a string");
    case HAD_T_BLOCK_OPEN:
        return HAD_STR("a block of text");
    default:
        break;
    }
    had_str text = had_parser_text(u->p, span_of(u->p, token));
    if (text.len > 60)
        return token->kind == HAD_T_NAME ? HAD_STR("a name") : HAD_STR("a literal");
    return had_str_printf(arena, "`" HAD_FMT "`", HAD_ARG(text));
}

static void list_one(struct had_buffer *out, uint32_t *count, const char *what)
{
    /* At most four alternatives: a longer list is noise. The separator is settled at the end. */
    if (*count < 4) {
        if (*count)
            had_buffer_char(out, '\x1f');
        had_buffer_c(out, what);
    }
    (*count)++;
}

/* "a value, a comma or `]`" */
static had_str expected_words(const struct unexpected *u)
{
    struct had_buffer out = {0};
    uint32_t count = 0;
    bool statement = may(u, HAD_T_LET);
    bool value = may(u, HAD_T_LITERAL);
    if (statement)
        list_one(&out, &count, "a statement");
    else if (value && !may(u, HAD_T_NEWLINE))
        list_one(&out, &count, "a value");
    else if (value)
        list_one(&out, &count, "a name or value");
    else if (may(u, HAD_T_NAME) && !may(u, HAD_T_DOT)) /* else it would go on with a path */
        list_one(&out, &count, may(u, HAD_T_LBRACKET) ? "a name or a list" : "a name");
    else if (may(u, HAD_T_STRING) && !may(u, HAD_T_DOT))
        list_one(&out, &count, "a string");
    static const uint8_t signs[] = {HAD_T_EQUALS, HAD_T_COLON, HAD_T_THEN,
                                    HAD_T_ELSE,   HAD_T_OF,    HAD_T_LBRACE};
    for (uint32_t i = 0; i < sizeof signs && !statement; i++) {
        if (!may(u, signs[i]) || (signs[i] == HAD_T_OF && may(u, HAD_T_WHERE)))
            continue;
        char quoted[16];
        snprintf(quoted, sizeof quoted, "`%s`", tokens[signs[i]].word);
        list_one(&out, &count, quoted);
    }
    if (may(u, HAD_T_IN))
        list_one(&out, &count, may(u, HAD_T_AT) ? "a clause such as `in …`" : "`in`");
    if (may(u, HAD_T_AND))
        list_one(&out, &count, "an operator");
    if (!statement) {
        if (may(u, HAD_T_NEWLINE) && may(u, HAD_T_COMMA))
            list_one(&out, &count, may(u, HAD_T_RBRACKET) ? "a comma" : "the end of the statement");
        else if (may(u, HAD_T_COMMA))
            list_one(&out, &count, "a comma");
    }
    static const uint8_t closers[] = {HAD_T_RBRACE, HAD_T_RBRACKET, HAD_T_RPAREN,
                                      HAD_T_INTERP_CLOSE};
    for (uint32_t i = 0; i < sizeof closers; i++) {
        if (!may(u, closers[i]) || (closers[i] == HAD_T_RBRACE && may(u, HAD_T_NEWLINE)))
            continue;
        char quoted[16];
        snprintf(quoted, sizeof quoted, "`%s`", tokens[closers[i]].word);
        list_one(&out, &count, quoted);
    }
    assert(count);
    uint32_t shown = count < 4 ? count : 4;
    struct had_buffer words = {0};
    for (size_t i = 0; i < out.len; i++) {
        if (out.ptr[i] != '\x1f')
            had_buffer_char(&words, out.ptr[i]);
        else
            had_buffer_c(&words, --shown == 1 ? " or " : ", ");
    }
    had_str result = had_str_dup(u->p->diags->arena, had_buffer_view(&words));
    had_buffer_free(&out);
    had_buffer_free(&words);
    return result;
}

/* `else` and `{` belong to the line before. */
static bool wrong_line(const struct unexpected *u)
{
    struct had_parser *p = u->p;
    const struct had_token *late = NULL;
    /* Before a NEWLINE there is always a token. */
    const struct had_token *end =
        kind_of(u->before) == HAD_T_NEWLINE && u->before ? u->before - 1 : NULL;
    if (end && (u->token->kind == HAD_T_LBRACE ||
                (u->token->kind == HAD_T_ELSE && end->kind == HAD_T_RBRACE))) {
        late = u->token;
    } else if (u->token->kind == HAD_T_NEWLINE && u->next->kind == HAD_T_LBRACE &&
               may(u, HAD_T_LBRACE)) {
        late = u->next;
        end = u->before;
    }
    if (!late || !end)
        return false;
    struct had_diag *d;
    if (late->kind == HAD_T_ELSE) {
        d = REPORT(0112, span_of(p, late), "`else` stands on the line of the `}` before it");
        if (d)
            had_diag_help(d, "write `} else {` on one line");
    } else {
        d = REPORT(0112, span_of(p, late), "`{` stands at the end of the line that it belongs to");
        if (d)
            had_diag_help(d, "move it to the end of the line before");
    }
    if (d && only_space(p, end->end, late->start))
        had_diag_fix(d, true, between(p, end->end, late->start), HAD_STR(" "), "join the lines");
    return true;
}

/* `=`, `==` and `:` in each other's place, and `= {`. */
static bool wrong_sign(const struct unexpected *u)
{
    struct had_parser *p = u->p;
    struct had_diag *d = NULL;
    if (u->token->kind == HAD_T_EQUALS && may(u, HAD_T_EQ)) {
        d = REPORT(0110, span_of(p, u->token), "a comparison is written `==`");
        if (d) {
            had_diag_help(d, "`=` sets an attribute and stands behind its name alone");
            had_diag_fix(d, false, d->span, HAD_STR("=="), "write `==`");
        }
        return true;
    }
    if ((u->token->kind == HAD_T_EQ || u->token->kind == HAD_T_COLON) && may(u, HAD_T_EQUALS) &&
        !may(u, HAD_T_AND)) {
        d = REPORT(0110, span_of(p, u->token), "a value is set by `=`, not by `%s`",
                   tokens[u->token->kind].word);
        if (d) {
            had_diag_help(d, "write `=`");
            had_diag_fix(d, true, d->span, HAD_STR("="), "write `=`");
        }
        return true;
    }
    if (u->token->kind == HAD_T_LBRACE && kind_of(u->before) == HAD_T_EQUALS) {
        d = REPORT(0117, span_of(p, u->before), "a body stands behind its name without `=`");
        if (d) {
            had_diag_help(d, "delete the `=`");
            had_diag_fix(d, true, d->span, (had_str){0}, "delete the `=`");
        }
        return true;
    }
    if (is_comparison(u->token->kind) && may(u, HAD_T_AND) && !may(u, HAD_T_EQ)) {
        d = REPORT(0101, span_of(p, u->token), "comparisons do not follow each other");
        if (d)
            had_diag_help(d, "join two comparisons by `and`");
        return true;
    }
    return false;
}

static void report_reserved(const struct unexpected *u, const struct had_token *word, bool key)
{
    struct had_parser *p = u->p;
    struct had_diag *d =
        REPORT(0109, span_of(p, word), "`%s` is a reserved word and cannot be a name",
               tokens[word->kind].word);
    if (d)
        had_diag_help(d, "take another name, such as `%s`%s", instead_of[word->kind],
                      key ? "; a key of a map may stand in quotes" : "");
}

static bool reserved(const struct unexpected *u)
{
    /* `if = 1`: read as the beginning of a condition. */
    uint8_t before = kind_of(u->before);
    if (u->token->kind == HAD_T_EQUALS &&
        (before == HAD_T_IF || before == HAD_T_FOR || before == HAD_T_REQUIRE ||
         before == HAD_T_MODULE || before == HAD_T_EXISTING)) {
        report_reserved(u, u->before, true);
        return true;
    }
    uint8_t kind = u->token->kind;
    if (!is_keyword(kind) || !may(u, HAD_T_NAME))
        return false;
    uint8_t next = u->next->kind;
    bool name_only = !may(u, HAD_T_LITERAL) && !may(u, HAD_T_LET);
    bool used_as_name = next == HAD_T_EQUALS || next == HAD_T_COLON || next == HAD_T_DOT ||
                        (next == HAD_T_LPAREN && kind != HAD_T_NOT);
    if (!used_as_name && (!name_only || before == HAD_T_EXISTING))
        return false;
    report_reserved(u, u->token, may(u, HAD_T_LET));
    return true;
}

/* The bracket other than `{` around a token, or NULL. */
static const struct had_token *bracket_around(const struct had_parser *p, uint32_t index)
{
    while (index-- > 0) {
        const struct had_token *token = &p->tokens.items[index];
        switch (token->kind) {
        case HAD_T_RBRACE:
        case HAD_T_RBRACKET:
        case HAD_T_RPAREN:
        case HAD_T_INTERP_CLOSE:
            index = token->link;
            break;
        case HAD_T_LBRACKET:
        case HAD_T_LPAREN:
        case HAD_T_INTERP_OPEN:
            return token;
        case HAD_T_LBRACE:
            return NULL;
        default:
            break;
        }
    }
    return NULL;
}

static void add_help(const struct unexpected *u, struct had_diag *d)
{
    if (u->token->kind == HAD_T_IF && kind_of(u->before) == HAD_T_ELSE)
        had_diag_help(d, "there is no `else if`: write `else { if … { … } }`");
    else if (u->token->kind == HAD_T_EVERY)
        had_diag_help(d, "inside an expression a selection stands in parentheses: `(every …)`");
    else if (u->token->kind == HAD_T_DOT && may(u, HAD_T_EQUALS))
        had_diag_help(d, "an attribute is one name; what is inside something stands in its body");
    else if (may(u, HAD_T_COLON))
        had_diag_help(d, "a parameter says its type: `param NAME : text`");
    else if (may(u, HAD_T_LET))
        had_diag_help(d,
                      "a statement begins with a kind, with the name of an attribute and `=`, or "
                      "with a word such as `let`, `for` or `if`");
    else if (kind_of(u->before) == HAD_T_EQUALS)
        had_diag_help(d, "write what it is set to, such as a name, \"text\", a number or a list");
    else if (is_keyword(u->token->kind) && may(u, HAD_T_NAME))
        had_diag_help(d, "`%s` is a reserved word; a name may be `%s`", tokens[u->token->kind].word,
                      instead_of[u->token->kind]);
    else if (may(u, HAD_T_NEWLINE))
        had_diag_help(d, "each statement stands on a line of its own, or behind a comma");
}

void had_report_syntax(struct had_parser *p, uint32_t index, const uint64_t expected[2])
{
    struct unexpected u = {.p = p,
                           .expected = expected,
                           .token = &p->tokens.items[index],
                           .before = index ? &p->tokens.items[index - 1] : NULL,
                           .next = &p->tokens.items[index + (index + 1 < p->tokens.count)]};
    /* What layout put in, and what stands in a bracket that was never closed, has been reported. */
    if (u.token->flags & HAD_TOKEN_INSERTED || p->errors >= HAD_SYNTAX_ERRORS_MAX)
        return;
    const struct had_token *bracket = bracket_around(p, index);
    if (bracket && bracket->flags & HAD_TOKEN_UNCLOSED)
        return;
    if (wrong_line(&u) || wrong_sign(&u) || reserved(&u))
        return;
    had_str words = expected_words(&u);
    bool joined = u.before && u.before->kind > HAD_T_UNKNOWN && u.before->kind != HAD_T_LBRACE &&
                  tokens[u.before->kind].word != NULL && u.before->kind != HAD_T_RBRACE;
    struct had_diag *d =
        joined
            ? REPORT(0101, span_of(p, u.token), "expected " HAD_FMT " after `%s`, found " HAD_FMT,
                     HAD_ARG(words), tokens[u.before->kind].word, HAD_ARG(words_of(&u, u.token)))
            : REPORT(0101, span_of(p, u.token), "expected " HAD_FMT ", found " HAD_FMT,
                     HAD_ARG(words), HAD_ARG(words_of(&u, u.token)));
    if (!d)
        return;
    add_help(&u, d);
    if (bracket && p->tokens.items[bracket->link].start > u.token->start)
        had_diag_label(d, span_of(p, bracket), "inside this `%s`", tokens[bracket->kind].word);
}
