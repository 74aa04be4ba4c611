/* What changes between two snapshots, for a reviewer. */
#include "snapshot/snapshot.h"

#include "diag/render.h"
#include "graph/rtype.h"

enum { OPEN_MAX = 15 }; /* rows of a section that are shown without a click */

enum fate { SAME, ADDED, CHANGED, REPLACED, REMOVED, MOVED, FATES };

struct change {
    enum fate fate;
    const struct had_snapshot_resource *before, *after; /* NULL: not there */
};

struct diff {
    struct had_arena arena;
    struct had_buffer *out;
    size_t limit;
    had_array(struct change) changes;
    struct had_snapshot_counts counts;
};

/* ---- comparing ---- */

static const struct had_snapshot_property *find(const struct had_snapshot_resource *r, had_str path)
{
    for (uint32_t i = 0; i < r->properties.count; i++)
        if (had_str_eq(r->properties.items[i].path, path))
            return &r->properties.items[i];
    return NULL;
}

/* Whether CloudFormation makes a new resource where the property at this path changes. */
static enum had_replace replaces(const struct had_snapshot_resource *r, had_str path)
{
    const struct had_rtype *type = had_rtype_find(r->type);
    const struct had_rdefinition *definition = type ? &type->properties : NULL;
    while (definition && path.len) {
        uint32_t end = 0;
        while (end < path.len && path.ptr[end] != '.' && path.ptr[end] != '[')
            end++;
        const struct had_rprop *p = had_rtype_prop(definition, had_str_slice(path, 0, end));
        if (!p)
            return HAD_IN_PLACE;
        if (p->cloudformation != HAD_IN_PLACE)
            return p->cloudformation;
        /* What the API forbids to change is made anew as well. */
        if (p->api && (had_str_is(had_str_c(p->api), "replace") ||
                       had_str_is(had_str_c(p->api), "forbidden")))
            return HAD_REPLACE;
        definition = p->definition;
        while (end < path.len && path.ptr[end] != '.')
            end++;
        path = had_str_slice(path, end < path.len ? end + 1 : end, path.len);
    }
    return HAD_IN_PLACE;
}

static bool elsewhere(const struct had_snapshot_resource *a, const struct had_snapshot_resource *b)
{
    return !had_str_eq(a->type, b->type) || !had_str_eq(a->account, b->account) ||
           !had_str_eq(a->region, b->region);
}

static enum fate fate_of(const struct had_snapshot_resource *before,
                         const struct had_snapshot_resource *after)
{
    if (elsewhere(before, after))
        return REPLACED;
    if (had_str_eq(before->digest, after->digest) && before->protected == after->protected)
        return SAME;
    if (!had_str_is(after->state, "managed"))
        return CHANGED;
    for (uint32_t i = 0; i < before->properties.count; i++) {
        const struct had_snapshot_property *p = &before->properties.items[i], *q;
        q = find(after, p->path);
        if ((!q || !had_str_eq(p->value, q->value)) && replaces(after, p->path) == HAD_REPLACE)
            return REPLACED;
    }
    for (uint32_t i = 0; i < after->properties.count; i++)
        if (!find(before, after->properties.items[i].path) &&
            replaces(after, after->properties.items[i].path) == HAD_REPLACE)
            return REPLACED;
    return CHANGED;
}

static void compare(struct diff *d, const struct had_snapshot *before,
                    const struct had_snapshot *after)
{
    uint32_t i = 0, k = 0;
    while (i < before->resources.count || k < after->resources.count) {
        const struct had_snapshot_resource *b =
            i < before->resources.count ? &before->resources.items[i] : NULL;
        const struct had_snapshot_resource *a =
            k < after->resources.count ? &after->resources.items[k] : NULL;
        int order = !b ? 1 : !a ? -1 : had_str_cmp(b->address, a->address);
        i += order <= 0;
        k += order >= 0;
        struct change c = {.before = order <= 0 ? b : NULL, .after = order >= 0 ? a : NULL};
        c.fate = order < 0 ? REMOVED : order > 0 ? ADDED : fate_of(b, a);
        if (c.fate == SAME)
            d->counts.same++;
        else
            *had_push(&d->arena, &d->changes) = c;
    }
}

/* An added resource that says the address of a removed one is that one, renamed. */
static void join_moved(struct diff *d)
{
    for (uint32_t i = 0; i < d->changes.count; i++) {
        struct change *to = &d->changes.items[i];
        for (uint32_t f = 0; to->fate == ADDED && f < to->after->former.count; f++) {
            for (uint32_t k = 0; k < d->changes.count; k++) {
                struct change *from = &d->changes.items[k];
                if (from->fate != REMOVED ||
                    !had_str_eq(from->before->address, to->after->former.items[f]))
                    continue;
                to->before = from->before;
                enum fate fate = fate_of(to->before, to->after);
                to->fate = fate == REPLACED ? REPLACED : MOVED;
                from->fate = SAME;
                break;
            }
        }
    }
    for (uint32_t i = 0; i < d->changes.count; i++) {
        enum fate fate = d->changes.items[i].fate;
        d->counts.added += fate == ADDED;
        d->counts.removed += fate == REMOVED;
        d->counts.changed += fate == CHANGED;
        d->counts.replaced += fate == REPLACED;
        d->counts.moved += fate == MOVED;
    }
}

/* ---- Markdown ---- */

static void add_place(struct had_buffer *out, const struct had_snapshot_resource *r)
{
    struct had_arena scratch = {0};
    had_markdown_code(out, r->region.len ? had_str_printf(&scratch, HAD_FMT " / " HAD_FMT,
                                                          HAD_ARG(r->account), HAD_ARG(r->region))
                                         : r->account);
    had_arena_free(&scratch);
}

static void add_property(struct had_buffer *out, const struct had_snapshot_resource *r,
                         had_str path, const had_str *from, const had_str *to, bool *first)
{
    had_buffer_c(out, *first ? "" : "<br>");
    *first = false;
    had_markdown_code(out, path);
    had_buffer_c(out, ": ");
    if (from)
        had_markdown_code(out, *from);
    else
        had_buffer_c(out, "nothing");
    had_buffer_c(out, " → ");
    if (to)
        had_markdown_code(out, *to);
    else
        had_buffer_c(out, "nothing");
    enum had_replace how = replaces(r, path);
    if (how != HAD_IN_PLACE && had_str_is(r->state, "managed"))
        had_buffer_c(out, how == HAD_REPLACE ? " (**replaces**)" : " (may replace)");
}

static void add_properties(struct had_buffer *out, const struct change *c)
{
    const struct had_snapshot_resource *b = c->before, *a = c->after;
    bool first = true;
    if (!had_str_eq(b->address, a->address))
        add_property(out, a, HAD_STR("address"), &b->address, &a->address, &first);
    if (!had_str_eq(b->type, a->type))
        add_property(out, a, HAD_STR("type"), &b->type, &a->type, &first);
    if (!had_str_eq(b->account, a->account))
        add_property(out, a, HAD_STR("account"), &b->account, &a->account, &first);
    if (!had_str_eq(b->region, a->region))
        add_property(out, a, HAD_STR("Region"), &b->region, &a->region, &first);
    if (!had_str_eq(b->state, a->state))
        add_property(out, a, HAD_STR("state"), &b->state, &a->state, &first);
    static const had_str words[] = {HAD_STR_INIT("no"), HAD_STR_INIT("yes")};
    if (b->protected != a->protected)
        add_property(out, a, HAD_STR("protected"), &words[b->protected], &words[a->protected],
                     &first);
    for (uint32_t i = 0; i < b->properties.count; i++) {
        const struct had_snapshot_property *p = &b->properties.items[i], *q = find(a, p->path);
        if (!q || !had_str_eq(p->value, q->value))
            add_property(out, a, p->path, &p->value, q ? &q->value : NULL, &first);
    }
    for (uint32_t i = 0; i < a->properties.count; i++)
        if (!find(b, a->properties.items[i].path))
            add_property(out, a, a->properties.items[i].path, NULL, &a->properties.items[i].value,
                         &first);
}

static void add_section(struct diff *d, enum fate fate, uint32_t count, const char *heading)
{
    if (!count)
        return;
    struct had_buffer *out = d->out;
    bool values = fate == CHANGED || fate == REPLACED || fate == MOVED, folded = count > OPEN_MAX;
    had_buffer_printf(out, folded ? "\n<details><summary>%s (" : "\n#### %s (", heading);
    had_buffer_count(out, count);
    had_buffer_printf(out, "%s\n\n| resource | type | where |%s\n| --- | --- | --- |%s\n",
                      folded ? ")</summary>" : ")", values ? " what |" : "",
                      values ? " --- |" : "");
    uint32_t shown = 0;
    for (uint32_t i = 0; i < d->changes.count; i++) {
        const struct change *c = &d->changes.items[i];
        if (c->fate != fate)
            continue;
        if (out->len > d->limit)
            break;
        shown++;
        const struct had_snapshot_resource *r = c->after ? c->after : c->before;
        had_buffer_c(out, "| ");
        had_markdown_code(out, r->address);
        had_buffer_c(out, " | ");
        had_markdown_code(out, had_str_starts(r->type, "AWS::")
                                   ? had_str_slice(r->type, 5, r->type.len)
                                   : r->type);
        had_buffer_c(out, had_str_is(r->state, "managed") ? " | " : ", existing | ");
        add_place(out, r);
        had_buffer_c(out, " |");
        if (values) {
            had_buffer_char(out, ' ');
            add_properties(out, c);
            had_buffer_c(out, " |");
        }
        had_buffer_char(out, '\n');
    }
    if (shown < count) {
        had_buffer_c(out, "\n… and ");
        had_buffer_count(out, count - shown);
        had_buffer_c(out, " more, which the snapshot itself shows.\n");
    }
    if (folded)
        had_buffer_c(out, "\n</details>\n");
}

static void add_warnings(struct diff *d)
{
    bool first = true;
    for (uint32_t i = 0; i < d->changes.count && d->out->len <= d->limit; i++) {
        const struct change *c = &d->changes.items[i];
        if ((c->fate != REMOVED && c->fate != REPLACED) || !c->before->protected ||
            !had_str_is(c->before->state, "managed"))
            continue;
        had_buffer_c(d->out, first ? "\n> **Protected, and yet " : ">\n> **Protected, and yet ");
        had_buffer_c(d->out, c->fate == REMOVED ? "removed:** " : "replaced:** ");
        had_markdown_code(d->out, c->before->address);
        had_buffer_char(d->out, '\n');
        first = false;
    }
}

void had_snapshot_summary(struct had_buffer *out, const struct had_snapshot_counts *n)
{
    const struct {
        uint32_t count;
        const char *text;
    } parts[] = {{n->added, "to add"},
                 {n->replaced, "to replace"},
                 {n->changed, "to change"},
                 {n->moved, "to rename"},
                 {n->removed, "to remove"}};
    bool first = true;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i].count)
            continue;
        had_buffer_c(out, first ? "" : ", ");
        had_buffer_count(out, parts[i].count);
        had_buffer_printf(out, " %s", parts[i].text);
        first = false;
    }
    had_buffer_c(out, first ? "no resource changes; " : "; ");
    had_buffer_count(out, n->same);
    had_buffer_printf(out, " %s", n->same == 1 ? "stays as it is" : "stay as they are");
}

struct had_snapshot_counts had_snapshot_diff(struct had_buffer *out,
                                             const struct had_snapshot *before,
                                             const struct had_snapshot *after, size_t limit)
{
    struct diff d = {.out = out, .limit = limit};
    compare(&d, before, after);
    join_moved(&d);
    had_buffer_c(out, "### Resources");
    if (after->spec.len || before->spec.len) {
        had_buffer_c(out, " of ");
        had_markdown_code(out, after->spec.len ? after->spec : before->spec);
    }
    had_buffer_c(out, "\n\n");
    had_snapshot_summary(out, &d.counts);
    had_buffer_c(out, ".\n");
    add_warnings(&d);
    add_section(&d, REMOVED, d.counts.removed, "To remove");
    add_section(&d, REPLACED, d.counts.replaced, "To replace");
    add_section(&d, CHANGED, d.counts.changed, "To change");
    add_section(&d, MOVED, d.counts.moved, "To rename");
    add_section(&d, ADDED, d.counts.added, "To add");
    had_arena_free(&d.arena);
    return d.counts;
}
