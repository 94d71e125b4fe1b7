"""Settings, each from the environment, with units in their names. docs/operations.md explains them."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent
INSTANCE = Path(os.environ.get("INSTANCE_DIR", ROOT / "instance"))


def secret(name: str) -> str:
    """The secret of this name from the environment, or one made at the first start and kept in the instance folder."""
    if value := os.environ.get(name):
        return value
    path = INSTANCE / f"{name.lower()}.txt"
    INSTANCE.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="ascii") as file:
            os.chmod(path, 0o600)
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii").strip()


def flag(name: str, default: bool) -> bool:
    return os.environ.get(name, str(int(default))).lower() in {"1", "true", "yes", "on"}


def mail_settings() -> dict[str, Any]:
    """How mail leaves and comes in. Without SMTP_HOST it is written to files, so that all of it can be tried."""
    site, smtp = os.environ.get("SITE_URL", "").rstrip("/"), os.environ.get("SMTP_HOST", "")
    host = urlsplit(site).hostname or "localhost"
    domain = "localhost" if host.replace(".", "").isdigit() or ":" in host else host
    return {
        "SITE_URL": site,
        "MAIL_FROM": os.environ.get("MAIL_FROM", f"community@{domain}"),
        "MAIL_REPLY_DOMAIN": os.environ.get("MAIL_REPLY_DOMAIN", "" if smtp else f"reply.{domain}"),
        "MAIL_DIR": os.environ.get("MAIL_DIR", str(INSTANCE / "outbox")),
        "MAIL_INBOX_DIR": os.environ.get("MAIL_INBOX_DIR", str(INSTANCE / "inbox")),
        "MAIL_RECEIVED_BYTES": int(os.environ.get("MAIL_RECEIVED_BYTES", str(5 * 1024 * 1024))),
        "MAIL_MOST_BYTES": int(os.environ.get("MAIL_MOST_BYTES", str(10 * 1024 * 1024))),  # of its files
        "MAIL_COMPLAINTS": os.environ.get("MAIL_COMPLAINTS", f"complaints@{domain}").lower(),
        "IMAP_HOST": os.environ.get("IMAP_HOST", ""),
        "IMAP_PORT": int(os.environ.get("IMAP_PORT", "993")),
        "IMAP_USER": os.environ.get("IMAP_USER", ""),
        "IMAP_PASSWORD": os.environ.get("IMAP_PASSWORD", ""),
        "IMAP_TLS": os.environ.get("IMAP_TLS", "ssl").lower(),
        "IMAP_FOLDER": os.environ.get("IMAP_FOLDER", "INBOX"),
        "IMAP_TIMEOUT_SECONDS": float(os.environ.get("IMAP_TIMEOUT_SECONDS", "20")),
        "SMTP_HOST": smtp,
        "SMTP_PORT": int(os.environ.get("SMTP_PORT", "587")),
        "SMTP_USER": os.environ.get("SMTP_USER", ""),
        "SMTP_PASSWORD": os.environ.get("SMTP_PASSWORD", ""),
        "SMTP_TLS": os.environ.get("SMTP_TLS", "starttls").lower(),
        "SMTP_TIMEOUT_SECONDS": float(os.environ.get("SMTP_TIMEOUT_SECONDS", "20")),
    }


def settings() -> dict[str, Any]:
    """All settings. Nothing is read from the environment after this."""
    return {
        "SITE_NAME": os.environ.get("SITE_NAME", "Earshot"),
        "SECRET_KEY": secret("SECRET_KEY"),
        "SECURITY_PASSWORD_SALT": secret("SECURITY_PASSWORD_SALT"),
        "SQLALCHEMY_DATABASE_URI": os.environ.get("DATABASE_URL", f"sqlite:///{INSTANCE / 'earshot.db'}"),
        "SEARCH_INDEX_DIR": os.environ.get("SEARCH_INDEX_DIR", str(INSTANCE / "index")),
        "SIGN_IN_DAYS": int(os.environ.get("SIGN_IN_DAYS", "30")),
        "K_ANONYMITY": int(os.environ.get("K_ANONYMITY", "5")),
        "REPORT_ZONE": os.environ.get("REPORT_ZONE", "UTC"),
        "RATELIMIT_STORAGE_URI": os.environ.get("RATELIMIT_STORAGE_URI", "memory://"),
        "RATELIMIT_ENABLED": flag("RATELIMIT_ENABLED", True),
        "MAX_CONTENT_LENGTH": int(os.environ.get("MAX_REQUEST_BYTES", str(1024 * 1024))),
        "MAX_FORM_MEMORY_SIZE": int(os.environ.get("MAX_REQUEST_BYTES", str(1024 * 1024))),
        "SESSION_COOKIE_SECURE": flag("HTTPS_ONLY", False),
        "TRUSTED_PROXIES": int(os.environ.get("TRUSTED_PROXIES", "0")),
        "DEMO": flag("DEMO", False),
        "TOTP_SECRET": secret("TOTP_SECRET"),
        "COUNTS_SECONDS": float(os.environ.get("COUNTS_SECONDS", "30")),
        "NEWCOMER_LINKS": int(os.environ.get("NEWCOMER_LINKS", "2")),
        "NEWCOMER_IMAGES": int(os.environ.get("NEWCOMER_IMAGES", "1")),
        "NEWCOMER_POSTS_AN_HOUR": int(os.environ.get("NEWCOMER_POSTS_AN_HOUR", "5")),
        "POSTS_AN_HOUR": int(os.environ.get("POSTS_AN_HOUR", "60")),
        "SPAM_SCORE": float(os.environ.get("SPAM_SCORE", "3")),
        "SPAM_HOOK": os.environ.get("SPAM_HOOK", ""),
        "SPAM_HOOK_SECONDS": float(os.environ.get("SPAM_HOOK_SECONDS", "2")),
        "HELD_FIRST_POSTS": int(os.environ.get("HELD_FIRST_POSTS", "0")),
        "HELD_FIRST_LINKS": int(os.environ.get("HELD_FIRST_LINKS", "2")),
        "FLAG_HIDE_WEIGHT": float(os.environ.get("FLAG_HIDE_WEIGHT", "3")),
        "SERVICE_HOURS": os.environ.get("SERVICE_HOURS", "mon-fri 09:00-17:00"),
        "SERVICE_ZONE": os.environ.get("SERVICE_ZONE", "UTC"),
        "SERVICE_HOLIDAYS": os.environ.get("SERVICE_HOLIDAYS", ""),
        "SERVICE_LEVELS": os.environ.get("SERVICE_LEVELS", "urgent 1/8, high 4/16, normal 8/40, low 16/80"),
        "CLOSE_AFTER_DAYS": int(os.environ.get("CLOSE_AFTER_DAYS", "14")),
        "UNDO_SEND_SECONDS": float(os.environ.get("UNDO_SEND_SECONDS", "10")),
        "ATTACHMENT_MOST_BYTES": int(os.environ.get("ATTACHMENT_MOST_BYTES", str(10 * 1024 * 1024))),
        **mail_settings(),
        "UPLOADS_DIR": os.environ.get("UPLOADS_DIR", str(INSTANCE / "uploads")),
        "UPLOAD_MOST_BYTES": int(os.environ.get("UPLOAD_MOST_BYTES", str(5 * 1024 * 1024))),
        "UPLOAD_MOST_PIXELS": int(os.environ.get("UPLOAD_MOST_PIXELS", "24000000")),
        "UPLOADS_AN_HOUR": int(os.environ.get("UPLOADS_AN_HOUR", "30")),
    }
