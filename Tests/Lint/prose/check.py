#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the sentences of documents against the rules, and prints each that breaks one.

  check.py [--exceptions FILE] DOCUMENT...

DOCUMENT is a page of Markdown or mdoc, or a Swift file or a C header, of which the comments are read. FILE has a line for each
exception: the document, the rule, some words of the sentence, and the reason, with ` | ` between them. An exception that no
sentence needs is a mistake, too. The words of the rule `passive`, which is one for a page, are `page`.
"""
import argparse
import sys
from typing import Iterator, NamedTuple

import rules
import sentences


class Finding(NamedTuple):
    file: str
    line: int
    rule: str
    what: str
    text: str


class Exceptions:
    def __init__(self, file: str | None) -> None:
        self.all: list[tuple[str, str, str]] = []
        if file is not None:
            with open(file, encoding="utf-8") as opened:
                for line in opened:
                    if line.strip() and not line.startswith("#"):
                        document, rule, words, _reason = line.rstrip("\n").split(" | ")
                        self.all.append((document, rule, words))
        self.unused = set(self.all)

    def has(self, finding: Finding) -> bool:
        for exception in self.all:
            document, rule, words = exception
            if (document, rule) == (finding.file, finding.rule) and words in finding.text:
                self.unused.discard(exception)
                return True
        return False


def is_page(file: str) -> bool:
    return not file.endswith((".swift", ".h"))


def findings(file: str) -> Iterator[Finding]:
    page = list(sentences.of_file(file))
    for sentence in page:
        for rule, says in rules.OF_A_SENTENCE.items():
            what = says(sentence.prose)
            # The comments of a C header have tables, which are laid out with spaces.
            if what and not (rule == "length" and file.endswith(".h")):
                yield Finding(file, sentence.line, rule, what, sentence.text)
    whole = [sentence.prose for sentence in page if not sentence.is_heading and len(sentence.prose.split()) > 4]
    percent = rules.passive_percent(whole)
    if is_page(file) and percent is not None and percent > rules.PASSIVE_PERCENT:
        yield Finding(file, 1, "passive", f"{percent} % of {len(whole)} sentences, more than {rules.PASSIVE_PERCENT} %", "page")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--exceptions")
    parser.add_argument("documents", nargs="+")
    arguments = parser.parse_args()
    exceptions = Exceptions(arguments.exceptions)
    mistakes = 0
    for document in arguments.documents:
        for finding in findings(document):
            if not exceptions.has(finding):
                print(f"{finding.file}:{finding.line}: {finding.rule}: {finding.what}\n    {finding.text}")
                mistakes += 1
    for exception in sorted(exceptions.unused):
        print(f"{arguments.exceptions}: no sentence needs this exception: {' | '.join(exception)}")
        mistakes += 1
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
