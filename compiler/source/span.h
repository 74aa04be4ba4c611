/* A place: bytes [start, end) of a file. Lines and columns are worked out only when shown. */
#ifndef HAD_SOURCE_SPAN_H
#define HAD_SOURCE_SPAN_H

#include <stdbool.h>
#include <stdint.h>

struct had_span {
    uint32_t file;       /* index into had_sources, plus one; 0 is no place */
    uint32_t start, end; /* byte offsets */
};

static inline bool had_span_known(struct had_span span)
{
    return span.file != 0;
}

/* From the start of `a` to the end of `b`, both of one file. */
static inline struct had_span had_span_join(struct had_span a, struct had_span b)
{
    if (!a.file)
        return b;
    if (!b.file || a.file != b.file)
        return a;
    return (struct had_span){a.file, a.start < b.start ? a.start : b.start,
                             a.end > b.end ? a.end : b.end};
}

#endif
