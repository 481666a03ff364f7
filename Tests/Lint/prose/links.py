#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Follows the links of Markdown pages to files and to headings, and prints each that leads nowhere.

  links.py PAGE...

Addresses of other hosts are not opened. A link such as `<doc:Limits>` has to name a page of the same documentation catalogue.
"""
import pathlib
import re
import sys
from typing import Iterator
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

import sentences


def tokens_of(page: pathlib.Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def anchors(page: pathlib.Path) -> set[str]:
    """What a Git host calls the headings: small letters, hyphens for spaces, no punctuation, and a number from the second on."""
    found: set[str] = set()
    tokens = tokens_of(page)
    for heading, inline in zip(tokens, tokens[1:]):
        if heading.type == "heading_open":
            text = sentences.words_of(inline).strip().lower().replace("`", "")
            name = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
            count = sum(re.fullmatch(re.escape(name) + r"(-\d+)?", other) is not None for other in found)
            found.add(f"{name}-{count}" if count else name)
    return found


def links(page: pathlib.Path) -> Iterator[tuple[int, str]]:
    for token in tokens_of(page):
        for part in token.children or []:
            address = part.attrGet("href") or part.attrGet("src")
            if address:
                yield (token.map or [0])[0] + 1, unquote(str(address))
        if token.type in ("html_block", "inline"):
            for address in re.findall(r'\b(?:src|srcset|href)="([^"]+)"', token.content):
                yield (token.map or [0])[0] + 1, address


def leads_somewhere(page: pathlib.Path, address: str) -> bool:
    if address.startswith("doc:"):
        catalogue = next((folder for folder in page.parents if folder.suffix == ".docc"), page.parent)
        return any(catalogue.rglob(address[4:].split("#")[0] + ".md"))
    if re.match(r"[a-z][a-z+.-]*:", address):
        return True
    name, _, anchor = address.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not anchor or (target.suffix == ".md" and anchor in anchors(target)))


def main() -> int:
    dead = [f"{name}:{line}: {address} leads nowhere"
            for name in sys.argv[1:] for line, address in links(pathlib.Path(name)) if not leads_somewhere(pathlib.Path(name), address)]
    print("\n".join(dead))
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main())
