"""Which questions a query finds: words, phrases, what is left out, filters, in both languages."""

import pytest

from community.search import ranking
from tests.search.conftest import Forum


def test_charging_finds_charged(forum: Forum) -> None:
    question = forum.ask("Band", "It never charged fully")
    forum.rebuild()
    assert forum.found("charging") == [question.id]


def test_words_need_not_stand_together_in_chinese(forum: Forum) -> None:
    question = forum.ask("手环", "电池很耗电")
    other = forum.ask("屏幕", "屏幕很亮")
    forum.rebuild()
    assert forum.found("电池耗电") == [question.id]
    assert forum.found('"电池耗电"') == []
    assert forum.found("“很耗电”") == [question.id]
    assert forum.found("屏幕") == [other.id]


def test_traditional_finds_traditional(forum: Forum) -> None:
    question = forum.ask("充電器無法充電", "電池很耗電")
    forum.rebuild()
    assert forum.found("電池") == forum.found("充電器") == [question.id]


def test_a_chinese_word_is_found_where_it_was_cut_otherwise(forum: Forum) -> None:
    question = forum.ask("天气", "彩云朵朵")
    forum.rebuild()
    assert forum.found("云朵") == [question.id]


def test_both_languages_in_one_query(forum: Forum) -> None:
    question = forum.ask("固件4.2", "升级 firmware 后 USB-C 接口充不进电")
    forum.ask("firmware", "nothing else")
    forum.rebuild()
    assert forum.found("升级firmware接口 4.2") == [question.id]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("wi-fi", "wifi"), ("wifi", "wi-fi"), ("wi-fi", "Wi Fi"), ("USB-C", "usbc"), ("usb c", "USB-C"), ("v4.2", "4.2"),
        ("4.2", "v4.2"), ("4.2.1", "4.2"), ("iPhone 15", "iphone15"), ("iPhone15", "iphone 15"), ("ＵＳＢ－Ｃ", "usb-c"),
        ("USB-C", "ＵＳＢ－Ｃ"), ("don't", "dont"), ("20W", "20 W"), ("router’s", "router"),
    ],
)  # fmt: skip
def test_compounds_are_found_however_they_are_written(forum: Forum, written: str, typed: str) -> None:
    question = forum.ask("A thing", f"about {written} here")
    forum.ask("Another", "about something else 4 3")
    forum.rebuild()
    found = forum.find(typed)
    assert [hit.question_id for hit in found.hits] == [question.id]
    assert not found.is_loose


def test_a_phrase_stands_in_this_order_and_keeps_stop_words(forum: Forum) -> None:
    right = forum.ask("A", "please turn it off now")
    forum.ask("B", "turn off it now")
    forum.rebuild()
    assert forum.found('"turn it off"') == [right.id]


def test_stop_words_are_not_required(forum: Forum) -> None:
    question = forum.ask("Band", "Pairing fails")
    forum.rebuild()
    assert forum.found("how do I get pairing to work when it fails") == [question.id]
    assert not forum.find("why does the pairing of my band fail?").is_loose


def test_a_minus_leaves_out_questions_in_whose_threads_the_word_is_written(forum: Forum) -> None:
    wireless = forum.ask("Wireless charging", "charging stops")
    forum.answer(wireless, "charging works again after a reset")
    wired = forum.ask("Charging by cable", "charging stops")
    forum.comment(forum.answer(wired, "charging is slow"), "not wireless")
    tagged, plain = forum.ask("Charging", tags=["wireless"]), forum.ask("Charging", "by cable, too")
    forum.answer(plain, "so it is")
    forum.rebuild()
    assert forum.found("charging -wireless") == [plain.id]
    assert set(forum.found('charging -"by cable"')) == {wireless.id, tagged.id}
    assert forum.found("-wireless") == [plain.id]


def test_a_minus_leaves_out_what_somebody_of_that_name_wrote_and_not_its_thread(forum: Forum) -> None:
    question = forum.ask("Charging")
    forum.answer(question, "charging charging charging", author_id=forum.account("Mira").id)
    forum.rebuild()
    assert [hit.post_id for hit in forum.find("charging -mira").hits] == [question.id]


def test_a_word_that_was_edited_away_leaves_nothing_out(forum: Forum) -> None:
    question = forum.ask("Charging", "wireless")
    for number in range(3):
        forum.ask(f"Other {number}")
    forum.rebuild()
    assert forum.found("charging -wireless") == []
    question.body = "by cable"
    forum.session.commit()
    forum.apply(question)
    assert forum.found("charging -wireless") == [question.id]


def test_a_minus_finds_chinese_wherever_it_was_cut_and_takes_a_run_as_one(
    forum: Forum, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "RARE", 1)
    forum.ask("天气", "云朵")
    cut = forum.ask("天气", "彩云朵朵")
    apart = forum.ask("天气", "无线的，能充电")
    forum.ask("天气", "无线充电")
    forum.rebuild()
    assert cut.id not in forum.found("天气 -云朵")
    assert set(forum.found("天气 -无线充电 -云朵")) == {apart.id}


def test_tags_products_and_kinds_narrow_it(forum: Forum) -> None:
    band, lamp = forum.product("band"), forum.product("lamp")
    first = forum.ask("Battery", "drains", product_id=band.id, tags=["power", "sleep"])
    second = forum.ask("Battery", "drains", product_id=lamp.id, tags=["power"])
    answer = forum.answer(first, "battery is fine")
    forum.rebuild()
    assert forum.found("battery product:band") == forum.found("battery", product="band") == [first.id]
    assert forum.found("battery tag:sleep") == forum.found("battery", tag="sleep") == [first.id]
    assert forum.found("battery -tag:sleep") == [second.id]
    assert [hit.post_id for hit in forum.find("battery", kind="answer").hits] == [answer.id]
    assert forum.found("", tag="power") == [second.id, first.id]  # the newest first, where no words rank them
    assert set(forum.found("power")) == {first.id, second.id}


def test_solved_and_unanswered_are_as_the_database_says(forum: Forum) -> None:
    solved, open_ = forum.ask("Battery one"), forum.ask("Battery two")
    forum.answer(solved, "so")
    forum.rebuild()
    solved.solved_at = solved.created_at
    forum.session.commit()
    assert forum.found("battery is:solved") == [solved.id]
    assert forum.found("battery is:unanswered") == forum.found("battery -is:solved") == [open_.id]
    assert forum.found("is:solved is:unanswered") == []


def test_a_question_appears_once_with_its_best_passage(forum: Forum) -> None:
    question = forum.ask("Sleep", "I sleep badly")
    forum.answer(question, "Something about a battery in a long text with many other words " * 3)
    best = forum.answer(question, "battery battery")
    forum.rebuild()
    found = forum.find("battery")
    assert found.total == 1
    assert (found.hits[0].post_id, found.hits[0].kind, found.hits[0].title) == (best.id, "answer", "Sleep")


def test_the_title_weighs_more_than_the_body(forum: Forum) -> None:
    body = forum.ask("Something else", "about the firmware")
    title = forum.ask("Firmware", "about something else")
    forum.rebuild()
    assert forum.found("firmware") == [title.id, body.id]


def test_the_author_is_found_by_name(forum: Forum) -> None:
    question = forum.ask("Band", "pairs", author_id=forum.account("Mira Solberg").id)
    forum.rebuild()
    hit = forum.find("mira").hits[0]
    assert (hit.question_id, hit.author) == (question.id, "Mira Solberg")
