"""News as pages and mails show them."""

from collections.abc import Callable

from flask.testing import FlaskClient

React = Callable[[], None]


def text_of(client: FlaskClient, path: str) -> str:
    got = client.get(path)
    assert got.status_code == 200
    return got.get_data(as_text=True)
