# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# Sourced by Examples/run. The receiver is stopped by a signal until the sender has met a time-out.

receiver() { exec socat -u "TCP-LISTEN:$1,bind=127.0.0.1" "CREATE:$work/arrived"; }

files=("$lines" "$work/empty" "$lines" "$work/short")
: > "$work/empty"
echo short > "$work/short"

expected_files() {
  local file
  for file in "${files[@]}"; do
    echo "$(stat -c %s "$file") $file"
    cat "$file"
  done
}

files_resumed() {
  expected_files > "$work/expected"
  kill -STOP "$pid"
  : > "$work/time-outs"
  "$work/send_files" 127.0.0.1 "$port" 1000 "${files[@]}" > "$work/said" 2> "$work/time-outs" &
  sender=$!
  await grep -q '^timed out, [1-9]' "$work/time-outs"
  kill -CONT "$pid"
  wait $sender
  cat "$work/said" "$work/time-outs"
  grep -qx "sent 8 segments, $(stat -c %s "$work/expected") bytes: all" "$work/said"
  await files_arrived
  same "$work/expected" "$work/arrived"
}
files_arrived() { [ "$(stat -c %s "$work/arrived")" -eq "$(stat -c %s "$work/expected")" ]; }

# The receiver never reads: the sender gives up, and says how much the kernel took, which is what arrives in the end.
files_given_up() {
  kill -STOP "$pid"
  fails "$work/send_files" 127.0.0.1 "$port" 20 "${files[@]}" > "$work/said"
  cat "$work/said"
  sed -n 's/^sent 8 segments, \([1-9][0-9]*\) bytes: Connection timed out$/\1/p' "$work/said" > "$work/count"
  [ -s "$work/count" ]
  kill -CONT "$pid"
  await arrived_count
  expected_files | head -c "$(cat "$work/count")" > "$work/expected"
  same "$work/expected" "$work/arrived"
}
arrived_count() { [ "$(stat -c %s "$work/arrived")" -eq "$(cat "$work/count")" ]; }

if serve receiver; then
  check 'send_files: goes on after time-outs' files_resumed
  kill -CONT "$pid" 2> /dev/null
  stop
fi
if serve receiver; then
  check 'send_files: gives up on a receiver that does not read' files_given_up
  kill -CONT "$pid" 2> /dev/null
  stop
fi
