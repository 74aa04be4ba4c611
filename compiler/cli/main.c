#include "cli/cli.h"

#include <stdio.h>

/* Messages repeat arguments, and a terminal would obey what a script passed on from elsewhere. */
static bool is_plain(const char *argument)
{
    for (; *argument; argument++)
        if (((unsigned char)*argument < ' ' && *argument != '\t' && *argument != '\n') ||
            *argument == 0x7f)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!is_plain(argv[i])) {
            fprintf(stderr, "had: argument %d holds a control character\n", i);
            return HAD_EXIT_USAGE;
        }
    }
    return had_main(argc, argv);
}
