"""What a name looks like: its skeleton, after Unicode's technical standard 39, made coarser for names of people.

Two names with one skeleton can be mistaken for each other. A skeleton is for comparing and is never shown.
"""

import re
import unicodedata
from functools import cache, lru_cache

# Beyond Unicode's list: digits and signs that people read as letters, and letters that differ by a dot.
READ_AS = str.maketrans({
    "0": "o", "1": "l", "i": "l", "j": "l", "|": "l", "!": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b",
    "@": "a", "$": "s", "€": "e", "ʍ": "m", "д": "d", "π": "n",
})  # fmt: skip
WIDE = (("rn", "m"), ("vv", "w"), ("cl", "d"))  # pairs that read as one letter
DRESSED = re.compile(r"(?:LATIN|SYMBOL)(?: SMALL| CAPITAL)? LETTER (?:SMALL CAPITAL )?([A-Z])(?: WITH .+)?$")


@lru_cache(maxsize=20_000)
def skeleton(text: str) -> str:
    """Letters and digits only, each replaced by the one that it can be mistaken for."""
    letters = [prototype(letter) for letter in unicodedata.normalize("NFKC", text)]
    folded = unicodedata.normalize("NFKD", "".join(letters)).casefold()
    read = "".join(prototype(letter) for letter in folded).casefold().translate(READ_AS)
    for pair, letter in WIDE:
        read = read.replace(pair, letter)
    return "".join(letter for letter in read if letter.isalnum())


def prototype(letter: str) -> str:
    """The letter or letters that this one can be mistaken for; itself if there is none."""
    plain = undressed(letter)
    return prototypes().get(plain, plain)


def undressed(letter: str) -> str:
    """The plain letter of one with a stroke, a hook or a frame; Unicode's list has not all of them."""
    plain = None if letter.isascii() else DRESSED.search(unicodedata.name(letter, ""))
    return plain[1].lower() if plain else letter


@cache
def prototypes() -> dict[str, str]:
    """From each confusable character to the one that stands for all that look like it.

    The library's table leads both ways: from a character to its prototype, and from a prototype to all that look
    like it. Where two know only each other, the normal one stands for both, else the first in Unicode.
    """
    from confusable_homoglyphs.confusables import confusables_data  # 0.9 MB of JSON, read at the first name

    found = {}
    for letter, entries in confusables_data.items():
        if len(letter) != 1 or len(entries) != 1:
            continue
        other = entries[0]["c"].strip("\u200e")
        others = len(confusables_data.get(other, ()))
        if others > 1 or len(other) > 1 or _stands_for(other, letter):
            found[letter] = other
    return found


def _stands_for(other: str, letter: str) -> bool:
    is_normal, is_letter_normal = (unicodedata.is_normalized("NFKC", one) for one in (other, letter))
    return is_normal and (other < letter or not is_letter_normal)
