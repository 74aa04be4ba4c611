/*
 * Everything outside the process that planning and applying touch: the cloud, the disk, the clock
 * and chance, as tables of functions. The real ones stand on the AWS client and POSIX
 * (had_world_open); the tests put a simulated world there, which loses power, answers late and
 * fails on purpose.
 *
 * Nothing above this layer reads a clock, a file or a random number by itself.
 */
#ifndef HAD_WORLD_WORLD_H
#define HAD_WORLD_WORLD_H

#include "aws/aws.h"
#include "base/array.h"

/* Calls of AWS's APIs: had_aws_submit, _cancel, _turn and the clocks of its transport (aws/aws.h).
 */
struct had_cloud {
    void *context;
    uint64_t (*submit)(void *context, const struct had_aws_call *call);
    bool (*cancel)(void *context, uint64_t number);
    /* Waits at most so long, calls `done` of what ended, returns what is in flight. In a simulated
     * world virtual time passes instead. */
    uint32_t (*turn)(void *context, uint32_t wait_ms);
    int64_t (*now)(void *context);  /* monotonic milliseconds */
    int64_t (*wall)(void *context); /* milliseconds since 1970 */
};

enum had_disk_status {
    HAD_DISK_OK,
    HAD_DISK_MISSING,
    HAD_DISK_HELD, /* of lock: another process has it */
    HAD_DISK_ERROR /* *error says what */
};

/* Paths are absolute or relative to the working folder. All texts come in the arena given. */
struct had_disk {
    void *context;
    enum had_disk_status (*read)(void *context, struct had_arena *arena, had_str path,
                                 uint32_t max_bytes, had_str *text, had_str *error);
    /* The whole file or the old one, also after a loss of power: a new file beside it, synced and
     * renamed, then the folder synced. Makes missing folders. Mode 0600. */
    enum had_disk_status (*write)(void *context, struct had_arena *arena, had_str path,
                                  had_str text, had_str *error);
    /* Appended bytes outlive a loss of power only once `sync` has returned OK; the last ones may be
     * torn. */
    enum had_disk_status (*append)(void *context, struct had_arena *arena, had_str path,
                                   had_str text, had_str *error);
    enum had_disk_status (*sync)(void *context, struct had_arena *arena, had_str path,
                                 had_str *error);
    enum had_disk_status (*remove)(void *context, struct had_arena *arena, had_str path,
                                   had_str *error);
    /* Names in a folder, sorted, without `.` and `..`. */
    enum had_disk_status (*list)(void *context, struct had_arena *arena, had_str folder,
                                 had_str **names, uint32_t *count, had_str *error);
    /* A lock that ends with the process; `info` is for people and is given back when it is held. An
     * error on file systems of a network, where neither a lock nor a sync holds what it promises.
     */
    enum had_disk_status (*lock)(void *context, struct had_arena *arena, had_str path, had_str info,
                                 had_str *holder, had_str *error);
    void (*unlock)(void *context, had_str path);
};

struct had_world_file; /* a file that the real disk keeps open */

/* The real disk keeps what is open in the world itself, which therefore stays where it is. */
struct had_world {
    struct had_cloud cloud;
    struct had_disk disk;
    void *context;
    void (*random)(void *context, unsigned char *bytes, size_t count);
    struct had_world_file *files;
    /* Who runs this, for people: user name, machine, process. Empty in a simulated world. */
    char user[64], host[64];
    int64_t pid;
};

struct had_world_real; /* owns the client and its transport */

/* NULL and a sentence where settings cannot be understood. `log` as in had_http_options. */
struct had_world_real *had_world_open(const struct had_aws_options *options,
                                      const struct had_http_options *http, struct had_world *world,
                                      struct had_arena *arena, had_str *error);
void had_world_close(struct had_world_real *real);
had_str had_world_region(const struct had_world_real *real); /* of calls that name none; or empty */
/*
 * The disk, chance and the clocks alone, for commands that need no cloud: `cloud.submit` is NULL
 * and a turn sleeps. The close lets go of files and locks; had_world_close does so by itself.
 */
void had_world_local(struct had_world *world);
void had_world_local_close(struct had_world *world);

#endif
