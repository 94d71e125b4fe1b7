import pytest

from community.search.analysis import excerpt, language_of, plain_text, sought, sought_phrase, to_one_script, words


def texts(text: str) -> set[str]:
    return {word.text for word in words(text)}


@pytest.mark.parametrize(
    "text",
    [
        "My Wi-Fi isn't charging, v4.2.1!",
        "电池很耗电，请问如何处理？",
        "ＵＳＢ－Ｃ 接口 ﬁle ①",
        "😀 iPhone15 電池 \U00020000",
        "",
    ],
)
def test_a_word_stands_where_its_offsets_say(text: str) -> None:
    for word in words(text):
        assert 0 <= word.start < word.end <= len(text)
        first = to_one_script(text[word.start : word.end]).lower().removeprefix("v")[0]
        assert first in {word.text[0], "ﬁ"}


def test_positions_follow_each_other_without_a_gap() -> None:
    positions = sorted({word.position for word in words("My wi-fi 电池很耗电 with USB-C and v4.2.1 的 end")})
    assert positions == list(range(len(positions)))


def test_endings_case_and_accents_do_not_matter() -> None:
    assert texts("Charging") == texts("charged") == texts("CHARGES")
    assert texts("Café") == texts("cafe")


def test_compounds_are_words_as_one_and_in_parts() -> None:
    assert texts("Wi-Fi") == {"wi", "fi", "wifi"}
    assert texts("USB-C") == {"usb", "c", "usbc"}
    assert texts("v4.2.1") == {"4.2.1", "4.2", "4"}
    assert "ebik" in texts("e-bike") & texts("ebike")


def test_full_width_forms_are_the_same_words() -> None:
    assert texts("ＵＳＢ－Ｃ　４．２") == texts("USB-C 4.2")


def test_chinese_is_cut_into_words_of_any_length() -> None:
    assert {"电池", "很", "耗电", "耗"} <= texts("电池很耗电")
    assert {"无线网络", "无线", "网络"} <= texts("连不上无线网络")


def test_both_scripts_become_the_same_words() -> None:
    assert texts("電池很耗電，請問怎麼辦") == texts("电池很耗电，请问怎么办")
    assert texts("裡面") == texts("裏面") == texts("里面")
    assert texts("著急") == texts("着急")
    assert texts("頭髮") == texts("头发")


def test_one_script_has_the_length_of_the_other() -> None:
    text = "臺灣的ＵＳＢ－Ｃ接口著實不錯 \U00020000 ﬁ café"
    assert len(to_one_script(text)) == len(text)
    assert to_one_script(to_one_script(text)) == to_one_script(text)


def test_traditional_text_is_marked_by_a_simplified_query_and_the_other_way_round() -> None:
    assert excerpt("手環的電池 battery 很耗電", sought("电池 耗电")) == [
        ("手環的", False), ("電池", True), (" battery 很", False), ("耗電", True),
    ]  # fmt: skip
    assert ("耗电", True) in excerpt("手环 battery 耗电", sought("耗電"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The band drains its battery", "en"), ("手环耗电很快", "zh"), ("手環 battery 耗電", "zh"), ("4.2!", ""), ("", ""),
        ("Under 设置 choose the third entry and wait until the light turns green", "en"),
        ("升级以后一直重启，日志是 ERROR fw_update timeout", "zh"),
    ],
)  # fmt: skip
def test_the_language_is_that_of_enough_of_the_letters(text: str, language: str) -> None:
    assert language_of(text) == language


def test_a_phrase_keeps_its_stop_words() -> None:
    phrase = sought_phrase("turn it off")
    assert phrase is not None
    assert phrase.parts == ("turn", "it", "off")
    assert [word.is_stop for word in sought("turn it off")] == [False, True, False]
    assert sought_phrase("??!") is None


def test_markdown_is_read_as_a_reader_sees_it() -> None:
    text = plain_text(
        "# Hi\n\nA **bold** [link](http://x.y) ![picture](z.png)\nline\n\n```\ncode()\n```\n\n|a|b|\n|-|-|\n|c|d|"
    )
    assert text == "Hi\nA bold link picture line\ncode()\na\nb\nc\nd"


def test_control_signs_are_gone_and_letters_composed() -> None:
    assert plain_text("a\0b cafe\u0301") == "a b café"


def test_what_matches_is_marked_in_both_languages() -> None:
    assert excerpt("The band charged，但是电池很耗电！", sought("charging 耗电")) == [
        ("The band ", False), ("charged", True), ("，但是电池很", False), ("耗电", True), ("！", False),
    ]  # fmt: skip


def test_full_width_and_expanding_signs_do_not_move_the_marks() -> None:
    assert excerpt("㎡ ﬁ 我的ＵＳＢ－Ｃ接口", sought("usb-c")) == [
        ("㎡ ﬁ 我的", False),
        ("ＵＳＢ－Ｃ", True),
        ("接口", False),
    ]


def test_a_phrase_is_marked_as_a_whole_and_only_where_it_stands() -> None:
    phrase = sought_phrase("wi-fi router")
    assert phrase is not None
    assert excerpt("router, wi-fi router", [phrase]) == [("router, ", False), ("wi-fi router", True)]


def test_a_chinese_word_is_marked_where_it_was_cut_otherwise() -> None:
    assert ("云朵", True) in excerpt("彩云朵朵", sought("云朵"))


def test_a_long_text_is_cut_around_the_matches() -> None:
    parts = excerpt("word " * 300 + "battery drains fast " + "word " * 300, sought("battery drains"))
    assert parts[0] == parts[-1] == ("…", False)
    assert [text for text, is_match in parts if is_match] == ["battery", "drains"]
    assert sum(len(text) for text, _ in parts) <= 205


def test_the_parts_are_the_text() -> None:
    text = "电池耗电 battery USB-C 耗电池 的 battery"
    parts = excerpt(text, sought("电池 耗电 battery usb-c 池 c 的"))
    assert "".join(part for part, _ in parts) == text
