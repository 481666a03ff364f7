# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# The frame of the cases: named cases, one reader and one sender in each, and what has to hold after every send. Sourced by
# run, which sets size, programs, work, seed and words.

# What the case at hand has started, and what it has found.
reader='' sender='' faults=() skip_reason=''
# Commands that the two programs are started by, and what the case's place is called.
reader_under=() sender_under=() place=''

fault() { faults+=("$*"); }
skip() { skip_reason=$*; }

# named NAME COMMAND...: one case. The command calls fault for what it finds, or skip.
named() {
  local name=$1 word
  shift
  for word in "${words[@]}"; do [[ $name == *"$word"* ]] || return 0; done
  place=$work/case faults=() skip_reason='' reader='' sender='' reader_under=() sender_under=() report='' record=''
  mkdir "$place"
  case_seed=$(printf '%s %s' "$seed" "$name" | cksum | cut -d ' ' -f 1)
  RANDOM=$case_seed
  local start=$EPOCHREALTIME
  "$@"
  clear_up
  if [ -n "$skip_reason" ]; then
    skipped=$((skipped + 1))
    echo "  $name: skipped: $skip_reason"
  elif [ ${#faults[@]} -gt 0 ]; then
    fail "  $name: FAILED (seed $seed)"
    printf '    %s\n' "${faults[@]}" "sender: ${report:-none}" "reader: ${record:-none}"
  else
    pass
    [ -z "${TAMPERED_VERBOSE:-}" ] || echo "  $name: passed, $(((${EPOCHREALTIME/./} - ${start/./}) / 1000)) ms"
  fi
  rm -rf "$place"
}

# The same, only in a full run.
thorough() { [ "$size" = quick ] || named "$@"; }

# Ends what the case left running. Only processes that it started.
clear_up() {
  local process
  for process in $reader $sender; do
    kill -CONT "$process" 2>/dev/null
    kill -KILL "$process" 2>/dev/null
    wait "$process" 2>/dev/null
  done
  reader='' sender=''
  unroll_wire
  remove_cgroup
}

# start_reader KIND [SETTING...]: sets reader to its process and endpoint to where a sender reaches it.
start_reader() {
  local kind=$1 address=''
  shift
  case $kind in
    tcp | udp) endpoint=$kind:${host:-127.0.0.1}:0 ;;
    *) endpoint=$kind:$place/socket ;;
  esac
  mkfifo "$place/address"
  "${reader_under[@]}" "$programs/receive_pattern" "$endpoint" "$place/record" seed="$case_seed" "$@" \
    >"$place/address" 2>"$place/reader_errors" &
  reader=$!
  read -r address <"$place/address" || fault "the reader did not start: $(cat "$place/reader_errors")"
  rm "$place/address"
  endpoint=$kind:$address
}

# start_sender [SETTING...]: sends to the reader, in the background.
start_sender() {
  "${sender_under[@]}" "$programs/send_pattern" "$endpoint" seed="$case_seed" "$@" >"$place/report" 2>&1 &
  sender=$!
}

# Waits for the sender's end, reads its report, and checks what has to hold whatever happened.
await_sender() {
  wait "$sender"
  local status=$?
  sender=''
  report=$(cat "$place/report")
  [ $status -eq 0 ] || fault "the sender ended with status $status"
  [[ $report == calls=* ]] || fault "the sender made no report"
  expect report torn 0
  expect report changed 0
  expect report misnamed 0
  expect report file kept
  expect report descriptors 0
  expect report memory 0
  expect report sigpipe default
}

send() {
  start_sender "$@"
  await_sender
}

# End of the connection: lets a stalled reader go on, waits for its end, and reads its record.
await_reader() {
  kill -USR1 "$reader" 2>/dev/null # it may have ended already
  case $endpoint in udp:* | unix-datagram:*) kill -TERM "$reader" ;; esac
  wait "$reader"
  local status=$?
  reader=''
  [ $status -eq 0 ] || fault "the reader ended with status $status: $(cat "$place/reader_errors")"
  read_record
}

read_record() {
  record=''
  [ ! -e "$place/record" ] || read -r record <"$place/record"
  expect record wrong 0
}

# of report|record FIELD: its value, in the variable value.
of() {
  local line=" ${!1} "
  value=''
  [[ $line =~ [[:space:]]$2=([^[:space:]]*) ]] && value=${BASH_REMATCH[1]}
}

# expect report|record FIELD VALUE
expect() {
  of "$1" "$2"
  [ "$value" = "$3" ] || fault "$1: $2 is '$value', not $3"
}

# expect_between report|record FIELD LEAST MOST
expect_between() {
  of "$1" "$2"
  { [[ $value =~ ^-?[0-9]+$ ]] && [ "$value" -ge "$3" ] && [ "$value" -le "$4" ]; } ||
    fault "$1: $2 is '$value', not from $3 to $4"
}

# The connection ended in order: what arrived is what was counted, to the byte.
expect_counted() {
  of report counted
  expect record bytes "$value"
  of report datagrams
  expect record datagrams "$value"
}

# All BYTES arrived, and no call ended with an error.
expect_all() {
  expect report errors 0
  expect report counted "$1"
  expect_counted
}

# The send ended with ETIMEDOUT, MILLISECONDS after it first had to wait: never early, and late by no more than this.
late_us=200000
expect_timeout() {
  expect report last ETIMEDOUT
  expect_between report took_us $(($1 * 1000)) $(($1 * 1000 + late_us))
}
