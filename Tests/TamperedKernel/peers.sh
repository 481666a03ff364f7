# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# A reader that is killed, and one that is stopped for a while.

# Waits until the reader's record is no longer like PATTERN.
await_record_unlike() {
  local pattern=$1 try line
  for try in {1..500}; do
    read -r line <"$place/record" || continue
    # shellcheck disable=SC2053 # a pattern
    [[ $line == $pattern ]] || return 0
    sleep 0.01
  done
  fault "after 5 s the reader is where it was: $line"
}

await_connection() { await_record_unlike '*end=before*'; }
await_arrival() { await_record_unlike 'bytes=0 *'; }

# At any moment, before the first byte too: EPIPE or ECONNRESET, with a count of at least what the reader had written down,
# and no SIGPIPE.
killed() {
  local kind=$1
  shift
  start_reader "$kind" chunk=$((1 + RANDOM)) pause_us=$((RANDOM % 200))
  start_sender bytes=$((1 << 40)) "$@"
  await_connection
  [ $((RANDOM % 3)) = 0 ] || await_arrival
  sleep 0.0$((RANDOM % 9))$((RANDOM % 10))
  kill -KILL "$reader"
  wait "$reader" 2>/dev/null
  reader=''
  await_sender
  read_record
  expect record end none
  expect report errors 1
  of report last
  case $value in EPIPE | ECONNRESET) ;; *) fault "the error is $value" ;; esac
  of report counted
  expect_between record bytes 0 "${value:-0}"
}

# The window is zero for half a second and the send waits; then it goes on.
stopped() {
  local kind=$1
  shift
  start_reader "$kind"
  start_sender bytes=30000000 list=4000000 "$@"
  await_arrival
  kill -STOP "$reader"
  sleep 0.5
  kill -0 "$sender" 2>/dev/null || fault 'the sender did not wait for the reader'
  kill -CONT "$reader"
  await_sender
  await_reader
  expect_all 30000000
}

# The same where the time-out is shorter than the stop; the sender goes on from the count until all has gone.
stopped_longer() {
  local kind=$1
  shift
  start_reader "$kind"
  start_sender bytes=30000000 list=4000000 resume=1000 "$@"
  await_arrival
  kill -STOP "$reader"
  sleep 0.8
  kill -CONT "$reader"
  await_sender
  await_reader
  expect_between report errors 1 1000
  expect_timeout 300
  expect report counted 30000000
  expect_counted
}

peer_cases() {
  local kind round
  for kind in tcp unix; do
    for ((round = 1; round <= kills; round++)); do
      named "reader killed, $kind, round $round" killed $kind list=8000000
      named "reader killed, $kind with a time-out, round $round" killed $kind list=8000000 within=20000
      named "reader killed, $kind with small buffers, round $round" killed $kind buffer=8000 list=30000
      named "reader killed, $kind in signals, round $round" killed $kind signal_us=300
    done
    thorough "reader stopped, $kind" stopped $kind
    thorough "reader stopped, $kind with a time-out" stopped $kind within=20000
    named "reader stopped, $kind in signals" stopped $kind signal_us=500
    named "reader stopped, $kind, 300 ms" stopped_longer $kind within=300
    thorough "reader stopped, $kind, 300 ms of the socket" stopped_longer $kind socket_timeout=300
  done
}
