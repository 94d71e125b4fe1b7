"""A text as a reader takes it, whatever it is written with: no invisible characters, no letters that pose as others.

`mining.reading` gives this to the encoder and keeps the offsets of the original; `mining.alike` compares by it.
"""

import re
import unicodedata
from functools import cache

# Zero-width spaces and joiners, marks of direction, soft hyphens, fillers, variation selectors and tags. The joiner
# and the selector of emoji stay behind an emoji, and within a keycap.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0e\ufeff\uffa0\U000e0000-\U000e0fff]"
    "|(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])[\u200d\ufe0f](?!\u20e3)"
)
_FOREIGN = re.compile(  # Latin beyond English, Greek, Cyrillic, Armenian, Cherokee, Lisu and their extensions
    "[\u00c0-\u058f\u13a0-\u13ff\u1c80-\u1c8f\u1d00-\u1dbf\u2c60-\u2c7f\ua640-\ua69f\ua720-\ua7ff\ua4d0-\ua4ff]"
)
_WORD = re.compile(r"[^\W\d_]+")
_HANDLE = re.compile(r"(?<![\w.@＠])[@＠]\w{2,}(?![\w@]*\.\w)[:,：，]?")  # of an e-mail address nothing
_STACKED = re.compile("([A-Za-z])[\u0300-\u036f]+")


def plain(text: str) -> str:
    """The text without what cannot be seen, and with the Latin letters that others pose as. Its length may differ."""
    if text.isascii():
        return text
    text = _INVISIBLE.sub("", text)
    if not _FOREIGN.search(text) and not _STACKED.search(text):
        return text
    text = _STACKED.sub(_as_written, text)
    is_disguised = _is_disguised(text)
    return _WORD.sub(lambda found: _undisguised(found[0], is_disguised), text)


def matter(text: str) -> str:
    """The plain text without the handles of those it is addressed to: "@united" says nothing of what it is about."""
    text = plain(text)
    if "@" not in text and "＠" not in text:
        return text
    said = " ".join(_HANDLE.sub(" ", text).split())
    return said if _WORD.search(said) else text


def _as_written(found: re.Match[str]) -> str:
    """The letter with its accent where there is such a letter, else without what was piled on it."""
    letter = unicodedata.normalize("NFC", found[0])
    return letter if len(letter) == 1 else found[1]


def _is_disguised(text: str) -> bool:
    """Whether all its foreign letters pose as Latin ones: in Russian or in Greek some always do not."""
    foreign = [letter for letter in text if letter.isalpha() and _script(letter) not in ("", "LATIN", "CJK")]
    return all(letter in doubles() for letter in foreign)


def _undisguised(word: str, is_disguised: bool) -> str:
    """The word in Latin letters, if it is a Latin word: it holds one, or the whole text is disguised."""
    if word.isascii():
        return word
    foreign = [letter for letter in word if not letter.isascii() and letter in doubles()]
    if not foreign or not (is_disguised or any(letter.isascii() for letter in word)):
        return word
    return "".join(doubles().get(letter, letter) for letter in word)


@cache
def _script(letter: str) -> str:
    """The first word of the letter's name in Unicode, as CYRILLIC; nothing for the plain ones."""
    return "" if letter.isascii() else unicodedata.name(letter, "").partition(" ")[0]


@cache
def doubles() -> dict[str, str]:
    """From each letter of another script to the Latin letter that it looks like; after Unicode's list of confusables."""
    from confusable_homoglyphs.confusables import confusables_data  # 0.9 MB of JSON, read at the first such text

    found: dict[str, str] = {}
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz":
        for entry in confusables_data.get(letter, ()):
            other = entry["c"].strip("\u200e")
            if len(other) == 1 and other.isalpha() and not other.isascii() and _FOREIGN.match(other):
                is_capital = other.isupper() and letter == "l"  # a capital iota is an I, not an l
                found.setdefault(other, "I" if is_capital else letter)
    return found


def letters(text: str) -> str:
    """Only the letters, as they compare: no case, digits, marks or spaces, so that small changes leave it alike."""
    folded = unicodedata.normalize("NFKC", plain(text)).casefold()
    return "".join(letter for letter in plain(folded) if letter.isalpha())
