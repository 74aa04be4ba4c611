#include "diag/render.h"

#include <string.h>

static bool read_fingerprint(const char *text, uint64_t *out)
{
    uint64_t value = 0;
    if (!text || strlen(text) != 16)
        return false;
    for (const char *c = text; *c; c++) {
        static const char digits[] = "0123456789abcdef";
        const char *at = strchr(digits, *c);
        if (!at)
            return false;
        value = value << 4 | (uint64_t)(at - digits);
    }
    *out = value;
    return true;
}

/* Fingerprint → how many findings it stands for. */
static const char *read_baseline(struct had_arena *arena, const json_t *document,
                                 struct had_map *known)
{
    const json_t *findings = json_object_get(document, "findings");
    if (json_integer_value(json_object_get(document, "version")) != 1 || !json_is_array(findings))
        return "it is not what `had check --format json` writes";
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *finding = json_array_get(findings, i);
        uint64_t fingerprint;
        json_int_t like_it = json_integer_value(json_object_get(finding, "like_it"));
        if (!read_fingerprint(json_string_value(json_object_get(finding, "fingerprint")),
                              &fingerprint) ||
            like_it < 0)
            return "a finding in it has no fingerprint: write it anew";
        had_map_put(arena, known, fingerprint, (uint64_t)like_it + 1);
    }
    return NULL;
}

const char *had_diags_baseline(struct had_diags *diags, const struct had_sources *sources,
                               had_str text)
{
    json_t *document = json_loadb(text.ptr ? text.ptr : "", text.len, 0, NULL);
    if (!document)
        return "it is not JSON";
    struct had_arena arena = {0};
    struct had_map known = {0}, seen = {0};
    const char *problem = read_baseline(&arena, document, &known);
    json_decref(document);
    for (uint32_t i = 0; !problem && i < diags->items.count; i++) {
        struct had_diag *d = diags->items.items[i];
        uint64_t *count = had_map_get(&known, had_fingerprint(&arena, &seen, d, sources));
        /* One that stands for more than before is new: something has joined it. */
        d->is_known = count && *count >= (uint64_t)d->like_it + 1;
    }
    diags->has_baseline = !problem;
    had_arena_free(&arena);
    return problem;
}
