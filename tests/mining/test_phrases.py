"""Which phrases of a text could name a topic."""

import pytest

from mining.cutting import tagged
from mining.phrases import chinese_phrases, english_phrases


def forms(text: str) -> set[str]:
    return {phrase.form for phrase in english_phrases(text)}


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Battery drain after the update!", "battery drain after update"),
        ("The grinder is terribly noisy.", "noisy grinder"),
        ("I need an invoice with the company name on it", "invoice with company name"),
        ("They left it at Park Street", "Park Street"),
        ("It came with firmware 4.2", "firmware 4.2"),
    ],
)
def test_a_noun_with_what_is_said_of_it_is_a_phrase(text: str, phrase: str) -> None:
    assert phrase in forms(text)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("How do I close my account?", "closing account"),
        ("Can I activate my new card?", "activating card"),
        ("I need to set an alarm", "setting alarm"),
        ("I'd like to refer a friend", "referring friend"),
        ("They declined my card", "declined card"),
        ("My card was declined.", "declined card"),
        ("I lost the strap", "lost strap"),
        ("The code never arrives.", "code not arriving"),
        ("The charger doesn't work", "charger not working"),
        ("The app won't open after the update", "app not opening"),
        ("My parcel has not been delivered", "parcel not delivered"),
        ("I still haven’t received my refund.", "refund not received"),
    ],
)
def test_what_is_done_to_a_thing_is_a_phrase(text: str, phrase: str) -> None:
    assert phrase in forms(text)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("I never received the parcel", "received parcel"),
        ("You should not close my account", "closing account"),
        ("The parcel was not delivered", "delivered parcel"),
        ("The parcel was delivered", "parcel not delivered"),
        ("What time is it, whats the time zone?", "whatting zone"),
    ],
)
def test_no_phrase_says_the_opposite(text: str, phrase: str) -> None:
    assert phrase not in forms(text)


def test_a_phrase_of_a_verb_is_carried_by_the_verb_as_it_was_written() -> None:
    assert ("close", "account") in {phrase.words for phrase in english_phrases("How do I close my account?")}


def test_no_phrase_swears() -> None:
    assert not any("shit" in form for form in forms("This shit lamp, fix your shit."))


def test_a_verb_that_can_or_does_is_no_noun() -> None:
    assert "run from USB-C power bank" not in forms("Can the Glow run from a USB-C power bank?")
    assert "power cut" in forms("Does the lamp survive a power cut?")


def test_a_capital_at_the_beginning_makes_no_name() -> None:
    assert not forms("Dead again.")
    assert "Kestrel" in forms("Kestrel lost it.") | forms("I asked Kestrel.")


def test_what_is_denied_is_not_said() -> None:
    assert "noisy grinder" not in forms("The grinder is not noisy.")


@pytest.mark.parametrize("text", ["Thanks!", "I have a problem and an idea", "It just does", "", "https://a.example/b"])
def test_words_about_nothing_are_no_phrase(text: str) -> None:
    assert not forms(text)


def test_a_phrase_ends_with_its_clause() -> None:
    assert "screen battery" not in forms("A dark screen. Battery fine")


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("更新之后电池耗电很快", "更新之后电池耗电"),
        ("登录收不到验证码", "收不到验证码"),
        ("请开公司抬头的发票", "公司抬头的发票"),
    ],
)
def test_a_stretch_of_telling_words_is_a_chinese_phrase(text: str, phrase: str) -> None:
    assert phrase in {one.form for one in chinese_phrases(text)}


@pytest.mark.parametrize("text", ["慢慢", "哪些", "以后", "一天三次", "谢谢", "有没有", "功能不错"])
def test_words_about_nothing_are_no_chinese_phrase(text: str) -> None:
    assert not chinese_phrases(text)


@pytest.mark.parametrize("phrase", sorted(one.form for one in chinese_phrases("更新之后电池耗电很快，公司抬头的发票")))
def test_no_chinese_phrase_begins_or_ends_with_a_little_word(phrase: str) -> None:
    assert not phrase.startswith(("的", "之后"))
    assert not phrase.endswith(("的", "之后"))


def test_traditional_chinese_is_cut_as_simplified_is() -> None:
    text = "更新 4.2 後手環撐不過一天"
    words = [word for word, _mark in tagged(text)]
    assert "".join(words) == text
    assert {"更新", "手環"} <= set(words)
    assert "手環" in {phrase.form for phrase in chinese_phrases(text)}
    assert not any(phrase.form.endswith("變成") for phrase in chinese_phrases("更新後變成一天一充"))


@pytest.mark.parametrize(
    ("text", "cut"), [("更新後手環撐不到一天", "手環撐"), ("我想买充电器", "买"), ("快递送来晚了", "快递送")]
)
def test_no_chinese_phrase_ends_in_a_verb_that_wants_more(text: str, cut: str) -> None:
    assert cut not in {phrase.form for phrase in chinese_phrases(text)}


@pytest.mark.parametrize(
    ("text", "whole"), [("优惠券不能领", "优惠券不能领"), ("系统卡", "系统卡"), ("包裹丢了", "包裹丢")]
)
def test_a_verb_that_wants_nothing_more_may_end_one(text: str, whole: str) -> None:
    assert whole in {phrase.form for phrase in chinese_phrases(text)}
