"""What texts are about: the company's products, and free labels."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from community.db import Base, Key

question_tag = Table(
    "question_tag",
    Base.metadata,
    Column("question_id", Integer, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", Integer, ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Product(Base):
    """Something the company sells."""

    __tablename__ = "product"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str | None] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(default="")
    description_zh: Mapped[str] = mapped_column(default="")


class Tag(Base):
    """A free label of questions."""

    __tablename__ = "tag"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(50), unique=True)
