/* had_parse, and what the grammar asks while it runs: the next token, and where to go on after an
 * error. */
#include "syntax/parser.h"

#include "had.tab.h"

/*
 * Where the grammar goes on after an error at token `at`: at the end of the statement, that is the
 * next NEWLINE, comma or `}` that belongs to the body around it. Bodies and lists on the way are
 * skipped whole. Brackets are in pairs here.
 */
static uint32_t end_of_statement(const struct had_tokens *tokens, uint32_t at)
{
    for (;;) {
        const struct had_token *token = &tokens->items[at];
        switch (token->kind) {
        case HAD_T_END:
        case HAD_T_RBRACE:
            return at;
        case HAD_T_NEWLINE:
        case HAD_T_COMMA:
            if (token->link == HAD_NO_TOKEN || tokens->items[token->link].kind == HAD_T_LBRACE)
                return at;
            break;
        case HAD_T_LBRACE:
        case HAD_T_LBRACKET:
        case HAD_T_LPAREN:
        case HAD_T_INTERP_OPEN:
            at = token->link;
            break;
        default:
            break;
        }
        at++;
    }
}

int had_parser_next(struct had_parser *p, struct had_span *span)
{
    uint32_t index = p->current = p->next;
    const struct had_token *token = &p->tokens.items[index];
    *span = (struct had_span){p->number, token->start, token->end};
    if (token->kind != HAD_T_END)
        p->next++;
    if (token->kind == HAD_T_UNKNOWN) {
        had_report_token(p, index);
        p->next = end_of_statement(&p->tokens, index);
        return HAD_T_HAD_YYerror;
    }
    if (token->flags & (HAD_TOKEN_ODD_NAME | HAD_TOKEN_INSERTED))
        had_report_token(p, index);
    return token->kind;
}

void had_parser_unexpected(struct had_parser *p, const uint64_t expected[2])
{
    had_report_syntax(p, p->current, expected);
    p->next = end_of_statement(&p->tokens, p->current);
}

void had_parser_too_deep(struct had_parser *p, struct had_span span)
{
    had_report_too_deep(p, span, "statements and expressions");
}

struct had_span had_parser_skipped(const struct had_parser *p, struct had_span span)
{
    if (p->next) {
        uint32_t end = p->tokens.items[p->next - 1].end;
        if (end > span.end)
            span.end = end;
    }
    return span;
}

had_str had_parser_text(const struct had_parser *p, struct had_span span)
{
    return had_str_slice(p->text, span.start, span.end);
}

static uint32_t edition_of(const struct had_file *file)
{
    if (!file->stmts.count)
        return 0;
    const struct had_stmt *first = file->stmts.items[0];
    int64_t edition;
    if (first->kind != HAD_STMT_BLOCK || !had_str_is(first->as.block.kind.text, "had") ||
        !first->as.block.subject || first->as.block.subject->kind != HAD_EXPR_LITERAL ||
        !had_str_to_int(first->as.block.subject->as.literal, &edition) || edition > UINT32_MAX)
        return 0;
    return (uint32_t)edition;
}

void had_parser_read(struct had_parser *p, struct had_arena *arena,
                     const struct had_sources *sources, uint32_t number, struct had_diags *diags)
{
    *p = (struct had_parser){.arena = arena,
                             .sources = sources,
                             .diags = diags,
                             .number = number,
                             .text = sources->files.items[number - 1]->text};
    p->file = had_new(arena, struct had_file);
    p->file->file = number;
    had_lexer_init(&p->lexer, arena, &p->scratch, p->file, p->text);
    /* Flex wants two NULs behind the text and writes into it while it scans. */
    size_t size = (size_t)p->text.len + 2;
    char *copy = had_xmalloc(size);
    if (p->text.len)
        memcpy(copy, p->text.ptr, p->text.len);
    copy[size - 2] = copy[size - 1] = '\0';
    had_lexer_scan(&p->lexer, copy, size);
    free(copy);
    had_report_notes(p);
    had_layout(p);
    free(p->lexer.tokens.items);
    p->lexer.tokens = (struct had_tokens){0};
}

void had_parser_release(struct had_parser *p)
{
    free(p->tokens.items);
    had_arena_free(&p->scratch);
}

struct had_file *had_parse(struct had_arena *arena, const struct had_sources *sources,
                           uint32_t file, struct had_diags *diags)
{
    struct had_parser p;
    had_parser_read(&p, arena, sources, file, diags);
    had_report_hidden(&p);
    had_yyparse(&p);
    p.file->edition = edition_of(p.file);
    had_parser_release(&p);
    return p.file;
}
