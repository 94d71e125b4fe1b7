"""Nearly the same text is known in spite of digits, case, disguises and a changed word; different ones stay apart."""

import pytest

from mining.alike import alike, leaders, pieces

SAID = "My battery is empty after one day since the new update, please refund my money now."


@pytest.mark.parametrize(
    "copy",
    [
        SAID.upper(),
        SAID.replace("one", "1").replace("day", "day!!!"),
        SAID.replace("a", "а").replace("e", "е"),  # Cyrillic
        "\u200b".join(SAID),
        SAID.replace("refund my money", "refund all money"),
        SAID + " 4711",
        SAID.replace("please", "plaese"),
    ],
)
def test_a_copy_is_known(copy: str) -> None:
    assert alike(pieces(SAID), pieces(copy))
    assert leaders([pieces(SAID), pieces("The courier lost my parcel in Leeds."), pieces(copy)]) == [0, 1, 0]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (SAID, "The update killed my battery: it lasts from breakfast to lunch."),
        ("电池一天就没电了，更新之后特别明显。", "更新完固件，手环每天都要充电，受不了。"),
        ("Where is my parcel?", "Where is my refund?"),
        ("", "ok"),
    ],
)
def test_the_same_matter_in_other_words_stays_apart(left: str, right: str) -> None:
    assert not alike(pieces(left), pieces(right))


def test_a_chinese_copy_is_known_with_a_word_changed() -> None:
    assert alike(
        pieces("这个手环的电池一天就没电了，更新之后特别明显，请尽快修复。"),
        pieces("这个手环的电池1天就没电了，更新之后特别明显，请尽快解决。"),
    )


def test_texts_without_letters_are_alike() -> None:
    assert leaders([pieces("123"), pieces("!!!"), pieces("👍")]) == [0, 0, 0]
