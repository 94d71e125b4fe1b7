"""Whatever the interface says in English it says in Chinese too, and the application finds the Chinese."""

import re
from collections import Counter
from configparser import ConfigParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

import config

TRANSLATIONS = config.ROOT / "translations"
PO = next(TRANSLATIONS.glob("zh*/LC_MESSAGES/messages.po"))


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, abort_invalid=True)


@pytest.fixture
def compiled(catalogue: Catalog, tmp_path: Path) -> Path:
    """A folder laid out as ours, with the compiled catalogue in it."""
    path = tmp_path / PO.relative_to(TRANSLATIONS).with_suffix(".mo")
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalogue)
    return tmp_path


@pytest.fixture
def settings(compiled: Path) -> dict[str, object]:
    return {"BABEL_TRANSLATION_DIRECTORIES": str(compiled)}


def texts_of_the_interface() -> set[str | tuple[str, ...]]:
    """What the code and the templates mark for translation now; (singular, plural) for texts that count."""
    mapping = ConfigParser()
    mapping.read(config.ROOT / "babel.cfg")
    methods = [(pattern.strip(), method) for method, pattern in (name.split(":", 1) for name in mapping.sections())]
    keywords = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
    found = extract_from_dir(config.ROOT, methods, keywords=keywords)
    return {message for _file, _line, message, _comments, _context in found}


def placeholders(text: str) -> Counter[str]:
    return Counter(re.findall(r"%\(\w+\)\w|%[^(\s]", text))


def chinese(message: Message) -> str:
    return message.string[0] if isinstance(message.string, tuple) else message.string


def test_every_text_of_the_interface_has_its_chinese(catalogue: Catalog) -> None:
    texts = texts_of_the_interface()
    assert len(texts) > 400, "the extraction found too little to be right"
    messages = {text: catalogue.get(text[0] if isinstance(text, tuple) else text) for text in texts}
    untranslated = [text for text, message in messages.items() if message is None or not chinese(message).strip()]
    assert untranslated == []
    assert [text for text, message in messages.items() if message.fuzzy] == []
    assert [text for text, message in messages.items() if isinstance(text, tuple) and message.id != text] == []


def test_the_chinese_has_the_placeholders_of_the_english(catalogue: Catalog) -> None:
    for message in catalogue:
        if not message.id:
            continue
        english = message.id[-1] if isinstance(message.id, tuple) else message.id
        assert placeholders(chinese(message)) == placeholders(english), message.id
        assert list(message.check(catalogue)) == [], message.id


def test_the_header_fits_chinese(catalogue: Catalog) -> None:
    assert catalogue.num_plurals == 1
    assert catalogue.charset == "utf-8"
    assert not catalogue.fuzzy


@pytest.mark.parametrize(("language", "title"), [("zh-CN,zh;q=0.9", "<h1>登录</h1>"), ("en", "<h1>Sign in</h1>")])
def test_the_application_finds_the_chinese(client: FlaskClient, language: str, title: str) -> None:
    page = client.get("/sign-in", headers={"Accept-Language": language}).get_data(as_text=True)
    assert title in page


def test_a_refused_sign_in_is_told_in_chinese(client: FlaskClient) -> None:
    """Once, and without a word on what of it was wrong."""
    page = client.post("/sign-in", data={"email": ""}, headers={"Accept-Language": "zh-CN"}).get_data(as_text=True)
    assert page.count("邮箱地址或密码不正确。") == 1
