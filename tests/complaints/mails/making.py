"""Writes the folder of mails beside this file, and the table of what must become of each: python -m ...making

CASE-ADDRESS and CASE-THREAD stand for the signed address and the message id of a case that the test opens.
"""

import base64
import quopri
import struct
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import compressed_rtf

FOLDER = Path(__file__).parent
TO = "complaints@localhost"
WORDS = "The lamp broke after two days, and nobody answers the telephone."
ZH = "台灯用了两天就坏了，客服电话也没有人接，我要求退款。"
OWNER = "Owner <owner@example.org>"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
table: list[tuple[str, str, str, str]] = []


def lines(*some: str) -> bytes:
    return "\r\n".join(some).encode("utf-8")


def head(number: int, subject: str = "Lamp broken", sender: str = "", to: str = TO, *more: str) -> list[str]:
    return [
        f"From: {sender or f'Writer {number} <writer{number}@example.org>'}", f"To: {to}", f"Subject: {subject}",
        "Date: Mon, 01 Jun 2026 12:00:00 +0000", f"Message-ID: <mail-{number}@mails.example.org>", *more,
    ]  # fmt: skip


def put(name: str, raw: bytes, outcome: str, says: str = "") -> None:
    (FOLDER / f"{len(table) + 1:02}-{name}.eml").write_bytes(raw)
    table.append((f"{len(table) + 1:02}-{name}.eml", outcome, says, name))


def number() -> int:
    return len(table) + 1


def plain(name: str, text: str, outcome: str = "opened", says: str | None = None, **more: Any) -> None:
    extra = more.pop("extra", ())
    raw = lines(
        *head(
            number(),
            *[more[k] for k in ("subject",) if k in more] or ["Lamp broken"],
            more.get("sender", ""),
            more.get("to", TO),
            *extra,
        ),
        "",
        text,
    )
    put(name, raw, outcome, text if says is None else says)


def mime(
    name: str, message: Any, outcome: str = "opened", says: str = WORDS, subject: str = "Lamp broken", **more: str
) -> None:
    for line in head(number(), subject, more.get("sender", ""), more.get("to", TO)):
        field, _, value = line.partition(": ")
        message[field] = value
    put(name, message.as_bytes(), outcome, says)


def encoded(name: str, text: bytes, charset: str, cte: str, says: str, outcome: str = "opened") -> None:
    fields = head(number(), "Lamp broken")
    fields += ["MIME-Version: 1.0", f"Content-Type: text/plain; charset={charset}", f"Content-Transfer-Encoding: {cte}"]
    put(name, lines(*fields, "", "") + text, outcome, says)


def tnef(text: str, files: list[tuple[str, bytes]], rtf: bytes = b"") -> bytes:
    found = struct.pack("<IH", 0x223E9F78, 1)

    def attribute(level: int, kind: int, value: bytes) -> bytes:
        return struct.pack("<BII", level, kind, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)

    found += attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    if text:
        found += attribute(1, 0x0002800C, text.encode("cp1252") + b"\0")
    if rtf:
        packed = compressed_rtf.compress(rtf)
        padded = packed + b"\0" * (-len(packed) % 4)
        found += attribute(1, 0x00069003, struct.pack("<IHHII", 1, 0x0102, 0x1009, 1, len(packed)) + padded)
    for name, data in files:
        found += attribute(2, 0x00069002, b"\0" * 14)
        found += attribute(2, 0x00018010, name.encode("cp1252") + b"\0")
        found += attribute(2, 0x0006800F, data)
    return found


def simple() -> None:
    plain("plain", WORDS)
    plain("chinese", ZH, subject=Header("台灯坏了", "utf-8").encode())
    plain("no-subject", WORDS, subject="")
    plain("subject-only-re", WORDS, subject="Re: Re:")
    plain("long-subject", WORDS, subject="Lamp " * 100)
    plain("signed-off", f"{WORDS}\r\n\r\n-- \r\nMia Example\r\nExample Street 1", says=WORDS)
    plain("display-name-with-comma", WORDS, sender='"Example, Mia" <mia.comma@example.org>')
    plain("encoded-name", WORDS, sender=f"{Header('张伟', 'utf-8').encode()} <zhangwei@example.org>")
    plain("upper-case-address", WORDS, sender="LOUD@EXAMPLE.ORG")
    plain("no-message-id", WORDS)
    path = FOLDER / table[-1][0]
    path.write_bytes(b"\r\n".join(one for one in path.read_bytes().split(b"\r\n") if not one.startswith(b"Message-ID")))
    plain("in-cc", WORDS, to="someone@example.org", extra=(f"Cc: {TO}",))
    plain("delivered-to", WORDS, to="undisclosed-recipients:;", extra=(f"Delivered-To: {TO}",))


def encodings() -> None:
    encoded("utf8-8bit", ZH.encode(), "utf-8", "8bit", ZH)
    encoded("utf8-base64", base64.encodebytes(ZH.encode()), "utf-8", "base64", ZH)
    encoded(
        "utf8-quoted-printable",
        quopri.encodestring("Es ist kaputt: die Lampe für 20 €.".encode()),
        "utf-8",
        "quoted-printable",
        "für 20 €",
    )
    encoded("gb2312-named-gbk-used", ZH.encode("gbk"), "gb2312", "8bit", ZH)
    encoded("gb18030-base64", base64.encodebytes(ZH.encode("gb18030")), "gb18030", "base64", ZH)
    encoded("big5", "檯燈壞了，我要退款。".encode("big5"), "big5", "8bit", "檯燈壞了")
    encoded(
        "latin1", "Die Lampe für zwölf Euro ist schon wieder kaputt.".encode("latin-1"), "iso-8859-1", "8bit", "zwölf"
    )
    encoded("windows-1252-as-latin1", "The lamp – “new” – broke for €20.".encode("cp1252"), "iso-8859-1", "8bit", "€20")
    encoded("unknown-charset", WORDS.encode(), "x-martian", "8bit", WORDS)
    encoded("wrong-charset", ZH.encode(), "us-ascii", "8bit", ZH)
    encoded("utf16", WORDS.encode("utf-16"), "utf-16", "8bit", WORDS)
    encoded("base64-twice", base64.encodebytes(base64.encodebytes(ZH.encode())), "utf-8", "base64", ZH)
    encoded(
        "base64-of-quoted-printable",
        base64.encodebytes(quopri.encodestring(("Größe = klein, Höhe = groß. " * 2).encode())),
        "utf-8",
        "base64",
        "Größe = klein",
    )
    encoded(
        "utf8-twice",
        "Die Lampe für zwölf Euro ist kaputt.".encode().decode("latin-1").encode(),
        "utf-8",
        "8bit",
        "zwölf",
    )
    encoded("chinese-utf8-twice", ZH.encode().decode("latin-1").encode(), "utf-8", "8bit", ZH)
    inner = Header("灯坏了", "utf-8").encode()
    plain("subject-twice", WORDS, subject=Header(inner, "utf-8", maxlinelen=200).encode())


def markup() -> None:
    html = (
        f"<html><head><style>p{{color:red}}</style></head><body><p>{WORDS}</p><ul><li>It smokes</li></ul></body></html>"
    )
    mime("html-only", MIMEText(html, "html", "utf-8"))
    mime("html-with-script", MIMEText(f"<p>{WORDS}</p><script>alert(1)</script>", "html", "utf-8"))
    mime("html-broken", MIMEText(f"<table><tr><td>{WORDS}<p><b>unclosed", "html", "utf-8"))
    mime(
        "html-entities",
        MIMEText("<p>Preis &gt; 20&nbsp;&euro; f&uuml;r nichts, die Lampe ist kaputt.</p>", "html", "utf-8"),
        says="für nichts",
    )
    both = MIMEMultipart("alternative")
    both.attach(MIMEText(WORDS, "plain", "utf-8"))
    both.attach(MIMEText("<p>Something else</p>", "html", "utf-8"))
    mime("alternative", both)
    empty = MIMEMultipart("alternative")
    empty.attach(MIMEText("  \n", "plain", "utf-8"))
    empty.attach(MIMEText(f"<p>{WORDS}</p>", "html", "utf-8"))
    mime("alternative-with-empty-text", empty)
    picture = MIMEMultipart("related")
    picture.attach(MIMEText("<img src='cid:a'>", "html", "utf-8"))
    picture.attach(MIMEImage(PNG, "png"))
    mime("html-of-a-picture", picture, says="file.png")


def files() -> None:
    mixed = MIMEMultipart()
    mixed.attach(MIMEText(WORDS, "plain", "utf-8"))
    mixed.attach(MIMEApplication(b"%PDF-1.4 receipt", "pdf", Name="receipt.pdf"))
    mime("with-a-file", mixed)
    named = MIMEMultipart()
    named.attach(MIMEText(WORDS, "plain", "utf-8"))
    file = MIMEApplication(b"x", "octet-stream")
    file.add_header("Content-Disposition", "attachment", filename=("utf-8", "", "../../收据.exe"))
    named.attach(file)
    mime("file-with-a-path-for-a-name", named)
    only = MIMEMultipart()
    only.attach(MIMEImage(PNG, "png", name="broken.png"))
    mime("only-a-photo", only, says="broken.png")
    inner = BytesParser().parsebytes(lines("From: shop@example.com", "Subject: Your order", "", "It has been sent."))
    forwarded = MIMEMultipart()
    forwarded.attach(MIMEText(WORDS, "plain", "utf-8"))
    forwarded.attach(MIMEMessage(inner))
    mime("mail-in-a-mail", forwarded)
    plain(
        "forwarded",
        f"See below.\r\n\r\n---------- Forwarded message ---------\r\nFrom: shop@example.com\r\nSubject: Order\r\n\r\n{WORDS}",
        says=WORDS,
    )
    outlook = MIMEMultipart()
    outlook.attach(MIMEText(" ", "plain", "utf-8"))
    outlook.attach(MIMEApplication(tnef(WORDS, [("photo.jpg", b"\xff\xd8jpeg")]), "ms-tnef", Name="winmail.dat"))
    mime("winmail-with-text-and-file", outlook)
    broken = MIMEMultipart()
    broken.attach(MIMEText(WORDS, "plain", "utf-8"))
    broken.attach(MIMEApplication(tnef(WORDS, [])[:30], "octet-stream", Name="WINMAIL.DAT"))
    mime("winmail-cut-off", broken)


def broken() -> None:
    boundary = [*head(number(), "Lamp"), "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=abc", ""]
    put("never-closed", lines(*boundary, "--abc", "Content-Type: text/plain", "", WORDS), "opened", WORDS)
    fields = [*head(number(), "Lamp"), "MIME-Version: 1.0", "Content-Type: multipart/mixed", ""]
    put("no-boundary", lines(*fields, WORDS), "opened", WORDS)
    encoded("bad-base64", b"VGhlIGxhbXAg*** broke ", "utf-8", "base64", "The lamp")
    put("bare-line-feeds", lines(*head(number()), "", WORDS).replace(b"\r\n", b"\n"), "opened", WORDS)
    put("nul-bytes", lines(*head(number()), "", f"The \0lamp\0. {WORDS}"), "opened", WORDS)
    put(
        "raw-bytes-in-the-subject",
        lines(*head(number(), "XX"), "", WORDS).replace(b"Subject: XX", b"Subject: \xb5\xc6\xbb\xb5 \xff"),
        "opened",
        WORDS,
    )
    put(
        "header-of-a-thousand-lines",
        lines(*head(number()), *[f"X-{n}: {n}" for n in range(1000)], "", WORDS),
        "opened",
        WORDS,
    )
    put("two-from-headers", lines(*head(number()), "From: Second <second@example.org>", "", WORDS), "opened", WORDS)
    nested: Any = MIMEText(WORDS, "plain", "utf-8")
    for _ in range(30):
        outer = MIMEMultipart()
        outer.attach(nested)
        nested = outer
    mime("nested-thirty-deep", nested)
    put("no-sender", lines(*[one for one in head(number()) if not one.startswith("From")], "", WORDS), "no sender")
    plain("sender-without-an-address", WORDS, "no sender", sender="Mia")
    plain("empty", "", "empty")
    mime("empty-html", MIMEText("<p> </p>", "html", "utf-8"), "empty", "")
    put("no-headers-at-all", b"just words\r\n", "no address")
    secret = MIMEMultipart("encrypted", protocol="application/pgp-encrypted")
    secret.attach(MIMEApplication(b"Version: 1", "pgp-encrypted"))
    secret.attach(MIMEApplication(b"-----BEGIN PGP MESSAGE-----", "octet-stream"))
    mime("encrypted", secret, "encrypted", "")
    put("huge", lines(*head(number()), "", WORDS, ("filler " * 12 + "\r\n") * 1500), "cut", WORDS)


def machines() -> None:
    plain("absence-note", "I am away.", "automatic", extra=("Auto-Submitted: auto-replied",))
    plain("absence-note-in-chinese", "我出差了。", "automatic", subject=Header("自动回复: 出差", "utf-8").encode())
    plain("mailing-list", WORDS, "automatic", extra=("List-Id: <news.example.org>",))
    plain("bulk", WORDS, "automatic", extra=("Precedence: bulk",))
    plain("no-reply", WORDS, "automatic", sender="noreply@shop.example.com")
    plain("null-return-path", WORDS, "automatic", extra=("Return-Path: <>",))
    bounce = MIMEMultipart("report", report_type="delivery-status")
    bounce.attach(MIMEText("Could not be delivered.", "plain", "utf-8"))
    mime("bounce", bounce, "bounce", "", sender="MAILER-DAEMON@example.org")
    plain("from-our-own-address", WORDS, "own address", sender="community@localhost")
    plain("from-the-inbox-itself", WORDS, "own address", sender=TO)
    plain("our-own-mail-coming-back", WORDS, "automatic")
    path = FOLDER / table[-1][0]
    path.write_bytes(path.read_bytes().replace(b"@mails.example.org>", b"@localhost>"))


def threads() -> None:
    plain("reply-to-the-signed-address", "It is still broken.", "threaded", sender=OWNER, to="CASE-ADDRESS")
    plain(
        "reply-with-quote-and-signature",
        "Thank you, but no.\r\n\r\nOn Mon, 1 Jun 2026, Aino wrote:\r\n> Please send it in.\r\n\r\n-- \r\nOwner",
        "threaded",
        "Thank you, but no.",
        sender=OWNER,
        to="CASE-ADDRESS",
    )
    plain(
        "reply-by-headers", "The same again, by headers.", "threaded", sender=OWNER, extra=("In-Reply-To: CASE-THREAD",)
    )
    plain(
        "reply-by-references",
        "The same again, by references.",
        "threaded",
        sender=OWNER,
        extra=("References: <other@example.org> CASE-THREAD",),
    )
    plain("reply-of-a-stranger-to-the-signed-address", WORDS, "wrong sender", "", to="CASE-ADDRESS")
    plain(
        "reply-of-a-stranger-by-headers",
        "I found this mail and complain too, loudly.",
        "opened",
        extra=("In-Reply-To: CASE-THREAD",),
    )
    plain("thread-that-nobody-knows", WORDS, "opened", extra=("In-Reply-To: <case-999999@localhost>",))
    plain(
        "forged-signed-address",
        "To a case of another, with a made-up signature.",
        "opened",
        to=f"case+{'a' * 32}@reply.localhost, {TO}",
    )
    plain("only-a-quote", "> Please send it in.\r\n> Aino", "empty", "", sender=OWNER, to="CASE-ADDRESS")
    put("the-same-once-more", (FOLDER / table[0][0]).read_bytes(), "opened", "again")
    plain("to-nobody-here", WORDS, "no address", "", to="else@example.org")


def rich() -> None:
    for name, said, words in (
        ("winmail-with-rich-text-alone", WORDS.encode(), WORDS),
        ("winmail-with-chinese-rich-text-alone", "".join(f"\\'{one:02x}" for one in ZH.encode("gbk")).encode(), ZH),
    ):
        outlook = MIMEMultipart("mixed")
        body = rb"{\rtf1\ansi\ansicpg936\deff0{\fonttbl{\f0 SimSun;}}\f0 " + said + rb"\par}"
        outlook.attach(MIMEApplication(tnef("", [], body), "ms-tnef", Name="winmail.dat"))
        mime(name, outlook, says=words)


def write() -> None:
    for part in (simple, encodings, markup, files, broken, machines, threads, rich):
        part()
    rows = [
        "file\toutcome\tsays",
        *(f"{name}\t{outcome}\t{says.splitlines()[0] if says else ''}" for name, outcome, says, _ in table),
    ]
    (FOLDER / "expected.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
