#include "diag/render.h"

static void set_place(json_t *object, const struct had_sources *sources, struct had_span span,
                      bool with_end)
{
    struct had_place place = had_place_of(sources, span);
    json_object_set_new(object, "file", place.path.len ? had_json_text(place.path) : json_null());
    json_object_set_new(object, "line", json_integer(place.start.line));
    json_object_set_new(object, "column", json_integer(place.start.column));
    if (with_end) {
        json_object_set_new(object, "end_line", json_integer(place.end.line));
        json_object_set_new(object, "end_column", json_integer(place.end.column));
    }
}

static json_t *fixes_of(const struct had_diag *d, const struct had_sources *sources)
{
    json_t *fixes = json_array();
    had_each(const struct had_fix, fix, &d->fixes) {
        json_t *edits = json_array();
        had_each(const struct had_edit, edit, &fix->edits) {
            json_t *object = json_object();
            set_place(object, sources, edit->span, true);
            json_object_set_new(object, "text", had_json_text(edit->text));
            json_array_append_new(edits, object);
        }
        json_t *object = json_object();
        json_object_set_new(object, "title", had_json_text(fix->title));
        json_object_set_new(object, "safe", json_boolean(fix->safe));
        json_object_set_new(object, "edits", edits);
        json_array_append_new(fixes, object);
    }
    return fixes;
}

static json_t *text_or_null(had_str text)
{
    return text.len ? had_json_text(text) : json_null();
}

static json_t *finding_of(const struct had_diag *d, const struct had_sources *sources,
                          uint64_t fingerprint)
{
    json_t *object = json_object();
    json_object_set_new(object, "code", json_string(d->code->code));
    json_object_set_new(object, "severity", json_string(had_severity_name(d->severity)));
    json_object_set_new(object, "message", had_json_text(d->message));
    json_object_set_new(object, "like_it", json_integer(d->like_it));
    json_object_set_new(object, "address", text_or_null(d->address));
    set_place(object, sources, d->span, true);

    had_str label = {0};
    json_t *related = json_array(), *notes = json_array();
    had_each(const struct had_label, l, &d->labels) {
        if (had_label_is_primary(d, l)) {
            label = l->text;
            continue;
        }
        json_t *place = json_object();
        set_place(place, sources, l->span, false);
        json_object_set_new(place, "message", had_json_text(l->text));
        json_array_append_new(related, place);
    }
    had_each(const had_str, note, &d->notes)
        json_array_append_new(notes, had_json_text(*note));
    json_object_set_new(object, "label", text_or_null(label));
    json_object_set_new(object, "related", related);
    json_object_set_new(object, "notes", notes);
    json_object_set_new(object, "help", text_or_null(had_diag_advice(d)));
    json_object_set_new(object, "fixes", fixes_of(d, sources));
    json_object_set_new(object, "waived", d->is_waived ? had_json_text(d->waived) : json_null());
    json_object_set_new(object, "source",
                        d->code->source ? json_string(d->code->source) : json_null());
    json_object_set_new(object, "fingerprint", had_json_fingerprint(fingerprint));
    json_object_set_new(object, "known", json_boolean(d->is_known));
    return object;
}

void had_render_json(struct had_buffer *out, const struct had_diags *diags,
                     const struct had_sources *sources, had_str spec_name)
{
    struct had_summary s = had_diags_summary(diags);
    json_t *summary = json_object(), *findings = json_array(), *document = json_object();
    json_object_set_new(summary, "error", json_integer(s.error));
    json_object_set_new(summary, "warning", json_integer(s.warning));
    json_object_set_new(summary, "info", json_integer(s.info));
    json_object_set_new(summary, "waived", json_integer(s.waived));
    json_object_set_new(summary, "known", json_integer(s.known));
    struct had_arena arena = {0};
    struct had_map seen = {0};
    for (uint32_t i = 0; i < diags->items.count; i++) {
        const struct had_diag *d = diags->items.items[i];
        json_array_append_new(findings,
                              finding_of(d, sources, had_fingerprint(&arena, &seen, d, sources)));
    }
    had_arena_free(&arena);
    json_object_set_new(document, "version", json_integer(1));
    json_object_set_new(document, "spec", text_or_null(spec_name));
    json_object_set_new(document, "summary", summary);
    json_object_set_new(document, "findings", findings);
    had_json_write(out, document);
}
