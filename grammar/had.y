/*
 * The grammar of the .had language, edition 1: LALR(1), no conflicts. It reads the token array that
 * compiler/syntax/lexer_support.c has laid out: newlines that count are there, brackets are balanced,
 * and a comma that was forgotten between attributes of one line stands in its place (with a finding).
 *
 * Kinds, attributes and functions are plain names. `had`, `import`, `spec`, `waive` are ordinary blocks.
 * README.md beside this file explains each production with an example.
 */
%require "3.8"
%language "C"
%define api.pure full
%define api.prefix {had_yy}
%define api.token.prefix {HAD_T_}
%define api.token.raw
%define api.value.type union
%define api.location.type {struct had_span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param {struct had_parser *p}

%code requires {
#include "syntax/parser.h"
}

%code {
#define YYLLOC_DEFAULT(Current, Rhs, N)                                                            \
    ((Current) = (N) ? had_span_join(YYRHSLOC(Rhs, 1), YYRHSLOC(Rhs, N))                           \
                     : (struct had_span){YYRHSLOC(Rhs, 0).file, YYRHSLOC(Rhs, 0).end,              \
                                         YYRHSLOC(Rhs, 0).end})

/* Brackets are bounded by HAD_NESTING_MAX and operators by HAD_OPERATORS_MAX: this is never reached. */
#define YYMAXDEPTH 20000

static int had_yylex(HAD_YYSTYPE *value, struct had_span *span, struct had_parser *p)
{
    (void)value;
    return had_parser_next(p, span);
}

static void had_yyerror(const struct had_span *span, struct had_parser *p, const char *message)
{
    (void)message; /* with `parse.error custom`, only a full stack comes here */
    had_parser_too_deep(p, *span);
}

#define EXPR(kind, span) had_make_expr(p, HAD_EXPR_##kind, span)
#define STMT(kind, span) had_make_stmt(p, HAD_STMT_##kind, span)
#define NAME_AT(span) had_make_name(p, span)
#define PUSH(array, item) (*had_push(p->arena, array) = (item))
}

%initial-action { @$ = (struct had_span){p->number, 0, 0}; }

%token END 0 "the end of the file"
%token NEWLINE "the end of the line" UNKNOWN "an unknown character"
%token NAME "a name" LITERAL "a literal" STRING "a string" RAW "a raw string"
%token STRING_OPEN "\"" TEXT "text" STRING_CLOSE "closing quotation mark"
%token BLOCK_OPEN "\"\"\"" BLOCK_CLOSE "closing quotation marks"
%token INTERP_OPEN "${" INTERP_CLOSE "} of ${"
%token LBRACE "{" RBRACE "}" LBRACKET "[" RBRACKET "]" LPAREN "(" RPAREN ")"
%token COMMA "," DOT "." COLON ":" EQUALS "="
%token EQ "==" NE "!=" LT "<" LE "<=" GT ">" GE ">="
%token FOR "for" IF "if" THEN "then" ELSE "else" REQUIRE "require" PARAM "param" LET "let"
%token MODULE "module" EXISTING "existing"
%token EVERY "every" OF "of" EXCEPT "except" WHERE "where"
%token AND "and" OR "or" NOT "not" WITHIN "within" TRUE "true" FALSE "false"
%token IN "in" AT "at" ON "on" TO "to" FROM "from" WITH "with" VIA "via" AS "as"
%token BECAUSE "because" UNTIL "until" BY "by" BETWEEN "between"

%left OR
%left AND
%precedence NOT
%nonassoc EQ NE LT LE GT GE WITHIN

%type <had_stmts> opt_stmts stmts
%type <struct had_stmt *> stmt attr block head param let for if require module
%type <struct had_body *> body
%type <struct had_type_expr *> type
%type <struct had_expr *> value select opt_of opt_except opt_where expr primary subject source
%type <struct had_expr *> ref path dot string pieces list call
%type <had_exprs> items opt_items arguments opt_arguments
%type <enum had_preposition> preposition

%%

file: opt_stmts                     { p->file->stmts = $1; }
    ;

opt_stmts:
      %empty                        { $$ = (had_stmts){0}; }
    | stmts
    | stmts sep
    ;

stmts:
      stmt                          { $$ = (had_stmts){0}; PUSH(&$$, $1); }
    | stmts sep stmt                { $$ = $1; PUSH(&$$, $3); }
    ;

sep:  NEWLINE
    | COMMA
    ;

stmt: attr
    | block
    | EXISTING block                { $$ = had_make_existing(p, $2, @1); }
    | param
    | let
    | for
    | if
    | require
    | module
    | error                         {
                                        /* The rest of the statement is skipped by had_parser_next. */
                                        $$ = STMT(ERROR, had_parser_skipped(p, @1));
                                        yyclearin;
                                        yyerrok;
                                    }
    ;

attr: NAME EQUALS value             {
                                        $$ = STMT(ATTR, @$);
                                        $$->as.attr.name = NAME_AT(@1);
                                        $$->as.attr.value = $3;
                                    }
    | string EQUALS value           {
                                        $$ = STMT(ATTR, @$);
                                        $$->as.attr.name = had_make_quoted_name(p, $1);
                                        $$->as.attr.quoted = true;
                                        $$->as.attr.value = $3;
                                    }
    ;

block:
      head                          { $$ = had_make_block(p, $1, NULL, @1); }
    | head body                     { $$ = had_make_block(p, $1, $2, @1); }
    ;

head: NAME                          { $$ = had_make_head(p, @1, NULL, @$); }
    | NAME subject                  { $$ = had_make_head(p, @1, $2, @$); }
    | NAME select                   { $$ = had_make_head(p, @1, $2, @$); }
    | head preposition source       {
                                        $$ = $1;
                                        PUSH(&$$->as.block.clauses,
                                             ((struct had_clause){$2, @2, $3}));
                                    }
    ;

preposition:
      IN                            { $$ = HAD_IN; }
    | AT                            { $$ = HAD_AT; }
    | ON                            { $$ = HAD_ON; }
    | TO                            { $$ = HAD_TO; }
    | FROM                          { $$ = HAD_FROM; }
    | WITH                          { $$ = HAD_WITH; }
    | VIA                           { $$ = HAD_VIA; }
    | AS                            { $$ = HAD_AS; }
    | BECAUSE                       { $$ = HAD_BECAUSE; }
    | UNTIL                         { $$ = HAD_UNTIL; }
    | BY                            { $$ = HAD_BY; }
    | BETWEEN                       { $$ = HAD_BETWEEN; }
    ;

source:
      primary
    | select
    ;

body: LBRACE opt_stmts RBRACE       {
                                        $$ = had_new(p->arena, struct had_body);
                                        $$->span = @$;
                                        $$->stmts = $2;
                                    }
    ;

param:
      PARAM NAME COLON type         {
                                        $$ = STMT(PARAM, @$);
                                        $$->as.param.name = NAME_AT(@2);
                                        $$->as.param.type = $4;
                                    }
    | PARAM NAME COLON type EQUALS value {
                                        $$ = STMT(PARAM, @$);
                                        $$->as.param.name = NAME_AT(@2);
                                        $$->as.param.type = $4;
                                        $$->as.param.value = $6;
                                    }
    ;

type: NAME                          { $$ = had_make_type(p, @1, NULL, NULL, @$); }
    | NAME OF type                  { $$ = had_make_type(p, @1, $3, NULL, @$); }
    | NAME OF list                  { $$ = had_make_type(p, @1, NULL, $3, @$); }
    ;

let:  LET NAME EQUALS value         {
                                        $$ = STMT(LET, @$);
                                        $$->as.let.name = NAME_AT(@2);
                                        $$->as.let.value = $4;
                                    }
    ;

for:  FOR NAME IN source body       {
                                        $$ = STMT(FOR, @$);
                                        $$->as.loop.variable = NAME_AT(@2);
                                        $$->as.loop.source = $4;
                                        $$->as.loop.body = $5;
                                    }
    ;

if:   IF expr body                  {
                                        $$ = STMT(IF, @$);
                                        $$->as.branch.condition = $2;
                                        $$->as.branch.then = $3;
                                    }
    | IF expr body ELSE body        {
                                        $$ = STMT(IF, @$);
                                        $$->as.branch.condition = $2;
                                        $$->as.branch.then = $3;
                                        $$->as.branch.otherwise = $5;
                                    }
    ;

require:
      REQUIRE value                 {
                                        $$ = STMT(REQUIRE, @$);
                                        $$->as.require.condition = $2;
                                    }
    | REQUIRE value ELSE string     {
                                        $$ = STMT(REQUIRE, @$);
                                        $$->as.require.condition = $2;
                                        $$->as.require.message = $4;
                                    }
    ;

module:
      MODULE NAME body              {
                                        $$ = STMT(MODULE, @$);
                                        $$->as.module.name = NAME_AT(@2);
                                        $$->as.module.body = $3;
                                    }
    ;

value:
      expr
    | select
    | IF expr THEN value ELSE value {
                                        $$ = EXPR(IF, @$);
                                        $$->as.choice.condition = $2;
                                        $$->as.choice.then = $4;
                                        $$->as.choice.otherwise = $6;
                                    }
    ;

select:
      EVERY NAME opt_of opt_except opt_where {
                                        $$ = EXPR(SELECT, @$);
                                        $$->as.select.kind = NAME_AT(@2);
                                        $$->as.select.of = $3;
                                        $$->as.select.except = $4;
                                        $$->as.select.where = $5;
                                    }
    ;

opt_of:
      %empty                        { $$ = NULL; }
    | OF primary                    { $$ = $2; }
    ;

opt_except:
      %empty                        { $$ = NULL; }
    | EXCEPT primary                { $$ = $2; }
    ;

opt_where:
      %empty                        { $$ = NULL; }
    | WHERE expr                    { $$ = $2; }
    ;

expr: primary
    | expr OR expr                  { $$ = had_make_binary(p, HAD_OR, $1, @2, $3); }
    | expr AND expr                 { $$ = had_make_binary(p, HAD_AND, $1, @2, $3); }
    | NOT expr                      { $$ = EXPR(NOT, @$); $$->as.operand = $2; }
    | expr EQ expr                  { $$ = had_make_binary(p, HAD_EQ, $1, @2, $3); }
    | expr NE expr                  { $$ = had_make_binary(p, HAD_NE, $1, @2, $3); }
    | expr LT expr                  { $$ = had_make_binary(p, HAD_LT, $1, @2, $3); }
    | expr LE expr                  { $$ = had_make_binary(p, HAD_LE, $1, @2, $3); }
    | expr GT expr                  { $$ = had_make_binary(p, HAD_GT, $1, @2, $3); }
    | expr GE expr                  { $$ = had_make_binary(p, HAD_GE, $1, @2, $3); }
    | expr WITHIN expr              { $$ = had_make_binary(p, HAD_WITHIN, $1, @2, $3); }
    ;

primary:
      subject
    | dot
    ;

/* What can stand behind a kind: a primary but for `.x`, so that `a.b = 1` is refused at the dot. */
subject:
      ref
    | LITERAL                       {
                                        $$ = EXPR(LITERAL, @$);
                                        $$->as.literal = had_parser_text(p, @1);
                                    }
    | string
    | TRUE                          { $$ = EXPR(BOOL, @$); $$->as.boolean = true; }
    | FALSE                         { $$ = EXPR(BOOL, @$); }
    | list
    | call
    | LPAREN value RPAREN           { $$ = EXPR(GROUP, @$); $$->as.operand = $2; }
    ;

ref:  path
    | NAME path                     { $$ = had_make_kind(p, $2, @1); }
    | NAME string                   { $$ = had_make_outside(p, @1, $2); }
    ;

path: NAME                          {
                                        $$ = EXPR(REF, @$);
                                        $$->as.ref.first = NAME_AT(@1);
                                    }
    | path DOT NAME                 { $$ = had_make_step(p, $1, NULL, @2, @3); }
    | path LBRACKET value opt_newline RBRACKET { $$ = had_make_step(p, $1, $3, @2, @5); }
    ;

opt_newline:
      %empty
    | NEWLINE
    ;

dot:  DOT NAME                      { $$ = had_make_step(p, EXPR(DOT, @$), NULL, @1, @2); }
    | dot DOT NAME                  { $$ = had_make_step(p, $1, NULL, @2, @3); }
    ;

list: LBRACKET opt_items RBRACKET   { $$ = EXPR(LIST, @$); $$->as.list = $2; }
    ;

opt_items:
      %empty                        { $$ = (had_exprs){0}; }
    | items
    | items sep
    ;

items:
      value                         { $$ = (had_exprs){0}; PUSH(&$$, $1); }
    | items sep value               { $$ = $1; PUSH(&$$, $3); }
    ;

call: NAME LPAREN opt_arguments RPAREN {
                                        $$ = EXPR(CALL, @$);
                                        $$->as.call.name = NAME_AT(@1);
                                        $$->as.call.arguments = $3;
                                    }
    ;

opt_arguments:
      %empty                        { $$ = (had_exprs){0}; }
    | arguments
    | arguments COMMA
    ;

arguments:
      value                         { $$ = (had_exprs){0}; PUSH(&$$, $1); }
    | arguments COMMA value         { $$ = $1; PUSH(&$$, $3); }
    ;

string:
      STRING                        { $$ = had_make_string(p, HAD_QUOTE_DOUBLE, @1); }
    | RAW                           { $$ = had_make_string(p, HAD_QUOTE_SINGLE, @1); }
    | STRING_OPEN pieces STRING_CLOSE { $$ = had_make_pieces(p, $2, HAD_QUOTE_DOUBLE, @$); }
    | BLOCK_OPEN pieces BLOCK_CLOSE { $$ = had_make_pieces(p, $2, HAD_QUOTE_BLOCK, @$); }
    ;

pieces:
      %empty                        { $$ = EXPR(STRING, @$); }
    | pieces TEXT                   { $$ = had_make_piece(p, $1, NULL, @2); }
    | pieces INTERP_OPEN value INTERP_CLOSE {
                                        $$ = had_make_piece(p, $1, $3, had_span_join(@2, @4));
                                    }
    ;

%%

/* What may follow, for the message: bison's symbols become token numbers (api.token.raw). */
static int yyreport_syntax_error(const yypcontext_t *context, struct had_parser *p)
{
    yysymbol_kind_t expected[YYNTOKENS];
    /* The set is costly: past the limit of findings nobody asks for it. */
    int count = p->errors < HAD_SYNTAX_ERRORS_MAX
                    ? yypcontext_expected_tokens(context, expected, YYNTOKENS)
                    : 0;
    uint64_t set[2] = {0, 0};
    for (int i = 0; i < count; i++)
        set[expected[i] / 64] |= UINT64_C(1) << (expected[i] % 64);
    had_parser_unexpected(p, set);
    return 0;
}
