# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# The smallest buffers that the kernel gives, and a reader of one byte at a time.

trickles() {
  local kind=$1 bytes=$2
  shift 2
  start_reader "$kind" buffer=1 chunk=1
  send buffer=1 bytes="$bytes" list=20000 "$@"
  await_reader
  expect_all "$bytes"
}

# The buffers full, nothing read: the count is the buffers' content.
fills_up() {
  local kind=$1
  shift
  start_reader "$kind" buffer=1 stall=0
  send buffer=1 bytes=500000 list=500000 "$@"
  await_reader
  expect_timeout 300
  expect_counted
}

buffer_cases() {
  local kind
  for kind in tcp unix; do
    named "one byte at a time, $kind" trickles "$kind" "$trickle"
    named "one byte at a time, $kind with a time-out" trickles "$kind" "$trickle" within=25000
    named "one byte at a time, $kind with MSG_DONTWAIT" trickles "$kind" "$trickle" nowait=1
    named "one byte at a time, $kind, one byte a segment" trickles "$kind" "$trickle" length=1
    named "smallest buffers full, $kind, 300 ms" fills_up $kind within=300
    named "smallest buffers full, $kind, 300 ms of the socket" fills_up $kind socket_timeout=300
  done
}
