/*
 * Inside of a state: a store of named texts with two drivers, a journal of numbered lines, and
 * shards.
 *
 * Lines are numbered from 1 for the whole life of a state. Each says up to which number the lines
 * before it were known to be durable when it was written; so what may be missing at the journal's
 * end (a torn tail) is told from what may not (damage). Every line sets its addresses absolutely:
 * reading the journal twice, or over shards that are newer, ends the same.
 *
 * With S3 a journal segment is put only if its name, the number of its first line, is free. Who
 * takes the lock first puts a segment with a `fence` line: an earlier holder that comes back finds
 * its next number taken, at whatever moment it wakes up.
 */
#ifndef HAD_STATE_INTERNAL_H
#define HAD_STATE_INTERNAL_H

#include "base/buffer.h"
#include "state/state.h"

enum {
    HAD_STATE_HISTORY = 10,         /* indexes and fences that are kept */
    HAD_STATE_TEXT_MAX = 256 << 20, /* bytes of one file */
    HAD_STATE_BEAT_MS = 30000,
    HAD_STATE_BEAT_AGAIN_MS = 5000, /* after one that failed */
    HAD_STATE_STALE_MS = 5 * 60000,
    HAD_STATE_SEGMENT_MS = 2000,
    HAD_STATE_SEGMENT_LINES = 100,
    HAD_STATE_CHECKPOINT_MS = 20000,
    HAD_STATE_JOURNAL_FILE = 16 << 20,
};

/* ---- the store ---- */

enum had_store_result {
    HAD_STORE_OK,
    HAD_STORE_MISSING,
    HAD_STORE_CONFLICT, /* the condition does not hold */
    HAD_STORE_ERROR,
};
enum had_store_condition { HAD_STORE_ALWAYS, HAD_STORE_ABSENT, HAD_STORE_MATCH };

struct had_blob {
    had_str name; /* below the root: `index.json` */
    had_str text; /* to write, or as read */
    had_str etag; /* opaque: what MATCH compares, then what the store has */
    enum had_store_condition condition;
    enum had_store_result result;
};

struct had_store_driver {
    /* Several at once; each has its result, the worst one comes back, with a phrase if it is an
     * error. Texts are in the arena. */
    enum had_store_result (*read)(struct had_store *store, struct had_arena *arena,
                                  struct had_blob *blobs, uint32_t count, had_str *error);
    enum had_store_result (*write)(struct had_store *store, struct had_arena *arena,
                                   struct had_blob *blobs, uint32_t count, had_str *error);
    enum had_store_result (*remove)(struct had_store *store, struct had_arena *arena,
                                    struct had_blob *blobs, uint32_t count, had_str *error);
    /* Sorted names in a folder; one that is not there is empty. */
    enum had_store_result (*list)(struct had_store *store, struct had_arena *arena, had_str folder,
                                  had_str **names, uint32_t *count, had_str *error);
    /* Makes journal lines durable; the first has this number. */
    enum had_store_result (*add)(struct had_store *store, struct had_arena *arena, uint64_t first,
                                 had_str lines, had_str *error);
    enum had_state_result (*lock)(struct had_store *store, uint32_t timeout_ms, had_str *message);
    enum had_state_result (*beat)(struct had_store *store, had_str *message); /* NULL: not needed */
    void (*unlock)(struct had_store *store);
    /* HAD_STORE_MISSING if nobody holds it. */
    enum had_store_result (*holder)(struct had_store *store, struct had_arena *arena,
                                    struct had_lock_info *info, had_str *error);
    enum had_state_result (*break_lock)(struct had_store *store, had_str id, had_str *message);
    bool fences; /* a holder may lose the lock and not know it */
};
extern const struct had_store_driver had_store_local, had_store_s3;

struct had_shard {
    had_str account, region;
    had_str file, digest; /* name below `shards/` and SHA-256 of what is current; empty: none */
    uint32_t records;
    bool dirty;
    struct had_buffer text; /* while a checkpoint gathers it */
    uint32_t gathered;
};

struct had_retired { /* no longer current from this serial on, kept for the history */
    had_str file;
    uint64_t serial;
};

struct had_index {
    had_str lineage, spec, run, engines;
    unsigned char salt[32];
    uint64_t serial;
    uint64_t lines; /* all up to this number are in the shards */
    had_array(uint64_t) fences;
    had_array(struct had_shard *) shards; /* by account, then Region */
    had_array(struct had_retired) retired;
};

struct had_store {
    const struct had_store_driver *driver;
    struct had_world *world;
    struct had_arena *arena; /* the state's */
    had_str url, root;       /* root: folder, or prefix of keys with its `/` */
    had_str bucket, region;
    struct had_aws_role role; /* acts in the bucket's account; no ARN: the own identity */
    had_str kms_key;          /* encrypts what is put; empty: as the bucket says */
    had_str command;
    char run[33]; /* of this opening; id of the lock, and in each line its first digits */
    int64_t since;
    bool write, lost, locked;
    had_str lost_why;

    struct had_index index; /* as last read or committed */
    had_str index_etag;     /* empty: there is none */

    uint64_t next, synced; /* lines: number of the next one, last durable one */
    struct had_buffer pending;
    uint32_t pending_lines;
    int64_t pending_since;
    bool begin;    /* the first line has to name the lineage */
    uint64_t file; /* local: first number of the file appended to; 0: none */
    size_t file_bytes;
    had_str lock_etag;
    int64_t beaten, tried, checkpointed;
};

had_str had_store_name(struct had_arena *arena, const char *folder, had_str name);
had_str had_journal_name(struct had_arena *arena, uint64_t first);
/* Fills in driver and place; false and a sentence for a URL that is none. */
bool had_store_parse(struct had_store *store, struct had_arena *arena, had_str url,
                     had_str *message);
void had_store_pause(struct had_store *store, int64_t ms);
static inline int64_t had_store_now(const struct had_store *store)
{
    return store->world->cloud.now(store->world->cloud.context);
}
static inline int64_t had_store_wall(const struct had_store *store)
{
    return store->world->cloud.wall(store->world->cloud.context);
}

/* ---- locks ---- */

json_t *had_lock_json(const struct had_store *store, int64_t beat);
bool had_lock_read(struct had_arena *arena, had_str text, struct had_lock_info *info);
had_str had_lock_text(struct had_arena *arena, const struct had_lock_info *info);
enum had_state_result had_lock_held(struct had_store *store, const struct had_lock_info *info,
                                    had_str *message);
/* Marks the state as another's from now on: nothing is written any more. */
enum had_state_result had_store_lose(struct had_store *store, had_str why, had_str *message);
/* The same, naming who holds the lock now. */
enum had_state_result had_store_taken(struct had_store *store, had_str *message);

/* Asks whether the lock is still ours, if that has not been sure for a while. */
enum had_state_result had_store_own(struct had_store *store, had_str *message);

/* ---- records in memory ---- */

void had_state_put(struct had_state *state, struct had_record *record); /* replaces */
void had_state_take(struct had_state *state, had_str address);
void had_state_home(struct had_state *state, struct had_record *record);
void had_state_clear(struct had_state *state); /* gives memory back */

/* ---- journal ---- */

/* Adds a line to what is pending; takes the value. */
void had_journal_add(struct had_state *state, const char *op, json_t *value);
uint32_t had_crc32(had_str text);

struct had_replay {
    uint64_t expected; /* next number to apply */
    uint64_t synced;   /* all up to here were durable once */
    uint32_t applied, torn;
    uint64_t stopped; /* number that was expected where reading a file stopped */
    had_str place;    /* and where that was */
};
/* Applies a file of lines; false and a sentence for lines that are whole but make no sense. */
bool had_journal_replay(struct had_state *state, had_str name, had_str text,
                        struct had_replay *replay, had_str *message);

/* ---- forms ---- */

/* A step makes version `from` + 1 of a document; the last one has `up` NULL. */
struct had_state_step {
    uint32_t from;
    bool (*up)(json_t *document);
};
/* Brings a document to `version`; false and a sentence if it is newer or no step leads on. */
bool had_state_upgrade(struct had_arena *arena, json_t *document,
                       const struct had_state_step *steps, uint32_t version, had_str what,
                       had_str *message);
void had_index_write(const struct had_index *index, struct had_buffer *out);
bool had_index_read(struct had_arena *arena, had_str text, struct had_index *index,
                    had_str *message);
void had_shard_gather(struct had_shard *shard, const struct had_record *record);
void had_shard_write(const struct had_shard *shard, had_str lineage, struct had_buffer *out);
/* Adds the records of a shard to the state, unsorted. */
bool had_shard_read(struct had_state *state, struct had_shard *shard, had_str text,
                    had_str *message);
struct had_shard *had_index_shard(struct had_arena *arena, struct had_index *index, had_str account,
                                  had_str region);
had_str had_shard_file(struct had_arena *arena, const struct had_shard *shard, uint64_t serial,
                       had_str digest);
/* Serial in a shard's name; false if it is none. */
bool had_shard_serial(had_str file, uint64_t *serial);

/* A JSON text with sorted keys, added to the buffer. */
void had_state_dump(const json_t *json, struct had_buffer *out);
json_t *had_state_string(had_str text); /* never NULL: bytes that are no UTF-8 become `?` */
had_str had_state_text(struct had_arena *arena, const json_t *object, const char *key);
bool had_state_number(const json_t *object, const char *key, int64_t *out);
void had_state_hex(char *out, const unsigned char *bytes, size_t count); /* and a NUL */
bool had_state_unhex(had_str text, unsigned char *bytes, size_t count);
had_str had_state_sha256(struct had_arena *arena, had_str text);

enum had_state_result had_state_load(struct had_state *state, had_str spec, had_str *message);

#endif
