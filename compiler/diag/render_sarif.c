#include "diag/render.h"

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

static json_t *location_of(const struct had_place *place)
{
    json_t *location = json_object(), *physical = json_object();
    json_object_set_new(physical, "artifactLocation", artifact_of(place->file));
    json_object_set_new(physical, "region", region_of(place));
    json_object_set_new(location, "physicalLocation", physical);
    return location;
}

static const char *level_of(enum had_severity severity)
{
    return severity == HAD_ERROR ? "error" : severity == HAD_WARNING ? "warning" : "note";
}

/* Texts of the catalog are plain; in Markdown `*`, `_`, `<` and their like would be read. */
static void markdown(struct had_buffer *out, const char *text)
{
    bool code = false;
    for (; *text; text++) {
        code ^= *text == '`';
        if (!code && strchr("\\*_<>[]#|", *text))
            had_buffer_char(out, '\\');
        had_buffer_char(out, *text);
    }
}

/* What code scanning shows beside an alert: why, what to do, where the fact comes from. */
static json_t *help_of(const struct had_code *code)
{
    struct had_buffer plain = {0}, rich = {0};
    const struct {
        const char *heading, *text;
    } parts[] = {{"Why", code->why}, {"What to do", code->help}, {"Source", code->source}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i].text || !*parts[i].text)
            continue;
        had_buffer_printf(&plain, "%s%s: %s", plain.len ? "\n" : "", parts[i].heading,
                          parts[i].text);
        had_buffer_printf(&rich, "%s**%s.** ", rich.len ? "\n\n" : "", parts[i].heading);
        markdown(&rich, parts[i].text);
    }
    had_buffer_printf(&plain, "%sSee: had explain %s", plain.len ? "\n" : "", code->code);
    had_buffer_printf(&rich, "%s`had explain %s` tells more.", rich.len ? "\n\n" : "", code->code);
    json_t *help = text_object(had_buffer_view(&plain));
    json_object_set_new(help, "markdown", had_json_text(had_buffer_view(&rich)));
    had_buffer_free(&plain);
    had_buffer_free(&rich);
    return help;
}

enum { DESCRIPTION_MAX = 1024 }; /* code scanning refuses more */

static json_t *rule_of(const struct had_code *code)
{
    static const char *const words[] = {"recommendation", "warning", "error"};
    json_t *rule = json_object(), *configuration = json_object(), *properties = json_object(),
           *tags = json_array();
    had_str why = had_str_c(code->why && *code->why ? code->why : code->title);
    if (why.len > DESCRIPTION_MAX) {
        why.len = DESCRIPTION_MAX;
        while (why.len && ((unsigned char)why.ptr[why.len] & 0xc0) == 0x80)
            why.len--; /* between characters */
    }
    json_object_set_new(rule, "id", json_string(code->code));
    json_object_set_new(rule, "shortDescription", text_object(had_str_c(code->title)));
    json_object_set_new(rule, "fullDescription", text_object(why));
    json_object_set_new(rule, "help", help_of(code));
    json_object_set_new(configuration, "level", json_string(level_of(code->severity)));
    json_object_set_new(rule, "defaultConfiguration", configuration);
    json_object_set_new(properties, "precision", json_string("very-high"));
    json_object_set_new(properties, "problem.severity", json_string(words[code->severity]));
    json_array_append_new(tags, json_string(had_code_is_rule(code) ? "identity" : "language"));
    if (code->hard)
        json_array_append_new(tags, json_string("cannot-be-waived"));
    json_object_set_new(properties, "tags", tags);
    json_object_set_new(rule, "properties", properties);
    return rule;
}

static json_t *fixes_of(const struct had_diag *d, const struct had_sources *sources)
{
    json_t *fixes = json_array();
    had_each(const struct had_fix, fix, &d->fixes) {
        json_t *object = json_object(), *changes = json_array();
        had_each(const struct had_edit, edit, &fix->edits) {
            struct had_place place = had_place_of(sources, edit->span);
            json_t *change = json_object(), *replacement = json_object(),
                   *replacements = json_array();
            json_object_set_new(replacement, "deletedRegion", region_of(&place));
            if (edit->text.len) /* without it the region is deleted */
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

/* Texts of messages may hold links, `[text](target)`; a spec must not be able to make one. */
static json_t *message_object(had_str text)
{
    struct had_buffer b = {0};
    for (uint32_t i = 0; i < text.len; i++) {
        had_buffer_char(&b, text.ptr[i]);
        if (text.ptr[i] == ']' && i + 1 < text.len && text.ptr[i + 1] == '(')
            had_buffer_char(&b, ' ');
    }
    json_t *object = text_object(had_buffer_view(&b));
    had_buffer_free(&b);
    return object;
}

/* The steps of a flow; one without a place stands where the finding does. */
static json_t *flows_of(const struct had_diag *d, const struct had_sources *sources,
                        const struct had_place *place)
{
    json_t *steps = json_array(), *thread = json_object(), *threads = json_array();
    json_t *flow = json_object(), *flows = json_array();
    had_each(const struct had_label, step, &d->flow) {
        struct had_place there = had_place_of(sources, step->span);
        json_t *location = location_of(there.file.len ? &there : place), *o = json_object();
        json_object_set_new(location, "message", message_object(step->text));
        json_object_set_new(o, "location", location);
        json_array_append_new(steps, o);
    }
    json_object_set_new(thread, "locations", steps);
    json_array_append_new(threads, thread);
    json_object_set_new(flow, "threadFlows", threads);
    json_array_append_new(flows, flow);
    return flows;
}

static json_t *result_of(const struct had_diag *d, const struct had_sources *sources, uint64_t rule,
                         uint64_t fingerprint)
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
    had_each(const had_str, note, &d->notes)
        had_buffer_printf(&message, "\n" HAD_FMT, HAD_ARG(*note));
    had_str help = had_diag_advice(d);
    if (help.len)
        had_buffer_printf(&message, "\nhelp: " HAD_FMT, HAD_ARG(help));
    json_object_set_new(result, "ruleId", json_string(d->code->code));
    json_object_set_new(result, "ruleIndex", json_integer((json_int_t)rule));
    json_object_set_new(result, "level", json_string(level_of(d->severity)));
    json_object_set_new(result, "message", message_object(had_buffer_view(&message)));
    had_buffer_free(&message);

    struct had_place place = had_place_of(sources, d->span);
    if (!place.file.len)
        place = had_place_somewhere(sources);
    json_t *location = location_of(&place);
    if (d->address.len) {
        json_t *logical = json_object(), *all = json_array();
        json_object_set_new(logical, "fullyQualifiedName", had_json_text(d->address));
        json_array_append_new(all, logical);
        json_object_set_new(location, "logicalLocations", all);
    }
    json_array_append_new(locations, location);
    json_object_set_new(result, "locations", locations);

    had_each(const struct had_label, label, &d->labels) {
        struct had_place other = had_place_of(sources, label->span);
        if (had_label_is_primary(d, label) || !other.file.len)
            continue;
        json_t *at = location_of(&other);
        json_object_set_new(at, "id", json_integer((json_int_t)json_array_size(related)));
        if (label->text.len)
            json_object_set_new(at, "message", message_object(label->text));
        json_array_append_new(related, at);
    }
    json_object_set_new(result, "relatedLocations", related);

    if (d->flow.count)
        json_object_set_new(result, "codeFlows", flows_of(d, sources, &place));
    /* The first is the one that GitHub compares; it would else hash the text around the line. */
    json_t *fingerprints = json_object();
    json_object_set_new(fingerprints, "primaryLocationLineHash", had_json_fingerprint(fingerprint));
    json_object_set_new(fingerprints, "hadFinding/v1", had_json_fingerprint(fingerprint));
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
    if (d->owner->has_baseline)
        json_object_set_new(result, "baselineState",
                            json_string(d->is_known ? "unchanged" : "new"));
    return result;
}

void had_render_sarif(struct had_buffer *out, const struct had_diags *diags,
                      const struct had_sources *sources, const char *version)
{
    struct had_arena arena = {0};
    struct had_map index = {0}, seen = {0};
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
        uint64_t fingerprint = had_fingerprint(&arena, &seen, d, sources);
        json_array_append_new(
            results, result_of(d, sources, *had_map_get(&index, (uintptr_t)d->code), fingerprint));
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
    json_t *details = json_object();
    json_object_set_new(details, "id", json_string("had/")); /* a category, without a run's name */
    json_object_set_new(run, "automationDetails", details);
    json_object_set_new(run, "columnKind", json_string("unicodeCodePoints"));
    json_object_set_new(run, "results", results);
    json_array_append_new(runs, run);
    json_object_set_new(document, "$schema",
                        json_string("https://json.schemastore.org/sarif-2.1.0.json"));
    json_object_set_new(document, "version", json_string("2.1.0"));
    json_object_set_new(document, "runs", runs);
    had_json_write(out, document);
}
