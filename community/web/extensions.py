"""The extensions that more than one module names."""

from flask import request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

limiter = Limiter(key_func=get_remote_address, headers_enabled=True)
csrf = CSRFProtect()
migrate = Migrate()


def account_and_address() -> str:
    """The key of a sign-in attempt: whose account, from which address."""
    return f"{request.form.get('email', '').strip().casefold()[:255]}|{get_remote_address()}"
