/*
 * The graph as text: every node, property and edge in a fixed order, so that the same spec gives
 * the same bytes. Texts of a spec are escaped, since a dump ends up in a terminal.
 */
#include "graph/internal.h"

#include <inttypes.h>

struct dump {
    struct had_buffer *out;
    const struct had_graph *graph;
    const struct had_sources *sources; /* or NULL: places are left out */
};

/* ---- texts ---- */

/* Reads one character of valid UTF-8 at `*at`; a stray byte counts as itself. */
static uint32_t character(had_str text, uint32_t *at)
{
    const unsigned char *p = (const unsigned char *)text.ptr + *at;
    uint32_t left = text.len - *at;
    uint32_t length = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (length == 1 || length > left || p[0] < 0xC0) {
        *at += 1;
        return p[0];
    }
    uint32_t value = p[0] & (0xFFu >> (length + 1));
    for (uint32_t i = 1; i < length; i++)
        value = value << 6 | (p[i] & 0x3Fu);
    *at += length;
    return value;
}

/* Control characters, and what turns or hides the text around it. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x61C || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF;
}

static void put_text(struct had_buffer *out, had_str text, bool quoted)
{
    for (uint32_t at = 0; at < text.len;) {
        uint32_t start = at, c = character(text, &at);
        if (c == '\n')
            had_buffer_c(out, "\\n");
        else if (is_unsafe(c))
            had_buffer_printf(out, "\\u{%x}", c);
        else if (quoted && (c == '"' || c == '\\'))
            had_buffer_printf(out, "\\%c", (char)c);
        else
            had_buffer_add(out, text.ptr + start, at - start);
    }
}

static void put_quoted(struct had_buffer *out, had_str text)
{
    had_buffer_char(out, '"');
    put_text(out, text, true);
    had_buffer_char(out, '"');
}

static void put_place(const struct dump *dump, struct had_span span)
{
    const struct had_source *source =
        dump->sources && had_span_known(span) ? had_source_of(dump->sources, span) : NULL;
    if (!source)
        return;
    struct had_position at = had_source_position(dump->sources, span.file, span.start);
    had_buffer_c(dump->out, " at ");
    put_text(dump->out, source->path, false);
    had_buffer_printf(dump->out, ":%u:%u", at.line, at.column);
}

/* ---- properties ---- */

static void put_read(struct had_buffer *out, const struct had_prop *prop)
{
    if (prop->read.node)
        put_text(out, prop->read.node->address, false);
    else
        had_buffer_c(out, "(nothing)");
    had_buffer_char(out, '.');
    put_text(out, had_str_c(prop->read.attribute), false);
}

/* A value that stands on one line, after its key. */
static void put_scalar(struct had_buffer *out, const struct had_prop *prop)
{
    if (prop->tag == HAD_PROP_TEXT) {
        had_buffer_c(out, " = ");
        put_quoted(out, prop->text);
    } else if (prop->tag == HAD_PROP_INT) {
        had_buffer_printf(out, " = %" PRId64, prop->number);
    } else if (prop->tag == HAD_PROP_BOOL) {
        had_buffer_c(out, prop->boolean ? " = true" : " = false");
    } else if (prop->tag == HAD_PROP_READ) {
        had_buffer_c(out, " <- ");
        put_read(out, prop);
    } else if (prop->tag == HAD_PROP_SECRET) {
        had_buffer_c(out, " = secret ");
        put_quoted(out, prop->secret->name);
        if (prop->secret->json_key.len) {
            had_buffer_c(out, " key ");
            put_text(out, prop->secret->json_key, false);
        }
        if (prop->secret->account_id.len) {
            had_buffer_c(out, " account ");
            put_text(out, prop->secret->account_id, false);
        }
        if (prop->secret->region.len) {
            had_buffer_c(out, " region ");
            put_text(out, prop->secret->region, false);
        }
    } else if (prop->tag == HAD_PROP_FORMAT) {
        had_buffer_c(out, " = format");
        had_each(struct had_prop *const, piece, &prop->items) {
            had_buffer_char(out, ' ');
            if ((*piece)->tag == HAD_PROP_READ) {
                had_buffer_c(out, "<");
                put_read(out, *piece);
                had_buffer_c(out, ">");
            } else if ((*piece)->tag == HAD_PROP_TEXT) {
                put_quoted(out, (*piece)->text);
            } else if ((*piece)->tag == HAD_PROP_INT) {
                had_buffer_printf(out, "%" PRId64, (*piece)->number);
            }
        }
    }
}

static void put_value(const struct dump *dump, const struct had_prop *prop, unsigned indent);

static void put_entries(const struct dump *dump, const struct had_prop_entry *entries,
                        uint32_t count, unsigned indent)
{
    for (uint32_t i = 0; i < count; i++) {
        had_buffer_repeat(dump->out, ' ', indent);
        put_text(dump->out, entries[i].key, false);
        put_value(dump, entries[i].value, indent);
    }
}

/* The rest of the line that `indent` stands before, and the lines below it. */
static void put_value(const struct dump *dump, const struct had_prop *prop, unsigned indent)
{
    struct had_buffer *out = dump->out;
    if (!prop) {
        had_buffer_c(out, " (no value)\n");
        return;
    }
    bool list = prop->tag == HAD_PROP_LIST, map = prop->tag == HAD_PROP_MAP;
    bool staged = prop->tag == HAD_PROP_STAGED;
    if (list && !prop->items.count)
        had_buffer_c(out, " = []");
    else if (map && !prop->entries.count)
        had_buffer_c(out, " = {}");
    else if (staged)
        had_buffer_c(out, " staged");
    else if (!list && !map)
        put_scalar(out, prop);
    if (prop->derivation) {
        had_buffer_c(out, "  (");
        put_text(out, had_symbol_text(&dump->graph->symbols, prop->derivation), false);
        had_buffer_char(out, ')');
    }
    had_buffer_char(out, '\n');
    if (list) {
        had_each(struct had_prop *const, item, &prop->items) {
            had_buffer_repeat(out, ' ', indent + 2);
            had_buffer_char(out, '-');
            put_value(dump, *item, indent + 2);
        }
    } else if (map) {
        put_entries(dump, prop->entries.items, prop->entries.count, indent + 2);
    } else if (staged) {
        for (uint32_t i = 0; i < prop->stages.count; i++) {
            const struct had_stage *stage = &prop->stages.items[i];
            had_buffer_repeat(out, ' ', indent + 2);
            had_buffer_printf(out, "%u", i);
            had_each(const struct had_node *const, until, &stage->until) {
                had_buffer_c(out, until == stage->until.items ? " until " : ", ");
                if (*until)
                    put_text(out, (*until)->address, false);
            }
            put_value(dump, stage->value, indent + 2);
        }
    }
}

/* ---- nodes and edges ---- */

static const char *const class_names[] = {"resource", "lookup", "configuration", "gate", "fact"};
static const char *const lifecycle_names[] = {"managed", "existing", "adopted"};
static const char *const protect_names[] = {"", ", protect keep", ", protect acknowledge"};
static const char *const kind_names[] = {"reads", "needs", "sees", "after", "outlives"};
static const char *const until_names[] = {"exists", "ready", "verified"};
static const char *const crossing_names[] = {"local",  "stack",   "account",
                                             "region", "machine", "person"};

static void put_context(struct had_buffer *out, const struct had_context *context)
{
    had_buffer_c(out, "  context ");
    if (!context) {
        had_buffer_c(out, "none\n");
        return;
    }
    if (context->actor == HAD_ACTOR_PERSON) {
        had_buffer_c(out, "person ");
        put_text(out, context->team, false);
        had_buffer_char(out, '\n');
        return;
    }
    put_text(out, context->partition, false);
    had_buffer_char(out, '/');
    put_text(out, context->account, false);
    if (context->account_id.len) {
        had_buffer_char(out, '(');
        put_text(out, context->account_id, false);
        had_buffer_char(out, ')');
    }
    had_buffer_char(out, '/');
    put_text(out, context->region, false);
    if (context->actor == HAD_ACTOR_MACHINE) {
        had_buffer_c(out, " machine ");
        if (context->machine)
            put_text(out, context->machine->address, false);
    } else {
        had_buffer_c(out, context->actor == HAD_ACTOR_MANAGEMENT ? " management" : " deploy");
        if (context->deploy_role.len) {
            had_buffer_c(out, " as ");
            put_text(out, context->deploy_role, false);
        }
    }
    had_buffer_char(out, '\n');
}

static void put_origin(const struct dump *dump, const struct had_origin *origin)
{
    struct had_buffer *out = dump->out;
    had_buffer_c(out, "  origin ");
    put_text(out, origin->object, false);
    put_place(dump, origin->span);
    if (origin->module.len) {
        had_buffer_c(out, ", module ");
        put_text(out, origin->module, false);
    }
    if (origin->derivation.len) {
        had_buffer_c(out, ", derived: ");
        put_text(out, origin->derivation, false);
        put_place(dump, origin->derivation_span);
    }
    had_buffer_char(out, '\n');
}

static void put_edge(const struct dump *dump, const struct had_edge *edge)
{
    struct had_buffer *out = dump->out;
    had_buffer_printf(out, "    %s ", kind_names[edge->kind]);
    put_text(out, edge->to->address, false);
    if (edge->attribute) {
        had_buffer_char(out, '.');
        put_text(out, had_str_c(edge->attribute), false);
    }
    if (edge->property && *edge->property) {
        had_buffer_c(out, edge->kind == HAD_READS ? " -> " : " for ");
        put_text(out, had_str_c(edge->property), false);
    }
    had_buffer_printf(out, ", %s, %s", until_names[edge->until], crossing_names[edge->crossing]);
    if (edge->revision || !edge->all_revisions)
        had_buffer_printf(out, ", revision %u%s", edge->revision, edge->all_revisions ? " on" : "");
    if (edge->kind != HAD_READS && edge->why) {
        had_buffer_c(out, ": ");
        had_buffer_c(out, edge->why);
    }
    had_buffer_char(out, '\n');
}

static void put_node(const struct dump *dump, const struct had_node *node)
{
    struct had_buffer *out = dump->out;
    had_buffer_char(out, '\n');
    put_text(out, node->address, false);
    had_buffer_printf(out, "\n  %s ", class_names[node->class]);
    put_text(out, node->type_name, false);
    had_buffer_printf(out, ", %s%s\n", lifecycle_names[node->lifecycle],
                      protect_names[node->protect]);
    put_context(out, node->context);
    had_buffer_printf(out, "  layer %s, phase %s", had_layer_name(node->layer),
                      had_phase_name(node->phase));
    if (node->revisions > 1)
        had_buffer_printf(out, ", revisions %u", node->revisions);
    had_buffer_char(out, '\n');
    if (node->lane.len) {
        had_buffer_c(out, "  lane ");
        put_text(out, node->lane, false);
        had_buffer_printf(out, ", width %u\n", node->lane_width);
    }
    put_origin(dump, node->origin);
    if (node->description.len) {
        had_buffer_c(out, "  description ");
        put_quoted(out, node->description);
        had_buffer_char(out, '\n');
    }
    had_each(const had_str, former, &node->former) {
        had_buffer_c(out, "  formerly ");
        put_text(out, *former, false);
        had_buffer_char(out, '\n');
    }
    had_each(const struct had_known, known, &node->known) {
        had_buffer_c(out, "  known ");
        put_text(out, known->attribute, false);
        had_buffer_c(out, " = ");
        put_quoted(out, known->text);
        had_buffer_char(out, '\n');
    }
    if (node->props.count) {
        had_buffer_c(out, "  properties\n");
        put_entries(dump, node->props.items, node->props.count, 4);
    }
    if (node->needs.count) {
        had_buffer_c(out, "  edges\n");
        had_each(struct had_edge *const, edge, &node->needs)
            put_edge(dump, *edge);
    }
}

void had_graph_dump(struct had_buffer *out, const struct had_graph *graph,
                    const struct had_sources *sources)
{
    const struct dump dump = {out, graph, sources};
    had_buffer_c(out, "graph ");
    put_text(out, graph->spec, false);
    had_buffer_c(out, ", home ");
    put_text(out, graph->home, false);
    had_buffer_printf(out, ", %u nodes, %u edges\n", graph->nodes.count, graph->edges.count);
    had_each(struct had_node *const, node, &graph->nodes)
        put_node(&dump, *node);
}
