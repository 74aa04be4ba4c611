#include "diagram/diagram.h"

#include "diag/render.h"

#include <jansson.h>
#include <stdlib.h>

void had_diagram_json(struct had_buffer *out, const struct had_diagram *d)
{
    static const char *const shapes[] = {"account", "spoke",    "hub",
                                         "site",    "forest",   "directory",
                                         "server",  "resolver", "identity-center"};
    static const char *const strokes[] = {"network", "names", "trust", "share"};
    json_t *root = json_object(), *boxes = json_array(), *lines = json_array();
    for (uint32_t i = 0; i < d->boxes.count; i++) {
        const struct had_drawn *b = &d->boxes.items[i];
        json_t *o = json_object();
        json_object_set_new(o, "id", json_integer(i));
        json_object_set_new(o, "what", json_string(shapes[b->shape]));
        json_object_set_new(o, "label", had_json_text(b->label));
        if (b->address.len)
            json_object_set_new(o, "address", had_json_text(b->address));
        if (b->parent >= 0)
            json_object_set_new(o, "in", json_integer(b->parent));
        json_array_append_new(boxes, o);
    }
    for (uint32_t i = 0; i < d->lines.count; i++) {
        const struct had_line *l = &d->lines.items[i];
        json_t *o = json_object();
        json_object_set_new(o, "from", json_integer(l->from));
        json_object_set_new(o, "to", json_integer(l->to));
        json_object_set_new(o, "what", json_string(strokes[l->stroke]));
        json_object_set_new(o, "label", had_json_text(l->label));
        json_object_set_new(o, "both_ways", json_boolean(l->both_ways));
        json_array_append_new(lines, o);
    }
    json_object_set_new(root, "version", json_integer(1));
    json_object_set_new(root, "spec", had_json_text(d->title));
    json_object_set_new(root, "boxes", boxes);
    json_object_set_new(root, "lines", lines);
    char *dump = json_dumps(root, JSON_INDENT(1));
    had_buffer_c(out, dump ? dump : "{}");
    had_buffer_char(out, '\n');
    free(dump);
    json_decref(root);
}
