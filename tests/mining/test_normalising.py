"""What cannot be seen and what poses as a letter is undone; what people write in any language stays as it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.normalising import letters, matter, plain

KEPT = [
    "The battery dies.", "Café Zoë, naïve, größe, señor, Ærø", "Привет, как дела?", "Καλημέρα, τι κάνεις;",
    "电池很差，退货！", "電池好差呀", "バッテリー", "배터리가 나빠요", "👨‍👩‍👧 ❤️ 🇨🇳 1️⃣", "حرف‌ها".replace("\u200c", ""), "x² ½ ™ №5", "µs and Ω",
]  # fmt: skip


@pytest.mark.parametrize("text", KEPT)
def test_what_people_write_stays(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("disguised", "text"),
    [
        ("Тhе bаttеrу dіеs", "The battery dies"),
        ("ТНЕ ВАТТЕRУ", "THE BATTEPУ".replace("P", "R").replace("У", "Y")),
        ("bat\u200bte\u00adry\ufeff di\u2060es", "battery dies"),
        ("\u202ebattery", "battery"),
        ("b̷a̶t̵t̸e̷r̶y̵", "battery"),
        ("电\u200b池\u200d很差", "电池很差"),
        ("ѕсор", "scop"),
    ],
)
def test_a_disguise_is_undone(disguised: str, text: str) -> None:
    assert plain(disguised) == text


def test_russian_beside_english_stays_russian() -> None:
    assert plain("The app says «ошибка сервера» again") == "The app says «ошибка сервера» again"


def test_letters_are_what_texts_compare_by() -> None:
    assert letters("Ｔhe Bаttery: 42 %!") == letters("the battery") == "thebattery"


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_doing_it_again_changes_nothing(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert len(once) <= len(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@united my bag is lost", "my bag is lost"), ("thanks @JetBlue for nothing", "thanks for nothing"),
        ("@AmericanAir", "@AmericanAir"), ("＠客服 包裹丢了", "包裹丢了"), ("write to a.b@example.org", "write to a.b@example.org"),
        ("meet me @ 5", "meet me @ 5"), ("no handles  here", "no handles  here"),
    ],
)  # fmt: skip
def test_handles_of_those_addressed_are_no_matter(text: str, said: str) -> None:
    assert matter(text) == said
