/*
 * Snapshots: every resource of a graph with its place and its properties, in a form that a
 * repository keeps, so that a reviewer sees what a change does without an account or credentials.
 * Equal graphs give equal bytes; lines of a file move only with what they describe.
 *
 *     struct had_snapshot now = {0}, before = {0};
 *     had_snapshot_take(arena, graph, phase, &now);
 *     const char *problem = had_snapshot_read(arena, text, &before);
 *     had_snapshot_diff(&markdown, &before, &now, HAD_SNAPSHOT_TEXT_MAX);
 */
#ifndef HAD_SNAPSHOT_SNAPSHOT_H
#define HAD_SNAPSHOT_SNAPSHOT_H

#include "graph/graph.h"

enum {
    HAD_SNAPSHOT_MAX = 256 * 1024 * 1024, /* bytes of a file that is read */
    HAD_SNAPSHOT_TEXT_MAX = 48 * 1024, /* bytes of a diff that fits a comment of a pull request */
};

struct had_snapshot_property {
    had_str path, value; /* "VpcSettings.SubnetIds"; long values end in a digest of the whole */
};

struct had_snapshot_resource {
    had_str address, type, class, account, region;
    had_str state; /* "managed", "existing", "adopted" */
    bool protected;
    had_array(had_str) former; /* addresses that it had before, by `moved` */
    had_array(struct had_snapshot_property) properties;
    had_str digest; /* of all of the above, sixteen hexadecimal digits */
};

struct had_snapshot {
    had_str spec;
    had_array(struct had_snapshot_resource) resources; /* by address */
};

/* What a graph makes, reads and asks of people, up to a phase; facts for proofs are left out. */
void had_snapshot_take(struct had_arena *arena, const struct had_graph *graph, enum had_phase phase,
                       struct had_snapshot *out);

/* JSON, pretty-printed, with a final newline. */
void had_snapshot_write(struct had_buffer *out, const struct had_snapshot *snapshot);
/* NULL, or what is wrong. An empty text is an empty snapshot: that of a repository before its
 * first. */
const char *had_snapshot_read(struct had_arena *arena, had_str text, struct had_snapshot *out);

struct had_snapshot_counts {
    uint32_t added, removed, changed, replaced, moved, same;
};
/*
 * What happens on the way from one to the other, as Markdown that shows any text as it is. Rows
 * stop where `limit` bytes are passed, and say so.
 */
struct had_snapshot_counts had_snapshot_diff(struct had_buffer *out,
                                             const struct had_snapshot *before,
                                             const struct had_snapshot *after, size_t limit);
/* "3 to add, 1 to replace, 2 to change, 1 to remove; 312 stay as they are" */
void had_snapshot_summary(struct had_buffer *out, const struct had_snapshot_counts *n);

#endif
