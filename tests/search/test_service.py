import time

from community.db import db, writing
from community.search import index, service
from tests.search.conftest import Forum


def test_a_new_post_is_found_after_apply(forum: Forum) -> None:
    forum.rebuild()
    question = forum.ask("Battery")
    assert forum.found("battery") == []
    assert forum.apply(question) == 1
    assert forum.found("battery") == [question.id]


def test_the_first_apply_makes_the_index(forum: Forum) -> None:
    question = forum.ask("Battery")
    forum.apply(question)
    assert forum.found("battery") == [question.id]


def test_applying_twice_is_the_same_and_commits_nothing(forum: Forum) -> None:
    forum.rebuild()
    question = forum.ask("Battery")
    forum.answer(question, "cable")
    assert forum.apply(question, question) == 2
    generation = index.open_index(index.live(forum.index_dir)).latest_generation()
    assert forum.apply(question) == 0
    assert index.open_index(index.live(forum.index_dir)).latest_generation() == generation


def test_an_edit_is_found_by_its_new_words_only(forum: Forum) -> None:
    question = forum.ask("Battery", "drains")
    answer = forum.answer(question, "cable")
    forum.rebuild()
    question.title = "Screen"
    forum.session.commit()
    assert forum.apply(question) == 1
    assert forum.found("battery") == []
    assert forum.found("screen") == [question.id]
    assert forum.find("cable").hits[0].post_id == answer.id
    assert forum.find("cable").hits[0].title == "Screen"


def test_answers_follow_their_question_to_another_product(forum: Forum) -> None:
    question = forum.ask("Battery")
    forum.answer(question, "cable")
    forum.rebuild()
    question.product_id = forum.product("lamp").id
    forum.session.commit()
    assert forum.apply(question) == 2
    assert forum.found("cable product:lamp") == [question.id]


def test_a_deleted_question_takes_its_answers_and_comments_along_and_back(forum: Forum) -> None:
    question, other = forum.ask("Battery"), forum.ask("Battery too")
    answer = forum.answer(question, "cable")
    forum.comment(answer, "plug")
    forum.rebuild()
    forum.delete(question)
    assert forum.apply(question) == 3
    assert forum.found("battery") == [other.id]
    assert forum.found("cable") == forum.found("plug") == []
    question.deleted_at = None
    forum.session.commit()
    assert forum.apply(question) == 3
    assert forum.found("cable") == forum.found("plug") == [question.id]


def test_a_deleted_answer_takes_its_comments_along(forum: Forum) -> None:
    question = forum.ask("Battery")
    answer = forum.answer(question, "cable")
    comment = forum.comment(answer, "plug")
    forum.rebuild()
    forum.delete(answer)
    forum.apply(comment, answer)
    assert forum.found("cable") == forum.found("plug") == []
    assert forum.found("battery") == [question.id]


def test_what_is_gone_from_the_table_goes_from_the_index_with_all_below(forum: Forum) -> None:
    question = forum.ask("Battery")
    forum.answer(question, "cable")
    forum.rebuild()
    question_id = question.id
    forum.session.execute(db.delete(db.metadata.tables["post"]).where(db.metadata.tables["post"].c.id == question_id))
    forum.session.commit()
    assert service.apply(forum.index_dir, forum.session, [question_id]) == 2
    assert forum.found("battery") == forum.found("cable") == []


def test_the_order_of_events_does_not_matter(forum: Forum) -> None:
    forum.rebuild()
    question = forum.ask("Battery")
    answer = forum.answer(question, "cable")
    forum.delete(question)
    forum.apply(question)
    assert forum.apply(answer) == 0
    assert forum.found("cable") == []


def test_apply_sees_what_was_committed_after_the_session_began(forum: Forum) -> None:
    question = forum.ask("Battery")
    forum.rebuild()
    with db.engine.connect() as other:
        forum.session.refresh(question)  # the session's snapshot is older than the change
        other.execute(db.text("UPDATE post SET title = 'Screen'"))
        other.commit()
    forum.apply(question)
    assert forum.found("screen") == [question.id]


def test_apply_inside_a_writing_unit_does_not_wait_for_itself(forum: Forum) -> None:
    question = forum.ask("Battery")
    with writing():
        forum.session.execute(db.text("UPDATE post SET title = 'Screen'"))
        started = time.monotonic()
        service.apply(forum.index_dir, forum.session, [question.id])
        assert time.monotonic() - started < 2
        forum.session.rollback()
    assert forum.found("battery") == [question.id]


def test_check_names_what_differs_and_apply_repairs_it(forum: Forum) -> None:
    deleted, edited = forum.ask("Battery one"), forum.ask("Battery two", author_id=forum.account("Mira").id)
    forum.rebuild()
    assert service.check(forum.index_dir, forum.session) == service.Differences()
    forum.delete(deleted)
    forum.session.execute(db.text("UPDATE account SET name = 'Ines'"))
    new = forum.ask("Battery three")
    differences = service.check(forum.index_dir, forum.session)
    assert (differences.missing, differences.stale, differences.extra) == ([new.id], [edited.id], [deleted.id])
    service.apply(forum.index_dir, forum.session, differences.post_ids)
    assert service.check(forum.index_dir, forum.session).post_ids == []


def test_check_says_that_there_is_no_index(forum: Forum) -> None:
    assert service.check(forum.index_dir, forum.session).is_damaged
