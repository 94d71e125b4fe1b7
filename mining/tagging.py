"""The words of an English text by what they do in it: what names of topics are made of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from mining.keywords import ENGLISH_STOPS, VERSION, stem

Kind = Literal["noun", "quality", "manner", "link", "article", "verb", "done", "not", "other"]

DENIES = frozenset("not never no hardly".split())
HELPERS = frozenset("do does did".split())  # and the modal verbs: another verb follows
LINKS = frozenset("after since with without of on in for from to at by during between over".split())
# Nouns that are about nothing: every second text has them.
GENERIC = frozenset(
    "answer anybody anyone anything bit case chance couple everybody everyone everything fact guy help idea issue kind "
    "lot man matter moment nobody none nothing number one ones part people person place point post problem question "
    "reason rest second side somebody someone something sort stuff support team thread tip trouble word "
    "min mins hr hrs am pm sec end".split()
    + "shit bullshit crap fuck damn hell ass".split()  # no name for a page that a company reads
)
WORD = re.compile(r"[A-Za-z][\w'’-]+")
CONTRACTED = re.compile(r"(?<=[a-z])n['’]t\b", re.IGNORECASE)  # the tagger reads "don't" as four words
WHOLE = {"ca": "can", "wo": "will", "sha": "shall"}  # can't, won't, shan't
# Stop words that names are made with all the same: company name, top lid.
WITHIN = frozenset("name front side bottom top amount back full empty".split())
NO_VERBS = frozenset("whats hows wheres lets what how where who".split())  # as the tagger takes them for
DONE = frozenset("lost sent paid stolen broken bought cut".split())  # done to something, without -ed


@dataclass(frozen=True)
class Token:
    word: str
    kind: Kind
    is_first: bool = False
    root: str = ""  # the word as texts hold it, where it is written otherwise: close of closing

    @property
    def low(self) -> str:
        return self.word.lower()


def tagged(text: str) -> list[Token]:
    """The words of a text by what they do.

    Where the tagger errs most it is set right: after an article a verb is a noun, but not after "can" or "does"; a
    capital at the beginning makes no name.
    """
    from textblob.en import tag  # half a second, and only discovery names topics

    tokens: list[Token] = []
    is_first, is_helped, before = True, False, ""
    for split, told in tag(CONTRACTED.sub(" not", text)):
        word = WHOLE.get(split.lower(), split)
        part = alone(word.lower()) if is_first and told == "NNP" and word.istitle() else told
        if is_helped and before == "not" and part in ("NN", "JJ"):
            part = "VB"  # does not work, will not open
        if tokens and tokens[-1].low == "to" and part in ("VBN", "VBD") and not word.endswith("ed"):
            part = "VB"  # to set
        is_verb = part in ("VB", "VBP")
        kind = kind_of(word, part, "helper" if is_helped else before)
        tokens.append(Token(word, kind, is_first))
        is_first = part in (".", ":") or word in ".!?:;"
        is_helped = (part == "MD" or word.lower() in HELPERS or is_helped) and not is_first and not is_verb
        before = kind
    return tokens


@cache
def alone(word: str) -> str:
    """The part of speech of a word by itself."""
    from textblob.en import tag

    return next((str(part) for _word, part in tag(word)), "NN")


def kind_of(word: str, part: str, before: str) -> Kind:
    small = word.lower().replace("’", "'")
    if small in LINKS:
        return "link"
    if small in DENIES:
        return "not"
    if part in ("DT", "PRP$") or (part == "JJ" and small in ENGLISH_STOPS - WITHIN):
        return "article"  # my new card
    if VERSION.fullmatch(word):
        return "noun"
    if part == "RB":
        return "manner"  # very, terribly
    if (
        not WORD.fullmatch(word)
        or small in NO_VERBS
        or (small in ENGLISH_STOPS - WITHIN)
        or {small, stem(small)} & GENERIC
    ):
        return "other"
    return telling_kind(small, part, before)


def telling_kind(small: str, part: str, before: str) -> Kind:
    """What a word does that says something."""
    if part.startswith("NN"):
        return "noun"
    if part in ("VB", "VBP"):
        return (
            "noun" if before in ("article", "quality", "noun") else "verb"
        )  # the update, a power cut; how to close it
    if part == "VBZ":
        return "verb"
    if part == "VBD" and (small.endswith("ed") or small in DONE):
        return "done"
    return "quality" if part in ("JJ", "VBG", "VBN") else "other"


def behind(tokens: Sequence[Token], at: int, *kinds: Kind) -> int:
    """The first place from `at` on that holds none of these kinds."""
    while at < len(tokens) and tokens[at].kind in kinds:
        at += 1
    return at
