/* What the files of the import share. */
#ifndef HAD_IMPORT_INTERNAL_H
#define HAD_IMPORT_INTERNAL_H

#include "import/import.h"

#include "base/symbol.h"

#include <jansson.h>
#include <string.h>

/* ---- objects that were read ---- */

/* What AWS leaves out is nothing's equal. */
static inline bool had_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* For qsort of texts. */
int had_live_by_text(const void *a, const void *b);
/* The table's entries, {name: entry}; a new reference. */
json_t *had_live_table(void);
const char *had_live_text(const json_t *object, const char *member); /* NULL if it is no text */
had_str had_live_str(const json_t *object, const char *member);
bool had_live_is(const json_t *object, const char *member,
                 const char *text); /* NULL is nothing's text */
bool had_live_flag(const json_t *object, const char *member);
/* Makes the live's parts; the first call on it. */
void had_live_begin(struct had_live *live);
/* A new object, borrowed; NULL if it has been seen, or has no id. */
json_t *had_live_add(struct had_live *live, const char *entry, had_str account, had_str region,
                     had_str id);
/* The object of an entry with that id, or NULL. */
const json_t *had_live_object(const struct had_live *live, const char *entry, const char *id);
/* The objects of an entry, in their order; borrowed, NULL if there are none. */
json_t *had_live_kind(const struct had_live *live, const char *entry);
#define had_live_each(live, entry, index, object)                                                  \
    json_array_foreach(had_live_kind(live, entry), index, object)

/* ---- declarations ---- */

/*
 * Declares an object under its table entry's kind: label from its name, made valid and unique among
 * `parent`'s children of the kind; the fields that the catalog knows become attributes.
 */
struct had_declared *had_live_declare(struct had_live *live, const json_t *object,
                                      struct had_declared *parent);
/* Declares what is only derived; `name` is from outside. */
struct had_declared *had_live_derive(struct had_live *live, const char *kind, had_str name,
                                     struct had_declared *parent);
/* Declares a relation, which has no name: `kind`, then what the format says. */
struct had_declared *had_live_state(struct had_live *live, const char *kind, const char *file,
                                    const char *format, ...) __attribute__((format(printf, 4, 5)));
struct had_declared *had_live_declared(const struct had_live *live, const char *id); /* or NULL */
void had_live_identify(struct had_live *live, const char *id, struct had_declared *declared);
/* Sets an attribute; takes the reference. */
void had_live_set(struct had_declared *declared, const char *attribute, json_t *value);
void had_live_note(struct had_live *live, struct had_declared *declared, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The object is not in the spec, and why. */
void had_live_leave(struct had_live *live, const json_t *object, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What the object's member names, a VPC for example; NULL where it is not declared, and the object
 * is left. */
struct had_declared *had_live_within(struct had_live *live, const json_t *object, const char *what,
                                     const char *member);
/* Path of a declaration as an expression names it from `from`: `directory-a`, `shared.directory-a`.
 */
had_str had_live_path(const struct had_live *live, const struct had_declared *declared,
                      const struct had_declared *from);
/* A text between quotes, with the language's escapes; a control character, which it has not, as
 * `?`. */
void had_live_quote(struct had_buffer *out, had_str text);

/* `account network` of an object's account, without its kind; NULL if it is not declared. */
const struct had_declared *had_live_owner(const struct had_live *live, const json_t *object);
had_str had_live_owner_label(const struct had_live *live, const json_t *object);
/* An object's segment association and the segments that it propagates to, by its attachment. */
const char *had_live_segment_of(const struct had_live *live, const char *attachment);
json_t *had_live_propagates_to(const struct had_live *live, const char *attachment,
                               const char *segment);
/* The attachment of a resource of a hub: of a VPN connection or a Direct Connect gateway; or NULL.
 */
const char *had_live_attachment(const struct had_live *live, const char *hub, const char *resource);
/* Declared things that a text of a list names, as their ids; takes nothing. */
bool had_live_has(const json_t *list, const char *text);
/* The site that stands for everything on-premises; made when first asked for. */
struct had_declared *had_live_site(struct had_live *live);

/* In this order: each declares what the later ones refer to. */
void had_live_organization(struct had_live *live);
void had_live_network(struct had_live *live);
void had_live_lines(struct had_live *live);
void had_live_names(struct had_live *live);
void had_live_directories(struct had_live *live);
void had_live_access(struct had_live *live);

#endif
