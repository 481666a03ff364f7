# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # root is set by who sources it
# Sets `modules`: the compiler's flags that find every module of a build and the C modules under them. The build is that of
# `swift build` unless BUILD, the name of its folder in the repository, says otherwise.

modules=(-I "$root/${BUILD:-.build}/debug/Modules" -Xcc "-I$root/Sources/CSendShim/include")
# The module that an article shows.
modules+=(-Xcc "-I$root/Examples/Sources/CEpoll")
# Those that the package manager wrote, and those that stand beside a fetched package's headers.
for map in "$root/${BUILD:-.build}"/debug/*.build/module.modulemap; do modules+=(-Xcc "-fmodule-map-file=$map"); done
for map in "$root/${BUILD:-.build}"/checkouts/*/Sources/*/include/module.modulemap; do
  [ ! -f "$map" ] || modules+=(-Xcc "-I${map%/*}")
done
