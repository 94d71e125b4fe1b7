"""What topics are called, on a few texts in two languages of which everyone sees what they are about."""

from typing import Any

import numpy as np
import pytest

from mining.discovery import NONE, Floats, Ints, unit
from mining.keywords import chinese_terms, english_terms, stem
from mining.naming import central_rows, distinct, name_topics

BATTERY = [
    ("The battery drain is awful since the firmware update.", "en"),
    ("Terrible battery drain after the last firmware update!", "en"),
    ("Is anyone else seeing battery drain overnight?", "en"),
    ("My batteries die by noon, battery drain everywhere", "en"),
    ("更新之后电池耗电很快", "zh-Hans"),
    ("电池一天都用不了，耗电太快", "zh-Hans"),
    ("電池耗電好快", "zh-Hant"),
]
DELIVERY = [
    ("The courier lost my parcel.", "en"),
    ("Two parcels came damaged and the courier ignored me.", "en"),
    ("Where is the courier with my parcel?", "en"),
    ("快递员把包裹弄丢了", "zh-Hans"),
    ("包裹到了，快递员态度很差", "zh-Hans"),
]
TEXTS = [text for text, _ in BATTERY + DELIVERY]
LANGUAGES = [language for _, language in BATTERY + DELIVERY]
LABELS: Ints = np.array([0] * len(BATTERY) + [1] * len(DELIVERY))


def vectors(labels: Ints) -> Floats:
    """One direction a topic; the earlier a row, the nearer to it."""
    rows = np.zeros((len(labels), 8), dtype=np.float32)
    rows[np.arange(len(labels)), labels] = 1
    rows[:, 7] = np.linspace(0, 0.5, len(labels))
    return unit(rows)


def test_a_topic_is_named_by_a_phrase_of_its_own_in_both_languages() -> None:
    battery, delivery = name_topics(TEXTS, LANGUAGES, LABELS, vectors(LABELS))
    assert (battery.label_en, battery.label_zh) == ("Battery drain", "电池耗电")
    assert delivery.label_en == "Courier with parcel"
    assert set((delivery.label_zh or "").split("、")) == {"快递", "包裹"}


def test_a_heading_over_several_texts_names_their_topic() -> None:
    texts = ["It lasts half a day now.", "Since last week mine lasts half a day.", "Half a day, no more."]
    headings = ["Battery drain after the update"] * 3
    labels = np.zeros(3, dtype=np.int64)
    (topic,) = name_topics(texts, ["en"] * 3, labels, vectors(labels), headings=headings)
    assert topic.label_en == "Battery drain after update"


def test_what_a_phrase_means_decides_between_equals() -> None:
    texts = ["green lamp and noisy fan", "noisy fan, green lamp", "a noisy fan near the green lamp"]
    labels = np.zeros(3, dtype=np.int64)

    def meaning(word: str) -> Any:
        return lambda forms, _language: np.array([[word in form] + [0] * 7 for form in forms], np.float32)

    names = [name_topics(texts, ["en"] * 3, labels, vectors(labels), embed=meaning(word)) for word in ("lamp", "fan")]
    assert [name[0].label_en for name in names] == ["Green lamp", "Noisy fan"]


def test_what_a_single_text_says_is_in_no_name() -> None:
    texts = ["The screen of Rosalind is dark", "The screen is dark", "A dark screen, always", "My screen: dark"]
    labels = np.zeros(4, dtype=np.int64)
    (topic,) = name_topics(texts, ["en"] * 4, labels, vectors(labels))
    assert topic.label_en == "Dark screen"


def test_a_word_about_nothing_is_a_keyword_at_most() -> None:
    texts = ["功能不错", "有这个功能", "功能，功能"]
    (topic,) = name_topics(texts, ["zh-Hans"] * 3, np.zeros(3, dtype=np.int64), vectors(np.zeros(3, dtype=np.int64)))
    assert "功能" in topic.keywords["zh"]
    assert topic.label_zh is None


def test_names_of_people_are_in_no_name() -> None:
    texts = ["Ask Maria about the invoice", "Maria sent the invoice", "Maria and the invoice"]
    labels = np.zeros(3, dtype=np.int64)
    (topic,) = name_topics(texts, ["en"] * 3, labels, vectors(labels), ignore=frozenset({"maria"}))
    assert "maria" not in (topic.label_en or "").casefold()


def test_traditional_words_are_keywords_although_the_dictionary_is_simplified() -> None:
    texts = ["手機充電後電池好快冇電", "電池耗電好快", "隻電池又冇電", "充電充極都未滿"]
    (topic,) = name_topics(texts, ["zh-Hant"] * 4, np.zeros(4, dtype=np.int64), vectors(np.zeros(4, dtype=np.int64)))
    assert {"電池", "充電"} <= set(topic.keywords["zh"])


def test_a_label_is_in_the_script_most_of_its_texts_are_in() -> None:
    texts = ["電池耗電", "電池耗電好快", "電池又耗電", "电池耗电"]
    labels = np.zeros(4, dtype=np.int64)
    (topic,) = name_topics(texts, ["zh-Hant"] * 3 + ["zh-Hans"], labels, vectors(labels))
    assert (topic.label_zh or "").startswith("電池")
    assert "电池" in topic.keywords["zh"]


def test_a_topic_without_texts_in_a_language_has_no_label_in_it() -> None:
    labels = LABELS[:4]
    (topic,) = name_topics(TEXTS[:4], LANGUAGES[:4], labels, vectors(labels))
    assert topic.label_zh is None
    assert topic.keywords["zh"] == []


def test_texts_of_no_topic_name_nothing() -> None:
    labels = np.where(LABELS == 0, NONE, 0)
    (topic,) = name_topics(TEXTS, LANGUAGES, labels, vectors(np.maximum(labels, 0)))
    assert "battery" not in " ".join(topic.keywords["en"])


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_a_handful_of_texts_can_be_named(rows: int) -> None:
    names = name_topics(TEXTS[:rows], LANGUAGES[:rows], LABELS[:rows], vectors(LABELS)[:rows])
    assert len(names) == min(rows, 1)


def test_texts_of_stop_words_alone_have_no_label() -> None:
    labels = np.zeros(2, dtype=np.int64)
    (topic,) = name_topics(["I just can't!", "我也是"], ["en", "zh-Hans"], labels, vectors(labels))
    assert (topic.label_en, topic.label_zh) == (None, None)
    assert topic.central


def test_two_topics_with_the_same_best_words_get_different_labels() -> None:
    texts = ["refund card slow bank", "refund card slow bank", "refund card wrong amount", "refund card wrong amount"]
    labels = np.array([0, 0, 1, 1])
    first, second = name_topics(texts * 2, ["en"] * 8, np.tile(labels, 2), vectors(np.tile(labels, 2)))
    assert first.label_en != second.label_en


def test_a_word_one_writer_repeats_is_not_the_keyword_of_the_topic() -> None:
    texts = ["rabbit rabbit! rabbit? rabbit, screen", "the screen is dark", "a dark screen"]
    labels = np.zeros(3, dtype=np.int64)
    (topic,) = name_topics(texts, ["en"] * 3, labels, vectors(labels))
    assert "rabbit" not in (topic.label_en or "")


def test_the_central_texts_are_the_nearest_to_the_mean_and_none_comes_twice() -> None:
    labels = np.zeros(5, dtype=np.int64)
    slopes = np.array([0.9, 0.1, 0.0, -0.3, -2.2])  # their mean lies at -0.07
    rows = np.stack([np.cos(slopes), np.sin(slopes)], axis=1).astype(np.float32)
    assert central_rows(["a", "b", "B ", "c", "d"], labels, rows, 3) == [[2, 3, 0]]


def test_names_do_not_change_from_one_run_to_the_next() -> None:
    first, second = (name_topics(TEXTS, LANGUAGES, LABELS, vectors(LABELS)) for _ in range(2))
    assert first == second


def test_addresses_and_numbers_are_no_words() -> None:
    text = "Mail me at jo.bloggs@example.com or see https://example.com/a, order 12345"
    assert {form for _, form in english_terms(text)} == {"mail", "order"}


def test_pairs_do_not_reach_across_punctuation_or_stop_words() -> None:
    forms = {form for _, form in english_terms("Dark screen. Battery of the phone")}
    assert "dark screen" in forms
    assert not {"screen battery", "battery phone"} & forms


def test_acronyms_keep_their_capitals_and_first_words_lose_them() -> None:
    assert [form for term, form in english_terms("Forgot PIN") if len(term) == 1] == ["forgot", "PIN"]


@pytest.mark.parametrize(
    ("word", "root"),
    [("batteries", "battery"), ("charges", "charge"), ("boxes", "box"), ("screens", "screen"), ("address", "address")],
)
def test_a_plural_counts_as_its_singular(word: str, root: str) -> None:
    assert stem(word) == root


def test_counts_and_particles_are_no_chinese_keywords() -> None:
    forms = {form for _, form in chinese_terms("我一天充电三次了，什么都没有，三星手机")}
    assert {"充电", "三星", "手机"} <= forms
    assert not {"一天", "三次", "什么", "没有"} & forms


def test_a_name_begins_with_a_capital_whatever_stands_behind_unless_its_word_has_one_inside() -> None:
    names = distinct([["order and Delivered"], ["iPhone case"], ["login code"], ["4.2 update"], ["快递"]])
    assert names == ["Order and Delivered", "iPhone case", "Login code", "4.2 update", "快递"]
