/* The set of files that back ends give. */
#include "emit/emit.h"

#include <stdlib.h>

void had_output_put(struct had_output *output, had_str path, had_str text, had_str digest)
{
    struct had_output_file *file = had_push(output->arena, &output->files);
    *file = (struct had_output_file){.path = had_str_dup(output->arena, path), .digest = digest};
    if (output->write) {
        output->write(output->data, &(struct had_output_file){path, text, digest}, true);
        return;
    }
    file->text = had_str_dup(output->arena, text);
}

void had_output_add(struct had_output *output, had_str path, had_str text)
{
    had_output_put(output, path, text, (had_str){0});
}

void had_output_piece(struct had_output *output, had_str path, struct had_buffer *text, bool last)
{
    enum { PIECE = 1 << 20 };
    if (last) {
        had_output_take(output, path, text);
    } else if (output->write && text->len >= PIECE) {
        output->write(output->data,
                      &(struct had_output_file){.path = path, .text = had_buffer_view(text)},
                      false);
        text->len = 0;
    }
}

void had_output_take(struct had_output *output, had_str path, struct had_buffer *text)
{
    had_output_add(output, path, had_buffer_view(text));
    had_buffer_free(text);
}

static int file_cmp(const void *a, const void *b)
{
    return had_str_cmp(((const struct had_output_file *)a)->path,
                       ((const struct had_output_file *)b)->path);
}

void had_output_sort(struct had_output *output)
{
    if (output->files.count > 1)
        qsort(output->files.items, output->files.count, sizeof *output->files.items, file_cmp);
}
