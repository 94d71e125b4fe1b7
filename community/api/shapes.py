"""Rows as the interface shows them. docs/api.md and `openapi.py` name the same fields; a test compares them."""

from datetime import datetime
from typing import Any

from flask import url_for

from community.api.caller import Caller
from community.models import Account, Answer, Comment, Complaint, Message, Post, Question
from community.questions.thread import Thread
from community.search.queries import Found, Hit
from community.web import markdown
from community.web.urls import absolute

Shape = dict[str, Any]


def moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def person(account: Account | None) -> Shape | None:
    """None for a former member."""
    if account is None:
        return None
    return {"handle": account.handle, "name": account.name, "is_company": account.is_company}


def address(post_id: int, question_id: int) -> str:
    """Where people read the post."""
    anchor = f"post-{post_id}" if post_id != question_id else None
    return absolute(url_for("questions.show", question_id=question_id, _anchor=anchor))


def written(post: Post) -> Shape:
    """What the three kinds of post have in common."""
    return {
        "id": post.id, "url": address(post.id, post.question_id or post.id), "author": person(post.author),
        "body": post.body, "html": str(markdown.render(post.body)), "created_at": moment(post.created_at),
        "edited_at": moment(post.edited_at), "erased_at": moment(post.erased_at),
    }  # fmt: skip


def listed(question: Question) -> Shape:
    """A question as in a list: its beginning only."""
    return {
        "id": question.id, "url": address(question.id, question.id), "title": question.title,
        "excerpt": markdown.plain(question.body), "author": person(question.author),
        "product": question.product.slug if question.product else None, "tags": [tag.slug for tag in question.tags],
        "score": question.score, "answer_count": question.answer_count, "me_too_count": question.me_too_count,
        "needs_info_at": moment(question.needs_info_at), "solved_at": moment(question.solved_at),
        "created_at": moment(question.created_at), "edited_at": moment(question.edited_at),
        "active_at": moment(question.active_at), "closed_at": moment(question.closed_at),
        "closed_for": question.closed_for, "locked_at": moment(question.locked_at),
        "pinned_at": moment(question.pinned_at),
    }  # fmt: skip


def comment(row: Comment) -> Shape:
    return written(row) | {"parent_id": row.parent_id}


def answer(row: Answer, comments: list[Comment]) -> Shape:
    return written(row) | {
        "question_id": row.question_id, "score": row.score, "is_reply": bool(row.is_reply),
        "accepted_at": moment(row.accepted_at), "comments": [comment(one) for one in comments],
    }  # fmt: skip


def related(question: Question) -> Shape:
    return {
        "id": question.id, "url": address(question.id, question.id), "title": question.title,
        "solved_at": moment(question.solved_at),
    }  # fmt: skip


def thread(found: Thread, following: str | None) -> Shape:
    """A question in full, with one page of its answers; all comments below what is on the page."""
    question = found.question
    shown = {
        "comments": [comment(one) for one in found.comments.get(question.id, [])],
        "answers": [answer(one, found.comments.get(one.id, [])) for one in found.answers],
        "answers_and_replies": found.total, "next": following, "related": [related(one) for one in found.related],
    }  # fmt: skip
    return listed(question) | written(question) | shown


def hit(found: Hit) -> Shape:
    return {
        "post_id": found.post_id, "question_id": found.question_id, "kind": found.kind, "title": found.title,
        "url": address(found.post_id, found.question_id), "author": found.author,
        "excerpt": "".join(text for text, _ in found.excerpt_parts), "score": round(found.score, 3),
    }  # fmt: skip


def search(query: str, page: int, found: Found, hits: list[Hit]) -> Shape:
    return {
        "query": query, "page": page, "total": found.total, "is_ready": found.is_ready, "is_loose": found.is_loose,
        "corrected": found.corrected, "results": [hit(one) for one in hits],
    }  # fmt: skip


def me(known: Caller) -> Shape:
    account, token = known.account, known.token
    return {
        "handle": account.handle, "name": account.name, "roles": sorted(role.name for role in account.roles),
        "trust": account.trust, "reputation": account.reputation, "locale": account.locale,
        "token": {"name": token.name, "may_write": token.may_write, "expires_at": moment(token.expires_at)},
    }  # fmt: skip


def complaint(row: Complaint, messages: list[Message]) -> Shape:
    """A case as its customer sees it: no notes, and nothing that can still be taken back."""
    return {
        "id": row.id, "url": absolute(url_for("complaints.show", complaint_id=row.id)), "status": row.status,
        "channel": row.channel, "external_id": row.external_id, "subject": row.subject, "body": row.body,
        "product": row.product.slug if row.product else None, "created_at": moment(row.created_at),
        "resolved_at": moment(row.resolved_at),
        "messages": [
            {"id": one.id, "from_customer": one.from_customer, "body": one.body, "created_at": moment(one.created_at)}
            for one in messages
        ],
    }  # fmt: skip
