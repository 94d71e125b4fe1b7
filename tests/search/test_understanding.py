"""What is typed is understood as people mean it."""

import pytest

from community.search.understanding import understood


@pytest.mark.parametrize(
    ("typed", "operators"),
    [
        ("is:answered", [("is", "answered")]),
        ("lang:zh-TW lang:en_US", [("lang", "zh"), ("lang", "en")]),
        ("tag：电池", [("tag", "电池")]),
        ("續航tag:電池is:已解决", [("tag", "电池"), ("is", "solved")]),
        ("標籤:電池 產品:手環", [("tag", "电池"), ("product", "手环")]),
        ('tags:"Battery Life" user:@mira', [("tag", "battery-life"), ("author", "mira")]),
        ("status:open since:2026", [("is", "unsolved"), ("after", "2026")]),
        ("basis:solved http://a.b 12:30 这款产品:手环", []),
    ],
)
def test_an_operator_may_be_called_as_elsewhere_or_in_chinese(typed: str, operators: list[tuple[str, str]]) -> None:
    assert [(one.name, one.value) for one in understood(typed).operators] == operators


@pytest.mark.parametrize(
    ("typed", "unknown"),
    [
        ("battery is:strange", ["is:strange"]),
        ("-lang:fr before:tomorrow", ["lang:fr", "before:tomorrow"]),
        ("tag: battery", ["tag:"]),
        ("in:title sort:newest", ["in:title", "sort:newest"]),
        ("is:solved error:42 http://a.b 12:30", []),
        ("is:a is:b is:c is:d", ["is:a", "is:b", "is:c"]),
    ],
)
def test_what_looks_like_an_operator_and_is_none_is_known(typed: str, unknown: list[str]) -> None:
    assert understood(typed).unknown == unknown


def test_named_values_can_be_looked_for_as_words() -> None:
    assert understood('drains tag:电池 -tag:old is:solved product:"My Band" ').as_words == 'drains 电池 "My Band"'
    assert understood("drains is:solved -tag:old").as_words == ""
