#include "schema/kind.h"

#include "schema/kinds/kinds.h"

#include <string.h>

const struct had_kind *const had_kinds[] = {
#define KIND(id) &had_kind_##id,
#include "schema/kinds/kinds.def"
#undef KIND
    NULL};

static const struct had_type name_type = {
    .base = HAD_TYPE_TEXT, .min = 1, .max = 256, .sentence = "a name has 1 to 256 characters"};
static const struct had_type description_type = {
    .base = HAD_TYPE_TEXT, .max = 1024, .sentence = "a description has at most 1024 characters"};
static const struct had_type tag_type = {
    .base = HAD_TYPE_TEXT, .max = 256, .sentence = "the value of a tag has at most 256 characters"};
static const struct had_type tags_type = {.base = HAD_TYPE_MAP, .element = &tag_type};

/* What every kind that makes something takes (catalog, part 1); `protect` differs in its default.
 */
enum { COMMON = 4, DESCRIPTION = 1 };
#define COMMON_ATTRS(protected_)                                                                   \
    {.name = "name",                                                                               \
     .type = &name_type,                                                                           \
     .derived = "the declared name, after the names of its module instances and with its keys, "   \
                "joined by `-`",                                                                   \
     .doc = "Name outside, in AWS or Active Directory, where it differs from the declared one.",   \
     .lowers_to = "tag Name, or the name of the resource"},                                        \
        {.name = "description",                                                                    \
         .type = &description_type,                                                                \
         .derived = "the `##` comment above the declaration",                                      \
         .doc = "Text that AWS or Active Directory shows with the object.",                        \
         .lowers_to = "Description"},                                                              \
        {.name = "tags",                                                                           \
         .type = &tags_type,                                                                       \
         .doc = "Tags of its own, added to those of the spec. Keys may stand in quotes.",          \
         .lowers_to = "Tags"},                                                                     \
    {                                                                                              \
        .name = "protect", .type = &had_types[HAD_TYPE_BOOL], .fallback = protected_,              \
        .doc = "Destroying or replacing it is refused unless an acknowledgement names it."         \
    }

static const struct had_attr common[COMMON] = {COMMON_ATTRS("false")};
static const struct had_attr common_protected[COMMON] = {COMMON_ATTRS("true")};

/* True if the NUL-terminated `name` is `text`. */
static bool same(const char *name, had_str text)
{
    return text.len && name[0] == text.ptr[0] && strncmp(name, text.ptr, text.len) == 0 &&
           name[text.len] == '\0';
}

const struct had_kind *had_kind_find(had_str name)
{
    uint32_t low = 0, high = had_kinds_by_name_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = had_str_cmp(name, had_str_c(had_kinds_by_name[middle]->name));
        if (order == 0)
            return had_kinds_by_name[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static uint32_t own_count(const struct had_kind *kind)
{
    uint32_t count = 0;
    while (kind->attrs[count].name)
        count++;
    return count;
}

uint32_t had_kind_attr_count(const struct had_kind *kind)
{
    return own_count(kind) + (kind->resource ? COMMON : 0);
}

const struct had_attr *had_kind_attr(const struct had_kind *kind, uint32_t index)
{
    uint32_t own = own_count(kind);
    if (index < own)
        return &kind->attrs[index];
    if (!kind->resource || index - own >= COMMON)
        return NULL;
    if (kind->description && index - own == DESCRIPTION)
        return kind->description;
    return kind->protect ? &common_protected[index - own] : &common[index - own];
}

int32_t had_kind_attr_index(const struct had_kind *kind, had_str name)
{
    uint32_t own = 0;
    for (; kind->attrs[own].name; own++)
        if (same(kind->attrs[own].name, name))
            return (int32_t)own;
    if (kind->resource)
        for (uint32_t i = 0; i < COMMON; i++)
            if (same(common[i].name, name))
                return (int32_t)(own + i);
    return -1;
}

uint32_t had_kind_clause_count(const struct had_kind *kind)
{
    uint32_t count = 0;
    while (kind->clauses[count].slot)
        count++;
    return count;
}

int32_t had_kind_clause_index(const struct had_kind *kind, had_str slot)
{
    for (uint32_t i = 0; kind->clauses[i].slot; i++)
        if (same(kind->clauses[i].slot, slot))
            return (int32_t)i;
    return -1;
}

bool had_kind_allows_child(const struct had_kind *kind, const struct had_kind *child)
{
    for (uint32_t i = 0; kind->children[i]; i++)
        if (strcmp(kind->children[i], child->name) == 0)
            return true;
    return false;
}

const char *had_article(const char *kind)
{
    return strchr("aeio", kind[0]) ? "an" : "a";
}
