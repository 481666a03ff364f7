# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # run sets what is not set here
# Compiles Swift blocks where a reader puts them. Part of run, which sets `modules`, `build`, `passed` and `failed`.
#
#   top       a main.swift that is the block, a module each
#   throws    a function that throws any error
#   async     the same, asynchronous
#
# Rules:
# - Each block is compiled at the top, as it stands.
# - A block that is more than types is compiled in `async` too, and in `throws` if it has no `await`.
# - A block of functions is there for what they do, which readers take into functions of their own: in `throws` a function that
#   throws SocketError throws any error, in `async` it is asynchronous too.
# - In `async` a block without `await` may block. The compiler has to take it, or refuse it only since what it calls is unavailable
#   from asynchronous contexts.
#
# Swift 6.3.1 makes wrong SIL of some code that type-checks: of a `do` whose calls throw SocketError alone and whose `catch`es all
# have a `where`, in a function that throws any error and at the top. It crashes on that SIL if the function also has a `var`, or a
# variable in a loop. A reader's function may have one where the example has none, so the SIL is verified: the verifier refuses it
# with such a variable or without.

# Compiles Swift files as one module to SIL, and has the SIL verified.
to_sil() {
  SWIFT_BACKTRACE=enable=no swiftc -emit-sil -o /dev/null -Onone -wmo -swift-version 6 -warnings-as-errors \
    -diagnostic-style llvm -Xfrontend -sil-verify-all "${modules[@]}" "$@"
}

# What the compiler said, without the stack of a crash and the function in SIL.
said() { # log
  ! grep -qE '^(SIL verification failed|Stack dump)' "$1" || echo "the compiler breaks; does the last catch take every error?"
  sed '/^sil /,$d' "$1" | grep -vE '^ *#?[0-9]+[. ] |^(Stack dump|Please submit)' | head -40
}

# What a block consists of: `types`, `functions` (with types or without) or `statements`. A file's margin says it.
content() { # block
  awk '
    /^\/\/ names$/ { exit }
    /^($|[ \t})\]]|import |\/\/|#|@)/ { next }
    {
      sub(/^((public|private|fileprivate|final|nonisolated|indirect) )+/, "")
      if ($1 ~ /^extension$/) extensions = 1
      else if ($1 ~ /^func$/) functions = 1
      else if ($1 !~ /^(struct|enum|class|actor|protocol|typealias)$/) statements = 1
    }
    # An extension stands in no function.
    END { print extensions || !(functions || statements) ? "types" : statements ? "statements" : "functions" }
  ' "$1"
}

# Writes a block into the body of a function. Its imports stay before it, its names behind, and each line keeps its number.
in_function() { # block name effects
  local signatures=
  # The last `throws` of the line, with a result or without: others are those of closures that the function takes.
  if [ "$(content "$1")" = functions ]; then
    signatures="/func |^\)/ s/^(.*\))( async)? throws(\(SocketError\))?(( -> ([^()]|\([^()]*\))+)? \{)/\1 $3\4/"
  fi
  sed -E "$signatures" "$1" | awk -v opening="func $2() $3 { " '
    !inside && !/^(import .*|\/\/.*|)$/ { printf "%s", opening; inside = 1 }
    /^\/\/ names$/ { print "}"; inside = 2 }
    { print }
    END { if (inside == 1) print "}" }'
}

imports_of() { sed -n 's/^import //p' "$1" | sort -u | paste -sd ' '; }

# Puts a block into the groups of those that `compile_groups` compiles together: those of the same imports, as an import in one
# file of a module shows in its others.
surround() { # block
  [ "$(content "$1")" != types ] || return 0
  local imports folder number
  imports=$(imports_of "$1")
  folder=$groups/${imports// /+}
  mkdir -p "$folder"/{throws,async,blocking}
  number=$(find "$folder" -name '*.swift' | wc -l)
  if grep -q await "$1"; then
    in_function "$1" "async$number" 'async throws' >"$folder/async/$number.swift"
  else
    in_function "$1" "throws$number" throws >"$folder/throws/$number.swift"
    in_function "$1" "async$number" 'async throws' >"$folder/blocking/$number.swift"
  fi
  # shellcheck disable=SC2004 # the keys of names are texts
  for file in "$folder"/*/"$number.swift"; do names[$file]=${1#"$build"/}; done
}

# Whether the errors of a file are those of calls that would block an asynchronous function.
only_blocks() { # file log
  grep -F "$1:" "$2" | grep ' error: ' >"$2.errors"
  [ -s "$2.errors" ] && ! grep -qv 'unavailable from asynchronous contexts' "$2.errors"
}

# Prints the files of a folder that the compiler takes, except the files that would block, and counts the files that would block.
without_blocking() { # folder
  local files=("$1"/*.swift) file
  [ -e "${files[0]}" ] || return 0
  swiftc -typecheck -wmo -parse-as-library -swift-version 6 -diagnostic-style llvm "${modules[@]}" "${files[@]}" >"$1/log" 2>&1
  for file in "${files[@]}"; do
    if only_blocks "$file" "$1/log"; then echo "$file" >>"$1/blocks"; else echo "$file"; fi
  done
}

# Compiles files together. Where the compiler refuses them, each alone says which it is.
compile_group() { # folder files...
  local log=$1/log file
  shift
  if to_sil -parse-as-library -module-name surroundings "$@" >"$log" 2>&1; then
    add_up $# 0
    return
  fi
  for file in "$@"; do
    if to_sil -parse-as-library -module-name surroundings "$file" >"$log" 2>&1; then
      pass
    else
      fail "${names[$file]}, in $(basename "$(dirname "$file")" | sed 's/blocking/async/'):"
      said "$log"
    fi
  done
}

compile_groups() {
  local folder files
  for folder in "$groups"/*/; do
    [ -d "$folder" ] || continue
    folder=${folder%/}
    mapfile -t files < <(find "$folder/throws" "$folder/async" -name '*.swift' | sort; without_blocking "$folder/blocking")
    [ ! -e "$folder/blocking/blocks" ] || add_up "$(wc -l <"$folder/blocking/blocks")" 0
    [ ${#files[@]} -eq 0 ] || compile_group "$folder" "${files[@]}"
  done
}
