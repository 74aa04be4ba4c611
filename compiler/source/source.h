/*
 * Source files of one compilation, in memory. Texts are valid UTF-8 without BOM and NUL; a file that is
 * not is refused with a status and a place. Files come from a root folder that nothing may leave
 * (symbolic links, devices and FIFOs are refused), from `std:`, or from memory (tests, editors).
 */
#ifndef HAD_SOURCE_SOURCE_H
#define HAD_SOURCE_SOURCE_H

#include "base/array.h"
#include "base/str.h"
#include "source/span.h"

enum had_source_status {
    HAD_SOURCE_OK,
    HAD_SOURCE_MISSING,     /* no such file or folder */
    HAD_SOURCE_NOT_REGULAR, /* folder where a file is needed, device, FIFO, socket */
    HAD_SOURCE_LINK,        /* a symbolic link on the way */
    HAD_SOURCE_OUTSIDE,     /* leaves the spec's folder */
    HAD_SOURCE_TOO_LARGE,   /* above HAD_SOURCE_MAX */
    HAD_SOURCE_UTF16,       /* a UTF-16 byte order mark */
    HAD_SOURCE_NUL,         /* a NUL byte; `offset` says where */
    HAD_SOURCE_NOT_UTF8,    /* `offset` says where */
    HAD_SOURCE_UNREADABLE,  /* `error` holds errno */
};

enum { HAD_SOURCE_MAX = 16 * 1024 * 1024, HAD_SOURCE_DATA_MAX = 4 * 1024 * 1024 };

struct had_source_error {
    enum had_source_status status;
    uint32_t offset;
    int error;
};

struct had_source {
    had_str path; /* relative to the root, `/` between; "std:name.had" for stdlib */
    had_str shown; /* as seen from where the user stands; empty: `path` */
    had_str text;
    uint32_t *lines; /* offset of each line's start; made when first asked for */
    uint32_t line_count;
    uint32_t last_offset, last_line, last_column; /* of the position asked for last: many stand close by */
    bool is_data; /* read by file(), csv(), …: not parsed as .had */
    struct had_source_error error; /* its bytes are no text: every reader gets this answer */
};

struct had_sources {
    struct had_arena *arena;
    had_str root;    /* absolute or as given; "" is the current folder */
    had_str std_dir; /* where `std:` modules are installed; "" if none */
    had_array(struct had_source *) files;
};

/* A file from memory; the text is copied. Returns its number for spans (index + 1). */
uint32_t had_sources_add(struct had_sources *sources, had_str path, had_str text);

/*
 * Reads a file below the root (or "std:…"); a file already read or added is not read again. On success
 * *file is its number. With `data`, the file is one for file(), csv(), yaml() or json() and bounded by
 * HAD_SOURCE_DATA_MAX.
 */
struct had_source_error had_sources_load(struct had_sources *sources, had_str path, bool data,
                                         uint32_t *file);

/* Names of the `*.had` files directly in a folder below the root, sorted bytewise, relative to the root. */
struct had_source_error had_sources_list(struct had_sources *sources, had_str folder,
                                         had_str **paths, uint32_t *count);

/*
 * Makes findings name files as seen from where the user stands: `prefix` is the way to the root, "" for
 * the root itself. Files of `std:` keep their names.
 */
void had_sources_show(struct had_sources *sources, had_str prefix);

/* A sentence for a status, such as "is a symbolic link". Static text. */
const char *had_source_status_text(enum had_source_status status);

/* Checks bytes as a source text: BOM, NUL, UTF-8. `*text` loses a UTF-8 BOM. */
struct had_source_error had_source_check(had_str *text);

const struct had_source *had_source_of(const struct had_sources *sources, struct had_span span);
had_str had_source_text(const struct had_sources *sources, struct had_span span);

/* Line and column from 1; columns count characters (a tab is one). */
struct had_position {
    uint32_t line, column;
};
struct had_position had_source_position(const struct had_sources *sources, uint32_t file,
                                        uint32_t offset);
/* The text of a line (from 1), without its end. */
had_str had_source_line(const struct had_sources *sources, uint32_t file, uint32_t line);

#endif
