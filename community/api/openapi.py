"""The interface described for programs (OpenAPI 3.1). A test compares it with the addresses and what they answer."""

from typing import Any

from flask import current_app, url_for

from community.models import CHANNELS, STATUSES
from community.questions.queries import ORDERS
from community.questions.thread import SORTS
from community.web.urls import absolute

Shape = dict[str, Any]

TEXT: Shape = {"type": "string"}
NUMBER: Shape = {"type": "integer"}
YES_OR_NO: Shape = {"type": "boolean"}
MOMENT: Shape = {"type": "string", "format": "date-time"}
PERSON: Shape = {
    "anyOf": [{"$ref": "#/components/schemas/Person"}, {"type": "null"}],
    "description": "null: former member",
}


def maybe(shape: Shape) -> Shape:
    return shape | {"type": [shape["type"], "null"]}


def named(name: str) -> Shape:
    return {"$ref": f"#/components/schemas/{name}"}


def many(name: str) -> Shape:
    return {"type": "array", "items": named(name)}


def thing(properties: Shape) -> Shape:
    """An object that has all of these, and nothing else."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def schemas() -> Shape:
    post = {
        "id": NUMBER, "url": TEXT | {"format": "uri"}, "author": PERSON, "body": TEXT | {"description": "Markdown"},
        "html": TEXT | {"description": "safe to show"}, "created_at": MOMENT, "edited_at": maybe(MOMENT),
        "erased_at": maybe(MOMENT) | {"description": "its author erased the words; the post stays empty"},
    }  # fmt: skip
    listed = {
        "id": NUMBER, "url": TEXT | {"format": "uri"}, "title": TEXT, "excerpt": TEXT, "author": PERSON,
        "product": maybe(TEXT), "tags": {"type": "array", "items": TEXT}, "score": NUMBER, "answer_count": NUMBER,
        "me_too_count": NUMBER, "needs_info_at": maybe(MOMENT), "solved_at": maybe(MOMENT), "created_at": MOMENT,
        "edited_at": maybe(MOMENT), "active_at": MOMENT,
        "closed_at": maybe(MOMENT) | {"description": "takes no more answers since"}, "closed_for": maybe(TEXT),
        "locked_at": maybe(MOMENT) | {"description": "only the staff write, edit and vote since"},
        "pinned_at": maybe(MOMENT),
    }  # fmt: skip
    return {
        "Person": thing({"handle": TEXT, "name": TEXT, "is_company": YES_OR_NO}),
        "ListedQuestion": thing(listed),
        "Questions": thing({"questions": many("ListedQuestion"), "next": maybe(TEXT)}),
        "Question": thing(
            listed
            | post
            | {"comments": many("Comment"), "answers": many("Answer"), "answers_and_replies": NUMBER}
            | {"next": maybe(TEXT), "related": many("Related")}
        ),
        "Related": thing({"id": NUMBER, "url": TEXT | {"format": "uri"}, "title": TEXT, "solved_at": maybe(MOMENT)}),
        "Answer": thing(
            post
            | {"question_id": NUMBER, "score": NUMBER, "is_reply": YES_OR_NO, "accepted_at": maybe(MOMENT)}
            | {"comments": many("Comment")}
        ),
        "Comment": thing(post | {"parent_id": NUMBER}),
        "Found": thing(
            {"query": TEXT, "page": NUMBER, "total": NUMBER, "is_ready": YES_OR_NO, "is_loose": YES_OR_NO}
            | {"corrected": maybe(TEXT), "results": many("Hit")}
        ),
        "Hit": thing(
            {"post_id": NUMBER, "question_id": NUMBER, "kind": TEXT | {"enum": ["question", "answer", "comment"]}}
            | {"title": TEXT, "url": TEXT | {"format": "uri"}, "author": TEXT, "excerpt": TEXT}
            | {"score": {"type": "number"}}
        ),
        "Me": thing(
            {"handle": TEXT, "name": TEXT, "roles": {"type": "array", "items": TEXT}, "trust": TEXT}
            | {"reputation": NUMBER, "locale": maybe(TEXT)}
            | {"token": thing({"name": TEXT, "may_write": YES_OR_NO, "expires_at": maybe(MOMENT)})}
        ),
        "Message": thing({"id": NUMBER, "from_customer": YES_OR_NO, "body": TEXT, "created_at": MOMENT}),
        "Complaint": thing(
            {"id": NUMBER, "url": TEXT | {"format": "uri"}, "status": TEXT | {"enum": list(STATUSES)}}
            | {"channel": TEXT | {"enum": list(CHANNELS)}, "external_id": maybe(TEXT), "subject": TEXT, "body": TEXT}
            | {"product": maybe(TEXT), "created_at": MOMENT, "resolved_at": maybe(MOMENT)}
            | {"messages": many("Message")}
        ),
        "NewComplaint": {
            "type": "object", "required": ["subject", "body"], "additionalProperties": False,
            "properties": {
                "subject": TEXT, "body": TEXT | {"description": "Markdown"}, "product": TEXT | {"description": "its slug"},
                "channel": TEXT | {"enum": list(CHANNELS), "description": "agents only"},
                "external_id": TEXT | {"description": "agents only; with the channel it is taken once"},
                "address": TEXT | {"description": "agents only: who complains, by the address of the channel"},
                "name": TEXT | {"description": "agents only"},
            },
        },
        "NewQuestion": {
            "type": "object", "required": ["title", "body"], "additionalProperties": False,
            "properties": {
                "title": TEXT, "body": TEXT | {"description": "Markdown"}, "product": TEXT | {"description": "its slug"},
                "tags": {"type": "array", "items": TEXT},
            },
        },
        "NewText": thing({"body": TEXT | {"description": "Markdown"}}),
        "Problem": {
            "type": "object", "required": ["title", "status"],
            "properties": {"title": TEXT, "status": NUMBER, "detail": TEXT, "number": TEXT},
            "description": "RFC 9457; number: under which a failure of ours stands in the log",
        },
    }  # fmt: skip


def parameter(name: str, shape: Shape, where: str = "query", is_required: bool = False) -> Shape:
    return {"name": name, "in": where, "required": is_required or where == "path", "schema": shape}


def operation(
    name: str, summary: str, answer: str, parameters: tuple[Shape, ...] = (), problems: tuple[int, ...] = (),
    takes: str = "", needs_token: bool = False, is_made_once: bool = False,
) -> Shape:  # fmt: skip
    """One address and method; `takes` and `answer` name schemas."""
    status = "201" if takes else "200"
    content = {"application/json": {"schema": named(answer) if answer else {"type": "object"}}}
    refused = {"application/problem+json": {"schema": named("Problem")}}
    always = (401, 403, 413, 415, 422, 429, 503) if takes else (401, 429)
    told: Shape = {
        "operationId": name, "summary": summary, "parameters": list(parameters),
        "security": [{"token": []}] if needs_token else [{}, {"token": []}],
        "responses": {status: {"description": summary, "content": content}}
        | {str(code): {"description": "refused", "content": refused} for code in sorted({*always, *problems})},
    }  # fmt: skip
    if is_made_once:
        told["responses"]["200"] = {"description": "it was there already", "content": content}
    if takes:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": named(takes)}}}
    else:
        told["responses"]["304"] = {"description": "what If-None-Match names is still so"}
    return told


def paths() -> Shape:
    question_id, post_id = (parameter(name, NUMBER, "path") for name in ("question_id", "post_id"))
    orders = parameter("order", TEXT | {"enum": list(ORDERS), "default": next(iter(ORDERS))})
    sorts = parameter("sort", TEXT | {"enum": list(SORTS), "default": next(iter(SORTS))})
    page = parameter("page", NUMBER | {"minimum": 1})
    narrowed = (parameter("product", TEXT), parameter("tag", TEXT), parameter("after", TEXT))
    asked = (parameter("q", TEXT, is_required=True), page)
    return {
        "/openapi.json": {"get": operation("description", "This document", "")},
        "/me": {"get": operation("me", "Whose token it is, and what it may", "Me", needs_token=True)},
        "/questions": {
            "get": operation("listed", "Questions, 20 a page", "Questions", (orders, *narrowed), (404, 422)),
            "post": operation("ask", "Ask", "Question", takes="NewQuestion", needs_token=True),
        },
        "/questions/{question_id}": {
            "get": operation(
                "show",
                "A question with answers, 30 a page, and comments",
                "Question",
                (question_id, sorts, page),
                (404, 422),
            )
        },
        "/questions/{question_id}/answers": {
            "post": operation("answer", "Answer", "Answer", (question_id,), (404,), "NewText", True)
        },
        "/complaints": {
            "post": operation(
                "complain",
                "Complain in private; an agent's program for somebody else",
                "Complaint",
                takes="NewComplaint",
                needs_token=True,
                is_made_once=True,
            )
        },
        "/complaints/{complaint_id}": {
            "get": operation(
                "show_complaint",
                "A case, for its customer and for agents",
                "Complaint",
                (parameter("complaint_id", NUMBER, "path"),),
                (404,),
                needs_token=True,
            )
        },
        "/posts/{post_id}/comments": {
            "post": operation("comment", "Comment", "Comment", (post_id,), (404,), "NewText", True)
        },
        "/search": {"get": operation("find", "Search questions, answers and comments", "Found", asked, (422,))},
    }


def document() -> Shape:
    address = absolute(url_for("api.description")).removesuffix("/openapi.json")
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{current_app.config['SITE_NAME']}: the forum for programs", "version": "1"},
        "servers": [{"url": address}],
        "paths": paths(),
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
