# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# Pairs each block of code in the documents with its use in Uses/, and makes a program of the two: a folder in $programs, named
# after the document and the block's line. Part of run.
#
# Uses/NAME.swift and Uses/NAME.c are for the blocks of NAME.md. A use stands behind a line `// Block:` with words of its block
# and is what is compiled behind the block, in the same file; lines `//>` are what the program has to print, where `*` stands for
# anything. A use for two documents is a link from the one to the other, Uses/NAME.WORD.c. The use of a manifest names, in a line
# `// Program:`, a document and words of the block that is its program.

programs=$work/programs

# Why blocks of another language are not run.
unrun() { # language
  case $1 in
    sh) echo "a terminal's; test-docs reads it" ;;
    csharp) echo ".NET's, beside the same in Swift" ;;
    *) return 1 ;;
  esac
}

# Writes the uses in a folder to a file each: $work/uses/NAME.N.swift.
split_uses() { # folder
  rm -rf "$work/uses" && mkdir -p "$work/uses"
  for file in "$1"/*; do
    local name=${file##*/}
    awk -v file="$work/uses/${name%.*}" -v kind="${name##*.}" '
      /^\/\/ Block: / { close(use); use = file "." ++count "." kind }
      use { print > use }' "$file"
  done
}

# The uses of a block that are not taken yet.
uses_of() { # document block
  local use
  for use in "$work/uses/$1".*."${2##*.}"; do
    [ -f "$use" ] && grep -qF -- "$(sed -n '1s|^// Block: ||p' "$use")" "$2" && echo "$use"
  done
  return 0
}

# Fails where a block has no use or several, a use no block, or a language no reason not to be run.
pair_blocks() { # folder of uses, documents...
  split_uses "$1"
  shift
  rm -rf "$programs" "$work/blocks" && mkdir -p "$programs" "$work/blocks"
  : >"$work/unrun"
  local document block blocks where name reason uses lost=0
  for document in "$@"; do
    name=$(basename "$document" .md)
    mapfile -t blocks < <(extract "$document" "$work/blocks")
    for block in "${blocks[@]}"; do
      where=${block##*/line-}
      if reason=$(unrun "${block##*.}"); then
        echo "$document, line ${where%.*}: $reason" >>"$work/unrun"
        continue
      fi
      mapfile -t uses < <(uses_of "$name" "$block")
      if [ ${#uses[@]} -ne 1 ]; then
        echo "$document, line ${where%.*}: ${#uses[@]} uses in Tests/Traits/Uses/$name.${where##*.}"
        lost=1
        continue
      fi
      make_program "$programs/${name}_${where%.*}" "$block" "${uses[0]}"
    done
  done
  for use in "$work/uses"/*; do
    [ ! -e "$use" ] || { echo "no block: $(cat "$use")"; lost=1; }
  done
  return $lost
}

make_program() { # folder block use
  mkdir "$1"
  if grep -q '^// swift-tools-version' "$2"; then
    mv "$2" "$1/Package.swift"
    mv "$3" "$1/use"
  else
    cat "$2" "$3" >"$1/main.${2##*.}"
    rm "$3"
  fi
}

# That a block which nothing runs does not get lost, nor a use whose block is gone.
notices_lost_blocks() {
  printf '%s\n' '```swift' 'import SocketSend' '```' >"$work/More.md"
  refuse pair_blocks Tests/Traits/Uses "${documents[@]}" "$work/More.md"
  refuse pair_blocks Tests/Traits/Uses README.md
}
