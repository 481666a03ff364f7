# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# A signal every 0.2 to 1 ms, by a handler without SA_RESTART.

# Every byte goes, however often the send is interrupted.
goes_through_signals() {
  local kind=$1 every=$2
  shift 2
  start_reader "$kind" pause_us=2000 chunk=20000
  send bytes=2000000 buffer=20000 signal_us="$every" "$@"
  await_reader
  expect_between report signals 50 1000000
  expect_all 2000000
}

# A time-out of 300 ms is one, however often the send is interrupted; what was counted until then arrives.
times_out_in_signals() {
  local kind=$1 every=$2
  shift 2
  start_reader "$kind" stall=50000 chunk=20000
  send bytes=8000000 list=4000000 buffer=20000 signal_us="$every" "$@"
  await_reader
  expect_between report signals 50 1000000
  expect_timeout 300
  expect_counted
}

# The same where datagrams fill the queue of a reader that reads none.
datagrams_time_out_in_signals() {
  local kind=$1 every=$2
  shift 2
  start_reader "$kind" stall=0
  send datagrams=100000 longest=20000 signal_us="$every" "$@"
  await_reader
  expect_between report signals 50 1000000
  expect_timeout 300
  expect_counted
}

signal_cases() {
  local kind every
  for every in "${signals_us[@]}"; do
    for kind in tcp unix; do
      named "signals every $every us, $kind" goes_through_signals $kind "$every"
      named "signals every $every us, $kind for ever" goes_through_signals $kind "$every" within=-1
      named "signals every $every us, $kind with a time-out" goes_through_signals $kind "$every" within=20000
      named "signals every $every us, $kind stalled, 300 ms" times_out_in_signals $kind "$every" within=300
      named "signals every $every us, $kind stalled, 300 ms of the socket" \
        times_out_in_signals $kind "$every" socket_timeout=300
    done
    for kind in unix-datagram seqpacket; do
      named "signals every $every us, $kind stalled, 300 ms" datagrams_time_out_in_signals $kind "$every" within=300
      named "signals every $every us, $kind stalled, 300 ms of the socket" \
        datagrams_time_out_in_signals $kind "$every" socket_timeout=300
    done
  done
}
