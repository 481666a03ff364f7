# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# Sourced by Examples/run.

nginx_server() {
  local folder=$work/nginx temporary
  mkdir -p "$folder/files"
  {
    echo "daemon off; master_process off; pid $folder/pid; error_log stderr;"
    echo "events {}"
    echo "http { client_max_body_size 100m;"
    for temporary in client_body proxy fastcgi uwsgi scgi; do echo "${temporary}_temp_path $folder/$temporary;"; done
    echo "log_format connections '\$connection \$request'; access_log $folder/access connections;"
    echo "server { listen 127.0.0.1:$1; root $folder/files; location / { dav_methods PUT; } }"
    echo "}"
  } > "$folder/nginx.conf"
  exec nginx -e stderr -p "$folder" -c "$folder/nginx.conf"
}

nginx_uploads() {
  head -c 600000 "$lines" > "$work/upload"
  "$examples/nginx" "127.0.0.1:$port" "$work/upload" | tee "$work/said"
  grep -q '^PUT /by-length: head and 3000 segments' "$work/said"
  same "$work/upload" "$work/nginx/files/by-length"
  same "$work/upload" "$work/nginx/files/by-chunks"
}

# Two uploads and 110 downloads, and nginx saw one connection.
nginx_keeps_alive() {
  grep -q '^GET: 10 requests one by one and 100 in one list' "$work/said"
  [ "$(wc -l < "$work/nginx/access")" -eq 112 ]
  [ "$(cut -d ' ' -f 1 "$work/nginx/access" | sort -u | wc -l)" -eq 1 ]
}

# nginx has no place for a body any more.
nginx_refuses() {
  rm -rf "$work/nginx/client_body"
  fails "$examples/nginx" "127.0.0.1:$port" "$work/upload" 2> "$work/said"
  cat "$work/said"
  grep -q '^status 500, and the server closes the connection$' "$work/said"
}

if serve nginx_server; then
  check "nginx: PUT of a body in 3000 segments, with a length and in chunks" nginx_uploads
  check "nginx: keep-alive requests in segments, all on one connection" nginx_keeps_alive
  check "nginx: an upload that the server refuses" nginx_refuses
  stop
fi
