"""People who write: each asks, answers, comments, votes and saves drafts through HTTP, and remembers what was promised."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from random import Random
from urllib.parse import quote, urlencode

from community.bench.people import Person
from community.bench.texts import LANGUAGES, Writer

KINDS = {"question": 1, "answer": 3, "comment": 3, "vote": 3, "draft": 2}  # how often, against each other
MARK = "bench-mark-"
ANCHOR = re.compile(r"#post-(\d+)$")
QUESTION = re.compile(r"/questions/(\d+)$")


@dataclass(frozen=True)
class Done:
    """One request and what came back: `subject` is the post that was made, voted on or drafted for."""

    kind: str
    person: int
    mark: str
    status: int  # 0: the connection broke
    seconds: float
    at: float
    subject: int = 0
    value: int = 0  # of a vote

    @property
    def is_acknowledged(self) -> bool:
        return self.status in {200, 302}


@dataclass(frozen=True)
class Scene:
    """What all of them write to."""

    port: int
    question_ids: list[int]
    answers: dict[int, int | None]  # id -> author
    tags: list[str]
    think_s: tuple[float, float]  # between two requests of one person
    follows: bool  # whether they look at the page that their post led to, as browsers do


class Poster:
    """One person at their browser, for some time."""

    def __init__(self, person: Person, scene: Scene, seed: int):
        self.person, self.scene, self.random = person, scene, Random(seed)
        self.writer = Writer(seed)
        self.own_place = scene.question_ids[seed % len(scene.question_ids)]  # of the draft: never answered
        self.draft_version = ""
        self.done: list[Done] = []
        self.pages: list[float] = []  # seconds of the pages that were looked at

    def run(self, until: float) -> None:
        """Write and think in turn, until then; all begin at different moments."""
        time.sleep(self.random.uniform(0, self.scene.think_s[1]))
        acts: list[Callable[[], None]] = [self.ask, self.answer, self.comment, self.vote, self.draft]
        while True:  # once at least
            self.random.choices(acts, weights=list(KINDS.values()))[0]()
            if time.monotonic() >= until:
                return
            time.sleep(self.random.uniform(*self.scene.think_s))

    def ask(self) -> None:
        language = self.random.choice(LANGUAGES)
        self._post("question", "/ask", title=self.writer.title(language), tags=self.random.choice(self.scene.tags))

    def answer(self) -> None:
        places = [one for one in self.random.sample(self.scene.question_ids, 2) if one != self.own_place]
        self._post("answer", f"/questions/{places[0]}/answers")

    def comment(self) -> None:
        parent = self.random.choice(self.random.choice((self.scene.question_ids, list(self.scene.answers))))
        self._post("comment", f"/posts/{parent}/comments")

    def vote(self) -> None:
        others = [key for key, author in self.scene.answers.items() if author != self.person.account_id]
        post, value = self.random.choice(others), self.random.choice((1, 1, 1, -1, 0))
        self._send("vote", f"/posts/{post}/vote", {"value": str(value)}, subject=post, value=value)

    def draft(self) -> None:
        mark = self._mark()
        fields = {"place": f"answer:{self.own_place}", "body": self._text(mark), "saved_at": self.draft_version}
        self._send("draft", "/drafts", fields, mark, subject=self.own_place)

    def _mark(self) -> str:
        return f"{MARK}{self.person.account_id}-{len(self.done)}"

    def _text(self, mark: str) -> str:
        return f"{self.writer.text(self.random.choice(LANGUAGES), 4)}\n\n{mark}."

    def _post(self, kind: str, path: str, **fields: str) -> None:
        mark = self._mark()
        self._send(kind, path, fields | {"body": self._text(mark)[-1900:]}, mark)

    def _send(
        self, kind: str, path: str, fields: dict[str, str], mark: str = "", subject: int = 0, value: int = 0
    ) -> None:
        """Send a form as a browser does, and note what came back."""
        at, started = time.time(), time.perf_counter()
        body = urlencode(fields | {"csrf_token": self.person.csrf_token})
        headers = self.person.headers | {"Content-Type": "application/x-www-form-urlencoded"}
        if kind == "draft":
            headers["Accept"] = "application/json"
        status, location, text = self._request("POST", path, body, headers)
        seconds = time.perf_counter() - started
        if kind in {"question", "answer", "comment"}:
            made = (QUESTION if kind == "question" else ANCHOR).search(location)
            subject = int(made[1]) if made else 0
        if kind == "draft" and (version := re.search(r'"saved_at":\s*"([^"]+)"', text)):
            self.draft_version = version[1]
        self.done.append(Done(kind, self.person.account_id, mark, status, seconds, at, subject, value))
        if self.scene.follows and status == 302:
            started = time.perf_counter()
            self._request("GET", quote(location.partition("#")[0], safe="/?=&%"), None, self.person.headers)
            self.pages.append(time.perf_counter() - started)

    def _request(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str, str]:
        """(status, location, body); the status is 0 where the connection broke."""
        connection = HTTPConnection("127.0.0.1", self.scene.port, timeout=60)
        try:
            connection.request(method, path, body, headers | {"Connection": "close"})
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
            return response.status, response.headers.get("Location", ""), text
        except (HTTPException, OSError):
            return 0, "", ""
        finally:
            connection.close()
