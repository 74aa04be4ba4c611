/* Forms that continuous integration reads: GitHub's workflow commands, GitLab's code quality,
 * JUnit's XML. */
#include "diag/render.h"

/* ---- GitHub ---- */

/* A value of a command ends at `,` and `:`, a message at the end of the line; `%` encodes. */
static void command_text(struct had_buffer *out, had_str text, bool value)
{
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%' || c == '\r' || c == '\n' || (value && (c == ':' || c == ',')))
            had_buffer_printf(out, "%%%02X", (unsigned)c);
        else
            had_buffer_char(out, c);
    }
}

static void command_safe(struct had_buffer *out, had_str text, bool value)
{
    struct had_buffer safe = {0};
    had_buffer_safe(&safe, text);
    command_text(out, had_buffer_view(&safe), value);
    had_buffer_free(&safe);
}

static void command(struct had_buffer *out, const struct had_diag *d,
                    const struct had_sources *sources)
{
    static const char *const commands[] = {"notice", "warning", "error"};
    struct had_place at = had_place_of(sources, d->span);
    had_buffer_printf(out, "::%s ", commands[d->severity]);
    if (at.file.len) {
        had_buffer_c(out, "file=");
        command_safe(out, at.file, true);
        had_buffer_printf(out, ",line=%u,endLine=%u,", (unsigned)at.start.line,
                          (unsigned)at.end.line);
        if (at.start.line == at.end.line) /* columns are shown within one line only */
            had_buffer_printf(out, "col=%u,endColumn=%u,", (unsigned)at.start.column,
                              (unsigned)at.end.column);
    }
    had_buffer_printf(out, "title=%s%%3A ", d->code->code);
    command_safe(out, had_str_c(d->code->title), true);
    had_buffer_c(out, "::");
    struct had_buffer message = {0};
    had_buffer_message(&message, d);
    command_text(out, had_buffer_view(&message), false);
    had_buffer_free(&message);
    had_str help = had_diag_advice(d);
    if (help.len) {
        had_buffer_c(out, "%0Ahelp: ");
        command_safe(out, help, false);
    }
    had_buffer_char(out, '\n');
}

void had_render_github(struct had_buffer *out, const struct had_diags *diags,
                       const struct had_sources *sources)
{
    for (int severity = HAD_ERROR; severity >= HAD_INFO; severity--)
        for (uint32_t i = 0; i < diags->items.count; i++) {
            const struct had_diag *d = diags->items.items[i];
            if (!d->is_waived && !d->is_known && d->severity == (enum had_severity)severity)
                command(out, d, sources);
        }
}

/* ---- GitLab ---- */

void had_render_gitlab(struct had_buffer *out, const struct had_diags *diags,
                       const struct had_sources *sources)
{
    static const char *const severities[] = {"info", "minor", "critical"};
    json_t *report = json_array();
    struct had_arena arena = {0};
    struct had_map seen = {0};
    for (uint32_t i = 0; i < diags->items.count; i++) {
        const struct had_diag *d = diags->items.items[i];
        uint64_t fingerprint = had_fingerprint(&arena, &seen, d, sources);
        if (d->is_waived || d->is_known)
            continue;
        struct had_place at = had_place_of(sources, d->span);
        had_str path = at.file;
        if (!path.len) /* the report needs a place */
            path = had_place_somewhere(sources).file;
        struct had_buffer message = {0};
        had_buffer_message(&message, d);
        json_t *issue = json_object(), *location = json_object(), *lines = json_object();
        json_object_set_new(issue, "type", json_string("issue"));
        json_object_set_new(issue, "check_name", json_string(d->code->code));
        json_object_set_new(issue, "description", had_json_text(had_buffer_view(&message)));
        json_object_set_new(issue, "severity", json_string(severities[d->severity]));
        json_object_set_new(issue, "fingerprint", had_json_fingerprint(fingerprint));
        json_object_set_new(lines, "begin", json_integer(at.start.line ? at.start.line : 1));
        json_object_set_new(location, "path", had_json_text(path));
        json_object_set_new(location, "lines", lines);
        json_object_set_new(issue, "location", location);
        json_array_append_new(report, issue);
        had_buffer_free(&message);
    }
    had_arena_free(&arena);
    had_json_write(out, report);
}

/* ---- JUnit ---- */

static void xml_text(struct had_buffer *out, had_str text)
{
    struct had_buffer safe = {0};
    had_buffer_safe(&safe, text);
    for (size_t i = 0; i < safe.len; i++) {
        switch (safe.ptr[i]) {
        case '&':
            had_buffer_c(out, "&amp;");
            break;
        case '<':
            had_buffer_c(out, "&lt;");
            break;
        case '>':
            had_buffer_c(out, "&gt;");
            break;
        case '"':
            had_buffer_c(out, "&quot;");
            break;
        default:
            had_buffer_char(out, safe.ptr[i]);
        }
    }
    had_buffer_free(&safe);
}

static void test_case(struct had_buffer *out, const struct had_diag *d,
                      const struct had_sources *sources)
{
    struct had_place at = had_place_of(sources, d->span);
    struct had_buffer message = {0};
    had_buffer_message(&message, d);
    had_buffer_c(out, "    <testcase classname=\"");
    xml_text(out, at.file.len ? at.file : HAD_STR("spec"));
    had_buffer_printf(out, "\" name=\"%s: ", d->code->code);
    xml_text(out, had_buffer_view(&message));
    if (at.file.len) {
        had_buffer_c(out, "\" file=\"");
        xml_text(out, at.file);
        had_buffer_printf(out, "\" line=\"%u", (unsigned)at.start.line);
    }
    had_buffer_c(out, "\">\n");
    const char *end;
    if (d->is_waived) {
        had_buffer_c(out, "      <skipped message=\"waived: ");
        xml_text(out, d->waived);
        had_buffer_c(out, "\"/>\n");
        end = NULL;
    } else if (d->is_known) {
        had_buffer_c(out, "      <skipped message=\"known from the baseline\"/>\n");
        end = NULL;
    } else if (d->severity == HAD_ERROR) {
        had_buffer_printf(out, "      <failure type=\"%s\" message=\"", d->code->code);
        xml_text(out, had_buffer_view(&message));
        had_buffer_c(out, "\">");
        end = "failure";
    } else {
        had_buffer_printf(out, "      <system-out>%s: ", had_severity_name(d->severity));
        end = "system-out";
    }
    if (end) {
        if (at.file.len) {
            xml_text(out, at.file);
            had_buffer_printf(out, ":%u:%u: ", (unsigned)at.start.line, (unsigned)at.start.column);
        }
        xml_text(out, had_buffer_view(&message));
        had_str help = had_diag_advice(d);
        if (help.len) {
            had_buffer_c(out, "\nhelp: ");
            xml_text(out, help);
        }
        had_buffer_printf(out, "</%s>\n", end);
    }
    had_buffer_c(out, "    </testcase>\n");
    had_buffer_free(&message);
}

void had_render_junit(struct had_buffer *out, const struct had_diags *diags,
                      const struct had_sources *sources)
{
    struct had_summary s = had_diags_summary(diags);
    /* Without findings there is one test, which has passed: an empty suite counts as none. */
    uint32_t tests = diags->items.count ? diags->items.count : 1;
    had_buffer_c(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    had_buffer_printf(out,
                      "  <testsuite name=\"had check\" tests=\"%u\" failures=\"%u\" errors=\"0\" "
                      "skipped=\"%u\">\n",
                      (unsigned)tests, (unsigned)s.error, (unsigned)(s.waived + s.known));
    if (!diags->items.count)
        had_buffer_c(out, "    <testcase classname=\"spec\" name=\"no findings\"/>\n");
    for (uint32_t i = 0; i < diags->items.count; i++)
        test_case(out, diags->items.items[i], sources);
    had_buffer_c(out, "  </testsuite>\n</testsuites>\n");
}
