"""The new words of a mail: its text without what it quotes, without signature, as Markdown.

mail-parser-reply knows many signatures and headers of quotes, but it trims every line, takes lists for signatures and
misses what Chinese mailboxes write. So it only says where to cut, after the rules below have cut.
"""

import re
from collections.abc import Callable, Collection
from email.message import EmailMessage, MIMEPart

from mailparser_reply import EmailMessage as ReplyParser

LONGEST = 100_000  # characters that are looked at
LONGEST_LINE = 300  # longer lines are no header and no signature; the parser's patterns would take long over them
CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "iso-8859-1": "cp1252", "us-ascii": "utf-8"}

WROTE = re.compile(
    r"^[>\s]*(?:on\b.{5,250}\bwrote|在.{3,250}(?:写道|寫道)|.{0,200}\d{1,4}.{0,150}(?:写道|寫道|wrote|写了))\s*[:：]\s*$",
    re.IGNORECASE,
)
DIVIDER = re.compile(
    r"^[>\s]*[-_=\s]*(?:original message|forwarded message|原始邮件|原始郵件|原邮件|回复的原邮件|转发邮件|轉寄郵件)[-_=\s]*$",
    re.IGNORECASE,
)
FROM = re.compile(r"^[>\s*_]*(?:from|发件人|寄件者|寄件人|發件人)[\s*_]*[:：]", re.IGNORECASE)
OTHER_FIELD = re.compile(
    r"^[>\s*_]*(?:sent|date|to|cc|subject|发送时间|发送日期|日期|时间|收件人|主题|抄送|傳送時間|寄件日期|收件者|主旨|副本)[\s*_]*[:：]",
    re.IGNORECASE,
)
RULE = re.compile(r"^\s*(?:[_-]{10,}|\*{3}|-{3})\s*$")
SENT_FROM = re.compile(
    r"^\s*(?:sent from my .{1,40}|get outlook for .{1,80}|(?:来自|來自|从|從|寄自)我的.{1,40}"
    r"|发自(?:我的.{0,40}|.{0,20}(?:手机|邮箱|客户端|iPhone|iPad|Mail).{0,20}))$",
    re.IGNORECASE,
)
GREETING = re.compile(
    r"^\s*(?:此致|敬礼|敬禮|祝好|顺颂商祺|順頌商祺|best regards|kind regards|best wishes|cheers)[,，!！.。]?\s*$",
    re.IGNORECASE,
)
LONGEST_SIGNATURE = 8  # lines


def words_of(message: EmailMessage, markdown_of: Callable[[str], str], known: Collection[str]) -> str:
    """What the writer of this mail says; "" when that is nothing. `known`: texts of ours that only a quote holds."""
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    text = decoded(part)
    if part.get_content_subtype() == "html":
        text = markdown_of(text[: LONGEST * 4])
    elif part.get_param("format") == "flowed":
        text = unflowed(text, part.get_param("delsp") == "yes")
    return new_words(text, known)


def decoded(part: MIMEPart, raw: bytes | None = None) -> str:
    """The text of a part, whatever it says its letters are; `raw`: its bytes, where they are known already."""
    raw = part.get_payload(decode=True) if raw is None else raw  # type: ignore[assignment]
    assert isinstance(raw, bytes)
    named = (part.get_content_charset() or "utf-8").lower()
    for charset in (CHARSETS.get(named, named), "utf-8", "gb18030"):
        try:
            return raw.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return raw.decode("utf-8", "replace")


def unflowed(text: str, drops_space: bool) -> str:
    """Lines that were broken only to be sent, joined again (RFC 3676)."""
    lines: list[str] = []
    goes_on = False
    for line in text.splitlines():
        line = line.removeprefix(" ")
        if goes_on and not line.startswith(">"):
            lines[-1] += line
        else:
            lines.append(line)
        goes_on = line.endswith(" ") and line != "-- " and not line.startswith(">")
        if goes_on and drops_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


def new_words(text: str, known: Collection[str] = ()) -> str:
    """What stands above the quote; below it, for those who write there; without the signature."""
    text = re.sub("[\0\ufeff\u200b]", "", text.replace("\xa0", " "))[:LONGEST]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")
    at = quote_start(lines, known)
    above = lines[:at]
    if not any(line.strip() for line in above):
        above = below_quote(lines, at) if is_quote(lines, known) else lines
    above = without_signature(without_trailing_quote(above))
    return "\n".join(without_trailing_quote(above)).strip("\n").rstrip()  # some sign below the quote


def quote_start(lines: list[str], known: Collection[str]) -> int:
    """The line at which the quote's header begins; their number when nothing is quoted."""
    for at, line in enumerate(lines):
        if len(line) > LONGEST_LINE:
            continue
        if any(one in line for one in known):
            return header_above(lines, at)
        if DIVIDER.match(line) or _wrote(lines, at) or _fields(lines, at):
            return at - 1 if at and RULE.match(lines[at - 1]) else at
    return len(lines)


def _wrote(lines: list[str], at: int) -> bool:
    """Whether "On …, … wrote:" stands here, on one line or broken into up to three."""
    return any(
        WROTE.match(" ".join(lines[at : at + count])) and _begins(lines[at]) and not _blank(lines[at : at + count])
        for count in (1, 2, 3)
    )


def _begins(line: str) -> bool:
    """So that the line before a header that is broken in two is not taken for its beginning."""
    return bool(
        re.match(r"^[>\s]*(?:on\b|在|.*\d{4}|.*<[^>]*@)|.*(?:写道|寫道|wrote)\s*[:：]\s*$", line, re.IGNORECASE)
    )


def _blank(lines: list[str]) -> bool:
    return any(not line.strip() or len(line) > LONGEST_LINE for line in lines)


def _fields(lines: list[str], at: int) -> bool:
    """Whether Outlook's header of a quote stands here: From, and Sent or To or Subject right below."""
    return bool(FROM.match(lines[at])) and any(OTHER_FIELD.match(line) for line in lines[at + 1 : at + 5])


def header_above(lines: list[str], at: int) -> int:
    """A line of ours was found: the quote begins with the header above it, if there is one."""
    for up in range(at - 1, max(at - 6, -1), -1):
        if _wrote(lines, up) or _fields(lines, up) or DIVIDER.match(lines[up]):
            return up
    while at and (not lines[at - 1].strip(" >") or RULE.match(lines[at - 1])):
        at -= 1
    return at - 1 if at and re.search(r"\d.*[:：]\s*$", lines[at - 1]) else at


def is_quote(lines: list[str], known: Collection[str]) -> bool:
    """Whether something is quoted, and what looked like a quote's header was no sentence of theirs."""
    return any(line.lstrip().startswith(">") or any(one in line for one in known) for line in lines)


def below_quote(lines: list[str], at: int) -> list[str]:
    """For those who write below the quote: what is not quoted, from the end of the first quote on."""
    rest = lines[at:]
    quoted = [number for number, line in enumerate(rest) if line.lstrip().startswith(">")]
    return [line for line in rest[quoted[0] :] if not line.lstrip().startswith(">")] if quoted else []


def without_trailing_quote(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    return lines[:end]


def without_signature(lines: list[str]) -> list[str]:
    """Cut at the signature: one that is marked as such, or what the parser finds if that is short and no sentence."""
    for at, line in enumerate(lines):
        if line.rstrip() == "--":
            return lines[:at]
    for at in range(max(len(lines) - LONGEST_SIGNATURE, 1), len(lines)):
        if SENT_FROM.match(lines[at]) or GREETING.match(lines[at]):
            return lines[:at]
    at = parsers_cut(lines)
    return lines[:at] if at and len(lines) - at <= LONGEST_SIGNATURE and is_signing(lines[at]) else lines


def is_signing(line: str) -> bool:
    """ "Thanks, Mia" signs; "Thanks, that worked but it hums" says something."""
    return len(re.split(r"[,，]", line, maxsplit=1)[-1].split()) <= 2 and len(line) <= 40


def parsers_cut(lines: list[str]) -> int:
    """The line at which the parser sees a signature; 0 when it sees none, or nothing above it."""
    text = "\n".join(line if len(line) <= LONGEST_LINE else "…" for line in lines)
    reply = ReplyParser(text=text, languages=["en", "zh"], keep_hyphen_lists=True).read().replies[0]
    if not reply.signatures:
        return 0
    first = reply.signatures.split("\n")[0].strip()
    return next((at for at in range(len(lines) - 1, 0, -1) if lines[at].strip() == first), 0)
