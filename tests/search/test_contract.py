"""What any search index must do, whatever it is made of. A new implementation joins IMPLEMENTATIONS and passes this."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from community.models import Account, Answer, Comment, Post, Question, Role
from community.search.interface import Found, SearchIndex
from community.search.whoosh_index import WhooshIndex
from tests.search.conftest import START, Forum

IMPLEMENTATIONS: dict[str, Callable[[Path], SearchIndex]] = {"whoosh": WhooshIndex}


@dataclass
class Searched:
    """A forum whose changes are brought into the index at once."""

    forum: Forum
    index: SearchIndex

    def ask(self, title: str, body: str = "", **more: Any) -> Question:
        return self.put(self.forum.ask(title, body, **more))

    def answer(self, question: Question, body: str, **more: Any) -> Answer:
        return self.put(self.forum.answer(question, body, **more))

    def comment(self, on: Question | Answer, body: str) -> Comment:
        return self.put(self.forum.comment(on, body))

    def put(self, *posts: Any) -> Any:
        self.forum.session.commit()
        self.index.apply(self.forum.session, [post.id for post in posts])
        return posts[0]

    def delete(self, post: Post) -> None:
        self.forum.delete(post)
        self.put(post)

    def find(self, text: str, **more: Any) -> Found:
        return self.index.find(text, session=self.forum.session, **more)

    def questions(self, text: str, **more: Any) -> set[int]:
        found = self.find(text, **more)
        return set() if found.is_loose else {hit.question_id for hit in found.hits}

    def posts(self, text: str, **more: Any) -> set[int]:
        return {hit.post_id for hit in self.find(text, **more).hits}

    def staff(self, name: str, role: str = "agent") -> Account:
        account = self.forum.account(name)
        account.roles = [self.forum.session.query(Role).filter_by(name=role).first() or Role(name=role)]
        self.forum.session.commit()
        return account


@pytest.fixture(params=IMPLEMENTATIONS)
def searched(request: pytest.FixtureRequest, forum: Forum) -> Searched:
    index = IMPLEMENTATIONS[request.param](forum.index_dir)
    index.rebuild(forum.session)
    return Searched(forum, index)


# What is there is found, what is not is not


def test_questions_answers_and_comments_are_found(searched: Searched) -> None:
    question = searched.ask("The band sleeps", "about waking")
    answer = searched.answer(question, "press the crown")
    comment = searched.comment(answer, "which crossing")
    assert searched.posts("band") == searched.posts("waking") == {question.id}
    assert searched.posts("crown") == {answer.id}
    assert searched.posts("crossing") == {comment.id}
    assert searched.questions("crossing") == {question.id}


def test_an_empty_index_answers_to_everything(searched: Searched) -> None:
    for text in ("band", "is:solved", "-band", "", '"a b"', "product:x"):
        assert searched.find(text).total == 0


def test_without_an_index_nothing_is_found_and_it_says_so(forum: Forum) -> None:
    for implementation in IMPLEMENTATIONS.values():
        index = implementation(forum.index_dir / "nowhere")
        assert not index.find("band", session=forum.session).is_ready
        assert index.similar("band") == []


def test_an_edit_is_found_by_its_new_words_only(searched: Searched) -> None:
    question = searched.ask("Battery", "drains")
    question.title = "Screen"
    searched.put(question)
    assert searched.questions("screen") == {question.id}
    assert searched.questions("battery") == set()


def test_what_is_deleted_is_gone_with_all_below_it_and_comes_back_so(searched: Searched) -> None:
    question = searched.ask("Battery")
    answer = searched.answer(question, "cable")
    searched.comment(answer, "plug")
    searched.delete(question)
    assert searched.questions("battery") | searched.questions("cable") | searched.questions("plug") == set()
    question.deleted_at = None
    searched.put(question)
    assert searched.questions("battery") == searched.questions("cable") == searched.questions("plug") == {question.id}


def test_what_is_erased_has_no_words_but_what_others_wrote_below_stays(searched: Searched) -> None:
    question = searched.ask("Battery drains", "secret street")
    answer = searched.answer(question, "cable")
    question.erased_at = START
    searched.put(question)
    assert searched.questions("secret") == searched.questions("battery") == set()
    assert searched.posts("cable") == {answer.id}
    assert searched.index.similar("Battery drains") == []


def test_applying_twice_and_in_any_order_is_the_same(searched: Searched) -> None:
    forum, index = searched.forum, searched.index
    question = forum.ask("Battery")
    answer = forum.answer(question, "cable")
    for ids in ([answer.id], [question.id, question.id], [answer.id, question.id, 999_999], []):
        index.apply(forum.session, ids)
    assert index.apply(forum.session, [question.id]) == 0
    assert searched.questions("battery") == searched.questions("cable") == {question.id}
    assert index.check(forum.session).post_ids == []


# Words, in both languages and scripts


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("My band is charging", "charge"), ("Café crème", "cafe"), ("Wi-Fi drops", "wifi"), ("Firmware 4.2.1", "4.2"),
        ("電池很快就沒電", "电池"), ("电池很快就没电", "電池"), ("手環 battery 耗電很快", "手环 battery 耗电"),
        ("手环 battery 耗电很快", "手環 battery 耗電"), ("裡面有聲音", "里面 声音"), ("软件更新之后连不上无线网络", "軟件 網絡"),
        ("着急的事", "著急"), ("ＵＳＢ－Ｃ 接口", "usb-c"), ("彩云朵朵", "云朵"),
    ],
)  # fmt: skip
def test_a_text_is_found_however_it_is_written(searched: Searched, written: str, typed: str) -> None:
    question = searched.ask("Something", written)
    searched.ask("Something else", "关于别的事 about other things")
    found = searched.find(typed)
    assert [hit.question_id for hit in found.hits] == [question.id]
    assert not found.is_loose
    assert any(is_match for _, is_match in found.hits[0].excerpt_parts)
    assert "".join(text for text, _ in found.hits[0].excerpt_parts) == written


def test_a_phrase_stands_in_its_order_in_either_script(searched: Searched) -> None:
    right = searched.ask("A", "please turn it off now 手環電池耗電")
    searched.ask("B", "turn off it now 耗電手環電池")
    assert searched.questions('"turn it off"') == searched.questions('"电池耗电"') == {right.id}


def test_minus_leaves_out(searched: Searched) -> None:
    wireless, wired = searched.ask("Wireless charging"), searched.ask("Charging by cable")
    searched.answer(wireless, "charging works")
    assert searched.questions("charging -wireless") == {wired.id}
    assert searched.questions('charging -"by cable"') == {wireless.id}


def test_all_words_must_be_there_else_some_and_it_says_so(searched: Searched) -> None:
    question = searched.ask("Battery", "drains")
    assert searched.questions("battery drains") == {question.id}
    found = searched.find("battery explodes")
    assert found.is_loose
    assert [hit.question_id for hit in found.hits] == [question.id]


def test_a_misspelt_word_is_corrected(searched: Searched) -> None:
    searched.ask("Band", "The battery drains")
    assert searched.find("batery").corrected == "battery"


def test_the_word_with_the_fewest_slips_is_proposed_however_often_another_is_used(searched: Searched) -> None:
    searched.ask("Band", "The battery drains")
    for text in ("better", "better still", "a better one"):
        searched.ask("Lamp", text)
    assert searched.find("bttery").corrected == "battery"


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


# Operators


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


# Order, pages, counts


def test_the_better_and_the_newer_come_first(searched: Searched) -> None:
    title = searched.ask("Firmware", "about something else")
    body = searched.ask("Something else", "about the firmware and a lot of other things besides")
    assert [hit.question_id for hit in searched.find("firmware").hits] == [title.id, body.id]
    assert [hit.question_id for hit in searched.find("firmware", is_by_day=True).hits] == [body.id, title.id]
    assert [hit.question_id for hit in searched.find("is:question").hits] == [body.id, title.id]


def test_a_question_appears_once_and_pages_do_not_overlap(searched: Searched) -> None:
    questions = [searched.ask(f"Battery {number}") for number in range(5)]
    searched.answer(questions[0], "battery battery")
    pages = [[hit.question_id for hit in searched.find("battery", page=page, size=2).hits] for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert {id for page in pages for id in page} == {question.id for question in questions}
    assert searched.find("battery", size=2).total == 5


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


# Similar titles


def test_similar_titles_are_found_the_nearest_first(searched: Searched) -> None:
    near = searched.ask("The battery of my band drains over night")
    far = searched.ask("The band fits loosely")
    searched.ask("Coffee tastes of soap")
    chinese = searched.ask("手環電池耗電太快")
    searched.answer(searched.ask("Other"), "battery drains over night band")
    found = searched.index.similar("Band battery drains at night")
    assert [one.question_id for one in found][:1] == [near.id]
    assert {one.question_id for one in found} <= {near.id, far.id}
    assert found[0].title == near.title
    assert [one.question_id for one in searched.index.similar("手环电池耗电")] == [chinese.id]
    assert searched.index.similar("xylophone") == searched.index.similar("") == searched.index.similar("的") == []


def test_an_unfinished_word_finds_what_it_may_become(searched: Searched) -> None:
    question = searched.ask("Thermostat offline")
    assert searched.index.similar("thermo") == []
    assert [one.question_id for one in searched.index.similar("thermo", is_unfinished=True)] == [question.id]
    assert [one.question_id for one in searched.index.similar("offline thermost", is_unfinished=True)] == [question.id]


def test_likeness_is_the_same_from_either_side(searched: Searched) -> None:
    one, two = searched.ask("Battery drains over night"), searched.ask("Why drains the battery so fast")
    here = {found.question_id: found.likeness for found in searched.index.similar(one.title or "")}
    there = {found.question_id: found.likeness for found in searched.index.similar(two.title or "")}
    assert here[two.id] == pytest.approx(there[one.id])
    assert here[one.id] == pytest.approx(1.0)


# Keeping it right


def test_check_says_what_differs_and_apply_repairs_it(searched: Searched) -> None:
    forum, index = searched.forum, searched.index
    deleted, edited = searched.ask("Battery one"), searched.ask("Battery two")
    forum.delete(deleted)
    edited.title = "Screen"
    new = forum.ask("Battery three")
    found = index.check(forum.session)
    assert (found.missing, found.stale, found.extra) == ([new.id], [edited.id], [deleted.id])
    index.apply(forum.session, [new.id])
    still = index.still_different(forum.session, found)
    assert (still.missing, still.stale, still.extra) == ([], [edited.id], [deleted.id])
    index.apply(forum.session, still.post_ids)
    assert index.check(forum.session).post_ids == []


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


def test_merging_changes_nothing_that_is_found(searched: Searched) -> None:
    questions = [searched.ask(f"Battery {number}") for number in range(6)]
    searched.delete(questions[0])
    for is_purge in (False, True):
        searched.index.merge(is_purge)
        assert searched.questions("battery", size=50) == {question.id for question in questions[1:]}
        assert searched.index.check(searched.forum.session).post_ids == []


def test_a_rebuild_finds_the_same(searched: Searched) -> None:
    question = searched.ask("Battery", "drains")
    before = searched.find("battery")
    assert searched.index.rebuild(searched.forum.session) == 1
    after = searched.find("battery")
    assert [hit.post_id for hit in after.hits] == [hit.post_id for hit in before.hits] == [question.id]
    assert not searched.index.ensure(searched.forum.session)


def test_a_hit_says_when_it_was_posted_and_in_which_language(searched: Searched) -> None:
    question = searched.ask("手環耗電")
    hit = searched.find("手環").hits[0]
    assert (hit.language, hit.is_company, hit.kind) == ("zh", False, "question")
    assert abs(hit.created_at - question.created_at) < timedelta(seconds=1)
