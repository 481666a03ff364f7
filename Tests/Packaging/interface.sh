# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# The interfaces are the last release's, or it and more: the C library's by abidiff, the Swift modules' by the compiler's
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
  grep 'size_t unsent.*, at offset 640' "$work/difference"
}

if [ -f "$record" ]; then
  check "interface: C programs of the last release go on working" c_interface dist
  check "interface: a changed structure is noticed" changed_c_interface
else
  skip_check "interface: C" "there is no record for $(uname -m)"
fi

# The last release, or before the first the commit that stands in swift-baseline.
swift_baseline() {
  git describe --tags --abbrev=0 --match 'v[0-9]*' 2> /dev/null || grep -v '^#' "$here/swift-baseline"
}

# The compiler's digester itself: `swift package diagnose-api-breaking-changes` builds what it compares with without traits, and
# a module behind a trait is empty then. The build is that of Tests/Traits/run.
digester=$(dirname "$(readlink -f "$(command -v swift)")")/swift-api-digester
BUILD=.build-traits-NIO,SystemPackage,Logging,Metrics

# Writes what each Swift module of a package offers to a file of its own.
swift_modules() { # package folder
  mkdir -p "$2"
  swift build --package-path "$1" --enable-all-traits --scratch-path "$root/$BUILD"
  rm -f "$1/Package.resolved"
  . Tests/DocumentationTests/modules.sh
  local source
  for source in "$1"/Sources/SocketSend*; do
    "$digester" -dump-sdk -sdk / -target "$(uname -m)-unknown-linux-gnu" "${modules[@]}" \
      -module "${source##*/}" -o "$2/${source##*/}.json"
    "$here/without_internals" "$2/${source##*/}.json"
    grep -q '"declKind"' "$2/${source##*/}.json"
  done
}

# Prints what programs of the first could miss in the second, and fails where there is something.
compare_modules() { # folder folder
  local old status=0
  for old in "$1"/*.json; do
    "$digester" -diagnose-sdk -compiler-style-diags --input-paths "$old" --input-paths "$2/${old##*/}" &> "$work/difference"
    grep -q '^/\* Removed Decls' "$work/difference"
    if grep -v -e '^/\*' -e '^$' "$work/difference"; then status=1; fi
  done
  return $status
}

swift_interface() {
  git clone -q . "$work/baseline"
  git -C "$work/baseline" checkout -q "$(swift_baseline)"
  swift_modules "$work/baseline" "$work/modules-then"
  swift_modules . "$work/modules"
  compare_modules "$work/modules-then" "$work/modules"
}

# Compared with a package that has a function more in each module, behind its trait where it has one.
changed_swift_interface() {
  local source module trait
  git clone -q . "$work/more"
  for source in "$work"/more/Sources/SocketSend*; do
    module=${source##*/}
    trait=${module#SocketSend}
    grep -q "(\"$trait\"" Package@swift-6.2.swift || trait=true
    printf '%s\n' "#if $trait" "  /// Gone." "  public func was$module() {}" "#endif" > "$source/Was.swift"
  done
  swift_modules "$work/more" "$work/modules-more"
  refuse compare_modules "$work/modules-more" "$work/modules" > "$work/gone"
  for module in "$work"/modules/*.json; do grep "func was$(basename "$module" .json)() has been removed" "$work/gone"; done
}

if ! git rev-parse --git-dir > /dev/null 2>&1; then
  skip_check "interface: Swift" "this is no git clone, so there is nothing to compare with"
elif ! git cat-file -e "$(swift_baseline)^{commit}" 2> /dev/null && [ "$(git rev-parse --is-shallow-repository)" = true ]; then
  skip_check "interface: Swift" "the clone is shallow and lacks $(swift_baseline)"
else
  check "interface: Swift programs of $(swift_baseline | cut -c 1-12) still compile" swift_interface
  for source in Sources/SocketSend*; do
    git cat-file -e "$(swift_baseline):$source" 2> /dev/null ||
      skip_check "interface: ${source##*/}" "$(swift_baseline | cut -c 1-12) has no such module"
  done
  check "interface: a function gone from a Swift module is noticed, in each" changed_swift_interface
fi
