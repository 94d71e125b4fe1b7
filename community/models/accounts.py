"""Who may sign in, with which roles, and from where they are signed in now."""

from datetime import datetime

from flask_security import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.db import Base, Key

account_role = Table(
    "account_role",
    Base.metadata,
    Column("account_id", Integer, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", Integer, ForeignKey("role.id", ondelete="CASCADE"), primary_key=True),
)


class Role(Base, RoleMixin):
    """customer, agent, moderator, manager or admin."""

    __tablename__ = "role"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(20), unique=True)
    description: Mapped[str | None]


class Account(Base, UserMixin):
    """A person who can sign in. Customers' accounts belong to a customer; staff's need not."""

    __tablename__ = "account"

    id: Mapped[Key]
    email: Mapped[str | None] = mapped_column(String(255), unique=True, comment="none for imported members")
    name: Mapped[str] = mapped_column(String(80), comment="as shown to others")
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, comment="changes with the password")
    locale: Mapped[str | None] = mapped_column(String(8), comment="en or zh_CN; none: as the browser asks")
    created_at: Mapped[datetime]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="SET NULL"), index=True)
    external_id: Mapped[str | None] = mapped_column(String(120), unique=True, comment="key in the dump it came from")

    roles: Mapped[list[Role]] = relationship(secondary=account_role, lazy="selectin")

    @property
    def is_staff(self) -> bool:
        return any(role.name != "customer" for role in self.roles)

    @property
    def is_company(self) -> bool:
        """Whether answers speak for the company."""
        return any(role.name in {"agent", "manager", "admin"} for role in self.roles)


class SignIn(Base):
    """One browser that is signed in; deleting the row signs it out, whatever cookie it holds."""

    __tablename__ = "sign_in"

    id: Mapped[Key]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, comment="SHA-256 of the token in the cookie")
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    browser: Mapped[str] = mapped_column(String(200), default="")
