/* The table that the build makes of types/: each driver as JSON text, by type. */
#ifndef HAD_RESOURCE_TABLE_H
#define HAD_RESOURCE_TABLE_H

struct had_driver_text {
    const char *type, *text;
};
extern const struct had_driver_text had_driver_texts[];
extern const unsigned had_driver_text_count;

#endif
