"""The roles that the product knows, and the accounts that an administrator makes with them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.errors import Conflict, Invalid
from community.models import Account, Role
from community.names import free_handle

ROLES = {
    "customer": "asks, answers and complains; controls their own data",
    "agent": "answers officially and works the complaints inbox",
    "moderator": "decides what is flagged; curates, merges and closes",
    "manager": "product manager: themes, reports, what to do about them",
    "admin": "installs, configures, imports and gives out roles",
}


def ensure_roles(session: Session) -> dict[str, Role]:
    """All roles by name; those that were missing are made now."""
    roles = {role.name: role for role in session.scalars(select(Role))}
    for name, description in ROLES.items():
        if name not in roles:
            roles[name] = Role(name=name, description=description)
            session.add(roles[name])
    session.flush()
    return roles


def create_account(
    session: Session, email: str, name: str, roles: Sequence[str], password_hash: str, now: datetime
) -> Account:
    """A new account with these roles, whose address an administrator vouches for.

    Raises Invalid, or Conflict if the address has an account already.
    """
    email, name = normal_email(email), " ".join(name.split())
    if not 2 <= len(name) <= 80:
        raise Invalid("a name has 2 to 80 characters")
    if session.scalar(select(Account.id).where(func.lower(Account.email) == email.lower())) is not None:
        raise Conflict(f"{email} has an account already")
    account = Account(
        email=email, name=name, password=password_hash, active=True, fs_uniquifier=uuid4().hex, created_at=now,
        confirmed_at=now, handle=free_handle(session, name), roles=roles_named(session, roles),
    )  # fmt: skip
    session.add(account)
    session.flush()
    return account


def roles_named(session: Session, names: Sequence[str]) -> list[Role]:
    """The roles of these names, each once. Raises Invalid for a name that the product does not know."""
    if unknown := [name for name in names if name not in ROLES]:
        raise Invalid(f"unknown role {', '.join(unknown)}; roles are {', '.join(ROLES)}")
    roles = ensure_roles(session)
    return [roles[name] for name in dict.fromkeys(names)]


def normal_email(email: str) -> str:
    """The address as Flask-Security looks it up at the sign-in. Raises Invalid."""
    try:
        return validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise Invalid(f"not an e-mail address: {error}") from error
