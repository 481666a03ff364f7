# SPDX-License-Identifier: Apache-2.0
"""The paragraphs of a manual page in mdoc, as `man mdoc` describes it: of the macros, those that this project's pages have."""
import re
from typing import Iterator

# What these macros print is code. Each is also called in the middle of a line.
CODE = set("Ar Cm Dv Er Ev Fa Fl Fn Ft In Li Nm Pa Va Vt Xr".split())
QUOTES = {"Dq": '"', "Sq": "'", "Pq": "", "Op": "", "Bq": ""}
# These begin a paragraph, and print nothing.
BREAKS = set("Pp Bl El Ed It".split())
# In this section there are declarations, and in a literal block there is code.
WITHOUT_SENTENCES = {"SYNOPSIS", "NAME"}


def words_of(arguments: str) -> str:
    """What a line of macros prints, without the dot before it."""
    pieces: list[str] = []
    is_code = joins = False
    for word in re.findall(r'"[^"]*"|\S+', arguments):
        word = word.strip('"')
        if word in CODE or word in QUOTES:
            is_code = word in CODE
        elif word == "Ns":
            joins = True
        elif re.fullmatch(r"[.,:;?!)\]]", word):
            pieces.append(word)
            is_code = False
        else:
            shown = f"`{word}`" if is_code else word
            pieces.append(shown if joins or not pieces else " " + shown)
            joins = False
    return "".join(pieces)


def paragraphs(text: str) -> Iterator[tuple[int, str, bool]]:
    """Each paragraph with its first line's number, and whether it is a heading. It has a line break where the page has one."""
    start, lines = 1, []
    section, is_literal = "", False
    for number, line in enumerate([*text.split("\n"), ".Pp"], start=1):
        macro, _, arguments = line[1:].partition(" ") if line.startswith(".") else ("", "", line)
        is_literal = macro != "Ed" and (is_literal or macro == "Bd")
        if macro in BREAKS or macro in ("Sh", "Ss", "Bd"):
            if lines and section not in WITHOUT_SENTENCES:
                yield start, "\n".join(lines), False
            start, lines = number + 1, []
            if macro in ("Sh", "Ss"):
                section = arguments
                yield number, arguments, True
        elif is_literal or section in WITHOUT_SENTENCES or macro in ("Dd", "Dt", "Os", "\\\"", "Dl"):
            # Keeps the numbers of the lines right.
            if not lines:
                start = number + 1
        else:
            lines.append(words_of(macro + " " + arguments) if macro else line.replace("\\(mu", "times"))
