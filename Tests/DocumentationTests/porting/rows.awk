# SPDX-License-Identifier: Apache-2.0
# Reads the tables of the porting article whose second column is code, and writes a program that runs each row. A row has code, or says
# "none" and why. Fails, and says where, if one has neither. A comparison in the code has to be true.

function trimmed(text) { gsub(/^ +| +$/, "", text); return text }

# The code between grave accents, a line each.
function spans(cell,   parts, count, i, code) {
  count = split(cell, parts, "`")
  for (i = 2; i <= count; i += 2) code = code parts[i] "\n"
  return code
}

function write_row(cause, code,   lines, count, i, waits, effects, value) {
  count = split(code, lines, "\n") - 1
  waits = code ~ /(^|\n)try await /
  effects = waits ? "async throws" : "throws"
  methods = methods "  func line" FNR "() " effects " {\n"
  for (i = 1; i <= count; i++) {
    value = "try" (waits ? " await" : "") " { () " effects " in " lines[i] " }()"
    methods = methods "    #sourceLocation(file: \"" FILENAME "\", line: " FNR ")\n"
    methods = methods "    " (lines[i] ~ / [!=]= / ? "guard " value " else { throw Untrue() }" : "_ = " value) "\n"
    methods = methods "    #sourceLocation()\n"
  }
  methods = methods "  }\n"
  calls = calls "    (" FNR ", \"" cause "\", { row in try " (waits ? "await " : "") "row.line" FNR "() }),\n"
}

# What the row is about, where it is an exception: the cell without its signs, up to its explanation.
function cause_of(cell) {
  gsub(/`/, "", cell)
  sub(/(, while| for| by) .*/, "", cell)
  return trimmed(cell)
}

/^\|/ { if ($0 ~ /^\| \.NET \| here \| what differs \|$/) inside = 1; else if (inside && $0 !~ /^\|---/) rows() }
!/^\|/ { inside = 0 }

function rows(   cells, count, code) {
  count = split($0, cells, "|")
  code = spans(cells[3])
  dotnet = dotnet spans(cells[2])
  if (count != 5) failure = "a row has three columns"
  else if (trimmed(cells[2]) == "") failure = "no member of .NET"
  else if (code != "") write_row(cause_of(cells[2]), code)
  else if (trimmed(cells[3]) != "none") failure = "neither code nor none"
  else if (trimmed(cells[4]) == "") failure = "none, and no reason"
  if (failure) { print FILENAME ":" FNR ": " failure > "/dev/stderr"; failed = 1; failure = "" }
}

END {
  print dotnet > words
  print "import Glibc\nimport SocketSend\nimport SocketSendAsync\nimport SocketSendFoundation\n"
  print "extension Row {\n" methods "}\n"
  print "@main struct Rows {"
  print "  static let all: [(line: Int, dotnet: String, run: @Sendable (Row) async throws -> Void)] = [\n" calls "  ]\n"
  print "  static func main() async {"
  print "    for entry in all {"
  print "      print(\"" FILENAME ":\\(entry.line)\")\n      fflush(nil)"
  print "      do {\n        let row = try Row()\n        try await row.cause(entry.dotnet)\n        try await entry.run(row)"
  print "      } catch { print(\"failed: \\(entry.line): \\(error)\") }"
  print "    }\n  }\n}"
  exit failed
}
