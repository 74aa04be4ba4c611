/* Digests of what back ends write. */
#ifndef HAD_EMIT_DIGEST_H
#define HAD_EMIT_DIGEST_H

#include "base/arena.h"
#include "base/str.h"

/* SHA-256 in 64 hexadecimal digits. */
had_str had_digest(struct had_arena *arena, had_str bytes);

/* The same of bytes that come one after the other; NULL is none yet. The last call frees it. */
struct had_digest;
struct had_digest *had_digest_add(struct had_digest *digest, had_str bytes);
had_str had_digest_end(struct had_arena *arena, struct had_digest *digest);

#endif
