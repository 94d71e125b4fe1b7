"""Public profiles: who has one, what stands on it, who sees what."""

from flask.testing import FlaskClient

from tests.factories import Factory, sign_in


def test_smoke(client: FlaskClient, make: Factory) -> None:
    account = make.account("Bea")
    asked = make.question(account)
    make.answer(asked, account)
    for path in ("/people", f"/people/{account.handle}", f"/people/{account.handle}?tab=answers", "/badges", "/badges/helper"):
        got = client.get(path)
        assert got.status_code == 200, (path, got.get_data(as_text=True)[-3000:])
    sign_in(client, account)
    for path in (f"/people/{account.handle}", "/settings/profile", "/home", "/badges", *(f"/home?tab={t}" for t in ("answers", "complaints", "watched", "drafts", "searches"))):
        got = client.get(path)
        assert got.status_code == 200, (path, got.get_data(as_text=True)[-3000:])
