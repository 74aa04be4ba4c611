/* The tables of kinds: whole, consistent in themselves and with what the language promises. */
#include "schema/kind.h"
#include "schema/literal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static bool in_words(const char *word, const char *const *words)
{
    for (; words && *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

/* One to three sentences: a capital, a digit or a backtick first, a full stop last, one space
 * between. */
static void check_doc(const char *doc, const char *of, const char *kind)
{
    if (!doc || strlen(doc) < 10)
        fail_msg("%s of %s has no doc", of, kind);
    size_t len = strlen(doc);
    char first = doc[0];
    bool starts = (first >= 'A' && first <= 'Z') || (first >= '0' && first <= '9') || first == '`';
    if (!starts || doc[len - 1] != '.' || doc[len - 2] == '.' || doc[len - 2] == ' ' ||
        strstr(doc, "  ") || strchr(doc, '\n'))
        fail_msg("doc of %s of %s is no whole sentence: %s", of, kind, doc);
}

/* Phrases go on in a sentence: no stop, no capital at the start but of a name. */
static void check_phrase(const char *phrase, const char *of, const char *kind)
{
    size_t len = strlen(phrase);
    if (!len || phrase[len - 1] == '.' || strstr(phrase, "  "))
        fail_msg("phrase of %s of %s: %s", of, kind, phrase);
}

static void check_pattern(const char *pattern, const char *kind)
{
    int error;
    PCRE2_SIZE offset;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &error, &offset, NULL);
    if (!code)
        fail_msg("pattern of %s does not compile: %s", kind, pattern);
    pcre2_code_free(code);
}

static void check_type(const struct had_type *type, const char *of, const char *kind, int steps)
{
    if (!type || type->base == HAD_TYPE_NONE || type->base >= HAD_TYPE_COUNT || steps == 0)
        fail_msg("%s of %s has no type", of, kind);
    bool bounded = type->min != 0 || type->max != 0 || type->pattern;
    if (bounded && !type->sentence && !(type->base == HAD_TYPE_CIDR && type->family))
        fail_msg("%s of %s is bounded without a sentence", of, kind);
    if (type->max != 0 && type->max < type->min)
        fail_msg("%s of %s has an empty range", of, kind);
    if (type->sentence)
        check_phrase(type->sentence, of, kind);
    if (type->pattern)
        check_pattern(type->pattern, kind);
    switch (type->base) {
    case HAD_TYPE_WORD:
        if (!type->words && !type->pattern)
            fail_msg("%s of %s has neither words nor a pattern", of, kind);
        if (type->words && !type->words[0])
            fail_msg("%s of %s has no words", of, kind);
        for (uint32_t i = 0; type->words && type->words[i]; i++)
            if (in_words(type->words[i], type->words + i + 1))
                fail_msg("%s of %s has %s twice", of, kind, type->words[i]);
        break;
    case HAD_TYPE_REF:
        assert_non_null(type->kinds);
        assert_non_null(type->kinds[0]);
        for (uint32_t i = 0; type->kinds[i]; i++) {
            if (strcmp(type->kinds[i], "*") != 0 && !had_kind_find(had_str_c(type->kinds[i])))
                fail_msg("%s of %s refers to %s, which is no kind", of, kind, type->kinds[i]);
            assert_false(in_words(type->kinds[i], type->kinds + i + 1));
        }
        break;
    case HAD_TYPE_LIST:
    case HAD_TYPE_SET:
    case HAD_TYPE_MAP:
        check_type(type->element, of, kind, steps - 1);
        break;
    case HAD_TYPE_ANY_OF:
        assert_non_null(type->alternatives[0]);
        assert_non_null(type->alternatives[1]);
        for (uint32_t i = 0; type->alternatives[i]; i++)
            check_type(type->alternatives[i], of, kind, steps - 1);
        break;
    case HAD_TYPE_BODY:
        assert_non_null(type->entries[0].name);
        for (uint32_t i = 0; type->entries[i].name; i++) {
            check_doc(type->entries[i].doc, type->entries[i].name, kind);
            check_type(type->entries[i].type, type->entries[i].name, kind, steps - 1);
        }
        break;
    case HAD_TYPE_NONE:
    case HAD_TYPE_TEXT:
    case HAD_TYPE_BOOL:
    case HAD_TYPE_INT:
    case HAD_TYPE_DURATION:
    case HAD_TYPE_RATE:
    case HAD_TYPE_SIZE:
    case HAD_TYPE_DATE:
    case HAD_TYPE_IP:
    case HAD_TYPE_IP_PORT:
    case HAD_TYPE_CIDR:
    case HAD_TYPE_PORT_RANGE:
    case HAD_TYPE_SERVICE:
    case HAD_TYPE_ASN:
    case HAD_TYPE_ACCOUNT_ID:
    case HAD_TYPE_ARN:
    case HAD_TYPE_DOMAIN:
    case HAD_TYPE_NETBIOS:
    case HAD_TYPE_SITE_NAME:
    case HAD_TYPE_EMAIL:
    case HAD_TYPE_DN:
    case HAD_TYPE_ZONE:
    case HAD_TYPE_REGION:
    case HAD_TYPE_IMAGE:
    case HAD_TYPE_PATH:
    case HAD_TYPE_POLICY:
    case HAD_TYPE_MFA:
    case HAD_TYPE_PRINCIPAL:
    case HAD_TYPE_SECRET:
    case HAD_TYPE_DATA:
    case HAD_TYPE_COUNT:
        break;
    }
}

#define each_kind(k)                                                                               \
    for (const struct had_kind *const *k##_at = had_kinds, *k = *k##_at; k; k = *++k##_at)

static void every_kind_is_found_by_its_name_alone(void **state)
{
    (void)state;
    uint32_t count = 0;
    each_kind(k)
    {
        count++;
        assert_ptr_equal(had_kind_find(had_str_c(k->name)), k);
        for (const struct had_kind *const *other = k_at + 1; *other; other++)
            assert_string_not_equal(k->name, (*other)->name);
    }
    assert_int_equal(count, 56);
    static const char *const others[] = {"",    "spok", "spokes", "Spoke",
                                         "zzz", "a",    "module", "let"};
    for (size_t i = 0; i < COUNT(others); i++)
        assert_null(had_kind_find(had_str_c(others[i])));
    assert_null(had_kind_find((had_str){0}));
}

/* The kinds that the language page promises for edition 1, and the words of the team's own rules.
 */
static void edition_1_is_complete(void **state)
{
    (void)state;
    static const char *const names[] = {"spec",
                                        "organization",
                                        "ou",
                                        "account",
                                        "region",
                                        "site",
                                        "site-link",
                                        "link",
                                        "tunnel",
                                        "direct-connect-gateway",
                                        "appliance",
                                        "hub",
                                        "segment",
                                        "peer",
                                        "route",
                                        "blackhole",
                                        "spoke",
                                        "subnet",
                                        "acl",
                                        "security-group",
                                        "allow",
                                        "deny",
                                        "endpoint",
                                        "nat",
                                        "resolver",
                                        "forward",
                                        "hosted-zone",
                                        "forest",
                                        "domain",
                                        "controller",
                                        "password-policy",
                                        "directory",
                                        "replica",
                                        "connector",
                                        "trust",
                                        "share",
                                        "identity-center",
                                        "permission-set",
                                        "policy",
                                        "assign",
                                        "group",
                                        "user",
                                        "instance",
                                        "application",
                                        "ad-service",
                                        "idp-agent",
                                        "had",
                                        "assert",
                                        "waive",
                                        "moved",
                                        "import",
                                        "test",
                                        "expect",
                                        "quota",
                                        "phase",
                                        "state"};
    assert_int_equal(COUNT(names), 56);
    for (size_t i = 0; i < COUNT(names); i++)
        if (!had_kind_find(had_str_c(names[i])))
            fail_msg("%s is missing", names[i]);
}

static void docs_are_whole_sentences(void **state)
{
    (void)state;
    static const char *const sections[] = {"Spec and organization",
                                           "On-premises and links",
                                           "Hub",
                                           "Spokes",
                                           "Names",
                                           "Directories",
                                           "People's access",
                                           "Servers",
                                           "The team's own rules",
                                           "Facts for rules",
                                           NULL};
    each_kind(k)
    {
        check_doc(k->doc, "kind", k->name);
        if (!in_words(k->section, sections))
            fail_msg("%s stands in no section", k->name);
        for (uint32_t i = 0; k->clauses[i].slot; i++)
            check_doc(k->clauses[i].doc, k->clauses[i].slot, k->name);
        for (uint32_t i = 0; i < had_kind_attr_count(k); i++) {
            const struct had_attr *a = had_kind_attr(k, i);
            check_doc(a->doc, a->name, k->name);
            if (a->derived)
                check_phrase(a->derived, a->name, k->name);
        }
        for (uint32_t i = 0; k->derived[i]; i++) {
            const char *colon = strstr(k->derived[i], ": ");
            assert_non_null(colon);
            assert_true(colon > k->derived[i] && colon[2] != '\0');
            check_phrase(k->derived[i], "a derived value", k->name);
        }
    }
}

static void types_are_whole(void **state)
{
    (void)state;
    each_kind(k)
    {
        for (uint32_t i = 0; k->clauses[i].slot; i++)
            check_type(k->clauses[i].type, k->clauses[i].slot, k->name, 8);
        for (uint32_t i = 0; i < had_kind_attr_count(k); i++)
            check_type(had_kind_attr(k, i)->type, had_kind_attr(k, i)->name, k->name, 8);
        if (k->subject_type)
            check_type(k->subject_type, "the subject", k->name, 8);
        if (k->subject == HAD_SUBJECT_VALUE || k->subject == HAD_SUBJECT_REFERS)
            assert_non_null(k->subject_type);
    }
}

/* Reserved words of the language page: neither a kind nor an attribute can be one. */
static const char *const reserved[] = {
    "for",     "every", "where", "except",  "of",       "if",  "then",    "else",
    "require", "param", "let",   "module",  "existing", "and", "or",      "not",
    "within",  "true",  "false", "in",      "at",       "on",  "to",      "from",
    "with",    "via",   "as",    "because", "until",    "by",  "between", NULL};

static void check_name(const char *name, const char *kind)
{
    if (in_words(name, reserved))
        fail_msg("%s of %s is a reserved word", name, kind);
    for (const char *c = name; *c; c++) {
        bool good = (*c >= 'a' && *c <= 'z') ||
                    (c > name && ((*c >= '0' && *c <= '9') || (*c == '-' && c[1])));
        if (!good)
            fail_msg("%s of %s is no name of the language", name, kind);
    }
}

static void names_of_attributes_are_unique_and_writable(void **state)
{
    (void)state;
    each_kind(k)
    {
        check_name(k->name, "the catalog");
        uint32_t count = had_kind_attr_count(k);
        for (uint32_t i = 0; i < count; i++) {
            const char *name = had_kind_attr(k, i)->name;
            check_name(name, k->name);
            if (had_kind_attr_index(k, had_str_c(name)) != (int32_t)i)
                fail_msg("%s of %s stands twice", name, k->name);
            if (had_kind_clause_index(k, had_str_c(name)) >= 0)
                fail_msg("%s of %s is a clause too", name, k->name);
        }
        assert_null(had_kind_attr(k, count));
        assert_int_equal(had_kind_attr_index(k, HAD_STR("no-such-attribute")), -1);
        assert_int_equal(had_kind_attr_index(k, (had_str){0}), -1);
    }
}

static void clauses_are_unique(void **state)
{
    (void)state;
    each_kind(k)
    {
        uint32_t count = had_kind_clause_count(k), parents = 0;
        for (uint32_t i = 0; i < count; i++) {
            const struct had_clause_spec *c = &k->clauses[i];
            assert_int_equal(had_kind_clause_index(k, had_str_c(c->slot)), (int32_t)i);
            parents += c->parent;
            for (uint32_t j = i + 1; j < count; j++)
                assert_int_not_equal(c->preposition, k->clauses[j].preposition);
            assert_true(c->preposition < HAD_PREPOSITIONS);
        }
        assert_true(parents <= 1);
        assert_int_equal(had_kind_clause_index(k, HAD_STR("no-such-clause")), -1);
    }
}

/* Heads show what may be written: they begin with the kind and hold its prepositions, and no
 * others. */
static void heads_show_the_clauses(void **state)
{
    (void)state;
    each_kind(k)
    {
        assert_non_null(k->heads[0]);
        bool shown[HAD_PREPOSITIONS] = {false};
        for (uint32_t h = 0; k->heads[h]; h++) {
            had_str rest = had_str_c(k->heads[h]);
            if (k->only_existing) {
                assert_true(had_str_starts(rest, "existing "));
                rest = had_str_slice(rest, 9, rest.len);
            }
            for (bool first = true; rest.len; first = false) {
                int64_t space = had_str_find(rest, ' ');
                had_str w = space < 0 ? rest : had_str_slice(rest, 0, (uint32_t)space);
                rest =
                    space < 0 ? (had_str){0} : had_str_slice(rest, (uint32_t)space + 1, rest.len);
                if (first && !had_str_is(w, k->name))
                    fail_msg("a head of %s begins with another word", k->name);
                for (int p = 0; p < HAD_PREPOSITIONS; p++)
                    if (had_str_is(w, had_preposition_word((enum had_preposition)p)))
                        shown[p] = true;
            }
        }
        for (int p = 0; p < HAD_PREPOSITIONS; p++) {
            const struct had_clause_spec *clause = NULL;
            for (uint32_t i = 0; k->clauses[i].slot; i++)
                if ((int)k->clauses[i].preposition == p)
                    clause = &k->clauses[i];
            if (shown[p] && !clause)
                fail_msg("a head of %s has `%s`", k->name,
                         had_preposition_word((enum had_preposition)p));
            if (clause && !clause->parent && !shown[p])
                fail_msg("no head of %s has `%s`", k->name,
                         had_preposition_word((enum had_preposition)p));
        }
    }
}

static void children_and_parents_agree(void **state)
{
    (void)state;
    each_kind(k)
    {
        for (uint32_t i = 0; k->children[i]; i++) {
            const struct had_kind *child = had_kind_find(had_str_c(k->children[i]));
            if (!child)
                fail_msg("%s holds %s, which is no kind", k->name, k->children[i]);
            assert_true(had_kind_allows_child(k, child));
            assert_false(in_words(k->children[i], k->children + i + 1));
            bool has_parent = child->body_only;
            for (uint32_t c = 0; child->clauses[c].slot; c++)
                has_parent = has_parent || child->clauses[c].parent;
            if (!has_parent)
                fail_msg("%s holds %s, which has no parent", k->name, child->name);
        }
        for (uint32_t c = 0; k->clauses[c].slot; c++) {
            if (!k->clauses[c].parent)
                continue;
            assert_int_equal(k->clauses[c].type->base, HAD_TYPE_REF);
            for (const char *const *p = k->clauses[c].type->kinds; *p; p++)
                if (!had_kind_allows_child(had_kind_find(had_str_c(*p)), k))
                    fail_msg("%s stands in %s, whose body does not hold it", k->name, *p);
        }
    }
    assert_false(
        had_kind_allows_child(had_kind_find(HAD_STR("nat")), had_kind_find(HAD_STR("hub"))));
}

static void defaults_are_of_their_type(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    each_kind(k)
    {
        for (uint32_t i = 0; i < had_kind_attr_count(k); i++) {
            const struct had_attr *a = had_kind_attr(k, i);
            struct had_value value = had_fallback_read(&arena, a);
            if (!a->fallback) {
                assert_int_equal(value.tag, HAD_VALUE_ABSENT);
                continue;
            }
            if (a->derived || a->required == HAD_REQUIRED || a->required == HAD_REQUIRED_NEW)
                fail_msg("%s of %s has a default that never counts", a->name, k->name);
            assert_int_equal(value.provenance, HAD_DEFAULT);
            if (value.tag == HAD_VALUE_LIST)
                for (uint32_t n = 0; n < value.list.count; n++) {
                    assert_int_not_equal(value.list.items[n].tag, HAD_VALUE_ERROR);
                    assert_int_equal(value.list.items[n].provenance, HAD_DEFAULT);
                }
            if (value.tag == HAD_VALUE_ERROR)
                fail_msg("the default of %s of %s is none of its type", a->name, k->name);
        }
    }
    const struct had_kind *tunnel = had_kind_find(HAD_STR("tunnel"));
    struct had_value groups = had_fallback_read(
        &arena, had_kind_attr(tunnel, (uint32_t)had_kind_attr_index(tunnel, HAD_STR("dh-groups"))));
    assert_int_equal(groups.tag, HAD_VALUE_LIST);
    assert_int_equal(groups.list.count, 11);
    assert_int_equal(groups.list.items[10].number, 24);
    had_arena_free(&arena);
}

static void conditions_name_words_that_exist(void **state)
{
    (void)state;
    uint32_t found = 0;
    each_kind(k)
    {
        for (uint32_t i = 0; i < had_kind_attr_count(k); i++) {
            const struct had_attr *a = had_kind_attr(k, i);
            if (!a->when)
                continue;
            found++;
            int32_t clause = had_kind_clause_index(k, had_str_c(a->when));
            int32_t attr = had_kind_attr_index(k, had_str_c(a->when));
            assert_true(clause >= 0 || attr >= 0);
            const struct had_type *type =
                clause >= 0 ? k->clauses[clause].type : had_kind_attr(k, (uint32_t)attr)->type;
            assert_int_equal(type->base, HAD_TYPE_WORD);
            assert_non_null(a->when_words[0]);
            for (uint32_t w = 0; a->when_words[w]; w++)
                assert_true(in_words(a->when_words[w], type->words));
        }
    }
    assert_true(found >= 14);
}

static void ids_stand_with_their_type(void **state)
{
    (void)state;
    each_kind(k)
    {
        int32_t at = had_kind_attr_index(k, HAD_STR("id"));
        assert_int_equal(at >= 0, k->id_type != NULL);
        if (at < 0)
            continue;
        const struct had_attr *id = had_kind_attr(k, (uint32_t)at);
        assert_ptr_equal(id->type, k->id_type);
        assert_false(k->no_existing);
        assert_int_equal(id->required,
                         strcmp(k->name, "account") == 0 ? HAD_ONLY_EXISTING : HAD_MAY_EXISTING);
        /* The last of its own, before the common ones. */
        assert_int_equal((uint32_t)at + 1, had_kind_attr_count(k) - (k->resource ? 4 : 0));
    }
}

/* Catalog, part 1 and part 4, rule 15. */
static void protection_and_existence_are_those_of_the_catalog(void **state)
{
    (void)state;
    static const char *const protect[] = {"account",
                                          "organization",
                                          "hub",
                                          "direct-connect-gateway",
                                          "directory",
                                          "connector",
                                          "forest",
                                          "domain",
                                          "controller",
                                          "hosted-zone",
                                          "identity-center",
                                          NULL};
    static const char *const never[] = {
        "spec",      "region",          "site",   "site-link", "tunnel",     "route",
        "blackhole", "identity-center", "assign", "share",     "ad-service", "idp-agent",
        "had",       "import",          "assert", "waive",     "moved",      "test",
        "expect",    "quota",           "phase",  "state",     "allow",      "deny",
        NULL};
    struct had_arena arena = {0};
    each_kind(k)
    {
        if (in_words(k->name, protect) != k->protect)
            fail_msg("protect of %s", k->name);
        if (in_words(k->name, never) != k->no_existing)
            fail_msg("existing %s", k->name);
        if (k->resource) {
            int32_t at = had_kind_attr_index(k, HAD_STR("protect"));
            assert_true(at >= 0);
            struct had_value value = had_fallback_read(&arena, had_kind_attr(k, (uint32_t)at));
            assert_int_equal(value.tag, HAD_VALUE_BOOL);
            assert_int_equal(value.boolean, k->protect);
            assert_true(had_kind_attr_index(k, HAD_STR("tags")) >= 0);
        }
        assert_false(k->rules && k->resource);
        assert_false(k->only_existing && k->no_existing);
    }
    had_arena_free(&arena);
    assert_true(had_kind_find(HAD_STR("appliance"))->only_existing);
}

/* What a row of the catalog says, read back from the tables for some rows of every sort. */
static void rows_say_what_the_catalog_says(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *attr, *type;
        enum had_required required;
        const char *fallback;
    } rows[] = {
        {"spec", "owner", "email", HAD_REQUIRED, NULL},
        {"spec", "templates", "one of [yaml, json]", HAD_OPTIONAL, "yaml"},
        {"account", "id", "account-id", HAD_ONLY_EXISTING, NULL},
        {"account", "email", "email", HAD_REQUIRED_NEW, NULL},
        {"region", "zones", "list of zone", HAD_REQUIRED, NULL},
        {"site-link", "cost", "int", HAD_OPTIONAL, "100"},
        {"link", "vlan", "int", HAD_REQUIRED_NEW, NULL},
        {"link", "mtu", "one of [1500, 8500]", HAD_OPTIONAL, "8500"},
        {"hub", "share-with", "set of organization, ou or account", HAD_OPTIONAL, NULL},
        {"spoke", "role", "one of [workload, shared-services, endpoint, inspection]", HAD_OPTIONAL,
         "workload"},
        {"spoke", "attachment", "text", HAD_MAY_EXISTING, NULL},
        {"subnet", "use", "one of [hosts, attachment, directory, resolver, public]", HAD_OPTIONAL,
         "hosts"},
        {"resolver", "addresses", "map of ip", HAD_OPTIONAL, NULL},
        {"forward", "targets", "list of ip, ip-port or forest, domain, directory, site or resolver",
         HAD_OPTIONAL, NULL},
        {"forest", "level", "one of [2008r2, 2012, 2012r2, 2016, 2025]", HAD_OPTIONAL, "2016"},
        {"forest", "sites", "set of site", HAD_ONLY_EXISTING, NULL},
        {"controller", "backup", "duration", HAD_OPTIONAL, "30d"},
        {"directory", "admin", "secret", HAD_REQUIRED_NEW, NULL},
        {"directory", "dns", "list of ip", HAD_ONLY_EXISTING, NULL},
        {"identity-center", "source", "one of [identity-store] or directory or connector",
         HAD_REQUIRED, NULL},
        {"permission-set", "session", "duration", HAD_OPTIONAL, "1h"},
        {"application", "groups", "set of group", HAD_OPTIONAL, NULL},
        {"test", "params", "map of data", HAD_OPTIONAL, NULL},
        {"waive", "approver", "email", HAD_OPTIONAL, NULL},
    };
    struct had_arena arena = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct had_kind *k = had_kind_find(had_str_c(rows[i].kind));
        assert_non_null(k);
        int32_t at = had_kind_attr_index(k, had_str_c(rows[i].attr));
        if (at < 0)
            fail_msg("%s has no %s", rows[i].kind, rows[i].attr);
        const struct had_attr *a = had_kind_attr(k, (uint32_t)at);
        had_str type = had_type_text(&arena, a->type);
        if (!had_str_is(type, rows[i].type))
            fail_msg("%s of %s is %.*s", rows[i].attr, rows[i].kind, HAD_ARG(type));
        assert_int_equal(a->required, rows[i].required);
        if (rows[i].fallback)
            assert_string_equal(a->fallback, rows[i].fallback);
        else
            assert_null(a->fallback);
    }
    had_arena_free(&arena);
}

static void slots_are_those_that_code_reads(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        enum had_preposition preposition;
        const char *slot, *type;
        bool parent;
    } rows[] = {
        {"spoke", HAD_IN, "account", "account", false},
        {"spoke", HAD_ON, "hubs", "set of hub", false},
        {"spoke", HAD_AT, "region", "region", false},
        {"subnet", HAD_IN, "zone", "zone", false},
        {"segment", HAD_IN, "hub", "hub", true},
        {"route", HAD_IN, "in", "segment, spoke or subnet", true},
        {"forward", HAD_VIA, "resolver", "resolver", true},
        {"forward", HAD_TO, "to", "one of [system]", false},
        {"controller", HAD_IN, "subnet", "subnet", false},
        {"controller", HAD_BY, "account", "account", false},
        {"group", HAD_IN, "in", "directory, forest, domain or identity-center", true},
        {"site-link", HAD_BETWEEN, "ends", "set of site or region", false},
        {"link", HAD_FROM, "from", "list of site or appliance", false},
        {"assign", HAD_TO, "principal", "principal", false},
        {"assign", HAD_ON, "account", "account, ou or organization", false},
        {"waive", HAD_ON, "on", "list of one of [spec] or any object", false},
        {"waive", HAD_UNTIL, "until", "date", false},
        {"policy", HAD_ON, "accounts", "set of account, ou or organization", false},
        {"acl", HAD_ON, "subnets", "set of subnet", false},
        {"acl", HAD_IN, "spoke", "spoke", true},
    };
    struct had_arena arena = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct had_kind *k = had_kind_find(had_str_c(rows[i].kind));
        int32_t at = had_kind_clause_index(k, had_str_c(rows[i].slot));
        if (at < 0)
            fail_msg("%s has no clause %s", rows[i].kind, rows[i].slot);
        const struct had_clause_spec *c = &k->clauses[at];
        assert_int_equal(c->preposition, rows[i].preposition);
        assert_int_equal(c->parent, rows[i].parent);
        had_str type = had_type_text(&arena, c->type);
        if (!had_str_is(type, rows[i].type))
            fail_msg("%s of %s is %.*s", rows[i].slot, rows[i].kind, HAD_ARG(type));
    }
    had_arena_free(&arena);
}

static void type_names_lead_there_and_back(void **state)
{
    (void)state;
    for (int base = HAD_TYPE_TEXT; base < HAD_TYPE_COUNT; base++) {
        const char *name = had_base_name((enum had_base)base);
        assert_non_null(name);
        if (base == HAD_TYPE_WORD || base == HAD_TYPE_BODY || base == HAD_TYPE_ANY_OF) {
            assert_int_equal(had_base_find(had_str_c(name)), HAD_TYPE_NONE);
            continue;
        }
        assert_int_equal(had_base_find(had_str_c(name)), base);
        assert_int_equal(had_types[base].base, base);
    }
    assert_int_equal(had_base_find(HAD_STR("one")), HAD_TYPE_WORD);
    assert_int_equal(had_base_find(HAD_STR("string")), HAD_TYPE_NONE);
    assert_int_equal(had_base_find((had_str){0}), HAD_TYPE_NONE);
    assert_string_equal(had_base_name(HAD_TYPE_ACCOUNT_ID), "account-id");
    assert_string_equal(had_base_name(HAD_TYPE_COUNT), "nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_found_by_its_name_alone),
        cmocka_unit_test(edition_1_is_complete),
        cmocka_unit_test(docs_are_whole_sentences),
        cmocka_unit_test(types_are_whole),
        cmocka_unit_test(names_of_attributes_are_unique_and_writable),
        cmocka_unit_test(clauses_are_unique),
        cmocka_unit_test(heads_show_the_clauses),
        cmocka_unit_test(children_and_parents_agree),
        cmocka_unit_test(defaults_are_of_their_type),
        cmocka_unit_test(conditions_name_words_that_exist),
        cmocka_unit_test(ids_stand_with_their_type),
        cmocka_unit_test(protection_and_existence_are_those_of_the_catalog),
        cmocka_unit_test(rows_say_what_the_catalog_says),
        cmocka_unit_test(slots_are_those_that_code_reads),
        cmocka_unit_test(type_names_lead_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
