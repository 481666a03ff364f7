# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# Sourced by Examples/run. The server with an event loop of its own.
. Examples/Tests/page-servers.sh

check_page_server event-loop-server

# The loop is the only thread, whatever it has served.
event_loop_threads() {
  page_clients
  [ "$(ls "/proc/$pid/task")" = "$pid" ]
}

if serve_page event-loop-server "$page"; then
  check 'event-loop-server: one thread' event_loop_threads
  stop
fi
