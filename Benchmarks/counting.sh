# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What `count`, `count-waits` and `count-long-lists` share: OneSend, stripped, as $program, and what it costs to run it with some arguments.
export SOCKETSEND_STRICT=1
swift build -c release --product OneSend ${SCRATCH:+--scratch-path "$SCRATCH"}
program=$(mktemp)
trap 'rm -f "$program"' EXIT
# valgrind cannot read the debug information of newer compilers.
strip -o "$program" "$(swift build -c release --show-bin-path ${SCRATCH:+--scratch-path "$SCRATCH"})/OneSend"

instructions() { # argument ...
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$@" 2>&1 |
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# Sends are watched meanwhile: an access to memory that is not there, or a block that is lost, ends the run.
allocations() { # argument ...
  valgrind --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite "$program" "$@" 2>&1 |
    sed -n 's/.*total heap usage: \([0-9,]*\) allocs.*/\1/p' | tr -d ,
}

system_calls() { # argument ...
  local calls
  calls=$(mktemp)
  strace -f -qq -o "$calls" "$program" "$@"
  # A call that another thread's interrupts has two lines.
  grep -vcE 'resumed>|^[0-9]+ +(\+\+\+|---)' "$calls"
  rm -f "$calls"
}
