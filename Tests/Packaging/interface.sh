# SPDX-License-Identifier: Apache-2.0
# The interfaces are the last release's, or it and more: the C library's by abidiff, the Swift module's by the compiler's
# digester. Part of run.

record=$here/csendshim.$(uname -m).abi

build_library() { # folder with csendshim.c and csendshim.h, library
  gcc -std=c11 -O1 -g -fPIC -shared -Wl,-soname,"libcsendshim.so.$major" -o "$2" "$1/csendshim.c"
}

# What is new in the library cannot break a program that does without.
compare_library() { abidiff --no-added-syms "$record" "$1"; }

c_interface() {
  build_library dist "$work/now.so"
  compare_library "$work/now.so"
}

# A field in the midst of the structure that wrappers fill in.
changed_c_interface() {
  mkdir -p "$work/changed"
  cp dist/csendshim.c "$work/changed"
  sed 's/^    size_t sent; .*/    size_t unsent;\n&/' dist/csendshim.h > "$work/changed/csendshim.h"
  refuse cmp -s dist/csendshim.h "$work/changed/csendshim.h"
  build_library "$work/changed" "$work/changed.so"
  refuse compare_library "$work/changed.so" > "$work/difference"
  cat "$work/difference"
  grep 'size_t unsent.*, at offset 384' "$work/difference"
}

if [ -f "$record" ]; then
  check "interface: C programs of the last release go on working" c_interface dist
  check "interface: a changed structure is noticed" changed_c_interface
else
  skip "interface: C" "there is no record for $(uname -m)"
fi

# The last release, or before the first the commit that stands in swift-baseline.
swift_baseline() {
  git describe --tags --abbrev=0 --match 'v[0-9]*' 2> /dev/null || grep -v '^#' "$here/swift-baseline"
}

swift_interface() {
  swift package diagnose-api-breaking-changes "$(swift_baseline)" --products SocketSend
}

if ! git rev-parse --git-dir > /dev/null 2>&1; then
  skip "interface: Swift" "this is no git clone, so there is nothing to compare with"
elif ! git cat-file -e "$(swift_baseline)^{commit}" 2> /dev/null && [ "$(git rev-parse --is-shallow-repository)" = true ]; then
  skip "interface: Swift" "the clone is shallow and lacks $(swift_baseline)"
else
  check "interface: Swift programs of $(swift_baseline | cut -c 1-12) still compile" swift_interface
fi
