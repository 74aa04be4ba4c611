/* Tokens and trees as stable text: `had dump`, golden tests, and the formatter's oracle. */
#include "syntax/parser.h"

#include "had.tab.h"

/* ---- places: lines and columns, without starting over for each node of a long line ---- */

struct places {
    const struct had_sources *sources; /* NULL: places are left out */
    uint32_t file;
    had_str text;
    uint32_t offset, line, column; /* the last answer */
};

static struct places places_of(const struct had_sources *sources, uint32_t file)
{
    return (struct places){.sources = sources,
                           .file = file,
                           .text = sources->files.items[file - 1]->text,
                           .line = 1,
                           .column = 1};
}

static void put_place(struct had_buffer *out, struct places *places, uint32_t offset)
{
    enum { NEAR = 256 };
    if (offset < places->offset || offset - places->offset > NEAR) {
        struct had_position at = had_source_position(places->sources, places->file, offset);
        places->line = at.line;
        places->column = at.column;
        places->offset = offset;
    }
    for (; places->offset < offset; places->offset++) {
        unsigned char c = (unsigned char)places->text.ptr[places->offset];
        if (c == '\n') {
            places->line++;
            places->column = 1;
        } else {
            places->column += (c & 0xc0) != 0x80;
        }
    }
    had_buffer_printf(out, "%u:%u", places->line, places->column);
}

/* One line, whatever is in the text. */
static void put_text(struct had_buffer *out, had_str text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '\n')
            had_buffer_c(out, "\\n");
        else if (c == '\\')
            had_buffer_c(out, "\\\\");
        else if (c < 0x20 || c == 0x7f)
            had_buffer_printf(out, "\\x%02x", c);
        else
            had_buffer_char(out, (char)c);
    }
}

void had_dump_tokens(struct had_buffer *out, const struct had_sources *sources, uint32_t file)
{
    struct had_arena arena = {0};
    struct had_diags diags = {.arena = &arena};
    struct had_parser p;
    had_parser_read(&p, &arena, sources, file, &diags);
    struct places places = places_of(sources, file);
    for (uint32_t i = 0; i < p.tokens.count; i++) {
        const struct had_token *token = &p.tokens.items[i];
        put_place(out, &places, token->start);
        had_buffer_printf(out, " %s", had_token_name(token->kind));
        if (token->flags & HAD_TOKEN_INSERTED) {
            had_buffer_c(out, " (inserted)");
        } else if (token->kind != HAD_T_NEWLINE && token->kind != HAD_T_END) {
            had_buffer_char(out, ' ');
            put_text(out, had_str_slice(p.text, token->start, token->end));
        }
        had_buffer_char(out, '\n');
    }
    had_parser_release(&p);
    had_arena_free(&arena);
}

/* ---- the tree ---- */

struct dump {
    struct had_buffer *out;
    struct places places;
    size_t indent;
};

static void begin(struct dump *d, const char *label)
{
    had_buffer_repeat(d->out, ' ', 2 * d->indent);
    if (label) {
        had_buffer_c(d->out, label);
        had_buffer_c(d->out, ": ");
    }
}

static void end(struct dump *d, struct had_span span)
{
    if (d->places.sources) {
        had_buffer_c(d->out, " [");
        put_place(d->out, &d->places, span.start);
        had_buffer_char(d->out, '-');
        put_place(d->out, &d->places, span.end);
        had_buffer_char(d->out, ']');
    }
    had_buffer_char(d->out, '\n');
}

static void word(struct dump *d, had_str text)
{
    had_buffer_char(d->out, ' ');
    put_text(d->out, text);
}

static void dump_expr(struct dump *d, const char *label, const struct had_expr *expr);

static void dump_steps(struct dump *d, const struct had_path_step *steps, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (steps[i].key) {
            dump_expr(d, "key", steps[i].key);
        } else {
            begin(d, "step");
            put_text(d->out, steps[i].name.text);
            end(d, steps[i].span);
        }
    }
}

static void dump_children(struct dump *d, const struct had_expr *expr)
{
    switch (expr->kind) {
    case HAD_EXPR_ERROR:
    case HAD_EXPR_LITERAL:
    case HAD_EXPR_BOOL:
        break;
    case HAD_EXPR_REF:
        dump_steps(d, expr->as.ref.steps.items, expr->as.ref.steps.count);
        dump_expr(d, "outside", expr->as.ref.outside);
        break;
    case HAD_EXPR_DOT:
        dump_steps(d, expr->as.dot.steps.items, expr->as.dot.steps.count);
        break;
    case HAD_EXPR_STRING:
        for (uint32_t i = 0; i < expr->as.string.pieces.count; i++) {
            const struct had_piece *piece = &expr->as.string.pieces.items[i];
            if (piece->value) {
                dump_expr(d, "value", piece->value);
            } else {
                begin(d, "text");
                put_text(d->out, piece->text);
                end(d, piece->span);
            }
        }
        break;
    case HAD_EXPR_LIST:
        for (uint32_t i = 0; i < expr->as.list.count; i++)
            dump_expr(d, NULL, expr->as.list.items[i]);
        break;
    case HAD_EXPR_CALL:
        for (uint32_t i = 0; i < expr->as.call.arguments.count; i++)
            dump_expr(d, NULL, expr->as.call.arguments.items[i]);
        break;
    case HAD_EXPR_SELECT:
        dump_expr(d, "of", expr->as.select.of);
        dump_expr(d, "except", expr->as.select.except);
        dump_expr(d, "where", expr->as.select.where);
        break;
    case HAD_EXPR_IF:
        dump_expr(d, "if", expr->as.choice.condition);
        dump_expr(d, "then", expr->as.choice.then);
        dump_expr(d, "else", expr->as.choice.otherwise);
        break;
    case HAD_EXPR_NOT:
    case HAD_EXPR_GROUP:
        dump_expr(d, NULL, expr->as.operand);
        break;
    case HAD_EXPR_BINARY:
        dump_expr(d, NULL, expr->as.binary.left);
        dump_expr(d, NULL, expr->as.binary.right);
        break;
    }
}

static void dump_expr(struct dump *d, const char *label, const struct had_expr *expr)
{
    if (!expr)
        return;
    static const char *const quotes[] = {"string", "raw", "block"};
    begin(d, label);
    switch (expr->kind) {
    case HAD_EXPR_ERROR:
        had_buffer_c(d->out, "error");
        break;
    case HAD_EXPR_REF:
        had_buffer_c(d->out, "ref");
        if (expr->as.ref.kind.text.len) {
            had_buffer_c(d->out, " kind=");
            put_text(d->out, expr->as.ref.kind.text);
        }
        if (expr->as.ref.first.text.len)
            word(d, expr->as.ref.first.text);
        break;
    case HAD_EXPR_DOT:
        had_buffer_c(d->out, "dot");
        break;
    case HAD_EXPR_LITERAL:
        had_buffer_c(d->out, "literal");
        word(d, expr->as.literal);
        break;
    case HAD_EXPR_STRING:
        had_buffer_c(d->out, quotes[expr->as.string.quote]);
        if (expr->as.string.unterminated)
            had_buffer_c(d->out, " unterminated");
        break;
    case HAD_EXPR_BOOL:
        had_buffer_c(d->out, expr->as.boolean ? "true" : "false");
        break;
    case HAD_EXPR_LIST:
        had_buffer_c(d->out, "list");
        break;
    case HAD_EXPR_CALL:
        had_buffer_c(d->out, "call");
        word(d, expr->as.call.name.text);
        break;
    case HAD_EXPR_SELECT:
        had_buffer_c(d->out, "every");
        word(d, expr->as.select.kind.text);
        break;
    case HAD_EXPR_IF:
        had_buffer_c(d->out, "choice");
        break;
    case HAD_EXPR_NOT:
        had_buffer_c(d->out, "not");
        break;
    case HAD_EXPR_BINARY:
        had_buffer_c(d->out, had_operator_word(expr->as.binary.op));
        break;
    case HAD_EXPR_GROUP:
        had_buffer_c(d->out, "group");
        break;
    }
    end(d, expr->span);
    d->indent++;
    dump_children(d, expr);
    d->indent--;
}

static void dump_type(struct dump *d, const struct had_type_expr *type)
{
    begin(d, "type");
    put_text(d->out, type->name.text);
    end(d, type->span);
    d->indent++;
    if (type->of)
        dump_type(d, type->of);
    dump_expr(d, "of", type->words);
    d->indent--;
}

static void dump_stmts(struct dump *d, const struct had_stmt *const *stmts, uint32_t count);

static void dump_body(struct dump *d, const char *label, const struct had_body *body)
{
    if (!body)
        return;
    begin(d, NULL);
    had_buffer_c(d->out, label);
    end(d, body->span);
    d->indent++;
    dump_stmts(d, (const struct had_stmt *const *)body->stmts.items, body->stmts.count);
    d->indent--;
}

static void dump_parts(struct dump *d, const struct had_stmt *stmt)
{
    switch (stmt->kind) {
    case HAD_STMT_ERROR:
        break;
    case HAD_STMT_ATTR:
        dump_expr(d, NULL, stmt->as.attr.value);
        break;
    case HAD_STMT_BLOCK:
        dump_expr(d, "subject", stmt->as.block.subject);
        for (uint32_t i = 0; i < stmt->as.block.clauses.count; i++)
            dump_expr(d, had_preposition_word(stmt->as.block.clauses.items[i].preposition),
                      stmt->as.block.clauses.items[i].value);
        dump_body(d, "body", stmt->as.block.body);
        break;
    case HAD_STMT_PARAM:
        dump_type(d, stmt->as.param.type);
        dump_expr(d, "default", stmt->as.param.value);
        break;
    case HAD_STMT_LET:
        dump_expr(d, NULL, stmt->as.let.value);
        break;
    case HAD_STMT_FOR:
        dump_expr(d, "in", stmt->as.loop.source);
        dump_body(d, "body", stmt->as.loop.body);
        break;
    case HAD_STMT_IF:
        dump_expr(d, "if", stmt->as.branch.condition);
        dump_body(d, "then", stmt->as.branch.then);
        dump_body(d, "else", stmt->as.branch.otherwise);
        break;
    case HAD_STMT_REQUIRE:
        dump_expr(d, NULL, stmt->as.require.condition);
        dump_expr(d, "else", stmt->as.require.message);
        break;
    case HAD_STMT_MODULE:
        dump_body(d, "body", stmt->as.module.body);
        break;
    }
}

static void dump_stmt(struct dump *d, const struct had_stmt *stmt)
{
    begin(d, NULL);
    switch (stmt->kind) {
    case HAD_STMT_ERROR:
        had_buffer_c(d->out, "error");
        break;
    case HAD_STMT_ATTR:
        had_buffer_c(d->out, stmt->as.attr.quoted ? "attr quoted" : "attr");
        word(d, stmt->as.attr.name.text);
        break;
    case HAD_STMT_BLOCK:
        had_buffer_c(d->out, stmt->as.block.existing ? "existing block" : "block");
        word(d, stmt->as.block.kind.text);
        break;
    case HAD_STMT_PARAM:
        had_buffer_c(d->out, "param");
        word(d, stmt->as.param.name.text);
        break;
    case HAD_STMT_LET:
        had_buffer_c(d->out, "let");
        word(d, stmt->as.let.name.text);
        break;
    case HAD_STMT_FOR:
        had_buffer_c(d->out, "for");
        word(d, stmt->as.loop.variable.text);
        break;
    case HAD_STMT_IF:
        had_buffer_c(d->out, "if");
        break;
    case HAD_STMT_REQUIRE:
        had_buffer_c(d->out, "require");
        break;
    case HAD_STMT_MODULE:
        had_buffer_c(d->out, "module");
        word(d, stmt->as.module.name.text);
        break;
    }
    end(d, stmt->span);
    d->indent++;
    if (stmt->doc.ptr) {
        begin(d, "doc");
        put_text(d->out, stmt->doc);
        had_buffer_char(d->out, '\n');
    }
    dump_parts(d, stmt);
    d->indent--;
}

static void dump_stmts(struct dump *d, const struct had_stmt *const *stmts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        dump_stmt(d, stmts[i]);
}

void had_dump_ast(struct had_buffer *out, const struct had_sources *sources,
                  const struct had_file *file)
{
    struct dump d = {.out = out, .places = places_of(sources, file->file)};
    dump_stmts(&d, (const struct had_stmt *const *)file->stmts.items, file->stmts.count);
}

void had_dump_shape(struct had_buffer *out, const struct had_file *file)
{
    struct dump d = {.out = out};
    dump_stmts(&d, (const struct had_stmt *const *)file->stmts.items, file->stmts.count);
}
