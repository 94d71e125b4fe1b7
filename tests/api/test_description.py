"""The OpenAPI document says what is there: each address, and each field of what it answers."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.questions import service
from community.search import service as search
from tests.conftest import NOW
from tests.factories import Factory

TokenOf = Callable[..., dict[str, str]]
KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None), "array": list,
    "object": dict,
}  # fmt: skip


@pytest.fixture
def description(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/v1/openapi.json").get_json()
    return found


def differences(whole: dict[str, Any], schema: dict[str, Any], value: Any, at: str = "") -> list[str]:
    """Where the value is not as the schema says: the part of JSON Schema that the document uses."""
    if "$ref" in schema:
        return differences(whole, whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]], value, at)
    if "anyOf" in schema:
        found = [differences(whole, one, value, at) for one in schema["anyOf"]]
        return [] if [] in found else found[0]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, KINDS[kind]) and (kind == "boolean") == isinstance(value, bool) for kind in kinds):
        return [f"{at} is {value!r}, not {kinds}"]
    if value is not None and schema.get("format") == "date-time" and datetime.fromisoformat(value).tzinfo is None:
        return [f"{at} has no zone"]
    if isinstance(value, str) and value not in schema.get("enum", [value]):
        return [f"{at} is {value}"]
    if isinstance(value, list):
        return [one for n, item in enumerate(value) for one in differences(whole, schema["items"], item, f"{at}[{n}]")]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    wrong = [f"{at} lacks {name}" for name in schema.get("required", []) if name not in value]
    if schema.get("additionalProperties") is False:
        wrong += [f"{at} has {name}" for name in value if name not in schema["properties"]]
    known = {name: one for name, one in schema["properties"].items() if name in value}
    return wrong + [d for name, one in known.items() for d in differences(whole, one, value[name], f"{at}.{name}")]


def test_the_comparison_itself_notices(description: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/Person"}
    assert differences(description, schema, {"handle": "a", "name": "A", "is_company": False}) == []
    assert differences(description, schema, {"handle": None, "name": "A", "is_company": 0, "age": 3}) == [
        " has age", ".handle is None, not ['string']", ".is_company is 0, not ['boolean']",
    ]  # fmt: skip
    assert differences(description, schema, {}) == [" lacks handle", " lacks name", " lacks is_company"]


def test_each_address_and_method_is_described_and_no_other(app: Flask, description: dict[str, Any]) -> None:
    real = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule)).removeprefix("/api/v1"), method.lower(), rule.endpoint)
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/api/v1/")
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    described = {
        (path, method, f"api.{operation['operationId']}")
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }
    assert described == real


def test_the_parameters_of_an_address_are_those_in_it(description: dict[str, Any]) -> None:
    for path, methods in description["paths"].items():
        for operation in methods.values():
            inside = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
            assert inside == re.findall(r"\{(\w+)\}", path)


def test_every_name_that_is_referred_to_is_there(description: dict[str, Any]) -> None:
    named = set(re.findall(r"#/components/schemas/(\w+)", str(description)))
    assert named == set(description["components"]["schemas"])


def test_what_is_answered_has_the_fields_that_are_described(
    app: Flask, client: FlaskClient, make: Factory, session: Session, token_of: TokenOf, description: dict[str, Any]
) -> None:
    asker = make.account("Ann")
    mine = token_of(asker)
    asked = make.question(asker, product=make.product(), tags=["light"])
    given = make.answer(asked)
    make.comment(given)
    make.comment(asked)
    service.accept(session, asked, given, asker, NOW)
    session.commit()
    search.rebuild(Path(app.config["SEARCH_INDEX_DIR"]), session)
    words = {"body": "Hold it."}
    answers = {
        ("/openapi.json", "get"): client.get("/api/v1/openapi.json"),
        ("/me", "get"): client.get("/api/v1/me", headers=mine),
        ("/questions", "get"): client.get("/api/v1/questions"),
        ("/questions", "post"): client.post("/api/v1/questions", json={"title": "Why?", **words}, headers=mine),
        ("/questions/{question_id}", "get"): client.get(f"/api/v1/questions/{asked.id}"),
        ("/questions/{question_id}/answers", "post"): client.post(
            f"/api/v1/questions/{asked.id}/answers", json=words, headers=mine
        ),
        ("/posts/{post_id}/comments", "post"): client.post(
            f"/api/v1/posts/{given.id}/comments", json=words, headers=mine
        ),
        ("/complaints", "post"): client.post("/api/v1/complaints", json={"subject": "Dark", **words}, headers=mine),
        ("/complaints/{complaint_id}", "get"): client.get("/api/v1/complaints/1", headers=mine),
        ("/search", "get"): client.get("/api/v1/search?q=reset"),
    }
    assert set(answers) == {(path, method) for path, methods in description["paths"].items() for method in methods}
    for (path, method), response in answers.items():
        described = description["paths"][path][method]["responses"][str(response.status_code)]
        schema = described["content"]["application/json"]["schema"]
        assert differences(description, schema, response.get_json(), path) == []


def test_problems_are_as_described(client: FlaskClient, description: dict[str, Any]) -> None:
    response = client.get("/api/v1/questions/999999")
    schema = {"$ref": "#/components/schemas/Problem"}
    assert differences(description, schema, response.get_json()) == []
    assert "404" in description["paths"]["/questions/{question_id}"]["get"]["responses"]
