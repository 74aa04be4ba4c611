#include "emit/emit.h"

const struct had_backend *const had_backends[] = {
    &had_backend_cloudformation,
    &had_backend_dsc,
    &had_backend_mof,
    &had_backend_report,
    &had_backend_runbook,
    &had_backend_bootstrap,
    NULL,
};

const struct had_backend *had_backend_find(had_str name)
{
    for (const struct had_backend *const *at = had_backends; *at; at++)
        if (had_str_is(name, (*at)->name))
            return *at;
    return NULL;
}

void had_emit_refuse(struct had_arena *arena, const struct had_emit_input *input)
{
    for (const struct had_backend *const *at = had_backends; *at; at++)
        if ((*at)->refuse)
            (*at)->refuse(arena, input);
}
