"""Which stretches of a Markdown text are its writer's prose: no code, quotation, signature, picture, comment or address.

`mining.mentions` cuts them into sentences. What is left out is painted over with as many characters, so an offset is
always one of the original.
"""

import re
from collections.abc import Iterator
from typing import Literal

from mining.language import HAN

# What is painted over code, addresses and pictures: noncharacters, which no keyboard writes.
CODE, URL, PICTURE = "\ufdd0", "\ufdd1", "\ufdd2"
EMOJI = "\u203c\u2049\u231a-\u23ff\u25b6\u25c0\u2600-\u27bf\u2b05-\u2b55\U0001f000-\U0001faff"
CONTENT = re.compile(f"[^\\W_]|[{EMOJI}]")


def prose(text: str) -> Iterator[tuple[int, str]]:
    """Where each block of prose starts, behind its marks, and the block: lines that may share a sentence."""
    painted = _paint_lines(text)
    for first, last in _blocks(painted):
        yield first, _INLINE.sub(_paint, painted[first:last])


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
    colour = URL if found["url"] else PICTURE if found["picture"] else CODE
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
        if not CONTENT.search(line) and not body.startswith(("```", "~~~")):  # blank, a rule, an underline
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
