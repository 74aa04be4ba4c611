/* What `had init` writes; the files stand beside this one and are compiled in. */
#ifndef HAD_CLI_INIT_INIT_H
#define HAD_CLI_INIT_INIT_H

#include <stddef.h>

struct had_init_file {
    const char *path; /* "main.had", ".github/workflows/had.yml" */
    const unsigned char *text;
    size_t len;
};
extern const struct had_init_file had_init_files[]; /* ends with an entry without path */

#endif
