# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# The two files that `make amalgamation` writes: they alone, in C and in C++. Part of run.

two=$work/two
mkdir -p "$two"

make_two_files() {
  rm -rf dist
  make -s amalgamation
  [ "$(ls dist)" = "$(printf 'csendshim.c\ncsendshim.h')" ]
  cp dist/* "$here/program.c" "$two"
  # Nothing of the core but csendshim.h is named, and what they are stands in both.
  refuse grep -q '^#include "[^c]' "$two/csendshim.c"
  for file in csendshim.c csendshim.h; do
    grep -q "^// csendshim $version: " "$two/$file"
    grep -q '^// Licensed under the Apache License, Version 2.0' "$two/$file"
  done
}

c_from_two_files() { # compiler
  cd "$two" || return
  "$1" "${warnings[@]}" -O2 -c -o "$1.o" csendshim.c
  "$1" "${warnings[@]}" -O2 -I. -o "$1.program" program.c "$1.o"
  "./$1.program" > out
  same out "$work/expected"
  # But for the anchor that sys/sdt.h puts into each object, hidden and weak.
  nm -g --defined-only "$1.o" | awk '$3 != "_.stapsdt.base" { print $3 }' | sort > names
  same names "$work/public"
}

cxx_from_two_files() { # C++ compiler, C compiler
  cd "$two" || return
  "$1" "${cxx_warnings[@]}" -O2 -I. -c -o "$1.program.o" program.c
  "$1" -o "$1.program" "$1.program.o" "$2.o"
  "./$1.program" > out
  same out "$work/expected"
}

# The core's own tests over the two files, but for those that reach into it.
core_tests() {
  make -s test-c SHIM_SOURCES=dist/csendshim.c C_BUILD=build/c-amalgamation C_TESTS='stream datagram empties flags more seek'
}

check "amalgamation: two files, with version and licence" make_two_files
for cc in gcc clang musl-gcc; do
  check "amalgamation: in C by $cc, without a warning, no name in it but the public ones" c_from_two_files $cc
done
check "amalgamation: in C++ by g++" cxx_from_two_files g++ gcc
check "amalgamation: in C++ by clang++" cxx_from_two_files clang++ clang
check "amalgamation: passes the core's tests" core_tests
