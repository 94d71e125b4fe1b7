"""The new words of a mail, as the mailboxes of the world write it."""

import time
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from community.exchange.html_markdown import markdown_of
from community.mail_words import new_words, words_of

KNOWN = ("Please write your reply above this line", "@reply.ask.example")

REPLIES = {
    "Gmail": "I did.\n\nOn Sun, Nov 22, 2026 at 6:35 AM Earshot <c@ask.example> wrote:\n\n> Mia asks\n> more",
    "Gmail, broken": "I did.\n\nOn Sun, Nov 22, 2026 at 6:35 AM Earshot <c@ask.example>\nwrote:\n\n> Mia asks",
    "Gmail, Chinese": "I did.\n\nEarshot <c@ask.example> 于2026年11月22日周日 06:35写道：\n\n> 请提供型号",
    "QQ": "I did.\n\n\n------------------ 原始邮件 ------------------\n发件人: \"E\" <c@ask.example>;\n发送时间: 2026年11月22日\n主题: Re: 灯\n\n请提供型号",
    "163": "I did.\n\n\n在 2026-11-22 06:35:00，\"Earshot\" <c@ask.example> 写道：\n\n请提供型号",
    "Apple, Chinese": "I did.\n\n发自我的iPhone\n\n> 在 2026年11月22日，06:35，Earshot <c@ask.example> 写道：\n> \n> 请提供型号",
    "iPhone": "I did.\n\nSent from my iPhone\n\n> On 22 Nov 2026, at 06:35, Earshot <c@ask.example> wrote:\n> \n> Mia asks",
    "Outlook": "I did.\n\nBest regards,\nMia\n\n________________________________\nFrom: Earshot <c@ask.example>\nSent: Sunday, November 22, 2026\nTo: x\nSubject: Re: lamp\n\nMia asks",
    "Outlook, Chinese": "I did.\n\n发件人: Earshot <c@ask.example>\n发送时间: 2026年11月22日 6:35\n收件人: x\n主题: Re: 灯\n\n请提供型号",
    "Outlook, Traditional": "I did.\n\n寄件者: Earshot <c@ask.example>\n寄件日期: 2026年11月22日\n收件者: x\n主旨: Re: 燈\n\n請提供",
    "unknown, with our line": "I did.\n\n22/11/26 Earshot:\n--- Please write your reply above this line ---\n\nMia asks",
    "below the quote": "On Sun, Nov 22, 2026 at 6:35 AM Earshot <c@ask.example> wrote:\n> Mia asks\n> two\n\nI did.",
    "signature": "I did.\n\n-- \nMia Long\nACME",
    "signature below a bare quote": "I did.\n\n> Mia asks\n> two\n\n-- \nMia Long",
    "thanks": "I did.\n\nThanks,\nMia",
    "greeting": "I did.\n\n祝好\n小明",
}  # fmt: skip


@pytest.mark.parametrize("mailbox", REPLIES)
def test_only_the_new_words_are_left(mailbox: str) -> None:
    assert new_words(REPLIES[mailbox], KNOWN) == "I did."
    assert new_words(REPLIES[mailbox].replace("\n", "\r\n"), KNOWN) == "I did."


@pytest.mark.parametrize(
    "words",
    [
        "Try this:\n\n- one\n- two\n- three\n\n    indented code",
        "It was the fuse.\nThanks, that worked but it hums now when I dim it",
        "Hello\n\n> which version?\n\n1.2\n\n> which lamp?\n\nX1",
        "Warning: do not open the mail app, it crashes.\nOtherwise fine.",
        "On Monday I tried it and my wife wrote:\nno, it does not work",
        "From: my experience, it helps to reset.\nTo: be sure, do it twice.",
        "发自内心地感谢",
        "在说明书里写道：按住三秒",
    ],
)
def test_what_only_looks_like_a_quote_or_a_signature_stays(words: str) -> None:
    assert new_words(words, KNOWN) == words


@pytest.mark.parametrize("text", ["", " \n ", "> quoted\n> only", REPLIES["Gmail"].removeprefix("I did.")])
def test_nothing_new_is_nothing(text: str) -> None:
    assert new_words(text, KNOWN) == ""


@pytest.mark.parametrize(
    "line", ["On " + "x " * 40_000, "a\n" * 20_000, "From: a\n" * 5_000, "在" + " 1" * 40_000, "\n" * 50_000 + "x"]
)
def test_hostile_texts_are_read_quickly(line: str) -> None:
    begun = time.process_time()
    new_words(line, KNOWN)
    assert time.process_time() - begun < 2


def message(body: str, charset: str = "utf-8", kind: str = "plain", **more: str) -> EmailMessage:
    made = EmailMessage()
    made.set_content(body, subtype=kind, charset=charset)
    for name, value in more.items():
        made.set_param(name, value)
    return message_from_bytes(made.as_bytes(), policy=policy.default)


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "big5"])
def test_letters_of_other_charsets(charset: str) -> None:
    assert words_of(message("燈壞了", charset), markdown_of, KNOWN) == "燈壞了"


def test_a_charset_that_nobody_knows_and_one_that_lies() -> None:
    raw = b"Content-Type: text/plain; charset=nonsense\nContent-Transfer-Encoding: 8bit\n\n" + "灯坏了".encode()
    assert words_of(message_from_bytes(raw, policy=policy.default), markdown_of, KNOWN) == "灯坏了"
    raw = b"Content-Type: text/plain; charset=gb2312\nContent-Transfer-Encoding: 8bit\n\n" + "镕".encode("gbk")
    assert words_of(message_from_bytes(raw, policy=policy.default), markdown_of, KNOWN) == "镕"


def test_html_alone_becomes_markdown_without_its_quote() -> None:
    html = (
        "<div>It is <b>X1</b>.<ul><li>one</li></ul></div><div class=gmail_quote><div class=gmail_attr>On Sun, Nov 22, 2026 at"
        " 6:35 AM Earshot &lt;c@ask.example&gt; wrote:<br></div><blockquote>Mia asks</blockquote></div><script>x</script>"
    )
    assert words_of(message(html, kind="html"), markdown_of, KNOWN) == "It is **X1**.\n\n- one"


def test_lines_that_were_broken_only_to_be_sent_are_joined() -> None:
    flowed = message("A long line that \ngoes on here.\n\nNext.\n> quoted \n> on\n", format="flowed")
    assert words_of(flowed, markdown_of, KNOWN) == "A long line that goes on here.\n\nNext."


def test_a_picture_alone_says_nothing() -> None:
    made = EmailMessage()
    made.add_attachment(b"x", maintype="image", subtype="png", filename="x.png")
    assert words_of(made, markdown_of, KNOWN) == ""
