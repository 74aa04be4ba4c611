#include "syntax/ast.h"

const char *had_preposition_word(enum had_preposition preposition)
{
    static const char *const words[HAD_PREPOSITIONS] = {
        [HAD_IN] = "in",       [HAD_AT] = "at",     [HAD_ON] = "on",
        [HAD_TO] = "to",       [HAD_FROM] = "from", [HAD_WITH] = "with",
        [HAD_VIA] = "via",     [HAD_AS] = "as",     [HAD_BECAUSE] = "because",
        [HAD_UNTIL] = "until", [HAD_BY] = "by",     [HAD_BETWEEN] = "between"};
    return words[preposition];
}

const char *had_operator_word(enum had_operator op)
{
    static const char *const words[] = {
        [HAD_OR] = "or", [HAD_AND] = "and", [HAD_EQ] = "==", [HAD_NE] = "!=",        [HAD_LT] = "<",
        [HAD_LE] = "<=", [HAD_GT] = ">",    [HAD_GE] = ">=", [HAD_WITHIN] = "within"};
    return words[op];
}

const struct had_expr *had_expr_inner(const struct had_expr *expr)
{
    while (expr && expr->kind == HAD_EXPR_GROUP)
        expr = expr->as.operand;
    return expr;
}

bool had_expr_plain_text(const struct had_expr *expr, had_str *out)
{
    if (!expr || expr->kind != HAD_EXPR_STRING || expr->as.string.pieces.count > 1)
        return false;
    if (expr->as.string.pieces.count == 0) {
        *out = (had_str){0};
        return true;
    }
    if (expr->as.string.pieces.items[0].value)
        return false;
    *out = expr->as.string.pieces.items[0].text;
    return true;
}

uint32_t had_block_margin(had_str source, const struct had_expr *block)
{
    uint32_t margin = 0, first = 0;
    bool any = false;
    /* No line of the file begins inside a `${…}`, so each line end here is one of the text. */
    for (uint32_t i = block->span.start + 3; i < block->span.end - 3; i++) {
        if (source.ptr[i] != '\n')
            continue;
        uint32_t start = i + 1, at = start;
        while (source.ptr[at] == ' ' || source.ptr[at] == '\t')
            at++;
        if (source.ptr[at] == '\n' || source.ptr[at] == '\r')
            continue; /* an empty line says nothing about the indent */
        if (!any) {
            first = start;
            margin = at - start;
            any = true;
            continue;
        }
        uint32_t same = 0;
        while (same < margin && same < at - start &&
               source.ptr[first + same] == source.ptr[start + same])
            same++;
        margin = same;
    }
    return margin;
}
