#include "world/internal.h"

#include <openssl/rand.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct had_world_real {
    struct had_aws *aws;
    struct had_http *http;
    struct had_transport transport;
    struct had_world *world;
    int64_t speed, since; /* of the clock of waiting; when it began */
    bool busy;            /* something was in flight after the last turn, or was submitted since */
};

/* ---- the cloud ---- */

static uint64_t cloud_submit(void *context, const struct had_aws_call *call)
{
    struct had_world_real *real = context;
    real->busy = true;
    return had_aws_submit(real->aws, call);
}

static bool cloud_cancel(void *context, uint64_t number)
{
    return had_aws_cancel(((struct had_world_real *)context)->aws, number);
}

static uint32_t cloud_turn(void *context, uint32_t wait_ms)
{
    struct had_world_real *real = context;
    if (wait_ms && real->speed > 1)
        wait_ms = wait_ms > real->speed ? wait_ms / (uint32_t)real->speed : 1;
    if (!real->busy) /* the client does not wait for nothing; its network sleeps */
        return real->transport.turn(real->transport.context, wait_ms);
    uint32_t left = had_aws_turn(real->aws, wait_ms);
    real->busy = left > 0;
    return left;
}

static int64_t cloud_now(void *context)
{
    const struct had_world_real *real = context;
    const struct had_transport *t = &real->transport;
    return real->since + (t->now(t->context) - real->since) * real->speed;
}

static int64_t cloud_wall(void *context)
{
    const struct had_transport *t = &((struct had_world_real *)context)->transport;
    return t->wall(t->context);
}

/* ---- without one ---- */

static int64_t clock_ms(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint32_t local_turn(void *context, uint32_t wait_ms)
{
    (void)context;
    struct timespec pause = {.tv_sec = wait_ms / 1000, .tv_nsec = (long)(wait_ms % 1000) * 1000000};
    nanosleep(&pause, NULL); /* a signal ends it early: somebody wants the loop */
    return 0;
}

static int64_t local_now(void *context)
{
    (void)context;
    return clock_ms(CLOCK_MONOTONIC);
}

static int64_t local_wall(void *context)
{
    (void)context;
    return clock_ms(CLOCK_REALTIME);
}

/* ---- both ---- */

static void random_bytes(void *context, unsigned char *bytes, size_t count)
{
    (void)context;
    if (RAND_bytes(bytes, (int)count) != 1)
        had_out_of_memory(count); /* the generator has no entropy: nothing can go on */
}

void had_world_local(struct had_world *world)
{
    *world = (struct had_world){
        .cloud = {.turn = local_turn, .now = local_now, .wall = local_wall},
        .random = random_bytes,
        .pid = getpid(),
    };
    world->disk = had_disk_posix(world);
    const struct passwd *user = getpwuid(geteuid());
    snprintf(world->user, sizeof world->user, "%s", user ? user->pw_name : "");
    if (gethostname(world->host, sizeof world->host - 1) != 0)
        world->host[0] = '\0';
}

void had_world_local_close(struct had_world *world)
{
    had_disk_posix_close(world);
}

/*
 * How fast the clock of waiting runs: against a stand-in for AWS, whose own time passes faster, a
 * wait of minutes need not take them. Without an end point of its own the clock is the real one.
 */
static int64_t clock_speed(void)
{
    const char *end_point = getenv("AWS_ENDPOINT_URL"), *speed = getenv("HAD_CLOCK_SPEED");
    int64_t times = 1;
    if (!end_point || !*end_point || !speed || !had_str_to_int(had_str_c(speed), &times))
        return 1;
    return times < 1 ? 1 : times > 10000 ? 10000 : times;
}

struct had_world_real *had_world_open(const struct had_aws_options *options,
                                      const struct had_http_options *http, struct had_world *world,
                                      struct had_arena *arena, had_str *error)
{
    struct had_world_real *real = had_xmalloc(sizeof *real);
    *real = (struct had_world_real){.world = world};
    real->aws = had_aws_open(options, http, &real->http, arena, error);
    if (!real->aws) {
        free(real);
        return NULL;
    }
    real->transport = had_http_transport(real->http);
    real->speed = clock_speed();
    real->since = real->transport.now(real->transport.context);
    had_world_local(world);
    world->cloud =
        (struct had_cloud){real, cloud_submit, cloud_cancel, cloud_turn, cloud_now, cloud_wall};
    return real;
}

void had_world_close(struct had_world_real *real)
{
    if (!real)
        return;
    had_disk_posix_close(real->world);
    had_aws_free(real->aws);
    had_http_free(real->http);
    free(real);
}

had_str had_world_region(const struct had_world_real *real)
{
    return had_aws_region(real->aws);
}
