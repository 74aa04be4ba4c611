/*
 * lives SEED FIRST SECOND: a deployment's life in the model of AWS. The first spec is applied, a
 * further plan is empty; somebody changes or removes an object, which is found and mended; the
 * second spec is applied, a further plan is empty; all is destroyed, and what is left is what was
 * there before, and what is never destroyed. Says what it did, or what went wrong.
 */
#include "life.h"
#include "seed.h"

#include <stdlib.h>
#include <string.h>

static _Noreturn void wrong(const struct life *life, const char *what)
{
    fprintf(stderr, "%s\n%.*s", what, (int)life->messages.len,
            life->messages.ptr ? life->messages.ptr : "");
    exit(1);
}

struct found {
    uint32_t outside, kept;
    had_array(had_str) forgotten;
};

static void count_outside(void *context, const struct had_plan *plan)
{
    struct found *found = context;
    found->outside = plan->outside;
}

static void count_kept(void *context, const struct had_plan *plan)
{
    struct found *found = context;
    had_each(struct had_plan_step *, step, &plan->steps)
        found->kept += (*step)->action == HAD_PLAN_FORGET &&
                       (*step)->record->protect == HAD_RECORD_KEEP &&
                       had_str_starts((*step)->record->type, "AWS::"); /* not what is switched on */
}

static void applied(struct life *life, const char *what)
{
    char text[128];
    bool done = false;
    for (int round = 0; round < 4 && !done; round++)
        done = life_run(life, LIFE_APPLY, NULL, NULL);
    snprintf(text, sizeof text, "%s is not applied", what);
    if (!done)
        wrong(life, text);
    snprintf(text, sizeof text, "a plan of %s behind its apply is not empty", what);
    if (!life_run(life, LIFE_PLAN, NULL, NULL) || life->steps || life->changes)
        wrong(life, text);
}

/* Changes, or takes away, an object that somebody else can without hurting others. */
static bool meddle(struct life *life, const char **what)
{
    static const struct {
        const char *type, *id, *member;
        const char *value; /* JSON; NULL: the object goes */
    } deeds[] = {
        {"vpc", "VpcId", "EnableDnsHostnames", "false"},
        {"group-rule", "SecurityGroupRuleId", NULL, NULL},
        {"gateway-propagation", "Key", NULL, NULL},
        {"rule-association", "Id", NULL, NULL},
        {"resolver-rule", "Id", "Name", "\"somebody-elses\""},
    };
    json_t *objects = had_sim_objects(life->cloud);
    size_t count = json_array_size(objects);
    bool done = false;
    uint32_t first = chance_below(&life->chance, sizeof deeds / sizeof *deeds);
    for (uint32_t k = 0; k < sizeof deeds / sizeof *deeds && !done; k++) {
        uint32_t d = (first + k) % (sizeof deeds / sizeof *deeds);
        uint32_t from = count ? chance_below(&life->chance, (uint32_t)count) : 0;
        for (size_t i = 0; i < count && !done; i++) {
            const json_t *object = json_array_get(objects, (from + i) % count);
            const char *type = json_string_value(json_object_get(object, "type"));
            const char *id =
                json_string_value(json_object_get(json_object_get(object, "object"), deeds[d].id));
            if (!type || !id || strcmp(type, deeds[d].type) != 0)
                continue;
            json_t *value =
                deeds[d].value ? json_loads(deeds[d].value, JSON_DECODE_ANY, NULL) : NULL;
            done = had_sim_meddle(life->cloud, type, had_str_c(id), deeds[d].member, value);
            *what = deeds[d].type;
        }
    }
    json_decref(objects);
    return done;
}

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

int main(int argc, char **argv)
{
    struct life life;
    struct found found = {0};
    const char *what = "nothing";
    if (argc != 4)
        return 2;
    life_begin(&life, strtoull(argv[1], NULL, 10));
    if (!life_spec(&life, argv[2]))
        wrong(&life, "the first spec does not compile");
    life_seed(&life);
    char *before = inventory(life.cloud);
    applied(&life, "the first spec");
    uint32_t objects = had_sim_count(life.cloud).objects;
    bool meddled = meddle(&life, &what);
    if (meddled) {
        if (!life_run(&life, LIFE_PLAN, count_outside, &found) || found.outside == 0)
            wrong(&life, "what somebody else did is not found");
        applied(&life, "the mended spec");
    }
    if (!life_spec(&life, argv[3]))
        wrong(&life, "the second spec does not compile");
    if (!life_run(&life, LIFE_PLAN, NULL, NULL))
        wrong(&life, "the second spec cannot be planned");
    uint32_t edits = life.steps;
    applied(&life, "the second spec");
    bool gone = false;
    for (int round = 0; round < 4 && !gone; round++)
        gone = life_run(&life, LIFE_DESTROY, count_kept, &found);
    if (!gone)
        wrong(&life, "it cannot be destroyed");
    char *after = inventory(life.cloud);
    if (lines_of(after) != lines_of(before) + found.kept) {
        fprintf(stderr, "before:\n%s\nafter:\n%s\n", before, after);
        wrong(&life, "something else is left than was there before");
    }
    printf("{\"objects\": %u, \"meddled\": \"%s\", \"edits\": %u, \"kept\": %u}\n", objects, what,
           edits, found.kept);
    free(before);
    free(after);
    life_end(&life);
    return 0;
}
