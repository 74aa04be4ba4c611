/*
 * The registry's patterns are written for ECMAScript: they match anywhere in the text unless
 * anchored,
 * `$` is the very end, and classes such as \d are ASCII. PCRE2 is told so.
 */
#include "graph/internal.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { MATCH_LIMIT = 200000, DEPTH_LIMIT = 20000, HEAP_LIMIT_KIB = 8192 };

static pcre2_code *compiled(struct had_pattern_cache *cache, const char *pattern)
{
    const uint64_t *found = had_map_get(&cache->compiled, (uintptr_t)pattern);
    if (found)
        return (pcre2_code *)(uintptr_t)*found;
    int error;
    PCRE2_SIZE offset;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                                     PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX |
                                         PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C,
                                     &error, &offset, NULL);
    had_map_put(cache->arena, &cache->compiled, (uintptr_t)pattern, (uintptr_t)code);
    return code;
}

bool had_pattern_compiles(struct had_pattern_cache *cache, const char *pattern)
{
    return compiled(cache, pattern) != NULL;
}

bool had_pattern_accepts(struct had_pattern_cache *cache, const char *pattern, had_str text)
{
    pcre2_code *code = compiled(cache, pattern);
    if (!code)
        return true;
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    if (!data || !context)
        had_out_of_memory(text.len);
    pcre2_set_match_limit(context, MATCH_LIMIT);
    pcre2_set_depth_limit(context, DEPTH_LIMIT);
    pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
    int result =
        pcre2_match(code, (PCRE2_SPTR)(text.ptr ? text.ptr : ""), text.len, 0, 0, data, context);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    return result != PCRE2_ERROR_NOMATCH;
}

void had_pattern_free(struct had_pattern_cache *cache)
{
    for (uint32_t i = 0; i < cache->compiled.count; i++)
        pcre2_code_free((pcre2_code *)(uintptr_t)cache->compiled.entries[i].value);
    cache->compiled = (struct had_map){0};
}
