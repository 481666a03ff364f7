// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import socketsend

/// What the shells complete, asked of the shells themselves. A shell that is not installed is left out.
@Suite struct CompletionTests {
  private let files: ToolFiles
  private let directory: String

  init() throws {
    files = try ToolFiles()
    directory = files.path("directory")
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    try Data().write(to: URL(fileURLWithPath: directory + "/alpha.bin"))
  }

  private static func has(_ shell: String) -> Bool {
    ["/bin/", "/usr/bin/", "/usr/local/bin/"].contains { FileManager.default.isExecutableFile(atPath: $0 + shell) }
  }

  /// What is written before the cursor, and what of it has to be offered and what not.
  static let cases: [(line: String, offered: Set<String>, not: Set<String>)] = [
    ("socketsend de", ["demo"], ["--timeout"]),
    ("socketsend ", ["send", "demo"], []),
    ("socketsend --ti", ["--timeout"], ["--rate"]),
    ("socketsend --flags mo", ["more"], ["peek"]),
    ("socketsend 127.0.0.1:1 ", ["alpha.bin"], ["demo", "send"]),
    ("socketsend 127.0.0.1:1 alpha.bin --se", ["--segment-size"], ["--timeout"]),
    ("socketsend --json 127.0.0.1:1 --", ["--answer", "--quiet"], ["--json", "--directory"]),
    ("socketsend send --ti", ["--timeout"], ["--rate"]),
    ("socketsend send 127.0.0.1:1 al", ["alpha.bin"], []),
    ("socketsend demo --", ["--directory"], ["--timeout"]),
  ]

  private func check(_ shell: String, _ offers: (_ script: String, _ line: String) throws -> String) throws {
    let run = try ToolRun(["--generate-completion-script", shell])
    #expect(run.exitCode == 0)
    for example in Self.cases {
      let offered = Set(try offers(run.output, example.line).split(whereSeparator: \.isWhitespace).map(String.init))
      #expect(offered.isSuperset(of: example.offered), "\(shell): \(example.line)")
      #expect(offered.isDisjoint(with: example.not), "\(shell): \(example.line)")
    }
  }

  /// Without the shell: each script has the options, and what is added for lines without a command.
  @Test(arguments: [
    ("bash", "__socketsend_named_or_send"), ("zsh", "__socketsend_named "), ("fish", "__socketsend_named_or_send"),
  ])
  func scriptKnowsTheOptions(shell: String, addition: String) throws {
    let script = try ToolRun(["--generate-completion-script=\(shell)"]).output
    for word in ["segment-size", "timeout", "doNotWait", "demo", addition] { #expect(script.contains(word)) }
  }

  @Test func bash() throws {
    try check("bash") { script, line in
      try run(
        "bash",
        """
        \(script)
        function="$(complete -p socketsend)" function="${function##*-F }" function="${function% *}"
        COMP_LINE="$1" COMP_POINT="${#1}"
        read -ra COMP_WORDS <<< "$1"
        [[ "$1" = *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD="$((${#COMP_WORDS[@]} - 1))"
        "$function" socketsend "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
        """, line)
    }
  }

  /// The script is read twice, as after its file has changed.
  @Test(.enabled(if: has("fish"), "fish is not installed"))
  func fish() throws {
    try check("fish") { script, line in
      try run("fish", "\(script)\n\(script)\ncomplete -C $argv[1] | cut -f 1", line)
    }
  }

  /// Each match that the script adds is printed by an interactive shell in a pseudo-terminal of zsh's own.
  @Test(.enabled(if: has("zsh"), "zsh is not installed"))
  func zsh() throws {
    let setup = try files.file(Array(Self.zshSetup.utf8), name: "setup")
    try check("zsh") { script, line in
      _ = try files.file(Array(script.utf8), name: "_socketsend")
      return try run("zsh", Self.zshQuestion, setup, line)
    }
  }

  private static let zshSetup = #"""
    PROMPT=
    fpath=("${0:h}" $fpath)
    autoload compinit
    compinit -u -D
    bindkey '^I' complete-word
    zstyle ':completion:*' insert-tab false
    comppostfuncs=(exit)
    compadd() {
        local -a matches
        # These ask what would match, and add nothing.
        [[ "${@[1,(i)(-|--)]}" = *-(O|A|D)\ * ]] || builtin compadd -A matches "$@"
        print -rl -- "" "match "$^matches
        builtin compadd "$@"
    }
    """#

  private static let zshQuestion = #"""
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell "source ${(q)1}; print re''ady"
    while zpty -r shell answer; do [[ "$answer" = ready* ]] && break; done
    zpty -w -n shell "$2"$'\t'
    while zpty -r shell answer; do print -r -- "$answer"; done | tr -d '\r' | sed -n 's/^match //p'
    """#

  private func run(_ shell: String, _ script: String, _ arguments: String...) throws -> String {
    let process = Process()
    let (output, input) = (Pipe(), Pipe())
    let path = try files.file(Array(script.utf8), name: "question")
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [shell] + (shell == "bash" ? [] : shell == "zsh" ? ["-f"] : ["--no-config"]) + [path] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.environment = ProcessInfo.processInfo.environment.merging(["TERM": "dumb"]) { $1 }
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: text, as: UTF8.self)
  }
}
