#include "emit/digest.h"

#include <openssl/evp.h>

had_str had_digest(struct had_arena *arena, had_str bytes)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(bytes.ptr ? bytes.ptr : "", bytes.len, digest, &size, EVP_sha256(), NULL) != 1)
        had_out_of_memory(bytes.len); /* the only way in which a digest of memory fails */
    char *hex = had_arena_alloc(arena, (size_t)size * 2 + 1);
    for (unsigned i = 0; i < size; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[2 * size] = 0;
    return (had_str){hex, 2 * size};
}
