/* Digests of what back ends write. */
#ifndef HAD_EMIT_DIGEST_H
#define HAD_EMIT_DIGEST_H

#include "base/arena.h"
#include "base/str.h"

/* SHA-256 in 64 hexadecimal digits. */
had_str had_digest(struct had_arena *arena, had_str bytes);

#endif
