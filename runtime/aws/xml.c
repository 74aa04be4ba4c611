#include "aws/xml.h"

#include "base/buffer.h"

#include <expat.h>
#include <string.h>

struct level {
    struct had_xml *node;
    struct had_xml **end; /* where the next child goes */
    struct had_buffer text;
};

struct reader {
    struct had_arena *arena;
    XML_Parser parser;
    struct level levels[HAD_XML_DEPTH_MAX + 1];
    uint32_t depth, nodes;
    struct had_xml *root;
    const char *refused;
};

static void refuse(struct reader *r, const char *why)
{
    r->refused = why;
    XML_StopParser(r->parser, XML_FALSE);
}

static void start(void *context, const char *name, const char **attributes)
{
    struct reader *r = context;
    (void)attributes;
    if (r->refused)
        return;
    if (r->depth == HAD_XML_DEPTH_MAX) {
        refuse(r, "it is nested too deeply");
        return;
    }
    if (++r->nodes > HAD_XML_NODES_MAX) {
        refuse(r, "it has too many elements");
        return;
    }
    const char *local = strrchr(name, '\n');
    struct had_xml *node = had_new(r->arena, struct had_xml);
    node->name = had_str_dup(r->arena, had_str_c(local ? local + 1 : name));
    struct level *above = r->depth ? &r->levels[r->depth - 1] : NULL;
    if (above) {
        *above->end = node;
        above->end = &node->next;
    } else {
        r->root = node;
    }
    r->levels[r->depth++] = (struct level){.node = node, .end = &node->first};
}

static void end(void *context, const char *name)
{
    struct reader *r = context;
    (void)name;
    if (r->refused)
        return;
    struct level *at = &r->levels[--r->depth];
    at->node->text = had_str_dup(r->arena, had_buffer_view(&at->text));
    had_buffer_free(&at->text);
}

static void characters(void *context, const char *text, int len)
{
    struct reader *r = context;
    if (r->refused || !r->depth)
        return;
    struct level *at = &r->levels[r->depth - 1];
    if (!at->node->first)
        had_buffer_add(&at->text, text, (size_t)len);
}

static void doctype(void *context, const char *name, const char *system_id, const char *public_id,
                    int has_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    refuse(context, "it has a document type, which no answer of AWS has");
}

const struct had_xml *had_xml_parse(struct had_arena *arena, had_str text, had_str *error)
{
    struct reader reader = {.arena = arena};
    /* Line feed cannot stand in a name, nor in a namespace after attributes are normalized. */
    reader.parser = XML_ParserCreateNS("UTF-8", '\n');
    if (!reader.parser)
        had_out_of_memory(0);
    XML_SetUserData(reader.parser, &reader);
    XML_SetElementHandler(reader.parser, start, end);
    XML_SetCharacterDataHandler(reader.parser, characters);
    XML_SetStartDoctypeDeclHandler(reader.parser, doctype);
    bool good = text.len <= INT32_MAX && XML_Parse(reader.parser, text.ptr ? text.ptr : "",
                                                   (int)text.len, XML_TRUE) == XML_STATUS_OK;
    if (!good)
        *error = had_str_printf(arena, "the answer is no XML that can be read: %s",
                                reader.refused ? reader.refused
                                               : XML_ErrorString(XML_GetErrorCode(reader.parser)));
    while (reader.depth)
        had_buffer_free(&reader.levels[--reader.depth].text);
    XML_ParserFree(reader.parser);
    return good ? reader.root : NULL;
}

const struct had_xml *had_xml_child(const struct had_xml *node, const char *name)
{
    for (const struct had_xml *child = node ? node->first : NULL; child; child = child->next)
        if (had_str_is(child->name, name))
            return child;
    return NULL;
}
