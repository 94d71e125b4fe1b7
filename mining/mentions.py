"""A verbatim cut into mentions: one sentence or clause each, as offsets into the customer's own text.

Mining calls `split` before the encoder. `mining.prose` finds the lines that are the writer's, painted over where they
are no words; `_sentences` and `_clauses` where a thought ends, `_trimmed` what of it is worth keeping.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from mining.language import HAN
from mining.prose import CONTENT, EMOJI, PICTURE, URL, prose

LONGEST: Final = 300  # characters of a mention


@dataclass(frozen=True, slots=True)
class Span:
    """Where a mention stands: code points of the verbatim, `text[start:end]`."""

    start: int
    end: int


def split(text: str) -> list[Span]:
    """The mentions of a Markdown text in reading order: trimmed, apart from each other, none without content.

    Left out: code, quotations, signatures, pictures, HTML comments, and addresses that end a sentence.
    The time it takes grows in proportion to the text, whatever the text.
    """
    spans: list[Span] = []
    for first, block in prose(text):
        for sentence in _sentences(block):
            for clause in _clauses(block, *sentence):
                spans += (Span(first + start, first + end) for start, end in _trimmed(block, *clause))
    return spans


# ---- sentences

_STOP = re.compile(
    rf"\n|[ \t:：;；,，)）](?=\d{{1,2}}(?:、|[.．)）] ?)[{HAN}])"  # "缺点：1、太贵 2、太重"
    r"|(?P<marks>[.!?;…。！？；｡．‼⁉]++)(?P<closers>(?:[\"'](?![A-Za-z0-9])|[”’」』）)\]】》〉*_~])*+)"
    rf"(?P<emoji>(?:[ \t]*+[{EMOJI}][{EMOJI}\ufe0f\u200d\u20e3\U000e0020-\U000e007f]*+)?)"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STRONG = frozenset("!?。！？；｡．‼⁉")
_RUN_ON = re.compile(r"[A-Z][a-z]*(?:[\s,'’]|$)")  # "great phone.I love it": a plain word, not Node.Js or Foo.bar()
_STARTER = re.compile(
    r"\s+(?:I|It|The|We|They|This|That|These|He|She|You|My|Our|Your|But|And|So|If|When|What|Why|How|There|Then|Now"
    r"|Please|Not|No|Nobody|Nothing|Is|Are|Can|Do|Don't|In|On|At|After|Also|Still|Very|Thanks)\b"
)
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_NEVER_LAST = _words("mr mrs ms dr prof st mt sr jr messrs gen col capt vs e.g i.e eg ie cf approx dept est")
_SELDOM_LAST = _words("etc inc ltd co corp a.m p.m al min max sec hr hrs lb lbs oz ft jan feb aug sept oct nov dec")
_BEFORE_NUMBER = _words("no nos nr fig figs vol ver ch p pp par art")


def _sentences(block: str) -> Iterator[tuple[int, int]]:
    start = 0
    for stop in _STOP.finditer(block):
        if _is_end(block, start, stop):
            yield start, stop.end()
            start = stop.end()
    yield start, len(block)


def _is_end(block: str, start: int, stop: re.Match[str]) -> bool:
    marks = stop["marks"]
    if marks is None:
        return stop[0] != "\n" or not _is_wrapped(block, stop.start())
    before = block[max(start, stop.start() - 24) : stop.start()]
    after = block[stop.end() : stop.end() + 24]
    following = after.lstrip()[:1]
    if not following or stop["emoji"]:
        return True
    if not _STRONG.isdisjoint(marks):
        return _is_strong_end(before, marks, stop["closers"], after)
    if _is_han(before[-1:]):
        return len(marks) > 1 or marks == "…" or not re.match("[A-Za-z0-9]", after)
    if ";" in marks:
        return False
    if len(marks) > 1 or marks == "…":
        return not following.islower() and after[0] not in "/\\"  # an ellipsis in mid-thought, a path
    return _is_full_stop(before, after, following, first=stop.start() - len(before) == start)


def _is_wrapped(block: str, at: int) -> bool:
    """Whether the line that ends here was only broken to fit a width, as mail programs do."""
    line = block[block.rfind("\n", 0, at) + 1 : at].strip()
    following = block[at + 1 : at + 12].lstrip()[:1]
    if line.endswith(("，", "、")):
        return True
    if not (following.isascii() and line[-1:].isascii() and (line[-1:].isalnum() or line[-1:] in ",'\")")):
        return False
    return (len(line) >= 40 and following.islower()) or (55 <= len(line) <= 100 and following.isalnum())


def _is_strong_end(before: str, marks: str, closers: str, after: str) -> bool:
    if before.endswith(("(", "（", "[")):  # a doubtful (?) word
        return False
    if closers and after.lstrip()[:1].islower():  # "Really?" she asked
        return False
    return len(marks) > 1 or not marks.isascii() or not re.match("[a-z0-9=&/]", after)  # P!nk, f?x=1


def _is_full_stop(before: str, after: str, following: str, first: bool) -> bool:
    """Whether one "." ends a sentence; `first`: nothing of the sentence stands before `before`."""
    if not after[0].isspace():
        return bool(re.search("[a-z]{3}$", before) and _RUN_ON.match(after))
    found = re.search(r"[\w.]+$", before)
    word = found[0] if found else ""
    if word.lower() in _NEVER_LAST or (first and before.strip().isdigit()):  # "1. battery 2. screen"
        return False
    if word.lower() in _SELDOM_LAST:
        return not (following.islower() or following.isdigit())
    if word.lower() in _BEFORE_NUMBER and following.isdigit():
        return False
    if word != "I" and _INITIALS.fullmatch(word):
        return bool(_STARTER.match(after))
    return True


# ---- clauses: feelings change sides at a "but", and Chinese is often written with spaces for full stops

_HAN = re.compile(f"[{HAN}]")
_BUT = r"(?:but(?! also\b)|however)\b|但(?!凡)|不过|不過|可是|然而"
_TURN = re.compile(rf"[,，]\s{{0,3}}(?={_BUT})", re.IGNORECASE)
_GAP = re.compile(rf"(?<=[{HAN}{EMOJI}）～~])[ \t\u3000]++(?=[{HAN}])")
_CUTS = [  # where to cut what is too long, the best first
    re.compile(rf"[,，]\s{{0,3}}(?={_BUT}|就是|而且|and\b|so\b)", re.IGNORECASE),
    re.compile(r"[;；](?=\D)"),
    re.compile(r"[,，](?=\D)"),
    re.compile(
        rf"\s(?=but\b|however\b|and\b|because\b)|(?={_BUT}|就是|因为|因為|所以|而且)|[:：、](?=\s|\W)", re.IGNORECASE
    ),
    re.compile(r"\s"),
]


def _clauses(block: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for first, last in _cut(block, start, end, _TURN, _weight, 200):
        yield from _cut(block, first, last, _GAP, _count_han, 6)


def _cut(
    block: str, start: int, end: int, where: re.Pattern[str], weigh: Callable[[str], int], least: int
) -> Iterator[tuple[int, int]]:
    """The parts between the cuts, where both what is before the cut and what is after weigh at least so much."""
    cuts = [start, *(found.end() for found in where.finditer(block, start, end)), end]
    weights = [weigh(block[a:b]) for a, b in pairwise(cuts)]
    before = 0
    for at, left, right in zip(cuts[1:-1], weights, weights[1:], strict=False):
        before += left
        if before >= least <= right:
            yield start, at
            start, before = at, 0
    yield start, end


def _count_han(part: str) -> int:
    return len(_HAN.findall(part))


def _weight(part: str) -> int:
    """200 for a clause that can stand alone: 8 Han characters or 25 others."""
    han = _count_han(part)
    return 25 * han + 8 * (len(part.strip(" ,，")) - han)


def _is_han(character: str) -> bool:
    return bool(_HAN.match(character))


# ---- trimming

_EDGE = "*_~|\\,，、" + PICTURE
_LEADING, _TRAILING = _EDGE + ";；", _EDGE + URL
_AROUND_URL, _OPENING = ".。!！?？:：;；)）]】>", "(（[【<"


def _trimmed(block: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The clause without what may not stand at its edges; in parts if it is too long; nothing if it says nothing."""
    start, end = _trim(block, start, end)
    while end - start > LONGEST:
        at = _best_cut(block, start)
        part = _trim(block, start, at)
        if CONTENT.search(block, *part):
            yield part
        start = _behind_edge(block, at, end)  # the other end is trimmed: to walk it again each time would be quadratic
    if CONTENT.search(block, start, end):
        yield start, end


def _best_cut(block: str, start: int) -> int:
    """Where to end a mention that starts here and is too long: always beyond `start`."""
    for pattern in _CUTS:
        ends = [found.end() for found in pattern.finditer(block, start + LONGEST // 3, start + LONGEST)]
        if ends:
            return ends[-1]
    return start + LONGEST


def _trim(block: str, start: int, end: int) -> tuple[int, int]:
    start = _behind_edge(block, start, end)
    while (bare := _without_address(block, start, end)) < end:
        end = bare
    return start, end


def _behind_edge(block: str, start: int, end: int) -> int:
    while start < end and (block[start].isspace() or block[start] in _LEADING):
        start += 1
    return start


def _without_address(block: str, start: int, end: int) -> int:
    """One step back from `end` over white space, emphasis and commas, or over an address and what closes it."""
    while start < end and (block[end - 1].isspace() or block[end - 1] in _TRAILING):
        end -= 1
        if start < end < len(block) and block[end] == URL and block[end - 1] in _OPENING:
            end -= 1
    at = end
    while start < at and block[at - 1] in _AROUND_URL:
        at -= 1
    return at if start < at and block[at - 1] in (URL, PICTURE) else end
