/* One input of a fuzz target; libFuzzer calls it, or replay.c with the files of the corpus. */
#ifndef HAD_FUZZ_H
#define HAD_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
