# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# The probes of Docs/Tracing.md: in the binary, seen by tracers with the right arguments, and absent where they are switched
# off. Part of run.

# perf finds a program by its build id.
probed_program() { # compiler
  "$1" "${warnings[@]}" -O2 -g -Wl,--build-id -Idist -o "$work/probed-$1" "$here/program.c" dist/csendshim.c
  readelf -n "$work/probed-$1" | awk '/Provider: / { provider = $2 } /Name: / { print provider, $2 }' | sort -u > "$work/names"
  printf 'csendshim %s\n' batch end start wait > "$work/names.expected"
  same "$work/names" "$work/names.expected"
}

no_probes() {
  gcc "${warnings[@]}" -O2 -DSENDV_NO_PROBES -c -o "$work/plain.o" dist/csendshim.c
  refuse grep -q stapsdt <(readelf -n -S "$work/plain.o")
}

instructions() { # program calls
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$1" "$2" 2>&1 | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

instructions_a_send() { # compiler flags
  "$1" "${warnings[@]}" -O2 "$2" -Idist -o "$work/one" "$here/one_segment.c" dist/csendshim.c
  local few more
  few=$(instructions "$work/one" 500)
  more=$(instructions "$work/one" 1500)
  [ "$few" -gt 0 ]
  echo $(((more - few) / 1000))
}

# What the probes cost while nobody listens. Prints Docs/Tracing.md's row.
probes_cost_little() { # compiler
  local without with
  without=$(instructions_a_send "$1" -DSENDV_NO_PROBES)
  with=$(instructions_a_send "$1" -USENDV_NO_PROBES)
  echo "      $1: $without instructions without probes, $with with them" | tee -a "$work/figures"
  [ "$with" -gt "$without" ] && [ "$with" -le $((without + 16)) ]
}

# Judges what a tracer saw, a line a probe: its name and its arguments. The program wrote down what start and end have to be;
# the batches of each call have to add up to its count, and it waited in poll, until a deadline.
judge() { # what the tracer saw, what the program wrote down
  grep -E '^(start|end) ' "$1" > "$work/saw"
  same "$work/saw" "$2"
  awk '
    $1 == "start" { sum = 0; batches = 0 }
    $1 == "batch" { batches++; if ($5 > 0) sum += $5; if ($2 != fd() || $3 < 1 || $4 < 1 || ($5 < 0 && $5 != -11)) bad(); }
    $1 == "wait" { waits++; if ($2 != fd() || $3 != 0 || $4 <= 0) bad() }
    $1 == "end" { calls++; if (sum != $3 || batches == 0) bad() }
    $1 == "start" { descriptor = $2 }
    function fd() { return descriptor }
    function bad() { print "wrong: " $0; wrong = 1 }
    END { exit wrong || calls != 4 || waits < 2 }
  ' "$1"
}

seen_by_gdb() { # program
  {
    echo 'set pagination off'
    for probe in 'start %d %lu %d' 'batch %d %lu %lu %ld' 'wait %d %d %ld' 'end %d %lu %d'; do
      printf 'break -probe-stap csendshim:%s\ncommands\nsilent\nprintf "%s\\n"' "${probe%% *}" "$probe"
      arguments=$(echo "${probe#* }" | wc -w)
      # shellcheck disable=SC2016 # gdb's variables
      for ((i = 0; i < arguments; i++)); do printf ', $_probe_arg%d' $i; done
      printf '\ncontinue\nend\n'
    done
    echo "run $work/gdb.expected > /dev/null"
  } > "$work/gdb.script"
  gdb -q -nx -batch -ex 'info probes stap csendshim' -x "$work/gdb.script" "$1" < /dev/null > "$work/gdb.out" 2>&1
  cat "$work/gdb.out"
  judge "$work/gdb.out" "$work/gdb.expected"
}

# bpftrace complains where it may not raise its limit of locked memory, or cannot tidy up by a file that is not mounted; what it
# printed is judged.
seen_by_bpftrace() { # program
  bpftrace -c "$1 $work/bpftrace.expected" -e "
    usdt:$1:csendshim:start { printf(\"start %d %ld %d\\n\", arg0, arg1, arg2); }
    usdt:$1:csendshim:batch { printf(\"batch %d %ld %ld %ld\\n\", arg0, arg1, arg2, arg3); }
    usdt:$1:csendshim:wait { printf(\"wait %d %d %ld\\n\", arg0, arg1, arg2); }
    usdt:$1:csendshim:end { printf(\"end %d %ld %d\\n\", arg0, arg1, arg2); }" > "$work/bpftrace.out" 2>&1
  cat "$work/bpftrace.out"
  judge "$work/bpftrace.out" "$work/bpftrace.expected"
}

# perf writes its list of binaries below HOME and the events into a file of the kernel's, which is mounted here for it alone.
seen_by_perf() { # program
  mkdir -p "$work/home"
  # shellcheck disable=SC2016 # the inner shell's variables
  HOME=$work/home unshare -m bash -euc '
    mount -t tracefs tracefs /sys/kernel/tracing
    perf buildid-cache --add "$1"
    perf probe -q "sdt_csendshim:*"
    trap "perf probe -q -d \"sdt_csendshim:*\"" EXIT
    perf record -q -o "$2/perf.data" -e "sdt_csendshim:*" "$1" "$2/perf.expected" > /dev/null
    perf script -i "$2/perf.data" -F event,trace' - "$1" "$work" > "$work/perf.out"
  cat "$work/perf.out"
  sed -n 's/.*sdt_csendshim:\([a-z]*\)[^:]*: *([0-9a-f]*) */\1 /; s/arg[0-9]=//gp' "$work/perf.out" > "$work/perf.lines"
  judge "$work/perf.lines" "$work/perf.expected"
}

check "probes: in what gcc makes" probed_program gcc
check "probes: in what clang makes" probed_program clang
check "probes: none where they are switched off" no_probes
for cc in gcc clang; do
  check "probes: cost at most 16 instructions a send, by $cc" probes_cost_little $cc
  check "probes: seen by gdb, by $cc" seen_by_gdb "$work/probed-$cc"
  if [ "$(id -u)" -ne 0 ]; then
    skip_check "probes: seen by bpftrace and perf, by $cc" "only root may"
  elif [ ! -d /sys/bus/event_source/devices/uprobe ]; then
    skip_check "probes: seen by bpftrace and perf, by $cc" "this kernel has no uprobes"
  else
    check "probes: seen by bpftrace, by $cc" seen_by_bpftrace "$work/probed-$cc"
    if ! perf --version > /dev/null 2>&1; then
      skip_check "probes: seen by perf, by $cc" "perf is not installed"
    else
      check "probes: seen by perf, by $cc" seen_by_perf "$work/probed-$cc"
    fi
  fi
done
echo "what a send of one segment over UDP takes:"
cat "$work/figures"
