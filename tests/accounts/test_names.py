"""Names: one clean line, and nobody who does not work here looks as if they did."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from community.errors import Invalid
from community.lookalikes import skeleton
from community.models import Account
from community.names import as_handle, checked_handle, checked_name, free_handle, free_handles
from tests.factories import Factory


@pytest.fixture
def agent(make: Factory) -> Account:
    return make.account("Aino Laine", "agent")


GOOD = [
    "Bo", "Anna-Maria Müller", "O'Neill", "Nguyễn Thị Hồng", "Ольга Иванова", "Γιώργος", "محمد علي", "שרה כהן",
    "नमस्ते", "สมชาย", "김민수", "さくら", "王芳", "陳大文", "李小龙2026", "Łukasz", "x²", "🦊 fox", "Modesty Adams", "Stafford",
    "Supporters of lamps", "Badminton fan", "Adminton", "Rooty", "R2-D2", "官小方",
]  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_a_persons_name_is_taken_as_it_is(session: Session, agent: Account, name: str) -> None:
    assert checked_name(session, name, None) == name


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Anna \t\n Bo  ", "Anna Bo"),
        ("Ann\u0061\u0308", "Annä"),
        ("Anna\u202eoB", "AnnaoB"),
        ("\u2067Anna\u2069", "Anna"),
        ("An\u200bna\ufeff", "Anna"),
        ("An\u00adna\U000e0041", "Anna"),
        ("Anna\u3000Bo", "Anna Bo"),
        ("Anna\x00\x07Bo", "AnnaBo"),
        ("Z" + "\u0335" * 40 + "algo", "Z" + "\u0335" * 3 + "algo"),
    ],
)
def test_what_cannot_be_seen_is_left_out(session: Session, written: str, kept: str) -> None:
    assert checked_name(session, written, None) == kept


@pytest.mark.parametrize(
    "name",
    ["", "x", "x" * 81, "...", "!?", "   ", "\u200b\u200b\u200b", "\u3164\u3164", "👍👍", "www.casino.example", "see http://a.b",
     "me@example.org"],
)  # fmt: skip
def test_what_is_no_name_is_refused(session: Session, name: str) -> None:
    with pytest.raises(Invalid):
        checked_name(session, name, None)


POSING = {
    "as it is": "Aino Laine",
    "in capitals": "AINO LAINE",
    "closed up": "AinoLaine",
    "spread": "A i n o  L a i n e",
    "with signs": "-= Aino_Laine =-",
    "with a number": "Aino Laine 2",
    "Cyrillic": "Аinо Lаinе",
    "Greek": "Αino Lαinε".replace("ε", "e"),
    "full width": "Ａｉｎｏ　Ｌａｉｎｅ",
    "zero width": "Ai\u200bno La\u200cine",
    "right to left": "\u202eAino Laine\u202c",
    "combining marks": "A\u0331ino L\u0301aine",
    "digits": "A1n0 La1ne",
    "capital i for l": "Aino Iaine",
    "bar for l": "Aino |aine",
    "bold": "𝐀𝐢𝐧𝐨 𝐋𝐚𝐢𝐧𝐞",
    "script": "𝒜𝒾𝓃ℴ ℒ𝒶𝒾𝓃ℯ",
    "circled": "Ⓐⓘⓝⓞ Ⓛⓐⓘⓝⓔ",
    "small capitals": "ᴀɪɴᴏ ʟᴀɪɴᴇ",
    "a roman numeral": "Aⅰno Laⅰne",
    "dotless": "Aıno Laıne",
    "Armenian": "Aiոo Laiոe",
    "a stroke": "Aino Łaine",
}


@pytest.mark.parametrize("way", POSING)
def test_nobody_takes_a_name_that_looks_like_that_of_staff(session: Session, agent: Account, way: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_name(session, POSING[way], None)
    assert "works here" in str(refused.value.message)


TITLED = [
    "Support", "SUPPORT", "Suppоrt", "sυpport", "5upport", "Admin", "аdmin", "Adm1n", "@dmin", "ａｄｍｉｎ", "ad\u200bmin",
    "A.d.m.i.n", "Admin 2", "The Moderator", "Moderаtor", "rnoderator", "M0derat0r", "Lamp Support", "support-team",
    "AdminHelp", "Customer Service", "CustomerService", "Official", "Earshot", "EARSHOT", "Eаrshot", "Earshot Team",
    "earshot_help", "TheEarshotCrew", "Ear shot", "Ꭼarshot", "客服", "客服小王", "官方客服", "管理员", "管理員", "版主", "官⽅",
    "官\u200b方", "客 服", "客.服",
]  # fmt: skip


@pytest.mark.parametrize("name", TITLED)
def test_nobody_takes_a_name_that_speaks_for_the_site(session: Session, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_name(session, name, None)
    assert "spoke for Earshot" in str(refused.value.message)


def test_a_chinese_name_of_staff_is_kept_free_too(session: Session, make: Factory) -> None:
    make.account("林晓明", "moderator")
    for name in ("林晓明", "林 晓明", "林\u200b晓明", "林晓明2"):
        with pytest.raises(Invalid):
            checked_name(session, name, None)
    assert checked_name(session, "林小明", None) == "林小明"


def test_staff_may_be_called_what_they_are(session: Session, agent: Account) -> None:
    for name in ("Aino Laine", "Aino (Support)", "Earshot Support", "客服小王"):
        assert checked_name(session, name, agent) == name


def test_customers_may_share_a_name(session: Session, make: Factory, agent: Account) -> None:
    someone = make.account("Chris Miller")
    assert checked_name(session, "Chris Miller", make.account()) == "Chris Miller"
    assert checked_name(session, "Chris Miller", someone) == "Chris Miller"


class TestAnotherSite:
    @pytest.fixture
    def settings(self) -> dict[str, object]:
        return {"SITE_NAME": "Fjordly"}

    def test_the_name_of_the_site_is_the_one_of_the_setting(self, session: Session) -> None:
        assert checked_name(session, "Earshot", None) == "Earshot"
        with pytest.raises(Invalid):
            checked_name(session, "Fj0rdly help", None)


def test_a_handle_is_made_of_letters_and_digits_of_any_script(session: Session) -> None:
    assert [as_handle(name) for name in ("Anna  Bo!", "Ｆull Width", "王 芳", "__x__y__", "É. Ü", "a\u202eb", "R2_D2")] == [
        "anna-bo", "full-width", "王-芳", "x-y", "é-ü", "ab", "r2-d2",
    ]  # fmt: skip


def test_a_handle_is_free_or_refused(session: Session, make: Factory, agent: Account) -> None:
    anna = make.account("Anna")
    assert checked_handle(session, "ANNA", anna) == "anna"
    for handle in ("anna", "a", "x" * 41, "!!", "аino-laine", "support", "a1no-laine", "admin-2"):
        with pytest.raises(Invalid):
            checked_handle(session, handle, make.account())


def test_free_handles_are_free_and_differ(session: Session, make: Factory) -> None:
    make.account("Anna")
    names = ["Anna", "anna", "ANNA ", "Bo", "!!!", "Bo", "x" * 200]
    handles = free_handles(session, names)
    assert handles == ["anna-2", "anna-3", "anna-4", "bo", "person", "bo-2", "x" * 30]
    assert free_handle(session, "Bo") == "bo"


def test_hundreds_of_one_name_get_handles_in_a_few_statements(app: Flask, session: Session, make: Factory) -> None:
    from sqlalchemy import event

    said = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *args: said.append(args[2]))
    handles = free_handles(session, ["John"] * 1_000 + [f"user{n}" for n in range(1_000)])
    assert len(set(handles)) == 2_000
    assert max(len(handle) for handle in handles) <= 40
    assert len(said) < 10


def test_a_skeleton_is_the_same_however_often_it_is_taken() -> None:
    for name in [*GOOD, *TITLED, *POSING.values()]:
        assert skeleton(skeleton(name)) == skeleton(name), name
