# SPDX-License-Identifier: Apache-2.0
# Sourced by Examples/run. Many clients at once: the package's own, and wrk.

# Each connection takes a descriptor of the client's process and one of the server's. Where the limit is too low for 1000 and
# cannot be raised, there are fewer connections.
clients=1000
descriptors() { ulimit -n | sed 's/unlimited/1000000/'; }
[ "$(descriptors)" -ge 4096 ] || ulimit -S -n 4096 2> /dev/null || ulimit -S -n "$(ulimit -H -n)"
[ "$(descriptors)" -ge $((clients + 64)) ] || clients=$(($(descriptors) - 64))

page=$work/page
head -c 4000 "$lines" > "$page"
async_seconds=10 async_places=4096
async_server() { exec "$examples/async-server" "$1" "$page" $async_places $async_seconds; }

# Whether the server has that many connections.
open_connections() { # number
  [ "$(ls "/proc/$pid/fd" -l | grep -c socket:)" -eq $(($1 + 1)) ]
}

async_curl() {
  curl -sS -m 60 -D "$work/head" -o "$work/one" "$url/" -o "$work/two" "$url/other" -w '%{num_connects}\n' > "$work/connects"
  [ "$(tr '\n' ' ' < "$work/connects")" = "1 0 " ]
  same "$page" "$work/one"
  same "$page" "$work/two"
  tr -d '\r' < "$work/head" | grep -qx 'Answer: 2'
  curl -sS -m 60 -H 'Connection: close' -D "$work/head" -o "$work/one" "$url/"
  same "$page" "$work/one"
  tr -d '\r' < "$work/head" | grep -qx 'Connection: close'
}

# Sends bytes and prints the status of each answer.
async_answers() { # bytes, as printf takes them
  printf "$1" | timeout 60 socat -t 30 - "TCP:127.0.0.1:$port" | sed -n 's,^HTTP/1.1 \([0-9]*\).*,\1,p' | tr '\n' ' '
}

async_requests() {
  local get='GET / HTTP/1.1\r\n\r\n'
  [ "$(async_answers "$get$get")" = '200 200 ' ]
  [ "$(async_answers "${get}PUT / HTTP/1.1\r\n\r\n$get")" = '200 501 ' ]
  [ "$(async_answers 'GET / HTTP/1.0\r\n\r\n')" = '505 ' ]
  [ "$(async_answers 'GET /\r\n\r\n')" = '400 ' ]
  [ "$(async_answers 'GET / HTTP/1.1\r\nContent-Length: 9\r\n\r\nGET / ...')" = '413 ' ]
  [ "$(async_answers "GET /$(printf '%09000d' 0) HTTP/1.1")" = '431 ' ]
  # A head in two parts.
  { printf 'GET / HTTP/1.1\r\nHost: h\r'; sleep 0.3; printf '\n\r\n'; } | timeout 60 socat -t 30 - "TCP:127.0.0.1:$port" \
    | grep -aq '^HTTP/1.1 200 OK'
}

async_client() {
  "$examples/async-client" "127.0.0.1:$port" "$page" $clients 20
}

# The client has to notice an answer that is not the page.
async_client_fails() {
  sed '1s/0/1/; $s/$/x/' "$page" > "$work/other"
  fails "$examples/async-client" "127.0.0.1:$port" "$work/other" 10 5
}

async_wrk() {
  wrk -t 2 -c $clients -d 4s --timeout 20s "$url/" | tee "$work/said"
  grep -q '^Requests/sec:' "$work/said"
  fails grep -E '^ *(Socket errors|Non-2xx)' "$work/said"
}

# Clients that send thousands of requests and read no answer hold up nobody, and are closed.
async_slow_readers() {
  local one reader
  printf 'GET / HTTP/1.1\r\n\r\n%.0s' {1..2500} > "$work/requests"
  for one in {1..20}; do
    exec {reader}<> "/dev/tcp/127.0.0.1/$port"
    # It ends when the server closes the connection.
    timeout 60 cat "$work/requests" >&$reader 2> /dev/null &
  done
  async_client
  await open_connections 0
}

# A connection that sends nothing is closed after five seconds, without an answer.
async_idle() {
  [ -z "$(timeout 60 socat -u "TCP:127.0.0.1:$port" -)" ]
}

if serve async_server; then
  url=http://127.0.0.1:$port
  check 'async-server: answers and a trailer, to curl' async_curl
  check 'async-server: pipelined, bad and slow requests' async_requests
  check "async-server: $clients connections at once, every byte" async_client
  check 'async-client: notices a wrong answer' async_client_fails
  check "async-server: $clients connections of wrk" async_wrk
  stop
  async_status=$?
  async_ended() {
    cat "$work/async_server.log"
    [ $async_status -eq 0 ]
    grep -qE "^served [0-9]+ connections, ([0-9]{4,}|$clients) at once" "$work/async_server.log"
  }
  check 'async-server: ends in order, and says what it served' async_ended
fi

async_seconds=5
if serve async_server; then
  check "async-server: $clients connections beside 20 that read nothing" async_slow_readers
  check 'async-server: an idle connection' async_idle
  stop
  async_patience_ended() {
    cat "$work/async_server.log"
    grep -qx '  read too slowly: 20' "$work/async_server.log"
    grep -qx '  idle too long: 1' "$work/async_server.log"
  }
  check 'async-server: closes who reads nothing, and who says nothing' async_patience_ended
fi

async_seconds=10 async_places=50
if serve async_server; then
  check "async-server: $clients connections, 50 at once" async_client
  stop
  check 'async-server: never has more than 50' grep '^served .* 50 at once' "$work/async_server.log"
fi

# The server is told to end while all connections are busy. Clients miss answers then, but have all that the server counts.
async_places=4096
if serve async_server; then
  "$examples/async-client" "127.0.0.1:$port" "$page" $clients 100000 > "$work/said" 2>&1 &
  async_client_pid=$!
  await open_connections $clients
  sleep 1
  stop
  async_status=$?
  wait $async_client_pid
  async_ended_busy() {
    cat "$work/async_server.log" "$work/said"
    [ $async_status -eq 0 ]
    local served read
    served=$(sed -nE 's/^served .* with ([0-9]+) answers$/\1/p' "$work/async_server.log")
    read=$(sed -nE 's/^([0-9]+) answers in .*/\1/p' "$work/said")
    [ "$served" -gt 0 ]
    [ "$served" -eq "$read" ]
    grep -qx "  with the server: $clients" "$work/async_server.log"
  }
  check "async-server: ends in order with $clients busy connections" async_ended_busy
fi
