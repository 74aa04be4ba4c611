/*
 * Properties against the type tables. A property that the type does not have, lacks or that has the
 * wrong shape is the compiler's fault; a value out of the type's words, form or bounds comes from
 * the spec, and the finding stands at the attribute that said it.
 */
#include "graph/internal.h"

#include <inttypes.h>

enum { DEPTH_MAX = 64, TOLD_MAX = 60 };

/* One step of the way from a node to a value, for messages. */
struct step {
    const struct step *before;
    had_str key;
    uint32_t index;
    bool is_index;
};

struct check {
    const struct had_graph *graph;
    struct had_diags *diags;
    struct had_arena scratch;
    struct had_pattern_cache patterns;
    const struct had_node *node;
    unsigned depth;
};

/* What a place takes: a property row, one level at a time. */
struct place {
    enum had_rvalue value, item;
    const struct had_rdefinition *definition;
    const struct had_rprop *row; /* its bounds; NULL if there are none */
};

static void append_path(struct had_buffer *out, const struct step *step)
{
    if (step->before)
        append_path(out, step->before);
    if (step->is_index) {
        had_buffer_printf(out, "[%u]", step->index);
    } else {
        if (step->before)
            had_buffer_char(out, '.');
        had_buffer_str(out, step->key);
    }
}

static had_str path_text(struct check *check, const struct step *step)
{
    struct had_buffer path = {0};
    append_path(&path, step);
    had_str text = had_str_dup(&check->scratch, had_buffer_view(&path));
    had_buffer_free(&path);
    return text;
}

static struct had_span place_of(const struct check *check, const struct had_prop *prop)
{
    return had_span_known(prop->span) ? prop->span : check->node->origin->span;
}

/* The compiler's fault, at a property. */
static struct had_diag *wrong(struct check *check, const struct had_prop *prop,
                              const struct step *step, const char *problem)
{
    had_str path = path_text(check, step);
    return had_graph_broken(check->diags, check->node, place_of(check, prop),
                            "`" HAD_FMT "` of `" HAD_FMT "` %s", HAD_ARG(path),
                            HAD_ARG(check->node->address), problem);
}

/* The first characters of a text of the user. */
static had_str told(struct check *check, had_str text)
{
    if (text.len <= TOLD_MAX)
        return text;
    uint32_t end = TOLD_MAX;
    while (end > 0 && ((unsigned char)text.ptr[end] & 0xC0) == 0x80)
        end--;
    return had_str_printf(&check->scratch, HAD_FMT "…", HAD_ARG(had_str_slice(text, 0, end)));
}

static void about(struct check *check, struct had_diag *d, const struct had_prop *prop)
{
    had_diag_address(d, check->node->origin->object);
    if (prop->derivation)
        had_diag_note(d, "the value is derived: " HAD_FMT,
                      HAD_ARG(had_symbol_text(&check->graph->symbols, prop->derivation)));
}

static uint32_t characters(had_str text)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return count;
}

static bool is_word(const char *const *words, had_str text)
{
    for (; *words; words++) {
        if (had_str_is(text, *words))
            return true;
    }
    return false;
}

static void check_words(struct check *check, const struct had_prop *prop, const struct step *step,
                        const struct had_rprop *row)
{
    had_str path = path_text(check, step), text = told(check, prop->text);
    struct had_diag *d = had_report(check->diags, &HAD0791, place_of(check, prop),
                                    "`" HAD_FMT "` is no value for `" HAD_FMT "` of `%s`",
                                    HAD_ARG(text), HAD_ARG(path), check->node->type->name);
    about(check, d, prop);
    struct had_buffer list = {0};
    for (const char *const *word = row->words; *word; word++)
        had_buffer_printf(&list, "%s`%s`",
                          word == row->words ? ""
                          : word[1]          ? ", "
                                             : " or ",
                          *word);
    had_str words = had_buffer_view(&list);
    had_diag_help(d, "AWS takes " HAD_FMT, HAD_ARG(words));
    had_buffer_free(&list);
}

static void check_text(struct check *check, const struct had_prop *prop, const struct step *step,
                       const struct had_rprop *row)
{
    if (!row)
        return;
    if (row->secret) {
        wrong(check, prop, step, "is a secret and must be named, never written");
        return;
    }
    if (row->words && !is_word(row->words, prop->text)) {
        check_words(check, prop, step, row);
        return;
    }
    uint32_t length = characters(prop->text);
    bool longer = row->max_length >= 0 && length > row->max_length;
    if (longer || (row->min_length >= 0 && length < row->min_length)) {
        had_str path = path_text(check, step);
        int64_t bound = longer ? row->max_length : row->min_length;
        struct had_diag *d =
            had_report(check->diags, &HAD0792, place_of(check, prop),
                       "`" HAD_FMT "` of `%s` has at %s %" PRId64 " character%s; this one has %u",
                       HAD_ARG(path), check->node->type->name, longer ? "most" : "least", bound,
                       bound == 1 ? "" : "s", length);
        about(check, d, prop);
        had_diag_help(d, longer ? "shorten the text" : "write a longer text");
        return;
    }
    if (row->pattern && !had_pattern_accepts(&check->patterns, row->pattern, prop->text)) {
        had_str path = path_text(check, step), text = told(check, prop->text);
        struct had_diag *d =
            had_report(check->diags, &HAD0791, place_of(check, prop),
                       "`" HAD_FMT "` has not the form that `%s` takes for `" HAD_FMT "`",
                       HAD_ARG(text), check->node->type->name, HAD_ARG(path));
        about(check, d, prop);
        had_diag_help(d, "write a text that matches %s", row->pattern);
    }
}

static void check_number(struct check *check, const struct had_prop *prop, const struct step *step,
                         const struct had_rprop *row)
{
    if (!row)
        return;
    bool above = row->maximum >= 0 && prop->number > row->maximum;
    if (!above && (row->minimum < 0 || prop->number >= row->minimum))
        return;
    had_str path = path_text(check, step);
    struct had_diag *d =
        had_report(check->diags, &HAD0792, place_of(check, prop),
                   "`" HAD_FMT "` of `%s` is at %s %" PRId64 "; this one is %" PRId64,
                   HAD_ARG(path), check->node->type->name, above ? "most" : "least",
                   above ? row->maximum : row->minimum, prop->number);
    about(check, d, prop);
    had_diag_help(d, "state a number within the bounds");
}

static void check_count(struct check *check, const struct had_prop *prop, const struct step *step,
                        const struct had_rprop *row)
{
    if (!row)
        return;
    uint32_t count = prop->items.count;
    bool above = row->max_items >= 0 && (int64_t)count > row->max_items;
    if (!above && (row->min_items < 0 || (int64_t)count >= row->min_items))
        return;
    had_str path = path_text(check, step);
    int32_t bound = above ? row->max_items : row->min_items;
    struct had_diag *d = had_report(check->diags, &HAD0792, place_of(check, prop),
                                    "`" HAD_FMT "` of `%s` has at %s %d element%s; here are %u",
                                    HAD_ARG(path), check->node->type->name,
                                    above ? "most" : "least", bound, bound == 1 ? "" : "s", count);
    about(check, d, prop);
    had_diag_help(d, above ? "state fewer" : "state more");
}

/* ---- reads ---- */

const struct had_rattr *had_read_attr(const struct had_prop *read, bool *element)
{
    had_str name;
    uint32_t index;
    *element = had_attribute_split(had_str_c(read->read.attribute), &name, &index);
    if (!read->read.node || !read->read.node->type)
        return NULL;
    const struct had_rattr *attr = had_rtype_attr(read->read.node->type, name);
    return attr && *element && attr->value != HAD_R_LIST ? NULL : attr;
}

static bool agrees(enum had_rvalue given, enum had_rvalue wanted)
{
    if (given == wanted || given == HAD_R_ANY || wanted == HAD_R_ANY || wanted == HAD_R_JSON)
        return true;
    return given == HAD_R_INTEGER && wanted == HAD_R_NUMBER;
}

static void check_read(struct check *check, const struct had_prop *prop, const struct step *step,
                       const struct place *place)
{
    const struct had_node *source = prop->read.node;
    if (!source) {
        wrong(check, prop, step, "reads from nothing");
        return;
    }
    if (!source->type)
        return; /* told with that node */
    bool element;
    const struct had_rattr *attr = had_read_attr(prop, &element);
    if (!attr) {
        struct had_diag *d = wrong(check, prop, step, "reads an attribute that there is not");
        had_diag_note(d, "`%s` has no `" HAD_FMT "`", source->type->name,
                      HAD_ARG(had_str_c(prop->read.attribute)));
        return;
    }
    enum had_rvalue given = element ? attr->item : attr->value;
    bool right = agrees(given, place->value);
    if (right && given == HAD_R_LIST && place->value == HAD_R_LIST)
        right = agrees(attr->item, place->item);
    if (right && place->row && place->row->secret)
        right = had_str_is(source->type_name, "AWS::SecretsManager::Secret");
    if (!right) {
        struct had_diag *d = wrong(check, prop, step, "reads a value of another type");
        had_diag_note(d, "it reads `" HAD_FMT "` of `" HAD_FMT "`, of type `%s`",
                      HAD_ARG(had_str_c(prop->read.attribute)), HAD_ARG(source->address),
                      source->type->name);
        if (given == HAD_R_LIST)
            had_diag_note(d, "an element of a list is read by its index");
    }
}

static void check_format(struct check *check, const struct had_prop *prop, const struct step *step)
{
    const struct place text = {HAD_R_STRING, HAD_R_ANY, NULL, NULL};
    had_each(struct had_prop *const, piece, &prop->items) {
        if (*piece && (*piece)->tag == HAD_PROP_READ)
            check_read(check, *piece, step, &text);
        else if (!*piece || ((*piece)->tag != HAD_PROP_TEXT && (*piece)->tag != HAD_PROP_INT))
            wrong(check, prop, step, "joins something that is neither text, number nor read");
    }
}

/* ---- every value ---- */

static void check_value(struct check *check, const struct had_prop *prop, const struct step *step,
                        const struct place *place);

static void check_entries(struct check *check, const struct had_prop_entry *entries, uint32_t count,
                          const struct had_rdefinition *definition, const struct step *step,
                          const struct had_prop *map)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct step here = {step, entries[i].key, 0, false};
        const struct had_rprop *row = had_rtype_prop(definition, entries[i].key);
        if (!entries[i].value) {
            had_str path = path_text(check, &here);
            had_graph_broken(check->diags, check->node, check->node->origin->span,
                             "`" HAD_FMT "` of `" HAD_FMT "` has no value", HAD_ARG(path),
                             HAD_ARG(check->node->address));
        } else if (!row) {
            struct had_diag *d =
                wrong(check, entries[i].value, &here, "is a property that there is not");
            had_diag_note(d, "`%s` has no `" HAD_FMT "`", definition->name,
                          HAD_ARG(entries[i].key));
        } else {
            const struct place inner = {row->value, row->item, row->definition, row};
            check_value(check, entries[i].value, &here, &inner);
        }
    }
    /* What the spec does not say of things that are there already is unknown. */
    if (check->node->lifecycle == HAD_EXISTING)
        return;
    for (uint32_t p = 0; p < definition->count; p++) {
        const struct had_rprop *row = &definition->props[p];
        bool there = !row->required;
        for (uint32_t i = 0; i < count && !there; i++)
            there = had_str_is(entries[i].key, row->name);
        if (there)
            continue;
        const struct step here = {step, had_str_c(row->name), 0, false};
        had_str path = path_text(check, &here);
        had_graph_broken(check->diags, check->node,
                         map ? place_of(check, map) : check->node->origin->span,
                         "`" HAD_FMT "` lacks `" HAD_FMT "`, which `%s` must have",
                         HAD_ARG(check->node->address), HAD_ARG(path), check->node->type->name);
    }
}

static void check_map(struct check *check, const struct had_prop *prop, const struct step *step,
                      const struct place *place)
{
    if (place->value == HAD_R_OBJECT && place->definition) {
        check_entries(check, prop->entries.items, prop->entries.count, place->definition, step,
                      prop);
        return;
    }
    /* The keys are free; a map's values are of its item type, a document's of any. */
    struct place inner = {HAD_R_ANY, HAD_R_ANY, NULL, NULL};
    if (place->value == HAD_R_MAP)
        inner = (struct place){place->item, HAD_R_ANY, place->definition, NULL};
    had_each(const struct had_prop_entry, entry, &prop->entries) {
        const struct step here = {step, entry->key, 0, false};
        if (entry->value)
            check_value(check, entry->value, &here, &inner);
    }
}

static void check_list(struct check *check, const struct had_prop *prop, const struct step *step,
                       const struct place *place)
{
    struct place inner = {HAD_R_ANY, HAD_R_ANY, NULL, NULL};
    if (place->value == HAD_R_LIST) {
        check_count(check, prop, step, place->row);
        inner = (struct place){place->item, HAD_R_ANY, place->definition, place->row};
    }
    for (uint32_t i = 0; i < prop->items.count; i++) {
        const struct step here = {step, (had_str){0}, i, true};
        if (prop->items.items[i])
            check_value(check, prop->items.items[i], &here, &inner);
        else
            wrong(check, prop, &here, "has no value");
    }
}

/* Whether a place takes a value of this tag at all. */
static bool takes(const struct place *place, enum had_prop_tag tag)
{
    if (place->value == HAD_R_ANY || place->value == HAD_R_JSON)
        return true;
    switch (tag) {
    case HAD_PROP_TEXT:
    case HAD_PROP_SECRET:
    case HAD_PROP_FORMAT:
        return place->value == HAD_R_STRING;
    case HAD_PROP_INT:
        return place->value == HAD_R_INTEGER || place->value == HAD_R_NUMBER;
    case HAD_PROP_BOOL:
        return place->value == HAD_R_BOOLEAN;
    case HAD_PROP_LIST:
        return place->value == HAD_R_LIST;
    case HAD_PROP_MAP:
        return place->value == HAD_R_OBJECT || place->value == HAD_R_MAP;
    case HAD_PROP_READ:
    case HAD_PROP_STAGED:
        return true; /* judged by what they give */
    }
    return false;
}

static const char *shape_problem(enum had_rvalue value)
{
    switch (value) {
    case HAD_R_STRING:
        return "is not the text that it must be";
    case HAD_R_INTEGER:
    case HAD_R_NUMBER:
        return "is not the number that it must be";
    case HAD_R_BOOLEAN:
        return "is not the true or false that it must be";
    case HAD_R_LIST:
        return "is not the list that it must be";
    case HAD_R_OBJECT:
    case HAD_R_MAP:
        return "is not the map that it must be";
    case HAD_R_JSON:
    case HAD_R_ANY:
        break;
    }
    return "has the wrong shape";
}

static void check_value(struct check *check, const struct had_prop *prop, const struct step *step,
                        const struct place *place)
{
    if (check->depth == DEPTH_MAX)
        return; /* told by finish.c */
    if (!takes(place, prop->tag)) {
        wrong(check, prop, step, shape_problem(place->value));
        return;
    }
    check->depth++;
    switch (prop->tag) {
    case HAD_PROP_TEXT:
        check_text(check, prop, step, place->row);
        break;
    case HAD_PROP_INT:
        check_number(check, prop, step, place->row);
        break;
    case HAD_PROP_BOOL:
        break;
    case HAD_PROP_SECRET:
        if (!prop->secret->name.len)
            wrong(check, prop, step, "is a secret without a name");
        break;
    case HAD_PROP_LIST:
        check_list(check, prop, step, place);
        break;
    case HAD_PROP_MAP:
        check_map(check, prop, step, place);
        break;
    case HAD_PROP_READ:
        check_read(check, prop, step, place);
        break;
    case HAD_PROP_FORMAT:
        if (place->row && place->row->secret)
            wrong(check, prop, step, "is a secret and must be named, never written");
        else
            check_format(check, prop, step);
        break;
    case HAD_PROP_STAGED:
        had_each(const struct had_stage, stage, &prop->stages) {
            if (stage->value && stage->value->tag != HAD_PROP_STAGED)
                check_value(check, stage->value, step, place);
            else if (!stage->value)
                wrong(check, prop, step, "has a choice without a value");
        }
        break;
    }
    check->depth--;
}

void had_graph_validate(const struct had_graph *graph, struct had_diags *diags)
{
    struct check check = {.graph = graph, .diags = diags};
    check.patterns.arena = &check.scratch;
    had_each(struct had_node *const, node, &graph->nodes) {
        check.node = *node;
        if (check.node->type)
            check_entries(&check, check.node->props.items, check.node->props.count,
                          &check.node->type->properties, NULL, NULL);
    }
    had_pattern_free(&check.patterns);
    had_arena_free(&check.scratch);
}
