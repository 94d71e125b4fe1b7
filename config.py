"""Settings, each from the environment, with units in their names. docs/operations.md explains them."""

import os
import secrets
from pathlib import Path
from typing import Any

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
        "RATELIMIT_STORAGE_URI": os.environ.get("RATELIMIT_STORAGE_URI", "memory://"),
        "RATELIMIT_ENABLED": flag("RATELIMIT_ENABLED", True),
        "MAX_CONTENT_LENGTH": int(os.environ.get("MAX_REQUEST_BYTES", str(1024 * 1024))),
        "MAX_FORM_MEMORY_SIZE": int(os.environ.get("MAX_REQUEST_BYTES", str(1024 * 1024))),
        "SESSION_COOKIE_SECURE": flag("HTTPS_ONLY", False),
        "TRUSTED_PROXIES": int(os.environ.get("TRUSTED_PROXIES", "0")),
        "DEMO": flag("DEMO", False),
    }
