/*
 * What is there need not be as a rule wants it. Errors that can be waived are, for ninety days and
 * object by object, in a file of their own: so the spec is one that plans, and what is wrong stays
 * in sight.
 */
#include "direct/session.h"

#include "import/import.h"
#include "schema/literal.h"

#include <string.h>

enum { DAYS = 90 };

struct waivers {
    const struct had_compilation *compilation;
    struct had_arena arena;
    struct had_buffer text;
    had_array(had_str) targets; /* of the code at hand */
};

/* The object that a finding speaks of; its address may be that of a node. */
static const struct had_object *object_of(const struct had_spec *spec, had_str address)
{
    const struct had_object *object = had_spec_find(spec, address);
    for (uint32_t len = address.len; len > 0 && !object; len--)
        if (address.ptr[len - 1] == ':')
            object = had_spec_find(spec, had_str_slice(address, 0, len - 1));
    return object;
}

/* `subnet shared.directory-a`; what has no name of its own is named by its kind. */
static had_str target_of(struct waivers *w, const struct had_object *object)
{
    if (!object)
        return HAD_STR("spec");
    had_str path = {0};
    for (const struct had_object *at = object; at; at = at->parent) {
        if (at->kind->subject != HAD_SUBJECT_DECLARES || at->derived)
            return had_str_printf(&w->arena, "every %s", object->kind->name);
        if (had_is(at, "ou") && path.len) /* no path walks through units */
            break;
        if (!had_is(at, "organization") || !path.len)
            path = had_str_printf(&w->arena, HAD_FMT "%s" HAD_FMT, HAD_ARG(at->label),
                                  path.len ? "." : "", HAD_ARG(path));
    }
    return had_str_printf(&w->arena, "%s " HAD_FMT, object->kind->name, HAD_ARG(path));
}

static bool to_waive(const struct had_diag *d)
{
    return d->severity == HAD_ERROR && !d->is_waived && !d->code->hard;
}

static uint32_t write_code(struct waivers *w, const struct had_code *code, had_str until)
{
    const struct had_diags *diags = &w->compilation->diags;
    uint32_t count = 0;
    w->targets.count = 0;
    had_each(struct had_diag *const, at, &diags->items) {
        if ((*at)->code != code || !to_waive(*at))
            continue;
        had_str target = target_of(w, object_of(w->compilation->spec, (*at)->address));
        bool known = false;
        had_each(had_str, other, &w->targets)
            known |= had_str_eq(*other, target);
        if (!known)
            *had_push(&w->arena, &w->targets) = target;
        count += 1 + (*at)->like_it;
    }
    had_buffer_printf(&w->text, "waive %s on [", code->code);
    for (uint32_t i = 0; i < w->targets.count; i++)
        had_buffer_printf(&w->text, "%s" HAD_FMT, i ? ", " : "", HAD_ARG(w->targets.items[i]));
    had_buffer_printf(&w->text, "] because \"found so when AWS was read\" until " HAD_FMT "\n",
                      HAD_ARG(until));
    return count;
}

uint32_t had_import_waivers(struct had_cli *cli, const char *folder)
{
    struct had_compilation compilation;
    cli->operands.count = 0;
    *had_push(&cli->arena, &cli->operands) = folder;
    had_cli_compile(cli, &compilation, NULL);
    struct waivers w = {.compilation = &compilation};
    had_str until = had_date_text(&w.arena, cli->as_of + DAYS);
    uint32_t count = 0;
    had_buffer_c(&w.text, "had 1\n\n# What was found wrong, and is left as it was found. `had "
                          "check --no-waivers` shows it.\n\n");
    had_each(struct had_diag *, at, &compilation.diags.items) {
        bool first = to_waive(*at);
        for (struct had_diag **before = compilation.diags.items.items; before < at; before++)
            first &= !((*before)->code == (*at)->code && to_waive(*before));
        if (first && compilation.spec)
            count += write_code(&w, (*at)->code, until);
    }
    if (count) {
        had_str path = had_str_printf(&w.arena, "%s/waivers.had", folder);
        had_str text = had_live_format(&w.arena, path, had_buffer_view(&w.text));
        if (!had_write_file(had_str_cstr(&w.arena, path), text))
            count = 0;
    }
    had_buffer_free(&w.text);
    had_arena_free(&w.arena);
    had_compilation_free(&compilation);
    return count;
}
