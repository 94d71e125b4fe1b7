"""What is done to a thing, put as a name: "closing account", "declined card", "code not arriving".

Of "How do I close my account?", "They declined my card" and "The code never arrives". Customers' problems often lie in the
verb: of the topic of closing accounts, "account" alone tells little.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from mining.tagging import Token, behind

BE = frozenset("is are was were gets got been being".split())
HAVE = frozenset("has have had".split())
DO = frozenset("do does did can could will would".split())
CLAUSE = 4  # words before a verb among which a "not" denies it
VOWEL = "aeiou"
DOUBLED = re.compile(rf"[^{VOWEL}]*[{VOWEL}][bdgmnprt]$")  # set, stop, plan: one syllable that ends short
DOUBLED_TOO = frozenset(
    "prefer refer transfer submit permit admit commit omit occur begin forget reset upset control".split()
)
SAME = frozenset("e o y".split())  # see, toe, dye keep their e


def predicates(tokens: Sequence[Token], nouns: Mapping[int, int]) -> Iterator[list[Token]]:
    """The words of each such name; `nouns` holds where noun phrases begin and end.

    The words of kind "noun", "quality", "verb" and "done" carry it.
    """
    for at, token in enumerate(tokens):
        if token.kind in ("verb", "done", "quality"):
            yield from of_object(tokens, nouns, at)
    for start, end in nouns.items():
        yield from of_subject(tokens, start, end)


def of_object(tokens: Sequence[Token], nouns: Mapping[int, int], at: int) -> Iterator[list[Token]]:
    """Of "close my account" closing account; of "not received my refund" refund not received."""
    start = behind(tokens, at + 1, "article")
    if start not in nouns:
        return
    verb, thing = tokens[at], list(tokens[start : nouns[start]])
    if not is_denied(tokens, at):
        if verb.kind == "verb":
            yield [gerund(verb), *thing]
        elif start > at + 1:  # without an article it is a noun phrase already
            yield [verb, *thing]
    elif verb.kind != "verb" and is_participle(verb):
        yield [*thing, Token("not", "other"), verb]


def of_subject(tokens: Sequence[Token], start: int, end: int) -> Iterator[list[Token]]:
    """Of "the card was declined" declined card; of "the code never arrives" code not arriving."""
    helper = behind(tokens, end, "manner")
    first = tokens[helper].low if helper < len(tokens) else ""
    after = behind(tokens, helper + (first in BE | HAVE | DO), "manner", "not")
    is_not = any(token.kind == "not" for token in tokens[end:after])
    has_been = after < len(tokens) and tokens[after].low in BE
    at = behind(tokens, after + has_been, "manner")
    if at >= len(tokens):
        return
    verb, thing = tokens[at], list(tokens[start:end])
    if is_participle(verb) and first in BE | HAVE:
        if is_not:
            yield [*thing, Token("not", "other"), verb]
        elif first in BE or has_been:
            yield [verb, *thing]
    elif verb.kind == "verb" and is_not and first not in BE | HAVE:
        yield [*thing, Token("not", "other"), gerund(verb)]


def is_denied(tokens: Sequence[Token], at: int) -> bool:
    """Whether a "not" stands shortly before, in the same clause."""
    for token in reversed(tokens[max(0, at - CLAUSE) : at]):
        if token.kind == "not":
            return True
        if token.kind in ("noun", "verb") or token.word in ".!?:;,":
            return False
    return False


def is_participle(token: Token) -> bool:
    return token.kind == "done" or (token.kind == "quality" and token.low.endswith("ed"))


def gerund(verb: Token) -> Token:
    """Closing of close and closes, setting of set."""
    word = base(verb.low)
    if word.endswith("ie"):
        word = word[:-2] + "y"
    elif word.endswith("e") and len(word) > 2 and word[-2] not in SAME:
        word = word[:-1]
    elif DOUBLED.fullmatch(word) or word in DOUBLED_TOO:
        word += word[-1]
    return Token(word + "ing", "verb", root=verb.low)


def base(word: str) -> str:
    """The verb without the ending of the third person: arrives -> arrive, matches -> match, tries -> try."""
    if not word.endswith("s") or word.endswith("ss") or len(word) < 4:
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ches", "shes", "xes", "sses", "zzes")) else word[:-1]
