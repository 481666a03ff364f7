# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the checks count, and the line that each ends with, which Tests/check reads. Sourced by the scripts that check.

passed=0 failed=0 skipped=0

pass() { passed=$((passed + 1)); }

fail() { # [what there is to say]
  failed=$((failed + 1))
  [ $# -eq 0 ] || printf '%s\n' "$*"
}

add_up() { # passed failed [skipped]
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + ${3:-0}))
}

# Runs a command, or a function in a shell of its own, which ends with its first command that fails. What it prints stays in the
# file $check_log, or else in the file `log` of the folder $work, and is shown where it fails: errors, and the end.
check() { # name command...
  local name=$1 log=${check_log:-${work:-}/log} options=$- status
  shift
  # Not as the condition of an `if`, in which a failed command would not end the function.
  set +e
  (set -e; "$@") >"$log" 2>&1 </dev/null
  status=$?
  [[ $options != *e* ]] || set -e
  if [ $status -eq 0 ]; then
    pass
    echo "ok    $name"
  else
    fail "FAIL  $name"
    grep -aE 'error:|✘' "$log" | head -n 20 || true
    tail -n 40 "$log"
  fi
}

skip_check() { # name reason
  skipped=$((skipped + 1))
  echo "skip  $1: $2"
}

# That a check can fail: the command has to.
refuse() { # command...
  if "$@"; then
    echo "$* succeeded"
    return 1
  fi
}

# The last line: "NAME: N passed, N failed", and ", N skipped" where the second argument is `skipped`. Succeeds if something passed
# and nothing failed.
conclude() { # NAME, or '' for none; [skipped]
  local line="$passed passed, $failed failed"
  [ -z "${2:-}" ] || line+=", $skipped skipped"
  echo "${1:+$1: }$line"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
