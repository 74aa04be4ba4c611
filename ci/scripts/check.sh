#!/usr/bin/env bash
# What a pull request must pass, for any CI. Looks at everything before it fails, and leaves behind
#   had.sarif        findings for code scanning        had-codequality.json   findings for GitLab
#   had-comment.md   findings and the change of resources, for a comment
# Set by the environment, all optional:
#   HAD_PATH       folder or file of the spec (.)         HAD_OUTPUT    folder of the committed build (none: not looked at)
#   HAD_FAIL_ON    error, warning or info (error)         HAD_SNAPSHOT  the committed snapshot (PATH/had-snapshot.json)
#   HAD_BASE       commit to compare the snapshot with    HAD_REPORTS   folder of the reports (.)
#   HAD_ARGUMENTS  further words for every command, such as --var stage=prod
# Exit status: that of `had`: 0 passed, 1 findings or something stale, 2 usage or unreadable input.
# shellcheck disable=SC2016 # backticks in single quotes are Markdown
set -uo pipefail

path=${HAD_PATH:-.}
output=${HAD_OUTPUT:-}
reports=${HAD_REPORTS:-.}
fail_on=${HAD_FAIL_ON:-error}
base=${HAD_BASE:-}
read -ra extra <<<"${HAD_ARGUMENTS:-}"
folder=$path
[ -d "$folder" ] || folder=$(dirname "$folder")
snapshot=${HAD_SNAPSHOT:-$folder/had-snapshot.json}
comment=$reports/had-comment.md
status=0

worst() { [ "$1" -le "$status" ] || status=$1; }
say() { printf '%s\n' "$*"; }

mkdir -p "$reports"

# Findings, in each form that is read somewhere. GitHub reads annotations from the output of a step.
form=text
[ "${GITHUB_ACTIONS:-}" != true ] || form=github
say "had check $path"
had check "${extra[@]}" --fail-on "$fail_on" --format "$form" -- "$path"
worst $?
had check "${extra[@]}" --format sarif -- "$path" >"$reports/had.sarif"
[ -z "${GITLAB_CI:-}" ] || had check "${extra[@]}" --format gitlab -- "$path" >"$reports/had-codequality.json"

# What is committed beside the spec belongs to it.
say "had fmt --check $folder"
had fmt --check -- "$folder"
formatted=$?
worst $formatted
built=0
if [ -n "$output" ]; then
    say "had build $path -o $output --check"
    had build "${extra[@]}" --check -o "$output" -- "$path"
    built=$?
    worst $built
fi
kept=0
if [ -e "$snapshot" ]; then
    say "had snapshot $path --check"
    had snapshot "${extra[@]}" --check -o "$snapshot" -- "$path"
    kept=$?
    worst $kept
fi

# The comment. The snapshot of the base is read from git: from where the branch left it, as reviewers see it.
old=$(mktemp)
trap 'rm -f "$old"' EXIT
there=$(dirname "$snapshot")
if [ -n "$base" ] && git -C "$there" rev-parse --verify --quiet "$base^{commit}" >/dev/null; then
    from=$(git -C "$there" merge-base "$base" HEAD 2>/dev/null || git -C "$there" rev-parse "$base")
    git -C "$there" show "$from:./$(basename "$snapshot")" >"$old" 2>/dev/null || : >"$old"
fi
{
    say '<!-- had -->'
    had check "${extra[@]}" --format markdown -- "$path"
    [ "$formatted" -eq 0 ] || say '
**Not formatted**: run `had fmt`.'
    [ "$built" -eq 0 ] || say '
**The build is stale**: run `had build` and commit what it writes.'
    [ "$kept" -eq 0 ] || say '
**The snapshot is stale**: run `had snapshot` and commit it.'
    say ''
    if [ -s "$old" ]; then
        had snapshot "${extra[@]}" --diff "$old" -- "$path"
    elif [ -e "$snapshot" ]; then
        say 'The base has no snapshot: this change brings the first one.'
    else
        say 'No snapshot is kept: `had snapshot` begins with one, and changes of resources are shown here.'
    fi
} >"$comment" 2>/dev/null

[ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat "$comment" >>"$GITHUB_STEP_SUMMARY"
[ -z "${GITHUB_OUTPUT:-}" ] || printf 'status=%s\ncomment=%s\nsarif=%s\n' "$status" "$comment" "$reports/had.sarif" >>"$GITHUB_OUTPUT"
exit "$status"
