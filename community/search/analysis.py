"""Text becomes words: Markdown to plain text, plain text in English, Chinese or both to words with offsets, and back.

Every Chinese character and every part of a compound has a position of its own, and whole words stand at the position
where they begin. So a word is found as a word, and a phrase is found exactly, however Chinese was cut into words.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple
from unicodedata import normalize

import rjieba
from markdown_it import MarkdownIt
from markdown_it.token import Token as MarkdownToken
from whoosh.analysis import Analyzer, Token
from whoosh.lang.porter import stem

from community.search.scripts import TO_SIMPLIFIED

LONGEST_TEXT = 50_000  # characters of one post that are searched
LONGEST_WORD = 64  # characters; longer ones are keys and hashes, of which the beginning is enough
LONGEST_MARKED = 20_000  # characters of a text in which matches are looked for
MOST_MARKS = 200
EXCERPT = 200  # characters
LEAD = 40  # of them before the first match
MOST_PARTS = 4  # of a compound that is also found when written as one word

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
LETTER = rf"[^\W\d_{HAN}]"
SIGN = rf"[^\W_{HAN}]"
HAN_RUN = re.compile(f"[{HAN}]+")
RUN = re.compile(rf"([{HAN}]+)|{SIGN}+(?:[-._'’‐–]{SIGN}+)*")
PART = re.compile(rf"[vV]?(\d+(?:\.\d+)*)|({LETTER}+(?:['’]{LETTER}+)*)")
ACCENT = re.compile("[\u0300-\u036f]")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Signs that NFKC writes as exactly one other, as with full-width forms: folded without moving any offset.
ONE_FOR_ONE = {
    code: folded
    for first, last in ((0xA0, 0xFF), (0x2000, 0x33FF), (0xF900, 0xFFEF), (0x1D400, 0x1D7FF), (0x2F800, 0x2FA1F))
    for code in range(first, last + 1)
    if len(folded := normalize("NFKC", chr(code))) == 1 and folded != chr(code)
}
FOLDED = TO_SIMPLIFIED | {code: TO_SIMPLIFIED.get(ord(sign), sign) for code, sign in ONE_FOR_ONE.items()}
CHINESE_SHARE = 0.2  # of a text's letters: Chinese texts quote logs and menus, English ones hardly any Chinese
STOPS = """
    a am an and any are as at be been but by can could did do does for from had has have he her his how i if in is it
    its may me my no not of on or our she should so than that the their them then there they this to us was we were
    what when where which who why will with would yet you your 的 了 是 在 我 你 您 他 她 它 我们 你们 他们 和 与 有 就
    也 都 很 吗 呢 啊 吧 着 把 被 让 这 那 这个 那个 一个 什么 怎么 怎样 如何 为什么 请问
"""
STOP_WORDS = frozenset(STOPS.split())  # indexed, since phrases have them, but not required of a passage

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")

Parts = list[tuple[str, bool]]  # text, and whether it matches what was sought


class Word(NamedTuple):
    """A word as indexed, and where it stands: offsets in code points of the text, and its place among the words."""

    text: str
    start: int
    end: int
    position: int


class Sought(NamedTuple):
    """A word of a query: as one term, or as parts that follow each other. A phrase has no term."""

    term: str
    parts: tuple[str, ...]
    typed: str
    is_stop: bool = False
    is_han: bool = False


def clean(text: str) -> str:
    """The text composed (NFC) and without control characters, as it is indexed, stored and shown."""
    return normalize("NFC", CONTROL.sub(" ", text))


def plain_text(markdown: str) -> str:
    """What a reader sees of Markdown, code included: one line for each block."""
    lines = (_seen(token) for token in _markdown.parse(clean(markdown[:LONGEST_TEXT])))
    return "\n".join(line.strip() for line in lines if line.strip())


def _seen(token: MarkdownToken) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    if token.children:
        return "".join(map(_seen, token.children))
    return token.content


def to_one_script(text: str) -> str:
    """Traditional and Simplified made one, and full-width forms half as wide. Keeps the length: offsets stand on it."""
    return text if text.isascii() else text.translate(FOLDED)


def language_of(text: str) -> str:
    """zh if enough of its letters are Chinese, else en; empty where there are no letters."""
    letters = sum(map(str.isalpha, text))
    chinese = 0 if text.isascii() else sum(map(len, HAN_RUN.findall(text)))
    return ("zh" if chinese >= CHINESE_SHARE * letters else "en") if letters else ""


def words(text: str) -> Iterator[Word]:
    """All words of a text as they are indexed, several at one position where one is written in several ways."""
    position = 0
    for is_han, run, start in _runs(text):
        if is_han:
            yield from _han_words(run, start, position)
            position += len(run)
            continue
        parts = list(_parts(run, start, position))
        yield from parts
        yield from _variants(run, parts)
        position += len(parts)


def sought(text: str, loose: bool = False) -> list[Sought]:
    """The words to look for in what somebody typed; loose adds the words within long Chinese words."""
    found = []
    for is_han, run, start in _runs(text):
        if is_han:
            cut = rjieba.tokenize(run, "search" if loose else "default")
            found += [Sought(word, tuple(word), word, word in STOP_WORDS, True) for word, _, _ in cut]
        elif parts := [part.text for part in _parts(run, start, 0)]:
            found.append(Sought(_joined(run), tuple(parts), run, run.lower() in STOP_WORDS))
    return found


def sought_phrase(text: str) -> Sought | None:
    """The whole text as one phrase, stop words included, or None if there is no word in it."""
    parts = tuple(part for word in sought(text) for part in word.parts)
    return Sought(parts[0] if len(parts) == 1 else "", parts, text) if parts else None


def spellings(text: str) -> set[str]:
    """English words as they are written, to correct others by."""
    return {run.lower() for _, run, _ in _runs(text) if run.isascii() and run.isalpha() and 4 <= len(run) <= 20}


def _runs(text: str) -> Iterator[tuple[bool, str, int]]:
    """Runs of Chinese characters, and compounds such as wi-fi, USB-C or 4.2, folded: is Chinese, run, start."""
    for run in RUN.finditer(to_one_script(text)):
        yield run[1] is not None, run[0], run.start()


def _han_words(run: str, start: int, position: int) -> Iterator[Word]:
    for at, character in enumerate(run):
        yield Word(character, start + at, start + at + 1, position + at)
    for word, first, last in rjieba.tokenize(run, "search"):
        if len(word) > 1:
            yield Word(word, start + first, start + last, position + first)


def _parts(run: str, start: int, position: int) -> Iterator[Word]:
    for place, part in enumerate(PART.finditer(run)):
        text = part[1] or _normal(part[2])
        yield Word(text[:LONGEST_WORD], start + part.start(), start + part.end(), position + place)


def _variants(run: str, parts: list[Word]) -> Iterator[Word]:
    """wi-fi also as wifi, and 4.2.1 also as 4.2 and 4."""
    if 1 < len(parts) <= MOST_PARTS:
        yield Word(_joined(run), parts[0].start, parts[-1].end, parts[0].position)
    for part in parts:
        for dot in [sign.start() for sign in re.finditer(r"\.", part.text)][:3]:
            yield part._replace(text=part.text[:dot])


def _joined(run: str) -> str:
    return _normal("".join(part[1] or part[2] for part in PART.finditer(run)))[:LONGEST_WORD]


@lru_cache(maxsize=50_000)
def _normal(word: str) -> str:
    """Without case, accents and endings."""
    word = word.casefold().removesuffix("'s").removesuffix("’s").replace("'", "").replace("’", "")
    if not word.isascii():
        return normalize("NFC", ACCENT.sub("", normalize("NFKD", word)))
    return stem(word) if len(word) > 2 and word.isalpha() else word


class MixedAnalyzer(Analyzer):
    """`words` as Whoosh asks for them. It has no settings, so any two are equal."""

    def __call__(self, value: str, start_pos: int = 0, start_char: int = 0, **wanted: Any) -> Iterator[Token]:
        token = Token(positions=True, chars=True, mode=wanted.get("mode", ""))
        for token.text, start, end, position in words(value):
            token.startchar, token.endchar, token.pos = start_char + start, start_char + end, start_pos + position
            token.boost, token.stopped = 1.0, False
            yield token


def excerpt(text: str, wanted: list[Sought], most: int = EXCERPT) -> Parts:
    """The part of the text with most of the wanted words, cut into what matches and what does not."""
    found = _matches(text[:LONGEST_MARKED], wanted)[:MOST_MARKS]
    first, last = _window(text, found, most)
    parts: Parts = [("…", False)] if first else []
    at = first
    for start, end, _ in found:
        start, end = max(start, at), min(end, last)
        if start < end:
            parts += [(text[at:start], False)] if start > at else []
            parts.append((text[start:end], True))
            at = end
    parts += [(text[at:last], False)] if at < last else []
    return [*parts, ("…", False)] if last < len(text) else parts


def _matches(text: str, wanted: list[Sought]) -> list[tuple[int, int, int]]:
    """(start, end, which of the wanted) of each match, as ordered in the text, the longest first."""
    places: dict[str, list[Word]] = {}
    at: dict[tuple[int, str], Word] = {}
    for word in words(text) if wanted else ():
        places.setdefault(word.text, []).append(word)
        at[word.position, word.text] = word
    found = set()
    for which, one in enumerate(wanted):
        found |= {(word.start, word.end, which) for word in places.get(one.term, ())}
        for word in places.get(one.parts[0], ()):
            rest = [at.get((word.position + step, part)) for step, part in enumerate(one.parts)]
            if rest[-1] and all(rest):
                found.add((word.start, rest[-1].end, which))
    return sorted(found, key=lambda match: (match[0], -match[1]))


def _window(text: str, found: list[tuple[int, int, int]], most: int) -> tuple[int, int]:
    """Where the excerpt begins and ends: at the match from which on most different words follow, between words."""
    if len(text) <= most:
        return 0, len(text)
    start = max((match[0] for match in found), key=lambda at: (_kinds(found, at, at + most - LEAD), -at), default=0)
    first = min(max(0, start - LEAD), len(text) - most)
    if first and (space := text.find(" ", first, start)) >= 0:
        first = space + 1
    last = min(first + most, len(text))
    if last < len(text) and (space := text.rfind(" ", last - LEAD, last)) > start:
        last = space
    return first, last


def _kinds(found: list[tuple[int, int, int]], first: int, last: int) -> int:
    return len({which for start, end, which in found if start >= first and end <= last})
