"""Products are found by what people call them."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from community.reactions import deliver_pending
from community.search import queries
from tests.factories import Factory


@pytest.fixture(autouse=True)
def asked(make: Factory, session: Session) -> None:
    for slug, name, name_zh in (
        ("fjordly-band", "Fjordly Band", "Fjordly 手环"), ("fjordly-brew", "Fjordly Brew", "Fjordly 咖啡机"),
    ):  # fmt: skip
        product = make.product(slug)
        product.name, product.name_zh = name, name_zh
        make.question(title=f"Of {slug}", product=product)
    make.question(title="Of none")
    session.commit()
    session.rollback()
    while deliver_pending():
        pass


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("product:fjordly-band", {"Of fjordly-band"}),
        ('product:"Fjordly Band"', {"Of fjordly-band"}),
        ("product:Band", {"Of fjordly-band"}),
        ("product:手环", {"Of fjordly-band"}),
        ("product:手環", {"Of fjordly-band"}),
        ("product:fjordly", {"Of fjordly-band", "Of fjordly-brew"}),
        ("product:band product:咖啡", {"Of fjordly-band", "Of fjordly-brew"}),
        ("of -product:fjordly", {"Of none"}),
        ("product:ban", set()),
        ("product:lamp", set()),
    ],
)
def test_a_product_is_meant_by_slug_name_or_words_of_its_name(
    app: Flask, session: Session, text: str, titles: set[str]
) -> None:
    found = queries.find(app.config["SEARCH_INDEX_DIR"], text, session=session)
    assert {hit.title for hit in found.hits} == titles
