"""Pages that are shown again when what was sent could not be taken: the question with its answer form, and asking."""

from collections.abc import Callable
from typing import Any

from flask import current_app, render_template, request
from flask_security import current_user

from community import drafts
from community.db import db
from community.models import Account
from community.questions import queries, structured
from community.questions.forms import AnswerForm, InformationForm, QuestionForm, question_form
from community.questions.thread import thread


def reader() -> Account | None:
    return current_user if current_user.is_authenticated else None


def question_page(question_id: int, form: AnswerForm, status: int = 200, **more: object) -> str | tuple[str, int]:
    """The page with its answer form, which may hold what could not be posted."""
    page = request.args.get("page", 1, type=int) or 1
    shown = thread(db.session(), question_id, reader(), request.args.get("sort", "score"), page)
    html = render_template(
        "questions/show.html", thread=shown, question=shown.question, form=form,
        information_form=InformationForm(formdata=None), data=structured.qa_page(shown), **more,
    )  # fmt: skip
    return (html, status) if status != 200 else html


def filled_form() -> QuestionForm:
    """What the draft says, or what the address brings along from a search."""
    draft = drafts.draft_of(db.session(), current_user, "ask")
    if draft is None:
        return question_form(
            db.session(), title=request.args.get("title", "")[:200], product=request.args.get("product", ""),
            tags=request.args.get("tags", "")[:300],
        )  # fmt: skip
    return question_form(db.session(), title=draft.title, body=draft.body, product=draft.product, tags=draft.tags)


def ask_page(form: QuestionForm, status: int = 200, preview: bool = False) -> str | tuple[str, int]:
    draft = drafts.draft_of(db.session(), current_user, "ask")
    is_titled = "similar" in request.form or (form.title.data or "").strip()
    similar = similar_questions(form.title.data or "", form.product.data) if is_titled else None
    html = render_template(
        "questions/ask.html", form=form, draft=draft, similar=similar, preview=preview,
        popular_tags=queries.tags(db.session(), 12),
    )  # fmt: skip
    return (html, status) if status != 200 else html


def similar_questions(title: str, product: str | None) -> list[Any]:
    """Search's own, by the name under which templates know it: features do not import each other."""
    find: Callable[[str, str | None], list[Any]] = current_app.jinja_env.globals["similar_questions"]  # type: ignore[assignment]
    return find(title, product or None)
