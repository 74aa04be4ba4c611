#include "cli/cli.h"

#include "schema/explain.h"

#include <stdio.h>
#include <string.h>

static void explain_code(struct had_buffer *out, const struct had_code *code)
{
    had_buffer_printf(out, "%s: %s\n\nseverity  %s%s\n", code->code, code->title,
                      had_severity_name(code->severity), code->hard ? ", cannot be waived" : "");
    if (code->why)
        had_buffer_printf(out, "why       %s\n", code->why);
    if (code->help)
        had_buffer_printf(out, "help      %s\n", code->help);
    if (code->source)
        had_buffer_printf(out, "source    %s\n", code->source);
}

static const struct had_code *find_code(struct had_arena *arena, had_str word)
{
    had_str upper = had_str_upper(arena, word);
    for (uint32_t i = 0; had_language_codes[i]; i++)
        if (had_str_is(upper, had_language_codes[i]->code))
            return had_language_codes[i];
    const struct had_rule *rule = had_rule_find(upper);
    return rule ? &rule->code : NULL;
}

int had_cmd_explain(struct had_cli *cli)
{
    if (cli->operands.count != 1) {
        fprintf(stderr, "had explain: say one code, kind, kind.attribute or type\n");
        return HAD_EXIT_USAGE;
    }
    had_str word = had_str_c(cli->operands.items[0]);
    struct had_buffer out = {0};
    const struct had_code *code = find_code(&cli->arena, word);
    int64_t dot = had_str_find(word, '.');
    const struct had_kind *kind =
        had_kind_find(had_str_slice(word, 0, dot < 0 ? word.len : (uint32_t)dot));
    enum had_base base = had_base_find(word);
    if (code) {
        explain_code(&out, code);
    } else if (kind && dot < 0) {
        had_explain_kind(&out, kind);
    } else if (kind) {
        had_str name = had_str_slice(word, (uint32_t)dot + 1, word.len);
        int32_t at = had_kind_attr_index(kind, name);
        if (at >= 0)
            had_explain_attr(&out, kind, had_kind_attr(kind, (uint32_t)at));
        else if ((at = had_kind_clause_index(kind, name)) >= 0)
            had_buffer_printf(&out, "%s … %s …\n\n%s\n", kind->name,
                              had_preposition_word(kind->clauses[at].preposition),
                              kind->clauses[at].doc);
    }
    if (!out.len && base != HAD_TYPE_NONE)
        had_explain_type(&out, &had_types[base]);
    if (out.len) {
        had_cli_print(had_buffer_view(&out));
        had_buffer_free(&out);
        return HAD_EXIT_DONE;
    }
    had_array(had_str) names = {0};
    for (uint32_t i = 0; had_kinds[i]; i++) {
        *had_push(&cli->arena, &names) = had_str_c(had_kinds[i]->name);
        for (uint32_t k = 0; kind == had_kinds[i] && k < had_kind_attr_count(kind); k++)
            *had_push(&cli->arena, &names) =
                had_str_printf(&cli->arena, "%s.%s", kind->name, had_kind_attr(kind, k)->name);
    }
    for (uint32_t i = 0; had_rules[i]; i++)
        *had_push(&cli->arena, &names) = had_str_c(had_rules[i]->code.code);
    for (int b = 0; b < HAD_TYPE_COUNT; b++)
        *had_push(&cli->arena, &names) = had_str_c(had_base_name((enum had_base)b));
    had_str near = had_str_nearest(word, names.items, names.count);
    fprintf(stderr, "had explain: nothing is called `" HAD_FMT "`", HAD_ARG(word));
    if (near.len)
        fprintf(stderr, "; did you mean `" HAD_FMT "`?", HAD_ARG(near));
    fprintf(stderr, "\n");
    return HAD_EXIT_USAGE;
}
