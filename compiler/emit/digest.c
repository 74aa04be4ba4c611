#include "emit/digest.h"

#include <openssl/evp.h>

/* The one way in which a digest of memory fails. */
static void must(int result)
{
    if (result != 1)
        had_out_of_memory(0);
}

static had_str hex_of(struct had_arena *arena, const unsigned char *digest, unsigned size)
{
    static const char digits[] = "0123456789abcdef";
    char *hex = had_arena_alloc(arena, (size_t)size * 2 + 1);
    for (unsigned i = 0; i < size; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[2 * size] = 0;
    return (had_str){hex, 2 * size};
}

had_str had_digest(struct had_arena *arena, had_str bytes)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    must(EVP_Digest(bytes.ptr ? bytes.ptr : "", bytes.len, digest, &size, EVP_sha256(), NULL));
    return hex_of(arena, digest, size);
}

struct had_digest *had_digest_add(struct had_digest *digest, had_str bytes)
{
    EVP_MD_CTX *context = (EVP_MD_CTX *)digest;
    if (!context) {
        context = EVP_MD_CTX_new();
        must(context != NULL);
        must(EVP_DigestInit_ex(context, EVP_sha256(), NULL));
    }
    must(EVP_DigestUpdate(context, bytes.ptr ? bytes.ptr : "", bytes.len));
    return (struct had_digest *)context;
}

had_str had_digest_end(struct had_arena *arena, struct had_digest *digest)
{
    EVP_MD_CTX *context = (EVP_MD_CTX *)digest;
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    must(EVP_DigestFinal_ex(context, bytes, &size));
    EVP_MD_CTX_free(context);
    return hex_of(arena, bytes, size);
}
