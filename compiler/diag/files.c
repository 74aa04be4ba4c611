#include "diag/diag.h"

#include <string.h>

static const struct had_code *code_of(enum had_source_status status)
{
    switch (status) {
    case HAD_SOURCE_MISSING:
        return &HAD0001;
    case HAD_SOURCE_NOT_REGULAR:
        return &HAD0002;
    case HAD_SOURCE_LINK:
        return &HAD0003;
    case HAD_SOURCE_OUTSIDE:
        return &HAD0004;
    case HAD_SOURCE_TOO_LARGE:
        return &HAD0005;
    case HAD_SOURCE_UTF16:
        return &HAD0006;
    case HAD_SOURCE_NUL:
        return &HAD0007;
    case HAD_SOURCE_NOT_UTF8:
        return &HAD0008;
    case HAD_SOURCE_OK:
    case HAD_SOURCE_UNREADABLE:
        break;
    }
    return &HAD0009;
}

struct had_diag *had_report_source(struct had_diags *diags, struct had_span named, uint32_t file,
                                   had_str path, struct had_source_error error)
{
    bool inside = error.status == HAD_SOURCE_NUL || error.status == HAD_SOURCE_NOT_UTF8;
    struct had_span at = {file, error.offset, error.offset + 1};
    bool placed = inside && file;
    struct had_diag *d =
        had_report(diags, code_of(error.status), placed ? at : named, "`" HAD_FMT "` %s",
                   HAD_ARG(path), had_source_status_text(error.status));
    if (placed)
        had_diag_label(d, named, "named here");
    if (error.status == HAD_SOURCE_UNREADABLE && error.error)
        had_diag_note(d, "the system says: %s", strerror(error.error));
    return d;
}
