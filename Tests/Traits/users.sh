# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# Packages outside the repository that depend on it by path and run the programs of blocks.sh. Part of run.

# The modules of this package that a program imports; what it shares with other programs takes SocketSend.
modules_of() { # program
  {
    sed -n -E 's/^import (SocketSend[A-Za-z]*|CSendShim)$/\1/p' "$1"/main.*
    if [ -e "$1/main.c" ]; then echo CSendShim; else echo SocketSend; fi
  } | sort -u
}

# The modules that a program imports and an article shows: a header and a module map, which are the examples' too.
shown_modules_of() { # program
  local module
  [ -e "$1/main.swift" ] || return 0
  sed -n 's/^import \(C[A-Z][a-z]*\)$/\1/p' "$1/main.swift" | sort -u | while IFS= read -r module; do
    [ ! -e "$root/Examples/Sources/$module/module.modulemap" ] || echo "$module"
  done
}

# Whether a program needs no other traits than these.
fits() { # program traits...
  local program=$1 module
  shift
  for module in $(modules_of "$program"); do
    module=${module#SocketSend}
    if [[ " ${traits[*]} " = *" $module "* ]] && [[ " $* " != *" $module "* ]]; then return 1; fi
  done
}

# All but the manifests', which are packages of their own; a quick run runs each once.
programs_with() { # traits...
  local program
  for program in "$programs"/*; do
    if [ "$mode" = quick ] && [ -e "$program/ran" ]; then continue; fi
    if [ ! -e "$program/Package.swift" ] && fits "$program" "$@"; then echo "$program"; fi
  done
}

# The folder in which the package is built with these traits, by its own tests and by those who depend on it.
built_with() { # traits...
  local IFS=,
  echo "$root/.build-traits-${*:-none}"
}

# Puts a program where the package manager looks for it, with what it shares with others, and the modules that it shows beside it.
sources() { # program folder
  local module
  mkdir -p "$2"
  cp "$1"/main.* "$2"
  [ ! -e "$1/main.swift" ] || for module in $(modules_of "$1"); do
    [ ! -e "$root/Tests/Traits/Peers/$module.swift" ] || cp "$root/Tests/Traits/Peers/$module.swift" "$2"
  done
  for module in $(shown_modules_of "$1"); do cp -r "$root/Examples/Sources/$module" "$(dirname "$2")"; done
}

isolated=()
inside='ip link set lo up && mount -t tmpfs run /run && exec "$@"'
for unshare in "unshare --net --mount" "unshare --map-root-user --net --mount"; do
  if $unshare sh -c "$inside" sh true 2>/dev/null; then
    # shellcheck disable=SC2206 # several words
    isolated=($unshare sh -c "$inside" sh)
    break
  fi
done

# Runs what was built from a program, and compares what it prints. A network and a /run of its own make every port and path in
# the documents free; where there can be none, it takes the machine's.
prints_what_it_should() { # program executable
  local expected
  expected=$(sed -n -e 's|[][?\\]|\\&|g' -e 's|^//> \?||p' "$1"/main.*)
  [ -n "$expected" ]
  "${isolated[@]}" timeout 60 "$2" </dev/null >"$1/output"
  # shellcheck disable=SC2053 # a pattern
  [[ $(tr -d '\r' <"$1/output") = $expected ]] || {
    echo "${1##*/} printed:"
    cat "$1/output"
    return 1
  }
  touch "$1/ran"
}

quoted() { # words...
  [ $# -eq 0 ] || printf '"%s", ' "$@"
}

# Packages outside the repository that depend on it with these traits: one with every program that they let compile, and the
# documents' manifests that name them. Builds and runs the programs.
user() { # traits...
  local chosen program folder=$work/user
  mapfile -t chosen < <(programs_with "$@")
  rm -rf "$folder" && mkdir "$folder"
  package "$(quoted "$@")" "${chosen[@]}" >"$folder/Package.swift"
  for program in "${chosen[@]}"; do sources "$program" "$folder/Sources/${program##*/}"; done
  build "$folder" "$@"
  for program in "${chosen[@]}"; do
    prints_what_it_should "$program" "$(built_with "$@")/debug/${program##*/}"
  done
  for program in "$programs"/*/Package.swift; do
    if [ "$(traits_of "$program")" = "$*" ]; then manifest "${program%/*}" "$@"; fi
  done
}

build() { # package traits...
  local package=$1
  shift
  env -u CC swift build --package-path "$package" --scratch-path "$(built_with "$@")"
}

# The manifest of a package with a target for every program.
package() { # traits programs...
  local traits=$1 program module products
  shift
  echo '// swift-tools-version: 6.2'
  echo 'import PackageDescription'
  echo 'let package = Package(name: "user",'
  echo "  dependencies: [.package(name: \"SocketSend\", path: \"$root\", traits: [$traits])],"
  echo '  targets: ['
  for module in $(for program in "$@"; do shown_modules_of "$program"; done | sort -u); do
    echo "    .systemLibrary(name: \"$module\"),"
  done
  for program in "$@"; do
    products=
    for module in $(shown_modules_of "$program"); do products+="\"$module\", "; done
    for module in $(modules_of "$program"); do products+=".product(name: \"$module\", package: \"SocketSend\"), "; done
    echo "    .executableTarget(name: \"${program##*/}\", dependencies: [$products],"
    echo '      cSettings: [.treatAllWarnings(as: .error)], swiftSettings: [.treatAllWarnings(as: .error)]),'
  done
  echo '  ])'
}

traits_of() { sed -n 's/.*traits: \[\([^]]*\)\].*/\1/p' "$1" | tr -d '",'; }

# A manifest as it stands in the document, beside the repository under its name, with the program that its use names.
manifest() { # folder traits...
  local of=$1 document words main
  shift
  IFS=, read -r document words < <(sed -n 's|^// Program: ||p' "$of/use")
  main=$(grep -lF -- "${words# }" "$programs/$document"_*/main.swift)
  rm -rf "$work/beside" && mkdir -p "$work/beside/MyServer"
  ln -s "$root" "$work/beside/SocketSend"
  cp "$of/Package.swift" "$work/beside/MyServer"
  sources "${main%/*}" "$work/beside/MyServer/Sources/MyServer"
  build "$work/beside/MyServer" "$@"
  prints_what_it_should "${main%/*}" "$(built_with "$@")/debug/MyServer"
  touch "$of/ran"
}

# That the comparison can fail.
notices_other_output() { # program
  mkdir "$work/other"
  sed 's|^//> hello|//> help|' "$1/main.swift" >"$work/other/main.swift"
  refuse cmp -s "$1/main.swift" "$work/other/main.swift"
  refuse prints_what_it_should "$work/other" "$(built_with)/debug/${1##*/}"
}

# The libraries that a program which uses SocketSend alone loads, and what these load in turn.
links_no_foundation() { # program
  local executable
  executable=$(built_with)/debug/${1##*/}
  [ "$(modules_of "$1")" = SocketSend ]
  readelf -d "$executable" | tee "$work/needed"
  ldd "$executable" | tee -a "$work/needed"
  grep -q 'NEEDED.*libswiftCore' "$work/needed"
  refuse grep Foundation "$work/needed"
}

# What an article shows of a module as text is what its code is built with.
shows_the_module() { # module article
  local folder=$root/Examples/Sources/$1
  [[ $(<"$2") = *"$(<"$folder/module.modulemap")"* ]]
  extract "$2" "$work" | grep '\.c$' | while read -r block; do
    refuse grep -vxFf "$folder/$1.h" "$block"
  done
}

each_product_is_used() {
  local program module
  for program in $(programs_with "${traits[@]}"); do modules_of "$program"; done >"$work/used"
  for module in Sources/SocketSend* Sources/CSendShim; do
    grep -qx "${module##*/}" "$work/used" || { echo "no document has code that uses ${module##*/}"; return 1; }
  done
}

# Names what did not run.
all_ran() {
  local program left=0
  for program in "$programs"/*; do
    [ -e "$program/ran" ] || { echo "$(basename "$program" | tr _ :) did not run"; left=1; }
  done
  return $left
}
