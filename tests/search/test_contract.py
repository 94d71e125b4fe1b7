"""What any search index must do, whatever it is made of. A new implementation joins IMPLEMENTATIONS and passes this."""

from datetime import timedelta

import pytest

from tests.search.conftest import START, Forum
from tests.search.searched import IMPLEMENTATIONS, Searched


@pytest.fixture(params=IMPLEMENTATIONS)
def searched(request: pytest.FixtureRequest, forum: Forum) -> Searched:
    index = IMPLEMENTATIONS[request.param](forum.index_dir)
    index.rebuild(forum.session)
    return Searched(forum, index)


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
