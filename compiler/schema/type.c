#include "schema/type.h"

#include "base/buffer.h"

/* Bases that need something more (words, kinds, an element) have it for texts; the rest is their
 * own. */
const struct had_type had_types[HAD_TYPE_COUNT] = {
    [HAD_TYPE_TEXT] = {.base = HAD_TYPE_TEXT},
    [HAD_TYPE_BOOL] = {.base = HAD_TYPE_BOOL},
    [HAD_TYPE_INT] = {.base = HAD_TYPE_INT},
    [HAD_TYPE_DURATION] = {.base = HAD_TYPE_DURATION},
    [HAD_TYPE_RATE] = {.base = HAD_TYPE_RATE},
    [HAD_TYPE_SIZE] = {.base = HAD_TYPE_SIZE},
    [HAD_TYPE_DATE] = {.base = HAD_TYPE_DATE},
    [HAD_TYPE_IP] = {.base = HAD_TYPE_IP},
    [HAD_TYPE_IP_PORT] = {.base = HAD_TYPE_IP_PORT},
    [HAD_TYPE_CIDR] = {.base = HAD_TYPE_CIDR},
    [HAD_TYPE_PORT_RANGE] = {.base = HAD_TYPE_PORT_RANGE},
    [HAD_TYPE_SERVICE] = {.base = HAD_TYPE_SERVICE},
    [HAD_TYPE_ASN] = {.base = HAD_TYPE_ASN},
    [HAD_TYPE_ACCOUNT_ID] = {.base = HAD_TYPE_ACCOUNT_ID},
    [HAD_TYPE_ARN] = {.base = HAD_TYPE_ARN},
    [HAD_TYPE_DOMAIN] = {.base = HAD_TYPE_DOMAIN},
    [HAD_TYPE_NETBIOS] = {.base = HAD_TYPE_NETBIOS},
    [HAD_TYPE_SITE_NAME] = {.base = HAD_TYPE_SITE_NAME},
    [HAD_TYPE_EMAIL] = {.base = HAD_TYPE_EMAIL},
    [HAD_TYPE_DN] = {.base = HAD_TYPE_DN},
    [HAD_TYPE_ZONE] = {.base = HAD_TYPE_ZONE},
    [HAD_TYPE_REGION] = {.base = HAD_TYPE_REGION},
    [HAD_TYPE_IMAGE] = {.base = HAD_TYPE_IMAGE},
    [HAD_TYPE_PATH] = {.base = HAD_TYPE_PATH},
    [HAD_TYPE_POLICY] = {.base = HAD_TYPE_POLICY},
    [HAD_TYPE_MFA] = {.base = HAD_TYPE_MFA},
    [HAD_TYPE_PRINCIPAL] = {.base = HAD_TYPE_PRINCIPAL},
    [HAD_TYPE_SECRET] = {.base = HAD_TYPE_SECRET},
    [HAD_TYPE_DATA] = {.base = HAD_TYPE_DATA},
    /* Of what is not known: any word, any object, any value. */
    [HAD_TYPE_WORD] = {.base = HAD_TYPE_WORD},
    [HAD_TYPE_REF] = {.base = HAD_TYPE_REF, .kinds = (const char *const[]){"*", NULL}},
    [HAD_TYPE_LIST] = {.base = HAD_TYPE_LIST, .element = &had_types[HAD_TYPE_DATA]},
    [HAD_TYPE_SET] = {.base = HAD_TYPE_SET, .element = &had_types[HAD_TYPE_DATA]},
    [HAD_TYPE_MAP] = {.base = HAD_TYPE_MAP, .element = &had_types[HAD_TYPE_DATA]},
};

static const char *const names[HAD_TYPE_COUNT] = {
    [HAD_TYPE_NONE] = "nothing",
    [HAD_TYPE_TEXT] = "text",
    [HAD_TYPE_BOOL] = "bool",
    [HAD_TYPE_INT] = "int",
    [HAD_TYPE_DURATION] = "duration",
    [HAD_TYPE_RATE] = "rate",
    [HAD_TYPE_SIZE] = "size",
    [HAD_TYPE_DATE] = "date",
    [HAD_TYPE_IP] = "ip",
    [HAD_TYPE_IP_PORT] = "ip-port",
    [HAD_TYPE_CIDR] = "cidr",
    [HAD_TYPE_PORT_RANGE] = "port-range",
    [HAD_TYPE_SERVICE] = "service",
    [HAD_TYPE_ASN] = "asn",
    [HAD_TYPE_ACCOUNT_ID] = "account-id",
    [HAD_TYPE_ARN] = "arn",
    [HAD_TYPE_DOMAIN] = "domain",
    [HAD_TYPE_NETBIOS] = "netbios",
    [HAD_TYPE_SITE_NAME] = "site-name",
    [HAD_TYPE_EMAIL] = "email",
    [HAD_TYPE_DN] = "dn",
    [HAD_TYPE_ZONE] = "zone",
    [HAD_TYPE_REGION] = "region",
    [HAD_TYPE_IMAGE] = "image",
    [HAD_TYPE_PATH] = "path",
    [HAD_TYPE_POLICY] = "policy",
    [HAD_TYPE_MFA] = "mfa",
    [HAD_TYPE_PRINCIPAL] = "principal",
    [HAD_TYPE_WORD] = "word",
    [HAD_TYPE_REF] = "ref",
    [HAD_TYPE_SECRET] = "secret",
    [HAD_TYPE_DATA] = "data",
    [HAD_TYPE_LIST] = "list",
    [HAD_TYPE_SET] = "set",
    [HAD_TYPE_MAP] = "map",
    [HAD_TYPE_BODY] = "body",
    [HAD_TYPE_ANY_OF] = "any of",
};

const char *had_base_name(enum had_base base)
{
    return base < HAD_TYPE_COUNT ? names[base] : names[HAD_TYPE_NONE];
}

enum had_base had_base_find(had_str name)
{
    if (had_str_is(name, "one")) /* one of [..] */
        return HAD_TYPE_WORD;
    for (int base = HAD_TYPE_TEXT; base < HAD_TYPE_COUNT; base++) {
        /* Their own words say what the catalog means by them; a spec does not write them. */
        if (base == HAD_TYPE_WORD || base == HAD_TYPE_BODY || base == HAD_TYPE_ANY_OF)
            continue;
        if (had_str_is(name, names[base]))
            return (enum had_base)base;
    }
    return HAD_TYPE_NONE;
}

/* "organization, ou or account" */
static void add_kinds(struct had_buffer *b, const char *const *kinds)
{
    if (!kinds || (kinds[0] && kinds[0][0] == '*')) {
        had_buffer_c(b, "any object");
        return;
    }
    for (uint32_t i = 0; kinds[i]; i++) {
        if (i)
            had_buffer_c(b, kinds[i + 1] ? ", " : " or ");
        had_buffer_c(b, kinds[i]);
    }
}

static void add(struct had_buffer *b, const struct had_type *type)
{
    /* A type of a table is never deeper than a few steps; one of a spec is bounded by the parser.
     */
    switch (type->base) {
    case HAD_TYPE_WORD:
        if (!type->words) {
            had_buffer_c(b, "word");
            break;
        }
        had_buffer_c(b, "one of [");
        for (uint32_t i = 0; type->words[i]; i++) {
            if (i)
                had_buffer_c(b, ", ");
            had_buffer_c(b, type->words[i]);
        }
        had_buffer_char(b, ']');
        break;
    case HAD_TYPE_REF:
        add_kinds(b, type->kinds);
        break;
    case HAD_TYPE_PRINCIPAL:
        if (type->kinds)
            add_kinds(b, type->kinds);
        else
            had_buffer_c(b, names[type->base]);
        break;
    case HAD_TYPE_LIST:
    case HAD_TYPE_SET:
    case HAD_TYPE_MAP:
        had_buffer_c(b, names[type->base]);
        if (type->element) {
            had_buffer_c(b, " of ");
            add(b, type->element);
        }
        break;
    case HAD_TYPE_ANY_OF:
        for (uint32_t i = 0; type->alternatives[i]; i++) {
            if (i)
                had_buffer_c(b, type->alternatives[i + 1] ? ", " : " or ");
            add(b, type->alternatives[i]);
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
    case HAD_TYPE_SECRET:
    case HAD_TYPE_DATA:
    case HAD_TYPE_BODY:
    case HAD_TYPE_COUNT:
        had_buffer_c(b, had_base_name(type->base));
        break;
    }
}

had_str had_type_text(struct had_arena *arena, const struct had_type *type)
{
    struct had_buffer b = {0};
    add(&b, type);
    had_str text = had_str_dup(arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return text;
}
