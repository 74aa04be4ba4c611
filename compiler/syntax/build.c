/* Nodes of the tree, made by the grammar's actions; texts of strings with their escapes replaced.
 */
#include "syntax/parser.h"

struct had_expr *had_make_expr(struct had_parser *p, enum had_expr_kind kind, struct had_span span)
{
    struct had_expr *expr = had_new(p->arena, struct had_expr);
    expr->kind = kind;
    expr->span = span;
    return expr;
}

/* The text of the `##` lines directly above the token at `start`. */
static had_str doc_at(struct had_parser *p, uint32_t start)
{
    uint32_t low = 0, high = p->lexer.docs.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->lexer.docs.items[middle].start < start)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == p->lexer.docs.count || p->lexer.docs.items[low].start != start)
        return (had_str){0};
    const struct had_doc *doc = &p->lexer.docs.items[low];
    const struct had_trivia *lines = &p->file->trivia.items[doc->first];
    uint32_t length = 0;
    for (uint32_t i = 0; i < doc->count; i++)
        length += lines[i].span.end - lines[i].span.start;
    char *text = had_arena_alloc(p->arena, length);
    uint32_t used = 0;
    for (uint32_t i = 0; i < doc->count; i++) {
        had_str line = had_parser_text(p, lines[i].span);
        line = had_str_slice(line, 2, line.len);
        if (had_str_starts(line, " "))
            line = had_str_slice(line, 1, line.len);
        if (i)
            text[used++] = '\n';
        if (line.len)
            memcpy(text + used, line.ptr, line.len);
        used += line.len;
    }
    return (had_str){text, used};
}

struct had_stmt *had_make_stmt(struct had_parser *p, enum had_stmt_kind kind, struct had_span span)
{
    struct had_stmt *stmt = had_new(p->arena, struct had_stmt);
    stmt->kind = kind;
    stmt->span = span;
    if (p->lexer.docs.count)
        stmt->doc = doc_at(p, span.start);
    return stmt;
}

struct had_name had_make_name(struct had_parser *p, struct had_span span)
{
    return (struct had_name){had_parser_text(p, span), span};
}

struct had_name had_make_quoted_name(struct had_parser *p, const struct had_expr *string)
{
    struct had_name name = {.span = string->span};
    if (!had_expr_plain_text(string, &name.text)) {
        struct had_diag *d = had_report(p->diags, &HAD0115, string->span,
                                        "the name of an attribute is fixed text, without `${…}`");
        had_diag_help(d, "write the name out; a value may hold `${…}`");
    }
    return name;
}

struct had_stmt *had_make_existing(struct had_parser *p, struct had_stmt *block,
                                   struct had_span word)
{
    block->as.block.existing = true;
    block->as.block.head = had_span_join(word, block->as.block.head);
    block->span = had_span_join(word, block->span);
    if (p->lexer.docs.count)
        block->doc = doc_at(p, word.start);
    return block;
}

struct had_stmt *had_make_head(struct had_parser *p, struct had_span kind, struct had_expr *subject,
                               struct had_span span)
{
    struct had_stmt *stmt = had_make_stmt(p, HAD_STMT_BLOCK, span);
    stmt->as.block.kind = had_make_name(p, kind);
    stmt->as.block.subject = subject;
    return stmt;
}

struct had_stmt *had_make_block(struct had_parser *p, struct had_stmt *block, struct had_body *body,
                                struct had_span head)
{
    (void)p;
    block->as.block.body = body;
    block->as.block.head = head;
    block->span = body ? had_span_join(head, body->span) : head;
    return block;
}

struct had_type_expr *had_make_type(struct had_parser *p, struct had_span name,
                                    struct had_type_expr *of, struct had_expr *words,
                                    struct had_span span)
{
    struct had_type_expr *type = had_new(p->arena, struct had_type_expr);
    type->name = had_make_name(p, name);
    type->of = of;
    type->words = words;
    type->span = span;
    return type;
}

struct had_expr *had_make_binary(struct had_parser *p, enum had_operator op, struct had_expr *left,
                                 struct had_span op_span, struct had_expr *right)
{
    struct had_expr *expr =
        had_make_expr(p, HAD_EXPR_BINARY, had_span_join(left->span, right->span));
    expr->as.binary.op = op;
    expr->as.binary.op_span = op_span;
    expr->as.binary.left = left;
    expr->as.binary.right = right;
    return expr;
}

struct had_expr *had_make_kind(struct had_parser *p, struct had_expr *path, struct had_span kind)
{
    path->as.ref.kind = had_make_name(p, kind);
    path->span = had_span_join(kind, path->span);
    return path;
}

struct had_expr *had_make_outside(struct had_parser *p, struct had_span kind,
                                  struct had_expr *string)
{
    struct had_expr *expr = had_make_expr(p, HAD_EXPR_REF, had_span_join(kind, string->span));
    expr->as.ref.kind = had_make_name(p, kind);
    expr->as.ref.outside = string;
    return expr;
}

struct had_expr *had_make_step(struct had_parser *p, struct had_expr *path, struct had_expr *key,
                               struct had_span first, struct had_span last)
{
    struct had_path_step step = {.key = key, .span = had_span_join(first, last)};
    if (!key)
        step.name = had_make_name(p, last);
    if (path->kind == HAD_EXPR_DOT)
        *had_push(p->arena, &path->as.dot.steps) = step;
    else
        *had_push(p->arena, &path->as.ref.steps) = step;
    path->span = had_span_join(path->span, step.span);
    return path;
}

/* ---- strings ---- */

static struct had_span part(const struct had_parser *p, uint32_t start, uint32_t end)
{
    return (struct had_span){p->number, start, end};
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static uint32_t put_utf8(char *out, uint32_t point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    uint32_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (uint32_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    out[0] = (char)(marks[length] | point);
    return length;
}

/*
 * Replaces the escape at the start of `raw` (a backslash); `offset` is its place. Returns the bytes
 * consumed and adds the bytes written to *used; an unknown escape is reported and stays as it is.
 */
static uint32_t escape(struct had_parser *p, had_str raw, uint32_t offset, char *out,
                       uint32_t *used)
{
    char c = raw.len > 1 ? raw.ptr[1] : '\n';
    switch (c) {
    case '\\':
    case '"':
    case '$':
        out[(*used)++] = c;
        return 2;
    case 'n':
        out[(*used)++] = '\n';
        return 2;
    case 't':
        out[(*used)++] = '\t';
        return 2;
    case 'u': {
        uint32_t at = 3, point = 0;
        bool good = raw.len > 3 && raw.ptr[2] == '{';
        for (; good && at < raw.len && at < 9 && hex_value(raw.ptr[at]) >= 0; at++)
            point = point * 16 + (uint32_t)hex_value(raw.ptr[at]);
        good = good && at > 3 && at < raw.len && raw.ptr[at] == '}';
        if (!good) {
            struct had_diag *d = had_report(p->diags, &HAD0113, part(p, offset, offset + 2),
                                            "`\\u` is followed by a character's number in braces");
            had_diag_help(d, "write it like `\\u{e9}`, one to six hexadecimal digits");
            break;
        }
        if (point < 0x20 || (point >= 0x7f && point < 0xa0) || point > 0x10ffff ||
            (point >= 0xd800 && point < 0xe000)) {
            struct had_diag *d = had_report(p->diags, &HAD0113, part(p, offset, offset + at + 1),
                                            "U+%04X is not a character of text", (unsigned)point);
            had_diag_help(d, "control characters, surrogates and numbers above 10FFFF are refused");
            break;
        }
        *used += put_utf8(out + *used, point);
        return at + 1;
    }
    case '\n':
    case '\r': {
        struct had_diag *d = had_report(p->diags, &HAD0113, part(p, offset, offset + 1),
                                        "a `\\` at the end of a line escapes nothing");
        had_diag_help(d, "write `\\\\` for the character itself");
        break;
    }
    default: {
        uint32_t length = 1;
        while (1 + length < raw.len && ((unsigned char)raw.ptr[1 + length] & 0xc0) == 0x80)
            length++;
        struct had_diag *d = had_report(p->diags, &HAD0113, part(p, offset, offset + 1 + length),
                                        "`" HAD_FMT "` is not an escape",
                                        HAD_ARG(had_str_slice(raw, 0, 1 + length)));
        had_diag_help(d, "write `\\\\` for a backslash, or put the text into single quotes, where "
                         "nothing is an escape: `'CORP\\Admins'`");
        had_diag_fix(d, false, part(p, offset, offset + 1), HAD_STR("\\\\"),
                     "double the backslash");
        break;
    }
    }
    out[(*used)++] = '\\';
    return 1;
}

/* Escapes replaced; in a block also the indent taken away and CR LF made LF. */
static had_str decode(struct had_parser *p, uint32_t start, uint32_t end, bool block,
                      bool at_line_start, uint32_t margin)
{
    had_str raw = had_str_slice(p->text, start, end);
    if (!block && had_str_find(raw, '\\') < 0)
        return raw;
    char *out = had_arena_alloc(p->arena, raw.len);
    uint32_t used = 0, i = 0;
    while (i < raw.len) {
        if (at_line_start) {
            at_line_start = false;
            uint32_t blanks = i;
            while (blanks < raw.len && (raw.ptr[blanks] == ' ' || raw.ptr[blanks] == '\t'))
                blanks++;
            /* The closing quotes stand behind the last piece: there is always a next character. */
            char next = p->text.ptr[start + blanks];
            if (next == '\n' || next == '\r')
                i = blanks;
            else
                i = i + margin < raw.len ? i + margin : raw.len;
            continue;
        }
        if (block && raw.ptr[i] == '\r' && i + 1 < raw.len && raw.ptr[i + 1] == '\n') {
            i++;
        } else if (raw.ptr[i] == '\\') {
            i += escape(p, had_str_slice(raw, i, raw.len), start + i, out, &used);
        } else {
            at_line_start = block && raw.ptr[i] == '\n';
            out[used++] = raw.ptr[i++];
        }
    }
    return (had_str){out, used};
}

static void report_block(struct had_parser *p, struct had_span span, const char *what)
{
    struct had_diag *d = had_report(p->diags, &HAD0114, span, "%s", what);
    had_diag_help(d,
                  "put `\"\"\"` at the end of a line, the text on the lines below, and `\"\"\"` on "
                  "a line of its own behind it");
}

/*
 * The text of a block begins on the line after the opening quotes and ends before the line end in
 * front of the closing ones. Cuts the raw spans of the first and last piece to it.
 */
static bool trim_block(struct had_parser *p, struct had_expr *string)
{
    struct had_span span = string->span;
    uint32_t count = string->as.string.pieces.count;
    struct had_piece *pieces = string->as.string.pieces.items;
    uint32_t first = span.start + 3, last = span.end - 3;
    while (first < last && strchr(" \t\r", p->text.ptr[first]))
        first++;
    if (first >= last || p->text.ptr[first] != '\n') {
        report_block(p, part(p, span.start, span.start + 3),
                     "the text of a block begins on the line below its quotation marks");
        return false;
    }
    while (last > first && strchr(" \t", p->text.ptr[last - 1]))
        last--;
    if (p->text.ptr[last - 1] != '\n') {
        report_block(p, part(p, span.end - 3, span.end),
                     "the closing quotation marks of a block stand on a line of their own");
        return false;
    }
    last--;
    first++;
    if (last > first && p->text.ptr[last - 1] == '\r')
        last--;
    pieces[0].span.start = first;
    if (last < first) { /* no line between the quotes */
        string->as.string.pieces.count = 0;
        return true;
    }
    pieces[count - 1].span.end = last;
    return true;
}

struct had_expr *had_make_pieces(struct had_parser *p, struct had_expr *string,
                                 enum had_quote quote, struct had_span span)
{
    string->span = span;
    string->as.string.quote = quote;
    bool block = quote == HAD_QUOTE_BLOCK;
    uint32_t margin = block ? had_block_margin(p->text, string) : 0;
    if (block && !trim_block(p, string))
        return string;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < string->as.string.pieces.count; i++) {
        struct had_piece *piece = &string->as.string.pieces.items[i];
        if (!piece->value) {
            if (piece->span.start == piece->span.end)
                continue;
            piece->text =
                decode(p, piece->span.start, piece->span.end, block, block && i == 0, margin);
            if (!piece->text.len)
                continue;
        }
        string->as.string.pieces.items[kept++] = *piece;
    }
    string->as.string.pieces.count = kept;
    return string;
}

struct had_expr *had_make_piece(struct had_parser *p, struct had_expr *string,
                                struct had_expr *value, struct had_span span)
{
    *had_push(p->arena, &string->as.string.pieces) =
        (struct had_piece){.value = value, .span = span};
    return string;
}

/* A string that is one token: raw, or without escapes and values, or without its end. */
struct had_expr *had_make_string(struct had_parser *p, enum had_quote quote, struct had_span span)
{
    struct had_expr *string = had_make_expr(p, HAD_EXPR_STRING, span);
    string->as.string.quote = quote;
    /* The grammar reduces a token to a string before or just after reading the next one. */
    const struct had_token *token = &p->tokens.items[p->current];
    if (token->start != span.start)
        token--;
    string->as.string.unterminated = (token->flags & HAD_TOKEN_UNTERMINATED) != 0;
    struct had_span inner = part(p, span.start + 1, span.end - 1);
    if (string->as.string.unterminated)
        inner.end = span.end;
    if (inner.end > inner.start)
        *had_push(p->arena, &string->as.string.pieces) =
            (struct had_piece){.text = had_parser_text(p, inner), .span = inner};
    return string;
}
