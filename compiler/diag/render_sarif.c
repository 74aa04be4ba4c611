#include "diag/render.h"

#include "base/map.h"

#include <stdio.h>
#include <string.h>

static json_t *text_object(had_str text)
{
    json_t *object = json_object();
    json_object_set_new(object, "text", had_json_text(text));
    return object;
}

/* A path as a relative URI reference: everything but unreserved characters and `/` is encoded. */
static json_t *uri_of(had_str path)
{
    struct had_buffer b = {0};
    for (uint32_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     (c && strchr("-._~/", c));
        if (plain)
            had_buffer_char(&b, c);
        else
            had_buffer_printf(&b, "%%%02X", (unsigned)(unsigned char)c);
    }
    json_t *uri = had_json_text(had_buffer_view(&b));
    had_buffer_free(&b);
    return uri;
}

static json_t *artifact_of(had_str path)
{
    json_t *artifact = json_object();
    json_object_set_new(artifact, "uri", uri_of(path));
    json_object_set_new(artifact, "uriBaseId", json_string("%SRCROOT%"));
    return artifact;
}

static json_t *region_of(const struct had_place *place)
{
    json_t *region = json_object();
    json_object_set_new(region, "startLine", json_integer(place->start.line));
    json_object_set_new(region, "startColumn", json_integer(place->start.column));
    json_object_set_new(region, "endLine", json_integer(place->end.line));
    json_object_set_new(region, "endColumn", json_integer(place->end.column));
    return region;
}

static json_t *location_of(const struct had_sources *sources, struct had_span span)
{
    struct had_place place = had_place_of(sources, span);
    json_t *location = json_object(), *physical = json_object();
    if (place.file.len) {
        json_object_set_new(physical, "artifactLocation", artifact_of(place.file));
        json_object_set_new(physical, "region", region_of(&place));
        json_object_set_new(location, "physicalLocation", physical);
    } else {
        json_decref(physical);
    }
    return location;
}

static const char *level_of(enum had_severity severity)
{
    return severity == HAD_ERROR ? "error" : severity == HAD_WARNING ? "warning" : "note";
}

static json_t *rule_of(const struct had_code *code)
{
    json_t *rule = json_object(), *configuration = json_object(), *properties = json_object();
    json_object_set_new(rule, "id", json_string(code->code));
    json_object_set_new(rule, "shortDescription", text_object(had_str_c(code->title)));
    if (code->why)
        json_object_set_new(rule, "fullDescription", text_object(had_str_c(code->why)));
    if (code->help && *code->help)
        json_object_set_new(rule, "help", text_object(had_str_c(code->help)));
    json_object_set_new(configuration, "level", json_string(level_of(code->severity)));
    json_object_set_new(rule, "defaultConfiguration", configuration);
    json_object_set_new(properties, "source",
                        code->source ? json_string(code->source) : json_null());
    json_object_set_new(rule, "properties", properties);
    return rule;
}

static json_t *fixes_of(const struct had_diag *d, const struct had_sources *sources)
{
    json_t *fixes = json_array();
    had_each (const struct had_fix, fix, &d->fixes) {
        json_t *object = json_object(), *changes = json_array();
        had_each (const struct had_edit, edit, &fix->edits) {
            struct had_place place = had_place_of(sources, edit->span);
            json_t *change = json_object(), *replacement = json_object(),
                   *replacements = json_array();
            json_object_set_new(replacement, "deletedRegion", region_of(&place));
            json_object_set_new(replacement, "insertedContent", text_object(edit->text));
            json_array_append_new(replacements, replacement);
            json_object_set_new(change, "artifactLocation", artifact_of(place.file));
            json_object_set_new(change, "replacements", replacements);
            json_array_append_new(changes, change);
        }
        json_object_set_new(object, "description", text_object(fix->title));
        json_object_set_new(object, "artifactChanges", changes);
        json_array_append_new(fixes, object);
    }
    return fixes;
}

static json_t *result_of(const struct had_diag *d, const struct had_sources *sources, uint64_t rule)
{
    json_t *result = json_object(), *locations = json_array(), *related = json_array(),
           *suppressions = json_array();
    struct had_buffer message = {0};
    had_buffer_str(&message, d->message);
    if (d->like_it) {
        had_buffer_c(&message, " (and ");
        had_buffer_count(&message, d->like_it);
        had_buffer_c(&message, " like it)");
    }
    had_each (const had_str, note, &d->notes)
        had_buffer_printf(&message, "\n" HAD_FMT, HAD_ARG(*note));
    had_str help = had_diag_advice(d);
    if (help.len)
        had_buffer_printf(&message, "\nhelp: " HAD_FMT, HAD_ARG(help));
    json_object_set_new(result, "ruleId", json_string(d->code->code));
    json_object_set_new(result, "ruleIndex", json_integer((json_int_t)rule));
    json_object_set_new(result, "level", json_string(level_of(d->severity)));
    json_object_set_new(result, "message", text_object(had_buffer_view(&message)));
    had_buffer_free(&message);

    json_t *location = location_of(sources, d->span);
    if (d->address.len) {
        json_t *logical = json_object(), *all = json_array();
        json_object_set_new(logical, "fullyQualifiedName", had_json_text(d->address));
        json_array_append_new(all, logical);
        json_object_set_new(location, "logicalLocations", all);
    }
    if (json_object_size(location))
        json_array_append_new(locations, location);
    else
        json_decref(location);
    json_object_set_new(result, "locations", locations);

    had_each (const struct had_label, label, &d->labels) {
        if (had_label_is_primary(d, label))
            continue;
        json_t *place = location_of(sources, label->span);
        json_object_set_new(place, "id", json_integer((json_int_t)json_array_size(related)));
        json_object_set_new(place, "message", text_object(label->text));
        json_array_append_new(related, place);
    }
    json_object_set_new(result, "relatedLocations", related);

    char fingerprint[24];
    snprintf(fingerprint, sizeof fingerprint, "%016llx",
             (unsigned long long)had_fingerprint(d, had_place_of(sources, d->span).file));
    json_t *fingerprints = json_object();
    json_object_set_new(fingerprints, "hadFinding/v1", json_string(fingerprint));
    json_object_set_new(result, "partialFingerprints", fingerprints);
    json_object_set_new(result, "occurrenceCount", json_integer((json_int_t)d->like_it + 1));
    if (d->fixes.count)
        json_object_set_new(result, "fixes", fixes_of(d, sources));
    /* The standard wants suppressions in all results or in none. */
    if (d->is_waived) {
        json_t *suppression = json_object();
        json_object_set_new(suppression, "kind", json_string("inSource"));
        json_object_set_new(suppression, "status", json_string("accepted"));
        json_object_set_new(suppression, "justification", had_json_text(d->waived));
        json_array_append_new(suppressions, suppression);
    }
    json_object_set_new(result, "suppressions", suppressions);
    return result;
}

void had_render_sarif(struct had_buffer *out, const struct had_diags *diags,
                      const struct had_sources *sources, const char *version)
{
    struct had_arena arena = {0};
    struct had_map index = {0};
    json_t *rules = json_array(), *results = json_array();
    for (uint32_t i = 0; i < diags->items.count; i++) {
        const struct had_diag *d = diags->items.items[i];
        if (had_map_get(&index, (uintptr_t)d->code))
            continue;
        had_map_put(&arena, &index, (uintptr_t)d->code, index.count);
        json_array_append_new(rules, rule_of(d->code));
    }
    for (uint32_t i = 0; i < diags->items.count; i++) {
        const struct had_diag *d = diags->items.items[i];
        json_array_append_new(results,
                              result_of(d, sources, *had_map_get(&index, (uintptr_t)d->code)));
    }
    had_arena_free(&arena);

    json_t *driver = json_object(), *tool = json_object(), *run = json_object(),
           *runs = json_array();
    json_t *document = json_object();
    json_object_set_new(driver, "name", json_string("had"));
    json_object_set_new(driver, "version", json_string(version));
    json_object_set_new(driver, "rules", rules);
    json_object_set_new(tool, "driver", driver);
    json_object_set_new(run, "tool", tool);
    json_object_set_new(run, "columnKind", json_string("unicodeCodePoints"));
    json_object_set_new(run, "results", results);
    json_array_append_new(runs, run);
    json_object_set_new(document, "$schema",
                        json_string("https://json.schemastore.org/sarif-2.1.0.json"));
    json_object_set_new(document, "version", json_string("2.1.0"));
    json_object_set_new(document, "runs", runs);
    had_json_write(out, document);
}
