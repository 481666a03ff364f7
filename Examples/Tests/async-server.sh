# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# Sourced by Examples/run. The server in async code, and its client.
. Examples/Tests/page-servers.sh

check_page_server async-server

# The client has to notice an answer that is not the page.
async_client_fails() {
  sed '1s/0/1/; $s/$/x/' "$page" > "$work/other"
  fails "$examples/async-client" "127.0.0.1:$port" "$work/other" 10 5
}

if serve_page async-server "$page"; then
  check 'async-client: notices a wrong answer' async_client_fails
  stop
fi
