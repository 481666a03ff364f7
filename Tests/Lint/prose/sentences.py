# SPDX-License-Identifier: Apache-2.0
"""The sentences of a document, each with its line. Code stands between backticks in them."""
import re
from typing import Iterator, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

import manual


class Sentence(NamedTuple):
    file: str
    line: int
    text: str
    is_heading: bool

    @property
    def prose(self) -> str:
        """The text, each piece of code being an empty pair of backticks."""
        return re.sub(r"`[^`]*`", "``", self.text)


# A full stop does not end a sentence before a small letter, as in `... 100 ms vs. 3 s`, nor inside a number or a name.
ENDS = re.compile(r"(?<=[.!?])[)\"*]*\s+(?=[\"(*]*[A-Z0-9`.])")


# The name of a parameter in a list of them is code.
PARAMETER = re.compile(r"^(- Parameter | {2,}- )([a-zA-Z]+):")


def split(file: str, line: int, text: str, is_heading: bool = False) -> Iterator[Sentence]:
    start = 0
    for end in [*(match.end() for match in ENDS.finditer(text)), len(text)]:
        piece = text[start:end]
        if piece.strip():
            yield Sentence(file, line + text.count("\n", 0, start), " ".join(piece.split()), is_heading)
        start = end


def words_of(inline: Token) -> str:
    """The text that a reader sees of a paragraph, a heading or a cell of a table."""
    text = []
    is_address = False
    for part in inline.children or []:
        if part.type == "link_open":
            is_address = part.info == "auto"
        elif part.type == "link_close":
            is_address = False
        elif part.type == "code_inline" or is_address:
            text.append("`" + part.content.replace("`", "") + "`")
        elif part.type == "text":
            text.append(part.content)
        elif part.type in ("softbreak", "hardbreak"):
            text.append("\n")
    return "".join(text)


def of_markdown(file: str, text: str, first_line: int = 1) -> Iterator[Sentence]:
    is_heading = False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "heading_open":
            is_heading = True
        elif token.type == "heading_close":
            is_heading = False
        elif token.type == "inline" and token.map:
            yield from split(file, first_line + token.map[0], words_of(token), is_heading)


def of_comments(file: str, text: str, mark: str) -> Iterator[Sentence]:
    """The sentences of each run of lines that begin with `mark`, which are Markdown behind it."""
    block: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        comment = re.match(rf"\s*{mark}(?!/) ?(.*)", line)
        if comment:
            block.append(re.sub(PARAMETER, r"\1`\2`:", comment[1]))
        elif block:
            yield from of_markdown(file, "\n".join(block), number - len(block))
            block = []


def of_manual(file: str, text: str) -> Iterator[Sentence]:
    for line, paragraph, is_heading in manual.paragraphs(text):
        yield from split(file, line, paragraph, is_heading)


def of_file(file: str) -> Iterator[Sentence]:
    with open(file, encoding="utf-8") as opened:
        text = opened.read()
    if file.endswith(".md"):
        return of_markdown(file, text)
    if file.endswith(".swift"):
        return of_comments(file, text, "///")
    if file.endswith(".h"):
        return of_comments(file, text, "//")
    return of_manual(file, text)
