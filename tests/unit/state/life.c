#include "life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const places[][2] = {
    {"hub", "eu-west-1"}, {"hub", "eu-central-1"}, {"spoke/web", "eu-west-1"}, {"hub", "global"}};

void life_start(struct life *life, struct sim *sim, struct sim_process *process, const char *url,
                uint64_t seed)
{
    *life =
        (struct life){.url = url, .sim = sim, .process = process, .prefix = 'a', .chance = {seed}};
}

void life_alone(struct life *life, struct sim *sim, struct sim_process *process, const char *url,
                uint64_t machine_seed, uint64_t seed)
{
    sim_start(sim, machine_seed);
    sim_process(sim, process, 1);
    life_start(life, sim, process, url, seed);
}

void life_two(struct sim *sim, struct sim_process *first, struct sim_process *second,
              struct life *a, struct life *b, const char *url)
{
    sim_process(sim, first, 11);
    sim_process(sim, second, 12);
    life_start(a, sim, first, url, 1);
    life_start(b, sim, second, url, 2);
}

void life_must(enum had_state_result result, const struct life *life)
{
    if (result != HAD_STATE_OK)
        fail_msg("%d: " HAD_FMT, (int)result, HAD_ARG(life->message));
}

enum had_state_result life_open(struct life *life, bool write, uint32_t timeout_ms)
{
    return had_state_open(&life->process->world, &life->arena, had_str_c(life->url),
                          HAD_STR("acme"), write, timeout_ms, HAD_STR("had apply"), &life->state,
                          &life->message);
}

static had_str address_of(struct life *life, int name)
{
    return had_str_printf(&life->arena, "vpc %c%d", life->prefix, name);
}

static void play(struct life_model *model, const struct life_step *steps, int count)
{
    *model = (struct life_model){{0}, {0}};
    for (int i = 0; i < count; i++) {
        if (steps[i].from >= 0)
            model->version[steps[i].from] = 0;
        model->version[steps[i].name] = steps[i].version;
        model->place[steps[i].name] = steps[i].place;
    }
}

static struct life_step *step(struct life *life, int name, int version, int place)
{
    assert_true(life->logged < LIFE_STEPS);
    struct life_step *s = &life->steps[life->logged++];
    *s = (struct life_step){name, version, place, -1};
    return s;
}

/* Everything of the record follows from version and place, so that a mix of two would be seen. */
static void fill(struct life *life, struct had_record *record, int version, int place)
{
    record->account = had_str_c(places[place][0]);
    record->region = had_str_c(places[place][1]);
    record->account_id = HAD_STR("111122223333");
    record->generation = (uint32_t)version;
    record->status = version % 2 ? HAD_RECORD_READY : HAD_RECORD_UPDATING;
    record->id = had_str_printf(&life->arena, "vpc-%08x", (unsigned)version);
    record->created = record->changed = life->sim->wall;
    json_decref(record->applied);
    record->applied = json_pack("{s:i,s:s}", "Version", version, "Text", "a \"b\"\n\xc3\xa9");
    record->needs.count = 0;
    *had_push(&life->arena, &record->needs) =
        (struct had_record_edge){HAD_STR("account hub"), HAD_STR("needs")};
}

static enum had_state_result change(struct life *life)
{
    struct life_model model;
    int name = (int)chance_below(&life->chance, LIFE_NAMES);
    int place = (int)chance_below(&life->chance, 4);
    play(&model, life->steps, life->logged);
    had_str address = address_of(life, name);
    struct had_record *record = had_state_find(life->state, address);
    assert_int_equal(record != NULL, model.version[name] != 0);
    uint32_t what = chance_below(&life->chance, 10);
    enum had_state_result result;
    if (record && what < 2) {
        result = had_state_remove(life->state, record, &life->message);
        if (result == HAD_STATE_OK)
            step(life, name, 0, 0);
        return result;
    }
    int to = (name + 1) % LIFE_NAMES;
    if (record && what < 4 && !model.version[to]) {
        result = had_state_move(life->state, record, address_of(life, to), &life->message);
        if (result == HAD_STATE_OK)
            step(life, to, model.version[name], model.place[name])->from = name;
        return result;
    }
    if (!record)
        record = had_state_add(life->state, address, HAD_STR("AWS::EC2::VPC"));
    else
        place = what < 8 ? model.place[name] : place; /* or it moved to another Region */
    fill(life, record, ++life->versions, place);
    result = had_state_log(life->state, record, &life->message);
    if (result == HAD_STATE_OK)
        step(life, name, life->versions, place);
    return result;
}

enum had_state_result life_sync(struct life *life)
{
    int logged = life->logged;
    enum had_state_result result = had_state_sync(life->state, &life->message);
    if (result == HAD_STATE_OK)
        life->synced = logged;
    return result;
}

static enum had_state_result random_step(struct life *life)
{
    enum had_state_result result;
    int logged;
    switch (chance_below(&life->chance, 20)) {
    case 0:
    case 1:
    case 2:
    case 6:
    case 7:
        return life_sync(life);
    case 3:
        life->sim->now += 25000;
        life->sim->wall += 25000;
        return had_state_tick(life->state, &life->message);
    case 4:
        life->sim->now += 2500;
        life->sim->wall += 2500;
        return had_state_tick(life->state, &life->message);
    case 5:
        logged = life->logged;
        result = had_state_checkpoint(life->state, &life->message);
        if (result == HAD_STATE_OK)
            life->synced = logged;
        return result;
    default:
        return change(life);
    }
}

enum had_state_result life_go(struct life *life, int count, bool go_on)
{
    enum had_state_result result = HAD_STATE_OK;
    for (int i = 0; i < count && (result == HAD_STATE_OK || (go_on && result != HAD_STATE_MOVED));
         i++)
        result = random_step(life);
    return result;
}

static void drop(struct life *life)
{
    life->state = NULL;
    had_arena_free(&life->arena);
}

enum had_state_result life_close(struct life *life)
{
    static char text[600];
    int logged = life->logged;
    enum had_state_result result = had_state_close(life->state, &life->message);
    if (result == HAD_STATE_OK)
        life->synced = logged;
    snprintf(text, sizeof text, HAD_FMT, HAD_ARG(life->message));
    drop(life);
    life->message = had_str_c(text);
    return result;
}

void life_abandon(struct life *life)
{
    if (life->state)
        had_state_abandon(life->state);
    sim_kill(life->process);
    drop(life);
}

static bool same(struct life *life, const struct life_model *model)
{
    int found = 0, expected = 0;
    for (uint32_t i = 0; i < life->state->records.count; i++)
        found += life->state->records.items[i]->address.ptr[4] == life->prefix;
    for (int name = 0; name < LIFE_NAMES; name++) {
        int version = model->version[name];
        const struct had_record *record = had_state_find(life->state, address_of(life, name));
        expected += version != 0;
        if (!version != !record || (record && record->generation != (uint32_t)version))
            return false;
        if (!record)
            continue;
        /* The right version: then all of it has to be right. */
        char id[32];
        snprintf(id, sizeof id, "vpc-%08x", (unsigned)version);
        assert_true(had_str_is(record->id, id));
        assert_true(had_str_is(record->account, places[model->place[name]][0]));
        assert_true(had_str_is(record->region, places[model->place[name]][1]));
        assert_int_equal(json_integer_value(json_object_get(record->applied, "Version")), version);
        assert_int_equal(record->status, version % 2 ? HAD_RECORD_READY : HAD_RECORD_UPDATING);
        assert_int_equal(record->needs.count, 1);
    }
    return found == expected;
}

void life_verify(struct life *life)
{
    struct life_model model;
    for (uint32_t i = 1; i < life->state->records.count; i++)
        assert_true(had_str_cmp(life->state->records.items[i - 1]->address,
                                life->state->records.items[i]->address) < 0);
    for (int cut = life->logged; cut >= life->synced; cut--) {
        play(&model, life->steps, cut);
        if (same(life, &model)) {
            life->logged = life->synced = cut;
            return;
        }
    }
    fail_msg("the state is no beginning of what was logged: %d logged, %d synced", life->logged,
             life->synced);
}

uint64_t life_seeds(uint64_t usual)
{
    const char *text = getenv("HAD_SEEDS");
    return text ? strtoull(text, NULL, 10) : usual;
}
