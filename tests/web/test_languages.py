"""Dates and words as a reader sees them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import force_locale

from community.web.languages import ago


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "a moment ago"), (-40, "30 seconds ago"), (-130, "2 minutes ago"), (5, "in 30 seconds"), (3600, "in 1 hour")],
)
def test_what_was_never_reads_as_what_is_to_come_nor_the_other_way_round(app: Flask, seconds: int, text: str) -> None:
    with app.test_request_context():
        assert f">{text}<" in ago(datetime.now(UTC) + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("shown", "english", "chinese"),
    [
        ('{{ "moderator"|term }}', "moderator", "版主"),
        ('{{ "newcomer"|level_name }}', "Newcomer", "新手"),
        ('{{ "2026-06-01"|date_only }}', "Jun 1, 2026", "2026年6月1日"),
    ],
)
def test_a_word_of_a_template_is_in_the_language_of_each_reader_not_of_the_first(
    app: Flask, shown: str, english: str, chinese: str
) -> None:
    compiled = app.jinja_env.from_string(shown)
    with app.test_request_context():
        with force_locale("en"):
            assert compiled.render() == english
        with force_locale("zh_CN"):
            assert compiled.render() == chinese


def test_the_product_says_one_word_for_you_in_chinese() -> None:
    """The plain one, as members of a community do; an agent who writes to a customer chooses their own."""
    with Path("translations/zh_Hans_CN/LC_MESSAGES/messages.po").open("rb") as file:
        texts = {message.id: str(message.string) for message in read_po(file)}
    assert [key for key, text in texts.items() if key and "您" in text] == []
