import random
from typing import Any

import pytest
from sqlalchemy import event

from community.db import db
from community.search import queries, ranking
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
