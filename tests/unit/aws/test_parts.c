/* The parts without a network: settings, end points, retries, texts, XML, refusals of requests. */
#include "aws/config.h"
#include "aws/endpoint.h"
#include "aws/request.h"
#include "aws/retry.h"
#include "aws/value.h"
#include "aws/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct had_arena arena;

static const char *c_text(had_str s)
{
    return had_str_cstr(&arena, s);
}

/* ---- settings ---- */

static void files_are_read(void **state)
{
    (void)state;
    struct had_aws_config config = {.arena = &arena};
    had_str error = {0};
    assert_true(had_aws_config_add(&config,
                                   HAD_STR("\xef\xbb\xbf# comment\r\n"
                                           "[default]\r\n"
                                           "Region = eu-west-1\r\n"
                                           "url = https://a/b?c=d:e\n"
                                           "; comment\n"
                                           "[profile \"with space\"]\n"
                                           "region=eu-central-1\n"
                                           "s3 =\n"
                                           "  addressing_style = path\n"
                                           "  max = 3\n"
                                           "output = json\n"
                                           "  more of it\n"
                                           "[unknown x]\nregion=us-east-1\n"
                                           "[services dev]\n"
                                           "ec2 = \n"
                                           "\tendpoint_url = http://localhost:4566\n"
                                           "directory_service =\n"
                                           "   endpoint_url=http://localhost:4567\n"
                                           "[sso-session corp]\nsso_region = eu-west-1\n"),
                                   false, &error));
    assert_true(had_aws_config_add(
        &config, HAD_STR("[default]\nregion: us-west-2\n[with space]\nk = v = w\n"), true, &error));
    static const struct {
        enum had_aws_section section;
        const char *name, *group, *key, *value;
    } cases[] = {
        {HAD_AWS_PROFILE, "default", NULL, "region", "us-west-2"},
        {HAD_AWS_PROFILE, "default", NULL, "url", "https://a/b?c=d:e"},
        {HAD_AWS_PROFILE, "with space", NULL, "region", "eu-central-1"},
        {HAD_AWS_PROFILE, "with space", "s3", "max", "3"},
        {HAD_AWS_PROFILE, "with space", NULL, "max", NULL},
        {HAD_AWS_PROFILE, "with space", NULL, "output", "json"},
        {HAD_AWS_PROFILE, "with space", NULL, "k", "v = w"},
        {HAD_AWS_PROFILE, "x", NULL, "region", NULL},
        {HAD_AWS_SERVICES, "dev", "ec2", "endpoint_url", "http://localhost:4566"},
        {HAD_AWS_SERVICES, "dev", "directory_service", "endpoint_url", "http://localhost:4567"},
        {HAD_AWS_SSO_SESSION, "corp", NULL, "sso_region", "eu-west-1"},
        {HAD_AWS_SSO_SESSION, "dev", NULL, "sso_region", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        had_str value = had_aws_config_get(&config, cases[i].section, had_str_c(cases[i].name),
                                           cases[i].group, cases[i].key);
        if (!cases[i].value)
            assert_null(value.ptr);
        else
            assert_string_equal(c_text(value), cases[i].value);
    }
    assert_false(had_aws_config_has(&config, HAD_AWS_PROFILE, HAD_STR("x")));
    assert_true(had_aws_config_has(&config, HAD_AWS_PROFILE, HAD_STR("with space")));
    assert_false(had_aws_config_add(&config, HAD_STR("[default]\nnonsense\n"), false, &error));
    assert_string_equal(c_text(error), "line 2 is neither a section nor a key with `=`");
    assert_false(had_aws_config_add(&config, HAD_STR("[open\n"), false, &error));
}

/* ---- end points ---- */

static void hosts_follow_regions(void **state)
{
    (void)state;
    static const struct {
        const char *service, *region;
        bool fips, dual;
        const char *override, *host, *path, *signing; /* host NULL: refused */
    } cases[] = {
        {"ec2", "eu-west-1", false, false, "", "ec2.eu-west-1.amazonaws.com", "", "eu-west-1"},
        {"ec2", "us-east-1", true, false, "", "ec2-fips.us-east-1.amazonaws.com", "", "us-east-1"},
        {"ds", "us-gov-west-1", false, false, "", "ds.us-gov-west-1.amazonaws.com", "",
         "us-gov-west-1"},
        {"sso-admin", "eu-west-1", false, true, "", "sso.eu-west-1.api.aws", "", "eu-west-1"},
        {"iam", "eu-west-1", false, false, "", "iam.amazonaws.com", "", "us-east-1"},
        {"iam", "cn-northwest-1", false, false, "", "iam.cn-north-1.amazonaws.com.cn", "",
         "cn-north-1"},
        {"organizations", "us-gov-east-1", false, false, "",
         "organizations.us-gov-west-1.amazonaws.com", "", "us-gov-west-1"},
        {"ec2", "xx-new-9", false, false, "", "ec2.xx-new-9.amazonaws.com", "", "xx-new-9"},
        {"ec2", "eusc-de-east-1", false, false, "", "ec2.eusc-de-east-1.amazonaws.eu", "",
         "eusc-de-east-1"},
        {"iam", "eu-west-1", false, false, "http://127.0.0.1:80/x/", "127.0.0.1", "/x",
         "us-east-1"},
        {"ec2", "eu-west-1", true, true, "https://vpce.example.com:8443", "vpce.example.com:8443",
         "", "eu-west-1"},
        {"ec2", "", false, false, "", NULL, "", ""},
        {"ec2", "eu-west-1/evil", false, false, "", NULL, "", ""},
        {"ec2", "eu.west", false, false, "", NULL, "", ""},
        {"ec2", "eu-west-1", false, false, "ftp://x", NULL, "", ""},
        {"ec2", "eu-west-1", false, false, "http://u@x", NULL, "", ""},
        {"ec2", "eu-west-1", false, false, "http://x/?q", NULL, "", ""},
        {"ec2", "eu-west-1", false, false, "http:///p", NULL, "", ""},
        {"s3", "cn-north-1", true, false, "", NULL, "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct had_aws_endpoint endpoint;
        had_str error = {0};
        struct had_aws_endpoint_options options = {had_str_c(cases[i].region), cases[i].fips,
                                                   cases[i].dual, had_str_c(cases[i].override)};
        bool found = had_aws_endpoint_find(
            &arena, had_aws_service_find(had_str_c(cases[i].service)), &options, &endpoint, &error);
        if (found != (cases[i].host != NULL))
            fail_msg("case %zu: %s", i, found ? c_text(endpoint.host) : c_text(error));
        if (!found) {
            assert_true(error.len > 0);
            continue;
        }
        assert_string_equal(c_text(endpoint.host), cases[i].host);
        assert_string_equal(c_text(endpoint.path), cases[i].path);
        assert_string_equal(c_text(endpoint.region), cases[i].signing);
    }
    assert_true(had_aws_bucket_is_label(HAD_STR("my-bucket-1")));
    assert_false(had_aws_bucket_is_label(HAD_STR("My-bucket")));
    assert_false(had_aws_bucket_is_label(HAD_STR("a.b.c")));
    assert_false(had_aws_bucket_is_label(HAD_STR("-ab")));
}

/* ---- retries ---- */

static enum had_aws_fault fault(const char *service, int status, const char *code)
{
    struct had_aws_error error = {.status = status, .code = had_str_c(code)};
    return had_aws_fault_of(had_aws_service_find(had_str_c(service)), &error);
}

static void faults_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *service;
        int status;
        const char *code;
        enum had_aws_fault fault;
    } cases[] = {
        {"ec2", 503, "RequestLimitExceeded", HAD_AWS_THROTTLE},
        {"route53resolver", 400, "ThrottlingException", HAD_AWS_THROTTLE},
        {"ram", 429, "Anything", HAD_AWS_THROTTLE},
        {"dynamodb", 400, "LimitExceededException", HAD_AWS_THROTTLE},
        {"kms", 400, "LimitExceededException", HAD_AWS_FINAL},
        {"iam", 409, "LimitExceededException", HAD_AWS_FINAL},
        {"organizations", 400, "LimitExceededException", HAD_AWS_FINAL},
        {"route53resolver", 400, "LimitExceededException", HAD_AWS_FINAL},
        {"ec2", 500, "InternalError", HAD_AWS_TRANSIENT},
        {"ec2", 504, "504", HAD_AWS_TRANSIENT},
        {"s3", 400, "RequestTimeout", HAD_AWS_TRANSIENT},
        {"ec2", 400, "DependencyViolation", HAD_AWS_FINAL},
        {"ec2", 403, "UnauthorizedOperation", HAD_AWS_FINAL},
        {"s3", 403, "RequestTimeTooSkewed", HAD_AWS_SKEW},
        {"sts", 403, "ExpiredToken", HAD_AWS_EXPIRED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (fault(cases[i].service, cases[i].status, cases[i].code) != cases[i].fault)
            fail_msg("%s %s", cases[i].service, cases[i].code);
}

static void the_budget_stops_a_storm(void **state)
{
    (void)state;
    struct had_aws_budget budget = {0};
    int64_t delay;
    unsigned allowed = 0;
    for (int call = 0; call < 300; call++) {
        struct had_aws_retry retry = {.max_attempts = 3, .deadline = 1000000};
        while (had_aws_retry_next(&retry, &budget, HAD_AWS_TRANSIENT, false, -1, 0, 0.5, &delay))
            allowed++;
    }
    assert_int_equal(allowed, HAD_AWS_BUDGET / HAD_AWS_COST);
    /* A time-out costs twice as much; success gives back. */
    budget.spent = HAD_AWS_BUDGET - HAD_AWS_COST;
    struct had_aws_retry retry = {.max_attempts = 3, .deadline = 1000000};
    assert_false(had_aws_retry_next(&retry, &budget, HAD_AWS_TRANSIENT, true, -1, 0, 0, &delay));
    retry.transient = 0;
    assert_true(had_aws_retry_next(&retry, &budget, HAD_AWS_TRANSIENT, false, -1, 0, 0, &delay));
    assert_int_equal(budget.spent, HAD_AWS_BUDGET);
    had_aws_retry_done(&retry, &budget);
    assert_int_equal(budget.spent, HAD_AWS_BUDGET - HAD_AWS_COST);
    had_aws_retry_done(&retry, &budget); /* a success without a retry: one */
    assert_int_equal(budget.spent, HAD_AWS_BUDGET - HAD_AWS_COST - 1);
}

static void delays_are_jittered_and_bounded(void **state)
{
    (void)state;
    struct had_aws_budget budget = {0};
    static const int64_t bounds[] = {1000, 2000, 4000, 8000, 16000, 20000, 20000, 20000};
    struct had_aws_retry full = {.deadline = INT64_MAX}, none = full, half = full;
    int64_t delay;
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        assert_true(
            had_aws_retry_next(&full, &budget, HAD_AWS_THROTTLE, false, -1, 0, 0.999999, &delay));
        assert_in_range(delay, bounds[i] - 1, bounds[i]);
        assert_true(
            had_aws_retry_next(&half, &budget, HAD_AWS_THROTTLE, false, -1, 0, 0.5, &delay));
        assert_int_equal(delay, bounds[i] / 2);
        assert_true(had_aws_retry_next(&none, &budget, HAD_AWS_THROTTLE, false, -1, 0, 0, &delay));
        assert_int_equal(delay, 0);
    }
    assert_int_equal(budget.spent, 0); /* throttles are the buckets' affair */
    /* The service's wish: not before it, at most five seconds beyond our own delay. */
    struct had_aws_retry wish = {.deadline = INT64_MAX};
    assert_true(had_aws_retry_next(&wish, &budget, HAD_AWS_THROTTLE, false, 3000, 0, 0.5, &delay));
    assert_int_equal(delay, 3000);
    wish.throttled = 0;
    assert_true(had_aws_retry_next(&wish, &budget, HAD_AWS_THROTTLE, false, 60000, 0, 0.5, &delay));
    assert_int_equal(delay, 5500);
    wish.deadline = 100;
    assert_false(
        had_aws_retry_next(&wish, &budget, HAD_AWS_THROTTLE, false, 60000, 0, 0.5, &delay));
    assert_false(had_aws_retry_next(&wish, &budget, HAD_AWS_FINAL, false, -1, 0, 0, &delay));
    for (int i = 0; i < 1000; i++) {
        double chance = had_aws_chance();
        assert_true(chance >= 0 && chance < 1);
    }
}

static void buckets_hold_rates(void **state)
{
    (void)state;
    struct had_aws_bucket bucket;
    had_aws_bucket_init(&bucket, (struct had_aws_limit){5, 2}, 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(had_aws_bucket_take(&bucket, 0), 0);
    assert_int_equal(had_aws_bucket_take(&bucket, 0), 500); /* places are given in order */
    assert_int_equal(had_aws_bucket_take(&bucket, 0), 1000);
    assert_int_equal(had_aws_bucket_take(&bucket, 1000), 500);
    assert_int_equal(had_aws_bucket_take(&bucket, 60000), 0);
    /* A throttle answer empties it and halves its rate, which grows back in ten seconds. */
    had_aws_bucket_throttled(&bucket, 60000);
    assert_true(bucket.rate > 0.99 && bucket.rate < 1.01);
    assert_true(had_aws_bucket_take(&bucket, 60000) >= 900);
    for (int i = 0; i < 20; i++)
        had_aws_bucket_throttled(&bucket, 60000);
    assert_true(bucket.rate >= 2.0 / 64 - 0.001);
    had_aws_bucket_take(&bucket, 80000);
    assert_true(bucket.rate > 1.99);
    bool alone;
    const struct had_aws_service *ec2 = had_aws_service_find(HAD_STR("ec2"));
    struct had_aws_limit limit =
        had_aws_limit_of(ec2, had_aws_operation_find(ec2, HAD_STR("DescribeVpcs")), &alone);
    assert_true(alone && limit.burst > 99 && limit.rate > 19);
    const struct had_aws_service *sso = had_aws_service_find(HAD_STR("sso-admin"));
    limit = had_aws_limit_of(sso, had_aws_operation_find(sso, HAD_STR("CreateAccountAssignment")),
                             &alone);
    assert_true(!alone && limit.rate > 19 && limit.rate < 21);
}

/* ---- texts ---- */

static void times_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t micros;
        const char *iso; /* NULL: refused */
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"},
        {"2026-11-24T10:00:00.123Z", 1795514400123000, "2026-11-24T10:00:00.123Z"},
        {"2026-11-24T12:30:00+02:30", 1795514400000000, "2026-11-24T10:00:00Z"},
        {"2024-02-29", 1709164800000000, "2024-02-29T00:00:00Z"},
        {"Tue, 24 Nov 2026 10:00:00 GMT", 1795514400000000, "2026-11-24T10:00:00Z"},
        {"1795514400", 1795514400000000, "2026-11-24T10:00:00Z"},
        {"1.7955144005E9", 1795514400500000, "2026-11-24T10:00:00.5Z"},
        {"0001-01-01T00:00:00Z", -62135596800000000, "0001-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59Z", 253402300799000000, "9999-12-31T23:59:59Z"},
        {"", 0, NULL},
        {"tomorrow", 0, NULL},
        {"2026-13-01", 0, NULL},
        {"2026-11-24T25:00:00Z", 0, NULL},
        {"2026-11-24T10:00:00+", 0, NULL},
        {"1e99", 0, NULL},
        {"Tue, 24 Foo 2026 10:00:00 GMT", 0, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t micros = 0;
        bool read = had_aws_time_parse(had_str_c(cases[i].text), &micros);
        if (read != (cases[i].iso != NULL))
            fail_msg("\"%s\"", cases[i].text);
        if (!read)
            continue;
        struct had_buffer out = {0};
        had_aws_time_iso(&out, micros);
        assert_string_equal(c_text(had_buffer_take(&arena, &out)), cases[i].iso);
        assert_true(micros == cases[i].micros);
    }
    char basic[17];
    had_aws_time_basic(basic, 1795514400);
    assert_string_equal(basic, "20261124T100000Z");
}

static void encodings_go_both_ways(void **state)
{
    (void)state;
    unsigned char bytes[64];
    for (unsigned len = 0; len < sizeof bytes; len++) {
        struct had_buffer text = {0}, back = {0};
        for (unsigned i = 0; i < len; i++)
            bytes[i] = (unsigned char)(i * 37 + len);
        had_aws_base64(&text, bytes, len);
        assert_true(had_aws_base64_decode(&back, had_buffer_view(&text)));
        assert_int_equal(back.len, len);
        if (len)
            assert_memory_equal(back.ptr, bytes, len);
        had_buffer_free(&text);
        had_buffer_free(&back);
    }
    static const char *const wrong[] = {"a", "ab=c", "a===", "ab!d", "abcd="};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct had_buffer back = {0};
        assert_false(had_aws_base64_decode(&back, had_str_c(wrong[i])));
        had_buffer_free(&back);
    }
    struct had_buffer out = {0};
    had_aws_percent(&out, HAD_STR("a/b c+ä~"), "/");
    assert_string_equal(c_text(had_buffer_take(&arena, &out)), "a/b%20c%2B%C3%A4~");
    assert_string_equal(c_text(had_aws_percent_decode(&arena, HAD_STR("%41%2b%zz%4"))), "A+%zz%4");
    static const double numbers[] = {0, 1, -1.5, 0.1, 1e21, 1.0 / 3, 5e-324};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        had_aws_real(&out, numbers[i]);
        double back = strtod(c_text(had_buffer_take(&arena, &out)), NULL);
        assert_true(back >= numbers[i] && back <= numbers[i]);
    }
    char a[37], b[37];
    had_aws_uuid(a);
    had_aws_uuid(b);
    assert_string_not_equal(a, b);
    assert_true(a[14] == '4' && strlen(a) == 36);
}

/* ---- XML ---- */

static void hostile_xml_is_refused(void **state)
{
    (void)state;
    had_str error = {0};
    const struct had_xml *root = had_xml_parse(
        &arena, HAD_STR("<a:r xmlns:a=\"u\"><a:x>1 &amp; <![CDATA[<2>]]></a:x><y/><x>3</x></a:r>"),
        &error);
    assert_non_null(root);
    assert_string_equal(c_text(had_xml_child(root, "x")->text), "1 & <2>");
    assert_null(had_xml_child(root, "z"));
    static const char *const wrong[] = {
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
        "<a>&undefined;</a>",
        "<a><b></a></b>",
        "<a/><b/>",
        "",
        "text",
        "<a",
        "<a>\xff</a>",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (had_xml_parse(&arena, had_str_c(wrong[i]), &error))
            fail_msg("accepted: %s", wrong[i]);
    struct had_buffer deep = {0};
    for (int i = 0; i < 100000; i++)
        had_buffer_c(&deep, "<a>");
    assert_null(had_xml_parse(&arena, had_buffer_view(&deep), &error));
    assert_non_null(strstr(c_text(error), "nested too deeply"));
    had_buffer_free(&deep);
}

/* ---- requests ---- */

static void wrong_parameters_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *service, *operation, *params, *error; /* NULL: accepted */
    } cases[] = {
        {"ec2", "CreateVpc", "{\"CidrBlock\":5}", "`CidrBlock` is no text"},
        {"ec2", "CreateVpc", "{\"DryRun\":\"yes\"}", "`DryRun` is neither `true` nor `false`"},
        {"ec2", "CreateVpc", "{\"Ipv4NetmaskLength\":4294967296}",
         "`Ipv4NetmaskLength` is a number of more than 32 bits"},
        {"ec2", "CreateVpc", "{\"TagSpecifications\":[{\"Tags\":[{\"Kei\":\"a\"}]}]}",
         "`TagSpecifications[0].Tags[0].Kei` is not known; did you mean `Key`?"},
        {"ec2", "CreateVpc", "{\"TagSpecifications\":{}}", "`TagSpecifications` is no list"},
        {"ec2", "CreateVpc", "{\"TagSpecifications\":null}", NULL},
        {"ds", "CreateTrust", "{\"DirectoryId\":\"d\"}", "`RemoteDomainName` is required"},
        {"ds", "CreateMicrosoftAD",
         "{\"Name\":\"n\",\"Password\":\"p\",\"VpcSettings\":{\"VpcId\":\"v\"}}",
         "`VpcSettings.SubnetIds` is required"},
        {"s3", "GetObject", "{\"Bucket\":\"b\"}", "`Key` is required"},
        {"s3", "GetObject", "{\"Bucket\":\"\",\"Key\":\"k\"}",
         "`Bucket` is empty but part of the path"},
        {"s3", "GetObject", "{\"Bucket\":\"b\",\"Key\":\"k\",\"IfMatch\":\"a\\r\\nX: y\"}",
         "`IfMatch` holds a line break or control character, which no header may"},
        {"s3", "PutObject", "{\"Bucket\":\"b\",\"Key\":\"k\",\"Body\":\"***\"}",
         "`Body` is no base64 text"},
        {"s3", "PutObject", "{\"Bucket\":\"b\",\"Key\":\"k\",\"Metadata\":{\"a b\":\"x\"}}",
         "`Metadata.a b` is no name for a header"},
        {"s3", "GetObject", "{\"Bucket\":\"b\",\"Key\":\"k\",\"IfModifiedSince\":\"soon\"}",
         "`IfModifiedSince` is no time such as `2026-11-24T10:00:00Z`"},
        {"route53", "ListHostedZones", "{\"MaxItems\":\"5\"}", NULL},
        {"iam", "GetRole", "[]", "the parameters are no JSON object"},
        {"identitystore", "GetGroupId", "{\"IdentityStoreId\":\"d\",\"AlternateIdentifier\":{}}",
         "`AlternateIdentifier` takes exactly one member"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct had_aws_service *service = had_aws_service_find(had_str_c(cases[i].service));
        json_t *params = json_loads(cases[i].params, 0, NULL);
        assert_non_null(params);
        struct had_aws_input input = {.value = params};
        struct had_aws_request request;
        had_str error = {0};
        bool built = had_aws_request_build(
            &arena, service, had_aws_operation_find(service, had_str_c(cases[i].operation)), &input,
            &request, &error);
        if (built != (cases[i].error == NULL))
            fail_msg("%s: %s", cases[i].params, c_text(error));
        if (!built)
            assert_string_equal(c_text(error), cases[i].error);
        json_decref(params);
    }
}

static void every_operation_is_found(void **state)
{
    (void)state;
    unsigned count = 0;
    for (uint32_t s = 0; s < had_aws_service_count; s++) {
        const struct had_aws_service *service = &had_aws_services[s];
        for (uint32_t i = 0; i < service->count; i++, count++) {
            const struct had_aws_operation *o = &had_aws_operations[service->first + i];
            assert_ptr_equal(had_aws_operation_find(service, had_str_c(had_aws_text(o->name))), o);
            const char *token = had_aws_text(o->token);
            if (*token)
                assert_non_null(had_aws_member(&had_aws_shapes[o->input], had_str_c(token)));
        }
        assert_null(had_aws_operation_find(service, HAD_STR("Nothing")));
        assert_null(had_aws_operation_find(service, HAD_STR("")));
    }
    assert_true(count >= 600);
    const struct had_aws_service *ec2 = had_aws_service_find(HAD_STR("ec2"));
    assert_string_equal(c_text(had_aws_operation_nearest(ec2, HAD_STR("CreateVpcs"))), "CreateVpc");
    /* The creates without a token that must not be repeated blindly. */
    static const char *const once[] = {"CreateVpc", "CreateSubnet", "CreateTransitGateway",
                                       "CreateVpnConnection"};
    for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
        const struct had_aws_operation *o = had_aws_operation_find(ec2, had_str_c(once[i]));
        assert_int_equal(o->repeat, HAD_AWS_ONCE);
        assert_string_equal(had_aws_text(o->token), "");
    }
}

static int tear_down(void **state)
{
    (void)state;
    had_arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(hosts_follow_regions),
        cmocka_unit_test(faults_are_told_apart),
        cmocka_unit_test(the_budget_stops_a_storm),
        cmocka_unit_test(delays_are_jittered_and_bounded),
        cmocka_unit_test(buckets_hold_rates),
        cmocka_unit_test(times_are_read_and_written),
        cmocka_unit_test(encodings_go_both_ways),
        cmocka_unit_test(hostile_xml_is_refused),
        cmocka_unit_test(wrong_parameters_are_refused_with_their_place),
        cmocka_unit_test(every_operation_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
