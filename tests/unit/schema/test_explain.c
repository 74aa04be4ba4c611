/* What the catalog says of itself to people. */
#include "schema/explain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void same(const struct had_buffer *b, const char *expected)
{
    had_str got = had_buffer_view(b);
    if (!had_str_is(got, expected))
        fail_msg("got:\n%.*s\nexpected:\n%s", HAD_ARG(got), expected);
}

static void a_kind_tells_all_that_it_takes(void **state)
{
    (void)state;
    struct had_buffer b = {0};
    had_explain_kind(&b, had_kind_find(HAD_STR("nat")));
    same(&b,
         "nat (Spokes)\n"
         "\n"
         "A NAT gateway: hosts without a public address reach the internet through it.\n"
         "\n"
         "Written\n"
         "  nat NAME in subnet S\n"
         "  `existing` before it says that it is there already.\n"
         "\n"
         "Clauses\n"
         "  in : subnet\n"
         "      required; left out inside the parent's body\n"
         "      The subnet in which it stands, one with a route to the internet. Read as\n"
         "      `.subnet`.\n"
         "\n"
         "Attributes\n"
         "  address : text\n"
         "      default: a new one\n"
         "      Elastic address that it uses.\n"
         "      → EC2::NatGateway.AllocationId, EC2::EIP\n"
         "  id : text\n"
         "      only of an existing object\n"
         "      Id of the NAT gateway in AWS, `nat-…`.\n"
         "  name : text of 1–256 characters\n"
         "      default: the declared name, after the names of its module instances and with its\n"
         "      keys, joined by `-`\n"
         "      Name outside, in AWS or Active Directory, where it differs from the declared one.\n"
         "      → tag Name, or the name of the resource\n"
         "  description : text of at most 1024 characters\n"
         "      default: the `##` comment above the declaration\n"
         "      Text that AWS or Active Directory shows with the object.\n"
         "      → Description\n"
         "  tags : map of text of at most 256 characters\n"
         "      Tags of its own, added to those of the spec. Keys may stand in quotes.\n"
         "      → Tags\n"
         "  protect : bool\n"
         "      default `false`\n"
         "      Destroying or replacing it is refused unless an acknowledgement names it.\n"
         "\n"
         "Becomes\n"
         "  EC2::NatGateway, EC2::EIP\n");
    had_buffer_free(&b);
}

static void attr(struct had_buffer *b, const char *kind, const char *name)
{
    b->len = 0;
    const struct had_kind *k = had_kind_find(had_str_c(kind));
    had_explain_attr(b, k, had_kind_attr(k, (uint32_t)had_kind_attr_index(k, had_str_c(name))));
}

static void an_attribute_tells_when_it_counts(void **state)
{
    (void)state;
    struct had_buffer b = {0};
    attr(&b, "link", "vlan");
    same(&b, "vlan of link\n"
             "\n"
             "vlan : int 1–4094\n"
             "    required unless existing; only where `via` is `direct-connect`\n"
             "    VLAN tag of the virtual interface, unique on its connection.\n"
             "    → DirectConnect::TransitVirtualInterface.Vlan\n"
             "\n"
             "Written\n"
             "  443\n"
             "\n"
             "Accepts\n"
             "  a VLAN tag is 1 to 4094\n");
    attr(&b, "spec", "deploy-role");
    assert_non_null(strstr(b.ptr, "default `\"had-deploy\"`"));
    attr(&b, "tunnel", "integrity");
    assert_non_null(strstr(b.ptr, "default `[SHA2-256, SHA2-384, SHA2-512]`"));
    had_buffer_free(&b);
}

static void ranges(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *attr, *text;
    } rows[] = {
        {"spoke", "cidr", "IPv4 cidr /16–/28"},
        {"tunnel", "inside", "IPv4 cidr /30"},
        {"permission-set", "session", "duration 1h–12h"},
        {"tunnel", "dpd", "duration 30s or more"},
        {"controller", "backup", "duration at most 180d"},
        {"connector", "subnets", "set of 2 subnet"},
        {"hosted-zone", "used-by", "set of 1 or more spoke"},
        {"tunnel", "dh-groups", "list of int 2–24"},
        {"test", "params", "map of data"},
        {"quota", "limit", "int"},
        {"expect", "count", "int 0–100000"},
        {"forest", "root", "domain of at most 64 characters"},
    };
    struct had_buffer b = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct had_kind *k = had_kind_find(had_str_c(rows[i].kind));
        int32_t at = had_kind_attr_index(k, had_str_c(rows[i].attr));
        b.len = 0;
        had_explain_range(&b, had_kind_attr(k, (uint32_t)at)->type);
        same(&b, rows[i].text);
    }
    had_buffer_free(&b);
}

static uint32_t characters(had_str text)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return count;
}

static void check_lines(const char *of, had_str text)
{
    while (text.len) {
        int64_t end = had_str_find(text, '\n');
        if (end < 0)
            fail_msg("the last line of %s has no end", of);
        had_str line = had_str_slice(text, 0, (uint32_t)end);
        text = had_str_slice(text, (uint32_t)end + 1, text.len);
        /* One word, such as the name of a property, may be longer than a line. */
        bool words = had_str_find(had_str_trim(line), ' ') >= 0;
        if (words && characters(line) > HAD_EXPLAIN_WIDTH)
            fail_msg("a line of %s is too wide: %.*s", of, HAD_ARG(line));
        if (line.len && line.ptr[line.len - 1] == ' ')
            fail_msg("a line of %s ends in a space: %.*s", of, HAD_ARG(line));
    }
}

static bool holds(had_str text, const char *part)
{
    had_str p = had_str_c(part);
    for (uint32_t i = 0; i + p.len <= text.len; i++)
        if (memcmp(text.ptr + i, p.ptr, p.len) == 0)
            return true;
    return false;
}

static void every_kind_and_attribute_is_explained(void **state)
{
    (void)state;
    struct had_buffer b = {0}, part = {0};
    for (const struct had_kind *const *at = had_kinds; *at; at++) {
        const struct had_kind *k = *at;
        b.len = 0;
        had_explain_kind(&b, k);
        had_str text = had_buffer_view(&b);
        check_lines(k->name, text);
        for (uint32_t i = 0; k->clauses[i].slot; i++) {
            part.len = 0;
            had_buffer_printf(&part, "\n  %s : ", had_preposition_word(k->clauses[i].preposition));
            had_buffer_char(&part, '\0');
            assert_true(holds(text, part.ptr));
        }
        for (uint32_t i = 0; i < had_kind_attr_count(k); i++) {
            const struct had_attr *a = had_kind_attr(k, i);
            part.len = 0;
            had_buffer_printf(&part, "\n  %s : ", a->name);
            had_buffer_char(&part, '\0');
            if (!holds(text, part.ptr))
                fail_msg("%s of %s is not explained", a->name, k->name);
            part.len = 0;
            had_explain_attr(&part, k, a);
            check_lines(a->name, had_buffer_view(&part));
        }
        for (uint32_t i = 0; k->children[i]; i++)
            assert_true(holds(text, k->children[i]));
    }
    had_buffer_free(&b);
    had_buffer_free(&part);
}

static void every_type_is_explained(void **state)
{
    (void)state;
    struct had_buffer b = {0};
    for (int base = HAD_TYPE_TEXT; base < HAD_TYPE_COUNT; base++) {
        if (base == HAD_TYPE_WORD || base == HAD_TYPE_BODY || base == HAD_TYPE_ANY_OF)
            continue;
        b.len = 0;
        had_explain_type(&b, &had_types[base]);
        check_lines(had_base_name((enum had_base)base), had_buffer_view(&b));
        if (!holds(had_buffer_view(&b), "\nAccepts\n  ") ||
            !holds(had_buffer_view(&b), "\nWritten\n  "))
            fail_msg("%s is not explained", had_base_name((enum had_base)base));
    }
    b.len = 0;
    had_explain_type(&b, &had_types[HAD_TYPE_DURATION]);
    same(&b, "duration\n"
             "\n"
             "Accepts\n"
             "  Numbers with the units d, h, m and s, each once and in this order.\n"
             "\n"
             "Written\n"
             "  30s, 1h30m, 90d\n"
             "\n"
             "Canonical form\n"
             "  the largest units first; ISO 8601 in templates\n");
    had_buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kind_tells_all_that_it_takes),
        cmocka_unit_test(an_attribute_tells_when_it_counts),
        cmocka_unit_test(ranges),
        cmocka_unit_test(every_kind_and_attribute_is_explained),
        cmocka_unit_test(every_type_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
