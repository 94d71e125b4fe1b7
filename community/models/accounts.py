"""Who may sign in, by what means, with which roles, and from where they are signed in now."""

import secrets
from datetime import datetime
from typing import Any

from flask_security import AsaList, RoleMixin, UserMixin, WebAuthnMixin
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, LargeBinary, String, Table, UniqueConstraint
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.db import Base, Key

TRUST = ("newcomer", "member", "regular", "leader")
CONSENTS = ("profiling", "visits")

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
    handle: Mapped[str] = mapped_column(
        String(40), unique=True, default=lambda: f"person-{secrets.token_hex(5)}",
        comment="in the address of the profile, and in @mentions",
    )  # fmt: skip
    about: Mapped[str] = mapped_column(default="", comment="what they say of themselves, in public")
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, comment="changes with the password")
    confirmed_at: Mapped[datetime | None] = mapped_column(comment="when the address was shown to be theirs")
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(String(64), unique=True)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64), comment="authenticator, once it is set up")
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255), comment="encrypted")
    mf_recovery_codes: Mapped[list[Any] | None] = mapped_column(MutableList.as_mutable(AsaList()))
    locale: Mapped[str | None] = mapped_column(String(8), comment="en or zh_CN; none: as the browser asks")
    reputation: Mapped[int] = mapped_column(default=0, comment="points, computed from votes and acceptances")
    trust: Mapped[str] = mapped_column(String(10), default="newcomer", comment="newcomer, member, regular or leader")
    is_trust_fixed: Mapped[bool] = mapped_column(default=False, comment="given by a person: thresholds leave it alone")
    may_profile: Mapped[bool] = mapped_column(default=False, comment="consents to signals and a profile")
    may_observe: Mapped[bool] = mapped_column(default=False, comment="consents to visits being noted")
    silenced_until: Mapped[datetime | None] = mapped_column(comment="may not write until then")
    suspended_until: Mapped[datetime | None] = mapped_column(
        comment="not active until then; none: until further notice"
    )
    created_at: Mapped[datetime]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="SET NULL"), index=True)
    external_id: Mapped[str | None] = mapped_column(String(120), unique=True, comment="key in the dump it came from")

    roles: Mapped[list[Role]] = relationship(secondary=account_role, lazy="selectin")
    webauthn: Mapped[list["Passkey"]] = relationship(lazy="select", cascade="all, delete", passive_deletes=True)

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
    last_seen_at: Mapped[datetime | None] = mapped_column(comment="at most one write an hour")
    means: Mapped[str] = mapped_column(String(10), default="password", comment="password or passkey")


class Passkey(Base, WebAuthnMixin):
    """A key that a person's device or browser keeps; the names of the columns are Flask-Security's."""

    __tablename__ = "passkey"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(default=0)
    transports: Mapped[list[Any] | None] = mapped_column(MutableList.as_mutable(AsaList()))
    backup_state: Mapped[bool]
    device_type: Mapped[str] = mapped_column(String(64))
    extensions: Mapped[str | None] = mapped_column(String(255))
    create_datetime: Mapped[datetime]
    lastuse_datetime: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(64))
    usage: Mapped[str] = mapped_column(String(64))


class ApiToken(Base):
    """A program's way in, in the name of an account."""

    __tablename__ = "api_token"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80), comment="what it is for, in its owner's words")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, comment="SHA-256 of the token")
    may_write: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None] = mapped_column(comment="at most one write an hour")


class Consent(Base):
    """One decision about one use of a person's data; the newest of its kind holds. Rows are never changed."""

    __tablename__ = "consent"
    __table_args__ = (CheckConstraint("kind IN ('profiling', 'visits')", name="kind"),)

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    is_given: Mapped[bool]
    at: Mapped[datetime]


class Award(Base):
    """A badge that an account has earned."""

    __tablename__ = "award"
    __table_args__ = (UniqueConstraint("account_id", "badge"),)

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    badge: Mapped[str] = mapped_column(String(30))
    post_id: Mapped[int | None] = mapped_column(Integer, comment="for which post, where one earned it")
    awarded_at: Mapped[datetime]
