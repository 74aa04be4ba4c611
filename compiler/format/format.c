#include "format/format.h"

#include <string.h>

enum { INDENT = 2, CONTINUATION = 4 };

/* A comment behind code; where it stands is settled when all lines are known. */
struct note {
    size_t at;       /* end of the code, in the text without such comments */
    uint32_t indent; /* of its line */
    uint32_t column; /* in the source */
    bool opens;      /* behind an opening bracket: aligned with nothing */
    had_str text;
};

struct printer {
    const struct had_file *file;
    had_str source;
    struct had_arena *arena;
    struct had_buffer *out;
    had_array(struct note) notes;
    uint32_t indent; /* of the statement or item at hand */
    uint32_t column; /* as if `=` were not aligned, so that alignment never decides a break */
    bool never;      /* inside a string: all on one line, whatever its length */
    /* Measuring: nothing is written. */
    bool quiet;
    bool flat;   /* nothing may break; `failed` if something must, or does not fit */
    bool failed; /* with quiet alone: something broke */
};

static void print_expr(struct printer *p, const struct had_expr *expr);
static void print_stmts(struct printer *p, const struct had_stmt *const *stmts, uint32_t count,
                        uint32_t start, uint32_t end);

/* ---- text ---- */

static uint32_t width_of(had_str text)
{
    uint32_t width = 0;
    for (uint32_t i = 0; i < text.len; i++)
        width += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return width;
}

static void put(struct printer *p, had_str text)
{
    p->column += width_of(text);
    if (!p->quiet)
        had_buffer_str(p->out, text);
    else if (p->flat && p->column > HAD_FORMAT_COLUMNS)
        p->failed = true;
}

static void put_c(struct printer *p, const char *text)
{
    put(p, had_str_c(text));
}

static had_str text_of(const struct printer *p, struct had_span span)
{
    return had_str_slice(p->source, span.start, span.end);
}

/* A line ends; the next one begins with `indent` spaces. */
static void break_line(struct printer *p, uint32_t indent)
{
    p->column = indent;
    if (p->quiet) {
        p->failed = true;
        return;
    }
    had_buffer_char(p->out, '\n');
    had_buffer_repeat(p->out, ' ', indent);
}

static void start_line(struct printer *p)
{
    p->column = p->indent;
    if (!p->quiet)
        had_buffer_repeat(p->out, ' ', p->indent);
}

static bool has_newline(const struct printer *p, uint32_t start, uint32_t end)
{
    return start < end && memchr(p->source.ptr + start, '\n', end - start) != NULL;
}

/* ---- trivia ---- */

/* Index of the first trivia at or behind `offset`. */
static uint32_t trivia_from(const struct printer *p, uint32_t offset)
{
    uint32_t low = 0, high = p->file->trivia.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->file->trivia.items[middle].span.start < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct had_trivia *trivia_at(const struct printer *p, uint32_t index, uint32_t end)
{
    if (index >= p->file->trivia.count || p->file->trivia.items[index].span.start >= end)
        return NULL;
    return &p->file->trivia.items[index];
}

static bool has_comment(const struct printer *p, uint32_t start, uint32_t end)
{
    const struct had_trivia *trivia;
    for (uint32_t i = trivia_from(p, start); (trivia = trivia_at(p, i, end)) != NULL; i++)
        if (trivia->kind != HAD_TRIVIA_BLANK)
            return true;
    return false;
}

static uint32_t source_column(const struct printer *p, uint32_t offset)
{
    uint32_t start = offset;
    while (start > 0 && p->source.ptr[start - 1] != '\n')
        start--;
    return width_of(had_str_slice(p->source, start, offset));
}

/* Ends a line of code; a comment behind it, first in [start, end), is noted. */
static void end_line(struct printer *p, uint32_t start, uint32_t end, bool opens)
{
    if (p->quiet) {
        p->failed = true;
        return;
    }
    const struct had_trivia *trivia = trivia_at(p, trivia_from(p, start), end);
    if (trivia && !trivia->own_line)
        *had_push(p->arena, &p->notes) =
            (struct note){.at = p->out->len,
                          .indent = p->indent,
                          .column = source_column(p, trivia->span.start),
                          .opens = opens,
                          .text = text_of(p, trivia->span)};
    had_buffer_char(p->out, '\n');
}

/*
 * Comments and empty lines in [start, end) before a statement or an item, or before a closing
 * bracket
 * (`last`). An empty line counts only between things.
 */
static void print_trivia(struct printer *p, uint32_t start, uint32_t end, bool first, bool last)
{
    if (p->quiet)
        return;
    bool blank = false;
    const struct had_trivia *trivia;
    uint32_t i = trivia_from(p, start);
    trivia = trivia_at(p, i, end);
    if (trivia && !trivia->own_line)
        i++; /* stands behind the code before */
    for (; (trivia = trivia_at(p, i, end)) != NULL; i++) {
        if (trivia->kind == HAD_TRIVIA_BLANK) {
            blank = !first;
            continue;
        }
        if (blank)
            had_buffer_char(p->out, '\n');
        blank = false;
        first = false;
        had_buffer_repeat(p->out, ' ', p->indent);
        had_buffer_str(p->out, text_of(p, trivia->span));
        had_buffer_char(p->out, '\n');
    }
    if (blank && !last)
        had_buffer_char(p->out, '\n');
}

/* ---- comments in the middle of a statement ---- */

static bool holds(struct had_span span, uint32_t offset)
{
    return span.start <= offset && offset < span.end;
}

/*
 * The argument around `offset`, or NULL. Like the two below, a search by halves: a hostile file has
 * as many comments as arguments.
 */
static const struct had_expr *argument_at(const had_exprs *arguments, uint32_t offset)
{
    uint32_t low = 0, high = arguments->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (arguments->items[middle]->span.end <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < arguments->count && holds(arguments->items[low]->span, offset)
               ? arguments->items[low]
               : NULL;
}

static const struct had_expr *key_at(const struct had_path_step *steps, uint32_t count,
                                     uint32_t offset)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (steps[middle].span.end <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count ? steps[low].key : NULL;
}

static const struct had_expr *clause_at(const struct had_clause *clauses, uint32_t count,
                                        uint32_t offset)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (clauses[middle].value->span.end <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count ? clauses[low].value : NULL;
}

/* A list around `offset` gives its comments lines of their own. */
static bool expr_has_home(const struct had_expr *expr, uint32_t offset)
{
    while (expr && holds(expr->span, offset)) {
        const struct had_expr *inner = NULL;
        switch (expr->kind) {
        case HAD_EXPR_LIST:
            return true;
        case HAD_EXPR_REF:
            inner = key_at(expr->as.ref.steps.items, expr->as.ref.steps.count, offset);
            break;
        case HAD_EXPR_CALL:
            inner = argument_at(&expr->as.call.arguments, offset);
            break;
        case HAD_EXPR_SELECT: {
            const struct had_expr *const parts[] = {expr->as.select.of, expr->as.select.except,
                                                    expr->as.select.where};
            for (uint32_t i = 0; i < 3; i++)
                if (parts[i] && holds(parts[i]->span, offset))
                    inner = parts[i];
            break;
        }
        case HAD_EXPR_IF: {
            const struct had_expr *const parts[] = {expr->as.choice.condition, expr->as.choice.then,
                                                    expr->as.choice.otherwise};
            for (uint32_t i = 0; i < 3; i++)
                if (holds(parts[i]->span, offset))
                    inner = parts[i];
            break;
        }
        case HAD_EXPR_NOT:
        case HAD_EXPR_GROUP:
            inner = expr->as.operand;
            break;
        case HAD_EXPR_BINARY:
            inner = holds(expr->as.binary.left->span, offset) ? expr->as.binary.left
                                                              : expr->as.binary.right;
            break;
        case HAD_EXPR_ERROR:
        case HAD_EXPR_DOT:
        case HAD_EXPR_LITERAL:
        case HAD_EXPR_STRING: /* no line ends inside `${…}`: no comment either */
        case HAD_EXPR_BOOL:
            break;
        }
        expr = inner;
    }
    return false;
}

static bool body_has_home(const struct had_body *body, uint32_t offset)
{
    return body && holds(body->span, offset);
}

static bool type_has_home(const struct had_type_expr *type, uint32_t offset)
{
    while (type->of)
        type = type->of;
    return expr_has_home(type->words, offset);
}

static bool stmt_has_home(const struct had_stmt *stmt, uint32_t offset)
{
    switch (stmt->kind) {
    case HAD_STMT_ERROR:
        return true; /* written as it stands */
    case HAD_STMT_ATTR:
        return expr_has_home(stmt->as.attr.value, offset);
    case HAD_STMT_BLOCK:
        if (expr_has_home(
                clause_at(stmt->as.block.clauses.items, stmt->as.block.clauses.count, offset),
                offset))
            return true;
        return expr_has_home(stmt->as.block.subject, offset) ||
               body_has_home(stmt->as.block.body, offset);
    case HAD_STMT_PARAM:
        return type_has_home(stmt->as.param.type, offset) ||
               expr_has_home(stmt->as.param.value, offset);
    case HAD_STMT_LET:
        return expr_has_home(stmt->as.let.value, offset);
    case HAD_STMT_FOR:
        return expr_has_home(stmt->as.loop.source, offset) ||
               body_has_home(stmt->as.loop.body, offset);
    case HAD_STMT_IF:
        return expr_has_home(stmt->as.branch.condition, offset) ||
               body_has_home(stmt->as.branch.then, offset) ||
               body_has_home(stmt->as.branch.otherwise, offset);
    case HAD_STMT_REQUIRE:
        return expr_has_home(stmt->as.require.condition, offset);
    case HAD_STMT_MODULE:
        return body_has_home(stmt->as.module.body, offset);
    }
    return true;
}

static bool has_home(const struct had_stmt *stmt, const struct had_expr *item, uint32_t offset)
{
    return stmt ? stmt_has_home(stmt, offset) : expr_has_home(item, offset);
}

static bool is_homeless(const struct had_trivia *trivia, const struct had_stmt *stmt,
                        const struct had_expr *item)
{
    return trivia->kind != HAD_TRIVIA_BLANK && !has_home(stmt, item, trivia->span.start);
}

/* Comments between the words of a statement or item move to the lines before it. */
static bool has_homeless(const struct printer *p, const struct had_stmt *stmt,
                         const struct had_expr *item)
{
    struct had_span span = stmt ? stmt->span : item->span;
    const struct had_trivia *trivia;
    for (uint32_t i = trivia_from(p, span.start); (trivia = trivia_at(p, i, span.end)); i++)
        if (is_homeless(trivia, stmt, item))
            return true;
    return false;
}

static void print_homeless(struct printer *p, const struct had_stmt *stmt,
                           const struct had_expr *item)
{
    if (p->quiet)
        return;
    struct had_span span = stmt ? stmt->span : item->span;
    const struct had_trivia *trivia;
    for (uint32_t i = trivia_from(p, span.start); (trivia = trivia_at(p, i, span.end)); i++) {
        if (!is_homeless(trivia, stmt, item))
            continue;
        had_str text = text_of(p, trivia->span);
        /* `##` documented nothing where it stood; it must not begin to. */
        if (trivia->kind == HAD_TRIVIA_DOC)
            text = had_str_slice(text, 1, text.len);
        had_buffer_repeat(p->out, ' ', p->indent);
        had_buffer_str(p->out, text);
        had_buffer_char(p->out, '\n');
    }
}

/* What stands before a statement or item: trivia, comments from its middle, its documentation. */
static void print_before(struct printer *p, uint32_t start, const struct had_stmt *stmt,
                         const struct had_expr *item, bool first)
{
    uint32_t end = stmt ? stmt->span.start : item->span.start;
    if (!has_homeless(p, stmt, item)) {
        print_trivia(p, start, end, first, false);
        return;
    }
    uint32_t low = trivia_from(p, start), high = trivia_from(p, end), docs = high;
    while (docs > low && p->file->trivia.items[docs - 1].kind == HAD_TRIVIA_DOC &&
           p->file->trivia.items[docs - 1].own_line)
        docs--;
    uint32_t split = docs < high ? p->file->trivia.items[docs].span.start : end;
    print_trivia(p, start, split, first, false);
    print_homeless(p, stmt, item);
    print_trivia(p, split, end, false, false);
}

/* ---- measuring ---- */

static struct printer measure(const struct printer *p, bool flat)
{
    struct printer m = *p;
    m.quiet = true;
    m.flat = flat;
    m.failed = false;
    return m;
}

static bool fits(const struct printer *p, const struct had_expr *expr)
{
    struct printer m = measure(p, true);
    print_expr(&m, expr);
    return !m.failed;
}

/* Whether lists and the like stay on one line here without asking further. */
static bool stays_flat(const struct printer *p)
{
    return p->flat || p->never;
}

/* ---- expressions ---- */

static void print_steps(struct printer *p, const struct had_path_step *steps, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (steps[i].key) {
            put_c(p, "[");
            print_expr(p, steps[i].key);
            put_c(p, "]");
        } else {
            put_c(p, ".");
            put(p, steps[i].name.text);
        }
    }
}

static void print_value_in_string(struct printer *p, const struct had_expr *value)
{
    bool before = p->never;
    p->never = true;
    put_c(p, "${");
    print_expr(p, value);
    put_c(p, "}");
    p->never = before;
}

/* A piece of a block: each line anew with its indent. */
static void print_block_text(struct printer *p, struct had_span span, uint32_t margin, bool line)
{
    uint32_t at = span.start;
    while (at < span.end || line) {
        if (line) {
            uint32_t text = at;
            while (text < p->source.len &&
                   (p->source.ptr[text] == ' ' || p->source.ptr[text] == '\t'))
                text++;
            bool empty = p->source.ptr[text] == '\n' || p->source.ptr[text] == '\r';
            break_line(p, empty ? 0 : p->indent + INDENT);
            at = empty ? text : at + margin;
            if (at >= span.end)
                return;
        }
        uint32_t end = at;
        while (end < span.end && p->source.ptr[end] != '\n')
            end++;
        uint32_t kept = end;
        if (end < p->source.len && p->source.ptr[end] == '\n' && kept > at &&
            p->source.ptr[kept - 1] == '\r')
            kept--;
        put(p, had_str_slice(p->source, at, kept));
        line = end < span.end;
        at = end + 1;
    }
}

static void print_block(struct printer *p, const struct had_expr *block)
{
    put_c(p, "\"\"\"");
    if (p->quiet) {
        p->failed = true;
        return;
    }
    uint32_t margin = had_block_margin(p->source, block);
    for (uint32_t i = 0; i < block->as.string.pieces.count; i++) {
        const struct had_piece *piece = &block->as.string.pieces.items[i];
        if (piece->value && i == 0)
            break_line(p, p->indent + INDENT);
        if (piece->value)
            print_value_in_string(p, piece->value);
        else
            print_block_text(p, piece->span, margin, i == 0);
    }
    break_line(p, p->indent + INDENT);
    put_c(p, "\"\"\"");
}

static void print_string(struct printer *p, const struct had_expr *string)
{
    if (string->as.string.quote == HAD_QUOTE_BLOCK) {
        print_block(p, string);
        return;
    }
    const char *quote = string->as.string.quote == HAD_QUOTE_SINGLE ? "'" : "\"";
    put_c(p, quote);
    for (uint32_t i = 0; i < string->as.string.pieces.count; i++) {
        const struct had_piece *piece = &string->as.string.pieces.items[i];
        if (piece->value)
            print_value_in_string(p, piece->value);
        else
            put(p, text_of(p, piece->span));
    }
    put_c(p, quote);
}

static void print_list_lines(struct printer *p, const struct had_expr *list)
{
    put_c(p, "[");
    uint32_t at = list->span.start + 1, close = list->span.end - 1;
    uint32_t count = list->as.list.count;
    end_line(p, at, count ? list->as.list.items[0]->span.start : close, true);
    p->indent += INDENT;
    for (uint32_t i = 0; i < count && !p->failed; i++) {
        const struct had_expr *item = list->as.list.items[i];
        print_before(p, at, NULL, item, i == 0);
        start_line(p);
        print_expr(p, item);
        at = item->span.end;
        end_line(p, at, i + 1 < count ? list->as.list.items[i + 1]->span.start : close, false);
    }
    print_trivia(p, at, close, count == 0, true);
    p->indent -= INDENT;
    start_line(p);
    put_c(p, "]");
}

static void print_list(struct printer *p, const struct had_expr *list)
{
    uint32_t count = list->as.list.count;
    bool lines = count ? has_newline(p, list->span.start, list->span.end)
                       : has_comment(p, list->span.start, list->span.end);
    if (lines && p->flat) {
        p->failed = true;
        return;
    }
    if (lines || (count && !stays_flat(p) && !fits(p, list))) {
        print_list_lines(p, list);
        return;
    }
    put_c(p, "[");
    for (uint32_t i = 0; i < count && !p->failed; i++) {
        if (i)
            put_c(p, ", ");
        print_expr(p, list->as.list.items[i]);
    }
    put_c(p, "]");
}

static void print_call(struct printer *p, const struct had_expr *call)
{
    uint32_t count = call->as.call.arguments.count;
    bool lines = count > 1 && !stays_flat(p) && !fits(p, call);
    put(p, call->as.call.name.text);
    put_c(p, "(");
    if (lines) {
        p->indent += INDENT;
        for (uint32_t i = 0; i < count && !p->failed; i++) {
            break_line(p, p->indent);
            print_expr(p, call->as.call.arguments.items[i]);
            if (i + 1 < count)
                put_c(p, ",");
        }
        p->indent -= INDENT;
        break_line(p, p->indent);
    } else {
        for (uint32_t i = 0; i < count && !p->failed; i++) {
            if (i)
                put_c(p, ", ");
            print_expr(p, call->as.call.arguments.items[i]);
        }
    }
    put_c(p, ")");
}

/* The left operand, if it continues the same `and` or `or`. */
static const struct had_expr *chained(const struct had_expr *expr)
{
    const struct had_expr *left = expr->as.binary.left;
    return left->kind == HAD_EXPR_BINARY && left->as.binary.op == expr->as.binary.op ? left : NULL;
}

static void print_chain(struct printer *p, const struct had_expr *expr, bool lines)
{
    const struct had_expr *left = chained(expr);
    if (left)
        print_chain(p, left, lines);
    else
        print_expr(p, expr->as.binary.left);
    put_c(p, " ");
    put_c(p, had_operator_word(expr->as.binary.op));
    if (lines)
        break_line(p, p->indent + CONTINUATION);
    else
        put_c(p, " ");
    if (!p->failed)
        print_expr(p, expr->as.binary.right);
}

static void print_binary(struct printer *p, const struct had_expr *expr)
{
    bool lines = false;
    if (expr->as.binary.op <= HAD_AND) {
        for (const struct had_expr *e = expr; e && !lines; e = chained(e))
            lines = has_newline(p, e->as.binary.op_span.end, e->as.binary.right->span.start);
        if (lines && p->flat) {
            p->failed = true;
            return;
        }
        lines = !p->never && (lines || (!p->flat && !fits(p, expr)));
    }
    print_chain(p, expr, lines);
}

static void print_part(struct printer *p, const char *word, const struct had_expr *expr)
{
    if (!expr)
        return;
    put_c(p, word);
    print_expr(p, expr);
}

static void print_expr(struct printer *p, const struct had_expr *expr)
{
    if (p->failed)
        return;
    switch (expr->kind) {
    case HAD_EXPR_ERROR:
        put(p, text_of(p, expr->span));
        break;
    case HAD_EXPR_REF:
        if (expr->as.ref.kind.text.len) {
            put(p, expr->as.ref.kind.text);
            put_c(p, " ");
        }
        if (expr->as.ref.outside)
            print_expr(p, expr->as.ref.outside);
        put(p, expr->as.ref.first.text);
        print_steps(p, expr->as.ref.steps.items, expr->as.ref.steps.count);
        break;
    case HAD_EXPR_DOT:
        print_steps(p, expr->as.dot.steps.items, expr->as.dot.steps.count);
        break;
    case HAD_EXPR_LITERAL:
        put(p, expr->as.literal);
        break;
    case HAD_EXPR_STRING:
        print_string(p, expr);
        break;
    case HAD_EXPR_BOOL:
        put_c(p, expr->as.boolean ? "true" : "false");
        break;
    case HAD_EXPR_LIST:
        print_list(p, expr);
        break;
    case HAD_EXPR_CALL:
        print_call(p, expr);
        break;
    case HAD_EXPR_SELECT:
        put_c(p, "every ");
        put(p, expr->as.select.kind.text);
        print_part(p, " of ", expr->as.select.of);
        print_part(p, " except ", expr->as.select.except);
        print_part(p, " where ", expr->as.select.where);
        break;
    case HAD_EXPR_IF:
        print_part(p, "if ", expr->as.choice.condition);
        print_part(p, " then ", expr->as.choice.then);
        print_part(p, " else ", expr->as.choice.otherwise);
        break;
    case HAD_EXPR_NOT:
        print_part(p, "not ", expr->as.operand);
        break;
    case HAD_EXPR_BINARY:
        print_binary(p, expr);
        break;
    case HAD_EXPR_GROUP:
        print_part(p, "(", expr->as.operand);
        put_c(p, ")");
        break;
    }
}

/* ---- statements ---- */

static void print_stmt(struct printer *p, const struct had_stmt *stmt, uint32_t pad);

static bool is_empty(const struct printer *p, const struct had_body *body)
{
    return body->stmts.count == 0 && !has_comment(p, body->span.start, body->span.end);
}

static bool written_flat(const struct printer *p, const struct had_body *body)
{
    return is_empty(p, body) || !has_newline(p, body->span.start, body->span.end);
}

static void print_flat_body(struct printer *p, const struct had_body *body)
{
    if (!written_flat(p, body))
        p->failed = true;
    put_c(p, " {");
    for (uint32_t i = 0; i < body->stmts.count && !p->failed; i++) {
        put_c(p, i ? ", " : " ");
        print_stmt(p, body->stmts.items[i], 0);
    }
    put_c(p, body->stmts.count ? " }" : "}");
}

static void print_body(struct printer *p, const struct had_body *body, bool flat)
{
    if (flat || is_empty(p, body)) {
        print_flat_body(p, body);
        return;
    }
    put_c(p, " {");
    uint32_t close = body->span.end - 1;
    end_line(p, body->span.start + 1, body->stmts.count ? body->stmts.items[0]->span.start : close,
             true);
    p->indent += INDENT;
    print_stmts(p, (const struct had_stmt *const *)body->stmts.items, body->stmts.count,
                body->span.start + 1, close);
    p->indent -= INDENT;
    start_line(p);
    put_c(p, "}");
}

/* One or two bodies behind what is on the line: both on it, or both over lines. */
static void print_bodies(struct printer *p, const struct had_body *body,
                         const struct had_body *otherwise)
{
    bool flat = p->flat;
    if (!flat && written_flat(p, body) && (!otherwise || written_flat(p, otherwise))) {
        struct printer m = measure(p, true);
        print_bodies(&m, body, otherwise);
        flat = !m.failed;
    }
    print_body(p, body, flat);
    if (otherwise) {
        put_c(p, " else");
        print_body(p, otherwise, flat);
    }
}

static void print_type(struct printer *p, const struct had_type_expr *type)
{
    for (; type; type = type->of) {
        put(p, type->name.text);
        if (type->of || type->words)
            put_c(p, " of ");
        if (type->words)
            print_expr(p, type->words);
    }
}

static void print_head(struct printer *p, const struct had_stmt *stmt)
{
    if (stmt->as.block.existing)
        put_c(p, "existing ");
    put(p, stmt->as.block.kind.text);
    print_part(p, " ", stmt->as.block.subject);
    for (uint32_t i = 0; i < stmt->as.block.clauses.count; i++) {
        const struct had_clause *clause = &stmt->as.block.clauses.items[i];
        put_c(p, " ");
        put_c(p, had_preposition_word(clause->preposition));
        print_part(p, " ", clause->value);
    }
}

/* `pad` spaces align the `=` of an attribute; they do not count for what fits. */
static void print_stmt(struct printer *p, const struct had_stmt *stmt, uint32_t pad)
{
    switch (stmt->kind) {
    case HAD_STMT_ERROR:
        put(p, text_of(p, stmt->span));
        break;
    case HAD_STMT_ATTR:
        put(p, text_of(p, stmt->as.attr.name.span));
        if (!p->quiet)
            had_buffer_repeat(p->out, ' ', pad);
        print_part(p, " = ", stmt->as.attr.value);
        break;
    case HAD_STMT_BLOCK:
        print_head(p, stmt);
        if (stmt->as.block.body)
            print_bodies(p, stmt->as.block.body, NULL);
        break;
    case HAD_STMT_PARAM:
        put_c(p, "param ");
        put(p, stmt->as.param.name.text);
        put_c(p, " : ");
        print_type(p, stmt->as.param.type);
        print_part(p, " = ", stmt->as.param.value);
        break;
    case HAD_STMT_LET:
        put_c(p, "let ");
        put(p, stmt->as.let.name.text);
        print_part(p, " = ", stmt->as.let.value);
        break;
    case HAD_STMT_FOR:
        put_c(p, "for ");
        put(p, stmt->as.loop.variable.text);
        print_part(p, " in ", stmt->as.loop.source);
        print_bodies(p, stmt->as.loop.body, NULL);
        break;
    case HAD_STMT_IF:
        print_part(p, "if ", stmt->as.branch.condition);
        print_bodies(p, stmt->as.branch.then, stmt->as.branch.otherwise);
        break;
    case HAD_STMT_REQUIRE:
        print_part(p, "require ", stmt->as.require.condition);
        print_part(p, " else ", stmt->as.require.message);
        break;
    case HAD_STMT_MODULE:
        put_c(p, "module ");
        put(p, stmt->as.module.name.text);
        print_bodies(p, stmt->as.module.body, NULL);
        break;
    }
}

static bool is_line(const struct printer *p, const struct had_stmt *stmt)
{
    if (stmt->kind != HAD_STMT_ATTR)
        return false;
    struct printer m = measure(p, false);
    m.column = p->indent;
    print_stmt(&m, stmt, 0);
    return !m.failed;
}

/* Nothing but code, and comments behind it, from one statement to the next. */
static bool follows(const struct printer *p, const struct had_stmt *before,
                    const struct had_stmt *stmt)
{
    uint32_t i = trivia_from(p, before->span.end);
    const struct had_trivia *trivia = trivia_at(p, i, stmt->span.start);
    if (trivia && !trivia->own_line)
        trivia = trivia_at(p, i + 1, stmt->span.start);
    return !trivia && !has_homeless(p, stmt, NULL);
}

static uint32_t name_width(const struct printer *p, const struct had_stmt *attr)
{
    return width_of(text_of(p, attr->as.attr.name.span));
}

static void print_stmts(struct printer *p, const struct had_stmt *const *stmts, uint32_t count,
                        uint32_t start, uint32_t end)
{
    uint32_t run = 0;   /* statements before it are not in the run at hand */
    uint32_t width = 0; /* of the names in the run */
    uint32_t at = start;
    for (uint32_t i = 0; i < count && !p->failed; i++) {
        if (i >= run && !p->quiet) {
            width = 0;
            for (run = i; run < count && is_line(p, stmts[run]) &&
                          (run == i || follows(p, stmts[run - 1], stmts[run]));
                 run++) {
                uint32_t w = name_width(p, stmts[run]);
                width = w > width ? w : width;
            }
        }
        print_before(p, at, stmts[i], NULL, i == 0);
        start_line(p);
        print_stmt(p, stmts[i], i < run ? width - name_width(p, stmts[i]) : 0);
        at = stmts[i]->span.end;
        end_line(p, at, i + 1 < count ? stmts[i + 1]->span.start : end, false);
    }
    print_trivia(p, at, end, count == 0, true);
}

/* ---- comments behind code ---- */

static uint32_t code_width(had_str text, size_t at)
{
    size_t start = at;
    while (start > 0 && text.ptr[start - 1] != '\n')
        start--;
    return width_of(had_str_slice(text, (uint32_t)start, (uint32_t)at));
}

/* The second stands on the line below the first, in the same body or list. */
static bool adjacent(had_str text, const struct note *first, const struct note *second)
{
    if (first->indent != second->indent || first->opens || second->opens)
        return false;
    const char *from = text.ptr + first->at + 1;
    return memchr(from, '\n', second->at - first->at - 1) == NULL;
}

/*
 * Puts the comments behind their lines. Those of adjacent lines share a column: the first one's if
 * there is room, else the nearest.
 */
static void merge(struct had_buffer *out, had_str text, const struct note *notes, uint32_t count)
{
    size_t done = 0;
    for (uint32_t i = 0; i < count;) {
        uint32_t last = i + 1, need = code_width(text, notes[i].at);
        while (last < count && adjacent(text, &notes[last - 1], &notes[last])) {
            uint32_t width = code_width(text, notes[last].at);
            need = width > need ? width : need;
            last++;
        }
        need += 2;
        uint32_t column = notes[i].column;
        if (column < need || column > HAD_FORMAT_COLUMNS)
            column = need;
        for (; i < last; i++) {
            had_buffer_add(out, text.ptr + done, notes[i].at - done);
            had_buffer_repeat(out, ' ', column - code_width(text, notes[i].at));
            had_buffer_str(out, notes[i].text);
            done = notes[i].at;
        }
    }
    if (done < text.len)
        had_buffer_add(out, text.ptr + done, text.len - done);
}

void had_format(struct had_buffer *out, const struct had_sources *sources,
                const struct had_file *file)
{
    struct had_arena arena = {0};
    struct had_buffer text = {0};
    struct printer p = {.file = file,
                        .source = sources->files.items[file->file - 1]->text,
                        .arena = &arena,
                        .out = &text};
    print_stmts(&p, (const struct had_stmt *const *)file->stmts.items, file->stmts.count, 0,
                p.source.len);
    merge(out, had_buffer_view(&text), p.notes.items, p.notes.count);
    had_buffer_free(&text);
    had_arena_free(&arena);
}
