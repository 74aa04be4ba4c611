# shellcheck disable=SC2016 # texts in single quotes are data
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'END'
usage: bash deploy.sh [OPTIONS]

Deploys the steps of manifest.json in order with version 2 of the AWS CLI. Each stack becomes a change set, which is
shown and run when you say so; where people have to act, it stops and says what to do. What is done stands in
deploy.state: started again, it goes on where it stopped.

Each account of the spec is a profile of the AWS CLI with the account's name, best one that assumes the deploy role
(bootstrap/README.md).

  --list          the steps and what is done, without calling anything
  --from STEP     begin at this step, by number or id
  --only STEP     this step alone, done before or not
  --again         look at every step anew, whatever deploy.state says
  --yes           run change sets without asking; not those that remove or replace something
  --bucket NAME   for templates that are larger than a request takes
  --own-rights    stacks are made with the rights of whoever runs this, not with the role of bootstrap/
  --help          this text

Exit status: 0 done; 1 something failed; 2 wrong use; 3 waits for people.
END
}

from='' only='' again='' yes='' bucket='' own_rights='' list='' scratch=''
poll=${HAD_POLL:-10}
state=${HAD_STATE:-deploy.state}

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
fail() {
  warn "error: $*"
  exit 1
}
# Everything so far is done; people are next.
waiting() {
  warn "$*"
  exit 3
}

ask() { # question; true for yes
  local answer=''
  # HAD_ANSWERS=1: they come through a pipe
  [ -t 0 ] || [ -n "${HAD_ANSWERS:-}" ] || waiting "nobody is there to say: $1"
  printf '%s [yes/no] ' "$1"
  read -r answer || waiting 'no answer'
  case $answer in
    y | yes) return 0 ;;
  esac
  return 1
}

# ---- what is done ----

is_done() { # id digest
  [ -f "$state" ] && grep -qxF -- "$2 $1" "$state"
}

note_done() { # id digest
  local rest=''
  if [ -f "$state" ]; then
    rest=$(awk -v id="$1" '{ at = index($0, " "); if (substr($0, at + 1) != id) print }' "$state")
  fi
  { [ -z "$rest" ] || printf '%s\n' "$rest"; printf '%s %s\n' "$2" "$1"; } >"$state.new"
  mv "$state.new" "$state"
}

# ---- accounts ----

suffix=amazonaws.com # of another partition: said with the steps
seen_accounts=' '
profile='' region=''

# The profile must lead to the account that the spec means.
account() { # name id Region
  profile=$1 region=$3
  case $seen_accounts in *" $1 "*) return 0 ;; esac
  if [ -n "$2" ]; then
    local is
    is=$(aws sts get-caller-identity --profile "$1" --region "$3" --query Account --output text) ||
      fail "profile $1 cannot be used"
    [ "$is" = "$2" ] || fail "profile $1 leads to account $is, not to $2"
  fi
  seen_accounts="$seen_accounts$1 "
}

out() { # account Region stack output
  aws cloudformation describe-stacks --profile "$1" --region "$2" --stack-name "$3" \
    --query "Stacks[0].Outputs[?OutputKey=='$4'].OutputValue" --output text
}

# ---- parameters, as the JSON that the CLI reads ----

parameters='' kept=''

json() { # text
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  text=${text//$'\t'/\\t}
  printf '"%s"' "$text"
}

literal() { # name value
  parameters="$parameters${parameters:+,}{\"ParameterKey\":\"$1\",\"ParameterValue\":$(json "$2")}"
}

value() { # name value, which a command gave
  case $2 in
    '' | None) fail "there is no value for $1: is what should give it there?" ;;
  esac
  literal "$1" "$2"
}

# Changes while the foundation is built. A stack that is there keeps what it has; a later step changes it.
staged() { # name value
  case $kept in
    *" $1 "*) parameters="$parameters${parameters:+,}{\"ParameterKey\":\"$1\",\"UsePreviousValue\":true}" ;;
    *) literal "$1" "$2" ;;
  esac
}

# ---- stacks ----

status_of() { # stack
  aws cloudformation describe-stacks --profile "$profile" --region "$region" --stack-name "$1" \
    --query 'Stacks[0].StackStatus' --output text 2>/dev/null || true
}

stack_status=''

stack() { # name; before its parameters
  parameters='' kept=''
  stack_status=$(status_of "$1")
  case $stack_status in
    '' | REVIEW_IN_PROGRESS) return 0 ;;
    ROLLBACK_COMPLETE | *ROLLBACK_FAILED | CREATE_FAILED | DELETE_FAILED)
      fail "stack $1 is $stack_status: look at its events, repair or delete it, and start again" ;;
    *_IN_PROGRESS) fail "stack $1 is being changed ($stack_status): start again when that is over" ;;
  esac
  kept=" $(aws cloudformation describe-stacks --profile "$profile" --region "$region" --stack-name "$1" \
    --query 'Stacks[0].Parameters[].ParameterKey' --output text | tr '\t\n' '  ') "
}

failed_events() { # stack
  aws cloudformation describe-stack-events --profile "$profile" --region "$region" --stack-name "$1" --max-items 30 \
    --query "StackEvents[?contains(ResourceStatus, 'FAILED')].[LogicalResourceId,ResourceStatusReason]" \
    --output text >&2 || true
}

wait_for_stack() { # stack
  local now=''
  while :; do
    now=$(status_of "$1")
    case $now in
      CREATE_COMPLETE | UPDATE_COMPLETE)
        say "  $now"
        return 0 ;;
      *_IN_PROGRESS) sleep "$poll" ;;
      *)
        failed_events "$1"
        fail "stack $1 is ${now:-gone}" ;;
    esac
  done
}

protect_policy() { # stack policy
  [ "$2" = - ] || aws cloudformation set-stack-policy --profile "$profile" --region "$region" --stack-name "$1" \
    --stack-policy-body "file://$2"
}

show_changes() { # stack change-set; sets `grave`
  local changes
  changes=$(aws cloudformation describe-change-set --profile "$profile" --region "$region" --stack-name "$1" \
    --change-set-name "$2" --output text --query \
    "Changes[].ResourceChange.[Action,Replacement||'-',LogicalResourceId,ResourceType]")
  grave=$(printf '%s\n' "$changes" | awk '$1 == "Remove" || $2 == "True" || $2 == "Conditional"' | wc -l | tr -d ' ')
  printf '%s\n' "$changes" | awk '{
    mark = $1 == "Remove" || $2 == "True" ? "!!" : $2 == "Conditional" ? " ?" : "  "
    how = $1 == "Modify" && $2 == "True" ? "Replace" : $1
    printf "  %s %-8s %s (%s)\n", mark, how, $3, $4 }'
}

# Makes, shows and runs one change set; nothing if there is nothing to change.
deploy() { # stack template capability policy protected role tags
  local kind=UPDATE set status reason grave=0
  case $stack_status in '' | REVIEW_IN_PROGRESS) kind=CREATE ;; esac
  set="had-$(date -u +%Y%m%d-%H%M%S)-$$"
  printf '[%s]' "$parameters" >"$scratch/parameters.json"
  printf '[%s]' "$7" >"$scratch/tags.json"
  local arguments=(--stack-name "$1" --change-set-name "$set" --change-set-type "$kind"
    --parameters "file://$scratch/parameters.json" --tags "file://$scratch/tags.json")
  if [ "$(wc -c <"$2")" -gt 51200 ]; then
    [ -n "$bucket" ] || fail "$2 is larger than a request takes: say --bucket NAME, a bucket of account $profile in $region"
    aws s3 cp --quiet --profile "$profile" --region "$region" "$2" "s3://$bucket/had/$set/${2##*/}"
    arguments+=(--template-url "https://$bucket.s3.$region.$suffix/had/$set/${2##*/}")
  else
    arguments+=(--template-body "file://$2")
  fi
  [ "$3" = - ] || arguments+=(--capabilities "$3")
  [ -n "$own_rights" ] || [ "$6" = - ] || arguments+=(--role-arn "$6")
  aws cloudformation create-change-set --profile "$profile" --region "$region" "${arguments[@]}" --output text >/dev/null ||
    fail "no change set for stack $1"
  while :; do
    status=$(aws cloudformation describe-change-set --profile "$profile" --region "$region" --stack-name "$1" \
      --change-set-name "$set" --query Status --output text)
    case $status in
      CREATE_COMPLETE) break ;;
      FAILED)
        reason=$(aws cloudformation describe-change-set --profile "$profile" --region "$region" --stack-name "$1" \
          --change-set-name "$set" --query StatusReason --output text)
        aws cloudformation delete-change-set --profile "$profile" --region "$region" --stack-name "$1" \
          --change-set-name "$set"
        case $reason in
          *"didn't contain changes"* | *"No updates are to be performed"*)
            say '  nothing to change'
            return 0 ;;
        esac
        fail "stack $1: $reason" ;;
    esac
    sleep "$poll"
  done
  show_changes "$1" "$set"
  if [ -z "$yes" ] || [ "$grave" -gt 0 ]; then
    [ "$grave" -eq 0 ] || say "  $grave of these remove or may replace what is there."
    if ! ask "Run this change set on $1?"; then
      aws cloudformation delete-change-set --profile "$profile" --region "$region" --stack-name "$1" \
        --change-set-name "$set"
      waiting "stack $1 is left as it is"
    fi
  fi
  [ "$kind" = CREATE ] || protect_policy "$1" "$4"
  aws cloudformation execute-change-set --profile "$profile" --region "$region" --stack-name "$1" --change-set-name "$set"
  wait_for_stack "$1"
  [ "$kind" = UPDATE ] || protect_policy "$1" "$4"
  [ "$5" = no ] || aws cloudformation update-termination-protection --profile "$profile" --region "$region" \
    --stack-name "$1" --enable-termination-protection --output text >/dev/null
}

# ---- configurations of machines ----

bring() { # file bucket key
  [ -f "$1" ] || fail "$1 is not there: build with --emit cloudformation,dsc,mof"
  aws s3 cp --quiet --profile "$profile" --region "$region" "$1" "s3://$2/$3"
  say "  $1 lies in s3://$2"
}

module() { # bucket file
  aws s3api head-object --profile "$profile" --region "$region" --bucket "$1" --key "$2" >/dev/null 2>&1 ||
    waiting "module $2 is not in s3://$1: runbook.md says at this step how to bring it there"
}

# ---- what people do ----

# Shown as they are; the text comes from the spec.
line() { printf '  %s\n' "$*"; }

gate() { # what was shown is done
  if ! ask 'Is this done and checked?'; then
    waiting 'start again when it is'
  fi
}

# ---- all steps ----

step() { # number id title digest function
  if [ -n "$list" ]; then
    local mark=' '
    ! is_done "$2" "$4" || mark=x
    printf '%s %4s  %s\n' "$mark" "$1" "$3"
    return 0
  fi
  if [ -n "$only" ]; then
    [ "$only" = "$1" ] || [ "$only" = "$2" ] || return 0
    found=1
  else
    if [ -n "$from" ]; then
      [ "$from" = "$1" ] || [ "$from" = "$2" ] || return 0
      from='' found=1
    fi
    if [ -z "$again" ] && is_done "$2" "$4"; then
      say "$1. $3: done before"
      return 0
    fi
  fi
  say "$1. $3"
  "$5"
  note_done "$2" "$4"
}

main() {
  local found='' wanted
  while [ $# -gt 0 ]; do
    case $1 in
      --from | --only | --bucket)
        [ $# -gt 1 ] || { warn "$1 needs a value"; exit 2; }
        case $1 in --from) from=$2 ;; --only) only=$2 ;; --bucket) bucket=$2 ;; esac
        shift ;;
      --list) list=1 ;;
      --again) again=1 ;;
      --yes) yes=1 ;;
      --own-rights) own_rights=1 ;;
      --help | -h)
        usage
        exit 0 ;;
      *)
        warn "there is no option $1; --help says which there are"
        exit 2 ;;
    esac
    shift
  done
  wanted=$from$only
  if [ -z "$list" ]; then
    command -v aws >/dev/null || fail 'the AWS CLI is not installed'
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
  fi
  all_steps
  if [ -n "$wanted" ] && [ -z "$found" ] && [ -z "$list" ]; then
    warn "there is no step $wanted"
    exit 2
  fi
  [ -n "$list" ] || say 'All steps are done.'
}
