# SPDX-License-Identifier: Apache-2.0
"""What a sentence and a page may not be. Each rule of a sentence takes its prose and returns what is wrong with it."""
import re
from typing import Callable, Iterable, Optional

WORDS_OF_A_SENTENCE = 35
# A page of fewer sentences has no share worth the name.
SENTENCES_OF_A_PAGE = 20
PASSIVE_PERCENT = 35

BE = r"(?:is|are|was|were|be|been|being)"
# `ed`, and the irregular participles that the project uses. States such as `is closed` are counted too.
PARTICIPLE = (r"(?:\w+ed|built|bound|broken|caught|cut|done|drawn|found|given|gone|held|hidden|kept|known|laid|left|lost|made|meant|"
              r"put|read|run|said|seen|sent|set|shown|spent|split|taken|thrown|told|understood|woken|written)")
PASSIVE = re.compile(rf"\b{BE}\s+(?:(?:not|also|never|only|then|still|all|always|both|\w+ly)\s+)*{PARTICIPLE}\b", re.I)

# What the project does not write, and what it writes in its place.
OTHER_WORDS = {
    r"the original(?! (?:list|order|bytes))": ".NET",
    r"(?:the )?(?:aforementioned|aforesaid|abovementioned)": "the name of the thing",
    r"the (?:former|latter)": "the name of the thing",
    r"whilst|amongst": "while, among",
    r"hence|thus|thereof|therein|thereby|wherein|whereby|herein|hereby": "a sentence with `so`, or the name of the thing",
    r"utili[sz]e[sd]?|utili[sz]ing": "use",
    r"leverag(?:e|es|ed|ing)": "use",
    r"in order to": "to",
    r"due to the fact that": "because",
    r"prior to": "before",
    r"subsequent(?:ly)?": "then, later",
    r"respectively": "one fact a sentence",
    r"and/or": "or",
    r"e\.g\.|i\.e\.|etc\.|viz\.|cf\.": "for example, that is, and so on",
    r"simply|obviously|clearly|basically|of course": "nothing",
    r"seamless(?:ly)?|blazing(?:ly)?|robust(?:ly)?|state-of-the-art": "a figure or a fact",
    r"as it were|so to speak|so-called": "nothing",
    r"on the (?:one|other) hand": "two sentences",
    r"the same here|there where": "what is the same, and where",
    r"nothing but": "only",
    r"midst": "middle",
    r"so many": "that many, or the number",
    r"one's(?: own)?": "your, or the owner's name",
    r"hand(?:s|ed|ing)? through": "pass on",
    r"is said (?:on|to)": "who prints it",
    r"forever": "for ever",
    r"time ?outs?": "time-out",
    r"non ?blocking": "non-blocking",
}

# British spelling, with -ize: as the Oxford dictionary has it, and as Swift's own words (initialize, serialize) are spelt.
OTHER_SPELLING = {
    r"behaviors?": "behaviour", r"\w*color(?:s|ed|ful|less)?": "colour", r"neighbor\w*": "neighbour",
    r"favor\w*": "favour", r"honor\w*": "honour", r"centers?|centered": "centre", r"gray": "grey", r"defense": "defence",
    r"catalogs?|dialogs?": "catalogue, dialogue", r"cancel(?:ed|ing)": "cancelled", r"label(?:ed|ing)": "labelled",
    r"signal(?:ed|ing)": "signalled", r"travel(?:ed|ing)": "travelled", r"model(?:ed|ing)": "modelled", r"fulfills?": "fulfil",
    r"analyz\w+": "analyse", r"artifacts?": "artefact", r"afterward|toward": "afterwards, towards",
    r"(?:initial|serial|synchron|organ|recogn|real|optim|minim|maxim|normal|random|summar|standard|final|general|special|"
    r"sanit|token|local|custom|categor|emphas|author|character|priorit|util)is(?:e[sdr]?|ing|ations?)": "-ize",
    r"(?:a|the|its|this|one|own) license|licenses": "licence",
}

NEGATION = r"(?:not|never|nothing|none|nobody|neither|cannot|no|\w+n't)"
# `un` before these is no negation, or belongs to a word of the field: undefined behaviour, unsafe code, unmapped memory.
NEGATIVE = (r"(?:without|impossible|nothing|never|nobody|none|fails? to|failed to|"
            r"un(?!til|less|der|ion|i|signed|defined|safe|mapped|named|sent)\w+)")
# Both in one clause: no comma, colon, bracket or conjunction stands between them.
DOUBLED = re.compile(rf"\b({NEGATION})\b(?:(?!\b(?:and|or|but|if|when|while|because|so|that|which|as|until|unless)\b)[^,;:.()])*?"
                     rf"\b({NEGATIVE})\b", re.I)


def is_too_long(prose: str) -> Optional[str]:
    count = len(re.findall(r"[\w`][\w`'’.\-/%]*", prose))
    return f"{count} words, more than {WORDS_OF_A_SENTENCE}" if count > WORDS_OF_A_SENTENCE else None


def has_other_words(prose: str) -> Optional[str]:
    for pattern, better in OTHER_WORDS.items():
        found = re.search(rf"(?<!\w)(?:{pattern})(?!\w)", prose, re.I)
        if found:
            return f"“{found[0]}”: write {better}"
    return None


def is_spelt_otherwise(prose: str) -> Optional[str]:
    for pattern, better in OTHER_SPELLING.items():
        found = re.search(rf"\b(?:{pattern})\b", prose, re.I)
        if found:
            return f"“{found[0]}”: the project's spelling is British with -ize ({better})"
    return None


def has_doubled_negative(prose: str) -> Optional[str]:
    found = DOUBLED.search(prose)
    return f"“{found[1]} … {found[2]}”: say what happens" if found else None


def has_a_word_twice(prose: str) -> Optional[str]:
    found = re.search(r"\b([a-z]+) \1\b", prose, re.I)
    return f"“{found[0]}”" if found and found[1].lower() != "that" else None


OF_A_SENTENCE: dict[str, Callable[[str], Optional[str]]] = {
    "length": is_too_long,
    "words": has_other_words,
    "spelling": is_spelt_otherwise,
    "negatives": has_doubled_negative,
    "twice": has_a_word_twice,
}


def passive_percent(sentences: Iterable[str]) -> Optional[int]:
    """How many of a page's sentences have a passive verb; None for a short page."""
    passive = [bool(PASSIVE.search(sentence)) for sentence in sentences]
    return round(100 * sum(passive) / len(passive)) if len(passive) >= SENTENCES_OF_A_PAGE else None
