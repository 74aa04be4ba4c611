/*
 * What R1 to R4 rest on, for a program that replays it over the graph: who, to whom, at which
 * addresses and ports, by which routes. What is refuted or assumed makes no claim.
 */
#include "prove/internal.h"

#include "diag/render.h"

#include <jansson.h>
#include <stdlib.h>

static json_t *address(const struct had_node *node)
{
    return node ? had_json_text(node->address) : json_null();
}

static json_t *host(const struct had_model *m, uint32_t number)
{
    const struct had_mhost *h = &m->hosts.items[number];
    json_t *o = json_object(), *places = json_array();
    json_object_set_new(o, "name", had_json_text(h->name));
    json_object_set_new(o, "node", address(h->node));
    json_object_set_new(o, "subnet",
                        h->subnet == HAD_NOTHING ? json_null()
                                                 : address(m->subnets.items[h->subnet].node));
    json_object_set_new(o, "site",
                        h->site == HAD_NOTHING ? json_null()
                                               : had_json_text(m->sites.items[h->site].name));
    json_object_set_new(o, "group",
                        h->owner != HAD_NOTHING && h->kind == HAD_HOST_DIRECTORY &&
                                m->directories.items[h->owner].group != HAD_NOTHING
                            ? address(m->groups.items[m->directories.items[h->owner].group].node)
                            : json_null());
    json_object_set_new(o, "lets_all", json_boolean(h->open));
    json_object_set_new(o, "low_port", json_integer(h->low_port));
    had_each(const uint32_t, p, &h->places)
        json_array_append_new(places, had_json_text(had_ip4_text(m->arena, *p)));
    json_object_set_new(o, "addresses", places);
    return o;
}

static json_t *ports_json(const struct had_model *m, uint64_t mask)
{
    json_t *list = json_array();
    for (uint32_t bit = 0; bit < m->port_count; bit++)
        if (mask >> bit & 1)
            json_array_append_new(list, json_pack("[i,i,i]", m->ports[bit].protocol,
                                                  m->ports[bit].first, m->ports[bit].last));
    return list;
}

/* The way of a packet between the first addresses of both. */
static json_t *way(struct had_model *m, uint32_t from, uint32_t to, uint64_t ports, bool reply)
{
    struct had_packet p = {.from = from,
                           .to = to,
                           .source = m->hosts.items[from].places.items[0],
                           .destination = m->hosts.items[to].places.items[0],
                           .ports = ports,
                           .reply = reply};
    struct had_trace t = {.record = true};
    json_t *list = json_array();
    had_walk(m, NULL, &p, &t);
    had_each(const struct had_hop, h, &t.hops) {
        json_t *hop = json_array();
        json_array_append_new(hop, address(h->at));
        json_array_append_new(hop, address(h->matched));
        json_array_append_new(list, hop);
    }
    return list;
}

static json_t *claim(struct had_proof *proof, const char *query, uint32_t from, uint32_t to,
                     uint64_t ports)
{
    struct had_model *m = proof->model;
    json_t *o = json_object();
    json_object_set_new(o, "query", json_string(query));
    json_object_set_new(o, "from", host(m, from));
    json_object_set_new(o, "to", host(m, to));
    json_object_set_new(o, "ports", ports_json(m, ports));
    json_object_set_new(o, "request", way(m, from, to, ports, false));
    json_object_set_new(o, "reply", way(m, to, from, ports, true));
    return o;
}

void had_proof_certificate(struct had_buffer *out, struct had_proof *proof)
{
    struct had_model *m = proof->model;
    json_t *root = json_object(), *claims = json_array();
    had_each(const struct had_class, c, &proof->classes) {
        uint64_t member = had_member_ports(m, c->first);
        if (c->refuted || c->via == HAD_NOTHING ||
            had_pair_walk(m, NULL, c->first, c->via, member).assumed)
            continue;
        json_t *o = claim(proof, "R1", c->first, c->via, member), *others = json_array();
        had_each(const uint32_t, h, &c->members)
            if (*h != c->first)
                json_array_append_new(others, host(m, *h));
        json_object_set_new(o, "like_it", others);
        json_array_append_new(claims, o);
    }
    had_each(const struct had_partner, r, &proof->partners) {
        if (r->refuted || had_pair_walk(m, NULL, r->from, r->to, r->ports).assumed)
            continue;
        json_array_append_new(claims, claim(proof, "R2", r->from, r->to, r->ports));
    }
    had_each(const struct had_need, n, &proof->needs) {
        had_asked asked = {0};
        bool once = true; /* over a further endpoint nobody else follows: it makes no claim */
        if (!had_questions(proof, n->vpc, m->domains.items[n->domain].name, &asked))
            continue;
        had_each(const struct had_partner, r, &asked)
            once &= m->hosts.items[r->from].kind == HAD_HOST_RESOLVER &&
                    m->hosts.items[r->to].kind != HAD_HOST_RESOLVER &&
                    m->hosts.items[r->to].controller;
        if (!once || !asked.count)
            continue;
        json_t *questions = json_array();
        had_each(const struct had_partner, r, &asked) {
            json_t *question = json_object();
            json_object_set_new(question, "from", host(m, r->from));
            json_object_set_new(question, "to", host(m, r->to));
            json_array_append_new(questions, question);
        }
        json_t *o = json_object();
        json_object_set_new(o, "query", json_string("R3"));
        json_object_set_new(o, "vpc", address(m->vpcs.items[n->vpc].node));
        json_object_set_new(o, "domain", had_json_text(m->domains.items[n->domain].name));
        json_object_set_new(o, "ports", ports_json(m, asked.items[0].ports));
        json_object_set_new(o, "questions", questions);
        json_array_append_new(claims, o);
    }
    had_each(const struct had_placed, s, &proof->placed) {
        json_t *o = json_object();
        json_object_set_new(o, "query", json_string("R4"));
        json_object_set_new(o, "member", host(m, s->member));
        json_object_set_new(o, "domain",
                            had_json_text(m->domains.items[m->hosts.items[s->member].domain].name));
        json_object_set_new(o, "site", had_json_text(s->site));
        json_object_set_new(o, "by", address(s->by->node));
        json_array_append_new(claims, o);
    }
    json_object_set_new(root, "version", json_integer(1));
    json_object_set_new(root, "spec", had_json_text(m->graph->spec));
    json_object_set_new(root, "claims", claims);
    char *plain = json_dumps(root, JSON_INDENT(1));
    had_buffer_c(out, plain ? plain : "{}");
    had_buffer_c(out, "\n");
    free(plain);
    json_decref(root);
}
