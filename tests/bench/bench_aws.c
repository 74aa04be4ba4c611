/*
 * CPU time of one call: 10,000 mixed calls against a server in a process of its own, 64 in flight;
 * then the same kinds of calls by botocore, where the Python of HAD_PYTHON has it, and the ratio of
 * both.
 *
 *     bench_aws [CALLS [IN-FLIGHT]]
 */
#include "aws/aws.h"
#include "server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The client's clock runs so much faster: rate limits are not what is measured. */
enum { HURRY = 100000 };

static const struct {
    const char *service, *operation, *params;
} kinds[] = {
    {"ec2", "DescribeVpcs",
     "{\"Filters\":[{\"Name\":\"tag:had:id\",\"Values\":[\"vpc shared\"]}],\"MaxResults\":100}"},
    {"ds", "DescribeTrusts", "{\"DirectoryId\":\"d-1234567890\"}"},
    {"iam", "GetRole", "{\"RoleName\":\"had-deploy\"}"},
    {"ram", "GetResourceShares", "{\"resourceOwner\":\"SELF\",\"name\":\"hub\"}"},
    {"s3", "PutObject",
     "{\"Bucket\":\"state-bucket\",\"Key\":\"a/b "
     "c.json\",\"Body\":\"eyJ2ZXJzaW9uIjoxfQ==\",\"IfNoneMatch\":\"*\"}"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- the server ---- */

static struct had_buffer vpcs, trusts;

static bool contains(had_str text, const char *part)
{
    size_t len = strlen(part);
    for (uint32_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.ptr + i, part, len) == 0)
            return true;
    return false;
}

static enum server_end answer(struct server *s, const struct server_request *r,
                              struct had_buffer *out)
{
    (void)s;
    const char *date = "x-amzn-RequestId: 59dbff89-35bd-4eac-99ed-be587EXAMPLE\r\n";
    if (contains(r->body, "Action=DescribeVpcs"))
        server_ok(out, date, vpcs.ptr);
    else if (contains(r->body, "Action=GetRole"))
        server_ok(out, date,
                  "<GetRoleResponse "
                  "xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetRoleResult><Role>"
                  "<Path>/</Path><RoleName>had-deploy</RoleName><RoleId>AROAEXAMPLE</RoleId>"
                  "<Arn>arn:aws:iam::123456789012:role/had-deploy</"
                  "Arn><CreateDate>2026-11-24T10:00:00Z</CreateDate>"
                  "<MaxSessionDuration>3600</MaxSessionDuration></Role></GetRoleResult></"
                  "GetRoleResponse>");
    else if (contains(r->head, ".DescribeTrusts"))
        server_ok(out, date, trusts.ptr);
    else if (contains(r->head, "/getresourceshares"))
        server_ok(out, date,
                  "{\"resourceShares\":[{\"resourceShareArn\":\"arn:aws:ram:eu-west-1:123456789012:"
                  "resource-share/x\","
                  "\"name\":\"hub\",\"owningAccountId\":\"123456789012\","
                  "\"allowExternalPrincipals\":false,"
                  "\"status\":\"ACTIVE\",\"creationTime\":1795514400.5}]}");
    else
        server_ok(out, "ETag: \"d41d8cd98f00b204e9800998ecf8427e\"\r\n", "");
    return SERVER_KEEP;
}

static void fill(void)
{
    had_buffer_c(
        &vpcs,
        "<DescribeVpcsResponse "
        "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId><vpcSet>");
    for (int i = 0; i < 20; i++)
        had_buffer_printf(
            &vpcs,
            "<item><vpcId>vpc-%08x</vpcId><ownerId>123456789012</ownerId><state>available</state>"
            "<cidrBlock>10.%d.0.0/16</cidrBlock><dhcpOptionsId>dopt-1</dhcpOptionsId><tagSet>"
            "<item><key>Name</key><value>spoke-%d</value></item><item><key>had:id</key><value>vpc "
            "%d</value></item>"
            "</tagSet><instanceTenancy>default</instanceTenancy><isDefault>false</isDefault></"
            "item>",
            (unsigned)i, i, i, i);
    had_buffer_c(&vpcs, "</vpcSet></DescribeVpcsResponse>");
    had_buffer_char(&vpcs, '\0');
    had_buffer_c(&trusts, "{\"Trusts\":[");
    for (int i = 0; i < 5; i++)
        had_buffer_printf(&trusts,
                          "%s{\"DirectoryId\":\"d-1234567890\",\"TrustId\":\"t-%d\","
                          "\"RemoteDomainName\":\"corp%d.example.com\","
                          "\"TrustType\":\"Forest\",\"TrustDirection\":\"Two-Way\",\"TrustState\":"
                          "\"Verified\",\"CreatedDateTime\":1.7955144E9}",
                          i ? "," : "", i, i);
    had_buffer_c(&trusts, "]}");
    had_buffer_char(&trusts, '\0');
}

/* ---- the client ---- */

static struct had_transport real;

static int64_t hurried(void *context)
{
    return real.now(context) * HURRY;
}

static uint32_t turn(void *context, uint32_t wait_ms)
{
    return real.turn(context, wait_ms > HURRY ? wait_ms / HURRY : wait_ms ? 1 : 0);
}

static unsigned done_count, failed_count;

static void done(void *context, const struct had_aws_result *result)
{
    (void)context;
    done_count++;
    if (result->outcome != HAD_AWS_DONE && !failed_count++)
        fprintf(stderr, HAD_FMT ": " HAD_FMT "\n", HAD_ARG(result->error.code),
                HAD_ARG(result->error.message));
}

static double cpu_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static double measure(unsigned calls, unsigned flight)
{
    struct had_arena arena = {0};
    struct had_http *http;
    had_str error = {0};
    const char *why;
    struct had_aws_call list[KINDS];
    http = had_http_new(&(struct had_http_options){.max_per_host = flight}, &why);
    real = had_http_transport(http);
    struct had_aws_options options = {.transport = real};
    options.transport.now = hurried;
    options.transport.turn = turn;
    struct had_aws *aws = had_aws_new(&options, &arena, &error);
    for (unsigned i = 0; i < KINDS; i++) {
        list[i] =
            (struct had_aws_call){.service = had_aws_service_find(had_str_c(kinds[i].service)),
                                  .params = json_loads(kinds[i].params, 0, NULL),
                                  .deadline_ms = UINT32_MAX,
                                  .done = done};
        list[i].operation = had_aws_operation_find(list[i].service, had_str_c(kinds[i].operation));
    }
    double before = cpu_seconds();
    for (unsigned sent = 0; done_count < calls;) {
        while (sent < calls && sent - done_count < flight)
            had_aws_submit(aws, &list[sent++ % KINDS]);
        had_aws_turn(aws, 1000);
    }
    double each = (cpu_seconds() - before) / calls * 1e6;
    for (unsigned i = 0; i < KINDS; i++)
        json_decref((json_t *)(uintptr_t)list[i].params);
    had_aws_free(aws);
    had_http_free(http);
    had_arena_free(&arena);
    return each;
}

static double botocore(const char *script, const char *url)
{
    char command[1024];
    double each = 0;
    snprintf(command, sizeof command, "${HAD_PYTHON:-python3} %s %s", script, url);
    FILE *out = popen(command, "r");
    if (!out || fscanf(out, "%lf", &each) != 1)
        each = 0;
    if (out)
        pclose(out);
    return each;
}

int main(int argc, char **argv)
{
    unsigned calls = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10000;
    unsigned flight = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 64;
    struct server server = {.handle = answer};
    char url[64];
    fill();
    server_start(&server);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", server.port);
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        while (getppid() == parent) { /* it ends with whoever measures */
            server_wait(&server, 1000);
            server_step(&server);
        }
        _exit(0);
    }
    if (child < 0 || !calls || !flight)
        return 1;
    setenv("AWS_ENDPOINT_URL", url, 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "example", 1);
    setenv("AWS_SESSION_TOKEN", "example", 1);
    setenv("AWS_REGION", "eu-west-1", 1);
    setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    setenv("no_proxy", "*", 1);
    double ours = measure(calls, flight);
    printf("%u calls of %d kinds, %u in flight, %u failed: %.0f us of CPU time a call\n", calls,
           KINDS, flight, failed_count, ours);
    fflush(stdout);
    double theirs = botocore(HAD_SOURCE_DIR "/tests/bench/bench_aws.py", url);
    if (theirs > 0)
        printf("botocore, one after the other: %.0f us a call, %.1f times as much\n", theirs,
               theirs / ours);
    else
        printf("botocore is not installed: nothing to compare with\n");
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
    had_buffer_free(&vpcs);
    had_buffer_free(&trusts);
    return failed_count ? 1 : 0;
}
