# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# Two network namespaces and a bad wire between them, which crooked_wire is.

near=tampered-$$-near far=tampered-$$-far
wire='' wire_output='' wire_report=''

# TCP's buffers as the kernel has them by default. A namespace is made with those of the machine, which may be others.
default_buffers() {
  local setting value
  for setting in 'tcp_wmem 4096 16384 4194304' 'tcp_rmem 4096 131072 6291456'; do
    value=${setting#* }
    # shellcheck disable=SC2016 # for the inner shell
    ip netns exec "$1" bash -c 'echo "$2" >"/proc/sys/net/ipv4/$1" && read -ra now <"/proc/sys/net/ipv4/$1" && [ "${now[*]}" = "$2" ]' \
      settings "${setting%% *}" "$value" || fault "the namespace does not take $setting"
  done
}

# lay_wire MTU [SETTING...]: the sender is in the near namespace then, and the reader in the far one.
lay_wire() {
  local mtu=$1 line='' end
  shift
  for end in "$near" "$far"; do
    ip netns add "$end" || fault "no namespace $end"
    default_buffers "$end"
  done
  mkfifo "$place/wire"
  "$programs/crooked_wire" "$near" "$far" seed="$case_seed" "$@" >"$place/wire" 2>"$place/wire_errors" &
  wire=$!
  exec {wire_output}<"$place/wire"
  read -r line <&"$wire_output"
  [ "$line" = ready ] || fault "the wire is not ready: $line $(cat "$place/wire_errors")"
  for end in "$near 10.77.0.1/30" "$far 10.77.0.2/30"; do
    # shellcheck disable=SC2086 # two words
    set -- $end
    ip -n "$1" address add "$2" dev wire
    ip -n "$1" link set wire mtu "$mtu" up
  done
  host=10.77.0.2
  sender_under=(ip netns exec "$near")
  reader_under=(ip netns exec "$far")
}

# Takes the wire away, and keeps what it says it did.
end_wire() {
  kill -TERM "$wire"
  read -r wire_report <&"$wire_output"
  wait "$wire"
  exec {wire_output}<&-
  wire=''
}

# For clear_up: whatever is left of a wire.
unroll_wire() {
  local end
  if [ -n "$wire" ]; then
    kill -KILL "$wire"
    wait "$wire" 2>/dev/null
    exec {wire_output}<&-
  fi
  for end in "$near" "$far"; do
    [ ! -e "/run/netns/$end" ] || ip netns delete "$end"
  done
  wire='' host=''
}

# Every byte arrives in its place, whatever the wire does: TCP's promise, with the core's lists and counts above it. WORDS are
# what the wire has to have done.
crosses() {
  local words=$1 mtu=$2 settings=$3
  shift 3
  # shellcheck disable=SC2086 # several settings
  lay_wire "$mtu" $settings
  start_reader tcp
  send bytes="$crossing" list=60000 "$@"
  await_reader
  expect_all "$crossing"
  expect_wire "$words"
}

expect_wire() {
  local word
  end_wire
  for word in $1; do
    expect_between wire_report "$word" 1 1000000
  done
}

# Each datagram arrives whole or not at all; most of them do, and some do not.
datagrams_cross() {
  local words=$1 mtu=$2 settings=$3 longest=$4
  # shellcheck disable=SC2086 # several settings
  lay_wire "$mtu" $settings
  start_reader udp
  send datagrams=300 longest="$longest" pause_us=300
  sleep 0.3 # until what is on its way has arrived
  await_reader
  expect report errors 0
  expect report datagrams 300
  expect_between record datagrams 50 299
  expect_wire "$words"
}

# The wire is cut in the middle of a send. The time-out ends it; once mended, what was counted arrives.
cut_off() {
  lay_wire 1500
  start_reader tcp
  start_sender bytes=$((1 << 30)) list=4000000 buffer=100000 "$@"
  await_arrival
  sleep 0.1
  kill -USR1 "$wire"
  await_sender
  kill -USR1 "$wire"
  await_reader
  expect report errors 1
  expect_timeout 300
  expect_counted
  expect_wire cut
}

# The same, and the sender goes on from the count; or it has no time-out and just waits.
# ERRORS is 0 where it has none.
cut_and_mended() {
  local errors=$1
  shift
  lay_wire 1500
  start_reader tcp
  start_sender bytes=6000000 list=4000000 buffer=100000 "$@"
  await_arrival
  kill -USR1 "$wire"
  sleep 1
  kill -USR1 "$wire"
  await_sender
  await_reader
  if [ "$errors" = 0 ]; then
    expect report errors 0
  else
    expect_between report errors 1 1000
    expect_timeout 300
  fi
  expect report counted 6000000
  expect_counted
  expect_wire cut
}

# Whether namespaces and TUN devices can be made here; says why not.
lacks_network() {
  if ! ip netns add "$near" 2>/dev/null; then
    echo 'no network namespace can be made here'
    return
  fi
  if [ ! -c /dev/net/tun ]; then
    echo 'there is no /dev/net/tun'
  elif ! ip -n "$near" tuntap add dev probe mode tun 2>/dev/null; then
    echo 'no TUN device can be made here'
  fi
  ip netns delete "$near"
}

network_cases() {
  local lack
  lack=$(lacks_network)
  if [ -n "$lack" ]; then
    named 'a bad wire' fault "$lack"
    return
  fi
  local all='lost=30 doubled=30 held=30 jitter_us=500'
  named 'wire that loses' crosses lost 1500 lost=30
  thorough 'wire that loses, with a time-out' crosses lost 1500 lost=30 within=25000
  named 'wire that reorders' crosses reordered 1500 'held=50 jitter_us=800'
  named 'wire that does it all' crosses 'lost doubled reordered' 1500 "$all"
  named 'wire that does it all, MTU 576' crosses 'lost doubled reordered' 576 "$all"
  named 'wire that does it all, in signals' crosses 'lost doubled reordered' 1500 "$all" buffer=30000 signal_us=300
  named 'wire that does it all, small buffers' crosses 'lost doubled reordered' 1500 "$all" buffer=8000
  named 'wire that loses, datagrams' datagrams_cross lost 1500 'lost=100 held=50' 1400
  named 'wire that loses, datagrams in fragments' datagrams_cross 'lost reordered' 576 'lost=30 held=50' 8000
  thorough 'wire cut, 300 ms' cut_off within=300
  thorough 'wire cut, 300 ms of the socket' cut_off socket_timeout=300
  named 'wire cut, 300 ms in signals' cut_off within=300 signal_us=300
  thorough 'wire cut and mended' cut_and_mended 0
  named 'wire cut and mended, 300 ms' cut_and_mended 1 within=300 resume=1000
}
