/* The reference in Markdown. */
#include "docs/docs.h"

#include "cli/cli.h"
#include "prove/prove.h"
#include "schema/explain.h"
#include "schema/facts.h"
#include "sema/sema.h"

#include <ctype.h>
#include <string.h>

#define MARK                                                                                       \
    "<!-- Written from the tables of the program: `cmake --build build/release --target "          \
    "reference`. -->\n"

static const char *const groups[][2] = {
    {"ORG", "Organization, accounts, Regions"},
    {"NET", "Networks and address plans"},
    {"TGW", "Hubs and their segments"},
    {"HYB", "Links between on-premises and AWS"},
    {"DNS", "Names: resolvers, rules, zones"},
    {"RAM", "Sharing between accounts"},
    {"AD", "Names and levels of Active Directory"},
    {"DC", "Domain controllers"},
    {"SITE", "Active Directory sites"},
    {"DIR", "AWS Managed Microsoft AD and AD Connector"},
    {"HYD", "Hybrid directories"},
    {"SHARE", "Sharing a directory"},
    {"TRUST", "Trusts"},
    {"SSO", "IAM Identity Center"},
    {"PS", "Permission sets"},
    {"ASG", "Assignments"},
    {"JOIN", "Domain members"},
    {"FW", "Ports"},
    {"SEC", "Secrets and hardening"},
    {"QUO", "Quotas"},
    {"RES", "Residency of identity data"},
    {"APP", "AWS services that use a directory"},
    {"OPS", "Operations"},
    {NULL, NULL},
};

const char *had_docs_group(const char *group)
{
    for (size_t i = 0; groups[i][0]; i++)
        if (strcmp(groups[i][0], group) == 0)
            return groups[i][1];
    return NULL;
}

/* ---- text ---- */

/* Prose of a table: code in backticks stays, nothing else is markup; a cell of a table keeps its
 * bars. */
static void add_prose(struct had_buffer *out, const char *text, bool cell)
{
    bool code = false;
    for (; *text; text++) {
        if (*text == '`')
            code = !code;
        if (*text == '|' && cell)
            had_buffer_c(out, "\\|");
        else if (*text == '<' && !code)
            had_buffer_c(out, "&lt;");
        else if (*text == '*' && !code)
            had_buffer_c(out, "\\*");
        else if (*text == '\n' && cell)
            had_buffer_char(out, ' ');
        else
            had_buffer_char(out, *text);
    }
}

/* As a sentence: a capital in front, a stop behind. Code at the start keeps its letter. */
static void add_sentence(struct had_buffer *out, const char *text)
{
    size_t len = strlen(text);
    if (!len)
        return;
    bool word = islower((unsigned char)*text) != 0;
    if (word)
        had_buffer_char(out, (char)(*text - 'a' + 'A'));
    add_prose(out, word ? text + 1 : text, false);
    if (!strchr(".?!", text[len - 1]))
        had_buffer_char(out, '.');
}

static void add_file(struct had_output *out, struct had_buffer *text, const char *path)
{
    had_output_add(out, had_str_dup(out->arena, had_str_c(path)),
                   had_str_dup(out->arena, had_buffer_view(text)));
    had_buffer_free(text);
    *text = (struct had_buffer){0};
}

/* ---- types ---- */

static bool holds_words(const struct had_type *type)
{
    while (type->element)
        type = type->element;
    bool words = type->base == HAD_TYPE_WORD;
    for (uint32_t i = 0; type->base == HAD_TYPE_ANY_OF && type->alternatives[i] && !words; i++)
        words = holds_words(type->alternatives[i]);
    return words;
}

static bool is_name(char c)
{
    return islower((unsigned char)c) || isdigit((unsigned char)c) || c == '-';
}

/* "set of at most 4 ip" with links to kinds and types; closed sets of words have none. */
static void add_type(struct had_buffer *out, const struct had_type *type, const char *kinds,
                     const char *types)
{
    struct had_buffer text = {0};
    had_explain_range(&text, type);
    if (holds_words(type)) {
        had_buffer_str(&text, (had_str){"", 0});
        had_buffer_char(&text, '\0');
        add_prose(out, text.ptr, true);
        had_buffer_free(&text);
        return;
    }
    bool any = false; /* `ref`s come first: a kind is meant where both are called so */
    const struct had_type *leaf = type;
    while (leaf->element)
        leaf = leaf->element;
    any = leaf->base == HAD_TYPE_REF || leaf->base == HAD_TYPE_ANY_OF;
    for (size_t i = 0; i < text.len;) {
        size_t end = i;
        while (end < text.len && is_name(text.ptr[end]))
            end++;
        if (end == i) {
            if (text.ptr[i] == '|')
                had_buffer_char(out, '\\');
            had_buffer_char(out, text.ptr[i++]);
            continue;
        }
        had_str word = {text.ptr + i, (uint32_t)(end - i)};
        bool kind = had_kind_find(word) != NULL, base = had_base_find(word) != HAD_TYPE_NONE;
        if (kind && (any || !base))
            had_buffer_printf(out, "[" HAD_FMT "](%s" HAD_FMT ".md)", HAD_ARG(word), kinds,
                              HAD_ARG(word));
        else if (base)
            had_buffer_printf(out, "[" HAD_FMT "](%s#" HAD_FMT ")", HAD_ARG(word), types,
                              HAD_ARG(word));
        else
            had_buffer_str(out, word);
        i = end;
    }
    had_buffer_free(&text);
}

static void write_types(struct had_output *out)
{
    struct had_buffer b = {0};
    had_buffer_c(&b,
                 MARK "# Types\n\nA row of a kind may narrow a type: `cidr /16–/28`, `int 1–4094`. "
                      "Text becomes any literal type that accepts its characters, so fields of a "
                      "data file and `--var` need no conversion; a word is never text.\n");
    for (int base = HAD_TYPE_NONE + 1; base < HAD_TYPE_COUNT; base++) {
        const char *name = had_base_name((enum had_base)base);
        const struct had_type_says *says = had_explain_says((enum had_base)base);
        if (!says || had_base_find(had_str_c(name)) != (enum had_base)base)
            continue;
        had_buffer_printf(&b, "\n## %s\n\n", name);
        add_prose(&b, says->accepts, false);
        had_buffer_c(&b, "\n\n```\n");
        had_buffer_c(&b, says->written);
        had_buffer_c(&b, "\n```\n");
        if (says->canonical) {
            had_buffer_c(&b, "\nCanonical form: ");
            add_prose(&b, says->canonical, false);
            had_buffer_c(&b, ".\n");
        }
        if (base != HAD_TYPE_SERVICE)
            continue;
        had_buffer_c(&b, "\n| word | ports | for |\n| --- | --- | --- |\n");
        for (uint32_t i = 0; i < had_fact_service_word_count; i++) {
            const struct had_fact_service_word *w = &had_fact_service_words[i];
            if (w->flow[0])
                had_buffer_printf(&b, "| `%s` | see `had explain %s` | what the flow needs |\n",
                                  w->word, w->word);
            else
                had_buffer_printf(&b, "| `%s` | %s/%s | %s |\n", w->word, w->ports, w->protocol,
                                  w->purpose);
        }
    }
    had_buffer_c(&b,
                 "\n## Without a spelling of their own\n\n"
                 "`one of [word, word]` is a closed set of words. `optional of T` is of a `param` "
                 "that may be left out; `present(x)` asks. `computed T` is known only after "
                 "something is created: it cannot be counted, looped over or put into a name.\n");
    add_file(out, &b, "types.md");
}

static void write_functions(struct had_output *out)
{
    struct had_buffer b = {0};
    had_buffer_c(&b, MARK "# Functions\n\nSmall and total: what does not fit is an error, never a "
                          "surprise. Numbers count from 0.\n");
    for (uint32_t i = 0; had_function_at(i); i++) {
        const struct had_function *f = had_function_at(i);
        had_buffer_printf(&b, "\n## %s\n\n`%s` gives %s.\n\n", f->name, f->usage, f->gives);
        add_prose(&b, f->doc, false);
        had_buffer_printf(&b, "\n\n```\n%s\n```\n", f->example);
    }
    add_file(out, &b, "functions.md");
}

/* ---- kinds ---- */

static void add_attr_rows(struct had_buffer *b, const struct had_attr *a, const char *before)
{
    had_buffer_printf(b, "| `%s%s` | ", before, a->name);
    const struct had_type *type = a->type;
    while (type->element)
        type = type->element;
    add_type(b, a->type, "", "../types.md");
    had_buffer_c(b, " | ");
    struct had_buffer conditions = {0};
    had_explain_conditions(&conditions, a);
    had_buffer_char(&conditions, '\0');
    add_prose(b, conditions.ptr, true);
    had_buffer_free(&conditions);
    had_buffer_c(b, " | ");
    add_prose(b, a->doc, true);
    if (a->lowers_to) {
        had_buffer_c(b, " → ");
        add_prose(b, a->lowers_to, true);
    }
    had_buffer_c(b, " |\n");
    if (!type->entries)
        return;
    struct had_arena scratch = {0};
    const char *inner = had_str_printf(&scratch, "%s%s.", before, a->name).ptr;
    for (const struct had_attr *e = type->entries; e->name; e++)
        add_attr_rows(b, e, inner);
    had_arena_free(&scratch);
}

static void add_quotas(struct had_buffer *b)
{
    had_buffer_c(b, "\n## Names\n\n| name | edition | at first |\n| --- | --- | --- |\n");
    for (uint32_t i = 0; i < had_fact_quota_count; i++)
        if (had_fact_quotas[i].adjustable)
            had_buffer_printf(b, "| `%s` | %s | %lld |\n", had_fact_quotas[i].resource,
                              had_fact_quotas[i].edition, (long long)had_fact_quotas[i].value);
}

static void write_kind(struct had_output *out, const struct had_kind *k)
{
    struct had_buffer b = {0};
    had_buffer_printf(&b, MARK "# %s\n\n", k->name);
    add_prose(&b, k->doc, false);
    had_buffer_c(&b, "\n\n```\n");
    for (uint32_t i = 0; k->heads[i]; i++)
        had_buffer_printf(&b, "%s\n", k->heads[i]);
    had_buffer_c(&b, "```\n");
    const char *const facts[] = {
        k->body_only ? "It stands in its parent's body only." : NULL,
        k->only_existing ? "It is always `existing`: read, never made."
        : k->no_existing ? NULL
                         : "`existing` before it says that it is there already.",
        k->single ? "A spec has at most one." : NULL,
        k->multiplies ? "Lists and selections in its head make one object of each element." : NULL,
        k->protect ? "It is protected: destroying or replacing it takes an acknowledgement." : NULL,
    };
    bool any = false;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        if (!facts[i])
            continue;
        had_buffer_printf(&b, "%s%s", any ? " " : "\n", facts[i]);
        any = true;
    }
    had_buffer_c(&b, any ? "\n" : "");
    if (k->clauses[0].slot) {
        had_buffer_c(
            &b,
            "\n## Clauses\n\n| clause | takes | read as | means |\n| --- | --- | --- | --- |\n");
        for (uint32_t i = 0; k->clauses[i].slot; i++) {
            const struct had_clause_spec *c = &k->clauses[i];
            had_buffer_printf(&b, "| `%s` | ", had_preposition_word(c->preposition));
            add_type(&b, c->type, "", "../types.md");
            had_buffer_printf(&b, " | `.%s` | %s", c->slot, c->required ? "Required. " : "");
            add_prose(&b, c->doc, true);
            had_buffer_c(&b, c->parent ? " Left out inside the parent's body. |\n" : " |\n");
        }
    }
    uint32_t count = had_kind_attr_count(k);
    if (count)
        had_buffer_c(&b, "\n## Attributes\n\n| attribute | type | required, default | means |\n"
                         "| --- | --- | --- | --- |\n");
    for (uint32_t i = 0; i < count; i++)
        add_attr_rows(&b, had_kind_attr(k, i), "");
    if (k->children[0]) {
        had_buffer_c(&b, "\n## Its body may hold\n\n");
        for (uint32_t i = 0; k->children[i]; i++)
            had_buffer_printf(&b, "%s[%s](%s.md)", i ? ", " : "", k->children[i], k->children[i]);
        had_buffer_c(&b, "\n");
    }
    if (k->derived[0]) {
        had_buffer_c(&b, "\n## Derived values\n\n");
        for (uint32_t i = 0; k->derived[i]; i++) {
            const char *colon = strchr(k->derived[i], ':');
            had_buffer_printf(&b, "- `.%.*s`", colon ? (int)(colon - k->derived[i]) : 64,
                              k->derived[i]);
            if (colon) {
                had_buffer_char(&b, ':');
                add_prose(&b, colon + 1, false);
            }
            had_buffer_char(&b, '\n');
        }
    }
    if (k->lowers_to)
        had_buffer_printf(&b, "\n## Becomes\n\n%s\n", k->lowers_to);
    if (strcmp(k->name, "quota") == 0)
        add_quotas(&b);
    struct had_arena scratch = {0};
    add_file(out, &b, had_str_printf(&scratch, "kinds/%s.md", k->name).ptr);
    had_arena_free(&scratch);
}

/* ---- findings ---- */

static void add_code(struct had_buffer *b, const struct had_code *code, const struct had_rule *rule)
{
    struct had_arena scratch = {0};
    had_str lower = had_str_lower(&scratch, had_str_c(code->code));
    had_buffer_printf(b, "\n<a id=\"" HAD_FMT "\"></a>\n## %s: ", HAD_ARG(lower), code->code);
    had_arena_free(&scratch);
    add_prose(b, code->title, false);
    had_buffer_printf(b, "\n\nSeverity %s; %s", had_severity_name(code->severity),
                      code->hard ? "cannot be waived" : "can be waived");
    if (rule && rule->opt_in)
        had_buffer_c(b, "; runs only where `severities` of the spec names it");
    if (rule)
        had_buffer_printf(b, "; from phase `%s`", had_phase_name(rule->phase));
    had_buffer_c(b, ".\n");
    const struct had_fact_rule *fact = rule ? had_fact_rule_find(had_str_c(code->code)) : NULL;
    if (fact) {
        had_buffer_c(b, "\n**Rule.** ");
        add_prose(b, fact->statement, false);
        had_buffer_char(b, '\n');
    }
    if (code->why) {
        had_buffer_c(b, "\n**Why.** ");
        add_sentence(b, code->why);
        had_buffer_char(b, '\n');
    }
    if (code->help) {
        had_buffer_c(b, "\n**What to do.** ");
        add_sentence(b, code->help);
        had_buffer_char(b, '\n');
    }
    if (code->source) {
        had_buffer_c(b, "\nSource: ");
        add_prose(b, code->source, false);
        had_buffer_c(b, ".");
        if (rule) {
            had_buffer_c(b, " Cost: ");
            add_prose(b, rule->complexity, false);
            had_buffer_c(b, ".");
        }
        had_buffer_char(b, '\n');
    }
}

static void write_rules(struct had_output *out)
{
    for (uint32_t i = 0; had_rules[i];) {
        const char *group = had_rules[i]->group, *title = had_docs_group(group);
        struct had_buffer b = {0};
        had_buffer_printf(&b, MARK "# %s: %s\n", group, title ? title : "rules");
        for (; had_rules[i] && strcmp(had_rules[i]->group, group) == 0; i++)
            add_code(&b, &had_rules[i]->code, had_rules[i]);
        struct had_arena scratch = {0};
        add_file(out, &b, had_str_printf(&scratch, "rules/%s.md", group).ptr);
        had_arena_free(&scratch);
    }
}

static void write_findings(struct had_output *out)
{
    struct had_buffer b = {0};
    had_buffer_c(&b,
                 MARK "# Findings of the language\n\nWhat the compiler itself says. Rules of the "
                      "field have their own pages, listed in [the overview](README.md).\n");
    for (uint32_t i = 0; had_language_codes[i]; i++)
        add_code(&b, had_language_codes[i], NULL);
    add_file(out, &b, "findings.md");
}

static void write_proofs(struct had_output *out)
{
    struct had_buffer b = {0};
    had_buffer_c(&b, MARK
                 "# Proofs\n\nWhat `had prove` looks for, over the whole network at once. What it "
                 "refutes is a finding of every check.\n");
    for (uint32_t i = 0; had_prove_codes[i]; i++)
        add_code(&b, had_prove_codes[i], NULL);
    add_file(out, &b, "proofs.md");
}

/* ---- commands ---- */

static void add_options(struct had_buffer *b, const struct had_command *c, bool everywhere)
{
    bool any = false;
    for (const struct had_option *o = had_options; o->name; o++) {
        if (o->everywhere != everywhere || (!everywhere && !had_command_takes(c, o)))
            continue;
        had_buffer_c(b, any ? "" : "\n| option | means |\n| --- | --- |\n");
        any = true;
        had_buffer_c(b, "| `");
        if (o->letter)
            had_buffer_printf(b, "-%c, ", o->letter);
        had_buffer_printf(b, "--%s%s%s` | ", o->name, o->argument ? " " : "",
                          o->argument ? o->argument : "");
        add_prose(b, o->doc, true);
        if (strcmp(o->name, "format") == 0)
            had_buffer_printf(b, ": %s", c->formats);
        had_buffer_c(b, " |\n");
    }
}

static void write_commands(struct had_output *out)
{
    struct had_buffer b = {0};
    had_buffer_c(&b,
                 MARK "# Commands\n\n`PATH` is a folder (all its `.had` files are one spec) or one "
                      "file with its imports; without it, the current folder.\n");
    for (const struct had_command *c = had_commands; c->name; c++) {
        had_buffer_printf(&b, "\n## had %s\n\n```\nhad %s%s%s [OPTIONS]\n```\n\n", c->name, c->name,
                          *c->operands ? " " : "", c->operands);
        add_sentence(&b, c->summary);
        if (c->about) {
            had_buffer_char(&b, ' ');
            add_prose(&b, c->about, false);
        }
        had_buffer_char(&b, '\n');
        if (c->examples)
            had_buffer_c(&b, "\n| example | does |\n| --- | --- |\n");
        for (uint32_t i = 0; c->examples && c->examples[i]; i += 2) {
            had_buffer_c(&b, "| `");
            for (const char *at = c->examples[i]; *at; at++)
                had_buffer_printf(&b, *at == '|' ? "\\%c" : "%c", *at);
            had_buffer_c(&b, "` | ");
            add_prose(&b, c->examples[i + 1], true);
            had_buffer_c(&b, " |\n");
        }
        add_options(&b, c, false);
    }
    had_buffer_c(&b, "\n## Options of every command\n");
    add_options(&b, had_commands, true);
    had_buffer_c(&b, "\n## Exit status\n\n| status | means |\n| --- | --- |\n");
    for (uint32_t i = 0; had_exit_texts[i].name; i++) {
        had_buffer_printf(&b, "| %s | ", had_exit_texts[i].name);
        add_prose(&b, had_exit_texts[i].text, true);
        had_buffer_c(&b, " |\n");
    }
    had_buffer_c(&b, "\n## Environment\n\n| variable | means |\n| --- | --- |\n");
    for (uint32_t i = 0; had_environment_texts[i].name; i++) {
        had_buffer_printf(&b, "| `%s` | ", had_environment_texts[i].name);
        add_prose(&b, had_environment_texts[i].text, true);
        had_buffer_c(&b, " |\n");
    }
    add_file(out, &b, "commands.md");
}

static void write_overview(struct had_output *out)
{
    struct had_buffer b = {0};
    had_buffer_c(&b, MARK "# Reference\n\n[Commands](commands.md) · [types](types.md) · "
                          "[functions](functions.md) · [findings of the language](findings.md) · "
                          "[proofs](proofs.md)\n"
                          "\nThe same texts come from `had explain NAME`.\n\n## Kinds\n");
    const char *section = "";
    for (uint32_t i = 0; had_kinds[i]; i++) {
        const struct had_kind *k = had_kinds[i];
        if (strcmp(section, k->section) != 0)
            had_buffer_printf(&b, "\n**%s**: ", k->section);
        else
            had_buffer_c(&b, ", ");
        section = k->section;
        had_buffer_printf(&b, "[%s](kinds/%s.md)", k->name, k->name);
        if (!had_kinds[i + 1] || strcmp(had_kinds[i + 1]->section, section) != 0)
            had_buffer_char(&b, '\n');
    }
    had_buffer_c(&b, "\n## Rules\n\n| group | about | rules |\n| --- | --- | --- |\n");
    for (uint32_t i = 0; had_rules[i];) {
        const char *group = had_rules[i]->group, *title = had_docs_group(group);
        uint32_t count = 0;
        for (; had_rules[i] && strcmp(had_rules[i]->group, group) == 0; i++)
            count++;
        had_buffer_printf(&b, "| [%s](rules/%s.md) | %s | %u |\n", group, group, title ? title : "",
                          count);
    }
    add_file(out, &b, "README.md");
}

void had_docs_markdown(struct had_output *out)
{
    write_overview(out);
    for (uint32_t i = 0; had_kinds[i]; i++)
        write_kind(out, had_kinds[i]);
    write_types(out);
    write_functions(out);
    write_rules(out);
    write_findings(out);
    write_proofs(out);
    write_commands(out);
}
