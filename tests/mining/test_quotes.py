"""Quotes show a theme in different people's words."""

import numpy as np
import pytest

from mining.quotes import Candidate, alike, distinct, of_one_model, telling
from tests.mining.fakes import embedding


def said(key: int, customer: int, text: str, language: str = "en", score: float = -0.5) -> Candidate:
    return Candidate(key, customer, text, language, score, embedding(text).astype(np.float16).tobytes())


def test_each_customer_is_quoted_once() -> None:
    found = distinct([said(1, 7, "The battery drains"), said(2, 7, "It never charges"), said(3, 8, "Dead by noon")], 5)
    assert found == [1, 3]


def test_near_copies_are_quoted_once() -> None:
    candidates = [
        said(1, 1, "The battery drains overnight!"), said(2, 2, "the battery drains overnight"),
        said(3, 3, "The battery really drains overnight"), said(4, 4, "My phone dies before lunch"),
    ]  # fmt: skip
    assert distinct(candidates, 5) == [1, 4]


def test_near_copies_in_chinese_are_quoted_once() -> None:
    candidates = [
        said(1, 1, "电池耗电太快", "zh-Hans"),
        said(2, 2, "电池耗电太快了", "zh-Hans"),
        said(3, 3, "手机半天就没电", "zh-Hans"),
    ]
    assert distinct(candidates, 5) == [1, 3]


def test_other_languages_in_latin_letters_are_compared_by_their_words() -> None:
    candidates = [
        said(1, 1, "La batterie se décharge pendant la nuit", "und"),
        said(2, 2, "Le chargeur ne reste pas branché dedans", "und"),
    ]
    assert distinct(candidates, 5) == [1, 2]


def test_no_more_than_asked_for() -> None:
    candidates = [said(key, key, f"{chr(97 + key) * 4} {chr(98 + key) * 5} {key}") for key in range(1, 12)]
    assert distinct(candidates, 5) == [1, 2, 3, 4, 5]


def test_both_languages_get_a_place() -> None:
    english = [said(key, key, f"{chr(97 + key) * 4} {chr(98 + key) * 5} {key}") for key in range(1, 12)]
    chinese = [said(20, 20, "电池耗电太快", "zh-Hans"), said(21, 21, "手机半天就没电", "zh-Hans")]
    found = distinct(english + chinese, 5)
    assert {20, 21} <= set(found)
    assert len(found) == 5


def test_nothing_to_quote_is_no_error() -> None:
    assert distinct([], 5) == []


def test_what_the_others_say_too_comes_before_what_only_one_says() -> None:
    candidates = [
        said(1, 1, "purple giraffes dance"), said(2, 2, "battery drains overnight"), said(3, 3, "battery drains fast"),
        said(4, 4, "battery drains daily"),
    ]  # fmt: skip
    ranked = telling(candidates, {"battery"})
    assert ranked[-1].id == 1
    assert sorted(one.id for one in ranked) == [1, 2, 3, 4]


def test_what_is_of_the_matter_comes_before_what_many_say_beside_it() -> None:
    candidates = [said(1, 1, "so angry"), said(2, 2, "so angry now"), said(3, 3, "parcel never came")]
    assert telling(candidates, set())[-1].id == 3, "by likeness to one another alone"
    assert telling(candidates, set(), np.array([0.1, 0.1, 0.7], np.float32))[0].id == 3


def test_while_another_model_takes_over_the_words_of_the_one_that_read_most_are_compared() -> None:
    def read(key: int, revision: str, width: int) -> Candidate:
        return Candidate(key, key, f"Text {key}", "en", -0.5, np.ones(width, np.float16).tobytes(), revision)

    mixed = [read(1, "old", 384), read(2, "new", 256), read(3, "new", 256)]
    assert sorted(one.id for one in telling(of_one_model(mixed), set())) == [2, 3]
    assert of_one_model([]) == []


def test_of_equals_the_one_with_feeling_comes_first() -> None:
    ranked = telling([said(1, 1, "battery drains", score=-0.1), said(2, 2, "battery drains", score=-0.9)], {"battery"})
    assert [one.id for one in ranked] == [2, 1]


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("a b c d", "a b c d", True),
        ("a b c d", "a b c d e", True),
        ("a b c", "a b d", False),
        ("", "", False),
        ("", "a", False),
    ],
)
def test_alike_is_sharing_most_words(left: str, right: str, same: bool) -> None:
    assert alike(frozenset(left.split()), frozenset(right.split())) is same
