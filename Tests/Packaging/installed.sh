# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# `make install` into empty folders, and programs made from what is there. Part of run.

prefix=$work/prefix
lib=$prefix/lib
installed_header=$prefix/include/csendshim.h
export PKG_CONFIG_PATH=$lib/pkgconfig

files_of_an_installation() { # lib include man
  printf '%s\n' "$1/libcsendshim.a" "$1/libcsendshim.so" "$1/libcsendshim.so.$major" "$1/libcsendshim.so.$version" \
    "$1/cmake/csendshim/csendshim-config-version.cmake" "$1/cmake/csendshim/csendshim-config.cmake" \
    "$1/pkgconfig/csendshim.pc" "$2/csendshim.h" "$2/csendshim/module.modulemap" \
    "$3/man3/sendv_all.3" "$3/man3/sendv_all_within.3" "$3/man3/sendv_file_part.3" "$3/man3/sendv_perform.3" \
    "$3/man3/sendv_perform_parts.3" "$3/man3/sendv_seek.3" \
    "$3/man3/sendv_stack_bytes.3" "$3/man3/sendv_version.3" | sort
}

install_staged() {
  make -s install DESTDIR="$work/stage" PREFIX=/usr LIBDIR=/usr/lib/some-linux MANDIR=/usr/man INCLUDEDIR=/usr/include/some
  (cd "$work/stage" && find . ! -type d | sed 's/^\.//' | sort) > "$work/files"
  files_of_an_installation /usr/lib/some-linux /usr/include/some /usr/man > "$work/files.expected"
  same "$work/files" "$work/files.expected"
  # Only where things will be is written down, not where they were put.
  refuse grep -rqI -e "$work" -e "$root" -e '@[A-Z]*@' "$work/stage"
  [ "$(PKG_CONFIG_PATH=$work/stage/usr/lib/some-linux/pkgconfig pkg-config --variable=libdir csendshim)" = /usr/lib/some-linux ]
}

install_prefix() {
  make -s install PREFIX="$prefix"
  (cd "$prefix" && find . ! -type d | sed 's/^\.\///' | sort) > "$work/files"
  files_of_an_installation lib include share/man > "$work/files.expected"
  same "$work/files" "$work/files.expected"
}

# The real file has the version, the loader's name the major one, the linker's none.
shared_library_names() {
  readelf -d "$lib/libcsendshim.so.$version" | grep -F "Library soname: [libcsendshim.so.$major]"
  [ ! -L "$lib/libcsendshim.so.$version" ]
  [ "$(readlink -f "$lib/libcsendshim.so")" = "$(readlink -f "$lib/libcsendshim.so.$version")" ]
  [ "$(readlink -f "$lib/libcsendshim.so.$major")" = "$(readlink -f "$lib/libcsendshim.so.$version")" ]
}

exported_names() {
  nm -D --defined-only "$lib/libcsendshim.so" | awk '$2 != "A" { print $3 }' | sort > "$work/versioned"
  sed 's/@@CSENDSHIM_[0-9.]*$//' "$work/versioned" > "$work/names"
  same "$work/names" "$work/public"
  refuse grep -vE '@@CSENDSHIM_[0-9]+\.[0-9]+$' "$work/versioned"
  # What the first release had, it has for good.
  for name in sendv_all sendv_all_within sendv_file_part sendv_perform sendv_perform_parts sendv_seek sendv_stack_bytes sendv_version; do
    grep -qx "$name@@CSENDSHIM_0.1" "$work/versioned"
  done
}

# A program built with another version's header runs with this library: what the header lacks, or has more, is its structure's end.
other_header() { # name, sed command on the header
  mkdir -p "$work/$1"
  sed "$2" "$installed_header" > "$work/$1/csendshim.h"
  refuse cmp -s "$work/$1/csendshim.h" "$installed_header"
  gcc "${warnings[@]}" "-I$work/$1" -o "$work/$1/program" "$here/other_header.c" "-L$lib" -lcsendshim
  LD_LIBRARY_PATH=$lib "$work/$1/program" > "$work/$1/out"
  cat "$work/$1/out"
}

header_one_field_shorter() {
  other_header shorter '/^    uint32_t unfinished;/d'
  other_header shorter-by-two '/^    uint32_t timed_out;/d; /^    uint32_t unfinished;/d'
  other_header shorter-by-three '/^    size_t taken;/d; /^    uint32_t timed_out;/d; /^    uint32_t unfinished;/d'
  grep -q "^size 104: " "$work/shorter-by-three/out" || [ "$(getconf LONG_BIT)" = 32 ]
}

header_one_field_longer() {
  other_header longer 's/^    uint32_t unfinished;.*/&\n    uint64_t later;/'
}

# Without the compiler's probes a call on a small stack writes below the guard page; with them it faults at that page.
small_stack() {
  gcc "${warnings[@]}" -O2 "-I$prefix/include" -o "$work/small-stack" "$here/small_stack.c" "$lib/libcsendshim.a" -pthread
  "$work/small-stack" > "$work/out"
  cat "$work/out"
  grep -qx 'a fault, and nothing written below the guard page' "$work/out"
}

small_stack_without_probes() {
  gcc -O2 -std=c11 -fno-stack-clash-protection -Idist -o "$work/unprobed" "$here/small_stack.c" dist/csendshim.c -pthread
  "$work/unprobed" > "$work/out"
  cat "$work/out"
  refuse grep -qx 'a fault, and nothing written below the guard page' "$work/out"
}

# Each program runs from the prefix alone; what it needs of the library at run time is looked at, not believed.
runs() { # program shared|static
  LD_LIBRARY_PATH=$lib "$1" > "$work/out"
  same "$work/out" "$work/expected"
  case $2 in
    shared) readelf -d "$1" | grep -F "Shared library: [libcsendshim.so.$major]" ;;
    static) refuse grep -q csendshim <(readelf -d "$1") ;;
  esac
}

# shellcheck disable=SC2046 # pkg-config prints words
c_shared() {
  [ "$(pkg-config --modversion csendshim)" = "$version" ]
  gcc "${warnings[@]}" $(pkg-config --cflags csendshim) -o "$work/c-shared" "$here/program.c" $(pkg-config --libs csendshim)
  runs "$work/c-shared" shared
}

# shellcheck disable=SC2046
c_static() {
  gcc "${warnings[@]}" -static $(pkg-config --cflags csendshim) -o "$work/c-static" "$here/program.c" \
    $(pkg-config --static --libs csendshim)
  runs "$work/c-static" static
}

# shellcheck disable=SC2046
cxx_shared() { # compiler
  "$1" "${cxx_warnings[@]}" $(pkg-config --cflags csendshim) -c -o "$work/$1.o" "$here/program.c"
  "$1" -o "$work/$1" "$work/$1.o" $(pkg-config --libs csendshim)
  runs "$work/$1" shared
}

cmake_project() {
  cmake -S "$here/cmake" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" -DWANTED="$version" -DCMAKE_C_COMPILER=gcc
  cmake --build "$work/cmake"
  runs "$work/cmake/shared" shared
  runs "$work/cmake/static" static
}

cmake_refuses() { # version
  refuse cmake -S "$here/cmake" -B "$work/cmake-$1" -DCMAKE_PREFIX_PATH="$prefix" -DWANTED="$1" > "$work/out" 2>&1
  grep -F "$lib/cmake/csendshim/csendshim-config.cmake, version: $version" "$work/out"
}

swift_program() {
  swiftc -swift-version 6 -warnings-as-errors -I "$prefix/include/csendshim" -L "$lib" -o "$work/swift" "$here/program.swift"
  runs "$work/swift" shared
}

manual_is_shown() {
  mapfile -t names <"$work/public"
  for name in "${names[@]}"; do
    MANPAGER="cat" man -M "$prefix/share/man" 3 "$name" | grep -q 'send a list of'
    mandoc "$prefix/share/man/man3/$name.3" | grep -q 'send a list of'
  done
}

manual_is() { # page
  CC=gcc "$here/manual" "$1" "$installed_header" "$lib/libcsendshim.a" "$work/manual"
}

changed_page() { # sed command
  sed "$1" Docs/man/sendv_all.3 > "$work/changed.3"
  refuse cmp -s "$work/changed.3" Docs/man/sendv_all.3
  refuse manual_is "$work/changed.3"
}

uninstall() {
  touch "$lib/of-somebody-else" "$prefix/include/of-somebody-else"
  make -s uninstall PREFIX="$prefix"
  find "$prefix" ! -type d -printf '%P\n' | sort > "$work/files"
  printf '%s\n' include/of-somebody-else lib/of-somebody-else > "$work/files.expected"
  same "$work/files" "$work/files.expected"
  [ -z "$(find "$prefix" -name '*csendshim*')" ]
  make -s uninstall DESTDIR="$work/stage" PREFIX=/usr LIBDIR=/usr/lib/some-linux MANDIR=/usr/man INCLUDEDIR=/usr/include/some
  [ -z "$(find "$work/stage" ! -type d)" ]
}

check "install: below DESTDIR, each folder settable" install_staged
check "install: into an empty PREFIX" install_prefix
check "install: soname and links" shared_library_names
check "install: the library exports the public functions alone" exported_names
check "install: a program built with a header some fields shorter" header_one_field_shorter
check "install: a program built with a header one field longer" header_one_field_longer
check "install: a thread with too little stack ends at its guard page" small_stack
check "install: a build without -fstack-clash-protection is noticed" small_stack_without_probes
check "install: a C program with the shared library" c_shared
check "install: a C program with the static library" c_static
check "install: a C++ program, by g++" cxx_shared g++
check "install: a C++ program, by clang++" cxx_shared clang++
check "install: a CMake project, shared and static" cmake_project
check "install: CMake refuses another major version" cmake_refuses $((major + 1)).0
check "install: a Swift program" swift_program
check "manual: shown by man and by mandoc under each name" manual_is_shown
check "manual: says what the header says, and its examples run" manual_is Docs/man/sendv_all.3
check "manual: another argument in the page is noticed" changed_page 's/^\.Fa "int flags"/.Fa "unsigned flags"/'
check "manual: a missing error is noticed" changed_page '/^\.It Bq Er EPIPE/d'
check "manual: an example that does not compile is noticed" changed_page 's/sendv_all_within(pair/sendv_all(pair/'
check "uninstall: takes all of its own and nothing else" uninstall
