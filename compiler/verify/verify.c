#include "verify/internal.h"

struct had_diag *had_differs(struct had_verification *v, const struct had_code *code,
                             const struct had_node *node, struct had_span span, const char *format,
                             ...)
{
    va_list args;
    va_start(args, format);
    had_str message = had_str_vprintf(v->diags->arena, format, args);
    va_end(args);
    struct had_diag *d = had_report(v->diags, code, span, HAD_FMT, HAD_ARG(message));
    if (node)
        had_diag_address(d, node->address);
    had_diag_help(d, "%s", code->help);
    v->result.differences++;
    return d;
}

struct had_verify_result had_verify(struct had_arena *arena, const struct had_verify_input *input)
{
    struct had_verification v = {
        .input = input, .graph = input->graph, .arena = arena, .diags = input->diags};
    had_symbols_init(&v.names, arena);
    had_index_files(&v);
    had_scope_nodes(&v);
    if (!had_read_output(&v))
        return v.result;
    had_find_nodes(&v);
    had_compare_stacks(&v);
    had_check_helpers(&v);
    had_check_by_hand(&v);
    had_check_order(&v);
    return v.result;
}
