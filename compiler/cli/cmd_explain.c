#include "cli/cli.h"

#include "schema/explain.h"
#include "schema/facts.h"

#include <stdio.h>
#include <string.h>

/* Every name that `had explain` knows but `KIND.ATTRIBUTE`. */
void had_explain_names(struct had_arena *arena, had_names *out)
{
    for (uint32_t i = 0; had_kinds[i]; i++)
        *had_push(arena, out) = had_str_c(had_kinds[i]->name);
    for (int b = HAD_TYPE_NONE + 1; b < HAD_TYPE_COUNT; b++)
        if (had_base_find(had_str_c(had_base_name((enum had_base)b))) == (enum had_base)b)
            *had_push(arena, out) = had_str_c(had_base_name((enum had_base)b));
    for (uint32_t i = 0; had_function_at(i); i++)
        *had_push(arena, out) = had_str_c(had_function_at(i)->name);
    for (uint32_t i = 0; i < had_fact_service_word_count; i++)
        if (!i || strcmp(had_fact_service_words[i].word, had_fact_service_words[i - 1].word) != 0)
            *had_push(arena, out) = had_str_c(had_fact_service_words[i].word);
    for (uint32_t i = 0; had_language_codes[i]; i++)
        *had_push(arena, out) = had_str_c(had_language_codes[i]->code);
    for (uint32_t i = 0; had_rules[i]; i++) {
        if (!i || strcmp(had_rules[i]->group, had_rules[i - 1]->group) != 0)
            *had_push(arena, out) = had_str_c(had_rules[i]->group);
        *had_push(arena, out) = had_str_c(had_rules[i]->code.code);
    }
    for (uint32_t i = 0; had_prove_codes[i]; i++)
        *had_push(arena, out) = had_str_c(had_prove_codes[i]->code);
}

/* ---- what each sort of name says ---- */

/* "why       text", wrapped under itself. */
static void add_row(struct had_buffer *out, const char *label, const char *text)
{
    if (!text)
        return;
    had_buffer_printf(out, "%-10s", label);
    had_explain_wrapped(out, had_str_c(text), 10, 10);
    had_buffer_char(out, '\n');
}

static void explain_code(struct had_buffer *out, const struct had_code *code)
{
    const struct had_rule *rule = had_rule_find(had_str_c(code->code));
    had_buffer_printf(out, "%s: %s\n\nseverity  %s%s\n", code->code, code->title,
                      had_severity_name(code->severity), code->hard ? ", cannot be waived" : "");
    if (rule && rule->opt_in)
        add_row(out, "runs", "only where `severities` of the spec names it");
    if (rule && rule->phase != HAD_PHASE_FOUNDATION)
        had_buffer_printf(out, "from      phase %s\n", had_phase_name(rule->phase));
    const struct had_fact_rule *fact = rule ? had_fact_rule_find(had_str_c(code->code)) : NULL;
    add_row(out, "rule", fact ? fact->statement : NULL);
    add_row(out, "why", code->why);
    add_row(out, "help", code->help);
    add_row(out, "source", code->source);
    add_row(out, "cost", rule ? rule->complexity : NULL);
}

static const struct had_code *find_code(struct had_arena *arena, had_str word)
{
    had_str upper = had_str_upper(arena, word);
    for (uint32_t i = 0; had_language_codes[i]; i++)
        if (had_str_is(upper, had_language_codes[i]->code))
            return had_language_codes[i];
    for (uint32_t i = 0; had_prove_codes[i]; i++)
        if (had_str_is(upper, had_prove_codes[i]->code))
            return had_prove_codes[i];
    const struct had_rule *rule = had_rule_find(upper);
    return rule ? &rule->code : NULL;
}

/* A rule of the catalog that no check reports. */
static void explain_undecided(struct had_buffer *out, struct had_arena *arena, had_str word)
{
    const struct had_fact_rule *fact = had_fact_rule_find(had_str_upper(arena, word));
    if (!fact || had_rule_find(had_str_c(fact->id)))
        return;
    had_buffer_printf(out, "%s: reported by no check\n\n", fact->id);
    add_row(out, "rule", fact->statement);
    add_row(out, "why not",
            "the language refuses it, what is made keeps it, another rule or a proof tells it, or "
            "a spec does not say it: docs/rules/undecided.md tells which");
}

static void explain_group(struct had_buffer *out, struct had_arena *arena, had_str word)
{
    had_str upper = had_str_upper(arena, word);
    for (uint32_t i = 0; had_rules[i]; i++)
        if (had_str_is(upper, had_rules[i]->group))
            had_buffer_printf(out, "%-9s %-8s %s\n", had_rules[i]->code.code,
                              had_severity_name(had_rules[i]->code.severity),
                              had_rules[i]->code.title);
}

/* `spoke.cidr`, `spoke.dhcp.dns`, `spoke.account` (a clause), `spoke.in`. */
static void explain_path(struct had_buffer *out, const struct had_kind *kind, had_str path)
{
    int64_t dot = had_str_find(path, '.');
    had_str first = had_str_slice(path, 0, dot < 0 ? path.len : (uint32_t)dot);
    int32_t at = had_kind_attr_index(kind, first);
    const struct had_attr *attr = at < 0 ? NULL : had_kind_attr(kind, (uint32_t)at);
    if (attr && dot >= 0) {
        had_str second = had_str_slice(path, (uint32_t)dot + 1, path.len);
        const struct had_type *type = attr->type;
        while (type->element)
            type = type->element;
        const struct had_attr *entry = type->entries;
        while (entry && entry->name && !had_str_is(second, entry->name))
            entry++;
        attr = entry && entry->name ? entry : NULL;
    }
    if (attr)
        had_explain_attr(out, kind, attr);
    for (uint32_t i = 0; !out->len && dot < 0 && i < had_kind_clause_count(kind); i++) {
        const struct had_clause_spec *c = &kind->clauses[i];
        if (!had_str_is(first, c->slot) && !had_str_is(first, had_preposition_word(c->preposition)))
            continue;
        had_buffer_printf(out, "%s … %s … : ", kind->name, had_preposition_word(c->preposition));
        had_explain_range(out, c->type);
        had_buffer_printf(out, "\n\n%s%s\n", c->doc, c->required ? " It is required." : "");
    }
}

static void explain_function(struct had_buffer *out, const struct had_function *f)
{
    had_buffer_printf(out, "%s : %s\n\n", f->usage, f->gives);
    add_row(out, "does", f->doc);
    add_row(out, "example", f->example);
}

/* Whether a word stands in "always|ldaps". */
static bool counts(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += len)
        if ((at == list || at[-1] == '|') && (at[len] == '|' || !at[len]))
            return true;
    return false;
}

static void explain_service(struct had_buffer *out, had_str word)
{
    for (uint32_t i = 0; i < had_fact_service_word_count; i++) {
        const struct had_fact_service_word *w = &had_fact_service_words[i];
        if (!had_str_is(word, w->word))
            continue;
        if (!out->len)
            had_buffer_printf(out, "%s (a word of the type service)\n\n", w->word);
        if (!w->flow[0])
            had_buffer_printf(out, "  %s/%s\t%s\n", w->ports, w->protocol, w->purpose);
        for (uint32_t k = 0; w->flow[0] && k < had_fact_port_count; k++) {
            const struct had_fact_port *p = &had_fact_ports[k];
            if (strcmp(p->flow, w->flow) == 0 && counts(w->when, p->when))
                had_buffer_printf(out, "  %s/%s\t%s\n", p->ports, p->protocol, p->purpose);
        }
    }
    /* Columns: the widest port comes first in no table, so a fixed width is set. */
    struct had_buffer wide = {0};
    for (size_t i = 0, line = 0; i < out->len; i++) {
        if (out->ptr[i] == '\t')
            had_buffer_repeat(&wide, ' ', i - line < 20 ? 20 - (i - line) : 1);
        else
            had_buffer_char(&wide, out->ptr[i]);
        if (out->ptr[i] == '\n')
            line = i + 1;
    }
    had_buffer_free(out);
    *out = wide;
}

/* ---- all of it ---- */

static void add_word(struct had_buffer *out, size_t *column, const char *word)
{
    if (*column + strlen(word) + 2 > HAD_EXPLAIN_WIDTH) {
        had_buffer_c(out, "\n ");
        *column = 1;
    }
    had_buffer_printf(out, " %s", word);
    *column += strlen(word) + 1;
}

static void list_all(struct had_buffer *out)
{
    size_t column = 0;
    const char *section = NULL;
    had_buffer_c(out, "kinds\n");
    for (uint32_t i = 0; had_kinds[i]; i++) {
        const struct had_kind *k = had_kinds[i];
        if (!section || strcmp(section, k->section) != 0) {
            had_buffer_printf(out, "%s  %-26s", i ? "\n" : "", k->section);
            column = 28;
        }
        section = k->section;
        if (column + strlen(k->name) + 2 > HAD_EXPLAIN_WIDTH) {
            had_buffer_printf(out, "\n%28s", "");
            column = 28;
        }
        had_buffer_printf(out, " %s", k->name);
        column += strlen(k->name) + 1;
    }
    had_buffer_c(out, "\n\ntypes\n ");
    column = 1;
    for (int b = HAD_TYPE_NONE + 1; b < HAD_TYPE_COUNT; b++)
        if (had_base_find(had_str_c(had_base_name((enum had_base)b))) == (enum had_base)b)
            add_word(out, &column, had_base_name((enum had_base)b));
    had_buffer_c(out, "\n\nfunctions\n ");
    column = 1;
    for (uint32_t i = 0; had_function_at(i); i++)
        add_word(out, &column, had_function_at(i)->name);
    had_buffer_c(out, "\n\ngroups of rules, listed by `had rules`\n ");
    column = 1;
    for (uint32_t i = 0; had_rules[i]; i++)
        if (!i || strcmp(had_rules[i]->group, had_rules[i - 1]->group) != 0)
            add_word(out, &column, had_rules[i]->group);
    had_buffer_c(out, "\n\nproofs of `had prove`\n ");
    column = 1;
    for (uint32_t i = 0; had_prove_codes[i]; i++)
        add_word(out, &column, had_prove_codes[i]->code);
    had_buffer_c(
        out, "\n\n`had explain NAME` tells about any of them, about KIND.ATTRIBUTE, the code of "
             "a finding,\nand the words of `service`, such as `ad-member`.\n");
}

static void nothing(struct had_cli *cli, had_str word, const struct had_kind *kind)
{
    had_names names = {0};
    had_explain_names(&cli->arena, &names);
    for (uint32_t k = 0; kind && k < had_kind_attr_count(kind); k++)
        *had_push(&cli->arena, &names) =
            had_str_printf(&cli->arena, "%s.%s", kind->name, had_kind_attr(kind, k)->name);
    had_str near = had_str_nearest(word, names.items, names.count);
    fprintf(stderr, "had explain: nothing is called `" HAD_FMT "`", HAD_ARG(word));
    if (near.len)
        fprintf(stderr, "; did you mean `" HAD_FMT "`?", HAD_ARG(near));
    fprintf(stderr, "\nhad: `had explain` lists the names\n");
}

/* A name may be a kind and a type, or a type and a function: each has its part. */
static void add_part(struct had_buffer *out, struct had_buffer *part)
{
    if (part->len && out->len)
        had_buffer_c(out, "\n---\n\n");
    if (part->len)
        had_buffer_str(out, had_buffer_view(part));
    had_buffer_free(part);
    *part = (struct had_buffer){0};
}

/* Adds what is said of a name; false where nothing is called so. */
static bool explain(struct had_cli *cli, had_str word, struct had_buffer *out)
{
    struct had_buffer part = {0};
    size_t before = out->len;
    const struct had_code *code = find_code(&cli->arena, word);
    int64_t dot = had_str_find(word, '.');
    const struct had_kind *kind =
        had_kind_find(had_str_slice(word, 0, dot < 0 ? word.len : (uint32_t)dot));
    enum had_base base = had_base_find(word);
    const struct had_function *function = had_function_find(word);
    if (code)
        explain_code(&part, code);
    add_part(out, &part);
    if (kind && dot < 0)
        had_explain_kind(&part, kind);
    else if (kind)
        explain_path(&part, kind, had_str_slice(word, (uint32_t)dot + 1, word.len));
    add_part(out, &part);
    if (base != HAD_TYPE_NONE)
        had_explain_type(&part, &had_types[base]);
    add_part(out, &part);
    if (function)
        explain_function(&part, function);
    add_part(out, &part);
    explain_service(&part, word);
    add_part(out, &part);
    if (out->len == before)
        explain_group(&part, &cli->arena, word);
    add_part(out, &part);
    if (out->len == before)
        explain_undecided(&part, &cli->arena, word);
    add_part(out, &part);
    if (out->len == before)
        nothing(cli, word, kind);
    return out->len > before;
}

int had_cmd_explain(struct had_cli *cli)
{
    struct had_buffer out = {0};
    bool good = true;
    if (!cli->operands.count)
        list_all(&out);
    for (uint32_t i = 0; i < cli->operands.count; i++)
        good = explain(cli, had_str_c(cli->operands.items[i]), &out) && good;
    had_cli_print(had_buffer_view(&out));
    had_buffer_free(&out);
    return good ? HAD_EXIT_DONE : HAD_EXIT_USAGE;
}
