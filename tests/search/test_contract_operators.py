"""What any search index must make of operators: who, when, about what, in which state."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from tests.search.conftest import START, Forum
from tests.search.searched import IMPLEMENTATIONS, Searched


@pytest.fixture(params=IMPLEMENTATIONS)
def searched(request: pytest.FixtureRequest, forum: Forum) -> Searched:
    index = IMPLEMENTATIONS[request.param](forum.index_dir)
    index.rebuild(forum.session)
    return Searched(forum, index)


def test_minus_leaves_out(searched: Searched) -> None:
    wireless, wired = searched.ask("Wireless charging"), searched.ask("Charging by cable")
    searched.answer(wireless, "charging works")
    assert searched.questions("charging -wireless") == {wired.id}
    assert searched.questions('charging -"by cable"') == {wireless.id}


@pytest.mark.parametrize(
    "text",
    [
        '"', '"a', "-", "a:b", "tag:", "is:strange", "lang:fr", "before:tomorrow", "after:2026-13-40", "before:0000",
        "author:", "author:@", '-author:"', "x" * 5_000, "电" * 5_000, "is:solved is:unsolved", "(a OR b) AND", "\ud800", "\0",
        "after:99999", "before:2026-02-30", "product:" + "y" * 300, "-is:company -is:answer -is:question -is:comment",
    ],
)  # fmt: skip
def test_nothing_typed_is_an_error(searched: Searched, text: str) -> None:
    searched.ask("Battery", "drains 电池")
    for more in ({}, {"with_facets": True}, {"page": 10**9}, {"is_by_day": True}):
        assert searched.find(text, **more).is_ready  # type: ignore[arg-type]


def test_product_and_tag(searched: Searched) -> None:
    band, lamp = searched.forum.product("band"), searched.forum.product("lamp")
    one = searched.ask("Battery one", product_id=band.id, tags=["power", "sleep"])
    two = searched.ask("Battery two", product_id=lamp.id, tags=["power", "電池"])
    assert searched.questions("battery product:band") == {one.id}
    assert searched.questions("battery product:band product:LAMP") == {one.id, two.id}
    assert searched.questions("battery -product:band") == {two.id}
    assert searched.questions("tag:power tag:sleep") == {one.id}
    assert searched.questions("tag:电池") == searched.questions("power tag:電池") == {two.id}
    assert searched.questions("battery -tag:sleep") == {two.id}
    one.product_id = lamp.id
    searched.put(one)
    assert searched.questions("battery product:lamp") == {one.id, two.id}


def test_a_tag_counts_with_the_words_of_an_answer(searched: Searched) -> None:
    question = searched.ask("It stops", tags=["battery"])
    answer = searched.answer(question, "change the cable")
    assert searched.posts("battery cable") == {answer.id}
    assert searched.posts("battery") == {question.id}


def test_author_by_handle_and_by_name(searched: Searched) -> None:
    mira, ines = searched.forum.account("Mira Solberg"), searched.forum.account("林佩瑜")
    mira.handle, ines.handle = "mira", "Ines"
    one, two = searched.ask("Battery", author_id=mira.id), searched.ask("Battery", author_id=ines.id)
    searched.ask("Battery mira", "by nobody")
    for typed in (
        "author:mira",
        "author:@Mira",
        'author:"mira solberg"',
        "battery author:solberg",
        "is:question author:mira",
    ):
        assert searched.questions(typed) == {one.id}, typed
    assert searched.questions("author:ines") == searched.questions("author:林佩瑜") == {two.id}
    assert two.id in searched.questions("battery -author:mira")
    assert one.id not in searched.questions("battery -author:mira")


def test_states_are_as_the_database_says_now(searched: Searched) -> None:
    solved, answered, alone = searched.ask("Battery"), searched.ask("Battery"), searched.ask("Battery")
    searched.answer(solved, "so")
    searched.answer(answered, "or so")
    solved.solved_at = START
    searched.forum.session.commit()
    assert searched.questions("battery is:solved") == {solved.id}
    assert (
        searched.questions("battery is:unsolved") == searched.questions("battery -is:solved") == {answered.id, alone.id}
    )
    assert searched.questions("battery is:unanswered") == {alone.id}
    assert searched.questions("is:unsolved -is:unanswered") == {answered.id}
    assert searched.questions("battery is:answered") == {solved.id, answered.id}
    assert searched.questions("battery -is:answered") == {alone.id}
    assert searched.questions("is:solved is:unsolved") == set()


def test_company_and_kind(searched: Searched) -> None:
    question = searched.ask("Battery", author_id=searched.forum.account("Mira").id)
    own = searched.answer(question, "battery is fine", author_id=searched.staff("Agent").id)
    other = searched.answer(question, "battery is bad", author_id=searched.staff("Mod", "moderator").id)
    comment = searched.comment(own, "battery indeed")
    assert searched.posts("battery is:company") == searched.posts("is:company") == {own.id}
    assert searched.posts("battery is:question") == {question.id}
    assert searched.posts("battery is:answer -is:company") == {other.id}
    assert searched.posts("battery is:comment") == searched.posts("battery", kind="comment") == {comment.id}
    assert searched.posts("battery -is:question -is:comment is:company") == {own.id}
    assert searched.posts("is:answer is:comment -is:company") <= {other.id, comment.id}


def test_language(searched: Searched) -> None:
    chinese, english = searched.ask("手環 battery 耗電"), searched.ask("My battery drains")
    assert searched.questions("battery lang:zh") == searched.questions("battery -lang:en") == {chinese.id}
    assert searched.questions("battery lang:en") == {english.id}
    assert searched.questions("battery lang:zh lang:en") == {chinese.id, english.id}
    assert searched.questions("battery lang:zh-TW") == searched.questions("battery 语言:中文") == {chinese.id}


def test_days(searched: Searched) -> None:
    posts = {}
    for day in ("2024-12-31T23:59", "2025-01-01T00:00", "2025-06-30T12:00", "2025-07-01T00:00"):
        posts[day] = searched.forum.ask("Battery")
        posts[day].created_at = datetime.fromisoformat(day).replace(tzinfo=UTC)
        searched.put(posts[day])
    first, newyear, june, july = (post.id for post in posts.values())
    assert searched.questions("battery before:2025") == searched.questions("-after:2025") == {first}
    assert searched.questions("battery after:2025") == searched.questions("-before:2025-01-01") == {newyear, june, july}
    assert searched.questions("after:2025-06 before:2025-07") == {june}
    assert searched.questions("after:2025-7-1") == {july}
    assert searched.questions("battery", since=datetime(2025, 1, 1, 0, 0, 1, tzinfo=UTC)) == {june, july}
    assert searched.questions("battery", until=datetime(2025, 6, 30, 12, tzinfo=UTC)) == {first, newyear, june}


def test_what_is_no_operator_is_words(searched: Searched) -> None:
    question = searched.ask("Strange body", "lang fr before tomorrow is it language")
    for typed in ("is:strange", "body:language", "lang:fr", "before:tomorrow"):
        assert searched.questions(typed) == {question.id}, typed


def test_facets_count_what_each_further_operator_leaves(searched: Searched) -> None:
    band, lamp = searched.forum.product("band"), searched.forum.product("lamp")
    one = searched.ask("Battery", product_id=band.id, tags=["power", "sleep"])
    two = searched.ask("Battery", product_id=lamp.id, tags=["power"])
    three = searched.ask("手環 battery 耗電", product_id=lamp.id)
    searched.answer(one, "battery yes")
    searched.comment(one, "battery no")
    searched.comment(one, "battery maybe")
    two.solved_at = START
    searched.put(two, three)
    facets = searched.find("battery", with_facets=True).facets
    assert facets["product"] == [("lamp", 2), ("band", 1)]
    assert facets["tag"] == [("power", 2), ("sleep", 1)]
    assert dict(facets["state"]) == {"solved": 1, "unsolved": 2, "unanswered": 2}
    assert dict(facets["kind"]) == {"question": 3, "answer": 1, "comment": 1}
    assert dict(facets["language"]) == {"en": 2, "zh": 1}
    for name, operator in (
        ("product", "product"),
        ("tag", "tag"),
        ("state", "is"),
        ("kind", "is"),
        ("language", "lang"),
    ):
        for value, count in facets[name]:
            assert searched.find(f"battery {operator}:{value}").total == count, value
    assert searched.find("battery").facets == {}
    assert searched.find("nothingness", with_facets=True).facets == {}


def test_it_knows_the_posts_of_an_author(searched: Searched, session: Session) -> None:
    account = searched.forum.account("Mira")
    question = searched.ask("Battery", author_id=account.id)
    answer = searched.answer(searched.ask("Other"), "cable", author_id=account.id)
    assert searched.index.posts_of(account.id) == [question.id, answer.id]
    question.author_id = None
    session.commit()
    assert searched.index.posts_of(account.id) == [question.id, answer.id]
    searched.put(question)
    assert searched.index.posts_of(account.id) == [answer.id]
