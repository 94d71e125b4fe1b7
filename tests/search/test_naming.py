"""Products and tags are found by what people call them."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Tag, TagSynonym
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


@pytest.mark.parametrize(
    "text", ["tag:电池", "tag:電池", "标签:电池", "of标签:电池 tag:电池", "oftag:电池 tag:续航", "的tag:续航"]
)
def test_a_tag_is_found_in_either_script_and_by_its_synonyms(
    make: Factory, session: Session, app: Flask, text: str
) -> None:
    make.question(title="的 of标签 oftag", tags=["电池"])
    session.add(TagSynonym(slug="續航", tag_id=session.scalars(select(Tag.id).where(Tag.slug == "电池")).one()))
    session.commit()
    session.rollback()
    while deliver_pending():
        pass
    found = queries.find(app.config["SEARCH_INDEX_DIR"], text, session=session)
    assert ([hit.title for hit in found.hits], found.is_loose) == (["的 of标签 oftag"], False)
