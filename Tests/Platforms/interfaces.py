#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the textual interfaces of Swift's own modules for another target. The toolchain has them for this machine.

    interfaces.py FROM TO TARGET NAME LIBC

FROM is the toolchain's lib/swift/linux and TO the same folder for the other target; NAME is how the target's files are named, and
LIBC the Swift module of its C library. A file that is as it has to be is left alone, as the compiler looks at its time.
"""

import re
import sys
from pathlib import Path

MODULES = ["Swift", "SwiftOnoneSupport", "Synchronization", "Testing", "_Builtin_float", "_Concurrency", "_RegexParser",
           "_StringProcessing", "_TestingInterop", "_Volatile"]
FLOAT80 = re.compile("float80", re.IGNORECASE)
ATTRIBUTES = re.compile(r" *(@[\w.]+(\(.*\))? *)+$")


def is_before(line):
    """Whether the line stands before a declaration and belongs to it: attributes, comments, conditions."""
    return bool(ATTRIBUTES.match(line)) or line.lstrip().startswith(("//", "#"))


def declarations(lines):
    """The declarations, each as the list of its lines, with its attributes and its body."""
    declaration, depth = [], 0
    for line in lines:
        declaration.append(line)
        code = re.sub(r'"(\\.|[^"\\])*"', "", line)
        depth += code.count("{") - code.count("}")
        if depth == 0 and not is_before(line):
            yield declaration
            declaration = []
    if declaration:
        yield declaration


def without_float80(lines):
    """The lines without the declarations that use Float80, of types and of their members."""
    kept = []
    for declaration in declarations(lines):
        if not any(FLOAT80.search(line) for line in declaration):
            kept += declaration
            continue
        head = next((i for i, line in enumerate(declaration) if line.endswith("{")), None)
        if head is None or FLOAT80.search(declaration[head]):
            continue
        if re.search(r"\b(extension|struct|enum|class|protocol)\b", declaration[head]):
            kept += declaration[:head + 1] + without_float80(declaration[head + 1:-1]) + declaration[-1:]
    return kept


def converted(text, target, libc):
    text = re.sub(r"-target \S+", f"-target {target}", text)
    # The interfaces of Linux do not say since when other systems have what the bodies of functions use.
    text = text.replace(" -swift-version ", " -disable-availability-checking -swift-version ", 1)
    text = re.sub(r"^import Glibc$", f"import {libc}", text, flags=re.M)
    # A function that goes into programs for older systems has to have a body, which is not in these interfaces.
    text = re.sub(r"^ *@backDeployed\(.*\)\n", "", text, flags=re.M)
    # A function of Linux alone, in the body of a lock.
    text = text.replace("_swift_stdlib_gettid()", "UInt32(0)")
    if not target.startswith("x86_64"):
        text = text.replace("typealias CLongDouble = Swift.Float80", "typealias CLongDouble = Swift.Double")
        text = "\n".join(without_float80(text.split("\n")))
    return text


def main(source, to, target, name, libc):
    for module in MODULES:
        folder = Path(source, f"{module}.swiftmodule")
        found = sorted(folder.glob("*.private.swiftinterface")) or sorted(folder.glob("*.swiftinterface"))
        text = converted(found[0].read_text(), target, libc)
        out = Path(to, f"{module}.swiftmodule", f"{name}.swiftinterface")
        out.parent.mkdir(parents=True, exist_ok=True)
        if not out.exists() or out.read_text() != text:
            out.write_text(text)


main(*sys.argv[1:])
