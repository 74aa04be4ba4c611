#include "cli/cli.h"

#include <stdio.h>

int had_cmd_show(struct had_cli *cli)
{
    had_str address = {"", 0};
    if (cli->operands.count > 2) {
        fprintf(stderr, "had show: a path and an address at most\n");
        return HAD_EXIT_USAGE;
    }
    if (cli->operands.count == 2)
        address = had_str_c(cli->operands.items[1]);
    struct had_compilation c;
    had_cli_compile(cli, &c, NULL);
    struct had_buffer b = {0};
    int status = HAD_EXIT_DONE;
    if (c.spec) {
        if (address.len && !had_spec_find(c.spec, address)) {
            had_str *names = had_new_n(&cli->arena, had_str, c.spec->objects.count + 1);
            for (uint32_t i = 0; i < c.spec->objects.count; i++)
                names[i] = c.spec->objects.items[i]->address;
            had_str near = had_str_nearest(address, names, c.spec->objects.count);
            fprintf(stderr, "had show: there is no object `" HAD_FMT "`", HAD_ARG(address));
            if (near.len)
                fprintf(stderr, "; did you mean `" HAD_FMT "`?", HAD_ARG(near));
            fprintf(stderr, "\n");
            status = HAD_EXIT_USAGE;
        } else if (cli->format == HAD_FORMAT_JSON) {
            had_show_json(&b, c.spec, address, cli->defaults);
        } else {
            had_dump_spec(&b, c.spec, address, cli->defaults);
        }
    }
    had_cli_print(had_buffer_view(&b));
    had_buffer_free(&b);
    if (c.diags.errors || c.unreadable) {
        cli->format = HAD_FORMAT_TEXT;
        status = had_cli_findings(cli, &c, true);
    }
    had_compilation_free(&c);
    return status;
}
