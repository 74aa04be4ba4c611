#!/usr/bin/env bash
# Puts a Markdown file into the pull request: one comment, which later runs replace. Needs `gh`, GH_TOKEN and
# what GitHub sets in a job. Without the right to write, as for a fork, it says so and passes: the same text
# is in the summary of the job.
#   comment.sh FILE
set -euo pipefail
file=$1
mark='<!-- had -->'

number=$(sed -nE 's#^refs/pull/([0-9]+)/(merge|head)$#\1#p' <<<"${GITHUB_REF:-}")
if [ -z "$number" ]; then
    echo "not a pull request: no comment"
    exit 0
fi
comments=repos/$GITHUB_REPOSITORY/issues/$number/comments

# A comment has at most 65,536 characters.
body=$(mktemp)
trap 'rm -f "$body"' EXIT
head -c 60000 "$file" >"$body"
[ "$(wc -c <"$file")" -le 60000 ] || printf '\n\n… cut; the summary of the job has all of it.\n' >>"$body"

# Only our own comment is replaced: the mark alone could stand in anybody's.
mine=$(gh api --paginate "$comments" --jq \
    ".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$mark\"))) | .id" 2>/dev/null | head -n 1 || true)
if [ -n "$mine" ]; then
    sent=$(gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$mine" -F "body=@$body" 2>&1) && exit 0
else
    sent=$(gh api --silent --method POST "$comments" -F "body=@$body" 2>&1) && exit 0
fi
printf '::warning title=had::no comment: %s\n' "$(head -n 1 <<<"$sent")"
