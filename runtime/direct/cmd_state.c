#include "direct/direct.h"
#include "direct/session.h"

#include "diag/render.h"

#include <stdio.h>
#include <string.h>

/* Takes the operand at the front away: what is left is the spec's path. */
static const char *shift(struct had_cli *cli)
{
    if (cli->operands.count == 0)
        return NULL;
    const char *first = cli->operands.items[0];
    cli->operands.items++;
    cli->operands.count--;
    return first;
}

static int list(struct had_session *s)
{
    if (s->cli->format == HAD_FORMAT_JSON) {
        had_print_json(had_state_json(s->state));
        return HAD_EXIT_DONE;
    }
    struct had_buffer b = {0};
    had_each(struct had_record *, at, &s->state->records) {
        const struct had_record *r = *at;
        had_str cells[] = {r->address, r->type, r->id.len ? r->id : HAD_STR("-"),
                           had_str_c(had_record_status_name(r->status))};
        for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
            had_buffer_c(&b, i ? "\t" : "");
            had_buffer_safe(&b, cells[i]);
        }
        had_buffer_c(&b, "\n");
    }
    had_cli_print(had_buffer_view(&b));
    had_buffer_free(&b);
    return HAD_EXIT_DONE;
}

static int show(struct had_session *s, const char *address)
{
    if (!address) {
        had_print_json(had_state_json(s->state));
        return HAD_EXIT_DONE;
    }
    const struct had_record *record = had_state_find(s->state, had_str_c(address));
    if (!record) {
        fprintf(stderr, "had state: there is no `%s` in the state; `had state list` names all\n",
                address);
        return HAD_EXIT_USAGE;
    }
    had_print_json(had_record_json(record));
    return HAD_EXIT_DONE;
}

static int let_go(struct had_session *s, const char *address)
{
    had_str message = {0};
    struct had_record *record = address ? had_state_find(s->state, had_str_c(address)) : NULL;
    if (!record) {
        fprintf(stderr, "had state rm: there is no `%s` in the state\n", address ? address : "");
        return HAD_EXIT_USAGE;
    }
    struct had_buffer b = {0};
    had_buffer_c(&b, "`");
    had_buffer_safe(&b, record->address);
    had_buffer_c(&b, "` (");
    had_buffer_safe(&b, record->type);
    had_buffer_c(&b, " ");
    had_buffer_safe(&b, record->id);
    had_buffer_c(&b, ") stays in AWS; this deployment lets go of it.\n");
    had_cli_print(had_buffer_view(&b));
    had_buffer_free(&b);
    if (!had_session_ask(s, "Let go of it?"))
        return HAD_EXIT_USAGE;
    if (had_state_remove(s->state, record, &message) != HAD_STATE_OK) {
        fprintf(stderr, "had state rm: " HAD_FMT "\n", HAD_ARG(message));
        return HAD_EXIT_FINDINGS;
    }
    return HAD_EXIT_DONE;
}

int had_cmd_state(struct had_cli *cli)
{
    const char *verb = shift(cli);
    if (!verb || (strcmp(verb, "list") != 0 && strcmp(verb, "show") != 0 &&
                  strcmp(verb, "unlock") != 0 && strcmp(verb, "rm") != 0)) {
        fprintf(stderr, "had state: say list, show, unlock or rm\n");
        return HAD_EXIT_USAGE;
    }
    bool takes = strcmp(verb, "list") != 0;
    const char *argument = takes ? shift(cli) : NULL;
    struct had_session s;
    if (strcmp(verb, "unlock") == 0) {
        if (!argument) {
            fprintf(stderr, "had state unlock: say the id of the lock, which the message told\n");
            return HAD_EXIT_USAGE;
        }
        return had_session_unlock(cli, argument);
    }
    bool writes = strcmp(verb, "rm") == 0;
    int status = had_session_open(&s, cli, writes ? HAD_NEEDS_WRITE : 0);
    if (status == HAD_EXIT_DONE)
        status = writes                      ? let_go(&s, argument)
                 : strcmp(verb, "list") == 0 ? list(&s)
                                             : show(&s, argument);
    return had_session_close(&s, status);
}

int had_cmd_output(struct had_cli *cli)
{
    const char *name = shift(cli);
    if (!name) {
        fprintf(stderr, "had output: say an address, and an attribute behind a dot\n");
        return HAD_EXIT_USAGE;
    }
    struct had_session s;
    int status = had_session_open(&s, cli, 0);
    if (status == HAD_EXIT_DONE) {
        had_str whole = had_str_c(name);
        const struct had_record *record = had_state_find(s.state, whole);
        const json_t *value = record ? record->attributes : NULL;
        for (uint32_t at = whole.len; !record && at-- > 0;) {
            if (whole.ptr[at] != '.')
                continue;
            const struct had_record *of = had_state_find(s.state, had_str_slice(whole, 0, at));
            value = of ? json_object_get(of->attributes, name + at + 1) : NULL;
            if (of)
                break;
        }
        if (!value) {
            fprintf(stderr, "had output: the state knows no `%s`\n", name);
            status = HAD_EXIT_USAGE;
        } else if (json_is_string(value) && cli->format != HAD_FORMAT_JSON) {
            printf("%s\n", json_string_value(value));
        } else {
            json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
            putchar('\n');
        }
    }
    return had_session_close(&s, status);
}
