"""What a mail to the complaints inbox says: its words and files, as far as they can be read, whatever was done to them."""

import base64
import binascii
import html
import quopri
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import EmailMessage, Message

from community import rtf, tnef
from community.complaints.attaching import File
from community.mail_parsing import header
from community.mail_words import LONGEST, decoded, new_words, unflowed

ENCRYPTED = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
MOST_FILES = 20
FEW = 20  # characters: a mail with fewer new words is shown with what it quotes
TWICE = re.compile(r"Ã.|â€|Â\xa0|å[\x80-\xbf]|æ[\x80-\xbf]|ç[\x80-\xbf]|ä[¸º»]")
MarkdownOf = Callable[[str], str]


@dataclass
class Read:
    """A mail, read."""

    words: str = ""  # without what it quotes, and without signature
    whole: str = ""
    files: list[File] = field(default_factory=list)
    is_encrypted: bool = False


def read(message: EmailMessage, markdown_of: MarkdownOf, known: Collection[str]) -> Read:
    """Its words and files; "" where there are none. Never raises, whatever the mail."""
    found = Read(is_encrypted=message.get_content_type() in ENCRYPTED)
    plain, marked = "", ""
    for part in leaves(message):
        kind, name = part.get_content_type(), file_name(part)
        if kind in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat":
            packed = tnef.unpack(bytes_of(part))
            text = packed.text or ("" if packed.html else rtf.words(packed.rtf))
            plain, marked = plain if plain.strip() else text, marked or packed.html
            found.files += [File(file, "application/octet-stream", data) for file, data in packed.files]
            if not (text or packed.html or packed.files):
                found.files.append(File(name or "winmail.dat", kind, bytes_of(part)))
        elif name or part.get_content_disposition() == "attachment" or is_file(part):
            found.is_encrypted |= kind in ENCRYPTED
            found.files.append(File(name or f"file.{part.get_content_subtype()}", kind, bytes_of(part)))
        elif part.get_content_subtype() == "html":
            marked = marked or undone(text_of(part))
        elif not plain.strip():
            plain = undone(text_of(part))
    found.files = [file for file in found.files if file.data][:MOST_FILES]
    text = plain if plain.strip() else markdown_of(marked[: LONGEST * 4])
    found.whole = tidy(text)
    found.words = new_words(text, known).strip()
    return found


def leaves(message: Message) -> Iterator[EmailMessage]:
    """The parts that hold something; an attached mail is one of them."""
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
        yield message  # type: ignore[misc]
        return
    payload = message.get_payload()
    for part in payload if isinstance(payload, list) else ():
        if isinstance(part, Message):
            yield from leaves(part)


def is_file(part: EmailMessage) -> bool:
    """Whether it is no text; a part that says it has parts, and has none, is read as text."""
    return part.get_content_maintype() not in ("text", "multipart")


def file_name(part: EmailMessage) -> str:
    try:
        return header_text(part.get_filename() or "")
    except Exception:  # the standard parser raises many kinds on hostile headers
        return "file"


def bytes_of(part: EmailMessage) -> bytes:
    payload = part.get_payload()
    if isinstance(payload, list):
        return payload[0].as_bytes() if payload and isinstance(payload[0], Message) else b""
    raw = part.get_payload(decode=True)
    if isinstance(raw, bytes) and header(part, "Content-Transfer-Encoding").strip().lower() == "base64":
        return from_broken_base64(raw, str(payload))
    return raw if isinstance(raw, bytes) else b""


def from_broken_base64(raw: bytes, payload: str) -> bytes:
    """What the parser made of it; where it gave up, as many letters as can be read."""
    if raw.split() != payload.encode("ascii", "replace").split():
        return raw
    letters = re.sub(r"[^A-Za-z0-9+/]", "", payload)
    return base64.b64decode(letters[: len(letters) // 4 * 4]) if letters else raw


def text_of(part: EmailMessage) -> str:
    try:
        text = decoded(part, bytes_of(part))
        if part.get_param("format") == "flowed":
            return unflowed(text, part.get_param("delsp") == "yes")
    except Exception:  # as above
        return bytes_of(part).decode("utf-8", "replace")
    return text


def undone(text: str) -> str:
    """The text without an encoding that was put on twice: base64, quoted-printable, UTF-8 read as Latin, entities."""
    text = from_base64(text)
    if len(re.findall(r"=[0-9A-F]{2}", text)) >= 3 and re.search(r"=(?:20|3D|E[0-9A-F]|C[23])|=\r?\n", text):
        text = quopri.decodestring(text.encode("utf-8")).decode("utf-8", "replace")
    if TWICE.search(text):
        for charset in ("cp1252", "latin-1"):
            try:
                text = text.encode(charset).decode("utf-8")
                break
            except UnicodeError:
                continue
    if re.search(r"&amp;(?:#\d+|[a-z]+);|&lt;(?:p|div|br)\b", text):
        text = html.unescape(text)
    return text


def from_base64(text: str) -> str:
    packed = "".join(text.split())
    if len(packed) < 24 or len(packed) % 4 or not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", packed):
        return text
    try:
        inner = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return text
    for charset in ("utf-8", "gb18030"):
        try:
            found = inner.decode(charset)
        except UnicodeDecodeError:
            continue
        if all(letter.isprintable() or letter.isspace() for letter in found):
            return found
    return text


def tidy(text: str) -> str:
    text = re.sub("[\0\ufeff\u200b]", "", text.replace("\xa0", " ").replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"\n{4,}", "\n\n\n", text[:LONGEST]).strip()


def subject_of(message: EmailMessage) -> str:
    """Its subject without Re:, decoded once more where it was encoded twice."""
    subject = header_text(header(message, "Subject"))
    subject = re.sub(
        r"^(?:\s*(?:re|aw|sv|fwd?|wg|回复|答复|转发|回覆|轉寄)\s*[:：]\s*)+", "", subject, flags=re.IGNORECASE
    )
    return " ".join("".join(letter for letter in subject if letter.isprintable() or letter == " ").split())


def header_text(text: str) -> str:
    if "=?" in text:
        try:
            text = str(make_header(decode_header(text)))
        except (ValueError, LookupError, UnicodeError):
            return text
    return undone(text) if TWICE.search(text) else text
