#include "cli/cli.h"

int main(int argc, char **argv)
{
    return had_main(argc, argv, NULL);
}
