"""What a question's row counts of the posts below it, counted again from the tables."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from community.heat import reheat
from community.models import Answer, Question


def count_answers(session: Session, question_id: int | None) -> None:
    """Count the answers that are no mere replies again.

    PostgreSQL: the question's row is the queue, or an answer that another transaction is adding would not be counted.
    """
    session.execute(select(Question.id).where(Question.id == question_id).with_for_update(key_share=True))
    count = select(func.count(Answer.id)).where(
        Answer.question_id == question_id, Answer.deleted_at.is_(None), Answer.is_reply.is_(False)
    )
    session.execute(update(Question).where(Question.id == question_id).values(answer_count=count.scalar_subquery()))
    reheat(session, question_id or 0)
