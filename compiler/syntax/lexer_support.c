/* What the scanner does with the pieces of text it finds: tokens, trivia, strings that are open. */
#include "syntax/parser.h"

#include "had.tab.h"

enum { KEYWORD_SLOTS = 128, KEYWORD_LENGTH_MAX = 8 };

/* ---- reserved words ---- */

static uint64_t packed(const char *word, uint32_t length)
{
    uint64_t bytes = 0;
    memcpy(&bytes, word, length);
    return bytes;
}

static uint32_t slot_of(uint64_t word)
{
    return (uint32_t)((word * UINT64_C(0x9E3779B97F4A7C15)) >> 57);
}

static void add_keyword(struct had_lexer *lexer, const char *word, uint8_t token)
{
    uint64_t bytes = packed(word, (uint32_t)strlen(word));
    uint32_t at = slot_of(bytes);
    while (lexer->keywords[at].word)
        at = (at + 1) % KEYWORD_SLOTS;
    lexer->keywords[at] = (struct had_keyword_slot){bytes, token};
}

int had_keyword_token(const struct had_lexer *lexer, had_str word)
{
    if (word.len > KEYWORD_LENGTH_MAX)
        return 0;
    uint64_t bytes = packed(word.ptr, word.len);
    for (uint32_t at = slot_of(bytes); lexer->keywords[at].word; at = (at + 1) % KEYWORD_SLOTS)
        if (lexer->keywords[at].word == bytes)
            return lexer->keywords[at].token;
    return 0;
}

void had_lexer_init(struct had_lexer *lexer, struct had_arena *arena, struct had_arena *scratch,
                    struct had_file *file, had_str text)
{
    *lexer = (struct had_lexer){.arena = arena,
                                .scratch = scratch,
                                .file = file,
                                .text = text,
                                .own_line = true,
                                .doc_first = HAD_NO_TOKEN};
#define HAD_KEYWORD(word, token, role, instead) add_keyword(lexer, word, HAD_T_##token);
#include "keywords.def"
#undef HAD_KEYWORD
}

/* ---- tokens ---- */

enum had_lex_state had_lexer_state(const struct had_lexer *lexer)
{
    return lexer->frames.count ? lexer->frames.items[lexer->frames.count - 1].state : HAD_LEX_CODE;
}

void had_lexer_step(struct had_lexer *lexer, uint32_t length)
{
    lexer->at = lexer->next;
    lexer->next += length;
}

static struct had_span span_at(const struct had_lexer *lexer, uint32_t start, uint32_t end)
{
    return (struct had_span){lexer->file->file, start, end};
}

static void note(struct had_lexer *lexer, enum had_lex_note_kind kind, uint32_t start, uint32_t end)
{
    /* Only the first ones are shown, and the one that says that the rest was not read. */
    if (lexer->notes.count > HAD_SYNTAX_ERRORS_MAX && kind < HAD_NOTE_UNTERMINATED_BLOCK)
        return;
    *had_push(lexer->scratch, &lexer->notes) =
        (struct had_lex_note){kind, span_at(lexer, start, end)};
}

static void truncate_here(struct had_lexer *lexer, enum had_lex_note_kind kind)
{
    if (lexer->truncated)
        return;
    note(lexer, kind, lexer->at, lexer->next);
    lexer->truncated = true;
}

static struct had_token *add_token(struct had_lexer *lexer, int kind, uint32_t start, uint32_t end)
{
    struct had_tokens *tokens = &lexer->tokens;
    if (tokens->count == tokens->room) {
        tokens->room = tokens->room ? tokens->room * 2 : 256;
        tokens->items = had_xrealloc(tokens->items, tokens->room * sizeof *tokens->items);
    }
    struct had_token *token = &tokens->items[tokens->count++];
    *token = (struct had_token){.start = start, .end = end, .kind = (uint8_t)kind};
    lexer->own_line = false;
    if (lexer->doc_first != HAD_NO_TOKEN) {
        *had_push(lexer->scratch, &lexer->docs) =
            (struct had_doc){start, lexer->doc_first, lexer->doc_count};
        lexer->doc_first = HAD_NO_TOKEN;
    }
    return token;
}

static struct had_token *push(struct had_lexer *lexer, int kind, uint32_t start, uint32_t end)
{
    if (lexer->tokens.count >= HAD_TOKENS_MAX) {
        truncate_here(lexer, HAD_NOTE_TOO_MANY);
        return NULL;
    }
    return lexer->truncated ? NULL : add_token(lexer, kind, start, end);
}

void had_lexer_push(struct had_lexer *lexer, int kind)
{
    struct had_tokens *tokens = &lexer->tokens;
    if (kind == HAD_T_TEXT && tokens->count) {
        struct had_token *last = &tokens->items[tokens->count - 1];
        if (last->kind == HAD_T_TEXT && last->end == lexer->at) {
            last->end = lexer->next;
            return;
        }
    }
    push(lexer, kind, lexer->at, lexer->next);
}

void had_lexer_word(struct had_lexer *lexer, const char *text, uint32_t length)
{
    /* Behind a dot only a name can stand: `.on` and `.until` read clauses. */
    const struct had_tokens *tokens = &lexer->tokens;
    bool step = tokens->count && tokens->items[tokens->count - 1].kind == HAD_T_DOT &&
                tokens->items[tokens->count - 1].end == lexer->at;
    int keyword = step ? 0 : had_keyword_token(lexer, (had_str){text, length});
    struct had_token *token = push(lexer, keyword ? keyword : HAD_T_NAME, lexer->at, lexer->next);
    if (!token || keyword)
        return;
    bool odd = text[length - 1] == '-';
    for (uint32_t i = 0; i < length && !odd; i++)
        odd = (unsigned char)text[i] >= 0x80;
    if (odd)
        token->flags |= HAD_TOKEN_ODD_NAME;
}

void had_lexer_comment(struct had_lexer *lexer, const char *text, uint32_t length)
{
    bool doc = length >= 2 && text[1] == '#' && (length == 2 || text[2] != '#');
    while (length &&
           (text[length - 1] == ' ' || text[length - 1] == '\t' || text[length - 1] == '\r'))
        length--;
    had_lexer_control(lexer, text, length);
    struct had_trivia *trivia = had_push(lexer->arena, &lexer->file->trivia);
    trivia->kind = doc ? HAD_TRIVIA_DOC : HAD_TRIVIA_COMMENT;
    trivia->own_line = lexer->own_line;
    trivia->span = span_at(lexer, lexer->at, lexer->at + length);
    if (!lexer->own_line)
        return;
    if (!doc) {
        lexer->doc_first = HAD_NO_TOKEN;
    } else if (lexer->doc_first == HAD_NO_TOKEN) {
        lexer->doc_first = lexer->file->trivia.count - 1;
        lexer->doc_count = 1;
    } else {
        lexer->doc_count++;
    }
}

/* `text` is one or more line ends with blanks behind each. */
void had_lexer_newline(struct had_lexer *lexer, const char *text, uint32_t length)
{
    uint32_t last = 0; /* index of the last line end */
    for (uint32_t i = 1; i < length; i++)
        if (text[i] == '\n')
            last = i;
    bool first_line = lexer->at == 0;
    if (last || first_line) {
        struct had_trivia *trivia = had_push(lexer->arena, &lexer->file->trivia);
        trivia->kind = HAD_TRIVIA_BLANK;
        trivia->own_line = true;
        trivia->span = span_at(lexer, first_line ? 0 : lexer->at + 1, lexer->at + last + 1);
        lexer->doc_first = HAD_NO_TOKEN;
    }
    uint32_t indent = length - last - 1;
    struct had_tokens *tokens = &lexer->tokens;
    if (tokens->count && tokens->items[tokens->count - 1].kind == HAD_T_NEWLINE) {
        tokens->items[tokens->count - 1].link = indent;
    } else {
        uint32_t pending = lexer->doc_first; /* the documentation is for the token behind */
        lexer->doc_first = HAD_NO_TOKEN;
        struct had_token *token = push(lexer, HAD_T_NEWLINE, lexer->at, lexer->at + 1);
        if (token)
            token->link = indent;
        lexer->doc_first = pending;
    }
    lexer->own_line = true;
}

void had_lexer_control(struct had_lexer *lexer, const char *text, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        /* A carriage return alone is found by had_report_hidden, wherever it stands. */
        if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f) {
            note(lexer, HAD_NOTE_CONTROL, lexer->at + i, lexer->at + i + 1);
            return;
        }
    }
}

/* ---- strings ---- */

/*
 * Where a string that was not closed is taken to end: before the brackets at the end of its line,
 * which its author meant to be brackets. So `x = "abc }` does not also lose its brace.
 */
static uint32_t end_before_brackets(had_str text, uint32_t start, uint32_t end)
{
    while (end > start && strchr(" \t\r{}[]()", text.ptr[end - 1]) && text.ptr[end - 1] != '\0')
        end--;
    return end;
}

uint32_t had_lexer_raw_end(struct had_lexer *lexer, const char *text, uint32_t length)
{
    uint32_t end = end_before_brackets((had_str){text, length}, 1, length);
    lexer->next = lexer->at + end;
    note(lexer, HAD_NOTE_UNTERMINATED_RAW, lexer->at, lexer->next);
    struct had_token *token = push(lexer, HAD_T_RAW, lexer->at, lexer->next);
    if (token)
        token->flags |= HAD_TOKEN_UNTERMINATED;
    return end;
}

void had_lexer_open(struct had_lexer *lexer, enum had_lex_state state)
{
    if (lexer->frames.count >= HAD_NESTING_MAX) {
        truncate_here(lexer, HAD_NOTE_TOO_DEEP);
        lexer->done = true;
        return;
    }
    struct had_lex_frame *frame = had_push(lexer->scratch, &lexer->frames);
    *frame = (struct had_lex_frame){.state = state,
                                    .token = lexer->tokens.count,
                                    .start = lexer->at,
                                    .notes = lexer->notes.count};
    static const int kinds[] = {[HAD_LEX_CODE] = HAD_T_INTERP_OPEN,
                                [HAD_LEX_TEXT] = HAD_T_STRING_OPEN,
                                [HAD_LEX_LINES] = HAD_T_BLOCK_OPEN};
    push(lexer, kinds[state], lexer->at, lexer->next);
}

void had_lexer_close(struct had_lexer *lexer, int kind)
{
    lexer->frames.count--;
    push(lexer, kind, lexer->at, lexer->next);
}

void had_lexer_brace_open(struct had_lexer *lexer)
{
    if (lexer->frames.count)
        lexer->frames.items[lexer->frames.count - 1].braces++;
    had_lexer_push(lexer, HAD_T_LBRACE);
}

bool had_lexer_brace_close(struct had_lexer *lexer)
{
    if (lexer->frames.count) {
        struct had_lex_frame *frame = &lexer->frames.items[lexer->frames.count - 1];
        if (frame->braces == 0) {
            had_lexer_close(lexer, HAD_T_INTERP_CLOSE);
            return true;
        }
        frame->braces--;
    }
    had_lexer_push(lexer, HAD_T_RBRACE);
    return false;
}

bool had_lexer_inside(const struct had_lexer *lexer)
{
    return lexer->frames.count > 1 ||
           (lexer->frames.count == 1 && lexer->frames.items[0].state != HAD_LEX_LINES);
}

/* A line ends at `end` inside a string or a `${`: one finding, and the string ends here. */
void had_lexer_line_end(struct had_lexer *lexer, uint32_t end)
{
    uint32_t kept = lexer->frames.items[0].state == HAD_LEX_LINES ? 1 : 0;
    struct had_lex_frame frame = lexer->frames.items[kept];
    const struct had_lex_frame *open = NULL; /* the first `${` that has no end */
    uint32_t least = frame.start + 1;        /* the string does not end before this */
    for (uint32_t i = kept; i < lexer->frames.count; i++) {
        if (lexer->frames.items[i].state != HAD_LEX_CODE)
            continue;
        if (!open)
            open = &lexer->frames.items[i];
        least = lexer->frames.items[i].start + 2;
    }
    lexer->notes.count = frame.notes;
    lexer->next = end; /* what is pushed below must not look like text behind the line's end */
    if (frame.token < lexer->tokens.count)
        lexer->tokens.count = frame.token;
    uint32_t stop = kept ? end : end_before_brackets(lexer->text, least, end);
    if (open)
        note(lexer, HAD_NOTE_INTERPOLATION, open->start, open->start + 2);
    else
        note(lexer, HAD_NOTE_UNTERMINATED, frame.start, stop);
    lexer->frames.count = kept;
    if (kept) {
        lexer->at = frame.start;
        had_lexer_push(lexer, HAD_T_TEXT);
        return;
    }
    struct had_token *token = push(lexer, HAD_T_STRING, frame.start, stop);
    if (token)
        token->flags |= HAD_TOKEN_UNTERMINATED;
    for (uint32_t i = stop; i < end; i++) {
        static const char brackets[] = "{}[]()";
        static const uint8_t kinds[] = {HAD_T_LBRACE,   HAD_T_RBRACE, HAD_T_LBRACKET,
                                        HAD_T_RBRACKET, HAD_T_LPAREN, HAD_T_RPAREN};
        const char *bracket = strchr(brackets, lexer->text.ptr[i]);
        if (bracket)
            push(lexer, kinds[bracket - brackets], i, i + 1);
    }
}

/* The file ends inside a text block; what it swallowed was most of the file. */
void had_lexer_block_end(struct had_lexer *lexer)
{
    struct had_lex_frame frame = lexer->frames.items[0];
    lexer->notes.count = frame.notes;
    if (frame.token < lexer->tokens.count)
        lexer->tokens.count = frame.token;
    note(lexer, HAD_NOTE_UNTERMINATED_BLOCK, frame.start, frame.start + 3);
    struct had_token *token = push(lexer, HAD_T_STRING, frame.start, lexer->text.len);
    if (token)
        token->flags |= HAD_TOKEN_UNTERMINATED;
    lexer->truncated = true;
    lexer->frames.count = 0;
    lexer->done = true;
}

void had_lexer_finish(struct had_lexer *lexer)
{
    if (had_lexer_inside(lexer))
        had_lexer_line_end(lexer, lexer->next);
    if (lexer->frames.count)
        had_lexer_block_end(lexer);
    lexer->done = true;
}
