/* Questions to the person at the terminal, which is neither standard input nor standard output. */
#include "direct/direct.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

bool had_direct_ask_mfa(void *context, had_str device, char code[HAD_AWS_MFA_ROOM])
{
    const struct had_cli *cli = context;
    FILE *terminal = cli->no_input ? NULL : fopen("/dev/tty", "r+");
    if (!terminal)
        return false;
    char line[64] = "";
    size_t len = 0;
    fprintf(terminal, "MFA code of ");
    for (uint32_t i = 0; i < device.len; i++)
        fputc(isprint((unsigned char)device.ptr[i]) ? device.ptr[i] : '?', terminal);
    fprintf(terminal, ": ");
    fflush(terminal);
    if (!fgets(line, sizeof line, terminal))
        line[0] = '\0';
    fclose(terminal);
    for (const char *at = line; *at && len + 1 < HAD_AWS_MFA_ROOM; at++)
        if (!isspace((unsigned char)*at))
            code[len++] = *at;
    code[len] = '\0';
    return len && strspn(code, "0123456789") == len;
}
