"""A stand-in for the project's own fixtures: an app with the commands on a temporary SQLite file."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore
from sqlalchemy.orm import Session

from community import cli
from community.db import db
from community.models import Account, Role


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = Flask("earshot")
    app.config |= {
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path_factory.mktemp('database') / 'test.db'}",
        "SECRET_KEY": "test",
        "SECURITY_PASSWORD_SALT": "test",
        "SECURITY_PASSWORD_HASH": "plaintext",
        "SECURITY_PASSWORD_SCHEMES": ["plaintext"],
    }
    db.init_app(app)
    Security(app, SQLAlchemyUserDatastore(db, Account, Role))
    cli.register(app)
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Session:
    return db.session()
