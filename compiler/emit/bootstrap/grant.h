/*
 * What each account's deploy role must be able to do, gathered from the graph and the steps: rows
 * of the table of actions, and the names of the things that they may touch. Accounts that need the
 * same have equal grants, so that one template serves many.
 */
#ifndef HAD_EMIT_BOOTSTRAP_GRANT_H
#define HAD_EMIT_BOOTSTRAP_GRANT_H

#include "emit/bootstrap/actions.h"
#include "emit/steps.h"

typedef had_array(had_str) had_texts;

void had_texts_add(struct had_arena *arena, had_texts *texts, had_str text); /* once */
void had_texts_words(struct had_arena *arena, had_texts *texts, const char *words);
void had_texts_sort(had_texts *texts);

/* Whose rights they are. */
enum had_grant_part {
    HAD_GRANT_NATIVE, /* what templates make with types of AWS, and a program with the same calls */
    HAD_GRANT_CUSTOM, /* functions of custom resources: templates only */
    HAD_GRANT_DIRECT, /* what these functions do instead: a program only */
    HAD_GRANT_PARTS
};

enum { HAD_GRANT_NEED = 1, HAD_GRANT_END = 2, HAD_GRANT_READ = 4 };

struct had_grants {
    had_str account, account_id, role, partition;
    bool protects;   /* some stack of it is protected */
    bool bucket;     /* some template of it is larger than a request holds */
    bool deliveries; /* configurations are brought to machines */
    uint8_t rows[HAD_GRANT_PARTS][HAD_ACTION_ROWS_MAX];
    bool direct[HAD_DIRECT_ROWS_MAX];
    had_texts actions, unscoped;        /* of custom resources, done directly */
    had_texts names[HAD_SCOPE_COUNT];   /* ARNs without `arn:PARTITION:`; an ARN as it was stated */
    had_texts secrets[HAD_GRANT_PARTS]; /* that are read */
    bool foreign_secrets;
    had_texts passed, linked; /* services: whom roles are handed to, whose roles are made */
    had_texts managed;        /* policies that roles may have */
    had_texts lookups;        /* actions of the commands that find what is there */
    had_texts regions;
    had_texts readers; /* account ids whose stacks read outputs here */
    had_texts reads;   /* accounts whose outputs stacks here read */
};

typedef had_array(struct had_grants *) had_grants_list;

/* What names that CloudFormation makes begin with, of stacks or (cut) of all that has short names.
 */
had_str had_grant_prefix(struct had_arena *arena, had_str spec, bool cut);
/* By account, in the order of their names. */
had_grants_list had_grants_gather(struct had_arena *arena, const struct had_steps *steps);

#endif
