"""Traditional and Simplified Chinese become one script, one character for one, so that no offset moves.

A character alone cannot always be converted rightly (乾 is 干 in 乾淨 and stays in 乾隆). For finding that does no harm:
texts and queries are folded alike, and only the few words that now look the same are found together.
"""

from unicodedata import normalize

from opencc import OpenCC

BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x31350))  # of Chinese characters
CONVERSIONS = ("t2s", "hk2s", "tw2s")  # the standard's characters first, then what Hong Kong and Taiwan write instead
ONE_WORD = {"著": "着", "么": "么"}  # 什么 and 着急 are written so; OpenCC alone leaves the one and makes the other 幺


def table() -> dict[int, str]:
    """Code point -> the character it is folded to, which is folded to itself. Takes an eighth of a second."""
    characters = [chr(code) for first, last in BLOCKS for code in range(first, last)]
    folded: dict[str, str] = {}
    for conversion in CONVERSIONS:
        converted = OpenCC(conversion).convert("\n".join(characters)).split("\n")
        for character, simple in zip(characters, converted, strict=True):
            if simple != character and len(simple) == 1:
                folded.setdefault(character, simple)
    folded |= ONE_WORD
    return {ord(character): _last(character, folded) for character in folded if _last(character, folded) != character}


def _last(character: str, folded: dict[str, str]) -> str:
    """Follow the table to its end; a few lead over two steps."""
    for _step in range(4):
        if (simple := folded.get(character, character)) == character:
            break
        character = simple
    return normalize("NFC", character)


TO_SIMPLIFIED = table()
