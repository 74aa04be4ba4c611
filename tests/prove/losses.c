/*
 * What may fail, by the prover and by hand: each thing of a random foundation is taken away, and
 * each pair of things, and every flow, name and site that held before is decided anew from the
 * nodes, packet by packet. The things, those that break something and the pairs that do so though
 * neither alone does must be the same.
 *
 *     losses [SPECS [SEED [PAIRS]]]    pairs are taken away from one foundation in PAIRS (4)
 */
#include "foundation.h"
#include "parties.h"
#include "prove/prove.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_THINGS = 64 };

enum kind { ZONE, CONTROLLER, ADDRESS, LINK, TUNNEL, LOCATION, DEVICE, SITE, KINDS };

struct thing {
    char name[192];
    enum kind kind;
    uint64_t bits;              /* of the simulator */
    uint64_t tunnel;            /* one of the two that this link has */
    bool parties[MOST_PARTIES]; /* that it takes away itself */
    bool breaks;
};

struct losses {
    struct parties *p;
    struct thing things[MOST_THINGS];
    uint32_t count;
    bool pairs[MOST_THINGS][MOST_THINGS]; /* break something together, neither alone */
    bool served[MOST_PARTIES], placed[MOST_PARTIES], reached[4096], resolved[128];
    had_str sites[MOST_PARTIES];
    bool r1, r2, r4, r4_asked, r4_open; /* refuted, without a loss */
};

/* ---- what may fail ---- */

__attribute__((format(printf, 3, 4))) static struct thing *thing(struct losses *l, enum kind kind,
                                                                 const char *format, ...)
{
    char name[192];
    va_list list;
    va_start(list, format);
    vsnprintf(name, sizeof name, format, list);
    va_end(list);
    for (uint32_t i = 0; i < l->count; i++)
        if (strcmp(l->things[i].name, name) == 0)
            return &l->things[i];
    if (l->count == MOST_THINGS)
        abort();
    struct thing *t = &l->things[l->count++];
    memcpy(t->name, name, sizeof name);
    t->kind = kind;
    return t;
}

static had_str text_at(node_t n, const char *path)
{
    const struct had_prop *p = n ? had_node_get(n, path) : NULL;
    return p && p->tag == HAD_PROP_TEXT ? p->text : (had_str){"", 0};
}

static void list_things(struct losses *l)
{
    struct sim *s = l->p->sim;
    EACH(s, n, "AWS::EC2::Subnet")
    {
        had_str id = text_at(n, "AvailabilityZoneId");
        if (!id.len)
            id = text_at(n, "AvailabilityZone");
        thing(l, ZONE, "zone " HAD_FMT, HAD_ARG(id))->bits |= sim_zone_bit(s, n);
    }
    for (uint32_t i = 0; i < l->p->count; i++) {
        const struct party *one = &l->p->list[i];
        bool address =
            had_str_is(one->end.node->type_name, "AWS::Route53Resolver::ResolverEndpoint");
        if (one->controller || address)
            thing(l, address ? ADDRESS : CONTROLLER, "%s", one->name)->parties[i] = true;
    }
    EACH(s, v, "AWS::EC2::VPNConnection")
    {
        uint64_t bit = sim_bit(s, SIM_LINK, v->object);
        const struct had_prop *device = had_node_get(v, "CustomerGatewayId");
        thing(l, LINK, HAD_FMT, HAD_ARG(v->object))->bits = bit;
        thing(l, TUNNEL, HAD_FMT " tunnel 1", HAD_ARG(v->object))->tunnel = bit;
        thing(l, TUNNEL, HAD_FMT " tunnel 2", HAD_ARG(v->object))->tunnel = bit;
        if (device && device->tag == HAD_PROP_READ)
            thing(l, DEVICE, "device " HAD_FMT, HAD_ARG(text_at(device->read.node, "IpAddress")))
                ->bits |= bit;
    }
    EACH(s, v, "AWS::DirectConnect::TransitVirtualInterface")
    {
        uint64_t bit = sim_bit(s, SIM_LINK, v->object);
        had_str line = text_at(v, "ConnectionId");
        thing(l, LINK, HAD_FMT, HAD_ARG(v->object))->bits = bit;
        if (line.len)
            thing(l, DEVICE, "connection " HAD_FMT, HAD_ARG(line))->bits |= bit;
    }
    EACH(s, f, "had::OnPremisesLink")
    {
        had_str place = text_at(f, "Location");
        if (place.len)
            thing(l, LOCATION, "location " HAD_FMT, HAD_ARG(place))->bits |=
                sim_bit(s, SIM_LINK, text_at(f, "Link"));
    }
    EACH(s, n, "had::OnPremisesSite")
    thing(l, SITE, "site " HAD_FMT, HAD_ARG(text_at(n, "Name")))->bits |=
        sim_bit(s, SIM_SITE, text_at(n, "Name"));
}

static void take(struct losses *l, const struct thing *a, const struct thing *b)
{
    uint64_t bits = (a ? a->bits : 0) | (b ? b->bits : 0);
    if (a && b)
        bits |= a->tunnel & b->tunnel; /* a VPN is gone with both of its tunnels */
    sim_lose(l->p->sim, bits);
    for (uint32_t i = 0; i < l->p->count; i++) {
        const struct sim_host *h = &l->p->list[i].end;
        uint64_t stands =
            h->subnet ? sim_zone_bit(l->p->sim, h->subnet) : sim_bit(l->p->sim, SIM_SITE, h->site);
        l->p->gone[i] = (stands & bits) || (a && a->parties[i]) || (b && b->parties[i]);
    }
}

/* ---- what holds ---- */

static void without_loss(struct losses *l)
{
    struct parties *p = l->p;
    take(l, NULL, NULL);
    for (uint32_t i = 0; i < p->count; i++) {
        bool asked = false;
        if (!p->list[i].member)
            continue;
        for (uint32_t c = 0; c < p->count; c++)
            asked |= p->list[c].controller && party_of(&p->list[c], p->list[i].domain);
        if (!asked)
            continue;
        l->served[i] = parties_served(p, i) != MOST_PARTIES;
        l->r1 |= !l->served[i];
        enum site_fate fate = parties_site(p, i, &l->sites[i]);
        l->placed[i] = fate == SITE_GOOD;
        l->r4 |= fate == SITE_BAD;
        l->r4_open |= fate == SITE_OPEN && l->served[i];
        l->r4_asked |= fate != SITE_NOT_ASKED;
    }
    if (p->partner_count > sizeof l->reached)
        abort();
    for (uint32_t i = 0; i < p->partner_count; i++) {
        const struct must_reach *m = &p->partners[i];
        l->reached[i] = parties_pass(p, m->from, m->to, m->flow);
        l->r2 |= !l->reached[i];
    }
    for (uint32_t i = 0; i < p->question_count; i++)
        l->resolved[i] = p->questions[i].needed && parties_resolve(p, &p->questions[i], 0);
}

static bool anybody(struct losses *l, node_t vpc)
{
    bool any = false;
    EACH_OF(l->p->sim, n, "AWS::EC2::Subnet", vpc)
    {
        any = true;
        if (!(sim_zone_bit(l->p->sim, n) & sim_gone(l->p->sim)))
            return true;
    }
    return !any;
}

/* Whether all that held before holds; else `what` names the first that does not. */
static bool holds(struct losses *l, const char **what)
{
    struct parties *p = l->p;
    for (uint32_t i = 0; i < p->count; i++) {
        bool open = false;
        if (p->gone[i])
            continue;
        if (l->served[i] && parties_served(p, i) == MOST_PARTIES) {
            *what = p->list[i].name;
            return false;
        }
        if (l->placed[i] && !parties_near(p, i, l->sites[i], &open)) {
            *what = p->list[i].name;
            return false;
        }
    }
    for (uint32_t i = 0; i < p->partner_count; i++) {
        const struct must_reach *m = &p->partners[i];
        if (l->reached[i] && !p->gone[m->from] && !p->gone[m->to] &&
            !parties_pass(p, m->from, m->to, m->flow)) {
            *what = p->list[m->from].name;
            return false;
        }
    }
    for (uint32_t i = 0; i < p->question_count; i++)
        if (l->resolved[i] && anybody(l, p->questions[i].vpc) &&
            !parties_resolve(p, &p->questions[i], 0)) {
            *what = "a name";
            return false;
        }
    return true;
}

/* ---- both ---- */

struct counts {
    struct {
        uint64_t taken, breaks, cuts;
    } kinds[KINDS];
    uint64_t specs, refused, things, breaking, twice, pairs, cuts, packets, walked, reused,
        forgetful, disagreements;
    uint64_t refuted[HAD_QUERY_COUNT];
};

struct test {
    struct losses *l;
    const struct had_proof *proof;
    struct counts *n;
    uint64_t number;
};

__attribute__((format(printf, 2, 3))) static void differ(struct test *t, const char *format, ...)
{
    va_list list;
    if (t->n->disagreements++ >= 20)
        return;
    printf("spec %llu: ", (unsigned long long)t->number);
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    printf("\n");
}

static uint32_t find(const struct losses *l, had_str name)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (had_str_is(name, l->things[i].name))
            return i;
    return MOST_THINGS;
}

static bool cut_by_prover(const struct had_query *q, uint32_t first, uint32_t second)
{
    had_each(const struct had_cut, c, &q->cut_sets)
        if ((c->first == first && c->second == second) ||
            (c->first == second && c->second == first))
            return true;
    return false;
}

/* The prover's number of each thing; false where the lists are not the same. */
static bool match(struct test *t, uint32_t *numbers)
{
    const struct had_model *m = t->proof->model;
    bool good = true;
    for (uint32_t i = 0; i < t->l->count; i++)
        numbers[i] = HAD_NOTHING;
    for (uint32_t e = 0; e < m->elements.count; e++) {
        uint32_t i = find(t->l, m->elements.items[e].name);
        if (i == MOST_THINGS || numbers[i] != HAD_NOTHING) {
            differ(t, HAD_FMT " may fail for the prover alone", HAD_ARG(m->elements.items[e].name));
            good = false;
        } else {
            numbers[i] = e;
        }
    }
    for (uint32_t i = 0; i < t->l->count; i++)
        if (numbers[i] == HAD_NOTHING) {
            differ(t, "%s may fail, and the prover does not know", t->l->things[i].name);
            good = false;
        }
    return good;
}

static void compare_verdict(struct test *t, enum had_query_id id, bool refuted)
{
    const struct had_query *q = &t->proof->queries[id];
    t->n->refuted[id] += refuted;
    if ((q->verdict == HAD_REFUTED) != refuted)
        differ(t, "%s is %s for the prover, and %s by hand", q->code->code,
               had_verdict_name(q->verdict), refuted ? "refuted" : "not");
}

/* Where something of it nobody can know, the prover need not say so. */
static void compare_sites(struct test *t)
{
    const struct had_query *q = &t->proof->queries[HAD_R4];
    bool named = false; /* two names for one site: asked by the tables of planted faults */
    had_each(const struct had_counterexample, x, &q->counterexamples)
        named |= strcmp(x->reason, "SITE_NAMES_DIFFER") == 0;
    if (!t->l->r4_asked || t->l->r4_open || named)
        return;
    if (t->l->r4 || q->verdict == HAD_REFUTED || q->verdict == HAD_PROVED)
        compare_verdict(t, HAD_R4, t->l->r4);
}

static void compare_singles(struct test *t, const uint32_t *numbers)
{
    const struct had_query *f1 = &t->proof->queries[HAD_F1];
    bool any = false;
    for (uint32_t i = 0; i < t->l->count; i++) {
        struct thing *a = &t->l->things[i];
        const char *what = "nothing";
        take(t->l, a, NULL);
        a->breaks = !holds(t->l, &what);
        any |= a->breaks;
        t->n->things++;
        t->n->breaking += a->breaks;
        t->n->kinds[a->kind].taken++;
        t->n->kinds[a->kind].breaks += a->breaks;
        if (cut_by_prover(f1, numbers[i], HAD_NOTHING) != a->breaks)
            differ(t, "without %s: breaks %s by hand, %s for the prover", a->name, what,
                   a->breaks ? "nothing" : "something");
    }
    compare_verdict(t, HAD_F1, any);
}

static void compare_pairs(struct test *t, const uint32_t *numbers)
{
    const struct had_query *f2 = &t->proof->queries[HAD_F2];
    for (uint32_t i = 0; i < t->l->count; i++)
        for (uint32_t k = i + 1; k < t->l->count; k++) {
            const struct thing *a = &t->l->things[i], *b = &t->l->things[k];
            const char *what = "nothing";
            bool cut = false;
            if (!a->breaks && !b->breaks) {
                take(t->l, a, b);
                cut = !holds(t->l, &what);
            }
            t->n->pairs++;
            t->n->cuts += cut;
            t->n->kinds[a->kind].cuts += cut;
            t->n->kinds[b->kind].cuts += cut && a->kind != b->kind;
            if (cut_by_prover(f2, numbers[i], numbers[k]) != cut)
                differ(t, "without %s and %s: breaks %s by hand, %s for the prover", a->name,
                       b->name, what, cut ? "nothing" : "something");
        }
}

static void run(uint64_t number, const char *path, uint64_t pairs, struct counts *n, bool show)
{
    struct had_compilation c;
    struct random r;
    if (!foundation_make(&c, path, number, number % 4 != 0, show, &r)) {
        n->refused++;
        return;
    }
    bool two = number / 4 % pairs == 0; /* of sound ones and of others */
    uint32_t numbers[MOST_THINGS];
    struct losses *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    struct test t = {.l = l, .n = n, .number = number};
    t.proof = had_prove(&c.arena, c.graph, &(struct had_prove_options){.failures = two ? 2 : 1});
    struct sim *sim = sim_new(c.graph);
    sim_letters_agree(sim, true); /* the prover assumes so, and says it */
    l->p = parties_new(sim);
    l->p->forget = number % 64 == 1;
    n->forgetful += l->p->forget;
    n->specs++;
    list_things(l);
    without_loss(l);
    compare_verdict(&t, HAD_R1, l->r1);
    compare_verdict(&t, HAD_R2, l->r2);
    compare_sites(&t);
    if (match(&t, numbers)) {
        compare_singles(&t, numbers);
        l->p->forget = false;
        if (two)
            compare_pairs(&t, numbers);
        n->twice += two;
    }
    n->packets += l->p->packets;
    n->walked += l->p->walked;
    n->reused += l->p->reused;
    parties_free(l->p);
    sim_free(sim);
    free(l);
    had_compilation_free(&c);
}

#define N(x) ((unsigned long long)(x))

static bool report(const struct counts *n, double seconds)
{
    static const char *const kinds[] = {
        "zones",   "controllers", "addresses of endpoints",  "links",
        "tunnels", "locations",   "devices and connections", "sites"};
    bool all = true;
    printf("%llu foundations (%llu more refused by the compiler); without a loss R1 is refuted for "
           "%llu, R2 for %llu, R4 for %llu; F1 for %llu\n",
           N(n->specs), N(n->refused), N(n->refuted[HAD_R1]), N(n->refuted[HAD_R2]),
           N(n->refuted[HAD_R4]), N(n->refuted[HAD_F1]));
    printf("%llu things taken away, of which %llu break something; of %llu foundations %llu pairs, "
           "of which %llu break something and neither alone does\n",
           N(n->things), N(n->breaking), N(n->twice), N(n->pairs), N(n->cuts));
    for (int k = 0; k < KINDS; k++) {
        printf("  %llu %s, of which %llu break something; in %llu pairs that do\n",
               N(n->kinds[k].taken), kinds[k], N(n->kinds[k].breaks), N(n->kinds[k].cuts));
        all &= (n->kinds[k].breaks > 0) == (k != TUNNEL) && (n->kinds[k].cuts > 0 || !n->pairs);
    }
    printf("%llu flows walked with %llu packets, %llu had lost nothing that they depend on; %llu "
           "foundations walked anew with every loss\n",
           N(n->walked), N(n->packets), N(n->reused), N(n->forgetful));
    printf("%llu disagreements; %.1f s\n", N(n->disagreements), seconds);
    /* A run in which nothing breaks, or everything, has shown nothing. */
    return all && n->breaking < n->things && n->refuted[HAD_F1] && n->refuted[HAD_F1] < n->specs;
}

int main(int argc, char **argv)
{
    uint64_t specs = argc > 1 ? strtoull(argv[1], NULL, 10) : 500;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    uint64_t pairs = argc > 3 ? strtoull(argv[3], NULL, 10) : 4;
    struct counts n = {0};
    char folder[] = "/tmp/had-losses-XXXXXX", path[64];
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    setvbuf(stdout, NULL, _IOLBF, 0); /* a long run tells what it finds at once */
    if (!pairs || !mkdtemp(folder))
        return 2;
    snprintf(path, sizeof path, "%s/random.had", folder);
    for (uint64_t i = 0; specs == 1 ? i < 1 : n.specs < specs && i < specs * 4; i++) {
        run(seed + i, path, pairs, &n, specs == 1);
        if (specs > 20000 && (i + 1) % 5000 == 0)
            fprintf(stderr, "%llu seeds, %llu foundations, %llu disagreements\n", N(i + 1),
                    N(n.specs), N(n.disagreements));
    }
    unlink(path);
    rmdir(folder);
    clock_gettime(CLOCK_MONOTONIC, &end);
    bool shown = report(&n, (double)(end.tv_sec - start.tv_sec) +
                                (double)(end.tv_nsec - start.tv_nsec) / 1e9);
    return n.disagreements || n.specs < specs || !(shown || specs < 100);
}
