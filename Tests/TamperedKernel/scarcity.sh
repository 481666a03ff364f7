# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# A sender that is short of memory or of descriptors.

# As in scarcity.h.
declare -A scarce=([nothing]=0 [RLIMIT_AS]=1 [RLIMIT_DATA]=2 [RLIMIT_NOFILE]=3)

# A stream needs nothing that it does not have.
streams_while_short() {
  local kind=$1 what=$2
  shift 2
  start_reader "$kind" pause_us=100
  send bytes=1500000 buffer=30000 scarce="${scarce[$what]}" "$@"
  await_reader
  expect_all 1500000
}

# More than fits a system call, in segments to be copied: one piece of memory is needed, and there is none.
refuses_whole_datagram() {
  local kind=$1 what=$2
  start_reader "$kind"
  send datagrams=1 datagram=60000 length=20 scarce="${scarce[$what]}"
  await_reader
  expect report errors 1
  expect report last ENOMEM
  expect report counted 0
  expect_counted
}

# The same with enough of it, and all that fit a system call: they go, whole.
datagrams_while_short() {
  local kind=$1 what=$2
  shift 2
  start_reader "$kind"
  send datagrams=30 scarce="${scarce[$what]}" "$@"
  await_reader
  expect report errors 0
  expect report datagrams 30
  expect_counted
}

limited() {
  local kind what
  for what in RLIMIT_AS RLIMIT_DATA RLIMIT_NOFILE; do
    for kind in tcp unix; do
      named "$what, $kind" streams_while_short $kind $what
      thorough "$what, $kind with a time-out" streams_while_short $kind $what within=20000
      named "$what, $kind, 20 bytes a segment" streams_while_short $kind $what length=20
    done
    for kind in udp unix-datagram seqpacket; do
      named "$what, $kind" datagrams_while_short $kind $what longest=1500
    done
  done
  for kind in udp unix-datagram seqpacket; do
    named "a long datagram, $kind" datagrams_while_short $kind nothing datagram=60000 length=20 pause_us=2000
    named "a long datagram in RLIMIT_NOFILE, $kind" \
      datagrams_while_short $kind RLIMIT_NOFILE datagram=60000 length=20 pause_us=2000
    for what in RLIMIT_AS RLIMIT_DATA; do
      named "a long datagram in $what, $kind" refuses_whole_datagram $kind $what
    done
  done
}

cgroup='' cgroup_files=''

# Makes a cgroup that can limit memory, of version 2 or 1; cgroup_files is then 2 or 1. Returns whether it could.
make_cgroup() {
  local root
  for root in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/memory; do
    mkdir "$root/tampered-$$" 2>/dev/null || continue
    cgroup=$root/tampered-$$
    [ -e "$cgroup/memory.max" ] && cgroup_files=2 && return 0
    [ -e "$cgroup/memory.limit_in_bytes" ] && cgroup_files=1 && return 0
    remove_cgroup
  done
  return 1
}

remove_cgroup() {
  [ -n "$cgroup" ] || return 0
  local try
  for try in {1..20}; do
    rmdir "$cgroup" 2>/dev/null && break
    sleep 0.05 # its last process may not be quite gone
  done
  cgroup=''
}

# How often the cgroup met its limit, in the variable value.
count_limit_met() {
  if [ $cgroup_files = 2 ]; then
    value=$(sed -n 's/^max //p' "$cgroup/memory.events")
  else
    value=$(cat "$cgroup/memory.failcnt")
  fi
}

# The sender's cgroup is full of a file's cache: for every page that it needs another has to be given up.
in_full_cgroup() {
  local kind=$1 limit=memory.max
  shift
  make_cgroup || { skip 'no cgroup with a memory limit can be made here'; return; }
  [ $cgroup_files = 2 ] || limit=memory.limit_in_bytes
  echo 6M >"$cgroup/$limit"
  truncate -s 32M "$place/ballast"
  # shellcheck disable=SC2016 # the inner shell's own
  sender_under=(sh -c 'echo $$ >"$0"/cgroup.procs && cat "$1" >/dev/null && shift && exec "$@"' "$cgroup" "$place/ballast")
  start_reader "$kind" pause_us=200
  send bytes=4000000 list=60000 "$@"
  await_reader
  expect_all 4000000
  count_limit_met
  [ "$value" -gt 0 ] || skip 'the limit was not met: files here have no cache of their own'
}

# TCP's own memory is limited to less than the socket's buffer: the socket may take nothing while poll says that there is
# room.
in_cgroup_without_tcp_memory() {
  local limit=memory.kmem.tcp.limit_in_bytes
  make_cgroup || { skip 'no cgroup with a memory limit can be made here'; return; }
  [ -e "$cgroup/$limit" ] || { skip 'cgroups have no limit for TCP alone here'; return; }
  echo 32768 >"$cgroup/$limit"
  # shellcheck disable=SC2016 # the inner shell's own
  sender_under=(sh -c 'echo $$ >"$0"/cgroup.procs && exec "$@"' "$cgroup")
  start_reader tcp pause_us=500 chunk=8192
  send bytes=2000000 list=200000 "$@"
  await_reader
  expect_all 2000000
  value=$(cat "$cgroup/memory.kmem.tcp.max_usage_in_bytes")
  [ "$value" -ge 32768 ] || fault "the limit was not met: $value bytes"
}

scarcity_cases() {
  local kind
  limited
  for kind in tcp unix; do
    named "a full cgroup, $kind" in_full_cgroup $kind
    thorough "a full cgroup, $kind with a time-out" in_full_cgroup $kind within=20000
  done
  named "a cgroup without TCP memory" in_cgroup_without_tcp_memory
  named "a cgroup without TCP memory, with a time-out" in_cgroup_without_tcp_memory within=20000
  named "a cgroup without TCP memory, with MSG_DONTWAIT" in_cgroup_without_tcp_memory nowait=1
}
