/* Imports: files, folders and `std:` modules, each read once, all inside the spec's folder. */
#include "sema/internal.h"

#include "base/path.h"
#include "syntax/parse.h"

enum { FILES_MAX = 4096 };

static bool is_import(const struct had_stmt *stmt)
{
    return stmt->kind == HAD_STMT_BLOCK && had_str_is(stmt->as.block.kind.text, "import");
}

bool sema_path_beside(struct had_arena *arena, had_str here, had_str path, had_str *clean)
{
    bool std = had_str_starts(here, "std:");
    had_str folder = had_path_folder(std ? had_str_slice(here, 4, here.len) : here);
    if (!had_path_resolve(arena, folder, path, clean))
        return false;
    if (std)
        *clean = had_str_printf(arena, "std:" HAD_FMT, HAD_ARG(*clean));
    return true;
}

/* The library is closed: the nearest of its modules is told, or all. */
static void tell_library(struct had_arena *arena, struct had_sources *sources, struct had_diag *d,
                         had_str path)
{
    had_str *paths = NULL, all = {0};
    uint32_t count = 0;
    if (had_sources_list(sources, HAD_STR("std:"), &paths, &count).status || !count) {
        had_diag_help(
            d, "the library is not installed beside this program: set `HAD_STDLIB` to its folder");
        return;
    }
    had_str near = had_str_nearest(path, paths, count);
    for (uint32_t i = 0; i < count; i++)
        all = had_str_printf(arena, HAD_FMT "%s`" HAD_FMT "`", HAD_ARG(all), i ? ", " : "",
                             HAD_ARG(had_str_slice(paths[i], 0, paths[i].len - 4)));
    if (near.len)
        had_diag_help(d, "did you mean `" HAD_FMT "`?",
                      HAD_ARG(had_str_slice(near, 0, near.len - 4)));
    else
        had_diag_help(d, "the library has " HAD_FMT, HAD_ARG(all));
}

static void add_file(struct had_arena *arena, struct had_sources *sources, struct had_diags *diags,
                     had_files *files, had_str path, struct had_span where)
{
    uint32_t number = 0;
    struct had_source_error error = had_sources_load(sources, path, false, &number);
    if (error.status) {
        struct had_diag *d = had_report_source(diags, where, number, path, error);
        if (error.status == HAD_SOURCE_MISSING && had_str_starts(path, "std:"))
            tell_library(arena, sources, d, path);
        else if (error.status == HAD_SOURCE_MISSING)
            had_diag_help(d, "a path is relative to the file that imports it");
        return;
    }
    for (uint32_t i = 0; i < files->count; i++)
        if (files->items[i]->file == number)
            return; /* read once, however often named */
    if (files->count >= FILES_MAX) {
        had_report(diags, &HAD0511, where, "this spec has more than %d files", FILES_MAX);
        return;
    }
    *had_push(arena, files) = had_parse(arena, sources, number, diags);
}

void had_imports(struct had_arena *arena, struct had_sources *sources, struct had_diags *diags,
                 had_files *files)
{
    for (uint32_t f = 0; f < files->count; f++) {
        const struct had_file *file = files->items[f];
        had_str here = sources->files.items[file->file - 1]->path;
        for (uint32_t i = 0; i < file->stmts.count; i++) {
            const struct had_stmt *stmt = file->stmts.items[i];
            if (!is_import(stmt))
                continue;
            had_str path;
            const struct had_expr *subject = stmt->as.block.subject;
            if (!subject || !had_expr_plain_text(subject, &path)) {
                struct had_diag *d = had_report(diags, &HAD0511, stmt->as.block.head,
                                                "an import names a file in plain quotes");
                had_diag_help(d, "write `import \"network.had\"`");
                continue;
            }
            if (stmt->as.block.body || stmt->as.block.clauses.count) {
                struct had_diag *d = had_report(diags, &HAD0511, stmt->as.block.head,
                                                "an import has neither clauses nor a body");
                had_diag_help(d, "write `import \"" HAD_FMT "\"` alone", HAD_ARG(path));
            }
            had_str clean;
            if (had_str_starts(path, "std:")) {
                clean = had_str_printf(arena, HAD_FMT "%s", HAD_ARG(path),
                                       had_str_ends(path, ".had") ? "" : ".had");
            } else if (!sema_path_beside(arena, here, path, &clean)) {
                struct had_diag *d = had_report(diags, &HAD0511, subject->span,
                                                "an import may not leave the spec's folder");
                had_diag_help(d, "move the file into the folder; nothing outside it is read");
                continue;
            }
            if (had_str_ends(clean, ".had")) {
                add_file(arena, sources, diags, files, clean, subject->span);
                continue;
            }
            had_str *paths = NULL;
            uint32_t count = 0;
            struct had_source_error error = had_sources_list(sources, clean, &paths, &count);
            if (error.status) {
                struct had_diag *d = had_report_source(diags, subject->span, 0, path, error);
                had_diag_help(d, "name a file ending in `.had`, or a folder with such files");
                continue;
            }
            if (!count)
                had_report(diags, &HAD0511, subject->span,
                           "folder `" HAD_FMT "` has no `.had` file", HAD_ARG(path));
            for (uint32_t k = 0; k < count; k++)
                add_file(arena, sources, diags, files, paths[k], subject->span);
        }
    }
}
