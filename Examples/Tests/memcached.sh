# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# Sourced by Examples/run.

memcached_server() {
  local user=()
  [ "$(id -u)" -ne 0 ] || user=(-u nobody)
  exec memcached -l 127.0.0.1 -p "$1" -U 0 -m 64 "${user[@]}"
}

# What another client reads has to be the file's lines, too.
memcached_values() {
  "$examples/memcached" "127.0.0.1:$port" "$lines" | tee "$work/said"
  grep -qx "read $count values back, all equal" "$work/said"
  { seq -f 'get line:%.0f' 0 $((count - 1)); echo quit; } | socat -t 30 - "TCP:127.0.0.1:$port" > "$work/answers"
  tr -d '\r' < "$work/answers" | grep -avE '^(VALUE line:[0-9]+ 0 [0-9]+|END)$' > "$work/stored"
  same "$lines" "$work/stored"
}

if serve memcached_server; then
  check "memcached: $count values set and read back" memcached_values
  stop
fi
