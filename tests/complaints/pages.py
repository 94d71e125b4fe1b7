"""What an agent reads."""

from flask.testing import FlaskClient


def text(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.get_data(as_text=True)
