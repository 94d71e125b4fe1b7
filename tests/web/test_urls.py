"""Addresses that come from outside."""

from datetime import UTC, datetime

import pytest

from community.web.urls import page_key, parse_key, same_site


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
