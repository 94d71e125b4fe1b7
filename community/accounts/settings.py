"""Flask-Security's settings: what it offers, at which addresses, for how long."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import Flask

from community.accounts.messages import MESSAGES

FRESH = timedelta(minutes=30)  # how long after the sign-in the locks themselves can be changed without asking again


def now() -> datetime:
    return datetime.now(UTC)


SETTINGS: dict[str, Any] = {
    "SECURITY_JOIN_USER_ROLES": False,  # with the join, every request read the roles of everybody
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_DATETIME_FACTORY": now,
    "SECURITY_I18N_DOMAIN": "flask_security",
    "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
    "SECURITY_TRACKABLE": False,
    "SECURITY_DEFAULT_REMEMBER_ME": False,
    "SECURITY_FRESHNESS": FRESH,
    "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(minutes=10),
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
    "SECURITY_EMAIL_PLAINTEXT": False,  # community/accounts/mailing.py renders them, in the recipient's language
    "SECURITY_EMAIL_HTML": False,
    "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,  # mailing.notify tells of it, as of every other lock
    "SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL": False,
    # signing in and out
    "SECURITY_LOGIN_URL": "/sign-in",
    "SECURITY_LOGOUT_URL": "/sign-out",
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_POST_LOGIN_VIEW": "/",
    "SECURITY_POST_LOGOUT_VIEW": "/",
    "SECURITY_VERIFY_URL": "/sign-in/again",
    "SECURITY_POST_VERIFY_VIEW": "/settings/security",
    # joining, and the address
    "SECURITY_REGISTERABLE": True,
    "SECURITY_USE_REGISTER_V2": True,
    "SECURITY_REGISTER_URL": "/join",
    "SECURITY_POST_REGISTER_VIEW": "/confirm",
    "SECURITY_SEND_REGISTER_EMAIL": True,
    "SECURITY_CONFIRMABLE": True,
    "SECURITY_CONFIRM_URL": "/confirm",
    "SECURITY_CONFIRM_EMAIL_WITHIN": timedelta(days=3),
    "SECURITY_AUTO_LOGIN_AFTER_CONFIRM": False,  # who confirms an address need not know the password that was set
    "SECURITY_CHANGE_EMAIL": True,
    "SECURITY_CHANGE_EMAIL_URL": "/settings/email",
    "SECURITY_CHANGE_EMAIL_WITHIN": timedelta(hours=24),
    "SECURITY_POST_CHANGE_EMAIL_VIEW": "/settings/security",
    # passwords
    "SECURITY_PASSWORD_CONFIRM_REQUIRED": False,
    "SECURITY_PASSWORD_LENGTH_MIN": 10,
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2", "plaintext"],
    "SECURITY_DEPRECATED_PASSWORD_SCHEMES": ["auto"],
    # Of what stands in links that are signed anyway. A slow hash here would tell which addresses are known.
    "SECURITY_HASHING_SCHEMES": ["hex_sha256"],
    "SECURITY_DEPRECATED_HASHING_SCHEMES": [],
    "SECURITY_RECOVERABLE": True,
    "SECURITY_RESET_URL": "/reset",
    "SECURITY_RESET_PASSWORD_WITHIN": timedelta(hours=24),
    "SECURITY_CHANGEABLE": True,
    "SECURITY_CHANGE_URL": "/password",
    "SECURITY_POST_CHANGE_VIEW": "/settings/security",
    # the second step
    "SECURITY_TWO_FACTOR": True,
    "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,  # seconds that a clock may be wrong, either way
    "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,  # or the mailbox alone would open the account
    "SECURITY_TWO_FACTOR_SETUP_URL": "/settings/authenticator",
    "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/settings/security",
    "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
    "SECURITY_TWO_FACTOR_RESCUE_URL": "/sign-in/rescue",
    "SECURITY_TWO_FACTOR_SELECT_URL": "/sign-in/second-step",
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 10,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/settings/recovery-codes",
    "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery-code",
    # passkeys
    "SECURITY_WEBAUTHN": True,
    "SECURITY_WAN_ALLOW_USER_HINTS": False,  # the passkey says who it is: no address is asked for, so none is told
    "SECURITY_WAN_REGISTER_URL": "/settings/passkeys",
    "SECURITY_WAN_POST_REGISTER_VIEW": "/settings/security",
    "SECURITY_WAN_DELETE_URL": "/settings/passkeys/deletion",
    "SECURITY_WAN_SIGNIN_URL": "/sign-in/passkey",
    "SECURITY_WAN_VERIFY_URL": "/sign-in/again/passkey",
    "SECURITY_WAN_SIGNIN_TIMEOUT": 300_000,  # milliseconds
    "SECURITY_WAN_SIGNIN_WITHIN": timedelta(minutes=6),
    "SECURITY_WAN_NAME_ALLOWED_CHARS": ["L", "M", "N", "P", "S", "Zs"],
    **{f"SECURITY_MSG_{key}": message for key, message in MESSAGES.items()},
}


def configure(app: Flask) -> None:
    """Fill in what the application's own settings leave open."""
    secret = app.config["TOTP_SECRET"]
    for name, value in SETTINGS.items():
        app.config.setdefault(name, value)
    app.config.setdefault("SECURITY_TOTP_SECRETS", {"1": secret})
    app.config.setdefault("SECURITY_TOTP_ISSUER", app.config["SITE_NAME"])
    app.config.setdefault("SECURITY_WAN_RP_NAME", app.config["SITE_NAME"])
    key = urlsafe_b64encode(sha256(f"recovery codes {secret}".encode()).digest())
    app.config.setdefault("SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS", [key])
