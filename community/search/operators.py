"""The operators of a query: what they are called, here and elsewhere, and which values each of them takes."""

import re
from datetime import UTC, datetime

from community.search.analysis import HAN, to_one_script

KINDS = ("question", "answer", "comment")
STATES = ("solved", "unsolved", "answered", "unanswered")
LANGUAGES = ("zh", "en")
NAMES = ("is", "tag", "product", "author", "lang", "before", "after")
CALLED = {
    "tags": "tag", "label": "tag", "标签": "tag", "標籤": "tag", "category": "product", "产品": "product", "產品": "product",
    "user": "author", "作者": "author", "用户": "author", "用戶": "author", "status": "is", "state": "is", "type": "is",
    "状态": "is", "狀態": "is", "language": "lang", "语言": "lang", "語言": "lang", "until": "before", "since": "after",
}  # fmt: skip
ELSEWHERE = ("in", "intitle", "has", "sort", "order")  # that other forums have: whoever types one is told
MEANT = {
    "is": {
        "questions": "question", "问题": "question", "answers": "answer", "回答": "answer", "comments": "comment",
        "评论": "comment", "resolved": "solved", "已解决": "solved", "open": "unsolved", "unresolved": "unsolved",
        "未解决": "unsolved", "已回答": "answered", "未回答": "unanswered", "staff": "company", "official": "company",
        "官方": "company",
    },
    "lang": {"chinese": "zh", "中文": "zh", "汉语": "zh", "cn": "zh", "english": "en", "英文": "en", "英语": "en"},
}  # fmt: skip
EXAMPLES = {
    "is": tuple(f"is:{value}" for value in (*STATES, *KINDS, "company")), "lang": ("lang:zh", "lang:en"),
    "before": ("before:2026", "before:2026-03-31"), "after": ("after:2026", "after:2026-03-31"),
}  # fmt: skip
# A Latin name may follow Chinese at once, which is written without blanks.
PREFIX = rf"(?<![^\W{HAN}])(?:{'|'.join(NAMES)})|(?<!\w)(?:{'|'.join([*CALLED, *ELSEWHERE])})"
ALONE = re.compile(rf"({PREFIX}):", re.IGNORECASE)
DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
NOT_IN_A_TAG = re.compile(r"[^\w]+")


def name_of(typed: str) -> str:
    """What the operator is called here."""
    return CALLED.get(typed.lower(), typed.lower())


def value_of(name: str, typed: str) -> str:
    """The value as the index has it; empty if this is no value of the operator, and so just words."""
    value = to_one_script(typed.lower())
    value = MEANT.get(name, {}).get(value, value)
    if name == "is":
        return value if value in {*KINDS, *STATES, "company"} else ""
    if name == "lang":
        language = re.split("[-_]", value)[0]  # zh-TW: Traditional and Simplified find one another
        return language if language in LANGUAGES else ""
    if name in {"before", "after"}:
        return value if moment_of(value) else ""
    if name == "tag":
        return NOT_IN_A_TAG.sub("-", value).strip("-_")
    return value.lstrip("@") if name in NAMES else ""


def moment_of(date: str) -> datetime | None:
    """When a year, a month or a day begins, in UTC; None if there is no such day."""
    if not (found := DATE.fullmatch(date)):
        return None
    try:
        return datetime(*(int(part or 1) for part in found.groups()), tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        return None


def examples_for(typed: str) -> tuple[str, ...]:
    """What could have been meant by an operator that was not understood: its values, else the names of all."""
    return EXAMPLES.get(name_of(typed.partition(":")[0]), tuple(f"{name}:" for name in NAMES))
