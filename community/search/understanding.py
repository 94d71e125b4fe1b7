"""What somebody typed becomes what is looked for. No query parser is asked, so nothing typed is ever an error."""

import re
from dataclasses import dataclass, field

from community.search.analysis import HAN, ONE_FOR_ONE, Sought, clean, sought, sought_phrase, to_one_script
from community.search.operators import ALONE, PREFIX, STATES, name_of, value_of

LONGEST_QUERY = 300  # characters
MOST_TERMS = 30
NAMING = ("tag", "product", "author")  # operators whose values are words, too
MOST_UNKNOWN = 3  # of which one is told
QUOTES = str.maketrans("“”„«»「」『』", '"' * 9)
CLAUSE = re.compile(
    rf"(?:(?<!\S)(-)(?=\S))?(?:({PREFIX}):)?"
    rf'(?:(?<![A-Za-z0-9])"([^"]+)"|((?:(?!(?<=[{HAN}])(?:{PREFIX}):)[^\s"])+))',
    re.IGNORECASE,
)


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
    unknown: list[str] = field(default_factory=list)  # what looked like an operator, and was taken for words

    def __bool__(self) -> bool:
        return any((self.words, self.without, self.operators))

    def values(self, name: str, is_not: bool = False, of: tuple[str, ...] = ()) -> list[str]:
        """The values of one operator, or those of them that belong to the given ones."""
        found = [one.value for one in self.operators if one.name == name and one.is_not == is_not]
        return [value for value in found if not of or value in of]

    def without_operator(self, operator: Operator) -> str:
        """The query as it reads without one of its operators."""
        return " ".join((self.text[: operator.start] + self.text[operator.end :]).split())

    @property
    def as_words(self) -> str:
        """The values of tags, products and authors as words, beside the words; empty if none is named."""
        if not any(one.name in NAMING and not one.is_not for one in self.operators):
            return ""
        text = self.text
        for one in sorted(self.operators, key=lambda one: -one.start):
            value = text[one.start : one.end].partition(":")[2] if one.name in NAMING and not one.is_not else ""
            text = f"{text[: one.start]} {value} {text[one.end :]}"
        return " ".join(text.split())

    @property
    def as_title(self) -> str:
        """What was typed but for operators and words left out: a question to begin with."""
        left = [match[0] for match in CLAUSE.finditer(self.text) if not match[1] and not _is_operator(match)]
        return " ".join(left)

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
        if name and (value := value_of(name_of(name), phrase or word)):
            ask.operators.append(Operator(name_of(name), value, bool(minus), *clause.span()))
            continue
        if name or ALONE.fullmatch(word or ""):
            ask.unknown = [*ask.unknown, clause[0].lstrip("-")][:MOST_UNKNOWN]
        _take_words(ask, bool(minus), phrase, f"{name}:{word}" if name and word else word)
    ask.loose = telling(ask.words + [one for one in ask.loose if one not in ask.words])
    ask.words, ask.without = telling(ask.words), ask.without[:MOST_TERMS]
    return ask


def _is_operator(clause: re.Match[str]) -> bool:
    name, phrase, word = clause[2], clause[3], clause[4]
    return bool(name and value_of(name_of(name), phrase or word))


def telling(words: list[Sought]) -> list[Sought]:
    """Without stop words, unless there are no others; each once."""
    return list(dict.fromkeys([word for word in words if not word.is_stop] or words))[:MOST_TERMS]


def _take_words(ask: Ask, is_not: bool, phrase: str | None, word: str | None) -> None:
    if phrase:
        if whole := sought_phrase(phrase):
            (ask.without if is_not else ask.words).append(whole)
    elif word and is_not:
        wholes = sought(word)  # Chinese is written without blanks: several words are meant as one
        ask.without += wholes if len(wholes) < 2 else filter(None, [sought_phrase(word)])
    elif word:
        ask.words += sought(word)
        ask.loose += sought(word, loose=True)
