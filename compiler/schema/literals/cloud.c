/* Accounts, ARNs, Regions, zones, images and paths. */
#include "base/path.h"
#include "schema/facts.h"
#include "schema/literals/reading.h"

bool had_read_account_id(struct had_reading *r)
{
    if (had_all_digits(r->text)) {
        if (r->text.len != 12)
            return had_refuse(r, &HAD0215, "an account id has 12 digits; this one has %u",
                              r->text.len);
        return had_reading_text(r, r->text);
    }
    struct had_buffer digits = {0};
    bool grouped = true; /* 1234-5678-9012, as the console shows it */
    for (uint32_t i = 0; i < r->text.len && r->text.len <= 16; i++) {
        if (had_is_digit(r->text.ptr[i]))
            had_buffer_char(&digits, r->text.ptr[i]);
        else if (r->text.ptr[i] != '-' && r->text.ptr[i] != ' ')
            grouped = false;
    }
    if (grouped && digits.len == 12) {
        had_refuse(r, &HAD0215, "an account id is 12 digits and nothing between them");
        had_refuse_fix(r, true, had_str_dup(r->arena, had_buffer_view(&digits)));
    } else {
        had_refuse_type(r, &HAD0215);
    }
    had_buffer_free(&digits);
    return false;
}

static bool known_partition(had_str name)
{
    for (uint32_t i = 0; i < had_fact_region_count; i++)
        if (had_str_is(name, had_fact_regions[i].partition))
            return true;
    return false;
}

/* "arn", partition, service, Region, account, resource; the last may hold further colons. */
enum { ARN_PARTS = 6, ARN_MAX = 2048 };

bool had_read_arn(struct had_reading *r)
{
    had_str parts[ARN_PARTS];
    had_str rest = r->text;
    if (!had_str_starts(rest, "arn:"))
        return had_refuse_type(r, &HAD0216);
    if (rest.len > ARN_MAX)
        return had_refuse(r, &HAD0216, "an ARN has at most %d characters", ARN_MAX);
    for (int i = 0; i < ARN_PARTS; i++) {
        int64_t colon = i < ARN_PARTS - 1 ? had_str_find(rest, ':') : (int64_t)rest.len;
        if (colon < 0)
            return had_refuse(r, &HAD0216, "an ARN has six parts with `:` between; this one has %d",
                              i + 1);
        parts[i] = had_str_slice(rest, 0, (uint32_t)colon);
        rest = had_str_slice(rest, (uint32_t)colon + 1, rest.len);
    }
    for (uint32_t i = 0; i < r->text.len; i++) {
        unsigned char c = (unsigned char)r->text.ptr[i];
        if (c <= ' ' || c >= 0x7f)
            return had_refuse(r, &HAD0216, "an ARN has neither spaces nor characters beyond ASCII");
    }
    if (!known_partition(parts[1]))
        return had_refuse(r, &HAD0216,
                          "`" HAD_FMT "` is no partition of AWS; the usual one is `aws`",
                          HAD_ARG(had_reading_shown(r, parts[1])));
    if (!parts[2].len)
        return had_refuse(r, &HAD0216, "the third part of an ARN is a service; this one is empty");
    const struct had_fact_region *region = had_fact_region_find(parts[3]);
    if (parts[3].len && !region)
        return had_refuse(r, &HAD0216, "this ARN names the Region `" HAD_FMT "`, which AWS has not",
                          HAD_ARG(had_reading_shown(r, parts[3])));
    if (region && !had_str_is(parts[1], region->partition))
        return had_refuse(r, &HAD0216,
                          "`" HAD_FMT "` belongs to the partition `%s`, not to `" HAD_FMT "`",
                          HAD_ARG(parts[3]), region->partition, HAD_ARG(parts[1]));
    /* Policies that AWS manages have `aws` for an account. */
    if (parts[4].len && !had_str_is(parts[4], "aws") &&
        (parts[4].len != 12 || !had_all_digits(parts[4])))
        return had_refuse(r, &HAD0216, "the account in this ARN, `" HAD_FMT "`, has not 12 digits",
                          HAD_ARG(had_reading_shown(r, parts[4])));
    if (!parts[5].len)
        return had_refuse(r, &HAD0216,
                          "the last part of an ARN names a resource; this one is empty");
    return had_reading_in_pattern(r, r->text) && had_reading_text(r, r->text);
}

bool had_read_zone(struct had_reading *r)
{
    had_str text = r->text;
    if (text.len == 1 && text.ptr[0] >= 'a' && text.ptr[0] <= 'z')
        return had_reading_text(r, text);
    if (text.len > 2 && had_fact_region_find(had_str_slice(text, 0, text.len - 1))) {
        had_str letter = had_str_slice(text, text.len - 1, text.len);
        had_refuse(r, &HAD0222, "a zone is said by its letter alone: `" HAD_FMT "`",
                   HAD_ARG(letter));
        had_refuse_fix(r, true, letter);
        return false;
    }
    if (text.len == 1 && had_is_letter(text.ptr[0])) {
        had_refuse(r, &HAD0222, "the letter of a zone is a small one");
        had_refuse_fix(r, true, had_str_lower(r->arena, text));
        return false;
    }
    return had_refuse_type(r, &HAD0222);
}

bool had_read_region(struct had_reading *r)
{
    had_str text = r->text;
    if (had_fact_region_find(text))
        return had_reading_text(r, text);
    if (text.len > 2 && had_is_letter(text.ptr[text.len - 1]) &&
        had_fact_region_find(had_str_slice(text, 0, text.len - 1))) {
        had_str region = had_str_slice(text, 0, text.len - 1);
        had_refuse(r, &HAD0223, "`" HAD_FMT "` is a zone; its Region is `" HAD_FMT "`",
                   HAD_ARG(text), HAD_ARG(region));
        had_refuse_fix(r, false, region);
        return false;
    }
    had_refuse(r, &HAD0223, "`" HAD_FMT "` is no Region of AWS",
               HAD_ARG(had_reading_shown(r, text)));
    if (r->finding) {
        had_str *codes = had_new_n(r->arena, had_str, had_fact_region_count);
        for (uint32_t i = 0; i < had_fact_region_count; i++)
            codes[i] = had_str_c(had_fact_regions[i].code);
        had_refuse_nearest(r, codes, had_fact_region_count);
    }
    return false;
}

static bool is_hex(had_str text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!had_is_digit(c) && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return true;
}

bool had_read_image(struct had_reading *r)
{
    had_str text = r->text;
    for (uint32_t i = 0; i < had_fact_image_count; i++) {
        if (!had_str_is(text, had_fact_images[i].word))
            continue;
        if (!had_fact_images[i].ended)
            return had_reading_text(r, text);
        had_refuse(r, &HAD0224, "`" HAD_FMT "` is out of support", HAD_ARG(text));
        had_refuse_help(r, "use `windows-2022`, `windows-2025` or `amazon-linux-2023`");
        return false;
    }
    if (had_str_starts(text, "ami-")) {
        had_str digits = had_str_slice(text, 4, text.len);
        if ((digits.len != 8 && digits.len != 17) || !is_hex(digits))
            return had_refuse(
                r, &HAD0224, "the id of an image is `ami-` and 17 hexadecimal digits, or 8 of old");
        return had_reading_text(r, text);
    }
    if (had_str_starts(text, "/")) {
        if (!had_str_starts(text, "/aws/service/") || text.len > 512)
            return had_refuse(r, &HAD0224, "the path of an image begins with `/aws/service/`");
        for (uint32_t i = 0; i < text.len; i++) {
            char c = text.ptr[i];
            if (!had_is_letter(c) && !had_is_digit(c) && had_str_find(HAD_STR("/._-"), c) < 0)
                return had_refuse(r, &HAD0224,
                                  "the path of an image has letters, digits and any of `/._-`");
        }
        return had_reading_text(r, text);
    }
    had_refuse_type(r, &HAD0224);
    if (r->finding) {
        had_array(had_str) words = {0};
        for (uint32_t i = 0; i < had_fact_image_count; i++)
            if (!had_fact_images[i].ended)
                *had_push(r->arena, &words) = had_str_c(had_fact_images[i].word);
        had_refuse_nearest(r, words.items, words.count);
    }
    return false;
}

bool had_read_path(struct had_reading *r)
{
    had_str text = r->text, resolved;
    if (!text.len)
        return had_refuse_type(r, &HAD0225);
    if (text.ptr[0] == '/')
        return had_refuse(r, &HAD0225,
                          "a path is relative to the spec's folder: it does not begin "
                          "with `/`");
    if (had_str_find(text, '\\') >= 0) {
        char *slashes = had_str_cstr(r->arena, text);
        for (uint32_t i = 0; i < text.len; i++)
            if (slashes[i] == '\\')
                slashes[i] = '/';
        had_refuse(r, &HAD0225, "the steps of a path have `/` between them, not `\\`");
        had_refuse_fix(r, true, (had_str){slashes, text.len});
        return false;
    }
    if (!had_path_resolve(r->arena, (had_str){0}, text, &resolved))
        return had_refuse(r, &HAD0225, "a path may not leave the spec's folder");
    return had_reading_text(r, resolved);
}
