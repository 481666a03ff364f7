# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# Sourced by async-server.sh and event-loop-server.sh: the cases of a server that serves a page to many clients at once, which are
# the package's own and wrk.

# Each connection takes a descriptor of the client's process and one of the server's. Where the limit is too low for 1000 and
# cannot be raised, there are fewer connections.
clients=1000
descriptors() { ulimit -n | sed 's/unlimited/1000000/'; }
[ "$(descriptors)" -ge 4096 ] || ulimit -S -n 4096 2> /dev/null || ulimit -S -n "$(ulimit -H -n)"
[ "$(descriptors)" -ge $((clients + 64)) ] || clients=$(($(descriptors) - 64))

page=$work/page
head -c 4000 "$lines" > "$page"

# Starts a server with a page.
serve_page() { # program page [connections [seconds]]
  local program=$1 page=$2 places=${3:-4096} seconds=${4:-10}
  # shellcheck disable=SC2317,SC2329 # serve calls it
  page_server() { exec "$examples/$program" "$1" "$page" "$places" "$seconds"; }
  serve page_server || { echo "it is $program"; return 1; }
  url=http://127.0.0.1:$port
}

# Whether the server has that many connections.
open_connections() { # number
  [ "$(find "/proc/$pid/fd" -lname 'socket:*' | wc -l)" -eq $(($1 + 1)) ]
}

page_curl() {
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
page_answers() { # bytes, as %b of printf takes them
  printf %b "$1" | timeout 60 socat -t 30 - "TCP:127.0.0.1:$port" | sed -n 's,^HTTP/1.1 \([0-9]*\).*,\1,p' | tr '\n' ' '
}

page_requests() {
  local get='GET / HTTP/1.1\r\n\r\n'
  [ "$(page_answers "$get$get")" = '200 200 ' ]
  [ "$(page_answers "${get}PUT / HTTP/1.1\r\n\r\n$get")" = '200 501 ' ]
  [ "$(page_answers 'GET / HTTP/1.0\r\n\r\n')" = '505 ' ]
  [ "$(page_answers 'GET /\r\n\r\n')" = '400 ' ]
  [ "$(page_answers 'GET / HTTP/1.1\r\nContent-Length: 9\r\n\r\nGET / ...')" = '413 ' ]
  [ "$(page_answers "GET /$(printf '%09000d' 0) HTTP/1.1")" = '431 ' ]
  # A head in two parts.
  { printf 'GET / HTTP/1.1\r\nHost: h\r'; sleep 0.3; printf '\n\r\n'; } | timeout 60 socat -t 30 - "TCP:127.0.0.1:$port" \
    | grep -aq '^HTTP/1.1 200 OK'
}

# Each of the connections sends requests and compares every byte of the answers.
page_clients() {
  "$examples/async-client" "127.0.0.1:$port" "$page" $clients 20
}

page_wrk() {
  wrk -t 2 -c $clients -d 4s --timeout 20s "$url/" | tee "$work/said"
  grep -q '^Requests/sec:' "$work/said"
  fails grep -E '^ *(Socket errors|Non-2xx)' "$work/said"
}

# Clients that send thousands of requests and read no answer hold up nobody, and are closed.
page_slow_readers() {
  local reader
  printf 'GET / HTTP/1.1\r\n\r\n%.0s' {1..2500} > "$work/requests"
  for _ in {1..20}; do
    exec {reader}<> "/dev/tcp/127.0.0.1/$port"
    # It ends when the server closes the connection.
    timeout 60 cat "$work/requests" 1>&"$reader" 2> /dev/null &
  done
  page_clients
  await open_connections 0
}

# One list of answers is more than an offer takes, and than the socket has room for.
page_long_lists() {
  "$examples/async-client" "127.0.0.1:$port" "$lines" 10 5
}

# A connection that sends nothing is closed after five seconds, without an answer.
page_idle() {
  [ -z "$(timeout 60 socat -u "TCP:127.0.0.1:$port" -)" ]
}

page_ended() {
  cat "$work/page_server.log"
  [ "$page_status" -eq 0 ]
  grep -qE "^served [0-9]+ connections, ([0-9]{4,}|$clients) at once" "$work/page_server.log"
}

page_patience_ended() {
  cat "$work/page_server.log"
  grep -qx '  read too slowly: 20' "$work/page_server.log"
  grep -qx '  idle too long: 1' "$work/page_server.log"
}

# Clients that the server left in the middle miss answers, but have all that the server counts.
page_ended_busy() {
  cat "$work/page_server.log" "$work/said"
  [ "$page_status" -eq 0 ]
  local served read
  served=$(sed -nE 's/^served .* with ([0-9]+) answers$/\1/p' "$work/page_server.log")
  read=$(sed -nE 's/^([0-9]+) answers in .*/\1/p' "$work/said")
  [ "$served" -gt 0 ]
  [ "$served" -eq "$read" ]
  grep -qx "  with the server: $clients" "$work/page_server.log"
}

# The cases of a server.
check_page_server() { # program
  if serve_page "$1" "$page"; then
    check "$1: answers and a trailer, to curl" page_curl
    check "$1: pipelined, bad and slow requests" page_requests
    check "$1: $clients connections at once, every byte" page_clients
    check "$1: $clients connections of wrk" page_wrk
    stop
    page_status=$?
    check "$1: ends in order, and says what it served" page_ended
  fi

  if serve_page "$1" "$lines"; then
    check "$1: lists of some MiB, every byte" page_long_lists
    stop
  fi

  if serve_page "$1" "$page" 4096 5; then
    check "$1: $clients connections beside 20 that read nothing" page_slow_readers
    check "$1: an idle connection" page_idle
    stop
    check "$1: closes who reads nothing, and who says nothing" page_patience_ended
  fi

  if serve_page "$1" "$page" 50; then
    check "$1: $clients connections, 50 at once" page_clients
    stop
    check "$1: never has more than 50" grep '^served .* 50 at once' "$work/page_server.log"
  fi

  # The server is told to end while all connections are busy.
  if serve_page "$1" "$page"; then
    "$examples/async-client" "127.0.0.1:$port" "$page" $clients 100000 > "$work/said" 2>&1 &
    local client=$!
    await open_connections $clients
    sleep 1
    stop
    page_status=$?
    wait $client
    check "$1: ends in order with $clients busy connections" page_ended_busy
  fi
}
