"""What search engines read about a question: schema.org's QAPage. https://schema.org/QAPage"""

from typing import Any

from flask import url_for

from community.models import Account, Answer, Question
from community.questions.thread import Thread
from community.web.markdown import plain
from community.web.urls import absolute

LONGEST = 5_000  # characters of one text
MOST_SUGGESTED = 10


def qa_page(thread: Thread) -> dict[str, Any]:
    """The question with its accepted and its best other answers, each with its lasting address."""
    question = thread.question
    accepted = [row for row in thread.answers if row.accepted_at]
    others = [row for row in thread.answers if not (row.accepted_at or row.is_reply or row.erased_at or row.deleted_at)]
    entity: dict[str, Any] = {
        "@type": "Question",
        "name": question.title,
        "text": plain(question.body, LONGEST),
        "answerCount": question.answer_count or 0,
        "upvoteCount": question.score,
        "datePublished": question.created_at.isoformat(),
        "url": absolute(url_for("questions.show", question_id=question.id)),
        "author": person(question.author),
    }
    if question.edited_at:
        entity["dateModified"] = question.edited_at.isoformat()
    if accepted:
        entity["acceptedAnswer"] = answer_data(accepted[0])
    if others:
        entity["suggestedAnswer"] = [answer_data(row) for row in others[:MOST_SUGGESTED]]
    return {"@context": "https://schema.org", "@type": "QAPage", "mainEntity": entity}


def answer_data(answer: Answer) -> dict[str, Any]:
    return {
        "@type": "Answer",
        "text": plain(answer.body, LONGEST),
        "upvoteCount": answer.score,
        "datePublished": answer.created_at.isoformat(),
        "url": absolute(url_for("questions.permalink", post_id=answer.id)),
        "author": person(answer.author),
    }


def person(account: Account | None) -> dict[str, str]:
    if account is None:
        return {"@type": "Person", "name": "former member"}
    url = absolute(url_for("people.show", handle=account.handle))
    return {"@type": "Person", "name": account.name, "url": url}


def description(question: Question) -> str:
    """What a preview of the page says below its title."""
    return plain(question.body, 200)
