# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # what run sets, and what it reads
# Sourced by Examples/run.

cluster=$work/postgresql

# PostgreSQL does not run as root.
as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else exec "$@"; fi
}

postgresql_files() {
  mkdir "$cluster"
  [ "$(id -u)" -ne 0 ] || chown postgres "$cluster"
  cd "$cluster" || return
  (as_postgres initdb -D "$cluster/data" -A trust -U tester -E UTF8 --no-sync)
}

postgresql_server() {
  as_postgres postgres -D "$cluster/data" -k "$cluster" -c listen_addresses= -c fsync=off
}

postgresql_ready() { pg_isready -q -h "$cluster"; }

query() { psql -h "$cluster" -U tester -d postgres -Atc "$1"; }

postgresql_copies() {
  "$examples/postgresql" "$cluster/.s.PGSQL.5432" tester postgres "$lines" | tee "$work/said"
  grep -qx "PostgreSQL: COPY $count" "$work/said"
  [ "$(query 'select count(*), min(number), max(number) from lines')" = "$count|0|$((count - 1))" ]
  # The file is the lines with a line's end behind each.
  [ "$(query "select md5(string_agg(line || '\\x0a', '' order by number)) from lines")" = "$(md5sum < "$lines" | cut -c 1-32)" ]
}

# The rows are there already, so the server ends the copy with an error.
postgresql_refuses() {
  fails "$examples/postgresql" "$cluster/.s.PGSQL.5432" tester postgres "$lines" 2> "$work/said"
  cat "$work/said"
  grep -q '^PostgreSQL: duplicate key' "$work/said"
  [ "$(query 'select count(*) from lines')" -eq "$count" ]
}

check "postgresql: a cluster in a temporary folder" postgresql_files
(cd "$cluster" && postgresql_server) > "$work/postgresql.log" 2>&1 < /dev/null &
pid=$!
if await postgresql_ready; then
  check "postgresql: COPY of $count rows, counted and checksummed" postgresql_copies
  check "postgresql: a copy that the server refuses" postgresql_refuses
  stop INT
else
  fail 'FAIL  postgresql does not start'
  cat "$work/postgresql.log"
  stop QUIT
fi
