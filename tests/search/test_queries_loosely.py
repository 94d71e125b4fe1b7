"""What a search shows when not all words are found, nothing is, or there is too much."""

import random
from typing import Any

import pytest
from sqlalchemy import event

from community.db import db
from community.search import queries
from tests.search.conftest import Forum


def test_some_words_are_better_than_nothing_and_it_says_so(forum: Forum) -> None:
    question = forum.ask("Band", "battery drains")
    forum.rebuild()
    assert not forum.find("battery drains").is_loose
    found = forum.find("battery explodes")
    assert found.is_loose
    assert [hit.question_id for hit in found.hits] == [question.id]
    assert forum.find("explodes").total == 0


def test_a_long_chinese_word_loosely_finds_the_words_in_it(forum: Forum) -> None:
    question = forum.ask("手环", "耗电很快")
    forum.rebuild()
    found = forum.find("耗电量")
    assert found.is_loose
    assert [hit.question_id for hit in found.hits] == [question.id]


def test_a_misspelt_word_is_corrected(forum: Forum) -> None:
    forum.ask("Band", "The battery drains")
    forum.rebuild()
    assert forum.find("Batery drains").corrected == "battery drains"
    assert forum.find("battery").corrected is None


def test_a_word_that_is_there_with_another_ending_is_not_corrected(forum: Forum) -> None:
    forum.ask("Water", "It was leaking into the lake")
    forum.rebuild()
    assert forum.find("leaks explodes").corrected is None
    assert forum.find("laek explodes").corrected == "lake explodes"


@pytest.mark.parametrize(
    "text",
    [
        '"unbalanced', "(((", "a:b:c", "*", "\0", "x" * 10_000, "word " * 5_000, "电" * 10_000, "😀🎉", '""', '"', "-", "--", "- -",
        "tag:", "is:", "is:strange", 'tag:""', "-tag:x", "~^{}[]\\/", "AND OR NOT", "body:battery", "battery^1000000", "?*?*",
        "[a TO b]", "\ud800", "a\u0301\u0301", " ", "", "the", "%s %d", "'; DROP TABLE post; --", '-"', '"-"', "tag:a:b", '-"a b" c',
        "\u202e", "４．２", "is:solved", "product:", "-is:solved", "battery\n\r\t\x0b drains", "＂全角＂", "“未完",
    ],
)  # fmt: skip
def test_nothing_anybody_types_is_an_error(forum: Forum, text: str) -> None:
    forum.ask("Battery", "drains 电池 电 word")
    forum.rebuild()
    found = forum.find(text)
    assert found.is_ready
    assert found.seconds < 2


def test_a_strange_operator_is_just_words(forum: Forum) -> None:
    question = forum.ask("Strange", "is it body language")
    forum.rebuild()
    assert forum.found("is:strange") == forum.found("body:language") == [question.id]


def test_inches_are_not_a_phrase(forum: Forum) -> None:
    question = forum.ask("Screen", 'a 13" and a 15" screen')
    forum.rebuild()
    assert forum.found('15" screen 13"') == [question.id]


def test_pages_are_bounded_and_do_not_overlap(forum: Forum) -> None:
    for number in range(7):
        forum.ask(f"Battery {number}")
    forum.rebuild()
    pages = [forum.found("battery", page=page, size=3) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert len({id for page in pages for id in page}) == 7
    assert forum.found("battery", page=-5, size=0) == pages[0][:1]
    assert forum.found("battery", page=10**12, size=10**12) == []


def test_what_was_deleted_a_moment_ago_is_not_visible(forum: Forum) -> None:
    gone, kept = forum.ask("Battery one"), forum.ask("Battery two")
    lost = forum.answer(gone, "cable")
    forum.rebuild()
    hits = forum.find("battery").hits + forum.find("cable").hits
    assert {hit.post_id for hit in hits} == {gone.id, kept.id, lost.id}
    kept_id = kept.id
    forum.delete(gone)
    statements: list[Any] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert [hit.post_id for hit in queries.visible(forum.session, hits)] == [kept_id]
    assert sum(statement.startswith("SELECT") for statement in statements) == 1


def test_without_an_index_nothing_is_found_and_it_says_so(forum: Forum) -> None:
    found = forum.find("battery")
    assert not found.is_ready
    assert found.hits == []


def test_it_finds_exactly_what_matches(forum: Forum) -> None:
    chance = random.Random(1)
    letters = ["alpha", "beta", "gamma", "delta", "kappa"]
    texts: dict[int, str] = {}
    for part in range(3):  # several segments, with deleted documents among them
        posts = [forum.ask("", " ".join(chance.choices(letters, k=chance.randint(1, 6)))) for _ in range(40)]
        texts |= {post.id: post.body for post in posts}
        forum.rebuild() if not part else forum.apply(*posts)
        forum.delete(posts[0], posts[7])
        forum.apply(posts[0], posts[7])
        texts.pop(posts[0].id), texts.pop(posts[7].id)
    for typed, matches in {
        "alpha beta": lambda text: "alpha" in text and "beta" in text,
        "alpha -beta": lambda text: "alpha" in text and "beta" not in text,
        '"alpha beta" -gamma': lambda text: "alpha beta" in text and "gamma" not in text,
        '"beta beta gamma"': lambda text: "beta beta gamma" in text,
        "-alpha -beta": lambda text: "alpha" not in text and "beta" not in text,
    }.items():
        expected = {post_id for post_id, text in texts.items() if matches(text)}
        assert expected
        found = forum.find(typed, size=50)
        assert ({hit.post_id for hit in found.hits}, found.is_loose, found.total) == (expected, False, len(expected))


def test_the_best_are_kept_when_there_are_too_many(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    few = [forum.ask("Battery", "battery " * number + "filler " * (20 - number)) for number in range(1, 20)]
    forum.rebuild()
    monkeypatch.setattr(queries, "MOST_QUESTIONS", 5)
    found = forum.find("battery")
    assert found.is_partial
    assert [hit.post_id for hit in found.hits] == [post.id for post in few[:-6:-1]]


def test_when_time_is_up_it_shows_what_it_has(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    forum.ask("Battery")
    forum.rebuild()
    monkeypatch.setattr(queries, "MOST_SECONDS", -1)
    found = forum.find("battery")
    assert found.is_partial
    assert found.is_ready
