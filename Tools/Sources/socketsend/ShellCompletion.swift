// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Completion without the name of a subcommand. The scripts that the argument parser writes know the options of `send` behind
/// its name only. What is added here asks them a second time, with `send` put in; at the first word, which may be a
/// subcommand's name or not, it gives the answers to both questions.
enum ShellCompletion {
  /// Of a completion script, what is said above; any other text as it is.
  static func withDefaultCommand(_ script: String) -> String {
    if script.hasPrefix("#!/bin/bash\n") { return script + "\n" + bash }
    if script.hasPrefix("function __socketsend_") { return script + "\n" + fish }
    if script.hasPrefix("#compdef socketsend\n") {
      // The file is the function: its last lines call it, and the shell calls the one of this name from then on.
      return script.replacingOccurrences(of: "\n_socketsend() {\n", with: "\n__socketsend_named() {\n")
        .replacingOccurrences(of: zshEnd, with: "\n" + zsh + zshEnd)
    }
    return script
  }

  private static let bash = #"""

    # Without the name of a subcommand it is send.
    __socketsend_named_or_send() {
        local is_named=false
        case "${COMP_WORDS[1]}" in
        send|demo|help) is_named=true ;;
        esac
        if [[ "${COMP_CWORD}" -eq 1 ]] || "${is_named}"; then
            _socketsend "${@}"
        fi
        if [[ "${COMP_CWORD}" -eq 1 ]] || ! "${is_named}"; then
            local -ar given_words=("${COMP_WORDS[@]}")
            local -ir given_index="${COMP_CWORD}"
            local -a COMP_WORDS=("${given_words[0]}" send "${given_words[@]:1}")
            local -i COMP_CWORD="$((given_index + 1))"
            _socketsend "${@}"
        fi
    }

    complete -o filenames -F __socketsend_named_or_send socketsend
    """#

  private static let zsh = #"""
    # Without the name of a subcommand it is send.
    _socketsend() {
        local -i ret=1 is_first="$((CURRENT == 2))" is_named=0
        [[ "${words[2]}" = (send|demo|help) ]] && is_named=1
        if (( is_first || is_named )); then
            __socketsend_named "${@}" && ret=0
        fi
        if (( is_first || ! is_named )); then
            words=("${words[1]}" send "${(@)words[2,-1]}")
            (( CURRENT++ ))
            __socketsend_named "${@}" && ret=0
        fi
        return "${ret}"
    }

    """#

  private static let zshEnd = "\nif [[ \"${funcstack[1]}\" = _socketsend ]]; then\n"

  private static let fish = #"""

    # Without the name of a subcommand it is send.
    # The copies of an earlier run of this script go.
    functions -e __socketsend_given_tokens __socketsend_named_flags_or_options __socketsend_named_positional
    functions -c __socketsend_tokens __socketsend_given_tokens
    functions -c __socketsend_should_offer_completions_for_flags_or_options __socketsend_named_flags_or_options
    functions -c __socketsend_should_offer_completions_for_positional __socketsend_named_positional

    function __socketsend_tokens
        set -l tokens (__socketsend_given_tokens $argv)
        printf '%s\n' $tokens[1]
        set -q __socketsend_puts_in_send; and printf '%s\n' send
        set -e tokens[1]
        test (count $tokens) -gt 0; and printf '%s\n' $tokens
    end

    function __socketsend_named_or_send
        set -l tokens (__socketsend_given_tokens -pc)
        set -l is_first (test (count $tokens) -le 1; and echo yes)
        set -l is_named (contains -- "$tokens[2]" send demo help; and echo yes)
        if test -n "$is_first" -o -n "$is_named"
            $argv; and return 0
        end
        test -n "$is_named"; and return 1
        set -g __socketsend_puts_in_send yes
        $argv
        set -l result $status
        set -eg __socketsend_puts_in_send
        return $result
    end

    function __socketsend_should_offer_completions_for_flags_or_options
        __socketsend_named_or_send __socketsend_named_flags_or_options $argv
    end

    function __socketsend_should_offer_completions_for_positional
        __socketsend_named_or_send __socketsend_named_positional $argv
    end
    """#
}
