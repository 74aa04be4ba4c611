#include "schema/iam.h"

#include <string.h>

static int fold(int c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static int compare(const char *a, had_str b, bool folded)
{
    size_t i = 0;
    for (; a[i] && i < b.len; i++) {
        int x = folded ? fold(a[i]) : (unsigned char)a[i],
            y = folded ? fold(b.ptr[i]) : (unsigned char)b.ptr[i];
        if (x != y)
            return x < y ? -1 : 1;
    }
    return a[i] ? 1 : i < b.len ? -1 : 0;
}

const struct had_fact_iam_service *had_fact_iam_service_find(had_str prefix)
{
    uint32_t low = 0, high = had_fact_iam_service_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare(had_fact_iam_services[middle].prefix, prefix, true);
        if (order == 0)
            return &had_fact_iam_services[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const char *had_fact_iam_action_find(const struct had_fact_iam_service *service, had_str name)
{
    uint32_t low = 0, high = service->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare(service->actions[middle], name, true);
        if (order == 0)
            return service->actions[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct had_fact_policy *had_fact_policy_find(had_str path)
{
    if (path.len && path.ptr[0] == '/')
        path = had_str_slice(path, 1, path.len);
    uint32_t low = 0, high = had_fact_policy_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare(had_fact_policies[middle].path, path, false);
        if (order == 0)
            return &had_fact_policies[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool had_iam_matches(had_str pattern, had_str text)
{
    /* Back to the last star where the rest does not fit: O(pattern · text) at worst. */
    uint32_t p = 0, t = 0, star = UINT32_MAX, mark = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.len &&
                   (pattern.ptr[p] == '?' || fold(pattern.ptr[p]) == fold(text.ptr[t]))) {
            p++;
            t++;
        } else if (star != UINT32_MAX) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}
