/* Random foundations, as text, with mistakes in some of them. One number is one spec. */
#ifndef HAD_TESTS_RANDOM_SPEC_H
#define HAD_TESTS_RANDOM_SPEC_H

#include "base/buffer.h"

struct random {
    uint64_t state;
};
uint32_t random_below(struct random *r, uint32_t limit); /* 0 where limit is 0 */
bool random_chance(struct random *r, uint32_t percent);

/* A sound one has few mistakes, and more of what may fail and be asked instead. */
void random_spec(struct had_buffer *out, struct random *r, bool sound);

#endif
