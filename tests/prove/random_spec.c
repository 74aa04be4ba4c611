#include "random_spec.h"

uint32_t random_below(struct random *r, uint32_t limit)
{
    /* splitmix64 */
    uint64_t z = (r->state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return limit ? (uint32_t)((z ^ z >> 31) % limit) : 0;
}

bool random_chance(struct random *r, uint32_t percent)
{
    return random_below(r, 100) < percent;
}

enum { HUBS = 2, SEGMENTS = 4, SPOKES = 6, CROWD = 8 };

struct plan {
    struct random *r;
    struct had_buffer *out;
    uint32_t hubs, segments[HUBS], spokes, spoke_hub[SPOKES], spoke_segment[SPOKES];
    uint32_t zones[SPOKES], links, sites;
    bool attachment_subnets[SPOKES], attached[SPOKES], peered, appliance, ids;
    bool sound;      /* few mistakes, and more of what may fail */
    uint32_t asking; /* spoke whose questions go by an inbound endpoint; 0 for none */
    uint32_t crowd;  /* spokes that are all alike */
    bool crowd_acls;
};

static bool mistake(struct plan *p, uint32_t percent)
{
    return random_chance(p->r, p->sound ? percent / 8 : percent);
}

#define ADD(...) had_buffer_printf(p->out, __VA_ARGS__)

static const char *zone_name(uint32_t z)
{
    static const char *const names[] = {"a", "b", "c"};
    return names[z < 3 ? z : 2];
}

static const char *region_of(uint32_t hub)
{
    return hub ? "eu-central-1" : "eu-west-1";
}

static void add_head(struct plan *p)
{
    ADD("had 1\nspec random { owner = \"t@example.com\" }\n");
    ADD("existing organization acme { id = \"o-a1b2c3d4e5\", management = account m }\n");
    ADD("existing account m in organization acme { id = 111111111111 }\n");
    for (uint32_t i = 0; i < 3; i++)
        ADD("existing account a%u in organization acme { id = 22222222222%u }\n", i, i);
    for (uint32_t h = 0; h < p->hubs; h++) {
        ADD("region %s { zones = [a, b, c], site = \"S%u\"", region_of(h), h);
        if (p->ids)
            ADD(", zone-ids { a = \"%s-az1\", b = \"%s-az2\", c = \"%s-az3\" }",
                h ? "euc1" : "euw1", h ? "euc1" : "euw1", h ? "euc1" : "euw1");
        ADD(" }\n");
    }
    for (uint32_t s = 0; s < p->sites; s++) {
        ADD("site s%u { ranges = [10.%u.0.0/16], dns = [10.%u.1.10], controllers { d%u = "
            "10.%u.1.10",
            s, 200 + s, 200 + s, s, 200 + s);
        if (p->sound && random_chance(p->r, 40))
            ADD(", second = 10.%u.1.11", 200 + s);
        ADD(" } }\n");
    }
}

static void add_hub(struct plan *p, uint32_t h)
{
    ADD("hub h%u in account a0 at region %s { asn = %u, share-with = organization acme", h,
        region_of(h), 64520 + h);
    if (mistake(p, 15))
        ADD(", advertises = [10.%u.0.0/15]", 16 + h * 32);
    ADD(" }\n");
    for (uint32_t s = 0; s < p->segments[h]; s++) {
        ADD("segment g%u in hub h%u { reaches = [", s, h);
        bool first = true;
        for (uint32_t o = 0; o < p->hubs; o++) {
            if (o != h && !p->peered)
                continue;
            for (uint32_t t = 0; t < p->segments[o]; t++) {
                if (random_chance(p->r, p->sound ? 98 : o == h ? 85 : 60)) {
                    ADD("%ssegment h%u.g%u", first ? "" : ", ", o, t);
                    first = false;
                }
            }
        }
        ADD("]%s }\n", mistake(p, 10) ? ", isolate = true" : "");
    }
}

static void add_links(struct plan *p)
{
    for (uint32_t l = 0; l < p->links; l++) {
        uint32_t site = random_below(p->r, p->sites), hub = random_below(p->r, p->hubs);
        bool vpn = random_chance(p->r, 45);
        if (p->sound && !l)
            site = hub = 0;
        ADD("link l%u via %s from site s%u to hub h%u { segment = segment h%u.g0", l,
            vpn ? "vpn" : "direct-connect", site, hub, hub);
        if (vpn) {
            ADD(", device = 198.51.100.%u", l + 1);
            if (random_chance(p->r, 30))
                ADD(", routing = static");
            else
                ADD(", asn = 65010");
        } else {
            ADD(", connection = \"dxcon-fg00000%u\", vlan = %u, asn = 65010, location = \"L%u\"", l,
                300 + l, random_below(p->r, 2));
        }
        if (mistake(p, 20))
            ADD(", learned = [10.%u.0.0/%u]", 200 + site, random_chance(p->r, 50) ? 16 : 17);
        ADD(" }\n");
    }
}

/* Lines of an ACL: most let everything pass, some cut ports or replies off. */
static void add_acl(struct plan *p, uint32_t spoke, uint32_t zone)
{
    static const char *const in[] = {"all",       "1-65535/tcp",     "1-65535/udp",
                                     "ad-member", "49152-65535/tcp", "49152-65535/udp"};
    ADD("  acl x%u on [n%u] {\n", zone, zone);
    for (int way = 0; way < 2; way++) {
        uint32_t lines = 1 + random_below(p->r, 3), number = 100, first = random_below(p->r, 6);
        if (random_chance(p->r, 60))
            first = 0;
        for (uint32_t i = 0; i < lines; i++, number += 100) {
            bool deny = i != 2 && random_chance(p->r, 25);
            const char *what = in[(first + i) % 6], *stops = i ? "389/tcp" : "88/tcp";
            ADD("    %s %s %s ", deny ? "deny" : "allow", deny ? stops : what, way ? "to" : "from");
            if (random_chance(p->r, 70))
                ADD("0.0.0.0/0");
            else
                ADD("10.%u.0.0/%u", random_chance(p->r, 30) ? 192 : 16, 12);
            ADD(" { number = %u }\n", number);
        }
    }
    ADD("  }\n");
    (void)spoke;
}

static void add_spoke(struct plan *p, uint32_t s)
{
    uint32_t hub = p->spoke_hub[s], base = 16 + hub * 32 + s;
    bool attached = p->attached[s] = s == 0 || !mistake(p, 8);
    ADD("spoke v%u in account a%u ", s, s == 0 ? 1 : random_below(p->r, 3));
    if (attached)
        ADD("on hub h%u {\n  segment = segment h%u.g%u\n", hub, hub, p->spoke_segment[s]);
    else
        ADD("at region %s {\n", region_of(hub));
    ADD("  cidr = 10.%u.0.0/16\n", base);
    if (random_chance(p->r, 15))
        ADD("  secondary-cidrs = [100.%u.0.0/16]\n", 64 + s);
    if (p->appliance && s == 1)
        ADD("  role = inspection\n  subnet y0 in zone a { cidr = 10.%u.200.0/24 }\n", base);
    for (uint32_t z = 0; z < p->zones[s]; z++)
        ADD("  subnet n%u in zone %s { cidr = 10.%u.%u.0/24 }\n", z, zone_name(z), base, z);
    for (uint32_t z = 0; p->attachment_subnets[s] && z < p->zones[s]; z++)
        if (z == 0 || !mistake(p, 15))
            ADD("  subnet t%u in zone %s { cidr = 10.%u.%u.0/28, use = attachment }\n", z,
                zone_name(z), base, 100 + z);
    for (uint32_t z = 0; z < p->zones[s]; z++)
        if (mistake(p, 12))
            add_acl(p, s, z);
    if (attached && mistake(p, 15))
        ADD("  route 10.%u.0.0/%u to hub h%u\n", random_chance(p->r, 50) ? 192 : 16,
            12 + random_below(p->r, 5), hub);
    if (s > 1 && p->appliance && p->spoke_hub[s] == p->spoke_hub[1] && mistake(p, 10))
        ADD("  route 10.16.0.0/13 to hub h%u\n", hub);
    if (p->sound && s && random_chance(p->r, 12)) /* a controller and a server answer */
        ADD("  dhcp { dns = [10.%u.0.10, 10.200.1.10] }\n", 16 + p->spoke_hub[0] * 32);
    ADD("}\n");
    if (p->appliance && s == 1) {
        ADD("existing appliance fw in spoke v1 {\n  subnets = [y0]\n");
        if (!random_chance(p->r, 15))
            ADD("  endpoints { a = \"vpce-0123456789abcdef0\" }\n");
        if (random_chance(p->r, 70))
            ADD("  allow all from 10.0.0.0/8 to 10.0.0.0/8\n");
        if (random_chance(p->r, 30))
            ADD("  deny 445/tcp from 10.16.0.0/12 to 10.16.0.0/12\n");
        ADD("}\n");
    }
}

static void add_crowd_acl(struct plan *p, uint32_t variant)
{
    ADD("  acl x on [n0] {\n    allow all from 0.0.0.0/0 { number = 200 }\n    allow all to "
        "0.0.0.0/0 { "
        "number = 200 }\n");
    if (variant == 1)
        ADD("    deny 50000-50001/tcp from 10.16.0.0/12 { number = 100 }\n");
    else if (variant == 2)
        ADD("    deny 88/tcp to 10.16.0.0/16 { number = 100 }\n");
    ADD("  }\n");
}

static void add_crowd(struct plan *p)
{
    for (uint32_t i = 0; i < p->crowd; i++) {
        ADD("spoke w%u in account a%u on hub h0 {\n  segment = segment h0.g%u\n  cidr = "
            "10.%u.0.0/16\n"
            "  subnet n0 in zone a { cidr = 10.%u.0.0/24 }\n  subnet n1 in zone b { cidr = "
            "10.%u.1.0/24 }\n",
            i, i % 3, p->segments[0] - 1, 32 + i, 32 + i, 32 + i);
        if (p->crowd_acls)
            add_crowd_acl(p, random_below(p->r, 4));
        ADD("}\n");
    }
    if (p->crowd && mistake(p, 25))
        ADD("route 10.%u.0.0/16 in segment h0.g%u to spoke w%u\n",
            32 + random_below(p->r, p->crowd), random_below(p->r, p->segments[0]),
            random_below(p->r, p->crowd));
}

static void add_stated(struct plan *p)
{
    if (p->sound && !random_chance(p->r, 15))
        return;
    for (uint32_t i = random_below(p->r, 3); i > 0; i--) {
        uint32_t h = random_below(p->r, p->hubs), s = random_below(p->r, p->spokes);
        uint32_t of = random_below(p->r, p->spokes);
        if (p->spoke_hub[s] != h)
            continue;
        uint32_t third = random_below(p->r, 3);
        ADD("route 10.%u.%u.0/%u in segment h%u.g%u to spoke v%u\n",
            16 + p->spoke_hub[of] * 32 + of, third, third ? 24 : 20 + random_below(p->r, 5), h,
            random_below(p->r, p->segments[h]), s);
    }
    for (uint32_t i = random_below(p->r, 3); i > 1; i--) {
        uint32_t h = random_below(p->r, p->hubs), of = random_below(p->r, p->spokes);
        ADD("blackhole 10.%u.0.0/%u in segment h%u.g%u\n", 16 + p->spoke_hub[of] * 32 + of,
            16 + random_below(p->r, 8), h, random_below(p->r, p->segments[h]));
    }
    if (p->spokes > 2 && random_chance(p->r, 20)) {
        uint32_t a = random_below(p->r, p->spokes), b = random_below(p->r, p->spokes);
        if (a != b) {
            ADD("peer q between [spoke v%u, spoke v%u]\n", a, b);
            ADD("route 10.%u.0.0/16 in spoke v%u to peer q\n", 16 + p->spoke_hub[b] * 32 + b, a);
            if (random_chance(p->r, 80))
                ADD("route 10.%u.0.0/16 in spoke v%u to peer q\n", 16 + p->spoke_hub[a] * 32 + a,
                    b);
        }
    }
}

static void add_users(struct plan *p, uint32_t chance)
{
    bool first = true;
    for (uint32_t s = 0; s < p->spokes; s++)
        if (p->spoke_hub[s] == p->spoke_hub[0] && random_chance(p->r, chance) &&
            !(s && s == p->asking)) {
            ADD("%sspoke v%u", first ? "" : ", ", s);
            first = false;
        }
    for (uint32_t i = 0; i < p->crowd; i++) {
        ADD("%sspoke w%u", first ? "" : ", ", i);
        first = false;
    }
    if (first)
        ADD("spoke v0");
}

static void add_names(struct plan *p, bool directory)
{
    for (uint32_t s = 1; p->sound && s < p->spokes; s++)
        if (p->attached[s] && p->spoke_hub[s] == p->spoke_hub[0] && p->zones[s] > 1 &&
            random_chance(p->r, 20))
            p->asking = s;
    ADD("resolver out in spoke v0 { direction = outbound, subnets = [n0, n1] }\n");
    ADD("forward \"corp.example.com\" via resolver out { targets = %s, share-with = "
        "organization acme,"
        " used-by = [",
        random_chance(p->r, 70) ? "forest corp" : "site s0");
    add_users(p, p->asking ? 100 : 70);
    ADD("] }\n");
    if (!p->sound)
        return;
    if (p->asking) /* one endpoint asks the other */
        ADD("resolver inward in spoke v0 { direction = inbound, subnets = [n0, n1], addresses { n0 "
            "= "
            "10.%u.0.53, n1 = 10.%u.1.53 } }\n"
            "resolver far in spoke v%u { direction = outbound, subnets = [n0, n1] }\n"
            "forward \"corp.example.com\" via resolver far { targets = resolver inward, used-by = "
            "[spoke v%u] }\n",
            16 + p->spoke_hub[0] * 32, 16 + p->spoke_hub[0] * 32, p->asking, p->asking);
    if (directory && random_chance(p->r, 60)) {
        ADD("forward \"aws.example.com\" via resolver out { targets = directory aws, share-with = "
            "organization acme, used-by = [");
        add_users(p, 60);
        ADD("] }\n");
    }
    if (random_chance(p->r, 4))
        ADD("hosted-zone \"%s\" in account a0 { used-by = [spoke v%u] }\n",
            random_chance(p->r, 50) ? "corp.example.com" : "aws.example.com",
            random_below(p->r, p->spokes));
}

/* Controllers and the directory stand in v0, members wherever. */
static void add_domains(struct plan *p)
{
    uint32_t controllers = 1 + random_below(p->r, p->zones[0]);
    bool stated = mistake(p, 25);
    if (stated) {
        ADD("security-group dcs in spoke v0 {\n");
        if (random_chance(p->r, 50))
            ADD("  allow ad-member from 10.32.0.0/14\n");
        ADD("  allow %s from 10.16.0.0/%u\n",
            random_chance(p->r, 60) ? "ad-member" : "ad-controller", 12 + random_below(p->r, 3));
        if (random_chance(p->r, 60))
            ADD("  allow ad-controller from security-group dcs\n  allow ad-controller from site "
                "s0\n");
        if (random_chance(p->r, 30))
            ADD("  allow 1-65535/tcp to 10.0.0.0/%u\n", 8 + random_below(p->r, 4));
        ADD("}\n");
    }
    ADD("existing forest corp {\n  root = \"corp.example.com\", netbios = \"CORP\", sites = [site "
        "s0]\n"
        "  join-as = secret(\"ad/corp\")\n");
    for (uint32_t c = 0; c < controllers; c++)
        ADD("  controller c%u in subnet v0.n%u { size = \"m6i.large\", address = 10.%u.%u.10%s }\n",
            c, c, 16 + p->spoke_hub[0] * 32, c, stated ? ", security-groups = [v0.dcs]" : "");
    for (uint32_t s = 1; p->sound && s < p->spokes; s++)
        if (p->attached[s] && random_chance(p->r, 30))
            ADD("  controller e%u in subnet v%u.n%u { size = \"m6i.large\", address = "
                "10.%u.%u.11 }\n",
                s, s, p->zones[s] - 1, 16 + p->spoke_hub[s] * 32 + s, p->zones[s] - 1);
    ADD("}\n");
    bool directory = p->zones[0] > 1 && random_chance(p->r, 70);
    if (directory) {
        ADD("directory aws in spoke v0 {\n  root = \"aws.example.com\", netbios = \"AWS\", edition "
            "= "
            "enterprise\n  subnets = [n0, n1], admin = secret(\"ad/aws\")\n}\n");
        if (random_chance(p->r, 80))
            ADD("trust directory aws with forest corp { direction = two-way, password = "
                "secret(\"ad/trust\") }\n");
    }
    uint32_t members = 1 + random_below(p->r, 3);
    for (uint32_t i = 0; i < members; i++) {
        uint32_t s = random_below(p->r, p->spokes);
        bool aws = directory && random_chance(p->r, 50);
        ADD("instance i%u in subnet v%u.n%u { image = %s, size = \"t3.large\", join = %s", i, s,
            random_below(p->r, p->zones[s]),
            random_chance(p->r, 80) ? "windows-2022" : "\"ami-0123456789abcdef0\", os = windows",
            aws ? "directory aws" : "forest corp");
        if (random_chance(p->r, 30))
            ADD(", address = 10.%u.0.%u", 16 + p->spoke_hub[s] * 32 + s, 20 + i);
        ADD(" }\n");
    }
    if (directory)
        ADD("share directory aws with [account a0, account a2]\n");
    if (p->zones[0] > 1)
        add_names(p, directory);
}

void random_spec(struct had_buffer *out, struct random *r, bool sound)
{
    struct plan plan = {.r = r, .out = out, .sound = sound}, *p = &plan;
    p->hubs = random_chance(r, 25) ? 2 : 1;
    p->peered = p->hubs == 2;
    p->ids = random_chance(r, 60);
    p->sites = 1 + random_chance(r, 30);
    p->links = 1 + random_below(r, 3);
    for (uint32_t h = 0; h < p->hubs; h++)
        p->segments[h] = 1 + random_below(r, SEGMENTS - 1);
    p->spokes = 2 + random_below(r, SPOKES - 2);
    p->appliance = random_chance(r, 15);
    p->crowd = random_chance(r, 40) ? 3 + random_below(r, CROWD - 2) : 0;
    p->crowd_acls = mistake(p, 30);
    if (p->appliance && p->segments[0] < 2)
        p->segments[0] = 2;
    for (uint32_t s = 0; s < p->spokes; s++) {
        p->spoke_hub[s] = s ? random_below(r, p->hubs) : 0;
        p->spoke_segment[s] = random_below(r, p->segments[p->spoke_hub[s]]);
        p->zones[s] = 1 + random_below(r, 3);
        if (s == 0)
            p->zones[s] = 2 + random_below(r, 2);
        p->attachment_subnets[s] = random_chance(r, 30);
    }
    if (p->appliance) { /* in a segment of its own, which reaches the others */
        p->spoke_hub[1] = 0;
        p->spoke_segment[1] = p->segments[0] - 1;
        if (p->spoke_segment[0] == p->spoke_segment[1] && random_chance(r, 70))
            p->spoke_segment[0] = 0;
    }
    add_head(p);
    for (uint32_t h = 0; h < p->hubs; h++)
        add_hub(p, h);
    if (p->peered)
        ADD("peer hubs between [hub h0, hub h1] { segments = [segment h0.g0, segment h1.g0] }\n");
    add_links(p);
    for (uint32_t s = 0; s < p->spokes; s++)
        add_spoke(p, s);
    add_crowd(p);
    if (p->appliance) {
        /* The way to the controllers leads through the appliance, from one segment at least. */
        ADD("route 10.16.0.0/%u in segment h0.g0 to spoke v1\n", random_chance(p->r, 70) ? 16 : 17);
        ADD("route 10.16.0.0/16 in subnet v1.%s0 to appliance v1.fw\n",
            p->attachment_subnets[1] ? "t" : "n");
    }
    add_stated(p);
    add_domains(p);
}
