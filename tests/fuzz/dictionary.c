/*
 * The dictionary of the fuzzers, made from the tables of the language: reserved words, kinds, their
 * heads, attributes and words, types. Prints libFuzzer's form, one token a line.
 */
#include "base/symbol.h"
#include "schema/kind.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static struct had_arena arena;
static struct had_symbols seen;

static void token(const char *prefix, const char *text, const char *suffix)
{
    had_str whole = had_str_printf(&arena, "%s%s%s", prefix, text, suffix);
    if (!whole.len || whole.len > 60 || had_symbol_find(&seen, whole))
        return;
    had_intern(&seen, whole);
    putchar('"');
    for (uint32_t i = 0; i < whole.len; i++) {
        unsigned char c = (unsigned char)whole.ptr[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (isprint(c))
            putchar(c);
        else
            printf("\\x%02x", c);
    }
    puts("\"");
}

static void words_of(const struct had_type *type, unsigned depth)
{
    if (!type || depth > 4)
        return;
    for (const char *const *w = type->words; w && *w; w++)
        token("", *w, "");
    words_of(type->element, depth + 1);
    for (const struct had_type *const *a = type->alternatives; a && *a; a++)
        words_of(*a, depth + 1);
    for (const struct had_attr *e = type->entries; e && e->name; e++) {
        token("", e->name, " = ");
        words_of(e->type, depth + 1);
    }
}

static void kind(const struct had_kind *k)
{
    token("\n", k->name, " ");
    token("every ", k->name, "");
    for (const char *const *head = k->heads; head && *head; head++)
        token("\n", *head, "");
    words_of(k->subject_type, 0);
    for (const struct had_clause_spec *c = k->clauses; c && c->slot; c++)
        token(".", c->slot, "");
    for (uint32_t i = 0; i < had_kind_attr_count(k); i++) {
        const struct had_attr *a = had_kind_attr(k, i);
        token("", a->name, " = ");
        words_of(a->type, 0);
    }
    for (const char *const *d = k->derived; d && *d; d++) {
        had_str name = had_str_c(*d);
        int64_t colon = had_str_find(name, ':');
        if (colon > 0)
            token(".", had_str_cstr(&arena, had_str_slice(name, 0, (uint32_t)colon)), "");
    }
}

int main(void)
{
    static const char *const signs[] = {"{",
                                        "}",
                                        "[",
                                        "]",
                                        "(",
                                        ")",
                                        ",",
                                        ".",
                                        ":",
                                        "=",
                                        "==",
                                        "!=",
                                        "<",
                                        "<=",
                                        ">",
                                        ">=",
                                        "${",
                                        "\"",
                                        "'",
                                        "\"\"\"",
                                        "#",
                                        "##",
                                        "\\",
                                        "\n",
                                        "\r\n",
                                        "\n  ",
                                        "had 1\n",
                                        "\n==> a.csv\n",
                                        "\n==> a.had\nhad 1\n",
                                        "\n==> a.json\n",
                                        "\n==> a.yaml\n"};
    static const char *const values[] = {"a",
                                         "b",
                                         "10.0.0.0/8",
                                         "10.1.0.0/16",
                                         "10.1.0.10",
                                         "10.0.0.1:53",
                                         "fd00::/8",
                                         "fd00::1",
                                         "4h",
                                         "1h30m",
                                         "1Gbps",
                                         "50GiB",
                                         "443/tcp",
                                         "1024-65535",
                                         "111111111111",
                                         "2027-03-31",
                                         "65010",
                                         "eu-west-1",
                                         "\"corp.example.com\"",
                                         "'CORP\\Admins'",
                                         "\"${a}\"",
                                         "\"a@example.com\"",
                                         "[key]",
                                         "self",
                                         "import \"a.had\"",
                                         "csv(\"a.csv\")",
                                         "json(\"a.json\")",
                                         "yaml(\"a.yaml\")",
                                         "file(\"a.csv\")",
                                         "secret(\"a\")",
                                         "slice(",
                                         "host(",
                                         "join(",
                                         "split(",
                                         "lower(",
                                         "count(",
                                         "distinct(",
                                         "present("};
    had_symbols_init(&seen, &arena);
    puts("# Made by dictionary.c from the tables of the language.");
#define HAD_KEYWORD(word, token_, role, instead) token(" ", word, " ");
#include "keywords.def"
#undef HAD_KEYWORD
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        token("", signs[i], "");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        token("", values[i], "");
    for (unsigned base = 0; base < HAD_TYPE_COUNT; base++)
        if (had_base_name((enum had_base)base))
            token("", had_base_name((enum had_base)base), "");
    for (uint32_t i = 0; had_kinds[i]; i++)
        kind(had_kinds[i]);
    had_arena_free(&arena);
    return 0;
}
