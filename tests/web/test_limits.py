"""Too many tries, too much text, and bytes that are no text."""

import pytest
from flask.testing import FlaskClient

from tests.factories import PASSWORD, Factory, sign_in


@pytest.fixture
def settings() -> dict[str, object]:
    return {"RATELIMIT_ENABLED": True}


def try_password(client: FlaskClient, email: str, password: str = "wrong") -> int:
    return client.post("/sign-in", data={"email": email, "password": password}).status_code


def test_the_eleventh_wrong_password_within_five_minutes_has_to_wait(client: FlaskClient, make: Factory) -> None:
    mail, other = make.account().email or "", make.account().email or ""
    assert [try_password(client, mail) for _ in range(10)] == [200] * 10
    response = client.post("/sign-in", data={"email": mail.upper() + " ", "password": PASSWORD})
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 300
    assert "<h1>" in response.get_data(as_text=True)
    assert try_password(client, other, PASSWORD) == 302, "another account is not locked"
    assert client.get("/sign-in").status_code in {200, 302}, "reading costs nothing"


def test_joining_is_limited_for_an_address_of_the_network(client: FlaskClient) -> None:
    got = [client.post("/join", data={}).status_code for _ in range(21)]
    assert got == [200] * 20 + [429]


def test_a_handle_is_changed_three_times_a_day_and_the_rest_of_the_profile_at_any_time(
    client: FlaskClient, make: Factory
) -> None:
    sign_in(client, make.account("Bea"))

    def save(handle: str, about: str = "") -> int:
        fields = {"name": "Bea", "handle": handle, "about": about, "locale": ""}
        return client.post("/settings/profile", data=fields).status_code

    assert save("admin") == 422, "what is refused counts for nothing"
    assert [save(handle) for handle in ("one", "two", "three", "four")] == [303, 303, 303, 422]
    assert save("three", "Words about me") == 303


@pytest.mark.parametrize("path", ["/ask", "/sign-in", "/nowhere"])
def test_more_than_a_megabyte_or_200_fields_are_refused_with_a_page(client: FlaskClient, path: str) -> None:
    big = {"title": "Big", "body": "x" * (1024 * 1024 + 1)}
    many = {f"field{n}": "x" for n in range(201)}
    for response in (
        client.post(path, data=big),
        client.post(path, data=big, content_type="multipart/form-data"),
        client.post(path, data=many, content_type="multipart/form-data"),
    ):
        assert response.status_code == 413
        assert "Content-Security-Policy" in response.headers
        assert "<h1>Too large</h1>" in response.get_data(as_text=True)


FORM = "application/x-www-form-urlencoded"
PART = b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n%s\r\n--b--\r\n'


def test_an_address_that_is_no_text_is_the_senders_mistake(client: FlaskClient) -> None:
    for where in ("/{}", "/questions?tag={}", "/search?q={}", "/search?{}=1", "/questions?after={}"):
        for bad in ("%FF", "%C3%28", "%ED%A0%80", "%00", "a%00b", "%F5%80%80%80"):
            response = client.get(where.format(bad))
            assert response.status_code == 400, where.format(bad)
            assert "<h1>" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"email=%FF&password=x", FORM),
        (b"email=\xff&password=x", FORM),
        (b"em%FFail=a", FORM),
        (b"email=%ED%A0%80", FORM),
        (b"email=%00&password=x", FORM),
        (PART % b"\xff\xfe", "multipart/form-data; boundary=b"),
        (PART % b"a\0b", "multipart/form-data; boundary=b"),
    ],
)
def test_a_form_that_is_no_text_is_the_senders_mistake(client: FlaskClient, body: bytes, kind: str) -> None:
    response = client.post("/sign-in", data=body, content_type=kind)
    assert response.status_code == 400
    assert "<h1>" in response.get_data(as_text=True)


def test_good_chinese_text_is_no_mistake(client: FlaskClient, make: Factory) -> None:
    assert client.get("/search?q=电池%20耗电").status_code == 200
    assert try_password(client, "张三@example.org") == 200


ODD_HEADERS = [
    {"Accept-Language": "zz-" + "x" * 500},
    {"Accept-Language": ";;q=,é"},
    {"Cookie": "session=garbage; remember_token=1|abc"},
    {"Cookie": "session=.eJx\xff"},
    {"X-Forwarded-For": "a, b, c"},
    {"Content-Type": "multipart/form-data"},
]


def test_odd_headers_break_nothing(client: FlaskClient) -> None:
    assert [client.get("/", headers=headers).status_code for headers in ODD_HEADERS] == [200] * len(ODD_HEADERS)


@pytest.mark.parametrize("number", ["9223372036854775808", "9" * 30])
def test_numbers_greater_than_any_row_lead_to_nothing(client: FlaskClient, number: str) -> None:
    got = {path: client.get(path.format(number)).status_code for path in ("/questions/{}", "/posts/{}/revisions")}
    assert set(got.values()) == {404}, got


def test_the_row_zero_is_not_there(client: FlaskClient) -> None:
    assert client.get("/questions/0").status_code == 404


ODD_KEYS = [
    "nonsense", "_", "2026-06-01T12:00:00+00:00_", "2026-06-01T12:00:00_1", "2026-06-01T12:00:00+00:00_x",
    "2026-06-01T12:00:00+00:00_99999999999999999999999", "0001-01-01T00:00:00+14:00_1",
    "9999-12-31T23:59:59-14:00_1", "2026-06-01T12:00:00+00:00_-1",
]  # fmt: skip


def test_a_page_key_that_is_not_ours_breaks_nothing(client: FlaskClient, make: Factory) -> None:
    make.question()
    got = {key: client.get("/questions", query_string={"after": key}).status_code for key in ODD_KEYS}
    assert got == dict.fromkeys(ODD_KEYS, 200)


def test_a_page_number_that_is_none_breaks_nothing(client: FlaskClient) -> None:
    for query in ("page=-1", "page=x", "page=99999999999999999999", "page=1e9", "page=١"):
        assert client.get(f"/search?q=lamp&{query}").status_code == 200, query
