"""Passkeys: which kind of key is asked for, and that each answer of a browser is used once, by that browser."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask, flash, session
from flask_babel import ngettext
from flask_security import SQLAlchemyUserDatastore, WebauthnUtil
from flask_security.signals import tf_disabled, wan_deleted
from flask_security.webauthn import WebAuthnRegisterForm, WebAuthnRegisterResponseForm, WebAuthnSigninResponseForm
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)  # fmt: skip

from community.accounts import service
from community.accounts.messages import UNREADABLE
from community.db import db
from community.models import Account
from community.names import clean_name
from community.tokens import hashed

FIRST, SECOND = "first", "secondary"


class Datastore(SQLAlchemyUserDatastore):  # type: ignore[misc]
    """Flask-Security's, with the moment at which a passkey was made."""

    def create_webauthn(self, *args: Any, **kwargs: Any) -> None:
        super().create_webauthn(*args, create_datetime=datetime.now(UTC), **kwargs)


class Passkeys(WebauthnUtil):  # type: ignore[misc]
    """A passkey that signs in alone is kept by any device and shows that its person is there, by touch or PIN."""

    def generate_challenge(self, nbytes: int | None = None) -> str:
        challenge = str(super().generate_challenge(nbytes))
        session["passkey_challenge"] = hashed(challenge)
        return challenge

    def authenticator_selection(self, user: Account, usage: str) -> AuthenticatorSelectionCriteria:
        if usage == FIRST:
            return AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            )
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.DISCOURAGED
        )

    def user_verification(self, user: Account | None, usage: list[str]) -> UserVerificationRequirement:
        if SECOND in usage:
            return UserVerificationRequirement.PREFERRED
        return UserVerificationRequirement.REQUIRED

    def name_svn(self, value: str) -> tuple[str | None, str | None]:
        checked: tuple[str | None, str | None] = super().name_svn(clean_name(value))
        return checked


class NewPasskeyForm(WebAuthnRegisterForm):  # type: ignore[misc]
    """Most want to sign in with it: that is what is chosen unless they choose otherwise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.usage.raw_data:
            self.usage.data = FIRST


class NewPasskeyAnswer(WebAuthnRegisterResponseForm):  # type: ignore[misc]
    def validate(self, **kwargs: Any) -> bool:
        return _is_answer_to_this_browser(self) and bool(super().validate(**kwargs))


class PasskeyAnswer(WebAuthnSigninResponseForm):  # type: ignore[misc]
    def validate(self, **kwargs: Any) -> bool:
        if not _is_answer_to_this_browser(self) or not super().validate(**kwargs):
            return False
        return self.user is not None and bool(self.user.is_active)


def _is_answer_to_this_browser(form: Any) -> bool:
    """The challenge was given to this browser, and not answered yet."""
    if session.pop("passkey_challenge", None) == hashed(form.challenge):
        return True
    form.form_errors.append(str(UNREADABLE))
    return False


def register(app: Flask) -> None:
    wan_deleted.connect(on_deleted, app)
    tf_disabled.connect(on_authenticator_off, app)


def on_deleted(_app: Flask, user: Account, **_rest: Any) -> None:
    """Browsers that came by a passkey are signed out: it may have been a stolen one's. This one stays."""
    ended = service.end_other_sign_ins(db.session(), user, session.get("sign_in", ""), "passkey")
    if ended:
        message = ngettext(
            "%(num)s other browser that came by passkey is signed out.",
            "%(num)s other browsers that came by passkey are signed out.",
            ended,
        )
        flash(message, "info")
    if not any(key.usage == SECOND for key in user.webauthn) and not user.tf_primary_method:
        user.mf_recovery_codes = None


def on_authenticator_off(_app: Flask, user: Account, **_rest: Any) -> None:
    """Recovery codes stand in for a second step; without one they are only something to lose."""
    if not any(key.usage == SECOND for key in user.webauthn):
        user.mf_recovery_codes = None
