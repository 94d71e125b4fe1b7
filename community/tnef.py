"""What Outlook packs into winmail.dat (TNEF): the text, in whatever form, and the files. Source: MS-OXTNEF, of which this reads the little
that mails need; the library for it is under a licence that asks more of those who ship it than this file is long.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

SIGNATURE = 0x223E9F78
SUBJECT, BODY, MESSAGE_PROPERTIES = 0x8004, 0x800C, 0x9003
TITLE, DATA, ATTACHMENT_PROPERTIES, RENDERING = 0x8010, 0x800F, 0x9005, 0x9002
PLAIN, HTML, RTF, LONG_NAME = 0x1000, 0x1013, 0x1009, 0x3707
FIXED = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4, 0x0014: 8, 0x0040: 8, 0x0048: 16}  # fmt: skip
TEXTS = {0x001E: "cp1252", 0x001F: "utf-16-le"}
MOST = 10_000  # attributes and properties that are looked at


@dataclass
class Packed:
    """What was in it; "" where there was none."""

    text: str = ""
    html: str = ""
    rtf: bytes = b""  # compressed
    files: list[tuple[str, bytes]] = field(default_factory=list)


def unpack(raw: bytes) -> Packed:
    """As far as it can be read: what is cut off or broken ends it."""
    found, name, data = Packed(), "", b""
    for attribute, value in _attributes(raw):
        if attribute == BODY:
            found.text = found.text or _text(value, "cp1252")
        elif attribute == MESSAGE_PROPERTIES:
            known = dict(_properties(value))
            found.text = _of(known, PLAIN) or found.text
            found.html = _of(known, HTML) or found.html
            found.rtf = known.get(RTF, (0, b""))[1] or found.rtf
        elif attribute == RENDERING:  # the next file begins
            _keep(found, name, data)
            name, data = "", b""
        elif attribute == TITLE:
            name = name or _text(value, "cp1252")
        elif attribute == DATA:
            data = value
        elif attribute == ATTACHMENT_PROPERTIES:
            name = _of(dict(_properties(value)), LONG_NAME) or name
    _keep(found, name, data)
    return found


def _keep(found: Packed, name: str, data: bytes) -> None:
    if data:
        found.files.append((name or "file", data))


def _attributes(raw: bytes) -> Iterator[tuple[int, bytes]]:
    if len(raw) < 6 or struct.unpack_from("<I", raw)[0] != SIGNATURE:
        return
    at = 6
    for _ in range(MOST):
        if at + 9 > len(raw):
            return
        _level, attribute, _kind, length = struct.unpack_from("<BHHI", raw, at)
        at += 9
        yield attribute, raw[at : at + length]
        at += length + 2  # the checksum


def _properties(raw: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Number -> type and value, of those that have one value."""
    try:
        (count,), at = struct.unpack_from("<I", raw), 4
        for _ in range(min(count, MOST)):
            kind, number = struct.unpack_from("<HH", raw, at)
            at += 4
            if number >= 0x8000:
                at = _behind_name(raw, at)
            if kind in FIXED:
                yield number, (kind, raw[at : at + FIXED[kind]])
                at += FIXED[kind]
                continue
            (values,) = struct.unpack_from("<I", raw, at)
            at += 4
            for _one in range(min(values, MOST)):
                (length,) = struct.unpack_from("<I", raw, at)
                yield number, (kind, raw[at + 4 : at + 4 + length])
                at += 4 + (length + 3) // 4 * 4
    except struct.error:
        return


def _behind_name(raw: bytes, at: int) -> int:
    """Named properties say their name first: a number, or a text."""
    (kind,) = struct.unpack_from("<I", raw, at + 16)
    if kind == 0:
        return at + 24
    (length,) = struct.unpack_from("<I", raw, at + 20)
    return at + 24 + int((length + 3) // 4 * 4)


def _of(known: dict[int, tuple[int, bytes]], number: int) -> str:
    kind, value = known.get(number, (0, b""))
    return _text(value, TEXTS.get(kind, "utf-8"))


def _text(value: bytes, charset: str) -> str:
    for name in (charset, "utf-8", "cp1252"):
        try:
            return value.decode(name).rstrip("\0")
        except UnicodeDecodeError:
            continue
    return value.decode("latin-1").rstrip("\0")
