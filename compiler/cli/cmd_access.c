/*
 * had access: who reaches which account with what. The answers are those of check/access.h; here
 * they are chosen, compared with those of another spec, and written down.
 */
#include "cli/cli.h"

#include "check/access.h"
#include "check/query.h"
#include "diag/render.h"
#include "schema/literal.h"

#include <stdlib.h>
#include <string.h>

/* One line of the answer, in texts alone, so that those of two specs can be compared. */
struct line {
    had_str account, id, principal, set;
    bool is_user;
    int64_t session;
    enum had_answer answer; /* about the action, or about every right */
    had_str policy, doubt;  /* what makes the answer */
    struct had_place
        place;      /* of the statement that does; its file is empty if it is none of the spec's */
    had_str inside; /* declared groups in the group, with commas between */
};
typedef had_array(struct line) lines;

/* What a permission set is, for comparison. */
struct shape {
    had_str set, part, text;
};
typedef had_array(struct shape) shapes;

struct view {
    struct had_compilation c;
    struct had_map known; /* permission set → reason: an answer is of the set, not of who has it */
    lines lines;
    shapes shapes;
    bool failed;
    int status;
};

/* ---- what is asked ---- */

static bool is_account(const struct had_object *account, const char *asked)
{
    had_str name = had_str_c(asked);
    const struct had_value *id = had_get(account, "id");
    return had_str_eq(account->label, name) || had_str_eq(account->name, name) ||
           had_str_eq(id->text, name) || had_str_eq(account->address, name);
}

/* `CORP\Cloud-Admins`, or the name without its domain. */
static bool is_principal(const struct had_grant *g, const char *asked)
{
    had_str name = had_str_c(asked);
    return had_str_eq_nocase(g->name, name) || had_str_eq_nocase(g->principal->name, name);
}

static bool check_account(struct had_cli *cli, const struct had_spec *spec)
{
    const had_objects *accounts = had_spec_kind(spec, "account");
    had_str *names = had_new_n(&cli->arena, had_str, accounts->count + 1);
    for (uint32_t i = 0; i < accounts->count; i++) {
        if (is_account(accounts->items[i], cli->on))
            return true;
        names[i] = accounts->items[i]->label;
    }
    had_str near = had_str_nearest(had_str_c(cli->on), names, accounts->count);
    fprintf(stderr, "had access: there is no account `%s`", cli->on);
    if (near.len)
        fprintf(stderr, "; did you mean `" HAD_FMT "`?", HAD_ARG(near));
    fprintf(stderr, "\n");
    return false;
}

static bool check_group(struct had_cli *cli, const struct had_access *access)
{
    had_array(had_str) names = {0};
    had_each(struct had_grant, g, &access->grants) {
        if (is_principal(g, cli->principal))
            return true;
        *had_push(&cli->arena, &names) = g->name;
        *had_push(&cli->arena, &names) = g->principal->name;
    }
    had_str near = had_str_nearest(had_str_c(cli->principal), names.items, names.count);
    fprintf(stderr, "had access: nothing is assigned to `%s`", cli->principal);
    if (near.len)
        fprintf(stderr, "; did you mean `" HAD_FMT "`?", HAD_ARG(near));
    fprintf(stderr, "\n");
    return false;
}

/* The action as IAM writes it; NULL (and a message) if it is none. */
static const char *check_action(struct had_cli *cli)
{
    had_str prefix, name, near = {0};
    had_str action = had_str_c(cli->who_can);
    if (!had_action_split(action, &prefix, &name) || !name.len || had_str_find(action, '*') >= 0 ||
        had_str_find(action, '?') >= 0) {
        fprintf(stderr, "had access: `%s` is not one action; write `ec2:StopInstances`\n",
                cli->who_can);
        return NULL;
    }
    const struct had_fact_iam_service *service = had_fact_iam_service_find(prefix);
    const char *known = service ? had_fact_iam_action_find(service, name) : NULL;
    if (known)
        return had_str_printf(&cli->arena, "%s:%s", service->prefix, known).ptr;
    uint32_t count = service ? service->count : had_fact_iam_service_count;
    had_str *names = had_new_n(&cli->arena, had_str, count + 1);
    for (uint32_t i = 0; i < count; i++)
        names[i] = had_str_c(service ? service->actions[i] : had_fact_iam_services[i].prefix);
    near = had_str_nearest(service ? name : prefix, names, count);
    fprintf(stderr, "had access: IAM knows no %s `%s` (as of %s)",
            service ? "action" : "service of", cli->who_can, had_fact_iam_action_day);
    if (near.len && service)
        fprintf(stderr, "; did you mean `%s:" HAD_FMT "`?", service->prefix, HAD_ARG(near));
    else if (near.len)
        fprintf(stderr, "; did you mean `" HAD_FMT ":" HAD_FMT "`?", HAD_ARG(near), HAD_ARG(name));
    fprintf(stderr, "\n");
    return NULL;
}

/* ---- lines ---- */

/* Declared groups in a declared group: their members have what it has. */
static void inside_of(struct had_cli *cli, const struct had_object *group, struct had_buffer *out,
                      unsigned depth)
{
    enum { DEEPEST = 8 };
    struct had_value_list members = had_get_list(group, "members");
    for (uint32_t i = 0; i < members.count && depth < DEEPEST; i++) {
        if (members.items[i].tag != HAD_VALUE_PRINCIPAL)
            continue;
        had_buffer_c(out, out->len ? ", " : "");
        had_buffer_str(out, members.items[i].text);
        const struct had_object *inner = members.items[i].principal->object;
        if (inner && had_is(inner, "group"))
            inside_of(cli, inner, out, depth + 1);
    }
}

static const struct had_reason *reason_of(struct had_cli *cli, struct view *v,
                                          const struct had_access *access,
                                          const struct had_object *set)
{
    uint64_t *known = had_map_get(&v->known, (uintptr_t)set);
    if (known)
        return (const struct had_reason *)(uintptr_t)*known;
    struct had_reason *why = had_new(&cli->arena, struct had_reason);
    if (cli->who_can)
        had_access_may(access, set, had_str_c(cli->who_can), why);
    else
        had_access_everything(access, set, why);
    had_map_put(&cli->arena, &v->known, (uintptr_t)set, (uintptr_t)why);
    return why;
}

static void add_line(struct had_cli *cli, struct view *v, const struct had_access *access,
                     const struct had_grant *g)
{
    const struct had_reason *why = reason_of(cli, v, access, g->set);
    enum had_answer answer = why->answer;
    if (cli->who_can && answer == HAD_NO)
        return;
    struct line line = {.account =
                            had_query_path(&(struct had_check){.arena = &cli->arena}, g->account),
                        .id = had_get(g->account, "id")->text,
                        .principal = g->name,
                        .is_user = g->principal->is_user,
                        .set = had_outside_name(&cli->arena, g->set),
                        .session = had_get_int(g->set, "session"),
                        .answer = answer};
    if (answer != HAD_NO) {
        line.policy = why->policy;
        line.doubt = had_str_c(why->doubt);
        if (why->statement)
            line.place = had_place_of(access->spec->sources,
                                      had_policy_span(access->spec, why->document,
                                                      why->statement->start, why->statement->end));
    }
    if (g->principal->object && had_is(g->principal->object, "group")) {
        struct had_buffer b = {0};
        inside_of(cli, g->principal->object, &b, 0);
        line.inside = had_str_dup(&cli->arena, had_buffer_view(&b));
        had_buffer_free(&b);
    }
    *had_push(&cli->arena, &v->lines) = line;
}

static void add_shape(struct had_cli *cli, struct view *v, const struct had_object *set,
                      const char *attribute)
{
    const struct had_value *value = had_get(set, attribute);
    had_str text = {0};
    if (value->tag == HAD_VALUE_REF && value->object)
        text = value->object->label;
    else if (value->tag == HAD_VALUE_LIST)
        for (uint32_t i = 0; i < value->list.count; i++) {
            const struct had_value *one = &value->list.items[i];
            text = had_str_printf(
                &cli->arena, HAD_FMT "%s" HAD_FMT, HAD_ARG(text), i ? ", " : "",
                HAD_ARG(one->tag == HAD_VALUE_REF && one->object ? one->object->label : one->text));
        }
    else if (value->tag != HAD_VALUE_ABSENT && value->tag != HAD_VALUE_ERROR)
        text = value->text;
    *had_push(&cli->arena, &v->shapes) =
        (struct shape){had_outside_name(&cli->arena, set), had_str_c(attribute), text};
}

/* Compiles a spec and answers. */
static void look(struct had_cli *cli, const char *path, bool check_names, struct view *v)
{
    const char *asked = cli->operands.count ? cli->operands.items[0] : NULL;
    if (!cli->operands.count)
        *had_push(&cli->arena, &cli->operands) = path;
    cli->operands.items[0] = path;
    had_cli_compile(cli, &v->c, "derive");
    cli->operands.items[0] = asked ? asked : ".";
    if (v->c.unreadable || v->c.diags.errors || !v->c.spec) {
        v->status = had_cli_findings(cli, &v->c, true);
        v->failed = true;
        return;
    }
    struct had_access *access = had_access_make(&v->c.arena, v->c.spec);
    if (check_names && ((cli->on && !check_account(cli, v->c.spec)) ||
                        (cli->principal && !check_group(cli, access)))) {
        v->status = HAD_EXIT_USAGE;
        v->failed = true;
        return;
    }
    had_each(struct had_grant, g, &access->grants)
        if ((!cli->on || is_account(g->account, cli->on)) &&
            (!cli->principal || is_principal(g, cli->principal)))
            add_line(cli, v, access, g);
    static const char *const parts[] = {"policies", "customer-policies", "inline", "boundary",
                                        "session"};
    had_each_object(set, had_spec_kind(v->c.spec, "permission-set"))
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            add_shape(cli, v, set, parts[i]);
    had_each_object(policy, had_spec_kind(v->c.spec, "policy"))
        add_shape(cli, v, policy, "document");
}

/* ---- text ---- */

static uint32_t cells(had_str text)
{
    uint32_t count = 0;
    for (uint32_t at = 0; at < text.len;) {
        struct had_glyph glyph = had_glyph_at(text, at);
        count += glyph.cells;
        at += glyph.bytes ? glyph.bytes : 1;
    }
    return count;
}

static void put(struct had_buffer *out, had_str text, uint32_t width)
{
    had_buffer_safe(out, text);
    for (uint32_t used = cells(text); used < width; used++)
        had_buffer_char(out, ' ');
}

struct widths {
    uint32_t principal, set, account;
};

static struct widths widths_of(const lines *all)
{
    struct widths w = {0};
    had_each(struct line, l, all) {
        uint32_t p = cells(l->principal), s = cells(l->set), a = cells(l->account);
        w.principal = p > w.principal ? p : w.principal;
        w.set = s > w.set ? s : w.set;
        w.account = a > w.account ? a : w.account;
    }
    return w;
}

static void put_reason(struct had_buffer *out, const struct line *l)
{
    had_buffer_safe(out, l->policy);
    if (l->doubt.len) {
        had_buffer_c(out, ", ");
        had_buffer_safe(out, l->doubt);
    }
    if (l->place.file.len) {
        had_buffer_c(out, " (");
        had_buffer_safe(out, l->place.file);
        had_buffer_printf(out, ":%u)", (unsigned)l->place.start.line);
    }
}

static void put_inside(struct had_buffer *out, const struct line *l)
{
    if (!l->inside.len)
        return;
    had_buffer_c(out, "; also people in ");
    had_buffer_safe(out, l->inside);
}

static void put_end(struct had_buffer *out)
{
    while (out->len && out->ptr[out->len - 1] == ' ')
        out->len--;
    had_buffer_char(out, '\n');
}

static void text_of(struct had_cli *cli, struct had_buffer *out, const struct view *v)
{
    struct widths w = widths_of(&v->lines);
    had_str account = {0};
    bool first = true;
    had_each(struct line, l, &v->lines) {
        if (first || !had_str_eq(account, l->account)) {
            had_buffer_c(out, first ? "" : "\n");
            had_buffer_safe(out, l->account);
            if (l->id.len && !had_str_eq(l->id, l->account)) {
                had_buffer_c(out, " (");
                had_buffer_safe(out, l->id);
                had_buffer_char(out, ')');
            }
            had_buffer_char(out, '\n');
            account = l->account;
            first = false;
        }
        had_buffer_c(out, "  ");
        if (cli->who_can)
            put(out, had_str_c(had_answer_name(l->answer)), 7);
        put(out, l->principal, w.principal + 2);
        put(out, l->set, w.set + 2);
        if (cli->who_can) {
            put_reason(out, l);
        } else {
            put(out, had_duration_text(&cli->arena, l->session), 6);
            had_buffer_c(out, l->answer == HAD_YES ? "every right" : "");
        }
        put_inside(out, l);
        put_end(out);
    }
    if (!v->lines.count)
        had_buffer_c(out,
                     cli->who_can ? "nobody, by what the spec assigns\n" : "nothing is assigned\n");
}

/* ---- differences ---- */

enum change { ADDED, REMOVED, ANSWERED };
struct difference {
    enum change change;
    const struct line *before, *after;
};
typedef had_array(struct difference) differences;

static int by_key(const struct line *x, const struct line *y)
{
    int order = had_str_cmp(x->account, y->account);
    if (!order)
        order = had_str_cmp(x->principal, y->principal);
    if (!order)
        order = (x->is_user > y->is_user) - (x->is_user < y->is_user);
    return order ? order : had_str_cmp(x->set, y->set);
}

static int compare_lines(const void *a, const void *b)
{
    return by_key(a, b);
}

static void sort(lines *all)
{
    if (all->count > 1)
        qsort(all->items, all->count, sizeof *all->items, compare_lines);
}

static differences compare(struct had_cli *cli, struct view *before, struct view *after)
{
    differences out = {0};
    sort(&before->lines);
    sort(&after->lines);
    for (uint32_t i = 0, k = 0; i < before->lines.count || k < after->lines.count;) {
        const struct line *b = i < before->lines.count ? &before->lines.items[i] : NULL,
                          *a = k < after->lines.count ? &after->lines.items[k] : NULL;
        int order = !b ? 1 : !a ? -1 : by_key(b, a);
        if (order < 0)
            *had_push(&cli->arena, &out) = (struct difference){REMOVED, b, NULL};
        else if (order > 0)
            *had_push(&cli->arena, &out) = (struct difference){ADDED, NULL, a};
        else if (b->answer != a->answer)
            *had_push(&cli->arena, &out) = (struct difference){ANSWERED, b, a};
        i += order <= 0;
        k += order >= 0;
    }
    return out;
}

static const struct shape *shape_in(const shapes *all, const struct shape *like)
{
    had_each(struct shape, s, all)
        if (had_str_eq(s->set, like->set) && had_str_eq(s->part, like->part))
            return s;
    return NULL;
}

static void put_difference(struct had_cli *cli, struct had_buffer *out, const struct difference *d,
                           const struct widths *w)
{
    static const char signs[] = {'+', '-', '~'};
    const struct line *l = d->after ? d->after : d->before;
    had_buffer_printf(out, "%c ", signs[d->change]);
    put(out, l->account, w->account + 2);
    put(out, l->principal, w->principal + 2);
    put(out, l->set, w->set + 2);
    if (d->change == ANSWERED)
        had_buffer_printf(out, "%s%s -> %s",
                          cli->who_can ? "" : "every right: ", had_answer_name(d->before->answer),
                          had_answer_name(d->after->answer));
    else if (cli->who_can)
        had_buffer_c(out, had_answer_name(l->answer));
    else if (l->answer == HAD_YES)
        had_buffer_c(out, "every right");
    put_inside(out, l);
    put_end(out);
}

static void text_of_differences(struct had_cli *cli, struct had_buffer *out,
                                const differences *found, const struct view *before,
                                const struct view *after)
{
    lines shown = {0};
    had_each(struct difference, d, found)
        *had_push(&cli->arena, &shown) = d->after ? *d->after : *d->before;
    struct widths w = widths_of(&shown);
    had_each(struct difference, d, found)
        put_difference(cli, out, d, &w);
    uint32_t changed = 0;
    had_each(struct shape, a, &after->shapes) {
        const struct shape *b = shape_in(&before->shapes, a);
        if (!b || had_str_eq(a->text, b->text))
            continue;
        bool document = had_str_is(a->part, "inline") || had_str_is(a->part, "document");
        had_buffer_c(out, found->count && !changed++ ? "\n" : "");
        had_buffer_c(out, document && had_str_is(a->part, "document") ? "~ policy "
                                                                      : "~ permission-set ");
        had_buffer_safe(out, a->set);
        had_buffer_printf(out, ": " HAD_FMT, HAD_ARG(a->part));
        if (document) {
            had_buffer_c(out,
                         b->text.len ? a->text.len ? " is another text" : " is gone" : " is new");
        } else {
            had_buffer_char(out, ' ');
            had_buffer_safe(out, b->text.len ? b->text : HAD_STR("none"));
            had_buffer_c(out, " -> ");
            had_buffer_safe(out, a->text.len ? a->text : HAD_STR("none"));
        }
        had_buffer_char(out, '\n');
    }
    if (!out->len)
        had_buffer_c(out, "no difference\n");
}

/* ---- JSON ---- */

static json_t *json_line(const struct had_cli *cli, const struct line *l)
{
    json_t *o = json_object();
    json_object_set_new(o, "account", had_json_text(l->account));
    json_object_set_new(o, "account_id", l->id.len ? had_json_text(l->id) : json_null());
    json_object_set_new(o, "principal", had_json_text(l->principal));
    json_object_set_new(o, "kind", json_string(l->is_user ? "user" : "group"));
    json_object_set_new(o, "permission_set", had_json_text(l->set));
    json_object_set_new(o, "session_seconds", json_integer(l->session));
    json_object_set_new(o, cli->who_can ? "answer" : "every_right",
                        json_string(had_answer_name(l->answer)));
    json_object_set_new(o, "policy", l->policy.len ? had_json_text(l->policy) : json_null());
    json_object_set_new(o, "doubt", l->doubt.len ? had_json_text(l->doubt) : json_null());
    json_object_set_new(o, "file", l->place.file.len ? had_json_text(l->place.file) : json_null());
    json_object_set_new(o, "line",
                        l->place.file.len ? json_integer(l->place.start.line) : json_null());
    json_object_set_new(o, "groups_inside", l->inside.len ? had_json_text(l->inside) : json_null());
    return o;
}

static json_t *json_head(const struct had_cli *cli, const struct view *v)
{
    json_t *o = json_object();
    json_object_set_new(o, "version", json_integer(1));
    json_object_set_new(o, "spec", had_json_text(v->c.spec->name));
    json_object_set_new(o, "action", cli->who_can ? json_string(cli->who_can) : json_null());
    return o;
}

static void json_of(struct had_cli *cli, struct had_buffer *out, const struct view *v)
{
    json_t *o = json_head(cli, v), *list = json_array();
    had_each(struct line, l, &v->lines)
        json_array_append_new(list, json_line(cli, l));
    json_object_set_new(o, "access", list);
    had_json_write(out, o);
}

static void json_of_differences(struct had_cli *cli, struct had_buffer *out,
                                const differences *found, const struct view *before,
                                const struct view *after)
{
    json_t *o = json_head(cli, after), *lists[] = {json_array(), json_array(), json_array()};
    had_each(struct difference, d, found) {
        json_t *one = json_line(cli, d->after ? d->after : d->before);
        if (d->change == ANSWERED)
            json_object_set_new(one, "before", json_string(had_answer_name(d->before->answer)));
        json_array_append_new(lists[d->change], one);
    }
    json_object_set_new(o, "added", lists[ADDED]);
    json_object_set_new(o, "removed", lists[REMOVED]);
    json_object_set_new(o, "changed", lists[ANSWERED]);
    json_t *sets = json_array();
    had_each(struct shape, a, &after->shapes) {
        const struct shape *b = shape_in(&before->shapes, a);
        if (!b || had_str_eq(a->text, b->text))
            continue;
        json_t *one = json_object();
        json_object_set_new(one, had_str_is(a->part, "document") ? "policy" : "permission_set",
                            had_json_text(a->set));
        json_object_set_new(one, "attribute", had_json_text(a->part));
        json_object_set_new(one, "before", had_json_text(b->text));
        json_object_set_new(one, "after", had_json_text(a->text));
        json_array_append_new(sets, one);
    }
    json_object_set_new(o, "sets", sets);
    had_json_write(out, o);
}

/* ---- the command ---- */

int had_cmd_access(struct had_cli *cli)
{
    if (cli->operands.count > 1) {
        fprintf(stderr, "had access: one path at most\n");
        return HAD_EXIT_USAGE;
    }
    if (cli->who_can && !(cli->who_can = check_action(cli)))
        return HAD_EXIT_USAGE;
    const char *path = cli->operands.count ? cli->operands.items[0] : ".";
    struct view before = {0}, after = {0};
    bool json = cli->format == HAD_FORMAT_JSON;
    int status = HAD_EXIT_DONE;
    /* Of two specs either may lack an account or a group: that is the difference. */
    look(cli, path, !cli->diff_with, &after);
    if (cli->diff_with && !after.failed)
        look(cli, cli->diff_with, false, &before);
    if (after.failed || before.failed) {
        status = after.failed ? after.status : before.status;
    } else {
        struct had_buffer out = {0};
        if (cli->diff_with) {
            differences found = compare(cli, &before, &after);
            (json ? json_of_differences : text_of_differences)(cli, &out, &found, &before, &after);
        } else {
            (json ? json_of : text_of)(cli, &out, &after);
        }
        had_cli_print(had_buffer_view(&out));
        had_buffer_free(&out);
    }
    had_compilation_free(&after.c);
    if (cli->diff_with && !after.failed)
        had_compilation_free(&before.c);
    return status;
}
