"""Browsers that are signed in, and their cookies."""

from flask import Flask
from flask.testing import FlaskClient


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/complaints").status_code == 200


def copied(app: Flask, client: FlaskClient) -> FlaskClient:
    """Another browser with the same cookies, stolen or restored from a backup."""
    thief = app.test_client()
    for name in ("session", "remember_token"):
        if cookie := client.get_cookie(name):
            thief.set_cookie(name, cookie.value)
    return thief
