"""A product and a tag in a query may be called what people call them: who knows a slug?"""

import re
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Product, Tag, TagSynonym
from community.search.analysis import to_one_script
from community.search.understanding import Ask

MOST_PRODUCTS = 1_000  # that are looked through
MOST_SYNONYMS = 1_000
BETWEEN = re.compile(r"[\s_-]+")


def name_products(session: Session, ask: Ask) -> None:
    """Put slugs in place of names, or of words of names, in either language. One statement, if a product is named."""
    if not (typed := {one.value for one in ask.operators if one.name == "product"}):
        return
    rows = session.execute(
        select(Product.slug, Product.name, Product.name_zh).order_by(Product.id).limit(MOST_PRODUCTS)
    )
    known = [(slug.lower(), *(to_one_script((name or "").lower()) for name in names)) for slug, *names in rows]
    meant = {value: _meant(value, known) for value in typed}
    ask.operators = [
        replace(one, value=slug)
        for one in ask.operators
        for slug in (meant[one.value] if one.name == "product" else [one.value])
    ]


def name_tags(session: Session, ask: Ask) -> None:
    """Put tags in place of other words for them. One statement, if a tag is named."""
    if not any(one.name == "tag" for one in ask.operators):
        return
    rows = session.execute(select(TagSynonym.slug, Tag.slug).join(Tag).order_by(TagSynonym.id).limit(MOST_SYNONYMS))
    meant = {to_one_script(other): to_one_script(slug) for other, slug in rows}
    ask.operators = [
        replace(one, value=meant.get(one.value, one.value)) if one.name == "tag" else one for one in ask.operators
    ]


def _meant(value: str, known: list[tuple[str, ...]]) -> list[str]:
    """The product with this slug, else those with this name, else those whose name has all these words; else the value."""
    words = set(BETWEEN.split(value))
    for is_it in (
        lambda names: value == names[0],
        lambda names: value in names[1:],
        lambda names: any(words <= set(BETWEEN.split(name)) for name in names),
        lambda names: not value.isascii() and any(value in name for name in names),
    ):
        if found := [names[0] for names in known if is_it(names)]:
            return found
    return [value]
