# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Writes each block of code of document $1 to a file of its own in $2, named after the line it starts on and its language;
# prints the files' names. Text and what a terminal shows are no code. The document of a Swift file is its `///` comments.
extract() {
  case $1 in
    *.swift) sed -E 's|^[[:space:]]*/// ?||; t; s|.*||' "$1" ;;
    *) cat "$1" ;;
  esac | awk -v folder="$2" '
    /^```/ && inside { inside = 0; close(file); next }
    /^```/ {
      kind = substr($0, 4); inside = 1; file = "/dev/null"
      if (kind !~ /^(|text|console)$/) { file = folder "/line-" FNR "." kind; print file }
      next
    }
    inside { print > file }
  '
}
