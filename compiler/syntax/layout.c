/*
 * From raw tokens to those that the grammar reads: newlines by Go's rule, brackets in pairs,
 * bounded depth. What is missing beyond doubt is put in, with a finding, so that the grammar sees
 * sound input.
 */
#include "syntax/parser.h"

#include "had.tab.h"

/* A bracket that is open. */
struct level {
    uint32_t open;      /* its token after layout */
    uint32_t operators; /* of the statement or item at hand, on this level */
    uint32_t indent;    /* of the line on which it stands */
    bool assigned;      /* `=` was seen in the statement at hand */
};

struct layout {
    struct had_parser *p;
    const struct had_tokens *raw;
    uint32_t at;                              /* in raw */
    struct level levels[HAD_NESTING_MAX + 1]; /* [0] is the file itself */
    uint32_t depth;
    uint32_t operators; /* on all levels */
    uint32_t indent;    /* of the line at hand */
    bool line_start;
    uint32_t suspect; /* a brace that a line leaves by its indent without closing it */
    bool stop;
};

static struct level *top(struct layout *l)
{
    return &l->levels[l->depth];
}

static uint8_t top_kind(const struct layout *l)
{
    return l->depth ? l->p->tokens.items[l->levels[l->depth].open].kind : HAD_T_LBRACE;
}

static uint8_t last_kind(const struct layout *l)
{
    const struct had_tokens *tokens = &l->p->tokens;
    return tokens->count ? tokens->items[tokens->count - 1].kind : HAD_T_NEWLINE;
}

static uint8_t raw_kind(const struct layout *l, uint32_t ahead)
{
    uint32_t at = l->at + ahead;
    return at < l->raw->count ? l->raw->items[at].kind : HAD_T_END;
}

static struct had_token *emit(struct layout *l, struct had_token token)
{
    struct had_tokens *tokens = &l->p->tokens;
    if (tokens->count == tokens->room) {
        tokens->room = tokens->room ? tokens->room * 2 : 256;
        tokens->items = had_xrealloc(tokens->items, tokens->room * sizeof *tokens->items);
    }
    tokens->items[tokens->count] = token;
    return &tokens->items[tokens->count++];
}

static uint32_t last_end(const struct layout *l)
{
    const struct had_tokens *tokens = &l->p->tokens;
    return tokens->count ? tokens->items[tokens->count - 1].end : 0;
}

/* Puts in a token that the text lacks, behind the last one. */
static void insert(struct layout *l, int kind, uint32_t link, unsigned flags)
{
    uint32_t at = last_end(l);
    emit(l,
         (struct had_token){
             .start = at, .end = at, .link = link, .kind = (uint8_t)kind, .flags = (uint8_t)flags});
}

static int closer_of(uint8_t open)
{
    switch (open) {
    case HAD_T_LBRACE:
        return HAD_T_RBRACE;
    case HAD_T_LBRACKET:
        return HAD_T_RBRACKET;
    case HAD_T_LPAREN:
        return HAD_T_RPAREN;
    default:
        return HAD_T_INTERP_CLOSE;
    }
}

static uint32_t around(struct layout *l)
{
    return l->depth ? top(l)->open : HAD_NO_TOKEN;
}

/* A statement or an item ends on this level. */
static void next_item(struct layout *l)
{
    l->operators -= top(l)->operators;
    top(l)->operators = 0;
    top(l)->assigned = false;
}

static void pop(struct layout *l, struct had_token close)
{
    l->operators -= top(l)->operators;
    struct had_tokens *tokens = &l->p->tokens;
    tokens->items[top(l)->open].link = tokens->count;
    close.link = top(l)->open;
    l->depth--;
    emit(l, close);
}

/* Closes the innermost bracket, of which the text lacks the end. */
static void close_missing(struct layout *l, bool report, const char *help)
{
    struct had_tokens *tokens = &l->p->tokens;
    struct had_token *open = &tokens->items[top(l)->open];
    if (report) {
        open->flags |= HAD_TOKEN_UNCLOSED;
        had_report_unclosed(l->p, open, help);
    }
    /* A comma or an operator before it would be a second finding about the same mistake. */
    uint32_t at = last_end(l);
    pop(l, (struct had_token){.start = at,
                              .end = at,
                              .kind = (uint8_t)closer_of(open->kind),
                              .flags = HAD_TOKEN_INSERTED});
}

/* Closes `[`, `(` and `${` down to the nearest `{`. */
static void close_to_brace(struct layout *l, const char *help)
{
    while (l->depth && top_kind(l) != HAD_T_LBRACE)
        close_missing(l, true, help);
}

static bool ends_statement(uint8_t kind)
{
    switch (kind) {
    case HAD_T_NAME:
    case HAD_T_LITERAL:
    case HAD_T_STRING:
    case HAD_T_RAW:
    case HAD_T_STRING_CLOSE:
    case HAD_T_BLOCK_CLOSE:
    case HAD_T_TRUE:
    case HAD_T_FALSE:
    case HAD_T_RBRACE:
    case HAD_T_RBRACKET:
    case HAD_T_RPAREN:
    case HAD_T_UNKNOWN: /* whatever it was meant to be, the next line is another statement */
        return true;
    default:
        return false;
    }
}

static bool is_attribute_name(uint8_t kind)
{
    return kind == HAD_T_NAME || kind == HAD_T_STRING || kind == HAD_T_RAW || kind >= HAD_T_FOR;
}

/* The line that begins `ahead` raw tokens from here can only be a statement, never an item. */
static bool begins_statement(const struct layout *l, uint32_t ahead)
{
    switch (raw_kind(l, ahead)) {
    case HAD_T_LET:
    case HAD_T_PARAM:
    case HAD_T_REQUIRE:
    case HAD_T_MODULE:
    case HAD_T_EXISTING:
    case HAD_T_FOR:
        return true;
    default:
        return is_attribute_name(raw_kind(l, ahead)) && raw_kind(l, ahead + 1) == HAD_T_EQUALS;
    }
}

static void newline(struct layout *l, struct had_token token)
{
    l->indent = token.link;
    l->line_start = true;
    if (top_kind(l) != HAD_T_LBRACE && begins_statement(l, 1))
        close_to_brace(l, "close it before the next statement");
    uint8_t before = last_kind(l);
    if (ends_statement(before)) {
        if (top_kind(l) == HAD_T_LPAREN || top_kind(l) == HAD_T_INTERP_OPEN)
            return;
    } else {
        if (top_kind(l) != HAD_T_LBRACE || before == HAD_T_NEWLINE || before == HAD_T_COMMA ||
            before == HAD_T_LBRACE || !begins_statement(l, 1))
            return;
        insert(l, HAD_T_UNKNOWN, 0, HAD_TOKEN_CUT | HAD_TOKEN_INSERTED);
    }
    token.link = around(l);
    emit(l, token);
    next_item(l);
}

static void open_bracket(struct layout *l, struct had_token token)
{
    if (l->depth >= HAD_NESTING_MAX) {
        had_report_too_deep(l->p, (struct had_span){l->p->number, token.start, token.end},
                            "braces, brackets and parentheses");
        l->stop = true;
        return;
    }
    l->depth++;
    if (l->depth > l->p->file->depth)
        l->p->file->depth = l->depth;
    *top(l) = (struct level){.open = l->p->tokens.count, .indent = l->indent};
    emit(l, token);
}

static void close_bracket(struct layout *l, struct had_token token)
{
    uint32_t match = l->depth;
    while (match) {
        uint8_t open = l->p->tokens.items[l->levels[match].open].kind;
        if (closer_of(open) == token.kind)
            break;
        /* A `}` closes over everything; the others do not reach past a brace or a `${`. */
        if (token.kind != HAD_T_RBRACE && token.kind != HAD_T_INTERP_CLOSE &&
            (open == HAD_T_LBRACE || open == HAD_T_INTERP_OPEN))
            match = 1;
        match--;
    }
    if (!match) {
        had_report_stray(l->p, &token);
        return;
    }
    while (l->depth > match)
        close_missing(l, true, "close it before the bracket around it ends");
    pop(l, token);
}

/* A brace whose line is indented as deep as, or deeper than, a line inside it was likely not
 * closed. */
static void watch_indent(struct layout *l, uint8_t kind)
{
    if (l->suspect == HAD_NO_TOKEN && l->depth && top_kind(l) == HAD_T_LBRACE &&
        l->indent + (kind == HAD_T_RBRACE) <= top(l)->indent)
        l->suspect = top(l)->open;
}

/*
 * `a = 1 b = 2` and `a {} b {}`: on one line, a comma stands between statements. Asked before a
 * token that is not the first of its line.
 */
static bool lacks_comma(struct layout *l, uint8_t kind)
{
    if (top_kind(l) != HAD_T_LBRACE || !is_attribute_name(kind))
        return false;
    uint8_t before = last_kind(l);
    if (!ends_statement(before) || before == HAD_T_UNKNOWN)
        return false;
    if (before == HAD_T_RBRACE)
        return kind != HAD_T_ELSE;
    return top(l)->assigned && raw_kind(l, 1) == HAD_T_EQUALS;
}

static bool is_operator(uint8_t kind)
{
    switch (kind) {
    case HAD_T_AND:
    case HAD_T_OR:
    case HAD_T_NOT:
    case HAD_T_EQ:
    case HAD_T_NE:
    case HAD_T_LT:
    case HAD_T_LE:
    case HAD_T_GT:
    case HAD_T_GE:
    case HAD_T_WITHIN:
    case HAD_T_IF:
    case HAD_T_OF:
    case HAD_T_EVERY:
        return true;
    default:
        return false;
    }
}

static void place(struct layout *l, struct had_token token)
{
    if (l->line_start) {
        watch_indent(l, token.kind);
        l->line_start = false;
    } else if (lacks_comma(l, token.kind)) {
        insert(l, HAD_T_COMMA, around(l), HAD_TOKEN_INSERTED);
        next_item(l);
    }
    switch (token.kind) {
    case HAD_T_LBRACE:
    case HAD_T_LBRACKET:
    case HAD_T_LPAREN:
    case HAD_T_INTERP_OPEN:
        open_bracket(l, token);
        return;
    case HAD_T_RBRACE:
    case HAD_T_RBRACKET:
    case HAD_T_RPAREN:
    case HAD_T_INTERP_CLOSE:
        close_bracket(l, token);
        return;
    case HAD_T_COMMA:
        token.link = around(l);
        next_item(l);
        break;
    case HAD_T_EQUALS:
        top(l)->assigned = true;
        break;
    default:
        break;
    }
    if (is_operator(token.kind)) {
        top(l)->operators++;
        if (++l->operators > HAD_OPERATORS_MAX) {
            had_report_too_deep(l->p, (struct had_span){l->p->number, token.start, token.end},
                                "operators of one statement");
            l->stop = true;
            return;
        }
    }
    emit(l, token);
}

/* Closes what is open at the end; one finding at most, for the rest follows from it. */
static void finish(struct layout *l)
{
    bool report = !l->stop && !l->p->lexer.truncated;
    if (report && l->depth) {
        struct had_tokens *tokens = &l->p->tokens;
        uint32_t open = top(l)->open;
        if (tokens->items[open].kind == HAD_T_LBRACE && l->suspect != HAD_NO_TOKEN)
            open = l->suspect;
        tokens->items[open].flags |= HAD_TOKEN_UNCLOSED;
        had_report_unclosed(l->p, &tokens->items[open], NULL);
    }
    while (l->depth)
        close_missing(l, false, NULL);
    uint32_t end = report ? l->p->text.len : last_end(l);
    emit(l, (struct had_token){.start = end,
                               .end = end,
                               .link = HAD_NO_TOKEN,
                               .kind = HAD_T_END,
                               .flags = report ? 0 : HAD_TOKEN_INSERTED});
}

void had_layout(struct had_parser *p)
{
    struct layout l = {
        .p = p, .raw = &p->lexer.tokens, .suspect = HAD_NO_TOKEN, .line_start = true};
    for (l.at = 0; l.at < l.raw->count && !l.stop; l.at++) {
        struct had_token token = l.raw->items[l.at];
        if (token.kind == HAD_T_NEWLINE)
            newline(&l, token);
        else
            place(&l, token);
    }
    finish(&l);
}
