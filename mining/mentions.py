"""A verbatim cut into mentions: one sentence or clause each, as offsets into the customer's own text.

Mining calls `split` before the encoder. Every stage reads a copy of the text in which something was painted
over with as many characters, so an offset is always one of the original: `_blocks` finds the lines that are
the writer's prose, `_sentences` and `_clauses` where a thought ends, `_trimmed` what of it is worth keeping.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from mining.language import HAN

LONGEST: Final = 300  # characters of a mention

# What is painted over code, addresses and pictures: noncharacters, which no keyboard writes.
_CODE, _URL, _PICTURE = "\ufdd0", "\ufdd1", "\ufdd2"
_EMOJI = "\u203c\u2049\u231a-\u23ff\u25b6\u25c0\u2600-\u27bf\u2b05-\u2b55\U0001f000-\U0001faff"
_CONTENT = re.compile(f"[^\\W_]|[{_EMOJI}]")


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
    painted = _paint_lines(text)
    for first, last in _blocks(painted):
        block = _INLINE.sub(_paint, painted[first:last])
        for sentence in _sentences(block):
            for clause in _clauses(block, *sentence):
                spans += (Span(first + start, first + end) for start, end in _trimmed(block, *clause))
    return spans


# ---- painting

# \x1f is white space to Python and to `re`, so it gets trimmed, but does not indent a line of Markdown.
_INVISIBLE = {ord(c): "\x1f" for c in "\0\xad\u200b\u200e\u200f\u2060\ufeff"}
_OLD_LINE_END = re.compile("\r(?!\n)|[\v\f\x85\u2028\u2029]")
_COMMENT = re.compile("<!--.*?-->", re.DOTALL)
_ATTRIBUTION = re.compile(  # "On Monday, Jo wrote:", perhaps over two lines, and then what Jo wrote
    r"^(?:[ \t]*On\b[^\n]{0,200}\n)?[ \t]*(?![>\s])[^\n]{0,200}(?:\bwrote|写道|寫道)[ \t]*[:：]\s*$(?=\s{0,9}^[ \t]*>)",
    re.MULTILINE,
)
_INLINE = re.compile(
    r"(?<![`\\])(?P<code>(?P<ticks>`++).{1,1000}?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<picture>!\[[^\[\]]*+\](?:\((?:[^()]|\([^()]*+\))*+\)|\[[^\[\]]*+\]))"
    r"|(?P<target>(?<=\])(?:\((?:[^()]|\([^()]*+\))*+\)|\[[^\[\]]*+\]))"
    r"|(?P<url><(?:https?|ftp|mailto):[^\s<>]*+>|(?<!\w)(?:(?:https?|ftp)://|www\.)[\w.~:/?#@!$&'()*+,;=%-]*[\w/#&+=%-])",
    re.DOTALL | re.IGNORECASE | re.ASCII,
)


def _paint_lines(text: str) -> str:
    """The text with `\\n` after each line, and comments and introductions of quotations as empty lines."""
    text = _OLD_LINE_END.sub("\n", text.translate(_INVISIBLE))
    last = text.rfind("-->") + 3  # beyond it, each `<!--` would look for its end in vain
    text = _COMMENT.sub(lambda found: "\n" * len(found[0]), text[:last]) + text[last:]
    return _ATTRIBUTION.sub(lambda found: "\n" * len(found[0]), text)


def _paint(found: re.Match[str]) -> str:
    colour = _URL if found["url"] else _PICTURE if found["picture"] else _CODE
    return colour * len(found[0])


# ---- blocks: lines of prose that may share a sentence

_Kind = Literal["nothing", "opens", "continues", "alone", "farewell"]
_PREFIX = re.compile(  # indentation; marks of lists, tasks and headings; before Han these need no space
    r"(?P<indent>[ \t\x1f]*+)[ \u3000]*+(?P<marks>(?:"
    r"(?:[-*+•·–]|\d{1,3}[.)]|[A-Za-z]\)|[(（]\d{1,2}[)）]|\#{1,6}|\[[ xX]\])(?:[ \t\u3000]++|$)"
    rf"|[(（]?\d{{1,2}}(?:、|[.．)）](?=[{HAN}]))|[①-⑳][ \t]*+)*+)"
)
_FENCE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}(?=[ \t]*+[\w+#.-]*+[ \t]*+$)", re.ASCII)  # "~~~好开心" is joy, not code
_DEFINITION = re.compile(r"\[(?!\^)[^\[\]]+\]:[ \t]*\S++(?:[ \t]+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?[ \t]*$")
_FAREWELL = re.compile(r"-- $|-{2,} ?(?:Original Message|原始邮件|原始郵件) ?-*[ \t]*$", re.IGNORECASE)
_DEVICE = re.compile(r"(?:Sent from my |Get Outlook for |发自我的|發自我的|從我的).{0,40}$", re.IGNORECASE)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Where each block starts, behind its marks, and ends."""
    reader, at = _Reader(), 0
    first = last = -1
    for line in text.split("\n"):
        kind, start, end = reader.read(line.removesuffix("\r"))
        if first >= 0 and kind != "continues":
            yield first, last
            first = -1
        if kind == "farewell":
            return
        if kind != "nothing":
            first, last = (first if first >= 0 else at + start), at + end
        if kind == "alone":
            yield first, last
            first = -1
        at += len(line) + 1
    if first >= 0:
        yield first, last


class _Reader:
    """Reads line by line, remembering what Markdown lets the meaning of the next line depend on."""

    def __init__(self) -> None:
        self.fence = ""
        self.margin = 0  # columns: where the text of the current list item starts
        self.paused = True  # no paragraph is open, so that an indented line is code

    def read(self, line: str) -> tuple[_Kind, int, int]:
        """What the line is to its neighbours, and the columns between which its words stand."""
        if self.fence:
            self._close_fence(line.strip())
            return "nothing", 0, 0
        found = _PREFIX.match(line)
        assert found  # it can match nothing at all
        kind = self._kind(line, found)
        self.paused = kind in ("nothing", "alone")
        bare = line.rstrip().rstrip("#")  # "## Title ##", but "I like C#"
        closed = kind == "alone" and bare.endswith((" ", "\t"))
        return kind, found.end(), len(bare) if closed else len(line)

    def _kind(self, line: str, found: re.Match[str]) -> _Kind:
        body, marks = line[found.end() :], found["marks"]
        indent = len(found["indent"].replace("\x1f", "").expandtabs(4))
        if _FAREWELL.match(line):
            return "farewell"
        if not _CONTENT.search(line) and not body.startswith(("```", "~~~")):  # blank, a rule, an underline
            return "nothing"
        if self.paused and indent >= self.margin + 4:
            return "nothing"
        self._set_margin(indent, found)
        if fence := _FENCE.match(body):
            self.fence = fence[0]
            return "nothing"
        if body.startswith(">") or _DEFINITION.match(body) or _DEVICE.match(body):
            return "nothing"
        if "#" in marks or body.startswith("|"):
            return "alone"
        return "opens" if marks else "continues"

    def _set_margin(self, indent: int, found: re.Match[str]) -> None:
        if found["marks"]:
            self.margin = 0 if "#" in found["marks"] else len(found[0].expandtabs(4))
        elif self.paused:
            self.margin = min(self.margin, indent)

    def _close_fence(self, line: str) -> None:
        if len(line) >= len(self.fence) and not line.strip(self.fence[0]):
            self.fence, self.paused = "", True


# ---- sentences

_STOP = re.compile(
    rf"\n|[ \t:：;；,，)）](?=\d{{1,2}}(?:、|[.．)）] ?)[{HAN}])"  # "缺点：1、太贵 2、太重"
    r"|(?P<marks>[.!?;…。！？；｡．‼⁉]++)(?P<closers>(?:[\"'](?![A-Za-z0-9])|[”’」』）)\]】》〉*_~])*+)"
    rf"(?P<emoji>(?:[ \t]*+[{_EMOJI}][{_EMOJI}\ufe0f\u200d\u20e3\U000e0020-\U000e007f]*+)?)"
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
_GAP = re.compile(rf"(?<=[{HAN}{_EMOJI}）～~])[ \t\u3000]++(?=[{HAN}])")
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

_EDGE = "*_~|\\,，、" + _PICTURE
_LEADING, _TRAILING = _EDGE + ";；", _EDGE + _URL
_AROUND_URL, _OPENING = ".。!！?？:：;；)）]】>", "(（[【<"


def _trimmed(block: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The clause without what may not stand at its edges; in parts if it is too long; nothing if it says nothing."""
    start, end = _trim(block, start, end)
    while end - start > LONGEST:
        at = _best_cut(block, start)
        part = _trim(block, start, at)
        if _CONTENT.search(block, *part):
            yield part
        start = _behind_edge(block, at, end)  # the other end is trimmed: to walk it again each time would be quadratic
    if _CONTENT.search(block, start, end):
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
        if start < end < len(block) and block[end] == _URL and block[end - 1] in _OPENING:
            end -= 1
    at = end
    while start < at and block[at - 1] in _AROUND_URL:
        at -= 1
    return at if start < at and block[at - 1] in (_URL, _PICTURE) else end
