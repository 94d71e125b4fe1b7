import dataclasses

import pytest

from mining.mentions import LONGEST, Span, split


def mentions(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split(text)]


def table(*rows: tuple[str, list[str] | None]) -> pytest.MarkDecorator:
    """Texts and their mentions; None: the whole text is one."""
    cases = [(text, [text] if expected is None else expected) for text, expected in rows]
    return pytest.mark.parametrize(("text", "expected"), cases, ids=[text[:24] for text, _ in cases])


def test_a_span_is_an_offset_into_the_original_text() -> None:
    text = "\ufeff  \u200bIt broke.\r\n\r\n> no\r\n\r\n- 😡 电池\x00很差。\t"
    assert mentions(text) == ["It broke.", "😡 电池\x00很差。"]
    assert split(text)[0] == Span(4, 13)


def test_a_span_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        split("It broke.")[0].start = 1  # type: ignore[misc]


@table(
    ("It works. It really does!", ["It works.", "It really does!"]),
    ("It broke!!! Why?! I am done", ["It broke!!!", "Why?!", "I am done"]),
    ("I waited.... then it died... Never again…", ["I waited.... then it died...", "Never again…"]),
    ("Mr. Smith and Dr. Who called.", ["Mr. Smith and Dr. Who called."]),
    ("Opened at 9 a.m. and closed by 5 p.m. Nobody came.", ["Opened at 9 a.m. and closed by 5 p.m.", "Nobody came."]),
    ("Cables, etc. and more, e.g. Anker vs. Belkin, i.e. approx. five.", None),
    ("No. 5 is best. No. It isn't.", ["No. 5 is best.", "No.", "It isn't."]),
    ("The U.S. App Store and the U.K. one differ.", None),
    ("I live in the U.S. It never ships here.", ["I live in the U.S.", "It never ships here."]),
    ("J. Smith and M. K. Lee agreed.", None),
    ("So do I. Thanks", ["So do I.", "Thanks"]),
    ("I paid $4.25 for v4.2.1 at shop.example.com today.", None),
    ("iOS 17.1.2. Help", ["iOS 17.1.2.", "Help"]),
    ("Use Node.js or ASP.NET at Booking.com", None),
    ("great phone.I love it", ["great phone.", "I love it"]),
    ("Great!Love it", ["Great!", "Love it"]),
    ('"Really?" she asked. He said "No." Then he left.', ['"Really?" she asked.', 'He said "No."', "Then he left."]),
    ("(It broke.) Next one came.", ["(It broke.)", "Next one came."]),
    ("It is a feature (?) they say", None),
    ("Love it! 😍😍 Would buy again 👍", ["Love it! 😍😍", "Would buy again 👍"]),
    ("wow! that's great. ok then.", ["wow!", "that's great.", "ok then."]),
    ("I like C#. Is it C#", ["I like C#.", "Is it C#"]),
    ("I can't log in :( please fix :)", None),
    ("One; two, still the same.", None),
    ("😡😡", None),
    ("x", None),
)
def test_english_ends_at_its_full_stops_only(text: str, expected: list[str]) -> None:
    assert mentions(text) == expected


@table(
    ("这个手机真的很烂。电池不行！客服呢？", ["这个手机真的很烂。", "电池不行！", "客服呢？"]),
    ("屏幕好；电池差；不买了", ["屏幕好；", "电池差；", "不买了"]),
    ("他说：“太差了！”我不信。", ["他说：“太差了！”", "我不信。"]),
    ("「好難用。」佢話。", ["「好難用。」", "佢話。"]),
    ("真的是……太差了", ["真的是……", "太差了"]),
    ("太棒了！！！👍👍 下次还来", ["太棒了！！！👍👍", "下次还来"]),
    ("电池很差.屏幕也不好. iPhone 14.5寸", ["电池很差.", "屏幕也不好.", "iPhone 14.5寸"]),
    ("质量好,价格便宜,推荐", None),
    ("第一行没有标点\n第二行也没有", ["第一行没有标点", "第二行也没有"]),
    ("因为太贵，\n所以退了。", None),
    ("这个产品用了三天就坏了 客服也一直联系不上", ["这个产品用了三天就坏了", "客服也一直联系不上"]),
    ("我在 App Store 下载 很慢", None),
    ("呢間只係做外帶食物😂 不過都唔緊要旁邊有位", ["呢間只係做外帶食物😂", "不過都唔緊要旁邊有位"]),
    ("缺点：1.电池不耐用 2、屏幕太暗", ["缺点：", "1.电池不耐用", "2、屏幕太暗"]),
    ("小米10、华为都好", None),
    ("\u3000\u3000这是段落。第二句", ["这是段落。", "第二句"]),
)
def test_chinese_ends_at_its_full_stops_lines_and_wide_gaps(text: str, expected: list[str]) -> None:
    assert mentions(text) == expected


@table(
    (
        "The camera on this phone is really nice, but the battery dies before lunch.",
        ["The camera on this phone is really nice", "but the battery dies before lunch."],
    ),
    (
        "I have been a customer for ten years, however this was the last time for me.",
        ["I have been a customer for ten years", "however this was the last time for me."],
    ),
    ("手机外观设计我非常喜欢，但是电池用半天就没电了", ["手机外观设计我非常喜欢", "但是电池用半天就没电了"]),
    ("呢部手機影相真係好靚，不過電池唔係幾好囉", ["呢部手機影相真係好靚", "不過電池唔係幾好囉"]),
    ("Good phone, but pricey.", None),
    ("屏幕好，但贵", None),
    ("It is not only the slowest phone I have had, but also the most expensive one.", None),
    ("The camera is really very nice but the battery dies before lunch.", None),
)
def test_mixed_feelings_part_where_both_sides_are_long(text: str, expected: list[str]) -> None:
    assert mentions(text) == expected


@table(
    ("# Heading one ##\nText", ["Heading one", "Text"]),
    ("Title\n=====\nText", ["Title", "Text"]),
    ("- one\n* two\n1. three\n2) four\n- [ ] five\n- [x] six", ["one", "two", "three", "four", "five", "six"]),
    ("1、电池不行\n2.屏幕不行\n（3）太贵\n④ 太重", ["电池不行", "屏幕不行", "太贵", "太重"]),
    ("**Battery is bad.** *Screen is fine.* ~~No~~", ["Battery is bad.", "Screen is fine.", "No"]),
    ("- one\n  goes on\n\n  and more", ["one", "goes on", "and more"]),
    ("above\n\n---\n\nbelow\n***\nlast", ["above", "below", "last"]),
    ("| part | bad |\n|---|:-:|\n| hinge | broke |", ["part | bad", "hinge | broke"]),
    ("[1]: https://example.com 'Title'\nSee [1].", ["See [1]."]),
    ("shown <!-- hidden. Really --> too\n<!--\nhidden\n\nstill --> again", ["shown", "too", "again"]),
    ("<!-- never closed\nText", ["-- never closed", "Text"]),
    ("Read [the manual](https://example.com/a.b) first.", None),
    ("before\n\n---------- \nafter", ["before", "after"]),
)
def test_marks_of_markdown_are_outside_of_a_mention(text: str, expected: list[str]) -> None:
    assert mentions(text) == expected


@table(
    ("`npm install`", []),
    ("`one` and `two. Three`", ["`one` and `two. Three`"]),
    ("It says `a. B` twice. Why", ["It says `a. B` twice.", "Why"]),
    ("``a ` b``", []),
    ("before\n```python\nx = 1. Foo\n```\nafter", ["before", "after"]),
    ("- item\n  ```\n  code\n  ```\n  more", ["item", "more"]),
    ("before\n\n~~~\ncode\n~~~\n\nafter", ["before", "after"]),
    ("```\ncode\n\nnever closed", []),
    ("````\n```\ncode\n````\nafter", ["after"]),
    ("~~~好开心\n真的", ["好开心", "真的"]),
    ("before\n\n    code\n    code\n\nafter", ["before", "after"]),
    ("\tcode\n\nafter", ["after"]),
    ("before\n    goes on", ["before", "goes on"]),
    ("1. one\n\n   goes on\n\n       code", ["one", "goes on"]),
    ("# Title\n    code", ["Title"]),
)
def test_code_is_no_mention(text: str, expected: list[str]) -> None:
    assert mentions(text) == expected


@table(
    ("> theirs\n> > theirs\n\nmine", ["mine"]),
    (">theirs\nmine", ["mine"]),
    ("mine\n- > theirs\n- mine too", ["mine", "mine too"]),
    ("> ```\n> theirs\n\nmine", ["mine"]),
    ("On Mon, Jan 1, 2024 at 5 PM Jo <jo@example.com> wrote:\n> theirs\n\nmine", ["mine"]),
    ("On Mon, Jan 1, 2024 at 5 PM Jo <jo@example.com>\nwrote:\n\n> theirs\nmine", ["mine"]),
    ("2024年1月1日 张三 写道：\n> theirs\nmine", ["mine"]),
    ("This is what I wrote:\nit broke", ["This is what I wrote:", "it broke"]),
    ("mine\n-- \nJo Doe\nCEO", ["mine"]),
    ("mine\r\n-- \r\nJo Doe", ["mine"]),
    ("Title\n--\nmine", ["Title", "mine"]),
    ("mine\n\nSent from my iPhone", ["mine"]),
    ("坏了\n发自我的iPhone", ["坏了"]),
    ("mine\n-----Original Message-----\ntheirs", ["mine"]),
    ("5 > 3 is true", ["5 > 3 is true"]),
)
def test_the_words_of_others_are_no_mention(text: str, expected: list[str]) -> None:
    assert mentions(text) == expected


@table(
    ("https://t.co/abc", []),
    ("<https://example.com>", []),
    ("https://a.example https://b.example, www.c.example", []),
    ("See https://example.com/a?b=1. It has docs", ["See", "It has docs"]),
    ("Look here (https://example.com/a).", ["Look here"]),
    ("Check https://example.com/a.b and tell me", ["Check https://example.com/a.b and tell me"]),
    ("It is down :( https://t.co/x", ["It is down :("]),
    ("看图https://t.co/x很烂", ["看图https://t.co/x很烂"]),
    ("![a. B](http://example.com/b.png)", []),
    ("![photo](b.png) Broken on arrival ![photo][2]", ["Broken on arrival"]),
    ("[![badge](b.png)](https://example.com)", []),
    ("@acme your app http://t.co/x #sucks", ["@acme your app http://t.co/x #sucks"]),
)
def test_an_address_or_a_picture_alone_says_nothing(text: str, expected: list[str]) -> None:
    assert mentions(text) == expected


@table(
    *((text, []) for text in ["", " \n\t", "...", "?!", "---", "***", "| |", "\u200b\ufeff", "\x00", "\ud800", "（）"])
)
def test_without_a_letter_a_digit_or_an_emoji_there_is_no_mention(text: str, expected: list[str]) -> None:
    assert mentions(text) == expected


def test_a_line_broken_to_fit_a_width_goes_on() -> None:
    text = "The app crashes whenever I open the settings page on my\nnew tablet. Help me\nplease"
    for line_end in ("\n", "\r\n", "\r"):
        wrapped = text.replace("\n", line_end)
        assert mentions(wrapped) == [wrapped[: wrapped.index(" Help")], "Help me", "please"]


def test_a_line_of_a_chat_stands_alone() -> None:
    assert mentions("hi\nmy order is late\nany news") == ["hi", "my order is late", "any news"]


def test_a_long_mention_is_cut_at_its_best_comma() -> None:
    text = "word " * 40 + "word, but this" + " word" * 40
    first, second = mentions(text)
    assert first.endswith("word")
    assert second.startswith("but this")


def test_a_long_mention_in_chinese_is_cut_at_a_comma() -> None:
    assert [len(mention) for mention in mentions("这个产品真的非常难用，" * 60)] == [296, 296, 65]


def test_a_mention_without_any_boundary_is_cut_all_the_same() -> None:
    assert [len(mention) for mention in mentions("好" * 700)] == [LONGEST, LONGEST, 100]
    assert all(len(mention) <= LONGEST for mention in mentions("word " * 500))


HOSTILE = [
    "a.",
    "> ",
    "`",
    "(",
    "- ",
    "*",
    "<!--",
    "![](",
    "](",
    "https://",
    "` `` ",
    "1.",
    '"a',
    "a\n",
    "\n",
    "好 ",
    "好，但",
]


@pytest.mark.parametrize("seed", HOSTILE)
def test_a_hostile_text_is_split_too(seed: str) -> None:
    assert all(0 < span.end - span.start <= LONGEST for span in split(seed * 30_000))


@pytest.mark.parametrize("tail", [".", " ", "\n", "(", "*", "~"])
def test_a_hostile_end_of_a_text_is_split_too(tail: str) -> None:
    assert mentions("See it https://" + tail * 200_000)[0].startswith("See it")
