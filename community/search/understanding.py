"""What somebody typed becomes what is looked for. No query parser is asked, so nothing typed is ever an error."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from community.search.analysis import ONE_FOR_ONE, Sought, clean, sought, sought_phrase, to_one_script

LONGEST_QUERY = 300  # characters
MOST_TERMS = 30
KINDS = ("question", "answer", "comment")
STATES = ("solved", "unsolved", "unanswered")
LANGUAGES = ("zh", "en")
QUOTES = str.maketrans("“”„«»「」『』", '"' * 9)
CLAUSE = re.compile(
    r"(?:(?<!\S)(-)(?=\S))?(?:(?<!\w)(tag|product|author|is|lang|before|after):)?"
    r'(?:(?<![A-Za-z0-9])"([^"]+)"|([^\s"]+))',
    re.IGNORECASE,
)
DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


@dataclass(frozen=True)
class Operator:
    """An operator as it was understood, and where it stands in the query."""

    name: str
    value: str
    is_not: bool
    start: int
    end: int


@dataclass
class Ask:
    """What a query asks for. Several values of one operator are alternatives, except tags, which must all be there."""

    text: str = ""
    words: list[Sought] = field(default_factory=list)
    loose: list[Sought] = field(default_factory=list)  # instead, where nothing has all of `words`
    without: list[Sought] = field(default_factory=list)
    operators: list[Operator] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any((self.words, self.without, self.operators))

    def values(self, name: str, is_not: bool = False, of: tuple[str, ...] = ()) -> list[str]:
        """The values of one operator, or those of them that belong to the given ones."""
        found = [one.value for one in self.operators if one.name == name and one.is_not == is_not]
        return [value for value in found if not of or value in of]

    def without_operator(self, operator: Operator) -> str:
        """The query as it reads without one of its operators."""
        return " ".join((self.text[: operator.start] + self.text[operator.end :]).split())

    def also(self, name: str, value: str | None) -> None:
        """Narrow it by a value that was not typed."""
        if value:
            self.operators.append(Operator(name, to_one_script(value.lower()), False, 0, 0))

    @property
    def states(self) -> list[tuple[str, bool]]:
        return [(one.value, not one.is_not) for one in self.operators if one.name == "is" and one.value in STATES]


def understood(text: str) -> Ask:
    """What somebody typed. What does not look like an operator is words, and signs alone are nothing."""
    ask = Ask(clean(text[:LONGEST_QUERY]).translate(ONE_FOR_ONE).translate(QUOTES))
    for clause in list(CLAUSE.finditer(ask.text))[:MOST_TERMS]:
        minus, name, phrase, word = clause.groups()
        if name and (value := operator_value(name.lower(), phrase or word)):
            ask.operators.append(Operator(name.lower(), value, bool(minus), *clause.span()))
        else:
            _take_words(ask, bool(minus), phrase, f"{name}:{word}" if name and word else word)
    ask.loose = telling(ask.words + [one for one in ask.loose if one not in ask.words])
    ask.words, ask.without = telling(ask.words), ask.without[:MOST_TERMS]
    return ask


def operator_value(name: str, typed: str) -> str:
    """The value as the index has it; empty if this is no value of the operator, and so just words."""
    value = to_one_script(typed.lower())
    if name == "is":
        return value if value in {*KINDS, *STATES, "company"} else ""
    if name == "lang":
        return value if value in LANGUAGES else ""
    if name in {"before", "after"}:
        return value if moment_of(value) else ""
    return value.lstrip("@") if name == "author" else value


def moment_of(date: str) -> datetime | None:
    """When a year, a month or a day begins, in UTC; None if there is no such day."""
    if not (found := DATE.fullmatch(date)):
        return None
    try:
        return datetime(*(int(part or 1) for part in found.groups()), tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        return None


def telling(words: list[Sought]) -> list[Sought]:
    """Without stop words, unless there are no others; each once."""
    return list(dict.fromkeys([word for word in words if not word.is_stop] or words))[:MOST_TERMS]


def _take_words(ask: Ask, is_not: bool, phrase: str | None, word: str | None) -> None:
    if phrase:
        if whole := sought_phrase(phrase):
            (ask.without if is_not else ask.words).append(whole)
    elif word and is_not:
        ask.without += sought(word)
    elif word:
        ask.words += sought(word)
        ask.loose += sought(word, loose=True)
