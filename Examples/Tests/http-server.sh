# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# Sourced by Examples/run. Here the example is the server, and the clients are real.

http_server() { exec "$examples/http-server" "$1" "$lines" "$work/folder"; }

escaped_lines() { sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g' "$lines"; }

http_curl() {
  curl -sS -m 60 -o "$work/file" -w '%{http_code} %{content_type}\n' "$url/file" | grep -qx '200 text/plain'
  same "$lines" "$work/file"
  curl -sS -m 60 "$url/" | sed -n 's/^<li>//p' > "$work/items"
  escaped_lines > "$work/expected"
  same "$work/expected" "$work/items"
  curl -sS -m 60 -w '%{http_code}\n' -o /dev/null "$url/elsewhere" | grep -qx 404
}

# curl writes a trailer behind the head.
http_trailer() {
  curl -sS -m 60 -D "$work/head" -o "$work/file" "$url/chunked"
  same "$lines" "$work/file"
  grep -q '^Transfer-Encoding: chunked' "$work/head"
  tr -d '\r' < "$work/head" | tail -n 1 | grep -qx "Lines: $count"
}

http_keep_alive() {
  curl -sS -m 60 -w '%{num_connects}\n' -o "$work/one" "$url/file" -o "$work/two" "$url/chunked" -o "$work/three" "$url/file" \
    > "$work/connects"
  [ "$(tr '\n' ' ' < "$work/connects")" = "1 0 0 " ]
  same "$lines" "$work/one"
  same "$lines" "$work/two"
  same "$lines" "$work/three"
}

# The client reads a little and goes while the answer is being sent. The server says how much it sent, and serves the next.
http_client_leaves() {
  printf 'GET /file HTTP/1.1\r\n\r\n' | socat -u - "TCP:127.0.0.1:$port,rcvbuf=8192"
  await grep -q '^a client left: .* bytes sent' "$work/http_server.log"
  cat "$work/http_server.log"
  http_curl
}

http_node() {
  timeout 60 node -e '
    const http = require("http"), fs = require("fs");
    const [url, file, count] = process.argv.slice(1);
    const expected = fs.readFileSync(file);
    const require_ = (what, holds) => { if (!holds) { console.error(what); process.exit(1); } };
    (async () => {
      for (const path of ["/file", "/chunked"]) {
        const body = Buffer.from(await (await fetch(url + path)).arrayBuffer());
        require_(path, body.equals(expected));
      }
      http.get(url + "/chunked", { agent: false }, answer => {
        answer.resume();
        answer.on("end", () => {
          require_("trailer", answer.trailers.lines === count);
          console.log("all equal");
        });
      });
    })();' "$url" "$lines" "$count" > "$work/said"
  grep -qx 'all equal' "$work/said"
}

browse() { # url
  timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking \
    --user-data-dir="$work/browser" --dump-dom "$1" > "$work/page"
}

http_browser() {
  browse "$url/"
  grep -q '<title>Lines</title>' "$work/page"
  sed -nE 's/^(<\/li>)?<li>//p' "$work/page" > "$work/items"
  escaped_lines > "$work/expected"
  same "$work/expected" "$work/items"
}

# nginx's own page as a file.
http_browser_file() {
  browse "$url/files/sub/index.html"
  grep -q '<title>Welcome to nginx' "$work/page"
}

# nginx's own page, a large file, an empty one, and one outside of the folder.
http_folder() {
  mkdir -p "$work/folder/sub"
  cp -L /usr/share/nginx/html/*.html "$work/folder/sub"
  head -c 50000000 /dev/urandom > "$work/folder/large file"
  : > "$work/folder/empty"
  echo secret > "$work/outside"
}

http_get() { curl -sS -m 60 --path-as-is -o "$work/got" -D "$work/head" -w '%{http_code}\n' "$@" > "$work/code"; }
has_code() { grep -qx "$1" "$work/code" || { echo "not $1 but $(cat "$work/code")"; return 1; }; }
has_field() { tr -d '\r' < "$work/head" | grep -qx "$1" || { cat "$work/head"; return 1; }; }

http_files() {
  local file
  for file in "$work"/folder/sub/*.html; do
    http_get "$url/files/sub/${file##*/}" && has_code 200
    same "$file" "$work/got"
  done
  http_get "$url/files/large%20file" && has_code 200
  same "$work/folder/large file" "$work/got"
  http_get "$url/files/empty" && has_code 200
  has_field 'Content-Length: 0'
  http_get -I "$url/files/large%20file" && has_code 200
  has_field 'Content-Length: 50000000'
  http_get -I -r 0-9 "$url/files/large%20file" && has_code 200
}

http_range() { # range first count: as the client asks for it, and what that is
  http_get -r "$1" "$url/files/large%20file" && has_code 206
  has_field "Content-Range: bytes $2-$(($2 + $3 - 1))/50000000"
  has_field "Content-Length: $3"
  tail -c "+$(($2 + 1))" "$work/folder/large file" | head -c "$3" > "$work/expected" || true
  same "$work/expected" "$work/got"
}

http_ranges() {
  http_range 0-0 0 1
  http_range 1000-40000999 1000 40000000
  http_range 49999990- 49999990 10
  http_range 49999990-60000000 49999990 10
  http_range -100000 49900000 100000
  http_range -60000000 0 50000000
  local range
  for range in 50000000- -0 99999999999999999999-; do
    http_get -r $range "$url/files/large%20file" && has_code 416
    has_field 'Content-Range: bytes [*]/50000000'
  done
  http_get -r 7-3 "$url/files/large%20file" && has_code 200
}

http_outside() {
  local path
  for path in ../outside sub/../../outside ..%2foutside %2e%2e/outside sub/..%2F..%2foutside sub none; do
    http_get "$url/files/$path" && has_code 404
  done
}

http_wrk() {
  wrk -t 1 -c 8 -d 2s "$url/files/sub/$(basename "$(find "$work/folder/sub" -name '*.html' | head -n 1)")" > "$work/said"
  cat "$work/said"
  grep -q 'requests in' "$work/said"
  fails grep -E 'Socket errors|Non-2xx' "$work/said"
}

http_folder
if serve http_server; then
  url=http://127.0.0.1:$port
  check 'http-server: a file and a page, to curl' http_curl
  check 'http-server: chunks and a trailer, to curl' http_trailer
  check 'http-server: three answers on one connection, to curl' http_keep_alive
  check 'http-server: a client that leaves in the middle' http_client_leaves
  check 'http-server: files of a folder, to curl' http_files
  check 'http-server: ranges of a file, to curl' http_ranges
  check 'http-server: nothing outside of the folder' http_outside
  check 'http-server: a file to wrk' http_wrk
  if command -v node > /dev/null; then
    check "http-server: node's fetch, and a trailer" http_node
  else
    skip_check "http-server: node's fetch, and a trailer" 'there is no node'
  fi
  if [ -n "$browser" ]; then
    check "http-server: a page in a browser" http_browser
    check "http-server: a file in a browser" http_browser_file
  else
    skip_check 'http-server: a page in a browser' 'none could be installed'
    skip_check 'http-server: a file in a browser' 'none could be installed'
  fi
  stop
fi
