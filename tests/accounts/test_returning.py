"""After the sign-in one is back at the page, even if it was a button on it that asked for it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from community.accounts.browsers import in_words
from community.accounts.returning import page_of
from tests.factories import PASSWORD, Factory, sign_in


def test_a_button_pressed_after_the_sign_in_ended_leads_back_to_its_page(client: FlaskClient, make: Factory) -> None:
    asked, account = make.question(), make.account()
    page = f"http://localhost/questions/{asked.id}?order=newest"
    sent = client.post(f"/posts/{asked.id}/vote", data={"value": "1"}, headers={"Referer": page})
    assert "it was not sent" in client.get(sent.location).get_data(as_text=True)
    response = client.post(sent.location, data={"email": account.email, "password": PASSWORD})
    assert response.location.endswith(f"/questions/{asked.id}?order=newest")
    assert client.get(response.location).status_code == 200


def test_without_a_word_from_the_browser_it_is_the_page_above(client: FlaskClient, make: Factory) -> None:
    asked, account = make.question(), make.account()
    for path in (f"/questions/{asked.id}/answers", f"/posts/{asked.id}/vote", "/posts/99/vote"):
        sent = client.post(path, data={"value": "1", "body": "x"})
        fresh = client.application.test_client()
        response = fresh.post(sent.location, data={"email": account.email, "password": PASSWORD})
        assert response.status_code == 302
        assert fresh.get(response.location, follow_redirects=True).status_code in {200, 404}, path
    assert f"next=/questions/{asked.id}" in client.post(f"/questions/{asked.id}/answers").location


@pytest.mark.parametrize(
    "referrer", ["https://evil.example/questions/1", "//evil.example", "http://localhost.evil.example/"]
)
def test_another_site_does_not_say_where_one_goes(client: FlaskClient, make: Factory, referrer: str) -> None:
    asked = make.question()
    sent = client.post(f"/questions/{asked.id}/answers", headers={"Referer": referrer})
    assert sent.location == f"/sign-in?next=/questions/{asked.id}"


def test_a_script_that_fetches_learns_that_nobody_is_signed_in(client: FlaskClient, make: Factory) -> None:
    asked = make.question()
    answer = client.post(f"/posts/{asked.id}/vote", headers={"Sec-Fetch-Dest": "empty"})
    assert answer.status_code == 401
    assert "it was not sent" not in client.get("/").get_data(as_text=True), "no message waits for another page"


def test_a_language_chosen_on_the_answer_to_a_form_leads_to_a_page(client: FlaskClient, make: Factory) -> None:
    asked = make.question()
    sign_in(client, make.account())
    path = f"/questions/{asked.id}/answers"
    wrong = client.post(path, data={"body": ""})
    assert wrong.status_code in {200, 422}
    chosen = client.post("/language/zh_CN", data={"next": path})
    assert chosen.location == f"/questions/{asked.id}"
    assert client.get(chosen.location).status_code == 200


def test_the_page_of_an_address(app: Flask) -> None:
    with app.test_request_context():
        assert page_of("/questions?tag=a") == "/questions?tag=a"
        assert page_of("/complaints/3/replies") == "/complaints/3"
        assert page_of("/sign-out") == "/"
        assert page_of("/language/en") == "/"
        assert page_of("//evil.example/questions") is None
        assert page_of("https://evil.example") is None
        assert page_of(None) is None


AGENTS = {
    "Chrome on Android": "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36",
    "Safari on iPhone": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
    "Chrome on iPhone": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/143.0 Mobile/15E148 Safari/604.1",
    "Safari on Mac": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
    "Edge on Windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0",
    "Firefox on Linux": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "WeChat on Android": "Mozilla/5.0 (Linux; Android 15; V2307A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0 Mobile Safari/537.36 MicroMessenger/8.0.54",
    "Samsung Internet on Android": "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
    "curl": "curl/8.14.1",
    "Unknown browser": "<script>",
}


@pytest.mark.parametrize("words", AGENTS)
def test_a_browser_in_plain_words(app: Flask, words: str) -> None:
    with app.test_request_context():
        assert in_words(AGENTS[words]) == words
