/* Calls on a network and a clock of the test's own: repeats, unknown outcomes, clocks, pages,
 * waiters. */
#include "aws/internal.h"
#include "aws/value.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a network that answers from a list, and a clock that only moves in turns ---- */

struct reply {
    enum had_http_outcome outcome;
    int status;
    const char *body, *headers; /* "Name: value" */
    bool timed_out;
};

struct sent {
    int64_t at;
    char url[256], body[512], authorization[256], attempt[64], id[64], date[32], region[32];
};

struct pending {
    struct had_http_request request;
    uint64_t number;
    bool cancelled;
};

struct network {
    int64_t now, wall;
    struct reply replies[64];
    unsigned reply_count, used;
    struct sent sent[256];
    unsigned sent_count;
    struct pending pending[64];
    unsigned pending_count;
    uint64_t last;
    bool hold;                         /* nothing is answered */
    bool give_sessions, deny_sessions; /* of an hour each, to whoever asks; else the list answers */
    unsigned sessions;
};

static void header_text(const struct had_http_request *r, const char *name, char *out, size_t room)
{
    out[0] = '\0';
    for (uint32_t i = 0; i < r->header_count; i++)
        if (had_str_eq_nocase(r->headers[i].name, had_str_c(name)))
            snprintf(out, room, HAD_FMT, HAD_ARG(r->headers[i].value));
}

static bool holds(had_str text, const char *part)
{
    size_t len = strlen(part);
    for (uint32_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.ptr + i, part, len) == 0)
            return true;
    return false;
}

static struct reply session_of(struct network *n, char *text, size_t room)
{
    struct had_buffer end = {0};
    if (n->deny_sessions)
        return (struct reply){HAD_HTTP_ANSWERED, 403,
                              "<R><Error><Code>AccessDenied</Code></Error></R>", NULL, false};
    had_aws_time_iso(&end, (n->wall + 3600000) * 1000);
    snprintf(text, room,
             "<R><AssumeRoleResult><Credentials><AccessKeyId>KEY%u</AccessKeyId><SecretAccessKey>s"
             "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>" HAD_FMT
             "</Expiration></Credentials></AssumeRoleResult></R>",
             ++n->sessions, HAD_ARG(had_buffer_view(&end)));
    had_buffer_free(&end);
    return (struct reply){HAD_HTTP_ANSWERED, 200, text, NULL, false};
}

static uint64_t net_submit(void *context, const struct had_http_request *r)
{
    struct network *n = context;
    assert_true(n->sent_count < 256);
    struct sent *s = &n->sent[n->sent_count++];
    s->at = n->now;
    snprintf(s->url, sizeof s->url, HAD_FMT, HAD_ARG(r->url));
    snprintf(s->body, sizeof s->body, HAD_FMT, HAD_ARG(r->body));
    header_text(r, "authorization", s->authorization, sizeof s->authorization);
    header_text(r, "amz-sdk-request", s->attempt, sizeof s->attempt);
    header_text(r, "amz-sdk-invocation-id", s->id, sizeof s->id);
    header_text(r, "x-amz-date", s->date, sizeof s->date);
    n->pending[n->pending_count++] = (struct pending){*r, ++n->last, false};
    return n->last;
}

static bool net_cancel(void *context, uint64_t number)
{
    struct network *n = context;
    for (unsigned i = 0; i < n->pending_count; i++)
        if (n->pending[i].number == number)
            n->pending[i].cancelled = true;
    return true;
}

static uint32_t net_turn(void *context, uint32_t wait_ms)
{
    struct network *n = context;
    bool moved = false;
    for (unsigned i = 0; i < n->pending_count; i++) {
        struct pending p = n->pending[i];
        char session[512];
        struct had_http_header header = {{0}, {0}};
        struct had_http_answer answer = {.outcome = HAD_HTTP_CANCELLED, .error = "cancelled"};
        if (!p.cancelled && n->hold)
            continue;
        n->pending[i--] = n->pending[--n->pending_count];
        if (!p.cancelled) {
            struct reply r = {HAD_HTTP_ANSWERED, 200, "", NULL, false};
            if (n->give_sessions && holds(p.request.body, "Action=AssumeRole&"))
                r = session_of(n, session, sizeof session);
            else if (n->used < n->reply_count)
                r = n->replies[n->used++];
            answer =
                (struct had_http_answer){.outcome = r.outcome,
                                         .timed_out = r.timed_out,
                                         .status = r.outcome == HAD_HTTP_ANSWERED ? r.status : 0,
                                         .body = had_str_c(r.body),
                                         .error = "as the test wants"};
            if (r.headers) {
                const char *colon = strchr(r.headers, ':');
                header = (struct had_http_header){{r.headers, (uint32_t)(colon - r.headers)},
                                                  had_str_c(colon + 2)};
                answer.headers = &header;
                answer.header_count = 1;
            }
        }
        moved = true;
        p.request.done(p.request.context, &answer);
    }
    if (!moved) {
        n->now += wait_ms;
        n->wall += wait_ms;
    }
    return n->pending_count;
}

static int64_t net_now(void *context)
{
    return ((struct network *)context)->now;
}

static int64_t net_wall(void *context)
{
    return ((struct network *)context)->wall;
}

struct world {
    struct fixture f;
    struct network net;
    struct had_aws *aws;
};

static void open_world(struct world *w)
{
    had_str error = {0};
    memset(w, 0, sizeof *w);
    fixture_start(&w->f);
    fixture_set(&w->f, "AWS_ACCESS_KEY_ID", "AKID");
    fixture_set(&w->f, "AWS_SECRET_ACCESS_KEY", "secret");
    fixture_set(&w->f, "AWS_REGION", "eu-west-1");
    w->net.now = 1000000;
    had_aws_time_parse(HAD_STR("2026-11-24T10:00:00Z"), &w->net.wall);
    w->net.wall /= 1000;
    struct had_aws_options options = {
        .transport = {&w->net, net_submit, net_cancel, net_turn, net_now, net_wall},
        .environment = &w->f.environment,
    };
    w->aws = had_aws_new(&options, &w->f.arena, &error);
    assert_non_null(w->aws);
}

static void close_world(struct world *w)
{
    had_aws_free(w->aws);
    fixture_stop(&w->f);
}

static void expect_reply(struct world *w, struct reply r)
{
    w->net.replies[w->net.reply_count++] = r;
}

static void answer(struct world *w, int status, const char *body)
{
    expect_reply(w, (struct reply){HAD_HTTP_ANSWERED, status, body, NULL, false});
}

static void run(struct world *w)
{
    for (int i = 0; i < 100000 && had_aws_turn(w->aws, 60000); i++)
        ;
}

static struct noted call(struct world *w, struct had_aws_call c, const char *params)
{
    struct noted noted = {0};
    json_t *json = params ? json_loads(params, 0, NULL) : NULL;
    assert_true(!params || json);
    c.params = json;
    c.context = &noted;
    had_aws_submit(w->aws, &c);
    json_decref(json);
    run(w);
    assert_int_equal(noted.calls, 1);
    return noted;
}

#define VPC "<CreateVpcResponse><vpc><vpcId>vpc-1</vpcId></vpc></CreateVpcResponse>"
#define VPCS "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>"
#define EC2_ERROR(code)                                                                            \
    "<Response><Errors><Error><Code>" code                                                         \
    "</Code><Message>m</Message></Error></Errors><RequestID>r-1</RequestID></Response>"
static const char *cidr = "{\"CidrBlock\":\"10.0.0.0/16\"}";

static void a_create_with_a_lost_answer_is_sent_once(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    expect_reply(&w, (struct reply){HAD_HTTP_UNKNOWN, 0, "", NULL, true});
    struct noted noted = call(&w, fixture_call("ec2", "CreateVpc"), cidr);
    assert_int_equal(noted.outcome, HAD_AWS_UNKNOWN);
    assert_string_equal(noted.code, HAD_AWS_NO_ANSWER);
    assert_int_equal(w.net.sent_count, 1);
    answer(&w, 502, "<html>bad gateway</html>");
    noted = call(&w, fixture_call("ec2", "CreateVpc"), cidr);
    assert_int_equal(noted.outcome, HAD_AWS_UNKNOWN);
    assert_int_equal(w.net.sent_count, 2);
    answer(&w, 200, "<CreateVpcResponse><vpc><vpcId>vpc-"); /* cut within the body */
    noted = call(&w, fixture_call("ec2", "CreateVpc"), cidr);
    assert_int_equal(noted.outcome, HAD_AWS_UNKNOWN);
    assert_int_equal(w.net.sent_count, 3);
    close_world(&w);
}

static void what_can_be_repeated_is(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    /* It never left: repeated, even a create. */
    expect_reply(&w, (struct reply){HAD_HTTP_NOT_SENT, 0, "", NULL, false});
    answer(&w, 200, VPC);
    struct noted noted = call(&w, fixture_call("ec2", "CreateVpc"), cidr);
    assert_int_equal(noted.outcome, HAD_AWS_DONE);
    assert_int_equal(noted.attempts, 2);
    json_decref(noted.value);
    /* Refused for its rate: it had no effect. */
    answer(&w, 503, EC2_ERROR("RequestLimitExceeded"));
    answer(&w, 200, VPC);
    noted = call(&w, fixture_call("ec2", "CreateVpc"), cidr);
    assert_int_equal(noted.outcome, HAD_AWS_DONE);
    json_decref(noted.value);
    /* A read. */
    expect_reply(&w, (struct reply){HAD_HTTP_UNKNOWN, 0, "", NULL, false});
    answer(&w, 500, "");
    answer(&w, 200, VPCS);
    noted = call(&w, fixture_call("ec2", "DescribeVpcs"), NULL);
    assert_int_equal(noted.outcome, HAD_AWS_DONE);
    assert_int_equal(noted.attempts, 3);
    json_decref(noted.value);
    /* A create with a token: the same token each time. */
    w.net.sent_count = 0;
    expect_reply(&w, (struct reply){HAD_HTTP_UNKNOWN, 0, "", NULL, false});
    answer(&w, 200, "<CreateRouteTableResponse><routeTable/></CreateRouteTableResponse>");
    noted = call(&w, fixture_call("ec2", "CreateRouteTable"), "{\"VpcId\":\"vpc-1\"}");
    assert_int_equal(noted.outcome, HAD_AWS_DONE);
    assert_int_equal(w.net.sent_count, 2);
    assert_string_equal(w.net.sent[0].body, w.net.sent[1].body);
    assert_non_null(strstr(w.net.sent[0].body, "&ClientToken="));
    assert_string_equal(w.net.sent[0].attempt, "attempt=1; max=3");
    assert_string_equal(w.net.sent[1].attempt, "attempt=2; max=3");
    assert_string_equal(w.net.sent[0].id, w.net.sent[1].id);
    json_decref(noted.value);
    /* What the caller vouches for. */
    expect_reply(&w, (struct reply){HAD_HTTP_UNKNOWN, 0, "", NULL, false});
    answer(&w, 200, VPC);
    struct had_aws_call c = fixture_call("ec2", "CreateVpc");
    c.repeatable = true;
    noted = call(&w, c, cidr);
    assert_int_equal(noted.outcome, HAD_AWS_DONE);
    json_decref(noted.value);
    close_world(&w);
}

static void errors_are_final(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    answer(&w, 400, EC2_ERROR("VpcLimitExceeded"));
    struct noted noted = call(&w, fixture_call("ec2", "CreateVpc"), cidr);
    assert_int_equal(noted.outcome, HAD_AWS_FAILED);
    assert_string_equal(noted.code, "VpcLimitExceeded");
    assert_int_equal(noted.attempts, 1);
    /* Three tries for what fails for a moment, then the last error. */
    for (int i = 0; i < 5; i++)
        answer(&w, 500, EC2_ERROR("InternalError"));
    noted = call(&w, fixture_call("ec2", "DescribeVpcs"), NULL);
    assert_int_equal(noted.outcome, HAD_AWS_FAILED);
    assert_int_equal(noted.attempts, 3);
    assert_int_equal(noted.status, 500);
    /* Nothing is sent for parameters that cannot be. */
    w.net.sent_count = 0;
    noted = call(&w, fixture_call("ec2", "CreateVpc"), "{\"CidrBlok\":\"x\"}");
    assert_string_equal(noted.code, HAD_AWS_PARAMETERS);
    noted = call(&w, fixture_call("ec2", "CreateSubnet"), "{}");
    assert_string_equal(noted.message, "`VpcId` is required");
    assert_int_equal(w.net.sent_count, 0);
    close_world(&w);
}

static void throttled_calls_go_on_until_their_deadline(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    int64_t start = w.net.now;
    for (int i = 0; i < 12; i++)
        answer(&w, 400, "{\"__type\":\"ThrottlingException\",\"message\":\"slow\"}");
    answer(&w, 200, "{\"ResolverRules\":[]}");
    struct noted noted = call(&w, fixture_call("route53resolver", "ListResolverRules"), NULL);
    assert_int_equal(noted.outcome, HAD_AWS_DONE);
    assert_int_equal(noted.attempts, 13);
    json_decref(noted.value);
    for (int i = 0; i < 50; i++)
        answer(&w, 400, "{\"__type\":\"ThrottlingException\",\"message\":\"slow\"}");
    struct had_aws_call c = fixture_call("route53resolver", "ListResolverRules");
    c.deadline_ms = 30000;
    start = w.net.now;
    noted = call(&w, c, NULL);
    assert_int_equal(noted.outcome, HAD_AWS_FAILED);
    assert_true(strcmp(noted.code, "ThrottlingException") == 0 ||
                strcmp(noted.code, HAD_AWS_DEADLINE) == 0);
    assert_true(w.net.now - start <= 31000);
    close_world(&w);
}

/* What a service asks for is heeded, never sooner than our own delay nor five seconds after it. */
static void wishes_of_services_are_heeded(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        int64_t least, most;
    } cases[] = {
        {"x-amz-retry-after: 3000", 3000, 3000},
        {"x-amz-retry-after: 60000", 5000, 6000},
        {"Retry-After: 4", 4000, 4000},
        {"Retry-After: Wed, 25 Nov 2026 10:00:00 GMT", 0, 1000},
        {"x-amz-retry-after: -5", 0, 1000},
        {"x-amz-retry-after: 99999999999999999999", 0, 1000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w;
        open_world(&w);
        expect_reply(&w,
                     (struct reply){HAD_HTTP_ANSWERED, 400, "{\"__type\":\"ThrottlingException\"}",
                                    cases[i].header, false});
        answer(&w, 200, "{\"ResolverRules\":[]}");
        int64_t start = w.net.now;
        struct noted noted = call(&w, fixture_call("route53resolver", "ListResolverRules"), NULL);
        json_decref(noted.value);
        assert_int_equal(noted.attempts, 2);
        int64_t took = w.net.now - start;
        if (took < cases[i].least || took > cases[i].most + 400) /* the bucket was emptied, too */
            fail_msg("%s: %lld ms", cases[i].header, (long long)took);
        close_world(&w);
    }
}

static void calls_keep_to_the_known_rate(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    struct noted noted[30] = {{0}};
    for (int i = 0; i < 30; i++) {
        struct had_aws_call c = fixture_call("route53resolver", "ListResolverRules");
        c.context = &noted[i];
        answer(&w, 200, "{\"ResolverRules\":[]}");
        had_aws_submit(w.aws, &c);
    }
    int64_t start = w.net.now;
    run(&w);
    for (int i = 0; i < 30; i++) {
        assert_int_equal(noted[i].outcome, HAD_AWS_DONE);
        json_decref(noted[i].value);
    }
    /* Five at once, then five a second; in no second more than ten. */
    assert_in_range(w.net.now - start, 4900, 5300);
    for (int i = 10; i < 30; i++)
        assert_true(w.net.sent[i].at - w.net.sent[i - 10].at >= 990);
    close_world(&w);
}

static void a_clock_that_is_off_is_corrected(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    const char *date = "Date: Tue, 24 Nov 2026 12:00:00 GMT";
    expect_reply(&w,
                 (struct reply){HAD_HTTP_ANSWERED, 403, EC2_ERROR("RequestExpired"), date, false});
    answer(&w, 200, VPCS);
    struct noted noted = call(&w, fixture_call("ec2", "DescribeVpcs"), NULL);
    assert_int_equal(noted.outcome, HAD_AWS_DONE);
    json_decref(noted.value);
    assert_string_equal(w.net.sent[0].date, "20261124T100000Z");
    assert_string_equal(w.net.sent[1].date, "20261124T120000Z");
    /* It stays corrected; and when the clock was not the fault, the error is the answer. */
    expect_reply(&w, (struct reply){HAD_HTTP_ANSWERED, 401, EC2_ERROR("AuthFailure"), date, false});
    noted = call(&w, fixture_call("ec2", "DescribeVpcs"), NULL);
    assert_string_equal(w.net.sent[2].date, "20261124T120000Z");
    assert_int_equal(noted.outcome, HAD_AWS_FAILED);
    assert_string_equal(noted.code, "AuthFailure");
    assert_int_equal(w.net.sent_count, 3);
    close_world(&w);
}

#define SESSION(key)                                                                               \
    "<R><AssumeRoleResult><Credentials><AccessKeyId>" key                                          \
    "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</"                          \
    "SessionToken><Expiration>2026-11-24T11:00:00Z</Expiration></Credentials></"                   \
    "AssumeRoleResult></R>"

static void a_session_that_ended_is_made_anew(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    struct had_aws_role role = {.arn = HAD_STR("arn:aws:iam::111111111111:role/x")};
    struct had_aws_call c = fixture_call("ds", "DescribeDirectories");
    c.role = &role;
    answer(&w, 200, SESSION("KEY1"));
    answer(&w, 400, "{\"__type\":\"ExpiredTokenException\",\"message\":\"m\"}");
    answer(&w, 200, SESSION("KEY2"));
    answer(&w, 200, "{\"DirectoryDescriptions\":[]}");
    struct noted noted = call(&w, c, NULL);
    assert_int_equal(noted.outcome, HAD_AWS_DONE);
    json_decref(noted.value);
    assert_non_null(strstr(w.net.sent[1].authorization, "Credential=KEY1/"));
    assert_non_null(strstr(w.net.sent[3].authorization, "Credential=KEY2/"));
    /* Long waits outlive a session: fifty minutes on, the next call has keys that serve. */
    w.net.now += 51 * 60000;
    w.net.wall += 51 * 60000;
    answer(&w, 200, SESSION("KEY3"));
    answer(&w, 200, "{\"DirectoryDescriptions\":[]}");
    noted = call(&w, c, NULL);
    assert_int_equal(noted.outcome, HAD_AWS_DONE);
    json_decref(noted.value);
    assert_non_null(strstr(w.net.sent[5].authorization, "Credential=KEY3/"));
    close_world(&w);
}

static void pages_are_joined(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    answer(&w, 200, "{\"ResolverRules\":[{\"Id\":\"a\"},{\"Id\":\"b\"}],\"NextToken\":\"t1\"}");
    answer(&w, 500, "");
    answer(&w, 200, "{\"ResolverRules\":[{\"Id\":\"c\"}],\"NextToken\":\"t2\"}");
    answer(&w, 200, "{\"ResolverRules\":[]}");
    struct had_aws_call c = fixture_call("route53resolver", "ListResolverRules");
    c.pages = true;
    struct noted noted = call(&w, c, "{\"MaxResults\":2}");
    assert_int_equal(noted.outcome, HAD_AWS_DONE);
    assert_int_equal(json_array_size(json_object_get(noted.value, "ResolverRules")), 3);
    assert_null(json_object_get(noted.value, "NextToken"));
    json_decref(noted.value);
    assert_string_equal(w.net.sent[1].body, "{\"MaxResults\":2,\"NextToken\":\"t1\"}");
    assert_string_equal(w.net.sent[3].body, "{\"MaxResults\":2,\"NextToken\":\"t2\"}");
    /* Markers and IsTruncated; several lists; tokens of several members. */
    answer(&w, 200,
           "<R><ListRolesResult><Roles/><IsTruncated>true</IsTruncated><Marker>m</Marker></"
           "ListRolesResult></R>");
    answer(&w, 200,
           "<R><ListRolesResult><Roles><member><RoleName>x</RoleName></member></"
           "Roles><IsTruncated>false</IsTruncated></ListRolesResult></R>");
    c = fixture_call("iam", "ListRoles");
    c.pages = true;
    noted = call(&w, c, NULL);
    assert_int_equal(json_array_size(json_object_get(noted.value, "Roles")), 1);
    json_decref(noted.value);
    assert_non_null(strstr(w.net.sent[5].body, "&Marker=m"));
    answer(&w, 200,
           "<R><ResourceRecordSets><ResourceRecordSet><Name>a</Name><Type>A</Type></"
           "ResourceRecordSet></ResourceRecordSets>"
           "<IsTruncated>true</IsTruncated><NextRecordName>b.</NextRecordName><NextRecordType>A</"
           "NextRecordType></R>");
    answer(&w, 200,
           "<R><ResourceRecordSets><ResourceRecordSet><Name>b</Name><Type>A</Type></"
           "ResourceRecordSet></ResourceRecordSets>"
           "<IsTruncated>false</IsTruncated></R>");
    c = fixture_call("route53", "ListResourceRecordSets");
    c.pages = true;
    noted = call(&w, c, "{\"HostedZoneId\":\"Z1\"}");
    assert_int_equal(json_array_size(json_object_get(noted.value, "ResourceRecordSets")), 2);
    json_decref(noted.value);
    assert_non_null(strstr(w.net.sent[7].url, "/2013-04-01/hostedzone/Z1/rrset?"));
    assert_non_null(strstr(w.net.sent[7].url, "name=b."));
    assert_non_null(strstr(w.net.sent[7].url, "type=A"));
    /* A token that comes back would go on for ever. */
    for (int i = 0; i < 3; i++)
        answer(&w, 200, "{\"ResolverRules\":[],\"NextToken\":\"same\"}");
    c = fixture_call("route53resolver", "ListResolverRules");
    c.pages = true;
    noted = call(&w, c, NULL);
    assert_int_equal(noted.outcome, HAD_AWS_FAILED);
    assert_string_equal(noted.message, "the pages of the answer go in a circle");
    close_world(&w);
}

#define NAT(state) "<R><natGatewaySet><item><state>" state "</state></item></natGatewaySet></R>"

static struct noted wait_for(struct world *w, const char *service, const char *name)
{
    struct noted noted = {0};
    struct had_aws_call c = {
        .service = had_aws_service_find(had_str_c(service)), .done = note, .context = &noted};
    const struct had_aws_waiter *waiter = had_aws_waiter_find(c.service, had_str_c(name));
    assert_non_null(waiter);
    had_aws_wait(w->aws, waiter, &c, 0, 0);
    run(w);
    assert_int_equal(noted.calls, 1);
    json_decref(noted.value);
    return noted;
}

static void waiters_wait(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    int64_t start = w.net.now;
    answer(&w, 200, NAT("pending"));
    answer(&w, 400, EC2_ERROR("NatGatewayNotFound")); /* just made: not seen yet */
    answer(&w, 200, NAT("available"));
    struct noted noted = wait_for(&w, "ec2", "NatGatewayAvailable");
    assert_int_equal(noted.outcome, HAD_AWS_DONE);
    assert_int_equal(noted.attempts, 3);
    assert_int_equal(w.net.now - start, 30000);
    answer(&w, 200, NAT("failed"));
    noted = wait_for(&w, "ec2", "NatGatewayAvailable");
    assert_string_equal(noted.code, HAD_AWS_WAITER);
    answer(&w, 400, EC2_ERROR("NatGatewayNotFound"));
    noted = wait_for(&w, "ec2", "NatGatewayDeleted");
    assert_int_equal(noted.outcome, HAD_AWS_DONE);
    answer(&w, 400, EC2_ERROR("UnauthorizedOperation"));
    noted = wait_for(&w, "ec2", "NatGatewayAvailable");
    assert_string_equal(noted.code, "UnauthorizedOperation");
    answer(&w, 200, "<R><reservationSet/></R>");
    answer(&w, 200, "<R><reservationSet><item/></reservationSet></R>");
    noted = wait_for(&w, "ec2", "InstanceExists");
    assert_int_equal(noted.attempts, 2);
    close_world(&w);
}

/* A directory takes three quarters of an hour, a session of a role lasts one: waits outlive it. */
static void waits_outlive_sessions(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    w.net.give_sessions = true;
    struct had_aws_role role = {.arn = HAD_STR("arn:aws:iam::111111111111:role/x")};
    struct noted noted = {0};
    struct had_aws_call c = {
        .service = had_aws_service_find(HAD_STR("ec2")), .role = &role, .done = note};
    c.context = &noted;
    const struct had_aws_waiter *waiter =
        had_aws_waiter_find(c.service, HAD_STR("NatGatewayAvailable"));
    int64_t start = w.net.now;
    for (int i = 0; i < 47; i++)
        answer(&w, 200, NAT("pending"));
    answer(&w, 200, NAT("available"));
    had_aws_wait(w.aws, waiter, &c, 180000, 60); /* every three minutes for 2 h 21 min */
    run(&w);
    json_decref(noted.value);
    assert_int_equal(noted.outcome, HAD_AWS_DONE);
    assert_int_equal(noted.attempts, 48);
    assert_in_range(w.net.now - start, 141 * 60000, 142 * 60000);
    /* Renewed from a quarter of an hour before the end of each: at about 45 and 90 and 135 min. */
    assert_in_range(w.net.sessions, 3, 4);
    unsigned last = 0;
    for (unsigned i = 0; i < w.net.sent_count; i++) {
        const char *key = strstr(w.net.sent[i].authorization, "Credential=KEY");
        if (!key)
            continue;
        unsigned number = (unsigned)strtoul(key + strlen("Credential=KEY"), NULL, 10);
        assert_true(number == last || number == last + 1);
        last = number;
    }
    assert_int_equal(last, w.net.sessions);
    /* No new session is given: the one that there is serves on, and its end ends the wait. */
    w.net.deny_sessions = true;
    w.net.sent_count = 0;
    start = w.net.now;
    memset(&noted, 0, sizeof noted);
    w.net.reply_count = w.net.used = 0;
    for (int i = 0; i < 60; i++)
        answer(&w, 200, NAT("pending"));
    had_aws_wait(w.aws, waiter, &c, 300000, 60);
    run(&w);
    assert_int_equal(noted.outcome, HAD_AWS_FAILED);
    assert_string_equal(noted.code, HAD_AWS_NO_CREDENTIALS);
    assert_non_null(strstr(noted.message, "AccessDenied"));
    struct had_aws_identity *identity = had_aws_identity_role(w.aws, w.aws->own, &role);
    assert_in_range(w.net.wall - identity->expires, 0,
                    5 * 60000); /* the first look after its end */
    assert_true(w.net.now - start >= 5 * 60000 && w.net.used > 1);
    close_world(&w);
}

/* Every expression of the models is of the kind that path.c knows. */
static void expressions_are_known(void **state)
{
    (void)state;
    unsigned count = 0;
    for (uint32_t s = 0; s < had_aws_service_count; s++)
        for (uint16_t i = 0; i < had_aws_services[s].waiter_count; i++) {
            const struct had_aws_waiter *waiter = &had_aws_waiters[had_aws_services[s].waiter + i];
            for (uint16_t k = 0; k < waiter->count; k++) {
                const char *text = had_aws_text(had_aws_acceptors[waiter->first + k].argument);
                bool length = strncmp(text, "length(", 7) == 0;
                size_t known = strspn(text + (length ? 7 : 0),
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz[].");
                assert_string_equal(text + (length ? 7 : 0) + known, length ? ") > `0`" : "");
                count++;
            }
        }
    assert_true(count > 50);
    json_t *value = json_loads(
        "{\"a\":[{\"b\":[{\"c\":1},{\"c\":2}]},{\"b\":[{\"c\":3}]},{\"x\":0}],\"d\":{\"e\":\"f\"}}",
        0, NULL);
    json_t *found = had_aws_path(value, "a[].b[].c");
    assert_int_equal(json_array_size(found), 3);
    json_decref(found);
    found = had_aws_path(value, "d.e");
    assert_string_equal(json_string_value(found), "f");
    json_decref(found);
    assert_null(had_aws_path(value, "d.x.y"));
    assert_true(had_aws_path_true(value, "length(a[]) > `0`"));
    assert_false(had_aws_path_true(value, "length(z[]) > `0`"));
    json_decref(value);
}

static void calls_can_be_cancelled(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    struct noted noted = {0};
    struct had_aws_call c = fixture_call("ec2", "CreateVpc");
    json_t *params = json_loads(cidr, 0, NULL);
    c.params = params;
    c.context = &noted;
    uint64_t number = had_aws_submit(w.aws, &c);
    assert_true(had_aws_cancel(w.aws, number)); /* not sent yet */
    run(&w);
    assert_int_equal(noted.outcome, HAD_AWS_FAILED);
    assert_string_equal(noted.code, HAD_AWS_CANCELLED);
    w.net.hold = true;
    number = had_aws_submit(w.aws, &c);
    had_aws_turn(w.aws, 0);
    had_aws_turn(w.aws, 0);
    assert_int_equal(w.net.sent_count, 1);
    assert_true(had_aws_cancel(w.aws, number));
    run(&w);
    assert_int_equal(noted.outcome, HAD_AWS_UNKNOWN);
    assert_false(had_aws_cancel(w.aws, number));
    had_aws_submit(w.aws, &c); /* ends with the client */
    had_aws_turn(w.aws, 0);
    json_decref(params);
    close_world(&w);
    assert_int_equal(noted.calls, 2);
}

static void hosts_and_buckets(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    json_decref(call(&w, fixture_call("s3", "HeadObject"),
                     "{\"Bucket\":\"state-1\",\"Key\":\"a b/c.json\"}")
                    .value);
    assert_string_equal(w.net.sent[0].url,
                        "https://state-1.s3.eu-west-1.amazonaws.com/a%20b/c.json");
    assert_non_null(strstr(w.net.sent[0].authorization, "/eu-west-1/s3/aws4_request"));
    assert_non_null(strstr(w.net.sent[0].authorization, "x-amz-content-sha256"));
    json_decref(call(&w, fixture_call("s3", "HeadBucket"), "{\"Bucket\":\"with.dots\"}").value);
    assert_string_equal(w.net.sent[1].url, "https://s3.eu-west-1.amazonaws.com/with.dots");
    answer(&w, 200, "<R><GetRoleResult/></R>");
    struct noted noted = call(&w, fixture_call("iam", "GetRole"), "{\"RoleName\":\"r\"}");
    json_decref(noted.value);
    assert_string_equal(w.net.sent[2].url, "https://iam.amazonaws.com/");
    assert_non_null(strstr(w.net.sent[2].authorization, "/us-east-1/iam/aws4_request"));
    struct had_aws_call c = fixture_call("ds", "DescribeDirectories");
    c.region = HAD_STR("cn-north-1");
    answer(&w, 200, "{}");
    noted = call(&w, c, NULL);
    json_decref(noted.value);
    assert_string_equal(w.net.sent[3].url, "https://ds.cn-north-1.amazonaws.com.cn/");
    c.region = HAD_STR("evil.example.com/");
    noted = call(&w, c, NULL);
    assert_string_equal(noted.code, HAD_AWS_NO_ENDPOINT);
    fixture_set(&w.f, "AWS_ENDPOINT_URL", "http://127.0.0.1:5000/all");
    fixture_set(&w.f, "AWS_ENDPOINT_URL_DIRECTORY_SERVICE", "http://127.0.0.1:5001");
    c.region = (had_str){0};
    answer(&w, 200, "{}");
    noted = call(&w, c, NULL);
    json_decref(noted.value);
    assert_string_equal(w.net.sent[4].url, "http://127.0.0.1:5001/");
    json_decref(
        call(&w, fixture_call("s3", "HeadObject"), "{\"Bucket\":\"state-1\",\"Key\":\"k\"}").value);
    assert_string_equal(w.net.sent[5].url, "http://127.0.0.1:5000/all/state-1/k");
    close_world(&w);
}

static void previews_hold_no_secret(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    json_t *params =
        json_loads("{\"DirectoryId\":\"d-1\",\"RemoteDomainName\":\"corp.example.com\","
                   "\"TrustPassword\":\"hunter2\",\"TrustDirection\":\"Two-Way\"}",
                   0, NULL);
    struct had_aws_call c = fixture_call("ds", "CreateTrust");
    struct had_aws_preview shown;
    had_str error = {0};
    c.params = params;
    assert_true(had_aws_preview(w.aws, &c, &w.f.arena, &shown, &error));
    assert_string_equal(had_str_cstr(&w.f.arena, shown.body),
                        "{\"DirectoryId\":\"d-1\",\"RemoteDomainName\":\"corp.example.com\","
                        "\"TrustPassword\":\"(redacted)\",\"TrustDirection\":\"Two-Way\"}");
    bool found = false;
    for (uint32_t i = 0; i < shown.header_count; i++)
        if (had_str_is(shown.headers[i].name, "Authorization"))
            found = had_str_ends(shown.headers[i].value, "Signature=REDACTED");
    assert_true(found);
    assert_int_equal(w.net.sent_count, 0);
    json_decref(params);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_create_with_a_lost_answer_is_sent_once),
        cmocka_unit_test(what_can_be_repeated_is),
        cmocka_unit_test(errors_are_final),
        cmocka_unit_test(throttled_calls_go_on_until_their_deadline),
        cmocka_unit_test(wishes_of_services_are_heeded),
        cmocka_unit_test(calls_keep_to_the_known_rate),
        cmocka_unit_test(a_clock_that_is_off_is_corrected),
        cmocka_unit_test(a_session_that_ended_is_made_anew),
        cmocka_unit_test(pages_are_joined),
        cmocka_unit_test(waiters_wait),
        cmocka_unit_test(waits_outlive_sessions),
        cmocka_unit_test(expressions_are_known),
        cmocka_unit_test(calls_can_be_cancelled),
        cmocka_unit_test(hosts_and_buckets),
        cmocka_unit_test(previews_hold_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
