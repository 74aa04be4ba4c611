/*
 * `had test`: compiles the spec once more for each `test` block, with its params, and looks at the
 * result. A test fails where a `require` does not hold, an `expect` finds nothing, or an error
 * stands that no `expect` names.
 */
#include "cli/cli.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct result {
    had_str title;
    had_array(had_str) failures;
};

static bool below(had_str address, had_str object)
{
    return had_str_eq(address, object) ||
           (address.len > object.len && address.ptr[object.len] == '/' &&
            had_str_eq(had_str_slice(address, 0, object.len), object));
}

/* True if the finding stands on one of the objects that the `expect` names; no object names all. */
static bool meets(const struct had_diag *d, const struct had_object *expect)
{
    if (!had_str_is(had_get_text(expect, "subject"), d->code->code))
        return false;
    struct had_value_list on = had_get_list(expect, "on");
    for (uint32_t i = 0; i < on.count; i++) {
        if (on.items[i].tag != HAD_VALUE_REF)
            return true; /* `spec` */
        if (below(d->address, on.items[i].object->address))
            return true;
    }
    return on.count == 0;
}

static void fail(struct had_cli *cli, struct result *r, const struct had_compilation *c,
                 struct had_span span, had_str text)
{
    struct had_position p = had_source_position(&c->sources, span.file, span.start);
    const struct had_source *source = had_source_of(&c->sources, span);
    *had_push(&cli->arena, &r->failures) =
        source ? had_str_printf(&cli->arena, HAD_FMT ":%u:%u: " HAD_FMT, HAD_ARG(source->path),
                                p.line, p.column, HAD_ARG(text))
               : text;
}

static void look(struct had_cli *cli, struct result *r, const struct had_compilation *c)
{
    const had_objects *expects = had_spec_kind(c->spec, "expect");
    bool nothing = false;
    had_each_object(expect, expects) {
        had_str code = had_get_text(expect, "subject");
        if (had_str_is(code, "nothing")) {
            nothing = true;
            continue;
        }
        int64_t found = 0,
                wanted = had_present(expect, "count") ? had_get_int(expect, "count") : -1;
        for (uint32_t i = 0; i < c->diags.items.count; i++) {
            const struct had_diag *d = c->diags.items.items[i];
            if (!d->is_waived && meets(d, expect))
                found += 1 + (int64_t)d->like_it;
        }
        if (wanted >= 0 ? found != wanted : !found)
            fail(cli, r, c, expect->span,
                 wanted >= 0
                     ? had_str_printf(&cli->arena, "expected %lld of " HAD_FMT ", found %lld",
                                      (long long)wanted, HAD_ARG(code), (long long)found)
                     : had_str_printf(&cli->arena, "expected " HAD_FMT ", and it is not there",
                                      HAD_ARG(code)));
    }
    for (uint32_t i = 0; i < c->diags.items.count; i++) {
        const struct had_diag *d = c->diags.items.items[i];
        bool expected = false;
        had_each_object(expect, expects)
            expected |= meets(d, expect);
        if (d->is_waived || expected ||
            (d->severity != HAD_ERROR && !(nothing && d->severity == HAD_WARNING)))
            continue;
        fail(cli, r, c, d->span,
             had_str_printf(&cli->arena, "%s %s: " HAD_FMT, had_severity_name(d->severity),
                            d->code->code, HAD_ARG(d->message)));
    }
}

static void print_json(const struct result *results, uint32_t count, uint32_t failed)
{
    json_t *root = json_object(), *list = json_array();
    json_object_set_new(root, "version", json_integer(1));
    json_object_set_new(root, "passed", json_integer(count - failed));
    json_object_set_new(root, "failed", json_integer(failed));
    for (uint32_t i = 0; i < count; i++) {
        json_t *o = json_object(), *failures = json_array();
        json_object_set_new(o, "test", json_stringn(results[i].title.ptr, results[i].title.len));
        for (uint32_t k = 0; k < results[i].failures.count; k++)
            json_array_append_new(failures, json_stringn(results[i].failures.items[k].ptr,
                                                         results[i].failures.items[k].len));
        json_object_set_new(o, "failures", failures);
        json_array_append_new(list, o);
    }
    json_object_set_new(root, "tests", list);
    char *text = json_dumps(root, JSON_INDENT(2));
    printf("%s\n", text ? text : "{}");
    free(text);
    json_decref(root);
}

int had_cmd_test(struct had_cli *cli)
{
    struct had_compilation c;
    had_cli_compile(cli, &c, "derive");
    if (c.unreadable || !c.spec) {
        int status = had_cli_findings(cli, &c, true);
        had_compilation_free(&c);
        return status;
    }
    had_array(struct result) results = {0};
    had_each_object(test, had_spec_kind(c.spec, "test"))
        *had_push(&cli->arena, &results) =
            (struct result){.title = had_str_dup(&cli->arena, had_get_text(test, "subject"))};
    /* A spec without tests may still have errors that keep its tests from being seen. */
    int status = results.count ? HAD_EXIT_DONE : had_cli_findings(cli, &c, true);
    had_compilation_free(&c);
    uint32_t failed = 0;
    for (uint32_t i = 0; i < results.count; i++) {
        struct result *r = &results.items[i];
        cli->test = r->title;
        had_cli_compile(cli, &c, NULL);
        look(cli, r, &c);
        had_compilation_free(&c);
        failed += r->failures.count > 0;
        if (cli->format == HAD_FORMAT_JSON || (cli->quiet && !r->failures.count))
            continue;
        printf("%s  " HAD_FMT "\n", r->failures.count ? "FAIL" : "ok  ", HAD_ARG(r->title));
        for (uint32_t k = 0; k < r->failures.count; k++)
            printf("      " HAD_FMT "\n", HAD_ARG(r->failures.items[k]));
    }
    if (cli->format == HAD_FORMAT_JSON)
        print_json(results.items, results.count, failed);
    else if (!cli->quiet)
        printf("%u passed, %u failed\n", results.count - failed, failed);
    return failed ? HAD_EXIT_FINDINGS : status;
}
