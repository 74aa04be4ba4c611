/* The table that the build makes of live.yaml: each entry as JSON text, by name. */
#ifndef HAD_IMPORT_TABLE_H
#define HAD_IMPORT_TABLE_H

#include "resource/table.h"

extern const struct had_driver_text had_live_texts[];
extern const unsigned had_live_text_count;

#endif
