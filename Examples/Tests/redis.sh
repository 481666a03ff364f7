# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# Sourced by Examples/run.

redis() {
  exec redis-server --bind 127.0.0.1 --port "$1" --unixsocket "$work/redis.socket" --dir "$work" --save '' --appendonly no
}

# What redis-cli reads has to be the file's lines, too.
redis_pipeline() { # address
  redis-cli -p "$port" flushall
  "$examples/redis" "$1" "$lines" | tee "$work/said"
  grep -qx "read $count values back, all equal" "$work/said"
  [ "$(redis-cli -p "$port" dbsize)" -eq "$count" ]
  seq 0 $((count - 1)) | sed 's/^/get line:/' | redis-cli -p "$port" > "$work/stored"
  same "$lines" "$work/stored"
}

redis_refuses() {
  redis-cli -p "$port" config set maxmemory 1
  fails "$examples/redis" "127.0.0.1:$port" "$lines" 2> "$work/said"
  cat "$work/said"
  grep -q '^SET line:0: -OOM' "$work/said"
}

redis_gone() {
  fails "$examples/redis" "127.0.0.1:$port" "$lines" 2> "$work/said"
  cat "$work/said"
  grep -q '^connection refused (10061' "$work/said"
}

if serve redis; then
  check "redis: $count SET commands in one send over TCP, read back" redis_pipeline "127.0.0.1:$port"
  check "redis: the same over a Unix socket" redis_pipeline "$work/redis.socket"
  check "redis: an error that the server answers" redis_refuses
  stop
  check "redis: nobody there" redis_gone
fi
