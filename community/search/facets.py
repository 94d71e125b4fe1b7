"""How many of the questions found each further operator would leave."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from community.models import Post, Product, Tag, question_tag
from community.search import traits
from community.search.interface import Facets
from community.search.ranking import Ranked

MOST_VALUES = 12  # of one facet

post = Post.__table__


def facets_of(session: Session, ranked: Ranked, question_ids: Sequence[int]) -> Facets:
    """Counts of the ranked questions by product, tag and state, and of those with a passage of a kind or a language.

    Three statements, however many questions there are. Values that none has are left out.
    """
    if not question_ids:
        return {}
    return {
        "state": _states(session, question_ids), "product": _products(session, question_ids),
        "tag": _tags(session, question_ids), **_passage_facets(ranked, question_ids),
    }  # fmt: skip


def _states(session: Session, question_ids: Sequence[int]) -> list[tuple[str, int]]:
    row = session.execute(
        select(
            func.count(post.c.solved_at),
            func.count().filter(post.c.solved_at.is_(None)),
            func.count().filter(post.c.answer_count == 0),
        ).where(post.c.id.in_(question_ids))
    ).one()
    return [(name, count) for name, count in zip(("solved", "unsolved", "unanswered"), row, strict=True) if count]


def _products(session: Session, question_ids: Sequence[int]) -> list[tuple[str, int]]:
    named = select(Product.slug.label("slug")).join(Post, post.c.product_id == Product.id)
    return _most_frequent(session, named.where(post.c.id.in_(question_ids)))


def _tags(session: Session, question_ids: Sequence[int]) -> list[tuple[str, int]]:
    named = select(Tag.slug.label("slug")).join(question_tag, question_tag.c.tag_id == Tag.id)
    return _most_frequent(session, named.where(question_tag.c.question_id.in_(question_ids)))


def _most_frequent(session: Session, named: Select[tuple[str]]) -> list[tuple[str, int]]:
    """The slugs that most of the rows name, with how many do."""
    slug, questions = named.selected_columns[0], func.count().label("questions")
    ordered = named.add_columns(questions).group_by(slug).order_by(questions.desc(), slug)
    return [(name, count) for name, count in session.execute(ordered.limit(MOST_VALUES))]


def _passage_facets(ranked: Ranked, question_ids: Sequence[int]) -> Facets:
    """Kinds and languages of all their passages that match, each question once a value."""
    there = np.isin(ranked.questions, question_ids)
    pairs = np.unique(np.stack([ranked.questions[there], ranked.traits[there]]), axis=1)
    kinds: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    kinds.update(kind for _, kind in {(question, traits.kind_of(fact)) for question, fact in pairs.T.tolist()})
    languages.update(name for _, name in {(question, traits.language_of(fact)) for question, fact in pairs.T.tolist()})
    languages.pop("", None)
    return {"kind": kinds.most_common(), "language": languages.most_common()}
