"""Addresses that come from outside."""

from datetime import UTC, datetime

import pytest
from flask import Flask, url_for

from community.web.urls import page_key, parse_key, path_for, same_site


@pytest.mark.parametrize("target", ["/", "/questions?tag=a&after=b#post-3", "/search?q=//x", "/a/../b", "/问题"])
def test_a_path_of_the_site_is_kept(target: str) -> None:
    assert same_site(target) == target


@pytest.mark.parametrize(
    "target",
    [None, "", "questions", "//evil.example", "/\\evil.example", "///evil.example", "https://evil.example", "javascript:x",
     "/\t/evil.example", "/\n/evil.example", " /x", "\\\\evil.example"],
)  # fmt: skip
def test_anything_else_is_not_followed(target: str | None) -> None:
    assert same_site(target) is None


def test_a_page_key_comes_back_as_it_was() -> None:
    moment = datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)
    assert parse_key(page_key(moment, 42)) == (moment, 42)


def test_a_path_that_is_filled_in_is_the_one_that_flask_builds(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if len(rule.arguments) == 1 and "GET" in (rule.methods or ())]
    numbered = [rule for rule in rules if "<int:" in str(rule)]
    assert len(numbered) > 5
    for root in ("", "/forum"):
        with app.test_request_context("/", base_url=f"https://ask.example{root}"):
            for rule in numbered:
                for number in (0, 7, 12_345):
                    values = dict.fromkeys(rule.arguments, number)
                    assert path_for(rule.endpoint, **values) == url_for(rule.endpoint, **values)
            assert path_for("questions.listed", page=3) == url_for("questions.listed", page=3)
            assert path_for("questions.show", question_id=3, _anchor="post-4").endswith("/questions/3#post-4")


@pytest.mark.parametrize("word", ["ann", "x_1-2", "%2F", "王小明", "a b", "a/b", "", "2147483647", "_anchor"])
def test_a_path_with_a_word_is_the_one_that_flask_builds(app: Flask, word: str) -> None:
    with app.test_request_context("/"):
        assert path_for("people.show", handle=word) == url_for("people.show", handle=word)
        assert path_for("questions.listed", tag=word) == url_for("questions.listed", tag=word)


def test_a_path_that_takes_certain_words_is_built_by_flask(app: Flask) -> None:
    with app.test_request_context("/"):
        assert path_for("questions.listed", order="hot") == url_for("questions.listed", order="hot")
        assert path_for("questions.listed", order="newest") == url_for("questions.listed", order="newest")
