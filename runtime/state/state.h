/*
 * What a deployment knows of the objects it made: one record per graph node, in shards per account
 * and Region, behind a journal. A change of a record is appended to the journal and synced before
 * the call that it announces; shards are rewritten at checkpoints. Whatever moment a process ends,
 * loading the shards and replaying the journals gives the last synced record of every object:
 *
 *     creating, no id   a create was announced: it may have happened; look by token before any call
 *     creating, id      it happened and is not ready yet
 *     updating          some of the changes may have happened: read and compare
 *     deleting          may be gone: read, delete again
 *
 * No record holds a secret: where a property is one, `applied` has {"$secret": NAME, "digest":
 * HEX}, keyed with the index's salt.
 */
#ifndef HAD_STATE_STATE_H
#define HAD_STATE_STATE_H

#include "base/map.h"
#include "world/world.h"

#include <jansson.h>

enum { HAD_STATE_VERSION = 1 };

enum had_record_status {
    HAD_RECORD_CREATING,
    HAD_RECORD_READY,
    HAD_RECORD_UPDATING,
    HAD_RECORD_DELETING,
    HAD_RECORD_FAILED, /* AWS says it failed for good: to be deleted and made again */
    HAD_RECORD_OPEN,   /* of gates: instruction given, not yet answered */
};
enum had_record_lifecycle { HAD_RECORD_MANAGED, HAD_RECORD_EXISTING, HAD_RECORD_ADOPTED };
enum had_record_protect { HAD_RECORD_FREE, HAD_RECORD_KEEP, HAD_RECORD_ACKNOWLEDGE };

struct had_record_edge { /* what the node needed when it was last applied: the order of destroying
                          */
    had_str address;
    had_str kind; /* "reads" "needs" "sees" "after" "outlives" */
};

struct had_record {
    had_str address, type;
    had_str account, account_id, region; /* the spec's name, twelve digits, Region or `global` */
    had_str role;                        /* ARN that acts; empty: the own identity */
    had_str id;                          /* what finds it: an id, or parts joined by `|` */
    had_str token;                       /* 32 hexadecimal digits; tag had:token */
    enum had_record_status status;
    enum had_record_lifecycle lifecycle;
    enum had_record_protect protect;
    uint32_t generation; /* raised by a replacement; part of the token */
    uint32_t revision;   /* of staged values, reached */
    had_str layer, phase;
    json_t *applied;    /* properties as last sent; owned */
    json_t *attributes; /* what other nodes read: {"VpcId": "vpc-1"}; owned */
    json_t *extra;      /* driver's notes, gates' evidence; may be NULL; owned */
    had_array(struct had_record_edge) needs;
    had_str reason;           /* of a failure, for people */
    int64_t created, changed; /* wall milliseconds */
    struct had_shard *home;   /* the state's own: the shard it was logged for */
};

/*
 * Where a state lives, by its URL: `file:DIR` or a path, `s3://BUCKET/PREFIX?region=R`. Below it:
 *
 *     index.json            what is current; its replacement is the commit of a checkpoint
 *     shards/ACCOUNT.REGION.SERIAL-DIGEST.json   written once, one record a line
 *     journal/FIRST         lines from this number on
 *     history/SERIAL.json   the last ten indexes; their shards are kept
 *     lock
 */
struct had_store;
struct had_shard;

struct had_state {
    struct had_arena *arena;
    had_str spec;
    had_str lineage; /* 32 hexadecimal digits, of this state's life */
    uint64_t serial; /* one more with each checkpoint that changed something */
    unsigned char salt[32];
    had_str engines; /* JSON object {layer: engine}, or empty: all direct; of the next checkpoint */
    had_array(struct had_record *) records; /* by address, deleted ones left out */
    struct had_store *store;
    bool recovered; /* a journal of an earlier run was replayed */
    uint32_t torn;  /* journal lines that were cut off or damaged, and dropped */
};

enum had_state_result {
    HAD_STATE_OK,
    HAD_STATE_LOCKED, /* another run holds it; the message names it */
    HAD_STATE_MOVED,  /* somebody wrote in between: stop, read again */
    HAD_STATE_ERROR,
};

/*
 * Opens the store and reads the state; one that does not exist is empty with a new lineage, and
 * but for lock and fence nothing is written before the first journal line. An empty `spec` opens
 * whatever is there. `write` takes the lock (waiting up to
 * lock_timeout_ms) and keeps it fresh from had_state_tick. The message is a whole sentence.
 */
enum had_state_result had_state_open(struct had_world *world, struct had_arena *arena, had_str url,
                                     had_str spec, bool write, uint32_t lock_timeout_ms,
                                     had_str command, struct had_state **state, had_str *message);

/* ---- reading ---- */
struct had_record *had_state_find(const struct had_state *state, had_str address); /* or NULL */
/* Where an address stands or would stand among the records, which are in order of addresses. */
uint32_t had_state_place(const struct had_state *state, had_str address, bool *found);
/* Digest of a secret: HMAC-SHA256 by the salt over name, key and version id; hexadecimal. */
had_str had_state_digest(const struct had_state *state, struct had_arena *arena, had_str text);
/* First 128 bits of HMAC-SHA256(salt, lineage, address, generation); hexadecimal. */
had_str had_state_token(const struct had_state *state, struct had_arena *arena, had_str address,
                        uint32_t generation);
/* Digest of the serials, ETags and records that a saved plan binds to; hexadecimal. */
had_str had_state_stamp(const struct had_state *state, struct had_arena *arena);

/* ---- changing; only with `write` ---- */
/* A new record at the address (which has none), status creating; its texts are copied. */
struct had_record *had_state_add(struct had_state *state, had_str address, had_str type);
/* Appends the record as it is now to the journal. Durable after the next had_state_sync. Change a
 * record and log it without a tick or checkpoint between: these write records as they are. */
enum had_state_result had_state_log(struct had_state *state, struct had_record *record,
                                    had_str *message);
/* Takes it out of the state: the object is gone, or nobody's any more. Logged. */
enum had_state_result had_state_remove(struct had_state *state, struct had_record *record,
                                       had_str *message);
/* Renames a record (a `moved` of the spec), also in what others need. Logged. The new address must
 * be free. */
enum had_state_result had_state_move(struct had_state *state, struct had_record *record,
                                     had_str address, had_str *message);
/* Makes all that was logged durable: one sync for many lines. */
enum had_state_result had_state_sync(struct had_state *state, had_str *message);
/* Writes changed shards and the index, then drops the journal. */
enum had_state_result had_state_checkpoint(struct had_state *state, had_str *message);
/* Often: renews the lock, sends journal segments to a remote store, checkpoints every 20 s. */
enum had_state_result had_state_tick(struct had_state *state, had_str *message);
/* Checkpoints (with write), gives the lock back, closes. */
enum had_state_result had_state_close(struct had_state *state, had_str *message);
/* Closes as a crash would: nothing is written, nothing given back. For tests, and after a failed
 * close. */
void had_state_abandon(struct had_state *state);

/* ---- locks by hand ---- */
struct had_lock_info {
    had_str id, owner, host, command; /* owner: user name */
    int64_t pid, since, beat;         /* wall milliseconds */
};
/* False if nobody holds it. */
bool had_state_lock_info(struct had_world *world, struct had_arena *arena, had_str url,
                         struct had_lock_info *info, had_str *message);
/* Breaks the lock with this very id, so that nobody breaks one that he has not seen. */
enum had_state_result had_state_unlock(struct had_world *world, struct had_arena *arena,
                                       had_str url, had_str id, had_str *message);

/* ---- forms ---- */
json_t *had_record_json(const struct had_record *record); /* a new reference */
/* Reads what had_record_json wrote; NULL and a sentence if it is no record. */
struct had_record *had_record_read(struct had_arena *arena, const json_t *json, had_str *error);
/* Gives back its JSON values; those of a state's records end with the state. */
void had_record_drop(struct had_record *record);
const char *had_record_status_name(enum had_record_status status);
/* The whole state as one JSON document, for `had state show`, keys sorted. A new reference. */
json_t *had_state_json(const struct had_state *state);

#endif
